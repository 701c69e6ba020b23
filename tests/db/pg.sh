# A PostgreSQL server of one's own for a test: `. "$top_srcdir/tests/db/pg.sh"`, then
#
#	pg_start DIR		a fresh server in DIR, on a unix socket there; sets pg_uri (of database "spur") and
#				pg_dir. Returns 1, with pg_why set, where PostgreSQL is not installed.
#	pg_sql SQL...		runs SQL in that database as its superuser; prints the rows, unaligned
#	pg_fresh NAME		a new empty database; prints its URI
#	pg_stop			stops it; call it from the EXIT trap too
#
# The server refuses to run as root: there, it runs as the user postgres, else as whoever runs the test.
pg_why= pg_uri= pg_dir=

pg_find() {
	for pg_bin in ${SPUR_PG_BIN:-} $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) /usr/bin /usr/local/bin; do
		[ -x "$pg_bin/initdb" ] && [ -x "$pg_bin/postgres" ] && [ -x "$pg_bin/psql" ] && return 0
	done
	pg_why='no PostgreSQL server (initdb, postgres); install postgresql'
	return 1
}

pg_as() {
	if [ "$(id -u)" -eq 0 ]; then
		(cd / && setpriv --reuid=postgres --regid=postgres --clear-groups "$@")
	else
		"$@"
	fi
}

pg_start() {
	pg_find || return 1
	if [ "$(id -u)" -eq 0 ] && ! id postgres >/dev/null 2>&1; then
		pg_why='no user postgres to run the server as (it refuses root)'
		return 1
	fi
	pg_dir=$1
	mkdir -p "$pg_dir" && chmod 755 "$pg_dir" || return 1
	[ "$(id -u)" -eq 0 ] && chown postgres "$pg_dir"
	# Not synced to the disk: nothing of it outlives the test.
	if ! pg_as "$pg_bin/initdb" -D "$pg_dir/data" -U spur -A trust -E UTF8 --locale=C.UTF-8 -N >"$pg_dir.log" 2>&1; then
		pg_why="initdb failed: $(tail -n 1 "$pg_dir.log")"
		return 1
	fi
	if ! pg_as "$pg_bin/pg_ctl" -D "$pg_dir/data" -w -t 60 -s -l "$pg_dir/data/server.log" \
		-o "-k $pg_dir -c listen_addresses= -c fsync=${SPUR_PG_FSYNC:-off} -c max_connections=60 -c shared_buffers=32MB" \
		start >>"$pg_dir.log" 2>&1; then
		pg_why="the server did not start: $(tail -n 1 "$pg_dir/data/server.log")"
		return 1
	fi
	pg_uri=$(pg_fresh spur)
}

pg_psql() {
	"$pg_bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$pg_dir" -U spur "$@"
}

pg_fresh() {
	pg_psql -d postgres -c "CREATE DATABASE \"$1\"" >/dev/null &&
		echo "postgresql://spur@/$1?host=$(printf %s "$pg_dir" | sed 's,/,%2F,g')"
}

pg_sql() {
	pg_psql -d spur -c "$@"
}

pg_stop() {
	[ -n "$pg_dir" ] && [ -f "$pg_dir/data/postmaster.pid" ] &&
		pg_as "$pg_bin/pg_ctl" -D "$pg_dir/data" -s -m immediate stop >/dev/null 2>&1
	pg_dir=
}
