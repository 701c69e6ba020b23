#include "config.h"

#include "decode/selfdesc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "decode/jsonfields.h"
#include "decode/jsonpath.h"
#include "decode/jsonvisit.h"

struct spur_decoding {
	struct spur_jsonfields *fields;
	spur_selfdesc_read *read;
};

#define SCHEMA_MAX ((size_t)16 << 20)

enum spur_status spur_selfdesc_open(const struct spur_stream *s, spur_selfdesc_read *read, struct spur_decoding **out,
				    struct spur_error *err)
{
	struct spur_decoding *d;

	*out = NULL;
	if (s->schema_len > SCHEMA_MAX)
		return spur_fail(err, SPUR_EUNSUPPORTED, "schema of %zu bytes, %zu at most", s->schema_len, SCHEMA_MAX);
	d = spur_calloc(1, sizeof(*d));
	d->read = read;
	d->fields = spur_jsonfields_create();
	if (strcmp(s->schema_encoding, "jsonschema") == 0)
		spur_jsonfields_schema(d->fields, s->schema, s->schema_len);
	*out = d;
	return SPUR_OK;
}

void spur_selfdesc_close(struct spur_decoding *d)
{
	if (d == NULL)
		return;
	spur_jsonfields_destroy(d->fields);
	free(d);
}

const struct spur_fields *spur_selfdesc_fields(const struct spur_decoding *d)
{
	return spur_jsonfields_list(d->fields);
}

enum spur_status spur_selfdesc_learn(struct spur_decoding *d, const struct spur_batch *sample, struct spur_error *err)
{
	(void)err;
	for (size_t i = 0; i < sample->count; i++)
		spur_jsonfields_learn(d->fields, d->read, sample->messages[i].data, sample->messages[i].size);
	return SPUR_OK;
}

enum spur_status spur_selfdesc_walk(struct spur_decoding *d, const struct spur_message *m, const struct spur_visitor *v,
				    struct spur_error *err)
{
	return d->read(m->data, m->size, v, err);
}

/* Which field goes where while one batch is read. */
struct pick {
	const struct spur_jsonfields *known;
	const struct spur_fields *list;
	struct spur_columns_builder *to;
	size_t *first, *next;		/* per field: column + 1; per column: the next of the same field + 1 */
	struct spur_jsonpath at;
	size_t row;
	unsigned inside;		/* open brackets of what is taken as a whole */
	size_t whole;			/* its field */
	struct spur_buf text;
	struct spur_json json;
	struct spur_visitor as_json;
};

/* One value of a column whose type may not be its own: the number it is, or its text twin. */
struct value {
	enum { V_I64, V_U64, V_F64, V_BOOL, V_TEXT, V_BYTES } kind;
	int64_t i;
	uint64_t u;
	double f;
	const char *s;
	size_t len;
};

static void value_text(const struct value *v, struct spur_buf *out)
{
	char number[32];

	spur_buf_clear(out);
	switch (v->kind) {
	case V_I64: spur_buf_addf(out, "%lld", (long long)v->i); break;
	case V_U64: spur_buf_addf(out, "%llu", (unsigned long long)v->u); break;
	case V_F64: spur_buf_add(out, number, spur_f64_text(v->f, number)); break;
	case V_BOOL: spur_buf_adds(out, v->i != 0 ? "true" : "false"); break;
	case V_TEXT: spur_buf_add(out, v->s, v->len); break;
	case V_BYTES: spur_base64(out, v->s, v->len); break;
	}
}

static bool named_number(const struct value *v, double *out)
{
	static const char *const names[] = { "NaN", "Infinity", "-Infinity" };

	for (size_t i = 0; i < 3; i++) {
		if (v->len == strlen(names[i]) && memcmp(v->s, names[i], v->len) == 0) {
			*out = strtod(names[i], NULL);
			return true;
		}
	}
	return false;
}

/* Whole numbers between two types, exact or not at all. */
static bool as_whole(const struct value *v, bool is_signed, uint64_t *bits)
{
	switch (v->kind) {
	case V_BOOL:
	case V_I64:
		*bits = (uint64_t)v->i;
		return is_signed || v->i >= 0;
	case V_U64:
		*bits = v->u;
		return !is_signed || v->u <= INT64_MAX;
	case V_F64:
		if (!(v->f >= (is_signed ? -0x1p63 : 0) && v->f < (is_signed ? 0x1p63 : 0x1p64)) || v->f != floor(v->f))
			return false;
		*bits = is_signed ? (uint64_t)(int64_t)v->f : (uint64_t)v->f;
		return true;
	case V_TEXT:
	case V_BYTES: break;
	}
	return false;
}

