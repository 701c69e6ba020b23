#!/bin/sh
# Profiles of the catalogue: what they apply to, and that every command decodes by them without being asked.
. "$top_srcdir/tests/tap.sh"
dir=$(mktemp -d /tmp/spur-profile-XXXXXXXX) || exit 1
trap 'rm -rf "$dir"' EXIT
export HOME="$dir" XDG_DATA_HOME="$dir/data" XDG_CONFIG_HOME="$dir/config" SPUR_CATALOG="$dir/c.db" SPUR_JOBS="$dir/jobs"
run() { "$SPUR" "$@" --no-progress 2>"$dir/err"; }
"$SPUR" demo make "$dir/d" --drives 2 --seconds 8 --seed 5 --cameras none --no-progress >/dev/null
mv "$dir/d/vehicle.dbc" "$dir/car.dbc"
log=$dir/d/drive_01.mf4 speed=ESC_1.VehSpd
first() { run stats "$@" --json | sed -n 's/.*"name":"ESC_1.VehSpd".*"n":\([0-9]*\),.*/\1/p' | head -n 1; }

run stats "$log" --json >/dev/null; [ ! -e "$dir/c.db" ]; ok $? "a command on a file makes no catalogue"
want=$(run stats "$log" --dbc "$dir/car.dbc" --json | grep "\"$speed\"")
like "$want" '*"n":800,*' "what --dbc decodes"
run add "$dir/d" --vehicle golf-7 --project snow >/dev/null; is $? 0 "drives of a vehicle"
like "$(run drive show drive_02 --json | head -n 1)" '*"vehicle":"golf-7","project":"snow"*' "are said to be"
is "$(run stats "$log" --json | grep "\"$speed\"")" "" "no profile yet"

# ---- in force
run profile add golf --dbc "$dir/car.dbc" --vehicle 'golf-?' --json >"$dir/out"; is $? 0 "a profile"
like "$(cat "$dir/out")" '{"name":"golf","version":1,"applies_to":"vehicle golf-?","dbc":"car.dbc",*' "says what it is"
mv "$dir/car.dbc" "$dir/gone.dbc"
is "$(run stats "$log" --json | grep "\"$speed\"")" "$want" "stats: as --dbc decodes it, from what the catalogue stores"
is "$(first "$log" -s "$speed")" 800 "stats -s of it alone"
like "$(run signals "$log" "$speed" --json)" "*\"name\":\"$speed\",\"unit\":\"km/h\"*" "signals"
is "$(run signals "$log" --json | grep -c '"name":"VehSpd"')" 1 "with the channels of the file, too"
run signals "$log" "nothing*" >/dev/null; is $? 1 "a pattern that fits neither"
run stats "$log" -s "nothing*" >/dev/null; is $? 1 "nor here"
is "$(run cat "$log" -s "$speed" --csv | wc -l)" 801 "cat"
like "$(run plot drive_01 -s "$speed" --json)" "*\"$speed\"*" "plot of a drive"
like "$(run plot "$log" -s "$speed" --json)" "*\"$speed\"*" "plot of its file"
run find "ESC_1.VehSpd > -1" --all --json >"$dir/found"; is $? 0 "find"
is "$(wc -l <"$dir/found")" 2 "in both drives"
run find "ESC_1.VehSpd > -1" --file "$log" >/dev/null; is $? 0 "find --file"
like "$(run messages "$log" --topics --json | grep '"frame_id":288,')" '*"topic":"CAN1:120","kind":"CAN_DataFrame","name":"ESC_1","n":800,"rate_hz":99.99*' \
	"messages --topics: names of frames"
is "$(run messages "$log" -t ESC_1 --json | wc -l)" 800 "messages of one"
is "$(run messages "$log" -t 'CAN1:120' --json | head -n 1 | sed 's/.*"name":\([^,]*\),.*/\1/')" '"ESC_1"' "by topic, too"
is "$(run messages "$log" -t CAN1:120 --no-profile --json | head -n 1 | sed 's/.*"name":\([^,]*\),.*/\1/')" null "messages --no-profile"
run messages "$log" -t nobody >/dev/null; is $? 1 "a frame that never came"
is "$(run messages "$dir/d/drive_01.mcap" --topics --json | grep -c '"topic":"/imu"')" 1 "messages --topics of MCAP"
like "$(run info "$log" --json)" '*"profiles":\[{"name":"golf","version":1,"keep_unavailable":false,"databases":\[{"name":"car.dbc","channel":null,"sha256":"*' \
	"info tells what is applied"
like "$(run info "$log")" '*profile: golf, version 1: its frames are decoded by 1 bus database*' "to people, too"
run convert "$log" -o "$dir/out.mf4" -s "$speed" --json >/dev/null; is $? 0 "convert"
like "$(run signals "$dir/out.mf4" --json)" '*VehSpd*' "writes it"
like "$(run profile of drive_01 --json)" '*"name":"golf"*' "profile of DRIVE"
like "$(run drive show drive_01)" '*PROFILES *golf*' "drive show"
run profile cat golf car.dbc | cmp -s - "$dir/gone.dbc"; ok $? "profile cat gives the bytes back"

