#include "config.h"

#include "decode/idl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define DECLS_MAX 4096u
#define MEMBERS_MAX 16384u
#define TYPE_DEPTH 16u		/* sequences in sequences, typedefs of typedefs */
#define MODULE_DEPTH 32u
#define WORD_MAX 256u

enum decl_kind { DECL_STRUCT, DECL_ENUM, DECL_TYPEDEF, DECL_CONST };

struct decl {
	enum decl_kind kind;
	const char *name;		/* "a::b::C" */
	struct spur_shape *shape;	/* of a struct or union */
	struct spur_member type;	/* of a typedef; of an enum: its number */
	int64_t value;			/* of a constant or an enumerator */
	bool resolving;
};

/* What annotations said about the thing that follows. */
struct notes {
	enum spur_extensibility ext;
	bool optional, has_id;
	int64_t id, bit_bound;
};

struct parser {
	const char *at, *end;
	uint32_t line;
	struct spur_arena *arena;
	struct spur_error *err;
	struct decl *decls;
	size_t decl_count;
	struct spur_shape **carriers;	/* transparent ones: their members are resolved too */
	size_t carrier_count, member_count;
	unsigned depth;
	const char *scope;
	char word[WORD_MAX];		/* the token at hand: a word, a number, or one sign; "" at the end */
	enum { T_END, T_WORD, T_NUMBER, T_TEXT, T_SIGN } kind;
};

static enum spur_status broken(struct parser *p, const char *what)
{
	return spur_fail(p->err, SPUR_EFORMAT, "IDL line %u: %s, but there is '%.60s'", p->line, what, p->word);
}

static enum spur_status unsupported(struct parser *p, const char *what)
{
	return spur_fail(p->err, SPUR_EUNSUPPORTED, "IDL line %u: %s is not supported", p->line, what);
}

static enum spur_status full(struct parser *p)
{
	return spur_fail(p->err, SPUR_ENOMEM, "IDL line %u: the schema is larger than is sane", p->line);
}

/* ---- tokens ---- */

static void skip_line(struct parser *p)
{
	while (p->at < p->end && *p->at != '\n')
		p->at++;
}

static bool starts(const struct parser *p, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(p->end - p->at) >= n && memcmp(p->at, s, n) == 0;
}

static void skip_comment(struct parser *p)
{
	for (p->at += 2; p->at < p->end && !starts(p, "*/"); p->at++)
		p->line += *p->at == '\n';
	p->at += p->end - p->at < 2 ? p->end - p->at : 2;
}

/* Space, comments, preprocessor lines, and the lines that separate the files of ros2idl. */
static void skip_space(struct parser *p)
{
	while (p->at < p->end) {
		if (*p->at == '\n')
			p->line++;
		if (isspace((unsigned char)*p->at) || *p->at == '\0')
			p->at++;
		else if (starts(p, "//") || *p->at == '#' || starts(p, "==========") || starts(p, "IDL:"))
			skip_line(p);
		else if (starts(p, "/*"))
			skip_comment(p);
		else
			return;
	}
}

