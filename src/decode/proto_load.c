#include "config.h"

#include "decode/proto.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define TYPES_MAX 65536u
#define FIELDS_MAX 262144u
#define NESTING_MAX 32u

struct loader {
	struct spur_arena *arena;
	struct spur_error *err;
	struct spur_proto_message **messages;
	struct spur_proto_enum **enums;
	size_t message_count, enum_count, field_total;
	bool proto3;			/* of the file at hand */
};

static enum spur_status broken(struct loader *l, const char *what)
{
	return spur_fail(l->err, SPUR_EFORMAT, "the descriptors of the schema break off in %s", what);
}

static enum spur_status full(struct loader *l)
{
	return spur_fail(l->err, SPUR_ENOMEM, "the descriptors of the schema are larger than is sane");
}

static char *text_of(struct loader *l, const struct spur_proto_item *i)
{
	return i->wire == SPUR_PROTO_BYTES ? spur_arena_strn(l->arena, (const char *)i->bytes.data, i->bytes.len) : NULL;
}

/* scope + "." + name, the way type_name refers to it. */
static char *scoped(struct loader *l, const char *scope, const char *name)
{
	char *text = spur_strfmt("%s.%s", scope, name), *kept = spur_arena_str(l->arena, text);

	free(text);
	return kept;
}

/* How many items of a number there are, so that arrays can be sized. */
static size_t count_items(struct spur_proto_bytes b, uint32_t number)
{
	struct spur_proto_item i;
	size_t n = 0;

	while (spur_proto_next(&b, &i) == SPUR_OK)
		n += i.number == number;
	return n;
}

/* A string field of a descriptor, NULL: not there. */
static char *name_in(struct loader *l, struct spur_proto_bytes b, uint32_t number)
{
	struct spur_proto_item i;

	while (spur_proto_next(&b, &i) == SPUR_OK) {
		if (i.number == number)
			return text_of(l, &i);
	}
	return NULL;
}

static enum spur_status load_enum(struct loader *l, struct spur_proto_bytes b, const char *scope)
{
	struct spur_proto_enum *e = spur_arena_alloc(l->arena, sizeof(*e));
	char *name = name_in(l, b, 1);
	struct spur_proto_item i;
	enum spur_status st;

	if (e == NULL || l->enum_count >= TYPES_MAX)
		return full(l);
	e->values = spur_arena_array(l->arena, count_items(b, 2), sizeof(*e->values));
	if (name == NULL || e->values == NULL || (e->name = scoped(l, scope, name)) == NULL)
		return name == NULL ? broken(l, "an enum") : full(l);
	while ((st = spur_proto_next(&b, &i)) == SPUR_OK) {
		struct spur_proto_item v;
		struct spur_proto_bytes rest = i.bytes;

		if (i.number != 2 || i.wire != SPUR_PROTO_BYTES)
			continue;
		e->values[e->count].name = name_in(l, i.bytes, 1);
		while (spur_proto_next(&rest, &v) == SPUR_OK) {
			if (v.number == 2)
				e->values[e->count].number = (int32_t)v.value;
		}
		e->count += e->values[e->count].name != NULL;
	}
	if ((l->enum_count & (l->enum_count - 1)) == 0)
		l->enums = spur_realloc(l->enums, l->enum_count == 0 ? 1 : 2 * l->enum_count, sizeof(*l->enums));
	l->enums[l->enum_count++] = e;
	return st < 0 ? broken(l, name) : SPUR_OK;
}

static enum spur_status load_field(struct loader *l, struct spur_proto_bytes b, struct spur_proto_field *f)
{
	bool optional3 = false;
	struct spur_proto_item i;
	enum spur_status st;

