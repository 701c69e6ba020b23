#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "decode/decoder.h"
#include "decode/jsonvisit.h"
#include "tests/tap.h"

#define RULE "================================================================================\n"

static struct spur_stream stream_of(const char *encoding, const char *schema_encoding, const char *schema)
{
	return (struct spur_stream){ .topic = "/t", .encoding = encoding, .schema_name = "pkg/msg/Root",
				     .schema_encoding = schema_encoding, .schema = schema, .schema_len = strlen(schema) };
}

/* The payload as JSON, or "! reason". The bytes are copied to a block of their size, so that a read
 * past them is seen by the sanitizer. */
static char *walk(const struct spur_stream *s, const void *data, size_t size)
{
	const struct spur_decoder *decoder;
	struct spur_decoding *d;
	struct spur_buf out = { 0 };
	struct spur_json json = { .out = &out };
	const struct spur_visitor v = spur_visitor_json(&json);
	struct spur_error err;
	unsigned char *exact = malloc(size == 0 ? 1 : size);
	struct spur_message m = { .data = exact, .size = size };

	memcpy(exact, data, size);
	if (spur_decoder_open(s, &decoder, &d, &err) < 0) {
		spur_buf_addf(&out, "! %s", err.text);
	} else {
		if (decoder->walk(d, &m, &v, &err) < 0) {
			spur_buf_clear(&out);
			spur_buf_addf(&out, "! %s", err.text);
		}
		decoder->close(d);
	}
	free(exact);
	return spur_buf_steal(&out);
}

static void gives(const struct spur_stream *s, const void *data, size_t size, const char *want, const char *name)
{
	char *got = walk(s, data, size);

	is_str(got, want, name);
	free(got);
}

static const char mixed_schema[] = "uint8 a\nfloat64 b\nuint16 c\nstring d\nint64[] e\nint32 f\n";
static const unsigned char mixed[] = {
	0, 1, 0, 0,					/* CDR, little endian */
	7, 0, 0, 0, 0, 0, 0, 0,				/* a, 7 of padding: 8 aligned from after the head */
	0, 0, 0, 0, 0, 0, 0xf8, 0x3f,			/* b = 1.5 */
	2, 1, 0, 0,					/* c = 258, padding */
	6, 0, 0, 0, 'h', 'e', 'l', 'l', 'o', 0, 0, 0,	/* d: length with its NUL, padding */
	1, 0, 0, 0, 0, 0, 0, 0,				/* e: one element, padding before it */
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	5, 0, 0, 0,					/* f */
};

static void little_endian_with_padding(void)
{
	struct spur_stream s = stream_of("cdr", "ros2msg", mixed_schema);

	gives(&s, mixed, sizeof(mixed), "{\"a\":7,\"b\":1.5,\"c\":258,\"d\":\"hello\",\"e\":[-1],\"f\":5}", "padding to each size");
}

static void big_endian(void)
{
	static const unsigned char data[] = { 0, 0, 0, 0, 7, 0, 0x01, 0x02, 0, 0, 0, 9, 0x40, 0x20, 0, 0,
					      0, 0, 0, 2, 'x', 0 };
	struct spur_stream s = stream_of("cdr", "ros2msg", "uint8 a\nuint16 b\nint32 c\nfloat32 d\nstring e\n");

	gives(&s, data, sizeof(data), "{\"a\":7,\"b\":258,\"c\":9,\"d\":2.5,\"e\":\"x\"}", "head 00 00 is big endian");
}

static void cdr2_aligns_to_four(void)
{
	static const unsigned char data[] = { 0, 7, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f };
	struct spur_stream s = stream_of("cdr", "ros2msg", "uint8 a\nfloat64 b\n");

	gives(&s, data, sizeof(data), "{\"a\":1,\"b\":1.5}", "plain CDR 2: 64 bits align to 4");
}

