#!/bin/sh
# Every fuzz target with libFuzzer, from the seeds that spur makes: for SPUR_FUZZ_SECONDS each; without it a fixed number
# of inputs from a fixed seed, about 6 s and 12 s at most, so that a verdict about a commit can be had again. Ends "N passed, N failed".
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${SPUR_FUZZ_BUILD:-$top/build-fuzz}
seconds=${SPUR_FUZZ_SECONDS:-}
jobs=$(nproc)
nothing() {	# nothing REASON: in CI a missing tool is a failure
	echo "$1"
	if [ -n "${SPUR_CI:-}" ]; then echo "0 passed, 1 failed"; exit 1; fi
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}
# What a target manages in about 6 s.
inputs() {
	case $1 in
	mcap) echo 2000 ;;
	extract | job | lab) echo 4000 ;;
	codec | dbc | image | mdf | pipeline | selfdesc) echo 20000 ;;
	*) echo 60000 ;;
	esac
}
# One target: a line "pass" or "FAIL" with what was done, or what was found.
one() {
	name=${1##*fuzz_}
	[ -n "$seconds" ] || rm -rf "corpus/$name"	# what an earlier run found is not there either
	mkdir -p "corpus/$name" "crashes/$name"
	"$1" --seeds "corpus/$name" >"$name.log" 2>&1 || { echo "FAIL $name: no seeds: $(tail -n 1 "$name.log")"; return; }
	set -- "$1" "corpus/$name"
	[ -d "$top/tests/fuzz/regress/$name" ] && set -- "$@" "$top/tests/fuzz/regress/$name"
	if [ -n "${SPUR_FUZZ_MORE:-}" ] && [ -d "$SPUR_FUZZ_MORE/$name" ]; then set -- "$@" "$SPUR_FUZZ_MORE/$name"; fi
	program=$1
	shift
	if [ -n "$seconds" ]; then set -- -max_total_time="$seconds" "$@"; else set -- -seed=1 -runs="$(inputs "$name")" -max_total_time=12 "$@"; fi
	if "$program" -artifact_prefix="crashes/$name/" -print_final_stats=1 "$@" >"$name.log" 2>&1; then
		echo "pass $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$name.log") inputs," \
			"$(sed -n 's/^stat::average_exec_per_sec: *//p' "$name.log") a second"
	else
		echo "FAIL $name: $(grep -aE -m 1 'SUMMARY|runtime error|does not hold|an allocation of|a failure without' "$name.log" | cut -c1-200)"
		grep -aE 'Test unit written|Base64' "$name.log" | cut -c1-500 | sed 's/^/# /'
	fi
}
if [ "${1:-}" = --one ]; then
	cd "$build" && one "$2"
	exit
fi
command -v clang >/dev/null || nothing "no clang: libFuzzer is its own"
cc=clang
command -v ccache >/dev/null && cc="ccache clang"
[ -e "$top/configure" ] || (cd "$top" && mkdir -p m4 build-aux && autoreconf -fi >/dev/null) || exit 1
mkdir -p "$build" && cd "$build" || exit 1
log=$build/fuzz.log
if ! { [ -e config.status ] || CC=$cc "$top/configure" --enable-fuzzers --enable-werror --disable-viewers CFLAGS='-g -O1'; } >"$log" 2>&1 ||
	! make -j"$jobs" fuzzers >>"$log" 2>&1; then
	tail -n 30 "$log"
	grep -q 'enable-fuzzers needs clang' "$log" && nothing "this clang has no libFuzzer"
	echo "0 passed, 1 failed"
	exit 1
fi
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=1" SPUR_FUZZ_BUILD="$build" SPUR_FUZZ_SECONDS="$seconds"
make -s print-fuzzers | tr ' ' '\n' | xargs -P "$jobs" -n 1 "$top/tests/ci/fuzz.sh" --one | tee "$build/fuzz.results"
passed=$(grep -c '^pass ' "$build/fuzz.results")
failed=$(grep -c '^FAIL ' "$build/fuzz.results")
[ "$passed" -gt 0 ] || failed=$((failed + 1))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
