#include "config.h"

#include "format/mcap/reader_priv.h"

#include <stdlib.h>
#include <string.h>

/*
 * Schemas and channels as they are met. A key is (segment << 16 | id): in a concatenated file
 * each part has ids of its own. Definitions may come after the messages that need them, so
 * counts are kept for undeclared ids too, and schemas are resolved at the end.
 */
struct schema {
	const char *name, *encoding;
	const void *data;
	size_t len;
};

struct channel {
	uint64_t key;
	uint16_t schema_id;
	const char *topic, *encoding;
	const char *const *metadata;
	struct mcap_bytes raw;		/* its metadata as in the file: for comparison */
	const struct schema *schema;
	uint64_t messages;
};

struct slot {
	uint64_t key;			/* key + 1; 0: free */
	struct schema *schema;
	struct channel *channel;
	uint64_t messages;
	uint32_t stream;
};

struct table {
	struct slot *slots;
	size_t cap, used;
};

struct catalogue {
	struct spur_arena *arena;	/* borrowed */
	struct table schemas, channels;
	size_t schema_count, channel_count;
};

struct catalogue *mcap_catalogue_create(struct spur_arena *arena)
{
	struct catalogue *c = spur_calloc(1, sizeof(*c));

	c->arena = arena;
	return c;
}

void mcap_catalogue_destroy(struct catalogue *c)
{
	if (c == NULL)
		return;
	free(c->schemas.slots);
	free(c->channels.slots);
	free(c);
}

