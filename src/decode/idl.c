#include "config.h"

#include "decode/idl_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define MODULE_DEPTH 32u

struct member_list {
	struct spur_member *m;
	size_t count;
};

static enum spur_status add_member(struct idl_parser *p, struct member_list *l, const struct spur_member *m)
{
	if (p->member_count++ >= IDL_MEMBERS_MAX)
		return idl_full(p);
	if ((l->count & (l->count - 1)) == 0)
		l->m = spur_realloc(l->m, l->count == 0 ? 1 : 2 * l->count, sizeof(*m));
	l->m[l->count++] = *m;
	return SPUR_OK;
}

static enum spur_status keep_members(struct idl_parser *p, struct spur_shape *s, struct member_list *l)
{
	s->members = spur_arena_array(p->arena, l->count, sizeof(*s->members));
	if (s->members == NULL)
		return idl_full(p);
	if (l->count > 0)
		memcpy(s->members, l->m, l->count * sizeof(*l->m));
	s->count = l->count;
	return SPUR_OK;
}

/* "T a, b[3];" */
static enum spur_status take_members(struct idl_parser *p, struct member_list *l, uint32_t *next_id)
{
	struct spur_member type = { 0 };
	struct idl_notes n;
	enum spur_status st;

	if ((st = idl_take_notes(p, &n)) < 0 || (st = idl_take_type(p, &type, 0)) < 0)
		return st;
	do {
		struct spur_member m = type;

		if ((st = idl_take_declarator(p, &m)) < 0)
			return st;
		m.optional = n.optional;
		m.id = n.has_id ? (uint32_t)n.id : *next_id;
		*next_id = m.id + 1;
		if ((st = add_member(p, l, &m)) < 0)
			return st;
	} while (idl_accept(p, ","));
	return idl_expect(p, ";");
}

static enum spur_status take_struct(struct idl_parser *p, enum spur_extensibility ext)
{
	struct member_list l = { 0 };
	char *name = idl_take_word(p);
	struct spur_shape *s = spur_arena_alloc(p->arena, sizeof(*s));
	enum spur_status st = SPUR_OK;
	uint32_t id = 0;
	struct idl_decl *d;

	if (name == NULL || idl_accept(p, ";"))	/* a forward declaration says nothing */
		return name == NULL ? idl_broken(p, "the name of a struct is expected") : SPUR_OK;
	if (idl_is(p, ":"))
		return idl_unsupported(p, "a struct that inherits");
	if (s == NULL || (d = idl_add_decl(p, DECL_STRUCT, name)) == NULL)
		return idl_full(p);
	*s = (struct spur_shape){ .name = d->name, .ext = ext };
	d->shape = s;
	st = idl_expect(p, "{");
	while (st >= 0 && !idl_is(p, "}"))
		st = p->kind == T_END ? idl_broken(p, "'}' is expected") : take_members(p, &l, &id);
	if (st >= 0)
		st = keep_members(p, s, &l);
	free(l.m);
	return st < 0 ? st : idl_expect(p, "}");
}

/* "case 1: case 2: T name;" or "default: T name;" */
static enum spur_status take_case(struct idl_parser *p, struct member_list *l)
{
	struct spur_member m = { 0 };
	int64_t labels[256];
	int64_t *kept;
	struct idl_notes n;
	enum spur_status st;

	while (idl_is(p, "case") || idl_is(p, "default")) {
		bool by_default = idl_is(p, "default");

		idl_next(p);
		if (m.label_count >= sizeof(labels) / sizeof(labels[0]))
			return idl_full(p);
		if (by_default)
			m.is_default = true;
		else if ((st = idl_take_integer(p, &labels[m.label_count++])) < 0)
			return st;
		if ((st = idl_expect(p, ":")) < 0)
			return st;
	}
	if (m.label_count == 0 && !m.is_default)
		return idl_broken(p, "'case' is expected");
	if ((kept = spur_arena_array(p->arena, m.label_count, sizeof(*kept))) == NULL)
		return idl_full(p);
	memcpy(kept, labels, m.label_count * sizeof(*kept));
	m.labels = kept;
	if ((st = idl_take_notes(p, &n)) < 0 || (st = idl_take_type(p, &m, 0)) < 0 || (st = idl_take_declarator(p, &m)) < 0)
		return st;
	if ((st = add_member(p, l, &m)) < 0)
		return st;
	return idl_expect(p, ";");
}

