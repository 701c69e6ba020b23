/*
 * spur demo score: what was found against what the script of the simulated drives did, and the
 * clocks against what they really did. Times are compared in the clock of each drive's reference.
 */
#include "config.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/range.h"
#include "query/find.h"
#include "sync/observe.h"
#include "verb/demo_score.h"
#include "verb/drive_files.h"

#define TRUTH_MAX (64u << 20)
#define CLOCK_POINTS 1000	/* moments of a drive at which its clock is looked at */

/* ---- matching */

struct overlap {
	size_t truth, found;
	double iou;
};

static double iou_of(const struct spur_demo_span *a, const struct spur_demo_span *b)
{
	spur_ns lo = a->begin_ns > b->begin_ns ? a->begin_ns : b->begin_ns, hi = a->end_ns < b->end_ns ? a->end_ns : b->end_ns;
	double both = hi > lo ? (double)(hi - lo) : 0;

	return both / ((double)(a->end_ns - a->begin_ns) + (double)(b->end_ns - b->begin_ns) - both);
}

static int by_iou(const void *a, const void *b)
{
	const struct overlap *x = a, *y = b;

	if (x->iou != y->iou)
		return x->iou > y->iou ? -1 : 1;
	return x->truth != y->truth ? (x->truth < y->truth ? -1 : 1) : x->found < y->found ? -1 : x->found > y->found;
}

void spur_demo_match(struct spur_demo_span *truth, size_t truths, struct spur_demo_span *found, size_t founds,
		     double least_iou, struct spur_demo_tally *score)
{
	struct overlap *o = NULL;
	size_t n = 0;

	for (size_t t = 0; t < truths; t++) {
		for (size_t f = 0; f < founds; f++) {
			double iou = iou_of(&truth[t], &found[f]);

			if (iou < least_iou || iou <= 0)
				continue;
			o = spur_realloc(o, n + 1, sizeof(*o));
			o[n++] = (struct overlap){ t, f, iou };
		}
	}
	if (n > 0)
		qsort(o, n, sizeof(*o), by_iou);
	score->truth += truths;
	score->found += founds;
	for (size_t i = 0; i < n; i++) {
		if (truth[o[i].truth].matched || found[o[i].found].matched)
			continue;
		truth[o[i].truth].matched = found[o[i].found].matched = true;
		score->hits++;
		score->iou += o[i].iou;
	}
	free(o);
}

/* ---- the truth */

struct spans {
	struct spur_demo_span *of;	/* owned */
	size_t count;
};

static void add_span(struct spans *s, spur_ns begin_ns, spur_ns end_ns, const char *kind)
{
	s->of = spur_realloc(s->of, s->count + 1, sizeof(*s->of));
	s->of[s->count++] = (struct spur_demo_span){ begin_ns, end_ns, kind, false };
}

struct scoring {
	struct spur_ctx *ctx;
	const struct spur_args *args;
	struct spur_emit *emit;
	const char *dir;
	json_t *truth;
	double least_iou;
	struct spur_demo_tally classes[16];
	const char *names[16];
	struct spur_query *queries[16];
	size_t count;
	double worst_ns;
};

/* One drive in work. */
struct drive {
	const char *name;
	spur_ns begin_ns, end_ns;	/* clock of the MF4 file */
	struct spur_clock mcap;		/* of the MCAP file against it, as it really is */
	bool by_mcap;			/* the reference is the MCAP file */
	const json_t *json;
};

/* The time of the MF4 file, in the reference's clock. */
static spur_ns in_reference(const struct drive *d, spur_ns t)
{
	return d->by_mcap ? spur_clock_to_source(&d->mcap, t) : t;
}

static spur_ns time_of(const json_t *o, const char *key)
{
	return (spur_ns)json_integer_value(json_object_get(o, key));
}

static enum spur_status load_truth(struct scoring *s, struct spur_error *err)
{
	char *path = spur_strfmt("%s/truth.json", s->dir);
	struct spur_range *r = NULL;
	struct spur_buf b = { 0 };
	json_error_t je;
	enum spur_status st = spur_range_open(path, &r, err);

	if (st < 0)
		st = spur_wrap(st, err, "%s", path);
	if (st >= 0 && spur_range_size(r) > TRUTH_MAX)
		st = spur_fail(err, SPUR_EFORMAT, "%s: too large for a truth", path);
	if (st >= 0) {
		uint64_t size = spur_range_size(r);

		st = spur_range_read(r, 0, spur_buf_reserve(&b, (size_t)size), size, err);
		b.len = (size_t)size;
	}
	if (st >= 0 && (s->truth = json_loadb(b.data, b.len, 0, &je)) == NULL)
		st = spur_fail_byte(err, SPUR_EFORMAT, (uint64_t)je.position, "%s: line %d: %s", path, je.line, je.text);
	if (st >= 0 && !json_is_array(json_object_get(s->truth, "drives")))
		st = spur_fail(err, SPUR_EFORMAT, "%s: no list of drives; spur demo make writes one", path);
	spur_range_close(r);
	spur_buf_finish(&b);
	free(path);
	return st;
}

