#include "config.h"

#include "verb/lineage.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/sshsig.h"
#include "io/range.h"

struct verifying {
	struct spur_ctx *ctx;
	struct spur_db *db;
	struct spur_emit *emit;
	uint64_t good, bad, missing;
};

static void verdict(struct verifying *v, const struct spur_db_object *o, const char *what, const char *result)
{
	spur_emit_row(v->emit, "verified");
	spur_emit_text(v->emit, "object", o->id);
	spur_emit_text(v->emit, "kind", o->kind);
	spur_emit_text(v->emit, "what", what);
	spur_emit_text(v->emit, "result", result);
	spur_emit_detail(v->emit);
	spur_emit_text(v->emit, "path", o->path);
	spur_emit_end(v->emit);
}

static enum spur_status verify_bytes(struct verifying *v, const struct spur_db_object *o, struct spur_error *err)
{
	struct spur_error why = { 0 };
	struct spur_range *r = NULL;
	char hex[65];
	enum spur_status st = spur_range_open(o->path, &r, &why);

	if (st >= 0)
		st = spur_range_sha256(r, hex, v->ctx->task, &why);
	spur_range_close(r);
	spur_wrap(st, &why, "%s", o->path);
	if (st == SPUR_ECANCELLED) {
		*err = why;
		return st;
	}
	if (st < 0) {
		v->missing++;
		verdict(v, o, "bytes", why.text);
	} else if (strcmp(hex, o->sha256) != 0) {
		v->bad++;
		verdict(v, o, "bytes", "changed: another sha256");
	} else {
		v->good++;
		verdict(v, o, "bytes", "ok");
	}
	return SPUR_OK;
}

/* A bus database of a profile: its bytes are in the catalogue. */
static enum spur_status verify_stored(struct verifying *v, const struct spur_db_object *o, struct spur_error *err)
{
	struct spur_buf content = { 0 };
	struct spur_error why = { 0 };
	enum spur_status st = spur_db_database_read(v->db, o->sha256, &content, &why);

	(void)err;
	spur_buf_finish(&content);
	if (st == SPUR_ENOTFOUND)	/* not stored either: nobody knows where it lies */
		return SPUR_OK;
	v->good += st >= 0;
	v->bad += st < 0;
	verdict(v, o, "bytes", st >= 0 ? "ok" : why.text);
	return SPUR_OK;
}

static enum spur_status verify_dataset(struct verifying *v, const struct spur_db_object *o, struct spur_error *err)
{
	struct spur_db_dataset_list l;
	struct spur_db_verdict found = { 0 };
	enum spur_status st = spur_db_dataset_find(v->db, o->id, &l, err);

	if (st >= 0 && (st = spur_db_dataset_verify(v->db, &l.rows[0], &found, err)) >= 0) {
		v->good += found.wrong == 0;
		v->bad += found.wrong > 0;
		verdict(v, o, "items", found.wrong == 0 ? "ok" : found.first);
	}
	spur_db_dataset_list_finish(&l);
	return st;
}

static enum spur_status verify_signature(struct verifying *v, const struct spur_db_object *o,
					 const struct spur_db_signature *s, struct spur_error *err)
{
	struct spur_db_identity_list who;
	struct spur_error why = { 0 };
	char what[160];
	enum spur_status st = spur_db_identity_list(v->db, s->key, &who, err);

	if (st < 0)
		return st;
	snprintf(what, sizeof(what), "signature of %s", s->signer);
	if (who.count == 0 || spur_sshsig_verify(who.rows[0].public_key, s->name_space, s->record, strlen(s->record),
						 s->signature, &why) < 0) {
		v->bad++;
		verdict(v, o, what, who.count == 0 ? "its key is not registered" : why.text);
	} else {
		v->good++;
		verdict(v, o, what, "ok");
	}
	spur_db_identity_list_finish(&who);
	return SPUR_OK;
}

static enum spur_status verify_signatures(struct verifying *v, const struct spur_db_object *o, struct spur_error *err)
{
	struct spur_db_signature_list l;
	enum spur_status st = spur_db_signature_list(v->db, o->id, &l, err);

	for (size_t i = 0; st >= 0 && i < l.count; i++)
		st = verify_signature(v, o, &l.rows[i], err);
	spur_db_signature_list_finish(&l);
	return st;
}