static void empty_things(void)
{
	static const unsigned char empty[] = { 0, 1, 0, 0, 0 };
	static const unsigned char inner[] = { 0, 1, 0, 0, 0, 5 };
	static const unsigned char none[] = { 0, 1, 0, 0, 0, 0, 0, 0, 3 };
	struct spur_stream s = stream_of("cdr", "ros2msg", "");

	gives(&s, empty, sizeof(empty), "{}", "an empty message has one byte");
	gives(&s, mixed, sizeof(mixed), "! the schema has no field but the message has 56 bytes", "a lost schema is not an empty message");
	s = stream_of("cdr", "ros2msg", "E e\nuint8 a\n" RULE "MSG: pkg/E\n");
	gives(&s, inner, sizeof(inner), "{\"e\":{},\"a\":5}", "an empty struct inside takes a byte");
	s = stream_of("cdr", "ros2msg", "float64[] a\nuint8 b\n");
	gives(&s, none, sizeof(none), "{\"a\":[],\"b\":3}", "no padding without an element");
}

static void bytes_and_structs(void)
{
	static const unsigned char data[] = {
		0, 1, 0, 0, 3, 0, 0, 0, 1, 2, 3, 0, 2, 0, 0, 0, 9, 0, 10, 0, 11, 0, 12, 0, 1, 0xff,
	};
	struct spur_stream s = stream_of("cdr", "ros2msg", "uint8[] a\nP[] p\nbool b\nint8 c\n" RULE "MSG: pkg/P\nint16 x\nint16 y\n");

	gives(&s, data, sizeof(data), "{\"a\":\"AQID\",\"p\":[{\"x\":9,\"y\":10},{\"x\":11,\"y\":12}],\"b\":true,\"c\":-1}",
	      "bytes are base64, structs are objects");
}

/* UTF-16: pairs join, halves of a pair do not, and the last unit has none behind it. */
static void wide_texts(void)
{
	static const unsigned char data[] = {
		0, 1, 0, 0,
		5, 0, 0, 0, 'a', 0, 0xe4, 0, 0xac, 0x20, 0x3d, 0xd8, 0x00, 0xde, 0, 0,	/* a, ae, euro, a pair; padding */
		2, 0, 0, 0, 0x3d, 0xd8, 'b', 0,						/* a high half before a letter */
		1, 0, 0, 0, 0x3d, 0xd8, 0x00, 0xde,					/* one at the end: what follows is v */
		1, 0, 0, 0, 0x00, 0xde,							/* a low half alone, at the end of all */
	};
	static const unsigned char low[] = { 0, 1, 0, 0, 4, 0, 0, 0, 0x00, 0xdc, 0x00, 0xdc, 0xff, 0xdb, 0x00, 0xdc };
	struct spur_stream s = stream_of("cdr", "ros2msg", "wstring t\nwstring u\nwstring w\nuint16 v\nwstring x\n");

	gives(&s, data, sizeof(data), "{\"t\":\"a\u00e4\u20ac\U0001f600\",\"u\":\"\ufffdb\",\"w\":\"\ufffd\",\"v\":56832,\"x\":\"\ufffd\"}",
	      "wide texts");
	gives(&s, data, sizeof(data) - 2, "! field x needs 2 bytes at byte 40 of 40", "one that is cut");
	s = stream_of("cdr", "ros2msg", "wstring t\n");
	gives(&s, low, sizeof(low), "{\"t\":\"\ufffd\ufffd\U0010fc00\"}", "the first low half begins no pair; the last high half does");
}

static void hostile_payloads(void)
{
	static const unsigned char long_text[] = { 0, 1, 0, 0, 0xff, 0xff, 0xff, 0x7f, 'x' };
	static const unsigned char many[] = { 0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0 };
	static const unsigned char ros1_many[] = { 0xff, 0xff, 0xff, 0xff };
	static const unsigned char pl[] = { 0, 0x40, 0, 0, 0, 0, 0, 0 };
	struct spur_stream s = stream_of("cdr", "ros2msg", "string a\n");
	char *got;

	gives(&s, long_text, sizeof(long_text), "! field a needs 2147483647 bytes at byte 8 of 9", "a text longer than the payload");
	s = stream_of("cdr", "ros2msg", "string[] a\n");
	gives(&s, many, sizeof(many), "! field a needs 4 bytes at byte 12 of 12", "a count without elements");
	s = stream_of("ros1", "ros1msg", "E[] e\n" RULE "MSG: pkg/E\n");
	gives(&s, ros1_many, sizeof(ros1_many), "! field e: more values than 4 bytes can hold", "4 billion elements of no byte");
	gives(&s, ros1_many, 3, "! field e needs 4 bytes at byte 0 of 3", "a short count");
	s = stream_of("cdr", "ros2msg", "int8 a\n");
	got = walk(&s, pl, sizeof(pl));
	ok(strstr(got, "CDR representation 0x0040") != NULL, "other representations are named");
	free(got);
	gives(&s, pl, 2, "! 2 bytes are too short for a CDR head of 4", "no head");
}

