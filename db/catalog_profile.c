#include "config.h"

#include "db/catalog.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/match.h"
#include "base/sshwire.h"
#include "db/statement.h"

/* ---- what is said of drives ---- */

enum spur_status spur_db_drive_facts_get(struct spur_db *db, int64_t drive, struct spur_db_drive_facts *out,
					 struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_drive_facts){ spur_strdup(""), spur_strdup("") };
	st = spur_db_query(db, "SELECT key, value FROM drive_fact WHERE drive_id = ?1 ORDER BY id", SPUR_BIND(SPUR_INT(drive)),
			   &q, err);
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		char **to = strcmp(spur_stmt_text(q, 0), "vehicle") == 0 ? &out->vehicle : &out->project;

		free(*to);
		*to = spur_strdup(spur_stmt_text(q, 1));
	}
	spur_stmt_close(q);
	return st < 0 ? st : SPUR_OK;
}

void spur_db_drive_facts_finish(struct spur_db_drive_facts *f)
{
	free(f->vehicle);
	free(f->project);
	*f = (struct spur_db_drive_facts){ 0 };
}

static enum spur_status insert_fact(struct spur_db *db, const struct spur_db_act *act, int64_t drive, const char *key,
				    const char *value, struct spur_error *err)
{
	char *subject = spur_strfmt("drive:%" PRId64, drive);
	struct spur_buf detail = { 0 };
	struct spur_json j = { .out = &detail };
	int64_t seq = 0;
	enum spur_status st;

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, key, value);
	spur_json_end(&j, '}');
	st = spur_db_audit_add(db, act, "drive.fact", subject, spur_buf_text(&detail), &seq, err);
	if (st >= 0)
		st = spur_db_run(db, "INSERT INTO drive_fact (drive_id, key, value, who, at_ns, audit_seq) "
				 "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
				 SPUR_BIND(SPUR_INT(drive), SPUR_TEXT(key), SPUR_TEXT(value), SPUR_TEXT(act->who),
					   SPUR_INT(act->now_ns), SPUR_INT(seq)), err);
	spur_buf_finish(&detail);
	free(subject);
	return st;
}

enum spur_status spur_db_drive_fact_set(struct spur_db *db, const struct spur_db_act *act, int64_t drive, const char *key,
					const char *value, struct spur_error *err)
{
	bool vehicle = strcmp(key, "vehicle") == 0;
	struct spur_db_drive_facts now = { 0 };
	enum spur_status st;

	if (!vehicle && strcmp(key, "project") != 0)
		return spur_fail(err, SPUR_EINVAL, "'%s' is nothing that is said of drives: vehicle, project", key);
	if ((st = spur_db_begin(db, err)) < 0)
		return st;
	if ((st = spur_db_drive_facts_get(db, drive, &now, err)) >= 0 && strcmp(vehicle ? now.vehicle : now.project, value) != 0)
		st = insert_fact(db, act, drive, key, value, err);
	spur_db_drive_facts_finish(&now);
	return spur_db_end(db, st, err);
}

/* ---- a new version ---- */

static enum spur_status check_profile(const struct spur_db_profile *p, struct spur_error *err)
{
	if (p->name[0] == '\0')
		return spur_fail(err, SPUR_EINVAL, "a profile needs a name");
	if (p->database_count == 0)
		return spur_fail(err, SPUR_EINVAL, "profile %s: no bus database", p->name);
	if (p->scope_count == 0)
		return spur_fail(err, SPUR_EINVAL, "profile %s: say what it applies to: a vehicle, a project or drives", p->name);
	if (p->database_count > SPUR_DB_PROFILE_MAX || p->scope_count > SPUR_DB_PROFILE_MAX)
		return spur_fail(err, SPUR_EINVAL, "profile %s: more than %d databases or scopes", p->name, SPUR_DB_PROFILE_MAX);
	for (size_t i = 0; i < p->database_count; i++) {
		if (p->databases[i].size_bytes > SPUR_DB_DATABASE_MAX)
			return spur_fail(err, SPUR_EINVAL, "%s: %" PRIu64 " bytes are more than a bus database may have (%" PRIu64 ")",
					 p->databases[i].name, p->databases[i].size_bytes, SPUR_DB_DATABASE_MAX);
	}
	return SPUR_OK;
}

