#include "config.h"

#include "db/db_sqlite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/time.h"
#include "db/migrate.h"
#include "io/out.h"

#define BUSY_MS 30000	/* another writer's transaction is short; longer means it hangs */

/* WAL: readers never wait for the writer. FULL: what was reported as done survives a power cut. */
static const char *const settings = "PRAGMA journal_mode = WAL;"
				    "PRAGMA synchronous = FULL;"
				    "PRAGMA foreign_keys = ON;"
				    "PRAGMA trusted_schema = OFF;"
				    "PRAGMA cache_size = -16384;";

enum spur_status spur_sqlite_fail(struct spur_db *db, const char *what, struct spur_error *err)
{
	int code = sqlite3_errcode(db->sqlite);

	if (code == SQLITE_BUSY)
		return spur_fail(err, SPUR_EDB, "%s: another process has written to the catalogue for %d s; "
				 "try again", what, BUSY_MS / 1000);
	if (code == SQLITE_NOTADB)
		return spur_fail(err, SPUR_EDB, "%s: not a catalogue", what);
	return spur_fail(err, SPUR_EDB, "%s: %s", what, sqlite3_errmsg(db->sqlite));
}

enum spur_status spur_sqlite_exec(struct spur_db *db, const char *sql, struct spur_error *err)
{
	if (sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) != SQLITE_OK)
		return spur_sqlite_fail(db, "catalogue", err);
	return SPUR_OK;
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
static enum spur_status apply_settings(struct spur_db *db, struct spur_error *err)
{
	const spur_ns until = spur_monotonic_ns() + BUSY_MS * (SPUR_NS_PER_S / 1000);

	while (sqlite3_exec(db->sqlite, settings, NULL, NULL, NULL) != SQLITE_OK) {
		if (sqlite3_errcode(db->sqlite) != SQLITE_BUSY || spur_monotonic_ns() > until)
			return spur_sqlite_fail(db, "catalogue", err);
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
	return SPUR_OK;
}

static enum spur_status open_sqlite(struct spur_db *db, struct spur_error *err)
{
	enum spur_status st = make_folder(db->uri, err);

	if (st < 0)
		return st;
	if (sqlite3_open_v2(db->uri, &db->sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		return spur_fail(err, SPUR_EDB, "%s", db->sqlite == NULL ? "out of memory" : sqlite3_errmsg(db->sqlite));
	sqlite3_busy_timeout(db->sqlite, BUSY_MS);
	if ((st = apply_settings(db, err)) < 0 || (st = spur_migrate(db->sqlite, err)) < 0)
		return st;
	db->version = (int)spur_migration_count;
	return SPUR_OK;
}

enum spur_status spur_db_open(const char *uri, struct spur_db **out, struct spur_error *err)
{
	struct spur_db *db;
	enum spur_status st;

	*out = NULL;
	if (strncmp(uri, "postgresql://", 13) == 0 || strncmp(uri, "postgres://", 11) == 0)
		return spur_fail(err, SPUR_EUNSUPPORTED, "%s: PostgreSQL catalogues are not in this build; "
				 "give the path of a file", uri);
	db = spur_calloc(1, sizeof(*db));
	db->uri = spur_strdup(uri);
	if ((st = open_sqlite(db, err)) < 0) {
		spur_db_close(db);
		return spur_wrap(st, err, "catalogue %s", uri);
	}
	*out = db;
	return SPUR_OK;
}

void spur_db_close(struct spur_db *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < SPUR_DB_KEPT; i++)
		sqlite3_finalize(db->kept[i].stmt);
	sqlite3_close(db->sqlite);
	free(db->uri);
	free(db);
}

const char *spur_db_uri(const struct spur_db *db)
{
	return db->uri;
}

int spur_db_version(const struct spur_db *db)
{
	return db->version;
}

static enum spur_status begin(struct spur_db *db, const char *how, struct spur_error *err)
{
	if (db->depth == 0) {
		enum spur_status st = spur_sqlite_exec(db, how, err);

		if (st < 0)
			return st;
		db->doomed = false;
	}
	db->depth++;
	return SPUR_OK;
}

enum spur_status spur_db_begin(struct spur_db *db, struct spur_error *err)
{
	/* IMMEDIATE: a reader that turns writer half-way could not be retried by the busy timeout. */
	return begin(db, "BEGIN IMMEDIATE", err);
}

enum spur_status spur_db_begin_read(struct spur_db *db, struct spur_error *err)
{
	return begin(db, "BEGIN", err);
}

enum spur_status spur_db_end(struct spur_db *db, enum spur_status st, struct spur_error *err)
{
	db->depth--;
	if (st < 0)
		db->doomed = true;
	if (db->depth > 0)
		return st;
	if (!db->doomed) {
		if (spur_sqlite_exec(db, "COMMIT", err) >= 0)
			return st;
		st = SPUR_EDB;
	}
	/* A failed statement may have ended the transaction already (disk full, I/O). */
	if (sqlite3_get_autocommit(db->sqlite) == 0)
		sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
	return st < 0 ? st : spur_fail(err, SPUR_EDB, "catalogue: a step of the change failed; nothing was changed");
}

/* A kept statement of that text, or the slot to keep it in: an empty one, else the least recently used. */
static struct spur_stmt *slot_for(struct spur_db *db, uint64_t hash, const char *sql)
{
	struct spur_stmt *best = NULL;

