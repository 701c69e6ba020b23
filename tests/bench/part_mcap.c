/* MCAP messages in log time order, checksums on: topic, time and first 8 bytes of each are seen. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "bound.h"
#include "format/format.h"

struct walk {
	const char *path, *shape;
	const char *topic;	/* NULL: all */
};

struct seen {
	const struct spur_description *d;
	struct bench_topic topics[BENCH_TOPICS_MAX];
	uint64_t last, disorder;
};

static enum spur_status take(void *state, const struct spur_batch *batch, struct spur_error *err)
{
	struct seen *s = state;

	(void)err;
	for (size_t i = 0; i < batch->count; i++) {
		const struct spur_message *m = &batch->messages[i];

		s->disorder += m->log_time < s->last;
		s->last = m->log_time;
		bench_topic_add(&s->topics[m->stream], m->log_time, m->data, m->size);
	}
	return SPUR_OK;
}

static void write_seen(const struct seen *s, struct bench_results *out)
{
	for (size_t i = 0; i < s->d->stream_count && i < BENCH_TOPICS_MAX; i++) {
		if (s->topics[i].n > 0)
			bench_results_add(out, "%s\t=%llu\t=%u", s->d->streams[i].topic, (unsigned long long)s->topics[i].n,
					  s->topics[i].digest);
	}
	bench_results_add(out, "order\t=%llu", (unsigned long long)s->disorder);
}

static uint32_t stream_of(const struct spur_description *d, const char *topic)
{
	for (uint32_t i = 0; i < d->stream_count; i++) {
		if (strcmp(d->streams[i].topic, topic) == 0)
			return i;
	}
	return UINT32_MAX;
}

static enum spur_status walk_round(void *state, unsigned threads, uint64_t *ns, struct bench_results *out, struct spur_error *err)
{
	const struct walk *w = state;
	struct spur_open_opts o = { .threads = threads };
	struct seen *seen = spur_calloc(1, sizeof(*seen));
	struct spur_sink sink = { .state = seen, .messages = take };
	struct spur_scan want = { .all_streams = w->topic == NULL, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX,
				  .order = SPUR_ORDER_TIME, .threads = threads };
	const struct spur_format *format;
	struct spur_reader *r;
	uint32_t id;
	uint64_t from = bench_clock();
	enum spur_status st = spur_format_open(w->path, &o, &format, &r, err);

	if (st >= 0) {
		seen->d = format->describe(r);
		if (w->topic != NULL) {
			id = stream_of(seen->d, w->topic);
			want.streams = &id;
			want.stream_count = 1;
		}
		st = format->scan(r, &want, &sink, NULL, err);
		*ns = bench_clock() - from;
		write_seen(seen, out);
		format->close(r);
	}
	free(seen);
	return st;
}

static void run_case(struct bench *b, const char *shape, const char *compression, const char *topic, unsigned channel)
{
	char *path = bench_mcap(b, shape, compression);
	char *title = spur_strfmt("%s %s%s%s", shape, compression, topic == NULL ? "" : " ", topic == NULL ? "" : topic);
	char *request = path == NULL ? NULL : spur_strfmt("%s\t%s", path, topic == NULL ? "" : topic);
	struct walk w = { path, shape, topic };
	struct bench_mcap_bound bound = { path, shape, { 0 }, topic == NULL ? -1 : (int)channel + 1 };
	struct bench_case c = {
		.name = title, .path = path, .unordered = true, .threads = { 1, topic == NULL && bench_cores(b) > 1 ? 2 : 0 },
		.spur = walk_round, .spur_state = &w, .bound = bench_mcap_bound_round, .bound_state = &bound, .kind = "mcap-read",
		.request = request,
	};
	struct spur_error err;

	if (path != NULL && bench_mcap_chunks(path, bound.channel, &bound.chunks, &err) < 0) {
		bench_note(b, "%s", err.text);
	} else if (path != NULL) {
		bench_case_run(b, &c);
		if (topic == NULL)
			bench_note(b, "%s: %zu chunks, %.1f MB of records, packed %.2f:1", title, bound.chunks.count,
				   (double)bound.chunks.unpacked / 1e6, (double)bound.chunks.unpacked / (double)bound.chunks.packed);
	}
	free(bound.chunks.v);
	free(request);
	free(title);
	free(path);
}

static void run(struct bench *b)
{
	run_case(b, "drive", "none", NULL, 0);
	run_case(b, "drive", "lz4", NULL, 0);
	run_case(b, "drive", "zstd", NULL, 0);
	run_case(b, "drive", "zstd", "/gps", 8);
	run_case(b, "small", "none", NULL, 0);
	run_case(b, "small", "lz4", NULL, 0);
	run_case(b, "small", "zstd", NULL, 0);
}

const struct bench_part bench_part_mcap = { "mcap", "MCAP messages in log time order, checksums on", run };
