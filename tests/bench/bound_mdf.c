#include "config.h"

#include <fcntl.h>
#include <libdeflate.h>
#include <lz4frame.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "base/bytes.h"
#include "base/time.h"
#include "bound.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

enum { HEAD = 24, THREADS_MAX = 64, TILE = 1024 };

struct thread_call {
	bool (*work)(void *state, unsigned thread);
	void *state;
	unsigned thread;
	bool done;
};

static void *call(void *arg)
{
	struct thread_call *c = arg;

	c->done = c->work(c->state, c->thread);
	return NULL;
}

bool bench_threads(unsigned threads, bool (*work)(void *state, unsigned thread), void *state)
{
	struct thread_call calls[THREADS_MAX];
	pthread_t ids[THREADS_MAX];
	bool done;

	threads = threads < 1 ? 1 : threads > THREADS_MAX ? THREADS_MAX : threads;
	for (unsigned i = 1; i < threads; i++) {
		calls[i] = (struct thread_call){ work, state, i, false };
		if (pthread_create(&ids[i], NULL, call, &calls[i]) != 0)
			threads = i;
	}
	done = work(state, 0);
	for (unsigned i = 1; i < threads; i++) {
		pthread_join(ids[i], NULL);
		done = done && calls[i].done;
	}
	return done;
}

static enum spur_status read_at(int fd, uint64_t at, void *to, size_t len, struct spur_error *err)
{
	for (size_t got = 0; got < len;) {
		ssize_t n = pread(fd, (char *)to + got, len - got, (off_t)(at + got));

		if (n <= 0)
			return spur_fail(err, SPUR_EIO, "the bound cannot read byte %llu", (unsigned long long)(at + got));
		got += (size_t)n;
	}
	return SPUR_OK;
}

static enum spur_status open_file(const char *path, int *fd, struct spur_error *err)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? spur_fail(err, SPUR_EIO, "%s cannot be opened", path) : SPUR_OK;
}

/* Block at `at`: its id as a number, its length and its first links. */
static enum spur_status block(int fd, uint64_t at, char id[2], uint64_t *len, uint64_t *links, size_t count,
			      struct spur_error *err)
{
	unsigned char head[HEAD + 8 * 4];
	enum spur_status st = read_at(fd, at, head, HEAD + 8 * count, err);

	if (st < 0)
		return st;
	memcpy(id, head + 2, 2);
	*len = spur_le64(head + 8);
	for (size_t i = 0; i < count; i++)
		links[i] = spur_le64(head + HEAD + 8 * i);
	return SPUR_OK;
}

/* A DT or DZ block. */
static enum spur_status add_data(int fd, uint64_t at, unsigned group, struct bench_extents *out, struct spur_error *err)
{
	unsigned char z[24];
	char id[2];
	uint64_t len;
	enum spur_status st = block(fd, at, id, &len, NULL, 0, err);

	if (st == SPUR_OK && memcmp(id, "DT", 2) == 0)
		bench_extents_add(out, (struct bench_extent){ .at = at + HEAD, .packed = len - HEAD, .unpacked = len - HEAD, .group = group });
	else if (st == SPUR_OK && (st = read_at(fd, at + HEAD, z, sizeof(z), err)) == SPUR_OK)
		bench_extents_add(out, (struct bench_extent){ .at = at + HEAD + 24, .packed = spur_le64(z + 16), .unpacked = spur_le64(z + 8),
							      .group = group, .kind = 1 + z[2] % 2u, .codec = z[2] / 2u,
							      .row_bytes = spur_le32(z + 4) });
	return st;
}

static enum spur_status add_chain(int fd, uint64_t at, unsigned group, struct bench_extents *out, struct spur_error *err)
{
	char id[2];
	uint64_t len, link[1];
	enum spur_status st = block(fd, at, id, &len, link, 1, err);

	if (st == SPUR_OK && memcmp(id, "HL", 2) == 0) {
		at = link[0];
		st = block(fd, at, id, &len, link, 1, err);
	}
	if (st < 0 || memcmp(id, "DL", 2) != 0)
		return st < 0 ? st : add_data(fd, at, group, out, err);
	while (st == SPUR_OK && at != 0) {
		unsigned char n[8], raw[8];
		uint64_t next;

		if ((st = read_at(fd, at + 16, n, 8, err)) < 0 || (st = read_at(fd, at + HEAD, raw, 8, err)) < 0)
			break;
		next = spur_le64(raw);
		for (uint64_t i = 1; st == SPUR_OK && i < spur_le64(n); i++) {
			st = read_at(fd, at + HEAD + 8 * i, raw, 8, err);
			if (st == SPUR_OK)
				st = add_data(fd, spur_le64(raw), group, out, err);
		}
		at = next;
	}
	return st;
}

