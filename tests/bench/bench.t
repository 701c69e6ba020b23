#!/bin/sh
# The frame of make bench on tiny data: every case gives a ratio, and a peer whose results differ gives none.
. "$top_srcdir/tests/tap.sh"
bench=$top_builddir/tests/bench/bench
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tab=$(printf '\t')
fake="sh $top_srcdir/tests/bench/peers/fake.sh"
run() {
	"$bench" --size tiny --data "$dir/data" --rounds 3 "$@" 2>"$dir/err"
}

run --history "$dir/history" >"$dir/all"
ok $? "all parts run without peers"
is "$(grep -c ' of bound \[' "$dir/all")" "$(grep -c ' bound  ' "$dir/all")" "every bound has a ratio: nothing differs"
[ "$(grep -c ' of bound \[' "$dir/all")" -ge 90 ]
ok $? "all of the cases are there"
for part in $("$bench" --list); do
	grep -q "^== $part: " "$dir/all"
	ok $? "part $part has a table"
done
is "$(head -n 1 "$dir/history" | cut -f 5-8)" "part${tab}case${tab}threads${tab}against" "the history has a head"
is "$(($(wc -l <"$dir/history") - 1))" "$(grep -c ' of bound \[' "$dir/all")" "and a line for each ratio"

# What spur computes, as a peer answers it.
name="wide smooth plain one"
run --part scan --case "$name" --print | sed -n '/^-- spur/,/^-- bound/p' | grep -v '^--' >"$dir/values"
is "$(wc -l <"$dir/values" | tr -d ' ')" 1 "one signal, one line"
{ sed "s/^/v$tab/" "$dir/values"; printf 'ns\t1000000000\n'; } >"$dir/same"
peer() {	# peer FILE-OR-COMMAND-END: the row of the peer in the table
	printf 'fake\tmdf-one\t%s\n' "$1" >"$dir/peers"
	run --part scan --case "$name" --peer fake --peers "$dir/peers" --history "$dir/history2" | grep ' fake  '
}
like "$(peer "$fake $dir/same")" "*fake*1:1*1000.00*x \[*" "a peer that computes the same has a ratio"
is "$(wc -l <"$dir/history2" | tr -d ' ')" 2 "which is kept"

rm -f "$dir/history2"
awk -F "$tab" -v OFS="$tab" '$1 == "v" { $6 = sprintf("%.17g", $6 * (1 + 3e-9)) } { print }' "$dir/same" >"$dir/sum"
like "$(peer "$fake $dir/sum")" "*no ratio: results differ*" "a sum that is 3e-9 off is refused"
awk -F "$tab" -v OFS="$tab" '$1 == "v" { $6 = sprintf("%.17g", $6 * (1 + 1e-10)) } { print }' "$dir/same" >"$dir/near"
like "$(peer "$fake $dir/near")" "*x \[*" "one that is 1e-10 off is rounding"
sed "s/=[0-9]*/=7/" "$dir/same" >"$dir/count"
like "$(peer "$fake $dir/count")" "*no ratio: results differ*" "another count is refused"
{ cat "$dir/same" | sed '$d'; printf 'v\tmore\t=1\nns\t1000\n'; } >"$dir/more"
like "$(peer "$fake $dir/more")" "*no ratio: results differ*" "so is a result too many"
printf 'ns\t1000\n' >"$dir/none"
like "$(peer "$fake $dir/none")" "*no ratio: results differ*" "and none at all"
printf 'error\tnot today\n' >"$dir/error"
like "$(peer "$fake $dir/error")" "*skipped: fake: not today*" "a peer that fails is skipped with its reason"
like "$(peer "$fake -")" "*skipped: it does not start*" "so is one that ends"
like "$(peer "skipped: no cargo")" "*skipped: no cargo*" "and one whose tools are missing"
[ "$(wc -l <"$dir/history2")" -eq 2 ]
ok $? "none of these is kept but the one that is right"
"$bench" --part nothing --data "$dir/data" 2>/dev/null
is $? 2 "an unknown part is an error"
done_testing
