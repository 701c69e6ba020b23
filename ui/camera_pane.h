#ifndef SPUR_UI_CAMERA_PANE_H
#define SPUR_UI_CAMERA_PANE_H

#include "session/session.h"
#include "ui/grid.h"

struct spur_ui;

/*
 * The frame of one camera of the open drive, fitted into a place of a screen: a line of facts, below it
 * the picture with what its annotations draw. Part of a screen's state; what it shows comes from the
 * session, nothing waits. A screen calls place() when its layout changes, want() when its cursor moves,
 * update() from its own update(), draw() from its draw().
 */
struct spur_camera_pane {
	int camera;		/* of the session's list; -1: none yet */
	bool plain;		/* without annotations */
	int facts_cols;		/* of the line of facts; 0: as wide as the pane */
	/* Private from here. */
	struct spur_rect at, place;	/* of the pane, and of the picture in it */
	int cell_width, cell_height;	/* pixels that a cell can show */
	spur_ns t_ns;
	int steps;		/* asked for while the frame was loading */
	uint64_t seen;
	struct spur_pixels shown;	/* owned: scaled, with annotations */
	const struct spur_session_frame *frame;	/* borrowed from the session */
};

void spur_camera_pane_init(struct spur_camera_pane *p, struct spur_ui *ui);
void spur_camera_pane_finish(struct spur_camera_pane *p);
/* Where it is in the body; rows 0: hidden, then nothing is read. */
void spur_camera_pane_place(struct spur_camera_pane *p, struct spur_ui *ui, struct spur_rect at);
/* The frame at t (drive time) of p->camera; SPUR_NS_MIN: none. */
void spur_camera_pane_want(struct spur_camera_pane *p, struct spur_ui *ui, spur_ns t_ns);
/* What has arrived. True: draw again. */
bool spur_camera_pane_update(struct spur_camera_pane *p, struct spur_ui *ui);
/* Pure. Times as style says; base_ns is where relative ones count from. */
void spur_camera_pane_draw(const struct spur_camera_pane *p, struct spur_grid *g, enum spur_time_style style, spur_ns base_ns);

/* The next (1) or previous (-1) camera, around the end. False: there are none. */
bool spur_camera_pane_cycle(struct spur_camera_pane *p, struct spur_ui *ui, int step);
/* Annotations on or off. */
void spur_camera_pane_overlay(struct spur_camera_pane *p, bool on);
/* Go `steps` frames on or back. While the frame at the cursor is still loading the steps are kept, so
 * that no key is lost: call stepped() after this and after update(). */
void spur_camera_pane_step(struct spur_camera_pane *p, int steps);
/* True: *t_ns is where the cursor is to go now. */
bool spur_camera_pane_stepped(struct spur_camera_pane *p, spur_ns *t_ns);

/* The word of a camera's topic that no other one has ("front"), for people and commands; the topic itself when
 * there is none. Borrowed or in `word`. */
const char *spur_camera_name(const struct spur_session_frame *f, int camera, char word[64]);

#endif
