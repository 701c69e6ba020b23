#include "config.h"

#include "sync/frames_priv.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "image/image.h"

#define DEFAULT_MEM (UINT64_C(256) << 20)

/* ---- which there are ---- */

static const struct spur_stream *stream_of(const struct spur_cameras *c, const struct frames_index *x)
{
	return &spur_source_describe(spur_timeline_source(c->tl, x->source))->streams[x->stream];
}

static void add_camera(struct spur_cameras *c, const struct frames_index *at, enum frames_kind kind)
{
	const struct spur_stream *s = stream_of(c, at);

	c->all = spur_realloc(c->all, c->count + 1, sizeof(*c->all));
	c->all[c->count++] = (struct frames_camera){
		.pub = { .topic = s->topic, .schema = s->schema_name, .source = at->source, .stream = at->stream,
			 .frames = s->messages },
		.kind = kind, .index = *at,
	};
}

/* The cameras of one source that a topic belongs to: those it has most words in common with, or the only one. */
static void adopt(struct spur_cameras *c, const struct frames_index *at, enum frames_kind kind)
{
	const char *topic = stream_of(c, at)->topic;
	size_t best = 0, here = 0;

	for (size_t i = 0; i < c->count; i++) {
		size_t k = c->all[i].pub.source == at->source ? frames_kinship(c->all[i].pub.topic, topic) : 0;

		here += c->all[i].pub.source == at->source;
		best = k > best ? k : best;
	}
	for (size_t i = 0; i < c->count; i++) {
		struct frames_camera *cam = &c->all[i];
		const char **slot = kind == FRAMES_ANNOTATIONS ? &cam->pub.annotations : &cam->pub.calibration;

		if (cam->pub.source != at->source || (frames_kinship(cam->pub.topic, topic) < best && here > 1) ||
		    (best == 0 && here > 1))
			continue;
		if (*slot != NULL && frames_kinship(cam->pub.topic, *slot) >= frames_kinship(cam->pub.topic, topic))
			continue;
		*slot = topic;
		if (kind == FRAMES_ANNOTATIONS)
			cam->marks = *at;
	}
}

static void look(struct spur_cameras *c, bool cameras)
{
	for (size_t s = 0; s < spur_timeline_source_count(c->tl); s++) {
		struct spur_source *src = spur_timeline_source(c->tl, s);
		const struct spur_description *d = spur_source_describe(src);

		if (spur_source_format(src)->locate == NULL)
			continue;
		for (uint32_t i = 0; i < d->stream_count; i++) {
			const struct frames_index at = { .source = (uint32_t)s, .stream = i };
			enum frames_kind kind = frames_kind_of(&d->streams[i]);

			if (kind == FRAMES_COMPRESSED || kind == FRAMES_RAW || kind == FRAMES_VIDEO) {
				if (cameras)
					add_camera(c, &at, kind);
			} else if (kind != FRAMES_NONE && !cameras) {
				adopt(c, &at, kind);
			}
		}
	}
}

/* Those that can be shown first; else by source, then as the file lists them. */
static int by_use(const void *a, const void *b)
{
	const struct frames_camera *x = a, *y = b;
	int d = (x->kind == FRAMES_VIDEO) - (y->kind == FRAMES_VIDEO);

	if (d != 0)
		return d;
	if (x->pub.source != y->pub.source)
		return x->pub.source < y->pub.source ? -1 : 1;
	return x->pub.stream < y->pub.stream ? -1 : x->pub.stream > y->pub.stream;
}

static void publish(struct spur_cameras *c)
{
	for (size_t i = 0; i < c->count; i++)
		c->list[i] = c->all[i].pub;
}

enum spur_status spur_cameras_open(struct spur_timeline *tl, struct spur_cameras **out, struct spur_error *err)
{
	struct spur_cameras *c = spur_calloc(1, sizeof(*c));

	(void)err;
	c->tl = tl;
	look(c, true);
	if (c->count > 1)
		qsort(c->all, c->count, sizeof(*c->all), by_use);
	look(c, false);
	c->list = spur_calloc(c->count, sizeof(*c->list));
	publish(c);
	*out = c;
	return SPUR_OK;
}

void spur_cameras_close(struct spur_cameras *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->count; i++) {
		free(c->all[i].index.places);
		free(c->all[i].marks.places);
	}
	spur_buf_finish(&c->scratch);
	free(c->all);
	free(c->list);
	free(c);
}

const struct spur_camera *spur_cameras_list(const struct spur_cameras *c, size_t *count)
{
	*count = c->count;
	return c->list;
}

