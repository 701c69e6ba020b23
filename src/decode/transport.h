#ifndef SPUR_DECODE_TRANSPORT_H
#define SPUR_DECODE_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Payloads that took several CAN frames: ISO 15765-2 (single, first and consecutive frames, CAN FD
 * too) with normal addressing, or with extended or mixed addressing, where an address precedes all
 * of that in every frame; SAE J1939-21 5.10 (broadcast, and request to send); and the fast packets
 * of NMEA 2000 (IEC 61162-3). Frames go in in the order of the bus; a payload comes out at the frame
 * that completes it. What is open is bounded: SPUR_TRANSPORT_OPEN transfers, each of the length it
 * announced itself and never more than SPUR_TRANSPORT_BYTES; buffers grow with what came. One thread.
 */
#define SPUR_TRANSPORT_OPEN 256u
#define SPUR_TRANSPORT_BYTES 65535u
#define SPUR_TRANSPORT_FAST_BYTES 223u	/* a fast packet: six bytes, then seven in each of 31 frames */
#define SPUR_TRANSPORT_GAP_NS INT64_C(5000000000)	/* a longer silence ends a transfer: twice what either standard allows */

enum spur_transport_kind { SPUR_TRANSPORT_ISO, SPUR_TRANSPORT_J1939, SPUR_TRANSPORT_ISO_ADDRESSED, SPUR_TRANSPORT_FAST };

struct spur_transport_frame {
	enum spur_transport_kind kind;
	uint64_t channel;	/* frames of another channel belong to other transfers */
	uint32_t frame_id;	/* bit 31: extended */
	const uint8_t *data;
	size_t len;
	int64_t time_ns;
	bool timed;		/* time_ns counts */
};

struct spur_transfer {
	enum spur_transport_kind kind;
	bool one_frame;			/* it took no more; not of J1939 */
	uint32_t frame_id;		/* of its frames. J1939: of a frame of priority 6 with the group, source
					 * and destination, as it would be if the group were short */
	const uint8_t *data;		/* valid until the next call */
	size_t len;
	/* What a CAN database numbers the bits of. ISO: the address if there is one, the low byte of the length, then
	 * the data, which is the layout of a single frame; else the data. */
	const uint8_t *framed;
	size_t framed_len;
};

/* What became of transfers of more than one frame. */
struct spur_transport_counts {
	uint64_t begun;		/* begun - done - broken are open */
	uint64_t done;
	uint64_t broken;	/* a frame missing, out of order or too late, or ended by the sender */
	uint64_t refused;	/* announced a length that the standard does not have, or that is above the bound */
	uint64_t stray;		/* frames of a transfer whose beginning did not come */
};

struct spur_transport;

struct spur_transport *spur_transport_create(void);
void spur_transport_destroy(struct spur_transport *t);	/* NULL is fine */
/* Whether an identifier carries J1939 transfers (TP.CM or TP.DT). */
bool spur_transport_is_j1939(uint32_t frame_id);
/* The group that a TP.CM frame announces; false: it announces none. */
bool spur_transport_announces(const struct spur_transport_frame *f, uint32_t *pgn);
/* True: *out is complete now. Frames that belong to no transfer (flow control, data of another kind) change nothing. */
bool spur_transport_put(struct spur_transport *t, const struct spur_transport_frame *f, struct spur_transfer *out);
struct spur_transport_counts spur_transport_count(const struct spur_transport *t);

#endif
