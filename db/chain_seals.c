#include "config.h"

#include "db/chain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/catalog_priv.h"

#define SHA_KEPT 16		/* bytes of a row's sha256 that are kept in memory: 128 bits */
#define CANCEL_EVERY 1024

/* 40 bytes for each row of the catalogue. */
struct spur_db_seal {
	uint64_t key;		/* hash of row_key */
	int64_t seq;
	unsigned char sha[SHA_KEPT];
	uint16_t columns;
	bool seen;
};

void spur_db_seals_finish(struct spur_db_seals *s)
{
	for (size_t i = 0; i < spur_db_sealed_count; i++)
		free(s->tables[i].rows);
	*s = (struct spur_db_seals){ 0 };
}

static bool unhex(const char *hex, unsigned char *out, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 2 * len; i++) {
		const char *d = hex[i] == '\0' ? NULL : strchr(digits, hex[i]);

		if (d == NULL)
			return false;
		out[i / 2] = (unsigned char)(out[i / 2] << 4 | (d - digits));
	}
	return true;
}

bool spur_db_seals_add(struct spur_db_seals *s, const char *table, const char *key, int64_t seq, const char *sha256,
		       const char *columns)
{
	size_t t = 0;
	struct spur_db_seal *row;

	while (t < spur_db_sealed_count && strcmp(spur_db_sealed[t].table, table) != 0)
		t++;
	if (t == spur_db_sealed_count)
		return false;
	s->tables[t].rows = spur_rows_add(s->tables[t].rows, &s->tables[t].count, sizeof(*row));
	row = &s->tables[t].rows[s->tables[t].count - 1];
	row->key = spur_hash64(key, strlen(key));
	row->seq = seq;
	row->columns = (uint16_t)(strlen(columns) / 4);
	/* What is no hash fits no row. */
	if (!unhex(sha256, row->sha, SHA_KEPT))
		memset(row->sha, 0, SHA_KEPT);
	s->total++;
	return true;
}

