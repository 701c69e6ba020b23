/*
 * fail_each [-k KIND=MOST,...] [-m] [-x] [-w] OBJECT FOLDER SPUR WORD...
 *
 * Runs the command twice undisturbed, then once for each call of a kind that it makes (MOST of them, evenly spread, where
 * there are more), and lets that call fail (failing.h). What must hold then:
 *
 *   exit 0 (or that of the undisturbed run): the same output, files and catalogue as without the fault;
 *   any other exit: a documented one, a message on stderr that says why, and names the file where one failed;
 *   and always: no signal, no hang, no file half-written under its final name (exit 3: with what could be read) and none
 *   left beside it, a catalogue that
 *   is whole and holds everything of the act or nothing (-m: the acts, for those of several), none of it lost.
 *
 * FOLDER/out is empty before each run, FOLDER/c.db is a copy of FOLDER/base.db; what stands there elsewhere is not written.
 * What differs between the two undisturbed runs (keys, hours) is not compared. -x: files in out may be unfinished (logs).
 * -w: what is lost but no data (a name, a comment) is a warning with exit 0.
 * Prints what was wrong as lines of "# "; exit 1 if anything was.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "tests/tools/failing.h"

#define HANG_MS 20000

static const struct kind {
	const char *name, *reason;	/* what the message must hold of it */
} kinds[FAILING_KINDS] = {
	[FAILING_READ] = { "read", "Input/output error" },
	[FAILING_SHORT] = { "short", NULL },
	[FAILING_WRITE] = { "write", "No space left on device" },
	[FAILING_SYNC] = { "sync", "Input/output error" },
	[FAILING_RENAME] = { "rename", "Read-only file system" },
	[FAILING_OPEN] = { "open", "Permission denied" },
	[FAILING_MKDIR] = { "mkdir", "Read-only file system" },
	[FAILING_MALLOC] = { "malloc", "memory" },
	[FAILING_UNPACK] = { "unpack", NULL },
	[FAILING_SQL] = { "sql", FAILING_SQL_TEXT },
	[FAILING_INTERRUPT] = { "interrupt", NULL },
};

/* A thing that a run leaves behind: a file of out, a table, a column of a table. Sorted by name. */
struct thing {
	char *name;
	uint64_t hash, count;	/* of a file its size, of a table and its columns the rows */
};
struct things {
	struct thing *v;
	size_t n;
};
struct run {
	int status;		/* of waitpid(); -1: it hung */
	char *out, *err;	/* what it said */
	struct things files, tables;
	char *sick;		/* what SQLite finds wrong with the catalogue, or NULL */
	bool untouched;		/* the catalogue is the same bytes as before; then there are no tables here */
};

static const char *folder, *object;
static char *out_dir, *catalog, *base, *std_out, *std_err;
static bool many_acts, unfinished_files, warns;
static char **words;
static struct failing_state *state;
static int bad;

static uint64_t hash_bytes(uint64_t h, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(1099511628211);
	return h;
}

static void die(const char *what)
{
	printf("# fail_each: %s: %s\n", what, strerror(errno));
	exit(1);
}

static char *content(const char *path, size_t *len)
{
	struct spur_buf b = { 0 };
	FILE *f = fopen(path, "rb");
	size_t n;

	while (f != NULL && (n = fread(spur_buf_reserve(&b, 65536), 1, 65536, f)) > 0)
		b.len += n;
	if (f != NULL)
		fclose(f);
	*len = b.len;
	return spur_buf_steal(&b);
}

static char *text_of(const char *path)
{
	size_t len;
	char *s = content(path, &len), *copy = spur_strndup(s, len);

	free(s);
	return copy;
}

static void copy_file(const char *from, const char *to)
{
	size_t len;
	char *data = content(from, &len);
	FILE *f = fopen(to, "wb");

	if (f == NULL || fwrite(data, 1, len, f) != len || fclose(f) != 0)
		die(to);
	free(data);
}

/* ---- what a run leaves behind ---- */

static struct thing *put(struct things *t, char *name)
{
	t->v = spur_realloc(t->v, t->n + 1, sizeof(*t->v));
	t->v[t->n] = (struct thing){ .name = name, .hash = UINT64_C(14695981039346656037) };
	return &t->v[t->n++];
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct thing *)a)->name, ((const struct thing *)b)->name);
}

static const struct thing *get(const struct things *t, const char *name)
{
	for (size_t lo = 0, hi = t->n; lo < hi;) {
		size_t mid = (lo + hi) / 2;
		int order = strcmp(name, t->v[mid].name);

		if (order == 0)
			return &t->v[mid];
		*(order < 0 ? &hi : &lo) = order < 0 ? mid : mid + 1;
	}
	return NULL;
}

