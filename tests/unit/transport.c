#include "config.h"

#include <string.h>

#include "decode/transport.h"
#include "tests/tap.h"

#define EXT 0x80000000u
#define CM (EXT | 0x1cecff00u)	/* to everybody, from 0 */
#define DT (EXT | 0x1cebff00u)

/* Payloads that came so far, as text: "kind id:hex". */
struct heard {
	struct spur_transport *t;
	char last[2 * 512 + 32];
	size_t len, framed_len;
	uint8_t framed[4];
	unsigned count;
	int64_t now_ns;
};

static void start(struct heard *h)
{
	spur_transport_destroy(h->t);
	*h = (struct heard){ .t = spur_transport_create() };
}

static bool put_on(struct heard *h, uint64_t channel, enum spur_transport_kind kind, uint32_t id, const void *data, size_t len)
{
	const struct spur_transport_frame f = { .kind = kind, .channel = channel, .frame_id = id, .data = data, .len = len,
						.time_ns = h->now_ns += 1000000, .timed = true };
	static const char *const kinds[] = { "iso", "j1939", "addressed", "fast" };
	struct spur_transfer out;
	int at;

	if (!spur_transport_put(h->t, &f, &out))
		return false;
	at = snprintf(h->last, sizeof(h->last), "%s %x:", kinds[out.kind], out.frame_id);
	for (size_t i = 0; i < out.len && i < 512; i++)
		at += snprintf(h->last + at, sizeof(h->last) - (size_t)at, "%02x", out.data[i]);
	h->len = out.len;
	h->framed_len = out.framed_len;
	memcpy(h->framed, out.framed, out.framed_len < 4 ? out.framed_len : 4);
	h->count++;
	return true;
}

static bool iso(struct heard *h, const char *frame)
{
	return put_on(h, 1, SPUR_TRANSPORT_ISO, 0x7e8, frame, 8);
}

static bool j1939(struct heard *h, uint32_t id, const char *frame)
{
	return put_on(h, 1, SPUR_TRANSPORT_J1939, id, frame, 8);
}

static void counted(const struct heard *h, uint64_t done, uint64_t broken, uint64_t refused, uint64_t stray, const char *name)
{
	struct spur_transport_counts c = spur_transport_count(h->t);

	ok(c.done == done && c.broken == broken && c.refused == refused && c.stray == stray, name);
	if (c.done != done || c.broken != broken || c.refused != refused || c.stray != stray)
		printf("# %d done, %d broken, %d refused, %d stray\n", (int)c.done, (int)c.broken, (int)c.refused, (int)c.stray);
}

static void iso_payloads(struct heard *h)
{
	start(h);
	ok(iso(h, "\x02\x3e\x00\xaa\xaa\xaa\xaa\xaa"), "a single frame is whole");
	is_str(h->last, "iso 7e8:3e00", "without its padding");
	ok(!iso(h, "\x10\x0a\x01\x02\x03\x04\x05\x06"), "a first frame is not");
	ok(!iso(h, "\x30\x00\x00\xaa\xaa\xaa\xaa\xaa"), "flow control changes nothing");
	ok(iso(h, "\x21\x07\x08\x09\x0a\xaa\xaa\xaa"), "the last one makes it whole");
	is_str(h->last, "iso 7e8:0102030405060708090a", "all bytes, no padding");
	ok(!iso(h, "\x22\x07\x08\x09\x0a\xaa\xaa\xaa"), "one more belongs to nothing");
	counted(h, 1, 0, 0, 1, "and is counted");
	ok(!iso(h, "\x10\x14\x01\x02\x03\x04\x05\x06") && !iso(h, "\x22\1\1\1\1\1\1\1") && !iso(h, "\x21\1\1\1\1\1\1\1") &&
	   !iso(h, "\x22\1\1\1\1\1\1\1"), "a frame is missing: nothing comes");
	counted(h, 1, 1, 0, 3, "broken once, the rest is without a beginning");
	ok(!iso(h, "\x10\x05\x01\x02\x03\x04\x05\x06"), "a first frame that one frame could hold");
	counted(h, 1, 1, 1, 3, "is refused");
	ok(!iso(h, "\x00\x05\x01\x02\x03\x04\x05\x06") && !iso(h, "\x0f\x05\x01\x02\x03\x04\x05\x06"), "lengths that no single frame has");
}

