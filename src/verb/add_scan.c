#include "config.h"

#include "verb/add.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "format/format.h"
#include "io/out.h"

#define DEPTH_MAX 32	/* folders in folders */

static bool has_suffix(const char *path, const char *suffix)
{
	size_t n = strlen(path), m = strlen(suffix);

	return n > m && strcasecmp(path + n - m, suffix) == 0;
}

static bool is_log(const char *path)
{
	for (const struct spur_format *const *f = spur_format_list(); *f != NULL; f++) {
		for (const char *const *s = (*f)->suffixes; *s != NULL; s++) {
			if (has_suffix(path, *s))
				return true;
		}
	}
	return false;
}

static void add_file(struct spur_add_scan *s, char *path, const struct stat *st)
{
	const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1, *dot = strrchr(name, '.');
	struct spur_add_file *f;

	s->files = spur_realloc(s->files, s->file_count + 1, sizeof(*s->files));
	f = &s->files[s->file_count++];
	*f = (struct spur_add_file){
		.path = path, .stem = spur_strndup(name, dot == NULL || dot == name ? strlen(name) : (size_t)(dot - name)),
		.dbc = has_suffix(path, ".dbc") || has_suffix(path, ".ldf"), .size = (uint64_t)st->st_size,
		.mtime_ns = (spur_ns)st->st_mtim.tv_sec * SPUR_NS_PER_S + st->st_mtim.tv_nsec,
	};
}

static void skip(struct spur_add_scan *s, struct spur_emit *emit, const char *path, const char *why)
{
	s->skipped++;
	spur_emit_warn(emit, "%s: %s; skipped", path, why);
}

static void walk(struct spur_add_scan *s, const char *path, unsigned depth, struct spur_emit *emit);

static void walk_folder(struct spur_add_scan *s, const char *path, unsigned depth, struct spur_emit *emit)
{
	struct spur_error err = { 0 };
	char **names = NULL;
	size_t count = 0;

	if (depth >= DEPTH_MAX || spur_dir_list(path, &names, &count, &err) < 0) {
		skip(s, emit, path, depth >= DEPTH_MAX ? "folders too deep" : err.text);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		char *sub = spur_strfmt("%s/%s", path, names[i]);

		walk(s, sub, depth + 1, emit);
		free(sub);
		free(names[i]);
	}
	free(names);
}