/* mcap = t + offset + drift * (t - t0): of the MCAP clock, t = mcap - (offset' + drift' * (mcap - ref)). */
static void read_drive(const json_t *json, struct drive *d)
{
	const json_t *c = json_object_get(json, "clock");
	spur_ns t0 = time_of(c, "t0_ns"), offset = time_of(c, "offset_ns");
	double drift = (double)time_of(c, "drift_ppb") * 1e-9;

	*d = (struct drive){ .json = json, .name = json_string_value(json_object_get(json, "name")),
			     .begin_ns = time_of(json, "begin_ns"), .end_ns = time_of(json, "end_ns") };
	d->mcap = (struct spur_clock){ offset, (int64_t)llround(drift / (1 + drift) * 1e9), t0 + offset };
}

static void truth_of(const struct drive *d, const char *class, struct spans *out)
{
	const json_t *list = json_object_get(d->json, "events"), *e;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, e) {
		const char *name = json_string_value(json_object_get(e, "class"));

		if (name != NULL && strcmp(name, class) == 0)
			add_span(out, in_reference(d, time_of(e, "begin_ns")), in_reference(d, time_of(e, "end_ns")), class);
	}
}

/* What lies there, for the report: a decoy or another class. */
static const char *cause_of(const struct drive *d, const struct spur_demo_span *s)
{
	static const char *const lists[][2] = { { "decoys", "kind" }, { "events", "class" } };
	size_t i;
	const json_t *e;

	for (size_t l = 0; l < 2; l++) {
		json_array_foreach((json_t *)(uintptr_t)json_object_get(d->json, lists[l][0]), i, e) {
			if (in_reference(d, time_of(e, "begin_ns")) < s->end_ns && in_reference(d, time_of(e, "end_ns")) > s->begin_ns)
				return json_string_value(json_object_get(e, lists[l][1]));
		}
	}
	return "nothing";
}

/* ---- telling */

static void emit_wrong(struct scoring *s, const struct drive *d, const struct spans *list, const char *class, const char *what)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct spur_demo_span *span = &list->of[i];

		if (span->matched)
			continue;
		spur_emit_row(s->emit, "wrong");
		spur_emit_text(s->emit, "drive", d->name);
		spur_emit_text(s->emit, "class", class);
		spur_emit_text(s->emit, "what", what);
		spur_emit_span(s->emit, "at_ns", span->begin_ns - in_reference(d, d->begin_ns));
		spur_emit_span(s->emit, "duration_ns", span->end_ns - span->begin_ns);
		spur_emit_text(s->emit, "there", cause_of(d, span));
		spur_emit_end(s->emit);
	}
}

static void emit_classes(struct scoring *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct spur_demo_tally *c = &s->classes[i];

		spur_emit_row(s->emit, "class");
		spur_emit_text(s->emit, "class", s->names[i]);
		spur_emit_uint(s->emit, "truth", c->truth);
		spur_emit_uint(s->emit, "found", c->found);
		spur_emit_uint(s->emit, "hits", c->hits);
		spur_emit_f64(s->emit, "recall", c->truth == 0 ? (double)NAN : (double)c->hits / (double)c->truth);
		spur_emit_f64(s->emit, "precision", c->found == 0 ? (double)NAN : (double)c->hits / (double)c->found);
		spur_emit_f64(s->emit, "iou", c->hits == 0 ? (double)NAN : c->iou / (double)c->hits);
		spur_emit_end(s->emit);
	}
}

/* Both clocks at the same moments of the drive: how far what we think is from what was. */
static double clock_error(const struct drive *d, const struct spur_clock *c)
{
	double worst = 0;

	for (int i = 0; i <= CLOCK_POINTS; i++) {
		spur_ns t = d->begin_ns + (d->end_ns - d->begin_ns) / CLOCK_POINTS * i, mcap = spur_clock_to_source(&d->mcap, t);
		double error = d->by_mcap ? (double)(spur_clock_to_drive(c, t) - mcap) : (double)(spur_clock_to_drive(c, mcap) - t);

		worst = fmax(worst, fabs(error));
	}
	return worst;
}

