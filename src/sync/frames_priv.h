#ifndef SPUR_SYNC_FRAMES_PRIV_H
#define SPUR_SYNC_FRAMES_PRIV_H

#include "base/arena.h"
#include "base/buf.h"
#include "format/format.h"
#include "sync/frames.h"
#include "sync/source_priv.h"

/* The parts of frames*.c. */

enum frames_kind {
	FRAMES_NONE,
	FRAMES_COMPRESSED,	/* sensor_msgs/CompressedImage, foxglove.CompressedImage */
	FRAMES_RAW,		/* sensor_msgs/Image, foxglove.RawImage */
	FRAMES_VIDEO,		/* a codec whose frames hang together: listed, not decoded */
	FRAMES_ANNOTATIONS,	/* foxglove.ImageAnnotations */
	FRAMES_CALIBRATION,	/* foxglove.CameraCalibration, sensor_msgs/CameraInfo */
};

/* Where the messages of a stream lie; read on first need. */
struct frames_index {
	uint32_t source, stream;
	bool read;
	struct spur_place *places;	/* owned */
	size_t count;
};

struct frames_camera {
	struct spur_camera pub;
	enum frames_kind kind;
	struct frames_index index;
	struct frames_index marks;	/* of its annotations, if pub.annotations */
};

struct spur_cameras {
	struct spur_timeline *tl;	/* borrowed */
	size_t count;
	struct frames_camera *all;
	struct spur_camera *list;	/* what the public sees; follows all */
	struct spur_buf scratch;	/* bytes of a picture that the message does not have in one piece */
};

/* frames_kind.c: by the name of the schema, however it is spelt; and which topics belong together. */
enum frames_kind frames_kind_of(const struct spur_stream *s);
/* Words that both topics have, but for those every camera has. */
size_t frames_kinship(const char *topic, const char *other);

/* frames.c */
enum spur_status frames_index_read(struct spur_cameras *c, struct frames_index *x, struct spur_task *task, struct spur_error *err);
/* Drive time of place i. */
spur_ns frames_time(const struct spur_cameras *c, const struct frames_index *x, size_t i);
/* From a to b; saturates. */
static inline spur_ns frames_apart(spur_ns a, spur_ns b)
{
	spur_ns d;

	return !__builtin_sub_overflow(b, a, &d) ? d : b > a ? SPUR_NS_MAX : SPUR_NS_MIN;
}
/* The last place whose drive time is at or before t; SIZE_MAX: none. */
size_t frames_before(const struct spur_cameras *c, const struct frames_index *x, spur_ns t);
enum spur_status frames_fetch(struct spur_cameras *c, const struct frames_index *x, size_t i, struct spur_message *out,
			      struct spur_error *err);
enum spur_status frames_walk(struct spur_cameras *c, const struct frames_index *x, const struct spur_message *m,
			     const struct spur_visitor *v, struct spur_error *err);

/* frames_picture.c: the fields of one message. Text and bytes are borrowed from the message, from the scratch
 * buffer, or are cut to fit. */
struct frames_picture {
	const void *data;
	size_t size;
	bool has_data, has_stamp;
	int64_t sec, nsec;
	uint64_t width, height, step;
	bool big_endian;
	char format[64], frame_id[64];	/* format of compressed ones, encoding of raw ones */
};
enum spur_status frames_picture_read(struct spur_cameras *c, const struct frames_index *x, const struct spur_message *m,
				     struct frames_picture *out, struct spur_error *err);

/* frames_marks.c: what one message of annotations draws. */
enum spur_status frames_marks_read(struct spur_cameras *c, const struct frames_index *x, const struct spur_message *m,
				   struct spur_overlay *out, struct spur_error *err);

#endif
