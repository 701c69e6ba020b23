#!/bin/sh
# Pipelines: substitution, saving, expectations, resuming.
. "$top_srcdir/tests/tap.sh"
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export SPUR_CATALOG="$dir/c.db"
cat >p.json <<'P'
{"name": "p", "params": {"seed": "3", "dir": "made"},
 "steps": [
  {"id": "make", "run": ["demo", "make", "${dir}", "--drives", "2", "--seconds", "60", "--seed", "${seed}"],
   "save_all": {"drives": "name"}, "save": {"last": "name"}, "outputs": ["${dir}/truth.json"],
   "expect": ["length_ns == 60000000000", "name=drive_01: decoys >= 0"]},
  {"id": "look", "needs": ["make"], "each": {"d": "drives"}, "run": ["info", "${dir}/${d}.mf4"], "save": {"format": "format"},
   "expect": ["signals > 10"]},
  {"id": "mcap", "needs": ["look"], "run": ["info", "${dir}/${last}.mcap"], "expect": ["streams >= 4"]}]}
P
out=$("$SPUR" run p.json --json); is $? 0 "a pipeline runs"
is "$(echo "$out" | grep -c '"state":"done"')" 3 "every step is done"
is "$(ls made/*.mf4 | wc -l)" 2 "the verbs did their work"
out=$("$SPUR" run p.json --json)
is "$(echo "$out" | grep -c '"state":"done before"')" 3 "a second run finds all of it done"
out=$("$SPUR" run p.json --json --from look)
is "$(echo "$out" | grep -c '"state":"done"')" 2 "--from does the rest again"
rm made/truth.json
out=$("$SPUR" run p.json --json)
is "$(echo "$out" | grep -c '"state":"done"')" 1 "a step whose output is gone is done again; the others have the same inputs"
out=$("$SPUR" run p.json --json --set seed=4)
is "$(echo "$out" | grep -c '"state":"done"')" 3 "another parameter makes it and what needs it new"
"$SPUR" run p.json --dry-run | grep -q 'demo make made --drives 2 --seconds 60 --seed 3'; ok $? "--dry-run shows the words"
sed 's/streams >= 4/streams >= 400/' p.json >q.json
out=$("$SPUR" run q.json 2>&1); is $? 1 "an expectation that does not hold fails the pipeline"
like "$out" "*step mcap: *expected streams >= 400, but streams is *" "and says which"
sed 's/"streams >= 4"/"nothing >= 4"/' p.json >q.json
out=$("$SPUR" run q.json 2>&1); like "$out" "*expected nothing >= 4, but no row has it*" "an expectation about nothing fails too"
sed 's/"mcap", "needs": \["look"\]/"mcap", "needs": ["luck"]/' p.json >q.json
out=$("$SPUR" run q.json 2>&1); is $? 1 "an unknown need is refused"
like "$out" "*q.json: step mcap: needs 'luck'*" "with its step"
sed 's/${last}/${lost}/' p.json >q.json
out=$("$SPUR" run q.json 2>&1); like "$out" "*nothing has set \${lost}*" "an unset variable is told"
echo '{"name": "x", "steps": [' >q.json
out=$("$SPUR" run q.json 2>&1); like "$out" "*q.json: line 2 column*" "a damaged file names the line"
"$SPUR" run p.json --set nope=1 >/dev/null 2>&1; is $? 2 "an unknown parameter is a usage error"
"$SPUR" run none.json >/dev/null 2>&1; is $? 1 "a missing file is a failure"
sed 's|"info", "${dir}/${last}.mcap"|"info", "gone.mcap"|' p.json >q.json
out=$("$SPUR" run q.json 2>&1); is $? 1 "a step that fails ends the pipeline"
like "$out" "*step mcap: spur info gone.mcap: gone.mcap: No such file*" "with its words"
done_testing
