#include "config.h"

#include "verb/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/out.h"

#define KEY_FILE_MAX (64u << 10)

extern char **environ;

char *spur_identity_default(void)
{
	const struct passwd *pw = getpwuid(getuid());
	const char *env = getenv("USER");

	if (pw != NULL && pw->pw_name[0] != '\0')
		return spur_strdup(pw->pw_name);
	return env != NULL && *env != '\0' ? spur_strdup(env) : spur_strfmt("uid%ld", (long)getuid());
}

static char *folder(void)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config != NULL && *config == '/')
		return spur_strfmt("%s/spur/identities", config);
	if (home == NULL || *home == '\0') {
		const struct passwd *pw = getpwuid(getuid());

		home = pw == NULL ? "/tmp" : pw->pw_dir;
	}
	return spur_strfmt("%s/.config/spur/identities", home);
}

/* A name becomes a file name. */
static enum spur_status check_name(const char *name, struct spur_error *err)
{
	if (name[0] == '\0' || name[0] == '.' || name[0] == '-' || strpbrk(name, "/ \t\n\"'\\") != NULL ||
	    strlen(name) > 100)
		return spur_fail(err, SPUR_EINVAL, "'%s' is no name for an identity: one word without / and quotes", name);
	return SPUR_OK;
}

static enum spur_status fail_errno(const char *what, const char *path, struct spur_error *err)
{
	return spur_fail(err, SPUR_EIO, "%s: cannot %s: %s", path, what, strerror(errno));
}

/* Mode 600 from the start, and there as a whole or not at all; EEXIST: another process was first. */
static enum spur_status write_private(const char *path, const struct spur_buf *text, struct spur_error *err)
{
	char *tmp = spur_strfmt("%s.tmp-%ld", path, (long)getpid());
	int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	enum spur_status st = SPUR_OK;

	if (fd < 0)
		st = fail_errno("create", tmp, err);
	else if (write(fd, text->data, text->len) != (ssize_t)text->len || fsync(fd) != 0)
		st = fail_errno("write", tmp, err);
	if (fd >= 0)
		close(fd);
	if (st >= 0 && link(tmp, path) != 0 && errno != EEXIST)
		st = fail_errno("create", path, err);
	unlink(tmp);
	free(tmp);
	return st;
}

static enum spur_status write_public(const char *path, const char *public_key, const char *name, struct spur_error *err)
{
	char *pub = spur_strfmt("%s.pub", path), *line = spur_strfmt("%s %s\n", public_key, name);
	enum spur_status st = spur_file_write(pub, line, strlen(line), err);

	free(line);
	free(pub);
	return st;
}

static enum spur_status make_key(const char *dir, const char *path, const char *name, struct spur_error *err)
{
	struct spur_ssh_key *key = NULL;
	struct spur_buf text = { 0 };
	enum spur_status st = spur_dir_make(dir, err);

	if (st >= 0 && (st = spur_ssh_key_create(&key, err)) >= 0) {
		spur_ssh_key_private(key, name, &text);
		st = write_private(path, &text, err);
	}
	if (text.data != NULL)
		memset(text.data, 0, text.len);
	spur_buf_finish(&text);
	spur_ssh_key_destroy(key);
	return st;
}

static enum spur_status read_public(struct spur_identity *id, const char *text, struct spur_error *err)
{
	struct spur_buf bare = { 0 };
	enum spur_status st = spur_ssh_public_parse(text, &bare, id->fingerprint, err);

	id->public_key = spur_buf_steal(&bare);
	return st;
}

/* With the private half if it can be read; a key in an agent has only NAME.pub. */
static enum spur_status load(struct spur_identity *id, const char *path, struct spur_error *err)
{
	char *pub = spur_strfmt("%s.pub", path), *text = NULL;
	struct spur_buf line = { 0 };
	size_t len = 0;
	enum spur_status st = SPUR_EUNSUPPORTED;

	if (access(path, F_OK) == 0 && (st = spur_file_read(path, KEY_FILE_MAX, &text, &len, err)) >= 0)
		st = spur_ssh_key_read(text, len, &id->key, err);
	if (text != NULL)
		memset(text, 0, len);
	free(text);
	text = NULL;
	if (st >= 0) {
		spur_ssh_key_public(id->key, &line);
		st = read_public(id, spur_buf_text(&line), err);
		if (st >= 0 && access(pub, F_OK) != 0)
			st = write_public(path, id->public_key, id->name, err);
	} else if (st == SPUR_EUNSUPPORTED && (st = spur_file_read(pub, KEY_FILE_MAX, &text, &len, err)) >= 0) {
		st = read_public(id, text, err);
	}
	id->key_path = spur_strdup(access(path, F_OK) == 0 ? path : pub);
	spur_buf_finish(&line);
	free(text);
	free(pub);
	return spur_wrap(st, err, "key %s", path);
}

enum spur_status spur_identity_open(const char *name, bool make, struct spur_identity **out, struct spur_error *err)
{
	struct spur_identity *id = spur_calloc(1, sizeof(*id));
	char *dir = folder(), *path = spur_strfmt("%s/%s", dir, name), *pub = spur_strfmt("%s.pub", path);
	enum spur_status st = check_name(name, err);

