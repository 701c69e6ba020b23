#!/bin/sh
# MCAP against real recordings and the official conformance cases.
. "$top_srcdir/tests/tap.sh"
shared=${SPUR_SHARED:-$top_srcdir/../shared}
tools=$top_builddir/tests/tools
[ -x "$shared/tools/check-mcap" ] || skip_all "no corpus beside the checkout (SPUR_SHARED)"
command -v python3 >/dev/null || skip_all "no python3"
SPUR_CHECK_TIMEOUT=120
export SPUR_CHECK_TIMEOUT

check() {	# check NAME COMMAND...: a tool that ends with "N passed, M failed"
	name=$1
	shift
	out=$("$@" 2>&1)
	rc=$?
	ok $rc "$name: $(echo "$out" | tail -n 1)"
	[ $rc -eq 0 ] || echo "$out" | tail -n 20 | sed 's/^/# /'
}

check "conformance, written byte for byte" "$shared/tools/check-mcap-write" "$tools/mcap_write"
done_testing
