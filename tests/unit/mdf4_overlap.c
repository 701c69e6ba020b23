#include "config.h"

#include "tests/mdf_read.h"

/*
 * Values of variable length that many rows share, as offsets of damaged rows do: memory stays at a batch, and work at
 * what the file has.
 */
#define VALUE_BYTES 60000u

struct seen {
	uint64_t rows, valid, bytes, largest;	/* largest: bytes of values in one batch */
};

static enum spur_status count(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows, struct spur_error *err)
{
	struct seen *s = state;
	uint64_t batch = 0;

	(void)group;
	(void)ids;
	(void)err;
	for (size_t i = 0; i < rows->rows; i++) {
		size_t len = 0;

		if (!spur_column_valid(&rows->columns[0], i))
			continue;
		spur_column_bytes(&rows->columns[0], i, &len);
		s->valid++;
		batch += len;
	}
	s->rows += rows->rows;
	s->bytes += batch;
	s->largest = batch > s->largest ? batch : s->largest;
	return SPUR_OK;
}

/* Each row names the one value of the file. */
static struct spur_buf make(unsigned rows)
{
	struct spur_buf b = { 0 }, data = { 0 }, value = { 0 };
	uint64_t sd, dt, cn;

	mdf_begin(&b, 410, 0);
	spur_buf_u32(&value, VALUE_BYTES);
	for (unsigned i = 0; i < VALUE_BYTES; i++)
		spur_buf_u8(&value, 'v');
	sd = mdf_block(&b, "SD", NULL, 0, value.data, value.len);
	for (unsigned i = 0; i < rows; i++)
		spur_buf_u64(&data, 0);
	dt = mdf_block(&b, "DT", NULL, 0, data.data, data.len);
	cn = mdf_cn(&b, 0, &(struct mdf_cn){ .name = "v", .type = 1, .data_type = 10, .bits = 64, .data = sd });
	mdf_end(&b, mdf_dg(&b, 0, mdf_cg(&b, 0, cn, 0, rows, 0, 8, 0), dt, 0));
	spur_buf_finish(&data);
	spur_buf_finish(&value);
	return b;
}

static struct seen read_all(const struct spur_buf *b, char *damage, size_t size)
{
	struct spur_reader *r = open_memory(b);
	struct seen seen = { 0 };
	struct spur_sink sink = { .state = &seen, .columns = count };
	uint32_t id = 0;
	struct spur_scan scan = { .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX, .signals = &id, .signal_count = 1, .threads = 1 };
	struct spur_error err = { .text = "" };

	damage[0] = '\0';
	if (!ok(r != NULL, "opens"))
		return seen;
	is_int(spur_format_mdf4.scan(r, &scan, &sink, NULL, &err), SPUR_OK, "is read");
	if (spur_format_mdf4.describe(r)->damage_count > 0)
		snprintf(damage, size, "%s", spur_format_mdf4.describe(r)->damage[0].reason);
	spur_format_mdf4.close(r);
	return seen;
}

int main(void)
{
	char damage[300];
	struct spur_buf b = make(500);
	struct seen s = read_all(&b, damage, sizeof(damage));

	is_int((intmax_t)s.valid, 500, "one value of 60,000 bytes in 500 rows");
	is_str(damage, "", "is no damage");
	ok(s.largest <= (1u << 20) + 2 * VALUE_BYTES, "a batch has a MiB of values, and not those of all its rows");
	spur_buf_finish(&b);
	b = make(30000);
	s = read_all(&b, damage, sizeof(damage));
	is_int((intmax_t)s.rows, 30000, "in 30,000 rows all rows come");
	ok(s.bytes > (200u << 20) && s.bytes < (400u << 20), "but not 1.8 GB of values");
	printf("# %ju values, %ju bytes, %ju at once\n", (uintmax_t)s.valid, (uintmax_t)s.bytes, (uintmax_t)s.largest);
	ok(strstr(damage, "values overlap") != NULL, "and that is told");
	spur_buf_finish(&b);
	return tap_done();
}
