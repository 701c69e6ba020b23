#include "config.h"

#include "base/opt.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum spur_status spur_size_parse(const char *text, unsigned long long *out, struct spur_error *err)
{
	static const char units[] = "KMGT";
	char *end;
	double v = strtod(text, &end), factor = 1;
	const char *u = end == text || *end == '\0' ? NULL : strchr(units, *end & ~0x20);

	if (u != NULL && *u != '\0') {
		factor = pow(1024, (double)(u - units + 1));
		end++;
		if (strcmp(end, "iB") == 0 || strcmp(end, "B") == 0)
			end += strlen(end);
	}
	if (end == text || *end != '\0' || !(v >= 0) || v * factor > 9e18)
		return spur_fail(err, SPUR_EINVAL, "'%s' is no size (4096, 64M, 2GiB)", text);
	*out = (unsigned long long)(v * factor);
	return SPUR_OK;
}

static bool among(const char *choices, const char *v)
{
	size_t n = strlen(v);

	for (const char *p = choices; p != NULL; p = strchr(p, '|') ? strchr(p, '|') + 1 : NULL) {
		if (strncmp(p, v, n) == 0 && (p[n] == '|' || p[n] == '\0'))
			return true;
	}
	return false;
}

static enum spur_status check(const struct spur_opt *o, const char *v, struct spur_error *err)
{
	unsigned long long size;
	spur_ns span;
	char *end;

	switch (o->type) {
	case SPUR_OPT_INT:
		errno = 0;
		strtoll(v, &end, 10);
		if (end == v || *end != '\0' || errno != 0)
			return spur_fail(err, SPUR_EINVAL, "--%s: '%s' is no whole number", o->name, v);
		break;
	case SPUR_OPT_FLOAT:
		strtod(v, &end);
		if (end == v || *end != '\0')
			return spur_fail(err, SPUR_EINVAL, "--%s: '%s' is no number", o->name, v);
		break;
	case SPUR_OPT_SIZE:
		return spur_wrap(spur_size_parse(v, &size, err), err, "--%s", o->name);
	case SPUR_OPT_SPAN:
		return spur_wrap(spur_span_parse(v, &span, err), err, "--%s", o->name);
	case SPUR_OPT_CHOICE:
		if (!among(o->arg, v))
			return spur_fail(err, SPUR_EINVAL, "--%s: '%s' is none of %s", o->name, v, o->arg);
		break;
	case SPUR_OPT_FLAG:
	case SPUR_OPT_TEXT:
	case SPUR_OPT_TIME:
	case SPUR_OPT_PATH:
		break;
	}
	return SPUR_OK;
}

static const struct spur_opt *find(const struct spur_opt *const *tables, const char *name, size_t len, char letter)
{
	for (; *tables != NULL; tables++) {
		for (const struct spur_opt *o = *tables; o->name != NULL; o++) {
			if (letter != 0 ? o->letter == letter : strlen(o->name) == len && memcmp(o->name, name, len) == 0)
				return o;
		}
	}
	return NULL;
}

static enum spur_status add(struct spur_args *a, const struct spur_opt *o, const char *value, struct spur_error *err)
{
	enum spur_status st = check(o, value, err);

	if (st == SPUR_OK) {
		a->set = spur_realloc(a->set, a->nset + 1, sizeof(*a->set));
		a->set[a->nset++] = (struct spur_arg){ o, value };
	}
	return st;
}

/* --name, --name=value, --name value; moves *i past the value. */
static enum spur_status long_option(struct spur_args *a, const struct spur_opt *const *tables, int argc,
				    const char *const *argv, int *i, struct spur_error *err)
{
	const char *name = argv[*i] + 2, *eq = strchr(name, '=');
	size_t len = eq == NULL ? strlen(name) : (size_t)(eq - name);
	const struct spur_opt *o = find(tables, name, len, 0);

	if (o == NULL)
		return spur_fail(err, SPUR_EINVAL, "unknown option --%.*s", (int)len, name);
	if (o->type == SPUR_OPT_FLAG)
		return eq == NULL ? add(a, o, "", err) : spur_fail(err, SPUR_EINVAL, "--%s takes no value", o->name);
	if (eq == NULL && ++*i >= argc)
		return spur_fail(err, SPUR_EINVAL, "--%s needs a value: %s", o->name, o->arg);
	return add(a, o, eq == NULL ? argv[*i] : eq + 1, err);
}

