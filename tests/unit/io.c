#include "config.h"

#include "io/lock.h"
#include "io/out.h"
#include "io/range.h"

#include <errno.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/tap.h"

static char dir[] = "/tmp/spur-io-XXXXXX";

/* In place of libc's, so that the order of what makes a file durable can be seen. */
static char order[32];
static bool fsync_fails;

static void note_down(char c)
{
	size_t n = strlen(order);

	if (n + 1 < sizeof(order)) {
		order[n] = c;
		order[n + 1] = '\0';
	}
}

int fsync(int fd)
{
	struct stat st;

	note_down(fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? 'd' : 'f');
	errno = EIO;
	return fsync_fails ? -1 : 0;
}

int rename(const char *from, const char *to)
{
	note_down('r');
	return link(from, to) == 0 || (errno == EEXIST && unlink(to) == 0 && link(from, to) == 0) ? unlink(from) : -1;
}

static void what_is_committed_is_on_the_disk_first(void)
{
	struct spur_error err;
	char path[256];

	snprintf(path, sizeof(path), "%s/durable", dir);
	order[0] = '\0';
	is_int(spur_file_write(path, "x", 1, &err), SPUR_OK, "a file is written");
	is_str(order, "frd", "bytes are synced, then renamed, then the folder is synced");
	fsync_fails = true;
	is_int(spur_file_write(path, "new", 3, &err), SPUR_EIO, "a disk that cannot sync is a failure");
	fsync_fails = false;
	is_str(order, "frdf", "and nothing is renamed then");
}

static void path_of(const char *name, char out[256])
{
	snprintf(out, 256, "%s/%s", dir, name);
}

static void a_file_appears_whole_or_not_at_all(void)
{
	char path[256], **names;
	struct spur_out *o;
	size_t n;

	path_of("a/b/file", path);
	ok(spur_out_create(path, &o, NULL) < 0, "a missing folder is an error");
	path_of("a/b", path);
	is_int(spur_dir_make(path, NULL), SPUR_OK, "folders are made with their parents");
	is_int(spur_dir_make(path, NULL), SPUR_OK, "and may be there already");
	path_of("a/b/file", path);
	spur_out_create(path, &o, NULL);
	spur_out_write(o, "hello", 5, NULL);
	ok(access(path, F_OK) != 0, "nothing is visible before commit");
	spur_out_patch(o, 1, "E", 1, NULL);
	is_int((intmax_t)spur_out_tell(o), 5, "patching does not move the end");
	is_int(spur_out_commit(o, NULL), SPUR_OK, "commit works");
	spur_out_create(path, &o, NULL);
	spur_out_write(o, "x", 1, NULL);
	spur_out_discard(o);
	path_of("a/b", path);
	spur_dir_list(path, &names, &n, NULL);
	ok(n == 1 && strcmp(names[0], "file") == 0, "nothing else is left");
	free(names[0]);
	free(names);
}

static void ranges_are_bounded(void)
{
	char path[256], buf[16] = "", hex[65], *all;
	struct spur_range *r;
	struct spur_error err;
	uint64_t got;
	size_t len;

	path_of("a/b/file", path);
	is_int(spur_range_open(path, &r, &err), SPUR_OK, "a file opens");
	is_int((intmax_t)spur_range_size(r), 5, "its size is known");
	is_int(spur_range_read(r, 1, buf, 4, &err), SPUR_OK, "reads by offset");
	is_str(buf, "Ello", "the bytes are right");
	is_int(spur_range_read(r, 3, buf, 4, &err), SPUR_EFORMAT, "past the end is truncation");
	is_int(err.offset, 5, "which names the missing byte");
	is_int(spur_range_read(r, UINT64_MAX - 1, buf, 4, &err), SPUR_EFORMAT, "offsets cannot overflow");
	spur_range_read_some(r, 3, buf, 10, &got, &err);
	is_int((intmax_t)got, 2, "read_some gives what is there");
	spur_range_sha256(r, hex, NULL, &err);
	is_str(hex, "90dc68b953539ccf19fbb267a55898013137ad03e35452b04cf5d2f114f66178", "sha256 of the whole");
	spur_range_close(r);
	ok(spur_range_open(dir, &r, &err) == SPUR_EINVAL, "a folder is refused");
	path_of("none", path);
	ok(spur_range_open(path, &r, &err) == SPUR_ENOTFOUND, "a missing file is not found");
	path_of("log", path);
	spur_file_append(path, "one", 3, NULL);
	spur_file_append(path, "two", 3, NULL);
	spur_file_read(path, 100, &all, &len, NULL);
	is_str(all, "one\ntwo\n", "lines are appended");
	free(all);
	ok(spur_file_read(path, 3, &all, &len, NULL) < 0, "a limit refuses larger files");
}

static void memory_is_a_range_too(void)
{
	struct spur_range *r = spur_range_memory("abc", 3, "mem");
	char buf[4] = "";

	spur_range_read(r, 1, buf, 2, NULL);
	is_str(buf, "bc", "memory reads");
	ok(spur_range_read(r, 2, buf, 2, NULL) < 0, "and is bounded");
	spur_range_close(r);
}

