/* MDF where records and frames must be taken apart: unsorted data, opened and read whole, and the signals of a CAN log. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/time.h"
#include "bound.h"
#include "scan.h"
#include "sync/source.h"

/* ---- unsorted ---- */

struct mixed {
	const char *path;
	struct bench_mdf_layout layout;
	struct bench_extents blocks;
	struct bench_stats *stats;	/* [group * count + channel] */
};

/* One record behind its id: all channels are of two bytes. */
static void add_record(const struct mixed *m, const unsigned char *p)
{
	struct bench_stats *s = m->stats + (size_t)(p[0] - 1) * m->layout.count;

	p += 1 + m->layout.channels[0].at;
	for (unsigned c = 0; c < m->layout.count; c++, p += 2) {
		double x = (double)spur_le16(p) * m->layout.channels[c].factor + m->layout.channels[c].offset;

		s[c].n++;
		s[c].min = x < s[c].min ? x : s[c].min;
		s[c].max = x > s[c].max ? x : s[c].max;
		s[c].sum += x;
	}
}

/* Everything through one buffer; a record that a block cuts goes on at its front. */
static enum spur_status mixed_pass(const struct mixed *m, struct spur_error *err)
{
	enum { PART = 1 << 18 };
	size_t have = 0, record = 1 + m->layout.record_bytes;
	unsigned char *buf = spur_malloc(PART + record);
	int fd = open(m->path, O_RDONLY | O_CLOEXEC);
	bool good = fd >= 0;

	for (size_t i = 0; good && i < m->blocks.count; i++) {
		for (uint64_t at = 0; good && at < m->blocks.v[i].packed;) {
			uint64_t left = m->blocks.v[i].packed - at;
			ssize_t n = pread(fd, buf + have, left < PART ? left : PART, (off_t)(m->blocks.v[i].at + at));
			size_t used = 0;

			if ((good = n > 0)) {
				at += (uint64_t)n;
				have += (size_t)n;
			}
			for (; good && used + record <= have; used += record)
				add_record(m, buf + used);
			have -= used;
			memmove(buf, buf + used, have);
		}
	}
	if (fd >= 0)
		close(fd);
	free(buf);
	return good && have == 0 ? SPUR_OK : spur_fail(err, SPUR_EIO, "the bound does not read %s", m->path);
}

static void clear_stats(struct mixed *m)
{
	for (size_t i = 0; i < (size_t)m->layout.groups * m->layout.count; i++)
		bench_stats_init(&m->stats[i]);
}

static enum spur_status mixed_bound(void *state, unsigned threads, uint64_t *ns, struct bench_results *out, struct spur_error *err)
{
	struct mixed *m = state;
	uint64_t from = bench_clock();
	enum spur_status st;

	(void)threads;
	clear_stats(m);
	st = mixed_pass(m, err);
	*ns = bench_clock() - from;
	for (size_t i = 0; i < (size_t)m->layout.groups * m->layout.count; i++) {
		char name[32];

		bench_mdf_name((unsigned)(i / m->layout.count), (unsigned)(i % m->layout.count), name);
		bench_results_stats(out, name, &m->stats[i]);
	}
	return st;
}

static void run_unsorted(struct bench *b)
{
	char *path = bench_mdf(b, "unsorted", "smooth", "plain");
	struct mixed m = { .path = path };
	struct spur_error err;
	char *title = spur_strdup("unsorted smooth plain");

	if (m.path == NULL)
		goto out;
	bench_mdf_layout(bench_sizes(b), "unsorted", "smooth", &m.layout);
	m.stats = spur_calloc((size_t)m.layout.groups * m.layout.count, sizeof(*m.stats));
	if (bench_mdf_blocks(m.path, &m.blocks, &err) < 0) {
		bench_note(b, "%s", err.text);
		goto out;
	}
	struct bench_scan s = { .path = m.path, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX };
	struct bench_case c = {
		.name = title, .path = m.path, .threads = { 1, bench_cores(b) > 1 ? 2 : 0 }, .spur = bench_scan_round,
		.spur_state = &s, .bound = mixed_bound, .bound_state = &m, .kind = "mdf-scan", .request = m.path,
	};

	bench_case_run(b, &c);
	bench_note(b, "%s: opening and all values; the bound has one thread", title);
out:
	free(path);
	free(m.layout.channels);
	free(m.blocks.v);
	free(m.stats);
	free(title);
}

/* ---- frames ---- */

struct frames {
	const char *path, *dbc;
	struct bench_extents blocks;
};

static enum spur_status take(void *state, uint32_t table, const size_t *ids_in, struct spur_columns *rows, struct spur_error *err)
{
	struct bench_stats *taken = state;	/* by place in the ids asked for */

	(void)table;
	(void)err;
	for (size_t i = 0; i < rows->count; i++) {
		const struct spur_column *c = &rows->columns[i];

		if (c->validity == NULL)
			bench_stats_add(&taken[ids_in[i]], c->type, c->data, c->rows, 1, 0);
		for (size_t k = 0; c->validity != NULL && k < c->rows; k++) {
			double v = spur_column_f64(c, k);

			if (spur_column_valid(c, k))
				bench_stats_add(&taken[ids_in[i]], SPUR_TYPE_F64, &v, 1, 1, 0);
		}
	}
	return SPUR_OK;
}