	f->oneof = -1;
	while ((st = spur_proto_next(&b, &i)) == SPUR_OK) {
		switch (i.number) {
		case 1: f->name = text_of(l, &i); break;
		case 3: f->number = (uint32_t)i.value; break;
		case 4: f->repeated = i.value == 3; break;
		case 5: f->type = (enum spur_proto_type)(i.value <= 18 ? i.value : 0); break;
		case 6: f->type_name = text_of(l, &i); break;
		case 9: f->oneof = i.value <= 65535 ? (int)i.value : -1; break;
		case 17: optional3 = i.value != 0; break;
		default: break;
		}
	}
	if (st < 0 || f->name == NULL || f->number == 0)
		return broken(l, "a field");
	if (f->type == 0)
		return spur_fail(l->err, SPUR_EUNSUPPORTED, "field %s has no known type", f->name);
	f->implicit = l->proto3 && !f->repeated && !optional3 && f->oneof < 0 && f->type != SPUR_PROTO_MESSAGE &&
		      f->type != SPUR_PROTO_TYPE_GROUP;
	if (optional3)
		f->oneof = -1;	/* a oneof of its own, made by the compiler */
	return SPUR_OK;
}

static enum spur_status load_message(struct loader *l, struct spur_proto_bytes b, const char *scope, unsigned depth)
{
	struct spur_proto_message *m = spur_arena_alloc(l->arena, sizeof(*m));
	size_t fields = count_items(b, 2);
	char *name = name_in(l, b, 1);
	struct spur_proto_item i;
	enum spur_status st = SPUR_OK, end;

	if (name == NULL || depth > NESTING_MAX)
		return broken(l, "a message");
	if (m == NULL || l->message_count >= TYPES_MAX || (l->field_total += fields) > FIELDS_MAX)
		return full(l);
	m->fields = spur_arena_array(l->arena, fields, sizeof(*m->fields));
	if (m->fields == NULL || (m->name = scoped(l, scope, name)) == NULL)
		return full(l);
	if ((l->message_count & (l->message_count - 1)) == 0)
		l->messages = spur_realloc(l->messages, l->message_count == 0 ? 1 : 2 * l->message_count, sizeof(*l->messages));
	l->messages[l->message_count++] = m;
	while (st >= 0 && (end = spur_proto_next(&b, &i)) == SPUR_OK) {
		if (i.wire != SPUR_PROTO_BYTES)
			continue;
		if (i.number == 2)
			st = load_field(l, i.bytes, &m->fields[m->count++]);
		else if (i.number == 3)
			st = load_message(l, i.bytes, m->name, depth + 1);
		else if (i.number == 4)
			st = load_enum(l, i.bytes, m->name);
	}
	return st < 0 ? st : end < 0 ? broken(l, name) : SPUR_OK;
}

/* FileDescriptorProto: 2 package, 4 message_type, 5 enum_type, 12 syntax, 14 edition. */
static enum spur_status load_file(struct loader *l, struct spur_proto_bytes b)
{
	char *package = name_in(l, b, 2), *syntax = name_in(l, b, 12);
	char *scope = package == NULL || *package == '\0' ? spur_arena_str(l->arena, "") : scoped(l, "", package);
	struct spur_proto_item i;
	enum spur_status st = SPUR_OK, end;

	if (scope == NULL)
		return full(l);
	l->proto3 = syntax != NULL && strcmp(syntax, "proto3") == 0;
	while (st >= 0 && (end = spur_proto_next(&b, &i)) == SPUR_OK) {
		if (i.number == 4 && i.wire == SPUR_PROTO_BYTES)
			st = load_message(l, i.bytes, scope, 0);
		else if (i.number == 5 && i.wire == SPUR_PROTO_BYTES)
			st = load_enum(l, i.bytes, scope);
	}
	return st < 0 ? st : end < 0 ? broken(l, "a file") : SPUR_OK;
}

static int by_name(const void *a, const void *b)	/* both begin with their name */
{
	return strcmp(**(const char *const *const *)a, **(const char *const *const *)b);
}

static void *find(void *list, size_t count, const char *name)
{
	const char *const *key = &name;
	void **hit = count == 0 ? NULL : bsearch(&key, list, count, sizeof(void *), by_name);

	return hit == NULL ? NULL : *hit;
}

