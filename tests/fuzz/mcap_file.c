#include "config.h"

#include "tests/fuzz/mcap_file.h"

#include <string.h>

#include "base/hash.h"
#include "codec/lz4.h"
#include "codec/zstd.h"
#include "format/mcap/record.h"
#include "tests/fuzz/fuzz.h"

/* What a file has; without checksums a mutation of it is still looked into. */
enum {
	CHECKSUMS = 1, STATISTICS = 2, MESSAGE_INDEX = 4, CHUNK_INDEX = 8, OFFSETS = 16, REPEATED = 32, OTHER_INDEXES = 64,
	PRIVATE = 128, LOOSE = 256, PACKED = 512, UNKNOWN = 1024, NO_END = 2048,
	WHOLE = STATISTICS | MESSAGE_INDEX | CHUNK_INDEX | OFFSETS | REPEATED | OTHER_INDEXES,
};

enum { CHUNKS = 4, CHANNELS = 4, EXTRAS = 2 };

struct place {
	uint64_t at, len;
};

struct chunk {
	struct place record, index;
	uint64_t start, end, size, packed;
	const char *codec;
	struct place of_channel[CHANNELS];	/* message indexes; len 0: none */
};

struct file {
	struct spur_buf b;
	unsigned has;
	struct chunk chunks[CHUNKS];
	struct place attachments[EXTRAS], metadata[EXTRAS];
	uint64_t counts[CHANNELS], start, end;
	struct place data_end, groups[6];
	uint8_t group_ops[6];
	size_t group_count;
};

/* The chunks overlap in time, and one of them goes backwards. */
static const struct row {
	uint16_t channel;
	uint32_t sequence;
	uint64_t log, publish;
	const char *text;
} rows[CHUNKS][5] = {
	{ { 0, 1, 100, 90, "{\"x\":1}" }, { 1, 1, 110, 100, "{\"y\":1}" }, { 0, 2, 130, 120, "{\"x\":2}" }, { 1, 2, 110, 101, "{\"y\":2}" },
	  { 0, 3, 170, 160, "{\"x\":3}" } },
	{ { 2, 7, 400, 399, "one" }, { 2, 6, 120, 119, "two, the same, the same, the same, the same" }, { 0, 4, 260, 250, "{\"x\":4}" },
	  { 2, 5, 120, 118, "" }, { 2, 9, 90, 80, "four" } },
	{ { 1, 3, 300, 290, "{\"y\":3}" }, { 1, 4, 310, 300, "{\"y\":4}" }, { 1, 5, 320, 310, "{\"y\":5}" }, { 2, 10, 310, 301, "five" },
	  { 1, 6, 500, 1, "{\"y\":6}" } },
	{ { 0, 0, 0, 0, NULL } },	/* a chunk of definitions only */
};

static const char *const about[] = { "car", "test", "place", "", NULL };

static void put_schema(struct spur_buf *b, uint16_t id, const char *name, const char *text)
{
	size_t mark = mcap_put_head(b, MCAP_SCHEMA);

	spur_buf_u16(b, id);
	mcap_put_text(b, name);
	mcap_put_text(b, id == 3 ? "protobuf" : "jsonschema");
	mcap_put_text(b, text);
	mcap_put_end(b, mark);
}

static void put_channel(struct spur_buf *b, uint16_t id, uint16_t schema, const char *topic, bool longer)
{
	size_t mark = mcap_put_head(b, MCAP_CHANNEL);

	spur_buf_u16(b, id);
	spur_buf_u16(b, schema);
	mcap_put_text(b, topic);
	mcap_put_text(b, schema == 0 ? "text" : "json");
	mcap_put_map(b, id == 1 ? about : NULL);
	if (longer)
		spur_buf_adds(b, "fields of a later version");
	mcap_put_end(b, mark);
}

