#ifndef SPUR_BASE_BYTES_H
#define SPUR_BASE_BYTES_H

#include <stdint.h>
#include <string.h>

/* Unaligned loads. spur runs on little-endian machines; the big-endian ones of files are swapped. */
static inline uint16_t spur_le16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t spur_le32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t spur_le64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline float spur_lef32(const void *p)
{
	float v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline double spur_lef64(const void *p)
{
	double v;

	memcpy(&v, p, sizeof(v));
	return v;
}

#endif
