#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/sshsig.h"
#include "db/catalog.h"
#include "tests/catalog_engine.h"
#include "tests/tap.h"

/* What the database itself refuses, to anybody with SQL and on every engine; and that the check misses guards. */

static char dir[] = "/tmp/spur-guards-XXXXXX";
static struct spur_error err;
static struct spur_ssh_key *key;
static struct spur_buf public;
static char ada[SPUR_SSH_FINGERPRINT] = "SHA256:ada", ben[SPUR_SSH_FINGERPRINT];
static struct spur_db_act by_ada = { "ada", ada, "spur x", 1 }, by_ben = { "ben", ben, "spur x", 2 };

static void approve(struct spur_db *db)
{
	struct spur_db_segment_list l;
	struct spur_buf record = { 0 }, sig = { 0 };

	spur_db_segment_find(db, "1", &l, &err);
	spur_db_review_record(&l.rows[0], "approve", "", &by_ben, &record);
	spur_sshsig_sign(key, SPUR_DB_APPROVAL_NAMESPACE, record.data, record.len, &sig, &err);
	is_int(spur_db_review_add(db, &by_ben, 1, "approve", "", sig.data, NULL, &err), SPUR_OK, "an approval");
	spur_db_segment_list_finish(&l);
	spur_buf_finish(&record);
	spur_buf_finish(&sig);
}

static void freeze_and_sign(struct spur_db *db)
{
	struct spur_db_freeze f = { .name = "set" };
	struct spur_db_dataset_list d;
	struct spur_buf sig = { 0 };

	is_int(spur_db_dataset_freeze(db, &by_ben, &f, &d, &err), SPUR_OK, "a dataset");
	spur_sshsig_sign(key, "spur-object", "r", 1, &sig, &err);
	spur_db_signature_add(db, &by_ben, d.rows[0].uid, "spur-object", "r", sig.data, &err);
	spur_db_dataset_list_finish(&d);
	spur_buf_finish(&sig);
}

static void fill(struct spur_db *db)
{
	char sha[65] = "";
	struct spur_db_source s = { .path = "/a.mf4", .format = "mdf4", .role = "log", .sha256 = sha, .has_time = true,
				    .begin_ns = 0, .end_ns = 100 };
	struct spur_db_segment seg = { .drive_id = 1, .begin_ns = 1, .end_ns = 9, .label = "l" };
	struct spur_db_clock c = { .source = 1, .method = "hand", .confidence = 1 };

	memset(sha, 'a', 64);
	spur_db_identity_add(db, &by_ben, "ben", public.data, &err);
	spur_db_drive_add(db, &by_ada, "d", &s, 1, NULL, &err);
	spur_db_clock_add(db, &by_ada, &c, NULL, &err);
	for (int i = 1; i < 4; i++) {
		seg.begin_ns = i;
		spur_db_segment_add(db, &by_ada, &seg, NULL, NULL, &err);
	}
	spur_db_segment_replace(db, &by_ben, 3, 5, 9, NULL, &err);
	spur_db_tag(db, &by_ada, 1, "t", true, NULL, &err);
	spur_db_drive_fact_set(db, &by_ada, 1, "vehicle", "v", &err);
	spur_db_profile_add(db, &by_ada, &(struct spur_db_profile){ .name = "p", .database_count = 1, .scope_count = 1,
			    .databases = &(struct spur_db_profile_database){ .name = "a.dbc", .sha256 = sha, .content = "" },
			    .scopes = &(struct spur_db_profile_scope){ "vehicle", "v" } }, NULL, &err);
	approve(db);
	freeze_and_sign(db);
}

/* Frees sql. */
static bool refuses(struct spur_db *db, char *sql)
{
	bool refused = engine_raw(db, sql) != NULL;

	free(sql);
	return refused;
}

