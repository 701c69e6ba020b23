#ifndef SPUR_LAB_GATE_H
#define SPUR_LAB_GATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "lab/figure.h"

/*
 * Approval gates: policy is data (DATADIR/gates.json, or SPUR_GATES), immutable once loaded.
 *
 *	{"v":1,"gates":[{"id","title","kind":"model"|"artefact","quorum":1,"checks":["..."],
 *	  "requires":["GATE"...]}],"aliases":{"champion":"GATE"}}
 *
 * A gate is open for an object when every check holds on the object's report card and
 * `quorum` different keys, none of them an author's, have signed an approval of it.
 */
struct spur_gate {
	const char *id, *title, *kind;
	unsigned quorum;
	const char **checks;		/* NULL-terminated */
	const char **requires;		/* NULL-terminated ids of gates that must be open for the model */
};

struct spur_gates;

/* path NULL: DATADIR/gates.json or SPUR_GATES. Every check is parsed: SPUR_EFORMAT names the bad one. */
enum spur_status spur_gates_load(const char *datadir, struct spur_gates **out, struct spur_error *err);
void spur_gates_destroy(struct spur_gates *g);	/* NULL is fine */
const struct spur_gate *spur_gates_list(const struct spur_gates *g, size_t *count);
/* SPUR_ENOTFOUND names the known ones. */
enum spur_status spur_gates_find(const struct spur_gates *g, const char *id, const struct spur_gate **out,
				 struct spur_error *err);
/* The gate an alias needs, or NULL: free. */
const char *spur_gates_of_alias(const struct spur_gates *g, const char *alias);
const char *spur_gates_sha256(const struct spur_gates *g);	/* of the file: which policy was in force */

/* All checks of a gate against a card's figures. results has one row per check. */
bool spur_gate_checks(const struct spur_gate *gate, const json_t *figures, struct spur_check *results);

/* What a decision says, and what is signed: canonical JSON. */
struct spur_gate_words {
	const char *object, *gate, *verdict, *reason, *who, *key;
	const char *card_sha256, *policy_sha256;
	int64_t at_ns;
	bool passed;
};
void spur_gate_record(const struct spur_gate_words *w, struct spur_buf *out);

#endif
