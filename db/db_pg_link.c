#include "config.h"

#include "db/db_pg.h"

#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/library.h"
#include "base/uri.h"
#include "db/migrate.h"

/* Connections: the library, settings, which schema, its version, and what an error says. */

#define SERVER_MIN 120000	/* what the statements and guards need; tested with 15 */
#define PARKED_MAX 4		/* connections that wait for the next handle of this process */
#define LOCK_WAIT_S 30		/* another writer's transaction is short; longer means it hangs */

#define TEXT(x) #x
#define TEXT_OF(x) TEXT(x)

struct pq spur_pq;
#define SYMBOL(name, slot) { "PQ" name, &spur_pq.slot }
static const struct spur_symbol symbols[] = {
	SYMBOL("clear", clear), SYMBOL("finish", finish), SYMBOL("freeCancel", freeCancel), SYMBOL("cmdStatus", cmdStatus),
	SYMBOL("cmdTuples", cmdTuples), SYMBOL("connectdbParams", connectdbParams), SYMBOL("errorMessage", errorMessage),
	SYMBOL("escapeIdentifier", escapeIdentifier), SYMBOL("exec", exec), SYMBOL("fname", fname),
	SYMBOL("freemem", freemem), SYMBOL("ftype", ftype), SYMBOL("getCancel", getCancel), SYMBOL("cancel", cancel),
	SYMBOL("getResult", getResult), SYMBOL("getvalue", getvalue), SYMBOL("getisnull", getisnull),
	SYMBOL("nfields", nfields), SYMBOL("ntuples", ntuples), SYMBOL("prepare", prepare),
	SYMBOL("resultErrorField", resultErrorField), SYMBOL("resultStatus", resultStatus),
	SYMBOL("sendQueryParams", sendQueryParams), SYMBOL("sendQueryPrepared", sendQueryPrepared),
	SYMBOL("setSingleRowMode", setSingleRowMode), SYMBOL("setNoticeProcessor", setNoticeProcessor),
	SYMBOL("status", status), SYMBOL("transactionStatus", transactionStatus), { NULL, NULL },
};
static struct spur_library library = { "libpq.so.5", "libpq5", symbols, NULL };

/* Guards the list of connections that wait for a handle. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct pg_link *parked;
static size_t parked_count;
static pid_t parked_by;		/* a forked child shares the sockets, and must not use them */

/* ---- what an error says ---- */

/* One line: libpq ends its messages with a newline, and has several of them. */
static char *one_line(const char *text)
{
	struct spur_buf b = { 0 };

	for (; *text != '\0'; text++) {
		if (*text != '\n')
			spur_buf_addc(&b, *text == '\t' ? ' ' : *text);
		else if (text[1] != '\0')
			spur_buf_adds(&b, "; ");
	}
	return spur_buf_steal(&b);
}

static const char *advice(const char *state)
{
	static const struct {
		const char *state, *text;
	} known[] = {
		{ "42501", "; ask the owner of the catalogue for that right, see spur-postgresql(7)" },
		{ "25006", "; this connection may only read" },
		{ "40001", "; somebody else changed it at the same time, try again" },
		{ "40P01", "; somebody else changed it at the same time, try again" },
		{ "57P01", "; the server is being stopped" },
		{ "57014", "" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(state, known[i].state) == 0)
			return known[i].text;
	}
	return "";
}

static enum spur_status fail_result(const PGresult *r, struct spur_error *err)
{
	const char *state = spur_pq.resultErrorField(r, PG_DIAG_SQLSTATE), *text = spur_pq.resultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = spur_pq.resultErrorField(r, PG_DIAG_MESSAGE_DETAIL), *hint = spur_pq.resultErrorField(r, PG_DIAG_MESSAGE_HINT);

	if (strcmp(state, "55P03") == 0)
		return spur_fail(err, SPUR_EDB, "catalogue: another process has written to the catalogue for %d s; try again",
				 LOCK_WAIT_S);
	return spur_fail(err, SPUR_EDB, "catalogue: %s%s%s%s%s%s%s", text == NULL ? "the server refused it" : text,
			 detail == NULL ? "" : " (", detail == NULL ? "" : detail, detail == NULL ? "" : ")",
			 hint == NULL ? "" : "; ", hint == NULL ? "" : hint, advice(state));
}

enum spur_status spur_pg_fail(struct pg_link *l, PGresult *r, struct spur_error *err)
{
	enum spur_status st;
	char *text;

	/* A result without a state was made here: the connection is gone. */
	if (r != NULL && spur_pq.resultErrorField(r, PG_DIAG_SQLSTATE) != NULL) {
		st = fail_result(r, err);
	} else {
		text = one_line(spur_pq.errorMessage(l->conn));
		st = spur_fail(err, SPUR_EDB, "catalogue: the connection to the server was lost: %s",
			       *text == '\0' ? "no answer" : text);
		free(text);
	}
	spur_pq.clear(r);
	return st;
}

