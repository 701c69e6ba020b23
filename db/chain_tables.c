#include "config.h"

#include "db/chain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* Columns of a run that its state machine moves; progress and heartbeats are its folder's. */
#define RUN_COLUMNS "t.id, t.parent, t.kind, t.name, t.executor, t.dir, t.input_snapshot, t.code_sha, t.param_hash, " \
	"t.contract, t.state, t.attempt, t.created_ns, t.started_ns, t.ended_ns, t.exit_code, t.exit_signal, t.reason, t.audit_seq"

/* Every table whose rows a line of the audit made. A new one goes to the end. */
const struct spur_db_sealed spur_db_sealed[] = {
	{ .table = "identity", .keys = { "id" } },
	{ .table = "identity_end", .keys = { "identity_id" } },
	{ .table = "drive", .keys = { "id" } },
	{ .table = "source", .keys = { "id" } },
	{ .table = "clock", .keys = { "id" } },
	{ .table = "segment", .keys = { "id" } },
	{ .table = "segment_tag", .keys = { "id" } },
	{ .table = "segment_edit", .keys = { "old_id" } },
	{ .table = "review", .keys = { "id" } },
	{ .table = "dataset", .keys = { "id" } },
	{ .table = "dataset_item", .keys = { "dataset_id", "position" }, .join = "dataset AS p ON p.id = t.dataset_id" },
	{ .table = "object", .keys = { "id" } },
	{ .table = "lineage", .keys = { "from_id", "role", "to_id" } },
	{ .table = "signature", .keys = { "id" } },
	{ .table = "lab_run", .keys = { "run" } },
	{ .table = "lab_result", .keys = { "run" } },
	{ .table = "authorship", .keys = { "object_id", "key", "who" } },
	{ .table = "model_version", .keys = { "id" } },
	{ .table = "model_alias", .keys = { "id" } },
	{ .table = "gate_decision", .keys = { "id" } },
	{ .table = "run", .keys = { "id" }, .columns = RUN_COLUMNS },
	{ .table = "source_stat", .keys = { "source_id", "signal" } },
	{ .table = "bus_database", .keys = { "sha256" } },
	{ .table = "profile", .keys = { "id" } },
	{ .table = "profile_database", .keys = { "profile_id", "position" }, .join = "profile AS p ON p.id = t.profile_id" },
	{ .table = "profile_scope", .keys = { "profile_id", "position" }, .join = "profile AS p ON p.id = t.profile_id" },
	{ .table = "drive_fact", .keys = { "id" } },
};
const size_t spur_db_sealed_count = sizeof(spur_db_sealed) / sizeof(spur_db_sealed[0]);

unsigned spur_db_sealed_keys(const struct spur_db_sealed *t)
{
	unsigned n = 0;

	while (n < SPUR_DB_KEYS && t->keys[n] != NULL)
		n++;
	return n;
}

char *spur_db_sealed_select(const struct spur_db_sealed *t, const char *where, bool order)
{
	struct spur_buf sql = { 0 };
	const char *seq = t->join == NULL ? "t.audit_seq" : "p.audit_seq";

	spur_buf_addf(&sql, "SELECT %s", seq);
	for (unsigned k = 0; k < spur_db_sealed_keys(t); k++)
		spur_buf_addf(&sql, ", t.%s", t->keys[k]);
	spur_buf_addf(&sql, ", %s FROM %s AS t", t->columns == NULL ? "t.*" : t->columns, t->table);
	if (t->join != NULL)
		spur_buf_addf(&sql, " JOIN %s", t->join);
	if (where != NULL)
		spur_buf_addf(&sql, " WHERE %s %s", seq, where);
	for (unsigned k = 0; order && k < spur_db_sealed_keys(t); k++)
		spur_buf_addf(&sql, "%s t.%s", k > 0 ? "," : " ORDER BY", t->keys[k]);
	return spur_buf_steal(&sql);
}

void spur_db_sealed_key(const struct spur_db_sealed *t, struct spur_stmt *q, struct spur_buf *out)
{
	struct spur_json j = { .out = out };

	spur_buf_clear(out);
	spur_json_begin(&j, NULL, '[');
	for (unsigned k = 0; k < spur_db_sealed_keys(t); k++) {
		if (spur_stmt_kind(q, (int)k + 1) == SPUR_VALUE_INT)
			spur_json_int(&j, NULL, spur_stmt_int(q, (int)k + 1));
		else
			spur_json_text(&j, NULL, spur_stmt_text(q, (int)k + 1));
	}
	spur_json_end(&j, ']');
}

/* Kind and value, so that 1, 1.0, "1" and NULL differ and no value runs into the next one. */
static void write_value(struct spur_stmt *q, int column, struct spur_buf *out)
{
	const char *s;

	switch (spur_stmt_kind(q, column)) {
	case SPUR_VALUE_NULL:
		spur_buf_addc(out, 'n');
		break;
	case SPUR_VALUE_INT:
		spur_buf_addc(out, 'i');
		spur_buf_u64(out, (uint64_t)spur_stmt_int(q, column));
		break;
	case SPUR_VALUE_F64:
		spur_buf_addc(out, 'f');
		spur_buf_f64(out, spur_stmt_f64(q, column));
		break;
	case SPUR_VALUE_TEXT:
		s = spur_stmt_text(q, column);
		spur_buf_addc(out, 't');
		spur_buf_u64(out, strlen(s));
		spur_buf_adds(out, s);
		break;
	}
}

void spur_db_sealed_hash(const struct spur_db_sealed *t, struct spur_stmt *q, int columns,
			 unsigned char out[SPUR_SHA256_BYTES], struct spur_buf *checks)
{
	struct spur_buf all = { 0 };
	int first = (int)spur_db_sealed_keys(t) + 1, end = spur_stmt_columns(q);

	if (columns >= 0 && first + columns < end)
		end = first + columns;
	for (int c = first; c < end; c++) {
		size_t at = all.len;

		write_value(q, c, &all);
		if (checks != NULL)
			spur_buf_addf(checks, "%04x", (unsigned)(spur_hash64(all.data + at, all.len - at) & 0xffff));
	}
	spur_sha256_of(all.data, all.len, out);
	spur_buf_finish(&all);
}

void spur_db_rows_hash(struct spur_sha256 *h, const char *table, const char *key, const char *sha256, const char *columns)
{
	const char *const fields[] = { table, key, sha256, columns };

	/* With their NUL: "ab","c" and "a","bc" differ. */
	for (size_t f = 0; f < 4; f++)
		spur_sha256_add(h, fields[f], strlen(fields[f]) + 1);
}
