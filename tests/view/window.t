#!/bin/sh
# A window alone: what it draws is what spur plot draws, and keys and the mouse do what they should. Without a
# display (SDL's dummy driver) and with one (Xvfb).
. "$top_srcdir/tests/tap.sh"
view=$top_builddir/viewers/spur-view
[ -x "$view" ] || skip_all "built without spur-view"
dir=$(mktemp -d)
xvfb=
end() { [ -n "$xvfb" ] && kill "$xvfb" 2>/dev/null; rm -rf "$dir"; }
trap end EXIT
export SPUR_CATALOG="$dir/c.db" SPUR_JOBS="$dir/jobs" HOME="$dir" XDG_CONFIG_HOME="$dir/config" XDG_RUNTIME_DIR="$dir"
export SDL_VIDEODRIVER=dummy
cd "$dir" || exit 1
# fact KEY FILE: an integer of a sidecar.
fact() { sed -n "s/.*\"$1\":\(-\{0,1\}[0-9]*\)[,}].*/\1/p" "$2"; }
command_of() { sed -n 's/^{"command":"\(.*\)","window".*/\1/p' "$1"; }
# same NAME OPTION...: the picture of a window, and what its sidecar says draws the same, byte for byte.
same() {
	name=$1
	shift
	rm -f s.png s.png.json p.png
	timeout 60 "$view" --shot s.png "$@" 2>err || { ok 1 "$name"; sed 's/^/# /' err; return; }
	command=$(command_of s.png.json | sed 's/^spur /"$SPUR" /; s/ -o s.png$/ -o p.png/')
	eval "$command" >/dev/null 2>err && cmp s.png p.png >>err 2>&1
	ok $? "$name"
	sed 's/^/# /' err
}

"$SPUR" demo make made --drives 1 --seconds 60 --seed 5 >/dev/null && "$SPUR" add made >/dev/null &&
	"$SPUR" find 'LongAccel < -4 for 0.3s' --all --label braking --store >/dev/null
ok $? "a drive with segments"

same "the whole drive" drive_01
same "a part of it with marks" drive_01 --from 10s --to 20s --cursor 13.25s --a 12s --b 14s
same "light, large, clean" drive_01 --light --scale 2 --size 1000x900 --clean
same "signals of one's own, relative times" drive_01 --signal YawRate --signal VehSpd --signal LongAccel --time rel
same "a short moment: samples are apart" drive_01 --from 12s --to 12.2s
same "recordings alone" made/drive_01.mf4 made/drive_01.mcap
export SPUR_FONT=builtin
same "without a font" drive_01
unset SPUR_FONT
timeout 60 "$view" drive_01 --cursor 20s --shot-camera c.png && "$SPUR" frame drive_01 front --at 20s --json >c.json
is "$(fact frame_ns c.png.json)" "$(sed -n 's/.*"t_ns":\([0-9]*\).*/\1/p' c.json | head -n 1)" \
	"the camera's window shows the frame that spur frame shows"

# One script, a picture after each thing that a person does.
cat >script <<EOF
settle
shot 0.png
move 505 100
wheel 3
settle
shot wheel.png
down 300 100
move 350 120
move 400 140
up 400 140
settle
shot drag.png
down 200 100 shift
move 300 100
up 300 100
settle
shot marks.png
down 250 100
up 250 100
settle
shot click.png
key 0
key l
key a
key H
key b
key +
settle
shot keys.png
key Space
wait 600
key Space
settle
shot play.png
key ]
settle
shot segment.png
key T
key t
settle
shot theme.png
resize 500 300
settle
shot small.png
key F12
key q
EOF
timeout 60 "$view" drive_01 --no-camera --script script 2>err; is $? 0 "a script of events is done, q ends it"
sed 's/^/# /' err
b0=$(fact begin_ns 0.png.json) e0=$(fact end_ns 0.png.json)
b1=$(fact begin_ns wheel.png.json) e1=$(fact end_ns wheel.png.json)
# The plot's columns are 62 to 950 of 960 at this scale: the pointer's time is the same before and after.
awk -v b0="$b0" -v e0="$e0" -v b1="$b1" -v e1="$e1" 'BEGIN {
	px = (e0 - b0) / 888; f = (505 - 62) / 888; d = (b0 + f * (e0 - b0)) - (b1 + f * (e1 - b1))
	exit !((e1 - b1) / (e0 - b0) < 0.52 && (e1 - b1) / (e0 - b0) > 0.50 && d < 2 * px && d > -2 * px) }'
ok $? "the wheel zooms at the pointer"
b2=$(fact begin_ns drag.png.json) e2=$(fact end_ns drag.png.json)
is $((e2 - b2)) $((e1 - b1)) "dragging keeps the length of what is shown"
awk -v b1="$b1" -v e1="$e1" -v b2="$b2" 'BEGIN { px = (e1 - b1) / 888; d = (b1 - b2) / px; exit !(d > 99 && d < 101) }'
ok $? "and moves it as far as the pointer"
a=$(fact a_ns marks.png.json) b=$(fact b_ns marks.png.json)
awk -v b2="$b2" -v e2="$e2" -v a="$a" -v b="$b" 'BEGIN { px = (e2 - b2) / 888; x = (a - b2) / px + 62; y = (b - b2) / px + 62
	exit !(x > 198 && x < 202 && y > 298 && y < 302) }'