static void emit_clock(struct scoring *s, const struct drive *d, const struct spur_clock *c, double sigma_ns, double confidence)
{
	double error = clock_error(d, c);

	s->worst_ns = fmax(s->worst_ns, error);
	spur_emit_row(s->emit, "clock");
	spur_emit_text(s->emit, "drive", d->name);
	spur_emit_span(s->emit, "offset_ns", c->offset_ns);
	spur_emit_int(s->emit, "drift_ppb", c->drift_ppb);
	spur_emit_f64(s->emit, "sigma_ns", sigma_ns);
	spur_emit_f64(s->emit, "confidence", round(confidence * 1e4) / 1e4);
	spur_emit_span(s->emit, "max_error_ns", (int64_t)llround(error));
	spur_emit_end(s->emit);
	spur_emit_flush(s->emit);
}

static void compare(struct scoring *s, const struct drive *d, size_t class, struct spans *found)
{
	struct spans truth = { 0 };

	truth_of(d, s->names[class], &truth);
	spur_demo_match(truth.of, truth.count, found->of, found->count, s->least_iou, &s->classes[class]);
	if (spur_args_has(s->args, "wrong")) {
		emit_wrong(s, d, &truth, s->names[class], "missed");
		emit_wrong(s, d, found, s->names[class], "false");
	}
	free(truth.of);
}

/* ---- from the recordings themselves */

static enum spur_status keep(void *state, const struct spur_candidate *c, struct spur_error *err)
{
	(void)err;
	add_span(state, c->begin_ns, c->end_ns, NULL);
	return SPUR_OK;
}

static enum spur_status synchronise(struct scoring *s, const struct drive *d, struct spur_timeline *tl, struct spur_error *err)
{
	struct spur_sync_opts o = { .a = 0, .b = 1, .mem_bytes = s->ctx->mem_bytes };
	struct spur_sync_report r;
	enum spur_status st = spur_sync_estimate(tl, &o, &r, s->ctx->task, err);

	if (st < 0)
		return st;
	spur_timeline_set_clock(tl, 1, &r.estimate.clock);
	emit_clock(s, d, &r.estimate.clock, (double)r.estimate.sigma_ns, r.estimate.confidence);
	spur_sync_report_finish(&r);
	return SPUR_OK;
}

static enum spur_status search(struct scoring *s, const struct drive *d, struct spur_timeline *tl, struct spur_error *err)
{
	struct spur_find_opts o = { .mem_bytes = s->ctx->mem_bytes / 2 };

	for (size_t i = 0; i < s->count; i++) {
		struct spans found = { 0 };
		enum spur_status st = spur_query_find(s->queries[i], tl, &o, keep, &found, s->ctx->task, err);

		if (st >= 0)
			compare(s, d, i, &found);
		free(found.of);
		if (st < 0)
			return spur_wrap(st, err, "%s", s->names[i]);
	}
	return SPUR_OK;
}

static enum spur_status score_files(struct scoring *s, struct drive *d, struct spur_error *err)
{
	char *mcap = spur_strfmt("%s/%s.mcap", s->dir, d->name), *mf4 = spur_strfmt("%s/%s.mf4", s->dir, d->name);
	struct spur_timeline_member m[2] = { { .path = mcap }, { .path = mf4 } };
	struct spur_source_opts o = { .mem_bytes = s->ctx->mem_bytes / 2, .threads = s->ctx->threads };
	struct spur_timeline *tl = NULL;
	enum spur_status st = spur_timeline_open(m, 2, &o, &tl, err);

	d->by_mcap = true;
	if (st >= 0 && (st = synchronise(s, d, tl, err)) >= 0)
		st = search(s, d, tl, err);
	spur_timeline_close(tl);
	free(mcap);
	free(mf4);
	return st;
}

static enum spur_status load_queries(struct scoring *s, struct spur_error *err)
{
	const char *dir = spur_args_text(s->args, "queries", NULL);

	for (size_t i = 0; i < s->count; i++) {
		char *path = dir != NULL ? spur_strfmt("%s/%s.q", dir, s->names[i]) :
					   spur_strfmt("%s/queries/%s.q", s->ctx->datadir, s->names[i]);
		enum spur_status st = spur_query_load(path, &s->queries[i], err);

		free(path);
		if (st < 0)
			return st;
	}
	return SPUR_OK;
}

/* ---- from the catalogue */

static enum spur_status stored_segments(struct scoring *s, struct spur_db *db, const struct drive *d, const char *drive,
					struct spur_error *err)
{
	for (size_t i = 0; i < s->count; i++) {
		struct spur_db_segment_filter f = { .drive = drive, .label = s->names[i], .limit = SIZE_MAX };
		struct spur_db_segment_list l;
		struct spans found = { 0 };
		enum spur_status st = spur_db_segment_list(db, &f, &l, err);

		if (st < 0)
			return st;
		for (size_t k = 0; k < l.count; k++) {
			if (l.rows[k].state != SPUR_DB_REJECTED)
				add_span(&found, l.rows[k].begin_ns, l.rows[k].end_ns, NULL);
		}
		spur_db_segment_list_finish(&l);
		compare(s, d, i, &found);
		free(found.of);
	}
	return SPUR_OK;
}

