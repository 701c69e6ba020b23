#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "db/catalog.h"
#include "db/db_sqlite.h"
#include "tests/catalog_engine.h"
#include "tests/tap.h"

/* Drafts of reviews and moved edges: the stack of decisions, and what the database refuses to anybody. */

static char dir[] = "/tmp/spur-draft-XXXXXX";
static char *path;
static struct spur_db *db;
static struct spur_db *file;	/* past catalog.h */
static struct spur_error err;
static const struct spur_db_act ada = { "ada", "SHA256:ada", "x", 10 }, ben = { "ben", "SHA256:ben", "x", 20 },
				eva = { "eva", "SHA256:eva", "x", 30 };

static bool refused(const char *sql)
{
	return engine_raw(file, sql) != NULL;
}

static struct spur_db_segment_list find(const char *id)
{
	struct spur_db_segment_list l;

	if (spur_db_segment_find(db, id, &l, &err) < 0) {
		printf("Bail out! %s\n", err.text);
		exit(1);
	}
	return l;
}

static enum spur_status draft(const struct spur_db_act *act, const char *id, const char *verdict, spur_ns begin_ns, spur_ns end_ns)
{
	struct spur_db_segment_list l = find(id);
	enum spur_status st = spur_db_draft_add(db, act, &l.rows[0], verdict, "why", begin_ns, end_ns, &err);

	spur_db_segment_list_finish(&l);
	return st;
}

/* "approve 1, edge 2": what a person has pending. */
static char *pending(const struct spur_db_act *act)
{
	struct spur_db_draft_list l;
	struct spur_buf b = { 0 };

	spur_db_draft_list(db, act->who, &l, &err);
	for (size_t i = 0; i < l.count; i++)
		spur_buf_addf(&b, "%s%s %lld", i > 0 ? ", " : "", l.rows[i].verdict, (long long)l.rows[i].segment);
	spur_db_draft_list_finish(&l);
	return spur_buf_steal(&b);
}

static void is_pending(const struct spur_db_act *act, const char *want, const char *name)
{
	char *got = pending(act);

	is_str(got, want, name);
	free(got);
}

static void fill(void)
{
	static char sha[65] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	struct spur_db_source s = { .path = "/a.mf4", .format = "mdf4", .role = "log", .sha256 = sha, .has_time = true, .end_ns = 1000 };
	struct spur_db_segment seg = { .drive_id = 1, .label = "l", .query = "q", .evidence = "{\"a\":1}", .score = 0.5 };

	spur_db_identity_add(db, &ada, "ada", "ssh-ed25519 A", &err);
	spur_db_identity_add(db, &ben, "ben", "ssh-ed25519 B", &err);
	spur_db_drive_add(db, &ada, "d", &s, 1, NULL, &err);
	/* Keys of a real signature are another test's; here identities are what the rows say. */
	engine_raw(file, "INSERT INTO identity (name, public_key, fingerprint, at_ns, audit_seq) VALUES ('ada', 'A', 'SHA256:ada', 1, 1), "
		     "('ben', 'B', 'SHA256:ben', 1, 1), ('eva', 'E', 'SHA256:eva', 1, 1)");
	for (int i = 0; i < 4; i++) {
		seg.begin_ns = 100 * i;
		seg.end_ns = 100 * i + 50;
		seg.score = 0.5 - 0.1 * i;
		is_int(spur_db_segment_add(db, &ada, &seg, NULL, NULL, &err), SPUR_OK, "a segment by ada");
	}
}