static void take_text(struct parser *p)
{
	char quote = *p->at++;

	for (; p->at < p->end && *p->at != quote; p->at++) {
		p->at += *p->at == '\\' && p->at + 1 < p->end;
		p->line += *p->at == '\n';
	}
	p->at += p->at < p->end;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The next token into p->word. Scoped names are one word. */
static void next(struct parser *p)
{
	size_t n = 0;

	skip_space(p);
	p->word[0] = '\0';
	p->kind = T_END;
	if (p->at >= p->end)
		return;
	if (*p->at == '"' || *p->at == '\'') {
		p->kind = T_TEXT;
		take_text(p);
		return;
	}
	p->kind = isdigit((unsigned char)*p->at) ? T_NUMBER : is_word(*p->at) || starts(p, "::") ? T_WORD : T_SIGN;
	if (p->kind == T_SIGN)
		p->word[n++] = *p->at++;
	while (p->kind != T_SIGN && p->at < p->end &&
	       (is_word(*p->at) || (p->kind == T_NUMBER && *p->at == '.') || (p->kind == T_WORD && starts(p, "::")))) {
		unsigned step = *p->at == ':' ? 2 : 1;

		for (unsigned i = 0; i < step && n + 1 < WORD_MAX; i++)
			p->word[n++] = p->at[i];
		p->at += step;
	}
	p->word[n] = '\0';
}

static bool is(const struct parser *p, const char *s)
{
	return p->kind != T_TEXT && strcmp(p->word, s) == 0;
}

static bool accept(struct parser *p, const char *s)
{
	if (!is(p, s))
		return false;
	next(p);
	return true;
}

static enum spur_status expect(struct parser *p, const char *s)
{
	if (accept(p, s))
		return SPUR_OK;
	return spur_fail(p->err, SPUR_EFORMAT, "IDL line %u: '%s' is expected, but there is '%.60s'", p->line, s, p->word);
}

/* The word at hand, kept, and on to the next token. NULL: it is none. */
static char *take_word(struct parser *p)
{
	char *kept = p->kind == T_WORD ? spur_arena_str(p->arena, p->word) : NULL;

	if (kept != NULL)
		next(p);
	return kept;
}

static char *scoped(struct parser *p, const char *name)
{
	char *text = *p->scope == '\0' ? spur_strdup(name) : spur_strfmt("%s::%s", p->scope, name);
	char *kept = spur_arena_str(p->arena, text);

	free(text);
	return kept;
}

/* ---- names ---- */

static struct decl *add_decl(struct parser *p, enum decl_kind kind, const char *name)
{
	char *full_name = name == NULL ? NULL : scoped(p, name);

	if (full_name == NULL || p->decl_count >= DECLS_MAX)
		return NULL;
	if ((p->decl_count & (p->decl_count - 1)) == 0)
		p->decls = spur_realloc(p->decls, p->decl_count == 0 ? 1 : 2 * p->decl_count, sizeof(*p->decls));
	p->decls[p->decl_count] = (struct decl){ .kind = kind, .name = full_name };
	return &p->decls[p->decl_count++];
}

static struct decl *find_full(const struct parser *p, const char *scope, size_t scope_len, const char *name)
{
	for (size_t i = 0; i < p->decl_count; i++) {
		const char *n = p->decls[i].name;

		if (scope_len == 0 ? strcmp(n, name) == 0 :
		    strncmp(n, scope, scope_len) == 0 && strncmp(n + scope_len, "::", 2) == 0 && strcmp(n + scope_len + 2, name) == 0)
			return &p->decls[i];
	}
	return NULL;
}

/* From the scope outwards, as IDL 7.5 says. */
static struct decl *find(const struct parser *p, const char *scope, const char *name)
{
	size_t len = strlen(scope);
	struct decl *d = NULL;

	if (strncmp(name, "::", 2) == 0)
		return find_full(p, "", 0, name + 2);
	while ((d = find_full(p, scope, len, name)) == NULL && len > 0) {
		while (len > 0 && scope[len - 1] != ':')
			len--;
		len -= len >= 2 ? 2 : len;
	}
	return d;
}

/* An integer: a literal or the name of a constant. */
static enum spur_status take_integer(struct parser *p, int64_t *out)
{
	bool minus = accept(p, "-");
	const struct decl *d;
	char *end;

	if (p->kind == T_NUMBER) {
		*out = (int64_t)strtoull(p->word, &end, 0);
		if (*end != '\0')
			return broken(p, "a whole number is expected");
	} else {
		d = p->kind == T_WORD ? find(p, p->scope, p->word) : NULL;
		if (is(p, "TRUE") || is(p, "FALSE"))
			*out = is(p, "TRUE");
		else if (d != NULL && d->kind == DECL_CONST)
			*out = d->value;
		else
			return broken(p, "a number or a constant is expected");
	}
	next(p);
	*out = minus ? (int64_t)(0 - (uint64_t)*out) : *out;
	return SPUR_OK;
}

/* ---- annotations ---- */

static void skip_parens(struct parser *p)
{
	unsigned open = 1;

	while (open > 0 && p->kind != T_END) {
		open += is(p, "(");
		open -= is(p, ")");
		next(p);
	}
}

static enum spur_extensibility ext_named(const char *s)
{
	return strcmp(s, "final") == 0 || strcmp(s, "FINAL") == 0 ? SPUR_EXT_FINAL :
	       strcmp(s, "appendable") == 0 || strcmp(s, "APPENDABLE") == 0 ? SPUR_EXT_APPENDABLE :
	       strcmp(s, "mutable") == 0 || strcmp(s, "MUTABLE") == 0 ? SPUR_EXT_MUTABLE : SPUR_EXT_UNSAID;
}

/* One "@name" or "@name(…)"; pos is behind the '@'. */
static enum spur_status take_note(struct parser *p, struct notes *n)
{
	char name[WORD_MAX];
	int64_t v = 0;
	enum spur_status st;

	memcpy(name, p->word, sizeof(name));
	next(p);
	if (ext_named(name) != SPUR_EXT_UNSAID)
		n->ext = ext_named(name);
	if (strcmp(name, "optional") == 0)
		n->optional = true;
	if (!accept(p, "("))
		return SPUR_OK;
	if (strcmp(name, "extensibility") == 0) {
		n->ext = ext_named(p->word);
	} else if (strcmp(name, "id") == 0 || strcmp(name, "bit_bound") == 0) {
		if ((st = take_integer(p, &v)) < 0)
			return st;
		n->has_id = n->has_id || name[0] == 'i';
		*(name[0] == 'i' ? &n->id : &n->bit_bound) = v;
	} else if (strcmp(name, "optional") == 0) {
		n->optional = !is(p, "FALSE");
	} else if (strcmp(name, "autoid") == 0 && is(p, "HASH")) {
		return unsupported(p, "@autoid(HASH)");
	}
	skip_parens(p);
	return SPUR_OK;
}

static enum spur_status take_notes(struct parser *p, struct notes *n)
{
	enum spur_status st = SPUR_OK;

	*n = (struct notes){ 0 };
	while (st >= 0 && accept(p, "@"))
		st = take_note(p, n);
	return st;
}

/* ---- types ---- */

/* A struct that is not shown, around an array that is an element itself. */
static enum spur_status wrap(struct parser *p, struct spur_member *m)
{
	struct spur_shape *s = spur_arena_alloc(p->arena, sizeof(*s));
	struct spur_member *inner = spur_arena_alloc(p->arena, sizeof(*inner));

	if (s == NULL || inner == NULL || p->carrier_count >= MEMBERS_MAX)
		return full(p);
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
static bool take_prim(struct parser *p, enum spur_prim *out)
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
	bool is_unsigned = accept(p, "unsigned");

	if (accept(p, "long")) {
		bool wide = accept(p, "long");

		*out = wide ? (is_unsigned ? SPUR_PRIM_U64 : SPUR_PRIM_I64) : is_unsigned ? SPUR_PRIM_U32 : SPUR_PRIM_I32;
		return true;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!accept(p, names[i].name))
			continue;
		*out = is_unsigned && names[i].prim == SPUR_PRIM_I16 ? SPUR_PRIM_U16 : names[i].prim;
		return true;
	}
	return false;
}

