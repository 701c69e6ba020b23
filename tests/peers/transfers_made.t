#!/bin/sh
# Fast packets and ISO-TP behind addresses, of which no public log is known: made logs, put together by other code.
. "$top_srcdir/tests/tap.sh"
command -v python3 >/dev/null || skip_all "no python3"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export SPUR_CATALOG="$dir/none.db"
out=$(python3 "$top_srcdir/tests/peers/transfers_made.py" "$SPUR" "$top_builddir/tests/tools/bus_log" "$dir" 2>&1)
is $? 0 "the same payloads"
is "$out" "649 payloads" "how many"
out=$("$SPUR" stats "$dir/made.mf4" --dbc "$dir/made.dbc" --json 2>"$dir/err" | grep '"source_address":5')
like "$out" '*Position.sid",*"pgn":129029,"source_address":5,"transport":"fast-packet"*' "what is in a fast packet"
like "$(cat "$dir/err")" '*transfers of several frames: * whole, * broken,*' "what is broken is told"
out=$("$SPUR" signals "$dir/made.mf4" --payloads --json 2>/dev/null)
like "$out" '*"CAN1:6F1.payload"*"transport":"iso-tp-extended"*"CAN1:18CEF110.payload"*"transport":"iso-tp-mixed"*' "addresses are told apart without a database"
is "$(echo "$out" | grep -c 19F805)" 0 "a counter is no fast packet without one"
# Frames that only count in their first bytes.
i=0
while [ $i -lt 40 ]; do
	printf '%d.%02d CAN_DataFrame 1 x18ff0001 %02x10aabbccddeeff\n' $((i / 10)) $i $((i % 16))
	printf '%d.%02d CAN_DataFrame 1 x18ff0002 %02x%02x2233445566\n' $((i / 10)) $i $((i % 4)) $((i * 7 % 256))
	i=$((i + 1))
done | "$top_builddir/tests/tools/bus_log" "$dir/counters.mf4"
is "$("$SPUR" signals "$dir/counters.mf4" --payloads --json 2>/dev/null)" "" "counters are no transfers"
done_testing
