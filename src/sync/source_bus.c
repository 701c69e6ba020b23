#include "config.h"

#include "sync/source_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "decode/dbc.h"
#include "io/out.h"

#define DBC_MAX_BYTES (UINT64_C(64) << 20)
#define EXTENDED 0x80000000u
#define NONE UINT32_MAX
#define TABLES_MAX 65536u	/* frame ids times bus channels that a DBC knows */

/*
 * CAN frames of an MDF log (ASAM MDF 4.1 "Bus logging"): a composition CAN_DataFrame whose
 * members may lie anywhere in the record. Each bus channel and frame id that a DBC knows is a
 * table; which there are is found by one pass over the identifiers when the source is opened.
 */
enum role { ROLE_ID, ROLE_IDE, ROLE_CHANNEL, ROLE_DLC, ROLE_LENGTH, ROLE_BYTES, ROLES };

struct bus_group {
	uint32_t group;
	uint32_t member[ROLES];		/* MDF signal ids; NONE: the group does not have it */
};

struct bus_table {
	uint64_t key;			/* bus channel << 32 | frame id */
	const struct spur_dbc_message *message;	/* NULL: no database knows it */
	uint32_t table;			/* of the source */
	uint64_t rows;
};

struct spur_source_bus {
	struct spur_dbc **dbcs;
	size_t dbc_count;
	struct bus_group *groups;
	size_t group_count;
	struct bus_table *tables;
	size_t table_count;
	uint32_t *slots;		/* open addressing over tables: index + 1 */
	size_t slot_count;
};

/* ---- the members of a group ---- */

/* "CAN_DataFrame.ID", "CAN_DataFrame.CAN_DataFrame.ID": what the last part is for. */
static int role_of(const char *name)
{
	static const char *const names[ROLES] = { "ID", "IDE", "BusChannel", "DLC", "DataLength", "DataBytes" };
	const char *dot = strrchr(name, '.');

	if (dot == NULL || strstr(name, "CAN_DataFrame") == NULL)
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
			bg.member[i] = NONE;
		for (uint32_t k = 0; k < d->groups[g].signal_count && d->groups[g].refusal == NULL; k++) {
			uint32_t id = d->groups[g].first_signal + k;
			int role = d->signals[id].refused ? -1 : role_of(d->signals[id].name);

			if (role >= 0 && bg.member[role] == NONE)
				bg.member[role] = id;
		}
		if (bg.member[ROLE_ID] != NONE && bg.member[ROLE_BYTES] != NONE)
			b->groups[b->group_count++] = bg;
	}
}

static const struct bus_group *group_of(const struct spur_source_bus *b, uint32_t group)
{
	for (size_t i = 0; i < b->group_count; i++) {
		if (b->groups[i].group == group)
			return &b->groups[i];
	}
	return NULL;
}

/* The columns of a batch by what they are for; NULL: not there. */
static void bind(const struct bus_group *g, const uint32_t *ids, const struct spur_columns *rows,
		 const struct spur_column *cols[ROLES])
{
	for (int i = 0; i < ROLES; i++) {
		cols[i] = NULL;
		for (size_t c = 0; g->member[i] != NONE && c < rows->count; c++) {
			if (ids[c] == g->member[i])
				cols[i] = &rows->columns[c];
		}
	}
}

static uint64_t whole(const struct spur_column *c, size_t row)
{
	double d;

	if (c == NULL || !spur_type_is_number(c->type))
		return 0;
	if (c->type == SPUR_TYPE_U32)
		return ((const uint32_t *)c->data)[row];
	d = spur_column_f64(c, row);
	return d >= 0 && d < 0x1p53 ? (uint64_t)d : 0;
}

/* Bus channel and identifier of a row; the extended bit from IDE, from the ID's own bit 31, or its size. */
static uint64_t key_of(const struct spur_column *const cols[ROLES], size_t row)
{
	uint64_t id = whole(cols[ROLE_ID], row);
	bool extended = (cols[ROLE_IDE] != NULL && whole(cols[ROLE_IDE], row) != 0) || (id & EXTENDED) != 0 || id > 0x7ff;

	return (whole(cols[ROLE_CHANNEL], row) & 0xffffffff) << 32 | (id & 0x1fffffff) | (extended ? EXTENDED : 0);
}

/* ---- the tables ---- */

static size_t slot_of(const struct spur_source_bus *b, uint64_t key)
{
	size_t at = (key * UINT64_C(0x9e3779b97f4a7c15)) >> 32 & (b->slot_count - 1);

	while (b->slots[at] != 0 && b->tables[b->slots[at] - 1].key != key)
		at = (at + 1) & (b->slot_count - 1);
	return at;
}

