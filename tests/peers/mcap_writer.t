#!/bin/sh
# What the MCAP writer makes, read back by the official Python library with all its checks on; and spur on the same files.
. "$top_srcdir/tests/tap.sh"
[ -n "${SPUR_PYTHON:-}" ] || skip_all "SPUR_PYTHON is not set"
"$SPUR_PYTHON" -c 'import mcap, lz4, zstandard' 2>/dev/null || skip_all "this Python has no mcap, lz4 or zstandard"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
for kind in zstd lz4 none unchunked; do
	"$top_builddir/tests/tools/mcap_samples" "$dir/a.mcap" $kind 3000
	is $? 0 "write 3000 messages, $kind"
	"$SPUR_PYTHON" "$top_srcdir/tests/peers/mcap_writer.py" "$dir/a.mcap" 3000 $kind >"$dir/tap" 2>"$dir/log"
	is $? 0 "the official library reads it"
	is "$(grep '^not ok' "$dir/tap")" "" "$kind: all $(grep -c '^ok' "$dir/tap") claims hold"
	[ "$(grep -c '^ok' "$dir/tap")" -ge 11 ] || sed 's/^/# /' "$dir/log"
	"$SPUR" check "$dir/a.mcap" >"$dir/out" 2>&1
	is $? 0 "spur check finds it sound"
	is "$("$SPUR" messages --json "$dir/a.mcap" | wc -l)" 3000 "spur messages lists them all"
	"$SPUR" recover "$dir/a.mcap" -o "$dir/b.mcap" >"$dir/out" 2>&1
	is $? 0 "spur recover saves all of it"
	"$SPUR" messages --json --digest --order file "$dir/a.mcap" >"$dir/one"
	"$SPUR" messages --json --digest --order file "$dir/b.mcap" >"$dir/two"
	cmp -s "$dir/one" "$dir/two"
	ok $? "with the same messages in the same order"
	for topics in "" "/camera"; do
		"$SPUR" cut "$dir/a.mcap" -o "$dir/c.mcap" --from 0.5s --to 1.75s ${topics:+-t "$topics"} -q >"$dir/out" 2>&1
		is $? 0 "spur cut: ${topics:-all topics}"
		begin=$("$SPUR" info "$dir/a.mcap" --json | grep -o '"begin_ns":[0-9]*' | head -n 1 | cut -d: -f2)
		begin=$((begin + 500000000))
		"$SPUR_PYTHON" "$top_srcdir/tests/peers/mcap_cut.py" "$dir/a.mcap" "$dir/c.mcap" $begin $((begin + 1250000000)) $topics >"$dir/tap" 2>"$dir/log"
		is "$?:$(grep -c '^ok' "$dir/tap"):$(grep '^not ok' "$dir/tap")" "0:5:" "the official library reads of it what it reads of the whole"
		is "$("$SPUR" check "$dir/c.mcap")" "$dir/c.mcap: sound: 0 warnings, 0 notes" "spur check finds it sound"
	done
done
done_testing
