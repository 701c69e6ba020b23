#include "config.h"

#include "demo/ecu.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "demo/bulk.h"
#include "demo/signals.h"
#include "format/mdf4/writer.h"

#define ROWS 2000u	/* that many are handed to the writer at once */
#define LOST 5e-4	/* share of samples that a logger misses */
#define FRAME_GAP_NS 60000

struct table {
	struct spur_columns_builder *rows;
	uint32_t group;
	size_t count;
};

struct spur_demo_ecu {
	struct spur_mdf4_writer *w;
	struct spur_demo_rng noise;
	struct table *units;	/* as spur_demo_units */
	struct table text;
	uint32_t can;
	uint64_t frame_ns;	/* of the last frame on the bus */
	double next_text_s;
	struct spur_demo_bulk *bulk;	/* NULL: not big */
};

/* ---- the groups ---- */

static void table_init(struct table *t, const struct spur_mdf4_channel *c, size_t count)
{
	t->rows = spur_columns_builder_create();
	for (size_t i = 0; i < count; i++)
		spur_columns_builder_add(t->rows, c[i].name, c[i].type);
}

static enum spur_status add_unit(struct spur_demo_ecu *e, const struct spur_demo_unit *u, struct table *t,
				 struct spur_error *err)
{
	struct spur_mdf4_channel c[SPUR_DEMO_SIGNALS_MAX];
	struct spur_mdf4_group g = { .name = u->name, .source = u->name, .comment = u->comment, .channels = c,
		.count = u->count };

	for (size_t i = 0; i < u->count; i++) {
		const struct spur_demo_signal *s = &u->signals[i];

		c[i] = (struct spur_mdf4_channel){ .name = s->name, .unit = s->unit, .comment = s->comment, .type = s->type,
			.factor = s->factor, .offset = s->offset, .texts = s->texts, .text_count = s->text_count,
			.nullable = s->nullable };
	}
	table_init(t, c, u->count);
	return spur_mdf4_writer_group(e->w, &g, &t->group, err);
}

static enum spur_status add_text(struct spur_demo_ecu *e, struct spur_error *err)
{
	static const struct spur_mdf4_channel c = { .name = "NavInstruction", .comment = "what the navigation said",
						    .type = SPUR_TYPE_TEXT };
	static const struct spur_mdf4_group g = { .name = "NAVIGATION", .source = "NAVIGATION", .channels = &c, .count = 1 };

	table_init(&e->text, &c, 1);
	return spur_mdf4_writer_group(e->w, &g, &e->text.group, err);
}

static enum spur_status add_groups(struct spur_demo_ecu *e, struct spur_error *err)
{
	struct spur_buf dbc = { 0 };
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; st == SPUR_OK && i < spur_demo_unit_count; i++)
		st = add_unit(e, &spur_demo_units[i], &e->units[i], err);
	if (st == SPUR_OK)
		st = add_text(e, err);
	if (st == SPUR_OK)
		st = spur_mdf4_writer_can_group(e->w, "CAN1", 8, &e->can, err);
	spur_demo_dbc(&dbc);
	if (st == SPUR_OK)
		st = spur_mdf4_writer_attach(e->w, "vehicle.dbc", "text/plain", "database of CAN1", dbc.data, dbc.len, err);
	spur_buf_finish(&dbc);
	return st;
}

enum spur_status spur_demo_ecu_create(const struct spur_demo_ecu_options *o, spur_ns begin_ns, struct spur_demo_ecu **out,
				      struct spur_error *err)
{
	struct spur_demo_ecu *e = spur_calloc(1, sizeof(*e));
	struct spur_mdf4_options mo = { .start_ns = begin_ns, .written_ns = begin_ns,
		.comment = "simulated drive of spur demo make", .level = 1, .mem_bytes = o->mem_bytes, .threads = o->threads,
		.packing = SPUR_MDF4_TRANSPOSED };
	enum spur_status st = spur_mdf4_writer_create(o->path, &mo, &e->w, err);

	*out = NULL;
	e->noise = spur_demo_rng_of(o->seed, o->drive, 3);
	e->units = spur_calloc(spur_demo_unit_count, sizeof(*e->units));
	e->next_text_s = 4;
	if (st == SPUR_OK)
		st = add_groups(e, err);
	if (st == SPUR_OK && o->big)
		st = spur_demo_bulk_create(e->w, o->seed, o->drive, &e->bulk, err);
	if (st < 0)
		spur_demo_ecu_discard(e);
	else
		*out = e;
	return st;
}

/* ---- rows ---- */

static enum spur_status flush(struct spur_demo_ecu *e, struct table *t, struct spur_error *err)
{
	struct spur_columns *rows = spur_columns_builder_take(t->rows);
	enum spur_status st = spur_mdf4_writer_put(e->w, t->group, rows, err);

	spur_columns_unref(rows);
	t->count = 0;
	return st;
}

