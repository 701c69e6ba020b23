#include "config.h"

#include "verb/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "db/catalog_jobs.h"
#include "io/out.h"
#include "io/range.h"
#include "job/event.h"
#include "verb/job_door.h"
#include "verb/job_rows.h"

/* What every sub-verb begins with: the catalogue, and the one job that is meant. */
static enum spur_status find(struct spur_ctx *ctx, const struct spur_args *args, struct spur_job_door *door,
			     struct spur_job_row *row, struct spur_error *err)
{
	enum spur_status st = spur_job_door_open(ctx, door, err);

	if (st >= 0 && (st = door->store.ops->get(door->store.state, args->pos[0], row, err)) < 0)
		spur_job_door_close(door);
	return st;
}

/* ---- show */

static enum spur_status show_event(void *state, const struct spur_job_event *e, struct spur_error *err)
{
	struct spur_emit *emit = state;

	(void)err;
	spur_emit_row(emit, "state");
	spur_emit_time(emit, "ts_ns", e->ts_ns);
	spur_emit_text(emit, "from", spur_job_event_text(e, "from"));
	spur_emit_text(emit, "to", spur_job_event_text(e, "to"));
	spur_emit_int(emit, "attempt", spur_job_event_int(e, "attempt", 0));
	spur_emit_text(emit, "source", spur_job_event_text(e, "source"));
	spur_emit_text(emit, "reason", spur_job_event_text(e, "reason"));
	spur_emit_end(emit);
	return SPUR_OK;
}

static enum spur_status show_history(const struct spur_job_row *row, struct spur_emit *emit, struct spur_error *err)
{
	char *path = spur_strfmt("%s/events/supervisor.jsonl", row->dir);
	uint64_t at = 0;
	enum spur_status st = spur_job_events_read(path, &at, show_event, emit, NULL, err);

	free(path);
	return st;
}

static enum spur_status show_results(struct spur_ctx *ctx, const char *id, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_db_metric_list m = { 0 };
	struct spur_db_artifact_list a = { 0 };
	struct spur_db *db;
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	if (st >= 0 && (st = spur_db_metric_list(db, id, &m, err)) >= 0)
		st = spur_db_artifact_list(db, id, &a, err);
	for (size_t i = 0; i < m.count; i++) {
		spur_emit_row(emit, "metric");
		spur_emit_text(emit, "metric", m.rows[i].key);
		spur_emit_f64(emit, "value", m.rows[i].value);
		spur_emit_int(emit, "step", m.rows[i].step);
		spur_emit_end(emit);
	}
	for (size_t i = 0; i < a.count; i++) {
		spur_emit_row(emit, "artifact");
		spur_emit_text(emit, "artifact", a.rows[i].path);
		spur_emit_text(emit, "kind", a.rows[i].kind);
		spur_emit_size(emit, "size_bytes", a.rows[i].bytes);
		spur_emit_text(emit, "sha256", a.rows[i].sha256);
		spur_emit_end(emit);
	}
	spur_db_metric_list_finish(&m);
	spur_db_artifact_list_finish(&a);
	return st;
}

static enum spur_exit run_show(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	struct spur_job_door door;
	struct spur_job_row row;
	enum spur_status st = find(ctx, args, &door, &row, err);

	if (st < 0)
		return spur_exit_of(st);
	spur_job_emit_row(emit, &row);
	if ((st = show_history(&row, emit, err)) >= 0)
		st = show_results(ctx, row.id, emit, err);
	spur_job_door_close(&door);
	return spur_exit_of(st);
}

/* ---- logs */

struct tail {
	char *name;		/* below logs/ */
	uint64_t offset;
};

static void show_text(const char *name, const char *data, size_t len, struct spur_ctx *ctx, struct spur_emit *emit)
{
	if (!ctx->json) {
		spur_emit_stream(emit, data, len);
		return;
	}
	for (const char *end = data + len; data < end;) {
		const char *nl = memchr(data, '\n', (size_t)(end - data));
		size_t n = (size_t)((nl == NULL ? end : nl) - data);

		spur_emit_row(emit, "log");
		spur_emit_text(emit, "file", name);
		spur_emit_textn(emit, "text", data, n);
		spur_emit_end(emit);
		data += n + 1;
	}
}

