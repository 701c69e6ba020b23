#include "config.h"

#include "demo/cameras.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo/cdr.h"
#include "demo/ros_schemas.h"
#include "demo/view.h"
#include "image/image.h"

#define QUALITY 60
#define FRAMES_PER_S 30
#define LOST 0.0025		/* share of single frames that never arrive ... */
#define LOST_ROW 0.0002		/* ... and of rows of some, when the computer is busy */

static const struct spur_demo_lens fronts[] = {
	{ 320, 180, 277, 72, 1.35, 1.6, 1 }, { 640, 360, 554, 144, 1.35, 1.6, 1 },
};
static const struct spur_demo_lens rear = { 160, 96, 118, 40, 1.05, 4.4, -1 };
#define REAR_MS 500

struct spur_demo_cameras {
	struct spur_demo_cameras_options o;
	struct spur_mcap_writer *w;
	struct spur_demo_track track;
	struct spur_demo_traffic traffic;
	struct spur_demo_rng timing, front_noise, rear_noise;
	struct spur_demo_view *front, *rear;
	struct spur_jpeg_encoder *encoder;
	struct spur_buf payload;
	uint64_t bytes, frames;		/* of the front camera: exposed so far */
	unsigned lose;			/* as many from now on */
	uint32_t sequence[SPUR_DEMO_TOPICS];
	uint64_t last_log[SPUR_DEMO_TOPICS];
};

enum spur_status spur_demo_cameras_create(const struct spur_demo_cameras_options *o, struct spur_mcap_writer *w,
					  struct spur_demo_cameras **out, struct spur_error *err)
{
	struct spur_demo_cameras *c = spur_calloc(1, sizeof(*c));
	enum spur_status st = spur_jpeg_encoder_create(QUALITY, &c->encoder, err);

	*out = NULL;
	c->o = *o;
	c->w = w;
	c->timing = spur_demo_rng_of(o->seed, o->drive, 7);
	c->front_noise = spur_demo_rng_of(o->seed, o->drive, 9);
	c->rear_noise = spur_demo_rng_of(o->seed, o->drive, 10);
	spur_demo_track_init(&c->track, o->seed, o->drive, o->begin_ns, o->steps);
	spur_demo_traffic_init(&c->traffic, o->seed, o->drive);
	c->front = spur_demo_view_new(&fronts[o->big], o->seed, o->drive);
	if (o->set == SPUR_DEMO_CAMERAS_ALL)
		c->rear = spur_demo_view_new(&rear, o->seed, o->drive);
	if (st < 0)
		spur_demo_cameras_destroy(c);
	else
		*out = c;
	return st;
}

void spur_demo_cameras_destroy(struct spur_demo_cameras *c)
{
	if (c == NULL)
		return;
	spur_demo_track_finish(&c->track);
	spur_demo_view_destroy(c->front);
	spur_demo_view_destroy(c->rear);
	spur_jpeg_encoder_destroy(c->encoder);
	spur_buf_finish(&c->payload);
	free(c);
}

uint64_t spur_demo_cameras_bytes(const struct spur_demo_cameras *c)
{
	return c == NULL ? 0 : c->bytes;
}

/* The payload, logged that long after its stamp; never before the one ahead of it on its topic. */
static enum spur_status publish(struct spur_demo_cameras *c, enum spur_demo_topic_id topic, spur_ns stamp, double delay_ms,
				struct spur_error *err)
{
	uint64_t log = (uint64_t)(stamp + (spur_ns)(delay_ms * 1e6));
	struct spur_mcap_message m = { .channel_id = (uint16_t)topic, .sequence = c->sequence[topic]++,
		.publish_time = (uint64_t)stamp, .data = c->payload.data, .len = c->payload.len };

	if (log <= c->last_log[topic])
		log = c->last_log[topic] + 1;
	m.log_time = c->last_log[topic] = log;
	c->bytes += m.len + 31;
	return spur_mcap_writer_message(c->w, &m, err);
}

/* ---- calibration ---- */

static enum spur_status put_info(struct spur_demo_cameras *c, spur_ns stamp, struct spur_error *err)
{
	const struct spur_demo_lens *l = &fronts[c->o.big];
	const double k[9] = { l->focal, 0, l->width / 2.0, 0, l->focal, l->horizon, 0, 0, 1 };
	struct spur_buf *b = &c->payload;

