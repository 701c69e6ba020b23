#include "config.h"

#include "db/catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/sshsig.h"
#include "db/catalog_priv.h"
#include "db/statement.h"

void spur_db_review_record(const struct spur_db_segment *s, const char *verdict, const char *reason,
			   const struct spur_db_act *act, struct spur_buf *out)
{
	struct spur_json j = { .out = out };

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "segment", s->uid);
	spur_json_int(&j, "begin_ns", s->begin_ns);
	spur_json_int(&j, "end_ns", s->end_ns);
	spur_json_text(&j, "label", s->label);
	spur_json_text(&j, "verdict", verdict);
	spur_json_text(&j, "reason", reason);
	spur_json_text(&j, "reviewer", act->who);
	spur_json_text(&j, "key", act->key);
	spur_json_int(&j, "at_ns", act->now_ns);
	spur_json_end(&j, '}');
}

enum spur_status spur_db_verify_by(struct spur_db *db, const char *key, const char *name_space, const char *record,
				   const char *signature, struct spur_error *err)
{
	struct spur_db_identity_list l;
	enum spur_status st = spur_db_identity_list(db, key, &l, err);

	if (st >= 0 && l.count == 0)
		st = spur_fail(err, SPUR_EDB, "key %s is not registered in this catalogue; see spur identity", key);
	if (st >= 0)
		st = spur_sshsig_verify(l.rows[0].public_key, name_space, record, strlen(record), signature, err);
	spur_db_identity_list_finish(&l);
	return st;
}

static enum spur_status insert(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_segment *s,
			       const char *verdict, const char *reason, const char *signature, int64_t *id,
			       struct spur_error *err)
{
	struct spur_buf record = { 0 };
	int64_t seq = 0;
	char *action = spur_strfmt("review.%s", verdict);
	enum spur_status st = SPUR_OK;

	spur_db_review_record(s, verdict, reason, act, &record);
	if (signature != NULL)
		st = spur_db_verify_by(db, act->key, SPUR_DB_APPROVAL_NAMESPACE, spur_buf_text(&record), signature, err);
	if (st >= 0)
		st = spur_db_audit_add(db, act, action, s->uid, spur_buf_text(&record), &seq, err);
	if (st >= 0)
		st = spur_db_scalar(db, "INSERT INTO review (segment_id, verdict, reason, reviewer, key, record, signature, "
				    "at_ns, audit_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id",
				    SPUR_BIND(SPUR_INT(s->id), SPUR_TEXT(verdict), SPUR_TEXT(reason), SPUR_TEXT(act->who),
					      SPUR_TEXT(act->key), SPUR_TEXT(spur_buf_text(&record)),
					      SPUR_TEXT(signature == NULL ? "" : signature), SPUR_INT(act->now_ns),
					      SPUR_INT(seq)), id, err);
	spur_buf_finish(&record);
	free(action);
	return st;
}

enum spur_status spur_db_review_add(struct spur_db *db, const struct spur_db_act *act, int64_t segment,
				    const char *verdict, const char *reason, const char *signature, int64_t *id,
				    struct spur_error *err)
{
	struct spur_db_segment_list l = { 0 };
	char ref[24];
	int64_t ignored;
	enum spur_status st = spur_db_begin(db, err);

	if (st < 0)
		return st;
	snprintf(ref, sizeof(ref), "%" PRId64, segment);
	if ((st = spur_db_segment_find(db, ref, &l, err)) >= 0)
		st = insert(db, act, &l.rows[0], verdict, reason == NULL ? "" : reason, signature,
			    id == NULL ? &ignored : id, err);
	spur_db_segment_list_finish(&l);
	return spur_db_end(db, st, err);
}

enum spur_status spur_db_review_list(struct spur_db *db, int64_t segment, int64_t after, size_t limit,
				     struct spur_db_review_list *out, struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_review_list){ .arena = spur_arena_create(0) };
	st = spur_db_query(db, "SELECT r.id, r.segment_id, s.uid, r.verdict, r.reason, r.reviewer, r.key, r.record, r.signature, "
			   "r.at_ns FROM review AS r JOIN segment AS s ON s.id = r.segment_id "
			   "WHERE (?1 = 0 OR r.segment_id = ?1) AND r.id > ?2 ORDER BY r.id LIMIT ?3",
			   SPUR_BIND(SPUR_INT(segment), SPUR_INT(after), SPUR_INT(spur_db_limit(limit))), &q, err);
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		out->rows[out->count - 1] = (struct spur_db_review){
			.id = spur_stmt_int(q, 0), .segment = spur_stmt_int(q, 1),
			.segment_uid = spur_stmt_copy(q, 2, out->arena), .verdict = spur_stmt_copy(q, 3, out->arena),
			.reason = spur_stmt_copy(q, 4, out->arena), .reviewer = spur_stmt_copy(q, 5, out->arena),
			.key = spur_stmt_copy(q, 6, out->arena), .record = spur_stmt_copy(q, 7, out->arena),
			.signature = spur_stmt_copy(q, 8, out->arena), .at_ns = spur_stmt_int(q, 9),
		};
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

void spur_db_review_list_finish(struct spur_db_review_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_review_list){ 0 };
}