static enum spur_status show_tail(const struct spur_job_row *row, struct tail *t, struct spur_ctx *ctx,
				  struct spur_emit *emit, struct spur_error *err)
{
	char *path = spur_strfmt("%s/logs/%s", row->dir, t->name), *block = spur_malloc(1u << 16);
	struct spur_range *r = NULL;
	uint64_t got = 1;
	enum spur_status st = spur_range_open(path, &r, err);

	while (st >= 0 && got > 0 && (st = spur_range_read_some(r, t->offset, block, 1u << 16, &got, err)) >= 0) {
		show_text(t->name, block, (size_t)got, ctx, emit);
		t->offset += got;
	}
	spur_range_close(r);
	free(block);
	free(path);
	return st;
}

/* NAME is ATTEMPT.RANK.out or .err */
static bool is_wanted(const char *name, unsigned attempt, long long rank)
{
	unsigned a, r;
	char kind[8];

	return sscanf(name, "%u.%u.%7s", &a, &r, kind) == 3 && a == attempt && (rank < 0 || r == (unsigned)rank);
}

static enum spur_status show_logs(const struct spur_job_row *row, struct tail **tails, size_t *count, unsigned attempt,
				  long long rank, struct spur_ctx *ctx, struct spur_emit *emit, struct spur_error *err)
{
	char *folder = spur_strfmt("%s/logs", row->dir), **names = NULL;
	size_t n = 0;
	enum spur_status st = spur_dir_list(folder, &names, &n, err);

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < *count && strcmp((*tails)[k].name, names[i]) != 0)
			k++;
		if (k == *count && is_wanted(names[i], attempt, rank)) {
			*tails = spur_realloc(*tails, *count + 1, sizeof(**tails));
			(*tails)[(*count)++] = (struct tail){ .name = spur_strdup(names[i]) };
		}
		if (st >= 0 && k < *count)
			st = show_tail(row, &(*tails)[k], ctx, emit, err);
		free(names[i]);
	}
	free(names);
	free(folder);
	return st;
}

static enum spur_exit run_logs(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	bool follow = spur_args_has(args, "follow");
	struct tail *tails = NULL;
	struct spur_job_door door;
	struct spur_job_row row;
	size_t count = 0;
	enum spur_status st = find(ctx, args, &door, &row, err);

	if (st < 0)
		return spur_exit_of(st);
	while (st >= 0) {
		unsigned attempt = (unsigned)spur_args_int(args, "attempt", row.status.attempt);
		struct timespec ts = { .tv_nsec = 200000000 };
		bool over = spur_job_state_terminal(row.status.state);

		st = show_logs(&row, &tails, &count, attempt, spur_args_int(args, "rank", -1), ctx, emit, err);
		spur_emit_flush(emit);
		if (!follow || over || st < 0)
			break;
		if (spur_task_cancelled(ctx->task)) {
			st = spur_fail(err, SPUR_ECANCELLED, "no longer following; the job goes on");
			break;
		}
		nanosleep(&ts, NULL);
		st = spur_job_status_load(row.dir, &row.status, err);
	}
	for (size_t i = 0; i < count; i++)
		free(tails[i].name);
	free(tails);
	spur_job_door_close(&door);
	return spur_exit_of(st);
}

/* ---- cancel, retry, wait */

static enum spur_status note_act(struct spur_ctx *ctx, const char *action, const char *id, struct spur_error *err)
{
	struct spur_db_act act;
	struct spur_db *db;
	int64_t seq;
	enum spur_status st = spur_ctx_act(ctx, &db, &act, err);

	return st < 0 ? st : spur_db_audit_add(db, &act, action, id, NULL, &seq, err);
}

static enum spur_exit change(struct spur_ctx *ctx, const struct spur_args *args, const char *action,
			     enum spur_status (*how)(const struct spur_job_host *, const char *, struct spur_error *),
			     struct spur_emit *emit, struct spur_error *err)
{
	struct spur_job_door door;
	struct spur_job_row row;
	enum spur_exit rc;
	enum spur_status st = find(ctx, args, &door, &row, err);

