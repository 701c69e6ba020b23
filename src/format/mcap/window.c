#include "config.h"

#include "format/mcap/window.h"

#include <stdlib.h>

#include "base/buf.h"

enum { STRIDE_MIN = 4 << 10, STRIDE_MAX = 256 << 10 };

void mcap_window_init(struct mcap_window *w, struct spur_range *range)
{
	*w = (struct mcap_window){ .range = range, .size = spur_range_size(range), .stride = STRIDE_MIN };
}

void mcap_window_finish(struct mcap_window *w)
{
	free(w->buf);
	w->buf = NULL;
}

static enum spur_status fill(struct mcap_window *w, uint64_t at, uint64_t len, struct spur_error *err)
{
	uint64_t want, got;
	enum spur_status st;

	/* Reading on behind what is here: take more at once. A jump: just a little. */
	if (w->len > 0 && at >= w->at && at <= w->at + w->len + STRIDE_MIN)
		w->stride = w->stride * 2 > STRIDE_MAX ? STRIDE_MAX : w->stride * 2;
	else
		w->stride = STRIDE_MIN;
	want = len > w->stride ? len : w->stride;
	if (want > w->size - at)
		want = w->size - at;
	if (want > w->cap) {
		free(w->buf);
		w->len = w->cap = 0;
		if ((w->buf = spur_try_malloc(want, MCAP_WINDOW_MAX)) == NULL)
			return spur_fail_byte(err, SPUR_ENOMEM, at, "no memory for %llu bytes at %#llx",
					      (unsigned long long)want, (unsigned long long)at);
		w->cap = (size_t)want;
	}
	w->len = 0;
	if ((st = spur_range_read_some(w->range, at, w->buf, want, &got, err)) < 0)
		return st;
	w->at = at;
	w->len = (size_t)got;
	return got < len ? SPUR_END : SPUR_OK;
}

enum spur_status mcap_window_get(struct mcap_window *w, uint64_t at, uint64_t len, const char **out,
				 struct spur_error *err)
{
	enum spur_status st;

	*out = NULL;
	if (at > w->size || len > w->size - at || len > MCAP_WINDOW_MAX)
		return SPUR_END;
	if (at < w->at || at - w->at > w->len || len > w->len - (at - w->at)) {
		if ((st = fill(w, at, len, err)) != SPUR_OK)
			return st;
	}
	*out = w->buf + (at - w->at);
	return SPUR_OK;
}
