/* The limits of what is read: the largest that is taken, and one more, which is not. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "decode/decoder.h"
#include "decode/jsonvisit.h"
#include "query/query.h"
#include "tests/proto_wire.h"
#include "tests/tap.h"

static void times(struct spur_buf *b, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		spur_buf_adds(b, text);
}

/* Fields of a schema, or -1 where it is refused; then the payload is walked, and -2 where that is refused. */
static long fields_of(const char *encoding, const char *schema_encoding, const char *name, const struct spur_buf *schema, const struct spur_buf *payload)
{
	const struct spur_stream s = { .topic = "/t", .encoding = encoding, .schema_encoding = schema_encoding, .schema_name = name,
				       .schema = spur_buf_text(schema), .schema_len = schema->len };
	const struct spur_message m = { .data = spur_buf_text(payload), .size = payload->len };
	const struct spur_decoder *decoder;
	struct spur_decoding *d = NULL;
	struct spur_error err;
	long count = -1;

	if (spur_decoder_open(&s, &decoder, &d, &err) < 0)
		return -1;
	if (decoder->learn != NULL)
		decoder->learn(d, &(struct spur_batch){ 1, &m }, &err);
	count = (long)decoder->fields(d)->count;
	if (payload->len > 0) {
		struct spur_buf out = { 0 };
		struct spur_json j = { .out = &out };
		const struct spur_visitor v = spur_visitor_json(&j);

		count = decoder->walk(d, &m, &v, &err) < 0 ? -2 : count;
		spur_buf_finish(&out);
	}
	decoder->close(d);
	return count;
}

static long schema_of(const char *encoding, const char *schema_encoding, const char *name, struct spur_buf *schema)
{
	long n = fields_of(encoding, schema_encoding, name, schema, &(struct spur_buf){ 0 });

	spur_buf_finish(schema);
	return n;
}

static long payload_of(const char *encoding, struct spur_buf *payload)
{
	long n = fields_of(encoding, "", "", &(struct spur_buf){ 0 }, payload);

	spur_buf_finish(payload);
	return n;
}

/* ---- IDL */

static long idl(struct spur_buf *b)
{
	return schema_of("cdr", "omgidl", "S", b);
}

static long idl_modules(size_t n)
{
	struct spur_buf b = { 0 };

	times(&b, n, "module m { ");
	spur_buf_adds(&b, "const long c = 1; ");
	times(&b, n, "}; ");
	spur_buf_adds(&b, "struct S { long x; };");
	return idl(&b);
}

static long idl_members(size_t n)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, "struct S { ");
	for (size_t i = 0; i < n; i++)
		spur_buf_addf(&b, "octet m%zu; ", i);
	spur_buf_adds(&b, "};");
	return idl(&b);
}

static long idl_declarations(size_t n)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, "struct S { long x; };");
	for (size_t i = 1; i < n; i++)
		spur_buf_addf(&b, "const long c%zu = 1; ", i);
	return idl(&b);
}

static long idl_sequences(size_t n)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, "struct S { ");
	times(&b, n, "sequence<");
	spur_buf_adds(&b, "long");
	times(&b, n, ">");
	spur_buf_adds(&b, " x; };");
	return idl(&b);
}

static long idl_typedefs(size_t n)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, "typedef long t0; ");
	for (size_t i = 1; i <= n; i++)
		spur_buf_addf(&b, "typedef t%zu t%zu; ", i - 1, i);
	spur_buf_addf(&b, "struct S { t%zu x; };", n);
	return idl(&b);
}

static long idl_structs(size_t n)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, "struct s1 { long x; }; ");
	for (size_t i = 2; i < n; i++)
		spur_buf_addf(&b, "struct s%zu { s%zu x; }; ", i, i - 1);
	spur_buf_addf(&b, "struct S { s%zu x; };", n - 1);
	return idl(&b);
}

static long idl_elements(size_t n)
{
	struct spur_buf b = { 0 };

	spur_buf_addf(&b, "struct S { long x[%zu]; };", n);
	return idl(&b);
}

static long idl_products(size_t n)
{
	struct spur_buf b = { 0 };

	spur_buf_addf(&b, "struct S { long x[%zu][2]; };", n);
	return idl(&b);
}

static long idl_words(size_t n)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, "struct S { T");
	times(&b, n - 1, "x");
	spur_buf_adds(&b, " a; }; struct T");
	times(&b, n - 2, "x");
	spur_buf_adds(&b, " { long y; };");	/* cut, the longer name is this one */
	return idl(&b);
}

/* ---- ROS */

static long ros_members(size_t n)
{
	struct spur_buf b = { 0 };

	for (size_t i = 0; i < n; i++)
		spur_buf_addf(&b, "uint8 m%zu\n", i);
	return schema_of("cdr", "ros2msg", "p/msg/S", &b);
}

static long ros_types(size_t n)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, "uint8 x\n");
	for (size_t i = 1; i < n; i++)
		spur_buf_addf(&b, "================================================================================\nMSG: p/T%zu\nuint8 x\n", i);
	return schema_of("cdr", "ros2msg", "p/msg/S", &b);
}