	spur_cdr_begin(b);
	spur_cdr_header(b, stamp, "camera_front");
	spur_cdr_u32(b, (uint32_t)l->height);
	spur_cdr_u32(b, (uint32_t)l->width);
	spur_cdr_text(b, "plumb_bob");
	spur_cdr_u32(b, 5);		/* d: no distortion */
	for (int i = 0; i < 5; i++)
		spur_cdr_f64(b, 0);
	for (int i = 0; i < 9; i++)
		spur_cdr_f64(b, k[i]);
	for (int i = 0; i < 9; i++)
		spur_cdr_f64(b, i % 4 == 0);	/* r */
	for (int i = 0; i < 12; i++)
		spur_cdr_f64(b, i % 4 == 3 ? 0 : k[i / 4 * 3 + i % 4]);	/* p: k, and nothing added */
	spur_cdr_u32(b, 0);		/* binning */
	spur_cdr_u32(b, 0);
	for (int i = 0; i < 4; i++)
		spur_cdr_u32(b, 0);	/* region of interest: all */
	spur_buf_u8(b, 0);
	return publish(c, SPUR_DEMO_FRONT_INFO, stamp, spur_demo_between(&c->timing, 0.1, 0.6), err);
}

/* ---- the box of the vehicle ahead ---- */

static void put_colour(struct spur_buf *b, double red, double green, double blue, double alpha)
{
	spur_cdr_f64(b, red);
	spur_cdr_f64(b, green);
	spur_cdr_f64(b, blue);
	spur_cdr_f64(b, alpha);
}

static void put_point(struct spur_buf *b, double x, double y)
{
	spur_cdr_f64(b, x);
	spur_cdr_f64(b, y);
}

static double within(double v, double most)
{
	return v < 0 ? 0 : v > most ? most : v;
}

static enum spur_status put_box(struct spur_demo_cameras *c, const struct spur_demo_scene *s, const struct spur_demo_box *box,
				spur_ns stamp, double delay_ms, struct spur_error *err)
{
	const struct spur_demo_lens *l = &fronts[c->o.big];
	double x0 = within(box->x0, l->width), x1 = within(box->x1, l->width);
	double y0 = within(box->y0, l->height), y1 = within(box->y1, l->height);
	struct spur_buf *b = &c->payload;
	char text[40];

	snprintf(text, sizeof(text), "%s %.0f m", spur_demo_body_sizes[box->kind].name, s->lead.distance);
	spur_cdr_begin(b);
	spur_cdr_u32(b, 0);		/* circles */
	spur_cdr_u32(b, 1);		/* points */
	spur_cdr_time(b, stamp);
	spur_buf_u8(b, 2);		/* LINE_LOOP */
	spur_cdr_u32(b, 4);
	put_point(b, x0, y0);
	put_point(b, x1, y0);
	put_point(b, x1, y1);
	put_point(b, x0, y1);
	put_colour(b, 0.2, 0.9, 0.3, 1);
	spur_cdr_u32(b, 0);		/* outline_colors */
	put_colour(b, 0, 0, 0, 0);
	spur_cdr_f64(b, 1);		/* thickness */
	spur_cdr_u32(b, 1);		/* texts */
	spur_cdr_time(b, stamp);
	put_point(b, x0, y0 > 4 ? y0 - 2 : y1);
	spur_cdr_text(b, text);
	spur_cdr_f64(b, 10);		/* font_size */
	put_colour(b, 1, 1, 1, 1);
	put_colour(b, 0, 0, 0, 0.6);
	return publish(c, SPUR_DEMO_FRONT_MARKS, stamp, delay_ms, err);
}

/* ---- frames ---- */

static bool frame_lost(struct spur_demo_cameras *c)
{
	double u = spur_demo_unit(&c->timing);

	if (c->lose > 0) {
		c->lose--;
		return true;
	}
	if (u < LOST_ROW)
		c->lose = 1 + spur_demo_below(&c->timing, 5);
	return u < LOST_ROW + LOST;
}

