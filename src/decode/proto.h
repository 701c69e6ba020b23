#ifndef SPUR_DECODE_PROTO_H
#define SPUR_DECODE_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

/*
 * Protocol Buffers: the wire ("Encoding", protobuf.dev) and the descriptors that describe it
 * (descriptor.proto), as far as decoding needs them.
 */

/* ---- the wire ---- */

struct spur_proto_bytes {
	const uint8_t *data;
	size_t len;
};

/* One field of a message: a number, or bytes (length-delimited, and groups without their end tag). */
struct spur_proto_item {
	uint32_t number;
	enum { SPUR_PROTO_VARINT = 0, SPUR_PROTO_64 = 1, SPUR_PROTO_BYTES = 2, SPUR_PROTO_GROUP = 3, SPUR_PROTO_32 = 5 } wire;
	uint64_t value;
	struct spur_proto_bytes bytes;
};

/* Takes the first item off *rest. SPUR_END: no more. SPUR_EFORMAT: it breaks off, or is none. */
enum spur_status spur_proto_next(struct spur_proto_bytes *rest, struct spur_proto_item *item);
/* A varint of a packed run. False: it breaks off. */
bool spur_proto_varint(struct spur_proto_bytes *rest, uint64_t *out);

/* ---- descriptors ---- */

enum spur_proto_type {		/* FieldDescriptorProto.Type */
	SPUR_PROTO_DOUBLE = 1, SPUR_PROTO_FLOAT, SPUR_PROTO_INT64, SPUR_PROTO_UINT64, SPUR_PROTO_INT32, SPUR_PROTO_FIXED64,
	SPUR_PROTO_FIXED32, SPUR_PROTO_BOOL, SPUR_PROTO_STRING, SPUR_PROTO_TYPE_GROUP, SPUR_PROTO_MESSAGE,
	SPUR_PROTO_TYPE_BYTES, SPUR_PROTO_UINT32, SPUR_PROTO_ENUM, SPUR_PROTO_SFIXED32, SPUR_PROTO_SFIXED64,
	SPUR_PROTO_SINT32, SPUR_PROTO_SINT64,
};

struct spur_proto_message;

struct spur_proto_enum {
	const char *name;		/* ".package.Name" */
	size_t count;
	struct spur_proto_value {
		int32_t number;
		const char *name;
	} *values;
};

struct spur_proto_field {
	const char *name, *type_name;
	uint32_t number;
	enum spur_proto_type type;
	bool repeated;
	bool implicit;			/* proto3 without presence: absent means zero */
	int oneof;			/* index, or -1 */
	const struct spur_proto_message *message;	/* of messages and groups */
	const struct spur_proto_enum *enumeration;
};

struct spur_proto_message {
	const char *name;		/* ".package.Name" */
	size_t count;
	struct spur_proto_field *fields;
};

/* A FileDescriptorSet; root is a name without the leading dot. Everything in the arena.
 * SPUR_EUNSUPPORTED: a type that is not in the set. */
enum spur_status spur_proto_load(const void *set, size_t len, const char *root, struct spur_arena *arena,
				 const struct spur_proto_message **out, struct spur_error *err);
const struct spur_proto_field *spur_proto_field_of(const struct spur_proto_message *m, uint32_t number);
/* Its name, or NULL. */
const char *spur_proto_enum_name(const struct spur_proto_enum *e, int32_t number);

#endif
