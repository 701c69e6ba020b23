#ifndef SPUR_SYNC_TRACES_H
#define SPUR_SYNC_TRACES_H

#include <stddef.h>

#include "plot/decimate.h"
#include "sync/timeline.h"

/*
 * What a plot shows of signals: one pass over a range of the drive gives columns, statistics and the
 * values at cursor and marks, for the plot screen, `spur plot` and the windows alike. The memory is
 * that of the columns.
 */
struct spur_trace_want {
	spur_ns begin_ns, end_ns;		/* end_ns > begin_ns */
	size_t columns;
	spur_ns cursor_ns, a_ns, b_ns;		/* SPUR_NS_MIN: not set */
};

struct spur_trace {
	struct spur_decimation view;		/* of the range, with the samples beside it */
	struct spur_range_stats stats;		/* of A to B if both are set, or of the range */
	double at_cursor, at_a, at_b;		/* last value at or before; NaN none */
	spur_ns previous_ns, next_ns;		/* samples beside the cursor; SPUR_NS_MIN none */
	/* In: may be made of intervals that the recording stores where they are no longer than a column and A and B are
	 * not set: fast, with statistics of intervals. Out: was. why: how come it was not, or ""; values at the cursor are
	 * those of samples all the same. */
	bool reduced;
	char why[320];
	spur_ns at_ns[3];			/* private: the stamps of the values */
};

void spur_trace_init(struct spur_trace *t, const struct spur_trace_want *w);
void spur_trace_finish(struct spur_trace *t);
/* traces[i] is of refs[i], initialised with the same w. Signals that are text stay empty. */
enum spur_status spur_traces_read(struct spur_timeline *tl, const struct spur_signal_ref *refs, size_t count,
				  const struct spur_trace_want *w, struct spur_trace *traces, struct spur_task *task,
				  struct spur_error *err);

/* The signals to begin with when nobody says which: speed, then acceleration along the road. Offer all,
 * in order; signal[k] is the index of the best one, SIZE_MAX if there is none. */
#define SPUR_DEFAULT_TRACES 2
struct spur_default_traces {
	size_t signal[SPUR_DEFAULT_TRACES];
	int score[SPUR_DEFAULT_TRACES];
};
void spur_default_traces_init(struct spur_default_traces *d);
void spur_default_traces_offer(struct spur_default_traces *d, size_t signal, const char *name, const char *unit);

#endif
