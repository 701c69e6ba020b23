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

# What is around the samples of every file, against a reader of a few lines that knows nothing of spur.
python=${SPUR_PYTHON:-python3}
if command -v "$python" >/dev/null; then
	around() { find "$mdf" \( -iname '*.mf4' -o -iname '*.mdf' -o -iname '*.dat' \) -exec "$python" "$top_srcdir/tests/corpus/mdf_around.py" "$@" {} + 2>&1; }
	around "$SPUR" >mdf.around
	is "$(grep -v ' in [0-9]* files$' mdf.around)" "" "what is around the samples is told as it is written"
	for kind in zone history event attachment comment range axis invalid; do
		like "$(grep "^$kind: " mdf.around)" "$kind: [1-9]*" "$(grep "^$kind: " mdf.around) were compared"
	done
	is "$(grep '^tree: ' mdf.around)" "tree: 0 in 0 files" "no file has a tree: ours are made, see tests/cli/golden_mdf.t"
	printf '%s\n' '#!/bin/sh' "\"$SPUR\" \"\$@\" | sed -e 's/\"cause\":\"user\"/\"cause\":\"tool\"/' -e 's/\"n_invalid\":91/\"n_invalid\":92/' -e 's/\"zone_min\":60/\"zone_min\":61/'" >mdf.liar
	chmod +x mdf.liar
	around ./mdf.liar >mdf.around
	for kind in event invalid zone; do
		grep -q "^differs $kind " mdf.around; ok $? "what is told wrong of $kind would be seen"
	done
	rm -f mdf.around mdf.liar
fi

# What is around the samples, word by word.
told() {	# told FILTER FILE [OPTION...] : spur info as its JSON, through jq
	filter=$1 file=$mdf/$2; shift 2
	"$SPUR" info --json --no-progress "$@" "$file" 2>/dev/null | jq -c "$filter"
}
if command -v jq >/dev/null; then
	is "$(told '[.events[] | [(.value * 1000 | round), .kind, .name, .range, .cause]] | length, .[1], .[5]' asam/events/marker/dSPACE_Bookmarks.mf4)" \
		'6
[42,"marker","Manual Bookmark","point","user"]
[360,"marker","360 deg","point","tool"]' "markers with their place and cause"
	is "$(told '.events[0] | [.kind, .name, .comment, .scope]' asam/events/trigger/dSPACE_HILAPITrigger.mf4)" \
		'["trigger","negedge(StairsOut, 37)","StairsOut",[{"group":0}]]' "a trigger with its scope"
	is "$(told '.reductions[] | [.group, .rows, .interval, .domain]' asam/events/trigger/dSPACE_HILAPITrigger.mf4)" \
		'[0,5000,0.001,"time"]
[0,51,0.1,"time"]' "stored reductions"
	is "$(told '.events[1] | [.time_ns, .kind, .comment]' gomdf/ASAP2_Demo_V171.mf4)" \
		'[1542896799242042400,"marker","Date: 22.11.2018    Time: 15:26:39\n\nTest Comment"]' "a comment of a marker"
	is "$(told '.history[] | [.tool, .version, .vendor, .user, .comment]' gomdf/ASAP2_Demo_V171.mf4)" \
		'["TgtSvr","7.2","ETAS GmbH","wen9fe","File was created."]
["TGTF","1","Company","Tool","Tool Initial Create"]' "who made and who changed a file"
	is "$(told '[.zone_min, .summer_min, .local_time, .clock]' gomdf/sample3.mf4)" '[-300,60,false,"computer"]' "zone and summer time"
	is "$(told '[.zone_min, .local_time]' asammdf/test_metadata.mf4)" '[null,true]' "a clock on the wall has no zone"
	is "$(told '.attachments[] | [.name, .size_bytes, .packing, .verified]' asam/attachments/embedded/Vector_Embedded.MF4 --verify)" \
		'["ReadMe.txt",443,null,"right"]
["ReadMe.zip",358,null,"right"]
["ReadMe.html",750,null,"right"]' "attachments inside, with the MD5 of their bytes"
	is "$(told '.attachments[1] | [.name, .offset, .verified, (.beside | endswith("/external/ReadMe.zip"))]' \
		asam/attachments/external/Vector_External.MF4 --verify)" '["ReadMe.zip",0,null,true]' "attachments beside, not opened"
	"$SPUR" info "$mdf/asam/attachments/embedded/Vector_Embedded.MF4" --attachment ReadMe.zip -o around.zip >/dev/null
	cmp -s around.zip "$mdf/asam/attachments/external/ReadMe.zip"; ok $? "what is inside one is what lies beside the other"
	"$SPUR" info "$mdf/asam/channelinfo/attachmentref/Vector_AttachmentRef.mf4" --attachment 0 -o around.txt >/dev/null
	is "$(wc -c <around.txt)" 60 "a packed one unpacks"
	rm -f around.zip around.txt
	is "$("$SPUR" signals --json "$mdf/asam/channelinfo/attachmentref/Vector_AttachmentRef.mf4" | jq -c 'select(.attachments) | [.name, .attachments]')" \
		'["Data channel B",[1]]
["Data channel A",[0,1]]' "attachments of channels"
	is "$("$SPUR" signals --json "$mdf/gen_mdflib/default_x_test_default_x.mf4" | jq -c 'select(.x) | [.name, .x]')" \
		'["Default X Reference","Time"]' "the signal to draw one over"
	is "$("$SPUR" signals --json "$mdf/asam/metadata/customextensions/Vector_CustomExtensions_CNcomment.mf4" | jq -r 'select(.name == "PWMFiltered") | .comment')" \
		'Low pass filtered PWM signal' "a comment in XML with extensions"
	is "$("$SPUR" stats --json "$mdf/gen_asammdf/v410_plain.mf4" | jq -c 'select(.n_invalid > 0) | [.name, .n, .n_invalid]')" \
		'["inv_a",1000,143]
["inv_b",1000,91]' "rows that are marked invalid are counted"
fi
if command -v jq >/dev/null; then
	plotted() {	# plotted FILE SIGNAL OPTION... : least and most value of each column
		file=$mdf/$1 signal=$2; shift 2
		"$SPUR" plot --json "$file" -s "$signal" "$@" 2>/dev/null | jq -c '[.reduced, .min, .max, [.bins[] | .min, .max]]'
	}
	range="--from 0s --to 0.3s --size 3x1"
	is "$(plotted asam/events/marker/dSPACE_Bookmarks.mf4 Signal $range --reduced)" \
		"$(plotted asam/events/marker/dSPACE_Bookmarks.mf4 Signal $range | sed 's/^.null/[true/')" \
		"stored intervals draw what the samples do, where columns end with them"
	out=$("$SPUR" plot "$mdf/asam/events/trigger/dSPACE_HILAPITrigger.mf4" -s '*Sine*' --reduced --size 20x5)
	like "$out" '*every 0.1 s, is not used: *' "stored intervals that leave samples out are not used"
fi
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
