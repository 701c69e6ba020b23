#include "config.h"

#include "sync/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "sync/collect.h"

#define DEFAULT_MEM (UINT64_C(64) << 20)

struct member {
	char *name;	/* owned, may be NULL; the rest likewise */
	struct spur_source *source;
	struct spur_clock clock;
};

struct spur_timeline {
	struct member *members;
	size_t count;
};

enum spur_status spur_timeline_open(const struct spur_timeline_member *members, size_t count,
				    const struct spur_source_opts *o, struct spur_timeline **out, struct spur_error *err)
{
	struct spur_timeline *tl = spur_calloc(1, sizeof(*tl));
	enum spur_status st = SPUR_OK;

	tl->members = spur_calloc(count, sizeof(*tl->members));
	for (; tl->count < count && st == SPUR_OK; tl->count++) {
		struct member *m = &tl->members[tl->count];

		st = spur_source_open(members[tl->count].path, o, &m->source, err);
		m->clock = members[tl->count].clock;
		m->name = members[tl->count].name == NULL ? NULL : spur_strdup(members[tl->count].name);
	}
	if (st < 0) {
		spur_timeline_close(tl);
		return st;
	}
	*out = tl;
	return SPUR_OK;
}

void spur_timeline_close(struct spur_timeline *tl)
{
	if (tl == NULL)
		return;
	for (size_t i = 0; i < tl->count; i++) {
		spur_source_close(tl->members[i].source);
		free(tl->members[i].name);
	}
	free(tl->members);
	free(tl);
}

size_t spur_timeline_source_count(const struct spur_timeline *tl)
{
	return tl->count;
}

struct spur_source *spur_timeline_source(struct spur_timeline *tl, size_t source)
{
	return tl->members[source].source;
}

const struct spur_clock *spur_timeline_clock(const struct spur_timeline *tl, size_t source)
{
	return &tl->members[source].clock;
}

void spur_timeline_set_clock(struct spur_timeline *tl, size_t source, const struct spur_clock *clock)
{
	tl->members[source].clock = *clock;
}

const struct spur_source_signal *spur_timeline_signal(const struct spur_timeline *tl, struct spur_signal_ref ref)
{
	size_t n;
	const struct spur_source_signal *all = spur_source_signals(tl->members[ref.source].source, &n);

	return &all[ref.id];
}

static bool only_one_of_format(const struct spur_timeline *tl, const char *id, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < tl->count; i++) {
		const char *f = spur_source_format(tl->members[i].source)->id;

		n += strlen(f) == len && memcmp(f, id, len) == 0;
	}
	return n == 1;
}

static bool same(const char *s, size_t n, const char *word, size_t len)
{
	return n == len && memcmp(s, word, len) == 0;
}

static bool is_called(const struct spur_timeline *tl, size_t i, const char *word, size_t len)
{
	const struct member *m = &tl->members[i];
	const char *path = spur_source_path(m->source), *base = strrchr(path, '/'), *dot;
	const char *format = spur_source_format(m->source)->id;
	size_t n = 0;

	base = base == NULL ? path : base + 1;
	dot = strrchr(base, '.');
	if ((m->name != NULL && same(m->name, strlen(m->name), word, len)) || same(base, strlen(base), word, len) ||
	    (dot != NULL && same(base, (size_t)(dot - base), word, len)))
		return true;
	if (same(format, strlen(format), word, len))
		return only_one_of_format(tl, word, len);
	for (size_t k = 0; k < len && k < 6; k++) {
		if (word[k] < '0' || word[k] > '9')
			return false;
		n = n * 10 + (size_t)(word[k] - '0');
	}
	return len > 0 && len < 6 && n == i + 1;
}

/* In all sources, or in those whose name is the len bytes at word. */
static enum spur_status find_among(struct spur_timeline *tl, const char *word, size_t len, const char *name,
				   struct spur_signal_ref *out, struct spur_error *err)
{
	struct spur_error first = { 0 }, e = { 0 };
	size_t tried = 0, hits = 0;

	for (size_t i = 0; i < tl->count; i++) {
		struct spur_signal_ref ref = { .source = (uint32_t)i };
		enum spur_status st;

		if (word != NULL && !is_called(tl, i, word, len))
			continue;
		st = spur_source_find(tl->members[i].source, name, &ref.id, &e);
		if (tried++ == 0 || (st < 0 && st != SPUR_ENOTFOUND))
			first = e;
		if (st < 0 && st != SPUR_ENOTFOUND) {
			if (err != NULL)
				*err = first;
			return st;
		}
		if (st < 0)
			continue;
		if (hits++ > 0)
			return spur_fail(err, SPUR_EINVAL, "'%s' is in several sources: say %u:%s or %u:%s", name,
					 out->source + 1, name, ref.source + 1, name);
		*out = ref;
	}
	if (hits == 1)
		return SPUR_OK;
	if (tried == 0)
		return spur_fail(err, SPUR_ENOTFOUND, "no source '%.*s' in the drive", (int)len, word);
	if (err != NULL)
		*err = first;
	return SPUR_ENOTFOUND;
}

enum spur_status spur_timeline_find(struct spur_timeline *tl, const char *name, struct spur_signal_ref *out,
				    struct spur_error *err)
{
	const char *colon = strchr(name, ':');
	enum spur_status st = find_among(tl, NULL, 0, name, out, err);

	if (st != SPUR_ENOTFOUND || colon == NULL)
		return st;
	return find_among(tl, name, (size_t)(colon - name), colon + 1, out, err);
}

static enum spur_status member_span(struct spur_timeline *tl, size_t i, spur_ns *begin_ns, spur_ns *end_ns,
				    struct spur_task *task, struct spur_error *err)
{
	enum spur_status st = spur_source_span(tl->members[i].source, begin_ns, end_ns, task, err);