static struct bus_table *table_of(const struct spur_source_bus *b, uint64_t key)
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

static struct bus_table *add_table(struct spur_source_bus *b, uint64_t key)
{
	struct bus_table t = { .key = key, .table = NONE };

	if (b->table_count >= TABLES_MAX)
		return NULL;
	for (size_t i = 0; i < b->dbc_count && t.message == NULL; i++)
		t.message = spur_dbc_find(b->dbcs[i], (uint32_t)key);
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
	const struct bus_group *g = group_of(b, group);
	const struct spur_column *cols[ROLES];

	(void)err;
	if (g == NULL)
		return SPUR_OK;
	bind(g, ids, rows, cols);
	for (size_t i = 0; cols[ROLE_ID] != NULL && i < rows->rows; i++) {
		uint64_t key = key_of(cols, i);
		struct bus_table *t = table_of(b, key);

		if (t == NULL && (t = add_table(b, key)) == NULL)
			continue;	/* more ids than a bus can have: noise */
		t->rows++;
	}
	return SPUR_OK;
}

static enum spur_status scan_ids(struct spur_source *s, struct spur_error *err)
{
	struct spur_source_bus *b = s->bus;
	const struct spur_sink sink = { .state = b, .columns = count_ids };
	uint32_t *ids = spur_calloc(b->group_count * 3, sizeof(*ids));
	struct spur_scan scan = { .signals = ids, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX,
				  .mem_bytes = s->opts.mem_bytes, .threads = s->opts.threads };
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < b->group_count; i++) {
		for (int r = ROLE_ID; r <= ROLE_CHANNEL; r++) {
			if (b->groups[i].member[r] != NONE)
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

static enum spur_status add_signals(struct spur_source *s, const struct bus_table *t, bool time, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < t->message->signal_count && st >= 0; i++) {
		const struct spur_dbc_signal *d = &t->message->signals[i];
		struct spur_source_signal sig = { .unit = d->unit, .comment = d->comment, .stream = t->message->name,
						  .type = SPUR_TYPE_F64, .table = t->table, .rows = t->rows, .time = time };

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

		if (t->message == NULL)
			continue;
		st_table.label = arena_text(s, spur_strfmt("CAN%u:%X", (unsigned)(t->key >> 32), (unsigned)(t->key & 0x1fffffff)));
		t->table = (uint32_t)s->table_count;
		st = source_add_table(s, &st_table, err);
		if (st >= 0)
			st = add_signals(s, t, time, err);
	}
	return st;
}

static enum spur_status load_dbc(struct spur_source_bus *b, const char *path, struct spur_error *err)
{
	enum spur_status st;
	char *text = NULL;
	size_t len = 0;

	b->dbcs = spur_realloc(b->dbcs, b->dbc_count + 1, sizeof(*b->dbcs));
	if ((st = spur_file_read(path, DBC_MAX_BYTES, &text, &len, err)) < 0)
		return st;
	st = spur_dbc_parse(text, len, &b->dbcs[b->dbc_count], err);
	b->dbc_count += st >= 0;
	free(text);
	return spur_wrap(st, err, "%s", path);
}

enum spur_status source_bus_open(struct spur_source *s, struct spur_error *err)
{
	struct spur_source_bus *b = s->bus = spur_calloc(1, sizeof(*b));
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; s->opts.dbc[i] != NULL && st >= 0; i++)
		st = load_dbc(b, s->opts.dbc[i], err);
	if (st < 0)
		return st;
	find_groups(s->desc, b);
	if ((st = scan_ids(s, err)) < 0)
		return st;
	return add_tables(s, err);
}

void source_bus_close(struct spur_source_bus *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->dbc_count; i++)
		spur_dbc_destroy(b->dbcs[i]);
	free(b->dbcs);
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
			if (b->groups[i].member[r] != NONE)
				ids[n++] = b->groups[i].member[r];
		}
	}
	return n;
}

/* ---- reading ---- */

struct frames {
	const struct spur_column *cols[ROLES];
	const struct spur_columns *rows;
};

