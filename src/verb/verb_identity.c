#include "config.h"

#include "verb/verb.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "db/catalog.h"
#include "verb/identity.h"

static void emit_identity(const char *name, const char *fingerprint, const char *key, const char *revoked,
			  struct spur_emit *emit)
{
	spur_emit_row(emit, "identity");
	spur_emit_text(emit, "name", name);
	spur_emit_text(emit, "fingerprint", fingerprint);
	spur_emit_text(emit, "public_key", key);
	if (revoked[0] != '\0')
		spur_emit_text(emit, "revoked", revoked);
	spur_emit_end(emit);
}

/* Who introduces: the person themself, when nobody else acts. */
static enum spur_status introduce(struct spur_ctx *ctx, const struct spur_identity *id, struct spur_error *err)
{
	struct spur_db *db;
	struct spur_db_act act = { .who = id->name, .key = id->fingerprint, .line = ctx->command_line, .now_ns = spur_now_ns() };
	enum spur_status st = ctx->as != NULL ? spur_ctx_act(ctx, &db, &act, err) : spur_ctx_db(ctx, &db, err);

	return st < 0 ? st : spur_db_identity_add(db, &act, id->name, id->public_key, err);
}

static enum spur_exit run_add(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			      struct spur_error *err)
{
	const char *key = spur_args_text(args, "key", NULL);
	char *name = args->npos > 0 ? spur_strdup(args->pos[0]) : spur_identity_default();
	struct spur_identity *id = NULL;
	enum spur_status st = key == NULL ? SPUR_OK : spur_identity_link(name, key, err);

	if (st >= 0 && (st = spur_identity_open(name, true, &id, err)) >= 0 && (st = introduce(ctx, id, err)) >= 0) {
		emit_identity(id->name, id->fingerprint, id->public_key, "", emit);
		if (id->key != NULL && key == NULL)
			spur_emit_note(emit, "its key is %s", id->key_path);
	}
	spur_identity_close(id);
	free(name);
	return spur_exit_of(st);
}

static enum spur_exit run_list(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	struct spur_db *db;
	struct spur_db_identity_list l = { 0 };
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	if (st >= 0)
		st = spur_db_identity_list(db, args->npos > 0 ? args->pos[0] : NULL, &l, err);
	if (st >= 0 && args->npos > 0 && l.count == 0)
		st = spur_fail(err, SPUR_ENOTFOUND, "no identity '%s' in this catalogue", args->pos[0]);
	for (size_t i = 0; st >= 0 && i < l.count; i++)
		emit_identity(l.rows[i].name, l.rows[i].fingerprint, l.rows[i].public_key, l.rows[i].end_reason, emit);
	spur_db_identity_list_finish(&l);
	return spur_exit_of(st);
}

/* By whoever acts: the owner of the key, or somebody who knows that it is lost. */
static enum spur_exit run_revoke(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				 struct spur_error *err)
{
	const char *reason = spur_args_text(args, "reason", "");
	struct spur_db *db;
	struct spur_db_act act;
	enum spur_status st = spur_ctx_act(ctx, &db, &act, err);

	if (st >= 0 && (st = spur_db_identity_revoke(db, &act, args->pos[0], reason, err)) >= 0) {
		spur_emit_row(emit, "revoked");
		spur_emit_text(emit, "name", args->pos[0]);
		spur_emit_text(emit, "reason", reason);
		spur_emit_text(emit, "by", act.who);
		spur_emit_end(emit);
	}
	return spur_exit_of(st);
}

static const struct spur_opt revoke_opts[] = {
	{ .name = "reason", .type = SPUR_OPT_TEXT, .arg = "TEXT", .help = "why it is not to be trusted any more" },
	{ 0 }
};
static const struct spur_opt add_opts[] = {
	{ .name = "key", .type = SPUR_OPT_PATH, .arg = "PATH", .help = "use this SSH key (private, or .pub of one in an agent)" },
	{ 0 }
};

static const struct spur_verb add = {
	.name = "add", .synopsis = "[NAME]", .summary = "make a key, or take one, and register it",
	.opts = add_opts, .max_args = 1, .run = run_add,
};
static const struct spur_verb list = {
	.name = "list", .synopsis = "", .summary = "who is registered", .max_args = 0, .run = run_list,
};
static const struct spur_verb show = {
	.name = "show", .synopsis = "NAME", .summary = "one of them, by name or fingerprint", .min_args = 1, .max_args = 1,
	.run = run_list,
};
static const struct spur_verb revoke = {
	.name = "revoke", .synopsis = "NAME --reason TEXT", .summary = "nothing that key does counts from now on",
	.opts = revoke_opts, .min_args = 1, .max_args = 1, .run = run_revoke,
};
static const struct spur_verb *const subs[] = { &add, &list, &show, &revoke, NULL };

const struct spur_verb spur_verb_identity = {
	.name = "identity",
	.synopsis = "add [NAME] | list | show NAME | revoke NAME",
	.summary = "people and their SSH keys",
	.section = "Curation",
	.subs = subs,
};
