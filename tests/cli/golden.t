#!/bin/sh
# What every verb says, to the letter: each command of golden/*.cmds with its output, errors and exit status against
# tests/golden/cli/*.txt. SPUR_GOLDEN_UPDATE=1 writes those files instead: look at the difference before you commit it.
# Left out of the comparison: what differs from run to run (keys, hashes that hang on them, hours of today, paths).
. "$top_srcdir/tests/tap.sh"
t=$(mktemp -d /tmp/spur-golden-XXXXXXXX) || exit 1	# widths of columns depend on the length of paths
trap 'rm -rf "$t"' EXIT
export HOME="$t" XDG_DATA_HOME="$t/data" XDG_CONFIG_HOME="$t/config" SPUR_CATALOG="$t/c.db" SPUR_JOBS="$t/jobs" COLUMNS=100
made=$t/made
"$SPUR" demo make "$made" --drives 2 --seconds 40 --seed 5 --cameras none >/dev/null 2>&1; ok $? "two drives are made"
m=$made/drive_01.mf4 c=$made/drive_01.mcap d=$made/vehicle.dbc
head -c 200000 "$c" >"$t/cut.mcap"; head -c 60000 "$m" >"$t/cut.mf4"
cp "$c" "$t/flipped.mcap"; printf 'XXXXXXXX' | dd of="$t/flipped.mcap" bs=1 seek=150000 conv=notrunc 2>/dev/null
: >"$t/empty.mf4"; echo "no recording at all" >"$t/text.mf4"; mkdir "$t/folder"

# Recordings are of 2026-03-02; other hours are those of now.
plain() {
	sed -E -e "s|$t|DIR|g" -e "s|$SPUR_DATA|DATA|g" -e 's/2026-03-02T/@03-02T/g' \
		-e 's/(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)?/NOW/g' -e 's/@03-02T/2026-03-02T/g' \
		-e 's/SHA256:[A-Za-z0-9+\/]{43}/SHA256:KEY/g' -e 's/(ssh-ed25519) [A-Za-z0-9+\/=]+/\1 KEY/g' \
		-e 's/-----BEGIN SSH SIGNATURE.*END SSH SIGNATURE-----(\\n)?/SIGNATURE/g' \
		-e 's/("columns":)"[0-9a-f]+"/\1"HASHES"/g' -e 's/\b[0-9a-f]{64}\b/HASH/g' -e 's/\b[0-9a-f]{16}\b/ID/g' -e 's/-[0-9a-f]{12}\b/-ID/g' -e 's/\b1772(4[0-9]{14})\b/@\1/g' \
		-e 's/\b17[0-9]{17}\b|\b1[89][0-9]{17}\b/NS/g' -e 's/@(4[0-9]{14})/1772\1/g' \
		-e 's/spur [0-9]+\.[0-9]+\.[0-9]+/spur VERSION/g'
}
set -f	# patterns are for spur
run() {	# run GROUP
	want=$top_srcdir/tests/golden/cli/$1.txt got=$t/$1.txt
	while IFS= read -r line; do
		echo "\$ spur $line"
		eval "\"\$SPUR\" $line" >"$t/out" 2>"$t/err" </dev/null
		status=$?
		cat "$t/out"
		sed 's/^/! /' "$t/err"
		[ $status -eq 0 ] || echo "exit $status"
		echo
	done <"$top_srcdir/tests/cli/golden/$1.cmds" | plain >"$got"
	[ -z "${SPUR_GOLDEN_UPDATE:-}" ] || cp "$got" "$want"
	n=$(grep -c '' "$top_srcdir/tests/cli/golden/$1.cmds")
	diff -u "$want" "$got" >"$t/diff"; ok $? "$n commands of $1 say what they said"
	head -n 60 "$t/diff" | sed 's/^/# /'
}
run files
run errors
run catalogue
done_testing
