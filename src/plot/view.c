#include "config.h"

#include "plot/view.h"

#include <string.h>

#define ZOOM 2.0
#define FAR 10		/* a far step is a tenth of the range */
#define MARGIN 20

static spur_ns plus(spur_ns a, spur_ns b)
{
	spur_ns sum;

	return !__builtin_add_overflow(a, b, &sum) ? sum : b > 0 ? INT64_MAX : INT64_MIN + 1;
}

static spur_ns minus(spur_ns a, spur_ns b)
{
	spur_ns d;

	return !__builtin_sub_overflow(a, b, &d) ? d : b < 0 ? INT64_MAX : INT64_MIN + 1;
}

static spur_ns within(spur_ns t, const struct spur_plot_extent *e)
{
	return t < e->begin_ns ? e->begin_ns : t >= e->end_ns ? e->end_ns - 1 : t;
}

void spur_plot_view_whole(struct spur_plot_view *v, const struct spur_plot_extent *e)
{
	v->begin_ns = v->base_ns = e->begin_ns;
	v->end_ns = e->end_ns > e->begin_ns ? e->end_ns : plus(e->begin_ns, 1);
	v->cursor_ns = plus(e->begin_ns, minus(e->end_ns, e->begin_ns) / 2);
	v->a_ns = v->b_ns = SPUR_NS_MIN;
}

void spur_plot_view_clamp(struct spur_plot_view *v, const struct spur_plot_extent *e)
{
	spur_ns width = minus(v->end_ns, v->begin_ns), whole = minus(e->end_ns, e->begin_ns);

	if (width >= whole || width < 1) {
		v->begin_ns = e->begin_ns;
		v->end_ns = e->end_ns > e->begin_ns ? e->end_ns : plus(e->begin_ns, 1);
	} else if (v->begin_ns < e->begin_ns) {
		v->begin_ns = e->begin_ns;
		v->end_ns = v->begin_ns + width;
	} else if (v->end_ns > e->end_ns) {
		v->end_ns = e->end_ns;
		v->begin_ns = v->end_ns - width;
	}
	if (v->cursor_ns != SPUR_NS_MIN)
		v->cursor_ns = within(v->cursor_ns, e);
}

void spur_plot_view_cursor(struct spur_plot_view *v, const struct spur_plot_extent *e, spur_ns t)
{
	spur_ns width = minus(v->end_ns, v->begin_ns);

	v->cursor_ns = within(t, e);
	if (v->cursor_ns < v->begin_ns)
		v->begin_ns = v->cursor_ns;
	else if (v->cursor_ns >= v->end_ns)
		v->begin_ns = plus(minus(v->cursor_ns, width), 1);
	v->end_ns = plus(v->begin_ns, width);
	spur_plot_view_clamp(v, e);
}

void spur_plot_view_pan(struct spur_plot_view *v, const struct spur_plot_extent *e, spur_ns by)
{
	v->begin_ns = plus(v->begin_ns, by);
	v->end_ns = plus(v->end_ns, by);
	spur_plot_view_clamp(v, e);
}

void spur_plot_view_zoom(struct spur_plot_view *v, const struct spur_plot_extent *e, spur_ns at_ns, double factor)
{
	double width = (double)minus(v->end_ns, v->begin_ns), next = width * factor;
	double left = (double)minus(at_ns, v->begin_ns) / width, most = (double)INT64_MAX / 4;

	if (!(next >= SPUR_PLOT_SHORTEST_NS) && factor < 1)
		return;
	next = next > most ? most : next;
	left = left < 0 ? 0 : left > 1 ? 1 : left;
	v->begin_ns = minus(at_ns, (spur_ns)(left * next));
	v->end_ns = plus(v->begin_ns, (spur_ns)next < 1 ? 1 : (spur_ns)next);
	spur_plot_view_clamp(v, e);
}

bool spur_plot_view_marks(struct spur_plot_view *v, const struct spur_plot_extent *e)
{
	spur_ns a = v->a_ns, b = v->b_ns, pad;

	if (a == SPUR_NS_MIN || b == SPUR_NS_MIN || a == b)
		return false;
	pad = minus(a < b ? b : a, a < b ? a : b) / MARGIN + 1;
	v->begin_ns = minus(a < b ? a : b, pad);
	v->end_ns = plus(a < b ? b : a, pad);
	spur_plot_view_clamp(v, e);
	return true;
}

static bool cursor_action(struct spur_plot_view *v, const struct spur_plot_extent *e, const char *action)
{
	spur_ns width = minus(v->end_ns, v->begin_ns), step = width / (e->columns > 0 ? e->columns : 1);

	step = step < 1 ? 1 : step;
	if (strcmp(action, "cursor-left") == 0)
		spur_plot_view_cursor(v, e, minus(v->cursor_ns, step));
	else if (strcmp(action, "cursor-right") == 0)
		spur_plot_view_cursor(v, e, plus(v->cursor_ns, step));
	else if (strcmp(action, "cursor-far-left") == 0)
		spur_plot_view_cursor(v, e, minus(v->cursor_ns, width / FAR));
	else if (strcmp(action, "cursor-far-right") == 0)
		spur_plot_view_cursor(v, e, plus(v->cursor_ns, width / FAR));
	else if (strcmp(action, "first") == 0)
		spur_plot_view_cursor(v, e, e->begin_ns);
	else if (strcmp(action, "last") == 0)
		spur_plot_view_cursor(v, e, e->end_ns);
	else
		return false;
	return true;
}

bool spur_plot_view_action(struct spur_plot_view *v, const struct spur_plot_extent *e, const char *action)
{
	spur_ns swap = v->a_ns;

	if (cursor_action(v, e, action))
		return true;
	if (strcmp(action, "zoom-in") == 0 || strcmp(action, "zoom-out") == 0) {
		spur_plot_view_zoom(v, e, v->cursor_ns, strcmp(action, "zoom-in") == 0 ? 1 / ZOOM : ZOOM);
	} else if (strcmp(action, "zoom-all") == 0) {
		v->begin_ns = e->begin_ns;
		v->end_ns = e->end_ns;
		spur_plot_view_clamp(v, e);
	} else if (strcmp(action, "zoom-ab") == 0) {
		spur_plot_view_marks(v, e);
	} else if (strcmp(action, "mark-a") == 0) {
		v->a_ns = v->cursor_ns;
	} else if (strcmp(action, "mark-b") == 0) {
		v->b_ns = v->cursor_ns;
	} else if (strcmp(action, "swap-ab") == 0) {
		v->a_ns = v->b_ns;
		v->b_ns = swap;
	} else {
		return false;
	}
	return true;
}
