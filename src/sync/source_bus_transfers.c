/* Payloads of more than one frame: which there are, and where they come from. */
#include "config.h"

#include "sync/source_bus.h"

#include <stdlib.h>

#include "base/buf.h"

#define CLASSIC_BYTES 8u
/* The slowest transfer that a recording holds: 255 packets of a broadcast, 200 ms apart (J1939-21 5.12.3). */
#define SLOWEST_NS INT64_C(60000000000)
#define ISO_PHYSICAL 0xdau	/* ISO 15765-3 in J1939's identifiers: to one, to all */
#define ISO_FUNCTIONAL 0xdbu

static bool has_long_message(const struct spur_dbc *db, bool extended_only)
{
	size_t count;
	const struct spur_dbc_message *m = spur_dbc_messages(db, &count);

	for (size_t i = 0; i < count; i++) {
		if (m[i].size_bytes > CLASSIC_BYTES && (!extended_only || (m[i].frame_id & BUS_EXTENDED) != 0))
			return true;
	}
	return false;
}

static bool any_long_message(const struct spur_source_bus *b, bool extended_only)
{
	bool any = false;

	for (size_t i = 0; i < b->dbc_count && !any; i++)
		any = has_long_message(b->dbcs[i], extended_only);
	return any;
}

bool bus_wants_lengths(const struct spur_source *s)
{
	return s->opts.payloads || any_long_message(s->bus, false);
}

/* A message that is longer than any of its frames, and of no J1939 group but those that are for ISO-TP. Where
 * payloads are wanted, any identifier without a message as well: what has no whole transfer is not it. */
static bool may_be_iso(const struct bus_table *t, bool any)
{
	unsigned format = (uint32_t)t->key >> 16 & 0xff;
	bool for_iso = format == ISO_PHYSICAL || format == ISO_FUNCTIONAL;

	if (t->message == NULL)
		return any && !spur_transport_is_j1939((uint32_t)t->key);
	return t->message->size_bytes > CLASSIC_BYTES && t->message->size_bytes > t->longest && (!t->message->j1939 || for_iso);
}

bool bus_is_carrier(uint64_t key, const struct bus_table *t)
{
	return spur_transport_is_j1939((uint32_t)key) || (t != NULL && t->iso);
}

bool bus_transfer(const struct spur_source_bus *b, const struct bus_frames *f, size_t row, uint64_t *key, struct spur_transfer *out)
{
	uint64_t own = bus_key(f, row);
	struct spur_transport_frame frame = { .frame_id = (uint32_t)own, .timed = f->rows->time_ns != NULL };

	/* Groups come one after the other, not in order of time: each has transfers of its own. */
	frame.channel = (uint64_t)f->group << 32 | own >> 32;
	frame.kind = spur_transport_is_j1939((uint32_t)own) ? SPUR_TRANSPORT_J1939 : SPUR_TRANSPORT_ISO;
	frame.data = bus_payload(f, row, &frame.len);
	frame.time_ns = frame.timed ? f->rows->time_ns[row] : 0;
	if (!spur_transport_put(b->transport, &frame, out))
		return false;
	*key = (own >> 32) << 32 | out->frame_id;
	return true;
}

/* ---- the second pass ---- */

static const struct spur_dbc_message *group_message(const struct spur_source_bus *b, uint64_t key)
{
	const struct spur_dbc_message *m = NULL;

	for (size_t i = 0; i < b->dbc_count && m == NULL; i++)
		m = bus_serves(b, i, key) ? spur_dbc_find(b->dbcs[i], (uint32_t)key) : NULL;
	for (size_t i = 0; i < b->dbc_count && m == NULL; i++)
		m = bus_serves(b, i, key) ? spur_dbc_find_group(b->dbcs[i], spur_dbc_pgn((uint32_t)key)) : NULL;
	return m;
}

static void count_j1939(struct spur_source_bus *b, uint64_t key)
{
	struct bus_table *t = bus_table_of(b, key);

	if (t == NULL && (t = bus_table_add(b, key)) == NULL)
		return;
	if (t->message == NULL)
		t->message = group_message(b, key);
	t->carried = true;
	t->rows++;
	b->has_transfers = true;
}

