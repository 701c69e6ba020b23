#include "config.h"

#include "sync/source_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define SAMPLES_PER_STREAM 16u
#define SAMPLE_MESSAGES_MAX 65536u	/* enough: a stream that shows up later stays without fields */

static enum spur_status no_room(const struct spur_source *s, struct spur_error *err)
{
	return spur_fail(err, SPUR_ENOMEM, "%s: its list of signals is larger than is sane", s->path);
}

enum spur_status source_add_table(struct spur_source *s, const struct source_table *t, struct spur_error *err)
{
	if (t->label == NULL)
		return no_room(s, err);
	if (s->table_count == s->table_cap) {
		s->table_cap = s->table_cap == 0 ? 16 : s->table_cap * 2;
		s->tables = spur_realloc(s->tables, s->table_cap, sizeof(*s->tables));
	}
	s->tables[s->table_count++] = *t;
	return SPUR_OK;
}

enum spur_status source_add_signal(struct spur_source *s, const struct spur_source_signal *sig, size_t inner,
				   const char *plain, struct spur_error *err)
{
	if (sig->name == NULL || sig->stream == NULL || plain == NULL)
		return no_room(s, err);
	if (s->signal_count == s->signal_cap) {
		s->signal_cap = s->signal_cap == 0 ? 64 : s->signal_cap * 2;
		s->signals = spur_realloc(s->signals, s->signal_cap, sizeof(*s->signals));
		s->inner = spur_realloc(s->inner, s->signal_cap, sizeof(*s->inner));
		s->plain = spur_realloc(s->plain, s->signal_cap, sizeof(*s->plain));
	}
	s->inner[s->signal_count] = inner;
	s->plain[s->signal_count] = plain;
	s->signals[s->signal_count++] = *sig;
	return SPUR_OK;
}

static char *joined(struct spur_source *s, const char *a, char mid, const char *b)
{
	char *text = spur_strfmt("%s%c%s", a, mid, b), *kept = spur_arena_str(s->arena, text);

	free(text);
	return kept;
}

/* ---- MDF: one table per channel group ---- */

static enum spur_status add_group(struct spur_source *s, const struct spur_group *g, struct spur_error *err)
{
	struct source_table t = { .kind = SOURCE_GROUP, .at = g->index };
	enum spur_status st;
	char number[16];

	t.time = g->domain == SPUR_DOMAIN_TIME && s->desc->has_time;
	t.label = g->name[0] != '\0' ? g->name : spur_arena_strn(s->arena, number, (size_t)snprintf(number, sizeof(number),
												    "%u", g->index));
	if ((st = source_add_table(s, &t, err)) < 0)
		return st;
	for (uint32_t i = g->first_signal; i < g->first_signal + g->signal_count; i++) {
		const struct spur_signal *c = &s->desc->signals[i];
		struct spur_source_signal sig = { .name = c->name, .unit = c->unit, .comment = c->comment, .stream = c->stream };

		if (c->refused || g->refusal != NULL || (c->is_master && g->domain == SPUR_DOMAIN_TIME))
			continue;	/* the time master is rows->time_ns and rows->master of every batch */
		sig.type = c->type;
		sig.table = (uint32_t)(s->table_count - 1);
		sig.rows = g->rows;
		sig.time = t.time;
		if ((st = source_add_signal(s, &sig, i, c->name, err)) < 0)
			return st;
	}
	return SPUR_OK;
}

/* ---- MCAP: one table per channel ---- */

struct sampling {
	struct spur_source *s;
	uint64_t left;
};

static enum spur_status learn_batch(void *state, const struct spur_batch *batch, struct spur_error *err)
{
	struct sampling *sm = state;

	for (size_t i = 0; i < batch->count; i++) {
		const struct source_table *t = &sm->s->tables[batch->messages[i].stream];
		const struct spur_batch one = { .count = 1, .messages = &batch->messages[i] };
		enum spur_status st = t->decoding == NULL || t->decoder->learn == NULL ? SPUR_OK :
				      t->decoder->learn(t->decoding, &one, err);

		if (st < 0)
			return st;
	}
	sm->left -= batch->count < sm->left ? batch->count : sm->left;
	return sm->left == 0 ? SPUR_END : SPUR_OK;
}

/* Payloads that describe themselves and have no schema: look at the first few of each. */
static enum spur_status learn_streams(struct spur_source *s, struct spur_error *err)
{
	struct sampling sm = { .s = s, .left = SAMPLE_MESSAGES_MAX };
	const struct spur_sink sink = { .state = &sm, .messages = learn_batch };
	uint32_t *ids = spur_calloc(s->table_count, sizeof(*ids));
	struct spur_scan scan = { .streams = ids, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX,
				  .per_stream_limit = SAMPLES_PER_STREAM, .mem_bytes = s->opts.mem_bytes,
				  .threads = s->opts.threads };
	enum spur_status st = SPUR_OK;

