#ifndef SPUR_LAB_TARGET_H
#define SPUR_LAB_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/opt.h"
#include "lab/recipe.h"

/*
 * What a trained model can be compiled for. A target says whether its tools are here, which
 * program makes the artefact, and what its report means; the work itself is a job.
 */
#define SPUR_TARGET_PATH 256

/* Of one compilation; from output/data/report.json. NaN where the report has none. */
struct spur_target_result {
	char artefact[SPUR_TARGET_PATH];	/* below the job's folder */
	char sha256[65];
	uint64_t bytes;
	uint64_t windows;			/* compared with the reference */
	double max_abs, mean_abs, cosine_min, sqnr_db, top1_agreement;
	double task_delta;			/* change of macro-F1 */
	double p50_us, p90_us, p99_us;
	int64_t fallback_ops;
	bool reproducible;			/* the second compilation gave the same bytes */
	bool finite;				/* every output was */
};

struct spur_target {
	const char *id, *title;
	const char *artefact;			/* path below the job's folder */
	bool independent;			/* of the reference: shares no code with ONNX Runtime */
	const struct spur_opt *opts;		/* parameters of its own, named as in recipe.json; NULL: none */
	/* python: interpreter of the tools. SPUR_ENOTFOUND says what is missing and how to get it. */
	enum spur_status (*available)(const char *python, struct spur_error *err);
	/* NULL-terminated program and arguments for job/spec.h; borrowed from python and entry. */
	void (*argv)(const char *python, const struct spur_recipe_entry *entry, const char *argv[4]);
	/* Reads a report; SPUR_EFORMAT when it is not one of this target. */
	enum spur_status (*result)(const char *json, size_t len, struct spur_target_result *out, struct spur_error *err);
};

/* NULL-terminated, in table order. */
const struct spur_target *const *spur_target_list(void);
/* SPUR_ENOTFOUND names the known ones. */
enum spur_status spur_target_find(const char *id, const struct spur_target **out, struct spur_error *err);

/* For the rows: what the recipe `compile` does for every target. */
void spur_target_recipe_argv(const char *python, const struct spur_recipe_entry *entry, const char *argv[4]);
enum spur_status spur_target_report_read(const char *target, const char *json, size_t len,
					 struct spur_target_result *out, struct spur_error *err);
/* Whether a program lies beside python, or a package in its site-packages. */
enum spur_status spur_target_needs_program(const char *python, const char *name, struct spur_error *err);
enum spur_status spur_target_needs_package(const char *python, const char *name, struct spur_error *err);

#endif
