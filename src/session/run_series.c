#include "config.h"

#include "session/run_series.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "job/event.h"

struct line {
	char *key;
	double *step, *value;
	size_t count;
	uint64_t seen, stride;	/* every stride-th point is kept */
	double last;
};

struct spur_run_series {
	char *dir, *path;
	uint64_t offset;
	struct line lines[SPUR_RUN_SERIES_KEYS];
	size_t count;
	struct spur_session_series pub[SPUR_RUN_SERIES_KEYS];
};

struct spur_run_series *spur_run_series_create(const char *dir)
{
	struct spur_run_series *r = spur_calloc(1, sizeof(*r));

	r->dir = spur_strdup(dir);
	r->path = spur_strfmt("%s/events/0.jsonl", dir);
	return r;
}

static void publish(struct spur_run_series *r)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct line *l = &r->lines[i];

		r->pub[i] = (struct spur_session_series){ l->key, l->count, l->step, l->value, l->last };
	}
}

struct spur_run_series *spur_run_series_copy(const struct spur_run_series *r)
{
	struct spur_run_series *c = spur_run_series_create(r->dir);

	c->offset = r->offset;
	for (c->count = 0; c->count < r->count; c->count++) {
		const struct line *from = &r->lines[c->count];
		struct line *to = &c->lines[c->count];

		*to = *from;
		to->key = spur_strdup(from->key);
		to->step = spur_calloc(SPUR_RUN_SERIES_POINTS, sizeof(double));
		to->value = spur_calloc(SPUR_RUN_SERIES_POINTS, sizeof(double));
		memcpy(to->step, from->step, from->count * sizeof(double));
		memcpy(to->value, from->value, from->count * sizeof(double));
	}
	publish(c);
	return c;
}

void spur_run_series_destroy(struct spur_run_series *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->count; i++) {
		free(r->lines[i].key);
		free(r->lines[i].step);
		free(r->lines[i].value);
	}
	free(r->dir);
	free(r->path);
	free(r);
}

const char *spur_run_series_dir(const struct spur_run_series *r)
{
	return r->dir;
}

static struct line *line_of(struct spur_run_series *r, const char *key)
{
	for (size_t i = 0; i < r->count; i++) {
		if (strcmp(r->lines[i].key, key) == 0)
			return &r->lines[i];
	}
	if (r->count == SPUR_RUN_SERIES_KEYS)
		return NULL;
	r->lines[r->count] = (struct line){
		.key = spur_strdup(key), .stride = 1, .step = spur_calloc(SPUR_RUN_SERIES_POINTS, sizeof(double)),
		.value = spur_calloc(SPUR_RUN_SERIES_POINTS, sizeof(double)),
	};
	return &r->lines[r->count++];
}

static void thin_out(struct line *l)
{
	for (size_t i = 0; i < l->count / 2; i++) {
		l->step[i] = l->step[2 * i];
		l->value[i] = l->value[2 * i];
	}
	l->count /= 2;
	l->stride *= 2;
}

static void add_point(struct line *l, double step, double value)
{
	l->last = value;
	if (l->seen++ % l->stride != 0)
		return;
	if (l->count == SPUR_RUN_SERIES_POINTS)
		thin_out(l);
	l->step[l->count] = step;
	l->value[l->count++] = value;
}

static enum spur_status take(void *state, const struct spur_job_event *e, struct spur_error *err)
{
	struct spur_run_series *r = state;
	json_t *values = json_object_get(e->json, "values"), *v;
	double step = (double)spur_job_event_int(e, "step", 0), number;
	const char *key;

	(void)err;
	if (strcmp(e->type, "metric") != 0)
		return SPUR_OK;
	json_object_foreach(values, key, v) {
		struct line *l = spur_job_number(v, &number) ? line_of(r, key) : NULL;

		if (l != NULL)
			add_point(l, step, number);
	}
	return SPUR_OK;
}

enum spur_status spur_run_series_read(struct spur_run_series *r, struct spur_error *err)
{
	enum spur_status st = spur_job_events_read(r->path, &r->offset, take, r, NULL, err);

	publish(r);
	return st;
}

const struct spur_session_series *spur_run_series_list(const struct spur_run_series *r, size_t *count)
{
	*count = r->count;
	return r->pub;
}