# ---- switched off, or said otherwise
is "$(run stats "$log" --json --no-profile | grep "\"$speed\"")" "" "stats --no-profile"
run cat "$log" -s "$speed" --no-profile >/dev/null; is $? 1 "cat --no-profile"
run plot drive_01 -s "$speed" --no-profile >/dev/null; is $? 1 "plot --no-profile"
run find "ESC_1.VehSpd > -1" --all --no-profile >/dev/null; is $? 1 "find --no-profile"
is "$(run signals "$log" --no-profile --json | grep -c ESC_1)" 0 "signals --no-profile"
sed 's/ESC_1/OTHER/' "$dir/gone.dbc" >"$dir/other.dbc"
is "$(run stats "$log" --dbc "$dir/other.dbc" --json | grep -c '"OTHER.VehSpd"\|ESC_1')" 1 "--dbc takes its place"
run plot drive_01 --dbc "$dir/other.dbc" -s "$speed" >/dev/null; is $? 1 "for drives, too"
rm -r "$dir/data/spur/bus"
is "$(first "$log")" 800 "files of stored databases come back when they are gone"
for f in "$dir"/data/spur/bus/*; do echo "BO_ 1 X: 8 Y" >"$f"; done
is "$(first "$log")" 800 "and when their bytes are others"

# ---- bus channels
channel=$(run cat "$log" -s CAN_DataFrame.BusChannel --csv --per-channel 1 --no-profile | tail -n 1 | sed 's/.*,//')
run profile add golf --dbc "$channel=$dir/gone.dbc" --dbc "7=$dir/other.dbc" --vehicle 'golf-?' >/dev/null; is $? 0 "a second version, per bus channel"
is "$(run stats "$log" --json | grep "\"$speed\"")" "$want" "decodes the channel it is for"
run profile add golf --dbc "7=$dir/gone.dbc" --dbc "$channel=$dir/other.dbc" --vehicle 'golf-?' >/dev/null
is "$(run stats "$log" --json | grep -c '"OTHER.VehSpd"\|ESC_1')" 1 "and no other"
is "$(run profile show golf --json | wc -l)" 3 "all versions are kept"

# ---- what a dataset was frozen with
run profile add golf --dbc "$dir/gone.dbc" --drive 'drive_*' >/dev/null
run segments add drive_01 --from 1s --to +6s --label fast >/dev/null; is $? 0 "a segment"
run identity add rev >/dev/null
run review approve 1 --as rev >/dev/null; is $? 0 "is approved"
run dataset freeze set >/dev/null; is $? 0 "and frozen"
cat >"$dir/recipe.json" <<'J'
{ "rate_hz": 10, "window_s": 2, "stride_s": 2, "segments_per_shard": 1, "formats": ["csv"],
  "signals": [ { "name": "ESC_1.VehSpd", "alias": "speed" } ] }
J
run extract set --recipe "$dir/recipe.json" -o "$dir/x1" --wait >/dev/null; is $? 0 "an extract decodes by the profile"
run profile add golf --dbc "$dir/other.dbc" --drive 'drive_*' >/dev/null
run extract set --recipe "$dir/recipe.json" -o "$dir/x2" --wait >/dev/null; is $? 0 "by the one of the dataset, not by today's"
is "$(find "$dir/x2" -name '*.csv' | sort | xargs cat | cksum)" "$(find "$dir/x1" -name '*.csv' | sort | xargs cat | cksum)" "the same rows"
[ "$(find "$dir/x1" -name '*.csv' -exec cat {} + | wc -l)" -gt 20 ]; ok $? "and there are some"
run verify set >/dev/null; is $? 0 "verify reads the stored database, too"
run dataset freeze set >/dev/null
is "$(run dataset list --json | grep -c '"name":"set"')" 2 "another profile makes another version"

# ---- the end of it
run profile remove golf >/dev/null; is $? 0 "removed"
is "$(run stats "$log" --json | grep -c 'ESC_1\|OTHER')" 0 "it applies to nothing"
is "$(run profile list --json)" "" "and is not listed"
run profile add golf --dbc "$log" --vehicle x >/dev/null; is $? 1 "a recording is no bus database"
run profile add golf --dbc "$dir/gone.dbc" >/dev/null; is $? 2 "a profile for nothing"
run profile show nobody >/dev/null; is $? 1 "one that is not there"
run audit verify >/dev/null; is $? 0 "the audit has it all"
like "$(run audit show --json)" '*"profile.add"*"profile.remove"*' "by name"
run db check >/dev/null; is $? 0 "and the catalogue is sound"

# ---- more than one, and hostile
run drive set 'drive_*' --vehicle '' --project '' >/dev/null; is $? 0 "a vehicle is taken back"
run drive set drive_01 --vehicle "a'; DROP TABLE drive; --" >/dev/null; is $? 0 "an odd name"
run profile add one --dbc "$dir/gone.dbc" --vehicle "a'; DROP TABLE *" >/dev/null
run profile add two --dbc "$dir/other.dbc" --drive drive_01 >/dev/null
is "$(run profile of drive_01 --json | sed 's/.*"name":"\([a-z]*\)","version.*/\1/' | tr '\n' ' ')" "two one " "by drive comes before by vehicle"
is "$(run stats "$log" --json | grep -c '"OTHER.VehSpd"\|ESC_1')" 1 "the first database that knows a frame decodes it"
run stats "$log" --json --catalog "$dir/recipe.json" >/dev/null; is $? 3 "a catalogue that is none"
like "$(cat "$dir/err")" '*no profile was used:*' "is told"
done_testing
