#include "config.h"

#include <string.h>

#include "tests/fuzz/decode.h"

/* JSON, CBOR and MessagePack, with or without a JSON schema: encoding, schema, payloads. */
static void run(const uint8_t *data, size_t len)
{
	static const char *const encodings[] = { "json", "cbor", "msgpack" };
	struct spur_stream s = { .topic = "/t", .encoding = "json", .schema_name = "S", .schema_encoding = "jsonschema" };
	const char *encoding;
	struct fuzz_in in;

	fuzz_in_init(&in, data, len);
	encoding = fuzz_in_text(&in);
	for (size_t i = 0; i < 3; i++)
		s.encoding = strcmp(encoding, encodings[i]) == 0 ? encodings[i] : s.encoding;
	fuzz_decode(&s, &in);
	fuzz_in_finish(&in);
}

static const char schema[] =
	"{\"$defs\":{\"p\":{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"number\"},\"y\":{\"type\":[\"integer\",\"null\"]}}}},"
	"\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},\"s\":{\"type\":\"string\"},\"p\":{\"$ref\":\"#/$defs/p\"},"
	"\"l\":{\"type\":\"array\",\"items\":{\"type\":\"number\"},\"minItems\":2,\"maxItems\":2},\"b\":{\"type\":\"boolean\"},"
	"\"o\":{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"number\"}]}}}";
static const char *const json[] = {
	"{\"a\":1,\"s\":\"t\\u00e9\\ud83d\\ude00\\n\",\"p\":{\"x\":1.5e3,\"y\":null},\"l\":[1,2],\"b\":true,\"o\":\"x\"}",
	"{\"a\":18446744073709551615,\"l\":[],\"n\":-0,\"deep\":[[[[{\"k\":[1,\"x\",null,false]}]]]],\"c.d\":1e400}",
	"[1,2,3]", "\"text\"", " 12 ",
};
static const struct {
	const char *encoding, *data;
	size_t len;
} binary[] = {
	{ "cbor", "\xa4\x61""a\x01\x61""f\xfb\x3f\xf8\0\0\0\0\0\0\x61""l\x9f\x01\x20\xff\x61""t\x7f\x62xy\x61z\xff", 29 },
	{ "cbor", "\xa3\x61h\xf9\x3c\0\x61n\x1b\xff\xff\xff\xff\xff\xff\xff\xff\x61""b\xc2\x42\1\2", 20 },
	{ "msgpack", "\x84\xa1""a\x01\xa1""f\xcb\x3f\xf8\0\0\0\0\0\0\xa1l\x92\x01\xff\xa1s\xd9\x02hi", 24 },
	{ "msgpack", "\x83\xa1t\xd6\xff\0\0\0\1\xa1u\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xa1x\xc7\1\5z", 26 },
};

