#include "config.h"

#include "decode/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "decode/ros.h"

/* ROS 1 messages: packed little endian, no head. Source: ROS wiki "msg" 2.1. */
struct spur_decoding {
	struct spur_ros ros;
};

static int match(const struct spur_stream *s)
{
	return strcmp(s->encoding, "ros1") == 0 && strcmp(s->schema_encoding, "ros1msg") == 0 ? 100 : 0;
}

static enum spur_status open_ros1(const struct spur_stream *s, struct spur_decoding **out, struct spur_error *err)
{
	struct spur_decoding *d = spur_calloc(1, sizeof(*d));
	enum spur_status st = spur_ros_open(s, SPUR_ROS_1, &d->ros, err);

	*out = NULL;
	if (st < 0) {
		free(d);
		return st;
	}
	*out = d;
	return SPUR_OK;
}

static void close_ros1(struct spur_decoding *d)
{
	if (d == NULL)
		return;
	spur_ros_close(&d->ros);
	free(d);
}

static const struct spur_fields *fields(const struct spur_decoding *d)
{
	return &d->ros.fields;
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
	return spur_wire_walk(&w, d->ros.root, v, err);
}

static enum spur_status columns(struct spur_decoding *d, const struct spur_batch *in, const size_t *wanted, size_t count,
				struct spur_columns **out, uint64_t *bad, struct spur_error *err)
{
	return spur_wire_columns(head, d->ros.root, &d->ros.fields, in, wanted, count, out, bad, err);
}

const struct spur_decoder spur_decoder_ros1 = {
	.id = "ros1",
	.match = match,
	.open = open_ros1,
	.fields = fields,
	.walk = walk,
	.columns = columns,
	.close = close_ros1,
};
