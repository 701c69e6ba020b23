#include "config.h"

#include "db/catalog_lab.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "db/catalog_priv.h"
#include "db/statement.h"

/* Model versions and aliases. */

static enum spur_status next_version(struct spur_db *db, const char *name, int64_t *version, struct spur_error *err)
{
	return spur_db_scalar(db, "SELECT coalesce(max(version), 0) + 1 FROM model_version WHERE name = ?1",
			      SPUR_BIND(SPUR_TEXT(name)), version, err);
}

static enum spur_status add_in(struct spur_db *db, const struct spur_db_act *act, const char *name, const char *uid,
			       const char *run, const char *who, const char *key, int64_t *version, struct spur_error *err)
{
	struct spur_buf detail = { 0 };
	struct spur_json j = { .out = &detail };
	int64_t seq = 0;
	enum spur_status st = spur_db_scalar(db, "SELECT version FROM model_version WHERE name = ?1 AND uid = ?2",
					     SPUR_BIND(SPUR_TEXT(name), SPUR_TEXT(uid)), version, err);

	if (st != SPUR_ENOTFOUND)
		return st;
	if ((st = next_version(db, name, version, err)) < 0)
		return st;
	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "name", name);
	spur_json_int(&j, "version", *version);
	spur_json_text(&j, "run", run);
	spur_json_text(&j, "author", who);
	spur_json_end(&j, '}');
	st = spur_db_audit_add(db, act, "model.version", uid, spur_buf_text(&detail), &seq, err);
	spur_buf_finish(&detail);
	if (st < 0)
		return st;
	return spur_db_run(db, "INSERT INTO model_version (name, version, uid, run, who, key, at_ns, audit_seq) "
			   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
			   SPUR_BIND(SPUR_TEXT(name), SPUR_INT(*version), SPUR_TEXT(uid), SPUR_TEXT(run), SPUR_TEXT(who),
				     SPUR_TEXT(key), SPUR_INT(act->now_ns), SPUR_INT(seq)), err);
}

enum spur_status spur_db_model_add(struct spur_db *db, const struct spur_db_act *act, const char *name, const char *uid,
				   const char *run, const char *who, const char *key, int *version, struct spur_error *err)
{
	int64_t v = 0;
	enum spur_status st = spur_db_begin(db, err);

	if (st < 0)
		return st;
	st = add_in(db, act, name, uid, run, who, key, &v, err);
	*version = (int)v;
	return spur_db_end(db, st, err);
}

#define MODEL_COLUMNS "m.id, m.name, m.version, m.uid, m.run, m.who, m.key, o.path, o.sha256, o.record, m.at_ns"
#define MODEL_TABLES "model_version AS m JOIN object AS o ON o.id = m.uid"

static enum spur_status read_models(struct spur_stmt *q, struct spur_db_model_list *out, struct spur_error *err)
{
	enum spur_status st;

	while ((st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		out->rows[out->count - 1] = (struct spur_db_model){
			.id = spur_stmt_int(q, 0), .name = spur_stmt_copy(q, 1, out->arena),
			.version = (int)spur_stmt_int(q, 2), .uid = spur_stmt_copy(q, 3, out->arena),
			.run = spur_stmt_copy(q, 4, out->arena), .who = spur_stmt_copy(q, 5, out->arena),
			.key = spur_stmt_copy(q, 6, out->arena), .path = spur_stmt_copy(q, 7, out->arena),
			.sha256 = spur_stmt_copy(q, 8, out->arena), .record = spur_stmt_copy(q, 9, out->arena),
			.at_ns = spur_stmt_int(q, 10), .aliases = "",
		};
	}
	return st == SPUR_END ? SPUR_OK : st;
}

static enum spur_status read_aliases(struct spur_db *db, struct spur_db_model *m, struct spur_arena *arena,
				     struct spur_error *err)
{
	struct spur_buf all = { 0 };
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(db, "SELECT a.alias FROM model_alias AS a WHERE a.name = ?1 AND a.version = ?2 AND "
					    "a.id = (SELECT max(b.id) FROM model_alias AS b WHERE b.name = a.name AND "
					    "b.alias = a.alias) ORDER BY a.alias",
					    SPUR_BIND(SPUR_TEXT(m->name), SPUR_INT(m->version)), &q, err);

	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK)
		spur_buf_addf(&all, "%s%s", all.len > 0 ? " " : "", spur_stmt_text(q, 0));
	spur_stmt_close(q);
	m->aliases = spur_arena_str(arena, spur_buf_text(&all));
	spur_buf_finish(&all);
	return st == SPUR_END ? SPUR_OK : st;
}

static enum spur_status fill(struct spur_db *db, struct spur_stmt *q, struct spur_db_model_list *out, struct spur_error *err)
{
	enum spur_status st = read_models(q, out, err);

	spur_stmt_close(q);
	for (size_t i = 0; i < out->count && st >= 0; i++)
		st = read_aliases(db, &out->rows[i], out->arena, err);
	return st;
}

