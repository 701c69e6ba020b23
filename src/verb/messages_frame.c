/* What the frames of a bus log are: groups, columns, topics, names. */
#include "config.h"

#include "verb/messages_bus.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "decode/ldf.h"
#include "io/out.h"
#include "sync/source.h"

#define DBC_MAX_BYTES (UINT64_C(64) << 20)
#define EXTENDED 0x80000000u

/* ---- groups ---- */

static const char *const member_names[MEMBERS] = {
	"ID", "IDE", "BusChannel", "EtherType", "Source", "Destination", "Dir", "EDL", "DLC", "DataLength", "DataBytes"
};

static const char *bus_of(const char *kind)
{
	static const char *const buses[] = { "CAN", "LIN", "FLX", "ETH", "MOST" };

	for (size_t i = 0; i < sizeof(buses) / sizeof(buses[0]); i++) {
		size_t n = strlen(buses[i]);

		if (strncmp(kind, buses[i], n) == 0 && kind[n] == '_')
			return buses[i];
	}
	return NULL;
}

/* "X.CAN_DataFrame.ID": the part before the last dot, and which member the last one is (-1: another). */
static bool split_name(const char *name, const char **kind, size_t *len, int *member)
{
	const char *dot = strrchr(name, '.'), *from = dot;

	if (dot == NULL)
		return false;
	while (from > name && from[-1] != '.')
		from--;
	*kind = from;
	*len = (size_t)(dot - from);
	*member = -1;
	for (int i = 0; i < MEMBERS; i++)
		*member = strcmp(dot + 1, member_names[i]) == 0 ? i : *member;
	return bus_of(from) != NULL;
}

static void look_at(const struct spur_description *d, const struct spur_group *g, struct frame_groups *out)
{
	struct frame_group fg = { .group = g->index };

	for (int i = 0; i < MEMBERS; i++)
		fg.member[i] = SPUR_NOT_KNOWN;
	for (uint32_t k = 0; k < g->signal_count && g->refusal == NULL; k++) {
		const struct spur_signal *s = &d->signals[g->first_signal + k];
		const char *kind;
		size_t len;
		int member;

		if (s->refused || !split_name(s->name, &kind, &len, &member))
			continue;
		if (fg.kind == NULL) {
			fg.kind = spur_arena_strn(out->arena, kind, len);
			fg.bus = bus_of(fg.kind);
		}
		if (member >= 0 && fg.member[member] == SPUR_NOT_KNOWN && strlen(fg.kind) == len && strncmp(fg.kind, kind, len) == 0)
			fg.member[member] = g->first_signal + k;
	}
	if (fg.kind == NULL || (fg.member[MEMBER_CHANNEL] == SPUR_NOT_KNOWN && fg.member[MEMBER_ID] == SPUR_NOT_KNOWN))
		return;
	out->rows = spur_realloc(out->rows, out->count + 1, sizeof(fg));
	out->rows[out->count++] = fg;
}

void frame_groups_find(const struct spur_description *d, struct frame_groups *out)
{
	*out = (struct frame_groups){ .arena = spur_arena_create(0) };
	for (size_t i = 0; i < d->group_count; i++)
		look_at(d, &d->groups[i], out);
}

void frame_groups_finish(struct frame_groups *g)
{
	free(g->rows);
	spur_arena_destroy(g->arena);
	*g = (struct frame_groups){ 0 };
}

bool messages_bus_any(const struct spur_description *d)
{
	struct frame_groups g;
	bool any;

	frame_groups_find(d, &g);
	any = g.count > 0;
	frame_groups_finish(&g);
	return any;
}

/* ---- frames ---- */

bool frame_columns_bind(struct frame_columns *c, const struct frame_groups *groups, uint32_t group, const uint32_t *ids,
			const struct spur_columns *rows)
{
	*c = (struct frame_columns){ .rows = rows };
	for (size_t i = 0; i < groups->count; i++) {
		if (groups->rows[i].group == group)
			c->group = &groups->rows[i];
	}
	for (int m = 0; c->group != NULL && m < MEMBERS; m++) {
		for (size_t k = 0; k < rows->count; k++) {
			if (ids[k] == c->group->member[m])
				c->cols[m] = &rows->columns[k];
		}
	}
	return c->group != NULL;
}

/* False: the group has no such member, or the value is none. */
static bool whole(const struct spur_column *c, size_t row, uint64_t *out)
{
	double v;

	*out = 0;
	if (c == NULL || !spur_type_is_number(c->type))
		return false;
	if (c->type == SPUR_TYPE_U64) {
		*out = ((const uint64_t *)c->data)[row];
		return true;
	}
	v = spur_column_number(c, row);
	if (v >= 0 && v < 0x1p53)
		*out = (uint64_t)v;
	return v >= 0;
}

static bool address(const struct spur_column *c, size_t row, uint64_t *out, bool *mac)
{
	const char *bytes;
	size_t len;

	if (c == NULL || c->type != SPUR_TYPE_BYTES)
		return whole(c, row, out);
	bytes = spur_column_bytes(c, row, &len);
	*mac = len == 6;
	*out = 0;
	for (size_t i = 0; i < 6 && *mac; i++)
		*out = *out << 8 | (uint8_t)bytes[i];
	return *mac;
}

