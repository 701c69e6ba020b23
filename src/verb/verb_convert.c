#include "config.h"

#include "verb/bus_profile.h"
#include "verb/verb.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "format/mdf4/writer.h"
#include "sync/source.h"
#include "verb/convert_carry.h"
#include "verb/file.h"
#include "verb/rewriting.h"

/*
 * Signals of any recording as an MDF4 file: a group per table, in physical values. Samples that
 * a value table names become a text channel beside the numbers.
 */
struct conversion {
	struct spur_ctx *ctx;
	struct spur_source *s;
	struct spur_mdf4_writer *w;
	const struct spur_source_signal *signals;
	const uint32_t *ids;
	size_t count;
	struct shape {			/* of the group that a table goes into at the moment */
		bool open;
		uint32_t group;
		size_t columns;
		enum spur_type *types;	/* per column; owned */
		bool *named;		/* per column: has a text twin; owned */
	} *tables;
	size_t table_count;
	uint64_t rows, groups;
	bool lost;			/* something that was told */
};

/* ---- the group of a table ---- */

static bool shape_fits(const struct shape *sh, const struct spur_columns *rows)
{
	if (!sh->open)
		return false;
	for (size_t i = 0; i < rows->count; i++) {
		if (rows->columns[i].type != sh->types[i] || (rows->columns[i].text != NULL && !sh->named[i]))
			return false;
	}
	return true;
}

static void shape_finish(struct shape *sh)
{
	free(sh->types);
	free(sh->named);
	*sh = (struct shape){ 0 };
}

static void shape_set(struct shape *sh, const struct spur_columns *rows)
{
	shape_finish(sh);
	sh->types = spur_calloc(rows->count, sizeof(*sh->types));
	sh->named = spur_calloc(rows->count, sizeof(*sh->named));
	sh->columns = rows->count;
	for (size_t i = 0; i < rows->count; i++) {
		sh->types[i] = rows->columns[i].type;
		sh->named[i] = rows->columns[i].text != NULL;
		sh->columns += sh->named[i];
	}
}

/* "GROUP/NAME" is NAME again: the group is a group here too. */
static const char *channel_name(const struct spur_source_signal *sig)
{
	size_t n = strlen(sig->stream);

	return n > 0 && strncmp(sig->name, sig->stream, n) == 0 && sig->name[n] == '/' && sig->name[n + 1] != '\0' ?
	       sig->name + n + 1 : sig->name;
}

static enum spur_domain domain_of(const struct conversion *c, uint32_t table, const struct spur_columns *rows)
{
	const struct spur_description *d = spur_source_describe(c->s);

	if (table < d->group_count && d->groups[table].domain != SPUR_DOMAIN_TIME)
		return rows->master == NULL ? SPUR_DOMAIN_INDEX : d->groups[table].domain;
	return rows->time_ns == NULL && rows->master == NULL ? SPUR_DOMAIN_INDEX : SPUR_DOMAIN_TIME;
}

static enum spur_status open_group(struct conversion *c, uint32_t table, const size_t *at, const struct spur_columns *rows,
				   struct spur_error *err)
{
	struct shape *sh = &c->tables[table];
	const struct spur_source_signal *first = &c->signals[c->ids[at[0]]];
	struct spur_mdf4_channel *ch;
	struct spur_mdf4_group g = { .name = first->stream, .domain = domain_of(c, table, rows) };
	char **names;
	enum spur_status st;

	shape_set(sh, rows);
	ch = spur_calloc(sh->columns, sizeof(*ch));
	names = spur_calloc(rows->count, sizeof(*names));
	for (size_t i = 0; i < rows->count; i++) {
		const struct spur_source_signal *sig = &c->signals[c->ids[at[i]]];

		ch[g.count++] = (struct spur_mdf4_channel){ .name = channel_name(sig), .unit = sig->unit,
			.comment = sig->comment, .type = sh->types[i], .nullable = true };
		if (!sh->named[i])
			continue;
		names[i] = spur_strfmt("%s (text)", channel_name(sig));
		ch[g.count++] = (struct spur_mdf4_channel){ .name = names[i], .type = SPUR_TYPE_TEXT, .nullable = true };
	}
	g.channels = ch;
	st = spur_mdf4_writer_group(c->w, &g, &sh->group, err);
	sh->open = st == SPUR_OK;
	c->groups++;
	for (size_t i = 0; i < rows->count; i++)
		free(names[i]);
	free(names);
	free(ch);
	return st;
}