static void walk(struct spur_add_scan *s, const char *path, unsigned depth, struct spur_emit *emit)
{
	char *full = realpath(path, NULL);
	struct stat st;

	if (full == NULL || stat(full, &st) != 0) {
		skip(s, emit, path, strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		walk_folder(s, full, depth, emit);
	} else if (S_ISREG(st.st_mode) && (depth == 0 || is_log(full) || has_suffix(full, ".dbc") || has_suffix(full, ".ldf"))) {
		add_file(s, full, &st);
		return;
	} else if (depth == 0) {
		skip(s, emit, path, "not a file");
	}
	free(full);
}

static int by_path(const void *a, const void *b)
{
	const struct spur_add_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* The same file named twice, or through a link. */
static void sort_files(struct spur_add_scan *s)
{
	size_t kept = 0;

	if (s->file_count > 0)
		qsort(s->files, s->file_count, sizeof(*s->files), by_path);
	for (size_t i = 0; i < s->file_count; i++) {
		if (kept > 0 && strcmp(s->files[kept - 1].path, s->files[i].path) == 0) {
			free(s->files[i].path);
			free(s->files[i].stem);
		} else {
			s->files[kept++] = s->files[i];
		}
	}
	s->file_count = kept;
}

/* ---- groups ---- */

static size_t folder_len(const struct spur_add_file *f)
{
	const char *slash = strrchr(f->path, '/');

	return slash == NULL ? 0 : (size_t)(slash - f->path);
}

static bool same_folder(const struct spur_add_file *a, const struct spur_add_file *b)
{
	return folder_len(a) == folder_len(b) && strncmp(a->path, b->path, folder_len(a)) == 0;
}

static struct spur_add_group *new_group(struct spur_add_scan *s, const char *name, const struct spur_add_file *of)
{
	char *folder = spur_strndup(of->path, folder_len(of));
	const char *slash = strrchr(folder, '/');
	struct spur_add_group *g;

	s->groups = spur_realloc(s->groups, s->group_count + 1, sizeof(*s->groups));
	g = &s->groups[s->group_count++];
	*g = (struct spur_add_group){ .name = spur_strdup(name), .folder = spur_strdup(slash == NULL ? folder : slash + 1) };
	free(folder);
	return g;
}

static void put_file(struct spur_add_group *g, struct spur_add_file *f)
{
	g->files = spur_realloc(g->files, g->count + 1, sizeof(*g->files));
	g->files[g->count++] = f;
}

static struct spur_add_group *group_of(struct spur_add_scan *s, const struct spur_add_file *f)
{
	for (size_t i = s->group_count; i-- > 0;) {
		if (strcmp(s->groups[i].name, f->stem) == 0 && same_folder(s->groups[i].files[0], f))
			return &s->groups[i];
	}
	return NULL;
}

/* A database beside recordings it shares no name with describes the vehicle: all of them. */
static void put_dbc(struct spur_add_scan *s, struct spur_add_file *f, struct spur_emit *emit)
{
	struct spur_add_group *g = group_of(s, f);
	size_t used = 0;

	if (g != NULL) {
		put_file(g, f);
		return;
	}
	for (size_t i = 0; i < s->group_count; i++) {
		if (same_folder(s->groups[i].files[0], f)) {
			put_file(&s->groups[i], f);
			used++;
		}
	}
	if (used == 0)
		skip(s, emit, f->path, "a bus database without recordings beside it (use --drive)");
}

static void group_by_stem(struct spur_add_scan *s, struct spur_emit *emit)
{
	for (size_t i = 0; i < s->file_count; i++) {
		struct spur_add_file *f = &s->files[i];
		struct spur_add_group *g = f->dbc ? NULL : group_of(s, f);

		if (!f->dbc)
			put_file(g == NULL ? new_group(s, f->stem, f) : g, f);
	}
	for (size_t i = 0; i < s->file_count; i++) {
		if (s->files[i].dbc)
			put_dbc(s, &s->files[i], emit);
	}
}

static void group_as_one(struct spur_add_scan *s, const char *drive)
{
	struct spur_add_group *g = new_group(s, drive, &s->files[0]);

	for (int dbc = 0; dbc < 2; dbc++) {
		for (size_t i = 0; i < s->file_count; i++) {
			if (s->files[i].dbc == (dbc == 1))
				put_file(g, &s->files[i]);
		}
	}
}

enum spur_status spur_add_scan(const char *const *paths, size_t count, const char *drive, struct spur_add_scan *out,
			       struct spur_emit *emit, struct spur_error *err)
{
	*out = (struct spur_add_scan){ 0 };
	for (size_t i = 0; i < count; i++)
		walk(out, paths[i], 0, emit);
	sort_files(out);
	if (out->file_count == 0)
		return spur_fail(err, SPUR_ENOTFOUND, "%s: no recordings there (.mf4, .mcap)", paths[0]);
	if (drive != NULL)
		group_as_one(out, drive);
	else
		group_by_stem(out, emit);
	return SPUR_OK;
}

void spur_add_scan_finish(struct spur_add_scan *s)
{
	for (size_t i = 0; i < s->group_count; i++) {
		free(s->groups[i].name);
		free(s->groups[i].folder);
		free(s->groups[i].files);
	}
	for (size_t i = 0; i < s->file_count; i++) {
		free(s->files[i].path);
		free(s->files[i].stem);
	}
	free(s->groups);
	free(s->files);
	*s = (struct spur_add_scan){ 0 };
}
