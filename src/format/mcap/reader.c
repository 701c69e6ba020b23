#include "config.h"

#include "format/registry.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "format/mcap/reader_priv.h"
#include "format/mcap/window.h"

/* MCAP, version 0. Specification: https://mcap.dev/spec; the layout is sketched in record.h. */

enum { MEM_DEFAULT = 256 << 20, NOTES_MAX = 4 << 20 };

static int probe(const unsigned char *head, size_t len)
{
	if (len >= MCAP_MAGIC_BYTES && memcmp(head, MCAP_MAGIC, MCAP_MAGIC_BYTES) == 0)
		return 100;
	/* Another version, or line ends that a transfer in text mode changed: ours to explain. */
	return len >= 5 && memcmp(head, MCAP_MAGIC, 5) == 0 ? 90 : 0;
}

static enum spur_status check_magic(struct spur_range *range, struct spur_error *err)
{
	char head[MCAP_MAGIC_BYTES] = "";
	enum spur_status st;
	uint64_t got;

	if ((st = spur_range_read_some(range, 0, head, sizeof(head), &got, err)) < 0)
		return st;
	if (got == sizeof(head) && memcmp(head, MCAP_MAGIC, MCAP_MAGIC_BYTES) == 0)
		return SPUR_OK;
	if (got < sizeof(head) && memcmp(head, MCAP_MAGIC, (size_t)got) == 0)
		return spur_fail_byte(err, SPUR_EFORMAT, got, "byte %" PRIu64 ": the file ends inside the magic", got);
	if (got > 5 && head[5] != '0')
		return spur_fail_byte(err, SPUR_EUNSUPPORTED, 5, "byte 5: MCAP version '%c' (0x%02x) is not known; version '0' is",
				      head[5] >= ' ' && head[5] <= '~' ? head[5] : '?', (unsigned)(uint8_t)head[5]);
	return spur_fail_byte(err, SPUR_EFORMAT, 6, "byte 6: the magic has other line ends: the file went through a transfer in text "
			      "mode; copy it again in binary mode");
}

static void forget(struct spur_reader *r)
{
	mcap_catalogue_destroy(r->catalogue);
	r->catalogue = mcap_catalogue_create(r->arena);
	r->piece_count = r->attached_count = r->metadata_count = 0;
	r->compressions = 0;
	r->has_statistics = r->laid_out = r->declared = r->hidden_chunks = false;
	r->summary_at = r->summary_len = 0;
	r->profile = r->library = NULL;
}

static void compression_text(struct spur_reader *r)
{
	static const struct { unsigned bit; const char *name; } all[] = {
		{ MCAP_CODEC_NONE, "none" }, { MCAP_CODEC_LZ4, "lz4" }, { MCAP_CODEC_ZSTD, "zstd" }, { MCAP_CODEC_UNKNOWN, "unknown" },
	};
	struct spur_buf b = { 0 };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if ((r->compressions >> all[i].bit & 1) != 0)
			spur_buf_addf(&b, "%s%s", b.len == 0 ? "" : ",", all[i].name);
	}
	r->description.compression = spur_arena_str(r->arena, b.len == 0 ? "none" : spur_buf_text(&b));
	spur_buf_finish(&b);
}

static spur_ns clamp(uint64_t t)
{
	return t > INT64_MAX ? INT64_MAX : (spur_ns)t;
}

static void set_span(struct spur_reader *r, uint64_t first, uint64_t last)
{
	r->description.has_time = r->description.end_known = true;
	r->description.begin_ns = clamp(first);
	r->description.end_ns = last >= INT64_MAX ? INT64_MAX : (spur_ns)last + 1;
}

