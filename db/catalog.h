#ifndef SPUR_DB_CATALOG_H
#define SPUR_DB_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/task.h"
#include "base/time.h"
#include "sync/clock.h"

/*
 * The catalogue: what is known about drives, segments, datasets and their history. This
 * header is the contract; SQLite implements it now, PostgreSQL later (implementers: see
 * db/statement.h). Recordings stay where they are; the catalogue holds their hashes.
 *
 * A handle belongs to one thread; other threads and processes open their own. Every change
 * names an act (who, with which key, by which command) and is appended to a hash-chained
 * audit in the same transaction. Failures: SPUR_EDB with the database's words, among them
 * the refusals of its triggers; SPUR_ENOTFOUND; SPUR_EINVAL for what the caller passed.
 *
 * Lists are filled arrays: rows and all their text live in one arena until finish(). Text
 * fields are never NULL unless said so. Pages are by key: pass the last id seen as `after`.
 */
struct spur_db;

/* A path (made on first use, with its folders) or postgresql://. The schema is brought to the
 * newest version; a newer one than this build knows is refused. */
enum spur_status spur_db_open(const char *uri, struct spur_db **out, struct spur_error *err);
void spur_db_close(struct spur_db *db);	/* NULL is fine; rolls back what is open */
const char *spur_db_uri(const struct spur_db *db);
int spur_db_version(const struct spur_db *db);

/* Several changes as one: everything between begin and end is committed, or nothing. Nests;
 * the outermost end() decides. end() commits when st >= 0, rolls back otherwise, and returns
 * st or the failure to commit. */
enum spur_status spur_db_begin(struct spur_db *db, struct spur_error *err);
enum spur_status spur_db_end(struct spur_db *db, enum spur_status st, struct spur_error *err);

/* ---- acts and audit ------------------------------------------------------------------- */

struct spur_db_act {
	const char *who;	/* name of the identity */
	const char *key;	/* its fingerprint, "SHA256:..." */
	const char *line;	/* command line, as typed */
	spur_ns now_ns;
};

struct spur_db_audit {
	int64_t seq;		/* 1, 2, 3 ... without gaps */
	spur_ns at_ns;
	const char *who, *key, *action, *subject;
	const char *record;	/* canonical JSON of all of it, detail and command line too */
	const char *prev_hash, *hash;	/* hex; hash = sha256(prev_hash as hex text, record) */
};

struct spur_db_audit_list {
	size_t count;
	struct spur_db_audit *rows;
	struct spur_arena *arena;
};

/* Append by hand: for changes whose rows are not in the catalogue (files written, jobs started).
 * detail: a JSON object, or NULL. action: "noun.verb". */
enum spur_status spur_db_audit_add(struct spur_db *db, const struct spur_db_act *act, const char *action,
				   const char *subject, const char *detail, int64_t *seq, struct spur_error *err);
/* subject NULL: all. Oldest first, after `after`. limit 0: 1000. */
enum spur_status spur_db_audit_list(struct spur_db *db, const char *subject, int64_t after, size_t limit,
				    struct spur_db_audit_list *out, struct spur_error *err);
/* The other way round: newest first, before `before` (0: from the newest). */
enum spur_status spur_db_audit_newest(struct spur_db *db, const char *subject, int64_t before, size_t limit,
				      struct spur_db_audit_list *out, struct spur_error *err);
void spur_db_audit_list_finish(struct spur_db_audit_list *l);

struct spur_db_verdict {
	uint64_t checked;	/* audit rows, approvals, ... looked at */
	uint64_t wrong;
	char first[256];	/* the first finding, "" if none */
};

/* The whole chain: numbering, hashes, links, head, and that every row of the append-only tables
 * names the audit row that made it. Findings go to found() (may be NULL); SPUR_OK whatever was
 * found. */
typedef void spur_db_found(void *state, const char *what);
enum spur_status spur_db_audit_verify(struct spur_db *db, struct spur_db_verdict *v, spur_db_found *found, void *state,
				      struct spur_task *task, struct spur_error *err);