enum spur_status bench_mdf_blocks(const char *path, struct bench_extents *out, struct spur_error *err)
{
	uint64_t len, links[3], dg;
	unsigned group = 0;
	char id[2];
	int fd;
	enum spur_status st = open_file(path, &fd, err);

	*out = (struct bench_extents){ 0 };
	if (st == SPUR_OK)
		st = block(fd, 64, id, &len, links, 1, err);
	for (dg = links[0]; st == SPUR_OK && dg != 0; dg = links[0], group++) {
		st = block(fd, dg, id, &len, links, 3, err);
		if (st == SPUR_OK && links[2] != 0)
			st = add_chain(fd, links[2], group, out, err);
	}
	if (fd >= 0)
		close(fd);
	return st;
}

static int by_place(const void *a, const void *b)
{
	const struct bench_extent *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

enum spur_status bench_mdf_meta(const char *path, struct bench_extents *out, struct spur_error *err)
{
	struct bench_extents data;
	uint64_t at = 0, end;
	int fd;
	enum spur_status st = bench_mdf_blocks(path, &data, err);

	*out = (struct bench_extents){ 0 };
	if (st < 0 || (st = open_file(path, &fd, err)) < 0)
		return st;
	end = (uint64_t)lseek(fd, 0, SEEK_END);
	close(fd);
	qsort(data.v, data.count, sizeof(*data.v), by_place);
	for (size_t i = 0; i <= data.count; i++) {
		uint64_t to = i < data.count ? data.v[i].at : end;

		if (to > at)
			bench_extents_add(out, (struct bench_extent){ .at = at, .packed = to - at, .unpacked = to - at });
		at = i < data.count ? to + data.v[i].packed : at;
	}
	free(data.v);
	return st;
}

enum spur_status bench_read_extents(const char *path, const struct bench_extents *e, uint64_t *ns, uint64_t *sum,
				    struct spur_error *err)
{
	enum { PART = 1 << 18 };
	uint64_t *buf = spur_malloc(PART + 8);
	uint64_t from = bench_clock();
	int fd;
	enum spur_status st = open_file(path, &fd, err);

	*sum = 0;
	for (size_t i = 0; st == SPUR_OK && i < e->count; i++) {
		for (uint64_t at = 0; st == SPUR_OK && at < e->v[i].packed; at += PART) {
			uint64_t n = e->v[i].packed - at < PART ? e->v[i].packed - at : PART;

			st = read_at(fd, e->v[i].at + at, buf, n, err);
			for (uint64_t k = 0; k < n / 8; k++)
				*sum ^= buf[k];
		}
	}
	if (fd >= 0)
		close(fd);
	*ns = bench_clock() - from;
	free(buf);
	return st;
}

/* A round of a scan. */
struct scan {
	const struct bench_mdf_bound *b;
	int fd;
	atomic_size_t next;
	struct bench_stats *stats[THREADS_MAX];		/* [group * count + channel] of each thread */
	uint64_t *first_row;				/* of each block */
};

/* Channels that follow each other with one type: one loop over them for each record. */
#define DEFINE_ROW(name, ctype)											\
	static void row_##name(const unsigned char *p, const double *factor, const double *offset, double *min,	\
			       double *max, double *sum, unsigned n)						\
	{													\
		for (unsigned c = 0; c < n; c++) {								\
			ctype raw;										\
			double x;										\
														\
			memcpy(&raw, p + c * sizeof(raw), sizeof(raw));						\
			x = (double)raw * factor[c] + offset[c];						\
			min[c] = x < min[c] ? x : min[c];							\
			max[c] = x > max[c] ? x : max[c];							\
			sum[c] += x;										\
		}												\
	}
DEFINE_ROW(u16, uint16_t)
DEFINE_ROW(f32, float)

