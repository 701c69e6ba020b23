#!/bin/sh
# spur plot: pictures and text of drives and of recordings, and inputs that are not as they should be.
. "$top_srcdir/tests/tap.sh"
SPUR_SHARED=${SPUR_SHARED:-$top_srcdir/../shared}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
SPUR_CATALOG=$dir/catalogue.db; export SPUR_CATALOG
plot() { "$SPUR" plot "$@" --no-progress; }
# Width and height of a PNG, from its header.
png_size() { od -An -tu1 -j16 -N8 "$1" | awk '{ print $1 * 16777216 + $2 * 65536 + $3 * 256 + $4 "x" $5 * 16777216 + $6 * 65536 + $7 * 256 + $8 }'; }

out=$(plot "$dir/none.mf4" 2>&1)
is $? 1 "a missing file fails"
like "$out" "spur: $dir/none.mf4: *" "and is named"
: >"$dir/empty.mf4"
plot "$dir/empty.mf4" >/dev/null 2>&1
is $? 1 "an empty file fails"
plot no-such-drive >/dev/null 2>"$dir/err"
is $? 1 "a drive that the catalogue does not have fails"
plot "$dir/empty.mf4" --size 12 >/dev/null 2>&1
is $? 2 "--size wants two numbers"
plot "$dir/empty.mf4" --size 60000x60000 -o "$dir/x.png" >/dev/null 2>&1
is $? 2 "and not too many pixels"
plot "$dir/empty.mf4" --camera front >/dev/null 2>&1
is $? 2 "--camera wants -o"

"$SPUR" demo make "$dir/fleet" --drives 1 --seconds 60 --cameras front --no-progress >/dev/null || exit 1
"$SPUR" add "$dir/fleet" --no-progress >/dev/null || exit 1
"$SPUR" find 'LongAccel < -2 for 300ms' --label braking --store --drive drive_01 --no-progress >"$dir/out" || exit 1

# The text.
out=$(plot drive_01 --time rel)
is $? 0 "a drive is drawn on the terminal"
like "$out" "drive_01  from 0*, 1 min 00 s*VehSpd \[km/h\]  min *LongAccel \[m/s2\]  min *00:00 *" \
	"speed and acceleration without being asked for"
like "$out" '*seg-* braking *candidate*' "and the segments that were found"
[ "$(echo "$out" | wc -L)" -le 80 ]
ok $? "within 80 columns"
like "$(LC_ALL=C plot drive_01 --time rel | LC_ALL=C grep -c '[^ -~]')" 0 "in ASCII where there is nothing else"
out=$(plot drive_01 -s VehSpd --size 40x8)
is "$(echo "$out" | grep -vc seg-)" 10 "--size: eight rows for the signal, a line for the drive, one for the time"

# What is in it equals what spur stats says of the same file.
f=$dir/fleet/drive_01.mf4
want=$("$SPUR" stats "$f" -s VehSpd --json --no-progress | sed 's/.*"min":\([^,]*\),"max":\([^,]*\),.*/\1 \2/')
got=$(plot "$f" -s VehSpd --json | sed 's/.*"min":\([^,]*\),"max":\([^,]*\),"mean".*/\1 \2/')
is "$got" "$want" "least and greatest value are those of spur stats"
n=$(plot "$f" -s VehSpd --json | sed 's/.*"n":\([0-9]*\),"gaps".*/\1/')
sum=$(plot "$f" -s VehSpd --json --size 77x1 | grep -o '"i":[0-9]*,"n":[0-9]*' | awk -F: '{ s += $3 } END { print s }')
is "$sum" "$n" "the columns have every sample once"
half=$(plot "$f" -s VehSpd --from 10s --to +20s --json | sed 's/.*"n":\([0-9]*\),"gaps".*/\1/')
rest=$(plot "$f" -s VehSpd --from 30s --to 60% --json | sed 's/.*"n":\([0-9]*\),"gaps".*/\1/')
both=$(plot "$f" -s VehSpd --from 10s --to 60% --json | sed 's/.*"n":\([0-9]*\),"gaps".*/\1/')
is $((half + rest)) "$both" "ranges that touch share no sample and lose none"
out=$(plot drive_01 -s VehSpd --a 10s --b 12s --cursor 11s --json)
like "$out" '*"n":20?,*"at_cursor":*,"at_a":*,"at_b":*' "statistics of A to B, values at the marks"

