#include "config.h"

#include <string.h>

#include "tests/fuzz/decode.h"

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

static void varint(struct spur_buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		spur_buf_addc(b, (char)(v | 0x80));
	spur_buf_addc(b, (char)v);
}

static void num(struct spur_buf *b, unsigned field, uint64_t v)
{
	varint(b, field << 3);
	varint(b, v);
}

static void bytes(struct spur_buf *b, unsigned field, const void *data, size_t len)
{
	varint(b, field << 3 | 2);
	varint(b, len);
	spur_buf_add(b, data, len);
}

static void str(struct spur_buf *b, unsigned field, const char *s)
{
	bytes(b, field, s, strlen(s));
}

static void sub(struct spur_buf *b, unsigned field, struct spur_buf *inner)
{
	bytes(b, field, spur_buf_text(inner), inner->len);
	spur_buf_finish(inner);
}

struct field {
	const char *name;
	unsigned number, type;
	bool repeated;
	const char *type_name;
	int oneof;	/* + 1 */
};

static void add_field(struct spur_buf *message, const struct field *f)
{
	struct spur_buf b = { 0 };

	str(&b, 1, f->name);
	num(&b, 3, f->number);
	num(&b, 4, f->repeated ? 3 : 1);
	num(&b, 5, f->type);
	if (f->type_name != NULL)
		str(&b, 6, f->type_name);
	if (f->oneof > 0)
		num(&b, 9, (uint64_t)f->oneof - 1);
	sub(message, 2, &b);
}

/* message p.Root, p.In { x, y }, enum p.E { OFF = 0, ON = 1 } */
static void schema(struct spur_buf *set, const char *syntax)
{
	static const struct field root[] = {
		{ "d", 1, 1, false, NULL, 0 }, { "u", 2, 4, false, NULL, 0 }, { "s", 3, 9, false, NULL, 0 },
		{ "in", 4, 11, false, ".p.In", 0 }, { "r", 5, 5, true, NULL, 0 }, { "e", 6, 14, false, ".p.E", 0 },
		{ "z", 7, 18, false, NULL, 0 }, { "m", 8, 11, true, "In", 0 }, { "a", 9, 5, false, NULL, 1 },
		{ "b", 10, 5, false, NULL, 1 }, { "self", 11, 11, false, ".p.Root", 0 }, { "raw", 12, 12, false, NULL, 0 },
		{ "f", 13, 2, true, NULL, 0 }, { "g", 14, 10, false, ".p.In", 0 },
	};
	static const struct field in[] = { { "x", 1, 5, false, NULL, 0 }, { "y", 2, 5, false, NULL, 0 } };
	struct spur_buf file = { 0 }, m = { 0 }, n = { 0 }, e = { 0 }, v = { 0 };

	str(&file, 1, "p.proto");
	str(&file, 2, "p");
	str(&m, 1, "Root");
	for (size_t i = 0; i < sizeof(root) / sizeof(root[0]); i++)
		add_field(&m, &root[i]);
	sub(&file, 4, &m);
	str(&n, 1, "In");
	add_field(&n, &in[0]);
	add_field(&n, &in[1]);
	sub(&file, 4, &n);
	str(&e, 1, "E");
	str(&v, 1, "ON");
	num(&v, 2, 1);
	sub(&e, 2, &v);
	sub(&file, 5, &e);
	str(&file, 12, syntax);
	sub(set, 1, &file);
}

static void message(struct spur_buf *b)
{
	struct spur_buf in = { 0 }, more = { 0 }, self = { 0 };

	varint(b, 1 << 3 | 1);
	spur_buf_f64(b, 1.5);
	num(b, 2, UINT64_MAX);
	str(b, 3, "hi");
	num(&in, 1, (uint64_t)-7);
	sub(b, 4, &in);
	num(b, 5, 1);
	bytes(b, 5, "\x02\x03", 2);
	num(b, 6, 1);
	num(b, 7, 5);
	num(&more, 2, 9);
	sub(b, 8, &more);
	num(b, 9, 1);
	num(b, 10, 2);
	str(&self, 3, "inner");
	sub(b, 11, &self);
	varint(b, 14 << 3 | 3);
	num(b, 1, 3);
	varint(b, 14 << 3 | 4);
	bytes(b, 13, "\0\0\x80\x3f", 4);
	num(b, 99, 1);
}

static void seeds(void)
{
	static const char *const syntaxes[] = { "proto3", "proto2" };

	for (size_t i = 0; i < 2; i++) {
		struct spur_buf b = { 0 };

		spur_buf_adds(&b, "p.Root" FUZZ_CUT);
		schema(&b, syntaxes[i]);
		spur_buf_adds(&b, FUZZ_CUT);
		message(&b);
		spur_buf_adds(&b, FUZZ_CUT);
		fuzz_seed_buf(&b);
	}
}

static const char *const words[] = { FUZZ_CUT, "p.Root", ".p.In", ".p.E", "proto3", "proto2", NULL };

const struct fuzz_target fuzz_target = { .name = "protobuf", .max_len = 16u << 10, .parts = 3, .run = run, .seeds = seeds, .words = words };