/* ---- identities ----------------------------------------------------------------------- */

struct spur_db_identity {
	int64_t id;
	const char *name;
	const char *public_key;		/* "ssh-ed25519 AAAA...", without comment */
	const char *fingerprint;	/* "SHA256:..." as ssh-keygen -l prints it */
	spur_ns at_ns;
	spur_ns ended_ns;		/* revoked then; 0: not */
	const char *end_reason;		/* "" */
};

struct spur_db_identity_list {
	size_t count;
	struct spur_db_identity *rows;
	struct spur_arena *arena;
};

/* Register a key under a name: both are unique for ever. The same pair again is fine. */
enum spur_status spur_db_identity_add(struct spur_db *db, const struct spur_db_act *act, const char *name,
				      const char *public_key, struct spur_error *err);
/* From now on nothing counts that this key does: what it signed before stands. For ever; another key takes another
 * name. SPUR_ENOTFOUND, SPUR_EINVAL (already, or no reason). */
enum spur_status spur_db_identity_revoke(struct spur_db *db, const struct spur_db_act *act, const char *name,
					 const char *reason, struct spur_error *err);
/* name NULL: all; else that name or fingerprint: 0 or 1 rows. */
enum spur_status spur_db_identity_list(struct spur_db *db, const char *name, struct spur_db_identity_list *out,
				       struct spur_error *err);
void spur_db_identity_list_finish(struct spur_db_identity_list *l);

/* ---- drives, sources, signals --------------------------------------------------------- */

struct spur_db_signal {
	const char *name, *unit, *type, *stream;
};

struct spur_db_source {
	int64_t id, drive_id;
	const char *path;		/* where it was seen last, absolute */
	const char *format;		/* "mdf4", "mcap", "dbc" */
	const char *role;		/* "log", or "dbc" (bus database of the drive's logs) */
	const char *sha256;		/* hex, of the whole file */
	uint64_t size_bytes;
	spur_ns mtime_ns;
	bool has_time;
	spur_ns begin_ns, end_ns;	/* half-open, in the source's own clock */
	int64_t signal_set;		/* 0: none */
	uint64_t signals;		/* in the set */
	/* For add() only: */
	const struct spur_db_signal *signal_rows;
	size_t signal_count;
};

struct spur_db_source_list {
	size_t count;
	struct spur_db_source *rows;
	struct spur_arena *arena;
};

struct spur_db_drive {
	int64_t id;
	const char *uid;		/* "drv-" + 16 hex over the sha256s of its logs when it was made */
	const char *name;
	spur_ns begin_ns, end_ns;	/* over its logs; both 0 when none has a time */
	int64_t reference;		/* source whose clock is the drive's time; 0: none */
	uint64_t sources, size_bytes, segments;
	spur_ns added_ns;
};

static inline bool spur_db_drive_timed(const struct spur_db_drive *d)
{
	return d->begin_ns != 0 || d->end_ns != 0;
}

struct spur_db_drive_list {
	size_t count;
	struct spur_db_drive *rows;
	struct spur_arena *arena;
};

/* A new drive with its sources (>= 1 log). The reference is the first MDF log with a time, else
 * any log with one. Sources that other drives have too are refused for logs (SPUR_EINVAL names the
 * drive), shared for bus databases. *id may be NULL. */
enum spur_status spur_db_drive_add(struct spur_db *db, const struct spur_db_act *act, const char *name,
				   const struct spur_db_source *sources, size_t count, int64_t *id,
				   struct spur_error *err);
/* One more source of a drive that is there. */
enum spur_status spur_db_source_add(struct spur_db *db, const struct spur_db_act *act, int64_t drive,
				    const struct spur_db_source *source, int64_t *id, struct spur_error *err);
/* The same bytes were seen at another path. */
enum spur_status spur_db_source_move(struct spur_db *db, const struct spur_db_act *act, int64_t source,
				     const char *path, spur_ns mtime_ns, struct spur_error *err);

