/* Pairs of signals of two sources, read and handed to the estimator: see observe.h. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "sync/observe.h"

#define FINE_STEP_NS (SPUR_NS_PER_S / 100)
#define DEFAULT_MEM (UINT64_C(256) << 20)
#define PER_MOTION 6		/* signals of one kind and source: four wheels and the like */
#define MAX_PAIRS 48
#define SMOOTH_NS (SPUR_NS_PER_S / 10)

struct observed {
	struct spur_signal_ref v, w;	/* w: the sibling */
	bool two;
	char *name;			/* owned */
	enum spur_motion motion;
	double interval_s;		/* of its samples; 0 unknown */
	double *grid[2];		/* owned */
};

struct wanted {
	size_t a, b;	/* into observed */
};

struct making {
	struct spur_timeline *tl;
	const struct spur_sync_opts *o;
	struct observed *seen;
	size_t nseen;
	struct wanted *pairs;
	size_t npairs;
	struct spur_sync_grids g;
};

static bool is_along(enum spur_motion m)
{
	return m == SPUR_MOTION_SPEED || m == SPUR_MOTION_ACCEL_X || m == SPUR_MOTION_PATH || m == SPUR_MOTION_GEO;
}

static bool go_together(const struct observed *a, const struct observed *b)
{
	return a->motion == b->motion || (is_along(a->motion) && is_along(b->motion));
}

/* What a sensor of the kind may lag by itself: inertial ones are quick, speeds are filtered,
 * positions are solved. */
static spur_ns latency_of(enum spur_motion m)
{
	switch (m) {
	case SPUR_MOTION_ACCEL_X:
	case SPUR_MOTION_ACCEL_Y:
	case SPUR_MOTION_YAW_RATE:
		return 5000000;
	case SPUR_MOTION_SPEED:
		return 15000000;
	case SPUR_MOTION_NONE:
	case SPUR_MOTION_PATH:
	case SPUR_MOTION_GEO:
		break;
	}
	return 40000000;
}

static double interval_of(struct spur_timeline *tl, struct spur_signal_ref ref)
{
	const struct spur_source_signal *s = spur_timeline_signal(tl, ref);
	spur_ns b, e;

	if (s->rows == UINT64_MAX || s->rows < 2 ||
	    spur_source_span(spur_timeline_source(tl, ref.source), &b, &e, NULL, NULL) != SPUR_OK)
		return 0;
	return (double)(e - b) / 1e9 / (double)(s->rows - 1);
}

static size_t add_seen(struct making *m, size_t source, uint32_t id, enum spur_motion motion)
{
	struct spur_signal_ref ref = { (uint32_t)source, id };
	const struct spur_source_signal *s = spur_timeline_signal(m->tl, ref);
	struct observed o = { .v = ref, .motion = motion, .interval_s = interval_of(m->tl, ref) };
	char *other = spur_motion_sibling(s->name, motion);

	if (motion == SPUR_MOTION_PATH || motion == SPUR_MOTION_GEO) {
		o.w.source = (uint32_t)source;
		o.two = other != NULL &&
			spur_source_find(spur_timeline_source(m->tl, source), other, &o.w.id, NULL) == SPUR_OK;
	}
	free(other);
	if ((motion == SPUR_MOTION_PATH || motion == SPUR_MOTION_GEO) && !o.two)
		return SIZE_MAX;
	o.name = spur_strdup(s->name);
	m->seen = spur_realloc(m->seen, m->nseen + 1, sizeof(*m->seen));
	m->seen[m->nseen] = o;
	return m->nseen++;
}

static void add_pair(struct making *m, size_t a, size_t b)
{
	if (m->npairs == MAX_PAIRS)
		return;
	m->pairs = spur_realloc(m->pairs, m->npairs + 1, sizeof(*m->pairs));
	m->pairs[m->npairs++] = (struct wanted){ a, b };
}

