#!/bin/sh
# spur cut: what it keeps is what spur stats reads of the same span; what it refuses, and what it says.
. "$top_srcdir/tests/tap.sh"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export HOME="$dir"
cd "$dir" || exit 1
samples=$top_builddir/tests/tools/mdf_samples
values() { "$SPUR" stats "$@" --json --raw | grep -v '"name":"index_only"'; }

for how in plain deflate transposed; do
	"$samples" a.mf4 $how 25000 0
	out=$("$SPUR" cut a.mf4 -o b.mf4 --from 10.005s --to 31.42s 2>err); is $? 0 "$how: a span is cut"
	like "$(cat err)" "spur: a.mf4: group 2 has no time: it is kept whole (byte *)" "what is kept whole is said"
	is "$(values b.mf4)" "$(values a.mf4 --from 10.005s --to 31.42s)" "$how: the values of the span"
	is "$("$SPUR" stats b.mf4 -s index_only --json)" "$("$SPUR" stats a.mf4 -s index_only --json)" "the group without a time"
	out=$("$SPUR" check b.mf4); is "$?:$out" "0:b.mf4: sound: 0 warnings, 0 notes" "check finds nothing"
done
is "$("$SPUR" info b.mf4 --json | grep -o '"compression":"[^"]*"')" '"compression":"transposed deflate"' "packed as before"
for how in none deflate transposed; do
	"$SPUR" cut a.mf4 -o $how.mf4 --packing $how -q; is $? 0 "--packing $how"
	is "$("$SPUR" stats $how.mf4 --json | sha256sum)" "$("$SPUR" stats a.mf4 --json | sha256sum)" "the same values"
done
[ "$(wc -c <none.mf4)" -gt "$(($(wc -c <deflate.mf4) * 2))" ]; ok $? "packing packs"
"$SPUR" cut a.mf4 -o one.mf4 -j 1 --from 1s --to 90% -q && "$SPUR" cut a.mf4 -o two.mf4 -j 4 --from 1s --to 90% -q
"$SPUR" stats one.mf4 --json >one; "$SPUR" stats two.mf4 --json >two; cmp -s one two; ok $? "on any number of threads"

"$SPUR" cut a.mf4 -o s.mf4 -s 'u8' -s gear --from 2s --to +1s; is $? 0 "chosen signals"
is "$("$SPUR" signals s.mf4 --json | grep -o '"name":"[^"]*"' | tr -d '\n')" '"name":"time""name":"u8""name":"gear""name":"time""name":"u8"' \
	"they and their masters"
is "$("$SPUR" stats s.mf4 -s gear --json)" "$("$SPUR" stats a.mf4 -s gear --from 2s --to 3s --json | sed 's/"channel":7/"channel":2/')" \
	"with their values"
[ "$(wc -c <s.mf4)" -lt 6000 ]; ok $? "and no others"

"$SPUR" cut a.mf4 -o a.mf4 2>err; is $? 2 "the input is no output"
ln a.mf4 hard.mf4; ln -s a.mf4 soft.mf4
"$SPUR" cut a.mf4 -o soft.mf4 2>err; is $? 2 "nor by another name"
"$SPUR" cut a.mf4 2>err; is $? 2 "an output must be named"
"$SPUR" cut a.mf4 -o x.mf4 --from 3s --to 3s 2>err; is $? 2 "an empty span is a usage error"
"$SPUR" cut a.mf4 -o x.mf4 -s nosuch 2>err; is $? 1 "a pattern that nothing fits fails"
like "$(cat err)" "spur: a.mf4: no signal fits*" "and says so"
"$SPUR" cut nosuch.mf4 -o x.mf4 2>err; is $? 1 "so does a file that is not there"
: >empty; "$SPUR" cut empty -o x.mf4 2>err; is $? 1 "an empty one"
head -c 3000 a.mf4 >short.mf4; "$SPUR" cut short.mf4 -o x.mf4 2>err; is $? 3 "a cut-off one is partial"
"$SPUR" cut a.mf4 -o nosuch/x.mf4 2>err; is $? 1 "a folder that is not there"
out=$("$SPUR" cut a.mf4 -o x.mf4 --from 02:00:00 -s u8 2>&1); is $? 0 "a span that holds nothing"
like "$out" "*a.mf4: no row lies in the span*" "is said"
"$SPUR" cut - -o y.mf4 --from 1s --to 2s -q <a.mf4 2>/dev/null; is $? 0 "from a pipe"
"$SPUR" cut a.mf4 -o z.mf4 --from 1s --to 2s -q; is "$("$SPUR" stats y.mf4 --json | sha256sum)" "$("$SPUR" stats z.mf4 --json | sha256sum)" "the same"
"$SPUR" demo make made --drives 1 --seconds 5 --seed 3 >/dev/null 2>&1
c=made/drive_01.mcap
said() { "$SPUR" messages "$@" --order file --digest --json | sed 's/"i":[0-9]*,//'; }
is "$("$SPUR" cut $c -o x.mcap --from 1s --to +2s --json | tr -d ' ')" \
	'{"output":"x.mcap","messages":'$(said $c --from 1s --to 3s | wc -l | tr -d ' ')',"topics":10,"attachments":0}' "messages of a span"
is "$(said x.mcap | sha256sum)" "$(said $c --from 1s --to 3s | sha256sum)" "they are those"
is "$("$SPUR" check x.mcap)" "x.mcap: sound: 0 warnings, 0 notes" "check finds nothing"
"$SPUR" cut $c -o t.mcap -t '/gps*' -t /imu --packing none -q >out; is $? 0 "some topics, plain"
is "$(said t.mcap | sha256sum)" "$(said $c -t '/gps*' -t /imu | sha256sum)" "whole"
is "$("$SPUR" info t.mcap --json | grep -o '"compression":"[^"]*"')" '"compression":"none"' "not packed"
"$SPUR" cut $c -o one.mcap --from 1s -j 1 -q >out && "$SPUR" cut $c -o two.mcap --from 1s -j 4 -q >out; cmp -s one.mcap two.mcap; ok $? "the same bytes on any number of threads"
"$SPUR" cut $c -o y.mcap -s '*' 2>err; is $? 2 "signals are not chosen there"
like "$(cat err)" "spur: $c: messages are kept whole: choose topics with -t*" "but topics"
"$SPUR" cut a.mf4 -o y.mf4 -t '*' 2>err; is $? 2 "nor topics in MDF"
"$SPUR" cut $c -o y.mcap -t nosuch 2>err; is $? 1 "a topic that is not there"
"$SPUR" cut $c -o y.mcap --packing deflate 2>err; is $? 2 "a packing of MDF"
size=$(($(wc -c <$c) / 2)); head -c $size $c >short.mcap
"$SPUR" cut short.mcap -o y.mcap 2>err; is $? 3 "of a cut-off recording what is there"
like "$(cat err)" "*short.mcap: byte *" "and where it ends"
is "$("$SPUR" check y.mcap)" "y.mcap: sound: 0 warnings, 0 notes" "sound"
is "$("$SPUR" cut $c -o y.mcap --from 02:00:00 2>&1 >out)" "spur: $c: no message lies in the span" "an empty span is said"
is "$("$SPUR" cut made/drive_01.mf4 -o d.mf4 --from 1s --to 2s -q --json | grep -c '"attachments":1')" 1 "the databases of a drive come along"
is "$(ls | grep -c tmp)" 0 "nothing is left behind"
done_testing
