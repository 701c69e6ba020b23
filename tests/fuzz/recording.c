#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/out.h"
#include "tests/fuzz/recording.h"
#include "tests/fuzz/tell_model.h"
#include "tests/fuzz/touch.h"

/* The budget of the reader is that of a run without --mem: what it allows is held against the limit of an allocation. */
#define PLACES_MEM (16u << 20)
#define FALLBACK (3 * SPUR_NS_PER_S)	/* where the end of a recording is not known, spans are parts of this */

struct taker {
	const struct spur_description *d;
	size_t batches, enough;		/* enough: so many are wanted; 0: all */
};

static enum spur_status answer(struct taker *t)
{
	return ++t->batches == t->enough ? SPUR_END : SPUR_OK;
}

static enum spur_status take_columns(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows,
				     struct spur_error *err)
{
	struct taker *t = state;

	(void)err;
	fuzz_check(group < t->d->group_count);
	fuzz_tell("batch of group %" PRIu32 ":", group);
	for (size_t i = 0; i < rows->count; i++) {
		fuzz_check(ids[i] < t->d->signal_count && t->d->signals[ids[i]].group == group);
		fuzz_tell(" %" PRIu32, ids[i]);
	}
	fuzz_touch_columns(rows);
	fuzz_tell_columns(rows);
	return answer(t);
}

static enum spur_status take_messages(void *state, const struct spur_batch *batch, struct spur_error *err)
{
	struct taker *t = state;

	(void)err;
	fuzz_tell("batch of %zu messages\n", batch->count);
	for (size_t i = 0; i < batch->count; i++) {
		fuzz_check(batch->messages[i].stream < t->d->stream_count);
		fuzz_touch(batch->messages[i].data, batch->messages[i].size);
		fuzz_tell_message(&batch->messages[i]);
	}
	return answer(t);
}

static enum spur_status take_finding(void *state, const struct spur_finding *f, struct spur_error *err)
{
	(void)state;
	(void)err;
	fuzz_touch_text(f->what);
	fuzz_tell(" finding %d at %" PRIu64 ": %s\n", (int)f->severity, f->offset, f->what);
	return SPUR_OK;
}

static void scope(const struct spur_description *d, const struct spur_scope *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fuzz_check(s[i].group < d->group_count && (s[i].signal == SPUR_NOT_KNOWN || s[i].signal < d->signal_count));
}

static void around(const struct spur_description *d)
{
	for (size_t i = 0; i < d->attachment_count; i++)
		fuzz_touch_text(d->attachments[i].name);
	for (size_t i = 0; i < d->event_count; i++) {
		const struct spur_event *e = &d->events[i];

		fuzz_touch_text(e->name);
		scope(d, e->scope, e->scope_count);
		fuzz_check((e->parent == SPUR_NOT_KNOWN || e->parent < d->event_count) && (e->partner == SPUR_NOT_KNOWN || e->partner < d->event_count));
		fuzz_check(e->signal == SPUR_NOT_KNOWN || e->signal < d->signal_count);
		for (size_t k = 0; k < e->attachment_count; k++)
			fuzz_check(e->attachments[k] < d->attachment_count);
	}
	for (size_t i = 0; i < d->node_count; i++) {
		fuzz_touch_text(d->nodes[i].name);
		scope(d, d->nodes[i].members, d->nodes[i].member_count);
		fuzz_check(d->nodes[i].depth == 0 ? d->nodes[i].parent == SPUR_NOT_KNOWN : d->nodes[i].parent < i);
	}
	for (size_t i = 0; i < d->relation_count; i++) {
		const struct spur_relation *x = &d->relations[i];

		fuzz_check(x->signal < d->signal_count && (x->x == SPUR_NOT_KNOWN || x->x < d->signal_count));
		fuzz_check(x->attachment == SPUR_NOT_KNOWN || x->attachment < d->attachment_count);
	}
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
	around(d);
	for (size_t i = 0; i < d->note_count; i++) {
		fuzz_touch_text(d->notes[i].key);
		fuzz_touch_text(d->notes[i].value);
	}
	for (size_t i = 0; i < d->damage_count; i++)
		fuzz_touch_text(d->damage[i].reason);
}

