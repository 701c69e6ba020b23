#include "config.h"

#include "ui/keymap.h"
#include "viewers/viewer.h"

uint32_t spur_viewer_key(const SDL_Keysym *k)
{
	static const struct { SDL_Keycode from; uint32_t to; } keys[] = {
		{ SDLK_UP, SPUR_KEY_UP }, { SDLK_DOWN, SPUR_KEY_DOWN }, { SDLK_LEFT, SPUR_KEY_LEFT },
		{ SDLK_RIGHT, SPUR_KEY_RIGHT }, { SDLK_HOME, SPUR_KEY_HOME }, { SDLK_END, SPUR_KEY_END },
		{ SDLK_PAGEUP, SPUR_KEY_PAGE_UP }, { SDLK_PAGEDOWN, SPUR_KEY_PAGE_DOWN },
		{ SDLK_BACKSPACE, SPUR_KEY_BACKSPACE }, { SDLK_DELETE, SPUR_KEY_DELETE }, { SDLK_RETURN, '\r' },
		{ SDLK_KP_ENTER, '\r' }, { SDLK_ESCAPE, 27 },
	};

	if (k->sym == SDLK_TAB)
		return (k->mod & KMOD_SHIFT) != 0 ? (uint32_t)SPUR_KEY_BACKTAB : '\t';
	if (k->sym >= SDLK_F1 && k->sym <= SDLK_F12)
		return SPUR_KEY_F1 + (uint32_t)(k->sym - SDLK_F1);
	if ((k->mod & KMOD_CTRL) != 0 && k->sym >= 'a' && k->sym <= 'z')
		return (uint32_t)k->sym & 0x1f;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].from == k->sym)
			return keys[i].to;
	}
	return SPUR_KEY_NONE;
}
