#ifndef SPUR_PLOT_VIEW_H
#define SPUR_PLOT_VIEW_H

#include <stdbool.h>

#include "base/time.h"

/*
 * Moving about in a drive: what a key or the mouse does to the range, the cursor and the marks, the same in
 * the terminal and in the windows. Pure; saturates instead of overflowing.
 */

/* What is seen of a drive: range, cursor, marks (SPUR_NS_MIN: not set). */
struct spur_plot_view {
	spur_ns begin_ns, end_ns, cursor_ns, a_ns, b_ns;
	spur_ns base_ns;		/* where relative times count from */
	enum spur_time_style style;
};

/* The drive that it is a view of, and how many columns show it (a step of the cursor is one). */
struct spur_plot_extent {
	spur_ns begin_ns, end_ns;
	int columns;
};

#define SPUR_PLOT_SHORTEST_NS 100000	/* 0.1 ms: a range is not made shorter */

/* All of the drive, the cursor in its middle, no marks. */
void spur_plot_view_whole(struct spur_plot_view *v, const struct spur_plot_extent *e);
/* The range inside the drive, with its length kept if the drive has it; cursor and marks inside the drive. */
void spur_plot_view_clamp(struct spur_plot_view *v, const struct spur_plot_extent *e);
/* The cursor to t, the range after it. */
void spur_plot_view_cursor(struct spur_plot_view *v, const struct spur_plot_extent *e, spur_ns t);
/* The range moved; the cursor stays where it is in the drive. */
void spur_plot_view_pan(struct spur_plot_view *v, const struct spur_plot_extent *e, spur_ns by);
/* The range `factor` times as long, at_ns where it is on the screen. */
void spur_plot_view_zoom(struct spur_plot_view *v, const struct spur_plot_extent *e, spur_ns at_ns, double factor);
/* The range to A and B with a margin. False: they are not both set. */
bool spur_plot_view_marks(struct spur_plot_view *v, const struct spur_plot_extent *e);
/* An action of the keymap: cursor-*, first, last, zoom-*, mark-*, swap-ab. False: none of these. */
bool spur_plot_view_action(struct spur_plot_view *v, const struct spur_plot_extent *e, const char *action);

#endif
