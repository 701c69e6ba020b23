#include "config.h"

#include "ui/term_priv.h"

#include <stdlib.h>

/* Foreground of each role in 256 colours, dark and light; -1 is the terminal's own. The traces are the
 * colours of Okabe and Ito nearest to xterm's palette, darker twins on light. */
struct look {
	short dark, light, back_dark, back_light;
	attr_t attr;
};

static const struct look looks[SPUR_ROLE_COUNT] = {
	[SPUR_ROLE_TEXT] = { -1, -1, -1, -1, 0 },
	[SPUR_ROLE_DIM] = { 245, 242, -1, -1, 0 },
	[SPUR_ROLE_TITLE] = { 231, 231, 24, 24, A_BOLD },
	[SPUR_ROLE_BAR] = { 250, 236, 236, 252, 0 },
	[SPUR_ROLE_HEAD] = { -1, -1, -1, -1, A_BOLD },
	[SPUR_ROLE_SELECTED] = { -1, -1, -1, -1, A_REVERSE },
	[SPUR_ROLE_GOOD] = { 35, 28, -1, -1, 0 },
	[SPUR_ROLE_BAD] = { 203, 124, -1, -1, A_BOLD },
	[SPUR_ROLE_WARN] = { 178, 130, -1, -1, 0 },
	[SPUR_ROLE_CURSOR] = { -1, -1, -1, -1, A_REVERSE },
	[SPUR_ROLE_COMMAND] = { 74, 25, -1, -1, 0 },
	[SPUR_ROLE_TRACE0] = { 74, 25, -1, -1, 0 },
	[SPUR_ROLE_TRACE0 + 1] = { 178, 130, -1, -1, 0 },
	[SPUR_ROLE_TRACE0 + 2] = { 35, 28, -1, -1, 0 },
	[SPUR_ROLE_TRACE0 + 3] = { 166, 166, -1, -1, 0 },
	[SPUR_ROLE_TRACE0 + 4] = { 175, 133, -1, -1, 0 },
	[SPUR_ROLE_TRACE0 + 5] = { 221, 94, -1, -1, 0 },
	[SPUR_ROLE_TRACE0 + 6] = { 32, 19, -1, -1, 0 },
	[SPUR_ROLE_TRACE7] = { -1, -1, -1, -1, 0 },
};

static attr_t attrs[SPUR_ROLE_COUNT];
static bool shown_light;

void spur_term_look_make(bool light)
{
	bool colours = has_colors() && COLORS >= 256 && COLOR_PAIRS > SPUR_ROLE_COUNT && getenv("NO_COLOR") == NULL;

	for (int i = 0; i < SPUR_ROLE_COUNT; i++) {
		const struct look *l = &looks[i];

		attrs[i] = l->attr;
		if (colours) {
			init_pair((short)(i + 1), light ? l->light : l->dark, light ? l->back_light : l->back_dark);
			attrs[i] |= (attr_t)COLOR_PAIR(i + 1);
		} else if (i == SPUR_ROLE_TITLE || i == SPUR_ROLE_BAR) {
			attrs[i] |= A_REVERSE;
		}
	}
	shown_light = light;
}

bool spur_term_look_light(void)
{
	return shown_light;
}

attr_t spur_term_look(enum spur_role role)
{
	return attrs[role];
}
