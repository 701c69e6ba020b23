#include "config.h"

#include "decode/jsonfields.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "decode/jsonpath.h"
#include "decode/jsonscan.h"

#define FIELDS_MAX 16384u
#define SCHEMA_DEPTH 32u
#define ELEMENTS_MAX 64

struct spur_jsonfields {
	struct spur_fields list;
	struct spur_field *fields;	/* what list points to; paths are owned */
	size_t cap;
	size_t *slots, slot_count;	/* open addressing: index + 1 */
};

struct spur_jsonfields *spur_jsonfields_create(void)
{
	return spur_calloc(1, sizeof(struct spur_jsonfields));
}

void spur_jsonfields_destroy(struct spur_jsonfields *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->list.count; i++)
		free((void *)(uintptr_t)f->fields[i].path);
	free(f->fields);
	free(f->slots);
	free(f);
}

const struct spur_fields *spur_jsonfields_list(const struct spur_jsonfields *f)
{
	return &f->list;
}

static size_t slot_of(const struct spur_jsonfields *f, const char *path, size_t len)
{
	size_t at = spur_hash64(path, len) & (f->slot_count - 1);

	while (f->slots[at] != 0) {
		const char *p = f->fields[f->slots[at] - 1].path;

		if (strncmp(p, path, len) == 0 && p[len] == '\0')
			break;
		at = (at + 1) & (f->slot_count - 1);
	}
	return at;
}

size_t spur_jsonfields_find(const struct spur_jsonfields *f, const char *path, size_t len)
{
	return f->slot_count == 0 ? SIZE_MAX : f->slots[slot_of(f, path, len)] - 1;
}

static void rehash(struct spur_jsonfields *f)
{
	free(f->slots);
	f->slot_count = f->slot_count == 0 ? 64 : f->slot_count * 2;
	f->slots = spur_calloc(f->slot_count, sizeof(*f->slots));
	for (size_t i = 0; i < f->list.count; i++)
		f->slots[slot_of(f, f->fields[i].path, strlen(f->fields[i].path))] = i + 1;
}

static void add(struct spur_jsonfields *f, const char *path, size_t len, enum spur_type type, bool array)
{
	if (memchr(path, '\0', len) != NULL || f->list.count >= FIELDS_MAX)
		return;
	if (f->list.count * 2 >= f->slot_count)
		rehash(f);
	if (f->slots[slot_of(f, path, len)] != 0)
		return;
	if (f->list.count == f->cap) {
		f->cap = f->cap == 0 ? 16 : f->cap * 2;
		f->fields = spur_realloc(f->fields, f->cap, sizeof(*f->fields));
	}
	f->slots[slot_of(f, path, len)] = f->list.count + 1;
	f->fields[f->list.count++] =
		(struct spur_field){ .path = spur_strndup(path, len), .unit = "", .type = type, .array = array };
	f->list.fields = f->fields;
}

/* ---- from a schema ---- */

struct reading {
	struct spur_jsonfields *to;
	const json_t *root;
	struct spur_buf path;
	unsigned steps;		/* a schema may fan out */
	const json_t *open[SCHEMA_DEPTH + 2];	/* what is being read, outermost first: it may refer in circles */
};

#define STEPS_MAX 65536u

static void read_schema(struct reading *r, const json_t *s, unsigned depth);

/* "#/definitions/x": a pointer into the same text (RFC 6901 without escapes). */
static const json_t *follow(const json_t *root, const char *ref)
{
	const json_t *at = *ref == '#' ? root : NULL;
	const char *p = *ref == '#' ? ref + 1 : ref;

	while (at != NULL && *p == '/') {
		size_t n = strcspn(++p, "/");
		char *key = spur_strndup(p, n);

		at = json_object_get(at, key);
		free(key);
		p += n;
	}
	return at;
}

static const char *type_of(const json_t *s)
{
	const json_t *t = json_object_get(s, "type"), *one;
	size_t i;

	json_array_foreach(t, i, one) {		/* ["number", "null"] */
		if (json_is_string(one) && strcmp(json_string_value(one), "null") != 0)
			return json_string_value(one);
	}
	if (json_is_string(t))
		return json_string_value(t);
	return json_object_get(s, "properties") != NULL ? "object" : json_object_get(s, "items") != NULL ? "array" : "";
}

