#!/bin/sh
# Camera frames against other readers: which one is shown at a time, and every pixel of real recordings.
. "$top_srcdir/tests/tap.sh"
[ -n "${SPUR_PYTHON:-}" ] || skip_all "SPUR_PYTHON is not set"
"$SPUR_PYTHON" -c 'import mcap, mcap_ros2, numpy, PIL' 2>/dev/null || skip_all "this Python has no mcap, mcap_ros2, numpy or PIL"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export XDG_DATA_HOME="$dir/data" XDG_CONFIG_HOME="$dir/config" PYTHONDONTWRITEBYTECODE=1
peer() { "$SPUR_PYTHON" "$top_srcdir/tests/peers/frames.py" "$@" >"$dir/tap" 2>"$dir/log" || echo "not ok - the peer" >>"$dir/tap"; }
told() {	# told NAME LEAST: the peer's claims as one
	good=$(grep -c '^ok' "$dir/tap")
	[ "$good" -ge "$2" ] && ! grep -q '^not ok' "$dir/tap"
	ok $? "$1: $good claims"
	grep -A 5 '^not ok' "$dir/tap" | sed 's/^/# /'
	[ "$good" -ge "$2" ] || sed 's/^/# /' "$dir/log"
}

tool=$top_builddir/tests/tools/frame_at
"$SPUR" demo make "$dir/d" --drives 1 --seconds 60 --seed 5 --no-progress >/dev/null || { echo "Bail out! no drive"; exit 1; }
a=$dir/d/drive_01.mcap
for topic in /camera/front/image/compressed /camera/rear/image_raw; do
	peer cursors "$tool" "$a" $topic 0 0 0 1000; told "1000 cursors" 1
	peer cursors "$tool" "$a" $topic 220000000 20000 1772438400000000000 1000; told "with its clock" 1
	peer cursors "$tool" "$a" $topic -7 -99999999 5 1000; told "with a mad clock" 1
done
"$SPUR" demo make "$dir/e" --drives 1 --seconds 3 --seed 6 --no-progress >/dev/null
peer pixels "$SPUR" "$dir/e/drive_01.mcap" "$dir"; told "a simulated drive" 3

corpus=${SPUR_SHARED:-$top_srcdir/../shared}/corpus/mcap
for want in real/lichtblick-suite__custom-camera-model.mcap:2 real/rerun-io__rosbag2_2025_09_10-13_03_56_0.mcap:3 \
	real/roboto-ai__tiny.mcap:3 gen/ros2_cdr_wellknown.mcap:31 gen/fox_protobuf_all.mcap:26 gen/ros1_wellknown.mcap:3 \
	gen/json_cbor_msgpack.mcap:2; do
	file=${want%:*}
	if [ ! -e "$corpus/$file" ]; then skip "no shared corpus" "$file"; continue; fi
	peer pixels "$SPUR" "$corpus/$file" "$dir"; told "$file" "${want#*:}"
	topic=$("$SPUR" frame "$corpus/$file" --list --json | sed -n '1s/.*"topic":"\([^"]*\)".*/\1/p')
	peer cursors "$tool" "$corpus/$file" "$topic" 0 0 0 1000; told "$file, 1000 cursors" 1
done
done_testing
