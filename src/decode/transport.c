#include "config.h"

#include "decode/transport.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define EXTENDED 0x80000000u
#define TP_CM 0xecu		/* PDU formats of J1939-21 */
#define TP_DT 0xebu
#define GLOBAL 0xffu		/* to everybody */
#define J1939_MIN 9u
#define J1939_MAX 1785u

struct transfer {
	uint64_t channel;
	uint32_t key;			/* the identifier; J1939: source << 8 | destination */
	enum spur_transport_kind kind;
	uint8_t sub;			/* ISO: the address; fast packet: its sequence */
	uint8_t head;			/* bytes before the data */
	uint32_t pgn;
	uint32_t next;			/* number of the frame that is to come */
	uint32_t total;			/* bytes */
	int64_t last_ns;
	uint64_t touched;		/* frame counter, to find the one that waits longest */
	struct spur_buf bytes;		/* the head: the address if there is one, the low byte of the length; then the data */
};

struct spur_transport {
	struct transfer open[SPUR_TRANSPORT_OPEN];
	size_t count;
	struct spur_buf done;		/* the bytes of the last one that was completed */
	uint64_t frames;
	struct spur_transport_counts counts;
};

struct spur_transport *spur_transport_create(void)
{
	return spur_calloc(1, sizeof(struct spur_transport));
}

void spur_transport_destroy(struct spur_transport *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < SPUR_TRANSPORT_OPEN; i++)
		spur_buf_finish(&t->open[i].bytes);
	spur_buf_finish(&t->done);
	free(t);
}

struct spur_transport_counts spur_transport_count(const struct spur_transport *t)
{
	return t->counts;
}

static unsigned format_of(uint32_t frame_id)
{
	return frame_id >> 16 & 0xff;
}

bool spur_transport_is_j1939(uint32_t frame_id)
{
	/* Both data pages have bit 25 and 24 clear: the groups are 0xeb00 and 0xec00. */
	return (frame_id & EXTENDED) != 0 && (frame_id >> 24 & 3) == 0 &&
	       (format_of(frame_id) == TP_CM || format_of(frame_id) == TP_DT);
}

/* ---- what is open ---- */

static struct transfer *find_sub(struct spur_transport *t, const struct spur_transport_frame *f, uint32_t key, uint8_t sub)
{
	for (size_t i = 0; i < t->count; i++) {
		struct transfer *o = &t->open[i];

		if (o->key == key && o->sub == sub && o->channel == f->channel && o->kind == f->kind)
			return o;
	}
	return NULL;
}

static struct transfer *find(struct spur_transport *t, const struct spur_transport_frame *f, uint32_t key)
{
	return find_sub(t, f, key, 0);
}

/* Its buffer stays with the slot that becomes free, for the next one. */
static void forget(struct spur_transport *t, struct transfer *o)
{
	struct transfer last = t->open[--t->count], gone = *o;

	*o = last;
	t->open[t->count] = gone;
}

static void drop(struct spur_transport *t, struct transfer *o)
{
	if (o == NULL)
		return;
	t->counts.broken++;
	forget(t, o);
}

/* The length of it. */
static uint8_t put_head(struct spur_buf *b, enum spur_transport_kind kind, uint8_t sub, size_t total)
{
	if (kind == SPUR_TRANSPORT_ISO_ADDRESSED)
		spur_buf_u8(b, sub);
	spur_buf_u8(b, (uint8_t)total);
	return (uint8_t)b->len;
}

static struct transfer *begin(struct spur_transport *t, const struct spur_transport_frame *f, uint32_t key, uint8_t sub,
			      size_t total)
{
	struct transfer *o = &t->open[0];
	struct spur_buf kept;

	drop(t, find_sub(t, f, key, sub));
	for (size_t i = 1; t->count == SPUR_TRANSPORT_OPEN && i < t->count; i++)
		o = t->open[i].touched < o->touched ? &t->open[i] : o;
	if (t->count == SPUR_TRANSPORT_OPEN)
		drop(t, o);	/* the one that waits longest makes room */
	t->counts.begun++;
	o = &t->open[t->count++];
	kept = o->bytes;
	*o = (struct transfer){ .channel = f->channel, .key = key, .sub = sub, .kind = f->kind, .next = 1, .total = (uint32_t)total,
				.last_ns = f->time_ns, .touched = t->frames, .bytes = kept };
	spur_buf_clear(&o->bytes);
	o->head = put_head(&o->bytes, f->kind, sub, total);
	return o;
}

static size_t have(const struct transfer *o)
{
	return o->bytes.len - o->head;
}

static void take_bytes(struct transfer *o, const uint8_t *data, size_t len)
{
	size_t left = o->total - have(o);

	spur_buf_add(&o->bytes, data, len < left ? len : left);
}

