#include "config.h"

#include "base/sshwire.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define LINE 70	/* OpenSSH's */

uint32_t spur_wire_u32(struct spur_wire *w)
{
	uint32_t v;

	if (w->bad || w->left < 4) {
		w->bad = true;
		return 0;
	}
	v = (uint32_t)w->at[0] << 24 | (uint32_t)w->at[1] << 16 | (uint32_t)w->at[2] << 8 | w->at[3];
	w->at += 4;
	w->left -= 4;
	return v;
}

const unsigned char *spur_wire_string(struct spur_wire *w, size_t *len)
{
	uint32_t n = spur_wire_u32(w);
	const unsigned char *s = w->at;

	if (w->bad || n > w->left) {
		w->bad = true;
		*len = 0;
		return (const unsigned char *)"";
	}
	w->at += n;
	w->left -= n;
	*len = n;
	return s;
}

bool spur_wire_is(struct spur_wire *w, const char *text)
{
	size_t len;
	const unsigned char *s = spur_wire_string(w, &len);

	return !w->bad && len == strlen(text) && memcmp(s, text, len) == 0;
}

void spur_wire_put_u32(struct spur_buf *b, uint32_t v)
{
	spur_buf_u8(b, (uint8_t)(v >> 24));
	spur_buf_u8(b, (uint8_t)(v >> 16));
	spur_buf_u8(b, (uint8_t)(v >> 8));
	spur_buf_u8(b, (uint8_t)v);
}

void spur_wire_put(struct spur_buf *b, const void *data, size_t len)
{
	spur_wire_put_u32(b, (uint32_t)len);
	spur_buf_add(b, data, len);
}

void spur_armour(struct spur_buf *out, const char *what, const void *data, size_t len)
{
	struct spur_buf text = { 0 };

	spur_base64(&text, data, len);
	spur_buf_addf(out, "-----BEGIN %s-----\n", what);
	for (size_t i = 0; i < text.len; i += LINE) {
		spur_buf_add(out, text.data + i, text.len - i < LINE ? text.len - i : LINE);
		spur_buf_addc(out, '\n');
	}
	spur_buf_addf(out, "-----END %s-----\n", what);
	spur_buf_finish(&text);
}

static int digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

bool spur_unbase64(const char *text, size_t len, struct spur_buf *out)
{
	unsigned bits = 0, have = 0;
	size_t i = 0;

	for (; i < len && text[i] != '=' && text[i] != ' '; i++) {
		int d = digit(text[i]);

		if (d < 0)
			return false;
		bits = bits << 6 | (unsigned)d;
		if ((have += 6) >= 8) {
			have -= 8;
			spur_buf_u8(out, (uint8_t)(bits >> have));
			bits &= (1u << have) - 1;
		}
	}
	/* What is left over must be padding, and all of it. */
	if (bits != 0)
		return false;
	while (i < len && text[i] == '=')
		i++;
	return i % 4 == 0 && (i == len || text[i] == ' ');
}

bool spur_unarmour(const char *text, size_t len, const char *what, struct spur_buf *out)
{
	char *head = spur_strfmt("-----BEGIN %s-----", what), *tail = spur_strfmt("-----END %s-----", what);
	char *copy = spur_strndup(text, len), *from = strstr(copy, head), *to = NULL;
	struct spur_buf bare = { 0 };
	bool good = false;

	if (from != NULL)
		to = strstr(from += strlen(head), tail);
	if (to != NULL) {
		for (; from < to; from++) {
			if (*from != '\n' && *from != '\r')
				spur_buf_addc(&bare, *from);
		}
		good = spur_unbase64(spur_buf_text(&bare), bare.len, out);
	}
	spur_buf_finish(&bare);
	free(copy);
	free(head);
	free(tail);
	return good;
}
