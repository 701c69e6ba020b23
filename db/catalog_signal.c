#include "config.h"

#include "db/catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "db/catalog_priv.h"
#include "db/statement.h"

/*
 * Signal sets: the list of signals of a source, stored once per content. 100,000 drives of one
 * fleet share a few dozen of them; signals times sources would not fit.
 */

static void set_hash(const struct spur_db_signal *rows, size_t count, char out[SPUR_SHA256_HEX])
{
	struct spur_sha256 *h = spur_sha256_create();

	for (size_t i = 0; i < count; i++) {
		const char *const fields[] = { rows[i].name, rows[i].unit, rows[i].type, rows[i].stream };

		/* With their NUL: "ab","c" and "a","bc" differ. */
		for (size_t f = 0; f < 4; f++)
			spur_sha256_add(h, fields[f], strlen(fields[f]) + 1);
	}
	spur_sha256_end_hex(h, out);
}

static enum spur_status insert_set(struct spur_db *db, const char *hash, const struct spur_db_signal *rows,
				   size_t count, int64_t *id, struct spur_error *err)
{
	enum spur_status st = spur_db_scalar(db, "INSERT INTO signal_set (sha256, count) VALUES (?1, ?2) RETURNING id",
					     SPUR_BIND(SPUR_TEXT(hash), SPUR_INT((int64_t)count)), id, err);

	for (size_t i = 0; st >= 0 && i < count; i++)
		st = spur_db_run(db, "INSERT INTO signal (set_id, position, name, unit, type, stream) "
				 "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
				 SPUR_BIND(SPUR_INT(*id), SPUR_INT((int64_t)i), SPUR_TEXT(rows[i].name),
					   SPUR_TEXT(rows[i].unit), SPUR_TEXT(rows[i].type), SPUR_TEXT(rows[i].stream)), err);
	return st;
}

static enum spur_status hash_stored(struct spur_db *db, int64_t set, uint64_t count, char out[SPUR_SHA256_HEX],
				    struct spur_error *err)
{
	struct spur_db_signal_list l;
	enum spur_status st = spur_db_signal_list(db, set, 0, 0, &l, err);

	if (st >= 0 && l.count == count)
		set_hash(l.rows, l.count, out);
	spur_db_signal_list_finish(&l);
	return st;
}

enum spur_status spur_db_signal_sets_check(struct spur_db *db, struct spur_db_verdict *v, spur_db_found *found, void *state,
					   struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (int64_t after = INT64_MIN; st >= 0;) {
		struct spur_stmt *q = NULL;
		char want[SPUR_SHA256_HEX] = "", have[SPUR_SHA256_HEX] = "";
		uint64_t count = 0;

		st = spur_db_query(db, "SELECT id, sha256, count FROM signal_set WHERE id > ?1 ORDER BY id LIMIT 1",
				   SPUR_BIND(SPUR_INT(after)), &q, err);
		if (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
			after = spur_stmt_int(q, 0);
			snprintf(want, sizeof(want), "%s", spur_stmt_text(q, 1));
			count = (uint64_t)spur_stmt_int(q, 2);
		}
		spur_stmt_close(q);
		if (st != SPUR_OK)
			break;
		v->checked++;
		if ((st = hash_stored(db, after, count, have, err)) >= 0 && strcmp(have, want) != 0)
			spur_db_find(v, found, state, "signal set %" PRId64 ": its signals are not those of its sha256", after);
	}
	return st == SPUR_END ? SPUR_OK : st;
}

enum spur_status spur_db_signal_set_put(struct spur_db *db, const struct spur_db_signal *rows, size_t count,
					int64_t *id, struct spur_error *err)
{
	char hash[SPUR_SHA256_HEX];
	enum spur_status st;

	set_hash(rows, count, hash);
	st = spur_db_scalar(db, "SELECT id FROM signal_set WHERE sha256 = ?1", SPUR_BIND(SPUR_TEXT(hash)), id, err);
	return st == SPUR_ENOTFOUND ? insert_set(db, hash, rows, count, id, err) : st;
}

enum spur_status spur_db_signal_list(struct spur_db *db, int64_t signal_set, size_t from, size_t limit,
				     struct spur_db_signal_list *out, struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_signal_list){ .arena = spur_arena_create(0) };
	st = spur_db_query(db, "SELECT name, unit, type, stream FROM signal WHERE set_id = ?1 AND position >= ?2 "
			   "ORDER BY position LIMIT ?3",
			   SPUR_BIND(SPUR_INT(signal_set), SPUR_INT((int64_t)from),
				     SPUR_INT(limit == 0 ? INT64_MAX : spur_db_limit(limit))), &q, err);
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		out->rows[out->count - 1] = (struct spur_db_signal){
			.name = spur_stmt_copy(q, 0, out->arena), .unit = spur_stmt_copy(q, 1, out->arena),
			.type = spur_stmt_copy(q, 2, out->arena), .stream = spur_stmt_copy(q, 3, out->arena),
		};
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

void spur_db_signal_list_finish(struct spur_db_signal_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_signal_list){ 0 };
}
