#ifndef SPUR_DECODE_SHAPE_H
#define SPUR_DECODE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "decode/decoder.h"

/*
 * The compiled schema of a binary encoding that has no tags (CDR, ROS 1): a tree of shapes
 * as the wire has them. Immutable after spur_shape_layout(); all in one arena.
 */
enum spur_prim {
	SPUR_PRIM_BOOL, SPUR_PRIM_I8, SPUR_PRIM_U8, SPUR_PRIM_I16, SPUR_PRIM_U16, SPUR_PRIM_I32, SPUR_PRIM_U32,
	SPUR_PRIM_I64, SPUR_PRIM_U64, SPUR_PRIM_F32, SPUR_PRIM_F64,
	SPUR_PRIM_TEXT,		/* u32 length, bytes; CDR: with a NUL that counts */
	SPUR_PRIM_WTEXT,	/* u32 count of UTF-16 units */
	SPUR_PRIM_STRUCT,
};

enum spur_extent { SPUR_ONE, SPUR_FIXED, SPUR_SEQUENCE };

/* How a struct may grow (XTypes 1.3 7.2.2.4.4); decides what CDR writes around it. */
enum spur_extensibility { SPUR_EXT_UNSAID, SPUR_EXT_FINAL, SPUR_EXT_APPENDABLE, SPUR_EXT_MUTABLE };

struct spur_shape;

struct spur_member {
	const char *name;		/* NULL: the byte of an empty struct, which nothing shows */
	const char *type_name;		/* of a struct, until it is resolved */
	enum spur_prim prim;
	enum spur_extent extent;
	uint64_t length;		/* FIXED: elements; SEQUENCE: bound, 0 none */
	uint32_t line;			/* of the schema, for messages */
	const char *scope;		/* where type_name is looked for, until it is resolved */
	uint32_t id;			/* of a member of a mutable struct */
	bool optional;
	const int64_t *labels;		/* of a union: the discriminator's values for this one */
	size_t label_count;
	bool is_default;		/* of a union */
	struct spur_shape *shape;	/* of a struct; shared by all members of its type */
	/* Filled by layout: */
	bool whole;			/* one leaf stands for all of it: sequences, long arrays */
	size_t first_leaf, leaves;	/* first_leaf: within its struct */
};

struct spur_shape {
	const char *name;
	size_t count;
	struct spur_member *members;
	enum spur_extensibility ext;
	bool is_union;
	enum spur_prim discriminator;	/* of a union */
	bool transparent;		/* only a carrier of an array inside an array: its one member is shown in its place */
	/* Filled by layout: */
	size_t leaves;
	unsigned depth;			/* 0: not laid out yet */
	bool visiting;
	bool delimits;			/* it holds sequences or arrays of texts or structs: see wire.c */
};

#define SPUR_SHAPE_DEPTH 64u		/* nesting of structs; a schema deeper than this is refused */
#define SPUR_SHAPE_ELEMENTS 64u		/* fixed arrays up to this are leaves one by one */
#define SPUR_SHAPE_LEAVES 16384u	/* of one struct; what is over is one leaf as a whole */

/* Counts leaves and checks nesting of everything below root. SPUR_EFORMAT: a type that
 * contains itself; SPUR_EUNSUPPORTED: too deep. */
enum spur_status spur_shape_layout(struct spur_shape *root, struct spur_error *err);
/* The leaves of root with their paths, in order of the schema; in the arena. SPUR_ENOMEM past its limit. */
enum spur_status spur_shape_fields(const struct spur_shape *root, struct spur_arena *arena, struct spur_fields *out,
				   struct spur_error *err);
size_t spur_prim_size(enum spur_prim p);	/* 0 for text and structs */

#endif
