#include "config.h"

#include "db/db_pg.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/uri.h"

/*
 * The PostgreSQL engine. Rows come in one by one (single row mode), so a long listing takes no memory;
 * a connection carries one such stream, so a statement that begins while another one's rows are still
 * coming in puts those aside first (settle()).
 */

static struct pg_db *db_of(struct spur_stmt *q)
{
	return (struct pg_db *)q->db;
}

static struct pg_link *link_of(struct spur_stmt *q)
{
	return db_of(q)->link;
}

/* ---- the stream of rows ---- */

static void put_aside(struct pg_stmt *s, PGresult *r)
{
	s->later = spur_rows_add(s->later, &s->later_count, sizeof(*s->later));
	s->later[s->later_count - 1] = r;
}

static void cancel_running(struct pg_link *l)
{
	PGcancel *c = spur_pq.getCancel(l->conn);
	char why[256];

	if (c != NULL)
		spur_pq.cancel(c, why, sizeof(why));
	spur_pq.freeCancel(c);
}

/* Nothing is coming in any more. What nobody reads is not waited for where that harms no transaction. */
static void settle(struct pg_db *db, bool cancel)
{
	PGresult *r;

	if (db->active == NULL && !db->abandoned)
		return;
	if (db->abandoned && cancel)
		cancel_running(db->link);
	while ((r = spur_pq.getResult(db->link->conn)) != NULL) {
		if (db->active != NULL)
			put_aside(db->active, r);
		else
			spur_pq.clear(r);
	}
	db->active = NULL;
	db->abandoned = false;
}

/* Outside of a transaction nothing hangs on the connection: a server that was restarted is asked again. */
static enum spur_status revive(struct pg_db *db, struct spur_error *err)
{
	struct pg_link *fresh;
	enum spur_status st;

	settle(db, db->head.depth == 0);
	if (spur_pq.status(db->link->conn) == CONNECTION_OK)
		return SPUR_OK;
	if (db->head.depth > 0)
		return spur_pg_fail(db->link, NULL, err);
	if ((st = spur_pg_link_get(db->link->uri, &fresh, &db->head.version, err)) < 0)
		return st;
	spur_pg_link_drop(db->link);
	db->link = fresh;
	db->era++;
	return SPUR_OK;
}

/* ---- opening ---- */

static bool accepts(const char *uri)
{
	return strncmp(uri, "postgresql://", 13) == 0 || strncmp(uri, "postgres://", 11) == 0;
}

static enum spur_status open_link(struct spur_db *db, const char *uri, struct spur_error *err)
{
	struct pg_db *p = (struct pg_db *)db;

	free(db->uri);
	db->uri = spur_uri_hide(uri);
	p->era = 1;
	return spur_pg_link_get(uri, &p->link, &db->version, err);
}

static void rollback(struct spur_db *db);

static void close_link(struct spur_db *db)
{
	struct pg_db *p = (struct pg_db *)db;

	if (p->link == NULL)
		return;
	rollback(db);
	spur_pg_link_put(p->link);
}

/* ---- transactions ---- */

/* READ COMMITTED behind a lock that every writer takes first: each statement sees all that the writer before
 * us committed, and nobody else writes, so there is nothing to serialise, to deadlock or to try again. */
static char *begin_sql(const struct pg_link *l, bool read)
{
	return read ? spur_strdup("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") :
	       spur_strfmt("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock(%" PRId64 ")", l->lock);
}

static enum spur_status begin(struct spur_db *db, bool read, struct spur_error *err)
{
	struct pg_db *p = (struct pg_db *)db;
	enum spur_status st = revive(p, err);

	/* A second time when the first one finds the connection gone: nothing was done in it yet. */
	for (int i = 0; st >= 0 && i < 2; i++) {
		char *sql = begin_sql(p->link, read);

		st = spur_pg_exec(p->link, sql, err);
		free(sql);
		if (st >= 0)
			return st;
		rollback(db);
		if (spur_pq.status(p->link->conn) == CONNECTION_OK || i > 0)
			return st;
		st = revive(p, err);
	}
	return st;
}

static enum spur_status commit(struct spur_db *db, struct spur_error *err)
{
	struct pg_db *p = (struct pg_db *)db;
	PGresult *r;
	enum spur_status st = SPUR_OK;

