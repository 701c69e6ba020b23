#ifndef SPUR_DECODE_IDL_H
#define SPUR_DECODE_IDL_H

#include "base/arena.h"
#include "base/error.h"
#include "decode/shape.h"

/*
 * OMG IDL 4.2 as far as messages need it: modules, structs, unions, enums, bitmasks, typedefs,
 * constants, sequences, arrays, and the annotations that change the wire. Also the text that
 * rosbag2 stores as "ros2idl": several files, each after a line of '=' and a line "IDL: pkg/msg/Type".
 */

/* name: of the root, "a::B" or "pkg/msg/B". The tree is laid out and lives in the arena. SPUR_EFORMAT
 * names the line; SPUR_EUNSUPPORTED a type that is not there, or a kind of type that is not read. */
enum spur_status spur_idl_parse(const char *name, const char *text, size_t len, struct spur_arena *arena,
				struct spur_shape **root, struct spur_error *err);

#endif
