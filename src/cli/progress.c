#include "config.h"

#include "cli/progress.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/time.h"

#define FIRST_NS (SPUR_NS_PER_S / 5)
#define STEP_NS (SPUR_NS_PER_S / 10)
#define BAR 30

struct spur_progress {
	const struct spur_task *task;
	const char *what;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;	/* under lock */
	bool shown;
};

static void draw(struct spur_progress *p, spur_ns since)
{
	unsigned permille = spur_task_permille(p->task);
	int filled = (int)(permille * BAR / 1000);
	char bar[BAR + 1], left[SPUR_TIME_TEXT] = "";

	if (permille == 0)
		return;
	for (int i = 0; i < BAR; i++)
		bar[i] = i < filled ? '#' : '.';
	bar[BAR] = '\0';
	if (permille > 20 && permille < 1000) {
		spur_ns rest = (spur_monotonic_ns() - since) / permille * (1000 - permille);

		if (rest >= SPUR_NS_PER_S)	/* less is over before it is read */
			spur_span_text(rest, left);
	}
	fprintf(stderr, "\r%s [%s] %3u %% %s\033[K", p->what, bar, permille / 10, left);
	fflush(stderr);
	p->shown = true;
}

static void *loop(void *arg)
{
	struct spur_progress *p = arg;
	spur_ns since = spur_monotonic_ns(), wait = FIRST_NS;
	struct timespec ts;

	pthread_mutex_lock(&p->lock);
	while (!p->stop) {
		clock_gettime(CLOCK_REALTIME, &ts);
		ts.tv_nsec += (long)wait;
		if (ts.tv_nsec >= 1000000000) {
			ts.tv_nsec -= 1000000000;
			ts.tv_sec++;
		}
		if (pthread_cond_timedwait(&p->wake, &p->lock, &ts) != 0 && !p->stop)
			draw(p, since);
		wait = STEP_NS;
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct spur_progress *spur_progress_start(const struct spur_task *task, const char *what)
{
	struct spur_progress *p = spur_calloc(1, sizeof(*p));

	p->task = task;
	p->what = what;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	if (pthread_create(&p->thread, NULL, loop, p) == 0)
		return p;
	free(p);
	return NULL;
}

void spur_progress_stop(struct spur_progress *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	if (p->shown)
		fputs("\r\033[K", stderr);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
