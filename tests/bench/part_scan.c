/* MDF samples to physical columns: count, minimum, maximum and sum of every channel. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "bound.h"
#include "format/format.h"
#include "scan.h"

struct sums {
	const struct spur_description *d;
	struct bench_stats *stats;	/* by signal */
};

static void add_column(const struct spur_column *c, struct bench_stats *s)
{
	if (c->validity == NULL) {
		bench_stats_add(s, c->type, c->data, c->rows, c->unscaled ? c->factor : 1, c->unscaled ? c->offset : 0);
		return;
	}
	for (size_t i = 0; i < c->rows; i++) {
		double v = spur_column_f64(c, i);

		if (spur_column_valid(c, i))
			bench_stats_add(s, SPUR_TYPE_F64, &v, 1, 1, 0);
	}
}

static enum spur_status take(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows, struct spur_error *err)
{
	struct sums *s = state;

	(void)group;
	(void)err;
	for (size_t i = 0; i < rows->count; i++)
		add_column(&rows->columns[i], &s->stats[ids[i]]);
	return SPUR_OK;
}

static bool is_wanted(const struct bench_scan *s, const char *name)
{
	for (size_t i = 0; i < s->only_count; i++) {
		if (strcmp(name, s->only[i]) == 0)
			return true;
	}
	return false;
}

static size_t pick(const struct spur_description *d, const struct bench_scan *s, uint32_t *ids)
{
	size_t n = 0;

	for (uint32_t i = 0; i < d->signal_count; i++) {
		if (s->only == NULL ? !d->signals[i].is_master : is_wanted(s, d->signals[i].name))
			ids[n++] = i;
	}
	return n;
}

static void write_sums(const struct sums *s, struct bench_results *out)
{
	for (size_t i = 0; i < s->d->signal_count; i++) {
		if (s->stats[i].n > 0)
			bench_results_stats(out, s->d->signals[i].name, &s->stats[i]);
	}
}

enum spur_status bench_scan_round(void *state, unsigned threads, uint64_t *ns, struct bench_results *out, struct spur_error *err)
{
	const struct bench_scan *s = state;
	struct spur_scan want = { .begin_ns = s->begin_ns, .end_ns = s->end_ns, .threads = threads, .unscaled = true };
	struct spur_open_opts o = { .threads = threads };
	struct sums sums = { 0 };
	struct spur_sink sink = { .state = &sums, .columns = take };
	const struct spur_format *format;
	struct spur_reader *r;
	uint32_t *ids;
	uint64_t from = bench_clock();
	enum spur_status st = spur_format_open(s->path, &o, &format, &r, err);

	if (st < 0)
		return st;
	sums.d = format->describe(r);
	sums.stats = spur_malloc((sums.d->signal_count + 1) * sizeof(*sums.stats));
	for (size_t i = 0; i < sums.d->signal_count; i++)
		bench_stats_init(&sums.stats[i]);
	ids = spur_calloc(sums.d->signal_count + 1, sizeof(*ids));
	want.signals = ids;
	want.signal_count = pick(sums.d, s, ids);
	if (s->opened_before)
		from = bench_clock();
	st = format->scan(r, &want, &sink, NULL, err);
	*ns = bench_clock() - from;
	write_sums(&sums, out);
	free(ids);
	free(sums.stats);
	format->close(r);
	return st;
}

/* What of a file the case is about. */
struct wanted {
	const char *what;		/* "", "one", "ten", "span" */
	unsigned group, step, count;	/* count groups from this one, so far apart; of each one channel */
	int channel;			/* -1: all */
	unsigned first_row, rows;	/* 0: all */
};

static bool holds(const struct wanted *w, unsigned group)
{
	return group >= w->group && (group - w->group) % w->step == 0 && (group - w->group) / w->step < w->count;
}

static struct bench_extents blocks_of(const struct bench_extents *all, const struct bench_mdf_layout *l, const struct wanted *w)
{
	struct bench_extents out = { 0 };
	uint64_t row = 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct bench_extent *e = &all->v[i];
		uint64_t rows = e->unpacked / l->record_bytes;
		bool inside = w->rows == 0 || (row < (uint64_t)w->first_row + w->rows && row + rows > w->first_row);

		if ((w->channel < 0 || holds(w, e->group)) && inside)
			bench_extents_add(&out, *e);
		row += l->groups == 1 ? rows : 0;
	}
	return out;
}

static char *request_of(const char *path, const char (*names)[32], const struct wanted *w, double begin_s, double end_s)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, path);
	for (unsigned i = 0; i < w->count; i++)
		spur_buf_addf(&b, "%s%s", i == 0 ? "\t" : " ", names[i]);
	if (w->rows > 0)
		spur_buf_addf(&b, "\t%.6f\t%.6f", begin_s, end_s);
	return spur_buf_steal(&b);
}

