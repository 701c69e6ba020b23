#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/sshsig.h"
#include "db/catalog.h"
#include "db/catalog_priv.h"
#include "db/db_sqlite.h"
#include "db/migrate.h"
#include "tests/tap.h"

/* What only the SQLite engine promises: guards against raw SQL, damage that is found, migrations. */

static char dir[] = "/tmp/spur-sqlite-XXXXXX";
static char *path;
static struct spur_error err;
static struct spur_ssh_key *key;
static struct spur_buf public;
static char ada[SPUR_SSH_FINGERPRINT] = "SHA256:ada", ben[SPUR_SSH_FINGERPRINT];
static struct spur_db_act by_ada = { "ada", ada, "spur x", 1 }, by_ben = { "ben", ben, "spur x", 2 };

/* Runs raw SQL; NULL when it was accepted, else the message. */
static const char *raw(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? NULL : sqlite3_errmsg(db);
}

static int64_t number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s = NULL;
	int64_t n = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

static void fill(struct spur_db *db)
{
	char sha[65] = "";
	struct spur_db_source s = { .path = "/a.mf4", .format = "mdf4", .role = "log", .sha256 = sha, .has_time = true,
				    .begin_ns = 0, .end_ns = 100 };
	struct spur_db_segment seg = { .drive_id = 1, .begin_ns = 1, .end_ns = 9, .label = "l" };
	struct spur_db_clock c = { .source = 1, .method = "hand", .confidence = 1 };
	struct spur_db_freeze f = { .name = "set" };
	struct spur_db_segment_list l;
	struct spur_db_dataset_list d;
	struct spur_buf record = { 0 }, sig = { 0 };

	memset(sha, 'a', 64);
	spur_db_identity_add(db, &by_ben, "ben", public.data, &err);
	spur_db_drive_add(db, &by_ada, "d", &s, 1, NULL, &err);
	spur_db_clock_add(db, &by_ada, &c, NULL, &err);
	spur_db_segment_add(db, &by_ada, &seg, NULL, NULL, &err);
	seg.begin_ns = 2;
	spur_db_segment_add(db, &by_ada, &seg, NULL, NULL, &err);
	spur_db_tag(db, &by_ada, 1, "t", true, NULL, &err);
	spur_db_segment_find(db, "1", &l, &err);
	spur_db_review_record(&l.rows[0], "approve", "", &by_ben, &record);
	spur_sshsig_sign(key, SPUR_DB_APPROVAL_NAMESPACE, record.data, record.len, &sig, &err);
	spur_db_review_add(db, &by_ben, 1, "approve", "", sig.data, NULL, &err);
	is_int(spur_db_dataset_freeze(db, &by_ben, &f, &d, &err), SPUR_OK, "a catalogue with a row in every table");
	spur_buf_clear(&sig);
	spur_sshsig_sign(key, "spur-object", "r", 1, &sig, &err);
	spur_db_signature_add(db, &by_ben, d.rows[0].uid, "spur-object", "r", sig.data, &err);
	spur_db_dataset_list_finish(&d);
	spur_db_segment_list_finish(&l);
	spur_buf_finish(&record);
	spur_buf_finish(&sig);
}

