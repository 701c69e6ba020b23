#ifndef SPUR_BASE_BUF_H
#define SPUR_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Growing bytes. All zero is an empty buffer. Aborts when memory runs out: the
 * sizes are ours, never a file's (those are checked by the caller first).
 * text() is always NUL-terminated after any append.
 */
struct spur_buf {
	char *data;	/* owned; NULL while empty */
	size_t len, cap;
};

void spur_buf_finish(struct spur_buf *b);	/* frees; b is empty again */
void spur_buf_clear(struct spur_buf *b);	/* keeps the memory */
void spur_buf_add(struct spur_buf *b, const void *data, size_t len);
void spur_buf_addc(struct spur_buf *b, char c);
void spur_buf_adds(struct spur_buf *b, const char *s);
void spur_buf_addf(struct spur_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void spur_buf_addv(struct spur_buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Room for len more bytes, uninitialised; append them with b->len += n. */
char *spur_buf_reserve(struct spur_buf *b, size_t len);
const char *spur_buf_text(const struct spur_buf *b);	/* never NULL */
char *spur_buf_steal(struct spur_buf *b);	/* the caller frees; never NULL */

/* Small-integer appends, little endian. */
void spur_buf_u8(struct spur_buf *b, uint8_t v);
void spur_buf_u16(struct spur_buf *b, uint16_t v);
void spur_buf_u32(struct spur_buf *b, uint32_t v);
void spur_buf_u64(struct spur_buf *b, uint64_t v);
void spur_buf_f32(struct spur_buf *b, float v);
void spur_buf_f64(struct spur_buf *b, double v);

/* Says so and aborts; for libraries whose memory has run out, too. */
void spur_out_of_memory(void) __attribute__((noreturn));
/* malloc family that aborts with a line; for sizes that do not come from a file. */
void *spur_malloc(size_t size);
void *spur_calloc(size_t count, size_t size);
void *spur_realloc(void *p, size_t count, size_t size);
char *spur_strdup(const char *s);
char *spur_strndup(const char *s, size_t len);
char *spur_strfmt(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same for sizes that do come from a file: NULL instead of an abort, and past limit. */
void *spur_try_malloc(uint64_t size, uint64_t limit);

#endif