/* All channels have one type. */
static void rows_alike(const struct bench_mdf_layout *l, const unsigned char *data, size_t rows, struct bench_stats *out)
{
	double *all = spur_malloc(5 * l->count * sizeof(*all)), *factor = all, *offset = all + l->count;
	double *min = offset + l->count, *max = min + l->count, *sum = max + l->count;

	for (unsigned c = 0; c < l->count; c++) {
		factor[c] = l->channels[c].factor;
		offset[c] = l->channels[c].offset;
		min[c] = out[c].min;
		max[c] = out[c].max;
		sum[c] = out[c].sum;
	}
	for (size_t i = 0; i < rows; i++) {
		const unsigned char *p = data + i * l->record_bytes + l->channels[0].at;

		if (l->channels[0].type == SPUR_TYPE_F32)
			row_f32(p, factor, offset, min, max, sum, l->count);
		else
			row_u16(p, factor, offset, min, max, sum, l->count);
	}
	for (unsigned c = 0; c < l->count; c++)
		out[c] = (struct bench_stats){ out[c].n + rows, min[c], max[c], sum[c] };
	free(all);
}

/* One channel: its values into a tile, then over the tile. */
static void channel_rows(const struct bench_mdf_layout *l, unsigned c, const unsigned char *data, size_t rows,
			 struct bench_stats *out)
{
	const struct bench_mdf_channel *ch = &l->channels[c];
	size_t size = spur_type_size(ch->type);
	uint64_t tile[TILE];

	for (size_t from = 0; from < rows; from += TILE) {
		size_t n = rows - from < TILE ? rows - from : TILE;
		const unsigned char *p = data + from * l->record_bytes + ch->at;

		for (size_t i = 0; i < n; i++, p += l->record_bytes) {
			if (size == 1)
				((uint8_t *)tile)[i] = *p;
			else if (size == 2)
				memcpy((uint16_t *)tile + i, p, 2);
			else
				memcpy((uint32_t *)tile + i, p, 4);
		}
		bench_stats_add(out, ch->type, tile, n, ch->factor, ch->offset);
	}
}

/* The same where bytes lie column by column: the planes of a channel are put together in a tile. */
static void channel_planes(const struct bench_mdf_layout *l, unsigned c, const unsigned char *data, size_t all_rows,
			   size_t first, size_t rows, struct bench_stats *out)
{
	const struct bench_mdf_channel *ch = &l->channels[c];
	size_t size = spur_type_size(ch->type);
	const unsigned char *p = data + ch->at * all_rows + first;
	uint32_t tile[TILE];

	for (size_t from = 0; from < rows; from += TILE) {
		size_t n = rows - from < TILE ? rows - from : TILE;
		const unsigned char *q = p + from;

		if (size == 1) {
			bench_stats_add(out, ch->type, q, n, ch->factor, ch->offset);
			continue;
		}
		if (size == 2) {
			for (size_t i = 0; i < n; i++)
				((uint16_t *)tile)[i] = (uint16_t)(q[i] | q[all_rows + i] << 8);
		} else {
			for (size_t i = 0; i < n; i++)
				tile[i] = (uint32_t)q[i] | (uint32_t)q[all_rows + i] << 8 | (uint32_t)q[2 * all_rows + i] << 16 |
					  (uint32_t)q[3 * all_rows + i] << 24;
		}
		bench_stats_add(out, ch->type, tile, n, ch->factor, ch->offset);
	}
}

static bool alike(const struct bench_mdf_layout *l)
{
	for (unsigned c = 1; c < l->count; c++) {
		if (l->channels[c].type != l->channels[0].type)
			return false;
	}
	return l->channels[0].type == SPUR_TYPE_F32 || l->channels[0].type == SPUR_TYPE_U16;
}

static void pass(const struct scan *s, const struct bench_extent *e, uint64_t first_row, const unsigned char *data,
		 struct bench_stats *out)
{
	const struct bench_mdf_layout *l = s->b->layout;
	size_t rows = (size_t)(e->unpacked / l->record_bytes), lo = 0, hi = rows;

	if (s->b->rows != 0) {
		uint64_t begin = s->b->first_row, end = begin + s->b->rows;

		lo = begin > first_row ? (size_t)(begin - first_row) : 0;
		hi = end < first_row + rows ? (size_t)(end - first_row) : rows;
		if (lo >= hi)
			return;
	}
	out += (size_t)e->group * l->count;
	if (e->kind != 2 && s->b->channel < 0 && alike(l)) {
		rows_alike(l, data + lo * l->record_bytes, hi - lo, out);
		return;
	}
	for (unsigned c = 0; c < l->count; c++) {
		if (s->b->channel >= 0 && c != (unsigned)s->b->channel)
			continue;
		if (e->kind == 2)
			channel_planes(l, c, data, rows, lo, hi - lo, &out[c]);
		else
			channel_rows(l, c, data + lo * l->record_bytes, hi - lo, &out[c]);
	}
}

