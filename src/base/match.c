#include "config.h"

#include "base/match.h"

#include <ctype.h>
#include <fnmatch.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum kind { EXACT, GLOB, REGEX, FUZZY };

struct spur_match {
	enum kind kind;
	char *text;	/* owned */
	regex_t regex;	/* REGEX only */
};

enum spur_status spur_match_create(const char *pattern, struct spur_match **out, struct spur_error *err)
{
	struct spur_match *m = spur_calloc(1, sizeof(*m));
	size_t len = strlen(pattern);
	char why[128];
	int rc;

	*out = NULL;
	if (len >= 2 && pattern[0] == '/' && pattern[len - 1] == '/') {
		m->kind = REGEX;
		m->text = spur_strndup(pattern + 1, len - 2);
		if ((rc = regcomp(&m->regex, m->text, REG_EXTENDED | REG_NOSUB)) != 0) {
			regerror(rc, &m->regex, why, sizeof(why));
			free(m->text);
			free(m);
			return spur_fail(err, SPUR_EINVAL, "pattern %s: %s", pattern, why);
		}
	} else {
		m->kind = pattern[0] == '~' ? FUZZY : strpbrk(pattern, "*?[") != NULL ? GLOB : EXACT;
		m->text = spur_strdup(m->kind == FUZZY ? pattern + 1 : pattern);
	}
	*out = m;
	return SPUR_OK;
}

void spur_match_destroy(struct spur_match *m)
{
	if (m == NULL)
		return;
	if (m->kind == REGEX)
		regfree(&m->regex);
	free(m->text);
	free(m);
}

static bool fuzzy(const char *letters, const char *name)
{
	for (; *letters != '\0'; name++) {
		if (*name == '\0')
			return false;
		if (tolower((unsigned char)*name) == tolower((unsigned char)*letters))
			letters++;
	}
	return true;
}

bool spur_match_test(const struct spur_match *m, const char *name)
{
	switch (m->kind) {
	case EXACT: return strcmp(m->text, name) == 0;
	case GLOB: return strcmp(m->text, name) == 0 || fnmatch(m->text, name, 0) == 0;
	case REGEX: return regexec(&m->regex, name, 0, NULL, 0) == 0;
	case FUZZY: return fuzzy(m->text, name);
	}
	return false;
}

bool spur_match_is_pattern(const struct spur_match *m)
{
	return m->kind != EXACT;
}
