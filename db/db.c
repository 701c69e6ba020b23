#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "db/catalog_priv.h"
#include "db/engine.h"

/* What is the same over every engine: which one, nested transactions, kept statements. */

static const struct spur_db_engine *const engines[] = {
#define SPUR_DB_ENGINE(id) &spur_db_engine_##id,
#include "db/engines.def"
#undef SPUR_DB_ENGINE
	NULL
};

static const struct spur_db_engine *engine_of(const char *uri)
{
	const struct spur_db_engine *const *e = engines;

	while (!(*e)->accepts(uri) && e[1] != NULL)
		e++;
	return *e;
}

enum spur_status spur_db_open(const char *uri, struct spur_db **out, struct spur_error *err)
{
	const struct spur_db_engine *e = engine_of(uri);
	struct spur_db *db = spur_calloc(1, e->db_size);
	enum spur_status st;

	*out = NULL;
	db->engine = e;
	db->uri = spur_strdup(uri);
	if ((st = e->open(db, uri, err)) < 0 || (st = spur_db_chain_base(db, err)) < 0) {
		st = spur_wrap(st, err, "catalogue %s", db->uri);
		spur_db_close(db);
		return st;
	}
	*out = db;
	return SPUR_OK;
}

static void stmt_destroy(struct spur_stmt *q)
{
	if (q == NULL)
		return;
	q->db->engine->finish(q);
	free(q->sql);
	free(q);
}

void spur_db_close(struct spur_db *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < SPUR_DB_KEPT; i++)
		stmt_destroy(db->kept[i]);
	db->engine->close(db);
	spur_db_chain_forget(&db->chain);
	free(db->uri);
	free(db);
}

const char *spur_db_uri(const struct spur_db *db)
{
	return db->uri;
}

struct spur_db_chain *spur_db_chain_of(struct spur_db *db)
{
	return &db->chain;
}

int spur_db_version(const struct spur_db *db)
{
	return db->version;
}

/* ---- transactions ---- */

static enum spur_status begin(struct spur_db *db, bool read, struct spur_error *err)
{
	if (db->depth == 0) {
		enum spur_status st = db->engine->begin(db, read, err);

		if (st < 0)
			return st;
		db->doomed = false;
		db->reading = read;
	} else if (db->reading && !read) {
		return spur_fail(err, SPUR_EDB, "catalogue: a change inside of a snapshot for reading");
	}
	db->depth++;
	return SPUR_OK;
}

enum spur_status spur_db_begin(struct spur_db *db, struct spur_error *err)
{
	return begin(db, false, err);
}

enum spur_status spur_db_begin_read(struct spur_db *db, struct spur_error *err)
{
	return begin(db, true, err);
}

static enum spur_status finish(struct spur_db *db, enum spur_status st, struct spur_error *err)
{
	if (!db->doomed) {
		if ((st = spur_db_chain_flush(db, err)) >= 0 && (st = db->engine->commit(db, err)) >= 0)
			return SPUR_OK;
	}
	db->engine->rollback(db);
	return st < 0 ? st : spur_fail(err, SPUR_EDB, "catalogue: a step of the change failed; nothing was changed");
}

enum spur_status spur_db_end(struct spur_db *db, enum spur_status st, struct spur_error *err)
{
	enum spur_status done;

	if (st < 0)
		db->doomed = true;
	if (db->depth > 1) {
		db->depth--;
		return st;
	}
	done = finish(db, st, err);
	spur_db_chain_forget(&db->chain);
	db->depth = 0;
	return done < 0 ? done : st;
}

/* ---- statements ---- */

static bool is_that(const struct spur_stmt *s, uint64_t hash, const char *sql)
{
	return s != NULL && s->hash == hash && strcmp(s->sql, sql) == 0;
}

/* The place of a kept statement of that text, or where to keep it: an empty one, else the least recently used. NULL:
 * all are busy. */
static struct spur_stmt **slot_for(struct spur_db *db, uint64_t hash, const char *sql)
{
	struct spur_stmt **best = NULL;

