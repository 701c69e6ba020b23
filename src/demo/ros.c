#include "config.h"

#include "demo/ros.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "demo/cdr.h"
#include "demo/ros_schemas.h"
#include "demo/surround.h"
#include "format/mcap/writer.h"

#define LOST 2e-3	/* share of messages that never arrive */

#define CAMERA_MS 500	/* see keep_place */

struct spur_demo_ros {
	struct spur_mcap_writer *w;
	struct spur_demo_rng noise;
	struct spur_demo_clock clock;
	struct spur_buf payload;
	uint64_t bytes;
	uint32_t sequence[SPUR_DEMO_TOPICS];
	double bias[3];		/* of accelerometer x, y and gyro z */
	double next_log_s;
	uint64_t last_log_ns;
	struct spur_demo_cameras *cameras;	/* NULL: none */
	struct spur_demo_surround *surround;	/* NULL: not big */
};

spur_ns spur_demo_clock_of(const struct spur_demo_clock *c, spur_ns t)
{
	spur_ns since = t - c->t0_ns;

	/* Whole seconds apart, so that the product stays in 64 bits for centuries. */
	return t + c->offset_ns + since / SPUR_NS_PER_S * c->drift_ppb + since % SPUR_NS_PER_S * c->drift_ppb / SPUR_NS_PER_S;
}

static enum spur_status declare(struct spur_demo_ros *r, enum spur_demo_camera_set cameras, struct spur_error *err)
{
	static const char *const vehicle[] = { "make", "spur", "model", "simulated", "imu", "front axle, 100 Hz", NULL };
	static const uint16_t count[] = { [SPUR_DEMO_CAMERAS_ALL] = SPUR_DEMO_TOPICS,
		[SPUR_DEMO_CAMERAS_FRONT] = SPUR_DEMO_REAR, [SPUR_DEMO_CAMERAS_NONE] = SPUR_DEMO_FRONT };
	enum spur_status st = SPUR_OK;

	for (uint16_t i = 0; st == SPUR_OK && i < count[cameras]; i++) {
		const struct spur_demo_topic *t = &spur_demo_topics[i];
		struct spur_mcap_schema s = { .id = (uint16_t)(i + 1), .name = t->schema, .encoding = t->schema_encoding,
			.data = t->text, .len = strlen(t->text) };
		struct spur_mcap_channel c = { .id = i, .schema_id = (uint16_t)(i + 1), .topic = t->topic,
			.encoding = t->encoding, .group = t->group };

		st = spur_mcap_writer_schema(r->w, &s, err);
		if (st == SPUR_OK)
			st = spur_mcap_writer_channel(r->w, &c, err);
	}
	return st == SPUR_OK ? spur_mcap_writer_metadata(r->w, "vehicle", vehicle, err) : st;
}

static enum spur_status open_cameras(struct spur_demo_ros *r, const struct spur_demo_ros_options *o, struct spur_error *err)
{
	struct spur_demo_cameras_options co = { .set = o->cameras, .seed = o->seed, .drive = o->drive, .big = o->big,
		.begin_ns = o->clock.t0_ns, .steps = o->steps, .clock = o->clock };

	spur_mcap_writer_pack(r->w, spur_demo_topics[SPUR_DEMO_FRONT].group, SPUR_MCAP_NONE);	/* JPEG is packed */
	return spur_demo_cameras_create(&co, r->w, &r->cameras, err);
}

static enum spur_status open_surround(struct spur_demo_ros *r, const struct spur_demo_ros_options *o, struct spur_error *err)
{
	struct spur_demo_surround_options so = { .seed = o->seed, .drive = o->drive, .begin_ns = o->clock.t0_ns,
		.steps = o->steps, .clock = o->clock, .threads = o->threads };

	return spur_demo_surround_create(&so, r->w, &r->surround, err);
}

enum spur_status spur_demo_ros_create(const struct spur_demo_ros_options *o, struct spur_demo_ros **out,
				      struct spur_error *err)
{
	struct spur_demo_ros *r = spur_calloc(1, sizeof(*r));
	struct spur_mcap_writer_opts mo = { .profile = "ros2", .level = 1,
		.compression = SPUR_MCAP_ZSTD };
	enum spur_status st = spur_mcap_writer_create(o->path, &mo, &r->w, err);

