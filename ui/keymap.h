#ifndef SPUR_UI_KEYMAP_H
#define SPUR_UI_KEYMAP_H

#include <stddef.h>
#include <stdint.h>

/*
 * Keys to actions. The default keymap is one table (keymap.def), from which the help, the
 * bar of keys and the dispatcher come; scopes are "global" and the id of a screen.
 */

/* Keys beyond Unicode; a plain key is its scalar, Ctrl-X is 'X' & 0x1f. */
enum spur_key {
	SPUR_KEY_UP = 0x110000, SPUR_KEY_DOWN, SPUR_KEY_LEFT, SPUR_KEY_RIGHT, SPUR_KEY_HOME, SPUR_KEY_END,
	SPUR_KEY_PAGE_UP, SPUR_KEY_PAGE_DOWN, SPUR_KEY_BACKSPACE, SPUR_KEY_DELETE, SPUR_KEY_BACKTAB,
	SPUR_KEY_F1, SPUR_KEY_F5 = SPUR_KEY_F1 + 4, SPUR_KEY_F10 = SPUR_KEY_F1 + 9, SPUR_KEY_F12 = SPUR_KEY_F1 + 11,
	SPUR_KEY_RESIZE, SPUR_KEY_NONE
};

/* Alt with a plain key: a back end that sees ESC and the key at once may say so. */
#define SPUR_KEY_ALT(c) (0x200000u | (uint32_t)(c))

struct spur_binding {
	const char *scope;	/* "global", "plot" */
	uint32_t key;
	const char *shown;	/* "Enter", "Ctrl-D" */
	const char *action;	/* "cursor-left" */
	const char *help;	/* one line */
	int bar;		/* place in the bar of keys, 0: not there */
};

/* The whole table; ends with scope NULL. */
const struct spur_binding *spur_keymap(void);
/* The action of a key in a scope, falling back to global; NULL: none. */
const char *spur_keymap_find(const char *scope, uint32_t key);
/* The first key of an action, as shown; "" when unbound. */
const char *spur_keymap_shown(const char *scope, const char *action);

#endif
