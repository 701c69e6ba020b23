#!/bin/sh
# Every layout of data blocks that spur writes, by every verb that writes MDF, read back by asammdf and mdfreader: values, names,
# units, conversions, invalidation bits, events, attachments, comments, zone.
. "$top_srcdir/tests/tap.sh"
[ -n "${SPUR_PYTHON:-}" ] || skip_all "SPUR_PYTHON is not set"
"$SPUR_PYTHON" -c 'import asammdf' 2>/dev/null || skip_all "this Python has no asammdf"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export HOME="$dir"
cd "$dir" || exit 1
"$top_builddir/tests/tools/mdf_samples" a.mf4 plain 1500 0
"$top_builddir/tests/tools/mdf_blocks" around around.mf4
some="-s u8 -s i16 -s u32 -s f64 -s gear -s note -s short -s blob -s CAN*"
set -f
"$SPUR" cut a.mf4 -o some.mf4 -q $some >out
"$SPUR" cut a.mf4 -o one.mf4 --to 7s -q $some >out
"$SPUR" cut a.mf4 -o two.mf4 --from 7s -q $some >out
all= newer= columns= failed=
make() {	# make OUT VERB IN... -- OPTION...
	out=$1; verb=$2; shift 2
	"$SPUR" $verb "$@" -o $out -q >out 2>err || failed="$failed $out"
}
for how in none deflate transposed zstd transposed-zstd lz4 transposed-lz4; do
	for kind in '' columns; do
		option="--packing $how ${kind:+--$kind}"
		least=23; [ -z "$kind" ] || least=14
		for verb in convert cut recover; do
			raw=; [ $verb != convert ] || raw=--raw
			f=$verb-$how${kind:+-}$kind
			make $f.mf4 $verb a.mf4 $raw $option; make around-$f.mf4 $verb around.mf4 $raw $option
			all="$all $f:$least=$f.mf4,a.mf4 around-$f:2=around-$f.mf4,around.mf4"
			case $how in *zstd) ;; *) newer="$newer $f:20=$f.mf4,a.mf4" ;; esac
		done
		f=merge-$how${kind:+-}$kind; least=19; [ -z "$kind" ] || least=12
		make $f.mf4 merge one.mf4 two.mf4 $option
		all="$all $f:$least=$f.mf4,some.mf4"
		case $how$kind in *zstd*|*columns) ;; *) newer="$newer $f:16=$f.mf4,some.mf4" ;; esac
		# Values of a text twin or a linear conversion are what convert without --raw writes: a plain file against the others.
		f=values-$how${kind:+-}$kind
		make $f.mf4 convert a.mf4 $option -s u8 -s i16 -s u32 -s f64 -s gear -s note -s short
		least=8; [ -z "$kind" ] || least=5
		[ $how$kind = none ] || all="$all $f:$least=$f.mf4,values-none.mf4"
		case $how$kind in none|*zstd*) ;; *) newer="$newer $f:8=$f.mf4,values-none.mf4" ;; esac
	done
done
is "$failed" "" "everything is written"
for peer in asammdf mdfreader; do
	if ! "$SPUR_PYTHON" -W ignore -c "import $peer" 2>/dev/null; then
		skip "this Python has no $peer" "$peer"
		continue
	fi
	jobs=$all; [ $peer = asammdf ] || jobs=$newer
	"$SPUR_PYTHON" "$top_srcdir/tests/peers/mdf_layouts.py" $peer $jobs >tap 2>log; is $? 0 "$peer reads"
	is "$(grep '^not ok' tap | head -n 20)" "" "$peer: all $(grep -c '^ok' tap) claims hold"
	is "$(grep -c '^ok.*channels are as' tap)" "$(printf '%s\n' $jobs | wc -l | tr -d ' ')" "$peer: of every file"
done
done_testing
