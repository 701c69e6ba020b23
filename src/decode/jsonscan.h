#ifndef SPUR_DECODE_JSONSCAN_H
#define SPUR_DECODE_JSONSCAN_H

#include "base/error.h"
#include "decode/decoder.h"

/*
 * Shows one JSON text (RFC 8259) to a visitor as it is read: no tree, integers exact up to
 * 2^64-1 (jansson ends at 2^63-1), keys in order. Wider integers become doubles, -0 too.
 * SPUR_EFORMAT with the byte; begin and end calls balance whatever is returned.
 */
enum spur_status spur_json_walk(const char *text, size_t len, const struct spur_visitor *v, struct spur_error *err);

#define SPUR_JSON_DEPTH 128u

#endif
