#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "format/mcap/reader_priv.h"

#define PIECE_BYTES (1u << 20)

/*
 * The bytes of one attachment (MCAP, "Attachment (op=0x09)"): its checksum is that of everything in the record
 * before it, so the head is read as well.
 */
enum spur_status mcap_attachment(struct spur_reader *r, size_t index,
				 enum spur_status (*put)(void *state, const void *data, size_t len, struct spur_error *err),
				 void *state, struct spur_task *task, struct spur_error *err)
{
	const struct mcap_attached *a = &r->attached[index];
	uint64_t end = a->data_at + a->data_len, at = a->offset + MCAP_HEAD_BYTES;
	unsigned char *piece = spur_malloc(at < end && end - at < PIECE_BYTES ? (size_t)(end - at) : PIECE_BYTES), want[4] = { 0 };
	uint32_t crc = 0;
	enum spur_status st = SPUR_OK;

	while (st == SPUR_OK && at < end) {
		uint64_t to = at < a->data_at ? a->data_at : end;
		size_t n = to - at < PIECE_BYTES ? (size_t)(to - at) : PIECE_BYTES;

		if (spur_task_cancelled(task))
			st = spur_fail(err, SPUR_ECANCELLED, "cancelled");
		else if ((st = spur_range_read(r->range, at, piece, n, err)) == SPUR_OK) {
			crc = spur_crc32(crc, piece, n);
			if (at >= a->data_at && put != NULL)
				st = put(state, piece, n, err);
		}
		at += n;
		spur_task_progress(task, at - a->offset, end - a->offset);
	}
	if (st == SPUR_OK)
		st = spur_range_read(r->range, end, want, sizeof(want), err);
	if (st == SPUR_OK && spur_le32(want) != 0 && spur_le32(want) != crc)
		st = spur_fail_byte(err, SPUR_EFORMAT, a->offset, "its bytes do not have the checksum that its record states");
	free(piece);
	return spur_wrap(st, err, "attachment '%s'", a->name);
}
