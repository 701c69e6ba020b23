#include "config.h"

#include "verb/verb.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "db/catalog.h"
#include "io/range.h"
#include "sync/source.h"
#include "verb/add.h"
#include "verb/bus_profile.h"
#include "verb/drive_files.h"

/* One run of spur add. */
struct adding {
	struct spur_ctx *ctx;
	struct spur_db *db;
	struct spur_db_act act;
	struct spur_emit *emit;
	uint64_t done, total;		/* bytes, for the progress */
	const char *vehicle, *project;	/* NULL: not said */
	size_t failed;			/* files that could not be read */
	bool damaged;
};

/* What one group becomes. Text and signal rows live in the arena. */
struct group_state {
	struct spur_arena *arena;
	struct spur_db_source *fresh;	/* not in the catalogue yet */
	size_t fresh_count, known, moved;
	int64_t drive;			/* that has the known ones; 0: none */
};

/* A copy whose size and time are as recorded is taken for unchanged: no second reading of terabytes. */
static enum spur_status find_by_path(struct adding *a, const struct spur_add_file *f, struct group_state *g, bool *known,
				     struct spur_error *err)
{
	struct spur_db_source_list l;
	enum spur_status st = spur_db_source_find(a->db, 0, f->path, &l, err);

	*known = st >= 0 && !f->dbc && l.rows[0].size_bytes == f->size && l.rows[0].mtime_ns == f->mtime_ns;
	if (*known)
		g->drive = l.rows[0].drive_id;
	spur_db_source_list_finish(&l);
	return st == SPUR_ENOTFOUND ? SPUR_OK : st;
}

static enum spur_status find_by_hash(struct adding *a, const struct spur_add_file *f, const char *sha256,
				     struct group_state *g, bool *known, struct spur_error *err)
{
	struct spur_db_source_list l;
	enum spur_status st = spur_db_source_find(a->db, f->dbc ? g->drive : 0, sha256, &l, err);

	/* A bus database is only known within its drive. */
	*known = st >= 0 && (!f->dbc || g->drive != 0);
	if (*known) {
		g->drive = l.rows[0].drive_id;
		if (strcmp(l.rows[0].path, f->path) != 0) {
			st = spur_db_source_move(a->db, &a->act, l.rows[0].id, f->path, f->mtime_ns, err);
			g->moved++;
		}
	}
	spur_db_source_list_finish(&l);
	return st == SPUR_ENOTFOUND ? SPUR_OK : st;
}

static enum spur_status hash_file(struct adding *a, const struct spur_add_file *f, char hex[SPUR_SHA256_HEX],
				  struct spur_error *err)
{
	struct spur_task part = { .parent = a->ctx->task };
	struct spur_range *r = NULL;
	enum spur_status st = spur_range_open(f->path, &r, err);

	if (st >= 0)
		st = spur_range_sha256(r, hex, a->total == f->size ? a->ctx->task : &part, err);
	spur_range_close(r);
	return spur_wrap(st, err, "%s", f->path);
}

static void copy_signals(const struct spur_source *src, struct spur_db_source *s, struct spur_arena *arena)
{
	size_t n = 0;
	const struct spur_source_signal *sig = spur_source_signals(src, &n);
	struct spur_db_signal *rows = spur_arena_array(arena, n, sizeof(*rows));

	for (size_t i = 0; i < n; i++)
		rows[i] = (struct spur_db_signal){ .name = spur_arena_str(arena, sig[i].name),
			.unit = spur_arena_str(arena, sig[i].unit), .type = spur_type_name(sig[i].type),
			.stream = spur_arena_str(arena, sig[i].stream) };
	s->signal_rows = rows;
	s->signal_count = n;
}

static enum spur_status describe(struct adding *a, const struct spur_add_file *f, const char *const *dbc,
				 struct spur_db_source *s, struct spur_arena *arena, struct spur_error *err)
{
	struct spur_source_opts o = { .dbc = dbc, .mem_bytes = a->ctx->mem_bytes, .threads = a->ctx->threads };
	struct spur_source *src = NULL;
	struct spur_error why = { 0 };
	enum spur_status st = spur_source_open(f->path, &o, &src, err);

	if (st < 0)
		return st;
	s->format = spur_source_format(src)->id;
	/* A file may be whole and have no time. */
	st = spur_source_span(src, &s->begin_ns, &s->end_ns, a->ctx->task, &why);
	s->has_time = st >= 0;
	if (st == SPUR_ECANCELLED) {
		spur_source_close(src);
		return spur_fail(err, st, "stopped");
	}
	copy_signals(src, s, arena);
	if (spur_source_describe(src)->damage_count > 0) {
		spur_emit_warn(a->emit, "%s: damaged: %s; see spur check", f->path, spur_source_describe(src)->damage[0].reason);
		a->damaged = true;
	}
	spur_source_close(src);
	return SPUR_OK;
}

static enum spur_status look_at(struct adding *a, const struct spur_add_file *f, const char *const *dbc,
				struct group_state *g, struct spur_error *err)
{
	char hex[SPUR_SHA256_HEX];
	struct spur_db_source *s = &g->fresh[g->fresh_count];
	bool known = false;
	enum spur_status st = find_by_path(a, f, g, &known, err);

