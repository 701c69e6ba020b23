#include "config.h"

#include "verb/verb.h"

#include <stdlib.h>
#include <string.h>

#include "db/catalog.h"
#include "verb/identity.h"

enum spur_status spur_ctx_db(struct spur_ctx *ctx, struct spur_db **db, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	if (ctx->db == NULL)
		st = spur_db_open(ctx->catalog, &ctx->db, err);
	*db = ctx->db;
	return st;
}

static enum spur_status open_identity(struct spur_ctx *ctx, struct spur_error *err)
{
	char *name = ctx->as != NULL ? spur_strdup(ctx->as) : spur_identity_default();
	enum spur_status st = spur_identity_open(name, ctx->as == NULL, &ctx->identity, err);

	free(name);
	return st;
}

/* The OS user's key registers itself; another name must have been introduced on purpose. */
static enum spur_status known_here(struct spur_ctx *ctx, struct spur_db *db, const struct spur_db_act *act,
				   struct spur_error *err)
{
	struct spur_db_identity_list l;
	enum spur_status st = spur_db_identity_list(db, act->who, &l, err);
	bool known = st >= 0 && l.count > 0;

	if (known && strcmp(l.rows[0].fingerprint, act->key) != 0)
		st = spur_fail(err, SPUR_EDB, "identity %s has another key in this catalogue (%s)", act->who,
			       l.rows[0].fingerprint);
	else if (known && l.rows[0].ended_ns != 0)
		st = spur_fail(err, SPUR_EDB, "the key of %s was revoked (%s); act under another: spur identity add NEWNAME, --as NEWNAME",
			       act->who, l.rows[0].end_reason);
	spur_db_identity_list_finish(&l);
	if (st < 0 || known)
		return st;
	if (ctx->as != NULL)
		return spur_fail(err, SPUR_ENOTFOUND, "identity %s is not known in this catalogue; introduce it: "
				 "spur identity add %s", act->who, act->who);
	return spur_db_identity_add(db, act, act->who, ctx->identity->public_key, err);
}

enum spur_status spur_ctx_act(struct spur_ctx *ctx, struct spur_db **db, struct spur_db_act *act, struct spur_error *err)
{
	bool first = ctx->identity == NULL;
	enum spur_status st = spur_ctx_db(ctx, db, err);

	if (st >= 0 && first)
		st = open_identity(ctx, err);
	if (st < 0)
		return st;
	*act = (struct spur_db_act){ .who = ctx->identity->name, .key = ctx->identity->fingerprint,
				     .line = ctx->command_line, .now_ns = spur_now_ns() };
	if (first && (st = known_here(ctx, *db, act, err)) < 0) {
		spur_identity_close(ctx->identity);	/* so that the next call asks again */
		ctx->identity = NULL;
	}
	return st;
}

enum spur_status spur_ctx_sign(struct spur_ctx *ctx, const char *name_space, const void *data, size_t len,
			       struct spur_buf *out, struct spur_error *err)
{
	return spur_identity_sign(ctx->identity, name_space, data, len, out, err);
}

void spur_ctx_finish(struct spur_ctx *ctx)
{
	spur_identity_close(ctx->identity);
	ctx->identity = NULL;
	spur_db_close(ctx->db);
	ctx->db = NULL;
	free(ctx->look);
	ctx->look = NULL;
}

enum spur_status spur_ctx_goes_on(struct spur_ctx *ctx, size_t done, size_t of, struct spur_error *err)
{
	spur_task_progress(ctx->task, done, of);
	return spur_task_cancelled(ctx->task) ? spur_fail(err, SPUR_ECANCELLED, "stopped; nothing was changed") : SPUR_OK;
}
