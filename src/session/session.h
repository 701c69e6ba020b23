#ifndef SPUR_SESSION_SESSION_H
#define SPUR_SESSION_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/workq.h"
#include "db/catalog.h"
#include "job/store.h"
#include "plot/decimate.h"
#include "sync/frames.h"
#include "verb/verb.h"

/*
 * The reading side of a live screen. The owner says what it wants to see; the work queue reads
 * the catalogue and the recordings; what arrived is here to be drawn. Everything below is
 * called by the owner's thread, never waits, and hands out borrows that hold until the next
 * spur_workq_dispatch() of the queue.
 */
struct spur_session;

/* ctx is borrowed for its settings; queue outlives the session's stop(). */
struct spur_session *spur_session_create(const struct spur_ctx *ctx, struct spur_workq *queue);
/* Cancels what is under way; results that still come are thrown away. */
void spur_session_stop(struct spur_session *s);
/* After the queue has been destroyed (so that nothing comes any more). NULL is fine. */
void spur_session_destroy(struct spur_session *s);
/* Reading jobs and models takes over what finished runs left behind, which writes into the catalogue. Off at first. */
void spur_session_take_results(struct spur_session *s, bool on);
bool spur_session_busy(const struct spur_session *s);
/* Read again what is being shown. */
void spur_session_refresh(struct spur_session *s);

/* ---- drives ---------------------------------------------------------------------------- */

struct spur_session_drives {
	uint64_t generation;		/* grows with every change */
	bool loading, complete;		/* complete: nothing follows the last row */
	const char *error;		/* NULL: none */
	size_t count;
	const struct spur_db_drive *const *rows;
};

/* Drives whose name fits the glob (NULL: all), first page. */
void spur_session_drives_want(struct spur_session *s, const char *match);
void spur_session_drives_more(struct spur_session *s);	/* the next page, if there is one */
const struct spur_session_drives *spur_session_drives(const struct spur_session *s);

struct spur_session_drive {
	uint64_t generation;
	int64_t id;			/* the drive it is about; 0: none yet */
	const char *error;
	const struct spur_db_source *sources;
	const struct spur_db_clock *clocks;	/* one per source */
	size_t source_count;
	size_t segments, approved, rejected;
	char labels[160];		/* "hard_braking 12, cut_in 9" */
	char cameras[160];		/* "/camera/front, /camera/rear"; "" none, or not known yet */
};

void spur_session_drive_want(struct spur_session *s, int64_t drive);
const struct spur_session_drive *spur_session_drive(const struct spur_session *s);

/* ---- plot ------------------------------------------------------------------------------ */

#define SPUR_SESSION_TRACES 8

struct spur_session_signal {
	const char *name, *unit, *stream;
	uint32_t source, id;		/* position in the timeline */
	const char *file;		/* file name of its source */
};

struct spur_session_trace {
	const struct spur_session_signal *signal;
	bool loading;
	const char *error;
	struct spur_decimation view;	/* of the range it was read for; columns 0: nothing yet */
	struct spur_range_stats stats;	/* of spur_session_plot.a_ns to b_ns, or of the view */
	double at_cursor, at_a, at_b;	/* last value at or before; NaN none */
	spur_ns previous_ns, next_ns;	/* samples strictly before and after the cursor; SPUR_NS_MIN: none seen */
};

/* A recording that an open drive is made of. */
struct spur_session_source {
	const char *path;
	const char *sha256;		/* as the catalogue has it; "" when it was opened without one */
};

struct spur_session_plot {
	uint64_t generation;
	const char *drive;		/* NULL: none is open */
	bool opening;
	const char *error;
	spur_ns begin_ns, end_ns;	/* of the drive */
	spur_ns focus_begin_ns, focus_end_ns;	/* see spur_session_plot_focus(); SPUR_NS_MIN: nowhere */
	size_t signal_count;
	const struct spur_session_signal *signals;	/* by file, stream, name */
	size_t source_count;
	const struct spur_session_source *sources;
	size_t segment_count;
	const struct spur_db_segment *segments;
	size_t trace_count;
	const struct spur_session_trace *traces;
};

/* Where who opens the plot of the drive that was asked for is to look first; until another one is opened. */
void spur_session_plot_focus(struct spur_session *s, spur_ns begin_ns, spur_ns end_ns);
/* A drive of the catalogue by name or id. Names the default traces with patterns (NULL-terminated). */
void spur_session_plot_open(struct spur_session *s, const char *drive);
/* Recordings alone, each on its own clock, without a catalogue; .dbc files among them are bus databases.
 * The drive is called like the first one; it has no segments. */
void spur_session_plot_open_files(struct spur_session *s, const char *const *paths, size_t count);
/* What is to be seen: the range, its columns, the cursor and the marks (SPUR_NS_MIN: not set). */
void spur_session_plot_view(struct spur_session *s, spur_ns begin_ns, spur_ns end_ns, size_t columns, spur_ns cursor_ns,
			    spur_ns a_ns, spur_ns b_ns);
/* False: there are SPUR_SESSION_TRACES already. */
bool spur_session_trace_add(struct spur_session *s, const struct spur_session_signal *signal);
void spur_session_trace_drop(struct spur_session *s, size_t trace);
/* The traces are these, in this order; those that stay keep what was read. */
void spur_session_traces_set(struct spur_session *s, const struct spur_session_signal *const *signals, size_t count);
/* Adds what tells most of a drive: its speed and its acceleration. */
void spur_session_traces_default(struct spur_session *s);
/* "FILE:NAME", and back; NAME alone is the first of that name. False: longer than size. NULL: none. */
bool spur_session_signal_name(const struct spur_session_signal *signal, char *out, size_t size);
const struct spur_session_signal *spur_session_signal_find(const struct spur_session_plot *plot, const char *name);
const struct spur_session_plot *spur_session_plot(const struct spur_session *s);

