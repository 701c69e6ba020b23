#ifndef SPUR_DECODE_MSGPACK_H
#define SPUR_DECODE_MSGPACK_H

#include "decode/decoder.h"

/* Shows one MessagePack object (specification of 2013) to a visitor. A timestamp (extension -1) is
 * {"sec", "nsec"}, other extensions are {"type", "data"}. SPUR_EFORMAT with the byte; begin and end
 * calls balance. */
enum spur_status spur_msgpack_walk(const char *data, size_t len, const struct spur_visitor *v, struct spur_error *err);

#endif
