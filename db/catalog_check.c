#include "config.h"

#include "db/catalog.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "db/catalog_priv.h"
#include "db/dataset_plan.h"
#include "db/statement.h"

struct look {
	struct spur_db *db;
	struct spur_db_verdict *v;
	spur_db_found *found;
	void *state;
	struct spur_task *task;
};

#define WRONG(l, ...) spur_db_find((l)->v, (l)->found, (l)->state, __VA_ARGS__)

/* What the guards refuse, asked of the rows that are there: a guard may have been away for a while. */
static enum spur_status check_rules(struct look *l, struct spur_error *err)
{
	static const struct rule {
		const char *sql, *what;
	} rules[] = {
		{ "SELECT count(*) FROM review AS r JOIN segment AS s ON s.id = r.segment_id WHERE r.verdict <> 'comment' "
		  "AND (s.author_key = r.key OR s.author = r.reviewer)", "reviews by the author of the segment" },
		{ "SELECT count(*) FROM review AS r WHERE NOT EXISTS (SELECT 1 FROM identity AS i WHERE i.fingerprint = r.key "
		  "AND i.name = r.reviewer)", "reviews by keys that are not registered" },
		{ "SELECT count(*) FROM review AS r JOIN identity AS i ON i.fingerprint = r.key JOIN identity_end AS e "
		  "ON e.identity_id = i.id WHERE r.audit_seq > e.audit_seq", "reviews by keys that were revoked before" },
		{ "SELECT count(*) FROM signature AS g JOIN identity AS i ON i.fingerprint = g.key JOIN identity_end AS e "
		  "ON e.identity_id = i.id WHERE g.audit_seq > e.audit_seq", "signatures by keys that were revoked before" },
		{ "SELECT count(*) FROM gate_decision AS g JOIN identity AS i ON i.fingerprint = g.key JOIN identity_end AS e "
		  "ON e.identity_id = i.id WHERE g.audit_seq > e.audit_seq", "gate decisions by keys that were revoked before" },
		{ "SELECT count(*) FROM review WHERE verdict = 'approve' AND signature = ''", "approvals that are not signed" },
		{ "SELECT count(*) FROM segment_edit AS e JOIN segment AS s ON s.id = e.old_id WHERE " SPUR_DB_STATE_OF_S
		  " = 'approve'", "approved segments whose edges were moved" },
		{ "SELECT count(*) FROM segment_edit AS e JOIN segment AS s ON s.id = e.new_id WHERE s.author <> e.who "
		  "OR s.author_key <> e.key", "moved edges under another author's name" },
		{ "SELECT count(*) FROM dataset AS d WHERE d.items <> (SELECT count(*) FROM dataset_item AS i "
		  "WHERE i.dataset_id = d.id)", "datasets that lost or gained items" },
		{ "SELECT count(*) FROM signal_set AS g WHERE g.count <> (SELECT count(*) FROM signal AS s "
		  "WHERE s.set_id = g.id)", "signal sets that lost or gained signals" },
	};
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; st >= 0 && i < sizeof(rules) / sizeof(rules[0]); i++) {
		int64_t n = 0;

		st = spur_db_scalar(l->db, rules[i].sql, SPUR_NO_BIND, &n, err);
		l->v->checked++;
		if (st >= 0 && n > 0)
			WRONG(l, "%" PRId64 " %s", n, rules[i].what);
	}
	return st;
}

static enum spur_status check_reviews(struct look *l, struct spur_error *err)
{
	int64_t after = 0;
	enum spur_status st = SPUR_OK;

	for (bool more = true; st >= 0 && more;) {
		struct spur_db_review_list page;

		st = spur_db_review_list(l->db, 0, after, 0, &page, err);
		more = st >= 0 && page.count > 0;
		for (size_t i = 0; st >= 0 && i < page.count; i++) {
			const struct spur_db_review *r = &page.rows[i];
			struct spur_error why = { 0 };

			after = r->id;
			l->v->checked++;
			if (r->signature[0] != '\0' && spur_db_verify_by(l->db, r->key, SPUR_DB_APPROVAL_NAMESPACE, r->record,
									 r->signature, &why) < 0)
				WRONG(l, "review %" PRId64 " of %s: %s", r->id, r->segment_uid, why.text);
		}
		if (spur_task_cancelled(l->task))
			st = spur_fail(err, SPUR_ECANCELLED, "stopped");
		spur_db_review_list_finish(&page);
	}
	return st;
}

