#!/bin/sh
# From recordings to a frozen dataset by the verbs of a person: add, drives, drive, segments, tag, untag,
# review, identity, sign, dataset, lineage, verify, audit, db, demo review.
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/db/pg.sh"
t=$(mktemp -d) && trap 'pg_stop; rm -rf "$t"' EXIT
chmod 755 "$t"
export SPUR_CATALOG="$t/cat/c.db" SPUR_JOBS="$t/cat/jobs" XDG_CONFIG_HOME="$t/config" XDG_DATA_HOME="$t/data"
if [ "${SPUR_CURATE_ENGINE:-sqlite}" = postgresql ]; then	# see curate_pg.t
	pg_start "$t/pg" || skip_all "$pg_why"
	SPUR_CATALOG=$pg_uri
fi
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p" | head -n 1; }
rows() { wc -l | tr -d ' '; }

"$SPUR" demo make "$t/rec" --drives 4 --seconds 90 --seed 3 --cameras none -q >/dev/null; is $? 0 "drives are simulated"

# add
out=$("$SPUR" add "$t/nothing" 2>&1); is $? 1 "add: a path that is not there"
like "$out" "*nothing*" "is named"
mkdir "$t/empty"; out=$("$SPUR" add "$t/empty" 2>&1); is $? 1 "add: an empty folder is a failure"
is "$("$SPUR" add "$t/rec" --json | grep -c '"action":"added","sources":3')" 4 "add: MF4, MCAP and DBC make a drive each"
is "$("$SPUR" add "$t/rec" --json | grep -c '"action":"known","sources":3')" 4 "add again: everything is known"
mv "$t/rec/drive_02.mf4" "$t/rec/drive_02.mcap" "$t/empty/"
is "$("$SPUR" add "$t/empty" --json | field action)" moved "add: moved files are known by their bytes"
mv "$t/empty/drive_02.mf4" "$t/empty/drive_02.mcap" "$t/rec/"; "$SPUR" add "$t/rec" -q >/dev/null
mkdir "$t/bad"; echo "no recording" >"$t/bad/x.mf4"
cp "$t/rec/drive_01.mf4" "$t/bad/same.mf4"
out=$("$SPUR" add "$t/bad" 2>"$t/err"); is $? 3 "add: a bad file among good ones is a partial success"
like "$(cat "$t/err")" "*x.mf4*skipped*" "and is named"
head -c 1000000 "$t/rec/drive_01.mcap" >"$t/bad/cut.mcap"
out=$("$SPUR" add "$t/bad/cut.mcap" --catalog "$t/bad.db" --json 2>"$t/err"); is $? 3 "add: a damaged recording is added"
like "$(cat "$t/err")" "*cut.mcap*damaged*" "and said to be damaged"
like "$out" '*"name":"cut","action":"added"*' "what is left of it is in the catalogue"
rm -rf "$t/bad"; "$SPUR" add "$t/rec" -q >/dev/null

# drives, drive
is "$("$SPUR" drives 'drive_0[12]' --json | rows)" 0 "drives: brackets are letters"
is "$("$SPUR" drives 'drive_0?' --json | rows)" 4 "drives: a glob"
is "$("$SPUR" drives --limit 2 --after 1 --json | field name)" drive_02 "drives: pages"
is "$("$SPUR" drives --signal LongAccel --json | rows)" 4 "drives: that have a signal"
is "$("$SPUR" drives --signal LongAcce --json | rows)" 0 "by its whole name"
b=$("$SPUR" drives --after 1 --limit 1 --json | field begin_ns)
is "$("$SPUR" drives --from "$b" --to $((b + 1)) --json | field name)" drive_02 "drives: at a time"
is "$("$SPUR" drives --to 1990-01-01T00:00:00Z --json | rows)" 0 "none in 1990"
"$SPUR" drives --from never >/dev/null 2>&1; is $? 2 "a time that is none"
out=$("$SPUR" drive show nowhere 2>&1); is $? 1 "drive show: none of that name"
is "$("$SPUR" drive show drive_01 --json | rows)" 4 "drive show: the drive and its three sources"
is "$("$SPUR" drive show drive_01 --json | sed -n 2p | field clock)" reference "the MF4 is the reference"
is "$("$SPUR" drive offset drive_01 mcap --json -- -137ms | field offset_ns)" -137000000 "drive offset: by hand"
is "$("$SPUR" drive show drive_01 --json | grep '"mcap"' | field clock)" hand "and shown"
"$SPUR" drive offset drive_01 mf4 1s 2>/dev/null; is $? 1 "not of a source that is not there"
out=$("$SPUR" drive offset drive_01 mdf4 1s 2>&1); is $? 2 "not of the reference"

