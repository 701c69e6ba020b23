#include "config.h"

#include "verb/messages.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "verb/bus_profile.h"
#include "verb/file.h"

enum { DIGEST_HEX = 16 };

struct listing {
	const struct spur_description *d;
	struct spur_emit *emit;
	bool digest;
	struct messages_topic *counts;	/* per stream; NULL: a row per message is wanted */
};

void messages_emit_stamp(struct spur_emit *emit, const char *key, uint64_t t)
{
	if (t > INT64_MAX)
		spur_emit_uint(emit, key, t);
	else
		spur_emit_time(emit, key, (spur_ns)t);
}

void messages_topic_add(struct messages_topic *t, uint64_t time, bool timed, uint64_t size)
{
	if (t->n == 0 || size < t->smallest)
		t->smallest = size;
	if (size > t->largest)
		t->largest = size;
	if (timed && (!t->timed || time < t->first))
		t->first = time;
	if (timed && (!t->timed || time > t->last))
		t->last = time;
	t->timed = t->timed || timed;
	t->bytes += size;
	t->n++;
}

void messages_topic_emit(const struct messages_topic *t, struct spur_emit *emit)
{
	spur_emit_uint(emit, "n", t->n);
	if (t->timed && t->last > t->first)
		spur_emit_f64(emit, "rate_hz", (double)(t->n - 1) * 1e9 / (double)(t->last - t->first));
	else
		spur_emit_text(emit, "rate_hz", NULL);
	spur_emit_size(emit, "size_bytes", t->bytes);
	spur_emit_detail(emit);
	spur_emit_uint(emit, "size_min", t->smallest);
	spur_emit_uint(emit, "size_max", t->largest);
	if (t->timed) {
		messages_emit_stamp(emit, "first_ns", t->first);
		messages_emit_stamp(emit, "last_ns", t->last);
	} else {
		spur_emit_text(emit, "first_ns", NULL);
		spur_emit_text(emit, "last_ns", NULL);
	}
}

static enum spur_status list(void *state, const struct spur_batch *batch, struct spur_error *err)
{
	struct listing *l = state;

	(void)err;
	for (size_t i = 0; i < batch->count; i++) {
		const struct spur_message *m = &batch->messages[i];
		const struct spur_stream *s = &l->d->streams[m->stream];

		if (l->counts != NULL) {
			messages_topic_add(&l->counts[m->stream], m->log_time, true, m->size);
			continue;
		}
		spur_emit_row(l->emit, "message");
		spur_emit_uint(l->emit, "i", m->index);
		messages_emit_stamp(l->emit, "log_time_ns", m->log_time);
		spur_emit_text(l->emit, "topic", s->topic);
		l->emit->detail = true;	/* people know it by its topic, and a line has 80 columns */
		spur_emit_uint(l->emit, "channel_id", s->id);
		l->emit->detail = false;
		spur_emit_uint(l->emit, "sequence", m->sequence);
		spur_emit_uint(l->emit, "size", m->size);
		if (l->digest) {
			char sha[SPUR_SHA256_HEX];

			spur_sha256_hex_of(m->data, m->size, sha);
			spur_emit_textn(l->emit, "sha", sha, DIGEST_HEX);
		}
		spur_emit_detail(l->emit);
		messages_emit_stamp(l->emit, "publish_time_ns", m->publish_time);
		spur_emit_end(l->emit);
	}
	return SPUR_OK;
}

/* Streams whose topic fits a pattern; every pattern must fit one. The caller frees want->streams. */
static enum spur_status choose(const struct spur_args *args, const struct spur_description *d, struct spur_scan *want,
			       struct spur_error *err)
{
	struct spur_file_patterns p;
	enum spur_status st = spur_file_patterns_parse(args, "topic", &p, err);
	uint32_t *ids = spur_calloc(d->stream_count, sizeof(*ids));

	want->streams = ids;
	want->all_streams = p.count == 0;
	for (size_t i = 0; i < d->stream_count && st >= 0; i++) {
		if (spur_file_patterns_test(&p, d->streams[i].topic))
			ids[want->stream_count++] = (uint32_t)i;
	}
	for (size_t k = 0; k < p.count && st >= 0; k++) {
		size_t fits = 0;

		for (size_t i = 0; i < d->stream_count; i++)
			fits += spur_match_test(p.m[k], d->streams[i].topic);
		if (fits == 0)
			st = spur_fail(err, SPUR_ENOTFOUND, "no topic '%s'; spur info lists them", spur_args_nth(args, "topic", k));
	}
	spur_file_patterns_finish(&p);
	return st;
}

static enum spur_status set_span(const struct spur_args *args, const struct spur_description *d, struct messages_want *want,
				 struct spur_error *err)
{
	want->begin_ns = SPUR_NS_MIN;
	want->end_ns = SPUR_NS_MAX;
	return spur_file_span(args, d->begin_ns, d->end_ns, &want->begin_ns, &want->end_ns, err);
}

