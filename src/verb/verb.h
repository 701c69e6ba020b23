#ifndef SPUR_VERB_VERB_H
#define SPUR_VERB_VERB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/opt.h"
#include "base/task.h"
#include "base/time.h"
#include "verb/emit.h"

/*
 * Everything a person or a script can do is a verb: one file verb_<id>.c, one row in
 * verbs.def, one man page. cli, the palette of the workbench, the keymap, replay, help
 * and completion all come from this table.
 */
struct spur_db;		/* db/catalog.h */
struct spur_db_act;
struct spur_buf;
struct spur_identity;	/* verb/identity.h */

enum spur_exit {
	SPUR_EXIT_OK = 0,
	SPUR_EXIT_FAIL = 1,	/* err says why */
	SPUR_EXIT_USAGE = 2,	/* err says what is wrong with the words */
	SPUR_EXIT_PARTIAL = 3,	/* done, but some input was damaged or skipped; spur_emit_warn() said what */
	SPUR_EXIT_INTERRUPTED = 130,
	/* of the job contract, `spur worker` and recipes only: */
	SPUR_EXIT_DATA = 65, SPUR_EXIT_TRANSIENT = 75, SPUR_EXIT_CONFIG = 78, SPUR_EXIT_STOPPED = 143,
};

/* What a verb runs with. One thread. */
struct spur_ctx {
	uint64_t mem_bytes;		/* --mem: budget of every bulk path */
	unsigned threads;		/* -j: 0 is one per processor */
	enum spur_time_style time_style;
	bool json, quiet, verbose;
	const char *catalog;		/* path or postgresql://; never NULL */
	const char *as;			/* --as: identity by name, or NULL for the OS user's */
	const char *command_line;	/* as typed, for the audit; never NULL */
	const char *self;		/* path of this binary, to start workers */
	const char *datadir;		/* recipes and other read-only files */
	struct spur_task *task;		/* cancel and progress */
	bool lacking;			/* what should have been looked at could not be, and that was told: exit 3 instead of 0 */
	char *look;			/* a verb's proposal to its caller: the catalogue to open the workbench on now;
					 * heap, freed by spur_ctx_finish() unless the caller takes it */
	struct spur_db *db;		/* private: use spur_ctx_db() */
	struct spur_identity *identity;	/* private: use spur_ctx_act() */
};

/* The catalogue, opened (and made) on first use; closed by the roof. Borrowed. */
enum spur_status spur_ctx_db(struct spur_ctx *ctx, struct spur_db **db, struct spur_error *err);
/* The catalogue for a change, and who makes it: --as, or the OS user (whose key is made and
 * registered on first use). Text in act is borrowed from ctx. */
enum spur_status spur_ctx_act(struct spur_ctx *ctx, struct spur_db **db, struct spur_db_act *act, struct spur_error *err);
/* Before part `done` of `of` in a transaction over many: tells the progress; SPUR_ECANCELLED when it is to stop. */
enum spur_status spur_ctx_goes_on(struct spur_ctx *ctx, size_t done, size_t of, struct spur_error *err);
/* An armoured SSHSIG by the acting identity; after spur_ctx_act(). */
enum spur_status spur_ctx_sign(struct spur_ctx *ctx, const char *name_space, const void *data, size_t len,
			       struct spur_buf *out, struct spur_error *err);
void spur_ctx_finish(struct spur_ctx *ctx);	/* closes what was opened on first use */

struct spur_verb {
	const char *name;		/* "dataset"; of a sub-verb "freeze" */
	const char *synopsis;		/* "NAME --query QUERY"; without the options */
	const char *summary;		/* one line, lower case, no full stop */
	const char *section;		/* "Files", "Catalogue", "Jobs", "Models", "Help"; sub-verbs: NULL */
	const struct spur_opt *opts;	/* ends with a zero row; NULL: none */
	int min_args, max_args;		/* of positionals; max -1: any number */
	/* err is for SPUR_EXIT_FAIL and SPUR_EXIT_USAGE; everything else goes to emit. */
	enum spur_exit (*run)(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			      struct spur_error *err);
	const struct spur_verb *const *subs;	/* NULL-terminated; then run is NULL (or serves without a sub-verb) */
};

extern const struct spur_opt spur_global_opts[];

/* NULL-terminated, in table order. */
const struct spur_verb *const *spur_verb_all(void);
const struct spur_verb *spur_verb_by_name(const char *name);
/* Parse argv (the verb's name first) and run. The one door for cli, workbench and replay. */
enum spur_exit spur_verb_call(struct spur_ctx *ctx, int argc, const char *const *argv, struct spur_emit *emit,
			     struct spur_error *err);
/* What a command line says about every verb (--json, --as, --catalog, --mem ...) into ctx; text is borrowed from argv. */
void spur_ctx_globals(struct spur_ctx *ctx, const struct spur_args *a);
/* The same of argv (the verb's name first), parsed with the verb's own options into *a, which the caller finishes.
 * False: the words do not parse, nothing is taken. */
bool spur_verb_globals(struct spur_ctx *ctx, int argc, const char *const *argv, struct spur_args *a);
/* Whether the verb (or the sub-verb) that argv names has that option. */
bool spur_verb_has_option(int argc, const char *const *argv, const char *name);
/* For verbs: status to exit code: 0 for >= 0, 130 for SPUR_ECANCELLED, 2 for SPUR_EINVAL, else 1. */
enum spur_exit spur_exit_of(enum spur_status st);

#endif
