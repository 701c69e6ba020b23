#include "config.h"

#include "format/mdf4/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format/mdf4/master.h"
#include "format/mdf4/seek.h"
#include "format/mdf4/stream.h"

#define TILE_BYTES (128u << 10)		/* of records: stays in the second cache */
#define BATCH_ROWS 65536u
#define VALUE_ROWS 64u			/* looked at before their values are copied */
#define BATCH_BYTES (1u << 20)		/* and batches stay there too: what takes them comes at once */
#define WAIT_BYTES (64u << 10)		/* of the records of one group: those of all stay in a cache */
#define WAIT_WINDOW_BYTES (1u << 20)	/* of those whose values come after them */
#define RECORD_LARGE (4u << 20)	/* of those one waits, not sixteen: memory stays near what the file has */

/* The store behind a VLSD column; columns that share a link share it. */
static struct mdf_store *store_for(struct mdf_table *t, const struct mdf_channel *c)
{
	struct mdf_store *s;

	for (size_t i = 0; i < t->store_count; i++) {
		if (t->store_keys[i] == c->data && mdf_store_is_bare(t->stores[i]) == (c->type == MDF_CN_VLSC))
			return t->stores[i];
	}
	s = c->vlsd_group != MDF_NONE ? mdf_store_window(t->r, c->vlsd_group) :
					mdf_store_blocks(t->r, c->data, c->type == MDF_CN_VLSC);
	t->windowed |= c->vlsd_group != MDF_NONE;
	t->stores = spur_realloc(t->stores, t->store_count + 1, sizeof(struct mdf_store *));
	t->store_keys = spur_realloc(t->store_keys, t->store_count + 1, sizeof(*t->store_keys));
	t->stores[t->store_count] = s;
	t->store_keys[t->store_count++] = c->data;
	return s;
}

struct mdf_store *mdf_table_window(struct mdf_table *t, uint32_t vlsd_group)
{
	for (size_t i = 0; i < t->store_count; i++) {
		if (t->store_keys[i] == t->r->groups[vlsd_group].at && mdf_store_is_window(t->stores[i]))
			return t->stores[i];
	}
	return NULL;
}

static void build_column(struct mdf_table *t, size_t i)
{
	const struct mdf_column *m = &t->columns[i];

	spur_columns_builder_add(t->builder, t->r->signals[t->ids[i]].name, m->type);
	if (m->unscaled)
		spur_columns_builder_scale(t->builder, i, m->factor, m->offset);
}

/* A column that cannot be begun is damage of that column, not of the scan. */
static void add_column(struct mdf_table *t, uint32_t signal)
{
	struct spur_error err;
	struct mdf_column *m = &t->columns[t->count];

	if (mdf_column_begin(t->r, signal, t->want->raw, t->want->with_text, m, &err) < 0) {
		mdf_damaged(t->r, t->r->channels[signal].at, 0, "%s", err.text);
		return;
	}
	struct mdf_column *bytes = m->stream != NULL ? mdf_stream_bytes(m) : m;

	if ((bytes->c->type == MDF_CN_VLSD || bytes->c->type == MDF_CN_VLSC) && bytes->c->shape == MDF_SCALAR && bytes->c->data != 0)
		bytes->store = store_for(t, bytes->c);
	if (t->want->unscaled)
		mdf_column_unscale(m);
	t->ids[t->count] = signal;
	build_column(t, t->count++);
}

static enum spur_status begin_master(struct mdf_table *t, struct spur_error *err)
{
	const struct mdf_group *g = &t->r->groups[t->group];
	enum spur_status st;

	t->has_time = t->r->shown_groups[t->group].domain == SPUR_DOMAIN_TIME;
	if (g->remote_master != MDF_NONE)
		return mdf_master_load(t->r, g->remote_master, &t->remote, &t->remote_count, err);
	if (g->master == MDF_NONE)
		return SPUR_OK;
	if ((st = mdf_column_begin(t->r, g->master, false, false, &t->master, err)) < 0)
		return st;
	t->has_master = spur_type_is_number(t->master.raw_type) && mdf_conv_is_numeric(t->master.conv);
	return SPUR_OK;
}

