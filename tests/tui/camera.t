#!/bin/sh
# Pictures in a real terminal: tmux at 80x24, keys only.
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/tui/tmux.sh"
painted() {
	colours=$(t capture-pane -p -e | grep -o '[34]8;[25];[0-9;]*' | sort -u | wc -l)
	cells=$(t capture-pane -p | grep -o '[▀▄█]' | wc -l)
	[ "$cells" -ge 200 ] && [ "$colours" -ge 10 ]
}
blocks() { within 60 painted; ok $? "$1 ($cells blocks, $colours colours)"; }	# half blocks, in many colours
no_blocks() { ! t capture-pane -p | grep -q '[▀▄]'; }
frame() { t capture-pane -p | sed -n 's/^.*camera [^ ]*  frame \([0-9]*\)\/.*$/\1/p' | head -n 1; }
other_than() { now=$(frame); [ -n "$now" ] && [ "$now" != "$1" ]; }
other() { within 60 other_than "$1"; echo "$now"; }	# other WAS: the number of the frame, when it is another than WAS
halts() { was=$(frame); sleep 0.7; [ "$(frame)" = "$was" ]; }

"$SPUR" demo make "$dir/made" --drives 2 --seconds 20 --seed 5 --cameras front >/dev/null && "$SPUR" add "$dir/made" >/dev/null
ok $? "two drives with a camera"
workbench 80x24
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
within 1 halts; ok $? "and pauses"
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
within 10 no_blocks; ok $? "no picture is left behind"
keys Enter
see "VehSpd [km/h]" "again a plot"
keys p Q
see "left with 0" "Q quits"
close_terminal

workbench 80x24 --ascii
see "> drive_01" "in ASCII"
keys Enter
see "VehSpd [km/h]" "a plot"
keys p
see "camera front  frame " "the camera"
characters() { cells=$(t capture-pane -p | sed -n '3,15p' | grep -o '[.:=+*#%@-]' | wc -l); [ "$cells" -ge 200 ]; }
within 60 characters; ok $? "as characters ($cells of them)"
t capture-pane -p | LC_ALL=C grep -q '[^ -~]'; is $? 1 "and ASCII only"
close_terminal

workbench 80x24 --gfx=none
see "> drive_01" "without pictures"
keys Enter
see "VehSpd [km/h]" "a plot"
keys p
see "camera front  frame " "the facts of the camera"
sleep 0.5
no_blocks; ok $? "and no picture"
close_terminal

terminal 80x24 "'$SPUR' info --terminal --json >'$dir/terminal'; echo done"
see "done" "the terminal is asked"
like "$(cat "$dir/terminal" 2>/dev/null)" "*\"tmux\":true*" "tmux is known"
out=$("$SPUR" info --terminal </dev/null); is $? 0 "without a terminal as well"
close_terminal
workbench 100x24 --gfx=hires
see "half-256" "a wrong --gfx lists the right ones"
done_testing
