#ifndef SPUR_EXPORT_THRIFT_H
#define SPUR_EXPORT_THRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Writes Thrift's compact protocol (thrift-compact-protocol.md): what Parquet's headers are in.
 * Structs nest through begin and end; fields come in rising order of their ids. id 0: an
 * element of a list.
 */
#define SPUR_THRIFT_DEPTH 8

enum spur_thrift_type {
	SPUR_THRIFT_I32 = 5, SPUR_THRIFT_I64 = 6, SPUR_THRIFT_BINARY = 8, SPUR_THRIFT_LIST = 9, SPUR_THRIFT_STRUCT = 12,
};

struct spur_thrift {
	struct spur_buf *out;	/* borrowed */
	int16_t last[SPUR_THRIFT_DEPTH];
	unsigned depth;
};

void spur_thrift_begin(struct spur_thrift *t, int16_t id);	/* a struct; id 0 also for the outermost */
void spur_thrift_end(struct spur_thrift *t);
void spur_thrift_empty(struct spur_thrift *t, int16_t id);	/* a struct without fields */
void spur_thrift_i8(struct spur_thrift *t, int16_t id, int8_t v);
void spur_thrift_i16(struct spur_thrift *t, int16_t id, int16_t v);
void spur_thrift_i32(struct spur_thrift *t, int16_t id, int32_t v);
void spur_thrift_i64(struct spur_thrift *t, int16_t id, int64_t v);
void spur_thrift_bool(struct spur_thrift *t, int16_t id, bool v);
void spur_thrift_bytes(struct spur_thrift *t, int16_t id, const void *data, size_t len);
void spur_thrift_text(struct spur_thrift *t, int16_t id, const char *s);
void spur_thrift_list(struct spur_thrift *t, int16_t id, enum spur_thrift_type of, size_t count);

/* ULEB128. */
void spur_thrift_varint(struct spur_buf *b, uint64_t v);

#endif