/* The payload of a row: what the file stores, cut to the length it says (DLC codes of CAN FD above 8). */
static const uint8_t *payload(const struct frames *f, size_t row, size_t *len)
{
	static const uint8_t fd[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64 };
	const struct spur_column *c = f->cols[ROLE_BYTES];
	const uint8_t *data;
	uint64_t said = UINT64_MAX;

	if (spur_type_is_number(c->type)) {	/* eight bytes as one number */
		*len = spur_type_size(c->type);
		data = (const uint8_t *)c->data + row * *len;
	} else {
		data = (const uint8_t *)spur_column_bytes(c, row, len);
	}
	if (f->cols[ROLE_LENGTH] != NULL)
		said = whole(f->cols[ROLE_LENGTH], row);
	else if (f->cols[ROLE_DLC] != NULL)
		said = fd[whole(f->cols[ROLE_DLC], row) & 15];
	if (said < *len)
		*len = (size_t)said;
	return data;
}

static struct spur_columns *decode(const struct frames *f, const struct bus_table *t, const struct source_part *p,
				   const size_t *rows, size_t count, const struct spur_source_want *want)
{
	const struct spur_dbc_style style = { .raw = want->raw, .with_text = want->with_text };
	struct spur_columns_builder *to = spur_columns_builder_create();
	struct spur_columns *out;

	for (size_t c = 0; c < p->count; c++) {
		const struct spur_dbc_signal *s = &t->message->signals[p->inner[c]];

		spur_columns_builder_add(to, s->name, spur_dbc_type(s, want->raw));
	}
	for (size_t i = 0; i < count; i++) {
		size_t len;
		const uint8_t *data = payload(f, rows[i], &len);

		for (size_t c = 0; c < p->count; c++)
			spur_dbc_append(t->message, &t->message->signals[p->inner[c]], data, len, style, to, c);
		if (f->rows->time_ns != NULL)
			spur_columns_builder_time(to, f->rows->time_ns[rows[i]]);
		if (f->rows->master != NULL)
			spur_columns_builder_master(to, f->rows->master[rows[i]]);
	}
	out = spur_columns_builder_take(to);
	spur_columns_builder_destroy(to);
	return out;
}

/* Chains the rows of each wanted table: head and next hold row + 1. */
static void sort_rows(const struct spur_source_bus *b, const struct frames *f, const size_t *part_of, size_t *head, size_t *next)
{
	for (size_t i = f->rows->rows; i-- > 0;) {
		const struct bus_table *t = table_of(b, key_of(f->cols, i));
		size_t part = t == NULL || t->table == NONE ? 0 : part_of[t->table];

		if (part != 0) {
			next[i] = head[part - 1];
			head[part - 1] = i + 1;
		}
	}
}

enum spur_status source_bus_rows(struct spur_source *s, uint32_t group, const uint32_t *ids, const struct spur_columns *rows,
				 const struct spur_source_want *want, const struct source_part *parts, size_t part_count,
				 const size_t *part_of, spur_source_sink *sink, void *state, struct spur_error *err)
{
	const struct bus_group *g = group_of(s->bus, group);
	struct frames f = { .rows = rows };
	size_t *head, *next, *list;
	enum spur_status st = SPUR_OK;

	if (g == NULL)
		return SPUR_OK;
	bind(g, ids, rows, f.cols);
	if (f.cols[ROLE_ID] == NULL || f.cols[ROLE_BYTES] == NULL)
		return SPUR_OK;
	head = spur_calloc(part_count, sizeof(*head));
	next = spur_calloc(rows->rows, sizeof(*next));
	list = spur_calloc(rows->rows, sizeof(*list));
	sort_rows(s->bus, &f, part_of, head, next);
	for (size_t i = 0; i < part_count && st == SPUR_OK; i++) {
		struct spur_columns *out;
		size_t n = 0;

		for (size_t r = head[i]; r != 0; r = next[r - 1])
			list[n++] = r - 1;
		if (n == 0)
			continue;
		out = decode(&f, &s->bus->tables[s->tables[parts[i].table].at], &parts[i], list, n, want);
		st = sink(state, parts[i].table, parts[i].pos, out, err);
		spur_columns_unref(out);
	}
	free(head);
	free(next);
	free(list);
	return st;
}

bool spur_source_frame(const struct spur_source *s, uint32_t table, struct spur_source_frame *out)
{
	const struct bus_table *t;

	if (table >= s->table_count || s->tables[table].kind != SOURCE_FRAMES)
		return false;
	t = &s->bus->tables[s->tables[table].at];
	*out = (struct spur_source_frame){ .message = t->message->name, .bus_channel = (uint32_t)(t->key >> 32),
					   .frame_id = (uint32_t)t->key & 0x1fffffff, .extended = (t->key & EXTENDED) != 0 };
	return true;
}