/* Schemas: what the types say, one thing each. */
static const char *const schemas[] = {
	"{\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":{\"type\":\"number\"},\"c\":{\"type\":\"boolean\"},\"d\":{\"type\":\"string\"},\"e\":{\"type\":\"null\"},\"f\":{}}}",
	"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":[\"null\",\"integer\"]},\"b\":{\"type\":[\"number\",\"string\"]},\"c\":{\"type\":[]},\"d\":{\"type\":\"string\",\"contentEncoding\":\"base64\"}}}",
	"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}},\"b\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"x\":"
	"{\"type\":\"number\"}}},\"minItems\":2,\"maxItems\":2},\"c\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":1},\"d\":{\"type\":\"array\",\"items\":{\"type\":\"number\"},\"minItems\":0,\"maxItems\":0},"
	"\"e\":{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":{\"type\":\"boolean\"},\"minItems\":2,\"maxItems\":2},\"minItems\":2,\"maxItems\":2}}}",
	"{\"definitions\":{\"x\":{\"$ref\":\"#/definitions/y\"},\"y\":{\"type\":\"object\",\"properties\":{\"z\":{\"type\":\"integer\"},\"again\":{\"$ref\":\"#/definitions/y\"}}}},\"$ref\":\"#/definitions/x\"}",
	"{\"properties\":{\"a\":{\"$ref\":\"#\"},\"b\":{\"$ref\":\"#/nowhere\"},\"c\":{\"$ref\":5},\"d\":{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"integer\"}]},\"e\":{\"allOf\":[{\"type\":\"number\"}]}}}",
	"{\"properties\":{\"a.b\":{\"type\":\"integer\"},\"a\":{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"string\"}}},\"\":{\"type\":\"number\"},\"a~1b/c\":{\"type\":\"number\"}}}",
	"{\"properties\":[]}", "[]", "{", "true",
};
/* Payloads for all of them: the same keys with other values. */
static const char *const payloads[] = {
	"{\"a\":1,\"b\":2.5,\"c\":true,\"d\":\"aGk=\",\"e\":null,\"f\":[]}", "{\"a\":-1,\"b\":\"x\",\"c\":[1],\"d\":\"*\",\"e\":[[true,false],[false,true]],\"f\":{}}",
	"{\"a\":[1,2,3],\"b\":[{\"x\":1},{\"x\":2.5}],\"c\":0,\"d\":[],\"z\":5,\"again\":{\"z\":6}}", "{\"a\":9007199254740993,\"b\":1e-400,\"c\":false,\"d\":-9223372036854775808,\"a\":2}",
	"{\"a\":{\"b\":\"deep\"},\"a.b\":7,\"\":1,\"a~1b/c\":2}", "{\"a\":9223372036854775807,\"b\":-9223372036854775809,\"c\":9223372036854775808,\"d\":18446744073709551616,\"e\":-0.0,\"f\":1E+2}",
	"{\"a\":true,\"b\":null,\"c\":\"\\u0041\\\"\\\\\\/\\b\\f\\r\\t\",\"d\":\"\\ud834\\udd1e\"}", "{}", "[]", "null", "false", "-", "1.", ".5", "01", "1e", "+1", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}",
	"\"\\x\"", "\"\\ud834\"", "\"\\udd1e\"", "\"\\u12g4\"", "\"a", "\"a\tb\"", "tru", "nul", "truex", "1 2", "", " ", "\xef\xbb\xbf{}", "\"\xff\"",
};

#define CBOR(text) { "cbor", text, sizeof(text) - 1 }
#define MSGPACK(text) { "msgpack", text, sizeof(text) - 1 }
/* Every head of both, at its borders; then what is no item. */
static const struct {
	const char *encoding, *data;
	size_t len;
} heads[] = {
	CBOR("\x17"), CBOR("\x18\x18"), CBOR("\x19\x01\x02"), CBOR("\x1a\x01\x02\x03\x04"), CBOR("\x1b\x7f\xff\xff\xff\xff\xff\xff\xff"), CBOR("\x1b\x80\0\0\0\0\0\0\0"),
	CBOR("\x20"), CBOR("\x37"), CBOR("\x38\xff"), CBOR("\x3b\x7f\xff\xff\xff\xff\xff\xff\xff"), CBOR("\x3b\x80\0\0\0\0\0\0\0"), CBOR("\x3b\xff\xff\xff\xff\xff\xff\xff\xff"),
	CBOR("\x43\1\2\3"), CBOR("\x5f\x41\1\x42\2\3\xff"), CBOR("\x5f\x61\1\xff"), CBOR("\x7f\xff"), CBOR("\x62hi"), CBOR("\x78\x02hi"), CBOR("\x84\1\x20\x61z\xf6"),
	CBOR("\xa2\1\2\x20\3"), CBOR("\xa1\x41k\1"), CBOR("\xbf\x61k\xf5\x61l\xf4\xff"), CBOR("\xbf\x61k\xff"), CBOR("\xa1\xf5\1"), CBOR("\xc0\x61t"), CBOR("\xc1\xc2\x41\1"), CBOR("\xd9\1\2\3"),
	CBOR("\xf7"), CBOR("\xf8\x20"), CBOR("\xe0"), CBOR("\xf9\x3c\x01"), CBOR("\xf9\x7c\0"), CBOR("\xf9\xfc\0"), CBOR("\xf9\x7e\0"), CBOR("\xf9\0\1"), CBOR("\xf9\x83\xff"), CBOR("\xfa\x3f\xc0\0\0"),
	CBOR("\xff"), CBOR("\x1c"), CBOR("\x1f"), CBOR("\x18"), CBOR("\x1b\1"), CBOR("\x43\1\2"), CBOR("\x9f\1"), CBOR("\x82\1"), CBOR("\x9b\xff\xff\xff\xff\xff\xff\xff\xff"), CBOR("\1\2"), CBOR("\xa1\1"), CBOR("\xf8\x10"),
	CBOR("\x5b\0\0\0\1\0\0\0\0"), CBOR("\xdf\1"), CBOR("\xc0"), CBOR("\xa1\x80\1"), CBOR("\xa1\xf6\1"), CBOR("\xa1\xfb\x3f\xf8\0\0\0\0\0\0\1"), CBOR("\x62\xc3\xa4"), CBOR("\x61\xff"),
	MSGPACK("\x7f"), MSGPACK("\xe0"), MSGPACK("\xff"), MSGPACK("\xcc\xff"), MSGPACK("\xcd\1\2"), MSGPACK("\xce\1\2\3\4"), MSGPACK("\xcf\x80\0\0\0\0\0\0\0"), MSGPACK("\xd0\x80"),
	MSGPACK("\xd1\x80\1"), MSGPACK("\xd2\x80\0\0\1"), MSGPACK("\xd3\x80\0\0\0\0\0\0\1"), MSGPACK("\xc0"), MSGPACK("\xc2"), MSGPACK("\xc3"), MSGPACK("\xca\x3f\xc0\0\0"), MSGPACK("\xa2hi"),
	MSGPACK("\xbfhi"), MSGPACK("\xd9\1x"), MSGPACK("\xda\0\1x"), MSGPACK("\xdb\0\0\0\1x"), MSGPACK("\xc4\2\1\2"), MSGPACK("\xc5\0\1\1"), MSGPACK("\xc6\0\0\0\1\1"), MSGPACK("\x93\1\2\3"),
	MSGPACK("\xdc\0\1\1"), MSGPACK("\xdd\0\0\0\1\1"), MSGPACK("\x82\1\2\xff\3"), MSGPACK("\x81\xc3\1"), MSGPACK("\xde\0\1\xa1k\1"), MSGPACK("\xdf\0\0\0\1\xa1k\1"), MSGPACK("\x81\xc4\1k\1"),
	MSGPACK("\xd4\1\2"), MSGPACK("\xd5\1\2\3"), MSGPACK("\xd6\1\1\2\3\4"), MSGPACK("\xd7\xff\0\0\0\4\0\0\0\5"), MSGPACK("\xd8\1\1\2\3\4\5\6\7\x08\1\2\3\4\5\6\7\x08"), MSGPACK("\xc7\x0c\xff\0\0\0\1\0\0\0\0\0\0\0\2"),
	MSGPACK("\xc8\0\1\5z"), MSGPACK("\xc9\0\0\0\1\5z"), MSGPACK("\xc7\x0c\xff\x3b\x9a\xca\0\xff\xff\xff\xff\xff\xff\xff\xff"), MSGPACK("\xc1"), MSGPACK("\xcc"), MSGPACK("\xa2h"), MSGPACK("\x92\1"), MSGPACK("\x81\1"), MSGPACK("\1\2"),
	MSGPACK("\xdd\xff\xff\xff\xff"), MSGPACK("\xc6\xff\xff\xff\xff"), MSGPACK("\xd6\xff\0\0"), MSGPACK("\x81\x90\1"), MSGPACK("\x81\xcb\x3f\xf8\0\0\0\0\0\0\1"), MSGPACK("\x81\xc0\1"), MSGPACK(""),
};

/* At most 60 of them in a seed: a payload each. */
static void seed_heads(const char *encoding)
{
	struct spur_buf b = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		if (strcmp(heads[i].encoding, encoding) != 0)
			continue;
		if (n++ % 30 == 0) {
			if (n > 1)
				fuzz_seed_buf(&b);
			spur_buf_addf(&b, "%s" FUZZ_CUT, encoding);
		}
		spur_buf_adds(&b, FUZZ_CUT);
		spur_buf_add(&b, heads[i].data, heads[i].len);
	}
	fuzz_seed_buf(&b);
}

