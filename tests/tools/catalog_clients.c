#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/sshsig.h"
#include "base/time.h"
#include "db/catalog.h"
#include "db/statement.h"

/*
 * Many people at one catalogue at once: catalog_clients URI PROCESSES SECONDS. Each process is a person of its
 * own, with its own connection, that adds segments, tags them, comments and approves them, and tries to approve
 * its own. What it was told is done it writes down. Afterwards what was written down and what is there must be
 * the same, once each. Prints "name value" lines; ends with 1 when any of them is wrong.
 */
#define PEOPLE_MAX 64
#define FIRST_SEGMENTS 40

struct person {
	char name[16], print[SPUR_SSH_FINGERPRINT];
	struct spur_ssh_key *key;
	struct spur_db_act act;
};

struct lines {
	char **rows;
	size_t count;
};

/* What one process did, besides the acts themselves. */
struct tally {
	uint64_t acts, refused, self, failed;
	spur_ns worst_ns;
	char first[200];
};

static struct person people[PEOPLE_MAX];
static struct spur_error err;
static const char *uri;

static int die(const char *what)
{
	fprintf(stderr, "catalog_clients: %s: %s\n", what, err.text);
	return 1;
}

static int introduce(struct spur_db *db, int i)
{
	struct person *p = &people[i];
	struct spur_buf public = { 0 };
	int bad;

	snprintf(p->name, sizeof(p->name), "person%02d", i);
	bad = spur_ssh_key_create(&p->key, &err) < 0;
	if (!bad) {
		spur_ssh_key_public(p->key, &public);
		spur_ssh_public_parse(public.data, NULL, p->print, &err);
		p->act = (struct spur_db_act){ p->name, p->print, "catalog_clients", 1 };
		bad = spur_db_identity_add(db, &p->act, p->name, public.data, &err) < 0;
	}
	spur_buf_finish(&public);
	return bad;
}

static int set_up(struct spur_db *db, int processes)
{
	char sha[SPUR_SHA256_HEX];
	struct spur_db_source s = { .path = "/a.mf4", .format = "mdf4", .role = "log", .sha256 = sha, .has_time = true,
				    .end_ns = INT64_C(1000000000000) };

	spur_sha256_hex_of("a", 1, sha);
	for (int i = 0; i < processes; i++) {
		if (introduce(db, i))
			return die("identity");
	}
	if (spur_db_drive_add(db, &people[0].act, "d", &s, 1, NULL, &err) < 0)
		return die("drive");
	for (int i = 0; i < FIRST_SEGMENTS; i++) {
		struct spur_db_segment seg = { .drive_id = 1, .begin_ns = i, .end_ns = i + 10, .label = "first" };

		if (spur_db_segment_add(db, &people[i % processes].act, &seg, NULL, NULL, &err) < 0)
			return die("segment");
	}
	return 0;
}

/* ---- one process ---- */

static enum spur_status add_segment(struct spur_db *db, struct person *p, int64_t n, struct spur_buf *said)
{
	struct spur_db_segment seg = { .drive_id = 1, .begin_ns = p->act.now_ns % 1000000007, .label = p->name };
	int64_t id = 0;
	bool fresh = false;
	enum spur_status st;

	seg.begin_ns += n;
	seg.end_ns = seg.begin_ns + 10;
	st = spur_db_segment_add(db, &p->act, &seg, &id, &fresh, &err);
	if (st >= 0 && fresh)
		spur_buf_addf(said, "segment %s %" PRId64 " %" PRId64, p->name, id, p->act.now_ns);
	return st;
}

static enum spur_status tag(struct spur_db *db, struct person *p, int64_t segment, int64_t n, struct spur_buf *said)
{
	char word[48];
	enum spur_status st;

	snprintf(word, sizeof(word), "%s_%" PRId64, p->name, n);	/* of its own: setting it changes something */
	st = spur_db_tag(db, &p->act, segment, word, true, NULL, &err);
	if (st >= 0)
		spur_buf_addf(said, "tag %s %" PRId64 " %" PRId64, p->name, segment, p->act.now_ns);
	return st;
}

/* Of an own segment: refused, as it must be. */
static enum spur_status review(struct spur_db *db, struct person *p, int64_t segment, const char *verdict, struct tally *t,
			       struct spur_buf *said)
{
	struct spur_db_segment_list l = { 0 };
	struct spur_buf record = { 0 }, sig = { 0 };
	char ref[24];
	enum spur_status st;
	bool own;

