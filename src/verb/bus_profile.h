#ifndef SPUR_VERB_BUS_PROFILE_H
#define SPUR_VERB_BUS_PROFILE_H

#include "db/catalog.h"
#include "verb/verb.h"

/*
 * The profiles of a drive (`spur profile`) as the readers take them: bus databases as files. What the catalogue stores
 * is written once, by content, below $XDG_DATA_HOME/spur/bus, and compared with its hash whenever it is used.
 */
struct spur_bus_profile {
	struct spur_db_profile_list applied;
	char **dbc;			/* as spur_source_opts.dbc; NULL-terminated; NULL: nothing was looked up */
	bool keep_unavailable;
};

enum spur_status spur_bus_profile_of_drive(struct spur_db *db, int64_t drive, struct spur_bus_profile *out, struct spur_error *err);
/* Of recordings by their paths, if the catalogue is there and knows them. Files that different profiles apply to get
 * none, and a catalogue that cannot be read is warned of: both are said to emit, neither is a failure, but the second
 * ends the verb with 3 (spur_ctx.lacking). */
void spur_bus_profile_of_files(struct spur_ctx *ctx, const char *const *paths, size_t count, struct spur_bus_profile *out,
			       struct spur_emit *emit);
void spur_bus_profile_finish(struct spur_bus_profile *p);
/* The file of one stored database; the caller frees. */
enum spur_status spur_bus_profile_file(struct spur_db *db, const char *sha256, char **path, struct spur_error *err);

/* The bus databases of a verb on one recording: those of --dbc; else, unless --no-profile, those of its
 * profiles. dbc is never NULL; `asked` says that --dbc was given. */
struct spur_bus_choice {
	const char **dbc;
	bool asked, keep_unavailable;
	struct spur_bus_profile profile;
};
void spur_bus_choose(struct spur_ctx *ctx, const struct spur_args *args, const char *path, struct spur_bus_choice *out,
		     struct spur_emit *emit);
void spur_bus_choice_finish(struct spur_bus_choice *c);
#define SPUR_BUS_NO_PROFILE { "no-profile", 0, SPUR_OPT_FLAG, NULL, "decode by no profile of the catalogue", false }

/* "profiles": [...], if any were applied. */
void spur_bus_profile_emit(const struct spur_bus_profile *p, struct spur_emit *emit);

#endif
