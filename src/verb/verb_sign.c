#include "config.h"

#include "verb/lineage.h"

#include "base/buf.h"
#include "base/json.h"
#include "db/catalog.h"

#define NAME_SPACE "spur-object"

/* What is signed: the object's id (made of its content), its hash and its own record. */
static void write_record(const struct spur_db_object *o, struct spur_buf *out)
{
	struct spur_json j = { .out = out };

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "id", o->id);
	spur_json_text(&j, "kind", o->kind);
	spur_json_text(&j, "sha256", o->sha256);
	spur_json_raw(&j, "record", o->record);
	spur_json_end(&j, '}');
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	struct spur_db *db = NULL;
	struct spur_db_act act;
	struct spur_db_object_list o = { 0 };
	struct spur_buf record = { 0 }, signature = { 0 };
	enum spur_status st = spur_ctx_act(ctx, &db, &act, err);

	if (st < 0 || (st = spur_lineage_find(db, args->pos[0], &o, err)) < 0)
		goto out;
	write_record(&o.rows[0], &record);
	if ((st = spur_ctx_sign(ctx, NAME_SPACE, record.data, record.len, &signature, err)) < 0 ||
	    (st = spur_db_signature_add(db, &act, o.rows[0].id, NAME_SPACE, record.data, spur_buf_text(&signature), err)) < 0)
		goto out;
	spur_emit_row(emit, "signature");
	spur_emit_text(emit, "object", o.rows[0].id);
	spur_emit_text(emit, "signer", act.who);
	spur_emit_text(emit, "key", act.key);
	spur_emit_text(emit, "namespace", NAME_SPACE);
	spur_emit_detail(emit);
	spur_emit_text(emit, "record", record.data);
	spur_emit_text(emit, "signature", spur_buf_text(&signature));
	spur_emit_end(emit);
out:
	spur_buf_finish(&record);
	spur_buf_finish(&signature);
	spur_db_object_list_finish(&o);
	return spur_exit_of(st);
}

const struct spur_verb spur_verb_sign = {
	.name = "sign",
	.synopsis = "OBJECT",
	.summary = "sign the record of an object with your SSH key",
	.section = "Curation",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
