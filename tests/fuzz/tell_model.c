#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/fuzz/tell_model.h"

#define SHOWN 6u	/* values in words */
#define EDGE 256u	/* rows from the begin and the end of a batch whose values count */

/* ---- what a recording holds ---- */

static void tell_signal(const struct spur_signal *s)
{
	fuzz_tell("  signal %" PRIu32 ".%" PRIu32 " '%s' [%s] \"%s\" of '%s' %s raw %s%s%s%s\n", s->group, s->channel, s->name, s->unit,
		  s->comment, s->stream, spur_type_name(s->type), spur_type_name(s->raw_type), s->is_master ? " master" : "",
		  s->refused ? " refused: " : "", s->refused ? s->refusal : "");
}

static void tell_group(const struct spur_group *g)
{
	fuzz_tell(" group %" PRIu32 " '%s' of '%s' \"%s\" rows %" PRIu64 " domain %d signals %" PRIu32 "+%" PRIu32 "%s%s%s\n", g->index, g->name,
		  g->source, g->comment, g->rows, (int)g->domain, g->first_signal, g->signal_count, g->bus ? " bus" : "",
		  g->refusal == NULL ? "" : " refused: ", g->refusal == NULL ? "" : g->refusal);
}

static void tell_stream(const struct spur_stream *s)
{
	fuzz_tell(" stream %" PRIu32 " at %" PRIu32 " '%s' %s schema '%s' %s messages %" PRIu64 "\n", s->id, s->index, s->topic, s->encoding,
		  s->schema_name, s->schema_encoding, s->messages);
	fuzz_tell_bytes("  schema", s->schema, s->schema_len);
	for (size_t k = 0; s->metadata != NULL && s->metadata[k] != NULL; k++)
		fuzz_tell("  metadata %s\n", s->metadata[k]);
}

static void tell_others(const struct spur_description *d)
{
	for (size_t i = 0; i < d->attachment_count; i++) {
		const struct spur_attachment *a = &d->attachments[i];

		fuzz_tell(" attachment '%s' %s %" PRIu64 "+%" PRIu64 " at %" PRId64 " of %" PRId64 "\n", a->name, a->media_type, a->offset, a->size,
			  a->log_time_ns, a->create_time_ns);
	}
	for (size_t i = 0; i < d->event_count; i++) {
		fuzz_tell(" event '%s' \"%s\" %s at %" PRId64, d->events[i].name, d->events[i].comment, d->events[i].kind, d->events[i].time_ns);
		fuzz_tell_f64(" value ", d->events[i].value);
		fuzz_tell("\n");
	}
	for (size_t i = 0; i < d->note_count; i++)
		fuzz_tell(" note %s: %s\n", d->notes[i].key, d->notes[i].value);
}

void fuzz_tell_description(const struct spur_description *d)
{
	if (!fuzz_telling())
		return;
	fuzz_tell("%s %s by '%s', %" PRIu64 " bytes, %s\n", d->format, d->version, d->writer, d->size_bytes, d->compression);
	if (d->has_time)
		fuzz_tell(" %" PRId64 " to %" PRId64 "%s%s\n", d->begin_ns, d->end_ns, d->end_known ? " known" : "", d->local_time ? " local" : "");
	fuzz_tell(" messages %" PRIu64 "\n", d->messages);
	for (size_t i = 0; i < d->group_count; i++)
		tell_group(&d->groups[i]);
	for (size_t i = 0; i < d->signal_count; i++)
		tell_signal(&d->signals[i]);
	for (size_t i = 0; i < d->stream_count; i++)
		tell_stream(&d->streams[i]);
	tell_others(d);
	for (size_t i = 0; i < d->damage_count; i++)
		fuzz_tell(" damage %" PRIu64 "+%" PRIu64 ": %s\n", d->damage[i].offset, d->damage[i].length, d->damage[i].reason);
}

void fuzz_tell_damage(const struct spur_description *d)
{
	if (!fuzz_telling())
		return;
	fuzz_tell("then %s %" PRId64 " to %" PRId64 " messages %" PRIu64 "\n", d->has_time ? "time" : "no time", d->begin_ns, d->end_ns, d->messages);
	for (size_t i = 0; i < d->group_count; i++)
		fuzz_tell(" group %zu rows %" PRIu64 "\n", i, d->groups[i].rows);
	for (size_t i = 0; i < d->stream_count; i++)
		fuzz_tell(" stream %zu messages %" PRIu64 "\n", i, d->streams[i].messages);
	for (size_t i = 0; i < d->damage_count; i++)
		fuzz_tell(" damage %" PRIu64 "+%" PRIu64 ": %s\n", d->damage[i].offset, d->damage[i].length, d->damage[i].reason);
}

