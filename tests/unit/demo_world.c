#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "demo/canvas.h"
#include "demo/ecu.h"
#include "demo/make.h"
#include "demo/signals.h"
#include "demo/traffic.h"
#include "demo/view.h"
#include "demo/view_priv.h"
#include "sync/timeline.h"
#include "tests/told.h"

/*
 * The simulated world in numbers: the state of whole drives (means of every second step, so that no step goes unseen), what
 * happened in them, who else is on the road, pictures by bands, shapes, signals, and the content of the files.
 */
static char dir[] = "/tmp/spur-world-XXXXXX";

/* ---- the scene ---- */

#define FIELDS 31
static void fields_of(const struct spur_demo_scene *s, double f[FIELDS])
{
	const struct spur_demo_vehicle *c = &s->car;
	const double all[FIELDS] = {
		c->v, c->a, c->pedal, c->drive, c->brake_bar, c->wheel_bar, c->slip, c->abs, c->delta, c->vy, c->yaw_rate, c->lat_acc,
		c->psi, c->y, c->heading, c->grade, c->pitch, c->zu, c->zs, c->acc_wheel, c->acc_body, c->x_shock, c->rpm, c->gear,
		s->lead.present ? s->lead.distance : -1, s->lead.v, s->lead.a, s->road.curvature, spur_demo_vehicle_fx(c),
		spur_demo_vehicle_fz(c), s->faults.accel_stuck + 2 * s->faults.accel_flagged + 4 * s->faults.imu_lost +
		8 * s->faults.radar_lost + 16 * s->faults.imu_stuck,
	};

	memcpy(f, all, sizeof(all));
}

/* Six digits of the sum over a stretch; what is as good as nothing is nothing. */
static void say_mean(double sum, double n)
{
	double mean = sum / n;

	say(fabs(mean) < 1e-9 ? " 0" : " %.6g", mean);
}

static void world(uint64_t seed, unsigned drive, unsigned seconds, unsigned every)
{
	struct spur_demo_scene s;
	double sum[FIELDS] = { 0 }, f[FIELDS];

	spur_demo_scene_init(&s, seed, drive, 0, seconds * 1000u);
	say("== seed %" PRIu64 " drive %u\n", seed, drive);
	for (unsigned k = 1; k <= seconds * 1000; k++) {
		spur_demo_scene_step(&s);
		fields_of(&s, f);
		for (size_t i = 0; i < FIELDS; i++)
			sum[i] += f[i];
		if (k % (every * 1000) != 0)
			continue;
		say("%u kind %s %d:", k / 1000, s.running ? spur_demo_kind_name(s.kind) : "none", s.phase);
		for (size_t i = 0; i < FIELDS; i++) {
			say_mean(sum[i], every * 1000.0);
			sum[i] = 0;
		}
		say(" at %.7g %.7g %.7g lead %u\n", s.car.north, s.car.east, s.car.up, s.lead.id);
	}
	for (size_t i = 0; i < s.event_count; i++)
		say("  %s %" PRId64 " .. %" PRId64 " ms min %.6g from %.6g\n", spur_demo_kind_name(s.events[i].kind), s.events[i].begin_ns / 1000000,
		    s.events[i].end_ns / 1000000, s.events[i].min_accel, s.events[i].speed);
	spur_demo_scene_finish(&s);
}

static void worlds(void)
{
	world(1, 0, 300, 10);
	world(7, 3, 300, 10);
	world(42, 1, 600, 30);
	world(1234567, 0, 300, 20);
	told_same("demo_world.txt", "what the vehicle did and what happened is as it was");
}

/* ---- shapes ---- */

static void say_pixels(const char *what, const struct spur_pixels *p, int bands)
{
	say("%s", what);
	for (int b = 0; b < bands; b++) {
		size_t first = (size_t)(p->height * b / bands), end = (size_t)(p->height * (b + 1) / bands), row = (size_t)p->width * 3;
		char hex[SPUR_SHA256_HEX];
		double sum = 0;

		for (size_t i = first * row; i < end * row; i++)
			sum += p->rgb[i];
		spur_sha256_hex_of(p->rgb + first * row, (end - first) * row, hex);
		say(" %.0f:%.8s", sum, hex);
	}
	say("\n");
}

