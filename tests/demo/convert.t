#!/bin/sh
# spur convert: the same rows in an MDF4 file, moved where asked; what it refuses.
. "$top_srcdir/tests/tap.sh"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
"$SPUR" demo make . --drives 1 --seconds 20 --cameras none >/dev/null || exit 1

# rows FILE SIGNAL: time and value, without the heading
rows() { "$SPUR" cat "$1" -s "$2" --csv | sed 1d; }

out=$("$SPUR" convert drive_01.mcap -t /vehicle/twist -o twist.mf4 --json); is $? 0 "one topic"
like "$out" '{"path":"twist.mf4","signals":9,"groups":1,"rows":*}' "says what it wrote"
n=$(rows drive_01.mcap /vehicle/twist.twist.linear.x | wc -l)
[ "$n" -gt 900 ]; ok $? "the topic has rows: $n"
rows drive_01.mcap /vehicle/twist.twist.linear.x >want
rows twist.mf4 /vehicle/twist.twist.linear.x >got
cmp -s want got; ok $? "times to the nanosecond and values are the same"
"$SPUR" convert drive_01.mcap -s /vehicle/twist.twist.linear.x -o late.mf4 --shift 137ms >/dev/null
awk -F, '{ printf "%s%09d,%s\n", substr($1, 1, 10) + (substr($1, 11) + 137000000 >= 1000000000), (substr($1, 11) + 137000000) % 1000000000, $2 }' want >later
rows late.mf4 '*' >got
cmp -s later got; ok $? "137 ms later, everything else as it was"
"$SPUR" convert drive_01.mcap -s /vehicle/twist.twist.linear.x -o early.mf4 --shift -2s >/dev/null
rows early.mf4 '*' >got
is "$(head -n 1 got | cut -c 1-10)" "$(($(head -n 1 want | cut -c 1-10) - 2))" "and earlier by two seconds"

"$SPUR" convert drive_01.mf4 -o again.mf4 >/dev/null; is $? 0 "a whole MDF file"
for s in LongAccel LeadDist DamperAcc_FL NavInstruction CAN_DataFrame.ID; do
	rows drive_01.mf4 $s >want
	rows again.mf4 $s >got
	[ -s want ] && cmp -s want got; ok $? "$s is the same, invalid samples too"
done
rows drive_01.mf4 LeverNobodyHas >none 2>&1
rows drive_01.mf4 GearLever >want
rows again.mf4 'GearLever (text)' >got
grep -q ',D$' want && cmp -s want got; ok $? "names of a value table are texts beside the numbers"
"$SPUR" convert drive_01.mf4 --dbc vehicle.dbc -t 'ESC_*' -o bus.mf4 >/dev/null; is $? 0 "decoded frames"
"$SPUR" cat drive_01.mf4 --dbc vehicle.dbc -s ESC_1.VehSpd --csv | sed 1d >want
rows bus.mf4 ESC_1.VehSpd >got
[ -s want ] && cmp -s want got; ok $? "are the same"

out=$("$SPUR" convert drive_01.mcap 2>&1); is $? 2 "an output is needed"
out=$("$SPUR" convert drive_01.mcap -o x.csv 2>&1); is $? 2 "other targets are refused"
like "$out" "*MDF4 only*" "with the reason"
out=$("$SPUR" convert drive_01.mf4 -o drive_01.mf4 2>&1); is $? 2 "the input is no output"
out=$("$SPUR" convert drive_01.mcap -t /nothing -o x.mf4 2>&1); is $? 1 "a topic that is not there"
like "$out" "spur: drive_01.mcap: no signal fits*" "is named"
out=$("$SPUR" convert missing.mcap -o x.mf4 2>&1); is $? 1 "a missing file"
: >empty.mcap
out=$("$SPUR" convert empty.mcap -o x.mf4 2>&1); is $? 1 "an empty file"
head -c 200000 drive_01.mcap >cut.mcap
out=$("$SPUR" convert cut.mcap -t /imu -o x.mf4 2>&1); is $? 3 "a torn file gives what it has"
[ "$(rows x.mf4 /imu.linear_acceleration.x | wc -l)" -gt 100 ]; ok $? "rows of the whole chunks"
"$SPUR" demo make big --drives 0 --big 60M >/dev/null
"$SPUR" convert big/drive_big.mf4 -o x.mf4.new.mf4 >/dev/null 2>&1 &
pid=$!
n=0
while [ -z "$(ls | grep tmp)" ] && [ $n -lt 200 ]; do sleep 0.01; n=$((n + 1)); done
kill -INT $pid
wait $pid; is $? 130 "an interrupt ends it"
[ ! -e x.mf4.new.mf4 ]; ok $? "without a file"
is "$(ls | grep -c tmp)" 0 "nothing is left behind"

corpus=${SPUR_SHARED:-}/corpus/mcap/derived/nissan_zstd_64k.mcap
if [ -f "$corpus" ]; then
	"$SPUR" convert "$corpus" -t /nissan/vehicle_speed -o speed.mf4 >/dev/null
	rows "$corpus" /nissan/vehicle_speed.data >want
	rows speed.mf4 /nissan/vehicle_speed.data >got
	[ "$(wc -l <want)" -eq 470 ] && cmp -s want got; ok $? "a real speed topic, to the nanosecond"
else
	skip "SPUR_SHARED has no corpus" "a real speed topic"
fi
done_testing
