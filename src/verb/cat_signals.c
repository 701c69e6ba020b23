#include "config.h"

#include "verb/cat.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "verb/bus_rows.h"
#include "verb/file.h"

/* Rows of signals, table by table: signals of one table share their stamps. */
struct rows_out {
	struct spur_ctx *ctx;
	struct spur_source *s;
	const struct cat_want *want;
	const uint32_t *ids;
	size_t count;
	struct spur_emit *emit;
	uint64_t *shown;	/* per table of the source */
	uint32_t tables;
	struct spur_buf line;
};

static const struct spur_source_signal *signal_at(const struct rows_out *o, size_t position)
{
	size_t n;

	return &spur_source_signals(o->s, &n)[o->ids[position]];
}

static void json_value(struct spur_json *j, const char *key, const struct spur_column *c, size_t i)
{
	const char *s;
	size_t len;

	if (c->text != NULL && spur_column_valid(c->text, i)) {
		s = spur_column_bytes(c->text, i, &len);
		spur_json_textn(j, key, s, len);
	} else if (!spur_column_valid(c, i)) {
		spur_json_null(j, key);
	} else if (c->type == SPUR_TYPE_TEXT || c->type == SPUR_TYPE_BYTES) {
		s = spur_column_bytes(c, i, &len);
		if (c->type == SPUR_TYPE_TEXT)
			spur_json_textn(j, key, s, len);
		else
			spur_json_bytes(j, key, s, len);
	} else if (c->type == SPUR_TYPE_BOOL) {
		spur_json_bool(j, key, ((const uint8_t *)c->data)[i] != 0);
	} else if (c->type == SPUR_TYPE_U64) {
		spur_json_uint(j, key, ((const uint64_t *)c->data)[i]);
	} else if (c->type == SPUR_TYPE_I64) {
		spur_json_int(j, key, ((const int64_t *)c->data)[i]);
	} else if (c->type == SPUR_TYPE_F32) {
		spur_json_f32(j, key, ((const float *)c->data)[i]);
	} else if (c->type == SPUR_TYPE_F64) {
		spur_json_f64(j, key, ((const double *)c->data)[i]);
	} else {
		spur_json_int(j, key, (int64_t)spur_column_f64(c, i));
	}
}

static void json_row(struct rows_out *o, const size_t *positions, const struct spur_columns *rows, size_t i, uint64_t index)
{
	struct spur_json j = { .out = &o->line };

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "stream", signal_at(o, positions[0])->stream);
	spur_json_uint(&j, "row", index);
	if (rows->time_ns != NULL)
		spur_json_int(&j, "time_ns", rows->time_ns[i]);
	if (rows->master != NULL)
		spur_json_f64(&j, "t", rows->master[i]);
	spur_json_begin(&j, "v", '{');
	for (size_t c = 0; c < rows->count; c++)
		json_value(&j, signal_at(o, positions[c])->name, &rows->columns[c], i);
	spur_json_end(&j, '}');
	spur_json_end(&j, '}');
}

static void text_row(struct rows_out *o, const size_t *positions, const struct spur_columns *rows, size_t i, uint64_t index)
{
	struct spur_json j = { .out = &o->line };
	char at[SPUR_TIME_TEXT];

	if (rows->time_ns != NULL)
		spur_buf_adds(&o->line, spur_time_text(rows->time_ns[i], o->ctx->time_style, spur_source_describe(o->s)->begin_ns, at));
	else if (rows->master != NULL)
		spur_buf_addf(&o->line, "%.9g", rows->master[i]);
	else
		spur_buf_addf(&o->line, "%llu", (unsigned long long)index);
	for (size_t c = 0; c < rows->count; c++) {
		const struct spur_source_signal *sig = signal_at(o, positions[c]);

		spur_buf_addf(&o->line, "  %s=", sig->name);
		j.comma = false;
		json_value(&j, NULL, &rows->columns[c], i);
		if (sig->unit[0] != '\0')
			spur_buf_addf(&o->line, " %s", sig->unit);
	}
}

/* RFC 4180: quotes only where they must be. */
static void csv_text(struct spur_buf *b, const char *s, size_t len)
{
	bool plain = true;

	for (size_t i = 0; i < len && plain; i++)
		plain = s[i] != '\0' && strchr(",\"\r\n", s[i]) == NULL;
	if (plain && len > 0) {
		spur_buf_add(b, s, len);
		return;
	}
	spur_buf_addc(b, '"');
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"')
			spur_buf_addc(b, '"');
		spur_buf_addc(b, s[i]);
	}
	spur_buf_addc(b, '"');
}

static void csv_value(struct spur_buf *b, const struct spur_column *c, size_t i)
{
	struct spur_json j = { .out = b };
	const struct spur_column *text = c->text != NULL && spur_column_valid(c->text, i) ? c->text : c;
	size_t len;

	if (!spur_column_valid(text, i))
		return;
	if (text->type == SPUR_TYPE_TEXT) {
		const char *s = spur_column_bytes(text, i, &len);

		csv_text(b, s, len);
	} else if (c->type == SPUR_TYPE_F32 || c->type == SPUR_TYPE_F64) {
		char number[32];

		spur_buf_add(b, number, c->type == SPUR_TYPE_F32 ? spur_f32_text(((const float *)c->data)[i], number) :
								    spur_f64_text(((const double *)c->data)[i], number));
	} else if (c->type == SPUR_TYPE_BYTES) {
		const char *s = spur_column_bytes(c, i, &len);

		spur_base64(b, s, len);
	} else {
		json_value(&j, NULL, c, i);
	}
}

