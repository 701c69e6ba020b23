#include "config.h"

#include "verb/verb.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/hash.h"
#include "db/catalog.h"
#include "extract/commit.h"
#include "io/out.h"
#include "verb/bus_profile.h"
#include "verb/extract_lineage.h"
#include "verb/job_door.h"

#define MAX_WORKERS 1000

/* The dataset version as a plan wants it; everything points into lists that live as long. */
struct gathered {
	struct spur_db_dataset_list dataset;
	struct spur_db_item_list items;
	struct spur_db_source_list *places;	/* one list of one row per source */
	size_t place_count;
	char **stored;	/* paths of the databases of profiles */
	size_t stored_count;
	struct spur_extract_drive *drives;
	struct spur_extract_source **sources;	/* per drive */
	struct spur_extract_segment **segments;
	size_t drive_count;
	char (*ids)[22];	/* by item */
};

static void gathered_finish(struct gathered *g)
{
	for (size_t i = 0; i < g->place_count; i++)
		spur_db_source_list_finish(&g->places[i]);
	for (size_t i = 0; i < g->drive_count; i++) {
		free(g->sources[i]);
		free(g->segments[i]);
	}
	for (size_t i = 0; i < g->stored_count; i++)
		free(g->stored[i]);
	free(g->stored);
	free(g->places);
	free(g->drives);
	free(g->sources);
	free(g->segments);
	free(g->ids);
	spur_db_item_list_finish(&g->items);
	spur_db_dataset_list_finish(&g->dataset);
}

/* A bus database that a profile added: the catalogue has its bytes. */
static enum spur_status gather_stored(struct spur_db *db, struct gathered *g, const struct spur_db_item_source *from,
				      struct spur_extract_source *s, struct spur_error *err)
{
	struct stat file;
	char *path = NULL;
	enum spur_status st = spur_bus_profile_file(db, from->sha256, &path, err);

	if (st >= 0 && stat(path, &file) != 0)
		st = spur_fail(err, SPUR_EIO, "%s: %s", path, strerror(errno));
	g->stored = spur_realloc(g->stored, g->stored_count + 1, sizeof(*g->stored));
	g->stored[g->stored_count++] = path;
	if (st < 0)
		return st;
	*s = (struct spur_extract_source){ .sha256 = from->sha256, .clock = from->clock, .path = path, .role = from->role,
					   .size_bytes = (uint64_t)file.st_size,
					   .mtime_ns = (spur_ns)file.st_mtim.tv_sec * SPUR_NS_PER_S + file.st_mtim.tv_nsec };
	return SPUR_OK;
}

static enum spur_status gather_sources(struct spur_db *db, struct gathered *g, const struct spur_db_item *item,
				       struct spur_error *err)
{
	size_t d = g->drive_count - 1;
	enum spur_status st = SPUR_OK;

	g->sources[d] = spur_calloc(item->source_count, sizeof(**g->sources));
	for (size_t i = 0; i < item->source_count && st >= 0; i++) {
		struct spur_extract_source *s = &g->sources[d][i];
		const struct spur_db_source *row;

		if (strchr(item->sources[i].role, '#') != NULL) {
			st = gather_stored(db, g, &item->sources[i], s, err);
			continue;
		}
		g->places = spur_realloc(g->places, g->place_count + 1, sizeof(*g->places));
		g->places[g->place_count] = (struct spur_db_source_list){ 0 };
		st = spur_db_source_find(db, 0, item->sources[i].sha256, &g->places[g->place_count], err);
		if (st < 0)
			break;
		row = &g->places[g->place_count++].rows[0];
		*s = (struct spur_extract_source){ .sha256 = item->sources[i].sha256, .clock = item->sources[i].clock,
						   .path = row->path, .role = item->sources[i].role,
						   .size_bytes = row->size_bytes, .mtime_ns = row->mtime_ns };
	}
	g->drives[d].sources = g->sources[d];
	g->drives[d].source_count = item->source_count;
	return st;
}

/* Of the content alone: a segment's uid depends on who found it. */
static void content_id(const struct spur_db_item *item, char out[22])
{
	char hex[SPUR_SHA256_HEX];

	spur_sha256_hex_of(item->line, strlen(item->line), hex);
	snprintf(out, 22, "item-%.16s", hex);
}

