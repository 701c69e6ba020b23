#include "config.h"

#include "db/db_sqlite.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/time.h"
#include "db/migrate.h"
#include "io/out.h"

/* The SQLite engine: a file, one writer at a time. */

#define BUSY_MS 30000	/* another writer's transaction is short; longer means it hangs */

/* WAL: readers never wait for the writer. FULL: what was reported as done survives a power cut. */
static const char *const settings = "PRAGMA journal_mode = WAL;"
				    "PRAGMA synchronous = FULL;"
				    "PRAGMA foreign_keys = ON;"
				    "PRAGMA trusted_schema = OFF;"
				    "PRAGMA cache_size = -16384;";

static sqlite3_stmt *stmt_of(struct spur_stmt *q)
{
	return ((struct sqlite_stmt *)q)->stmt;
}

static enum spur_status fail(sqlite3 *s, const char *what, struct spur_error *err)
{
	int code = sqlite3_errcode(s);

	if (code == SQLITE_BUSY)
		return spur_fail(err, SPUR_EDB, "%s: another process has written to the catalogue for %d s; "
				 "try again", what, BUSY_MS / 1000);
	if (code == SQLITE_NOTADB)
		return spur_fail(err, SPUR_EDB, "not a catalogue");
	return spur_fail(err, SPUR_EDB, "%s: %s", what, sqlite3_errmsg(s));
}

static enum spur_status exec(sqlite3 *s, const char *sql, struct spur_error *err)
{
	return sqlite3_exec(s, sql, NULL, NULL, NULL) == SQLITE_OK ? SPUR_OK : fail(s, "catalogue", err);
}

/* ---- opening ---- */

static bool accepts(const char *uri)
{
	(void)uri;
	return true;
}

static enum spur_status make_folder(const char *path, struct spur_error *err)
{
	const char *slash = strrchr(path, '/');
	enum spur_status st = SPUR_OK;

	if (slash != NULL && slash != path) {
		char *dir = spur_strndup(path, (size_t)(slash - path));

		st = spur_dir_make(dir, err);
		free(dir);
	}
	return st;
}

/* Two processes that turn a new file to WAL at once both hold it for reading and want it alone: SQLite
 * tells one of them so at once, without its busy timeout (sqlite3_busy_handler(), "deadlock"). */
static enum spur_status apply_settings(sqlite3 *s, struct spur_error *err)
{
	const spur_ns until = spur_monotonic_ns() + BUSY_MS * (SPUR_NS_PER_S / 1000);

	while (sqlite3_exec(s, settings, NULL, NULL, NULL) != SQLITE_OK) {
		if (sqlite3_errcode(s) != SQLITE_BUSY || spur_monotonic_ns() > until)
			return fail(s, "catalogue", err);
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
	return SPUR_OK;
}

static enum spur_status read_version(void *db, int *out, struct spur_error *err)
{
	sqlite3_stmt *stmt = NULL;
	enum spur_status st = SPUR_OK;

	if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		*out = sqlite3_column_int(stmt, 0);
	else
		st = spur_fail(err, SPUR_EDB, "not a catalogue: %s", sqlite3_errmsg(db));
	sqlite3_finalize(stmt);
	return st;
}

static enum spur_status step_begin(void *db, struct spur_error *err)
{
	return exec(db, "BEGIN IMMEDIATE", err);
}

static enum spur_status step_exec(void *db, const char *sql, struct spur_error *err)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return spur_fail(err, SPUR_EDB, "%s", sqlite3_errmsg(db));
	return SPUR_OK;
}

static enum spur_status stamp(void *db, int version, struct spur_error *err)
{
	char *sql = spur_strfmt("PRAGMA user_version = %d", version);
	enum spur_status st = step_exec(db, sql, err);

	free(sql);
	return st;
}

enum spur_status spur_sqlite_migrate(sqlite3 *db, unsigned version, int *have, struct spur_error *err)
{
	struct spur_migrator m = { .steps = spur_sqlite_migrations, .count = spur_sqlite_migration_count, .db = db,
				   .version = read_version, .begin = step_begin, .exec = step_exec, .stamp = stamp };

	return spur_migrate(&m, version, have, err);
}

/* Short naps of a random length for as long as it takes. SQLite's own handler naps longer the longer it has waited, so of
 * many writers the one that waits longest has the least chance of a turn. */
static int wait_for_turn(void *state, int times)
{
	struct sqlite_db *s = state;
	spur_ns now = spur_monotonic_ns();

	if (times == 0)
		s->waits_since = now;
	if (now - s->waits_since > BUSY_MS * (SPUR_NS_PER_S / 1000))
		return 0;
	s->dice = s->dice * 1103515245u + 12345u;
	nanosleep(&(struct timespec){ .tv_nsec = 300000 + (long)(s->dice >> 16) % 1024 * 2500 }, NULL);
	return 1;
}

static enum spur_status open_file(struct spur_db *db, const char *uri, struct spur_error *err)
{
	struct sqlite_db *s = (struct sqlite_db *)db;
	enum spur_status st = make_folder(uri, err);

