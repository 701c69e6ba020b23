#ifndef SPUR_DECODE_ROS_H
#define SPUR_DECODE_ROS_H

#include "decode/wire.h"

/* The decoding of CDR and of ROS 1: a compiled shape and its fields, in one arena. */
struct spur_decoding {
	struct spur_arena *arena;
	struct spur_shape *root;
	struct spur_fields fields;
};

enum spur_ros_schema { SPUR_ROS_1, SPUR_ROS_2, SPUR_ROS_IDL };

enum spur_status spur_ros_open(const struct spur_stream *s, enum spur_ros_schema kind, struct spur_decoding **out,
			       struct spur_error *err);
void spur_ros_close(struct spur_decoding *d);	/* NULL is fine */
const struct spur_fields *spur_ros_fields(const struct spur_decoding *d);

#endif
