#ifndef SPUR_PLOT_PLAY_H
#define SPUR_PLOT_PLAY_H

#include "plot/view.h"

/* Playback: the cursor as a function of a monotonic clock, so that slow drawing drops frames and not time. */
struct spur_plot_play {
	bool on;
	int rate;		/* index, see spur_plot_rate() */
	bool follows;		/* another window moves the cursor */
	spur_ns from_ns, since_ns;	/* cursor and clock when it began */
};
#define SPUR_PLOT_RATE_ONE 6

double spur_plot_rate(int rate);	/* 0.01 ... 100 times */
int spur_plot_rate_of(double rate);	/* the nearest one */
/* Here: what followed moves the cursor itself from now on. */
void spur_plot_play_start(struct spur_plot_play *p, spur_ns cursor_ns, spur_ns now_ns);
/* Faster (1) or slower (-1), from here on. */
void spur_plot_play_rate(struct spur_plot_play *p, int step, spur_ns cursor_ns, spur_ns now_ns);
/* Where the cursor is now; at end_ns playback stops. */
spur_ns spur_plot_play_at(struct spur_plot_play *p, const struct spur_plot_extent *l, spur_ns now_ns);

#endif