	if (st < 0)
		return spur_exit_of(st);
	if ((st = how(&door.host, row.dir, err)) < 0 || (st = note_act(ctx, action, row.id, err)) < 0 ||
	    (st = spur_job_reconcile_one(&door.store, row.dir, err)) < 0 ||
	    (st = door.store.ops->get(door.store.state, row.id, &row, err)) < 0) {
		rc = st == SPUR_EINVAL ? SPUR_EXIT_FAIL : spur_exit_of(st);
	} else if (spur_args_has(args, "wait")) {
		rc = spur_job_door_wait(ctx, &door, row.id, 0, emit, err);
		if (how == spur_job_cancel && rc == SPUR_EXIT_FAIL)
			rc = SPUR_EXIT_OK;	/* cancelled is what was asked for */
	} else {
		spur_job_emit_row(emit, &row);
		rc = SPUR_EXIT_OK;
	}
	spur_job_door_close(&door);
	return rc;
}

static enum spur_exit run_cancel(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				 struct spur_error *err)
{
	return change(ctx, args, "job.cancel", spur_job_cancel, emit, err);
}

static enum spur_exit run_retry(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				struct spur_error *err)
{
	return change(ctx, args, "job.retry", spur_job_retry, emit, err);
}

static enum spur_exit run_wait(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	enum spur_exit rc = SPUR_EXIT_OK;
	struct spur_job_door door;
	enum spur_status st = spur_job_door_open(ctx, &door, err);

	if (st < 0)
		return spur_exit_of(st);
	for (size_t i = 0; i < args->npos && rc != SPUR_EXIT_INTERRUPTED; i++) {
		enum spur_exit one = spur_job_door_wait(ctx, &door, args->pos[i], spur_args_span(args, "timeout", 0), emit, err);

		rc = one != SPUR_EXIT_OK ? one : rc;
	}
	spur_job_door_close(&door);
	return rc;
}

/* ---- check: do the artifacts still have the hashes that were declared? */

static bool check_one(const struct spur_job_row *row, const struct spur_db_artifact *a, struct spur_ctx *ctx,
		      struct spur_emit *emit)
{
	char *path = a->path[0] == '/' ? spur_strdup(a->path) : spur_strfmt("%s/%s", row->dir, a->path), hex[65] = "";
	struct spur_error why = { 0 };
	struct spur_range *r = NULL;
	enum spur_status st = spur_range_open(path, &r, &why);
	bool good;

	if (st >= 0)
		st = spur_range_sha256(r, hex, ctx->task, &why);
	good = st >= 0 && strcmp(hex, a->sha256) == 0;
	spur_emit_row(emit, "artifact");
	spur_emit_text(emit, "artifact", a->path);
	spur_emit_text(emit, "verdict", good ? "ok" : st < 0 ? "missing" : "changed");
	spur_emit_text(emit, "declared", a->sha256);
	spur_emit_text(emit, "found", hex);
	spur_emit_text(emit, "reason", st < 0 ? why.text : "");
	spur_emit_end(emit);
	spur_range_close(r);
	free(path);
	return good;
}

static enum spur_exit run_check(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				struct spur_error *err)
{
	struct spur_db_artifact_list l = { 0 };
	struct spur_job_door door;
	struct spur_job_row row;
	struct spur_db *db;
	size_t bad = 0;
	enum spur_status st = find(ctx, args, &door, &row, err);

	if (st < 0)
		return spur_exit_of(st);
	if ((st = spur_ctx_db(ctx, &db, err)) >= 0)
		st = spur_db_artifact_list(db, row.id, &l, err);
	for (size_t i = 0; i < l.count && !spur_task_cancelled(ctx->task); i++) {
		spur_task_progress(ctx->task, i, l.count);
		bad += !check_one(&row, &l.rows[i], ctx, emit);
	}
	if (st >= 0 && spur_task_cancelled(ctx->task))
		st = spur_fail(err, SPUR_ECANCELLED, "check of %s", row.id);
	else if (st >= 0 && bad > 0)
		st = spur_fail(err, SPUR_EFORMAT, "%zu of %zu artifacts of job %s are not what they were", bad, l.count, row.id);
	spur_db_artifact_list_finish(&l);
	spur_job_door_close(&door);
	return spur_exit_of(st);
}

/* ---- diff: what two jobs were asked to do differently */

