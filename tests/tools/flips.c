#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "db/catalog.h"
#include "db/chain.h"
#include "db/statement.h"
#include "io/out.h"

/*
 * Flips single bits in the values of a catalogue that lies open to it, guards dropped, and sees that
 * spur_db_audit_verify() names the row each time; puts the value back. Takes a copy: the guards stay away.
 *
 *	flips URI RUNS SEED [TABLE]	every column of every table once, then RUNS at random
 *	flips URI leave TABLE COLUMN	one flip that stays (of the first row)
 *	flips FILE bytes RUNS SEED	bits of the file itself: whatever becomes of it, no crash and no hang
 *
 * Prints "name value" lines and each flip that was not named; exit 1 when there is one.
 */
static struct spur_error err;

struct table {
	char name[32];
	const char *keys[SPUR_DB_KEYS];
	unsigned key_count;
	const char *columns;	/* NULL: all */
	int64_t rows;
};

static struct {
	struct table tables[40];
	size_t table_count;
	uint64_t seed;
	uint64_t tried, refused, unnamed, column_unnamed;
} here;

/* splitmix64 */
static uint64_t draw(uint64_t below)
{
	uint64_t z = here.seed += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	z ^= z >> 31;
	return below == 0 ? 0 : z % below;
}

static int die(const char *what)
{
	fprintf(stderr, "flips: %s: %s\n", what, err.text);
	return 2;
}

/* ---- what can be flipped */

static enum spur_status add_table(struct spur_db *db, const char *name, const char *const *keys, unsigned count,
				  const char *columns)
{
	struct table *t = &here.tables[here.table_count++];
	char *sql = spur_strfmt("SELECT count(*) FROM %s", name);
	enum spur_status st;

	*t = (struct table){ .key_count = count, .columns = columns };
	snprintf(t->name, sizeof(t->name), "%s", name);
	for (unsigned k = 0; k < count; k++)
		t->keys[k] = keys[k];
	st = spur_db_scalar(db, sql, SPUR_NO_BIND, &t->rows, &err);
	free(sql);
	return st;
}

static enum spur_status list_tables(struct spur_db *db)
{
	static const char *const seq[] = { "seq", "position" }, *const id[] = { "id" };
	enum spur_status st = add_table(db, "audit", seq, 1, NULL);

	if (st >= 0)
		st = add_table(db, "audit_row", seq, 2, NULL);
	if (st >= 0)
		st = add_table(db, "audit_head", id, 1, NULL);
	for (size_t i = 0; st >= 0 && i < spur_db_sealed_count; i++)
		st = add_table(db, spur_db_sealed[i].table, spur_db_sealed[i].keys, spur_db_sealed_keys(&spur_db_sealed[i]),
			       spur_db_sealed[i].columns);
	return st;
}

/* Triggers, foreign keys and checks go: what is left to find a change is the chain. */
static enum spur_status drop_guards_sqlite(struct spur_db *db)
{
	struct spur_stmt *q = NULL;
	char *names[256];
	size_t count = 0;
	enum spur_status st = spur_db_query(db, "SELECT name FROM sqlite_master WHERE type = 'trigger'", SPUR_NO_BIND, &q, &err);

	while (st >= 0 && count < 256 && (st = spur_stmt_step(q, &err)) == SPUR_OK)
		names[count++] = spur_strdup(spur_stmt_text(q, 0));
	spur_stmt_close(q);
	for (size_t i = 0; i < count; i++) {
		char *sql = spur_strfmt("DROP TRIGGER %s", names[i]);

		if (st >= 0)
			st = spur_db_run(db, sql, SPUR_NO_BIND, &err);
		free(sql);
		free(names[i]);
	}
	if (st >= 0 && (st = spur_db_run(db, "PRAGMA foreign_keys = OFF", SPUR_NO_BIND, &err)) >= 0 &&
	    (st = spur_db_run(db, "PRAGMA synchronous = OFF", SPUR_NO_BIND, &err)) >= 0)
		st = spur_db_run(db, "PRAGMA ignore_check_constraints = ON", SPUR_NO_BIND, &err);
	return st;
}

