#include "config.h"

#include "db/chain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "db/catalog_priv.h"

/* The table after "INSERT INTO " or "UPDATE ". */
void spur_db_chain_note(struct spur_db_chain *c, const char *sql)
{
	const char *table = strncmp(sql, "INSERT INTO ", 12) == 0 ? sql + 12 : strncmp(sql, "UPDATE ", 7) == 0 ? sql + 7 : NULL;
	size_t len;

	if (table == NULL)
		return;
	len = strcspn(table, " (");
	for (size_t i = 0; i < spur_db_sealed_count; i++) {
		if (strlen(spur_db_sealed[i].table) == len && strncmp(spur_db_sealed[i].table, table, len) == 0)
			c->touched |= 1u << i;
	}
}

void spur_db_chain_forget(struct spur_db_chain *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->lines[i].subject);
		free(c->lines[i].record);
	}
	free(c->lines);
	*c = (struct spur_db_chain){ 0 };
}

/* The rows of one line while they are collected. */
struct made {
	size_t count;
	struct made_row {
		char *key, *columns;
		const char *table;
		char sha256[SPUR_SHA256_HEX];
	} *rows;
};

static void made_finish(struct made *made, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t r = 0; r < made[i].count; r++) {
			free(made[i].rows[r].key);
			free(made[i].rows[r].columns);
		}
		free(made[i].rows);
	}
	free(made);
}

static void collect_row(const struct spur_db_sealed *t, struct spur_stmt *q, struct made *m)
{
	unsigned char sha[SPUR_SHA256_BYTES];
	struct spur_buf key = { 0 }, checks = { 0 };
	struct made_row *r;

	m->rows = spur_rows_add(m->rows, &m->count, sizeof(*m->rows));
	r = &m->rows[m->count - 1];
	spur_db_sealed_key(t, q, &key);
	spur_db_sealed_hash(t, q, -1, sha, &checks);
	r->table = t->table;
	r->key = spur_buf_steal(&key);
	r->columns = spur_buf_steal(&checks);
	spur_hex(sha, sizeof(sha), r->sha256);
}

/* Rows of one table that the open lines made. */
static enum spur_status collect(struct spur_db *db, const struct spur_db_chain *c, const struct spur_db_sealed *t,
				struct made *made, struct spur_error *err)
{
	int64_t first = c->lines[0].seq, last = c->lines[c->count - 1].seq;
	char *sql = spur_db_sealed_select(t, "BETWEEN ?1 AND ?2", true);
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(db, sql, SPUR_BIND(SPUR_INT(c->base ? INT64_MIN : first), SPUR_INT(last)), &q, err);

	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		int64_t seq = spur_stmt_int(q, 0);

		collect_row(t, q, &made[seq < first ? 0 : seq - first]);
	}
	spur_stmt_close(q);
	free(sql);
	return st == SPUR_END ? SPUR_OK : st;
}

static enum spur_status write_rows(struct spur_db *db, int64_t seq, const struct made *m, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; st >= 0 && i < m->count; i++) {
		const struct made_row *r = &m->rows[i];

		st = spur_db_run(db, "INSERT INTO audit_row (seq, position, tab, row_key, sha256, columns) "
				 "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
				 SPUR_BIND(SPUR_INT(seq), SPUR_INT((int64_t)i), SPUR_TEXT(r->table), SPUR_TEXT(r->key),
					   SPUR_TEXT(r->sha256), SPUR_TEXT(r->columns)), err);
	}
	return st;
}

static void end_record(const char *begun, const struct made *m, struct spur_buf *out)
{
	spur_buf_adds(out, begun);
	if (m->count > 0) {
		struct spur_sha256 *h = spur_sha256_create();
		char hex[SPUR_SHA256_HEX];

		for (size_t i = 0; i < m->count; i++)
			spur_db_rows_hash(h, m->rows[i].table, m->rows[i].key, m->rows[i].sha256, m->rows[i].columns);
		spur_sha256_end_hex(h, hex);
		spur_buf_addf(out, ",\"rows\":%zu,\"rows_sha256\":\"%s\"", m->count, hex);
	}
	spur_buf_addc(out, '}');
}

