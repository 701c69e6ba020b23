#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "format/mdf4/writer_priv.h"

/* EV blocks of the writer (MDF 4.1, "EVBLOCK"): the links next, parent, range, name and comment, no scope. */
enum { EV_LINKS = 5, EV_BYTES = 24 + 8 * EV_LINKS + 32, EV_MARKER = 6, EV_LATER = 1 };

struct texts {
	uint64_t name, comment;
};

/* The place of a word in a list; otherwise where it is in none. */
static uint8_t number_of(const char *word, const char *const *words, size_t count, uint8_t otherwise)
{
	for (size_t i = 0; word != NULL && i < count; i++) {
		if (strcmp(words[i], word) == 0)
			return (uint8_t)i;
	}
	return otherwise;
}

static void add_fields(struct spur_buf *b, const struct spur_event *e)
{
	static const char *const kinds[] = { "recording", "recording interrupt", "acquisition interrupt", "start trigger",
					     "stop trigger", "trigger", "marker" };
	static const char *const ranges[] = { "point", "begin", "end" }, *const causes[] = { "", "error", "tool", "script", "user" };

	spur_buf_u8(b, number_of(e->kind, kinds, 7, EV_MARKER));
	spur_buf_u8(b, (uint8_t)(e->domain + 1));	/* 1 time, 2 angle, 3 distance, 4 index */
	spur_buf_u8(b, number_of(e->range, ranges, 3, 0));
	spur_buf_u8(b, number_of(e->cause, causes, 5, 0));
	spur_buf_u8(b, e->later ? EV_LATER : 0);
	spur_buf_u8(b, 0);
	spur_buf_u16(b, 0);
	spur_buf_u32(b, 0);	/* scopes */
	spur_buf_u32(b, 0);	/* attachments, creator */
	spur_buf_u64(b, 1);
	spur_buf_f64(b, e->value);
}

/* Block i of events that lie one behind the other from `first` on. */
static enum spur_status write_event(struct spur_mdf4_writer *w, const struct spur_event *events, size_t count, size_t i,
				    uint64_t first, const struct texts *t, struct spur_error *err)
{
	const struct spur_event *e = &events[i];
	uint64_t links[EV_LINKS] = { i + 1 < count ? first + (i + 1) * EV_BYTES : 0 }, at;
	struct spur_buf b = { 0 };
	enum spur_status st;

	links[1] = e->parent < count ? first + e->parent * EV_BYTES : 0;
	links[2] = e->partner < count ? first + e->partner * EV_BYTES : 0;
	links[3] = t->name;
	links[4] = t->comment;
	for (int k = 0; k < EV_LINKS; k++)
		spur_buf_u64(&b, links[k]);
	add_fields(&b, e);
	st = spur_mdf4_block(w->out, "EV", EV_LINKS, b.data, b.len, NULL, 0, &at, err);
	spur_buf_finish(&b);
	return st;
}

enum spur_status spur_mdf4_writer_events(struct spur_mdf4_writer *w, const struct spur_event *events, size_t count,
					 struct spur_error *err)
{
	struct texts *texts = spur_calloc(count, sizeof(*texts));
	enum spur_status st = w->status;
	uint64_t first;

	if (st == SPUR_OK)
		st = spur_mdf4_sink_drain(&w->sink, err);
	for (size_t i = 0; i < count && st == SPUR_OK; i++) {
		st = spur_mdf4_text(w, events[i].name, &texts[i].name, err);
		if (st == SPUR_OK)
			st = spur_mdf4_text(w, events[i].comment, &texts[i].comment, err);
	}
	first = spur_out_tell(w->out);
	for (size_t i = 0; i < count && st == SPUR_OK; i++)
		st = write_event(w, events, count, i, first, &texts[i], err);
	if (count > 0)
		w->roots.ev = first;
	free(texts);
	return spur_mdf4_latch(w, st, err);
}