static void append_only(sqlite3 *db)
{
	static const char *const tables[] = { "audit", "identity", "clock", "segment", "segment_tag", "review", "dataset",
					      "dataset_item", "lineage", "signature" };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const char *t = tables[i];
		char *col = spur_strfmt("SELECT name FROM pragma_table_info('%s') LIMIT 1", t), *sql, *name;
		sqlite3_stmt *s = NULL;
		bool held = true;

		sqlite3_prepare_v2(db, col, -1, &s, NULL);
		sqlite3_step(s);
		name = spur_strdup((const char *)sqlite3_column_text(s, 0));
		sqlite3_finalize(s);
		sql = spur_strfmt("SELECT count(*) FROM %s", t);
		held = held && number(db, sql) > 0;
		free(sql);
		sql = spur_strfmt("UPDATE %s SET %s = %s", t, name, name);
		held = held && raw(db, sql) != NULL;
		free(sql);
		sql = spur_strfmt("UPDATE OR REPLACE %s SET %s = %s", t, name, name);
		held = held && raw(db, sql) != NULL;
		free(sql);
		sql = spur_strfmt("DELETE FROM %s", t);
		held = held && raw(db, sql) != NULL;
		free(sql);
		sql = spur_strfmt("INSERT OR REPLACE INTO %s SELECT * FROM %s", t, t);
		held = held && raw(db, sql) != NULL;
		free(sql);
		sql = spur_strfmt("%s: no update, delete or replace, raw SQL included", t);
		ok(held, sql);
		free(sql);
		free(name);
		free(col);
	}
	ok(raw(db, "DELETE FROM source") != NULL, "a source stays");
	ok(raw(db, "UPDATE source SET sha256 = sha256 || 'x'") != NULL, "what it is stays");
	ok(raw(db, "UPDATE source SET path = path") == NULL, "but it may move");
	ok(raw(db, "DELETE FROM object") != NULL, "an object stays");
	ok(raw(db, "UPDATE object SET sha256 = 'x'") != NULL, "and what it is");
	ok(raw(db, "UPDATE audit_head SET seq = seq - 1") != NULL, "the head of the audit only goes forward");
	ok(raw(db, "INSERT INTO dataset_item VALUES (1, 99, '{}', 's', 'd')") != NULL, "no item joins a frozen version");
}

static const char *raw_review(sqlite3 *db, int segment, const char *verdict, const char *who, const char *print,
			      const char *signature)
{
	char *sql = spur_strfmt("INSERT INTO review (segment_id, verdict, reason, reviewer, key, record, signature, at_ns, "
				"audit_seq) VALUES (%d, '%s', '', '%s', '%s', '{}', '%s', 1, 1)", segment, verdict, who,
				print, signature);
	const char *text = raw(db, sql);

	free(sql);
	return text == NULL ? "accepted" : text;
}

static void own_review(sqlite3 *db)
{
	ok(raw(db, "INSERT INTO identity (name, public_key, fingerprint, at_ns, audit_seq) VALUES ('ada', 'k', 'SHA256:ada', 1, 1)")
	   == NULL, "the author is registered too");
	ok(strstr(raw_review(db, 1, "approve", "ada", ada, "sig"), "author of a segment") != NULL, "raw: no approval by the author");
	ok(strstr(raw_review(db, 1, "reject", "ada", ada, "sig"), "author of a segment") != NULL, "raw: no rejection either");
	/* Two guards refuse it; SQLite does not say which is asked first. */
	ok(strcmp(raw_review(db, 1, "approve", "ben", ada, "sig"), "accepted") != 0,
	   "raw: not with the author's key under another name");
	ok(strstr(raw_review(db, 1, "approve", "eve", "SHA256:eve", "sig"), "not registered") != NULL, "raw: no unknown key");
	ok(strstr(raw_review(db, 1, "approve", "ben", ben, ""), "must be signed") != NULL, "raw: no approval without signature");
	ok(strstr(raw_review(db, 1, "perhaps", "ben", ben, "s"), "CHECK") != NULL, "raw: no other verdict");
	is_str(raw_review(db, 2, "approve", "ben", ben, "forged"), "accepted", "raw: a forged signature gets in");
}

static uint64_t wrong(struct spur_db *db, bool all)
{
	struct spur_db_verdict v;
	enum spur_status st = all ? spur_db_check(db, &v, NULL, NULL, NULL, &err) :
				    spur_db_audit_verify(db, &v, NULL, NULL, NULL, &err);

	return st < 0 ? UINT64_MAX : v.wrong;
}

