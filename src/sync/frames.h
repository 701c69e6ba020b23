#ifndef SPUR_SYNC_FRAMES_H
#define SPUR_SYNC_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/task.h"
#include "model/pixels.h"
#include "sync/timeline.h"

/*
 * The cameras of a drive: which streams hold pictures, which frame is shown at t, its pixels and
 * what is drawn over it. Known by their schema: sensor_msgs/CompressedImage and Image,
 * foxglove.CompressedImage and RawImage (ros1, ros2, protobuf, json and the other encodings that
 * decode knows); annotations foxglove.ImageAnnotations; calibration CameraCalibration and
 * sensor_msgs/CameraInfo.
 *
 * A frame is there from its log_time on (through its source's clock), until the next one: "at t" is the latest at or before t, to the nanosecond.
 * Where the frames lie comes from the message indexes of the chunks, without unpacking any; of a
 * recording without them one pass finds out. One thread; borrows the timeline.
 */
struct spur_cameras;

struct spur_camera {
	const char *topic;		/* of the pictures */
	const char *schema;
	uint32_t source, stream;	/* in the timeline; index into its description.streams */
	uint64_t frames;		/* UINT64_MAX: unknown before the first look */
	const char *annotations;	/* topic that annotates it, or NULL */
	const char *calibration;	/* topic, or NULL */
};

enum spur_status spur_cameras_open(struct spur_timeline *tl, struct spur_cameras **out, struct spur_error *err);
void spur_cameras_close(struct spur_cameras *c);	/* NULL is fine */
const struct spur_camera *spur_cameras_list(const struct spur_cameras *c, size_t *count);
/* By topic, by a word of it that only one has ("front"), or the number from 1. */
enum spur_status spur_cameras_find(const struct spur_cameras *c, const char *name, size_t *camera, struct spur_error *err);

/* Where a frame is, without its pixels. Times are drive time. */
struct spur_frame_place {
	uint64_t index, count;		/* of the camera's frames in order of time */
	spur_ns t_ns;			/* log_time */
	spur_ns previous_ns, next_ns;	/* its neighbours; SPUR_NS_MIN: none */
};

/* The latest at or before t_ns; before the first one: SPUR_ENOTFOUND. The first call for a camera reads
 * its index. */
enum spur_status spur_cameras_place(struct spur_cameras *c, size_t camera, spur_ns t_ns, struct spur_frame_place *out,
				    struct spur_task *task, struct spur_error *err);
enum spur_status spur_cameras_place_of(struct spur_cameras *c, size_t camera, uint64_t index,
				       struct spur_frame_place *out, struct spur_task *task, struct spur_error *err);

struct spur_frame {
	struct spur_frame_place place;
	spur_ns stamp_ns;		/* header stamp in drive time; SPUR_NS_MIN: none. place.t_ns - stamp_ns is
					 * the delay of the logger */
	char encoding[32];		/* "jpeg", "png", "rgb8", ... */
	int width, height;		/* of the camera; pixels may be smaller */
	struct spur_pixels pixels;
};

/* Its pixels, at least want_width x want_height if the camera has them (0: all). A picture that cannot be
 * decoded is SPUR_EFORMAT with file and byte. */
enum spur_status spur_cameras_read(struct spur_cameras *c, size_t camera, const struct spur_frame_place *place,
				   int want_width, int want_height, struct spur_frame *out, struct spur_task *task,
				   struct spur_error *err);
void spur_frame_finish(struct spur_frame *f);

/* The payload as recorded, of a compressed image: for `spur frame -o x.jpg` without loss. The caller frees *data. */
enum spur_status spur_cameras_payload(struct spur_cameras *c, size_t camera, const struct spur_frame_place *place,
				      void **data, size_t *len, char encoding[32], struct spur_task *task,
				      struct spur_error *err);

/* What annotations draw over one frame, in pixels of the camera (not of a scaled picture). */
enum spur_mark_kind { SPUR_MARK_POINTS, SPUR_MARK_LINE_LOOP, SPUR_MARK_LINE_STRIP, SPUR_MARK_LINE_LIST, SPUR_MARK_CIRCLE,
		      SPUR_MARK_TEXT };
struct spur_mark {
	enum spur_mark_kind kind;
	struct spur_rgb colour;
	double thickness;		/* of lines and points; height of text */
	double diameter;		/* of circles */
	const char *text;		/* of SPUR_MARK_TEXT */
	size_t count;
	const double (*points)[2];	/* x, y */
};
struct spur_overlay {
	spur_ns t_ns;			/* log_time of the annotations, drive time */
	size_t count;
	const struct spur_mark *marks;
	struct spur_arena *arena;
};

/* Those nearest in time to the frame, within half the distance to its neighbours; count 0: none. */
enum spur_status spur_cameras_overlay(struct spur_cameras *c, size_t camera, const struct spur_frame_place *place,
				      struct spur_overlay *out, struct spur_task *task, struct spur_error *err);
void spur_overlay_finish(struct spur_overlay *o);
/* Lines, points and circles on a picture that is a scaled frame of width x height; text is the caller's. */
void spur_overlay_draw(const struct spur_overlay *o, int width, int height, struct spur_pixels *p);

#endif