enum spur_status mdf_table_begin(struct mdf_table *t, struct spur_reader *r, uint32_t group, const struct spur_scan *want,
				 const struct spur_sink *sink, struct spur_error *err)
{
	const struct mdf_group *g = &r->groups[group];
	struct spur_error why;
	size_t count = 0;
	enum spur_status st;

	*t = (struct mdf_table){ .r = r, .sink = sink, .want = want, .group = group };
	t->builder = spur_columns_builder_create();
	for (size_t i = 0; i < want->signal_count; i++)
		count += r->channels[want->signals[i]].group == group;
	t->columns = spur_calloc(count, sizeof(*t->columns));
	t->ids = spur_calloc(count, sizeof(*t->ids));
	t->record_bytes = (size_t)g->data_bytes + g->inval_bytes;
	t->batch_bytes = (want->mem_bytes == 0 ? r->mem_bytes : want->mem_bytes) / 8;
	t->batch_bytes = t->batch_bytes > BATCH_BYTES ? BATCH_BYTES : t->batch_bytes;
	for (size_t i = 0; i < want->signal_count; i++) {
		if (r->channels[want->signals[i]].group == group)
			add_column(t, want->signals[i]);
	}
	st = begin_master(t, &why);
	if (st == SPUR_ECANCELLED || st == SPUR_ENOMEM) {
		if (err != NULL)
			*err = why;
		return st;
	}
	if (st < 0) {
		mdf_damaged(r, g->at, 0, "master: %s", why.text);
		t->has_master = t->has_time = false;
	}
	return SPUR_OK;
}

void mdf_table_end(struct mdf_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		mdf_column_end(&t->columns[i]);
	for (size_t i = 0; i < t->store_count; i++)
		mdf_store_destroy(t->stores[i]);
	mdf_column_end(&t->master);
	spur_columns_builder_destroy(t->builder);
	free(t->columns);
	free(t->ids);
	free(t->times);
	free(t->waiting);
	free(t->stores);
	free(t->store_keys);
}

bool mdf_table_is_apart(const struct mdf_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		if (!mdf_column_is_apart(&t->columns[i]))
			return false;
	}
	return !t->has_master || mdf_column_is_apart(&t->master);
}

struct mdf_table *mdf_table_twin(const struct mdf_table *t, const struct spur_sink *sink)
{
	struct mdf_table *out = spur_calloc(1, sizeof(*out));

	*out = (struct mdf_table){
		.r = t->r, .sink = sink, .want = t->want, .group = t->group, .count = t->count, .has_master = t->has_master,
		.has_time = t->has_time, .remote = t->remote, .remote_count = t->remote_count, .batch_bytes = t->batch_bytes,
		.record_bytes = t->record_bytes, .master = mdf_column_twin(&t->master),
	};
	out->builder = spur_columns_builder_like(t->builder);
	out->columns = spur_calloc(t->count, sizeof(*out->columns));
	out->ids = spur_calloc(t->count, sizeof(*out->ids));
	for (size_t i = 0; i < t->count; i++) {
		out->columns[i] = mdf_column_twin(&t->columns[i]);
		out->ids[i] = t->ids[i];
	}
	return out;
}

void mdf_table_twin_destroy(struct mdf_table *t)
{
	if (t != NULL)
		mdf_table_end(t);
	free(t);
}

enum spur_status mdf_table_publish(struct mdf_table *t, struct spur_error *err)
{
	struct spur_columns *batch = spur_columns_builder_take(t->builder);
	enum spur_status st = SPUR_OK;

	t->value_bytes = 0;
	if (batch->rows > 0)
		st = t->sink->columns(t->sink->state, t->group, t->ids, batch, err);
	spur_columns_unref(batch);
	return st;
}

/* The master of rows in hand, in t->times; a group without one counts. */
static void master_of(struct mdf_table *t, const struct mdf_rows *rows)
{
	if (rows->count > t->times_cap) {
		t->times_cap = rows->count;
		t->times = spur_realloc(t->times, t->times_cap, sizeof(*t->times));
	}
	if (t->has_master) {
		mdf_column_f64(&t->master, rows, t->times);
		return;
	}
	for (size_t i = 0; i < rows->count; i++) {
		uint64_t k = rows->first + i;

		t->times[i] = t->remote == NULL ? (double)k : k < t->remote_count ? t->remote[k] : (double)NAN;
	}
}

