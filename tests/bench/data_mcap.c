/* The MCAP files of the bench, by a seed: the same bytes everywhere. Every message has a log time of its own,
 * so that all readers agree on the order. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data.h"
#include "demo/rng.h"
#include "format/mcap/writer.h"

#define SEED 20250102u
#define DRIVE_NS INT64_C(20000000000)

/* One kind of topic of the drive: how many messages in all, how large, how late they are written. */
struct kind {
	const char *topic;
	unsigned first, count;		/* channels */
	unsigned messages;		/* per channel */
	unsigned bytes, jitter;		/* size, and what it varies by */
	int64_t late_ns;
};
static const struct kind kinds[] = {
	{ "/camera/%u/jpeg", 0, 6, 200, 270000, 30000, 30000000 },
	{ "/lidar", 6, 1, 200, 480000, 1000, 50000000 },
	{ "/imu", BENCH_DRIVE_IMU, 1, 2000, 320, 0, 1000000 },
	{ "/gps", 8, 1, 200, 120, 0, 4000000 },
	{ "/can/%u", 9, 40, 1110, 24, 0, 500000 },
};

void bench_mcap_topic(const char *shape, unsigned channel, char out[32])
{
	if (strcmp(shape, "small") == 0) {
		snprintf(out, 32, "/signal/%u", channel);
		return;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		unsigned n = channel - kinds[i].first;

		if (channel < kinds[i].first || n >= kinds[i].count)
			continue;
		if (strchr(kinds[i].topic, '%') == NULL)
			snprintf(out, 32, "%s", kinds[i].topic);
		else
			snprintf(out, 32, i == 0 ? "/camera/%u/jpeg" : "/can/%u", n);
	}
}

struct plan {
	int64_t log_ns, written_ns;
	unsigned channel, sequence, kind;
};

static int by_written(const void *a, const void *b)
{
	const struct plan *x = a, *y = b;

	if (x->written_ns != y->written_ns)
		return x->written_ns < y->written_ns ? -1 : 1;
	return x->log_ns < y->log_ns ? -1 : x->log_ns > y->log_ns;
}

/* The messages of the drive in the order they reach the disk; stamps are unique: their last digits are the channel. */
static struct plan *plan_drive(unsigned permille, size_t *count)
{
	struct plan *p = spur_calloc(64000, sizeof(*p));
	struct spur_demo_rng r = spur_demo_rng_of(SEED, 0, 0);
	size_t n = 0;

	for (unsigned k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		for (unsigned c = kinds[k].first; c < kinds[k].first + kinds[k].count; c++) {
			unsigned messages = kinds[k].messages * permille / 1000;

			for (unsigned i = 0; i < messages; i++) {
				int64_t t = DRIVE_NS / 1000 * permille / messages * i + spur_demo_below(&r, 300) * 1000;

				t = t / 1000 * 1000 + c;
				p[n++] = (struct plan){ t, t + kinds[k].late_ns + spur_demo_below(&r, 1000) * 1000, c, i, k };
			}
		}
	}
	qsort(p, n, sizeof(*p), by_written);
	*count = n;
	return p;
}

static void fill_noise(struct spur_demo_rng *r, unsigned char *to, size_t len)
{
	for (size_t i = 0; i + 8 <= len; i += 8) {
		uint64_t v = spur_demo_next(r);

		memcpy(to + i, &v, 8);
	}
}

/* Bodies: cameras are as dense as JPEG, the lidar is floats with a noisy fraction, the rest counters and
 * values that hold. */
static void fill_body(struct spur_demo_rng *r, const struct plan *m, unsigned char *to, size_t len)
{
	if (m->kind == 0) {
		fill_noise(r, to, len);
		memcpy(to, "\xff\xd8\xff\xe0", 4);
		return;
	}
	for (size_t i = 0; i + 4 <= len; i += 4) {
		float v = m->kind == 1 ? (float)spur_demo_between(r, 1, 80) : (float)(m->sequence / 4) + (float)i;

		memcpy(to + i, &v, 4);
	}
	memcpy(to, &m->log_ns, 8);
}