static void observe_source(struct making *m, size_t source)
{
	size_t n, per[SPUR_MOTION_GEO + 1] = { 0 };
	const struct spur_source_signal *all = spur_source_signals(spur_timeline_source(m->tl, source), &n);

	for (size_t i = 0; i < n; i++) {
		enum spur_motion motion = SPUR_MOTION_NONE;

		if (all[i].time && spur_type_is_number(all[i].type) && (all[i].rows == UINT64_MAX || all[i].rows >= 8))
			motion = spur_motion_of(all[i].name, all[i].unit);
		if (motion != SPUR_MOTION_NONE && per[motion] < PER_MOTION && add_seen(m, source, (uint32_t)i, motion) != SIZE_MAX)
			per[motion]++;
	}
}

/* Quick kinds first: where there are too many pairs, those are the ones to have. */
static void pair_automatically(struct making *m)
{
	static const spur_ns ranks[] = { 5000000, 15000000, 40000000 };
	size_t first_b;

	observe_source(m, m->o->a);
	first_b = m->nseen;
	observe_source(m, m->o->b);
	for (size_t r = 0; r < sizeof(ranks) / sizeof(*ranks); r++) {
		for (size_t a = 0; a < first_b; a++) {
			for (size_t b = first_b; b < m->nseen; b++) {
				spur_ns la = latency_of(m->seen[a].motion), lb = latency_of(m->seen[b].motion);

				if ((la > lb ? la : lb) == ranks[r] && go_together(&m->seen[a], &m->seen[b]))
					add_pair(m, a, b);
			}
		}
	}
}

/* A signal, or the stem of two: NAME.x with NAME.y, NAME.latitude with NAME.longitude. */
static enum spur_status observe_named(struct making *m, size_t source, const char *name, size_t *at, struct spur_error *err)
{
	static const struct {
		const char *tail;
		enum spur_motion motion;
	} stems[] = { { ".x", SPUR_MOTION_PATH }, { ".position.x", SPUR_MOTION_PATH }, { ".pose.position.x", SPUR_MOTION_PATH },
		      { ".latitude", SPUR_MOTION_GEO } };
	struct spur_source *s = spur_timeline_source(m->tl, source);
	enum spur_motion motion = SPUR_MOTION_NONE;
	enum spur_status st;
	uint32_t id;
	size_t n;

	for (size_t i = 0; i < sizeof(stems) / sizeof(*stems); i++) {
		char *full = spur_strfmt("%s%s", name, stems[i].tail);

		st = spur_source_find(s, full, &id, NULL);
		free(full);
		if (st == SPUR_OK && (*at = add_seen(m, source, id, stems[i].motion)) != SIZE_MAX)
			return SPUR_OK;
	}
	if ((st = spur_source_find(s, name, &id, err)) < 0)
		return st;
	motion = spur_motion_of(spur_source_signals(s, &n)[id].name, spur_source_signals(s, &n)[id].unit);
	if ((*at = add_seen(m, source, id, motion)) == SIZE_MAX)
		*at = add_seen(m, source, id, SPUR_MOTION_NONE);
	return SPUR_OK;
}

static enum spur_status pair_named(struct making *m, const char *text, struct spur_error *err)
{
	const char *eq = strchr(text, '=');
	enum spur_status st;
	size_t a, b;
	char *left;

	if (eq == NULL || eq == text || eq[1] == '\0')
		return spur_fail(err, SPUR_EINVAL, "--pair %s: say A=B, a signal of each source", text);
	left = spur_strndup(text, (size_t)(eq - text));
	st = observe_named(m, m->o->a, left, &a, err);
	free(left);
	if (st == SPUR_OK)
		st = observe_named(m, m->o->b, eq + 1, &b, err);
	if (st < 0)
		return spur_wrap(st, err, "--pair %s", text);
	add_pair(m, a, b);
	return SPUR_OK;
}

struct filling {
	double **to;
	size_t count;
};

static enum spur_status fill(void *state, const struct spur_grid_block *b, struct spur_error *err)
{
	struct filling *f = state;

	(void)err;
	for (size_t i = 0; i < f->count; i++)
		memcpy(f->to[i] + b->first, b->values[i], b->rows * sizeof(double));
	return SPUR_OK;
}

static bool is_paired(const struct making *m, size_t i)
{
	for (size_t p = 0; p < m->npairs; p++) {
		if (m->pairs[p].a == i || m->pairs[p].b == i)
			return true;
	}
	return false;
}

