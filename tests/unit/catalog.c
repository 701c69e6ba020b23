#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/sshsig.h"
#include "db/catalog.h"
#include "db/dataset_plan.h"
#include "tests/catalog_engine.h"
#include "tests/tap.h"

/*
 * The contract of db/catalog.h, for any engine: see tests/catalog_engine.h.
 */

static char dir[] = "/tmp/spur-catalog-XXXXXX";
static struct spur_error err;

struct person {
	struct spur_ssh_key *key;
	struct spur_buf public;
	char fingerprint[SPUR_SSH_FINGERPRINT];
	struct spur_db_act act;
};

static struct person ada, ben;

static void make_person(struct person *p, const char *name)
{
	spur_ssh_key_create(&p->key, NULL);
	spur_ssh_key_public(p->key, &p->public);
	spur_ssh_public_parse(p->public.data, NULL, p->fingerprint, NULL);
	p->act = (struct spur_db_act){ .who = name, .key = p->fingerprint, .line = "spur test", .now_ns = 1000 };
}

static char *fresh_uri(void)
{
	static int n;
	char name[24];

	snprintf(name, sizeof(name), "new%d/c", ++n);
	return engine_catalog(dir, name);
}

static struct spur_db *fresh(void)
{
	char *uri = fresh_uri();
	struct spur_db *db = NULL;

	if (spur_db_open(uri, &db, &err) < 0)
		printf("# %s\n", err.text);
	free(uri);
	return db;
}

static void hash_of(const char *name, char out[SPUR_SHA256_HEX])
{
	spur_sha256_hex_of(name, strlen(name), out);
}

/* A drive of an MF4 and an MCAP whose bytes are named by `name`; starts at `at` s. */
static int64_t add_drive(struct spur_db *db, const char *name, int64_t at_s)
{
	static const struct spur_db_signal signals[] = { { "speed", "km/h", "f64", "ecu" }, { "brake", "bar", "f64", "ecu" } };
	char a[SPUR_SHA256_HEX], b[SPUR_SHA256_HEX], *log = spur_strfmt("%s mcap", name);
	char *path = spur_strfmt("/rec/%s.mf4", name), *path2 = spur_strfmt("/rec/%s.mcap", name);
	struct spur_db_source s[2];
	int64_t id = 0;

	hash_of(name, a);
	hash_of(log, b);
	s[0] = (struct spur_db_source){ .path = path, .format = "mdf4", .role = "log", .sha256 = a, .size_bytes = 10,
		.has_time = true, .begin_ns = at_s * 1000, .end_ns = at_s * 1000 + 900, .signal_rows = signals,
		.signal_count = 2 };
	s[1] = (struct spur_db_source){ .path = path2, .format = "mcap", .role = "log", .sha256 = b, .size_bytes = 20,
		.has_time = true, .begin_ns = at_s * 1000 + 5, .end_ns = at_s * 1000 + 950 };
	if (spur_db_drive_add(db, &ada.act, name, s, 2, &id, &err) < 0)
		printf("# %s\n", err.text);
	free(log);
	free(path);
	free(path2);
	return id;
}

static int64_t add_segment(struct spur_db *db, int64_t drive, int64_t begin, const char *label)
{
	struct spur_db_segment s = { .drive_id = drive, .begin_ns = begin, .end_ns = begin + 10, .label = label,
				     .query = "q", .score = 0.5, .evidence = "{}" };
	int64_t id = 0;

	if (spur_db_segment_add(db, &ada.act, &s, &id, NULL, &err) < 0)
		printf("# %s\n", err.text);
	return id;
}

static char *sign_review(struct spur_db *db, struct person *by, int64_t segment, const char *verdict, const char *reason)
{
	struct spur_db_segment_list l;
	struct spur_buf record = { 0 }, sig = { 0 };
	char ref[24];

	snprintf(ref, sizeof(ref), "%" PRId64, segment);
	spur_db_segment_find(db, ref, &l, &err);
	spur_db_review_record(&l.rows[0], verdict, reason, &by->act, &record);
	spur_sshsig_sign(by->key, SPUR_DB_APPROVAL_NAMESPACE, record.data, record.len, &sig, &err);
	spur_buf_finish(&record);
	spur_db_segment_list_finish(&l);
	return spur_buf_steal(&sig);
}

static enum spur_status review(struct spur_db *db, struct person *by, int64_t segment, const char *verdict)
{
	char *sig = sign_review(db, by, segment, verdict, "seen");
	enum spur_status st = spur_db_review_add(db, &by->act, segment, verdict, "seen", sig, NULL, &err);

	free(sig);
	return st;
}

static void introduce(struct spur_db *db)
{
	ok(spur_db_identity_add(db, &ada.act, "ada", ada.public.data, &err) == SPUR_OK &&
	   spur_db_identity_add(db, &ben.act, "ben", ben.public.data, &err) == SPUR_OK, "two people are registered");
}

static uint64_t audit_wrong(struct spur_db *db)
{
	struct spur_db_verdict v;

	if (spur_db_audit_verify(db, &v, NULL, NULL, NULL, &err) < 0)
		return UINT64_MAX;
	if (v.wrong > 0)
		printf("# %s\n", v.first);
	return v.wrong;
}

static uint64_t check_wrong(struct spur_db *db)
{
	struct spur_db_verdict v;

	if (spur_db_check(db, &v, NULL, NULL, NULL, &err) < 0) {
		printf("# %s\n", err.text);
		return UINT64_MAX;
	}
	if (v.wrong > 0)
		printf("# %s\n", v.first);
	return v.wrong;
}

