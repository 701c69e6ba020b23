#ifndef SPUR_DEMO_CDR_H
#define SPUR_DEMO_CDR_H

#include <stdint.h>
#include <string.h>

#include "base/buf.h"

/* Plain CDR, little endian (OMG DDS-XTypes 1.3, 7.4.1): values are aligned to their size, counted
 * from behind the 4 bytes of the encapsulation header. */
static inline void spur_cdr_begin(struct spur_buf *b)
{
	spur_buf_clear(b);
	spur_buf_add(b, "\0\1\0", 4);
}

static inline void spur_cdr_align(struct spur_buf *b, size_t size)
{
	while ((b->len - 4) % size != 0)
		spur_buf_u8(b, 0);
}

static inline void spur_cdr_u32(struct spur_buf *b, uint32_t v)
{
	spur_cdr_align(b, 4);
	spur_buf_u32(b, v);
}

static inline void spur_cdr_f64(struct spur_buf *b, double v)
{
	spur_cdr_align(b, 8);
	spur_buf_f64(b, v);
}

static inline void spur_cdr_text(struct spur_buf *b, const char *s)
{
	spur_cdr_u32(b, (uint32_t)strlen(s) + 1);
	spur_buf_add(b, s, strlen(s) + 1);
}

/* builtin_interfaces/Time and std_msgs/Header */
static inline void spur_cdr_time(struct spur_buf *b, int64_t t_ns)
{
	spur_cdr_u32(b, (uint32_t)(t_ns / 1000000000));
	spur_cdr_u32(b, (uint32_t)(t_ns % 1000000000));
}

static inline void spur_cdr_header(struct spur_buf *b, int64_t t_ns, const char *frame)
{
	spur_cdr_time(b, t_ns);
	spur_cdr_text(b, frame);
}

#endif
