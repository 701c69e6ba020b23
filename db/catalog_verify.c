#include "config.h"

#include "db/catalog.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "db/catalog_priv.h"
#include "db/chain.h"
#include "db/statement.h"

#define GENESIS "0000000000000000000000000000000000000000000000000000000000000000"
#define PAGE 1024	/* lines between two looks at the cancel bit */

void spur_db_find(struct spur_db_verdict *v, spur_db_found *found, void *state, const char *fmt, ...)
{
	struct spur_buf text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	spur_buf_addv(&text, fmt, ap);
	va_end(ap);
	if (v->wrong++ == 0)
		snprintf(v->first, sizeof(v->first), "%s", spur_buf_text(&text));
	if (found != NULL)
		found(state, spur_buf_text(&text));
	spur_buf_finish(&text);
}

struct walk {
	struct spur_db *db;
	struct spur_db_verdict *v;
	spur_db_found *found;
	void *state;
	struct spur_task *task;
	struct spur_db_seals seals;
	uint64_t total;		/* lines, for progress */
	int64_t expect;		/* the next line */
	char prev[SPUR_SHA256_HEX];	/* hash of the line before */
	/* A line whose record and hash do not fit: the line after it tells which of the two was changed. */
	int64_t torn;
	char fitting[SPUR_SHA256_HEX];	/* the hash its record has */
	/* Lines of this page that made rows. */
	size_t made_count;
	struct made {
		int64_t seq, rows;
		char sha256[SPUR_SHA256_HEX];
	} *made;
};

#define WRONG(w, ...) spur_db_find((w)->v, (w)->found, (w)->state, __VA_ARGS__)

static void note_made(struct walk *w, int64_t seq, int64_t rows, const char *sha256)
{
	w->made = spur_rows_add(w->made, &w->made_count, sizeof(*w->made));
	w->made[w->made_count - 1] = (struct made){ .seq = seq, .rows = rows };
	snprintf(w->made[w->made_count - 1].sha256, SPUR_SHA256_HEX, "%s", sha256);
}

/* The record says the same as the columns beside it. */
static void check_columns(struct walk *w, int64_t seq, const char *record, const char *subject)
{
	json_t *line = json_loads(record, JSON_ALLOW_NUL, NULL);
	json_int_t inside = 0, rows = 0;
	const char *about = "", *sha256 = "";

	if (line == NULL || json_unpack(line, "{s:I, s:s, s?I, s?s}", "seq", &inside, "subject", &about, "rows", &rows,
					"rows_sha256", &sha256) != 0)
		WRONG(w, "audit line %" PRId64 ": its record cannot be read", seq);
	else if (inside != seq)
		WRONG(w, "audit line %" PRId64 ": its record says %" JSON_INTEGER_FORMAT, seq, inside);
	else if (strcmp(about, subject) != 0)
		WRONG(w, "audit line %" PRId64 ": its subject was changed", seq);
	note_made(w, seq, rows, sha256);
	json_decref(line);
}

/* next: the hash that follows, of the next line or the head. */
static void settle_torn(struct walk *w, const char *next)
{
	if (w->torn == 0)
		return;
	if (strcmp(next, w->fitting) == 0) {
		WRONG(w, "audit line %" PRId64 ": its hash was changed", w->torn);
		memcpy(w->prev, w->fitting, sizeof(w->prev));
	} else {
		WRONG(w, "audit line %" PRId64 ": its record was changed (its hash does not fit)", w->torn);
	}
	w->torn = 0;
}

static void check_links(struct walk *w, int64_t seq, const char *record, const char *prev, const char *hash)
{
	char own[SPUR_SHA256_HEX], follows[SPUR_SHA256_HEX];

	settle_torn(w, prev);
	spur_db_chain_hash(w->prev, record, strlen(record), follows);
	if (strcmp(prev, w->prev) == 0) {
		if (strcmp(hash, follows) != 0) {
			w->torn = seq;
			memcpy(w->fitting, follows, sizeof(w->fitting));
		}
		return;
	}
	if (strlen(prev) == SPUR_SHA256_HEX - 1)
		spur_db_chain_hash(prev, record, strlen(record), own);
	else
		own[0] = '\0';
	if (strcmp(hash, follows) == 0)
		WRONG(w, "audit line %" PRId64 ": its prev_hash was changed", seq);
	else if (strcmp(hash, own) == 0)
		WRONG(w, "audit line %" PRId64 ": it does not follow the line before it (lines were removed, put in or moved)", seq);
	else
		WRONG(w, "audit line %" PRId64 ": it was changed (neither its hash nor its prev_hash fits)", seq);
}

