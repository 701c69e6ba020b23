#ifndef SPUR_DECODE_DBC_H
#define SPUR_DECODE_DBC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "decode/decoder.h"

/*
 * A CAN database (Vector "DBC File Format" 1.0.5): what the bits of a frame mean. Immutable
 * after parsing, so any thread may decode with it.
 */
struct spur_dbc;

enum spur_dbc_number {
	SPUR_DBC_UNSIGNED, SPUR_DBC_SIGNED, SPUR_DBC_FLOAT, SPUR_DBC_DOUBLE,
	SPUR_DBC_BYTES,		/* above 64 bits: whole bytes in the order of the frame (identification numbers, texts) */
};

struct spur_dbc_value {
	int64_t value;
	const char *text;
};

struct spur_dbc_range {
	uint64_t first, last;		/* inclusive */
};

struct spur_dbc_signal {
	const char *name, *unit, *comment;	/* UTF-8; never NULL; long symbols already in place */
	uint16_t start, length;		/* as the file has them: LSB (Intel) or MSB (Motorola); bits */
	bool motorola;
	enum spur_dbc_number number;
	double factor, offset;
	int multiplexor;		/* index of the signal that switches this one, or -1 */
	bool is_multiplexor;
	const struct spur_dbc_range *when;	/* of the multiplexor's raw value */
	size_t when_count;
	const struct spur_dbc_value *values;	/* sorted by value */
	size_t value_count;
};

struct spur_dbc_message {
	const char *name, *comment;
	uint32_t frame_id;		/* bit 31: extended */
	uint16_t size_bytes;
	bool j1939;			/* matched by parameter group, not by the whole identifier */
	size_t signal_count;
	const struct spur_dbc_signal *signals;
};

/* text need not be NUL-terminated; bytes that are not UTF-8 are taken as Windows-1252. SPUR_EFORMAT
 * names the line of a message or signal that cannot be read; other statements are skipped then. */
enum spur_status spur_dbc_parse(const char *text, size_t len, struct spur_dbc **out, struct spur_error *err);
void spur_dbc_destroy(struct spur_dbc *db);	/* NULL is fine */
bool spur_dbc_is_lin(const struct spur_dbc *db);	/* its messages are frames of LIN, see ldf.h */
const struct spur_dbc_message *spur_dbc_messages(const struct spur_dbc *db, size_t *count);
/* The parameter group of an extended identifier (SAE J1939-21 5.2): without priority and source, and without the
 * destination of groups that have one. */
uint32_t spur_dbc_pgn(uint32_t frame_id);
/* The message of a frame: its identifier, else its J1939 parameter group; NULL: unknown. */
const struct spur_dbc_message *spur_dbc_find(const struct spur_dbc *db, uint32_t frame_id);
/* The first extended message of a parameter group, marked as J1939 or not: for what surely is J1939. */
const struct spur_dbc_message *spur_dbc_find_group(const struct spur_dbc *db, uint32_t pgn);

/* The raw bits of a signal, sign-extended if signed. False: the frame is too short for them, or they are bytes. */
bool spur_dbc_raw(const struct spur_dbc_signal *s, const uint8_t *data, size_t len, uint64_t *raw);
/* Is the signal in this frame, as its multiplexors say? */
bool spur_dbc_present(const struct spur_dbc_message *m, const struct spur_dbc_signal *s, const uint8_t *data, size_t len);
/* What is there of a signal of bytes; NULL: the frame ends before it, or it is a number. */
const uint8_t *spur_dbc_bytes(const struct spur_dbc_signal *s, const uint8_t *data, size_t len, size_t *count);
double spur_dbc_physical(const struct spur_dbc_signal *s, uint64_t raw);
const char *spur_dbc_text(const struct spur_dbc_signal *s, uint64_t raw);	/* NULL: no name for that value */

/* A raw value that says "error" or "not available" instead of a value (SAE J1939-71 table 1; ISO 11783-7): above
 * 0xFA.. of an unsigned signal of 4, 8, 10, 12, 16, 20, 24, 28 or 32 bits of a J1939 message. Of two bits any
 * value counts: databases use them for more than the standard does. */
bool spur_dbc_unavailable(const struct spur_dbc_message *m, const struct spur_dbc_signal *s, uint64_t raw);

/* How spur_dbc_append() shows a signal. */
struct spur_dbc_style {
	bool raw;		/* u64, i64 or f64 instead of physical f64; bytes stay bytes */
	bool with_text;		/* text twin of the value table */
	bool keep_unavailable;	/* "not available" is a value like any other; else it is marked invalid */
};

enum spur_dbc_cell { SPUR_DBC_ABSENT, SPUR_DBC_VALUE, SPUR_DBC_UNAVAILABLE };

/* The type of a signal in a column. */
enum spur_type spur_dbc_type(const struct spur_dbc_signal *s, bool raw);
/* Appends one frame to column col; null where the signal is not in it. A value that is not available keeps its
 * number below its mark, or its text. */
enum spur_dbc_cell spur_dbc_append(const struct spur_dbc_message *m, const struct spur_dbc_signal *s, const uint8_t *data,
				   size_t len, struct spur_dbc_style style, struct spur_columns_builder *to, size_t col);

/* Frames of one message, in any order: frame i is data[i], len[i] bytes. */
struct spur_dbc_frames {
	size_t count;
	const uint8_t *const *data;
	const size_t *len;
	size_t shortest;		/* of len; 0 where nobody looked */
	const uint64_t *words;		/* the first eight bytes of each as a little-endian number, zeros behind its end */
};
/* The same as spur_dbc_append() for each of them; how many values were not available. */
uint64_t spur_dbc_append_frames(const struct spur_dbc_message *m, const struct spur_dbc_signal *s, const struct spur_dbc_frames *f,
				struct spur_dbc_style style, struct spur_columns_builder *to, size_t col);

#endif