static size_t count_grids(const struct making *m, size_t source)
{
	size_t n = 0;

	for (size_t i = 0; i < m->nseen; i++)
		n += m->seen[i].v.source == source && is_paired(m, i) ? (m->seen[i].two ? 2 : 1) : 0;
	return n;
}

/* Samples of slow sensors must meet: twice their interval, and no less than usual. */
static spur_ns gap_of(const struct observed *o)
{
	spur_ns twice = (spur_ns)(o->interval_s * 3e9);

	return twice > SPUR_RESAMPLE_GAP_NS ? twice : SPUR_RESAMPLE_GAP_NS / 2;
}

static enum spur_status read_side(struct making *m, size_t source, spur_ns begin_ns, size_t n, struct spur_task *task,
				  struct spur_error *err)
{
	size_t count = count_grids(m, source), k = 0;
	struct spur_grid_signal *signals = spur_calloc(count, sizeof(*signals));
	struct filling f = { spur_calloc(count, sizeof(double *)), count };
	struct spur_grid_spec g = { .begin_ns = begin_ns, .step_ns = m->g.step_ns, .points = n, .signals = signals, .count = count };
	enum spur_status st;

	for (size_t i = 0; i < m->nseen; i++) {
		struct observed *o = &m->seen[i];

		if (o->v.source != source || !is_paired(m, i))
			continue;
		for (size_t j = 0; j < (o->two ? 2u : 1u); j++) {
			free(o->grid[j]);	/* of a source against itself both sides are one */
			o->grid[j] = spur_calloc(n, sizeof(double));
			f.to[k] = o->grid[j];
			signals[k++] = (struct spur_grid_signal){ .ref = j == 0 ? o->v : o->w, .method = SPUR_RESAMPLE_LINEAR,
								  .max_gap_ns = gap_of(o) };
		}
	}
	st = spur_timeline_grid(m->tl, &g, fill, &f, task, err);
	free(signals);
	free(f.to);
	return st;
}

/* Both grids in memory at once: long drives get a wider step. */
static enum spur_status choose_step(struct making *m, spur_ns span_a, spur_ns span_b, struct spur_error *err)
{
	uint64_t mem = m->o->mem_bytes == 0 ? DEFAULT_MEM : m->o->mem_bytes;
	double a = (double)(count_grids(m, m->o->a) + m->npairs + 2), b = (double)(count_grids(m, m->o->b) + m->npairs + 2);

	for (spur_ns step = FINE_STEP_NS; step <= SPUR_NS_PER_S / 10; step += FINE_STEP_NS) {
		if ((a * (double)span_a + b * (double)span_b) / (double)step * 8 < (double)mem) {
			m->g.step_ns = step;
			m->g.a_n = (size_t)(span_a / step);
			m->g.b_n = (size_t)(span_b / step);
			return SPUR_OK;
		}
	}
	return spur_fail(err, SPUR_ENOMEM, "%.0f s and %.0f s do not fit into %llu bytes; give more --mem or --pair",
			 (double)span_a / 1e9, (double)span_b / 1e9, (unsigned long long)mem);
}

static enum spur_status read_both(struct making *m, struct spur_task *task, struct spur_error *err)
{
	struct spur_source *a = spur_timeline_source(m->tl, m->o->a), *b = spur_timeline_source(m->tl, m->o->b);
	spur_ns a_end, b_end;
	enum spur_status st;

	if ((st = spur_source_span(a, &m->g.a_begin_ns, &a_end, task, err)) < 0 ||
	    (st = spur_source_span(b, &m->g.b_begin_ns, &b_end, task, err)) < 0 ||
	    (st = choose_step(m, a_end - m->g.a_begin_ns, b_end - m->g.b_begin_ns, err)) < 0 ||
	    (st = read_side(m, m->o->a, m->g.a_begin_ns, m->g.a_n, task, err)) < 0)
		return st;
	return read_side(m, m->o->b, m->g.b_begin_ns, m->g.b_n, task, err);
}

static enum spur_track_from track_of(const struct observed *o)
{
	return o->motion == SPUR_MOTION_SPEED ? SPUR_TRACK_RATE : o->motion == SPUR_MOTION_PATH ? SPUR_TRACK_PATH :
	       o->motion == SPUR_MOTION_GEO ? SPUR_TRACK_GEO : SPUR_TRACK_LEVEL;
}