static enum spur_db_state state_of(struct spur_db *db, int64_t segment)
{
	struct spur_db_segment_list l;
	char ref[24];
	enum spur_db_state s = SPUR_DB_ANY;

	snprintf(ref, sizeof(ref), "%" PRId64, segment);
	if (spur_db_segment_find(db, ref, &l, &err) >= 0)
		s = l.rows[0].state;
	spur_db_segment_list_finish(&l);
	return s;
}

/* ---- */

static void opening(void)
{
	struct spur_db *db = fresh(), *again = NULL;

	if (!ok(db != NULL, "a catalogue is made with its folders on first use"))
		exit(tap_done());
	ok(spur_db_version(db) >= 1, "it has a schema version");
	is_int(spur_db_open(spur_db_uri(db), &again, &err), SPUR_OK, "and opens twice at once");
	is_int(check_wrong(db), 0, "a new catalogue passes its check");
	spur_db_close(again);
	spur_db_close(db);
	spur_db_close(NULL);
}

static void identities(void)
{
	struct spur_db *db = fresh();
	struct spur_db_identity_list l;
	char *with_comment = spur_strfmt("%s ada@home", ada.public.data);

	introduce(db);
	is_int(spur_db_identity_add(db, &ada.act, "ada", with_comment, &err), SPUR_OK, "the same pair again is fine");
	is_int(spur_db_identity_add(db, &ada.act, "ada", ben.public.data, &err), SPUR_EINVAL, "a name keeps its key");
	is_int(spur_db_identity_add(db, &ada.act, "eve", ben.public.data, &err), SPUR_EDB, "a key keeps its name");
	is_int(spur_db_identity_add(db, &ada.act, "eve", "ssh-ed25519 nonsense", &err), SPUR_EFORMAT, "a key is a key");
	spur_db_identity_list(db, NULL, &l, &err);
	is_int(l.count, 2, "two are listed");
	is_str(l.rows[0].public_key, ada.public.data, "without the comment");
	spur_db_identity_list_finish(&l);
	spur_db_identity_list(db, ben.fingerprint, &l, &err);
	is_str(l.count == 1 ? l.rows[0].name : "", "ben", "found by fingerprint");
	spur_db_identity_list_finish(&l);
	free(with_comment);
	spur_db_close(db);
}

static void drives(void)
{
	struct spur_db *db = fresh();
	struct spur_db_drive_list l;
	struct spur_db_source_list s;
	struct spur_db_signal_list g;
	char a[SPUR_SHA256_HEX];
	int64_t id = add_drive(db, "d1", 1), after = 0;
	struct spur_db_source dup = { .path = "/x.mf4", .format = "mdf4", .role = "log", .sha256 = a };
	size_t pages = 0, seen = 0;

	add_drive(db, "d2", 2);
	ok(id > 0, "a drive is added");
	is_int(spur_db_drive_find(db, "d1", &l, &err), SPUR_OK, "and found by name");
	is_int(l.rows[0].begin_ns, 1000, "begins with its first log");
	is_int(l.rows[0].end_ns, 1950, "ends with its last");
	is_int(l.rows[0].sources, 2, "counts its files");
	is_int(l.rows[0].size_bytes, 30, "and bytes");
	spur_db_source_list(db, id, 0, 0, &s, &err);
	is_int(s.count, 2, "sources are listed");
	is_str(s.rows[0].format, "mdf4", "the reference first: the MDF");
	is_int(s.rows[0].id, l.rows[0].reference, "which the drive names");
	is_int(s.rows[0].signals, 2, "with the size of its signal set");
	spur_db_signal_list(db, s.rows[0].signal_set, 1, 0, &g, &err);
	is_str(g.count == 1 ? g.rows[0].name : "", "brake", "signals from a position on");
	spur_db_signal_list_finish(&g);
	spur_db_drive_list_finish(&l);
	spur_db_source_list_finish(&s);
	hash_of("d1", a);
	is_int(spur_db_drive_add(db, &ada.act, "d3", &dup, 1, NULL, &err), SPUR_EINVAL, "the same bytes twice are refused");
	ok(strstr(err.text, "d1") != NULL, "and the drive that has them is named");
	is_int(spur_db_drive_find(db, "d3", &l, &err), SPUR_ENOTFOUND, "nothing is left of the attempt");
	spur_db_drive_list_finish(&l);
	is_int(spur_db_drive_add(db, &ada.act, "d1", &dup, 1, NULL, &err), SPUR_EINVAL, "a name is used once");
	dup.role = "dbc";
	is_int(spur_db_drive_add(db, &ada.act, "d4", &dup, 1, NULL, &err), SPUR_EINVAL, "a drive needs a log");
	is_int(spur_db_source_add(db, &ada.act, 2, &dup, NULL, &err), SPUR_OK, "a bus database may be shared");
	is_int(spur_db_source_find(db, 0, "/rec/d2.mcap", &s, &err), SPUR_OK, "a source by path");
	is_int(spur_db_source_move(db, &ada.act, s.rows[0].id, "/new/d2.mcap", 7, &err), SPUR_OK, "moves");
	spur_db_source_list_finish(&s);
	is_int(spur_db_source_find(db, 2, "/new/d2.mcap", &s, &err), SPUR_OK, "and is found there");
	spur_db_source_list_finish(&s);
	for (int i = 3; i <= 25; i++) {
		char name[24];

		snprintf(name, sizeof(name), "%s_%02d", i % 2 ? "odd" : "even", i);
		add_drive(db, name, i);
	}
	do {
		spur_db_drive_list(db, NULL, after, 10, &l, &err);
		for (size_t i = 0; i < l.count; i++)
			after = l.rows[i].id;
		seen += l.count;
		pages += l.count > 0;
		id = (int64_t)l.count;
		spur_db_drive_list_finish(&l);
	} while (id > 0);
	is_int(seen, 25, "pages by key see every drive once");
	is_int(pages, 3, "in three pages");
	spur_db_drive_list(db, "odd_*", 0, 0, &l, &err);
	is_int(l.count, 12, "a glob over names; '_' is a letter");
	spur_db_drive_list_finish(&l);
	spur_db_drive_list(db, "odd?03", 0, 0, &l, &err);
	is_int(l.count, 1, "'?' is one letter");
	spur_db_drive_list_finish(&l);
	spur_db_drive_list(db, "odd%", 0, 0, &l, &err);
	is_int(l.count, 0, "'%' is no wildcard of ours");
	spur_db_drive_list_finish(&l);
	is_int(audit_wrong(db), 0, "the audit holds");
	spur_db_close(db);
}