struct spur_db_drive_filter {
	const char *match;		/* glob over names (`*` `?`); NULL any */
	const char *signal;		/* has a signal of exactly that name; NULL any */
	spur_ns begin_ns, end_ns;	/* overlaps; both 0: any */
	int64_t after;			/* id */
	size_t limit;			/* 0: 1000 */
};
/* Oldest first. */
enum spur_status spur_db_drive_search(struct spur_db *db, const struct spur_db_drive_filter *f,
				      struct spur_db_drive_list *out, struct spur_error *err);
/* The same by name alone. match: NULL all. limit 0: 1000. */
enum spur_status spur_db_drive_list(struct spur_db *db, const char *match, int64_t after, size_t limit,
				    struct spur_db_drive_list *out, struct spur_error *err);
/* By name, uid or decimal id: exactly one row, or SPUR_ENOTFOUND. */
enum spur_status spur_db_drive_find(struct spur_db *db, const char *ref, struct spur_db_drive_list *out,
				    struct spur_error *err);
/* From the first stamp of its logs to the last, each by its newest clock: the start of the drive that times count from,
 * as its timeline has it. Equal when no log has a time. */
enum spur_status spur_db_drive_span(struct spur_db *db, int64_t drive, spur_ns *begin_ns, spur_ns *end_ns,
				    struct spur_error *err);
void spur_db_drive_list_finish(struct spur_db_drive_list *l);
/* drive 0: all drives, paged by `after` and limit; else all of that drive, logs first, reference
 * first of all. */
enum spur_status spur_db_source_list(struct spur_db *db, int64_t drive, int64_t after, size_t limit,
				     struct spur_db_source_list *out, struct spur_error *err);
/* By decimal id, sha256 (or 8 and more leading digits of it) or path; drive 0: any. One row, or SPUR_ENOTFOUND. */
enum spur_status spur_db_source_find(struct spur_db *db, int64_t drive, const char *ref,
				     struct spur_db_source_list *out, struct spur_error *err);
void spur_db_source_list_finish(struct spur_db_source_list *l);

struct spur_db_signal_list {
	size_t count;
	struct spur_db_signal *rows;	/* in order of the set */
	struct spur_arena *arena;
};
/* Of one set, from position `from` on. limit 0: all. */
enum spur_status spur_db_signal_list(struct spur_db *db, int64_t signal_set, size_t from, size_t limit,
				     struct spur_db_signal_list *out, struct spur_error *err);
void spur_db_signal_list_finish(struct spur_db_signal_list *l);

/* Statistics of the few promoted signals of a source; again replaces. */
struct spur_db_stat {
	const char *signal;
	uint64_t n;
	double min, max, mean;
};
struct spur_db_stat_list {
	size_t count;
	struct spur_db_stat *rows;
	struct spur_arena *arena;
};
enum spur_status spur_db_stat_put(struct spur_db *db, const struct spur_db_act *act, int64_t source,
				  const struct spur_db_stat *rows, size_t count, struct spur_error *err);
enum spur_status spur_db_stat_list(struct spur_db *db, int64_t source, struct spur_db_stat_list *out,
				   struct spur_error *err);
void spur_db_stat_list_finish(struct spur_db_stat_list *l);

/* ---- profiles: which bus databases decode which drives -------------------------------- */

/*
 * A profile names bus databases (DBC), by content, each for one bus channel or for all, and the drives whose frames they
 * decode: by name, or by what is said of the vehicle and the project of a drive. A version of a profile never changes; the
 * newest of a name is in force.
 */
#define SPUR_DB_ANY_CHANNEL INT64_C(-1)
#define SPUR_DB_DATABASE_MAX (UINT64_C(16) << 20)	/* bytes of one database */
#define SPUR_DB_PROFILE_MAX 256				/* databases and scopes of one profile */

struct spur_db_profile_database {
	const char *name;		/* of the file it came from, without folders */
	const char *sha256;		/* hex; of the content */
	int64_t channel;		/* of the bus, or SPUR_DB_ANY_CHANNEL */
	uint64_t size_bytes;
	const void *content;		/* for add() only; size_bytes of them */
};

