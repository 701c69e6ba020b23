#include "config.h"

#include "demo/surround.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pmap.h"
#include "demo/cdr.h"
#include "demo/ros_schemas.h"
#include "demo/view.h"
#include "image/image.h"

#define QUALITY 92
#define CAMERAS 5u
#define CAMERA_MS 250u
#define RINGS 64u
#define COLUMNS 1024u
#define LIDAR_MS 100u
#define CANS 40u
#define FIRST_ID 100u		/* of channels and schemas: cameras, lidar, CAN */
#define LIDAR_ID (FIRST_ID + CAMERAS)
#define CAN_ID (LIDAR_ID + 1)

/* Two look ahead from the mirrors, one far, one wide, one behind. */
static const struct { const char *name; struct spur_demo_lens lens; } places[CAMERAS] = {
	{ "front_left", { 1280, 720, 1020, 300, 1.05, 2.1, 1 } }, { "front_right", { 1280, 720, 1020, 290, 1.05, 2.1, 1 } },
	{ "front_tele", { 1280, 720, 2600, 330, 1.35, 1.6, 1 } }, { "front_wide", { 1280, 720, 610, 280, 1.35, 1.6, 1 } },
	{ "rear_wide", { 1280, 720, 700, 300, 1.15, 4.4, -1 } },
};

struct camera {
	struct spur_demo_view *view;
	struct spur_jpeg_encoder *encoder;
	struct spur_demo_rng noise;
	struct spur_buf jpeg;
	char frame_id[32];
};

struct spur_demo_surround {
	struct spur_demo_surround_options o;
	struct spur_mcap_writer *w;
	struct spur_demo_track track;
	struct spur_demo_traffic traffic;
	struct spur_demo_rng timing;
	struct camera cameras[CAMERAS];
	unsigned drawn;			/* of the pictures of now: handed out to be drawn */
	const struct spur_demo_scene *scene;
	float up[RINGS], flat[RINGS], ahead[COLUMNS], left[COLUMNS];	/* directions of the lidar */
	struct spur_buf payload;
	uint32_t sequence[CAMERAS + 1 + CANS];
	uint64_t last_log_ns;
};

/* ---- topics ---- */

static const char point_cloud[] =
	"std_msgs/Header header\n"
	"uint32 height\n"
	"uint32 width\n"
	"sensor_msgs/PointField[] fields\n"
	"bool is_bigendian\n"
	"uint32 point_step\n"
	"uint32 row_step\n"
	"uint8[] data\n"
	"bool is_dense\n"
	"================================================================================\n"
	"MSG: sensor_msgs/PointField\n"
	"uint8 FLOAT32=7\n"
	"string name\n"
	"uint32 offset\n"
	"uint8 datatype\n"
	"uint32 count\n"
	"================================================================================\n"
	"MSG: std_msgs/Header\n"
	"builtin_interfaces/Time stamp\n"
	"string frame_id\n"
	"================================================================================\n"
	"MSG: builtin_interfaces/Time\n"
	"int32 sec\n"
	"uint32 nanosec\n";

static const char can_frame[] =
	"std_msgs/Header header\n"
	"uint32 id\n"
	"bool is_rtr\n"
	"bool is_extended\n"
	"bool is_error\n"
	"uint8 dlc\n"
	"uint8[8] data\n"
	"================================================================================\n"
	"MSG: std_msgs/Header\n"
	"builtin_interfaces/Time stamp\n"
	"string frame_id\n"
	"================================================================================\n"
	"MSG: builtin_interfaces/Time\n"
	"int32 sec\n"
	"uint32 nanosec\n";

static enum spur_status declare(struct spur_demo_surround *u, unsigned id, const char *topic, unsigned schema,
				uint8_t group, struct spur_error *err)
{
	struct spur_mcap_channel c = { .id = (uint16_t)id, .schema_id = (uint16_t)schema, .topic = topic, .encoding = "cdr",
		.group = group };

	return spur_mcap_writer_channel(u->w, &c, err);
}

