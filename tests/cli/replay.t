#!/bin/sh
# Recordings of the workbench, done again without it.
. "$top_srcdir/tests/tap.sh"
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export HOME="$dir" XDG_CONFIG_HOME="$dir/config" SPUR_CATALOG="$dir/c.db"
"$SPUR" demo make made --drives 2 --seconds 60 --seed 3 --cameras none >/dev/null || exit 1
cat >one.spur <<'R'
# spur recording 1
spur identity add ann
spur identity add bob

  spur add made --as ann
# exit 1: spur add nowhere --as ann
find 'mdf4:VehSpd > 1 for 2s' --all --label 'on the move' --store --as bob
R
out=$("$SPUR" replay --batch --json one.spur); is $? 0 "a recording is replayed"
is "$(echo "$out" | grep -c '"exit":0')" 4 "each of its commands, and no comment"
like "$out" "*\"line\":7,*'on the move'*" "with line and words"
is "$("$SPUR" drives --json | grep -c '"name"')" 2 "what they do is done"
like "$("$SPUR" segments --json)" '*"label":"on the move"*"author":"bob"*' "by whom they say"
"$SPUR" replay --batch --catalog other.db one.spur >/dev/null; is $? 0 "a fresh catalogue gets the same"
ids() { "$SPUR" segments --json "$@" | grep -o '"seg-[0-9a-f]*"'; }
is "$(ids --catalog other.db)" "$(ids)" "the same segments"
ids | grep -q seg-; ok $? "which are some"
printf 'drives\nadd nowhere\nversion\n' >bad.spur
out=$("$SPUR" replay --batch --json bad.spur 2>&1); is $? 1 "a command that fails ends it"
like "$out" "*bad.spur: line 2: *nowhere*" "named with its line"
is "$(echo "$out" | grep -c '"exit":0')" 1 "what comes after is not done"
out=$("$SPUR" replay --batch --keep-going --json bad.spur 2>&1); is $? 3 "--keep-going goes on, in part"
is "$(echo "$out" | grep -c '"exit":0')" 2 "with what follows"
printf 'drives\nfrobnicate\n' >bad.spur
out=$("$SPUR" replay --batch bad.spur 2>&1); is $? 2 "an unknown verb is a usage error"
like "$out" "*bad.spur: line 2: unknown verb 'frobnicate'*" "before anything runs"
echo "replay one.spur" >bad.spur
out=$("$SPUR" replay --batch bad.spur 2>&1); like "$out" "*cannot stand in a recording*" "a replay in a replay is refused"
echo "drives 'open" >bad.spur
out=$("$SPUR" replay --batch bad.spur 2>&1); like "$out" "*line 1: a quote is not closed*" "an open quote is told"
head -c 300 made/drive_01.mf4 >bad.spur
out=$("$SPUR" replay --batch bad.spur 2>&1); is $? 1 "a file that is no recording is refused"
like "$out" "*bad.spur: not a recording*byte*" "with the byte"
: >empty.spur
"$SPUR" replay --batch empty.spur; is $? 0 "an empty one does nothing"
"$SPUR" replay one.spur </dev/null >/dev/null 2>&1; is $? 2 "without a terminal nobody can be asked"
"$SPUR" replay --batch none.spur >/dev/null 2>&1; is $? 1 "a missing file is a failure"
out=$("$SPUR" replay --batch -v one.spur --catalog third.db); like "$out" "*SHA256:*" "-v shows what the verbs print"
done_testing