static size_t place(uint64_t key, size_t cap)
{
	return (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (cap - 1);
}

static struct slot *find(const struct table *t, uint64_t key)
{
	if (t->cap == 0)
		return NULL;
	for (size_t i = place(key, t->cap);; i = (i + 1) & (t->cap - 1)) {
		if (t->slots[i].key == key + 1)
			return &t->slots[i];
		if (t->slots[i].key == 0)
			return NULL;
	}
}

static struct slot *insert(struct table *t, const struct slot *s)
{
	size_t i = place(s->key - 1, t->cap);

	while (t->slots[i].key != 0)
		i = (i + 1) & (t->cap - 1);
	t->slots[i] = *s;
	t->used++;
	return &t->slots[i];
}

static struct slot *find_or_add(struct table *t, uint64_t key)
{
	struct slot *s = find(t, key), fresh = { .key = key + 1, .stream = MCAP_NO_STREAM };

	if (s != NULL)
		return s;
	if (2 * (t->used + 1) > t->cap) {
		struct table larger = { .cap = t->cap == 0 ? 64 : t->cap * 2 };

		larger.slots = spur_calloc(larger.cap, sizeof(*larger.slots));
		for (size_t i = 0; i < t->cap; i++) {
			if (t->slots[i].key != 0)
				insert(&larger, &t->slots[i]);
		}
		free(t->slots);
		*t = larger;
	}
	return insert(t, &fresh);
}

static uint64_t key_of(uint32_t segment, uint16_t id)
{
	return (uint64_t)segment << 16 | id;
}

static char *text(struct catalogue *c, struct mcap_bytes b)
{
	return spur_arena_strn(c->arena, b.data, (size_t)b.len);
}

static bool same_text(const char *s, struct mcap_bytes b)
{
	return strlen(s) == b.len && memcmp(s, b.data, (size_t)b.len) == 0;
}

static enum spur_status too_much(struct spur_error *err, const char *what, unsigned id)
{
	return spur_fail(err, SPUR_ENOMEM, "%s %u: the definitions need more than the memory budget; give more --mem", what, id);
}

enum spur_status mcap_catalogue_schema(struct catalogue *c, uint32_t segment, const void *content, size_t len,
				       struct spur_error *err)
{
	struct mcap_schema in;
	struct schema *mine;
	struct slot *s;
	char *data;

	if (!mcap_parse_schema(content, len, &in))
		return spur_fail(err, SPUR_EFORMAT, "Schema record of %zu bytes is too short for its fields", len);
	if (in.id == 0)
		return spur_fail(err, SPUR_EINVAL, "schema '%.*s' has the id 0, which means none", (int)(in.name.len & 63), in.name.data);
	s = find_or_add(&c->schemas, key_of(segment, in.id));
	if (s->schema != NULL) {
		mine = s->schema;
		if (mine->len == in.data.len && memcmp(mine->data, in.data.data, mine->len) == 0 &&
		    same_text(mine->name, in.name) && same_text(mine->encoding, in.encoding))
			return SPUR_OK;
		return spur_fail(err, SPUR_EINVAL, "schema %u is defined again with another content; the first one stays", in.id);
	}
	mine = spur_arena_alloc(c->arena, sizeof(*mine));
	data = spur_arena_strn(c->arena, in.data.data, (size_t)in.data.len);
	if (mine == NULL || data == NULL || (mine->name = text(c, in.name)) == NULL ||
	    (mine->encoding = text(c, in.encoding)) == NULL)
		return too_much(err, "schema", in.id);
	mine->data = data;
	mine->len = (size_t)in.data.len;
	s->schema = mine;
	c->schema_count++;
	return SPUR_OK;
}

/* Key, value, ..., NULL. A map that is cut short gives the pairs in front of the cut. */
static const char *const *pairs(struct catalogue *c, struct mcap_bytes map)
{
	struct mcap_bytes rest = map, key, value;
	const char **out;
	size_t n = 0;

	while (mcap_map_next(&rest, &key, &value))
		n++;
	if ((out = spur_arena_array(c->arena, 2 * n + 1, sizeof(*out))) == NULL)
		return NULL;
	rest = map;
	for (size_t i = 0; i < n && mcap_map_next(&rest, &key, &value); i++) {
		if ((out[2 * i] = text(c, key)) == NULL || (out[2 * i + 1] = text(c, value)) == NULL)
			return NULL;
	}
	return out;
}

static struct channel *new_channel(struct catalogue *c, uint64_t key, const struct mcap_channel *in)
{
	struct channel *mine = spur_arena_alloc(c->arena, sizeof(*mine));

	if (mine == NULL || (mine->topic = text(c, in->topic)) == NULL || (mine->encoding = text(c, in->encoding)) == NULL ||
	    (mine->metadata = pairs(c, in->metadata)) == NULL || (mine->raw.data = text(c, in->metadata)) == NULL)
		return NULL;
	mine->raw.len = in->metadata.len;
	mine->key = key;
	mine->schema_id = in->schema_id;
	return mine;
}

enum spur_status mcap_catalogue_channel(struct catalogue *c, uint32_t segment, const void *content, size_t len,
					struct spur_error *err)
{
	struct mcap_channel in;
	struct channel *mine;
	struct slot *s;

	if (!mcap_parse_channel(content, len, &in))
		return spur_fail(err, SPUR_EFORMAT, "Channel record of %zu bytes is too short for its fields", len);
	s = find_or_add(&c->channels, key_of(segment, in.id));
	if ((mine = s->channel) != NULL) {
		if (mine->schema_id == in.schema_id && same_text(mine->topic, in.topic) &&
		    same_text(mine->encoding, in.encoding) && mcap_bytes_equal(mine->raw, in.metadata))
			return SPUR_OK;
		return spur_fail(err, SPUR_EINVAL, "channel %u is defined again with another content; the first one stays", in.id);
	}
	if ((mine = new_channel(c, key_of(segment, in.id), &in)) == NULL)
		return too_much(err, "channel", in.id);
	s->channel = mine;
	c->channel_count++;
	return SPUR_OK;
}

void mcap_catalogue_count(struct catalogue *c, uint32_t segment, uint16_t channel, uint64_t messages)
{
	find_or_add(&c->channels, key_of(segment, channel))->messages += messages;
}

bool mcap_catalogue_has(const struct catalogue *c, uint32_t segment, uint16_t channel)
{
	const struct slot *s = find(&c->channels, key_of(segment, channel));

	return s != NULL && s->channel != NULL;
}

size_t mcap_catalogue_channels(const struct catalogue *c)
{
	return c->channel_count;
}

size_t mcap_catalogue_schemas(const struct catalogue *c)
{
	return c->schema_count;
}

static const struct schema *schema_of(const struct catalogue *c, const struct channel *ch)
{
	const struct slot *s = find(&c->schemas, (ch->key & ~UINT64_C(0xFFFF)) | ch->schema_id);

	return ch->schema_id == 0 || s == NULL ? NULL : s->schema;
}

bool mcap_catalogue_complete(const struct catalogue *c)
{
	for (size_t i = 0; i < c->channels.cap; i++) {
		const struct channel *ch = c->channels.slots[i].channel;

		if (ch != NULL && ch->schema_id != 0 && schema_of(c, ch) == NULL)
			return false;
	}
	return true;
}

/* By id, then by segment: the same id in neighbouring segments is usually the same channel. */
static int by_id(const void *a, const void *b)
{
	const struct channel *x = *(struct channel *const *)a, *y = *(struct channel *const *)b;
	uint16_t ix = (uint16_t)x->key, iy = (uint16_t)y->key;

	if (ix != iy)
		return ix < iy ? -1 : 1;
	return x->key < y->key ? -1 : x->key > y->key;
}

static bool same_schema(const struct schema *a, const struct schema *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0 && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->encoding, b->encoding) == 0;
}

