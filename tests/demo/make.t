#!/bin/sh
# spur demo make: whole, the same twice, refused where it must be.
. "$top_srcdir/tests/tap.sh"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
make_drives() { "$SPUR" demo make "$@" 2>"$dir/err"; }

out=$(make_drives "$dir/a" --drives 2 --seconds 40 --seed 5 --json); is $? 0 "two short drives"
is "$(echo "$out" | grep -c '"name":"drive_0[12]","length_ns":40000000000,')" 2 "a row each, 40 s long"
for f in drive_01.mf4 drive_01.mcap drive_02.mf4 drive_02.mcap vehicle.dbc truth.json; do
	[ -s "$dir/a/$f" ]
	ok $? "$f is there"
done
is "$(ls "$dir/a" | wc -l)" 6 "and nothing else"
make_drives "$dir/b" --drives 2 --seconds 40 --seed 5 -j 1 --mem 64M >/dev/null
is "$(cd "$dir/a" && cksum *)" "$(cd "$dir/b" && cksum *)" "the same bytes again, with one thread and little memory"
# Messages of a topic, without their number in the file.
said() { (cd "$1" && "$SPUR" cat drive_02.mcap -t "$2" --json | sed 's/"i":[0-9]*,//' | cksum); }
for set in none front; do
	make_drives "$dir/$set" --drives 2 --seconds 40 --seed 5 --cameras $set >/dev/null
	is "$(cd "$dir/a" && cksum *.mf4 truth.json)" "$(cd "$dir/$set" && cksum *.mf4 truth.json)" "--cameras $set: MF4 and truth as with all"
	for topic in /imu /vehicle/twist /rosout /planner/state; do
		is "$(said "$dir/a" $topic)" "$(said "$dir/$set" $topic)" "and $topic"
	done
done
is "$("$SPUR" info "$dir/none/drive_01.mcap" | grep -c '^/camera')" 0 "none: no topic of a camera"
is "$("$SPUR" info "$dir/front/drive_01.mcap" | grep -c '^/camera/front/')" 3 "front: pictures, calibration, boxes"
is "$("$SPUR" info "$dir/front/drive_01.mcap" | grep -c '^/camera/rear/')" 0 "and nothing behind"
make_drives "$dir/c" --drives 1 --seconds 40 --seed 6 --cameras none >/dev/null
cmp -s "$dir/a/drive_01.mf4" "$dir/c/drive_01.mf4"; is $? 1 "another seed, another drive"
make_drives "$dir/a" --drives 2 --seconds 40 --seed 5 >/dev/null; is $? 0 "over what is there already"
is "$(ls "$dir/a" | wc -l)" 6 "leaves nothing behind"
grep -q '"drift_ppb":20000}' "$dir/a/truth.json"; ok $? "the truth has a clock of 20 ppm"
grep -q '"class":"hard_braking"' "$dir/a/truth.json"; ok $? "and hard braking in the first minute"

make_drives "$dir/big" --drives 0 --big 24M >"$dir/out"; is $? 0 "a big drive"
for f in mf4 mcap; do
	size=$(wc -c <"$dir/big/drive_big.$f")
	[ "$size" -ge 25165824 ] && [ "$size" -lt 120000000 ]; ok $? "its $f is as big as asked: $size"
done
# Both profiles of data, as deflate packs them.
ratio() { sed -n "s/.*$1 \([0-9.]*\) to 1.*/\1/p" "$dir/out"; }
echo "$(ratio 'smooth channels') $(ratio 'noisy float32')" | awk '{ exit !($1 > 4 && $1 < 6 && $2 > 1.1 && $2 < 1.3) }'
ok $? "smooth $(ratio 'smooth channels') to 1, noisy float32 $(ratio 'noisy float32') to 1"
info=$("$SPUR" info "$dir/big/drive_big.mf4" --json)
is "$(echo "$info" | grep -o '"name":"RIG_[0-9]*","source":"RIG_[0-9]*",[^{}]*"signals":201' | wc -l)" 60 "60 groups of 201 channels"
out=$("$SPUR" check "$dir/big/drive_big.mf4"); is $? 0 "the MF4 is sound"
out=$("$SPUR" check "$dir/big/drive_big.mcap"); is $? 0 "and so is the MCAP"
rows() { "$SPUR" stats "$dir/big/drive_big.mf4" --signal "$1" --json | sed 's/.*"n":\([0-9]*\),.*/\1/'; }
frames=$(rows EthFrame)
[ "$frames" -gt 10000 ]; ok $? "$frames frames of variable length in the unsorted group"
is "$(rows EthCounter)" "$frames" "each with its counter"
is "$("$SPUR" info "$dir/big/drive_big.mcap" | grep -c '^/camera/.*CompressedImage')" 6 "six JPEG cameras"
is "$("$SPUR" info "$dir/big/drive_big.mcap" | grep -c '^/can/')" 40 "40 topics of CAN frames"
like "$("$SPUR" info "$dir/big/drive_big.mcap")" "*/lidar/points*PointCloud2*" "and a lidar"
make_drives "$dir/big2" --drives 0 --big 24M -j 1 >/dev/null
is "$(cd "$dir/big" && cksum *)" "$(cd "$dir/big2" && cksum *)" "the same bytes with one thread"
rm -rf "$dir/big" "$dir/big2"

make_drives "$dir/d" --drives 100; is $? 2 "too many drives are a usage error"
make_drives "$dir/d" --seconds 0; is $? 2 "so are no seconds"
make_drives "$dir/d" --drives 0; is $? 2 "and nothing at all"
make_drives "$dir/d" --seconds nan; is $? 2 "and no number"
[ ! -e "$dir/d" ]; ok $? "nothing is made then"
make_drives /dev/null/x --drives 1 --seconds 2; is $? 1 "a folder that cannot be made is a failure"
like "$(cat "$dir/err")" "spur: /dev/null*" "that names the folder"

"$SPUR" demo make "$dir/e" --drives 4 --seconds 7200 >/dev/null 2>&1 &
pid=$!
n=0
while [ -z "$(ls "$dir/e" 2>/dev/null | grep tmp)" ] && [ $n -lt 100 ]; do sleep 0.05; n=$((n + 1)); done
kill -INT $pid
wait $pid; is $? 130 "an interrupt ends it"
is "$(ls "$dir/e" | grep -v vehicle.dbc)" "" "and leaves no half file"
done_testing
