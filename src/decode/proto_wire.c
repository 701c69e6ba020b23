#include "config.h"

#include "decode/proto.h"

#include "base/bytes.h"

#define GROUP_DEPTH 100

bool spur_proto_varint(struct spur_proto_bytes *rest, uint64_t *out)
{
	*out = 0;
	for (unsigned i = 0; i < 10 && i < rest->len; i++) {
		*out |= (uint64_t)(rest->data[i] & 0x7f) << (7 * i);
		if (rest->data[i] < 0x80) {
			rest->data += i + 1;
			rest->len -= i + 1;
			return true;
		}
	}
	return false;
}

static bool take(struct spur_proto_bytes *rest, size_t len, struct spur_proto_bytes *out)
{
	if (len > rest->len)
		return false;
	*out = (struct spur_proto_bytes){ rest->data, len };
	rest->data += len;
	rest->len -= len;
	return true;
}

/* To the end tag of group `number`; groups may lie in groups. */
static bool take_group(struct spur_proto_bytes *rest, struct spur_proto_bytes *out)
{
	const uint8_t *begin = rest->data;
	struct spur_proto_bytes ignored;
	unsigned depth = 1;
	uint64_t tag, len;

	while (depth > 0 && depth < GROUP_DEPTH) {
		out->len = (size_t)(rest->data - begin);
		if (!spur_proto_varint(rest, &tag))
			return false;
		switch (tag & 7) {
		case 0: if (!spur_proto_varint(rest, &len)) return false; break;
		case 1: if (!take(rest, 8, &ignored)) return false; break;
		case 2: if (!spur_proto_varint(rest, &len) || len > rest->len || !take(rest, (size_t)len, &ignored)) return false; break;
		case 3: depth++; break;
		case 4: depth--; break;
		case 5: if (!take(rest, 4, &ignored)) return false; break;
		default: return false;
		}
	}
	out->data = begin;
	return depth == 0;
}

enum spur_status spur_proto_next(struct spur_proto_bytes *rest, struct spur_proto_item *item)
{
	uint64_t tag, len;
	bool good;

	if (rest->len == 0)
		return SPUR_END;
	if (!spur_proto_varint(rest, &tag) || tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
		return SPUR_EFORMAT;
	*item = (struct spur_proto_item){ .number = (uint32_t)(tag >> 3) };
	switch (tag & 7) {
	case 0:
		item->wire = SPUR_PROTO_VARINT;
		good = spur_proto_varint(rest, &item->value);
		break;
	case 1:
		item->wire = SPUR_PROTO_64;
		if ((good = take(rest, 8, &item->bytes)))
			item->value = spur_le64(item->bytes.data);
		break;
	case 2:
		item->wire = SPUR_PROTO_BYTES;
		good = spur_proto_varint(rest, &len) && len <= rest->len && take(rest, (size_t)len, &item->bytes);
		break;
	case 3:
		item->wire = SPUR_PROTO_GROUP;
		good = take_group(rest, &item->bytes);
		break;
	case 5:
		item->wire = SPUR_PROTO_32;
		if ((good = take(rest, 4, &item->bytes)))
			item->value = spur_le32(item->bytes.data);
		break;
	default:
		return SPUR_EFORMAT;
	}
	return good ? SPUR_OK : SPUR_EFORMAT;
}