	snprintf(ref, sizeof(ref), "%" PRId64, segment);
	if ((st = spur_db_segment_find(db, ref, &l, &err)) < 0)
		goto out;
	own = strcmp(l.rows[0].author, p->name) == 0 && strcmp(verdict, "comment") != 0;
	spur_db_review_record(&l.rows[0], verdict, "seen", &p->act, &record);
	spur_sshsig_sign(p->key, SPUR_DB_APPROVAL_NAMESPACE, record.data, record.len, &sig, &err);
	st = spur_db_review_add(db, &p->act, segment, verdict, "seen", sig.data, NULL, &err);
	if (st >= 0)
		spur_buf_addf(said, "%s %s %" PRId64 " %" PRId64, verdict, p->name, segment, p->act.now_ns);
	t->self += own && st >= 0;
	t->refused += own && st < 0;
	if (own && st < 0 && strstr(err.text, "author of a segment") != NULL)
		st = SPUR_OK;
out:
	spur_db_segment_list_finish(&l);
	spur_buf_finish(&record);
	spur_buf_finish(&sig);
	return st;
}

static enum spur_status act_once(struct spur_db *db, struct person *p, int64_t n, unsigned *seed, struct tally *t,
				 struct spur_buf *said)
{
	unsigned choice = (unsigned)rand_r(seed) % 10;
	int64_t segment = 1 + rand_r(seed) % FIRST_SEGMENTS;

	p->act.now_ns = spur_now_ns();
	if (choice < 1)
		return add_segment(db, p, n, said);
	if (choice < 5)
		return tag(db, p, segment, n, said);
	return review(db, p, segment, choice < 8 ? "approve" : choice < 9 ? "reject" : "comment", t, said);
}

static void say(FILE *out, const struct spur_buf *said)
{
	if (said->len > 0)
		fprintf(out, "%s\n", spur_buf_text(said));
}

static int client(int i, spur_ns until, const char *path)
{
	struct tally t = { 0 };
	struct spur_db *db = NULL;
	struct spur_buf said = { 0 };
	unsigned seed = 4711u + (unsigned)i;
	FILE *out = fopen(path, "w");

	if (out == NULL || spur_db_open(uri, &db, &err) < 0)
		return die("open");
	for (int64_t n = 1; spur_monotonic_ns() < until; n++) {
		spur_ns begin = spur_monotonic_ns(), took;

		spur_buf_clear(&said);
		if (act_once(db, &people[i], n, &seed, &t, &said) < 0 && t.failed++ == 0)
			snprintf(t.first, sizeof(t.first), "%.180s", err.text);
		took = spur_monotonic_ns() - begin;
		t.worst_ns = took > t.worst_ns ? took : t.worst_ns;
		t.acts++;
		say(out, &said);
	}
	spur_buf_finish(&said);
	fprintf(out, "= %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %s\n", t.acts, t.refused, t.self, t.failed,
		t.worst_ns, t.first);
	spur_db_close(db);
	return fclose(out) != 0;
}

/* ---- what they said, and what is there ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_line(struct lines *l, const char *text)
{
	l->rows = spur_rows_add(l->rows, &l->count, sizeof(*l->rows));
	l->rows[l->count - 1] = spur_strdup(text);
}

static void add_tally(struct tally *all, const char *line)
{
	struct tally t = { 0 };
	int at = 0;

	sscanf(line, "= %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNd64 " %n", &t.acts, &t.refused, &t.self, &t.failed,
	       &t.worst_ns, &at);
	printf("# %" PRIu64 " acts, worst %.0f ms\n", t.acts, (double)t.worst_ns / 1e6);
	all->acts += t.acts;
	all->refused += t.refused;
	all->self += t.self;
	if (t.failed > 0 && all->failed == 0)
		snprintf(all->first, sizeof(all->first), "%.190s", line + at);
	all->failed += t.failed;
	all->worst_ns = t.worst_ns > all->worst_ns ? t.worst_ns : all->worst_ns;
}

static bool read_said(const char *path, struct lines *l, struct tally *all)
{
	char line[400];
	FILE *in = fopen(path, "r");
	bool whole = false;

	while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '=')
			add_tally(all, line);
		else
			add_line(l, line);
		whole = line[0] == '=';
	}
	if (in != NULL)
		fclose(in);
	return whole;
}

static enum spur_status read_there(struct spur_db *db, struct lines *l)
{
	static const char *const queries[] = {
		"SELECT 'segment', author, id, at_ns FROM segment WHERE label <> 'first'",
		"SELECT 'tag', who, segment_id, at_ns FROM segment_tag",
		"SELECT verdict, reviewer, segment_id, at_ns FROM review",
	};
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; st >= 0 && i < 3; i++) {
		struct spur_stmt *q = NULL;

		st = spur_db_query(db, queries[i], SPUR_NO_BIND, &q, &err);
		while (st >= 0 && (st = spur_stmt_step(q, &err)) == SPUR_OK) {
			char line[200];

			snprintf(line, sizeof(line), "%s %s %" PRId64 " %" PRId64, spur_stmt_text(q, 0), spur_stmt_text(q, 1),
				 spur_stmt_int(q, 2), spur_stmt_int(q, 3));
			add_line(l, line);
		}
		spur_stmt_close(q);
	}
	return st;
}

/* Lines of a that b has not, counted as often as they are missing. */
static uint64_t missing(const struct lines *a, const struct lines *b)
{
	uint64_t n = 0;

	for (size_t i = 0, k = 0; i < a->count;) {
		int order = k == b->count ? -1 : strcmp(a->rows[i], b->rows[k]);

		n += order < 0;
		i += order <= 0;
		k += order >= 0;
	}
	return n;
}