static enum spur_status declare_all(struct spur_demo_surround *u, struct spur_error *err)
{
	const struct spur_demo_topic *front = &spur_demo_topics[SPUR_DEMO_FRONT];
	const struct spur_mcap_schema schemas[] = {
		{ FIRST_ID, front->schema, "ros2msg", front->text, strlen(front->text) },
		{ FIRST_ID + 1, "sensor_msgs/msg/PointCloud2", "ros2msg", point_cloud, sizeof(point_cloud) - 1 },
		{ FIRST_ID + 2, "can_msgs/msg/Frame", "ros2msg", can_frame, sizeof(can_frame) - 1 },
	};
	enum spur_status st = SPUR_OK;
	char topic[64];

	for (unsigned i = 0; st == SPUR_OK && i < 3; i++)
		st = spur_mcap_writer_schema(u->w, &schemas[i], err);
	for (unsigned i = 0; st == SPUR_OK && i < CAMERAS; i++) {
		snprintf(topic, sizeof(topic), "/camera/%s/image/compressed", places[i].name);
		st = declare(u, FIRST_ID + i, topic, FIRST_ID, front->group, err);
	}
	if (st == SPUR_OK)
		st = declare(u, LIDAR_ID, "/lidar/points", FIRST_ID + 1, 2, err);
	for (unsigned i = 0; st == SPUR_OK && i < CANS; i++) {
		snprintf(topic, sizeof(topic), "/can/%u/unit_%02u", i % 4, i);
		st = declare(u, CAN_ID + i, topic, FIRST_ID + 2, 0, err);
	}
	return st;
}

/* ---- */

static enum spur_status open_camera(struct spur_demo_surround *u, unsigned i, struct spur_error *err)
{
	struct camera *c = &u->cameras[i];

	c->noise = spur_demo_rng_of(u->o.seed, u->o.drive, 30 + i);
	c->view = spur_demo_view_new(&places[i].lens, u->o.seed, u->o.drive);
	snprintf(c->frame_id, sizeof(c->frame_id), "camera_%s", places[i].name);
	return spur_jpeg_encoder_create(QUALITY, &c->encoder, err);
}

/* 22.5 degrees down to 2.5 up, and a hundred degrees ahead. */
static void aim(struct spur_demo_surround *u)
{
	for (unsigned i = 0; i < RINGS; i++) {
		double a = (-22.5 + 25.0 * i / (RINGS - 1)) * M_PI / 180;

		u->up[i] = (float)sin(a);
		u->flat[i] = (float)cos(a);
	}
	for (unsigned i = 0; i < COLUMNS; i++) {
		double a = (50 - 100.0 * i / (COLUMNS - 1)) * M_PI / 180;

		u->ahead[i] = (float)cos(a);
		u->left[i] = (float)sin(a);
	}
}

enum spur_status spur_demo_surround_create(const struct spur_demo_surround_options *o, struct spur_mcap_writer *w,
					   struct spur_demo_surround **out, struct spur_error *err)
{
	struct spur_demo_surround *u = spur_calloc(1, sizeof(*u));
	enum spur_status st;

	u->o = *o;
	u->w = w;
	u->timing = spur_demo_rng_of(o->seed, o->drive, 21);
	spur_demo_track_init(&u->track, o->seed, o->drive, o->begin_ns, o->steps);
	spur_demo_traffic_init(&u->traffic, o->seed, o->drive);
	aim(u);
	st = declare_all(u, err);
	for (unsigned i = 0; st == SPUR_OK && i < CAMERAS; i++)
		st = open_camera(u, i, err);
	if (st < 0) {
		spur_demo_surround_destroy(u);
		u = NULL;
	}
	*out = u;
	return st;
}

void spur_demo_surround_destroy(struct spur_demo_surround *u)
{
	if (u == NULL)
		return;
	for (unsigned i = 0; i < CAMERAS; i++) {
		spur_demo_view_destroy(u->cameras[i].view);
		spur_jpeg_encoder_destroy(u->cameras[i].encoder);
		spur_buf_finish(&u->cameras[i].jpeg);
	}
	spur_demo_track_finish(&u->track);
	spur_buf_finish(&u->payload);
	free(u);
}

