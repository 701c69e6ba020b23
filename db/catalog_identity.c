#include "config.h"

#include "db/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/sshsig.h"
#include "db/statement.h"

static enum spur_status read_identities(struct spur_stmt *q, struct spur_db_identity_list *out, struct spur_error *err)
{
	enum spur_status st;

	while ((st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		out->rows[out->count - 1] = (struct spur_db_identity){
			.id = spur_stmt_int(q, 0), .name = spur_stmt_copy(q, 1, out->arena),
			.public_key = spur_stmt_copy(q, 2, out->arena), .fingerprint = spur_stmt_copy(q, 3, out->arena),
			.at_ns = spur_stmt_int(q, 4), .ended_ns = spur_stmt_int(q, 5),
			.end_reason = spur_stmt_copy(q, 6, out->arena),
		};
	}
	return st == SPUR_END ? SPUR_OK : st;
}

#define COLUMNS "SELECT i.id, i.name, i.public_key, i.fingerprint, i.at_ns, e.at_ns, e.reason FROM identity AS i " \
	"LEFT JOIN identity_end AS e ON e.identity_id = i.id "

enum spur_status spur_db_identity_list(struct spur_db *db, const char *name, struct spur_db_identity_list *out,
				       struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_identity_list){ .arena = spur_arena_create(0) };
	if (name == NULL)
		st = spur_db_query(db, COLUMNS "ORDER BY i.id", SPUR_NO_BIND, &q, err);
	else
		st = spur_db_query(db, COLUMNS "WHERE i.name = ?1 OR i.fingerprint = ?1", SPUR_BIND(SPUR_TEXT(name)), &q, err);
	if (st >= 0)
		st = read_identities(q, out, err);
	spur_stmt_close(q);
	return st;
}

void spur_db_identity_list_finish(struct spur_db_identity_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_identity_list){ 0 };
}

static enum spur_status insert(struct spur_db *db, const struct spur_db_act *act, const char *name,
			       const char *public_key, const char *fingerprint, struct spur_error *err)
{
	struct spur_buf detail = { 0 };
	struct spur_json j = { .out = &detail };
	int64_t seq = 0;
	enum spur_status st;

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "public_key", public_key);
	spur_json_text(&j, "fingerprint", fingerprint);
	spur_json_end(&j, '}');
	st = spur_db_audit_add(db, act, "identity.add", name, spur_buf_text(&detail), &seq, err);
	if (st >= 0)
		st = spur_db_run(db, "INSERT INTO identity (name, public_key, fingerprint, at_ns, audit_seq) "
				 "VALUES (?1, ?2, ?3, ?4, ?5)",
				 SPUR_BIND(SPUR_TEXT(name), SPUR_TEXT(public_key), SPUR_TEXT(fingerprint),
					   SPUR_INT(act->now_ns), SPUR_INT(seq)), err);
	spur_buf_finish(&detail);
	return st;
}

static enum spur_status add_in(struct spur_db *db, const struct spur_db_act *act, const char *name,
			       const char *public_key, const char *fingerprint, struct spur_error *err)
{
	struct spur_db_identity_list there;
	enum spur_status st = spur_db_identity_list(db, name, &there, err);

	if (st >= 0 && there.count == 0)
		st = insert(db, act, name, public_key, fingerprint, err);
	else if (st >= 0 && strcmp(there.rows[0].fingerprint, fingerprint) != 0)
		st = spur_fail(err, SPUR_EINVAL, "identity %s has another key in this catalogue (%s)", name,
			       there.rows[0].fingerprint);
	spur_db_identity_list_finish(&there);
	return st;
}

enum spur_status spur_db_identity_add(struct spur_db *db, const struct spur_db_act *act, const char *name,
				      const char *public_key, struct spur_error *err)
{
	char fingerprint[SPUR_SSH_FINGERPRINT];
	struct spur_buf bare = { 0 };
	enum spur_status st = spur_ssh_public_parse(public_key, &bare, fingerprint, err);

	if (st >= 0 && (st = spur_db_begin(db, err)) >= 0)
		st = spur_db_end(db, add_in(db, act, name, spur_buf_text(&bare), fingerprint, err), err);
	spur_buf_finish(&bare);
	return st;
}

static enum spur_status revoke_in(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_identity *i,
				  const char *reason, struct spur_error *err)
{
	struct spur_buf detail = { 0 };
	struct spur_json j = { .out = &detail };
	int64_t seq = 0;
	enum spur_status st;

	if (i->ended_ns != 0)
		return spur_fail(err, SPUR_EINVAL, "identity %s was revoked already: %s", i->name, i->end_reason);
	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "fingerprint", i->fingerprint);
	spur_json_text(&j, "reason", reason);
	spur_json_end(&j, '}');
	st = spur_db_audit_add(db, act, "identity.revoke", i->name, spur_buf_text(&detail), &seq, err);
	if (st >= 0)
		st = spur_db_run(db, "INSERT INTO identity_end (identity_id, reason, who, key, at_ns, audit_seq) "
				 "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
				 SPUR_BIND(SPUR_INT(i->id), SPUR_TEXT(reason), SPUR_TEXT(act->who), SPUR_TEXT(act->key),
					   SPUR_INT(act->now_ns), SPUR_INT(seq)), err);
	spur_buf_finish(&detail);
	return st;
}

enum spur_status spur_db_identity_revoke(struct spur_db *db, const struct spur_db_act *act, const char *name,
					 const char *reason, struct spur_error *err)
{
	struct spur_db_identity_list l = { 0 };
	enum spur_status st;

	if (reason == NULL || reason[0] == '\0')
		return spur_fail(err, SPUR_EINVAL, "say why: --reason TEXT");
	if ((st = spur_db_begin(db, err)) < 0)
		return st;
	if ((st = spur_db_identity_list(db, name, &l, err)) >= 0 && l.count == 0)
		st = spur_fail(err, SPUR_ENOTFOUND, "no identity '%s' in this catalogue", name);
	if (st >= 0)
		st = revoke_in(db, act, &l.rows[0], reason, err);
	spur_db_identity_list_finish(&l);
	return spur_db_end(db, st, err);
}