static long ros_elements(size_t n)
{
	struct spur_buf b = { 0 };

	spur_buf_addf(&b, "uint8[%zu] x\n", n);
	return schema_of("cdr", "ros2msg", "p/msg/S", &b);
}

/* ---- payloads that describe themselves */

static long json_depth(size_t n)
{
	struct spur_buf b = { 0 };

	times(&b, n, "[");
	times(&b, n, "]");
	return payload_of("json", &b);
}

static long cbor_depth(size_t n)
{
	struct spur_buf b = { 0 };

	times(&b, n - 1, "\x81");
	spur_buf_addc(&b, '\x80');
	return payload_of("cbor", &b);
}

static long msgpack_depth(size_t n)
{
	struct spur_buf b = { 0 };

	times(&b, n - 1, "\x91");
	spur_buf_addc(&b, '\x90');
	return payload_of("msgpack", &b);
}

static long json_keys(size_t n)
{
	struct spur_buf b = { 0 };

	for (size_t i = 0; i < n; i++)
		spur_buf_addf(&b, "%c\"k%zu\":1", i == 0 ? '{' : ',', i);
	spur_buf_addc(&b, '}');
	return payload_of("json", &b);
}

static long json_numbers(size_t n)
{
	struct spur_buf b = { 0 };

	for (size_t i = 0; i < n; i++)
		spur_buf_addf(&b, "%s1", i == 0 ? "{\"a\":[" : ",");
	spur_buf_adds(&b, "]}");
	return payload_of("json", &b);
}

static long json_schema_depth(size_t n)
{
	struct spur_buf b = { 0 };

	times(&b, n, "{\"type\":\"object\",\"properties\":{\"a\":");
	spur_buf_adds(&b, "{\"type\":\"number\"}");
	times(&b, n, "}}");
	return schema_of("json", "jsonschema", "S", &b);
}

static long json_schema_items(size_t n)
{
	struct spur_buf b = { 0 };

	spur_buf_addf(&b, "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\",\"items\":{\"type\":\"number\"},\"minItems\":%zu,\"maxItems\":%zu}}}", n, n);
	return schema_of("json", "jsonschema", "S", &b);
}

/* ---- protobuf */

static long proto(struct spur_buf *file)
{
	struct spur_buf set = { 0 };

	proto_str(file, 12, "proto3");
	proto_sub(&set, 1, file);
	return schema_of("protobuf", "protobuf", "M", &set);
}

static void proto_message(struct spur_buf *to, unsigned field, const char *name, size_t count, const struct proto_field *f)
{
	struct spur_buf m = { 0 };
	char text[24];

	proto_str(&m, 1, name);
	for (size_t i = 0; i < count; i++) {
		struct proto_field one = *f;

		snprintf(text, sizeof(text), "%s%zu", f->name, i);
		one.name = text;
		one.number = (unsigned)(i + 1);
		proto_field(&m, &one);
	}
	proto_sub(to, field, &m);
}

static const struct proto_field number = { "x", 1, 5, false, NULL, 0 };

static long proto_nesting(size_t n)
{
	struct spur_buf file = { 0 }, inner = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct spur_buf m = { 0 };

		proto_str(&m, 1, i + 1 == n ? "M" : "N");
		proto_field(&m, &number);
		if (i > 0)
			proto_sub(&m, 3, &inner);
		inner = m;
	}
	proto_sub(&file, 4, &inner);
	return proto(&file);
}

static long proto_leaves(size_t n)
{
	struct spur_buf file = { 0 };

	proto_message(&file, 4, "M", n, &number);
	return proto(&file);
}

static long proto_messages(size_t n)
{
	struct spur_buf file = { 0 };
	char name[24];

	proto_message(&file, 4, "M", 1, &number);
	for (size_t i = 1; i < n; i++) {
		snprintf(name, sizeof(name), "T%zu", i);
		proto_message(&file, 4, name, 0, &number);
	}
	return proto(&file);
}

static long proto_enums(size_t n)
{
	struct spur_buf file = { 0 };
	char name[24];

	proto_message(&file, 4, "M", 1, &number);
	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "E%zu", i);
		proto_message(&file, 5, name, 0, &number);
	}
	return proto(&file);
}

/* A chain of messages: below the 16th a leaf is one field as a whole, and its two numbers are not listed. */
static long proto_chain(size_t n)
{
	struct spur_buf file = { 0 };
	char name[24], type[24];

	for (size_t i = 0; i < n; i++) {
		struct proto_field f = { "m", 1, 11, false, type, 0 };

		snprintf(name, sizeof(name), i == 0 ? "M" : "T%zu", i);
		snprintf(type, sizeof(type), ".T%zu", i + 1);
		proto_message(&file, 4, name, 1, &f);
	}
	snprintf(name, sizeof(name), "T%zu", n);
	proto_message(&file, 4, name, 2, &number);
	return proto(&file);
}