	settle(p, false);
	if (spur_pq.transactionStatus(p->link->conn) == PQTRANS_INERROR)
		return spur_fail(err, SPUR_EDB, "catalogue: a step of the change failed; nothing was changed");
	r = spur_pq.exec(p->link->conn, "COMMIT");
	if (spur_pq.resultStatus(r) != PGRES_COMMAND_OK) {
		bool lost = spur_pq.status(p->link->conn) != CONNECTION_OK;

		st = spur_pg_fail(p->link, r, err);
		return lost ? spur_wrap(st, err, "whether the change was made is not known, look before you do it again") : st;
	}
	/* A transaction that cannot be committed is rolled back by COMMIT, with a tag that says so. */
	if (strcmp(spur_pq.cmdStatus(r), "COMMIT") != 0)
		st = spur_fail(err, SPUR_EDB, "catalogue: the server took the change back; nothing was changed");
	spur_pq.clear(r);
	return st;
}

static void rollback(struct spur_db *db)
{
	struct pg_db *p = (struct pg_db *)db;

	settle(p, true);
	if (spur_pq.transactionStatus(p->link->conn) != PQTRANS_IDLE)
		spur_pg_exec(p->link, "ROLLBACK", NULL);
}

/* ---- statements ---- */

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Copies a quoted text or name with its quotes; returns behind it. */
static const char *copy_quoted(struct spur_buf *out, const char *s)
{
	const char *end = strchr(s + 1, *s);

	end = end == NULL ? s + strlen(s) - 1 : end;
	spur_buf_add(out, s, (size_t)(end - s) + 1);
	return end + 1;
}

/* ?N is $N here; and LIKE, which does not tell a from A in SQLite, is ILIKE (both of ASCII: the texts are
 * COLLATE "C"). A doubled quote inside of quotes reads as two texts, to the same effect. */
static char *translate(const char *sql)
{
	struct spur_buf out = { 0 };

	for (const char *p = sql; *p != '\0';) {
		if (*p == '\'' || *p == '"') {
			p = copy_quoted(&out, p);
		} else if (*p == '?' && isdigit((unsigned char)p[1])) {
			spur_buf_addc(&out, '$');
			p++;
		} else if (strncmp(p, "LIKE", 4) == 0 && !in_word(p[4]) && (p == sql || !in_word(p[-1]))) {
			spur_buf_adds(&out, "ILIKE");
			p += 4;
		} else {
			spur_buf_addc(&out, *p++);
		}
	}
	return spur_buf_steal(&out);
}

static enum spur_status prepare(struct spur_stmt *q, struct spur_error *err)
{
	(void)err;	/* what is wrong with it, the server says at start() */
	((struct pg_stmt *)q)->sql = translate(q->sql);
	return SPUR_OK;
}

/* pg_type.oid of a value; 0: what the place it stands in wants. */
static Oid type_of(const struct spur_value *v)
{
	return v->kind == SPUR_VALUE_INT ? 20 : v->kind == SPUR_VALUE_F64 ? 701 : v->kind == SPUR_VALUE_TEXT ? 25 : 0;
}

#define NUMBER_TEXT 32

/* Of a value as the server reads it; NULL: NULL. */
static const char *text_of(const struct spur_value *v, char number[NUMBER_TEXT])
{
	switch (v->kind) {
	case SPUR_VALUE_INT:
		snprintf(number, NUMBER_TEXT, "%" PRId64, v->u.i);
		return number;
	case SPUR_VALUE_F64:
		if (isnan(v->u.f))
			return NULL;
		/* "inf" is read as Infinity; there is one 0, as SQLite has it. */
		snprintf(number, NUMBER_TEXT, "%.17g", v->u.f == 0 ? 0.0 : v->u.f);
		return number;
	case SPUR_VALUE_TEXT:
		return v->u.s;
	case SPUR_VALUE_NULL:
		break;
	}
	return NULL;
}

/* Prepared with these types; a NULL fits any. */
static bool fits(const struct pg_stmt *s, const struct spur_value *values, size_t count)
{
	if (s->name[0] == '\0' || s->era != ((const struct pg_db *)s->head.db)->era || s->type_count != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (type_of(&values[i]) != 0 && type_of(&values[i]) != s->types[i])
			return false;
	}
	return true;
}

static enum spur_status prepare_there(struct pg_stmt *s, const struct spur_value *values, size_t count, struct spur_error *err)
{
	struct pg_db *db = (struct pg_db *)s->head.db;
	PGresult *r;

