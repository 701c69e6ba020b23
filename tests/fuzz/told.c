#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/fuzz/told.h"

#define SHOWN 600u	/* bytes of a text */

void fuzz_tell_data(const char *what, const void *data, size_t len)
{
	const unsigned char *s = data;
	char out[4 * SHOWN + 1];
	size_t n = 0;

	if (!fuzz_telling())
		return;
	for (size_t i = 0; i < len && i < SHOWN; i++) {
		if (s[i] >= ' ' && s[i] < 0x7f && s[i] != '\\')
			out[n++] = (char)s[i];
		else
			n += (size_t)snprintf(out + n, 5, "\\x%02x", s[i]);
	}
	out[n] = '\0';
	if (len > SHOWN)
		fuzz_tell("%s \"%s\"... %zu bytes, %016" PRIx64 "\n", what, out, len, fuzz_hash(data, len));
	else
		fuzz_tell("%s \"%s\"\n", what, out);
}

void fuzz_tell_text(const char *what, const char *s)
{
	if (s == NULL)
		fuzz_tell("%s NULL\n", what);
	else
		fuzz_tell_data(what, s, strlen(s));
}

void fuzz_tell_number(const char *what, double v)
{
	if (isnan(v))
		fuzz_tell("%s nan\n", what);	/* its sign is nobody's */
	else
		fuzz_tell("%s %.9g\n", what, v);
}

static void value(const struct spur_column *c, size_t i)
{
	const void *data = c->data;
	const char *bytes;
	char what[32];
	size_t len;

	snprintf(what, sizeof(what), " %zu%s", i, spur_column_valid(c, i) ? "" : " null");
	switch (c->type) {
	case SPUR_TYPE_I64:
		fuzz_tell("%s %" PRId64 "\n", what, ((const int64_t *)data)[i]);
		break;
	case SPUR_TYPE_U64:
		fuzz_tell("%s %" PRIu64 "\n", what, ((const uint64_t *)data)[i]);
		break;
	case SPUR_TYPE_TEXT:
	case SPUR_TYPE_BYTES:
		bytes = spur_column_bytes(c, i, &len);
		fuzz_tell_data(what, bytes, len);
		break;
	default:
		fuzz_tell_number(what, spur_column_f64(c, i));
	}
}

static void tell_column(const struct spur_column *c)
{
	if (!fuzz_telling())
		return;
	fuzz_tell_text(spur_type_name(c->type), c->name);
	for (size_t i = 0; i < c->rows; i++)
		value(c, i);
	if (c->text != NULL) {
		fuzz_tell("named:\n");
		tell_column(c->text);
	}
}

void fuzz_tell_table(const struct spur_columns *c)
{
	fuzz_tell("%zu columns of %zu rows\n", c->count, c->rows);
	for (size_t i = 0; i < c->rows && c->time_ns != NULL; i++)
		fuzz_tell(" at %" PRId64 "\n", c->time_ns[i]);
	for (size_t i = 0; i < c->rows && c->master != NULL; i++)
		fuzz_tell_number(" master", c->master[i]);
	for (size_t i = 0; i < c->count; i++)
		tell_column(&c->columns[i]);
}
