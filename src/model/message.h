#ifndef SPUR_MODEL_MESSAGE_H
#define SPUR_MODEL_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

/* One message of a stream (MCAP "Message", op 0x05; a bus frame of an MDF log). Borrowed views. */
struct spur_message {
	uint64_t index;			/* in file order, from 0 */
	uint32_t stream;		/* index into description.streams */
	uint32_t sequence;
	uint64_t log_time, publish_time;	/* as the file has them: ns, the full 64 bits */
	const void *data;
	size_t size;
	uint32_t frame_id;		/* bus frames: identifier, bit 31 = extended */
	uint32_t bus_channel;
};

/* Messages in the order that was asked for; the views are valid until sink returns. */
struct spur_batch {
	size_t count;
	const struct spur_message *messages;
};

#endif
