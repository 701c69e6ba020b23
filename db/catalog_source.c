#include "config.h"

#include "db/catalog.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "db/catalog_priv.h"
#include "db/statement.h"

#define SOURCE_COLUMNS \
	"s.id, s.drive_id, s.path, s.format, s.role, s.sha256, s.size_bytes, s.mtime_ns, s.begin_ns, s.end_ns, " \
	"s.signal_set_id, (SELECT count FROM signal_set WHERE id = s.signal_set_id) FROM source AS s "

static enum spur_status read_sources(struct spur_stmt *q, struct spur_db_source_list *out, struct spur_error *err)
{
	enum spur_status st;

	while ((st = spur_stmt_step(q, err)) == SPUR_OK) {
		struct spur_db_source *s;

		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		s = &out->rows[out->count - 1];
		s->id = spur_stmt_int(q, 0);
		s->drive_id = spur_stmt_int(q, 1);
		s->path = spur_stmt_copy(q, 2, out->arena);
		s->format = spur_stmt_copy(q, 3, out->arena);
		s->role = spur_stmt_copy(q, 4, out->arena);
		s->sha256 = spur_stmt_copy(q, 5, out->arena);
		s->size_bytes = (uint64_t)spur_stmt_int(q, 6);
		s->mtime_ns = spur_stmt_int(q, 7);
		s->has_time = !spur_stmt_null(q, 8);
		s->begin_ns = spur_stmt_int(q, 8);
		s->end_ns = spur_stmt_int(q, 9);
		s->signal_set = spur_stmt_int(q, 10);
		s->signals = (uint64_t)spur_stmt_int(q, 11);
	}
	return st == SPUR_END ? SPUR_OK : st;
}

enum spur_status spur_db_source_list(struct spur_db *db, int64_t drive, int64_t after, size_t limit,
				     struct spur_db_source_list *out, struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_source_list){ .arena = spur_arena_create(0) };
	if (drive == 0)
		st = spur_db_query(db, "SELECT " SOURCE_COLUMNS "WHERE s.id > ?1 ORDER BY s.id LIMIT ?2",
				   SPUR_BIND(SPUR_INT(after), SPUR_INT(spur_db_limit(limit))), &q, err);
	else
		st = spur_db_query(db, "SELECT " SOURCE_COLUMNS "WHERE s.drive_id = ?1 ORDER BY (s.role = 'log') DESC, "
				   "(s.id = (SELECT reference_id FROM drive WHERE id = ?1)) DESC, s.id",
				   SPUR_BIND(SPUR_INT(drive)), &q, err);
	if (st >= 0)
		st = read_sources(q, out, err);
	spur_stmt_close(q);
	return st;
}

/* As many digits as a person copies; fewer would meet another file some day. */
static bool is_hash_prefix(const char *ref)
{
	size_t n = strspn(ref, "0123456789abcdef");

	return n >= 8 && ref[n] == '\0';
}

enum spur_status spur_db_source_find(struct spur_db *db, int64_t drive, const char *ref,
				     struct spur_db_source_list *out, struct spur_error *err)
{
	char *prefix = spur_strfmt("%s%%", is_hash_prefix(ref) ? ref : "");
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_source_list){ .arena = spur_arena_create(0) };
	st = spur_db_query(db, "SELECT " SOURCE_COLUMNS "WHERE (?1 = 0 OR s.drive_id = ?1) "
			   "AND (s.id = ?2 OR s.path = ?3 OR (?4 <> '%' AND s.sha256 LIKE ?4)) "
			   "ORDER BY (s.path = ?3) DESC, s.id LIMIT 1",
			   SPUR_BIND(SPUR_INT(drive), SPUR_INT(spur_db_id_of(ref)), SPUR_TEXT(ref), SPUR_TEXT(prefix)),
			   &q, err);
	if (st >= 0)
		st = read_sources(q, out, err);
	spur_stmt_close(q);
	free(prefix);
	if (st >= 0 && out->count == 0)
		st = spur_fail(err, SPUR_ENOTFOUND, "no source '%s' in the catalogue", ref);
	return st;
}

void spur_db_source_list_finish(struct spur_db_source_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_source_list){ 0 };
}

static enum spur_status refuse_known(struct spur_db *db, const struct spur_db_source *s, struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(db, "SELECT d.name FROM source AS s JOIN drive AS d ON d.id = s.drive_id "
					    "WHERE s.sha256 = ?1 AND s.role = 'log'",
					    SPUR_BIND(SPUR_TEXT(s->sha256)), &q, err);

	if (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK)
		st = spur_fail(err, SPUR_EINVAL, "%s: its bytes are in drive %s already", s->path, spur_stmt_text(q, 0));
	spur_stmt_close(q);
	return st < 0 ? st : SPUR_OK;
}

enum spur_status spur_db_source_insert(struct spur_db *db, int64_t drive, const struct spur_db_source *s, int64_t seq,
				       int64_t *id, struct spur_error *err)
{
	int64_t set = s->signal_set, made = 0;
	enum spur_status st = strcmp(s->role, "log") == 0 ? refuse_known(db, s, err) : SPUR_OK;
	struct spur_value none = { .kind = SPUR_VALUE_NULL };

	if (st >= 0 && s->signal_count > 0)
		st = spur_db_signal_set_put(db, s->signal_rows, s->signal_count, &set, err);
	if (st < 0)
		return st;
	st = spur_db_scalar(db, "INSERT INTO source (drive_id, path, format, role, sha256, size_bytes, mtime_ns, begin_ns, "
			    "end_ns, signal_set_id, audit_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
			    "RETURNING id",
			    SPUR_BIND(SPUR_INT(drive), SPUR_TEXT(s->path), SPUR_TEXT(s->format), SPUR_TEXT(s->role),
				      SPUR_TEXT(s->sha256), SPUR_INT((int64_t)s->size_bytes), SPUR_INT(s->mtime_ns),
				      s->has_time ? SPUR_INT(s->begin_ns) : none, s->has_time ? SPUR_INT(s->end_ns) : none,
				      set == 0 ? none : SPUR_INT(set), SPUR_INT(seq)), &made, err);
	if (id != NULL)
		*id = made;
	return spur_wrap(st, err, "%s", s->path);
}

