#ifndef SPUR_FORMAT_MCAP_READER_PRIV_H
#define SPUR_FORMAT_MCAP_READER_PRIV_H

#include "base/arena.h"
#include "base/pmap.h"
#include "format/format.h"
#include "format/mcap/pool.h"
#include "format/mcap/record.h"

/*
 * How a file is read. open() makes a list of pieces in file order: chunks, and runs of records
 * that lie outside of chunks ("loose"). It comes from the summary where that can be believed,
 * else from a walk over the record heads (layout.c), and then every chunk is opened once to
 * learn channels, counts and times (survey.c). A scan loads pieces in parallel (piece.c) and
 * delivers them as they lie (scan.c) or merged by time (merge.c, select.c).
 */
enum piece_kind { PIECE_CHUNK, PIECE_LOOSE };

struct piece {
	uint64_t offset, length;	/* bytes of the file, record heads included */
	uint64_t start, end;		/* first and last log time: as declared, after a survey as found */
	uint64_t uncompressed_size;	/* as declared: a hint, never believed */
	uint64_t messages;		/* in it, or MCAP_UNKNOWN */
	uint64_t first_index;		/* of its first message in file order; see mcap_count_pieces() */
	const char *map;		/* of its chunk index: (u16 channel, u64 offset); NULL: not known */
	uint32_t map_len;
	uint32_t segment;		/* of a concatenated file */
	uint64_t index_len;		/* bytes of message indexes right behind it; MCAP_UNKNOWN without an index */
	enum piece_kind kind;
	bool cut;			/* its end is missing: what is there is read */
	bool empty;			/* a survey found nothing to be had */
};

#define MCAP_UNKNOWN UINT64_MAX
#define MCAP_NO_STREAM UINT32_MAX

struct mcap_extent {		/* a metadata record */
	uint64_t offset, length;
};

struct mcap_late {
	uint64_t offset, length;	/* of the record */
	uint32_t segment;
};

struct mcap_attached {
	uint64_t offset, length;	/* of the record */
	uint64_t data_at, data_len;	/* in the file */
	uint64_t log_time, create_time;
	const char *name, *media_type;
	bool cut;
};

struct mcap_loaded;
struct mcap_fetched;	/* chunks that fetch() has opened */
struct catalogue;	/* schemas and channels while they are collected */

struct spur_reader {
	struct spur_range *range;	/* owned */
	struct spur_open_opts opts;	/* defaults filled in */
	struct spur_arena *arena;	/* everything describe() shows */
	struct catalogue *catalogue;
	char *summary;			/* owned; pieces borrow their maps from it */
	uint64_t summary_at, summary_len;	/* place in the file; 0 when the file has none that can be used */
	struct piece *pieces;
	size_t piece_count, piece_cap;
	bool laid_out;			/* pieces are complete */
	bool declared;			/* the summary declares every channel */
	bool hidden_chunks;		/* the summary has no index of some */
	size_t counted;			/* first_index of that many pieces, from the first on, is valid */
	struct mcap_attached *attached;
	size_t attached_count, attached_cap;
	struct mcap_extent *metadata;
	size_t metadata_count, metadata_cap;
	struct mcap_late *late;		/* definitions repeated in a summary, met by a walk */
	size_t late_count, late_cap;
	bool has_statistics;
	struct mcap_statistics statistics;	/* of the summary */
	const char *profile, *library;
	unsigned compressions;		/* bit per enum mcap_codec that occurs */
	struct spur_damage *damage;
	size_t damage_cap;
	uint64_t bytes_lost;		/* of all damage that cost data */
	struct mcap_fetched *fetched;	/* owned; NULL before the first fetch() */
	struct spur_description description;
};

enum mcap_codec { MCAP_CODEC_NONE, MCAP_CODEC_LZ4, MCAP_CODEC_ZSTD, MCAP_CODEC_UNKNOWN };
enum mcap_codec mcap_codec_of(struct mcap_bytes name);

/* damage.c. Owner's thread. lost: bytes whose content could not be had (0: nothing is missing).
 * The same place and reason is listed once. */