# segments by find; review
"$SPUR" find --all --label hard_braking --min 600ms --store 'LongAccel < -4' -q >/dev/null; is $? 0 "find stores candidates"
"$SPUR" find --all --label cruise --min 3s --gap 1s --store 'LongAccel > -0.6 and LongAccel < 0.6 and VehSpd > 30' -q >/dev/null
n=$("$SPUR" segments --json | rows); [ "$n" -ge 8 ]; ok $? "segments: $n of them"
is "$("$SPUR" segments --state candidate --json | rows)" "$n" "all candidates"
is "$("$SPUR" segments --label hard_braking --limit 1 --json | rows)" 1 "segments: filters and limit"
out=$("$SPUR" review approve 1 2>&1); is $? 1 "review: not of one's own"
like "$out" "*author of a segment cannot review it*" "with the reason"
out=$("$SPUR" review approve 1 --as ben 2>&1); is $? 1 "review: not as somebody unknown"
like "$out" "*spur identity add ben*" "who must be introduced"
out=$("$SPUR" identity add ben 2>&1); is $? 0 "identity add"
like "$out" "*its key is */ben*" "where the key is that it made"
is "$("$SPUR" identity list --json | rows)" 2 "identity list: two people"
is "$("$SPUR" identity show ben --json | field name)" ben "identity show"
is "$(stat -c %a "$t/config/spur/identities/ben")" 600 "a private key is private"
"$SPUR" review reject 1 --as ben 2>/dev/null; is $? 2 "review reject wants a reason"
"$SPUR" review approve 1 --as ben --reason seen -q >/dev/null; is $? 0 "review approve as another person"
is "$("$SPUR" segments --state approved --json | rows)" 1 "makes it approved"
"$SPUR" review comment 1 --reason "nice one" -q >/dev/null; is $? 0 "review comment by the author"
is "$("$SPUR" review list 1 --json | rows)" 2 "review list"
"$SPUR" review approve 2-3 999999 --as ben -q >/dev/null 2>&1; is $? 1 "review: one id that is not there"
is "$("$SPUR" segments --state approved --json | rows)" 1 "and none is reviewed"
if command -v ssh-keygen >/dev/null && command -v python3 >/dev/null; then
	"$SPUR" review list 1 --json | head -n 1 | python3 -c 'import json, sys
r = json.load(sys.stdin)
open(sys.argv[1], "w").write(r["record"]); open(sys.argv[2], "w").write(r["signature"])' "$t/record" "$t/signature"
	echo "ben $(cat "$t/config/spur/identities/ben.pub")" >"$t/allowed"
	ssh-keygen -Y verify -f "$t/allowed" -I ben -n spur-approval -s "$t/signature" <"$t/record" >/dev/null 2>&1
	ok $? "ssh-keygen -Y verify accepts the signed approval"
	ssh-keygen -q -t ed25519 -N '' -f "$t/own" && ! "$SPUR" identity add eva --key "$t/own" 2>&1 | grep -q "its key is"
	ok $? "nothing is said of a key that was named"
	is "$("$SPUR" review approve 2 --as eva --json | field reviewer)" eva "a key that ssh-keygen made signs"
	if command -v ssh-agent >/dev/null && eval "$(ssh-agent -s)" >/dev/null 2>&1; then
		ssh-keygen -q -t ed25519 -N '' -f "$t/far" && ssh-add -q "$t/far" 2>/dev/null && rm "$t/far"
		"$SPUR" identity add fay --key "$t/far.pub" -q >/dev/null; is $? 0 "a key that only the agent has"
		is "$("$SPUR" review reject 2 --as fay --reason no --json | field reviewer)" fay "signs through ssh-keygen"
		kill "$SSH_AGENT_PID"
		"$SPUR" review approve 2 --as fay >/dev/null 2>"$t/err"; is $? 1 "without the agent it cannot"
		like "$(cat "$t/err")" "*ssh-keygen could not sign*" "and says so"
		"$SPUR" review approve 2 --as eva -q >/dev/null
	fi
	for k in ecdsa rsa; do
		ssh-keygen -q -t $k -N '' -f "$t/$k" && "$SPUR" identity add "with-$k" --key "$t/$k" -q >/dev/null
		is "$("$SPUR" review comment 3 --reason "by $k" --as "with-$k" --json | field reviewer)" "with-$k" "a key of type $k signs"
	done
	ssh-keygen -q -t dsa -N '' -f "$t/dsa" && out=$("$SPUR" identity add old --key "$t/dsa" 2>&1 &&
		"$SPUR" review approve 3 --as old 2>&1)
	is $? 1 "a key of a type we cannot verify is refused"
