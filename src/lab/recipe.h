#ifndef SPUR_LAB_RECIPE_H
#define SPUR_LAB_RECIPE_H

#include <stddef.h>

#include "base/error.h"

/*
 * A recipe: programs that train, evaluate or compile under the job contract, described by
 * DATADIR/recipes/NAME/recipe.json. Everything is owned by the recipe and immutable.
 *
 *	{"id","version","title","python":"train"|"tools","entries":{ENTRY:{"file",
 *	  "channels":{NAME:KIND},"outputs":[{"path","kind"}],"parameters":{NAME:{"type",
 *	  "default","min","max","choices","help"}}}}}
 */
struct spur_recipe;

enum spur_recipe_python {
	SPUR_RECIPE_TRAIN,	/* has torch: SPUR_TRAIN_PYTHON, default /usr/bin/python3 */
	SPUR_RECIPE_TOOLS,	/* has the compilers: SPUR_TOOLS_PYTHON, see spur_tools_python() */
};

struct spur_recipe_output {
	const char *path, *kind;	/* path below the job's folder */
};

struct spur_recipe_entry {
	const char *name;
	char *program;			/* absolute path of the file */
	struct spur_recipe_output *outputs;
	size_t output_count;
};

/* SPUR_ENOTFOUND names the recipes that are there; SPUR_EFORMAT says what recipe.json lacks. */
enum spur_status spur_recipe_load(const char *datadir, const char *name, struct spur_recipe **out,
				  struct spur_error *err);
void spur_recipe_destroy(struct spur_recipe *r);	/* NULL is fine */
const char *spur_recipe_id(const struct spur_recipe *r);
enum spur_recipe_python spur_recipe_python(const struct spur_recipe *r);
/* NULL: it has no such entry. */
const struct spur_recipe_entry *spur_recipe_entry(const struct spur_recipe *r, const char *name);
/* sha256 over the names and bytes of the recipe's files and of those it shares (kit/). */
const char *spur_recipe_code_sha(const struct spur_recipe *r);
/* Whether text is a value of that parameter of the entry. SPUR_EINVAL says what is allowed. */
enum spur_status spur_recipe_check(const struct spur_recipe *r, const char *entry, const char *key, const char *text,
				   struct spur_error *err);

/* The interpreters, as paths; out has `size` bytes. tools: SPUR_TOOLS_PYTHON, else SPUR_TOOLS/bin/python, else
 * $XDG_DATA_HOME/spur/tools/venv/bin/python. SPUR_ENOTFOUND: it is not there; says what to run. */
enum spur_status spur_train_python(char *out, size_t size, struct spur_error *err);
enum spur_status spur_tools_python(char *out, size_t size, struct spur_error *err);

#endif
