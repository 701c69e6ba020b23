#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/sshsig.h"
#include "db/catalog.h"
#include "db/catalog_jobs.h"
#include "db/catalog_lab.h"
#include "tests/catalog_engine.h"
#include "tests/tap.h"

/* The same acts give the same catalogue on every engine: ids, order, text and numbers, to the byte of its export.
 * Without a server it compares two files, which says at least that nothing in it is by chance. */

static char dir[] = "/tmp/spur-engines-XXXXXX";
static struct spur_error err;
static struct spur_ssh_key *key;
static struct spur_buf public;
static char ada[SPUR_SSH_FINGERPRINT] = "SHA256:ada", ben[SPUR_SSH_FINGERPRINT];
static struct spur_db_act by_ada = { "ada", ada, "spur x --text 'ä€ \\ \" %'", 1 }, by_ben = { "ben", ben, "spur y", 2 };

static void drives(struct spur_db *db)
{
	static const char *const names[] = { "b", "B", "a", "\xc3\xa4", "Z", "z_1" };	/* in an order that collations differ on */
	static const struct spur_db_signal signals[] = { { "speed", "km/h", "f64", "ecu" }, { "Brake", "bar", "f64", "" } };
	static const struct spur_db_stat stats[] = { { "speed", 3, -0.0, 1e308, 0.1 }, { "brake", 7, 5e-324, 1.0 / 3.0, (double)NAN } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char sha[SPUR_SHA256_HEX], *path = spur_strfmt("/rec/%s.mf4", names[i]);
		struct spur_db_source s = { .path = path, .format = "mdf4", .role = "log", .sha256 = sha, .size_bytes = UINT64_C(1) << 60,
					    .mtime_ns = INT64_MAX, .has_time = i != 1, .begin_ns = INT64_C(1700000000123456789) + (int64_t)i,
					    .end_ns = INT64_C(1700000001123456789) + (int64_t)i, .signal_rows = signals, .signal_count = i < 3 ? 2 : 1 };

		spur_sha256_hex_of(names[i], strlen(names[i]), sha);
		is_int(spur_db_drive_add(db, &by_ada, names[i], &s, 1, NULL, &err), SPUR_OK, names[i]);
		spur_db_drive_add(db, &by_ada, names[i], &s, 1, NULL, &err);	/* refused, and takes no number */
		free(path);
	}
	spur_db_stat_put(db, &by_ada, 1, stats, 2, &err);
	spur_db_source_move(db, &by_ben, 2, "/elsewhere/B.mf4", INT64_MIN, &err);
}

static void segments(struct spur_db *db)
{
	static const double scores[] = { 0.1, -1.5, (double)INFINITY, (double)NAN, 1e-7 };
	struct spur_db_clock c = { .source = 1, .reference = 2, .clock = { -5, 20000, 7 }, .sigma_ns = 1e6 / 3, .confidence = 0.9,
				   .method = "xcorr", .knots = "[]" };

	spur_db_clock_add(db, &by_ada, &c, NULL, &err);
	for (int i = 0; i < 5; i++) {
		struct spur_db_segment seg = { .drive_id = 1 + i % 2, .begin_ns = 10 * i, .end_ns = 10 * i + 7, .label = i < 3 ? "cut_in" : "Cut_In",
					       .query = "a < 'b' ?1", .score = scores[i], .evidence = "{\"n\":1}" };

		is_int(spur_db_segment_add(db, &by_ada, &seg, NULL, NULL, &err), SPUR_OK, "a segment");
		seg.drive_id = 77;
		spur_db_segment_add(db, &by_ada, &seg, NULL, NULL, &err);
	}
	spur_db_segment_replace(db, &by_ben, 4, 31, 36, NULL, &err);
	spur_db_tag(db, &by_ada, 1, "t", true, NULL, &err);
	spur_db_tag(db, &by_ada, 1, "T", true, NULL, &err);
	spur_db_tag(db, &by_ben, 1, "t", false, NULL, &err);
}