static void the_newest_holds(void)
{
	size_t n;
	int64_t about;

	is_int(draft(&ben, "1", "approve", 0, 50), SPUR_OK, "ben approves");
	is_int(draft(&ben, "2", "comment", 100, 150), SPUR_OK, "comments");
	is_int(draft(&ben, "1", "reject", 0, 50), SPUR_OK, "thinks again");
	is_pending(&ben, "comment 2, reject 1", "the newest of a segment holds");
	is_pending(&ada, "", "ada has nothing to do with it");
	spur_db_draft_undo(db, &ben, 0, &n, &about, &err);
	ok(n == 1 && about == 1, "one step back");
	is_pending(&ben, "approve 1, comment 2", "the verdict before comes back");
	spur_db_draft_undo(db, &ben, 0, &n, &about, &err);
	spur_db_draft_undo(db, &ben, 0, &n, &about, &err);
	is_pending(&ben, "", "back to nothing");
	spur_db_draft_undo(db, &ben, 0, &n, &about, &err);
	is_int((int)n, 0, "and no further");
	for (int i = 0; i < 3; i++)
		spur_db_draft_redo(db, &ben, &n, &about, &err);
	is_pending(&ben, "comment 2, reject 1", "redo brings all back, in order");
	spur_db_draft_undo(db, &ben, 1, &n, &about, &err);
	is_int((int)n, 2, "both on segment 1 are taken back together");
	is_pending(&ben, "comment 2", "the others stay");
	spur_db_draft_redo(db, &ben, &n, &about, &err);
	is_int((int)n, 2, "and come back together");
	spur_db_draft_undo(db, &ben, 0, &n, &about, &err);
	is_int(draft(&ben, "3", "approve", 200, 250), SPUR_OK, "a new decision");
	spur_db_draft_redo(db, &ben, &n, &about, &err);
	is_int((int)n, 0, "ends what redo could bring back");
	spur_db_draft_clear(db, &ben, &err);
	is_pending(&ben, "", "signing clears");
}

static void four_eyes_hold_for_drafts(void)
{
	is_int(draft(&ada, "1", "approve", 0, 50), SPUR_EDB, "an author's own approval is refused when drafted");
	is_int(draft(&ada, "1", "reject", 0, 50), SPUR_EDB, "so is a rejection");
	is_int(draft(&ada, "1", "comment", 0, 50), SPUR_OK, "a comment is not");
	is_int(draft(&ada, "1", "edge", 0, 60), SPUR_OK, "nor are edges");
	is_int(draft(&ben, "2", "edge", 100, 160), SPUR_OK, "ben moves an edge");
	is_int(draft(&ben, "2", "approve", 100, 150), SPUR_EDB, "and does not approve at the same time");
	is_int(draft(&ben, "2", "reject", 100, 150), SPUR_OK, "but may reject");
	is_int(draft(&ben, "2", "edge", 150, 150), SPUR_EINVAL, "no segment without a length");
	ok(refused("INSERT INTO review_draft (segment_id, verdict, reason, begin_ns, end_ns, who, key, at_ns) "
		   "VALUES (1, 'approve', '', 0, 50, 'ada', 'SHA256:ben', 1)"), "raw SQL: under the author's name");
	ok(refused("INSERT INTO review_draft (segment_id, verdict, reason, begin_ns, end_ns, who, key, at_ns) "
		   "VALUES (1, 'approve', '', 0, 50, 'nobody', 'SHA256:nobody', 1)"), "raw SQL: by nobody who is known");
	ok(refused("UPDATE review_draft SET verdict = 'approve'"), "raw SQL: a decision is not changed");
	ok(!refused("UPDATE review_draft SET undone = 1 WHERE who = 'ada'"), "it is taken back");
	spur_db_draft_clear(db, &ben, &err);
}