static void put_definitions(struct file *f, struct spur_buf *b, size_t from, size_t to)
{
	static const char *const topics[CHANNELS] = { "/b", "/a", "/text", "/silent" };

	for (size_t i = from; i < to; i++) {
		if (i != 2)
			put_schema(b, (uint16_t)(i + 1), i == 0 ? "S" : "pkg/T", i == 0 ? "{}" : "{\"type\":\"object\"}");
	}
	for (size_t i = from; i < to; i++)
		put_channel(b, (uint16_t)i, i == 2 ? 0 : (uint16_t)(i + 1), topics[i], i == 1 && (f->has & PRIVATE) != 0);
}

static void put_message(struct spur_buf *b, const struct row *r)
{
	size_t mark = mcap_put_head(b, MCAP_MESSAGE);

	spur_buf_u16(b, r->channel);
	spur_buf_u32(b, r->sequence);
	spur_buf_u64(b, r->log);
	spur_buf_u64(b, r->publish);
	spur_buf_adds(b, r->text);
	mcap_put_end(b, mark);
}

static void put_private(struct file *f, struct spur_buf *b)
{
	size_t mark;

	if ((f->has & PRIVATE) == 0)
		return;
	mark = mcap_put_head(b, MCAP_PRIVATE);
	spur_buf_adds(b, "of somebody");
	mcap_put_end(b, mark);
	mark = mcap_put_head(b, (enum mcap_op)0x20);
	mcap_put_end(b, mark);
}

static uint32_t sum(const struct file *f, const void *data, size_t len)
{
	return (f->has & CHECKSUMS) == 0 ? 0 : spur_crc32(0, data, len);
}

static void pack(const char *codec, const struct spur_buf *records, struct spur_buf *packed)
{
	if (strcmp(codec, "zstd") == 0)
		spur_zstd_pack(records->data, records->len, 0, packed);
	else if (strcmp(codec, "lz4") == 0)
		spur_lz4_pack(records->data, records->len, 0, packed);
	else
		spur_buf_add(packed, records->data, records->len);
}

/* offsets: of the messages of the rows in the records. */
static void put_message_indexes(struct file *f, size_t n, const uint64_t *offsets, size_t count)
{
	struct chunk *c = &f->chunks[n];

	c->index.at = f->b.len;
	for (uint16_t ch = 0; ch < CHANNELS && (f->has & MESSAGE_INDEX) != 0; ch++) {
		size_t at = f->b.len, mark = mcap_put_head(&f->b, MCAP_MESSAGE_INDEX), len;

		spur_buf_u16(&f->b, ch);
		len = f->b.len;
		spur_buf_u32(&f->b, 0);
		for (size_t i = 0; i < count; i++) {
			if (rows[n][i].channel == ch) {
				spur_buf_u64(&f->b, rows[n][i].log);
				spur_buf_u64(&f->b, offsets[i]);
			}
		}
		if (f->b.len == len + 4) {
			f->b.len = at;
			continue;
		}
		memcpy(f->b.data + len, &(uint32_t){ (uint32_t)(f->b.len - len - 4) }, 4);
		mcap_put_end(&f->b, mark);
		c->of_channel[ch] = (struct place){ at, f->b.len - at };
	}
	c->index.len = f->b.len - c->index.at;
}

static size_t put_rows(struct file *f, size_t n, struct spur_buf *records, uint64_t *offsets)
{
	size_t count = 0;

	for (; count < 5 && rows[n][count].text != NULL; count++) {
		const struct row *r = &rows[n][count];
		struct chunk *c = &f->chunks[n];

		offsets[count] = records->len;
		put_message(records, r);
		c->start = count == 0 || r->log < c->start ? r->log : c->start;
		c->end = r->log > c->end ? r->log : c->end;
		f->counts[r->channel]++;
	}
	return count;
}