/* ---- rows ---- */

/* The columns as the group has them: twins as columns of their own, empty where a batch has none. */
static enum spur_status put(struct conversion *c, const struct shape *sh, const struct spur_columns *rows,
			    struct spur_error *err)
{
	int64_t *offsets = spur_calloc(rows->rows + 1, sizeof(*offsets));
	uint8_t *none = spur_calloc(rows->rows / 8 + 1, 1);
	const struct spur_column empty = { .type = SPUR_TYPE_TEXT, .rows = rows->rows, .validity = none, .data = "",
		.offsets = offsets };
	struct spur_columns flat = { .rows = rows->rows, .time_ns = rows->time_ns, .master = rows->master };
	enum spur_status st;

	flat.columns = spur_calloc(sh->columns, sizeof(*flat.columns));
	for (size_t i = 0; i < rows->count; i++) {
		flat.columns[flat.count++] = rows->columns[i];
		if (sh->named[i])
			flat.columns[flat.count++] = rows->columns[i].text != NULL ? *rows->columns[i].text : empty;
	}
	st = spur_mdf4_writer_put(c->w, sh->group, &flat, err);
	c->rows += rows->rows;
	free(flat.columns);
	free(none);
	free(offsets);
	return st;
}

static enum spur_status on_rows(void *state, uint32_t table, const size_t *at, struct spur_columns *rows,
				struct spur_error *err)
{
	struct conversion *c = state;
	enum spur_status st = SPUR_OK;

	if (spur_task_cancelled(c->ctx->task))
		return spur_fail(err, SPUR_ECANCELLED, "interrupted");
	if (rows->count > 0 && !shape_fits(&c->tables[table], rows))
		st = open_group(c, table, at, rows, err);
	return st < 0 || rows->count == 0 ? st : put(c, &c->tables[table], rows, err);
}

/* ---- the verb ---- */

static enum spur_status choose(struct conversion *c, const struct spur_args *args, uint32_t **ids, struct spur_error *err)
{
	struct spur_file_patterns topics = { 0 }, signals = { 0 };
	enum spur_status st = spur_file_patterns_parse(args, "topic", &topics, err);
	size_t n;

	if (st == SPUR_OK)
		st = spur_file_patterns_parse(args, "signal", &signals, err);
	c->signals = spur_source_signals(c->s, &n);
	c->ids = *ids = spur_calloc(n, sizeof(**ids));
	for (size_t i = 0; st == SPUR_OK && i < n; i++) {
		const struct spur_source_signal *sig = &c->signals[i];

		if (sig->table >= c->table_count)
			c->table_count = sig->table + 1;
		if (spur_file_patterns_test(&topics, sig->stream) &&
		    (spur_file_patterns_test(&signals, sig->name) || spur_file_patterns_test(&signals, channel_name(sig))))
			(*ids)[c->count++] = (uint32_t)i;
	}
	if (st == SPUR_OK && c->count == 0)
		st = spur_fail(err, SPUR_ENOTFOUND, "%s: no signal fits; spur signals lists them", spur_source_path(c->s));
	spur_file_patterns_finish(&topics);
	spur_file_patterns_finish(&signals);
	return st;
}

/* What the recording says of itself, and where it comes from. */
static char *comment_of(const struct spur_description *d, const char *path)
{
	for (size_t i = 0; i < d->note_count; i++) {
		if (strcmp(d->notes[i].key, "comment") == 0 && *d->notes[i].value != '\0')
			return spur_strfmt("%s (converted from %s)", d->notes[i].value, path);
	}
	return spur_strfmt("converted from %s", path);
}

