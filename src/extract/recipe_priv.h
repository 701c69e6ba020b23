#ifndef SPUR_EXTRACT_RECIPE_PRIV_H
#define SPUR_EXTRACT_RECIPE_PRIV_H

#include <jansson.h>

#include "base/json.h"
#include "extract/recipe.h"

/* recipe.c: fields that the parts of a recipe share; failures name the key. */
enum spur_status spur_recipe_number(const json_t *o, const char *key, double lo, double hi, double fallback, double *out,
				    struct spur_error *err);
/* A text or a list of texts, in the recipe's arena; NULL: neither, or an empty one. */
const char *const *spur_recipe_names(struct spur_extract_recipe *r, const json_t *v);
void spur_recipe_put_names(struct spur_json *j, const char *const *names);

/* recipe_camera.c */
enum spur_status spur_recipe_cameras_read(struct spur_extract_recipe *r, const json_t *o, struct spur_error *err);
void spur_recipe_cameras_put(struct spur_json *j, const struct spur_extract_recipe *r);

#endif
