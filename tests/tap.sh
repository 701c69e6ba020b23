# TAP for shell tests: `. "$top_srcdir/tests/tap.sh"`, then checks, then `done_testing`.
tap_n=0 tap_bad=0
ok() {	# ok STATUS NAME
	tap_n=$((tap_n + 1))
	if [ "$1" -eq 0 ]; then echo "ok $tap_n - $2"; else echo "not ok $tap_n - $2"; tap_bad=$((tap_bad + 1)); fi
}
is() {	# is GOT WANT NAME
	if [ "$1" = "$2" ]; then ok 0 "$3"; else ok 1 "$3"; printf '%s\n' "got:  $1" "want: $2" | sed 's/^/# /'; fi
}
like() {	# like TEXT GLOB NAME
	case $1 in $2) ok 0 "$3" ;; *) ok 1 "$3"; printf '%s\n' "got:  $1" "want: $2" | sed 's/^/# /' ;; esac
}
skip() {	# skip REASON NAME; where SPUR_CI is set a missing part is a failure
	tap_n=$((tap_n + 1))
	if [ -n "${SPUR_CI:-}" ]; then echo "not ok $tap_n - $2"; echo "# missing in CI: $1"; else echo "ok $tap_n - $2 # SKIP $1"; fi
}
skip_all() {
	if [ -n "${SPUR_CI:-}" ]; then printf '1..1\nnot ok 1 - missing in CI: %s\n' "$1"; exit 1; fi
	echo "1..0 # SKIP $1"; exit 0
}
done_testing() { echo "1..$tap_n"; [ "$tap_bad" -eq 0 ]; exit; }
