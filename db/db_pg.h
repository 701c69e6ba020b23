#ifndef SPUR_DB_DB_PG_H
#define SPUR_DB_DB_PG_H

#include <libpq-fe.h>

#include "db/engine.h"

/*
 * What the files db_pg*.c share. libpq is loaded on first use (base/library.h); its functions are called
 * through pq. Facts: PostgreSQL 15 manual, chapter 34 (libpq), 13.3.5 (advisory locks), 53 (catalogs).
 */
struct pq {
	void (*clear)(PGresult *);
	void (*finish)(PGconn *);
	void (*freeCancel)(PGcancel *);
	char *(*cmdStatus)(PGresult *);
	char *(*cmdTuples)(PGresult *);
	PGconn *(*connectdbParams)(const char *const *, const char *const *, int);
	char *(*errorMessage)(const PGconn *);
	char *(*escapeIdentifier)(PGconn *, const char *, size_t);
	PGresult *(*exec)(PGconn *, const char *);
	char *(*fname)(const PGresult *, int);
	void (*freemem)(void *);
	Oid (*ftype)(const PGresult *, int);
	PGcancel *(*getCancel)(PGconn *);
	int (*cancel)(PGcancel *, char *, int);
	PGresult *(*getResult)(PGconn *);
	char *(*getvalue)(const PGresult *, int, int);
	int (*getisnull)(const PGresult *, int, int);
	int (*nfields)(const PGresult *);
	int (*ntuples)(const PGresult *);
	PGresult *(*prepare)(PGconn *, const char *, const char *, int, const Oid *);
	char *(*resultErrorField)(const PGresult *, int);
	ExecStatusType (*resultStatus)(const PGresult *);
	int (*sendQueryParams)(PGconn *, const char *, int, const Oid *, const char *const *, const int *, const int *, int);
	int (*sendQueryPrepared)(PGconn *, const char *, int, const char *const *, const int *, const int *, int);
	int (*setSingleRowMode)(PGconn *);
	PQnoticeProcessor (*setNoticeProcessor)(PGconn *, PQnoticeProcessor, void *);
	ConnStatusType (*status)(const PGconn *);
	PGTransactionStatusType (*transactionStatus)(const PGconn *);
};
extern struct pq spur_pq;

#define SPUR_PG_VALUES 32	/* of one statement */

/* One connection; handles of one process hand it on (db_pg_link.c). */
struct pg_link {
	PGconn *conn;
	char *uri;		/* with its password */
	char *schema;		/* where the tables are */
	int64_t lock;		/* key of the writers' advisory lock */
	unsigned prepared;	/* counts up: names of prepared statements */
	struct pg_link *next;	/* of those that wait for a handle */
};

struct pg_stmt {
	struct spur_stmt head;
	char *sql;		/* with $1 $2 ... */
	unsigned uses;		/* prepared from the second on */
	char name[24];		/* "": not prepared */
	unsigned era;		/* of the connection it was prepared in */
	Oid types[SPUR_PG_VALUES];
	size_t type_count;
	PGresult *row;		/* one row, or the end without rows (for its columns) */
	bool at_row, ahead;	/* row is a row; step() has not told of it yet */
	bool done;
	PGresult **later;	/* rows that came when another statement wanted the connection */
	size_t later_count, later_at;
};

struct pg_db {
	struct spur_db head;
	struct pg_link *link;
	struct pg_stmt *active;	/* whose rows are coming in; NULL none */
	bool abandoned;		/* rows of a closed statement are coming in */
	unsigned era;		/* counts connections: what was prepared in an older one is gone */
	int64_t changed;
};

/* db_pg_link.c */
/* Whole message of a failed result (NULL: of the connection), with what to do. Clears r. */
enum spur_status spur_pg_fail(struct pg_link *l, PGresult *r, struct spur_error *err);
/* Connected, settings made, schema at the newest version. */
enum spur_status spur_pg_link_get(const char *uri, struct pg_link **out, int *version, struct spur_error *err);
void spur_pg_link_put(struct pg_link *l);	/* kept for the next handle, if it is whole; NULL is fine */
void spur_pg_link_drop(struct pg_link *l);
/* Statements without values; rows are not wanted. */
enum spur_status spur_pg_exec(struct pg_link *l, const char *sql, struct spur_error *err);
/* Creates the tables in the schema the search path begins with, up to the newest version. */
enum spur_status spur_pg_migrate(struct pg_link *l, int *version, struct spur_error *err);

/* The same tables in the open transaction, wherever its search path begins. */
enum spur_status spur_pg_build(struct pg_link *l, struct spur_error *err);

/* db_pg_care.c */
enum spur_status spur_pg_tables(struct spur_db *db, const char *column, char ***names, size_t *count, struct spur_error *err);
enum spur_status spur_pg_check(struct spur_db *db, struct spur_db_verdict *v, spur_db_found *found, void *state,
			       struct spur_error *err);
enum spur_status spur_pg_backup(struct spur_db *db, const char *path, struct spur_task *task, struct spur_error *err);

#endif