struct spur_db_profile_scope {
	const char *kind;		/* "drive" (its name), "vehicle", "project" */
	const char *pattern;		/* as spur_match: exact, or with * ? [ */
};

struct spur_db_profile {
	int64_t id;
	const char *name;
	int64_t version;		/* 1, 2, ... of that name; add() chooses it */
	bool removed;
	bool keep_unavailable;		/* J1939 values that say "not available" are values */
	const char *who;
	spur_ns at_ns;
	size_t database_count, scope_count;
	const struct spur_db_profile_database *databases;	/* the first that knows a frame decodes it */
	const struct spur_db_profile_scope *scopes;	/* it applies where any of them fits */
};

struct spur_db_profile_list {
	size_t count;
	struct spur_db_profile *rows;
	struct spur_arena *arena;
};

/* A new version; *version may be NULL. SPUR_EINVAL: no database, no scope, or more than the bounds. */
enum spur_status spur_db_profile_add(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_profile *p,
				     int64_t *version, struct spur_error *err);
/* A last version that applies to nothing; the earlier ones stay. SPUR_ENOTFOUND: none of that name is in force. */
enum spur_status spur_db_profile_remove(struct spur_db *db, const struct spur_db_act *act, const char *name,
					struct spur_error *err);
/* Those in force, by name. name: all versions of that one, newest first, removed ones too. */
enum spur_status spur_db_profile_list(struct spur_db *db, const char *name, struct spur_db_profile_list *out,
				      struct spur_error *err);
/* Those in force that apply to a drive: by its name first, then by vehicle, then by project; each by name of the profile. */
enum spur_status spur_db_profile_of_drive(struct spur_db *db, int64_t drive, struct spur_db_profile_list *out,
					  struct spur_error *err);
/* The same of a drive that is not in the catalogue yet. */
struct spur_db_drive_facts;
enum spur_status spur_db_profile_for(struct spur_db *db, const char *drive, const struct spur_db_drive_facts *facts,
				     struct spur_db_profile_list *out, struct spur_error *err);
void spur_db_profile_list_finish(struct spur_db_profile_list *l);
/* The bytes of a database, checked against its hash. */
enum spur_status spur_db_database_read(struct spur_db *db, const char *sha256, struct spur_buf *out, struct spur_error *err);

/* What is said of a drive; "" nothing. */
struct spur_db_drive_facts {
	char *vehicle, *project;	/* owned */
};
/* key "vehicle" or "project"; value "" takes it back; the same again is fine. */
enum spur_status spur_db_drive_fact_set(struct spur_db *db, const struct spur_db_act *act, int64_t drive, const char *key,
					const char *value, struct spur_error *err);
enum spur_status spur_db_drive_facts_get(struct spur_db *db, int64_t drive, struct spur_db_drive_facts *out,
					 struct spur_error *err);
void spur_db_drive_facts_finish(struct spur_db_drive_facts *f);

/* ---- clocks --------------------------------------------------------------------------- */

/*
 * How a source's clock maps to the drive's time (the clock of its reference source): see
 * sync/clock.h. Append-only; the newest of a source wins.
 */
struct spur_db_clock {
	int64_t id, source, reference;	/* reference: source id; 0 none (set by hand against UTC) */
	struct spur_clock clock;
	double sigma_ns;		/* 1 sigma of the offset; NaN unknown */
	double confidence;		/* 0..1 */
	const char *method;		/* "identity", "hand", "xcorr", ... */
	const char *knots;		/* JSON array of {"t_ns","offset_ns","residual_ns","weight"}; "[]" none */
	const char *who;
	spur_ns at_ns;
};

struct spur_db_clock_list {
	size_t count;
	struct spur_db_clock *rows;	/* newest first */
	struct spur_arena *arena;
};

/* id, who and at_ns are ignored: the act says them. */
enum spur_status spur_db_clock_add(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_clock *clock,
				   int64_t *id, struct spur_error *err);
