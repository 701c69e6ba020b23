#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "decode/decoder.h"
#include "decode/jsonvisit.h"
#include "decode/proto.h"
#include "tests/proto_wire.h"
#include "tests/tap.h"

/* message p.Root, p.In { x, y }, enum p.E { OFF = 0, ON = 1 } */
static void schema(struct spur_buf *set, const char *syntax, const char *missing)
{
	const struct proto_field root[] = {
		{ "d", 1, 1, false, NULL, 0 }, { "u", 2, 4, false, NULL, 0 }, { "s", 3, 9, false, NULL, 0 },
		{ "in", 4, 11, false, missing != NULL ? missing : ".p.In", 0 }, { "r", 5, 5, true, NULL, 0 },
		{ "e", 6, 14, false, ".p.E", 0 }, { "z", 7, 18, false, NULL, 0 }, { "m", 8, 11, true, "In", 0 },
		{ "a", 9, 5, false, NULL, 1 }, { "b", 10, 5, false, NULL, 1 }, { "self", 11, 11, false, ".p.Root", 0 },
		{ "raw", 12, 12, false, NULL, 0 }, { "f", 13, 2, true, NULL, 0 },
	};
	const struct proto_field in[] = { { "x", 1, 5, false, NULL, 0 }, { "y", 2, 5, false, NULL, 0 } };
	struct spur_buf file = { 0 }, m = { 0 }, n = { 0 }, e = { 0 };

	proto_str(&file, 1, "p.proto");
	proto_str(&file, 2, "p");
	proto_str(&m, 1, "Root");
	for (size_t i = 0; i < sizeof(root) / sizeof(root[0]); i++)
		proto_field(&m, &root[i]);
	proto_sub(&file, 4, &m);
	proto_str(&n, 1, "In");
	proto_field(&n, &in[0]);
	proto_field(&n, &in[1]);
	proto_sub(&file, 4, &n);
	proto_str(&e, 1, "E");
	for (int i = 0; i < 2; i++) {
		struct spur_buf v = { 0 };

		proto_str(&v, 1, i == 0 ? "OFF" : "ON");
		proto_num(&v, 2, (uint64_t)i);
		proto_sub(&e, 2, &v);
	}
	proto_sub(&file, 5, &e);
	proto_str(&file, 12, syntax);
	proto_sub(set, 1, &file);
}

static struct spur_stream stream_of(const struct spur_buf *set)
{
	return (struct spur_stream){ .topic = "/t", .encoding = "protobuf", .schema_name = "p.Root", .schema_encoding = "protobuf",
				     .schema = set->data, .schema_len = set->len };
}

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

	if (size > 0)
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

static void gives(const struct spur_stream *s, const struct spur_buf *b, const char *want, const char *name)
{
	char *got = walk(s, spur_buf_text(b), b->len);

	is_str(got, want, name);
	free(got);
}

static void fill(struct spur_buf *b)
{
	struct spur_buf in = { 0 }, more = { 0 };
	double d = 1.5;

	proto_varint(b, 1 << 3 | 1);
	spur_buf_f64(b, d);
	proto_num(b, 2, UINT64_MAX);
	proto_str(b, 3, "hi");
	proto_num(&in, 1, (uint64_t)-7);	/* a negative int32 is ten bytes */
	proto_sub(b, 4, &in);
	proto_num(b, 5, 1);
	proto_bytes(b, 5, "\x02\x03", 2);	/* packed and not */
	proto_num(b, 6, 1);
	proto_num(b, 7, 5);			/* zigzag: -3 */
	proto_num(&more, 2, 9);
	proto_sub(b, 4, &more);		/* merges with the first one */
	proto_num(b, 9, 1);
	proto_num(b, 10, 2);			/* the last of a oneof */
	proto_num(b, 99, 1);			/* unknown */
}

static void values(void)
{
	struct spur_buf set = { 0 }, b = { 0 };
	struct spur_stream s;

	schema(&set, "proto3", NULL);
	s = stream_of(&set);
	fill(&b);
	gives(&s, &b, "{\"d\":1.5,\"u\":18446744073709551615,\"s\":\"hi\",\"in\":{\"x\":-7,\"y\":9},\"r\":[1,2,3],\"e\":\"ON\","
	      "\"z\":-3,\"m\":[],\"b\":2,\"raw\":\"\",\"f\":[]}", "merging, packing, oneof, zigzag, enum names");
	spur_buf_clear(&b);
	gives(&s, &b, "{\"d\":0,\"u\":0,\"s\":\"\",\"r\":[],\"e\":\"OFF\",\"z\":0,\"m\":[],\"raw\":\"\",\"f\":[]}", "proto3: absent is zero");
	proto_num(&b, 6, 77);
	proto_bytes(&b, 1, "x", 1);		/* of another wire type */
	gives(&s, &b, "{\"d\":0,\"u\":0,\"s\":\"\",\"r\":[],\"e\":77,\"z\":0,\"m\":[],\"raw\":\"\",\"f\":[]}", "an open enum; a wrong type is not there");
	spur_buf_finish(&b);
	spur_buf_finish(&set);
	schema(&set, "proto2", NULL);
	s = stream_of(&set);
	gives(&s, &b, "{\"r\":[],\"m\":[],\"f\":[]}", "proto2: absent is absent");
	spur_buf_finish(&set);
}