/* Somebody with the file and time: the guards are dropped first. */
static void tamper(struct spur_db *db, sqlite3 *file)
{
	static const char *const columns[] = { "record", "prev_hash", "hash", "subject" };
	int64_t lines = number(file, "SELECT max(seq) FROM audit");
	const uint64_t put_in = 2;	/* own_review() */
	size_t tried = 0, missed = 0;

	is_int(wrong(db, false), put_in, "the identity and the review that were put in past spur are found");
	raw(file, "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; DROP TRIGGER audit_in_order;"
		  "DROP TRIGGER audit_moves_head; DROP TRIGGER audit_head_forward; PRAGMA foreign_keys = OFF");
	ok(wrong(db, true) > 0, "the check misses guards that were dropped");
	for (int64_t seq = 1; seq <= lines; seq++) {
		for (size_t c = 0; c < 4; c++) {
			char *sql = spur_strfmt("SELECT length(%s) FROM audit WHERE seq = %" PRId64, columns[c], seq);
			int64_t len = number(file, sql);

			free(sql);
			/* Every byte of the shorter ones, every third of the records. */
			for (int64_t at = 1; at <= len; at += c == 0 ? 3 : 7) {
				sql = spur_strfmt("SAVEPOINT s; UPDATE audit SET %s = substr(%s, 1, %" PRId64 ") || char(unicode(substr(%s, %"
						  PRId64 ", 1)) + 1) || substr(%s, %" PRId64 ") WHERE seq = %" PRId64 "; RELEASE s",
						  columns[c], columns[c], at - 1, columns[c], at, columns[c], at + 1, seq);
				raw(file, "CREATE TEMP TABLE IF NOT EXISTS was AS SELECT * FROM audit");
				if (raw(file, sql) != NULL)
					printf("# %s\n", sqlite3_errmsg(file));
				free(sql);
				tried++;
				missed += wrong(db, false) <= put_in;
				raw(file, "DELETE FROM audit; INSERT INTO audit SELECT * FROM was");
			}
		}
	}
	printf("# %zu changes\n", tried);
	ok(tried > 500, "many single bytes of the audit were changed");
	is_int(missed, 0, "each is found");
	missed = 0;
	for (int64_t seq = 1; seq <= lines; seq++) {
		char *sql = spur_strfmt("DELETE FROM audit WHERE seq = %" PRId64, seq);

		raw(file, sql);
		free(sql);
		missed += wrong(db, false) <= put_in;
		raw(file, "DELETE FROM audit; INSERT INTO audit SELECT * FROM was");
	}
	is_int(missed, 0, "every line that is taken away is missed, the last one too");
	raw(file, "DELETE FROM audit WHERE seq > 3;"
		  "UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit WHERE seq = 3)");
	ok(wrong(db, false) > put_in, "a tail cut off with its head leaves rows without a line");
	raw(file, "DELETE FROM audit; INSERT INTO audit SELECT * FROM was;"
		  "UPDATE audit_head SET seq = (SELECT max(seq) FROM was), hash = (SELECT hash FROM was ORDER BY seq DESC LIMIT 1)");
	is_int(wrong(db, false), put_in, "put back, it holds again");
}

static void rows_that_break_rules(struct spur_db *db, sqlite3 *file)
{
	struct spur_db_verdict v;
	uint64_t before;

	spur_db_check(db, &v, NULL, NULL, NULL, &err);
	before = v.wrong;
	ok(before > 0, "the check finds the forged signature");
	raw(file, "DROP TRIGGER dataset_item_no_update; UPDATE dataset_item SET line = replace(line, '\"l\"', '\"m\"')");
	spur_db_check(db, &v, NULL, NULL, NULL, &err);
	ok(v.wrong >= before + 2, "and an item that was changed, and the guard that is gone");
	before = v.wrong;
	raw(file, "DROP TRIGGER segment_no_update; UPDATE segment SET end_ns = end_ns + 1 WHERE id = 1");
	spur_db_check(db, &v, NULL, NULL, NULL, &err);
	ok(v.wrong >= before + 2, "and a segment that is not what was approved");
	before = v.wrong;
	raw(file, "UPDATE segment SET author_key = (SELECT fingerprint FROM identity WHERE name = 'ben') WHERE id = 1");
	spur_db_check(db, &v, NULL, NULL, NULL, &err);
	ok(v.wrong > before, "and a review of one's own");
}