static void add_difference(struct spur_transport_counts *to, struct spur_transport_counts now, struct spur_transport_counts then)
{
	to->begun += now.begun - then.begun;
	to->done += now.done - then.done;
	to->broken += now.broken - then.broken;
	to->refused += now.refused - then.refused;
	to->stray += now.stray - then.stray;
}

/* One row of the log; what it changed counts for its table, because not every table will turn out to be ISO-TP. */
static void count_row(struct spur_source_bus *b, const struct bus_frames *f, size_t row)
{
	uint64_t own = bus_key(f, row), key;
	bool j1939 = spur_transport_is_j1939((uint32_t)own);
	struct spur_transport_counts then = spur_transport_count(b->transport);
	struct spur_transfer done;
	bool whole;

	if (!bus_is_carrier(own, bus_table_of(b, own)))
		return;
	whole = bus_transfer(b, f, row, &key, &done);
	add_difference(j1939 ? &b->counts : &bus_table_of(b, own)->counts, spur_transport_count(b->transport), then);
	if (whole && j1939)
		count_j1939(b, key);
	else if (whole)
		bus_table_of(b, own)->payloads++;
}

static enum spur_status count_transfers(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows,
					struct spur_error *err)
{
	struct spur_source_bus *b = state;
	const struct bus_group *g = bus_group_of(b, group);
	struct bus_frames f;

	(void)err;
	if (g == NULL || !bus_frames_bind(&f, g, ids, rows) || f.cols[ROLE_BYTES] == NULL)
		return SPUR_OK;
	for (size_t i = 0; i < rows->rows; i++)
		count_row(b, &f, i);
	return SPUR_OK;
}

/* Tables that are ISO-TP if the pass finds payloads of several frames in them. */
static bool mark_candidates(const struct spur_source *s)
{
	struct spur_source_bus *b = s->bus;
	bool any = false, announced = false;

	for (size_t i = 0; i < b->table_count; i++) {
		b->tables[i].iso = may_be_iso(&b->tables[i], s->opts.payloads);
		any = any || b->tables[i].iso;
		announced = announced || spur_transport_is_j1939((uint32_t)b->tables[i].key);
	}
	return any || (announced && (s->opts.payloads || any_long_message(b, true)));
}

static void settle(struct spur_source_bus *b)
{
	for (size_t i = 0; i < b->table_count; i++) {
		struct bus_table *t = &b->tables[i];

		t->iso = t->iso && t->counts.done > 0;
		if (!t->iso)
			continue;
		t->rows = t->payloads;
		b->has_transfers = true;
		add_difference(&b->counts, t->counts, (struct spur_transport_counts){ 0 });
	}
	b->counts.broken = b->counts.begun - b->counts.done;	/* the recording ends before those that are open do */
	spur_transport_destroy(b->transport);
	b->transport = NULL;
}

enum spur_status bus_find_transfers(struct spur_source *s, struct spur_error *err)
{
	struct spur_source_bus *b = s->bus;
	const struct spur_sink sink = { .state = b, .columns = count_transfers };
	uint32_t *ids;
	struct spur_scan scan = { .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX, .mem_bytes = s->opts.mem_bytes,
				  .threads = s->opts.threads };
	enum spur_status st;

	if (!mark_candidates(s))
		return SPUR_OK;
	ids = spur_calloc(b->group_count * ROLES, sizeof(*ids));
	scan.signals = ids;
	scan.signal_count = source_bus_members(b, ids, b->group_count * ROLES);
	b->transport = spur_transport_create();
	st = s->format->scan(s->reader, &scan, &sink, NULL, err);
	settle(b);
	free(ids);
	return st < 0 ? spur_wrap(st, err, "%s: transfers of several frames", s->path) : SPUR_OK;
}

spur_ns source_bus_begin(struct spur_source *s, spur_ns begin_ns)
{
	struct spur_source_bus *b = s->bus;

	spur_transport_destroy(b->transport);
	b->transport = b->has_transfers ? spur_transport_create() : NULL;
	if (!b->has_transfers || begin_ns < SPUR_NS_MIN + SLOWEST_NS)
		return begin_ns;
	return begin_ns - SLOWEST_NS;
}
