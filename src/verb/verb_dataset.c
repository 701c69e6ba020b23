#include "config.h"

#include "verb/verb.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "db/catalog.h"

/* ---- freeze ---- */

/* "0.7,0.15,0.15" */
static enum spur_status parse_split(const char *text, unsigned permille[SPUR_DB_SPLITS], struct spur_error *err)
{
	const char *at = text;

	for (size_t i = 0; i < SPUR_DB_SPLITS; i++) {
		char *end;
		double f = strtod(at, &end);

		if (end == at || !(f >= 0 && f <= 1) || *end != (i + 1 < SPUR_DB_SPLITS ? ',' : '\0'))
			return spur_fail(err, SPUR_EINVAL, "--split %s: three fractions that sum to 1, like 0.7,0.15,0.15", text);
		permille[i] = (unsigned)lround(f * 1000);
		at = end + 1;
	}
	if (permille[0] + permille[1] + permille[2] != 1000)
		return spur_fail(err, SPUR_EINVAL, "--split %s: the fractions do not sum to 1", text);
	return SPUR_OK;
}

static void emit_dataset(const struct spur_db_dataset *d, struct spur_emit *emit)
{
	spur_emit_row(emit, "dataset");
	spur_emit_text(emit, "dataset", d->uid);
	spur_emit_text(emit, "name", d->name);
	spur_emit_int(emit, "version", d->version);
	spur_emit_uint(emit, "items", d->items);
	spur_emit_text(emit, "who", d->who);
	spur_emit_time(emit, "at_ns", d->at_ns);
	spur_emit_detail(emit);
	spur_emit_text(emit, "root", d->root);
	spur_emit_text(emit, "recipe", d->recipe);
	spur_emit_text(emit, "key", d->key);
	spur_emit_end(emit);
}

static int by_label(const void *a, const void *b)
{
	const struct spur_db_item *x = *(const struct spur_db_item *const *)a, *y = *(const struct spur_db_item *const *)b;

	return strcmp(x->label, y->label);
}

/* Items of each label in each split. */
static void emit_counts(const struct spur_db_item_list *items, struct spur_emit *emit)
{
	const struct spur_db_item **sorted = spur_calloc(items->count, sizeof(*sorted));

	for (size_t i = 0; i < items->count; i++)
		sorted[i] = &items->rows[i];
	qsort(sorted, items->count, sizeof(*sorted), by_label);
	for (size_t i = 0; i < items->count;) {
		uint64_t n[SPUR_DB_SPLITS] = { 0 };
		const char *label = sorted[i]->label;

		for (; i < items->count && strcmp(sorted[i]->label, label) == 0; i++)
			n[sorted[i]->split]++;
		spur_emit_row(emit, "class");
		spur_emit_text(emit, "label", label);
		for (int k = 0; k < SPUR_DB_SPLITS; k++)
			spur_emit_uint(emit, spur_db_split_name((enum spur_db_split)k), n[k]);
		spur_emit_end(emit);
	}
	free(sorted);
}

static enum spur_status show_counts(struct spur_db *db, const struct spur_db_dataset *d, struct spur_emit *emit,
				    struct spur_error *err)
{
	struct spur_db_item_list items;
	enum spur_status st = spur_db_item_list(db, d->id, &items, err);

	if (st >= 0)
		emit_counts(&items, emit);
	spur_db_item_list_finish(&items);
	return st;
}

/* A dry run did everything and takes it back: what it showed is what a freeze would make. */
static enum spur_status end_freeze(struct spur_db *db, enum spur_status st, bool dry, struct spur_error *err)
{
	struct spur_error ignored = { 0 };

	if (st < 0 || !dry)
		return spur_db_end(db, st, err);
	spur_db_end(db, SPUR_ECANCELLED, &ignored);
	return st;
}

