#ifndef SPUR_VERB_LAB_DOOR_H
#define SPUR_VERB_LAB_DOOR_H

#include <stdbool.h>
#include <stddef.h>

#include "db/catalog_lab.h"
#include "lab/card.h"
#include "lab/gate.h"
#include "lab/recipe.h"
#include "verb/job_door.h"
#include "verb/verb.h"

/*
 * What the verbs of the lab share: the catalogue, the jobs, and the taking over of what
 * finished runs left behind. A training becomes a model, an evaluation and a compilation
 * become objects with lineage; this happens whenever a lab verb opens the door, so it does not
 * matter who waited for the job.
 */
struct spur_lab {
	struct spur_ctx *ctx;
	struct spur_db *db;		/* borrowed from ctx */
	struct spur_job_door door;
};

/* Opens, reconciles the jobs and takes over the results of those that ended well. */
enum spur_status spur_lab_open(struct spur_ctx *ctx, struct spur_lab *lab, struct spur_error *err);
void spur_lab_close(struct spur_lab *lab);	/* all zero is fine */
/* The run() of a verb whose work needs the lab: opens, works, closes. */
enum spur_exit spur_lab_visit(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			      struct spur_error *err,
			      enum spur_exit (*work)(struct spur_lab *lab, const struct spur_args *args,
						     struct spur_emit *emit, struct spur_error *err));
/* Once more, after waiting. */
enum spur_status spur_lab_collect(struct spur_lab *lab, struct spur_error *err);

/* An extract: the folder with manifest.json and its object. finish() frees; all zero is fine. */
struct spur_lab_extract {
	char *id, *path, *root;
};
/* ref: a folder, an object id, or a dataset (its newest extract). A folder the catalogue does not know
 * becomes an object by its Merkle root. */
enum spur_status spur_lab_extract_find(struct spur_lab *lab, const char *ref, struct spur_lab_extract *out,
				       struct spur_error *err);
void spur_lab_extract_finish(struct spur_lab_extract *e);

/* One run of a recipe. */
struct spur_lab_job {
	const struct spur_recipe *recipe;
	const char *entry;			/* "train", "eval", "compile" */
	const char *const *argv;		/* NULL: the interpreter of the recipe and the entry's program */
	const struct spur_lab_extract *extract;
	const struct spur_db_model *model;	/* NULL: a training */
	const char *name;			/* of the model */
	const char *target;			/* "" unless a compilation */
	const char *artefact;			/* one more output to expect, or NULL */
	const struct spur_job_pair *params;
	size_t param_count;
	unsigned ranks;
	uint64_t seed;
};
/* Submits, records the author, and with wait follows it to its end and takes its result over: `result` is then
 * the id of what was made (the caller frees), else NULL. Emits nothing. id: of the job. */
enum spur_exit spur_lab_run(struct spur_lab *lab, const struct spur_lab_job *job, bool wait, char id[SPUR_JOB_ID],
			    char **result, struct spur_error *err);
/* The pairs of --set KEY=VALUE, checked against the recipe. Keys point into memory that *hold owns (free both).
 * also: one more pair, or NULL. */
enum spur_status spur_lab_params(const struct spur_recipe *recipe, const char *entry, const struct spur_args *args,
				 const struct spur_job_pair *also, struct spur_job_pair **out, size_t *count, char **hold,
				 struct spur_error *err);
/* --set seed=N, or 1. */
uint64_t spur_lab_seed(const struct spur_job_pair *params, size_t count);

/* The report card of a model or an artefact; ref as spur_db_model_find() or spur_db_object_find(). */
struct spur_lab_object {
	char *id, *kind;
	char *model;			/* uid of the model: itself, or what it was compiled from */
	struct spur_card *card;
};
enum spur_status spur_lab_object_open(struct spur_lab *lab, const char *ref, struct spur_lab_object *out,
				      struct spur_error *err);
void spur_lab_object_close(struct spur_lab_object *o);	/* all zero is fine */

/* How a gate stands for an object: checks now, and valid approvals of the card as it is now. */
struct spur_lab_gate {
	bool passed;			/* every check holds */
	bool required;			/* the gates it requires are open */
	unsigned approvals;		/* different keys */
	bool rejected;			/* the newest decision on this card is a rejection */
	bool open;
};
enum spur_status spur_lab_gate_state(struct spur_lab *lab, const struct spur_gates *gates, const struct spur_gate *gate,
				     const struct spur_lab_object *o, struct spur_check *checks, struct spur_lab_gate *out,
				     struct spur_error *err);
/* One row of kind "gate" with the checks inside. */
void spur_lab_gate_emit(struct spur_emit *emit, const struct spur_gate *gate, const struct spur_lab_object *o,
			const struct spur_check *checks, const struct spur_lab_gate *state);
#define SPUR_LAB_CHECKS_MAX 64

#endif
