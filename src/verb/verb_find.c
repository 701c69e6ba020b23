#include "config.h"

#include "verb/verb.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/pmap.h"
#include "query/find.h"
#include "verb/drive_files.h"
#include "verb/file.h"

#define PER_DRIVE (UINT64_C(64) << 20)

/* A candidate that outlives its callback. */
struct kept {
	spur_ns begin_ns, end_ns;
	double score;
	struct spur_evidence *evidence;	/* owned; names are the query's, units are copied */
	size_t count;
};

struct item {	/* one drive */
	struct spur_drive_files *files;
	struct kept *kept;	/* owned */
	size_t count, cap;
	spur_ns begin_ns;	/* of the drive, for relative times */
	char *damage;		/* owned; NULL: none */
};

struct finding {
	struct spur_ctx *ctx;
	const struct spur_args *args;
	struct spur_emit *emit;
	struct spur_query *q;
	struct spur_find_opts opts;
	uint64_t mem_bytes;	/* of one drive at a time */
	struct spur_drive_files *files;
	size_t count, next;
	bool store;
	const char *label;
	uint64_t found, fresh;
	bool partial;		/* some recording was damaged */
};

/* ---- the query */

static enum spur_status parse_query(struct finding *f, struct spur_error *err)
{
	const char *text = f->args->pos[0];
	char *shipped;
	enum spur_status st;

	if (text[0] != '@')
		return spur_query_parse(text, &f->q, err);
	shipped = spur_strfmt("%s/queries/%s", f->ctx->datadir, text + 1);
	if (strchr(text, '/') == NULL && access(text + 1, F_OK) != 0 && access(shipped, R_OK) == 0)
		st = spur_query_load(shipped, &f->q, err);
	else
		st = spur_query_load(text + 1, &f->q, err);
	free(shipped);
	return st;
}

/* ---- one drive: on any thread */

static enum spur_status keep(void *state, const struct spur_candidate *c, struct spur_error *err)
{
	struct item *it = state;
	struct kept *k;

	(void)err;
	if (it->count == it->cap) {
		it->cap = it->cap == 0 ? 16 : it->cap * 2;
		it->kept = spur_realloc(it->kept, it->cap, sizeof(*it->kept));
	}
	k = &it->kept[it->count++];
	*k = (struct kept){ c->begin_ns, c->end_ns, c->score, spur_calloc(c->evidence_count, sizeof(*k->evidence)),
			    c->evidence_count };
	for (size_t i = 0; i < k->count; i++) {
		k->evidence[i] = c->evidence[i];
		k->evidence[i].unit = spur_strdup(c->evidence[i].unit);
	}
	return SPUR_OK;
}

/* --from and --to count from the start of each drive. */
static enum spur_status bounds(struct finding *f, struct spur_timeline *tl, struct item *it, struct spur_find_opts *o,
			       struct spur_task *task, struct spur_error *err)
{
	spur_ns begin, end;
	enum spur_status st = spur_timeline_span(tl, &begin, &end, task, err);

	if (st < 0)
		return st;
	it->begin_ns = o->begin_ns = begin;
	o->end_ns = end;
	return spur_file_span(f->args, begin, end, &o->begin_ns, &o->end_ns, err);
}

static enum spur_status work(void *state, void *item, struct spur_task *task, struct spur_error *err)
{
	struct finding *f = state;
	struct item *it = item;
	struct spur_find_opts o = f->opts;
	struct spur_timeline *tl = NULL;
	enum spur_status st;

	o.mem_bytes = f->mem_bytes / 2;
	st = spur_drive_files_open(it->files, f->mem_bytes / 2, f->count > 1 ? 1 : f->ctx->threads, &tl, err);
	if (st >= 0 && (st = bounds(f, tl, it, &o, task, err)) >= 0)
		st = spur_query_find(f->q, tl, &o, keep, it, task, err);
	if (st >= 0)
		it->damage = spur_drive_files_damage(tl);
	spur_timeline_close(tl);
	return spur_wrap(st, err, "%s", it->files->name);
}

/* ---- telling and storing: on the owner's thread, in order of drives */

static void write_evidence(const struct kept *k, struct spur_buf *out)
{
	struct spur_json j = { .out = out };

	spur_json_begin(&j, NULL, '{');
	for (size_t i = 0; i < k->count; i++) {
		spur_json_begin(&j, k->evidence[i].name, '{');
		spur_json_f64(&j, "min", k->evidence[i].min);
		spur_json_f64(&j, "max", k->evidence[i].max);
		spur_json_f64(&j, "mean", k->evidence[i].mean);
		spur_json_text(&j, "unit", k->evidence[i].unit);
		spur_json_uint(&j, "n", k->evidence[i].n);
		spur_json_end(&j, '}');
	}
	spur_json_end(&j, '}');
}

