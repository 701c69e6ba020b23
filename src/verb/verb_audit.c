#include "config.h"

#include "verb/verb.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/sshsig.h"
#include "db/catalog.h"
#include "db/catalog_lab.h"
#include "io/out.h"
#include "verb/identity.h"

#define CHECKPOINT_SPACE "spur-checkpoint"	/* namespace of its signature */
#define CHECKPOINT_FORMAT "spur checkpoint 1"
#define CHECKPOINT_MAX (1 << 20)		/* bytes of a file that may be one */

static void emit_line(const struct spur_db_audit *a, struct spur_emit *emit)
{
	spur_emit_row(emit, "audit");
	spur_emit_int(emit, "seq", a->seq);
	spur_emit_time(emit, "at_ns", a->at_ns);
	spur_emit_text(emit, "who", a->who);
	spur_emit_text(emit, "action", a->action);
	spur_emit_text(emit, "subject", a->subject);
	spur_emit_detail(emit);
	spur_emit_text(emit, "key", a->key);
	spur_emit_text(emit, "record", a->record);
	spur_emit_text(emit, "prev_hash", a->prev_hash);
	spur_emit_text(emit, "hash", a->hash);
	spur_emit_end(emit);
}

static enum spur_exit run_show(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			       struct spur_error *err)
{
	int64_t after = spur_args_int(args, "after", 0);
	struct spur_db *db;
	bool more = true;
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	while (st >= 0 && more) {
		struct spur_db_audit_list l;

		if (spur_task_cancelled(ctx->task))
			st = spur_fail(err, SPUR_ECANCELLED, "stopped");
		else
			st = spur_db_audit_list(db, args->npos > 0 ? args->pos[0] : NULL, after, 0, &l, err);
		if (st < 0)
			break;
		for (size_t i = 0; i < l.count; i++) {
			emit_line(&l.rows[i], emit);
			after = l.rows[i].seq;
		}
		more = l.count > 0;
		spur_db_audit_list_finish(&l);
	}
	return spur_exit_of(st);
}

static void finding(void *state, const char *what)
{
	struct spur_emit *emit = state;

	spur_emit_row(emit, "finding");
	spur_emit_text(emit, "finding", what);
	spur_emit_end(emit);
}

/* SEQ:HASH as an earlier verify printed it and somebody kept: the chain still goes through it. */
static enum spur_status check_anchor(struct spur_db *db, const char *anchor, struct spur_emit *emit,
				     struct spur_db_verdict *v, struct spur_error *err)
{
	char *end;
	int64_t seq = strtoll(anchor, &end, 10);
	struct spur_db_audit_list l;
	enum spur_status st;

	if (seq <= 0 || *end != ':' || strlen(end + 1) != 64)
		return spur_fail(err, SPUR_EINVAL, "--head %s: not SEQ:HASH as spur audit verify prints it", anchor);
	st = spur_db_audit_list(db, NULL, seq - 1, 1, &l, err);
	if (st >= 0 && (l.count == 0 || l.rows[0].seq != seq || strcmp(l.rows[0].hash, end + 1) != 0)) {
		v->wrong++;
		finding(emit, "the chain does not go through the head that was kept");
	}
	spur_db_audit_list_finish(&l);
	return st;
}

static enum spur_status emit_head(struct spur_db *db, const struct spur_db_verdict *v, struct spur_emit *emit,
				  struct spur_error *err)
{
	struct spur_db_audit_list l;
	enum spur_status st = spur_db_audit_list(db, NULL, v->checked == 0 ? 0 : (int64_t)v->checked - 1, 1, &l, err);

	if (st >= 0) {
		spur_emit_row(emit, "audit");
		spur_emit_uint(emit, "lines", v->checked);
		spur_emit_uint(emit, "wrong", v->wrong);
		if (l.count > 0) {
			char head[96];

			snprintf(head, sizeof(head), "%" PRId64 ":%s", l.rows[0].seq, l.rows[0].hash);
			spur_emit_text(emit, "head", head);
		}
		spur_emit_end(emit);
	}
	spur_db_audit_list_finish(&l);
	return st;
}

/* ---- checkpoints: a signed head, kept elsewhere */

/* A checkpoint's record says head seq:hash; its signature is by the key in the file, which must be that of its signer
 * here. Who made a new chain with new identities does not have the old keys. */