/* ---- migrations ---- */

static char *dump(sqlite3 *db, const char *const *tables)
{
	struct spur_buf out = { 0 };

	for (; *tables != NULL; tables++) {
		char *sql = spur_strfmt("SELECT * FROM %s ORDER BY 1", *tables);
		sqlite3_stmt *s = NULL;

		sqlite3_prepare_v2(db, sql, -1, &s, NULL);
		while (sqlite3_step(s) == SQLITE_ROW) {
			/* New columns may come at the end: those of version 1 are compared. */
			for (int c = 0; c < sqlite3_column_count(s) && c < 8; c++) {
				const unsigned char *text = sqlite3_column_text(s, c);

				spur_buf_addf(&out, "%s|", text == NULL ? "" : (const char *)text);
			}
			spur_buf_addc(&out, '\n');
		}
		sqlite3_finalize(s);
		free(sql);
	}
	return spur_buf_steal(&out);
}

/* The chain as a spur of before 0005 wrote it: without the hashes of rows. */
static bool copy_old_audit(sqlite3 *db)
{
	char prev[SPUR_SHA256_HEX], hash[SPUR_SHA256_HEX];
	sqlite3_stmt *s = NULL;
	bool copied = sqlite3_prepare_v2(db, "SELECT seq, record, subject FROM f.audit ORDER BY seq", -1, &s, NULL) == SQLITE_OK;

	memset(prev, '0', sizeof(prev) - 1);
	prev[sizeof(prev) - 1] = '\0';
	while (copied && sqlite3_step(s) == SQLITE_ROW) {
		char *record = spur_strdup((const char *)sqlite3_column_text(s, 1)), *rows = strstr(record, ",\"rows\":"), *sql;

		if (rows != NULL)
			memcpy(rows, "}", 2);
		spur_db_chain_hash(prev, record, strlen(record), hash);
		sql = sqlite3_mprintf("INSERT INTO main.audit VALUES (%lld, %Q, %Q, %Q, %Q)", sqlite3_column_int64(s, 0), record, prev,
				      hash, sqlite3_column_text(s, 2));
		copied = raw(db, sql) == NULL;
		sqlite3_free(sql);
		free(record);
		memcpy(prev, hash, sizeof(prev));
	}
	sqlite3_finalize(s);
	return copied;
}

/* What an old catalogue held is sealed when a newer spur first opens it. */
static void old_rows_are_sealed(const char *file, struct spur_db *db, unsigned v)
{
	char *name = spur_strfmt("version %u: its rows are in the chain from now on", v);
	struct spur_db_audit_list l;
	sqlite3 *raw_db = NULL;
	bool good;

	spur_db_audit_newest(db, NULL, 0, 1, &l, &err);
	good = l.count == 1 && strcmp(l.rows[0].action, "audit.base") == 0 && strstr(l.rows[0].record, "\"wrong_before\":0") != NULL &&
	       strstr(l.rows[0].record, "\"rows\":") != NULL && wrong(db, false) == 0;
	spur_db_audit_list_finish(&l);
	sqlite3_open(file, &raw_db);
	raw(raw_db, "DROP TRIGGER segment_no_update; UPDATE segment SET query = query || ' '");
	sqlite3_close(raw_db);
	ok(good && wrong(db, false) > 0, name);
	free(name);
}

