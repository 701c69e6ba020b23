#ifndef SPUR_BASE_SSHWIRE_H
#define SPUR_BASE_SSHWIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* SSH's wire encoding (RFC 4251, 5): big-endian uint32, and strings led by their length. */
struct spur_wire {
	const unsigned char *at;
	size_t left;
	bool bad;	/* ran past the end; everything after is empty */
};

uint32_t spur_wire_u32(struct spur_wire *w);
/* Borrowed; "" with *len 0 when bad. */
const unsigned char *spur_wire_string(struct spur_wire *w, size_t *len);
bool spur_wire_is(struct spur_wire *w, const char *text);	/* reads a string and compares */
void spur_wire_put_u32(struct spur_buf *b, uint32_t v);
void spur_wire_put(struct spur_buf *b, const void *data, size_t len);

/* Base64 between two marker lines, in lines of 70 characters, as OpenSSH writes it. */
void spur_armour(struct spur_buf *out, const char *what, const void *data, size_t len);
bool spur_unarmour(const char *text, size_t len, const char *what, struct spur_buf *out);
/* Stops at white space or the end; false: not base64. */
bool spur_unbase64(const char *text, size_t len, struct spur_buf *out);

#endif