static void write_profile(struct spur_buf *out, const struct spur_db_profile *p, int64_t version)
{
	struct spur_json j = { .out = out };

	spur_json_begin(&j, NULL, '{');
	spur_json_int(&j, "version", version);
	spur_json_bool(&j, "keep_unavailable", p->keep_unavailable);
	spur_json_begin(&j, "databases", '[');
	for (size_t i = 0; i < p->database_count; i++) {
		spur_json_begin(&j, NULL, '{');
		spur_json_int(&j, "channel", p->databases[i].channel);
		spur_json_text(&j, "name", p->databases[i].name);
		spur_json_text(&j, "sha256", p->databases[i].sha256);
		spur_json_end(&j, '}');
	}
	spur_json_end(&j, ']');
	spur_json_begin(&j, "scopes", '[');
	for (size_t i = 0; i < p->scope_count; i++) {
		spur_json_begin(&j, NULL, '{');
		spur_json_text(&j, p->scopes[i].kind, p->scopes[i].pattern);
		spur_json_end(&j, '}');
	}
	spur_json_end(&j, ']');
	spur_json_end(&j, '}');
}

/* The same bytes are stored once, whatever profiles use them. */
static enum spur_status put_database(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_profile_database *d,
				     int64_t seq, struct spur_error *err)
{
	struct spur_buf content = { 0 };
	int64_t here = 0;
	enum spur_status st = spur_db_scalar(db, "SELECT 1 FROM bus_database WHERE sha256 = ?1", SPUR_BIND(SPUR_TEXT(d->sha256)),
					     &here, err);

	if (st != SPUR_ENOTFOUND)
		return st;
	spur_base64(&content, d->content, d->size_bytes);
	st = spur_db_run(db, "INSERT INTO bus_database (sha256, name, size_bytes, content, at_ns, audit_seq) "
			 "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
			 SPUR_BIND(SPUR_TEXT(d->sha256), SPUR_TEXT(d->name), SPUR_INT((int64_t)d->size_bytes),
				   SPUR_TEXT(spur_buf_text(&content)), SPUR_INT(act->now_ns), SPUR_INT(seq)), err);
	spur_buf_finish(&content);
	return spur_wrap(st, err, "%s", d->name);
}

static enum spur_status put_parts(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_profile *p, int64_t id,
				  int64_t seq, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; st >= 0 && i < p->database_count; i++) {
		const struct spur_db_profile_database *d = &p->databases[i];

		if ((st = put_database(db, act, d, seq, err)) >= 0)
			st = spur_db_run(db, "INSERT INTO profile_database (profile_id, position, channel, sha256, name) "
					 "VALUES (?1, ?2, ?3, ?4, ?5)",
					 SPUR_BIND(SPUR_INT(id), SPUR_INT((int64_t)i), SPUR_INT(d->channel), SPUR_TEXT(d->sha256),
						   SPUR_TEXT(d->name)), err);
	}
	for (size_t i = 0; st >= 0 && i < p->scope_count; i++)
		st = spur_db_run(db, "INSERT INTO profile_scope (profile_id, position, kind, pattern) VALUES (?1, ?2, ?3, ?4)",
				 SPUR_BIND(SPUR_INT(id), SPUR_INT((int64_t)i), SPUR_TEXT(p->scopes[i].kind),
					   SPUR_TEXT(p->scopes[i].pattern)), err);
	return st;
}

static enum spur_status insert_version(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_profile *p,
				       int64_t *version, struct spur_error *err)
{
	struct spur_buf detail = { 0 };
	int64_t id = 0, seq = 0;
	enum spur_status st = spur_db_scalar(db, "SELECT coalesce(max(version), 0) + 1 FROM profile WHERE name = ?1",
					     SPUR_BIND(SPUR_TEXT(p->name)), version, err);

	write_profile(&detail, p, *version);
	if (st >= 0)
		st = spur_db_audit_add(db, act, p->removed ? "profile.remove" : "profile.add", p->name, spur_buf_text(&detail), &seq, err);
	if (st >= 0)
		st = spur_db_scalar(db, "INSERT INTO profile (name, version, removed, keep_unavailable, databases, scopes, who, at_ns, "
				    "audit_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id",
				    SPUR_BIND(SPUR_TEXT(p->name), SPUR_INT(*version), SPUR_INT(p->removed ? 1 : 0),
					      SPUR_INT(p->keep_unavailable ? 1 : 0), SPUR_INT((int64_t)p->database_count),
					      SPUR_INT((int64_t)p->scope_count), SPUR_TEXT(act->who), SPUR_INT(act->now_ns),
					      SPUR_INT(seq)), &id, err);
	if (st >= 0)
		st = put_parts(db, act, p, id, seq, err);
	spur_buf_finish(&detail);
	return st;
}

