#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tests/fuzz/decode.h"
#include "tests/fuzz/told.h"
#include "tests/fuzz/touch.h"

#define FIELDS 40u	/* of the columns of one input */

static size_t fields(const struct spur_decoder *decoder, const struct spur_decoding *d)
{
	const struct spur_fields *f = decoder->fields(d);

	for (size_t i = 0; i < f->count; i++) {
		fuzz_touch_text(f->fields[i].path);
		fuzz_touch_text(f->fields[i].unit);
		fuzz_tell_text("field", f->fields[i].path);
		fuzz_tell_text(f->fields[i].array ? " array of" : " of", spur_type_name(f->fields[i].type));
		fuzz_tell_text(" in", f->fields[i].unit);
	}
	return f->count;
}

static void columns(const struct spur_decoder *decoder, struct spur_decoding *d, const struct spur_batch *batch, const size_t *wanted,
		    size_t n)
{
	struct spur_columns *out = NULL;
	struct spur_error err;
	uint64_t bad = 0;
	enum spur_status st;

	st = decoder->columns(d, batch, wanted, n, &out, &bad, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("columns", st, &err);
	if (st < 0)
		return;
	fuzz_tell("bad %" PRIu64 "\n", bad);
	fuzz_tell_table(out);
	fuzz_check(bad <= batch->count);
	fuzz_check(out->count == n);
	fuzz_check(out->rows == batch->count);
	fuzz_touch_columns(out);
	spur_columns_unref(out);
}

/* All of them from behind; every second one, and the same again; one that is not there. */
static void selections(const struct spur_decoder *decoder, struct spur_decoding *d, const struct spur_batch *batch, size_t count)
{
	size_t wanted[FIELDS], n = count < FIELDS ? count : FIELDS;

	for (size_t i = 0; i < n; i++)
		wanted[i] = count - 1 - i;
	columns(decoder, d, batch, wanted, n);
	n = count < FIELDS ? (count + 1) / 2 : FIELDS / 2;
	for (size_t i = 0; i < n; i++)
		wanted[i] = wanted[n + i] = 2 * i;
	columns(decoder, d, batch, wanted, 2 * n);
	wanted[0] = count;
	columns(decoder, d, batch, wanted, 1);
}

static void payloads(const struct spur_decoder *decoder, struct spur_decoding *d, const struct spur_batch *batch)
{
	struct spur_error err;
	enum spur_status st;

	for (size_t i = 0; i < batch->count; i++) {
		struct fuzz_visit visit;
		const struct spur_visitor v = fuzz_visitor(&visit);

		st = decoder->walk(d, &batch->messages[i], &v, &err);
		fuzz_check_status(st, &err);
		fuzz_tell_status("walk", st, &err);
		fuzz_visited(&visit);
	}
	if (decoder->learn != NULL) {
		st = decoder->learn(d, batch, &err);
		fuzz_check_status(st, &err);
		fuzz_tell_status("learn", st, &err);
	}
	selections(decoder, d, batch, fields(decoder, d));
}

void fuzz_decode(const struct spur_stream *s, struct fuzz_in *in)
{
	struct spur_message messages[FUZZ_PARTS] = { 0 };
	struct fuzz_part schema = fuzz_in_next(in);
	struct spur_stream stream = *s;
	const struct spur_decoder *decoder;
	struct spur_decoding *d;
	struct spur_error err;
	size_t count = 0;
	enum spur_status st;

	stream.schema = schema.data;
	stream.schema_len = schema.len;
	while (fuzz_in_more(in)) {
		struct fuzz_part p = fuzz_in_next(in);

		messages[count] = (struct spur_message){ .index = count, .log_time = 1000 * count, .data = p.data, .size = p.len };
		/* Of a bus: the identifier goes before the data, in four bytes where it is an extended one. */
		if (p.len >= 4)
			messages[count].frame_id = (uint32_t)(uint8_t)p.data[0] << 8 | (uint8_t)p.data[1];
		if (p.len >= 4 && (p.data[0] & 0x80) != 0)
			messages[count].frame_id = messages[count].frame_id << 16 | (uint32_t)(uint8_t)p.data[2] << 8 | (uint8_t)p.data[3];
		count++;
	}
	st = spur_decoder_open(&stream, &decoder, &d, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("open", st, &err);
	if (st < 0)
		return;
	fields(decoder, d);
	payloads(decoder, d, &(struct spur_batch){ count, messages });
	decoder->close(d);
}
