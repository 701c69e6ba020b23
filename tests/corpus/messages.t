#!/bin/sh
# Frames of logs of all five buses as `spur messages` lists them: totals and first frames against a golden file, every
# frame against asammdf.
. "$top_srcdir/tests/tap.sh"
mdf=$SPUR_SHARED/corpus/mdf
[ -r "$mdf/gen_mdflib/eth_eth_vlsd_storage.mf4" ] || skip_all "no corpus at $SPUR_SHARED"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export SPUR_CATALOG="$dir/none.db" COLUMNS=120
golden=$top_srcdir/tests/golden/bus_messages.txt
# The length of the header says nothing about the frames; times are those of the files.
for log in gen_mdflib/eth_eth_vlsd_storage gen_mdflib/flexray_flx_vlsd_storage gen_mdflib/most_most_compress_storage \
	gen_mdflib/bus_can_observer css/00000014_fin.MF4; do
	case $log in *.MF4) ;; *) log=$log.mf4 ;; esac
	echo "== $log"
	"$SPUR" messages "$mdf/$log" --topics --no-progress 2>/dev/null | head -n 12
	"$SPUR" messages "$mdf/$log" --no-progress 2>/dev/null | head -n 9
	"$SPUR" messages "$mdf/$log" --json --no-progress 2>/dev/null >"$dir/lines"
	sed -n 3p "$dir/lines"
	echo "$(wc -l <"$dir/lines") frames, sum $(cksum <"$dir/lines")"
done >"$dir/got"
[ -z "${SPUR_GOLDEN_UPDATE:-}" ] || cp "$dir/got" "$golden"
diff -u "$golden" "$dir/got" >"$dir/diff"; ok $? "frames of CAN, LIN, FlexRay, Ethernet and MOST"
head -n 40 "$dir/diff" | sed 's/^/# /'

log=$mdf/css/00000014_fin.MF4
n=$("$SPUR" messages "$log" --json --order file | wc -l)
is "$("$SPUR" messages "$log" --json --order file -j 1 | cksum)" "$("$SPUR" messages "$log" --json --order file -j 4 | cksum)" "the same with any number of threads"
"$SPUR" messages "$log" --json | sed 's/"i":[0-9]*,//' >"$dir/all"
is "$("$SPUR" messages "$log" --json --mem 2M | sed 's/"i":[0-9]*,//' | cksum)" "$(cksum <"$dir/all")" "and with less memory than the frames take"
is "$("$SPUR" messages "$log" --json --mem 2M --order reverse | sed 's/"i":[0-9]*,//' | sort | cksum)" "$(sort "$dir/all" | cksum)" "backwards, too"
like "$("$SPUR" messages "$log" --json --mem 2M --order topic 2>&1)" '*more than --mem allows*' "by topic it says so"
is "$("$SPUR" messages "$log" --json --order topic | wc -l)" "$n" "by topic they are as many"
if [ -n "${SPUR_PYTHON:-}" ] && "$SPUR_PYTHON" -c 'import asammdf' 2>/dev/null; then
	for log in gen_mdflib/eth_eth_vlsd_storage.mf4 gen_mdflib/most_most_compress_storage.mf4 css/00000014_fin.MF4; do
		out=$("$SPUR_PYTHON" "$top_srcdir/tests/peers/messages.py" "$SPUR" "$mdf/$log" 2>&1); is $? 0 "$log: as asammdf reads it"
		echo "# $out"
	done
else
	skip 3 "no asammdf"
fi
done_testing
