/* Frames of a bus log as rows: one each, or one per topic. */
#include "config.h"

#include "verb/messages_bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "verb/bus_profile.h"

#define TOPICS_MAX 65536u
#define DIGEST_HEX 16
#define SHOWN_BYTES 16		/* of a payload, on a terminal */
#define SMALLEST_BUDGET (UINT64_C(1) << 20)

/* One kind of frame under one identifier of one channel. */
struct topic {
	uint64_t key;
	const char *text, *name;	/* name NULL: no database knows it */
	struct frame like;		/* group, channel, id, extended; no data */
	struct messages_topic counts;
	bool wanted;
};

/* A frame that waits for its turn. */
struct kept {
	spur_ns time_ns;
	uint64_t seq;			/* as it came: of one group, in the order of its rows */
	uint64_t at;			/* of its bytes in `bytes` */
	uint64_t source, destination;
	uint32_t topic, size, rank, group;	/* rank: of its topic, where these are sorted */
	int8_t dir;
	bool fd, has_data, timed, mac;
};

struct listing {
	struct spur_ctx *ctx;
	struct spur_emit *emit;
	const struct messages_want *want;
	struct frame_groups groups;
	struct frame_names names;
	struct spur_file_patterns patterns;
	struct spur_arena *arena;
	struct topic *topics;
	size_t topic_count;
	uint32_t *slots;		/* open addressing: index + 1; 2 * TOPICS_MAX of them */
	uint64_t shown;
	/* While frames are sorted: */
	struct kept *kept;
	size_t count, room;
	struct spur_buf bytes;
	uint64_t budget;
	bool full;
};

/* ---- topics ---- */

static uint64_t key_of(const struct frame *f)
{
	uint64_t h = f->id ^ f->channel << 40 ^ (uint64_t)f->extended << 33 ^ (uint64_t)f->has_id << 34;

	return spur_hash64(f->group->kind, strlen(f->group->kind)) ^ h * UINT64_C(0x9e3779b97f4a7c15);
}

static bool is_like(const struct topic *t, const struct frame *f)
{
	return t->like.id == f->id && t->like.channel == f->channel && t->like.extended == f->extended &&
	       t->like.has_id == f->has_id && strcmp(t->like.group->kind, f->group->kind) == 0;
}

static bool pattern_fits(const struct spur_match *m, const struct topic *t)
{
	return spur_match_test(m, t->text) || spur_match_test(m, t->like.group->kind) || (t->name != NULL && spur_match_test(m, t->name));
}

static void name_topic(struct listing *l, struct topic *t)
{
	char text[FRAME_TOPIC];

	frame_topic(&t->like, text);
	t->text = spur_arena_str(l->arena, text);
	t->name = frame_name(&l->names, &t->like);
	t->wanted = l->patterns.count == 0;
	for (size_t i = 0; i < l->patterns.count; i++)
		t->wanted = t->wanted || pattern_fits(l->patterns.m[i], t);
}

/* NULL: more identifiers than a bus can have. */
static struct topic *topic_of(struct listing *l, const struct frame *f)
{
	uint64_t key = key_of(f);
	size_t at = (size_t)(key >> 32) & (2 * TOPICS_MAX - 1);
	struct topic *t;

	for (; l->slots[at] != 0; at = (at + 1) & (2 * TOPICS_MAX - 1)) {
		t = &l->topics[l->slots[at] - 1];
		if (t->key == key && is_like(t, f))
			return t;
	}
	if (l->topic_count == TOPICS_MAX)
		return NULL;
	if ((l->topic_count & (l->topic_count - 1)) == 0)
		l->topics = spur_realloc(l->topics, l->topic_count == 0 ? 1 : 2 * l->topic_count, sizeof(*t));
	t = &l->topics[l->topic_count++];
	*t = (struct topic){ .key = key, .like = *f };
	t->like.data = NULL;
	name_topic(l, t);
	l->slots[at] = (uint32_t)l->topic_count;
	return t;
}

/* ---- one row per frame ---- */

static void hex_text(const uint8_t *data, size_t size, bool whole, struct spur_buf *out)
{
	size_t n = whole || size <= SHOWN_BYTES ? size : SHOWN_BYTES;

	spur_buf_clear(out);
	for (size_t i = 0; i < n; i++)
		spur_buf_addf(out, "%02x", data[i]);
	if (n < size)
		spur_buf_adds(out, "...");
}

