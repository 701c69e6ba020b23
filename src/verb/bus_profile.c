#include "config.h"

#include "verb/bus_profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "io/out.h"
#include "verb/file.h"
#include "verb/places.h"

/* ---- databases as files ---- */

static bool holds(const char *path, const char *sha256)
{
	char *data = NULL, hex[SPUR_SHA256_HEX];
	size_t len = 0;
	bool same = spur_file_read(path, SPUR_DB_DATABASE_MAX, &data, &len, NULL) >= 0;

	if (same) {
		spur_sha256_hex_of(data, len, hex);
		same = strcmp(hex, sha256) == 0;
	}
	free(data);
	return same;
}

static enum spur_status write_database(struct spur_db *db, const char *sha256, const char *dir, const char *path,
				       struct spur_error *err)
{
	struct spur_buf content = { 0 };
	enum spur_status st = spur_db_database_read(db, sha256, &content, err);

	if (st >= 0 && (st = spur_dir_make(dir, err)) >= 0)
		st = spur_file_write(path, spur_buf_text(&content), content.len, err);
	spur_buf_finish(&content);
	return st;
}

enum spur_status spur_bus_profile_file(struct spur_db *db, const char *sha256, char **path, struct spur_error *err)
{
	char *dir = spur_place_bus();
	enum spur_status st = SPUR_OK;

	*path = spur_strfmt("%s/%s.dbc", dir, sha256);
	if (!holds(*path, sha256))
		st = write_database(db, sha256, dir, *path, err);
	free(dir);
	return st;
}

/* ---- of a drive ---- */

static enum spur_status add_database(struct spur_db *db, const struct spur_db_profile_database *d, struct spur_bus_profile *out,
				     size_t *n, struct spur_error *err)
{
	char *path = NULL;
	enum spur_status st = spur_bus_profile_file(db, d->sha256, &path, err);

	if (st >= 0) {
		out->dbc = spur_realloc(out->dbc, *n + 2, sizeof(*out->dbc));
		out->dbc[(*n)++] = d->channel < 0 ? spur_strdup(path) : spur_strfmt("%u=%s", (unsigned)d->channel, path);
		out->dbc[*n] = NULL;
	}
	free(path);
	return spur_wrap(st, err, "bus database %s", d->name);
}

enum spur_status spur_bus_profile_of_drive(struct spur_db *db, int64_t drive, struct spur_bus_profile *out, struct spur_error *err)
{
	size_t n = 0;
	enum spur_status st;

	*out = (struct spur_bus_profile){ .dbc = spur_calloc(1, sizeof(*out->dbc)) };
	st = spur_db_profile_of_drive(db, drive, &out->applied, err);
	for (size_t i = 0; i < out->applied.count && st >= 0; i++) {
		const struct spur_db_profile *p = &out->applied.rows[i];

		out->keep_unavailable = out->keep_unavailable || p->keep_unavailable;
		for (size_t k = 0; k < p->database_count && st >= 0; k++)
			st = add_database(db, &p->databases[k], out, &n, err);
	}
	if (st < 0)
		spur_bus_profile_finish(out);
	return st;
}

void spur_bus_profile_finish(struct spur_bus_profile *p)
{
	for (size_t i = 0; p->dbc != NULL && p->dbc[i] != NULL; i++)
		free(p->dbc[i]);
	free(p->dbc);
	spur_db_profile_list_finish(&p->applied);
	*p = (struct spur_bus_profile){ 0 };
}

/* ---- of files ---- */

static bool same_profiles(const struct spur_bus_profile *a, const struct spur_bus_profile *b)
{
	if (a->applied.count != b->applied.count)
		return false;
	for (size_t i = 0; i < a->applied.count; i++) {
		if (a->applied.rows[i].id != b->applied.rows[i].id)
			return false;
	}
	return true;
}

static enum spur_status of_file(struct spur_db *db, const char *path, struct spur_bus_profile *out, struct spur_error *err)
{
	struct spur_db_source_list l = { 0 };
	char *whole = realpath(path, NULL);
	enum spur_status st = whole == NULL ? SPUR_ENOTFOUND : spur_db_source_find(db, 0, whole, &l, err);

	*out = (struct spur_bus_profile){ 0 };
	if (st >= 0)
		st = spur_bus_profile_of_drive(db, l.rows[0].drive_id, out, err);
	spur_db_source_list_finish(&l);
	free(whole);
	return st;
}

static bool catalogue_is_there(const struct spur_ctx *ctx)
{
	return ctx->catalog != NULL && (ctx->db != NULL || strstr(ctx->catalog, "://") != NULL || spur_path_exists(ctx->catalog));
}