static enum spur_status review(struct spur_db *db, const struct spur_db_act *act, const char *id, const char *verdict)
{
	struct spur_db_segment_list l;
	struct spur_buf record = { 0 }, sig = { 0 };
	enum spur_status st;

	spur_db_segment_find(db, id, &l, &err);
	spur_db_review_record(&l.rows[0], verdict, "gesehen: \xc3\xa4", act, &record);
	spur_sshsig_sign(key, SPUR_DB_APPROVAL_NAMESPACE, record.data, record.len, &sig, &err);
	st = spur_db_review_add(db, act, l.rows[0].id, verdict, "gesehen: \xc3\xa4", sig.data, NULL, &err);
	spur_db_segment_list_finish(&l);
	spur_buf_finish(&record);
	spur_buf_finish(&sig);
	return st;
}

static void reviews(struct spur_db *db)
{
	struct spur_db_segment_list l;
	struct spur_db_freeze f = { .name = "set" };
	struct spur_db_dataset_list d;

	is_int(review(db, &by_ben, "1", "approve"), SPUR_OK, "an approval");
	ok(review(db, &by_ada, "2", "approve") < 0, "not of one's own");
	is_int(review(db, &by_ben, "2", "approve"), SPUR_OK, "another");
	is_int(review(db, &by_ben, "3", "reject"), SPUR_OK, "a rejection");
	spur_db_segment_find(db, "5", &l, &err);
	is_int(spur_db_draft_add(db, &by_ben, &l.rows[0], "approve", "later", 40, 47, &err), SPUR_OK, "a draft");
	spur_db_segment_list_finish(&l);
	is_int(spur_db_dataset_freeze(db, &by_ben, &f, &d, &err), SPUR_OK, "a dataset");
	spur_db_dataset_list_finish(&d);
}

static void jobs(struct spur_db *db)
{
	static const struct spur_job_metric m = { .key = "loss", .step = 3, .ts_ns = 5, .value = 0.1 + 0.2 };
	struct spur_job_row r = { .id = "0123456789abcde", .kind = "extract", .name = "one", .executor = "local", .dir = "/j",
				  .status = { .state = SPUR_JOB_SUCCEEDED, .attempt = 1, .created_ns = 1, .changed_ns = 9, .done = 3, .total = 3,
					      .unit = "items", .ended_ns = 9 } };
	struct spur_job_store s;
	const char *text = "{\"text\":\"\xc3\xa4\"}";
	uint64_t at;

	memcpy(r.id, "0123456789abcdef", 16);
	spur_db_job_store(db, &s);
	is_int(s.ops->put(s.state, &r, "test", &err), SPUR_OK, "a run");
	is_int(s.ops->begin(s.state, r.id, "0", &at, &err), SPUR_OK, "its events");
	s.ops->event(s.state, 0, 7, "log", text, strlen(text), &err);
	s.ops->metric(s.state, &m, &err);
	is_int(s.ops->commit(s.state, 30, &err), SPUR_OK, "are taken over");
	spur_db_job_store_finish(&s);
}

static void lab(struct spur_db *db)
{
	static const struct spur_db_object o = { .id = "model-0011223344556677", .kind = "model", .title = "M", .path = "/m", .sha256 = "aa",
						 .record = "{\"a\":1}" };
	int version;

	is_int(spur_db_object_put(db, &by_ada, &o, &err), SPUR_OK, "a model");
	is_int(spur_db_author_add(db, &by_ada, o.id, "ada", ada, &err), SPUR_OK, "its author");
	is_int(spur_db_model_add(db, &by_ada, "net", o.id, "0123456789abcdef", "ada", ada, &version, &err), SPUR_OK, "its version");
	is_int(spur_db_alias_set(db, &by_ben, "net", "best", version, &err), SPUR_OK, "its alias");
}

static enum spur_status put_line(void *state, const char *json, size_t len, struct spur_error *e)
{
	(void)e;
	spur_buf_add(state, json, len);
	spur_buf_addc(state, '\n');
	return SPUR_OK;
}

