#include "config.h"

#include "io/range.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"

#define HASH_BLOCK (1u << 20)

struct spur_range {
	int fd;				/* -1: memory */
	const unsigned char *memory;	/* borrowed */
	char *name;
	struct spur_range_id id;
	_Atomic uint64_t bytes_read;
};

static struct spur_range *make(int fd, const char *name)
{
	struct spur_range *r = spur_calloc(1, sizeof(*r));

	r->fd = fd;
	r->name = spur_strdup(name);
	return r;
}

static enum spur_status identify(struct spur_range *r, struct spur_error *err)
{
	struct stat s;

	if (fstat(r->fd, &s) < 0)
		return spur_fail(err, SPUR_EIO, "cannot stat: %s", strerror(errno));
	if (S_ISDIR(s.st_mode))
		return spur_fail(err, SPUR_EINVAL, "is a folder");
	r->id = (struct spur_range_id){
		.size = (uint64_t)s.st_size,
		.device = (uint64_t)s.st_dev,
		.inode = (uint64_t)s.st_ino,
		.mtime_ns = (int64_t)s.st_mtim.tv_sec * 1000000000 + s.st_mtim.tv_nsec,
		.ctime_ns = (int64_t)s.st_ctim.tv_sec * 1000000000 + s.st_ctim.tv_nsec,
	};
	if (S_ISBLK(s.st_mode)) {
		off_t end = lseek(r->fd, 0, SEEK_END);

		r->id.size = end < 0 ? 0 : (uint64_t)end;
	} else if (!S_ISREG(s.st_mode)) {
		return spur_fail(err, SPUR_EINVAL, "is no regular file; use - to read a pipe");
	}
	return SPUR_OK;
}

enum spur_status spur_range_open(const char *path, struct spur_range **out, struct spur_error *err)
{
	/* O_NONBLOCK: a FIFO must be refused, not waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct spur_range *r;
	enum spur_status st;

	*out = NULL;
	if (fd < 0)
		return spur_fail(err, errno == ENOENT ? SPUR_ENOTFOUND : SPUR_EIO, "%s", strerror(errno));
	r = make(fd, path);
	if ((st = identify(r, err)) < 0) {
		spur_range_close(r);
		return st;
	}
	*out = r;
	return SPUR_OK;
}

struct spur_range *spur_range_memory(const void *data, uint64_t size, const char *name)
{
	struct spur_range *r = make(-1, name);

	r->memory = data;
	r->id.size = size;
	return r;
}

static enum spur_status copy_pipe(int from, int to, struct spur_error *err)
{
	char *block = spur_malloc(HASH_BLOCK);
	enum spur_status st = SPUR_OK;
	ssize_t n;

	while (st == SPUR_OK && (n = read(from, block, HASH_BLOCK)) != 0) {
		if (n < 0 && errno != EINTR)
			st = spur_fail(err, SPUR_EIO, "cannot read: %s", strerror(errno));
		for (ssize_t done = 0; st == SPUR_OK && done < n;) {
			ssize_t w = write(to, block + done, (size_t)(n - done));

			if (w < 0 && errno != EINTR)
				st = spur_fail(err, SPUR_EIO, "cannot spool: %s", strerror(errno));
			done += w < 0 ? 0 : w;
		}
	}
	free(block);
	return st;
}

enum spur_status spur_range_spool(int from, const char *name, struct spur_range **out, struct spur_error *err)
{
	const char *dir = getenv("TMPDIR");
	char *path = spur_strfmt("%s/spur-spool-XXXXXX", dir == NULL || *dir == '\0' ? "/tmp" : dir);
	int fd = mkostemp(path, O_CLOEXEC);
	struct spur_range *r;
	enum spur_status st;

	*out = NULL;
	if (fd < 0) {
		st = spur_fail(err, SPUR_EIO, "%s: %s", path, strerror(errno));
		free(path);
		return st;
	}
	unlink(path);
	free(path);
	r = make(fd, name);
	if ((st = copy_pipe(from, fd, err)) < 0 || (st = identify(r, err)) < 0) {
		spur_range_close(r);
		return st;
	}
	*out = r;
	return SPUR_OK;
}

void spur_range_close(struct spur_range *r)
{
	if (r == NULL)
		return;
	if (r->fd >= 0)
		close(r->fd);
	free(r->name);
	free(r);
}

uint64_t spur_range_size(const struct spur_range *r)
{
	return r->id.size;
}

const char *spur_range_name(const struct spur_range *r)
{
	return r->name;
}

struct spur_range_id spur_range_id(const struct spur_range *r)
{
	return r->id;
}

enum spur_status spur_range_read_some(struct spur_range *r, uint64_t offset, void *to, uint64_t len, uint64_t *got,
				      struct spur_error *err)
{
	*got = 0;
	if (offset >= r->id.size)
		return SPUR_OK;
	if (len > r->id.size - offset)
		len = r->id.size - offset;
	if (r->fd < 0) {
		memcpy(to, r->memory + offset, (size_t)len);
		*got = len;
		atomic_fetch_add(&r->bytes_read, len);
		return SPUR_OK;
	}
	while (*got < len) {
		ssize_t n = pread(r->fd, (char *)to + *got, (size_t)(len - *got), (off_t)(offset + *got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return spur_error_set_offset(spur_fail(err, SPUR_EIO, "cannot read at byte %" PRIu64 ": %s",
							       offset + *got, strerror(errno)), err, offset + *got);
		if (n == 0)
			break;
		*got += (uint64_t)n;
	}
	atomic_fetch_add(&r->bytes_read, *got);
	return SPUR_OK;
}

enum spur_status spur_range_read(struct spur_range *r, uint64_t offset, void *to, uint64_t len, struct spur_error *err)
{
	uint64_t got;
	enum spur_status st = spur_range_read_some(r, offset, to, len, &got, err);

	if (st < 0 || got == len)
		return st;
	return spur_fail_byte(err, SPUR_EFORMAT, offset + got, "truncated at byte %" PRIu64 ": %" PRIu64
			      " of %" PRIu64 " bytes wanted at %" PRIu64 " are there", offset + got, got, len, offset);
}

uint64_t spur_range_bytes_read(const struct spur_range *r)
{
	return atomic_load(&r->bytes_read);
}

void spur_range_prefetch(struct spur_range *r, uint64_t offset, uint64_t len)
{
	if (r->fd >= 0)
		posix_fadvise(r->fd, (off_t)offset, (off_t)len, POSIX_FADV_WILLNEED);
}

enum spur_status spur_range_sha256(struct spur_range *r, char hex[65], struct spur_task *task, struct spur_error *err)
{
	struct spur_sha256 *h = spur_sha256_create();
	char *block = spur_malloc(HASH_BLOCK);
	enum spur_status st = SPUR_OK;

	for (uint64_t at = 0, got; at < r->id.size && st == SPUR_OK; at += got) {
		uint64_t want = r->id.size - at < HASH_BLOCK ? r->id.size - at : HASH_BLOCK;

		if (spur_task_cancelled(task)) {
			got = 0;
			st = spur_fail(err, SPUR_ECANCELLED, "hash of %s", r->name);
		} else if ((st = spur_range_read(r, at, block, got = want, err)) == SPUR_OK) {
			spur_sha256_add(h, block, want);
			spur_task_progress(task, at + want, r->id.size);
		}
	}
	spur_sha256_end_hex(h, hex);
	free(block);
	return st;
}
