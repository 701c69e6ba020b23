#include "config.h"

#include "extract/windows.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/range.h"
#include "sync/timeline.h"

/* Down to a multiple of step, also before 1970. */
static spur_ns align(spur_ns t, spur_ns step)
{
	spur_ns rest = t % step;

	return t - (rest < 0 ? rest + step : rest);
}

spur_ns *spur_extract_window_begins(const struct spur_extract_recipe *r, const struct spur_extract_segment *s,
				    size_t *count)
{
	int64_t length = (s->end_ns - s->begin_ns) / r->step_ns, spare = length - r->samples;
	spur_ns *out;

	*count = spare < 0 ? 1 : (size_t)(spare / r->stride) + 1;
	spare -= (int64_t)(*count - 1) * r->stride;
	out = spur_calloc(*count, sizeof(*out));
	for (size_t i = 0; i < *count; i++)
		out[i] = align(s->begin_ns, r->step_ns) + (spare / 2 + (int64_t)i * r->stride) * r->step_ns;
	return out;
}

/* ---- the drive */

/* The bytes are those that were catalogued: a size or a date that differs is looked into. */
static enum spur_status check_source(const struct spur_extract_source *s, struct spur_task *task, struct spur_error *err)
{
	struct spur_range *r = NULL;
	struct spur_range_id id;
	char hex[65];
	enum spur_status st;

	if (s->path[0] == '\0')
		return spur_fail(err, SPUR_ENOTFOUND, "nobody knows where the source %.12s lies", s->sha256);
	if ((st = spur_range_open(s->path, &r, err)) < 0)
		return spur_wrap(st, err, "%s", s->path);
	id = spur_range_id(r);
	if (id.size != s->size_bytes || id.mtime_ns != s->mtime_ns) {
		st = spur_range_sha256(r, hex, task, err);
		if (st >= 0 && strcmp(hex, s->sha256) != 0)
			st = spur_fail(err, SPUR_EFORMAT, "%s: its bytes are not those of the dataset any more: sha256 %.12s, "
				       "was %.12s", s->path, hex, s->sha256);
	}
	spur_range_close(r);
	return st;
}

static enum spur_status open_drive(const struct spur_extract_shard *s, uint64_t mem_bytes, unsigned threads,
				   struct spur_timeline **out, struct spur_task *task, struct spur_error *err)
{
	struct spur_timeline_member *members = spur_calloc(s->source_count + 1, sizeof(*members));
	const char **dbc = spur_calloc(s->source_count + 1, sizeof(*dbc));
	struct spur_source_opts o = { .dbc = dbc, .mem_bytes = mem_bytes, .threads = threads };
	size_t n = 0, bus = 0;
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < s->source_count && st >= 0; i++) {
		const struct spur_extract_source *src = &s->sources[i];

		st = check_source(src, task, err);
		if (strcmp(src->role, "dbc") == 0)
			dbc[bus++] = src->path;
		else
			members[n++] = (struct spur_timeline_member){ .path = src->path, .clock = src->clock };
	}
	if (st >= 0)
		st = spur_timeline_open(members, n, &o, out, err);
	free(members);
	free(dbc);
	return st;
}

/* The first of its names that the drive has. found false: none, and that is allowed. */
static enum spur_status find_signal(struct spur_timeline *tl, const struct spur_extract_signal *s,
				    struct spur_signal_ref *ref, bool *found, struct spur_error *err)
{
	enum spur_status st = SPUR_ENOTFOUND;

	for (const char *const *n = s->names; *n != NULL && st == SPUR_ENOTFOUND; n++)
		st = spur_timeline_find(tl, *n, ref, err);
	*found = st >= 0;
	return st == SPUR_ENOTFOUND && s->optional ? SPUR_OK : spur_wrap(st, err, "signal %s", s->alias);
}

/* ---- one segment on the grid */

struct piece {
	const struct spur_extract_recipe *recipe;
	const size_t *place;		/* of each grid signal among the recipe's */
	size_t count;			/* of grid signals */
	double *points;			/* [recipe signal][point] */
	uint64_t length;
};

static enum spur_status take_block(void *state, const struct spur_grid_block *b, struct spur_error *err)
{
	struct piece *p = state;

	(void)err;
	for (size_t k = 0; k < p->count; k++) {
		const struct spur_extract_signal *s = &p->recipe->signals[p->place[k]];
		double *to = p->points + p->place[k] * p->length + b->first;

		for (size_t i = 0; i < b->rows; i++)
			to[i] = b->values[k][i] * s->scale + s->offset;
	}
	return SPUR_OK;
}

struct drive {
	struct spur_timeline *tl;
	struct spur_grid_signal *signals;
	size_t *place;
	size_t count;
};