static void statistics(void)
{
	struct spur_db *db = fresh();
	struct spur_db_stat rows[] = { { "speed", 10, 0.0, 120.5, 60.25 }, { "brake", 10, NAN, 1.0, 0.5 } };
	struct spur_db_stat_list l;

	add_drive(db, "d", 1);
	is_int(spur_db_stat_put(db, &ada.act, 1, rows, 2, &err), SPUR_OK, "statistics of promoted signals");
	rows[0].max = 130.0;
	is_int(spur_db_stat_put(db, &ada.act, 1, rows, 1, &err), SPUR_OK, "are replaced");
	spur_db_stat_list(db, 1, &l, &err);
	is_int(l.count, 2, "not doubled");
	ok(l.rows[1].max == 130.0 && isnan(l.rows[0].min), "and read back, NaN too");
	spur_db_stat_list_finish(&l);
	spur_db_close(db);
}

static void clocks(void)
{
	struct spur_db *db = fresh();
	struct spur_db_clock got, c = { .source = 1, .reference = 2, .clock = { 137000000, -20000, 42 }, .sigma_ns = NAN,
					.confidence = 0.9, .method = "xcorr", .knots = "[]" };
	struct spur_db_clock_list l;
	int64_t id = 0;

	add_drive(db, "d", 1);
	is_int(spur_db_clock_get(db, 1, &got, &err), SPUR_OK, "a source without a clock");
	ok(got.id == 0 && spur_clock_is_identity(&got.clock), "has the identity");
	is_int(spur_db_clock_add(db, &ada.act, &c, &id, &err), SPUR_OK, "a clock is set");
	c.clock.offset_ns = 138000000;
	is_int(spur_db_clock_add(db, &ben.act, &c, &id, &err), SPUR_OK, "and again");
	spur_db_clock_get(db, 1, &got, &err);
	is_int(got.clock.offset_ns, 138000000, "the newest wins");
	is_int(got.clock.drift_ppb, -20000, "with its drift");
	is_int(got.clock.ref_ns, 42, "and reference time");
	spur_db_clock_list(db, 1, &l, &err);
	ok(l.count == 2 && l.rows[1].clock.offset_ns == 137000000 && isnan(l.rows[1].sigma_ns), "the history stays");
	is_str(l.rows[0].who, "ben", "with who set it");
	spur_db_clock_list_finish(&l);
	c.confidence = 1.5;
	is_int(spur_db_clock_add(db, &ada.act, &c, &id, &err), SPUR_EDB, "a confidence is within 0 and 1");
	c.source = 99;
	c.confidence = 1;
	is_int(spur_db_clock_add(db, &ada.act, &c, &id, &err), SPUR_EDB, "a source must be there");
	is_int(audit_wrong(db), 0, "failed changes leave the audit whole");
	spur_db_close(db);
}