static void emit_evidence(struct spur_emit *emit, const struct kept *k)
{
	spur_emit_begin(emit, "evidence", '{');
	for (size_t i = 0; i < k->count; i++) {
		spur_emit_begin(emit, k->evidence[i].name, '{');
		spur_emit_f64(emit, "min", k->evidence[i].min);
		spur_emit_f64(emit, "max", k->evidence[i].max);
		spur_emit_f64(emit, "mean", k->evidence[i].mean);
		spur_emit_text(emit, "unit", k->evidence[i].unit);
		spur_emit_uint(emit, "n", k->evidence[i].n);
		spur_emit_close(emit, '}');
	}
	spur_emit_close(emit, '}');
}

static void emit_candidate(struct finding *f, const struct item *it, const struct kept *k, int64_t id, const char *uid, bool fresh)
{
	spur_emit_row(f->emit, "candidate");
	spur_emit_text(f->emit, "drive", it->files->name);
	if (f->label != NULL)
		spur_emit_text(f->emit, "label", f->label);
	spur_emit_time(f->emit, "begin_ns", k->begin_ns);
	spur_emit_span(f->emit, "duration_ns", k->end_ns - k->begin_ns);
	spur_emit_f64(f->emit, "score", round(k->score * 1e6) / 1e6);
	if (f->store)
		spur_emit_text(f->emit, "segment", uid);
	spur_emit_detail(f->emit);
	spur_emit_time(f->emit, "end_ns", k->end_ns);
	spur_emit_span(f->emit, "at_ns", k->begin_ns - it->begin_ns);
	if (f->store) {
		spur_emit_int(f->emit, "id", id);
		spur_emit_bool(f->emit, "new", fresh);
	}
	emit_evidence(f->emit, k);
	spur_emit_end(f->emit);
}

static enum spur_status store_one(struct finding *f, const struct item *it, const struct kept *k, struct spur_error *err)
{
	struct spur_db_segment_list l;
	struct spur_buf evidence = { 0 };
	struct spur_db_segment seg = { .drive_id = it->files->drive_id, .begin_ns = k->begin_ns, .end_ns = k->end_ns,
				       .label = f->label, .query = spur_query_text(f->q), .score = k->score };
	struct spur_db_act act;
	struct spur_db *db;
	char ref[24];
	bool fresh;
	int64_t id;
	enum spur_status st = spur_ctx_act(f->ctx, &db, &act, err);

	if (st < 0)
		return st;
	write_evidence(k, &evidence);
	seg.evidence = spur_buf_text(&evidence);
	st = spur_db_segment_add(db, &act, &seg, &id, &fresh, err);
	spur_buf_finish(&evidence);
	if (st < 0)
		return st;
	snprintf(ref, sizeof(ref), "%lld", (long long)id);
	if ((st = spur_db_segment_find(db, ref, &l, err)) < 0)
		return st;
	emit_candidate(f, it, k, id, l.rows[0].uid, fresh);
	spur_db_segment_list_finish(&l);
	f->fresh += fresh;
	return SPUR_OK;
}

static enum spur_status store_all(struct finding *f, const struct item *it, struct spur_error *err)
{
	struct spur_db *db;
	enum spur_status st = spur_ctx_db(f->ctx, &db, err);

	if (st < 0 || (st = spur_db_begin(db, err)) < 0)
		return st;
	for (size_t i = 0; i < it->count && st >= 0; i++)
		st = store_one(f, it, &it->kept[i], err);
	return spur_db_end(db, st, err);
}

static enum spur_status take(void *state, void *item, struct spur_error *err)
{
	struct finding *f = state;
	struct item *it = item;

	f->found += it->count;
	if (it->damage != NULL) {
		spur_emit_warn(f->emit, "%s", it->damage);
		f->partial = true;
	}
	if (f->store)
		return store_all(f, it, err);
	for (size_t i = 0; i < it->count; i++)
		emit_candidate(f, it, &it->kept[i], 0, NULL, false);
	return SPUR_OK;
}

static enum spur_status next(void *state, void **item, uint64_t *cost_bytes, struct spur_error *err)
{
	struct finding *f = state;
	struct item *it;

	(void)err;
	if (f->next == f->count)
		return SPUR_END;
	it = spur_calloc(1, sizeof(*it));
	it->files = &f->files[f->next++];
	*item = it;
	*cost_bytes = f->mem_bytes;
	spur_task_progress(f->ctx->task, f->next, f->count);
	return SPUR_OK;
}

static void drop_text(const char *owned)
{
	union {
		const char *in;
		char *out;
	} u = { owned };

	free(u.out);
}

static void drop(void *state, void *item)
{
	struct item *it = item;

	(void)state;
	for (size_t i = 0; i < it->count; i++) {
		for (size_t k = 0; k < it->kept[i].count; k++)
			drop_text(it->kept[i].evidence[k].unit);
		free(it->kept[i].evidence);
	}
	free(it->kept);
	free(it->damage);
	free(it);
}

/* ---- the verb */

static enum spur_status select_files(struct finding *f, struct spur_error *err)
{
	const char **paths;
	size_t n = 0;

	while (spur_args_nth(f->args, "file", n) != NULL)
		n++;
	paths = spur_calloc(n, sizeof(*paths));
	for (size_t i = 0; i < n; i++)
		paths[i] = spur_args_nth(f->args, "file", i);
	f->files = spur_calloc(1, sizeof(*f->files));
	spur_drive_files_of(paths, n, f->files);
	f->count = 1;
	if (!spur_args_has(f->args, "dbc") && !spur_args_has(f->args, "no-profile"))
		spur_drive_files_look_up(f->ctx, f->files, f->emit);
	free(paths);
	return f->files->count > 0 ? SPUR_OK : spur_fail(err, SPUR_EINVAL, "--file names no recording");
}

