#!/bin/sh
# spur frame: which frame, what it is, and what is written of it; on a small simulated drive.
. "$top_srcdir/tests/tap.sh"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export XDG_DATA_HOME="$dir/data" XDG_CONFIG_HOME="$dir/config"
"$SPUR" demo make "$dir/d" --drives 1 --seconds 20 --seed 7 --no-progress >/dev/null || { echo "Bail out! no drive"; exit 1; }
a=$dir/d/drive_01.mcap b=$dir/d/drive_01.mf4 front=/camera/front/image/compressed
field() { sed -n "s/.*\"$1\":\(-\{0,1\}[0-9]*\).*/\1/p"; }

# ---- cameras
out=$("$SPUR" frame "$a" --list); is $? 0 "spur frame --list"
like "$out" "*$front*CompressedImage*/camera/front/annotations*/camera/rear/image_raw*" "names the cameras"
"$SPUR" frame "$a" "$b" --list --json >"$dir/list"; is $? 0 "of several recordings"
is "$(wc -l <"$dir/list")" 2 "a row per camera"
like "$(head -n 1 "$dir/list")" '*"annotations":"/camera/front/annotations","calibration":"/camera/front/*' "with what belongs to it"
like "$(tail -n 1 "$dir/list")" '*"annotations":null,"calibration":null*' "and not to the other"
n=$(field frames <"$dir/list" | head -n 1)
is "$("$SPUR" messages "$a" -t $front --json | wc -l)" "$n" "as many frames as messages"

# ---- which frame: the latest at or before T
"$SPUR" messages "$a" -t $front --json | field log_time_ns >"$dir/times"
t=$(sed -n 100p "$dir/times")
is "$("$SPUR" frame "$a" front --at "$t" --json | field index)" 99 "at its own stamp"
is "$("$SPUR" frame "$a" front --at $((t - 1)) --json | field index)" 98 "one nanosecond before it"
is "$("$SPUR" frame "$a" front --at "$t" --next --json | field index)" 100 "--next"
is "$("$SPUR" frame "$a" front --at "$t" --previous --json | field index)" 98 "--previous"
is "$("$SPUR" frame "$a" front --index 99 --json | field t_ns)" "$t" "--index"
is "$("$SPUR" frame "$a" 2 --json | field index)" 0 "the first one of a camera by its number"
is "$("$SPUR" frame "$a" $front --at -0.001s --json | field index)" "$((n - 1))" "the last one by its topic"
line=$("$SPUR" frame "$a" front --index 99 --json)
is "$(echo "$line" | field before_ns)" "$((t - $(sed -n 99p "$dir/times")))" "the gap to the one before"
is "$(echo "$line" | field after_ns)" "$(($(sed -n 101p "$dir/times") - t))" "and to the next one"
like "$line" '*"encoding":"jpeg","width":320,"height":180,*"clock_ns":0,*' "what it is"
out=$("$SPUR" frame "$a" rear); like "$out" "*CAMERA*/camera/rear/image_raw*ENCODING*bayer_rggb8*" "text for people"

# ---- what is written
"$SPUR" frame "$a" front --index 99 -o "$dir/f.jpg" -q >/dev/null; is $? 0 "a JPEG"
"$SPUR" cat "$a" -t $front --json | sed -n 100p | sed 's/.*"data":"\([^"]*\)".*/\1/' | base64 -d >"$dir/recorded"
cmp -s "$dir/f.jpg" "$dir/recorded"; ok $? "is the payload as it was recorded"
for name in front rear; do
	"$SPUR" frame "$a" $name -o "$dir/$name.png" >/dev/null; is $? 0 "a PNG of $name"
	is "$(head -c 8 "$dir/$name.png" | od -An -tx1 | tr -d ' \n')" 89504e470d0a1a0a "is one"
done
"$SPUR" frame "$a" front -o "$dir/marked.png" --overlay --json >"$dir/row"; is $? 0 "--overlay"
ok "$([ "$(field marks <"$dir/row")" -ge 1 ]; echo $?)" "has marks"
cmp -s "$dir/front.png" "$dir/marked.png"; is $? 1 "and draws them"
"$SPUR" frame "$a" front -o "$dir/small.png" --size 80x80 >/dev/null; is $? 0 "--size"
is "$(tail -c +17 "$dir/small.png" | head -c 8 | od -An -tu1 | tr -s ' ')" " 0 0 0 80 0 0 0 45" "in its own shape"
"$SPUR" frame "$a" front -o "$dir/again.jpg" --size 80x80 >/dev/null
is "$(head -c 2 "$dir/again.jpg" | od -An -tx1)" " ff d8" "a JPEG that is made"
out=$("$SPUR" frame "$a" front -o "$dir/none/x.png" 2>&1); is $? 1 "a folder that is not there"
like "$out" "*$dir/none*" "is named"
is "$(ls "$dir" | grep -c tmp)" 0 "nothing is left half"