static enum spur_status flush_all(struct spur_demo_ecu *e, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; st == SPUR_OK && i < spur_demo_unit_count; i++)
		st = flush(e, &e->units[i], err);
	if (st == SPUR_OK)
		st = flush(e, &e->text, err);
	return st == SPUR_OK && e->bulk != NULL ? spur_demo_bulk_flush(e->bulk, err) : st;
}

/* Signals one after the other, a new frame where 64 bits are full: here and in the DBC. */
static void place(const struct spur_demo_unit *u, unsigned *frame, unsigned *start)
{
	unsigned at = 0, n = 0;

	for (size_t i = 0; i < u->count; i++) {
		unsigned bits = spur_demo_bits(&u->signals[i]);

		if (at + bits > 64) {
			n++;
			at = 0;
		}
		frame[i] = n;
		start[i] = at;
		at += bits;
	}
}

static enum spur_status send(struct spur_demo_ecu *e, uint64_t t_ns, uint32_t id, uint64_t payload, unsigned bits,
			     struct spur_error *err)
{
	unsigned char data[8];
	struct spur_message m = { .data = data, .size = (bits + 7) / 8, .frame_id = id, .bus_channel = 1 };

	for (unsigned i = 0; i < 8; i++)
		data[i] = (unsigned char)(payload >> (8 * i));
	m.log_time = t_ns > e->frame_ns + FRAME_GAP_NS ? t_ns : e->frame_ns + FRAME_GAP_NS;	/* one at a time */
	e->frame_ns = m.log_time;
	return spur_mdf4_writer_put_frames(e->w, e->can, &m, 1, err);
}

static enum spur_status send_frames(struct spur_demo_ecu *e, const struct spur_demo_unit *u, const int64_t *raw,
				    uint64_t t_ns, struct spur_error *err)
{
	unsigned frame[SPUR_DEMO_SIGNALS_MAX], start[SPUR_DEMO_SIGNALS_MAX];
	enum spur_status st = SPUR_OK;
	uint64_t payload = 0;

	place(u, frame, start);
	for (size_t i = 0; st == SPUR_OK && i < u->count; i++) {
		unsigned bits = spur_demo_bits(&u->signals[i]);
		uint64_t mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;

		payload |= ((uint64_t)raw[i] & mask) << start[i];
		if (i + 1 == u->count || frame[i + 1] != frame[i]) {
			st = send(e, t_ns, u->frame + frame[i], payload, start[i] + bits, err);
			payload = 0;
		}
	}
	return st;
}

static enum spur_status sample(struct spur_demo_ecu *e, const struct spur_demo_unit *u, struct table *t,
			       const struct spur_demo_scene *s, struct spur_error *err)
{
	int64_t raw[SPUR_DEMO_SIGNALS_MAX];
	double jitter = (u->period_ms == 1 ? 2e4 : 2e5) * spur_demo_between(&e->noise, -1, 1);
	spur_ns t_ns = spur_demo_scene_now(s) + (spur_ns)jitter;
	bool lost = spur_demo_unit(&e->noise) < LOST;
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < u->count; i++) {
		const struct spur_demo_signal *g = &u->signals[i];
		double v = g->measure(s, &e->noise);

		raw[i] = isnan(v) ? 0 : spur_demo_raw(g, v);
		if (lost)
			continue;
		if (isnan(v))
			spur_columns_builder_null(t->rows, i);
		else
			spur_columns_builder_f64(t->rows, i, (double)raw[i]);
	}
	if (!lost) {
		spur_columns_builder_time(t->rows, t_ns);
		t->count++;
	}
	if (u->frame != 0)
		st = send_frames(e, u, raw, (uint64_t)t_ns, err);
	return st == SPUR_OK && t->count >= ROWS ? flush(e, t, err) : st;
}

static enum spur_status say(struct spur_demo_ecu *e, const struct spur_demo_scene *s, struct spur_error *err)
{
	static const char *const turns[] = { "Keep left", "Keep right", "Turn right", "Stay in lane" };
	double now = (double)s->step * SPUR_DEMO_DT;
	unsigned metres;
	char text[80];
	int n;

	if (now < e->next_text_s)
		return SPUR_OK;
	e->next_text_s = now + spur_demo_between(&e->noise, 5, 11);
	metres = 100 + 50 * spur_demo_below(&e->noise, 20);	/* one after the other: arguments have no order */
	n = snprintf(text, sizeof(text), "%s in %u m", turns[spur_demo_below(&e->noise, 4)], metres);
	spur_columns_builder_time(e->text.rows, spur_demo_scene_now(s));
	spur_columns_builder_bytes(e->text.rows, 0, text, (size_t)n);
	return ++e->text.count >= ROWS ? flush(e, &e->text, err) : SPUR_OK;
}

enum spur_status spur_demo_ecu_step(struct spur_demo_ecu *e, const struct spur_demo_scene *s, struct spur_error *err)
{
	enum spur_status st = say(e, s, err);

