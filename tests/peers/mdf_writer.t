#!/bin/sh
# Every kind of block that the MDF4 writer makes, read back by asammdf.
. "$top_srcdir/tests/tap.sh"
[ -n "${SPUR_PYTHON:-}" ] || skip_all "SPUR_PYTHON is not set"
"$SPUR_PYTHON" -c 'import asammdf' 2>/dev/null || skip_all "this Python has no asammdf"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cat >"$dir/bus.dbc" <<'DBC'
VERSION ""
NS_ :
BS_:
BU_: ECU
BO_ 256 Even: 8 ECU
 SG_ Low : 0|8@1+ (0.5,-10) [0|0] "" ECU
DBC
for how in 'plain 25000 100000000' 'deflate 25000 0' 'transposed 60000 0' 'transposed 5000 30000' 'plain 3 0'; do
	set -- $how
	"$top_builddir/tests/tools/mdf_samples" "$dir/a.mf4" "$1" "$2" "$3"
	is $? 0 "write $1, $2 rows, memory $3"
	"$SPUR_PYTHON" "$top_srcdir/tests/peers/mdf_writer.py" "$dir/a.mf4" "$2" "$dir/bus.dbc" >"$dir/tap" 2>"$dir/log"
	is $? 0 "asammdf reads it"
	is "$(grep '^not ok' "$dir/tap")" "" "$1, $2 rows: all $(grep -c '^ok' "$dir/tap") claims hold"
	[ "$(grep -c '^ok' "$dir/tap")" -ge 26 ] || sed 's/^/# /' "$dir/log"
	"$top_builddir/tests/tools/mdf_samples" "$dir/b.mf4" "$1" "$2" "$3"
	cmp -s "$dir/a.mf4" "$dir/b.mf4"
	ok $? "and the same bytes twice"
done
done_testing
