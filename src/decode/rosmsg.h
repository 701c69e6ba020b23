#ifndef SPUR_DECODE_ROSMSG_H
#define SPUR_DECODE_ROSMSG_H

#include "base/arena.h"
#include "base/error.h"
#include "decode/shape.h"

/*
 * ROS interface text, as rosbag2 and the ROS 1 converters store it: the type itself, then
 * every type it uses, each after a line of '=' and a line "MSG: pkg/Type".
 * Sources: ROS 2 "About ROS 2 interfaces", ROS wiki "msg" 2.1-2.2.
 */
enum spur_rosmsg_dialect {
	SPUR_ROSMSG_1,		/* char is u8, byte is i8, time and duration are built in */
	SPUR_ROSMSG_2,		/* byte and char are u8; defaults, bounded strings and sequences */
};

/* name: of the root type, "pkg/msg/Type" or "pkg/Type". The tree is laid out and lives in the arena.
 * SPUR_EFORMAT names the line; SPUR_EUNSUPPORTED a type that the text does not define. */
enum spur_status spur_rosmsg_parse(const char *name, const char *text, size_t len, enum spur_rosmsg_dialect dialect,
				   struct spur_arena *arena, struct spur_shape **root, struct spur_error *err);

#endif
