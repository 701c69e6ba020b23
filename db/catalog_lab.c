#include "config.h"

#include "db/catalog_lab.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "db/statement.h"

/* A line of the audit about subject with up to three texts as detail. */
static enum spur_status audit(struct spur_db *db, const struct spur_db_act *act, const char *action, const char *subject,
			      const char *const pairs[], int64_t *seq, struct spur_error *err)
{
	struct spur_buf detail = { 0 };
	struct spur_json j = { .out = &detail };
	enum spur_status st;

	spur_json_begin(&j, NULL, '{');
	for (size_t i = 0; pairs[i] != NULL; i += 2)
		spur_json_text(&j, pairs[i], pairs[i + 1]);
	spur_json_end(&j, '}');
	st = spur_db_audit_add(db, act, action, subject, spur_buf_text(&detail), seq, err);
	spur_buf_finish(&detail);
	return st;
}

/* ---- runs ---- */

enum spur_status spur_db_lab_run_add(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_lab_run *r,
				     struct spur_error *err)
{
	const char *const pairs[] = { "kind", r->kind, "recipe", r->recipe, "code_sha", r->code_sha, "extract", r->extract,
				      "model", r->model, "name", r->name, "target", r->target, NULL };
	int64_t seq = 0;
	enum spur_status st = spur_db_begin(db, err);

	if (st < 0)
		return st;
	st = audit(db, act, "lab.submit", r->run, pairs, &seq, err);
	if (st >= 0)
		st = spur_db_run(db, "INSERT INTO lab_run (run, kind, recipe, code_sha, extract, model, name, target, who, key, "
				 "at_ns, audit_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
				 SPUR_BIND(SPUR_TEXT(r->run), SPUR_TEXT(r->kind), SPUR_TEXT(r->recipe), SPUR_TEXT(r->code_sha),
					   SPUR_TEXT(r->extract), SPUR_TEXT(r->model), SPUR_TEXT(r->name), SPUR_TEXT(r->target),
					   SPUR_TEXT(act->who), SPUR_TEXT(act->key), SPUR_INT(act->now_ns), SPUR_INT(seq)), err);
	return spur_db_end(db, st, err);
}

enum spur_status spur_db_lab_run_list(struct spur_db *db, const char *run, struct spur_db_lab_run_list *out,
				      struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_lab_run_list){ .arena = spur_arena_create(0) };
	st = spur_db_query(db, "SELECT r.run, r.kind, r.recipe, r.code_sha, r.extract, r.model, r.name, r.target, r.who, r.key, "
			   "r.at_ns, coalesce(d.object_id, '') FROM lab_run AS r LEFT JOIN lab_result AS d ON d.run = r.run "
			   "WHERE (?1 IS NULL AND d.run IS NULL) OR r.run = ?1 ORDER BY r.at_ns, r.run",
			   SPUR_BIND(SPUR_TEXT(run)), &q, err);
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		out->rows[out->count - 1] = (struct spur_db_lab_run){
			.run = spur_stmt_copy(q, 0, out->arena), .kind = spur_stmt_copy(q, 1, out->arena),
			.recipe = spur_stmt_copy(q, 2, out->arena), .code_sha = spur_stmt_copy(q, 3, out->arena),
			.extract = spur_stmt_copy(q, 4, out->arena), .model = spur_stmt_copy(q, 5, out->arena),
			.name = spur_stmt_copy(q, 6, out->arena), .target = spur_stmt_copy(q, 7, out->arena),
			.who = spur_stmt_copy(q, 8, out->arena), .key = spur_stmt_copy(q, 9, out->arena),
			.at_ns = spur_stmt_int(q, 10), .result = spur_stmt_copy(q, 11, out->arena),
		};
	}
	spur_stmt_close(q);
	if (st >= 0 && run != NULL && out->count == 0)
		return spur_fail(err, SPUR_ENOTFOUND, "no run '%s' of a recipe in the catalogue", run);
	return st == SPUR_END ? SPUR_OK : st;
}

void spur_db_lab_run_list_finish(struct spur_db_lab_run_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_lab_run_list){ 0 };
}

static enum spur_status result_in(struct spur_db *db, const struct spur_db_act *act, const char *run, const char *object,
				  struct spur_error *err)
{
	const char *const pairs[] = { "object", object, NULL };
	int64_t seq = 0;
	enum spur_status st = spur_db_scalar(db, "SELECT 1 FROM lab_result WHERE run = ?1 AND object_id = ?2",
					     SPUR_BIND(SPUR_TEXT(run), SPUR_TEXT(object)), &seq, err);

