#!/bin/sh
# Extraction: the same bytes however it is done, and what is wrong is found.
. "$top_srcdir/tests/tap.sh"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export HOME="$dir" XDG_DATA_HOME="$dir" XDG_CONFIG_HOME="$dir" SPUR_CATALOG="$dir/c.db" SPUR_JOBS="$dir/jobs"
recipe="$dir/recipe.json"
sed 's/"segments_per_shard": 16/"segments_per_shard": 2/' "$SPUR_DATA/recipes/driving_events/extract.json" >"$recipe"
"$SPUR" demo make "$dir/d" --drives 2 --seconds 60 --seed 5 --cameras none >/dev/null || exit 1
d="$dir/d"
plan() { "$top_builddir/tests/tools/extract_plan" "$1" "${2:-$recipe}" 7 "$d/drive_01.mf4,$d/drive_01.mcap" "$d/drive_02.mcap,$d/drive_02.mf4"; }
work() { "$SPUR" worker --plan "$@"; }
sums() { (cd "$1" && find . -name '*.npz' -o -name '*.parquet' -o -name '*.json' ! -name sources.json | sort | xargs sha256sum); }

plan "$dir/a"; is $? 0 "a plan"
cp "$dir/a/plan.jsonl" "$dir/first"
plan "$dir/a" && cmp -s "$dir/a/plan.jsonl" "$dir/first"; ok $? "the same plan again"
grep -q "$dir" "$dir/a/plan.jsonl"; is $? 1 "no path is in it"
sed 's/"window_s": 3/"window_s": 2/' "$recipe" >"$dir/other.json"
out=$(plan "$dir/a" "$dir/other.json" 2>&1); like "$out" "*another dataset or recipe*" "another plan in that folder is refused"
cmp -s "$dir/a/plan.jsonl" "$dir/first"; ok $? "and changes nothing"
work "$dir/a" >/dev/null; is $? 0 "a worker"
"$SPUR" extract --check "$dir/a" --json >"$dir/check"; is $? 0 "the result holds"
n=$(wc -l <"$dir/first"); shards=$((n - 1))
grep -q "\"shards\":$shards," "$dir/check"; ok $? "$shards shards"
want=$(sums "$dir/a")
if [ -n "${SPUR_PYTHON:-}" ] && "$SPUR_PYTHON" -c 'import numpy, pyarrow' 2>/dev/null; then
	is "$("$SPUR_PYTHON" "$top_srcdir/tests/jobs/check_extract.py" "$dir/a" 2>&1)" equal "npz, Parquet and manifest agree"
else
	skip "SPUR_PYTHON names no Python with numpy and pyarrow" "npz, Parquet and manifest agree"
fi

# --- other ways to the same bytes
plan "$dir/b"
SPUR_WORKER_INDEX=2 SPUR_WORKERS=3 work "$dir/b" -j 4 --mem 32M >/dev/null & SPUR_WORKER_INDEX=0 SPUR_WORKERS=3 work "$dir/b" -j 1 >/dev/null; wait
SPUR_WORKER_INDEX=1 SPUR_WORKERS=3 work "$dir/b" >/dev/null; is $? 0 "three workers, other threads and budgets"
is "$(sums "$dir/b")" "$want" "give the same bytes"
cp -r "$d" "$dir/elsewhere"; d="$dir/elsewhere"
plan "$dir/c" && work "$dir/c" >/dev/null; is "$(sums "$dir/c")" "$want" "so do copies in another folder"
d="$dir/d"

# --- a second worker changes nothing
before=$(find "$dir/a/objects" "$dir/a/commits" -type f -printf '%p %T@\n' | sort)
out=$(work "$dir/a" --json); is $? 0 "a duplicate worker"
like "$out" '*"made":0,"complete":true*' "makes nothing"
is "$(find "$dir/a/objects" "$dir/a/commits" -type f -printf '%p %T@\n' | sort)" "$before" "and writes nothing"