static void run_case(struct bench *b, const char *shape, const char *profile, const char *packing, const struct wanted *w)
{
	char *path = bench_mdf(b, shape, profile, packing), (*names)[32] = spur_calloc(w->count + 1, sizeof(*names));
	char *title = spur_strfmt("%s %s %s%s%s", shape, profile, packing, *w->what == '\0' ? "" : " ", w->what), *request = NULL;
	struct bench_extents all = { 0 };
	struct bench_mdf_layout l;
	struct spur_error err;

	bench_mdf_layout(bench_sizes(b), shape, profile, &l);
	if (path == NULL)
		goto out;
	if (bench_mdf_blocks(path, &all, &err) < 0) {
		bench_note(b, "%s", err.text);
		goto out;
	}
	for (unsigned i = 0; i < w->count; i++)
		bench_mdf_name(w->group + i * w->step, (unsigned)w->channel, names[i]);
	double begin_s = ((double)w->first_row - 0.5) * l.step_s, end_s = begin_s + (double)w->rows * l.step_s;
	struct bench_scan s = { path, w->channel < 0 ? NULL : names, w->count, SPUR_NS_MIN, SPUR_NS_MAX, w->channel >= 0 };
	struct bench_mdf_bound bound = { path, &l, blocks_of(&all, &l, w), w->channel, 0, 0 };

	if (w->rows > 0) {
		s.begin_ns = BENCH_START_NS + (spur_ns)(begin_s * 1e9);
		s.end_ns = BENCH_START_NS + (spur_ns)(end_s * 1e9);
	}
	if (w->rows > 0) {	/* rows count from the first block that is read */
		uint64_t before = 0;

		for (size_t i = 0; i < all.count && all.v[i].at != bound.blocks.v[0].at; i++)
			before += all.v[i].unpacked / l.record_bytes;
		bound.first_row = w->first_row - (unsigned)before;
		bound.rows = w->rows;
	}
	request = request_of(path, (const char (*)[32])names, w, begin_s, end_s);
	struct bench_case c = {
		.name = title, .path = path, .threads = { w->count > 1 ? bench_cores(b) : 1 }, .spur = bench_scan_round,
		.spur_state = &s, .bound = bench_mdf_bound_round, .bound_state = &bound,
		.kind = w->channel < 0 ? "mdf-scan" : w->rows != 0 ? "mdf-span" : w->count > 1 ? "mdf-some" : "mdf-one", .request = request,
	};

	if (bench_cores(b) > 1 && w->count != 1)	/* one signal is too little for two threads */
		c.threads[1] = w->count > 1 ? 1 : 2;
	bench_case_run(b, &c);
	if (*w->what == '\0' && all.packed != all.unpacked)
		bench_note(b, "%s: %.1f MB of records, packed %.2f:1", title, (double)all.unpacked / 1e6,
			   (double)all.unpacked / (double)all.packed);
	free(bound.blocks.v);
out:
	free(all.v);
	free(l.channels);
	free(names);
	free(request);
	free(title);
	free(path);
}

static void run(struct bench *b)
{
	static const char *const shapes[] = { "wide", "long" };
	const struct bench_sizes *z = bench_sizes(b);
	unsigned step = z->wide_groups >= 10 ? z->wide_groups / 10 : 1;
	const struct wanted whole = { "", 0, 1, 0, -1, 0, 0 };
	const struct wanted one_wide = { "one", z->wide_groups / 2, 1, 1, 7, 0, 0 }, one_long = { "one", 0, 1, 1, 3, 0, 0 };
	const struct wanted ten = { "ten", 0, step, z->wide_groups < 10 ? z->wide_groups : 10, 7, 0, 0 };
	const struct wanted span = { "span", 0, 1, 1, 3, z->long_rows / 2, z->long_rows / 60 };

	for (size_t s = 0; s < 2; s++) {
		for (size_t p = 0; p < 2; p++) {
			for (size_t k = 0; k < BENCH_PACKINGS; k++)
				run_case(b, shapes[s], bench_profiles[p], bench_packings[k], &whole);
		}
	}
	for (size_t k = 0; k < BENCH_PACKINGS; k++) {
		run_case(b, "wide", "smooth", bench_packings[k], &one_wide);
		run_case(b, "wide", "smooth", bench_packings[k], &ten);
		run_case(b, "long", "smooth", bench_packings[k], &one_long);
		run_case(b, "long", "smooth", bench_packings[k], &span);
	}
	bench_note(b, "one, ten: one signal, ten of ten groups, opening excluded on both sides; span: a sixtieth of the time of one signal");
}

const struct bench_part bench_part_scan = { "scan", "MDF samples to physical columns", run };