static bool is_bounded(const struct mdf_table *t)
{
	return t->want->begin_ns != SPUR_NS_MIN || t->want->end_ns != SPUR_NS_MAX;
}

static bool wanted(const struct mdf_table *t, double master)
{
	spur_ns at;

	if (!is_bounded(t))
		return true;
	if (!t->has_time)
		return false;
	at = mdf_master_ns(t->r, master);
	return at >= t->want->begin_ns && at < t->want->end_ns;
}

static void fill_run(struct mdf_table *t, const struct mdf_rows *rows, const double *times)
{
	for (size_t i = 0, n; i < t->count; i += n) {
		n = mdf_columns_fill(&t->columns[i], t->count - i, rows, t->builder, i);
		if (n == 0)
			mdf_column_fill(&t->columns[i], rows, t->builder, i);
		n += n == 0;
	}
	if (t->has_time) {
		int64_t *to = spur_columns_builder_times(t->builder, rows->count);

		for (size_t i = 0; i < rows->count; i++)
			to[i] = mdf_master_ns(t->r, times[i]);
	}
	if (t->has_master || t->remote != NULL)
		spur_columns_builder_masters(t->builder, times, rows->count);
}

/* Part of rows, as rows. */
static struct mdf_rows part_of(const struct mdf_rows *rows, size_t from, size_t count)
{
	struct mdf_rows out = *rows;

	out.data += rows->plane_rows == 0 ? from * rows->stride : from;
	if (out.inval != NULL)
		out.inval += rows->plane_rows == 0 ? from * rows->inval_stride : from;
	out.first += from;
	out.count = count;
	return out;
}

/* Rows whose values from elsewhere fill a batch, one at least: a value can be as large as the file. */
static size_t rows_that_fit(struct mdf_table *t, const struct mdf_rows *rows)
{
	const unsigned char *p;
	size_t n = 0, len;

	for (; n < rows->count && (n == 0 || t->value_bytes <= t->batch_bytes); n++) {
		for (size_t i = 0; i < t->count; i++) {
			if (t->columns[i].store != NULL && mdf_column_bytes(&t->columns[i], rows, n, &p, &len))
				t->value_bytes += len;
		}
	}
	return n;
}

static enum spur_status fill_with_values(struct mdf_table *t, const struct mdf_rows *run, const double *times, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t done = 0, n; st == SPUR_OK && done < run->count; done += n) {
		struct mdf_rows part = part_of(run, done, run->count - done < VALUE_ROWS ? run->count - done : VALUE_ROWS);

		n = part.count = rows_that_fit(t, &part);
		fill_run(t, &part, times + done);
		if (t->value_bytes > t->batch_bytes)
			st = mdf_table_publish(t, err);
	}
	return st;
}

/* Runs of rows inside the span go to the builder, or as they lie to the tap. */
static enum spur_status fill_tile(struct mdf_table *t, const struct mdf_rows *tile, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	master_of(t, tile);
	for (size_t from = 0, to; st == SPUR_OK && from < tile->count; from = to) {
		bool in = wanted(t, t->times[from]);

		for (to = from + 1; to < tile->count && wanted(t, t->times[to]) == in; to++)
			;
		struct mdf_rows run = part_of(tile, from, to - from);

		if (in && t->r->tap_state != NULL)
			st = t->r->tap(t->r->tap_state, t, &run, err);
		else if (in && t->store_count > 0)
			st = fill_with_values(t, &run, t->times + from, err);
		else if (in)
			fill_run(t, &run, t->times + from);
	}
	return st;
}

static size_t tile_rows(const struct mdf_rows *rows)
{
	size_t n = rows->stride == 0 ? 4096 : TILE_BYTES / rows->stride;

	return n < 16 ? 16 : n > 4096 ? 4096 : n < 64 ? n : n / 64 * 64;	/* whole lines of the cache in every column */
}

static size_t built_rows(const struct mdf_table *t)
{
	return t->count == 0 ? 0 : spur_columns_builder_rows(t->builder, 0);
}

/* The batch in hand is empty: room for what will be in it at most. */
static void make_room(struct mdf_table *t, size_t rows)
{
	if (built_rows(t) == 0 && !is_bounded(t))
		spur_columns_builder_room(t->builder, rows < BATCH_ROWS ? rows : BATCH_ROWS, t->has_time, t->has_master || t->remote != NULL);
}

