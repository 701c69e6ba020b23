#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "format/mdf4/block.h"
#include "format/mdf4/column.h"
#include "format/mdf4/seek.h"

/*
 * Sample reductions as a level of detail (MDF 4.1, "SRBLOCK" and "RDBLOCK"). A reduction record is three records of the
 * group: means, least and most values of an interval. The first one's master is where the interval begins, which then
 * lasts to the next one's (what the files of dSPACE show; in the other two the master tells of the distances of
 * samples). Since nothing in a file says so, no level is used before it was compared with some of the samples.
 */
#define SAMPLES_MAX (1u << 20)	/* that an interval is compared with */
#define GAIN 4			/* samples to an interval, else reading them costs the same */

struct level {
	struct spur_reader *r;
	const struct mdf_reduction *at;
	uint32_t signal, group;
	double interval;
	struct mdf_column column, master;
	struct spur_interval *rows;
	size_t count;
	uint64_t sr_rows;
	bool with_invalid;
};

static enum spur_status unusable(struct spur_error *err, const struct level *l, const char *why)
{
	return spur_fail(err, SPUR_ENOTFOUND, "the stored reduction of group %" PRIu32 ", every %g s, is not used: %s", l->group,
			 l->interval, why);
}

/* ---- what it says ---- */

static double value_of(struct mdf_column *m, const unsigned char *record, size_t bytes, size_t inval_bytes, bool with_invalid)
{
	const struct mdf_channel *c = m->c;
	struct mdf_rows one = { .data = record, .stride = bytes, .count = 1 };
	double v;

	if (with_invalid && (c->flags & MDF_CN_INVAL_USED) != 0 && c->inval_pos / 8 < inval_bytes &&
	    (record[bytes - inval_bytes + c->inval_pos / 8] >> c->inval_pos % 8 & 1) != 0)
		return (double)NAN;
	mdf_column_f64(m, &one, &v);
	return v;
}

/* Interval k out of its three records; a conversion with a negative factor swaps its ends. */
static bool add_row(struct level *l, const unsigned char *p, size_t bytes)
{
	struct spur_interval *row = &l->rows[l->count];
	size_t inval = l->with_invalid ? l->r->groups[l->group].inval_bytes : 0;
	double min = value_of(&l->column, p + bytes, bytes, inval, l->with_invalid);
	double max = value_of(&l->column, p + 2 * bytes, bytes, inval, l->with_invalid);

	row->begin_ns = mdf_master_ns(l->r, value_of(&l->master, p, bytes, inval, false));
	row->mean = value_of(&l->column, p, bytes, inval, l->with_invalid);
	row->min = min < max ? min : max;
	row->max = min < max ? max : min;
	if (row->begin_ns == SPUR_NS_MAX || (l->count > 0 && row->begin_ns <= row[-1].begin_ns))
		return false;
	l->count++;
	return isnan(row->mean) || (row->min <= row->mean && row->mean <= row->max);
}

static enum spur_status load(struct level *l, struct spur_error *err)
{
	const struct mdf_group *g = &l->r->groups[l->group];
	size_t bytes = (size_t)g->data_bytes + (l->with_invalid ? g->inval_bytes : 0), len = 3 * bytes;
	struct mdf_store *s;
	enum spur_status st = SPUR_OK;

