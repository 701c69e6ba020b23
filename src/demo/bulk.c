#include "config.h"

#include "demo/bulk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define PERIOD_MS 4u
#define ROWS 250u		/* of a group: one second at once */
#define SMOOTH_EVERY 6u
#define MIXED_MS 50u		/* records of the unsorted group, handed over that often */
#define FRAME_LEAST 600u
#define FRAME_SPREAD 800u
#define FRAMES_PER_MS 4u

enum { INVERTER, ETHERNET, LOG, MIXED };

struct group {
	struct spur_columns_builder *rows;
	uint32_t number;
	float level[SPUR_DEMO_BULK_CHANNELS];	/* where a channel is: walks from second to second */
};

struct spur_demo_bulk {
	struct spur_mdf4_writer *w;
	struct spur_demo_rng noise;
	struct group groups[SPUR_DEMO_BULK_GROUPS];
	struct group mixed[MIXED];
	uint64_t frame;
	unsigned char payload[FRAME_LEAST + FRAME_SPREAD];
};

static bool is_smooth(unsigned g)
{
	return g % SMOOTH_EVERY == 0;
}

/* ---- the groups ---- */

static void add_columns(struct group *t, const struct spur_mdf4_group *g)
{
	t->rows = spur_columns_builder_create();
	for (size_t i = 0; i < g->count; i++)
		spur_columns_builder_add(t->rows, NULL, g->channels[i].type);
}

static enum spur_status add_sensors(struct spur_demo_bulk *b, unsigned n, struct spur_error *err)
{
	struct spur_mdf4_channel c[SPUR_DEMO_BULK_CHANNELS];
	char names[SPUR_DEMO_BULK_CHANNELS][24], name[16];
	struct spur_mdf4_group g = { .name = name, .source = name, .channels = c, .count = SPUR_DEMO_BULK_CHANNELS };

	snprintf(name, sizeof(name), "RIG_%02u", n);
	g.comment = is_smooth(n) ? "temperatures and pressures: smooth" : "strain gauges: noisy";
	for (unsigned i = 0; i < SPUR_DEMO_BULK_CHANNELS; i++) {
		snprintf(names[i], sizeof(names[i]), "Rig%02u_%s_%03u", n, is_smooth(n) ? "Temp" : "Strain", i);
		c[i] = (struct spur_mdf4_channel){ .name = names[i], .unit = is_smooth(n) ? "degC" : "um/m",
			.type = is_smooth(n) ? SPUR_TYPE_I32 : SPUR_TYPE_F32, .factor = is_smooth(n) ? 0.01 : 0 };
		b->groups[n].level[i] = (float)spur_demo_between(&b->noise, -400, 400);
	}
	add_columns(&b->groups[n], &g);
	return spur_mdf4_writer_group(b->w, &g, &b->groups[n].number, err);
}

static enum spur_status add_mixed(struct spur_demo_bulk *b, struct spur_error *err)
{
	static const struct spur_mdf4_channel inverter[] = {
		{ .name = "InvSpd", .unit = "1/min", .type = SPUR_TYPE_F32 }, { .name = "InvTrq", .unit = "Nm", .type = SPUR_TYPE_F32 },
		{ .name = "InvCurU", .unit = "A", .type = SPUR_TYPE_F32 }, { .name = "InvCurV", .unit = "A", .type = SPUR_TYPE_F32 },
		{ .name = "InvTemp", .unit = "degC", .type = SPUR_TYPE_I16, .factor = 0.1 },
	};
	static const struct spur_mdf4_channel ethernet[] = {
		{ .name = "EthCounter", .type = SPUR_TYPE_U32 }, { .name = "EthPort", .type = SPUR_TYPE_U8 },
		{ .name = "EthFrame", .comment = "as it was on the wire", .type = SPUR_TYPE_BYTES },
	};
	static const struct spur_mdf4_channel log[] = { { .name = "LoggerSays", .type = SPUR_TYPE_TEXT } };
	static const struct spur_mdf4_group groups[MIXED] = {
		[INVERTER] = { .name = "INVERTER", .source = "INVERTER", .channels = inverter, .count = 5, .unsorted = 1 },
		[ETHERNET] = { .name = "ETHERNET", .source = "ETHERNET", .channels = ethernet, .count = 3, .unsorted = 1 },
		[LOG] = { .name = "LOG", .source = "LOG", .channels = log, .count = 1, .unsorted = 1 },
	};
	enum spur_status st = SPUR_OK;

