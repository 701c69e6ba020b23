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
	fuzz_tell(" group %" PRIu32 " '%s' of '%s' \"%s\" rows %" PRIu64 " domain %d signals %" PRIu32 "+%" PRIu32 "%s/%s/%s%s%s\n", g->index, g->name,
		  g->source, g->comment, g->rows, (int)g->domain, g->first_signal, g->signal_count, g->bus ? " bus" : "",
		  g->source_kind == NULL ? "" : g->source_kind, g->bus_kind == NULL ? "" : g->bus_kind, g->refusal == NULL ? "" : " refused: ", g->refusal == NULL ? "" : g->refusal);
}

static void tell_stream(const struct spur_stream *s)
{
	fuzz_tell(" stream %" PRIu32 " at %" PRIu32 " '%s' %s schema '%s' %s messages %" PRIu64 "\n", s->id, s->index, s->topic, s->encoding,
		  s->schema_name, s->schema_encoding, s->messages);
	fuzz_tell_bytes("  schema", s->schema, s->schema_len);
	for (size_t k = 0; s->metadata != NULL && s->metadata[k] != NULL; k++)
		fuzz_tell("  metadata %s\n", s->metadata[k]);
}

static void tell_scope(const char *what, const struct spur_scope *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fuzz_tell("%s %" PRIu32 ".%" PRId32, i == 0 ? what : ",", s[i].group, (int32_t)s[i].signal);
}

static void tell_attachment(const struct spur_attachment *a)
{
	fuzz_tell(" attachment '%s' %s %" PRIu64 "+%" PRIu64 " at %" PRId64 " of %" PRId64, a->name, a->media_type, a->offset, a->size,
		  a->log_time_ns, a->create_time_ns);
	fuzz_tell(" %s %" PRIu64 " \"%s\"", a->packing == NULL ? "plain" : a->packing, a->stored, a->comment == NULL ? "" : a->comment);
	fuzz_tell_bytes(" sum", a->md5, a->md5 == NULL ? 0 : 16);
}

static void tell_event(const struct spur_event *e)
{
	fuzz_tell(" event '%s' \"%s\" %s %s at %" PRId64 "%s of domain %d", e->name, e->comment, e->kind, e->range, e->time_ns,
		  e->timed ? "" : " not", (int)e->domain);
	fuzz_tell_f64(" value ", e->value);
	fuzz_tell(" cause %s group '%s' parent %" PRId32 " partner %" PRId32 " signal %" PRId32 "%s", e->cause == NULL ? "-" : e->cause,
		  e->group_name == NULL ? "" : e->group_name, (int32_t)e->parent, (int32_t)e->partner, (int32_t)e->signal,
		  e->later ? " later" : "");
	tell_scope(" scope", e->scope, e->scope_count);
	for (size_t i = 0; i < e->attachment_count; i++)
		fuzz_tell(" with %" PRIu32, e->attachments[i]);
	fuzz_tell("\n");
}

static void tell_around(const struct spur_description *d)
{
	for (size_t i = 0; i < d->node_count; i++) {
		fuzz_tell(" node %" PRIu32 " below %" PRId32 " '%s' \"%s\" %s", d->nodes[i].depth, (int32_t)d->nodes[i].parent, d->nodes[i].name,
			  d->nodes[i].comment, d->nodes[i].kind);
		tell_scope(" of", d->nodes[i].members, d->nodes[i].member_count);
		fuzz_tell("\n");
	}
	for (size_t i = 0; i < d->history_count; i++) {
		const struct spur_history *h = &d->history[i];

		fuzz_tell(" history %" PRId64 "%s%s '%s' '%s' '%s' '%s' \"%s\"\n", h->time_ns, h->timed ? "" : " not", h->local_time ? " local" : "",
			  h->tool, h->version, h->vendor, h->user, h->comment);
	}
	for (size_t i = 0; i < d->reduction_count; i++) {
		fuzz_tell(" reduction of %" PRIu32 " rows %" PRIu64 " domain %d%s", d->reductions[i].group, d->reductions[i].rows,
			  (int)d->reductions[i].domain, d->reductions[i].with_invalid ? " with invalid" : "");
		fuzz_tell_f64(" every ", d->reductions[i].interval);
		fuzz_tell("\n");
	}
	for (size_t i = 0; i < d->relation_count; i++)
		fuzz_tell(" relation of %" PRIu32 " x %" PRId32 " attachment %" PRId32 "\n", d->relations[i].signal, (int32_t)d->relations[i].x,
			  (int32_t)d->relations[i].attachment);
}

static void tell_others(const struct spur_description *d)
{
	for (size_t i = 0; i < d->attachment_count; i++)
		tell_attachment(&d->attachments[i]);
	for (size_t i = 0; i < d->event_count; i++)
		tell_event(&d->events[i]);
	tell_around(d);
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
	if (d->zone_known)
		fuzz_tell(" zone %d summer %d\n", d->zone_min, d->summer_min);
	if (d->clock != NULL)
		fuzz_tell(" clock %s\n", d->clock);
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
