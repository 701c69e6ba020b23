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
#define MIXED_PHYSICAL 0xceu	/* the same with an address in the data */
#define MIXED_FUNCTIONAL 0xcdu

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

bool bus_is_mixed(uint32_t frame_id)
{
	unsigned format = frame_id >> 16 & 0xff;

	return (frame_id & BUS_EXTENDED) != 0 && (format == MIXED_PHYSICAL || format == MIXED_FUNCTIONAL);
}

size_t bus_head(enum bus_how how)
{
	return how == BUS_ISO ? 1 : how == BUS_ISO_ADDRESSED ? 2 : 0;
}

/* A message that is longer than any of its frames, and of no J1939 group but those that are for ISO-TP; these others may
 * be fast packets. Where payloads are wanted, any identifier without a message as well: what has no whole transfer is
 * not it. Of fast packets any counter in the first byte would do, so they need a message. */
static bool may_be(const struct bus_table *t, enum bus_how how, bool any)
{
	unsigned format = (uint32_t)t->key >> 16 & 0xff;
	bool extended = (t->key & BUS_EXTENDED) != 0, for_iso = format == ISO_PHYSICAL || format == ISO_FUNCTIONAL;

	if (spur_transport_is_j1939((uint32_t)t->key) || (t->key & BUS_LIN) != 0)
		return false;
	if (t->message == NULL)
		return any && how != BUS_FAST && (how != BUS_ISO || !bus_is_mixed((uint32_t)t->key));
	if (t->message->size_bytes <= CLASSIC_BYTES || t->message->size_bytes <= t->longest)
		return false;
	for_iso = for_iso || (extended && bus_is_mixed((uint32_t)t->key));
	if (how == BUS_FAST)
		return extended && !for_iso && t->message->size_bytes <= SPUR_TRANSPORT_FAST_BYTES;
	return (!t->message->j1939 || for_iso) && (how != BUS_ISO || !bus_is_mixed((uint32_t)t->key));
}

bool bus_is_carrier(uint64_t key, const struct bus_table *t)
{
	return spur_transport_is_j1939((uint32_t)key) || (t != NULL && t->how != BUS_FRAMES);
}

static bool put(const struct spur_source_bus *b, struct spur_transport *to, enum bus_how how, const struct bus_frames *f, size_t row,
		uint64_t *key, struct spur_transfer *out)
{
	static const enum spur_transport_kind kinds[BUS_HOWS] = {
		SPUR_TRANSPORT_J1939, SPUR_TRANSPORT_ISO, SPUR_TRANSPORT_ISO_ADDRESSED, SPUR_TRANSPORT_FAST
	};
	uint64_t own = bus_key(f, row);
	struct spur_transport_frame frame = { .frame_id = (uint32_t)own, .timed = f->rows->time_ns != NULL, .kind = kinds[how] };

	(void)b;
	/* Groups come one after the other, not in order of time: each has transfers of its own. */
	frame.channel = (uint64_t)f->group << 32 | own >> 32;
	frame.data = bus_payload(f, row, &frame.len);
	frame.time_ns = frame.timed ? f->rows->time_ns[row] : 0;
	if (!spur_transport_put(to, &frame, out))
		return false;
	*key = (own >> 32) << 32 | out->frame_id;
	return true;
}

bool bus_transfer(const struct spur_source_bus *b, const struct bus_table *t, const struct bus_frames *f, size_t row, uint64_t *key,
		  struct spur_transfer *out)
{
	return put(b, b->transport, t == NULL ? BUS_FRAMES : t->how, f, row, key, out);
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

static void try_row(struct spur_source_bus *b, struct bus_table *t, enum bus_how how, const struct bus_frames *f, size_t row)
{
	struct spur_transport_counts then = spur_transport_count(b->trial[how]);
	struct spur_transfer done;
	uint64_t key;

	t->trials[how].payloads += put(b, b->trial[how], how, f, row, &key, &done);
	add_difference(&t->trials[how].counts, spur_transport_count(b->trial[how]), then);
}

/* One row of the log; what it changed counts for its table, because not every table will turn out to be what it may be. */
static void count_row(struct spur_source_bus *b, const struct bus_frames *f, size_t row)
{
	uint64_t own = bus_key(f, row), key;
	struct bus_table *t = bus_table_of(b, own);
	struct spur_transport_counts then = spur_transport_count(b->transport);
	struct spur_transfer done;

	if (spur_transport_is_j1939((uint32_t)own)) {
		bool whole = put(b, b->transport, BUS_FRAMES, f, row, &key, &done);

		add_difference(&b->counts, spur_transport_count(b->transport), then);
		if (whole)
			count_j1939(b, key);
		return;
	}
	for (enum bus_how how = BUS_ISO; t != NULL && t->trials != NULL && how < BUS_HOWS; how++) {
		if (t->trials[how].wanted)
			try_row(b, t, how, f, row);
	}
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

/* What tables may be, for the pass to tell. */
static bool mark_candidates(const struct spur_source *s)
{
	struct spur_source_bus *b = s->bus;
	bool any = false, announced = false;

	for (size_t i = 0; i < b->table_count; i++) {
		struct bus_table *t = &b->tables[i];

		announced = announced || spur_transport_is_j1939((uint32_t)t->key);
		for (enum bus_how how = BUS_ISO; how < BUS_HOWS; how++) {
			if (!may_be(t, how, s->opts.payloads))
				continue;
			if (t->trials == NULL)
				t->trials = spur_calloc(BUS_HOWS, sizeof(*t->trials));
			t->trials[how].wanted = any = true;
		}
	}
	return any || (announced && (s->opts.payloads || any_long_message(b, true)));
}

/* The first kind that has whole transfers of several frames. Where an address or a sequence is only supposed, most of
 * them have to be whole. */
static void settle_table(struct spur_source_bus *b, struct bus_table *t)
{
	for (enum bus_how how = BUS_ISO; t->trials != NULL && how < BUS_HOWS && t->how == BUS_FRAMES; how++) {
		const struct bus_trial *x = &t->trials[how];

		if (x->counts.done > 0 && (how == BUS_ISO || x->counts.done > x->counts.broken + x->counts.refused))
			t->how = how;
	}
	if (t->how != BUS_FRAMES) {
		t->rows = t->payloads = t->trials[t->how].payloads;
		t->counts = t->trials[t->how].counts;
		b->has_transfers = true;
		add_difference(&b->counts, t->counts, (struct spur_transport_counts){ 0 });
	}
	free(t->trials);
	t->trials = NULL;
}

static void settle(struct spur_source_bus *b)
{
	for (size_t i = 0; i < b->table_count; i++)
		settle_table(b, &b->tables[i]);
	b->counts.broken = b->counts.begun - b->counts.done;	/* the recording ends before those that are open do */
	for (enum bus_how how = BUS_ISO; how < BUS_HOWS; how++) {
		spur_transport_destroy(b->trial[how]);
		b->trial[how] = NULL;
	}
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
	for (enum bus_how how = BUS_ISO; how < BUS_HOWS; how++)
		b->trial[how] = spur_transport_create();
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