static void shapes(void)
{
	static unsigned char rgb[64 * 48 * 3];
	struct spur_pixels p = { .width = 64, .height = 48, .rgb = rgb };
	static const struct spur_rgb red = { 250, 20, 10 }, blue = { 3, 77, 201 };
	static const double places[][4] = {
		{ 3, 4, 20, 30 }, { 3.25, 4.5, 20.75, 30.125 }, { 5.2, 6, 5.7, 6.4 }, { -10, -10, 10, 10 }, { 50, 40, 90, 90 }, { 20, 20, 20, 20 },
		{ 30, 10, 20, 30 }, { 10, 30, 30, 10 }, { 0, 0, 64, 48 }, { -5, 50, 5, 60 }, { 63.5, 47.5, 64, 48 }, { 64, 48, 70, 70 }, { 6.5, 2, 7.5, 3 },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const double *q = places[i];

		for (int mode = 0; mode < 12; mode++) {
			struct spur_canvas c = { &p, mode % 2 == 0 ? 48 : 25 };
			int alpha = mode < 4 ? 256 : mode < 8 ? 100 : mode == 8 ? 0 : 255;
			char name[60];

			memset(rgb, 128, sizeof(rgb));
			snprintf(name, sizeof(name), "shape %zu mode %d", i, mode);
			switch (mode / 2) {
			case 0:
				spur_canvas_rect(&c, q[0], q[1], q[2], q[3], red, alpha);
				break;
			case 1:
				spur_canvas_trapezoid(&c, q[1], q[0], q[2], q[3], q[0] - 7.5, q[2] + 3.25, blue, alpha);
				break;
			case 2:
				spur_canvas_wall(&c, q[0], q[1], q[3], q[2], q[1] + 4.5, q[3] - 3.25, red, alpha);
				break;
			case 3:
				spur_canvas_blob(&c, q[0], q[1], q[2] / 3, q[3] / 4, blue, mode % 2 == 0 ? 0 : 200, 77);
				break;
			case 4:
				spur_canvas_blob(&c, q[2], q[3], fabs(q[0]) + 1, fabs(q[1]) + 2, red, 120, (uint32_t)i);
				break;
			default:
				spur_canvas_glow(&c, q[0], q[1], q[2] / 2, red, alpha);
			}
			say_pixels(name, &p, 2);
		}
	}
	for (int i = 0; i <= 8; i++) {
		struct spur_rgb m = spur_rgb_mix(red, blue, i / 8.0), s = spur_rgb_scale(blue, i / 4.0);

		say("mix %d: %d %d %d scale %d %d %d\n", i, m.r, m.g, m.b, s.r, s.g, s.b);
	}
}

/* ---- the road, the others, pictures ---- */

struct drive {
	struct spur_demo_scene scene;
	struct spur_demo_track *track;
	struct spur_demo_traffic traffic;
	struct spur_demo_view *view[2];
	struct spur_demo_rng noise;
};

static void say_box(const struct spur_demo_box *b)
{
	say("box %d", b->seen);
	if (b->seen)
		say(" kind %d %.6g %.6g %.6g %.6g depth %.6g", (int)b->kind, b->x0, b->y0, b->x1, b->y1, b->depth);
	say("\n");
}

static void say_road(const struct drive *d)
{
	static const int ms[] = { -20000, -10000, -3000, -20, 0, 10, 20, 1000, 7500, 30000, 40000 };
	struct spur_demo_body bodies[SPUR_DEMO_BODIES];
	size_t n = spur_demo_traffic_list(&d->traffic, d->track, &d->scene, bodies);

	say("-- step %" PRIu64 " at %.6g\n", d->scene.step, d->track->x);
	for (size_t i = 0; i < sizeof(ms) / sizeof(ms[0]); i++) {
		struct spur_demo_place p = spur_demo_track_at(d->track, ms[i]);

		say("  %d ms: x %.6g y %.5g v %.5g lane %.5g gap %.5g lead %u %.5g %.5g\n", ms[i], p.x, (double)p.y, (double)p.v, (double)p.lane,
		    (double)p.gap, p.lead_id, (double)p.lead_v, (double)p.lead_a);
	}
	for (int m = -50; m <= 400; m += 150)
		say("  metre %d: %.5g %.5g\n", m, spur_demo_track_curvature(d->track, (int64_t)d->track->x + m),
		    spur_demo_track_grade(d->track, (int64_t)d->track->x + m));
	for (size_t i = 0; i < n; i++)
		say("  %s paint %u x %.6g y %.5g v %.5g %s%s%s %d\n", spur_demo_body_sizes[bodies[i].kind].name, bodies[i].paint,
		    bodies[i].x - d->track->x, bodies[i].y, bodies[i].v, bodies[i].braking ? "brakes " : "", bodies[i].oncoming ? "oncoming " : "",
		    bodies[i].lead ? "lead" : "", bodies[i].indicator);
}

