#include "config.h"

#include "verb/info_around.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/out.h"

char *spur_info_beside(const struct spur_info *i, const struct spur_attachment *a)
{
	const char *slash = strrchr(i->path, '/'), *name = a->name;
	struct spur_buf b = { 0 };

	if (a->offset != 0)
		return NULL;
	if (slash != NULL && name[0] != '/' && name[0] != '\\' && !(name[0] != '\0' && name[1] == ':'))
		spur_buf_add(&b, i->path, (size_t)(slash + 1 - i->path));
	for (const char *p = name; *p != '\0'; p++)
		spur_buf_addc(&b, *p == '\\' ? '/' : *p);
	return spur_buf_steal(&b);
}

const char *spur_info_verified(const struct spur_info *i, size_t attachment)
{
	const struct spur_attachment *a = &i->d->attachments[attachment];
	struct spur_error err;
	enum spur_status st;

	if (a->offset == 0 || i->format->attachment == NULL)
		return NULL;
	st = i->format->attachment(i->reader, attachment, NULL, NULL, i->task, &err);
	return st == SPUR_OK ? "right" : st == SPUR_EFORMAT ? "wrong" : "unknown";
}

/* The part of a name behind its folders, whichever way they are written. */
static const char *last_part(const char *name)
{
	const char *last = name;

	for (const char *p = name; *p != '\0'; p++) {
		if (*p == '/' || *p == '\\')
			last = p + 1;
	}
	return last;
}

/* SPUR_EINVAL: several have that name. */
static enum spur_status find(const struct spur_info *i, const char *which, size_t *out, struct spur_error *err)
{
	size_t hits = 0;
	char *end;
	uint64_t number = strtoull(which, &end, 10);

	for (size_t k = 0; k < i->d->attachment_count; k++) {
		const char *name = i->d->attachments[k].name;

		if (*name == '\0' || (strcmp(name, which) != 0 && strcmp(last_part(name), which) != 0))
			continue;
		*out = k;
		hits++;
	}
	if (hits == 1)
		return SPUR_OK;
	if (hits == 0 && *end == '\0' && end != which && number < i->d->attachment_count) {
		*out = (size_t)number;
		return SPUR_OK;
	}
	if (hits > 1)
		return spur_fail(err, SPUR_EINVAL, "%s: %zu attachments are named '%s'; say the number that spur info shows", i->path, hits,
				 which);
	return spur_fail(err, SPUR_ENOTFOUND, "%s: no attachment '%s'; spur info lists its %zu", i->path, which, i->d->attachment_count);
}

static enum spur_status put(void *state, const void *data, size_t len, struct spur_error *err)
{
	return spur_out_write(state, data, len, err);
}

enum spur_exit spur_info_extract(const struct spur_info *i, const char *which, const char *path, struct spur_emit *emit,
				 struct spur_error *err)
{
	struct spur_out *out = NULL;
	size_t index = 0;
	enum spur_status st = find(i, which, &index, err);

	if (st == SPUR_OK && i->format->attachment == NULL)
		st = spur_fail(err, SPUR_EUNSUPPORTED, "%s: attachments of this format cannot be read", i->path);
	if (st == SPUR_OK)
		st = spur_out_create(path, &out, err);
	if (st < 0)
		return st == SPUR_EINVAL ? SPUR_EXIT_USAGE : spur_exit_of(st);
	st = i->format->attachment(i->reader, index, put, out, i->task, err);
	if (st < 0) {
		spur_out_discard(out);
		return spur_exit_of(spur_wrap(st, err, "%s", i->path));
	}
	uint64_t bytes = spur_out_tell(out);

	if ((st = spur_out_commit(out, err)) < 0)
		return spur_exit_of(st);
	spur_emit_row(emit, "extracted");
	spur_emit_text(emit, "name", i->d->attachments[index].name);
	spur_emit_text(emit, "output", path);
	spur_emit_size(emit, "size_bytes", bytes);
	spur_emit_bool(emit, "verified", i->d->attachments[index].md5 != NULL);
	spur_emit_detail(emit);
	spur_emit_text(emit, "path", i->path);
	spur_emit_end(emit);
	return SPUR_EXIT_OK;
}
