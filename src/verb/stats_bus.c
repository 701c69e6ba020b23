#include "config.h"

#include "verb/stats_bus.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "sync/source.h"
#include "verb/bus_rows.h"
#include "verb/stat.h"

struct bus_stats {
	struct spur_source *s;
	const struct spur_source_signal *signals;
	uint32_t *ids;
	size_t count;
	struct spur_stat *of;		/* by place in ids */
	bool bus;			/* signals in frames; else fields of messages */
	double *since_begin;		/* of the rows of a batch of messages */
};

/* The master of messages: seconds since the start of the file. */
static const double *master_of(struct bus_stats *b, const struct spur_columns *rows)
{
	spur_ns begin = spur_source_describe(b->s)->begin_ns;

	if (rows->master != NULL || rows->time_ns == NULL)
		return rows->master;
	b->since_begin = spur_realloc(b->since_begin, rows->rows + 1, sizeof(*b->since_begin));
	for (size_t i = 0; i < rows->rows; i++)
		b->since_begin[i] = (double)(rows->time_ns[i] - begin) / 1e9;
	return b->since_begin;
}

static bool has_text(const struct spur_column *c, size_t i)
{
	return c->text != NULL && spur_column_valid(c->text, i);
}

/* A multiplexed signal is not in every frame of its message: only frames that have it count. */
static void add_present(struct spur_stat *stat, const struct spur_column *c, const double *master)
{
	for (size_t i = 0; i < c->rows; i++) {
		struct spur_column one = { .type = c->type, .rows = 1 }, text = { .type = SPUR_TYPE_TEXT, .rows = 1 };

		if (spur_type_is_number(c->type)) {
			one.data = (const char *)c->data + i * spur_type_size(c->type);
		} else {
			one.data = c->data;
			one.offsets = c->offsets + i;
		}
		if (has_text(c, i)) {
			text.data = c->text->data;
			text.offsets = c->text->offsets + i;
			one.text = &text;
		} else if (!spur_column_valid(c, i)) {
			continue;
		}
		spur_stat_add(stat, &one, master == NULL ? NULL : master + i);
	}
}

static enum spur_status take(void *state, uint32_t table, const size_t *positions, struct spur_columns *rows,
			     struct spur_error *err)
{
	struct bus_stats *b = state;

	const double *master = master_of(b, rows);

	(void)table;
	(void)err;
	for (size_t c = 0; c < rows->count; c++) {
		if (rows->columns[c].validity == NULL)
			spur_stat_add(&b->of[positions[c]], &rows->columns[c], master);
		else
			add_present(&b->of[positions[c]], &rows->columns[c], master);
	}
	return SPUR_OK;
}

static void choose(struct bus_stats *b, const struct spur_file_patterns *patterns)
{
	struct spur_source_frame frame;
	size_t n;

	b->signals = spur_source_signals(b->s, &n);
	b->ids = spur_calloc(n, sizeof(*b->ids));
	for (size_t i = 0; i < n; i++) {
		const char *dot = strrchr(b->signals[i].name, '.');

		if (spur_source_frame(b->s, b->signals[i].table, &frame) != b->bus)
			continue;
		if (spur_file_patterns_test(patterns, b->signals[i].name) ||
		    spur_file_patterns_test(patterns, dot == NULL ? "" : dot + 1))
			b->ids[b->count++] = (uint32_t)i;
	}
	b->of = spur_calloc(b->count, sizeof(*b->of));
}

static void emit_rows(const struct bus_stats *b, bool raw, struct spur_emit *emit)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct spur_source_signal *sig = &b->signals[b->ids[i]];
		struct spur_source_frame frame = { 0 };
		bool in_frames = spur_source_frame(b->s, sig->table, &frame);

		if (b->of[i].n == 0)
			continue;	/* of a multiplexor value that never came, of a topic without messages */
		b->of[i].n_invalid += spur_source_unavailable(b->s, b->ids[i]);
		spur_emit_row(emit, "stat");
		spur_emit_text(emit, "name", sig->name);
		spur_emit_text(emit, "unit", sig->unit);
		spur_emit_text(emit, "type", spur_type_name(raw ? b->of[i].first[0].type : sig->type));
		spur_stat_emit(&b->of[i], emit);
		spur_emit_text(emit, "group", NULL);
		spur_emit_text(emit, "channel", NULL);
		spur_emit_text(emit, "stream", sig->stream);
		spur_emit_text(emit, "message", frame.message);
		if (!in_frames) {
			spur_emit_end(emit);
			continue;
		}
		spur_bus_emit_frame(&frame, emit);
		spur_emit_end(emit);
	}
}

enum spur_exit spur_stats_bus(struct spur_ctx *ctx, const struct spur_args *args, const char *const *dbcs,
			      const struct spur_file_patterns *patterns, bool must_fit, struct spur_emit *emit,
			      struct spur_error *err)
{
	const char *path = args->pos[0];
	bool raw = spur_args_has(args, "raw");
	const struct spur_source_opts opts = { .dbc = dbcs, .mem_bytes = ctx->mem_bytes, .threads = ctx->threads,
						.keep_unavailable = true };
	struct spur_source_want want = { .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX, .raw = raw, .with_text = !raw };
	struct bus_stats b = { .bus = dbcs != NULL };
	enum spur_exit rc = SPUR_EXIT_OK;
	enum spur_status st = spur_source_open(path, &opts, &b.s, err);

	if (st < 0)
		return spur_exit_of(st);
	choose(&b, patterns);
	want.ids = b.ids;
	want.count = b.count;
	if (b.count == 0 && must_fit && patterns->count > 0)
		st = spur_fail(err, SPUR_ENOTFOUND, "%s: no signal fits; spur signals lists them", path);
	else if ((st = spur_file_times(args, spur_source_describe(b.s), &want.begin_ns, &want.end_ns, err)) == SPUR_OK)
		st = spur_source_read(b.s, &want, take, &b, ctx->task, err);
	if (st >= 0) {
		if (b.count == 0 && b.bus && spur_args_has(args, "dbc"))
			spur_emit_warn(emit, "%s: no frame that the databases know", path);
		spur_bus_warn(b.s, emit);
		emit_rows(&b, raw, emit);
		rc = spur_file_warn(ctx, path, spur_source_describe(b.s), emit);
	} else {
		rc = spur_exit_of(st);
	}
	for (size_t i = 0; i < b.count; i++)
		spur_stat_finish(&b.of[i]);
	free(b.since_begin);
	free(b.of);
	free(b.ids);
	spur_source_close(b.s);
	return rc;
}