static enum spur_status write_file(struct conversion *c, const char *out, const struct spur_args *args,
				   const struct spur_rewriting *how, struct spur_emit *emit, struct spur_error *err)
{
	const struct spur_description *d = spur_source_describe(c->s);
	const struct spur_source_want want = { .ids = c->ids, .count = c->count, .begin_ns = SPUR_NS_MIN,
		.end_ns = SPUR_NS_MAX, .with_text = true };
	struct spur_mdf4_options o = { .start_ns = d->has_time ? d->begin_ns : 0, .shift_ns = spur_args_span(args, "shift", 0),
		.written_ns = spur_now_ns(), .packing = (enum spur_mdf4_packing)(how->packing - SPUR_PACKING_NONE),
		.columns = how->columns, .version = how->version, .mem_bytes = c->ctx->mem_bytes / 4,
		.threads = c->ctx->threads };
	char *comment = comment_of(d, spur_source_path(c->s));
	enum spur_status st;

	o.comment = comment;
	c->tables = spur_calloc(c->table_count, sizeof(*c->tables));
	o.local_time = d->local_time;
	o.zone_known = d->zone_known;
	o.zone_min = (int16_t)d->zone_min;
	o.summer_min = (int16_t)d->summer_min;
	st = spur_mdf4_writer_create(out, &o, &c->w, err);
	if (st == SPUR_OK)
		st = spur_wrap(spur_convert_carry(c->ctx, spur_source_format(c->s), spur_source_reader(c->s), c->w, emit, &c->lost, err),
			       err, "%s", spur_source_path(c->s));
	if (st == SPUR_OK)
		st = spur_source_read(c->s, &want, on_rows, c, c->ctx->task, err);
	if (st >= 0)
		st = spur_mdf4_writer_commit(c->w, err);
	else
		spur_mdf4_writer_discard(c->w);
	for (size_t i = 0; i < c->table_count; i++)
		shape_finish(&c->tables[i]);
	free(c->tables);
	free(comment);
	return st;
}

/* Records as they are, with all that stands around them: what cut does of a whole file. */
static enum spur_status copy_records(struct conversion *c, const char *out, const struct spur_rewriting *how, struct spur_emit *emit,
				     struct spur_error *err)
{
	const struct spur_format *format = spur_source_format(c->s);
	struct spur_cut want = { .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX };
	struct spur_rewriting_notes notes;
	struct spur_rewritten got;
	char *text = spur_strfmt("converted from %s", spur_source_path(c->s));
	enum spur_status st;

	spur_rewriting_notes_begin(c->ctx, spur_source_path(c->s), emit, &notes);
	want.how = *how;
	want.how.history = text;
	want.how.written_ns = spur_now_ns();
	want.how.mem_bytes = c->ctx->mem_bytes;
	want.how.threads = c->ctx->threads;
	want.how.notes = &notes.to;
	if (format->locate != NULL || format->cut == NULL)
		st = spur_fail(err, SPUR_EUNSUPPORTED, "%s: has no records of MDF 4: --raw is for those", spur_source_path(c->s));
	else
		st = spur_wrap(format->cut(spur_source_reader(c->s), out, &want, &got, c->ctx->task, err), err, "%s", spur_source_path(c->s));
	if (st == SPUR_OK) {
		c->rows = got.rows;
		c->groups = got.groups;
		c->count = got.signals;
		c->lost = notes.lost;
		spur_rewriting_warn_outside(spur_source_path(c->s), out, spur_source_describe(c->s), emit);
	}
	free(text);
	return st;
}

/* Of what --raw excludes the first that was given. */
static enum spur_status raw_alone(const struct spur_args *args, struct spur_error *err)
{
	static const char *const others[] = { "topic", "signal", "shift", "dbc" };

	for (size_t i = 0; spur_args_has(args, "raw") && i < sizeof(others) / sizeof(others[0]); i++) {
		if (spur_args_has(args, others[i]))
			return spur_fail(err, SPUR_EINVAL, "--raw copies all records as they are: not with --%s; spur cut chooses", others[i]);
	}
	return SPUR_OK;
}

