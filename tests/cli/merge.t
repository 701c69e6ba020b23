#!/bin/sh
# spur merge: what was cut apart is whole again, and what does not fit together stands side by side.
. "$top_srcdir/tests/tap.sh"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export HOME="$dir"
cd "$dir" || exit 1
samples=$top_builddir/tests/tools/mdf_samples
values() { "$SPUR" stats "$@" --json; }
timed="-s u8 -s i16 -s u32 -s f64 -s note -s blob -s CAN*"

"$samples" a.mf4 transposed 25000 0
set -f; "$SPUR" cut a.mf4 -o a0.mf4 $timed -q; "$SPUR" cut a.mf4 -o a1.mf4 --to 90.005s $timed -q
"$SPUR" cut a.mf4 -o a2.mf4 --from 90.005s --to 200s $timed -q; "$SPUR" cut a.mf4 -o a3.mf4 --from 200s $timed -q; set +f
"$SPUR" merge a2.mf4 a3.mf4 a1.mf4 -o whole.mf4 >out; is $? 0 "three parts, in any order"
is "$(values whole.mf4)" "$(values a0.mf4)" "are the whole again"
like "$("$SPUR" check whole.mf4)" "*whole.mf4: sound: 0 warnings, *" "check finds nothing but histories that overlap"
"$SPUR" info whole.mf4 --json | grep -q 'merged: a1.mf4 from [^;]*; a2.mf4 from [^;]*; a3.mf4 from'; ok $? "the history names them in order"
"$SPUR" merge a1.mf4 a3.mf4 -o two.mf4 -j 1 --packing none -q; "$SPUR" merge a1.mf4 a3.mf4 -o four.mf4 -j 4 --packing deflate -q
is "$(values two.mf4 | sha256sum)" "$(values four.mf4 | sha256sum)" "on any number of threads, packed or not"

"$SPUR" demo make made --drives 2 --seconds 5 --seed 3 --cameras none >/dev/null 2>&1
"$SPUR" merge made/drive_02.mf4 made/drive_01.mf4 -o drives.mf4 -q; is $? 0 "two drives"
n=$(values made/drive_01.mf4 -s VehSpd | grep -o '"n":[0-9]*' | cut -d: -f2); k=$(values made/drive_02.mf4 -s VehSpd | grep -o '"n":[0-9]*' | cut -d: -f2)
like "$(values drives.mf4 -s VehSpd)" "*\"n\":$((n + k)),*" "their records follow each other"
from=$("$SPUR" info made/drive_02.mf4 --json | grep -o '"begin_ns":[0-9]*' | cut -d: -f2)
is "$(values drives.mf4 -s VehSpd --from $from | sed 's/"t_first.*"min"/"min"/')" "$(values made/drive_02.mf4 -s VehSpd | sed 's/"t_first.*"min"/"min"/')" \
	"at their own times"
"$SPUR" merge made/drive_01.mf4 a0.mf4 -o beside.mf4 -q; is $? 0 "two structures"
is "$(values beside.mf4 -s VehSpd -s u8 | sed 's/"t_first.*"min"/"min"/;s/"group":[0-9]*//')" \
	"$( (values a0.mf4 -s u8; values made/drive_01.mf4 -s VehSpd) | sed 's/"t_first.*"min"/"min"/;s/"group":[0-9]*//')" "stand beside each other"
"$SPUR" merge a1.mf4 a2.mf4 --apart -o apart.mf4 -q
is "$(values apart.mf4 -s u8 | wc -l)" 4 "--apart joins none"

"$SPUR" merge a1.mf4 a1.mf4 -o x.mf4 2>err; is $? 1 "files that overlap do not follow each other"
like "$(cat err)" "spur: a1.mf4: group 0 begins * before the end*--apart*" "what to do is said"
"$SPUR" merge a1.mf4 a2.mf4 -o a2.mf4 2>err; is $? 2 "an input is no output"
"$SPUR" merge a1.mf4 -o x.mf4 2>err; is $? 2 "one file is not enough"
"$SPUR" merge a1.mf4 made/drive_01.mcap -o x.mf4 2>err; is $? 1 "formats are not mixed"
"$SPUR" merge made/drive_01.mcap made/drive_02.mcap -o x.mcap 2>err; is $? 1 "MCAP is not merged yet"
like "$(cat err)" "*files of this format are not merged yet*" "and says so"
: >empty; "$SPUR" merge a1.mf4 empty -o x.mf4 2>err; is $? 1 "an empty file"
"$SPUR" merge a1.mf4 nosuch.mf4 -o x.mf4 2>err; is $? 1 "a file that is not there"
head -c 20000 a3.mf4 >short.mf4; "$SPUR" merge a1.mf4 short.mf4 -o x.mf4 -q 2>err; is $? 3 "a cut-off file is partial"
[ ! -s empty ]; ok $? "nothing is written to it"
"$SPUR" merge a1.mf4 a2.mf4 -o nosuch/x.mf4 2>err; is $? 1 "a folder that is not there"