/* The newest, its texts left "" (see list); all zero, the identity, when there is none. */
enum spur_status spur_db_clock_get(struct spur_db *db, int64_t source, struct spur_db_clock *out,
				   struct spur_error *err);
enum spur_status spur_db_clock_list(struct spur_db *db, int64_t source, struct spur_db_clock_list *out,
				    struct spur_error *err);
void spur_db_clock_list_finish(struct spur_db_clock_list *l);

/* ---- segments, tags, reviews ---------------------------------------------------------- */

/* Superseded: its edges were moved, another segment stands for it. */
enum spur_db_state { SPUR_DB_ANY, SPUR_DB_CANDIDATE, SPUR_DB_APPROVED, SPUR_DB_REJECTED, SPUR_DB_SUPERSEDED };
const char *spur_db_state_name(enum spur_db_state s);	/* "any", "candidate", "approved", ... */
bool spur_db_state_parse(const char *name, enum spur_db_state *out);

struct spur_db_segment {
	int64_t id, drive_id;
	const char *uid;		/* "seg-" + 16 hex over drive, span, label, query and author's key */
	const char *drive;		/* name */
	spur_ns drive_begin_ns;		/* where relative times count from: spur_db_drive_span() */
	spur_ns begin_ns, end_ns;	/* half-open, in the drive's time */
	const char *label;
	const char *query;		/* that found it; "" by hand */
	double score;			/* of the query; NaN none */
	const char *evidence;		/* JSON object; "{}" none */
	const char *author, *author_key;
	spur_ns at_ns;
	enum spur_db_state state;	/* by the newest verdict */
	const char *tags;		/* sorted, space separated; "" none */
	const char *reviewer;		/* of the newest verdict; "" none */
	const char *note;		/* newest reason or comment; "" none */
	int64_t replaced_by, replaces;	/* segments; 0: none */
};

struct spur_db_segment_list {
	size_t count;
	struct spur_db_segment *rows;
	struct spur_arena *arena;
};

/* Ties are broken by id, in the same direction. */
enum spur_db_segment_order { SPUR_DB_BY_ID, SPUR_DB_BY_TIME, SPUR_DB_BY_SCORE, SPUR_DB_BY_LABEL };

struct spur_db_segment_filter {
	const char *drive;		/* glob over drive names; NULL any */
	const char *label, *tag, *author;	/* exact; NULL any */
	const char *text;		/* in label, drive, author, query or a note; NULL any */
	enum spur_db_state state;
	spur_ns begin_ns, end_ns;	/* overlaps; both 0: any */
	enum spur_db_segment_order order;
	bool descending;
	int64_t after;			/* id of the last row seen, in whatever order; 0: from the start */
	size_t limit;			/* 0: 1000; SIZE_MAX: all */
};

/* Adds; a segment of the same uid is there already: left alone. *id (may be NULL) is its id,
 * *fresh (may be NULL) whether it is new. Author is the act's. Uses drive_id, span, label,
 * query, score, evidence. */
enum spur_status spur_db_segment_add(struct spur_db *db, const struct spur_db_act *act,
				     const struct spur_db_segment *s, int64_t *id, bool *fresh, struct spur_error *err);
enum spur_status spur_db_segment_list(struct spur_db *db, const struct spur_db_segment_filter *f,
				      struct spur_db_segment_list *out, struct spur_error *err);
/* By uid or decimal id: one row, or SPUR_ENOTFOUND. */
enum spur_status spur_db_segment_find(struct spur_db *db, const char *ref, struct spur_db_segment_list *out,
				      struct spur_error *err);
void spur_db_segment_list_finish(struct spur_db_segment_list *l);
/* A new segment [begin_ns, end_ns) by the act's person takes the place of one that is not approved; label, query,
 * score, evidence and tags go with it. *id (may be NULL) is the new one. */
enum spur_status spur_db_segment_replace(struct spur_db *db, const struct spur_db_act *act, int64_t old, spur_ns begin_ns,
					 spur_ns end_ns, int64_t *id, struct spur_error *err);