	for (unsigned i = 0; st == SPUR_OK && i < MIXED; i++) {
		add_columns(&b->mixed[i], &groups[i]);
		st = spur_mdf4_writer_group(b->w, &groups[i], &b->mixed[i].number, err);
	}
	return st;
}

enum spur_status spur_demo_bulk_create(struct spur_mdf4_writer *w, uint64_t seed, unsigned drive,
				       struct spur_demo_bulk **out, struct spur_error *err)
{
	struct spur_demo_bulk *b = spur_calloc(1, sizeof(*b));
	enum spur_status st = SPUR_OK;

	b->w = w;
	b->noise = spur_demo_rng_of(seed, drive, 20);
	for (unsigned i = 0; st == SPUR_OK && i < SPUR_DEMO_BULK_GROUPS; i++)
		st = add_sensors(b, i, err);
	if (st == SPUR_OK)
		st = add_mixed(b, err);
	for (size_t i = 0; i < sizeof(b->payload); i++)
		b->payload[i] = (unsigned char)spur_demo_next(&b->noise);
	if (st < 0) {
		spur_demo_bulk_destroy(b);
		b = NULL;
	}
	*out = b;
	return st;
}

void spur_demo_bulk_destroy(struct spur_demo_bulk *b)
{
	if (b == NULL)
		return;
	for (unsigned i = 0; i < SPUR_DEMO_BULK_GROUPS; i++)
		spur_columns_builder_destroy(b->groups[i].rows);
	for (unsigned i = 0; i < MIXED; i++)
		spur_columns_builder_destroy(b->mixed[i].rows);
	free(b);
}

static enum spur_status put(struct spur_demo_bulk *b, struct group *t, struct spur_error *err)
{
	struct spur_columns *rows = spur_columns_builder_take(t->rows);
	enum spur_status st = spur_mdf4_writer_put(b->w, t->number, rows, err);

	spur_columns_unref(rows);
	return st;
}

/* ---- sensors ---- */

/* As a temperature goes: hardly, with a few steps of noise. */
static void smooth(struct spur_demo_rng *r, float *level, int32_t *to, unsigned rows)
{
	double slope = spur_demo_between(r, -0.09, 0.09), v = (double)*level * 100;
	uint64_t bits = 0;

	for (unsigned i = 0; i < rows; i++) {
		bits = i % 16 == 0 ? spur_demo_next(r) : bits >> 4;
		to[i] = (int32_t)(v + slope * i) + (int32_t)(bits & 7);
	}
	*level = (float)((v + slope * rows) / 100);
}

/* Noise about a level, white: two samples from one random number. */
static void noisy(struct spur_demo_rng *r, float *level, float *to, unsigned rows)
{
	*level += (float)spur_demo_between(r, -1, 1);
	for (unsigned i = 0; i < rows; i += 2) {
		uint64_t bits = spur_demo_next(r);

		to[i] = *level + (float)(int32_t)(bits & 0xffffffff) * 0x1p-24f;
		if (i + 1 < rows)
			to[i + 1] = *level + (float)(int32_t)(bits >> 32) * 0x1p-24f;
	}
}

/* The rows of the last second, up to now. */
static enum spur_status sense(struct spur_demo_bulk *b, unsigned n, spur_ns now, unsigned rows, struct spur_error *err)
{
	struct group *t = &b->groups[n];

	for (unsigned c = 0; c < SPUR_DEMO_BULK_CHANNELS; c++) {
		void *to = spur_columns_builder_reserve(t->rows, c, rows);

		if (is_smooth(n))
			smooth(&b->noise, &t->level[c], to, rows);
		else
			noisy(&b->noise, &t->level[c], to, rows);
		spur_columns_builder_advance(t->rows, c, rows);
	}
	for (unsigned i = rows; i-- > 0;)
		spur_columns_builder_time(t->rows, now - (spur_ns)(i * PERIOD_MS) * 1000000);
	return put(b, t, err);
}

/* ---- the unsorted group ---- */

