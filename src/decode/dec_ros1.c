#include "config.h"

#include "decode/registry.h"

#include <string.h>

#include "decode/ros.h"

/* ROS 1 messages: packed little endian, no head. Source: ROS wiki "msg" 2.1. */
static int match(const struct spur_stream *s)
{
	return strcmp(s->encoding, "ros1") == 0 && strcmp(s->schema_encoding, "ros1msg") == 0 ? 100 : 0;
}

static enum spur_status open_ros1(const struct spur_stream *s, struct spur_decoding **out, struct spur_error *err)
{
	return spur_ros_open(s, SPUR_ROS_1, out, err);
}

static enum spur_status head(const struct spur_message *m, struct spur_wire *w, struct spur_error *err)
{
	(void)err;
	*w = (struct spur_wire){ .data = m->data, .size = m->size, .align_max = 1, .root = SPUR_EXT_FINAL,
				  .unsaid = SPUR_EXT_FINAL };
	return SPUR_OK;
}

static enum spur_status walk(struct spur_decoding *d, const struct spur_message *m, const struct spur_visitor *v,
			     struct spur_error *err)
{
	struct spur_wire w;

	head(m, &w, err);
	return spur_wire_walk(&w, d->root, v, err);
}

static enum spur_status columns(struct spur_decoding *d, const struct spur_batch *in, const size_t *wanted, size_t count,
				struct spur_columns **out, uint64_t *bad, struct spur_error *err)
{
	return spur_wire_columns(head, d->root, &d->fields, in, wanted, count, out, bad, err);
}

const struct spur_decoder spur_decoder_ros1 = {
	.id = "ros1",
	.match = match,
	.open = open_ros1,
	.fields = spur_ros_fields,
	.walk = walk,
	.columns = columns,
	.close = spur_ros_close,
};