# --- damage is found, and made good
damage() { # damage NAME COMMAND: finds, repairs, equal again
	eval "$2"
	out=$("$SPUR" extract --check "$dir/a" 2>&1); is $? 1 "$1: found"
	like "$out" "spur: *$dir/a${3:+/$3}*" "$1: named"
	work "$dir/a" >/dev/null; is $? 0 "$1: a worker makes it good"
	is "$(sums "$dir/a")" "$want" "$1: with the same bytes"
}
o=$(cd "$dir/a" && find objects -name '*.npz' | sort | head -n 1)
c=$(cd "$dir/a" && find commits -name '*.json' | sort | head -n 1)
damage "a flipped byte" 'printf X | dd of="$dir/a/$o" bs=1 seek=4000 conv=notrunc 2>/dev/null' "$o"
damage "a cut object" 'truncate -s 1000 "$dir/a/$o"' "$o"
damage "an object that is gone" 'rm "$dir/a/$o"' "$o"
damage "a commit that is gone" 'rm "$dir/a/$c"' "" 
damage "a changed manifest" 'sed -i s/hard_braking/soft_braking/ "$dir/a/manifest.json"' manifest.json
sha=$(sed 's/.*"format":"npz","rows":[0-9]*,"sha256":"\([0-9a-f]*\)".*/\1/' "$dir/a/$c")
rm "$dir/a/objects/${sha%"${sha#??}"}/$sha.npz"
sed -i 's/"windows":[0-9]*/"windows":99/' "$dir/a/$c"
out=$(work "$dir/a" 2>&1); is $? 65 "other bytes for the same shard raise the alarm"
like "$out" "*not deterministic*" "by name"
grep -q '"windows":99' "$dir/a/$c"; ok $? "and nothing is overwritten"
rm "$dir/a/$c"; work "$dir/a" >/dev/null; is "$(sums "$dir/a")" "$want" "without the wrong record all is well"

# --- stop and go on
plan "$dir/e"
work "$dir/e" >/dev/null 2>&1 & pid=$!
while [ -z "$(ls "$dir/e/commits" 2>/dev/null)" ] && kill -0 $pid 2>/dev/null; do sleep 0.02; done
kill -TERM $pid; wait $pid; rc=$?
[ $rc -eq 143 ] || [ $rc -eq 0 ]; ok $? "SIGTERM ends a worker in good order ($rc)"
touch "$dir/e/tmp/leftover"
work "$dir/e" >/dev/null; is "$(sums "$dir/e")" "$want" "another one goes on to the same bytes"
[ ! -e "$dir/e/tmp/leftover" ]; ok $? "and sweeps up"

# --- what is wrong with the input
sed 's/VehSpd/NoSuchSignal/' "$recipe" >"$dir/bad.json"
plan "$dir/f" "$dir/bad.json"; out=$(work "$dir/f" 2>&1); is $? 65 "a signal that is not there: 65"
like "$out" "*signal speed: *NoSuchSignal*" "and it is named"
sed 's/"alias": "accel_x"/"alias": "speed"/' "$recipe" >"$dir/bad.json"
out=$(plan "$dir/g" "$dir/bad.json" 2>&1); like "$out" "*signals\[1\]: a second 'speed'*" "a recipe with two equal names"
sed 's/"rate_hz": 50/"rate_hz": "fast"/' "$recipe" >"$dir/bad.json"
out=$(plan "$dir/g" "$dir/bad.json" 2>&1); like "$out" "*rate_hz: a number*" "a recipe with a wrong field"
printf '{' >"$dir/bad.json"; out=$(plan "$dir/g" "$dir/bad.json" 2>&1); like "$out" "*bad.json: line 1*" "a recipe that is no JSON"
plan "$dir/h"; printf X | dd of="$d/drive_01.mcap" bs=1 seek=300000 conv=notrunc 2>/dev/null
out=$(work "$dir/h" 2>&1); is $? 65 "a recording that changed: 65"
like "$out" "*drive_01.mcap: its bytes are not those of the dataset*" "and it is named"
rm "$d/drive_01.mcap"; out=$(work "$dir/h" 2>&1); is $? 65 "a recording that is gone: 65"
out=$(work "$dir/nothing" 2>&1); is $? 65 "no plan: 65"
out=$(work "$dir/e" --mem 64K 2>&1); is $? 0 "nothing to do needs no memory"
plan "$dir/i" 2>/dev/null; out=$("$SPUR" extract nosuch -o "$dir/x" 2>&1); is $? 1 "a dataset that is not there"
"$SPUR" extract nosuch >/dev/null 2>&1; is $? 2 "no folder"
"$SPUR" extract >/dev/null 2>&1; is $? 2 "no dataset"
done_testing