static void edges_make_a_new_segment(void)
{
	struct spur_db_segment_list l;
	int64_t id = 0;

	spur_db_tag(db, &ada, 2, "rain", true, NULL, &err);
	is_int(spur_db_segment_replace(db, &ben, 2, 100, 150, NULL, &err), SPUR_EDB, "edges that do not move");
	is_int(spur_db_segment_replace(db, &ben, 2, 90, 170, &id, &err), SPUR_OK, "ben moves both edges");
	l = find("5");
	ok(id == 5 && l.rows[0].begin_ns == 90 && l.rows[0].end_ns == 170, "a new segment");
	is_str(l.rows[0].author, "ben", "by who moved them");
	ok(strcmp(l.rows[0].label, "l") == 0 && strcmp(l.rows[0].query, "q") == 0 && strcmp(l.rows[0].tags, "rain") == 0,
	   "with label, query and tags");
	is_int((int)l.rows[0].replaces, 2, "it knows what it replaces");
	spur_db_segment_list_finish(&l);
	l = find("2");
	ok(l.rows[0].state == SPUR_DB_SUPERSEDED && l.rows[0].replaced_by == 5, "the old one is superseded");
	spur_db_segment_list_finish(&l);
	is_int(spur_db_segment_replace(db, &eva, 2, 95, 150, NULL, &err), SPUR_EDB, "once");
	is_int(draft(&eva, "2", "approve", 100, 150), SPUR_EDB, "and takes no verdict any more");
	ok(refused("INSERT INTO review (segment_id, verdict, reason, reviewer, key, record, signature, at_ns, audit_seq) "
		   "VALUES (2, 'approve', '', 'eva', 'SHA256:eva', '{}', 'x', 1, 1)"), "raw SQL neither");
	ok(refused("INSERT INTO review (segment_id, verdict, reason, reviewer, key, record, signature, at_ns, audit_seq) "
		   "VALUES (5, 'approve', '', 'ben', 'SHA256:ben', '{}', 'x', 1, 1)"), "raw SQL: who moved edges does not approve");
	ok(refused("INSERT INTO segment_edit VALUES (3, 4, 'ben', 'SHA256:ben', 1, 1)"), "raw SQL: not with another author's segment");
	ok(refused("INSERT INTO segment_edit VALUES (5, 2, 'ada', 'SHA256:ada', 1, 1)"), "raw SQL: not back to one that was replaced");
	ok(refused("UPDATE segment_edit SET new_id = 4") && refused("DELETE FROM segment_edit"), "raw SQL: an edit stays");
	ok(refused("INSERT OR REPLACE INTO segment_edit VALUES (2, 5, 'ben', 'SHA256:ben', 1, 1)"), "raw SQL: REPLACE is refused, too");
	ok(!refused("INSERT INTO review (segment_id, verdict, reason, reviewer, key, record, signature, at_ns, audit_seq) "
		    "VALUES (3, 'approve', '', 'eva', 'SHA256:eva', '{}', 'x', 1, 1)"), "segment 3 is approved");
	is_int(spur_db_segment_replace(db, &ben, 3, 200, 260, NULL, &err), SPUR_EDB, "an approved segment keeps its edges");
	is_int(draft(&ben, "3", "edge", 200, 260), SPUR_EDB, "when drafted, too");
}

static size_t listed(struct spur_db_segment_filter f, int64_t ids[8])
{
	struct spur_db_segment_list l;
	size_t n;

	spur_db_segment_list(db, &f, &l, &err);
	n = l.count;
	for (size_t i = 0; i < n && i < 8; i++)
		ids[i] = l.rows[i].id;
	spur_db_segment_list_finish(&l);
	return n;
}

