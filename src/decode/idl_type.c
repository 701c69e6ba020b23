#include "config.h"

#include "decode/idl_priv.h"

#include <string.h>

#include "base/buf.h"

/* A struct that is not shown, around an array that is an element itself. */
static enum spur_status wrap(struct idl_parser *p, struct spur_member *m)
{
	struct spur_shape *s = spur_arena_alloc(p->arena, sizeof(*s));
	struct spur_member *inner = spur_arena_alloc(p->arena, sizeof(*inner));

	if (s == NULL || inner == NULL || p->carrier_count >= IDL_MEMBERS_MAX)
		return idl_full(p);
	*inner = *m;
	inner->name = "";
	*s = (struct spur_shape){ .name = "array", .count = 1, .members = inner, .transparent = true, .ext = SPUR_EXT_FINAL };
	if ((p->carrier_count & (p->carrier_count - 1)) == 0)
		p->carriers = spur_realloc(p->carriers, p->carrier_count == 0 ? 1 : 2 * p->carrier_count, sizeof(*p->carriers));
	p->carriers[p->carrier_count++] = s;
	m->prim = SPUR_PRIM_STRUCT;
	m->shape = s;
	m->type_name = NULL;
	m->extent = SPUR_ONE;
	m->length = 0;
	return SPUR_OK;
}

/* The words of a number type; "unsigned long long" is three. */
bool idl_take_prim(struct idl_parser *p, enum spur_prim *out)
{
	static const struct {
		const char *name;
		enum spur_prim prim;
	} names[] = {
		{ "boolean", SPUR_PRIM_BOOL }, { "octet", SPUR_PRIM_U8 }, { "char", SPUR_PRIM_U8 }, { "int8", SPUR_PRIM_I8 },
		{ "uint8", SPUR_PRIM_U8 }, { "int16", SPUR_PRIM_I16 }, { "uint16", SPUR_PRIM_U16 }, { "int32", SPUR_PRIM_I32 },
		{ "uint32", SPUR_PRIM_U32 }, { "int64", SPUR_PRIM_I64 }, { "uint64", SPUR_PRIM_U64 },
		{ "short", SPUR_PRIM_I16 }, { "float", SPUR_PRIM_F32 }, { "double", SPUR_PRIM_F64 },
	};
	bool is_unsigned = idl_accept(p, "unsigned");

	if (idl_accept(p, "long")) {
		bool wide = idl_accept(p, "long");

		*out = wide ? (is_unsigned ? SPUR_PRIM_U64 : SPUR_PRIM_I64) : is_unsigned ? SPUR_PRIM_U32 : SPUR_PRIM_I32;
		return true;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!idl_accept(p, names[i].name))
			continue;
		*out = is_unsigned && names[i].prim == SPUR_PRIM_I16 ? SPUR_PRIM_U16 : names[i].prim;
		return true;
	}
	return false;
}

/* sequence<T>, sequence<T, N>; the word is behind us. */
static enum spur_status take_sequence(struct idl_parser *p, struct spur_member *m, unsigned depth)
{
	int64_t bound = 0;
	enum spur_status st;

	if ((st = idl_expect(p, "<")) < 0 || (st = idl_take_type(p, m, depth + 1)) < 0)
		return st;
	if (m->extent != SPUR_ONE && (st = wrap(p, m)) < 0)
		return st;
	if (idl_accept(p, ",") && (st = idl_take_integer(p, &bound)) < 0)
		return st;
	m->extent = SPUR_SEQUENCE;
	m->length = (uint64_t)bound;
	return idl_expect(p, ">");
}

enum spur_status idl_take_type(struct idl_parser *p, struct spur_member *m, unsigned depth)
{
	int64_t bound;
	enum spur_status st;

	if (depth > IDL_TYPE_DEPTH)
		return idl_unsupported(p, "a type nested this deep");
	m->line = p->line;
	m->extent = SPUR_ONE;
	if (idl_accept(p, "sequence"))
		return take_sequence(p, m, depth);
	if (idl_is(p, "string") || idl_is(p, "wstring")) {
		m->prim = idl_is(p, "string") ? SPUR_PRIM_TEXT : SPUR_PRIM_WTEXT;
		idl_next(p);
		if (idl_accept(p, "<") && ((st = idl_take_integer(p, &bound)) < 0 || (st = idl_expect(p, ">")) < 0))
			return st;
		return SPUR_OK;
	}
	if (idl_is(p, "map") || idl_is(p, "any") || idl_is(p, "fixed") || idl_is(p, "wchar") || idl_is(p, "Object"))
		return idl_unsupported(p, p->word);
	if (idl_take_prim(p, &m->prim))
		return idl_is(p, "double") ? idl_unsupported(p, "long double") : SPUR_OK;
	m->prim = SPUR_PRIM_STRUCT;
	m->scope = p->scope;
	m->type_name = idl_take_word(p);
	return m->type_name != NULL ? SPUR_OK : idl_broken(p, "a type is expected");
}

