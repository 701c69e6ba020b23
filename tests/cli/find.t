#!/bin/sh
# sync and find on a small simulated drive: clocks against the truth, segments against brute force.
. "$top_srcdir/tests/tap.sh"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export XDG_DATA_HOME="$dir/data" XDG_CONFIG_HOME="$dir/config"
"$SPUR" demo make "$dir/d" --drives 1 --seconds 120 --seed 7 --cameras none --no-progress >/dev/null || { echo "Bail out! no drives"; exit 1; }
a=$dir/d/drive_01.mcap b=$dir/d/drive_01.mf4

# ---- sync
"$SPUR" sync "$a" "$b" --json >"$dir/sync.json" 2>"$dir/err"; is $? 0 "sync of two files"
like "$(cat "$dir/sync.json")" '*"offset_ns":*"drift_ppb":*"sigma_ns":*"confidence":*"windows":*' "says what it found"
out=$("$SPUR" sync "$a" "$b" --report -q); is $? 0 "sync --report"
like "$out" "*LongAccel*" "shows the pairs"
out=$("$SPUR" sync "$a" "$b" --pair /imu.linear_acceleration.x=LongAccel --json); is $? 0 "sync of a named pair"
out=$("$SPUR" sync "$a" "$b" --pair nothing=LongAccel 2>&1); is $? 1 "a pair that is not there"
like "$out" "*--pair nothing=LongAccel*nothing*" "is named"
out=$("$SPUR" sync "$a" "$b" --pair /imu.linear_acceleration.z=VehSpd 2>&1); is $? 1 "what does not observe the same is refused"
like "$out" "*no evidence*" "and says why"
out=$("$SPUR" sync "$a" "$b" --store 2>&1); is $? 2 "files cannot be stored"
out=$("$SPUR" sync "$a" "$dir/none" 2>&1); is $? 1 "a file that is not there"

# ---- find
find() { "$SPUR" find "$@" --file "$b" --file "$a"; }
find 'VehSpd > 30 for 1s' --json >"$dir/found"; is $? 0 "find"
ok "$([ -s "$dir/found" ]; echo $?)" "finds something"
like "$(head -n 1 "$dir/found")" '*"begin_ns":*"score":1*"evidence":{"VehSpd":{"min":3*' "with score and evidence"
find 'VehSpd > 30' --min 1s --json >"$dir/found2"
cmp -s "$dir/found" "$dir/found2"; ok $? "--min is for"
find 'VehSpd > 30 for 1s' --json -j 1 --mem 4M >"$dir/found3"
cmp -s "$dir/found" "$dir/found3"; ok $? "the same with one thread and little memory"
printf '# fast\nVehSpd > 30\n  for 1s\n' >"$dir/fast.q"
find "@$dir/fast.q" --json >"$dir/found4"
cmp -s "$dir/found" "$dir/found4"; ok $? "the same from a file"
out=$(find 'ABSState == "Active" or BrakeLight == "On"' --json | head -n 1); like "$out" '*"begin_ns"*' "texts of value tables"
out=$(find 'LongAccel < -100'); is $? 0 "nothing found is no failure"
out=$(find 'VehSpd >' 2>&1); is $? 2 "a query that ends too early"
like "$out" "*column 9: the query ends*^*" "has its place shown"
out=$(find 'VehSpeed > 3' 2>&1); is $? 1 "a signal that is not there"
like "$out" "*VehSpeed*" "is named"
out=$(find 'VehSpd' 2>&1); is $? 2 "a number is no predicate"
out=$(find 'VehSpd[bar] > 3' 2>&1); is $? 2 "a unit that does not fit"
out=$("$SPUR" find 'VehSpd > 3' 2>&1); is $? 2 "nowhere to search"
like "$out" "*--drive*--all*--file*" "and what would be"
out=$(find 'VehSpd > 3' --store --label x 2>&1); is $? 2 "files cannot be stored"
out=$(find @"$dir/none.q" 2>&1); is $? 1 "a query file that is not there"

# ---- a damaged recording: what can be read is searched, and said
size=$(wc -c <"$a")
head -c $((size * 2 / 3)) "$a" >"$dir/cut.mcap"
out=$("$SPUR" find '"/imu.linear_acceleration.x" < 100' --file "$dir/cut.mcap" --json 2>"$dir/err"); is $? 3 "a cut recording is partial"
like "$(cat "$dir/err")" "*cut.mcap*damaged*byte*" "with the byte where it is damaged"
like "$out" '*"begin_ns"*' "and what is there is found"
: >"$dir/empty.mf4"
out=$("$SPUR" find 'x > 1' --file "$dir/empty.mf4" 2>&1); is $? 1 "an empty file fails"

# ---- score: clocks within 2 ms of the truth at every moment, hard braking found
"$SPUR" demo make "$dir/e" --drives 2 --seconds 300 --seed 11 --cameras none --no-progress >/dev/null
"$SPUR" demo score "$dir/e" --json >"$dir/score"; is $? 0 "demo score"
worst=$(sed -n 's/.*"max_error_ns":\([0-9]*\).*/\1/p' "$dir/score" | sort -n | tail -n 1)
echo "# worst clock error $worst ns"
ok "$([ "$worst" -gt 0 ] && [ "$worst" -le 2000000 ]; echo $?)" "clocks are right within 2 ms at every moment"
grep '"class"' "$dir/score" | sed 's/^/# /'
hard=$(grep '"class":"hard_braking"' "$dir/score")
like "$hard" '*"recall":1,"precision":1,*' "every hard braking is found, and nothing else, decoys and all"
out=$("$SPUR" demo score "$dir/e" --class hard_braking --iou 0.9999 --wrong --json | grep -c '"missed"')
ok "$([ "$out" -ge 1 ]; echo $?)" "an overlap nobody has misses"
out=$("$SPUR" demo score "$dir" 2>&1); is $? 1 "a folder without a truth"
done_testing