	for (uint32_t i = 0; i < s->table_count; i++) {
		const struct source_table *t = &s->tables[i];

		if (t->decoding != NULL && t->decoder->learn != NULL && t->decoder->fields(t->decoding)->count == 0)
			ids[scan.stream_count++] = i;
	}
	if (scan.stream_count > 0)
		st = s->format->scan(s->reader, &scan, &sink, NULL, err);
	free(ids);
	return st;
}

static enum spur_status add_fields(struct spur_source *s, uint32_t table, struct spur_error *err)
{
	const struct source_table *t = &s->tables[table];
	const struct spur_stream *stream = &s->desc->streams[t->at];
	const struct spur_fields *f = t->decoder->fields(t->decoding);
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < f->count && st >= 0; i++) {
		struct spur_source_signal sig = { .unit = f->fields[i].unit, .comment = "", .stream = stream->topic,
						  .type = f->fields[i].type, .table = table, .rows = stream->messages,
						  .time = true };

		sig.name = joined(s, stream->topic, '.', f->fields[i].path);
		st = source_add_signal(s, &sig, i, spur_arena_str(s->arena, f->fields[i].path), err);
	}
	return st;
}

static enum spur_status add_streams(struct spur_source *s, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	s->refusals = spur_calloc(s->desc->stream_count, sizeof(*s->refusals));
	for (uint32_t i = 0; i < s->desc->stream_count && st >= 0; i++) {
		const struct spur_stream *stream = &s->desc->streams[i];
		struct source_table t = { .kind = SOURCE_STREAM, .at = i, .time = true };
		struct spur_error why;
		char id[16];

		snprintf(id, sizeof(id), "%u", stream->id);
		t.label = joined(s, stream->topic, '@', id);
		if (spur_decoder_open(stream, &t.decoder, &t.decoding, &why) < 0 &&
		    (s->refusals[i] = spur_arena_str(s->arena, why.text)) == NULL)
			return no_room(s, err);
		st = source_add_table(s, &t, err);
	}
	if (st < 0 || (st = learn_streams(s, err)) < 0)
		return st;
	for (uint32_t i = 0; i < s->desc->stream_count && st >= 0; i++) {
		if (s->tables[i].decoding != NULL)
			st = add_fields(s, i, err);
	}
	return st;
}

/* ---- all ---- */

enum spur_status spur_source_open(const char *path, const struct spur_source_opts *o, struct spur_source **out,
				  struct spur_error *err)
{
	struct spur_source *s = spur_calloc(1, sizeof(*s));
	struct spur_open_opts opts = { 0 };
	enum spur_status st;

	*out = NULL;
	s->path = spur_strdup(path);
	s->arena = spur_arena_create(SOURCE_ARENA_MAX);
	if (o != NULL)
		s->opts = *o;
	opts.mem_bytes = s->opts.mem_bytes;
	opts.threads = s->opts.threads;
	if ((st = spur_format_open(path, &opts, &s->format, &s->reader, err)) < 0)
		goto out;
	s->desc = s->format->describe(s->reader);
	for (size_t i = 0; i < s->desc->group_count && st >= 0; i++)
		st = add_group(s, &s->desc->groups[i], err);
	if (st >= 0 && s->desc->stream_count > 0)
		st = add_streams(s, err);
	if (st >= 0 && (s->opts.payloads || (s->opts.dbc != NULL && s->opts.dbc[0] != NULL)))
		st = source_bus_open(s, err);
	if (st >= 0)
		st = source_make_unique(s, err);
out:
	s->opts.dbc = NULL;	/* the caller's */
	if (st < 0)
		spur_source_close(s);
	else
		*out = s;
	return st;
}

void spur_source_close(struct spur_source *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->table_count; i++) {
		if (s->tables[i].decoding != NULL)
			s->tables[i].decoder->close(s->tables[i].decoding);
	}
	source_bus_close(s->bus);
	if (s->reader != NULL)
		s->format->close(s->reader);
	spur_arena_destroy(s->arena);
	free(s->tables);
	free(s->signals);
	free(s->inner);
	free(s->plain);
	free(s->refusals);
	free(s->unavailable);
	free(s->path);
	free(s);
}

const char *spur_source_path(const struct spur_source *s)
{
	return s->path;
}

const struct spur_format *spur_source_format(const struct spur_source *s)
{
	return s->format;
}

struct spur_reader *spur_source_reader(struct spur_source *s)
{
	return s->reader;
}

const struct spur_description *spur_source_describe(const struct spur_source *s)
{
	return s->desc;
}

const struct spur_source_signal *spur_source_signals(const struct spur_source *s, size_t *count)
{
	*count = s->signal_count;
	return s->signals;
}

const char *spur_source_refusal(const struct spur_source *s, uint32_t stream)
{
	return s->refusals == NULL || stream >= s->desc->stream_count ? NULL : s->refusals[stream];
}

uint64_t spur_source_undecoded(const struct spur_source *s)
{
	return s->bad;
}