/* The name and the dimensions of one declarator; more than one dimension is one long array. */
enum spur_status idl_take_declarator(struct idl_parser *p, struct spur_member *m)
{
	uint64_t total = 1;
	bool array = false;
	enum spur_status st;
	int64_t n;

	if ((m->name = idl_take_word(p)) == NULL)
		return idl_broken(p, "a name is expected");
	while (idl_accept(p, "[")) {
		if ((st = idl_take_integer(p, &n)) < 0 || (st = idl_expect(p, "]")) < 0)
			return st;
		if (n <= 0 || n > UINT32_MAX || total > UINT32_MAX / (uint64_t)n)
			return idl_broken(p, "an array length that fits is expected");
		total *= (uint64_t)n;
		array = true;
	}
	if (!array)
		return SPUR_OK;
	if (m->extent != SPUR_ONE) {
		const char *name = m->name;

		if ((st = wrap(p, m)) < 0)
			return st;
		m->name = name;
	}
	m->extent = SPUR_FIXED;
	m->length = total;
	return SPUR_OK;
}

/* ---- what names mean ---- */

static enum spur_status resolve(struct idl_parser *p, struct spur_member *m, unsigned depth)
{
	struct idl_decl *d;
	struct spur_member type;
	enum spur_status st;

	if (m->type_name == NULL)
		return SPUR_OK;
	if ((d = idl_find(p, m->scope, m->type_name)) == NULL || d->kind == DECL_CONST)
		return spur_fail(p->err, SPUR_EUNSUPPORTED, "IDL line %u: type %s is not in the schema", m->line, m->type_name);
	if (depth > IDL_TYPE_DEPTH)
		return spur_fail(p->err, SPUR_EFORMAT, "IDL line %u: typedef %s leads to itself", m->line, m->type_name);
	if (d->kind == DECL_TYPEDEF && (st = resolve(p, &d->type, depth + 1)) < 0)
		return st;
	type = d->type;
	m->type_name = NULL;
	if (d->kind == DECL_STRUCT) {
		m->shape = d->shape;
		return SPUR_OK;
	}
	if (type.extent != SPUR_ONE && m->extent != SPUR_ONE && (st = wrap(p, &type)) < 0)
		return st;
	m->prim = type.prim;
	m->shape = type.shape;
	if (type.extent != SPUR_ONE) {
		m->extent = type.extent;
		m->length = type.length;
	}
	return SPUR_OK;
}

enum spur_status idl_resolve_all(struct idl_parser *p)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < p->decl_count && st >= 0; i++) {
		struct spur_shape *s = p->decls[i].shape;

		for (size_t k = 0; s != NULL && k < s->count && st >= 0; k++)
			st = resolve(p, &s->members[k], 0);
	}
	for (size_t i = 0; i < p->carrier_count && st >= 0; i++)
		st = resolve(p, &p->carriers[i]->members[0], 0);
	return st;
}

/* "pkg/msg/T" is pkg::msg::T; a name alone may be anywhere, if it is only there. */
enum spur_status idl_find_root(struct idl_parser *p, const char *name, struct spur_shape **root)
{
	struct spur_buf full_name = { 0 };
	const struct idl_decl *d;
	size_t hits = 0;

	for (; *name != '\0'; name++)
		spur_buf_adds(&full_name, *name == '/' ? "::" : (const char[]){ *name, '\0' });
	d = idl_find_full(p, "", 0, spur_buf_text(&full_name));
	if (d != NULL && d->kind == DECL_STRUCT)
		*root = d->shape;
	for (size_t i = 0; *root == NULL && i < p->decl_count; i++) {
		const char *colon = strrchr(p->decls[i].name, ':');

		if (p->decls[i].kind == DECL_STRUCT && colon != NULL && strcmp(colon + 1, spur_buf_text(&full_name)) == 0 && hits++ == 0)
			d = &p->decls[i];
	}
	if (*root == NULL && hits == 1)
		*root = d->shape;
	if (*root == NULL)
		spur_fail(p->err, SPUR_EUNSUPPORTED, "type %s is not in its own schema", spur_buf_text(&full_name));
	spur_buf_finish(&full_name);
	return *root == NULL ? SPUR_EUNSUPPORTED : SPUR_OK;
}
