#ifndef SPUR_UI_REVIEW_H
#define SPUR_UI_REVIEW_H

#include "session/session.h"
#include "ui/camera_pane.h"
#include "ui/list.h"
#include "ui/marks.h"
#include "ui/ui.h"

/*
 * The parts of the review screen: screen_review.c has its life and the cursor, review_acts.c what
 * changes something (each a verb), review_filter.c what is in the list, review_draw.c how it looks.
 */
#define SPUR_REVIEW_FRAME_NS (SPUR_NS_PER_S / 30)	/* a frame where there is no camera */
#define SPUR_REVIEW_AROUND_NS (2 * SPUR_NS_PER_S)	/* shown and played on both sides of a segment */

struct spur_review {
	const struct spur_session_segments *list;
	const struct spur_session_evidence *evidence;
	const struct spur_session_plot *plot;	/* the drive whose camera is shown */
	const struct spur_session_frame *frame;
	struct spur_list cursor;
	struct spur_marks marks;
	int64_t at;			/* id under the cursor: stays when the list is read again */
	int64_t about;			/* what the words that are being typed are about */
	int rows, cols;			/* of the body, at the last look */
	char filter[200], sought[128];
	char drive[128], label[64], tag[64], author[64], text[128];	/* what the filter says */
	struct spur_db_segment_filter want;
	bool end_edge;			/* the edge that [ and ] move: the end, else the begin */
	bool choosing;			/* the list of reasons is open */
	int reason;			/* given last */
	char words[200];		/* the reason in words that was given last; "" none */
	struct spur_camera_pane camera;
	bool with_camera, has_camera;	/* wanted; and the drive has one */
	char camera_drive[128];		/* asked for */
	spur_ns frame_ns;
	bool playing;
	spur_ns play_from_ns, play_at_ns;	/* monotonic; drive time */
	uint64_t seen, seen_evidence, seen_plot, seen_frame;
	enum spur_time_style style;
};

/* How the body is divided; rows 0: not shown. */
struct spur_review_layout {
	struct spur_rect list;		/* rows of segments */
	struct spur_rect evidence, camera;
	int rule, foot;			/* rows of the line between, and of the last line; -1: none */
};
void spur_review_divide(const struct spur_review *s, int rows, int cols, struct spur_review_layout *out);
/* Columns of cells that the lines of the evidence have. */
int spur_review_plot_columns(const struct spur_review_layout *l);
void spur_review_draw(const void *state, struct spur_grid *g);

/* The one under the cursor, NULL: none; as it would be with the edges that wait. */
const struct spur_db_segment *spur_review_current(const struct spur_review *s);
struct spur_db_segment spur_review_judged(const struct spur_review *s, const struct spur_db_segment *seg);
/* It waits for a decision of the person here. */
bool spur_review_waits(const struct spur_review *s, const struct spur_db_segment *seg);
/* To the next (1) or previous (-1) one that waits; false: none. */
bool spur_review_step(struct spur_ui *ui, struct spur_review *s, int step);

/* Words of `\` to a wish and its command line; says what is wrong. */
bool spur_review_filter(struct spur_ui *ui, struct spur_review *s, const char *text);
void spur_review_want(struct spur_ui *ui, struct spur_review *s);

/* False: not an act. */
bool spur_review_act(struct spur_ui *ui, struct spur_review *s, const struct spur_action *a);

#endif
