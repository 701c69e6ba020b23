#ifndef SPUR_TESTS_MDF_READ_H
#define SPUR_TESTS_MDF_READ_H

#include <inttypes.h>

#include "base/bytes.h"
#include "format/registry.h"
#include "tests/mdf_file.h"
#include "tests/tap.h"

/* What is in an MDF 4 file in memory: all its rows as text, and its blocks by their links. */

static inline void show(struct spur_buf *out, const struct spur_column *c, size_t i)
{
	size_t len;

	if (!spur_column_valid(c, i)) {
		spur_buf_adds(out, "-");
	} else if (spur_type_is_number(c->type)) {
		spur_buf_addf(out, "%.16g", spur_column_f64(c, i));
	} else {
		const char *p = spur_column_bytes(c, i, &len);

		spur_buf_add(out, p, len);
	}
}

static inline enum spur_status take(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows, struct spur_error *err)
{
	struct spur_buf *to = state;

	(void)ids;
	(void)err;
	for (size_t i = 0; i < rows->rows; i++) {
		spur_buf_addf(to, "%" PRIu32 ":", group);
		for (size_t k = 0; k < rows->count; k++) {
			spur_buf_adds(to, k == 0 ? "" : ",");
			show(to, &rows->columns[k], i);
		}
		spur_buf_adds(to, ";");
	}
	return SPUR_OK;
}

static inline struct spur_reader *open_memory(const struct spur_buf *b)
{
	static const struct spur_open_opts opts = { .threads = 1, .mem_bytes = 8 << 20 };
	struct spur_range *range = spur_range_memory(b->data, b->len, "test.mf4");
	struct spur_error err = { .text = "" };
	struct spur_reader *r = NULL;

	if (spur_format_mdf4.open(range, &opts, &r, &err) < 0)
		spur_range_close(range);
	if (r == NULL)
		printf("# %s\n", err.text);
	return r;
}

static inline void reads_as(const struct spur_buf *b, const char *want, const char *name)
{
	struct spur_reader *r = open_memory(b);
	struct spur_buf text = { 0 };
	struct spur_sink sink = { .state = &text, .columns = take };
	struct spur_scan scan = { .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX };
	struct spur_error err = { .text = "" };
	uint32_t ids[32];

	if (!ok(r != NULL, name))
		return;
	const struct spur_description *d = spur_format_mdf4.describe(r);

	for (uint32_t i = 0; i < d->signal_count && i < 32; i++)
		ids[scan.signal_count++] = i;
	scan.signals = ids;
	is_int(spur_format_mdf4.scan(r, &scan, &sink, NULL, &err), SPUR_OK, name);
	is_str(spur_buf_text(&text), want, name);
	is_int((intmax_t)d->damage_count, 0, "without damage");
	spur_buf_finish(&text);
	spur_format_mdf4.close(r);
}

static inline uint64_t link_of(const struct spur_buf *b, uint64_t at, uint64_t i)
{
	return at + 32 + 8 * i > b->len ? 0 : spur_le64((const unsigned char *)b->data + at + 24 + 8 * i);
}

static inline uint64_t links_of(const struct spur_buf *b, uint64_t at)
{
	return spur_le64((const unsigned char *)b->data + at + 16);
}

static inline const unsigned char *fields(const struct spur_buf *b, uint64_t at)
{
	return (const unsigned char *)b->data + at + 24 + 8 * links_of(b, at);
}

static inline const char *text_of(const struct spur_buf *b, uint64_t at)
{
	return at == 0 ? "" : b->data + at + 24;
}

#endif