# Attachments, trees and header comments of the later files. Byte 5 of the start of time is 141 bytes into the file.
"$top_builddir/tests/tools/mdf_blocks" around around.mf4
LC_ALL=C sed 's/outputs/results/;s/>Ann<\/e>/>Bob<\/e>/' around.mf4 >other.mf4
for f in around other; do
	cp $f.mf4 later_$f.mf4
	byte=$(od -An -tu1 -j141 -N1 $f.mf4 | tr -d ' ')
	printf "\\$(printf %o $((byte + 1)))" | dd of=later_$f.mf4 bs=1 seek=141 conv=notrunc 2>dd
done
attached() { "$SPUR" info "$1" --json | grep -o '"attachments":\[[^]]*\]' | grep -o '"name":"[^"]*"' | tr -d '\n'; }
tree() { "$SPUR" info "$1" --tree | sed -n '/^TREE/,/^[a-z]*:/p' | grep -v ':' | cut -c1-14 | tr -s ' \n' ' '; }
"$SPUR" merge around.mf4 later_around.mf4 -o twice.mf4 >out; is $? 0 "two files with attachments"
is "$(attached twice.mf4)" "$(attached around.mf4)" "those that are equal stand once"
like "$(cat out)" "*ATTACHMENTS  5*" "and are counted once"
is "$(tree twice.mf4)" "$(tree around.mf4)" "so does a tree that is the same"
for n in 0 1 2 3; do
	"$SPUR" info twice.mf4 --attachment $n -o got -q >out && "$SPUR" info around.mf4 --attachment $n -o want -q >out && cmp -s got want
	ok $? "attachment $n is what it was"
	rm -f got want
done
like "$("$SPUR" check twice.mf4)" "*sound: 0 warnings*" "check finds nothing"
"$SPUR" merge around.mf4 later_other.mf4 -o both.mf4 -q >out; is $? 0 "and with another tree"
is "$(tree both.mf4)" "$(tree around.mf4)$(tree other.mf4 | sed 's/^TREE //')" "both trees stand"
grep -aq '<tree name="later_other.mf4"><e name="author">Bob</e></tree>' both.mf4; ok $? "what the other header says is in the history"
like "$("$SPUR" info both.mf4)" "*author: Ann*" "the first one's stays in the header"
like "$("$SPUR" check both.mf4)" "*sound: 0 warnings*" "check finds nothing in both"
LC_ALL=C sed 's/hello\([^.]\)/hallo\1/' a0.mf4 >hallo.mf4
"$SPUR" merge a0.mf4 hallo.mf4 --apart -o x.mf4 -q >out
is "$(attached x.mf4)" "$(attached a0.mf4)$(attached a0.mf4)" "attachments of one name that differ are both kept"
is "$("$SPUR" info x.mf4 --attachment 0 -o y -q >out; cat y; "$SPUR" info x.mf4 --attachment 1 -o z -q >out; cat z)" "hellohallo" "each with its bytes"
rm -f y z

for how in none deflate transposed; do
	"$SPUR" convert made/drive_01.mf4 -o c_$how.mf4 --packing $how >/dev/null; is $? 0 "convert --packing $how"
done
"$SPUR" convert made/drive_01.mf4 -o c.mf4 >/dev/null
is "$(values c.mf4 | sha256sum)" "$(values c_none.mf4 | sha256sum)" "holds the same values"
like "$("$SPUR" info c_none.mf4 --json)" '*"compression":"none"*' "none is plain"
is "$(wc -c <c.mf4)" "$(wc -c <c_transposed.mf4)" "transposed is what convert does of itself"
is "$(ls | grep -c tmp)" 0 "nothing is left behind"
done_testing
