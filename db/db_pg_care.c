#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "db/catalog_priv.h"
#include "db/db_pg.h"

/* Care of a catalogue on PostgreSQL: what the schema should be, references, and what is the server's to do. */

enum spur_status spur_pg_tables(struct spur_db *db, const char *column, char ***names, size_t *count, struct spur_error *err)
{
	return spur_db_names(db, "SELECT CAST(c.relname AS text) FROM pg_class AS c WHERE c.relnamespace = "
			     "(SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND c.relkind = 'r' AND c.relname <> 'spur_schema' "
			     "AND (?1 IS NULL OR EXISTS (SELECT 1 FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = ?1 "
			     "AND a.attnum > 0 AND NOT a.attisdropped)) ORDER BY CAST(c.relname AS text) COLLATE \"C\"",
			     SPUR_BIND(SPUR_TEXT(column)), names, count, err);
}

/* ---- the schema, compared with one made from scratch ---- */

/*
 * One line "kind name: definition" for everything in the schema ?1 that is a promise: columns, constraints,
 * indexes, guards with whether they are on, functions with their text. Definitions are the server's own
 * words (pg_get_*def), so they are compared on this server only; the schema's name is taken out of them.
 */
#define DESCRIBE \
	"SELECT line FROM (" \
	"SELECT 'column ' || c.relname || '.' || a.attname || ': ' || format_type(a.atttypid, a.atttypmod) || " \
	"CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') || " \
	"coalesce((SELECT ' collate ' || o.collname FROM pg_collation AS o WHERE o.oid = a.attcollation), '') AS line " \
	"FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped " \
	"LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum " \
	"WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ?1) AND c.relkind = 'r' " \
	"UNION ALL SELECT 'constraint ' || c.relname || '.' || k.conname || ': ' || pg_get_constraintdef(k.oid) || " \
	"CASE WHEN k.convalidated THEN '' ELSE ' not checked' END " \
	"FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ?1) " \
	"UNION ALL SELECT 'index ' || c.relname || ': ' || pg_get_indexdef(c.oid) || CASE WHEN i.indisvalid THEN '' ELSE " \
	"' invalid' END FROM pg_class AS c JOIN pg_index AS i ON i.indexrelid = c.oid " \
	"WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ?1) " \
	"UNION ALL SELECT 'guard ' || t.tgname || ': ' || pg_get_triggerdef(t.oid) || ' enabled ' || CAST(t.tgenabled AS text) " \
	"FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid " \
	"WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ?1) AND NOT t.tgisinternal " \
	"UNION ALL SELECT 'reference ' || c.relname || '.' || k.conname || ': enforced ' || CAST(t.tgenabled AS text) " \
	"FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_constraint AS k ON k.oid = t.tgconstraint " \
	"WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ?1) AND t.tgisinternal " \
	"UNION ALL SELECT 'function ' || p.proname || ': ' || p.prosrc || CASE WHEN p.prosecdef THEN ' as owner' ELSE '' END || " \
	"coalesce(' with ' || array_to_string(p.proconfig, ' '), '') " \
	"FROM pg_proc AS p WHERE p.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = ?1)) AS all_of_it ORDER BY line COLLATE \"C\""

struct lines {
	char **rows;
	size_t count;
};

static void lines_finish(struct lines *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->rows[i]);
	free(l->rows);
	*l = (struct lines){ 0 };
}

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$';
}

