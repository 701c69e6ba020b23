#include "config.h"

#include "verb/drive_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define PAGE 1000

static void drop(const char *owned)
{
	union {
		const char *in;
		char *out;
	} u = { owned };

	free(u.out);
}

static void start(struct spur_drive_files *f, size_t cap)
{
	*f = (struct spur_drive_files){ 0 };
	f->members = spur_calloc(cap, sizeof(*f->members));
	f->source_ids = spur_calloc(cap, sizeof(*f->source_ids));
	f->dbc = spur_calloc(1, sizeof(*f->dbc));
}

static void add_dbc(struct spur_drive_files *f, const char *path)
{
	size_t n = 0;

	while (f->dbc[n] != NULL)
		n++;
	f->dbc = spur_realloc(f->dbc, n + 2, sizeof(*f->dbc));
	f->dbc[n] = spur_strdup(path);
	f->dbc[n + 1] = NULL;
}

void spur_drive_files_add_dbc(struct spur_drive_files *f, const char *path)
{
	add_dbc(f, path);
	f->no_profile = true;
}

void spur_drive_files_options(struct spur_drive_files *f, const struct spur_args *args)
{
	const char *dbc;

	for (size_t i = 0; (dbc = spur_args_nth(args, "dbc", i)) != NULL; i++)
		spur_drive_files_add_dbc(f, dbc);
	f->no_profile = f->no_profile || spur_args_has(args, "no-profile");
}

void spur_drive_files_look_up(struct spur_ctx *ctx, struct spur_drive_files *f, struct spur_emit *emit)
{
	const char **paths = spur_calloc(f->count, sizeof(*paths));

	for (size_t i = 0; i < f->count; i++)
		paths[i] = f->members[i].path;
	spur_bus_profile_of_files(ctx, paths, f->count, &f->profile, emit);
	free(paths);
}

enum spur_status spur_drive_files_load(struct spur_db *db, const struct spur_db_drive *drive, struct spur_drive_files *out,
				       struct spur_error *err)
{
	struct spur_db_source_list l;
	enum spur_status st = spur_db_source_list(db, drive->id, 0, 0, &l, err);

	if (st < 0)
		return st;
	start(out, l.count);
	out->name = spur_strdup(drive->name);
	out->drive_id = drive->id;
	for (size_t i = 0; i < l.count && st >= 0; i++) {
		struct spur_db_clock clock;

		if (strcmp(l.rows[i].role, "dbc") == 0) {
			add_dbc(out, l.rows[i].path);
			continue;
		}
		if ((st = spur_db_clock_get(db, l.rows[i].id, &clock, err)) < 0)
			break;
		out->source_ids[out->count] = l.rows[i].id;
		out->members[out->count].path = spur_strdup(l.rows[i].path);
		out->members[out->count++].clock = clock.clock;
	}
	spur_db_source_list_finish(&l);
	if (st >= 0)
		st = spur_bus_profile_of_drive(db, drive->id, &out->profile, err);
	if (st >= 0 && out->count == 0)
		st = spur_fail(err, SPUR_ENOTFOUND, "drive %s has no recordings", drive->name);
	if (st < 0)
		spur_drive_files_finish(out);
	return st < 0 ? st : SPUR_OK;
}

void spur_drive_files_of(const char *const *paths, size_t count, struct spur_drive_files *out)
{
	start(out, count);
	for (size_t i = 0; i < count; i++) {
		const char *dot = strrchr(paths[i], '.');

		if (dot != NULL && (strcasecmp(dot, ".dbc") == 0 || strcasecmp(dot, ".ldf") == 0))
			add_dbc(out, paths[i]);
		else
			out->members[out->count++].path = spur_strdup(paths[i]);
	}
	out->name = spur_strdup(out->count > 0 ? out->members[0].path : "");
}

enum spur_status spur_drive_files_find(const char *catalog, const char *drive, struct spur_drive_files *out,
				       struct spur_error *err)
{
	struct spur_db_drive_list l = { 0 };
	struct spur_db *db;
	enum spur_status st = spur_db_open(catalog, &db, err);

	*out = (struct spur_drive_files){ 0 };
	if (st < 0)
		return st;
	if ((st = spur_db_drive_find(db, drive, &l, err)) >= 0)
		st = spur_drive_files_load(db, &l.rows[0], out, err);
	spur_db_drive_list_finish(&l);
	spur_db_close(db);
	return st;
}

void spur_drive_files_finish(struct spur_drive_files *f)
{
	for (size_t i = 0; i < f->count; i++)
		drop(f->members[i].path);
	for (size_t i = 0; f->dbc != NULL && f->dbc[i] != NULL; i++)
		free(f->dbc[i]);
	free(f->dbc);
	spur_bus_profile_finish(&f->profile);
	free(f->members);
	free(f->source_ids);
	free(f->name);
	*f = (struct spur_drive_files){ 0 };
}

