#include "config.h"

#include "verb/verb.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "db/catalog.h"
#include "decode/ldf.h"
#include "io/out.h"
#include "sync/source.h"
#include "verb/bus_profile.h"

/* ---- showing ---- */

/* "a.dbc", "1=b.dbc" as --dbc takes them; the caller frees. */
static char *databases_text(const struct spur_db_profile *p)
{
	struct spur_buf text = { 0 };

	for (size_t i = 0; i < p->database_count; i++) {
		spur_buf_adds(&text, i == 0 ? "" : " ");
		if (p->databases[i].channel >= 0)
			spur_buf_addf(&text, "%" PRId64 "=", p->databases[i].channel);
		spur_buf_adds(&text, p->databases[i].name);
	}
	return spur_buf_steal(&text);
}

static char *scopes_text(const struct spur_db_profile *p)
{
	struct spur_buf text = { 0 };

	for (size_t i = 0; i < p->scope_count; i++)
		spur_buf_addf(&text, "%s%s %s", i == 0 ? "" : ", ", p->scopes[i].kind, p->scopes[i].pattern);
	return spur_buf_steal(&text);
}

static void emit_parts(const struct spur_db_profile *p, struct spur_emit *emit)
{
	spur_emit_begin(emit, "databases", '[');
	for (size_t i = 0; i < p->database_count; i++) {
		spur_emit_begin(emit, NULL, '{');
		spur_emit_text(emit, "name", p->databases[i].name);
		if (p->databases[i].channel >= 0)
			spur_emit_int(emit, "channel", p->databases[i].channel);
		else
			spur_emit_text(emit, "channel", NULL);
		spur_emit_text(emit, "sha256", p->databases[i].sha256);
		spur_emit_uint(emit, "size_bytes", p->databases[i].size_bytes);
		spur_emit_close(emit, '}');
	}
	spur_emit_close(emit, ']');
	spur_emit_begin(emit, "scopes", '[');
	for (size_t i = 0; i < p->scope_count; i++) {
		spur_emit_begin(emit, NULL, '{');
		spur_emit_text(emit, "kind", p->scopes[i].kind);
		spur_emit_text(emit, "pattern", p->scopes[i].pattern);
		spur_emit_close(emit, '}');
	}
	spur_emit_close(emit, ']');
}

static void emit_profile(const struct spur_db_profile *p, struct spur_emit *emit)
{
	char *databases = databases_text(p), *scopes = scopes_text(p);

	spur_emit_row(emit, "profile");
	spur_emit_text(emit, "name", p->name);
	spur_emit_int(emit, "version", p->version);
	spur_emit_text(emit, "applies_to", p->removed ? "nothing: removed" : scopes);
	spur_emit_text(emit, "dbc", databases);
	spur_emit_text(emit, "unavailable", p->keep_unavailable ? "kept" : "invalid");
	spur_emit_text(emit, "who", p->who);
	spur_emit_time(emit, "at_ns", p->at_ns);
	spur_emit_detail(emit);
	spur_emit_bool(emit, "removed", p->removed);
	spur_emit_bool(emit, "keep_unavailable", p->keep_unavailable);
	emit_parts(p, emit);
	spur_emit_end(emit);
	free(databases);
	free(scopes);
}

static enum spur_exit run_list(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	const char *name = args->npos > 0 ? args->pos[0] : NULL;
	struct spur_db_profile_list l = { 0 };
	struct spur_db *db;
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	if (st >= 0 && (st = spur_db_profile_list(db, name, &l, err)) >= 0 && name != NULL && l.count == 0)
		st = spur_fail(err, SPUR_ENOTFOUND, "no profile '%s' in this catalogue", name);
	for (size_t i = 0; st >= 0 && i < l.count; i++)
		emit_profile(&l.rows[i], emit);
	spur_db_profile_list_finish(&l);
	return spur_exit_of(st);
}

/* ---- a new version ---- */

struct making {
	struct spur_db_profile p;
	struct spur_db_profile_database *databases;
	struct spur_db_profile_scope *scopes;
	struct spur_arena *arena;
	char **contents;	/* owned, per database */
};

/* A file that is no database would decode nothing for ever. */
static enum spur_status check_database(const char *text, size_t len, struct spur_error *err)
{
	struct spur_dbc *dbc = NULL;
	size_t messages = 0;
	enum spur_status st;

