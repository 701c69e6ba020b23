#include "config.h"

#include "decode/ros.h"

#include <stdlib.h>

#include "base/buf.h"
#include "decode/idl.h"
#include "decode/rosmsg.h"

#define ARENA_MAX (UINT64_C(64) << 20)
#define SCHEMA_MAX (UINT64_C(16) << 20)

enum spur_status spur_ros_open(const struct spur_stream *s, enum spur_ros_schema kind, struct spur_decoding **out,
			       struct spur_error *err)
{
	struct spur_decoding *d;
	enum spur_status st;

	*out = NULL;
	if (s->schema_len > SCHEMA_MAX)
		return spur_fail(err, SPUR_EUNSUPPORTED, "schema of %zu bytes, %llu at most", s->schema_len,
				 (unsigned long long)SCHEMA_MAX);
	d = spur_calloc(1, sizeof(*d));
	d->arena = spur_arena_create(ARENA_MAX);
	if (kind == SPUR_ROS_IDL)
		st = spur_idl_parse(s->schema_name, s->schema, s->schema_len, d->arena, &d->root, err);
	else
		st = spur_rosmsg_parse(s->schema_name, s->schema, s->schema_len, kind == SPUR_ROS_1 ? SPUR_ROSMSG_1 : SPUR_ROSMSG_2,
				       d->arena, &d->root, err);
	if (st >= 0)
		st = spur_shape_fields(d->root, d->arena, &d->fields, err);
	if (st < 0) {
		spur_ros_close(d);
		return spur_wrap(st, err, "schema %s", s->schema_name);
	}
	*out = d;
	return SPUR_OK;
}

void spur_ros_close(struct spur_decoding *d)
{
	if (d == NULL)
		return;
	spur_arena_destroy(d->arena);
	free(d);
}

const struct spur_fields *spur_ros_fields(const struct spur_decoding *d)
{
	return &d->fields;
}
