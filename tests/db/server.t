#!/bin/sh
# A catalogue on a server: roles, passwords, schemas, versions, a server that goes away, the workbench on it.
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/db/pg.sh"
t=$(mktemp -d /tmp/spur-server-XXXXXX) || exit 1
chmod 755 "$t"
trap 'pg_stop; tmux -L "$tmux" kill-server 2>/dev/null; rm -rf "$t"' EXIT
trap 'exit 1' INT TERM
tmux=spur-server-$$
export XDG_CONFIG_HOME="$t/config" XDG_DATA_HOME="$t/data" SPUR_JOBS="$t/jobs"
out=$("$SPUR" drives --catalog "postgresql://ada:s3cret@/x?host=$t/nowhere" 2>&1)
is $? 1 "no server there"
case $out in *"built without PostgreSQL"*) skip_all "this build has no PostgreSQL" ;; esac
like "$out" "*catalogue postgresql://ada@/x*nowhere*" "is said in a line"
case $out in *s3cret*) ok 1 "without the password" ;; *) ok 0 "without the password" ;; esac
pg_start "$t/pg" || { rm -rf "$t"; skip "$pg_why" "a server"; done_testing; }
pg_host=$(printf %s "$pg_dir" | sed 's,/,%2F,g')
uri() { echo "postgresql://$1@/spur?host=$pg_host${2:-}"; }

# Roles, as spur-postgresql(7) sets them up.
pg_sql 'CREATE ROLE spur_writer; CREATE ROLE spur_reader; CREATE ROLE ada LOGIN IN ROLE spur_writer;
	CREATE ROLE guest LOGIN IN ROLE spur_reader'
out=$("$SPUR" drives --catalog "$(uri guest)" 2>&1); is $? 1 "a reader makes no catalogue"
like "$out" "*permission denied*" "and is told why"
"$SPUR" db migrate --catalog "$pg_uri" >/dev/null; is $? 0 "its owner does"
pg_sql 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO spur_reader, spur_writer;
	GRANT INSERT ON ALL TABLES IN SCHEMA public TO spur_writer;
	GRANT UPDATE ON drive, source, source_stat, object, run, run_stream, metric_last, run_artifact, review_draft TO spur_writer;
	GRANT DELETE ON review_draft TO spur_writer;
	REVOKE INSERT, UPDATE ON audit_head, spur_schema FROM spur_writer'
"$SPUR" demo make "$t/rec" --drives 2 --seconds 40 --seed 3 --cameras none -q >/dev/null
"$SPUR" add "$t/rec" --catalog "$(uri ada)" -q >/dev/null; is $? 0 "a writer adds drives"
"$SPUR" find --all --label braking --store 'LongAccel < -1' --catalog "$(uri ada)" -q >/dev/null; is $? 0 "and segments"
is "$("$SPUR" drives --catalog "$(uri guest)" --json | wc -l | tr -d ' ')" 2 "a reader sees them"
"$SPUR" segments --catalog "$(uri guest)" >/dev/null; is $? 0 "lists segments"
"$SPUR" audit verify --catalog "$(uri guest)" >/dev/null; is $? 0 "verifies the audit"
"$SPUR" db export "$t/rows" --catalog "$(uri guest)" >/dev/null; is $? 0 "exports"
out=$("$SPUR" tag x 1 --catalog "$(uri guest)" 2>&1); is $? 1 "but changes nothing"
like "$out" "*permission denied*spur-postgresql*" "and is told where to look"
out=$("$SPUR" db check --catalog "$(uri guest)" 2>&1); is $? 1 "what cannot be compared is a finding of its check"
like "$out" "*GRANT CREATE ON DATABASE*" "that says what it takes"
"$SPUR" db check --catalog "$pg_uri" >/dev/null; is $? 0 "the owner's check is clean"
out=$(psql -X -h "$pg_dir" -U ada -d spur -c 'UPDATE audit_head SET seq = 0' 2>&1); like "$out" "*permission denied*" "a writer cannot touch the head of the audit"
out=$(psql -X -h "$pg_dir" -U spur -d spur -c 'TRUNCATE audit CASCADE' 2>&1); like "$out" "*append-only*" "nor the owner empty a table"