static struct spur_sync_side side_of(const struct observed *o)
{
	return (struct spur_sync_side){ o->name, track_of(o), o->grid[0], o->grid[1] };
}

static struct spur_sync_pair *make_pairs(const struct making *m)
{
	struct spur_sync_pair *pairs = spur_calloc(m->npairs, sizeof(*pairs));

	for (size_t i = 0; i < m->npairs; i++) {
		const struct observed *a = &m->seen[m->pairs[i].a], *b = &m->seen[m->pairs[i].b];
		double slow = (a->interval_s > b->interval_s ? a->interval_s : b->interval_s) * 0.6e9;
		spur_ns la = latency_of(a->motion), lb = latency_of(b->motion);

		pairs[i] = (struct spur_sync_pair){
			.a = side_of(a), .b = side_of(b),
			.smooth_ns = slow > (double)SMOOTH_NS ? (spur_ns)slow : SMOOTH_NS,
			.latency_ns = la > lb ? la : lb,
			.either_sign = track_of(a) == SPUR_TRACK_LEVEL || track_of(b) == SPUR_TRACK_LEVEL,
		};
	}
	return pairs;
}

static enum spur_status make_and_estimate(struct making *m, struct spur_sync_report *out, struct spur_task *task,
					  struct spur_error *err)
{
	struct spur_sync_pair *pairs;
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; m->o->pairs != NULL && m->o->pairs[i] != NULL; i++) {
		if ((st = pair_named(m, m->o->pairs[i], err)) < 0)
			return st;
	}
	if (m->o->pairs == NULL)
		pair_automatically(m);
	if (m->npairs == 0)
		return spur_fail(err, SPUR_ENOTFOUND,
				 "no signals of the same motion (speed, acceleration, yaw rate, position) by unit and name; say --pair A=B");
	if ((st = read_both(m, task, err)) < 0)
		return st;
	pairs = make_pairs(m);
	m->g.pairs = pairs;
	m->g.count = m->npairs;
	m->g.max_offset_ns = m->o->max_offset_ns;
	m->g.window_ns = m->o->window_ns;
	st = spur_clock_estimate(&m->g, &out->estimate, task, err);
	free(pairs);
	if (st < 0)
		return st;
	out->pairs = spur_calloc(m->npairs, sizeof(*out->pairs));
	for (size_t i = 0; i < m->npairs; i++) {
		out->pairs[i].a = spur_strdup(m->seen[m->pairs[i].a].name);
		out->pairs[i].b = spur_strdup(m->seen[m->pairs[i].b].name);
	}
	return SPUR_OK;
}

enum spur_status spur_sync_estimate(struct spur_timeline *tl, const struct spur_sync_opts *o, struct spur_sync_report *out,
				    struct spur_task *task, struct spur_error *err)
{
	static const struct spur_clock own = { 0 };
	struct spur_clock ca = *spur_timeline_clock(tl, o->a), cb = *spur_timeline_clock(tl, o->b);
	struct making m = { .tl = tl, .o = o };
	enum spur_status st;

	*out = (struct spur_sync_report){ 0 };
	spur_timeline_set_clock(tl, o->a, &own);
	spur_timeline_set_clock(tl, o->b, &own);
	st = make_and_estimate(&m, out, task, err);
	spur_timeline_set_clock(tl, o->a, &ca);
	spur_timeline_set_clock(tl, o->b, &cb);
	for (size_t i = 0; i < m.nseen; i++) {
		free(m.seen[i].name);
		free(m.seen[i].grid[0]);
		free(m.seen[i].grid[1]);
	}
	free(m.seen);
	free(m.pairs);
	return st;
}

void spur_sync_report_finish(struct spur_sync_report *r)
{
	for (size_t i = 0; r->pairs != NULL && i < r->estimate.pair_count; i++) {
		free(r->pairs[i].a);
		free(r->pairs[i].b);
	}
	free(r->pairs);
	spur_clock_estimate_finish(&r->estimate);
	*r = (struct spur_sync_report){ 0 };
}
