#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

/* The linker sends spur's own allocations here (--wrap); those of the libraries are libFuzzer's to watch. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);

/* Of the sanitizers, where they are: they see those of the libraries, too. */
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *p, size_t size), void (*on_free)(const volatile void *p))
	__attribute__((weak));

static size_t limit;	/* written between inputs only */
static _Atomic size_t largest;

static void look(size_t size)
{
	if (limit == 0)
		return;
	if (size > largest)
		largest = size;
	if (size <= limit)
		return;
	fprintf(stderr, "an allocation of %zu bytes; the limit is %zu: file size and 64 MiB\n", size, limit);
	limit = 0;
	abort();
}

static void on_malloc(const volatile void *p, size_t size)
{
	(void)p;
	look(size);
}

static void on_free(const volatile void *p)
{
	(void)p;
}

void fuzz_limit(size_t bytes)
{
	static bool hooked;

	if (!hooked && __sanitizer_install_malloc_and_free_hooks != NULL)
		__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
	hooked = true;
	limit = bytes;
	if (bytes > 0)
		largest = 0;
}

size_t fuzz_largest(void)
{
	return largest;
}

void *__wrap_malloc(size_t size)
{
	look(size);
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	look(size != 0 && count > SIZE_MAX / size ? SIZE_MAX : count * size);
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	look(size);
	return __real_realloc(p, size);
}

/* Thousands of files a second, none of which is to outlive the machine. */
int fsync(int fd)
{
	(void)fd;
	return 0;
}

int fdatasync(int fd)
{
	(void)fd;
	return 0;
}
