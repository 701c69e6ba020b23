#include "config.h"

#include "verb/verb.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "db/catalog_jobs.h"
#include "job/event.h"
#include "verb/lab_door.h"

struct reading {
	struct spur_emit *emit;
	struct spur_task *task;
	const char *key;		/* NULL: all */
};

/* One row per metric event, its values side by side; with a key, that one only. */
static enum spur_status each(void *state, const struct spur_job_event *e, struct spur_error *err)
{
	const struct reading *r = state;
	json_t *values = json_object_get(e->json, "values"), *v;
	const char *name;

	if (spur_task_cancelled(r->task))
		return spur_fail(err, SPUR_ECANCELLED, "metrics");
	if (strcmp(e->type, "metric") != 0 || (r->key != NULL && json_object_get(values, r->key) == NULL))
		return SPUR_OK;
	spur_emit_row(r->emit, "metric");
	spur_emit_int(r->emit, "step", spur_job_event_int(e, "step", 0));
	json_object_foreach(values, name, v) {
		if (r->key == NULL || strcmp(name, r->key) == 0)
			spur_emit_f64(r->emit, name, spur_figure_number(v));
	}
	spur_emit_detail(r->emit);
	spur_emit_time(r->emit, "ts_ns", e->ts_ns);
	spur_emit_end(r->emit);
	return SPUR_OK;
}

static enum spur_status last_only(struct spur_lab *lab, const char *run, const char *key, struct spur_emit *emit,
				  struct spur_error *err)
{
	struct spur_db_metric_list l;
	enum spur_status st = spur_db_metric_list(lab->db, run, &l, err);

	for (size_t i = 0; i < l.count && st >= 0; i++) {
		if (key != NULL && strcmp(key, l.rows[i].key) != 0)
			continue;
		spur_emit_row(emit, "last");
		spur_emit_text(emit, "key", l.rows[i].key);
		spur_emit_int(emit, "step", l.rows[i].step);
		spur_emit_f64(emit, "value", l.rows[i].value);
		spur_emit_detail(emit);
		spur_emit_time(emit, "ts_ns", l.rows[i].ts_ns);
		spur_emit_end(emit);
	}
	spur_db_metric_list_finish(&l);
	return st;
}

static enum spur_status metrics(struct spur_lab *lab, const struct spur_args *args, struct spur_emit *emit,
				struct spur_error *err)
{
	struct reading r = { .emit = emit, .task = lab->ctx->task, .key = spur_args_text(args, "key", NULL) };
	const char *ref = strncmp(args->pos[0], "run-", 4) == 0 ? args->pos[0] + 4 : args->pos[0];
	struct spur_job_row row;
	uint64_t offset = 0, bad = 0;
	char *path;
	enum spur_status st = lab->door.store.ops->get(lab->door.store.state, ref, &row, err);

	if (st < 0)
		return st;
	if (spur_args_has(args, "last"))
		return last_only(lab, row.id, r.key, emit, err);
	path = spur_strfmt("%s/events/0.jsonl", row.dir);
	st = spur_job_events_read(path, &offset, each, &r, &bad, err);
	if (st >= 0 && bad > 0)
		spur_emit_warn(emit, "%s: %llu damaged lines were skipped", path, (unsigned long long)bad);
	free(path);
	return st;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_lab lab;
	enum spur_status st = spur_lab_open(ctx, &lab, err);

	if (st >= 0)
		st = metrics(&lab, args, emit, err);
	spur_lab_close(&lab);
	return spur_exit_of(st);
}

static const struct spur_opt opts[] = {
	{ "key", 'k', SPUR_OPT_TEXT, "NAME", "only this metric", false },
	{ "last", 0, SPUR_OPT_FLAG, NULL, "only the last value of each", false },
	{ 0 }
};

const struct spur_verb spur_verb_metrics = {
	.name = "metrics",
	.synopsis = "RUN",
	.summary = "the metrics of a run, step by step",
	.section = "Models",
	.opts = opts,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
