#ifndef SPUR_DB_STATEMENT_H
#define SPUR_DB_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "db/catalog.h"

/*
 * For the files of this folder (catalog_*.c) only: statements, without a word of the engine
 * below, so that one catalog_*.c serves every engine. SQL keeps to what SQLite >= 3.37 and
 * PostgreSQL share: ?1 ?2 for values, RETURNING id for new rows, ON CONFLICT, 64-bit integers,
 * text; no INSERT OR ..., no rowid, no JSON functions. LIKE does not tell a from A (ASCII), on either;
 * a truth value is no number (count it by CASE WHEN); substr() takes CAST(?1 AS INTEGER). A statement that
 * fails inside of a transaction ends what the transaction can do but end().
 *
 * A new table is a new migration: db/migrations/sqlite/NNNN_name.sql, its twin in migrations/pg/, and a
 * line for each in db/Makefile.inc; NNNN is the next free number at the time of the push (renumber when
 * another one came first). A migration that was pushed is never edited.
 *
 * The pattern of a change, one transaction with its line of the audit:
 *
 *	int64_t seq;
 *	enum spur_status st = spur_db_begin(db, err);
 *
 *	if (st < 0)
 *		return st;
 *	st = spur_db_audit_add(db, act, "job.submit", id, detail_json, &seq, err);
 *	if (st >= 0)
 *		st = spur_db_run(db, "INSERT INTO job (uid, audit_seq) VALUES (?1, ?2)",
 *				 SPUR_BIND(SPUR_TEXT(id), SPUR_INT(seq)), err);
 *	return spur_db_end(db, st, err);
 *
 * and of a query:
 *
 *	struct spur_stmt *q;
 *	enum spur_status st = spur_db_query(db, "SELECT id, name FROM drive WHERE id > ?1",
 *					    SPUR_BIND(SPUR_INT(after)), &q, err);
 *
 *	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK)
 *		use(spur_stmt_int(q, 0), spur_stmt_text(q, 1));
 *	spur_stmt_close(q);
 *	return st == SPUR_END ? SPUR_OK : st;
 */
struct spur_stmt;

enum spur_value_kind { SPUR_VALUE_NULL, SPUR_VALUE_INT, SPUR_VALUE_F64, SPUR_VALUE_TEXT };
struct spur_value {
	enum spur_value_kind kind;
	union {
		int64_t i;
		double f;
		const char *s;	/* borrowed until the statement is closed; NULL: NULL */
	} u;
};

#define SPUR_INT(x) ((struct spur_value){ .kind = SPUR_VALUE_INT, .u.i = (x) })
#define SPUR_F64(x) ((struct spur_value){ .kind = SPUR_VALUE_F64, .u.f = (x) })	/* NaN is NULL */
#define SPUR_TEXT(x) ((struct spur_value){ .kind = SPUR_VALUE_TEXT, .u.s = (x) })
/* Two arguments: the values for ?1 ?2 ... and how many. */
#define SPUR_BIND(...) (const struct spur_value[]){ __VA_ARGS__ }, \
	sizeof((const struct spur_value[]){ __VA_ARGS__ }) / sizeof(struct spur_value)
#define SPUR_NO_BIND NULL, (size_t)0

/* Prepared statements are kept and used again; sql is compared by its text. *q is NULL on failure. */
enum spur_status spur_db_query(struct spur_db *db, const char *sql, const struct spur_value *values, size_t count,
			       struct spur_stmt **q, struct spur_error *err);
/* SPUR_OK: a row; SPUR_END: no more. */
enum spur_status spur_stmt_step(struct spur_stmt *q, struct spur_error *err);
void spur_stmt_close(struct spur_stmt *q);	/* NULL is fine; close before end() of the transaction */

/* Columns from 0. Text is never NULL ("" for NULL) and valid until the next step. */
int64_t spur_stmt_int(struct spur_stmt *q, int column);
double spur_stmt_f64(struct spur_stmt *q, int column);	/* NaN for NULL */
const char *spur_stmt_text(struct spur_stmt *q, int column);
int spur_stmt_columns(struct spur_stmt *q);
const char *spur_stmt_name(struct spur_stmt *q, int column);
enum spur_value_kind spur_stmt_kind(struct spur_stmt *q, int column);
bool spur_stmt_null(struct spur_stmt *q, int column);
/* A copy in an arena; never NULL. */
const char *spur_stmt_copy(struct spur_stmt *q, int column, struct spur_arena *a);

/* A change without rows to read. */
enum spur_status spur_db_run(struct spur_db *db, const char *sql, const struct spur_value *values, size_t count,
			     struct spur_error *err);
/* The first column of the first row: ids of RETURNING, counts. SPUR_ENOTFOUND (without text) when there is no row. */
enum spur_status spur_db_scalar(struct spur_db *db, const char *sql, const struct spur_value *values, size_t count,
				int64_t *out, struct spur_error *err);
/* One snapshot for several queries, without keeping writers out; ends with spur_db_end(). */
enum spur_status spur_db_begin_read(struct spur_db *db, struct spur_error *err);
/* Names of the tables that have this column (NULL: all), sorted; the caller frees each and the array. */
enum spur_status spur_db_tables(struct spur_db *db, const char *column, char ***names, size_t *count,
				struct spur_error *err);
/* Rows the last change touched. */
int64_t spur_db_changed(struct spur_db *db);

/* A query whose clauses depend on what is asked: each value takes the next number. */
#define SPUR_CLAUSES_MAX 24
struct spur_clauses {
	struct spur_buf sql;
	struct spur_value values[SPUR_CLAUSES_MAX];
	size_t count;
};
void spur_clause(struct spur_clauses *c, const char *before, struct spur_value v, const char *after);

/* The pattern for `name LIKE ?1 ESCAPE '\'` of a glob with * and ?. The caller frees. */
char *spur_like_of_glob(const char *glob);

/* Rows of a list while their number is not known: room for one more, zeroed. */
void *spur_rows_add(void *rows, size_t *count, size_t size);

#endif