static void put_chunk(struct file *f, size_t n)
{
	static const char *const codecs[CHUNKS] = { "", "lz4", "zstd", "" };
	struct chunk *c = &f->chunks[n];
	struct spur_buf records = { 0 }, packed = { 0 };
	uint64_t offsets[5];
	size_t mark, count;

	c->codec = (f->has & UNKNOWN) != 0 && n == 1 ? "brotli" : (f->has & PACKED) != 0 ? codecs[n] : "";
	put_definitions(f, &records, n == 3 ? 3 : n == 1 ? 2 : 0, n == 3 ? 4 : n == 0 ? 2 : 3);
	put_private(f, &records);
	count = put_rows(f, n, &records, offsets);
	pack(c->codec, &records, &packed);
	c->size = records.len;
	c->packed = packed.len;
	c->record.at = f->b.len;
	mark = mcap_put_head(&f->b, MCAP_CHUNK);
	spur_buf_u64(&f->b, c->start);
	spur_buf_u64(&f->b, c->end);
	spur_buf_u64(&f->b, records.len);
	spur_buf_u32(&f->b, sum(f, records.data, records.len));
	mcap_put_text(&f->b, c->codec);
	spur_buf_u64(&f->b, packed.len);
	spur_buf_add(&f->b, packed.data, packed.len);
	mcap_put_end(&f->b, mark);
	c->record.len = f->b.len - c->record.at;
	put_message_indexes(f, n, offsets, count);
	spur_buf_finish(&records);
	spur_buf_finish(&packed);
}

static void put_attachment(struct file *f, size_t n)
{
	size_t at = f->b.len, mark = mcap_put_head(&f->b, MCAP_ATTACHMENT);

	spur_buf_u64(&f->b, 200 + n);
	spur_buf_u64(&f->b, n * 50);
	mcap_put_text(&f->b, n == 0 ? "calibration.json" : "note");
	mcap_put_text(&f->b, n == 0 ? "application/json" : "");
	spur_buf_u64(&f->b, n == 0 ? 15 : 0);
	spur_buf_adds(&f->b, n == 0 ? "{\"angle\":0.125}" : "");
	spur_buf_u32(&f->b, sum(f, f->b.data + mark, f->b.len - mark));
	mcap_put_end(&f->b, mark);
	f->attachments[n] = (struct place){ at, f->b.len - at };
}

static void put_metadata(struct file *f, size_t n)
{
	size_t at = f->b.len, mark = mcap_put_head(&f->b, MCAP_METADATA);

	mcap_put_text(&f->b, n == 0 ? "drive" : "");
	mcap_put_map(&f->b, n == 0 ? about : NULL);
	mcap_put_end(&f->b, mark);
	f->metadata[n] = (struct place){ at, f->b.len - at };
}

static void put_loose(struct file *f)
{
	static const struct row row = { 2, 11, 205, 204, "between the chunks" };

	if ((f->has & LOOSE) == 0)
		return;
	put_message(&f->b, &row);
	f->counts[2]++;
}

static void put_data(struct file *f)
{
	size_t mark;

	spur_buf_add(&f->b, MCAP_MAGIC, MCAP_MAGIC_BYTES);
	mark = mcap_put_head(&f->b, MCAP_HEADER);
	mcap_put_text(&f->b, (f->has & PRIVATE) != 0 ? "ros2" : "");
	mcap_put_text(&f->b, "by hand");
	mcap_put_end(&f->b, mark);
	put_chunk(f, 0);
	put_attachment(f, 0);
	put_chunk(f, 1);
	put_metadata(f, 0);
	put_private(f, &f->b);
	put_loose(f);
	put_chunk(f, 2);
	put_chunk(f, 3);
	put_attachment(f, 1);
	put_metadata(f, 1);
	f->data_end.at = f->b.len;
	if ((f->has & NO_END) != 0)
		return;
	spur_buf_u8(&f->b, MCAP_DATA_END);
	spur_buf_u64(&f->b, 4);
	spur_buf_u32(&f->b, sum(f, f->b.data, f->data_end.at));
}