static void iso_wraps_and_escapes(struct heard *h)
{
	char frame[9];

	start(h);
	iso(h, "\x10\xff" "abcdef");
	for (unsigned i = 1; i < 36; i++) {
		snprintf(frame, sizeof(frame), "%c%07u", (int)(0x20 | (i & 15)), i);
		iso(h, frame);
	}
	ok(iso(h, "\x24zzzzzzz"), "the number of a frame goes from 15 to 0");
	is_int((intmax_t)h->len, 255, "all of it");
	/* 32 bits of length, CAN FD: 2 + 4 + 58 bytes, then 63. */
	char fd[64] = { 0x10, 0, 0, 0, 0, 100 };

	put_on(h, 1, SPUR_TRANSPORT_ISO, EXT | 0x18daf110, fd, 64);
	fd[0] = 0x21;
	ok(put_on(h, 1, SPUR_TRANSPORT_ISO, EXT | 0x18daf110, fd, 64), "a length of 32 bits in frames of 64 bytes");
	is_int((intmax_t)h->len, 100, "as long as it said");
	fd[0] = 0;
	fd[1] = 62;
	ok(put_on(h, 1, SPUR_TRANSPORT_ISO, 0x7e0, fd, 64) && h->len == 62, "a single frame of CAN FD");
	memcpy(fd, "\x10\x00\x7f\xff\xff\xff", 6);
	ok(!put_on(h, 1, SPUR_TRANSPORT_ISO, 0x7e0, fd, 64), "two gigabytes");
	counted(h, 2, 0, 1, 0, "are refused");
}

static void streams_apart(struct heard *h)
{
	start(h);
	put_on(h, 1, SPUR_TRANSPORT_ISO, 0x7e8, "\x10\x08" "aaaaaa", 8);
	put_on(h, 2, SPUR_TRANSPORT_ISO, 0x7e8, "\x10\x08" "bbbbbb", 8);
	put_on(h, 1, SPUR_TRANSPORT_ISO, 0x7e9, "\x10\x08" "cccccc", 8);
	put_on(h, 1, SPUR_TRANSPORT_ISO, 0x7e8, "\x21" "AA", 3);
	is_str(h->last, "iso 7e8:6161616161614141", "one channel");
	put_on(h, 2, SPUR_TRANSPORT_ISO, 0x7e8, "\x21" "BB", 3);
	is_str(h->last, "iso 7e8:6262626262624242", "another channel");
	put_on(h, 1, SPUR_TRANSPORT_ISO, 0x7e9, "\x21" "CC", 3);
	is_str(h->last, "iso 7e9:6363636363634343", "another identifier");
	counted(h, 3, 0, 0, 0, "three at once");
}

static void broadcasts(struct heard *h)
{
	start(h);
	j1939(h, CM, "\x20\x0a\x00\x02\xff\xca\xfe\x00");
	j1939(h, DT, "\x01\1\2\3\4\5\6\7");
	ok(j1939(h, DT, "\x02\x08\x09\x0a\xff\xff\xff\xff"), "a broadcast of two packets");
	is_str(h->last, "j1939 98feca00:0102030405060708090a", "is the group that it announced, from its source");
	j1939(h, CM, "\x20\x0a\x00\x02\xff\xca\xfe\x00");
	j1939(h, DT, "\x02\1\2\3\4\5\6\7");
	j1939(h, DT, "\x01\1\2\3\4\5\6\7");
	counted(h, 1, 1, 0, 1, "packets out of order");
	j1939(h, CM, "\x20\x08\x00\x02\xff\xca\xfe\x00");
	j1939(h, CM, "\x20\xfa\x06\xff\xff\xca\xfe\x00");
	j1939(h, CM, "\x20\x0a\x00\x03\xff\xca\xfe\x00");
	counted(h, 1, 1, 3, 1, "lengths that the standard does not have");
	j1939(h, CM, "\x20\x0a\x00\x02\xff\xca\xfe\x00");
	j1939(h, DT, "\x01\1\2\3\4\5\6\7");
	h->now_ns += SPUR_TRANSPORT_GAP_NS;
	ok(!j1939(h, DT, "\x02\1\2\3\4\5\6\7"), "a packet that comes too late");
	counted(h, 1, 2, 3, 1, "ends it");
}

