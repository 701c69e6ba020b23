#!/bin/sh
# The index of unsorted data: made by the first look, used by the next, and never believed further than it holds.
. "$top_srcdir/tests/tap.sh"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export HOME="$dir" XDG_CACHE_HOME="$dir/cache" SPUR_CATALOG="$dir/c.db"
cost=$top_builddir/tests/tools/cost
index=$dir/cache/spur/index
"$SPUR" demo make "$dir/big" --drives 0 --big 64M --seed 5 >/dev/null || exit 1
mf4=$dir/big/drive_big.mf4

# stats ARGS...: what it says, and in $bytes what it read.
stats() {
	"$cost" "$dir/cost" "$SPUR" stats "$mf4" -s InvSpd -s BatVolt --json "$@" 2>>"$dir/err"
	read -r ms kib bytes <"$dir/cost"
}
end=$("$SPUR" stats "$mf4" -s InvSpd --json | sed -n 's/.*"t_last":\([0-9]*\).*/\1/p')
[ "${end:-0}" -gt 2 ]; ok $? "the unsorted group has $end s"
rm -rf "$index"
from="--from ${end}s"	# records of 2 s before it may be mixed up with it, and are read
# shellcheck disable=SC2086
{
	SPUR_CACHE=off stats $from >"$dir/without"
	without=$bytes
	[ ! -e "$index" ]; ok $? "SPUR_CACHE=off keeps nothing"
	stats $from >"$dir/first"
	is "$(ls "$index" | wc -l | tr -d ' ')" 1 "the first look leaves an index"
	stats $from >"$dir/second"
	with=$bytes
}
is "$(cat "$dir/first")" "$(cat "$dir/without")" "it finds what a look without one finds"
is "$(cat "$dir/second")" "$(cat "$dir/without")" "so does the second"
like "$(cat "$dir/second")" '*"name":"InvSpd"*"n":[1-9]*' "which is something"
[ "$with" -eq 0 ] || [ "$with" -lt $((without * 3 / 4)) ]; ok $? "and reads less: $with bytes of $without"
file=$(ls "$index")

# What is wrong with it costs speed and nothing else.
again() {	# again NAME
	# shellcheck disable=SC2086
	stats $from >"$dir/again"
	is "$(cat "$dir/again")" "$(cat "$dir/without")" "$1"
}
cp "$index/$file" "$dir/kept"
head -c 100 "$dir/kept" >"$index/$file"
again "an index that is cut"
: >"$index/$file"
again "an empty one"
for at in 8 40 400; do
	cp "$dir/kept" "$index/$file"
	printf '\377' | dd of="$index/$file" bs=1 seek=$at conv=notrunc 2>/dev/null
	again "one with another byte at $at"
done
rm -rf "$index"
mkdir "$index"
mkdir "$index/$file"
again "a folder in its place"
rm -rf "$dir/cache"
: >"$dir/cache"
again "no place for any"
rm -f "$dir/cache"

# Another file is another key; a changed one too.
stats >/dev/null
touch "$mf4"
stats --from 1s --to 2s >/dev/null
is "$(ls "$index" | wc -l | tr -d ' ')" 2 "a touched file has an index of its own"
is "$(wc -c <"$dir/err" | tr -d ' ')" 0 "nothing was said of all this: $(head -c 200 "$dir/err")"
done_testing
