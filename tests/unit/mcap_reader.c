#include "config.h"

#include "format/registry.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "format/mcap/heads.h"
#include "format/mcap/record.h"
#include "format/mcap/writer.h"
#include "io/out.h"

#include "tests/tap.h"

/* Files are made in memory, by hand where the writer would not make them so. */

struct seen {
	size_t count;
	struct spur_message m[4096];	/* without payload */
	uint32_t crc;			/* of everything, in order */
	size_t stop_after;		/* 0: never */
};

static enum spur_status note(void *state, const struct spur_batch *b, struct spur_error *err)
{
	struct seen *s = state;

	(void)err;
	for (size_t i = 0; i < b->count; i++) {
		const struct spur_message *m = &b->messages[i];
		uint64_t head[6] = { m->index, m->stream, m->sequence, m->log_time, m->publish_time, m->size };

		s->crc = spur_crc32(s->crc, head, sizeof(head));
		s->crc = spur_crc32(s->crc, m->data, m->size);
		if (s->count < 4096)
			s->m[s->count] = *m;
		if (++s->count == s->stop_after)
			return SPUR_END;
	}
	return SPUR_OK;
}

static struct spur_reader *open_bytes(const void *data, size_t len, const struct spur_open_opts *o)
{
	static const struct spur_open_opts defaults = { .threads = 2 };
	struct spur_range *range = spur_range_memory(data, len, "memory");
	struct spur_reader *r;

	if (spur_format_mcap.open(range, o == NULL ? &defaults : o, &r, NULL) < 0) {
		spur_range_close(range);
		return NULL;
	}
	return r;
}

static enum spur_status scan(struct spur_reader *r, const struct spur_scan *want, struct seen *s)
{
	struct spur_sink sink = { .state = s, .messages = note };
	size_t stop_after = s->stop_after;

	memset(s, 0, sizeof(*s));
	s->stop_after = stop_after;
	return spur_format_mcap.scan(r, want, &sink, NULL, NULL);
}

static struct spur_scan everything(enum spur_order order)
{
	return (struct spur_scan){ .all_streams = true, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX, .order = order, .threads = 2 };
}

/* Records by hand. */
static void put_header(struct spur_buf *b)
{
	size_t mark;

	spur_buf_add(b, MCAP_MAGIC, MCAP_MAGIC_BYTES);
	mark = mcap_put_head(b, MCAP_HEADER);
	mcap_put_text(b, "prof");
	mcap_put_text(b, "by hand");
	mcap_put_end(b, mark);
}

static void put_channel(struct spur_buf *b, uint16_t id, uint16_t schema, const char *topic)
{
	size_t mark = mcap_put_head(b, MCAP_CHANNEL);

	spur_buf_u16(b, id);
	spur_buf_u16(b, schema);
	mcap_put_text(b, topic);
	mcap_put_text(b, "json");
	mcap_put_map(b, NULL);
	mcap_put_end(b, mark);
}

static void put_schema(struct spur_buf *b, uint16_t id, const char *name)
{
	size_t mark = mcap_put_head(b, MCAP_SCHEMA);

	spur_buf_u16(b, id);
	mcap_put_text(b, name);
	mcap_put_text(b, "jsonschema");
	mcap_put_text(b, "{}");
	mcap_put_end(b, mark);
}

static void put_message(struct spur_buf *b, uint16_t channel, uint64_t t, const char *text)
{
	size_t mark = mcap_put_head(b, MCAP_MESSAGE);

	spur_buf_u16(b, channel);
	spur_buf_u32(b, 1);
	spur_buf_u64(b, t);
	spur_buf_u64(b, t);
	spur_buf_adds(b, text);
	mcap_put_end(b, mark);
}

static void put_chunk(struct spur_buf *b, const struct spur_buf *records, uint64_t start, uint64_t end, uint32_t crc)
{
	size_t mark = mcap_put_head(b, MCAP_CHUNK);

	spur_buf_u64(b, start);
	spur_buf_u64(b, end);
	spur_buf_u64(b, records->len);
	spur_buf_u32(b, crc);
	mcap_put_text(b, "");
	spur_buf_u64(b, records->len);
	spur_buf_add(b, records->data, records->len);
	mcap_put_end(b, mark);
}

