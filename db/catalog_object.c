#include "config.h"

#include "db/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "db/catalog_priv.h"
#include "db/statement.h"

#define PREFIX_MIN 8

static enum spur_status insert(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_object *o,
			       struct spur_error *err)
{
	struct spur_buf detail = { 0 };
	struct spur_json j = { .out = &detail };
	int64_t seq = 0;
	enum spur_status st;

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "kind", o->kind);
	spur_json_text(&j, "sha256", o->sha256 == NULL ? "" : o->sha256);
	spur_json_end(&j, '}');
	st = spur_db_audit_add(db, act, "object.put", o->id, spur_buf_text(&detail), &seq, err);
	if (st >= 0)
		st = spur_db_run(db, "INSERT INTO object (id, kind, title, path, sha256, record, at_ns, audit_seq) "
				 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
				 SPUR_BIND(SPUR_TEXT(o->id), SPUR_TEXT(o->kind), SPUR_TEXT(o->title == NULL ? "" : o->title),
					   SPUR_TEXT(o->path == NULL ? "" : o->path),
					   SPUR_TEXT(o->sha256 == NULL ? "" : o->sha256),
					   SPUR_TEXT(o->record == NULL ? "{}" : o->record), SPUR_INT(act->now_ns),
					   SPUR_INT(seq)), err);
	spur_buf_finish(&detail);
	return st;
}

/* The same content somewhere else: where it lies is not what it is. */
static enum spur_status move(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_object *o,
			     struct spur_error *err)
{
	struct spur_buf detail = { 0 };
	struct spur_json j = { .out = &detail };
	int64_t seq = 0;
	enum spur_status st;

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "path", o->path);
	spur_json_end(&j, '}');
	st = spur_db_audit_add(db, act, "object.move", o->id, spur_buf_text(&detail), &seq, err);
	if (st >= 0)
		st = spur_db_run(db, "UPDATE object SET path = ?2, audit_seq = ?3 WHERE id = ?1",
				 SPUR_BIND(SPUR_TEXT(o->id), SPUR_TEXT(o->path), SPUR_INT(seq)), err);
	spur_buf_finish(&detail);
	return st;
}

static enum spur_status put_in(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_object *o,
			       struct spur_error *err)
{
	int64_t here = 0;
	enum spur_status st = spur_db_scalar(db, "SELECT CASE WHEN path = ?2 THEN 1 ELSE 0 END FROM object WHERE id = ?1",
					     SPUR_BIND(SPUR_TEXT(o->id), SPUR_TEXT(o->path == NULL ? "" : o->path)), &here, err);

	if (st == SPUR_ENOTFOUND)
		return insert(db, act, o, err);
	if (st < 0 || here || o->path == NULL || o->path[0] == '\0')
		return st;
	return move(db, act, o, err);
}

enum spur_status spur_db_object_put(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_object *o,
				    struct spur_error *err)
{
	enum spur_status st = spur_db_begin(db, err);

	return st < 0 ? st : spur_db_end(db, put_in(db, act, o, err), err);
}

static enum spur_status read_objects(struct spur_stmt *q, struct spur_db_object_list *out, struct spur_error *err)
{
	enum spur_status st;

