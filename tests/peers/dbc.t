#!/bin/sh
# Databases of other people, random frames of all their messages: every signal has the raw values that canmatrix gives it.
. "$top_srcdir/tests/tap.sh"
dbc=$SPUR_SHARED/corpus/mdf/dbc
[ -r "$dbc/gnss.dbc" ] || skip_all "no corpus at $SPUR_SHARED"
[ -n "${SPUR_PYTHON:-}" ] || skip_all "SPUR_PYTHON is not set"
"$SPUR_PYTHON" -c 'import asammdf, canmatrix' 2>/dev/null || skip_all "this Python has no asammdf or no canmatrix"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
of_cantools='fd_test floating_point issue_184_extended_mux_cascaded issue_184_extended_mux_independent_multiplexors long_names
	motohawk multiplex_2 signed vehicle'
set -- "$dbc/gnss.dbc" "$dbc/almost-J1939.dbc" "$dbc/tp_uds.dbc"
for name in $of_cantools; do set -- "$@" "$dbc/cantools/$name.dbc"; done
out=$("$SPUR_PYTHON" "$top_srcdir/tests/peers/dbc.py" "$SPUR" "$dir" "$@" 2>"$dir/log"); is $? 0 "all databases"
is "$(echo "$out" | grep -c ' 0 differ$')" $# "$(echo "$out" | tr '\n' ';')"
is "$(echo "$out" | sed 's/.*: \([0-9]*\) signals.*/\1/' | awk '{ n += $1 } END { print n }')" 258 "so many signals"
[ -n "$out" ] || sed 's/^/# /' "$dir/log"
done_testing
