/* An object to preload: the Nth call of a kind fails, see failing.h. Without FAILING_STATE it does nothing. */
#define _GNU_SOURCE 1
#undef _FORTIFY_SOURCE
#include "failing.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct failing_state *state;
static const char *under;
static size_t under_len;

/* dlsym() gives an object pointer; POSIX wants it to be one to a function as well. */
#define REAL(name) \
	static __typeof__(name) *real; \
	if (real == NULL) \
		*(void **)&real = dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("FAILING_STATE");
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd >= 0)
		close(fd);
	under = getenv("FAILING_UNDER");
	under_len = under == NULL ? 0 : strlen(under);
	if (p != MAP_FAILED)
		state = p;
}

static bool counted(enum failing_kind kind, const char *path)
{
	unsigned n = atomic_fetch_add(&state->counts[kind], 1) + 1;

	if (state->kind != kind || state->at != n)
		return false;
	snprintf(state->path, sizeof(state->path), "%s", path);
	atomic_store(&state->fired, 1);
	return true;
}

static bool concerns(const char *path)
{
	char full[4096];

	if (state == NULL || under_len == 0)
		return false;
	if (*path == '/')
		return strncmp(path, under, under_len) == 0;
	return getcwd(full, sizeof(full)) != NULL && strncmp(full, under, under_len) == 0;
}

static bool path_fails(enum failing_kind kind, const char *path, int code)
{
	if (!concerns(path) || !counted(kind, path))
		return false;
	errno = code;
	return true;
}

static bool path_of(int fd, char path[4096])
{
	char link[64];
	ssize_t n;

	if (state == NULL || under_len == 0)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, 4095);
	if (n <= 0)
		return false;
	path[n] = '\0';
	return concerns(path);
}

static bool fd_fails(enum failing_kind kind, int fd, int code)
{
	char path[4096];
	int was = errno;

	if (path_of(fd, path) && counted(kind, path)) {
		errno = code;
		return true;
	}
	errno = was;
	return false;
}

/* What is asked of a read or a write now: less where it is to be short. False: it fails. */
static bool transfer(enum failing_kind kind, int fd, size_t *len, int code)
{
	if (*len > 1 && fd_fails(FAILING_SHORT, fd, 0))
		*len /= 2;
	if (kind == FAILING_READ && fd_fails(FAILING_INTERRUPT, fd, 0))
		raise(SIGINT);
	return !fd_fails(kind, fd, code);
}

ssize_t read(int fd, void *to, size_t len)
{
	REAL(read);
	return transfer(FAILING_READ, fd, &len, EIO) ? real(fd, to, len) : -1;
}

ssize_t pread(int fd, void *to, size_t len, off_t at)
{
	REAL(pread);
	return transfer(FAILING_READ, fd, &len, EIO) ? real(fd, to, len, at) : -1;
}

ssize_t pread64(int fd, void *to, size_t len, off64_t at)
{
	REAL(pread64);
	return transfer(FAILING_READ, fd, &len, EIO) ? real(fd, to, len, at) : -1;
}

ssize_t __read_chk(int fd, void *to, size_t len, size_t room);
ssize_t __read_chk(int fd, void *to, size_t len, size_t room)
{
	return len > room ? (abort(), -1) : read(fd, to, len);
}

ssize_t __pread_chk(int fd, void *to, size_t len, off_t at, size_t room);
ssize_t __pread_chk(int fd, void *to, size_t len, off_t at, size_t room)
{
	return len > room ? (abort(), -1) : pread(fd, to, len, at);
}

ssize_t write(int fd, const void *from, size_t len)
{
	REAL(write);
	return transfer(FAILING_WRITE, fd, &len, ENOSPC) ? real(fd, from, len) : -1;
}

ssize_t pwrite(int fd, const void *from, size_t len, off_t at)
{
	REAL(pwrite);
	return transfer(FAILING_WRITE, fd, &len, ENOSPC) ? real(fd, from, len, at) : -1;
}

ssize_t pwrite64(int fd, const void *from, size_t len, off64_t at)
{
	REAL(pwrite64);
	return transfer(FAILING_WRITE, fd, &len, ENOSPC) ? real(fd, from, len, at) : -1;
}

int ftruncate(int fd, off_t len)
{
	REAL(ftruncate);
	return fd_fails(FAILING_WRITE, fd, ENOSPC) ? -1 : real(fd, len);
}

int ftruncate64(int fd, off64_t len)
{
	REAL(ftruncate64);
	return fd_fails(FAILING_WRITE, fd, ENOSPC) ? -1 : real(fd, len);
}

int fsync(int fd)
{
	REAL(fsync);
	return fd_fails(FAILING_SYNC, fd, EIO) ? -1 : real(fd);
}

int fdatasync(int fd)
{
	REAL(fdatasync);
	return fd_fails(FAILING_SYNC, fd, EIO) ? -1 : real(fd);
}

int rename(const char *from, const char *to)
{
	REAL(rename);
	return path_fails(FAILING_RENAME, to, EROFS) ? -1 : real(from, to);
}

