#include "config.h"

#include "viewers/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

struct spur_watch {
	pthread_t thread;
	Uint32 type;
	int wake[2];		/* a byte: look at the places again */
	pthread_mutex_t lock;	/* guards what follows */
	bool stop;
	struct pollfd fds[SPUR_WATCH_FDS];
};

/* What is to be waited for now; false: nothing any more. */
static bool snapshot(struct spur_watch *w, struct pollfd *to)
{
	bool go;

	pthread_mutex_lock(&w->lock);
	memcpy(to, w->fds, sizeof(w->fds));
	go = !w->stop;
	pthread_mutex_unlock(&w->lock);
	return go;
}

static void *run(void *arg)
{
	struct spur_watch *w = arg;
	struct pollfd fds[SPUR_WATCH_FDS + 1] = { { .fd = w->wake[0], .events = POLLIN } };
	bool armed = false;
	char junk[64];

	while (snapshot(w, fds + 1)) {
		SDL_Event e = { .type = w->type };

		if (poll(fds, armed ? SPUR_WATCH_FDS + 1 : 1, -1) < 0 && errno != EINTR)
			break;
		if ((fds[0].revents & POLLIN) != 0) {
			while (read(w->wake[0], junk, sizeof(junk)) > 0)
				;
			armed = true;
			continue;
		}
		if (armed)	/* not again before the owner has looked: a full queue of events would be no use */
			armed = SDL_PushEvent(&e) != 1;
	}
	return NULL;
}

static void poke(struct spur_watch *w)
{
	(void)!write(w->wake[1], "", 1);	/* a full pipe wakes as well */
}

enum spur_status spur_watch_start(Uint32 type, struct spur_watch **out, struct spur_error *err)
{
	struct spur_watch *w = spur_calloc(1, sizeof(*w));
	int rc;

	w->type = type;
	for (int i = 0; i < SPUR_WATCH_FDS; i++)
		w->fds[i].fd = -1;
	if (pipe2(w->wake, O_CLOEXEC | O_NONBLOCK) < 0) {
		free(w);
		return spur_fail(err, SPUR_EIO, "pipe: %s", strerror(errno));
	}
	pthread_mutex_init(&w->lock, NULL);
	if ((rc = pthread_create(&w->thread, NULL, run, w)) != 0) {
		close(w->wake[0]);
		close(w->wake[1]);
		free(w);
		return spur_fail(err, SPUR_ENOMEM, "thread: %s", strerror(rc));
	}
	*out = w;
	return SPUR_OK;
}

void spur_watch_set(struct spur_watch *w, int i, int fd, bool write)
{
	pthread_mutex_lock(&w->lock);
	w->fds[i] = (struct pollfd){ .fd = fd, .events = (short)(POLLIN | (write ? POLLOUT : 0)) };
	pthread_mutex_unlock(&w->lock);
}

void spur_watch_again(struct spur_watch *w)
{
	poke(w);
}

void spur_watch_stop(struct spur_watch *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_mutex_unlock(&w->lock);
	poke(w);
	pthread_join(w->thread, NULL);
	close(w->wake[0]);
	close(w->wake[1]);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
