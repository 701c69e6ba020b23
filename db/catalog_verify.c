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
#include "db/statement.h"

#define GENESIS "0000000000000000000000000000000000000000000000000000000000000000"
#define CANCEL_EVERY 1024	/* lines between two looks at the cancel bit */

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
	struct spur_db_verdict *v;
	spur_db_found *found;
	void *state;
	struct spur_task *task;
};

#define WRONG(w, ...) spur_db_find((w)->v, (w)->found, (w)->state, __VA_ARGS__)

/* The record says the same as the columns beside it. */
static void check_columns(struct walk *w, int64_t seq, const char *record, const char *subject)
{
	json_t *line = json_loads(record, JSON_ALLOW_NUL, NULL);
	json_int_t inside = 0;
	const char *about = "";

	if (line == NULL || json_unpack(line, "{s:I, s:s}", "seq", &inside, "subject", &about) != 0)
		WRONG(w, "audit line %" PRId64 ": its record cannot be read", seq);
	else if (inside != seq)
		WRONG(w, "audit line %" PRId64 ": its record says %" JSON_INTEGER_FORMAT, seq, inside);
	else if (strcmp(about, subject) != 0)
		WRONG(w, "audit line %" PRId64 ": its subject was changed", seq);
	json_decref(line);
}

static void check_line(struct walk *w, struct spur_stmt *q, int64_t *expect, char prev[SPUR_SHA256_HEX])
{
	int64_t seq = spur_stmt_int(q, 0);
	const char *record = spur_stmt_text(q, 1), *hash = spur_stmt_text(q, 3);
	char want[SPUR_SHA256_HEX];

	if (seq != *expect)
		WRONG(w, "audit line %" PRId64 ": %" PRId64 " lines before it are missing", seq, seq - *expect);
	if (strcmp(spur_stmt_text(q, 2), prev) != 0)
		WRONG(w, "audit line %" PRId64 ": it does not follow the line before it", seq);
	spur_db_chain_hash(prev, record, strlen(record), want);
	if (strcmp(hash, want) != 0)
		WRONG(w, "audit line %" PRId64 ": it was changed (its hash does not fit)", seq);
	check_columns(w, seq, record, spur_stmt_text(q, 4));
	*expect = seq + 1;
	snprintf(prev, SPUR_SHA256_HEX, "%s", hash);
}

static enum spur_status check_chain(struct walk *w, struct spur_db *db, int64_t *last, char head[SPUR_SHA256_HEX],
				    struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	int64_t expect = 1, total = 0;
	enum spur_status st = spur_db_scalar(db, "SELECT count(*) FROM audit", SPUR_NO_BIND, &total, err);

	snprintf(head, SPUR_SHA256_HEX, "%s", GENESIS);
	if (st >= 0)
		st = spur_db_query(db, "SELECT seq, record, prev_hash, hash, subject FROM audit ORDER BY seq", SPUR_NO_BIND,
				   &q, err);
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		check_line(w, q, &expect, head);
		if (++w->v->checked % CANCEL_EVERY == 0) {
			spur_task_progress(w->task, w->v->checked, (uint64_t)total);
			if (spur_task_cancelled(w->task))
				st = spur_fail(err, SPUR_ECANCELLED, "audit: stopped at line %" PRId64, expect - 1);
		}
	}
	spur_stmt_close(q);
	*last = expect - 1;
	return st == SPUR_END ? SPUR_OK : st;
}

static enum spur_status check_head(struct walk *w, struct spur_db *db, int64_t last, const char *hash,
				   struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(db, "SELECT seq, hash FROM audit_head WHERE id = 1", SPUR_NO_BIND, &q, err);

	if (st >= 0)
		st = spur_stmt_step(q, err);
	if (st == SPUR_END)
		WRONG(w, "the audit has lost its head");
	else if (st == SPUR_OK && spur_stmt_int(q, 0) != last)
		WRONG(w, "the audit ends at line %" PRId64 " but had %" PRId64 " lines", last, spur_stmt_int(q, 0));
	else if (st == SPUR_OK && strcmp(spur_stmt_text(q, 1), hash) != 0)
		WRONG(w, "the last line of the audit was changed");
	spur_stmt_close(q);
	return st < 0 ? st : SPUR_OK;
}

/* Rows that no line of the audit made: the tail was cut, or somebody wrote past spur. */
static enum spur_status check_orphans(struct walk *w, struct spur_db *db, struct spur_error *err)
{
	char **tables = NULL;
	size_t count = 0;
	enum spur_status st = spur_db_tables(db, "audit_seq", &tables, &count, err);

	for (size_t i = 0; i < count; i++) {
		char *sql = spur_strfmt("SELECT count(*) FROM %s AS t WHERE NOT EXISTS "
					"(SELECT 1 FROM audit AS a WHERE a.seq = t.audit_seq)", tables[i]);
		int64_t n = 0;

		if (st >= 0)
			st = spur_db_scalar(db, sql, SPUR_NO_BIND, &n, err);
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
	struct walk w = { v, found, state, task };
	char hash[SPUR_SHA256_HEX];
	int64_t last = 0;
	enum spur_status st;

	*v = (struct spur_db_verdict){ 0 };
	/* One snapshot: a writer may append while we read. */
	if ((st = spur_db_begin_read(db, err)) < 0)
		return st;
	if ((st = check_chain(&w, db, &last, hash, err)) >= 0 && (st = check_head(&w, db, last, hash, err)) >= 0)
		st = check_orphans(&w, db, err);
	return spur_db_end(db, st, err);
}
