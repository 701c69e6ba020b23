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

static void seeds(void)
{
	struct spur_buf b = { 0 };

	for (int with = 0; with < 2; with++) {
		spur_buf_addf(&b, "json" FUZZ_CUT "%s", with ? schema : "");
		for (size_t i = 0; i < sizeof(json) / sizeof(json[0]); i++)
			spur_buf_addf(&b, FUZZ_CUT "%s", json[i]);
		fuzz_seed_buf(&b);
	}
	for (size_t i = 0; i < sizeof(binary) / sizeof(binary[0]); i++) {
		spur_buf_addf(&b, "%s" FUZZ_CUT FUZZ_CUT, binary[i].encoding);
		spur_buf_add(&b, binary[i].data, binary[i].len);
		fuzz_seed_buf(&b);
	}
}

static const char *const words[] = { FUZZ_CUT, "cbor", "msgpack", "json", "\"type\":", "\"properties\":", "\"items\":", "\"$ref\":\"#/$defs/p\"",
				     "\"object\"", "\"array\"", "\\ud83d", "\\u0000", "\x9f", "\xbf", "\xff", "\x5f", NULL };

const struct fuzz_target fuzz_target = { .name = "selfdesc", .max_len = 16u << 10, .parts = 3, .run = run, .seeds = seeds, .words = words, .told = 6400 };
