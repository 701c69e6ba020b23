#include "config.h"

#include "verb/verb.h"

#include <string.h>

#include "verb/segment_pick.h"

#define PAGE 1000

static enum spur_db_segment_order order_of(const char *name)
{
	return strcmp(name, "time") == 0 ? SPUR_DB_BY_TIME : strcmp(name, "score") == 0 ? SPUR_DB_BY_SCORE :
	       strcmp(name, "label") == 0 ? SPUR_DB_BY_LABEL : SPUR_DB_BY_ID;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	size_t left = (size_t)spur_args_int(args, "limit", 0);
	bool all = left == 0, more = true;
	struct spur_db_segment_filter f;
	struct spur_db *db;
	enum spur_status st = SPUR_OK;

	if (spur_args_int(args, "limit", 1) < 1)
		st = spur_fail(err, SPUR_EINVAL, "--limit: at least 1");
	else
		st = spur_ctx_db(ctx, &db, err);
	spur_segment_filter(args, &f);
	f.after = spur_args_int(args, "after", 0);
	f.text = spur_args_text(args, "text", NULL);
	f.order = order_of(spur_args_text(args, "sort", "id"));
	f.descending = spur_args_has(args, "reverse");
	while (st >= 0 && more) {
		struct spur_db_segment_list l;

		f.limit = all || left > PAGE ? PAGE : left;
		if (spur_task_cancelled(ctx->task))
			st = spur_fail(err, SPUR_ECANCELLED, "stopped");
		else
			st = spur_db_segment_list(db, &f, &l, err);
		if (st < 0)
			break;
		for (size_t i = 0; i < l.count; i++) {
			spur_segment_emit(&l.rows[i], emit);
			f.after = l.rows[i].id;
		}
		left -= all ? 0 : l.count;
		more = l.count == f.limit && (all || left > 0);
		spur_db_segment_list_finish(&l);
	}
	return spur_exit_of(st);
}

static const struct spur_opt opts[] = {
	SPUR_SEGMENT_OPTS,
	{ .name = "text", .type = SPUR_OPT_TEXT, .arg = "TEXT", .help = "that have it in label, drive, author, query or a note" },
	{ .name = "sort", .type = SPUR_OPT_CHOICE, .arg = "id|time|score|label", .help = "in that order (id)" },
	{ .name = "reverse", .type = SPUR_OPT_FLAG, .help = "the other way round" },
	{ .name = "limit", .type = SPUR_OPT_INT, .arg = "N", .help = "at most N segments (all)" },
	{ .name = "after", .type = SPUR_OPT_INT, .arg = "ID", .help = "only segments after that id: the next page" },
	{ 0 }
};

static const struct spur_verb *const subs[] = { &spur_segments_add, NULL };

const struct spur_verb spur_verb_segments = {
	.name = "segments",
	.synopsis = "[add]",
	.summary = "list segments: candidates, approved, rejected",
	.section = "Curation",
	.opts = opts,
	.run = run,
	.subs = subs,
};