static bool is_mdf4(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot != NULL && (strcmp(dot, ".mf4") == 0 || strcmp(dot, ".MF4") == 0);
}

static enum spur_exit report(struct conversion *c, const char *out, struct spur_emit *emit)
{
	const char *path = spur_source_path(c->s);
	uint64_t bad = spur_source_undecoded(c->s);
	enum spur_exit rc = spur_file_warn(c->ctx, path, spur_source_describe(c->s), emit);

	spur_emit_row(emit, "converted");
	spur_emit_text(emit, "path", out);
	spur_emit_uint(emit, "signals", c->count);
	spur_emit_uint(emit, "groups", c->groups);
	spur_emit_uint(emit, "rows", c->rows);
	spur_emit_end(emit);
	if (bad > 0)
		spur_emit_warn(emit, "%s: %llu messages do not fit their schema; their rows are empty", path,
			       (unsigned long long)bad);
	return bad > 0 || c->lost ? SPUR_EXIT_PARTIAL : rc;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	const char *out = spur_args_text(args, "output", NULL);
	struct spur_source_opts so = { .mem_bytes = ctx->mem_bytes, .threads = ctx->threads };
	struct spur_bus_choice bus;
	struct conversion c = { .ctx = ctx };
	struct spur_rewriting how = { 0 };
	uint32_t *ids = NULL;
	enum spur_status st = spur_rewriting_layout(args, SPUR_PACKING_TRANSPOSED, &how, err);
	enum spur_exit rc;

	spur_bus_choose(ctx, args, args->pos[0], &bus, emit);
	so.dbc = bus.dbc;
	so.keep_unavailable = bus.keep_unavailable;
	if (st == SPUR_OK)
		st = raw_alone(args, err);
	if (st == SPUR_OK && out == NULL)
		st = spur_fail(err, SPUR_EINVAL, "convert needs -o OUT.mf4");
	else if (st == SPUR_OK && !is_mdf4(out))
		st = spur_fail(err, SPUR_EINVAL, "%s: convert writes MDF4 only, a name that ends in .mf4", out);
	else if (st == SPUR_OK && spur_file_same(args->pos[0], out))
		st = spur_fail(err, SPUR_EINVAL, "%s: is the input", out);
	if (st == SPUR_OK)
		st = spur_source_open(args->pos[0], &so, &c.s, err);
	if (st == SPUR_OK && (st = choose(&c, args, &ids, err)) == SPUR_OK)
		st = spur_args_has(args, "raw") ? copy_records(&c, out, &how, emit, err) : write_file(&c, out, args, &how, emit, err);
	rc = st >= 0 ? report(&c, out, emit) : spur_exit_of(st);
	spur_source_close(c.s);
	free(ids);
	spur_bus_choice_finish(&bus);
	return rc;
}

/* clang-format off */
static const struct spur_opt opts[] = {
	{ "output", 'o', SPUR_OPT_PATH, "OUT.mf4", "the file to write", false },
	{ "topic", 't', SPUR_OPT_TEXT, "TOPIC", "signals of this topic or group (glob, /regex/, ~fuzzy)", true },
	{ "signal", 's', SPUR_OPT_TEXT, "SIGNAL", "this signal (glob, /regex/, ~fuzzy)", true },
	{ "raw", 0, SPUR_OPT_FLAG, NULL, "MDF 4: all records as they are, with everything around them", false },
	{ "shift", 0, SPUR_OPT_SPAN, "SPAN", "move all times by that much", false },
	{ "packing", 0, SPUR_OPT_CHOICE, SPUR_REWRITING_KINDS, "how data blocks are packed (transposed)", false },
	SPUR_REWRITING_LAYOUT,
	{ "dbc", 0, SPUR_OPT_PATH, "[N=]FILE", "decode CAN frames by this database (of channel N)", true },
	SPUR_BUS_NO_PROFILE,
	{ 0 }
};
/* clang-format on */

const struct spur_verb spur_verb_convert = {
	.name = "convert",
	.synopsis = "FILE -o OUT.mf4",
	.summary = "write signals of a recording to an MDF4 file",
	.section = "Files",
	.opts = opts,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
