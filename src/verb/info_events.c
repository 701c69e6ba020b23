#include "config.h"

#include "verb/info_around.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"

/*
 * Events of a recording: those that it lists, and the rows of its event signals (MDF 4.3), each an event after the
 * pattern that the signal refers to. Of each signal ROWS_MAX rows are read, whatever it has.
 */
#define ROWS_MAX 1000u
#define VALUES_MAX 16u

struct spur_info_rows {
	struct batch {
		uint32_t event;		/* the pattern */
		uint32_t ids[VALUES_MAX];
		struct spur_columns *rows;
	} *batches;
	size_t count;
	bool *more;		/* by event: not all of its rows are here */
	uint32_t event;		/* that is being read */
	size_t left;		/* rows to read of it */
};

/* The event signal itself and what else is in its records. */
static size_t choose(const struct spur_description *d, uint32_t signal, uint32_t ids[VALUES_MAX])
{
	const struct spur_group *g = &d->groups[d->signals[signal].group];
	size_t n = 0;

	for (uint32_t i = 0; i < g->signal_count && n < VALUES_MAX; i++) {
		const struct spur_signal *s = &d->signals[g->first_signal + i];

		if (!s->is_master && !s->refused && s->type != SPUR_TYPE_BYTES)
			ids[n++] = g->first_signal + i;
	}
	if (n == 0)
		ids[n++] = signal;
	return n;
}

static enum spur_status take(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows,
			     struct spur_error *err)
{
	struct spur_info_rows *r = state;
	struct batch b = { .event = r->event, .rows = spur_columns_ref(rows) };

	(void)group;
	(void)err;
	for (size_t i = 0; i < rows->count && i < VALUES_MAX; i++)
		b.ids[i] = ids[i];
	r->batches = spur_realloc(r->batches, r->count + 1, sizeof(*r->batches));
	r->batches[r->count++] = b;
	r->more[r->event] = rows->rows >= r->left;
	if (rows->rows >= r->left) {
		r->left = 0;
		return SPUR_END;
	}
	r->left -= rows->rows;
	return SPUR_OK;
}

enum spur_status spur_info_read_rows(struct spur_info *i, struct spur_error *err)
{
	struct spur_info_rows *r = spur_calloc(1, sizeof(*r));
	const struct spur_sink sink = { .state = r, .columns = take };
	enum spur_status st = SPUR_OK;

	i->rows = r;
	r->more = spur_calloc(i->d->event_count + 1, sizeof(*r->more));
	for (uint32_t k = 0; k < i->d->event_count && st == SPUR_OK; k++) {
		uint32_t ids[VALUES_MAX], signal = i->d->events[k].signal;
		struct spur_scan want = { .signals = ids, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX, .with_text = true };

		if (signal == SPUR_NOT_KNOWN)
			continue;
		want.signal_count = choose(i->d, signal, ids);
		r->event = k;
		r->left = ROWS_MAX + 1;
		st = i->format->scan(i->reader, &want, &sink, i->task, err);
	}
	return spur_wrap(st, err, "%s: rows of events", i->path);
}

void spur_info_free_rows(struct spur_info *i)
{
	for (size_t k = 0; i->rows != NULL && k < i->rows->count; k++)
		spur_columns_unref(i->rows->batches[k].rows);
	if (i->rows != NULL) {
		free(i->rows->batches);
		free(i->rows->more);
	}
	free(i->rows);
	i->rows = NULL;
}

