/* The MDF files of the bench, by a seed: the same bytes everywhere. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data.h"
#include "demo/rng.h"
#include "format/mdf4/writer.h"

#define SEED 20250101u

void bench_extents_add(struct bench_extents *e, struct bench_extent x)
{
	if (e->count == e->cap) {
		e->cap = e->cap == 0 ? 64 : e->cap * 2;
		e->v = spur_realloc(e->v, e->cap, sizeof(*e->v));
	}
	e->v[e->count++] = x;
	e->packed += x.packed;
	e->unpacked += x.unpacked;
}

void bench_mdf_name(unsigned group, unsigned channel, char out[32])
{
	snprintf(out, 32, "g%u_c%u", group, channel);
}

static enum spur_type type_of(const char *shape, const char *profile, unsigned channel)
{
	static const enum spur_type mixed[] = { SPUR_TYPE_U16, SPUR_TYPE_I16, SPUR_TYPE_U8, SPUR_TYPE_U16, SPUR_TYPE_I32 };

	if (strcmp(profile, "noisy") == 0)
		return SPUR_TYPE_F32;
	return strcmp(shape, "wide") == 0 ? SPUR_TYPE_U16 : mixed[channel % 5];
}

void bench_mdf_layout(const struct bench_sizes *s, const char *shape, const char *profile, struct bench_mdf_layout *out)
{
	bool wide = strcmp(shape, "wide") == 0;

	*out = (struct bench_mdf_layout){
		.groups = wide ? s->wide_groups : 1, .rows = wide ? s->wide_rows : s->long_rows,
		.count = (wide ? s->wide_channels : s->long_channels) - 1, .record_bytes = 8, .step_s = wide ? 0.01 : 0.001,
	};
	out->channels = spur_calloc(out->count, sizeof(*out->channels));
	for (unsigned c = 0; c < out->count; c++) {
		struct bench_mdf_channel *ch = &out->channels[c];

		*ch = (struct bench_mdf_channel){ type_of(shape, profile, c), out->record_bytes, 1, 0 };
		if (ch->type != SPUR_TYPE_F32) {
			ch->factor = 0.01 * (1 + c % 7);
			ch->offset = 5.0 * (c % 9) - 20;
		}
		out->record_bytes += spur_type_size(ch->type);
	}
}

/* smooth: a level that holds for a while and then moves a little, as signals of an ECU do. */
static void fill_smooth(struct spur_demo_rng *r, enum spur_type type, void *to, unsigned n)
{
	int low = type == SPUR_TYPE_I16 ? -30000 : 0, high = type == SPUR_TYPE_U8 ? 255 : 30000;
	int v = low + (int)spur_demo_below(r, (unsigned)(high - low));

	for (unsigned i = 0; i < n; i++) {
		if (spur_demo_below(r, 1000) < 140)
			v += (int)spur_demo_below(r, 9) - 4;
		v = v < low ? low : v > high ? high : v;
		switch (type) {
		case SPUR_TYPE_U8: ((uint8_t *)to)[i] = (uint8_t)v; break;
		case SPUR_TYPE_I16: ((int16_t *)to)[i] = (int16_t)v; break;
		case SPUR_TYPE_U16: ((uint16_t *)to)[i] = (uint16_t)v; break;
		default: ((int32_t *)to)[i] = v; break;
		}
	}
}

/* noisy: every bit of the fraction is noise. */
static void fill_noisy(struct spur_demo_rng *r, float *to, unsigned n)
{
	float level = (float)spur_demo_between(r, 10, 1000);

	for (unsigned i = 0; i < n; i++)
		to[i] = level * (1 + 0.2f * (float)spur_demo_noise(r));
}

static struct spur_columns *rows_of(const struct bench_mdf_layout *l, unsigned group, unsigned first, unsigned n,
				    struct spur_demo_rng *rng)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_columns *rows;

	for (unsigned c = 0; c < l->count; c++) {
		char name[32];
		void *to;

		bench_mdf_name(group, c, name);
		spur_columns_builder_add(b, name, l->channels[c].type);
		to = spur_columns_builder_reserve(b, c, n);
		if (l->channels[c].type == SPUR_TYPE_F32)
			fill_noisy(&rng[c], to, n);
		else
			fill_smooth(&rng[c], l->channels[c].type, to, n);
		spur_columns_builder_advance(b, c, n);
	}
	for (unsigned i = 0; i < n; i++)
		spur_columns_builder_master(b, (double)(first + i) * l->step_s);
	rows = spur_columns_builder_take(b);
	/* Names are the builder's: the batch outlives it, and nobody reads them. */
	for (size_t c = 0; c < rows->count; c++)
		rows->columns[c].name = NULL;
	spur_columns_builder_destroy(b);
	return rows;
}