static void give(struct spur_transport *t, const struct spur_buf *bytes, size_t head, struct spur_transfer *out)
{
	bool iso = out->kind == SPUR_TRANSPORT_ISO || out->kind == SPUR_TRANSPORT_ISO_ADDRESSED;

	spur_buf_clear(&t->done);
	spur_buf_add(&t->done, bytes->data, bytes->len);
	out->data = (const uint8_t *)t->done.data + head;
	out->len = t->done.len - head;
	out->framed = iso ? (const uint8_t *)t->done.data : out->data;
	out->framed_len = iso ? t->done.len : out->len;
}

static bool is_late(const struct transfer *o, const struct spur_transport_frame *f)
{
	int64_t begin = o->last_ns < f->time_ns ? o->last_ns : f->time_ns, end = o->last_ns < f->time_ns ? f->time_ns : o->last_ns;

	/* Loggers of several channels do not stamp in order to the last microsecond. */
	return f->timed && (uint64_t)end - (uint64_t)begin > (uint64_t)SPUR_TRANSPORT_GAP_NS;
}

/* Completes o if all its bytes are there. */
static bool finish(struct spur_transport *t, struct transfer *o, uint32_t frame_id, struct spur_transfer *out)
{
	if (have(o) < o->total)
		return false;
	*out = (struct spur_transfer){ .kind = o->kind, .frame_id = frame_id };
	give(t, &o->bytes, o->head, out);
	t->counts.done++;
	forget(t, o);
	return true;
}

/* ---- ISO 15765-2 ---- */

/* A frame without its address. */
struct iso_frame {
	const struct spur_transport_frame *f;
	const uint8_t *data;
	size_t len;
	uint8_t address;		/* 0 with normal addressing */
	bool longer;			/* than classic CAN has them */
};

/* 9.6.2: 0L data, or in a longer frame of CAN FD 00 LL data. */
static bool single_frame(struct spur_transport *t, const struct iso_frame *i, struct spur_transfer *out)
{
	size_t head = i->longer && i->data[0] == 0 ? 2 : 1, len = head == 2 ? i->data[1] : i->data[0] & 15u, before;
	struct spur_buf bytes = { 0 };

	if (len == 0 || len > i->len - head)
		return false;
	drop(t, find_sub(t, i->f, i->f->frame_id, i->address));
	before = put_head(&bytes, i->f->kind, i->address, len);
	spur_buf_add(&bytes, i->data + head, len);
	*out = (struct spur_transfer){ .kind = i->f->kind, .one_frame = true, .frame_id = i->f->frame_id };
	give(t, &bytes, before, out);
	spur_buf_finish(&bytes);
	return true;
}

/* 9.6.3: 1L LL data, or from 4096 bytes on 10 00 LL LL LL LL data. */
static void first_frame(struct spur_transport *t, const struct iso_frame *i)
{
	size_t head = 2, total = (i->data[0] & 15u) << 8 | i->data[1];
	struct transfer *o;

	if (total == 0 && i->len >= 6) {
		head = 6;
		total = (size_t)i->data[2] << 24 | (size_t)i->data[3] << 16 | (size_t)i->data[4] << 8 | i->data[5];
	}
	if (total + head <= i->len || total > SPUR_TRANSPORT_BYTES) {
		t->counts.refused++;
		drop(t, find_sub(t, i->f, i->f->frame_id, i->address));
		return;
	}
	o = begin(t, i->f, i->f->frame_id, i->address, total);
	take_bytes(o, i->data + head, i->len - head);
}

/* 9.6.4: 2N data, N from 1 on, after 15 comes 0. */
static bool consecutive_frame(struct spur_transport *t, const struct iso_frame *i, struct spur_transfer *out)
{
	struct transfer *o = find_sub(t, i->f, i->f->frame_id, i->address);

	if (o == NULL) {
		t->counts.stray++;
		return false;
	}
	if ((i->data[0] & 15u) != (o->next & 15u) || is_late(o, i->f)) {
		drop(t, o);
		return false;
	}
	o->next++;
	o->last_ns = i->f->time_ns;
	o->touched = t->frames;
	take_bytes(o, i->data + 1, i->len - 1);
	return finish(t, o, i->f->frame_id, out);
}

static bool put_iso(struct spur_transport *t, const struct spur_transport_frame *f, struct spur_transfer *out)
{
	size_t skip = f->kind == SPUR_TRANSPORT_ISO_ADDRESSED;
	struct iso_frame i = { .f = f, .longer = f->len > 8 };

	if (f->len < 2 + skip)
		return false;
	i.data = f->data + skip;
	i.len = f->len - skip;
	i.address = skip > 0 ? f->data[0] : 0;
	switch (i.data[0] >> 4) {
	case 0: return single_frame(t, &i, out);
	case 1: first_frame(t, &i); return false;
	case 2: return consecutive_frame(t, &i, out);
	default: return false;	/* 3: flow control of the other side */
	}
}

/* ---- fast packets of NMEA 2000 ---- */