static void segments(void)
{
	struct spur_db *db = fresh();
	struct spur_db_segment_filter f = { .label = NULL };
	struct spur_db_segment_list l;
	int64_t d1 = add_drive(db, "d1", 1), d2 = add_drive(db, "d2", 2), a, b;
	bool changed = false;

	a = add_segment(db, d1, 1100, "brake");
	b = add_segment(db, d1, 1200, "turn");
	add_segment(db, d2, 2100, "brake");
	is_int(add_segment(db, d1, 1100, "brake"), a, "the same segment again is the same row");
	spur_db_segment_list(db, &f, &l, &err);
	is_int(l.count, 3, "three are listed");
	is_str(l.rows[0].drive, "d1", "with their drive");
	is_int(strncmp(l.rows[0].uid, "seg-", 4), 0, "and a content id");
	spur_db_segment_list_finish(&l);
	is_int(spur_db_tag(db, &ada.act, a, "night", true, &changed, &err), SPUR_OK, "a tag is set");
	ok(changed, "which is a change");
	spur_db_tag(db, &ada.act, a, "night", true, &changed, &err);
	ok(!changed, "once");
	spur_db_tag(db, &ada.act, a, "dry", true, NULL, &err);
	f.tag = "night";
	spur_db_segment_list(db, &f, &l, &err);
	ok(l.count == 1 && l.rows[0].id == a, "a filter by tag");
	is_str(l.count == 1 ? l.rows[0].tags : "", "dry night", "all its tags, sorted");
	spur_db_segment_list_finish(&l);
	spur_db_tag(db, &ada.act, a, "night", false, &changed, &err);
	spur_db_segment_list(db, &f, &l, &err);
	is_int(l.count, 0, "a tag taken away is gone");
	spur_db_segment_list_finish(&l);
	f.tag = "dry";
	spur_db_segment_list(db, &f, &l, &err);
	is_str(l.count == 1 ? l.rows[0].tags : "", "dry", "from the list of tags too");
	spur_db_segment_list_finish(&l);
	is_int(spur_db_tag(db, &ada.act, a, "two words", true, NULL, &err), SPUR_EINVAL, "a tag is one word");
	f = (struct spur_db_segment_filter){ .drive = "d1", .label = "brake" };
	spur_db_segment_list(db, &f, &l, &err);
	is_int(l.count, 1, "a filter by drive and label");
	spur_db_segment_list_finish(&l);
	f = (struct spur_db_segment_filter){ .begin_ns = 1110, .end_ns = 1201 };
	spur_db_segment_list(db, &f, &l, &err);
	ok(l.count == 1 && l.rows[0].id == b, "half-open overlap: 1100..1110 is out, 1200..1210 is in");
	spur_db_segment_list_finish(&l);
	f = (struct spur_db_segment_filter){ .begin_ns = 1110, .end_ns = 1200 };
	spur_db_segment_list(db, &f, &l, &err);
	is_int(l.count, 0, "and what begins at the end is out");
	spur_db_segment_list_finish(&l);
	f = (struct spur_db_segment_filter){ .after = a, .limit = 1 };
	spur_db_segment_list(db, &f, &l, &err);
	ok(l.count == 1 && l.rows[0].id == b, "pages by key");
	spur_db_segment_list_finish(&l);
	is_int(spur_db_segment_add(db, &ada.act, &(struct spur_db_segment){ .drive_id = d1, .begin_ns = 5, .end_ns = 5,
	       .label = "x" }, NULL, NULL, &err), SPUR_EINVAL, "an empty span is no segment");
	is_int(spur_db_segment_add(db, &ada.act, &(struct spur_db_segment){ .drive_id = 77, .begin_ns = 5, .end_ns = 6,
	       .label = "x" }, NULL, NULL, &err), SPUR_ENOTFOUND, "nor one of no drive");
	spur_db_close(db);
}

static void reviews(void)
{
	struct spur_db *db = fresh();
	struct spur_db_segment_filter f = { .state = SPUR_DB_APPROVED };
	struct spur_db_segment_list l;
	struct spur_db_review_list r;
	struct person eve = { 0 };
	int64_t seg, other;
	char *sig;

	make_person(&eve, "eve");
	introduce(db);
	seg = add_segment(db, add_drive(db, "d", 1), 1100, "brake");
	other = add_segment(db, 1, 1300, "brake");
	is_int(state_of(db, seg), SPUR_DB_CANDIDATE, "a segment starts as a candidate");
	is_int(review(db, &ada, seg, "approve"), SPUR_EDB, "its author cannot approve it");
	ok(strstr(err.text, "author of a segment cannot review it") != NULL, "and is told why");
	is_int(review(db, &ada, seg, "reject"), SPUR_EDB, "nor reject it");
	is_int(review(db, &ada, seg, "comment"), SPUR_OK, "but may comment");
	is_int(review(db, &eve, seg, "approve"), SPUR_EDB, "a key that is not registered cannot approve");
	is_int(spur_db_review_add(db, &ben.act, seg, "approve", "seen", NULL, NULL, &err), SPUR_EDB, "nor can nobody's signature");
	sig = sign_review(db, &ben, other, "approve", "seen");
	is_int(spur_db_review_add(db, &ben.act, seg, "approve", "seen", sig, NULL, &err), SPUR_EFORMAT,
	       "nor a signature over another segment");
	free(sig);
	sig = sign_review(db, &eve, seg, "approve", "seen");
	is_int(spur_db_review_add(db, &ben.act, seg, "approve", "seen", sig, NULL, &err), SPUR_EFORMAT,
	       "nor a signature of another key");
	free(sig);
	is_int(state_of(db, seg), SPUR_DB_CANDIDATE, "it is still a candidate");
	is_int(review(db, &ben, seg, "approve"), SPUR_OK, "another registered person approves");
	is_int(state_of(db, seg), SPUR_DB_APPROVED, "and it is approved");
	is_int(review(db, &ada, seg, "comment"), SPUR_OK, "a comment after that");
	is_int(state_of(db, seg), SPUR_DB_APPROVED, "changes nothing");
	spur_db_segment_list(db, &f, &l, &err);
	is_int(l.count, 1, "a filter by state");
	spur_db_segment_list_finish(&l);
	is_int(review(db, &ben, seg, "reject"), SPUR_OK, "the reviewer takes it back");
	is_int(state_of(db, seg), SPUR_DB_REJECTED, "the newest verdict wins");
	is_int(review(db, &ben, seg, "perhaps"), SPUR_EDB, "a verdict is one of three");
	spur_db_review_list(db, seg, 0, 0, &r, &err);
	is_int(r.count, 4, "all of it stays on record");
	spur_db_review_list_finish(&r);
	is_int(check_wrong(db), 0, "the check verifies the signatures");
	spur_ssh_key_destroy(eve.key);
	spur_buf_finish(&eve.public);
	spur_db_close(db);
}