	/* A recording may have one attached: the parser would find it. */
	if (memchr(text, '\0', len) != NULL)
		return spur_fail(err, SPUR_EFORMAT, "it is no text; a bus database (DBC, LDF) is wanted");
	if ((st = spur_busdb_parse(text, len, &dbc, err)) >= 0)
		spur_dbc_messages(dbc, &messages);
	spur_dbc_destroy(dbc);
	return st >= 0 && messages == 0 ? spur_fail(err, SPUR_EFORMAT, "no message is in it; a bus database (DBC) is wanted") : st;
}

static enum spur_status take_database(struct making *m, const char *spec, struct spur_error *err)
{
	struct spur_db_profile_database *d = &m->databases[m->p.database_count];
	const char *path = spur_bus_database_path(spec, &d->channel), *slash = strrchr(path, '/');
	char hex[SPUR_SHA256_HEX], *text = NULL;
	size_t len = 0;
	enum spur_status st = spur_file_read(path, SPUR_DB_DATABASE_MAX, &text, &len, err);

	if (st < 0)
		return st;
	m->contents[m->p.database_count++] = text;
	if ((st = check_database(text, len, err)) < 0)
		return spur_wrap(st, err, "%s", path);
	spur_sha256_hex_of(text, len, hex);
	d->name = slash == NULL ? path : slash + 1;
	d->sha256 = spur_arena_str(m->arena, hex);
	d->size_bytes = len;
	d->content = text;
	return SPUR_OK;
}

static enum spur_status take_scopes(struct making *m, const struct spur_args *args, const char *kind, struct spur_error *err)
{
	const char *pattern;

	for (size_t i = 0; (pattern = spur_args_nth(args, kind, i)) != NULL; i++) {
		if (pattern[0] == '\0' || pattern[0] == '/' || pattern[0] == '~')
			return spur_fail(err, SPUR_EINVAL, "--%s '%s': a name is wanted, or a pattern with * ? [", kind, pattern);
		m->scopes[m->p.scope_count++] = (struct spur_db_profile_scope){ kind, pattern };
	}
	return SPUR_OK;
}

static enum spur_status take_all(struct making *m, const struct spur_args *args, struct spur_error *err)
{
	static const char *const kinds[] = { "drive", "vehicle", "project" };
	const char *spec;
	enum spur_status st = SPUR_OK;

	m->p = (struct spur_db_profile){ .name = args->pos[0], .keep_unavailable = spur_args_has(args, "keep-unavailable") };
	m->databases = spur_calloc(args->nset + 1, sizeof(*m->databases));
	m->contents = spur_calloc(args->nset + 1, sizeof(*m->contents));
	m->scopes = spur_calloc(args->nset + 1, sizeof(*m->scopes));
	m->arena = spur_arena_create(0);
	for (size_t i = 0; st >= 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		st = take_scopes(m, args, kinds[i], err);
	for (size_t i = 0; st >= 0 && (spec = spur_args_nth(args, "dbc", i)) != NULL; i++)
		st = take_database(m, spec, err);
	m->p.databases = m->databases;
	m->p.scopes = m->scopes;
	return st;
}

static void making_finish(struct making *m)
{
	for (size_t i = 0; i < m->p.database_count; i++)
		free(m->contents[i]);
	free(m->contents);
	free(m->databases);
	free(m->scopes);
	spur_arena_destroy(m->arena);
}

static enum spur_status show_newest(struct spur_db *db, const char *name, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_db_profile_list l;
	enum spur_status st = spur_db_profile_list(db, name, &l, err);

	if (st >= 0 && l.count > 0)
		emit_profile(&l.rows[0], emit);
	spur_db_profile_list_finish(&l);
	return st;
}

static enum spur_exit run_add(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			      struct spur_error *err)
{
	struct spur_db *db;
	struct spur_db_act act;
	struct making m = { 0 };
	enum spur_status st = take_all(&m, args, err);

	if (st >= 0 && (st = spur_ctx_act(ctx, &db, &act, err)) >= 0 && (st = spur_db_profile_add(db, &act, &m.p, NULL, err)) >= 0)
		st = show_newest(db, m.p.name, emit, err);
	making_finish(&m);
	return spur_exit_of(st);
}

static enum spur_exit run_remove(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				 struct spur_error *err)
{
	struct spur_db *db;
	struct spur_db_act act;
	enum spur_status st = spur_ctx_act(ctx, &db, &act, err);