else
	skip "no ssh-keygen or python3" "ssh-keygen agrees"
fi
"$SPUR" demo review "$t/rec" -q >/dev/null 2>&1; is $? 1 "demo review: not by the author"
out=$("$SPUR" demo review "$t/empty" --as ben 2>&1); is $? 1 "demo review: no truth there"
"$SPUR" demo review "$t/rec" --as ben --json >"$t/out"; is $? 0 "demo review as ben"
a=$("$SPUR" segments --state approved --json | rows) r=$("$SPUR" segments --state rejected --json | rows)
is $((a + r)) "$n" "every candidate has a verdict: $a approved, $r rejected"
[ "$a" -ge 4 ] && [ "$r" -ge 1 ]; ok $? "of both kinds"

# tags
is "$("$SPUR" tag wet --all --label cruise --json | field tag)" wet "tag"
is "$("$SPUR" tag wet --all --label cruise --json | field changed)" 0 "twice is once"
is "$("$SPUR" segments --tag wet --json | rows)" "$("$SPUR" segments --label cruise --json | rows)" "segments by tag"
"$SPUR" untag wet 1-2 --all >/dev/null 2>&1; is $? 2 "untag: ids or --all, not both"
"$SPUR" untag wet --all -q >/dev/null; is "$("$SPUR" segments --tag wet --json | rows)" 0 "untag"

# dataset
"$SPUR" dataset freeze none --label nothing 2>/dev/null; is $? 1 "dataset freeze: nothing fits"
"$SPUR" dataset freeze 'a b' 2>/dev/null; is $? 2 "a name is a word"
"$SPUR" dataset freeze set --split 0.5,0.5,0.5 2>/dev/null; is $? 2 "fractions sum to one"
dry=$("$SPUR" dataset freeze set --dry-run --json); is $? 0 "dataset freeze --dry-run looks first"
like "$dry" '*{"label":"*"train":*' "it shows the classes"
is "$("$SPUR" dataset list)" "" "and froze nothing"
id=$("$SPUR" dataset freeze set --json | field dataset)
like "$id" "ds-????????????????" "dataset freeze gives $id"
is "$(echo "$dry" | field dataset)" "$id" "the one that the dry run showed"
is "$("$SPUR" dataset freeze set --json | field version)" 1 "again: the same version"
is "$("$SPUR" dataset show set --items --json | grep -c '"split"')" "$a" "dataset show: every approved item"
"$SPUR" tag wet 1-999 -q >/dev/null 2>&1; "$SPUR" tag wet --all --state approved -q >/dev/null
is "$("$SPUR" dataset freeze set --json | field version)" 2 "after a change: version 2"
is "$("$SPUR" dataset list set --json | rows)" 2 "dataset list"
"$SPUR" dataset diff set@1 set@1 >/dev/null; is $? 0 "dataset diff: equal"
out=$("$SPUR" dataset diff set@1 set@2 --json 2>/dev/null); is $? 1 "dataset diff: different"
is "$(echo "$out" | rows)" $((2 * a)) "each item went and came"
# The same inputs in another catalogue, in another order, by other people: the same id.
other() { SPUR_CATALOG="$t/other.db" XDG_CONFIG_HOME="$t/config2" "$SPUR" "$@"; }
for d in 4 3 2 1; do other add "$t/rec/drive_0$d.mcap" "$t/rec/drive_0$d.mf4" "$t/rec/vehicle.dbc" -q >/dev/null; done
other drive offset drive_01 mcap -q -- -137ms >/dev/null
other find --all --label cruise --min 3s --gap 1s --store 'LongAccel > -0.6 and LongAccel < 0.6 and VehSpd > 30' -q >/dev/null
other find --all --label hard_braking --min 600ms --store 'LongAccel < -4' -q >/dev/null
other identity add zoe -q >/dev/null; other demo review "$t/rec" --as zoe -q >/dev/null
first=$("$SPUR" segments --limit 2 --json | sed -n 's/.*"state":"\([a-z]*\)".*/\1/p' | tr '\n' ' ')
if [ "$first" = "approved approved " ] && [ "$(other segments --state approved --json | rows)" = "$a" ]; then
	is "$(other dataset freeze set --json | field dataset)" "$id" "another catalogue, order and people: the same id"
