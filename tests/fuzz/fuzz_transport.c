#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "decode/transport.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/touch.h"

/* Frames for the reassembly: a byte for kind (bits 0 and 4) and channel, four of the identifier, one of the length, the data. */
enum { HEAD = 6 };

static void one_frame(struct spur_transport *t, const uint8_t *head, const uint8_t *data, size_t len, int64_t at, uint64_t *fed)
{
	struct spur_transport_frame f = { .kind = (head[0] & 1) | (head[0] >> 3 & 2), .channel = head[0] >> 1 & 3, .len = len, .time_ns = at,
					  .timed = (head[0] & 8) != 0 };
	uint8_t *copy = malloc(len == 0 ? 1 : len);	/* of its size, so that a read past it is seen */
	struct spur_transfer out = { 0 };

	memcpy(copy, data, len);
	f.data = copy;
	f.frame_id = (uint32_t)head[1] << 24 | (uint32_t)head[2] << 16 | (uint32_t)head[3] << 8 | head[4];
	*fed += len;
	if (spur_transport_put(t, &f, &out)) {
		fuzz_tell("%d %d %" PRIx32 "\n", out.kind, out.one_frame, out.frame_id);
		fuzz_tell_bytes("payload", out.framed, out.framed_len);
		fuzz_check(out.len <= SPUR_TRANSPORT_BYTES && out.len <= *fed);
		fuzz_check(out.framed_len - out.len == (out.kind == SPUR_TRANSPORT_ISO ? 1 : out.kind == SPUR_TRANSPORT_ISO_ADDRESSED ? 2 : 0));
		fuzz_check(memcmp(out.framed + (out.framed_len - out.len), out.data, out.len) == 0);
	}
	free(copy);
}

static void run(const uint8_t *data, size_t len)
{
	struct spur_transport *t = spur_transport_create();
	struct spur_transport_counts c;
	uint64_t fed = 0;
	int64_t at = 0;

	while (len >= HEAD) {
		size_t n = data[5] & 127;

		n = n < len - HEAD ? n : len - HEAD;
		at += data[0] >= 0xf0 ? 2 * SPUR_TRANSPORT_GAP_NS : 1000000;
		one_frame(t, data, data + HEAD, n, at, &fed);
		data += HEAD + n;
		len -= HEAD + n;
	}
	c = spur_transport_count(t);
	fuzz_tell("%" PRIu64 " begun, %" PRIu64 " done, %" PRIu64 " broken, %" PRIu64 " refused, %" PRIu64 " stray\n", c.begun, c.done,
		  c.broken, c.refused, c.stray);
	fuzz_check(c.done + c.broken <= c.begun && c.begun - c.done - c.broken <= SPUR_TRANSPORT_OPEN);
	spur_transport_destroy(t);
}

static void frame(struct spur_buf *b, unsigned head, uint32_t id, const void *data, size_t len)
{
	spur_buf_u8(b, (uint8_t)head);
	for (int shift = 24; shift >= 0; shift -= 8)
		spur_buf_u8(b, (uint8_t)(id >> shift));
	spur_buf_u8(b, (uint8_t)len);
	spur_buf_add(b, data, len);
}

static void seeds(void)
{
	struct spur_buf b = { 0 };
	char fd[64] = { 0x10, 0, 0, 0, 0, 100 };

	frame(&b, 8, 0x7e8, "\x02\x3e\x00", 3);
	frame(&b, 8, 0x7e8, "\x10\x14" "abcdef", 8);
	frame(&b, 8, 0x7e0, "\x30\x00\x00", 3);
	frame(&b, 8, 0x7e8, "\x21" "ghijklm", 8);
	frame(&b, 10, 0x7e8, "\x10\x09" "ABCDEF", 8);
	frame(&b, 8, 0x7e8, "\x22" "nopqrst", 8);
	frame(&b, 10, 0x7e8, "\x21" "GHI", 4);
	fuzz_seed_buf(&b);
	frame(&b, 0, 0x98daf110u, fd, 64);
	fd[0] = 0x21;
	frame(&b, 0, 0x98daf110u, fd, 64);
	frame(&b, 0, 0x98daf110u, "\x00\x09" "abcdefghi", 11);
	fuzz_seed_buf(&b);
	frame(&b, 9, 0x9cecff00u, "\x20\x0a\x00\x02\xff\xca\xfe\x00", 8);
	frame(&b, 9, 0x9cebff00u, "\x01" "abcdefg", 8);
	frame(&b, 9, 0x9cec2101u, "\x10\x11\x00\x03\xff\x00\xef\x00", 8);
	frame(&b, 9, 0x9cebff00u, "\x02" "hij\xff\xff\xff\xff", 8);
	frame(&b, 9, 0x9cec0121u, "\x11\x02\x01\xff\xff\x00\xef\x00", 8);
	frame(&b, 9, 0x9ceb2101u, "\x01" "abcdefg", 8);
	frame(&b, 9, 0x9ceb2101u, "\x01" "abcdefg", 8);
	frame(&b, 9, 0x9ceb2101u, "\x02" "abcdefg", 8);
	frame(&b, 9, 0x9ceb2101u, "\x03" "abcdefg", 8);
	frame(&b, 0xf9, 0x9cec0121u, "\xff\x01\xff\xff\xff\x00\xef\x00", 8);
	fuzz_seed_buf(&b);
	frame(&b, 0x18, 0x6f1, "\x12\x10\x0d" "abcde", 8);
	frame(&b, 0x18, 0x6f1, "\x60\x03\x01\x02\x03", 5);
	frame(&b, 0x18, 0x6f1, "\x12\x21" "fghijk", 8);
	frame(&b, 0x18, 0x6f1, "\x12\x22" "lm", 4);
	frame(&b, 0x18, 0x98cef110u, fd, 64);
	fuzz_seed_buf(&b);
	frame(&b, 0x19, 0x99f80501u, "\x40\x0f" "abcdef", 8);
	frame(&b, 0x19, 0x99f80501u, "\x60\x03" "uvw", 5);
	frame(&b, 0x19, 0x99f80501u, "\x41" "ghijklm", 8);
	frame(&b, 0x19, 0x99f80501u, "\x42" "no", 3);
	fuzz_seed_buf(&b);
	for (uint32_t id = 0; id < SPUR_TRANSPORT_OPEN + 8; id++)
		frame(&b, 8, id, "\x10\x08" "ab", 4);
	frame(&b, 8, SPUR_TRANSPORT_OPEN, "\x21" "cdefgh", 7);
	fuzz_seed_buf(&b);
}

const struct fuzz_target fuzz_target = { .name = "transport", .max_len = 4u << 10, .run = run, .seeds = seeds, .told = 1600 };
