#!/bin/sh
# Real recordings, decoded, against what other tools decoded from them.
. "$top_srcdir/tests/tap.sh"
SPUR_SHARED=${SPUR_SHARED:-$top_srcdir/../shared}
tools=$SPUR_SHARED/tools
[ -x "$tools/check-mcap-decode" ] || skip_all "no shared corpus; set SPUR_SHARED"
command -v python3 >/dev/null || skip_all "no python3"
export SPUR
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# A channel that spur says it has no decoder for cannot differ; every other message counts.
"$tools/check-mcap-decode" -v >"$dir/out" 2>&1
grep '^FAIL' "$dir/out" | cut -d ' ' -f 2 | sort -u | while read -r path; do
	"$SPUR" cat "$SPUR_SHARED/corpus/mcap/$path" --json --per-channel 1 2>/dev/null |
		sed -n 's/.*"topic":"\([^"]*\)".*"no_decoder".*/\1/p' | sed "s|.*|$path message [0-9]* &: missing|"
done >"$dir/refused"
echo 'no line is like this' >>"$dir/refused"
grep '^FAIL' "$dir/out" | grep -v -f "$dir/refused" >"$dir/bad"
refused=$(grep '^FAIL' "$dir/out" | grep -c -f "$dir/refused")
total=$(tail -n 1 "$dir/out")
passed=${total%% *}
[ "${passed:-0}" -ge 4600 ] && [ ! -s "$dir/bad" ]
ok $? "messages of MCAP files: $passed are equal, $refused have no decoder yet"
head -n 20 "$dir/bad" | sed 's/^/# /'

out=$("$tools/check-buslog" 2>&1)
ok $? "CAN logs by their DBC: $(echo "$out" | tail -n 1)"
echo "$out" | grep FAIL | head -n 20 | sed 's/^/# /'
done_testing
