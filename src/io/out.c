#include "config.h"

#include "io/out.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

#define BLOCK (256u << 10)

struct spur_out {
	int fd;
	char *path, *tmp;
	struct spur_buf pending;
	uint64_t flushed;
	enum spur_status status;
	struct spur_error error;
};

static enum spur_status fail_errno(struct spur_error *err, const char *what, const char *path)
{
	return spur_fail(err, errno == ENOENT ? SPUR_ENOTFOUND : SPUR_EIO, "%s: cannot %s: %s", path, what,
			 strerror(errno));
}

static enum spur_status write_all(int fd, const char *data, size_t len, const char *path, struct spur_error *err)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(err, "write", path);
		data += n;
		len -= (size_t)n;
	}
	return SPUR_OK;
}

enum spur_status spur_out_create(const char *path, struct spur_out **out, struct spur_error *err)
{
	static atomic_uint serial;
	struct spur_out *o = spur_calloc(1, sizeof(*o));
	enum spur_status st;

	*out = NULL;
	o->path = spur_strdup(path);
	o->tmp = spur_strfmt("%s.tmp-%ld-%u", path, (long)getpid(), atomic_fetch_add(&serial, 1));
	o->fd = open(o->tmp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (o->fd < 0) {
		st = fail_errno(err, "create", o->path);
		free(o->path);
		free(o->tmp);
		free(o);
		return st;
	}
	*out = o;
	return SPUR_OK;
}

static enum spur_status flush(struct spur_out *o, struct spur_error *err)
{
	if (o->status == SPUR_OK) {
		o->status = write_all(o->fd, spur_buf_text(&o->pending), o->pending.len, o->path, &o->error);
		o->flushed += o->pending.len;
		spur_buf_clear(&o->pending);
	}
	if (o->status < 0 && err != NULL)
		*err = o->error;
	return o->status;
}

enum spur_status spur_out_write(struct spur_out *o, const void *data, size_t len, struct spur_error *err)
{
	if (o->status == SPUR_OK)
		spur_buf_add(&o->pending, data, len);
	return o->pending.len >= BLOCK || o->status < 0 ? flush(o, err) : SPUR_OK;
}

uint64_t spur_out_tell(const struct spur_out *o)
{
	return o->flushed + o->pending.len;
}

enum spur_status spur_out_patch(struct spur_out *o, uint64_t offset, const void *data, size_t len, struct spur_error *err)
{
	enum spur_status st = flush(o, err);

	if (st < 0)
		return st;
	if (offset + len > o->flushed)
		return spur_fail(err, SPUR_EINVAL, "%s: patch past the end", o->path);
	while (len > 0) {
		ssize_t n = pwrite(o->fd, data, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			o->status = fail_errno(&o->error, "write", o->path);
			return flush(o, err);
		}
		data = (const char *)data + n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return SPUR_OK;
}

static void release(struct spur_out *o)
{
	if (o->fd >= 0)
		close(o->fd);
	spur_buf_finish(&o->pending);
	free(o->path);
	free(o->tmp);
	free(o);
}

/* So that the name itself survives a power cut. */
static enum spur_status sync_folder(const char *path, struct spur_error *err)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? spur_strdup(".") : slash == path ? spur_strdup("/") :
		    spur_strndup(path, (size_t)(slash - path));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum spur_status st = SPUR_OK;

	if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL))
		st = fail_errno(err, "fsync", dir);
	if (fd >= 0)
		close(fd);
	free(dir);
	return st;
}

enum spur_status spur_out_commit(struct spur_out *o, struct spur_error *err)
{
	enum spur_status st = flush(o, err);

	if (st == SPUR_OK && fsync(o->fd) < 0)
		st = fail_errno(err, "fsync", o->path);
	if (st == SPUR_OK && rename(o->tmp, o->path) < 0)
		st = fail_errno(err, "rename to", o->path);
	if (st < 0)
		unlink(o->tmp);
	else
		st = sync_folder(o->path, err);
	release(o);
	return st;
}

void spur_out_discard(struct spur_out *o)
{
	if (o == NULL)
		return;
	unlink(o->tmp);
	release(o);
}

enum spur_status spur_file_write(const char *path, const void *data, size_t len, struct spur_error *err)
{
	struct spur_out *o;
	enum spur_status st = spur_out_create(path, &o, err);

	if (st < 0)
		return st;
	if ((st = spur_out_write(o, data, len, err)) < 0) {
		spur_out_discard(o);
		return st;
	}
	return spur_out_commit(o, err);
}

enum spur_status spur_file_read(const char *path, uint64_t limit, char **data, size_t *len, struct spur_error *err)
{
	struct spur_buf b = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum spur_status st = SPUR_OK;
	ssize_t n = 1;

	*data = NULL;
	*len = 0;
	if (fd < 0)
		return fail_errno(err, "open", path);
	while (st == SPUR_OK && n != 0) {
		n = read(fd, spur_buf_reserve(&b, BLOCK), BLOCK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			st = fail_errno(err, "read", path);
		else
			b.len += (size_t)n;
		if (b.len > limit)
			st = spur_fail(err, SPUR_EINVAL, "%s: larger than %" PRIu64 " bytes", path, limit);
	}
	close(fd);
	if (st < 0) {
		spur_buf_finish(&b);
		return st;
	}
	b.data[b.len] = '\0';
	*len = b.len;
	*data = spur_buf_steal(&b);
	return SPUR_OK;
}

enum spur_status spur_file_move(const char *from, const char *to, struct spur_error *err)
{
	if (rename(from, to) < 0)
		return fail_errno(err, "rename", from);
	return sync_folder(to, err);
}

enum spur_status spur_file_append(const char *path, const char *line, size_t len, struct spur_error *err)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	struct spur_buf b = { 0 };
	enum spur_status st;

	if (fd < 0)
		return fail_errno(err, "open", path);
	spur_buf_add(&b, line, len);
	spur_buf_addc(&b, '\n');
	st = write_all(fd, b.data, b.len, path, err);
	close(fd);
	spur_buf_finish(&b);
	return st;
}

enum spur_status spur_dir_make(const char *path, struct spur_error *err)
{
	char *p = spur_strdup(path);
	enum spur_status st = SPUR_OK;
	struct stat s;

	for (char *c = p + 1; st == SPUR_OK; c++) {
		char was = *c;

		if (was != '/' && was != '\0')
			continue;
		*c = '\0';
		if (mkdir(p, 0777) < 0 && errno != EEXIST)
			st = fail_errno(err, "make folder", p);
		*c = was;
		if (was == '\0')
			break;
	}
	if (st == SPUR_OK && (stat(path, &s) < 0 || !S_ISDIR(s.st_mode)))
		st = spur_fail(err, SPUR_EINVAL, "%s: is no folder", path);
	free(p);
	return st;
}

bool spur_path_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

enum spur_status spur_dir_list(const char *path, char ***names, size_t *count, struct spur_error *err)
{
	DIR *d = opendir(path);
	struct dirent *e;

	*names = NULL;
	*count = 0;
	if (d == NULL)
		return fail_errno(err, "open folder", path);
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		*names = spur_realloc(*names, *count + 1, sizeof(**names));
		(*names)[(*count)++] = spur_strdup(e->d_name);
	}
	closedir(d);
	if (*count > 0)
		qsort(*names, *count, sizeof(**names), by_name);
	return SPUR_OK;
}