/* The columns of a review say what its signed record says. */
static enum spur_status check_records(struct look *l, struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(l->db, "SELECT r.id, s.uid, s.begin_ns, s.end_ns, s.label, r.verdict, r.reason, "
					    "r.reviewer, r.key, r.at_ns, r.record FROM review AS r JOIN segment AS s "
					    "ON s.id = r.segment_id ORDER BY r.id", SPUR_NO_BIND, &q, err);

	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		struct spur_arena *a = spur_arena_create(0);
		struct spur_db_segment s = { .uid = spur_stmt_copy(q, 1, a), .begin_ns = spur_stmt_int(q, 2),
					     .end_ns = spur_stmt_int(q, 3), .label = spur_stmt_copy(q, 4, a) };
		struct spur_db_act act = { .who = spur_stmt_copy(q, 7, a), .key = spur_stmt_copy(q, 8, a),
					   .now_ns = spur_stmt_int(q, 9) };
		struct spur_buf want = { 0 };

		spur_db_review_record(&s, spur_stmt_copy(q, 5, a), spur_stmt_copy(q, 6, a), &act, &want);
		if (strcmp(spur_stmt_text(q, 10), spur_buf_text(&want)) != 0)
			WRONG(l, "review %" PRId64 " of %s says something else than its record", spur_stmt_int(q, 0), s.uid);
		spur_buf_finish(&want);
		spur_arena_destroy(a);
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

static enum spur_status check_dataset(struct look *l, const struct spur_db_dataset *d, struct spur_error *err)
{
	struct spur_error why = { 0 };
	struct spur_db_verdict one = { 0 };

	(void)err;
	l->v->checked++;
	if (spur_db_dataset_verify(l->db, d, &one, &why) < 0)
		WRONG(l, "dataset %s: %s", d->uid, why.text);
	else if (one.wrong > 0)
		WRONG(l, "dataset %s: %s", d->uid, one.first);
	return SPUR_OK;
}

enum spur_status spur_db_dataset_verify(struct spur_db *db, const struct spur_db_dataset *d, struct spur_db_verdict *v,
					struct spur_error *err)
{
	struct spur_db_item_list items = { 0 };
	char root[SPUR_SHA256_HEX];
	const char **lines;
	enum spur_status st = spur_db_item_list(db, d->id, &items, err);

	if (st >= 0) {
		lines = spur_calloc(items.count, sizeof(*lines));
		for (size_t i = 0; i < items.count; i++)
			lines[i] = items.rows[i].line;
		spur_merkle_root(lines, items.count, root);
		v->checked += items.count;
		if (strcmp(root, d->root) != 0 || strncmp(root, d->uid + 3, 16) != 0)
			spur_db_find(v, NULL, NULL, "its items are not those that were frozen (root %.16s, not %.16s)", root, d->root);
		free(lines);
	}
	spur_db_item_list_finish(&items);
	return st;
}

static enum spur_status check_datasets(struct look *l, struct spur_error *err)
{
	struct spur_db_dataset_list list;
	enum spur_status st = spur_db_dataset_list(l->db, NULL, &list, err);

	for (size_t i = 0; st >= 0 && i < list.count; i++)
		st = check_dataset(l, &list.rows[i], err);
	spur_db_dataset_list_finish(&list);
	return st;
}

enum spur_status spur_db_check(struct spur_db *db, struct spur_db_verdict *v, spur_db_found *found, void *state,
			       struct spur_task *task, struct spur_error *err)
{
	struct look l = { db, v, found, state, task };
	struct spur_db_verdict engine = { 0 };
	enum spur_status st = spur_db_audit_verify(db, v, found, state, task, err);

	if (st < 0 || (st = spur_db_check_engine(db, &engine, found, state, err)) < 0)
		return st;
	if (v->wrong == 0)
		memcpy(v->first, engine.first, sizeof(v->first));
	v->checked += engine.checked;
	v->wrong += engine.wrong;
	if ((st = check_rules(&l, err)) >= 0 && (st = check_reviews(&l, err)) >= 0 && (st = check_records(&l, err)) >= 0)
		st = check_datasets(&l, err);
	return st < 0 ? st : spur_db_signal_sets_check(db, v, found, state, err);
}

/* ---- export ---- */

static void write_row(struct spur_buf *out, const char *table, struct spur_stmt *q)
{
	struct spur_json j = { .out = out };

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "table", table);
	for (int c = 0; c < spur_stmt_columns(q); c++) {
		const char *name = spur_stmt_name(q, c);

		switch (spur_stmt_kind(q, c)) {
		case SPUR_VALUE_NULL:
			spur_json_null(&j, name);
			break;
		case SPUR_VALUE_INT:
			spur_json_int(&j, name, spur_stmt_int(q, c));
			break;
		case SPUR_VALUE_F64:
			spur_json_f64(&j, name, spur_stmt_f64(q, c));
			break;
		case SPUR_VALUE_TEXT:
			spur_json_text(&j, name, spur_stmt_text(q, c));
			break;
		}
	}
	spur_json_end(&j, '}');
}

static enum spur_status export_table(struct look *l, const char *table, spur_db_line *put, struct spur_error *err)
{
	struct spur_buf row = { 0 }, sql = { 0 };
	struct spur_stmt *q = NULL;
	enum spur_status st;

	spur_buf_addf(&sql, "SELECT * FROM %s", table);
	if ((st = spur_db_query(l->db, spur_buf_text(&sql), SPUR_NO_BIND, &q, err)) >= 0) {
		/* By all columns: the same rows give the same lines, whatever the key. */
		for (int c = 0; c < spur_stmt_columns(q); c++)
			spur_buf_addf(&sql, "%s %d", c == 0 ? " ORDER BY" : ",", c + 1);
		spur_stmt_close(q);
		st = spur_db_query(l->db, spur_buf_text(&sql), SPUR_NO_BIND, &q, err);
	}
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		spur_buf_clear(&row);
		write_row(&row, table, q);
		st = spur_task_cancelled(l->task) ? spur_fail(err, SPUR_ECANCELLED, "stopped") :
		     put(l->state, spur_buf_text(&row), row.len, err);
	}
	spur_stmt_close(q);
	spur_buf_finish(&row);
	spur_buf_finish(&sql);
	return st == SPUR_END ? SPUR_OK : st;
}

enum spur_status spur_db_export(struct spur_db *db, spur_db_line *put, void *state, struct spur_task *task,
				struct spur_error *err)
{
	struct look l = { .db = db, .state = state, .task = task };
	char **tables = NULL;
	size_t count = 0;
	enum spur_status st = spur_db_begin_read(db, err);

	if (st < 0)
		return st;
	st = spur_db_tables(db, NULL, &tables, &count, err);
	for (size_t i = 0; i < count; i++) {
		if (st >= 0)
			st = export_table(&l, tables[i], put, err);
		free(tables[i]);
	}
	free(tables);
	return spur_db_end(db, st, err);
}