static void append_only(struct spur_db *db)
{
	static const struct {
		const char *table, *column;
	} tables[] = {
		{ "audit", "seq" }, { "identity", "id" }, { "clock", "id" }, { "segment", "id" }, { "segment_tag", "id" },
		{ "review", "id" }, { "dataset", "id" }, { "dataset_item", "dataset_id" }, { "lineage", "from_id" },
		{ "signature", "id" }, { "segment_edit", "old_id" }, { "bus_database", "sha256" },
		{ "profile", "id" }, { "profile_database", "position" }, { "profile_scope", "position" }, { "drive_fact", "id" },
		{ "object", "id" }, { "source", "id" },
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const char *t = tables[i].table, *c = tables[i].column;
		char *text = spur_strfmt("SELECT count(*) FROM %s", t);
		bool held = engine_number(db, text) > 0;

		free(text);
		if (i < 16)
			held = held && refuses(db, spur_strfmt("UPDATE %s SET %s = %s", t, c, c));
		held = held && refuses(db, spur_strfmt("DELETE FROM %s", t));
		held = held && refuses(db, spur_strfmt("INSERT INTO %s SELECT * FROM %s", t, t));
		held = held && refuses(db, engine_is_pg() ? spur_strfmt("TRUNCATE %s CASCADE", t) :
				       spur_strfmt("INSERT OR REPLACE INTO %s SELECT * FROM %s", t, t));
		text = spur_strfmt("%s: no update, delete or second row of its key, raw SQL included", t);
		ok(held, text);
		free(text);
	}
	ok(engine_raw(db, "UPDATE source SET sha256 = sha256 || 'x'") != NULL, "what a source is stays");
	ok(engine_raw(db, "UPDATE source SET path = path") == NULL, "but it may move");
	ok(engine_raw(db, "UPDATE object SET sha256 = 'x'") != NULL, "and what an object is");
	ok(engine_raw(db, "UPDATE audit_head SET seq = seq - 1") != NULL, "the head of the audit only goes forward");
	ok(engine_raw(db, "INSERT INTO audit (seq, record, prev_hash, hash, subject) VALUES (99, '{}', 'p', 'h', 's')") != NULL,
	   "the audit takes only its next line");
	ok(engine_raw(db, "INSERT INTO dataset_item VALUES (1, 99, '{}', 's', 'd')") != NULL, "no item joins a frozen version");
	ok(engine_raw(db, "INSERT INTO segment_tag (segment_id, tag, is_set, who, key, at_ns, audit_seq) VALUES (99, 't', 1, 'w', 'k', "
			  "1, 1)") != NULL, "nothing refers to what is not there");
}

static const char *review(struct spur_db *db, int segment, const char *verdict, const char *who, const char *print,
			  const char *signature)
{
	char *sql = spur_strfmt("INSERT INTO review (segment_id, verdict, reason, reviewer, key, record, signature, at_ns, "
				"audit_seq) VALUES (%d, '%s', '', '%s', '%s', '{}', '%s', 1, 1)", segment, verdict, who,
				print, signature);
	const char *text = engine_raw(db, sql);

	free(sql);
	return text == NULL ? "accepted" : text;
}

static void four_eyes(struct spur_db *db)
{
	ok(engine_raw(db, "INSERT INTO identity (name, public_key, fingerprint, at_ns, audit_seq) VALUES ('ada', 'k', 'SHA256:ada', 1, 1)")
	   == NULL, "the author is registered too");
	ok(strstr(review(db, 1, "approve", "ada", ada, "sig"), "author of a segment") != NULL, "raw: no approval by the author");
	ok(strstr(review(db, 1, "reject", "ada", ada, "sig"), "author of a segment") != NULL, "raw: no rejection either");
	ok(strcmp(review(db, 1, "approve", "ben", ada, "sig"), "accepted") != 0, "raw: not with the author's key under another name");
	ok(strcmp(review(db, 1, "approve", "ada", ben, "sig"), "accepted") != 0, "raw: nor under the author's name with another key");
	ok(strstr(review(db, 1, "approve", "eve", "SHA256:eve", "sig"), "not registered") != NULL, "raw: no unknown key");
	ok(strstr(review(db, 1, "approve", "ben", ben, ""), "must be signed") != NULL, "raw: no approval without signature");
	ok(strcmp(review(db, 1, "perhaps", "ben", ben, "s"), "accepted") != 0, "raw: no other verdict");
	ok(strstr(review(db, 3, "approve", "ben", ben, "sig"), "edges were moved") != NULL, "raw: nothing of what was replaced");
	is_str(review(db, 2, "comment", "ada", ada, ""), "accepted", "raw: the author may say something");
	is_str(review(db, 2, "approve", "ben", ben, "forged"), "accepted", "raw: a forged signature gets in");
}