/* The log that is not the reference carries the estimate. */
static enum spur_status stored_clock(struct scoring *s, struct spur_db *db, struct drive *d, const struct spur_db_drive *row,
				     struct spur_error *err)
{
	struct spur_db_source_list l;
	enum spur_status st = spur_db_source_list(db, row->id, 0, 0, &l, err);

	if (st < 0)
		return st;
	d->by_mcap = true;
	for (size_t i = 0; i < l.count && st >= 0; i++) {
		struct spur_db_clock c;

		if (strcmp(l.rows[i].role, "log") != 0)
			continue;
		if (l.rows[i].id == row->reference)
			d->by_mcap = strcmp(l.rows[i].format, "mcap") == 0;
		else if ((st = spur_db_clock_get(db, l.rows[i].id, &c, err)) >= 0)
			emit_clock(s, d, &c.clock, c.sigma_ns, c.confidence);
	}
	spur_db_source_list_finish(&l);
	return st;
}

static enum spur_status score_stored(struct scoring *s, struct drive *d, struct spur_error *err)
{
	struct spur_db_drive_list l;
	struct spur_db *db;
	enum spur_status st = spur_ctx_db(s->ctx, &db, err);

	if (st < 0 || (st = spur_db_drive_find(db, d->name, &l, err)) < 0)
		return st;
	if ((st = stored_clock(s, db, d, &l.rows[0], err)) >= 0)
		st = stored_segments(s, db, d, l.rows[0].name, err);
	spur_db_drive_list_finish(&l);
	return st;
}

/* ---- the verb */

static enum spur_status score_all(struct scoring *s, struct spur_error *err)
{
	const json_t *drives = json_object_get(s->truth, "drives"), *json;
	size_t i, n = json_array_size(drives);

	json_array_foreach((json_t *)(uintptr_t)drives, i, json) {
		struct drive d;
		enum spur_status st;

		read_drive(json, &d);
		if (d.name == NULL || strchr(d.name, '/') != NULL || d.end_ns <= d.begin_ns)
			return spur_fail(err, SPUR_EFORMAT, "%s/truth.json: drive %zu has no name or no time", s->dir, i + 1);
		st = spur_args_has(s->args, "stored") ? score_stored(s, &d, err) : score_files(s, &d, err);
		if (st < 0)
			return spur_wrap(st, err, "%s", d.name);
		spur_task_progress(s->ctx->task, i + 1, n);
	}
	emit_classes(s);
	spur_emit_note(s->emit, "clocks are right within %.2f ms at every moment", s->worst_ns / 1e6);
	return SPUR_OK;
}

static enum spur_status take_classes(struct scoring *s, struct spur_error *err)
{
	const json_t *list = json_object_get(s->truth, "classes"), *name;
	const char *only;
	size_t i;

	for (i = 0; (only = spur_args_nth(s->args, "class", i)) != NULL && s->count < 16; i++)
		s->names[s->count++] = only;
	if (s->count > 0)
		return SPUR_OK;
	json_array_foreach((json_t *)(uintptr_t)list, i, name) {
		if (json_is_string(name) && s->count < 16)
			s->names[s->count++] = json_string_value(name);
	}
	return s->count > 0 ? SPUR_OK : spur_fail(err, SPUR_EFORMAT, "%s/truth.json names no classes", s->dir);
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	struct scoring s = { .ctx = ctx, .args = args, .emit = emit, .dir = args->pos[0],
			     .least_iou = spur_args_float(args, "iou", 0.5) };
	enum spur_status st = load_truth(&s, err);

	if (st >= 0 && (st = take_classes(&s, err)) >= 0 &&
	    (spur_args_has(args, "stored") || (st = load_queries(&s, err)) >= 0))
		st = score_all(&s, err);
	for (size_t i = 0; i < s.count; i++)
		spur_query_destroy(s.queries[i]);
	json_decref(s.truth);
	return spur_exit_of(st);
}

static const struct spur_opt opts[] = {
	{ "stored", 0, SPUR_OPT_FLAG, NULL, "score what the catalogue has, instead of searching the files now", false },
	{ "class", 0, SPUR_OPT_TEXT, "CLASS", "this class only", true },
	{ "queries", 0, SPUR_OPT_PATH, "DIR", "folder of CLASS.q files", false },
	{ "iou", 0, SPUR_OPT_FLOAT, "SHARE", "least overlap in time of a hit (0.5)", false },
	{ "wrong", 0, SPUR_OPT_FLAG, NULL, "show what was missed and what was false", false },
	{ 0 }
};

const struct spur_verb spur_demo_score = {
	.name = "score",
	.synopsis = "DIR",
	.summary = "compare what is found with what the simulated drives did",
	.opts = opts,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
