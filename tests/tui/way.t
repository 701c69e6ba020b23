#!/bin/sh
# The whole way by keys alone, 80x24 in tmux: look, find, review as the second person, freeze, extract, train,
# compile, report card, lineage. What was recorded is then replayed without a terminal on a fresh catalogue, which
# must end with the same content.
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/tui/tmux.sh"
train=${SPUR_TRAIN_PYTHON:-/usr/bin/python3}
"$train" -c 'import torch, numpy' 2>/dev/null || skip_all "$train has no torch"
target=ort-cpu
[ -n "${SPUR_TOOLS_PYTHON:-}" ] || skip_all "SPUR_TOOLS_PYTHON is not set; see data/recipes/compile/requirements.txt"
cd "$dir" || exit 1
bench() { workbench 80x24 "$@"; see "[1 Drives]" "the workbench opens: $*"; }
succeeded() { t capture-pane -p | grep -e "$1" | grep -q succeeded; }	# succeeded WHAT: a row of the screen says so
leave() { keys Q; see "left with 0" "Q quits"; close_terminal; }

"$SPUR" demo make made --drives 5 --seconds 150 --seed 7 --cameras front >/dev/null &&
	"$SPUR" identity add ann >/dev/null && "$SPUR" identity add bob >/dev/null && "$SPUR" add made --as ann >/dev/null
ok $? "five drives, two people"
"$SPUR" db backup fresh.db >/dev/null; ok $? "a copy of the catalogue as it is now"

# --- ann looks and finds
bench --as ann
keys ":record ann.spur" Enter
see "recording what is done" "what ann does is recorded"
keys Enter
see "VehSpd [km/h]" "Enter plots the drive with its speed"
see "LongAccel [m/s2]" "and its acceleration"
keys p
see "camera front  frame" "p shows the camera at the cursor"
see "> VehSpd" "beside the values"
frame=$(t capture-pane -p | sed -n 's/.*frame \([0-9]*\)\/.*/\1/p')
keys .
see "frame $((frame + 1))/" ". steps to the next frame"
keys 1 f; keys C-u "@hard_braking.q" Enter
see "(label): hard_braking" "f finds by a query"
keys Enter
see "10 candidates in 5 drives" "hard braking, ten times" 60
keys f; keys C-u "@cruise.q" Enter
see "(label): " "and another class"
keys C-u cruise Enter
see "candidates in 5 drives" "cruising" 60
see "cruise" "which the drive shows"
keys :record Enter
see "recorded: ann.spur" "the recording ends"
leave

# --- bob reviews, freezes, produces
bench --as bob
keys ":record bob.spur" Enter
see "recording what is done" "what bob does is recorded"
keys 3
see "queue state=candidate" "3 is the review queue"
keys '\'; keys C-u "state=candidate label=hard_braking" Enter
see "10 open of 10" "ten candidates of hard braking wait"
i=1
while [ $i -le 8 ]; do
	keys A
	see "$i pending" "A approves the next: $i"
	i=$((i + 1))
done
keys X
see "reject, because" "X asks why"
keys 1
see "9 pending" "the first reason"
keys C; keys "close to the limit" Enter
see "10 pending" "C comments on the tenth"
keys A
see "11 pending" "and it is approved"
keys '\'; keys C-u "state=candidate label=cruise" Enter
see "10 open of 10" "the other class"
see "? open" "nothing of it is decided"
keys '*'; keys A
see "21 pending" "all of it at once"
keys W
see "type their number to sign" "W asks for the number"
keys 21 Enter
see "signed 21 decisions as bob" "and signs"
keys 7
see "no datasets yet" "7 is the datasets"
keys f; keys C-u events Enter
see "of the approved segments" "f freezes"
keys Enter
see "fractions of" "all that is approved"
keys C-u "0.6,0.2,0.2" Enter
see "freeze these as the next version of events?" "after a look"
keys y
see "> events@1" "a version is there"
keys e; keys C-u out Enter
see "recipe" "e extracts"
keys Enter
keys 4
see "extract" "the job is on the jobs screen"
see "succeeded" "and ends there" 120
keys t
see "train with: --recipe driving_events" "t trains on it"
keys " --set epochs=8" Enter
see "train   driving_events" "the training is there" 30
keys g
see "epoch" "with its progress" 60
within 240 succeeded train; ok $? "it ends with a model"
keys 5
see "driving_events@1" "the model is on the models screen"
keys E
see "evaluate with:" "E scores it"
keys Enter
keys 4
see "eval" "as a job" 30
within 120 succeeded ' eval '; ok $? "which ends well"
keys 5
see "macro-F1 " "its score appears" 60
keys c
see "compile" "c compiles"
keys C-u "--target $target" Enter
keys 4
see "compile" "as a job" 30
within 240 succeeded ' compile '; ok $? "which ends well"
keys 5 Enter
see "Report card of model-" "Enter opens the report card" 30
keys G NPage
see "macro-F1 " "with the score"
see "camera only" "and what each tower scores alone"
keys q L
see "lineage" "L is its lineage"
see "train" "from the training"
see "data: events" "over the dataset"
keys @ G
see "spur compile" "every key was a command"
keys q
keys :record Enter
see "recorded: bob.spur" "the recording ends"
leave

# --- again, without a terminal
content() {	# what the catalogue holds, without the hour of the day and what depends on it
	"$SPUR" db export "$@" | "$train" "$top_srcdir/tests/tui/content.py"
}
content >want.txt
mkdir again && cp fresh.db again/c.db && mv "$dir/made" "$dir/again/made" && ln -s "$dir/again/made" "$dir/made"
cp ann.spur bob.spur again/ && mv jobs jobs.first && cd again || exit 1
export SPUR_CATALOG="$dir/again/c.db" SPUR_JOBS="$dir/again/jobs"
"$SPUR" replay --batch ann.spur >log 2>&1; is $? 0 "ann's recording is replayed" || cat log
"$SPUR" replay --batch bob.spur >>log 2>&1; is $? 0 "bob's too"
content >got.txt
diff ../want.txt got.txt >difference; is $? 0 "the catalogue ends with the same content"
head -n 20 difference | sed 's/^/# /'
grep -q '^review ' got.txt && grep -q '^dataset ' got.txt && grep -q '^model ' got.txt && grep -q '^artefact ' got.txt
ok $? "reviews, dataset, model and artefact among it"
done_testing
