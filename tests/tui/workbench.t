#!/bin/sh
# The workbench in a real terminal: tmux, 80x24, keys only.
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/tui/tmux.sh"

"$SPUR" demo make "$dir/made" --drives 2 --seconds 120 --seed 5 --cameras none >/dev/null && "$SPUR" add "$dir/made" >/dev/null
ok $? "two drives are made and added"
workbench 80x24
see "[1 Drives]" "spur alone opens the workbench"
see "> drive_01" "on the drives of the catalogue"
see "drive_01.mcap" "with the recordings of the current one"
keys j
see "> drive_02" "j goes down"
keys Enter
see "[2 Plot]" "Enter plots it"
see "VehSpd [km/h]" "with its speed"
see "Enter add" "the bar shows the keys"
keys /; keys "yaw"; keys Enter
see "Signals /yaw" "/ filters the signals"
see "YawRate" "and finds one"
keys Enter
see "YawRate [" "Enter adds its trace"
keys Tab a l l l l b
see "B-A " "a and b mark a range"
keys ?
see "zoom to A and B" "? explains the keys"
keys q 4
see "no jobs yet" "4 shows the jobs"
keys :; keys "drives"; keys Enter
see "LENGTH" ": runs a verb and shows what it says"
see "$ spur drives" "its command line stays"
keys q Q
see "left with 0" "Q quits"
close_terminal

workbench 120x36 --ascii
see "[1 Drives]" "a larger terminal works"
t capture-pane -p | LC_ALL=C grep -q '[^ -~]'; is $? 1 "--ascii draws ASCII only"
for size in 40x10 200x50 30x5 80x24; do t resize-window -x "${size%x*}" -y "${size#*x}"; sleep 0.2; done
see "> drive_01" "it survives being resized"
pid=$(pgrep -P "$(t list-panes -F '#{pane_pid}')" | head -n 1)
kill -TERM "$pid" 2>/dev/null
gone() { ! kill -0 "$pid" 2>/dev/null; }
within 20 gone; ok $? "SIGTERM ends it"
close_terminal

out=$("$SPUR" </dev/null 2>&1); is $? 0 "without a terminal it prints the help"
like "$out" "*usage: spur VERB*" "and no screen"
terminal 80x24 "TERM=dumb '$SPUR'"
see "needs a terminal that can move its cursor" "a dumb terminal is told why"
done_testing