	*out = NULL;
	r->noise = spur_demo_rng_of(o->seed, o->drive, 4);
	r->clock = o->clock;
	r->next_log_s = 0.2;
	r->bias[0] = spur_demo_between(&r->noise, -0.06, 0.06);
	r->bias[1] = spur_demo_between(&r->noise, -0.06, 0.06);
	r->bias[2] = spur_demo_between(&r->noise, -0.002, 0.002);
	if (st == SPUR_OK)
		st = declare(r, o->cameras, err);
	if (st == SPUR_OK && o->cameras != SPUR_DEMO_CAMERAS_NONE)
		st = open_cameras(r, o, err);
	if (st == SPUR_OK && o->big)
		st = open_surround(r, o, err);
	if (st < 0)
		spur_demo_ros_discard(r);
	else
		*out = r;
	return st;
}

static enum spur_status publish(struct spur_demo_ros *r, enum spur_demo_topic_id topic, spur_ns stamp,
				struct spur_error *err)
{
	uint64_t log = (uint64_t)stamp + (uint64_t)spur_demo_between(&r->noise, 2e4, 2e5);
	struct spur_mcap_message m = { .channel_id = (uint16_t)topic, .sequence = r->sequence[topic]++,
		.publish_time = (uint64_t)stamp, .data = r->payload.data, .len = r->payload.len };

	/* One logger: it stamps one message after the other. */
	m.log_time = r->last_log_ns = log > r->last_log_ns ? log : r->last_log_ns + 1;
	if (spur_demo_unit(&r->noise) < LOST)
		return SPUR_OK;
	r->bytes += m.len + 31;
	return spur_mcap_writer_message(r->w, &m, err);
}

static void add_f64s(struct spur_buf *b, const double *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		spur_cdr_f64(b, v[i]);
}

static void diagonal(struct spur_buf *b, double v)
{
	for (int i = 0; i < 9; i++)
		spur_cdr_f64(b, i % 4 == 0 ? v : 0);
}

static enum spur_status imu(struct spur_demo_ros *r, const struct spur_demo_scene *s, spur_ns stamp, struct spur_error *err)
{
	const struct spur_demo_vehicle *c = &s->car;
	struct spur_buf *b = &r->payload;
	double roll = 0.004 * c->lat_acc, tilt = -(c->grade + c->pitch);	/* nose up is negative about y */
	double gyro[3] = { 0.003 * spur_demo_noise(&r->noise) + roll, 0.003 * spur_demo_noise(&r->noise) - c->pitch_rate,
		0.003 * spur_demo_noise(&r->noise) + c->yaw_rate + r->bias[2] };
	double acc[3] = { spur_demo_vehicle_fx(c) + r->bias[0] + 0.2 * spur_demo_noise(&r->noise),
		c->lat_acc + r->bias[1] + 0.15 * spur_demo_noise(&r->noise),
		spur_demo_vehicle_fz(c) + 0.25 * spur_demo_noise(&r->noise) };
	double q[4] = { 0, sin(tilt / 2) * cos(c->heading / 2), sin(c->heading / 2) * cos(tilt / 2),
		cos(c->heading / 2) * cos(tilt / 2) };

	if (s->faults.imu_lost)
		return SPUR_OK;
	if (s->faults.imu_stuck)
		acc[0] = -19.6133;	/* two g */
	spur_cdr_begin(b);
	spur_cdr_header(b, stamp, "imu_link");
	q[0] = -sin(tilt / 2) * sin(c->heading / 2);
	add_f64s(b, q, 4);
	diagonal(b, 1e-4);
	add_f64s(b, gyro, 3);
	diagonal(b, 9e-6);
	add_f64s(b, acc, 3);
	diagonal(b, 0.04);
	return publish(r, SPUR_DEMO_IMU, stamp, err);
}