static enum spur_status read_checkpoint(const char *path, char head[128], char who[128], char key[SPUR_SSH_FINGERPRINT],
					struct spur_error *err)
{
	const char *record = "", *public_key = "", *signature = "", *signer = "", *hash = "", *format = "";
	json_int_t seq = 0;
	json_t *file, *inside = NULL;
	char *text = NULL;
	size_t len;
	enum spur_status st = spur_file_read(path, CHECKPOINT_MAX, &text, &len, err);

	if (st < 0)
		return st;
	file = json_loadb(text, len, 0, NULL);
	if (file == NULL || json_unpack(file, "{s:s, s:s, s:s}", "record", &record, "public_key", &public_key, "signature",
					&signature) != 0 ||
	    (inside = json_loads(record, 0, NULL)) == NULL ||
	    json_unpack(inside, "{s:s, s:I, s:s, s:s}", "format", &format, "seq", &seq, "hash", &hash, "who", &signer) != 0 ||
	    strcmp(format, CHECKPOINT_FORMAT) != 0 || strlen(hash) != 64) {
		st = spur_fail(err, SPUR_EFORMAT, "%s: not a checkpoint as spur audit checkpoint writes it", path);
	} else if ((st = spur_sshsig_verify(public_key, CHECKPOINT_SPACE, record, strlen(record), signature, err)) < 0 ||
		   (st = spur_ssh_public_parse(public_key, NULL, key, err)) < 0) {
		spur_wrap(st, err, "%s", path);
	} else {
		snprintf(head, 128, "%lld:%s", (long long)seq, hash);
		snprintf(who, 128, "%s", signer);
	}
	json_decref(inside);
	json_decref(file);
	free(text);
	return st;
}

static enum spur_status check_checkpoint(struct spur_db *db, const char *path, struct spur_emit *emit,
					 struct spur_db_verdict *v, struct spur_error *err)
{
	char head[128], who[128], key[SPUR_SSH_FINGERPRINT];
	struct spur_db_identity_list l = { 0 };
	enum spur_status st = read_checkpoint(path, head, who, key, err);

	if (st < 0 || (st = check_anchor(db, head, emit, v, err)) < 0 || (st = spur_db_identity_list(db, key, &l, err)) < 0)
		return st;
	if (l.count == 0 || strcmp(l.rows[0].name, who) != 0) {
		v->wrong++;
		finding(emit, "the checkpoint was signed by a key that this catalogue does not have under that name");
	}
	spur_db_identity_list_finish(&l);
	spur_emit_row(emit, "checkpoint");
	spur_emit_text(emit, "head", head);
	spur_emit_text(emit, "signer", who);
	spur_emit_text(emit, "key", key);
	spur_emit_end(emit);
	return SPUR_OK;
}

static void write_checkpoint(const struct spur_db_audit *a, const struct spur_db_act *act, struct spur_buf *out)
{
	struct spur_json j = { .out = out };

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "format", CHECKPOINT_FORMAT);
	spur_json_int(&j, "seq", a->seq);
	spur_json_text(&j, "hash", a->hash);
	spur_json_int(&j, "at_ns", act->now_ns);
	spur_json_text(&j, "who", act->who);
	spur_json_text(&j, "key", act->key);
	spur_json_end(&j, '}');
}

static enum spur_status save_checkpoint(struct spur_ctx *ctx, const char *path, const struct spur_buf *record,
					struct spur_error *err)
{
	struct spur_buf signature = { 0 }, file = { 0 };
	struct spur_json j = { .out = &file };
	enum spur_status st = spur_ctx_sign(ctx, CHECKPOINT_SPACE, record->data, record->len, &signature, err);

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "record", spur_buf_text(record));
	spur_json_text(&j, "public_key", ctx->identity->public_key);
	spur_json_text(&j, "signature", spur_buf_text(&signature));
	spur_json_end(&j, '}');
	spur_buf_addc(&file, '\n');
	if (st >= 0)
		st = spur_file_write(path, file.data, file.len, err);
	spur_buf_finish(&signature);
	spur_buf_finish(&file);
	return st;
}

/* Verified first: a checkpoint says that the chain was good up to here. */
static enum spur_exit run_checkpoint(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				     struct spur_error *err)
{
	struct spur_buf record = { 0 };
	struct spur_db_audit_list l = { 0 };
	struct spur_db_verdict v;
	struct spur_db_act act;
	struct spur_db *db;
	enum spur_status st = spur_ctx_act(ctx, &db, &act, err);