static enum spur_exit run_freeze(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				 struct spur_error *err)
{
	struct spur_db_freeze f = {
		.name = args->pos[0], .seed = (uint64_t)spur_args_int(args, "seed", 0),
		.allow_concurrent = spur_args_has(args, "allow-concurrent"),
		.filter = { .drive = spur_args_text(args, "drive", NULL), .tag = spur_args_text(args, "tag", NULL),
			    .author = spur_args_text(args, "author", NULL) },
	};
	const char **labels = spur_calloc(args->nset + 1, sizeof(*labels));
	bool dry = spur_args_has(args, "dry-run");
	struct spur_db *db = NULL;
	struct spur_db_act act;
	struct spur_db_dataset_list l = { 0 };
	enum spur_status st = parse_split(spur_args_text(args, "split", "0.7,0.15,0.15"), f.permille, err);

	for (size_t i = 0; (labels[i] = spur_args_nth(args, "label", i)) != NULL; i++)
		f.labels = labels;
	if (st >= 0 && (st = spur_ctx_act(ctx, &db, &act, err)) >= 0)
		st = spur_db_begin(db, err);
	if (st >= 0) {
		if ((st = spur_db_dataset_freeze(db, &act, &f, &l, err)) >= 0 && (st = spur_ctx_goes_on(ctx, 1, 1, err)) >= 0) {
			emit_dataset(&l.rows[0], emit);
			if (!ctx->json || dry)
				st = show_counts(db, &l.rows[0], emit, err);
		}
		st = end_freeze(db, st, dry, err);
	}
	spur_db_dataset_list_finish(&l);
	free(labels);
	return spur_exit_of(st);
}

/* ---- list, show ---- */

static enum spur_exit run_list(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	struct spur_db *db;
	struct spur_db_dataset_list l = { 0 };
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	if (st >= 0)
		st = spur_db_dataset_list(db, args->npos > 0 ? args->pos[0] : NULL, &l, err);
	for (size_t i = 0; st >= 0 && i < l.count; i++)
		emit_dataset(&l.rows[i], emit);
	spur_db_dataset_list_finish(&l);
	return spur_exit_of(st);
}

static void emit_item(const struct spur_db_item *it, struct spur_emit *emit)
{
	spur_emit_row(emit, "item");
	spur_emit_text(emit, "split", spur_db_split_name(it->split));
	spur_emit_text(emit, "label", it->label);
	spur_emit_text(emit, "drive", it->drive);
	spur_emit_time(emit, "begin_ns", it->begin_ns);
	spur_emit_span(emit, "length_ns", it->end_ns - it->begin_ns);
	spur_emit_text(emit, "tags", it->tags);
	spur_emit_text(emit, "segment", it->segment_uid);
	spur_emit_detail(emit);
	spur_emit_time(emit, "end_ns", it->end_ns);
	spur_emit_text(emit, "line", it->line);
	spur_emit_end(emit);
}

static enum spur_exit run_show(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	struct spur_db *db;
	struct spur_db_dataset_list l = { 0 };
	struct spur_db_item_list items = { 0 };
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	if (st >= 0 && (st = spur_db_dataset_find(db, args->pos[0], &l, err)) >= 0 &&
	    (st = spur_db_item_list(db, l.rows[0].id, &items, err)) >= 0) {
		emit_dataset(&l.rows[0], emit);
		emit_counts(&items, emit);
	}
	for (size_t i = 0; st >= 0 && spur_args_has(args, "items") && i < items.count; i++)
		emit_item(&items.rows[i], emit);
	spur_db_item_list_finish(&items);
	spur_db_dataset_list_finish(&l);
	return spur_exit_of(st);
}

/* ---- diff ---- */

static enum spur_status items_of(struct spur_db *db, const char *ref, struct spur_db_item_list *items,
				 struct spur_error *err)
{
	struct spur_db_dataset_list l;
	enum spur_status st = spur_db_dataset_find(db, ref, &l, err);

	if (st >= 0)
		st = spur_db_item_list(db, l.rows[0].id, items, err);
	spur_db_dataset_list_finish(&l);
	return st;
}

static void emit_change(const char *change, const struct spur_db_item *it, struct spur_emit *emit)
{
	spur_emit_row(emit, "change");
	spur_emit_text(emit, "change", change);
	spur_emit_text(emit, "split", spur_db_split_name(it->split));
	spur_emit_text(emit, "label", it->label);
	spur_emit_text(emit, "drive", it->drive);
	spur_emit_time(emit, "begin_ns", it->begin_ns);
	spur_emit_text(emit, "tags", it->tags);
	spur_emit_detail(emit);
	spur_emit_text(emit, "line", it->line);
	spur_emit_end(emit);
}

