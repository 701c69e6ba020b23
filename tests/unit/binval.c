#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "decode/binval.h"
#include "decode/cbor.h"
#include "decode/jsonvisit.h"
#include "decode/msgpack.h"
#include "tests/tap.h"

typedef enum spur_status reader(const char *data, size_t len, const struct spur_visitor *v, struct spur_error *err);

static char *shown(reader *read, const void *data, size_t len)
{
	struct spur_buf out = { 0 };
	struct spur_json json = { .out = &out };
	const struct spur_visitor v = spur_visitor_json(&json);
	struct spur_error err;
	char *exact = malloc(len == 0 ? 1 : len);

	memcpy(exact, data, len);
	if (read(exact, len, &v, &err) < 0) {
		spur_buf_clear(&out);
		spur_buf_addf(&out, "! %s", err.text);
	}
	free(exact);
	return spur_buf_steal(&out);
}

static void gives(reader *read, const char *data, size_t len, const char *want, const char *name)
{
	char *got = shown(read, data, len);
	size_t refused = 0;

	is_str(got, want, name);
	free(got);
	for (size_t n = 0; n < len; n++) {
		got = shown(read, data, n);
		refused += got[0] == '!';
		free(got);
	}
	ok(want[0] == '!' || refused == len, "and nothing shorter is whole");
}

#define CBOR(bytes, want, name) gives(spur_cbor_walk, (bytes), sizeof(bytes) - 1, (want), (name))
#define PACK(bytes, want, name) gives(spur_msgpack_walk, (bytes), sizeof(bytes) - 1, (want), (name))

static void cbor(void)
{
	CBOR("\x84\x17\x18\x18\x1b\xff\xff\xff\xff\xff\xff\xff\xff\x20", "[23,24,18446744073709551615,-1]", "whole numbers");
	CBOR("\x82\x3b\x7f\xff\xff\xff\xff\xff\xff\xff\x3b\xff\xff\xff\xff\xff\xff\xff\xff",
	     "[-9223372036854775808,-1.8446744073709552e+19]", "the least one, and less");
	CBOR("\x85\xf9\x3e\x00\xfa\x3f\xc0\x00\x00\xfb\xbf\xf8\x00\x00\x00\x00\x00\x00\xf9\x7c\x00\xf9\x80\x01",
	     "[1.5,1.5,-1.5,\"Infinity\",-5.9604645e-08]", "three widths of floats");
	CBOR("\xa3\x61" "a\xf5\x01\xf6\x20\x43\x01\x02\x03", "{\"a\":true,\"1\":null,\"-1\":\"AQID\"}", "maps, keys of numbers, bytes");
	CBOR("\x9f\xbf\x61" "k\x7f\x61" "x\x61" "y\xff\xff\xff", "[{\"k\":\"xy\"}]", "without lengths");
	CBOR("\xc1\x1a\x65\x53\xf1\x00", "1700000000", "a tag is passed over");
	CBOR("\xff", "! CBOR byte 1: an end without a beginning", "an end alone");
	CBOR("\x1c", "! CBOR byte 1: a reserved length", "a reserved length");
	CBOR("\x1f", "! CBOR byte 1: a number without end", "a number without length");
	CBOR("\x5b\xff\xff\xff\xff\xff\xff\xff\xff", "! CBOR byte 9: a length past the end", "a huge text");
	CBOR("\x9b\xff\xff\xff\xff\xff\xff\xff\xff", "! CBOR byte 9: it breaks off", "a huge array");
	CBOR("\xa1\x80\x01", "! CBOR byte 2: a key that is no text and no number", "an array as a key");
	CBOR("\x01\x01", "! CBOR byte 1: more bytes after the value", "two values");
}

static void msgpack(void)
{
	PACK("\x95\x7f\xe0\xcc\xff\xd1\x80\x00\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "[127,-32,255,-32768,18446744073709551615]",
	     "whole numbers");
	PACK("\x94\xca\x3f\xc0\x00\x00\xcb\xbf\xf8\x00\x00\x00\x00\x00\x00\xd2\xff\xff\xff\xff\xd3\x80\x00\x00\x00\x00\x00\x00\x00",
	     "[1.5,-1.5,-1,-9223372036854775808]", "floats and signs");
	PACK("\x83\xa1" "a\xc3\xd9\x01" "b\xc0\x05\xc4\x02\x01\x02", "{\"a\":true,\"b\":null,\"5\":\"AQI=\"}", "maps, texts, bytes");
	PACK("\xdc\x00\x01\xde\x00\x01\xa1k\xda\x00\x01v", "[{\"k\":\"v\"}]", "16-bit lengths");
	PACK("\xd6\xff\x65\x53\xf1\x00", "{\"sec\":1700000000,\"nsec\":0}", "a time of 32 bits");
	PACK("\xd7\xff\x00\x00\x00\x14\x65\x53\xf1\x00", "{\"sec\":1700000000,\"nsec\":5}", "of 64 bits");
	PACK("\xc7\x0c\xff\x00\x00\x00\x07\xff\xff\xff\xff\xff\xff\xff\xff", "{\"sec\":-1,\"nsec\":7}", "of 96 bits");
	PACK("\xd4\x05\x09", "{\"type\":5,\"data\":\"CQ==\"}", "another extension");
	PACK("\xc1", "! MessagePack byte 1: a byte that is never used", "a byte that is never used");
	PACK("\xdf\xff\xff\xff\xff", "! MessagePack byte 5: it breaks off", "a huge map");
	PACK("\xdb\xff\xff\xff\xff", "! MessagePack byte 5: a length past the end", "a huge text");
	PACK("\x81\x90\x01", "! MessagePack byte 2: a key that is no text and no number", "an array as a key");
	PACK("\x01\x01", "! MessagePack byte 1: more bytes after the value", "two values");
}

static void nesting_is_capped(void)
{
	char deep[1000];
	char *got;

	memset(deep, '\x81', sizeof(deep));
	got = shown(spur_cbor_walk, deep, sizeof(deep));
	is_str(got, "! CBOR byte 129: nested deeper than 128", "CBOR");
	free(got);
	memset(deep, '\x91', sizeof(deep));
	got = shown(spur_msgpack_walk, deep, sizeof(deep));
	is_str(got, "! MessagePack byte 129: nested deeper than 128", "MessagePack");
	free(got);
}

int main(void)
{
	cbor();
	msgpack();
	nesting_is_capped();
	return tap_done();
}
