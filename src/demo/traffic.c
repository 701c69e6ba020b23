#include "config.h"

#include "demo/traffic.h"

#include <math.h>

#define CUT_MS 3200.0		/* from one lane to the other ... */
#define CUT_BEFORE_MS 1700.0	/* ... of which before the radar takes it for the vehicle ahead */
#define LOOK_MS 28000
#define OPPOSITE 15.2		/* middle of the first lane of the other carriageway */
#define FAR 190.0

const struct spur_demo_body_size spur_demo_body_sizes[SPUR_DEMO_BODY_KINDS] = {
	[SPUR_DEMO_CAR] = { "car", 1.8, 1.45, 4.4 },
	[SPUR_DEMO_VAN] = { "van", 2.0, 2.1, 5.4 },
	[SPUR_DEMO_TRUCK] = { "truck", 2.5, 3.6, 11 },
};

static bool is_free(const struct spur_demo_body *b)
{
	return b->kind == SPUR_DEMO_BODY_KINDS;
}

static double smooth(double u)
{
	u = u < 0 ? 0 : u > 1 ? 1 : u;
	return u * u * u * (10 - 15 * u + 6 * u * u);
}

/* The looks of the vehicle with that number on the radar; salt: of the drive. */
static struct spur_demo_body looks(uint32_t salt, unsigned id)
{
	uint32_t h = salt + (id + 1) * 0x9e3779b1u;

	h ^= h >> 15;
	h *= 0x85ebca6bu;
	return (struct spur_demo_body){ .paint = h >> 8, .kind = h % 10 < 7 ? SPUR_DEMO_CAR : h % 10 < 9 ? SPUR_DEMO_VAN : SPUR_DEMO_TRUCK };
}

/* Where one who cuts in comes from: the lane beside that is there. */
static int side_of(double lane, unsigned id)
{
	return lane < 1 ? 1 : lane > 1.5 * SPUR_DEMO_LANE ? -1 : id % 2 == 0 ? 1 : -1;
}

void spur_demo_traffic_init(struct spur_demo_traffic *t, uint64_t seed, unsigned drive)
{
	*t = (struct spur_demo_traffic){ .rng = spur_demo_rng_of(seed, drive, 6), .cut_ms = -1, .follower_gap = 12 };
	t->salt = (uint32_t)spur_demo_next(&t->rng);
	t->former.kind = SPUR_DEMO_BODY_KINDS;
	for (size_t i = 0; i < SPUR_DEMO_BODIES - 4; i++)
		t->others[i].kind = SPUR_DEMO_BODY_KINDS;
}

/* ---- the vehicle ahead ---- */

/* It goes into the next lane first, and leads the way. */
static double leads_to(const struct spur_demo_track *road)
{
	struct spur_demo_place soon = spur_demo_track_at(road, 800);

	return soon.lane + 0.12 * sin(soon.x * 0.011);
}

static void change_lead(struct spur_demo_traffic *t, const struct spur_demo_scene *s)
{
	const struct spur_demo_lead *l = &s->lead;
	bool cut = l->distance < 70 && t->started;

	if (cut && t->lead.v > 0) {
		t->former = t->lead;
		t->former.lead = false;
		t->former_s = 0;
	}
	t->cut_ms = cut ? 0 : -1;
	t->cut_side = side_of(s->lane_from, l->id);
	t->lead_id = l->id;
	t->started = true;
}

static void step_lead(struct spur_demo_traffic *t, const struct spur_demo_track *road, const struct spur_demo_scene *s)
{
	const struct spur_demo_lead *l = &s->lead;

	if (!l->present)
		return;
	if (l->id != t->lead_id)
		change_lead(t, s);
	if (t->cut_ms >= 0)
		t->cut_ms += 1;
	if (s->step % SPUR_DEMO_PLACE_MS == 0)
		t->lead_y = leads_to(road);
	t->lead = looks(t->salt, l->id);
	t->lead.lead = true;
	t->lead.x = road->x + l->distance;
	t->lead.v = l->v;
	t->lead.y = t->lead_y;
	if (t->cut_ms >= 0 && t->cut_ms < CUT_MS)
		t->lead.y += t->cut_side * SPUR_DEMO_LANE * (1 - smooth((t->cut_ms + CUT_BEFORE_MS) / CUT_MS));
	/* Lamps: pressed for more than what coasting gives, and while it stands. */
	t->lead.braking = l->a < -0.6 || l->v < 0.05;
}

