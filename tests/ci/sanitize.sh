#!/bin/sh
# The unit and corpus tests, what damages small inputs in process (tests/fuzz/inject_*.t), and the storm of damaged recordings where SPUR_SHARED is, on a build with ASan and
# UBSan. Ends "N passed, N failed". SPUR_STORM: runs of the storm (300).
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${SPUR_ASAN_BUILD:-$top/build-asan}
jobs=$(nproc)
cc=clang
command -v clang >/dev/null || cc=gcc
[ -e "$top/configure" ] || (cd "$top" && mkdir -p m4 build-aux && autoreconf -fi >/dev/null) || exit 1
mkdir -p "$build" && cd "$build" || exit 1
log=$build/sanitize.log
if ! { [ -e config.status ] || CC=$cc "$top/configure" --enable-werror --enable-sanitize=address,undefined CFLAGS='-g -O1'; } >"$log" 2>&1 ||
	! make -j"$jobs" >>"$log" 2>&1; then
	tail -n 30 "$log"
	echo "0 passed, 1 failed"
	exit 1
fi
# The Python that ./bootstrap has set up, for what compares with other readers.
peers=${SPUR_VENV:-$top/.venv}/peers/bin/python
[ -n "${SPUR_PYTHON:-}" ] || [ ! -x "$peers" ] || export SPUR_PYTHON="$peers"
export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=1
tests=$(make -s print-tests | tr ' ' '\n' | grep -e '^tests/unit/' -e '^tests/fuzz/inject_' -e '^tests/corpus/' -e '^tests/view/' -e '^tests/tui/storm' | tr '\n' ' ')
export STORM_SECONDS="${STORM_SECONDS:-2}" STORM_SIZES="${STORM_SIZES:-24x80 36x120 48x160}"
make -k -j"$jobs" check TESTS="$tests" >"$log" 2>&1
grep -E '^(FAIL|ERROR):' "$log"
passed=$(awk '/^# PASS:/ { n += $3 } END { print n + 0 }' "$log")
failed=$(awk '/^# (FAIL|ERROR|XPASS):/ { n += $3 } END { print n + 0 }' "$log")
[ "$passed" -gt 0 ] || failed=$((failed + 1))
if [ -n "${SPUR_SHARED:-}" ] && [ -x "$SPUR_SHARED/tools/storm" ]; then
	SPUR=$build/src/spur "$SPUR_SHARED/tools/storm" -n "${SPUR_STORM:-300}" --no-limit >"$log.storm" 2>&1
	cat "$log.storm"
	line=$(tail -n 1 "$log.storm")
	storm=${line#*, }
	passed=$((passed + ${line%% passed*}))
	failed=$((failed + ${storm%% failed*}))
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
