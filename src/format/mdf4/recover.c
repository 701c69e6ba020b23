#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/mdf4/block.h"
#include "format/mdf4/map.h"
#include "format/mdf4/rewrite.h"
#include "format/registry.h"

/* recover(): everything readable into a new file, which is then read back. */

#define HD_BODY 32u

static enum spur_status write_head(struct mdf_rewrite *w, struct spur_error *err)
{
	unsigned char id[64] = "MDF     4.10    spur    ", body[HD_BODY];
	uint64_t links[6] = { 0 }, at;
	uint16_t version = w->r->version < 410 ? 410 : w->r->version;
	struct mdf_block hd;
	enum spur_status st;

	id[10] = (unsigned char)('0' + version / 10 % 10);
	id[11] = (unsigned char)('0' + version % 10);
	memcpy(id + 28, &version, sizeof(version));
	if ((st = mdf_block_read(w->r, 64, "HD", &hd, err)) < 0 ||
	    (st = mdf_block_body(w->r, &hd, body, sizeof(body), err)) < 0 ||
	    (st = spur_out_write(w->out, id, sizeof(id), err)) < 0)
		return st;
	return mdf_rewrite_block(w, "HD", links, 6, body, sizeof(body), &at, err);
}

static enum spur_status nothing(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *rows,
				struct spur_error *err)
{
	(void)group;
	(void)ids;
	(void)err;
	*(uint64_t *)state += rows->rows;
	return SPUR_OK;
}

/* All channels that can be read, and of every group at least one, or its rows would not be seen. */
static uint32_t *readable(const struct spur_reader *r, size_t *count)
{
	uint32_t *ids = spur_calloc(r->channel_count, sizeof(*ids));

	*count = 0;
	for (uint32_t i = 0; i < r->channel_count; i++) {
		if (!r->signals[i].refused)
			ids[(*count)++] = i;
	}
	return ids;
}

static enum spur_status scan_all(struct spur_reader *r, uint64_t *rows, struct spur_task *task, struct spur_error *err)
{
	struct spur_sink sink = { .state = rows, .columns = nothing };
	struct spur_scan want = { .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX, .raw = true };
	uint32_t *ids = readable(r, &want.signal_count);
	enum spur_status st = SPUR_OK;

	want.signals = ids;
	if (want.signal_count > 0)
		st = mdf_scan(r, &want, &sink, task, err);
	free(ids);
	return st;
}

static void finish(struct mdf_rewrite *w)
{
	for (size_t i = 0; i < w->r->group_count; i++) {
		spur_buf_finish(&w->groups[i].records.pending);
		free(w->groups[i].records.at);
		free(w->groups[i].records.len);
	}
	for (size_t i = 0; i < w->r->channel_count; i++) {
		spur_buf_finish(&w->values[i].pending);
		free(w->values[i].at);
		free(w->values[i].len);
	}
	mdf_map_destroy(w->moved);
	mdf_map_destroy(w->chained);
	free(w->groups);
	free(w->values);
	free(w->value_links);
	free(w->order);
	spur_out_discard(w->out);
}

/* The new file must open without damage and give as many rows as were written. */
static enum spur_status verify(const char *path, uint64_t rows, struct spur_task *task, struct spur_error *err)
{
	struct spur_open_opts opts = { 0 };
	struct spur_range *range;
	struct spur_reader *r;
	uint64_t got = 0;
	enum spur_status st = spur_range_open(path, &range, err);

	if (st < 0)
		return spur_wrap(st, err, "%s: reading it back", path);
	if ((st = spur_format_mdf4.open(range, &opts, &r, err)) < 0) {
		spur_range_close(range);
		return spur_wrap(st, err, "%s: reading it back", path);
	}
	if ((st = scan_all(r, &got, task, err)) == SPUR_OK && (got != rows || r->d.damage_count > 0))
		st = spur_fail(err, SPUR_EFORMAT, "%s: reading it back gave %" PRIu64 " of %" PRIu64 " rows: %s", path, got, rows,
			       r->d.damage_count > 0 ? r->damage[0].reason : "no reason");
	spur_format_mdf4.close(r);
	return st;
}

enum spur_status mdf_recover(struct spur_reader *r, const char *path, struct spur_recovery *got, struct spur_task *task,
			     struct spur_error *err)
{
	struct mdf_rewrite w = { .r = r, .task = task };
	uint64_t unused = 0;
	enum spur_status st;

	*got = (struct spur_recovery){ 0 };
	if (r->version < 400)
		return spur_fail(err, SPUR_EUNSUPPORTED, "recover writes MDF 4 files of MDF 4 files; this is MDF %u.%02u: use spur "
				 "convert", r->version / 100u, r->version % 100u);
	w.groups = spur_calloc(r->group_count, sizeof(*w.groups));
	w.values = spur_calloc(r->channel_count, sizeof(*w.values));
	w.value_links = spur_calloc(r->channel_count, sizeof(*w.value_links));
	w.moved = mdf_map_create();
	w.chained = mdf_map_create();
	if ((st = spur_out_create(path, &w.out, err)) < 0 || (st = write_head(&w, err)) < 0)
		goto out;
	r->tap = mdf_rewrite_rows;
	r->tap_state = &w;
	st = scan_all(r, &unused, task, err);
	r->tap_state = NULL;
	if (st < 0 || (st = mdf_rewrite_lists(&w, err)) < 0 || (st = mdf_rewrite_tree(&w, err)) < 0)
		goto out;
	st = spur_out_commit(w.out, err);
	w.out = NULL;
	for (size_t i = 0; i < r->group_count; i++)
		got->rows_kept += w.groups[i].rows;
	for (size_t i = 0; i < r->d.damage_count; i++)
		got->bytes_lost += r->damage[i].length;
	for (size_t i = 0; i < r->d.damage_count; i++)
		got->places_lost += r->damage[i].length == 0;
	got->attachments_kept = r->d.attachment_count;
	if (st == SPUR_OK)
		st = verify(path, got->rows_kept, task, err);
out:
	finish(&w);
	return st;
}