static void put_end(struct spur_buf *b)
{
	size_t mark = mcap_put_head(b, MCAP_DATA_END);

	spur_buf_u32(b, 0);
	mcap_put_end(b, mark);
	mark = mcap_put_head(b, MCAP_FOOTER);
	spur_buf_u64(b, 0);
	spur_buf_u64(b, 0);
	spur_buf_u32(b, 0);
	mcap_put_end(b, mark);
	spur_buf_add(b, MCAP_MAGIC, MCAP_MAGIC_BYTES);
}

static void a_file_without_a_summary_is_surveyed(void)
{
	struct spur_buf b = { 0 }, c = { 0 };
	struct spur_scan want = everything(SPUR_ORDER_TIME);
	const struct spur_description *d;
	static struct seen s;
	struct spur_reader *r;

	put_header(&b);
	put_schema(&c, 1, "S");
	put_channel(&c, 0, 1, "/a");
	put_message(&c, 0, 5, "five");
	put_message(&c, 0, UINT64_MAX, "last");
	put_message(&c, 0, 0, "zero");
	put_chunk(&b, &c, 0, 0, 0);	/* times that are wrong */
	put_message(&b, 0, 3, "loose");
	put_end(&b);
	r = open_bytes(b.data, b.len, NULL);
	d = spur_format_mcap.describe(r);
	is_int((intmax_t)d->stream_count, 1, "the channel in the chunk is found");
	is_str(d->streams[0].schema_name, "S", "with its schema");
	is_int((intmax_t)d->messages, 4, "messages are counted");
	ok(d->begin_ns == 0 && d->end_ns == INT64_MAX, "the span is clamped to what a time can hold");
	is_int((intmax_t)d->damage_count, 1, "the wrong times of the chunk are listed");
	is_int(scan(r, &want, &s), SPUR_OK, "it is read in order of time");
	ok(s.count == 4 && s.m[0].log_time == 0 && s.m[1].log_time == 3 && s.m[2].log_time == 5 && s.m[3].log_time == UINT64_MAX,
	   "chunk and loose message are merged, the largest time included");
	ok(s.m[0].index == 2 && s.m[1].index == 3 && s.m[3].index == 1, "indexes are those in the file");
	want.begin_ns = 3;
	want.end_ns = 5;
	scan(r, &want, &s);
	ok(s.count == 1 && s.m[0].log_time == 3, "a span is half open");
	want.begin_ns = 5;
	want.end_ns = SPUR_NS_MAX;
	scan(r, &want, &s);
	is_int((intmax_t)s.count, 2, "without an upper bound even times beyond INT64_MAX are in it");
	spur_format_mcap.close(r);
	spur_buf_finish(&b);
	spur_buf_finish(&c);
}

static void equal_times_keep_the_order_of_the_file(void)
{
	struct spur_buf b = { 0 }, c = { 0 };
	struct spur_scan want = everything(SPUR_ORDER_TIME);
	static struct seen s;
	struct spur_reader *r;

	put_header(&b);
	put_channel(&b, 7, 0, "/a");
	for (int k = 0; k < 3; k++) {
		spur_buf_clear(&c);
		for (int i = 0; i < 4; i++)
			put_message(&c, 7, (uint64_t)(10 + i / 2), "x");
		put_chunk(&b, &c, 10, 11, 0);
	}
	put_end(&b);
	r = open_bytes(b.data, b.len, NULL);
	scan(r, &want, &s);
	ok(s.count == 12 && s.m[0].index == 0 && s.m[1].index == 1 && s.m[2].index == 4 && s.m[3].index == 5 && s.m[4].index == 8 &&
	   s.m[6].index == 2, "by time, then chunk, then place in the chunk");
	want.order = SPUR_ORDER_REVERSE;
	scan(r, &want, &s);
	ok(s.count == 12 && s.m[0].index == 11 && s.m[5].index == 2 && s.m[11].index == 0, "reverse is exactly the opposite");
	want.per_stream_limit = 5;
	scan(r, &want, &s);
	is_int((intmax_t)s.count, 5, "a limit per stream ends the scan");
	want.per_stream_limit = 0;
	s.stop_after = 3;
	is_int(scan(r, &want, &s), SPUR_OK, "a sink that has enough is no failure");
	is_int((intmax_t)s.count, 3, "and gets no more");
	s.stop_after = 0;
	spur_format_mcap.close(r);
	spur_buf_finish(&b);
	spur_buf_finish(&c);
}

