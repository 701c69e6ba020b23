#include "config.h"

#include "verb/signal_about.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"

/* The first of the entries about a signal: these lists lie in the order of signals. */
#define FIRST_OF(list, count, i) do { \
	size_t lo = 0, hi = (count); \
	while (lo < hi) { \
		size_t mid = (lo + hi) / 2; \
		if ((list)[mid].signal < (i)) \
			lo = mid + 1; \
		else \
			hi = mid; \
	} \
	return lo; \
} while (0)

static size_t first_relation(const struct spur_description *d, uint32_t i)
{
	FIRST_OF(d->relations, d->relation_count, i);
}

static size_t first_array(const struct spur_description *d, uint32_t i)
{
	FIRST_OF(d->arrays, d->array_count, i);
}

static const struct spur_limits *limits_of(const struct spur_description *d, uint32_t i)
{
	size_t lo = 0, hi = d->limit_count;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (d->limits[mid].signal == i)
			return &d->limits[mid];
		if (d->limits[mid].signal < i)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static void emit_relations(const struct spur_description *d, uint32_t i, struct spur_emit *emit)
{
	size_t from = first_relation(d, i), to, attachments = 0;

	for (to = from; to < d->relation_count && d->relations[to].signal == i; to++) {
		const struct spur_relation *r = &d->relations[to];

		if (r->x != SPUR_NOT_KNOWN) {
			spur_emit_text(emit, "x", d->signals[r->x].name);
			spur_emit_uint(emit, "x_group", d->signals[r->x].group);
		}
		if (r->sync)
			spur_emit_uint(emit, "place_in", r->attachment);
		attachments += r->attachment != SPUR_NOT_KNOWN && !r->sync;
	}
	if (attachments == 0)
		return;
	spur_emit_begin(emit, "attachments", '[');
	for (; from < to; from++) {
		if (d->relations[from].attachment != SPUR_NOT_KNOWN && !d->relations[from].sync)
			spur_emit_uint(emit, NULL, d->relations[from].attachment);
	}
	spur_emit_close(emit, ']');
}

static void emit_span(struct spur_emit *emit, const char *key, bool there, double min, double max)
{
	if (!there)
		return;
	spur_emit_begin(emit, key, '[');
	spur_emit_f64(emit, NULL, min);
	spur_emit_f64(emit, NULL, max);
	spur_emit_close(emit, ']');
}

static void emit_limits(const struct spur_limits *l, struct spur_emit *emit)
{
	if (l->precision >= 0)
		spur_emit_int(emit, "precision", l->precision);
	emit_span(emit, "raw_range", l->has_raw, l->raw_min, l->raw_max);
	emit_span(emit, "range", l->has_physical, l->physical_min, l->physical_max);
	emit_span(emit, "limits", l->has_limit, l->limit_min, l->limit_max);
	emit_span(emit, "extended_limits", l->has_extended, l->extended_min, l->extended_max);
}

static void emit_reference(const struct spur_description *d, struct spur_emit *emit, const char *key, uint32_t signal)
{
	if (signal == SPUR_NOT_KNOWN)
		return;
	spur_emit_begin(emit, key, '{');
	spur_emit_uint(emit, "group", d->signals[signal].group);
	spur_emit_uint(emit, "channel", d->signals[signal].channel);
	spur_emit_text(emit, "name", d->signals[signal].name);
	spur_emit_close(emit, '}');
}

/* Of a fixed axis: what people read, and the raw values where those are others. */
static void emit_values(const struct spur_axis *a, struct spur_emit *emit)
{
	spur_emit_begin(emit, "values", '[');
	for (uint64_t i = 0; i < a->size; i++) {
		if (a->texts != NULL && a->texts[i] != NULL)
			spur_emit_text(emit, NULL, a->texts[i]);
		else
			spur_emit_f64(emit, NULL, a->physical != NULL ? a->physical[i] : a->values[i]);
	}
	spur_emit_close(emit, ']');
	if (a->physical == NULL)
		return;
	spur_emit_begin(emit, "raw_values", '[');
	for (uint64_t i = 0; i < a->size; i++)
		spur_emit_f64(emit, NULL, a->values[i]);
	spur_emit_close(emit, ']');
}

static void emit_axis(const struct spur_description *d, const struct spur_axis *a, struct spur_emit *emit)
{
	spur_emit_begin(emit, NULL, '{');
	spur_emit_uint(emit, "size", a->size);
	if (*a->unit != '\0')
		spur_emit_text(emit, "unit", a->unit);
	if (a->values != NULL)
		emit_values(a, emit);
	emit_reference(d, emit, "signal", a->signal);
	emit_reference(d, emit, "input", a->input);
	emit_reference(d, emit, "length", a->length);
	spur_emit_close(emit, '}');
}

static void emit_array(const struct spur_description *d, const struct spur_array *a, struct spur_emit *emit)
{
	spur_emit_begin(emit, NULL, '{');
	spur_emit_text(emit, "kind", a->kind);
	if (a->inverse)
		spur_emit_bool(emit, "inverse", true);
	if (a->left_open)
		spur_emit_bool(emit, "left_open", true);
	if (a->standard_axis)
		spur_emit_bool(emit, "standard_axis", true);
	spur_emit_begin(emit, "axes", '[');
	for (size_t k = 0; k < a->axis_count; k++)
		emit_axis(d, &a->axes[k], emit);
	spur_emit_close(emit, ']');
	emit_reference(d, emit, "output", a->output);
	emit_reference(d, emit, "comparison", a->comparison);
	spur_emit_close(emit, '}');
}

void spur_signal_emit(const struct spur_description *d, uint32_t signal, struct spur_emit *emit)
{
	const struct spur_limits *l = limits_of(d, signal);
	size_t i = first_array(d, signal);

	if (l != NULL)
		emit_limits(l, emit);
	if (i < d->array_count && d->arrays[i].signal == signal) {
		spur_emit_begin(emit, "arrays", '[');
		for (; i < d->array_count && d->arrays[i].signal == signal; i++)
			emit_array(d, &d->arrays[i], emit);
		spur_emit_close(emit, ']');
	}
	emit_relations(d, signal, emit);
}

/* ---- for people ---- */

static void show_span(struct spur_emit *emit, const char *key, bool there, double min, double max)
{
	struct spur_buf b = { 0 };

	if (there)
		spur_buf_addf(&b, "%.9g .. %.9g", min, max);
	spur_emit_text(emit, key, spur_buf_text(&b));
	spur_buf_finish(&b);
}

static void add_axis(const struct spur_description *d, const struct spur_axis *a, struct spur_buf *b)
{
	uint64_t shown = a->size > 4 ? 2 : a->size;

	spur_buf_addf(b, "%s%" PRIu64, a->length != SPUR_NOT_KNOWN ? "up to " : "", a->size);
	if (a->length != SPUR_NOT_KNOWN)
		spur_buf_addf(b, " by %s", d->signals[a->length].name);
	if (a->signal != SPUR_NOT_KNOWN)
		spur_buf_addf(b, " over %s", d->signals[a->signal].name);
	if (a->input != SPUR_NOT_KNOWN)
		spur_buf_addf(b, " of %s", d->signals[a->input].name);
	for (uint64_t i = 0; a->values != NULL && i < a->size; i++) {
		const double *v = a->physical != NULL ? a->physical : a->values;

		if (i == shown && i + 1 < a->size) {
			spur_buf_adds(b, " ..");
			i = a->size - 1;
		}
		spur_buf_adds(b, i == 0 ? ": " : " ");
		if (a->texts != NULL && a->texts[i] != NULL)
			spur_buf_adds(b, a->texts[i]);
		else
			spur_buf_addf(b, "%.9g", v[i]);
	}
	if (*a->unit != '\0')
		spur_buf_addf(b, " %s", a->unit);
}

/* "look-up: 3 over load; 2: 0 10 rpm" */
static void show_arrays(const struct spur_description *d, uint32_t signal, struct spur_emit *emit)
{
	struct spur_buf b = { 0 };

	for (size_t i = first_array(d, signal); i < d->array_count && d->arrays[i].signal == signal; i++) {
		const struct spur_array *a = &d->arrays[i];

		spur_buf_addf(&b, "%s%s%s%s: ", b.len == 0 ? "" : " / ", a->kind, a->inverse ? ", inverse" : "", a->left_open ? ", left-open" : "");
		for (size_t k = 0; k < a->axis_count; k++) {
			spur_buf_adds(&b, k == 0 ? "" : "; ");
			add_axis(d, &a->axes[k], &b);
		}
		if (a->output != SPUR_NOT_KNOWN)
			spur_buf_addf(&b, "; gives %s", d->signals[a->output].name);
		if (a->comparison != SPUR_NOT_KNOWN)
			spur_buf_addf(&b, "; to compare with %s", d->signals[a->comparison].name);
	}
	spur_emit_text(emit, "axes", spur_buf_text(&b));
	spur_buf_finish(&b);
}

/* "over speed, place in drive.avi, see notes.txt" */
static void show_relations(const struct spur_description *d, uint32_t signal, struct spur_emit *emit)
{
	struct spur_buf b = { 0 };

	for (size_t i = first_relation(d, signal); i < d->relation_count && d->relations[i].signal == signal; i++) {
		const struct spur_relation *r = &d->relations[i];

		spur_buf_adds(&b, b.len == 0 ? "" : ", ");
		if (r->x != SPUR_NOT_KNOWN)
			spur_buf_addf(&b, "over %s", d->signals[r->x].name);
		else
			spur_buf_addf(&b, "%s %s", r->sync ? "place in" : "see", d->attachments[r->attachment].name);
	}
	spur_emit_text(emit, "refers", spur_buf_text(&b));
	spur_buf_finish(&b);
}

void spur_signal_show(const struct spur_description *d, uint32_t signal, struct spur_emit *emit)
{
	static const struct spur_limits none = { .precision = -1 };
	const struct spur_limits *l = limits_of(d, signal);
	char *precision;

	l = l == NULL ? &none : l;
	precision = l->precision >= 0 ? spur_strfmt("%d", l->precision) : spur_strdup("");
	show_span(emit, "range", l->has_physical || l->has_raw, l->has_physical ? l->physical_min : l->raw_min,
		  l->has_physical ? l->physical_max : l->raw_max);
	show_span(emit, "limits", l->has_limit, l->limit_min, l->limit_max);
	show_span(emit, "extended", l->has_extended, l->extended_min, l->extended_max);
	spur_emit_text(emit, "places", precision);
	show_relations(d, signal, emit);
	show_arrays(d, signal, emit);
	free(precision);
}