	for (size_t i = 0; i < SPUR_DB_KEPT; i++) {
		struct spur_stmt *s = &db->kept[i];

		if (s->busy)
			continue;
		if (s->stmt != NULL && s->hash == hash && strcmp(sqlite3_sql(s->stmt), sql) == 0)
			return s;
		if (best == NULL || s->used < best->used)
			best = s;
	}
	return best;
}

static enum spur_status prepare(struct spur_db *db, const char *sql, struct spur_stmt **out, struct spur_error *err)
{
	uint64_t hash = spur_hash64(sql, strlen(sql));
	struct spur_stmt *s = slot_for(db, hash, sql);
	sqlite3_stmt *stmt;

	if (s != NULL && s->stmt != NULL && s->hash == hash && strcmp(sqlite3_sql(s->stmt), sql) == 0) {
		*out = s;
		return SPUR_OK;
	}
	if (sqlite3_prepare_v3(db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
		return spur_sqlite_fail(db, "catalogue", err);
	if (s == NULL)
		s = spur_calloc(1, sizeof(*s));
	else
		s->kept = true;
	sqlite3_finalize(s->stmt);
	s->stmt = stmt;
	s->hash = hash;
	s->db = db;
	*out = s;
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

enum spur_status spur_db_query(struct spur_db *db, const char *sql, const struct spur_value *values, size_t count,
			       struct spur_stmt **q, struct spur_error *err)
{
	enum spur_status st = prepare(db, sql, q, err);

	if (st < 0) {
		*q = NULL;
		return st;
	}
	(*q)->busy = true;
	(*q)->used = ++db->tick;
	for (size_t i = 0; i < count; i++) {
		if (bind((*q)->stmt, (int)i + 1, &values[i]) != SQLITE_OK) {
			st = spur_sqlite_fail(db, "catalogue", err);
			spur_stmt_close(*q);
			*q = NULL;
			return st;
		}
	}
	return SPUR_OK;
}

enum spur_status spur_stmt_step(struct spur_stmt *q, struct spur_error *err)
{
	int rc = sqlite3_step(q->stmt);

	return rc == SQLITE_ROW ? SPUR_OK : rc == SQLITE_DONE ? SPUR_END : spur_sqlite_fail(q->db, "catalogue", err);
}

void spur_stmt_close(struct spur_stmt *q)
{
	if (q == NULL)
		return;
	q->busy = false;
	if (q->kept) {
		sqlite3_reset(q->stmt);
		sqlite3_clear_bindings(q->stmt);
		return;
	}
	sqlite3_finalize(q->stmt);
	free(q);
}

int64_t spur_stmt_int(struct spur_stmt *q, int column)
{
	return sqlite3_column_int64(q->stmt, column);
}

double spur_stmt_f64(struct spur_stmt *q, int column)
{
	return spur_stmt_null(q, column) ? (double)NAN : sqlite3_column_double(q->stmt, column);
}

const char *spur_stmt_text(struct spur_stmt *q, int column)
{
	const unsigned char *s = sqlite3_column_text(q->stmt, column);

	return s == NULL ? "" : (const char *)s;
}

int spur_stmt_columns(struct spur_stmt *q)
{
	return sqlite3_column_count(q->stmt);
}

const char *spur_stmt_name(struct spur_stmt *q, int column)
{
	return sqlite3_column_name(q->stmt, column);
}

enum spur_value_kind spur_stmt_kind(struct spur_stmt *q, int column)
{
	int type = sqlite3_column_type(q->stmt, column);

	return type == SQLITE_NULL ? SPUR_VALUE_NULL : type == SQLITE_INTEGER ? SPUR_VALUE_INT :
	       type == SQLITE_FLOAT ? SPUR_VALUE_F64 : SPUR_VALUE_TEXT;
}

bool spur_stmt_null(struct spur_stmt *q, int column)
{
	return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

const char *spur_stmt_copy(struct spur_stmt *q, int column, struct spur_arena *a)
{
	const char *s = spur_stmt_text(q, column);

	return *s == '\0' ? "" : spur_arena_str(a, s);
}

enum spur_status spur_db_run(struct spur_db *db, const char *sql, const struct spur_value *values, size_t count,
			     struct spur_error *err)
{
	struct spur_stmt *q;
	enum spur_status st = spur_db_query(db, sql, values, count, &q, err);

	while (st == SPUR_OK)
		st = spur_stmt_step(q, err);
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

enum spur_status spur_db_scalar(struct spur_db *db, const char *sql, const struct spur_value *values, size_t count,
				int64_t *out, struct spur_error *err)
{
	struct spur_stmt *q;
	enum spur_status st = spur_db_query(db, sql, values, count, &q, err), more = SPUR_OK;

	if (st < 0)
		return st;
	if ((st = spur_stmt_step(q, err)) == SPUR_OK) {
		*out = spur_stmt_int(q, 0);
		while (more == SPUR_OK)	/* to its end: RETURNING takes effect with the last step */
			more = spur_stmt_step(q, err);
	}
	spur_stmt_close(q);
	return more < 0 ? more : st == SPUR_END ? SPUR_ENOTFOUND : st;
}

int64_t spur_db_changed(struct spur_db *db)
{
	return sqlite3_changes64(db->sqlite);
}

void *spur_rows_add(void *rows, size_t *count, size_t size)
{
	size_t n = (*count)++;
	char *grown = rows;

	/* Doubles at the powers of two. */
	if ((n & (n - 1)) == 0)
		grown = spur_realloc(rows, n == 0 ? 1 : n * 2, size);
	memset(grown + n * size, 0, size);
	return grown;
}

char *spur_like_of_glob(const char *glob)
{
	struct spur_buf b = { 0 };

	for (; *glob != '\0'; glob++) {
		if (*glob == '%' || *glob == '_' || *glob == '\\')
			spur_buf_addc(&b, '\\');
		spur_buf_addc(&b, *glob == '*' ? '%' : *glob == '?' ? '_' : *glob);
	}
	return spur_buf_steal(&b);
}
