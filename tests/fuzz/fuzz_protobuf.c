#include "config.h"

#include <string.h>

#include "tests/fuzz/decode.h"
#include "tests/proto_wire.h"

/* A FileDescriptorSet and messages by it: name, set, payloads. */
static void run(const uint8_t *data, size_t len)
{
	struct spur_stream s = { .topic = "/t", .encoding = "protobuf", .schema_encoding = "protobuf" };
	struct fuzz_in in;

	fuzz_in_init(&in, data, len);
	s.schema_name = fuzz_in_text(&in);
	fuzz_decode(&s, &in);
	fuzz_in_finish(&in);
}

/* message p.Root, p.In { x, y }, enum p.E { OFF = 0, ON = 1 } */
static void schema(struct spur_buf *set, const char *syntax)
{
	static const struct proto_field root[] = {
		{ "d", 1, 1, false, NULL, 0 }, { "u", 2, 4, false, NULL, 0 }, { "s", 3, 9, false, NULL, 0 },
		{ "in", 4, 11, false, ".p.In", 0 }, { "r", 5, 5, true, NULL, 0 }, { "e", 6, 14, false, ".p.E", 0 },
		{ "z", 7, 18, false, NULL, 0 }, { "m", 8, 11, true, "In", 0 }, { "a", 9, 5, false, NULL, 1 },
		{ "b", 10, 5, false, NULL, 1 }, { "self", 11, 11, false, ".p.Root", 0 }, { "raw", 12, 12, false, NULL, 0 },
		{ "f", 13, 2, true, NULL, 0 }, { "g", 14, 10, false, ".p.In", 0 },
	};
	static const struct proto_field in[] = { { "x", 1, 5, false, NULL, 0 }, { "y", 2, 5, false, NULL, 0 } };
	struct spur_buf file = { 0 }, m = { 0 }, n = { 0 }, e = { 0 }, v = { 0 };

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
	proto_str(&v, 1, "ON");
	proto_num(&v, 2, 1);
	proto_sub(&e, 2, &v);
	proto_sub(&file, 5, &e);
	proto_str(&file, 12, syntax);
	proto_sub(set, 1, &file);
}

static void message(struct spur_buf *b)
{
	struct spur_buf in = { 0 }, more = { 0 }, self = { 0 };

	proto_varint(b, 1 << 3 | 1);
	spur_buf_f64(b, 1.5);
	proto_num(b, 2, UINT64_MAX);
	proto_str(b, 3, "hi");
	proto_num(&in, 1, (uint64_t)-7);
	proto_sub(b, 4, &in);
	proto_num(b, 5, 1);
	proto_bytes(b, 5, "\x02\x03", 2);
	proto_num(b, 6, 1);
	proto_num(b, 7, 5);
	proto_num(&more, 2, 9);
	proto_sub(b, 8, &more);
	proto_num(b, 9, 1);
	proto_num(b, 10, 2);
	proto_str(&self, 3, "inner");
	proto_sub(b, 11, &self);
	proto_varint(b, 14 << 3 | 3);
	proto_num(b, 1, 3);
	proto_varint(b, 14 << 3 | 4);
	proto_bytes(b, 13, "\0\0\x80\x3f", 4);
	proto_num(b, 99, 1);
}

static void seeds(void)
{
	static const char *const syntaxes[] = { "proto3", "proto2" };

	for (size_t i = 0; i < 2; i++) {
		struct spur_buf b = { 0 };

		fuzz_seeds_of(syntaxes[i]);
		spur_buf_adds(&b, "p.Root" FUZZ_CUT);
		schema(&b, syntaxes[i]);
		spur_buf_adds(&b, FUZZ_CUT);
		message(&b);
		spur_buf_adds(&b, FUZZ_CUT);
		fuzz_seed_buf(&b);
	}
}

static const char *const words[] = { FUZZ_CUT, "p.Root", ".p.In", ".p.E", "proto3", "proto2", NULL };

const struct fuzz_target fuzz_target = { .name = "protobuf", .max_len = 16u << 10, .parts = 3, .run = run, .seeds = seeds, .words = words, .told = 6400 };