static spur_ns stamp_of(struct spur_demo_surround *u, const struct spur_demo_scene *s)
{
	return spur_demo_clock_of(&u->o.clock, spur_demo_scene_now(s) + (spur_ns)spur_demo_between(&u->timing, -4e4, 4e4));
}

/* One logger: it stamps one message after the other. */
static enum spur_status publish(struct spur_demo_surround *u, unsigned id, spur_ns stamp, double delay_ms,
				struct spur_error *err)
{
	uint64_t log = (uint64_t)(stamp + (spur_ns)(delay_ms * 1e6));
	struct spur_mcap_message m = { .channel_id = (uint16_t)id, .sequence = u->sequence[id - FIRST_ID]++,
		.publish_time = (uint64_t)stamp, .data = u->payload.data, .len = u->payload.len };

	m.log_time = u->last_log_ns = log > u->last_log_ns ? log : u->last_log_ns + 1;
	return spur_mcap_writer_message(u->w, &m, err);
}

/* ---- cameras: drawn and encoded by any thread, written in their order ---- */

static enum spur_status next_camera(void *state, void **item, uint64_t *cost_bytes, struct spur_error *err)
{
	struct spur_demo_surround *u = state;

	(void)err;
	if (u->drawn == CAMERAS)
		return SPUR_END;
	*item = &u->cameras[u->drawn++];
	*cost_bytes = 1;
	return SPUR_OK;
}

static enum spur_status draw(void *state, void *item, struct spur_task *task, struct spur_error *err)
{
	const struct spur_demo_surround *u = state;
	struct camera *c = item;
	struct spur_demo_box none;

	(void)task;
	spur_buf_clear(&c->jpeg);
	return spur_jpeg_encode(c->encoder, spur_demo_view_draw(c->view, u->scene, &u->track, &u->traffic, &c->noise, &none),
				&c->jpeg, err);
}

static enum spur_status put_picture(void *state, void *item, struct spur_error *err)
{
	struct spur_demo_surround *u = state;
	struct camera *c = item;
	struct spur_buf *b = &u->payload;
	spur_ns stamp = stamp_of(u, u->scene);

	spur_cdr_begin(b);
	spur_cdr_header(b, stamp, c->frame_id);
	spur_cdr_text(b, "jpeg");
	spur_cdr_u32(b, (uint32_t)c->jpeg.len);
	spur_buf_add(b, c->jpeg.data, c->jpeg.len);
	return publish(u, FIRST_ID + (unsigned)(c - u->cameras), stamp, spur_demo_between(&u->timing, 6, 11), err);
}

static void keep(void *state, void *item)
{
	(void)state;
	(void)item;
}

static enum spur_status put_pictures(struct spur_demo_surround *u, const struct spur_demo_scene *s, struct spur_error *err)
{
	const struct spur_pmap map = { .state = u, .next = next_camera, .work = draw, .take = put_picture, .drop = keep };

	u->drawn = 0;
	u->scene = s;
	return spur_pmap_run(&map, u->o.threads, CAMERAS, NULL, err);
}

/* ---- lidar ---- */

/* The road, the vehicle ahead, what stands beside the road; most of the sky is empty. */
static float range_of(const struct spur_demo_surround *u, const struct spur_demo_scene *s, unsigned ring, unsigned column)
{
	float far = 120, down = -u->up[ring], flat = u->flat[ring];

	if (down > 0.0001f && 1.9f / down < far)
		far = 1.9f / down;
	if (s->lead.present && flat > 0) {
		float to = (float)s->lead.distance + 2, y = to * u->left[column] / u->ahead[column];

		if (y > -0.9f && y < 0.9f && u->up[ring] * to / flat < -0.3f && to / (flat * u->ahead[column]) < far)
			far = to / (flat * u->ahead[column]);
	}
	if (column % 128 < 10 && 9 / (u->left[column] * u->left[column] + 0.05f) < far)
		far = 9 / (u->left[column] * u->left[column] + 0.05f);	/* posts and trees */
	return far;
}

