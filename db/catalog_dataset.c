#include "config.h"

#include "db/catalog.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "db/catalog_priv.h"
#include "db/dataset_plan.h"
#include "db/statement.h"

static const unsigned default_permille[SPUR_DB_SPLITS] = { 700, 150, 150 };
static const char *const split_names[SPUR_DB_SPLITS] = { "train", "val", "test" };

const char *spur_db_split_name(enum spur_db_split s)
{
	return split_names[s];
}

/* ---- freeze ---- */

static void write_recipe(struct spur_buf *out, const struct spur_db_freeze *f, const unsigned *permille)
{
	struct spur_json j = { .out = out };

	spur_json_begin(&j, NULL, '{');
	spur_json_bool(&j, "allow_concurrent", f->allow_concurrent);
	spur_json_text(&j, "author", f->filter.author);
	spur_json_text(&j, "drive", f->filter.drive);
	spur_json_begin(&j, "labels", '[');
	for (const char *const *l = f->labels; l != NULL && *l != NULL; l++)
		spur_json_text(&j, NULL, *l);
	if (f->labels == NULL && f->filter.label != NULL)
		spur_json_text(&j, NULL, f->filter.label);
	spur_json_end(&j, ']');
	spur_json_begin(&j, "permille", '[');
	for (size_t i = 0; i < SPUR_DB_SPLITS; i++)
		spur_json_uint(&j, NULL, permille[i]);
	spur_json_end(&j, ']');
	spur_json_uint(&j, "seed", f->seed);
	spur_json_text(&j, "tag", f->filter.tag);
	spur_json_end(&j, '}');
}

static enum spur_status put_object(struct spur_db *db, const char *id, const char *kind, const char *title,
				   const char *path, const char *sha256, const char *record, spur_ns at_ns, int64_t seq,
				   struct spur_error *err)
{
	return spur_db_run(db, "INSERT INTO object (id, kind, title, path, sha256, record, at_ns, audit_seq) "
			   "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE NOT EXISTS (SELECT 1 FROM object WHERE id = ?1)",
			   SPUR_BIND(SPUR_TEXT(id), SPUR_TEXT(kind), SPUR_TEXT(title), SPUR_TEXT(path), SPUR_TEXT(sha256),
				     SPUR_TEXT(record), SPUR_INT(at_ns), SPUR_INT(seq)), err);
}

static enum spur_status put_edge(struct spur_db *db, const char *from, const char *to, const char *role, int64_t seq,
				 struct spur_error *err)
{
	return spur_db_run(db, "INSERT INTO lineage (from_id, to_id, role, audit_seq) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS "
			   "(SELECT 1 FROM lineage WHERE from_id = ?1 AND to_id = ?2 AND role = ?3)",
			   SPUR_BIND(SPUR_TEXT(from), SPUR_TEXT(to), SPUR_TEXT(role), SPUR_INT(seq)), err);
}

static enum spur_status put_files(struct spur_db *db, const struct spur_plan_drive *d, const char *segment, spur_ns at_ns,
				  int64_t seq, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; st >= 0 && i < d->sources.count; i++) {
		const struct spur_db_source *s = &d->sources.rows[i];
		const char *slash = strrchr(s->path, '/');
		char *id = spur_strfmt("file:%s", s->sha256);
		bool stored = strchr(s->role, '#') != NULL;	/* a profile's: its bytes are in the catalogue, not in a file */

		st = put_object(db, id, "file", slash == NULL ? s->path : slash + 1, stored ? "" : s->path, s->sha256, "{}", at_ns, seq,
				err);
		if (st >= 0)
			st = put_edge(db, segment, id, strcmp(s->role, "log") == 0 ? "source" : "dbc", seq, err);
		free(id);
	}
	return st;
}