	if (st >= 0 && (st = spur_db_profile_remove(db, &act, args->pos[0], err)) >= 0)
		st = show_newest(db, args->pos[0], emit, err);
	return spur_exit_of(st);
}

/* ---- which apply ---- */

static enum spur_exit run_of(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_db_profile_list l = { 0 };
	struct spur_db_drive_list d = { 0 };
	struct spur_db *db;
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	if (st >= 0 && (st = spur_db_drive_find(db, args->pos[0], &d, err)) >= 0)
		st = spur_db_profile_of_drive(db, d.rows[0].id, &l, err);
	for (size_t i = 0; st >= 0 && i < l.count; i++)
		emit_profile(&l.rows[i], emit);
	if (st >= 0 && l.count == 0)
		spur_emit_note(emit, "no profile applies to drive %s", d.rows[0].name);
	spur_db_profile_list_finish(&l);
	spur_db_drive_list_finish(&d);
	return spur_exit_of(st);
}

/* The bytes as they were given. */
static enum spur_exit run_cat(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_db_profile_list l = { 0 };
	struct spur_buf content = { 0 };
	const char *sha256 = NULL;
	struct spur_db *db;
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	if (st >= 0)
		st = spur_db_profile_list(db, args->pos[0], &l, err);
	for (size_t i = 0; st >= 0 && i < l.count && sha256 == NULL; i++) {
		for (size_t k = 0; k < l.rows[i].database_count && sha256 == NULL; k++)
			sha256 = strcmp(l.rows[i].databases[k].name, args->pos[1]) == 0 ? l.rows[i].databases[k].sha256 : NULL;
	}
	if (st >= 0 && sha256 == NULL)
		st = spur_fail(err, SPUR_ENOTFOUND, "no bus database '%s' in profile '%s'", args->pos[1], args->pos[0]);
	if (st >= 0 && (st = spur_db_database_read(db, sha256, &content, err)) >= 0)
		spur_emit_stream(emit, spur_buf_text(&content), content.len);
	spur_buf_finish(&content);
	spur_db_profile_list_finish(&l);
	return spur_exit_of(st);
}

/* clang-format off */
static const struct spur_opt add_opts[] = {
	{ "dbc", 0, SPUR_OPT_PATH, "[N=]FILE", "decode CAN frames by this database (of channel N)", true },
	{ "vehicle", 0, SPUR_OPT_TEXT, "NAME", "of drives of that vehicle (or pattern)", true },
	{ "project", 0, SPUR_OPT_TEXT, "NAME", "of drives of that project", true },
	{ "drive", 0, SPUR_OPT_TEXT, "NAME", "of drives of that name", true },
	{ "keep-unavailable", 0, SPUR_OPT_FLAG, NULL, "J1939 values that say 'not available' as values", false },
	{ 0 }
};
/* clang-format on */

static const struct spur_verb add = {
	.name = "add", .synopsis = "NAME --dbc [N=]FILE... --vehicle NAME...",
	.summary = "a profile, or a new version of one", .opts = add_opts, .min_args = 1, .max_args = 1, .run = run_add,
};
static const struct spur_verb list = {
	.name = "list", .synopsis = "", .summary = "the profiles in force", .max_args = 0, .run = run_list,
};
static const struct spur_verb show = {
	.name = "show", .synopsis = "NAME", .summary = "all versions of one, newest first", .min_args = 1, .max_args = 1,
	.run = run_list,
};
static const struct spur_verb of = {
	.name = "of", .synopsis = "DRIVE", .summary = "the profiles that apply to a drive", .min_args = 1, .max_args = 1, .run = run_of,
};
static const struct spur_verb cat = {
	.name = "cat", .synopsis = "NAME DATABASE", .summary = "print a bus database as it is stored", .min_args = 2, .max_args = 2,
	.run = run_cat,
};
static const struct spur_verb drop = {
	.name = "remove", .synopsis = "NAME", .summary = "it applies to nothing from now on", .min_args = 1, .max_args = 1,
	.run = run_remove,
};
static const struct spur_verb *const subs[] = { &add, &list, &show, &of, &cat, &drop, NULL };

const struct spur_verb spur_verb_profile = {
	.name = "profile",
	.synopsis = "add NAME --dbc FILE... | list | show NAME | of DRIVE | cat NAME DATABASE | remove NAME",
	.summary = "bus databases per vehicle or project, applied without asking",
	.section = "Catalogue",
	.subs = subs,
};
