#ifndef SPUR_LAB_CARD_H
#define SPUR_LAB_CARD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * The report card of a model or an artefact: everything an approval looks at, in one JSON
 * object, and as text. It is a function of what is in the catalogue: no time of day, no path
 * of this machine's own, decisions left out; so its sha256 stands for the evidence.
 */
struct spur_card_lineage {
	uint64_t objects, files;	/* reached from the object; recordings among them */
	uint64_t missing;		/* ends that are no recording */
	const char *first_missing;	/* one of them, or NULL */
};

struct spur_card_input {
	const char *object, *kind;	/* "model-...", "model" */
	const char *name;		/* of the model */
	int version;
	const char *model_uid;
	const char *model_json;		/* model.json of the training */
	const char *train_run, *recipe, *code_sha256;	/* run-..., "" unknown */
	const char *author, *author_key;
	const char *compile_run;	/* "" none */
	const char *evaluation_uid;	/* NULL: none yet */
	const char *evaluation_json;
	const char *compile_json;	/* NULL: not an artefact */
	const char *sbom_sha256;	/* "" none */
	bool independent;		/* the reference shares no code with the target */
	struct spur_card_lineage lineage;
};

struct spur_card;

enum spur_status spur_card_create(const struct spur_card_input *in, struct spur_card **out, struct spur_error *err);
void spur_card_destroy(struct spur_card *c);	/* NULL is fine */
const json_t *spur_card_json(const struct spur_card *c);	/* borrowed */
const json_t *spur_card_figures(const struct spur_card *c);	/* borrowed */
const char *spur_card_text(const struct spur_card *c);		/* canonical JSON */
const char *spur_card_sha256(const struct spur_card *c);	/* of the canonical JSON */
/* For people: sections of lines. */
void spur_card_print(const struct spur_card *c, struct spur_buf *out);

#endif