/* Everybody, every tenth of a second: no moment goes unseen. */
struct crowd {
	double x, y, v, paint;
	size_t n, braking, oncoming, lead, kinds;
	long indicators;
};

static void add_crowd(struct crowd *c, const struct drive *d)
{
	struct spur_demo_body bodies[SPUR_DEMO_BODIES];
	size_t n = spur_demo_traffic_list(&d->traffic, d->track, &d->scene, bodies);

	for (size_t i = 0; i < n; i++) {
		c->x += (bodies[i].x - d->track->x) * (double)(i + 1);
		c->y += bodies[i].y * (double)(i + 1);
		c->v += bodies[i].v;
		c->paint += bodies[i].paint % 1000;
		c->braking += bodies[i].braking;
		c->oncoming += bodies[i].oncoming;
		c->lead += bodies[i].lead;
		c->kinds += (size_t)bodies[i].kind;
		c->indicators += bodies[i].indicator * (long)(i + 1);
	}
	c->n += n;
}

static void say_crowd(struct crowd *c)
{
	say("  crowd %zu x %.7g y %.7g v %.7g paint %.0f braking %zu oncoming %zu lead %zu kinds %zu indicators %ld\n", c->n, c->x, c->y, c->v, c->paint,
	    c->braking, c->oncoming, c->lead, c->kinds, c->indicators);
	*c = (struct crowd){ 0 };
}

static void look(struct drive *d)
{
	for (int i = 0; i < 2; i++) {
		struct spur_demo_rng noise = d->noise;
		struct spur_demo_box box;
		const struct spur_pixels *px = spur_demo_view_draw(d->view[i], &d->scene, d->track, &d->traffic, &noise, &box);

		say_pixels(i == 0 ? "  front" : "  rear", px, 4);
		say_box(&box);
	}
}

static void drives(uint64_t seed, unsigned drive, unsigned seconds, unsigned every)
{
	static const struct spur_demo_lens lenses[] = { { 320, 180, 277, 72, 1.35, 1.6, 1 }, { 160, 120, 120, 50, 0.9, 4.5, -1 } };
	struct drive *d = spur_calloc(1, sizeof(*d));
	struct crowd crowd = { 0 };

	d->track = spur_calloc(1, sizeof(*d->track));
	spur_demo_scene_init(&d->scene, seed, drive, 0, seconds * 1000u);
	spur_demo_track_init(d->track, seed, drive, 0, seconds * 1000u);
	spur_demo_traffic_init(&d->traffic, seed, drive);
	d->view[0] = spur_demo_view_new(&lenses[0], seed, drive);
	d->view[1] = spur_demo_view_new(&lenses[1], seed, drive);
	d->noise = spur_demo_rng_of(seed, drive, 9);
	say("== roads of seed %" PRIu64 " drive %u\n", seed, drive);
	for (unsigned k = 1; k <= seconds * 1000; k++) {
		spur_demo_scene_step(&d->scene);
		spur_demo_track_step(d->track, &d->scene);
		spur_demo_traffic_step(&d->traffic, d->track, &d->scene);
		if (k % 100 == 0)
			add_crowd(&crowd, d);
		if (k % (every * 1000) != 0)
			continue;
		say_road(d);
		say_crowd(&crowd);
		look(d);
	}
	spur_demo_scene_finish(&d->scene);
	spur_demo_track_finish(d->track);
	spur_demo_view_destroy(d->view[0]);
	spur_demo_view_destroy(d->view[1]);
	free(d->track);
	free(d);
}

