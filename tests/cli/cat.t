#!/bin/sh
# spur cat: messages, rows of signals, and inputs that are not as they should be.
. "$top_srcdir/tests/tap.sh"
SPUR_SHARED=${SPUR_SHARED:-$top_srcdir/../shared}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

out=$("$SPUR" cat "$dir/none.mcap" 2>&1)
is $? 1 "a missing file fails"
like "$out" "spur: $dir/none.mcap: *" "and is named"
: >"$dir/empty.mcap"
"$SPUR" cat "$dir/empty.mcap" >/dev/null 2>&1
is $? 1 "an empty file fails"
"$SPUR" cat >/dev/null 2>&1
is $? 2 "no file is a usage error"
"$SPUR" cat "$dir/empty.mcap" --order sideways >/dev/null 2>&1
is $? 2 "so is an unknown order"

C=$SPUR_SHARED/corpus
f=$C/mcap/derived/nissan_zstd_64k.mcap
m=$C/mdf/css/2F6913DB_00001089_00000001-63BEF5CD.MF4
if [ ! -r "$f" ] || [ ! -r "$m" ]; then
	skip "no shared corpus; set SPUR_SHARED" "contents of real recordings"
	done_testing
fi
cat_json() { "$SPUR" cat "$@" --json --no-progress; }

all=$(cat_json "$f" | wc -l)
topic=$(cat_json "$f" --per-channel 1 | sed -n '1s/.*"topic":"\([^"]*\)".*/\1/p')
one=$(cat_json "$f" -t "$topic" | wc -l)
[ "$one" -gt 0 ] && [ "$one" -lt "$all" ]
ok $? "-t gives one topic of several ($one of $all)"
n=$(cat_json "$f" -t "$topic" --per-channel 2 | wc -l)
is "$n" 2 "--per-channel"
first=$(cat_json "$f" --per-channel 1 | head -n 1)
like "$first" '{"i":*,"topic":"*","channel_id":*,"log_time_ns":*,"v":{*}}' "the shape of a message"
half=$(cat_json "$f" --to 50% | wc -l)
rest=$(cat_json "$f" --from 50% | wc -l)
is $((half + rest)) "$all" "--to and --from at one time share nothing and lose nothing"
cat_json "$f" --order time | sed 's/.*"log_time_ns":\([0-9]*\).*/\1/' >"$dir/times"
sort -n "$dir/times" | cmp -s - "$dir/times"
ok $? "--order time"
cat_json "$f" -t /nothing/there >/dev/null 2>&1
is $? 1 "a topic that is not there fails"
cat_json "$f" --from yesterday >/dev/null 2>&1
is $? 2 "a time that is none is a usage error"

out=$("$SPUR" cat "$m" --dbc "$C/mdf/dbc/gnss.dbc" -s '*.Satellites' --csv)
is "$(echo "$out" | head -n 1)" "time_ns,gnss_status.Satellites" "a decoded CAN signal as CSV"
is "$(echo "$out" | wc -l)" 169 "168 frames of it"
out=$(cat_json "$m" --dbc "$C/mdf/dbc/gnss.dbc" -s 'gnss_status.FixType' --per-channel 1)
like "$out" '{"stream":"gnss_status","row":0,"time_ns":1673458929103950000,"t":14.10395,"v":{"gnss_status.FixType":"Dead reckoning only"}}' \
	"with the text of its value table"
cat_json "$m" --dbc "$dir/none.dbc" >/dev/null 2>"$dir/err"
is $? 1 "a database that is not there fails"
like "$(cat "$dir/err")" "*none.dbc*" "and is named"

head -c 60000 "$f" >"$dir/cut.mcap"
n=$(cat_json "$dir/cut.mcap" 2>"$dir/err" | wc -l)
cat_json "$dir/cut.mcap" >/dev/null 2>&1
is $? 3 "a file that was cut short is partial"
[ "$n" -gt 0 ] && [ "$n" -lt "$all" ] && [ -s "$dir/err" ]
ok $? "what is there is shown ($n of $all), what is lost is said"
out=$(cat_json "$C/mcap/gen/flatbuffer_foxglove.mcap" 2>&1)
is $? 3 "channels without a decoder make it partial"
like "$out" '*"no_decoder":"no decoder for encoding *' "and say why"
done_testing
