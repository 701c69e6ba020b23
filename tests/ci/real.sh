#!/bin/sh
# The same verbs on real recordings: data/pipelines/real_recordings.json on those of SPUR_SHARED, and what must
# come out of it. Ends "N passed, N failed".
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/tap.sh"
[ -d "${SPUR_SHARED:-}/corpus" ] || { echo "no recordings: set SPUR_SHARED"; echo "0 passed, 0 failed, 1 skipped"; exit 0; }
SPUR=${SPUR:-$top/build/src/spur}
SPUR_DATA=${SPUR_DATA:-$top/data}
SPUR_PYTHON=${SPUR_PYTHON:-$top/.venv/peers/bin/python}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export SPUR_DATA XDG_CONFIG_HOME="$dir/config" XDG_DATA_HOME="$dir/data" SPUR_CATALOG="$dir/catalogue.db" SPUR_JOBS="$dir/jobs"
"$SPUR" run "$SPUR_DATA/pipelines/real_recordings.json" --set corpus="$SPUR_SHARED/corpus" --set dir="$dir" --json -v \
	>"$dir/steps" 2>"$dir/errors"
ok $? "the pipeline of the real recordings runs"
sed 's/^/# /' "$dir/errors"
grep '"step"' "$dir/steps" | sed 's/^/# /'

# Two clocks, 137 ms apart by construction.
offsets=$(grep '"drift_ppb"' "$dir/steps" | sed -n 's/.*"offset_ns":\(-\{0,1\}[0-9]*\),.*"stored".*/\1/p')
# shellcheck disable=SC2086
set -- $offsets
is $# 2 "two clocks are estimated"
difference=$((${2:-0} - ${1:-0}))
difference=${difference#-}
echo "# offsets ${1:-none} and ${2:-none} ns, $difference ns apart"
[ "$difference" -gt 132000000 ] && [ "$difference" -lt 142000000 ]
ok $? "they differ by 137 ms, 5 ms at most off"
is "$(grep -c '"drift_ppb".*"confidence":0\.[0-9]\|"drift_ppb".*"confidence":1' "$dir/steps")" 2 "each with its confidence"

# The Parquet files, read by another reader, hold what the recordings hold.
"$SPUR_PYTHON" "$top/tests/ci/read_parquet.py" "$dir" "$SPUR" "$SPUR_SHARED/corpus"
ok $? "the Parquet files read back equal"
echo "$((tap_n - tap_bad)) passed, $tap_bad failed"
[ "$tap_bad" -eq 0 ]