/* SF LL six bytes, then SF seven bytes: the upper three bits of SF are the sequence, the others count frames from 0. */
static bool put_fast(struct spur_transport *t, const struct spur_transport_frame *f, struct spur_transfer *out)
{
	struct transfer *o;
	uint8_t sequence, number;

	if (f->len < 2)
		return false;
	sequence = f->data[0] >> 5;
	number = f->data[0] & 31;
	o = find_sub(t, f, f->frame_id, sequence);
	if (number == 0) {
		if (f->data[1] == 0 || f->data[1] > SPUR_TRANSPORT_FAST_BYTES) {
			t->counts.refused++;
			drop(t, o);
			return false;
		}
		o = begin(t, f, f->frame_id, sequence, f->data[1]);
		take_bytes(o, f->data + 2, f->len - 2 < 6 ? f->len - 2 : 6);
		if (!finish(t, o, f->frame_id, out))
			return false;
		out->one_frame = true;
		t->counts.begun--;	/* counted are those of several frames */
		t->counts.done--;
		return true;
	}
	if (o == NULL) {
		t->counts.stray++;
		return false;
	}
	if (number != o->next || is_late(o, f)) {
		drop(t, o);
		return false;
	}
	o->next++;
	o->last_ns = f->time_ns;
	o->touched = t->frames;
	take_bytes(o, f->data + 1, f->len - 1 < 7 ? f->len - 1 : 7);
	return finish(t, o, f->frame_id, out);
}

/* ---- SAE J1939-21 5.10 ---- */

enum { CM_RTS = 16, CM_BAM = 32, CM_ABORT = 255 };

static uint32_t pgn_of(const uint8_t *data)
{
	return data[5] | (uint32_t)data[6] << 8 | (uint32_t)(data[7] & 3) << 16;
}

bool spur_transport_announces(const struct spur_transport_frame *f, uint32_t *pgn)
{
	if (!spur_transport_is_j1939(f->frame_id) || format_of(f->frame_id) != TP_CM || f->len < 8 ||
	    (f->data[0] != CM_RTS && f->data[0] != CM_BAM))
		return false;
	*pgn = pgn_of(f->data);
	return true;
}

static uint32_t carried_id(uint32_t pgn, unsigned source, unsigned destination)
{
	bool addressed = (pgn >> 8 & 0xff) < 240;

	return EXTENDED | 6u << 26 | (pgn & 0x3ff00) << 8 | (addressed ? destination : pgn & 0xff) << 8 | source;
}

static void announced(struct spur_transport *t, const struct spur_transport_frame *f, uint32_t key)
{
	size_t total = f->data[1] | (size_t)f->data[2] << 8;

	if (total < J1939_MIN || total > J1939_MAX || f->data[3] != (total + 6) / 7) {
		t->counts.refused++;
		drop(t, find(t, f, key));
		return;
	}
	begin(t, f, key, 0, total)->pgn = pgn_of(f->data);
}

/* One that is announced again, or ended by either side, did not come whole. Clear to send and the
 * acknowledgement of the end say nothing that the data does not. */
static void put_control(struct spur_transport *t, const struct spur_transport_frame *f, unsigned source, unsigned to)
{
	if (f->len < 8)
		return;
	if ((f->data[0] == CM_BAM && to == GLOBAL) || (f->data[0] == CM_RTS && to != GLOBAL))
		announced(t, f, source << 8 | to);
	if (f->data[0] == CM_ABORT) {
		drop(t, find(t, f, source << 8 | to));
		drop(t, find(t, f, to << 8 | source));
	}
}

static bool put_j1939(struct spur_transport *t, const struct spur_transport_frame *f, struct spur_transfer *out)
{
	unsigned source = f->frame_id & 0xff, to = f->frame_id >> 8 & 0xff;
	struct transfer *o;

	if (!spur_transport_is_j1939(f->frame_id))
		return false;
	if (format_of(f->frame_id) == TP_CM) {
		put_control(t, f, source, to);
		return false;
	}
	if ((o = find(t, f, source << 8 | to)) == NULL) {
		t->counts.stray++;
		return false;
	}
	if (f->len >= 8 && f->data[0] < o->next && !is_late(o, f) && f->data[0] > 0 && to != GLOBAL)
		return false;	/* sent again, as the receiver asked by its clear to send */
	if (f->len < 8 || f->data[0] != o->next || is_late(o, f)) {
		drop(t, o);
		return false;
	}
	o->next++;
	o->last_ns = f->time_ns;
	o->touched = t->frames;
	take_bytes(o, f->data + 1, 7);
	return finish(t, o, carried_id(o->pgn, source, to), out);
}

bool spur_transport_put(struct spur_transport *t, const struct spur_transport_frame *f, struct spur_transfer *out)
{
	t->frames++;
	switch (f->kind) {
	case SPUR_TRANSPORT_J1939: return put_j1939(t, f, out);
	case SPUR_TRANSPORT_FAST: return put_fast(t, f, out);
	default: return put_iso(t, f, out);
	}
}