/* Both are sorted by line: one merge. An item that changed is one that went and one that came. */
static size_t diff(const struct spur_db_item_list *a, const struct spur_db_item_list *b, struct spur_emit *emit)
{
	size_t i = 0, k = 0, n = 0;

	while (i < a->count || k < b->count) {
		int order = i == a->count ? 1 : k == b->count ? -1 : strcmp(a->rows[i].line, b->rows[k].line);

		if (order < 0)
			emit_change("removed", &a->rows[i], emit);
		else if (order > 0)
			emit_change("added", &b->rows[k], emit);
		n += order != 0;
		i += order <= 0;
		k += order >= 0;
	}
	return n;
}

static enum spur_exit run_diff(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	struct spur_db *db;
	struct spur_db_item_list a = { 0 }, b = { 0 };
	size_t n = 0;
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	if (st >= 0 && (st = items_of(db, args->pos[0], &a, err)) >= 0 && (st = items_of(db, args->pos[1], &b, err)) >= 0)
		n = diff(&a, &b, emit);
	spur_db_item_list_finish(&a);
	spur_db_item_list_finish(&b);
	if (st >= 0 && n > 0) {
		spur_fail(err, SPUR_OK, "%s and %s differ in %zu items", args->pos[0], args->pos[1], n);
		return SPUR_EXIT_FAIL;
	}
	return spur_exit_of(st);
}

static const struct spur_opt freeze_opts[] = {
	{ .name = "label", .type = SPUR_OPT_TEXT, .arg = "LABEL", .help = "of these labels (all)", .many = true },
	{ .name = "drive", .type = SPUR_OPT_TEXT, .arg = "GLOB", .help = "of drives of that name" },
	{ .name = "tag", .type = SPUR_OPT_TEXT, .arg = "TAG", .help = "that have this tag" },
	{ .name = "author", .type = SPUR_OPT_TEXT, .arg = "NAME", .help = "that this person proposed" },
	{ .name = "split", .type = SPUR_OPT_TEXT, .arg = "A,B,C", .help = "fractions of train, val, test (0.7,0.15,0.15)" },
	{ .name = "seed", .type = SPUR_OPT_INT, .arg = "K", .help = "another split of the same drives (0)" },
	{ .name = "allow-concurrent", .type = SPUR_OPT_FLAG, .help = "drives of different splits may show the same time" },
	{ .name = "dry-run", .type = SPUR_OPT_FLAG, .help = "show what it would be, and freeze nothing" },
	{ 0 }
};
static const struct spur_opt show_opts[] = {
	{ .name = "items", .type = SPUR_OPT_FLAG, .help = "every item too" },
	{ 0 }
};
static const struct spur_verb freeze = {
	.name = "freeze", .synopsis = "NAME", .summary = "an immutable version of the approved segments",
	.opts = freeze_opts, .min_args = 1, .max_args = 1, .run = run_freeze,
};
static const struct spur_verb list = {
	.name = "list", .synopsis = "[NAME]", .summary = "versions, newest first", .max_args = 1, .run = run_list,
};
static const struct spur_verb show = {
	.name = "show", .synopsis = "DATASET", .summary = "one version: classes and splits",
	.opts = show_opts, .min_args = 1, .max_args = 1, .run = run_show,
};
static const struct spur_verb diff_verb = {
	.name = "diff", .synopsis = "DATASET DATASET", .summary = "items that only one of two versions has",
	.min_args = 2, .max_args = 2, .run = run_diff,
};
static const struct spur_verb *const subs[] = { &freeze, &list, &show, &diff_verb, NULL };

const struct spur_verb spur_verb_dataset = {
	.name = "dataset",
	.synopsis = "freeze | list | show | diff",
	.summary = "immutable, content-addressed versions of approved segments",
	.section = "Data",
	.subs = subs,
};
