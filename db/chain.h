#ifndef SPUR_DB_CHAIN_H
#define SPUR_DB_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/hash.h"
#include "db/catalog.h"
#include "db/statement.h"

/*
 * How rows are bound to the audit. A line of the audit is written when its transaction ends, with
 * the hash of every row that names it in audit_seq ("sealed" tables, see chain_tables.c): the rows'
 * own hashes go to table audit_row, their number and the sha256 over them into the record of the
 * line. So no row of a sealed table can be changed, put in or taken away without breaking the chain.
 *
 * db.c keeps one spur_db_chain in each handle and calls note() for every statement, flush() before a
 * commit and forget() after the end of each transaction.
 */
struct spur_db_line {
	int64_t seq;
	char *subject, *record;	/* owned; the record without its end */
};

struct spur_db_chain {
	size_t count;
	struct spur_db_line *lines;	/* of the open transaction, in order */
	char hash[SPUR_SHA256_HEX];	/* of the line before the first of them */
	uint32_t touched;		/* bits of spur_db_sealed[]: tables that were written */
	bool base;			/* rows of before there were seals belong to the first line */
};

struct spur_db_chain *spur_db_chain_of(struct spur_db *db);
void spur_db_chain_note(struct spur_db_chain *c, const char *sql);
enum spur_status spur_db_chain_flush(struct spur_db *db, struct spur_error *err);
void spur_db_chain_forget(struct spur_db_chain *c);
/* Once after a catalogue of an older spur was opened: a line that seals what is there. */
enum spur_status spur_db_chain_base(struct spur_db *db, struct spur_error *err);

#define SPUR_DB_KEYS 3		/* columns of a primary key */
struct spur_db_sealed {
	const char *table;
	const char *keys[SPUR_DB_KEYS];	/* its primary key; NULL ends it */
	const char *columns;	/* "t.a, t.b": what is sealed; NULL: all */
	const char *join;	/* for rows that are made with a row of another table, p; NULL: none */
};
extern const struct spur_db_sealed spur_db_sealed[];
extern const size_t spur_db_sealed_count;	/* <= 32 */

/* SELECT audit_seq, the key, the sealed columns; the caller frees. order: by line, then key. */
char *spur_db_sealed_select(const struct spur_db_sealed *t, const char *where, bool order);
unsigned spur_db_sealed_keys(const struct spur_db_sealed *t);
/* Of the row a statement of spur_db_sealed_select() stands on. */
void spur_db_sealed_key(const struct spur_db_sealed *t, struct spur_stmt *q, struct spur_buf *out);	/* JSON array */
/* columns < 0: all of them. checks (may be NULL): four hex digits per column. */
void spur_db_sealed_hash(const struct spur_db_sealed *t, struct spur_stmt *q, int columns, unsigned char out[SPUR_SHA256_BYTES],
			 struct spur_buf *checks);

/* sha256 over the rows of a line, in their order. */
void spur_db_rows_hash(struct spur_sha256 *h, const char *table, const char *key, const char *sha256, const char *columns);

/* ---- checking ---- */

/* What the chain promises, collected by check of the lines; then compared with the tables. */
struct spur_db_seal;
struct spur_db_seals {
	struct {
		size_t count, cap;
		struct spur_db_seal *rows;
	} tables[32];
	uint64_t total;
};
void spur_db_seals_finish(struct spur_db_seals *s);
/* false: a table this spur does not know. */
bool spur_db_seals_add(struct spur_db_seals *s, const char *table, const char *key, int64_t seq, const char *sha256,
		       const char *columns);
enum spur_status spur_db_seals_compare(struct spur_db *db, struct spur_db_seals *s, struct spur_db_verdict *v,
				       spur_db_found *found, void *state, struct spur_task *task, struct spur_error *err);

#endif
