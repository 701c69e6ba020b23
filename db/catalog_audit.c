#include "config.h"

#include "db/catalog.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/json.h"
#include "db/catalog_priv.h"
#include "db/chain.h"
#include "db/statement.h"

/* Keys in a fixed order, so that the text can be made again from its parts. Without its end: rows that the line
 * makes come there. */
static char *begin_record(int64_t seq, const struct spur_db_act *act, const char *action, const char *subject,
			  const char *detail)
{
	struct spur_buf out = { 0 };
	struct spur_json j = { .out = &out };

	spur_json_begin(&j, NULL, '{');
	spur_json_int(&j, "seq", seq);
	spur_json_int(&j, "at_ns", act->now_ns);
	spur_json_text(&j, "who", act->who);
	spur_json_text(&j, "key", act->key);
	spur_json_text(&j, "action", action);
	spur_json_text(&j, "subject", subject);
	spur_json_text(&j, "line", act->line == NULL ? "" : act->line);
	spur_json_raw(&j, "detail", detail == NULL ? "{}" : detail);
	return spur_buf_steal(&out);
}

void spur_db_chain_hash(const char *prev, const char *record, size_t len, char out[SPUR_SHA256_HEX])
{
	struct spur_sha256 *h = spur_sha256_create();

	spur_sha256_add(h, prev, SPUR_SHA256_HEX - 1);
	spur_sha256_add(h, record, len);
	spur_sha256_end_hex(h, out);
}

static enum spur_status read_head(struct spur_db *db, int64_t *seq, char hash[SPUR_SHA256_HEX], struct spur_error *err)
{
	struct spur_stmt *q;
	enum spur_status st = spur_db_query(db, "SELECT seq, hash FROM audit_head WHERE id = 1", SPUR_NO_BIND, &q, err);

	if (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		*seq = spur_stmt_int(q, 0);
		snprintf(hash, SPUR_SHA256_HEX, "%s", spur_stmt_text(q, 1));
	}
	spur_stmt_close(q);
	return st == SPUR_END ? spur_fail(err, SPUR_EDB, "the audit has lost its head; see spur db check") : st;
}

/* Into the open transaction; spur_db_chain_flush() writes it. */
static enum spur_status append(struct spur_db *db, const struct spur_db_act *act, const char *action,
			       const char *subject, const char *detail, int64_t *seq, struct spur_error *err)
{
	struct spur_db_chain *c = spur_db_chain_of(db);
	struct spur_db_line *line;
	int64_t last = 0;
	enum spur_status st = SPUR_OK;

	if (c->count == 0)
		st = read_head(db, &last, c->hash, err);
	else
		last = c->lines[c->count - 1].seq;
	if (st < 0)
		return st;
	*seq = last + 1;
	c->lines = spur_rows_add(c->lines, &c->count, sizeof(*c->lines));
	line = &c->lines[c->count - 1];
	line->seq = *seq;
	line->subject = spur_strdup(subject);
	line->record = begin_record(*seq, act, action, subject, detail);
	return SPUR_OK;
}

enum spur_status spur_db_audit_add(struct spur_db *db, const struct spur_db_act *act, const char *action,
				   const char *subject, const char *detail, int64_t *seq, struct spur_error *err)
{
	int64_t ignored;
	enum spur_status st;

	if (act == NULL || act->who == NULL || act->key == NULL)
		return spur_fail(err, SPUR_EINVAL, "%s: a change needs an identity; see spur identity", action);
	if ((st = spur_db_begin(db, err)) < 0)
		return st;
	st = append(db, act, action, subject, detail, seq == NULL ? &ignored : seq, err);
	return spur_db_end(db, st, err);
}

/* who, key and action are in the record; a line that is not ours (damaged) shows as it is. */
static void read_line(struct spur_stmt *q, struct spur_db_audit *a, struct spur_arena *arena)
{
	json_t *line;
	const char *who = "", *key = "", *action = "";
	json_int_t at = 0;

	a->seq = spur_stmt_int(q, 0);
	a->record = spur_stmt_copy(q, 1, arena);
	a->prev_hash = spur_stmt_copy(q, 2, arena);
	a->hash = spur_stmt_copy(q, 3, arena);
	a->subject = spur_stmt_copy(q, 4, arena);
	line = json_loads(a->record, JSON_ALLOW_NUL, NULL);
	if (line != NULL)
		json_unpack(line, "{s?I, s?s, s?s, s?s}", "at_ns", &at, "who", &who, "key", &key, "action", &action);
	a->at_ns = at;
	a->who = spur_arena_str(arena, who);
	a->key = spur_arena_str(arena, key);
	a->action = spur_arena_str(arena, action);
	json_decref(line);
}

/* Every row of the query, into a new list. */
static enum spur_status read_lines(struct spur_stmt *q, enum spur_status st, struct spur_db_audit_list *out,
				   struct spur_error *err)
{
	*out = (struct spur_db_audit_list){ .arena = spur_arena_create(0) };
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		read_line(q, &out->rows[out->count - 1], out->arena);
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

enum spur_status spur_db_audit_newest(struct spur_db *db, const char *subject, int64_t before, size_t limit,
				      struct spur_db_audit_list *out, struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	int64_t end = before <= 0 ? INT64_MAX : before;
	enum spur_status st;

	if (subject == NULL)
		st = spur_db_query(db, "SELECT seq, record, prev_hash, hash, subject FROM audit WHERE seq < ?1 "
				   "ORDER BY seq DESC LIMIT ?2",
				   SPUR_BIND(SPUR_INT(end), SPUR_INT(spur_db_limit(limit))), &q, err);
	else
		st = spur_db_query(db, "SELECT seq, record, prev_hash, hash, subject FROM audit WHERE subject = ?3 AND seq < ?1 "
				   "ORDER BY seq DESC LIMIT ?2",
				   SPUR_BIND(SPUR_INT(end), SPUR_INT(spur_db_limit(limit)), SPUR_TEXT(subject)), &q, err);
	return read_lines(q, st, out, err);
}

enum spur_status spur_db_audit_list(struct spur_db *db, const char *subject, int64_t after, size_t limit,
				    struct spur_db_audit_list *out, struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	if (subject == NULL)
		st = spur_db_query(db, "SELECT seq, record, prev_hash, hash, subject FROM audit WHERE seq > ?1 "
				   "ORDER BY seq LIMIT ?2",
				   SPUR_BIND(SPUR_INT(after), SPUR_INT(spur_db_limit(limit))), &q, err);
	else
		st = spur_db_query(db, "SELECT seq, record, prev_hash, hash, subject FROM audit WHERE subject = ?3 AND seq > ?1 "
				   "ORDER BY seq LIMIT ?2",
				   SPUR_BIND(SPUR_INT(after), SPUR_INT(spur_db_limit(limit)), SPUR_TEXT(subject)), &q, err);
	return read_lines(q, st, out, err);
}

void spur_db_audit_list_finish(struct spur_db_audit_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_audit_list){ 0 };
}
