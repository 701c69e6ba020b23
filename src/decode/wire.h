#ifndef SPUR_DECODE_WIRE_H
#define SPUR_DECODE_WIRE_H

#include "decode/decoder.h"
#include "decode/shape.h"

/*
 * Untagged bytes read by a shape. CDR (OMG CDR 1.2 / XTypes 1.3 7.4): numbers aligned to
 * their size from the byte after the 4-byte head; ROS 1: packed, little endian.
 */
struct spur_wire {
	const unsigned char *data;	/* borrowed */
	size_t size, pos;
	size_t origin;			/* alignment counts from here */
	unsigned align_max;		/* 1: packed; 8: CDR 1; 4: CDR 2 */
	bool swap;			/* big endian */
	bool terminated;		/* the length of a text counts its NUL */
	unsigned version;		/* of CDR: 2 has delimiters, 1 has parameter lists only; 0 for ROS 1 */
	enum spur_extensibility root, unsaid;	/* of the root, whatever its type says; of types that do not say */
	bool at_root;
	bool framed;			/* arrays of texts and structs have a delimiter (XTypes 1.3 7.4.3.5): see fit() */
	uint64_t steps;			/* values still allowed: no shape may cost more than its bytes justify */
};

/* How a payload begins: reads the head, if the encoding has one, and sets up w. */
typedef enum spur_status spur_wire_head(const struct spur_message *m, struct spur_wire *w, struct spur_error *err);

/* Nested values of one payload. begin and end calls balance whatever is returned. */
enum spur_status spur_wire_walk(struct spur_wire *w, const struct spur_shape *root, const struct spur_visitor *v,
				struct spur_error *err);
/* The columns of spur_decoder.columns: leaves of root by index. */
enum spur_status spur_wire_columns(spur_wire_head *head, const struct spur_shape *root, const struct spur_fields *all,
				   const struct spur_batch *in, const size_t *fields, size_t field_count,
				   struct spur_columns **out, uint64_t *bad, struct spur_error *err);

#endif
