#ifndef SPUR_DEMO_BULK_H
#define SPUR_DEMO_BULK_H

#include "base/error.h"
#include "demo/scene.h"
#include "format/mdf4/writer.h"

/*
 * What makes the MF4 of a big drive big: 60 groups of 200 channels at 250 Hz (with their masters 12,060
 * channels), every sixth of them smooth - int32 that move slowly, with three bits of noise, deflate packs
 * them 4 to 6 to 1 - the others noisy float32, 1.1 to 1.3 to 1; and one unsorted data group, as loggers
 * write them: an inverter at 1 kHz, Ethernet frames and log lines of variable length, a quarter of the
 * file and more.
 */
#define SPUR_DEMO_BULK_GROUPS 60u
#define SPUR_DEMO_BULK_CHANNELS 200u

struct spur_demo_bulk;

/* Borrows w. */
enum spur_status spur_demo_bulk_create(struct spur_mdf4_writer *w, uint64_t seed, unsigned drive,
				       struct spur_demo_bulk **out, struct spur_error *err);
/* After every step of the scene. */
enum spur_status spur_demo_bulk_step(struct spur_demo_bulk *b, const struct spur_demo_scene *s, struct spur_error *err);
/* Hands the rest to the writer. */
enum spur_status spur_demo_bulk_flush(struct spur_demo_bulk *b, struct spur_error *err);
/* How deflate packed the two profiles so far, bytes before by bytes after; 0: nothing yet. */
void spur_demo_bulk_ratios(const struct spur_demo_bulk *b, double *smooth, double *noisy);
void spur_demo_bulk_destroy(struct spur_demo_bulk *b);	/* NULL is fine */

#endif