/* Only logs of buses are worth a look into the catalogue. */
static bool is_bus_log(struct spur_ctx *ctx, const char *path)
{
	const struct spur_format *format;
	struct spur_reader *reader = NULL;
	bool any = false;

	if (spur_file_open(ctx, path, &format, &reader, NULL) < 0)
		return false;
	for (size_t i = 0; i < format->describe(reader)->group_count; i++)
		any = any || format->describe(reader)->groups[i].bus;
	format->close(reader);
	return any;
}

/* The paths of those that are logs of buses. */
static size_t pick_bus_logs(struct spur_ctx *ctx, const char *const *paths, size_t count, const char **out)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (is_bus_log(ctx, paths[i]))
			out[n++] = paths[i];
	}
	return n;
}

/* SPUR_ENOTFOUND: the catalogue knows none of them. */
static enum spur_status of_all(struct spur_db *db, const char *const *paths, size_t count, struct spur_bus_profile *out,
			       bool *differ, struct spur_error *err)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		struct spur_bus_profile one = { 0 };
		enum spur_status st = of_file(db, paths[i], &one, err);

		if (st < 0 && st != SPUR_ENOTFOUND)
			return st;
		*differ = *differ || (any && !same_profiles(out, &one));
		if (st < 0)
			continue;
		if (any)
			spur_bus_profile_finish(&one);
		else
			*out = one;
		any = true;
	}
	return any ? SPUR_OK : SPUR_ENOTFOUND;
}

void spur_bus_profile_of_files(struct spur_ctx *ctx, const char *const *paths, size_t count, struct spur_bus_profile *out,
			       struct spur_emit *emit)
{
	const char **logs;
	struct spur_error why = { 0 };
	struct spur_db *db;
	bool differ = false;
	enum spur_status st;

	*out = (struct spur_bus_profile){ 0 };
	if (!catalogue_is_there(ctx))
		return;
	logs = spur_calloc(count, sizeof(*logs));
	if ((count = pick_bus_logs(ctx, paths, count, logs)) == 0) {
		free(logs);
		return;
	}
	if ((st = spur_ctx_db(ctx, &db, &why)) >= 0)
		st = of_all(db, logs, count, out, &differ, &why);
	if (differ)
		spur_emit_warn(emit, "different profiles apply to these files: none was used; name bus databases with --dbc");
	if (st < 0 && st != SPUR_ENOTFOUND) {
		spur_emit_warn(emit, "no profile was used: %s", why.text);
		ctx->lacking = true;
	}
	if (st < 0 || differ)
		spur_bus_profile_finish(out);
	free(logs);
}

/* ---- of a verb ---- */

void spur_bus_choose(struct spur_ctx *ctx, const struct spur_args *args, const char *path, struct spur_bus_choice *out,
		     struct spur_emit *emit)
{
	size_t n = 0;

	*out = (struct spur_bus_choice){ .asked = spur_args_has(args, "dbc"),
					 .keep_unavailable = spur_args_has(args, "keep-unavailable") };
	if (!out->asked && !spur_args_has(args, "no-profile"))
		spur_bus_profile_of_files(ctx, &path, 1, &out->profile, emit);
	while (out->profile.dbc != NULL && out->profile.dbc[n] != NULL)
		n++;
	out->dbc = spur_calloc(args->nset + n + 1, sizeof(*out->dbc));
	for (size_t i = 0; i < n; i++)
		out->dbc[i] = out->profile.dbc[i];
	for (size_t i = 0; out->asked && (out->dbc[i] = spur_args_nth(args, "dbc", i)) != NULL; i++)
		;
	out->keep_unavailable = out->keep_unavailable || out->profile.keep_unavailable;
}

void spur_bus_choice_finish(struct spur_bus_choice *c)
{
	free(c->dbc);
	spur_bus_profile_finish(&c->profile);
	*c = (struct spur_bus_choice){ 0 };
}

void spur_bus_profile_emit(const struct spur_bus_profile *p, struct spur_emit *emit)
{
	if (p->applied.count == 0)
		return;
	spur_emit_begin(emit, "profiles", '[');
	for (size_t i = 0; i < p->applied.count; i++) {
		const struct spur_db_profile *row = &p->applied.rows[i];

		spur_emit_begin(emit, NULL, '{');
		spur_emit_text(emit, "name", row->name);
		spur_emit_int(emit, "version", row->version);
		spur_emit_bool(emit, "keep_unavailable", row->keep_unavailable);
		spur_emit_begin(emit, "databases", '[');
		for (size_t k = 0; k < row->database_count; k++) {
			spur_emit_begin(emit, NULL, '{');
			spur_emit_text(emit, "name", row->databases[k].name);
			if (row->databases[k].channel >= 0)
				spur_emit_int(emit, "channel", row->databases[k].channel);
			else
				spur_emit_text(emit, "channel", NULL);
			spur_emit_text(emit, "sha256", row->databases[k].sha256);
			spur_emit_close(emit, '}');
		}
		spur_emit_close(emit, ']');
		spur_emit_close(emit, '}');
	}
	spur_emit_close(emit, ']');
}