enum spur_status spur_db_model_list(struct spur_db *db, const char *name, struct spur_db_model_list *out,
				    struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_model_list){ .arena = spur_arena_create(0) };
	st = spur_db_query(db, "SELECT " MODEL_COLUMNS " FROM " MODEL_TABLES " WHERE ?1 IS NULL OR m.name = ?1 ORDER BY m.id DESC",
			   SPUR_BIND(SPUR_TEXT(name)), &q, err);
	return st < 0 ? st : fill(db, q, out, err);
}

/* NAME, NAME@VERSION, NAME@ALIAS */
static enum spur_status find_by_name(struct spur_db *db, const char *name, const char *rest, struct spur_stmt **q,
				     struct spur_error *err)
{
	int64_t version = rest == NULL ? 0 : spur_db_id_of(rest);

	if (rest == NULL || version > 0)
		return spur_db_query(db, "SELECT " MODEL_COLUMNS " FROM " MODEL_TABLES " WHERE m.name = ?1 AND "
				     "(?2 = 0 OR m.version = ?2) ORDER BY m.version DESC LIMIT 1",
				     SPUR_BIND(SPUR_TEXT(name), SPUR_INT(version)), q, err);
	return spur_db_query(db, "SELECT " MODEL_COLUMNS " FROM " MODEL_TABLES " WHERE m.name = ?1 AND m.version = "
			     "(SELECT a.version FROM model_alias AS a WHERE a.name = ?1 AND a.alias = ?2 ORDER BY a.id DESC LIMIT 1)",
			     SPUR_BIND(SPUR_TEXT(name), SPUR_TEXT(rest)), q, err);
}

enum spur_status spur_db_model_find(struct spur_db *db, const char *ref, struct spur_db_model_list *out,
				    struct spur_error *err)
{
	const char *sign = strchr(ref, '@');
	char *name = spur_strndup(ref, sign == NULL ? strlen(ref) : (size_t)(sign - ref)), *past = spur_strfmt("%s~", ref);
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_model_list){ .arena = spur_arena_create(0) };
	st = find_by_name(db, name, sign == NULL ? NULL : sign + 1, &q, err);
	if (st >= 0)
		st = fill(db, q, out, err);
	if (st >= 0 && out->count == 0 && strlen(ref) >= 8) {
		st = spur_db_query(db, "SELECT " MODEL_COLUMNS " FROM " MODEL_TABLES " WHERE m.uid >= ?1 AND m.uid < ?2 "
				   "ORDER BY m.id DESC LIMIT 2", SPUR_BIND(SPUR_TEXT(ref), SPUR_TEXT(past)), &q, err);
		if (st >= 0)
			st = fill(db, q, out, err);
		if (st >= 0 && out->count == 2 && strcmp(out->rows[0].uid, out->rows[1].uid) != 0)
			st = spur_fail(err, SPUR_EINVAL, "'%s' fits several models; give more of it", ref);
		out->count = out->count > 1 ? 1 : out->count;
	}
	if (st >= 0 && out->count == 0)
		st = spur_fail(err, SPUR_ENOTFOUND, "no model '%s'; see spur models", ref);
	free(name);
	free(past);
	return st;
}

void spur_db_model_list_finish(struct spur_db_model_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_model_list){ 0 };
}

static enum spur_status alias_in(struct spur_db *db, const struct spur_db_act *act, const char *name, const char *alias,
				 int version, struct spur_error *err)
{
	struct spur_buf detail = { 0 };
	struct spur_json j = { .out = &detail };
	int64_t seq = 0;
	enum spur_status st;

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "alias", alias);
	spur_json_int(&j, "version", version);
	spur_json_end(&j, '}');
	st = spur_db_audit_add(db, act, "model.alias", name, spur_buf_text(&detail), &seq, err);
	spur_buf_finish(&detail);
	if (st < 0)
		return st;
	return spur_db_run(db, "INSERT INTO model_alias (name, alias, version, who, key, at_ns, audit_seq) "
			   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
			   SPUR_BIND(SPUR_TEXT(name), SPUR_TEXT(alias), SPUR_INT(version), SPUR_TEXT(act->who),
				     SPUR_TEXT(act->key), SPUR_INT(act->now_ns), SPUR_INT(seq)), err);
}

enum spur_status spur_db_alias_set(struct spur_db *db, const struct spur_db_act *act, const char *name,
				   const char *alias, int version, struct spur_error *err)
{
	enum spur_status st;

	if (alias[0] == '\0' || strpbrk(alias, "@ \t\n/") != NULL || spur_db_id_of(alias) > 0)
		return spur_fail(err, SPUR_EINVAL, "'%s' is no alias: one word that is no number", alias);
	if ((st = spur_db_begin(db, err)) < 0)
		return st;
	return spur_db_end(db, alias_in(db, act, name, alias, version, err), err);
}