/* All under the one line of the audit that the freeze has: its root stands for every item. */
static enum spur_status put_items(struct spur_db *db, const struct spur_db_act *act, const struct spur_plan *p,
				  int64_t dataset, int64_t seq, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; st >= 0 && i < p->item_count; i++) {
		const struct spur_plan_item *it = &p->items[i];
		const struct spur_db_segment *s = it->segment;

		st = spur_db_run(db, "INSERT INTO dataset_item (dataset_id, position, line, segment_uid, drive) "
				 "VALUES (?1, ?2, ?3, ?4, ?5)",
				 SPUR_BIND(SPUR_INT(dataset), SPUR_INT((int64_t)i), SPUR_TEXT(it->line), SPUR_TEXT(s->uid),
					   SPUR_TEXT(s->drive)), err);
		if (st >= 0)
			st = put_object(db, s->uid, "segment", s->label, "", "", "{}", act->now_ns, seq, err);
		if (st >= 0)
			st = put_edge(db, p->uid, s->uid, "item", seq, err);
		if (st >= 0)
			st = put_files(db, &p->drives[it->drive], s->uid, act->now_ns, seq, err);
	}
	return st;
}

static enum spur_status insert(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_freeze *f,
			       const struct spur_plan *p, const char *recipe, struct spur_error *err)
{
	char *detail = spur_strfmt("{\"name\":\"%s\",\"root\":\"%s\",\"items\":%zu,\"recipe\":%s}", f->name, p->root,
				   p->item_count, recipe);
	int64_t version = 1, id = 0, seq = 0;
	enum spur_status st = spur_db_audit_add(db, act, "dataset.freeze", p->uid, detail, &seq, err);

	if (st >= 0)
		st = spur_db_scalar(db, "SELECT coalesce(max(version), 0) + 1 FROM dataset WHERE name = ?1",
				    SPUR_BIND(SPUR_TEXT(f->name)), &version, err);
	if (st >= 0)
		st = spur_db_scalar(db, "INSERT INTO dataset (uid, name, version, root, recipe, items, who, key, at_ns, audit_seq) "
				    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id",
				    SPUR_BIND(SPUR_TEXT(p->uid), SPUR_TEXT(f->name), SPUR_INT(version), SPUR_TEXT(p->root),
					      SPUR_TEXT(recipe), SPUR_INT((int64_t)p->item_count), SPUR_TEXT(act->who),
					      SPUR_TEXT(act->key), SPUR_INT(act->now_ns), SPUR_INT(seq)), &id, err);
	if (st >= 0)
		st = put_object(db, p->uid, "dataset", f->name, "", p->root, recipe, act->now_ns, seq, err);
	if (st >= 0)
		st = put_items(db, act, p, id, seq, err);
	free(detail);
	return st;
}

static enum spur_status freeze_in(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_freeze *f,
				  const unsigned *permille, char uid[SPUR_DB_UID], struct spur_error *err)
{
	struct spur_plan p = { .drive_count = 0 };
	struct spur_buf recipe = { 0 };
	int64_t there = 0;
	enum spur_status st = spur_plan_make(db, f, permille, &p, err);

	if (st < 0)
		goto out;
	snprintf(uid, SPUR_DB_UID, "%s", p.uid);
	st = spur_db_scalar(db, "SELECT id FROM dataset WHERE name = ?1 AND uid = ?2",
			    SPUR_BIND(SPUR_TEXT(f->name), SPUR_TEXT(p.uid)), &there, err);
	if (st == SPUR_ENOTFOUND) {
		write_recipe(&recipe, f, permille);
		st = insert(db, act, f, &p, spur_buf_text(&recipe), err);
	}
out:
	spur_buf_finish(&recipe);
	spur_plan_finish(&p);
	return st;
}

static enum spur_status check_request(const struct spur_db_freeze *f, const unsigned *permille, struct spur_error *err)
{
	unsigned sum = 0;

