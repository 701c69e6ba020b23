#include "config.h"

#include "io/cache.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "io/out.h"

/* NULL: nowhere. The caller frees. */
static char *folder_of(const char *kind)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME"), *off = getenv("SPUR_CACHE");

	if (off != NULL && strcmp(off, "off") == 0)
		return NULL;
	if (xdg != NULL && *xdg == '/')
		return spur_strfmt("%s/spur/%s", xdg, kind);
	return home != NULL && *home == '/' ? spur_strfmt("%s/.cache/spur/%s", home, kind) : NULL;
}

bool spur_cache_read(const char *kind, const char *key, uint64_t limit, char **data, size_t *len)
{
	char *dir = folder_of(kind), *path = dir == NULL ? NULL : spur_strfmt("%s/%s", dir, key);
	bool whole = path != NULL && spur_file_read(path, limit + 8, data, len, NULL) >= 0;

	if (whole && (*len < 8 || spur_le64((unsigned char *)*data + *len - 8) != spur_hash64(*data, *len - 8))) {
		free(*data);
		whole = false;
	}
	if (whole)
		*len -= 8;
	else
		*data = NULL;
	free(path);
	free(dir);
	return whole;
}

struct kept {
	char *path;
	uint64_t bytes;
	int64_t written_ns;
};

static int by_age(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	return (x->written_ns > y->written_ns) - (x->written_ns < y->written_ns);
}

/* The oldest go until the rest is within `most`. */
static void prune(const char *dir, uint64_t most)
{
	struct kept *all;
	char **names;
	size_t count;
	uint64_t bytes = 0;

	if (spur_dir_list(dir, &names, &count, NULL) < 0)
		return;
	all = spur_calloc(count + 1, sizeof(*all));
	for (size_t i = 0; i < count; i++) {
		struct stat st;

		all[i].path = spur_strfmt("%s/%s", dir, names[i]);
		if (stat(all[i].path, &st) == 0 && S_ISREG(st.st_mode)) {
			all[i].bytes = (uint64_t)st.st_size;
			all[i].written_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
		}
		bytes += all[i].bytes;
		free(names[i]);
	}
	if (count > 0)
		qsort(all, count, sizeof(*all), by_age);
	for (size_t i = 0; i < count; i++) {
		if (bytes > most && all[i].bytes > 0 && unlink(all[i].path) == 0)
			bytes -= all[i].bytes;
		free(all[i].path);
	}
	free(all);
	free(names);
}

void spur_cache_write(const char *kind, const char *key, const void *data, size_t len, uint64_t most)
{
	char *dir = folder_of(kind), *path = dir == NULL ? NULL : spur_strfmt("%s/%s", dir, key);
	struct spur_buf b = { 0 };

	if (path != NULL && len <= most && spur_dir_make(dir, NULL) >= 0) {
		spur_buf_add(&b, data, len);
		spur_buf_u64(&b, spur_hash64(data, len));
		(void)spur_file_write(path, b.data, b.len, NULL);
		prune(dir, most);
	}
	spur_buf_finish(&b);
	free(path);
	free(dir);
}
