#!/bin/sh
# Sixteen people at one catalogue at once, on each engine: nothing lost, nothing doubled, nobody approves what is
# his own, no act refused for want of a lock, one chain. SPUR_CLIENTS_SECONDS (4): how long; acceptance is 60.
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/db/pg.sh"
dir=$(mktemp -d /tmp/spur-clients-XXXXXX) || exit 1
chmod 755 "$dir"
trap 'pg_stop; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
seconds=${SPUR_CLIENTS_SECONDS:-4}

work() {	# work ENGINE URI
	"$top_builddir/tests/tools/catalog_clients" "$2" 16 "$seconds" >"$dir/out" 2>&1
	status=$?
	sed 's/^#* */# /' "$dir/out"
	for what in 'ended 16' 'lost 0' 'extra 0' 'failed 0 ' 'own_accepted 0' 'own_there 0' 'findings 0 '; do
		grep -qx "$what" "$dir/out"
		ok $? "$1: $what"
	done
	is $status 0 "$1: 16 clients for $seconds s"
	"$SPUR" audit verify --catalog "$2" >/dev/null
	ok $? "$1: spur audit verify"
	"$SPUR" db check --catalog "$2" >/dev/null
	ok $? "$1: spur db check"
}

work sqlite "$dir/c.db"
# As a server runs: synced to the disk.
SPUR_PG_FSYNC=on
if pg_start "$dir/pg"; then
	work postgresql "$pg_uri"
else
	skip "$pg_why" "postgresql: 16 clients"
fi
done_testing
