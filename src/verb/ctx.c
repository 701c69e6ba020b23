#include "config.h"

#include "verb/verb.h"

enum spur_status spur_ctx_db(struct spur_ctx *ctx, struct spur_db **db, struct spur_error *err)
{
	*db = ctx->db;
	return spur_fail(err, SPUR_EUNSUPPORTED, "no catalogue in this build");
}

void spur_ctx_finish(struct spur_ctx *ctx)
{
	ctx->db = NULL;
}