/* Counts and span from the statistics, if they agree with themselves. */
static bool use_statistics(struct spur_reader *r, struct spur_stream *streams, size_t count)
{
	const struct mcap_statistics *s = &r->statistics;
	uint64_t sum = 0;

	for (uint64_t i = 0; i + 10 <= s->counts.len; i += 10) {
		uint32_t stream = mcap_catalogue_stream(r->catalogue, 0, spur_le16(s->counts.data + i));
		uint64_t n = spur_le64(s->counts.data + i + 2);

		if (stream < count)
			streams[stream].messages = n;
		sum += n;
	}
	for (size_t i = 0; i < count; i++) {
		if (streams[i].messages == UINT64_MAX)
			streams[i].messages = s->counts.len > 0 || s->messages == 0 ? 0 : UINT64_MAX;
	}
	r->description.messages = s->messages;
	if (s->counts.len > 0 && sum != s->messages) {
		mcap_damage(r, r->summary_at, r->summary_len, 0, "Statistics say %" PRIu64 " messages, their channels %" PRIu64, s->messages, sum);
		r->description.messages = sum;
	}
	if (s->start > s->end && s->messages > 0)
		mcap_damage(r, r->summary_at, r->summary_len, 0, "Statistics say the last message is before the first one");
	else if (s->messages > 0)
		set_span(r, s->start, s->end);
	return s->start <= s->end;
}

/* Counts and span from the pieces, which a survey or the walk filled in, or a chunk index. */
static void use_pieces(struct spur_reader *r, bool counts)
{
	uint64_t first = UINT64_MAX, last = 0, messages = 0;

	for (size_t i = 0; i < r->piece_count; i++) {
		const struct piece *p = &r->pieces[i];

		if (p->empty || p->messages == 0 || p->start > p->end)
			continue;
		first = p->start < first ? p->start : first;
		last = p->end > last ? p->end : last;
		messages += p->messages;
	}
	if (first <= last)
		set_span(r, first, last);
	if (counts)
		r->description.messages = messages;
}

static void describe_attachments(struct spur_reader *r)
{
	struct spur_attachment *out = spur_arena_array(r->arena, r->attached_count + 1, sizeof(*out));

	if (out == NULL)
		return;
	for (size_t i = 0; i < r->attached_count; i++) {
		const struct mcap_attached *a = &r->attached[i];

		out[i] = (struct spur_attachment){ .name = a->name, .media_type = a->media_type, .offset = a->data_at, .size = a->data_len,
						   .log_time_ns = clamp(a->log_time), .create_time_ns = clamp(a->create_time),
						   .stored = a->data_len };
	}
	r->description.attachments = out;
	r->description.attachment_count = r->attached_count;
}

struct notes {
	struct spur_note *list;
	size_t count, cap;
};

static void add_note(struct notes *n, const char *key, const char *value)
{
	if (key == NULL || value == NULL)
		return;
	if (n->count == n->cap) {
		n->cap = n->cap == 0 ? 16 : n->cap * 2;
		n->list = spur_realloc(n->list, n->cap, sizeof(*n->list));
	}
	n->list[n->count++] = (struct spur_note){ key, value };
}

static void add_metadata(struct spur_reader *r, struct notes *n, const char *content, size_t len)
{
	struct mcap_bytes key, value, rest;
	struct spur_buf name = { 0 };
	struct mcap_metadata m;

	if (!mcap_parse_metadata(content, len, &m))
		return;
	for (rest = m.entries; mcap_map_next(&rest, &key, &value);) {
		spur_buf_clear(&name);
		spur_buf_add(&name, m.name.data, (size_t)m.name.len);
		spur_buf_addc(&name, '/');
		spur_buf_add(&name, key.data, (size_t)key.len);
		add_note(n, spur_arena_str(r->arena, spur_buf_text(&name)), spur_arena_strn(r->arena, value.data, (size_t)value.len));
	}
	spur_buf_finish(&name);
}

/* Profile, library, and the metadata records as NAME/KEY; at most 4 MiB of them. */
static enum spur_status describe_notes(struct spur_reader *r, struct spur_error *err)
{
	struct spur_description *d = &r->description;
	struct notes n = { 0 };
	struct mcap_window w;
	enum spur_status st = SPUR_OK;
	struct spur_note *list;
	uint64_t total = 0;
	const char *p;

