#include "config.h"

#include "query/token.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define EXCERPT 60	/* bytes of the line shown on either side of the caret */

static size_t line_begin(const char *query, size_t at)
{
	while (at > 0 && query[at - 1] != '\n')
		at--;
	return at;
}

static unsigned line_number(const char *query, size_t at)
{
	unsigned n = 1;

	for (size_t i = 0; i < at; i++)
		n += query[i] == '\n';
	return n;
}

enum spur_status spur_query_fail(struct spur_error *err, const char *query, size_t at, const char *fmt, ...)
{
	size_t line = line_begin(query, at), end = line + strcspn(query + line, "\n");
	size_t from = at - line > EXCERPT ? at - EXCERPT : line, to = end - at > EXCERPT ? at + EXCERPT : end;
	struct spur_buf pad = { 0 };
	char what[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	for (size_t i = from; i < at; i++)
		spur_buf_addc(&pad, query[i] == '\t' ? '\t' : ' ');
	spur_fail(err, SPUR_EINVAL, "query line %u, column %zu: %s\n  %.*s\n  %s^", line_number(query, at), at - line + 1, what,
		  (int)(to - from), query + from, spur_buf_text(&pad));
	spur_buf_finish(&pad);
	return SPUR_EINVAL;
}

static void skip_blanks(const char *query, size_t *pos)
{
	for (;;) {
		*pos += strspn(query + *pos, " \t\r\n");
		if (query[*pos] != '#')
			return;
		*pos += strcspn(query + *pos, "\n");
	}
}

static bool begins_name(char c)
{
	return isalpha((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool in_name(char c)
{
	return begins_name(c) || isdigit((unsigned char)c) || c == '.';
}

/* "...": a quote or backslash inside is written with a backslash before it. */
static enum spur_status quoted(const char *query, size_t *pos, struct spur_buf *out, struct spur_error *err)
{
	size_t at = *pos;
	char quote = query[(*pos)++];

	while (query[*pos] != quote) {
		if (query[*pos] == '\0' || query[*pos] == '\n')
			return spur_query_fail(err, query, at, "this quote is never closed");
		if (query[*pos] == '\\' && (query[*pos + 1] == quote || query[*pos + 1] == '\\'))
			(*pos)++;
		spur_buf_addc(out, query[(*pos)++]);
	}
	(*pos)++;
	return SPUR_OK;
}

static enum spur_status name(const char *query, size_t *pos, struct spur_token *t, struct spur_error *err)
{
	struct spur_buf b = { 0 };
	enum spur_status st = SPUR_OK;

	t->kind = SPUR_TOKEN_NAME;
	while (in_name(query[*pos]))
		spur_buf_addc(&b, query[(*pos)++]);
	if (query[*pos] == ':' && (begins_name(query[*pos + 1]) || query[*pos + 1] == '"')) {
		spur_buf_addc(&b, query[(*pos)++]);
		if (query[*pos] == '"') {
			t->kind = SPUR_TOKEN_TICKED;
			st = quoted(query, pos, &b, err);
		}
		while (st == SPUR_OK && t->kind == SPUR_TOKEN_NAME && in_name(query[*pos]))
			spur_buf_addc(&b, query[(*pos)++]);
	}
	t->text = spur_buf_steal(&b);
	return st;
}

static double span_unit(const char *s, size_t len)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = { { "ns", 1e-9 }, { "us", 1e-6 }, { "ms", 1e-3 }, { "s", 1 }, { "min", 60 }, { "h", 3600 } };

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strlen(units[i].name) == len && memcmp(units[i].name, s, len) == 0)
			return units[i].seconds;
	}
	return 0;
}

static enum spur_status number(const char *query, size_t *pos, struct spur_token *t, struct spur_error *err)
{
	char *end;
	size_t n = 0, at;

	t->kind = SPUR_TOKEN_NUMBER;
	t->number = strtod(query + *pos, &end);
	*pos = at = (size_t)(end - query);
	while (in_name(query[at + n]))
		n++;
	if (n == 0)
		return SPUR_OK;
	t->kind = SPUR_TOKEN_SPAN;
	t->number *= span_unit(query + at, n);
	if (span_unit(query + at, n) <= 0)
		return spur_query_fail(err, query, at, "'%.*s' is no unit of time: ns, us, ms, s, min, h; other units stand in "
				       "brackets, 50[km/h]", (int)(n > 30 ? 30 : n), query + at);
	*pos += n;
	return SPUR_OK;
}

static enum spur_status operator(const char *query, size_t *pos, struct spur_token *t, struct spur_error *err)
{
	static const char pairs[][3] = { "<=l", ">=g", "==e", "!=n" };
	char c = query[*pos];

	t->kind = SPUR_TOKEN_OP;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		if (c == pairs[i][0] && query[*pos + 1] == pairs[i][1]) {
			t->op = pairs[i][2];
			*pos += 2;
			return SPUR_OK;
		}
	}
	if (strchr("<>+-*/^(),;=", c) == NULL)
		return spur_query_fail(err, query, *pos, "'%c' means nothing here", c);
	t->op = c;
	(*pos)++;
	return SPUR_OK;
}

static enum spur_status bracketed(const char *query, size_t *pos, struct spur_token *t, struct spur_error *err)
{
	size_t n = strcspn(query + *pos, "]\n");

	if (query[*pos + n] != ']' || n < 2)
		return spur_query_fail(err, query, *pos, "a unit stands in brackets, [km/h]");
	t->kind = SPUR_TOKEN_UNIT;
	t->text = spur_strndup(query + *pos + 1, n - 1);
	*pos += n + 1;
	return SPUR_OK;
}

static enum spur_status string(const char *query, size_t *pos, struct spur_token *t, struct spur_error *err)
{
	struct spur_buf b = { 0 };
	char quote = query[*pos];
	enum spur_status st = quoted(query, pos, &b, err);

	t->kind = quote == '"' ? SPUR_TOKEN_QUOTED : quote == '`' ? SPUR_TOKEN_TICKED : SPUR_TOKEN_TEXT;
	t->text = spur_buf_steal(&b);
	return st;
}

enum spur_status spur_token_next(const char *query, size_t *pos, struct spur_token *out, struct spur_error *err)
{
	enum spur_status st;
	char c;

	skip_blanks(query, pos);
	*out = (struct spur_token){ .at = *pos };
	c = query[*pos];
	if (c == '\0')
		return SPUR_OK;
	if (begins_name(c))
		st = name(query, pos, out, err);
	else if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)query[*pos + 1])))
		st = number(query, pos, out, err);
	else if (c == '"' || c == '`' || c == '\'')
		st = string(query, pos, out, err);
	else if (c == '[')
		st = bracketed(query, pos, out, err);
	else
		st = operator(query, pos, out, err);
	out->len = *pos - out->at;
	if (st < 0) {
		free(out->text);
		out->text = NULL;
	}
	return st;
}