static void put_statistics(struct file *f)
{
	size_t mark = mcap_put_head(&f->b, MCAP_STATISTICS);
	uint64_t all = 0;

	for (size_t i = 0; i < CHANNELS; i++)
		all += f->counts[i];
	spur_buf_u64(&f->b, all);
	spur_buf_u16(&f->b, 3);
	spur_buf_u32(&f->b, CHANNELS);
	spur_buf_u32(&f->b, EXTRAS);
	spur_buf_u32(&f->b, EXTRAS);
	spur_buf_u32(&f->b, CHUNKS);
	spur_buf_u64(&f->b, 90);
	spur_buf_u64(&f->b, 500);
	spur_buf_u32(&f->b, CHANNELS * 10);
	for (size_t i = 0; i < CHANNELS; i++) {
		spur_buf_u16(&f->b, (uint16_t)i);
		spur_buf_u64(&f->b, f->counts[i]);
	}
	mcap_put_end(&f->b, mark);
}

static void put_chunk_index(struct file *f, const struct chunk *c)
{
	size_t mark = mcap_put_head(&f->b, MCAP_CHUNK_INDEX), len;

	spur_buf_u64(&f->b, c->start);
	spur_buf_u64(&f->b, c->end);
	spur_buf_u64(&f->b, c->record.at);
	spur_buf_u64(&f->b, c->record.len);
	len = f->b.len;
	spur_buf_u32(&f->b, 0);
	for (uint16_t ch = 0; ch < CHANNELS; ch++) {
		if (c->of_channel[ch].len > 0) {
			spur_buf_u16(&f->b, ch);
			spur_buf_u64(&f->b, c->of_channel[ch].at);
		}
	}
	memcpy(f->b.data + len, &(uint32_t){ (uint32_t)(f->b.len - len - 4) }, 4);
	spur_buf_u64(&f->b, c->index.len);
	mcap_put_text(&f->b, c->codec);
	spur_buf_u64(&f->b, c->packed);
	spur_buf_u64(&f->b, c->size);
	mcap_put_end(&f->b, mark);
}

static void put_attachment_index(struct file *f, size_t n)
{
	size_t mark = mcap_put_head(&f->b, MCAP_ATTACHMENT_INDEX);

	spur_buf_u64(&f->b, f->attachments[n].at);
	spur_buf_u64(&f->b, f->attachments[n].len);
	spur_buf_u64(&f->b, 200 + n);
	spur_buf_u64(&f->b, n * 50);
	spur_buf_u64(&f->b, n == 0 ? 15 : 0);
	mcap_put_text(&f->b, n == 0 ? "calibration.json" : "note");
	mcap_put_text(&f->b, n == 0 ? "application/json" : "");
	mcap_put_end(&f->b, mark);
}

static void put_metadata_index(struct file *f, size_t n)
{
	size_t mark = mcap_put_head(&f->b, MCAP_METADATA_INDEX);

	spur_buf_u64(&f->b, f->metadata[n].at);
	spur_buf_u64(&f->b, f->metadata[n].len);
	mcap_put_text(&f->b, n == 0 ? "drive" : "");
	mcap_put_end(&f->b, mark);
}

static void end_group(struct file *f, enum mcap_op op, size_t at)
{
	if (f->b.len == at)
		return;
	f->group_ops[f->group_count] = (uint8_t)op;
	f->groups[f->group_count++] = (struct place){ at, f->b.len - at };
}

static void put_groups(struct file *f)
{
	size_t at = f->b.len;

	if ((f->has & REPEATED) != 0)
		put_definitions(f, &f->b, 0, CHANNELS);
	end_group(f, MCAP_SCHEMA, at);
	at = f->b.len;
	if ((f->has & STATISTICS) != 0)
		put_statistics(f);
	end_group(f, MCAP_STATISTICS, at);
	at = f->b.len;
	for (size_t i = 0; i < EXTRAS && (f->has & OTHER_INDEXES) != 0; i++)
		put_metadata_index(f, i);
	end_group(f, MCAP_METADATA_INDEX, at);
	at = f->b.len;
	for (size_t i = 0; i < EXTRAS && (f->has & OTHER_INDEXES) != 0; i++)
		put_attachment_index(f, i);
	end_group(f, MCAP_ATTACHMENT_INDEX, at);
	at = f->b.len;
	for (size_t i = 0; i < CHUNKS && (f->has & CHUNK_INDEX) != 0; i++)
		put_chunk_index(f, &f->chunks[i]);
	end_group(f, MCAP_CHUNK_INDEX, at);
}