	if (st < 0)
		return st;
	*begin_ns = spur_clock_to_drive(&tl->members[i].clock, *begin_ns);
	*end_ns = spur_clock_to_drive(&tl->members[i].clock, *end_ns);
	if (*end_ns != SPUR_NS_MAX)
		*end_ns += 1;	/* half-open: the last stamp is inside */
	return SPUR_OK;
}

/* A source without any stamp does not take part. */
static enum spur_status spans(struct spur_timeline *tl, bool common, spur_ns *begin_ns, spur_ns *end_ns,
			      struct spur_task *task, struct spur_error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < tl->count; i++) {
		spur_ns b, e;
		enum spur_status st = member_span(tl, i, &b, &e, task, err);

		if (st == SPUR_ENOTFOUND)
			continue;
		if (st < 0)
			return st;
		if (n++ == 0) {
			*begin_ns = b;
			*end_ns = e;
			continue;
		}
		*begin_ns = (b < *begin_ns) != common ? b : *begin_ns;
		*end_ns = (e > *end_ns) != common ? e : *end_ns;
	}
	return n > 0 ? SPUR_OK : spur_fail(err, SPUR_ENOTFOUND, "no source of the drive has a time axis");
}

enum spur_status spur_timeline_span(struct spur_timeline *tl, spur_ns *begin_ns, spur_ns *end_ns,
				    struct spur_task *task, struct spur_error *err)
{
	return spans(tl, false, begin_ns, end_ns, task, err);
}

enum spur_status spur_timeline_overlap(struct spur_timeline *tl, spur_ns *begin_ns, spur_ns *end_ns,
				       struct spur_task *task, struct spur_error *err)
{
	enum spur_status st = spans(tl, true, begin_ns, end_ns, task, err);

	if (st == SPUR_OK && *end_ns <= *begin_ns)
		return spur_fail(err, SPUR_ENOTFOUND, "the sources have no time in common");
	return st;
}

struct reading {
	struct spur_timeline *tl;
	uint32_t source;
	const size_t *map;	/* position among the ids of this source -> position in refs */
	size_t *positions;
	spur_ns *time_ns;
	size_t cap;
	spur_timeline_sink *sink;
	void *state;
};

static enum spur_status pass_on(void *state, uint32_t table, const size_t *ids_in, struct spur_columns *rows,
				struct spur_error *err)
{
	struct reading *r = state;
	const struct spur_clock *clock = &r->tl->members[r->source].clock;

	if (rows->time_ns == NULL)
		return SPUR_OK;	/* not a time domain */
	if (rows->rows > r->cap) {
		r->cap = rows->rows * 2;
		r->time_ns = spur_realloc(r->time_ns, r->cap, sizeof(*r->time_ns));
	}
	for (size_t i = 0; i < rows->rows; i++)
		r->time_ns[i] = spur_clock_to_drive(clock, rows->time_ns[i]);
	for (size_t i = 0; i < rows->count; i++)
		r->positions[i] = r->map[ids_in[i]];
	return r->sink(r->state, r->source, table, r->positions, rows, r->time_ns, err);
}

enum spur_status spur_timeline_read(struct spur_timeline *tl, const struct spur_signal_ref *refs, size_t count,
				    spur_ns begin_ns, spur_ns end_ns, bool with_text, spur_timeline_sink *sink,
				    void *state, struct spur_task *task, struct spur_error *err)
{
	uint32_t *ids = spur_calloc(count, sizeof(*ids));
	size_t *map = spur_calloc(count, sizeof(*map));
	struct reading r = { .tl = tl, .map = map, .sink = sink, .state = state };
	enum spur_status st = SPUR_OK;

	r.positions = spur_calloc(count, sizeof(*r.positions));
	for (size_t s = 0; s < tl->count && st >= 0; s++) {
		const struct spur_clock *clock = &tl->members[s].clock;
		struct spur_source_want want = { .ids = ids, .with_text = with_text };

		for (size_t i = 0; i < count; i++) {
			if (refs[i].source != s)
				continue;
			ids[want.count] = refs[i].id;
			map[want.count++] = i;
		}
		want.begin_ns = spur_clock_to_source(clock, begin_ns);
		want.end_ns = spur_clock_to_source(clock, end_ns);
		r.source = (uint32_t)s;
		if (want.count > 0)
			st = spur_source_read(tl->members[s].source, &want, pass_on, &r, task, err);
	}
	free(r.positions);
	free(r.time_ns);
	free(map);
	free(ids);
	return st < 0 ? st : SPUR_OK;
}

enum spur_status spur_timeline_series(struct spur_timeline *tl, struct spur_signal_ref ref, spur_ns begin_ns,
				      spur_ns end_ns, const char *const *words, uint64_t mem_bytes,
				      struct spur_series *out, struct spur_task *task, struct spur_error *err)
{
	struct spur_collector c;
	enum spur_status st;

	*out = (struct spur_series){ 0 };
	spur_collector_init(&c, 1, mem_bytes == 0 ? DEFAULT_MEM : mem_bytes);
	c.of[0].ref = ref;
	c.of[0].words = words;
	st = spur_collector_fill(&c, tl, begin_ns, end_ns, task, err);
	if (st == SPUR_OK) {
		*out = spur_collector_series(&c, 0);
		c.count = 0;	/* its arrays are the caller's now */
	}
	spur_collector_finish(&c);
	return st;
}

static void drop(const void *owned)
{
	union {
		const void *in;
		void *out;
	} u = { owned };

	free(u.out);
}

void spur_series_finish(struct spur_series *s)
{
	drop(s->time_ns);
	drop(s->values);
	drop(s->codes);
	*s = (struct spur_series){ 0 };
}
