#ifndef SPUR_SESSION_LAB_H
#define SPUR_SESSION_LAB_H

#include "db/catalog_lab.h"
#include "session/session.h"

/*
 * What the screens of products read: dataset versions, models, the audit and lineage. Rules as
 * in session.h: owner's thread, never waits, borrows hold until the next dispatch.
 */

/* ---- datasets -------------------------------------------------------------------------- */

struct spur_session_datasets {
	uint64_t generation;
	bool loading;
	const char *error;
	size_t count;
	const struct spur_db_dataset *rows;	/* newest first */
};

struct spur_session_class {
	const char *label;
	uint64_t items[SPUR_DB_SPLITS];
	spur_ns length_ns[SPUR_DB_SPLITS];
};

/* The one under the cursor. */
struct spur_session_dataset {
	uint64_t generation;
	int64_t id;			/* 0: none yet */
	const char *error;
	size_t class_count;
	const struct spur_session_class *classes;	/* by label */
	uint64_t drives[SPUR_DB_SPLITS];
	size_t item_count;
	const struct spur_db_item *items;
	const char *extract;		/* id of the newest extract of it; "" none */
	const char *signers;		/* who signed it, comma separated; "" nobody */
};

void spur_session_datasets_want(struct spur_session *s);
const struct spur_session_datasets *spur_session_datasets(const struct spur_session *s);
void spur_session_dataset_want(struct spur_session *s, int64_t dataset);
const struct spur_session_dataset *spur_session_dataset(const struct spur_session *s);

/* ---- models ---------------------------------------------------------------------------- */

enum spur_session_gate {
	SPUR_GATE_UNKNOWN,	/* not looked at yet */
	SPUR_GATE_NONE,		/* the policy has none for it */
	SPUR_GATE_FAILS,	/* a check does not hold */
	SPUR_GATE_WAITS,	/* checks hold, approvals are missing */
	SPUR_GATE_REJECTED,
	SPUR_GATE_OPEN,
};

struct spur_session_model {
	const struct spur_db_model *row;
	const char *dataset;		/* NAME@VERSION, or the extract's id */
	const char *extract;		/* object id; "" unknown */
	const char *params;		/* "lr=0.003 epochs=40": what differs from the version before comes first */
	double macro_f1, ci_low, ci_high;	/* of the newest evaluation; NaN none */
	double val_macro_f1;		/* of the training */
	double delta;			/* to the version before; NaN unknown */
	uint64_t bytes;			/* of the newest artefact; 0: none */
	size_t artefacts;
	enum spur_session_gate gate;	/* first gate for models */
};

struct spur_session_models {
	uint64_t generation;
	bool loading;
	const char *error;
	size_t count;
	const struct spur_session_model *rows;	/* newest first */
};

/* An object that can be held against a gate: the model, then its artefacts, newest first. */
struct spur_session_subject {
	const char *id, *title, *gate;	/* gate: its id in the policy; "" none */
	const char *target;		/* "" of a model */
	uint64_t bytes;
	double p50_us, top1;		/* NaN unknown */
	enum spur_session_gate state;
	unsigned approvals, quorum;
	const char *failing;		/* first check that fails, with what it got; "" none */
};

/* A metric of a run, step by step; what is long is thinned out. */
struct spur_session_series {
	const char *key;
	size_t count;
	const double *step, *value;
	double last;
};

struct spur_session_model_detail {
	uint64_t generation;
	int64_t id;			/* of the model's row; 0: none yet */
	const char *error;
	size_t subject_count;
	const struct spur_session_subject *subjects;
	size_t series_count;
	const struct spur_session_series *series;	/* of its training */
};

void spur_session_models_want(struct spur_session *s);
const struct spur_session_models *spur_session_models(const struct spur_session *s);
void spur_session_model_want(struct spur_session *s, int64_t model);
const struct spur_session_model_detail *spur_session_model(const struct spur_session *s);

/* ---- audit ----------------------------------------------------------------------------- */

struct spur_session_audit {
	uint64_t generation;
	bool loading, complete;		/* complete: the last row is the first line there is */
	const char *error;
	const char *subject;		/* only lines about it; NULL: all */
	size_t count;
	const struct spur_db_audit *rows;	/* newest first */
	const bool *good;		/* as many: the line has the hash it says */
	/* Of the whole chain, once somebody asked. */
	bool verifying, verified;
	struct spur_db_verdict chain;
};

void spur_session_audit_want(struct spur_session *s, const char *subject);
void spur_session_audit_more(struct spur_session *s);	/* older lines, if there are any */
void spur_session_audit_verify(struct spur_session *s);
const struct spur_session_audit *spur_session_audit(const struct spur_session *s);

/* ---- lineage --------------------------------------------------------------------------- */

#define SPUR_LINEAGE_CHILDREN 500	/* shown of one object; the others are counted */

struct spur_session_node {
	const char *id, *kind, *title, *role, *path, *sha256;
	unsigned depth;
	bool open, leaf, loading;
	size_t children, hidden;	/* once open; hidden: more than SPUR_LINEAGE_CHILDREN */
};

/* A tree in pre-order; branches are read when they are opened, the first ones of themselves. */
struct spur_session_lineage {
	uint64_t generation;
	bool loading;
	const char *ref;		/* what was asked for; NULL: nothing */
	const char *error;
	size_t count;
	const struct spur_session_node *nodes;
};

/* ref: as spur lineage takes it. down: what it was made of, else what was made of it. */
void spur_session_lineage_want(struct spur_session *s, const char *ref, bool down);
/* Open or close a branch. */
void spur_session_lineage_toggle(struct spur_session *s, size_t node);
const struct spur_session_lineage *spur_session_lineage(const struct spur_session *s);

/* ---- the job that is looked at --------------------------------------------------------- */

struct spur_session_job {
	uint64_t generation;
	const char *id;			/* NULL: none yet */
	const char *error;
	const struct spur_job_pair *params;
	size_t param_count;
	const char *folder;		/* of an extraction; "" none */
	const char *result;		/* object that was made; "" none yet */
	const char *model;		/* that was made or that it is about; "" none */
	const char *extract;		/* that it read; "" none */
	size_t series_count;
	const struct spur_session_series *series;	/* live */
};

/* id NULL: none. Read again with the list, about once a second. */
void spur_session_job_want(struct spur_session *s, const char *id);
const struct spur_session_job *spur_session_job(const struct spur_session *s);

/* ---- previews -------------------------------------------------------------------------- */

/* What a command that only looks prints: what a freeze would hold, before it is done. */
struct spur_session_preview {
	uint64_t generation;	/* grows when the answer is there */
	bool loading;
	const char *error;	/* NULL: none */
	const char *text;	/* NULL: nothing yet */
};

/* line: "spur dataset freeze ... --dry-run"; the caller sees to it that it changes nothing. */
void spur_session_preview_want(struct spur_session *s, const char *line, size_t columns);
const struct spur_session_preview *spur_session_preview(const struct spur_session *s);

#endif
