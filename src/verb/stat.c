#include "config.h"

#include "verb/stat.h"

#include <math.h>
#include <string.h>

/* Texts longer than this are cut where they are shown, never where they are counted. */
#define SHOWN_BYTES (1u << 16)

static void keep_bytes(struct spur_stat_value *v, enum spur_type type, const char *p, size_t len)
{
	v->type = type;
	spur_buf_clear(&v->bytes);
	spur_buf_add(&v->bytes, p, len < SHOWN_BYTES ? len : SHOWN_BYTES);
}

static void keep_number(struct spur_stat_value *v, const struct spur_column *c, size_t i)
{
	v->type = c->unscaled ? SPUR_TYPE_F64 : c->type;
	if (c->unscaled) {
		v->v.f = spur_column_number(c, i);
		return;
	}
	switch (c->type) {
	case SPUR_TYPE_BOOL:
	case SPUR_TYPE_U8: v->v.u = ((const uint8_t *)c->data)[i]; break;
	case SPUR_TYPE_U16: v->v.u = ((const uint16_t *)c->data)[i]; break;
	case SPUR_TYPE_U32: v->v.u = ((const uint32_t *)c->data)[i]; break;
	case SPUR_TYPE_U64: v->v.u = ((const uint64_t *)c->data)[i]; break;
	case SPUR_TYPE_I8: v->v.i = ((const int8_t *)c->data)[i]; break;
	case SPUR_TYPE_I16: v->v.i = ((const int16_t *)c->data)[i]; break;
	case SPUR_TYPE_I32: v->v.i = ((const int32_t *)c->data)[i]; break;
	case SPUR_TYPE_I64: v->v.i = ((const int64_t *)c->data)[i]; break;
	case SPUR_TYPE_F32: v->v.f32 = ((const float *)c->data)[i]; break;
	case SPUR_TYPE_F64: v->v.f = ((const double *)c->data)[i]; break;
	case SPUR_TYPE_TEXT:
	case SPUR_TYPE_BYTES:
	default: break;
	}
}

static bool has_text(const struct spur_column *c, size_t i)
{
	return c->text != NULL && spur_column_valid(c->text, i);
}

static void keep(struct spur_stat_value *v, const struct spur_column *c, size_t i)
{
	const struct spur_column *text = has_text(c, i) ? c->text : spur_type_is_number(c->type) ? NULL : c;
	const char *p;
	size_t len;

	if (text == NULL) {
		keep_number(v, c, i);
		return;
	}
	p = spur_column_bytes(text, i, &len);
	keep_bytes(v, text->type, p, len);
}

static void add_extent(struct spur_stat *s, const struct spur_column *c, size_t from, size_t n)
{
	struct spur_extent e;

	if (n == 0)
		return;
	spur_extent_of(c->type, (const char *)c->data + from * spur_type_size(c->type), n, &e);
	if (c->unscaled)
		spur_extent_scale(&e, c->factor, c->offset);
	spur_extent_join(&s->numbers, &e);
}

/* Runs of numbers between the samples that are texts. */
static void add_numbers(struct spur_stat *s, const struct spur_column *c)
{
	size_t from = 0;

	if (!spur_type_is_number(c->type))
		return;
	for (size_t i = 0; c->text != NULL && i < c->rows; i++) {
		if (!has_text(c, i))
			continue;
		add_extent(s, c, from, i - from);
		from = i + 1;
	}
	add_extent(s, c, from, c->rows - from);
}

static void keep_last(struct spur_stat *s, const struct spur_column *c)
{
	for (size_t i = c->rows < SPUR_STAT_LAST ? 0 : c->rows - SPUR_STAT_LAST; i < c->rows; i++) {
		struct spur_stat_value oldest = s->last[0];

		if (s->last_count < SPUR_STAT_LAST) {
			keep(&s->last[s->last_count++], c, i);
			continue;
		}
		memmove(s->last, s->last + 1, (SPUR_STAT_LAST - 1) * sizeof(s->last[0]));
		s->last[SPUR_STAT_LAST - 1] = oldest;
		keep(&s->last[SPUR_STAT_LAST - 1], c, i);
	}
}

static void count_invalid(struct spur_stat *s, const struct spur_column *c)
{
	for (size_t i = 0; c->validity != NULL && i < c->rows; i++)
		s->n_invalid += !spur_column_valid(c, i) && !has_text(c, i);
}

void spur_stat_add(struct spur_stat *s, const struct spur_column *c, const double *master)
{
	if (c->rows == 0)
		return;
	if (s->n == 0)
		s->t_first = master == NULL ? 0 : master[0];
	s->t_last = master == NULL ? (double)(s->n + c->rows - 1) : master[c->rows - 1];
	for (size_t i = 0; i < c->rows && s->first_count < SPUR_STAT_FIRST; i++)
		keep(&s->first[s->first_count++], c, i);
	keep_last(s, c);
	add_numbers(s, c);
	count_invalid(s, c);
	s->n += c->rows;
}

static void emit_value(const struct spur_stat_value *v, struct spur_emit *emit)
{
	switch (v->type) {
	case SPUR_TYPE_TEXT:
		spur_emit_textn(emit, NULL, spur_buf_text(&v->bytes), v->bytes.len);
		break;
	case SPUR_TYPE_BYTES:
		spur_emit_bytes(emit, NULL, v->bytes.data, v->bytes.len);
		break;
	case SPUR_TYPE_F64:
		spur_emit_f64(emit, NULL, v->v.f);
		break;
	case SPUR_TYPE_F32:
		spur_emit_f64(emit, NULL, (double)v->v.f32);
		break;
	case SPUR_TYPE_I8:
	case SPUR_TYPE_I16:
	case SPUR_TYPE_I32:
	case SPUR_TYPE_I64:
		spur_emit_int(emit, NULL, v->v.i);
		break;
	default:
		spur_emit_uint(emit, NULL, v->v.u);
		break;
	}
}

static void emit_number(struct spur_emit *emit, const char *key, bool known, double v)
{
	if (known)
		spur_emit_f64(emit, key, v);
	else
		spur_emit_text(emit, key, NULL);
}

static void emit_values(struct spur_emit *emit, const char *key, const struct spur_stat_value *v, unsigned n)
{
	spur_emit_begin(emit, key, '[');
	for (unsigned i = 0; i < n; i++)
		emit_value(&v[i], emit);
	spur_emit_close(emit, ']');
}

void spur_stat_emit(const struct spur_stat *s, struct spur_emit *emit)
{
	bool any = s->numbers.n > 0;
	double sum = isfinite(s->numbers.sum) ? s->numbers.sum + s->numbers.carry : s->numbers.sum;

	spur_emit_uint(emit, "n", s->n);
	emit_number(emit, "t_first", s->n > 0, s->t_first);
	emit_number(emit, "t_last", s->n > 0, s->t_last);
	emit_number(emit, "min", any, s->numbers.min);
	emit_number(emit, "max", any, s->numbers.max);
	emit_number(emit, "mean", any, any ? sum / (double)s->numbers.n : 0);
	spur_emit_detail(emit);
	spur_emit_uint(emit, "n_invalid", s->n_invalid);
	emit_values(emit, "first", s->first, s->first_count);
	emit_values(emit, "last", s->last, s->last_count);
	emit_number(emit, "sum", any, sum);
}

void spur_stat_finish(struct spur_stat *s)
{
	for (unsigned i = 0; i < SPUR_STAT_FIRST; i++)
		spur_buf_finish(&s->first[i].bytes);
	for (unsigned i = 0; i < SPUR_STAT_LAST; i++)
		spur_buf_finish(&s->last[i].bytes);
}
