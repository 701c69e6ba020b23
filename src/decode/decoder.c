#include "config.h"

#include "decode/registry.h"

static const struct spur_decoder *const decoders[] = {
#define SPUR_DECODER(id) &spur_decoder_##id,
#include "decode/decoders.def"
#undef SPUR_DECODER
	NULL
};

const struct spur_decoder *const *spur_decoder_list(void)
{
	return decoders;
}

const struct spur_decoder *spur_decoder_for(const struct spur_stream *s)
{
	const struct spur_decoder *best = NULL;
	int sure = 0;

	for (const struct spur_decoder *const *d = decoders; *d != NULL; d++) {
		int m = (*d)->match(s);

		if (m > sure) {
			best = *d;
			sure = m;
		}
	}
	return best;
}

enum spur_status spur_decoder_open(const struct spur_stream *s, const struct spur_decoder **decoder,
				   struct spur_decoding **out, struct spur_error *err)
{
	*out = NULL;
	*decoder = spur_decoder_for(s);
	if (*decoder == NULL)
		return spur_fail(err, SPUR_EUNSUPPORTED, "no decoder for encoding '%s' with schema encoding '%s'", s->encoding,
				 s->schema_encoding);
	return (*decoder)->open(s, out, err);
}
