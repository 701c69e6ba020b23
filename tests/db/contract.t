#!/bin/sh
# The catalogue's suites, which run on SQLite as programs of their own, once more on a PostgreSQL server.
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/db/pg.sh"
dir=$(mktemp -d /tmp/spur-contract-XXXXXX) || exit 1
chmod 755 "$dir"
trap 'pg_stop; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
pg_start "$dir/pg" || { pg_stop; rm -rf "$dir"; skip_all "$pg_why"; }

# Each point of a program becomes a point here, with the program's name.
for program in ${SPUR_CONTRACT:-catalog catalog_life guards engines draft job segment_pick lab screens screen_review screen_datasets screen_jobs \
	screen_models}; do
	SPUR_TEST_PG=$pg_uri "$top_builddir/tests/unit/$program" >"$dir/out" 2>"$dir/err"
	status=$?
	while IFS= read -r line; do
		case $line in
		"ok "*"# SKIP"*) skip "${line##*# SKIP }" "$program: ${line#ok * - }" ;;
		"ok "*) ok 0 "$program: ${line#ok * - }" ;;
		"not ok "*) ok 1 "$program: ${line#not ok * - }" ;;
		"1.."*) ;;
		*) printf '%s\n' "$line" ;;
		esac
	done <"$dir/out"
	sed 's/^/# /' "$dir/err"
	is "$status" 0 "$program ends well"
done
done_testing