	snprintf(s->name, sizeof(s->name), "s%u", ++db->link->prepared);
	for (size_t i = 0; i < count; i++)
		s->types[i] = type_of(&values[i]);
	s->type_count = count;
	s->era = db->era;
	r = spur_pq.prepare(db->link->conn, s->name, s->sql, (int)count, s->types);
	if (spur_pq.resultStatus(r) != PGRES_COMMAND_OK) {
		s->name[0] = '\0';
		return spur_pg_fail(db->link, r, err);
	}
	spur_pq.clear(r);
	return SPUR_OK;
}

static enum spur_status send_it(struct pg_stmt *s, const struct spur_value *values, size_t count, struct spur_error *err)
{
	struct pg_db *db = (struct pg_db *)s->head.db;
	char numbers[SPUR_PG_VALUES][NUMBER_TEXT];
	const char *texts[SPUR_PG_VALUES];
	Oid types[SPUR_PG_VALUES];
	enum spur_status st;
	int sent;

	for (size_t i = 0; i < count; i++) {
		texts[i] = text_of(&values[i], numbers[i]);
		types[i] = type_of(&values[i]);
	}
	/* The first time in one message; what comes again is worth a plan that stays. */
	if (s->uses++ == 0) {
		sent = spur_pq.sendQueryParams(db->link->conn, s->sql, (int)count, types, texts, NULL, NULL, 0);
	} else {
		if (!fits(s, values, count) && (st = prepare_there(s, values, count, err)) < 0)
			return st;
		sent = spur_pq.sendQueryPrepared(db->link->conn, s->name, (int)count, texts, NULL, NULL, 0);
	}
	if (sent != 1)
		return spur_pg_fail(db->link, NULL, err);
	spur_pq.setSingleRowMode(db->link->conn);
	db->active = s;
	return SPUR_OK;
}

static enum spur_status start(struct spur_stmt *q, const struct spur_value *values, size_t count, struct spur_error *err)
{
	struct pg_stmt *s = (struct pg_stmt *)q;
	struct pg_db *db = db_of(q);
	enum spur_status st = revive(db, err);

	if (st >= 0 && count > SPUR_PG_VALUES)
		return spur_fail(err, SPUR_EINVAL, "a statement with %zu values", count);
	if (st >= 0 && (st = send_it(s, values, count, err)) < 0 && db->head.depth == 0 &&
	    spur_pq.status(db->link->conn) != CONNECTION_OK && (st = revive(db, err)) >= 0)
		st = send_it(s, values, count, err);	/* it was not even sent */
	s->done = false;
	return st;
}

static void drop_row(struct pg_stmt *s)
{
	spur_pq.clear(s->row);
	s->row = NULL;
	s->at_row = s->ahead = false;
}

static PGresult *next_result(struct pg_stmt *s)
{
	struct pg_db *db = (struct pg_db *)s->head.db;
	PGresult *r;

	if (s->later_at < s->later_count)
		return s->later[s->later_at++];
	if (db->active != s)
		return NULL;
	if ((r = spur_pq.getResult(db->link->conn)) == NULL)
		db->active = NULL;
	return r;
}

static void end_stream(struct pg_stmt *s)
{
	PGresult *r;

	while ((r = next_result(s)) != NULL)
		spur_pq.clear(r);
	s->done = true;
}

static void count_changed(struct pg_db *db, PGresult *r)
{
	const char *tag = spur_pq.cmdStatus(r);

	if (strncmp(tag, "INSERT", 6) == 0 || strncmp(tag, "UPDATE", 6) == 0 || strncmp(tag, "DELETE", 6) == 0)
		db->changed = strtoll(spur_pq.cmdTuples(r), NULL, 10);
}

/* SPUR_OK: row is the next row. SPUR_END: row, if any, has its columns only. */
static enum spur_status fetch(struct pg_stmt *s, struct spur_error *err)
{
	PGresult *r = s->done ? NULL : next_result(s);

	if (r == NULL) {
		s->done = true;
		return SPUR_END;
	}
	switch (spur_pq.resultStatus(r)) {
	case PGRES_SINGLE_TUPLE:
		drop_row(s);
		s->row = r;
		s->at_row = true;
		return SPUR_OK;
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		count_changed((struct pg_db *)s->head.db, r);
		drop_row(s);
		s->row = r;
		end_stream(s);
		return SPUR_END;
	default:
		end_stream(s);
		return spur_pg_fail(link_of(&s->head), r, err);
	}
}

