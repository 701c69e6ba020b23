#include "config.h"

#include "decode/rosmsg.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define MEMBERS_MAX 65536u	/* of all types of one schema */
#define TYPES_MAX 4096u
#define RULE_MIN 10u		/* '=' in a line that separates types; ROS writes 80 */

struct parser {
	enum spur_rosmsg_dialect dialect;
	struct spur_arena *arena;
	struct spur_error *err;
	uint32_t line;
	struct spur_shape **types;	/* [0] is the root; the rest in order of the text */
	size_t type_count;
	struct spur_member *pending;	/* of the type being read */
	size_t pending_count, member_count;
};

struct span {
	const char *s;
	size_t len;
};

static struct span trim(struct span v)
{
	while (v.len > 0 && isspace((unsigned char)v.s[0])) {
		v.s++;
		v.len--;
	}
	while (v.len > 0 && isspace((unsigned char)v.s[v.len - 1]))
		v.len--;
	return v;
}

/* The first word of *rest, which keeps what follows. */
static struct span word(struct span *rest)
{
	struct span w;

	*rest = trim(*rest);
	w = *rest;
	w.len = 0;
	while (w.len < rest->len && !isspace((unsigned char)rest->s[w.len]))
		w.len++;
	rest->s += w.len;
	rest->len -= w.len;
	*rest = trim(*rest);
	return w;
}

static bool is(struct span v, const char *s)
{
	return v.len == strlen(s) && memcmp(v.s, s, v.len) == 0;
}

static enum spur_status full(struct parser *p)
{
	return spur_fail(p->err, SPUR_ENOMEM, "schema line %u: the schema is larger than is sane", p->line);
}

/* "pkg/msg/Type" is "pkg/Type"; the arena's copy, NULL when it is full. */
static char *plain_name(struct parser *p, struct span v)
{
	char *s = spur_arena_strn(p->arena, v.s, v.len), *mid;

	for (const char *const *kind = (const char *const[]){ "/msg/", "/srv/", "/action/", NULL }; s != NULL && *kind != NULL;
	     kind++) {
		if ((mid = strstr(s, *kind)) != NULL)
			memmove(mid, mid + strlen(*kind) - 1, strlen(mid + strlen(*kind) - 1) + 1);
	}
	return s;
}

static bool prim_of(const struct parser *p, struct span v, enum spur_prim *out)
{
	static const struct {
		const char *name;
		enum spur_prim prim;
	} names[] = {
		{ "bool", SPUR_PRIM_BOOL }, { "int8", SPUR_PRIM_I8 }, { "uint8", SPUR_PRIM_U8 },
		{ "int16", SPUR_PRIM_I16 }, { "uint16", SPUR_PRIM_U16 }, { "int32", SPUR_PRIM_I32 },
		{ "uint32", SPUR_PRIM_U32 }, { "int64", SPUR_PRIM_I64 }, { "uint64", SPUR_PRIM_U64 },
		{ "float32", SPUR_PRIM_F32 }, { "float64", SPUR_PRIM_F64 }, { "string", SPUR_PRIM_TEXT },
		{ "char", SPUR_PRIM_U8 }, { "wstring", SPUR_PRIM_WTEXT },
	};

	if (is(v, "byte")) {
		*out = p->dialect == SPUR_ROSMSG_1 ? SPUR_PRIM_I8 : SPUR_PRIM_U8;
		return true;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (is(v, names[i].name)) {
			*out = names[i].prim;
			return true;
		}
	}
	return false;
}

/* A count in a type: digits only, 32 bits. */
static bool count_of(struct span v, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < v.len; i++) {
		if (!isdigit((unsigned char)v.s[i]) || (*out = *out * 10 + (uint64_t)(v.s[i] - '0')) > UINT32_MAX)
			return false;
	}
	return v.len > 0;
}

/* "T[]", "T[N]", "T[<=N]": cuts the bracket off type. */
static enum spur_status take_extent(struct parser *p, struct span *type, struct spur_member *m)
{
	const char *open = memchr(type->s, '[', type->len);
	struct span in;

	if (open == NULL)
		return SPUR_OK;
	in = (struct span){ open + 1, (size_t)(type->s + type->len - open - 1) };
	if (in.len == 0 || in.s[in.len - 1] != ']')
		return spur_fail(p->err, SPUR_EFORMAT, "schema line %u: '[' without ']'", p->line);
	in.len--;
	type->len = (size_t)(open - type->s);
	m->extent = SPUR_SEQUENCE;
	if (in.len == 0)
		return SPUR_OK;
	if (in.len > 2 && memcmp(in.s, "<=", 2) == 0)
		in = (struct span){ in.s + 2, in.len - 2 };
	else
		m->extent = SPUR_FIXED;
	if (!count_of(in, &m->length))
		return spur_fail(p->err, SPUR_EFORMAT, "schema line %u: '%.*s' is no array length", p->line,
				 (int)(in.len < 40 ? in.len : 40), in.s);
	return SPUR_OK;
}

