#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/uri.h"
#include "db/engine.h"

/* In the place of db_pg*.c where the headers of libpq were missing at build time: says so. */

static bool accepts(const char *uri)
{
	return strncmp(uri, "postgresql://", 13) == 0 || strncmp(uri, "postgres://", 11) == 0;
}

static enum spur_status refuse(struct spur_db *db, const char *uri, struct spur_error *err)
{
	free(db->uri);
	db->uri = spur_uri_hide(uri);
	return spur_fail(err, SPUR_EUNSUPPORTED, "this spur was built without PostgreSQL (install libpq-dev and build again); "
			 "give the path of a file");
}

static void nothing(struct spur_db *db)
{
	(void)db;
}

const struct spur_db_engine spur_db_engine_pg = {
	.id = "postgresql", .title = "PostgreSQL", .db_size = sizeof(struct spur_db), .stmt_size = sizeof(struct spur_stmt),
	.accepts = accepts, .open = refuse, .close = nothing,
};
