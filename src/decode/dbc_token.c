/* Words, numbers and texts of a DBC file. */
#include "config.h"

#include "decode/dbc_parser.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

void dbc_skip_space(struct dbc_parser *p)
{
	for (; p->at < p->end; p->at++) {
		if (*p->at == '\n')
			p->line++;
		else if (!isspace((unsigned char)*p->at) && *p->at != '\0')
			break;
	}
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool is_name(char c)
{
	return (unsigned char)c > ' ' && strchr(":;,\"", c) == NULL;
}

static bool is_number(char c)
{
	return is_word(c) || (c != '\0' && strchr("+-.", c) != NULL);
}

static bool take(struct dbc_parser *p, bool (*fits)(char c))
{
	size_t n = 0;

	dbc_skip_space(p);
	for (; p->at < p->end && fits(*p->at); p->at++) {
		if (n + 1 < DBC_WORD_MAX)
			p->word[n++] = *p->at;
	}
	p->word[n] = '\0';
	return n > 0;
}

bool dbc_word(struct dbc_parser *p)
{
	return take(p, is_word);
}

bool dbc_name(struct dbc_parser *p)
{
	return take(p, is_name);
}

bool dbc_sign(struct dbc_parser *p, char c)
{
	dbc_skip_space(p);
	if (p->at >= p->end || *p->at != c)
		return false;
	p->at++;
	return true;
}

bool dbc_number(struct dbc_parser *p, double *out)
{
	char text[64], *end;
	size_t n = 0;

	dbc_skip_space(p);
	while (p->at + n < p->end && n + 1 < sizeof(text) && is_number(p->at[n])) {
		text[n] = p->at[n];
		n++;
	}
	text[n] = '\0';
	*out = strtod(text, &end);
	p->at += end - text;
	return end != text;
}

bool dbc_whole(struct dbc_parser *p, uint64_t *out)
{
	dbc_skip_space(p);
	*out = 0;
	if (p->at >= p->end || !isdigit((unsigned char)*p->at))
		return false;
	for (; p->at < p->end && isdigit((unsigned char)*p->at); p->at++) {
		if (*out > (UINT64_MAX - 9) / 10)
			return false;
		*out = *out * 10 + (uint64_t)(*p->at - '0');
	}
	return true;
}

char *dbc_keep(struct dbc_parser *p, const char *s, size_t len)
{
	char *c = spur_arena_strn(p->arena, s, len);

	p->full = p->full || c == NULL;
	return c;
}

char *dbc_quoted(struct dbc_parser *p)
{
	struct spur_buf b = { 0 };
	char *s = NULL;

	if (!dbc_sign(p, '"'))
		return NULL;
	for (; p->at < p->end && *p->at != '"'; p->at++) {
		if (*p->at == '\\' && p->at + 1 < p->end && p->at[1] == '"')
			p->at++;
		p->line += *p->at == '\n';
		spur_buf_addc(&b, *p->at);
	}
	if (p->at < p->end) {
		p->at++;
		s = dbc_keep(p, spur_buf_text(&b), b.len);
	}
	spur_buf_finish(&b);
	return s;
}

void dbc_skip_statement(struct dbc_parser *p)
{
	bool in_text = false;

	for (; p->at < p->end; p->at++) {
		p->line += *p->at == '\n';
		if (*p->at == '"')
			in_text = !in_text;
		if (*p->at == ';' && !in_text)
			break;
	}
	p->at += p->at < p->end;
}

void dbc_skip_line(struct dbc_parser *p)
{
	while (p->at < p->end && *p->at != '\n')
		p->at++;
}

enum spur_status dbc_broken(struct dbc_parser *p, const char *what)
{
	if (p->full)
		return spur_fail(p->err, SPUR_ENOMEM, "DBC line %u: the database is larger than is sane", p->line);
	return spur_fail(p->err, SPUR_EFORMAT, "DBC line %u: %s", p->line, what);
}
