#include "config.h"

#include "extract/windows.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "extract/thumbnails.h"
#include "io/range.h"
#include "sync/bus_role.h"
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

/* The bus databases of a drive as a source takes them, in the order in which they decode; owned. */
static char **bus_databases(const struct spur_extract_shard *s, bool *keep_unavailable)
{
	char **specs = spur_calloc(s->source_count + 1, sizeof(*specs));
	unsigned *places = spur_calloc(s->source_count + 1, sizeof(*places));
	size_t n = 0;

	for (size_t i = 0; i < s->source_count; i++) {
		struct spur_bus_role role;
		size_t at = n;

		if (!spur_bus_role_read(s->sources[i].role, &role))
			continue;
		for (; at > 0 && places[at - 1] > role.place; at--) {
			specs[at] = specs[at - 1];
			places[at] = places[at - 1];
		}
		specs[at] = role.channel < 0 ? spur_strdup(s->sources[i].path) :
					       spur_strfmt("%u=%s", (unsigned)role.channel, s->sources[i].path);
		places[at] = role.place;
		*keep_unavailable = *keep_unavailable || role.keep_unavailable;
		n++;
	}
	free(places);
	return specs;
}

static enum spur_status open_drive(const struct spur_extract_shard *s, uint64_t mem_bytes, unsigned threads,
				   struct spur_timeline **out, struct spur_task *task, struct spur_error *err)
{
	struct spur_timeline_member *members = spur_calloc(s->source_count, sizeof(*members));
	struct spur_source_opts o = { .mem_bytes = mem_bytes, .threads = threads };
	char **dbc = bus_databases(s, &o.keep_unavailable);
	size_t n = 0;
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < s->source_count && st >= 0; i++) {
		const struct spur_extract_source *src = &s->sources[i];

		st = check_source(src, task, err);
		if (strncmp(src->role, "dbc", 3) != 0)
			members[n++] = (struct spur_timeline_member){ .path = src->path, .clock = src->clock };
	}
	o.dbc = (const char *const *)dbc;
	if (st >= 0)
		st = spur_timeline_open(members, n, &o, out, err);
	free(members);
	for (size_t i = 0; dbc[i] != NULL; i++)
		free(dbc[i]);
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

/* ---- segments on the grid */

/* Where the windows of a segment begin, in order. */
struct cuts {
	spur_ns *begins;
	size_t count;
};

struct piece {
	const struct spur_extract_recipe *recipe;
	const size_t *place;		/* of each grid signal among the recipe's */
	size_t count;			/* of grid signals */
	spur_ns begin_ns;
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

/* Copies the windows of a segment out of the piece's points; values in out->values grow by whole windows. */
static void cut(const struct piece *p, const struct spur_extract_segment *s, const struct cuts *c,
		struct spur_extract_windows *out)
{
	const struct spur_extract_recipe *r = p->recipe;
	size_t size = r->signal_count * r->samples;

	out->values = spur_realloc(out->values, (out->count + c->count) * size, sizeof(*out->values));
	out->rows = spur_realloc(out->rows, out->count + c->count, sizeof(*out->rows));
	for (size_t w = 0; w < c->count; w++) {
		double *to = out->values + out->count * size;
		size_t at = (size_t)((c->begins[w] - p->begin_ns) / r->step_ns);

		for (size_t k = 0; k < r->signal_count; k++)
			memcpy(to + k * r->samples, p->points + k * p->length + at, r->samples * sizeof(*to));
		if (has_value(to, size))
			out->rows[out->count++] = (struct spur_extract_window){ .segment = s, .begin_ns = c->begins[w] };
		else
			out->empty++;
	}
}

/* Segments that lie close together are read in one pass: a pass costs the blocks it touches, and
 * opening them again for every segment costs more than the gaps. */
#define RUN_GAP_NS (120 * SPUR_NS_PER_S)

/* How many segments from the first on make one piece of at most limit bytes; *end_ns is its end. */
static size_t run_length(const struct spur_extract_recipe *r, const struct cuts *c, size_t count, uint64_t limit,
			 spur_ns *end_ns)
{
	spur_ns window = r->samples * r->step_ns;
	size_t n = 1;

	*end_ns = c[0].begins[c[0].count - 1] + window;
	for (; n < count; n++) {
		spur_ns end = c[n].begins[c[n].count - 1] + window;
		uint64_t points;

		end = end > *end_ns ? end : *end_ns;
		points = (uint64_t)((end - c[0].begins[0]) / r->step_ns);
		if (c[n].begins[0] - *end_ns > RUN_GAP_NS || c[n].begins[0] < c[0].begins[0] ||
		    points > limit / (r->signal_count * sizeof(double)))
			break;
		*end_ns = end;
	}
	return n;
}

static enum spur_status read_piece(struct piece *p, const struct drive *d, uint64_t mem_bytes, struct spur_task *task,
				   struct spur_error *err)
{
	const struct spur_extract_recipe *r = p->recipe;
	struct spur_grid_spec grid = { .begin_ns = p->begin_ns, .step_ns = r->step_ns, .points = p->length, .signals = d->signals,
				  .count = d->count, .mem_bytes = mem_bytes / 4 };

