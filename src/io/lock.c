#include "config.h"

#include "io/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buf.h"

struct spur_lock {
	int fd;
};

enum spur_status spur_lock_try(const char *path, struct spur_lock **out, struct spur_error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	*out = NULL;
	if (fd < 0)
		return spur_fail(err, SPUR_EIO, "%s: cannot open: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int why = errno;

		close(fd);
		return why == EWOULDBLOCK ? SPUR_END :
		       spur_fail(err, SPUR_EIO, "%s: cannot lock: %s", path, strerror(why));
	}
	*out = spur_calloc(1, sizeof(**out));
	(*out)->fd = fd;
	return SPUR_OK;
}

void spur_lock_release(struct spur_lock *l)
{
	if (l == NULL)
		return;
	close(l->fd);
	free(l);
}