static void check_line(struct walk *w, struct spur_stmt *q)
{
	int64_t seq = spur_stmt_int(q, 0);
	const char *record = spur_stmt_text(q, 1), *hash = spur_stmt_text(q, 3);

	if (seq > w->expect)
		WRONG(w, "audit line %" PRId64 ": %" PRIu64 " lines before it are missing", seq,
		      (uint64_t)seq - (uint64_t)w->expect);
	else if (seq < w->expect)
		WRONG(w, "audit line %" PRId64 ": there is no such line", seq);
	check_links(w, seq, record, spur_stmt_text(q, 2), hash);
	check_columns(w, seq, record, spur_stmt_text(q, 4));
	w->expect = (int64_t)((uint64_t)seq + 1);
	snprintf(w->prev, sizeof(w->prev), "%s", hash);
}

/* A line's list of rows against its record. */
static void end_rows(struct walk *w, const struct made *m, int64_t rows, struct spur_sha256 *h)
{
	char hex[SPUR_SHA256_HEX] = "";

	if (h != NULL)
		spur_sha256_end_hex(h, hex);
	if (rows != m->rows)
		WRONG(w, "audit line %" PRId64 ": it made %" PRId64 " rows, but audit_row has %" PRId64, m->seq, m->rows, rows);
	else if (strcmp(hex, m->sha256) != 0)
		WRONG(w, "audit line %" PRId64 ": the hashes of its rows were changed (audit_row)", m->seq);
}

/* audit_row of the lines of this page, in step with them. */
static enum spur_status check_rows(struct walk *w, struct spur_error *err)
{
	int64_t first = w->made[0].seq, last = w->made[w->made_count - 1].seq, rows = 0;
	size_t at = 0;
	struct spur_sha256 *h = NULL;
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(w->db, "SELECT seq, position, tab, row_key, sha256, columns FROM audit_row "
					    "WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq, position",
					    SPUR_BIND(SPUR_INT(first), SPUR_INT(last)), &q, err);

	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		int64_t seq = spur_stmt_int(q, 0);
		const char *table = spur_stmt_text(q, 2), *key = spur_stmt_text(q, 3);

		for (; at < w->made_count && w->made[at].seq < seq; at++, rows = 0, h = NULL)
			end_rows(w, &w->made[at], rows, h);
		if (at == w->made_count || w->made[at].seq != seq)
			continue;	/* of no line; their number tells */
		if (spur_stmt_int(q, 1) != rows++)
			WRONG(w, "audit line %" PRId64 ": the order of its rows was changed (audit_row %s %s)", seq, table, key);
		h = h == NULL ? spur_sha256_create() : h;
		spur_db_rows_hash(h, table, key, spur_stmt_text(q, 4), spur_stmt_text(q, 5));
		if (!spur_db_seals_add(&w->seals, table, key, seq, spur_stmt_text(q, 4), spur_stmt_text(q, 5)))
			WRONG(w, "audit line %" PRId64 ": a row of an unknown table (audit_row %s %s)", seq, table, key);
	}
	spur_stmt_close(q);
	for (; st >= 0 && at < w->made_count; at++, rows = 0, h = NULL)
		end_rows(w, &w->made[at], rows, h);
	if (h != NULL)	/* the query failed */
		spur_sha256_end_hex(h, (char[SPUR_SHA256_HEX]){ 0 });
	return st == SPUR_END ? SPUR_OK : st;
}

/* PAGE lines after *after; *more: there were some. */
static enum spur_status check_page(struct walk *w, int64_t *after, bool *more, struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(w->db, "SELECT seq, record, prev_hash, hash, subject FROM audit WHERE seq > ?1 "
					    "ORDER BY seq LIMIT ?2", SPUR_BIND(SPUR_INT(*after), SPUR_INT(PAGE)), &q, err);

	w->made_count = 0;
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		check_line(w, q);
		*after = spur_stmt_int(q, 0);
		w->v->checked++;
	}
	spur_stmt_close(q);
	*more = w->made_count > 0;
	if (st < 0)
		return st;
	st = *more ? check_rows(w, err) : SPUR_OK;
	free(w->made);
	w->made = NULL;
	w->made_count = 0;
	return st;
}