static void things_finish(struct things *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->v[i].name);
	free(t->v);
}

/* Every file below the folder, hidden ones too. With `t` NULL all is removed. */
static void walk(const char *path, const char *below, struct things *t)
{
	DIR *d = opendir(path);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char *full, *name;
		struct stat s;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		full = spur_strfmt("%s/%s", path, e->d_name);
		name = spur_strfmt("%s%s", below, e->d_name);
		if (lstat(full, &s) == 0 && S_ISDIR(s.st_mode)) {
			char *deeper = spur_strfmt("%s/", name);

			walk(full, deeper, t);
			free(deeper);
			if (t == NULL)
				rmdir(full);
		} else if (t == NULL) {
			unlink(full);
		} else {
			struct thing *x = put(t, spur_strdup(name));
			size_t len;
			char *data = content(full, &len);

			x->hash = hash_bytes(x->hash, data, len);
			x->count = len;
			free(data);
		}
		free(full);
		free(name);
	}
	if (d != NULL)
		closedir(d);
}

static void read_table(sqlite3 *db, const char *table, struct things *t)
{
	char *sql = spur_strfmt("SELECT * FROM \"%s\" ORDER BY rowid", table);
	size_t first = t->n, columns;
	sqlite3_stmt *q;

	if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK) {	/* a table WITHOUT ROWID has its own order */
		free(sql);
		sql = spur_strfmt("SELECT * FROM \"%s\"", table);
		if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) != SQLITE_OK)
			die(table);
	}
	columns = (size_t)sqlite3_column_count(q);
	put(t, spur_strdup(table));
	for (size_t i = 0; i < columns; i++)
		put(t, spur_strfmt("%s.%s", table, sqlite3_column_name(q, (int)i)));
	while (sqlite3_step(q) == SQLITE_ROW) {
		for (size_t i = 0; i <= columns; i++)
			t->v[first + i].count++;
		for (size_t i = 0; i < columns; i++) {
			struct thing *x = &t->v[first + 1 + i];
			const void *data = sqlite3_column_blob(q, (int)i);

			x->hash = hash_bytes(x->hash, data, (size_t)sqlite3_column_bytes(q, (int)i));
			x->hash = hash_bytes(x->hash, "", 1);
		}
	}
	sqlite3_finalize(q);
	free(sql);
}