enum spur_status spur_db_profile_add(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_profile *p,
				     int64_t *version, struct spur_error *err)
{
	struct spur_db_profile made = *p;
	int64_t ignored = 0;
	enum spur_status st = check_profile(p, err);

	made.removed = false;
	if (st < 0 || (st = spur_db_begin(db, err)) < 0)
		return st;
	return spur_db_end(db, insert_version(db, act, &made, version == NULL ? &ignored : version, err), err);
}

enum spur_status spur_db_profile_remove(struct spur_db *db, const struct spur_db_act *act, const char *name,
					struct spur_error *err)
{
	const struct spur_db_profile gone = { .name = name, .removed = true };
	struct spur_db_profile_list l = { 0 };
	int64_t version = 0;
	enum spur_status st = spur_db_begin(db, err);

	if (st < 0)
		return st;
	if ((st = spur_db_profile_list(db, name, &l, err)) >= 0 && (l.count == 0 || l.rows[0].removed))
		st = spur_fail(err, SPUR_ENOTFOUND, "no profile '%s' in this catalogue", name);
	if (st >= 0)
		st = insert_version(db, act, &gone, &version, err);
	spur_db_profile_list_finish(&l);
	return spur_db_end(db, st, err);
}

/* ---- reading ---- */

static enum spur_status read_databases(struct spur_db *db, struct spur_db_profile *p, struct spur_arena *a, struct spur_error *err)
{
	struct spur_db_profile_database *rows = NULL;
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(db, "SELECT p.name, p.sha256, p.channel, b.size_bytes FROM profile_database AS p "
					    "JOIN bus_database AS b ON b.sha256 = p.sha256 WHERE p.profile_id = ?1 ORDER BY p.position",
					    SPUR_BIND(SPUR_INT(p->id)), &q, err);

	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		rows = spur_rows_add(rows, &p->database_count, sizeof(*rows));
		rows[p->database_count - 1] = (struct spur_db_profile_database){
			.name = spur_stmt_copy(q, 0, a), .sha256 = spur_stmt_copy(q, 1, a), .channel = spur_stmt_int(q, 2),
			.size_bytes = (uint64_t)spur_stmt_int(q, 3) };
	}
	spur_stmt_close(q);
	if (rows != NULL)
		p->databases = memcpy(spur_arena_array(a, p->database_count, sizeof(*rows)), rows, p->database_count * sizeof(*rows));
	free(rows);
	return st < 0 ? st : SPUR_OK;
}

static enum spur_status read_scopes(struct spur_db *db, struct spur_db_profile *p, struct spur_arena *a, struct spur_error *err)
{
	struct spur_db_profile_scope *rows = NULL;
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(db, "SELECT kind, pattern FROM profile_scope WHERE profile_id = ?1 ORDER BY position",
					    SPUR_BIND(SPUR_INT(p->id)), &q, err);

	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		rows = spur_rows_add(rows, &p->scope_count, sizeof(*rows));
		rows[p->scope_count - 1] = (struct spur_db_profile_scope){ spur_stmt_copy(q, 0, a), spur_stmt_copy(q, 1, a) };
	}
	spur_stmt_close(q);
	if (rows != NULL)
		p->scopes = memcpy(spur_arena_array(a, p->scope_count, sizeof(*rows)), rows, p->scope_count * sizeof(*rows));
	free(rows);
	return st < 0 ? st : SPUR_OK;
}

#define COLUMNS "SELECT p.id, p.name, p.version, p.removed, p.keep_unavailable, p.who, p.at_ns FROM profile AS p "

enum spur_status spur_db_profile_list(struct spur_db *db, const char *name, struct spur_db_profile_list *out,
				      struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_profile_list){ .arena = spur_arena_create(0) };
	if (name == NULL)
		st = spur_db_query(db, COLUMNS "WHERE p.removed = 0 AND p.version = (SELECT max(version) FROM profile AS n "
				   "WHERE n.name = p.name) ORDER BY p.name", SPUR_NO_BIND, &q, err);
	else
		st = spur_db_query(db, COLUMNS "WHERE p.name = ?1 ORDER BY p.version DESC", SPUR_BIND(SPUR_TEXT(name)), &q, err);
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		out->rows[out->count - 1] = (struct spur_db_profile){
			.id = spur_stmt_int(q, 0), .name = spur_stmt_copy(q, 1, out->arena), .version = spur_stmt_int(q, 2),
			.removed = spur_stmt_int(q, 3) != 0, .keep_unavailable = spur_stmt_int(q, 4) != 0,
			.who = spur_stmt_copy(q, 5, out->arena), .at_ns = spur_stmt_int(q, 6) };
	}
	spur_stmt_close(q);
	for (size_t i = 0; i < out->count && st >= 0; i++) {
		if ((st = read_databases(db, &out->rows[i], out->arena, err)) >= 0)
			st = read_scopes(db, &out->rows[i], out->arena, err);
	}
	return st < 0 ? st : SPUR_OK;
}

