#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "format/format.h"
#include "format/mdf4/writer.h"
#include "format/registry.h"
#include "io/range.h"
#include "tests/mdf_file.h"
#include "tests/tap.h"

/* A span of time is read from the blocks that hold it, and is the same as what is cut out of everything. */
#define START INT64_C(1700000000000000000)
#define STEP 1000000		/* ns between rows */
#define ROWS 120000u
#define CHANNELS 24u

/* ok() with a name made of parts. */
#define claim(cond, ...) do { \
	char text[160]; \
	snprintf(text, sizeof(text), __VA_ARGS__); \
	ok(cond, text); \
} while (0)

static char path[64];

/* ---- files ---- */

/* How time goes on in a file. */
typedef double master_fn(size_t row);

static double steady(size_t row)
{
	return (double)row * STEP / 1e9;
}

/* The clock goes back for some rows in the middle of a block, and for some at the edge of others. */
static double jumps_back(size_t row)
{
	return steady(row >= 70010 && row < 70030 ? row - 60000 : row);
}

static double jumps_far_back(size_t row)
{
	return steady(row >= 60000 && row < 90000 ? row - 50000 : row);
}

static double has_holes(size_t row)
{
	return row == 52434 ? (double)NAN : steady(row);
}

static double stands_still(size_t row)
{
	return steady(row - row % 20000);
}

static struct spur_columns *rows_of(size_t first, size_t count, master_fn *master)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_columns *rows;

	for (size_t c = 0; c < CHANNELS; c++) {
		spur_columns_builder_add(b, "x", SPUR_TYPE_F64);
		for (size_t i = 0; i < count; i++)
			spur_columns_builder_f64(b, c, sin((double)(first + i) * (double)(c + 1)));
	}
	for (size_t i = 0; i < count; i++)
		spur_columns_builder_master(b, master(first + i));
	rows = spur_columns_builder_take(b);
	spur_columns_builder_destroy(b);
	return rows;
}

/* Two groups; with little memory the writer cuts blocks where it must, and their lengths differ. */
static void write_file(enum spur_mdf4_packing packing, uint64_t mem, master_fn *master)
{
	struct spur_mdf4_options o = { .start_ns = START, .packing = packing, .mem_bytes = mem, .level = 1 };
	struct spur_mdf4_channel c[CHANNELS];
	struct spur_mdf4_group g = { .channels = c, .count = CHANNELS };
	struct spur_mdf4_writer *w;
	uint32_t id[2];

	for (size_t i = 0; i < CHANNELS; i++)
		c[i] = (struct spur_mdf4_channel){ .name = "x", .type = SPUR_TYPE_F64 };
	spur_mdf4_writer_create(path, &o, &w, NULL);
	spur_mdf4_writer_group(w, &g, &id[0], NULL);
	spur_mdf4_writer_group(w, &g, &id[1], NULL);
	for (size_t at = 0; at < ROWS; at += 1000) {
		struct spur_columns *rows = rows_of(at, at % 7000 == 0 ? 1000 : 993, master);

		spur_mdf4_writer_put(w, id[0], rows, NULL);
		if (at % 3000 == 0)
			spur_mdf4_writer_put(w, id[1], rows, NULL);
		spur_columns_unref(rows);
	}
	is_int(spur_mdf4_writer_commit(w, NULL), SPUR_OK, "a file is written");
}

/* ---- reading ---- */

struct seen {
	double *time, *value;
	size_t count, cap;
};

static enum spur_status take(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows, struct spur_error *err)
{
	struct seen *s = state;

	(void)group;
	(void)ids;
	(void)err;
	while (s->count + rows->rows > s->cap) {
		s->cap = s->cap * 2 + 1024;
		s->time = spur_realloc(s->time, s->cap, sizeof(double));
		s->value = spur_realloc(s->value, s->cap, sizeof(double));
	}
	for (size_t i = 0; i < rows->rows; i++) {
		s->time[s->count] = rows->master[i];
		s->value[s->count++] = spur_column_f64(&rows->columns[0], i);
	}
	return SPUR_OK;
}

/* Channel 3 of the first group between two seconds; what it cost behind opening the file. */
static uint64_t scan(struct spur_range *range, double from, double to, struct seen *out, size_t *damage)
{
	struct spur_open_opts o = { .threads = 2 };
	struct spur_reader *r;
	uint32_t id = 3;
	struct spur_sink sink = { .state = out, .columns = take };
	struct spur_scan want = { .signals = &id, .signal_count = 1,
		.begin_ns = isfinite(from) ? START + (spur_ns)(from * 1e9) : SPUR_NS_MIN,
		.end_ns = isfinite(to) ? START + (spur_ns)(to * 1e9) : SPUR_NS_MAX };
	uint64_t before;

	*out = (struct seen){ 0 };
	*damage = 0;
	if (spur_format_mdf4.open(range, &o, &r, NULL) < 0)
		return UINT64_MAX;
	before = spur_range_bytes_read(range);
	if (spur_format_mdf4.scan(r, &want, &sink, NULL, NULL) < 0)
		before = 0;
	before = spur_range_bytes_read(range) - before;
	*damage = spur_format_mdf4.describe(r)->damage_count;
	spur_format_mdf4.close(r);	/* and the range */
	return before;
}

static void forget(struct seen *s)
{
	free(s->time);
	free(s->value);
}

