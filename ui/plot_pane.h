#ifndef SPUR_UI_PLOT_PANE_H
#define SPUR_UI_PLOT_PANE_H

#include "plot/view.h"
#include "session/session.h"
#include "ui/grid.h"

/* Columns of cells that the lines of a pane of `cols` columns have (without the axis of values). */
int spur_plot_columns(int cols);
/* Traces one below the other, segments and times at the bottom. current: the marked trace, -1 none;
 * of a pane too low for all of them only those near it. rate: of playback, 0: none. Pure. */
void spur_plot_draw(struct spur_grid *g, struct spur_rect at, const struct spur_session_plot *plot,
		    const struct spur_plot_view *view, int current, double rate);

#endif