static bool has_damage(const struct spur_description *d, const char *part)
{
	for (size_t i = 0; i < d->damage_count; i++) {
		if (strstr(d->damage[i].reason, part) != NULL)
			return true;
	}
	return false;
}

/* A few ways in which definitions can be wrong. */
static void odd_definitions_cost_only_their_messages(void)
{
	struct spur_buf b = { 0 };
	struct spur_scan want = everything(SPUR_ORDER_FILE);
	const struct spur_description *d;
	static struct seen s;
	struct spur_reader *r;

	put_header(&b);
	put_channel(&b, 1, 0, "/a");
	put_channel(&b, 1, 0, "/a");
	put_channel(&b, 1, 0, "/other");
	put_channel(&b, 2, 9, "/noschema");
	put_message(&b, 1, 1, "one");
	put_message(&b, 2, 2, "two");
	put_message(&b, 3, 3, "nobody");
	put_message(&b, 1, 4, "four");
	put_end(&b);
	r = open_bytes(b.data, b.len, NULL);
	d = spur_format_mcap.describe(r);
	is_int((intmax_t)d->stream_count, 2, "an identical channel again is the same one");
	is_str(d->streams[0].topic, "/a", "another one with the same id: the first stays");
	ok(has_damage(d, "defined again"), "and that is said");
	is_str(d->streams[1].schema_name, "", "a schema that is missing leaves the channel");
	scan(r, &want, &s);
	is_int((intmax_t)s.count, 3, "a message without a channel is left out");
	is_int((intmax_t)s.m[2].index, 3, "but counts");
	ok(has_damage(d, "nothing declares"), "and that is said");
	spur_format_mcap.close(r);
	spur_buf_finish(&b);
}

static void a_wrong_checksum_costs_the_chunk(void)
{
	struct spur_buf b = { 0 }, c = { 0 };
	struct spur_scan want = everything(SPUR_ORDER_FILE);
	static struct seen s;
	struct spur_reader *r;

	put_header(&b);
	put_channel(&c, 1, 0, "/a");
	put_message(&c, 1, 1, "one");
	put_chunk(&b, &c, 1, 1, spur_crc32(0, c.data, c.len) ^ 1);
	spur_buf_clear(&c);
	put_message(&c, 1, 2, "two");
	put_chunk(&b, &c, 2, 2, spur_crc32(0, c.data, c.len));
	put_end(&b);
	r = open_bytes(b.data, b.len, NULL);
	is_int((intmax_t)spur_format_mcap.describe(r)->stream_count, 1, "definitions of a damaged chunk are used where there are no others");
	scan(r, &want, &s);
	ok(s.count == 1 && s.m[0].log_time == 2, "its messages are not");
	ok(has_damage(spur_format_mcap.describe(r), "checksum"), "and that is said");
	spur_format_mcap.close(r);
	spur_buf_finish(&b);
	spur_buf_finish(&c);
}