/* Drives in an order, with segments in an order; returns the dataset's uid in out. */
static void build_and_freeze(bool backwards, struct spur_db_dataset *out, char uid[40], struct spur_db **keep)
{
	struct spur_db *db = fresh();
	struct spur_db_freeze f = { .name = "set", .seed = 7 };
	struct spur_db_dataset_list l;
	struct spur_db_segment_filter all = { .limit = SIZE_MAX };
	struct spur_db_segment_list s;
	int64_t ids[8];

	spur_db_identity_add(db, &ada.act, "ada", ada.public.data, &err);
	spur_db_identity_add(db, &ben.act, "ben", ben.public.data, &err);
	for (int i = 0; i < 8; i++) {
		int d = backwards ? 7 - i : i;
		char name[16];

		snprintf(name, sizeof(name), "d%d", d);
		ids[d] = add_drive(db, name, d + 1);
	}
	for (int i = 0; i < 8; i++) {
		int d = backwards ? 7 - i : i;
		struct spur_db_clock c = { .source = 0, .clock = { d * 10, d, 0 }, .confidence = 1, .method = "hand" };
		struct spur_db_source_list src;

		spur_db_source_list(db, ids[d], 0, 0, &src, &err);
		c.source = src.rows[1].id;
		spur_db_clock_add(db, &ada.act, &c, NULL, &err);
		spur_db_source_list_finish(&src);
		add_segment(db, ids[d], (d + 1) * 1000 + 100, "brake");
		add_segment(db, ids[d], (d + 1) * 1000 + 200, "brake");
		if (d % 2 == 0)
			add_segment(db, ids[d], (d + 1) * 1000 + 300, "turn");
		add_segment(db, ids[d], (d + 1) * 1000 + 400, "never approved");
	}
	spur_db_segment_list(db, &all, &s, &err);
	for (size_t i = 0; i < s.count; i++) {
		if (strcmp(s.rows[i].label, "never approved") != 0)
			review(db, &ben, s.rows[i].id, "approve");
		if (s.rows[i].begin_ns == 3100)
			spur_db_tag(db, &ben.act, s.rows[i].id, "wet", true, NULL, &err);
	}
	spur_db_segment_list_finish(&s);
	ben.act.now_ns += 12345;	/* another time of day */
	if (spur_db_dataset_freeze(db, &ben.act, &f, &l, &err) < 0)
		printf("# %s\n", err.text);
	snprintf(uid, 40, "%s", l.count == 1 ? l.rows[0].uid : "");
	*out = l.count == 1 ? l.rows[0] : (struct spur_db_dataset){ 0 };
	out->uid = out->name = out->root = out->recipe = out->who = out->key = "";
	spur_db_dataset_list_finish(&l);
	*keep = db;
}

static void datasets(void)
{
	struct spur_db *db, *other;
	struct spur_db_dataset d, d2;
	struct spur_db_dataset_list l;
	struct spur_db_item_list items;
	struct spur_db_freeze f = { .name = "set", .seed = 7 };
	char uid[40], uid2[40];
	const char *of_drive[9] = { NULL };
	int seen[2][SPUR_DB_SPLITS] = { 0 };
	bool torn = false;

	build_and_freeze(false, &d, uid, &db);
	build_and_freeze(true, &d2, uid2, &other);
	is_int(strncmp(uid, "ds-", 3), 0, "a version is frozen");
	is_str(uid, uid2, "its id depends on content alone: not on order, row ids or time");
	is_int(d.items, 20, "approved segments only");
	is_int(spur_db_dataset_freeze(db, &ben.act, &f, &l, &err), SPUR_OK, "freezing again");
	ok(l.count == 1 && l.rows[0].version == 1 && strcmp(l.rows[0].uid, uid) == 0, "gives the same version");
	spur_db_dataset_list_finish(&l);
	spur_db_item_list(db, d.id, &items, &err);
	for (size_t i = 0; i < items.count; i++) {
		const struct spur_db_item *it = &items.rows[i];
		int n = it->drive[1] - '0';

		seen[strcmp(it->label, "turn") == 0][it->split]++;
		torn |= of_drive[n] != NULL && strcmp(of_drive[n], spur_db_split_name(it->split)) != 0;
		of_drive[n] = spur_db_split_name(it->split);
		if (it->begin_ns == 3100) {
			is_str(it->tags, "wet", "an item has its tags");
			is_int(it->source_count, 2, "its sources");
			ok((it->sources[0].clock.offset_ns == 20) != (it->sources[1].clock.offset_ns == 20),
			   "and the clock that was used");
			ok(strlen(it->sources[0].reference) == 64, "against which reference");
		}
	}
	ok(!torn, "no drive is in two splits");
	ok(seen[0][0] && seen[0][1] && seen[0][2] && seen[1][0] && seen[1][1] && seen[1][2], "every class is in every split");
	spur_db_item_list_finish(&items);
	/* Anything that counts changes the id. */
	f.seed = 8;
	spur_db_tag(db, &ada.act, 1, "new", true, NULL, &err);
	is_int(spur_db_dataset_freeze(db, &ben.act, &f, &l, &err), SPUR_OK, "after a tag");
	ok(l.count == 1 && l.rows[0].version == 2 && strcmp(l.rows[0].uid, uid) != 0, "it is version 2 with another id");
	spur_db_dataset_list_finish(&l);
	is_int(spur_db_dataset_find(db, "set", &l, &err), SPUR_OK, "a name");
	is_int(l.count == 1 ? l.rows[0].version : 0, 2, "is its newest version");
	spur_db_dataset_list_finish(&l);
	is_int(spur_db_dataset_find(db, "set@1", &l, &err), SPUR_OK, "NAME@VERSION");
	is_str(l.count == 1 ? l.rows[0].uid : "", uid, "is that one");
	spur_db_dataset_list_finish(&l);
	is_int(spur_db_dataset_find(db, "set@9", &l, &err), SPUR_ENOTFOUND, "if it is there");
	spur_db_dataset_list_finish(&l);
	f.filter.label = "nothing";
	is_int(spur_db_dataset_freeze(db, &ben.act, &f, &l, &err), SPUR_ENOTFOUND, "nothing approved fits");
	spur_db_dataset_list_finish(&l);
	f = (struct spur_db_freeze){ .name = "bad", .permille = { 900, 200, 0 } };
	is_int(spur_db_dataset_freeze(db, &ben.act, &f, &l, &err), SPUR_EINVAL, "fractions sum to one");
	spur_db_dataset_list_finish(&l);
	is_int(check_wrong(db), 0, "the check recomputes the roots");
	spur_db_close(db);
	spur_db_close(other);
}

