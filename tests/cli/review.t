#!/bin/sh
# Drafts, edges and segments by hand by the verbs: review approve|reject|comment|edge --draft, pending, undo,
# redo, sign; segments add.
. "$top_srcdir/tests/tap.sh"
t=$(mktemp -d) && trap 'rm -rf "$t"' EXIT
export SPUR_CATALOG="$t/c.db" XDG_CONFIG_HOME="$t/config" XDG_DATA_HOME="$t/data"
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p" | head -n 1; }
rows() { wc -l | tr -d ' '; }
"$SPUR" demo make "$t/rec" --drives 1 --seconds 60 --seed 3 -q >/dev/null && "$SPUR" add "$t/rec" -q >/dev/null
is $? 0 "a drive"
"$SPUR" identity add ben -q >/dev/null && "$SPUR" identity add eva -q >/dev/null
# segments add
for at in 5 10 15 20 25; do "$SPUR" segments add drive_01 --from ${at}s --to +2s --label seen -q >/dev/null || echo "no $at"; done
is "$("$SPUR" segments --json | rows)" 5 "segments add: five by hand"
is "$("$SPUR" segments add drive_01 --from 5s --to +2s --label seen --json | field id)" 1 "again: the same one"
is "$("$SPUR" segments --json --limit 1 | field length_ns)" 2000000000 "as long as was said"
"$SPUR" segments add drive_01 --from 5s --to 5s --label x 2>/dev/null; is $? 2 "not without a length"
"$SPUR" segments add drive_01 --from 5s --label x 2>/dev/null; is $? 2 "nor without an end"
"$SPUR" segments add nowhere --from 5s --to 6s --label x 2>/dev/null; is $? 1 "nor of a drive that is not there"
"$SPUR" segments add drive_01 --from 2000-01-01T00:00:00Z --to +1s --label x 2>/dev/null; is $? 2 "nor outside of it"
# drafts
out=$("$SPUR" review approve 1 --draft 2>&1); is $? 1 "the author's approval is refused when it is drafted"
like "$out" "*author of a segment cannot review it*" "with the reason"
is "$("$SPUR" review approve 1-2 --draft --as ben --json | field pending)" 2 "ben drafts two approvals"
"$SPUR" review reject 3 --draft --as ben 2>/dev/null; is $? 2 "a rejection wants its reason"
is "$("$SPUR" review reject 3 --reason 'no such event' --draft --as ben --json | field pending)" 3 "and a rejection"
is "$("$SPUR" review comment 1 --reason 'nice' --draft --as ben --json | field pending)" 4 "and a comment"
is "$("$SPUR" review edge 4 --end 66ms --draft --as ben --json | field end_by_ns)" 66000000 "and moves an edge"
is "$("$SPUR" review edge 4 --end -33ms --draft --as ben --json | field end_by_ns)" 33000000 "which goes on from there"
"$SPUR" review edge 4 --end -5s --draft --as ben 2>/dev/null; is $? 2 "but not past the begin"
"$SPUR" review edge 4 --draft --as ben 2>/dev/null; is $? 2 "edge: by how much?"
is "$("$SPUR" review pending --as ben --json | rows)" 5 "five are pending"
is "$("$SPUR" review pending --as eva --json | rows)" 0 "none of eva's"
is "$("$SPUR" review approve 5 --draft --as eva --json | field pending)" 1 "eva has her own"
is "$("$SPUR" segments --state candidate --json | rows)" 5 "nothing is final yet"
before=$("$SPUR" audit show --json | rows)
is "$("$SPUR" review undo --as ben --json | field segment)" 4 "undo: the last one"
is "$("$SPUR" review pending --as ben --json | grep edge | field end_by_ns)" 66000000 "the edge is where it was before"
is "$("$SPUR" review redo --as ben --json | field pending)" 5 "redo"
"$SPUR" review redo --as ben >/dev/null 2>&1; is $? 1 "no further"
is "$("$SPUR" review undo 2 --as ben --json | field pending)" 4 "undo of one segment"
is "$("$SPUR" audit show --json | rows)" "$before" "drafts are no facts: the audit does not tell of them"

# sign
out=$("$SPUR" review sign --count 5 --as ben 2>&1); is $? 1 "sign refuses another number"
like "$out" "*4 decisions are pending, not 5*" "and says which"
is "$("$SPUR" review sign --count 4 --as ben --json | field approved)" 1 "sign"
"$SPUR" review sign --as ben >/dev/null 2>&1; is $? 1 "once"
is "$("$SPUR" segments --state approved --json | field id)" 1 "segment 1 is approved"
is "$("$SPUR" segments --state rejected --json | field note)" "no such event" "segment 3 is rejected, with the reason"
is "$("$SPUR" segments --state superseded --json | field replaced_by)" 6 "segment 4 is superseded"
is "$("$SPUR" segments --author ben --json | field length_ns)" 2033000000 "by one of ben's with the new edge"
is "$("$SPUR" review pending --as eva --json | rows)" 1 "eva's draft is still there"
is "$("$SPUR" audit show --json | grep -c '"action":"review\.\|"action":"segment.edit')" 4 "the audit tells of four acts"
out=$("$SPUR" review approve 6 --as ben 2>&1); is $? 1 "who moved an edge does not approve"
"$SPUR" review approve 6 -q >/dev/null; is $? 0 "who proposed the first one may: two people saw it"
out=$("$SPUR" review edge 6 --begin 1ms --as eva 2>&1); is $? 1 "what is approved keeps its edges"
like "$out" "*it is approved*reject it first*" "and says so"
# A decision that somebody else made impossible stops the signing, and is named.
"$SPUR" review edge 5 --begin 10ms -q >/dev/null; is $? 0 "edges without a draft"
out=$("$SPUR" review sign --as eva 2>&1); is $? 1 "eva's approval of what was replaced"
like "$out" "*nothing was signed*undo 5*" "is named with the way out"
"$SPUR" review undo 5 --as eva -q >/dev/null && is "$("$SPUR" review pending --as eva --json | rows)" 0 "which works"
is "$("$SPUR" audit verify --json | field wrong)" 0 "audit verify"
is "$("$SPUR" db check --json | field wrong)" 0 "db check"
is "$("$SPUR" segments --sort time --json | rows)" "$("$SPUR" segments --json | rows)" "sorted, none is lost"
[ "$("$SPUR" segments | awk '{ if (length($0) > m) m = length($0) } END { print m }')" -le 80 ]; ok $? "segments fit in 80 columns"
[ "$("$SPUR" review list | awk '{ if (length($0) > m) m = length($0) } END { print m }')" -le 80 ]; ok $? "review list fits in 80 columns"
# Times count from where the timeline begins, clocks and all: what find and plot say can be used here.
"$SPUR" drive offset drive_01 mcap -q -- 700ms >/dev/null
at=$("$SPUR" find --drive drive_01 'VehSpd > 1' --json | field at_ns)
"$SPUR" find --drive drive_01 'VehSpd > 1' --store --label moving --as eva -q >/dev/null
is "$("$SPUR" segments --label moving --limit 1 --json | field from_ns)" "$at" "segments and find count from the same moment"
b=$("$SPUR" find --drive drive_01 'VehSpd > 1' --json | field begin_ns)
"$SPUR" segments add drive_01 --from ${at}ns --to +1s --label hand -q 2>/dev/null ||
	"$SPUR" segments add drive_01 --from "$(awk "BEGIN { printf \"%.9f\", $at / 1e9 }")s" --to +1s --label hand -q >/dev/null
is "$("$SPUR" segments --label hand --json | field begin_ns)" "$b" "and segments add, too"
done_testing
