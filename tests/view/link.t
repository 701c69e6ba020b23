#!/bin/sh
# The workbench in a terminal and its window: what is done in one is seen in the other, and each outlives the other.
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/tui/tmux.sh"
[ -x "$top_builddir/viewers/spur-view" ] || skip_all "built without spur-view"
end() {
	for i in 1 2 3; do tmux -S "$dir/tmux$i" kill-server 2>/dev/null; done
	# shellcheck disable=SC2046
	kill -9 $(cat "$dir"/pid* 2>/dev/null) 2>/dev/null
	rm -rf "$dir"
}
trap end EXIT
export XDG_RUNTIME_DIR="$dir/run" SDL_VIDEODRIVER=dummy SPUR_VIEW="$dir/view"
mkdir -m 700 "$dir/run"
# What the workbench starts: the window, with its record of the line, and a script when there is one.
cat >"$dir/view" <<EOF
#!/bin/sh
i=1
while [ -e "$dir/pid\$i" ]; do i=\$((i + 1)); done
echo \$\$ >"$dir/pid\$i"
[ -e "$dir/script\$i" ] && set -- --script "$dir/script\$i" "\$@"
exec "$top_builddir/viewers/spur-view" --trace-ipc "$dir/trace\$i" "\$@"
EOF
chmod +x "$dir/view"
# record FILE PATTERN NAME: the record of the line has it.
record() {
	if within 60 grep -qs -e "$2" "$1"; then ok 0 "$3"; return; fi
	ok 1 "$3"
	tail -n 5 "$1" 2>/dev/null | sed 's/^/# /'
}
# latency EVENT FILE: median and 95th percentile in us, and how many.
latency() {
	sed -n "s/.*\"event\":\"$1\".*\"latency_us\":\([0-9]*\).*/\1/p" "$2" | sort -n |
		awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)], v[int((NR * 19 + 19) / 20)], NR; else print 0, 0, 0 }'
}
# frame EVENT FILE NAME: half of the changes are there within a frame of 60 Hz. Where more runs than there are
# processors, nobody can promise that: a machine that is busy gets its share of it.
frame() {
	# shellcheck disable=SC2046
	set -- $(latency "$1" "$2") "$3"
	bound=$(awk -v n="$(nproc)" '{ b = 16700; if ($1 > n) b *= $1 / n; printf "%d", b }' /proc/loadavg)
	echo "# $4: median $1 us, 95 of 100 within $2 us, $3 changes; at most $bound us at load $(cut -d' ' -f1 /proc/loadavg)"
	[ "$3" -ge 20 ] && [ "$1" -gt 0 ] && [ "$1" -le "$bound" ]
	ok $? "$4"
}
sent() { grep -c "\"event\":\"$1\"" "$2"; }	# sent EVENT FILE: how many
cursor_of() { sed -n "s/.*\"event\":\"$1\".*\"cursor_ns\":\([0-9]*\).*/\1/p" "$2" | tail -n 1; }

"$SPUR" demo make "$dir/made" --drives 1 --seconds 30 --seed 5 >/dev/null && "$SPUR" add "$dir/made" >/dev/null
ok $? "a drive is made and added"
cd "$dir" || exit 1	# where F12 writes
workbench 80x24 --catalog "'$SPUR_CATALOG'"
see "> drive_01" "the workbench shows the drive"
keys '!'
see "[2 Plot]" "! plots it"
see "$ spur-view drive_01" "and says which program opens the window"
record "$dir/trace1" '"event":"shown"' "the window shows what the workbench shows"
is "$(stat -c %a "$dir"/run/spur-*)" 700 "their socket is in a folder of this user only"
see "VehSpd [km/h]" "the plot is there"

keys Tab
for _ in $(seq 40); do keys l; sleep 0.05; done
sleep 0.5
frame shown "$dir/trace1" "the cursor of the terminal is in the window within a frame"
keys t t t
see "t=$(cursor_of shown "$dir/trace1")" "it is the same, to the nanosecond"
keys a H b
record "$dir/trace1" '"event":"shown"' "marks go the same way"