static void emit_who(const struct topic *t, struct spur_emit *emit)
{
	spur_emit_detail(emit);
	spur_emit_uint(emit, "group", t->like.group->group);
	spur_emit_text(emit, "bus", t->like.group->bus);
	if (t->like.has_channel)
		spur_emit_uint(emit, "bus_channel", t->like.channel);
	if (t->like.has_id)
		spur_emit_uint(emit, strcmp(t->like.group->bus, "ETH") == 0 ? "ether_type" : "frame_id", t->like.id);
	if (t->like.has_id && strcmp(t->like.group->bus, "CAN") == 0)
		spur_emit_bool(emit, "extended", t->like.extended);
}

static void emit_address(struct spur_emit *emit, const char *key, uint64_t v, bool mac)
{
	char text[24];

	if (!mac) {
		spur_emit_uint(emit, key, v);
		return;
	}
	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", (unsigned)(v >> 40 & 255), (unsigned)(v >> 32 & 255),
		 (unsigned)(v >> 24 & 255), (unsigned)(v >> 16 & 255), (unsigned)(v >> 8 & 255), (unsigned)(v & 255));
	spur_emit_text(emit, key, text);
}

static void emit_frame(struct listing *l, const struct topic *t, const struct kept *k, const uint8_t *data, struct spur_buf *hex)
{
	struct spur_emit *emit = l->emit;

	spur_emit_row(emit, "frame");
	spur_emit_uint(emit, "i", l->shown++);
	if (k->timed)
		spur_emit_time(emit, "log_time_ns", k->time_ns);
	else
		spur_emit_text(emit, "log_time_ns", NULL);
	spur_emit_text(emit, "topic", t->text);
	spur_emit_text(emit, "kind", t->like.group->kind);
	spur_emit_text(emit, "name", t->name);
	spur_emit_uint(emit, "size", k->size);
	if (l->want->digest && k->has_data) {
		char sha[SPUR_SHA256_HEX];

		spur_sha256_hex_of(data, k->size, sha);
		spur_emit_textn(emit, "sha", sha, DIGEST_HEX);
	}
	hex_text(data, k->has_data ? k->size : 0, l->ctx->json, hex);
	spur_emit_text(emit, "data", k->has_data ? spur_buf_text(hex) : NULL);
	emit_who(t, emit);
	if (k->dir >= 0)
		spur_emit_text(emit, "dir", k->dir == 0 ? "rx" : "tx");
	if (strcmp(t->like.group->bus, "CAN") == 0)
		spur_emit_bool(emit, "fd", k->fd);
	if (t->like.has_addresses) {
		emit_address(emit, "source", k->source, k->mac);
		emit_address(emit, "destination", k->destination, k->mac);
	}
	spur_emit_end(emit);
}

static struct kept kept_of(const struct listing *l, const struct topic *t, const struct frame *f)
{
	return (struct kept){ .time_ns = f->time_ns, .timed = f->timed, .seq = l->count, .group = f->group->group, .topic = (uint32_t)(t - l->topics),
			      .source = f->source, .destination = f->destination, .size = (uint32_t)f->size, .dir = (int8_t)f->dir,
			      .fd = f->fd, .mac = f->mac, .has_data = f->data != NULL, .at = l->bytes.len };
}

/* False: the budget is spent. */
static bool keep(struct listing *l, const struct topic *t, const struct frame *f)
{
	if (l->count == l->room) {
		if (l->room * 2 * sizeof(*l->kept) + l->bytes.cap > l->budget)
			return false;
		l->room = l->room == 0 ? 1024 : l->room * 2;
		l->kept = spur_realloc(l->kept, l->room, sizeof(*l->kept));
	}
	if (l->room * sizeof(*l->kept) + l->bytes.len + f->size > l->budget)
		return false;
	l->kept[l->count] = kept_of(l, t, f);
	l->count++;
	if (f->data != NULL)
		spur_buf_add(&l->bytes, f->data, f->size);
	return true;
}

static enum spur_status take(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows, struct spur_error *err)
{
	struct listing *l = state;
	struct frame_columns c;
	struct spur_buf hex = { 0 };
	enum spur_status st = SPUR_OK;

	(void)err;
	if (!frame_columns_bind(&c, &l->groups, group, ids, rows))
		return SPUR_OK;
	for (size_t i = 0; i < rows->rows && st == SPUR_OK; i++) {
		struct frame f;
		struct topic *t;
		struct kept k;

		frame_read(&c, i, &f);
		if ((t = topic_of(l, &f)) == NULL || !t->wanted)
			continue;
		if (l->want->topics) {
			messages_topic_add(&t->counts, (uint64_t)f.time_ns, f.timed, f.size);
		} else if (l->want->order == SPUR_ORDER_FILE) {
			k = kept_of(l, t, &f);
			emit_frame(l, t, &k, f.data, &hex);
		} else if (!keep(l, t, &f)) {
			l->full = true;
			st = SPUR_END;
		}
	}
	spur_buf_finish(&hex);
	return st;
}