	id->name = spur_strdup(name);
	if (st >= 0 && access(path, F_OK) != 0 && access(pub, F_OK) != 0)
		st = make ? make_key(dir, path, name, err) :
			    spur_fail(err, SPUR_ENOTFOUND, "no identity '%s' here; make one: spur identity add %s", name, name);
	if (st >= 0)
		st = load(id, path, err);
	if (st < 0) {
		spur_identity_close(id);
		id = NULL;
	}
	free(pub);
	free(path);
	free(dir);
	*out = id;
	return st;
}

void spur_identity_close(struct spur_identity *id)
{
	if (id == NULL)
		return;
	spur_ssh_key_destroy(id->key);
	free(id->name);
	free(id->key_path);
	free(id->public_key);
	free(id);
}

static enum spur_status link_private(const char *from, const char *to, struct spur_error *err)
{
	char *full = realpath(from, NULL);
	enum spur_status st = SPUR_OK;

	if (full == NULL)
		st = fail_errno("find", from, err);
	else if (symlink(full, to) != 0)
		st = fail_errno("link", to, err);
	free(full);
	return st;
}

enum spur_status spur_identity_link(const char *name, const char *path, struct spur_error *err)
{
	char *dir = folder(), *to = spur_strfmt("%s/%s", dir, name), *pub = NULL, *text = NULL;
	size_t n = strlen(path), len;
	bool public_only = n > 4 && strcmp(path + n - 4, ".pub") == 0;
	enum spur_status st = check_name(name, err);
	struct spur_buf bare = { 0 };

	pub = public_only ? spur_strdup(path) : spur_strfmt("%s.pub", path);
	if (st >= 0 && access(to, F_OK) == 0)
		st = spur_fail(err, SPUR_EINVAL, "identity %s has a key already: %s", name, to);
	if (st >= 0)
		st = spur_dir_make(dir, err);
	if (st >= 0 && (st = spur_file_read(pub, KEY_FILE_MAX, &text, &len, err)) >= 0 &&
	    (st = spur_wrap(spur_ssh_public_parse(text, &bare, NULL, err), err, "%s", pub)) >= 0)
		st = write_public(to, spur_buf_text(&bare), name, err);
	if (st >= 0 && !public_only)
		st = link_private(path, to, err);
	spur_buf_finish(&bare);
	free(text);
	free(pub);
	free(to);
	free(dir);
	return st;
}

/* ---- signing by ssh-keygen: agents, security keys, passphrases ---- */

static enum spur_status spawn_keygen(const char *key, const char *name_space, int in, int out, pid_t *pid,
				     struct spur_error *err)
{
	const char *argv[] = { "ssh-keygen", "-q", "-Y", "sign", "-n", name_space, "-f", key, NULL };
	char *words[9];
	posix_spawn_file_actions_t acts;
	int rc;

	memcpy(words, argv, sizeof(words));
	posix_spawn_file_actions_init(&acts);
	posix_spawn_file_actions_adddup2(&acts, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&acts, out, STDOUT_FILENO);
	rc = posix_spawnp(pid, words[0], &acts, NULL, words, environ);
	posix_spawn_file_actions_destroy(&acts);
	return rc == 0 ? SPUR_OK : spur_fail(err, SPUR_EIO, "cannot run ssh-keygen: %s", strerror(rc));
}

static void read_all(int fd, struct spur_buf *out)
{
	char part[4096];
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) > 0 || (n < 0 && errno == EINTR))
		spur_buf_add(out, part, n > 0 ? (size_t)n : 0);
}

static enum spur_status run_keygen(const struct spur_identity *id, const char *name_space, FILE *message,
				   struct spur_buf *out, struct spur_error *err)
{
	int from[2], status = 0;
	pid_t pid;
	enum spur_status st;

	if (pipe2(from, O_CLOEXEC) != 0)
		return spur_fail(err, SPUR_EIO, "pipe: %s", strerror(errno));
	st = spawn_keygen(id->key_path, name_space, fileno(message), from[1], &pid, err);
	close(from[1]);
	if (st >= 0) {
		read_all(from[0], out);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (status != 0)
			st = spur_fail(err, SPUR_EIO, "ssh-keygen could not sign with %s (is the key in the agent?)",
				       id->key_path);
	}
	close(from[0]);
	return st;
}

enum spur_status spur_identity_sign(const struct spur_identity *id, const char *name_space, const void *data, size_t len,
				    struct spur_buf *out, struct spur_error *err)
{
	FILE *message;
	enum spur_status st;

	if (id->key != NULL)
		return spur_sshsig_sign(id->key, name_space, data, len, out, err);
	if ((message = tmpfile()) == NULL)
		return spur_fail(err, SPUR_EIO, "no temporary file: %s", strerror(errno));
	if (fwrite(data, 1, len, message) != len || fflush(message) != 0 || fseek(message, 0, SEEK_SET) != 0)
		st = spur_fail(err, SPUR_EIO, "temporary file: %s", strerror(errno));
	else
		st = run_keygen(id, name_space, message, out, err);
	fclose(message);
	return st;
}
