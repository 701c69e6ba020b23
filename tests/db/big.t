#!/bin/sh
# Many drives that share few signal sets: size of the catalogue and time to its first page. SPUR_BIG=1 makes
# the full size (100,000 drives, 50 sets of 10,000 signals; minutes); else a hundredth, held to the same per drive.
. "$top_srcdir/tests/tap.sh"
t=$(mktemp -d) && trap 'rm -rf "$t"' EXIT
if [ -n "${SPUR_BIG:-}" ]; then n=100000 sets=50 signals=10000; else n=2000 sets=50 signals=200; fi
"$top_builddir/tests/tools/catalog_big" "$t/c.db" $n $sets $signals >"$t/out"; is $? 0 "a catalogue of $n drives is made"
sed 's/^/# /' "$t/out"
bytes=$(cat "$t"/c.db* | wc -c)
echo "# bytes $bytes"
if [ $n -eq 100000 ]; then limit=2000000000; else limit=40000000; fi
[ "$bytes" -le $limit ]; ok $? "$bytes bytes, $limit at most"
is "$(sed -n 's/^first_page_rows //p' "$t/out")" 100 "the first page has its 100 drives"
ms=$(sed -n 's/^first_page_ms \([0-9]*\).*/\1/p' "$t/out")
[ "${ms:-1000}" -le 100 ]; ok $? "opening and the first page take $ms ms, 100 at most"
is "$("$SPUR" drives --catalog "$t/c.db" --json --after $((n - 5)) | wc -l | tr -d ' ')" 5 "the last page has the rest"
"$SPUR" audit verify --catalog "$t/c.db" >/dev/null; is $? 0 "the audit of it all holds"
done_testing
