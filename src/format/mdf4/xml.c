#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "format/mdf4/text.h"

/*
 * Just enough of XML for MD blocks: the first element of a name, and the properties
 * <e name="...">. Files carry broken XML, so nothing here complains; what cannot be found is
 * not there.
 */

static bool name_ends(char c)
{
	return c == '>' || c == '/' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The '<' of the next element of that name, or NULL. */
static const char *find_open(const char *from, const char *tag)
{
	size_t len = strlen(tag);

	while ((from = strchr(from, '<')) != NULL) {
		if (strncmp(from + 1, tag, len) == 0 && name_ends(from[1 + len]))
			return from;
		from++;
	}
	return NULL;
}

static size_t entity(const char *s, char *out)
{
	static const struct { const char *name; char c; } known[] = {
		{ "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' }, { "&apos;", '\'' },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t len = strlen(known[i].name);

		if (strncmp(s, known[i].name, len) == 0) {
			*out = known[i].c;
			return len;
		}
	}
	if (s[1] == '#') {
		char *end;
		long v = s[2] == 'x' ? strtol(s + 3, &end, 16) : strtol(s + 2, &end, 10);

		if (*end == ';' && v > 0 && v < 128) {
			*out = (char)v;
			return (size_t)(end + 1 - s);
		}
	}
	return 0;
}

static const char *resolve(struct spur_reader *r, const char *s, size_t len)
{
	char *out = spur_arena_strn(r->arena, s, len), *to = out;

	if (out == NULL)
		return "";
	for (const char *p = out; *p != '\0';) {
		size_t n = *p == '&' ? entity(p, to) : 0;

		if (n == 0) {
			*to = *p;
			n = 1;
		}
		to++;
		p += n;
	}
	*to = '\0';
	return out;
}

/* Content of the element that opens at `open`; *end is behind it. */
static const char *content(struct spur_reader *r, const char *open, const char *tag, const char **end)
{
	char close[64];
	const char *from = strchr(open, '>'), *to;

	if (from == NULL || strlen(tag) > sizeof(close) - 4) {
		*end = open + strlen(open);
		return NULL;
	}
	if (from[-1] == '/') {
		*end = from + 1;
		return "";
	}
	memcpy(close, "</", 2);
	memcpy(close + 2, tag, strlen(tag) + 1);
	to = strstr(++from, close);
	if (to == NULL)
		to = from + strlen(from);
	*end = *to == '\0' ? to : to + strlen(close);
	return resolve(r, from, (size_t)(to - from));
}

const char *mdf_xml_tag(struct spur_reader *r, const char *from, const char *tag)
{
	const char *open = find_open(from, tag), *end;

	return open == NULL ? NULL : content(r, open, tag, &end);
}

bool mdf_xml_property(struct spur_reader *r, const char **at, const char **name, const char **value)
{
	const char *open;

	while ((open = find_open(*at, "e")) != NULL) {
		const char *close = strchr(open, '>'), *key = strstr(open, "name=");
		const char *to = key == NULL ? NULL : key[5] == '\0' ? NULL : strchr(key + 6, key[5]);

		*value = content(r, open, "e", at);
		if (*value == NULL || close == NULL || key == NULL || to == NULL || to > close)
			continue;
		*name = resolve(r, key + 6, (size_t)(to - key - 6));
		return true;
	}
	return false;
}

void mdf_xml_escape(struct spur_buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '&')
			spur_buf_adds(b, "&amp;");
		else if (*s == '<')
			spur_buf_adds(b, "&lt;");
		else if (*s == '>')
			spur_buf_adds(b, "&gt;");
		else if (*s == '"')
			spur_buf_adds(b, "&quot;");
		else
			spur_buf_addc(b, *s);
	}
}
