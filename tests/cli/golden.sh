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

# Keys made for these tests: with the same keys objects have the same ids, and what is in their order stays in order.
keep_key() {	# keep_key FILE LINE...
	file=$1; shift
	type='OPENSSH PRIVATE KEY'
	(umask 077; printf -- "-----BEGIN $type-----\n" >"$file"; printf '%s\n' "$@" >>"$file"; printf -- "-----END $type-----\n" >>"$file")
	ssh-keygen -y -f "$file" >"$file.pub"
}
known_people() {
	mkdir -p "$XDG_CONFIG_HOME/spur/identities"
	keep_key "$XDG_CONFIG_HOME/spur/identities/ann" \
		b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW \
		QyNTUxOQAAACDGpxPn8w5SM6nHIU8dJaNGy0JxeMXtlKJIpys4WprOZAAAAIi9aZ0jvWmd \
		IwAAAAtzc2gtZWQyNTUxOQAAACDGpxPn8w5SM6nHIU8dJaNGy0JxeMXtlKJIpys4WprOZA \
		AAAEBu90Pj7Isi1mbCugEYt1vZYnS/0oD7nuLkw1YZ075Ga8anE+fzDlIzqcchTx0lo0bL \
		QnF4xe2UokinKzhams5kAAAAA2FubgEC
	keep_key "$XDG_CONFIG_HOME/spur/identities/bob" \
		b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW \
		QyNTUxOQAAACDX+nc26+He8C+sGeqDnduJq3lYUyjUFmCP3qY2jXLP7AAAAIjvObdW7zm3 \
		VgAAAAtzc2gtZWQyNTUxOQAAACDX+nc26+He8C+sGeqDnduJq3lYUyjUFmCP3qY2jXLP7A \
		AAAEBEnhEi5cO22BhnZenUIWxAzUgsQlXF0p19+HL04EWD2Nf6dzbr4d7wL6wZ6oOd24mr \
		eVhTKNQWYI/epjaNcs/sAAAAA2JvYgEC
	keep_key "$XDG_CONFIG_HOME/spur/identities/cid" \
		b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW \
		QyNTUxOQAAACDVtO9MbYCKO8I0u8J+7Bq8dgyPbBq9aQnkhP9hP/0FRgAAAIgNcFQXDXBU \
		FwAAAAtzc2gtZWQyNTUxOQAAACDVtO9MbYCKO8I0u8J+7Bq8dgyPbBq9aQnkhP9hP/0FRg \
		AAAEAYxCHgkU0GKqzWKoUZXHuRtit/D1szEPXHAZY+xTjeQdW070xtgIo7wjS7wn7sGrx2 \
		DI9sGr1pCeSE/2E//QVGAAAAA2NpZAEC
	keep_key "$t/key" \
		b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW \
		QyNTUxOQAAACD5E2cQK43bXL3DqpdLCsGLHH4HrKJ3dKeFHFz1FvnHMQAAAIhxih0JcYod \
		CQAAAAtzc2gtZWQyNTUxOQAAACD5E2cQK43bXL3DqpdLCsGLHH4HrKJ3dKeFHFz1FvnHMQ \
		AAAEApP1srkDpQVsiX6IKWCK7IW396puLh5r/jlw12Ik6sivkTZxArjdtcvcOql0sKwYsc \
		fgesond0p4UcXPUW+ccxAAAAA2tleQEC
}

# Recordings are of 2026-03-02 and the catalogue of lab_catalogue.h of 2026-01; other hours are those of now.
plain() {
	sed -E -e 's/(\.[0-9]{9})[0-9]+/\1/g' -e "s|$t|DIR|g" -e "s|$SPUR_DATA|DATA|g" -e "s|$top_srcdir|SRC|g" -e "s|$top_builddir|BUILD|g" \
		-e 's/2026-(03-02|01-0[2-9])T/@\1T/g' \
		-e 's/(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)?/NOW/g' -e 's/@(03-02|01-0[2-9])T/2026-\1T/g' \
		-e 's/SHA256:[A-Za-z0-9+\/]{43}/SHA256:KEY/g' -e 's/(ssh-ed25519) [A-Za-z0-9+\/=]+/\1 KEY/g' \
		-e 's/-----BEGIN SSH SIGNATURE.*END SSH SIGNATURE-----(\\n)?/SIGNATURE/g' \
		-e 's/("columns":)"[0-9a-f]+"/\1"HASHES"/g' -e 's/\b[0-9a-f]{64}\b/HASH/g' -e 's/\b[0-9a-f]{16}\b/ID/g' -e 's/-[0-9a-f]{12}\b/-ID/g' \
		-e 's/\b(17724[0-9]{14}|1767[3-9][0-9]{14})\b/@\1/g' -e 's/([^@]|^)\b(17[0-9]{17}|1[89][0-9]{17})\b/\1NS/g' -e 's/@(17[0-9]{17})/\1/g' \
		-e 's/(spur |VERSION +|"version":")[0-9]+\.[0-9]+\.[0-9]+/\1VERSION/g'
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
