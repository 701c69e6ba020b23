#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "db/catalog_priv.h"
#include "db/db_sqlite.h"
#include "io/out.h"

/* Care of the SQLite file itself: integrity, guards, copies. */

#define BACKUP_PAGES 256	/* per step: writers get in between */
#define BACKUP_WAIT_MS 20

enum spur_status spur_sqlite_tables(struct spur_db *db, const char *column, char ***names, size_t *count,
				    struct spur_error *err)
{
	return spur_db_names(db, "SELECT m.name FROM sqlite_master AS m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' "
			     "AND (?1 IS NULL OR EXISTS (SELECT 1 FROM pragma_table_info(m.name) AS c WHERE c.name = ?1)) "
			     "ORDER BY m.name", SPUR_BIND(SPUR_TEXT(column)), names, count, err);
}

static enum spur_status report(struct spur_db *db, const char *sql, const char *good, const char *what,
			       struct spur_db_verdict *v, spur_db_found *found, void *state, struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(db, sql, SPUR_NO_BIND, &q, err);

	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		v->checked++;
		if (good == NULL || strcmp(spur_stmt_text(q, 0), good) != 0)
			spur_db_find(v, found, state, "%s: %s", what, spur_stmt_text(q, 0));
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

/* The schema a fresh catalogue has, to compare with: every table, index and guard in the same words. */
static enum spur_status compare_schema(struct spur_db *db, sqlite3 *fresh, struct spur_db_verdict *v,
				       spur_db_found *found, void *state, struct spur_error *err)
{
	sqlite3_stmt *want = NULL;
	struct spur_stmt *have = NULL;
	enum spur_status st = SPUR_OK;
	int rc = SQLITE_ROW;

	if (sqlite3_prepare_v2(fresh, "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name", -1,
			       &want, NULL) != SQLITE_OK)
		return spur_fail(err, SPUR_EDB, "%s", sqlite3_errmsg(fresh));
	while (st >= 0 && (rc = sqlite3_step(want)) == SQLITE_ROW) {
		const char *type = (const char *)sqlite3_column_text(want, 0), *name = (const char *)sqlite3_column_text(want, 1);

		st = spur_db_query(db, "SELECT sql FROM sqlite_master WHERE type = ?1 AND name = ?2",
				   SPUR_BIND(SPUR_TEXT(type), SPUR_TEXT(name)), &have, err);
		if (st >= 0 && (st = spur_stmt_step(have, err)) == SPUR_END)
			spur_db_find(v, found, state, "%s %s is missing", type, name);
		else if (st == SPUR_OK && strcmp(spur_stmt_text(have, 0), (const char *)sqlite3_column_text(want, 2)) != 0)
			spur_db_find(v, found, state, "%s %s was changed", type, name);
		spur_stmt_close(have);
		v->checked++;
	}
	if (st >= 0 && rc != SQLITE_DONE)
		st = spur_fail(err, SPUR_EDB, "schema: %s", sqlite3_errmsg(fresh));
	sqlite3_finalize(want);
	return st < 0 ? st : SPUR_OK;
}

static enum spur_status check_schema(struct spur_db *db, struct spur_db_verdict *v, spur_db_found *found, void *state,
				     struct spur_error *err)
{
	sqlite3 *fresh = NULL;
	int version;
	enum spur_status st;

	if (sqlite3_open(":memory:", &fresh) != SQLITE_OK)
		st = spur_fail(err, SPUR_EDB, "out of memory");
	else if ((st = spur_sqlite_migrate(fresh, UINT_MAX, &version, err)) >= 0)
		st = compare_schema(db, fresh, v, found, state, err);
	sqlite3_close(fresh);
	return st;
}

enum spur_status spur_sqlite_check(struct spur_db *db, struct spur_db_verdict *v, spur_db_found *found, void *state,
				   struct spur_error *err)
{
	enum spur_status st = report(db, "PRAGMA integrity_check(20)", "ok", "file", v, found, state, err);

	if (st >= 0)
		st = report(db, "SELECT \"table\" || ' row ' || coalesce(rowid, '?') || ' refers to a missing ' || parent "
			    "FROM pragma_foreign_key_check() LIMIT 20", NULL, "reference", v, found, state, err);
	if (st >= 0)
		st = check_schema(db, v, found, state, err);
	return st;
}

static enum spur_status copy_pages(sqlite3 *from, sqlite3 *to, struct spur_task *task, struct spur_error *err)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	int rc = SQLITE_OK;

	if (b == NULL)
		return spur_fail(err, SPUR_EDB, "%s", sqlite3_errmsg(to));
	while ((rc == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED) && !spur_task_cancelled(task)) {
		if (rc != SQLITE_OK)
			sqlite3_sleep(BACKUP_WAIT_MS);
		rc = sqlite3_backup_step(b, BACKUP_PAGES);
		spur_task_progress(task, (uint64_t)(sqlite3_backup_pagecount(b) - sqlite3_backup_remaining(b)),
				   (uint64_t)sqlite3_backup_pagecount(b));
	}
	sqlite3_backup_finish(b);
	if (rc != SQLITE_DONE)
		return spur_task_cancelled(task) ? spur_fail(err, SPUR_ECANCELLED, "stopped") :
		       spur_fail(err, SPUR_EDB, "%s", sqlite3_errstr(rc));
	return SPUR_OK;
}

static enum spur_status copy_to(struct spur_db *db, const char *tmp, struct spur_task *task, struct spur_error *err)
{
	sqlite3 *to = NULL;
	enum spur_status st;

	if (sqlite3_open(tmp, &to) != SQLITE_OK)
		st = spur_fail(err, SPUR_EDB, "%s", to == NULL ? "out of memory" : sqlite3_errmsg(to));
	/* One file, complete when closed: no -wal beside it. */
	else if ((st = copy_pages(spur_sqlite_of(db), to, task, err)) >= 0 &&
		 sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) != SQLITE_OK)
		st = spur_fail(err, SPUR_EDB, "%s", sqlite3_errmsg(to));
	if (sqlite3_close(to) != SQLITE_OK && st >= 0)
		st = spur_fail(err, SPUR_EDB, "cannot close the copy");
	return st;
}

enum spur_status spur_sqlite_backup(struct spur_db *db, const char *path, struct spur_task *task, struct spur_error *err)
{
	char *tmp = spur_strfmt("%s.tmp-%ld", path, (long)getpid());
	enum spur_status st = copy_to(db, tmp, task, err);

	/* SQLite has synced the copy: its journal was on. */
	if (st >= 0)
		st = spur_file_move(tmp, path, err);
	if (st < 0)
		unlink(tmp);
	free(tmp);
	return st;
}