static void step_former(struct spur_demo_traffic *t, const struct spur_demo_track *road)
{
	struct spur_demo_body *f = &t->former;
	double ahead = f->x - t->lead.x;

	if (is_free(f))
		return;
	t->former_s += SPUR_DEMO_DT;
	f->v += 1.2 * SPUR_DEMO_DT;
	if (ahead < 14 && f->v < t->lead.v + 2)
		f->v = t->lead.v + 2;
	f->x += f->v * SPUR_DEMO_DT;
	f->braking = false;
	if (f->x - road->x > FAR || ahead < 6 || t->former_s > 40)
		f->kind = SPUR_DEMO_BODY_KINDS;
}

/* Somebody who will cut in within the next half minute, as he is now. */
static bool coming(const struct spur_demo_track *road, uint32_t salt, struct spur_demo_body *out)
{
	struct spur_demo_place before = spur_demo_track_at(road, 0);

	for (int ms = 200; ms <= LOOK_MS; ms += 200) {
		struct spur_demo_place p = spur_demo_track_at(road, ms);

		if (fabsf(p.lane - before.lane) > 0.3F)
			return false;	/* we change lanes before: he would be where we are */
		if (p.lead_id != before.lead_id && p.gap > 0 && p.gap < 70) {
			int side = side_of(p.lane, p.lead_id);

			for (struct spur_demo_place q = p; q.lead_id == p.lead_id && ms > 0; q = spur_demo_track_at(road, ms - 10)) {
				p = q;
				ms -= 10;
			}
			*out = looks(salt, p.lead_id);
			out->v = p.lead_v;
			out->x = p.x + p.gap - p.lead_v * ms * 1e-3;
			out->y = p.lane + side * SPUR_DEMO_LANE * (1 - smooth((CUT_BEFORE_MS - ms) / CUT_MS));
			out->indicator = ms < 3500 && ms / 340 % 2 == 0 ? -side : 0;
			return true;
		}
		before.lead_id = p.lead_id;
	}
	return false;
}

/* ---- the others ---- */

/* Would it be where we, or those with us, will be? */
static bool meets(const struct spur_demo_track *road, const struct spur_demo_body *b)
{
	for (int ms = 0; ms <= LOOK_MS; ms += 400) {
		struct spur_demo_place p = spur_demo_track_at(road, ms);
		double rel = b->x + b->v * ms * 1e-3 - p.x, reach = (p.gap > 0 && p.gap < 90 ? p.gap : 50) + 25;

		if (fabs(p.y - b->y) < 2.9 && rel > -30 && rel < reach)
			return true;
		if (fabs(spur_demo_track_at(road, ms + 1200).lane - b->y) < 2.9 && rel > -30 && rel < reach)
			return true;
	}
	return false;
}

static bool meets_other(const struct spur_demo_traffic *t, const struct spur_demo_body *b)
{
	for (size_t i = 0; i < SPUR_DEMO_BODIES - 4; i++) {
		const struct spur_demo_body *o = &t->others[i];
		double now = b->x - o->x, then = now + (b->v - o->v) * LOOK_MS * 1e-3;

		if (!is_free(o) && fabs(o->y - b->y) < 2 && (fabs(now) < 22 || fabs(then) < 22 || (now > 0) != (then > 0)))
			return true;
	}
	return false;
}

static void add_other(struct spur_demo_traffic *t, const struct spur_demo_body *b)
{
	for (size_t i = 0; i < SPUR_DEMO_BODIES - 4; i++) {
		if (is_free(&t->others[i])) {
			t->others[i] = *b;
			return;
		}
	}
}

static void add_oncoming(struct spur_demo_traffic *t, const struct spur_demo_track *road)
{
	struct spur_demo_body b = looks(0, (unsigned)(spur_demo_next(&t->rng) >> 40));

	b.oncoming = true;
	b.y = OPPOSITE + (spur_demo_unit(&t->rng) < 0.5 ? 0 : SPUR_DEMO_LANE);
	b.v = -spur_demo_between(&t->rng, 20, 33);
	b.x = road->x + FAR + 60;
	if (!meets_other(t, &b))
		add_other(t, &b);
}