{
	echo settle
	for _ in $(seq 40); do printf 'key h\nwait 50\n'; done
	printf 'wait 3000\nkey 0\nkey Home\nkey Space\nwait 100000\n'
} >"$dir/script2"
keys '!'
record "$dir/trace2" '"event":"sent"' "a second window, in which the cursor is moved"
all_seen() { [ "$(sent seen "$dir/trace2")" -ge 40 ]; }
within 20 all_seen
frame seen "$dir/trace2" "the cursor of the window is in the terminal within a frame"
see "t=$(cursor_of sent "$dir/trace2")" "it is the same, to the nanosecond"
same() { [ "$(cursor_of shown "$dir/trace1")" = "$(cursor_of sent "$dir/trace2")" ]; }
within 20 same; ok $? "and in the first window"
is "$(sent sent "$dir/trace1")" 0 "which said nothing itself: no echo"

see " 1x  " "the second window plays: the terminal sees it"
moved=$(cursor_of shown "$dir/trace1")
goes_on() { [ "$(cursor_of shown "$dir/trace1")" -gt "$moved" ]; }
within 20 goes_on; ok $? "and the first one moves"
keys Space
now() { echo "$(sent sent "$dir/trace2") $(cursor_of shown "$dir/trace1")"; }
stands() { was=$(now); sleep 1; [ "$(now)" = "$was" ]; }
within 1 stands; ok $? "Space in the terminal stops it"
keys F12
see "wrote spur-drive_01-" "F12 has a window write its picture"
is "$(ls "$dir"/spur-drive_01-*.png | wc -l)" 1 "there it is"
kill -9 "$(cat "$dir/pid1")"
see "a window has gone" "a window that is killed is told"
kill -9 "$(cat "$dir/pid2")"
keys 0 G
see "t=177243843" "the workbench goes on"

# Strangers at the socket: nonsense, a line without end, states of nobody, more than there is room for, one that never reads.
python3 - "$(echo "$dir"/run/spur-*/windows)" >"$dir/guests" 2>&1 <<'EOF'
import random, socket, sys, time
def visit():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    while True:	# the queue of those who wait to be let in is short
        try:
            s.connect(sys.argv[1])
            return s
        except BlockingIOError:
            time.sleep(0.05)
def drained(s):
    try:
        while s.recv(65536):
            pass
        return True
    except OSError as e:
        return isinstance(e, ConnectionResetError)
def say(s, data):
    try:
        s.sendall(data)
    except OSError:
        pass
random.seed(1)
ended = 0
for what in [b"nonsense\n", b"x" * 400000, b"{" * 16000 + b"\n", b"\0" * 5000 + b"\n", bytes(random.randrange(256) for _ in range(9000)) + b"\n",
             b'{"type":"hello","version":9,"program":"p","name":"n","pid":1}\n']:
    s = visit()
    say(s, what)
    ended += drained(s)
print("turned away", ended)
s = visit()
say(s, b'{"type":"dance"}\n')
crowd = [visit() for _ in range(20)]
print("came", len(crowd))
EOF
is "$(cat "$dir/guests")" "turned away 6
came 20" "strangers at the socket are turned away"
keys h
see "VehSpd" "and leave the workbench as it was"

printf 'settle\nwait 4000\nkey h\nsettle\nshot %s\nquit\n' "$dir/alone.png" >"$dir/script3"
keys '!'
record "$dir/trace3" '"event":"shown"' "a third window"
kill -9 "$(pgrep -P "$(t list-panes -F '#{pane_pid}')" spur | head -n 1)"
record "$dir/trace3" '"event":"lost"' "the workbench is killed"
kill -0 "$(cat "$dir/pid3")"; ok $? "its window lives"
within 60 test -s "$dir/alone.png.json"
like "$(cat "$dir/alone.png.json")" '*"drive":"drive_01"*' "and is of use: it moved its cursor and drew a picture"
close_terminal

terminal 80x24 "SPUR_VIEW=/nonexistent '$SPUR'"
see "> drive_01" "a workbench without spur-view"
keys '!'
see "SDL2" "says that it is missing"
close_terminal
printf '#!/bin/sh\nexec "%s" --camera x --no-camera y\n' "$top_builddir/viewers/spur-view" >"$dir/broken"
chmod +x "$dir/broken"
terminal 80x24 "SPUR_VIEW='$dir/broken' '$SPUR'"
see "> drive_01" "a window that cannot start"
keys '!'
see "and a camera: which?" "tells why in the workbench"
keys Q
one_left() { [ "$(ls "$dir/run" | wc -l)" -le 1 ]; }
within 20 one_left
is "$(ls "$dir/run" | wc -l)" 1 "who quits leaves no socket; who is killed does: one was"
t kill-server
done_testing
