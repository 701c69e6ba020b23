#include "config.h"

#include "decode/ldf_token.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum spur_status ldf_broken(struct ldf_reader *r, const char *what)
{
	return spur_fail(r->err, SPUR_EFORMAT, "LDF line %u: %s", r->line, what);
}

static bool starts(const struct ldf_reader *r, const char *with)
{
	return r->end - r->at >= 2 && r->at[0] == with[0] && r->at[1] == with[1];
}

static void skip_blanks(struct ldf_reader *r)
{
	while (r->at < r->end) {
		if (starts(r, "//")) {
			while (r->at < r->end && *r->at != '\n')
				r->at++;
		} else if (starts(r, "/*")) {
			for (r->at += 2; r->at < r->end && !starts(r, "*/"); r->at++)
				r->line += *r->at == '\n';
			r->at += r->end - r->at >= 2 ? 2 : r->end - r->at;
		} else if (isspace((unsigned char)*r->at) || *r->at == '\0') {
			r->line += *r->at++ == '\n';
		} else {
			return;
		}
	}
}

static void take_text(struct ldf_reader *r)
{
	r->text = ++r->at;
	while (r->at < r->end && *r->at != '"')
		r->line += *r->at++ == '\n';
	r->text_len = (size_t)(r->at - r->text);
	r->at += r->at < r->end;
	r->quoted = true;
}

void ldf_next(struct ldf_reader *r)
{
	size_t n = 0;

	r->sign = 0;
	r->quoted = false;
	r->word[0] = '\0';
	skip_blanks(r);
	if ((r->over = r->at == r->end))
		return;
	if (*r->at == '"') {
		take_text(r);
		return;
	}
	if (strchr("{}:;,=", *r->at) != NULL) {
		r->sign = *r->at++;
		return;
	}
	for (; r->at < r->end && strchr("{}:;,=\"", *r->at) == NULL && !isspace((unsigned char)*r->at) && !starts(r, "//") &&
	       !starts(r, "/*") && *r->at != '\0'; r->at++) {
		if (n + 1 < LDF_WORD_MAX)
			r->word[n++] = *r->at;
	}
	r->word[n] = '\0';
}

bool ldf_take(struct ldf_reader *r, char sign)
{
	if (r->sign != sign)
		return false;
	ldf_next(r);
	return true;
}

bool ldf_number(struct ldf_reader *r, double *out)
{
	char *end;

	if (r->sign != 0 || r->quoted || r->word[0] == '\0')
		return false;
	*out = strtod(r->word, &end);	/* 0x, too */
	if (*end != '\0' || !(*out >= -1e300 && *out <= 1e300))
		return false;
	ldf_next(r);
	return true;
}

void ldf_skip_block(struct ldf_reader *r)
{
	for (size_t depth = 1; !r->over && depth > 0; ldf_next(r))
		depth += r->sign == '{' ? 1 : r->sign == '}' ? (size_t)-1 : 0;
}

void ldf_skip_statement(struct ldf_reader *r)
{
	while (!r->over && r->sign != '}') {
		if (ldf_take(r, ';'))
			return;
		if (ldf_take(r, '{')) {
			ldf_skip_block(r);
			if (r->sign != ',' && r->sign != ';')
				return;
			continue;
		}
		ldf_next(r);
	}
}
