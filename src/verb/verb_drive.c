#include "config.h"

#include "verb/verb.h"

#include <math.h>
#include <string.h>

#include "db/catalog.h"
#include "verb/drive_files.h"

static enum spur_status emit_source(struct spur_db *db, const struct spur_db_source *s, int64_t reference,
				    struct spur_emit *emit, struct spur_error *err)
{
	struct spur_db_clock_list clocks;
	enum spur_status st = spur_db_clock_list(db, s->id, &clocks, err);

	if (st < 0)
		return st;
	spur_emit_row(emit, "source");
	spur_emit_int(emit, "id", s->id);
	spur_emit_text(emit, "format", s->format);
	spur_emit_text(emit, "path", s->path);
	spur_emit_size(emit, "size_bytes", s->size_bytes);
	spur_emit_uint(emit, "signals", s->signals);
	if (s->has_time)
		spur_emit_time(emit, "begin_ns", s->begin_ns);
	else
		spur_emit_text(emit, "begin_ns", NULL);
	if (s->id == reference) {
		spur_emit_text(emit, "clock", "reference");
	} else if (clocks.count > 0) {
		spur_emit_text(emit, "clock", clocks.rows[0].method);
		spur_emit_span(emit, "offset_ns", clocks.rows[0].clock.offset_ns);
		spur_emit_int(emit, "drift_ppb", clocks.rows[0].clock.drift_ppb);
		spur_emit_f64(emit, "confidence", clocks.rows[0].confidence);
	} else {
		spur_emit_text(emit, "clock", strcmp(s->role, "log") == 0 ? "as recorded" : NULL);
	}
	spur_emit_detail(emit);
	spur_emit_text(emit, "sha256", s->sha256);
	spur_emit_text(emit, "role", s->role);
	if (s->has_time)
		spur_emit_time(emit, "end_ns", s->end_ns);
	if (clocks.count > 0) {
		spur_emit_int(emit, "ref_ns", clocks.rows[0].clock.ref_ns);
		spur_emit_f64(emit, "sigma_ns", clocks.rows[0].sigma_ns);
		spur_emit_text(emit, "set_by", clocks.rows[0].who);
		spur_emit_uint(emit, "clock_versions", clocks.count);
	}
	spur_emit_end(emit);
	spur_db_clock_list_finish(&clocks);
	return SPUR_OK;
}

/* Vehicle, project and profiles, where there are any. */
static enum spur_status emit_facts(struct spur_db *db, int64_t drive, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_db_drive_facts facts = { 0 };
	struct spur_db_profile_list l = { 0 };
	struct spur_buf names = { 0 };
	enum spur_status st = spur_db_drive_facts_get(db, drive, &facts, err);

	if (st >= 0)
		st = spur_db_profile_of_drive(db, drive, &l, err);
	if (st >= 0 && facts.vehicle[0] != '\0')
		spur_emit_text(emit, "vehicle", facts.vehicle);
	if (st >= 0 && facts.project[0] != '\0')
		spur_emit_text(emit, "project", facts.project);
	for (size_t i = 0; i < l.count; i++)
		spur_buf_addf(&names, "%s%s", i == 0 ? "" : " ", l.rows[i].name);
	if (l.count > 0)
		spur_emit_text(emit, "profiles", spur_buf_text(&names));
	spur_buf_finish(&names);
	spur_db_profile_list_finish(&l);
	spur_db_drive_facts_finish(&facts);
	return st;
}

static enum spur_exit run_show(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	struct spur_db *db;
	struct spur_db_drive_list d = { 0 };
	struct spur_db_source_list s = { 0 };
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	if (st >= 0 && (st = spur_db_drive_find(db, args->pos[0], &d, err)) >= 0 &&
	    (st = spur_db_source_list(db, d.rows[0].id, 0, 0, &s, err)) >= 0) {
		spur_emit_row(emit, "drive");
		spur_emit_int(emit, "id", d.rows[0].id);
		spur_emit_text(emit, "name", d.rows[0].name);
		spur_emit_text(emit, "uid", d.rows[0].uid);
		spur_drive_files_emit_time(emit, "begin_ns", &d.rows[0], d.rows[0].begin_ns);
		spur_drive_files_emit_time(emit, "end_ns", &d.rows[0], d.rows[0].end_ns);
		spur_emit_uint(emit, "segments", d.rows[0].segments);
		st = emit_facts(db, d.rows[0].id, emit, err);
		spur_emit_end(emit);
	}
	for (size_t i = 0; st >= 0 && i < s.count; i++)
		st = emit_source(db, &s.rows[i], d.rows[0].reference, emit, err);
	spur_db_source_list_finish(&s);
	spur_db_drive_list_finish(&d);
	return spur_exit_of(st);
}

/* By id, path, hash, or the format if only one source of the drive has it. */
static enum spur_status find_source(struct spur_db *db, int64_t drive, const char *ref, struct spur_db_source_list *out,
				    struct spur_error *err)
{
	size_t n = 0, at = 0;
	enum spur_status st = spur_db_source_list(db, drive, 0, 0, out, err);

	for (size_t i = 0; st >= 0 && i < out->count; i++) {
		if (strcmp(out->rows[i].format, ref) == 0) {
			at = i;
			n++;
		}
	}
	if (st >= 0 && n == 1) {
		out->rows[0] = out->rows[at];
		return st;
	}
	spur_db_source_list_finish(out);
	return st < 0 ? st : spur_db_source_find(db, drive, ref, out, err);
}