/* ---- samples ---- */

/* At least 32 bytes at `to`. */
static void write_f64(double v, char *to)
{
	snprintf(to, 32, "%.9g", isnan(v) ? (double)NAN : v == 0 ? 0 : v);
	if (isnan(v))
		strcpy(to, "nan");
}

void fuzz_tell_f64(const char *before, double v)
{
	char text[32];

	write_f64(v, text);
	fuzz_tell("%s%s", before, text);
}

/* A value as bytes that are the same everywhere. */
static size_t value_bytes(const struct spur_column *c, size_t i, char number[32], const char **out)
{
	size_t size = spur_type_size(c->type), len;

	*out = number;
	if (!spur_column_valid(c, i)) {
		memcpy(number, "null", 5);
		return 4;
	}
	if (size == 0) {
		*out = spur_column_bytes(c, i, &len);
		return len;
	}
	if (c->type == SPUR_TYPE_F32 || c->type == SPUR_TYPE_F64)
		write_f64(spur_column_f64(c, i), number);
	else if (c->type == SPUR_TYPE_U64)
		snprintf(number, 32, "%" PRIu64, ((const uint64_t *)c->data)[i]);
	else if (c->type == SPUR_TYPE_I64)
		snprintf(number, 32, "%" PRId64, ((const int64_t *)c->data)[i]);
	else
		snprintf(number, 32, "%" PRId64, (int64_t)spur_column_f64(c, i));
	return strlen(number);
}

static void tell_column(const struct spur_column *c, const char *what)
{
	uint64_t hash = 0;

	fuzz_tell("  %s %s %s:", what, c->name == NULL ? "-" : c->name, spur_type_name(c->type));
	for (size_t i = 0; i < c->rows; i++) {
		char number[32];
		const char *value;
		size_t len;

		if (i == EDGE && c->rows > 2 * EDGE)
			i = c->rows - EDGE;
		len = value_bytes(c, i, number, &value);
		hash = (hash ^ fuzz_hash(value, len)) * UINT64_C(0x100000001b3);
		if (i < SHOWN)
			fuzz_tell(" %.*s", (int)(len < 40 ? len : 40), len == 0 ? "" : value);
	}
	fuzz_tell(" ~%08x\n", (unsigned)(hash >> 32));
	if (c->text != NULL)
		tell_column(c->text, "text of");
}

static void tell_times(const struct spur_columns *c)
{
	uint64_t hash = 0;
	char number[32];

	if (c->time_ns != NULL && c->rows > 0)
		fuzz_tell("  t %" PRId64 " to %" PRId64 " ~%08x\n", c->time_ns[0], c->time_ns[c->rows - 1],
			  (unsigned)fuzz_hash(c->time_ns, c->rows * sizeof(*c->time_ns)));
	for (size_t i = 0; c->master != NULL && i < c->rows; i++) {
		if (i == EDGE && c->rows > 2 * EDGE)
			i = c->rows - EDGE;
		write_f64(c->master[i], number);
		hash = (hash ^ fuzz_hash(number, strlen(number))) * UINT64_C(0x100000001b3);
		if (i == 0 || i == c->rows - 1)
			fuzz_tell("  master %s", number);
	}
	if (c->master != NULL)
		fuzz_tell(" ~%08x\n", (unsigned)(hash >> 32));
}

void fuzz_tell_columns(const struct spur_columns *c)
{
	if (!fuzz_telling())
		return;
	fuzz_tell(" %zu rows\n", c->rows);
	tell_times(c);
	for (size_t i = 0; i < c->count; i++)
		tell_column(&c->columns[i], "column");
}

void fuzz_tell_message(const struct spur_message *m)
{
	fuzz_tell(" message %" PRIu64 " of %" PRIu32 " sequence %" PRIu32 " at %" PRIu64 ", %" PRIu64 " frame %" PRIx32 " bus %" PRIu32, m->index,
		  m->stream, m->sequence, m->log_time, m->publish_time, m->frame_id, m->bus_channel);
	fuzz_tell_bytes("", m->data, m->size);
}
