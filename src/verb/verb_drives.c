#include "config.h"

#include "verb/verb.h"

#include "db/catalog.h"

#define PAGE 1000

static void emit_drive(const struct spur_db_drive *d, struct spur_emit *emit)
{
	spur_emit_row(emit, "drive");
	spur_emit_int(emit, "id", d->id);
	spur_emit_text(emit, "name", d->name);
	spur_emit_time(emit, "begin_ns", d->begin_ns);
	spur_emit_span(emit, "length_ns", d->end_ns - d->begin_ns);
	spur_emit_uint(emit, "sources", d->sources);
	spur_emit_size(emit, "size_bytes", d->size_bytes);
	spur_emit_uint(emit, "segments", d->segments);
	spur_emit_detail(emit);
	spur_emit_text(emit, "uid", d->uid);
	spur_emit_time(emit, "end_ns", d->end_ns);
	spur_emit_time(emit, "added_ns", d->added_ns);
	spur_emit_end(emit);
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	const char *match = args->npos > 0 ? args->pos[0] : NULL;
	int64_t after = spur_args_int(args, "after", 0);
	size_t left = (size_t)spur_args_int(args, "limit", 0);
	bool all = left == 0, more = true;
	struct spur_db *db;
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	while (st >= 0 && more) {
		size_t want = all || left > PAGE ? PAGE : left;
		struct spur_db_drive_list l;

		if (spur_task_cancelled(ctx->task))
			st = spur_fail(err, SPUR_ECANCELLED, "stopped");
		else
			st = spur_db_drive_list(db, match, after, want, &l, err);
		if (st < 0)
			break;
		for (size_t i = 0; i < l.count; i++) {
			emit_drive(&l.rows[i], emit);
			after = l.rows[i].id;
		}
		left -= all ? 0 : l.count;
		more = l.count == want && (all || left > 0);
		spur_db_drive_list_finish(&l);
	}
	return spur_exit_of(st);
}

static const struct spur_opt opts[] = {
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
