#include "config.h"

#include "job/submit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "io/out.h"
#include "job/event.h"

static void fill_text(char *out, size_t size, const char *s)
{
	snprintf(out, size, "%s", s == NULL ? "" : s);
}

static void row_of(struct spur_job_row *row, const struct spur_job_spec *spec, const struct spur_job_status *status)
{
	*row = (struct spur_job_row){ .status = *status };
	fill_text(row->id, sizeof(row->id), spec->id);
	fill_text(row->parent, sizeof(row->parent), spec->parent);
	fill_text(row->kind, sizeof(row->kind), spec->kind);
	fill_text(row->name, sizeof(row->name), spec->name);
	fill_text(row->executor, sizeof(row->executor), spec->executor == NULL ? "local" : spec->executor);
	fill_text(row->dir, sizeof(row->dir), spec->dir);
	fill_text(row->input_snapshot, sizeof(row->input_snapshot), spec->input_snapshot);
	fill_text(row->code_sha, sizeof(row->code_sha), spec->code_sha);
	spur_job_spec_hash(spec, row->param_hash);
}

/* ---- events into the store */

static enum spur_status put_metrics(const struct spur_job_store *s, const struct spur_job_event *e, struct spur_error *err)
{
	json_t *values = json_object_get(e->json, "values"), *v;
	struct spur_job_metric m = { .step = spur_job_event_int(e, "step", 0), .ts_ns = e->ts_ns };
	enum spur_status st = SPUR_OK;
	const char *key;

	json_object_foreach(values, key, v) {
		m.key = key;
		if (st == SPUR_OK && spur_job_number(v, &m.value))
			st = s->ops->metric(s->state, &m, err);
	}
	return st;
}

static enum spur_status put_artifact(const struct spur_job_store *s, const struct spur_job_event *e,
				     struct spur_error *err)
{
	int64_t bytes = spur_job_event_int(e, "bytes", 0);
	struct spur_job_artifact a = {
		.path = spur_job_event_text(e, "path"), .kind = spur_job_event_text(e, "kind"),
		.sha256 = spur_job_event_text(e, "sha256"), .bytes = bytes < 0 ? 0 : (uint64_t)bytes,
	};

	return s->ops->artifact(s->state, &a, err);
}

/* Heartbeats and progress are state, metrics have a table: neither becomes a row of its own. */
static enum spur_status on_event(void *state, const struct spur_job_event *e, struct spur_error *err)
{
	const struct spur_job_store *s = state;
	enum spur_status st = SPUR_OK;

	if (strcmp(e->type, "heartbeat") == 0 || strcmp(e->type, "progress") == 0)
		return SPUR_OK;
	if (strcmp(e->type, "metric") == 0)
		return put_metrics(s, e, err);
	if (strcmp(e->type, "artifact") == 0)
		st = put_artifact(s, e, err);
	return st < 0 ? st : s->ops->event(s->state, e->offset, e->ts_ns, e->type, e->line, e->len, err);
}

static bool has_more(const char *path, uint64_t offset)
{
	struct stat sb;

	return stat(path, &sb) == 0 && (uint64_t)sb.st_size > offset;
}

static enum spur_status take_stream(const struct spur_job_store *s, const char *id, const char *path, const char *name,
				    struct spur_error *err)
{
	struct spur_job_store copy = *s;
	uint64_t offset = 0;
	enum spur_status st = s->ops->begin(s->state, id, name, &offset, err);

	if (st < 0)
		return st;
	if (has_more(path, offset))
		st = spur_job_events_read(path, &offset, on_event, &copy, NULL, err);
	if (st == SPUR_OK)
		return s->ops->commit(s->state, offset, err);
	s->ops->rollback(s->state);
	return st;
}

static bool is_stream(const char *name)
{
	size_t n = strlen(name);

	return n > 6 && strcmp(name + n - 6, ".jsonl") == 0;
}

static enum spur_status take_events(const struct spur_job_store *s, const struct spur_job_spec *spec,
				    struct spur_error *err)
{
	char *folder = spur_strfmt("%s/events", spec->dir), **names = NULL;
	size_t count = 0;
	enum spur_status st = spur_dir_list(folder, &names, &count, err);

	for (size_t i = 0; i < count; i++) {
		char *path = spur_strfmt("%s/%s", folder, names[i]);

		if (st >= 0 && is_stream(names[i]))
			st = take_stream(s, spec->id, path, names[i], err);
		free(path);
		free(names[i]);
	}
	free(names);
	free(folder);
	return st;
}

enum spur_status spur_job_reconcile_one(const struct spur_job_store *store, const char *dir, struct spur_error *err)
{
	struct spur_job_spec *spec = NULL;
	struct spur_job_status status;
	struct spur_job_row row;
	/* The state first: what a terminal state has seen is complete in the events read after it. */
	enum spur_status st = spur_job_status_load(dir, &status, err);

	if (st < 0 || (st = spur_job_spec_load(dir, &spec, err)) < 0)
		goto out;
	row_of(&row, spec, &status);
	/* And the row becomes terminal last: from then on nobody looks at the folder again. */
	if (spur_job_state_terminal(status.state) && (st = take_events(store, spec, err)) < 0 && st != SPUR_ENOTFOUND)
		goto out;
	if ((st = store->ops->put(store->state, &row, "folder", err)) >= 0)
		st = take_events(store, spec, err);
out:
	spur_job_spec_destroy(spec);
	return st;
}

/* ---- all that are not over */

struct open_jobs {
	struct spur_job_row *rows;
	size_t count;
};

static enum spur_status collect(void *state, const struct spur_job_row *row, struct spur_error *err)
{
	struct open_jobs *o = state;

	(void)err;
	o->rows = spur_realloc(o->rows, o->count + 1, sizeof(*o->rows));
	o->rows[o->count++] = *row;
	return SPUR_OK;
}

static enum spur_status put_lost(const struct spur_job_store *store, struct spur_job_row *row, struct spur_error *err)
{
	row->status.state = SPUR_JOB_LOST;
	row->status.ended_ns = row->status.changed_ns = spur_now_ns();
	snprintf(row->status.reason, sizeof(row->status.reason), "its folder is gone: %.300s", row->dir);
	return store->ops->put(store->state, row, "reconcile", err);
}

static enum spur_status restart(const struct spur_job_host *host, const char *dir, struct spur_error *err)
{
	struct spur_job_status s;
	enum spur_status st = spur_job_status_load(dir, &s, err);

	return st < 0 || spur_job_state_terminal(s.state) ? st : spur_job_supervise_detached(host, dir, NULL, err);
}

enum spur_status spur_job_reconcile(const struct spur_job_host *host, const struct spur_job_store *store,
				    struct spur_error *err)
{
	struct spur_job_filter f = { .open_only = true };
	struct open_jobs o = { 0 };
	enum spur_status st = store->ops->list(store->state, &f, collect, &o, err);

	for (size_t i = 0; i < o.count && st >= 0; i++) {
		st = spur_job_reconcile_one(store, o.rows[i].dir, err);
		if (st == SPUR_ENOTFOUND)
			st = put_lost(store, &o.rows[i], err);
		else if (st >= 0)
			st = restart(host, o.rows[i].dir, err);
	}
	free(o.rows);
	return st;
}
