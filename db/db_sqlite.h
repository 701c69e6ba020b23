#ifndef SPUR_DB_DB_SQLITE_H
#define SPUR_DB_DB_SQLITE_H

#include <sqlite3.h>

#include "db/engine.h"

/* What only the files db_sqlite*.c share, and the tests of this engine. */

struct sqlite_stmt {
	struct spur_stmt head;
	sqlite3_stmt *stmt;
};

struct sqlite_db {
	struct spur_db head;
	sqlite3 *sqlite;
	int64_t waits_since;	/* for another writer; monotonic ns */
	unsigned dice;
};

static inline sqlite3 *spur_sqlite_of(struct spur_db *db)
{
	return ((struct sqlite_db *)db)->sqlite;
}

/* Bring a file to a version of the schema (UINT_MAX: the newest). */
enum spur_status spur_sqlite_migrate(sqlite3 *db, unsigned version, int *have, struct spur_error *err);

/* db_sqlite_care.c */
enum spur_status spur_sqlite_tables(struct spur_db *db, const char *column, char ***names, size_t *count,
				    struct spur_error *err);
enum spur_status spur_sqlite_check(struct spur_db *db, struct spur_db_verdict *v, spur_db_found *found, void *state,
				   struct spur_error *err);
enum spur_status spur_sqlite_backup(struct spur_db *db, const char *path, struct spur_task *task, struct spur_error *err);

#endif
