#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "demo/traffic.h"
#include "demo/view.h"
#include "tests/tap.h"

/* What the demo's cameras draw, against the state of the scene and the projection in view.h. */
static const struct spur_demo_lens lens = { 320, 180, 277, 72, 1.35, 1.6, 1 };

struct drive {
	struct spur_demo_scene scene;
	struct spur_demo_track *track;
	struct spur_demo_traffic traffic;
	struct spur_demo_view *view;
	struct spur_demo_rng noise;
};

static struct drive *drive_new(uint64_t seed, uint64_t steps)
{
	struct drive *d = spur_calloc(1, sizeof(*d));

	d->track = spur_calloc(1, sizeof(*d->track));
	spur_demo_scene_init(&d->scene, seed, 0, 0, steps);
	spur_demo_track_init(d->track, seed, 0, 0, steps);
	spur_demo_traffic_init(&d->traffic, seed, 0);
	d->view = spur_demo_view_new(&lens, seed, 0);
	d->noise = spur_demo_rng_of(seed, 0, 9);
	return d;
}

static void drive_destroy(struct drive *d)
{
	spur_demo_scene_finish(&d->scene);
	spur_demo_track_finish(d->track);
	spur_demo_view_destroy(d->view);
	free(d->track);
	free(d);
}

static void drive_to(struct drive *d, uint64_t step)
{
	while (d->scene.step < step) {
		spur_demo_scene_step(&d->scene);
		spur_demo_track_step(d->track, &d->scene);
		spur_demo_traffic_step(&d->traffic, d->track, &d->scene);
	}
}

/* A copy of the picture of this moment, with the scene given; always the same noise. */
static unsigned char *shoot(struct drive *d, const struct spur_demo_scene *s, struct spur_demo_box *box)
{
	struct spur_demo_rng noise = d->noise;
	const struct spur_pixels *px = spur_demo_view_draw(d->view, s, d->track, &d->traffic, &noise, box);
	size_t len = (size_t)px->width * (size_t)px->height * 3;
	unsigned char *copy = spur_malloc(len);

	memcpy(copy, px->rgb, len);
	return copy;
}

static void the_scout_sees_what_will_be(void)
{
	struct drive *d = drive_new(3, 120000);
	struct spur_demo_place soon;
	int64_t metre;
	double curve, worst = 0;
	int curved = 0;

	for (uint64_t t = 1000; t < 90000; t += 3000) {
		drive_to(d, t);
		soon = spur_demo_track_at(d->track, 5000);
		metre = (int64_t)soon.x;
		curve = spur_demo_track_curvature(d->track, metre);
		drive_to(d, t + 5000);
		worst = fmax(worst, fabs(soon.x - d->track->x));
		worst = fmax(worst, fabs(soon.y - d->scene.car.y));
		worst = fmax(worst, d->scene.lead.present ? fabs(soon.gap - d->scene.lead.distance) : 0);
		/* Who stands 5 s later on a metre of the road finds its curve there, within the change over a metre. */
		worst = fmax(worst, 500 * fabs(curve - d->scene.road.curvature));
		curved += curve != 0;
		t += 2000;
	}
	ok(worst < 0.3, "place, distance and curve ahead are those that come: off by a few centimetres at most");
	ok(curved > 0, "curves among them");
	drive_destroy(d);
}

/* Middle of the bright pixels near u in that row; NAN without any. */
static double line_at(const unsigned char *rgb, int row, double u)
{
	double sum = 0, weight = 0;

	for (int x = (int)u - 8; x <= (int)u + 8; x++) {
		int v = x >= 0 && x < lens.width ? rgb[(row * lens.width + x) * 3 + 1] - 150 : 0;

		if (v > 0) {
			sum += v * (x + 0.5);
			weight += v;
		}
	}
	return weight > 0 ? sum / weight : NAN;
}

/* The line at the edge of the road, 1.75 m right of the middle of our lane: straight road, so by hand. */
static void lines_lie_where_the_lens_puts_them(void)
{
	struct drive *d = drive_new(1, 60000);
	struct spur_demo_box box;
	double worst = 0;
	int seen = 0;

	drive_to(d, 8000);
	for (double offset = -0.6; offset < 0.7; offset += 0.3) {
		struct spur_demo_scene s = d->scene;
		unsigned char *rgb;

		s.car.y = offset;
		s.car.psi = offset / 30;
		s.car.pitch = -offset / 40;
		s.car.zs = s.car.x_shock = 0;
		rgb = shoot(d, &s, &box);
		for (int row = 120; row < 150; row += 5) {
			double depth = lens.focal * lens.up / (row + 0.5 - lens.horizon - lens.focal * s.car.pitch);
			double u = lens.width / 2.0 + lens.focal * s.car.psi - lens.focal * (-1.75 - offset) / depth;
			double found = line_at(rgb, row, u);

			seen += !isnan(found);
			worst = isnan(found) ? worst : fmax(worst, fabs(found - u));
		}
		free(rgb);
	}
	is_int(seen, 30, "the line is found in every row looked at");
	ok(worst < 1.0, "within a pixel of where it belongs");
	printf("# off by %.2f pixels at most\n", worst);
	drive_destroy(d);
}

struct seen {
	long inside, outside;	/* pixels that the vehicle ahead changes: in its box; off it by more than glow and shadow */
	long red;		/* of them, as bright and red as a brake light */
};

static struct seen compare(const unsigned char *with, const unsigned char *without, const struct spur_demo_box *b)
{
	double w = b->x1 - b->x0, room = 2.5 + 0.3 * w;
	struct seen n = { 0 };

