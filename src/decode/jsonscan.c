#include "config.h"

#include "decode/jsonscan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

struct scan {
	const char *s;
	size_t len, pos;
	const struct spur_visitor *v;
	struct spur_error *err;
	struct spur_buf word;	/* the last string, unescaped */
};

static enum spur_status bad(struct scan *j, const char *why)
{
	return spur_fail_byte(j->err, SPUR_EFORMAT, j->pos, "JSON byte %zu: %s", j->pos, why);
}

static int peek(struct scan *j)
{
	while (j->pos < j->len && (j->s[j->pos] == ' ' || (j->s[j->pos] >= '\t' && j->s[j->pos] <= '\r')))
		j->pos++;
	return j->pos < j->len ? (unsigned char)j->s[j->pos] : -1;
}

static bool hex4(const char *s, uint32_t *out)
{
	*out = 0;
	for (int i = 0; i < 4; i++) {
		char c = s[i];
		unsigned d = c >= '0' && c <= '9' ? (unsigned)(c - '0') : (c | 32) >= 'a' && (c | 32) <= 'f' ?
			     (unsigned)((c | 32) - 'a' + 10) : 99;

		if (d > 15)
			return false;
		*out = *out << 4 | d;
	}
	return true;
}

static void add_utf8(struct spur_buf *b, uint32_t c)
{
	if (c < 0x80) {
		spur_buf_addc(b, (char)c);
		return;
	}
	if (c < 0x800) {
		spur_buf_addc(b, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			spur_buf_addc(b, (char)(0xe0 | c >> 12));
		} else {
			spur_buf_addc(b, (char)(0xf0 | c >> 18));
			spur_buf_addc(b, (char)(0x80 | (c >> 12 & 63)));
		}
		spur_buf_addc(b, (char)(0x80 | (c >> 6 & 63)));
	}
	spur_buf_addc(b, (char)(0x80 | (c & 63)));
}

/* "\uXXXX", with the second half of a pair; pos is at the 'u'. */
static enum spur_status unicode_escape(struct scan *j)
{
	uint32_t c, low;

	if (j->len - j->pos < 5 || !hex4(j->s + j->pos + 1, &c))
		return bad(j, "\\u needs four hex digits");
	j->pos += 5;
	if (c >= 0xd800 && c < 0xdc00 && j->len - j->pos >= 6 && j->s[j->pos] == '\\' && j->s[j->pos + 1] == 'u' &&
	    hex4(j->s + j->pos + 2, &low) && low >= 0xdc00 && low < 0xe000) {
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		j->pos += 6;
	}
	add_utf8(&j->word, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	return SPUR_OK;
}

static enum spur_status escape(struct scan *j)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = j->pos < j->len ? j->s[j->pos] : '\0';
	const char *p = c == '\0' ? NULL : strchr(from, c);

	if (c == 'u')
		return unicode_escape(j);
	if (p == NULL)
		return bad(j, "unknown escape in a string");
	spur_buf_addc(&j->word, to[p - from]);
	j->pos++;
	return SPUR_OK;
}

/* The string at pos into word; pos is at its quote. */
static enum spur_status string(struct scan *j)
{
	enum spur_status st;

	spur_buf_clear(&j->word);
	j->pos++;
	for (;;) {
		size_t from = j->pos;

		while (j->pos < j->len && j->s[j->pos] != '"' && j->s[j->pos] != '\\')
			j->pos++;
		spur_buf_add(&j->word, j->s + from, j->pos - from);
		if (j->pos == j->len)
			return bad(j, "the text ends in a string");
		if (j->s[j->pos++] == '"')
			return SPUR_OK;
		if ((st = escape(j)) < 0)
			return st;
	}
}

static bool is_digit(const struct scan *j, size_t at)
{
	return at < j->len && j->s[at] >= '0' && j->s[at] <= '9';
}

/* Digits only, without a fraction: exact if they fit 64 bits. */
static bool whole_number(const struct spur_visitor *v, const char *key, const char *s, size_t n)
{
	bool minus = *s == '-';
	uint64_t u = 0;

	for (size_t i = minus; i < n; i++) {
		unsigned d = (unsigned)(s[i] - '0');

		if (u > (UINT64_MAX - d) / 10)
			return false;
		u = u * 10 + d;
	}
	if (minus && (u == 0 || u > (uint64_t)INT64_MAX + 1))
		return false;
	if (minus)
		v->i64(v->state, key, u > (uint64_t)INT64_MAX ? INT64_MIN : -(int64_t)u);
	else
		v->u64(v->state, key, u);
	return true;
}