/* As superuser of a PostgreSQL server: foreign keys are triggers there too. */
static enum spur_status drop_guards_pg(struct spur_db *db)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; st >= 0 && i < here.table_count; i++) {
		char *sql = spur_strfmt("ALTER TABLE %s DISABLE TRIGGER ALL", here.tables[i].name);

		st = spur_db_run(db, sql, SPUR_NO_BIND, &err);
		free(sql);
	}
	return st;
}

/* ---- one flip */

struct cell {
	const struct table *t;
	char *column;
	enum spur_value_kind kind;
	int64_t was_int, new_int;
	double was_f64, new_f64;
	char *was, *new;
	/* The key as values, and as the chain writes it. */
	struct spur_value key[SPUR_DB_KEYS];
	char *key_text[SPUR_DB_KEYS];
	bool is_key;
};

static void cell_finish(struct cell *c)
{
	free(c->column);
	free(c->was);
	free(c->new);
	for (size_t k = 0; k < SPUR_DB_KEYS; k++)
		free(c->key_text[k]);
	*c = (struct cell){ 0 };
}

static enum spur_status take_row(struct spur_stmt *q, struct cell *c, int column)
{
	int at = (int)c->t->key_count + column;

	for (unsigned k = 0; k < c->t->key_count; k++) {
		bool number = spur_stmt_kind(q, (int)k) == SPUR_VALUE_INT;

		c->key_text[k] = spur_strdup(spur_stmt_text(q, (int)k));
		c->key[k] = number ? SPUR_INT(spur_stmt_int(q, (int)k)) : SPUR_TEXT(c->key_text[k]);
		c->is_key = c->is_key || strcmp(c->t->keys[k], spur_stmt_name(q, at)) == 0;
	}
	c->column = spur_strdup(spur_stmt_name(q, at));
	c->kind = spur_stmt_kind(q, at);
	c->was_int = spur_stmt_int(q, at);
	c->was_f64 = spur_stmt_f64(q, at);
	c->was = spur_strdup(spur_stmt_text(q, at));
	return SPUR_OK;
}

/* columns < 0: how many there are, in *count. */
static enum spur_status pick(struct spur_db *db, const struct table *t, int64_t row, int column, struct cell *c, int *count)
{
	struct spur_buf sql = { 0 };
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*c = (struct cell){ .t = t };
	spur_buf_adds(&sql, "SELECT ");
	for (unsigned k = 0; k < t->key_count; k++)
		spur_buf_addf(&sql, "t.%s, ", t->keys[k]);
	spur_buf_addf(&sql, "%s FROM %s AS t ORDER BY 1", t->columns == NULL ? "t.*" : t->columns, t->name);
	for (unsigned k = 1; k < t->key_count; k++)
		spur_buf_addf(&sql, ", %u", k + 1);
	spur_buf_addf(&sql, " LIMIT 1 OFFSET %" PRId64, row);
	st = spur_db_query(db, spur_buf_text(&sql), SPUR_NO_BIND, &q, &err);
	if (st >= 0 && (st = spur_stmt_step(q, &err)) == SPUR_OK) {
		*count = spur_stmt_columns(q) - (int)t->key_count;
		if (column >= 0)
			st = take_row(q, c, column);
	}
	spur_stmt_close(q);
	spur_buf_finish(&sql);
	return st;
}

/* false: nothing to flip (NULL, empty, or it became a NUL). */
static bool flip(struct cell *c)
{
	size_t len = strlen(c->was), at;

	switch (c->kind) {
	case SPUR_VALUE_INT:
		c->new_int = (int64_t)((uint64_t)c->was_int ^ (UINT64_C(1) << draw(63)));
		return true;
	case SPUR_VALUE_F64:
		memcpy(&c->new_int, &c->was_f64, 8);
		c->new_int = (int64_t)((uint64_t)c->new_int ^ (UINT64_C(1) << draw(52)));
		memcpy(&c->new_f64, &c->new_int, 8);
		return true;
	case SPUR_VALUE_TEXT:
		if (len == 0)
			return false;
		at = (size_t)draw(len);
		c->new = spur_strdup(c->was);
		c->new[at] = (char)(c->new[at] ^ (1 << draw(7)));
		return c->new[at] != '\0';
	case SPUR_VALUE_NULL:
		break;
	}
	return false;
}

