#ifndef SPUR_UI_UI_PRIV_H
#define SPUR_UI_UI_PRIV_H

#include "base/workq.h"
#include "ui/keymap.h"
#include "ui/ui.h"

#define SPUR_UI_SCREENS 16

/* A line being typed at the bottom. */
struct spur_ui_prompt {
	bool open;
	char *label, *id;
	struct spur_buf text;
	size_t history;		/* how far back in the palette's history */
};

/* Lines over the body: help, output of a verb, the command log. */
struct spur_ui_pager {
	bool open;
	char *title;
	struct spur_buf text;
	int top, lines;
};

struct spur_ui {
	const struct spur_ctx *ctx;
	struct spur_workq *queue;
	struct spur_session *session;
	struct spur_grid grid, body;
	const struct spur_screen *stack[SPUR_UI_SCREENS];	/* what `back` returns to */
	void *state[SPUR_UI_SCREENS];
	int depth;
	int acting;			/* screens that are in action() or update() */
	const struct spur_screen *later;	/* where to go when they have returned; NULL: stay */
	char *later_arg;
	struct spur_ui_prompt prompt;
	struct spur_ui_pager pager;
	char *question, *pending;	/* a confirmation and its command */
	char *said, *command;		/* last message, last command line */
	struct spur_buf log;		/* command lines of this session */
	char *recording;		/* file that verbs are recorded to; NULL: none */
	char **history;			/* lines given to the palette */
	size_t history_count;
	enum spur_time_style time_style;
	bool done, light, readonly, dirty;
	int running;			/* verbs under way */
	enum { SPUR_UI_IDLE, SPUR_UI_GOING, SPUR_UI_DECIDING } in_order;	/* the one of those that wait for each other */
	struct spur_ui_waiting {
		char *command;
		bool decision;		/* quitting waits for it */
	} *waiting;			/* the next of them */
	size_t waiting_count;
	struct spur_task *going;	/* of in_order; borrowed, NULL: idle */
	bool wants_pager;
	struct spur_ui_link *link;	/* to windows; NULL: there has been none */
	int epoll;			/* the queue's descriptor and the watches' */
	struct spur_ui_watch *watches;
	size_t watch_count;
	int cell_width, cell_height;	/* pixels that a cell can show */
	const char *gfx;
	spur_ns wake_ns;		/* monotonic; 0: nobody asked */
};

/* ui_watch.c */
enum spur_status spur_ui_watch_start(struct spur_ui *ui, struct spur_error *err);
void spur_ui_watch_stop(struct spur_ui *ui);
void spur_ui_watch_dispatch(struct spur_ui *ui);

const struct spur_screen *const *spur_ui_screens(void);
const struct spur_screen *spur_ui_top(const struct spur_ui *ui);
/* The top screen's action(). */
bool spur_ui_act(struct spur_ui *ui, const struct spur_action *a);

/* ui_prompt.c */
void spur_ui_prompt_key(struct spur_ui *ui, uint32_t key);
void spur_ui_prompt_close(struct spur_ui *ui);
/* ui_pager.c */
void spur_ui_pager_open(struct spur_ui *ui, const char *title, const char *text);
void spur_ui_pager_close(struct spur_ui *ui);
bool spur_ui_pager_action(struct spur_ui *ui, const char *action);
void spur_ui_pager_draw(const struct spur_ui *ui, struct spur_grid *g);
void spur_ui_help(struct spur_ui *ui);
/* ui_run.c: run what the palette was given. */
void spur_ui_palette(struct spur_ui *ui, const char *line);
/* A decision of spur_ui_run_in_order() is not kept yet. */
bool spur_ui_deciding(const struct spur_ui *ui);
/* Done as soon as what was decided is kept: what else runs in order is cancelled, what else waits is dropped. */
void spur_ui_leave(struct spur_ui *ui);

#endif