static enum spur_status take_discriminator(struct idl_parser *p, enum spur_prim *out)
{
	const struct idl_decl *d;
	struct idl_notes n;
	enum spur_status st;

	if ((st = idl_expect(p, "switch")) < 0 || (st = idl_expect(p, "(")) < 0 || (st = idl_take_notes(p, &n)) < 0)
		return st;
	if (!idl_take_prim(p, out)) {
		d = p->kind == T_WORD ? idl_find(p, p->scope, p->word) : NULL;
		if (d == NULL || (d->kind != DECL_ENUM && d->kind != DECL_TYPEDEF) || d->type.extent != SPUR_ONE ||
		    spur_prim_size(d->type.prim) == 0)
			return idl_broken(p, "a number type or an enum is expected");
		*out = d->type.prim;
		idl_next(p);
	}
	return idl_expect(p, ")");
}

static enum spur_status take_union(struct idl_parser *p, enum spur_extensibility ext)
{
	struct member_list l = { 0 };
	char *name = idl_take_word(p);
	struct spur_shape *s = spur_arena_alloc(p->arena, sizeof(*s));
	enum spur_status st;
	struct idl_decl *d;

	if (name == NULL || idl_accept(p, ";"))
		return name == NULL ? idl_broken(p, "the name of a union is expected") : SPUR_OK;
	if (s == NULL || (d = idl_add_decl(p, DECL_STRUCT, name)) == NULL)
		return idl_full(p);
	*s = (struct spur_shape){ .name = d->name, .ext = ext, .is_union = true };
	d->shape = s;
	if ((st = take_discriminator(p, &s->discriminator)) >= 0)
		st = idl_expect(p, "{");
	while (st >= 0 && !idl_is(p, "}"))
		st = p->kind == T_END ? idl_broken(p, "'}' is expected") : take_case(p, &l);
	if (st >= 0)
		st = keep_members(p, s, &l);
	free(l.m);
	return st < 0 ? st : idl_expect(p, "}");
}

/* Enumerators are constants of the scope around the enum. */
static enum spur_status take_enum(struct idl_parser *p, int64_t bit_bound, bool mask)
{
	char *name = idl_take_word(p);
	struct idl_decl *d;
	int64_t value = 0;
	enum spur_status st;

	if (name == NULL || (d = idl_add_decl(p, DECL_ENUM, name)) == NULL)
		return name == NULL ? idl_broken(p, "the name of an enum is expected") : idl_full(p);
	if (bit_bound == 0)
		bit_bound = 32;
	d->type.prim = mask ? (bit_bound <= 8 ? SPUR_PRIM_U8 : bit_bound <= 16 ? SPUR_PRIM_U16 :
			       bit_bound <= 32 ? SPUR_PRIM_U32 : SPUR_PRIM_U64) :
		       bit_bound <= 8 ? SPUR_PRIM_I8 : bit_bound <= 16 ? SPUR_PRIM_I16 : SPUR_PRIM_I32;
	if ((st = idl_expect(p, "{")) < 0)
		return st;
	while (!idl_is(p, "}")) {
		struct idl_notes n;
		char *one;

		if ((st = idl_take_notes(p, &n)) < 0)
			return st;
		if ((one = idl_take_word(p)) == NULL || (d = idl_add_decl(p, DECL_CONST, one)) == NULL)
			return one == NULL ? idl_broken(p, "an enumerator is expected") : idl_full(p);
		d->value = value;
		if (idl_accept(p, "=") && (st = idl_take_integer(p, &d->value)) < 0)
			return st;
		value = (int64_t)((uint64_t)d->value + 1);
		if (!idl_accept(p, ",") && !idl_is(p, "}"))
			return idl_broken(p, "',' or '}' is expected");
	}
	return idl_expect(p, "}");
}

