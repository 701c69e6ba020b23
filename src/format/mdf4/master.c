#include "config.h"

#include "format/mdf4/master.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/time.h"

struct collect {
	struct spur_reader *r;
	double *values;
	size_t count, cap;
};

static enum spur_status take(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows,
			     struct spur_error *err)
{
	struct collect *c = state;

	(void)group;
	(void)ids;
	if ((c->count + rows->rows) * sizeof(double) > c->r->mem_bytes / 4)
		return spur_fail(err, SPUR_ENOMEM, "the remote master has more than %zu values, which do not fit the memory "
				 "budget; raise --mem", c->count);
	for (size_t i = 0; i < rows->rows; i++) {
		MDF_PUSH(&c->values, c->count, &c->cap);
		c->values[c->count] = rows->master == NULL ? (double)c->count : rows->master[i];
		c->count++;
	}
	return SPUR_OK;
}

enum spur_status mdf_master_load(struct spur_reader *r, uint32_t group, const double **values, size_t *count,
				 struct spur_error *err)
{
	struct collect c = { .r = r };
	struct spur_sink sink = { .state = &c, .columns = take };
	struct spur_scan want = { .signal_count = 1, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX, .threads = 1 };
	enum spur_status st = SPUR_OK;

	*values = NULL;
	*count = 0;
	if (r->groups[group].master == MDF_NONE || r->groups[group].remote_master != MDF_NONE)
		return spur_fail_byte(err, SPUR_EFORMAT, r->groups[group].at, "the remote master group has no master channel");
	if (r->masters == NULL)
		r->masters = spur_calloc(r->group_count, sizeof(*r->masters));
	if (r->masters[group].values == NULL) {
		void *tap = r->tap_state;

		want.signals = &r->groups[group].master;
		r->tap_state = NULL;	/* this scan is ours, also while recover() listens */
		st = mdf_scan(r, &want, &sink, NULL, err);
		r->tap_state = tap;
		MDF_PUSH(&c.values, c.count, &c.cap);	/* never NULL: it was read */
		r->masters[group].values = c.values;
		r->masters[group].count = c.count;
	}
	*values = r->masters[group].values;
	*count = r->masters[group].count;
	return st;
}