/* How far a queue is: of the segments the filter lets through, whatever its state says. */
struct spur_db_progress {
	uint64_t segments, candidates, approved, rejected;
	uint64_t approved_since, rejected_since;	/* verdicts of `who` */
	uint64_t first, first_approved;		/* segments with a verdict, and those whose first one was approval */
};
/* State, order, after and limit of the filter are ignored. */
enum spur_status spur_db_progress(struct spur_db *db, const struct spur_db_segment_filter *f, const char *who,
				  spur_ns since_ns, struct spur_db_progress *out, struct spur_error *err);

/* on: set or take away. Setting what is set is no change (*changed false; may be NULL). */
enum spur_status spur_db_tag(struct spur_db *db, const struct spur_db_act *act, int64_t segment, const char *tag,
			     bool on, bool *changed, struct spur_error *err);

#define SPUR_DB_APPROVAL_NAMESPACE "spur-approval"

struct spur_db_review {
	int64_t id, segment;
	const char *segment_uid;
	const char *verdict;		/* "approve", "reject", "comment" */
	const char *reason;
	const char *reviewer, *key;
	const char *record;		/* canonical bytes that are signed */
	const char *signature;		/* SSHSIG, armoured; "" where not signed */
	spur_ns at_ns;
};

struct spur_db_review_list {
	size_t count;
	struct spur_db_review *rows;
	struct spur_arena *arena;
};

/* The bytes an approval signs: canonical JSON of the segment's uid, span, label, verdict, reason,
 * reviewer, key and time, without row ids. */
void spur_db_review_record(const struct spur_db_segment *s, const char *verdict, const char *reason,
			   const struct spur_db_act *act, struct spur_buf *out);
/* Refused by the database, raw SQL included: approve or reject by the author's own key or name; an
 * approval whose key is not registered under that name or that is not signed. The signature
 * (namespace spur-approval, over record()) is verified here. NULL signature: unsigned. */
enum spur_status spur_db_review_add(struct spur_db *db, const struct spur_db_act *act, int64_t segment,
				    const char *verdict, const char *reason, const char *signature, int64_t *id,
				    struct spur_error *err);
/* Of one segment (0: of all, paged), oldest first. */
enum spur_status spur_db_review_list(struct spur_db *db, int64_t segment, int64_t after, size_t limit,
				     struct spur_db_review_list *out, struct spur_error *err);
void spur_db_review_list_finish(struct spur_db_review_list *l);

/* ---- drafts of reviews ---- */

/* A decision that is not signed: kept until it is, seen by nobody else's queue. Not audited: no fact yet. */
struct spur_db_draft {
	int64_t id, segment;
	const char *segment_uid, *drive, *label;
	spur_ns was_begin_ns, was_end_ns;	/* of the segment */
	const char *verdict;		/* "approve", "reject", "comment", "edge" */
	const char *reason;
	spur_ns begin_ns, end_ns;	/* what an edge makes of it; else the same as was_ */
	spur_ns at_ns;
};

struct spur_db_draft_list {
	size_t count;
	struct spur_db_draft *rows;	/* in the order they were made */
	struct spur_arena *arena;
};

/* Ends what redo could bring back. Approve, reject and edge of one segment: the newest holds. Refused by the database:
 * approve and reject by the author; an approval by who moves the edges at the same time is refused here. */
enum spur_status spur_db_draft_add(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_segment *segment,
				   const char *verdict, const char *reason, spur_ns begin_ns, spur_ns end_ns,
				   struct spur_error *err);
/* What `who` has pending: of each segment the decision that holds, and the comments. */
enum spur_status spur_db_draft_list(struct spur_db *db, const char *who, struct spur_db_draft_list *out, struct spur_error *err);
void spur_db_draft_list_finish(struct spur_db_draft_list *l);
/* Take back the newest (segment 0), or all of one segment; or bring back what was taken back last. *count: how many
 * decisions that was; *about (may be NULL): segment of the last of them. */
