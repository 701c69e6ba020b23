#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "image/terminal.h"

/*
 * Sixel (DEC STD 070, VT300 series): DCS P1;P2;P3 q, raster attributes, colour definitions in percent, then
 * bands of six rows, one pass per colour ('$' returns, '-' goes on), runs as '!' count. Colours by
 * median cut (Heckbert 1982) over a histogram of five bits a channel.
 */
#define BINS (1u << 15)
#define BAND 6

struct bin {
	uint32_t count, sum[3];
	uint8_t box;
};

struct box {
	uint16_t *members;	/* bins, borrowed from one array */
	size_t count;
	uint64_t weight;
	int widest, width;	/* channel, and its extent there */
};

static unsigned bin_of(const unsigned char *p)
{
	return (unsigned)(p[0] >> 3) << 10 | (unsigned)(p[1] >> 3) << 5 | (unsigned)(p[2] >> 3);
}

static int channel(unsigned bin, int c)
{
	return (int)(bin >> (10 - 5 * c) & 31);
}

static void measure(struct box *b, const struct bin *bins)
{
	b->width = -1;
	b->weight = 0;
	for (int c = 0; c < 3; c++) {
		int lo = 31, hi = 0;

		for (size_t i = 0; i < b->count; i++) {
			int v = channel(b->members[i], c);

			lo = v < lo ? v : lo;
			hi = v > hi ? v : hi;
		}
		if (hi - lo > b->width) {
			b->width = hi - lo;
			b->widest = c;
		}
	}
	for (size_t i = 0; i < b->count; i++)
		b->weight += bins[b->members[i]].count;
}

/* Members in order of one channel: by counting, so that equal ones keep their order. */
static void sort(struct box *b, uint16_t *room)
{
	size_t at[33] = { 0 };

	for (size_t i = 0; i < b->count; i++)
		at[channel(b->members[i], b->widest) + 1]++;
	for (int v = 0; v < 32; v++)
		at[v + 1] += at[v];
	for (size_t i = 0; i < b->count; i++)
		room[at[channel(b->members[i], b->widest)]++] = b->members[i];
	memcpy(b->members, room, b->count * sizeof(*room));
}

/* Cut where half of the pixels are on each side. */
static void split(struct box *b, struct box *other, const struct bin *bins, uint16_t *room)
{
	uint64_t half = 0;
	size_t n = 0;

	sort(b, room);
	while (n + 1 < b->count && (n == 0 || half + bins[b->members[n]].count <= b->weight / 2))
		half += bins[b->members[n++]].count;
	*other = (struct box){ .members = b->members + n, .count = b->count - n };
	b->count = n;
	measure(b, bins);
	measure(other, bins);
}

/* The box that gains most: many pixels over a wide range. */
static int next_box(const struct box *boxes, int n)
{
	uint64_t most = 0;
	int best = -1;

	for (int i = 0; i < n; i++) {
		uint64_t gain = boxes[i].weight * (uint64_t)(boxes[i].width < 0 ? 0 : boxes[i].width);

		if (boxes[i].count > 1 && gain > most) {
			most = gain;
			best = i;
		}
	}
	return best;
}

static int cut(struct bin *bins, int colours)
{
	uint16_t *members = spur_calloc(BINS, sizeof(*members)), *room = spur_calloc(BINS, sizeof(*room));
	struct box *boxes = spur_calloc((size_t)colours, sizeof(*boxes));
	int n = 1, best;

	boxes[0].members = members;
	for (unsigned i = 0; i < BINS; i++) {
		if (bins[i].count > 0)
			members[boxes[0].count++] = (uint16_t)i;
	}
	measure(&boxes[0], bins);
	while (n < colours && (best = next_box(boxes, n)) >= 0)
		split(&boxes[best], &boxes[n++], bins, room);
	for (int k = 0; k < n; k++) {
		for (size_t i = 0; i < boxes[k].count; i++)
			bins[boxes[k].members[i]].box = (uint8_t)k;
	}
	free(boxes);
	free(room);
	free(members);
	return n;
}

static void count(const struct spur_pixels *p, struct bin *bins)
{
	size_t n = (size_t)p->width * (size_t)p->height;

	for (size_t i = 0; i < n; i++) {
		const unsigned char *c = p->rgb + 3 * i;
		struct bin *b = &bins[bin_of(c)];

		b->count++;
		for (int k = 0; k < 3; k++)
			b->sum[k] += c[k];
	}
}

static void define_colours(const struct bin *bins, int n, struct spur_buf *out)
{
	uint64_t (*sums)[4] = spur_calloc((size_t)n, sizeof(*sums));

	for (unsigned i = 0; i < BINS; i++) {
		for (int k = 0; bins[i].count > 0 && k < 3; k++)
			sums[bins[i].box][k] += bins[i].sum[k];
		sums[bins[i].box][3] += bins[i].count;
	}
	for (int i = 0; i < n; i++) {
		uint64_t c = sums[i][3] * 255;

		spur_buf_addf(out, "#%d;2;%d;%d;%d", i, (int)((sums[i][0] * 100 + c / 2) / c), (int)((sums[i][1] * 100 + c / 2) / c),
			      (int)((sums[i][2] * 100 + c / 2) / c));
	}
	free(sums);
}

static void add_run(struct spur_buf *out, int bits, int n)
{
	if (n > 3) {
		spur_buf_addf(out, "!%d%c", n, 63 + bits);
		return;
	}
	while (n-- > 0)
		spur_buf_addc(out, (char)(63 + bits));
}

/* One colour of a band: its pixels, the blanks at the end left out. */
static void add_pass(struct spur_buf *out, const uint8_t *index, int width, int rows, int colour)
{
	int bits = 0, n = 0;

	for (int x = 0; x < width; x++) {
		int b = 0;

		for (int y = 0; y < rows; y++)
			b |= (index[y * width + x] == colour) << y;
		if (b != bits && n > 0) {
			add_run(out, bits, n);
			n = 0;
		}
		bits = b;
		n++;
	}
	if (bits != 0)
		add_run(out, bits, n);
}

static void add_band(struct spur_buf *out, const uint8_t *index, int width, int rows)
{
	bool there[256] = { false }, first = true;

	for (int i = 0; i < width * rows; i++)
		there[index[i]] = true;
	for (int c = 0; c < 256; c++) {
		if (!there[c])
			continue;
		if (!first)
			spur_buf_addc(out, '$');
		first = false;
		spur_buf_addf(out, "#%d", c);
		add_pass(out, index, width, rows, c);
	}
	spur_buf_addc(out, '-');
}

void spur_sixel(const struct spur_pixels *p, int colours, struct spur_buf *out)
{
	struct bin *bins = spur_calloc(BINS, sizeof(*bins));
	uint8_t *index = spur_calloc((size_t)p->width, BAND);
	int n;

	colours = colours < 2 ? 2 : colours > 256 ? 256 : colours;
	count(p, bins);
	n = cut(bins, colours);
	spur_buf_addf(out, "\033P0;1;0q\"1;1;%d;%d", p->width, p->height);
	define_colours(bins, n, out);
	for (int y = 0; y < p->height; y += BAND) {
		int rows = p->height - y < BAND ? p->height - y : BAND;
		const unsigned char *from = p->rgb + (size_t)y * (size_t)p->width * 3;

		for (int i = 0; i < rows * p->width; i++)
			index[i] = bins[bin_of(from + 3 * (size_t)i)].box;
		add_band(out, index, p->width, rows);
	}
	spur_buf_adds(out, "\033\\");
	free(index);
	free(bins);
}
