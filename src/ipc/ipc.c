#include "config.h"

#include "ipc/ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES 4096

struct spur_ipc {
	int fd;
	struct spur_buf in;		/* less than a line and a read */
	size_t taken;			/* of in */
	bool ended;			/* the peer will send no more */
	struct spur_buf out;		/* one line on its way */
	size_t sent;
	bool due[SPUR_IPC_OTHER];
	struct spur_ipc_message wait[SPUR_IPC_OTHER];
};

struct spur_ipc *spur_ipc_adopt(int fd)
{
	struct spur_ipc *c = spur_calloc(1, sizeof(*c));

	c->fd = fd;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return c;
}

void spur_ipc_close(struct spur_ipc *c)
{
	if (c == NULL)
		return;
	close(c->fd);
	spur_buf_finish(&c->in);
	spur_buf_finish(&c->out);
	free(c);
}

int spur_ipc_fd(const struct spur_ipc *c)
{
	return c->fd;
}

size_t spur_ipc_held_bytes(const struct spur_ipc *c)
{
	return c->in.cap + c->out.cap;
}

void spur_ipc_own_name(char out[32])
{
	snprintf(out, 32, "%ld-%llx", (long)getpid(), (unsigned long long)spur_now_ns() & 0xffffffffu);
}

/* ---- sending ---- */

void spur_ipc_post(struct spur_ipc *c, const struct spur_ipc_message *m)
{
	if (m->kind >= SPUR_IPC_OTHER)
		return;
	c->wait[m->kind] = *m;
	c->due[m->kind] = true;
}

/* The next line, if there is one: the hello before all, the bye after all. */
static bool next_line(struct spur_ipc *c)
{
	for (int k = 0; k < SPUR_IPC_OTHER; k++) {
		if (!c->due[k])
			continue;
		c->due[k] = false;
		spur_buf_clear(&c->out);
		c->sent = 0;
		spur_ipc_encode(&c->wait[k], &c->out);
		return true;
	}
	return false;
}

enum spur_status spur_ipc_flush(struct spur_ipc *c, struct spur_error *err)
{
	while (c->sent < c->out.len || next_line(c)) {
		ssize_t n = send(c->fd, c->out.data + c->sent, c->out.len - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return SPUR_END;
		if (n < 0)
			return spur_fail(err, SPUR_EIO, "the other side has gone: %s", strerror(errno));
		c->sent += (size_t)n;
	}
	return SPUR_OK;
}

/* ---- receiving ---- */

/* SPUR_OK: in has grown; SPUR_END: nothing for now. */
static enum spur_status fill(struct spur_ipc *c, struct spur_error *err)
{
	ssize_t n;

	if (c->taken > 0) {
		memmove(c->in.data, c->in.data + c->taken, c->in.len - c->taken);
		c->in.len -= c->taken;
		c->taken = 0;
	}
	if (c->in.len >= SPUR_IPC_LINE_MAX)
		return spur_fail(err, SPUR_EFORMAT, "a line of more than %d bytes", SPUR_IPC_LINE_MAX);
	do
		n = recv(c->fd, spur_buf_reserve(&c->in, READ_BYTES), READ_BYTES, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		c->in.len += (size_t)n;
		return SPUR_OK;
	}
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return SPUR_END;
	return spur_fail(err, SPUR_EIO, "the other side has gone%s%s", n < 0 ? ": " : "", n < 0 ? strerror(errno) : "");
}

enum spur_status spur_ipc_take(struct spur_ipc *c, struct spur_ipc_message *out, struct spur_error *err)
{
	enum spur_status st;

	for (;;) {
		const char *line = c->in.len > c->taken ? c->in.data + c->taken : "";
		const char *end = c->in.len > c->taken ? memchr(line, '\n', c->in.len - c->taken) : NULL;

		if (end == NULL && (st = fill(c, err)) != SPUR_OK)
			return st;
		if (end == NULL)
			continue;
		c->taken += (size_t)(end - line) + 1;
		st = spur_ipc_decode(line, (size_t)(end - line), out, err);
		if (st >= 0 && out->kind == SPUR_IPC_HELLO && out->version != SPUR_IPC_VERSION)
			return spur_fail(err, SPUR_EUNSUPPORTED, "the other side speaks version %lld of the line, this is %d",
					 (long long)out->version, SPUR_IPC_VERSION);
		return st;
	}
}