/* "string<=N": the bound does not change the wire. */
static void drop_text_bound(struct span *type)
{
	const char *bound = memchr(type->s, '<', type->len);

	if (bound != NULL)
		type->len = (size_t)(bound - type->s);
}

static bool is_identifier(struct span v)
{
	for (size_t i = 0; i < v.len; i++) {
		if (!isalnum((unsigned char)v.s[i]) && v.s[i] != '_')
			return false;
	}
	return v.len > 0;
}

static enum spur_status add_member(struct parser *p, struct span type, struct span name)
{
	struct spur_member m = { .line = p->line };
	enum spur_status st = take_extent(p, &type, &m);

	if (st < 0)
		return st;
	drop_text_bound(&type);
	if (!is_identifier(name))
		return spur_fail(p->err, SPUR_EFORMAT, "schema line %u: '%.*s' is no field name", p->line,
				 (int)(name.len < 40 ? name.len : 40), name.s);
	if (!prim_of(p, type, &m.prim)) {
		m.prim = SPUR_PRIM_STRUCT;
		if ((m.type_name = plain_name(p, type)) == NULL)
			return full(p);
	}
	if ((m.name = spur_arena_strn(p->arena, name.s, name.len)) == NULL || p->member_count >= MEMBERS_MAX)
		return full(p);
	if ((p->pending_count & (p->pending_count - 1)) == 0)
		p->pending = spur_realloc(p->pending, p->pending_count == 0 ? 1 : 2 * p->pending_count, sizeof(m));
	p->pending[p->pending_count++] = m;
	p->member_count++;
	return SPUR_OK;
}

/* One line of a type: empty, comment, constant, or field (with a default, which the wire does not have). */
static enum spur_status take_line(struct parser *p, struct span line)
{
	struct span rest = trim(line), type, name;
	const char *eq;

	if (rest.len == 0 || rest.s[0] == '#')
		return SPUR_OK;
	if (is(rest, "---"))
		return spur_fail(p->err, SPUR_EUNSUPPORTED, "schema line %u: '---' starts the reply of a service", p->line);
	type = word(&rest);
	name = rest;
	if ((eq = memchr(type.s, '#', type.len)) != NULL)
		return spur_fail(p->err, SPUR_EFORMAT, "schema line %u: a type without a field name", p->line);
	for (name.len = 0; name.len < rest.len && (isalnum((unsigned char)rest.s[name.len]) || rest.s[name.len] == '_');)
		name.len++;
	rest = trim((struct span){ rest.s + name.len, rest.len - name.len });
	if (rest.len > 0 && rest.s[0] == '=')
		return SPUR_OK;	/* a constant */
	if (rest.len > 0 && rest.s[0] != '#' && (p->dialect == SPUR_ROSMSG_1 || name.len == 0))
		return spur_fail(p->err, SPUR_EFORMAT, "schema line %u: '%.*s' after a field", p->line,
				 (int)(rest.len < 40 ? rest.len : 40), rest.s);
	return add_member(p, type, name);
}

static enum spur_status begin_type(struct parser *p, struct span name)
{
	struct spur_shape *s = spur_arena_alloc(p->arena, sizeof(*s));

	if (s == NULL || (s->name = plain_name(p, name)) == NULL || p->type_count >= TYPES_MAX)
		return full(p);
	if ((p->type_count & (p->type_count - 1)) == 0)
		p->types = spur_realloc(p->types, p->type_count == 0 ? 1 : 2 * p->type_count, sizeof(*p->types));
	p->types[p->type_count++] = s;
	return SPUR_OK;
}

static enum spur_status end_type(struct parser *p)
{
	struct spur_shape *s = p->types[p->type_count - 1];

	s->members = spur_arena_array(p->arena, p->pending_count + 1, sizeof(*s->members));
	if (s->members == NULL)
		return full(p);
	if (p->pending_count > 0)
		memcpy(s->members, p->pending, p->pending_count * sizeof(*s->members));
	s->count = p->pending_count;
	p->pending_count = 0;
	return SPUR_OK;
}

static bool is_rule(struct span line)
{
	line = trim(line);
	for (size_t i = 0; i < line.len; i++) {
		if (line.s[i] != '=')
			return false;
	}
	return line.len >= RULE_MIN;
}

static enum spur_status read_text(struct parser *p, const char *text, size_t len)
{
	enum spur_status st = SPUR_OK;
	bool headed = true;	/* false between a rule and its MSG line */

	for (size_t at = 0; at < len && st >= 0;) {
		const char *nl = memchr(text + at, '\n', len - at);
		struct span line = { text + at, nl == NULL ? len - at : (size_t)(nl - text - (ptrdiff_t)at) }, rest = trim(line);

		at += line.len + 1;
		p->line++;
		if (is_rule(line)) {
			st = headed ? end_type(p) : SPUR_OK;
			headed = false;
		} else if (!headed && rest.len > 4 && memcmp(rest.s, "MSG:", 4) == 0) {
			st = begin_type(p, trim((struct span){ rest.s + 4, rest.len - 4 }));
			headed = true;
		} else if (!headed && rest.len > 0) {
			st = spur_fail(p->err, SPUR_EFORMAT, "schema line %u: 'MSG: pkg/Type' expected", p->line);
		} else {
			st = headed ? take_line(p, line) : SPUR_OK;
		}
	}
	return st < 0 || !headed ? st : end_type(p);
}

