#include "config.h"

#include "format/mdf4/marks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "io/cache.h"

#define KIND "index"
#define LAYOUT 1u			/* of what is kept */
#define KEPT_BYTES (UINT64_C(256) << 20)	/* of all files together */
#define STEP_LEAST (1u << 20)
#define MARKS_MOST 4096u
#define CELLS_MOST (4u << 20)		/* marks times groups: 64 MiB */
#define ENDS_BYTES 4096u		/* head and tail that identify a file */

/* ---- keeping ---- */

/* What the bytes of the file are known by; false: nothing can be kept of it. */
static bool key_of(struct spur_reader *r, uint32_t data_group, char out[64])
{
	struct spur_range_id id = spur_range_id(r->range);
	uint64_t words[] = { LAYOUT, id.size, (uint64_t)id.mtime_ns, (uint64_t)id.ctime_ns, id.device, id.inode, 0, 0 };
	unsigned char ends[2][ENDS_BYTES];
	uint64_t n = id.size < ENDS_BYTES ? id.size : ENDS_BYTES;

	if (id.inode == 0 || spur_range_read(r->range, 0, ends[0], n, NULL) < 0 ||
	    spur_range_read(r->range, id.size - n, ends[1], n, NULL) < 0)
		return false;
	words[6] = spur_hash64(ends[0], (size_t)n);
	words[7] = spur_hash64(ends[1], (size_t)n);
	snprintf(out, 64, "%016" PRIx64 "-%" PRIu32, spur_hash64(words, sizeof(words)), data_group);
	return true;
}

static uint64_t hash_blocks(const struct mdf_seek *parts)
{
	struct spur_buf b = { 0 };
	uint64_t hash;

	for (size_t i = 0; i < parts->count; i++) {
		const struct mdf_piece *p = &parts->parts[i].piece;

		spur_buf_u64(&b, p->at);
		spur_buf_u64(&b, p->packed);
		spur_buf_u64(&b, p->unpacked);
		spur_buf_u64(&b, (uint64_t)p->zip << 32 | p->row_bytes);
	}
	hash = spur_hash64(b.data, b.len);
	spur_buf_finish(&b);
	return hash;
}

static void add_mark(struct mdf_marks *m, uint64_t pos, const uint64_t *counts, const spur_ns *times)
{
	if (m->count == m->cap) {
		m->cap = m->cap == 0 ? 64 : m->cap * 2;
		m->pos = spur_realloc(m->pos, m->cap, sizeof(*m->pos));
		m->counts = spur_realloc(m->counts, m->cap * m->slots, sizeof(*m->counts));
		m->times = spur_realloc(m->times, m->cap * m->slots, sizeof(*m->times));
	}
	m->pos[m->count] = pos;
	memcpy(m->counts + m->count * m->slots, counts, m->slots * sizeof(*counts));
	memcpy(m->times + m->count * m->slots, times, m->slots * sizeof(*times));
	m->count++;
}

static void load(struct spur_reader *r, uint32_t data_group, struct mdf_marks *m)
{
	const size_t row = 8 + 16 * m->slots;
	char key[64], *data;
	const unsigned char *p;
	uint64_t *counts;
	spur_ns *times;
	size_t len;

	if (!key_of(r, data_group, key) || !spur_cache_read(KIND, key, KEPT_BYTES, &data, &len))
		return;
	p = (const unsigned char *)data;
	counts = spur_calloc(m->slots, sizeof(*counts));
	times = spur_calloc(m->slots, sizeof(*times));
	if (len >= 24 && (len - 24) % row == 0 && spur_le64(p) == m->blocks && spur_le64(p + 8) == m->slots && spur_le64(p + 16) == m->step) {
		for (size_t at = 24; at < len && m->count < MARKS_MOST; at += row) {
			for (size_t k = 0; k < m->slots; k++) {
				counts[k] = spur_le64(p + at + 8 + 16 * k);
				times[k] = (spur_ns)spur_le64(p + at + 16 + 16 * k);
			}
			add_mark(m, spur_le64(p + at), counts, times);
		}
		m->saved = m->count;
	}
	free(counts);
	free(times);
	free(data);
}

void mdf_marks_keep(struct spur_reader *r, uint32_t data_group, struct mdf_marks *m)
{
	struct spur_buf b = { 0 };
	char key[64];

	if (m == NULL || m->refused || m->count == m->saved || !key_of(r, data_group, key))
		return;
	spur_buf_u64(&b, m->blocks);
	spur_buf_u64(&b, m->slots);
	spur_buf_u64(&b, m->step);
	for (size_t i = 0; i < m->count; i++) {
		spur_buf_u64(&b, m->pos[i]);
		for (size_t k = 0; k < m->slots; k++) {
			spur_buf_u64(&b, m->counts[i * m->slots + k]);
			spur_buf_u64(&b, (uint64_t)m->times[i * m->slots + k]);
		}
	}
	spur_cache_write(KIND, key, b.data, b.len, KEPT_BYTES);
	m->saved = m->count;
	spur_buf_finish(&b);
}