static void put_end(struct file *f)
{
	uint64_t summary = f->b.len, offsets;

	put_groups(f);
	offsets = f->b.len;
	for (size_t i = 0; i < f->group_count && (f->has & OFFSETS) != 0; i++) {
		size_t mark = mcap_put_head(&f->b, MCAP_SUMMARY_OFFSET);

		spur_buf_u8(&f->b, f->group_ops[i]);
		spur_buf_u64(&f->b, f->groups[i].at);
		spur_buf_u64(&f->b, f->groups[i].len);
		mcap_put_end(&f->b, mark);
	}
	spur_buf_u8(&f->b, MCAP_FOOTER);
	spur_buf_u64(&f->b, MCAP_FOOTER_BYTES);
	spur_buf_u64(&f->b, f->group_count == 0 ? 0 : summary);
	spur_buf_u64(&f->b, (f->has & OFFSETS) == 0 ? 0 : offsets);
	spur_buf_u32(&f->b, sum(f, f->b.data + summary, f->b.len - summary));
	spur_buf_add(&f->b, MCAP_MAGIC, MCAP_MAGIC_BYTES);
}

static void make(struct file *f, unsigned has)
{
	memset(f, 0, sizeof(*f));
	f->has = has;
	put_data(f);
	if ((has & NO_END) == 0)
		put_end(f);
}

/* ---- damaged ones ---- */

static void cut(unsigned has, unsigned thousandths)
{
	struct file f;

	make(&f, has);
	fuzz_seed(f.b.data, f.b.len * thousandths / 1000);
	spur_buf_finish(&f.b);
}

/* with: what is put at `at` in place of `drop` bytes; NULL: zeros. */
static void change(struct file *f, uint64_t at, size_t drop, const void *with, size_t len)
{
	struct spur_buf b = { 0 };

	spur_buf_add(&b, f->b.data, at);
	for (size_t i = 0; with == NULL && i < len; i++)
		spur_buf_u8(&b, 0);
	if (with != NULL)
		spur_buf_add(&b, with, len);
	spur_buf_add(&b, f->b.data + at + drop, f->b.len - at - drop);
	fuzz_seed_buf(&b);
	spur_buf_finish(&f->b);
}

static void damaged(void)
{
	struct file f;

	make(&f, WHOLE | CHECKSUMS | PACKED);	/* a byte of the records of a chunk */
	change(&f, f.chunks[0].record.at + 80, 1, "\xee", 1);
	make(&f, WHOLE | PACKED);
	change(&f, f.chunks[2].record.at + 100, 1, "\xee", 1);
	make(&f, WHOLE);			/* the length of a chunk record, too long and too short */
	change(&f, f.chunks[1].record.at + 1, 2, "\xff\x7f", 2);
	make(&f, WHOLE);
	change(&f, f.chunks[1].record.at + 1, 2, "\x20\0", 2);
	make(&f, WHOLE);			/* what a chunk should unpack to */
	change(&f, f.chunks[0].record.at + 25, 2, "\1\0", 2);
	make(&f, WHOLE | CHECKSUMS);		/* zeros over message indexes, over a chunk's head */
	change(&f, f.chunks[0].index.at, 40, NULL, 40);
	make(&f, WHOLE | PACKED);
	change(&f, f.chunks[1].record.at, 60, NULL, 60);
	make(&f, WHOLE | LOOSE);		/* something in between: no offset behind it is right */
	change(&f, f.chunks[1].record.at, 0, "fourteen bytes", 14);
	make(&f, WHOLE);			/* something missing in between */
	change(&f, f.chunks[0].index.at + 9, 21, "", 0);
	make(&f, WHOLE | CHECKSUMS);		/* a footer that points elsewhere */
	change(&f, f.b.len - 28, 2, "\1\1", 2);
	make(&f, WHOLE);			/* the magic at the end */
	change(&f, f.b.len - 4, 1, "1", 1);
	make(&f, WHOLE);			/* statistics that count wrong */
	change(&f, f.groups[1].at + 9, 1, "\x63", 1);
	make(&f, WHOLE);			/* a chunk index that points into its chunk */
	change(&f, f.groups[4].at + 25, 1, &(char){ (char)(f.chunks[0].record.at + 9) }, 1);
	make(&f, WHOLE);			/* times of a chunk index */
	change(&f, f.groups[4].at + 9, 2, "\0\2", 2);
	make(&f, WHOLE | CHECKSUMS);		/* the text of an attachment */
	change(&f, f.attachments[0].at + 75, 1, "?", 1);
	make(&f, WHOLE);			/* longer than the file */
	change(&f, f.attachments[0].at + 65, 2, "\xff\xff", 2);
}

