/* Opening a file and listing what is in it: group, name, unit and type of every signal, topics and counts of
 * an MCAP file. The bound reads what describes the data and goes over the bytes once. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "bound.h"
#include "format/format.h"

struct listing {
	uint64_t signals, name_bytes, unit_bytes, types[SPUR_TYPE_BYTES + 1];
};

static void list_signals(const struct spur_description *d, struct listing *l)
{
	for (size_t i = 0; i < d->signal_count; i++) {
		const struct spur_signal *s = &d->signals[i];

		l->signals++;
		l->name_bytes += strlen(s->name);
		l->unit_bytes += strlen(s->unit);
		l->types[s->raw_type]++;
	}
}

static void write_listing(const struct spur_description *d, const struct listing *l, struct bench_results *out)
{
	if (d->stream_count > 0) {
		for (size_t i = 0; i < d->stream_count; i++)
			bench_results_add(out, "%s\t=%llu\t=%s", d->streams[i].topic, (unsigned long long)d->streams[i].messages,
					  d->streams[i].schema_name);
		return;
	}
	bench_results_add(out, "listed\t=%zu\t=%llu\t=%llu\t=%llu", d->group_count, (unsigned long long)l->signals,
			  (unsigned long long)l->name_bytes, (unsigned long long)l->unit_bytes);
	for (int t = 0; t <= SPUR_TYPE_BYTES; t++) {
		if (l->types[t] > 0)
			bench_results_add(out, "%s\t=%llu", spur_type_name((enum spur_type)t), (unsigned long long)l->types[t]);
	}
}

static enum spur_status open_round(void *state, unsigned threads, uint64_t *ns, struct bench_results *out, struct spur_error *err)
{
	const char *path = state;
	struct spur_open_opts o = { .threads = threads };
	const struct spur_format *format;
	struct spur_reader *r;
	struct listing l = { 0 };
	uint64_t from = bench_clock();
	enum spur_status st = spur_format_open(path, &o, &format, &r, err);

	if (st < 0)
		return st;
	list_signals(format->describe(r), &l);
	*ns = bench_clock() - from;
	write_listing(format->describe(r), &l, out);
	format->close(r);
	return SPUR_OK;
}

struct meta {
	const char *path;
	struct bench_extents extents;
};

static enum spur_status meta_round(void *state, unsigned threads, uint64_t *ns, struct bench_results *out, struct spur_error *err)
{
	const struct meta *m = state;
	uint64_t sum = 0;
	enum spur_status st = bench_read_extents(m->path, &m->extents, ns, &sum, err);

	(void)threads;
	bench_results_add(out, "bytes\t=%llu\t=%llx", (unsigned long long)m->extents.packed, (unsigned long long)sum);
	return st;
}

static void run_file(struct bench *b, const char *name, char *path, struct meta *m, const char *kind)
{
	for (int cold = 0; cold < 2; cold++) {
		char *title = spur_strfmt("%s %s", name, cold ? "cold" : "warm");
		struct bench_case c = {
			.name = title, .path = path, .cold = cold, .bare = true, .threads = { 1 }, .spur = open_round, .spur_state = path,
			.bound = meta_round, .bound_state = m, .kind = kind, .request = path,
		};

		bench_case_run(b, &c);
		free(title);
	}
	bench_note(b, "%s: %llu bytes describe the data; cold: posix_fadvise(DONTNEED) before each round", name,
		   (unsigned long long)m->extents.packed);
	free(m->extents.v);
	free(path);
}

static void run(struct bench *b)
{
	static const char *const shapes[] = { "wide", "long", "unsorted" };
	struct meta m;
	struct spur_error err;
	char *path;

	for (size_t i = 0; i < 3; i++) {
		if ((path = bench_mdf(b, shapes[i], "smooth", "plain")) == NULL)
			continue;
		m.path = path;
		if (bench_mdf_meta(path, &m.extents, &err) < 0)
			bench_note(b, "%s", err.text);
		run_file(b, shapes[i], path, &m, "mdf-list");
	}
	if ((path = bench_mcap(b, "drive", "zstd")) == NULL)
		return;
	m.path = path;
	if (bench_mcap_summary(path, &m.extents, &err) < 0)
		bench_note(b, "%s", err.text);
	run_file(b, "drive", path, &m, "mcap-list");
}

const struct bench_part bench_part_open = { "open", "open a file and list what is in it", run };
