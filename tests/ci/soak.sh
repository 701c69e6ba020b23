#!/bin/bash
# What takes too long for every change: libFuzzer for SOAK_SECONDS (600) a target, the thread sanitizer, valgrind, and
# the storm of damaged recordings with sanitizers, every compiler and level (flags), two builds compared (same).
# SOAK_PARTS chooses (fuzz thread valgrind storm flags same). Everything is built
# below build-soak/. The last line reads "N passed, N failed".
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
soak=${SOAK_BUILD:-$top/build-soak}
seconds=${SOAK_SECONDS:-600}
parts=${SOAK_PARTS:-fuzz thread valgrind storm flags same}
shared=${SPUR_SHARED:-$top/../shared}
jobs=$(nproc)
passed=0 failed=0 skipped=0
cc=clang
command -v ccache >/dev/null && cc="ccache clang"
mkdir -p "$soak"
export LC_ALL=C.UTF-8 TZ=UTC

wants() {
	case " $parts " in *" $1 "*) return 0 ;; esac
	return 1
}
result() {	# result PART PASSED FAILED [SKIPPED]
	passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + ${4:-0}))
	echo "=== $1: $2 passed, $3 failed, ${4:-0} skipped"
}
missing() {	# missing PART REASON: in CI a missing tool is a failure
	echo "# $2"
	if [ -n "${SPUR_CI:-}" ]; then result "$1" 0 1; else result "$1" 0 0 1; fi
}
# build FOLDER LOG OPTIONS...: configured once, made each time.
build() {
	local dir=$1 log=$2
	shift 2
	[ -e "$top/configure" ] || (cd "$top" && mkdir -p m4 build-aux && autoreconf -fi >/dev/null) || return 1
	mkdir -p "$dir"
	if ! (cd "$dir" && { [ -e config.status ] || "$top/configure" --enable-werror "$@"; } && make -j"$jobs") >"$log" 2>&1; then
		tail -n 20 "$log"
		return 1
	fi
}
counts() {	# counts LOG PASS|FAIL: of automake's summary
	awk -v what="$2" '$1 == "#" && (what == "PASS" ? $2 == "PASS:" : $2 ~ /^(FAIL|ERROR|XPASS):$/) { n += $3 } END { print n + 0 }' "$1"
}

# Real recordings beside our own seeds, as far as the target takes them; nothing of them is kept.
more_seeds() {
	local more=$soak/more
	rm -rf "$more"
	[ -d "$shared/corpus" ] || return 0
	mkdir -p "$more/mdf" "$more/mcap" "$more/dbc"
	find "$shared/corpus" -size -64k \( -iname '*.mf4' -o -iname '*.mdf' -o -iname '*.dat' \) -exec cp -t "$more/mdf" --backup=numbered {} +
	find "$shared/corpus" -size -64k -iname '*.mcap' -exec cp -t "$more/mcap" --backup=numbered {} +
	find "$shared/corpus" -size -16k -iname '*.dbc' -exec cp -t "$more/dbc" --backup=numbered {} +
	export SPUR_FUZZ_MORE=$more
}

fuzz_part() {
	command -v clang >/dev/null || { missing fuzz "no clang: libFuzzer is its own"; return; }
	more_seeds
	SPUR_FUZZ_BUILD=$soak/fuzz SPUR_FUZZ_SECONDS=$seconds "$top/tests/ci/fuzz.sh" | tee "$soak/fuzz.out"
	rm -rf "$soak/more"
	local line
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$soak/fuzz.out" | tail -n 1)
	[[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)? ]] || { result fuzz 0 1; return; }
	result fuzz "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[4]:-0}"
}

