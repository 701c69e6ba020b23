#ifndef SPUR_DB_DB_SQLITE_H
#define SPUR_DB_DB_SQLITE_H

#include <sqlite3.h>

#include "db/catalog.h"
#include "db/statement.h"

/* What only the SQLite engine and its migrations may know. catalog_*.c use db/statement.h. */

#define SPUR_DB_KEPT 64		/* prepared statements kept per handle */

struct spur_stmt {
	sqlite3_stmt *stmt;
	struct spur_db *db;
	uint64_t hash;		/* of its text */
	uint64_t used;		/* tick of the last use */
	bool busy, kept;
};

struct spur_db {
	sqlite3 *sqlite;
	char *uri;
	int version;
	unsigned depth;		/* of nested begin() */
	bool doomed;		/* an inner end() failed: the outermost rolls back */
	uint64_t tick;
	struct spur_stmt kept[SPUR_DB_KEPT];
};

enum spur_status spur_sqlite_fail(struct spur_db *db, const char *what, struct spur_error *err);
/* Statements without values or rows, several at once. */
enum spur_status spur_sqlite_exec(struct spur_db *db, const char *sql, struct spur_error *err);

#endif
