#include "config.h"

#include "decode/idl_priv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define DECLS_MAX 4096u

enum spur_status idl_broken(struct idl_parser *p, const char *what)
{
	return spur_fail(p->err, SPUR_EFORMAT, "IDL line %u: %s, but there is '%.60s'", p->line, what, p->word);
}

enum spur_status idl_unsupported(struct idl_parser *p, const char *what)
{
	return spur_fail(p->err, SPUR_EUNSUPPORTED, "IDL line %u: %s is not supported", p->line, what);
}

enum spur_status idl_full(struct idl_parser *p)
{
	return spur_fail(p->err, SPUR_ENOMEM, "IDL line %u: the schema is larger than is sane", p->line);
}

/* ---- tokens ---- */

static void skip_line(struct idl_parser *p)
{
	while (p->at < p->end && *p->at != '\n')
		p->at++;
}

static bool starts(const struct idl_parser *p, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(p->end - p->at) >= n && memcmp(p->at, s, n) == 0;
}

static void skip_comment(struct idl_parser *p)
{
	for (p->at += 2; p->at < p->end && !starts(p, "*/"); p->at++)
		p->line += *p->at == '\n';
	p->at += p->end - p->at < 2 ? p->end - p->at : 2;
}

/* Space, comments, preprocessor lines, and the lines that separate the files of ros2idl. */
static void skip_space(struct idl_parser *p)
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

static void take_text(struct idl_parser *p)
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
void idl_next(struct idl_parser *p)
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

		for (unsigned i = 0; i < step && n + 1 < IDL_WORD_MAX; i++)
			p->word[n++] = p->at[i];
		p->at += step;
	}
	p->word[n] = '\0';
}

bool idl_is(const struct idl_parser *p, const char *s)
{
	return p->kind != T_TEXT && strcmp(p->word, s) == 0;
}

bool idl_accept(struct idl_parser *p, const char *s)
{
	if (!idl_is(p, s))
		return false;
	idl_next(p);
	return true;
}

enum spur_status idl_expect(struct idl_parser *p, const char *s)
{
	if (idl_accept(p, s))
		return SPUR_OK;
	return spur_fail(p->err, SPUR_EFORMAT, "IDL line %u: '%s' is expected, but there is '%.60s'", p->line, s, p->word);
}

/* The word at hand, kept, and on to the next token. NULL: it is none. */
char *idl_take_word(struct idl_parser *p)
{
	char *kept = p->kind == T_WORD ? spur_arena_str(p->arena, p->word) : NULL;

	if (kept != NULL)
		idl_next(p);
	return kept;
}

char *idl_scoped(struct idl_parser *p, const char *name)
{
	char *text = *p->scope == '\0' ? spur_strdup(name) : spur_strfmt("%s::%s", p->scope, name);
	char *kept = spur_arena_str(p->arena, text);

	free(text);
	return kept;
}

/* ---- names ---- */

struct idl_decl *idl_add_decl(struct idl_parser *p, enum idl_decl_kind kind, const char *name)
{
	char *full_name = name == NULL ? NULL : idl_scoped(p, name);

	if (full_name == NULL || p->decl_count >= DECLS_MAX)
		return NULL;
	if ((p->decl_count & (p->decl_count - 1)) == 0)
		p->decls = spur_realloc(p->decls, p->decl_count == 0 ? 1 : 2 * p->decl_count, sizeof(*p->decls));
	p->decls[p->decl_count] = (struct idl_decl){ .kind = kind, .name = full_name };
	return &p->decls[p->decl_count++];
}

struct idl_decl *idl_find_full(const struct idl_parser *p, const char *scope, size_t scope_len, const char *name)
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
struct idl_decl *idl_find(const struct idl_parser *p, const char *scope, const char *name)
{
	size_t len = strlen(scope);
	struct idl_decl *d = NULL;

	if (strncmp(name, "::", 2) == 0)
		return idl_find_full(p, "", 0, name + 2);
	while ((d = idl_find_full(p, scope, len, name)) == NULL && len > 0) {
		while (len > 0 && scope[len - 1] != ':')
			len--;
		len -= len >= 2 ? 2 : len;
	}
	return d;
}

/* An integer: a literal or the name of a constant. */
enum spur_status idl_take_integer(struct idl_parser *p, int64_t *out)
{
	bool minus = idl_accept(p, "-");
	const struct idl_decl *d;
	char *end;

	if (p->kind == T_NUMBER) {
		*out = (int64_t)strtoull(p->word, &end, 0);
		if (*end != '\0')
			return idl_broken(p, "a whole number is expected");
	} else {
		d = p->kind == T_WORD ? idl_find(p, p->scope, p->word) : NULL;
		if (idl_is(p, "TRUE") || idl_is(p, "FALSE"))
			*out = idl_is(p, "TRUE");
		else if (d != NULL && d->kind == DECL_CONST)
			*out = d->value;
		else
			return idl_broken(p, "a number or a constant is expected");
	}
	idl_next(p);
	*out = minus ? (int64_t)(0 - (uint64_t)*out) : *out;
	return SPUR_OK;
}

/* ---- annotations ---- */

static void skip_parens(struct idl_parser *p)
{
	unsigned open = 1;

	while (open > 0 && p->kind != T_END) {
		open += idl_is(p, "(");
		open -= idl_is(p, ")");
		idl_next(p);
	}
}

static enum spur_extensibility ext_named(const char *s)
{
	return strcmp(s, "final") == 0 || strcmp(s, "FINAL") == 0 ? SPUR_EXT_FINAL :
	       strcmp(s, "appendable") == 0 || strcmp(s, "APPENDABLE") == 0 ? SPUR_EXT_APPENDABLE :
	       strcmp(s, "mutable") == 0 || strcmp(s, "MUTABLE") == 0 ? SPUR_EXT_MUTABLE : SPUR_EXT_UNSAID;
}

/* One "@name" or "@name(…)"; pos is behind the '@'. */
static enum spur_status take_note(struct idl_parser *p, struct idl_notes *n)
{
	char name[IDL_WORD_MAX];
	int64_t v = 0;
	enum spur_status st;

	memcpy(name, p->word, sizeof(name));
	idl_next(p);
	if (ext_named(name) != SPUR_EXT_UNSAID)
		n->ext = ext_named(name);
	if (strcmp(name, "optional") == 0)
		n->optional = true;
	if (!idl_accept(p, "("))
		return SPUR_OK;
	if (strcmp(name, "extensibility") == 0) {
		n->ext = ext_named(p->word);
	} else if (strcmp(name, "id") == 0 || strcmp(name, "bit_bound") == 0) {
		if ((st = idl_take_integer(p, &v)) < 0)
			return st;
		n->has_id = n->has_id || name[0] == 'i';
		*(name[0] == 'i' ? &n->id : &n->bit_bound) = v;
	} else if (strcmp(name, "optional") == 0) {
		n->optional = !idl_is(p, "FALSE");
	} else if (strcmp(name, "autoid") == 0 && idl_is(p, "HASH")) {
		return idl_unsupported(p, "@autoid(HASH)");
	}
	skip_parens(p);
	return SPUR_OK;
}

enum spur_status idl_take_notes(struct idl_parser *p, struct idl_notes *n)
{
	enum spur_status st = SPUR_OK;

	*n = (struct idl_notes){ 0 };
	while (st >= 0 && idl_accept(p, "@"))
		st = take_note(p, n);
	return st;
}