enum spur_status spur_db_draft_undo(struct spur_db *db, const struct spur_db_act *act, int64_t segment, size_t *count,
				    int64_t *about, struct spur_error *err);
enum spur_status spur_db_draft_redo(struct spur_db *db, const struct spur_db_act *act, size_t *count, int64_t *about,
				    struct spur_error *err);
/* All of the act's person, with what was undone: they are signed. */
enum spur_status spur_db_draft_clear(struct spur_db *db, const struct spur_db_act *act, struct spur_error *err);

/* ---- datasets ------------------------------------------------------------------------- */

enum spur_db_split { SPUR_DB_TRAIN, SPUR_DB_VAL, SPUR_DB_TEST, SPUR_DB_SPLITS };
const char *spur_db_split_name(enum spur_db_split s);	/* "train", "val", "test" */

struct spur_db_freeze {
	const char *name;
	struct spur_db_segment_filter filter;	/* state is always approved */
	const char *const *labels;		/* NULL-terminated, any of them; NULL: filter.label */
	unsigned permille[SPUR_DB_SPLITS];	/* sum 1000; all 0: 700, 150, 150 */
	uint64_t seed;
	bool allow_concurrent;	/* drives of different splits may overlap in time (a fleet) */
};

struct spur_db_dataset {
	int64_t id;
	const char *uid;		/* "ds-" + 16 hex of root */
	const char *name;
	int version;			/* 1, 2, ... of that name */
	const char *root;		/* sha256 hex: Merkle root over the sorted item lines */
	const char *recipe;		/* canonical JSON: query, fractions, seed */
	uint64_t items;
	const char *who, *key;
	spur_ns at_ns;
};

struct spur_db_dataset_list {
	size_t count;
	struct spur_db_dataset *rows;
	struct spur_arena *arena;
};

struct spur_db_item {
	const char *line;		/* canonical JSON; what the root is made of */
	const char *segment_uid, *drive;	/* names of here, not part of the line */
	const char *label;
	const char *tags;		/* sorted, space separated */
	enum spur_db_split split;
	spur_ns begin_ns, end_ns;	/* drive time */
	/* The sources and the clock each had when the version was frozen. */
	size_t source_count;
	struct spur_db_item_source {
		const char *sha256;
		const char *reference;	/* sha256 of the drive's reference source */
		const char *role;	/* "log", "dbc" */
		struct spur_clock clock;
	} *sources;			/* in order of sha256 */
};

struct spur_db_item_list {
	size_t count;
	struct spur_db_item *rows;	/* in order of line: the same on every machine */
	struct spur_arena *arena;
};

/* Freeze the approved segments that fit into an immutable version. The id depends on the items
 * alone: not on row ids, order of insertion or time of day. Split by drive, stratified: every class
 * is in every split if the drives allow it. SPUR_EINVAL: nothing fits, or data would leak over
 * splits (same log, overlapping time). The same items again under the same name: that version. */
enum spur_status spur_db_dataset_freeze(struct spur_db *db, const struct spur_db_act *act,
					const struct spur_db_freeze *f, struct spur_db_dataset_list *out,
					struct spur_error *err);
/* name NULL: all, newest first. */
enum spur_status spur_db_dataset_list(struct spur_db *db, const char *name, struct spur_db_dataset_list *out,
				      struct spur_error *err);
/* uid, NAME (newest version) or NAME@VERSION: one row, or SPUR_ENOTFOUND. */
enum spur_status spur_db_dataset_find(struct spur_db *db, const char *ref, struct spur_db_dataset_list *out,
				      struct spur_error *err);
void spur_db_dataset_list_finish(struct spur_db_dataset_list *l);
/* That the items still have the root the version was frozen with. SPUR_OK whatever was found. */
enum spur_status spur_db_dataset_verify(struct spur_db *db, const struct spur_db_dataset *d, struct spur_db_verdict *v,
					struct spur_error *err);
