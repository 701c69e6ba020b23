#include "config.h"

#include "extract/tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

struct table {
	const struct spur_extract_plan *plan;
	const struct spur_extract_shard *shard;
	const struct spur_extract_windows *windows;
	struct spur_export_column *columns;
	size_t count;
	struct spur_columns_builder *rows;
};

static void add_column(struct table *t, struct spur_export_column c)
{
	t->columns[t->count++] = c;
	spur_columns_builder_add(t->rows, c.name, c.ndim > 0 ? SPUR_TYPE_BYTES : c.type);
}

static void put_text(struct table *t, size_t col, const char *s)
{
	spur_columns_builder_bytes(t->rows, col, s, strlen(s));
}

/* ---- a row per window */

static void window_columns(struct table *t)
{
	uint32_t c = (uint32_t)t->plan->recipe->signal_count, n = t->plan->recipe->samples;

	add_column(t, (struct spur_export_column){ .name = "x", .type = SPUR_TYPE_F32, .required = true, .ndim = 2, .dims = { c, n } });
	add_column(t, (struct spur_export_column){ .name = "valid", .type = SPUR_TYPE_BOOL, .required = true, .ndim = 2, .dims = { c, n } });
	add_column(t, (struct spur_export_column){ .name = "y", .type = SPUR_TYPE_I64, .required = true });
	add_column(t, (struct spur_export_column){ .name = "segment", .type = SPUR_TYPE_TEXT, .required = true });
	add_column(t, (struct spur_export_column){ .name = "drive", .type = SPUR_TYPE_TEXT, .required = true });
	for (size_t i = 0; i < t->plan->recipe->camera_count; i++) {
		const struct spur_extract_camera *k = &t->plan->recipe->cameras[i];

		add_column(t, (struct spur_export_column){ .name = k->alias, .type = SPUR_TYPE_U8, .required = true, .ndim = 4,
			   .dims = { k->frames, 3, (uint32_t)k->height, (uint32_t)k->width } });
	}
}

static void put_frames(struct table *t, size_t col, const struct spur_extract_window *row)
{
	const unsigned char *p = row->frames;

	for (size_t i = 0; i < t->plan->recipe->camera_count; i++) {
		size_t n = spur_extract_camera_bytes(&t->plan->recipe->cameras[i]);

		spur_columns_builder_bytes(t->rows, col + i, p, n);
		p += n;
	}
}

static void window_rows(struct table *t)
{
	size_t n = t->plan->recipe->signal_count * t->plan->recipe->samples;
	float *x = spur_calloc(n, sizeof(*x));
	uint8_t *valid = spur_calloc(n, 1);

	for (size_t w = 0; w < t->windows->count; w++) {
		const struct spur_extract_window *row = &t->windows->rows[w];

		for (size_t i = 0; i < n; i++) {
			x[i] = (float)row->values[i];
			valid[i] = isfinite(x[i]) ? 1 : 0;
			x[i] = valid[i] ? x[i] : (float)NAN;
		}
		spur_columns_builder_time(t->rows, row->begin_ns);
		spur_columns_builder_bytes(t->rows, 0, x, n * sizeof(*x));
		spur_columns_builder_bytes(t->rows, 1, valid, n);
		spur_columns_builder_f64(t->rows, 2, (double)spur_extract_class(t->plan, row->segment->label));
		put_text(t, 3, row->segment->id);
		put_text(t, 4, t->shard->drive);
		put_frames(t, 5, row);
	}
	free(x);
	free(valid);
}

/* ---- a row per point */

static void point_columns(struct table *t)
{
	const struct spur_extract_recipe *r = t->plan->recipe;

	add_column(t, (struct spur_export_column){ .name = "window", .type = SPUR_TYPE_I32, .required = true });
	for (size_t i = 0; i < r->signal_count; i++)
		add_column(t, (struct spur_export_column){ .name = r->signals[i].alias, .type = SPUR_TYPE_F64 });
	add_column(t, (struct spur_export_column){ .name = "label", .type = SPUR_TYPE_TEXT, .required = true });
	add_column(t, (struct spur_export_column){ .name = "segment", .type = SPUR_TYPE_TEXT, .required = true });
}

static void point_rows(struct table *t, size_t w)
{
	const struct spur_extract_recipe *r = t->plan->recipe;
	const struct spur_extract_window *row = &t->windows->rows[w];

	for (uint32_t i = 0; i < r->samples; i++) {
		size_t col = 0;

		spur_columns_builder_time(t->rows, row->begin_ns + (spur_ns)i * r->step_ns);
		spur_columns_builder_f64(t->rows, col++, (double)w);
		for (size_t k = 0; k < r->signal_count; k++, col++) {
			double v = row->values[k * r->samples + i];

			if (isnan(v))
				spur_columns_builder_null(t->rows, col);
			else
				spur_columns_builder_f64(t->rows, col, v);
		}
		put_text(t, col++, row->segment->label);
		put_text(t, col, row->segment->id);
	}
}

/* ---- writing */

static enum spur_status put_batch(struct table *t, const struct spur_exporter *x, void *state, struct spur_error *err)
{
	struct spur_columns *c = spur_columns_builder_take(t->rows);
	enum spur_status st = c->rows == 0 ? SPUR_OK : x->put(state, c, err);

	spur_columns_unref(c);
	return st;
}

static enum spur_status put_all(struct table *t, bool by_window, const struct spur_exporter *x, void *state,
				struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	if (by_window) {
		window_rows(t);
		return put_batch(t, x, state, err);
	}
	for (size_t w = 0; w < t->windows->count && st >= 0; w++) {
		point_rows(t, w);
		st = put_batch(t, x, state, err);
	}
	return st;
}

enum spur_status spur_extract_table_write(const struct spur_extract_plan *p, const struct spur_extract_shard *s,
					  const struct spur_extract_windows *w, const struct spur_exporter *x,
					  const char *path, uint64_t mem_bytes, struct spur_error *err)
{
	bool by_window = strcmp(x->id, "npz") == 0;
	const char *metadata[] = { "spur.shard", s->id, "spur.drive", s->drive, "spur.split", s->split, "spur.reader",
				   SPUR_EXTRACT_READER, NULL };
	struct table t = { .plan = p, .shard = s, .windows = w, .rows = spur_columns_builder_create() };
	struct spur_export_spec spec = { .time_name = "t_ns", .metadata = metadata, .mem_bytes = mem_bytes };
	void *state = NULL;
	enum spur_status st;

	t.columns = spur_calloc(p->recipe->signal_count + SPUR_EXTRACT_CAMERAS + 8, sizeof(*t.columns));
	if (by_window)
		window_columns(&t);
	else
		point_columns(&t);
	spec.columns = t.columns;
	spec.count = t.count;
	if ((st = x->begin(&spec, path, &state, err)) >= 0 && (st = put_all(&t, by_window, x, state, err)) >= 0)
		st = x->end(state, err);
	x->free(state);
	spur_columns_builder_destroy(t.rows);
	free(t.columns);
	return st;
}
