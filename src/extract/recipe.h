#ifndef SPUR_EXTRACT_RECIPE_H
#define SPUR_EXTRACT_RECIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/time.h"
#include "sync/resample.h"

/*
 * How windows are cut (spur-extract(1), "RECIPE"): a grid, a window length, a stride, and the
 * signals, each with where it is found, how it is resampled and what it is multiplied by.
 * Immutable once read; any thread.
 */
struct spur_extract_signal {
	const char *alias;		/* name in the output */
	const char *const *names;	/* the first that the drive has is taken; NULL-terminated */
	enum spur_resample method;
	double scale, offset;		/* value * scale + offset */
	spur_ns max_gap_ns;
	bool optional;			/* a drive without it has NaN there; else it is refused */
};

/* Small pictures of a window: `frames` of them, the k-th the latest one at or before the moment
 * begin + (k + 1/2) / frames of the window. */
struct spur_extract_camera {
	const char *alias;		/* name in the output */
	const char *const *names;	/* topics, or words of them; the first that the drive has */
	unsigned frames;
	int width, height;		/* what each is scaled to */
	spur_ns max_age_ns;		/* an older frame is a missing one: black */
	bool optional;			/* a drive without it has missing ones; else it is refused */
};
#define SPUR_EXTRACT_CAMERAS 4

struct spur_extract_recipe {
	spur_ns step_ns;		/* 1 / rate_hz */
	double rate_hz, window_s, stride_s;
	uint32_t samples, stride;	/* of a window; between two windows, in samples */
	unsigned segments_per_shard;
	const struct spur_extract_signal *signals;
	size_t signal_count;
	const struct spur_extract_camera *cameras;
	size_t camera_count;
	const char *const *formats;	/* ids of exporters, NULL-terminated, sorted */
	void *priv;
};

/* formats: comma-separated list that replaces the recipe's, or NULL. SPUR_EINVAL says which field. */
enum spur_status spur_extract_recipe_load(const char *path, const char *formats, struct spur_extract_recipe **out,
					  struct spur_error *err);
enum spur_status spur_extract_recipe_parse(const char *json, size_t len, const char *formats,
					   struct spur_extract_recipe **out, struct spur_error *err);
void spur_extract_recipe_destroy(struct spur_extract_recipe *r);	/* NULL is fine */
/* All fields in a fixed order, defaults filled in; parse() reads it. Part of every shard's id. */
void spur_extract_recipe_canonical(const struct spur_extract_recipe *r, struct spur_buf *out);
/* Bytes of one window's pictures: frames * 3 * height * width of each camera, one after the other. */
size_t spur_extract_camera_bytes(const struct spur_extract_camera *c);

#endif
