#!/bin/sh
# Single bits of every column of every row that the audit stands for, flipped past spur: each is named, row and
# column. SPUR_FLIPS: how many at random (500; the acceptance runs 10,000); SPUR_FLIPS_PG: on PostgreSQL (a tenth).
. "$top_srcdir/tests/tap.sh"
t=$(mktemp -d) && trap 'rm -rf "$t"' EXIT
export SPUR_CATALOG="$t/c.db" XDG_CONFIG_HOME="$t/config" XDG_DATA_HOME="$t/data" SPUR_JOBS="$t/jobs"
flips="$top_builddir/tests/tools/flips"
n=${SPUR_FLIPS:-500} seed=${SPUR_FLIPS_SEED:-1}

# A catalogue as people make it: drives, candidates, verdicts of two people, tags, a version, a signature.
"$SPUR" demo make "$t/rec" --drives 3 --seconds 90 --seed 3 --cameras none -q >/dev/null; is $? 0 "drives are simulated"
populate() {
	"$SPUR" add "$t/rec" -q >/dev/null
	"$SPUR" drive offset drive_01 mcap -q -- -137ms >/dev/null
	"$SPUR" find --all --label hard_braking --min 600ms --store 'LongAccel < -4' -q >/dev/null
	"$SPUR" find --all --label cruise --min 3s --gap 1s --store 'LongAccel > -0.6 and LongAccel < 0.6 and VehSpd > 30' -q >/dev/null
	"$SPUR" identity add ben -q >/dev/null
	"$SPUR" identity add cleo -q >/dev/null
	"$SPUR" identity revoke cleo --reason "left" -q >/dev/null
	"$SPUR" review comment 1 --reason "have a look" -q >/dev/null
	"$SPUR" demo review "$t/rec" --as ben -q >/dev/null
	"$SPUR" tag wet --all --state approved -q >/dev/null
	"$SPUR" untag wet 1 -q >/dev/null 2>&1
	"$SPUR" dataset freeze set -q >/dev/null
	id=$("$SPUR" dataset list set --json | sed -n 's/.*"dataset":"\([^"]*\)".*/\1/p' | head -n 1)
	"$SPUR" sign "$id" --as ben -q >/dev/null
}
populate; is $? 0 "two people curate and sign a dataset"
out=$("$SPUR" audit verify --json); is $? 0 "audit verify: nothing is wrong"
like "$out" '*"wrong":0*' "and says so"

cp "$t/c.db" "$t/bits.db"
"$flips" "$t/bits.db" "$n" "$seed" >"$t/out"; is $? 0 "each flip is named, row and column"
grep -v '^#' "$t/out" | tail -n 20 | sed 's/^/# /'
like "$(cat "$t/out")" "*flips *unnamed 0*column_unnamed 0*" "of $(sed -n 's/^flips //p' "$t/out") flips"
c=$(sed -n 's/^columns //p' "$t/out"); [ "${c:-0}" -ge 100 ]; ok $? "every column of every table: $c of them"

# The verb says the same, by name.
for what in review:reason segment:label dataset:recipe dataset_item:drive signature:record identity:public_key drive:uid; do
	cp "$t/c.db" "$t/one.db"
	said=$("$flips" "$t/one.db" leave "${what%:*}" "${what#*:}")
	out=$("$SPUR" audit verify --catalog "$t/one.db" 2>"$t/err"); is $? 1 "audit verify fails on $what"
	like "$out" "*${what%:*} *${what#*:} was changed*" "and names $said"
done
cp "$t/c.db" "$t/one.db"; "$flips" "$t/one.db" leave review reason >/dev/null
"$SPUR" verify "$id" --catalog "$t/one.db" >"$t/out" 2>&1; is $? 1 "verify of a dataset fails on the chain too"
like "$(cat "$t/out")" "*review *reason*" "with the row"

# Bits of the file: a page that is not in use may stay quiet; nothing crashes, hangs or fails without a word.
"$SPUR" db backup "$t/pages.db" -q >/dev/null
"$flips" "$t/pages.db" bytes "$((n / 5))" "$seed" >"$t/out"; is $? 0 "flipped bytes of the file: no crash, no hang"
sed 's/^/# /' "$t/out"
f=$(sed -n 's/^found //p' "$t/out"); [ "${f:-0}" -gt 0 ]; ok $? "$f of $((n / 5)) are found"

# The same on PostgreSQL, as its superuser with the triggers away. A flip asks the server for every table: fewer of them.
pg_why="this spur has no PostgreSQL engine"
chmod 755 "$t"
if [ -r "$top_srcdir/tests/db/pg.sh" ] && . "$top_srcdir/tests/db/pg.sh" && pg_start "$t/server"; then
	trap 'pg_stop; rm -rf "$t"' EXIT
	SPUR_CATALOG=$(pg_fresh flips); export SPUR_CATALOG
	populate; is $? 0 "PostgreSQL: two people curate"
	"$SPUR" audit verify -q >/dev/null; is $? 0 "its audit holds"
	"$flips" "$SPUR_CATALOG" "${SPUR_FLIPS_PG:-$((n / 10))}" "$seed" >"$t/out"; is $? 0 "each flip is named, row and column"
	grep -v '^#' "$t/out" | tail -n 20 | sed 's/^/# /'
	c=$(sed -n 's/^columns //p' "$t/out"); [ "${c:-0}" -ge 100 ]; ok $? "every column of every table: $c of them"
elif [ -r "$top_srcdir/tests/db/pg.sh" ]; then
	skip "$pg_why" "flips on PostgreSQL"
fi
done_testing
