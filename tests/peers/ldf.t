#!/bin/sh
# Frames of LIN by a description file: the values that ldfparser gives them (tests/peers/ldf.py make), in files.
. "$top_srcdir/tests/tap.sh"
command -v python3 >/dev/null || skip_all "no python3"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export HOME="$dir" XDG_DATA_HOME="$dir/data" XDG_CONFIG_HOME="$dir/config" SPUR_CATALOG="$dir/c.db"
ldf=$top_srcdir/tests/peers/made.ldf
out=$(python3 "$top_srcdir/tests/peers/ldf.py" check "$SPUR" "$top_builddir/tests/tools/bus_log" "$ldf" "$top_srcdir/tests/golden/ldf_values.txt" "$dir" 2>&1)
is $? 0 "the same values"
is "$(echo "$out" | tail -n 1)" "636 values, 0 differ" "so many"
echo "$out" | sed '$d; s/^/# /'
python=${SPUR_PYTHON:-python3}
if "$python" -c 'import ldfparser' 2>/dev/null; then
	is "$("$python" "$top_srcdir/tests/peers/ldf.py" make "$ldf" | cksum)" "$(cksum <"$top_srcdir/tests/golden/ldf_values.txt")" \
		"and those are what ldfparser gives"
else
	skip "no ldfparser" "and those are what ldfparser gives"
fi
log=$dir/lin.mf4
like "$("$SPUR" stats "$log" --dbc "$ldf" -s '*Voltage' --json)" '*"LeftStatus.Voltage","unit":"V"*"n":60,*"bus":"LIN","frame_id":17,*"bus_channel":2*' "stats"
like "$("$SPUR" messages "$log" --dbc "$ldf" --topics --json)" '*"topic":"LIN2:10","kind":"LIN_Frame","name":"BodyCommand","n":60*' "messages"
is "$("$SPUR" stats "$log" --dbc "1=$ldf" --json 2>/dev/null)" "" "another channel"
printf '0 CAN_DataFrame 2 11 000000000000\n' | "$top_builddir/tests/tools/bus_log" "$dir/can.mf4"
is "$("$SPUR" stats "$dir/can.mf4" --dbc "$ldf" --json 2>/dev/null)" "" "a frame of CAN with that identifier is another one"
"$SPUR" add "$log" --vehicle v >/dev/null && "$SPUR" profile add lin --dbc "2=$ldf" --vehicle v >/dev/null; is $? 0 "a profile with a description file"
like "$("$SPUR" stats "$log" -s '*Voltage' --json)" '*"LeftStatus.Voltage"*"n":60,*' "is applied"
done_testing
