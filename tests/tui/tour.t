#!/bin/sh
# The tour of README.md: a new user's way through the workbench, and its pictures. They are written to
# $SPUR_TOUR (`make tour`: man/tour), otherwise only checked.
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/tui/tmux.sh"
out=${SPUR_TOUR:-$dir/tour}
mkdir -p "$out" || exit 1
out=$(cd "$out" && pwd)
export TERM=xterm-256color COLORTERM=truecolor
capture_png=$(cd "$top_builddir/tests/tools" && pwd)/capture_png
cd "$dir" || exit 1
still() {	# until two looks are the same
	last=
	for _ in $(seq 60); do
		sleep 0.3
		now=$(t capture-pane -e -p)
		[ "$now" = "$last" ] && return
		last=$now
	done
}
small() {	# small FILE WHAT: a picture of at most 60 KiB
	bytes=$(wc -c <"$1")
	[ "$bytes" -gt 2000 ] && [ "$bytes" -le 61440 ]
	ok $? "picture: $2 ($bytes bytes)"
}
picture() {	# picture NAME WHAT: of the terminal
	still
	t capture-pane -e -p -N | "$capture_png" "$size" "$out/$1.png"
	small "$out/$1.png" "$2"
}
spur() { "$SPUR" "$@" --no-progress >>"$dir/log" 2>&1; }

spur identity add alice && spur identity add bob && spur demo make fleet --drives 4 --seconds 150 --seed 3 --cameras front && \
	spur add fleet --as alice
ok $? "four drives are made and added"
for d in drive_01 drive_02 drive_03 drive_04; do spur sync $d --store --as alice; done
ok $? "their clocks are estimated"
for q in hard_braking cut_in lane_change; do spur find "@$q.q" --all --label $q --store --as alice; done
ok $? "segments are found"

workbench 100x28 --as bob
see "[1 Drives]" "the workbench opens"
see "hard_braking" "on drives with segments"
picture drives "the drives"
close_terminal

at=$("$SPUR" segments --drive drive_02 --label hard_braking --json | sed -n '1s/.*"begin_ns":\([0-9]*\).*/\1/p')
workbench 120x36 --as bob
see "> drive_01" "again"
keys j Enter
see "VehSpd [km/h]" "Enter plots a drive"
keys Tab ] ] p
see "camera front" "p shows the camera"
see "B-A " "] goes to a segment"
keys + +
picture plot "the plot with its camera"
close_terminal

"$SPUR" plot drive_02 -s VehSpd -s LongAccel -s YawRate --from $((at - 8000000000)) --to +24s --cursor $((at + 700000000)) \
	--camera front --size 1000x440 -o big.png >/dev/null
is $? 0 "the same as a picture, without a terminal"
"$capture_png" big.png "$out/spur-plot.png"
small "$out/spur-plot.png" "of spur plot"

view=$top_builddir/viewers/spur-view
if [ -x "$view" ]; then
	printf '%s\n' settle "key ]" "key ]" "key +" "key +" settle "shot $dir/view.png" quit >view.script
	timeout 60 "$view" --script view.script --size 900x420 --no-camera drive_02
	is $? 0 "and as a window"
	"$capture_png" view.png "$out/spur-view.png"
	small "$out/spur-view.png" "of spur-view"
else
	skip "spur-view is not built" "a window"
fi

workbench 120x36 --as bob
see "> drive_01" "once more"
keys 3
see "[3 Review]" "3 is the queue"
see "candidate" "with candidates"
picture review "the review queue"
close_terminal

spur tag driving_event --all --as alice && spur demo review fleet --as bob && \
	spur dataset freeze driving_events --tag driving_event --split 0.5,0.25,0.25 --as alice
ok $? "segments are approved, a dataset is frozen"
spur extract driving_events -o extract --recipe "$SPUR_DATA/recipes/driving_events/extract.json" --wait --as alice
ok $? "and extracted"
if ! /usr/bin/python3 -c 'import torch' 2>/dev/null; then
	skip "python3 has no torch" "jobs and models"
	done_testing
fi
spur train extract --recipe driving_events --wait --as alice
ok $? "a model is trained"
spur eval driving_events --on extract --wait --as alice
ok $? "and evaluated on drives it has not seen"
workbench 100x24 --as bob
see "> drive_01" "the workbench again"
keys 4
see "[4 Jobs]" "4 shows the jobs"
see "extract" "with the extraction"
keys j l
see " log " "l shows the log of one"
picture jobs "the jobs"
keys 5
see "[5 Models]" "5 shows the models"
see "macro-F1" "with their metrics"
picture models "the models"
keys 6
see "[6 Audit]" "6 shows who did what"
keys V
picture audit "the audit"
close_terminal
total=$(cat "$out"/*.png | wc -c)
[ "$total" -le 614400 ]
ok $? "all pictures together are small ($total bytes)"
[ "$tap_bad" -eq 0 ] || tail -n 30 "$dir/log" | sed 's/^/# /'
done_testing
