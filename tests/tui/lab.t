#!/bin/sh
# From approved segments to a model and its lineage in a real terminal: tmux, 80x24, keys only.
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/tui/tmux.sh"
py=${SPUR_TRAIN_PYTHON:-/usr/bin/python3}
"$py" -c 'import torch, numpy' 2>/dev/null || skip_all "$py has no torch"
# say TEXT: over what a question proposes
say() { t send-keys C-u; t send-keys -l -- "$1"; t send-keys Enter; }
spur() { "$SPUR" "$@"; }

{ spur identity add ann && spur identity add ben && spur demo make "$dir/made" --drives 3 --seconds 150 --seed 5 --cameras none &&
	spur add "$dir/made" --as ann && for d in 01 02 03; do spur sync drive_$d --store --as ann || exit 1; done &&
	for q in hard_braking cruise; do spur find "@$SPUR_DATA/queries/$q.q" --all --label $q --store --as ann || exit 1; done &&
	spur tag event --all --as ann && spur demo review "$dir/made" --as ben; } >"$dir/log" 2>&1
ok $? "three drives with approved segments"
cd "$dir" || exit 1
workbench 80x24 --as ann
see "> drive_01" "the workbench"
keys 7
see "no datasets yet: approve segments, then f" "there is no dataset yet"
keys f
see "freeze as:" "f asks for a name"
say ev
see "of the approved segments" "and what goes in"
say "--tag event"
see "fractions of train,val,test: " "and the split"
say 0.34,0.33,0.33
see "freeze these as the next version of ev? [y/N]" "what it would be is shown before it is asked"
see "hard_braking" "with its classes"
keys y
see "> ev@1" "the version is there"
see "extract none yet: e" "with nothing extracted from it"
keys e
see "extract into folder: extracts/ev-1" "e proposes a folder"
keys Enter
see "recipe (driving_events" "and a recipe"
keys Enter
see "[4 Jobs]" "the extraction is a job"
see "extract ev@1" "on that version"
see "100 %" "its progress is seen"
see "t trains on it" "until it is done"
keys t
see "train with: --recipe driving_events" "t trains"
say "--set epochs=3 --set ablations=false"
see "train   driving_events" "a training joins the jobs"
keys g
see "epochs=3" "with what it was asked to do"
see "val_macro_f1" "its score is seen while it runs"
see "made model-" "a model came of it"
keys Enter
see "[5 Models]" "Enter goes to the model"
see "> driving_events@1" "it is there by itself"
see "not evaluated on held-out drives yet: E" "and says what is missing"
keys E
see "evaluate with: --on extract-" "E proposes the windows it never saw"
keys -l -- " --set bootstrap=100"; keys Enter
see "eval " "the evaluation runs"
see "95 % " "its result appears in the list by itself"
keys m
see "metrics of driving_events@1" "m shows the curves of the training"
see "step 2:" "to the last epoch"
keys m Enter
see "Report card of model-" "Enter opens the report card"
keys G
see "recordings among them" "with its lineage at the end"
keys q c
see "compile for iree-cpu, ort-cpu:" "c asks for what"
say "--target ort-cpu"
if spur compile --targets --json | grep -q '"target":"ort-cpu".*"available":true'; then
	see "▸ model" "the model"
	see "  ort-cpu  " "and its artefact appears"
else
	see "no Python with the compilers" "without the compilers it says how to get them"
	skip "the compilers are not installed" "an artefact appears"
fi
keys L
see "lineage of model-" "L follows where it came from"
see "run: " "the training"
see "ds-" "the dataset"
see "hard_braking" "its segments"
keys G
see "sha256 " "down to the bytes of recordings"
keys q 6 V
see "chain ✓" "the audit of all this is whole"
keys 6 Q
see "left with 0" "Q quits"

is "$(spur jobs --json | grep -c '"state":"succeeded"')" "$(spur jobs --json | wc -l)" "every job ended well"
spur lineage "$(spur models --json | sed -n 's/.*"model":"\([^"]*\)".*/\1/p')" --json | grep -q '"kind":"file"'
ok $? "the command line says the same of the lineage"
done_testing
