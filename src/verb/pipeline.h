#ifndef SPUR_VERB_PIPELINE_H
#define SPUR_VERB_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * A pipeline file: verbs to run in order, as data (see spur-run(1)). Read once, then values
 * of variables are added as steps save them. One thread.
 */
struct spur_pipeline;

struct spur_pipeline_expect {
	const char *where_key, *where_value;	/* rows that have this; NULL: all rows with the field */
	const char *field, *op;			/* op is one of < <= > >= == != */
	double number;
	const char *text;			/* as written */
};

struct spur_pipeline_step {
	const char *id, *as;			/* as NULL: the caller's */
	size_t argc;
	const char *const *argv;		/* verb first; not yet substituted */
	size_t need_count;
	const size_t *needs;			/* indexes of earlier steps */
	const char *each_var, *each_list;	/* once per value of a list; NULL: once */
	size_t save_count;
	const struct spur_pipeline_save {
		const char *var, *field;
		bool all;			/* every row's value, as a list */
	} *saves;
	size_t expect_count;
	const struct spur_pipeline_expect *expects;
	bool partial_ok;			/* exit code 3 is no failure */
	size_t output_count;
	const char *const *outputs;		/* paths without which it is not done; not yet substituted */
};

/* SPUR_EFORMAT names the step and what is wrong with it. */
enum spur_status spur_pipeline_load(const char *path, struct spur_pipeline **out, struct spur_error *err);
void spur_pipeline_destroy(struct spur_pipeline *p);	/* NULL is fine */
const char *spur_pipeline_name(const struct spur_pipeline *p);
size_t spur_pipeline_count(const struct spur_pipeline *p);
const struct spur_pipeline_step *spur_pipeline_step(const struct spur_pipeline *p, size_t i);
/* -1: no step of that name. */
int spur_pipeline_find(const struct spur_pipeline *p, const char *id);

/* Variables. set() of a parameter the file does not have is SPUR_EINVAL. */
enum spur_status spur_pipeline_param(struct spur_pipeline *p, const char *name, const char *value, struct spur_error *err);
void spur_pipeline_set(struct spur_pipeline *p, const char *name, const char *value);
void spur_pipeline_list_clear(struct spur_pipeline *p, const char *name);
void spur_pipeline_list_add(struct spur_pipeline *p, const char *name, const char *value);
size_t spur_pipeline_list_count(const struct spur_pipeline *p, const char *name);
const char *spur_pipeline_list_at(const struct spur_pipeline *p, const char *name, size_t i);
/* ${name} replaced, $${ is a plain ${; the caller frees. SPUR_EINVAL: no such variable. */
enum spur_status spur_pipeline_expand(const struct spur_pipeline *p, const char *text, char **out, struct spur_error *err);

/*
 * What is done already, in a file beside the catalogue: per step its key (a hash of the command
 * after substitution, of who acts and of the keys of the steps it needs) and what it saved.
 */
void spur_pipeline_key(const struct spur_pipeline *p, size_t step, char hex[65]);
enum spur_status spur_pipeline_state_load(struct spur_pipeline *p, const char *path, struct spur_error *err);
/* True: it was done with this key; its saved variables are set again. */
bool spur_pipeline_recall(struct spur_pipeline *p, size_t step, const char *key);
enum spur_status spur_pipeline_record(struct spur_pipeline *p, size_t step, const char *key, const char *path,
				      struct spur_error *err);

#endif
