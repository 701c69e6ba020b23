#!/bin/sh
# Damaged MCAP of every layout, in process: open, list, check, all messages in every order, places, recover.
. "$top_srcdir/tests/fuzz/inject.sh"
inject mcap
