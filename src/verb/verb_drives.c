#include "config.h"

#include "verb/verb.h"

#include "db/catalog.h"
#include "verb/drive_files.h"

#define PAGE 1000

static void emit_drive(const struct spur_db_drive *d, struct spur_emit *emit)
{
	spur_emit_row(emit, "drive");
	spur_emit_int(emit, "id", d->id);
	spur_emit_text(emit, "name", d->name);
	spur_drive_files_emit_time(emit, "begin_ns", d, d->begin_ns);
	spur_emit_span(emit, "length_ns", d->end_ns - d->begin_ns);
	spur_emit_uint(emit, "sources", d->sources);
	spur_emit_size(emit, "size_bytes", d->size_bytes);
	spur_emit_uint(emit, "segments", d->segments);
	spur_emit_detail(emit);
	spur_emit_text(emit, "uid", d->uid);
	spur_drive_files_emit_time(emit, "end_ns", d, d->end_ns);
	spur_emit_time(emit, "added_ns", d->added_ns);
	spur_emit_end(emit);
}

/* --from and --to as points in time; without a drive there is no begin to count from. */
static enum spur_status span_of(const struct spur_args *args, struct spur_db_drive_filter *f, struct spur_error *err)
{
	const char *from = spur_args_text(args, "from", NULL), *to = spur_args_text(args, "to", NULL);
	enum spur_status st = SPUR_OK;

	if (from == NULL && to == NULL)
		return st;
	f->begin_ns = SPUR_NS_MIN;
	f->end_ns = SPUR_NS_MAX;
	if (from != NULL)
		st = spur_time_parse(from, 0, 0, 0, &f->begin_ns, err);
	if (st >= 0 && to != NULL)
		st = spur_time_parse(to, 0, 0, f->begin_ns, &f->end_ns, err);
	return st;
}

static enum spur_status list_page(struct spur_db *db, struct spur_db_drive_filter *f, struct spur_emit *emit,
				  size_t *count, struct spur_error *err)
{
	struct spur_db_drive_list l;
	enum spur_status st = spur_db_drive_search(db, f, &l, err);

	for (size_t i = 0; st >= 0 && i < l.count; i++) {
		emit_drive(&l.rows[i], emit);
		f->after = l.rows[i].id;
	}
	*count = l.count;
	spur_db_drive_list_finish(&l);
	return st;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	struct spur_db_drive_filter f = { .match = args->npos > 0 ? args->pos[0] : NULL,
		.signal = spur_args_text(args, "signal", NULL), .after = spur_args_int(args, "after", 0) };
	size_t left = (size_t)spur_args_int(args, "limit", 0), got = 0;
	bool all = left == 0, more = true;
	struct spur_db *db;
	enum spur_status st = span_of(args, &f, err);

	if (st >= 0 && spur_args_int(args, "limit", 1) < 1)
		st = spur_fail(err, SPUR_EINVAL, "--limit: at least 1");
	if (st >= 0)
		st = spur_ctx_db(ctx, &db, err);
	while (st >= 0 && more) {
		f.limit = all || left > PAGE ? PAGE : left;
		if (spur_task_cancelled(ctx->task))
			st = spur_fail(err, SPUR_ECANCELLED, "stopped");
		else
			st = list_page(db, &f, emit, &got, err);
		left -= all || st < 0 ? 0 : got;
		more = got == f.limit && (all || left > 0);
	}
	return spur_exit_of(st);
}

static const struct spur_opt opts[] = {
	{ .name = "signal", .type = SPUR_OPT_TEXT, .arg = "NAME", .help = "drives that have a signal of that name" },
	{ .name = "from", .type = SPUR_OPT_TIME, .arg = "T", .help = "drives that end after T" },
	{ .name = "to", .type = SPUR_OPT_TIME, .arg = "T", .help = "drives that begin before T" },
	{ .name = "limit", .type = SPUR_OPT_INT, .arg = "N", .help = "at most N drives (all)" },
	{ .name = "after", .type = SPUR_OPT_INT, .arg = "ID", .help = "only drives after that id: the next page" },
	{ 0 }
};

const struct spur_verb spur_verb_drives = {
	.name = "drives",
	.synopsis = "[GLOB]",
	.summary = "list the drives of the catalogue",
	.section = "Catalogue",
	.opts = opts,
	.max_args = 1,
	.run = run,
};
