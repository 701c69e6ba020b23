#ifndef SPUR_UI_CURVE_PANE_H
#define SPUR_UI_CURVE_PANE_H

#include "session/lab.h"
#include "ui/grid.h"

/* Metrics of a run over its steps, one pane a series, as many as fit. Pure. */
void spur_curve_draw(struct spur_grid *g, struct spur_rect at, const struct spur_session_series *series, size_t count);
/* The course of a series in one line of `width` cells, its last value at the end: "loss ▇▅▃▂▁ 0.412". */
void spur_curve_spark(struct spur_grid *g, int row, int col, int width, const struct spur_session_series *series);

#endif
