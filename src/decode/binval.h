#ifndef SPUR_DECODE_BINVAL_H
#define SPUR_DECODE_BINVAL_H

#include "decode/decoder.h"

/* What readers of CBOR and MessagePack share: a bounded, big-endian cursor. */
struct spur_binval {
	const unsigned char *data;	/* borrowed */
	size_t len, pos;
	const char *what;		/* "CBOR", for messages */
	const struct spur_visitor *v;
	struct spur_error *err;
};

#define SPUR_BINVAL_DEPTH 128u

enum spur_status spur_binval_fail(struct spur_binval *b, const char *why);
/* A big-endian number of 1, 2, 4 or 8 bytes. */
enum spur_status spur_binval_number(struct spur_binval *b, unsigned size, uint64_t *out);
/* The next len bytes. */
enum spur_status spur_binval_take(struct spur_binval *b, uint64_t len, const char **out);
/* IEEE 754 half precision. */
float spur_half(uint16_t bits);

#endif
