#include "config.h"

#include "verb/cat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "decode/decoder.h"
#include "decode/jsonvisit.h"
#include "verb/file.h"

/* Messages with everything that is in them, a line each. */
struct listing {
	struct spur_ctx *ctx;
	const struct spur_description *desc;
	struct spur_emit *emit;
	struct channel {
		const struct spur_decoder *decoder;
		struct spur_decoding *decoding;
	} *channels;		/* per stream */
	struct spur_buf line, value;
	uint64_t undecoded;
	char first_why[200];
};

#define BYTES_SHOWN 64u

/* People see that a picture is there and how large it is; --json has it. */
static void long_bytes(void *state, const char *key, const void *data, size_t len)
{
	char what[48];

	if (len <= BYTES_SHOWN) {
		spur_json_bytes(state, key, data, len);
		return;
	}
	snprintf(what, sizeof(what), "<%zu bytes>", len);
	spur_json_text(state, key, what);
}

/* The value first: begin and end balance, so what was read of a payload that breaks off is JSON too. */
static enum spur_status decode(struct listing *l, const struct spur_message *m, struct spur_error *err)
{
	struct spur_json json = { .out = &l->value };
	struct spur_visitor v = spur_visitor_json(&json);
	const struct channel *c = &l->channels[m->stream];

	if (!l->ctx->json)
		v.bytes = long_bytes;
	spur_buf_clear(&l->value);
	return c->decoder->walk(c->decoding, m, &v, err);
}

static void json_line(struct listing *l, const struct spur_message *m, const char *why)
{
	const struct spur_stream *s = &l->desc->streams[m->stream];
	struct spur_json j = { .out = &l->line };

	spur_json_begin(&j, NULL, '{');
	spur_json_uint(&j, "i", m->index);
	spur_json_text(&j, "topic", s->topic);
	spur_json_uint(&j, "channel_id", s->id);
	spur_json_uint(&j, "log_time_ns", m->log_time);
	if (l->value.len > 0)	/* with an error: what was there before it */
		spur_json_raw(&j, "v", spur_buf_text(&l->value));
	if (why != NULL)
		spur_json_text(&j, "error", why);
	spur_json_end(&j, '}');
}

static void text_line(struct listing *l, const struct spur_message *m, const char *why)
{
	char at[SPUR_TIME_TEXT];

	spur_buf_addf(&l->line, "%s %s ", spur_time_text((spur_ns)m->log_time, l->ctx->time_style, l->desc->begin_ns, at),
		      l->desc->streams[m->stream].topic);
	spur_buf_add(&l->line, spur_buf_text(&l->value), l->value.len);
	if (why != NULL)
		spur_buf_addf(&l->line, "%s(broken: %s)", l->value.len > 0 ? " " : "", why);
}

static enum spur_status on_messages(void *state, const struct spur_batch *batch, struct spur_error *err)
{
	struct listing *l = state;

	(void)err;
	for (size_t i = 0; i < batch->count; i++) {
		const struct spur_message *m = &batch->messages[i];
		struct spur_error why = { 0 };
		bool bad = decode(l, m, &why) < 0;

		if (bad && l->undecoded++ == 0)
			snprintf(l->first_why, sizeof(l->first_why), "message %llu of %s: %.120s", (unsigned long long)m->index,
				 l->desc->streams[m->stream].topic, why.text);
		spur_buf_clear(&l->line);
		if (l->ctx->json)
			json_line(l, m, bad ? why.text : NULL);
		else
			text_line(l, m, bad ? why.text : NULL);
		spur_emit_raw(l->emit, l->line.data, l->line.len);
	}
	return SPUR_OK;
}

static void no_decoder(struct listing *l, const struct spur_stream *s, const char *why)
{
	spur_emit_row(l->emit, "channel");
	spur_emit_text(l->emit, "topic", s->topic);
	spur_emit_uint(l->emit, "channel_id", s->id);
	spur_emit_text(l->emit, "no_decoder", why);
	spur_emit_end(l->emit);
}

/* Opens a decoder for each wanted stream; says which have none. Returns how many have one. */
static size_t open_channels(struct listing *l, const struct cat_want *want, uint32_t *ids, size_t *refused)
{
	size_t n = 0;

	for (uint32_t i = 0; i < l->desc->stream_count; i++) {
		const struct spur_stream *s = &l->desc->streams[i];
		struct channel *c = &l->channels[i];
		struct spur_error why = { 0 };

		if (!cat_fits(want->topics, want->topic_count, s->topic))
			continue;
		if (spur_decoder_open(s, &c->decoder, &c->decoding, &why) >= 0) {
			ids[n++] = i;
			continue;
		}
		no_decoder(l, s, why.text);
		(*refused)++;
	}
	return n;
}

enum spur_exit cat_messages(struct spur_ctx *ctx, struct spur_source *s, const struct cat_want *want, struct spur_emit *emit,
			    struct spur_error *err)
{
	struct listing l = { .ctx = ctx, .desc = spur_source_describe(s), .emit = emit };
	const struct spur_sink sink = { .state = &l, .messages = on_messages };
	uint32_t *ids = spur_calloc(l.desc->stream_count, sizeof(*ids));
	struct spur_scan scan = { .streams = ids, .begin_ns = want->begin_ns, .end_ns = want->end_ns, .order = want->order,
				  .per_stream_limit = want->per_channel, .mem_bytes = ctx->mem_bytes, .threads = ctx->threads };
	enum spur_status st = SPUR_OK;
	size_t refused = 0;
	bool damaged;

	l.channels = spur_calloc(l.desc->stream_count, sizeof(*l.channels));
	scan.stream_count = open_channels(&l, want, ids, &refused);
	if (scan.stream_count == 0 && refused == 0 && want->topic_count > 0)
		st = spur_fail(err, SPUR_ENOTFOUND, "%s: no topic fits; spur info lists them", spur_source_path(s));
	else if (scan.stream_count > 0)
		st = spur_source_format(s)->scan(spur_source_reader(s), &scan, &sink, ctx->task, err);
	if (l.undecoded > 0)
		spur_emit_warn(emit, "%s: %llu messages do not fit their schema; the first: %s", spur_source_path(s),
			       (unsigned long long)l.undecoded, l.first_why);
	if (refused > 0)
		spur_emit_warn(emit, "%s: %zu channels cannot be decoded; their rows say why", spur_source_path(s), refused);
	damaged = spur_file_warn(ctx, spur_source_path(s), l.desc, emit) != SPUR_EXIT_OK;
	for (size_t i = 0; i < l.desc->stream_count; i++) {
		if (l.channels[i].decoding != NULL)
			l.channels[i].decoder->close(l.channels[i].decoding);
	}
	free(l.channels);
	free(ids);
	spur_buf_finish(&l.line);
	spur_buf_finish(&l.value);
	if (st < 0)
		return spur_exit_of(spur_wrap(st, err, "%s", spur_source_path(s)));
	return refused > 0 || l.undecoded > 0 || damaged ? SPUR_EXIT_PARTIAL : SPUR_EXIT_OK;
}
