#include "config.h"

#include "session/session_priv.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "verb/drive_files.h"

/*
 * One task at a time reads from the room: the cameras of the drive on a timeline of their own. It looks
 * what is wanted when it starts, not when it was asked for, so that a wish that was overtaken in the queue
 * costs nothing. When nothing is wanted the frames around the one that is shown are read ahead.
 */
#define AHEAD 4				/* frames in front of the one that is shown */
#define KEPT_MAX 24
#define KEPT_BYTES (UINT64_C(96) << 20)	/* of pixels, but for the one that is shown */

struct room {
	struct spur_timeline *timeline;
	struct spur_cameras *cameras;
	struct spur_session_camera *list;
	size_t count;
};

struct wish {
	int camera;
	int width, height;
	spur_ns cursor_ns;
};

/* A frame that was read, or why it could not be. */
struct kept {
	struct wish wish;		/* of which camera, for which size */
	struct spur_frame frame;	/* its place is known in any case */
	struct spur_overlay overlay;
	char *error;			/* NULL: frame has pixels */
	uint64_t used;
};

struct spur_session_frame_part {
	struct spur_session_frame pub;
	char *drive, **files, *error;	/* files: instead of a drive of the catalogue; NULL-terminated, or NULL */
	uint64_t asked;			/* counts drives */
	struct room *room, *retired;	/* retired: of the last drive, while a task still reads from it */
	struct spur_task *opening, *reading;
	const struct room *reading_from;
	bool ahead;			/* the reading task does so ahead */
	unsigned ahead_left;		/* frames that may still be read ahead around the one that is shown */
	struct wish wish;
	bool nothing;			/* there is no frame for the wish */
	const struct kept *shown;
	struct kept *all[KEPT_MAX];
	size_t count;
	uint64_t clock;
	pthread_mutex_t lock;		/* of next: a task takes it when it starts */
	struct wish next;
};

struct open_job {
	struct spur_session *s;
	uint64_t asked;
	char *drive;
	struct spur_drive_files files;	/* count 0: to be looked up */
	struct room *out;
};

struct read_job {
	struct spur_session *s;
	struct room *room;
	bool ahead;
	uint64_t index;			/* of the frame, if ahead */
	struct wish wish;		/* ahead: as it was then; else what the task took */
	struct kept *out;		/* NULL: there is no such frame */
};

struct spur_session_frame_part *spur_session_frame_create(void)
{
	struct spur_session_frame_part *p = spur_calloc(1, sizeof(*p));