enum spur_status spur_db_item_list(struct spur_db *db, int64_t dataset, struct spur_db_item_list *out,
				   struct spur_error *err);
void spur_db_item_list_finish(struct spur_db_item_list *l);

/* ---- objects and lineage -------------------------------------------------------------- */

/*
 * Everything made has a content id: "file:SHA256HEX", "seg-", "ds-", and what jobs and lab make
 * ("extract-", "run-", "model-", "artefact-"...: PREFIX-HEX). An edge says what an object was
 * made from; edges point down, to the bytes of recordings.
 */
struct spur_db_object {
	const char *id, *kind;		/* kind: "file", "segment", "dataset", "extract", "run", "model", ... */
	const char *title;		/* for people */
	const char *path;		/* file or folder where it lies; "" none */
	const char *sha256;		/* of the file at path, or root of a manifest; "" none */
	const char *record;		/* canonical JSON, what sign() signs; "{}" none */
	spur_ns at_ns;
};

struct spur_db_object_list {
	size_t count;
	struct spur_db_object *rows;
	struct spur_arena *arena;
};

/* Adds; an object of that id is there: only its path may change. */
enum spur_status spur_db_object_put(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_object *o,
				    struct spur_error *err);
/* By id, or a prefix of 8 and more characters that fits one only: one row, or SPUR_ENOTFOUND. */
enum spur_status spur_db_object_find(struct spur_db *db, const char *ref, struct spur_db_object_list *out,
				     struct spur_error *err);
void spur_db_object_list_finish(struct spur_db_object_list *l);

struct spur_db_edge {
	const char *from, *to, *role;	/* from was made from to, as role: "item", "source", "clock", "data", ... */
};
struct spur_db_edge_list {
	size_t count;
	struct spur_db_edge *rows;
	struct spur_arena *arena;
};
/* Both ends must be objects. Again is fine. */
enum spur_status spur_db_edge_add(struct spur_db *db, const struct spur_db_act *act, const char *from, const char *to,
				  const char *role, struct spur_error *err);
/* down: what `id` was made from; else what was made from it. Sorted by role, then id. */
enum spur_status spur_db_edge_list(struct spur_db *db, const char *id, bool down, struct spur_db_edge_list *out,
				   struct spur_error *err);
void spur_db_edge_list_finish(struct spur_db_edge_list *l);

/* ---- signatures ----------------------------------------------------------------------- */

struct spur_db_signature {
	int64_t id;
	const char *object, *signer, *key, *name_space, *record, *signature;
	spur_ns at_ns;
};
struct spur_db_signature_list {
	size_t count;
	struct spur_db_signature *rows;
	struct spur_arena *arena;
};
/* signature: SSHSIG over the object's record by the act's registered key; verified here. */
enum spur_status spur_db_signature_add(struct spur_db *db, const struct spur_db_act *act, const char *object,
				       const char *name_space, const char *record, const char *signature,
				       struct spur_error *err);
enum spur_status spur_db_signature_list(struct spur_db *db, const char *object, struct spur_db_signature_list *out,
					struct spur_error *err);
void spur_db_signature_list_finish(struct spur_db_signature_list *l);

/* ---- care ----------------------------------------------------------------------------- */

/* Integrity of the file, foreign keys, that the guards (triggers) are in place, that no row breaks
 * them, the audit chain, and the signatures of approvals. */
enum spur_status spur_db_check(struct spur_db *db, struct spur_db_verdict *v, spur_db_found *found, void *state,
			       struct spur_task *task, struct spur_error *err);
/* A consistent copy while others write; the file appears whole or not at all. */
enum spur_status spur_db_backup(struct spur_db *db, const char *path, struct spur_task *task, struct spur_error *err);
/* Every row of every table as one JSON object per line, in a fixed order. */
typedef enum spur_status spur_db_line(void *state, const char *json, size_t len, struct spur_error *err);
enum spur_status spur_db_export(struct spur_db *db, spur_db_line *put, void *state, struct spur_task *task,
				struct spur_error *err);

#endif
