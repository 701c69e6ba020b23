#ifndef SPUR_SYNC_TIMELINE_H
#define SPUR_SYNC_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/task.h"
#include "model/columns.h"
#include "sync/clock.h"
#include "sync/resample.h"
#include "sync/source.h"

/*
 * A drive: N recordings on one clock. "What is at t?" for everything above: queries, extraction,
 * screens. One thread at a time; different timelines of the same files are independent.
 *
 * All times here are drive time unless a comment says source time. Ranges are half-open.
 *
 *	struct spur_timeline_member m[] = { { .path = "a.mf4" }, { .path = "a.mcap", .clock = c } };
 *	spur_timeline_open(m, 2, NULL, &tl, err);
 *	spur_timeline_find(tl, "mcap:/imu.linear_acceleration.x", &ref, err);
 *	spur_timeline_grid(tl, &grid, sink, state, task, err);
 *	spur_timeline_close(tl);
 */
struct spur_timeline;

struct spur_timeline_member {
	const char *path;	/* copied */
	const char *name;	/* how names call it, "rig:speed"; NULL: only by file name, format, or number */
	struct spur_clock clock;	/* all zero: its clock is the drive's */
};

/* A signal of a source of the drive. */
struct spur_signal_ref {
	uint32_t source;	/* index of the member */
	uint32_t id;		/* index into spur_source_signals() of it */
};

/* Opens every member (the index only, no sample is read). o may be NULL; failures start with
 * the path. */
enum spur_status spur_timeline_open(const struct spur_timeline_member *members, size_t count,
				    const struct spur_source_opts *o, struct spur_timeline **out, struct spur_error *err);
void spur_timeline_close(struct spur_timeline *tl);	/* NULL is fine */
size_t spur_timeline_source_count(const struct spur_timeline *tl);
struct spur_source *spur_timeline_source(struct spur_timeline *tl, size_t source);	/* borrowed */
const struct spur_clock *spur_timeline_clock(const struct spur_timeline *tl, size_t source);
void spur_timeline_set_clock(struct spur_timeline *tl, size_t source, const struct spur_clock *clock);
const struct spur_source_signal *spur_timeline_signal(const struct spur_timeline *tl, struct spur_signal_ref ref);

/* "NAME", or "SOURCE:NAME" where SOURCE is a member's name, its file name with or without the
 * suffix, its format ("mdf4", "mcap") if only one member has it, or its number from 1.
 * SPUR_ENOTFOUND names what is near; SPUR_EINVAL: in several sources, say which. */
enum spur_status spur_timeline_find(struct spur_timeline *tl, const char *name, struct spur_signal_ref *out,
				    struct spur_error *err);

/* From the first stamp of any source to just after the last one. */
enum spur_status spur_timeline_span(struct spur_timeline *tl, spur_ns *begin_ns, spur_ns *end_ns,
				    struct spur_task *task, struct spur_error *err);
/* Where all the sources have data; SPUR_ENOTFOUND if there is no such time. */
enum spur_status spur_timeline_overlap(struct spur_timeline *tl, spur_ns *begin_ns, spur_ns *end_ns,
				       struct spur_task *task, struct spur_error *err);

/* ---- Native rate: batches as the files have them, in order of member, then of the file. */

/* positions[i] is the index into the asked-for refs of rows->columns[i]. time_ns has rows->rows
 * drive stamps (not sorted where the file is not); valid until the sink returns. SPUR_END: enough
 * of this source. */
typedef enum spur_status spur_timeline_sink(void *state, uint32_t source, uint32_t table, const size_t *positions,
					    struct spur_columns *rows, const spur_ns *time_ns, struct spur_error *err);
enum spur_status spur_timeline_read(struct spur_timeline *tl, const struct spur_signal_ref *refs, size_t count,
				    spur_ns begin_ns, spur_ns end_ns, bool with_text, spur_timeline_sink *sink,
				    void *state, struct spur_task *task, struct spur_error *err);

/* One signal in memory, sorted: for plots of a window, and for estimates. words: see below.
 * SPUR_ENOMEM past mem_bytes (0: 64 MiB). The caller frees with spur_series_finish(). */
enum spur_status spur_timeline_series(struct spur_timeline *tl, struct spur_signal_ref ref, spur_ns begin_ns,
				      spur_ns end_ns, const char *const *words, uint64_t mem_bytes,
				      struct spur_series *out, struct spur_task *task, struct spur_error *err);
void spur_series_finish(struct spur_series *s);

/* ---- Grid: many signals of several sources, resampled to the same points, block by block. */

struct spur_grid_signal {
	struct spur_signal_ref ref;
	enum spur_resample method;
	spur_ns max_gap_ns;		/* 0: SPUR_RESAMPLE_GAP_NS */
	const char *const *words;	/* text wanted: codes are indexes into this list, ended by NULL
					 * (borrowed; may be empty); NULL: numbers only */
};

struct spur_grid_spec {
	spur_ns begin_ns, step_ns;	/* point i is at begin_ns + i * step_ns, for every block size */
	uint64_t points;
	const struct spur_grid_signal *signals;
	size_t count;
	uint64_t mem_bytes;		/* what blocks may take; 0: 64 MiB. Decides the block length,
					 * never a value */
};

struct spur_grid_block {
	uint64_t first;			/* index of its first point */
	size_t rows;
	spur_ns begin_ns, step_ns;	/* of its first point */
	const double *const *values;	/* [signal][row]; NaN in gaps */
	const int32_t *const *codes;	/* [signal][row]; [signal] is NULL where no words were asked for */
};

/* Blocks in order, each once, borrowed until the sink returns. SPUR_END from the sink: enough. */
typedef enum spur_status spur_grid_sink(void *state, const struct spur_grid_block *b, struct spur_error *err);
enum spur_status spur_timeline_grid(struct spur_timeline *tl, const struct spur_grid_spec *grid, spur_grid_sink *sink,
				    void *state, struct spur_task *task, struct spur_error *err);

/* The points of [begin, end) on the grid of step_ns that is aligned to multiples of step_ns since
 * 1970, so that pieces of a drive fall on the same points: *first_ns >= begin_ns. */
uint64_t spur_grid_points(spur_ns begin_ns, spur_ns end_ns, spur_ns step_ns, spur_ns *first_ns);
/* ZOH for text, truth values and integers (states, counters); linear for floats. */
enum spur_resample spur_resample_for(const struct spur_source_signal *s);

/* Values of some signals at one moment (a cursor). values[i] NaN in a gap. */
enum spur_status spur_timeline_at(struct spur_timeline *tl, const struct spur_grid_signal *signals, size_t count,
				  spur_ns t_ns, double *values, int32_t *codes, struct spur_task *task,
				  struct spur_error *err);

#endif
