#include "config.h"

#include "extract/thumbnails.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "sync/frames.h"

/* Windows overlap, so the same frame is wanted again soon: the last few are kept. */
#define KEPT 32

/* A JPEG may be decoded at a half or less, which is not quite the mean of areas: not below that many
 * pixels for one of the thumbnail. */
#define DETAIL 4

struct kept {
	bool used, missing;
	uint64_t index;
	unsigned char *planes;	/* red, green, blue */
};

struct reading {
	struct spur_cameras *cameras;
	size_t camera;
	const struct spur_extract_camera *c;
	struct kept kept[KEPT];
	struct spur_pixels small;
	struct spur_task *task;
};

static void to_planes(const struct spur_pixels *p, unsigned char *out)
{
	size_t n = (size_t)p->width * (size_t)p->height;

	for (size_t i = 0; i < n; i++) {
		out[i] = p->rgb[3 * i];
		out[n + i] = p->rgb[3 * i + 1];
		out[2 * n + i] = p->rgb[3 * i + 2];
	}
}

/* The frame of that place, decoded unless it is among the kept ones. */
static enum spur_status fetch(struct reading *r, const struct spur_frame_place *place, const struct kept **out,
			      struct spur_error *err)
{
	struct kept *k = &r->kept[place->index % KEPT];
	struct spur_error why = { 0 };
	struct spur_frame frame;
	enum spur_status st;

	*out = k;
	if (k->used && k->index == place->index)
		return SPUR_OK;
	k->used = false;
	st = spur_cameras_read(r->cameras, r->camera, place, r->c->width * DETAIL, r->c->height * DETAIL, &frame, r->task, &why);
	if (st == SPUR_ECANCELLED || st == SPUR_ENOMEM || st == SPUR_EIO) {
		*err = why;
		return st;
	}
	k->used = true;
	k->index = place->index;
	k->missing = st < 0;
	if (st >= 0) {
		spur_pixels_scale(&frame.pixels, &r->small);
		to_planes(&r->small, k->planes);
		spur_frame_finish(&frame);
	}
	return SPUR_OK;
}

/* One picture of a window; *missing tells whether it stays black. */
static enum spur_status fill(struct reading *r, spur_ns t, unsigned char *to, bool *missing, struct spur_error *err)
{
	struct spur_frame_place place;
	const struct kept *k;
	enum spur_status st = spur_cameras_place(r->cameras, r->camera, t, &place, r->task, err);

	*missing = true;
	if (st == SPUR_ENOTFOUND || (st >= 0 && t - place.t_ns > r->c->max_age_ns))
		return SPUR_OK;
	if (st < 0 || (st = fetch(r, &place, &k, err)) < 0)
		return st;
	*missing = k->missing;
	if (!k->missing)
		memcpy(to, k->planes, (size_t)r->c->width * (size_t)r->c->height * 3);
	return SPUR_OK;
}

/* All windows of one camera; its pictures begin `offset` bytes into each window's. */
static enum spur_status read_camera(struct reading *r, const struct spur_extract_recipe *recipe, size_t offset,
				    struct spur_extract_windows *w, size_t stride, struct spur_error *err)
{
	size_t size = spur_extract_camera_bytes(r->c) / r->c->frames;
	spur_ns length = recipe->samples * recipe->step_ns;
	enum spur_status st = spur_pixels_init(&r->small, r->c->width, r->c->height, err);

	for (size_t i = 0; i < KEPT; i++)
		r->kept[i].planes = spur_malloc(size);
	for (size_t i = 0; i < w->count && st >= 0; i++) {
		for (unsigned k = 0; k < r->c->frames && st >= 0; k++) {
			spur_ns t = w->rows[i].begin_ns + (2 * (spur_ns)k + 1) * length / (2 * (spur_ns)r->c->frames);
			bool missing;

			st = fill(r, t, w->frames + i * stride + offset + k * size, &missing, err);
			w->missing_frames += missing;
		}
		if (spur_task_cancelled(r->task))
			st = spur_fail(err, SPUR_ECANCELLED, "stopped");
	}
	for (size_t i = 0; i < KEPT; i++)
		free(r->kept[i].planes);
	spur_pixels_finish(&r->small);
	return st;
}

/* The first of its names that the drive has. found false: none, and that is allowed. */
static enum spur_status find_camera(struct spur_cameras *cameras, const struct spur_extract_camera *c, size_t *camera,
				    bool *found, struct spur_error *err)
{
	enum spur_status st = SPUR_ENOTFOUND;

	for (const char *const *n = c->names; *n != NULL && st == SPUR_ENOTFOUND; n++)
		st = spur_cameras_find(cameras, *n, camera, err);
	*found = st >= 0;
	return st == SPUR_ENOTFOUND && c->optional ? SPUR_OK : st;
}

enum spur_status spur_extract_thumbnails_read(struct spur_timeline *tl, const struct spur_extract_recipe *r,
					      uint64_t mem_bytes, struct spur_extract_windows *w, struct spur_task *task,
					      struct spur_error *err)
{
	struct spur_cameras *cameras = NULL;
	size_t stride = 0, offset = 0;
	enum spur_status st;

	if (r->camera_count == 0)
		return SPUR_OK;
	for (size_t i = 0; i < r->camera_count; i++)
		stride += spur_extract_camera_bytes(&r->cameras[i]);
	w->frames = spur_try_malloc(w->count * stride, mem_bytes);
	if (w->frames == NULL)
		return spur_fail(err, SPUR_ENOMEM, "pictures of %zu windows take %" PRIu64 " bytes; use fewer segments per "
				 "shard or a larger --mem", w->count, (uint64_t)w->count * stride);
	memset(w->frames, 0, w->count * stride);
	for (size_t i = 0; i < w->count; i++)
		w->rows[i].frames = w->frames + i * stride;
	st = spur_cameras_open(tl, &cameras, err);
	for (size_t i = 0; i < r->camera_count && st >= 0; i++) {
		struct reading one = { .cameras = cameras, .c = &r->cameras[i], .task = task };
		bool found;

		st = find_camera(cameras, one.c, &one.camera, &found, err);
		if (st >= 0 && found)
			st = read_camera(&one, r, offset, w, stride, err);
		else
			w->missing_frames += w->count * one.c->frames;
		st = spur_wrap(st, err, "camera %s", one.c->alias);
		offset += spur_extract_camera_bytes(one.c);
	}
	spur_cameras_close(cameras);
	return st;
}