static enum spur_status check_chain(struct walk *w, struct spur_error *err)
{
	int64_t after = INT64_MIN, total = 0;
	bool more = true;
	enum spur_status st = spur_db_scalar(w->db, "SELECT count(*) FROM audit", SPUR_NO_BIND, &total, err);

	w->total = (uint64_t)total;
	w->expect = 1;
	snprintf(w->prev, sizeof(w->prev), "%s", GENESIS);
	while (st >= 0 && more) {
		st = check_page(w, &after, &more, err);
		spur_task_progress(w->task, w->v->checked, w->total);
		if (st >= 0 && spur_task_cancelled(w->task))
			st = spur_fail(err, SPUR_ECANCELLED, "audit: stopped at line %" PRId64, after);
	}
	return st;
}

static enum spur_status check_head(struct walk *w, struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	int64_t last = w->expect - 1;
	enum spur_status st = spur_db_query(w->db, "SELECT seq, hash FROM audit_head WHERE id = 1", SPUR_NO_BIND, &q, err);

	if (st >= 0)
		st = spur_stmt_step(q, err);
	settle_torn(w, st == SPUR_OK ? spur_stmt_text(q, 1) : "");
	if (st == SPUR_END)
		WRONG(w, "the audit has lost its head");
	else if (st == SPUR_OK && spur_stmt_int(q, 0) != last)
		WRONG(w, "the audit ends at line %" PRId64 " but had %" PRId64 " lines", last, spur_stmt_int(q, 0));
	else if (st == SPUR_OK && strcmp(spur_stmt_text(q, 1), w->prev) != 0)
		WRONG(w, "the last line of the audit was changed (audit_head has another hash)");
	spur_stmt_close(q);
	return st < 0 ? st : SPUR_OK;
}

static enum spur_status check_seals(struct walk *w, struct spur_error *err)
{
	int64_t n = 0;
	enum spur_status st = spur_db_scalar(w->db, "SELECT count(*) FROM audit_row", SPUR_NO_BIND, &n, err);

	if (st >= 0 && (uint64_t)n != w->seals.total)
		WRONG(w, "audit_row: %" PRId64 " rows belong to no line of the audit", n - (int64_t)w->seals.total);
	/* A catalogue of before there were seals, on its way to its first one. */
	if (st < 0 || w->seals.total == 0)
		return st;
	return spur_db_seals_compare(w->db, &w->seals, w->v, w->found, w->state, w->task, err);
}

/* Rows that no line of the audit made: the tail was cut, or somebody wrote past spur. */
static enum spur_status check_orphans(struct walk *w, struct spur_error *err)
{
	char **tables = NULL;
	size_t count = 0;
	enum spur_status st = spur_db_tables(w->db, "audit_seq", &tables, &count, err);

	for (size_t i = 0; i < count; i++) {
		char *sql = spur_strfmt("SELECT count(*) FROM %s AS t WHERE t.audit_seq <> 0 AND NOT EXISTS "
					"(SELECT 1 FROM audit AS a WHERE a.seq = t.audit_seq)", tables[i]);
		int64_t n = 0;

		if (st >= 0)
			st = spur_db_scalar(w->db, sql, SPUR_NO_BIND, &n, err);
		if (st >= 0 && n > 0)
			WRONG(w, "%s: %" PRId64 " rows whose line of the audit is missing", tables[i], n);
		free(sql);
		free(tables[i]);
	}
	free(tables);
	return st;
}

enum spur_status spur_db_audit_verify(struct spur_db *db, struct spur_db_verdict *v, spur_db_found *found, void *state,
				      struct spur_task *task, struct spur_error *err)
{
	struct walk w = { .db = db, .v = v, .found = found, .state = state, .task = task };
	enum spur_status st;

	*v = (struct spur_db_verdict){ 0 };
	/* One snapshot: a writer may append while we read. */
	if ((st = spur_db_begin_read(db, err)) < 0)
		return st;
	if ((st = check_chain(&w, err)) >= 0 && (st = check_head(&w, err)) >= 0 && (st = check_orphans(&w, err)) >= 0)
		st = check_seals(&w, err);
	free(w.made);
	spur_db_seals_finish(&w.seals);
	return spur_db_end(db, st, err);
}
