#ifndef SPUR_VIEWERS_VIEWER_H
#define SPUR_VIEWERS_VIEWER_H

#include <stdbool.h>
#include <stdio.h>

#include "base/workq.h"
#include "ipc/ipc.h"
#include "plot/play.h"
#include "plot/scene.h"
#include "plot/view.h"
#include "session/session.h"
#include "verb/verb.h"
#include "viewers/watch.h"
#include "viewers/window.h"

/*
 * spur-view: the plot of a drive and a camera of it in windows, alone or as panes of a workbench. One owner
 * thread has SDL, the session and the line; the session's workers read; a watcher waits for descriptors.
 * Everything that is shown is kept here, everything that is read in the session.
 */
struct spur_viewer_options {
	const char *connect;		/* socket of a workbench, or NULL */
	const char *const *subjects;	/* one drive, or recordings */
	size_t subject_count;
	bool files;			/* subjects are recordings */
	const char *const *signals;	/* traces; none: the default ones */
	size_t signal_count;
	const char *camera;		/* NULL: the first one */
	bool no_camera;
	const char *from, *to, *cursor, *a, *b;	/* range, cursor and marks as typed; NULL: all, the middle, none */
	double scale;			/* 0: as the display asks */
	int width, height;		/* of the plot's window */
	bool light, clean;
	const char *shot, *shot_camera;	/* write these pictures when everything is there, and end */
	const char *trace;		/* file for what goes over the line */
	const char *script;		/* file of events */
};

enum { SPUR_VIEWER_PLOT, SPUR_VIEWER_CAMERA, SPUR_VIEWER_WINDOWS };

/* What the mouse is doing. */
struct spur_viewer_drag {
	bool down, moved, marks;
	int x, y;			/* where the button went down, pixels */
	struct spur_plot_view from;	/* the view then */
};

struct spur_script;

struct spur_viewer {
	const struct spur_viewer_options *o;
	const struct spur_ctx *ctx;
	struct spur_workq *queue;
	struct spur_session *session;
	const struct spur_session_plot *plot;
	const struct spur_session_frame *frame;
	struct spur_watch *watch;
	struct spur_window windows[SPUR_VIEWER_WINDOWS];
	struct spur_script *script;
	Uint32 watch_event;

	struct spur_plot_view view;
	int trace;			/* current one */
	int camera;			/* of the session's list; -1: none */
	bool overlay, light, want_camera;
	struct spur_plot_play play;
	char player[32];		/* whom it follows while playing */
	const char *of;			/* drive that the view is of; borrowed from the session */
	uint64_t seen_plot, seen_frame;
	int mouse_x, mouse_y;		/* pixels, in the plot's window */
	struct spur_viewer_drag drag;
	char said[256];			/* in the title until the next key */
	char failed[320];		/* why it ends; "": it does not, or as it should */
	bool done;

	struct spur_ipc *line;		/* NULL: alone */
	char name[32];			/* of this process, in stamps */
	struct spur_ipc_stamp stamp;	/* of what is shown */
	struct spur_ipc_view shared;	/* as last sent or taken */
	struct spur_ipc_view pending;	/* taken, for a drive that is still being opened */
	bool is_pending;
	spur_ns taken_ns;		/* when the view that is to be shown came, and was sent; 0: none */
	spur_ns sent_ns;
	FILE *trace_file;
};

/* viewer.c */
enum spur_status spur_viewer_run(const struct spur_viewer_options *o, const struct spur_ctx *ctx, struct spur_error *err);
void spur_viewer_say(struct spur_viewer *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void spur_viewer_fail(struct spur_viewer *v, const struct spur_error *err);	/* ends it */
void spur_viewer_stale(struct spur_viewer *v);	/* everything is to be drawn again */
struct spur_plot_extent spur_viewer_extent(const struct spur_viewer *v);
/* The session reads what is to be seen. */
void spur_viewer_want(struct spur_viewer *v);
/* Nothing is being read, and what was read is drawn. */
bool spur_viewer_settled(const struct spur_viewer *v);

/* action.c: what a key of the keymap does. */
void spur_viewer_action(struct spur_viewer *v, int window, const char *action);
void spur_viewer_play(struct spur_viewer *v);	/* one step, if it plays */
void spur_viewer_camera_choose(struct spur_viewer *v);	/* after a drive was opened */

/* input.c */
void spur_viewer_event(struct spur_viewer *v, const SDL_Event *e);
/* keys.c: what spur_keymap_find() takes; SPUR_KEY_NONE for keys that come as text. */
uint32_t spur_viewer_key(const SDL_Keysym *k);

/* draw.c */
void spur_viewer_draw(struct spur_viewer *v);
void spur_viewer_scene(const struct spur_viewer *v, struct spur_scene *s);	/* size and range only: for the mouse */

/* shot.c: the picture of a window as PNG, and PATH.json with what it shows. path NULL: a name is made. */
enum spur_status spur_viewer_shot(struct spur_viewer *v, int window, const char *path, struct spur_error *err);

char *spur_viewer_shot_name(const struct spur_viewer *v, int window);	/* in the current folder; the caller frees */

/* link.c */
enum spur_status spur_viewer_link(struct spur_viewer *v, struct spur_error *err);
void spur_viewer_link_read(struct spur_viewer *v);
/* Tell what was changed here, and what can be seen now. */
void spur_viewer_link_sync(struct spur_viewer *v);
void spur_viewer_link_drawn(struct spur_viewer *v);
void spur_viewer_link_close(struct spur_viewer *v, bool bye);
/* What waited for its drive. */
void spur_viewer_link_adopt(struct spur_viewer *v);

/* script.c */
enum spur_status spur_script_open(const char *path, struct spur_script **out, struct spur_error *err);
void spur_script_close(struct spur_script *s);
/* Pushes the next event if it is time for it. Milliseconds until the next look; -1: it is over. */
int spur_script_step(struct spur_script *s, struct spur_viewer *v);

#endif