static enum spur_status write_line(struct spur_db *db, const struct spur_db_line *line, const struct made *m,
				   char prev[SPUR_SHA256_HEX], struct spur_error *err)
{
	struct spur_buf record = { 0 };
	char hash[SPUR_SHA256_HEX];
	enum spur_status st;

	end_record(line->record, m, &record);
	spur_db_chain_hash(prev, spur_buf_text(&record), record.len, hash);
	st = spur_db_run(db, "INSERT INTO audit (seq, record, prev_hash, hash, subject) VALUES (?1, ?2, ?3, ?4, ?5)",
			 SPUR_BIND(SPUR_INT(line->seq), SPUR_TEXT(spur_buf_text(&record)), SPUR_TEXT(prev), SPUR_TEXT(hash),
				   SPUR_TEXT(line->subject)), err);
	spur_buf_finish(&record);
	memcpy(prev, hash, SPUR_SHA256_HEX);
	return st < 0 ? st : write_rows(db, line->seq, m, err);
}

enum spur_status spur_db_chain_flush(struct spur_db *db, struct spur_error *err)
{
	struct spur_db_chain *c = spur_db_chain_of(db);
	char prev[SPUR_SHA256_HEX];
	struct made *made;
	enum spur_status st = SPUR_OK;

	if (c->count == 0)
		return SPUR_OK;
	made = spur_calloc(c->count, sizeof(*made));
	memcpy(prev, c->hash, sizeof(prev));
	for (size_t t = 0; st >= 0 && t < spur_db_sealed_count; t++) {
		if ((c->touched >> t & 1) != 0)
			st = collect(db, c, &spur_db_sealed[t], made, err);
	}
	for (size_t i = 0; st >= 0 && i < c->count; i++)
		st = write_line(db, &c->lines[i], &made[i], prev, err);
	made_finish(made, c->count);
	return st;
}

/* Lines without a row of audit_row: an older spur wrote them. */
static enum spur_status is_old(struct spur_db *db, int64_t *old, struct spur_error *err)
{
	return spur_db_scalar(db, "SELECT count(*) FROM audit_head WHERE seq > 0 AND NOT EXISTS (SELECT 1 FROM audit_row)",
			      SPUR_NO_BIND, old, err);
}

static enum spur_status write_base(struct spur_db *db, uint64_t wrong, struct spur_error *err)
{
	struct spur_db_act act = { .who = "spur", .key = "", .line = "db migrate", .now_ns = spur_now_ns() };
	struct spur_db_chain *c = spur_db_chain_of(db);
	char detail[96];
	int64_t old = 0;
	enum spur_status st = spur_db_begin(db, err);

	if (st < 0)
		return st;
	/* Another process may have been here. */
	if ((st = is_old(db, &old, err)) >= 0 && old > 0) {
		snprintf(detail, sizeof(detail), "{\"version\":%d,\"wrong_before\":%" PRIu64 "}", spur_db_version(db), wrong);
		st = spur_db_audit_add(db, &act, "audit.base", "catalogue", detail, NULL, err);
		c->base = true;
		c->touched = UINT32_MAX;
	}
	return spur_db_end(db, st, err);
}

enum spur_status spur_db_chain_base(struct spur_db *db, struct spur_error *err)
{
	struct spur_db_verdict v;
	int64_t old = 0;
	enum spur_status st = is_old(db, &old, err);

	if (st < 0 || old == 0)
		return st;
	/* What was wrong before is on record: sealing does not make it right. */
	if ((st = spur_db_audit_verify(db, &v, NULL, NULL, NULL, err)) < 0)
		return st;
	return write_base(db, v.wrong, err);
}
