#!/bin/sh
# sync --store and find --store on a catalogue of simulated drives, scored against the truth.
. "$top_srcdir/tests/tap.sh"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export XDG_DATA_HOME="$dir/data" XDG_CONFIG_HOME="$dir/config" SPUR_CATALOG="$dir/c.db"
"$SPUR" demo make "$dir/d" --drives 2 --seconds 150 --seed 5 --cameras none --no-progress >/dev/null
"$SPUR" add "$dir/d" >/dev/null 2>"$dir/err"; is $? 0 "drives come into the catalogue"

out=$("$SPUR" sync drive_01 --json); is $? 0 "sync of a drive"
like "$out" '*"stored":false*' "keeps nothing unless told to"
before=$("$SPUR" demo score "$dir/d" --stored --class hard_braking --json | sed -n 's/.*"drive":"drive_01".*"max_error_ns":\([0-9]*\).*/\1/p')
ok "$([ "${before:-0}" -gt 10000000 ]; echo $?)" "so the clock is still off"
for d in drive_01 drive_02; do
	out=$("$SPUR" sync $d --store --json); is $? 0 "sync --store of $d"
	like "$out" '*"stored":true*' "keeps the clock"
done
out=$("$SPUR" sync nobody 2>&1); is $? 1 "a drive that is not there"
like "$out" "*nobody*" "is named"

q=@$SPUR_DATA/queries/hard_braking.q
"$SPUR" find "$q" --all --label hard_braking --store --json >"$dir/f1"; is $? 0 "find --store over all drives"
is "$(grep -c '"new":true' "$dir/f1")" "$(grep -c '"candidate"\|"segment"' "$dir/f1")" "every candidate becomes a segment"
like "$(head -n 1 "$dir/f1")" '*"VehSpd\[m/s]":{*"VehSpd":{*' "evidence in both units"
"$SPUR" find "$q" --all --label hard_braking --store --json -j 1 >"$dir/f2"
is "$(grep -c '"new":false' "$dir/f2")" "$(wc -l <"$dir/f1")" "a second time nothing is new"
is "$(sed 's/"new":[a-z]*//' "$dir/f2")" "$(sed 's/"new":[a-z]*//' "$dir/f1")" "and all is the same, in the same order, with one thread"
"$SPUR" find "$q" --drive 'drive_*2' --label x --json | grep -vq '"drive":"drive_02"'; is $? 1 "a pattern of drives"
out=$("$SPUR" find "$q" --drive nobody 2>&1); is $? 1 "no drive of that name"
out=$("$SPUR" find "$q" --all --store 2>&1); is $? 2 "--store without a label"

"$SPUR" demo score "$dir/d" --stored --class hard_braking --json >"$dir/score"; is $? 0 "score of what is stored"
worst=$(sed -n 's/.*"max_error_ns":\([0-9]*\).*/\1/p' "$dir/score" | sort -n | tail -n 1)
echo "# worst clock error $worst ns"
ok "$([ "$worst" -gt 0 ] && [ "$worst" -le 2000000 ]; echo $?)" "stored clocks are right within 2 ms at every moment"
like "$(tail -n 1 "$dir/score")" '*"recall":1,"precision":1,*' "every hard braking is stored, and nothing else"
done_testing
