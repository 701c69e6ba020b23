#!/bin/sh
# Every layout of data blocks that the writer of MDF 4 has, by convert, cut, merge and recover: the values stay, the version
# fits, and what cannot be is a usage error.
. "$top_srcdir/tests/tap.sh"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export HOME="$dir"
cd "$dir" || exit 1
samples=$top_builddir/tests/tools/mdf_samples
"$samples" a.mf4 plain 1500 0
"$SPUR" cut a.mf4 -o one.mf4 --to 7s -q -s 'u*' -s note >out; "$SPUR" cut a.mf4 -o two.mf4 --from 7s -q -s 'u*' -s note >out
"$SPUR" stats a.mf4 --json --raw >values
"$SPUR" stats a.mf4 --json --raw -s 'u*' -s note | sed 's/"group":[0-9]*,"channel":[0-9]*//' >some
# In groups of columns the numbers of groups and channels are others.
unnumbered() { sed 's/"group":[0-9]*,"channel":[0-9]*,//;s/"stream":"[^"]*",//' | grep -v '"name":"time"' | sort; }
"$SPUR" convert a.mf4 -o plain.mf4 --packing none -q >out
"$SPUR" stats plain.mf4 --json | unnumbered >converted

version() { head -c 12 "$1" | tail -c 4; }
blocks() { grep -ao '##L[D]\|##D[VIZ]' "$1" | sort -u | tr -d '#\n'; }
layout() {	# layout NAME VERSION BLOCKS OPTION...
	name=$1; v=$2; b=$3; shift 3
	"$SPUR" cut a.mf4 -o c.mf4 -q "$@" >out; is $? 0 "$name: cut"
	"$SPUR" stats c.mf4 --json --raw | cmp -s - values; ok $? "$name: the values of what was cut"
	is "$(version c.mf4) $(blocks c.mf4)" "$v $b" "$name: the version and the blocks"
	"$SPUR" recover a.mf4 -o r.mf4 -q "$@" >out; is $? 0 "$name: recover"
	"$SPUR" stats r.mf4 --json --raw | cmp -s - values; ok $? "$name: the values of what was recovered"
	"$SPUR" merge one.mf4 two.mf4 -o m.mf4 -q "$@" >out; is $? 0 "$name: merge"
	"$SPUR" stats m.mf4 --json --raw -s 'u*' -s note | sed 's/"group":[0-9]*,"channel":[0-9]*//' | cmp -s - some; ok $? "$name: the values of what was merged"
	"$SPUR" convert a.mf4 -o w.mf4 -q "$@" >out; is $? 0 "$name: convert"
	"$SPUR" stats w.mf4 --json | unnumbered | cmp -s - converted; ok $? "$name: the values of what was converted"
	is "$(version w.mf4)" "$v" "$name: its version"
	is "$("$SPUR" check c.mf4 r.mf4 m.mf4 w.mf4 | grep -c ': sound: 0 warnings')" 4 "$name: check finds nothing in them"
	cp c.mf4 "$name.mf4"
}
layout none 4.10 '' --packing none
layout deflate 4.10 DZ --packing deflate
layout transposed 4.10 DZ --packing transposed
layout zstd 4.30 DZ --packing zstd
layout transposed-zstd 4.30 DZ --packing transposed-zstd
layout lz4 4.30 DZ --packing lz4
layout transposed-lz4 4.30 DZ --packing transposed-lz4
layout columns 4.20 DIDVLD --packing none --columns
layout columns-transposed 4.20 DZLD --packing transposed --columns
layout newer 4.11 '' --packing none --mdf-version 4.11
for how in zstd lz4 transposed-zstd transposed-lz4; do
	"$SPUR" cut $how.mf4 -o s.mf4 -q >out
	is "$("$SPUR" info s.mf4 --json | grep -o '"compression":"[^"]*"')" "$("$SPUR" info $how.mf4 --json | grep -o '"compression":"[^"]*"')" \
		"$how stays what it is"
done
"$SPUR" cut transposed-zstd.mf4 -o s.mf4 --mdf-version 4.11 -q >out; is "$?:$(version s.mf4)" 0:4.11 "an older version"
"$SPUR" stats s.mf4 --json --raw | cmp -s - values; ok $? "has the same values"
like "$("$SPUR" info s.mf4 --json)" '*"compression":"*deflate"*' "packed as it can be"