	if (r->profile != NULL && r->profile[0] != '\0')
		add_note(&n, "profile", r->profile);
	if (r->library != NULL && r->library[0] != '\0')
		add_note(&n, "library", r->library);
	mcap_window_init(&w, r->range);
	for (size_t i = 0; i < r->metadata_count && st >= 0; i++) {
		const struct mcap_extent *m = &r->metadata[i];

		if (m->length < MCAP_HEAD_BYTES || m->length > NOTES_MAX || (total += m->length) > NOTES_MAX)
			continue;
		st = mcap_window_get(&w, m->offset, m->length, &p, err);
		if (st == SPUR_OK && p[0] == MCAP_METADATA)
			add_metadata(r, &n, p + MCAP_HEAD_BYTES, (size_t)m->length - MCAP_HEAD_BYTES);
	}
	mcap_window_finish(&w);
	if (n.count > 0 && (list = spur_arena_array(r->arena, n.count, sizeof(*list))) != NULL) {
		memcpy(list, n.list, n.count * sizeof(*list));
		d->notes = list;
		d->note_count = n.count;
	}
	free(n.list);
	return st < 0 ? st : SPUR_OK;
}

static enum spur_status build(struct spur_reader *r, bool surveyed, struct spur_error *err)
{
	struct spur_description *d = &r->description;
	struct spur_stream *streams;
	enum spur_status st;

	if ((st = mcap_catalogue_finish(r->catalogue, surveyed, &streams, &d->stream_count, err)) < 0)
		return st;
	d->streams = streams;
	d->format = "mcap";
	d->version = "0";
	d->writer = r->library == NULL ? "" : r->library;
	d->size_bytes = spur_range_size(r->range);
	d->messages = UINT64_MAX;
	if (surveyed || !r->has_statistics || !use_statistics(r, streams, d->stream_count))
		use_pieces(r, surveyed);
	compression_text(r);
	describe_attachments(r);
	return describe_notes(r, err);
}

static enum spur_status read_index(struct spur_reader *r, bool *surveyed, struct spur_error *err)
{
	enum spur_status st = SPUR_END;

	if (!r->opts.no_index && (st = mcap_summary_read(r, err)) < 0)
		return st;
	if (st == SPUR_END) {
		forget(r);
		if ((st = mcap_layout_all(r, err)) < 0)
			return st;
	}
	*surveyed = !r->declared;
	if (r->declared)
		return SPUR_OK;
	if (!r->laid_out && (st = mcap_layout_all(r, err)) < 0)
		return st;
	return mcap_survey(r, err);
}

static void finish(struct spur_reader *r)
{
	mcap_fetched_destroy(r->fetched);
	mcap_catalogue_destroy(r->catalogue);
	spur_arena_destroy(r->arena);
	free(r->summary);
	free(r->pieces);
	free(r->attached);
	free(r->metadata);
	free(r->late);
	free(r->damage);
	free(r);
}

static enum spur_status open_reader(struct spur_range *range, const struct spur_open_opts *opts, struct spur_reader **out,
				    struct spur_error *err)
{
	bool surveyed = false;
	struct spur_reader *r;
	enum spur_status st;

	*out = NULL;
	if ((st = check_magic(range, err)) < 0)
		return st;
	r = spur_calloc(1, sizeof(*r));
	r->range = range;
	r->opts = *opts;
	if (r->opts.mem_bytes == 0)
		r->opts.mem_bytes = MEM_DEFAULT;
	r->arena = spur_arena_create(r->opts.mem_bytes > (64 << 20) ? r->opts.mem_bytes : 64 << 20);
	r->catalogue = mcap_catalogue_create(r->arena);
	if ((st = read_index(r, &surveyed, err)) < 0 || (st = build(r, surveyed, err)) < 0) {
		finish(r);
		return st;
	}
	*out = r;
	return SPUR_OK;
}

static const struct spur_description *describe(const struct spur_reader *r)
{
	return &r->description;
}

static void close_reader(struct spur_reader *r)
{
	if (r == NULL)
		return;
	spur_range_close(r->range);
	finish(r);
}

const struct spur_format spur_format_mcap = {
	.id = "mcap",
	.title = "MCAP 0",
	.suffixes = (const char *const[]){ ".mcap", NULL },
	.probe = probe,
	.open = open_reader,
	.describe = describe,
	.scan = mcap_scan,
	.check = mcap_check,
	.recover = mcap_recover,
	.cut = mcap_cut,
	.close = close_reader,
	.locate = mcap_locate,
	.fetch = mcap_fetch,
	.attachment = mcap_attachment,
};