/* Lines of the audit about jobs have the hour; the rows have not. */
static enum spur_status put_job_line(void *state, const char *json, size_t len, struct spur_error *e)
{
	return strncmp(json, "{\"table\":\"run", 13) == 0 || strncmp(json, "{\"table\":\"metric", 16) == 0 ? put_line(state, json, len, e) :
	       SPUR_OK;
}

/* Every way of listing, as text: order is part of the contract. */
static void list(struct spur_db *db, struct spur_buf *out)
{
	static const char *const globs[] = { "*", "b", "z_*", "?" };
	struct spur_db_drive_list d;

	for (size_t i = 0; i < 4; i++) {
		spur_db_drive_list(db, globs[i], 0, 0, &d, &err);
		for (size_t k = 0; k < d.count; k++)
			spur_buf_addf(out, "%s %s\n", globs[i], d.rows[k].name);
		spur_db_drive_list_finish(&d);
	}
	for (int order = SPUR_DB_BY_ID; order <= SPUR_DB_BY_LABEL * 2 + 1; order++) {
		struct spur_db_segment_filter f = { .order = (enum spur_db_segment_order)(order / 2), .descending = order % 2 != 0,
						    .text = order == 0 ? "CUT" : NULL, .after = order == 3 ? 2 : 0 };
		struct spur_db_segment_list l;

		spur_db_segment_list(db, &f, &l, &err);
		for (size_t k = 0; k < l.count; k++)
			spur_buf_addf(out, "%d: %s %s %.17g %s %s\n", order, l.rows[k].uid, l.rows[k].label, l.rows[k].score, l.rows[k].tags,
				      spur_db_state_name(l.rows[k].state));
		spur_db_segment_list_finish(&l);
	}
}

static char *act_all(const char *uri)
{
	struct spur_buf out = { 0 };
	struct spur_db_verdict v = { .wrong = 1 };
	struct spur_db *db = NULL;

	if (!is_int(spur_db_open(uri, &db, &err), SPUR_OK, "a catalogue")) {
		printf("# %s\n", err.text);
		return spur_strdup("");
	}
	spur_db_identity_add(db, &by_ben, "ben", public.data, &err);
	drives(db);
	segments(db);
	reviews(db);
	lab(db);
	list(db, &out);
	is_int(spur_db_export(db, put_line, &out, NULL, &err), SPUR_OK, "is exported");
	jobs(db);
	is_int(spur_db_export(db, put_job_line, &out, NULL, &err), SPUR_OK, "and its jobs");
	is_int(spur_db_check(db, &v, NULL, NULL, NULL, &err), SPUR_OK, "is checked");
	is_str(v.first, "", "without a finding");
	spur_db_close(db);
	return spur_buf_steal(&out);
}

/* The first line that differs. */
static void compare(const char *a, const char *b)
{
	size_t i = 0;

	if (ok(strcmp(a, b) == 0, "the same catalogue, to the byte"))
		return;
	while (a[i] == b[i])
		i++;
	while (i > 0 && a[i - 1] != '\n')
		i--;
	printf("# %.*s\n# %.*s\n", (int)strcspn(a + i, "\n"), a + i, (int)strcspn(b + i, "\n"), b + i);
}

int main(void)
{
	char *one, *two, *file, *uri, *cmd;

	if (mkdtemp(dir) == NULL || spur_ssh_key_create(&key, NULL) < 0)
		return 1;
	spur_ssh_key_public(key, &public);
	spur_ssh_public_parse(public.data, NULL, ben, NULL);
	file = spur_strfmt("%s/file.db", dir);
	uri = engine_catalog(dir, "other");
	one = act_all(file);
	two = act_all(uri);
	ok(strlen(one) > 10000, "there is much to compare");
	compare(one, two);
	free(one);
	free(two);
	free(file);
	free(uri);
	spur_ssh_key_destroy(key);
	spur_buf_finish(&public);
	cmd = spur_strfmt("rm -rf %s", dir);
	if (system(cmd) != 0)
		printf("# cannot clean up\n");
	free(cmd);
	return tap_done();
}