static void read_properties(struct reading *r, const json_t *s, unsigned depth)
{
	union { const json_t *in; json_t *out; } props = { .in = json_object_get(s, "properties") };
	const char *key;
	json_t *below;

	json_object_foreach(props.out, key, below) {
		size_t mark = r->path.len;

		spur_jsonpath_push(&r->path, key);
		read_schema(r, below, depth + 1);
		r->path.len = mark;
	}
}

/* A fixed number of items is that many fields; otherwise the array is one. */
static void read_array(struct reading *r, const json_t *s, unsigned depth)
{
	const json_t *items = json_object_get(s, "items");
	json_int_t min = json_integer_value(json_object_get(s, "minItems"));
	json_int_t max = json_integer_value(json_object_get(s, "maxItems"));
	size_t mark = r->path.len;

	if (min != max || min < 1 || min > ELEMENTS_MAX || !json_is_object(items)) {
		add(r->to, spur_buf_text(&r->path), r->path.len, SPUR_TYPE_TEXT, true);
		return;
	}
	for (json_int_t i = 0; i < min; i++) {
		spur_jsonpath_index(&r->path, (size_t)i);
		read_schema(r, items, depth + 1);
		r->path.len = mark;
	}
}

static void read_choices(struct reading *r, const json_t *s, unsigned depth)
{
	static const char *const keys[] = { "allOf", "oneOf", "anyOf" };
	const json_t *one;
	size_t i;

	for (size_t k = 0; k < 3; k++) {
		json_array_foreach(json_object_get(s, keys[k]), i, one) {
			read_schema(r, one, depth + 1);
		}
	}
}

/* A type that contains itself is one field as a whole. */
static void read_reference(struct reading *r, const json_t *to, unsigned depth)
{
	for (unsigned i = 0; i <= depth; i++) {
		if (r->open[i] == to && to != NULL) {
			add(r->to, spur_buf_text(&r->path), r->path.len, SPUR_TYPE_TEXT, true);
			return;
		}
	}
	read_schema(r, to, depth + 1);
}

static void read_schema(struct reading *r, const json_t *s, unsigned depth)
{
	const char *ref = json_string_value(json_object_get(s, "$ref")), *type, *coding;

	if (depth > SCHEMA_DEPTH || r->steps++ > STEPS_MAX || !json_is_object(s))
		return;
	r->open[depth] = s;
	if (ref != NULL) {
		read_reference(r, follow(r->root, ref), depth);
		return;
	}
	type = type_of(s);
	read_choices(r, s, depth);
	if (strcmp(type, "object") == 0) {
		read_properties(r, s, depth);
	} else if (r->path.len == 0) {
		return;
	} else if (strcmp(type, "array") == 0) {
		read_array(r, s, depth);
	} else if (strcmp(type, "number") == 0) {
		add(r->to, r->path.data, r->path.len, SPUR_TYPE_F64, false);
	} else if (strcmp(type, "integer") == 0) {
		add(r->to, r->path.data, r->path.len, SPUR_TYPE_I64, false);
	} else if (strcmp(type, "boolean") == 0) {
		add(r->to, r->path.data, r->path.len, SPUR_TYPE_BOOL, false);
	} else if (strcmp(type, "string") == 0) {
		coding = json_string_value(json_object_get(s, "contentEncoding"));
		if (coding != NULL && strcmp(coding, "base64") == 0)
			add(r->to, r->path.data, r->path.len, SPUR_TYPE_BYTES, true);
		else
			add(r->to, r->path.data, r->path.len, SPUR_TYPE_TEXT, false);
	}
}

void spur_jsonfields_schema(struct spur_jsonfields *f, const char *schema, size_t len)
{
	json_t *root = len == 0 ? NULL : json_loadb(schema, len, JSON_DISABLE_EOF_CHECK, NULL);
	struct reading r = { .to = f, .root = root };

	if (root == NULL)
		return;
	read_schema(&r, root, 0);
	spur_buf_finish(&r.path);
	json_decref(root);
}

/* ---- from messages ---- */

