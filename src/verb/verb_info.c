#include "config.h"

#include "verb/file.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "verb/info_terminal.h"

static void emit_optional(struct spur_emit *emit, const char *key, uint64_t v)
{
	if (v != UINT64_MAX)
		spur_emit_uint(emit, key, v);
	else
		spur_emit_text(emit, key, NULL);
}

static void emit_times(const struct spur_description *d, struct spur_emit *emit)
{
	if (!d->has_time) {
		spur_emit_text(emit, "begin_ns", NULL);
		spur_emit_text(emit, "end_ns", NULL);
		return;
	}
	spur_emit_time(emit, "begin_ns", d->begin_ns);
	if (d->end_known) {
		spur_emit_time(emit, "end_ns", d->end_ns);
		spur_emit_span(emit, "duration_ns", d->end_ns - d->begin_ns);
	} else {
		spur_emit_text(emit, "end_ns", NULL);
	}
}

static void emit_damage(const struct spur_description *d, struct spur_emit *emit)
{
	spur_emit_begin(emit, "damage", '[');
	for (size_t i = 0; i < d->damage_count; i++) {
		spur_emit_begin(emit, NULL, '{');
		spur_emit_uint(emit, "offset", d->damage[i].offset);
		spur_emit_uint(emit, "length", d->damage[i].length);
		spur_emit_text(emit, "reason", d->damage[i].reason);
		spur_emit_close(emit, '}');
	}
	spur_emit_close(emit, ']');
}

static void emit_attachments(const struct spur_description *d, struct spur_emit *emit)
{
	spur_emit_begin(emit, "attachments", '[');
	for (size_t i = 0; i < d->attachment_count; i++) {
		const struct spur_attachment *a = &d->attachments[i];

		spur_emit_begin(emit, NULL, '{');
		spur_emit_text(emit, "name", a->name);
		spur_emit_text(emit, "media_type", a->media_type);
		spur_emit_uint(emit, "offset", a->offset);
		spur_emit_uint(emit, "size_bytes", a->size);
		spur_emit_close(emit, '}');
	}
	spur_emit_close(emit, ']');
}

static void emit_events(const struct spur_description *d, struct spur_emit *emit)
{
	spur_emit_begin(emit, "events", '[');
	for (size_t i = 0; i < d->event_count; i++) {
		const struct spur_event *e = &d->events[i];

		spur_emit_begin(emit, NULL, '{');
		spur_emit_text(emit, "kind", e->kind);
		spur_emit_text(emit, "name", e->name);
		spur_emit_text(emit, "comment", e->comment);
		spur_emit_time(emit, "time_ns", e->time_ns);
		spur_emit_f64(emit, "value", e->value);
		spur_emit_close(emit, '}');
	}
	spur_emit_close(emit, ']');
}

static void emit_groups(const struct spur_description *d, struct spur_emit *emit)
{
	spur_emit_begin(emit, "channel_groups", '[');
	for (size_t i = 0; i < d->group_count; i++) {
		const struct spur_group *g = &d->groups[i];

		spur_emit_begin(emit, NULL, '{');
		spur_emit_uint(emit, "group", g->index);
		spur_emit_text(emit, "name", g->name);
		spur_emit_text(emit, "source", g->source);
		emit_optional(emit, "rows", g->rows);
		spur_emit_uint(emit, "signals", g->signal_count);
		spur_emit_bool(emit, "bus", g->bus);
		if (g->refusal != NULL)
			spur_emit_text(emit, "refusal", g->refusal);
		spur_emit_close(emit, '}');
	}
	spur_emit_close(emit, ']');
}

static void emit_streams(const struct spur_description *d, struct spur_emit *emit)
{
	spur_emit_begin(emit, "topics", '[');
	for (size_t i = 0; i < d->stream_count; i++) {
		const struct spur_stream *s = &d->streams[i];

		spur_emit_begin(emit, NULL, '{');
		spur_emit_uint(emit, "channel_id", s->id);
		spur_emit_text(emit, "topic", s->topic);
		spur_emit_text(emit, "encoding", s->encoding);
		spur_emit_text(emit, "schema", s->schema_name);
		emit_optional(emit, "messages", s->messages);
		spur_emit_close(emit, '}');
	}
	spur_emit_close(emit, ']');
}

static void emit_notes(const struct spur_description *d, struct spur_emit *emit)
{
	spur_emit_begin(emit, "notes", '[');
	for (size_t i = 0; i < d->note_count; i++) {
		spur_emit_begin(emit, NULL, '{');
		spur_emit_text(emit, "key", d->notes[i].key);
		spur_emit_text(emit, "value", d->notes[i].value);
		spur_emit_close(emit, '}');
	}
	spur_emit_close(emit, ']');
}

static void emit_file(const char *path, const struct spur_format *f, const struct spur_description *d, struct spur_emit *emit)
{
	spur_emit_row(emit, "file");
	spur_emit_text(emit, "path", path);
	spur_emit_text(emit, "format", d->format);
	spur_emit_text(emit, "version", d->version);
	spur_emit_text(emit, "writer", d->writer);
	spur_emit_size(emit, "size_bytes", d->size_bytes);
	emit_times(d, emit);
	spur_emit_text(emit, "compression", d->compression);
	spur_emit_uint(emit, "groups", d->group_count);
	spur_emit_uint(emit, "streams", d->stream_count);
	spur_emit_uint(emit, "signals", d->signal_count);
	emit_optional(emit, "messages", d->messages);
	spur_emit_detail(emit);
	spur_emit_text(emit, "title", f->title);
	spur_emit_bool(emit, "local_time", d->local_time);
	emit_groups(d, emit);
	emit_streams(d, emit);
	emit_attachments(d, emit);
	emit_events(d, emit);
	emit_notes(d, emit);
	emit_damage(d, emit);
	spur_emit_end(emit);
}