static void sort(struct lines *l)
{
	if (l->count > 0)
		qsort(l->rows, l->count, sizeof(*l->rows), by_text);
}

static void lines_finish(struct lines *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->rows[i]);
	free(l->rows);
}

static int judge(const struct lines *said, struct tally *all, int ended, int processes, double seconds)
{
	struct lines there = { 0 };
	struct spur_db_verdict v = { 0 };
	struct spur_db *db = NULL;
	int64_t own = -1, lines = 0;
	uint64_t lost, extra;

	if (spur_db_open(uri, &db, &err) < 0 || read_there(db, &there) < 0 || spur_db_check(db, &v, NULL, NULL, NULL, &err) < 0 ||
	    spur_db_scalar(db, "SELECT count(*) FROM review AS r JOIN segment AS s ON s.id = r.segment_id WHERE r.verdict <> 'comment' "
			   "AND s.author = r.reviewer", SPUR_NO_BIND, &own, &err) < 0 ||
	    spur_db_scalar(db, "SELECT count(*) FROM audit", SPUR_NO_BIND, &lines, &err) < 0)
		return die("afterwards");
	sort(&there);
	lost = missing(said, &there);
	extra = missing(&there, said);
	printf("ended %d\nacts %" PRIu64 "\nper_s %.0f\nworst_ms %.0f\n", ended, all->acts, (double)all->acts / seconds,
	       (double)all->worst_ns / 1e6);
	printf("done %zu\nlost %" PRIu64 "\nextra %" PRIu64 "\nfailed %" PRIu64 " %s\n", said->count, lost, extra, all->failed, all->first);
	printf("own_refused %" PRIu64 "\nown_accepted %" PRIu64 "\nown_there %" PRId64 "\n", all->refused, all->self, own);
	printf("audit_lines %" PRId64 "\nfindings %" PRIu64 " %s\n", lines, v.wrong, v.first);
	lines_finish(&there);
	spur_db_close(db);
	return ended != processes || lost > 0 || extra > 0 || all->failed > 0 || all->self > 0 || own != 0 || v.wrong > 0 ||
	       all->refused == 0 || said->count == 0 ||
	       (uint64_t)lines != said->count + (uint64_t)processes + 1 + FIRST_SEGMENTS;
}

int main(int argc, char **argv)
{
	struct lines said = { 0 };
	struct tally all = { 0 };
	struct spur_db *db = NULL;
	pid_t pid[PEOPLE_MAX];
	char path[PEOPLE_MAX][64];
	int processes, ended = 0, status, rc;
	double seconds;
	spur_ns until;

	if (argc != 4 || (processes = atoi(argv[2])) < 2 || processes > PEOPLE_MAX || (seconds = strtod(argv[3], NULL)) <= 0)
		return 2;
	uri = argv[1];
	if (spur_db_open(uri, &db, &err) < 0)
		return die("open");
	rc = set_up(db, processes);
	spur_db_close(db);
	if (rc != 0)
		return rc;
	until = spur_monotonic_ns() + (spur_ns)(seconds * 1e9);
	for (int i = 0; i < processes; i++) {
		snprintf(path[i], sizeof(path[i]), "/tmp/spur-client-%ld-%d", (long)getpid(), i);
		if ((pid[i] = fork()) == 0)
			_exit(client(i, until, path[i]));
	}
	for (int i = 0; i < processes; i++) {
		ended += waitpid(pid[i], &status, 0) == pid[i] && status == 0 && read_said(path[i], &said, &all);
		unlink(path[i]);
	}
	sort(&said);
	rc = judge(&said, &all, ended, processes, seconds);
	lines_finish(&said);
	for (int i = 0; i < processes; i++)
		spur_ssh_key_destroy(people[i].key);
	return rc;
}