/* A name with its dot is absolute; protoc writes them so. Others write what stood in the .proto: then the
 * scopes count, from the inside out. */
static void *resolve(void *list, size_t count, const char *scope, const char *name)
{
	void *hit = *name == '.' ? find(list, count, name) : NULL;
	size_t len = strlen(scope);

	while (*name != '.' && hit == NULL) {
		char *full_name = spur_strfmt("%.*s.%s", (int)len, scope, name);

		hit = find(list, count, full_name);
		free(full_name);
		if (len == 0)
			break;
		while (len > 0 && scope[--len] != '.')
			;
	}
	return hit;
}

static enum spur_status link_fields(struct loader *l, struct spur_proto_message *m)
{
	for (size_t i = 0; i < m->count; i++) {
		struct spur_proto_field *f = &m->fields[i];
		bool nested = f->type == SPUR_PROTO_MESSAGE || f->type == SPUR_PROTO_TYPE_GROUP;

		if (f->type_name == NULL && (nested || f->type == SPUR_PROTO_ENUM))
			return broken(l, f->name);
		if (nested)
			f->message = resolve(l->messages, l->message_count, m->name, f->type_name);
		else if (f->type == SPUR_PROTO_ENUM)
			f->enumeration = resolve(l->enums, l->enum_count, m->name, f->type_name);
		if (nested && f->message == NULL)
			return spur_fail(l->err, SPUR_EUNSUPPORTED, "type %s of field %s is not in the schema", f->type_name, f->name);
	}
	return SPUR_OK;
}

static enum spur_status load_all(struct loader *l, struct spur_proto_bytes b, const char *root,
				 const struct spur_proto_message **out)
{
	enum spur_status st = SPUR_OK, end;
	struct spur_proto_item i;
	char *name;

	while (st >= 0 && (end = spur_proto_next(&b, &i)) == SPUR_OK) {
		if (i.number == 1 && i.wire == SPUR_PROTO_BYTES)
			st = load_file(l, i.bytes);
	}
	if (st < 0 || end < 0)
		return st < 0 ? st : broken(l, "the set of files");
	if (l->message_count > 0)
		qsort(l->messages, l->message_count, sizeof(*l->messages), by_name);
	if (l->enum_count > 0)
		qsort(l->enums, l->enum_count, sizeof(*l->enums), by_name);
	for (size_t k = 0; k < l->message_count && st >= 0; k++)
		st = link_fields(l, l->messages[k]);
	if (st < 0)
		return st;
	name = spur_strfmt(".%s", *root == '.' ? root + 1 : root);
	*out = find(l->messages, l->message_count, name);
	free(name);
	return *out != NULL ? SPUR_OK : spur_fail(l->err, SPUR_EUNSUPPORTED, "message %s is not in its own schema", root);
}

enum spur_status spur_proto_load(const void *set, size_t len, const char *root, struct spur_arena *arena,
				 const struct spur_proto_message **out, struct spur_error *err)
{
	struct loader l = { .arena = arena, .err = err };
	enum spur_status st = load_all(&l, (struct spur_proto_bytes){ set, len }, root, out);

	free(l.messages);
	free(l.enums);
	return st;
}

const struct spur_proto_field *spur_proto_field_of(const struct spur_proto_message *m, uint32_t number)
{
	/* Fields are nearly always numbered from 1 in order. */
	if (number >= 1 && number <= m->count && m->fields[number - 1].number == number)
		return &m->fields[number - 1];
	for (size_t i = 0; i < m->count; i++) {
		if (m->fields[i].number == number)
			return &m->fields[i];
	}
	return NULL;
}

const char *spur_proto_enum_name(const struct spur_proto_enum *e, int32_t number)
{
	for (size_t i = 0; e != NULL && i < e->count; i++) {
		if (e->values[i].number == number)
			return e->values[i].name;
	}
	return NULL;
}