	for (size_t i = 0; i < SPUR_DB_KEPT; i++) {
		struct spur_stmt **s = &db->kept[i];

		if (*s != NULL && (*s)->busy)
			continue;
		if (is_that(*s, hash, sql))
			return s;
		if (best == NULL || (*best != NULL && (*s == NULL || (*s)->used < (*best)->used)))
			best = s;
	}
	return best;
}

static enum spur_status prepare(struct spur_db *db, const char *sql, struct spur_stmt **out, struct spur_error *err)
{
	uint64_t hash = spur_hash64(sql, strlen(sql));
	struct spur_stmt **slot = slot_for(db, hash, sql), *s;
	enum spur_status st;

	if (slot != NULL && is_that(*slot, hash, sql)) {
		*out = *slot;
		return SPUR_OK;
	}
	s = spur_calloc(1, db->engine->stmt_size);
	s->db = db;
	s->sql = spur_strdup(sql);
	s->hash = hash;
	if ((st = db->engine->prepare(s, err)) < 0) {
		stmt_destroy(s);
		return st;
	}
	if (slot != NULL) {
		stmt_destroy(*slot);
		*slot = s;
		s->kept = true;
	}
	*out = s;
	return SPUR_OK;
}

enum spur_status spur_db_query(struct spur_db *db, const char *sql, const struct spur_value *values, size_t count,
			       struct spur_stmt **q, struct spur_error *err)
{
	enum spur_status st;

	*q = NULL;
	if ((st = prepare(db, sql, q, err)) < 0)
		return st;
	(*q)->busy = true;
	(*q)->used = ++db->tick;
	if (db->depth > 0 && !db->reading)
		spur_db_chain_note(&db->chain, sql);
	if ((st = db->engine->start(*q, values, count, err)) < 0) {
		spur_stmt_close(*q);
		*q = NULL;
	}
	return st;
}

enum spur_status spur_stmt_step(struct spur_stmt *q, struct spur_error *err)
{
	return q->db->engine->step(q, err);
}

void spur_stmt_close(struct spur_stmt *q)
{
	if (q == NULL)
		return;
	q->busy = false;
	q->db->engine->reset(q);
	if (!q->kept)
		stmt_destroy(q);
}

int64_t spur_stmt_int(struct spur_stmt *q, int column)
{
	return q->db->engine->as_int(q, column);
}

double spur_stmt_f64(struct spur_stmt *q, int column)
{
	return spur_stmt_null(q, column) ? (double)NAN : q->db->engine->as_f64(q, column);
}

const char *spur_stmt_text(struct spur_stmt *q, int column)
{
	return q->db->engine->as_text(q, column);
}

int spur_stmt_columns(struct spur_stmt *q)
{
	return q->db->engine->columns(q);
}

const char *spur_stmt_name(struct spur_stmt *q, int column)
{
	return q->db->engine->name(q, column);
}

enum spur_value_kind spur_stmt_kind(struct spur_stmt *q, int column)
{
	return q->db->engine->kind(q, column);
}

bool spur_stmt_null(struct spur_stmt *q, int column)
{
	return spur_stmt_kind(q, column) == SPUR_VALUE_NULL;
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
	return db->engine->changed(db);
}

enum spur_status spur_db_names(struct spur_db *db, const char *sql, const struct spur_value *values, size_t count,
			       char ***names, size_t *name_count, struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(db, sql, values, count, &q, err);

	*names = NULL;
	*name_count = 0;
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		*names = spur_rows_add(*names, name_count, sizeof(**names));
		(*names)[*name_count - 1] = spur_strdup(spur_stmt_text(q, 0));
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

/* ---- what the engine does in its own way ---- */

enum spur_status spur_db_tables(struct spur_db *db, const char *column, char ***names, size_t *count,
				struct spur_error *err)
{
	return db->engine->tables(db, column, names, count, err);
}

enum spur_status spur_db_check_engine(struct spur_db *db, struct spur_db_verdict *v, spur_db_found *found, void *state,
				      struct spur_error *err)
{
	return db->engine->check(db, v, found, state, err);
}

enum spur_status spur_db_backup(struct spur_db *db, const char *path, struct spur_task *task, struct spur_error *err)
{
	return spur_wrap(db->engine->backup(db, path, task, err), err, "backup to %s", path);
}

/* ---- helpers of catalog_*.c ---- */

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
