#ifndef SPUR_DECODE_CBOR_H
#define SPUR_DECODE_CBOR_H

#include "decode/decoder.h"

/* Shows one CBOR item (RFC 8949) to a visitor. Tags are passed over; undefined
 * is null. SPUR_EFORMAT with the byte; begin and end calls balance. */
enum spur_status spur_cbor_walk(const char *data, size_t len, const struct spur_visitor *v, struct spur_error *err);

#endif