/* Every kind of vehicle near and far, left and right, coming and going, on an empty road, by day and dusk. */
static void vehicles(uint64_t seed, int dir_sign)
{
	const struct spur_demo_lens lens = { 320, 180, 277, 72, 1.35, 1.6, dir_sign };
	static const double depths[] = { 0.4, 3, 8, 17.5, 60, 140, 270, 400 }, sides[] = { -7, -1.75, 0, 3.5 };
	struct spur_demo_view *v = spur_demo_view_new(&lens, seed, 0);
	size_t len = 320 * 180 * 3;

	say("== vehicles of seed %" PRIu64 " dir %d lamps %d\n", seed, dir_sign, v->light.lamps);
	v->middle = 160;
	v->level = v->horizon = 72;
	v->cuts = VIEW_METRES;
	for (size_t m = 0; m < VIEW_METRES; m++)
		v->cut[m] = (struct view_cut){ .depth = (double)m + 1.25, .left = 0.002 * (double)m, .up = -1.35 + (m > 150 ? -0.05 * ((double)m - 150) : 0),
					       .crest = m < 100 ? 180 : 90 };
	for (int kind = 0; kind < SPUR_DEMO_BODY_KINDS; kind++) {
		for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
			for (size_t k = 0; k < sizeof(sides) / sizeof(sides[0]); k++) {
				const struct spur_demo_body b = { .kind = (enum spur_demo_body_kind)kind, .paint = (unsigned)(kind * 7 + (int)i * 3 + (int)k),
								  .x = 1000 + dir_sign * depths[i], .y = sides[k], .v = 20, .braking = (i + k) % 3 == 0,
								  .oncoming = (i + k) % 4 == 1, .lead = k == 2, .indicator = (int)(i + k) % 3 - 1 };
				struct spur_demo_box box = { 0 };
				char name[60];

				memset(v->px.rgb, 99, len);
				view_body(v, 1000, &b, &box);
				snprintf(name, sizeof(name), "%s %.4g m %.4g", spur_demo_body_sizes[kind].name, depths[i], sides[k]);
				say_pixels(name, &v->px, 2);
				say_box(&box);
			}
		}
	}
	spur_demo_view_destroy(v);
}

static void pictures(void)
{
	shapes();
	told_same("demo_shapes.txt", "shapes are as they were");
	drives(1, 0, 120, 10);
	drives(7, 3, 60, 10);
	drives(42, 1, 80, 20);
	drives(11, 2, 300, 50);
	drives(99, 4, 300, 50);
	told_same("demo_roads.txt", "roads, the others on them and their pictures are as they were");
	vehicles(1, 1);
	vehicles(5, 1);
	vehicles(9, -1);
	told_same("demo_vehicles.txt", "vehicles look as they did");
}

/* ---- signals ---- */

static void measured(const struct spur_demo_scene *s, struct spur_demo_rng *noise, const struct spur_demo_signal *g, double *sum, size_t *invalid)
{
	double v = g->measure(s, noise);

	if (isnan(v))
		++*invalid;
	else
		*sum += (double)spur_demo_raw(g, v);
}

static void signals(void)
{
	static const double edges[] = { -1e18, -1e6, -300.5, -1.5, -0.5, 0, 0.4999, 0.5, 1.5, 126.6, 255.4, 255.6, 65535.7, 1e6, 1e18 };
	struct spur_demo_scene s;
	struct spur_buf dbc = { 0 };

	spur_demo_scene_init(&s, 3, 0, 0, 120000);
	for (size_t u = 0; u < spur_demo_unit_count; u++) {
		const struct spur_demo_unit *unit = &spur_demo_units[u];

		say("unit %s every %u ms + %u frame %x: %s\n", unit->name, unit->period_ms, unit->phase_ms, unit->frame, unit->comment);
		for (size_t i = 0; i < unit->count; i++) {
			const struct spur_demo_signal *g = &unit->signals[i];

			say("  %s '%s' type %d x %.9g + %.9g texts %zu nullable %d bits %u raw", g->name, g->unit, (int)g->type, g->factor, g->offset,
			    g->text_count, g->nullable, spur_demo_bits(g));
			for (size_t k = 0; k < sizeof(edges) / sizeof(edges[0]) && g->factor != 0; k++)
				say(" %" PRId64, spur_demo_raw(g, edges[k]));
			say("\n");
		}
	}
	for (unsigned k = 1; k <= 120; k++) {
		struct spur_demo_rng noise = spur_demo_rng_of(3, 0, 100 + k);

		for (unsigned n = 0; n < 1000; n++)
			spur_demo_scene_step(&s);
		say("%u:", k);
		for (size_t u = 0; u < spur_demo_unit_count; u++) {
			for (size_t i = 0; i < spur_demo_units[u].count; i++) {
				double sum = 0;
				size_t invalid = 0;

				for (int n = 0; n < 4; n++)
					measured(&s, &noise, &spur_demo_units[u].signals[i], &sum, &invalid);
				say(invalid > 0 ? " %.6g!" : " %.6g", sum / 4);
			}
		}
		say("\n");
	}
	spur_demo_dbc(&dbc);
	say("%s", spur_buf_text(&dbc));
	spur_buf_finish(&dbc);
	spur_demo_scene_finish(&s);
	told_same("demo_signals.txt", "signals and the bus database are as they were");
}