static void seeds(void)
{
	struct spur_buf b = { 0 };

	fuzz_seeds_of("JSON, JSON schema");
	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
		spur_buf_addf(&b, "json" FUZZ_CUT "%s", schemas[i]);
		for (size_t k = 0; k < (i < 6 ? 8 : sizeof(payloads) / sizeof(payloads[0])); k++)
			spur_buf_addf(&b, FUZZ_CUT "%s", payloads[k]);
		fuzz_seed_buf(&b);
	}
	fuzz_seeds_of("cbor");
	seed_heads("cbor");
	fuzz_seeds_of("msgpack");
	seed_heads("msgpack");

	fuzz_seeds_of("JSON, JSON schema");
	for (int with = 0; with < 2; with++) {
		spur_buf_addf(&b, "json" FUZZ_CUT "%s", with ? schema : "");
		for (size_t i = 0; i < sizeof(json) / sizeof(json[0]); i++)
			spur_buf_addf(&b, FUZZ_CUT "%s", json[i]);
		fuzz_seed_buf(&b);
	}
	for (size_t i = 0; i < sizeof(binary) / sizeof(binary[0]); i++) {
		fuzz_seeds_of(binary[i].encoding);
		spur_buf_addf(&b, "%s" FUZZ_CUT FUZZ_CUT, binary[i].encoding);
		spur_buf_add(&b, binary[i].data, binary[i].len);
		fuzz_seed_buf(&b);
	}
}

static const char *const words[] = { FUZZ_CUT, "cbor", "msgpack", "json", "\"type\":", "\"properties\":", "\"items\":", "\"$ref\":\"#/$defs/p\"",
				     "\"object\"", "\"array\"", "\\ud83d", "\\u0000", "\x9f", "\xbf", "\xff", "\x5f", NULL };

const struct fuzz_target fuzz_target = { .name = "selfdesc", .max_len = 16u << 10, .parts = 3, .run = run, .seeds = seeds, .words = words, .told = 3200 };