int link(const char *from, const char *to)
{
	REAL(link);
	return path_fails(FAILING_RENAME, to, EROFS) ? -1 : real(from, to);
}

int mkdir(const char *path, mode_t mode)
{
	REAL(mkdir);
	return path_fails(FAILING_MKDIR, path, EROFS) ? -1 : real(path, mode);
}

#define OPEN(name) \
	int name(const char *path, int flags, ...) \
	{ \
		REAL(name); \
		mode_t mode = 0; \
		va_list ap; \
		va_start(ap, flags); \
		if (flags & (O_CREAT | O_TMPFILE)) \
			mode = va_arg(ap, mode_t); \
		va_end(ap); \
		return path_fails(FAILING_OPEN, path, EACCES) ? -1 : real(path, flags, mode); \
	}
OPEN(open)
OPEN(open64)

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open(path, flags);
}

/* Found without dlsym(), which may allocate. */
extern void *__libc_malloc(size_t size);

void *malloc(size_t size)
{
	if (state != NULL && size >= state->least && counted(FAILING_MALLOC, "")) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_malloc(size);
}

/* ---- libraries that spur links: their own types do not matter here ---- */

int libdeflate_zlib_decompress_ex(void *d, const void *in, size_t len, void *out, size_t cap, size_t *used, size_t *got);
int libdeflate_zlib_decompress_ex(void *d, const void *in, size_t len, void *out, size_t cap, size_t *used, size_t *got)
{
	REAL(libdeflate_zlib_decompress_ex);
	if (state != NULL && counted(FAILING_UNPACK, ""))
		return 1;	/* LIBDEFLATE_BAD_DATA */
	return real(d, in, len, out, cap, used, got);
}

size_t ZSTD_decompressStream(void *d, void *out, void *in);
size_t ZSTD_decompressStream(void *d, void *out, void *in)
{
	REAL(ZSTD_decompressStream);
	if (state != NULL && counted(FAILING_UNPACK, ""))
		return (size_t)-20;	/* ZSTD_error_corruption_detected */
	return real(d, out, in);
}

size_t LZ4F_decompress(void *d, void *out, size_t *out_len, const void *in, size_t *in_len, const void *opts);
size_t LZ4F_decompress(void *d, void *out, size_t *out_len, const void *in, size_t *in_len, const void *opts)
{
	REAL(LZ4F_decompress);
	if (state != NULL && counted(FAILING_UNPACK, ""))
		return (size_t)-16;	/* LZ4F_ERROR_decompressionFailed */
	return real(d, out, out_len, in, in_len, opts);
}

#define SQLITE_IOERR 10
static _Thread_local bool sql_failed;	/* what sqlite3_errmsg() is asked about */

/* SQLite calls itself, and does not believe a step that failed for nothing it knows of. */
static bool sql_fails(const void *caller)
{
	Dl_info at;

	if (state == NULL || (dladdr(caller, &at) != 0 && strstr(at.dli_fname, "libsqlite3") != NULL))
		return false;
	sql_failed = counted(FAILING_SQL, "");
	return sql_failed;
}

int sqlite3_exec(void *db, const char *sql, void *call, void *user, char **text);
int sqlite3_exec(void *db, const char *sql, void *call, void *user, char **text)
{
	REAL(sqlite3_exec);
	return sql_fails(__builtin_return_address(0)) ? SQLITE_IOERR : real(db, sql, call, user, text);
}

int sqlite3_step(void *stmt);
int sqlite3_step(void *stmt)
{
	REAL(sqlite3_step);
	return sql_fails(__builtin_return_address(0)) ? SQLITE_IOERR : real(stmt);
}

int sqlite3_prepare_v2(void *db, const char *sql, int len, void **stmt, const char **tail);
int sqlite3_prepare_v2(void *db, const char *sql, int len, void **stmt, const char **tail)
{
	REAL(sqlite3_prepare_v2);
	*stmt = NULL;
	return sql_fails(__builtin_return_address(0)) ? SQLITE_IOERR : real(db, sql, len, stmt, tail);
}

int sqlite3_prepare_v3(void *db, const char *sql, int len, unsigned flags, void **stmt, const char **tail);
int sqlite3_prepare_v3(void *db, const char *sql, int len, unsigned flags, void **stmt, const char **tail)
{
	REAL(sqlite3_prepare_v3);
	*stmt = NULL;
	return sql_fails(__builtin_return_address(0)) ? SQLITE_IOERR : real(db, sql, len, flags, stmt, tail);
}

const char *sqlite3_errmsg(void *db);
const char *sqlite3_errmsg(void *db)
{
	REAL(sqlite3_errmsg);
	return sql_failed ? FAILING_SQL_TEXT : real(db);
}

int sqlite3_errcode(void *db);
int sqlite3_errcode(void *db)
{
	REAL(sqlite3_errcode);
	return sql_failed ? SQLITE_IOERR : real(db);
}
