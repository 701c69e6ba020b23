#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

void fuzz_in_init(struct fuzz_in *in, const uint8_t *data, size_t len)
{
	*in = (struct fuzz_in){ .at = data, .left = len };
}

static void *keep(struct fuzz_in *in, size_t len, size_t more)
{
	char *part = spur_malloc(len + more);

	fuzz_check(in->count < FUZZ_PARTS);
	if (len > 0)
		memcpy(part, in->at, len);
	return in->parts[in->count++] = part;
}

/* The length of the next part; *skip is what to go on by. */
static size_t measure(const struct fuzz_in *in, size_t *skip)
{
	const char *cut = in->left == 0 ? NULL : memmem(in->at, in->left, FUZZ_CUT, sizeof(FUZZ_CUT) - 1);

	if (cut == NULL)
		return *skip = in->left;
	*skip = (size_t)(cut - (const char *)in->at) + sizeof(FUZZ_CUT) - 1;
	return (size_t)(cut - (const char *)in->at);
}

static void go_on(struct fuzz_in *in, size_t len, size_t skip)
{
	in->end = skip == len;
	if (skip > 0)
		in->at += skip;
	in->left -= skip;
}

struct fuzz_part fuzz_in_next(struct fuzz_in *in)
{
	size_t skip, len = measure(in, &skip);
	struct fuzz_part p = { keep(in, len, 0), len };

	go_on(in, len, skip);
	return p;
}

const char *fuzz_in_text(struct fuzz_in *in)
{
	size_t skip, len = measure(in, &skip);
	char *text = keep(in, len, 1);
	char *exact;

	text[len] = '\0';
	go_on(in, len, skip);
	if (strlen(text) == len)
		return text;
	exact = spur_strdup(text);
	free(text);
	return in->parts[in->count - 1] = exact;
}

bool fuzz_in_more(const struct fuzz_in *in)
{
	return !in->end && in->count < FUZZ_PARTS;
}

void fuzz_in_finish(struct fuzz_in *in)
{
	for (size_t i = 0; i < in->count; i++)
		free(in->parts[i]);
}