static void emit_event(const struct spur_info *info, uint32_t index, struct spur_emit *emit)
{
	const struct spur_description *d = info->d;
	const struct spur_event *e = &d->events[index];

	spur_emit_begin(emit, NULL, '{');
	spur_emit_text(emit, "kind", e->kind);
	spur_emit_text(emit, "name", e->name);
	spur_emit_text(emit, "comment", e->comment);
	if (e->timed)
		spur_emit_time(emit, "time_ns", e->time_ns);
	else
		spur_emit_text(emit, "time_ns", NULL);
	spur_emit_f64(emit, "value", e->value);
	spur_emit_text(emit, "domain", spur_info_domain(e->domain));
	spur_emit_text(emit, "range", e->range);
	spur_emit_text(emit, "cause", e->cause);
	spur_emit_bool(emit, "added_later", e->later);
	spur_info_emit_index(emit, "parent", e->parent);
	spur_info_emit_index(emit, "partner", e->partner);
	if (e->group_name != NULL)
		spur_emit_text(emit, "group_name", e->group_name);
	if (e->signal != SPUR_NOT_KNOWN) {
		spur_emit_text(emit, "signal", d->signals[e->signal].name);
		spur_emit_bool(emit, "more_rows", info->rows != NULL && info->rows->more[index]);
	}
	spur_info_emit_scope(d, "scope", e->scope, e->scope_count, emit);
	spur_emit_begin(emit, "attachments", '[');
	for (size_t i = 0; i < e->attachment_count; i++)
		spur_emit_uint(emit, NULL, e->attachments[i]);
	spur_emit_close(emit, ']');
	spur_emit_close(emit, '}');
}

static char *place_text(const struct spur_description *d, const struct spur_event *e)
{
	struct spur_buf b = { 0 };

	if (e->signal != SPUR_NOT_KNOWN) {
		spur_buf_addf(&b, "rows of %s", d->signals[e->signal].name);
	} else {
		spur_buf_addf(&b, "%.9g%s", e->value, spur_info_domain_unit(e->domain));
	}
	return spur_buf_steal(&b);
}

static void show_event(const struct spur_description *d, const struct spur_event *e, struct spur_emit *emit)
{
	char *scope = spur_info_scope_text(d, e->scope, e->scope_count), *place = place_text(d, e), *comment = spur_info_one_line(e->comment);

	spur_emit_row(emit, "event");
	spur_emit_text(emit, "at", place);
	spur_emit_text(emit, "kind", e->kind);
	spur_emit_text(emit, "name", e->name);
	spur_emit_text(emit, "range", e->range);
	spur_emit_text(emit, "cause", e->cause);
	spur_emit_text(emit, "scope", scope);
	spur_emit_text(emit, "comment", comment);
	spur_emit_end(emit);
	free(comment);
	free(scope);
	free(place);
}

/* ---- rows that are events ---- */

static void emit_value(struct spur_emit *emit, const char *key, const struct spur_column *c, size_t row)
{
	const struct spur_column *text = c->text != NULL && spur_column_valid(c->text, row) ? c->text : c;
	size_t len;

	if (!spur_column_valid(text, row)) {
		spur_emit_text(emit, key, NULL);
	} else if (text->type == SPUR_TYPE_TEXT || text->type == SPUR_TYPE_BYTES) {
		const char *s = spur_column_bytes(text, row, &len);

		if (text->type == SPUR_TYPE_TEXT)
			spur_emit_textn(emit, key, s, len);
		else
			spur_emit_bytes(emit, key, s, len);
	} else if (c->type == SPUR_TYPE_U64) {
		spur_emit_uint(emit, key, ((const uint64_t *)c->data)[row]);
	} else if (c->type == SPUR_TYPE_I64) {
		spur_emit_int(emit, key, ((const int64_t *)c->data)[row]);
	} else {
		spur_emit_f64(emit, key, spur_column_f64(c, row));
	}
}

static void emit_row(const struct spur_description *d, const struct batch *b, size_t row, struct spur_emit *emit)
{
	const struct spur_event *e = &d->events[b->event];

	spur_emit_begin(emit, NULL, '{');
	spur_emit_text(emit, "kind", e->kind);
	spur_emit_text(emit, "name", e->name);
	spur_emit_text(emit, "comment", e->comment);
	if (b->rows->time_ns != NULL)
		spur_emit_time(emit, "time_ns", b->rows->time_ns[row]);
	else
		spur_emit_text(emit, "time_ns", NULL);
	if (b->rows->master != NULL)
		spur_emit_f64(emit, "value", b->rows->master[row]);
	else
		spur_emit_text(emit, "value", NULL);
	spur_emit_text(emit, "domain", spur_info_domain(e->domain));
	spur_emit_text(emit, "range", e->range);
	spur_emit_text(emit, "cause", e->cause);
	spur_emit_uint(emit, "pattern", b->event);
	spur_emit_begin(emit, "values", '{');
	for (size_t i = 0; i < b->rows->count && i < VALUES_MAX; i++)
		emit_value(emit, d->signals[b->ids[i]].name, &b->rows->columns[i], row);
	spur_emit_close(emit, '}');
	spur_emit_close(emit, '}');
}

