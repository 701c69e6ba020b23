#ifndef SPUR_DECODE_REGISTRY_H
#define SPUR_DECODE_REGISTRY_H

#include "decode/decoder.h"

/* One declaration per row, seen by the table and by the definition. */
#define SPUR_DECODER(id) extern const struct spur_decoder spur_decoder_##id;
#include "decode/decoders.def"
#undef SPUR_DECODER

#endif