static enum spur_status take_type(struct parser *p, struct spur_member *m, unsigned depth);

/* sequence<T>, sequence<T, N>; the word is behind us. */
static enum spur_status take_sequence(struct parser *p, struct spur_member *m, unsigned depth)
{
	int64_t bound = 0;
	enum spur_status st;

	if ((st = expect(p, "<")) < 0 || (st = take_type(p, m, depth + 1)) < 0)
		return st;
	if (m->extent != SPUR_ONE && (st = wrap(p, m)) < 0)
		return st;
	if (accept(p, ",") && (st = take_integer(p, &bound)) < 0)
		return st;
	m->extent = SPUR_SEQUENCE;
	m->length = (uint64_t)bound;
	return expect(p, ">");
}

static enum spur_status take_type(struct parser *p, struct spur_member *m, unsigned depth)
{
	int64_t bound;
	enum spur_status st;

	if (depth > TYPE_DEPTH)
		return unsupported(p, "a type nested this deep");
	m->line = p->line;
	m->extent = SPUR_ONE;
	if (accept(p, "sequence"))
		return take_sequence(p, m, depth);
	if (is(p, "string") || is(p, "wstring")) {
		m->prim = is(p, "string") ? SPUR_PRIM_TEXT : SPUR_PRIM_WTEXT;
		next(p);
		if (accept(p, "<") && ((st = take_integer(p, &bound)) < 0 || (st = expect(p, ">")) < 0))
			return st;
		return SPUR_OK;
	}
	if (is(p, "map") || is(p, "any") || is(p, "fixed") || is(p, "wchar") || is(p, "Object"))
		return unsupported(p, p->word);
	if (take_prim(p, &m->prim))
		return is(p, "double") ? unsupported(p, "long double") : SPUR_OK;
	m->prim = SPUR_PRIM_STRUCT;
	m->scope = p->scope;
	m->type_name = take_word(p);
	return m->type_name != NULL ? SPUR_OK : broken(p, "a type is expected");
}