	if (st >= 0 && !known && (st = hash_file(a, f, hex, err)) >= 0)
		st = find_by_hash(a, f, hex, g, &known, err);
	a->done += f->size;
	spur_task_progress(a->ctx->task, a->done, a->total);
	if (st < 0 || known) {
		g->known += known;
		return st;
	}
	*s = (struct spur_db_source){ .path = f->path, .sha256 = spur_arena_str(g->arena, hex), .size_bytes = f->size,
		.mtime_ns = f->mtime_ns, .role = f->dbc ? "dbc" : "log", .format = "dbc" };
	if (!f->dbc && (st = describe(a, f, dbc, s, g->arena, err)) < 0)
		return st;
	g->fresh_count++;
	return SPUR_OK;
}

/* What profiles will decode once the drive is there, so that its list of signals has it. */
static enum spur_status add_profiles(struct adding *a, const struct spur_add_group *group, const char ***dbc, size_t n,
				     struct spur_arena *arena, struct spur_error *err)
{
	char *vehicle = spur_strdup(a->vehicle == NULL ? "" : a->vehicle), *project = spur_strdup(a->project == NULL ? "" : a->project);
	const struct spur_db_drive_facts facts = { vehicle, project };
	struct spur_db_profile_list l;
	enum spur_status st = spur_db_profile_for(a->db, group->name, &facts, &l, err);

	for (size_t i = 0; i < l.count && st >= 0; i++) {
		for (size_t k = 0; k < l.rows[i].database_count && st >= 0; k++) {
			const struct spur_db_profile_database *d = &l.rows[i].databases[k];
			char *path = NULL, *spec;

			if ((st = spur_bus_profile_file(a->db, d->sha256, &path, err)) >= 0) {
				spec = d->channel < 0 ? spur_strdup(path) : spur_strfmt("%u=%s", (unsigned)d->channel, path);
				*dbc = spur_realloc(*dbc, n + 2, sizeof(**dbc));
				(*dbc)[n++] = spur_arena_str(arena, spec);
				(*dbc)[n] = NULL;
				free(spec);
			}
			free(path);
		}
	}
	spur_db_profile_list_finish(&l);
	free(vehicle);
	free(project);
	return st;
}

static enum spur_status look_at_all(struct adding *a, const struct spur_add_group *group, struct group_state *g,
				    struct spur_error *err)
{
	const char **dbc = spur_calloc(group->count + 1, sizeof(*dbc));
	size_t n = 0;
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < group->count; i++) {
		if (group->files[i]->dbc)
			dbc[n++] = group->files[i]->path;
	}
	st = add_profiles(a, group, &dbc, n, g->arena, err);
	for (size_t i = 0; st >= 0 && i < group->count; i++) {
		struct spur_error why = { 0 };

		st = look_at(a, group->files[i], dbc, g, &why);
		if (st == SPUR_ECANCELLED || st == SPUR_EDB) {
			*err = why;
		} else if (st < 0) {	/* one bad file does not stop the others */
			spur_emit_warn(a->emit, "%s; skipped", why.text);
			a->failed++;
			st = SPUR_OK;
		}
	}
	free(dbc);
	return st;
}

static enum spur_status find_name(struct spur_db *db, const char *name, bool *taken, struct spur_error *err)
{
	struct spur_db_drive_list l;
	struct spur_error why;
	enum spur_status st = spur_db_drive_find(db, name, &l, &why);

	*taken = st >= 0 && strcmp(l.rows[0].name, name) == 0;
	spur_db_drive_list_finish(&l);
	if (st >= 0 || st == SPUR_ENOTFOUND)	/* a name that is free is no error to be told */
		return SPUR_OK;
	if (err != NULL)
		*err = why;
	return st;
}

/* Loggers number their files from 1 in every folder. The caller frees *name, always. */
static enum spur_status free_name(struct adding *a, const struct spur_add_group *group, char **name, struct spur_error *err)
{
	enum spur_status st;
	bool taken;

	*name = spur_strdup(group->name);
	for (int n = 1; (st = find_name(a->db, *name, &taken, err)) >= 0 && taken; n++) {
		free(*name);
		*name = n == 1 ? spur_strfmt("%s_%s", group->folder, group->name) :
				 spur_strfmt("%s_%s_%d", group->folder, group->name, n);
	}
	return st;
}

static bool any_log(const struct group_state *g)
{
	for (size_t i = 0; i < g->fresh_count; i++) {
		if (strcmp(g->fresh[i].role, "log") == 0)
			return true;
	}
	return false;
}