/* The lists as rows of their own, for people: in JSON they are part of the file's object. */
static void show_groups(const struct spur_description *d, struct spur_emit *emit)
{
	for (size_t i = 0; i < d->group_count; i++) {
		const struct spur_group *g = &d->groups[i];

		spur_emit_row(emit, "group");
		spur_emit_uint(emit, "group", g->index);
		spur_emit_text(emit, "name", g->name);
		spur_emit_text(emit, "source", g->source);
		emit_optional(emit, "rows", g->rows);
		spur_emit_uint(emit, "signals", g->signal_count);
		spur_emit_text(emit, "remark", g->refusal != NULL ? g->refusal : g->bus ? "bus frames" : "");
		spur_emit_end(emit);
	}
}

static void show_streams(const struct spur_description *d, struct spur_emit *emit)
{
	for (size_t i = 0; i < d->stream_count; i++) {
		const struct spur_stream *s = &d->streams[i];

		spur_emit_row(emit, "stream");
		spur_emit_text(emit, "topic", s->topic);
		emit_optional(emit, "messages", s->messages);
		spur_emit_text(emit, "encoding", s->encoding);
		spur_emit_text(emit, "schema", s->schema_name);
		spur_emit_end(emit);
	}
}

/* On one line: the texts of XML comments come with line ends and indents. */
static char *one_line(const char *s)
{
	struct spur_buf b = { 0 };

	for (bool gap = false; *s != '\0'; s++) {
		bool space = (unsigned char)*s <= ' ';

		if (!space && gap && b.len > 0)
			spur_buf_addc(&b, ' ');
		if (!space)
			spur_buf_addc(&b, *s);
		gap = space;
	}
	return spur_buf_steal(&b);
}

static void show_rest(const struct spur_description *d, struct spur_emit *emit)
{
	for (size_t i = 0; i < d->note_count; i++) {
		char *value = one_line(d->notes[i].value);

		spur_emit_note(emit, "%s: %s", d->notes[i].key, value);
		free(value);
	}
	for (size_t i = 0; i < d->attachment_count; i++)
		spur_emit_note(emit, "attachment: %s (%s, %" PRIu64 " bytes%s)", d->attachments[i].name,
			       d->attachments[i].media_type, d->attachments[i].size,
			       d->attachments[i].offset == 0 ? ", beside the file" : "");
	for (size_t i = 0; i < d->event_count; i++)
		spur_emit_note(emit, "event: %s%s%s at %g", d->events[i].kind, d->events[i].name[0] == '\0' ? "" : " ",
			       d->events[i].name, d->events[i].value);
	if (d->local_time)
		spur_emit_note(emit, "time: wall clock without a zone");
}

static enum spur_exit show(struct spur_ctx *ctx, const char *path, struct spur_emit *emit, struct spur_error *err)
{
	const struct spur_format *format;
	struct spur_reader *reader;
	enum spur_exit rc;
	enum spur_status st = spur_file_open(ctx, path, &format, &reader, err);

	if (st < 0)
		return spur_exit_of(st);
	const struct spur_description *d = format->describe(reader);

	emit_file(path, format, d, emit);
	if (!ctx->json) {
		show_groups(d, emit);
		show_streams(d, emit);
		show_rest(d, emit);
	}
	rc = spur_file_warn(ctx, path, d, emit);
	format->close(reader);
	return rc;
}

/* A file that fails does not keep the others from being shown. */
static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	enum spur_exit worst = SPUR_EXIT_OK;
	size_t good = 0;

	if (spur_args_has(args, "terminal") && args->npos == 0)
		return spur_info_terminal(ctx, emit);
	if (spur_args_has(args, "terminal") || args->npos == 0) {
		spur_fail(err, SPUR_EINVAL, args->npos == 0 ? "name a file, or --terminal" : "--terminal goes without files");
		return SPUR_EXIT_USAGE;
	}
	for (size_t i = 0; i < args->npos; i++) {
		struct spur_error why;
		enum spur_exit rc = show(ctx, args->pos[i], emit, &why);

		good += rc == SPUR_EXIT_OK || rc == SPUR_EXIT_PARTIAL;
		if (rc == SPUR_EXIT_OK || rc == SPUR_EXIT_PARTIAL) {
			worst = rc == SPUR_EXIT_PARTIAL ? rc : worst;
			continue;
		}
		if (args->npos == 1) {
			if (err != NULL)
				*err = why;
			return rc;
		}
		spur_emit_warn(emit, "%s", why.text);
		worst = SPUR_EXIT_PARTIAL;
	}
	if (good == 0) {
		spur_fail(err, SPUR_EFORMAT, "none of the %zu files could be read", args->npos);
		return SPUR_EXIT_FAIL;
	}
	return worst;
}

static const struct spur_opt opts[] = {
	{ .name = "terminal", .type = SPUR_OPT_FLAG, .help = "what this terminal can show, instead of files" },
	{ 0 }
};

const struct spur_verb spur_verb_info = {
	.name = "info",
	.synopsis = "FILE... | --terminal",
	.summary = "what a recording holds: format, times, groups, streams, damage",
	.section = "Files",
	.opts = opts,
	.min_args = 0,
	.max_args = -1,
	.run = run,
};
