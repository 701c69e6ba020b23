#include "config.h"

#include "verb/verb.h"

#include "db/catalog.h"

enum spur_status spur_ctx_db(struct spur_ctx *ctx, struct spur_db **db, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	if (ctx->db == NULL)
		st = spur_db_open(ctx->catalog, &ctx->db, err);
	*db = ctx->db;
	return st;
}

void spur_ctx_finish(struct spur_ctx *ctx)
{
	spur_db_close(ctx->db);
	ctx->db = NULL;
}
