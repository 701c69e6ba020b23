# For tests/cli/golden_*.t: what commands say, to the letter, against tests/golden/cli/GROUP.txt.
#
# Each line of tests/cli/golden/GROUP.cmds is the words of one call of spur, as a shell reads them; a line that begins
# with ! is a command of the shell. Output, errors and exit status are compared; SPUR_GOLDEN_UPDATE=1 writes the files
# instead: look at the difference before you commit it. Left out of the comparison: what differs from run to run (keys,
# hashes that hang on them, hours of today, paths).
. "$top_srcdir/tests/tap.sh"
t=$(mktemp -d /tmp/spur-golden-XXXXXXXX) || exit 1	# widths of columns depend on the length of paths
trap 'rm -rf "$t"' EXIT
export HOME="$t" XDG_DATA_HOME="$t/data" XDG_CONFIG_HOME="$t/config" SPUR_CATALOG="$t/c.db" SPUR_JOBS="$t/jobs" COLUMNS=100 \
	SPUR_FONT=builtin
unset SPUR_GATES SPUR_ROOT SPUR_EVENTS SPUR_SEED XDG_CACHE_HOME
picture=$top_builddir/tests/tools/picture

recordings() {	# recordings NAME OPTION... makes drives of the simulator in $t/NAME; sets made, m, c, d
	made=$t/$1; shift
	"$SPUR" demo make "$made" "$@" >/dev/null 2>&1; ok $? "drives are made"
	m=$made/drive_01.mf4 c=$made/drive_01.mcap d=$made/vehicle.dbc
}

# Recordings are of 2026-03-02 and the catalogue of lab_catalogue.h of 2026-01; other hours are those of now.
plain() {
	sed -E -e "s|$t|DIR|g" -e "s|$SPUR_DATA|DATA|g" -e "s|$top_srcdir|SRC|g" -e "s|$top_builddir|BUILD|g" \
		-e 's/2026-(03-02|01-0[2-9])T/@\1T/g' \
		-e 's/(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)?/NOW/g' -e 's/@(03-02|01-0[2-9])T/2026-\1T/g' \
		-e 's/SHA256:[A-Za-z0-9+\/]{43}/SHA256:KEY/g' -e 's/(ssh-ed25519) [A-Za-z0-9+\/=]+/\1 KEY/g' \
		-e 's/-----BEGIN SSH SIGNATURE.*END SSH SIGNATURE-----(\\n)?/SIGNATURE/g' \
		-e 's/("columns":)"[0-9a-f]+"/\1"HASHES"/g' -e 's/\b[0-9a-f]{64}\b/HASH/g' -e 's/\b[0-9a-f]{16}\b/ID/g' -e 's/-[0-9a-f]{12}\b/-ID/g' \
		-e 's/\b(17724[0-9]{14}|1767[3-9][0-9]{14})\b/@\1/g' -e 's/([^@]|^)\b(17[0-9]{17}|1[89][0-9]{17})\b/\1NS/g' -e 's/@(17[0-9]{17})/\1/g' \
		-e 's/spur [0-9]+\.[0-9]+\.[0-9]+/spur VERSION/g'
}
more_plain() { cat; }	# a script may leave out more
set -f	# patterns are for spur

golden() {	# golden GROUP
	want=$top_srcdir/tests/golden/cli/$1.txt got=$t/$1.txt
	while IFS= read -r line; do
		case $line in '#'*) continue ;; '!'*) echo "${line#!}" | sed 's/^/$ /'; words=${line#!} ;;
		*) echo "\$ spur $line"; words="\"\$SPUR\" $line" ;; esac
		eval "$words" >"$t/out" 2>"$t/err" </dev/null
		status=$?
		cat "$t/out"
		sed 's/^/! /' "$t/err"
		[ $status -eq 0 ] || echo "exit $status"
		echo
	done <"$top_srcdir/tests/cli/golden/$1.cmds" | plain | more_plain >"$got"
	[ -z "${SPUR_GOLDEN_UPDATE:-}" ] || cp "$got" "$want"
	n=$(grep -vc '^#' "$top_srcdir/tests/cli/golden/$1.cmds")
	diff -u "$want" "$got" >"$t/diff"; ok $? "$n commands of $1 say what they said"
	head -n 60 "$t/diff" | sed 's/^/# /'
}