static enum spur_status number(struct scan *j, const char *key)
{
	size_t from = j->pos, at = from + (j->s[from] == '-');
	char small[64], *text = small;
	bool whole = true;

	if (!is_digit(j, at))
		return bad(j, "a value expected");
	while (is_digit(j, at))
		at++;
	if (at < j->len && j->s[at] == '.') {
		whole = false;
		for (at++; is_digit(j, at);)
			at++;
	}
	if (at < j->len && (j->s[at] | 32) == 'e') {
		whole = false;
		at++;
		at += at < j->len && (j->s[at] == '+' || j->s[at] == '-');
		if (!is_digit(j, at))
			return bad(j, "an exponent without digits");
		while (is_digit(j, at))
			at++;
	}
	j->pos = at;
	if (whole && whole_number(j->v, key, j->s + from, at - from))
		return SPUR_OK;
	if (at - from >= sizeof(small))
		text = spur_malloc(at - from + 1);
	memcpy(text, j->s + from, at - from);
	text[at - from] = '\0';
	j->v->f64(j->v->state, key, strtod(text, NULL));
	if (text != small)
		free(text);
	return SPUR_OK;
}

static enum spur_status literal(struct scan *j, const char *key)
{
	static const struct {
		const char *word;
		size_t len;
	} words[] = { { "true", 4 }, { "false", 5 }, { "null", 4 }, { "NaN", 3 }, { "Infinity", 8 }, { "-Infinity", 9 } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (j->len - j->pos < words[i].len || memcmp(j->s + j->pos, words[i].word, words[i].len) != 0)
			continue;
		j->pos += words[i].len;
		if (i < 2)
			j->v->boolean(j->v->state, key, i == 0);
		else if (i == 2)
			j->v->null(j->v->state, key);
		else	/* not JSON, but what Python writes */
			j->v->f64(j->v->state, key, strtod(words[i].word, NULL));
		return SPUR_OK;
	}
	return j->s[j->pos] == '-' || is_digit(j, j->pos) ? number(j, key) : bad(j, "a value expected");
}

static enum spur_status value(struct scan *j, const char *key, unsigned depth);

static enum spur_status member(struct scan *j, unsigned depth)
{
	enum spur_status st;
	char *key;

	if (peek(j) != '"')
		return bad(j, "a key expected");
	if ((st = string(j)) < 0)
		return st;
	if (peek(j) != ':')
		return bad(j, "':' expected");
	j->pos++;
	key = spur_strndup(spur_buf_text(&j->word), j->word.len);
	st = value(j, key, depth + 1);
	free(key);
	return st;
}

static enum spur_status items(struct scan *j, char close, unsigned depth)
{
	enum spur_status st;

	j->pos++;
	if (peek(j) == close) {
		j->pos++;
		return SPUR_OK;
	}
	for (;;) {
		if ((st = close == '}' ? member(j, depth) : value(j, NULL, depth + 1)) < 0)
			return st;
		if (peek(j) == close) {
			j->pos++;
			return SPUR_OK;
		}
		if (peek(j) != ',')
			return bad(j, close == '}' ? "',' or '}' expected" : "',' or ']' expected");
		j->pos++;
	}
}

static enum spur_status value(struct scan *j, const char *key, unsigned depth)
{
	int c = peek(j);
	enum spur_status st;

	if (c < 0)
		return bad(j, "the text ends where a value should be");
	if (c == '"') {
		if ((st = string(j)) >= 0)
			j->v->text(j->v->state, key, spur_buf_text(&j->word), j->word.len);
		return st;
	}
	if (c != '{' && c != '[')
		return literal(j, key);
	if (depth >= SPUR_JSON_DEPTH)
		return bad(j, "nested deeper than 128");
	j->v->begin(j->v->state, key, (char)c);
	st = items(j, c == '{' ? '}' : ']', depth);
	j->v->end(j->v->state, c == '{' ? '}' : ']');
	return st;
}

enum spur_status spur_json_walk(const char *text, size_t len, const struct spur_visitor *v, struct spur_error *err)
{
	struct scan j = { .s = text, .len = len, .v = v, .err = err };
	enum spur_status st;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		j.pos = 3;
	st = value(&j, NULL, 0);
	while (st >= 0 && j.pos < len && text[j.pos] == '\0')	/* some writers count the NUL of a C string */
		j.pos++;
	if (st >= 0 && peek(&j) >= 0)
		st = bad(&j, "more text after the value");
	spur_buf_finish(&j.word);
	return st;
}
