#!/bin/sh
# The workbench in a real terminal: tmux, 80x24, keys only.
. "$top_srcdir/tests/tap.sh"
command -v tmux >/dev/null || skip_all "tmux is not installed"
dir=$(mktemp -d)
n=1	# a server that ends still has its socket for a moment: each session has its own
t() { tmux -S "$dir/tmux$n" "$@"; }
trap 't kill-server 2>/dev/null; rm -rf "$dir"' EXIT
export SPUR_CATALOG="$dir/c.db" SPUR_JOBS="$dir/jobs" HOME="$dir" XDG_CONFIG_HOME="$dir/config"
unset NO_COLOR
# see TEXT NAME: the screen shows TEXT within 10 s.
see() {
	for _ in $(seq 100); do
		screen=$(t capture-pane -p 2>/dev/null)
		case $screen in *"$1"*) ok 0 "$2"; return ;; esac
		sleep 0.1
	done
	ok 1 "$2"
	printf '%s\n' "no '$1' on:" "$screen" | sed 's/^/# /'
}
keys() { t send-keys "$@"; }

"$SPUR" demo make "$dir/made" --drives 2 --seconds 120 --seed 5 --cameras none >/dev/null && "$SPUR" add "$dir/made" >/dev/null
ok $? "two drives are made and added"
t -f /dev/null new-session -d -x 80 -y 24 "'$SPUR'; printf '\\r\\nleft with %s\\n' \$?; sleep 60"
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
t kill-server
n=$((n + 1))

t -f /dev/null new-session -d -x 120 -y 36 "'$SPUR' --ascii; sleep 60"
see "[1 Drives]" "a larger terminal works"
t capture-pane -p | LC_ALL=C grep -q '[^ -~]'; is $? 1 "--ascii draws ASCII only"
for size in 40x10 200x50 30x5 80x24; do t resize-window -x "${size%x*}" -y "${size#*x}"; sleep 0.2; done
see "> drive_01" "it survives being resized"
pid=$(pgrep -P "$(t list-panes -F '#{pane_pid}')" | head -n 1)
kill -TERM "$pid" 2>/dev/null
sleep 0.5
kill -0 "$pid" 2>/dev/null; is $? 1 "SIGTERM ends it"
t kill-server
n=$((n + 1))

out=$("$SPUR" </dev/null 2>&1); is $? 0 "without a terminal it prints the help"
like "$out" "*usage: spur VERB*" "and no screen"
t -f /dev/null new-session -d -x 80 -y 24 "TERM=dumb '$SPUR'; sleep 60"
see "needs a terminal that can move its cursor" "a dumb terminal is told why"
done_testing