# A password is nowhere.
pg_sql "CREATE ROLE pat LOGIN PASSWORD 's3cret' IN ROLE spur_writer"
"$SPUR" tag secret 1 --catalog "postgresql://pat:s3cret@/spur?host=$pg_host" >"$t/said" 2>&1; is $? 0 "a URI with a password"
"$SPUR" db migrate --catalog "postgresql://pat@/spur?host=$pg_host&password=s3cret" >>"$t/said" 2>&1; is $? 0 "as a parameter"
"$SPUR" db export --catalog "$pg_uri" >>"$t/said"
grep -q 's3cret' "$t/said"; is $? 1 "is in no message and no row"
grep -q 'tag secret 1 --catalog' "$t/said"; ok $? "where the command line is"

# Schemas and versions.
pg_sql 'CREATE SCHEMA team_a'
other="$pg_uri&options=-csearch_path%3Dteam_a"
"$SPUR" db migrate --catalog "$other" >/dev/null; is $? 0 "a catalogue in a schema of its own"
is "$("$SPUR" drives --catalog "$other" --json | wc -l | tr -d ' ')" 0 "is another one"
"$SPUR" db check --catalog "$other" >/dev/null; is $? 0 "and passes its check"
out=$("$SPUR" drives --catalog "$pg_uri&options=-csearch_path%3Dnone_such" 2>&1); is $? 1 "a schema that is not there"
like "$out" "*no schema*" "is said"
pg_sql 'UPDATE team_a.spur_schema SET version = 999'
out=$("$SPUR" drives --catalog "$other" 2>&1); is $? 1 "a schema from the future"
like "$out" "*999 is newer*" "is refused"
# A step that fails leaves the step before it.
pg_sql 'CREATE SCHEMA broken; CREATE TABLE broken.lab_run (x int)'
out=$("$SPUR" db migrate --catalog "$pg_uri&options=-csearch_path%3Dbroken" 2>&1); is $? 1 "a migration that fails"
like "$out" "*0003*" "is named"
is "$(pg_sql 'SELECT version FROM broken.spur_schema')" 2 "and leaves the schema before it"
is "$(pg_sql "SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = 'broken' AND c.relname = 'lab_result'")" 0 "whole"
pg_sql 'DROP TABLE broken.lab_run'
"$SPUR" db check --catalog "$pg_uri&options=-csearch_path%3Dbroken" >/dev/null; is $? 0 "once it can, it goes on from there"
pg_psql -d postgres -c "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
out=$("$SPUR" drives --catalog "postgresql://spur@/latin?host=$pg_host" 2>&1); is $? 1 "a database of another encoding"
like "$out" "*LATIN1*UTF8*" "is refused"

# The workbench, over a server that goes away in between.
if ! command -v tmux >/dev/null; then
	skip "no tmux" "the workbench"
	done_testing
fi
screen() { tmux -L "$tmux" capture-pane -p; }
shows() {	# shows TEXT NAME
	for i in $(seq 150); do
		screen | grep -q "$1" && { ok 0 "$2"; return; }
		sleep 0.2
	done
	ok 1 "$2"
	screen | sed 's/^/# /'
}
tmux -L "$tmux" -f /dev/null new-session -d -x 100 -y 30 \
	"env SPUR_CATALOG='$(uri ada)' XDG_CONFIG_HOME='$XDG_CONFIG_HOME' SPUR_JOBS='$SPUR_JOBS' SPUR_DATA='$SPUR_DATA' '$SPUR' --ascii"
shows drive_02 "the workbench shows the drives of the server"
tmux -L "$tmux" send-keys 3
shows braking "and the queue"
pg_as "$pg_bin/pg_ctl" -D "$pg_dir/data" -s -m fast -w restart >/dev/null 2>&1
tmux -L "$tmux" send-keys 1
shows drive_02 "after a restart of the server it goes on"
tmux -L "$tmux" send-keys 6
shows 'segment.add' "with the audit"
done_testing
