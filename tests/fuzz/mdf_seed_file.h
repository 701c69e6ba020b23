#ifndef SPUR_TESTS_FUZZ_MDF_SEED_FILE_H
#define SPUR_TESTS_FUZZ_MDF_SEED_FILE_H

#include "tests/fuzz/fuzz.h"
#include "tests/mdf_file.h"

/* One group in one data group, whose channels are added last to first; a time in seconds lies in front. */
#define SEED_TIME 8u	/* bytes of the time in a record */

static inline uint64_t seed_time(struct spur_buf *b, uint64_t next)
{
	return mdf_cn(b, next, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
}

/* A byte that looks like nothing in particular. */
static inline uint8_t seed_byte(unsigned i)
{
	return (uint8_t)(i * 73 + (i >> 3) * 29 + (i >> 7) * 5);
}

static inline void seed_end(struct spur_buf *b, uint64_t first_cn, uint64_t rows, uint32_t bytes, uint32_t inval, uint64_t data)
{
	uint64_t cg = mdf_cg(b, 0, first_cn, 0, rows, 0, bytes, inval);

	mdf_end(b, mdf_dg(b, 0, cg, data, 0));
	fuzz_seed_buf(b);
}

#endif