static enum spur_status find_signals(const struct spur_extract_recipe *r, struct drive *d, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	d->signals = spur_calloc(r->signal_count, sizeof(*d->signals));
	d->place = spur_calloc(r->signal_count, sizeof(*d->place));
	for (size_t i = 0; i < r->signal_count && st >= 0; i++) {
		struct spur_grid_signal *g = &d->signals[d->count];
		bool found;

		st = find_signal(d->tl, &r->signals[i], &g->ref, &found, err);
		g->method = r->signals[i].method;
		g->max_gap_ns = r->signals[i].max_gap_ns;
		d->place[d->count] = i;
		d->count += found;
	}
	return st;
}

static bool has_value(const double *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!isnan(v[i]))
			return true;
	}
	return false;
}

/* Copies the windows out of the piece's points; values in out->values grow by whole windows. */
static void cut(const struct piece *p, const struct spur_extract_segment *s, const spur_ns *begins, size_t count,
		struct spur_extract_windows *out)
{
	const struct spur_extract_recipe *r = p->recipe;
	size_t size = r->signal_count * r->samples;

	out->values = spur_realloc(out->values, (out->count + count) * size, sizeof(*out->values));
	out->rows = spur_realloc(out->rows, out->count + count, sizeof(*out->rows));
	for (size_t w = 0; w < count; w++) {
		double *to = out->values + out->count * size;
		size_t at = (size_t)((begins[w] - begins[0]) / r->step_ns);

		for (size_t k = 0; k < r->signal_count; k++)
			memcpy(to + k * r->samples, p->points + k * p->length + at, r->samples * sizeof(*to));
		if (has_value(to, size))
			out->rows[out->count++] = (struct spur_extract_window){ .segment = s, .begin_ns = begins[w] };
		else
			out->empty++;
	}
}

static enum spur_status read_segment(const struct spur_extract_recipe *r, const struct drive *d,
				     const struct spur_extract_segment *s, uint64_t mem_bytes,
				     struct spur_extract_windows *out, struct spur_task *task, struct spur_error *err)
{
	size_t count;
	spur_ns *begins = spur_extract_window_begins(r, s, &count);
	struct piece p = { .recipe = r, .place = d->place, .count = d->count };
	struct spur_grid grid = { .begin_ns = begins[0], .step_ns = r->step_ns, .signals = d->signals, .count = d->count,
				  .mem_bytes = mem_bytes / 4 };
	uint64_t need;
	enum spur_status st = SPUR_OK;

	p.length = grid.points = (uint64_t)(count - 1) * r->stride + r->samples;
	need = (p.length + (out->count + count) * (uint64_t)r->samples) * r->signal_count * sizeof(double);
	p.points = spur_try_malloc(p.length * r->signal_count * sizeof(double), mem_bytes);
	if (need > mem_bytes || p.points == NULL)
		st = spur_fail(err, SPUR_ENOMEM, "segment %s: %" PRIu64 " bytes of windows, budget %" PRIu64
			       "; use fewer segments per shard or a larger --mem", s->id, need, mem_bytes);
	for (uint64_t i = 0; st >= 0 && i < p.length * r->signal_count; i++)
		p.points[i] = NAN;
	if (st >= 0 && d->count > 0)
		st = spur_timeline_grid(d->tl, &grid, take_block, &p, task, err);
	if (st >= 0)
		cut(&p, s, begins, count, out);
	free(p.points);
	free(begins);
	return spur_wrap(st, err, "segment %s", s->id);
}

enum spur_status spur_extract_windows_read(const struct spur_extract_plan *p, const struct spur_extract_shard *s,
					   uint64_t mem_bytes, unsigned threads, struct spur_extract_windows *out,
					   struct spur_task *task, struct spur_error *err)
{
	size_t size = p->recipe->signal_count * p->recipe->samples;
	struct drive d = { 0 };
	enum spur_status st = open_drive(s, mem_bytes / 4, threads, &d.tl, task, err);

	*out = (struct spur_extract_windows){ 0 };
	if (st >= 0)
		st = find_signals(p->recipe, &d, err);
	for (size_t i = 0; i < s->segment_count && st >= 0; i++) {
		if (spur_task_cancelled(task))
			st = spur_fail(err, SPUR_ECANCELLED, "stopped");
		else
			st = read_segment(p->recipe, &d, &s->segments[i], mem_bytes / 2, out, task, err);
	}
	for (size_t i = 0; i < out->count; i++)
		out->rows[i].values = out->values + i * size;
	spur_timeline_close(d.tl);
	free(d.signals);
	free(d.place);
	if (st < 0)
		spur_extract_windows_finish(out);
	return st;
}

void spur_extract_windows_finish(struct spur_extract_windows *w)
{
	free(w->rows);
	free(w->values);
	*w = (struct spur_extract_windows){ 0 };
}