	if (st < 0)
		return st;
	if (sqlite3_open_v2(uri, &s->sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK)
		return spur_fail(err, SPUR_EDB, "%s", s->sqlite == NULL ? "out of memory" : sqlite3_errmsg(s->sqlite));
	s->dice = (unsigned)getpid() * 2654435761u + (unsigned)spur_monotonic_ns();
	sqlite3_busy_handler(s->sqlite, wait_for_turn, s);
	if ((st = apply_settings(s->sqlite, err)) < 0)
		return st;
	return spur_sqlite_migrate(s->sqlite, UINT_MAX, &db->version, err);
}

static void close_file(struct spur_db *db)
{
	sqlite3_close(spur_sqlite_of(db));
}

/* ---- transactions ---- */

static enum spur_status begin(struct spur_db *db, bool read, struct spur_error *err)
{
	/* IMMEDIATE: a reader that turns writer half-way could not be retried by the busy timeout. */
	return exec(spur_sqlite_of(db), read ? "BEGIN" : "BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON", err);
}

static enum spur_status commit(struct spur_db *db, struct spur_error *err)
{
	return exec(spur_sqlite_of(db), "COMMIT", err);
}

static void rollback(struct spur_db *db)
{
	/* A failed statement may have ended the transaction already (disk full, I/O). */
	if (sqlite3_get_autocommit(spur_sqlite_of(db)) == 0)
		sqlite3_exec(spur_sqlite_of(db), "ROLLBACK", NULL, NULL, NULL);
}

/* ---- statements ---- */

static enum spur_status prepare(struct spur_stmt *q, struct spur_error *err)
{
	struct sqlite_stmt *s = (struct sqlite_stmt *)q;
	sqlite3 *db = spur_sqlite_of(q->db);

	if (sqlite3_prepare_v3(db, q->sql, -1, SQLITE_PREPARE_PERSISTENT, &s->stmt, NULL) != SQLITE_OK)
		return fail(db, "catalogue", err);
	return SPUR_OK;
}

static int bind(sqlite3_stmt *stmt, int at, const struct spur_value *v)
{
	if (v->kind == SPUR_VALUE_INT)
		return sqlite3_bind_int64(stmt, at, v->u.i);
	if (v->kind == SPUR_VALUE_F64 && !isnan(v->u.f))
		return sqlite3_bind_double(stmt, at, v->u.f);
	if (v->kind == SPUR_VALUE_TEXT && v->u.s != NULL)
		return sqlite3_bind_text(stmt, at, v->u.s, -1, SQLITE_STATIC);
	return sqlite3_bind_null(stmt, at);
}

static enum spur_status start(struct spur_stmt *q, const struct spur_value *values, size_t count, struct spur_error *err)
{
	for (size_t i = 0; i < count; i++) {
		if (bind(stmt_of(q), (int)i + 1, &values[i]) != SQLITE_OK)
			return fail(spur_sqlite_of(q->db), "catalogue", err);
	}
	return SPUR_OK;
}

static enum spur_status step(struct spur_stmt *q, struct spur_error *err)
{
	int rc = sqlite3_step(stmt_of(q));

	return rc == SQLITE_ROW ? SPUR_OK : rc == SQLITE_DONE ? SPUR_END :
	       fail(spur_sqlite_of(q->db), "catalogue", err);
}

static void reset(struct spur_stmt *q)
{
	sqlite3_reset(stmt_of(q));
	sqlite3_clear_bindings(stmt_of(q));
}

static void finish(struct spur_stmt *q)
{
	sqlite3_finalize(stmt_of(q));
}

static int columns(struct spur_stmt *q)
{
	return sqlite3_column_count(stmt_of(q));
}

static const char *name(struct spur_stmt *q, int column)
{
	return sqlite3_column_name(stmt_of(q), column);
}

static enum spur_value_kind kind(struct spur_stmt *q, int column)
{
	int type = sqlite3_column_type(stmt_of(q), column);

	return type == SQLITE_NULL ? SPUR_VALUE_NULL : type == SQLITE_INTEGER ? SPUR_VALUE_INT :
	       type == SQLITE_FLOAT ? SPUR_VALUE_F64 : SPUR_VALUE_TEXT;
}

static int64_t as_int(struct spur_stmt *q, int column)
{
	return sqlite3_column_int64(stmt_of(q), column);
}

static double as_f64(struct spur_stmt *q, int column)
{
	return sqlite3_column_double(stmt_of(q), column);
}

static const char *as_text(struct spur_stmt *q, int column)
{
	const unsigned char *s = sqlite3_column_text(stmt_of(q), column);

	return s == NULL ? "" : (const char *)s;
}

static int64_t changed(struct spur_db *db)
{
	return sqlite3_changes64(spur_sqlite_of(db));
}

const struct spur_db_engine spur_db_engine_sqlite = {
	.id = "sqlite", .title = "SQLite", .db_size = sizeof(struct sqlite_db), .stmt_size = sizeof(struct sqlite_stmt),
	.accepts = accepts, .open = open_file, .close = close_file,
	.begin = begin, .commit = commit, .rollback = rollback,
	.prepare = prepare, .start = start, .step = step, .reset = reset, .finish = finish,
	.columns = columns, .name = name, .kind = kind, .as_int = as_int, .as_f64 = as_f64, .as_text = as_text,
	.changed = changed, .tables = spur_sqlite_tables, .check = spur_sqlite_check, .backup = spur_sqlite_backup,
};
