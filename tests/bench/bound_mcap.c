#include "config.h"

#include <fcntl.h>
#include <libdeflate.h>
#include <lz4frame.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "base/bytes.h"
#include "base/time.h"
#include "bound.h"
#include "format/mcap/record.h"

enum { THREADS_MAX = 64 };

static bool read_at(int fd, uint64_t at, void *to, size_t len)
{
	for (size_t got = 0; got < len;) {
		ssize_t n = pread(fd, (char *)to + got, len - got, (off_t)(at + got));

		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return true;
}

static unsigned kind_of(struct mcap_bytes name)
{
	return name.len == 0 ? 0 : name.len == 3 ? 1 : 2;	/* "", "lz4", "zstd" */
}

enum spur_status bench_mcap_chunks(const char *path, int channel, struct bench_extents *out, struct spur_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t end = fd < 0 ? 0 : (uint64_t)lseek(fd, 0, SEEK_END), at = MCAP_MAGIC_BYTES;
	unsigned char head[MCAP_HEAD_BYTES + MCAP_CHUNK_HEAD + MCAP_COMPRESSION_MAX];

	*out = (struct bench_extents){ 0 };
	while (at + sizeof(head) < end && read_at(fd, at, head, sizeof(head))) {
		uint64_t len = spur_le64(head + 1);
		struct mcap_chunk c;

		if (head[0] == MCAP_DATA_END)
			break;
		if (head[0] == MCAP_CHUNK && mcap_parse_chunk_head(head + MCAP_HEAD_BYTES, sizeof(head) - MCAP_HEAD_BYTES, &c))
			bench_extents_add(out, (struct bench_extent){ at + MCAP_HEAD_BYTES + c.records_at, c.records_len, c.uncompressed_size,
								      channel < 0, kind_of(c.compression), 0, c.crc, 0 });
		if (head[0] == MCAP_MESSAGE_INDEX && out->count > 0 && spur_le16(head + MCAP_HEAD_BYTES) == channel)
			out->v[out->count - 1].group = 1;
		at += MCAP_HEAD_BYTES + len;
	}
	if (fd >= 0)
		close(fd);
	return out->count == 0 ? spur_fail(err, SPUR_EIO, "%s has no chunks", path) : SPUR_OK;
}

struct scan {
	const struct bench_mcap_bound *b;
	int fd;
	atomic_size_t next;
	struct bench_topic topics[THREADS_MAX][BENCH_TOPICS_MAX];
};

struct unpacker {
	ZSTD_DCtx *zstd;
	LZ4F_dctx *lz4;
};

static bool unpack(struct unpacker *u, const struct bench_extent *e, const char *packed, char *to)
{
	size_t in = e->packed, got = e->unpacked;

	if (e->kind == 2)
		return ZSTD_decompressDCtx(u->zstd, to, e->unpacked, packed, e->packed) == e->unpacked;
	return LZ4F_decompress(u->lz4, to, &got, packed, &in, NULL) == 0 && got == e->unpacked;
}

static void pass(const struct scan *s, const char *records, uint64_t len, struct bench_topic *topics)
{
	for (uint64_t at = 0; at + MCAP_HEAD_BYTES <= len;) {
		const char *p = records + at;
		uint64_t n = spur_le64(p + 1);
		unsigned channel;

		if (p[0] == MCAP_MESSAGE && (channel = spur_le16(p + MCAP_HEAD_BYTES)) < BENCH_TOPICS_MAX &&
		    (s->b->channel < 0 || channel == (unsigned)s->b->channel))
			bench_topic_add(&topics[channel], spur_le64(p + MCAP_HEAD_BYTES + 6), p + MCAP_HEAD_BYTES + MCAP_MESSAGE_HEAD,
					n - MCAP_MESSAGE_HEAD);
		at += MCAP_HEAD_BYTES + n;
	}
}

static bool scan_work(void *state, unsigned thread)
{
	struct scan *s = state;
	const struct bench_extents *chunks = &s->b->chunks;
	struct unpacker u = { ZSTD_createDCtx(), NULL };
	char *packed = NULL, *data = NULL;
	uint64_t packed_cap = 0, data_cap = 0;
	bool good = !LZ4F_isError(LZ4F_createDecompressionContext(&u.lz4, LZ4F_VERSION)) && u.zstd != NULL;

	for (size_t i; good && (i = atomic_fetch_add(&s->next, 1)) < chunks->count;) {
		const struct bench_extent *e = &chunks->v[i];
		const char *records = NULL;

		if (e->group == 0)
			continue;
		if (e->packed > packed_cap)
			packed = spur_realloc(packed, packed_cap = e->packed, 1);
		if (e->unpacked > data_cap)
			data = spur_realloc(data, data_cap = e->unpacked, 1);
		good = read_at(s->fd, e->at, packed, e->packed) && (e->kind == 0 || unpack(&u, e, packed, data));
		records = e->kind == 0 ? packed : data;
		good = good && libdeflate_crc32(0, records, e->unpacked) == e->crc;
		if (good)
			pass(s, records, e->unpacked, s->topics[thread]);
	}
	ZSTD_freeDCtx(u.zstd);
	LZ4F_freeDecompressionContext(u.lz4);
	free(packed);
	free(data);
	return good;
}

void bench_topics_write(struct bench_results *out, const char *shape, const struct bench_topic *t, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char topic[32] = "";

		if (t[i].n == 0)
			continue;
		bench_mcap_topic(shape, (unsigned)i - 1, topic);
		bench_results_add(out, "%s\t=%llu\t=%u", topic, (unsigned long long)t[i].n, t[i].digest);
	}
}

enum spur_status bench_mcap_bound_round(void *state, unsigned threads, uint64_t *ns, struct bench_results *out,
					struct spur_error *err)
{
	const struct bench_mcap_bound *b = state;
	struct scan *s = spur_calloc(1, sizeof(*s));
	uint64_t from = bench_clock();
	bool good;

	s->b = b;
	threads = threads > THREADS_MAX ? THREADS_MAX : threads;
	s->fd = open(b->path, O_RDONLY | O_CLOEXEC);
	good = s->fd >= 0 && bench_threads(threads, scan_work, s);
	if (s->fd >= 0)
		close(s->fd);
	for (unsigned t = 1; t < threads; t++) {
		for (size_t i = 0; i < BENCH_TOPICS_MAX; i++) {
			s->topics[0][i].n += s->topics[t][i].n;
			s->topics[0][i].digest += s->topics[t][i].digest;
		}
	}
	*ns = bench_clock() - from;
	bench_topics_write(out, b->shape, s->topics[0], BENCH_TOPICS_MAX);
	free(s);
	return good ? SPUR_OK : spur_fail(err, SPUR_EIO, "the bound does not read %s", b->path);
}

enum spur_status bench_mcap_summary(const char *path, struct bench_extents *out, struct spur_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t end = fd < 0 ? 0 : (uint64_t)lseek(fd, 0, SEEK_END), start = 0;
	unsigned char tail[MCAP_TAIL_BYTES];

	*out = (struct bench_extents){ 0 };
	if (end > sizeof(tail) && read_at(fd, end - sizeof(tail), tail, sizeof(tail)))
		start = spur_le64(tail + MCAP_HEAD_BYTES);
	if (fd >= 0)
		close(fd);
	if (start == 0 || start >= end)
		return spur_fail(err, SPUR_EIO, "%s has no summary", path);
	bench_extents_add(out, (struct bench_extent){ .at = start, .packed = end - start, .unpacked = end - start });
	return SPUR_OK;
}