/* RFC 6962, 2.1, as it is written there: k is the largest power of two below n. */
static void reference_root(const char *const *lines, size_t n, unsigned char out[SPUR_SHA256_BYTES])
{
	unsigned char both[1 + 2 * SPUR_SHA256_BYTES] = { 1 };
	size_t k = 1;

	if (n == 1) {
		char *leaf = spur_strfmt("?%s", lines[0]);

		leaf[0] = 0;
		spur_sha256_of(leaf, 1 + strlen(lines[0]), out);
		free(leaf);
		return;
	}
	while (k * 2 < n)
		k *= 2;
	reference_root(lines, k, both + 1);
	reference_root(lines + k, n - k, both + 1 + SPUR_SHA256_BYTES);
	spur_sha256_of(both, sizeof(both), out);
}

static void roots(void)
{
	const char *lines[33];
	char *text = spur_strdup("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ"), got[SPUR_SHA256_HEX], want[SPUR_SHA256_HEX];
	size_t same = 0;

	for (size_t i = 0; i < 33; i++)
		lines[i] = text + i;
	for (size_t n = 1; n <= 33; n++) {
		unsigned char root[SPUR_SHA256_BYTES];

		reference_root(lines, n, root);
		spur_hex(root, sizeof(root), want);
		spur_merkle_root(lines, n, got);
		same += strcmp(got, want) == 0;
	}
	is_int(same, 33, "Merkle roots of 1 to 33 lines are those of RFC 6962");
	free(text);
}

static void few_drives(int count, const char *name)
{
	struct spur_db *db = fresh();
	struct spur_db_freeze f = { .name = "few", .seed = 1 };
	struct spur_db_dataset_list l;
	struct spur_db_item_list items = { 0 };
	int seen[SPUR_DB_SPLITS] = { 0 };

	spur_db_identity_add(db, &ben.act, "ben", ben.public.data, &err);
	for (int i = 0; i < count; i++) {
		char drive[16];

		snprintf(drive, sizeof(drive), "d%d", i);
		review(db, &ben, add_segment(db, add_drive(db, drive, i), i * 1000 + 10, "brake"), "approve");
	}
	if (spur_db_dataset_freeze(db, &ben.act, &f, &l, &err) >= 0)
		spur_db_item_list(db, l.rows[0].id, &items, &err);
	for (size_t i = 0; i < items.count; i++)
		seen[items.rows[i].split]++;
	ok(seen[0] > 0 && (count < 3 || (seen[1] > 0 && seen[2] > 0)), name);
	spur_db_item_list_finish(&items);
	spur_db_dataset_list_finish(&l);
	spur_db_close(db);
}

static void leaks(void)
{
	struct spur_db *db = fresh();
	struct spur_db_freeze f = { .name = "leaky" };
	struct spur_db_dataset_list l;

	spur_db_identity_add(db, &ben.act, "ben", ben.public.data, &err);
	for (int i = 0; i < 3; i++) {
		char drive[16];

		snprintf(drive, sizeof(drive), "d%d", i);
		review(db, &ben, add_segment(db, add_drive(db, drive, 1), 1000 + i, "brake"), "approve");
	}
	is_int(spur_db_dataset_freeze(db, &ben.act, &f, &l, &err), SPUR_EINVAL, "the same time in two splits is refused");
	ok(strstr(err.text, "data would leak") != NULL, "as a leak");
	spur_db_dataset_list_finish(&l);
	f.filter.drive = "e*";	/* one begins when the other ends */
	for (int i = 0; i < 3; i++) {
		char drive[16];

		snprintf(drive, sizeof(drive), "e%d", i);
		review(db, &ben, add_segment(db, add_drive(db, drive, 1), 5000 + i * 10, "brake"), "approve");
	}
	is_int(spur_db_dataset_freeze(db, &ben.act, &f, &l, &err), SPUR_OK, "spans that touch do not overlap");
	spur_db_dataset_list_finish(&l);
	f.filter.drive = NULL;
	f.allow_concurrent = true;
	is_int(spur_db_dataset_freeze(db, &ben.act, &f, &l, &err), SPUR_OK, "unless it is a fleet");
	spur_db_dataset_list_finish(&l);
	spur_db_close(db);
}

