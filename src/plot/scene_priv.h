#ifndef SPUR_PLOT_SCENE_PRIV_H
#define SPUR_PLOT_SCENE_PRIV_H

#include "plot/axis.h"
#include "plot/font.h"
#include "plot/scene.h"

#define SPUR_SCENE_HUES 8

struct spur_scene_theme {
	struct spur_rgb back, panel, grid, text, dim, range, cursor, mark, bad;
	struct spur_rgb states[3];		/* by enum spur_scene_state */
	struct spur_rgb traces[SPUR_SCENE_HUES];
};
const struct spur_scene_theme *spur_scene_theme(bool light);

/* One drawing. */
struct spur_scene_pen {
	const struct spur_scene *s;
	const struct spur_scene_theme *theme;
	const struct spur_font *font;
	struct spur_pixels *out;
	struct spur_scene_area area;
	double scale, size;		/* size: of text */
	spur_ns begin_ns, end_ns, base_ns;
	struct spur_ticks times;
};

/* Layout, as far as it depends on the size only. */
struct spur_scene_layout {
	int title, header, lane, axis;		/* heights; 0: not shown */
	int left, right;			/* margins; left 0: no value axis */
};
struct spur_scene_layout spur_scene_layout(const struct spur_scene *s);
double spur_scene_scale(const struct spur_scene *s);
int spur_scene_px(const struct spur_scene_pen *p, double n);	/* at least 1 */
int spur_scene_column(const struct spur_scene *s, spur_ns t);	/* of the area, from 0; -1: outside the range */
double spur_scene_x(const struct spur_scene_pen *p, spur_ns t);	/* from the area's left, in pixels */
int spur_scene_write(const struct spur_scene_pen *p, int x, int y, struct spur_rgb c, const char *text);
int spur_scene_measure(const struct spur_scene_pen *p, const char *text);

/* Coverage of a line on a panel, column by column, so that joints are not blended twice. */
struct spur_scene_cover {
	int width, height;
	double half;		/* half the thickness */
	unsigned char *a;	/* column by column; owned */
	int *lo, *hi;		/* rows of a column that are not zero, [lo, hi); owned */
};
/* Room for panels up to width x height; SPUR_ENOMEM. */
enum spur_status spur_scene_cover_init(struct spur_scene_cover *c, int width, int height, struct spur_error *err);
void spur_scene_cover_finish(struct spur_scene_cover *c);
/* Coordinates in pixels, the first pixel's centre is 0.5; outside is clipped; not finite: nothing. */
void spur_scene_cover_run(struct spur_scene_cover *c, double x, double y0, double y1);	/* upright */
void spur_scene_cover_line(struct spur_scene_cover *c, double x0, double y0, double x1, double y1);
/* Onto the picture with the panel's corner at x, y; c is empty again. */
void spur_scene_cover_ink(struct spur_scene_cover *c, struct spur_pixels *out, int x, int y, struct spur_rgb rgb);

enum spur_status spur_scene_traces(struct spur_scene_pen *p, struct spur_error *err);
/* Cursor and marks on the rows [y, y + height) of a panel. */
void spur_scene_uprights(const struct spur_scene_pen *p, int y, int height, bool named);
void spur_scene_lane(struct spur_scene_pen *p);

#endif
