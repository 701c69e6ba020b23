#include "config.h"

#include "db/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "db/catalog_priv.h"
#include "db/statement.h"

static enum spur_status add_in(struct spur_db *db, const struct spur_db_act *act, const char *object,
			       const char *name_space, const char *record, const char *signature, struct spur_error *err)
{
	struct spur_buf detail = { 0 };
	struct spur_json j = { .out = &detail };
	int64_t seq = 0;
	enum spur_status st = spur_db_verify_by(db, act->key, name_space, record, signature, err);

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "namespace", name_space);
	spur_json_text(&j, "record", record);
	spur_json_end(&j, '}');
	if (st >= 0)
		st = spur_db_audit_add(db, act, "object.sign", object, spur_buf_text(&detail), &seq, err);
	if (st >= 0)
		st = spur_db_run(db, "INSERT INTO signature (object_id, signer, key, name_space, record, signature, at_ns, "
				 "audit_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
				 SPUR_BIND(SPUR_TEXT(object), SPUR_TEXT(act->who), SPUR_TEXT(act->key), SPUR_TEXT(name_space),
					   SPUR_TEXT(record), SPUR_TEXT(signature), SPUR_INT(act->now_ns), SPUR_INT(seq)), err);
	spur_buf_finish(&detail);
	return st;
}

enum spur_status spur_db_signature_add(struct spur_db *db, const struct spur_db_act *act, const char *object,
				       const char *name_space, const char *record, const char *signature,
				       struct spur_error *err)
{
	enum spur_status st = spur_db_begin(db, err);

	return st < 0 ? st : spur_db_end(db, add_in(db, act, object, name_space, record, signature, err), err);
}

enum spur_status spur_db_signature_list(struct spur_db *db, const char *object, struct spur_db_signature_list *out,
					struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_signature_list){ .arena = spur_arena_create(0) };
	st = spur_db_query(db, "SELECT id, object_id, signer, key, name_space, record, signature, at_ns FROM signature "
			   "WHERE (?1 IS NULL OR object_id = ?1) ORDER BY id", SPUR_BIND(SPUR_TEXT(object)), &q, err);
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		out->rows[out->count - 1] = (struct spur_db_signature){
			.id = spur_stmt_int(q, 0), .object = spur_stmt_copy(q, 1, out->arena),
			.signer = spur_stmt_copy(q, 2, out->arena), .key = spur_stmt_copy(q, 3, out->arena),
			.name_space = spur_stmt_copy(q, 4, out->arena), .record = spur_stmt_copy(q, 5, out->arena),
			.signature = spur_stmt_copy(q, 6, out->arena), .at_ns = spur_stmt_int(q, 7),
		};
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

void spur_db_signature_list_finish(struct spur_db_signature_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_signature_list){ 0 };
}