static void invert(struct spur_demo_bulk *b, const struct spur_demo_scene *s, spur_ns now)
{
	struct spur_columns_builder *rows = b->mixed[INVERTER].rows;
	double n = spur_demo_noise(&b->noise);

	spur_columns_builder_f64(rows, 0, s->car.v * 82 + n);
	spur_columns_builder_f64(rows, 1, s->car.drive * 21 + 0.3 * n);
	spur_columns_builder_f64(rows, 2, 40 * s->car.drive + spur_demo_noise(&b->noise));
	spur_columns_builder_f64(rows, 3, -40 * s->car.drive + n);
	spur_columns_builder_f64(rows, 4, 412 + (double)(s->step / 4000 % 300));
	spur_columns_builder_time(rows, now);
}

static void transmit(struct spur_demo_bulk *b, spur_ns now)
{
	struct spur_columns_builder *rows = b->mixed[ETHERNET].rows;
	uint64_t bits = spur_demo_next(&b->noise);
	size_t len = FRAME_LEAST + (size_t)(bits % FRAME_SPREAD);

	memcpy(b->payload, &b->frame, 8);	/* no two are the same */
	memcpy(b->payload + 16 + bits % (FRAME_LEAST - 32), &bits, 8);
	spur_columns_builder_f64(rows, 0, (double)(uint32_t)b->frame++);
	spur_columns_builder_f64(rows, 1, (double)(bits >> 60));
	spur_columns_builder_bytes(rows, 2, b->payload, len);
	spur_columns_builder_time(rows, now);
}

static void say(struct spur_demo_bulk *b, const struct spur_demo_scene *s, spur_ns now)
{
	struct spur_columns_builder *rows = b->mixed[LOG].rows;
	char text[64];
	int n = snprintf(text, sizeof(text), "%llu frames, buffer at %u %%", (unsigned long long)b->frame,
			 spur_demo_below(&b->noise, 100));

	(void)s;
	spur_columns_builder_bytes(rows, 0, text, (size_t)n);
	spur_columns_builder_time(rows, now);
}

static enum spur_status put_mixed(struct spur_demo_bulk *b, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (unsigned i = 0; st == SPUR_OK && i < MIXED; i++)
		st = put(b, &b->mixed[i], err);
	return st;
}

static enum spur_status mix(struct spur_demo_bulk *b, const struct spur_demo_scene *s, struct spur_error *err)
{
	spur_ns now = spur_demo_scene_now(s);

	invert(b, s, now);
	for (unsigned i = 0; i < FRAMES_PER_MS; i++)
		transmit(b, now + (spur_ns)i * 240000);
	if (s->step % 500 == 250)
		say(b, s, now);
	return s->step % MIXED_MS == 0 ? put_mixed(b, err) : SPUR_OK;
}

/* ---- */

enum spur_status spur_demo_bulk_step(struct spur_demo_bulk *b, const struct spur_demo_scene *s, struct spur_error *err)
{
	enum spur_status st = mix(b, s, err);

	/* A group at a time, so that their seconds do not end together. */
	for (unsigned i = 0; st == SPUR_OK && i < SPUR_DEMO_BULK_GROUPS; i++) {
		if (s->step >= PERIOD_MS * ROWS && s->step % (PERIOD_MS * ROWS) == i * 16)
			st = sense(b, i, spur_demo_scene_now(s), ROWS, err);
	}
	return st;
}

enum spur_status spur_demo_bulk_flush(struct spur_demo_bulk *b, struct spur_error *err)
{
	return put_mixed(b, err);
}

void spur_demo_bulk_ratios(const struct spur_demo_bulk *b, double *smooth_ratio, double *noisy_ratio)
{
	uint64_t raw[2] = { 0 }, packed[2] = { 0 };

	for (unsigned i = 0; i < SPUR_DEMO_BULK_GROUPS; i++) {
		uint64_t r, p;

		spur_mdf4_writer_sizes(b->w, b->groups[i].number, &r, &p);
		raw[is_smooth(i)] += r;
		packed[is_smooth(i)] += p;
	}
	*smooth_ratio = packed[1] == 0 ? 0 : (double)raw[1] / (double)packed[1];
	*noisy_ratio = packed[0] == 0 ? 0 : (double)raw[0] / (double)packed[0];
}
