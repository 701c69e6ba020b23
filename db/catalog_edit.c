#include "config.h"

#include "db/catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "db/catalog_priv.h"
#include "db/statement.h"

/* The tags that are set go with it: each is an act of who moves the edges. */
static enum spur_status copy_tags(struct spur_db *db, const struct spur_db_act *act, const char *tags, int64_t to,
				  struct spur_error *err)
{
	char *list = spur_strdup(tags), *save = NULL;
	enum spur_status st = SPUR_OK;

	for (char *tag = strtok_r(list, " ", &save); tag != NULL && st >= 0; tag = strtok_r(NULL, " ", &save))
		st = spur_db_tag(db, act, to, tag, true, NULL, err);
	free(list);
	return st;
}

static enum spur_status record_edit(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_segment *old,
				    const struct spur_db_segment *new, struct spur_error *err)
{
	struct spur_buf detail = { 0 };
	struct spur_json j = { .out = &detail };
	int64_t seq = 0;
	enum spur_status st;

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "by", new->uid);
	spur_json_int(&j, "begin_by_ns", new->begin_ns - old->begin_ns);
	spur_json_int(&j, "end_by_ns", new->end_ns - old->end_ns);
	spur_json_end(&j, '}');
	st = spur_db_audit_add(db, act, "segment.edit", old->uid, spur_buf_text(&detail), &seq, err);
	if (st >= 0)
		st = spur_db_run(db, "INSERT INTO segment_edit (old_id, new_id, who, key, at_ns, audit_seq) "
				 "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
				 SPUR_BIND(SPUR_INT(old->id), SPUR_INT(new->id), SPUR_TEXT(act->who), SPUR_TEXT(act->key),
					   SPUR_INT(act->now_ns), SPUR_INT(seq)), err);
	spur_buf_finish(&detail);
	return st;
}

static enum spur_status find_id(struct spur_db *db, int64_t id, struct spur_db_segment_list *out, struct spur_error *err)
{
	char ref[24];

	snprintf(ref, sizeof(ref), "%" PRId64, id);
	return spur_db_segment_find(db, ref, out, err);
}

static enum spur_status replace_in(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_segment *old,
				   spur_ns begin_ns, spur_ns end_ns, int64_t *id, struct spur_error *err)
{
	struct spur_db_segment s = *old;
	struct spur_db_segment_list l = { 0 };
	enum spur_status st;

	if (old->state == SPUR_DB_APPROVED)
		return spur_fail(err, SPUR_EDB, "it is approved, so it stays as it is; reject it first");
	if (old->state == SPUR_DB_SUPERSEDED)
		return spur_fail(err, SPUR_EDB, "its edges were moved already: see segment %" PRId64, old->replaced_by);
	if (begin_ns == old->begin_ns && end_ns == old->end_ns)
		return spur_fail(err, SPUR_EDB, "its edges are there already");
	s.begin_ns = begin_ns;
	s.end_ns = end_ns;
	if ((st = spur_db_segment_add(db, act, &s, id, NULL, err)) >= 0 && (st = find_id(db, *id, &l, err)) >= 0 &&
	    (st = record_edit(db, act, old, &l.rows[0], err)) >= 0)
		st = copy_tags(db, act, old->tags, *id, err);
	spur_db_segment_list_finish(&l);
	return st;
}

enum spur_status spur_db_segment_replace(struct spur_db *db, const struct spur_db_act *act, int64_t old, spur_ns begin_ns,
					 spur_ns end_ns, int64_t *id, struct spur_error *err)
{
	struct spur_db_segment_list l = { 0 };
	int64_t ignored;
	enum spur_status st = spur_db_begin(db, err);

	if (st < 0)
		return st;
	if ((st = find_id(db, old, &l, err)) >= 0)
		st = replace_in(db, act, &l.rows[0], begin_ns, end_ns, id == NULL ? &ignored : id, err);
	spur_db_segment_list_finish(&l);
	return spur_db_end(db, st, err);
}
