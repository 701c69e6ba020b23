#!/bin/sh
# Jobs under their supervisor: verdicts, retries, stop, resume, and what the verbs say of them.
. "$top_srcdir/tests/tap.sh"
command -v python3 >/dev/null || skip_all "no python3"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export HOME="$dir" XDG_DATA_HOME="$dir" XDG_CONFIG_HOME="$dir" SPUR_CATALOG="$dir/c.db" SPUR_JOBS="$dir/jobs"
train="python3 $top_srcdir/tests/jobs/fake_train.py"
submit() { "$top_builddir/tests/tools/job_submit" "$SPUR_JOBS" "$SPUR" "$SPUR_CATALOG" "$@"; }
field() { sed -n "s/.*\"$2\":\"\{0,1\}\([^,\"}]*\).*/\1/p" "$SPUR_JOBS/$1/state.json"; }
starttime() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
until_true() { # until_true SECONDS COMMAND...
	n=$(($1 * 20)); shift
	while ! "$@" >/dev/null 2>&1; do n=$((n - 1)); [ $n -gt 0 ] || return 1; sleep 0.05; done
}
epoch_at_least() { [ "$(field "$1" done)" -ge "$2" ]; }
running() { [ "$(field "$1" state)" = running ]; }

# --- success, and what is said of it
j=$(submit param.epochs=4 artifact=model/weights.bin -- $train)
"$SPUR" job wait "$j" >/dev/null; is $? 0 "a good job"
is "$(field "$j" state) $(field "$j" attempt)" "succeeded 1" "succeeds at the first attempt"
want=$(cat "$SPUR_JOBS/$j/model/weights.bin")
"$SPUR" jobs --json | grep -q "\"job\":\"$j\".*\"state\":\"succeeded\".*\"done\":4,\"total\":4"; ok $? "jobs lists it"
"$SPUR" job show "$j" --json >"$dir/show"
grep -q '"metric":"loss","value":0.25,"step":4' "$dir/show"; ok $? "job show has the last metric"
grep -q '"metric":"nan","value":"NaN"' "$dir/show"; ok $? "also one that is not a number"
grep -q '"artifact":"model/weights.bin","kind":"weights"' "$dir/show"; ok $? "and the artifact"
is "$(grep -c '"from"' "$dir/show")" 3 "and three edges of the state machine"
is "$("$SPUR" job logs "$j")" "attempt 1 begins at epoch 0" "job logs shows what it printed"
"$SPUR" job logs "$j" --json | grep -q '"file":"1.0.out","text":"attempt 1 begins at epoch 0"'; ok $? "in JSON by line"
"$SPUR" job check "$j" >/dev/null; is $? 0 "job check finds nothing"
k=$(submit param.epochs=2 param.lr=1 artifact=model/weights.bin -- $train)
"$SPUR" job wait "$k" >/dev/null
"$SPUR" job diff "$j" "$k" --json >"$dir/diff" 2>/dev/null; is $? 1 "job diff: they were asked for other things"
grep -q '"what":"epochs","a":"4","b":"2"' "$dir/diff"; ok $? "a parameter that differs"
grep -q '"what":"lr","a":null,"b":"1"' "$dir/diff"; ok $? "and one that only the other has"
is "$("$SPUR" job diff "$j" "$j" 2>/dev/null)" "no difference" "job diff with itself"
"$SPUR" job diff "$j" nosuchjob >/dev/null 2>&1; is $? 1 "job diff with a job that is not there"
echo x >>"$SPUR_JOBS/$j/model/weights.bin"
out=$("$SPUR" job check "$j" 2>&1); is $? 1 "job check finds a changed artifact"
like "$out" "*changed*" "and says so"
out=$("$SPUR" job show nosuchjob 2>&1); is $? 1 "an unknown job"
like "$out" "spur: no job 'nosuchjob'*" "has a message"
out=$("$SPUR" job retry "$j" 2>&1); is $? 1 "a job that succeeded is not tried again"
is "$(cat "$SPUR_JOBS/$j/input/config/hyperparameters.json")" '{"epochs":"4"}' "hyperparameters are strings"

# --- exit codes
for case in "65 failed 1" "78 failed 1" "9 failed 2"; do
	set -- $case
	j=$(submit param.epochs=1 max_failures=2 env.FAKE_EXIT=$1 -- $train)
	out=$("$SPUR" job wait "$j" 2>&1 >/dev/null); is $? 1 "exit $1 fails"
	is "$(field "$j" state) $(field "$j" attempt)" "$2 $3" "exit $1: $3 attempt(s)"
	like "$out" "*exit $1: told to fail*" "and says why"
done
j=$(submit param.epochs=1 env.FAKE_EXIT=75 env.FAKE_TIMES=2 -- $train)
"$SPUR" job wait "$j" >/dev/null; is $? 0 "75 is tried again"
is "$(field "$j" attempt)" 3 "until it goes"
j=$(submit -- /nonexistent/program)
out=$("$SPUR" job wait "$j" 2>&1 >/dev/null); is $? 1 "a program that is not there"
like "$out" "*cannot run /nonexistent/program: No such file*" "is named"

# --- exit 0 is not success
j=$(submit param.epochs=1 max_failures=1 env.FAKE_NO_RESULT=1 -- $train)
out=$("$SPUR" job wait "$j" 2>&1 >/dev/null); like "$? $out" "1 *exit 0, but no result event*" "exit 0 without a result fails"
j=$(submit param.epochs=1 max_failures=1 env.FAKE_CORRUPT=1 -- $train)
out=$("$SPUR" job wait "$j" 2>&1 >/dev/null); like "$? $out" "1 *is not what the program declared*" "a false hash fails"
j=$(submit param.epochs=1 max_failures=1 artifact=model/weights.bin env.FAKE_NO_ARTIFACT=1 -- $train)
out=$("$SPUR" job wait "$j" 2>&1 >/dev/null); like "$? $out" "1 *did not declare model/weights.bin*" "a missing artifact fails"
"$SPUR" job retry "$j" >/dev/null; is $? 0 "job retry opens it again"
"$SPUR" job wait "$j" >/dev/null 2>&1; is "$(field "$j" attempt)" 2 "for another attempt"

