#include "config.h"

#include "ui/camera_pane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/ui.h"

#define FACTS 1		/* rows */
#define GAP 3		/* so many times the distance before it, and the frame is old */

void spur_camera_pane_init(struct spur_camera_pane *p, struct spur_ui *ui)
{
	*p = (struct spur_camera_pane){ .camera = -1, .cell_width = 1, .cell_height = 2, .t_ns = SPUR_NS_MIN };
	p->frame = spur_session_frame(spur_ui_session(ui));
}

void spur_camera_pane_finish(struct spur_camera_pane *p)
{
	spur_pixels_finish(&p->shown);
}

static int picture_rows(const struct spur_camera_pane *p)
{
	return p->at.rows - FACTS;
}

static bool visible(const struct spur_camera_pane *p)
{
	return picture_rows(p) > 0 && p->at.cols > 0;
}

/* The frame scaled to the cells that it fits into, in its own shape. */
static void compose(struct spur_camera_pane *p)
{
	const struct spur_frame *f = p->frame->frame;
	struct spur_pixels shape;
	int w, h, cw = p->cell_width, ch = p->cell_height;

	spur_pixels_finish(&p->shown);
	if (!visible(p) || f == NULL || f->pixels.rgb == NULL || p->frame->camera != p->camera)
		return;
	shape = f->pixels;
	spur_pixels_fit(&shape, p->at.cols * cw, picture_rows(p) * ch, 1.0, &w, &h);
	p->place = (struct spur_rect){ p->at.row + FACTS, p->at.col, (h + ch - 1) / ch, (w + cw - 1) / cw };
	p->place.col += (p->at.cols - p->place.cols) / 2;
	if (spur_pixels_init(&p->shown, p->place.cols * cw, p->place.rows * ch, NULL) < 0)
		return;
	spur_pixels_scale(&f->pixels, &p->shown);
	if (!p->plain && p->frame->overlay != NULL)
		spur_overlay_draw(p->frame->overlay, f->width, f->height, &p->shown);
}

static void ask(struct spur_camera_pane *p, struct spur_ui *ui)
{
	int camera = visible(p) && p->t_ns != SPUR_NS_MIN ? p->camera : -1;

	spur_session_frame_want(spur_ui_session(ui), camera, p->t_ns, visible(p) ? p->at.cols * p->cell_width : 0,
				visible(p) ? picture_rows(p) * p->cell_height : 0);
}

void spur_camera_pane_place(struct spur_camera_pane *p, struct spur_ui *ui, struct spur_rect at)
{
	int w, h;
	bool same = at.row == p->at.row && at.col == p->at.col && at.rows == p->at.rows && at.cols == p->at.cols;

	spur_ui_cell(ui, &w, &h);
	if (same && w == p->cell_width && h == p->cell_height)
		return;
	p->at = at;
	p->cell_width = w;
	p->cell_height = h;
	ask(p, ui);
	compose(p);
}

void spur_camera_pane_want(struct spur_camera_pane *p, struct spur_ui *ui, spur_ns t_ns)
{
	p->t_ns = t_ns;
	if (p->camera < 0 && p->frame->camera_count > 0)
		p->camera = 0;
	ask(p, ui);
}

bool spur_camera_pane_update(struct spur_camera_pane *p, struct spur_ui *ui)
{
	if (p->seen == p->frame->generation)
		return false;
	p->seen = p->frame->generation;
	if (p->camera >= (int)p->frame->camera_count)
		p->camera = -1;
	if (p->camera < 0 && p->frame->camera_count > 0 && visible(p)) {
		p->camera = 0;
		ask(p, ui);
	}
	compose(p);
	return true;
}

bool spur_camera_pane_cycle(struct spur_camera_pane *p, struct spur_ui *ui, int step)
{
	int n = (int)p->frame->camera_count;

	if (n == 0)
		return false;
	p->camera = (p->camera < 0 ? 0 : p->camera + step + n) % n;
	p->steps = 0;
	ask(p, ui);
	compose(p);
	return true;
}

void spur_camera_pane_overlay(struct spur_camera_pane *p, bool on)
{
	p->plain = !on;
	compose(p);
}

void spur_camera_pane_step(struct spur_camera_pane *p, int steps)
{
	p->steps += steps;
}

/* The neighbours are those of the frame at the cursor only when that one has come. */
bool spur_camera_pane_stepped(struct spur_camera_pane *p, spur_ns *t_ns)
{
	const struct spur_session_frame *f = p->frame;
	spur_ns to;

	if (p->steps == 0 || f->loading)
		return false;
	if (f->frame == NULL || f->camera != p->camera) {
		p->steps = 0;
		return false;
	}
	to = p->steps > 0 ? f->frame->place.next_ns : f->frame->place.previous_ns;
	p->steps = to == SPUR_NS_MIN ? 0 : p->steps > 0 ? p->steps - 1 : p->steps + 1;
	if (to == SPUR_NS_MIN)
		return false;
	*t_ns = to;
	return true;
}

/* ---- what it says ---- */

static bool has_word(const char *topic, const char *word, size_t len)
{
	for (const char *s = topic; (s = strstr(s, word)) != NULL; s += len) {
		if ((s == topic || s[-1] == '/' || s[-1] == '_') && (s[len] == '\0' || s[len] == '/' || s[len] == '_'))
			return true;
	}
	return false;
}

