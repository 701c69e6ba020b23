#include "config.h"

#include "sync/source_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* One pass over the file for everything wanted, in tables. */
struct reading {
	struct spur_source *s;
	const struct spur_source_want *want;
	spur_source_sink *sink;
	void *state;
	struct source_part *parts;
	size_t part_count;
	size_t *part_of;		/* per table: index of its part + 1 */
	size_t *column_of;		/* per MDF signal: column in the batch at hand + 1 */
	struct spur_message **bucket;	/* per part: the messages of the batch at hand */
	size_t *filled, *room;
	bool enough;			/* the sink said so */
};

/* ---- MDF ---- */

/* The wanted columns of a batch that may hold others too (bus members), or in another order. */
static enum spur_status pass_group(struct reading *r, const struct source_part *p, const uint32_t *ids,
				   struct spur_columns *rows, struct spur_error *err)
{
	size_t *cols = spur_calloc(p->count, sizeof(*cols));
	bool same = rows->count == p->count;
	struct spur_columns *chosen;
	enum spur_status st;
	size_t n = 0;

	for (size_t c = 0; c < rows->count; c++)
		r->column_of[ids[c]] = c + 1;
	for (size_t k = 0; k < p->count; k++) {
		if (r->column_of[p->inner[k]] == 0)
			break;
		cols[n++] = r->column_of[p->inner[k]] - 1;
		same = same && cols[k] == k;
	}
	for (size_t c = 0; c < rows->count; c++)
		r->column_of[ids[c]] = 0;
	if (n < p->count) {
		free(cols);
		return spur_fail(err, SPUR_EFORMAT, "a batch of group %u lacks a wanted column", r->s->tables[p->table].at);
	}
	chosen = same ? spur_columns_ref(rows) : spur_columns_select(rows, cols, n);
	st = r->sink(r->state, p->table, p->pos, chosen, err);
	spur_columns_unref(chosen);
	free(cols);
	return st;
}

static enum spur_status on_columns(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows,
				   struct spur_error *err)
{
	struct reading *r = state;
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < r->part_count && st == SPUR_OK; i++) {
		const struct source_table *t = &r->s->tables[r->parts[i].table];

		if (t->kind == SOURCE_GROUP && t->at == group)
			st = pass_group(r, &r->parts[i], ids, rows, err);
	}
	r->enough = r->enough || st == SPUR_END;
	return st;
}

static enum spur_status on_frames(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows,
				  struct spur_error *err)
{
	struct reading *r = state;

	return source_bus_rows(r->s, group, ids, rows, r->want, r->parts, r->part_count, r->part_of, r->sink, r->state, err);
}

/* ---- MCAP ---- */

static void into_bucket(struct reading *r, size_t part, const struct spur_message *m)
{
	if (r->filled[part] == r->room[part]) {
		r->room[part] = r->room[part] == 0 ? 64 : r->room[part] * 2;
		r->bucket[part] = spur_realloc(r->bucket[part], r->room[part], sizeof(*m));
	}
	r->bucket[part][r->filled[part]++] = *m;
}

static enum spur_status pass_messages(struct reading *r, size_t part, struct spur_error *err)
{
	const struct source_part *p = &r->parts[part];
	const struct source_table *t = &r->s->tables[p->table];
	const struct spur_batch batch = { .count = r->filled[part], .messages = r->bucket[part] };
	struct spur_columns *rows = NULL;
	enum spur_status st;

	st = t->decoder->columns(t->decoding, &batch, p->inner, p->count, &rows, &r->s->bad, err);
	if (st >= 0)
		st = r->sink(r->state, p->table, p->pos, rows, err);
	spur_columns_unref(rows);
	r->filled[part] = 0;
	return st;
}

static enum spur_status on_messages(void *state, const struct spur_batch *batch, struct spur_error *err)
{
	struct reading *r = state;
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < batch->count; i++) {
		uint32_t stream = batch->messages[i].stream;	/* tables of an MCAP file are its streams */

		if (stream < r->s->table_count && r->part_of[stream] != 0)
			into_bucket(r, r->part_of[stream] - 1, &batch->messages[i]);
	}
	for (size_t i = 0; i < r->part_count && st == SPUR_OK; i++) {
		if (r->filled[i] > 0)
			st = pass_messages(r, i, err);
	}
	return st;
}

/* ---- plan ---- */

static enum spur_status plan(struct reading *r, struct spur_error *err)
{
	const struct spur_source_want *w = r->want;