struct learning {
	struct spur_jsonfields *to;
	struct spur_jsonpath at;
	size_t before[SPUR_JSON_DEPTH + 1];	/* fields when the open bracket began */
	bool mixed[SPUR_JSON_DEPTH + 1];	/* an array of more than numbers: one field as a whole */
};

/* Forget the fields from `count` on. */
static void cut(struct spur_jsonfields *f, size_t count)
{
	if (count == f->list.count)
		return;
	while (f->list.count > count)
		free((void *)(uintptr_t)f->fields[--f->list.count].path);
	memset(f->slots, 0, f->slot_count * sizeof(*f->slots));
	for (size_t i = 0; i < f->list.count; i++)
		f->slots[slot_of(f, f->fields[i].path, strlen(f->fields[i].path))] = i + 1;
}

static void found(struct learning *l, const char *key, enum spur_type type)
{
	size_t mark = spur_jsonpath_enter(&l->at, key);

	if (key == NULL && !spur_type_is_number(type))
		l->mixed[l->at.depth] = true;
	if (l->at.path.len > 0)
		add(l->to, spur_buf_text(&l->at.path), l->at.path.len, type, false);
	l->at.path.len = mark;
}

static void learn_begin(void *state, const char *key, char bracket)
{
	struct learning *l = state;

	l->mixed[l->at.depth] |= key == NULL;
	spur_jsonpath_begin(&l->at, key, bracket);
	l->before[l->at.depth] = l->to->list.count;
	l->mixed[l->at.depth] = false;
}

static void learn_end(void *state, char bracket)
{
	struct learning *l = state;
	unsigned d = l->at.depth;

	if (bracket == ']' && (l->mixed[d] || l->at.index[d] > ELEMENTS_MAX)) {
		cut(l->to, l->before[d]);
		add(l->to, spur_buf_text(&l->at.path), l->at.path.len, SPUR_TYPE_TEXT, true);
	}
	spur_jsonpath_end(&l->at);
}

static void learn_i64(void *state, const char *key, int64_t v)
{
	found(state, key, v < -(INT64_C(1) << 53) ? SPUR_TYPE_I64 : SPUR_TYPE_F64);
}

static void learn_u64(void *state, const char *key, uint64_t v)
{
	found(state, key, v > INT64_MAX ? SPUR_TYPE_U64 : v > UINT64_C(1) << 53 ? SPUR_TYPE_I64 : SPUR_TYPE_F64);
}

static void learn_f64(void *state, const char *key, double v)
{
	(void)v;
	found(state, key, SPUR_TYPE_F64);
}

static void learn_f32(void *state, const char *key, float v)
{
	(void)v;
	found(state, key, SPUR_TYPE_F64);
}

static void learn_bool(void *state, const char *key, bool v)
{
	(void)v;
	found(state, key, SPUR_TYPE_BOOL);
}

static void learn_text(void *state, const char *key, const char *s, size_t len)
{
	bool number = (len == 3 && memcmp(s, "NaN", 3) == 0) || (len == 8 && memcmp(s, "Infinity", 8) == 0) ||
		      (len == 9 && memcmp(s, "-Infinity", 9) == 0);

	found(state, key, number ? SPUR_TYPE_F64 : SPUR_TYPE_TEXT);
}

static void learn_bytes(void *state, const char *key, const void *data, size_t len)
{
	(void)data;
	(void)len;
	found(state, key, SPUR_TYPE_BYTES);
}

static void learn_null(void *state, const char *key)	/* says nothing about the type: wait for a value */
{
	struct learning *l = state;

	l->at.path.len = spur_jsonpath_enter(&l->at, key);
}

void spur_jsonfields_learn(struct spur_jsonfields *f, spur_selfdesc_read *read, const char *data, size_t len)
{
	struct learning l = { .to = f };
	const struct spur_visitor v = {
		.state = &l, .begin = learn_begin, .end = learn_end, .i64 = learn_i64, .u64 = learn_u64, .f64 = learn_f64,
		.f32 = learn_f32, .boolean = learn_bool, .text = learn_text, .bytes = learn_bytes, .null = learn_null,
	};

	read(data, len, &v, NULL);	/* what a damaged sample shows up to its damage is good */
	spur_jsonpath_finish(&l.at);
}
