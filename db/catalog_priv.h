#ifndef SPUR_DB_CATALOG_PRIV_H
#define SPUR_DB_CATALOG_PRIV_H

#include "base/hash.h"
#include "db/catalog.h"

/* What the files catalog_*.c share; engine-neutral. */

#define SPUR_DB_UID 32	/* "xxx-" + 16 hex + NUL, with room */

/* prefix + the first 16 hex of sha256 over text. */
void spur_db_uid_of(const char *prefix, const struct spur_buf *text, char out[SPUR_DB_UID]);
/* A decimal id, or 0. */
int64_t spur_db_id_of(const char *text);
/* 0 is 1000; never past INT64_MAX. */
int64_t spur_db_limit(size_t limit);

/* Inside a transaction that has its audit line already. */
enum spur_status spur_db_source_insert(struct spur_db *db, int64_t drive, const struct spur_db_source *s, int64_t seq,
				       int64_t *id, struct spur_error *err);
enum spur_status spur_db_drive_refresh(struct spur_db *db, int64_t drive, int64_t seq, struct spur_error *err);
enum spur_status spur_db_signal_set_put(struct spur_db *db, const struct spur_db_signal *rows, size_t count,
					int64_t *id, struct spur_error *err);
/* Every signal set against its sha256. */
enum spur_status spur_db_signal_sets_check(struct spur_db *db, struct spur_db_verdict *v, spur_db_found *found, void *state,
					   struct spur_error *err);
/* prev: 64 hex. sha256 over it and the record. */
void spur_db_chain_hash(const char *prev, const char *record, size_t len, char out[SPUR_SHA256_HEX]);
/* Counts a finding and passes it on. */
void spur_db_find(struct spur_db_verdict *v, spur_db_found *found, void *state, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The engine's own part of spur_db_check(). */
enum spur_status spur_db_check_engine(struct spur_db *db, struct spur_db_verdict *v, spur_db_found *found, void *state,
				      struct spur_error *err);
/* An SSHSIG by a registered key. */
enum spur_status spur_db_verify_by(struct spur_db *db, const char *key, const char *name_space, const char *record,
				   const char *signature, struct spur_error *err);

/* Newest state of a segment by its verdicts: SQL for a column, s is the segment. */
#define SPUR_DB_STATE_OF_S \
	"coalesce((SELECT r.verdict FROM review AS r WHERE r.segment_id = s.id AND r.verdict <> 'comment' " \
	"ORDER BY r.id DESC LIMIT 1), '')"

struct spur_clauses;
/* " AND ..." for what a filter asks of segment s and its drive d, without state and page. like: the drive's pattern,
 * text: that of the text; both live until the query is closed. */
void spur_db_segment_where(struct spur_clauses *c, const struct spur_db_segment_filter *f, const char *like, const char *text);
/* "%text%" for LIKE ... ESCAPE; the caller frees. */
char *spur_like_of_text(const char *text);

#endif
