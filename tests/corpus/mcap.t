#!/bin/sh
# MCAP: the official conformance cases, and what the official readers say of real and of damaged recordings.
. "$top_srcdir/tests/tap.sh"
tools=$top_builddir/tests/tools
[ -n "${SPUR_SHARED:-}" ] && [ -x "$SPUR_SHARED/tools/check-mcap" ] || skip_all "no recordings: SPUR_SHARED is not set"
command -v python3 >/dev/null || skip_all "no python3"
mcap=$SPUR_SHARED/corpus/mcap
SPUR_CHECK_TIMEOUT=120
export SPUR_CHECK_TIMEOUT

tool() {	# tool NAME COMMAND...: it ends with "N passed, M failed"
	name=$1
	shift
	out=$("$@" 2>&1)
	rc=$?
	ok $rc "$name: $(echo "$out" | tail -n 1)"
	[ $rc -eq 0 ] || echo "$out" | tail -n 20 | sed 's/^/# /'
}

tool "conformance, read" "$SPUR_SHARED/tools/check-mcap-conformance" "$tools/mcap_records"
tool "conformance, written byte for byte" "$SPUR_SHARED/tools/check-mcap-write" "$tools/mcap_write"
tool "messages and recover against the official readers" "$SPUR_SHARED/tools/check-mcap"

# Every conformance case is sound; so is what another writer made.
bad=
for f in "$mcap"/conformance/*/*.mcap "$mcap"/derived/*.mcap "$mcap"/ros1bag/*.mcap; do
	"$SPUR" check "$f" >check.out 2>&1 || bad="$bad ${f##*/}"
done
is "$bad" "" "check finds no defect in sound files"
# Each of the damaged ones has a defect, but for the one whose checksum is merely absent.
good=
for f in "$mcap"/corrupt/*.mcap; do
	"$SPUR" check --json "$f" >check.out 2>check.err
	[ $? -eq 0 ] && good="$good ${f##*/}"
done
is "$good" " summary_crc_zero.mcap" "check finds the defects of damaged files"
out=$("$SPUR" check --json "$mcap/corrupt/statistics_wrong_count.mcap" 2>/dev/null)
like "$out" '{"severity":"defect","offset":223082,"what":"Statistics say messages: 7, found 3513"*' "check says what and where"
out=$("$SPUR" check --json "$mcap/corrupt/wrong_attachment_crc.mcap" 2>/dev/null)
like "$out" '*"offset":110478,"what":"attachment is altered: its checksum is wrong"*' "check makes the checksums of attachments"

# Threads, budgets and the way the file is read change nothing.
for f in derived/nissan_lz4_jitter derived/nissan_zstd_bychannel gen/fox_protobuf_all corrupt/bitflip_zstd_chunk ros1bag/unsorted_chunks; do
	for order in file time topic reverse; do
		"$SPUR" messages --json --digest --order $order -j 1 "$mcap/$f.mcap" >one.out 2>/dev/null
		"$SPUR" messages --json --digest --order $order -j 4 --mem 300K "$mcap/$f.mcap" >many.out 2>/dev/null
		cmp -s one.out many.out && [ -s one.out ]
		ok $? "$f, $order: threads and memory change nothing"
	done
	"$SPUR" messages --json --digest --order time "$mcap/$f.mcap" 2>/dev/null >one.out
	"$SPUR" messages --json --digest --order reverse "$mcap/$f.mcap" 2>/dev/null | tac >many.out
	cmp -s one.out many.out
	ok $? "$f: reverse is the opposite of time"
	"$SPUR" messages --json --digest --order time - <"$mcap/$f.mcap" 2>/dev/null >many.out
	cmp -s one.out many.out
	ok $? "$f: the same from a pipe"
done

# Parts: by topic and by time, with the index in the whole file.
f=$mcap/derived/nissan_zstd_64k.mcap
"$SPUR" messages --json --order file "$f" >all.out
"$SPUR" messages --json --order file -t '/nissan/vehicle_*' "$f" >part.out
grep '"topic":"/nissan/vehicle_' all.out | cmp -s - part.out && [ -s part.out ]
ok $? "a topic pattern gives those rows, with their index in the file"
"$SPUR" messages --json --order file --from 10s --to +1s "$f" >part.out
sort -u part.out >part.sorted; sort all.out >all.sorted
is "$(comm -23 part.sorted all.sorted | wc -l)" 0 "a span gives rows of the whole, with their index in the file"
n=$(sed -n 's/.*"log_time_ns":\([0-9]*\).*/\1/p' all.out | awk '$1 >= 1769165018883014156 && $1 < 1769165019883014156' | wc -l)
is "$(wc -l <part.out)" "$n" "all $n rows of that second"
"$SPUR" messages "$f" -t /none >part.out 2>part.err; is $? 1 "a topic that is not there fails"
like "$(cat part.err)" "*no topic '/none'*" "and says so"
"$SPUR" messages "$SPUR_SHARED/corpus/mdf/css/00000014.MF4" >part.out 2>part.err
[ $? -ne 2 ]; ok $? "an MDF file is no usage error"

# The limits of the format.
out=$("$SPUR" messages --json --order time "$mcap/gen/id_limits.mcap" | tail -n 1)
like "$out" '*"log_time_ns":18446744073709551615,*"channel_id":65535,"sequence":4294967295,*' "the largest time, channel and sequence"

# Two files in a row are read as one, each with its own channels.
cat "$mcap/derived/nissan_zstd_64k.mcap" "$mcap/gen/json_cbor_msgpack.mcap" >two.mcap
n=$("$SPUR" messages --json two.mcap 2>/dev/null | wc -l); is "$n" 3543 "a concatenated file has the messages of both parts"
"$SPUR" recover two.mcap -o one.mcap >/dev/null 2>&1; is $? 0 "and is recovered without loss"
"$SPUR" check one.mcap >/dev/null 2>check.err; is $? 0 "into a sound file"
"$SPUR" recover one.mcap -o one.mcap >/dev/null 2>check.err; is $? 2 "which recover does not overwrite"
is "$("$SPUR" messages --json --order file one.mcap | wc -l)" 3543 "with all of them"
"$SPUR" recover one.mcap -o two.mcap >/dev/null 2>&1
"$SPUR" recover two.mcap -o three.mcap >/dev/null 2>&1
cmp -s two.mcap three.mcap; ok $? "recovering a recovered file gives the same bytes"
# Found by tools/storm -s 77: text of messages, some of which are damaged, is missing in rows of its column.
cp "$mcap/real/ros2__only_topics.mcap" one.mcap && chmod u+w one.mcap
dd if=/dev/zero of=one.mcap bs=1 seek=2669 count=512 conv=notrunc 2>/dev/null
printf '\351' | dd of=one.mcap bs=1 seek=12742 conv=notrunc 2>/dev/null
"$SPUR" stats --json one.mcap >one.out 2>/dev/null; is $? 3 "stats of text that some messages lack"
like "$(cat one.out)" '*"type":"text"*' "has the others"
rm -f ./*.out ./*.err ./*.sorted one.mcap two.mcap three.mcap
done_testing
