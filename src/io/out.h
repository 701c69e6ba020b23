#ifndef SPUR_IO_OUT_H
#define SPUR_IO_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * A file that appears whole or not at all: bytes go to PATH.tmp-PID-N, and commit
 * fsyncs it, renames it to PATH and fsyncs the folder. One thread at a time.
 */
struct spur_out;

enum spur_status spur_out_create(const char *path, struct spur_out **out, struct spur_error *err);
/* Buffered. The first failure sticks; later calls return it. */
enum spur_status spur_out_write(struct spur_out *o, const void *data, size_t len, struct spur_error *err);
uint64_t spur_out_tell(const struct spur_out *o);
/* Overwrite bytes already written (a header that needs totals). */
enum spur_status spur_out_patch(struct spur_out *o, uint64_t offset, const void *data, size_t len, struct spur_error *err);
/* Frees o, also on failure (then nothing is left behind). */
enum spur_status spur_out_commit(struct spur_out *o, struct spur_error *err);
void spur_out_discard(struct spur_out *o);	/* NULL is fine; leaves no file */

/* The whole content at once, atomically. */
enum spur_status spur_file_write(const char *path, const void *data, size_t len, struct spur_error *err);
/* The whole content of a small file, NUL-terminated; refused past limit. The caller frees. */
enum spur_status spur_file_read(const char *path, uint64_t limit, char **data, size_t *len, struct spur_error *err);
/* One line at the end of a shared log, written with one write(2) under O_APPEND; adds the newline. */
enum spur_status spur_file_append(const char *path, const char *line, size_t len, struct spur_error *err);
/* rename(2) within one file system, and the new name survives a power cut. */
enum spur_status spur_file_move(const char *from, const char *to, struct spur_error *err);
enum spur_status spur_dir_make(const char *path, struct spur_error *err);	/* and its parents; fine if there */
bool spur_path_exists(const char *path);
/* Names in a folder, sorted, without . and ..; the caller frees each and the array. */
enum spur_status spur_dir_list(const char *path, char ***names, size_t *count, struct spur_error *err);

#endif
