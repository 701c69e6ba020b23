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
	uint32_t key;			/* ISO: the identifier; J1939: source << 8 | destination */
	enum spur_transport_kind kind;
	uint32_t pgn;
	uint32_t next;			/* number of the frame that is to come */
	uint32_t total;			/* bytes */
	int64_t last_ns;
	uint64_t touched;		/* frame counter, to find the one that waits longest */
	struct spur_buf bytes;		/* the low byte of the length, then the data */
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

static struct transfer *find(struct spur_transport *t, const struct spur_transport_frame *f, uint32_t key)
{
	for (size_t i = 0; i < t->count; i++) {
		struct transfer *o = &t->open[i];

		if (o->key == key && o->channel == f->channel && o->kind == f->kind)
			return o;
	}
	return NULL;
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

static struct transfer *begin(struct spur_transport *t, const struct spur_transport_frame *f, uint32_t key, size_t total)
{
	struct transfer *o = &t->open[0];
	struct spur_buf kept;

	drop(t, find(t, f, key));
	for (size_t i = 1; t->count == SPUR_TRANSPORT_OPEN && i < t->count; i++)
		o = t->open[i].touched < o->touched ? &t->open[i] : o;
	if (t->count == SPUR_TRANSPORT_OPEN)
		drop(t, o);	/* the one that waits longest makes room */
	t->counts.begun++;
	o = &t->open[t->count++];
	kept = o->bytes;
	*o = (struct transfer){ .channel = f->channel, .key = key, .kind = f->kind, .next = 1, .total = (uint32_t)total,
				.last_ns = f->time_ns, .touched = t->frames, .bytes = kept };
	spur_buf_clear(&o->bytes);
	spur_buf_u8(&o->bytes, (uint8_t)total);
	return o;
}

static size_t have(const struct transfer *o)
{
	return o->bytes.len - 1;
}

static void take_bytes(struct transfer *o, const uint8_t *data, size_t len)
{
	size_t left = o->total - have(o);

	spur_buf_add(&o->bytes, data, len < left ? len : left);
}

static void give(struct spur_transport *t, const struct spur_buf *bytes, struct spur_transfer *out)
{
	bool iso = out->kind == SPUR_TRANSPORT_ISO;

	spur_buf_clear(&t->done);
	spur_buf_add(&t->done, bytes->data, bytes->len);
	out->data = (const uint8_t *)t->done.data + 1;
	out->len = t->done.len - 1;
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
	give(t, &o->bytes, out);
	t->counts.done++;
	forget(t, o);
	return true;
}

/* ---- ISO 15765-2 ---- */

/* 9.6.2: 0L data, or in a longer frame of CAN FD 00 LL data. */
static bool single_frame(struct spur_transport *t, const struct spur_transport_frame *f, struct spur_transfer *out)
{
	size_t head = f->len > 8 && f->data[0] == 0 ? 2 : 1, len = head == 2 ? f->data[1] : f->data[0] & 15u;
	struct spur_buf bytes = { 0 };

	if (len == 0 || len > f->len - head)
		return false;
	drop(t, find(t, f, f->frame_id));
	spur_buf_u8(&bytes, (uint8_t)len);
	spur_buf_add(&bytes, f->data + head, len);
	*out = (struct spur_transfer){ .kind = SPUR_TRANSPORT_ISO, .one_frame = true, .frame_id = f->frame_id };
	give(t, &bytes, out);
	spur_buf_finish(&bytes);
	return true;
}

/* 9.6.3: 1L LL data, or from 4096 bytes on 10 00 LL LL LL LL data. */
static void first_frame(struct spur_transport *t, const struct spur_transport_frame *f)
{
	size_t head = 2, total = (f->data[0] & 15u) << 8 | f->data[1];
	struct transfer *o;

	if (total == 0 && f->len >= 6) {
		head = 6;
		total = (size_t)f->data[2] << 24 | (size_t)f->data[3] << 16 | (size_t)f->data[4] << 8 | f->data[5];
	}
	if (total + head <= f->len || total > SPUR_TRANSPORT_BYTES) {
		t->counts.refused++;
		drop(t, find(t, f, f->frame_id));
		return;
	}
	o = begin(t, f, f->frame_id, total);
	take_bytes(o, f->data + head, f->len - head);
}

/* 9.6.4: 2N data, N from 1 on, after 15 comes 0. */
static bool consecutive_frame(struct spur_transport *t, const struct spur_transport_frame *f, struct spur_transfer *out)
{
	struct transfer *o = find(t, f, f->frame_id);

	if (o == NULL) {
		t->counts.stray++;
		return false;
	}
	if ((f->data[0] & 15u) != (o->next & 15u) || is_late(o, f)) {
		drop(t, o);
		return false;
	}
	o->next++;
	o->last_ns = f->time_ns;
	o->touched = t->frames;
	take_bytes(o, f->data + 1, f->len - 1);
	return finish(t, o, f->frame_id, out);
}

static bool put_iso(struct spur_transport *t, const struct spur_transport_frame *f, struct spur_transfer *out)
{
	if (f->len < 2)
		return false;
	switch (f->data[0] >> 4) {
	case 0: return single_frame(t, f, out);
	case 1: first_frame(t, f); return false;
	case 2: return consecutive_frame(t, f, out);
	default: return false;	/* 3: flow control of the other side */
	}
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
	begin(t, f, key, total)->pgn = pgn_of(f->data);
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
	return f->kind == SPUR_TRANSPORT_ISO ? put_iso(t, f, out) : put_j1939(t, f, out);
}
