#include "config.h"

#include "ui/ui_priv.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define READY_MOST 16

/* Descriptors beside the work queue's: one epoll descriptor stands for all, so that back ends wait for one. */
struct spur_ui_watch {
	int fd;
	spur_ui_watch_fn *fn;
	void *arg;
};

enum spur_status spur_ui_watch_start(struct spur_ui *ui, struct spur_error *err)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = -1 };

	ui->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (ui->epoll < 0 || epoll_ctl(ui->epoll, EPOLL_CTL_ADD, spur_workq_fd(ui->queue), &e) < 0)
		return spur_fail(err, SPUR_EIO, "cannot wait for more than one thing");
	return SPUR_OK;
}

void spur_ui_watch_stop(struct spur_ui *ui)
{
	if (ui->epoll >= 0)
		close(ui->epoll);
	free(ui->watches);
	ui->watches = NULL;
	ui->watch_count = 0;
}

static struct spur_ui_watch *find(struct spur_ui *ui, int fd)
{
	for (size_t i = 0; i < ui->watch_count; i++) {
		if (ui->watches[i].fd == fd)
			return &ui->watches[i];
	}
	return NULL;
}

void spur_ui_watch(struct spur_ui *ui, int fd, bool write, spur_ui_watch_fn *fn, void *arg)
{
	struct epoll_event e = { .events = EPOLLIN | (write ? (uint32_t)EPOLLOUT : 0), .data.fd = fd };
	struct spur_ui_watch *w = find(ui, fd);

	if (w == NULL) {
		ui->watches = spur_realloc(ui->watches, ui->watch_count + 1, sizeof(*ui->watches));
		w = &ui->watches[ui->watch_count++];
		epoll_ctl(ui->epoll, EPOLL_CTL_ADD, fd, &e);
	} else {
		epoll_ctl(ui->epoll, EPOLL_CTL_MOD, fd, &e);
	}
	*w = (struct spur_ui_watch){ fd, fn, arg };
}

void spur_ui_unwatch(struct spur_ui *ui, int fd)
{
	struct spur_ui_watch *w = find(ui, fd);

	if (w == NULL)
		return;
	epoll_ctl(ui->epoll, EPOLL_CTL_DEL, fd, NULL);
	*w = ui->watches[--ui->watch_count];
}

void spur_ui_watch_dispatch(struct spur_ui *ui)
{
	struct epoll_event ready[READY_MOST];
	int n = epoll_wait(ui->epoll, ready, READY_MOST, 0);

	for (int i = 0; i < n; i++) {
		struct spur_ui_watch *w = find(ui, ready[i].data.fd);	/* one before may have taken it away */

		if (w != NULL)
			w->fn(ui, w->fd, w->arg);
	}
}
