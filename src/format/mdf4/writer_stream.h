#ifndef SPUR_FORMAT_MDF4_WRITER_STREAM_H
#define SPUR_FORMAT_MDF4_WRITER_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "format/mdf4/writer.h"
#include "io/out.h"

/* Bytes of one data section (DT, or DV and DI) or signal data (SD) on their way into blocks. Private to the writer. */
#define SPUR_MDF4_FRAGMENT (1u << 20)	/* of data in one block; the specification allows 4 MiB in DZ */

struct spur_mdf4_fragment {
	uint64_t at;		/* address of the block */
	uint64_t inval_at;	/* of the one with its invalidation bytes, where they lie apart */
	uint64_t begin;		/* offset of its first byte in the section */
};

struct spur_mdf4_stream {
	const char *id;		/* "DT", "SD", "VD"; "DV" where columns is set */
	uint32_t row_bytes;	/* for transposition; 0: none */
	uint32_t inval_bytes;	/* at the end of each row; of interest to columns only */
	bool invalid;		/* a fragment of columns has an invalidation bit that is set */
	bool columns;		/* whole rows, whose blocks are DV and DI, in an LD */
	struct spur_buf pending;
	uint64_t written;	/* bytes of the section that are in fragments */
	struct spur_mdf4_fragment *fragments;
	size_t count, cap;
	uint64_t first_list, last_list;	/* of those that were written already, for fragments that are not here any more; 0: none */
	bool packed;		/* at least one fragment is a DZ */
	bool plain;		/* never packed, whatever the sink says */
	uint64_t packed_bytes;	/* of the fragments as they lie in the file, without headers */
};

/* A full fragment on its way: packed by any thread, written in the order of the queue. */
struct spur_mdf4_job {
	struct spur_mdf4_stream *stream;
	size_t fragment;	/* of the stream: gets its address when written */
	bool inval;		/* its invalidation bytes (DI) */
	struct spur_buf data, packed;
	bool turned;		/* packed is transposed */
};

#define SPUR_MDF4_JOBS 8u	/* queued before they are worked on together, whatever the threads */

/* Where blocks go and how they are packed. */
struct spur_mdf4_sink {
	struct spur_out *out;	/* borrowed */
	enum spur_mdf4_packing packing;
	uint16_t version;	/* of the file: 4.30 wants more in an LD */
	int level;		/* of deflate */
	unsigned threads;
	uint64_t fragments;	/* of all streams, that are in no list yet */
	struct spur_mdf4_job jobs[SPUR_MDF4_JOBS];
	size_t job_count;
};

/* Writes a block and its padding to 8 bytes; the address it got. head is everything after the id
 * and length: link count, links, data. */
enum spur_status spur_mdf4_block(struct spur_out *out, const char id[2], uint64_t links, const void *body, size_t len,
				 const void *more, size_t more_len, uint64_t *at, struct spur_error *err);
/* What is pending becomes a block, sooner or later; nothing pending is fine. */
enum spur_status spur_mdf4_stream_flush(struct spur_mdf4_stream *s, struct spur_mdf4_sink *to, struct spur_error *err);
/* Everything that waits for packing is packed and written now. */
enum spur_status spur_mdf4_sink_drain(struct spur_mdf4_sink *to, struct spur_error *err);
void spur_mdf4_sink_finish(struct spur_mdf4_sink *to);	/* forgets what still waits */
/* Flushes and writes the list (DL, LD, HL); what the data link must be: 0 for an empty section. */
enum spur_status spur_mdf4_stream_link(struct spur_mdf4_stream *s, struct spur_mdf4_sink *to, uint64_t *link,
				       struct spur_error *err);
/* A list of the fragments so far is written, and they are forgotten: many streams with many of them would take more memory than
 * their bytes. */
enum spur_status spur_mdf4_stream_spill(struct spur_mdf4_stream *s, struct spur_mdf4_sink *to, struct spur_error *err);
void spur_mdf4_stream_finish(struct spur_mdf4_stream *s);

#endif