static void migrations(void)
{
	static const char *const tables[] = { "identity", "drive", "source", "segment", "review", "dataset", NULL };
	struct spur_db *full = NULL;
	sqlite3 *from = NULL;
	char *want, *sql;

	free(path);
	path = spur_strfmt("%s/full.db", dir);
	spur_db_open(path, &full, &err);
	fill(full);
	spur_db_close(full);
	sqlite3_open(path, &from);
	want = dump(from, tables);
	for (unsigned v = 1; v <= spur_sqlite_migration_count; v++) {
		char *old = spur_strfmt("%s/v%u.db", dir, v), *got, *name = spur_strfmt("version %u keeps its data", v);
		struct spur_db *db = NULL;
		sqlite3 *raw_db = NULL;
		bool copied = true;
		int have;

		/* An old catalogue with the rows it could have. */
		sqlite3_open(old, &raw_db);
		spur_sqlite_migrate(raw_db, v, &have, &err);
		sql = spur_strfmt("ATTACH '%s' AS f; PRAGMA recursive_triggers = OFF; PRAGMA writable_schema = OFF;", path);
		raw(raw_db, sql);
		free(sql);
		raw(raw_db, "DROP TRIGGER audit_head_forward; UPDATE audit_head SET seq = 0, hash = (SELECT prev_hash FROM f.audit WHERE seq = 1)");
		copied = copy_old_audit(raw_db);
		for (size_t t = 0; tables[t] != NULL; t++) {
			char *copy = spur_strfmt("INSERT INTO main.%s SELECT * FROM f.%s ORDER BY 1", tables[t], tables[t]);

			copied = copied && raw(raw_db, copy) == NULL;
			free(copy);
		}
		if (!copied)
			printf("# %s\n", sqlite3_errmsg(raw_db));
		sqlite3_close(raw_db);
		copied = copied && spur_db_open(old, &db, &err) == SPUR_OK && spur_db_version(db) == (int)spur_sqlite_migration_count;
		sqlite3_open(old, &raw_db);
		got = dump(raw_db, tables);
		sqlite3_close(raw_db);
		ok(copied && strlen(got) > 500 && strcmp(got, want) == 0, name);
		old_rows_are_sealed(old, db, v);
		spur_db_close(db);
		free(got);
		free(name);
		free(old);
	}
	raw(from, "PRAGMA user_version = 9999");
	sqlite3_close(from);
	is_int(spur_db_open(path, &full, &err), SPUR_EDB, "a schema from the future is refused");
	ok(strstr(err.text, "newer") != NULL, "and said to be");
	free(want);
}

static void not_ours(void)
{
	struct spur_db *db = NULL;
	char *junk = spur_strfmt("%s/junk.db", dir);
	FILE *f = fopen(junk, "w");

	for (int i = 0; i < 5000; i++)
		fputs("no database", f);
	fclose(f);
	is_int(spur_db_open(junk, &db, &err), SPUR_EDB, "a file of something else");
	ok(strstr(err.text, "not a catalogue") != NULL, "is named as such");
	free(junk);
}

int main(void)
{
	struct spur_db *db = NULL;
	sqlite3 *file = NULL;
	char *cmd;

	if (mkdtemp(dir) == NULL || spur_ssh_key_create(&key, NULL) < 0)
		return 1;
	spur_ssh_key_public(key, &public);
	spur_ssh_public_parse(public.data, NULL, ben, NULL);
	path = spur_strfmt("%s/c.db", dir);
	if (spur_db_open(path, &db, &err) < 0)
		return 1;
	fill(db);
	is_int(wrong(db, true), 0, "it passes its check");
	sqlite3_open(path, &file);
	raw(file, "PRAGMA synchronous = OFF");
	append_only(file);
	is_int(wrong(db, true), 0, "and still does after all that was refused");
	own_review(file);
	tamper(db, file);
	rows_that_break_rules(db, file);
	sqlite3_close(file);
	spur_db_close(db);
	migrations();
	not_ours();
	spur_ssh_key_destroy(key);
	spur_buf_finish(&public);
	free(path);
	cmd = spur_strfmt("rm -rf %s", dir);
	if (system(cmd) != 0)
		printf("# cannot clean up\n");
	free(cmd);
	return tap_done();
}
