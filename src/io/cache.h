#ifndef SPUR_IO_CACHE_H
#define SPUR_IO_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What can be made again: one file for each key in $XDG_CACHE_HOME/spur/KIND (else ~/.cache/spur/KIND), written
 * atomically, ended by a checksum. Whoever reads must still ask whether it fits what it is about. Nothing here fails:
 * what cannot be kept is made again next time. SPUR_CACHE=off keeps and reads nothing. Any thread.
 */

/* False: there is none, or not all of it. The caller frees. */
bool spur_cache_read(const char *kind, const char *key, uint64_t limit, char **data, size_t *len);
/* Beyond `most` bytes of this kind the ones that were written first go. */
void spur_cache_write(const char *kind, const char *key, const void *data, size_t len, uint64_t most);

#endif