else
	ok 0 "another catalogue # SKIP the first two are not both true"
fi

# sign, lineage, verify
"$SPUR" sign nothing-at-all 2>/dev/null; is $? 1 "sign: no such object"
is "$("$SPUR" sign set@1 --as ben --json | field object)" "$id" "sign"
is "$("$SPUR" lineage set@1 --json | head -n 1 | field id)" "$id" "lineage starts at the object"
f=$("$SPUR" lineage set@1 --json | grep '"kind":"file"' | field sha256)
is "$f" "$(sha256sum "$("$SPUR" lineage set@1 --json | grep '"kind":"file"' | field path)" | cut -d' ' -f1)" "and ends at the bytes"
"$SPUR" lineage "$t/rec/drive_01.mf4" --up --json | grep -q "$id"; ok $? "lineage --up: from a file to the dataset"
"$SPUR" lineage nothing 2>/dev/null; is $? 1 "lineage: no such object"
"$SPUR" verify set@1 >"$t/out"; is $? 0 "verify"
like "$(cat "$t/out")" "*signature of ben*ok*" "with the signature"
printf x | dd of="$t/rec/drive_03.mf4" bs=1 seek=5000 conv=notrunc 2>/dev/null
used=$("$SPUR" lineage set@1 --json | grep -c drive_03.mf4)
"$SPUR" verify set@1 >"$t/out" 2>"$t/err"; rc=$?
if [ "$used" -gt 0 ]; then is $rc 1 "verify finds a byte that changed"; else ok 0 "verify # SKIP that drive is not used"; fi
mv "$t/rec/drive_01.mcap" "$t/rec/gone.mcap"; "$SPUR" verify set@1 2>&1 | grep -q "drive_01.mcap"; ok $? "and names a file that is gone"

# audit, db
"$SPUR" audit verify >/dev/null; is $? 0 "audit verify"
head=$("$SPUR" audit verify --json | field head)
"$SPUR" tag later 1 -q >/dev/null; "$SPUR" audit verify --head "$head" >/dev/null; is $? 0 "audit verify --head: goes through it"
"$SPUR" audit verify --head "1:$(printf '%064d' 7)" >/dev/null 2>&1; is $? 1 "not through another"
"$SPUR" audit show "$id" --json | grep -q '"action":"dataset.freeze"'; ok $? "audit show of one subject"
"$SPUR" audit show --json | tail -n 1 | grep -q 'tag later 1'; ok $? "with the command line"
"$SPUR" db check >/dev/null; is $? 0 "db check"
"$SPUR" db migrate --json | grep -q '"version":'; ok $? "db migrate says the version"
if [ -n "$pg_uri" ]; then
	out=$("$SPUR" db backup "$t/copy.db" 2>&1); is $? 1 "db backup: not of a server"
	like "$out" "*pg_dump*" "and says what does it"
else
	"$SPUR" db backup "$t/copy.db" -q >/dev/null; is $? 0 "db backup"
	"$SPUR" db check --catalog "$t/copy.db" >/dev/null; is $? 0 "the copy passes the check"
fi
"$SPUR" db export "$t/rows.json" -q >/dev/null; is $? 0 "db export"
is "$("$SPUR" db export --json | sha256sum)" "$(sha256sum <"$t/rows.json")" "the same to standard output"
is "$(grep -c '"table":"segment"' "$t/rows.json")" "$n" "every row is there"
"$SPUR" drives --catalog "$t/rec/vehicle.dbc" 2>"$t/err"; is $? 1 "a file that is no catalogue"
like "$(cat "$t/err")" "*not a catalogue*" "is named as such"
done_testing
