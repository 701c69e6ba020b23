#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "decode/decoder.h"
#include "decode/jsonscan.h"
#include "decode/jsonvisit.h"
#include "tests/tap.h"

static char *again(const char *text, size_t len, struct spur_error *err)
{
	struct spur_buf out = { 0 };
	struct spur_json json = { .out = &out };
	const struct spur_visitor v = spur_visitor_json(&json);
	char *exact = malloc(len == 0 ? 1 : len);

	memcpy(exact, text, len);
	if (spur_json_walk(exact, len, &v, err) < 0) {
		spur_buf_clear(&out);
		spur_buf_addf(&out, "! %s", err->text);
	}
	free(exact);
	return spur_buf_steal(&out);
}

static void gives(const char *text, const char *want, const char *name)
{
	struct spur_error err = { 0 };
	char *got = again(text, strlen(text), &err);

	is_str(got, want, name);
	free(got);
}

static void values(void)
{
	gives(" { \"a\" : [ 1 , -2.5 , true , null , { } ] } ", "{\"a\":[1,-2.5,true,null,{}]}", "space is nothing");
	gives("[18446744073709551615,-9223372036854775808,9007199254740993]",
	      "[18446744073709551615,-9223372036854775808,9007199254740993]", "64-bit integers are exact");
	gives("[18446744073709551616,-9223372036854775809,1e400]", "[1.8446744073709552e+19,-9.223372036854776e+18,\"Infinity\"]",
	      "wider ones are doubles");
	gives("[-0,0.0,-0.0]", "[-0,0,-0]", "the sign of zero");
	gives("[NaN,-Infinity]", "[\"NaN\",\"-Infinity\"]", "what Python writes");
	gives("\"\\u00e9\\ud83d\\ude00\\n\\\"\\/\"", "\"\xc3\xa9\xf0\x9f\x98\x80\\n\\\"/\"", "escapes");
	gives("\"\\ud800x\"", "\"\xef\xbf\xbdx\"", "half a pair");
	gives("\xef\xbb\xbf[]", "[]", "a byte order mark");
}

static void faults_name_their_byte(void)
{
	gives("", "! JSON byte 0: the text ends where a value should be", "nothing");
	gives("[1,]", "! JSON byte 3: a value expected", "a comma too many");
	gives("{\"a\" 1}", "! JSON byte 5: ':' expected", "no colon");
	gives("{a:1}", "! JSON byte 1: a key expected", "a bare key");
	gives("[1 2]", "! JSON byte 3: ',' or ']' expected", "no comma");
	gives("[1] x", "! JSON byte 4: more text after the value", "more text");
	gives("\"\\x\"", "! JSON byte 2: unknown escape in a string", "an escape");
	gives("1e", "! JSON byte 0: an exponent without digits", "an exponent");
}

static void nesting_is_capped(void)
{
	char text[1000];
	struct spur_error err = { 0 };
	char *got;

	memset(text, '[', sizeof(text));
	got = again(text, sizeof(text), &err);
	is_str(got, "! JSON byte 128: nested deeper than 128", "1000 brackets");
	free(got);
}

static void every_truncation_ends_well(void)
{
	const char *text = "{\"a\":[1,2.5e3,\"x\\u0041\"],\"b\":{\"c\":null}}";
	size_t refused = 0;

	for (size_t n = 0; n < strlen(text); n++) {
		struct spur_error err = { 0 };
		char *got = again(text, n, &err);

		refused += got[0] == '!';
		free(got);
	}
	is_int((intmax_t)refused, (intmax_t)strlen(text), "every prefix is refused");
}

/* ---- fields and columns ---- */

static char *names(const struct spur_fields *f)
{
	struct spur_buf b = { 0 };

	for (size_t i = 0; i < f->count; i++)
		spur_buf_addf(&b, "%s%s:%s%s", i == 0 ? "" : " ", f->fields[i].path, spur_type_name(f->fields[i].type),
			      f->fields[i].array ? "*" : "");
	return spur_buf_steal(&b);
}

static struct spur_stream stream_of(const char *schema)
{
	return (struct spur_stream){ .topic = "/t", .encoding = "json", .schema_name = "", .schema = schema,
				     .schema_encoding = schema[0] == '\0' ? "" : "jsonschema", .schema_len = strlen(schema) };
}

static void fields_are(const char *schema, const char *want, const char *name)
{
	struct spur_stream s = stream_of(schema);
	const struct spur_decoder *decoder;
	struct spur_decoding *d;
	char *got;

	is_int(spur_decoder_open(&s, &decoder, &d, NULL), SPUR_OK, "opens");
	got = names(decoder->fields(d));
	is_str(got, want, name);
	free(got);
	decoder->close(d);
}

