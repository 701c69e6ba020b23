#ifndef SPUR_IO_RANGE_H
#define SPUR_IO_RANGE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/task.h"

/*
 * Bytes by offset: the only way a reader gets at a file. Reads may come from any
 * thread at once. A short or vanished file is an error, never a signal: pread, no mmap.
 */
struct spur_range;

/* What identifies the bytes without reading them all; part of every index key. */
struct spur_range_id {
	uint64_t size, device, inode;
	int64_t mtime_ns, ctime_ns;
};

/* Opens a regular file (or a block device). SPUR_ENOTFOUND, SPUR_EIO; a folder is SPUR_EINVAL. */
enum spur_status spur_range_open(const char *path, struct spur_range **out, struct spur_error *err);
/* Borrowed memory, for tests and embedded files. name is copied. */
struct spur_range *spur_range_memory(const void *data, uint64_t size, const char *name);
/* Reads a pipe to its end into a temporary file (deleted at once) and opens that. */
enum spur_status spur_range_spool(int fd, const char *name, struct spur_range **out, struct spur_error *err);
void spur_range_close(struct spur_range *r);	/* NULL is fine */

uint64_t spur_range_size(const struct spur_range *r);	/* at the time of opening */
const char *spur_range_name(const struct spur_range *r);	/* path, for messages; borrowed */
struct spur_range_id spur_range_id(const struct spur_range *r);

/* Exactly len bytes at offset, or SPUR_EFORMAT ("truncated": offset is the byte that is missing)
 * or SPUR_EIO. The length must have been checked against a limit before it sized a buffer. */
enum spur_status spur_range_read(struct spur_range *r, uint64_t offset, void *to, uint64_t len, struct spur_error *err);
/* At most len bytes; *got may be less only at the end of the file. */
enum spur_status spur_range_read_some(struct spur_range *r, uint64_t offset, void *to, uint64_t len, uint64_t *got,
				      struct spur_error *err);
/* Bytes handed out so far, by all threads: what a reader costs. */
uint64_t spur_range_bytes_read(const struct spur_range *r);
/* The bytes [offset, offset + len) will be wanted soon; a hint. */
void spur_range_prefetch(struct spur_range *r, uint64_t offset, uint64_t len);
/* sha256 of everything, lower-case hex; streams, cancellable. */
enum spur_status spur_range_sha256(struct spur_range *r, char hex[65], struct spur_task *task, struct spur_error *err);

#endif