/* Read out, packed, sent, logged: some milliseconds; now and then the computer has something else to do. */
static double frame_delay_ms(struct spur_demo_rng *r)
{
	double ms = spur_demo_between(r, 6, 11) + fabs(spur_demo_noise(r));

	return spur_demo_unit(r) < 0.004 ? ms + spur_demo_between(r, 4, 18) : ms;
}

static spur_ns stamp_of(struct spur_demo_cameras *c, const struct spur_demo_scene *s)
{
	spur_ns t = spur_demo_scene_now(s) + (spur_ns)spur_demo_between(&c->timing, -4e4, 4e4);

	return spur_demo_clock_of(&c->o.clock, t);
}

static enum spur_status put_front(struct spur_demo_cameras *c, const struct spur_demo_scene *s, struct spur_error *err)
{
	double delay_ms = frame_delay_ms(&c->timing), detect_ms = spur_demo_between(&c->timing, 1, 4);
	spur_ns stamp = stamp_of(c, s);
	const struct spur_pixels *px;
	struct spur_demo_box lead;
	struct spur_buf *b = &c->payload;
	enum spur_status st;
	uint32_t len;
	size_t mark;

	if (frame_lost(c)) {
		c->sequence[SPUR_DEMO_FRONT]++;
		return SPUR_OK;
	}
	px = spur_demo_view_draw(c->front, s, &c->track, &c->traffic, &c->front_noise, &lead);
	spur_cdr_begin(b);
	spur_cdr_header(b, stamp, "camera_front");
	spur_cdr_text(b, "jpeg");
	spur_cdr_u32(b, 0);
	mark = b->len;
	if ((st = spur_jpeg_encode(c->encoder, px, b, err)) < 0)
		return st;
	len = (uint32_t)(b->len - mark);
	memcpy(b->data + mark - 4, &len, sizeof(len));
	st = publish(c, SPUR_DEMO_FRONT, stamp, delay_ms, err);
	if (st == SPUR_OK && lead.seen)
		st = put_box(c, s, &lead, stamp, delay_ms + detect_ms, err);
	return st;
}

/* One colour per pixel, as the sensor has it: red green / green blue. */
static void put_mosaic(struct spur_buf *b, const struct spur_pixels *px)
{
	size_t row = (size_t)px->width * 3;

	for (int y = 0; y < px->height; y++) {
		const unsigned char *p = px->rgb + (size_t)y * row + (y & 1);
		unsigned char *to = (unsigned char *)spur_buf_reserve(b, (size_t)px->width);

		for (int x = 0; x < px->width; x += 2, p += 6) {
			to[x] = p[0];
			to[x + 1] = p[4];
		}
		b->len += (size_t)px->width;
	}
}

static enum spur_status put_rear(struct spur_demo_cameras *c, const struct spur_demo_scene *s, struct spur_error *err)
{
	struct spur_buf *b = &c->payload;
	spur_ns stamp = stamp_of(c, s);
	double delay_ms = frame_delay_ms(&c->timing) + 3;
	struct spur_demo_box none;
	const struct spur_pixels *px = spur_demo_view_draw(c->rear, s, &c->track, &c->traffic, &c->rear_noise, &none);

	spur_cdr_begin(b);
	spur_cdr_header(b, stamp, "camera_rear");
	spur_cdr_u32(b, (uint32_t)px->height);
	spur_cdr_u32(b, (uint32_t)px->width);
	spur_cdr_text(b, "bayer_rggb8");
	spur_buf_u8(b, 0);
	spur_cdr_u32(b, (uint32_t)px->width);
	spur_cdr_u32(b, (uint32_t)(px->width * px->height));
	put_mosaic(b, px);
	return publish(c, SPUR_DEMO_REAR, stamp, delay_ms, err);
}

enum spur_status spur_demo_cameras_step(struct spur_demo_cameras *c, const struct spur_demo_scene *s, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	spur_demo_track_step(&c->track, s);
	spur_demo_traffic_step(&c->traffic, &c->track, s);
	if (s->step % 1000 == 12)
		st = put_info(c, stamp_of(c, s), err);
	if (st == SPUR_OK && s->step * FRAMES_PER_S >= 17 * FRAMES_PER_S + c->frames * 1000) {
		c->frames++;
		st = put_front(c, s, err);
	}
	if (st == SPUR_OK && c->rear != NULL && s->step % REAR_MS == 59)
		st = put_rear(c, s, err);
	return st;
}