static enum spur_status take_typedef(struct idl_parser *p)
{
	struct spur_member type = { 0 };
	enum spur_status st = idl_take_type(p, &type, 0);

	while (st >= 0) {
		struct spur_member m = type;
		struct idl_decl *d;

		if ((st = idl_take_declarator(p, &m)) < 0)
			return st;
		if ((d = idl_add_decl(p, DECL_TYPEDEF, m.name)) == NULL)
			return idl_full(p);
		d->type = m;
		if (!idl_accept(p, ","))
			break;
	}
	return st;
}

/* "const T NAME = VALUE": only whole numbers are of use here. */
static enum spur_status take_const(struct idl_parser *p)
{
	struct spur_member type = { 0 };
	enum spur_status st = idl_take_type(p, &type, 0);
	struct idl_decl *d;
	char *name;

	if (st < 0)
		return st;
	if ((name = idl_take_word(p)) == NULL)
		return idl_broken(p, "the name of a constant is expected");
	if ((d = idl_add_decl(p, DECL_CONST, name)) == NULL)
		return idl_full(p);
	if ((st = idl_expect(p, "=")) < 0)
		return st;
	if (p->kind == T_NUMBER)
		d->value = (int64_t)strtoull(p->word, NULL, 0);
	while (!idl_is(p, ";") && p->kind != T_END)
		idl_next(p);
	return SPUR_OK;
}

static enum spur_status take_definitions(struct idl_parser *p, bool inside);

static enum spur_status take_module(struct idl_parser *p)
{
	const char *outer = p->scope;
	char *name = idl_take_word(p);
	enum spur_status st;

	if (name == NULL)
		return idl_broken(p, "the name of a module is expected");
	if (p->depth >= MODULE_DEPTH || (name = idl_scoped(p, name)) == NULL)
		return idl_full(p);
	p->depth++;
	p->scope = name;
	if ((st = idl_expect(p, "{")) >= 0)
		st = take_definitions(p, true);
	p->scope = outer;
	p->depth--;
	return st < 0 ? st : idl_expect(p, "}");
}

static enum spur_status take_definition(struct idl_parser *p)
{
	struct idl_notes n;
	enum spur_status st = idl_take_notes(p, &n);

	if (st < 0)
		return st;
	if (idl_accept(p, "module"))
		st = take_module(p);
	else if (idl_accept(p, "struct"))
		st = take_struct(p, n.ext);
	else if (idl_accept(p, "union"))
		st = take_union(p, n.ext);
	else if (idl_accept(p, "enum"))
		st = take_enum(p, n.bit_bound, false);
	else if (idl_accept(p, "bitmask"))
		st = take_enum(p, n.bit_bound, true);
	else if (idl_accept(p, "typedef"))
		st = take_typedef(p);
	else if (idl_accept(p, "const"))
		st = take_const(p);
	else if (!idl_is(p, ";"))
		return idl_broken(p, "a module, struct, union, enum, typedef or const is expected");
	idl_accept(p, ";");
	return st;
}

static enum spur_status take_definitions(struct idl_parser *p, bool inside)
{
	enum spur_status st = SPUR_OK;

	while (st >= 0 && p->kind != T_END && !(inside && idl_is(p, "}")))
		st = take_definition(p);
	return st;
}

enum spur_status spur_idl_parse(const char *name, const char *text, size_t len, struct spur_arena *arena,
				struct spur_shape **root, struct spur_error *err)
{
	struct idl_parser p = { .at = text, .end = text + len, .line = 1, .arena = arena, .err = err, .scope = "" };
	enum spur_status st;

	*root = NULL;
	idl_next(&p);
	if ((st = take_definitions(&p, false)) >= 0 && (st = idl_resolve_all(&p)) >= 0 && (st = idl_find_root(&p, name, root)) >= 0)
		st = spur_shape_layout(*root, err);
	free(p.decls);
	free(p.carriers);
	return st;
}
