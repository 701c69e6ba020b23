#!/bin/sh
# What spur cut, merge and recover write, read back by asammdf and mdfreader.
. "$top_srcdir/tests/tap.sh"
[ -n "${SPUR_PYTHON:-}" ] || skip_all "SPUR_PYTHON is not set"
"$SPUR_PYTHON" -c 'import asammdf' 2>/dev/null || skip_all "this Python has no asammdf"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export HOME="$dir"
cd "$dir" || exit 1
reads() {	# reads NAME PEER ARGUMENT...
	name=$1; shift
	"$SPUR_PYTHON" "$top_srcdir/tests/peers/mdf_rewrite.py" "$@" >tap 2>log; is $? 0 "$1 reads $name"
	is "$(grep '^not ok' tap)" "" "$1, $name: all $(grep -c '^ok' tap) claims hold"
	[ "$(grep -c '^ok' tap)" -ge 6 ] || sed 's/^/# /' log
}
for how in plain transposed; do
	"$top_builddir/tests/tools/mdf_samples" a.mf4 $how 3000 0
	"$SPUR" cut a.mf4 -o part.mf4 --from 3.005s --to 21s -q >/dev/null; is $? 0 "$how: cut"
	"$SPUR" cut a.mf4 -o one.mf4 --to 11s -s u8 -s i16 -s u32 -s f64 -s gear -s note -s short -s blob -s 'CAN*' -q >/dev/null
	"$SPUR" cut a.mf4 -o two.mf4 --from 11s -s u8 -s i16 -s u32 -s f64 -s gear -s note -s short -s blob -s 'CAN*' -q >/dev/null
	"$SPUR" merge one.mf4 two.mf4 -o both.mf4 -q >/dev/null; is $? 0 "$how: merge"
	"$SPUR" recover a.mf4 -o whole.mf4 -q >/dev/null; is $? 0 "$how: recover"
	for peer in asammdf mdfreader; do
		if ! "$SPUR_PYTHON" -W ignore -c "import $peer" 2>/dev/null; then
			skip "this Python has no $peer" "$how by $peer"
			continue
		fi
		reads "what was cut of $how" $peer cut part.mf4 a.mf4 3.005 21
		reads "what was merged of $how" $peer merge both.mf4 one.mf4 two.mf4
		reads "what was recovered of $how" $peer cut whole.mf4 a.mf4 -1 1e9
	done
done
done_testing