	if (l->sr_rows > l->r->mem_bytes / 8 / sizeof(*l->rows) || l->sr_rows > (uint64_t)l->r->size * 1024 / (len + 1) + 1)
		return unusable(err, l, "it claims more intervals than fit the file or the memory budget");
	s = mdf_store_blocks(l->r, l->at->data, true);
	if (mdf_store_bytes(s) != l->sr_rows * len)
		st = unusable(err, l, "its data have another length than its intervals need");
	if (st == SPUR_OK)
		l->rows = spur_calloc(l->sr_rows, sizeof(*l->rows));
	for (uint64_t k = 0; st == SPUR_OK && k < l->sr_rows; k++) {
		const unsigned char *p;

		if (mdf_store_get(s, k * len, &p, &len) != MDF_FOUND)
			st = unusable(err, l, "its data are damaged");
		else if (!add_row(l, p, bytes))
			st = unusable(err, l, "an interval is not after the one before it, or its mean is not between its least and its most value");
	}
	for (size_t k = 0; st == SPUR_OK && k < l->count; k++)
		l->rows[k].end_ns = k + 1 < l->count ? l->rows[k + 1].begin_ns : SPUR_NS_MAX;
	mdf_store_destroy(s);
	return st;
}

/* ---- what the samples say ---- */

struct seen {
	double min, max, sum;
	size_t count;
	spur_ns first_ns, last_ns;
	bool first_only;
};

static enum spur_status take(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows, struct spur_error *err)
{
	struct seen *s = state;

	(void)group;
	(void)ids;
	(void)err;
	for (size_t i = 0; i < rows->rows && rows->time_ns != NULL; i++) {
		double v = spur_column_f64(&rows->columns[0], i);

		if (s->first_ns == SPUR_NS_MIN)
			s->first_ns = rows->time_ns[i];
		s->last_ns = rows->time_ns[i];
		if (s->first_only)
			return SPUR_END;
		if (isnan(v))
			continue;
		s->min = s->count == 0 || v < s->min ? v : s->min;
		s->max = s->count == 0 || v > s->max ? v : s->max;
		s->sum += v;
		if (++s->count >= SAMPLES_MAX)
			return SPUR_END;
	}
	return SPUR_OK;
}

static enum spur_status look(struct level *l, spur_ns begin_ns, spur_ns end_ns, struct seen *s, struct spur_task *task, struct spur_error *err)
{
	struct spur_scan want = { .signals = &l->signal, .signal_count = 1, .begin_ns = begin_ns, .end_ns = end_ns };
	struct spur_sink sink = { .state = s, .columns = take };

	return mdf_scan(l->r, &want, &sink, task, err);
}

/* Least and most value as they are; means of integers are whole numbers. */
static bool agrees(const struct level *l, const struct spur_interval *row, const struct seen *s)
{
	double mean = s->sum / (double)s->count, size = fabs(s->min) > fabs(s->max) ? fabs(s->min) : fabs(s->max);
	double step = l->column.integer ? fabs(l->column.conv == NULL ? 1 : l->column.conv->val[1]) : 0;

	if (s->count == 0)
		return isnan(row->mean);
	if (s->count >= SAMPLES_MAX)
		return row->min <= s->min && row->max >= s->max;
	return row->min == s->min && row->max == s->max && fabs(row->mean - mean) <= step + 1e-6 * size;
}

static enum spur_status compare(struct level *l, struct spur_task *task, struct spur_error *err)
{
	const struct mdf_data_group *dg = &l->r->data_groups[l->r->groups[l->group].data_group];
	size_t at[3] = { 0, l->count / 2, l->count - 1 };
	struct seen first = { .first_ns = SPUR_NS_MIN, .first_only = true };
	enum spur_status st = look(l, SPUR_NS_MIN, SPUR_NS_MAX, &first, task, err);

	if (st < 0)
		return st;
	if (first.first_ns < l->rows[0].begin_ns)
		return unusable(err, l, "there are samples before its first interval");
	/* Unsorted records have no places to begin at: one look at them. */
	for (size_t i = 0; i < (dg->id_bytes == 0 ? 3u : 1u); i++) {
		const struct spur_interval *row = &l->rows[at[i]];
		struct seen s = { .first_ns = SPUR_NS_MIN };

		if ((st = look(l, row->begin_ns, row->end_ns, &s, task, err)) < 0)
			return st;
		if (!agrees(l, row, &s))
			return unusable(err, l, "it disagrees with the samples");
		if (at[i] == l->count - 1 && s.first_ns != SPUR_NS_MIN && s.last_ns < SPUR_NS_MAX)
			l->rows[l->count - 1].end_ns = s.last_ns + 1;
	}
	if (l->rows[l->count - 1].end_ns == SPUR_NS_MAX)
		l->rows[l->count - 1].end_ns = l->rows[l->count - 1].begin_ns + (spur_ns)(l->interval * 1e9) + 1;
	return SPUR_OK;
}