static struct spur_value value(const struct cell *c, bool new)
{
	if (c->kind == SPUR_VALUE_INT)
		return SPUR_INT(new ? c->new_int : c->was_int);
	if (c->kind == SPUR_VALUE_F64)
		return SPUR_F64(new ? c->new_f64 : c->was_f64);
	return SPUR_TEXT(new ? c->new : c->was);
}

/* The row is found by its key, of which the column may be a part. */
static enum spur_status put(struct spur_db *db, const struct cell *c, bool new)
{
	struct spur_buf sql = { 0 };
	struct spur_value values[SPUR_DB_KEYS + 1];
	enum spur_status st;

	values[0] = value(c, new);
	spur_buf_addf(&sql, "UPDATE %s SET %s = ?1 WHERE ", c->t->name, c->column);
	for (unsigned k = 0; k < c->t->key_count; k++) {
		spur_buf_addf(&sql, "%s%s = ?%u", k > 0 ? " AND " : "", c->t->keys[k], k + 2);
		values[k + 1] = !new && strcmp(c->t->keys[k], c->column) == 0 ? value(c, true) : c->key[k];
	}
	st = spur_db_run(db, spur_buf_text(&sql), values, c->t->key_count + 1, &err);
	if (st >= 0 && spur_db_changed(db) != 1)
		st = spur_fail(&err, SPUR_EDB, "%" PRId64 " rows by %s", spur_db_changed(db), spur_buf_text(&sql));
	spur_buf_finish(&sql);
	return st;
}

/* ---- was it named? */

struct said {
	const struct cell *c;
	struct spur_buf all;
	bool row, column;
};

/* "review [17]", "dataset_item [1,0]", "lineage [\"a\",\"b\",\"c\"]": by pieces, quotes left out. */
static bool names_key(const struct cell *c, const char *what)
{
	size_t n = strlen(c->t->name);

	if (strncmp(what, c->t->name, n) != 0 || what[n] != ' ' || what[n + 1] != '[')
		return false;
	for (unsigned k = 0; k < c->t->key_count; k++) {
		if (strstr(what, c->key_text[k]) == NULL)
			return false;
	}
	return true;
}

static bool names_line(const char *what, int64_t seq)
{
	char line[64];

	snprintf(line, sizeof(line), "audit line %" PRId64 ":", seq);
	return strncmp(what, line, strlen(line)) == 0;
}

static void hear(void *state, const char *what)
{
	struct said *s = state;
	const struct cell *c = s->c;
	int64_t seq = c->key[0].u.i;

	spur_buf_addf(&s->all, "\n\t%s", what);
	if (strcmp(c->t->name, "audit") == 0) {
		/* The last line with another number has no line after it: it goes by the number it has now. */
		s->row = s->row || names_line(what, seq) || names_line(what, seq + 1) ||
			 (c->is_key && names_line(what, c->new_int));
		s->column = s->column || strstr(what, c->column) != NULL || c->is_key;
	} else if (strcmp(c->t->name, "audit_row") == 0) {
		s->row = s->row || names_line(what, seq);
		s->column = true;	/* one hash stands for the row */
	} else if (strcmp(c->t->name, "audit_head") == 0) {
		s->row = s->row || strstr(what, "audit") != NULL;
		s->column = true;
	} else if (names_key(c, what)) {
		s->row = true;
		s->column = s->column || c->is_key || strstr(what, c->column) != NULL;
	}
}

static enum spur_status verify(struct spur_db *db, const struct cell *c)
{
	struct said s = { .c = c };
	struct spur_db_verdict v;
	enum spur_status st = spur_db_audit_verify(db, &v, hear, &s, NULL, &err);