static void emit_difference(struct spur_emit *emit, const char *what, const char *a, const char *b, bool *differ)
{
	if (strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0)
		return;
	*differ = true;
	spur_emit_row(emit, "difference");
	spur_emit_text(emit, "what", what);
	spur_emit_text(emit, "a", a);
	spur_emit_text(emit, "b", b);
	spur_emit_end(emit);
}

static const char *param(const struct spur_job_spec *s, const char *key)
{
	for (size_t i = 0; i < s->param_count; i++) {
		if (strcmp(s->params[i].key, key) == 0)
			return s->params[i].value;
	}
	return NULL;
}

static void diff_number(struct spur_emit *emit, const char *what, uint64_t a, uint64_t b, bool *differ)
{
	char x[24], y[24];

	snprintf(x, sizeof(x), "%llu", (unsigned long long)a);
	snprintf(y, sizeof(y), "%llu", (unsigned long long)b);
	emit_difference(emit, what, x, y, differ);
}

static bool diff_specs(const struct spur_job_spec *a, const struct spur_job_spec *b, struct spur_emit *emit)
{
	bool differ = false;

	emit_difference(emit, "kind", a->kind, b->kind, &differ);
	emit_difference(emit, "name", a->name, b->name, &differ);
	emit_difference(emit, "input", a->input_snapshot, b->input_snapshot, &differ);
	emit_difference(emit, "code", a->code_sha, b->code_sha, &differ);
	for (size_t i = 0; i < a->param_count; i++)
		emit_difference(emit, a->params[i].key, a->params[i].value, param(b, a->params[i].key), &differ);
	for (size_t i = 0; i < b->param_count; i++) {
		if (param(a, b->params[i].key) == NULL)
			emit_difference(emit, b->params[i].key, NULL, b->params[i].value, &differ);
	}
	diff_number(emit, "processes", a->processes, b->processes, &differ);
	diff_number(emit, "seed", a->seed, b->seed, &differ);
	return differ;
}

static enum spur_exit run_diff(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	struct spur_job_spec *a = NULL, *b = NULL;
	struct spur_job_door door;
	struct spur_job_row row, other;
	enum spur_exit rc;
	enum spur_status st = find(ctx, args, &door, &row, err);

	if (st < 0)
		return spur_exit_of(st);
	if ((st = door.store.ops->get(door.store.state, args->pos[1], &other, err)) >= 0 &&
	    (st = spur_job_spec_load(row.dir, &a, err)) >= 0)
		st = spur_job_spec_load(other.dir, &b, err);
	rc = spur_exit_of(st);
	if (st >= 0 && diff_specs(a, b, emit)) {
		spur_fail(err, SPUR_EINVAL, "%.8s and %.8s differ", row.id, other.id);
		rc = SPUR_EXIT_FAIL;
	} else if (st >= 0) {
		spur_emit_note(emit, "no difference");
	}
	spur_job_spec_destroy(a);
	spur_job_spec_destroy(b);
	spur_job_door_close(&door);
	return rc;
}

/* ---- top */

struct top {
	struct spur_emit *emit;
	size_t open;
};

static enum spur_status top_row(void *state, const struct spur_job_row *row, struct spur_error *err)
{
	const struct spur_job_status *s = &row->status;
	struct top *t = state;
	spur_ns now = spur_now_ns();
	double seconds = s->started_ns == 0 ? 0 : (double)(now - s->started_ns) / 1e9;

	(void)err;
	t->open++;
	spur_emit_row(t->emit, "top");
	spur_emit_text(t->emit, "job", row->id);
	spur_emit_text(t->emit, "name", row->name);
	spur_emit_text(t->emit, "state", spur_job_state_name(s->state));
	spur_emit_uint(t->emit, "attempt", s->attempt);
	spur_emit_uint(t->emit, "done", s->done);
	spur_emit_uint(t->emit, "total", s->total);
	spur_emit_text(t->emit, "unit", s->unit);
	spur_emit_f64(t->emit, "per_s", seconds > 0 ? (double)(int64_t)(100.0 * (double)s->done / seconds) / 100 : 0);
	spur_emit_span(t->emit, "silent_ns", s->heartbeat_ns == 0 ? 0 : now - s->heartbeat_ns);
	spur_emit_text(t->emit, "reason", s->reason);
	spur_emit_end(t->emit);
	return SPUR_OK;
}