/* ---- which one ---- */

static enum spur_status begin(struct level *l, struct spur_error *err)
{
	const struct mdf_group *g = &l->r->groups[l->group];
	enum spur_status st;

	if (l->sr_rows == 0 || l->sr_rows == UINT64_MAX)
		return unusable(err, l, "it has no intervals, or its writer did not get to their number");
	if (g->master == MDF_NONE || g->remote_master != MDF_NONE)
		return unusable(err, l, "the times of its group are those of another one");
	if ((st = mdf_column_begin(l->r, l->signal, false, false, &l->column, err)) < 0 ||
	    (st = mdf_column_begin(l->r, g->master, false, false, &l->master, err)) < 0)
		return st;
	if (!spur_type_is_number(l->column.raw_type) || !spur_type_is_number(l->master.raw_type) || l->column.limit_count > 0 || l->column.stream != NULL ||
	    (l->column.conv != NULL && l->column.conv->type > MDF_CC_LINEAR) || !mdf_conv_is_numeric(l->master.conv))
		return unusable(err, l, "extremes of raw values are not those of its signal");
	return load(l, err);
}

static void finish(struct level *l)
{
	mdf_column_end(&l->column);
	mdf_column_end(&l->master);
	free(l->rows);
}

static enum spur_status deliver(const struct level *l, const struct spur_levels *want, struct spur_error *err)
{
	size_t from = 0, to = l->count;

	while (from < to && l->rows[from].end_ns <= want->begin_ns)
		from++;
	while (to > from && l->rows[to - 1].begin_ns >= want->end_ns)
		to--;
	return from == to ? SPUR_OK : want->put(want->state, l->rows + from, to - from, err);
}

/* The coarsest of those that are fine enough. */
static const struct spur_reduction *choose(const struct spur_reader *r, uint32_t group, double below, double at_most)
{
	const struct spur_reduction *best = NULL;

	for (size_t i = 0; i < r->d.reduction_count; i++) {
		const struct spur_reduction *s = &r->reductions[i];

		if (s->group == group && s->domain == SPUR_DOMAIN_TIME && s->interval > 0 && s->interval <= at_most &&
		    s->interval < below && (best == NULL || s->interval > best->interval) &&
		    s->rows <= r->shown_groups[group].rows / GAIN)
			best = s;
	}
	return best;
}

enum spur_status mdf_levels(struct spur_reader *r, const struct spur_levels *want, struct spur_task *task, struct spur_error *err)
{
	uint32_t group = r->channels[want->signal].group;
	enum spur_status st = spur_fail(err, SPUR_ENOTFOUND, "no stored reduction is fine enough");
	const struct spur_reduction *s;

	if (r->shown_groups[group].domain != SPUR_DOMAIN_TIME)
		return st;
	for (double below = (double)INFINITY; (s = choose(r, group, below, (double)want->step_ns * 1e-9)) != NULL; below = s->interval) {
		struct level l = { .r = r, .at = &r->reduction_at[s - r->reductions], .signal = want->signal, .group = group,
				   .interval = s->interval, .sr_rows = s->rows, .with_invalid = s->with_invalid };

		if ((st = begin(&l, err)) == SPUR_OK && (st = compare(&l, task, err)) == SPUR_OK)
			st = deliver(&l, want, err);
		finish(&l);
		if (st != SPUR_ENOTFOUND)
			return st;
	}
	return st;
}
