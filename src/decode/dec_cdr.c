#include "config.h"

#include "decode/registry.h"

#include <string.h>

#include "decode/ros.h"

/*
 * ROS 2 and DDS messages, by ROS interface text or IDL. Head of 4 bytes: representation id (big endian),
 * options (DDSI-RTPS 10.2.1.2); alignment counts from the byte after it.
 */
#define HEAD_BYTES 4u

static bool is_idl(const struct spur_stream *s)
{
	return strcmp(s->schema_encoding, "ros2idl") == 0 || strcmp(s->schema_encoding, "omgidl") == 0;
}

static int match(const struct spur_stream *s)
{
	return strcmp(s->encoding, "cdr") != 0 ? 0 : strcmp(s->schema_encoding, "ros2msg") == 0 || is_idl(s) ? 100 : 10;
}

static enum spur_status open_cdr(const struct spur_stream *s, struct spur_decoding **out, struct spur_error *err)
{
	*out = NULL;
	if (strcmp(s->schema_encoding, "ros2msg") != 0 && !is_idl(s))
		return spur_fail(err, SPUR_EUNSUPPORTED, "no decoder for cdr with schema encoding '%s'", s->schema_encoding);
	return spur_ros_open(s, is_idl(s) ? SPUR_ROS_IDL : SPUR_ROS_2, out, err);
}

static enum spur_status head(const struct spur_message *m, struct spur_wire *w, struct spur_error *err)
{
	const unsigned char *p = m->data;
	unsigned id;

	*w = (struct spur_wire){ .data = p, .size = m->size, .pos = HEAD_BYTES, .origin = HEAD_BYTES, .terminated = true };
	if (m->size < HEAD_BYTES)
		return spur_fail_byte(err, SPUR_EFORMAT, m->size, "%zu bytes are too short for a CDR head of %u", m->size,
				      HEAD_BYTES);
	id = (unsigned)p[0] << 8 | p[1];
	w->swap = (id & 1) == 0;
	w->version = id <= 3 ? 1 : 2;
	w->align_max = w->version == 1 ? 8 : 4;	/* 64-bit types align to 4 in CDR 2 */
	w->unsaid = w->root = SPUR_EXT_FINAL;
	switch (id) {
	case 0x00: case 0x01: case 0x06: case 0x07: case 0x10: case 0x11:	/* plain */
		return SPUR_OK;
	case 0x02: case 0x03:	/* parameter list */
		w->root = SPUR_EXT_MUTABLE;
		return SPUR_OK;
	case 0x08: case 0x09: case 0x14: case 0x15:	/* delimited */
		w->root = w->unsaid = SPUR_EXT_APPENDABLE;
		return SPUR_OK;
	case 0x0a: case 0x0b: case 0x12: case 0x13:	/* parameter list of CDR 2 */
		w->root = SPUR_EXT_MUTABLE;
		w->unsaid = SPUR_EXT_APPENDABLE;
		return SPUR_OK;
	default:
		return spur_fail_byte(err, SPUR_EUNSUPPORTED, 0, "CDR representation 0x%04x is unknown", id);
	}
}

/* rosbag2 writes an empty schema when it cannot find a type; only an empty message may have one. */
static enum spur_status check_empty(const struct spur_decoding *d, const struct spur_message *m, struct spur_error *err)
{
	if (d->fields.count == 0 && d->root->count == 1 && m->size > HEAD_BYTES + 4)
		return spur_fail_byte(err, SPUR_EFORMAT, HEAD_BYTES, "the schema has no field but the message has %zu bytes",
				      m->size);
	return SPUR_OK;
}

static enum spur_status walk(struct spur_decoding *d, const struct spur_message *m, const struct spur_visitor *v,
			     struct spur_error *err)
{
	struct spur_wire w;
	enum spur_status st = head(m, &w, err);

	if (st < 0 || (st = spur_wire_walk(&w, d->root, v, err)) < 0)
		return st;
	return check_empty(d, m, err);
}

static enum spur_status columns(struct spur_decoding *d, const struct spur_batch *in, const size_t *wanted, size_t count,
				struct spur_columns **out, uint64_t *bad, struct spur_error *err)
{
	return spur_wire_columns(head, d->root, &d->fields, in, wanted, count, out, bad, err);
}

const struct spur_decoder spur_decoder_cdr = {
	.id = "cdr",
	.match = match,
	.open = open_cdr,
	.fields = spur_ros_fields,
	.walk = walk,
	.columns = columns,
	.close = spur_ros_close,
};
