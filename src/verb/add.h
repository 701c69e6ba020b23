#ifndef SPUR_VERB_ADD_H
#define SPUR_VERB_ADD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/time.h"
#include "verb/emit.h"

/* The files below some paths, grouped into drives: what `spur add` works on. */

struct spur_add_file {
	char *path;		/* absolute, without links and dots */
	char *stem;		/* file name without its suffix */
	bool dbc;
	uint64_t size;
	spur_ns mtime_ns;
};

struct spur_add_group {
	char *name;		/* common stem, or what --drive said */
	char *folder;		/* last part of the folder's name, to tell equal stems apart */
	size_t count;
	struct spur_add_file **files;	/* logs, then bus databases; borrowed from the scan */
};

struct spur_add_scan {
	size_t file_count;
	struct spur_add_file *files;	/* in order of path */
	size_t group_count;
	struct spur_add_group *groups;
	size_t skipped;			/* unreadable or not a recording; said as warnings */
};

/* Files named outright must be recordings or bus databases; below folders everything else is
 * passed over. drive: one group of everything, of that name; NULL: by folder and stem, where a
 * .dbc that fits no stem goes to every drive of its folder. */
enum spur_status spur_add_scan(const char *const *paths, size_t count, const char *drive, struct spur_add_scan *out,
			       struct spur_emit *emit, struct spur_error *err);
void spur_add_scan_finish(struct spur_add_scan *s);

#endif
