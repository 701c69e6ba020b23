#!/bin/sh
# The simulated drives, read by asammdf and the Python library of MCAP.
. "$top_srcdir/tests/tap.sh"
[ -n "${SPUR_PYTHON:-}" ] || skip_all "SPUR_PYTHON is not set"
"$SPUR_PYTHON" -c 'import asammdf, mcap, mcap_ros2' 2>/dev/null || skip_all "this Python lacks asammdf, mcap or mcap_ros2"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
"$SPUR" demo make "$dir/d" --drives 2 --cameras none >/dev/null; is $? 0 "two drives of ten minutes"
"$SPUR_PYTHON" "$top_srcdir/tests/peers/demo.py" "$dir/d" >"$dir/tap" 2>"$dir/log"; is $? 0 "are read"
is "$(grep '^not ok' "$dir/tap")" "" "all $(grep -c '^ok' "$dir/tap") claims hold"
[ "$(grep -c '^ok' "$dir/tap")" -ge 17 ]; ok $? "and all were made"
tail -n 3 "$dir/log" | sed 's/^/# /'
done_testing
