#!/bin/sh
# Damaged MDF of every layout, in process: open, list, check, all values and messages, recover.
. "$top_srcdir/tests/fuzz/inject.sh"
inject mdf