static void pages_follow_the_order(void)
{
	static const struct { enum spur_db_segment_order order; bool down; int64_t want[5]; } orders[] = {
		{ SPUR_DB_BY_ID, false, { 1, 2, 3, 4, 5 } }, { SPUR_DB_BY_ID, true, { 5, 4, 3, 2, 1 } },
		{ SPUR_DB_BY_TIME, false, { 1, 5, 2, 3, 4 } }, { SPUR_DB_BY_TIME, true, { 4, 3, 2, 5, 1 } },
		{ SPUR_DB_BY_SCORE, true, { 1, 5, 2, 3, 4 } }, { SPUR_DB_BY_LABEL, false, { 1, 2, 3, 4, 5 } },
	};

	for (size_t k = 0; k < sizeof(orders) / sizeof(orders[0]); k++) {
		struct spur_db_segment_filter f = { .order = orders[k].order, .descending = orders[k].down, .limit = 2 };
		int64_t ids[8], got[8];
		size_t n = 0, page;

		while ((page = listed(f, ids)) > 0 && n + page <= 8) {
			memcpy(got + n, ids, page * sizeof(*ids));
			n += page;
			f.after = ids[page - 1];
		}
		ok(n == 5 && memcmp(got, orders[k].want, sizeof(orders[k].want)) == 0, "pages of two give every row once, in order");
	}
}

static void filters_and_counts(void)
{
	struct spur_db_segment_filter f = { 0 };
	struct spur_db_progress p;
	int64_t ids[8];

	f.state = SPUR_DB_SUPERSEDED;
	ok(listed(f, ids) == 1 && ids[0] == 2, "superseded");
	f.state = SPUR_DB_CANDIDATE;
	is_int((int)listed(f, ids), 3, "candidates are without them");
	f = (struct spur_db_segment_filter){ .text = "en" };
	ok(listed(f, ids) == 1 && ids[0] == 5, "text: in the author's name");
	f.text = "%";
	is_int((int)listed(f, ids), 0, "a sign of LIKE is a letter");
	f = (struct spur_db_segment_filter){ 0 };
	is_int(spur_db_progress(db, &f, "eva", 0, &p, &err), SPUR_OK, "progress");
	ok(p.segments == 4 && p.approved == 1 && p.candidates == 3, "of what is not superseded");
	ok(p.first == 1 && p.first_approved == 1 && p.approved_since == 1 && p.rejected_since == 0, "first verdicts, verdicts of today");
	spur_db_progress(db, &f, "eva", 2, &p, &err);
	ok(p.approved_since == 0, "since a moment");
}

static void older_catalogues_lose_nothing(void)
{
	char *old = spur_strfmt("%s/old.db", dir);
	struct spur_db *opened;
	struct spur_db_segment_list l;
	sqlite3 *f;
	int have;

	sqlite3_open(old, &f);
	is_int(spur_sqlite_migrate(f, 3, &have, &err), SPUR_OK, "a catalogue of schema 3");
	sqlite3_exec(f, "INSERT INTO audit VALUES (1, '{}', '0000000000000000000000000000000000000000000000000000000000000000', 'h', 's');"
		     "INSERT INTO drive VALUES (1, 'drv-1', 'd', NULL, 0, 9, 1, 1, 1, 1);"
		     "INSERT INTO segment VALUES (1, 'seg-1', 1, 1, 2, 'l', 'q', NULL, '{}', 'ada', 'SHA256:ada', 1, 1)", NULL, NULL, NULL);
	sqlite3_close(f);
	is_int(spur_db_open(old, &opened, &err), SPUR_OK, "is opened");
	ok(spur_db_version(opened) >= 4, "and brought on");
	spur_db_segment_find(opened, "1", &l, &err);
	ok(l.count == 1 && l.rows[0].state == SPUR_DB_CANDIDATE, "with its segments");
	spur_db_segment_list_finish(&l);
	spur_db_close(opened);
	free(old);
}

int main(void)
{
	char cmd[80];

	if (mkdtemp(dir) == NULL)
		return 1;
	path = engine_catalog(dir, "c");
	if (spur_db_open(path, &db, &err) < 0 || spur_db_open(path, &file, &err) < 0)
		return 1;
	fill();
	the_newest_holds();
	four_eyes_hold_for_drafts();
	edges_make_a_new_segment();
	pages_follow_the_order();
	filters_and_counts();
	older_catalogues_lose_nothing();
	spur_db_close(file);
	spur_db_close(db);
	free(path);
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	return tap_done() | (system(cmd) != 0);
}