	r->part_of = spur_calloc(r->s->table_count, sizeof(*r->part_of));
	r->parts = spur_calloc(w->count, sizeof(*r->parts));
	r->column_of = spur_calloc(r->s->desc->signal_count, sizeof(*r->column_of));
	for (size_t i = 0; i < w->count; i++) {
		uint32_t table;

		if (w->ids[i] >= r->s->signal_count)
			return spur_fail(err, SPUR_EINVAL, "%s: signal %u of %zu", r->s->path, w->ids[i], r->s->signal_count);
		table = r->s->signals[w->ids[i]].table;
		if (r->part_of[table] == 0) {
			r->parts[r->part_count].table = table;
			r->part_of[table] = ++r->part_count;
		}
		r->parts[r->part_of[table] - 1].count++;
	}
	for (size_t i = 0; i < r->part_count; i++) {
		r->parts[i].pos = spur_calloc(r->parts[i].count, sizeof(*r->parts[i].pos));
		r->parts[i].inner = spur_calloc(r->parts[i].count, sizeof(*r->parts[i].inner));
		r->parts[i].count = 0;
	}
	for (size_t i = 0; i < w->count; i++) {
		struct source_part *p = &r->parts[r->part_of[r->s->signals[w->ids[i]].table] - 1];

		p->pos[p->count] = i;
		p->inner[p->count++] = r->s->inner[w->ids[i]];
	}
	r->bucket = spur_calloc(r->part_count, sizeof(*r->bucket));
	r->filled = spur_calloc(r->part_count, sizeof(*r->filled));
	r->room = spur_calloc(r->part_count, sizeof(*r->room));
	return SPUR_OK;
}

static void unplan(struct reading *r)
{
	for (size_t i = 0; i < r->part_count; i++) {
		free(r->parts[i].pos);
		free(r->parts[i].inner);
		if (r->bucket != NULL)
			free(r->bucket[i]);
	}
	free(r->parts);
	free(r->part_of);
	free(r->column_of);
	free(r->bucket);
	free(r->filled);
	free(r->room);
}

#define BUS_MEMBERS_MAX 65536u

static void add_once(uint32_t *ids, size_t *count, size_t *seen, uint32_t id)
{
	if (seen[id] == 0)
		ids[(*count)++] = id;
	seen[id] = 1;
}

/* MDF signals (each once) or streams; true if decoded frames are wanted too. */
static bool fill_scan(struct reading *r, struct spur_scan *scan, uint32_t *signals, uint32_t *streams)
{
	bool frames = false;

	for (size_t i = 0; i < r->part_count; i++) {
		const struct source_table *t = &r->s->tables[r->parts[i].table];

		frames = frames || t->kind == SOURCE_FRAMES;
		if (t->kind == SOURCE_STREAM)
			streams[scan->stream_count++] = t->at;
		for (size_t k = 0; t->kind == SOURCE_GROUP && k < r->parts[i].count; k++)
			add_once(signals, &scan->signal_count, r->column_of, (uint32_t)r->parts[i].inner[k]);
	}
	memset(r->column_of, 0, r->s->desc->signal_count * sizeof(*r->column_of));
	scan->signals = signals;
	scan->streams = streams;
	return frames;
}

/* Frames need their members as physical numbers, whatever is wanted of the signals in them (a
 * DataLength may be stored as its DLC code; a bus channel may have a name): a pass of its own. */
static enum spur_status read_frames(struct reading *r, struct spur_scan *scan, const struct spur_sink *to,
				    struct spur_task *task, struct spur_error *err)
{
	uint32_t *members = spur_calloc(BUS_MEMBERS_MAX, sizeof(*members));
	enum spur_status st;

	scan->signals = members;
	scan->signal_count = source_bus_members(r->s->bus, members, BUS_MEMBERS_MAX);
	scan->raw = scan->with_text = false;
	scan->begin_ns = source_bus_begin(r->s, r->want->begin_ns);
	st = r->s->format->scan(r->s->reader, scan, to, task, err);
	free(members);
	return st;
}

