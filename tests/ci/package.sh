#!/bin/sh
# The Debian packages: they build from what the tree holds, lintian has nothing to say, what they hold runs where
# they are unpacked, and they have no scripts that could leave something behind. Ends "N passed, N failed".
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
for program in dh dpkg-buildpackage lintian; do
	command -v $program >/dev/null && continue
	echo "no $program"
	if [ -n "${SPUR_CI:-}" ]; then echo "0 passed, 1 failed"; exit 1; fi
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
check() {	# check NAME COMMAND...
	name=$1
	shift
	if "$@" >"$work/out" 2>&1; then passed=$((passed + 1)); echo "ok: $name"
	else failed=$((failed + 1)); echo "FAILED: $name"; tail -n 25 "$work/out"; fi
}
mkdir "$work/spur"
(cd "$top" && git ls-files -z | tar -c --null -T -) | tar -x -C "$work/spur"
cd "$work/spur" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL
[ -d /usr/lib/ccache ] && export PATH="/usr/lib/ccache:$PATH"
check "dpkg-buildpackage" env DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" dpkg-buildpackage -us -uc -b
check "lintian" lintian --allow-root --fail-on error,warning "$work"/spur_*.changes
cat "$work/out"
for deb in "$work"/spur_*.deb "$work"/spur-viewers_*.deb; do dpkg-deb -x "$deb" "$work/root"; dpkg-deb -e "$deb" "$work/control"; done
cd "$work" || exit 1
bare() { env -i HOME="$work/home" PATH="$work/root/usr/bin:/usr/bin:/bin" LC_ALL=C.UTF-8 "$@"; }
check "spur of the package runs" bare spur version
check "and simulates" bare spur demo make d --drives 1 --seconds 20 --cameras none
check "and finds its queries" bare spur demo score d
check "spur-view of the package" test -x root/usr/bin/spur-view
check "no scripts" sh -c '! ls control/preinst control/postinst control/prerm control/postrm 2>/dev/null'
pages=$(find root/usr/share/man -name 'spur*.gz' | wc -l)
check "every page ($pages)" test "$pages" -eq "$(ls "$top"/man/*.[1-9] | wc -l)"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
