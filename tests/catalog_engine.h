#ifndef SPUR_TESTS_CATALOG_ENGINE_H
#define SPUR_TESTS_CATALOG_ENGINE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "db/catalog.h"
#include "db/statement.h"

/*
 * One suite for every engine: empty catalogues are files, or, with SPUR_TEST_PG=URI (a database of a server
 * that is thrown away; tests/db/contract.t), schemas there. Raw SQL goes through a handle, past catalog.h.
 */
static inline bool engine_is_pg(void)
{
	const char *server = getenv("SPUR_TEST_PG");

	return server != NULL && *server != '\0';
}

/* NULL when it was accepted, else the message. One statement. */
static inline const char *engine_raw(struct spur_db *db, const char *sql)
{
	static struct spur_error why;

	return spur_db_run(db, sql, SPUR_NO_BIND, &why) >= 0 ? NULL : why.text;
}

/* -1: no row, or refused. */
static inline int64_t engine_number(struct spur_db *db, const char *sql)
{
	int64_t n = -1;

	return spur_db_scalar(db, sql, SPUR_NO_BIND, &n, NULL) >= 0 ? n : -1;
}

/* Away with a guard, as somebody who owns the tables can. */
static inline bool engine_drop_guard(struct spur_db *db, const char *guard, const char *table)
{
	char *sql = engine_is_pg() ? spur_strfmt("DROP TRIGGER %s ON %s", guard, table) : spur_strfmt("DROP TRIGGER %s", guard);
	bool gone = engine_raw(db, sql) == NULL;

	free(sql);
	return gone;
}

/* URI of a catalogue that is not there yet, of a name that is new in dir; the caller frees. */
static inline char *engine_catalog(const char *dir, const char *name)
{
	const char *server = getenv("SPUR_TEST_PG");
	static unsigned n;
	struct spur_error err;
	struct spur_db *db;
	char *sql, *uri;

	if (!engine_is_pg())
		return spur_strfmt("%s/%s.db", dir, name);
	if (spur_db_open(server, &db, &err) < 0) {
		printf("# %s\n", err.text);
		exit(1);
	}
	n++;
	sql = spur_strfmt("CREATE SCHEMA t%ld_%u", (long)getpid(), n);
	if (engine_raw(db, sql) != NULL)
		printf("# no schema: %s\n", sql);
	free(sql);
	spur_db_close(db);
	uri = spur_strfmt("%s%coptions=-csearch_path%%3Dt%ld_%u", server, strchr(server, '?') == NULL ? '?' : '&', (long)getpid(), n);
	return uri;
}

#endif