static enum spur_order order_of(const char *name)
{
	return strcmp(name, "file") == 0 ? SPUR_ORDER_FILE : strcmp(name, "topic") == 0 ? SPUR_ORDER_TOPIC :
	       strcmp(name, "reverse") == 0 ? SPUR_ORDER_REVERSE : SPUR_ORDER_TIME;
}

static void show_topics(const struct listing *l)
{
	for (size_t i = 0; i < l->d->stream_count; i++) {
		if (l->counts[i].n == 0)
			continue;
		spur_emit_row(l->emit, "topic");
		spur_emit_text(l->emit, "topic", l->d->streams[i].topic);
		spur_emit_text(l->emit, "kind", l->d->streams[i].encoding);
		spur_emit_text(l->emit, "name", l->d->streams[i].schema_name);
		messages_topic_emit(&l->counts[i], l->emit);
		spur_emit_uint(l->emit, "channel_id", l->d->streams[i].id);
		spur_emit_end(l->emit);
	}
}

static enum spur_status read_streams(struct spur_ctx *ctx, const struct spur_args *args, const struct spur_format *format,
				     struct spur_reader *reader, const struct messages_want *want, struct spur_emit *emit,
				     struct spur_error *err)
{
	const struct spur_description *d = format->describe(reader);
	struct listing l = { .d = d, .emit = emit, .digest = want->digest };
	struct spur_sink sink = { .state = &l, .messages = list };
	struct spur_scan scan = { .order = want->topics ? SPUR_ORDER_FILE : want->order, .mem_bytes = ctx->mem_bytes, .threads = ctx->threads,
				  .begin_ns = want->begin_ns, .end_ns = want->end_ns };
	enum spur_status st = choose(args, d, &scan, err);

	if (want->topics)
		l.counts = spur_calloc(d->stream_count, sizeof(*l.counts));
	if (st >= 0)
		st = format->scan(reader, &scan, &sink, ctx->task, err);
	if (st >= 0 && want->topics)
		show_topics(&l);
	free(l.counts);
	free((void *)(uintptr_t)scan.streams);
	return st;
}

static enum spur_status read_all(struct spur_ctx *ctx, const struct spur_args *args, const struct spur_format *format,
				 struct spur_reader *reader, struct spur_emit *emit, struct spur_error *err)
{
	const struct spur_description *d = format->describe(reader);
	struct messages_want want = { .order = order_of(spur_args_text(args, "order", "time")), .digest = spur_args_has(args, "digest"),
				      .topics = spur_args_has(args, "topics") };
	bool bus = d->stream_count == 0 && messages_bus_any(d);
	enum spur_status st;

	if (d->stream_count == 0 && !bus && strcmp(d->format, "mcap") != 0)
		return spur_fail(err, SPUR_EUNSUPPORTED, "holds no messages; spur signals lists what it has");
	if ((st = set_span(args, d, &want, err)) < 0)
		return st;
	return bus ? messages_bus(ctx, args, format, reader, &want, emit, err) : read_streams(ctx, args, format, reader, &want, emit, err);
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	const struct spur_format *format;
	struct spur_reader *reader;
	enum spur_exit rc;
	enum spur_status st = spur_file_open(ctx, args->pos[0], &format, &reader, err);

	if (st < 0)
		return spur_exit_of(st);
	st = spur_wrap(read_all(ctx, args, format, reader, emit, err), err, "%s", args->pos[0]);
	rc = spur_file_warn(ctx, args->pos[0], format->describe(reader), emit);
	format->close(reader);
	return st < 0 ? spur_exit_of(st) : rc;
}

/* clang-format off */
static const struct spur_opt opts[] = {
	{ "topic", 't', SPUR_OPT_TEXT, "TOPIC", "only topics that fit; glob, /regex/ or ~letters", true },
	{ "topics", 0, SPUR_OPT_FLAG, NULL, "a row per topic: how many, how often, how large", false },
	{ "order", 0, SPUR_OPT_CHOICE, "time|file|topic|reverse", "by log time (default), as in the file, by topic, latest first", false },
	{ "digest", 0, SPUR_OPT_FLAG, NULL, "first 16 hex digits of the sha256 of each payload", false },
	{ "from", 0, SPUR_OPT_TIME, "T", "not before T", false },
	{ "to", 0, SPUR_OPT_TIME, "T", "before T", false },
	{ "dbc", 0, SPUR_OPT_PATH, "[N=]FILE", "CAN frames by their names in this database (of channel N)", true },
	SPUR_BUS_NO_PROFILE,
	{ 0 }
};
/* clang-format on */

const struct spur_verb spur_verb_messages = {
	.name = "messages",
	.synopsis = "FILE",
	.summary = "list the messages of a recording, or the frames of a bus log",
	.section = "Files",
	.opts = opts,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