/* -x, -xVALUE, -x VALUE, and flags run together. */
static enum spur_status short_options(struct spur_args *a, const struct spur_opt *const *tables, int argc,
				      const char *const *argv, int *i, struct spur_error *err)
{
	for (const char *p = argv[*i] + 1; *p != '\0'; p++) {
		const struct spur_opt *o = find(tables, NULL, 0, *p);
		enum spur_status st;

		if (o == NULL)
			return spur_fail(err, SPUR_EINVAL, "unknown option -%c", *p);
		if (o->type != SPUR_OPT_FLAG) {
			if (p[1] == '\0' && ++*i >= argc)
				return spur_fail(err, SPUR_EINVAL, "-%c needs a value: %s", *p, o->arg);
			return add(a, o, p[1] != '\0' ? p + 1 : argv[*i], err);
		}
		if ((st = add(a, o, "", err)) < 0)
			return st;
	}
	return SPUR_OK;
}

enum spur_status spur_args_parse(struct spur_args *a, const struct spur_opt *const *tables,
				 int argc, const char *const *argv, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;
	bool options = true;

	*a = (struct spur_args){ 0 };
	for (int i = 0; i < argc && st == SPUR_OK; i++) {
		if (options && strcmp(argv[i], "--") == 0) {
			options = false;
		} else if (options && strncmp(argv[i], "--", 2) == 0) {
			st = long_option(a, tables, argc, argv, &i, err);
		} else if (options && argv[i][0] == '-' && argv[i][1] != '\0' && find(tables, NULL, 0, argv[i][1]) != NULL) {
			st = short_options(a, tables, argc, argv, &i, err);
		} else if (options && argv[i][0] == '-' && argv[i][1] != '\0' && strspn(argv[i] + 1, "0123456789.") == 0) {
			st = spur_fail(err, SPUR_EINVAL, "unknown option -%c", argv[i][1]);
		} else {
			a->pos = spur_realloc(a->pos, a->npos + 1, sizeof(*a->pos));
			a->pos[a->npos++] = argv[i];
		}
	}
	if (st < 0)
		spur_args_finish(a);
	return st;
}

void spur_args_finish(struct spur_args *a)
{
	free(a->pos);
	free(a->set);
	*a = (struct spur_args){ 0 };
}

const char *spur_args_nth(const struct spur_args *a, const char *name, size_t n)
{
	for (size_t i = 0; i < a->nset; i++) {
		if (strcmp(a->set[i].opt->name, name) == 0 && n-- == 0)
			return a->set[i].value;
	}
	return NULL;
}

const char *spur_args_text(const struct spur_args *a, const char *name, const char *fallback)
{
	for (size_t i = a->nset; i-- > 0;) {
		if (strcmp(a->set[i].opt->name, name) == 0)
			return a->set[i].value;
	}
	return fallback;
}

bool spur_args_has(const struct spur_args *a, const char *name)
{
	return spur_args_text(a, name, NULL) != NULL;
}

long long spur_args_int(const struct spur_args *a, const char *name, long long fallback)
{
	const char *v = spur_args_text(a, name, NULL);

	return v == NULL ? fallback : strtoll(v, NULL, 10);
}

double spur_args_float(const struct spur_args *a, const char *name, double fallback)
{
	const char *v = spur_args_text(a, name, NULL);

	return v == NULL ? fallback : strtod(v, NULL);
}

unsigned long long spur_args_size(const struct spur_args *a, const char *name, unsigned long long fallback)
{
	const char *v = spur_args_text(a, name, NULL);

	if (v != NULL)
		spur_size_parse(v, &fallback, NULL);
	return fallback;
}

spur_ns spur_args_span(const struct spur_args *a, const char *name, spur_ns fallback)
{
	const char *v = spur_args_text(a, name, NULL);

	if (v != NULL)
		spur_span_parse(v, &fallback, NULL);
	return fallback;
}
