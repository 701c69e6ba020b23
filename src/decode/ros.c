#include "config.h"

#include "decode/ros.h"

#include "decode/idl.h"
#include "decode/rosmsg.h"

#define ARENA_MAX (UINT64_C(64) << 20)
#define SCHEMA_MAX (UINT64_C(16) << 20)

enum spur_status spur_ros_open(const struct spur_stream *s, enum spur_ros_schema kind, struct spur_ros *out,
			       struct spur_error *err)
{
	enum spur_status st;

	if (s->schema_len > SCHEMA_MAX)
		return spur_fail(err, SPUR_EUNSUPPORTED, "schema of %zu bytes, %llu at most", s->schema_len,
				 (unsigned long long)SCHEMA_MAX);
	*out = (struct spur_ros){ .arena = spur_arena_create(ARENA_MAX) };
	if (kind == SPUR_ROS_IDL)
		st = spur_idl_parse(s->schema_name, s->schema, s->schema_len, out->arena, &out->root, err);
	else
		st = spur_rosmsg_parse(s->schema_name, s->schema, s->schema_len, kind == SPUR_ROS_1 ? SPUR_ROSMSG_1 : SPUR_ROSMSG_2,
				       out->arena, &out->root, err);
	if (st >= 0)
		st = spur_shape_fields(out->root, out->arena, &out->fields, err);
	if (st < 0) {
		spur_ros_close(out);
		return spur_wrap(st, err, "schema %s", s->schema_name);
	}
	return SPUR_OK;
}

void spur_ros_close(struct spur_ros *r)
{
	spur_arena_destroy(r->arena);
	*r = (struct spur_ros){ 0 };
}
