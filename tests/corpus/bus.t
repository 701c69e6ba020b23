#!/bin/sh
# Signals in payloads of several frames, and what a J1939 log says about itself.
. "$top_srcdir/tests/tap.sh"
css=$SPUR_SHARED/corpus/mdf/css dbc=$SPUR_SHARED/corpus/mdf/dbc
[ -r "$css/2F6913DB_00000004_00000001.MF4" ] || skip_all "no corpus at $SPUR_SHARED"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# A charge of 89 % and three temperatures by UDS, in four and eight frames of ISO-TP.
out=$("$SPUR" stats "$css/2F6913DB_00000004_00000001.MF4" --dbc "$dbc/tp_uds_nissan.dbc" --json 2>"$dir/err"); is $? 0 "UDS"
like "$(echo "$out" | grep '"SoC_Temp.SoC"')" '*"n":13,*"min":89.1029,"max":89.2286,*"frame_id":1979,*"transport":"iso-tp"*' "charge"
like "$(echo "$out" | grep '"SoC_Temp.BatPackTemp1"')" '*"n":13,*"min":2,"max":2,*' "a temperature of the other payload"
is "$(cat "$dir/err")" "" "nothing is broken"
out=$("$SPUR" stats "$css/17BD1DB7_00000006_00000170.MF4" --dbc "$dbc/tp_uds.dbc" --json 2>"$dir/err"); is $? 0 "UDS of two units"
like "$(echo "$out" | grep Battery.M_SID)" '*"n":120,*"min":50,"max":50,*' "charge of one"
like "$(cat "$dir/err")" '*transfers of several frames: 270 whole, 30 broken,*' "what is broken is told"
out=$("$SPUR" stats "$css/FCBF0606_00002058_00000001-5FAB8E54.mf4" --dbc "$dbc/tp_j1939.dbc" --json); is $? 0 "J1939"
like "$out" '*"EC1.EngineSpeedAtPoint5"*"n":13,*"min":1900,"max":1900,*"pgn":65251,"source_address":0,"transport":"j1939-tp"*' \
	"a group of 39 bytes in six packets"
ec1() { "$SPUR" cat "$css/FCBF0606_00002058_00000001-5FAB8E54.mf4" --dbc "$dbc/tp_j1939.dbc" --csv -s 'EC1.*' "$@" | sed 1d; }
whole=$(ec1)
# The fourth ends 0.4 s after its announcement: from 0.1 s before its end on, only the end is there.
from=$(($(echo "$whole" | sed -n '4s/,.*//p') - 100000000))
is "$(ec1 --from "$from")" "$(echo "$whole" | sed 1,3d)" "a transfer that began before --from counts where it ends"
done_testing