enum spur_status mdf_table_rows(struct mdf_table *t, const struct mdf_rows *rows, struct spur_error *err)
{
	size_t step = tile_rows(rows);
	enum spur_status st = SPUR_OK;

	if (t->r->tap_state != NULL && !is_bounded(t)) {
		t->rows += rows->count;
		return t->r->tap(t->r->tap_state, t, rows, err);
	}
	for (size_t from = 0; st == SPUR_OK && from < rows->count; from += step) {
		struct mdf_rows tile = part_of(rows, from, rows->count - from < step ? rows->count - from : step);

		if (t->r->tap_state == NULL)
			make_room(t, rows->count - from);
		st = fill_tile(t, &tile, err);
		if (st < 0 || t->r->tap_state != NULL)
			continue;
		if (built_rows(t) >= BATCH_ROWS || spur_columns_builder_bytes_used(t->builder) > t->batch_bytes)
			st = mdf_table_publish(t, err);
	}
	t->rows += rows->count;
	return st;
}

/* A record so far behind the span that none of it is to come: see MDF_PAST_NS. */
static bool is_past(struct mdf_table *t, const unsigned char *record)
{
	struct mdf_rows rows = { .data = record, .stride = t->record_bytes, .count = 1, .first = t->rows + t->waiting_rows };
	double v;

	if (t->want->end_ns == SPUR_NS_MAX || t->want->end_ns > SPUR_NS_MAX - MDF_PAST_NS || !t->has_master || !t->has_time)
		return false;
	mdf_column_f64(&t->master, &rows, &v);
	return isfinite(v) && mdf_master_ns(t->r, v) >= t->want->end_ns + MDF_PAST_NS;
}

enum spur_status mdf_table_record(struct mdf_table *t, const unsigned char *record, struct spur_error *err)
{
	if (t->waiting == NULL) {
		t->waiting_cap = t->record_bytes == 0 ? 4096 : (t->windowed ? WAIT_WINDOW_BYTES : WAIT_BYTES) / t->record_bytes;
		if (t->waiting_cap < 16)
			t->waiting_cap = t->record_bytes > RECORD_LARGE ? 1 : 16;
		t->waiting_cap = t->waiting_cap > BATCH_ROWS ? BATCH_ROWS : t->waiting_cap;
		t->waiting = spur_malloc(t->waiting_cap * t->record_bytes + 1);
		if (!t->windowed && t->batch_bytes > WAIT_BYTES)
			t->batch_bytes = WAIT_BYTES;	/* what waited goes out as one batch */
	}
	memcpy(t->waiting + t->waiting_rows * t->record_bytes, record, t->record_bytes);
	if (t->want->end_ns != SPUR_NS_MAX && !t->past)
		t->past = is_past(t, record);
	t->waiting_rows++;
	return t->waiting_rows < t->waiting_cap ? SPUR_OK : mdf_table_flush(t, false, err);
}

enum spur_status mdf_table_flush(struct mdf_table *t, bool final, struct spur_error *err)
{
	const struct mdf_group *g = &t->r->groups[t->group];
	struct mdf_rows rows = {
		.data = t->waiting, .stride = t->record_bytes,
		.inval = g->inval_bytes == 0 || t->waiting == NULL ? NULL : t->waiting + g->data_bytes,
		.inval_stride = t->record_bytes, .inval_bytes = g->inval_bytes, .count = t->waiting_rows, .first = t->rows, .final = final,
	};
	enum spur_status st;

	for (size_t i = 0; !final && i < t->count; i++)
		rows.count = mdf_column_ready(&t->columns[i], &rows, rows.count);
	if (rows.count == 0 && t->waiting_rows == t->waiting_cap)
		rows.count = t->waiting_rows;	/* waiting longer would not end */
	if (rows.count == 0)
		return SPUR_OK;
	st = mdf_table_rows(t, &rows, err);
	t->waiting_rows -= rows.count;
	memmove(t->waiting, t->waiting + rows.count * t->record_bytes, t->waiting_rows * t->record_bytes);
	return st;
}

enum spur_status mdf_table_finish(struct mdf_table *t, struct spur_error *err)
{
	enum spur_status st = t->waiting_rows > 0 ? mdf_table_flush(t, true, err) : SPUR_OK;

	return st == SPUR_OK ? mdf_table_publish(t, err) : st;
}
