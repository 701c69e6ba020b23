#include "config.h"

#include "ui/keymap.h"

#include <string.h>

static const struct spur_binding bindings[] = {
#define SPUR_KEY(scope, key, shown, action, help, bar) { scope, key, shown, action, help, bar },
#include "ui/keymap.def"
#undef SPUR_KEY
	{ 0 }
};

const struct spur_binding *spur_keymap(void)
{
	return bindings;
}

static const char *in_scope(const char *scope, uint32_t key)
{
	for (const struct spur_binding *b = bindings; b->scope != NULL; b++) {
		if (b->key == key && strcmp(b->scope, scope) == 0)
			return b->action;
	}
	return NULL;
}

const char *spur_keymap_find(const char *scope, uint32_t key)
{
	const char *action;

	if (key == '\n')
		key = '\r';
	action = in_scope(scope, key);
	return action != NULL ? action : in_scope("global", key);
}

const char *spur_keymap_shown(const char *scope, const char *action)
{
	for (const struct spur_binding *b = bindings; b->scope != NULL; b++) {
		if (strcmp(b->action, action) == 0 && (strcmp(b->scope, scope) == 0 || strcmp(b->scope, "global") == 0))
			return b->shown;
	}
	return "";
}
