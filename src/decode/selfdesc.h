#ifndef SPUR_DECODE_SELFDESC_H
#define SPUR_DECODE_SELFDESC_H

#include "decode/decoder.h"

/*
 * Payloads that describe themselves (JSON, CBOR, MessagePack): one decoding for all of them, given
 * what shows a payload to a visitor. Fields come from a JSON schema, or from sample messages.
 */
typedef enum spur_status spur_selfdesc_read(const char *data, size_t len, const struct spur_visitor *v,
					    struct spur_error *err);

enum spur_status spur_selfdesc_open(const struct spur_stream *s, spur_selfdesc_read *read, struct spur_decoding **out,
				    struct spur_error *err);
void spur_selfdesc_close(struct spur_decoding *d);

/* The slots of spur_decoder. */
const struct spur_fields *spur_selfdesc_fields(const struct spur_decoding *d);
enum spur_status spur_selfdesc_learn(struct spur_decoding *d, const struct spur_batch *sample, struct spur_error *err);
enum spur_status spur_selfdesc_walk(struct spur_decoding *d, const struct spur_message *m, const struct spur_visitor *v,
				    struct spur_error *err);
enum spur_status spur_selfdesc_columns(struct spur_decoding *d, const struct spur_batch *in, const size_t *wanted, size_t count,
				       struct spur_columns **out, uint64_t *bad, struct spur_error *err);

#endif