static void hostile_payloads(void)
{
	struct spur_buf set = { 0 }, b = { 0 };
	struct spur_stream s;
	size_t ends = 0;
	char *got;

	schema(&set, "proto3", NULL);
	s = stream_of(&set);
	for (int i = 0; i < 200; i++) {	/* itself in itself */
		struct spur_buf outer = { 0 };

		proto_sub(&outer, 11, &b);
		b = outer;
	}
	gives(&s, &b, "! messages nested deeper than 100", "200 levels");
	spur_buf_finish(&b);
	spur_buf_add(&b, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11);
	gives(&s, &b, "! p.Root breaks off at byte 0 of 11", "a varint without end");
	spur_buf_clear(&b);
	proto_varint(&b, 3 << 3 | 2);
	proto_varint(&b, UINT64_MAX);
	gives(&s, &b, "! p.Root breaks off at byte 11 of 11", "a length past everything");
	spur_buf_clear(&b);
	for (int i = 0; i < 60000; i++)	/* 120 kB that would give 600,000 fields */
		proto_bytes(&b, 11, "", 0);
	got = walk(&s, b.data, b.len);
	ok(got[0] == '{', "one message that comes 60,000 times is one");
	free(got);
	spur_buf_clear(&b);
	fill(&b);
	for (size_t n = 0; n <= b.len; n++) {
		got = walk(&s, b.data, n);
		ends += got[0] == '{' || got[0] == '!';
		free(got);
	}
	is_int((intmax_t)ends, (intmax_t)b.len + 1, "every prefix gives values or a reason");
	spur_buf_finish(&b);
	spur_buf_finish(&set);
}

/* Empty messages of two thousand fields each: two bytes would cost two thousand steps. */
static void many_fields_for_few_bytes(void)
{
	struct spur_buf set = { 0 }, file = { 0 }, root = { 0 }, wide = { 0 }, b = { 0 };
	struct spur_stream s;

	proto_str(&file, 1, "p.proto");
	proto_str(&file, 2, "p");
	proto_str(&root, 1, "Root");
	proto_field(&root, &(struct proto_field){ "w", 1, 11, true, ".p.Wide", 0 });
	proto_sub(&file, 4, &root);
	proto_str(&wide, 1, "Wide");
	for (unsigned i = 1; i <= 2000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "f%u", i);
		proto_field(&wide, &(struct proto_field){ name, i, 5, false, NULL, 0 });
	}
	proto_sub(&file, 4, &wide);
	proto_str(&file, 12, "proto2");
	proto_sub(&set, 1, &file);
	s = stream_of(&set);
	for (int i = 0; i < 20; i++)
		proto_bytes(&b, 1, "", 0);
	gives(&s, &b, "{\"w\":[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]}", "twenty of them are read");
	for (int i = 0; i < 2000; i++)
		proto_bytes(&b, 1, "", 0);
	gives(&s, &b, "! p.Wide: more fields than its bytes can justify", "two thousand are not");
	spur_buf_finish(&b);
	spur_buf_finish(&set);
}

static void bad_schemas(void)
{
	struct spur_buf set = { 0 }, none = { 0 };
	struct spur_stream s;
	size_t ends = 0;

	schema(&set, "proto3", ".p.Gone");
	s = stream_of(&set);
	gives(&s, &none, "! schema p.Root: type .p.Gone of field in is not in the schema", "a missing type");
	s.schema_name = "p.Other";
	spur_buf_finish(&set);
	schema(&set, "proto3", NULL);
	s.schema = set.data;
	s.schema_len = set.len;
	gives(&s, &none, "! schema p.Other: message p.Other is not in its own schema", "a root that is not there");
	s.schema_name = "p.Root";
	for (size_t n = 0; n < set.len; n++) {
		char *exact = malloc(n == 0 ? 1 : n), *got;

		memcpy(exact, set.data, n);
		s.schema = exact;
		s.schema_len = n;
		got = walk(&s, "", 0);
		ends += got[0] == '!';
		free(got);
		free(exact);
	}
	is_int((intmax_t)ends, (intmax_t)set.len, "every prefix of a schema is refused");
	spur_buf_finish(&set);
}