/* @ for the name of a schema, in quotes or not. */
static char *without(const char *text, const char *schema)
{
	struct spur_buf b = { 0 };
	size_t n = strlen(schema);

	for (const char *p = text; *p != '\0';) {
		size_t quote = *p == '"' ? 1 : 0;

		if (strncmp(p + quote, schema, n) == 0 && (p == text || !in_name(p[-1])) &&
		    (quote ? p[n + 1] == '"' : !in_name(p[n]))) {
			spur_buf_addc(&b, '@');
			p += n + 2 * quote;
		} else {
			spur_buf_addc(&b, *p++);
		}
	}
	return spur_buf_steal(&b);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The search path begins with it, so that definitions name other things of it without it. */
static enum spur_status describe(struct spur_db *db, const char *schema, struct lines *out, struct spur_error *err)
{
	enum spur_status st = spur_db_names(db, DESCRIBE, SPUR_BIND(SPUR_TEXT(schema)), &out->rows, &out->count, err);

	for (size_t i = 0; i < out->count; i++) {
		char *bare = without(out->rows[i], schema);

		free(out->rows[i]);
		out->rows[i] = bare;
	}
	if (out->count > 0)
		qsort(out->rows, out->count, sizeof(*out->rows), by_text);
	return st;
}

/* "guard audit_no_update" of "guard audit_no_update: CREATE ..." */
static int title_of(const char *line)
{
	return (int)strcspn(line, ":");
}

static bool has_title(const struct lines *l, const char *line)
{
	size_t n = (size_t)title_of(line) + 1;

	for (size_t i = 0; i < l->count; i++) {
		if (strncmp(l->rows[i], line, n) == 0)
			return true;
	}
	return false;
}

static void compare(const struct lines *want, const struct lines *have, struct spur_db_verdict *v, spur_db_found *found,
		    void *state)
{
	for (size_t i = 0, k = 0; i < want->count || k < have->count;) {
		int order = i == want->count ? 1 : k == have->count ? -1 : strcmp(want->rows[i], have->rows[k]);

		v->checked++;
		if (order < 0)
			spur_db_find(v, found, state, "%.*s %s", title_of(want->rows[i]), want->rows[i],
				     has_title(have, want->rows[i]) ? "was changed" : "is missing");
		else if (order > 0 && strncmp(have->rows[k], "guard", 5) == 0 && !has_title(want, have->rows[k]))
			spur_db_find(v, found, state, "%.*s is not ours", title_of(have->rows[k]), have->rows[k]);
		i += order <= 0;
		k += order >= 0;
	}
}

/* A schema of the same migrations, in a transaction that is rolled back. */
static enum spur_status describe_fresh(struct spur_db *db, struct lines *out, struct spur_error *err)
{
	struct pg_link *l = ((struct pg_db *)db)->link;
	char *scratch = spur_strfmt("spur_check_%ld", (long)getpid());
	char *sql = spur_strfmt("BEGIN; CREATE SCHEMA %s; SET LOCAL search_path = %s, pg_temp", scratch, scratch);
	enum spur_status st = spur_pg_exec(l, sql, err);

	if (st >= 0 && (st = spur_pg_build(l, err)) >= 0)
		st = describe(db, scratch, out, err);
	db->engine->rollback(db);
	free(sql);
	free(scratch);
	return st;
}

static bool may_create(struct spur_db *db)
{
	int64_t may = 0;

	return spur_db_scalar(db, "SELECT has_database_privilege(current_database(), 'CREATE') AND NOT pg_is_in_recovery()",
			      SPUR_NO_BIND, &may, NULL) >= 0 && may != 0;
}

static enum spur_status check_schema(struct spur_db *db, struct spur_db_verdict *v, spur_db_found *found, void *state,
				     struct spur_error *err)
{
	struct lines want = { 0 }, have = { 0 };
	enum spur_status st = SPUR_OK;

	if (db->depth > 0 || !may_create(db)) {
		spur_db_find(v, found, state, "tables and guards were not compared: that takes the right to make a schema in "
			     "this database (GRANT CREATE ON DATABASE), for a moment and in a transaction that is rolled back");
		return st;
	}
	if ((st = describe(db, ((struct pg_db *)db)->link->schema, &have, err)) >= 0 &&
	    (st = describe_fresh(db, &want, err)) >= 0)
		compare(&want, &have, v, found, state);
	lines_finish(&want);
	lines_finish(&have);
	return st;
}

/* ---- references ---- */

/* For each foreign key its name, and the query that counts rows which refer to nothing. */
#define REFERENCES \
	"SELECT format('%s.%s', c.relname, k.conname), format('SELECT count(*) FROM %I AS t WHERE %s AND NOT EXISTS " \
	"(SELECT 1 FROM %I AS p WHERE %s)', c.relname, " \
	"(SELECT string_agg(format('t.%I IS NOT NULL', a.attname), ' AND ') FROM unnest(k.conkey) AS n " \
	"JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = n), r.relname, " \
	"(SELECT string_agg(format('p.%I = t.%I', b.attname, a.attname), ' AND ') FROM unnest(k.conkey, k.confkey) AS n (x, y) " \
	"JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = n.x " \
	"JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = n.y)) " \
	"FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_class AS r ON r.oid = k.confrelid " \
	"WHERE k.contype = 'f' AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) ORDER BY 1"

static enum spur_status check_references(struct spur_db *db, struct spur_db_verdict *v, spur_db_found *found, void *state,
					 struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(db, REFERENCES, SPUR_NO_BIND, &q, err);

	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		int64_t n = 0;

		v->checked++;
		st = spur_db_scalar(db, spur_stmt_text(q, 1), SPUR_NO_BIND, &n, err);
		if (st >= 0 && n > 0)
			spur_db_find(v, found, state, "reference: %lld rows of %s refer to what is not there", (long long)n,
				     spur_stmt_text(q, 0));
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

/* Pages and files are the server's (data checksums, amcheck): spur sees rows. */
enum spur_status spur_pg_check(struct spur_db *db, struct spur_db_verdict *v, spur_db_found *found, void *state,
			       struct spur_error *err)
{
	enum spur_status st = check_references(db, v, found, state, err);

	return st < 0 ? st : check_schema(db, v, found, state, err);
}

enum spur_status spur_pg_backup(struct spur_db *db, const char *path, struct spur_task *task, struct spur_error *err)
{
	(void)task;
	return spur_fail(err, SPUR_EUNSUPPORTED, "a PostgreSQL catalogue is copied by the server's own tool: "
			 "pg_dump -Fc -n '%s' -f '%s' '%s'", ((struct pg_db *)db)->link->schema, path, spur_db_uri(db));
}