static void requests_to_send(struct heard *h)
{
	uint32_t cm = EXT | 0x1cec2100u, dt = EXT | 0x1ceb2100u;	/* from 0 to 0x21 */

	start(h);
	j1939(h, cm, "\x10\x11\x00\x03\xff\x00\xef\x00");
	j1939(h, EXT | 0x1cec0021u, "\x11\x02\x01\xff\xff\x00\xef\x00");
	j1939(h, dt, "\x01\1\2\3\4\5\6\7");
	j1939(h, dt, "\x02\1\2\3\4\5\6\7");
	j1939(h, EXT | 0x1cec0021u, "\x11\x02\x02\xff\xff\x00\xef\x00");
	j1939(h, dt, "\x02\1\2\3\4\5\6\7");
	ok(j1939(h, dt, "\x03\x0f\x10\x11\xff\xff\xff\xff"), "a packet that the receiver asked for again");
	is_str(h->last, "j1939 98ef2100:01020304050607010203040506070f1011", "is there once; the group has a destination");
	j1939(h, cm, "\x10\x11\x00\x03\xff\x00\xef\x00");
	j1939(h, EXT | 0x1cec0021u, "\xff\x01\xff\xff\xff\x00\xef\x00");
	j1939(h, dt, "\x01\1\2\3\4\5\6\7");
	counted(h, 1, 1, 0, 1, "the receiver ends it");
	ok(!j1939(h, EXT | 0x1dec2100u, "\x10\x11\x00\x03\xff\x00\xef\x00"), "the same on another data page is another group");
	counted(h, 1, 1, 0, 1, "and changes nothing");
}

static bool addressed(struct heard *h, const char *frame)
{
	return put_on(h, 1, SPUR_TRANSPORT_ISO_ADDRESSED, 0x6f1, frame, 8);
}

static void addresses(struct heard *h)
{
	start(h);
	ok(addressed(h, "\x12\x03\x22\xf1\x90\xff\xff\xff"), "a single frame behind an address");
	is_str(h->last, "addressed 6f1:22f190", "without address, length and padding");
	ok(h->framed_len == 5 && memcmp(h->framed, "\x12\x03\x22\xf1", 4) == 0, "a database counts from the address");
	ok(!addressed(h, "\x12\x10\x0d" "abcde") && !addressed(h, "\x60\x10\x0c" "ABCDE"), "two transfers under one identifier");
	ok(!addressed(h, "\x60\x21" "FGHIJK") && !addressed(h, "\x12\x21" "fghijk"), "go on by their address");
	ok(addressed(h, "\x60\x22" "LMNOPQ"), "one ends");
	is_str(h->last, "addressed 6f1:4142434445464748494a4b4c", "with its own bytes");
	ok(addressed(h, "\x12\x22" "lmnopq"), "then the other");
	is_int((intmax_t)h->len, 13, "of the length it said");
	ok(h->framed_len == 15 && memcmp(h->framed, "\x12\x0d" "ab", 4) == 0, "address, length, data");
	ok(!addressed(h, "\x12\x10\x06" "abcde"), "six bytes that a single frame could hold, too");
	counted(h, 2, 0, 0, 0, "go on: the rest is to come");
	ok(!addressed(h, "\x12\x10\x05" "abcde"), "five that are all there");
	counted(h, 2, 1, 1, 0, "are refused");
	ok(!put_on(h, 1, SPUR_TRANSPORT_ISO_ADDRESSED, 0x6f1, "\x12\x01", 2), "an address and a length alone");
}

static bool fast(struct heard *h, uint32_t id, const char *frame)
{
	return put_on(h, 1, SPUR_TRANSPORT_FAST, EXT | id, frame, 8);
}

