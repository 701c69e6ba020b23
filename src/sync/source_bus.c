#include "config.h"

#include "sync/source_bus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "decode/ldf.h"
#include "io/out.h"

#define DBC_MAX_BYTES (UINT64_C(64) << 20)
#define TABLES_MAX 65536u	/* frame ids times bus channels that a DBC knows */

/* ---- the members of a group ---- */

/* "CAN_DataFrame.ID", "CAN_DataFrame.CAN_DataFrame.ID", "LIN_Frame.ID": what the last part is for. */
static int role_of(const char *name, bool *lin)
{
	static const char *const names[ROLES] = { "ID", "IDE", "BusChannel", "DLC", "DataLength", "DataBytes" };
	const char *dot = strrchr(name, '.');

	*lin = strstr(name, "LIN_Frame") != NULL;
	if (dot == NULL || (!*lin && strstr(name, "CAN_DataFrame") == NULL))
		return -1;
	for (int i = 0; i < ROLES; i++) {
		if (strcmp(dot + 1, names[i]) == 0)
			return i;
	}
	return -1;
}

static void find_groups(const struct spur_description *d, struct spur_source_bus *b)
{
	b->groups = spur_calloc(d->group_count, sizeof(*b->groups));
	for (size_t g = 0; g < d->group_count; g++) {
		struct bus_group bg = { .group = d->groups[g].index };

		for (int i = 0; i < ROLES; i++)
			bg.member[i] = BUS_NONE;
		for (uint32_t k = 0; k < d->groups[g].signal_count && d->groups[g].refusal == NULL; k++) {
			uint32_t id = d->groups[g].first_signal + k;
			bool lin;
			int role = d->signals[id].refused ? -1 : role_of(d->signals[id].name, &lin);

			if (role >= 0 && bg.member[role] == BUS_NONE) {
				bg.member[role] = id;
				bg.lin = lin;
			}
		}
		if (bg.member[ROLE_ID] != BUS_NONE && bg.member[ROLE_BYTES] != BUS_NONE)
			b->groups[b->group_count++] = bg;
	}
}

/* ---- the tables ---- */

static size_t slot_of(const struct spur_source_bus *b, uint64_t key)
{
	size_t at = (key * UINT64_C(0x9e3779b97f4a7c15)) >> 32 & (b->slot_count - 1);

	while (b->slots[at] != 0 && b->tables[b->slots[at] - 1].key != key)
		at = (at + 1) & (b->slot_count - 1);
	return at;
}

struct bus_table *bus_table_of(const struct spur_source_bus *b, uint64_t key)
{
	size_t at = b->slot_count == 0 ? 0 : slot_of(b, key);

	return b->slot_count == 0 || b->slots[at] == 0 ? NULL : &b->tables[b->slots[at] - 1];
}

static void grow_slots(struct spur_source_bus *b)
{
	free(b->slots);
	b->slot_count = b->slot_count == 0 ? 256 : b->slot_count * 2;
	b->slots = spur_calloc(b->slot_count, sizeof(*b->slots));
	for (size_t i = 0; i < b->table_count; i++)
		b->slots[slot_of(b, b->tables[i].key)] = (uint32_t)i + 1;
}

struct bus_table *bus_table_add(struct spur_source_bus *b, uint64_t key)
{
	struct bus_table t = { .key = key, .table = BUS_NONE };

	if (b->table_count >= TABLES_MAX)
		return NULL;
	for (size_t i = 0; i < b->dbc_count && t.message == NULL; i++)
		t.message = bus_serves(b, i, key) ? spur_dbc_find(b->dbcs[i], (uint32_t)key & ~BUS_LIN) : NULL;
	if ((b->table_count & (b->table_count - 1)) == 0)
		b->tables = spur_realloc(b->tables, b->table_count == 0 ? 1 : 2 * b->table_count, sizeof(t));
	b->tables[b->table_count++] = t;
	if (b->table_count * 2 > b->slot_count)
		grow_slots(b);
	else
		b->slots[slot_of(b, key)] = (uint32_t)b->table_count;
	return &b->tables[b->table_count - 1];
}

static enum spur_status count_ids(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows,
				  struct spur_error *err)
{
	struct spur_source_bus *b = state;
	const struct bus_group *g = bus_group_of(b, group);
	struct bus_frames f;
	uint64_t *keys;