	if (st >= 0 && (st = spur_db_audit_verify(db, &v, finding, emit, ctx->task, err)) >= 0 && v.wrong > 0)
		st = spur_fail(err, SPUR_EDB, "the audit does not hold, so nothing is signed: %s", v.first);
	if (st >= 0 && (st = spur_db_audit_newest(db, NULL, 0, 1, &l, err)) >= 0 && l.count == 0)
		st = spur_fail(err, SPUR_EINVAL, "the audit is empty");
	if (st >= 0) {
		write_checkpoint(&l.rows[0], &act, &record);
		st = save_checkpoint(ctx, args->pos[0], &record, err);
	}
	if (st >= 0) {
		spur_emit_row(emit, "checkpoint");
		spur_emit_int(emit, "seq", l.rows[0].seq);
		spur_emit_text(emit, "hash", l.rows[0].hash);
		spur_emit_text(emit, "signer", act.who);
		spur_emit_text(emit, "file", args->pos[0]);
		spur_emit_end(emit);
	}
	spur_db_audit_list_finish(&l);
	spur_buf_finish(&record);
	return spur_exit_of(st);
}

/* ---- what ssh-keygen verifies */

static enum spur_status put_file(const char *dir, const char *kind, int64_t id, const char *suffix, const char *text,
				 struct spur_error *err)
{
	char *path = spur_strfmt("%s/%s-%" PRId64 ".%s", dir, kind, id, suffix);
	enum spur_status st = spur_file_write(path, text, strlen(text), err);

	free(path);
	return st;
}

static enum spur_status put_signed(const char *dir, const char *kind, int64_t id, const char *who, const char *name_space,
				   const char *record, const char *signature, struct spur_emit *emit, struct spur_error *err)
{
	enum spur_status st = put_file(dir, kind, id, "json", record, err);

	if (st < 0 || (st = put_file(dir, kind, id, "json.sig", signature, err)) < 0)
		return st;
	spur_emit_row(emit, "signed");
	spur_emit_text(emit, "kind", kind);
	spur_emit_int(emit, "id", id);
	spur_emit_text(emit, "signer", who);
	spur_emit_text(emit, "namespace", name_space);
	spur_emit_end(emit);
	return SPUR_OK;
}

static enum spur_status put_signers(struct spur_db *db, const char *dir, struct spur_error *err)
{
	char *path = spur_strfmt("%s/allowed_signers", dir);
	struct spur_db_identity_list l;
	struct spur_buf text = { 0 };
	enum spur_status st = spur_db_identity_list(db, NULL, &l, err);

	for (size_t i = 0; st >= 0 && i < l.count; i++)
		spur_buf_addf(&text, "%s namespaces=\"spur-*\" %s\n", l.rows[i].name, l.rows[i].public_key);
	if (st >= 0)
		st = spur_file_write(path, spur_buf_text(&text), text.len, err);
	spur_db_identity_list_finish(&l);
	spur_buf_finish(&text);
	free(path);
	return st;
}

static enum spur_status put_reviews(struct spur_db *db, const char *dir, struct spur_emit *emit, struct spur_task *task,
				    struct spur_error *err)
{
	int64_t after = 0;
	bool more = true;
	enum spur_status st = SPUR_OK;

	while (st >= 0 && more) {
		struct spur_db_review_list l;

		st = spur_db_review_list(db, 0, after, 0, &l, err);
		for (size_t i = 0; st >= 0 && i < l.count; i++) {
			const struct spur_db_review *r = &l.rows[i];

			after = r->id;
			if (r->signature[0] != '\0')
				st = put_signed(dir, "review", r->id, r->reviewer, SPUR_DB_APPROVAL_NAMESPACE, r->record, r->signature,
						emit, err);
		}
		more = st >= 0 && l.count > 0;
		spur_db_review_list_finish(&l);
		if (st >= 0 && spur_task_cancelled(task))
			st = spur_fail(err, SPUR_ECANCELLED, "stopped");
	}
	return st;
}