static uint64_t wrong(struct spur_db *db)
{
	struct spur_db_verdict v;

	if (spur_db_check(db, &v, NULL, NULL, NULL, &err) < 0) {
		printf("# %s\n", err.text);
		return UINT64_MAX;
	}
	if (v.wrong > 0)
		printf("# %" PRIu64 " findings, first: %s\n", v.wrong, v.first);
	return v.wrong;
}

static void damage_is_found(struct spur_db *db)
{
	uint64_t before = wrong(db), now;

	ok(before > 0 && before != UINT64_MAX, "the check finds the forged signature");
	ok(engine_drop_guard(db, "dataset_item_no_update", "dataset_item"), "a guard is dropped by who owns the tables");
	ok((now = wrong(db)) > before, "and missed");
	before = now;
	ok(engine_raw(db, "UPDATE dataset_item SET line = replace(line, '\"l\"', '\"m\"')") == NULL, "an item is changed");
	ok((now = wrong(db)) > before, "and found");
	before = now;
	engine_drop_guard(db, "segment_no_update", "segment");
	ok(engine_raw(db, "UPDATE segment SET end_ns = end_ns + 1 WHERE id = 1") == NULL && (now = wrong(db)) >= before + 2,
	   "a segment that is not what was approved, and its guard");
	before = now;
	engine_drop_guard(db, "audit_no_update", "audit");
	ok(engine_raw(db, "UPDATE audit SET record = replace(record, 'spur x', 'spur y') WHERE seq = 2") == NULL &&
	   (now = wrong(db)) >= before + 2, "a line of the audit that was changed");
	before = now;
	ok(engine_raw(db, "DROP INDEX segment_by_label") == NULL && (now = wrong(db)) > before, "an index that is missing");
}

/* What only this engine's owner can do to a guard, short of dropping it. */
static void guards_switched_off(struct spur_db *db)
{
	uint64_t before = wrong(db), now = 0;

	if (!engine_is_pg())
		return;
	ok(engine_raw(db, "ALTER TABLE review DISABLE TRIGGER review_not_own") == NULL && (now = wrong(db)) > before,
	   "a guard that is switched off is missed");
	ok(engine_raw(db, "CREATE OR REPLACE FUNCTION review_registered() RETURNS trigger LANGUAGE plpgsql AS "
		      "'BEGIN RETURN NEW; END'") == NULL && wrong(db) > now, "and one that asks nothing any more");
	before = wrong(db);
	ok(engine_raw(db, "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'") == NULL &&
	   engine_raw(db, "CREATE TRIGGER a_quiet BEFORE INSERT ON review FOR EACH ROW EXECUTE FUNCTION quiet()") == NULL &&
	   wrong(db) > before, "and one that is not ours and swallows rows");
}

/* Somebody with a table of the same name before ours must not be who is asked. */
static void names_before_ours(struct spur_db *db)
{
	if (!engine_is_pg())
		return;
	engine_raw(db, "CREATE TEMPORARY TABLE segment (id bigint, author_key text, author text)");
	ok(strstr(review(db, 1, "approve", "ada", ada, "sig"), "author of a segment") != NULL,
	   "a temporary table of the same name changes nothing");
	engine_raw(db, "SET search_path = pg_temp");
	engine_raw(db, "DROP TABLE segment");
}

int main(void)
{
	struct spur_db *db = NULL;
	char *cmd, *uri;

	if (mkdtemp(dir) == NULL || spur_ssh_key_create(&key, NULL) < 0)
		return 1;
	spur_ssh_key_public(key, &public);
	spur_ssh_public_parse(public.data, NULL, ben, NULL);
	uri = engine_catalog(dir, "c");
	if (spur_db_open(uri, &db, &err) < 0) {
		printf("# %s\n", err.text);
		return 1;
	}
	fill(db);
	is_int(wrong(db), 0, "a catalogue with a row in every table passes its check");
	append_only(db);
	is_int(wrong(db), 0, "and still does after all that was refused");
	four_eyes(db);
	names_before_ours(db);
	spur_db_close(db);
	if (spur_db_open(uri, &db, &err) < 0)
		return 1;
	damage_is_found(db);
	guards_switched_off(db);
	spur_db_close(db);
	spur_ssh_key_destroy(key);
	spur_buf_finish(&public);
	free(uri);
	cmd = spur_strfmt("rm -rf %s", dir);
	if (system(cmd) != 0)
		printf("# cannot clean up\n");
	free(cmd);
	return tap_done();
}