static void pipes_are_spooled(void)
{
	struct spur_range *r;
	char buf[4] = "";
	int fd[2];

	if (pipe(fd) == 0 && write(fd[1], "pipe", 4) == 4)
		close(fd[1]);
	is_int(spur_range_spool(fd[0], "-", &r, NULL), SPUR_OK, "a pipe is read to its end");
	spur_range_read(r, 1, buf, 3, NULL);
	is_str(buf, "ipe", "and has offsets then");
	spur_range_close(r);
	close(fd[0]);
}

static void a_lock_has_one_holder(void)
{
	struct spur_lock *a, *b;
	char path[256];

	path_of("lock", path);
	is_int(spur_lock_try(path, &a, NULL), SPUR_OK, "the first gets it");
	is_int(spur_lock_try(path, &b, NULL), SPUR_END, "the second does not");
	ok(b == NULL, "and has nothing to let go");
	spur_lock_release(a);
	is_int(spur_lock_try(path, &b, NULL), SPUR_OK, "until the first lets go");
	spur_lock_release(b);
	spur_lock_release(NULL);
	path_of("no/such/lock", path);
	is_int(spur_lock_try(path, &b, NULL), SPUR_EIO, "a missing folder is an error");
}

/* As on a disk that is full: each further write fails as well. */
static void a_write_that_fails_ends(void)
{
	const struct rlimit few = { 1000, RLIM_INFINITY };
	struct rlimit was;
	struct spur_error err;
	char path[256], *data = calloc(1, 300000), **names;
	struct spur_out *o;
	size_t n, before;

	path_of("full", path);
	spur_dir_list(dir, &names, &before, NULL);
	for (size_t i = 0; i < before; i++)
		free(names[i]);
	free(names);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	setrlimit(RLIMIT_FSIZE, &few);
	is_int(spur_file_write(path, data, 300000, &err), SPUR_EIO, "what cannot be written is a failure");
	ok(strstr(err.text, "cannot write: File too large") != NULL, "told as the system has it");
	is_int(spur_out_create(path, &o, &err), SPUR_OK, "a file in parts");
	ok(spur_out_write(o, data, 300000, &err) == SPUR_EIO || spur_out_commit(o, &err) == SPUR_EIO, "fails by its end at the latest");
	spur_out_discard(o);
	setrlimit(RLIMIT_FSIZE, &was);
	spur_dir_list(dir, &names, &n, NULL);
	is_int((intmax_t)n, (intmax_t)before, "and leaves nothing");
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
	free(data);
}

static void large_files_are_written_in_blocks(void)
{
	enum { N = 600000 };
	char path[256], name[256], *data = malloc(N), *back = NULL, **names;
	struct spur_out *o;
	struct spur_error err;
	size_t len, n;
	bool good = true;

	for (int i = 0; i < N; i++)
		data[i] = (char)(i * 7 + i / 251);
	path_of("large", path);
	is_int(spur_out_create(path, &o, &err), SPUR_OK, "a file");
	for (int i = 0; i < N; i += 1000) {
		good = good && spur_out_write(o, data + i, 1000, &err) == SPUR_OK;
		good = good && spur_out_tell(o) == (uint64_t)i + 1000;
	}
	ok(good, "its end is known while it grows");
	is_int(spur_out_patch(o, N - 2, "xy", 2, &err), SPUR_OK, "the last bytes are patched");
	is_int(spur_out_patch(o, N - 1, "xy", 2, &err), SPUR_EINVAL, "but not past the end");
	is_int(spur_out_commit(o, &err), SPUR_OK, "and committed");
	memcpy(data + N - 2, "xy", 2);
	is_int(spur_file_read(path, N - 1, &back, &len, &err), SPUR_EINVAL, "a limit below its size refuses");
	is_int(spur_file_read(path, N, &back, &len, &err), SPUR_OK, "the size itself does not");
	ok(len == N && memcmp(back, data, N) == 0 && back[N] == '\0', "every byte is back");
	path_of("moved", name);
	order[0] = '\0';
	is_int(spur_file_move(path, name, &err), SPUR_OK, "moved");
	is_str(order, "rd", "and the folder is synced");
	ok(!spur_path_exists(path) && spur_path_exists(name), "the old name is gone");
	is_int(spur_file_move(path, name, &err), SPUR_ENOTFOUND, "what is gone is not found");
	is_int(spur_dir_list(dir, &names, &n, &err), SPUR_OK, "names of a folder");
	for (size_t i = 1; i < n; i++)
		good = good && strcmp(names[i - 1], names[i]) < 0;
	ok(good && n > 2, "are sorted");
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
	is_int(spur_dir_make(name, &err), SPUR_EINVAL, "a file is no folder");
	free(data);
	free(back);
}

int main(void)
{
	char cmd[300];

	if (mkdtemp(dir) == NULL)
		return 1;
	a_file_appears_whole_or_not_at_all();
	what_is_committed_is_on_the_disk_first();
	ranges_are_bounded();
	memory_is_a_range_too();
	pipes_are_spooled();
	a_lock_has_one_holder();
	a_write_that_fails_ends();
	large_files_are_written_in_blocks();
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	return tap_done() | (system(cmd) != 0);
}