	/* A word of file names and of NAME@VERSION. */
	if (f->name == NULL || f->name[0] == '\0' || f->name[strspn(f->name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")] != '\0')
		return spur_fail(err, SPUR_EINVAL, "a dataset's name has letters, digits, '_', '-' and '.'");
	for (size_t i = 0; i < SPUR_DB_SPLITS; i++)
		sum += permille[i];
	if (sum != 1000)
		return spur_fail(err, SPUR_EINVAL, "the fractions of train, val and test sum to %u permille, not 1000", sum);
	return SPUR_OK;
}

static enum spur_status select_datasets(struct spur_db *db, const char *where, const struct spur_value *values,
					size_t count, struct spur_db_dataset_list *out, struct spur_error *err);

enum spur_status spur_db_dataset_freeze(struct spur_db *db, const struct spur_db_act *act,
					const struct spur_db_freeze *f, struct spur_db_dataset_list *out,
					struct spur_error *err)
{
	const unsigned *permille = f->permille[0] + f->permille[1] + f->permille[2] == 0 ? default_permille : f->permille;
	char uid[SPUR_DB_UID] = "";
	enum spur_status st = check_request(f, permille, err);

	*out = (struct spur_db_dataset_list){ 0 };
	if (st < 0 || (st = spur_db_begin(db, err)) < 0)
		return st;
	if ((st = spur_db_end(db, freeze_in(db, act, f, permille, uid, err), err)) < 0)
		return spur_wrap(st, err, "dataset %s", f->name);
	return select_datasets(db, "WHERE name = ?1 AND uid = ?2", SPUR_BIND(SPUR_TEXT(f->name), SPUR_TEXT(uid)), out, err);
}

/* ---- reading ---- */

static enum spur_status select_datasets(struct spur_db *db, const char *where, const struct spur_value *values,
					size_t count, struct spur_db_dataset_list *out, struct spur_error *err)
{
	char *sql = spur_strfmt("SELECT id, uid, name, version, root, recipe, items, who, key, at_ns FROM dataset %s", where);
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_dataset_list){ .arena = spur_arena_create(0) };
	st = spur_db_query(db, sql, values, count, &q, err);
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		out->rows[out->count - 1] = (struct spur_db_dataset){
			.id = spur_stmt_int(q, 0), .uid = spur_stmt_copy(q, 1, out->arena),
			.name = spur_stmt_copy(q, 2, out->arena), .version = (int)spur_stmt_int(q, 3),
			.root = spur_stmt_copy(q, 4, out->arena), .recipe = spur_stmt_copy(q, 5, out->arena),
			.items = (uint64_t)spur_stmt_int(q, 6), .who = spur_stmt_copy(q, 7, out->arena),
			.key = spur_stmt_copy(q, 8, out->arena), .at_ns = spur_stmt_int(q, 9),
		};
	}
	spur_stmt_close(q);
	free(sql);
	return st == SPUR_END ? SPUR_OK : st;
}

enum spur_status spur_db_dataset_list(struct spur_db *db, const char *name, struct spur_db_dataset_list *out,
				      struct spur_error *err)
{
	return select_datasets(db, "WHERE (?1 IS NULL OR name = ?1) ORDER BY id DESC", SPUR_BIND(SPUR_TEXT(name)), out, err);
}

enum spur_status spur_db_dataset_find(struct spur_db *db, const char *ref, struct spur_db_dataset_list *out,
				      struct spur_error *err)
{
	const char *at = strchr(ref, '@');
	char *name = at == NULL ? spur_strdup(ref) : spur_strndup(ref, (size_t)(at - ref));
	enum spur_status st = select_datasets(db, "WHERE uid = ?1 OR (name = ?2 AND (?3 = 0 OR version = ?3)) "
					      "ORDER BY (uid = ?1) DESC, version DESC LIMIT 1",
					      SPUR_BIND(SPUR_TEXT(ref), SPUR_TEXT(name),
							SPUR_INT(at == NULL ? 0 : spur_db_id_of(at + 1))), out, err);

