#ifndef SPUR_DECODE_LDF_H
#define SPUR_DECODE_LDF_H

#include "decode/dbc.h"

/*
 * A LIN description file (LIN 2.2A, 9; ISO 17987-2): what the bits of LIN frames mean, in the shape
 * of a CAN database. Frames are messages by their six bits of identifier, diagnostic ones too; the
 * first physical range of an encoding gives factor, offset and unit, its logical values the texts;
 * arrays of bytes are bytes. Nodes, schedules and the rest are skipped.
 */

/* Whether the text is one, by its first statement. */
bool spur_ldf_is(const char *text, size_t len);
/* SPUR_EFORMAT names the line: a frame or signal that cannot be read, or no frame at all. */
enum spur_status spur_ldf_parse(const char *text, size_t len, struct spur_dbc **out, struct spur_error *err);
/* A bus database of either kind. */
enum spur_status spur_busdb_parse(const char *text, size_t len, struct spur_dbc **out, struct spur_error *err);

#endif