# --- a torn line, killed in the middle of it
j=$(submit param.epochs=4 env.FAKE_TORN=2 -- $train)
"$SPUR" job wait "$j" >/dev/null; is $? 0 "killed while it wrote a line: resumes"
is "$(cat "$SPUR_JOBS/$j/model/weights.bin")" "$want" "to the same weights"
is "$(field "$j" attempt)" 2 "in a second attempt"
"$SPUR" job logs "$j" --attempt 2 | grep -q 'attempt 2 begins at epoch 2'; ok $? "from its checkpoint"

# --- stop
j=$(submit param.epochs=1000 -- $train)
until_true 10 epoch_at_least "$j" 2
"$SPUR" job top --count 1 --json | grep -q "\"job\":\"$j\".*\"state\":\"running\""; ok $? "job top shows it"
pid=$(sed 's/.*"saved":"\([0-9]*\):.*/\1/' "$SPUR_JOBS/$j/run.json")
"$SPUR" job cancel "$j" --wait >/dev/null; is $? 0 "job cancel"
is "$(field "$j" state)" cancelled "ends as cancelled"
tail -n 1 "$SPUR_JOBS/$j/events/0.jsonl" | grep -q '"stopped"'; ok $? "the program stopped in good order"
kill -0 "$pid" 2>/dev/null; is $? 1 "and is gone"
out=$("$SPUR" job cancel "$j" 2>&1); is $? 1 "a job that is over cannot be cancelled"
j=$(submit param.epochs=1000 grace_s=1 env.FAKE_IGNORE_TERM=1 -- $train)
until_true 10 epoch_at_least "$j" 1
"$SPUR" job cancel "$j" --wait >/dev/null; is "$(field "$j" state) $(field "$j" exit_signal)" "cancelled 9" "who ignores SIGTERM is killed"

# --- two ranks; one dies, both are tried again
j=$(submit param.epochs=60 processes=2 -- $train)
until_true 10 epoch_at_least "$j" 1
kill -9 "$(sed 's/.*"saved":"[0-9]*:[0-9]* \([0-9]*\):.*/\1/' "$SPUR_JOBS/$j/run.json")"
"$SPUR" job wait "$j" >/dev/null; is $? 0 "a rank is killed: the job is tried again"
[ "$(field "$j" attempt)" -ge 2 ]; ok $? "as a whole"

# --- no sign of life
j=$(submit param.epochs=1 param.step_s=1000 heartbeat_s=1 grace_s=1 max_failures=1 env.FAKE_IGNORE_TERM=1 -- $train)
out=$("$SPUR" job wait "$j" --timeout 60s 2>&1 >/dev/null); like "$out" "*no sign of life for 1 s*" "a silent job is stopped"
is "$(field "$j" state) $(field "$j" attempt)" "failed 1" "and counts as a failure of its own"

# --- the supervisor dies
j=$(submit param.epochs=30 -- $train)
until_true 10 epoch_at_least "$j" 2
sup=$(field "$j" pid); pid=$(sed 's/.*"saved":"\([0-9]*\):.*/\1/' "$SPUR_JOBS/$j/run.json")
kill -9 "$sup"
until_true 10 sh -c "! kill -0 $pid"; ok $? "no process is left behind"
is "$(field "$j" state)" running "the folder still says running"
"$SPUR" jobs >/dev/null
"$SPUR" job wait "$j" >/dev/null; is $? 0 "spur jobs resumes it"
[ "$(field "$j" pid)" != "$sup" ]; ok $? "under another supervisor"
out=$("$SPUR" worker --supervise "$SPUR_JOBS/$j"); is $? 0 "a supervisor of a job that is over does nothing"

# --- a pid that belongs to someone else now
sleep 300 & other=$!
j=$(submit param.epochs=200 -- $train)
until_true 10 epoch_at_least "$j" 1
kill -9 "$(field "$j" pid)"; pid=$(sed 's/.*"saved":"\([0-9]*\):.*/\1/' "$SPUR_JOBS/$j/run.json")
until_true 10 sh -c "! kill -0 $pid"
sed -i "s/\"saved\":\"$pid:/\"saved\":\"$other:/; s/\"epochs\":\"200\"/\"epochs\":\"3\"/" "$SPUR_JOBS/$j/run.json" "$SPUR_JOBS/$j/input/config/hyperparameters.json"
"$SPUR" job wait "$j" >/dev/null; is $? 0 "a reused pid does not hold the job up"
kill -0 $other; ok $? "nor is it signalled"
kill $other

# --- a folder that is gone
j=$(submit param.epochs=1000 -- $train)
until_true 10 running "$j"
kill -9 "$(field "$j" pid)"; sleep 0.3; rm -rf "${SPUR_JOBS:?}/$j"
"$SPUR" jobs --json | grep -q "\"job\":\"$j\".*\"state\":\"lost\""; ok $? "a job without its folder is lost"
"$SPUR" worker >/dev/null 2>&1; is $? 2 "a worker must be told what to do"
"$SPUR" jobs --limit 0 >/dev/null 2>&1; is $? 2 "a page has at least one row"
"$SPUR" audit verify >/dev/null 2>&1 || true
done_testing
