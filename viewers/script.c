#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "io/out.h"
#include "viewers/viewer.h"

#define LIMIT (1u << 20)
#define LOOK_MS 2

/*
 * Events from a file, one a line, pushed as if they came from a person; blank lines and # comments.
 *	key NAME	a character, or Left Right Up Down Home End PgUp PgDn Enter Esc Tab F1 .. F12 Space
 *	move X Y | down X Y [shift] | up X Y | wheel NOTCHES | resize W H	in points of the plot's window
 *	wait MS | settle | shot FILE | shot-camera FILE | quit
 */
struct spur_script {
	char *text, *at;	/* owned; where the next line begins */
	char *path;
	int line;
	Uint64 until;		/* SDL_GetTicks64() before which nothing is done */
	bool settle;
};

enum spur_status spur_script_open(const char *path, struct spur_script **out, struct spur_error *err)
{
	struct spur_script *s = spur_calloc(1, sizeof(*s));
	enum spur_status st = spur_file_read(path, LIMIT, &s->text, &(size_t){ 0 }, err);

	s->at = s->text;
	s->path = spur_strdup(path);
	if (st < 0)
		spur_script_close(s);
	else
		*out = s;
	return st;
}

void spur_script_close(struct spur_script *s)
{
	if (s == NULL)
		return;
	free(s->text);
	free(s->path);
	free(s);
}

static void bad(struct spur_script *s, struct spur_viewer *v, const char *line)
{
	struct spur_error err;

	spur_fail(&err, SPUR_EINVAL, "%s line %d: '%s' is no event", s->path, s->line, line);
	spur_viewer_fail(v, &err);
}

static Uint32 id_of(const struct spur_viewer *v)
{
	return SDL_GetWindowID(v->windows[SPUR_VIEWER_PLOT].window);
}

static bool push_key(const struct spur_viewer *v, const char *name)
{
	static const struct { const char *name; SDL_Keycode key; } keys[] = {
		{ "Left", SDLK_LEFT }, { "Right", SDLK_RIGHT }, { "Up", SDLK_UP }, { "Down", SDLK_DOWN }, { "Home", SDLK_HOME },
		{ "End", SDLK_END }, { "PgUp", SDLK_PAGEUP }, { "PgDn", SDLK_PAGEDOWN }, { "Enter", SDLK_RETURN },
		{ "Esc", SDLK_ESCAPE }, { "Tab", SDLK_TAB }, { "F1", SDLK_F1 }, { "F5", SDLK_F5 }, { "F10", SDLK_F10 },
		{ "F12", SDLK_F12 },
	};
	SDL_Event e = { .key = { .type = SDL_KEYDOWN, .windowID = id_of(v), .state = SDL_PRESSED } };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].name, name) == 0) {
			e.key.keysym.sym = keys[i].key;
			return SDL_PushEvent(&e) == 1;
		}
	}
	e = (SDL_Event){ .text = { .type = SDL_TEXTINPUT, .windowID = id_of(v) } };
	snprintf(e.text.text, sizeof(e.text.text), "%s", strcmp(name, "Space") == 0 ? " " : name);
	return strlen(e.text.text) == 1 && SDL_PushEvent(&e) == 1;
}

static bool push_button(const struct spur_viewer *v, Uint32 type, int x, int y, bool shift)
{
	SDL_Event e = { .button = { .type = type, .windowID = id_of(v), .button = SDL_BUTTON_LEFT, .x = x, .y = y, .clicks = 1,
		.state = type == SDL_MOUSEBUTTONDOWN ? SDL_PRESSED : SDL_RELEASED } };

	SDL_SetModState(shift ? KMOD_LSHIFT : KMOD_NONE);
	return SDL_PushEvent(&e) == 1;
}

static bool push_motion(const struct spur_viewer *v, int x, int y)
{
	SDL_Event e = { .motion = { .type = SDL_MOUSEMOTION, .windowID = id_of(v), .x = x, .y = y } };

	return SDL_PushEvent(&e) == 1;
}

static bool push_wheel(const struct spur_viewer *v, int notches)
{
	SDL_Event e = { .wheel = { .type = SDL_MOUSEWHEEL, .windowID = id_of(v), .y = notches } };

	return SDL_PushEvent(&e) == 1;
}

static bool shoot(struct spur_viewer *v, int window, const char *path)
{
	struct spur_error err;

	if (spur_viewer_shot(v, window, path, &err) < 0)
		spur_viewer_fail(v, &err);
	return true;
}

static bool run(struct spur_script *s, struct spur_viewer *v, const char *word, const char *rest)
{
	int x = 0, y = 0, n = sscanf(rest, "%d %d", &x, &y);

	if (strcmp(word, "key") == 0)
		return push_key(v, rest);
	if (strcmp(word, "move") == 0 && n == 2)
		return push_motion(v, x, y);
	if (strcmp(word, "down") == 0 && n == 2)
		return push_button(v, SDL_MOUSEBUTTONDOWN, x, y, strstr(rest, "shift") != NULL);
	if (strcmp(word, "up") == 0 && n == 2)
		return push_button(v, SDL_MOUSEBUTTONUP, x, y, false);
	if (strcmp(word, "wheel") == 0 && n == 1)
		return push_wheel(v, x);
	if (strcmp(word, "shot") == 0 || strcmp(word, "shot-camera") == 0)
		return shoot(v, strcmp(word, "shot") == 0 ? SPUR_VIEWER_PLOT : SPUR_VIEWER_CAMERA, rest);
	if (strcmp(word, "resize") == 0 && n == 2)
		SDL_SetWindowSize(v->windows[SPUR_VIEWER_PLOT].window, x, y);
	else if (strcmp(word, "wait") == 0 && n == 1)
		s->until = SDL_GetTicks64() + (Uint64)(x > 0 ? x : 0);
	else if (strcmp(word, "settle") == 0)
		s->settle = true;
	else if (strcmp(word, "quit") == 0)
		v->done = true;
	else
		return false;
	return true;
}

/* The next line that says something; it is cut out of the text. NULL: the end. */
static char *next_line(struct spur_script *s)
{
	while (*s->at != '\0') {
		char *line = s->at + strspn(s->at, " \t");
		size_t len = strcspn(line, "\n");

		s->at = line[len] == '\0' ? line + len : line + len + 1;
		line[len] = '\0';
		s->line++;
		if (*line != '\0' && *line != '#')
			return line;
	}
	return NULL;
}

int spur_script_step(struct spur_script *s, struct spur_viewer *v)
{
	Uint64 now = SDL_GetTicks64();
	char *line, *rest;

	if (now < s->until)
		return (int)(s->until - now);
	if (v->of == NULL || (s->settle && !v->play.on && !spur_viewer_settled(v)))
		return LOOK_MS;
	s->settle = false;
	line = next_line(s);
	if (line == NULL)
		return -1;
	rest = line + strcspn(line, " \t");
	if (*rest != '\0')
		*rest++ = '\0';
	rest += strspn(rest, " \t");
	if (!run(s, v, line, rest))
		bad(s, v, line);
	return 0;
}
