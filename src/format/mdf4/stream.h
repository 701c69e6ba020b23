#ifndef SPUR_FORMAT_MDF4_STREAM_H
#define SPUR_FORMAT_MDF4_STREAM_H

#include "format/mdf4/column.h"

/*
 * Data streams (MDF 4.3, "DSBLOCK", "CLBLOCK", "CVBLOCK", "CUBLOCK"): the bytes of a channel hold fields one behind the
 * other. With P the end of the field before, a field begins at the least byte >= P whose distance from A is a multiple
 * of 2^alignment (255: at bit P), plus its own byte and bit offset. A is 0, or what the channel "alignment start" says,
 * or P where a flag resets it. A list repeats its fields as often as a channel says, or for as many bytes; a variant
 * has the option whose value a channel says; the members of a union begin at the same place.
 *
 * No file of another writer was seen: this is what public descriptions say, tested with our own files.
 */
#define MDF_BIT_PACKED 255u	/* as an alignment */

enum mdf_field_kind { MDF_FIELD_VALUE, MDF_FIELD_STRUCT, MDF_FIELD_LIST, MDF_FIELD_VARIANT, MDF_FIELD_UNION };

struct mdf_field {
	uint32_t channel;		/* MDF_NONE: the whole stream */
	uint32_t next, first, last;	/* beside it, and of its own; MDF_NONE */
	uint32_t option;		/* of a variant: which one it belongs to */
	uint32_t by;			/* channel with the size or the option; MDF_NONE */
	uint32_t by_told;		/* its place in what a walk remembers, if it is a field; else MDF_NONE */
	uint32_t told;			/* place in what a walk remembers, if another field needs its value; else MDF_NONE */
	uint64_t by_at;
	uint8_t kind, alignment;
	bool reset, in_list;
	struct {			/* of elements but the first */
		uint8_t alignment, bit_offset;
		bool counts, reset;	/* counts: the size is elements, not bytes */
		uint32_t byte_offset;
	} list;
	const uint64_t *values;		/* of a variant, by option */
	uint32_t value_count;
};

struct mdf_stream {
	uint32_t root;			/* channel that has the bytes */
	uint32_t top, end;		/* fields: all of it, and behind the last one */
	uint32_t told_count;
	uint32_t align_by;		/* channel of the record with A; MDF_NONE */
	uint64_t align_at;
};

/* While channels are read. begin: the channel's composition is a DS block; a stream in a stream goes on with it.
 * end: the one that begin returned, or MDF_NONE. */
uint32_t mdf_stream_begin(struct spur_reader *r, uint32_t root, const struct mdf_block *ds);
void mdf_stream_end(struct spur_reader *r, uint32_t stream);
/* The field of a channel, below the one at hand; MDF_NONE outside of streams. */
uint32_t mdf_field_add(struct spur_reader *r, uint32_t channel, const struct mdf_block *cn);
/* Its composition is a CL, CV or CU block; false: it is broken or out of place, so nothing behind it can be found. */
bool mdf_field_compose(struct spur_reader *r, uint32_t field, const struct mdf_block *b);
/* When all channels are known, before their types are. */
void mdf_resolve_streams(struct spur_reader *r, const struct mdf_map *channels);
/* Why a field is not read; NULL: it is. */
const char *mdf_field_refusal(const struct spur_reader *r, uint32_t channel);
/* The type of its column: values of lists are a text, "[1,2]". */
bool mdf_field_in_list(const struct spur_reader *r, uint32_t channel);

/* stream_walk.c: the column of a field, with the column of the bytes below it. */
enum spur_status mdf_stream_column_begin(struct spur_reader *r, struct mdf_column *m, struct spur_error *err);
void mdf_stream_column_end(struct mdf_column *m);
struct mdf_column *mdf_stream_bytes(struct mdf_column *m);	/* of the bytes */
void mdf_stream_fill(struct mdf_column *m, const struct mdf_rows *rows, struct spur_columns_builder *b, size_t col);

#endif
