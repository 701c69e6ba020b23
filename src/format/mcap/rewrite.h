#ifndef SPUR_FORMAT_MCAP_REWRITE_H
#define SPUR_FORMAT_MCAP_REWRITE_H

#include "format/mcap/reader_priv.h"
#include "format/mcap/writer.h"

/*
 * What recover and cut share: channels, messages, attachments and metadata of a file go into a new one.
 * All derived records are made anew, and the result is read back before it counts.
 */

/* What went in, or came back: order matters. */
struct mcap_tally {
	uint64_t messages;
	uint32_t crc;
};

struct mcap_rewrite {
	struct spur_reader *r;
	struct spur_mcap_writer *w;	/* made by the caller */
	const bool *keep;		/* by stream; NULL: all */
	uint16_t *channel;		/* owned, by stream: id in the new file */
	struct mcap_tally tally;
};

/* As asked, or else as most of the file is packed; how may be NULL. SPUR_EINVAL: only MDF has that. */
enum spur_status mcap_rewrite_packing(const struct spur_reader *r, const struct spur_rewriting *how,
				      enum spur_mcap_compression *out, struct spur_error *err);
/* In this order: channels, messages (in any number of steps), the rest, the end. */
enum spur_status mcap_rewrite_channels(struct mcap_rewrite *w, struct spur_error *err);
enum spur_status mcap_rewrite_message(struct mcap_rewrite *w, const struct spur_message *m, struct spur_error *err);
enum spur_status mcap_rewrite_scan(struct mcap_rewrite *w, const struct spur_scan *want, struct spur_task *task, struct spur_error *err);
/* Metadata and attachments; adds the number of the latter. */
enum spur_status mcap_rewrite_rest(struct mcap_rewrite *w, uint64_t *attachments, struct spur_error *err);
/* st: how it went so far. Commits and reads back, or leaves no file. */
enum spur_status mcap_rewrite_finish(struct mcap_rewrite *w, const char *path, enum spur_status st, struct spur_task *task,
				     struct spur_error *err);

#endif
