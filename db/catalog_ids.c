#include "config.h"

#include "db/catalog_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "db/statement.h"

#define DEFAULT_LIMIT 1000

void spur_db_uid_of(const char *prefix, const struct spur_buf *text, char out[SPUR_DB_UID])
{
	char hex[SPUR_SHA256_HEX];

	spur_sha256_hex_of(spur_buf_text(text), text->len, hex);
	snprintf(out, SPUR_DB_UID, "%s%.16s", prefix, hex);
}

int64_t spur_db_id_of(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n > 0 && n < 19 && text[n] == '\0' ? strtoll(text, NULL, 10) : 0;
}

int64_t spur_db_limit(size_t limit)
{
	return limit == 0 ? DEFAULT_LIMIT : limit > (size_t)INT64_MAX ? INT64_MAX : (int64_t)limit;
}

void spur_clause(struct spur_clauses *c, const char *before, struct spur_value v, const char *after)
{
	c->values[c->count++] = v;
	spur_buf_addf(&c->sql, "%s?%zu%s", before, c->count, after);
}