enum spur_status spur_pg_exec(struct pg_link *l, const char *sql, struct spur_error *err)
{
	PGresult *r = spur_pq.exec(l->conn, sql);
	ExecStatusType s = spur_pq.resultStatus(r);

	if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK)
		return spur_pg_fail(l, r, err);
	spur_pq.clear(r);
	return SPUR_OK;
}

/* ---- migrations ---- */

/* Asked of the catalog's rows: to_regclass() answers from a cache that waiting for an advisory lock does not renew. */
#define HAS_VERSION \
	"SELECT EXISTS (SELECT 1 FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace " \
	"WHERE n.nspname = current_schema() AND c.relname = 'spur_schema')"

static enum spur_status read_version(void *link, int *out, struct spur_error *err)
{
	struct pg_link *l = link;
	PGresult *r = spur_pq.exec(l->conn, HAS_VERSION);

	*out = 0;
	if (spur_pq.resultStatus(r) != PGRES_TUPLES_OK)
		return spur_pg_fail(l, r, err);
	if (spur_pq.getvalue(r, 0, 0)[0] == 't') {
		spur_pq.clear(r);
		r = spur_pq.exec(l->conn, "SELECT version FROM spur_schema WHERE id = 1");
		if (spur_pq.resultStatus(r) != PGRES_TUPLES_OK)
			return spur_pg_fail(l, r, err);
		*out = spur_pq.ntuples(r) == 1 ? (int)strtol(spur_pq.getvalue(r, 0, 0), NULL, 10) : 0;
	}
	spur_pq.clear(r);
	return SPUR_OK;
}

static enum spur_status step_begin(void *link, struct spur_error *err)
{
	struct pg_link *l = link;
	char *sql = spur_strfmt("BEGIN; SELECT pg_advisory_xact_lock(%" PRId64 ")", l->lock);
	enum spur_status st = spur_pg_exec(l, sql, err);

	free(sql);
	return st;
}

static enum spur_status step_exec(void *link, const char *sql, struct spur_error *err)
{
	return spur_pg_exec(link, sql, err);
}

static enum spur_status stamp(void *link, int version, struct spur_error *err)
{
	char *sql = spur_strfmt("CREATE TABLE IF NOT EXISTS spur_schema (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL); "
				"INSERT INTO spur_schema (id, version) VALUES (1, %d) ON CONFLICT (id) DO UPDATE SET "
				"version = excluded.version", version);
	enum spur_status st = spur_pg_exec(link, sql, err);

	free(sql);
	return st;
}

enum spur_status spur_pg_migrate(struct pg_link *l, int *version, struct spur_error *err)
{
	struct spur_migrator m = { .steps = spur_pg_migrations, .count = spur_pg_migration_count, .db = l,
				   .version = read_version, .begin = step_begin, .exec = step_exec, .stamp = stamp };

	return spur_migrate(&m, UINT_MAX, version, err);
}

enum spur_status spur_pg_build(struct pg_link *l, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (unsigned i = 0; st >= 0 && i < spur_pg_migration_count; i++) {
		struct spur_buf sql = { 0 };

		for (const char *const *s = spur_pg_migrations[i].sql; *s != NULL; s++)
			spur_buf_adds(&sql, *s);
		st = spur_pg_exec(l, spur_buf_text(&sql), err);
		spur_buf_finish(&sql);
	}
	return st < 0 ? st : stamp(l, (int)spur_pg_migration_count, err);
}

/* ---- connecting ---- */

static void ignore(void *state, const char *message)
{
	(void)state;
	(void)message;
}

static enum spur_status connect_to(struct pg_link *l, struct spur_error *err)
{
	/* What stands behind dbname goes before what the URI says; what stands before it is its default. */
	const char *const keys[] = { "connect_timeout", "fallback_application_name", "dbname", "client_encoding", NULL };
	const char *const values[] = { "10", "spur", l->uri, "UTF8", NULL };
	char *text, *shown;
	enum spur_status st;

	l->conn = spur_pq.connectdbParams(keys, values, 1);
	if (l->conn != NULL && spur_pq.status(l->conn) == CONNECTION_OK) {
		spur_pq.setNoticeProcessor(l->conn, ignore, NULL);
		return SPUR_OK;
	}
	text = one_line(l->conn == NULL ? "out of memory" : spur_pq.errorMessage(l->conn));
	shown = spur_uri_hide(text);
	st = spur_fail(err, SPUR_EDB, "%s", shown);
	free(shown);
	free(text);
	return st;
}

/* The schema that has a catalogue already, else the first of the search path; its numbers make the key of the lock. */
#define CHOOSE \
	"SELECT n.nspname, n.oid, current_setting('server_encoding'), current_setting('server_version_num') " \
	"FROM pg_namespace AS n WHERE n.nspname = coalesce((SELECT m.nspname FROM pg_class AS c JOIN pg_namespace AS m " \
	"ON m.oid = c.relnamespace WHERE c.oid = to_regclass('spur_schema')), current_schema())"