static void csv_head(struct rows_out *o)
{
	spur_buf_adds(&o->line, "time_ns");
	for (size_t k = 0; k < o->count; k++) {
		const char *name = signal_at(o, k)->name;

		spur_buf_addc(&o->line, ',');
		csv_text(&o->line, name, strlen(name));
	}
	spur_buf_addc(&o->line, '\n');
	spur_emit_stream(o->emit, o->line.data, o->line.len);
}

/* One row of one table: the columns of the other tables stay empty. */
static void csv_row(struct rows_out *o, const size_t *positions, const struct spur_columns *rows, size_t i)
{
	size_t c = 0;

	if (rows->time_ns != NULL)
		spur_buf_addf(&o->line, "%lld", (long long)rows->time_ns[i]);
	for (size_t k = 0; k < o->count; k++) {
		spur_buf_addc(&o->line, ',');
		if (c < rows->count && positions[c] == k)
			csv_value(&o->line, &rows->columns[c++], i);
	}
	spur_buf_addc(&o->line, '\n');
}

static enum spur_status on_rows(void *state, uint32_t table, const size_t *positions, struct spur_columns *rows,
				struct spur_error *err)
{
	struct rows_out *o = state;

	if (spur_task_cancelled(o->ctx->task))
		return spur_fail(err, SPUR_ECANCELLED, "interrupted");
	for (size_t i = 0; i < rows->rows; i++) {
		uint64_t index = o->shown[table]++;

		if (o->want->per_channel > 0 && index >= o->want->per_channel)
			return SPUR_OK;
		spur_buf_clear(&o->line);
		if (o->want->csv) {
			csv_row(o, positions, rows, i);
			spur_emit_stream(o->emit, o->line.data, o->line.len);
			continue;
		}
		if (o->ctx->json)
			json_row(o, positions, rows, i, index);
		else
			text_row(o, positions, rows, i, index);
		spur_emit_raw(o->emit, o->line.data, o->line.len);
	}
	return SPUR_OK;
}

/* Signals that fit any pattern, of topics that fit, in order of the source. */
static enum spur_status choose(struct spur_source *s, const struct cat_want *want, uint32_t **ids, size_t *count,
			       uint32_t *tables, struct spur_error *err)
{
	size_t n;
	const struct spur_source_signal *all = spur_source_signals(s, &n);
	bool *hit = spur_calloc(n, sizeof(*hit));
	enum spur_status st = SPUR_OK;

	for (size_t p = 0; p < want->signal_count && st >= 0; p++) {
		uint32_t *found = NULL;
		size_t found_count = 0;

		st = spur_source_match(s, want->signals[p], &found, &found_count, err);
		for (size_t i = 0; i < found_count; i++)
			hit[found[i]] = true;
		free(found);
	}
	*ids = spur_calloc(n, sizeof(**ids));
	*count = 0;
	*tables = 0;
	for (size_t i = 0; i < n; i++) {
		if (all[i].table >= *tables)
			*tables = all[i].table + 1;
		if ((hit[i] || want->signal_count == 0) && cat_fits(want->topics, want->topic_count, all[i].stream))
			(*ids)[(*count)++] = (uint32_t)i;
	}
	free(hit);
	if (st >= 0 && *count == 0)
		st = spur_fail(err, SPUR_ENOTFOUND, "%s: no signal fits; spur signals lists them", spur_source_path(s));
	return st;
}

enum spur_exit cat_signals(struct spur_ctx *ctx, struct spur_source *s, const struct cat_want *want, struct spur_emit *emit,
			   struct spur_error *err)
{
	struct rows_out o = { .ctx = ctx, .s = s, .want = want, .emit = emit };
	struct spur_source_want read = { .begin_ns = want->begin_ns, .end_ns = want->end_ns, .with_text = true };
	uint32_t *ids = NULL;
	enum spur_status st;
	bool damaged;

	if (want->order == SPUR_ORDER_TIME) {
		spur_fail(err, SPUR_EINVAL, "--order time is for messages; rows of signals come table by table");
		return SPUR_EXIT_USAGE;
	}
	if ((st = choose(s, want, &ids, &o.count, &o.tables, err)) >= 0) {
		o.ids = read.ids = ids;
		read.count = o.count;
		o.shown = spur_calloc(o.tables, sizeof(*o.shown));
		if (want->csv)
			csv_head(&o);
		st = spur_source_read(s, &read, on_rows, &o, ctx->task, err);
	}
	if (st >= 0 && spur_source_undecoded(s) > 0)
		spur_emit_warn(emit, "%s: %llu messages do not fit their schema; their rows are empty", spur_source_path(s),
			       (unsigned long long)spur_source_undecoded(s));
	spur_bus_warn(s, emit);
	damaged = spur_file_warn(ctx, spur_source_path(s), spur_source_describe(s), emit) != SPUR_EXIT_OK;
	free(o.shown);
	free(ids);
	spur_buf_finish(&o.line);
	if (st < 0)
		return spur_exit_of(st);
	return damaged || spur_source_undecoded(s) > 0 ? SPUR_EXIT_PARTIAL : SPUR_EXIT_OK;
}
