#ifndef SPUR_DEMO_VIEW_H
#define SPUR_DEMO_VIEW_H

#include "demo/canvas.h"
#include "demo/track.h"
#include "demo/traffic.h"

/*
 * What a camera of the vehicle sees. A pinhole without distortion: a point `depth` m before the lens,
 * `left` m beside and `up` m above it is at
 *	u = centre - dir * focal * left / depth,	v = horizon - focal * up / depth
 * dir is 1 for a camera that looks ahead, -1 behind. Yaw and pitch of the vehicle shift the picture by
 * focal * angle, as small rotations do to first order. Roll is left out.
 */
struct spur_demo_lens {
	int width, height;	/* width a multiple of 16 */
	double focal;		/* pixels */
	double horizon;		/* row of the principal point: the horizon of a level road */
	double up, back;	/* of the lens: above the road, behind the front bumper, m */
	int dir;
};

/* Where a vehicle's face is in the picture: not clipped. */
struct spur_demo_box {
	bool seen;		/* some of it is in the picture and not behind a hill */
	double x0, y0, x1, y1, depth;
	enum spur_demo_body_kind kind;
};

struct spur_demo_view;

struct spur_demo_view *spur_demo_view_new(const struct spur_demo_lens *lens, uint64_t seed, unsigned drive);
void spur_demo_view_destroy(struct spur_demo_view *v);	/* NULL is fine */
/* The picture of now: valid until the next call. lead: the box of the vehicle ahead. noise: of the sensor. */
const struct spur_pixels *spur_demo_view_draw(struct spur_demo_view *v, const struct spur_demo_scene *s,
					      const struct spur_demo_track *road, const struct spur_demo_traffic *traffic,
					      struct spur_demo_rng *noise, struct spur_demo_box *lead);

#endif
