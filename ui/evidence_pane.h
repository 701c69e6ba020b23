#ifndef SPUR_UI_EVIDENCE_PANE_H
#define SPUR_UI_EVIDENCE_PANE_H

#include "session/session.h"
#include "ui/grid.h"

/* What the signals of a segment's query did around it, as small plots with the segment's edges and the rule. */
struct spur_evidence_view {
	const struct spur_db_segment *segment;	/* NULL: none */
	bool end_edge;		/* the edge that would be moved */
	spur_ns cursor_ns;	/* SPUR_NS_MIN: none */
	enum spur_time_style style;
};

/* Columns of cells that the lines of a pane of `cols` columns have. */
int spur_evidence_columns(int cols);
/* Pure. */
void spur_evidence_draw(struct spur_grid *g, struct spur_rect at, const struct spur_session_evidence *e,
			const struct spur_evidence_view *v);

#endif