	if (st >= 0 && !s.row) {
		here.unnamed++;
		printf("unnamed: %s.%s of %s: '%s' -> '%s', %" PRIu64 " wrong%s\n", c->t->name, c->column, c->key_text[0], c->was,
		       c->new == NULL ? "" : c->new, v.wrong, spur_buf_text(&s.all));
	} else if (st >= 0 && !s.column) {
		here.column_unnamed++;
		printf("column unnamed: %s.%s of %s%s\n", c->t->name, c->column, c->key_text[0], spur_buf_text(&s.all));
	}
	spur_buf_finish(&s.all);
	return st;
}

/* *done: there was something to flip. */
static enum spur_status try(struct spur_db *db, const struct table *t, int column, bool *done)
{
	struct cell c = { 0 };
	int columns = 0;
	int64_t row = (int64_t)draw((uint64_t)t->rows);
	enum spur_status st = SPUR_OK;

	*done = false;
	if (column < 0 && (st = pick(db, t, row, -1, &c, &columns)) >= 0)
		column = (int)draw((uint64_t)columns);
	if (st >= 0 && (st = pick(db, t, row, column, &c, &columns)) >= 0 && flip(&c)) {
		*done = true;
		if (put(db, &c, true) < 0) {	/* another row has that key, or the database has no such value */
			here.refused++;
			*done = false;
		} else {
			here.tried++;
			if ((st = verify(db, &c)) >= 0)
				st = put(db, &c, false);
		}
	}
	cell_finish(&c);
	return st;
}

static enum spur_status every_column(struct spur_db *db, const char *only)
{
	enum spur_status st = SPUR_OK;
	uint64_t covered = 0;

	for (size_t i = 0; st >= 0 && i < here.table_count; i++) {
		const struct table *t = &here.tables[i];
		struct cell c;
		int columns = 0;

		if (t->rows == 0 || (only != NULL && strcmp(only, t->name) != 0))
			continue;
		st = pick(db, t, 0, -1, &c, &columns);
		for (int k = 0; st >= 0 && k < columns; k++) {
			bool done = false;

			for (int again = 0; st >= 0 && !done && again < 40; again++)
				st = try(db, t, k, &done);
			covered += done;
			if (!done && st >= 0)
				printf("# %s: column %d is empty everywhere\n", t->name, k);
		}
	}
	printf("columns %" PRIu64 "\n", covered);
	return st;
}

static enum spur_status at_random(struct spur_db *db, uint64_t runs, const char *only)
{
	enum spur_status st = SPUR_OK;
	uint64_t goal = here.tried + runs;

	while (st >= 0 && here.tried < goal) {
		const struct table *t = &here.tables[draw(here.table_count)];
		bool done;

		if (t->rows > 0 && (only == NULL || strcmp(only, t->name) == 0))
			st = try(db, t, -1, &done);
	}
	return st;
}

static enum spur_status leave(struct spur_db *db, const char *table, const char *column)
{
	enum spur_status st = SPUR_ENOTFOUND;

	for (size_t i = 0; i < here.table_count; i++) {
		struct cell c = { 0 };
		int columns = 0;

		if (strcmp(here.tables[i].name, table) != 0 || pick(db, &here.tables[i], 0, -1, &c, &columns) < 0)
			continue;
		for (int k = 0; k < columns && st != SPUR_OK; k++) {
			if (pick(db, &here.tables[i], 0, k, &c, &columns) >= 0 && strcmp(c.column, column) == 0 && flip(&c)) {
				st = put(db, &c, true);
				printf("%s [%s] %s\n", table, c.key_text[0], column);
			}
			cell_finish(&c);
		}
	}
	return st;
}

/* ---- bits of the file */

#define PATIENCE_S 60

