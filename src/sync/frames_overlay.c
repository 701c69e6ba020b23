#include "config.h"

#include "sync/frames_priv.h"

#include <math.h>

#define ALONE_NS (SPUR_NS_PER_S / 2)	/* how far from a frame without neighbours */

/* Within half the way to the neighbour on its side; beyond the first and the last frame as far as on the other. */
static bool is_near(const struct spur_frame_place *p, spur_ns t)
{
	spur_ns before = p->previous_ns == SPUR_NS_MIN ? SPUR_NS_MIN : frames_apart(p->previous_ns, p->t_ns);
	spur_ns after = p->next_ns == SPUR_NS_MIN ? SPUR_NS_MIN : frames_apart(p->t_ns, p->next_ns);
	spur_ns reach = t < p->t_ns ? (before != SPUR_NS_MIN ? before : after) : (after != SPUR_NS_MIN ? after : before);

	if (reach == SPUR_NS_MIN)
		reach = 2 * ALONE_NS;
	return (t < p->t_ns ? frames_apart(t, p->t_ns) : frames_apart(p->t_ns, t)) <= reach / 2;
}

/* The nearest of an index to t; SIZE_MAX: it is empty. */
static size_t nearest(const struct spur_cameras *c, const struct frames_index *x, spur_ns t)
{
	size_t i = frames_before(c, x, t);

	if (i == SIZE_MAX)
		return x->count > 0 ? 0 : SIZE_MAX;
	if (i + 1 == x->count)
		return i;
	return frames_apart(t, frames_time(c, x, i + 1)) < frames_apart(frames_time(c, x, i), t) ? i + 1 : i;
}

enum spur_status spur_cameras_overlay(struct spur_cameras *c, size_t camera, const struct spur_frame_place *place,
				      struct spur_overlay *out, struct spur_task *task, struct spur_error *err)
{
	struct frames_camera *cam;
	struct spur_message m;
	enum spur_status st;
	size_t i;

	*out = (struct spur_overlay){ .t_ns = SPUR_NS_MIN };
	if (camera >= c->count || c->all[camera].pub.annotations == NULL)
		return SPUR_OK;
	cam = &c->all[camera];
	if ((st = frames_index_read(c, &cam->marks, task, err)) < 0)
		return st;
	if ((i = nearest(c, &cam->marks, place->t_ns)) == SIZE_MAX || !is_near(place, frames_time(c, &cam->marks, i)))
		return SPUR_OK;
	if ((st = frames_fetch(c, &cam->marks, i, &m, err)) >= 0)
		st = frames_marks_read(c, &cam->marks, &m, out, err);
	if (st < 0)
		return spur_wrap(st, err, "%s: annotations %s",
				 spur_source_path(spur_timeline_source(c->tl, cam->marks.source)), cam->pub.annotations);
	out->t_ns = frames_time(c, &cam->marks, i);
	return SPUR_OK;
}

void spur_overlay_finish(struct spur_overlay *o)
{
	spur_arena_destroy(o->arena);
	*o = (struct spur_overlay){ 0 };
}

/* ---- drawing ---- */

struct canvas {
	struct spur_pixels *p;
	double sx, sy;		/* pixels of the picture per pixel of the camera */
	int thick;
	struct spur_rgb c;
};

static void line(const struct canvas *on, const double *a, const double *b)
{
	spur_pixels_line(on->p, a[0] * on->sx, a[1] * on->sy, b[0] * on->sx, b[1] * on->sy, on->thick, on->c);
}

static void ring(const struct canvas *on, const double *at, double radius)
{
	double steps = fmin(fmax(8, radius * fmax(on->sx, on->sy) * 2), 360), turn = 2 * acos(-1.0) / steps;
	double from[2] = { at[0] + radius, at[1] }, to[2];

	for (double i = 1; i <= steps; i++) {
		to[0] = at[0] + radius * cos(i * turn);
		to[1] = at[1] + radius * sin(i * turn);
		line(on, from, to);
		from[0] = to[0];
		from[1] = to[1];
	}
}

static void draw(const struct spur_mark *m, const struct canvas *on)
{
	size_t n = m->count;

	for (size_t i = 0; i < n; i++) {
		const double *a = m->points[i], *b = m->points[i + 1 < n ? i + 1 : 0];

		switch (m->kind) {
		case SPUR_MARK_POINTS: spur_pixels_disc(on->p, a[0] * on->sx, a[1] * on->sy, fmax(on->thick, 1), on->c); break;
		case SPUR_MARK_LINE_LOOP: line(on, a, b); break;
		case SPUR_MARK_LINE_STRIP:
			if (i + 1 < n)
				line(on, a, b);
			break;
		case SPUR_MARK_LINE_LIST:
			if (i % 2 == 0 && i + 1 < n)
				line(on, a, b);
			break;
		case SPUR_MARK_CIRCLE: ring(on, a, m->diameter / 2); break;
		case SPUR_MARK_TEXT: break;
		}
	}
}

void spur_overlay_draw(const struct spur_overlay *o, int width, int height, struct spur_pixels *p)
{
	struct canvas on = { .p = p };

	if (width <= 0 || height <= 0)
		return;
	on.sx = (double)p->width / width;
	on.sy = (double)p->height / height;
	for (size_t i = 0; i < o->count; i++) {
		double thick = o->marks[i].thickness * fmin(on.sx, on.sy);

		on.c = o->marks[i].colour;
		on.thick = thick >= 1 && thick < 64 ? (int)(thick + 0.5) : thick >= 64 ? 64 : 1;	/* NaN: 1 */
		draw(&o->marks[i], &on);
	}
}