static void fast_packets(struct heard *h)
{
	char frame[9] = "";
	bool early = false;

	start(h);
	ok(!fast(h, 0x19f80501, "\x40\x0f" "abcdef") && !fast(h, 0x19f80501, "\x41" "ghijklm"), "15 bytes take three frames");
	ok(!fast(h, 0x19f80502, "\x40\x0f" "ABCDEF") && !fast(h, 0x19f80501, "\x60\x09" "uvwxyz"), "another source, another sequence");
	ok(fast(h, 0x19f80501, "\x42" "no\xff\xff\xff\xff\xff"), "the third one");
	is_str(h->last, "fast 99f80501:6162636465666768696a6b6c6d6e6f", "all bytes, no padding");
	is_int((intmax_t)h->framed_len, 15, "a database counts the data alone");
	ok(fast(h, 0x19f80501, "\x61" "123\xff\xff\xff\xff"), "the other sequence");
	ok(!fast(h, 0x19f80502, "\x42" "NO\xff\xff\xff\xff\xff") && !fast(h, 0x19f80502, "\x41" "GHIJKLM"), "one that lacks its second frame");
	counted(h, 2, 1, 0, 1, "is broken, and the rest has no beginning");
	ok(fast(h, 0x19f80501, "\x00\x03" "abc\xff\xff\xff"), "three bytes take one frame");
	counted(h, 2, 1, 0, 1, "which is not counted as a transfer");
	ok(!fast(h, 0x19f80501, "\x20\x00" "abcdef") && !fast(h, 0x19f80501, "\x20\xe0" "abcdef"), "no byte, or 224");
	counted(h, 2, 1, 2, 1, "are refused");
	fast(h, 0x19f80501, "\xa0\xdf" "abcdef");
	for (unsigned i = 1; i < 32; i++) {
		snprintf(frame, sizeof(frame), "%c%07u", (int)(0xa0 | i), i);
		early = fast(h, 0x19f80501, frame) != (i == 31) || early;
	}
	ok(!early && h->len == 223, "223 bytes take 32 frames");
	fast(h, 0x19f80501, "\xc0\x09" "abcdef");
	h->now_ns += 2 * SPUR_TRANSPORT_GAP_NS;
	ok(!fast(h, 0x19f80501, "\xc1" "ghi\xff\xff\xff\xff"), "a frame that is late ends it");
}

static void bounded(struct heard *h)
{
	struct spur_transport_counts c;

	start(h);
	for (uint32_t id = 0; id < 4 * SPUR_TRANSPORT_OPEN; id++)
		put_on(h, 1, SPUR_TRANSPORT_ISO, id, "\x10\x20" "abcdef", 8);
	c = spur_transport_count(h->t);
	is_int((intmax_t)(c.begun - c.done - c.broken), SPUR_TRANSPORT_OPEN, "so many are open at once");
	ok(!put_on(h, 1, SPUR_TRANSPORT_ISO, 0, "\x21" "abcdefg", 8), "the oldest made room");
	put_on(h, 1, SPUR_TRANSPORT_ISO, 4 * SPUR_TRANSPORT_OPEN - 1, "\x21" "abcdefg", 8);
	is_int((intmax_t)spur_transport_count(h->t).stray, 1, "the newest go on");
	for (size_t len = 0; len < 8; len++) {
		put_on(h, 1, SPUR_TRANSPORT_ISO, 7, "\x21\x20" "abcdef", len);
		put_on(h, 1, SPUR_TRANSPORT_ISO, 7, "\x10\x00" "abcdef", len);
		put_on(h, 1, SPUR_TRANSPORT_J1939, CM, "\x20\x0a\x00\x02\xff\xca\xfe\x00", len);
		put_on(h, 1, SPUR_TRANSPORT_J1939, DT, "\x01\x0a\x00\x02\xff\xca\xfe\x00", len);
	}
	is_int((intmax_t)h->count, 0, "short frames complete nothing");
}

int main(void)
{
	struct heard h = { 0 };

	iso_payloads(&h);
	iso_wraps_and_escapes(&h);
	streams_apart(&h);
	broadcasts(&h);
	requests_to_send(&h);
	addresses(&h);
	fast_packets(&h);
	bounded(&h);
	spur_transport_destroy(h.t);
	return tap_done();
}