/* Two files in a row, as `cat` makes them, of which the second gives ids another meaning. */
static void concatenated(void)
{
	struct file f, g;

	make(&f, WHOLE | CHECKSUMS);
	make(&g, WHOLE | LOOSE);
	for (size_t i = 0; i + 2 < g.b.len; i++) {
		if (memcmp(g.b.data + i, "/a", 2) == 0)
			g.b.data[i + 1] = 'z';
	}
	spur_buf_add(&f.b, g.b.data, g.b.len);
	spur_buf_finish(&g.b);
	fuzz_seed_buf(&f.b);
}

/* Channels twice, another time with another topic; a schema twice; a channel without its schema. */
static void contradicting(void)
{
	struct spur_buf b = { 0 };
	static const struct row row = { 4, 1, 7, 6, "{}" }, other = { 9, 1, 8, 7, "{}" };
	size_t mark;

	spur_buf_add(&b, MCAP_MAGIC, MCAP_MAGIC_BYTES);
	mark = mcap_put_head(&b, MCAP_HEADER);
	mcap_put_text(&b, "x");
	mcap_put_text(&b, "");
	mcap_put_end(&b, mark);
	put_schema(&b, 1, "S", "{}");
	put_schema(&b, 1, "S", "{}");
	put_schema(&b, 1, "T", "{}");
	put_schema(&b, 0, "none", "{}");
	put_channel(&b, 4, 1, "/twice", false);
	put_channel(&b, 4, 1, "/twice", false);
	put_message(&b, &row);
	put_channel(&b, 4, 1, "/other", false);
	put_message(&b, &row);
	put_channel(&b, 5, 8, "/no_schema", false);
	put_channel(&b, 6, 1, "", true);
	put_message(&b, &other);
	put_schema(&b, 3, "P", "x");
	mark = mcap_put_head(&b, MCAP_DATA_END);
	spur_buf_u32(&b, 5);
	mcap_put_end(&b, mark);
	fuzz_seed_buf(&b);
}

void fuzz_mcap_files(void)
{
	static const unsigned kinds[] = {
		WHOLE, WHOLE | CHECKSUMS | PACKED, WHOLE | CHECKSUMS | PRIVATE, WHOLE | LOOSE | PACKED | PRIVATE, WHOLE | UNKNOWN,
		WHOLE & ~STATISTICS, WHOLE & ~MESSAGE_INDEX, WHOLE & ~CHUNK_INDEX, WHOLE & ~OFFSETS, WHOLE & ~REPEATED,
		WHOLE & ~OTHER_INDEXES, STATISTICS | LOOSE, LOOSE, LOOSE | CHECKSUMS | REPEATED, MESSAGE_INDEX | PACKED | NO_END,
	};
	struct file f;

	fuzz_seeds_of("indexed or not");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		make(&f, kinds[i]);
		fuzz_seed_buf(&f.b);
	}
	fuzz_seeds_of("cut off");
	for (unsigned at = 100; at < 1000; at += 149)
		cut(at % 2 == 0 ? WHOLE | PACKED : WHOLE | LOOSE | CHECKSUMS, at);
	fuzz_seeds_of("damaged");
	damaged();
	fuzz_seeds_of("contradicting");
	concatenated();
	contradicting();
}