/* ---- in the reader ---- */

struct mdf_marks *mdf_marks_of(struct spur_reader *r, uint32_t data_group, const struct mdf_seek *parts)
{
	const struct mdf_data_group *dg = &r->data_groups[data_group];
	uint64_t bytes = parts->count == 0 ? 0 : parts->parts[parts->count - 1].begin + parts->parts[parts->count - 1].piece.unpacked;
	struct mdf_marks *m;

	if (dg->id_bytes == 0 || bytes < MARKS_LEAST_BYTES || parts->refused || dg->group_count > CELLS_MOST / 64)
		return NULL;
	if (r->marks == NULL)
		r->marks = spur_calloc(r->data_group_count, sizeof(struct mdf_marks *));
	if ((m = r->marks[data_group]) != NULL)
		return m;
	r->marks[data_group] = m = spur_calloc(1, sizeof(*m));
	m->slots = dg->group_count;
	m->blocks = hash_blocks(parts);
	m->step = STEP_LEAST;
	while (bytes / m->step > MARKS_MOST || bytes / m->step * m->slots > CELLS_MOST)
		m->step *= 2;
	load(r, data_group, m);
	return m;
}

void mdf_marks_destroy(struct spur_reader *r)
{
	for (size_t i = 0; r->marks != NULL && i < r->data_group_count; i++) {
		if (r->marks[i] == NULL)
			continue;
		free(r->marks[i]->pos);
		free(r->marks[i]->counts);
		free(r->marks[i]->times);
		free(r->marks[i]);
	}
	free(r->marks);
}

/* ---- using ---- */

/* Do places, counts and times of the marks increase, as those of a log do? They come from a file of the user's cache. */
static bool in_order(const struct mdf_marks *m, size_t slot)
{
	for (size_t i = 1; i < m->count; i++) {
		size_t a = (i - 1) * m->slots + slot, b = i * m->slots + slot;

		if (m->times[b] < m->times[a] || m->counts[b] < m->counts[a] || m->pos[i] <= m->pos[i - 1])
			return false;
	}
	return true;
}

size_t mdf_marks_before(const struct mdf_marks *m, const struct mdf_demux *d, spur_ns begin_ns)
{
	size_t best = m->count;
	bool any = false;

	if (m->refused || begin_ns == SPUR_NS_MIN || begin_ns < SPUR_NS_MIN + MDF_PAST_NS)
		return SIZE_MAX;
	for (size_t k = 0; k < d->slot_count && k < m->slots; k++) {
		const struct mdf_table *t = d->slots[k].table;
		size_t i = 0;

		if (t == NULL || !t->has_time)
			continue;
		if (t->windowed || t->remote != NULL || !in_order(m, k))
			return SIZE_MAX;
		while (i < m->count && m->times[i * m->slots + k] < begin_ns - MDF_PAST_NS)
			i++;
		best = i < best ? i : best;
		any = true;
	}
	return any && best > 0 ? best - 1 : SIZE_MAX;
}

size_t mdf_marks_begin(const struct mdf_marks *m, size_t mark, struct mdf_demux *d, const struct mdf_seek *parts)
{
	size_t lo = 0, hi = parts->count;

	while (hi - lo > 1) {
		size_t mid = (lo + hi) / 2;

		if (parts->parts[mid].begin <= m->pos[mark])
			lo = mid;
		else
			hi = mid;
	}
	mdf_demux_resume(d, parts->parts[lo].begin, m->pos[mark] - parts->parts[lo].begin, m->counts + mark * m->slots,
			 m->times + mark * m->slots);
	return lo;
}

void mdf_marks_note(struct mdf_marks *m, struct mdf_demux *d)
{
	uint64_t *counts;
	spur_ns *times;

	mdf_demux_look_at_times(d);
	if (m->refused || d->lost_track || m->count >= MARKS_MOST || (m->count > 0 && d->pos < m->pos[m->count - 1] + m->step) ||
	    (m->count == 0 && d->pos < m->step))
		return;
	counts = spur_calloc(d->slot_count, sizeof(*counts));
	times = spur_calloc(d->slot_count, sizeof(*times));
	for (size_t k = 0; k < d->slot_count; k++) {
		counts[k] = d->slots[k].seen;
		times[k] = d->slots[k].time;
	}
	add_mark(m, d->pos, counts, times);
	free(counts);
	free(times);
}