/* An item of a dataset stands on an approval: every signed verdict on it must hold. */
static enum spur_status verify_segment(struct verifying *v, const struct spur_db_object *o, struct spur_error *err)
{
	struct spur_db_segment_list seg;
	struct spur_db_review_list r = { 0 };
	size_t held = 0, broken = 0;
	enum spur_status st = spur_db_segment_find(v->db, o->id, &seg, err);

	if (st >= 0)
		st = spur_db_review_list(v->db, seg.rows[0].id, 0, SIZE_MAX, &r, err);
	for (size_t i = 0; st >= 0 && i < r.count; i++) {
		struct spur_db_identity_list who;

		if (strcmp(r.rows[i].verdict, "approve") != 0)
			continue;
		if ((st = spur_db_identity_list(v->db, r.rows[i].key, &who, err)) >= 0) {
			bool good = who.count == 1 &&
				    spur_sshsig_verify(who.rows[0].public_key, SPUR_DB_APPROVAL_NAMESPACE, r.rows[i].record,
						       strlen(r.rows[i].record), r.rows[i].signature, NULL) >= 0;

			held += good;
			broken += !good;
		}
		spur_db_identity_list_finish(&who);
	}
	if (st >= 0) {
		bool good = broken == 0 && held > 0;

		v->good += good;
		v->bad += !good;
		verdict(v, o, "approval", good ? "ok" : broken > 0 ? "a signature does not hold" : "nobody approved it");
	}
	spur_db_review_list_finish(&r);
	spur_db_segment_list_finish(&seg);
	return st;
}

static enum spur_status met(void *state, const struct spur_lineage_step *s, struct spur_error *err)
{
	struct verifying *v = state;
	const struct spur_db_object *o = s->object;
	struct stat st;
	enum spur_status rc = SPUR_OK;

	if (s->seen)
		return SPUR_OK;
	if (strcmp(o->kind, "dataset") == 0)
		rc = verify_dataset(v, o, err);
	else if (strcmp(o->kind, "segment") == 0)
		rc = verify_segment(v, o, err);
	/* A folder's sha256 is the root of its manifest: its own verb knows how to read that. */
	else if (o->path[0] != '\0' && o->sha256[0] != '\0' && (stat(o->path, &st) != 0 || S_ISREG(st.st_mode)))
		rc = verify_bytes(v, o, err);
	else if (strcmp(o->kind, "file") == 0 && o->path[0] == '\0' && o->sha256[0] != '\0')
		rc = verify_stored(v, o, err);
	return rc < 0 ? rc : verify_signatures(v, o, err);
}

static enum spur_status verify_audit(struct verifying *v, struct spur_error *err)
{
	struct spur_db_verdict found = { 0 };
	struct spur_db_object all = { .id = "catalogue", .kind = "audit", .path = v->ctx->catalog };
	enum spur_status st = spur_db_audit_verify(v->db, &found, NULL, NULL, v->ctx->task, err);

	if (st >= 0) {
		v->good += found.wrong == 0;
		v->bad += found.wrong > 0;
		verdict(v, &all, "chain", found.wrong == 0 ? "ok" : found.first);
	}
	return st;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	struct verifying v = { .ctx = ctx, .emit = emit };
	enum spur_status st = spur_ctx_db(ctx, &v.db, err);

	if (st < 0 || (st = verify_audit(&v, err)) < 0 ||
	    (st = spur_lineage_walk(ctx, args->pos[0], true, met, &v, err)) < 0)
		return spur_exit_of(st);
	if (v.bad == 0 && v.missing == 0)
		return SPUR_EXIT_OK;
	spur_fail(err, SPUR_EDB, "%s: %llu of %llu did not verify (%llu files could not be read)", args->pos[0],
		  (unsigned long long)(v.bad + v.missing), (unsigned long long)(v.good + v.bad + v.missing),
		  (unsigned long long)v.missing);
	return v.bad > 0 ? SPUR_EXIT_FAIL : SPUR_EXIT_PARTIAL;
}

const struct spur_verb spur_verb_verify = {
	.name = "verify",
	.synopsis = "OBJECT",
	.summary = "read again all that an object stands on: bytes to signatures",
	.section = "Catalogue",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
