#ifndef SPUR_TESTS_MDF_MADE_H
#define SPUR_TESTS_MDF_MADE_H

#include "base/buf.h"

/*
 * MDF 4 files of what no public recording holds, block by block: each is a seed of the fuzz target mdf, and a file
 * for scripts by tests/tools/mdf_blocks NAME OUT.mf4.
 */
struct mdf_made {
	const char *name;
	void (*make)(struct spur_buf *b);	/* b is empty */
};
extern const struct mdf_made mdf_made[];	/* ends with a NULL name */

void mdf_make_around(struct spur_buf *b);	/* mdf_made_around.c: what is not samples */
void mdf_make_around_wrong(struct spur_buf *b);
void mdf_make_vlsc(struct spur_buf *b);		/* mdf_made_variable.c */
void mdf_make_vlsc_wrong(struct spur_buf *b);
void mdf_make_vlsc_group(struct spur_buf *b);
void mdf_make_offsets(struct spur_buf *b);
void mdf_make_last_list(struct spur_buf *b);
void mdf_make_guarded(struct spur_buf *b);
void mdf_make_array_by_data(struct spur_buf *b);	/* mdf_made_array.c */
void mdf_make_array_by_record(struct spur_buf *b);
void mdf_make_array_apart_wrong(struct spur_buf *b);
void mdf_make_array_of_structures(struct spur_buf *b);
void mdf_make_event_signals(struct spur_buf *b);	/* mdf_made_event.c */
void mdf_make_sync(struct spur_buf *b);
void mdf_make_event_signals_wrong(struct spur_buf *b);
void mdf_make_axes(struct spur_buf *b);		/* mdf_made_axis.c */
void mdf_make_axes_wrong(struct spur_buf *b);
void mdf_make_levels(struct spur_buf *b);		/* mdf_made_level.c */
void mdf_make_streams(struct spur_buf *b);		/* mdf_made_stream.c */
void mdf_make_streams_wrong(struct spur_buf *b);
void mdf_make_rules(struct spur_buf *b);	/* mdf_made_rules.c: every rule of spur check broken */

#endif