	p->pub.camera = p->wish.camera = -1;
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

static void close_room(struct room *r)
{
	if (r == NULL)
		return;
	spur_cameras_close(r->cameras);
	spur_timeline_close(r->timeline);
	free(r->list);
	free(r);
}

static void discard(struct kept *k)
{
	if (k == NULL)
		return;
	spur_frame_finish(&k->frame);
	spur_overlay_finish(&k->overlay);
	free(k->error);
	free(k);
}

static void show(struct spur_session_frame_part *p, struct kept *k)
{
	if (k != NULL)
		k->used = ++p->clock;
	if (p->shown == k && k != NULL)
		return;
	p->shown = k;
	p->ahead_left = AHEAD + 1;
	p->pub.frame = k == NULL || k->error != NULL ? NULL : &k->frame;
	p->pub.overlay = p->pub.frame == NULL || k->overlay.count == 0 ? NULL : &k->overlay;
	p->pub.camera = p->pub.frame == NULL ? -1 : k->wish.camera;
	p->pub.error = k == NULL ? NULL : k->error;
	p->pub.generation++;
}

static void forget_all(struct spur_session_frame_part *p)
{
	show(p, NULL);
	for (size_t i = 0; i < p->count; i++)
		discard(p->all[i]);
	p->count = 0;
}

static void set_files(struct spur_session_frame_part *p, const char *const *files);

void spur_session_frame_destroy(struct spur_session_frame_part *p)
{
	forget_all(p);
	close_room(p->room);
	close_room(p->retired);
	pthread_mutex_destroy(&p->lock);
	set_files(p, NULL);
	free(p->drive);
	free(p->error);
	free(p);
}

void spur_session_frame_stop(struct spur_session *s)
{
	spur_task_cancel(s->frame->opening);
	spur_task_cancel(s->frame->reading);
}

bool spur_session_frame_busy(const struct spur_session *s)
{
	return s->frame->opening != NULL || (s->frame->reading != NULL && !s->frame->ahead);
}

/* ---- what is there ---- */

static bool is_large_enough(const struct kept *k, const struct wish *w)
{
	const struct spur_pixels *px = &k->frame.pixels;

	return k->error != NULL || (px->width == k->frame.width && px->height == k->frame.height) ||
	       (px->width >= w->width && px->height >= w->height && w->width > 0 && w->height > 0);
}

static bool is_at(const struct kept *k, spur_ns t)
{
	const struct spur_frame_place *p = &k->frame.place;

	return p->t_ns <= t && (p->next_ns == SPUR_NS_MIN || t < p->next_ns);
}

static struct kept *find_at(const struct spur_session_frame_part *p, const struct wish *w)
{
	for (size_t i = 0; i < p->count; i++) {
		if (p->all[i]->wish.camera == w->camera && is_at(p->all[i], w->cursor_ns) && is_large_enough(p->all[i], w))
			return p->all[i];
	}
	return NULL;
}

static bool has_index(const struct spur_session_frame_part *p, uint64_t index)
{
	for (size_t i = 0; i < p->count; i++) {
		if (p->all[i]->wish.camera == p->wish.camera && p->all[i]->frame.place.index == index &&
		    is_large_enough(p->all[i], &p->wish))
			return true;
	}
	return false;
}

static uint64_t bytes_of(const struct kept *k)
{
	return (uint64_t)k->frame.pixels.width * (uint64_t)k->frame.pixels.height * 3;
}

/* Room for one more; what is shown stays. */
static void make_room(struct spur_session_frame_part *p, uint64_t bytes)
{
	for (;;) {
		size_t oldest = SIZE_MAX;
		uint64_t total = bytes;

		for (size_t i = 0; i < p->count; i++) {
			total += bytes_of(p->all[i]);
			if (p->all[i] != p->shown && (oldest == SIZE_MAX || p->all[i]->used < p->all[oldest]->used))
				oldest = i;
		}
		if (oldest == SIZE_MAX || (p->count < KEPT_MAX && total <= KEPT_BYTES))
			return;
		discard(p->all[oldest]);
		p->all[oldest] = p->all[--p->count];
	}
}

/* Takes it over, in place of one of the same frame (in another size). True: that one was shown. */
static bool keep(struct spur_session_frame_part *p, struct kept *k)
{
	bool was_shown = false;

	for (size_t i = 0; i < p->count; i++) {
		struct kept *o = p->all[i];

		if (o->wish.camera != k->wish.camera || o->frame.place.index != k->frame.place.index)
			continue;
		was_shown = p->shown == o;
		if (was_shown)
			show(p, NULL);
		discard(o);
		p->all[i] = p->all[--p->count];
		break;
	}
	make_room(p, bytes_of(k));
	k->used = ++p->clock;
	p->all[p->count++] = k;
	return was_shown;
}

/* ---- reading ---- */

static enum spur_status read_frame(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct read_job *j = arg;
	struct spur_session_frame_part *p = j->s->frame;
	struct spur_frame_place place;
	struct spur_error why;
	enum spur_status st;
	size_t camera;

	if (!j->ahead) {
		pthread_mutex_lock(&p->lock);
		j->wish = p->next;
		pthread_mutex_unlock(&p->lock);
	}
	if (j->wish.camera < 0 || (size_t)j->wish.camera >= j->room->count)
		return SPUR_OK;		/* changed its mind */
	camera = (size_t)j->wish.camera;
	st = j->ahead ? spur_cameras_place_of(j->room->cameras, camera, j->index, &place, task, err) :
			spur_cameras_place(j->room->cameras, camera, j->wish.cursor_ns, &place, task, err);
	if (st < 0)
		return st;
	j->out = spur_calloc(1, sizeof(*j->out));
	j->out->wish = j->wish;
	st = spur_cameras_read(j->room->cameras, camera, &place, j->wish.width, j->wish.height, &j->out->frame, task, &why);
	if (st == SPUR_ECANCELLED)
		return spur_fail(err, st, "cancelled");
	if (st < 0) {
		j->out->frame.place = place;
		j->out->error = spur_strdup(why.text);
	} else if (spur_cameras_overlay(j->room->cameras, camera, &place, &j->out->overlay, task, NULL) < 0) {
		j->out->overlay = (struct spur_overlay){ 0 };	/* the picture is worth showing without */
	}
	return SPUR_OK;
}

static void go_on(struct spur_session *s);

static bool same_wish(const struct wish *a, const struct wish *b)
{
	return a->camera == b->camera && a->cursor_ns == b->cursor_ns && a->width == b->width && a->height == b->height;
}

static void adopt(struct spur_session_frame_part *p, struct read_job *j)
{
	struct kept *k = j->out;

	j->out = NULL;
	p->room->list[k->wish.camera].frames = k->frame.place.count;
	/* Not always what is wanted by now, but newer than what is shown. */
	if (keep(p, k) || (!j->ahead && k->wish.camera == p->wish.camera && k->error == NULL))
		show(p, k);
}

/* There is no frame for the wish: before the first one (no error), or the index cannot be read. */
static void come_to_nothing(struct spur_session_frame_part *p, enum spur_status st, const struct spur_error *err)
{
	show(p, NULL);
	free(p->error);
	p->error = st == SPUR_ENOTFOUND ? NULL : spur_strdup(err->text);
	p->pub.error = p->error;
	p->nothing = true;
}

static void frame_read(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct read_job *j = arg;
	struct spur_session_frame_part *p = j->s->frame;
	bool current = j->room == p->room;

	p->reading = NULL;
	close_room(p->retired);
	p->retired = NULL;
	if (current && j->out != NULL && st >= 0)
		adopt(p, j);
	else if (current && st < 0 && st != SPUR_ECANCELLED && !j->ahead && same_wish(&j->wish, &p->wish))
		come_to_nothing(p, st, err);
	discard(j->out);
	go_on(j->s);
	free(j);
}

static void start_read(struct spur_session *s, bool ahead, uint64_t index)
{
	struct spur_session_frame_part *p = s->frame;
	struct read_job *j = spur_calloc(1, sizeof(*j));
	const struct spur_work w = { .name = ahead ? "frame ahead" : "frame", .work = read_frame, .done = frame_read, .arg = j,
				     .urgent = !ahead };

	j->s = s;
	j->room = p->room;
	j->ahead = ahead;
	j->index = index;
	j->wish = p->wish;
	p->ahead = ahead;
	p->reading_from = p->room;
	p->reading = spur_workq_submit(s->queue, &w);
}

/* The next frames, and after the first of them the one before; as many as can be kept at once, and each once. */
static void read_ahead(struct spur_session *s)
{
	struct spur_session_frame_part *p = s->frame;
	const struct spur_frame_place *at = &p->shown->frame.place;
	uint64_t bytes = bytes_of(p->shown), fit = bytes == 0 ? KEPT_MAX : KEPT_BYTES / bytes;

	if (p->ahead_left == 0)
		return;
	for (uint64_t i = 1; i <= AHEAD && i + 2 <= fit; i++) {
		uint64_t index = at->index + i;

		if (index >= at->count || has_index(p, index)) {
			index = at->index - 1;
			if (i > 1 || at->index == 0 || has_index(p, index))
				continue;
		}
		p->ahead_left--;
		start_read(s, true, index);
		return;
	}
}

/* What is wanted, from what is there, or the next thing to do for it. */
static void go_on(struct spur_session *s)
{
	struct spur_session_frame_part *p = s->frame;
	bool can = p->room != NULL && p->wish.camera >= 0 && (size_t)p->wish.camera < p->room->count && !s->stopped;
	struct kept *k = can ? find_at(p, &p->wish) : NULL;
	bool loading = can ? k == NULL && !p->nothing : p->opening != NULL && p->wish.camera >= 0;

	if (k != NULL)
		show(p, k);
	else if (!can && !s->stopped && p->shown != NULL)
		show(p, NULL);
	p->pub.generation += p->pub.loading != loading;
	p->pub.loading = loading;
	if (!can || p->reading != NULL)
		return;
	if (k == NULL && !p->nothing)
		start_read(s, false, 0);
	else if (k != NULL)
		read_ahead(s);
}

void spur_session_frame_want(struct spur_session *s, int camera, spur_ns cursor_ns, int width, int height)
{
	struct spur_session_frame_part *p = s->frame;
	const struct wish w = { .camera = camera, .width = width, .height = height, .cursor_ns = cursor_ns };

	if (same_wish(&w, &p->wish))
		return;
	p->wish = w;
	p->nothing = false;
	pthread_mutex_lock(&p->lock);
	p->next = w;
	pthread_mutex_unlock(&p->lock);
	go_on(s);
}

const struct spur_session_frame *spur_session_frame(const struct spur_session *s)
{
	return &s->frame->pub;
}

/* ---- opening ---- */

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static void list_cameras(struct room *r)
{
	const struct spur_camera *all = spur_cameras_list(r->cameras, &r->count);

	r->list = spur_calloc(r->count, sizeof(*r->list));
	for (size_t i = 0; i < r->count; i++)
		r->list[i] = (struct spur_session_camera){
			.topic = all[i].topic, .schema = all[i].schema, .frames = all[i].frames, .annotated = all[i].annotations != NULL,
			.file = file_name(spur_source_path(spur_timeline_source(r->timeline, all[i].source))),
		};
}

static enum spur_status open_cameras(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct open_job *j = arg;
	/* Beside the plot's timeline: a quarter of the budget, one thread, and no databases of buses. */
	struct spur_source_opts o = { .mem_bytes = j->s->ctx->mem_bytes / 4, .threads = 1 };
	enum spur_status st = SPUR_OK;

	(void)task;
	if (j->files.count == 0 && (st = spur_drive_files_find(j->s->ctx->catalog, j->drive, &j->files, err)) < 0)
		return st;
	j->out = spur_calloc(1, sizeof(*j->out));
	if ((st = spur_timeline_open(j->files.members, j->files.count, &o, &j->out->timeline, err)) >= 0 &&
	    (st = spur_cameras_open(j->out->timeline, &j->out->cameras, err)) >= 0)
		list_cameras(j->out);
	return st;
}

static void start_open(struct spur_session *s);

static void cameras_open(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct open_job *j = arg;
	struct spur_session_frame_part *p = j->s->frame;

	p->opening = NULL;
	if (j->s->stopped) {
		/* nothing more is shown */
	} else if (j->asked != p->asked) {
		start_open(j->s);
	} else {
		if (st >= 0) {
			p->room = j->out;
			j->out = NULL;
			p->pub.cameras = p->room->list;
			p->pub.camera_count = p->room->count;
		} else {
			free(p->error);
			p->error = spur_strdup(err->text);
			p->pub.error = p->error;
		}
		p->pub.generation++;
		go_on(j->s);
	}
	close_room(j->out);
	spur_drive_files_finish(&j->files);
	free(j->drive);
	free(j);
}

static size_t count_names(const char *const *names)
{
	size_t n = 0;

	while (names != NULL && names[n] != NULL)
		n++;
	return n;
}

static void set_files(struct spur_session_frame_part *p, const char *const *files)
{
	size_t n = count_names(files);

	for (size_t i = 0; p->files != NULL && p->files[i] != NULL; i++)
		free(p->files[i]);
	free(p->files);
	p->files = files == NULL ? NULL : spur_calloc(n + 1, sizeof(*p->files));
	for (size_t i = 0; i < n; i++)
		p->files[i] = spur_strdup(files[i]);
}

static void start_open(struct spur_session *s)
{
	struct spur_session_frame_part *p = s->frame;
	struct open_job *j;
	struct spur_work w = { .name = "open cameras", .work = open_cameras, .done = cameras_open };

	if (p->drive == NULL)
		return;
	j = w.arg = spur_calloc(1, sizeof(*j));
	j->s = s;
	j->asked = p->asked;
	j->drive = spur_strdup(p->drive);
	if (p->files != NULL)
		spur_drive_files_of((const char *const *)p->files, count_names((const char *const *)p->files), &j->files);
	p->opening = spur_workq_submit(s->queue, &w);
}

static void retire_room(struct spur_session_frame_part *p)
{
	if (p->reading != NULL && p->reading_from == p->room) {
		spur_task_cancel(p->reading);
		p->retired = p->room;
	} else {
		close_room(p->room);
	}
	p->room = NULL;
}

void spur_session_frame_open(struct spur_session *s, const char *drive, const char *const *files)
{
	struct spur_session_frame_part *p = s->frame;

	forget_all(p);
	retire_room(p);
	free(p->drive);
	p->drive = drive == NULL ? NULL : spur_strdup(drive);
	set_files(p, files);
	p->pub.cameras = NULL;
	p->pub.camera_count = 0;
	p->pub.generation++;
	p->nothing = false;
	p->asked++;
	if (p->opening == NULL)
		start_open(s);
	go_on(s);
}
