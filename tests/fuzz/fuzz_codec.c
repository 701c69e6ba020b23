#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "codec/deflate.h"
#include "codec/lz4.h"
#include "codec/transpose.h"
#include "codec/zstd.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/touch.h"

/* A byte that says which codec, two of how much may come out, and the packed bytes. What fails has given what was
 * intact; what was packed comes back. */
#define HEAD 3u

typedef void pack_fn(const void *in, size_t len, int level, struct spur_buf *out);

static enum spur_status unpack(unsigned kind, const void *in, size_t len, void *out, size_t cap, size_t *got, struct spur_error *err)
{
	switch (kind % 4) {
	case 0:
		return spur_zstd_unpack(in, len, out, cap, got, err);
	case 1:
		return spur_deflate_unpack(in, len, out, cap, got, err);
	default:
		return spur_lz4_unpack(in, len, kind % 4 == 3, out, cap, got, err);
	}
}

static void there_and_back(unsigned kind, const void *in, size_t len)
{
	static pack_fn *const packers[] = { spur_zstd_pack, spur_deflate_pack, spur_lz4_pack, spur_lz4_pack };
	void *out = spur_malloc(len);
	struct spur_buf packed = { 0 };
	struct spur_error err;
	size_t got = 0;
	enum spur_status st;

	packers[kind % 4](in, len, 0, &packed);
	st = unpack(kind, packed.data, packed.len, out, len, &got, &err);
	fuzz_tell_bytes("packed", packed.data, packed.len);
	fuzz_check(st >= 0 && got == len && (len == 0 || memcmp(in, out, len) == 0));
	spur_buf_finish(&packed);
	free(out);
}

static void turn(const void *in, size_t len, size_t row)
{
	void *there = spur_malloc(len), *back = spur_malloc(len);

	spur_transpose(in, len, row, there);
	fuzz_tell_bytes("transposed", there, len);
	spur_untranspose(there, len, row, back);
	fuzz_check(len == 0 || memcmp(in, back, len) == 0);
	free(there);
	free(back);
}

/* The first bytes of a stream alone, of all of it and of part of it. */
static void beginning(const void *in, size_t len, size_t need)
{
	unsigned char *out = spur_malloc(need + SPUR_DEFLATE_SLACK);
	struct spur_error err;

	for (size_t have = len, n = 0; n < 3; n++, have = have * 2 / 3) {
		enum spur_status st = spur_deflate_unpack_first(in, have, out, need, &err);

		fuzz_tell_status("first", st, &err);
		if (st >= 0)
			fuzz_tell_bytes("bytes", out, need);
	}
	free(out);
}

static void run(const uint8_t *data, size_t len)
{
	struct spur_error err;
	size_t cap, got = 0;
	enum spur_status st;
	void *in, *out;

	if (len < HEAD)
		return;
	cap = data[1] | (size_t)data[2] << 8;
	len -= HEAD;
	in = spur_malloc(len);
	memcpy(in, data + HEAD, len);
	out = spur_malloc(cap);
	st = unpack(data[0], in, len, out, cap, &got, &err);
	fuzz_check_status(st, &err);
	fuzz_check(got <= cap);
	fuzz_touch(out, got);
	fuzz_tell_status("unpack", st, &err);
	fuzz_tell_bytes("got", out, got);
	if (fuzz_telling() && data[0] % 4 == 1)
		beginning(in, len, cap);
	if (len < 2048) {
		there_and_back(data[0], in, len);
		turn(in, len, cap % 70);
	}
	free(in);
	free(out);
}

/* Several blocks, of noise, of runs and of both; more room than needed, just enough, too little, and cut off. */
static void add_large(unsigned char kind, pack_fn *pack)
{
	static const struct { unsigned room, lost; } how[] = { { 8000, 0 }, { 6000, 0 }, { 5999, 0 }, { 100, 0 }, { 6000, 1 }, { 6000, 900 } };
	unsigned char plain[6000];
	uint32_t x = 1;

	for (size_t i = 0; i < sizeof(plain); i++) {
		x = x * 1664525 + 1013904223;
		plain[i] = i < 2000 ? (unsigned char)(x >> 24) : i < 4000 ? (unsigned char)(i / 70) : (unsigned char)(i % 3 == 0 ? x >> 24 : i / 9);
	}
	for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		struct spur_buf b = { 0 };

		spur_buf_u8(&b, kind);
		spur_buf_u16(&b, (uint16_t)how[i].room);
		pack(plain, sizeof(plain), (int)i, &b);
		b.len -= how[i].lost;
		fuzz_seed_buf(&b);
	}
}

static void add(unsigned char kind, pack_fn *pack, const char *text, unsigned frames, const char *padding)
{
	struct spur_buf b = { 0 };

	spur_buf_u8(&b, kind);
	spur_buf_u16(&b, (uint16_t)(strlen(text) * frames));
	for (unsigned i = 0; i < frames; i++)
		pack(text, strlen(text), 0, &b);
	spur_buf_adds(&b, padding);
	fuzz_seed_buf(&b);
}

static void seeds(void)
{
	static const char text[] = "the same, the same, the same, the same, and something else at the end of it";
	char skippable[16] = "\x50\x2a\x4d\x18\4\0\0\0abcd";

	add(0, spur_zstd_pack, text, 1, "");
	add(0, spur_zstd_pack, text, 3, "zz");
	add(1, spur_deflate_pack, text, 1, "");
	add(1, spur_deflate_pack, "", 1, "pad");
	add(2, spur_lz4_pack, text, 1, "");
	add(2, spur_lz4_pack, text, 3, "zz");
	add_large(0, spur_zstd_pack);
	add_large(1, spur_deflate_pack);
	add_large(2, spur_lz4_pack);
	fuzz_seed("\3\100\0\x50" "abcde\5\0\x50vwxyz", 14);
	memmove(skippable + 3, skippable, 12);
	memcpy(skippable, "\2\20\0", 3);
	fuzz_seed(skippable, 15);
	skippable[0] = 0;
	fuzz_seed(skippable, 15);
}

static const char *const words[] = { "\x28\xb5\x2f\xfd", "\x04\x22\x4d\x18", "\x50\x2a\x4d\x18", "\x02\x21\x4c\x18", "\x78\x9c", NULL };

const struct fuzz_target fuzz_target = { .name = "codec", .max_len = 8u << 10, .run = run, .seeds = seeds, .words = words, .told = 2000 };
