#ifndef SPUR_SYNC_RESAMPLE_H
#define SPUR_SYNC_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/time.h"

/*
 * Samples to a regular grid. Exact at the samples, a function of the samples only: the value of
 * a grid point does not depend on where a block begins, given max_gap_ns of samples around it.
 */
enum spur_resample {
	SPUR_RESAMPLE_ZOH,	/* the last sample at or before t, if it is at most max_gap old */
	SPUR_RESAMPLE_LINEAR,	/* between the neighbours, if they are at most max_gap apart */
	SPUR_RESAMPLE_NEAREST,	/* the nearest sample within max_gap; the earlier one of two */
};

#define SPUR_RESAMPLE_GAP_NS (2 * SPUR_NS_PER_S)	/* max_gap where nobody says one */

/* "zoh", "linear", "nearest" */
const char *spur_resample_name(enum spur_resample method);
enum spur_status spur_resample_parse(const char *name, enum spur_resample *out, struct spur_error *err);

/* Codes of text samples: an index into a list of words the caller has, or one of these. */
#define SPUR_WORD_NONE (-1)	/* no text: invalid, a gap, or a number without a name */
#define SPUR_WORD_OTHER INT32_MAX	/* a text that is not in the list */

/* Samples of one signal in time order (equal stamps: the last one counts). */
struct spur_series {
	size_t rows;
	const spur_ns *time_ns;	/* never decreasing */
	const double *values;	/* NaN: invalid, or a text without a number */
	const int32_t *codes;	/* NULL: no text was asked for */
};

/* n points at begin_ns + i * step_ns (step_ns > 0) into values and, unless NULL, codes (always
 * ZOH or nearest: text does not interpolate). NaN and SPUR_WORD_NONE in gaps. Invalid samples
 * (NaN) make their own stretch invalid: they are not skipped over. */
void spur_resample_grid(const struct spur_series *s, enum spur_resample method, spur_ns max_gap_ns, spur_ns begin_ns,
			spur_ns step_ns, size_t n, double *values, int32_t *codes);

#endif
