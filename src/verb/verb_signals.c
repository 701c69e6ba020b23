#include "config.h"

#include "verb/file.h"

static void emit_signal(const struct spur_description *d, const struct spur_signal *s, struct spur_emit *emit)
{
	uint64_t rows = s->group < d->group_count ? d->groups[s->group].rows : UINT64_MAX;

	spur_emit_row(emit, "signal");
	spur_emit_uint(emit, "group", s->group);
	spur_emit_text(emit, "stream", s->stream);
	spur_emit_text(emit, "name", s->name);
	spur_emit_text(emit, "unit", s->unit);
	spur_emit_text(emit, "type", spur_type_name(s->type));
	if (rows != UINT64_MAX)
		spur_emit_uint(emit, "n", rows);
	else
		spur_emit_text(emit, "n", NULL);	/* only reading the file would tell */
	spur_emit_detail(emit);
	spur_emit_uint(emit, "channel", s->channel);
	spur_emit_text(emit, "comment", s->comment);
	spur_emit_text(emit, "raw_type", spur_type_name(s->raw_type));
	spur_emit_bool(emit, "master", s->is_master);
	if (s->refused)
		spur_emit_text(emit, "refusal", s->refusal);
	spur_emit_end(emit);
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	const struct spur_format *format;
	struct spur_reader *reader;
	struct spur_match *m = NULL;
	enum spur_exit rc;
	enum spur_status st;

	if (args->npos > 1 && (st = spur_match_create(args->pos[1], &m, err)) < 0)
		return spur_exit_of(st);
	if ((st = spur_file_open(ctx, args->pos[0], &format, &reader, err)) < 0) {
		spur_match_destroy(m);
		return spur_exit_of(st);
	}
	const struct spur_description *d = format->describe(reader);

	for (size_t i = 0; i < d->signal_count; i++) {
		if (m == NULL || spur_match_test(m, d->signals[i].name))
			emit_signal(d, &d->signals[i], emit);
	}
	rc = spur_file_warn(ctx, args->pos[0], d, emit);
	format->close(reader);
	spur_match_destroy(m);
	return rc;
}

const struct spur_verb spur_verb_signals = {
	.name = "signals",
	.synopsis = "FILE [PATTERN]",
	.summary = "list the signals of a recording",
	.section = "Files",
	.min_args = 1,
	.max_args = 2,
	.run = run,
};