/* The rows of `all` in the span are those of `part`. */
static bool same(const struct seen *all, const struct seen *part, double from, double to)
{
	size_t n = 0;

	for (size_t i = 0; i < all->count; i++) {
		spur_ns t = START + (spur_ns)llround(all->time[i] * 1e9);

		if (isnan(all->time[i]) || (isfinite(from) && t < START + (spur_ns)(from * 1e9)) ||
		    (isfinite(to) && t >= START + (spur_ns)(to * 1e9)))
			continue;
		if (n == part->count || part->time[n] != all->time[i] || part->value[n] != all->value[i])
			return false;
		n++;
	}
	return n == part->count;
}

static const struct { double from, to; } spans[] = {
	{ 0, 1 }, { 59.5, 60.5 }, { 118, 300 }, { -5, 0.0005 }, { 60, 60 }, { 200, 300 }, { 19.9999, 20.0001 }, { 10, 40 },
	{ -INFINITY, 2 }, { 117, INFINITY },
};

/* Every span is right; the narrow ones cost at most `share` of the file. */
static void spans_are_right(struct spur_range *(*open)(void), double share, const char *what)
{
	struct seen all, part;
	struct spur_range *range = open();
	uint64_t size = spur_range_size(range), most = 0;
	bool right = true;
	size_t damage;

	scan(range, -INFINITY, INFINITY, &all, &damage);
	claim(all.count > 0 && damage == 0, "%s: %zu rows", what, all.count);
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		uint64_t cost = scan(open(), spans[i].from, spans[i].to, &part, &damage);

		if (!same(&all, &part, spans[i].from, spans[i].to) || damage != 0)
			right = false, printf("# [%g, %g): %zu rows, %zu damages\n", spans[i].from, spans[i].to, part.count, damage);
		if (i != 7 && cost > most)
			most = cost;
		forget(&part);
	}
	claim(right, "%s: every span is what is cut out of all", what);
	if (share < 1)
		claim((double)most < share * (double)size, "%s: a narrow span reads %.1f of %.1f MB", what, (double)most / 1e6,
		   (double)size / 1e6);
	else
		claim((double)most > 0.5 * (double)size, "%s: all of it is read", what);
	forget(&all);
}

static struct spur_range *open_path(void)
{
	struct spur_range *range = NULL;

	spur_range_open(path, &range, NULL);
	return range;
}

static void blocks_of_every_kind(void)
{
	static const char *const names[] = { "plain", "deflate", "transposed" };

	for (int p = SPUR_MDF4_PLAIN; p <= SPUR_MDF4_TRANSPOSED; p++) {
		char what[64];

		write_file((enum spur_mdf4_packing)p, 0, steady);
		spans_are_right(open_path, 0.35, names[p]);
		write_file((enum spur_mdf4_packing)p, 300000, steady);
		snprintf(what, sizeof(what), "%s blocks of unequal length", names[p]);
		spans_are_right(open_path, 0.62, what);	/* looking at a block costs as much as a small one has */
		write_file((enum spur_mdf4_packing)p, 0, stands_still);
		snprintf(what, sizeof(what), "%s, many rows of one time", names[p]);
		spans_are_right(open_path, 0.6, what);
	}
}

static void a_clock_that_jumps(void)
{
	write_file(SPUR_MDF4_TRANSPOSED, 0, jumps_back);
	spans_are_right(open_path, 1, "transposed, some rows inside a block go back");
	write_file(SPUR_MDF4_TRANSPOSED, 0, has_holes);
	spans_are_right(open_path, 1, "transposed, one time is no number");
	write_file(SPUR_MDF4_PLAIN, 0, jumps_far_back);
	spans_are_right(open_path, 1, "plain, blocks go back");
	write_file(SPUR_MDF4_DEFLATE, 0, jumps_far_back);
	spans_are_right(open_path, 1, "deflate, blocks go back");
}

/* ---- one plain block ---- */

static struct spur_buf single;

static struct spur_range *open_single(void)
{
	return spur_range_memory(single.data, single.len, "single");
}

static void one_large_block(void)
{
	struct mdf_cn time = { .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 };
	struct mdf_cn x = { .name = "x", .data_type = 4, .byte_offset = 8, .bits = 64 };
	struct spur_buf data = { 0 };
	uint64_t next = 0, cg, dt;

	mdf_begin(&single, 410, 0);
	for (size_t i = 0; i < ROWS; i++) {	/* 41 bytes: records cross every edge */
		spur_buf_f64(&data, steady(i));
		for (int k = 0; k < 4; k++)
			spur_buf_f64(&data, cos((double)i * k));
		spur_buf_u8(&data, 7);
	}
	dt = mdf_block(&single, "DT", NULL, 0, data.data, data.len);
	for (int i = 0; i < 4; i++) {
		x.byte_offset = (uint32_t)(8 + 8 * (3 - i));
		next = mdf_cn(&single, next, &x);
	}
	next = mdf_cn(&single, next, &time);
	cg = mdf_cg(&single, 0, next, 0, ROWS, 0, 41, 0);
	mdf_set(&single, MDF_HD + 24, mdf_dg(&single, 0, cg, dt, 0), 8);
	spans_are_right(open_single, 0.7, "one block");
	spur_buf_finish(&data);
	spur_buf_finish(&single);
}

int main(void)
{
	char dir[] = "/tmp/spur-seek-XXXXXX";

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/a.mf4", dir);
	blocks_of_every_kind();
	a_clock_that_jumps();
	one_large_block();
	unlink(path);
	rmdir(dir);
	return tap_done();
}