static void lineage(void)
{
	struct spur_db *db;
	struct spur_db_dataset d;
	struct spur_db_edge_list e, e2 = { 0 };
	struct spur_db_object_list o;
	char uid[40];
	size_t files = 0;

	build_and_freeze(false, &d, uid, &db);
	is_int(spur_db_object_put(db, &ada.act, &(struct spur_db_object){ .id = "model-0123456789", .kind = "model",
	       .title = "m" }, &err), SPUR_OK, "an object is put");
	is_int(spur_db_edge_add(db, &ada.act, "model-0123456789", uid, "data", &err), SPUR_OK, "an edge too");
	is_int(spur_db_edge_add(db, &ada.act, "model-0123456789", uid, "data", &err), SPUR_OK, "again is fine");
	is_int(spur_db_edge_add(db, &ada.act, "model-0123456789", "ds-nothing0000", "data", &err), SPUR_ENOTFOUND,
	       "both ends must be there");
	is_int(spur_db_object_find(db, "model-01", &o, &err), SPUR_OK, "found by a prefix");
	spur_db_object_list_finish(&o);
	is_int(spur_db_object_find(db, "model", &o, &err), SPUR_ENOTFOUND, "of 8 characters at least");
	spur_db_object_list_finish(&o);
	is_int(spur_db_object_find(db, "file:000", &o, &err), SPUR_ENOTFOUND, "none of that name");
	spur_db_object_list_finish(&o);
	spur_db_edge_list(db, "model-0123456789", true, &e, &err);
	is_str(e.count == 1 ? e.rows[0].to : "", uid, "a model was made from its dataset");
	spur_db_edge_list_finish(&e);
	spur_db_edge_list(db, uid, true, &e, &err);
	is_int(e.count, 20, "a dataset from its segments");
	if (e.count > 0)
		spur_db_edge_list(db, e.rows[0].to, true, &e2, &err);
	for (size_t i = 0; i < e2.count; i++)
		files += strncmp(e2.rows[i].to, "file:", 5) == 0 && strlen(e2.rows[i].to) == 69;
	is_int(files, 2, "a segment from files, by their hash");
	spur_db_edge_list_finish(&e);
	spur_db_edge_list_finish(&e2);
	spur_db_edge_list(db, uid, false, &e, &err);
	is_int(e.count, 1, "and upwards");
	spur_db_edge_list_finish(&e);
	spur_db_close(db);
}

static void signatures(void)
{
	struct spur_db *db = fresh();
	struct spur_buf sig = { 0 };
	struct spur_db_signature_list l;

	introduce(db);
	spur_db_object_put(db, &ada.act, &(struct spur_db_object){ .id = "card-0123456789", .kind = "card" }, &err);
	spur_sshsig_sign(ada.key, "spur-object", "record", 6, &sig, &err);
	is_int(spur_db_signature_add(db, &ada.act, "card-0123456789", "spur-object", "record", sig.data, &err), SPUR_OK,
	       "an object is signed");
	is_int(spur_db_signature_add(db, &ada.act, "card-0123456789", "spur-object", "recorD", sig.data, &err), SPUR_EFORMAT,
	       "a signature over something else is refused");
	is_int(spur_db_signature_add(db, &ben.act, "card-0123456789", "spur-object", "record", sig.data, &err), SPUR_EFORMAT,
	       "and one in another's name");
	spur_db_signature_list(db, "card-0123456789", &l, &err);
	is_int(l.count, 1, "one is listed");
	spur_db_signature_list_finish(&l);
	spur_buf_finish(&sig);
	spur_db_close(db);
}

static void transactions(void)
{
	struct spur_db *db = fresh();
	struct spur_db_drive_list l;
	struct spur_db_audit_list a;

	is_int(spur_db_begin(db, &err), SPUR_OK, "several changes as one");
	add_drive(db, "d1", 1);
	add_drive(db, "d2", 2);
	is_int(spur_db_end(db, SPUR_ECANCELLED, &err), SPUR_ECANCELLED, "are taken back together");
	spur_db_drive_list(db, NULL, 0, 0, &l, &err);
	is_int(l.count, 0, "drives");
	spur_db_drive_list_finish(&l);
	spur_db_audit_list(db, NULL, 0, 0, &a, &err);
	is_int(a.count, 0, "and their audit");
	spur_db_audit_list_finish(&a);
	spur_db_begin(db, &err);
	add_drive(db, "d1", 1);
	is_int(spur_db_drive_add(db, &ada.act, "d1", NULL, 0, NULL, NULL), SPUR_EINVAL, "a failure inside");
	is_int(spur_db_end(db, SPUR_OK, &err), SPUR_EDB, "spoils the whole");
	spur_db_drive_list(db, NULL, 0, 0, &l, &err);
	is_int(l.count, 0, "and nothing is left");
	spur_db_drive_list_finish(&l);
	add_drive(db, "d1", 1);
	spur_db_audit_list(db, NULL, 0, 0, &a, &err);
	ok(a.count == 1 && strcmp(a.rows[0].action, "drive.add") == 0 && strcmp(a.rows[0].who, "ada") == 0, "one line of audit");
	is_int(a.rows[0].seq, 1, "numbered without gaps");
	spur_db_audit_list_finish(&a);
	spur_db_close(db);
}

/* ---- processes ---- */

static void writer(const char *uri, const char *name, int changes, int out)
{
	struct spur_db *db = NULL;
	int64_t drive;

	if (spur_db_open(uri, &db, &err) < 0)
		_exit(3);
	drive = add_drive(db, name, 1);
	for (int i = 0; i < changes; i++) {
		int64_t id = add_segment(db, drive, i * 20, "w");

		if (id == 0 || (out >= 0 && write(out, &id, sizeof(id)) != sizeof(id)))
			_exit(4);
	}
	spur_db_close(db);
	_exit(0);
}

