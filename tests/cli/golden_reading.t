#!/bin/sh
# Every option of the verbs of files, help and completion, and verbs that were stopped; see golden.sh.
. "$top_srcdir/tests/cli/golden.sh"
command -v ssh-keygen >/dev/null || skip_all "no ssh-keygen"
known_people
recordings made --drives 1 --seconds 12 --seed 5 --cameras none
head -c 100000 "$c" >"$t/cut.mcap"; head -c 30000 "$m" >"$t/cut.mf4"
for f in mcap mf4; do cp "$made/drive_01.$f" "$t/flipped.$f"; printf 'XXXXXXXX' | dd of="$t/flipped.$f" bs=1 seek=80000 conv=notrunc 2>/dev/null; done
echo "no recording at all" >"$t/text.mf4"; echo "BO_ 1 X: 8 Y" >"$t/bad.dbc"; mkdir "$t/folder"
printf 'drives\nversion\n' >"$t/good.replay"
me=$(id -un) cancelled=$top_builddir/tests/tools/cancelled
unset TERM COLORTERM TMUX KITTY_WINDOW_ID TERM_PROGRAM WT_SESSION SPUR_GFX
golden reading
golden help
more_plain() { sed -E -e 's/\b[0-9.]+ (us|ms|s)\b/SPAN/g' -e 's/  +/  /g'; }	# what was done took its time
golden cancelled
golden places
done_testing
