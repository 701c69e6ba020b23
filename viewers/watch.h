#ifndef SPUR_VIEWERS_WATCH_H
#define SPUR_VIEWERS_WATCH_H

#include <SDL.h>
#include <stdbool.h>

#include "base/error.h"

/*
 * SDL can wait for events only: a thread waits for file descriptors and says so with an event of `type`,
 * once, and goes on when spur_watch_again() was called. The thread touches nothing else.
 */
struct spur_watch;

#define SPUR_WATCH_FDS 2

enum spur_status spur_watch_start(Uint32 type, struct spur_watch **out, struct spur_error *err);
/* Place i: fd to be read, and written if `write`; fd -1: none. Takes effect with spur_watch_again(). */
void spur_watch_set(struct spur_watch *w, int i, int fd, bool write);
void spur_watch_again(struct spur_watch *w);
void spur_watch_stop(struct spur_watch *w);	/* NULL is fine */

#endif