static void two_writers(void)
{
	char *uri = fresh_uri();
	struct spur_db *db = NULL;
	struct spur_db_segment_filter f = { .limit = SIZE_MAX };
	struct spur_db_segment_list l;
	pid_t pid[2];
	int status, good = 0;

	/* The catalogue is not there yet: both make it. */
	for (int i = 0; i < 2; i++) {
		if ((pid[i] = fork()) == 0)
			writer(uri, i == 0 ? "first" : "second", 100, -1);
	}
	for (int i = 0; i < 2; i++)
		good += waitpid(pid[i], &status, 0) == pid[i] && status == 0;
	is_int(good, 2, "two processes write at once, neither fails");
	spur_db_open(uri, &db, &err);
	spur_db_segment_list(db, &f, &l, &err);
	is_int(l.count, 200, "nothing is lost");
	spur_db_segment_list_finish(&l);
	is_int(audit_wrong(db), 0, "one chain");
	spur_db_close(db);
	free(uri);
}

static void opener(const char *uri, int gate)
{
	struct spur_db *db = NULL;
	char c;

	if (read(gate, &c, 1) != 0 || spur_db_open(uri, &db, &err) < 0)
		_exit(3);
	spur_db_close(db);
	_exit(0);
}

/* Fourteen begin at the same moment, again and again. */
static void many_makers(void)
{
	/* A server takes its time for each of them. */
	const int rounds = engine_is_pg() ? 3 : 15;
	int good = 0, status, gate[2];

	for (int round = 0; round < rounds; round++) {
		char *uri = fresh_uri();
		pid_t pid[14];

		if (pipe(gate) < 0)
			break;
		for (int i = 0; i < 14; i++) {
			if ((pid[i] = fork()) == 0) {
				close(gate[1]);
				opener(uri, gate[0]);
			}
		}
		close(gate[0]);
		close(gate[1]);
		for (int i = 0; i < 14; i++)
			good += waitpid(pid[i], &status, 0) == pid[i] && status == 0;
		free(uri);
	}
	is_int(good, rounds * 14, "a catalogue that is not there yet may be made by several at once");
}

static void killed_writer(void)
{
	char *uri = fresh_uri();
	size_t lost = 0, wrong = 0, killed = 0, reported = 0;

	for (int round = 0; round < 8; round++) {
		struct spur_db *db = NULL;
		char name[16];
		int to[2], status;
		int64_t id, last = 0;
		pid_t pid;

		snprintf(name, sizeof(name), "r%d", round);
		if (pipe(to) != 0 || (pid = fork()) < 0)
			break;
		if (pid == 0) {
			close(to[0]);
			writer(uri, name, 100000, to[1]);
		}
		close(to[1]);
		usleep(20000 + (useconds_t)round * 7919);
		/* Wait for a first change, then kill in the midst of the next ones. */
		if (read(to[0], &id, sizeof(id)) == sizeof(id))
			last = id;
		usleep((useconds_t)(round * 1013));
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		killed += WIFSIGNALED(status);
		while (read(to[0], &id, sizeof(id)) == sizeof(id))
			last = id;
		close(to[0]);
		if (spur_db_open(uri, &db, &err) < 0) {
			wrong++;
			continue;
		}
		reported += last != 0;
		lost += state_of(db, last) != SPUR_DB_CANDIDATE;
		wrong += check_wrong(db) != 0;
		spur_db_close(db);
	}
	is_int(killed, 8, "a writer is killed 8 times");
	is_int(reported, 8, "each after it had reported changes");
	is_int(lost, 0, "what was reported is there");
	is_int(wrong, 0, "and the catalogue passes its check");
	free(uri);
}

static void copies(void)
{
	struct spur_db *db, *copy = NULL;
	struct spur_db_dataset d;
	struct spur_db_dataset_list l;
	char uid[40], *path = spur_strfmt("%s/copy.db", dir);

	build_and_freeze(false, &d, uid, &db);
	if (engine_is_pg()) {
		is_int(spur_db_backup(db, path, NULL, &err), SPUR_EUNSUPPORTED, "a backup is the server's");
		ok(strstr(err.text, "pg_dump") != NULL, "and it is said how");
		spur_db_close(db);
		free(path);
		return;
	}
	is_int(spur_db_backup(db, path, NULL, &err), SPUR_OK, "a backup");
	is_int(spur_db_open(path, &copy, &err), SPUR_OK, "opens");
	is_int(check_wrong(copy), 0, "passes its check");
	is_int(spur_db_dataset_find(copy, uid, &l, &err), SPUR_OK, "and has everything");
	spur_db_dataset_list_finish(&l);
	is_int(spur_db_backup(db, "/nonexistent/x.db", NULL, &err), SPUR_EDB, "a folder that is not there");
	spur_db_close(copy);
	spur_db_close(db);
	free(path);
}

int main(void)
{
	char *cmd;

	if (mkdtemp(dir) == NULL)
		return 1;
	make_person(&ada, "ada");
	make_person(&ben, "ben");
	opening();
	identities();
	drives();
	statistics();
	clocks();
	segments();
	reviews();
	roots();
	datasets();
	few_drives(1, "one drive goes to train");
	few_drives(3, "of three drives each split has one");
	few_drives(4, "of four drives no split is empty");
	few_drives(6, "nor of six");
	few_drives(7, "nor of seven");
	leaks();
	lineage();
	signatures();
	transactions();
	two_writers();
	many_makers();
	killed_writer();
	copies();
	spur_ssh_key_destroy(ada.key);
	spur_ssh_key_destroy(ben.key);
	spur_buf_finish(&ada.public);
	spur_buf_finish(&ben.public);
	cmd = spur_strfmt("rm -rf %s", dir);
	if (system(cmd) != 0)
		printf("# cannot clean up\n");
	free(cmd);
	return tap_done();
}
