#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "tests/fuzz/recording.h"
#include "tests/fuzz/touch.h"

/* The budget of the reader is that of a run without --mem: what it allows is held against the limit of an allocation. */
#define PLACES_MEM (16u << 20)

static enum spur_status take_columns(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows,
				     struct spur_error *err)
{
	const struct spur_description *d = state;

	(void)err;
	fuzz_check(group < d->group_count);
	for (size_t i = 0; i < rows->count; i++)
		fuzz_check(ids[i] < d->signal_count && d->signals[ids[i]].group == group);
	fuzz_touch_columns(rows);
	return SPUR_OK;
}

static enum spur_status take_messages(void *state, const struct spur_batch *batch, struct spur_error *err)
{
	const struct spur_description *d = state;

	(void)err;
	for (size_t i = 0; i < batch->count; i++) {
		fuzz_check(batch->messages[i].stream < d->stream_count);
		fuzz_touch(batch->messages[i].data, batch->messages[i].size);
	}
	return SPUR_OK;
}

static enum spur_status take_finding(void *state, const struct spur_finding *f, struct spur_error *err)
{
	(void)state;
	(void)err;
	fuzz_touch_text(f->what);
	return SPUR_OK;
}

static void describe(const struct spur_description *d)
{
	fuzz_touch_text(d->format);
	fuzz_touch_text(d->version);
	fuzz_touch_text(d->writer);
	fuzz_touch_text(d->compression);
	fuzz_check(!d->has_time || d->begin_ns <= d->end_ns);
	for (size_t i = 0; i < d->group_count; i++) {
		const struct spur_group *g = &d->groups[i];

		fuzz_touch_text(g->name);
		fuzz_check(g->index == i && g->first_signal + (uint64_t)g->signal_count <= d->signal_count);
	}
	for (size_t i = 0; i < d->signal_count; i++) {
		fuzz_touch_text(d->signals[i].name);
		fuzz_touch_text(d->signals[i].unit);
		fuzz_touch_text(d->signals[i].comment);
		fuzz_touch_text(d->signals[i].stream);
		fuzz_check(d->signals[i].group < d->group_count);
	}
	for (size_t i = 0; i < d->stream_count; i++) {
		fuzz_touch_text(d->streams[i].topic);
		fuzz_touch_text(d->streams[i].encoding);
		fuzz_touch(d->streams[i].schema, d->streams[i].schema_len);
		for (size_t k = 0; d->streams[i].metadata != NULL && d->streams[i].metadata[k] != NULL; k++)
			fuzz_touch_text(d->streams[i].metadata[k]);
	}
	for (size_t i = 0; i < d->attachment_count; i++)
		fuzz_touch_text(d->attachments[i].name);
	for (size_t i = 0; i < d->event_count; i++)
		fuzz_touch_text(d->events[i].name);
	for (size_t i = 0; i < d->note_count; i++) {
		fuzz_touch_text(d->notes[i].key);
		fuzz_touch_text(d->notes[i].value);
	}
	for (size_t i = 0; i < d->damage_count; i++)
		fuzz_touch_text(d->damage[i].reason);
}

static void scan(const struct spur_format *f, struct spur_reader *r, struct spur_scan *want)
{
	const struct spur_description *d = f->describe(r);
	const struct spur_sink sink = { (void *)(uintptr_t)d, take_columns, take_messages };
	uint32_t *ids = spur_calloc(d->signal_count + 1, sizeof(*ids));
	struct spur_error err;

	for (size_t i = 0; i < d->signal_count; i++) {
		if (!d->signals[i].refused)
			ids[want->signal_count++] = (uint32_t)i;
	}
	want->signals = ids;
	want->all_streams = true;
	want->threads = 1;
	fuzz_check_status(f->scan(r, want, &sink, NULL, &err), &err);
	free(ids);
}

static void scans(const struct spur_format *f, struct spur_reader *r, uint64_t choice)
{
	const struct spur_description *d = f->describe(r);
	struct spur_scan all = { .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX, .with_text = true };
	struct spur_scan some = { .begin_ns = d->begin_ns, .end_ns = d->end_ns / 2 + d->begin_ns / 2, .raw = true,
				  .order = (enum spur_order)(1 + choice % 3), .per_stream_limit = choice & 8 };

	scan(f, r, &all);
	scan(f, r, &some);
}

static void fetches(const struct spur_format *f, struct spur_reader *r)
{
	const struct spur_description *d = f->describe(r);

	for (uint32_t s = 0; f->locate != NULL && s < d->stream_count && s < 4; s++) {
		struct spur_place *places = NULL;
		struct spur_message m;
		struct spur_error err;
		size_t count = 0;
		enum spur_status st = f->locate(r, s, PLACES_MEM, &places, &count, NULL, &err);

		fuzz_check_status(st, &err);
		for (size_t i = 0; st >= 0 && i < count && i < 64; i++) {
			size_t at = i * 7919 % count;

			st = f->fetch(r, s, &places[at], &m, &err);
			fuzz_check_status(st, &err);
			if (st >= 0)
				fuzz_touch(m.data, m.size);
			st = SPUR_OK;
		}
		free(places);
	}
}

static void recover(const struct spur_format *f, struct spur_reader *r)
{
	const struct spur_open_opts opts = { .threads = 1 };
	const char *path = fuzz_path("recovered");
	const struct spur_format *found;
	struct spur_recovery got = { 0 };
	struct spur_reader *again;
	struct spur_error err;
	enum spur_status st = f->recover(r, path, &got, NULL, &err);

	fuzz_check_status(st, &err);
	if (st < 0)
		return;
	st = spur_format_open(path, &opts, &found, &again, &err);
	fuzz_check_status(st, &err);
	fuzz_check(st >= 0);
	describe(found->describe(again));
	found->close(again);
	unlink(path);
}

void fuzz_recording(const struct spur_format *f, const void *data, size_t len)
{
	const struct spur_findings findings = { NULL, take_finding };
	uint64_t choice = spur_hash64(data, len);
	const struct spur_open_opts opts = { .threads = 1, .no_index = (choice & 48) == 0 };
	struct spur_range *range = spur_range_memory(data, len, "input");
	struct spur_reader *r;
	struct spur_error err;
	enum spur_status st;

	spur_format_probe(data, len < SPUR_PROBE_BYTES ? len : SPUR_PROBE_BYTES);
	st = f->open(range, &opts, &r, &err);
	fuzz_check_status(st, &err);
	if (st < 0) {
		spur_range_close(range);
		return;
	}
	describe(f->describe(r));
	scans(f, r, choice >> 8);
	fetches(f, r);
	fuzz_check_status(f->check(r, &findings, NULL, &err), &err);
	if ((choice & 3) == 0)
		recover(f, r);
	describe(f->describe(r));
	f->close(r);
}
