#include "config.h"

#include "extract/recipe_priv.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"

static enum spur_status read_camera(struct spur_extract_recipe *r, const json_t *o, struct spur_extract_camera *c,
				    struct spur_error *err)
{
	static const char *const taken[] = { "x", "valid", "y", "t_ns", "segment", "drive", NULL };
	const char *alias = json_string_value(json_object_get(o, "alias"));
	double frames, width, height, age;
	enum spur_status st;

	c->names = spur_recipe_names(r, json_object_get(o, "name"));
	if (c->names == NULL)
		return spur_fail(err, SPUR_EINVAL, "name: a topic, or a list of topics, is needed");
	if (alias == NULL || *alias == '\0' || strspn(alias, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(alias))
		return spur_fail(err, SPUR_EINVAL, "alias: a word of a-z, 0-9 and _ is needed");
	for (const char *const *n = taken; *n != NULL; n++) {
		if (strcmp(*n, alias) == 0)
			return spur_fail(err, SPUR_EINVAL, "alias: '%s' is the name of another array", alias);
	}
	c->alias = spur_arena_str(r->priv, alias);
	c->optional = json_is_true(json_object_get(o, "optional"));
	if ((st = spur_recipe_number(o, "frames", 1, 1000, 4, &frames, err)) < 0 ||
	    (st = spur_recipe_number(o, "width", 1, 1024, 64, &width, err)) < 0 ||
	    (st = spur_recipe_number(o, "height", 1, 1024, 36, &height, err)) < 0 ||
	    (st = spur_recipe_number(o, "max_age_s", 0, 3600, 1, &age, err)) < 0)
		return st;
	c->frames = (unsigned)frames;
	c->width = (int)width;
	c->height = (int)height;
	c->max_age_ns = llround(age * 1e9);
	return SPUR_OK;
}

enum spur_status spur_recipe_cameras_read(struct spur_extract_recipe *r, const json_t *o, struct spur_error *err)
{
	const json_t *list = json_object_get(o, "cameras");
	struct spur_extract_camera *c = spur_arena_array(r->priv, SPUR_EXTRACT_CAMERAS, sizeof(*c));

	if (list != NULL && (!json_is_array(list) || json_array_size(list) > SPUR_EXTRACT_CAMERAS))
		return spur_fail(err, SPUR_EINVAL, "cameras: a list of at most %d cameras is needed", SPUR_EXTRACT_CAMERAS);
	r->cameras = c;
	for (; r->camera_count < json_array_size(list); r->camera_count++) {
		size_t i = r->camera_count;
		enum spur_status st = read_camera(r, json_array_get(list, i), &c[i], err);

		if (st < 0)
			return spur_wrap(st, err, "cameras[%zu]", i);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(c[k].alias, c[i].alias) == 0)
				return spur_fail(err, SPUR_EINVAL, "cameras[%zu]: a second '%s'; give it another alias", i, c[i].alias);
		}
	}
	return SPUR_OK;
}

void spur_recipe_cameras_put(struct spur_json *j, const struct spur_extract_recipe *r)
{
	spur_json_begin(j, "cameras", '[');
	for (size_t i = 0; i < r->camera_count; i++) {
		const struct spur_extract_camera *c = &r->cameras[i];

		spur_json_begin(j, NULL, '{');
		spur_json_text(j, "alias", c->alias);
		spur_json_uint(j, "frames", c->frames);
		spur_json_int(j, "height", c->height);
		spur_json_f64(j, "max_age_s", (double)c->max_age_ns / 1e9);
		spur_recipe_put_names(j, c->names);
		spur_json_bool(j, "optional", c->optional);
		spur_json_int(j, "width", c->width);
		spur_json_end(j, '}');
	}
	spur_json_end(j, ']');
}

size_t spur_extract_camera_bytes(const struct spur_extract_camera *c)
{
	return (size_t)c->frames * 3 * (size_t)c->height * (size_t)c->width;
}
