#ifndef SPUR_DB_ENGINE_H
#define SPUR_DB_ENGINE_H

#include "db/catalog.h"
#include "db/chain.h"
#include "db/statement.h"

/*
 * What a database engine is: a row in engines.def and a table of operations. db.c keeps what is the
 * same everywhere (nesting of transactions, kept statements) and calls these; catalog_*.c see
 * neither. Only db.c, db_<engine>*.c and migrate.c include this.
 */
#define SPUR_DB_KEPT 64		/* prepared statements kept per handle */

struct spur_db_engine;

/* Head of every handle; an engine's own struct starts with it. */
struct spur_db {
	const struct spur_db_engine *engine;
	char *uri;		/* fit for messages: without a password */
	int version;		/* of the schema */
	unsigned depth;		/* of nested begin() */
	bool reading;		/* the open transaction is begin_read()'s */
	bool doomed;		/* an inner end() failed: the outermost rolls back */
	struct spur_db_chain chain;	/* lines of the audit of the open transaction */
	uint64_t tick;
	struct spur_stmt *kept[SPUR_DB_KEPT];
};

/* Head of every statement. */
struct spur_stmt {
	struct spur_db *db;
	char *sql;
	uint64_t hash;		/* of its text */
	uint64_t used;		/* tick of the last use */
	bool busy, kept;
};

struct spur_db_engine {
	const char *id, *title;
	size_t db_size, stmt_size;	/* of the engine's structs; they come zeroed but for the head */

	/* Whose uri it is; the first row that says yes opens it. */
	bool (*accepts)(const char *uri);
	/* Connected, schema at the newest version, db->version set. On failure close() follows. uri has its password. */
	enum spur_status (*open)(struct spur_db *db, const char *uri, struct spur_error *err);
	void (*close)(struct spur_db *db);	/* statements are finished already; ends what is open */

	/* Writers are one at a time from begin() to its end, and see what the last one committed; readers
	 * have one snapshot and wait for nobody. Foreign keys are checked at commit(): rows come before the
	 * line of the audit that they refer to, which carries their hash (db/chain.h). rollback() is safe when the engine ended it itself. */
	enum spur_status (*begin)(struct spur_db *db, bool read, struct spur_error *err);
	enum spur_status (*commit)(struct spur_db *db, struct spur_error *err);
	void (*rollback)(struct spur_db *db);

	/* A new statement of q->sql; start() gives it values (borrowed until reset()), step() as spur_stmt_step(). */
	enum spur_status (*prepare)(struct spur_stmt *q, struct spur_error *err);
	enum spur_status (*start)(struct spur_stmt *q, const struct spur_value *values, size_t count, struct spur_error *err);
	enum spur_status (*step)(struct spur_stmt *q, struct spur_error *err);
	void (*reset)(struct spur_stmt *q);	/* to be started again */
	void (*finish)(struct spur_stmt *q);	/* what prepare() made, or a part of it */

	/* Of the row that step() reached; NULL reads as 0 and "". */
	int (*columns)(struct spur_stmt *q);	/* after start() */
	const char *(*name)(struct spur_stmt *q, int column);
	enum spur_value_kind (*kind)(struct spur_stmt *q, int column);
	int64_t (*as_int)(struct spur_stmt *q, int column);
	double (*as_f64)(struct spur_stmt *q, int column);
	const char *(*as_text)(struct spur_stmt *q, int column);
	int64_t (*changed)(struct spur_db *db);

	/* See statement.h, catalog_priv.h and catalog.h. */
	enum spur_status (*tables)(struct spur_db *db, const char *column, char ***names, size_t *count, struct spur_error *err);
	enum spur_status (*check)(struct spur_db *db, struct spur_db_verdict *v, spur_db_found *found, void *state,
				  struct spur_error *err);
	enum spur_status (*backup)(struct spur_db *db, const char *path, struct spur_task *task, struct spur_error *err);
};

#define SPUR_DB_ENGINE(id) extern const struct spur_db_engine spur_db_engine_##id;
#include "db/engines.def"
#undef SPUR_DB_ENGINE

/* The names of a query of one text column, as spur_db_tables() gives them. */
enum spur_status spur_db_names(struct spur_db *db, const char *sql, const struct spur_value *values, size_t count,
			       char ***names, size_t *name_count, struct spur_error *err);

#endif