static enum spur_status step(struct spur_stmt *q, struct spur_error *err)
{
	struct pg_stmt *s = (struct pg_stmt *)q;

	if (s->ahead) {
		s->ahead = false;
		return SPUR_OK;
	}
	return fetch(s, err);
}

static void reset(struct spur_stmt *q)
{
	struct pg_stmt *s = (struct pg_stmt *)q;
	struct pg_db *db = db_of(q);

	/* The rest is thrown away when the connection is wanted again. */
	if (db->active == s) {
		db->active = NULL;
		db->abandoned = true;
	}
	drop_row(s);
	for (; s->later_at < s->later_count; s->later_at++)
		spur_pq.clear(s->later[s->later_at]);
	free(s->later);
	s->later = NULL;
	s->later_at = s->later_count = 0;
	s->done = true;
}

static void finish(struct spur_stmt *q)
{
	struct pg_stmt *s = (struct pg_stmt *)q;
	struct pg_db *db = db_of(q);

	if (db->link != NULL && s->name[0] != '\0' && s->era == db->era && !db->abandoned && db->active == NULL &&
	    spur_pq.transactionStatus(db->link->conn) != PQTRANS_INERROR) {
		char *sql = spur_strfmt("DEALLOCATE %s", s->name);

		spur_pg_exec(db->link, sql, NULL);
		free(sql);
	}
	free(s->sql);
}

/* ---- values ---- */

static int columns(struct spur_stmt *q)
{
	struct pg_stmt *s = (struct pg_stmt *)q;

	if (s->row == NULL && !s->done)
		s->ahead = fetch(s, NULL) == SPUR_OK;
	return s->row == NULL ? 0 : spur_pq.nfields(s->row);
}

static const char *name(struct spur_stmt *q, int column)
{
	return columns(q) <= column ? "" : spur_pq.fname(((struct pg_stmt *)q)->row, column);
}

static bool is_null(struct spur_stmt *q, int column)
{
	struct pg_stmt *s = (struct pg_stmt *)q;

	return !s->at_row || column >= spur_pq.nfields(s->row) || spur_pq.getisnull(s->row, 0, column);
}

/* Types as pg_type.dat numbers them. */
static enum spur_value_kind kind(struct spur_stmt *q, int column)
{
	struct pg_stmt *s = (struct pg_stmt *)q;

	if (is_null(q, column))
		return SPUR_VALUE_NULL;
	switch (spur_pq.ftype(s->row, column)) {
	case 16:	/* bool */
	case 20:
	case 21:
	case 23:	/* int8, int2, int4 */
	case 26:	/* oid */
		return SPUR_VALUE_INT;
	case 700:
	case 701:	/* float4, float8 */
		return SPUR_VALUE_F64;
	case 1700:	/* numeric: a sum of int8 */
		return strchr(spur_pq.getvalue(s->row, 0, column), '.') == NULL ? SPUR_VALUE_INT : SPUR_VALUE_F64;
	default:
		return SPUR_VALUE_TEXT;
	}
}

static const char *as_text(struct spur_stmt *q, int column)
{
	struct pg_stmt *s = (struct pg_stmt *)q;

	return is_null(q, column) ? "" : spur_pq.getvalue(s->row, 0, column);
}

static int64_t as_int(struct spur_stmt *q, int column)
{
	const char *s = as_text(q, column);

	if (kind(q, column) == SPUR_VALUE_F64)
		return (int64_t)strtod(s, NULL);
	return *s == 't' ? 1 : strtoll(s, NULL, 10);
}

static double as_f64(struct spur_stmt *q, int column)
{
	return strtod(as_text(q, column), NULL);
}

static int64_t changed(struct spur_db *db)
{
	return ((struct pg_db *)db)->changed;
}

const struct spur_db_engine spur_db_engine_pg = {
	.id = "postgresql", .title = "PostgreSQL", .db_size = sizeof(struct pg_db), .stmt_size = sizeof(struct pg_stmt),
	.accepts = accepts, .open = open_link, .close = close_link,
	.begin = begin, .commit = commit, .rollback = rollback,
	.prepare = prepare, .start = start, .step = step, .reset = reset, .finish = finish,
	.columns = columns, .name = name, .kind = kind, .as_int = as_int, .as_f64 = as_f64, .as_text = as_text,
	.changed = changed, .tables = spur_pg_tables, .check = spur_pg_check, .backup = spur_pg_backup,
};