/* 0: nothing was found (a page that is not in use), 1: something was, or it is said to be broken. */
static int look_at(const char *path)
{
	struct spur_db *db = NULL;
	struct spur_db_verdict v = { 0 };
	enum spur_status st;

	alarm(PATIENCE_S);
	if ((st = spur_db_open(path, &db, &err)) >= 0)
		st = spur_db_check(db, &v, NULL, NULL, NULL, &err);
	spur_db_close(db);
	if (st < 0 && err.text[0] == '\0')
		return 3;	/* a failure without a word */
	return st < 0 || v.wrong > 0;
}

static int flip_bytes(const char *path, uint64_t runs)
{
	char *data = NULL, *copy = spur_strfmt("%s.flip", path), *side[2];
	uint64_t found = 0, quiet = 0, bad = 0;
	size_t len = 0;

	side[0] = spur_strfmt("%s-wal", copy);
	side[1] = spur_strfmt("%s-shm", copy);
	if (spur_file_read(path, UINT64_C(1) << 30, &data, &len, &err) < 0)
		return die(path);
	for (uint64_t i = 0; i < runs; i++) {
		size_t at = (size_t)draw(i % 8 == 0 ? 100 : len);	/* the head of the file more often */
		char was = data[at];
		int status = 0;
		pid_t pid;

		data[at] = (char)(was ^ (1 << draw(8)));
		unlink(side[0]);
		unlink(side[1]);
		if (spur_file_write(copy, data, len, &err) < 0)
			return die(copy);
		if ((pid = fork()) == 0)
			_exit(look_at(copy));
		waitpid(pid, &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) {
			printf("byte %zu: %s %d\n", at, WIFEXITED(status) ? "exit" : "signal",
			       WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
			bad++;
		} else if (WEXITSTATUS(status) == 1) {
			found++;
		} else {
			quiet++;
		}
		data[at] = was;
	}
	printf("bytes %" PRIu64 "\nfound %" PRIu64 "\nquiet %" PRIu64 "\nbad %" PRIu64 "\n", runs, found, quiet, bad);
	free(data);
	return bad > 0;
}

static uint64_t wrong_now(struct spur_db *db)
{
	struct spur_db_verdict v;

	if (spur_db_audit_verify(db, &v, NULL, NULL, NULL, &err) < 0)
		return UINT64_MAX;
	if (v.wrong > 0)
		printf("# %s\n", v.first);
	return v.wrong;
}

int main(int argc, char **argv)
{
	struct spur_db *db = NULL;
	enum spur_status st;

	if (argc < 4)
		return fprintf(stderr, "usage: flips URI RUNS SEED [TABLE] | flips URI leave TABLE COLUMN\n"), 2;
	if (strcmp(argv[2], "bytes") == 0) {
		here.seed = argc > 4 ? strtoull(argv[4], NULL, 10) : 1;
		return flip_bytes(argv[1], strtoull(argv[3], NULL, 10));
	}
	if (spur_db_open(argv[1], &db, &err) < 0 || list_tables(db) < 0)
		return die(argv[1]);
	here.seed = strtoull(argv[3], NULL, 10);
	if (wrong_now(db) != 0)
		return printf("wrong before\n"), 2;
	st = strncmp(argv[1], "postgres", 8) == 0 ? drop_guards_pg(db) : drop_guards_sqlite(db);
	if (st >= 0 && strcmp(argv[2], "leave") == 0) {
		st = argc > 4 ? leave(db, argv[3], argv[4]) : SPUR_EINVAL;
		spur_db_close(db);
		return st < 0 ? die("leave") : 0;
	}
	if (st >= 0 && (st = every_column(db, argc > 4 ? argv[4] : NULL)) >= 0)
		st = at_random(db, strtoull(argv[2], NULL, 10), argc > 4 ? argv[4] : NULL);
	if (st < 0)
		return die("flips");
	printf("flips %" PRIu64 "\nrefused %" PRIu64 "\nunnamed %" PRIu64 "\ncolumn_unnamed %" PRIu64 "\n", here.tried, here.refused,
	       here.unnamed, here.column_unnamed);
	if (wrong_now(db) != 0) {
		printf("wrong after\n");
		here.unnamed++;
	}
	spur_db_close(db);
	return here.unnamed + here.column_unnamed > 0;
}
