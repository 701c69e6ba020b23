#include "config.h"

#include "decode/jsonpath.h"

void spur_jsonpath_push(struct spur_buf *path, const char *key)
{
	if (path->len > 0)
		spur_buf_addc(path, '.');
	spur_buf_adds(path, key);
}

void spur_jsonpath_index(struct spur_buf *path, size_t i)
{
	spur_buf_addf(path, "[%zu]", i);
}

size_t spur_jsonpath_enter(struct spur_jsonpath *p, const char *key)
{
	size_t mark = p->path.len;

	if (key != NULL)
		spur_jsonpath_push(&p->path, key);
	else if (p->depth > 0 && p->index[p->depth] != SIZE_MAX)
		spur_jsonpath_index(&p->path, p->index[p->depth]++);
	return mark;
}

void spur_jsonpath_begin(struct spur_jsonpath *p, const char *key, char bracket)
{
	size_t mark = spur_jsonpath_enter(p, key);

	p->depth++;
	p->mark[p->depth] = mark;
	p->index[p->depth] = bracket == '[' ? 0 : SIZE_MAX;
}

void spur_jsonpath_end(struct spur_jsonpath *p)
{
	p->path.len = p->mark[p->depth];
	p->depth--;
}

void spur_jsonpath_finish(struct spur_jsonpath *p)
{
	spur_buf_finish(&p->path);
}