/* The name and the dimensions of one declarator; more than one dimension is one long array. */
static enum spur_status take_declarator(struct parser *p, struct spur_member *m)
{
	uint64_t total = 1;
	bool array = false;
	enum spur_status st;
	int64_t n;

	if ((m->name = take_word(p)) == NULL)
		return broken(p, "a name is expected");
	while (accept(p, "[")) {
		if ((st = take_integer(p, &n)) < 0 || (st = expect(p, "]")) < 0)
			return st;
		if (n <= 0 || n > UINT32_MAX || total > UINT32_MAX / (uint64_t)n)
			return broken(p, "an array length that fits is expected");
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

/* ---- declarations ---- */

struct member_list {
	struct spur_member *m;
	size_t count;
};

static enum spur_status add_member(struct parser *p, struct member_list *l, const struct spur_member *m)
{
	if (p->member_count++ >= MEMBERS_MAX)
		return full(p);
	if ((l->count & (l->count - 1)) == 0)
		l->m = spur_realloc(l->m, l->count == 0 ? 1 : 2 * l->count, sizeof(*m));
	l->m[l->count++] = *m;
	return SPUR_OK;
}

static enum spur_status keep_members(struct parser *p, struct spur_shape *s, struct member_list *l)
{
	s->members = spur_arena_array(p->arena, l->count + 1, sizeof(*s->members));
	if (s->members == NULL)
		return full(p);
	if (l->count > 0)
		memcpy(s->members, l->m, l->count * sizeof(*l->m));
	s->count = l->count;
	return SPUR_OK;
}

/* "T a, b[3];" */
static enum spur_status take_members(struct parser *p, struct member_list *l, uint32_t *next_id)
{
	struct spur_member type = { 0 };
	struct notes n;
	enum spur_status st;

	if ((st = take_notes(p, &n)) < 0 || (st = take_type(p, &type, 0)) < 0)
		return st;
	do {
		struct spur_member m = type;

		if ((st = take_declarator(p, &m)) < 0)
			return st;
		m.optional = n.optional;
		m.id = n.has_id ? (uint32_t)n.id : *next_id;
		*next_id = m.id + 1;
		if ((st = add_member(p, l, &m)) < 0)
			return st;
	} while (accept(p, ","));
	return expect(p, ";");
}

static enum spur_status take_struct(struct parser *p, enum spur_extensibility ext)
{
	struct member_list l = { 0 };
	char *name = take_word(p);
	struct spur_shape *s = spur_arena_alloc(p->arena, sizeof(*s));
	enum spur_status st = SPUR_OK;
	uint32_t id = 0;
	struct decl *d;

	if (name == NULL || accept(p, ";"))	/* a forward declaration says nothing */
		return name == NULL ? broken(p, "the name of a struct is expected") : SPUR_OK;
	if (is(p, ":"))
		return unsupported(p, "a struct that inherits");
	if (s == NULL || (d = add_decl(p, DECL_STRUCT, name)) == NULL)
		return full(p);
	*s = (struct spur_shape){ .name = d->name, .ext = ext };
	d->shape = s;
	st = expect(p, "{");
	while (st >= 0 && !is(p, "}"))
		st = p->kind == T_END ? broken(p, "'}' is expected") : take_members(p, &l, &id);
	if (st >= 0)
		st = keep_members(p, s, &l);
	free(l.m);
	return st < 0 ? st : expect(p, "}");
}

/* "case 1: case 2: T name;" or "default: T name;" */
static enum spur_status take_case(struct parser *p, struct member_list *l)
{
	struct spur_member m = { 0 };
	int64_t labels[256];
	int64_t *kept;
	struct notes n;
	enum spur_status st;

	while (is(p, "case") || is(p, "default")) {
		bool by_default = is(p, "default");

		next(p);
		if (m.label_count >= sizeof(labels) / sizeof(labels[0]))
			return full(p);
		if (by_default)
			m.is_default = true;
		else if ((st = take_integer(p, &labels[m.label_count++])) < 0)
			return st;
		if ((st = expect(p, ":")) < 0)
			return st;
	}
	if (m.label_count == 0 && !m.is_default)
		return broken(p, "'case' is expected");
	if ((kept = spur_arena_array(p->arena, m.label_count + 1, sizeof(*kept))) == NULL)
		return full(p);
	memcpy(kept, labels, m.label_count * sizeof(*kept));
	m.labels = kept;
	if ((st = take_notes(p, &n)) < 0 || (st = take_type(p, &m, 0)) < 0 || (st = take_declarator(p, &m)) < 0)
		return st;
	if ((st = add_member(p, l, &m)) < 0)
		return st;
	return expect(p, ";");
}

static enum spur_status take_discriminator(struct parser *p, enum spur_prim *out)
{
	const struct decl *d;
	struct notes n;
	enum spur_status st;

	if ((st = expect(p, "switch")) < 0 || (st = expect(p, "(")) < 0 || (st = take_notes(p, &n)) < 0)
		return st;
	if (!take_prim(p, out)) {
		d = p->kind == T_WORD ? find(p, p->scope, p->word) : NULL;
		if (d == NULL || (d->kind != DECL_ENUM && d->kind != DECL_TYPEDEF) || d->type.extent != SPUR_ONE ||
		    spur_prim_size(d->type.prim) == 0)
			return broken(p, "a number type or an enum is expected");
		*out = d->type.prim;
		next(p);
	}
	return expect(p, ")");
}

static enum spur_status take_union(struct parser *p, enum spur_extensibility ext)
{
	struct member_list l = { 0 };
	char *name = take_word(p);
	struct spur_shape *s = spur_arena_alloc(p->arena, sizeof(*s));
	enum spur_status st;
	struct decl *d;

	if (name == NULL || accept(p, ";"))
		return name == NULL ? broken(p, "the name of a union is expected") : SPUR_OK;
	if (s == NULL || (d = add_decl(p, DECL_STRUCT, name)) == NULL)
		return full(p);
	*s = (struct spur_shape){ .name = d->name, .ext = ext, .is_union = true };
	d->shape = s;
	if ((st = take_discriminator(p, &s->discriminator)) >= 0)
		st = expect(p, "{");
	while (st >= 0 && !is(p, "}"))
		st = p->kind == T_END ? broken(p, "'}' is expected") : take_case(p, &l);
	if (st >= 0)
		st = keep_members(p, s, &l);
	free(l.m);
	return st < 0 ? st : expect(p, "}");
}

/* Enumerators are constants of the scope around the enum. */
static enum spur_status take_enum(struct parser *p, int64_t bit_bound, bool mask)
{
	char *name = take_word(p);
	struct decl *d;
	int64_t value = 0;
	enum spur_status st;

	if (name == NULL || (d = add_decl(p, DECL_ENUM, name)) == NULL)
		return name == NULL ? broken(p, "the name of an enum is expected") : full(p);
	if (bit_bound == 0)
		bit_bound = 32;
	d->type.prim = mask ? (bit_bound <= 8 ? SPUR_PRIM_U8 : bit_bound <= 16 ? SPUR_PRIM_U16 :
			       bit_bound <= 32 ? SPUR_PRIM_U32 : SPUR_PRIM_U64) :
		       bit_bound <= 8 ? SPUR_PRIM_I8 : bit_bound <= 16 ? SPUR_PRIM_I16 : SPUR_PRIM_I32;
	if ((st = expect(p, "{")) < 0)
		return st;
	while (!is(p, "}")) {
		struct notes n;
		char *one;

		if ((st = take_notes(p, &n)) < 0)
			return st;
		if ((one = take_word(p)) == NULL || (d = add_decl(p, DECL_CONST, one)) == NULL)
			return one == NULL ? broken(p, "an enumerator is expected") : full(p);
		d->value = value;
		if (accept(p, "=") && (st = take_integer(p, &d->value)) < 0)
			return st;
		value = (int64_t)((uint64_t)d->value + 1);
		if (!accept(p, ",") && !is(p, "}"))
			return broken(p, "',' or '}' is expected");
	}
	return expect(p, "}");
}

static enum spur_status take_typedef(struct parser *p)
{
	struct spur_member type = { 0 };
	enum spur_status st = take_type(p, &type, 0);

	while (st >= 0) {
		struct spur_member m = type;
		struct decl *d;

		if ((st = take_declarator(p, &m)) < 0)
			return st;
		if ((d = add_decl(p, DECL_TYPEDEF, m.name)) == NULL)
			return full(p);
		d->type = m;
		if (!accept(p, ","))
			break;
	}
	return st;
}

/* "const T NAME = VALUE": only whole numbers are of use here. */
static enum spur_status take_const(struct parser *p)
{
	struct spur_member type = { 0 };
	enum spur_status st = take_type(p, &type, 0);
	struct decl *d;
	char *name;

	if (st < 0)
		return st;
	if ((name = take_word(p)) == NULL)
		return broken(p, "the name of a constant is expected");
	if ((d = add_decl(p, DECL_CONST, name)) == NULL)
		return full(p);
	if ((st = expect(p, "=")) < 0)
		return st;
	if (p->kind == T_NUMBER)
		d->value = (int64_t)strtoull(p->word, NULL, 0);
	while (!is(p, ";") && p->kind != T_END)
		next(p);
	return SPUR_OK;
}

static enum spur_status take_definitions(struct parser *p, bool inside);

static enum spur_status take_module(struct parser *p)
{
	const char *outer = p->scope;
	char *name = take_word(p);
	enum spur_status st;

	if (name == NULL)
		return broken(p, "the name of a module is expected");
	if (p->depth >= MODULE_DEPTH || (name = scoped(p, name)) == NULL)
		return full(p);
	p->depth++;
	p->scope = name;
	if ((st = expect(p, "{")) >= 0)
		st = take_definitions(p, true);
	p->scope = outer;
	p->depth--;
	return st < 0 ? st : expect(p, "}");
}

static enum spur_status take_definition(struct parser *p)
{
	struct notes n;
	enum spur_status st = take_notes(p, &n);

	if (st < 0)
		return st;
	if (accept(p, "module"))
		st = take_module(p);
	else if (accept(p, "struct"))
		st = take_struct(p, n.ext);
	else if (accept(p, "union"))
		st = take_union(p, n.ext);
	else if (accept(p, "enum"))
		st = take_enum(p, n.bit_bound, false);
	else if (accept(p, "bitmask"))
		st = take_enum(p, n.bit_bound, true);
	else if (accept(p, "typedef"))
		st = take_typedef(p);
	else if (accept(p, "const"))
		st = take_const(p);
	else if (!is(p, ";"))
		return broken(p, "a module, struct, union, enum, typedef or const is expected");
	accept(p, ";");
	return st;
}

static enum spur_status take_definitions(struct parser *p, bool inside)
{
	enum spur_status st = SPUR_OK;

	while (st >= 0 && p->kind != T_END && !(inside && is(p, "}")))
		st = take_definition(p);
	return st;
}

/* ---- what names mean ---- */

static enum spur_status resolve(struct parser *p, struct spur_member *m, unsigned depth)
{
	struct decl *d;
	struct spur_member type;
	enum spur_status st;

	if (m->type_name == NULL)
		return SPUR_OK;
	if ((d = find(p, m->scope, m->type_name)) == NULL || d->kind == DECL_CONST)
		return spur_fail(p->err, SPUR_EUNSUPPORTED, "IDL line %u: type %s is not in the schema", m->line, m->type_name);
	if (depth > TYPE_DEPTH)
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

static enum spur_status resolve_all(struct parser *p)
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
static enum spur_status find_root(struct parser *p, const char *name, struct spur_shape **root)
{
	struct spur_buf full_name = { 0 };
	const struct decl *d;
	size_t hits = 0;

	for (; *name != '\0'; name++)
		spur_buf_adds(&full_name, *name == '/' ? "::" : (const char[]){ *name, '\0' });
	d = find_full(p, "", 0, spur_buf_text(&full_name));
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

enum spur_status spur_idl_parse(const char *name, const char *text, size_t len, struct spur_arena *arena,
				struct spur_shape **root, struct spur_error *err)
{
	struct parser p = { .at = text, .end = text + len, .line = 1, .arena = arena, .err = err, .scope = "" };
	enum spur_status st;

	*root = NULL;
	next(&p);
	if ((st = take_definitions(&p, false)) >= 0 && (st = resolve_all(&p)) >= 0 && (st = find_root(&p, name, root)) >= 0)
		st = spur_shape_layout(*root, err);
	free(p.decls);
	free(p.carriers);
	return st;
}
