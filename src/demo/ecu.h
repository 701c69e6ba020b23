#ifndef SPUR_DEMO_ECU_H
#define SPUR_DEMO_ECU_H

#include "base/buf.h"
#include "base/error.h"
#include "demo/scene.h"

/*
 * The control units: samples of the scene with noise, quantisation, jitter of the time stamps
 * and lost samples, into an MDF4 file: one group per unit and rate, and the same raw values as
 * CAN frames. No sensor has a delay: the value is that of its time stamp (+-0.2 ms).
 */
struct spur_demo_ecu;

struct spur_demo_ecu_options {
	const char *path;
	uint64_t seed;
	unsigned drive;
	bool big;		/* adds demo/bulk */
	uint64_t mem_bytes;
	unsigned threads;	/* that pack; 0: one per processor */
};

enum spur_status spur_demo_ecu_create(const struct spur_demo_ecu_options *o, spur_ns begin_ns, struct spur_demo_ecu **out,
				      struct spur_error *err);
/* After every step of the scene. */
enum spur_status spur_demo_ecu_step(struct spur_demo_ecu *e, const struct spur_demo_scene *s, struct spur_error *err);
uint64_t spur_demo_ecu_bytes(const struct spur_demo_ecu *e);	/* about: what waits is guessed, too low */
/* What waits goes into the file; how deflate packed the two profiles of a big drive, or untouched. */
enum spur_status spur_demo_ecu_flush(struct spur_demo_ecu *e, double *smooth_ratio, double *noisy_ratio, struct spur_error *err);
/* Frees e. */
enum spur_status spur_demo_ecu_commit(struct spur_demo_ecu *e, struct spur_error *err);
void spur_demo_ecu_discard(struct spur_demo_ecu *e);	/* NULL is fine */

/* The database of the CAN frames. */
void spur_demo_dbc(struct spur_buf *out);

#endif
