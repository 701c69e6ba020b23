#ifndef SPUR_VERB_DRIVE_FILES_H
#define SPUR_VERB_DRIVE_FILES_H

#include "db/catalog.h"
#include "sync/timeline.h"
#include "verb/bus_profile.h"
#include "verb/verb.h"

/*
 * The recordings of a drive with their clocks, read from the catalogue by the thread that has
 * it, so that any thread can open them as a timeline later. Also drives made of files alone.
 */
struct spur_drive_files {
	char *name;			/* of the drive; owned, as all below */
	int64_t drive_id;		/* 0: not from a catalogue */
	size_t count;			/* of logs; the reference comes first */
	struct spur_timeline_member *members;
	int64_t *source_ids;
	char **dbc;			/* bus databases, NULL-terminated */
	bool keep_unavailable;		/* as in spur_source_opts */
	struct spur_bus_profile profile;	/* of the catalogue: used where no_profile is not set */
	bool no_profile;
};

enum spur_status spur_drive_files_load(struct spur_db *db, const struct spur_db_drive *drive, struct spur_drive_files *out,
				       struct spur_error *err);
/* All logs on their own clocks; .dbc files among them are bus databases. */
void spur_drive_files_of(const char *const *paths, size_t count, struct spur_drive_files *out);
/* The drive of that name or id, with a connection of its own: for any thread. */
enum spur_status spur_drive_files_find(const char *catalog, const char *drive, struct spur_drive_files *out,
				       struct spur_error *err);
/* What is said outright replaces the profile. */
void spur_drive_files_add_dbc(struct spur_drive_files *f, const char *path);
/* Files alone: what the catalogue knows of them; see spur_bus_profile_of_files(). */
void spur_drive_files_look_up(struct spur_ctx *ctx, struct spur_drive_files *f, struct spur_emit *emit);
/* --dbc and --no-profile of a verb, after the above. */
void spur_drive_files_options(struct spur_drive_files *f, const struct spur_args *args);
void spur_drive_files_finish(struct spur_drive_files *f);
enum spur_status spur_drive_files_open(const struct spur_drive_files *f, uint64_t mem_bytes, unsigned threads,
				       struct spur_timeline **out, struct spur_error *err);

/* What was damaged in the recordings so far, as one line for people; NULL: nothing. The caller frees. */
char *spur_drive_files_damage(struct spur_timeline *tl);

/* The drives of --drive NAME|GLOB... or --all, each once, in order of the catalogue. The caller
 * finishes each and frees. SPUR_ENOTFOUND: a name that fits none. */
enum spur_status spur_drive_files_select(struct spur_db *db, const struct spur_args *args, struct spur_drive_files **out,
					 size_t *count, struct spur_error *err);

/* A time of a drive as a field of the row; null when none of its recordings has a time. */
void spur_drive_files_emit_time(struct spur_emit *emit, const char *key, const struct spur_db_drive *d, spur_ns t);

#endif