void mcap_damage(struct spur_reader *r, uint64_t offset, uint64_t length, uint64_t lost, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* catalogue.c: schemas and channels by (segment, id). The first definition of an id stays. */
struct catalogue *mcap_catalogue_create(struct spur_arena *arena);
void mcap_catalogue_destroy(struct catalogue *c);
/* content of a Schema or Channel record at `offset`. SPUR_EFORMAT: damaged; SPUR_EINVAL: another definition
 * of the id is there; SPUR_ENOMEM: past the limit. */
enum spur_status mcap_catalogue_schema(struct catalogue *c, uint32_t segment, const void *content, size_t len,
				       struct spur_error *err);
enum spur_status mcap_catalogue_channel(struct catalogue *c, uint32_t segment, const void *content, size_t len,
					struct spur_error *err);
void mcap_catalogue_count(struct catalogue *c, uint32_t segment, uint16_t channel, uint64_t messages);
bool mcap_catalogue_has(const struct catalogue *c, uint32_t segment, uint16_t channel);
size_t mcap_catalogue_channels(const struct catalogue *c);
size_t mcap_catalogue_schemas(const struct catalogue *c);
/* Every channel's schema is there, or it has none. */
bool mcap_catalogue_complete(const struct catalogue *c);
/* Makes the streams of the description, sorted by id; nothing is added after that. counted: messages of
 * a stream is what was counted, else unknown. */
enum spur_status mcap_catalogue_finish(struct catalogue *c, bool counted, struct spur_stream **streams, size_t *count,
				       struct spur_error *err);
/* After finish; any thread. MCAP_NO_STREAM: not declared. */
uint32_t mcap_catalogue_stream(const struct catalogue *c, uint32_t segment, uint16_t channel);

/* What one chunk may unpack to, in one allocation: the budget, 256 MiB at least, and no more than 64 MiB above the
 * size of the file, so that a small file cannot ask for much. */
static inline uint64_t mcap_chunk_limit(const struct spur_reader *r, uint64_t budget)
{
	uint64_t file = spur_range_size(r->range) + (64 << 20), limit = budget > (256 << 20) ? budget : 256 << 20;

	return limit < file ? limit : file;
}


/* summary.c. SPUR_END: none that can be used (damage says why unless it is just not there). Sets declared. */
enum spur_status mcap_summary_read(struct spur_reader *r, struct spur_error *err);

/* layout.c: walk the record heads of [from, to), adding pieces, attachments, metadata and definitions
 * that lie outside of chunks. strict: SPUR_END at the first irregularity, and no damage is noted. */
enum spur_status mcap_layout_walk(struct spur_reader *r, uint64_t from, uint64_t to, bool strict, struct spur_error *err);
/* The definitions a summary repeats, for ids that nothing else defines: after the chunks were opened. */
enum spur_status mcap_layout_late(struct spur_reader *r, struct spur_error *err);
/* The whole file from scratch. */
enum spur_status mcap_layout_all(struct spur_reader *r, struct spur_error *err);
struct piece *mcap_piece_add(struct spur_reader *r);
struct mcap_attached *mcap_attached_add(struct spur_reader *r);
/* attached.c: the bytes of one, see struct spur_format. */
enum spur_status mcap_attachment(struct spur_reader *r, size_t index,
				 enum spur_status (*put)(void *state, const void *data, size_t len, struct spur_error *err),
				 void *state, struct spur_task *task, struct spur_error *err);
void mcap_metadata_add(struct spur_reader *r, uint64_t offset, uint64_t length);
void mcap_pieces_sort(struct spur_reader *r);	/* by offset */

/* survey.c: open every piece once: definitions, counts, true times. */
enum spur_status mcap_survey(struct spur_reader *r, struct spur_error *err);
/* Makes first_index of the first `upto` pieces valid: from counts, message indexes, or by opening chunks. */
enum spur_status mcap_count_pieces(struct spur_reader *r, size_t upto, struct spur_task *task, struct spur_error *err);

/* How far a piece moves the index on: its messages, lost ones included where their index is left. Owner's thread. */
uint64_t mcap_piece_total(struct spur_reader *r, const struct mcap_loaded *l);

/* What of a piece is wanted. Immutable while a map runs. */
struct mcap_want {
	const struct spur_reader *reader;
	const uint64_t *streams;	/* bitset by stream; NULL: all */
	uint64_t begin, last;		/* log time, both inclusive */
	bool nothing;			/* the span is empty */
	bool definitions;		/* a survey: no messages are listed */
	uint64_t limit;			/* bytes one chunk may unpack to */
	struct mcap_pool *pool;		/* where buffers come from; may be NULL */
};

/* A piece in memory. */
struct mcap_loaded {
	struct piece *piece;
	struct mcap_pool *pool;		/* of the want; owned buffers go back there */
	char *raw;			/* owned: as in the file */
	char *unpacked;			/* owned; NULL when records point into raw */
	uint64_t raw_cap, unpacked_cap, messages_cap;	/* bytes */
	const char *records;
	size_t records_len;
	struct spur_message *messages;	/* owned; wanted ones in order of the piece; index counts from the piece's first */
	size_t count;
	uint64_t total;			/* messages in the piece, wanted or not */
	uint64_t undeclared;		/* of them without a channel */
	uint64_t start, end;		/* log times found; valid if total > 0 */
	bool bad;			/* nothing of it can be believed; messages is empty */
	uint64_t lost;			/* bytes of the file that could not be had */
	char reason[160];		/* "" or what is wrong */
};

/* piece.c. work(): any thread; damage of the piece is not a failure but a reason. */
enum spur_status mcap_piece_load(const struct mcap_want *want, struct piece *p, struct mcap_loaded *out,
				 struct spur_error *err);
void mcap_loaded_finish(struct mcap_loaded *l);
/* Puts reason into the damage list. Owner's thread. */
void mcap_piece_report(struct spur_reader *r, const struct mcap_loaded *l);
uint64_t mcap_piece_cost(const struct piece *p);	/* bytes it takes in memory, about */
/* May hold a wanted message, as far as its index says. */
bool mcap_piece_wanted(const struct mcap_want *want, const struct piece *p);

/* Walks the records of a chunk or of a loose run. */
struct mcap_record {
	unsigned op;
	const char *content;
	size_t len;
	size_t at;		/* offset of its head in the walked bytes */
};
/* False at the end, and where a record is cut short: then *pos < len. */
bool mcap_record_next(const char *records, size_t len, size_t *pos, struct mcap_record *out);

/* scan.c, merge.c, select.c */
struct mcap_delivery;
enum spur_status mcap_scan(struct spur_reader *r, const struct spur_scan *want, const struct spur_sink *sink,
			   struct spur_task *task, struct spur_error *err);

/* locate.c, fetch.c: single messages; see format.h. A place's piece is an index into pieces, at the offset of its
 * record in the piece's records. */
enum spur_status mcap_locate(struct spur_reader *r, uint32_t stream, uint64_t mem_bytes, struct spur_place **out,
			     size_t *count, struct spur_task *task, struct spur_error *err);
enum spur_status mcap_fetch(struct spur_reader *r, uint32_t stream, const struct spur_place *place, struct spur_message *out,
			    struct spur_error *err);
void mcap_fetched_destroy(struct mcap_fetched *f);	/* NULL is fine */

/* check.c, recover.c, cut.c */
enum spur_status mcap_check(struct spur_reader *r, const struct spur_findings *to, struct spur_task *task,
			    struct spur_error *err);
enum spur_status mcap_recover(struct spur_reader *r, const char *path, const struct spur_rewriting *how, struct spur_recovery *got, struct spur_task *task,
			      struct spur_error *err);
enum spur_status mcap_cut(struct spur_reader *r, const char *path, const struct spur_cut *want, struct spur_rewritten *got,
			  struct spur_task *task, struct spur_error *err);

#endif
