#ifndef SPUR_UI_SCREEN_H
#define SPUR_UI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "ipc/message.h"
#include "ui/grid.h"

struct spur_ui;

/* What a key, a script or the palette asks a screen to do. */
struct spur_action {
	const char *id;		/* "cursor-left": a name of the keymap, or "search" with text */
	const char *text;	/* what was typed at a prompt, or NULL */
};

/*
 * One screen: a file screen_<id>.c and a row of screens.def. Owner thread only. What it shows comes
 * from the session, which reads in the background: a screen never waits.
 */
struct spur_screen {
	const char *id, *title;
	size_t state_size;				/* zeroed before open() */
	/* arg: what to show (a drive's name), or NULL. */
	enum spur_status (*open)(struct spur_ui *ui, void *state, const char *arg, struct spur_error *err);
	/* Something that the session read has arrived, or time has passed. True: draw again. */
	bool (*update)(struct spur_ui *ui, void *state);
	/* Pure: no I/O, no waiting. g is the body between the title and the command line. */
	void (*draw)(const void *state, struct spur_grid *g);
	bool (*action)(struct spur_ui *ui, void *state, const struct spur_action *a);	/* false: not mine */
	void (*close)(struct spur_ui *ui, void *state);
	/* What windows show of it and do to it; NULL: nothing. share(): false while there is nothing to share;
	 * theme, times and an empty player are the workbench's. adopt(): of the drive that is shown. */
	bool (*share)(const void *state, struct spur_ipc_view *out);
	void (*adopt)(struct spur_ui *ui, void *state, const struct spur_ipc_view *in);
};

#endif
