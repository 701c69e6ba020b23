#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "ui/keymap.h"
#include "viewers/viewer.h"

#define CLICK_POINTS 4		/* a button that moved less is a click */
#define WHEEL_ZOOM 1.25		/* of the range, for a notch */

static int window_of(const struct spur_viewer *v, Uint32 id)
{
	for (int i = 0; i < SPUR_VIEWER_WINDOWS; i++) {
		if (spur_window_is(&v->windows[i], id))
			return i;
	}
	return -1;
}

/* ---- keys ---- */

/* What the table says, and what only a window has. */
static const char *action_of(uint32_t key)
{
	const char *id = spur_keymap_find("plot", key);

	if (id == NULL && key == ' ')
		return "play";
	return id == NULL && key == 'p' ? "camera" : id;
}

static void take_key(struct spur_viewer *v, int window, uint32_t key)
{
	const char *id = action_of(key);

	v->said[0] = '\0';
	if (id != NULL)
		spur_viewer_action(v, window, id);
}

/* The first character; what an input method composes beyond it is no key of ours. */
static uint32_t first_of(const char *utf8)
{
	const unsigned char *s = (const unsigned char *)utf8;

	return s[0] < 0x80 ? s[0] : SPUR_KEY_NONE;
}

/* ---- the mouse ---- */

static spur_ns time_at(const struct spur_viewer *v, int x)
{
	struct spur_scene s = { 0 };

	spur_viewer_scene(v, &s);
	return spur_scene_time_at(&s, x);
}

static void wheel(struct spur_viewer *v, const SDL_MouseWheelEvent *e)
{
	struct spur_plot_extent x = spur_viewer_extent(v);
	spur_ns width = v->view.end_ns - v->view.begin_ns;
	double factor = 1;
	int notches = e->y < -20 ? -20 : e->y > 20 ? 20 : e->y;

	for (int i = 0; i < abs(notches); i++)
		factor *= notches > 0 ? 1 / WHEEL_ZOOM : WHEEL_ZOOM;
	if (notches != 0)
		spur_plot_view_zoom(&v->view, &x, time_at(v, v->mouse_x), factor);
	if (e->x != 0)
		spur_plot_view_pan(&v->view, &x, width / 10 * (e->x < -10 ? -10 : e->x > 10 ? 10 : e->x));
	spur_viewer_want(v);
}

static void press(struct spur_viewer *v)
{
	v->drag = (struct spur_viewer_drag){ .down = true, .marks = (SDL_GetModState() & KMOD_SHIFT) != 0, .x = v->mouse_x,
					     .y = v->mouse_y, .from = v->view };
	if (v->drag.marks)
		v->view.a_ns = v->view.b_ns = time_at(v, v->mouse_x);
	spur_viewer_want(v);
}

static void drag(struct spur_viewer *v)
{
	struct spur_plot_extent e = spur_viewer_extent(v);
	const struct spur_plot_view *f = &v->drag.from;
	double points = v->windows[SPUR_VIEWER_PLOT].points, ns = (double)(f->end_ns - f->begin_ns);

	if (!v->drag.moved && abs(v->mouse_x - v->drag.x) < CLICK_POINTS * points && !v->drag.marks)
		return;
	v->drag.moved = true;
	if (v->drag.marks) {
		v->view.b_ns = time_at(v, v->mouse_x);
	} else {
		v->view.begin_ns = f->begin_ns;
		v->view.end_ns = f->end_ns;
		spur_plot_view_pan(&v->view, &e, (spur_ns)((v->drag.x - v->mouse_x) * ns / (e.columns > 0 ? e.columns : 1)));
	}
	spur_viewer_want(v);
}

static void release(struct spur_viewer *v)
{
	struct spur_plot_extent e = spur_viewer_extent(v);

	if (!v->drag.moved && !v->drag.marks)
		spur_plot_view_cursor(&v->view, &e, time_at(v, v->mouse_x));
	else if (v->drag.marks && v->view.a_ns == v->view.b_ns)
		v->view.a_ns = v->view.b_ns = SPUR_NS_MIN;	/* a click with Shift takes the marks away */
	v->drag.down = false;
	if (v->play.on)
		spur_plot_play_start(&v->play, v->view.cursor_ns, spur_monotonic_ns());
	spur_viewer_want(v);
}

static void mouse(struct spur_viewer *v, const SDL_Event *e)
{
	double points = v->windows[SPUR_VIEWER_PLOT].points;

	if (e->type == SDL_MOUSEMOTION) {
		v->mouse_x = (int)(e->motion.x * points);
		v->mouse_y = (int)(e->motion.y * points);
	} else if (e->type == SDL_MOUSEBUTTONDOWN || e->type == SDL_MOUSEBUTTONUP) {
		v->mouse_x = (int)(e->button.x * points);
		v->mouse_y = (int)(e->button.y * points);
	}
	if (v->of == NULL)
		return;
	if (e->type == SDL_MOUSEWHEEL)
		wheel(v, &e->wheel);
	else if (e->type == SDL_MOUSEBUTTONDOWN && e->button.button == SDL_BUTTON_LEFT)
		press(v);
	else if (e->type == SDL_MOUSEMOTION && v->drag.down)
		drag(v);
	else if (e->type == SDL_MOUSEBUTTONUP && e->button.button == SDL_BUTTON_LEFT && v->drag.down)
		release(v);
}

/* ---- windows ---- */

static void window_event(struct spur_viewer *v, const SDL_WindowEvent *e)
{
	int i = window_of(v, e->windowID);

	if (i < 0)
		return;
	if (e->event == SDL_WINDOWEVENT_CLOSE)
		spur_viewer_action(v, i, "back");
	else if (e->event == SDL_WINDOWEVENT_EXPOSED)
		spur_window_again(&v->windows[i]);
	else if (e->event == SDL_WINDOWEVENT_SIZE_CHANGED || e->event == SDL_WINDOWEVENT_RESTORED ||
		 e->event == SDL_WINDOWEVENT_SHOWN)
		v->windows[i].stale = true;
}

void spur_viewer_event(struct spur_viewer *v, const SDL_Event *e)
{
	uint32_t key;

	switch (e->type) {
	case SDL_QUIT:
		v->done = true;
		break;
	case SDL_KEYDOWN:
		key = spur_viewer_key(&e->key.keysym);
		if (key != SPUR_KEY_NONE)
			take_key(v, window_of(v, e->key.windowID), key);
		break;
	case SDL_TEXTINPUT:
		key = first_of(e->text.text);
		if (key != SPUR_KEY_NONE && key >= ' ')
			take_key(v, window_of(v, e->text.windowID), key);
		break;
	case SDL_MOUSEMOTION:
		if (window_of(v, e->motion.windowID) == SPUR_VIEWER_PLOT)
			mouse(v, e);
		break;
	case SDL_MOUSEBUTTONDOWN:
	case SDL_MOUSEBUTTONUP:
		if (window_of(v, e->button.windowID) == SPUR_VIEWER_PLOT)
			mouse(v, e);
		break;
	case SDL_MOUSEWHEEL:
		if (window_of(v, e->wheel.windowID) == SPUR_VIEWER_PLOT)
			mouse(v, e);
		break;
	case SDL_WINDOWEVENT:
		window_event(v, &e->window);
		break;
	case SDL_RENDER_TARGETS_RESET:
	case SDL_RENDER_DEVICE_RESET:
		spur_viewer_stale(v);
		break;
	default:
		break;
	}
}