# Unit tests and the verbs that work in several threads.
thread_part() {
	command -v clang >/dev/null || { missing thread "no clang"; return; }
	CC=$cc build "$soak/thread" "$soak/thread.log" --enable-sanitize=thread --disable-viewers CFLAGS='-g -O1' || { result thread 0 1; return; }
	local tests
	tests=$(make -s -C "$soak/thread" print-tests | tr ' ' '\n' | grep -e '^tests/unit/' -e '^tests/cli/' -e '^tests/demo/' -e '^tests/jobs/extract' | tr '\n' ' ')
	TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1 suppressions=$top/tests/ci/thread.supp" \
		make -k -C "$soak/thread" check TESTS="$tests" >"$soak/thread.out" 2>&1
	grep -E '^(FAIL|ERROR):' "$soak/thread.out"
	result thread "$(counts "$soak/thread.out" PASS)" "$(counts "$soak/thread.out" FAIL)"
}

# memcheck: the unit tests that have no time limit of their own, and verbs on files of the simulator.
valgrind_part() {
	command -v valgrind >/dev/null || { missing valgrind "no valgrind"; return; }
	CC=${cc/clang/gcc} build "$soak/plain" "$soak/plain.log" --disable-viewers CFLAGS='-g -O1' || { result valgrind 0 1; return; }
	local dir good=0 bad=0 test verb
	local check=(valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite
		--suppressions="$top/tests/ci/valgrind.supp" --child-silent-after-fork=yes)
	dir=$(mktemp -d)
	grown() {	# grown NAME COMMAND...
		local name=$1
		shift
		if "${check[@]}" "$@" >"$soak/valgrind.out" 2>&1; then
			good=$((good + 1))
		else
			bad=$((bad + 1))
			echo "FAIL: valgrind $name"
			grep -aE '^(==|not ok)' "$soak/valgrind.out" | head -n 30
		fi
	}
	cd "$soak/plain" || return
	make -j"$jobs" check TESTS= >>"$soak/plain.log" 2>&1
	export top_srcdir=$top top_builddir=$soak/plain SPUR=$soak/plain/src/spur SPUR_DATA=$top/data XDG_DATA_HOME=$dir/data XDG_CONFIG_HOME=$dir/config
	for test in binval cdr dbc idl json protobuf rosmsg emit emit_text error base codec mdf3 mdf4 mdf4_values mdf4_writer columns mcap_reader \
		mcap_writer image_raw io ipc opt pipeline query resample sshsig stat term_answers time terminal lab observe; do
		[ -x "tests/unit/$test" ] && grown "tests/unit/$test" "tests/unit/$test"
	done
	src/spur demo make "$dir/demo" --drives 1 --seconds 3 >"$soak/demo.out" 2>&1
	for verb in info stats signals check; do
		grown "spur $verb *.mf4" src/spur $verb "$dir"/demo/drive_01.mf4
		grown "spur $verb *.mcap" src/spur $verb "$dir"/demo/drive_01.mcap
	done
	grown "spur cat *.mf4" src/spur cat "$dir"/demo/drive_01.mf4 -s VehSpd
	grown "spur messages *.mcap" src/spur messages "$dir"/demo/drive_01.mcap -t /imu
	rm -rf "$dir"
	result valgrind $good $bad
}

storm_part() {
	[ -x "$shared/tools/storm" ] || { echo "# no recordings: set SPUR_SHARED"; result storm 0 0 1; return; }
	CC=$cc build "$soak/asan" "$soak/asan.log" --enable-sanitize=address,undefined --disable-viewers CFLAGS='-g -O1' || { result storm 0 1; return; }
	SPUR=$soak/asan/src/spur "$shared/tools/storm" -n "${SOAK_STORM:-2000}" --no-limit | tee "$soak/storm.out"
	local line
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$soak/storm.out" | tail -n 1)
	[[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]] || { result storm 0 1; return; }
	result storm "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
}

# script NAME COMMAND...: one that counts for itself.
script() {
	local name=$1 line
	shift
	"$@" | tee "$soak/$name.out"
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$soak/$name.out" | tail -n 1)
	[[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)? ]] || { result "$name" 0 1; return; }
	result "$name" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[4]:-0}"
}
flags_part() {
	FLAGS_BUILD=$soak/flags script flags "$top/tests/ci/flags.sh"
}
same_part() {
	script same "$top/tests/dist/reproducible"
}

for part in fuzz thread valgrind storm flags same; do
	wants $part && ${part}_part
done
echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