static enum spur_exit run_offset(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				 struct spur_error *err)
{
	struct spur_db *db = NULL;
	struct spur_db_act act;
	struct spur_db_drive_list d = { 0 };
	struct spur_db_source_list s = { 0 };
	struct spur_db_clock c = { .sigma_ns = NAN, .confidence = 1, .method = "hand", .knots = "[]" };
	spur_ns offset = 0;
	enum spur_status st = spur_span_parse(args->pos[2], &offset, err);

	if (st < 0 || (st = spur_ctx_act(ctx, &db, &act, err)) < 0 ||
	    (st = spur_db_drive_find(db, args->pos[0], &d, err)) < 0 ||
	    (st = find_source(db, d.rows[0].id, args->pos[1], &s, err)) < 0)
		goto out;
	if (s.rows[0].id == d.rows[0].reference) {
		st = spur_fail(err, SPUR_EINVAL, "%s: its clock is the drive's; set the offset of another source", s.rows[0].path);
		goto out;
	}
	if (!s.rows[0].has_time) {
		st = spur_fail(err, SPUR_EINVAL, "%s: it has no clock", s.rows[0].path);
		goto out;
	}
	c.source = s.rows[0].id;
	c.reference = d.rows[0].reference;
	c.clock = (struct spur_clock){ .offset_ns = offset, .ref_ns = s.rows[0].begin_ns,
		.drift_ppb = (int64_t)llround(spur_args_float(args, "drift-ppm", 0) * 1000) };
	if ((st = spur_db_clock_add(db, &act, &c, NULL, err)) >= 0)
		st = emit_source(db, &s.rows[0], d.rows[0].reference, emit, err);
out:
	spur_db_source_list_finish(&s);
	spur_db_drive_list_finish(&d);
	return spur_exit_of(st);
}

/* Every drive that fits, in one act. */
static enum spur_exit run_set(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	static const char *const keys[] = { "vehicle", "project" };
	struct spur_db *db = NULL;
	struct spur_db_act act;
	struct spur_db_drive_list d = { 0 };
	enum spur_status st = SPUR_OK;

	if (!spur_args_has(args, "vehicle") && !spur_args_has(args, "project")) {
		spur_fail(err, SPUR_EINVAL, "say what: --vehicle NAME, --project NAME");
		return SPUR_EXIT_USAGE;
	}
	if ((st = spur_ctx_act(ctx, &db, &act, err)) < 0 || (st = spur_db_begin(db, err)) < 0)
		return spur_exit_of(st);
	if (strpbrk(args->pos[0], "*?") != NULL)
		st = spur_db_drive_list(db, args->pos[0], 0, SIZE_MAX, &d, err);
	else
		st = spur_db_drive_find(db, args->pos[0], &d, err);
	if (st >= 0 && d.count == 0)
		st = spur_fail(err, SPUR_ENOTFOUND, "no drive fits '%s'; spur drives lists them", args->pos[0]);
	for (size_t i = 0; i < d.count && st >= 0; i++) {
		for (size_t k = 0; k < 2 && st >= 0; k++) {
			if (spur_args_has(args, keys[k]))
				st = spur_db_drive_fact_set(db, &act, d.rows[i].id, keys[k], spur_args_text(args, keys[k], ""), err);
		}
	}
	st = spur_db_end(db, st, err);
	for (size_t i = 0; i < d.count && st >= 0; i++) {
		spur_emit_row(emit, "drive");
		spur_emit_int(emit, "id", d.rows[i].id);
		spur_emit_text(emit, "name", d.rows[i].name);
		st = emit_facts(db, d.rows[i].id, emit, err);
		spur_emit_end(emit);
	}
	spur_db_drive_list_finish(&d);
	return spur_exit_of(st);
}

static const struct spur_opt set_opts[] = {
	{ .name = "vehicle", .type = SPUR_OPT_TEXT, .arg = "NAME", .help = "what recorded it; '' takes it back" },
	{ .name = "project", .type = SPUR_OPT_TEXT, .arg = "NAME", .help = "what for; '' takes it back" },
	{ 0 }
};

static const struct spur_opt offset_opts[] = {
	{ .name = "drift-ppm", .type = SPUR_OPT_FLOAT, .arg = "X", .help = "and this drift, from the source's begin on (0)" },
	{ 0 }
};

static const struct spur_verb show = {
	.name = "show", .synopsis = "DRIVE", .summary = "one drive: its sources and their clocks",
	.min_args = 1, .max_args = 1, .run = run_show,
};

static const struct spur_verb offset = {
	.name = "offset", .synopsis = "DRIVE SOURCE SPAN", .summary = "set the clock of a source by hand",
	.opts = offset_opts, .min_args = 3, .max_args = 3, .run = run_offset,
};

static const struct spur_verb set = {
	.name = "set", .synopsis = "DRIVE|PATTERN [--vehicle NAME] [--project NAME]", .summary = "vehicle and project, which profiles go by",
	.opts = set_opts, .min_args = 1, .max_args = 1, .run = run_set,
};

static const struct spur_verb *const subs[] = { &show, &offset, &set, NULL };

const struct spur_verb spur_verb_drive = {
	.name = "drive",
	.synopsis = "show DRIVE | offset DRIVE SOURCE SPAN | set DRIVE",
	.summary = "look at one drive, set a clock by hand, its vehicle, its project",
	.section = "Catalogue",
	.subs = subs,
};