static int by_key(const void *a, const void *b)
{
	const struct spur_db_seal *x = a, *y = b;

	return x->key != y->key ? (x->key < y->key ? -1 : 1) : x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* One for each key: the newest. */
static size_t keep_newest(struct spur_db_seal *rows, size_t count)
{
	size_t kept = 0;

	if (count > 0)
		qsort(rows, count, sizeof(*rows), by_key);
	for (size_t i = 0; i < count; i++) {
		if (i + 1 == count || rows[i + 1].key != rows[i].key)
			rows[kept++] = rows[i];
	}
	return kept;
}

static struct spur_db_seal *find(struct spur_db_seal *rows, size_t count, uint64_t key)
{
	size_t lo = 0, hi = count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (rows[mid].key < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < count && rows[lo].key == key ? &rows[lo] : NULL;
}

struct look {
	struct spur_db *db;
	const struct spur_db_sealed *t;
	struct spur_db_seal *rows;
	size_t count;
	struct spur_db_verdict *v;
	spur_db_found *found;
	void *state;
	struct spur_task *task;
	struct changed {
		char *key, *checks;
		int64_t seq;
	} *changed;		/* told when the table was read: an engine may have one open query */
	size_t changed_count;
	char *names;		/* of the sealed columns, each with its NUL */
};

#define WRONG(l, ...) spur_db_find((l)->v, (l)->found, (l)->state, __VA_ARGS__)

static void copy_names(struct look *l, struct spur_stmt *q)
{
	struct spur_buf names = { 0 };

	for (int c = (int)spur_db_sealed_keys(l->t) + 1; c < spur_stmt_columns(q); c++)
		spur_buf_add(&names, spur_stmt_name(q, c), strlen(spur_stmt_name(q, c)) + 1);
	l->names = spur_buf_steal(&names);
}

static void note_changed(struct look *l, struct spur_stmt *q, const char *key, int64_t seq)
{
	unsigned char sha[SPUR_SHA256_BYTES];
	struct spur_buf checks = { 0 };
	struct changed *c;

	if (l->names == NULL)
		copy_names(l, q);
	spur_db_sealed_hash(l->t, q, -1, sha, &checks);
	l->changed = spur_rows_add(l->changed, &l->changed_count, sizeof(*l->changed));
	c = &l->changed[l->changed_count - 1];
	c->key = spur_strdup(key);
	c->checks = spur_buf_steal(&checks);
	c->seq = seq;
}

static void check_row(struct look *l, struct spur_stmt *q, struct spur_buf *key)
{
	unsigned char sha[SPUR_SHA256_BYTES];
	struct spur_db_seal *s;

	spur_db_sealed_key(l->t, q, key);
	s = find(l->rows, l->count, spur_hash64(key->data, key->len));
	if (s == NULL) {
		WRONG(l, "%s %s: no line of the audit made it", l->t->table, key->data);
		return;
	}
	s->seen = true;
	spur_db_sealed_hash(l->t, q, s->columns, sha, NULL);
	if (memcmp(sha, s->sha, SHA_KEPT) != 0)
		note_changed(l, q, key->data, s->seq);
}

static enum spur_status check_table(struct look *l, struct spur_error *err)
{
	char *sql = spur_db_sealed_select(l->t, NULL, false);
	struct spur_buf key = { 0 };
	struct spur_stmt *q = NULL;
	uint64_t n = 0;
	enum spur_status st = spur_db_query(l->db, sql, SPUR_NO_BIND, &q, err);

	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		check_row(l, q, &key);
		if (++n % CANCEL_EVERY == 0 && spur_task_cancelled(l->task))
			st = spur_fail(err, SPUR_ECANCELLED, "audit: stopped in table %s", l->t->table);
	}
	spur_stmt_close(q);
	spur_buf_finish(&key);
	free(sql);
	return st == SPUR_END ? SPUR_OK : st;
}

/* "reason, at_ns": columns whose four digits differ. */
static void name_columns(const struct look *l, const char *sealed, const char *now, struct spur_buf *out)
{
	const char *name = l->names;

	for (size_t at = 0; strlen(sealed) >= at + 4 && strlen(now) >= at + 4; at += 4, name += strlen(name) + 1) {
		if (memcmp(sealed + at, now + at, 4) != 0)
			spur_buf_addf(out, "%s%s", out->len > 0 ? ", " : "", name);
	}
}

static enum spur_status tell_changed(struct look *l, const struct changed *c, struct spur_error *err)
{
	struct spur_buf columns = { 0 };
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(l->db, "SELECT columns FROM audit_row WHERE seq = ?1 AND tab = ?2 AND row_key = ?3",
					    SPUR_BIND(SPUR_INT(c->seq), SPUR_TEXT(l->t->table), SPUR_TEXT(c->key)), &q, err);

	if (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK)
		name_columns(l, spur_stmt_text(q, 0), c->checks, &columns);
	spur_stmt_close(q);
	if (st < 0)
		return st;
	WRONG(l, "%s %s: %s%s changed after line %" PRId64 " of the audit", l->t->table, c->key,
	      columns.len > 0 ? spur_buf_text(&columns) : "it", strchr(spur_buf_text(&columns), ',') != NULL ? " were" : " was",
	      c->seq);
	spur_buf_finish(&columns);
	return SPUR_OK;
}

/* The row keys of a seal that no row has: by its hash, among those of its line. */
static enum spur_status tell_missing(struct look *l, const struct spur_db_seal *s, struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	bool told = false;
	enum spur_status st = spur_db_query(l->db, "SELECT row_key FROM audit_row WHERE seq = ?1 AND tab = ?2",
					    SPUR_BIND(SPUR_INT(s->seq), SPUR_TEXT(l->t->table)), &q, err);

	while (st >= 0 && !told && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		const char *key = spur_stmt_text(q, 0);

		if ((told = spur_hash64(key, strlen(key)) == s->key))
			WRONG(l, "%s %s: it is gone; line %" PRId64 " of the audit made it", l->t->table, key, s->seq);
	}
	spur_stmt_close(q);
	return st < 0 ? st : SPUR_OK;
}

static enum spur_status tell(struct look *l, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; st >= 0 && i < l->changed_count; i++)
		st = tell_changed(l, &l->changed[i], err);
	for (size_t i = 0; st >= 0 && i < l->count; i++) {
		if (!l->rows[i].seen)
			st = tell_missing(l, &l->rows[i], err);
	}
	return st;
}

static void look_finish(struct look *l)
{
	for (size_t i = 0; i < l->changed_count; i++) {
		free(l->changed[i].key);
		free(l->changed[i].checks);
	}
	free(l->changed);
	free(l->names);
}

enum spur_status spur_db_seals_compare(struct spur_db *db, struct spur_db_seals *s, struct spur_db_verdict *v,
				       spur_db_found *found, void *state, struct spur_task *task, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t t = 0; st >= 0 && t < spur_db_sealed_count; t++) {
		struct look l = { .db = db, .t = &spur_db_sealed[t], .rows = s->tables[t].rows, .v = v, .found = found,
				  .state = state, .task = task };

		l.count = keep_newest(l.rows, s->tables[t].count);
		if ((st = check_table(&l, err)) >= 0)
			st = tell(&l, err);
		look_finish(&l);
	}
	return st;
}
