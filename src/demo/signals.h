#ifndef SPUR_DEMO_SIGNALS_H
#define SPUR_DEMO_SIGNALS_H

#include "demo/rng.h"
#include "demo/scene.h"
#include "format/mdf4/writer.h"

/* What the control units measure: one table from which the MDF groups, the CAN frames and the DBC come. */
struct spur_demo_signal {
	const char *name, *unit, *comment;
	enum spur_type type;		/* of the raw value */
	double factor, offset;		/* factor 0: raw is physical */
	const struct spur_mdf4_text *texts;
	size_t text_count;
	bool nullable;
	/* The physical value with the noise of the sensor; NaN: invalid. */
	double (*measure)(const struct spur_demo_scene *s, struct spur_demo_rng *noise);
};

struct spur_demo_unit {
	const char *name, *comment;
	unsigned period_ms, phase_ms;
	uint32_t frame;			/* CAN identifier of its first frame; 0: not on the bus */
	const struct spur_demo_signal *signals;
	size_t count;
};

extern const struct spur_demo_unit spur_demo_units[];
extern const size_t spur_demo_unit_count;
#define SPUR_DEMO_SIGNALS_MAX 12	/* of one unit */

/* Raw value, rounded and clamped to the type. */
int64_t spur_demo_raw(const struct spur_demo_signal *g, double physical);
unsigned spur_demo_bits(const struct spur_demo_signal *g);

#endif