static bool has_word(const char *topic, const char *name)
{
	size_t len = strlen(name);

	for (const char *s = topic; *s != '\0'; s++) {
		if (strncasecmp(s, name, len) == 0 && (s == topic || !isalnum((unsigned char)s[-1])) &&
		    !isalnum((unsigned char)s[len]))
			return true;
	}
	return false;
}

static enum spur_status none_of(const struct spur_cameras *c, const char *name, struct spur_error *err)
{
	struct spur_buf b = { 0 };
	enum spur_status st;

	if (c->count == 0)
		return spur_fail(err, SPUR_ENOTFOUND, "no camera: no stream of the recordings has pictures");
	for (size_t i = 0; i < c->count && b.len < 160; i++)
		spur_buf_addf(&b, "%s%s", i == 0 ? "" : ", ", c->all[i].pub.topic);
	st = spur_fail(err, SPUR_ENOTFOUND, "no camera '%s': there %s %s", name, c->count == 1 ? "is" : "are", spur_buf_text(&b));
	spur_buf_finish(&b);
	return st;
}

enum spur_status spur_cameras_find(const struct spur_cameras *c, const char *name, size_t *camera, struct spur_error *err)
{
	size_t hits = 0, words = 0;
	char *end;
	unsigned long n;

	*camera = 0;
	for (size_t i = 0; i < c->count; i++) {
		if (strcmp(c->all[i].pub.topic, name) == 0 && hits++ == 0)
			*camera = i;
	}
	for (size_t i = 0; i < c->count && hits == 0; i++) {
		if (has_word(c->all[i].pub.topic, name) && words++ == 0)
			*camera = i;
	}
	if (hits == 1 || words == 1)
		return SPUR_OK;
	if (hits + words > 1)
		return spur_fail(err, SPUR_EINVAL, "'%s' fits %zu cameras: give the whole topic, or a number from 1 to %zu", name,
				 hits + words, c->count);
	n = strtoul(name, &end, 10);
	if (!isdigit((unsigned char)name[0]) || *end != '\0' || n == 0 || n > c->count)
		return none_of(c, name, err);
	*camera = n - 1;
	return SPUR_OK;
}

/* ---- where the frames lie ---- */

static const char *path_of(const struct spur_cameras *c, const struct frames_index *x)
{
	return spur_source_path(spur_timeline_source(c->tl, x->source));
}

enum spur_status frames_index_read(struct spur_cameras *c, struct frames_index *x, struct spur_task *task, struct spur_error *err)
{
	struct spur_source *src = spur_timeline_source(c->tl, x->source);
	uint64_t mem = src->opts.mem_bytes != 0 ? src->opts.mem_bytes : DEFAULT_MEM;
	enum spur_status st;

	if (x->read)
		return SPUR_OK;
	st = src->format->locate(src->reader, x->stream, mem / 4, &x->places, &x->count, task, err);
	if (st < 0)
		return spur_wrap(st, err, "%s: index of %s", path_of(c, x), stream_of(c, x)->topic);
	x->read = true;
	return SPUR_OK;
}

spur_ns frames_time(const struct spur_cameras *c, const struct frames_index *x, size_t i)
{
	uint64_t t = x->places[i].log_time;

	return spur_clock_to_drive(spur_timeline_clock(c->tl, x->source), t > INT64_MAX ? INT64_MAX : (spur_ns)t);
}

