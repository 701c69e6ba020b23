#!/bin/sh
# ISO-TP and J1939 transfers of real logs, put together a second time in the plainest way from the frames that asammdf reads.
. "$top_srcdir/tests/tap.sh"
css=$SPUR_SHARED/corpus/mdf/css
[ -r "$css/2F6913DB_00000004_00000001.MF4" ] || skip_all "no corpus at $SPUR_SHARED"
[ -n "${SPUR_PYTHON:-}" ] || skip_all "SPUR_PYTHON is not set"
"$SPUR_PYTHON" -c 'import asammdf' 2>/dev/null || skip_all "this Python has no asammdf"
same() {
	out=$("$SPUR_PYTHON" "$top_srcdir/tests/peers/transfers.py" "$SPUR" "$css/$1" "$2" 2>&1)
	is $? 0 "$1: the same payloads"
	is "$out" "$3" "$1: how many"
}
same FCBF0606_00002058_00000001-5FAB8E54.mf4 '' '40 payloads of 3 identifiers'
same 2F6913DB_00000004_00000001.MF4 7BB '26 payloads of 1 identifiers'
same 17BD1DB7_00000006_00000170.MF4 7BB,7EC '270 payloads of 2 identifiers'
same 11111111_00000012_00000001.MF4 '' '152 payloads of 2 identifiers'
done_testing
