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
	return strcmp(shape, "long") != 0 ? SPUR_TYPE_U16 : mixed[channel % 5];
}

void bench_mdf_layout(const struct bench_sizes *s, const char *shape, const char *profile, struct bench_mdf_layout *out)
{
	bool wide = strcmp(shape, "wide") == 0;

	if (strcmp(shape, "unsorted") == 0)
		*out = (struct bench_mdf_layout){ .groups = s->mixed_groups, .rows = s->mixed_rows, .count = s->mixed_channels - 1,
						  .record_bytes = 8, .step_s = 0.01 };
	else
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

static enum spur_status add_group(struct spur_mdf4_writer *w, const struct bench_mdf_layout *l, unsigned group, bool unsorted,
				  struct spur_error *err)
{
	static const char *const units[] = { "km/h", "V", "A", "degC", "bar", "Nm", "" };
	struct spur_mdf4_channel *ch = spur_calloc(l->count, sizeof(*ch));
	char (*names)[32] = spur_calloc(l->count, sizeof(*names)), title[32];
	struct spur_mdf4_group g = { .name = title, .domain = SPUR_DOMAIN_TIME, .channels = ch, .count = l->count,
				     .unsorted = unsorted };
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
	enum spur_status st = add_group(w, l, group, false, err);

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

/* Rows of a batch as a batch that borrows from it. */
static void view_of(const struct spur_columns *rows, size_t from, size_t n, struct spur_column *columns, struct spur_columns *out)
{
	*out = (struct spur_columns){ .rows = n, .count = rows->count, .master = rows->master + from, .columns = columns };
	for (size_t c = 0; c < rows->count; c++) {
		columns[c] = rows->columns[c];
		columns[c].rows = n;
		columns[c].data = (const char *)rows->columns[c].data + from * spur_type_size(rows->columns[c].type);
	}
}

/* Runs of one to three records of each group, by chance, until all of them are there. */
static enum spur_status mix_rows(struct spur_mdf4_writer *w, const struct bench_mdf_layout *l, struct spur_columns **rows,
				 struct spur_error *err)
{
	struct spur_demo_rng chance = spur_demo_rng_of(SEED, 9999, 0);
	struct spur_column *columns = spur_calloc(l->count, sizeof(*columns));
	size_t *done = spur_calloc(l->groups, sizeof(*done)), left = (size_t)l->groups * l->rows;
	enum spur_status st = SPUR_OK;

	while (st == SPUR_OK && left > 0) {
		unsigned g = spur_demo_below(&chance, l->groups);
		size_t n = 1 + spur_demo_below(&chance, 3);
		struct spur_columns view;

		n = n < l->rows - done[g] ? n : l->rows - done[g];
		if (n == 0)
			continue;
		view_of(rows[g], done[g], n, columns, &view);
		st = spur_mdf4_writer_put(w, g, &view, err);
		done[g] += n;
		left -= n;
	}
	free(done);
	free(columns);
	return st;
}

static enum spur_status write_mixed(struct spur_mdf4_writer *w, const struct bench_mdf_layout *l, struct spur_error *err)
{
	struct spur_columns **rows = spur_calloc(l->groups, sizeof(struct spur_columns *));
	struct spur_demo_rng *rng = spur_calloc(l->count, sizeof(*rng));
	enum spur_status st = SPUR_OK;

	for (unsigned g = 0; g < l->groups && st == SPUR_OK; g++) {
		for (unsigned c = 0; c < l->count; c++)
			rng[c] = spur_demo_rng_of(SEED, 100 + g, c);
		rows[g] = rows_of(l, g, 0, l->rows, rng);
		st = add_group(w, l, g, true, err);
	}
	if (st == SPUR_OK)
		st = mix_rows(w, l, rows, err);
	for (unsigned g = 0; g < l->groups; g++)
		spur_columns_unref(rows[g]);
	free(rng);
	free(rows);
	return st;
}

static enum spur_status make(const char *path, const struct bench_mdf_layout *l, bool mixed, enum spur_mdf4_packing packing,
			     struct spur_error *err)
{
	struct spur_mdf4_options o = { .start_ns = BENCH_START_NS, .written_ns = BENCH_START_NS, .packing = packing };
	struct spur_mdf4_writer *w = NULL;
	enum spur_status st = spur_mdf4_writer_create(path, &o, &w, err);

	for (unsigned g = 0; !mixed && st == SPUR_OK && g < l->groups; g++)
		st = write_group(w, l, g, err);
	if (mixed && st == SPUR_OK)
		st = write_mixed(w, l, err);
	if (st == SPUR_OK)
		return spur_mdf4_writer_commit(w, err);
	spur_mdf4_writer_discard(w);
	return st;
}

static enum spur_mdf4_packing packing_of(const char *name)
{
	static const enum spur_mdf4_packing by_place[BENCH_PACKINGS] = {
		SPUR_MDF4_PLAIN, SPUR_MDF4_DEFLATE, SPUR_MDF4_TRANSPOSED, SPUR_MDF4_ZSTD, SPUR_MDF4_TRANSPOSED_ZSTD, SPUR_MDF4_LZ4,
	};
	size_t i = 0;

	while (i + 1 < BENCH_PACKINGS && strcmp(name, bench_packings[i]) != 0)
		i++;
	return by_place[i];
}

char *bench_mdf(struct bench *b, const char *shape, const char *profile, const char *packing)
{
	char *name = spur_strfmt("%s-%s-%s-" BENCH_MDF_VERSION ".mf4", shape, profile, packing);
	char *path = bench_data_path(b, name);
	struct bench_mdf_layout l;
	struct spur_error err;

	free(name);
	if (access(path, R_OK) == 0)
		return path;
	fprintf(stderr, "bench: making %s\n", path);
	bench_mdf_layout(bench_sizes(b), shape, profile, &l);
	if (make(path, &l, strcmp(shape, "unsorted") == 0, packing_of(packing), &err) < 0) {
		bench_note(b, "%s: %s", path, err.text);
		free(path);
		path = NULL;
	}
	free(l.channels);
	return path;
}

/* ---- frames ---- */

static const unsigned can_bits[BENCH_CAN_SIGNALS] = { 16, 4, 4, 12, 12, 8, 7, 1 };

double bench_can_factor(unsigned message, unsigned signal)
{
	return can_bits[signal] == 1 ? 1 : 0.125 * (1 + message) / (1 + signal % 4);
}

double bench_can_offset(unsigned message, unsigned signal)
{
	return can_bits[signal] == 1 ? 0 : -10.0 * message + signal;
}

/* Where the database says that the signals lie: first bit as DBC counts it, Motorola from the highest one. */
static enum spur_status write_dbc(const char *path, struct spur_error *err)
{
	static const unsigned start[BENCH_CAN_SIGNALS] = { 0, 16, 20, 31, 35, 48, 56, 63 };
	FILE *f = fopen(path, "w");
	bool good = f != NULL && fprintf(f, "VERSION \"\"\n\nBS_:\n\nBU_: Ecu\n\n") > 0;

	for (unsigned m = 0; good && m < BENCH_CAN_MESSAGES; m++) {
		good = fprintf(f, "BO_ %u m%u: 8 Ecu\n", BENCH_CAN_ID + m, m) > 0;
		for (unsigned s = 0; good && s < BENCH_CAN_SIGNALS; s++)
			good = fprintf(f, " SG_ m%u_s%u : %u|%u@%u%c (%.17g,%.17g) [0|0] \"\" Vector__XXX\n", m, s, start[s], can_bits[s],
				       s == 3 || s == 4 ? 0u : 1u, s == 5 ? '-' : '+', bench_can_factor(m, s), bench_can_offset(m, s)) > 0;
		good = good && fprintf(f, "\n") > 0;
	}
	if (f != NULL && fclose(f) != 0)
		good = false;
	return good ? SPUR_OK : spur_fail(err, SPUR_EIO, "%s cannot be written", path);
}

static enum spur_status write_frames(const char *path, unsigned count, struct spur_error *err)
{
	struct spur_mdf4_options o = { .start_ns = BENCH_START_NS, .written_ns = BENCH_START_NS };
	struct spur_demo_rng chance = spur_demo_rng_of(SEED, 777, 0);
	struct spur_mdf4_writer *w = NULL;
	uint32_t group;
	enum spur_status st = spur_mdf4_writer_create(path, &o, &w, err);

	if (st == SPUR_OK)
		st = spur_mdf4_writer_can_group(w, "CAN1", 8, &group, err);
	for (unsigned i = 0; st == SPUR_OK && i < count; i++) {
		uint8_t data[8];
		struct spur_message frame = {
			.log_time = (uint64_t)BENCH_START_NS + i * UINT64_C(500000), .data = data, .size = 8,
			.frame_id = BENCH_CAN_ID + spur_demo_below(&chance, BENCH_CAN_MESSAGES), .bus_channel = 1,
		};

		for (unsigned k = 0; k < 8; k++)
			data[k] = (uint8_t)spur_demo_below(&chance, 256);
		st = spur_mdf4_writer_put_frames(w, group, &frame, 1, err);
	}
	if (st == SPUR_OK)
		return spur_mdf4_writer_commit(w, err);
	spur_mdf4_writer_discard(w);
	return st;
}

char *bench_can(struct bench *b, char **dbc)
{
	char *path = bench_data_path(b, "can-" BENCH_MDF_VERSION ".mf4");
	struct spur_error err;
	enum spur_status st = SPUR_OK;

	*dbc = bench_data_path(b, "can-" BENCH_MDF_VERSION ".dbc");
	if (access(path, R_OK) == 0 && access(*dbc, R_OK) == 0)
		return path;
	fprintf(stderr, "bench: making %s\n", path);
	if ((st = write_dbc(*dbc, &err)) == SPUR_OK)
		st = write_frames(path, bench_sizes(b)->can_frames, &err);
	if (st == SPUR_OK)
		return path;
	bench_note(b, "%s: %s", path, err.text);
	free(path);
	free(*dbc);
	*dbc = NULL;
	return NULL;
}