static bool as_f64(const struct value *v, double *out)
{
	switch (v->kind) {
	case V_BOOL:
	case V_I64: *out = (double)v->i; return true;
	case V_U64: *out = (double)v->u; return true;
	case V_F64: *out = v->f; return true;
	case V_TEXT: return named_number(v, out);
	case V_BYTES: break;
	}
	return false;
}

static bool base64_bytes(const struct value *v, struct spur_buf *out)
{
	uint32_t acc = 0;
	unsigned bits = 0;

	spur_buf_clear(out);
	for (size_t i = 0; i < v->len && v->s[i] != '='; i++) {
		char c = v->s[i];
		int d = c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 :
			c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;

		if (d < 0)
			return false;
		acc = (acc << 6 | (uint32_t)d) & 0xffffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			spur_buf_addc(out, (char)(acc >> bits & 255));
		}
	}
	return true;
}

static void put_whole(struct spur_columns_builder *to, size_t c, uint64_t bits)
{
	memcpy(spur_columns_builder_reserve(to, c, 1), &bits, sizeof(bits));
	spur_columns_builder_advance(to, c, 1);
}

static void put_value(struct pick *p, size_t c, enum spur_type type, const struct value *v)
{
	uint64_t bits;
	double d;

	if (spur_columns_builder_rows(p->to, c) > p->row)
		return;		/* the same key twice: the first one stays */
	if (type == SPUR_TYPE_BYTES && v->kind == V_BYTES) {
		spur_columns_builder_bytes(p->to, c, v->s, v->len);
	} else if (type == SPUR_TYPE_TEXT || (type == SPUR_TYPE_BYTES && v->kind == V_TEXT && base64_bytes(v, &p->text))) {
		if (type == SPUR_TYPE_TEXT)
			value_text(v, &p->text);
		spur_columns_builder_bytes(p->to, c, spur_buf_text(&p->text), p->text.len);
	} else if (type == SPUR_TYPE_BYTES || type == SPUR_TYPE_BOOL) {
		if (type == SPUR_TYPE_BOOL && v->kind < V_TEXT && as_f64(v, &d))
			spur_columns_builder_f64(p->to, c, d);
		else
			spur_columns_builder_null(p->to, c);
	} else if ((type == SPUR_TYPE_I64 || type == SPUR_TYPE_U64) && as_whole(v, type == SPUR_TYPE_I64, &bits)) {
		put_whole(p->to, c, bits);
	} else if (type == SPUR_TYPE_F64 && as_f64(v, &d)) {
		spur_columns_builder_f64(p->to, c, d);
	} else {	/* of another kind than the column: its text stands beside */
		value_text(v, &p->text);
		spur_columns_builder_null(p->to, c);
		spur_columns_builder_text(p->to, c, p->row, spur_buf_text(&p->text), p->text.len);
	}
}

static void take(struct pick *p, const char *key, const struct value *v)
{
	size_t mark = spur_jsonpath_enter(&p->at, key);
	size_t field = spur_jsonfields_find(p->known, spur_buf_text(&p->at.path), p->at.path.len);

	for (size_t c = field == SIZE_MAX ? 0 : p->first[field]; c != 0; c = p->next[c - 1])
		put_value(p, c - 1, p->list->fields[field].type, v);
	p->at.path.len = mark;
}

static void on_begin(void *state, const char *key, char bracket)
{
	struct pick *p = state;
	size_t field;

	if (p->inside > 0) {
		p->inside++;
		p->as_json.begin(p->as_json.state, key, bracket);
		return;
	}
	spur_jsonpath_begin(&p->at, key, bracket);
	field = spur_jsonfields_find(p->known, spur_buf_text(&p->at.path), p->at.path.len);
	if (field == SIZE_MAX || p->first[field] == 0 || !p->list->fields[field].array)
		return;
	p->inside = 1;
	p->whole = field;
	spur_buf_clear(&p->text);
	p->json = (struct spur_json){ .out = &p->text };
	p->as_json.begin(p->as_json.state, NULL, bracket);
}

static void on_end(void *state, char bracket)
{
	struct pick *p = state;

	if (p->inside > 0)
		p->as_json.end(p->as_json.state, bracket);
	if (p->inside > 0 && --p->inside > 0)
		return;
	if (p->whole != SIZE_MAX) {
		for (size_t c = p->first[p->whole]; c != 0; c = p->next[c - 1]) {
			if (spur_columns_builder_rows(p->to, c - 1) <= p->row)
				spur_columns_builder_bytes(p->to, c - 1, spur_buf_text(&p->text), p->text.len);
		}
		p->whole = SIZE_MAX;
	}
	spur_jsonpath_end(&p->at);
}