#define LATITUDE 48.2640
#define LONGITUDE 11.6713

static enum spur_status fix(struct spur_demo_ros *r, const struct spur_demo_scene *s, spur_ns stamp, struct spur_error *err)
{
	struct spur_buf *b = &r->payload;
	double north = s->car.north + 0.4 * spur_demo_noise(&r->noise), east = s->car.east + 0.4 * spur_demo_noise(&r->noise);

	spur_cdr_begin(b);
	spur_cdr_header(b, stamp, "gnss_link");
	spur_buf_u8(b, 2);	/* status: with ground-based augmentation */
	spur_cdr_align(b, 2);
	spur_buf_u16(b, 1);	/* service: GPS */
	spur_cdr_f64(b, LATITUDE + north / 111194.9);
	spur_cdr_f64(b, LONGITUDE + east / (111194.9 * 0.66568));	/* cosine of the latitude */
	spur_cdr_f64(b, 489 + s->car.up + 0.6 * spur_demo_noise(&r->noise));
	diagonal(b, 0.16);
	spur_buf_u8(b, 2);	/* covariance: diagonal known */
	return publish(r, SPUR_DEMO_FIX, stamp, err);
}

static enum spur_status twist(struct spur_demo_ros *r, const struct spur_demo_scene *s, spur_ns stamp, struct spur_error *err)
{
	struct spur_buf *b = &r->payload;
	double linear[3] = { fmax(0, s->car.v + 0.015 * spur_demo_noise(&r->noise)), 0, 0 };
	double angular[3] = { 0, 0, s->car.yaw_rate + 0.004 * spur_demo_noise(&r->noise) };

	spur_cdr_begin(b);
	spur_cdr_header(b, stamp, "base_link");
	add_f64s(b, linear, 3);
	add_f64s(b, angular, 3);
	return publish(r, SPUR_DEMO_TWIST, stamp, err);
}

static enum spur_status log_line(struct spur_demo_ros *r, const struct spur_demo_scene *s, spur_ns stamp,
				 struct spur_error *err)
{
	static const struct { uint8_t level; const char *name, *text; } lines[] = {
		{ 20, "planner", "trajectory replanned" }, { 20, "localisation", "pose converged" },
		{ 10, "imu_driver", "temperature compensated" }, { 30, "gnss_driver", "multipath suspected" },
		{ 20, "recorder", "bag split not needed" }, { 40, "camera", "frame skipped" },
	};
	unsigned n = spur_demo_below(&r->noise, sizeof(lines) / sizeof(lines[0]));
	struct spur_buf *b = &r->payload;
	char text[96];

	r->next_log_s = (double)s->step * SPUR_DEMO_DT + spur_demo_between(&r->noise, 0.3, 2.5);
	snprintf(text, sizeof(text), "%s (%.1f km/h)", lines[n].text, s->car.v * 3.6);
	spur_cdr_begin(b);
	spur_cdr_time(b, stamp);
	spur_buf_u8(b, lines[n].level);
	spur_cdr_text(b, lines[n].name);
	spur_cdr_text(b, text);
	spur_cdr_text(b, "main.cpp");
	spur_cdr_text(b, "on_timer");
	spur_cdr_u32(b, 100 + n);
	return publish(r, SPUR_DEMO_ROSOUT, stamp, err);
}

static enum spur_status planner(struct spur_demo_ros *r, const struct spur_demo_scene *s, spur_ns stamp,
				struct spur_error *err)
{
	struct spur_json j = { .out = &r->payload };
	bool lead = s->lead.present && s->lead.distance < 80;

	spur_buf_clear(&r->payload);
	spur_json_begin(&j, NULL, '{');
	spur_json_int(&j, "stamp_ns", stamp);
	spur_json_text(&j, "mode", s->car.v < 0.1 ? "standstill" : lead ? "follow" : "free");
	spur_json_f64(&j, "target_speed", floor(s->base * 36) / 10);
	spur_json_int(&j, "lane", (int)floor(s->car.y / SPUR_DEMO_LANE + 0.5));
	spur_json_bool(&j, "lead", lead);
	spur_json_f64(&j, "time_gap", lead && s->car.v > 1 ? floor(s->lead.distance / s->car.v * 100) / 100 : -1);
	spur_json_end(&j, '}');
	return publish(r, SPUR_DEMO_PLANNER, stamp, err);
}