/* ---- files ---- */

struct columns_seen {
	struct {
		uint64_t rows, nulls;
		double sum, weighted;	/* weighted: by the place in the file, so that order counts */
		spur_ns first, last;
		double times;
	} *of;
};

static enum spur_status see(void *state, uint32_t table, const size_t *ids_in, struct spur_columns *c, struct spur_error *err)
{
	struct columns_seen *seen = state;

	(void)table;
	(void)err;
	for (size_t k = 0; k < c->count; k++) {
		size_t at = ids_in[k];

		for (size_t i = 0; i < c->rows; i++) {
			double v = spur_column_f64(&c->columns[k], i);

			if (seen->of[at].rows++ == 0)
				seen->of[at].first = c->time_ns[i];
			seen->of[at].last = c->time_ns[i];
			seen->of[at].times += (double)(c->time_ns[i] - INT64_C(1767225600000000000)) * 1e-9;
			if (isnan(v)) {
				seen->of[at].nulls++;
				continue;
			}
			seen->of[at].sum += v;
			seen->of[at].weighted += v * (double)(seen->of[at].rows % 101);
		}
	}
	return SPUR_OK;
}

static void say_file(const char *name, const char *dbc)
{
	char *path = spur_strfmt("%s/%s", dir, name), *base = spur_strfmt("%s/%s", dir, dbc);
	const char *const bases[] = { base, NULL };
	const struct spur_source_opts o = { .dbc = bases };
	struct spur_source *s = NULL;
	struct spur_error err;
	size_t count;
	uint32_t *ids;

	say("== %s\n", name);
	if (spur_source_open(path, &o, &s, &err) < 0) {
		say("%s\n", "does not open");
	} else {
		const struct spur_source_signal *all = spur_source_signals(s, &count);
		struct columns_seen seen = { spur_calloc(count + 1, sizeof(*seen.of)) };
		struct spur_source_want w = { .count = count, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX, .raw = false };

		ids = spur_calloc(count + 1, sizeof(*ids));
		for (size_t i = 0; i < count; i++)
			ids[i] = (uint32_t)i;
		w.ids = ids;
		say_status("read", spur_source_read(s, &w, see, &seen, NULL, &err), &err);
		for (size_t i = 0; i < count; i++) {
			say("  %s '%s' %s table %u rows %" PRIu64 " seen %" PRIu64 " without %" PRIu64 " %" PRId64 " .. %" PRId64, all[i].name, all[i].unit, all[i].stream,
			    all[i].table, all[i].rows, seen.of[i].rows, seen.of[i].nulls, seen.of[i].first, seen.of[i].last);
			say(strstr(all[i].stream, "camera") != NULL && strstr(all[i].name, "info") == NULL ? " times %.8g\n" : " times %.8g sum %.6g %.6g\n",
			    seen.of[i].times, seen.of[i].sum, seen.of[i].weighted);
		}
		free(ids);
		free(seen.of);
	}
	spur_source_close(s);
	free(base);
	free(path);
}

/* ---- a big drive ---- */

struct stream_seen {
	uint64_t count;
	double times;
	struct spur_sha256 *hash;	/* of sizes and payloads */
};

static enum spur_status take_messages(void *state, const struct spur_batch *b, struct spur_error *err)
{
	struct stream_seen *seen = state;

	(void)err;
	for (size_t i = 0; i < b->count; i++) {
		const struct spur_message *m = &b->messages[i];

		seen[m->stream].count++;
		seen[m->stream].times += (double)(m->log_time % 1000000000000u) * 1e-9 + (double)(m->publish_time % 1000000000u) * 1e-9 + m->sequence;
		spur_sha256_add(seen[m->stream].hash, m->data, m->size);
	}
	return SPUR_OK;
}

/* Every message of every topic; of JPEG, which depends on the library, only that it is there. */
static void say_messages(struct spur_source *s)
{
	const struct spur_description *d = spur_source_describe(s);
	struct stream_seen *seen = spur_calloc(d->stream_count + 1, sizeof(*seen));
	const struct spur_scan all = { .all_streams = true, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX, .threads = 1 };
	const struct spur_sink sink = { .state = seen, .messages = take_messages };
	struct spur_error err;

	for (size_t i = 0; i < d->stream_count; i++)
		seen[i].hash = spur_sha256_create();
	say_status("messages", spur_source_format(s)->scan(spur_source_reader(s), &all, &sink, NULL, &err), &err);
	for (size_t i = 0; i < d->stream_count; i++) {
		char hex[SPUR_SHA256_HEX];

		spur_sha256_end_hex(seen[i].hash, hex);
		say("  %s %" PRIu64 " times %.8g %.16s\n", d->streams[i].topic, seen[i].count, seen[i].times,
		    strstr(d->streams[i].topic, "compressed") != NULL ? "" : hex);
	}
	free(seen);
}

