#!/bin/sh
# See failing.sh.
group=files
. "$top_srcdir/tests/cli/failing.sh"
