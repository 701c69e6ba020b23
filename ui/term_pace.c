#include "config.h"

#include "ui/term_pace.h"

#include "ui/term_pictures.h"

#define SMALL 2048	/* bytes; below, an answer says how far away the terminal is, not how fast the line */
#define STILL_S 1.0	/* what a picture that stands still may take */
#define FLOOR_NS 1000000

/* Best first. The bytes per cell are those of photographs, until a frame has been measured. */
static const struct {
	struct spur_term_level level;
	double per_cell;
} ladder[SPUR_TERM_LEVELS] = {
	{ { SPUR_GRAPHICS_KITTY, 0, 1 }, 380 },	  { { SPUR_GRAPHICS_KITTY, 0, 2 }, 100 },
	{ { SPUR_GRAPHICS_SIXEL, 256, 1 }, 220 }, { { SPUR_GRAPHICS_SIXEL, 64, 1 }, 155 },
	{ { SPUR_GRAPHICS_SIXEL, 16, 1 }, 85 },	  { { SPUR_GRAPHICS_HALF_24, 0, 1 }, 37 },
	{ { SPUR_GRAPHICS_HALF_256, 0, 1 }, 17 }, { { SPUR_GRAPHICS_HALF_256, 0, 2 }, 9 },
	{ { SPUR_GRAPHICS_HALF_16, 0, 1 }, 7 },	  { { SPUR_GRAPHICS_HALF_16, 0, 2 }, 4 },
};

const struct spur_term_level *spur_term_pace_level(int level)
{
	return &ladder[level].level;
}

/* A terminal that shows pixels shows direct colour as well; sixel is no help to one that has kitty. */
static bool allowed(enum spur_graphics best, enum spur_graphics kind)
{
	return kind == best || (kind <= SPUR_GRAPHICS_HALF_24 && kind < best);
}

void spur_term_pace_init(struct spur_term_pace *p, enum spur_graphics best, double bytes_per_s, spur_ns rtt_ns)
{
	*p = (struct spur_term_pace){ .best = best, .bytes_per_s = bytes_per_s, .rtt_ns = rtt_ns };
	for (int i = 0; i < SPUR_TERM_LEVELS; i++)
		p->per_cell[i] = ladder[i].per_cell;
}

int spur_term_pace_choose(const struct spur_term_pace *p, int cells, bool moving)
{
	double room = moving ? p->bytes_per_s / SPUR_PICTURES_HZ : p->bytes_per_s * STILL_S;
	int last = SPUR_TERM_LEVELS - 1;

	for (int i = 0; i < SPUR_TERM_LEVELS; i++) {
		if (!allowed(p->best, ladder[i].level.kind))
			continue;
		last = i;
		if (p->per_cell[i] * cells <= room)
			break;
	}
	return last;
}

void spur_term_pace_took(struct spur_term_pace *p, int level, int cells, size_t bytes, spur_ns drain_ns)
{
	double rate;
	spur_ns net;

	if (cells > 0 && bytes > 0)
		p->per_cell[level] = (double)bytes / cells;
	p->last_bytes = bytes;
	if (bytes < SMALL && (p->rtt_ns == 0 || drain_ns < p->rtt_ns))
		p->rtt_ns = drain_ns;
	if (p->rtt_ns > drain_ns)	/* the first answer came late for another reason */
		p->rtt_ns = drain_ns / 2;
	if (bytes < SMALL)
		return;
	net = drain_ns - p->rtt_ns;
	rate = (double)bytes * 1e9 / (double)(net > FLOOR_NS ? net : FLOOR_NS);
	p->bytes_per_s = p->bytes_per_s * 0.5 + rate * 0.5;
}