/* A set of one file with one message p.Root of one field, made of those parts that are not 0 or NULL. */
static void one_field(const char *name, uint64_t number, uint64_t type, const char *want, const char *claim)
{
	struct spur_buf set = { 0 }, file = { 0 }, message = { 0 }, field = { 0 }, none = { 0 };
	struct spur_stream s;

	if (name != NULL)
		proto_str(&field, 1, name);
	if (number != 0)
		proto_num(&field, 3, number);
	proto_num(&field, 4, 1);
	if (type != 0)
		proto_num(&field, 5, type);
	proto_str(&message, 1, "Root");
	proto_sub(&message, 2, &field);
	proto_str(&file, 2, "p");
	proto_sub(&file, 4, &message);
	proto_sub(&set, 1, &file);
	s = stream_of(&set);
	gives(&s, &none, want, claim);
	spur_buf_finish(&set);
}

static void a_field_has_a_name_a_number_and_a_type(void)
{
	one_field("a", 1, 1, "{}", "all three");
	one_field(NULL, 1, 1, "! schema p.Root: the descriptors of the schema break off in a field", "no name");
	one_field("a", 0, 1, "! schema p.Root: the descriptors of the schema break off in a field", "no number");
	one_field("a", 1, 0, "! schema p.Root: field a has no known type", "no type");
	one_field("a", 1, 18, "{}", "the last type there is");
	one_field("a", 1, 19, "! schema p.Root: field a has no known type", "one past it");
}

static void columns(void)
{
	struct spur_buf set = { 0 }, b = { 0 };
	struct spur_message m[3] = { { .log_time = 1 }, { .log_time = 2, .data = "" }, { .log_time = 3, .data = "\x0d", .size = 1 } };
	const struct spur_batch in = { .count = 3, .messages = m };
	const struct spur_decoder *decoder;
	struct spur_decoding *d;
	struct spur_columns *c;
	struct spur_buf names = { 0 };
	uint64_t bad = 0;
	size_t len, all[16];

	schema(&set, "proto3", NULL);
	fill(&b);
	m[0].data = b.data;
	m[0].size = b.len;
	is_int(spur_decoder_open(&(struct spur_stream){ .encoding = "protobuf", .schema_encoding = "protobuf", .schema_name = "p.Root",
				 .schema = set.data, .schema_len = set.len }, &decoder, &d, NULL), SPUR_OK, "opens");
	for (size_t i = 0; i < decoder->fields(d)->count; i++) {
		spur_buf_addf(&names, "%s%s:%s", i == 0 ? "" : " ", decoder->fields(d)->fields[i].path,
			      spur_type_name(decoder->fields(d)->fields[i].type));
		all[i] = i;
	}
	is_str(spur_buf_text(&names), "d:f64 u:u64 s:text in.x:i32 in.y:i32 r:text e:i32 z:i64 m:text a:i32 b:i32 self:text raw:bytes f:text",
	       "the leaves; what repeats or contains itself is one");
	is_int(decoder->columns(d, &in, all, decoder->fields(d)->count, &c, &bad, NULL), SPUR_OK, "columns");
	is_int((intmax_t)bad, 1, "one message is broken");
	ok(((const double *)c->columns[0].data)[0] == 1.5 && ((const double *)c->columns[0].data)[1] == 0 &&
	   spur_column_valid(&c->columns[0], 1), "absent in proto3 is zero, not null");
	ok(((const int32_t *)c->columns[3].data)[0] == -7 && ((const int32_t *)c->columns[4].data)[0] == 9, "messages merge");
	ok(!spur_column_valid(&c->columns[3], 1), "a field of an absent message is null");
	ok(!spur_column_valid(&c->columns[9], 0) && ((const int32_t *)c->columns[10].data)[0] == 2, "a oneof has its last");
	ok(memcmp(spur_column_bytes(&c->columns[5], 0, &len), "[1,2,3]", 7) == 0 && len == 7, "a repeated field");
	ok(!spur_column_valid(&c->columns[0], 2), "the broken row is null");
	spur_columns_unref(c);
	decoder->close(d);
	spur_buf_finish(&names);
	spur_buf_finish(&set);
	spur_buf_finish(&b);
}

int main(void)
{
	values();
	hostile_payloads();
	many_fields_for_few_bytes();
	bad_schemas();
	a_field_has_a_name_a_number_and_a_type();
	columns();
	return tap_done();
}