/* Unpackers of one thread. */
struct unpackers {
	struct libdeflate_decompressor *deflate;
	ZSTD_DCtx *zstd;
	LZ4F_dctx *lz4;
};

static bool unpack(struct unpackers *u, const struct bench_extent *e, const unsigned char *packed, unsigned char *data)
{
	size_t from = e->packed, to = e->unpacked;

	switch (e->codec) {
	case 0: return libdeflate_zlib_decompress(u->deflate, packed, from, data, to, NULL) == LIBDEFLATE_SUCCESS;
	case 1: return ZSTD_decompressDCtx(u->zstd, data, to, packed, from) == e->unpacked;
	default: LZ4F_resetDecompressionContext(u->lz4); return LZ4F_decompress(u->lz4, data, &to, packed, &from, NULL) == 0;
	}
}

static bool scan_work(void *state, unsigned thread)
{
	struct scan *s = state;
	const struct bench_extents *blocks = &s->b->blocks;
	struct unpackers u = { libdeflate_alloc_decompressor(), ZSTD_createDCtx(), NULL };
	unsigned char *packed = NULL, *data = NULL;
	uint64_t packed_cap = 0, data_cap = 0;
	bool good = !LZ4F_isError(LZ4F_createDecompressionContext(&u.lz4, LZ4F_VERSION));

	for (size_t i; good && (i = atomic_fetch_add(&s->next, 1)) < blocks->count;) {
		const struct bench_extent *e = &blocks->v[i];

		if (e->packed > packed_cap)
			packed = spur_realloc(packed, packed_cap = e->packed, 1);
		if (e->unpacked > data_cap)
			data = spur_realloc(data, data_cap = e->unpacked, 1);
		good = read_at(s->fd, e->at, packed, e->packed, NULL) == SPUR_OK;
		if (good && e->kind != 0)
			good = unpack(&u, e, packed, data);
		if (good)
			pass(s, e, s->first_row[i], e->kind == 0 ? packed : data, s->stats[thread]);
	}
	libdeflate_free_decompressor(u.deflate);
	ZSTD_freeDCtx(u.zstd);
	LZ4F_freeDecompressionContext(u.lz4);
	free(packed);
	free(data);
	return good;
}

static void begin_stats(struct scan *s, unsigned threads, size_t n)
{
	for (unsigned t = 0; t < threads; t++) {
		s->stats[t] = spur_malloc(n * sizeof(**s->stats));
		for (size_t i = 0; i < n; i++)
			bench_stats_init(&s->stats[t][i]);
	}
}

static void join_stats(struct scan *s, unsigned threads, size_t n)
{
	for (unsigned t = 1; t < threads; t++) {
		for (size_t i = 0; i < n; i++)
			bench_stats_join(&s->stats[0][i], &s->stats[t][i]);
	}
}

static uint64_t *first_rows(const struct bench_mdf_bound *b)
{
	uint64_t *out = spur_calloc(b->blocks.count + 1, sizeof(*out));

	for (size_t i = 1; i < b->blocks.count; i++) {
		const struct bench_extent *before = &b->blocks.v[i - 1];

		out[i] = before->group == b->blocks.v[i].group ? out[i - 1] + before->unpacked / b->layout->record_bytes : 0;
	}
	return out;
}

enum spur_status bench_mdf_bound_round(void *state, unsigned threads, uint64_t *ns, struct bench_results *out,
				       struct spur_error *err)
{
	const struct bench_mdf_bound *b = state;
	size_t n = (size_t)b->layout->groups * b->layout->count;
	struct scan s = { .b = b, .first_row = first_rows(b) };
	uint64_t from;
	enum spur_status st;
	bool good = false;

	threads = threads > THREADS_MAX ? THREADS_MAX : threads;
	begin_stats(&s, threads, n);
	from = bench_clock();
	if ((st = open_file(b->path, &s.fd, err)) == SPUR_OK) {
		good = bench_threads(threads, scan_work, &s);
		close(s.fd);
	}
	join_stats(&s, threads, n);
	*ns = bench_clock() - from;
	for (size_t i = 0; i < n; i++) {
		char name[32];

		bench_mdf_name((unsigned)(i / b->layout->count), (unsigned)(i % b->layout->count), name);
		if (s.stats[0][i].n > 0)
			bench_results_stats(out, name, &s.stats[0][i]);
	}
	for (unsigned t = 0; t < threads; t++)
		free(s.stats[t]);
	free(s.first_row);
	return st == SPUR_OK && !good ? spur_fail(err, SPUR_EIO, "the bound does not read %s", b->path) : st;
}