/* Drive time never decreases with the log time, so the order of places is that of drive time. */
size_t frames_before(const struct spur_cameras *c, const struct frames_index *x, spur_ns t)
{
	size_t lo = 0, hi = x->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (frames_time(c, x, mid) <= t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo == 0 ? SIZE_MAX : lo - 1;
}

static enum spur_status index_of(struct spur_cameras *c, size_t camera, struct frames_index **out, struct spur_task *task,
				 struct spur_error *err)
{
	struct frames_camera *cam;
	enum spur_status st;

	if (camera >= c->count)
		return c->count == 0 ? none_of(c, "", err) : spur_fail(err, SPUR_EINVAL, "camera %zu of %zu", camera + 1, c->count);
	cam = &c->all[camera];
	if ((st = frames_index_read(c, &cam->index, task, err)) < 0)
		return st;
	cam->pub.frames = c->list[camera].frames = cam->index.count;
	*out = &cam->index;
	if (cam->index.count == 0)
		return spur_fail(err, SPUR_ENOTFOUND, "%s: camera %s has no frames", path_of(c, &cam->index), cam->pub.topic);
	return SPUR_OK;
}

static struct spur_frame_place place_at(const struct spur_cameras *c, const struct frames_index *x, size_t i)
{
	return (struct spur_frame_place){
		.index = i, .count = x->count, .t_ns = frames_time(c, x, i),
		.previous_ns = i == 0 ? SPUR_NS_MIN : frames_time(c, x, i - 1),
		.next_ns = i + 1 == x->count ? SPUR_NS_MIN : frames_time(c, x, i + 1),
	};
}

enum spur_status spur_cameras_place(struct spur_cameras *c, size_t camera, spur_ns t_ns, struct spur_frame_place *out,
				    struct spur_task *task, struct spur_error *err)
{
	struct frames_index *x;
	enum spur_status st = index_of(c, camera, &x, task, err);
	size_t i;

	if (st < 0)
		return st;
	if ((i = frames_before(c, x, t_ns)) == SIZE_MAX)
		return spur_fail(err, SPUR_ENOTFOUND, "camera %s has no frame yet: its first one is %" PRId64 " ms later",
				 c->all[camera].pub.topic, frames_apart(t_ns, frames_time(c, x, 0)) / 1000000);
	*out = place_at(c, x, i);
	return SPUR_OK;
}

enum spur_status spur_cameras_place_of(struct spur_cameras *c, size_t camera, uint64_t index,
				       struct spur_frame_place *out, struct spur_task *task, struct spur_error *err)
{
	struct frames_index *x;
	enum spur_status st = index_of(c, camera, &x, task, err);

	if (st < 0)
		return st;
	if (index >= x->count)
		return spur_fail(err, SPUR_ENOTFOUND, "camera %s has %zu frames", c->all[camera].pub.topic, x->count);
	*out = place_at(c, x, (size_t)index);
	return SPUR_OK;
}

/* ---- one frame ---- */

enum spur_status frames_fetch(struct spur_cameras *c, const struct frames_index *x, size_t i, struct spur_message *out,
			      struct spur_error *err)
{
	struct spur_source *src = spur_timeline_source(c->tl, x->source);

	return src->format->fetch(src->reader, x->stream, &x->places[i], out, err);
}

enum spur_status frames_walk(struct spur_cameras *c, const struct frames_index *x, const struct spur_message *m,
			     const struct spur_visitor *v, struct spur_error *err)
{
	const struct source_table *t = &spur_timeline_source(c->tl, x->source)->tables[x->stream];
	const char *why;

	if (t->decoding != NULL)
		return t->decoder->walk(t->decoding, m, v, err);
	why = spur_source_refusal(spur_timeline_source(c->tl, x->source), x->stream);
	return spur_fail(err, SPUR_EUNSUPPORTED, "%s", why == NULL ? "no decoder" : why);
}

/* Context of whatever fails for one frame. */
static enum spur_status blame(enum spur_status st, const struct spur_cameras *c, size_t camera, uint64_t index,
			      struct spur_error *err)
{
	const struct frames_camera *cam = &c->all[camera];

	return spur_wrap(st, err, "%s: frame %" PRIu64 " of %s", path_of(c, &cam->index), index, cam->pub.topic);
}

static enum spur_status read_message(struct spur_cameras *c, size_t camera, const struct spur_frame_place *place,
				     struct frames_picture *out, struct spur_task *task, struct spur_error *err)
{
	struct spur_message m;
	struct frames_index *x;
	enum spur_status st = index_of(c, camera, &x, task, err);

	if (st < 0)
		return st;
	if (place->index >= x->count)
		return spur_fail(err, SPUR_ENOTFOUND, "camera %s has %zu frames", c->all[camera].pub.topic, x->count);
	if (spur_task_cancelled(task))
		return spur_fail(err, SPUR_ECANCELLED, "cancelled");
	if (c->all[camera].kind == FRAMES_VIDEO)
		st = spur_fail(err, SPUR_EUNSUPPORTED, "%s: frames of a video codec are not decoded; JPEG, PNG and raw pictures are",
			       c->all[camera].pub.schema);
	else if ((st = frames_fetch(c, x, (size_t)place->index, &m, err)) >= 0)
		st = frames_picture_read(c, x, &m, out, err);
	return blame(st, c, camera, place->index, err);
}

static spur_ns stamp_of(const struct spur_cameras *c, const struct frames_index *x, const struct frames_picture *p)
{
	int64_t t;

	if (!p->has_stamp || (p->sec == 0 && p->nsec == 0) || __builtin_mul_overflow(p->sec, SPUR_NS_PER_S, &t) ||
	    __builtin_add_overflow(t, p->nsec, &t))
		return SPUR_NS_MIN;
	return spur_clock_to_drive(spur_timeline_clock(c->tl, x->source), t);
}

static enum spur_status decode_raw(const struct frames_picture *p, struct spur_frame *out, struct spur_error *err)
{
	const struct spur_image_raw raw = { .encoding = p->format, .width = (int)p->width, .height = (int)p->height,
					    .step = (size_t)p->step, .big_endian = p->big_endian, .data = p->data, .size = p->size };

	if (p->width > SPUR_PIXELS_MAX || p->height > SPUR_PIXELS_MAX)
		return spur_fail(err, SPUR_EFORMAT, "no picture has %" PRIu64 " x %" PRIu64 " pixels", p->width, p->height);
	snprintf(out->encoding, sizeof(out->encoding), "%.31s", p->format);
	out->width = raw.width;
	out->height = raw.height;
	return spur_image_unpack(&raw, &out->pixels, err);
}

/* compressed_depth_image_transport: a head of 12 bytes (its own format, and how 32FC1 was quantised; unused
 * for 16UC1), then a PNG of 16 bits. */
#define DEPTH_HEAD 12

static bool is_depth(const struct frames_picture *p)
{
	const char *name = p->size > DEPTH_HEAD ? spur_image_name((const char *)p->data + DEPTH_HEAD, p->size - DEPTH_HEAD) : NULL;

	return strstr(p->format, "compressedDepth") != NULL && name != NULL && strcmp(name, "png") == 0;
}

static enum spur_status decode_depth(const struct frames_picture *p, struct spur_frame *out, struct spur_error *err)
{
	enum spur_status st = spur_image_decode_depth((const char *)p->data + DEPTH_HEAD, p->size - DEPTH_HEAD, &out->pixels, err);

	snprintf(out->encoding, sizeof(out->encoding), "compressedDepth");
	out->width = out->pixels.width;
	out->height = out->pixels.height;
	return st;
}

static enum spur_status decode_compressed(const struct frames_picture *p, int want_width, int want_height, struct spur_frame *out,
					  struct spur_error *err)
{
	const char *name = spur_image_name(p->data, p->size);
	enum spur_status st;

	if (is_depth(p))
		return decode_depth(p, out, err);
	snprintf(out->encoding, sizeof(out->encoding), "%.31s", name != NULL ? name : p->format);
	if ((st = spur_image_size(p->data, p->size, &out->width, &out->height, err)) >= 0)
		st = spur_image_decode(p->data, p->size, want_width, want_height, &out->pixels, err);
	if (st < 0 && name == NULL && p->format[0] != '\0')
		return spur_wrap(st, err, "format '%s'", p->format);
	return st;
}

enum spur_status spur_cameras_read(struct spur_cameras *c, size_t camera, const struct spur_frame_place *place,
				   int want_width, int want_height, struct spur_frame *out, struct spur_task *task,
				   struct spur_error *err)
{
	struct frames_picture p;
	enum spur_status st;

	*out = (struct spur_frame){ .place = *place, .stamp_ns = SPUR_NS_MIN };
	if ((st = read_message(c, camera, place, &p, task, err)) < 0)
		return st;
	out->stamp_ns = stamp_of(c, &c->all[camera].index, &p);
	if (c->all[camera].kind == FRAMES_RAW)
		st = decode_raw(&p, out, err);
	else
		st = decode_compressed(&p, want_width, want_height, out, err);
	if (st < 0)
		spur_frame_finish(out);
	return blame(st, c, camera, place->index, err);
}

void spur_frame_finish(struct spur_frame *f)
{
	spur_pixels_finish(&f->pixels);
}

enum spur_status spur_cameras_payload(struct spur_cameras *c, size_t camera, const struct spur_frame_place *place,
				      void **data, size_t *len, char encoding[32], struct spur_task *task,
				      struct spur_error *err)
{
	struct frames_picture p;
	enum spur_status st = read_message(c, camera, place, &p, task, err);
	const char *name;

	*data = NULL;
	*len = 0;
	if (st < 0)
		return st;
	name = c->all[camera].kind == FRAMES_COMPRESSED ? spur_image_name(p.data, p.size) : NULL;
	snprintf(encoding, 32, "%.31s", name != NULL ? name : p.format);
	*data = spur_malloc(p.size + 1);
	if (p.size > 0)
		memcpy(*data, p.data, p.size);
	*len = p.size;
	return SPUR_OK;
}