static enum spur_exit run_top(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			      struct spur_error *err)
{
	long long count = spur_args_int(args, "count", 0);
	spur_ns every = spur_args_span(args, "every", SPUR_NS_PER_S);
	struct timespec ts = { .tv_sec = (time_t)(every / SPUR_NS_PER_S), .tv_nsec = (long)(every % SPUR_NS_PER_S) };
	enum spur_status st = SPUR_OK;

	for (long long i = 0; st >= 0 && (count == 0 || i < count); i++) {
		struct spur_job_filter f = { .open_only = true };
		struct top t = { .emit = emit };
		struct spur_job_door door;

		if (i > 0)
			nanosleep(&ts, NULL);
		if (spur_task_cancelled(ctx->task))
			return SPUR_EXIT_OK;	/* the way out of top */
		if ((st = spur_job_door_open(ctx, &door, err)) < 0)
			break;
		st = door.store.ops->list(door.store.state, &f, top_row, &t, err);
		spur_emit_flush(emit);
		spur_job_door_close(&door);
		if (t.open == 0)
			break;
	}
	return spur_exit_of(st);
}

/* clang-format off */
static const struct spur_opt logs_opts[] = {
	{ "follow", 'f', SPUR_OPT_FLAG, NULL, "go on until the job is over", false },
	{ "rank", 0, SPUR_OPT_INT, "N", "only this process", false },
	{ "attempt", 0, SPUR_OPT_INT, "N", "of this attempt (the last one)", false },
	{ 0 }
};
static const struct spur_opt wait_flag[] = {
	{ "wait", 0, SPUR_OPT_FLAG, NULL, "until the job is over", false },
	{ 0 }
};
static const struct spur_opt wait_opts[] = {
	{ "timeout", 0, SPUR_OPT_SPAN, "SPAN", "give up waiting after this (exit 1)", false },
	{ 0 }
};
static const struct spur_opt top_opts[] = {
	{ "every", 0, SPUR_OPT_SPAN, "SPAN", "between two looks (1s)", false },
	{ "count", 0, SPUR_OPT_INT, "N", "this many looks (until nothing runs)", false },
	{ 0 }
};
static const struct spur_verb show = { .name = "show", .synopsis = "JOB", .summary = "state, history, metrics and artifacts of a job",
	.min_args = 1, .max_args = 1, .run = run_show };
static const struct spur_verb logs = { .name = "logs", .synopsis = "JOB", .summary = "what its processes printed",
	.opts = logs_opts, .min_args = 1, .max_args = 1, .run = run_logs };
static const struct spur_verb cancel = { .name = "cancel", .synopsis = "JOB", .summary = "stop a job: SIGTERM, grace, SIGKILL",
	.opts = wait_flag, .min_args = 1, .max_args = 1, .run = run_cancel };
static const struct spur_verb retry = { .name = "retry", .synopsis = "JOB", .summary = "try a failed, cancelled or lost job again",
	.opts = wait_flag, .min_args = 1, .max_args = 1, .run = run_retry };
static const struct spur_verb waits = { .name = "wait", .synopsis = "JOB...", .summary = "wait for jobs; fails if one of them did",
	.opts = wait_opts, .min_args = 1, .max_args = -1, .run = run_wait };
static const struct spur_verb check = { .name = "check", .synopsis = "JOB", .summary = "compare its artifacts with the hashes it declared",
	.min_args = 1, .max_args = 1, .run = run_check };
static const struct spur_verb diff = { .name = "diff", .synopsis = "JOB JOB", .summary = "what two jobs were asked to do differently",
	.min_args = 2, .max_args = 2, .run = run_diff };
static const struct spur_verb top = { .name = "top", .synopsis = "", .summary = "watch the jobs that are not over",
	.opts = top_opts, .run = run_top };
/* clang-format on */

static const struct spur_verb *const subs[] = { &show, &logs, &cancel, &retry, &waits, &check, &diff, &top, NULL };

const struct spur_verb spur_verb_job = {
	.name = "job",
	.synopsis = "show|logs|cancel|retry|wait|check|diff|top",
	.summary = "look at a job, stop it, try it again",
	.section = "Jobs",
	.subs = subs,
};