/* ---- passes ---- */

static enum spur_status pass(struct listing *l, const struct spur_format *format, struct spur_reader *reader, spur_ns begin_ns,
			     spur_ns end_ns, struct spur_error *err)
{
	const struct spur_sink sink = { .state = l, .columns = take };
	uint32_t *ids = spur_calloc(l->groups.count * MEMBERS, sizeof(*ids));
	struct spur_scan scan = { .signals = ids, .begin_ns = begin_ns, .end_ns = end_ns, .mem_bytes = l->ctx->mem_bytes,
				  .threads = l->ctx->threads };
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < l->groups.count; i++) {
		for (int m = 0; m < MEMBERS; m++) {
			/* A summary needs the bytes only where nothing else says how many there are. */
			bool needed = m != MEMBER_BYTES || !l->want->topics || l->groups.rows[i].member[MEMBER_LENGTH] == SPUR_NOT_KNOWN;

			if (needed && l->groups.rows[i].member[m] != SPUR_NOT_KNOWN)
				ids[scan.signal_count++] = l->groups.rows[i].member[m];
		}
	}
	if (scan.signal_count > 0)
		st = format->scan(reader, &scan, &sink, l->ctx->task, err);
	free(ids);
	return st;
}

/* Groups come in batches, in an order that means nothing: of equal times that of the groups counts, and of their rows. */
static int by_time(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int by_time_backwards(const void *a, const void *b)
{
	return by_time(b, a);
}

static int by_topic(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	return x->rank != y->rank ? (x->rank < y->rank ? -1 : 1) : by_time(a, b);
}

static int by_name(const void *a, const void *b)
{
	const struct topic *const *x = a, *const *y = b;
	int order = strcmp((*x)->text, (*y)->text);

	return order != 0 ? order : strcmp((*x)->like.group->kind, (*y)->like.group->kind);
}

static void rank_topics(struct listing *l)
{
	const struct topic **order = spur_calloc(l->topic_count, sizeof(*order));
	uint32_t *ranks = spur_calloc(l->topic_count, sizeof(*ranks));

	for (size_t i = 0; i < l->topic_count; i++)
		order[i] = &l->topics[i];
	if (l->topic_count > 0)
		qsort(order, l->topic_count, sizeof(*order), by_name);
	for (size_t i = 0; i < l->topic_count; i++)
		ranks[order[i] - l->topics] = (uint32_t)i;
	for (size_t i = 0; i < l->count; i++)
		l->kept[i].rank = ranks[l->kept[i].topic];
	free(order);
	free(ranks);
}

static void show_kept(struct listing *l)
{
	struct spur_buf hex = { 0 };

	if (l->want->order == SPUR_ORDER_TOPIC)
		rank_topics(l);
	if (l->count > 0)
		qsort(l->kept, l->count, sizeof(*l->kept), l->want->order == SPUR_ORDER_TOPIC ? by_topic :
		      l->want->order == SPUR_ORDER_REVERSE ? by_time_backwards : by_time);
	for (size_t i = 0; i < l->count; i++)
		emit_frame(l, &l->topics[l->kept[i].topic], &l->kept[i], (const uint8_t *)spur_buf_text(&l->bytes) + l->kept[i].at, &hex);
	spur_buf_finish(&hex);
}

/* In order of time within the budget: what does not fit is done in two halves, each with a pass of its own. */
static enum spur_status show_span(struct listing *l, const struct spur_format *format, struct spur_reader *reader, spur_ns begin_ns,
				  spur_ns end_ns, struct spur_error *err)
{
	const struct spur_description *d = format->describe(reader);
	spur_ns from = begin_ns < d->begin_ns ? d->begin_ns : begin_ns, to = end_ns > d->end_ns && d->end_known ? d->end_ns : end_ns, half;
	bool backwards = l->want->order == SPUR_ORDER_REVERSE;
	enum spur_status st;

	l->count = 0;
	l->full = false;
	spur_buf_clear(&l->bytes);
	if ((st = pass(l, format, reader, begin_ns, end_ns, err)) < 0)
		return st;
	if (!l->full) {
		show_kept(l);
		return SPUR_OK;
	}
	/* The middle in two steps: the bounds may be the least and the most of all times. */
	half = from / 2 + to / 2;
	if (l->want->order == SPUR_ORDER_TOPIC || !d->has_time || half <= begin_ns || half >= end_ns)
		return spur_fail(err, SPUR_ENOMEM, "these frames take more than --mem allows to be sorted: --order file, or a span (--from, --to)");
	st = backwards ? show_span(l, format, reader, half, end_ns, err) : show_span(l, format, reader, begin_ns, half, err);
	if (st >= 0)
		st = backwards ? show_span(l, format, reader, begin_ns, half, err) : show_span(l, format, reader, half, end_ns, err);
	return st;
}

/* ---- one row per topic ---- */

static int by_text(const void *a, const void *b)
{
	const struct topic *x = a, *y = b;
	int order = strcmp(x->like.group->bus, y->like.group->bus);

	if (order == 0 && x->like.channel != y->like.channel)
		order = x->like.channel < y->like.channel ? -1 : 1;
	if (order == 0 && x->like.id != y->like.id)
		order = x->like.id < y->like.id ? -1 : 1;
	if (order == 0)
		order = strcmp(x->like.group->kind, y->like.group->kind);
	return order != 0 ? order : (int)x->like.extended - (int)y->like.extended;
}

static void show_topics(struct listing *l)
{
	if (l->topic_count > 0)
		qsort(l->topics, l->topic_count, sizeof(*l->topics), by_text);
	for (size_t i = 0; i < l->topic_count; i++) {
		const struct topic *t = &l->topics[i];

		if (!t->wanted || t->counts.n == 0)
			continue;
		spur_emit_row(l->emit, "topic");
		spur_emit_text(l->emit, "topic", t->text);
		spur_emit_text(l->emit, "kind", t->like.group->kind);
		spur_emit_text(l->emit, "name", t->name);
		messages_topic_emit(&t->counts, l->emit);
		emit_who(t, l->emit);
		spur_emit_end(l->emit);
	}
}

/* Every pattern must fit something that was there. */
static enum spur_status check_patterns(const struct listing *l, const struct spur_args *args, struct spur_error *err)
{
	for (size_t k = 0; k < l->patterns.count; k++) {
		size_t fits = 0;

		for (size_t i = 0; i < l->topic_count; i++)
			fits += pattern_fits(l->patterns.m[k], &l->topics[i]);
		if (fits == 0)
			return spur_fail(err, SPUR_ENOTFOUND, "no frame '%s'; spur messages --topics lists them",
					 spur_args_nth(args, "topic", k));
	}
	return SPUR_OK;
}

static enum spur_status list(struct listing *l, const struct spur_format *format, struct spur_reader *reader,
			     const struct spur_args *args, struct spur_error *err)
{
	enum spur_status st;

	l->budget = l->ctx->mem_bytes == 0 ? UINT64_C(256) << 20 : l->ctx->mem_bytes / 2;
	l->budget = l->budget < SMALLEST_BUDGET ? SMALLEST_BUDGET : l->budget;
	l->slots = spur_calloc(2 * TOPICS_MAX, sizeof(*l->slots));
	l->arena = spur_arena_create(0);
	frame_groups_find(format->describe(reader), &l->groups);
	if (l->want->topics || l->want->order == SPUR_ORDER_FILE)
		st = pass(l, format, reader, l->want->begin_ns, l->want->end_ns, err);
	else
		st = show_span(l, format, reader, l->want->begin_ns, l->want->end_ns, err);
	if (st >= 0 && l->want->topics)
		show_topics(l);
	if (st >= 0 && l->topic_count == TOPICS_MAX)
		spur_emit_warn(l->emit, "more than %u identifiers: those of the others are left out", TOPICS_MAX);
	return st < 0 ? st : check_patterns(l, args, err);
}

enum spur_status messages_bus(struct spur_ctx *ctx, const struct spur_args *args, const struct spur_format *format,
			      struct spur_reader *reader, const struct messages_want *want, struct spur_emit *emit,
			      struct spur_error *err)
{
	struct listing l = { .ctx = ctx, .emit = emit, .want = want };
	struct spur_bus_choice bus;
	enum spur_status st;

	spur_bus_choose(ctx, args, args->pos[0], &bus, emit);
	if ((st = frame_names_load(bus.dbc, &l.names, err)) >= 0 &&
	    (st = spur_file_patterns_parse(args, "topic", &l.patterns, err)) >= 0) {
		st = list(&l, format, reader, args, err);
		spur_file_patterns_finish(&l.patterns);
	}
	frame_names_finish(&l.names);
	frame_groups_finish(&l.groups);
	spur_arena_destroy(l.arena);
	spur_buf_finish(&l.bytes);
	spur_bus_choice_finish(&bus);
	free(l.topics);
	free(l.slots);
	free(l.kept);
	return st;
}
