#include "config.h"

#include "base/uri.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define HIDDEN "***"

/* Length of "user:password" behind "://" when an '@' follows it, and of its user; 0: no password. */
static size_t userinfo(const char *s, size_t *user)
{
	size_t end = strcspn(s, "? \t\n"), at = end;

	*user = strcspn(s, ":@/? \t\n");
	while (at > 0 && s[at] != '@')
		at--;
	return s[*user] == ':' && *user < at ? at : 0;
}

/* Length of the name, with its '=', of a parameter that is a secret; 0: none. */
static size_t secret(const char *s)
{
	static const char *const names[] = { "password=", "sslpassword=" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strncmp(s, names[i], strlen(names[i])) == 0)
			return strlen(names[i]);
	}
	return 0;
}

char *spur_uri_hide(const char *text)
{
	struct spur_buf out = { 0 };
	bool uri = false;

	for (const char *p = text; *p != '\0';) {
		size_t n, user;

		if (strncmp(p, "://", 3) == 0) {
			uri = true;
			spur_buf_add(&out, p, 3);
			p += 3;
			if ((n = userinfo(p, &user)) > 0) {
				spur_buf_add(&out, p, user);
				spur_buf_adds(&out, ":" HIDDEN);
				p += n;
			}
		} else if (uri && (*p == '?' || *p == '&') && (n = secret(p + 1)) > 0) {
			spur_buf_add(&out, p, n + 1);
			spur_buf_adds(&out, HIDDEN);
			p += n + 1;
			p += strcspn(p, "& \t\n");
		} else {
			uri = uri && strchr(" \t\n", *p) == NULL;
			spur_buf_addc(&out, *p++);
		}
	}
	return spur_buf_steal(&out);
}

static int hex_of(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static char *decode(const char *s, size_t len)
{
	struct spur_buf b = { 0 };

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '%' && i + 2 < len && hex_of(s[i + 1]) >= 0 && hex_of(s[i + 2]) >= 0) {
			spur_buf_addc(&b, (char)(hex_of(s[i + 1]) * 16 + hex_of(s[i + 2])));
			i += 2;
		} else {
			spur_buf_addc(&b, s[i]);
		}
	}
	return spur_buf_steal(&b);
}

/* The parameter password= out of the query, which begins at the '?' of uri. */
static char *split_query(char *uri, char **password)
{
	char *at = strchr(uri, '?');

	while (at != NULL && strncmp(at + 1, "password=", 9) != 0)
		at = strchr(at + 1, '&');
	if (at != NULL) {
		size_t n = strcspn(at + 10, "&");

		free(*password);
		*password = decode(at + 10, n);
		if (at[10 + n] == '&')	/* the next parameter takes its sign */
			memmove(at + 1, at + 11 + n, strlen(at + 11 + n) + 1);
		else
			*at = '\0';
	}
	return uri;
}

char *spur_uri_split(const char *uri, char **password)
{
	const char *s = strstr(uri, "://");
	struct spur_buf b = { 0 };
	size_t n, user;

	*password = NULL;
	if (s == NULL)
		return spur_strdup(uri);
	s += 3;
	spur_buf_add(&b, uri, (size_t)(s - uri));
	if ((n = userinfo(s, &user)) > 0) {
		*password = decode(s + user + 1, n - user - 1);
		spur_buf_add(&b, s, user);
		s += n;
	}
	spur_buf_adds(&b, s);
	return split_query(spur_buf_steal(&b), password);
}
