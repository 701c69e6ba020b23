#include "config.h"

#include "verb/verb.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/out.h"
#include "verb/lab_door.h"

static json_t *decision_json(const struct spur_db_decision *d)
{
	json_t *j = json_object();

	json_object_set_new(j, "gate", json_string(d->gate));
	json_object_set_new(j, "verdict", json_string(d->verdict));
	json_object_set_new(j, "who", json_string(d->who));
	json_object_set_new(j, "key", json_string(d->key));
	json_object_set_new(j, "at_ns", json_integer(d->at_ns));
	json_object_set_new(j, "reason", json_string(d->reason));
	json_object_set_new(j, "card_sha256", json_string(d->card_sha256));
	json_object_set_new(j, "signature", json_string(d->signature));
	return j;
}

/* The card with its hash and the decisions beside it. */
static void as_json(const struct spur_lab_object *o, const struct spur_db_decision_list *l, struct spur_buf *out)
{
	json_t *j = json_object(), *decisions = json_array();
	char *text;

	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(decisions, decision_json(&l->rows[i]));
	json_object_set_new(j, "card", json_deep_copy(spur_card_json(o->card)));
	json_object_set_new(j, "card_sha256", json_string(spur_card_sha256(o->card)));
	json_object_set_new(j, "decisions", decisions);
	text = json_dumps(j, JSON_SORT_KEYS | JSON_COMPACT);
	spur_buf_adds(out, text);
	free(text);
	json_decref(j);
}

static void as_text(const struct spur_lab_object *o, const struct spur_db_decision_list *l, struct spur_buf *out)
{
	spur_card_print(o->card, out);
	spur_buf_adds(out, "\nDecisions\n");
	if (l->count == 0)
		spur_buf_adds(out, "  none\n");
	for (size_t i = 0; i < l->count; i++) {
		const struct spur_db_decision *d = &l->rows[i];
		char when[SPUR_TIME_TEXT];

		spur_buf_addf(out, "  %s at gate %s by %s (%s) %s%s\n", d->verdict, d->gate, d->who, d->key,
			      spur_time_text(d->at_ns, SPUR_TIME_UTC, 0, when),
			      strcmp(d->card_sha256, spur_card_sha256(o->card)) == 0 ? "" : ", on an earlier card");
	}
}

/* A file that is called .json gets JSON, whatever the screen gets. */
static bool wants_json(const struct spur_lab *lab, const char *path)
{
	const char *dot = path == NULL ? NULL : strrchr(path, '.');

	return lab->ctx->json || (dot != NULL && strcmp(dot, ".json") == 0);
}

static enum spur_status report(struct spur_lab *lab, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	const char *path = spur_args_text(args, "output", NULL);
	struct spur_lab_object o = { 0 };
	struct spur_db_decision_list l = { 0 };
	struct spur_buf out = { 0 };
	enum spur_status st = spur_lab_object_open(lab, args->pos[0], &o, err);

	if (st >= 0 && (st = spur_db_decision_list(lab->db, o.id, NULL, &l, err)) >= 0) {
		if (wants_json(lab, path))
			as_json(&o, &l, &out);
		else
			as_text(&o, &l, &out);
		if (path != NULL)
			st = spur_file_write(path, out.data, out.len, err);
		else if (lab->ctx->json)
			spur_emit_raw(emit, out.data, out.len);
		else
			spur_emit_stream(emit, out.data, out.len);
	}
	spur_buf_finish(&out);
	spur_db_decision_list_finish(&l);
	spur_lab_object_close(&o);
	return st;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_lab lab;
	enum spur_status st = spur_lab_open(ctx, &lab, err);

	if (st >= 0)
		st = report(&lab, args, emit, err);
	spur_lab_close(&lab);
	return spur_exit_of(st);
}

static const struct spur_opt opts[] = {
	{ "output", 'o', SPUR_OPT_PATH, "FILE", "write it there instead", false },
	{ 0 }
};

const struct spur_verb spur_verb_report = {
	.name = "report",
	.synopsis = "MODEL|ARTEFACT",
	.summary = "print the report card: everything an approval looks at",
	.section = "Models",
	.opts = opts,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
