#ifndef SPUR_UI_SIGNAL_TREE_H
#define SPUR_UI_SIGNAL_TREE_H

#include "session/session.h"
#include "ui/grid.h"
#include "ui/list.h"

/* The signals of a drive as branches (file and stream) with leaves; a filter shows leaves only. */
struct spur_tree_row {
	int32_t signal;		/* index, or -1: a branch */
	uint32_t first, count;	/* branch: its run of signals */
};

struct spur_tree {
	const struct spur_session_plot *plot;	/* borrowed */
	struct spur_tree_row *rows;		/* owned */
	int count;
	bool *open;				/* owned, one per branch, by first signal */
	char filter[96];
	struct spur_list cursor;
};

void spur_tree_finish(struct spur_tree *t);
/* After another drive was opened or the filter changed. */
void spur_tree_build(struct spur_tree *t);
/* The signal under the cursor, or NULL on a branch. */
const struct spur_session_signal *spur_tree_signal(const struct spur_tree *t);
/* Open or close the branch under the cursor, or the one of the leaf. */
void spur_tree_toggle(struct spur_tree *t, bool open);
void spur_tree_draw(const struct spur_tree *t, struct spur_grid *g, struct spur_rect at, bool focus);

#endif