static enum spur_status select_drives(struct finding *f, struct spur_error *err)
{
	bool files = spur_args_has(f->args, "file"), drives = spur_args_has(f->args, "drive") || spur_args_has(f->args, "all");
	struct spur_db *db;
	enum spur_status st;

	if (files == drives)
		return spur_fail(err, SPUR_EINVAL, "say where: --drive NAME..., --all, or --file FILE...");
	if (files && f->store)
		return spur_fail(err, SPUR_EINVAL, "--store needs drives of the catalogue: spur add brings files in");
	if (f->store && f->label == NULL)
		return spur_fail(err, SPUR_EINVAL, "--store needs --label: what the segments are");
	if (files)
		st = select_files(f, err);
	else if ((st = spur_ctx_db(f->ctx, &db, err)) >= 0)
		st = spur_drive_files_select(db, f->args, &f->files, &f->count, err);
	for (size_t i = 0; st >= 0 && i < f->count; i++)
		spur_drive_files_options(&f->files[i], f->args);
	return st;
}

static enum spur_status find_all(struct finding *f, struct spur_error *err)
{
	struct spur_pmap map = { .state = f, .next = next, .work = work, .take = take, .drop = drop };

	f->mem_bytes = f->count > 1 && f->ctx->mem_bytes > PER_DRIVE ? PER_DRIVE : f->ctx->mem_bytes;
	return spur_pmap_run(&map, f->ctx->threads, f->ctx->mem_bytes, f->ctx->task, err);
}

static enum spur_status check_spans(const struct spur_args *args, struct spur_error *err)
{
	static const char *const names[] = { "step", "max-gap", "min", "gap" };

	for (int i = 0; i < 4; i++) {
		if (spur_args_span(args, names[i], 1) < (i < 2 ? 1 : 0))
			return spur_fail(err, SPUR_EINVAL, "--%s: %s", names[i], i < 2 ? "more than 0 is wanted" : "not less than 0");
	}
	return SPUR_OK;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	struct finding f = { .ctx = ctx, .args = args, .emit = emit, .store = spur_args_has(args, "store"),
			     .label = spur_args_text(args, "label", NULL) };
	enum spur_status st;

	f.opts = (struct spur_find_opts){ .step_ns = spur_args_span(args, "step", 0), .gap_ns = spur_args_span(args, "gap", 0),
					  .min_ns = spur_args_span(args, "min", 0),
					  .max_gap_ns = spur_args_span(args, "max-gap", 0) };
	if ((st = check_spans(args, err)) >= 0 && (st = parse_query(&f, err)) >= 0 && (st = select_drives(&f, err)) >= 0)
		st = find_all(&f, err);
	if (st >= 0)
		spur_emit_note(emit, "%llu candidates in %zu drives%s", (unsigned long long)f.found, f.count,
			       f.store && f.fresh < f.found ? "; some were in the catalogue already" : "");
	for (size_t i = 0; i < f.count; i++)
		spur_drive_files_finish(&f.files[i]);
	free(f.files);
	spur_query_destroy(f.q);
	return st >= 0 && f.partial ? SPUR_EXIT_PARTIAL : spur_exit_of(st);
}

static const struct spur_opt opts[] = {
	{ "drive", 0, SPUR_OPT_TEXT, "NAME|GLOB", "search this drive of the catalogue", true },
	{ "all", 0, SPUR_OPT_FLAG, NULL, "search all drives of the catalogue", false },
	{ "file", 0, SPUR_OPT_PATH, "FILE", "search these recordings together, without a catalogue", true },
	{ "dbc", 0, SPUR_OPT_PATH, "[N=]FILE", "decode bus frames with it, for bus channel N or all", true },
	SPUR_BUS_NO_PROFILE,
	{ "label", 0, SPUR_OPT_TEXT, "LABEL", "what the segments are", false },
	{ "min", 0, SPUR_OPT_SPAN, "SPAN", "leave out what is shorter", false },
	{ "gap", 0, SPUR_OPT_SPAN, "SPAN", "merge what is no further apart", false },
	{ "from", 0, SPUR_OPT_TIME, "T", "search from here on", false },
	{ "to", 0, SPUR_OPT_TIME, "T", "search up to here", false },
	{ "step", 0, SPUR_OPT_SPAN, "SPAN", "grid on which signals meet (10ms)", false },
	{ "max-gap", 0, SPUR_OPT_SPAN, "SPAN", "samples further apart leave a hole (2s)", false },
	{ "store", 0, SPUR_OPT_FLAG, NULL, "keep the candidates as segments of the catalogue", false },
	{ 0 }
};

const struct spur_verb spur_verb_find = {
	.name = "find",
	.synopsis = "QUERY|@FILE",
	.summary = "find where a predicate over signals is true",
	.section = "Catalogue",
	.opts = opts,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
