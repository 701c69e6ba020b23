#include "config.h"

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void spur_out_of_memory(void)
{
	fputs("spur: out of memory\n", stderr);
	abort();
}

static void *checked(void *p)
{
	if (p == NULL)
		spur_out_of_memory();
	return p;
}

void *spur_malloc(size_t size)
{
	return checked(malloc(size == 0 ? 1 : size));
}

void *spur_calloc(size_t count, size_t size)
{
	return checked(calloc(count == 0 ? 1 : count, size == 0 ? 1 : size));
}

void *spur_realloc(void *p, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		checked(NULL);
	return checked(realloc(p, count * size == 0 ? 1 : count * size));
}

char *spur_strndup(const char *s, size_t len)
{
	char *p = spur_malloc(len + 1);

	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *spur_strdup(const char *s)
{
	return spur_strndup(s, strlen(s));
}

char *spur_strfmt(const char *fmt, ...)
{
	struct spur_buf b = { 0 };
	va_list ap;

	va_start(ap, fmt);
	spur_buf_addv(&b, fmt, ap);
	va_end(ap);
	return spur_buf_steal(&b);
}

void *spur_try_malloc(uint64_t size, uint64_t limit)
{
	if (size > limit || size > PTRDIFF_MAX)
		return NULL;
	return malloc(size == 0 ? 1 : (size_t)size);
}

void spur_buf_finish(struct spur_buf *b)
{
	free(b->data);
	*b = (struct spur_buf){ 0 };
}

void spur_buf_clear(struct spur_buf *b)
{
	b->len = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

char *spur_buf_reserve(struct spur_buf *b, size_t len)
{
	if (len > SIZE_MAX / 2 - b->len)
		checked(NULL);
	if (b->len + len + 1 > b->cap) {
		size_t cap = b->cap < 64 ? 64 : b->cap + b->cap / 2;

		if (cap < b->len + len + 1)
			cap = b->len + len + 1;
		b->data = spur_realloc(b->data, cap, 1);
		b->cap = cap;
	}
	return b->data + b->len;
}

void spur_buf_add(struct spur_buf *b, const void *data, size_t len)
{
	char *p = spur_buf_reserve(b, len);

	if (len > 0)
		memcpy(p, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void spur_buf_addc(struct spur_buf *b, char c)
{
	spur_buf_add(b, &c, 1);
}

void spur_buf_adds(struct spur_buf *b, const char *s)
{
	spur_buf_add(b, s, strlen(s));
}

void spur_buf_addv(struct spur_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n <= 0)
		return;
	spur_buf_reserve(b, (size_t)n);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

void spur_buf_addf(struct spur_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	spur_buf_addv(b, fmt, ap);
	va_end(ap);
}

const char *spur_buf_text(const struct spur_buf *b)
{
	return b->data == NULL ? "" : b->data;
}

char *spur_buf_steal(struct spur_buf *b)
{
	char *p = b->data == NULL ? spur_strdup("") : b->data;

	*b = (struct spur_buf){ 0 };
	return p;
}

static void add_le(struct spur_buf *b, uint64_t v, size_t size)
{
	unsigned char raw[8];

	for (size_t i = 0; i < size; i++)
		raw[i] = (unsigned char)(v >> (8 * i));
	spur_buf_add(b, raw, size);
}

void spur_buf_u8(struct spur_buf *b, uint8_t v)
{
	add_le(b, v, 1);
}

void spur_buf_u16(struct spur_buf *b, uint16_t v)
{
	add_le(b, v, 2);
}

void spur_buf_u32(struct spur_buf *b, uint32_t v)
{
	add_le(b, v, 4);
}

void spur_buf_u64(struct spur_buf *b, uint64_t v)
{
	add_le(b, v, 8);
}

void spur_buf_f32(struct spur_buf *b, float v)
{
	uint32_t u;

	memcpy(&u, &v, sizeof(u));
	add_le(b, u, 4);
}

void spur_buf_f64(struct spur_buf *b, double v)
{
	uint64_t u;

	memcpy(&u, &v, sizeof(u));
	add_le(b, u, 8);
}
