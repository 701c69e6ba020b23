#!/bin/sh
# What was signed is verified by ssh-keygen alone; a checkpoint finds a chain that was made anew; a revoked key
# stands for what it signed before and for nothing after.
. "$top_srcdir/tests/tap.sh"
t=$(mktemp -d) && trap 'rm -rf "$t"' EXIT
export SPUR_CATALOG="$t/c.db" XDG_CONFIG_HOME="$t/config" XDG_DATA_HOME="$t/data"
command -v ssh-keygen >/dev/null; is $? 0 "ssh-keygen is here (Debian: openssh-client)"

"$SPUR" demo make "$t/rec" --drives 1 --seconds 60 --seed 3 --cameras none -q >/dev/null
"$SPUR" add "$t/rec" -q >/dev/null
"$SPUR" find --all --label brake --min 300ms --store 'LongAccel < -2' -q >/dev/null
"$SPUR" identity add ben -q >/dev/null
"$SPUR" review approve 1 --as ben -q >/dev/null; is $? 0 "one approval"
"$SPUR" dataset freeze set -q >/dev/null
id=$("$SPUR" dataset list set --json | sed -n 's/.*"dataset":"\([^"]*\)".*/\1/p' | head -n 1)
"$SPUR" sign "$id" --as ben -q >/dev/null; is $? 0 "one signed dataset"

# audit signatures
"$SPUR" audit signatures "$t/out" -q >/dev/null; is $? 0 "audit signatures"
check() { ssh-keygen -Y verify -f "$t/out/allowed_signers" -I "$1" -n "$2" -s "$t/out/$3.json.sig" <"$t/out/$3.json" >/dev/null 2>&1; }
check ben spur-approval review-1; is $? 0 "ssh-keygen verifies the approval"
check ben spur-object object-1; is $? 0 "and the dataset"
me=$("$SPUR" identity list --json | sed -n 's/.*"name":"\([^"]*\)".*/\1/p' | head -n 1)
check "$me" spur-approval review-1; [ $? -ne 0 ]; is $? 0 "not as somebody else's"
check ben spur-object review-1; [ $? -ne 0 ]; is $? 0 "not for another purpose"
sed -i 's/approve/reject!/' "$t/out/review-1.json"
check ben spur-approval review-1; [ $? -ne 0 ]; is $? 0 "not when the record was changed"
"$SPUR" audit signatures "$t/rec/drive_01.mf4" >/dev/null 2>&1; is $? 2 "not into a file"

# audit checkpoint
"$SPUR" audit checkpoint "$t/point" -q >/dev/null; is $? 0 "audit checkpoint"
out=$("$SPUR" audit verify --checkpoint "$t/point" --json); is $? 0 "the chain goes through it"
like "$out" "*\"signer\":\"$me\"*" "and its signer is named"
"$SPUR" tag late 1 -q >/dev/null
"$SPUR" audit verify --checkpoint "$t/point" -q >/dev/null; is $? 0 "still, after more was done"
sed 's/\\"seq\\":[0-9]*/\\"seq\\":1/' "$t/point" >"$t/forged"
out=$("$SPUR" audit verify --checkpoint "$t/forged" 2>&1); is $? 1 "a checkpoint that was changed"
like "$out" "*signature*" "has no good signature"
echo '{}' >"$t/none"; out=$("$SPUR" audit verify --checkpoint "$t/none" 2>&1); is $? 1 "a file that is none"
like "$out" "*not a checkpoint*" "is said to be"
"$SPUR" audit verify --checkpoint "$t/nowhere" >/dev/null 2>&1; is $? 1 "a file that is not there"
# Somebody makes the whole catalogue again, in order: no line is wrong, but it is another chain.
export SPUR_CATALOG="$t/new.db"
"$SPUR" add "$t/rec" -q >/dev/null; "$SPUR" identity add ben -q >/dev/null
for i in 1 2 3 4 5 6 7 8 9; do "$SPUR" find --all --label "b$i" --min 300ms --store 'LongAccel < -2' -q >/dev/null; done
"$SPUR" audit verify -q >/dev/null; is $? 0 "another chain holds by itself"
out=$("$SPUR" audit verify --checkpoint "$t/point" 2>&1); is $? 1 "but not with the checkpoint"
like "$out" "*does not go through*" "which says why"
export SPUR_CATALOG="$t/c.db"

# identity revoke
out=$("$SPUR" identity revoke ben 2>&1); is $? 2 "identity revoke wants a reason"
"$SPUR" identity revoke nobody --reason x >/dev/null 2>&1; is $? 1 "and somebody who is there"
"$SPUR" identity revoke ben --reason "laptop stolen" -q >/dev/null; is $? 0 "identity revoke"
like "$("$SPUR" identity show ben --json)" '*"revoked":"laptop stolen"*' "is shown"
"$SPUR" identity revoke ben --reason again >/dev/null 2>&1; is $? 2 "once is for ever"
out=$("$SPUR" review reject 1 --reason no --as ben 2>&1); is $? 1 "a revoked key signs nothing"
like "$out" "*revoked*laptop stolen*" "and says why"
"$SPUR" sign "$id" --as ben >/dev/null 2>&1; is $? 1 "no object either"
"$SPUR" audit verify -q >/dev/null; is $? 0 "what it signed before stands"
"$SPUR" verify "$id" -q >/dev/null; is $? 0 "the dataset too"
"$SPUR" db check -q >/dev/null; is $? 0 "and no rule is broken"
like "$("$SPUR" audit show ben --json | tail -n 1)" '*identity.revoke*laptop stolen*' "the audit has it"
"$SPUR" identity add ben-2 -q >/dev/null; "$SPUR" review comment 1 --reason "new key" --as ben-2 -q >/dev/null
is $? 0 "a new key under a new name goes on"
done_testing