/* SQLite's FULL: what was reported as done survives a power cut. A listing may take its time. */
#define SETTINGS \
	"SET extra_float_digits = 1; SET statement_timeout = 0; SET lock_timeout = '" TEXT_OF(LOCK_WAIT_S) "s'; " \
	"SET standard_conforming_strings = on; SET TimeZone = 'UTC'; " \
	"SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local'); "

static enum spur_status judge_server(PGresult *r, struct pg_link *l, struct spur_error *err)
{
	if (spur_pq.ntuples(r) != 1)
		return spur_fail(err, SPUR_EDB, "the search path names no schema that exists; create one, or choose one with "
				 "?options=-csearch_path%%3DNAME");
	if (strcmp(spur_pq.getvalue(r, 0, 2), "UTF8") != 0)
		return spur_fail(err, SPUR_EDB, "the database keeps its text as %s; make one with ENCODING 'UTF8'",
				 spur_pq.getvalue(r, 0, 2));
	if (strtol(spur_pq.getvalue(r, 0, 3), NULL, 10) < SERVER_MIN)
		return spur_fail(err, SPUR_EDB, "the server is older than PostgreSQL %d", SERVER_MIN / 10000);
	free(l->schema);
	l->schema = spur_strdup(spur_pq.getvalue(r, 0, 0));
	l->lock = (INT64_C(0x73707572) << 32) + strtoll(spur_pq.getvalue(r, 0, 1), NULL, 10);
	return SPUR_OK;
}

static enum spur_status use_schema(struct pg_link *l, struct spur_error *err)
{
	char *name = spur_pq.escapeIdentifier(l->conn, l->schema, strlen(l->schema));
	char *sql = spur_strfmt("SET search_path = %s, pg_temp", name == NULL ? "public" : name);
	enum spur_status st = spur_pg_exec(l, sql, err);

	free(sql);
	spur_pq.freemem(name);
	return st;
}

static enum spur_status settle_in(struct pg_link *l, struct spur_error *err)
{
	PGresult *r = spur_pq.exec(l->conn, SETTINGS CHOOSE);
	enum spur_status st;

	if (spur_pq.resultStatus(r) != PGRES_TUPLES_OK)
		return spur_pg_fail(l, r, err);
	st = judge_server(r, l, err);
	spur_pq.clear(r);
	return st < 0 ? st : use_schema(l, err);
}

void spur_pg_link_drop(struct pg_link *l)
{
	if (l == NULL)
		return;
	if (l->conn != NULL)
		spur_pq.finish(l->conn);
	free(l->uri);
	free(l->schema);
	free(l);
}

/* A connection of the same URI that another handle has left. */
static struct pg_link *take_parked(const char *uri)
{
	struct pg_link **at, *found = NULL;

	pthread_mutex_lock(&lock);
	if (parked_by != getpid()) {	/* the parent's: left alone, not closed */
		parked = NULL;
		parked_count = 0;
	}
	for (at = &parked; *at != NULL && strcmp((*at)->uri, uri) != 0; at = &(*at)->next)
		;
	if ((found = *at) != NULL) {
		*at = found->next;
		parked_count--;
	}
	pthread_mutex_unlock(&lock);
	return found;
}

void spur_pg_link_put(struct pg_link *l)
{
	bool keep = l != NULL && l->conn != NULL && l->schema != NULL && spur_pq.status(l->conn) == CONNECTION_OK &&
		    spur_pq.transactionStatus(l->conn) == PQTRANS_IDLE;

	pthread_mutex_lock(&lock);
	if (keep && parked_by != getpid()) {
		parked = NULL;
		parked_count = 0;
		parked_by = getpid();
	}
	if ((keep = keep && parked_count < PARKED_MAX)) {
		l->next = parked;
		parked = l;
		parked_count++;
	}
	pthread_mutex_unlock(&lock);
	if (!keep)
		spur_pg_link_drop(l);
}

enum spur_status spur_pg_link_get(const char *uri, struct pg_link **out, int *version, struct spur_error *err)
{
	struct pg_link *l;
	enum spur_status st = spur_library_load(&library, err);

	*out = NULL;
	if (st < 0)
		return st;
	while ((l = take_parked(uri)) != NULL) {
		/* As new: whether it is alive, and the schema has not been brought on meanwhile, shows too. */
		if (spur_pg_exec(l, "DISCARD ALL", NULL) >= 0 && settle_in(l, err) >= 0 &&
		    spur_pg_migrate(l, version, err) >= 0) {
			*out = l;
			return SPUR_OK;
		}
		spur_pg_link_drop(l);
	}
	l = spur_calloc(1, sizeof(*l));
	l->uri = spur_strdup(uri);
	if ((st = connect_to(l, err)) >= 0 && (st = settle_in(l, err)) >= 0)
		st = spur_pg_migrate(l, version, err);
	if (st < 0)
		spur_pg_link_drop(l);
	else
		*out = l;
	return st;
}
