#ifndef SPUR_VERB_MESSAGES_H
#define SPUR_VERB_MESSAGES_H

#include "verb/file.h"

/* `spur messages` of MDF logs of buses (ASAM MDF "Bus logging"), and the summary by topic of both formats. */

/* What the options ask for, of any format. */
struct messages_want {
	spur_ns begin_ns, end_ns;
	enum spur_order order;
	bool digest, topics;	/* topics: a row per topic, not per message */
};

/* Counts, rates and sizes of one topic. */
struct messages_topic {
	uint64_t n, bytes, smallest, largest;
	uint64_t first, last;	/* stamps, ns */
	bool timed;
};
void messages_topic_add(struct messages_topic *t, uint64_t time, bool timed, uint64_t size);
/* n, rate_hz, size, first and last; into the row that is open. */
void messages_topic_emit(const struct messages_topic *t, struct spur_emit *emit);
/* Stamps beyond the range of a spur_ns keep their full value. */
void messages_emit_stamp(struct spur_emit *emit, const char *key, uint64_t t);

/* Whether the recording has groups of bus frames. */
bool messages_bus_any(const struct spur_description *d);
enum spur_status messages_bus(struct spur_ctx *ctx, const struct spur_args *args, const struct spur_format *format,
			      struct spur_reader *reader, const struct messages_want *want, struct spur_emit *emit,
			      struct spur_error *err);

#endif
