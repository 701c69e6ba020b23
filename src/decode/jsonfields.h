#ifndef SPUR_DECODE_JSONFIELDS_H
#define SPUR_DECODE_JSONFIELDS_H

#include "decode/decoder.h"
#include "decode/selfdesc.h"

/*
 * The fields of a stream of JSON or what is like it: from its JSON schema (what the types properties, $ref, items
 * and contentEncoding say), or from sample messages. Grows; indexes stay.
 */
struct spur_jsonfields;

struct spur_jsonfields *spur_jsonfields_create(void);
void spur_jsonfields_destroy(struct spur_jsonfields *f);	/* NULL is fine */
/* A schema that is not JSON adds nothing: the payload still describes itself. */
void spur_jsonfields_schema(struct spur_jsonfields *f, const char *schema, size_t len);
/* What one message shows. Numbers become f64, i64 if beyond 2^53; arrays of up to 64 numbers element by element. */
void spur_jsonfields_learn(struct spur_jsonfields *f, spur_selfdesc_read *read, const char *data, size_t len);
const struct spur_fields *spur_jsonfields_list(const struct spur_jsonfields *f);	/* borrowed until the next change */
/* Index of a path, or SIZE_MAX. */
size_t spur_jsonfields_find(const struct spur_jsonfields *f, const char *path, size_t len);

#endif