static void on_i64(void *state, const char *key, int64_t i)
{
	struct pick *p = state;

	if (p->inside > 0)
		p->as_json.i64(p->as_json.state, key, i);
	else
		take(p, key, &(struct value){ .kind = V_I64, .i = i });
}

static void on_u64(void *state, const char *key, uint64_t u)
{
	struct pick *p = state;

	if (p->inside > 0)
		p->as_json.u64(p->as_json.state, key, u);
	else
		take(p, key, &(struct value){ .kind = V_U64, .u = u });
}

static void on_f64(void *state, const char *key, double f)
{
	struct pick *p = state;

	if (p->inside > 0)
		p->as_json.f64(p->as_json.state, key, f);
	else
		take(p, key, &(struct value){ .kind = V_F64, .f = f });
}

static void on_bool(void *state, const char *key, bool b)
{
	struct pick *p = state;

	if (p->inside > 0)
		p->as_json.boolean(p->as_json.state, key, b);
	else
		take(p, key, &(struct value){ .kind = V_BOOL, .i = b });
}

static void on_text(void *state, const char *key, const char *s, size_t len)
{
	struct pick *p = state;

	if (p->inside > 0)
		p->as_json.text(p->as_json.state, key, s, len);
	else
		take(p, key, &(struct value){ .kind = V_TEXT, .s = s, .len = len });
}

static void on_f32(void *state, const char *key, float f)
{
	on_f64(state, key, (double)f);
}

static void on_bytes(void *state, const char *key, const void *data, size_t len)
{
	struct pick *p = state;

	if (p->inside > 0)
		p->as_json.bytes(p->as_json.state, key, data, len);
	else
		take(p, key, &(struct value){ .kind = V_BYTES, .s = data, .len = len });
}

static void on_null(void *state, const char *key)
{
	struct pick *p = state;

	if (p->inside > 0)
		p->as_json.null(p->as_json.state, key);
	else
		p->at.path.len = spur_jsonpath_enter(&p->at, key);
}

static void plan(struct pick *p, const struct spur_decoding *d, const size_t *wanted, size_t count)
{
	*p = (struct pick){ .known = d->fields, .list = spur_selfdesc_fields(d), .to = spur_columns_builder_create(), .whole = SIZE_MAX };
	p->first = spur_calloc(p->list->count, sizeof(*p->first));
	p->next = spur_calloc(count, sizeof(*p->next));
	for (size_t c = 0; c < count; c++) {
		spur_columns_builder_add(p->to, p->list->fields[wanted[c]].path, p->list->fields[wanted[c]].type);
		p->next[c] = p->first[wanted[c]];
		p->first[wanted[c]] = c + 1;
	}
	p->as_json = spur_visitor_json(&p->json);
}

static void unplan(struct pick *p)
{
	spur_columns_builder_destroy(p->to);
	spur_jsonpath_finish(&p->at);
	spur_buf_finish(&p->text);
	free(p->first);
	free(p->next);
}

static void even_out(struct pick *p, size_t count, bool failed)
{
	for (size_t c = 0; c < count; c++) {
		if (spur_columns_builder_rows(p->to, c) <= p->row)
			spur_columns_builder_null(p->to, c);
		else if (failed)
			spur_columns_builder_invalidate(p->to, c, p->row);
	}
}

enum spur_status spur_selfdesc_columns(struct spur_decoding *d, const struct spur_batch *in, const size_t *wanted, size_t count,
				       struct spur_columns **out, uint64_t *bad, struct spur_error *err)
{
	struct pick p;
	const struct spur_visitor v = {
		.state = &p, .begin = on_begin, .end = on_end, .i64 = on_i64, .u64 = on_u64, .f64 = on_f64,
		.f32 = on_f32, .boolean = on_bool, .text = on_text, .bytes = on_bytes, .null = on_null,
	};

	for (size_t c = 0; c < count; c++) {
		if (wanted[c] >= spur_selfdesc_fields(d)->count)
			return spur_fail(err, SPUR_EINVAL, "field %zu of %zu", wanted[c],
					 spur_selfdesc_fields(d)->count);
	}
	plan(&p, d, wanted, count);
	for (p.row = 0; p.row < in->count; p.row++) {
		bool failed = d->read(in->messages[p.row].data, in->messages[p.row].size, &v, NULL) < 0;

		*bad += failed;
		even_out(&p, count, failed);
		spur_columns_builder_time(p.to, (int64_t)in->messages[p.row].log_time);
	}
	*out = spur_columns_builder_take(p.to);
	unplan(&p);
	return SPUR_OK;
}
