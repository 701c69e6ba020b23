#include "config.h"

#include "verb/extract_lineage.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "db/catalog.h"

static char *record_of(const struct spur_extract_plan *p, const struct spur_extract_total *t)
{
	struct spur_buf b = { 0 };
	struct spur_json j = { .out = &b };

	spur_json_begin(&j, NULL, '{');
	spur_json_uint(&j, "bytes", t->bytes);
	spur_json_text(&j, "dataset", p->dataset);
	spur_json_text(&j, "manifest_sha256", t->manifest_sha256);
	spur_json_text(&j, "merkle_root", t->merkle_root);
	spur_json_text(&j, "plan_sha256", p->sha256);
	spur_json_text(&j, "reader", p->reader);
	spur_json_uint(&j, "shards", t->shards);
	spur_json_uint(&j, "windows", t->windows);
	spur_json_end(&j, '}');
	return spur_buf_steal(&b);
}

static enum spur_status put(struct spur_ctx *ctx, const struct spur_db_object *o, const char *dataset,
			    struct spur_error *err)
{
	struct spur_db_object_list known = { 0 };
	struct spur_db_act act;
	struct spur_db *db;
	enum spur_status st = spur_ctx_act(ctx, &db, &act, err);

	if (st < 0 || (st = spur_db_begin(db, err)) < 0)
		return st;
	st = spur_db_object_put(db, &act, o, err);
	/* A folder that was made elsewhere is an object of this catalogue, but of no dataset in it. */
	if (st >= 0 && spur_db_object_find(db, dataset, &known, NULL) >= 0)
		st = spur_db_edge_add(db, &act, o->id, dataset, "data", err);
	spur_db_object_list_finish(&known);
	return spur_db_end(db, st, err);
}

enum spur_status spur_extract_register(struct spur_ctx *ctx, const char *dir, const struct spur_extract_total *t,
				       char **id, struct spur_error *err)
{
	struct spur_extract_plan *p = NULL;
	char *record = NULL, *title = NULL;
	enum spur_status st = spur_extract_plan_load(dir, &p, err);

	*id = spur_strfmt("extract-%.16s", t->merkle_root);
	if (st >= 0) {
		struct spur_db_object o = { .id = *id, .kind = "extract", .path = dir, .sha256 = t->merkle_root };

		o.record = record = record_of(p, t);
		o.title = title = spur_strfmt("%llu windows of %s", (unsigned long long)t->windows, p->dataset);
		st = put(ctx, &o, p->dataset, err);
	}
	free(record);
	free(title);
	spur_extract_plan_destroy(p);
	return st;
}