	while ((st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		out->rows[out->count - 1] = (struct spur_db_object){
			.id = spur_stmt_copy(q, 0, out->arena), .kind = spur_stmt_copy(q, 1, out->arena),
			.title = spur_stmt_copy(q, 2, out->arena), .path = spur_stmt_copy(q, 3, out->arena),
			.sha256 = spur_stmt_copy(q, 4, out->arena), .record = spur_stmt_copy(q, 5, out->arena),
			.at_ns = spur_stmt_int(q, 6),
		};
	}
	return st == SPUR_END ? SPUR_OK : st;
}

enum spur_status spur_db_object_find(struct spur_db *db, const char *ref, struct spur_db_object_list *out,
				     struct spur_error *err)
{
	char *past = spur_strfmt("%s~", ref);	/* '~' sorts after every character of an id */
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_object_list){ .arena = spur_arena_create(0) };
	if (strlen(ref) < PREFIX_MIN)
		st = spur_fail(err, SPUR_ENOTFOUND, "no object '%s'; give at least %d characters of its id", ref, PREFIX_MIN);
	else
		st = spur_db_query(db, "SELECT id, kind, title, path, sha256, record, at_ns FROM object "
				   "WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT 2",
				   SPUR_BIND(SPUR_TEXT(ref), SPUR_TEXT(past)), &q, err);
	if (st >= 0)
		st = read_objects(q, out, err);
	spur_stmt_close(q);
	free(past);
	if (st >= 0 && out->count == 0)
		return spur_fail(err, SPUR_ENOTFOUND, "no object '%s' in the catalogue", ref);
	if (st >= 0 && out->count == 2 && strcmp(out->rows[0].id, ref) != 0)
		return spur_fail(err, SPUR_EINVAL, "'%s' fits several objects, %s and %s among them", ref, out->rows[0].id,
				 out->rows[1].id);
	if (st >= 0)
		out->count = 1;
	return st;
}

void spur_db_object_list_finish(struct spur_db_object_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_object_list){ 0 };
}

static enum spur_status must_be(struct spur_db *db, const char *id, struct spur_error *err)
{
	int64_t there;
	enum spur_status st = spur_db_scalar(db, "SELECT 1 FROM object WHERE id = ?1", SPUR_BIND(SPUR_TEXT(id)), &there, err);

	return st == SPUR_ENOTFOUND ? spur_fail(err, st, "lineage: no object '%s'", id) : st;
}

static enum spur_status edge_in(struct spur_db *db, const struct spur_db_act *act, const char *from, const char *to,
				const char *role, struct spur_error *err)
{
	struct spur_buf detail = { 0 };
	struct spur_json j = { .out = &detail };
	int64_t seq = 0;
	enum spur_status st;

	if ((st = must_be(db, from, err)) < 0 || (st = must_be(db, to, err)) < 0)
		return st;
	st = spur_db_scalar(db, "SELECT 1 FROM lineage WHERE from_id = ?1 AND role = ?2 AND to_id = ?3",
			    SPUR_BIND(SPUR_TEXT(from), SPUR_TEXT(role), SPUR_TEXT(to)), &seq, err);
	if (st != SPUR_ENOTFOUND)
		return st;
	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "to", to);
	spur_json_text(&j, "role", role);
	spur_json_end(&j, '}');
	st = spur_db_audit_add(db, act, "lineage.add", from, spur_buf_text(&detail), &seq, err);
	if (st >= 0)
		st = spur_db_run(db, "INSERT INTO lineage (from_id, to_id, role, audit_seq) VALUES (?1, ?2, ?3, ?4)",
				 SPUR_BIND(SPUR_TEXT(from), SPUR_TEXT(to), SPUR_TEXT(role), SPUR_INT(seq)), err);
	spur_buf_finish(&detail);
	return st;
}

enum spur_status spur_db_edge_add(struct spur_db *db, const struct spur_db_act *act, const char *from, const char *to,
				  const char *role, struct spur_error *err)
{
	enum spur_status st = spur_db_begin(db, err);

	return st < 0 ? st : spur_db_end(db, edge_in(db, act, from, to, role, err), err);
}

enum spur_status spur_db_edge_list(struct spur_db *db, const char *id, bool down, struct spur_db_edge_list *out,
				   struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_edge_list){ .arena = spur_arena_create(0) };
	st = spur_db_query(db, down ? "SELECT from_id, to_id, role FROM lineage WHERE from_id = ?1 ORDER BY role, to_id" :
				      "SELECT from_id, to_id, role FROM lineage WHERE to_id = ?1 ORDER BY role, from_id",
			   SPUR_BIND(SPUR_TEXT(id)), &q, err);
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		out->rows[out->count - 1] = (struct spur_db_edge){
			.from = spur_stmt_copy(q, 0, out->arena), .to = spur_stmt_copy(q, 1, out->arena),
			.role = spur_stmt_copy(q, 2, out->arena),
		};
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

void spur_db_edge_list_finish(struct spur_db_edge_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_edge_list){ 0 };
}