/* message M { M m0 = 1; } with itself inside itself. */
static long proto_depth(size_t n)
{
	const struct proto_field self = { "m", 1, 11, false, ".M", 0 };
	struct spur_buf set = { 0 }, file = { 0 }, payload = { 0 };
	long got;

	proto_message(&file, 4, "M", 1, &self);
	proto_sub(&set, 1, &file);
	for (size_t i = 0; i < n; i++) {
		struct spur_buf outer = { 0 };

		proto_sub(&outer, 1, &payload);
		payload = outer;
	}
	got = fields_of("protobuf", "protobuf", "M", &set, &payload);
	spur_buf_finish(&set);
	spur_buf_finish(&payload);
	return got;
}

/* Groups in groups, of a field that nobody knows. */
static long proto_groups(size_t n)
{
	struct spur_buf set = { 0 }, file = { 0 }, payload = { 0 };
	long got;

	proto_message(&file, 4, "M", 1, &number);
	proto_sub(&set, 1, &file);
	times(&payload, n, "\x4b");
	times(&payload, n, "\x4c");
	got = fields_of("protobuf", "protobuf", "M", &set, &payload);
	spur_buf_finish(&set);
	spur_buf_finish(&payload);
	return got;
}

/* ---- queries */

static long query(struct spur_buf *b)
{
	struct spur_query *q = NULL;
	struct spur_error err;
	long n = spur_query_parse(spur_buf_text(b), &q, &err) < 0 ? -1 : 1;

	spur_query_destroy(q);
	spur_buf_finish(b);
	return n;
}

static long query_parentheses(size_t n)
{
	struct spur_buf b = { 0 };

	times(&b, n, "(");
	spur_buf_adds(&b, "a");
	times(&b, n, ")");
	return query(&b);
}

static long query_signs(size_t n)
{
	struct spur_buf b = { 0 };

	times(&b, n, "-");
	spur_buf_adds(&b, "a");
	return query(&b);
}

static long query_nots(size_t n)
{
	struct spur_buf b = { 0 };

	times(&b, n, "not ");
	spur_buf_adds(&b, "a > 1");
	return query(&b);
}

static long query_parts(size_t n)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, "a");
	times(&b, n, " + 1");
	return query(&b);
}

static long query_seconds(size_t n)
{
	struct spur_buf b = { 0 };

	spur_buf_addf(&b, "mean(a, %zus)", n);
	return query(&b);
}

/* ---- */

static const struct limit {
	const char *name;
	long (*count)(size_t n);
	size_t most;
	long at, over;	/* fields at the limit; above it: fewer, or a negative reason */
} limits[] = {
	{ "modules in modules", idl_modules, 32, 1, -1 },
	{ "members of IDL", idl_members, 16384, 16384, -1 },
	{ "declarations of IDL", idl_declarations, 4096, 1, -1 },
	{ "sequences in sequences", idl_sequences, 16, 1, -1 },
	{ "typedefs of typedefs", idl_typedefs, 16, 1, -1 },
	{ "structs in structs", idl_structs, 65, 1, -1 },
	{ "elements of an array one by one", idl_elements, 64, 64, 1 },
	{ "elements of arrays in arrays", idl_products, 2147483647, 1, -1 },
	{ "letters of a word, what is behind them does not count", idl_words, 255, -1, 1 },
	{ "members of ROS messages", ros_members, 65536, 65536, -1 },
	{ "types of a ROS message", ros_types, 4096, 1, -1 },
	{ "elements of a ROS array", ros_elements, 64, 64, 1 },
	{ "and as a number", ros_elements, 4294967295, 1, -1 },
	{ "arrays in arrays of JSON", json_depth, 128, 1, -2 },
	{ "arrays in arrays of CBOR", cbor_depth, 128, 1, -2 },
	{ "arrays in arrays of MessagePack", msgpack_depth, 128, 1, -2 },
	{ "fields learned of JSON", json_keys, 16384, 16384, 16384 },
	{ "numbers of an array one by one", json_numbers, 64, 64, 1 },
	{ "objects in objects of a JSON schema", json_schema_depth, 32, 1, 0 },
	{ "items of a JSON schema one by one", json_schema_items, 64, 64, 1 },
	{ "messages in messages of a schema", proto_nesting, 33, 1, -1 },
	{ "leaves of a message", proto_leaves, 16384, 16384, 16384 },
	{ "messages of a set", proto_messages, 65536, 1, -1 },
	{ "enums of a set", proto_enums, 65536, 1, -1 },
	{ "messages above a leaf", proto_chain, 15, 2, 1 },
	{ "messages in messages of a payload", proto_depth, 99, 1, -2 },
	{ "groups in groups", proto_groups, 99, 1, -2 },
	{ "parentheses in parentheses", query_parentheses, 100, 1, -1 },
	{ "signs", query_signs, 100, 1, -1 },
	{ "nots", query_nots, 100, 1, -1 },
	{ "parts of a query", query_parts, 2047, 1, -1 },
	{ "seconds of a window", query_seconds, 3600, 1, -1 },
};

int main(void)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const struct limit *l = &limits[i];

		is_int(l->count(l->most), l->at, l->name);
		is_int(l->count(l->most + 1), l->over, "and one more");
	}
	return tap_done();
}
