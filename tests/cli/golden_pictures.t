#!/bin/sh
# Frames and plots, as text and as pixels; see golden.sh.
. "$top_srcdir/tests/cli/golden.sh"
recordings made --drives 1 --seconds 4 --seed 5 --cameras front
head -c 400000 "$c" >"$t/cut.mcap"
: >"$t/empty.mcap"; mkdir "$t/folder"
golden pictures
golden plots
done_testing
