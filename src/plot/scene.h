#ifndef SPUR_PLOT_SCENE_H
#define SPUR_PLOT_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/time.h"
#include "model/pixels.h"
#include "plot/decimate.h"

/*
 * The one rasteriser: a plot as `spur plot -o`, reports and the windows show it. What is drawn is
 * decided here (layout, ticks, colours, text through plot/font.h). Pure but for the font, which is
 * loaded once. The same scene gives the same bytes. Any thread.
 *
 * From the top: title; the traces, one below the other, each with its name and figures, value axis and
 * line; the lane of segments; the time axis. What does not fit a small picture is left out, axes last.
 * A line is not drawn over samples without a value, nor over a hole of spur_decimation_gap_ns().
 */
struct spur_scene_trace {
	const char *name, *unit;
	const struct spur_decimation *view;	/* of [begin, end), ideally one bin per pixel; NULL or columns 0: still loading */
	const struct spur_range_stats *stats;	/* of A to B, or of the range; NULL: the extremes of view are shown */
	double at_cursor, at_a, at_b;		/* NaN none */
	const char *note;			/* an error or "reading ..."; NULL none */
};

enum spur_scene_state { SPUR_SCENE_CANDIDATE, SPUR_SCENE_APPROVED, SPUR_SCENE_REJECTED };
struct spur_scene_segment {
	spur_ns begin_ns, end_ns;
	const char *label;
	enum spur_scene_state state;	/* said by colour and by a sign */
};

struct spur_scene {
	int width, height;	/* pixels */
	double scale;		/* 1: text of 12 px; HiDPI more (0.25 to 16; anything else is 1) */
	bool light, clean;	/* clean: without cursor and marks */
	const char *title;
	spur_ns begin_ns, end_ns, base_ns;	/* base: where relative times count from */
	enum spur_time_style style;
	spur_ns cursor_ns, a_ns, b_ns;		/* SPUR_NS_MIN: not set */
	size_t trace_count, segment_count;
	const struct spur_scene_trace *traces;
	const struct spur_scene_segment *segments;
	int current;		/* trace, -1 none */
};

/* Where the traces are: pixel columns [x, x + width) stand for [begin_ns, end_ns). For the mouse, and
 * for how many columns to ask a decimation for. Depends on width, height and scale only. */
struct spur_scene_area {
	int x, y, width, height;
};
struct spur_scene_area spur_scene_area(const struct spur_scene *s);
spur_ns spur_scene_time_at(const struct spur_scene *s, int x);	/* clamped to the range */

/* out is made (spur_pixels_init) and drawn; the caller finishes it. */
enum spur_status spur_scene_draw(const struct spur_scene *s, struct spur_pixels *out, struct spur_error *err);
/* Text with its baseline's left end at x, y; returns its width. size in pixels. out NULL: only measures. */
int spur_scene_text(struct spur_pixels *out, int x, int y, double size, struct spur_rgb c, const char *text);

#endif
