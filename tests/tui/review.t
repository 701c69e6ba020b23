#!/bin/sh
# The review queue in a real terminal: tmux, 80x24, keys only; two people and a kill.
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/tui/tmux.sh"
pid() { pgrep -P "$(t list-panes -F '#{pane_pid}')" | head -n 1; }
count() { "$SPUR" segments --state "$1" --json | wc -l | tr -d ' '; }

"$SPUR" demo make "$dir/made" --drives 2 --seconds 120 --seed 5 >/dev/null && "$SPUR" add "$dir/made" >/dev/null
ok $? "two drives are made and added"
"$SPUR" identity add ada -q >/dev/null && "$SPUR" identity add ben -q >/dev/null
"$SPUR" find --all --label hard_braking --min 600ms --store 'LongAccel < -4' --as ada -q >/dev/null
"$SPUR" segments add drive_02 --from 3s --to +2s --label seen --as ben -q >/dev/null
all=$(count any); [ "$all" -ge 5 ]; ok $? "ada found some, ben saw one: $all"

workbench 80x24 --as ben
see "[1 Drives]" "ben opens the workbench"
keys 3
see "queue state=candidate" "3 is the review queue"
see "$all open of $all" "everything waits"
see "LongAccel [m/s2]" "with the signal that found it"
see "(rule < -4)" "and the rule"
keys A
see "segment 1: approve, not signed yet; 1 pending" "A approves"
see "● approve" "and the list shows it"
see ">    2 " "the next one is there"
keys X
see "reject, because" "X asks why"
keys 1
see "segment 2: reject, not signed yet; 2 pending" "1 is the first reason"
keys X X; keys "a bump"; keys Enter
see "segment 3: reject, not signed yet; 3 pending" "X again takes words"
keys C; keys "look again"; keys Enter
see "segment 4: comment, not signed yet; 4 pending" "C comments"
keys e ']' ']'
see "]+2 fr" "the end two frames later"
keys A
see "you move its edges, another person approves" "who moves edges does not approve"
keys u
see "]+1 fr" "u takes back one step"
keys C-r
see "]+2 fr" "Ctrl-R brings it back"
keys M-]
see "]+32 fr" "Alt-] moves it by a second"
keys u u u
see "segment 4: taken back; 4 pending" "all steps back"
keys G
see "you are the author (four eyes)" "ben's own one is locked"
keys A
see "another person reviews it" "A is refused"
keys @
see "spur review reject 3 --reason 'a bump' --draft" "every key was a command"
keys q
is "$(count candidate)" "$all" "nothing is final"
kill -9 "$(pid)"
see "left with" "kill -9 ends the workbench"
close_terminal

workbench 80x24 --as ben
see "[1 Drives]" "ben comes back"
keys 3
see "4 pending" "and nothing is lost"
see "● reject" "nor what was decided"
keys W
see "4 decisions become final as ben" "W asks for the number"
keys 9 Enter
see "4 decisions are pending, not 9; nothing was signed" "and takes no other"
keys W; keys 4 Enter
see "signed 4 decisions as ben: 1 approved, 2 rejected, 0 edges moved, 1 comments" "signs"
see "today 1✓ 2✗" "and counts"
keys Q
see "left with 0" "Q quits"
close_terminal
is "$(count approved) $(count rejected)" "1 2" "the catalogue has it"

workbench 80x24 --as ada
see "[1 Drives]" "ada opens hers"
keys 3
see "? open" "ben's one is open for her"
see "○ locked" "her own are locked"
keys /; keys seen; keys Enter
see "by hand: no query found it" "/ finds it"
keys A
see "1 pending" "she approves it"
keys W; keys 1 Enter
see "signed 1 decisions as ada" "and signs"
keys Q
see "left with 0" "and quits"
close_terminal
is "$(count approved)" 2 "two are approved"
is "$("$SPUR" audit verify --json | sed -n 's/.*"wrong":\([0-9]*\).*/\1/p')" 0 "the audit holds"

workbench 80x24 --readonly --as ben
see "[1 Drives]" "read-only"
keys 3
see "queue state=candidate" "the queue is shown"
see "$(count candidate) open of $all" "with its rows"
keys A
see "read-only: nothing is changed" "and not changed"
done_testing