static enum spur_status frames_round(void *state, unsigned threads, uint64_t *ns, struct bench_results *out, struct spur_error *err)
{
	const struct frames *f = state;
	const char *dbcs[] = { f->dbc, NULL };
	struct spur_source_opts o = { .dbc = dbcs, .threads = threads };
	struct spur_source_want want = { .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX };
	const struct spur_source_signal *all;
	struct bench_stats *taken;
	struct spur_source *s;
	uint32_t *ids;
	size_t count;
	uint64_t from = bench_clock();
	enum spur_status st = spur_source_open(f->path, &o, &s, err);

	if (st < 0)
		return st;
	all = spur_source_signals(s, &count);
	ids = spur_calloc(count, sizeof(*ids));
	taken = spur_calloc(count, sizeof(*taken));
	for (uint32_t i = 0; i < count; i++) {
		bench_stats_init(&taken[i]);
		if (strchr(all[i].name, '.') != NULL && strncmp(all[i].name, "CAN_DataFrame", 13) != 0)
			ids[want.count++] = i;
	}
	want.ids = ids;
	st = spur_source_read(s, &want, take, taken, NULL, err);
	*ns = bench_clock() - from;
	for (size_t i = 0; i < want.count; i++)
		bench_results_stats(out, strrchr(all[ids[i]].name, '.') + 1, &taken[i]);
	free(ids);
	free(taken);
	spur_source_close(s);
	return st;
}

/* Frames where they lie, with what the generator knows of them. */
static enum spur_status frames_bound(void *state, unsigned threads, uint64_t *ns, struct bench_results *out, struct spur_error *err)
{
	const struct frames *f = state;
	struct bench_stats stats[BENCH_CAN_MESSAGES][BENCH_CAN_SIGNALS];
	unsigned char *buf = NULL;
	uint64_t from = bench_clock();
	int fd = open(f->path, O_RDONLY | O_CLOEXEC);
	bool good = fd >= 0;

	(void)threads;
	for (unsigned i = 0; i < BENCH_CAN_MESSAGES * BENCH_CAN_SIGNALS; i++)
		bench_stats_init(&stats[i / BENCH_CAN_SIGNALS][i % BENCH_CAN_SIGNALS]);
	for (size_t i = 0; good && i < f->blocks.count; i++) {
		size_t len = (size_t)f->blocks.v[i].packed;

		buf = spur_realloc(buf, len + 1, 1);
		good = pread(fd, buf, len, (off_t)f->blocks.v[i].at) == (ssize_t)len && len % BENCH_CAN_RECORD == 0;
		for (size_t at = 0; good && at < len; at += BENCH_CAN_RECORD) {
			unsigned m = spur_le32(buf + at + BENCH_CAN_ID_AT) - BENCH_CAN_ID;
			int32_t raw[BENCH_CAN_SIGNALS];

			bench_can_raw(buf + at + BENCH_CAN_DATA_AT, raw);
			for (unsigned s = 0; s < BENCH_CAN_SIGNALS && m < BENCH_CAN_MESSAGES; s++) {
				double x = raw[s] * bench_can_factor(m, s) + bench_can_offset(m, s);

				bench_stats_join(&stats[m][s], &(struct bench_stats){ 1, x, x, x });
			}
		}
	}
	if (fd >= 0)
		close(fd);
	*ns = bench_clock() - from;
	free(buf);
	for (unsigned m = 0; m < BENCH_CAN_MESSAGES; m++) {
		for (unsigned s = 0; s < BENCH_CAN_SIGNALS; s++) {
			char name[32];

			snprintf(name, sizeof(name), "m%u_s%u", m, s);
			bench_results_stats(out, name, &stats[m][s]);
		}
	}
	return good ? SPUR_OK : spur_fail(err, SPUR_EIO, "the bound does not read %s", f->path);
}

static void run_frames(struct bench *b)
{
	char *dbc, *path = bench_can(b, &dbc), *request;
	struct frames f = { path, dbc, { 0 } };
	struct spur_error err;

	if (path == NULL)
		return;
	request = spur_strfmt("%s\t%s", path, dbc);
	if (bench_mdf_blocks(path, &f.blocks, &err) < 0)
		bench_note(b, "%s", err.text);
	struct bench_case c = {
		.name = "can 48 signals", .path = path, .threads = { bench_cores(b) }, .spur = frames_round, .spur_state = &f,
		.bound = frames_bound, .bound_state = &f, .kind = "mdf-dbc", .request = request,
	};

	bench_case_run(b, &c);
	bench_note(b, "can: %u frames, opened and decoded by a DBC, which spur parses inside its clock and peers before theirs",
		   bench_sizes(b)->can_frames);
	free(f.blocks.v);
	free(request);
	free(path);
	free(dbc);
}

static void run(struct bench *b)
{
	run_unsorted(b);
	run_frames(b);
}

const struct bench_part bench_part_mdf = { "mdf", "unsorted MDF, and signals in CAN frames", run };
