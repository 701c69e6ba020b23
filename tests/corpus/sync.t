#!/bin/sh
# Clocks and queries on real recordings.
. "$top_srcdir/tests/tap.sh"
drive=$SPUR_SHARED/corpus/mcap/derived/nissan_zstd_64k.mcap
[ -r "$drive" ] || skip_all "no corpus at $SPUR_SHARED"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export XDG_DATA_HOME="$dir/data" XDG_CONFIG_HOME="$dir/config"
value() { sed -n "s/.*\"$1\":\(-*[0-9.]*\).*/\1/p" | head -n 1; }

# The speed as it is and 137 ms late, against the RTK pose: the sensors' own latency cancels.
"$SPUR" convert "$drive" -t /nissan/vehicle_speed -o "$dir/speed.mf4" >/dev/null; is $? 0 "the speed as it is"
"$SPUR" convert "$drive" -t /nissan/vehicle_speed -o "$dir/late.mf4" --shift 137ms >/dev/null; is $? 0 "the speed, late"
pair=/nissan/gps/duro/current_pose.pose.position=/nissan/vehicle_speed.data
a=$("$SPUR" sync "$drive" "$dir/speed.mf4" --pair "$pair" --json 2>"$dir/err"); is $? 0 "clock of the speed against the pose"
b=$("$SPUR" sync "$drive" "$dir/late.mf4" --pair "$pair" --json 2>"$dir/err"); is $? 0 "clock of the late one"
off_a=$(echo "$a" | sed 's/"ref_ns".*//' | value offset_ns) off_b=$(echo "$b" | sed 's/"ref_ns".*//' | value offset_ns)
echo "# offsets $off_a and $off_b ns, confidence $(echo "$a" | value confidence)"
diff=$((off_b - off_a))
ok "$([ $diff -ge 132000000 ] && [ $diff -le 142000000 ]; echo $?)" "differ by 137 ms, 5 ms at most off"
ok "$([ "$off_a" -gt -150000000 ] && [ "$off_a" -lt 150000000 ]; echo $?)" "the one as it is, is near"
like "$(echo "$a" | value confidence)" "0.[5-9]*" "with confidence"

out=$("$SPUR" find '"/nissan/vehicle_speed.data" > 5 for 1s' --file "$drive" --json); is $? 0 "a predicate on a real signal"
is "$(echo "$out" | wc -l)" 1 "finds the one stretch"
mdf=$SPUR_SHARED/corpus/mdf/css/2F6913DB_00001089_00000001-63BEF5CD.MF4
out=$("$SPUR" find 'gnss_speed.Speed > 2 for 2s' --file "$mdf" --dbc "$SPUR_SHARED/corpus/mdf/dbc/gnss.dbc" --json)
is $? 0 "a predicate on a decoded bus signal"
like "$out" '*"gnss_speed.Speed":{"min":2*' "finds it, with evidence"
out=$("$SPUR" sync "$drive" "$mdf" 2>&1); is $? 1 "two recordings of different vehicles are refused"
done_testing