/* Every `step`-th signal that can be read, from the last on where that is backwards. */
static void scan(const struct spur_format *f, struct spur_reader *r, struct spur_scan *want, size_t step, bool backwards)
{
	const struct spur_description *d = f->describe(r);
	struct taker taker = { .d = d, .enough = want->order == SPUR_ORDER_TOPIC ? 2 : 0 };
	const struct spur_sink sink = { &taker, take_columns, take_messages };
	uint32_t *ids = spur_calloc(d->signal_count + 1, sizeof(*ids));
	uint32_t *streams = spur_calloc(d->stream_count + 1, sizeof(*streams));
	struct spur_task task = { 0 };
	struct spur_error err;
	enum spur_status st;

	for (size_t i = 0; i < d->signal_count; i += step) {
		size_t k = backwards ? d->signal_count - 1 - i : i;

		if (!d->signals[k].refused)
			ids[want->signal_count++] = (uint32_t)k;
	}
	for (size_t i = step - 1; i < d->stream_count; i += step)
		streams[want->stream_count++] = (uint32_t)i;
	want->signals = ids;
	want->streams = streams;
	want->all_streams = step == 1;
	want->threads = 1;
	st = f->scan(r, want, &sink, &task, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("scan", st, &err);
	fuzz_tell(" progress %" PRIu64 " of %" PRIu64 "\n", (uint64_t)task.done, (uint64_t)task.total);
	free(ids);
	free(streams);
}

static void scans(const struct spur_format *f, struct spur_reader *r, uint64_t choice)
{
	const struct spur_description *d = f->describe(r);
	struct spur_scan all = { .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX, .with_text = true };
	struct spur_scan some = { .begin_ns = d->begin_ns, .end_ns = d->end_ns / 2 + d->begin_ns / 2, .raw = true,
				  .order = (enum spur_order)(1 + choice % 3), .per_stream_limit = choice & 8 };

	scan(f, r, &all, 1, false);
	scan(f, r, &some, 1, false);
}

/* What only the behaviour pass asks: part of the signals, of the time, of the memory. */
static void more_scans(const struct spur_format *f, struct spur_reader *r)
{
	const struct spur_description *d = f->describe(r);
	const spur_ns end = d->end_ns > d->begin_ns ? d->end_ns : d->begin_ns < SPUR_NS_MAX - FALLBACK ? d->begin_ns + FALLBACK : SPUR_NS_MAX;
	const spur_ns third = (spur_ns)(((uint64_t)end - (uint64_t)d->begin_ns) / 3);
	struct spur_scan later = { .begin_ns = d->begin_ns + third, .end_ns = SPUR_NS_MAX, .order = SPUR_ORDER_TIME };
	struct spur_scan middle = { .begin_ns = d->begin_ns + third, .end_ns = end - third, .with_text = true,
				    .order = SPUR_ORDER_REVERSE, .per_stream_limit = 2 };
	struct spur_scan few = { .begin_ns = SPUR_NS_MIN, .end_ns = end - 2 * third, .order = SPUR_ORDER_TOPIC, .mem_bytes = 16u << 10 };

	scan(f, r, &later, 2, false);
	scan(f, r, &middle, 1, true);
	scan(f, r, &few, 2, true);
}

static enum spur_status take_bytes(void *state, const void *data, size_t len, struct spur_error *err)
{
	struct spur_buf *all = state;

	(void)err;
	fuzz_touch(data, len);
	if (fuzz_telling())
		spur_buf_add(all, data, len);
	return SPUR_OK;
}

static void attachments(const struct spur_format *f, struct spur_reader *r)
{
	for (size_t i = 0; f->attachment != NULL && i < f->describe(r)->attachment_count && i < 8; i++) {
		struct spur_buf all = { 0 };
		struct spur_error err;
		enum spur_status st = f->attachment(r, i, take_bytes, &all, NULL, &err);

		fuzz_check_status(st, &err);
		fuzz_tell_status("attachment", st, &err);
		fuzz_tell_bytes(" it", all.data, all.len);
		spur_buf_finish(&all);
	}
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
		fuzz_tell_status("locate", st, &err);
		for (size_t i = 0; st >= 0 && i < count && i < 64; i++) {
			size_t at = i * 7919 % count;

			st = f->fetch(r, s, &places[at], &m, &err);
			fuzz_check_status(st, &err);
			fuzz_tell_status("fetch", st, &err);
			fuzz_tell(" %zu of %zu: %" PRIu64 "\n", at, count, places[at].log_time);
			if (st >= 0) {
				fuzz_touch(m.data, m.size);
				fuzz_tell_message(&m);
			}
			st = SPUR_OK;
		}
		free(places);
	}
}

static void tell_file(const char *path)
{
	struct spur_error err;
	char *data;
	size_t len;

	if (!fuzz_telling() || spur_file_read(path, UINT64_C(64) << 20, &data, &len, &err) < 0)
		return;
	fuzz_tell_bytes("file of", data, len);
	free(data);
}

void fuzz_recording_again(const char *path)
{
	const struct spur_open_opts opts = { .threads = 1 };
	const struct spur_findings findings = { NULL, take_finding };
	const struct spur_format *found;
	struct spur_reader *r;
	struct spur_error err;
	enum spur_status st;

	tell_file(path);
	st = spur_format_open(path, &opts, &found, &r, &err);
	fuzz_check_status(st, &err);
	fuzz_check(st >= 0);
	describe(found->describe(r));
	fuzz_tell_description(found->describe(r));
	if (fuzz_telling()) {
		scans(found, r, 0);
		more_scans(found, r);
		fuzz_tell_status("check", found->check(r, &findings, NULL, &err), &err);
	}
	found->close(r);
}