static char *read_catalog(struct things *t)
{
	char *sick = NULL;
	sqlite3_stmt *q = NULL;
	sqlite3 *db = NULL;

	if (sqlite3_open(catalog, &db) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &q, NULL) != SQLITE_OK || sqlite3_step(q) != SQLITE_ROW)
		sick = spur_strdup(sqlite3_errmsg(db));
	else if (strcmp((const char *)sqlite3_column_text(q, 0), "ok") != 0)
		sick = spur_strdup((const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
	if (sick == NULL && sqlite3_prepare_v2(db, "PRAGMA foreign_key_check", -1, &q, NULL) == SQLITE_OK) {
		if (sqlite3_step(q) == SQLITE_ROW)
			sick = spur_strfmt("a row of %s refers to none", (const char *)sqlite3_column_text(q, 0));
		sqlite3_finalize(q);
	}
	if (sick == NULL &&
	    sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", -1, &q, NULL) == SQLITE_OK) {
		while (sqlite3_step(q) == SQLITE_ROW)
			read_table(db, (const char *)sqlite3_column_text(q, 0), t);
		sqlite3_finalize(q);
	}
	sqlite3_close(db);
	return sick;
}

static bool same_bytes(const char *a, const char *b)
{
	size_t a_len, b_len;
	char *x = content(a, &a_len), *y = content(b, &b_len);
	bool same = a_len == b_len && memcmp(x, y, a_len) == 0;

	free(x);
	free(y);
	return same;
}

static bool is_untouched(void)
{
	char *wal = spur_strfmt("%s-wal", catalog);
	bool same = access(wal, F_OK) != 0 && same_bytes(catalog, base);

	free(wal);
	return same;
}

/* ---- one run ---- */

static void prepare(void)
{
	static const char *const beside[] = { "-wal", "-shm", "-journal" };

	walk(out_dir, "", NULL);
	mkdir(out_dir, 0777);
	for (size_t i = 0; i < 3; i++) {
		char *path = spur_strfmt("%s%s", catalog, beside[i]);

		unlink(path);
		free(path);
	}
	unlink(catalog);
	if (access(base, F_OK) == 0)
		copy_file(base, catalog);
	memset(state->counts, 0, sizeof(state->counts));
	state->fired = 0;
	state->path[0] = '\0';
}

static void child(void)
{
	int null = open("/dev/null", O_RDONLY), to = open(std_out, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	int err = open(std_err, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	if (null < 0 || to < 0 || err < 0 || dup2(null, 0) < 0 || dup2(to, 1) < 0 || dup2(err, 2) < 0 || chdir(folder) < 0)
		_exit(126);
	setenv("LD_PRELOAD", object, 1);
	setenv("FAILING_UNDER", folder, 1);
	execv(words[0], words);
	_exit(127);
}

static int wait_for(pid_t pid)
{
	struct timespec nap = { .tv_nsec = 300000 };
	int status;

	for (long ms = 0; ms < HANG_MS * 3; ms++) {	/* naps are longer than that */
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		nanosleep(&nap, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

static struct run run_once(void)
{
	struct run r = { 0 };
	pid_t pid;

	prepare();
	pid = fork();
	if (pid == 0)
		child();
	r.status = wait_for(pid);
	r.out = text_of(std_out);
	r.err = text_of(std_err);
	walk(out_dir, "", &r.files);
	if (r.files.n > 0)
		qsort(r.files.v, r.files.n, sizeof(*r.files.v), by_name);
	r.untouched = is_untouched();
	if (!r.untouched && access(catalog, F_OK) == 0)
		r.sick = read_catalog(&r.tables);
	if (r.tables.n > 0)
		qsort(r.tables.v, r.tables.n, sizeof(*r.tables.v), by_name);
	return r;
}

static void run_finish(struct run *r)
{
	free(r->out);
	free(r->err);
	free(r->sick);
	things_finish(&r->files);
	things_finish(&r->tables);
}

/* ---- what must hold ---- */

struct case_of {
	enum failing_kind kind;
	unsigned at;
	const struct run *a, *b, *got;	/* two undisturbed ones, and this */
	const struct things *before;	/* tables without the command */
};

static void __attribute__((format(printf, 2, 3))) wrong(const struct case_of *c, const char *fmt, ...)
{
	va_list ap;

	bad++;
	printf("# call %u of %s fails (%s): ", c->at, kinds[c->kind].name, state->path);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	if (c->got->status < 0)
		printf("; it hung");
	else if (WIFSIGNALED(c->got->status))
		printf("; signal %d", WTERMSIG(c->got->status));
	else
		printf("; exit %d", WEXITSTATUS(c->got->status));
	printf(", it said: %.300s", *c->got->err == '\0' ? "nothing\n" : c->got->err);
	if (*c->got->err != '\0' && strchr(c->got->err, '\n') == NULL)
		printf("\n");
}

static bool exit_is_known(int code)
{
	return code == 0 || code == 1 || code == 3 || code == 130;
}

/* Files are there as without the fault, or (where it failed) not at all. */
static void check_files(const struct case_of *c, bool all, bool partial)
{
	const struct things *want = &c->a->files, *got = &c->got->files;

	for (size_t i = 0; i < got->n; i++) {
		const struct thing *w = get(want, got->v[i].name), *again = get(&c->b->files, got->v[i].name);

		if ((unfinished_files && (w == NULL || !all)) || (partial && w != NULL))
			continue;
		if (w == NULL)
			wrong(c, "leaves %s behind", got->v[i].name);
		else if (again != NULL && again->hash == w->hash && got->v[i].hash != w->hash)
			wrong(c, "%s has other content (%" PRIu64 " bytes, not %" PRIu64 ")", w->name, got->v[i].count, w->count);
	}
	for (size_t i = 0; all && i < want->n; i++) {
		if (get(got, want->v[i].name) == NULL)
			wrong(c, "%s is missing", want->v[i].name);
	}
}

static uint64_t count_in(const struct things *t, const char *name)
{
	const struct thing *x = get(t, name);

	return x == NULL ? 0 : x->count;
}

static bool tables_are_after(const struct case_of *c, const char **other)
{
	for (size_t i = 0; i < c->a->tables.n; i++) {
		const struct thing *w = &c->a->tables.v[i], *again = get(&c->b->tables, w->name);
		const struct thing *g = get(&c->got->tables, w->name);

		*other = w->name;
		if (again == NULL || (again->count == w->count && (g == NULL || g->count != w->count)))
			return false;
		if (again->hash == w->hash && g != NULL && g->hash != w->hash)
			return false;
	}
	return c->a->tables.n > 0 || c->got->tables.n == 0;
}

static bool tables_are_before(const struct case_of *c, const char **other)
{
	for (size_t i = 0; i < c->got->tables.n; i++) {
		const struct thing *g = &c->got->tables.v[i], *w = get(c->before, g->name);

		*other = g->name;
		if (w == NULL ? g->count != 0 && strcmp(g->name, "schema_version") != 0 : w->count != g->count || w->hash != g->hash)
			return false;
	}
	return true;
}

/* Nothing that was there is gone, and no more than the command makes. */
static bool tables_are_between(const struct case_of *c, const char **other)
{
	for (size_t i = 0; i < c->got->tables.n; i++) {
		const struct thing *g = &c->got->tables.v[i];
		uint64_t from = count_in(c->before, g->name), to = count_in(&c->a->tables, g->name);

		*other = g->name;
		if (g->count < (from < to ? from : to) || g->count > (from < to ? to : from))
			return false;
	}
	return true;
}

static void check_tables(const struct case_of *c, bool all, bool partial)
{
	const char *other = "";

	if (c->got->sick != NULL) {
		wrong(c, "the catalogue: %s", c->got->sick);
		return;
	}
	if (c->got->untouched && (c->a->untouched || !all))
		return;
	if (!c->a->untouched ? tables_are_after(c, &other) : tables_are_before(c, &other))
		return;
	if (all)
		wrong(c, "%s of the catalogue is not as without the fault", other);
	else if (many_acts || partial ? !tables_are_between(c, &other) : !tables_are_before(c, &other))
		wrong(c, "a part of the act is in the catalogue (%s)", other);
}

/* Temporary files and their final names share the beginning. */
static bool names(const char *err, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *last = spur_strdup(slash == NULL ? path : slash + 1), *cut;
	bool found;

	if ((cut = strstr(last, ".tmp-")) != NULL || (cut = strstr(last, "-wal")) != NULL ||
	    (cut = strstr(last, "-shm")) != NULL || (cut = strstr(last, " (deleted)")) != NULL)
		*cut = '\0';
	found = strstr(err, last) != NULL ||
		(strcmp(last, "c.db") == 0 && (strstr(err, "catalogue") != NULL || strstr(err, "backup") != NULL));
	if (!found && slash != NULL) {	/* a folder that could not be synced */
		char *dir = spur_strndup(path, (size_t)(slash - path));

		slash = strrchr(dir, '/');
		found = slash != NULL && slash[1] != '\0' && strstr(err, slash + 1) != NULL && strcmp(slash + 1, "out") != 0;
		free(dir);
	}
	free(last);
	return found;
}

static void check_message(const struct case_of *c)
{
	const char *err = c->got->err, *reason = kinds[c->kind].reason;
	bool told = reason == NULL || strstr(err, reason) != NULL ||
		    strstr(c->got->out, reason) != NULL;

	if (*err == '\0' || strncmp(err, "spur: ", 6) != 0)
		wrong(c, "no message");
	else if (c->kind == FAILING_INTERRUPT)
		return;
	else if (c->kind != FAILING_SQL && *state->path != '\0' && !names(err, state->path) &&
		 !(WEXITSTATUS(c->got->status) == 3 && names(c->got->out, state->path)))
		wrong(c, "the message does not name the file");
	else if (!told && strstr(state->path, ".db") == NULL)	/* SQLite has words of its own */
		wrong(c, "the message has lost the reason (%s)", reason);
}

static bool ends_for_memory(const struct case_of *c)
{
	return c->kind == FAILING_MALLOC && WIFSIGNALED(c->got->status) && WTERMSIG(c->got->status) == SIGABRT &&
	       strcmp(c->got->err, "spur: out of memory\n") == 0;
}

static bool same_words(const struct case_of *c)
{
	bool out = strcmp(c->a->out, c->b->out) != 0 || strcmp(c->a->out, c->got->out) == 0;
	bool err = strcmp(c->a->err, c->b->err) != 0 || strcmp(c->a->err, c->got->err) == 0;

	return out && err;
}

static void check(const struct case_of *c)
{
	bool ended = c->got->status >= 0 && WIFEXITED(c->got->status), same = c->got->status == c->a->status;
	int code = ended ? WEXITSTATUS(c->got->status) : -1;
	bool told = kinds[c->kind].reason != NULL && strstr(c->got->err, kinds[c->kind].reason) != NULL;

	if (!ended && !ends_for_memory(c)) {
		wrong(c, "it does not end by itself");
		return;
	}
	if (ended && !same && !exit_is_known(code))
		wrong(c, "the exit status is none for this");
	if (same && !same_words(c) && !(told && (code != 0 || warns))) {
		size_t at = 0;

		while (c->a->out[at] != '\0' && c->a->out[at] == c->got->out[at])
			at++;
		wrong(c, "another output without a failure, from byte %zu: %.60s", at, c->got->out + at);
	}
	if (ended && !same)
		check_message(c);
	if (c->kind == FAILING_SHORT && !same)
		wrong(c, "less at a time is no failure");
	if (ended)
		check_files(c, same && code == 0, code == 3 || (same && told && warns));
	check_tables(c, same && code == 0, code == 3);
}

/* ---- the rows of one command ---- */

static unsigned most_of(const char *list, enum failing_kind k)
{
	size_t len = strlen(kinds[k].name);

	for (const char *p = list; p != NULL && *p != '\0'; p += strcspn(p, ","), p += *p == ',') {
		if (strncmp(p, kinds[k].name, len) == 0 && p[len] == '=')
			return (unsigned)atoi(p + len + 1);
	}
	return 0;
}

static unsigned run_kind(struct case_of *c, enum failing_kind k, unsigned count, unsigned most)
{
	unsigned runs = count < most ? count : most;

	for (unsigned i = 0; i < runs; i++) {
		unsigned at = (unsigned)((uint64_t)(2 * i + 1) * count / (2 * runs)) + 1;
		struct run r;

		state->kind = c->kind = k;
		state->at = c->at = at;
		r = run_once();
		c->got = &r;
		check(c);
		if (getenv("FAIL_EACH_SHOW") != NULL)
			printf("# %s %u of %u (%s): %d %s\n", kinds[k].name, at, count, state->path,
			       WIFEXITED(r.status) ? WEXITSTATUS(r.status) : -1, r.err);
		run_finish(&r);
	}
	return runs;
}

static void open_state(void)
{
	char *path = spur_strfmt("%s/std/state", folder);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || ftruncate(fd, sizeof(*state)) < 0 ||
	    (state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED)
		die(path);
	close(fd);
	state->least = 16384;
	setenv("FAILING_STATE", path, 1);
	free(path);
}

static void set_up(const char *dir)
{
	char *std = spur_strfmt("%s/std", dir);

	folder = dir;
	mkdir(std, 0777);
	out_dir = spur_strfmt("%s/out", dir);
	catalog = spur_strfmt("%s/c.db", dir);
	base = spur_strfmt("%s/base.db", dir);
	std_out = spur_strfmt("%s/out", std);
	std_err = spur_strfmt("%s/err", std);
	free(std);
	open_state();
}

int main(int argc, char **argv)
{
	const char *list = "read=14,short=3,write=10,sync=5,rename=5,open=9,mkdir=2,malloc=4,unpack=6,sql=28,interrupt=3";
	unsigned counts[FAILING_KINDS], runs = 0;
	struct things before = { 0 };
	struct run a, b;
	int opt;

	while ((opt = getopt(argc, argv, "+k:mxw")) != -1) {
		list = opt == 'k' ? optarg : list;
		many_acts |= opt == 'm';
		unfinished_files |= opt == 'x';
		warns |= opt == 'w';
	}
	if (argc - optind < 4)
		return 2;
	object = argv[optind];
	set_up(argv[optind + 1]);
	words = argv + optind + 2;
	prepare();
	if (access(catalog, F_OK) == 0)
		free(read_catalog(&before));
	if (before.n > 0)
		qsort(before.v, before.n, sizeof(*before.v), by_name);
	a = run_once();
	for (int k = 0; k < FAILING_KINDS; k++)
		counts[k] = state->counts[k];
	b = run_once();
	struct case_of c = { .a = &a, .b = &b, .got = &a, .before = &before };

	if (!WIFEXITED(a.status) || a.status != b.status || a.sick != NULL)
		wrong(&c, "the undisturbed runs fail");
	for (int k = 1; k < FAILING_KINDS; k++)
		runs += run_kind(&c, (enum failing_kind)k, counts[k], most_of(list, (enum failing_kind)k));
	printf("# %u runs of %s", runs, words[1]);
	for (int k = 1; k < FAILING_KINDS; k++)
		printf(", %u %s", counts[k], kinds[k].name);
	printf(", %d wrong\n", bad);
	run_finish(&a);
	run_finish(&b);
	things_finish(&before);
	return bad != 0;
}