	for (int y = 0; y < lens.height; y++) {
		for (int x = 0; x < lens.width; x++) {
			const unsigned char *p = with + (y * lens.width + x) * 3, *q = without + (y * lens.width + x) * 3;
			bool in = x + 1 > b->x0 && x < b->x1 && y + 1 > b->y0 && y < b->y1;
			bool near = x + 1 > b->x0 - room && x < b->x1 + room && y + 1 > b->y0 - room && y < b->y1 + room;

			if (abs(p[0] - q[0]) + abs(p[1] - q[1]) + abs(p[2] - q[2]) < 12)
				continue;
			n.inside += in;
			n.outside += !near;
			n.red += in && p[0] > 185 && p[0] - p[1] > 100 && p[0] - p[2] > 100;
		}
	}
	return n;
}

static void the_box_holds_the_vehicle_ahead(void)
{
	struct drive *d = drive_new(2, 120000);
	long frames = 0, empty = 0, outside = 0, dark = 0, lit = 0, brakes = 0, coasts = 0, ghosts = 0;
	double worst = 0;

	for (uint64_t t = 2000; t < 110000; t += 490) {
		struct spur_demo_scene without;
		struct spur_demo_box box, none;
		unsigned char *a, *b;
		struct seen n;

		drive_to(d, t);
		without = d->scene;
		without.lead.present = false;
		a = shoot(d, &d->scene, &box);
		b = shoot(d, &without, &none);
		if (box.seen) {
			double width = spur_demo_body_sizes[box.kind].width;
			double distance = lens.focal * width / (box.x1 - box.x0) - lens.back;

			n = compare(a, b, &box);
			frames++;
			worst = fmax(worst, fabs(distance - d->scene.lead.distance));
			/* Somebody in between may hide a part. */
			empty += (double)n.inside < 0.3 * (box.x1 - box.x0) * (box.y1 - box.y0);
			outside += n.outside;
			if (d->scene.lead.distance < 45 && (d->scene.lead.a < -1 || d->scene.lead.v == 0)) {
				brakes++;
				lit += n.red > 1;
			} else if (d->scene.lead.distance < 45 && d->scene.lead.a > -0.3) {
				coasts++;
				dark += n.red == 0;
			}
		}
		ghosts += none.seen;
		free(a);
		free(b);
	}
	printf("# %ld frames, brakes %ld lit %ld, coasts %ld dark %ld, empty %ld, outside %ld\n", frames, brakes, lit, coasts, dark,
	       empty, outside);
	is_int(ghosts, 0, "no box without a vehicle ahead");
	ok(frames > 150, "frames with a vehicle ahead");
	ok(worst < 0.05, "the width of the box gives the distance of the scene");
	ok(empty * 20 < frames, "its pixels fill the box");
	is_int(outside, 0, "and no pixel beyond its shadow and light");
	ok(brakes > 10 && lit * 20 >= brakes * 19, "brake lights shine when it brakes");
	ok(coasts > 50 && dark * 20 >= coasts * 19, "and else do not");
	drive_destroy(d);
}

/* Who cuts in is in the lane beside before, and comes over without a jump. */
static void who_cuts_in_comes_from_beside(void)
{
	struct drive *d = drive_new(1, 120000);
	struct spur_demo_body list[SPUR_DEMO_BODIES];
	double y = 0, x = 0, step = 0, farthest = 0;
	unsigned id;
	uint64_t at = 0;
	int missing = 0;

	for (uint64_t t = 1000; t < 110000 && at == 0; t++) {
		id = d->scene.lead.id;
		drive_to(d, t);
		if (d->scene.lead.id != id && d->scene.lead.present && d->scene.lead.distance < 60 && t > 5000)
			at = t;
	}
	ok(at > 0, "somebody cuts in");
	drive_destroy(d);
	d = drive_new(1, 120000);
	drive_to(d, at - 3000);
	for (uint64_t t = at - 3000; t < at + 2000; t += 20) {
		size_t n, i;

		drive_to(d, t);
		n = spur_demo_traffic_list(&d->traffic, d->track, &d->scene, list);
		/* Before, it comes second in the list, behind who is ahead until then. */
		i = t < at ? 1 : 0;
		missing += n <= i;
		if (t > at - 3000) {
			step = fmax(step, fabs(list[i].y - y));
			step = fmax(step, fabs(list[i].x - x - list[i].v * 0.02));
		}
		y = list[i].y;
		x = list[i].x;
		farthest = fmax(farthest, fabs(y - d->scene.car.y));
	}
	is_int(missing, 0, "it is there all the time");
	ok(farthest > 0.8 * SPUR_DEMO_LANE, "in the lane beside first");
	ok(fabs(y - d->scene.car.y) < 0.5, "in ours then");
	ok(step < 0.15, "without a jump");
	printf("# largest step %.2f m in 20 ms\n", step);
	drive_destroy(d);
}

static void braking_dives(void)
{
	struct drive *d = drive_new(1, 60000);
	struct spur_demo_box level, dive;
	struct spur_demo_scene s;

	drive_to(d, 6000);
	s = d->scene;
	s.car.pitch = 0;
	free(shoot(d, &s, &level));
	s.car.pitch = -0.04;
	free(shoot(d, &s, &dive));
	ok(fabs((level.y1 - dive.y1) - 0.04 * lens.focal) < 0.01, "what is ahead rises by focal * pitch when the nose goes down");
	drive_destroy(d);
}

int main(void)
{
	the_scout_sees_what_will_be();
	lines_lie_where_the_lens_puts_them();
	the_box_holds_the_vehicle_ahead();
	who_cuts_in_comes_from_beside();
	braking_dives();
	return tap_done();
}
