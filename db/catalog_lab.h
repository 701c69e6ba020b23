#ifndef SPUR_DB_CATALOG_LAB_H
#define SPUR_DB_CATALOG_LAB_H

#include "db/catalog.h"

/*
 * The registry of lab: runs of recipes and what came of them, model versions, aliases, gate
 * decisions. Models, evaluations and artefacts are objects of catalog.h with lineage; here is
 * what makes them a registry. Append-only; same rules as catalog.h.
 */
struct spur_db_lab_run {
	const char *run;		/* id of the job, 16 hex */
	const char *kind;		/* "train", "eval", "compile" */
	const char *recipe, *code_sha;
	const char *extract;		/* object id */
	const char *model;		/* uid; "" of a training */
	const char *name;		/* of the model */
	const char *target;		/* "" unless a compilation */
	const char *who, *key;		/* author; add() takes the act's */
	spur_ns at_ns;
	const char *result;		/* object id; "" not yet */
};
struct spur_db_lab_run_list {
	size_t count;
	struct spur_db_lab_run *rows;
	struct spur_arena *arena;
};
enum spur_status spur_db_lab_run_add(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_lab_run *r,
				     struct spur_error *err);
/* run: one (SPUR_ENOTFOUND), or NULL: every one without a result, oldest first. */
enum spur_status spur_db_lab_run_list(struct spur_db *db, const char *run, struct spur_db_lab_run_list *out,
				      struct spur_error *err);
void spur_db_lab_run_list_finish(struct spur_db_lab_run_list *l);
/* Again with the same object is fine. */
enum spur_status spur_db_lab_result_add(struct spur_db *db, const struct spur_db_act *act, const char *run,
					const char *object, struct spur_error *err);

/* who/key made `object` or a part of it, and so cannot approve it. Again is fine. */
enum spur_status spur_db_author_add(struct spur_db *db, const struct spur_db_act *act, const char *object,
				    const char *who, const char *key, struct spur_error *err);
/* Whatever wrote `from` is an author of `to` too. */
enum spur_status spur_db_author_inherit(struct spur_db *db, const struct spur_db_act *act, const char *from,
					const char *to, struct spur_error *err);

struct spur_db_model {
	int64_t id;
	const char *name;
	int version;
	const char *uid;		/* "model-" + 16 hex of sha256(model.json) */
	const char *run;		/* that trained it first */
	const char *who, *key;		/* author */
	const char *path, *sha256;	/* of the weights */
	const char *record;		/* model.json */
	const char *aliases;		/* that point to it now, sorted, space separated */
	spur_ns at_ns;
};
struct spur_db_model_list {
	size_t count;
	struct spur_db_model *rows;
	struct spur_arena *arena;
};
/* The next version of that name; the same uid again: the version it has. */
enum spur_status spur_db_model_add(struct spur_db *db, const struct spur_db_act *act, const char *name, const char *uid,
				   const char *run, const char *who, const char *key, int *version, struct spur_error *err);
/* name NULL: all. Newest first. */
enum spur_status spur_db_model_list(struct spur_db *db, const char *name, struct spur_db_model_list *out,
				    struct spur_error *err);
/* A uid (or 8 and more of its characters), NAME (newest), NAME@VERSION or NAME@ALIAS: one row, or SPUR_ENOTFOUND. */
enum spur_status spur_db_model_find(struct spur_db *db, const char *ref, struct spur_db_model_list *out,
				    struct spur_error *err);
void spur_db_model_list_finish(struct spur_db_model_list *l);
/* From now on NAME@alias is that version. An alias is a word that is no number. */
enum spur_status spur_db_alias_set(struct spur_db *db, const struct spur_db_act *act, const char *name,
				   const char *alias, int version, struct spur_error *err);

#define SPUR_DB_GATE_NAMESPACE "spur-gate"

struct spur_db_decision {
	int64_t id;
	const char *object, *gate;
	const char *verdict;		/* "approve", "reject" */
	bool passed;			/* every check held */
	const char *reason, *who, *key;
	const char *card_sha256, *policy_sha256;
	const char *record;		/* canonical bytes that are signed, by lab/gate.h */
	const char *signature;		/* SSHSIG in namespace spur-gate, armoured */
	spur_ns at_ns;
};
struct spur_db_decision_list {
	size_t count;
	struct spur_db_decision *rows;
	struct spur_arena *arena;
};
/* Uses object, gate, verdict, passed, reason, hashes, record and signature; who and key are the act's.
 * Refused by the database, raw SQL included: an approval by an author's key or name, of an object
 * whose checks fail, without signature, by an unregistered key. The signature is verified here. */
enum spur_status spur_db_decision_add(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_decision *d,
				      struct spur_error *err);
/* object NULL: all; gate NULL: any. Oldest first. */
enum spur_status spur_db_decision_list(struct spur_db *db, const char *object, const char *gate,
				       struct spur_db_decision_list *out, struct spur_error *err);
void spur_db_decision_list_finish(struct spur_db_decision_list *l);

/* The newest object of that kind that was made from `id` directly, or with id NULL the newest whose sha256 is
 * `sha256`: 0 or 1 rows. */
enum spur_status spur_db_object_newest(struct spur_db *db, const char *kind, const char *id, const char *sha256,
				       struct spur_db_object_list *out, struct spur_error *err);

#endif
