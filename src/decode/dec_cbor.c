#include "config.h"

#include "decode/registry.h"

#include <string.h>

#include "decode/cbor.h"
#include "decode/selfdesc.h"

static int match(const struct spur_stream *s)
{
	if (strcmp(s->encoding, "cbor") != 0)
		return 0;
	return strcmp(s->schema_encoding, "jsonschema") == 0 || s->schema_encoding[0] == '\0' ? 100 : 50;
}

static enum spur_status open_cbor(const struct spur_stream *s, struct spur_decoding **out, struct spur_error *err)
{
	return spur_selfdesc_open(s, spur_cbor_walk, out, err);
}

const struct spur_decoder spur_decoder_cbor = {
	.id = "cbor",
	.match = match,
	.open = open_cbor,
	.fields = spur_selfdesc_fields,
	.walk = spur_selfdesc_walk,
	.columns = spur_selfdesc_columns,
	.learn = spur_selfdesc_learn,
	.close = spur_selfdesc_close,
};