static void fields_of_a_schema(void)
{
	fields_are("{\"type\":\"object\",\"properties\":{\"z\":{\"type\":\"number\"},\"a\":{\"type\":\"integer\"},"
		   "\"s\":{\"type\":\"string\"},\"d\":{\"type\":\"string\",\"contentEncoding\":\"base64\"},"
		   "\"b\":{\"type\":[\"null\",\"boolean\"]},\"p\":{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"number\"}}}}}",
		   "z:f64 a:i64 s:text d:bytes* b:bool p.x:f64", "types, in order of the schema");
	fields_are("{\"$defs\":{\"v\":{\"properties\":{\"x\":{\"type\":\"number\"}}}},\"type\":\"object\","
		   "\"properties\":{\"a\":{\"$ref\":\"#/$defs/v\"},\"l\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/v\"}},"
		   "\"m\":{\"type\":\"array\",\"items\":{\"type\":\"number\"},\"minItems\":2,\"maxItems\":2}}}",
		   "a.x:f64 l:text* m[0]:f64 m[1]:f64", "references and arrays");
	fields_are("{\"properties\":{\"a\":{\"$ref\":\"#\"},\"n\":{\"type\":\"number\"}}}", "a:text* n:f64", "a schema in circles ends");
	fields_are("{\"allOf\":[{\"properties\":{\"a\":{\"$ref\":\"#\"},\"n\":{\"type\":\"number\"}}}]}", "a:text* n:f64", "also through a choice");
	fields_are("not a schema", "", "a schema that is none leaves it to the messages");
}

static struct spur_message message(const char *text, uint64_t t)
{
	return (struct spur_message){ .data = text, .size = strlen(text), .log_time = t };
}

static void fields_of_messages(void)
{
	struct spur_stream s = stream_of("");
	const struct spur_message m[] = {
		message("{\"a\":1,\"n\":null,\"t\":\"x\",\"big\":9007199254740993,\"v\":[1,2],\"o\":[{\"q\":1}],\"p\":{\"y\":2.5}}", 10),
		message("{\"a\":\"two\",\"n\":3,\"v\":[4,5],\"big\":1.5,\"o\":[],\"p\":{\"y\":\"NaN\"}}", 20),
		message("{\"a\":3", 30),
	};
	const struct spur_batch in = { .count = 3, .messages = m };
	const size_t wanted[] = { 0, 2, 4, 5, 6 };
	const struct spur_decoder *decoder;
	struct spur_decoding *d;
	struct spur_columns *c;
	uint64_t bad = 0;
	char *got;
	size_t len;

	is_int(spur_decoder_open(&s, &decoder, &d, NULL), SPUR_OK, "opens");
	is_int(decoder->learn(d, &in, NULL), SPUR_OK, "learns");
	got = names(decoder->fields(d));
	is_str(got, "a:f64 t:text big:i64 v[0]:f64 v[1]:f64 o:text* p.y:f64 n:f64", "what the messages show");
	free(got);
	is_int(decoder->columns(d, &in, wanted, 5, &c, &bad, NULL), SPUR_OK, "columns");
	is_int((intmax_t)bad, 1, "one is broken");
	ok(((const double *)c->columns[0].data)[0] == 1 && !spur_column_valid(&c->columns[0], 1), "a text in a number column is null");
	ok(c->columns[0].text != NULL && memcmp(spur_column_bytes(c->columns[0].text, 1, &len), "two", 3) == 0 && len == 3,
	   "and its text stands beside");
	ok(!spur_column_valid(&c->columns[0], 2), "a broken message is null");
	ok(((const int64_t *)c->columns[1].data)[0] == INT64_C(9007199254740993), "a wide integer is exact");
	ok(((const double *)c->columns[2].data)[1] == 5, "elements");
	ok(memcmp(spur_column_bytes(&c->columns[3], 0, &len), "[{\"q\":1}]", 9) == 0 && len == 9, "an array as a whole");
	ok(isnan(((const double *)c->columns[4].data)[1]) && spur_column_valid(&c->columns[4], 1), "NaN by name is a number");
	is_int(c->time_ns[1], 20, "log time");
	spur_columns_unref(c);
	decoder->close(d);
}

int main(void)
{
	values();
	faults_name_their_byte();
	nesting_is_capped();
	every_truncation_ends_well();
	fields_of_a_schema();
	fields_of_messages();
	return tap_done();
}