static enum spur_status diagnostics(struct spur_demo_ros *r, const struct spur_demo_scene *s, spur_ns stamp,
				    struct spur_error *err)
{
	struct spur_json j = { .out = &r->payload };

	spur_buf_clear(&r->payload);
	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "status", s->faults.imu_lost ? "imu silent" : "ok");
	spur_json_f64(&j, "cpu", floor(spur_demo_between(&r->noise, 18, 46) * 10) / 10);
	spur_json_int(&j, "disk_free_mb", 812000 - (int64_t)(s->step / 20));
	spur_json_end(&j, '}');
	return publish(r, SPUR_DEMO_DIAGNOSTICS, stamp, err);
}

/* A topic's turn? The stamp of its sample then, with jitter. */
static bool due(struct spur_demo_ros *r, const struct spur_demo_scene *s, unsigned period_ms, unsigned phase, spur_ns *stamp)
{
	spur_ns t;

	if (s->step % period_ms != phase)
		return false;
	t = spur_demo_scene_now(s) + (spur_ns)spur_demo_between(&r->noise, -2e5, 2e5);
	*stamp = spur_demo_clock_of(&r->clock, t);
	return true;
}

/* A slow camera once drew its stamps from this stream; the cameras have their own now. It still draws, so
 * that the other topics of a seed keep their bytes, with cameras or without. */
static void keep_place(struct spur_demo_ros *r, spur_ns stamp)
{
	uint64_t log = (uint64_t)stamp + (uint64_t)spur_demo_between(&r->noise, 2e4, 2e5);

	r->last_log_ns = log > r->last_log_ns ? log : r->last_log_ns + 1;
	spur_demo_unit(&r->noise);
}

enum spur_status spur_demo_ros_step(struct spur_demo_ros *r, const struct spur_demo_scene *s, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;
	spur_ns t;

	if (due(r, s, 10, 6, &t))
		st = imu(r, s, t, err);
	if (st == SPUR_OK && due(r, s, 20, 13, &t))
		st = twist(r, s, t, err);
	if (st == SPUR_OK && due(r, s, 100, 41, &t))
		st = fix(r, s, t, err);
	if (st == SPUR_OK && due(r, s, 200, 77, &t))
		st = planner(r, s, t, err);
	if (st == SPUR_OK && due(r, s, 1000, 300, &t))
		st = diagnostics(r, s, t, err);
	if (st == SPUR_OK && (double)s->step * SPUR_DEMO_DT >= r->next_log_s && due(r, s, 10, 8, &t))
		st = log_line(r, s, t, err);
	if (st == SPUR_OK && due(r, s, CAMERA_MS, 59, &t))
		keep_place(r, t);
	if (st == SPUR_OK && r->cameras != NULL)
		st = spur_demo_cameras_step(r->cameras, s, err);
	if (st == SPUR_OK && r->surround != NULL)
		st = spur_demo_surround_step(r->surround, s, err);
	return st;
}

uint64_t spur_demo_ros_bytes(const struct spur_demo_ros *r)
{
	return r->surround != NULL ? spur_mcap_writer_bytes(r->w) : r->bytes + spur_demo_cameras_bytes(r->cameras);
}

enum spur_status spur_demo_ros_commit(struct spur_demo_ros *r, struct spur_error *err)
{
	enum spur_status st = spur_mcap_writer_commit(r->w, err);

	r->w = NULL;
	spur_demo_ros_discard(r);
	return st;
}

void spur_demo_ros_discard(struct spur_demo_ros *r)
{
	if (r == NULL)
		return;
	spur_mcap_writer_discard(r->w);
	spur_demo_cameras_destroy(r->cameras);
	spur_demo_surround_destroy(r->surround);
	spur_buf_finish(&r->payload);
	free(r);
}