	p->points = spur_try_malloc(p->length * r->signal_count * sizeof(double), mem_bytes);
	if (p->points == NULL)
		return spur_fail(err, SPUR_ENOMEM, "%" PRIu64 " points of %zu signals, budget %" PRIu64 " bytes; use a larger "
				 "--mem", p->length, r->signal_count, mem_bytes);
	for (uint64_t i = 0; i < p->length * r->signal_count; i++)
		p->points[i] = NAN;
	return d->count == 0 ? SPUR_OK : spur_timeline_grid(d->tl, &grid, take_block, p, task, err);
}

static enum spur_status read_run(const struct spur_extract_recipe *r, const struct drive *d,
				 const struct spur_extract_segment *s, const struct cuts *c, size_t count, size_t *taken,
				 uint64_t mem_bytes, struct spur_extract_windows *out, struct spur_task *task,
				 struct spur_error *err)
{
	struct piece p = { .recipe = r, .place = d->place, .count = d->count, .begin_ns = c[0].begins[0] };
	uint64_t windows = out->count;
	spur_ns end_ns;
	enum spur_status st;

	*taken = run_length(r, c, count, mem_bytes / 2, &end_ns);
	p.length = (uint64_t)((end_ns - p.begin_ns) / r->step_ns);
	for (size_t i = 0; i < *taken; i++)
		windows += c[i].count;
	if (windows * r->samples * r->signal_count * sizeof(double) > mem_bytes)
		return spur_fail(err, SPUR_ENOMEM, "segment %s: %" PRIu64 " windows are more than the budget of %" PRIu64
				 " bytes; use fewer segments per shard or a larger --mem", s->id, windows, mem_bytes);
	st = read_piece(&p, d, mem_bytes, task, err);
	for (size_t i = 0; i < *taken && st >= 0; i++)
		cut(&p, &s[i], &c[i], out);
	free(p.points);
	return spur_wrap(st, err, "segment %s", s->id);
}

static enum spur_status read_segments(const struct spur_extract_recipe *r, const struct drive *d,
				      const struct spur_extract_shard *s, uint64_t mem_bytes,
				      struct spur_extract_windows *out, struct spur_task *task, struct spur_error *err)
{
	struct cuts *c = spur_calloc(s->segment_count, sizeof(*c));
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < s->segment_count; i++)
		c[i].begins = spur_extract_window_begins(r, &s->segments[i], &c[i].count);
	for (size_t i = 0, taken; i < s->segment_count && st >= 0; i += taken) {
		taken = 1;
		if (spur_task_cancelled(task))
			st = spur_fail(err, SPUR_ECANCELLED, "stopped");
		else
			st = read_run(r, d, s->segments + i, c + i, s->segment_count - i, &taken, mem_bytes, out, task, err);
	}
	for (size_t i = 0; i < s->segment_count; i++)
		free(c[i].begins);
	free(c);
	return st;
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
	if (st >= 0)
		st = read_segments(p->recipe, &d, s, mem_bytes / 2, out, task, err);
	if (st >= 0)
		st = spur_extract_thumbnails_read(d.tl, p->recipe, mem_bytes / 4, out, task, err);
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
	free(w->frames);
	*w = (struct spur_extract_windows){ 0 };
}