/* ---- cameras --------------------------------------------------------------------------- */

struct spur_session_camera {
	const char *topic, *schema, *file;	/* file name of its source */
	uint64_t frames;		/* UINT64_MAX: not counted yet */
	bool annotated;
};

/* The frame at the cursor of the drive that plot_open() opened. The list of cameras is there soon after the
 * drive is; a wish may come before. */
struct spur_session_frame {
	uint64_t generation;		/* grows when anything below changes */
	bool loading;			/* pixels are of another moment, camera or size than what is wanted */
	const char *error;		/* of what is wanted; NULL: none. Then frame is NULL */
	size_t camera_count;
	const struct spur_session_camera *cameras;	/* those that can be shown come first */
	int camera;			/* of the frame; -1: none */
	const struct spur_frame *frame;	/* NULL: none, e.g. before the first; see sync/frames.h */
	const struct spur_overlay *overlay;	/* NULL: none */
};

/* camera -1: none. width, height: what can be shown of it, in pixels; pixels have at least that, if the camera
 * does. The newest wish wins; frames that were overtaken are not decoded, and what is shown stays until the
 * next one is there. A frame that is there already, as the neighbours of the last one soon are, is shown at once:
 * look at spur_session_frame() again after this. */
void spur_session_frame_want(struct spur_session *s, int camera, spur_ns cursor_ns, int width, int height);
const struct spur_session_frame *spur_session_frame(const struct spur_session *s);

/* ---- segments and the review queue ------------------------------------------------------ */

struct spur_session_segments {
	uint64_t generation;
	bool loading, complete;		/* complete: nothing follows the last row */
	const char *error;		/* NULL: none */
	const char *who;		/* who acts here */
	size_t count;
	const struct spur_db_segment *const *rows;
	size_t pending_count;
	bool pending_unread;			/* there may be others by now: they are being read */
	const char *pending_error;		/* why they could not be; NULL: none */
	const struct spur_db_draft *pending;	/* decisions of `who` that are not signed, oldest first */
	size_t reason_count;
	const char *const *reasons;	/* for rejections: ~/.config/spur/reasons, else review/reasons of the data */
	bool counted;			/* progress has been read once */
	struct spur_db_progress progress;	/* of the filter, whatever its state */
};

/* Its texts are copied; after and limit are ignored. First page. */
void spur_session_segments_want(struct spur_session *s, const struct spur_db_segment_filter *f);
void spur_session_segments_more(struct spur_session *s);	/* the next page, if there is one */
const struct spur_session_segments *spur_session_segments(const struct spur_session *s);
/* The decision of `who` that waits for segment, comments aside; NULL: none. */
const struct spur_db_draft *spur_session_pending(const struct spur_session_segments *p, int64_t segment);

#define SPUR_SESSION_EVIDENCE 4

/* What a signal of the segment's query did around it. */
struct spur_session_evidence_trace {
	char name[64], unit[16];	/* as the query has them */
	char rule[40];			/* "< -4.5", as the query has it; "" none */
	double threshold;		/* of the rule; NaN: not a number, or no rule */
	const char *word;		/* of a text: what is looked for; the values are 1 where it is so, else 0 */
	const char *error;		/* NULL: none */
	struct spur_decimation view;	/* columns 0: nothing yet */
	struct spur_range_stats stats;	/* inside the segment */
	spur_ns held_ns;		/* of a text: how long it was so, inside the segment */
};

struct spur_session_evidence {
	uint64_t generation;
	int64_t segment;		/* that this is about; 0: none yet */
	bool loading;
	const char *error;
	spur_ns begin_ns, end_ns;	/* shown: the segment and something on both sides */
	size_t count;
	const struct spur_session_evidence_trace *traces;
};

/* columns: of the decimations; segment->begin_ns and end_ns are what is to be judged, edges that wait
 * included. The newest wish wins. */
void spur_session_evidence_want(struct spur_session *s, const struct spur_db_segment *segment, size_t columns);
const struct spur_session_evidence *spur_session_evidence(const struct spur_session *s);

/* ---- jobs ------------------------------------------------------------------------------ */

struct spur_session_job_note {
	char id[SPUR_JOB_ID];
	char target[96];		/* what it works on: "rain@7", "unet→iree-cpu" */
};

struct spur_session_jobs {
	uint64_t generation;
	bool loading;
	const char *error;
	size_t count;
	const struct spur_job_row *rows;	/* newest first */
	const char *log_of;		/* id of the job whose log this is; NULL none */
	const char *log;		/* its last lines */
	const struct spur_session_job_note *notes;	/* as many as rows */
	double cpu;			/* share of the processors in use since the last look; NaN unknown */
	double io_bytes_s;		/* read and written by this machine; NaN unknown */
	uint64_t ended;			/* grows with every job that was seen to end */
	char notice[200];		/* about the last of them: "train driving_events: succeeded" */
};

/* Live while wanted: reconciled and read about once a second. */
void spur_session_jobs_want(struct spur_session *s, bool live, const char *log_of);
/* Someone wants to know when jobs end, whatever is shown; counted. What was made is read again then. */
void spur_session_jobs_watch(struct spur_session *s, bool on);
/* To be called often (4 Hz): starts what is due. */
void spur_session_tick(struct spur_session *s);
const struct spur_session_jobs *spur_session_jobs(const struct spur_session *s);

#endif