static bool unique(const struct spur_session_frame *f, int camera, const char *word)
{
	static const char *const plain[] = { "image", "raw", "compressed", "camera", "rect", "color", "cam", "video", NULL };

	for (size_t i = 0; plain[i] != NULL; i++) {
		if (strcmp(plain[i], word) == 0)
			return false;
	}
	for (size_t i = 0; i < f->camera_count; i++) {
		if ((int)i != camera && has_word(f->cameras[i].topic, word, strlen(word)))
			return false;
	}
	return true;
}

const char *spur_camera_name(const struct spur_session_frame *f, int camera, char word[64])
{
	const char *topic = f->cameras[camera].topic;

	for (const char *s = topic; *s != '\0';) {
		size_t n = strcspn(s, "/_");

		if (n > 0 && n < 64) {
			snprintf(word, 64, "%.*s", (int)n, s);
			if (unique(f, camera, word))
				return word;
		}
		s += n + (s[n] != '\0');
	}
	return topic;
}

static void add_signed_span(struct spur_buf *b, const char *name, spur_ns span)
{
	char text[SPUR_TIME_TEXT];

	spur_buf_addf(b, "  %s%s%s", name, span < 0 ? "-" : "+", spur_span_text(span < 0 ? -span : span, text));
}

/* A frame that stands for much longer than the one before did. */
static spur_ns age_of_gap(const struct spur_camera_pane *p, const struct spur_frame_place *at)
{
	spur_ns usual = at->previous_ns != SPUR_NS_MIN ? at->t_ns - at->previous_ns : 0;

	return usual > 0 && p->t_ns - at->t_ns > GAP * usual ? p->t_ns - at->t_ns : 0;
}

static void draw_facts(const struct spur_camera_pane *p, struct spur_grid *g, enum spur_time_style style, spur_ns base_ns)
{
	const struct spur_frame *f = p->frame->frame;
	char t[SPUR_TIME_TEXT], word[64], old[SPUR_TIME_TEXT];
	struct spur_buf b = { 0 };
	spur_ns gap = 0;

	spur_buf_addf(&b, "camera %s", spur_camera_name(p->frame, p->camera, word));
	if (f != NULL && p->frame->camera == p->camera) {
		spur_time_text(f->place.t_ns, style, base_ns, t);
		if (style == SPUR_TIME_UTC && strlen(t) > 23)
			t[23] = '\0';
		spur_buf_addf(&b, "  frame %llu/%llu  t=%s", (unsigned long long)f->place.index + 1,
			      (unsigned long long)f->place.count, t);
		if ((gap = age_of_gap(p, &f->place)) > 0)
			spur_buf_addf(&b, "  gap %s", spur_span_text(gap, old));
		if (f->stamp_ns != SPUR_NS_MIN)
			add_signed_span(&b, "\xce\x94""clock ", f->place.t_ns - f->stamp_ns);
	}
	if (p->frame->loading)
		spur_buf_adds(&b, "  ...");
	spur_grid_text(g, p->at.row, p->at.col, p->facts_cols > 0 ? p->facts_cols : p->at.cols, gap > 0 ? SPUR_ROLE_WARN : SPUR_ROLE_HEAD, spur_buf_text(&b));
	spur_buf_finish(&b);
}

/* Texts of annotations, as cells over the picture. */
static void draw_texts(const struct spur_camera_pane *p, struct spur_grid *g)
{
	const struct spur_frame *f = p->frame->frame;
	const struct spur_overlay *o = p->frame->overlay;

	for (size_t i = 0; o != NULL && !p->plain && i < o->count; i++) {
		const struct spur_mark *m = &o->marks[i];
		double x, y;

		if (m->kind != SPUR_MARK_TEXT || m->count == 0 || m->text == NULL || f->width <= 0 || f->height <= 0)
			continue;
		x = m->points[0][0] / f->width * p->place.cols;
		y = m->points[0][1] / f->height * p->place.rows;
		if (!(x >= 0 && x < p->place.cols && y >= 0 && y < p->place.rows))
			continue;
		spur_grid_text(g, p->place.row + (int)y, p->place.col + (int)x, p->place.cols - (int)x, SPUR_ROLE_TITLE, m->text);
	}
}

static const char *why_not(const struct spur_camera_pane *p)
{
	const struct spur_session_frame *f = p->frame;

	if (f->error != NULL)
		return f->error;
	if (f->loading)
		return "loading ...";
	return f->camera_count == 0 ? "no cameras in this drive" : "no frame before this moment";
}

void spur_camera_pane_draw(const struct spur_camera_pane *p, struct spur_grid *g, enum spur_time_style style, spur_ns base_ns)
{
	bool broken = p->frame->error != NULL;

	if (p->at.rows <= 0 || p->at.cols <= 0)
		return;
	if (p->camera >= 0 && p->camera < (int)p->frame->camera_count)
		draw_facts(p, g, style, base_ns);
	if (p->shown.rgb != NULL && !broken && spur_grid_picture(g, p->place, &p->shown))
		draw_texts(p, g);
	else
		spur_grid_text(g, p->at.row + FACTS, p->at.col + 1, p->at.cols - 2, broken ? SPUR_ROLE_BAD : SPUR_ROLE_DIM,
			       why_not(p));
}
