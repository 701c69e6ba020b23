#include "config.h"

#include "format/mcap/rewrite.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/*
 * cut(): the messages of a span of time, in file order, of all topics or of some. Channels, metadata and attachments
 * are kept. What a topic latches is said once and holds from then on, so the last of it from before
 * the span comes along, with its own time.
 */
enum { EARLIER_MAX = 1000 };	/* messages of one channel that are carried over */

struct earlier {
	uint32_t stream;
	struct spur_place place;
};

struct carried {
	struct earlier *v;	/* owned */
	size_t count;
};

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

static const char *metadata_of(const struct spur_stream *s, const char *key)
{
	for (size_t i = 0; s->metadata != NULL && s->metadata[i] != NULL; i += 2) {
		if (strcmp(s->metadata[i], key) == 0)
			return s->metadata[i + 1];
	}
	return "";
}

/* "durability: transient_local" (rosbag2 from Iron on), "durability: 1" (before): who comes late gets the last `depth`. */
static size_t transient_local(const char *qos)
{
	const char *depth = strstr(qos, "depth:");
	unsigned long long n = depth == NULL ? 1 : strtoull(depth + 6, NULL, 10);

	if (strstr(qos, "durability: transient_local") == NULL && strstr(qos, "durability: 1\n") == NULL && !ends_with(qos, "durability: 1"))
		return 0;
	return n < 1 ? 1 : n > EARLIER_MAX ? EARLIER_MAX : (size_t)n;
}

/* How many of the last messages of a channel still hold when more come: 0 of most. */
static size_t latched(const struct spur_stream *s)
{
	const char *latching = metadata_of(s, "latching");

	if (ends_with(s->topic, "_static"))	/* transforms of several senders */
		return EARLIER_MAX;
	if (strcmp(latching, "1") == 0 || strcmp(latching, "true") == 0 || strcmp(latching, "True") == 0)
		return 1;
	return transient_local(metadata_of(s, "offered_qos_profiles"));
}

static enum spur_status note(const struct spur_cut *want, enum spur_severity severity, uint64_t offset, char *what,
			     struct spur_error *err)
{
	struct spur_finding f = { .severity = severity, .offset = offset, .what = what };
	enum spur_status st = want->how.notes == NULL ? SPUR_OK : want->how.notes->found(want->how.notes->state, &f, err);

	free(what);
	return st;
}

/* The last messages of a stream before the span. */
static enum spur_status find_earlier(struct spur_reader *r, uint32_t stream, size_t most, const struct spur_cut *want,
				     struct carried *c, struct spur_task *task, struct spur_error *err)
{
	struct spur_place *all = NULL;
	size_t count = 0, end = 0, begin;
	enum spur_status st = mcap_locate(r, stream, r->opts.mem_bytes, &all, &count, task, err);

	if (st < 0)
		return spur_wrap(st, err, "what %s said before", r->description.streams[stream].topic);
	while (end < count && all[end].log_time < (uint64_t)want->begin_ns)
		end++;
	begin = end > most ? end - most : 0;
	if (end > begin) {
		c->v = spur_realloc(c->v, c->count + (end - begin), sizeof(*c->v));
		for (size_t i = begin; i < end; i++)
			c->v[c->count++] = (struct earlier){ stream, all[i] };
		st = note(want, SPUR_NOTE, r->pieces[all[end - 1].piece].offset,
			  spur_strfmt("%s holds from before the span on: %zu of its messages come along", r->description.streams[stream].topic,
				      end - begin), err);
	}
	free(all);
	return st;
}

static int by_time(const void *a, const void *b)
{
	const struct earlier *x = a, *y = b;

	if (x->place.log_time != y->place.log_time)
		return x->place.log_time < y->place.log_time ? -1 : 1;
	if (x->stream != y->stream)
		return x->stream < y->stream ? -1 : 1;
	if (x->place.piece != y->place.piece)
		return x->place.piece < y->place.piece ? -1 : 1;
	return x->place.at < y->place.at ? -1 : x->place.at > y->place.at;
}

static enum spur_status put_earlier(struct mcap_rewrite *w, const struct earlier *e, const struct spur_cut *want,
				    struct spur_error *err)
{
	const char *topic = w->r->description.streams[e->stream].topic;
	struct spur_error why = { 0 };
	struct spur_message m;
	enum spur_status st = mcap_fetch(w->r, e->stream, &e->place, &m, &why);

	if (st == SPUR_EFORMAT)
		return note(want, SPUR_DEFECT, w->r->pieces[e->place.piece].offset,
			    spur_strfmt("%s: a message from before the span cannot be carried over: %s", topic, why.text), err);
	if (st >= 0)
		return mcap_rewrite_message(w, &m, err);
	*err = why;
	return st;
}

static enum spur_status carry(struct mcap_rewrite *w, const struct spur_cut *want, struct spur_task *task, struct spur_error *err)
{
	const struct spur_description *d = &w->r->description;
	struct carried c = { 0 };
	enum spur_status st = SPUR_OK;

	for (uint32_t i = 0; i < d->stream_count && st >= 0 && want->begin_ns > 0 && !want->no_latched; i++) {
		size_t most = w->keep == NULL || w->keep[i] ? latched(&d->streams[i]) : 0;

		if (most > 0)
			st = find_earlier(w->r, i, most, want, &c, task, err);
	}
	if (c.count > 1)
		qsort(c.v, c.count, sizeof(*c.v), by_time);
	for (size_t i = 0; i < c.count && st >= 0; i++)
		st = put_earlier(w, &c.v[i], want, err);
	free(c.v);
	return st;
}

enum spur_status mcap_cut(struct spur_reader *r, const char *path, const struct spur_cut *want, struct spur_rewritten *got,
			  struct spur_task *task, struct spur_error *err)
{
	struct spur_scan scan = { .streams = want->streams, .stream_count = want->stream_count, .all_streams = want->streams == NULL,
				  .begin_ns = want->begin_ns, .end_ns = want->end_ns, .threads = want->how.threads };
	struct spur_mcap_writer_opts opts = { .profile = r->profile };
	size_t streams = r->description.stream_count;
	bool *keep = want->streams == NULL ? NULL : spur_calloc(streams, sizeof(*keep));
	struct mcap_rewrite w = { .r = r, .keep = keep };
	enum spur_status st;

	*got = (struct spur_rewritten){ .groups = want->streams == NULL ? streams : want->stream_count };
	for (size_t i = 0; keep != NULL && i < want->stream_count; i++)
		keep[want->streams[i]] = true;
	if ((st = mcap_rewrite_packing(r, &want->how, &opts.compression, err)) < 0 || (st = spur_mcap_writer_create(path, &opts, &w.w, err)) < 0)
		goto out;
	if ((st = mcap_rewrite_channels(&w, err)) >= 0 && (st = carry(&w, want, task, err)) >= 0 &&
	    (st = mcap_rewrite_scan(&w, &scan, task, err)) >= 0)
		st = mcap_rewrite_rest(&w, &got->attachments, err);
	st = mcap_rewrite_finish(&w, path, st, task, err);
	got->rows = w.tally.messages;
out:
	free(keep);
	return st;
}