static struct spur_shape *find_named(const struct parser *p, const char *name, size_t len, const char *tail)
{
	for (size_t i = 0; i < p->type_count; i++) {
		const char *n = p->types[i]->name;

		if (strncmp(n, name, len) == 0 && strcmp(n + len, tail) == 0)
			return p->types[i];
	}
	return NULL;
}

/* A struct of two 32-bit numbers: time and duration of either dialect. */
static struct spur_shape *make_stamp(struct parser *p, const char *name, enum spur_prim sec, enum spur_prim frac,
				     const char *frac_name)
{
	struct spur_shape *s = spur_arena_alloc(p->arena, sizeof(*s));
	struct spur_member *m = spur_arena_array(p->arena, 2, sizeof(*m));

	if (s == NULL || m == NULL)
		return NULL;
	m[0] = (struct spur_member){ .name = "sec", .prim = sec };
	m[1] = (struct spur_member){ .name = frac_name, .prim = frac };
	*s = (struct spur_shape){ .name = name, .count = 2, .members = m };
	return s;
}

static struct spur_shape *find_builtin(struct parser *p, const char *name)
{
	const char *base = strrchr(name, '/') == NULL ? name : strrchr(name, '/') + 1;
	bool named = strncmp(name, "builtin_interfaces/", 19) == 0;

	if (p->dialect == SPUR_ROSMSG_1 && strcmp(name, "time") == 0)
		return make_stamp(p, "time", SPUR_PRIM_U32, SPUR_PRIM_U32, "nsec");
	if (p->dialect == SPUR_ROSMSG_1 && strcmp(name, "duration") == 0)
		return make_stamp(p, "duration", SPUR_PRIM_I32, SPUR_PRIM_I32, "nsec");
	if (p->dialect == SPUR_ROSMSG_2 && ((named && strcmp(base, "Time") == 0) || strcmp(name, "time") == 0 ||
					    (named && strcmp(base, "Duration") == 0) || strcmp(name, "duration") == 0))
		return make_stamp(p, "builtin_interfaces/Time", SPUR_PRIM_I32, SPUR_PRIM_U32, "nanosec");
	return NULL;
}

/* In order: the full name, the same package, std_msgs/Header, the built-in ones, any package. */
static struct spur_shape *resolve(struct parser *p, const struct spur_shape *in, const char *name)
{
	const char *slash = strrchr(in->name, '/');
	struct spur_shape *s = find_named(p, name, strlen(name), "");

	if (s == NULL && slash != NULL && strchr(name, '/') == NULL)
		s = find_named(p, in->name, (size_t)(slash + 1 - in->name), name);
	if (s == NULL && strcmp(name, "Header") == 0)
		s = find_named(p, "std_msgs/Header", 15, "");
	if (s == NULL)
		s = find_builtin(p, name);
	for (size_t i = 0; s == NULL && strchr(name, '/') == NULL && i < p->type_count; i++) {
		const char *base = strrchr(p->types[i]->name, '/');

		if (base != NULL && strcmp(base + 1, name) == 0)
			s = p->types[i];
	}
	return s;
}

static enum spur_status resolve_all(struct parser *p)
{
	for (size_t i = 0; i < p->type_count; i++) {
		struct spur_shape *s = p->types[i];

		for (size_t k = 0; k < s->count; k++) {
			struct spur_member *m = &s->members[k];

			if (m->prim == SPUR_PRIM_STRUCT && (m->shape = resolve(p, s, m->type_name)) == NULL)
				return spur_fail(p->err, SPUR_EUNSUPPORTED,
						 "schema line %u: type %s of field %s is not in the schema", m->line,
						 m->type_name, m->name);
		}
	}
	return SPUR_OK;
}

/* CDR has no empty struct: rosidl gives each one a dummy byte. It has no name, so nothing shows it. */
static void fill_empty(struct parser *p)
{
	for (size_t i = 0; p->dialect == SPUR_ROSMSG_2 && i < p->type_count; i++) {
		struct spur_shape *s = p->types[i];

		if (s->count > 0)
			continue;
		s->members[0] = (struct spur_member){ .name = NULL, .prim = SPUR_PRIM_U8 };
		s->count = 1;
	}
}

enum spur_status spur_rosmsg_parse(const char *name, const char *text, size_t len, enum spur_rosmsg_dialect dialect,
				   struct spur_arena *arena, struct spur_shape **root, struct spur_error *err)
{
	struct parser p = { .dialect = dialect, .arena = arena, .err = err };
	enum spur_status st = begin_type(&p, (struct span){ name, strlen(name) });

	*root = NULL;
	if (st < 0 || (st = read_text(&p, text, len)) < 0 || (st = resolve_all(&p)) < 0)
		goto out;
	fill_empty(&p);
	if ((st = spur_shape_layout(p.types[0], err)) < 0)
		goto out;
	*root = p.types[0];
out:
	free(p.pending);
	free(p.types);
	return st;
}
