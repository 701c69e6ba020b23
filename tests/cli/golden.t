#!/bin/sh
# What the verbs of files and of the catalogue say, to the letter; see golden.sh.
. "$top_srcdir/tests/cli/golden.sh"
recordings made --drives 2 --seconds 40 --seed 5 --cameras none
head -c 200000 "$c" >"$t/cut.mcap"; head -c 60000 "$m" >"$t/cut.mf4"
cp "$c" "$t/flipped.mcap"; printf 'XXXXXXXX' | dd of="$t/flipped.mcap" bs=1 seek=150000 conv=notrunc 2>/dev/null
: >"$t/empty.mf4"; echo "no recording at all" >"$t/text.mf4"; mkdir "$t/folder"
golden files
golden errors
golden catalogue
done_testing
