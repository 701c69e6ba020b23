#!/bin/sh
# Pictures of windows: which frame, which pixels, and what happens where there is none.
. "$top_srcdir/tests/tap.sh"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export HOME="$dir" XDG_DATA_HOME="$dir" XDG_CONFIG_HOME="$dir" SPUR_CATALOG="$dir/c.db" SPUR_JOBS="$dir/jobs"
recipe=$SPUR_DATA/recipes/driving_events/extract.json
"$SPUR" demo make "$dir/d" --drives 1 --seconds 60 --seed 5 --cameras front >/dev/null || exit 1
"$SPUR" demo make "$dir/dark" --drives 1 --seconds 30 --seed 5 --cameras none >/dev/null || exit 1
plan() { "$top_builddir/tests/tools/extract_plan" "$1" "${3:-$recipe}" 7 "$dir/$2/drive_01.mf4,$dir/$2/drive_01.mcap"; }
sums() { (cd "$1" && find . -name '*.npz' | sort | xargs sha256sum); }

plan "$dir/a" d && "$SPUR" worker --plan "$dir/a" >/dev/null; is $? 0 "an extract with pictures"
grep -q '"cameras":\[{"alias":"front","frames":4,"height":36,' "$dir/a/manifest.json"; ok $? "the manifest says which"
if [ -n "${SPUR_PYTHON:-}" ] && "$SPUR_PYTHON" -c 'import numpy, mcap_ros2, PIL' 2>/dev/null; then
	is "$("$SPUR_PYTHON" "$top_srcdir/tests/jobs/check_pictures.py" "$dir/a" "$dir/d/drive_01.mcap" 2>&1)" equal \
		"they are the frames of their moments, scaled by area"
else
	skip "SPUR_PYTHON names no Python with numpy, mcap-ros2-support and pillow" "they are the frames of their moments"
fi
plan "$dir/b" d && "$SPUR" worker --plan "$dir/b" -j 1 --mem 64M >/dev/null
is "$(sums "$dir/b")" "$(sums "$dir/a")" "one thread and less memory give the same bytes"
plan "$dir/n" dark && "$SPUR" worker --plan "$dir/n" >/dev/null; is $? 0 "a drive without the camera is taken"
grep -q '"missing_frames":0,' "$dir/n/manifest.json"; is $? 1 "and its pictures are counted as missing"
sed 's/"height": 36, "optional": true/"height": 36/' "$recipe" >"$dir/need.json"
out=$(plan "$dir/m" dark "$dir/need.json" && "$SPUR" worker --plan "$dir/m" 2>&1); like "$out" "*camera front:*" "unless the recipe needs them"
refused() {	# refused SED GLOB NAME: a recipe changed like that
	sed "$1" "$recipe" >"$dir/bad.json"
	out=$(plan "$dir/x" d "$dir/bad.json" 2>&1); like "$out" "*cameras\[0\]: $2*" "$3"
}
refused 's/"alias": "front"/"alias": "y"/' "alias: 'y' is the name of another array" "an alias that is taken"
refused 's/"alias": "front"/"alias": "a\/b"/' "alias: a word" "an alias that is no word"
refused 's/"frames": 4/"frames": 0/' "frames: a number from 1" "no pictures"
refused 's/"width": 64/"width": "wide"/' "width: a number" "a width that is no number"
# damage in the middle of the recording: some frames are lost, the rest stays
cp -r "$dir/d" "$dir/torn"
size=$(stat -c %s "$dir/torn/drive_01.mcap")
printf 'XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX' | dd of="$dir/torn/drive_01.mcap" bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
plan "$dir/t" torn && "$SPUR" worker --plan "$dir/t" >/dev/null 2>"$dir/err"; rc=$?
[ $rc -eq 0 ] || grep -q "drive_01.mcap.*byte" "$dir/err"; ok $? "damage is a missing picture, or named with file and byte"
done_testing
