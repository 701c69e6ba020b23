#include "config.h"

#include "ipc/ipc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 8

struct spur_ipc_listener {
	int fd;
	char *folder, *path;	/* owned; path NULL: not bound yet */
};

/* A folder that only this user can enter, in a place whose name leaves room for a socket's. */
static char *private_folder(struct spur_error *err)
{
	const char *places[] = { getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"), "/tmp" };
	int why = ENOENT;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char *folder;

		if (places[i] == NULL || places[i][0] != '/' || strlen(places[i]) > 80)
			continue;
		folder = spur_strfmt("%s/spur-XXXXXX", places[i]);
		if (mkdtemp(folder) != NULL)
			return folder;
		why = errno;
		free(folder);
	}
	spur_fail(err, SPUR_EIO, "cannot make a folder for the windows' socket: %s", strerror(why));
	return NULL;
}

static enum spur_status address(const char *path, struct sockaddr_un *to, struct spur_error *err)
{
	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(to->sun_path))
		return spur_fail(err, SPUR_EINVAL, "%s: longer than the name of a socket can be", path);
	memcpy(to->sun_path, path, strlen(path) + 1);
	return SPUR_OK;
}

enum spur_status spur_ipc_listen(struct spur_ipc_listener **out, struct spur_error *err)
{
	struct spur_ipc_listener *l = spur_calloc(1, sizeof(*l));
	struct sockaddr_un a;
	enum spur_status st = SPUR_EIO;

	*out = NULL;
	l->fd = -1;
	if ((l->folder = private_folder(err)) == NULL)
		goto out;
	l->path = spur_strfmt("%s/windows", l->folder);
	if ((st = address(l->path, &a, err)) < 0)
		goto out;
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0 || bind(l->fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(l->fd, BACKLOG) < 0)
		st = spur_fail(err, SPUR_EIO, "%s: %s", l->path, strerror(errno));
out:
	if (st < 0)
		spur_ipc_listener_destroy(l);
	else
		*out = l;
	return st;
}

const char *spur_ipc_listener_path(const struct spur_ipc_listener *l)
{
	return l->path;
}

int spur_ipc_listener_fd(const struct spur_ipc_listener *l)
{
	return l->fd;
}

void spur_ipc_listener_destroy(struct spur_ipc_listener *l)
{
	if (l == NULL)
		return;
	if (l->fd >= 0)
		close(l->fd);
	if (l->path != NULL)
		unlink(l->path);
	if (l->folder != NULL)
		rmdir(l->folder);
	free(l->path);
	free(l->folder);
	free(l);
}

/* The folder keeps others out already; this holds where it was opened on purpose. */
static enum spur_status same_user(int fd, struct spur_error *err)
{
	struct ucred who = { 0 };
	socklen_t len = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0)
		return spur_fail(err, SPUR_EIO, "who is at the socket: %s", strerror(errno));
	if (who.uid != geteuid())
		return spur_fail(err, SPUR_EINVAL, "the process at the socket belongs to user %lu", (unsigned long)who.uid);
	return SPUR_OK;
}

static enum spur_status wrap(int fd, struct spur_ipc **out, struct spur_error *err)
{
	enum spur_status st = same_user(fd, err);

	if (st < 0)
		close(fd);
	else
		*out = spur_ipc_adopt(fd);
	return st;
}

enum spur_status spur_ipc_accept(struct spur_ipc_listener *l, struct spur_ipc **out, struct spur_error *err)
{
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	*out = NULL;
	if (fd < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ECONNABORTED || errno == EINTR))
		return SPUR_END;
	if (fd < 0)
		return spur_fail(err, SPUR_EIO, "accept: %s", strerror(errno));
	return wrap(fd, out, err);
}

enum spur_status spur_ipc_connect(const char *path, struct spur_ipc **out, struct spur_error *err)
{
	struct sockaddr_un a;
	enum spur_status st = address(path, &a, err);
	int fd;

	*out = NULL;
	if (st < 0)
		return st;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		st = spur_fail(err, SPUR_EIO, "%s: %s; is the workbench that gave it still running?", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return st;
	}
	return wrap(fd, out, err);
}
