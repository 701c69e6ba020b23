#include "config.h"

#include "sync/collect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

void spur_collector_init(struct spur_collector *c, size_t count, uint64_t mem_bytes)
{
	*c = (struct spur_collector){ .count = count, .mem_bytes = mem_bytes };
	c->of = spur_calloc(count, sizeof(*c->of));
}

void spur_collector_finish(struct spur_collector *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->of[i].time_ns);
		free(c->of[i].values);
		free(c->of[i].codes);
	}
	free(c->of);
	*c = (struct spur_collector){ 0 };
}

static size_t row_bytes(const struct spur_collected *s)
{
	return sizeof(spur_ns) + sizeof(double) + (s->words == NULL ? 0 : sizeof(int32_t));
}

static void grow(struct spur_collected *s, size_t rows)
{
	size_t cap = s->cap == 0 ? 1024 : s->cap;

	while (cap < s->rows + rows)
		cap *= 2;
	if (cap == s->cap)
		return;
	s->time_ns = spur_realloc(s->time_ns, cap, sizeof(*s->time_ns));
	s->values = spur_realloc(s->values, cap, sizeof(*s->values));
	if (s->words != NULL)
		s->codes = spur_realloc(s->codes, cap, sizeof(*s->codes));
	s->cap = cap;
}

static int32_t code_of(const char *const *words, const char *text, size_t len)
{
	for (int32_t i = 0; words[i] != NULL; i++) {
		if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0)
			return i;
	}
	return SPUR_WORD_OTHER;
}

static int32_t code_at(const struct spur_column *col, const char *const *words, size_t row)
{
	const struct spur_column *text = col->text != NULL ? col->text : col;
	const char *s;
	size_t len;

	if (text->type != SPUR_TYPE_TEXT || !spur_column_valid(text, row))
		return SPUR_WORD_NONE;
	s = spur_column_bytes(text, row, &len);
	return code_of(words, s, len);
}

static void append(struct spur_collected *s, const struct spur_column *col, const spur_ns *time_ns)
{
	bool number = spur_type_is_number(col->type);

	grow(s, col->rows);
	for (size_t r = 0; r < col->rows; r++) {
		size_t at = s->rows++;

		s->time_ns[at] = time_ns[r];
		s->unsorted |= at > 0 && s->time_ns[at - 1] > time_ns[r];
		s->values[at] = number ? spur_column_f64(col, r) : NAN;
		if (s->codes != NULL)
			s->codes[at] = code_at(col, s->words, r);
	}
}

struct filling {
	struct spur_collector *c;
	size_t *map;	/* position in this read -> index in c->of */
};

static enum spur_status take(void *state, uint32_t source, uint32_t table, const size_t *positions,
			     struct spur_columns *rows, const spur_ns *time_ns, struct spur_error *err)
{
	struct filling *f = state;

	(void)source;
	(void)table;
	for (size_t i = 0; i < rows->count; i++) {
		struct spur_collected *s = &f->c->of[f->map[positions[i]]];

		f->c->used_bytes += (uint64_t)rows->rows * row_bytes(s);
		if (f->c->used_bytes > f->c->mem_bytes)
			return spur_fail(err, SPUR_ENOMEM, "more than %llu bytes of samples; give more --mem or a shorter range",
					 (unsigned long long)f->c->mem_bytes);
		append(s, &rows->columns[i], time_ns);
	}
	return SPUR_OK;
}

struct stamp {
	spur_ns t;
	size_t at;
};

static int by_time(const void *a, const void *b)
{
	const struct stamp *x = a, *y = b;

	if (x->t != y->t)
		return x->t < y->t ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* Stable: equal stamps stay in order of the file. */
static void sort(struct spur_collected *s)
{
	struct stamp *order = spur_calloc(s->rows, sizeof(*order));
	double *values = spur_calloc(s->cap, sizeof(*values));
	int32_t *codes = s->codes == NULL ? NULL : spur_calloc(s->cap, sizeof(*codes));

	for (size_t i = 0; i < s->rows; i++)
		order[i] = (struct stamp){ s->time_ns[i], i };
	qsort(order, s->rows, sizeof(*order), by_time);
	for (size_t i = 0; i < s->rows; i++) {
		s->time_ns[i] = order[i].t;
		values[i] = s->values[order[i].at];
		if (codes != NULL)
			codes[i] = s->codes[order[i].at];
	}
	free(order);
	free(s->values);
	free(s->codes);
	s->values = values;
	s->codes = codes;
	s->unsorted = false;
}

/* A value table's text replaces its number, so the two kinds are read apart. */
static enum spur_status fill_kind(struct spur_collector *c, struct spur_timeline *tl, bool text, spur_ns begin_ns,
				  spur_ns end_ns, struct spur_task *task, struct spur_error *err)
{
	struct spur_signal_ref *refs = spur_calloc(c->count, sizeof(*refs));
	struct filling f = { c, spur_calloc(c->count, sizeof(size_t)) };
	enum spur_status st = SPUR_OK;
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++) {
		if ((c->of[i].words != NULL) != text)
			continue;
		refs[n] = c->of[i].ref;
		f.map[n++] = i;
	}
	if (n > 0)
		st = spur_timeline_read(tl, refs, n, begin_ns, end_ns, text, take, &f, task, err);
	free(refs);
	free(f.map);
	return st;
}

enum spur_status spur_collector_fill(struct spur_collector *c, struct spur_timeline *tl, spur_ns begin_ns,
				     spur_ns end_ns, struct spur_task *task, struct spur_error *err)
{
	enum spur_status st;

	c->used_bytes = 0;
	for (size_t i = 0; i < c->count; i++) {
		c->of[i].rows = 0;
		c->of[i].unsorted = false;
	}
	if ((st = fill_kind(c, tl, false, begin_ns, end_ns, task, err)) < 0 ||
	    (st = fill_kind(c, tl, true, begin_ns, end_ns, task, err)) < 0)
		return st;
	for (size_t i = 0; i < c->count; i++) {
		if (c->of[i].unsorted)
			sort(&c->of[i]);
	}
	return SPUR_OK;
}

struct spur_series spur_collector_series(const struct spur_collector *c, size_t i)
{
	const struct spur_collected *s = &c->of[i];

	return (struct spur_series){ s->rows, s->time_ns, s->values, s->codes };
}