/* In a lane beside: faster from behind, slower from ahead. */
static void add_beside(struct spur_demo_traffic *t, const struct spur_demo_track *road, const struct spur_demo_scene *s)
{
	struct spur_demo_body b = looks(0, (unsigned)(spur_demo_next(&t->rng) >> 40)), other;
	bool faster = spur_demo_unit(&t->rng) < 0.5;

	b.y = SPUR_DEMO_LANE * spur_demo_below(&t->rng, 3) + spur_demo_between(&t->rng, -0.2, 0.2);
	b.v = s->car.v + (faster ? spur_demo_between(&t->rng, 4, 10) : -spur_demo_between(&t->rng, 6, 11));
	b.v = b.v < 4 ? 4 : b.v;
	b.x = road->x + (faster ? -60 : FAR - 20);
	if (meets(road, &b) || meets_other(t, &b) || (coming(road, t->salt, &other) && fabs(other.y - b.y) < 2))
		return;
	add_other(t, &b);
}

static void step_others(struct spur_demo_traffic *t, const struct spur_demo_track *road)
{
	for (size_t i = 0; i < SPUR_DEMO_BODIES - 4; i++) {
		struct spur_demo_body *b = &t->others[i];

		if (is_free(b))
			continue;
		b->x += b->v * SPUR_DEMO_DT;
		if (b->x - road->x < -90 || b->x - road->x > FAR + 80)
			b->kind = SPUR_DEMO_BODY_KINDS;
	}
}

/* Who was let in may meet us later than we can look ahead: then he is gone before, while he is small. */
static void check_others(struct spur_demo_traffic *t, const struct spur_demo_track *road)
{
	for (size_t i = 0; i < SPUR_DEMO_BODIES - 4; i++) {
		struct spur_demo_body *b = &t->others[i];

		if (!is_free(b) && !b->oncoming && meets(road, b)) {
			double rel = b->x - road->x;

			/* Far ahead he goes faster, behind he falls back; beside us he has long been looked at. */
			b->v += rel > 40 ? 1.5 : rel < -25 ? -1.5 : 0;
		}
	}
}

/* Keeps 1.4 s and 6 m. */
static void step_follower(struct spur_demo_traffic *t, const struct spur_demo_scene *s)
{
	double want = 6 + 1.4 * t->follower_v;
	double a = 0.35 * (t->follower_gap - want) + 1.1 * (s->car.v - t->follower_v);

	a = a > 3 ? 3 : a < -9 ? -9 : a;
	t->follower_v = fmax(0, t->follower_v + a * SPUR_DEMO_DT);
	t->follower_gap += (s->car.v - t->follower_v) * SPUR_DEMO_DT;
	if (t->follower_gap < 3)
		t->follower_gap = 3;
}

void spur_demo_traffic_step(struct spur_demo_traffic *t, const struct spur_demo_track *road, const struct spur_demo_scene *s)
{
	step_lead(t, road, s);
	step_former(t, road);
	step_others(t, road);
	step_follower(t, s);
	if (s->step % 500 == 0) {
		check_others(t, road);
		if (spur_demo_unit(&t->rng) < 0.22)
			add_oncoming(t, road);
		if (spur_demo_unit(&t->rng) < 0.30)
			add_beside(t, road, s);
	}
}

size_t spur_demo_traffic_list(const struct spur_demo_traffic *t, const struct spur_demo_track *road,
			      const struct spur_demo_scene *s, struct spur_demo_body out[SPUR_DEMO_BODIES])
{
	size_t n = 0;

	if (s->lead.present)
		out[n++] = t->lead;
	if (coming(road, t->salt, &out[n]))
		n++;
	if (!is_free(&t->former))
		out[n++] = t->former;
	for (size_t i = 0; i < SPUR_DEMO_BODIES - 4; i++) {
		if (!is_free(&t->others[i]))
			out[n++] = t->others[i];
	}
	out[n] = looks(t->salt, 0xf0);
	out[n].v = t->follower_v;
	out[n].y = spur_demo_track_at(road, -2500).lane;
	out[n].x = road->x - 4.5 - t->follower_gap - spur_demo_body_sizes[out[n].kind].length;
	return n + 1;
}
