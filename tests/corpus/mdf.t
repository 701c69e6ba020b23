#!/bin/sh
# Real MDF recordings against what other tools read from them; and the file verbs on them.
. "$top_srcdir/tests/tap.sh"
[ -n "${SPUR_SHARED:-}" ] && [ -d "$SPUR_SHARED/corpus/mdf" ] || skip_all "no recordings: SPUR_SHARED is not set"
mdf=$SPUR_SHARED/corpus/mdf

# Every check of tools/check-mdf but those of files listed here, with the reason.
#   bus_compressed_can_mlsd_storage: the reference shows the padding behind an MLSD value
out=$("$SPUR_SHARED/tools/check-mdf" -v 2>&1)
bad=$(printf '%s\n' "$out" | grep '^FAIL' | grep -v -e 'bus_compressed_can_mlsd_storage')
is "$bad" "" "check-mdf: no difference that is not explained"
like "$out" "* passed, *" "check-mdf ran to its end"

out=$("$SPUR" info --json --no-progress "$mdf/css/00000014.MF4"); is $? 0 "info of an unfinalised file"
like "$out" '*"format":"mdf4"*"signals":52*' "names its format and counts its signals"
like "$out" '*"unfinalised, repaired while reading"*' "and says what is repaired"
out=$("$SPUR" signals --json "$mdf/css/00000014.MF4" '*.DataBytes' | wc -l); is "$out" 3 "signals takes a pattern"
out=$("$SPUR" stats --json --raw "$mdf/css/00000014.MF4" -s CAN_DataFrame.ID | wc -l); is "$out" 1 "stats takes a pattern"
for f in "$mdf/asam/simple/Vector_CANape.MF4" "$mdf/capuanob/demo.mf4" "$mdf/css/00000014.MF4"; do
	"$SPUR" stats "$f" --json -j 1 >mdf.1 2>/dev/null; "$SPUR" stats "$f" --json -j 4 >mdf.4 2>/dev/null
	cmp -s mdf.1 mdf.4; ok $? "threads change nothing: ${f##*/}"
done
rm -f mdf.1 mdf.4
n=0
for f in $(find "$mdf" -iname '*.mf4' -o -iname '*.mdf' -o -iname '*.dat' -o -iname '*.mf3'); do
	for verb in info signals stats; do
		timeout 20 "$SPUR" "$verb" --json "$f" >/dev/null 2>mdf.err; rc=$?
		case $rc in 0) ;; 1|3) [ -s mdf.err ] || echo "# $verb $f: exit $rc without a message" ;; *) n=$((n + 1)); echo "# $verb $f: exit $rc" ;; esac
	done
done
rm -f mdf.err
is "$n" 0 "info, signals and stats of every file end well"
done_testing
