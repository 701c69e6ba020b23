#include "config.h"

#include "export/registry.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "io/out.h"

/*
 * RFC 4180 with \n: a heading, then one line per row. Times are integer ns since 1970, doubles
 * round-trip, a null is empty, an empty text is "", bytes are hex, an array is [a;b;...].
 */
struct csv {
	const struct spur_export_spec *spec;
	struct spur_out *out;
	struct spur_buf line;
};

static void discard(void *state)
{
	struct csv *c = state;

	if (c == NULL)
		return;
	spur_out_discard(c->out);
	spur_buf_finish(&c->line);
	free(c);
}

static void add_field(struct spur_buf *b, const char *s, size_t len)
{
	bool plain = len > 0;

	for (size_t i = 0; i < len && plain; i++)
		plain = strchr(",\"\r\n", s[i]) == NULL || s[i] == '\0';
	if (plain) {
		spur_buf_add(b, s, len);
		return;
	}
	spur_buf_addc(b, '"');
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"')
			spur_buf_addc(b, '"');
		spur_buf_addc(b, s[i]);
	}
	spur_buf_addc(b, '"');
}

static void add_number(struct spur_buf *b, enum spur_type t, const void *data, size_t i)
{
	char text[32];

	switch (t) {
	case SPUR_TYPE_BOOL: spur_buf_adds(b, ((const uint8_t *)data)[i] != 0 ? "true" : "false"); break;
	case SPUR_TYPE_I8: spur_buf_addf(b, "%d", ((const int8_t *)data)[i]); break;
	case SPUR_TYPE_U8: spur_buf_addf(b, "%u", ((const uint8_t *)data)[i]); break;
	case SPUR_TYPE_I16: spur_buf_addf(b, "%d", ((const int16_t *)data)[i]); break;
	case SPUR_TYPE_U16: spur_buf_addf(b, "%u", ((const uint16_t *)data)[i]); break;
	case SPUR_TYPE_I32: spur_buf_addf(b, "%" PRId32, ((const int32_t *)data)[i]); break;
	case SPUR_TYPE_U32: spur_buf_addf(b, "%" PRIu32, ((const uint32_t *)data)[i]); break;
	case SPUR_TYPE_I64: spur_buf_addf(b, "%" PRId64, ((const int64_t *)data)[i]); break;
	case SPUR_TYPE_U64: spur_buf_addf(b, "%" PRIu64, ((const uint64_t *)data)[i]); break;
	case SPUR_TYPE_F32: spur_buf_add(b, text, spur_f32_text(((const float *)data)[i], text)); break;
	case SPUR_TYPE_F64: spur_buf_add(b, text, spur_f64_text(((const double *)data)[i], text)); break;
	case SPUR_TYPE_TEXT:
	case SPUR_TYPE_BYTES: break;
	}
}

static void add_array(struct spur_buf *b, const struct spur_export_column *want, const void *data)
{
	spur_buf_addc(b, '[');
	for (uint64_t k = 0; k < spur_export_elements(want); k++) {
		if (k > 0)
			spur_buf_addc(b, ';');
		add_number(b, want->type, data, (size_t)k);
	}
	spur_buf_addc(b, ']');
}

static void add_value(struct spur_buf *b, const struct spur_export_column *want, const struct spur_column *col, size_t i)
{
	size_t len;
	const char *p;

	if (!spur_column_valid(col, i))
		return;
	if (spur_type_is_number(col->type)) {
		add_number(b, col->type, col->data, i);
		return;
	}
	p = spur_column_bytes(col, i, &len);
	if (want->ndim > 0) {
		add_array(b, want, p);
	} else if (col->type == SPUR_TYPE_TEXT) {
		add_field(b, p, len);
	} else {
		for (size_t k = 0; k < len; k++)
			spur_buf_addf(b, "%02x", (unsigned)(unsigned char)p[k]);
	}
}

static enum spur_status begin(const struct spur_export_spec *spec, const char *tmp, void **state, struct spur_error *err)
{
	struct csv *c = spur_calloc(1, sizeof(*c));
	enum spur_status st;

	*state = c;
	c->spec = spec;
	if ((st = spur_out_create(tmp, &c->out, err)) < 0)
		return st;
	if (spec->time_name != NULL)
		add_field(&c->line, spec->time_name, strlen(spec->time_name));
	for (size_t i = 0; i < spec->count; i++) {
		if (i > 0 || spec->time_name != NULL)
			spur_buf_addc(&c->line, ',');
		add_field(&c->line, spec->columns[i].name, strlen(spec->columns[i].name));
	}
	spur_buf_addc(&c->line, '\n');
	return spur_out_write(c->out, c->line.data, c->line.len, err);
}

static enum spur_status put(void *state, const struct spur_columns *rows, struct spur_error *err)
{
	struct csv *c = state;
	enum spur_status st = spur_export_check(c->spec, rows, err);

	for (size_t i = 0; i < rows->rows && st == SPUR_OK; i++) {
		spur_buf_clear(&c->line);
		if (c->spec->time_name != NULL)
			spur_buf_addf(&c->line, "%" PRId64, rows->time_ns[i]);
		for (size_t k = 0; k < rows->count; k++) {
			if (k > 0 || c->spec->time_name != NULL)
				spur_buf_addc(&c->line, ',');
			add_value(&c->line, &c->spec->columns[k], &rows->columns[k], i);
		}
		spur_buf_addc(&c->line, '\n');
		st = spur_out_write(c->out, c->line.data, c->line.len, err);
	}
	return st;
}

static enum spur_status end(void *state, struct spur_error *err)
{
	struct csv *c = state;
	enum spur_status st = spur_out_commit(c->out, err);

	c->out = NULL;
	return st;
}

const struct spur_exporter spur_exporter_csv = {
	.id = "csv", .title = "comma-separated text", .suffix = ".csv",
	.begin = begin, .put = put, .end = end, .free = discard,
};
