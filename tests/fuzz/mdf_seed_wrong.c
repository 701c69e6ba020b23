#include "config.h"

#include "tests/fuzz/mdf_seed_file.h"
#include "tests/fuzz/mdf_seeds.h"

/* Files that check() must say something about, one thing each. */
#define ROWS 4u

struct file {
	struct spur_buf b;
	uint64_t dt[2], dl, cn, cg, dg;
};

static struct file make(void)
{
	struct file f = { 0 };
	struct spur_buf rows = { 0 };
	unsigned char body[24] = { 0, 0, 0, 0, 2 };
	uint64_t links[3] = { 0 };

	mdf_begin(&f.b, 410, 0);
	for (unsigned i = 0; i < ROWS; i++) {
		spur_buf_f64(&rows, i);
		spur_buf_u8(&rows, (uint8_t)(10 * i));
	}
	for (unsigned i = 0; i < 2; i++)
		links[1 + i] = f.dt[i] = mdf_block(&f.b, "DT", NULL, 0, rows.data + i * 18, 18);
	spur_buf_finish(&rows);
	body[16] = 18;
	f.dl = mdf_block(&f.b, "DL", links, 3, body, sizeof(body));
	f.cn = mdf_cn(&f.b, 0, &(struct mdf_cn){ .name = "n", .byte_offset = 8, .bits = 8 });
	f.cg = mdf_cg(&f.b, 0, seed_time(&f.b, f.cn), 0, ROWS, 0, 9, 0);
	f.dg = mdf_dg(&f.b, 0, f.cg, f.dl, 0);
	mdf_end(&f.b, f.dg);
	return f;
}

/* v in so many bytes at a place of the file. */
static void with(uint64_t (*place)(const struct file *f), int add, uint64_t v, size_t bytes)
{
	struct file f = make();

	mdf_set(&f.b, place(&f) + (uint64_t)add, v, bytes);
	fuzz_seed_buf(&f.b);
}

static uint64_t first_dt(const struct file *f) { return f->dt[0]; }
static uint64_t second_dt(const struct file *f) { return f->dt[1]; }
static uint64_t list(const struct file *f) { return f->dl; }
static uint64_t channel(const struct file *f) { return f->cn; }
static uint64_t group(const struct file *f) { return f->cg; }
static uint64_t data_group(const struct file *f) { return f->dg; }
static uint64_t begin(const struct file *f) { (void)f; return 0; }

void mdf_seed_wrong(void)
{
	const int body = 24 + 3 * 8;

	with(begin, 0, UINT64_C(0x202020202046444d), 8);	/* nothing */
	with(begin, 62, 3, 2);
	with(begin, 64 + 24, 7, 8);
	with(begin, 64 + 24 + 8, 64, 8);
	with(first_dt, 8, 26, 8);
	with(first_dt, 8, 80, 8);
	with(first_dt, 8, 20, 8);
	with(second_dt, 0, 0x5a5a2323, 4);
	with(second_dt, 8, 1u << 30, 8);
	with(list, 16, 9999, 8);
	with(list, body + 4, 3, 4);
	with(list, body + 4, 1, 4);
	with(list, body + 16, 17, 8);
	with(list, body + 8, 5, 8);
	with(list, body, 1, 1);
	with(list, 24 + 8, 0, 8);
	with(list, 24, 64, 8);
	with(channel, 8, 100, 8);
	with(channel, 16, 5, 8);
	with(channel, 24, 64, 8);
	with(channel, 24 + 16, 64, 8);
	with(channel, 24 + 8 * 8 + 4, 9, 4);
	with(group, 24 + 6 * 8 + 8, 3, 8);
	with(group, 24 + 6 * 8 + 8, 5, 8);
	with(group, 24 + 6 * 8 + 24, 0, 4);
	with(group, 24 + 6 * 8 + 28, 1, 4);
	with(group, 24, 64, 8);
	with(data_group, 24, 64, 8);
	with(data_group, 24 + 16, 1u << 20, 8);
	with(data_group, 24 + 4 * 8, 1, 1);
}