static bool same_channel(const struct channel *a, const struct channel *b)
{
	return (uint16_t)a->key == (uint16_t)b->key && strcmp(a->topic, b->topic) == 0 &&
	       strcmp(a->encoding, b->encoding) == 0 && mcap_bytes_equal(a->raw, b->raw) && same_schema(a->schema, b->schema);
}

static struct spur_stream stream_of(const struct channel *ch, uint32_t index, bool counted)
{
	const struct schema *s = ch->schema;

	return (struct spur_stream){
		.id = (uint16_t)ch->key, .index = index, .topic = ch->topic, .encoding = ch->encoding,
		.schema_name = s == NULL ? "" : s->name, .schema_encoding = s == NULL ? "" : s->encoding,
		.schema = s == NULL ? "" : s->data, .schema_len = s == NULL ? 0 : s->len,
		.messages = counted ? 0 : UINT64_MAX, .metadata = ch->metadata,
	};
}

enum spur_status mcap_catalogue_finish(struct catalogue *c, bool counted, struct spur_stream **streams, size_t *count,
				       struct spur_error *err)
{
	struct channel **sorted = spur_arena_array(c->arena, c->channel_count + 1, sizeof(struct channel *));
	struct spur_stream *out = spur_arena_array(c->arena, c->channel_count + 1, sizeof(*out));
	const struct channel *last = NULL;
	size_t n = 0, kept = 0;

	if (sorted == NULL || out == NULL)
		return spur_fail(err, SPUR_ENOMEM, "%zu channels need more than the memory budget; give more --mem", c->channel_count);
	for (size_t i = 0; i < c->channels.cap; i++) {
		struct channel *ch = c->channels.slots[i].channel;

		if (ch != NULL) {
			ch->schema = schema_of(c, ch);
			sorted[n++] = ch;
		}
	}
	if (n > 1)
		qsort(sorted, n, sizeof(struct channel *), by_id);
	for (size_t i = 0; i < n; i++) {
		struct slot *s = find(&c->channels, sorted[i]->key);

		if (last == NULL || !same_channel(last, sorted[i])) {
			out[kept] = stream_of(sorted[i], (uint32_t)kept, counted);
			last = sorted[i];
			kept++;
		}
		s->stream = (uint32_t)kept - 1;
		if (counted)
			out[kept - 1].messages += s->messages;
	}
	*streams = out;
	*count = kept;
	return SPUR_OK;
}

uint32_t mcap_catalogue_stream(const struct catalogue *c, uint32_t segment, uint16_t channel)
{
	const struct slot *s = find(&c->channels, key_of(segment, channel));

	return s == NULL ? MCAP_NO_STREAM : s->stream;
}