for verb in convert cut recover; do
	"$SPUR" $verb a.mf4 -o x.mf4 --packing lz4 --mdf-version 4.20 2>err; is $? 2 "$verb: lz4 in 4.20 is a usage error"
	like "$(cat err)" "*--packing lz4: only MDF 4.30 has it, not the 4.20 of --mdf-version" "that says why"
	"$SPUR" $verb a.mf4 -o x.mf4 --columns --mdf-version 4.11 2>err; is $? 2 "$verb: columns in 4.11"
	like "$(cat err)" "*--columns: MDF has them from 4.20 on, not the 4.11 of --mdf-version" "too"
	"$SPUR" $verb a.mf4 -o x.mf4 --mdf-version 5.00 2>err; is $? 2 "$verb: no such version"
done
"$SPUR" convert a.mf4 -o columns.mf4 --columns -q >out
"$SPUR" cut columns.mf4 -o x.mf4 --mdf-version 4.11 2>err; is $? 1 "what 4.11 has no place for"
like "$(cat err)" "spur: columns.mf4: MDF 4.11 has no place for a group whose master is that of another one*(MDF 4.20 has)*" "is named"
[ ! -e x.mf4 ]; ok $? "and nothing is written"
"$SPUR" convert columns.mf4 -o x.mf4 --mdf-version 4.11 -q >out; is "$?:$(version x.mf4)" 0:4.11 "convert writes its values"
"$SPUR" stats x.mf4 --json | unnumbered >got; cmp -s got converted; ok $? "all of them"
# Arrays whose elements lie apart, by record id or with data of their own: the elements come along, each with data of its own.
for array in array_by_data array_by_record; do
	"$top_builddir/tests/tools/mdf_blocks" $array $array.mf4
	"$SPUR" stats $array.mf4 --json --raw >want
	for option in '' --columns '--packing transposed-zstd'; do
		for verb in cut recover 'convert --raw'; do
			"$SPUR" $verb $array.mf4 -o o.mf4 -q $option >out && "$SPUR" stats o.mf4 --json --raw | cmp -s - want
			ok $? "$array $verb $option: all elements"
			"$SPUR" check o.mf4 | grep -v 'links where what it states needs' | grep -q '^[wd][ae][rf]'; is $? 1 "check finds no more than before"
		done
	done
	"$SPUR" cut $array.mf4 -o one.mf4 --to 0.52s -q >out && "$SPUR" cut $array.mf4 -o two.mf4 --from 0.52s -q >out
	"$SPUR" merge one.mf4 two.mf4 -o o.mf4 -q >out; is $? 0 "$array: cut in two and merged again"
	for s in a t 'low byte'; do
		is "$("$SPUR" stats o.mf4 --json --raw -s "$s*")" "$(grep "^{\"name\":\"$s" want)" "the values of $s"
	done
	"$SPUR" cut $array.mf4 -o o.mf4 -q -s 'a[[]1][[]1]' >out; is $? 0 "$array: one element alone"
	is "$("$SPUR" stats o.mf4 --json --raw -s 'a*' | grep -o '"n":.*"sum":[^,]*')" "$("$SPUR" stats $array.mf4 --json --raw -s 'a*' | grep -o '"n":.*"sum":[^,]*')" \
		"takes the others along"
	is "$("$SPUR" stats o.mf4 --json | grep -c low)" 0 "but not what lies beside"
done
"$SPUR" demo make made --drives 1 --seconds 2 --seed 3 >/dev/null 2>&1
c=made/drive_01.mcap
for how in none zstd lz4; do
	"$SPUR" cut $c -o x.mcap --packing $how -q >out; is $? 0 "MCAP packed by $how"
	like "$("$SPUR" info x.mcap --json)" "*\"compression\":\"*$how*" "is that"
	"$SPUR" recover $c -o x.mcap --packing $how -q >out; is $? 0 "and recovered"
done
"$SPUR" cut $c -o y.mcap --packing transposed 2>err; is $? 2 "MCAP has no transposed chunks"
"$SPUR" cut $c -o y.mcap --columns 2>err; is $? 2 "and no columns"
like "$(cat err)" "*--columns and --mdf-version are for MDF" "which is said"
done_testing
