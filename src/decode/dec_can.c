#include "config.h"

#include "decode/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "decode/dbc.h"

/*
 * Raw CAN frames by a DBC, which is the schema of the stream: fields are "MESSAGE.SIGNAL"; of a
 * frame, those of its message have values and the others are null.
 */
struct spur_decoding {
	struct spur_dbc *dbc;
	struct spur_arena *arena;
	struct spur_fields fields;
	struct spur_field *list;
	struct where {
		const struct spur_dbc_message *message;
		const struct spur_dbc_signal *signal;
	} *where;	/* per field */
};

#define ARENA_MAX (UINT64_C(256) << 20)

static int match(const struct spur_stream *s)
{
	return strcmp(s->encoding, "can") == 0 && strcmp(s->schema_encoding, "dbc") == 0 ? 100 : 0;
}

static void close_can(struct spur_decoding *d)
{
	if (d == NULL)
		return;
	spur_dbc_destroy(d->dbc);
	spur_arena_destroy(d->arena);
	free(d->list);
	free(d->where);
	free(d);
}

static enum spur_status name_field(struct spur_decoding *d, const struct spur_dbc_message *m, const struct spur_dbc_signal *s,
				   struct spur_error *err)
{
	char *path = spur_strfmt("%s.%s", m->name, s->name), *kept = spur_arena_str(d->arena, path);

	free(path);
	if (kept == NULL)
		return spur_fail(err, SPUR_ENOMEM, "no room for the field names of the DBC");
	d->where[d->fields.count] = (struct where){ m, s };
	d->list[d->fields.count++] = (struct spur_field){ .path = kept, .unit = s->unit, .type = spur_dbc_type(s, false) };
	return SPUR_OK;
}

static enum spur_status list_fields(struct spur_decoding *d, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;
	size_t count, total = 0;
	const struct spur_dbc_message *m = spur_dbc_messages(d->dbc, &count);

	for (size_t i = 0; i < count; i++)
		total += m[i].signal_count;
	d->list = spur_calloc(total, sizeof(*d->list));
	d->where = spur_calloc(total, sizeof(*d->where));
	d->fields.fields = d->list;
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < m[i].signal_count && st >= 0; k++)
			st = name_field(d, &m[i], &m[i].signals[k], err);
	}
	return st;
}

static enum spur_status open_can(const struct spur_stream *s, struct spur_decoding **out, struct spur_error *err)
{
	struct spur_decoding *d = spur_calloc(1, sizeof(*d));
	enum spur_status st = spur_dbc_parse(s->schema, s->schema_len, &d->dbc, err);

	*out = NULL;
	d->arena = spur_arena_create(ARENA_MAX);
	if (st < 0 || (st = list_fields(d, err)) < 0) {
		close_can(d);
		return st;
	}
	*out = d;
	return SPUR_OK;
}

static const struct spur_fields *fields(const struct spur_decoding *d)
{
	return &d->fields;
}

static enum spur_status walk(struct spur_decoding *d, const struct spur_message *m, const struct spur_visitor *v,
			     struct spur_error *err)
{
	const struct spur_dbc_message *known = spur_dbc_find(d->dbc, m->frame_id);
	uint64_t raw;

	if (known == NULL)
		return spur_fail(err, SPUR_ENOTFOUND, "frame 0x%x is not in the DBC", m->frame_id & 0x7fffffffu);
	v->begin(v->state, NULL, '{');
	for (size_t i = 0; i < known->signal_count; i++) {
		const struct spur_dbc_signal *s = &known->signals[i];
		const uint8_t *bytes;
		const char *text;
		size_t count;

		if ((bytes = spur_dbc_bytes(s, m->data, m->size, &count)) != NULL && spur_dbc_present(known, s, m->data, m->size))
			v->bytes(v->state, s->name, bytes, count);
		if (!spur_dbc_present(known, s, m->data, m->size) || !spur_dbc_raw(s, m->data, m->size, &raw))
			continue;
		if ((text = spur_dbc_text(s, raw)) != NULL)
			v->text(v->state, s->name, text, strlen(text));
		else if (spur_dbc_unavailable(known, s, raw))
			v->null(v->state, s->name);
		else
			v->f64(v->state, s->name, spur_dbc_physical(s, raw));
	}
	v->end(v->state, '}');
	return SPUR_OK;
}

static enum spur_status columns(struct spur_decoding *d, const struct spur_batch *in, const size_t *wanted, size_t count,
				struct spur_columns **out, uint64_t *bad, struct spur_error *err)
{
	const struct spur_dbc_style style = { .with_text = true };
	struct spur_columns_builder *to = spur_columns_builder_create();

	for (size_t c = 0; c < count; c++) {
		if (wanted[c] >= d->fields.count) {
			spur_columns_builder_destroy(to);
			return spur_fail(err, SPUR_EINVAL, "field %zu of %zu", wanted[c], d->fields.count);
		}
		spur_columns_builder_add(to, d->list[wanted[c]].path, d->list[wanted[c]].type);
	}
	for (size_t i = 0; i < in->count; i++) {
		const struct spur_message *m = &in->messages[i];
		const struct spur_dbc_message *known = spur_dbc_find(d->dbc, m->frame_id);

		*bad += known == NULL;
		for (size_t c = 0; c < count; c++) {
			const struct where *w = &d->where[wanted[c]];

			if (w->message == known)
				spur_dbc_append(known, w->signal, m->data, m->size, style, to, c);
			else
				spur_columns_builder_null(to, c);
		}
		spur_columns_builder_time(to, (int64_t)m->log_time);
	}
	*out = spur_columns_builder_take(to);
	spur_columns_builder_destroy(to);
	return SPUR_OK;
}

const struct spur_decoder spur_decoder_can = {
	.id = "can",
	.match = match,
	.open = open_can,
	.fields = fields,
	.walk = walk,
	.columns = columns,
	.close = close_can,
};
