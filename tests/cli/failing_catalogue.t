#!/bin/sh
# See failing.sh.
group=catalogue kinds=read=6,short=2,write=5,sync=3,rename=3,open=4,mkdir=1,malloc=2,unpack=2,sql=14,interrupt=2
. "$top_srcdir/tests/cli/failing.sh"
