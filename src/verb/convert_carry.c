#include "config.h"

#include "verb/convert_carry.h"

#include "base/buf.h"

static enum spur_status collect(void *state, const void *data, size_t len, struct spur_error *err)
{
	(void)err;
	spur_buf_add(state, data, len);
	return SPUR_OK;
}

static enum spur_status carry(struct spur_ctx *ctx, const struct spur_format *format, struct spur_reader *r, size_t i,
			      struct spur_mdf4_writer *w, struct spur_emit *emit, bool *lost, struct spur_error *err)
{
	const struct spur_attachment *a = &format->describe(r)->attachments[i];
	struct spur_buf bytes = { 0 };
	struct spur_error why = { 0 };
	enum spur_status st;

	if (a->offset == 0 || a->size > ctx->mem_bytes / 4) {
		spur_emit_warn(emit, "the attachment %s is not carried over: %s", a->name, a->offset == 0 ? "it lies beside the file" :
			       "it is too large for --mem");
		*lost = true;
		return SPUR_OK;
	}
	st = format->attachment(r, i, collect, &bytes, ctx->task, &why);
	if (st == SPUR_ECANCELLED) {
		*err = why;
	} else if (st < 0) {
		spur_emit_warn(emit, "the attachment %s is not carried over: %s", a->name, why.text);
		*lost = true;
		st = SPUR_OK;
	} else {
		st = spur_mdf4_writer_attach(w, a->name, a->media_type, a->comment, bytes.data, bytes.len, err);
	}
	spur_buf_finish(&bytes);
	return st;
}

enum spur_status spur_convert_carry(struct spur_ctx *ctx, const struct spur_format *format, struct spur_reader *r,
				    struct spur_mdf4_writer *w, struct spur_emit *emit, bool *lost, struct spur_error *err)
{
	const struct spur_description *d = format->describe(r);
	enum spur_status st = SPUR_OK;

	/* The writer puts each before the last one in the chain. */
	for (size_t i = format->attachment == NULL ? 0 : d->attachment_count; i-- > 0 && st == SPUR_OK;)
		st = carry(ctx, format, r, i, w, emit, lost, err);
	return st == SPUR_OK ? spur_mdf4_writer_events(w, d->events, d->event_count, err) : st;
}
