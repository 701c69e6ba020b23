#!/bin/sh
# Listings of what a recording holds, and where their output goes.
. "$top_srcdir/tests/tap.sh"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export HOME="$dir"
"$SPUR" demo make "$dir/made" --drives 1 --seconds 20 --seed 3 >/dev/null 2>&1
ok $? "a drive is made"
mcap=$dir/made/drive_01.mcap mf4=$dir/made/drive_01.mf4

out=$("$SPUR" signals "$mcap" '/imu.linear*.x' --json)
like "$out" '{"name":"/imu.linear_acceleration.x",*"type":"f64","n":*' "signals of an MCAP file are the fields of its messages"
rows=$(printf '%s\n' "$out" | sed 's/.*"n":\([0-9]*\).*/\1/')
out=$("$SPUR" stats "$mcap" -s '/imu.linear*.x' --json)
like "$out" '{"name":"/imu.linear_acceleration.x",*"n":'"$rows"',*"mean":*' "stats counts as many"
is "$("$SPUR" stats "$mcap" --json -j 1 | sha256sum)" "$("$SPUR" stats "$mcap" --json -j 4 | sha256sum)" "on any number of threads"
for f in "$mcap" "$mf4"; do
	out=$("$SPUR" stats "$f" -s nosuch 2>&1); is $? 1 "a pattern that nothing fits fails"
	like "$out" "spur: $f: no signal fits*" "and says so"
done
out=$("$SPUR" --json info "$mf4" 2>&1); is $? 2 "an option before the verb is a usage error"
like "$out" "spur: --json: options stand behind the verb*" "and says where it belongs"

for verb in info signals stats cat; do
	"$SPUR" $verb "$mf4" >/dev/full 2>/dev/null; is $? 1 "$verb: a full disk is a failure"
	"$SPUR" $verb "$mf4" 2>"$dir/err" | head -n 1 >/dev/null; is "$(cat "$dir/err")" "" "$verb: a closed pipe is none"
done

head -c 100000 "$mf4" >"$dir/cut.mf4"
out=$("$SPUR" recover "$dir/cut.mf4" -o "$dir/whole.mf4" 2>&1); is $? 3 "recover of a file cut before its descriptions is partial"
like "$out" "*no rows and no messages were found*" "and says that nothing is left"
out=$("$SPUR" cat "$mcap" -t '/camera/rear*' --per-channel 1)
like "$out" '*"data":"<15360 bytes>"*' "cat tells people how large a picture is"
out=$("$SPUR" cat "$mcap" -t '/camera/rear*' --per-channel 1 --json)
[ ${#out} -gt 20000 ]; ok $? "and gives scripts its bytes"

"$SPUR" help --json | grep -q '"name":"freeze","parent":"dataset"'; ok $? "help --json has the sub-verbs"
out=$("$SPUR" help dataset freeze); like "$out" "usage: spur dataset freeze *" "help of one sub-verb"
"$SPUR" help dataset nosuch >/dev/null 2>&1; is $? 2 "of none is a usage error"
wide=$(for v in $("$SPUR" help --complete); do "$SPUR" help "$v"; done | awk 'length > 80')
is "$wide" "" "help fits on 80 columns"
done_testing