	if (st != SPUR_ENOTFOUND)
		return st;
	if ((st = audit(db, act, "lab.result", run, pairs, &seq, err)) < 0)
		return st;
	return spur_db_run(db, "INSERT INTO lab_result (run, object_id, audit_seq) VALUES (?1, ?2, ?3)",
			   SPUR_BIND(SPUR_TEXT(run), SPUR_TEXT(object), SPUR_INT(seq)), err);
}

enum spur_status spur_db_lab_result_add(struct spur_db *db, const struct spur_db_act *act, const char *run,
					const char *object, struct spur_error *err)
{
	enum spur_status st = spur_db_begin(db, err);

	return st < 0 ? st : spur_db_end(db, result_in(db, act, run, object, err), err);
}

/* ---- authors ---- */

static enum spur_status author_in(struct spur_db *db, const struct spur_db_act *act, const char *object, const char *who,
				  const char *key, struct spur_error *err)
{
	const char *const pairs[] = { "who", who, "key", key, NULL };
	int64_t seq = 0;
	enum spur_status st = spur_db_scalar(db, "SELECT 1 FROM authorship WHERE object_id = ?1 AND who = ?2 AND key = ?3",
					     SPUR_BIND(SPUR_TEXT(object), SPUR_TEXT(who), SPUR_TEXT(key)), &seq, err);

	if (st != SPUR_ENOTFOUND)
		return st;
	if ((st = audit(db, act, "object.author", object, pairs, &seq, err)) < 0)
		return st;
	return spur_db_run(db, "INSERT INTO authorship (object_id, who, key, audit_seq) VALUES (?1, ?2, ?3, ?4)",
			   SPUR_BIND(SPUR_TEXT(object), SPUR_TEXT(who), SPUR_TEXT(key), SPUR_INT(seq)), err);
}

enum spur_status spur_db_author_add(struct spur_db *db, const struct spur_db_act *act, const char *object,
				    const char *who, const char *key, struct spur_error *err)
{
	enum spur_status st = spur_db_begin(db, err);

	return st < 0 ? st : spur_db_end(db, author_in(db, act, object, who, key, err), err);
}

struct author {
	const char *who, *key;
};

static enum spur_status inherit_in(struct spur_db *db, const struct spur_db_act *act, const char *from, const char *to,
				   struct spur_error *err)
{
	struct spur_arena *arena = spur_arena_create(0);
	struct author *rows = NULL;
	size_t count = 0;
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(db, "SELECT who, key FROM authorship WHERE object_id = ?1 ORDER BY key, who",
					    SPUR_BIND(SPUR_TEXT(from)), &q, err);

	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		rows = spur_rows_add(rows, &count, sizeof(*rows));
		rows[count - 1] = (struct author){ spur_stmt_copy(q, 0, arena), spur_stmt_copy(q, 1, arena) };
	}
	spur_stmt_close(q);
	st = st == SPUR_END ? SPUR_OK : st;
	for (size_t i = 0; i < count && st >= 0; i++)
		st = author_in(db, act, to, rows[i].who, rows[i].key, err);
	free(rows);
	spur_arena_destroy(arena);
	return st;
}

enum spur_status spur_db_author_inherit(struct spur_db *db, const struct spur_db_act *act, const char *from,
					const char *to, struct spur_error *err)
{
	enum spur_status st = spur_db_begin(db, err);

	return st < 0 ? st : spur_db_end(db, inherit_in(db, act, from, to, err), err);
}

/* ---- objects ---- */

enum spur_status spur_db_object_newest(struct spur_db *db, const char *kind, const char *id, const char *sha256,
				       struct spur_db_object_list *out, struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_object_list){ .arena = spur_arena_create(0) };
	st = spur_db_query(db, id != NULL ?
			   "SELECT o.id, o.kind, o.title, o.path, o.sha256, o.record, o.at_ns FROM lineage AS l JOIN object AS o "
			   "ON o.id = l.from_id WHERE l.to_id = ?1 AND o.kind = ?2 ORDER BY o.at_ns DESC, o.audit_seq DESC LIMIT 1" :
			   "SELECT o.id, o.kind, o.title, o.path, o.sha256, o.record, o.at_ns FROM object AS o "
			   "WHERE o.sha256 = ?1 AND o.kind = ?2 ORDER BY o.at_ns DESC, o.audit_seq DESC LIMIT 1",
			   SPUR_BIND(SPUR_TEXT(id != NULL ? id : sha256), SPUR_TEXT(kind)), &q, err);
	if (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		out->rows[0] = (struct spur_db_object){
			.id = spur_stmt_copy(q, 0, out->arena), .kind = spur_stmt_copy(q, 1, out->arena),
			.title = spur_stmt_copy(q, 2, out->arena), .path = spur_stmt_copy(q, 3, out->arena),
			.sha256 = spur_stmt_copy(q, 4, out->arena), .record = spur_stmt_copy(q, 5, out->arena),
			.at_ns = spur_stmt_int(q, 6),
		};
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}