enum spur_status spur_source_read(struct spur_source *s, const struct spur_source_want *want, spur_source_sink *sink,
				  void *state, struct spur_task *task, struct spur_error *err)
{
	struct reading r = { .s = s, .want = want, .sink = sink, .state = state };
	const struct spur_sink to = { .state = &r, .columns = on_columns, .messages = on_messages };
	const struct spur_sink frames_to = { .state = &r, .columns = on_frames };
	struct spur_scan scan = { .begin_ns = want->begin_ns, .end_ns = want->end_ns, .raw = want->raw,
				  .with_text = want->with_text, .mem_bytes = s->opts.mem_bytes, .threads = s->opts.threads };
	uint32_t *signals = spur_calloc(s->desc->signal_count, sizeof(*signals));
	uint32_t *streams = spur_calloc(s->table_count, sizeof(*streams));
	enum spur_status st = plan(&r, err);

	s->bad = 0;
	if (s->bus != NULL && s->unavailable == NULL)
		s->unavailable = spur_calloc(s->signal_count, sizeof(*s->unavailable));
	if (s->unavailable != NULL)
		memset(s->unavailable, 0, s->signal_count * sizeof(*s->unavailable));
	if (st >= 0) {
		bool frames = fill_scan(&r, &scan, signals, streams);

		if (scan.signal_count > 0 || scan.stream_count > 0)
			st = s->format->scan(s->reader, &scan, &to, task, err);
		if (st >= 0 && frames && !r.enough)
			st = read_frames(&r, &scan, &frames_to, task, err);
	}
	unplan(&r);
	free(signals);
	free(streams);
	return st < 0 ? spur_wrap(st, err, "%s", s->path) : st;
}

/* ---- span ---- */

struct spanning {
	spur_ns begin, end;
	bool any;
};

static enum spur_status widen(void *state, uint32_t table, const size_t *ids_in, struct spur_columns *rows,
			      struct spur_error *err)
{
	struct spanning *sp = state;

	(void)table;
	(void)ids_in;
	(void)err;
	for (size_t i = 0; rows->time_ns != NULL && i < rows->rows; i++) {
		spur_ns t = rows->time_ns[i];

		sp->begin = !sp->any || t < sp->begin ? t : sp->begin;
		sp->end = !sp->any || t > sp->end ? t : sp->end;
		sp->any = true;
	}
	return SPUR_OK;
}

#define EXACT_SPAN_BYTES (UINT64_C(64) << 20)

/* The smallest signal of each table with time: their stamps are all that is looked at. */
static size_t one_per_table(const struct spur_source *s, uint32_t *ids)
{
	size_t *best = spur_calloc(s->table_count, sizeof(*best)), n = 0;

	for (size_t i = 0; i < s->signal_count; i++) {
		size_t *b = &best[s->signals[i].table];
		size_t size = spur_type_size(s->signals[i].type);

		if (s->signals[i].time && (*b == 0 || (size > 0 && size < spur_type_size(s->signals[*b - 1].type))))
			*b = i + 1;
	}
	for (size_t t = 0; t < s->table_count; t++) {
		if (best[t] != 0 && s->tables[t].kind != SOURCE_FRAMES)
			ids[n++] = (uint32_t)(best[t] - 1);
	}
	free(best);
	return n;
}

enum spur_status spur_source_span(struct spur_source *s, spur_ns *begin_ns, spur_ns *end_ns, struct spur_task *task,
				  struct spur_error *err)
{
	struct spanning sp = { 0 };
	uint32_t *ids;
	struct spur_source_want want = { .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX, .raw = true };
	enum spur_status st;

	/* The index of MCAP has both; MDF has the start of the recording, which may be before the first
	 * stamp, and perhaps the end: good enough where finding out means to read a large file. */
	if (s->desc->has_time && s->desc->end_known &&
	    (s->desc->stream_count > 0 || s->desc->size_bytes > EXACT_SPAN_BYTES)) {
		*begin_ns = s->desc->begin_ns;
		*end_ns = s->desc->end_ns - 1;
		return SPUR_OK;
	}
	ids = spur_calloc(s->signal_count, sizeof(*ids));
	want.ids = ids;
	want.count = one_per_table(s, ids);
	st = spur_source_read(s, &want, widen, &sp, task, err);
	free(ids);
	if (st < 0)
		return st;
	if (!sp.any)
		return spur_fail(err, SPUR_ENOTFOUND, "%s: no row with a time", s->path);
	*begin_ns = sp.begin;
	*end_ns = sp.end;
	return SPUR_OK;
}

enum spur_status spur_source_levels(struct spur_source *s, const struct spur_levels *want, struct spur_task *task,
				    struct spur_error *err)
{
	const struct spur_source_signal *sig = &s->signals[want->signal];
	struct spur_levels inner = *want;

	if (s->format->levels == NULL || s->tables[sig->table].kind != SOURCE_GROUP)
		return spur_fail(err, SPUR_ENOTFOUND, "%s: nothing stores intervals of it", sig->name);
	inner.signal = (uint32_t)s->inner[want->signal];
	return s->format->levels(s->reader, &inner, task, err);
}