# The picture.
plot drive_01 --from 10s --to 40s --cursor 20s --a 15s --b 25s -o "$dir/a.png" >"$dir/out"
is $? 0 "a picture is written"
is "$(png_size "$dir/a.png")" 1280x420 "of the size for two signals"
plot drive_01 --from 10s --to 40s --cursor 20s --a 15s --b 25s -o "$dir/b.png" -j 1 >"$dir/out"
cmp -s "$dir/a.png" "$dir/b.png"
ok $? "the same command gives the same bytes, whatever the threads"
plot drive_01 --from 10s --to 40s -o "$dir/c.png" --clean --light --size 300x200 >/dev/null
is "$(png_size "$dir/c.png")" 300x200 "--size"
cmp -s "$dir/a.png" "$dir/c.png"
is $? 1 "another command, other bytes"
plot drive_01 --cursor 30s --camera front -o "$dir/d.png" >/dev/null
is $? 0 "with the camera beside it"
plot drive_01 --camera sideways -o "$dir/e.png" >/dev/null 2>"$dir/err"
is $? 1 "a camera that is not there fails"
[ ! -e "$dir/e.png" ]
ok $? "and leaves no picture"
SPUR_FONT=builtin plot drive_01 -s VehSpd --size 400x200 -o "$dir/f.png" >/dev/null
is $? 0 "with the built-in font"
SPUR_FONT=$dir/none.ttf plot drive_01 -s VehSpd --size 400x200 -o "$dir/g.png" >/dev/null
cmp -s "$dir/f.png" "$dir/g.png"
ok $? "which is also what a missing font gives"
like "$(SPUR_FONT=$dir/none.ttf "$SPUR" version)" "*built-in (*none.ttf*)*" "and spur version says why"
plot drive_01 -o "$dir/none/x.png" >/dev/null 2>&1
is $? 1 "a folder that is not there fails"
plot drive_01 -o "$dir/x.png" --size 8000x8000 --mem 32M >/dev/null 2>"$dir/err"
is $? 1 "a picture above the budget fails"
like "$(cat "$dir/err")" "*--mem*" "and says so"
is "$(ls "$dir" | grep -c tmp)" 0 "nothing is left behind"

# What does not fit.
plot drive_01 -s NoSuchSignal >/dev/null 2>"$dir/err"
is $? 1 "a signal that is not there fails"
plot drive_01 -s '*Zz*' >/dev/null 2>&1
is $? 1 "so does a pattern that fits none"
plot drive_01 --from 30s --to 20s >/dev/null 2>&1
is $? 2 "an empty range is a usage error"
plot drive_01 -s VehSpd --from 500s --to 600s >/dev/null 2>"$dir/err"
is $? 0 "a range beside the drive is empty"
like "$(cat "$dir/err")" "*no samples*" "and says so"
g=$dir/fleet/drive_01.mcap
head -c $(($(wc -c <"$g") / 2)) "$g" >"$dir/cut.mcap"
plot "$dir/cut.mcap" -o "$dir/cut.png" >/dev/null 2>"$dir/err"
is $? 3 "of a damaged file what is left is drawn"
like "$(cat "$dir/err")" "*cut.mcap: damaged *" "and the damage is said"
[ -s "$dir/cut.png" ]
ok $? "there is a picture"

m=$SPUR_SHARED/corpus/mdf/css/2F6913DB_00001089_00000001-63BEF5CD.MF4
if [ ! -r "$m" ]; then
	skip "no shared corpus; set SPUR_SHARED" "a real recording"
	done_testing
fi
plot "$m" --dbc "$SPUR_SHARED/corpus/mdf/dbc/gnss.dbc" -s '*Satellites' -s '*Speed*' -o "$dir/real.png" >/dev/null
is $? 0 "signals of a real CAN log, through their database"
is "$(plot "$m" --dbc "$SPUR_SHARED/corpus/mdf/dbc/gnss.dbc" -s gnss_status.Satellites --json | sed 's/.*"n":\([0-9]*\),"gaps".*/\1/')" 168 \
	"all 168 frames"
plot "$m" --dbc "$SPUR_SHARED/corpus/mdf/dbc/gnss.dbc" -s gnss_status.FixType >"$dir/out" 2>&1
is $? 0 "a signal of words"
done_testing