	if (st >= 0 && (out->count == 0 || (at != NULL && spur_db_id_of(at + 1) == 0)))
		st = spur_fail(err, SPUR_ENOTFOUND, "no dataset '%s'; see spur dataset list", ref);
	free(name);
	return st;
}

void spur_db_dataset_list_finish(struct spur_db_dataset_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_dataset_list){ 0 };
}

static enum spur_db_split split_of(const char *name)
{
	return strcmp(name, "train") == 0 ? SPUR_DB_TRAIN : strcmp(name, "val") == 0 ? SPUR_DB_VAL : SPUR_DB_TEST;
}

static bool read_source(json_t *from, struct spur_db_item_source *s, struct spur_arena *a)
{
	json_int_t drift = 0, offset = 0, ref = 0;
	const char *sha256, *reference, *role;

	if (json_unpack(from, "{s:{s:I, s:I, s:I}, s:s, s:s, s:s}", "clock", "drift_ppb", &drift, "offset_ns", &offset,
			"ref_ns", &ref, "reference", &reference, "role", &role, "sha256", &sha256) != 0)
		return false;
	s->sha256 = spur_arena_str(a, sha256);
	s->reference = spur_arena_str(a, reference);
	s->role = spur_arena_str(a, role);
	s->clock = (struct spur_clock){ .offset_ns = offset, .drift_ppb = drift, .ref_ns = ref };
	return true;
}

static bool read_fields(json_t *line, struct spur_db_item *it, struct spur_arena *a)
{
	json_t *sources = json_object_get(line, "sources"), *tags = json_object_get(line, "tags"), *tag;
	struct spur_buf all = { 0 };
	json_int_t begin = 0, end = 0;
	const char *label = "", *split = "";
	size_t i;

	if (json_unpack(line, "{s:I, s:I, s:s, s:s}", "begin_ns", &begin, "end_ns", &end, "label", &label, "split",
			&split) != 0 || !json_is_array(sources) || !json_is_array(tags))
		return false;
	it->begin_ns = begin;
	it->end_ns = end;
	it->label = spur_arena_str(a, label);
	it->split = split_of(split);
	json_array_foreach(tags, i, tag)
		spur_buf_addf(&all, "%s%s", i == 0 ? "" : " ", json_is_string(tag) ? json_string_value(tag) : "");
	it->tags = spur_arena_str(a, spur_buf_text(&all));
	spur_buf_finish(&all);
	it->source_count = json_array_size(sources);
	it->sources = spur_arena_array(a, it->source_count + 1, sizeof(*it->sources));
	for (i = 0; i < it->source_count; i++) {
		if (!read_source(json_array_get(sources, i), &it->sources[i], a))
			return false;
	}
	return true;
}

static enum spur_status read_item(struct spur_stmt *q, struct spur_db_item *it, struct spur_arena *a,
				  struct spur_error *err)
{
	json_t *line;
	bool good;

	it->line = spur_stmt_copy(q, 0, a);
	it->segment_uid = spur_stmt_copy(q, 1, a);
	it->drive = spur_stmt_copy(q, 2, a);
	line = json_loads(it->line, 0, NULL);
	good = line != NULL && read_fields(line, it, a);
	json_decref(line);
	return good ? SPUR_OK : spur_fail(err, SPUR_EDB, "an item of the dataset is damaged; see spur verify");
}

enum spur_status spur_db_item_list(struct spur_db *db, int64_t dataset, struct spur_db_item_list *out,
				   struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_item_list){ .arena = spur_arena_create(0) };
	st = spur_db_query(db, "SELECT line, segment_uid, drive FROM dataset_item WHERE dataset_id = ?1 ORDER BY position",
			   SPUR_BIND(SPUR_INT(dataset)), &q, err);
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		if ((st = read_item(q, &out->rows[out->count - 1], out->arena, err)) < 0)
			break;
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

void spur_db_item_list_finish(struct spur_db_item_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_item_list){ 0 };
}