/* Sums over the channels of each group. */
static void say_groups(struct spur_source *s)
{
	size_t count, first = 0;
	const struct spur_source_signal *all = spur_source_signals(s, &count);
	struct columns_seen seen = { spur_calloc(count + 1, sizeof(*seen.of)) };
	uint32_t *ids = spur_calloc(count + 1, sizeof(*ids));
	const struct spur_source_want w = { .ids = ids, .count = count, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX };
	struct spur_error err;

	for (size_t i = 0; i < count; i++)
		ids[i] = (uint32_t)i;
	say_status("columns", spur_source_read(s, &w, see, &seen, NULL, &err), &err);
	for (size_t i = 0; i < count; i++) {
		double sum = 0, weighted = 0;

		if (i + 1 < count && all[i + 1].table == all[i].table)
			continue;
		for (size_t k = first; k <= i; k++) {
			sum += seen.of[k].sum;
			weighted += seen.of[k].weighted * (double)(k % 17 + 1);
		}
		say("  %s %zu channels from %s to %s rows %" PRIu64 " first %" PRId64 " times %.8g sums %.6g %.6g\n", all[i].stream, i + 1 - first, all[first].name,
		    all[i].name, seen.of[i].rows, seen.of[i].first, seen.of[i].times, sum, weighted);
		first = i + 1;
	}
	free(ids);
	free(seen.of);
}

static void big(void)
{
	const struct spur_demo_make_options o = { .dir = dir, .big_bytes = 12u << 20, .seed = 1, .threads = 1, .cameras = SPUR_DEMO_CAMERAS_ALL };
	static const char *const files_of[] = { "drive_big.mf4", "drive_big.mcap" };
	struct spur_error err;

	say_status("made", spur_demo_make(&o, NULL, NULL, NULL, &err), &err);
	for (int i = 0; i < 2; i++) {
		char *path = spur_strfmt("%s/%s", dir, files_of[i]);
		struct spur_source *s = NULL;

		say_status(files_of[i], spur_source_open(path, NULL, &s, &err), &err);
		if (s != NULL && i == 0)
			say_groups(s);
		else if (s != NULL)
			say_messages(s);
		spur_source_close(s);
		free(path);
	}
	told_same("demo_big.txt", "what a big drive holds is as it was");
}

static void say_made(void *state, const struct spur_demo_drive *d)
{
	(void)state;
	say("%s %" PRId64 " .. %" PRId64 " clock %" PRId64 " %" PRId64 " %" PRId64 " events %zu\n", d->name, d->begin_ns, d->end_ns, d->clock.t0_ns,
	    d->clock.offset_ns, d->clock.drift_ppb, d->event_count);
	for (int k = 0; k < 8; k++)
		say(" %" PRId64, spur_demo_clock_of(&d->clock, d->begin_ns + k * INT64_C(12345678901)) - d->begin_ns);
	say("\n");
}

static void files(void)
{
	const struct spur_demo_make_options o = { .dir = dir, .drives = 2, .seconds = 12.25, .seed = 5, .threads = 1, .cameras = SPUR_DEMO_CAMERAS_NONE };
	char *truth = spur_strfmt("%s/truth.json", dir), *text = NULL;
	struct spur_error err;
	size_t len;

	say_status("made", spur_demo_make(&o, say_made, NULL, NULL, &err), &err);
	say_file("drive_01.mf4", "vehicle.dbc");
	say_file("drive_01.mcap", "vehicle.dbc");
	say_file("drive_02.mcap", "vehicle.dbc");
	if (spur_file_read(truth, 1u << 20, &text, &len, &err) >= 0)
		say("%s", text);
	free(text);
	free(truth);
	told_same("demo_files.txt", "what the files hold is as it was");
}

int main(void)
{
	char *cmd;

	if (mkdtemp(dir) == NULL)
		return 1;
	told_folder = dir;
	worlds();
	pictures();
	signals();
	files();
	big();
	cmd = spur_strfmt("rm -rf %s", dir);
	if (system(cmd) != 0)
		printf("# cannot clean up\n");
	free(cmd);
	return tap_done();
}
