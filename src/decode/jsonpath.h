#ifndef SPUR_DECODE_JSONPATH_H
#define SPUR_DECODE_JSONPATH_H

#include "base/buf.h"
#include "decode/jsonscan.h"

/* Where a visitor stands in a JSON text: "pose.position.x", "ranges[3]". All zero is the start. */
struct spur_jsonpath {
	struct spur_buf path;
	unsigned depth;
	size_t mark[SPUR_JSON_DEPTH + 1];	/* length of path outside of each open bracket */
	size_t index[SPUR_JSON_DEPTH + 1];	/* of the next element of an open array; SIZE_MAX in an object */
};

void spur_jsonpath_push(struct spur_buf *path, const char *key);
void spur_jsonpath_index(struct spur_buf *path, size_t i);
/* Extends the path by a key, or by the next index of the open array when key is NULL; returns the
 * length to put back. */
size_t spur_jsonpath_enter(struct spur_jsonpath *p, const char *key);
void spur_jsonpath_begin(struct spur_jsonpath *p, const char *key, char bracket);
void spur_jsonpath_end(struct spur_jsonpath *p);
void spur_jsonpath_finish(struct spur_jsonpath *p);

#endif