ok $? "dragging with Shift sets A and B"
c=$(fact cursor_ns click.png.json)
awk -v b2="$b2" -v e2="$e2" -v c="$c" 'BEGIN { x = (c - b2) / ((e2 - b2) / 888) + 62; exit !(x > 248 && x < 252) }'
ok $? "a click sets the cursor"
is "$(fact a_ns click.png.json) $(fact b_ns click.png.json)" "$a $b" "and leaves the marks"
is $((($(fact a_ns keys.png.json) - $(fact b_ns keys.png.json)) / 1000000)) $(((e0 - b0) / 10 / 1000000)) \
	"keys of the plot screen do the same here: a, H, b are a tenth apart"
is $((($(fact end_ns keys.png.json) - $(fact begin_ns keys.png.json)) / 1000)) $(((e0 - b0) / 2000)) "+ shows half"
d=$((($(fact cursor_ns play.png.json) - $(fact cursor_ns keys.png.json)) / 1000000))
echo "# played $d ms in 600"
[ $d -ge 550 ] && [ $d -le 1500 ]; ok $? "Space plays at the speed of time"
is "$(fact cursor_ns segment.png.json)" "$(fact a_ns segment.png.json)" "] goes to the next segment, A and B at its ends"
like "$(cat theme.png.json)" '*"theme":"light"*' "T changes the theme"
is "$(fact width small.png.json)x$(fact height small.png.json)" 500x300 "the window can be resized"
n=$(ls spur-drive_01-*.png 2>/dev/null | wc -l)
is "$n" 1 "F12 writes a picture"
like "$(cat spur-drive_01-*.png.json)" '*"sources":\[{"path":"*drive_01.*","sha256":"[0-9a-f]*"}*' "and which bytes it was made of"

timeout 60 "$view" nothing --shot x.png 2>err; is $? 1 "an unknown drive is told"
like "$(cat err)" "*nothing*" "by name"
timeout 60 "$view" drive_01 --signal Nope --shot x.png 2>err; is $? 1 "so is an unknown signal"
like "$(cat err)" "*no signal 'Nope'*" "by name"
timeout 60 "$view" drive_01 --from later 2>err; is $? 1 "and a time that is none"
timeout 60 "$view" 2>/dev/null; is $? 2 "without a drive there is nothing to show"
timeout 60 "$view" --size 3 drive_01 2>/dev/null; is $? 2 "a size has two numbers"
timeout 60 "$view" --connect "$dir/no-such-socket" drive_01 2>err; is $? 1 "no workbench at the socket"
like "$(cat err)" "*is the workbench that gave it still running?*" "is told"
timeout 60 "$view" made/drive_01.mf4 --connect x 2>/dev/null; is $? 2 "a pane of a workbench shows no files"
printf 'nonsense 3\n' >bad
timeout 60 "$view" drive_01 --script bad 2>err; is $? 1 "a script that says nothing known"
like "$(cat err)" "*bad line 1: 'nonsense' is no event*" "is told where"
SDL_VIDEODRIVER=x11 DISPLAY=:99999 timeout 60 "$view" drive_01 2>err; is $? 1 "no display"
like "$(cat err)" "*cannot open a window: *spur plot -o*" "says what there is instead"
if ! command -v Xvfb >/dev/null; then
	skip "Xvfb is not installed" "with a display"
	done_testing
fi
"$view" drive_01 --shot dummy.png
Xvfb -displayfd 3 -screen 0 1280x1024x24 3>display >/dev/null 2>&1 &
xvfb=$!
for _ in $(seq 100); do [ -s display ] && break; sleep 0.1; done
DISPLAY=:$(cat display)
export DISPLAY SDL_VIDEODRIVER=x11
# What the display's own libraries keep, and lose from sight when they are unloaded, is not ours to judge: leaks
# were looked for above, without a display.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0; export ASAN_OPTIONS
timeout 60 "$view" drive_01 --shot x11.png; is $? 0 "on a display"
cmp dummy.png x11.png >&2; ok $? "the picture is the same"
printf 'settle\nkey l\nsettle\nshot k.png\nresize 700 400\nsettle\nshot r.png\nquit\n' >script
timeout 60 "$view" drive_01 --script script; is $? 0 "events on a display"
is "$(fact width r.png.json)x$(fact height r.png.json)" 700x400 "and a new size"
printf 'settle\nwait 8000\nquit\n' >script
"$view" drive_01 --script script &
pid=$!
sleep 3
before=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
sleep 3
after=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
kill "$pid"; wait "$pid"; is $? 0 "SIGTERM closes the windows"
echo "# $((after - before)) ticks of 10 ms in 3 s"
[ $((after - before)) -le 3 ]; ok $? "a window that nothing happens to uses no processor"
done_testing
