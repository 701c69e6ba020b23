#include "config.h"

#include "verb/identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/tap.h"

static char dir[] = "/tmp/spur-identity-XXXXXX";

/* In place of libc's: how many files were made durable, and what happens on a disk that cannot. */
static int files_synced;
static bool fsync_fails;

int fsync(int fd)
{
	struct stat st;

	files_synced += fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	errno = EIO;
	return fsync_fails ? -1 : 0;
}

static enum spur_status made(const char *name)
{
	struct spur_identity *id;
	enum spur_status st = spur_identity_open(name, true, &id, NULL);

	ok((st >= 0) == (id != NULL), "there is one or there is none");
	spur_identity_close(id);
	return st;
}

static void a_name_becomes_a_file_name(void)
{
	static const char *const bad[] = { "", ".", "..", ".ada", "-ada", "a/b", "a b", "a\tb", "a\nb", "a\"b", "a'b", "a\\b" };
	char name[102];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(made(bad[i]), SPUR_EINVAL, bad[i]);
	memset(name, 'n', sizeof(name));
	name[100] = '\0';
	is_int(made(name), SPUR_OK, "a hundred bytes");
	name[100] = 'n';
	name[101] = '\0';
	is_int(made(name), SPUR_EINVAL, "one more is refused");
	is_int(made("a-b.c"), SPUR_OK, "dashes and dots inside are fine");
}

static void a_key_is_private_and_durable(void)
{
	struct spur_identity *id, *again;
	struct spur_error err;
	char path[300];
	struct stat st;

	files_synced = 0;
	is_int(spur_identity_open("ada", false, &id, &err), SPUR_ENOTFOUND, "none is made unasked");
	ok(strstr(err.text, "spur identity add ada") != NULL, "the way to make one is told");
	is_int(spur_identity_open("ada", true, &id, &err), SPUR_OK, "made when asked");
	is_int(files_synced, 2, "both halves are on the disk before they have their names");
	snprintf(path, sizeof(path), "%s/spur/identities/ada", dir);
	is_str(id->key_path, path, "where it lies");
	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600, "nobody else reads the private half");
	is_int(spur_identity_open("ada", true, &again, &err), SPUR_OK, "the second time");
	is_str(again->fingerprint, id->fingerprint, "it is the same key");
	is_int(files_synced, 2, "and nothing is written");
	spur_identity_close(id);
	spur_identity_close(again);
	spur_identity_close(NULL);
	fsync_fails = true;
	is_int(made("bob"), SPUR_EIO, "a disk that cannot sync is a failure");
	fsync_fails = false;
	snprintf(path, sizeof(path), "%s/spur/identities/bob", dir);
	ok(access(path, F_OK) != 0, "which leaves no key");
}

int main(void)
{
	char cmd[300];

	if (mkdtemp(dir) == NULL)
		return 1;
	setenv("XDG_CONFIG_HOME", dir, 1);
	a_name_becomes_a_file_name();
	a_key_is_private_and_durable();
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	return tap_done() | (system(cmd) != 0);
}
