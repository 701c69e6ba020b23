#include "config.h"

#include "db/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "db/catalog_priv.h"
#include "db/statement.h"

#define DRIVE_COLUMNS \
	"d.id, d.uid, d.name, d.begin_ns, d.end_ns, d.reference_id, d.sources, d.size_bytes, d.at_ns, " \
	"(SELECT count(*) FROM segment AS s WHERE s.drive_id = d.id) FROM drive AS d "

static enum spur_status read_drives(struct spur_stmt *q, struct spur_db_drive_list *out, struct spur_error *err)
{
	enum spur_status st;

	while ((st = spur_stmt_step(q, err)) == SPUR_OK) {
		struct spur_db_drive *d;

		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		d = &out->rows[out->count - 1];
		d->id = spur_stmt_int(q, 0);
		d->uid = spur_stmt_copy(q, 1, out->arena);
		d->name = spur_stmt_copy(q, 2, out->arena);
		d->begin_ns = spur_stmt_int(q, 3);
		d->end_ns = spur_stmt_int(q, 4);
		d->reference = spur_stmt_int(q, 5);
		d->sources = (uint64_t)spur_stmt_int(q, 6);
		d->size_bytes = (uint64_t)spur_stmt_int(q, 7);
		d->added_ns = spur_stmt_int(q, 8);
		d->segments = (uint64_t)spur_stmt_int(q, 9);
	}
	return st == SPUR_END ? SPUR_OK : st;
}

enum spur_status spur_db_drive_search(struct spur_db *db, const struct spur_db_drive_filter *f,
				      struct spur_db_drive_list *out, struct spur_error *err)
{
	char *like = spur_like_of_glob(f->match == NULL ? "*" : f->match);
	struct spur_clauses c = { .count = 0 };
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_drive_list){ .arena = spur_arena_create(0) };
	/* By key alone where nothing is asked: the first page costs the same however many there are. */
	spur_clause(&c, "SELECT " DRIVE_COLUMNS "WHERE d.id > ", SPUR_INT(f->after), "");
	if (f->match != NULL)
		spur_clause(&c, " AND d.name LIKE ", SPUR_TEXT(like), " ESCAPE '\\'");
	if (f->signal != NULL)
		spur_clause(&c, " AND EXISTS (SELECT 1 FROM source AS o JOIN signal AS g ON g.set_id = o.signal_set_id "
			    "WHERE o.drive_id = d.id AND g.name = ", SPUR_TEXT(f->signal), ")");
	if (f->begin_ns != 0 || f->end_ns != 0) {
		spur_clause(&c, " AND d.begin_ns < ", SPUR_INT(f->end_ns), "");
		spur_clause(&c, " AND d.end_ns > ", SPUR_INT(f->begin_ns), "");
	}
	spur_clause(&c, " ORDER BY d.id LIMIT ", SPUR_INT(spur_db_limit(f->limit)), "");
	st = spur_db_query(db, spur_buf_text(&c.sql), c.values, c.count, &q, err);
	if (st >= 0)
		st = read_drives(q, out, err);
	spur_stmt_close(q);
	spur_buf_finish(&c.sql);
	free(like);
	return st;
}

enum spur_status spur_db_drive_list(struct spur_db *db, const char *match, int64_t after, size_t limit,
				    struct spur_db_drive_list *out, struct spur_error *err)
{
	return spur_db_drive_search(db, &(struct spur_db_drive_filter){ .match = match, .after = after, .limit = limit }, out,
				    err);
}

enum spur_status spur_db_drive_find(struct spur_db *db, const char *ref, struct spur_db_drive_list *out,
				    struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_drive_list){ .arena = spur_arena_create(0) };
	st = spur_db_query(db, "SELECT " DRIVE_COLUMNS "WHERE d.name = ?1 OR d.uid = ?1 OR d.id = ?2 "
			   "ORDER BY (d.name = ?1) DESC LIMIT 1",
			   SPUR_BIND(SPUR_TEXT(ref), SPUR_INT(spur_db_id_of(ref))), &q, err);
	if (st >= 0)
		st = read_drives(q, out, err);
	spur_stmt_close(q);
	if (st >= 0 && out->count == 0)
		st = spur_fail(err, SPUR_ENOTFOUND, "no drive '%s'; see spur drives", ref);
	if (st < 0)
		spur_db_drive_list_finish(out);
	return st;
}

