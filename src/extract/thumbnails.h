#ifndef SPUR_EXTRACT_THUMBNAILS_H
#define SPUR_EXTRACT_THUMBNAILS_H

#include "extract/windows.h"
#include "sync/timeline.h"

/* Fills w->frames and the frames of its rows with the pictures of the recipe's cameras, scaled by area.
 * A frame that does not decode is a missing one. SPUR_ENOTFOUND: a camera that must be there is not;
 * SPUR_ENOMEM: more than mem_bytes. */
enum spur_status spur_extract_thumbnails_read(struct spur_timeline *tl, const struct spur_extract_recipe *r,
					      uint64_t mem_bytes, struct spur_extract_windows *w, struct spur_task *task,
					      struct spur_error *err);

#endif
