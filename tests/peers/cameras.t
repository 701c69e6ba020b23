#!/bin/sh
# The pictures of the simulated drives, read by the Python library of MCAP and Pillow.
. "$top_srcdir/tests/tap.sh"
[ -n "${SPUR_PYTHON:-}" ] || skip_all "SPUR_PYTHON is not set"
"$SPUR_PYTHON" -c 'import asammdf, mcap, mcap_ros2' 2>/dev/null || skip_all "this Python lacks asammdf, mcap or mcap_ros2"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
"$SPUR" demo make "$dir/d" --drives 1 --seconds 60 --seed 4 >/dev/null; is $? 0 "a minute with both cameras"
"$SPUR_PYTHON" -W ignore "$top_srcdir/tests/peers/cameras.py" "$dir/d" >"$dir/tap" 2>"$dir/log"; is $? 0 "is read"
is "$(grep '^not ok' "$dir/tap")" "" "all $(grep -c '^ok' "$dir/tap") claims hold"
[ "$(grep -c '^ok' "$dir/tap")" -ge 14 ]; ok $? "and all were made"
sed 's/^/# /' "$dir/tap"
tail -n 3 "$dir/log" | sed 's/^/# /'
done_testing
