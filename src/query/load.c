#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "io/range.h"
#include "query/query.h"

#define QUERY_MAX (64u << 10)

static enum spur_status read_text(struct spur_range *r, struct spur_buf *out, struct spur_error *err)
{
	uint64_t size = spur_range_size(r);
	enum spur_status st;

	if (size > QUERY_MAX)
		return spur_fail(err, SPUR_EINVAL, "%llu bytes are no query", (unsigned long long)size);
	st = spur_range_read(r, 0, spur_buf_reserve(out, (size_t)size + 1), size, err);
	if (st < 0)
		return st;
	out->len = (size_t)size;
	out->data[out->len] = '\0';
	return memchr(out->data, '\0', out->len) == NULL ? SPUR_OK : spur_fail(err, SPUR_EINVAL, "not a text");
}

enum spur_status spur_query_load(const char *path, struct spur_query **out, struct spur_error *err)
{
	struct spur_range *r = NULL;
	struct spur_buf b = { 0 };
	enum spur_status st = spur_range_open(path, &r, err);

	if (st < 0)
		return spur_wrap(st, err, "%s", path);
	if ((st = read_text(r, &b, err)) >= 0)
		st = spur_query_parse(spur_buf_text(&b), out, err);
	spur_buf_finish(&b);
	spur_range_close(r);
	return spur_wrap(st, err, "%s", path);
}