# ---- a drive of the catalogue, with its clocks
"$SPUR" add "$dir/d" -q --no-progress >/dev/null 2>&1
"$SPUR" sync drive_01 --store -q --no-progress >/dev/null 2>&1
line=$("$SPUR" frame drive_01 front --index 99 --json); is $? 0 "of a drive"
clock=$(echo "$line" | field clock_ns)
ok "$([ "$clock" -gt 200000000 ] && [ "$clock" -lt 240000000 ]; echo $?)" "its clock is 220 ms ahead, as simulated: $clock"
is "$(echo "$line" | field t_ns)" "$((t - clock))" "its time is the drive's"
is "$("$SPUR" frame drive_01 front --at $((t - clock)) --json | field index)" 99 "and found by it"
is "$("$SPUR" frame drive_01 front --at $((t - clock - 1)) --json | field index)" 98 "to the nanosecond"

# ---- what does not work is said
out=$("$SPUR" frame "$a" front --at 1970-01-02T00:00:00Z 2>&1); is $? 1 "before the first frame"
like "$out" "*drive_01.mcap*no frame yet*" "there is none"
out=$("$SPUR" frame "$a" front --index "$n" 2>&1); is $? 1 "beyond the last one"
like "$out" "*has $n frames*" "is told how many there are"
out=$("$SPUR" frame "$a" front --index $((n - 1)) --next 2>&1); is $? 1 "after the last one"
like "$out" "*is its last one*" "is nothing"
out=$("$SPUR" frame "$a" top 2>&1); is $? 1 "a camera that is not there"
like "$out" "*no camera 'top'*$front*/camera/rear*" "shows those that are"
out=$("$SPUR" frame "$a" camera 2>&1); is $? 2 "a word that both have"
out=$("$SPUR" frame "$b" 2>&1); is $? 1 "an MDF file"
like "$out" "*drive_01.mf4*no camera*" "has no camera"
out=$("$SPUR" frame "$dir/none.mcap" 2>&1); is $? 1 "neither file nor drive"
like "$out" "*none.mcap*neither a file nor a drive*" "is named"
: >"$dir/empty.mcap"
out=$("$SPUR" frame "$dir/empty.mcap" 2>&1); is $? 1 "an empty file"
like "$out" "*empty.mcap*empty file*" "is named"
for bad in "--at 1s --index 1" "--next --previous" "--size 80" "--size 0x4" "-o x.gif" "-o x" "--index -1" "--at noon"; do
	"$SPUR" frame "$a" front $bad >/dev/null 2>&1; is $? 2 "usage: $bad"
done
"$SPUR" frame "$a" front rear >/dev/null 2>&1; is $? 2 "usage: two cameras"
cp "$a" "$dir/copy.png"
"$SPUR" frame "$dir/copy.png" -o "$dir/copy.png" >/dev/null 2>&1; is $? 2 "the recording is not overwritten"
cmp -s "$a" "$dir/copy.png"; ok $? "indeed"

# ---- damage: the frames of a chunk are lost, and named with the byte; their neighbours are there
at=$(LC_ALL=C grep -obUaP '\xff\xd8\xff' "$a" | sed -n 300p | cut -d : -f 1)
cp "$a" "$dir/bad.mcap"
printf 'XXXXXXXX' | dd of="$dir/bad.mcap" bs=1 seek=$((at + 700)) conv=notrunc 2>/dev/null
first=300 last=300
while [ $first -ge 0 ] && ! "$SPUR" frame "$dir/bad.mcap" front --index $first >/dev/null 2>"$dir/err"; do
	first=$((first - 1)); cp "$dir/err" "$dir/why"
done
while [ $last -lt "$n" ] && ! "$SPUR" frame "$dir/bad.mcap" front --index $last >/dev/null 2>&1; do last=$((last + 1)); done
lost=$((last - first - 1))
ok "$([ $first -ge 0 ] && [ $last -lt "$n" ] && [ $lost -ge 1 ]; echo $?)" "a damaged chunk costs its own $lost frames"
like "$(cat "$dir/why")" "*bad.mcap: frame $((first + 1)) of $front: chunk at byte [1-9]*checksum*" "file and byte are named"
is "$("$SPUR" frame "$dir/bad.mcap" front --index $first --json | field index)" $first "the one before is there"
is "$("$SPUR" frame "$dir/bad.mcap" front --index $((last - 1)) --next --json | field index)" $last "stepping out of it works"
head -c $((at + 100)) "$a" >"$dir/cut.mcap"
out=$("$SPUR" frame "$dir/cut.mcap" front --index 10 -o "$dir/cut.jpg" 2>"$dir/err"); is $? 3 "a recording without its end is read from end to end"
like "$(cat "$dir/err")" "*cut.mcap*damaged*byte*" "and said to be damaged"
"$SPUR" frame "$a" front --index 10 -o "$dir/whole.jpg" >/dev/null
cmp -s "$dir/cut.jpg" "$dir/whole.jpg"; ok $? "its frames are the same"
done_testing