void spur_db_profile_list_finish(struct spur_db_profile_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_profile_list){ 0 };
}

enum spur_status spur_db_database_read(struct spur_db *db, const char *sha256, struct spur_buf *out, struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	char hex[SPUR_SHA256_HEX] = "";
	enum spur_status st = spur_db_query(db, "SELECT content FROM bus_database WHERE sha256 = ?1", SPUR_BIND(SPUR_TEXT(sha256)),
					    &q, err);

	spur_buf_clear(out);
	if (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_END)
		st = spur_fail(err, SPUR_ENOTFOUND, "no bus database %.12s in the catalogue", sha256);
	if (st >= 0) {
		const char *text = spur_stmt_text(q, 0);

		if (spur_unbase64(text, strlen(text), out))
			spur_sha256_hex_of(spur_buf_text(out), out->len, hex);
		if (strcmp(hex, sha256) != 0)
			st = spur_fail(err, SPUR_EDB, "bus database %.12s: its bytes are not those that were stored; see spur db check",
				       sha256);
	}
	spur_stmt_close(q);
	return st < 0 ? st : SPUR_OK;
}

/* ---- what applies ---- */

enum { BY_DRIVE, BY_VEHICLE, BY_PROJECT, BY_NONE };

static bool fits(const char *pattern, const char *value)
{
	struct spur_match *m = NULL;
	bool yes = value[0] != '\0' && spur_match_create(pattern, &m, NULL) >= 0 && spur_match_test(m, value);

	spur_match_destroy(m);
	return yes;
}

static int rank_of(const struct spur_db_profile *p, const char *drive, const struct spur_db_drive_facts *facts)
{
	int best = BY_NONE;

	for (size_t i = 0; i < p->scope_count; i++) {
		const char *kind = p->scopes[i].kind;
		int rank = strcmp(kind, "drive") == 0 ? BY_DRIVE : strcmp(kind, "vehicle") == 0 ? BY_VEHICLE : BY_PROJECT;

		if (rank < best && fits(p->scopes[i].pattern, rank == BY_DRIVE ? drive : rank == BY_VEHICLE ? facts->vehicle : facts->project))
			best = rank;
	}
	return best;
}

enum spur_status spur_db_profile_for(struct spur_db *db, const char *drive, const struct spur_db_drive_facts *facts,
				     struct spur_db_profile_list *out, struct spur_error *err)
{
	struct spur_db_profile_list all;
	enum spur_status st = spur_db_profile_list(db, NULL, &all, err);

	*out = (struct spur_db_profile_list){ .rows = spur_calloc(all.count + 1, sizeof(*all.rows)) };
	for (int rank = BY_DRIVE; rank < BY_NONE && st >= 0; rank++) {
		for (size_t i = 0; i < all.count; i++) {
			if (rank_of(&all.rows[i], drive, facts) == rank)
				out->rows[out->count++] = all.rows[i];
		}
	}
	out->arena = all.arena;
	all.arena = NULL;
	spur_db_profile_list_finish(&all);
	return st;
}

enum spur_status spur_db_profile_of_drive(struct spur_db *db, int64_t drive, struct spur_db_profile_list *out,
					  struct spur_error *err)
{
	struct spur_db_drive_facts facts = { 0 };
	struct spur_stmt *q = NULL;
	char *name = NULL;
	enum spur_status st = spur_db_query(db, "SELECT name FROM drive WHERE id = ?1", SPUR_BIND(SPUR_INT(drive)), &q, err);

	*out = (struct spur_db_profile_list){ 0 };
	if (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_END)
		st = spur_fail(err, SPUR_ENOTFOUND, "no drive %" PRId64 " in the catalogue", drive);
	if (st >= 0)
		name = spur_strdup(spur_stmt_text(q, 0));
	spur_stmt_close(q);
	if (st >= 0 && (st = spur_db_drive_facts_get(db, drive, &facts, err)) >= 0)
		st = spur_db_profile_for(db, name, &facts, out, err);
	spur_db_drive_facts_finish(&facts);
	free(name);
	return st < 0 ? st : SPUR_OK;
}