/* "level = 3, reason = hot" */
static void add_values(const struct spur_description *d, const struct batch *b, size_t row, struct spur_buf *out)
{
	for (size_t i = 0; i < b->rows->count && i < VALUES_MAX; i++) {
		const struct spur_column *c = &b->rows->columns[i];
		const struct spur_column *text = c->text != NULL && spur_column_valid(c->text, row) ? c->text : c;
		char number[32];

		if (!spur_column_valid(text, row) || text->type == SPUR_TYPE_BYTES)
			continue;
		spur_buf_addf(out, "%s%s = ", out->len == 0 ? "" : ", ", d->signals[b->ids[i]].name);
		if (text->type == SPUR_TYPE_TEXT) {
			size_t len;
			const char *s = spur_column_bytes(text, row, &len);

			spur_buf_add(out, s, len);
		} else {
			spur_buf_add(out, number, spur_f64_text(spur_column_f64(c, row), number));
		}
	}
}

static void show_row(const struct spur_description *d, const struct batch *b, size_t row, struct spur_emit *emit)
{
	const struct spur_event *e = &d->events[b->event];
	char *scope = spur_info_scope_text(d, e->scope, e->scope_count);
	struct spur_buf place = { 0 }, values = { 0 };

	if (b->rows->master != NULL)
		spur_buf_addf(&place, "%.9g%s", b->rows->master[row], spur_info_domain_unit(e->domain));
	add_values(d, b, row, &values);
	char *comment = spur_info_one_line(spur_buf_text(&values));

	spur_emit_row(emit, "event");
	spur_emit_text(emit, "at", spur_buf_text(&place));
	spur_emit_text(emit, "kind", e->kind);
	spur_emit_text(emit, "name", e->name);
	spur_emit_text(emit, "range", e->range);
	spur_emit_text(emit, "cause", e->cause);
	spur_emit_text(emit, "scope", scope);
	spur_emit_text(emit, "comment", comment);
	spur_emit_end(emit);
	spur_buf_finish(&place);
	spur_buf_finish(&values);
	free(comment);
	free(scope);
}

#define EACH_ROW(info, one) do { \
	size_t in_all = 0; \
	for (size_t k = 0; (info)->rows != NULL && k < (info)->rows->count; k++) { \
		const struct batch *b = &(info)->rows->batches[k]; \
		if (k > 0 && b->event != b[-1].event) \
			in_all = 0; \
		for (size_t row = 0; row < b->rows->rows && in_all < ROWS_MAX; row++, in_all++) \
			one; \
	} \
} while (0)

void spur_info_emit_events(const struct spur_info *info, struct spur_emit *emit)
{
	const struct spur_description *d = info->d;

	spur_emit_begin(emit, "events", '[');
	for (uint32_t k = 0; k < d->event_count; k++)
		emit_event(info, k, emit);
	EACH_ROW(info, emit_row(d, b, row, emit));
	spur_emit_close(emit, ']');
}

void spur_info_show_events(const struct spur_info *info, struct spur_emit *emit)
{
	const struct spur_description *d = info->d;

	for (size_t k = 0; k < d->event_count; k++)
		show_event(d, &d->events[k], emit);
	EACH_ROW(info, show_row(d, b, row, emit));
	for (size_t k = 0; info->rows != NULL && k < d->event_count; k++) {
		if (info->rows->more[k])
			spur_emit_note(emit, "events: the first %u rows of %s; spur cat shows all", ROWS_MAX,
				       d->signals[d->events[k].signal].name);
	}
}