static enum spur_status store(struct adding *a, const struct spur_add_group *group, bool named, struct group_state *g,
			      const char **action, struct spur_error *err)
{
	struct spur_db_drive_list there = { 0 };
	struct spur_error why;
	enum spur_status st = SPUR_OK;

	*action = g->moved > 0 ? "moved" : "known";
	if (g->drive == 0 && named && (st = spur_db_drive_find(a->db, group->name, &there, &why)) >= 0)
		g->drive = there.rows[0].id;	/* --drive of one that is there: more files for it */
	spur_db_drive_list_finish(&there);
	if (st < 0 && st != SPUR_ENOTFOUND) {
		if (err != NULL)
			*err = why;
		return st;
	}
	st = SPUR_OK;
	if (g->drive != 0) {
		for (size_t i = 0; st >= 0 && i < g->fresh_count; i++)
			st = spur_db_source_add(a->db, &a->act, g->drive, &g->fresh[i], NULL, err);
		if (g->fresh_count > 0)
			*action = "extended";
	} else if (any_log(g)) {
		char *name = named ? spur_strdup(group->name) : NULL;

		if (named || (st = free_name(a, group, &name, err)) >= 0)
			st = spur_db_drive_add(a->db, &a->act, name, g->fresh, g->fresh_count, &g->drive, err);
		*action = "added";
		free(name);
	}
	if (st >= 0 && g->drive != 0 && a->vehicle != NULL)
		st = spur_db_drive_fact_set(a->db, &a->act, g->drive, "vehicle", a->vehicle, err);
	if (st >= 0 && g->drive != 0 && a->project != NULL)
		st = spur_db_drive_fact_set(a->db, &a->act, g->drive, "project", a->project, err);
	return st;
}

static enum spur_status emit_drive(struct adding *a, int64_t id, const char *action, struct spur_error *err)
{
	struct spur_db_drive_list l;
	char *ref = spur_strfmt("%lld", (long long)id);
	enum spur_status st = spur_db_drive_find(a->db, ref, &l, err);

	if (st >= 0) {
		const struct spur_db_drive *d = &l.rows[0];

		spur_emit_row(a->emit, "drive");
		spur_emit_int(a->emit, "id", d->id);
		spur_emit_text(a->emit, "name", d->name);
		spur_emit_text(a->emit, "action", action);
		spur_emit_uint(a->emit, "sources", d->sources);
		spur_emit_size(a->emit, "size_bytes", d->size_bytes);
		spur_drive_files_emit_time(a->emit, "begin_ns", d, d->begin_ns);
		spur_emit_span(a->emit, "length_ns", d->end_ns - d->begin_ns);
		spur_emit_detail(a->emit);
		spur_emit_text(a->emit, "uid", d->uid);
		spur_drive_files_emit_time(a->emit, "end_ns", d, d->end_ns);
		spur_emit_end(a->emit);
	}
	spur_db_drive_list_finish(&l);
	free(ref);
	return st;
}

static enum spur_status add_group(struct adding *a, const struct spur_add_group *group, bool named, struct spur_error *err)
{
	struct group_state g = { .arena = spur_arena_create(0), .fresh = spur_calloc(group->count, sizeof(*g.fresh)) };
	const char *action = "";
	enum spur_status st = look_at_all(a, group, &g, err);

	if (st >= 0)
		st = store(a, group, named, &g, &action, err);
	if (st >= 0 && g.drive != 0)
		st = emit_drive(a, g.drive, action, err);
	free(g.fresh);
	spur_arena_destroy(g.arena);
	return st;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	const char *drive = spur_args_text(args, "drive", NULL);
	struct adding a = { .ctx = ctx, .emit = emit, .vehicle = spur_args_text(args, "vehicle", NULL),
			    .project = spur_args_text(args, "project", NULL) };
	struct spur_add_scan scan = { 0 };
	enum spur_status st = spur_add_scan(args->pos, args->npos, drive, &scan, emit, err);

	if (st >= 0)
		st = spur_ctx_act(ctx, &a.db, &a.act, err);
	for (size_t i = 0; i < scan.file_count; i++)
		a.total += scan.files[i].size;
	for (size_t i = 0; st >= 0 && i < scan.group_count; i++) {
		if (spur_task_cancelled(ctx->task))
			st = spur_fail(err, SPUR_ECANCELLED, "stopped after %zu of %zu drives; what was added stays", i, scan.group_count);
		else
			st = add_group(&a, &scan.groups[i], drive != NULL, err);
	}
	if (st >= 0 && a.failed > 0 && a.failed == scan.file_count)
		st = spur_fail(err, SPUR_EFORMAT, "none of the %zu files could be read", scan.file_count);
	a.failed += scan.skipped;
	spur_add_scan_finish(&scan);
	return st < 0 ? spur_exit_of(st) : a.failed > 0 || a.damaged ? SPUR_EXIT_PARTIAL : SPUR_EXIT_OK;
}

static const struct spur_opt opts[] = {
	{ .name = "drive", .type = SPUR_OPT_TEXT, .arg = "NAME", .help = "all these files are one drive of that name" },
	{ .name = "vehicle", .type = SPUR_OPT_TEXT, .arg = "NAME", .help = "what recorded them; see spur profile" },
	{ .name = "project", .type = SPUR_OPT_TEXT, .arg = "NAME", .help = "what they were recorded for" },
	{ 0 }
};

const struct spur_verb spur_verb_add = {
	.name = "add",
	.synopsis = "PATH...",
	.summary = "put recordings into the catalogue, grouped into drives",
	.section = "Catalogue",
	.opts = opts,
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