static void every_truncation_ends_well(void)
{
	struct spur_stream s = stream_of("cdr", "ros2msg", mixed_schema);
	size_t refused = 0;

	for (size_t n = 0; n < sizeof(mixed); n++) {
		char *got = walk(&s, mixed, n);

		refused += got[0] == '!';
		free(got);
	}
	is_int((intmax_t)refused, sizeof(mixed), "every shorter payload is refused");
}

static void ros1_is_packed(void)
{
	static const unsigned char data[] = { 7, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 2, 0, 0, 0, 'h', 'i', 1, 0, 0, 0, 2, 0, 0, 0 };
	struct spur_stream s = stream_of("ros1", "ros1msg", "uint8 a\nfloat64 b\nstring d\ntime t\n");

	gives(&s, data, sizeof(data), "{\"a\":7,\"b\":1.5,\"d\":\"hi\",\"t\":{\"sec\":1,\"nsec\":2}}", "no padding, no NUL");
}

static void refusals_are_in_words(void)
{
	struct spur_stream s = stream_of("smoke", "signals", "");
	struct spur_stream idl = stream_of("cdr", "smoke", "A");

	gives(&s, "", 0, "! no decoder for encoding 'smoke' with schema encoding 'signals'", "an encoding that is not there");
	gives(&idl, "", 0, "! no decoder for cdr with schema encoding 'smoke'", "a schema language that is not there");
}

/* Columns: chosen fields, one of them twice, one broken row. */
static void columns_of_a_batch(void)
{
	struct spur_stream s = stream_of("cdr", "ros2msg", mixed_schema);
	const struct spur_message messages[] = {
		{ .data = mixed, .size = sizeof(mixed), .log_time = 10 },
		{ .data = mixed, .size = 20, .log_time = 20 },
		{ .data = mixed, .size = sizeof(mixed), .log_time = 30 },
	};
	const struct spur_batch in = { .count = 3, .messages = messages };
	const size_t fields[] = { 3, 1, 4, 1 };
	const struct spur_decoder *decoder;
	struct spur_decoding *d;
	struct spur_columns *out;
	uint64_t bad = 0;
	const char *text;
	size_t len;

	is_int(spur_decoder_open(&s, &decoder, &d, NULL), SPUR_OK, "opens");
	is_int((intmax_t)decoder->fields(d)->count, 6, "six fields");
	is_int(decoder->columns(d, &in, fields, 4, &out, &bad, NULL), SPUR_OK, "columns");
	is_int((intmax_t)bad, 1, "one message is broken");
	is_int((intmax_t)out->rows, 3, "a row per message");
	is_int(out->time_ns[2], 30, "stamped with the log time");
	ok(spur_column_valid(&out->columns[1], 0) && !spur_column_valid(&out->columns[1], 1), "the broken row is null");
	ok(((const double *)out->columns[1].data)[2] == 1.5 && ((const double *)out->columns[3].data)[0] == 1.5,
	   "a field asked for twice comes twice");
	text = spur_column_bytes(&out->columns[0], 2, &len);
	ok(len == 5 && memcmp(text, "hello", 5) == 0, "text");
	text = spur_column_bytes(&out->columns[2], 0, &len);
	ok(len == 4 && memcmp(text, "[-1]", 4) == 0, "a sequence is its JSON");
	spur_columns_unref(out);
	ok(decoder->columns(d, &in, (const size_t[]){ 6 }, 1, &out, &bad, NULL) == SPUR_EINVAL, "a field that is not there");
	decoder->close(d);
}

int main(void)
{
	little_endian_with_padding();
	big_endian();
	cdr2_aligns_to_four();
	empty_things();
	bytes_and_structs();
	wide_texts();
	hostile_payloads();
	every_truncation_ends_well();
	ros1_is_packed();
	refusals_are_in_words();
	columns_of_a_batch();
	return tap_done();
}
