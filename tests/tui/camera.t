#!/bin/sh
# Pictures in a real terminal: tmux at 80x24, keys only.
. "$top_srcdir/tests/tap.sh"
command -v tmux >/dev/null || skip_all "tmux is not installed"
dir=$(mktemp -d)
n=1
t() { tmux -S "$dir/tmux$n" "$@"; }
trap 't kill-server 2>/dev/null; rm -rf "$dir"' EXIT
export SPUR_CATALOG="$dir/c.db" SPUR_JOBS="$dir/jobs" HOME="$dir" XDG_CONFIG_HOME="$dir/config" XDG_CACHE_HOME="$dir/cache"
unset NO_COLOR COLORTERM SPUR_GFX
# see TEXT NAME: the screen shows TEXT within 20 s.
see() {
	for _ in $(seq 200); do
		screen=$(t capture-pane -p 2>/dev/null)
		case $screen in *"$1"*) ok 0 "$2"; return ;; esac
		sleep 0.1
	done
	ok 1 "$2"
	printf '%s\n' "no '$1' on:" "$screen" | sed 's/^/# /'
}
keys() { t send-keys "$@"; }
# blocks NAME: within 10 s there are at least 200 half blocks on the screen, in at least 10 colours.
blocks() {
	for _ in $(seq 100); do
		colours=$(t capture-pane -p -e | grep -o '[34]8;[25];[0-9;]*' | sort -u | wc -l)
		cells=$(t capture-pane -p | grep -o '[▀▄█]' | wc -l)
		[ "$cells" -ge 200 ] && [ "$colours" -ge 10 ] && break
		sleep 0.1
	done
	[ "$cells" -ge 200 ] && [ "$colours" -ge 10 ]
	ok $? "$1 ($cells blocks, $colours colours)"
}
frame() { t capture-pane -p | sed -n 's/^.*camera [^ ]*  frame \([0-9]*\)\/.*$/\1/p' | head -n 1; }
# other WAS: the number of the frame, when it is another than WAS.
other() {
	for _ in $(seq 100); do
		now=$(frame)
		[ -n "$now" ] && [ "$now" != "$1" ] && break
		sleep 0.1
	done
	echo "$now"
}

"$SPUR" demo make "$dir/made" --drives 2 --seconds 20 --seed 5 --cameras front >/dev/null && "$SPUR" add "$dir/made" >/dev/null
ok $? "two drives with a camera"
t -f /dev/null new-session -d -x 80 -y 24 "'$SPUR'; printf '\\r\\nleft with %s\\n' \$?; sleep 60"
see "> drive_01" "the drives"
keys Enter
see "VehSpd [km/h]" "a plot"
keys p
see "camera front  frame " "p shows the camera at the cursor"
blocks "as half blocks"
see "spur frame drive_01 front --at " "the command that writes it is shown"
was=$(frame)
keys .
is "$(other "$was")" $((was + 1)) ". goes one frame on"
keys .; keys .; keys .
see "frame $((was + 4))/" "three more are three, however fast"
keys ,
is "$(other $((was + 4)))" $((was + 3)) ", goes one back"
keys Space
now=$(other $((was + 3)))
later=$(other "$now")
[ "${later:-0}" -gt "${now:-0}" ]
ok $? "Space plays ($now, $later)"
keys Space
sleep 0.5
was=$(frame)
sleep 0.7
is "$(frame)" "$was" "and pauses"
keys g; keys 2.5s; keys Enter
see "--at 2.4" "g goes to a time, to the frame before it"
keys O
see "without annotations" "O takes the boxes off"
blocks "the picture stays"
for size in 120x36 160x48 50x14 80x24; do t resize-window -x "${size%x*}" -y "${size#*x}"; sleep 0.3; done
see "camera front  frame " "it survives being resized"
blocks "and is painted again"
keys C-l
blocks "Ctrl-L paints all again"
keys '}'
see "drive_02" "} opens the next drive"
keys p
keys q
see "> drive_0" "q goes back"
[ "$(t capture-pane -p | grep -c '[▀▄]')" -eq 0 ]
ok $? "no picture is left behind"
keys Enter
see "VehSpd [km/h]" "again a plot"
keys p Q
see "left with 0" "Q quits"
t kill-server
n=$((n + 1))

t -f /dev/null new-session -d -x 80 -y 24 "'$SPUR' --ascii; sleep 60"
see "> drive_01" "in ASCII"
keys Enter
see "VehSpd [km/h]" "a plot"
keys p
see "camera front  frame " "the camera"
for _ in $(seq 50); do
	cells=$(t capture-pane -p | sed -n '3,15p' | grep -o '[.:=+*#%@-]' | wc -l)
	[ "$cells" -ge 200 ] && break
	sleep 0.1
done
[ "$cells" -ge 200 ]
ok $? "as characters ($cells of them)"
t capture-pane -p | LC_ALL=C grep -q '[^ -~]'; is $? 1 "and ASCII only"
t kill-server
n=$((n + 1))

t -f /dev/null new-session -d -x 80 -y 24 "'$SPUR' --gfx=none; sleep 60"
see "> drive_01" "without pictures"
keys Enter
see "VehSpd [km/h]" "a plot"
keys p
see "camera front  frame " "the facts of the camera"
sleep 0.5
[ "$(t capture-pane -p | grep -c '[▀▄]')" -eq 0 ]
ok $? "and no picture"
t kill-server
n=$((n + 1))

t -f /dev/null new-session -d -x 80 -y 24 "'$SPUR' info --terminal --json >'$dir/terminal'; echo done; sleep 60"
see "done" "the terminal is asked"
like "$(cat "$dir/terminal" 2>/dev/null)" "*\"tmux\":true*" "tmux is known"
out=$("$SPUR" info --terminal </dev/null); is $? 0 "without a terminal as well"
t -f /dev/null new-session -d -x 100 -y 24 "'$SPUR' --gfx=hires; sleep 60"
see "half-256" "a wrong --gfx lists the right ones"
done_testing