static enum spur_status channels(struct spur_mcap_writer *w, const char *shape, unsigned count, struct spur_error *err)
{
	struct spur_mcap_schema s = { .id = 1, .name = "bench/Bytes", .encoding = "ros2msg", .data = "uint8[] data\n", .len = 13 };
	enum spur_status st = spur_mcap_writer_schema(w, &s, err);

	for (unsigned i = 0; st == SPUR_OK && i < count; i++) {
		char topic[32];
		struct spur_mcap_channel c = { .id = (uint16_t)(i + 1), .schema_id = 1, .topic = topic, .encoding = "cdr" };

		bench_mcap_topic(shape, i, topic);
		st = spur_mcap_writer_channel(w, &c, err);
	}
	return st;
}

static enum spur_status put(struct spur_mcap_writer *w, unsigned channel, unsigned sequence, int64_t log_ns, const void *data,
			    size_t len, struct spur_error *err)
{
	uint64_t t = (uint64_t)(BENCH_START_NS + log_ns);
	struct spur_mcap_message m = { .channel_id = (uint16_t)(channel + 1), .sequence = sequence, .log_time = t, .publish_time = t,
				       .data = data, .len = len };

	return spur_mcap_writer_message(w, &m, err);
}

static enum spur_status write_drive(struct spur_mcap_writer *w, const struct bench_sizes *s, struct spur_error *err)
{
	struct spur_demo_rng r = spur_demo_rng_of(SEED, 1, 0);
	unsigned char *body = spur_calloc(1, 1 << 20);
	size_t n;
	struct plan *p = plan_drive(s->drive_permille, &n);
	enum spur_status st = channels(w, "drive", BENCH_DRIVE_CHANNELS, err);

	for (size_t i = 0; st == SPUR_OK && i < n; i++) {
		const struct kind *k = &kinds[p[i].kind];
		size_t len = k->bytes + (k->jitter == 0 ? 0 : spur_demo_below(&r, 2 * k->jitter));

		len = len / 8 * 8;
		fill_body(&r, &p[i], body, len);
		st = put(w, p[i].channel, p[i].sequence, p[i].log_ns, body, len, err);
	}
	free(p);
	free(body);
	return st;
}

static enum spur_status write_small(struct spur_mcap_writer *w, const struct bench_sizes *s, struct spur_error *err)
{
	struct spur_demo_rng r = spur_demo_rng_of(SEED, 2, 0);
	enum spur_status st = channels(w, "small", s->small_topics, err);

	for (unsigned i = 0; st == SPUR_OK && i < s->small_messages; i++) {
		unsigned channel = spur_demo_below(&r, s->small_topics);
		unsigned char body[BENCH_SMALL_BYTES] = { 0 };
		double v[5] = { channel, i / 1000, 1.5, spur_demo_unit(&r), 0 };

		memcpy(body, &i, sizeof(i));
		memcpy(body + 8, v, sizeof(v));
		st = put(w, channel, i, (int64_t)i * 5000, body, sizeof(body), err);
	}
	return st;
}

char *bench_mcap(struct bench *b, const char *shape, const char *compression)
{
	char *name = spur_strfmt("%s-%s-" BENCH_MCAP_VERSION ".mcap", shape, compression), *path = bench_data_path(b, name);
	struct spur_mcap_writer_opts o = { .library = "spur bench", .compression = SPUR_MCAP_ZSTD };
	struct spur_mcap_writer *w = NULL;
	struct spur_error err;
	enum spur_status st;

	free(name);
	if (access(path, R_OK) == 0)
		return path;
	fprintf(stderr, "bench: making %s\n", path);
	if (strcmp(compression, "zstd") != 0)
		o.compression = strcmp(compression, "lz4") == 0 ? SPUR_MCAP_LZ4 : SPUR_MCAP_NONE;
	if ((st = spur_mcap_writer_create(path, &o, &w, &err)) == SPUR_OK) {
		st = strcmp(shape, "drive") == 0 ? write_drive(w, bench_sizes(b), &err) : write_small(w, bench_sizes(b), &err);
		if (st == SPUR_OK)
			st = spur_mcap_writer_commit(w, &err);
		else
			spur_mcap_writer_discard(w);
	}
	if (st < 0) {
		bench_note(b, "%s: %s", path, err.text);
		free(path);
		return NULL;
	}
	return path;
}