static void recover(const struct spur_format *f, struct spur_reader *r)
{
	const char *path = fuzz_path("recovered");
	struct spur_recovery got = { 0 };
	struct spur_error err;
	enum spur_status st = f->recover(r, path, NULL, &got, NULL, &err);

	fuzz_check_status(st, &err);
	fuzz_tell_status("recover", st, &err);
	fuzz_tell(" rows %" PRIu64 " messages %" PRIu64 " attachments %" PRIu64 " lost %" PRIu64 "\n", got.rows_kept, got.messages_kept,
		  got.attachments_kept, got.bytes_lost);
	if (st < 0)
		return;
	fuzz_recording_again(path);
	unlink(path);
}

void fuzz_recording_recovers(const char *path)
{
	const struct spur_open_opts opts = { .threads = 1 };
	const struct spur_format *found;
	struct spur_reader *r;
	struct spur_error err;

	fuzz_check(spur_format_open(path, &opts, &found, &r, &err) == SPUR_OK);
	recover(found, r);
	found->close(r);
}

static struct spur_reader *begin(const struct spur_format *f, const void *data, size_t len, const struct spur_open_opts *opts)
{
	struct spur_range *range = spur_range_memory(data, len, "input");
	struct spur_reader *r;
	struct spur_error err;
	enum spur_status st = f->open(range, opts, &r, &err);

	fuzz_check_status(st, &err);
	fuzz_tell_status("open", st, &err);
	if (st >= 0)
		return r;
	spur_range_close(range);
	return NULL;
}

/* The file ends earlier than its size says: it shrank behind the back of the reader, before it reads the index or after. */
static void shrunk(const struct spur_format *f, const void *data, size_t len, size_t left, bool early)
{
	const char *path = fuzz_file("shrunk", data, len);
	const struct spur_open_opts opts = { .threads = 1 };
	const struct spur_findings findings = { NULL, take_finding };
	struct spur_range *range;
	struct spur_reader *r = NULL;
	struct spur_error err;
	enum spur_status st = spur_range_open(path, &range, &err);

	fuzz_check(st == SPUR_OK);
	fuzz_tell("of %zu bytes %zu stay\n", len, left);
	if (early && truncate(path, (off_t)left) != 0)
		perror(path);
	st = f->open(range, &opts, &r, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("open", st, &err);
	if (st < 0) {
		spur_range_close(range);
		unlink(path);
		return;
	}
	if (!early && truncate(path, (off_t)left) != 0)
		perror(path);
	fuzz_tell_description(f->describe(r));
	scans(f, r, 0);
	fetches(f, r);
	attachments(f, r);
	fuzz_tell_status("check", f->check(r, &findings, NULL, &err), &err);
	if (left % 4 == 0)
		recover(f, r);
	fuzz_tell_damage(f->describe(r));
	f->close(r);
	unlink(path);
}

/* With little memory, and another answer to whether the index counts. */
static void once_more(const struct spur_format *f, const void *data, size_t len, uint64_t mem_bytes, bool no_index, bool recovers)
{
	const struct spur_open_opts opts = { .threads = 1, .mem_bytes = mem_bytes, .no_index = no_index };
	struct spur_scan all = { .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX };
	struct spur_reader *r = begin(f, data, len, &opts);

	if (r == NULL)
		return;
	fuzz_tell_description(f->describe(r));
	more_scans(f, r);
	scan(f, r, &all, 1, true);
	if (recovers)
		recover(f, r);
	fuzz_tell_damage(f->describe(r));
	f->close(r);
}

void fuzz_recording(const struct spur_format *f, const void *data, size_t len)
{
	const struct spur_findings findings = { NULL, take_finding };
	uint64_t choice = fuzz_hash(data, len);
	const struct spur_open_opts opts = { .threads = 1, .no_index = (choice & 48) == 0 };
	const struct spur_format *probed = spur_format_probe(data, len < SPUR_PROBE_BYTES ? len : SPUR_PROBE_BYTES);
	struct spur_reader *r;
	struct spur_error err;
	enum spur_status st;

	fuzz_tell_bytes("input", data, len);	/* other bytes are another question */
	fuzz_tell("probed %s\n", probed == NULL ? "nothing" : probed->id);
	if (fuzz_telling()) {
		once_more(f, data, len, 48u << 10, !opts.no_index, choice % 4 == 3);
		once_more(f, data, len, 6u << 10, false, choice % 4 == 2);
		shrunk(f, data, len, len * (8 + choice / 4 % 57) / 64, true);
		if (choice % 4 == 1)
			shrunk(f, data, len, len * (1 + choice / 4 % 7) / 8, false);
	}
	if ((r = begin(f, data, len, &opts)) == NULL)
		return;
	describe(f->describe(r));
	fuzz_tell_description(f->describe(r));
	scans(f, r, choice >> 8);
	if (fuzz_telling())
		more_scans(f, r);
	fetches(f, r);
	attachments(f, r);
	st = f->check(r, &findings, NULL, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("check", st, &err);
	if ((choice & 3) == 0 || fuzz_telling())
		recover(f, r);
	describe(f->describe(r));
	fuzz_tell_damage(f->describe(r));
	f->close(r);
}
