#ifndef SPUR_FORMAT_MCAP_SCAN_PRIV_H
#define SPUR_FORMAT_MCAP_SCAN_PRIV_H

#include "format/mcap/reader_priv.h"

/* One scan(): what is wanted, where it goes, and how far it came. Owner's thread, but for want. */
struct mcap_delivery {
	struct spur_reader *r;
	struct mcap_want want;
	const struct spur_sink *sink;
	struct spur_task *task;
	unsigned threads;
	uint64_t budget;		/* bytes of pieces in memory at once */
	bool reverse;
	bool running;			/* every piece is taken in file order: index counts along */
	uint64_t index;			/* of the next piece's first message, if running */
	const uint32_t *rank;		/* by stream: order of topics; NULL: time alone */
	uint64_t limit;			/* per stream; 0: none */
	uint64_t *given;		/* by stream, if limit */
	size_t open_streams;		/* wanted ones that have not reached the limit */
	uint64_t done_bytes, total_bytes;
	struct spur_message *pending;	/* owned; waits to make a batch worth a call */
	size_t pending_count;
};

enum { MCAP_PENDING = 1024 };

/* Messages with their final index, in final order. SPUR_END: the sink, or every stream, has enough. */
enum spur_status mcap_deliver(struct mcap_delivery *d, struct spur_message *messages, size_t count, struct spur_error *err);
/* The same, gathered; the payloads must stay until mcap_deliver_pending(). */
enum spur_status mcap_deliver_one(struct mcap_delivery *d, const struct spur_message *m, struct spur_error *err);
enum spur_status mcap_deliver_pending(struct mcap_delivery *d, struct spur_error *err);
void mcap_delivery_progress(struct mcap_delivery *d, const struct piece *p);

/*
 * Order of messages in time: by log time, then by place in the file; all of it turned round for
 * reverse. The tie-break of the official readers. For topics, the rank goes first.
 */
struct mcap_key {
	uint32_t rank;
	uint64_t time;
	uint64_t piece;		/* its place in the list of pieces */
	uint64_t at;		/* message in the piece */
};

static inline int mcap_key_order(const struct mcap_key *a, const struct mcap_key *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	if (a->piece != b->piece)
		return a->piece < b->piece ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

/* The earliest key time of a piece and the latest, turned round for reverse. */
static inline uint64_t mcap_piece_low(const struct mcap_delivery *d, const struct piece *p)
{
	return d->reverse ? ~p->end : p->start;
}

static inline uint64_t mcap_piece_high(const struct mcap_delivery *d, const struct piece *p)
{
	return d->reverse ? ~p->start : p->end;
}

/* A message whose index still counts from the start of its piece. */
struct mcap_key mcap_key_of(const struct mcap_delivery *d, const struct piece *p, const struct spur_message *m);

/* merge.c: pieces (sorted by low) whose overlap fits into the budget. */
enum spur_status mcap_merge(struct mcap_delivery *d, struct piece **pieces, size_t count, struct spur_error *err);
/* select.c: any pieces, any order, in as many passes as the budget needs. */
enum spur_status mcap_select(struct mcap_delivery *d, struct piece **pieces, size_t count, struct spur_error *err);

#endif