enum spur_status spur_db_source_add(struct spur_db *db, const struct spur_db_act *act, int64_t drive,
				    const struct spur_db_source *source, int64_t *id, struct spur_error *err)
{
	char *detail = spur_strfmt("{\"drive\":%" PRId64 ",\"sha256\":\"%s\"}", drive, source->sha256);
	char *subject = spur_strfmt("file:%s", source->sha256);
	int64_t seq = 0;
	enum spur_status st = spur_db_begin(db, err);

	if (st >= 0) {
		st = spur_db_audit_add(db, act, "source.add", subject, detail, &seq, err);
		if (st >= 0)
			st = spur_db_source_insert(db, drive, source, seq, id, err);
		if (st >= 0)
			st = spur_db_drive_refresh(db, drive, seq, err);
		st = spur_db_end(db, st, err);
	}
	free(subject);
	free(detail);
	return st;
}

static enum spur_status move_in(struct spur_db *db, const struct spur_db_act *act, int64_t source, const char *path,
				spur_ns mtime_ns, struct spur_error *err)
{
	struct spur_buf detail = { 0 };
	struct spur_json j = { .out = &detail };
	char *subject = spur_strfmt("source:%" PRId64, source);
	int64_t seq = 0;
	enum spur_status st;

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "path", path);
	spur_json_end(&j, '}');
	st = spur_db_audit_add(db, act, "source.move", subject, spur_buf_text(&detail), &seq, err);
	if (st >= 0)
		st = spur_db_run(db, "UPDATE source SET path = ?2, mtime_ns = ?3, audit_seq = ?4 WHERE id = ?1",
				 SPUR_BIND(SPUR_INT(source), SPUR_TEXT(path), SPUR_INT(mtime_ns), SPUR_INT(seq)), err);
	if (st >= 0 && spur_db_changed(db) != 1)
		st = spur_fail(err, SPUR_ENOTFOUND, "no source %" PRId64, source);
	spur_buf_finish(&detail);
	free(subject);
	return st;
}

enum spur_status spur_db_source_move(struct spur_db *db, const struct spur_db_act *act, int64_t source,
				     const char *path, spur_ns mtime_ns, struct spur_error *err)
{
	enum spur_status st = spur_db_begin(db, err);

	return st < 0 ? st : spur_db_end(db, move_in(db, act, source, path, mtime_ns, err), err);
}

static enum spur_status put_stats(struct spur_db *db, int64_t source, const struct spur_db_stat *rows, size_t count,
				  int64_t seq, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; st >= 0 && i < count; i++)
		st = spur_db_run(db, "INSERT INTO source_stat (source_id, signal, n, min, max, mean, audit_seq) "
				 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (source_id, signal) DO UPDATE SET "
				 "n = excluded.n, min = excluded.min, max = excluded.max, mean = excluded.mean, "
				 "audit_seq = excluded.audit_seq",
				 SPUR_BIND(SPUR_INT(source), SPUR_TEXT(rows[i].signal), SPUR_INT((int64_t)rows[i].n),
					   SPUR_F64(rows[i].min), SPUR_F64(rows[i].max), SPUR_F64(rows[i].mean), SPUR_INT(seq)),
				 err);
	return st;
}

enum spur_status spur_db_stat_put(struct spur_db *db, const struct spur_db_act *act, int64_t source,
				  const struct spur_db_stat *rows, size_t count, struct spur_error *err)
{
	char *subject = spur_strfmt("source:%" PRId64, source), *detail = spur_strfmt("{\"signals\":%zu}", count);
	int64_t seq = 0;
	enum spur_status st = spur_db_begin(db, err);

	if (st >= 0) {
		if ((st = spur_db_audit_add(db, act, "source.stat", subject, detail, &seq, err)) >= 0)
			st = put_stats(db, source, rows, count, seq, err);
		st = spur_db_end(db, st, err);
	}
	free(subject);
	free(detail);
	return st;
}

enum spur_status spur_db_stat_list(struct spur_db *db, int64_t source, struct spur_db_stat_list *out,
				   struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_stat_list){ .arena = spur_arena_create(0) };
	st = spur_db_query(db, "SELECT signal, n, min, max, mean FROM source_stat WHERE source_id = ?1 ORDER BY signal",
			   SPUR_BIND(SPUR_INT(source)), &q, err);
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		struct spur_db_stat *s;

		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		s = &out->rows[out->count - 1];
		s->signal = spur_stmt_copy(q, 0, out->arena);
		s->n = (uint64_t)spur_stmt_int(q, 1);
		s->min = spur_stmt_f64(q, 2);
		s->max = spur_stmt_f64(q, 3);
		s->mean = spur_stmt_f64(q, 4);
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

void spur_db_stat_list_finish(struct spur_db_stat_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_stat_list){ 0 };
}
