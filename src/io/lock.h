#ifndef SPUR_IO_LOCK_H
#define SPUR_IO_LOCK_H

#include "base/error.h"

/*
 * Advisory locks between processes (flock(2)): let go when the process dies, however it dies.
 */
struct spur_lock;

/* Makes the file if it is not there. SPUR_END: someone else has it (*out NULL). */
enum spur_status spur_lock_try(const char *path, struct spur_lock **out, struct spur_error *err);
void spur_lock_release(struct spur_lock *l);	/* NULL is fine */

#endif
