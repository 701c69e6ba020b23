#!/bin/sh
# What commands say of MDF files that no tool has written in public: made block by block, see tests/mdf_made.h.
. "$top_srcdir/tests/cli/golden.sh"
for name in $("$top_builddir/tests/tools/mdf_blocks"); do
	"$top_builddir/tests/tools/mdf_blocks" "$name" "$t/$name.mf4"; ok $? "$name is made"
done
cd "$t" || exit 1
golden mdf
done_testing
