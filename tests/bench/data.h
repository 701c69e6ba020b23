#ifndef SPUR_TESTS_BENCH_DATA_H
#define SPUR_TESTS_BENCH_DATA_H

#include "bench.h"
#include "model/columns.h"

/*
 * What the generators write, as far as a bound must know it without reading structure. A name of a
 * generated file ends in its version: raise it when the bytes change.
 */
#define BENCH_MDF_VERSION "2"
#define BENCH_MCAP_VERSION "1"
#define BENCH_START_NS INT64_C(1735689600000000000)	/* 2025-01-01 */

/* Records of one MDF group: an 8-byte master, then these channels in order, each with a linear conversion
 * (factor 1, offset 0: none) and the name "g<group>_c<channel>". All groups of a file are alike. Of shape "unsorted" they
 * share a data group, in no order: group g has record id g + 1, of one byte, and blocks cut through records. */
struct bench_mdf_channel {
	enum spur_type type;
	size_t at;			/* byte in the record */
	double factor, offset;
};

struct bench_mdf_layout {
	unsigned groups, rows, count;	/* count: channels without the master */
	size_t record_bytes;
	double step_s;			/* of the master */
	struct bench_mdf_channel *channels;
};
/* The caller frees channels. */
void bench_mdf_layout(const struct bench_sizes *s, const char *shape, const char *profile, struct bench_mdf_layout *out);
void bench_mdf_name(unsigned group, unsigned channel, char out[32]);

/* can: frames on one bus in plain records of BENCH_CAN_RECORD bytes; message m has identifier BENCH_CAN_ID + m and eight
 * bytes with eight signals "m<message>_s<signal>", of 16, 4, 4, 12, 12, 8, 7 and 1 bits: bench_can_raw(). */
enum { BENCH_CAN_MESSAGES = 6, BENCH_CAN_SIGNALS = 8, BENCH_CAN_ID = 0x100, BENCH_CAN_RECORD = 27, BENCH_CAN_ID_AT = 9,
       BENCH_CAN_DATA_AT = 19 };
static inline void bench_can_raw(const uint8_t d[8], int32_t raw[BENCH_CAN_SIGNALS])
{
	raw[0] = d[0] | d[1] << 8;
	raw[1] = d[2] & 15;
	raw[2] = d[2] >> 4;
	raw[3] = d[3] << 4 | d[4] >> 4;		/* Motorola */
	raw[4] = (d[4] & 15) << 8 | d[5];	/* Motorola */
	raw[5] = (int8_t)d[6];
	raw[6] = d[7] & 127;
	raw[7] = d[7] >> 7;
}
double bench_can_factor(unsigned message, unsigned signal);
double bench_can_offset(unsigned message, unsigned signal);

/* drive: channels 0 to 5 cameras, 6 lidar, 7 imu, 8 gps, 9 on can. small: all of 48 bytes. */
enum { BENCH_DRIVE_IMU = 7, BENCH_DRIVE_CHANNELS = 49, BENCH_SMALL_BYTES = 48 };
void bench_mcap_topic(const char *shape, unsigned channel, char out[32]);

/* A block of an MDF file, or a chunk of an MCAP file, found before any clock runs. */
struct bench_extent {
	uint64_t at, packed, unpacked;	/* the bytes to unpack, and to how many */
	unsigned group;			/* MDF: number of the data group; MCAP: 1 if it holds the wanted topic */
	unsigned kind;			/* MDF: 0 plain, 1 packed, 2 packed and transposed; MCAP: 0 none, 1 lz4, 2 zstd */
	unsigned row_bytes;
	uint32_t crc;
	unsigned codec;			/* MDF: 0 deflate, 1 zstd, 2 lz4 */
};
struct bench_extents {
	struct bench_extent *v;		/* owned */
	size_t count, cap;
	uint64_t packed, unpacked;
};
void bench_extents_add(struct bench_extents *e, struct bench_extent x);

#endif
