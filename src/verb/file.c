#include "config.h"

#include <string.h>

#include "verb/file.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"

#define WARNINGS_MAX 10u

enum spur_status spur_file_open(struct spur_ctx *ctx, const char *path, const struct spur_format **format,
				struct spur_reader **reader, struct spur_error *err)
{
	struct spur_open_opts opts = { .mem_bytes = ctx->mem_bytes, .threads = ctx->threads };

	return spur_format_open(path, &opts, format, reader, err);
}

enum spur_exit spur_file_warn(struct spur_ctx *ctx, const char *path, const struct spur_description *d,
			      struct spur_emit *emit)
{
	(void)ctx;
	for (size_t i = 0; i < d->damage_count && i < WARNINGS_MAX; i++)
		spur_emit_warn(emit, "%s: byte %" PRIu64 ": %s", path, d->damage[i].offset, d->damage[i].reason);
	if (d->damage_count > WARNINGS_MAX)
		spur_emit_warn(emit, "%s: %zu more of that; spur info --json lists them", path, d->damage_count - WARNINGS_MAX);
	return d->damage_count > 0 ? SPUR_EXIT_PARTIAL : SPUR_EXIT_OK;
}

bool spur_file_same(const char *a, const char *b)
{
	char *x = realpath(a, NULL), *y = realpath(b, NULL);
	bool same = x != NULL && y != NULL && strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

enum spur_status spur_file_patterns_parse(const struct spur_args *args, const char *option, struct spur_file_patterns *out,
					  struct spur_error *err)
{
	const char *text;
	enum spur_status st = SPUR_OK;

	*out = (struct spur_file_patterns){ 0 };
	while (st == SPUR_OK && (text = spur_args_nth(args, option, out->count)) != NULL) {
		out->m = spur_realloc(out->m, out->count + 1, sizeof(struct spur_match *));
		if ((st = spur_match_create(text, &out->m[out->count], err)) == SPUR_OK)
			out->count++;
	}
	return st;
}

void spur_file_patterns_finish(struct spur_file_patterns *p)
{
	for (size_t i = 0; i < p->count; i++)
		spur_match_destroy(p->m[i]);
	free(p->m);
}

bool spur_file_patterns_test(const struct spur_file_patterns *p, const char *name)
{
	for (size_t i = 0; i < p->count; i++) {
		if (spur_match_test(p->m[i], name))
			return true;
	}
	return p->count == 0;
}

enum spur_status spur_file_span(const struct spur_args *args, spur_ns begin_ns, spur_ns end_ns, spur_ns *from, spur_ns *to,
				struct spur_error *err)
{
	static const char *const names[] = { "from", "to" };
	spur_ns *out[] = { from, to }, since = begin_ns;

	for (int i = 0; i < 2; i++) {
		const char *text = spur_args_text(args, names[i], NULL);
		enum spur_status st = text == NULL ? SPUR_OK : spur_time_parse(text, begin_ns, end_ns, since, out[i], err);

		if (st < 0)
			return spur_wrap(st, err, "--%s", names[i]);
		since = text == NULL ? begin_ns : *from;
	}
	return SPUR_OK;
}

const char *spur_file_span_from_end(const struct spur_args *args, const char **option)
{
	static const char *const names[] = { "from", "to" };

	for (int i = 0; i < 2; i++) {
		const char *text = spur_args_text(args, names[i], NULL);

		*option = names[i];
		if (text != NULL && (text[0] == '-' || strchr(text, '%') != NULL))
			return text;
	}
	return NULL;
}

enum spur_status spur_file_times(const struct spur_args *args, const struct spur_description *d, spur_ns *begin_ns,
				 spur_ns *end_ns, struct spur_error *err)
{
	const char *option, *text = spur_file_span_from_end(args, &option);

	*begin_ns = SPUR_NS_MIN;
	*end_ns = SPUR_NS_MAX;
	if (text != NULL && !(d->has_time && d->end_known))
		return spur_fail(err, SPUR_EINVAL, "--%s %s: this recording does not say where it ends; count from its begin", option, text);
	return spur_file_span(args, d->has_time ? d->begin_ns : 0, d->end_ns, begin_ns, end_ns, err);
}