/* Those with the recordings or named outright, then those of the profile. The caller frees the array. */
static const char **all_databases(const struct spur_drive_files *f, bool *keep_unavailable)
{
	char **more = f->no_profile ? NULL : f->profile.dbc;
	const char **list;
	size_t n = 0, m = 0;

	while (f->dbc[n] != NULL)
		n++;
	while (more != NULL && more[m] != NULL)
		m++;
	list = spur_calloc(n + m + 1, sizeof(*list));
	for (size_t i = 0; i < n + m; i++)
		list[i] = i < n ? f->dbc[i] : more[i - n];
	*keep_unavailable = *keep_unavailable || (more != NULL && f->profile.keep_unavailable);
	return list;
}

enum spur_status spur_drive_files_open(const struct spur_drive_files *f, uint64_t mem_bytes, unsigned threads,
				       struct spur_timeline **out, struct spur_error *err)
{
	struct spur_source_opts o = { .mem_bytes = mem_bytes, .threads = threads, .keep_unavailable = f->keep_unavailable };
	const char **dbc = all_databases(f, &o.keep_unavailable);
	enum spur_status st;

	o.dbc = dbc;
	st = spur_timeline_open(f->members, f->count, &o, out, err);
	free(dbc);
	return st;
}

char *spur_drive_files_damage(struct spur_timeline *tl)
{
	for (size_t i = 0; i < spur_timeline_source_count(tl); i++) {
		struct spur_source *s = spur_timeline_source(tl, i);
		const struct spur_description *d = spur_source_describe(s);

		if (d->damage_count > 0)
			return spur_strfmt("%s: damaged in %zu places, first at byte %llu: %s; what could be read was used",
					   spur_source_path(s), d->damage_count, (unsigned long long)d->damage[0].offset,
					   d->damage[0].reason);
	}
	return NULL;
}

/* ---- which drives */

struct selection {
	struct spur_db *db;
	struct spur_drive_files *files;
	size_t count, cap;
};

static enum spur_status add(struct selection *s, const struct spur_db_drive *d, struct spur_error *err)
{
	enum spur_status st;

	for (size_t i = 0; i < s->count; i++) {
		if (s->files[i].drive_id == d->id)
			return SPUR_OK;
	}
	if (s->count == s->cap) {
		s->cap = s->cap == 0 ? 64 : s->cap * 2;
		s->files = spur_realloc(s->files, s->cap, sizeof(*s->files));
	}
	st = spur_drive_files_load(s->db, d, &s->files[s->count], err);
	s->count += st >= 0;
	return st;
}

/* Page by page; match NULL: all. */
static enum spur_status add_matching(struct selection *s, const char *match, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;
	int64_t after = 0;
	size_t n = PAGE, found = 0;

	while (n == PAGE && st >= 0) {
		struct spur_db_drive_list l;

		if ((st = spur_db_drive_list(s->db, match, after, PAGE, &l, err)) < 0)
			return st;
		n = l.count;
		for (size_t i = 0; i < l.count && st >= 0; i++) {
			st = add(s, &l.rows[i], err);
			after = l.rows[i].id;
			found++;
		}
		spur_db_drive_list_finish(&l);
	}
	if (st >= 0 && found == 0)
		return match == NULL ? spur_fail(err, SPUR_ENOTFOUND, "the catalogue has no drives: spur add PATH brings some in") :
				       spur_fail(err, SPUR_ENOTFOUND, "no drive fits '%s'; spur drives lists them", match);
	return st;
}

static enum spur_status add_named(struct selection *s, const char *name, struct spur_error *err)
{
	struct spur_db_drive_list l;
	enum spur_status st;

	if (strpbrk(name, "*?") != NULL)
		return add_matching(s, name, err);
	if ((st = spur_db_drive_find(s->db, name, &l, err)) < 0)
		return st;
	st = add(s, &l.rows[0], err);
	spur_db_drive_list_finish(&l);
	return st;
}

static int by_id(const void *a, const void *b)
{
	const struct spur_drive_files *x = a, *y = b;

	return x->drive_id < y->drive_id ? -1 : x->drive_id > y->drive_id;
}

enum spur_status spur_drive_files_select(struct spur_db *db, const struct spur_args *args, struct spur_drive_files **out,
					 size_t *count, struct spur_error *err)
{
	struct selection s = { .db = db };
	enum spur_status st = SPUR_OK;
	const char *name;

	if (spur_args_has(args, "all"))
		st = add_matching(&s, NULL, err);
	for (size_t i = 0; st >= 0 && (name = spur_args_nth(args, "drive", i)) != NULL; i++)
		st = add_named(&s, name, err);
	if (st < 0) {
		for (size_t i = 0; i < s.count; i++)
			spur_drive_files_finish(&s.files[i]);
		free(s.files);
		return st;
	}
	qsort(s.files, s.count, sizeof(*s.files), by_id);
	*out = s.files;
	*count = s.count;
	return SPUR_OK;
}

void spur_drive_files_emit_time(struct spur_emit *emit, const char *key, const struct spur_db_drive *d, spur_ns t)
{
	if (spur_db_drive_timed(d))
		spur_emit_time(emit, key, t);
	else
		spur_emit_text(emit, key, NULL);
}
