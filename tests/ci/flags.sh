#!/bin/sh
# The one list of flags with every compiler that is here, optimised little and much: no warning. And a build where
# neither SDL nor libpq are known. Programs only, no tests. FLAGS: of these words, which (default all of them):
# gcc-Og gcc-O3 clang-Og clang-O3 bare. Ends "N passed, N failed".
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${FLAGS_BUILD:-$top/build-flags}
passed=0 failed=0 skipped=0
unset MAKEFLAGS MFLAGS MAKELEVEL
ccache=
command -v ccache >/dev/null && ccache="ccache "
[ -e "$top/configure" ] || (cd "$top" && mkdir -p m4 build-aux && autoreconf -fi >/dev/null) || exit 1
for which in ${FLAGS:-gcc-Og gcc-O3 clang-Og clang-O3 bare}; do
	cc=${which%-*} flags="-g -${which#*-}" options=
	[ "$which" = bare ] && cc=gcc flags="-g -O2" options="PKG_CONFIG=$build/pkg-config"
	command -v "$cc" >/dev/null || { skipped=$((skipped + 1)); echo "skipped: $which, no $cc"; continue; }
	mkdir -p "$build/$which"
	printf '#!/bin/sh\ncase "$*" in *sdl2* | *libpq*) exit 1 ;; esac\nexec pkg-config "$@"\n' >"$build/pkg-config"
	chmod +x "$build/pkg-config"
	# shellcheck disable=SC2086
	if (cd "$build/$which" && { [ -e config.status ] || "$top/configure" --enable-werror CC="$ccache$cc" CFLAGS="$flags" $options; } &&
		make -j"$(nproc)") >"$build/$which.log" 2>&1 && ! grep -q 'warning:' "$build/$which.log"; then
		passed=$((passed + 1))
		echo "no warning: $which"
	else
		failed=$((failed + 1))
		echo "FAILED: $which"
		grep -m 10 -E 'warning:|error:' "$build/$which.log" || tail -n 10 "$build/$which.log"
	fi
	[ "$which" = bare ] || continue
	if [ -e "$build/$which/viewers/spur-view" ] || ! "$build/$which/src/spur" version >/dev/null; then
		failed=$((failed + 1))
		echo "FAILED: spur without SDL and libpq"
	fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