static enum spur_status put_objects(struct spur_db *db, const char *dir, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_db_signature_list l;
	enum spur_status st = spur_db_signature_list(db, NULL, &l, err);

	for (size_t i = 0; st >= 0 && i < l.count; i++)
		st = put_signed(dir, "object", l.rows[i].id, l.rows[i].signer, l.rows[i].name_space, l.rows[i].record,
				l.rows[i].signature, emit, err);
	spur_db_signature_list_finish(&l);
	return st;
}

static enum spur_status put_decisions(struct spur_db *db, const char *dir, struct spur_emit *emit, struct spur_error *err)
{
	struct spur_db_decision_list l;
	enum spur_status st = spur_db_decision_list(db, NULL, NULL, &l, err);

	for (size_t i = 0; st >= 0 && i < l.count; i++)
		st = put_signed(dir, "gate", l.rows[i].id, l.rows[i].who, SPUR_DB_GATE_NAMESPACE, l.rows[i].record,
				l.rows[i].signature, emit, err);
	spur_db_decision_list_finish(&l);
	return st;
}

static enum spur_exit run_signatures(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				     struct spur_error *err)
{
	const char *dir = args->pos[0];
	struct spur_db *db;
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	if (st >= 0 && (st = spur_dir_make(dir, err)) >= 0 && (st = put_signers(db, dir, err)) >= 0 &&
	    (st = put_reviews(db, dir, emit, ctx->task, err)) >= 0 && (st = put_objects(db, dir, emit, err)) >= 0)
		st = put_decisions(db, dir, emit, err);
	return spur_exit_of(st);
}

static enum spur_exit run_verify(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
				 struct spur_error *err)
{
	const char *anchor = spur_args_text(args, "head", NULL), *checkpoint = spur_args_text(args, "checkpoint", NULL);
	struct spur_db *db;
	struct spur_db_verdict v = { 0 };
	enum spur_status st = spur_ctx_db(ctx, &db, err);

	if (st < 0 || (st = spur_db_audit_verify(db, &v, finding, emit, ctx->task, err)) < 0 ||
	    (anchor != NULL && (st = check_anchor(db, anchor, emit, &v, err)) < 0) ||
	    (checkpoint != NULL && (st = check_checkpoint(db, checkpoint, emit, &v, err)) < 0) ||
	    (st = emit_head(db, &v, emit, err)) < 0)
		return spur_exit_of(st);
	if (v.wrong == 0)
		return SPUR_EXIT_OK;
	spur_fail(err, SPUR_EDB, "%s: the audit was tampered with or damaged: %s", ctx->catalog,
		  v.first[0] != '\0' ? v.first : "another head");
	return SPUR_EXIT_FAIL;
}

static const struct spur_opt show_opts[] = {
	{ .name = "after", .type = SPUR_OPT_INT, .arg = "SEQ", .help = "only lines after that one" },
	{ 0 }
};
static const struct spur_opt verify_opts[] = {
	{ .name = "head", .type = SPUR_OPT_TEXT, .arg = "SEQ:HASH", .help = "a head you kept: the chain must go through it" },
	{ .name = "checkpoint", .type = SPUR_OPT_PATH, .arg = "FILE", .help = "a signed head: the chain must go through it" },
	{ 0 }
};
static const struct spur_verb show = {
	.name = "show", .synopsis = "[SUBJECT]", .summary = "who changed what, when, by which command",
	.opts = show_opts, .max_args = 1, .run = run_show,
};
static const struct spur_verb verify = {
	.name = "verify", .synopsis = "", .summary = "that no line was changed, removed or put in", .opts = verify_opts,
	.run = run_verify,
};
static const struct spur_verb checkpoint = {
	.name = "checkpoint", .synopsis = "FILE", .summary = "write a signed head, to be kept somewhere else",
	.min_args = 1, .max_args = 1, .run = run_checkpoint,
};
static const struct spur_verb signatures = {
	.name = "signatures", .synopsis = "FOLDER", .summary = "write all that was signed as ssh-keygen verifies it",
	.min_args = 1, .max_args = 1, .run = run_signatures,
};
static const struct spur_verb *const subs[] = { &show, &verify, &checkpoint, &signatures, NULL };

const struct spur_verb spur_verb_audit = {
	.name = "audit",
	.synopsis = "show [SUBJECT] | verify | checkpoint FILE | signatures FOLDER",
	.summary = "the hash-chained record of every change",
	.section = "Catalogue",
	.subs = subs,
};
