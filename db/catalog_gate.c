#include "config.h"

#include "db/catalog_lab.h"

#include <stdlib.h>
#include <string.h>

#include "db/catalog_priv.h"
#include "db/statement.h"

/* Decisions at gates: who approved or rejected what, on which evidence, under which policy. */

static enum spur_status add_in(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_decision *d,
			       struct spur_error *err)
{
	char *action = spur_strfmt("gate.%s", d->verdict);
	int64_t seq = 0;
	enum spur_status st = spur_db_verify_by(db, act->key, SPUR_DB_GATE_NAMESPACE, d->record, d->signature, err);

	if (st >= 0)
		st = spur_db_audit_add(db, act, action, d->object, d->record, &seq, err);
	if (st >= 0)
		st = spur_db_run(db, "INSERT INTO gate_decision (object_id, gate, verdict, passed, reason, reviewer, key, "
				 "card_sha256, policy_sha256, record, signature, at_ns, audit_seq) VALUES "
				 "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
				 SPUR_BIND(SPUR_TEXT(d->object), SPUR_TEXT(d->gate), SPUR_TEXT(d->verdict), SPUR_INT(d->passed),
					   SPUR_TEXT(d->reason), SPUR_TEXT(act->who), SPUR_TEXT(act->key),
					   SPUR_TEXT(d->card_sha256), SPUR_TEXT(d->policy_sha256), SPUR_TEXT(d->record),
					   SPUR_TEXT(d->signature), SPUR_INT(act->now_ns), SPUR_INT(seq)), err);
	free(action);
	return st;
}

enum spur_status spur_db_decision_add(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_decision *d,
				      struct spur_error *err)
{
	enum spur_status st = spur_db_begin(db, err);

	return st < 0 ? st : spur_db_end(db, add_in(db, act, d, err), err);
}

enum spur_status spur_db_decision_list(struct spur_db *db, const char *object, const char *gate,
				       struct spur_db_decision_list *out, struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_decision_list){ .arena = spur_arena_create(0) };
	st = spur_db_query(db, "SELECT id, object_id, gate, verdict, passed, reason, reviewer, key, card_sha256, policy_sha256, "
			   "record, signature, at_ns FROM gate_decision WHERE (?1 IS NULL OR object_id = ?1) "
			   "AND (?2 IS NULL OR gate = ?2) ORDER BY id", SPUR_BIND(SPUR_TEXT(object), SPUR_TEXT(gate)), &q, err);
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		out->rows[out->count - 1] = (struct spur_db_decision){
			.id = spur_stmt_int(q, 0), .object = spur_stmt_copy(q, 1, out->arena),
			.gate = spur_stmt_copy(q, 2, out->arena), .verdict = spur_stmt_copy(q, 3, out->arena),
			.passed = spur_stmt_int(q, 4) != 0, .reason = spur_stmt_copy(q, 5, out->arena),
			.who = spur_stmt_copy(q, 6, out->arena), .key = spur_stmt_copy(q, 7, out->arena),
			.card_sha256 = spur_stmt_copy(q, 8, out->arena), .policy_sha256 = spur_stmt_copy(q, 9, out->arena),
			.record = spur_stmt_copy(q, 10, out->arena), .signature = spur_stmt_copy(q, 11, out->arena),
			.at_ns = spur_stmt_int(q, 12),
		};
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

void spur_db_decision_list_finish(struct spur_db_decision_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_decision_list){ 0 };
}
