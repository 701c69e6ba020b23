#ifndef SPUR_DECODE_JSONVISIT_H
#define SPUR_DECODE_JSONVISIT_H

#include "base/json.h"
#include "decode/decoder.h"

/* A visitor that writes what it is shown as JSON into json->out. Borrows json. */
struct spur_visitor spur_visitor_json(struct spur_json *json);

#endif