	for (size_t i = 0; st == SPUR_OK && i < spur_demo_unit_count; i++) {
		const struct spur_demo_unit *u = &spur_demo_units[i];

		if (s->step % u->period_ms == u->phase_ms % u->period_ms)
			st = sample(e, u, &e->units[i], s, err);
	}
	if (st == SPUR_OK && e->bulk != NULL)
		st = spur_demo_bulk_step(e->bulk, s, err);
	return st;
}

/* What waits gets smaller by packing: most of it noise. */
uint64_t spur_demo_ecu_bytes(const struct spur_demo_ecu *e)
{
	return spur_mdf4_writer_bytes(e->w) + spur_mdf4_writer_pending(e->w) / 8 * 5;
}

enum spur_status spur_demo_ecu_flush(struct spur_demo_ecu *e, double *smooth_ratio, double *noisy_ratio, struct spur_error *err)
{
	enum spur_status st = flush_all(e, err);

	if (st == SPUR_OK)
		st = spur_mdf4_writer_flush(e->w, err);
	if (st == SPUR_OK && e->bulk != NULL)
		spur_demo_bulk_ratios(e->bulk, smooth_ratio, noisy_ratio);
	return st;
}

static void release(struct spur_demo_ecu *e)
{
	for (size_t i = 0; i < spur_demo_unit_count; i++)
		spur_columns_builder_destroy(e->units[i].rows);
	spur_columns_builder_destroy(e->text.rows);
	spur_demo_bulk_destroy(e->bulk);
	free(e->units);
	free(e);
}

enum spur_status spur_demo_ecu_commit(struct spur_demo_ecu *e, struct spur_error *err)
{
	enum spur_status st = flush_all(e, err);

	if (st == SPUR_OK)
		st = spur_mdf4_writer_commit(e->w, err);
	else
		spur_mdf4_writer_discard(e->w);
	release(e);
	return st;
}

void spur_demo_ecu_discard(struct spur_demo_ecu *e)
{
	if (e == NULL)
		return;
	spur_mdf4_writer_discard(e->w);
	release(e);
}

/* ---- DBC ---- */

static void frame_text(struct spur_buf *out, const struct spur_demo_unit *u, unsigned n, const unsigned *frame,
		       const unsigned *start)
{
	unsigned bits = 0;

	for (size_t i = 0; i < u->count; i++) {
		if (frame[i] == n)
			bits = start[i] + spur_demo_bits(&u->signals[i]);
	}
	spur_buf_addf(out, "BO_ %u %s_%u: %u %s\n", (unsigned)u->frame + n, u->name, n + 1, (bits + 7) / 8, u->name);
	for (size_t i = 0; i < u->count; i++) {
		const struct spur_demo_signal *g = &u->signals[i];
		bool is_signed = g->type == SPUR_TYPE_I16 || g->type == SPUR_TYPE_I8;

		if (frame[i] == n)
			spur_buf_addf(out, " SG_ %s : %u|%u@1%c (%g,%g) [0|0] \"%s\" Logger\n", g->name, start[i],
				      spur_demo_bits(g), is_signed ? '-' : '+', g->factor == 0 ? 1 : g->factor, g->offset, g->unit);
	}
	spur_buf_addc(out, '\n');
}

static void value_text(struct spur_buf *out, uint32_t id, const struct spur_demo_signal *g)
{
	if (g->text_count == 0)
		return;
	spur_buf_addf(out, "VAL_ %u %s", (unsigned)id, g->name);
	for (size_t i = 0; i < g->text_count; i++)
		spur_buf_addf(out, " %" PRId64 " \"%s\"", g->texts[i].value, g->texts[i].text);
	spur_buf_adds(out, " ;\n");
}

static void unit_frames(struct spur_buf *out, const struct spur_demo_unit *u, bool values)
{
	unsigned frame[SPUR_DEMO_SIGNALS_MAX], start[SPUR_DEMO_SIGNALS_MAX];

	if (u->frame == 0)
		return;
	place(u, frame, start);
	for (unsigned n = 0; !values && n <= frame[u->count - 1]; n++)
		frame_text(out, u, n, frame, start);
	for (size_t i = 0; values && i < u->count; i++)
		value_text(out, u->frame + frame[i], &u->signals[i]);
}

void spur_demo_dbc(struct spur_buf *out)
{
	spur_buf_adds(out, "VERSION \"spur demo\"\n\nNS_ :\n\nBS_:\n\nBU_:");
	for (size_t i = 0; i < spur_demo_unit_count; i++) {
		if (spur_demo_units[i].frame != 0)
			spur_buf_addf(out, " %s", spur_demo_units[i].name);
	}
	spur_buf_adds(out, " Logger\n\n");
	for (size_t i = 0; i < spur_demo_unit_count; i++)
		unit_frames(out, &spur_demo_units[i], false);
	for (size_t i = 0; i < spur_demo_unit_count; i++)
		unit_frames(out, &spur_demo_units[i], true);
}
