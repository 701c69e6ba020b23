#include "config.h"

#include "demo/track.h"

#include <math.h>

#define KEPT 4096

static void note_place(struct spur_demo_track *t)
{
	const struct spur_demo_scene *s = &t->scout;
	const struct spur_demo_lead *l = &s->lead;

	t->place[t->places++ % KEPT] = (struct spur_demo_place){
		.x = t->scout_x, .y = (float)s->car.y, .v = (float)s->car.v, .lane = (float)s->wish.y,
		.gap = l->present ? (float)l->distance : 0, .lead_v = (float)l->v, .lead_a = (float)l->a, .lead_id = l->id,
	};
}

static void note_road(struct spur_demo_track *t)
{
	while (t->metres < (int64_t)t->scout_x) {
		t->metres++;
		t->curvature[t->metres % KEPT] = (float)t->scout.road.curvature;
		t->grade[t->metres % KEPT] = (float)t->scout.road.grade;
	}
}

static void scout_to(struct spur_demo_track *t, uint64_t step)
{
	struct spur_demo_scene *s = &t->scout;

	while (s->step < step && s->step < s->steps) {
		spur_demo_scene_step(s);
		t->scout_x += s->car.v * SPUR_DEMO_DT;
		note_road(t);
		if (s->step % SPUR_DEMO_PLACE_MS == 0)
			note_place(t);
		s->event_count = 0;	/* the recorded scene writes the truth */
	}
}

void spur_demo_track_init(struct spur_demo_track *t, uint64_t seed, unsigned drive, spur_ns begin_ns, uint64_t steps)
{
	*t = (struct spur_demo_track){ 0 };
	spur_demo_scene_init(&t->scout, seed, drive, begin_ns, steps);
	note_place(t);
	scout_to(t, SPUR_DEMO_AHEAD_MS);
}

void spur_demo_track_finish(struct spur_demo_track *t)
{
	spur_demo_scene_finish(&t->scout);
}

void spur_demo_track_step(struct spur_demo_track *t, const struct spur_demo_scene *s)
{
	t->step = s->step;
	t->x += s->car.v * SPUR_DEMO_DT;
	scout_to(t, s->step + SPUR_DEMO_AHEAD_MS);
}

struct spur_demo_place spur_demo_track_at(const struct spur_demo_track *t, int ms)
{
	double k = ((double)t->step + ms) / SPUR_DEMO_PLACE_MS, last = (double)t->places - 1;
	double first = t->places > KEPT ? last - (KEPT - 1) : 0, in = fmin(fmax(k, first), last), part = in - floor(in);
	const struct spur_demo_place *a = &t->place[(uint64_t)in % KEPT], *b = in < last ? &t->place[((uint64_t)in + 1) % KEPT] : a;
	struct spur_demo_place p = part < 0.5 ? *a : *b;

	p.x = a->x + (b->x - a->x) * part;
	p.y = (float)(a->y + (b->y - a->y) * part);
	p.lane = (float)(a->lane + (b->lane - a->lane) * part);
	if (a->lead_id == b->lead_id && a->gap > 0 && b->gap > 0)
		p.gap = (float)(a->gap + (b->gap - a->gap) * part);
	p.x += (k - in) * SPUR_DEMO_PLACE_MS * 1e-3 * p.v;
	return p;
}

double spur_demo_track_curvature(const struct spur_demo_track *t, int64_t m)
{
	return m < 1 || m > t->metres || m <= t->metres - KEPT ? 0 : (double)t->curvature[m % KEPT];
}

double spur_demo_track_grade(const struct spur_demo_track *t, int64_t m)
{
	m = m > t->metres ? t->metres : m;
	return m < 1 || m <= t->metres - KEPT ? 0 : (double)t->grade[m % KEPT];
}