static enum spur_status add_group(struct spur_mdf4_writer *w, const struct bench_mdf_layout *l, unsigned group,
				  struct spur_error *err)
{
	static const char *const units[] = { "km/h", "V", "A", "degC", "bar", "Nm", "" };
	struct spur_mdf4_channel *ch = spur_calloc(l->count, sizeof(*ch));
	char (*names)[32] = spur_calloc(l->count, sizeof(*names)), title[32];
	struct spur_mdf4_group g = { .name = title, .domain = SPUR_DOMAIN_TIME, .channels = ch, .count = l->count };
	uint32_t id;
	enum spur_status st;

	snprintf(title, sizeof(title), "group %u", group);
	for (unsigned c = 0; c < l->count; c++) {
		bench_mdf_name(group, c, names[c]);
		ch[c] = (struct spur_mdf4_channel){ .name = names[c], .unit = units[c % 7], .type = l->channels[c].type };
		if (l->channels[c].type != SPUR_TYPE_F32) {
			ch[c].factor = l->channels[c].factor;
			ch[c].offset = l->channels[c].offset;
		}
	}
	st = spur_mdf4_writer_group(w, &g, &id, err);
	free(names);
	free(ch);
	return st;
}

static enum spur_status write_group(struct spur_mdf4_writer *w, const struct bench_mdf_layout *l, unsigned group,
				    struct spur_error *err)
{
	struct spur_demo_rng *rng = spur_calloc(l->count, sizeof(*rng));
	enum spur_status st = add_group(w, l, group, err);

	for (unsigned c = 0; c < l->count; c++)
		rng[c] = spur_demo_rng_of(SEED, group, c);
	for (unsigned at = 0; st == SPUR_OK && at < l->rows; at += 10000) {
		struct spur_columns *rows = rows_of(l, group, at, l->rows - at < 10000 ? l->rows - at : 10000, rng);

		st = spur_mdf4_writer_put(w, group, rows, err);
		spur_columns_unref(rows);
	}
	free(rng);
	return st;
}

static enum spur_status make(const char *path, const struct bench_mdf_layout *l, enum spur_mdf4_packing packing,
			     struct spur_error *err)
{
	struct spur_mdf4_options o = { .start_ns = BENCH_START_NS, .written_ns = BENCH_START_NS, .packing = packing };
	struct spur_mdf4_writer *w = NULL;
	enum spur_status st = spur_mdf4_writer_create(path, &o, &w, err);

	for (unsigned g = 0; st == SPUR_OK && g < l->groups; g++)
		st = write_group(w, l, g, err);
	if (st == SPUR_OK)
		return spur_mdf4_writer_commit(w, err);
	spur_mdf4_writer_discard(w);
	return st;
}

char *bench_mdf(struct bench *b, const char *shape, const char *profile, const char *packing)
{
	char *name = spur_strfmt("%s-%s-%s-" BENCH_MDF_VERSION ".mf4", shape, profile, packing);
	char *path = bench_data_path(b, name);
	enum spur_mdf4_packing p = strcmp(packing, "plain") == 0 ? SPUR_MDF4_PLAIN :
				   strcmp(packing, "deflate") == 0 ? SPUR_MDF4_DEFLATE : SPUR_MDF4_TRANSPOSED;
	struct bench_mdf_layout l;
	struct spur_error err;

	free(name);
	if (access(path, R_OK) == 0)
		return path;
	fprintf(stderr, "bench: making %s\n", path);
	bench_mdf_layout(bench_sizes(b), shape, profile, &l);
	if (make(path, &l, p, &err) < 0) {
		bench_note(b, "%s: %s", path, err.text);
		free(path);
		path = NULL;
	}
	free(l.channels);
	return path;
}