/* Position of the item's drive; a new one gets its sources from its first item. */
static enum spur_status drive_of(struct spur_db *db, struct gathered *g, const char **names,
				 const struct spur_db_item *item, size_t *at, struct spur_error *err)
{
	for (*at = 0; *at < g->drive_count; (*at)++) {
		if (strcmp(names[*at], item->drive) == 0)
			return SPUR_OK;
	}
	names[g->drive_count] = item->drive;
	g->segments[g->drive_count] = NULL;
	g->drives[g->drive_count++] = (struct spur_extract_drive){ .split = spur_db_split_name(item->split) };
	return gather_sources(db, g, item, err);
}

static enum spur_status gather_items(struct spur_db *db, struct gathered *g, struct spur_error *err)
{
	const char **names = spur_calloc(g->items.count, sizeof(*names));
	enum spur_status st = SPUR_OK;

	g->drives = spur_calloc(g->items.count, sizeof(*g->drives));
	g->sources = spur_calloc(g->items.count, sizeof(*g->sources));
	g->segments = spur_calloc(g->items.count, sizeof(*g->segments));
	g->ids = spur_calloc(g->items.count, sizeof(*g->ids));
	for (size_t i = 0; i < g->items.count && st >= 0; i++) {
		const struct spur_db_item *item = &g->items.rows[i];
		struct spur_extract_drive *d;
		size_t at;

		content_id(item, g->ids[i]);
		if ((st = drive_of(db, g, names, item, &at, err)) < 0)
			break;
		d = &g->drives[at];
		g->segments[at] = spur_realloc(g->segments[at], d->segment_count + 1, sizeof(**g->segments));
		g->segments[at][d->segment_count++] = (struct spur_extract_segment){
			.id = g->ids[i], .label = item->label, .begin_ns = item->begin_ns, .end_ns = item->end_ns };
		d->segments = g->segments[at];
	}
	free(names);
	return st;
}

static enum spur_status gather(struct spur_db *db, const char *ref, struct gathered *g, struct spur_error *err)
{
	enum spur_status st = spur_db_dataset_find(db, ref, &g->dataset, err);

	if (st >= 0)
		st = spur_db_item_list(db, g->dataset.rows[0].id, &g->items, err);
	return st < 0 ? st : gather_items(db, g, err);
}

/* ---- the job */

static char *absolute(const char *path)
{
	char *here = path[0] == '/' ? NULL : realpath(".", NULL);
	char *out = here == NULL ? spur_strdup(path) : spur_strfmt("%s/%s", here, path);
	size_t n = strlen(out);

	while (n > 1 && out[n - 1] == '/')
		out[--n] = '\0';
	free(here);
	return out;
}

static enum spur_status write_plan(const struct gathered *g, const char *recipe_path, const char *formats, const char *dir,
				   struct spur_error *err)
{
	const struct spur_db_dataset *ds = &g->dataset.rows[0];
	struct spur_extract_input in = { .dataset = ds->uid, .root = ds->root, .drives = g->drives, .drive_count = g->drive_count };
	struct spur_extract_recipe *recipe = NULL;
	enum spur_status st = spur_extract_recipe_load(recipe_path, formats, &recipe, err);

	if (st >= 0)
		st = spur_extract_plan_write(&in, recipe, dir, err);
	spur_extract_recipe_destroy(recipe);
	return st;
}

/* After the job: what came out, and its place in the lineage. */
static enum spur_exit show(struct spur_ctx *ctx, const char *dir, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_extract_total t;
	char *id = NULL;
	enum spur_status st = spur_extract_verify(dir, &t, ctx->task, err);

	if (st >= 0)
		st = spur_extract_register(ctx, dir, &t, &id, err);
	if (st >= 0) {
		spur_emit_row(emit, "extract");
		spur_emit_text(emit, "extract", id);
		spur_emit_text(emit, "dir", dir);
		spur_emit_uint(emit, "shards", t.shards);
		spur_emit_uint(emit, "windows", t.windows);
		spur_emit_size(emit, "size_bytes", t.bytes);
		spur_emit_text(emit, "merkle_root", t.merkle_root);
		spur_emit_detail(emit);
		spur_emit_uint(emit, "empty_windows", t.empty);
		spur_emit_uint(emit, "missing_frames", t.missing_frames);
		spur_emit_text(emit, "manifest_sha256", t.manifest_sha256);
		spur_emit_end(emit);
		if (t.empty > 0)
			spur_emit_warn(emit, "%" PRIu64 " windows without any value were left out", t.empty);
		if (t.missing_frames > 0)
			spur_emit_warn(emit, "%" PRIu64 " pictures are missing and black", t.missing_frames);
	}
	free(id);
	return spur_exit_of(st);
}

