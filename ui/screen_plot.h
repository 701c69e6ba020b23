#ifndef SPUR_UI_SCREEN_PLOT_H
#define SPUR_UI_SCREEN_PLOT_H

#include "plot/play.h"
#include "ui/camera_pane.h"
#include "ui/plot_pane.h"
#include "ui/signal_tree.h"
#include "ui/ui.h"

/* The plot screen, private to screen_plot*.c: what it shows, and where. */
struct plot_layout {
	struct spur_rect tree, plot, camera, values;	/* rows 0: not shown */
};

struct plot_state {
	const struct spur_session_plot *plot;
	struct spur_tree tree;
	struct spur_plot_view view;
	struct spur_plot_play play;
	struct spur_camera_pane pane;
	struct plot_layout at;
	bool in_tree, with_camera;
	bool echo_frame;	/* say the command of the frame when it has come */
	int trace;		/* current one */
	int cols;		/* of the plot */
	char player[32];	/* window that moves the cursor, while play.follows */
	uint64_t seen;
	const char *of;		/* drive the tree was built for */
};

/* screen_plot_layout.c */
void plot_layout(struct plot_layout *l, int rows, int cols, bool in_tree, bool with_camera);
void plot_draw(const void *state, struct spur_grid *g);

/* screen_plot_act.c: false: not mine. */
bool plot_action(struct spur_ui *ui, struct plot_state *s, const struct spur_action *a);

/* screen_plot_share.c: with windows. */
bool plot_share(const void *state, struct spur_ipc_view *out);
void plot_adopt(struct spur_ui *ui, void *state, const struct spur_ipc_view *in);

/* screen_plot.c: layout, and what is to be read for it. */
void plot_want(struct spur_ui *ui, struct plot_state *s);
struct spur_plot_extent plot_extent(const struct plot_state *s);
void plot_toggle_camera(struct spur_ui *ui, struct plot_state *s);
/* The command lines that show what is shown. */
void plot_echo(struct spur_ui *ui, const struct plot_state *s);
void plot_echo_frame(struct spur_ui *ui, const struct plot_state *s);
/* Seconds since the drive's begin, exact: "12.5s". */
const char *plot_time_word(const struct plot_state *s, spur_ns t, char out[SPUR_TIME_TEXT]);
/* One word of a shell's command line. */
void plot_add_word(struct spur_buf *b, const char *word);

#endif
