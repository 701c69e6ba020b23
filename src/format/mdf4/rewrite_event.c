#include "config.h"

#include "format/mdf4/rewrite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/seek.h"

/*
 * EV blocks: sync 1 is time; range 0 a point, 1 the begin and 2 the end of a range. A range stays as a whole
 * where it overlaps the span; events that do not lie in time stay always.
 */
enum { EV_SYNC_TIME = 1, EV_RANGE_END = 2, EV_RANGE_LINK = 2, EV_SCOPE = 5 };

struct event {
	uint64_t at, begin_at;	/* begin_at: of the range that it ends */
	spur_ns from, to;	/* of it, or of its range */
	bool timed, is_begin;
};

struct events {
	struct event *v;
	size_t count, cap;
	struct mdf_map *number;	/* by address */
};

static spur_ns event_ns(const struct spur_reader *r, const unsigned char *body)
{
	return mdf_master_ns(r, (double)(int64_t)spur_le64(body + 16) * spur_lef64(body + 24));
}

static void list(struct mdf_rewrite *w, struct events *all)
{
	struct spur_reader *r = w->r;
	unsigned char body[32];
	struct mdf_block b;

	if (mdf_block_read(r, 64, "HD", &b, NULL) < 0)
		return;
	for (uint64_t at = mdf_block_link(r, &b, MDF_ROOT_EV); at != 0; at = mdf_block_link(r, &b, 0)) {
		if (mdf_block_read(r, at, "EV", &b, NULL) < 0 || mdf_block_body(r, &b, body, sizeof(body), NULL) < 0 ||
		    !mdf_map_put(all->number, at, all->count))
			return;
		MDF_PUSH(&all->v, all->count, &all->cap);
		all->v[all->count++] = (struct event){
			.at = at, .timed = body[1] == EV_SYNC_TIME, .is_begin = body[2] == 1,
			.from = event_ns(r, body), .to = event_ns(r, body),
			.begin_at = body[2] == EV_RANGE_END ? mdf_block_link(r, &b, EV_RANGE_LINK) : 0,
		};
	}
}

/* A begin lasts until its end; without one, on and on. */
static void join_ranges(struct events *all)
{
	uint64_t i;

	for (size_t k = 0; k < all->count; k++) {
		if (all->v[k].is_begin)
			all->v[k].to = SPUR_NS_MAX;
	}
	for (size_t k = 0; k < all->count; k++) {
		if (!mdf_map_get(all->number, all->v[k].begin_at, &i) || !all->v[i].timed || !all->v[k].timed)
			continue;
		all->v[i].to = all->v[k].to;
		all->v[k].from = all->v[i].from;
	}
}

/* Of a scope that is not kept at all: it would be said of the whole file. */
static bool scope_is_gone(struct mdf_rewrite *w, uint64_t at)
{
	struct spur_reader *r = w->r;
	unsigned char body[32];
	struct mdf_block b;
	uint64_t i, scopes = 0, kept = 0;

	if (mdf_block_read(r, at, "EV", &b, NULL) < 0 || mdf_block_body(r, &b, body, sizeof(body), NULL) < 0)
		return false;
	for (; scopes < spur_le32(body + 8) && EV_SCOPE + scopes < b.links; scopes++) {
		uint64_t to = mdf_block_link(r, &b, EV_SCOPE + scopes);

		kept += mdf_map_get(w->channel_at, to, &i) ? !w->channels[i].left_out :
			mdf_map_get(w->group_at, to, &i)   ? !w->groups[i].left_out : 1;
	}
	return scopes > 0 && kept == 0;
}

uint64_t mdf_rewrite_events(struct mdf_rewrite *w, spur_ns begin_ns, spur_ns end_ns)
{
	struct events all = { .number = mdf_map_create() };
	bool bounded = begin_ns != SPUR_NS_MIN || end_ns != SPUR_NS_MAX;
	uint64_t kept = 0;

	list(w, &all);
	join_ranges(&all);
	for (size_t k = 0; k < all.count; k++) {
		const struct event *e = &all.v[k];
		bool out = bounded && e->timed && (e->from >= end_ns || e->to < begin_ns);

		if (out || scope_is_gone(w, e->at))
			mdf_map_put(w->dropped, e->at, 0);
		else
			kept++;
	}
	mdf_map_destroy(all.number);
	free(all.v);
	return kept;
}

/* The product of base and factor moves; in the event's own unit where that is exact, else in nanoseconds. */
void mdf_rewrite_shift_event(const struct mdf_rewrite *w, unsigned char body[32])
{
	int64_t base = (int64_t)spur_le64(body + 16), moved;
	double factor = spur_lef64(body + 24), steps = (double)w->shift_ns / (factor * 1e9), ns = (double)base * factor * 1e9;

	if (w->shift_ns == 0 || body[1] != EV_SYNC_TIME || !isfinite(ns) || fabs(ns) > 9e18 - fabs((double)w->shift_ns))
		return;
	if (isfinite(steps) && steps == nearbyint(steps) && fabs(steps) < 1e15 && fabs((double)base) < 1e15) {
		moved = base + (int64_t)steps;
	} else {
		moved = (int64_t)llround(ns) + w->shift_ns;
		factor = 1e-9;
	}
	memcpy(body + 16, &moved, 8);
	memcpy(body + 24, &factor, 8);
}