static void read_data(const struct frame_columns *c, size_t row, struct frame *out)
{
	/* Of CAN FD the codes above 8 mean more. */
	static const uint8_t fd[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64 };
	const struct spur_column *bytes = c->cols[MEMBER_BYTES];
	uint64_t said;
	bool known = whole(c->cols[MEMBER_LENGTH], row, &said);

	if (!known && strcmp(out->group->bus, "CAN") == 0 && (known = whole(c->cols[MEMBER_DLC], row, &said)))
		said = fd[said & 15];
	if (bytes != NULL && spur_type_is_number(bytes->type)) {	/* eight bytes as one number */
		out->size = spur_type_size(bytes->type);
		out->data = (const uint8_t *)bytes->data + row * out->size;
	} else if (bytes != NULL) {
		out->data = (const uint8_t *)spur_column_bytes(bytes, row, &out->size);
	}
	if (out->data == NULL)
		out->size = known ? (size_t)(said < UINT32_MAX ? said : UINT32_MAX) : 0;
	else if (known && said < out->size)
		out->size = (size_t)said;
}

void frame_read(const struct frame_columns *c, size_t row, struct frame *out)
{
	uint64_t flag, dir;

	*out = (struct frame){ .group = c->group, .timed = c->rows->time_ns != NULL, .dir = -1 };
	if (out->timed)
		out->time_ns = c->rows->time_ns[row];
	out->has_channel = whole(c->cols[MEMBER_CHANNEL], row, &out->channel);
	out->has_id = whole(c->cols[MEMBER_ID], row, &out->id) || whole(c->cols[MEMBER_TYPE], row, &out->id);
	out->fd = whole(c->cols[MEMBER_FD], row, &flag) && flag != 0;
	if (whole(c->cols[MEMBER_DIR], row, &dir))
		out->dir = dir != 0;
	out->has_addresses = address(c->cols[MEMBER_SOURCE], row, &out->source, &out->mac);
	out->has_addresses = address(c->cols[MEMBER_DESTINATION], row, &out->destination, &out->mac) || out->has_addresses;
	if (out->has_id && strcmp(c->group->bus, "CAN") == 0) {
		out->extended = (whole(c->cols[MEMBER_IDE], row, &flag) && flag != 0) || (out->id & EXTENDED) != 0 || out->id > 0x7ff;
		out->id &= 0x1fffffff;
	}
	if (strcmp(c->group->bus, "LIN") == 0)
		out->id &= 0x3f;	/* without the two bits of parity */
	read_data(c, row, out);
}

void frame_topic(const struct frame *f, char out[FRAME_TOPIC])
{
	int n = snprintf(out, FRAME_TOPIC, "%s", f->group->bus);

	if (f->has_channel)
		n += snprintf(out + n, FRAME_TOPIC - (size_t)n, "%" PRIu64, f->channel);
	if (f->has_id)
		snprintf(out + n, FRAME_TOPIC - (size_t)n, ":%" PRIX64, f->id);
}

/* ---- names ---- */

static enum spur_status load(struct frame_names *n, const char *spec, struct spur_error *err)
{
	int64_t channel;
	const char *path = spur_bus_database_path(spec, &channel);
	char *text = NULL;
	size_t len = 0;
	enum spur_status st = spur_file_read(path, DBC_MAX_BYTES, &text, &len, err);

	n->dbcs = spur_realloc(n->dbcs, n->count + 1, sizeof(*n->dbcs));
	n->channels = spur_realloc(n->channels, n->count + 1, sizeof(*n->channels));
	if (st >= 0 && (st = spur_wrap(spur_busdb_parse(text, len, &n->dbcs[n->count], err), err, "%s", path)) >= 0)
		n->channels[n->count++] = channel;
	free(text);
	return st;
}

enum spur_status frame_names_load(const char *const *specs, struct frame_names *out, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	*out = (struct frame_names){ 0 };
	for (size_t i = 0; specs != NULL && specs[i] != NULL && st >= 0; i++)
		st = load(out, specs[i], err);
	return st;
}

void frame_names_finish(struct frame_names *n)
{
	for (size_t i = 0; i < n->count; i++)
		spur_dbc_destroy(n->dbcs[i]);
	free(n->dbcs);
	free(n->channels);
	*n = (struct frame_names){ 0 };
}

const char *frame_name(const struct frame_names *n, const struct frame *f)
{
	const struct spur_dbc_message *m = NULL;

	bool lin = strcmp(f->group->bus, "LIN") == 0;

	if (!f->has_id || (!lin && strcmp(f->group->bus, "CAN") != 0))
		return NULL;
	for (size_t i = 0; i < n->count && m == NULL; i++) {
		if (n->channels[i] < 0 || (f->has_channel ? (uint64_t)n->channels[i] == f->channel : n->channels[i] == 0))
			m = spur_dbc_is_lin(n->dbcs[i]) != lin ? NULL :
			    spur_dbc_find(n->dbcs[i], lin ? (uint32_t)f->id & 0x3f : (uint32_t)f->id | (f->extended ? EXTENDED : 0));
	}
	return m == NULL ? NULL : m->name;
}