void spur_db_drive_list_finish(struct spur_db_drive_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_drive_list){ 0 };
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Over the sorted hashes of the logs: the same drive on every machine. */
static void drive_uid(const struct spur_db_source *sources, size_t count, char out[SPUR_DB_UID])
{
	const char **hashes = spur_calloc(count, sizeof(*hashes));
	struct spur_buf all = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(sources[i].role, "log") == 0)
			hashes[n++] = sources[i].sha256;
	}
	qsort(hashes, n, sizeof(*hashes), by_text);
	for (size_t i = 0; i < n; i++)
		spur_buf_addf(&all, "%s\n", hashes[i]);
	spur_db_uid_of("drv-", &all, out);
	spur_buf_finish(&all);
	free(hashes);
}

static enum spur_status check_new(struct spur_db *db, const char *name, const struct spur_db_source *sources,
				  size_t count, struct spur_error *err)
{
	enum spur_status st;
	int64_t there;
	size_t logs = 0;

	if (name == NULL || name[0] == '\0')
		return spur_fail(err, SPUR_EINVAL, "a drive needs a name");
	for (size_t i = 0; i < count; i++)
		logs += strcmp(sources[i].role, "log") == 0;
	if (logs == 0)
		return spur_fail(err, SPUR_EINVAL, "drive %s: no recording among its files", name);
	if ((st = spur_db_scalar(db, "SELECT id FROM drive WHERE name = ?1", SPUR_BIND(SPUR_TEXT(name)), &there, err)) >= 0)
		return spur_fail(err, SPUR_EINVAL, "drive %s is in the catalogue already; choose another --drive", name);
	return st == SPUR_ENOTFOUND ? SPUR_OK : st;
}

static enum spur_status insert_drive(struct spur_db *db, const struct spur_db_act *act, const char *name,
				     const struct spur_db_source *sources, size_t count, int64_t *id,
				     int64_t *seq, struct spur_error *err)
{
	char uid[SPUR_DB_UID];
	struct spur_buf detail = { 0 };
	struct spur_json j = { .out = &detail };
	enum spur_status st;

	drive_uid(sources, count, uid);
	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "name", name);
	spur_json_begin(&j, "sources", '[');
	for (size_t i = 0; i < count; i++)
		spur_json_text(&j, NULL, sources[i].sha256);
	spur_json_end(&j, ']');
	spur_json_end(&j, '}');
	st = spur_db_audit_add(db, act, "drive.add", uid, spur_buf_text(&detail), seq, err);
	if (st >= 0)
		st = spur_db_scalar(db, "INSERT INTO drive (uid, name, begin_ns, end_ns, sources, size_bytes, at_ns, audit_seq)"
				    " VALUES (?1, ?2, 0, 0, 0, 0, ?3, ?4) RETURNING id",
				    SPUR_BIND(SPUR_TEXT(uid), SPUR_TEXT(name), SPUR_INT(act->now_ns), SPUR_INT(*seq)), id, err);
	spur_buf_finish(&detail);
	return st;
}

enum spur_status spur_db_drive_refresh(struct spur_db *db, int64_t drive, int64_t seq, struct spur_error *err)
{
	/* A reference that was chosen stays: clocks were estimated against it. */
	return spur_db_run(db, "UPDATE drive SET "
		"begin_ns = coalesce((SELECT min(begin_ns) FROM source WHERE drive_id = ?1 AND role = 'log'), 0), "
		"end_ns = coalesce((SELECT max(end_ns) FROM source WHERE drive_id = ?1 AND role = 'log'), 0), "
		"sources = (SELECT count(*) FROM source WHERE drive_id = ?1), "
		"size_bytes = (SELECT sum(size_bytes) FROM source WHERE drive_id = ?1), "
		"reference_id = coalesce(reference_id, (SELECT id FROM source WHERE drive_id = ?1 AND role = 'log' "
		"ORDER BY (begin_ns IS NOT NULL) DESC, (format = 'mdf4') DESC, sha256 LIMIT 1)), audit_seq = ?2 "
		"WHERE id = ?1", SPUR_BIND(SPUR_INT(drive), SPUR_INT(seq)), err);
}

enum spur_status spur_db_drive_add(struct spur_db *db, const struct spur_db_act *act, const char *name,
				   const struct spur_db_source *sources, size_t count, int64_t *id,
				   struct spur_error *err)
{
	int64_t seq = 0, drive = 0;
	enum spur_status st = spur_db_begin(db, err);

	if (st < 0)
		return st;
	if ((st = check_new(db, name, sources, count, err)) >= 0)
		st = insert_drive(db, act, name, sources, count, &drive, &seq, err);
	for (size_t i = 0; st >= 0 && i < count; i++)
		st = spur_db_source_insert(db, drive, &sources[i], seq, NULL, err);
	if (st >= 0)
		st = spur_db_drive_refresh(db, drive, seq, err);
	if (id != NULL)
		*id = drive;
	return spur_db_end(db, st, err);
}
