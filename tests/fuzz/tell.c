#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static struct spur_buf *told;	/* NULL: nobody listens */

/* Of a failure's words; what is left of them wherever the folder lies, see fuzz_folder(). */
#define MOST_OF_TEXT 220

void fuzz_tell_to(struct spur_buf *b)
{
	told = b;
}

bool fuzz_telling(void)
{
	return told != NULL;
}

/* The folder is another one in each run. */
static void hide_folder(size_t from)
{
	const char *folder = fuzz_folder();
	size_t len = strlen(folder);
	char *at;

	while (len > 0 && told->len > from && (at = memmem(told->data + from, told->len - from, folder, len)) != NULL) {
		*at = '~';
		memmove(at + 1, at + len, told->len - (size_t)(at + len - told->data));
		told->len -= len - 1;
		told->data[told->len] = '\0';
	}
}

void fuzz_tell(const char *fmt, ...)
{
	va_list ap;
	size_t from;

	if (told == NULL)
		return;
	from = told->len;
	va_start(ap, fmt);
	spur_buf_addv(told, fmt, ap);
	va_end(ap);
	hide_folder(from);
}

/* FNV-1a, not that of src/base: what counts must not change with what is counted. */
uint64_t fuzz_hash(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

void fuzz_tell_bytes(const char *what, const void *data, size_t len)
{
	if (told != NULL)
		fuzz_tell("%s %zu:%016llx\n", what, len, (unsigned long long)fuzz_hash(data, len));
}

void fuzz_tell_status(const char *what, enum spur_status st, const struct spur_error *err)
{
	size_t from;

	if (told == NULL)
		return;
	fuzz_tell("%s: %s", what, spur_status_name(st));
	if (st < 0) {
		fuzz_tell(" @%lld: ", (long long)err->offset);
		from = told->len;
		fuzz_tell("%s", err->text);
		if (told->len > from + MOST_OF_TEXT)
			told->len = from + MOST_OF_TEXT;
	}
	fuzz_tell("\n");
}
