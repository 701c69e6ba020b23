#ifndef SPUR_DEMO_VIEW_PRIV_H
#define SPUR_DEMO_VIEW_PRIV_H

#include "demo/view.h"

#define VIEW_METRES 280		/* as far as the road is drawn */
#define PANORAMA 2048		/* columns of all round */
#define PANORAMA_FOCAL (PANORAMA / (2 * M_PI))
#define CLOUD_ROWS 144	/* above the last there are none */
#define NOISE 8192

/* Daylight and weather of one drive. */
struct view_light {
	struct spur_rgb top, low, haze, sun;	/* sky above and at the horizon; what distance fades to */
	struct spur_rgb asphalt, grass, gravel, hills, forest, mark;
	double bright;			/* of what is lit */
	double clear_m;			/* distance at which 63 % is haze */
	double clouds;			/* 0 .. 1 */
	bool lamps;			/* so dark that people drive with light */
};

/* The road at a metre: where its points come to lie. */
struct view_cut {
	double depth, left, up;		/* of the middle of lane 0, relative to the lens and its level */
	double row;			/* of its surface */
	int crest;			/* the highest row of the road nearer than this */
};

struct spur_demo_view {
	struct spur_demo_lens lens;
	struct view_light light;
	struct spur_pixels px;
	unsigned char *vignette;	/* per byte of the picture, 255: all */
	signed char *noise;		/* NOISE */
	signed char fine[64][64], coarse[64][64];
	unsigned char (*clouds)[PANORAMA];
	unsigned char hills[PANORAMA], forest[PANORAMA];	/* heights, pixels at PANORAMA_FOCAL */
	uint32_t roadside;		/* seed of what stands there */
	/* of the picture being drawn: */
	double middle, level;		/* column and row that the road's direction and level have */
	double horizon;			/* row of the true horizon */
	double heading;			/* of the vehicle */
	int top;			/* the highest row of the road */
	int64_t metre;			/* of cut[0] */
	size_t cuts;
	struct view_cut cut[VIEW_METRES];
};

/* What a point beside the road is in the picture. */
struct view_at {
	double depth, scale;		/* m; pixels per metre */
	double column, row;		/* of the middle of lane 0, on the surface */
	double haze;			/* 0 .. 1 */
	int crest;
};

struct view_at view_at(const struct spur_demo_view *v, double depth);
double view_haze(const struct spur_demo_view *v, double depth);
struct spur_rgb view_lit(const struct spur_demo_view *v, struct spur_rgb colour, double haze);

void view_light_init(struct view_light *l, struct spur_demo_rng *r);
void view_sky_init(struct spur_demo_view *v, struct spur_demo_rng *r);
void view_sky(struct spur_demo_view *v);
void view_ground_init(struct spur_demo_view *v, struct spur_demo_rng *r);
void view_ground(struct spur_demo_view *v, double offset);
/* Vehicles and what stands beside the road, the far ones first. */
void view_objects(struct spur_demo_view *v, double x, const struct spur_demo_body *bodies, size_t count,
		  struct spur_demo_box *lead);
void view_body(struct spur_demo_view *v, double x, const struct spur_demo_body *b, struct spur_demo_box *box);

#endif
