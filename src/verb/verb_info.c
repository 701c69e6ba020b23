#include "config.h"

#include "verb/file.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "verb/info_around.h"
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

static void emit_zone(const struct spur_description *d, struct spur_emit *emit)
{
	if (d->zone_known) {
		spur_emit_int(emit, "zone_min", d->zone_min);
		spur_emit_int(emit, "summer_min", d->summer_min);
	} else {
		spur_emit_text(emit, "zone_min", NULL);
		spur_emit_text(emit, "summer_min", NULL);
	}
	spur_emit_text(emit, "clock", d->clock);
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

static void emit_groups(const struct spur_description *d, struct spur_emit *emit)
{
	spur_emit_begin(emit, "channel_groups", '[');
	for (size_t i = 0; i < d->group_count; i++) {
		const struct spur_group *g = &d->groups[i];

		spur_emit_begin(emit, NULL, '{');
		spur_emit_uint(emit, "group", g->index);
		spur_emit_text(emit, "name", g->name);
		spur_emit_text(emit, "source", g->source);
		spur_emit_text(emit, "source_kind", g->source_kind);
		spur_emit_text(emit, "bus_kind", g->bus_kind);
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

static void emit_file(const struct spur_info *info, struct spur_emit *emit)
{
	const struct spur_description *d = info->d;

	spur_emit_row(emit, "file");
	spur_emit_text(emit, "path", info->path);
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
	spur_emit_text(emit, "title", info->format->title);
	spur_emit_bool(emit, "local_time", d->local_time);
	emit_zone(d, emit);
	emit_groups(d, emit);
	emit_streams(d, emit);
	spur_info_emit_around(info, emit);
	emit_notes(d, emit);
	spur_bus_profile_emit(&info->profile, emit);
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

static void show_notes(const struct spur_description *d, struct spur_emit *emit)
{
	for (size_t i = 0; i < d->note_count; i++) {
		char *value = spur_info_one_line(d->notes[i].value);

		spur_emit_note(emit, "%s: %s", d->notes[i].key, value);
		free(value);
	}
}

static void show_profiles(const struct spur_bus_profile *p, struct spur_emit *emit)
{
	for (size_t i = 0; i < p->applied.count; i++) {
		const struct spur_db_profile *row = &p->applied.rows[i];

		spur_emit_note(emit, "profile: %s, version %lld: its frames are decoded by %zu bus database%s", row->name,
			       (long long)row->version, row->database_count, row->database_count == 1 ? "" : "s");
	}
}

static enum spur_exit show(struct spur_ctx *ctx, const struct spur_args *args, const char *path, struct spur_emit *emit,
			   struct spur_error *err)
{
	struct spur_info info = { .path = path, .task = ctx->task, .tree = spur_args_has(args, "tree"),
				  .verify = spur_args_has(args, "verify") };
	const char *attachment = spur_args_text(args, "attachment", NULL);
	enum spur_exit rc;
	enum spur_status st = spur_file_open(ctx, path, &info.format, &info.reader, err);

	if (st < 0)
		return spur_exit_of(st);
	info.d = info.format->describe(info.reader);
	if (attachment != NULL) {
		rc = spur_info_extract(&info, attachment, spur_args_text(args, "output", NULL), emit, err);
		info.format->close(info.reader);
		return rc;
	}
	if (info.d->event_count > 0 && (st = spur_info_read_rows(&info, err)) < 0) {
		spur_info_free_rows(&info);
		info.format->close(info.reader);
		return spur_exit_of(st);
	}
	spur_bus_profile_of_files(ctx, &path, 1, &info.profile, emit);
	emit_file(&info, emit);
	if (!ctx->json) {
		show_groups(info.d, emit);
		show_streams(info.d, emit);
		show_notes(info.d, emit);
		spur_info_show_around(&info, emit);
		show_profiles(&info.profile, emit);
	}
	spur_bus_profile_finish(&info.profile);
	rc = spur_file_warn(ctx, path, info.d, emit);
	spur_info_free_rows(&info);
	info.format->close(info.reader);
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
	if (spur_args_has(args, "attachment") != spur_args_has(args, "output") || (spur_args_has(args, "attachment") && args->npos != 1)) {
		spur_fail(err, SPUR_EINVAL, "--attachment NAME goes with -o OUT, and with one file");
		return SPUR_EXIT_USAGE;
	}
	for (size_t i = 0; i < args->npos; i++) {
		struct spur_error why;
		enum spur_exit rc = show(ctx, args, args->pos[i], emit, &why);

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
	{ "attachment", 0, SPUR_OPT_TEXT, "NAME", "write that attachment (name or number) to -o, verified", false },
	{ "output", 'o', SPUR_OPT_PATH, "OUT", "the file for --attachment", false },
	{ .name = "tree", .type = SPUR_OPT_FLAG, .help = "show the tree that the author made of the signals" },
	{ .name = "verify", .type = SPUR_OPT_FLAG, .help = "read the attachments and compare their checksums" },
	{ .name = "terminal", .type = SPUR_OPT_FLAG, .help = "what this terminal can show, instead of files" },
	{ 0 }
};

const struct spur_verb spur_verb_info = {
	.name = "info",
	.synopsis = "FILE... | FILE --attachment NAME -o OUT | --terminal",
	.summary = "what a recording holds: format, times, groups, streams, damage",
	.section = "Files",
	.opts = opts,
	.min_args = 0,
	.max_args = -1,
	.run = run,
};
