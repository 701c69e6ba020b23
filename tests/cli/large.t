#!/bin/sh
# Large recordings: what a first look at one costs, and that work on all of it keeps its memory budget.
# A small twin of the large files in every make check; the figures of the real ones with
#	spur demo make --drives 0 --big 8G DIR
#	SPUR_BIG=DIR make check TESTS=tests/cli/large.t		(as root: the page cache is dropped before each)
. "$top_srcdir/tests/tap.sh"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export HOME="$dir" XDG_DATA_HOME="$dir" XDG_CONFIG_HOME="$dir" SPUR_CATALOG="$dir/c.db" SPUR_JOBS="$dir/jobs"
cost=$top_builddir/tests/tools/cost
if [ -n "${SPUR_BIG:-}" ]; then
	big=$SPUR_BIG
	limit_ms=1000 every=20
else
	big=$dir/big
	limit_ms=30000 every=1	# of a machine that does other things too
	"$SPUR" demo make "$big" --drives 0 --big 64M --seed 3 >/dev/null || exit 1
fi
mf4=$big/drive_big.mf4 mcap=$big/drive_big.mcap

cold() { sync; [ -z "${SPUR_BIG:-}" ] || { echo 3 >/proc/sys/vm/drop_caches; } 2>/dev/null || :; }
# look NAME MIB COMMAND...: below the limit of time and that many MiB.
look() {
	name=$1 mib=$2
	shift 2
	cold
	"$cost" "$dir/cost" "$SPUR" "$@" >"$dir/out" 2>"$dir/err"; rc=$?
	read -r ms kib bytes <"$dir/cost"
	echo "# $name: $ms ms, $((kib / 1024)) MiB"
	[ $rc -eq 0 ] && [ "$ms" -lt $limit_ms ]; ok $? "$name: $ms ms, exit $rc"
	[ "$kib" -lt $((mib * 1024)) ]; ok $? "$name: $((kib / 1024)) MiB"
}
# whole NAME COMMAND...: within --mem 256M and 64 MiB; as long as it takes.
whole() {
	name=$1
	shift
	"$cost" "$dir/cost" "$SPUR" "$@" --mem 256M >"$dir/out" 2>"$dir/err"; rc=$?
	read -r ms kib bytes <"$dir/cost"
	echo "# $name: $ms ms, $((kib / 1024)) MiB"
	[ $rc -eq 0 ]; ok $? "$name: exit $rc $(head -c 200 "$dir/err")"
	[ "$kib" -lt $((320 * 1024)) ]; ok $? "$name: $((kib / 1024)) MiB"
}

# writes NAME MEM COMMAND... -o: a file of all or of a span, within --mem MEM MiB and 64 MiB; the files are given up at once.
out=${SPUR_BIG_OUT:-$dir}
writes() {
	name=$1 mem=$2
	shift 2
	"$cost" "$dir/cost" "$SPUR" "$@" --mem "${mem}M" -q >"$dir/out" 2>"$dir/err"; rc=$?
	read -r ms kib bytes <"$dir/cost"
	echo "# $name: $ms ms, $((kib / 1024)) MiB"
	[ $rc -eq 0 ]; ok $? "$name: exit $rc $(head -c 200 "$dir/err")"
	[ "$kib" -lt $(((mem + 64) * 1024)) ]; ok $? "$name: $((kib / 1024)) MiB"
	rm -f "$out/w.mf4"
}

look "info of the MF4" 200 info "$mf4"
look "info of the MCAP" 200 info "$mcap"
look "signals of the MF4" 200 signals "$mf4"
[ "$(wc -l <"$dir/out")" -gt 12060 ]; ok $? "12,060 channels and more"
look "10 s of noise" 200 stats "$mf4" -s Rig31_Strain_100 --to 10s
look "10 s of a smooth channel" 200 stats "$mf4" -s Rig00_Temp_007 --to 10s
look "a second in the middle" 200 stats "$mf4" -s Rig59_Strain_199 --from 2s --to 3s
look "10 s of the unsorted group" 200 stats "$mf4" -s InvSpd --to 10s
look "10 s of variable length" 200 stats "$mf4" -s LoggerSays --to 10s
look "rows" 200 cat "$mf4" -s VehSpd --to 10s
look "a plot" 200 plot "$mf4" -s VehSpd -s Rig31_Strain_100 --from 0s --to 10s -o "$dir/a.png"
look "10 s of messages" 200 cat "$mcap" -t /imu --to 10s
look "a plot of messages" 200 plot "$mcap" -s /imu.linear_acceleration.x --from 0s --to 10s -o "$dir/b.png"
look "a frame" 200 frame "$mcap" /camera/front/image/compressed --at 3s -o "$dir/f.jpg"
look "a large frame" 200 frame "$mcap" /camera/front_wide/image/compressed --at 4s -o "$dir/w.png"

whole "stats of a group" stats "$mf4" -s 'Rig31_*'
whole "stats of the unsorted group" stats "$mf4" -s EthCounter -s LoggerSays
whole "stats of a topic" stats "$mcap" -s /imu.linear_acceleration.x
whole "check of the MF4" check "$mf4"
whole "check of the MCAP" check "$mcap"
whole "add" add "$mf4" "$mcap"
sed 's/"segments_per_shard": 16/"segments_per_shard": 2/' "$SPUR_DATA/recipes/driving_events/extract.json" >"$dir/recipe.json"
"$top_builddir/tests/tools/extract_plan" "$dir/x" "$dir/recipe.json" "$every" "$mf4,$mcap" "$mcap,$mf4"; is $? 0 "a plan"
whole "extraction" worker --plan "$dir/x"

# What is written keeps --mem 192M; of the large file a span that is large enough, 35 s of it are 300 MB.
from=0s middle=35s to=70s rows="--to 2s"
[ -n "${SPUR_BIG:-}" ] || { middle=20% to=40% rows=; }
writes "CSV of a group" 192 cat "$mf4" -s 'Rig31_*' --csv $rows
writes "CSV of variable length" 192 cat "$mf4" -s EthCounter -s LoggerSays --csv
writes "cut in columns, by zstd" 192 cut "$mf4" -o "$out/w.mf4" --to $middle --columns --packing transposed-zstd
"$SPUR" cut "$mf4" -o "$out/one.mf4" --from $from --to $middle -q >"$dir/out" && "$SPUR" cut "$mf4" -o "$out/two.mf4" --from $middle --to $to -q >"$dir/out"
ok $? "two parts"
writes "merge" 128 merge "$out/one.mf4" "$out/two.mf4" -o "$out/w.mf4"
rm -f "$out/two.mf4"
writes "convert of 12,060 channels" 192 convert "$out/one.mf4" -o "$out/w.mf4"
writes "convert of 12,060 channels to columns" 192 convert "$out/one.mf4" -o "$out/w.mf4" --columns
writes "convert of records" 192 convert "$out/one.mf4" -o "$out/w.mf4" --raw --columns
writes "recover" 192 recover "$out/one.mf4" -o "$out/w.mf4" --packing transposed-lz4
rm -f "$out/one.mf4"
writes "convert of messages" 192 convert "$mcap" -o "$out/w.mf4" -t /imu
if [ -n "${SPUR_BIG:-}" ]; then
	whole "recover of the MF4" recover "$mf4" -o "$out/r.mf4"
	rm -f "$out/r.mf4"
	whole "recover of the MCAP" recover "$mcap" -o "$out/r.mcap"
	rm -f "$out/r.mcap"
fi
done_testing