static void put_points(struct spur_demo_surround *u, const struct spur_demo_scene *s, unsigned char *to)
{
	for (unsigned r = 0; r < RINGS; r++) {
		for (unsigned c = 0; c < COLUMNS; c++, to += 16) {
			uint64_t bits = spur_demo_next(&u->timing);
			float noise = (float)(int32_t)(bits & 0xffffffff) * 0x1p-31f * 0.03f;
			float far = range_of(u, s, r, c) + noise;
			float p[4] = { far * u->flat[r] * u->ahead[c], far * u->flat[r] * u->left[c], far * u->up[r] + 1.9f,
				(float)(bits >> 56) };

			memcpy(to, p, sizeof(p));
		}
	}
}

static enum spur_status put_cloud(struct spur_demo_surround *u, const struct spur_demo_scene *s, struct spur_error *err)
{
	static const char *const names[] = { "x", "y", "z", "intensity" };
	spur_ns stamp = stamp_of(u, s);
	struct spur_buf *b = &u->payload;
	uint32_t size = RINGS * COLUMNS * 16;

	spur_cdr_begin(b);
	spur_cdr_header(b, stamp, "lidar_top");
	spur_cdr_u32(b, RINGS);
	spur_cdr_u32(b, COLUMNS);
	spur_cdr_u32(b, 4);
	for (uint32_t i = 0; i < 4; i++) {
		spur_cdr_text(b, names[i]);
		spur_cdr_u32(b, i * 4);
		spur_buf_u8(b, 7);	/* FLOAT32 */
		spur_cdr_u32(b, 1);
	}
	spur_buf_u8(b, 0);
	spur_cdr_u32(b, 16);
	spur_cdr_u32(b, COLUMNS * 16);
	spur_cdr_u32(b, size);
	put_points(u, s, (unsigned char *)spur_buf_reserve(b, size));
	b->len += size;
	spur_buf_u8(b, 1);
	return publish(u, LIDAR_ID, stamp, spur_demo_between(&u->timing, 2, 6), err);
}

/* ---- CAN ---- */

static enum spur_status put_can(struct spur_demo_surround *u, const struct spur_demo_scene *s, unsigned n, struct spur_error *err)
{
	spur_ns stamp = stamp_of(u, s);
	struct spur_buf *b = &u->payload;
	uint64_t bits = spur_demo_next(&u->timing);
	uint16_t speed = (uint16_t)(s->car.v * 360), angle = (uint16_t)(int16_t)(s->car.delta * 1000);

	spur_cdr_begin(b);
	spur_cdr_header(b, stamp, "can");
	spur_cdr_u32(b, 0x100 + n * 8);
	spur_buf_add(b, "\0\0\0\10", 4);
	spur_buf_u16(b, speed);
	spur_buf_u16(b, angle);
	spur_buf_u16(b, (uint16_t)(s->car.rpm * 4));
	spur_buf_u8(b, (uint8_t)u->sequence[CAN_ID - FIRST_ID + n]);
	spur_buf_u8(b, (uint8_t)(bits >> 61));
	return publish(u, CAN_ID + n, stamp, 0.05, err);
}

enum spur_status spur_demo_surround_step(struct spur_demo_surround *u, const struct spur_demo_scene *s,
					 struct spur_error *err)
{
	static const unsigned periods_ms[] = { 20, 50, 100, 20 };
	enum spur_status st = SPUR_OK;

	spur_demo_track_step(&u->track, s);
	spur_demo_traffic_step(&u->traffic, &u->track, s);
	for (unsigned i = 0; st == SPUR_OK && i < CANS; i++) {
		if (s->step % periods_ms[i % 4] == i % periods_ms[i % 4])
			st = put_can(u, s, i, err);
	}
	if (st == SPUR_OK && s->step % LIDAR_MS == 31)
		st = put_cloud(u, s, err);
	if (st == SPUR_OK && s->step % CAMERA_MS == 93)
		st = put_pictures(u, s, err);
	return st;
}
