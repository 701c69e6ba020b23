#ifndef SPUR_VERB_PLOT_H
#define SPUR_VERB_PLOT_H

#include "db/catalog.h"
#include "sync/frames.h"
#include "sync/traces.h"
#include "verb/drive_files.h"
#include "verb/verb.h"

/* The parts of `spur plot`: what is asked for, what was read, and the three ways to show it. */
#define PLOT_TRACES 32

struct plot_trace {
	const struct spur_source_signal *signal;
	const char *file;		/* name of its recording; NULL: there is only one */
	const struct spur_trace *t;
	const char *note;		/* why it has no line; NULL: it has */
};

struct plot {
	struct spur_ctx *ctx;
	const struct spur_args *args;
	struct spur_drive_files files;
	struct spur_timeline *tl;
	const char *title;
	spur_ns begin_ns, end_ns;	/* of the drive */
	struct spur_trace_want want;
	int width, height;		/* --size; 0: not given */
	double scale;
	size_t count;
	struct spur_signal_ref refs[PLOT_TRACES];
	struct plot_trace traces[PLOT_TRACES];
	struct spur_trace read[PLOT_TRACES];
	struct spur_db_segment_list segments;	/* of the drive in the range; none of files alone */
	struct spur_cameras *cameras;
	struct spur_frame frame;	/* at the cursor; pixels.rgb NULL: none */
	const char *camera;		/* topic of the frame */
};

/* Columns to ask for, by what will show them. */
size_t plot_png_columns(const struct plot *p);
size_t plot_text_columns(const struct plot *p);
/* What the picture costs beside the columns. */
uint64_t plot_png_bytes(const struct plot *p);
/* Room for the frame in the picture. */
void plot_png_frame_size(const struct plot *p, int *width, int *height);
enum spur_status plot_png(const struct plot *p, const char *path, struct spur_emit *emit, struct spur_error *err);
void plot_text(const struct plot *p, struct spur_emit *emit);
void plot_json(const struct plot *p, struct spur_emit *emit);

#endif
