#!/bin/sh
# Random events and sizes: a window survives what hands and window managers do. SPUR_STORM_EVENTS, SPUR_STORM_SEED.
. "$top_srcdir/tests/tap.sh"
view=$top_builddir/viewers/spur-view
[ -x "$view" ] || skip_all "built without spur-view"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export SPUR_CATALOG="$dir/c.db" SPUR_JOBS="$dir/jobs" HOME="$dir" XDG_CONFIG_HOME="$dir/config" SDL_VIDEODRIVER=dummy
cd "$dir" || exit 1
"$SPUR" demo make made --drives 1 --seconds 20 --seed 5 >/dev/null && "$SPUR" add made >/dev/null &&
	"$SPUR" find 'LongAccel < -4 for 0.3s' --all --label braking --store >/dev/null
ok $? "a drive"
seed=${SPUR_STORM_SEED:-$(date +%s)}
awk -v n="${SPUR_STORM_EVENTS:-240}" -v seed="$seed" 'BEGIN {
	srand(seed); print "settle"
	m = split("h l H L + - i o 0 a b x z ] [ d j k J K p P O T t , . < > Space Home End g Left Right Esc Enter Tab PgUp F1 R c } {", key, " ")
	for (i = 0; i < n; i++) {
		r = rand()
		if (r < 0.5) print "key " key[int(rand() * m) + 1]
		else if (r < 0.6) print "wheel " int(rand() * 41) - 20
		else if (r < 0.7) print "move " int(rand() * 1400) - 200 " " int(rand() * 900) - 100
		else if (r < 0.8) print "down " int(rand() * 1400) - 200 " " int(rand() * 900) - 100 (rand() < 0.5 ? " shift" : "")
		else if (r < 0.9) print "up " int(rand() * 1400) - 200 " " int(rand() * 900) - 100
		else if (r < 0.96) print "resize " int(rand() * 1500) + 1 " " int(rand() * 1000) + 1
		else print rand() < 0.5 ? "settle" : "wait " int(rand() * 60)
	}
	print "settle"; print "shot last.png"; print "quit"
}' >script
echo "# seed $seed, $(wc -l <script) lines"
timeout 300 "$view" drive_01 --script script 2>err; rc=$?
is $rc 0 "the window survives them"
sed 's/^/# /' err | head -n 40
[ -s last.png ]; ok $? "and still draws"
begin=$(sed -n 's/.*"begin_ns":\(-\{0,1\}[0-9]*\),.*/\1/p' last.png.json) end=$(sed -n 's/.*"end_ns":\(-\{0,1\}[0-9]*\),.*/\1/p' last.png.json)
[ "${begin:-1}" -lt "${end:-0}" ]; ok $? "a range that is one"

# A workbench that is none: it greets, then talks nonsense, floods, or never ends a line. The window goes on alone.
for kind in junk endless flood; do
	rm -f line shot.png
	python3 - $kind >/dev/null 2>err <<'EOF' &
import json, random, socket, sys
kind = sys.argv[1]
l = socket.socket(socket.AF_UNIX)
l.bind("line")
l.listen(1)
c, _ = l.accept()
c.sendall(b'{"type":"hello","version":1,"program":"spur","name":"x","pid":1}\n')
state = dict(type="state", seq=1, **{"from": "x"}, tick=0, at_ns=1, drive="drive_01", begin_ns=-9223372036854775807, end_ns=-9223372036854775000,
             cursor_ns=9223372036854775807, a_ns=-9223372036854775807, b_ns=9223372036854775807, traces=["a", "b:c", ""], current=2,
             camera="/none", overlay=True, theme="light", playing=True, player="x", rate=100, time="ns")
try:
    if kind == "flood":
        for seq in range(1, 20001):
            state["seq"] = seq
            state["end_ns"] = random.randrange(-9223372036854775806, -1) if seq % 2 else -9223372036854775806
            c.sendall(json.dumps(state).encode() + b"\n")
    elif kind == "endless":
        while True:
            c.sendall(b"x" * 65536)
    else:
        c.sendall(json.dumps(state).encode() + b"\n" + bytes(random.randrange(256) for _ in range(3000)) + b"\n" * 9)
        while c.recv(65536):
            pass
except OSError:
    pass
EOF
	for _ in $(seq 100); do [ -S line ] && break; sleep 0.1; done
	printf 'wait 1500\nkey 0\nkey l\nsettle\nshot shot.png\nquit\n' >script
	timeout 120 "$view" drive_01 --connect line --script script 2>err; rc=$?
	[ $rc -eq 0 ] && [ -s shot.png ]; ok $? "a window survives a workbench that is none: $kind"
	[ $rc -eq 0 ] || sed 's/^/# /' err | head -n 40
	wait
done
done_testing