	(void)err;
	if (g == NULL || !bus_frames_bind(&f, g, ids, rows))
		return SPUR_OK;
	keys = bus_keys(&f);
	for (size_t i = 0; i < rows->rows; i++) {
		uint64_t length = bus_length(&f, i);
		struct bus_table *t = bus_table_of(b, keys[i]);

		if (t == NULL && (t = bus_table_add(b, keys[i])) == NULL)
			continue;	/* more ids than a bus can have: noise */
		t->rows++;
		if (length != UINT64_MAX && length > t->longest)
			t->longest = (uint32_t)(length < UINT32_MAX ? length : UINT32_MAX);
	}
	free(keys);
	return SPUR_OK;
}

static enum spur_status scan_ids(struct spur_source *s, struct spur_error *err)
{
	struct spur_source_bus *b = s->bus;
	const struct spur_sink sink = { .state = b, .columns = count_ids };
	uint32_t *ids = spur_calloc(b->group_count * ROLES, sizeof(*ids));
	struct spur_scan scan = { .signals = ids, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX,
				  .mem_bytes = s->opts.mem_bytes, .threads = s->opts.threads };
	int last = bus_wants_lengths(s) ? ROLE_LENGTH : ROLE_CHANNEL;
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < b->group_count; i++) {
		for (int r = ROLE_ID; r <= last; r++) {
			if (b->groups[i].member[r] != BUS_NONE)
				ids[scan.signal_count++] = b->groups[i].member[r];
		}
	}
	if (scan.signal_count > 0)
		st = s->format->scan(s->reader, &scan, &sink, NULL, err);
	free(ids);
	return st < 0 ? spur_wrap(st, err, "%s: frame identifiers", s->path) : SPUR_OK;
}

static char *arena_text(struct spur_source *s, char *text)
{
	char *kept = spur_arena_str(s->arena, text);

	free(text);
	return kept;
}

static enum spur_status add_payload(struct spur_source *s, const struct bus_table *t, const char *label, bool time,
				    struct spur_error *err)
{
	struct spur_source_signal sig = { .unit = "", .comment = "", .stream = label, .type = SPUR_TYPE_BYTES, .table = t->table,
					  .rows = t->rows, .time = time };

	if (!s->opts.payloads || !(t->how != BUS_FRAMES || t->carried))
		return SPUR_OK;
	sig.name = arena_text(s, spur_strfmt("%s.payload", label));
	return source_add_signal(s, &sig, BUS_PAYLOAD, "payload", err);
}

static enum spur_status add_signals(struct spur_source *s, const struct bus_table *t, bool time, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; t->message != NULL && i < t->message->signal_count && st >= 0; i++) {
		const struct spur_dbc_signal *d = &t->message->signals[i];
		struct spur_source_signal sig = { .unit = d->unit, .comment = d->comment, .stream = t->message->name,
						  .type = spur_dbc_type(d, false), .table = t->table, .rows = t->rows,
						  .time = time };

		sig.name = arena_text(s, spur_strfmt("%s.%s", t->message->name, d->name));
		st = source_add_signal(s, &sig, i, d->name, err);
	}
	return st;
}