static enum spur_exit submit(struct spur_ctx *ctx, const struct gathered *g, const char *dir, const struct spur_args *args,
			     struct spur_emit *emit, struct spur_error *err)
{
	char *manifest = spur_strfmt("%s/manifest.json", dir), *mem = spur_strfmt("%" PRIu64, ctx->mem_bytes);
	char *name = spur_strfmt("extract %s@%d", g->dataset.rows[0].name, g->dataset.rows[0].version);
	char *threads = spur_strfmt("%u", ctx->threads);
	const char *argv[] = { ctx->self, "worker", "--plan", dir, "--mem", mem, "--threads", threads, NULL };
	const char *artifacts[] = { manifest, NULL };
	struct spur_job_spec spec = {
		.kind = "extract", .name = name, .argv = argv, .artifacts = artifacts,
		.input_snapshot = g->dataset.rows[0].uid, .processes = (unsigned)spur_args_int(args, "workers", 1),
	};
	bool wait = spur_args_has(args, "wait");
	char id[SPUR_JOB_ID];
	enum spur_exit rc = spur_job_door_submit(ctx, &spec, wait, id, emit, err);

	if (rc == SPUR_EXIT_OK && wait)
		rc = show(ctx, dir, emit, err);
	free(manifest);
	free(mem);
	free(name);
	free(threads);
	return rc;
}

/* A word is a shipped recipe; what has a slash or a dot is a file. */
static char *recipe_path(const struct spur_ctx *ctx, const char *text)
{
	return strpbrk(text, "/.") != NULL ? spur_strdup(text) : spur_strfmt("%s/recipes/%s/extract.json", ctx->datadir, text);
}

static enum spur_exit extract(struct spur_ctx *ctx, const struct spur_args *args, const char *dir, struct spur_emit *emit,
			      struct spur_error *err)
{
	char *recipe = recipe_path(ctx, spur_args_text(args, "recipe", "driving_events"));
	struct gathered g = { 0 };
	struct spur_db *db;
	enum spur_exit rc = SPUR_EXIT_OK;
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	if (st >= 0)
		st = gather(db, args->pos[0], &g, err);
	if (st >= 0)
		st = write_plan(&g, recipe, spur_args_text(args, "formats", NULL), dir, err);
	if (st >= 0)
		rc = submit(ctx, &g, dir, args, emit, err);
	gathered_finish(&g);
	free(recipe);
	return st < 0 ? spur_exit_of(st) : rc;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	const char *check = spur_args_text(args, "check", NULL), *out = spur_args_text(args, "output", NULL);
	long long workers = spur_args_int(args, "workers", 1);
	enum spur_exit rc;
	char *dir;

	if ((check == NULL) == (args->npos == 0)) {
		spur_fail(err, SPUR_EINVAL, "usage: spur extract DATASET -o DIR | --check DIR");
		return SPUR_EXIT_USAGE;
	}
	if (check == NULL && out == NULL) {
		spur_fail(err, SPUR_EINVAL, "spur extract: say where to, with -o DIR");
		return SPUR_EXIT_USAGE;
	}
	if (workers < 1 || workers > MAX_WORKERS) {
		spur_fail(err, SPUR_EINVAL, "--workers: 1 to %d", MAX_WORKERS);
		return SPUR_EXIT_USAGE;
	}
	dir = absolute(check != NULL ? check : out);
	rc = check != NULL ? show(ctx, dir, emit, err) : extract(ctx, args, dir, emit, err);
	free(dir);
	return rc;
}

static const struct spur_opt opts[] = {
	{ "output", 'o', SPUR_OPT_PATH, "DIR", "folder of the shards and the manifest", false },
	{ "recipe", 0, SPUR_OPT_PATH, "NAME|FILE", "windows and signals (the shipped driving_events)", false },
	{ "formats", 0, SPUR_OPT_TEXT, "LIST", "parquet,npz,csv instead of the recipe's", false },
	{ "workers", 0, SPUR_OPT_INT, "N", "processes (1)", false },
	{ "wait", 0, SPUR_OPT_FLAG, NULL, "until it is done", false },
	{ "check", 0, SPUR_OPT_PATH, "DIR", "compare a finished extract with its manifest, every byte", false },
	{ 0 }
};

const struct spur_verb spur_verb_extract = {
	.name = "extract",
	.synopsis = "[DATASET]",
	.summary = "cut synchronised windows of a dataset into shards",
	.section = "Jobs",
	.opts = opts,
	.max_args = 1,
	.run = run,
};