/* Where bytes were overwritten the walk finds the next record. */
static void the_walk_finds_its_way_behind_damage(void)
{
	struct spur_scan want = everything(SPUR_ORDER_FILE);
	struct spur_buf b = { 0 };
	static struct seen s;
	struct spur_reader *r;
	size_t fifth = 0;

	put_header(&b);
	put_channel(&b, 1, 0, "/a");
	for (uint64_t i = 0; i < 20; i++) {
		if (i == 5)
			fifth = b.len;
		put_message(&b, 1, i, "some payload of a message");
	}
	put_end(&b);
	memset(b.data + fifth, 0, 30);
	r = open_bytes(b.data, b.len, NULL);
	scan(r, &want, &s);
	is_int((intmax_t)s.count, 19, "a record that was zeroed costs itself");
	spur_format_mcap.close(r);
	b.data[fifth] = MCAP_MESSAGE;
	memcpy(b.data + fifth + 1, "\x40\0\0\0\0\0\0\0", 8);	/* runs into the next one */
	r = open_bytes(b.data, b.len, NULL);
	scan(r, &want, &s);
	is_int((intmax_t)s.count, 19, "a wrong length, too");
	memcpy(b.data + fifth + 1, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	spur_format_mcap.close(r);
	r = open_bytes(b.data, b.len, NULL);
	scan(r, &want, &s);
	is_int((intmax_t)s.count, 19, "and the largest one");
	spur_format_mcap.close(r);
	spur_buf_finish(&b);
}

/* A file of the writer: chunks that overlap in time, several topics, an attachment, metadata. */
static char *make(size_t *len, enum spur_mcap_compression compression, unsigned messages)
{
	char dir[] = "/tmp/spur-mcap-XXXXXX", path[64], *data = NULL, text[64];
	struct spur_mcap_writer_opts o = { .compression = compression, .chunk_bytes = 600 };
	static const char *const pairs[] = { "car", "test", NULL };
	struct spur_mcap_writer *w;
	uint64_t state = 1;

	if (mkdtemp(dir) == NULL)
		return NULL;
	snprintf(path, sizeof(path), "%s/f", dir);
	spur_mcap_writer_create(path, &o, &w, NULL);
	spur_mcap_writer_schema(w, &(struct spur_mcap_schema){ .id = 1, .name = "S", .encoding = "jsonschema", .data = "{}", .len = 2 }, NULL);
	for (uint16_t c = 0; c < 3; c++)
		spur_mcap_writer_channel(w, &(struct spur_mcap_channel){ .id = c, .schema_id = c == 2 ? 0 : 1,
			.topic = c == 0 ? "/b" : c == 1 ? "/a" : "/c", .encoding = "json" }, NULL);
	for (unsigned i = 0; i < messages; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		snprintf(text, sizeof(text), "{\"n\":%u,\"same\":\"aaaaaaaaaaaaaaaa\"}", i);
		spur_mcap_writer_message(w, &(struct spur_mcap_message){ .channel_id = (uint16_t)(i % 3), .sequence = i,
			.log_time = 1000 + i * 10 + (state >> 33) % 300, .publish_time = i, .data = text, .len = strlen(text) }, NULL);
	}
	spur_mcap_writer_metadata(w, "drive", pairs, NULL);
	spur_mcap_writer_attachment(w, &(struct spur_mcap_attachment){ .name = "n", .media_type = "text/plain", .len = 4 }, "data", NULL);
	spur_mcap_writer_commit(w, NULL);
	spur_file_read(path, 1 << 22, &data, len, NULL);
	unlink(path);
	rmdir(dir);
	return data;
}

static void the_index_and_the_walk_agree(void)
{
	size_t len = 0;
	char *data = make(&len, SPUR_MCAP_ZSTD, 500);
	struct spur_open_opts walk = { .no_index = true, .threads = 1 };
	struct spur_reader *a = open_bytes(data, len, NULL), *b = open_bytes(data, len, &walk);
	const struct spur_description *x = spur_format_mcap.describe(a), *y = spur_format_mcap.describe(b);
	static struct seen s, t;

	ok(x->damage_count == 0 && y->damage_count == 0, "a sound file has no damage");
	ok(x->messages == 500 && y->messages == 500 && x->stream_count == 3 && y->stream_count == 3, "the same counts");
	ok(x->begin_ns == y->begin_ns && x->end_ns == y->end_ns, "the same span");
	ok(x->attachment_count == 1 && y->attachment_count == 1 && x->attachments[0].offset == y->attachments[0].offset &&
	   memcmp(data + x->attachments[0].offset, "data", 4) == 0, "the attachment is where it says");
	ok(x->note_count == 2 && y->note_count == 2, "library and metadata are notes");
	is_str(x->notes[1].key, "drive/car", "by name and key");
	for (int order = SPUR_ORDER_FILE; order <= SPUR_ORDER_TOPIC; order++) {
		struct spur_scan want = everything((enum spur_order)order);
		uint32_t crc;

		scan(a, &want, &s);
		scan(b, &want, &t);
		ok(s.count == 500 && s.crc == t.crc, "the same messages in the same order");
		crc = s.crc;
		want.mem_bytes = 4000;	/* far less than overlaps: passes of selection */
		want.threads = 1;
		scan(a, &want, &s);
		ok(s.count == 500 && s.crc == crc, "and in little memory");
		want.threads = 4;
		scan(a, &want, &s);
		ok(s.crc == crc, "and with more threads");
	}
	spur_format_mcap.close(a);
	spur_format_mcap.close(b);
	free(data);
}

static void time_order_is_sorted(void)
{
	struct spur_scan want = everything(SPUR_ORDER_TIME);
	size_t len = 0, wrong = 0;
	char *data = make(&len, SPUR_MCAP_LZ4, 1000);
	struct spur_reader *r = open_bytes(data, len, NULL);
	static struct seen s;

	for (int small = 0; small < 2; small++) {
		want.mem_bytes = small ? 8000 : 0;
		scan(r, &want, &s);
		for (size_t i = 1; i < s.count; i++)
			wrong += s.m[i - 1].log_time > s.m[i].log_time ||
				 (s.m[i - 1].log_time == s.m[i].log_time && s.m[i - 1].index > s.m[i].index);
		ok(s.count == 1000 && wrong == 0, small ? "sorted in passes" : "sorted by merging");
	}
	want.order = SPUR_ORDER_TOPIC;
	scan(r, &want, &s);
	ok(s.m[0].stream == 1 && s.m[333].stream == 0 && s.m[999].stream == 2, "topics in order of their names");
	want = everything(SPUR_ORDER_TIME);
	want.all_streams = false;
	want.streams = (const uint32_t[]){ 2 };
	want.stream_count = 1;
	scan(r, &want, &s);
	ok(s.count == 333 && s.m[0].stream == 2 && s.m[0].index % 3 == 2, "one stream, with its indexes in the whole file");
	want.streams = (const uint32_t[]){ 3 };
	is_int(scan(r, &want, &s), SPUR_EINVAL, "a stream that is not there is refused");
	spur_format_mcap.close(r);
	free(data);
}

/* Cut anywhere: an error or what is there, in front of the cut, and always a word about it. */
static void cut_at_every_byte(enum spur_mcap_compression compression)
{
	size_t len = 0, silent = 0, last = 0, backwards = 0, opened = 0;
	char *data = make(&len, compression, 60);
	struct spur_scan want = everything(SPUR_ORDER_FILE);
	static struct seen s;

	for (size_t n = 0; n < len; n++) {
		char *copy = malloc(n == 0 ? 1 : n);	/* so that a sanitizer sees a read behind it */
		struct spur_reader *r;

		memcpy(copy, data, n);
		r = open_bytes(copy, n, NULL);
		opened += r != NULL;
		if (r != NULL && scan(r, &want, &s) >= 0) {
			silent += spur_format_mcap.describe(r)->damage_count == 0;
			backwards += s.count < last;
			last = s.count;
		}
		spur_format_mcap.close(r);
		free(copy);
	}
	is_int((intmax_t)opened, (intmax_t)(len - MCAP_MAGIC_BYTES), "every cut behind the magic can be opened");
	is_int((intmax_t)silent, 0, "a cut is never silent");
	is_int((intmax_t)backwards, 0, "a longer piece never gives fewer messages");
	is_int((intmax_t)last, 60, "all of them are there before the end");
	free(data);
}

static void each_byte_flipped_is_survived(void)
{
	size_t len = 0, more = 0;
	char *data = make(&len, SPUR_MCAP_LZ4, 30);
	struct spur_scan want = everything(SPUR_ORDER_TIME);
	static struct seen s;

	for (size_t n = 0; n < len; n++) {
		struct spur_reader *r;

		data[n] ^= (char)(1 << (n % 8));
		if ((r = open_bytes(data, len, NULL)) != NULL && scan(r, &want, &s) >= 0)
			more += s.count > 30;
		spur_format_mcap.close(r);
		data[n] ^= (char)(1 << (n % 8));
	}
	is_int((intmax_t)more, 0, "no flipped bit makes messages out of nothing");
	free(data);
}

static enum spur_status count_finding(void *state, const struct spur_finding *f, struct spur_error *err)
{
	size_t *defects = state;

	(void)err;
	*defects += f->severity == SPUR_DEFECT;
	return SPUR_OK;
}

/* check() reads every byte: whatever is flipped behind the magic is found. */
static void check_sees_every_flipped_bit(void)
{
	size_t len = 0, missed = 0, sound = 0;
	char *data = make(&len, SPUR_MCAP_ZSTD, 30);
	struct spur_findings to = { &sound, count_finding };
	struct spur_reader *r = open_bytes(data, len, NULL);

	spur_format_mcap.check(r, &to, NULL, NULL);
	spur_format_mcap.close(r);
	is_int((intmax_t)sound, 0, "a sound file has no defect");
	for (size_t n = MCAP_MAGIC_BYTES; n < len; n++) {
		size_t defects = 0;

		to.state = &defects;
		data[n] ^= (char)(1 << (n % 8));
		if ((r = open_bytes(data, len, NULL)) != NULL) {
			spur_format_mcap.check(r, &to, NULL, NULL);
			if (defects == 0 && missed++ < 5)
				printf("# byte %zu of %zu\n", n, len);
		}
		spur_format_mcap.close(r);
		data[n] ^= (char)(1 << (n % 8));
	}
	is_int((intmax_t)missed, 0, "every flipped bit is a defect");
	free(data);
}

static void recover_saves_and_verifies(void)
{
	char dir[] = "/tmp/spur-mcap-XXXXXX", path[64], *data, *again = NULL;
	struct spur_recovery got = { 0 };
	struct spur_reader *r;
	size_t len = 0, again_len = 0, defects = 0;
	struct spur_findings to = { &defects, count_finding };

	if (mkdtemp(dir) == NULL)
		return;
	snprintf(path, sizeof(path), "%s/out", dir);
	data = make(&len, SPUR_MCAP_LZ4, 100);
	r = open_bytes(data, len - 50, &(struct spur_open_opts){ .no_index = true });
	is_int(spur_format_mcap.recover(r, path, NULL, &got, NULL, NULL), SPUR_OK, "a file without its end is recovered");
	ok(got.messages_kept == 100 && got.attachments_kept == 1 && got.bytes_lost < 50, "with everything in it");
	spur_format_mcap.close(r);
	spur_file_read(path, 1 << 22, &again, &again_len, NULL);
	r = open_bytes(again, again_len, NULL);
	spur_format_mcap.check(r, &to, NULL, NULL);
	is_int((intmax_t)defects, 0, "into a sound file");
	is_int((intmax_t)spur_format_mcap.describe(r)->note_count, 2, "the metadata, too");
	spur_format_mcap.close(r);
	free(again);
	memset(data + len / 4, 0xA5, 400);
	r = open_bytes(data, len, &(struct spur_open_opts){ .no_index = true });
	is_int(spur_format_mcap.recover(r, path, NULL, &got, NULL, NULL), SPUR_OK, "a file with a hole is recovered");
	ok(got.messages_kept < 100 && got.messages_kept > 60 && got.bytes_lost >= 400, "what was lost is counted");
	spur_format_mcap.close(r);
	unlink(path);
	rmdir(dir);
	free(data);
}

static void what_is_not_mcap_0_is_explained(void)
{
	char magic[] = MCAP_MAGIC "\1";
	struct spur_error err;
	struct spur_range *range;
	struct spur_reader *r;
	struct spur_open_opts o = { 0 };

	magic[5] = '1';
	ok(spur_format_mcap.probe((const unsigned char *)magic, 9) > 50, "another version is ours to refuse");
	range = spur_range_memory(magic, 9, "memory");
	is_int(spur_format_mcap.open(range, &o, &r, &err), SPUR_EUNSUPPORTED, "as unsupported");
	is_str(err.text, "byte 5: MCAP version '1' (0x31) is not known; version '0' is", "and named");
	spur_range_close(range);
	memcpy(magic + 5, "0\n\n", 3);
	range = spur_range_memory(magic, 9, "memory");
	is_int(spur_format_mcap.open(range, &o, &r, &err), SPUR_EFORMAT, "line ends that were converted");
	ok(strstr(err.text, "text mode") != NULL, "are named");
	spur_range_close(range);
}

int main(void)
{
	a_file_without_a_summary_is_surveyed();
	equal_times_keep_the_order_of_the_file();
	odd_definitions_cost_only_their_messages();
	a_wrong_checksum_costs_the_chunk();
	the_walk_finds_its_way_behind_damage();
	the_index_and_the_walk_agree();
	time_order_is_sorted();
	cut_at_every_byte(SPUR_MCAP_ZSTD);
	cut_at_every_byte(SPUR_MCAP_NONE);
	each_byte_flipped_is_survived();
	check_sees_every_flipped_bit();
	recover_saves_and_verifies();
	what_is_not_mcap_0_is_explained();
	return tap_done();
}