static int by_key(const void *a, const void *b)
{
	const struct bus_table *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

/* In order of bus channel and identifier, whatever the order of the file. */
static enum spur_status add_tables(struct spur_source *s, struct spur_error *err)
{
	struct spur_source_bus *b = s->bus;
	bool time = b->group_count > 0 && s->desc->has_time &&
		    s->desc->groups[b->groups[0].group].domain == SPUR_DOMAIN_TIME;
	enum spur_status st = SPUR_OK;

	if (b->table_count > 0)
		qsort(b->tables, b->table_count, sizeof(*b->tables), by_key);
	grow_slots(b);
	for (size_t i = 0; i < b->table_count && st >= 0; i++) {
		struct bus_table *t = &b->tables[i];
		struct source_table st_table = { .kind = SOURCE_FRAMES, .at = (uint32_t)i, .time = time };

		if (t->rows == 0 || (t->message == NULL && !(s->opts.payloads && (t->how != BUS_FRAMES || t->carried))))
			continue;
		st_table.label = arena_text(s, spur_strfmt("%s%u:%X", (t->key & BUS_LIN) != 0 ? "LIN" : "CAN", (unsigned)(t->key >> 32),
							       (unsigned)(t->key & 0x1fffffff)));
		t->table = (uint32_t)s->table_count;
		st = source_add_table(s, &st_table, err);
		if (st >= 0)
			st = add_signals(s, t, time, err);
		if (st >= 0)
			st = add_payload(s, t, st_table.label, time, err);
	}
	return st;
}

bool bus_serves(const struct spur_source_bus *b, size_t i, uint64_t key)
{
	return (b->channels[i] < 0 || (uint64_t)b->channels[i] == key >> 32) && spur_dbc_is_lin(b->dbcs[i]) == ((key & BUS_LIN) != 0);
}

const char *spur_bus_database_path(const char *spec, int64_t *channel)
{
	size_t digits = strspn(spec, "0123456789");

	*channel = -1;
	if (digits == 0 || digits > 9 || spec[digits] != '=')
		return spec;
	*channel = strtol(spec, NULL, 10);
	return spec + digits + 1;
}

static enum spur_status load_dbc(struct spur_source_bus *b, const char *spec, struct spur_error *err)
{
	enum spur_status st;
	char *text = NULL;
	const char *path;
	size_t len = 0;

	b->dbcs = spur_realloc(b->dbcs, b->dbc_count + 1, sizeof(*b->dbcs));
	b->channels = spur_realloc(b->channels, b->dbc_count + 1, sizeof(*b->channels));
	path = spur_bus_database_path(spec, &b->channels[b->dbc_count]);
	if ((st = spur_file_read(path, DBC_MAX_BYTES, &text, &len, err)) < 0)
		return st;
	st = spur_busdb_parse(text, len, &b->dbcs[b->dbc_count], err);
	b->dbc_count += st >= 0;
	free(text);
	return spur_wrap(st, err, "%s", path);
}

enum spur_status source_bus_open(struct spur_source *s, struct spur_error *err)
{
	struct spur_source_bus *b = s->bus = spur_calloc(1, sizeof(*b));
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; s->opts.dbc != NULL && s->opts.dbc[i] != NULL && st >= 0; i++)
		st = load_dbc(b, s->opts.dbc[i], err);
	if (st < 0)
		return st;
	find_groups(s->desc, b);
	if ((st = scan_ids(s, err)) < 0 || (st = bus_find_transfers(s, err)) < 0)
		return st;
	return add_tables(s, err);
}

void source_bus_close(struct spur_source_bus *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->dbc_count; i++)
		spur_dbc_destroy(b->dbcs[i]);
	spur_transport_destroy(b->transport);
	free(b->dbcs);
	free(b->channels);
	free(b->groups);
	free(b->tables);
	free(b->slots);
	free(b);
}

size_t source_bus_members(const struct spur_source_bus *b, uint32_t *ids, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < b->group_count; i++) {
		for (int r = 0; r < ROLES && n < room; r++) {
			if (b->groups[i].member[r] != BUS_NONE)
				ids[n++] = b->groups[i].member[r];
		}
	}
	return n;
}

/* ---- what is in a table ---- */

static const char *transport_of(const struct bus_table *t)
{
	static const char *const names[BUS_HOWS] = { NULL, "iso-tp", "iso-tp-extended", "fast-packet" };

	if (t->how == BUS_ISO_ADDRESSED && bus_is_mixed((uint32_t)t->key))
		return "iso-tp-mixed";
	return t->how == BUS_FRAMES && t->carried ? "j1939-tp" : names[t->how];
}

bool spur_source_frame(const struct spur_source *s, uint32_t table, struct spur_source_frame *out)
{
	const struct bus_table *t;

	if (table >= s->table_count || s->tables[table].kind != SOURCE_FRAMES)
		return false;
	t = &s->bus->tables[s->tables[table].at];
	*out = (struct spur_source_frame){ .message = t->message == NULL ? NULL : t->message->name, .bus_channel = (uint32_t)(t->key >> 32),
					   .frame_id = (uint32_t)t->key & 0x1fffffff, .extended = (t->key & BUS_EXTENDED) != 0,
					   .j1939 = t->carried || (t->message != NULL && t->message->j1939),
					   .transport = transport_of(t), .lin = (t->key & BUS_LIN) != 0 };
	if (out->j1939) {
		out->pgn = spur_dbc_pgn((uint32_t)t->key);
		out->source_address = (uint8_t)(t->key & 0xff);
	}
	return true;
}

bool spur_source_transfers(const struct spur_source *s, struct spur_transport_counts *out)
{
	*out = s->bus == NULL ? (struct spur_transport_counts){ 0 } : s->bus->counts;
	return s->bus != NULL && s->bus->has_transfers;
}

uint64_t spur_source_unavailable(const struct spur_source *s, uint32_t id)
{
	return s->unavailable == NULL || id >= s->signal_count ? 0 : s->unavailable[id];
}
