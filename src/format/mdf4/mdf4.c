#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "format/mdf4/block.h"
#include "format/mdf4/map.h"
#include "format/mdf4/marks.h"
#include "format/mdf4/seek.h"
#include "format/registry.h"

#include "format/mdf4/mdf.h"

/*
 * ASAM MDF 4.0 to 4.3 (BS "MDF Programmer's Guide" and the block tables of the standard).
 * A tree of blocks: ID and HD at fixed places, then by links
 *
 *	HD -> DG -> DG ...		data groups, each with one stream of records
 *	      DG -> CG -> CG ...	channel groups: one kind of record each
 *		    CG -> CN -> CN ...	channels: where in the record, and how to convert (CC)
 *	      DG -> data		DT | DZ | DL, HL, LD -> ...
 *
 * MDF 2.x and 3.x (v3.c) have a tree of their own and share everything behind it.
 * Opening reads headers and names; texts once per address; conversions and data when asked.
 */
#define DEFAULT_MEM (UINT64_C(256) << 20)
#define DAMAGE_MAX 500u
#define BLOCK_PER 2048u		/* bytes of a file per block of metadata: a guess, for the room of a map */
#define SEEN_MOST 16384u

void mdf_grow(void **v, size_t size, size_t count, size_t *cap)
{
	if (count < *cap)
		return;
	*cap = *cap < 16 ? 16 : *cap * 2;
	*v = spur_realloc(*v, *cap, size);
}

void mdf_damaged(struct spur_reader *r, uint64_t offset, uint64_t length, const char *fmt, ...)
{
	struct spur_buf b = { 0 };
	va_list ap;
	const char *reason;

	if (r->d.damage_count > DAMAGE_MAX)
		return;
	va_start(ap, fmt);
	spur_buf_addv(&b, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < r->d.damage_count; i++) {
		if (r->damage[i].offset == offset && strcmp(r->damage[i].reason, spur_buf_text(&b)) == 0)
			goto out;
	}
	if (r->d.damage_count == DAMAGE_MAX)
		spur_buf_adds(&b, " (and more: the list ends here)");
	reason = spur_arena_strn(r->arena, spur_buf_text(&b), b.len);
	MDF_PUSH(&r->damage, r->d.damage_count, &r->damage_cap);
	r->damage[r->d.damage_count++] = (struct spur_damage){ offset, length, reason == NULL ? "damaged" : reason };
	r->d.damage = r->damage;
out:
	spur_buf_finish(&b);
}

static int by_place(const void *a, const void *b)
{
	const struct spur_damage *x = a, *y = b;

	return x->offset != y->offset ? (x->offset > y->offset) - (x->offset < y->offset) : strcmp(x->reason, y->reason);
}

void mdf_damage_in_order(struct spur_reader *r, size_t from)
{
	if (r->d.damage_count > from)
		qsort(r->damage + from, r->d.damage_count - from, sizeof(*r->damage), by_place);
}

void mdf_flawed(struct spur_reader *r, uint64_t offset, const char *fmt, ...)
{
	struct spur_buf b = { 0 };
	va_list ap;
	const char *reason;

	if (r->flaw_count >= DAMAGE_MAX)
		return;
	va_start(ap, fmt);
	spur_buf_addv(&b, fmt, ap);
	va_end(ap);
	reason = spur_arena_strn(r->arena, spur_buf_text(&b), b.len);
	MDF_PUSH(&r->flaws, r->flaw_count, &r->flaw_cap);
	r->flaws[r->flaw_count++] = (struct spur_damage){ offset, 0, reason == NULL ? "odd" : reason };
	spur_buf_finish(&b);
}

static int probe(const unsigned char *head, size_t len)
{
	if (len >= 8 && (memcmp(head, "MDF     ", 8) == 0 || memcmp(head, "UnFinMF ", 8) == 0))
		return 100;
	return len >= 4 && memcmp(head, "MDF ", 4) == 0 ? 50 : 0;
}

/* Everything but the range, which the caller keeps when open fails. */
static void discard(struct spur_reader *r)
{
	for (size_t i = 0; r->masters != NULL && i < r->group_count; i++)
		free(r->masters[i].values);
	free(r->masters);
	mdf_marks_destroy(r);
	mdf_seeks_destroy(r);
	mdf_map_destroy(r->texts);
	mdf_map_destroy(r->convs);
	mdf_map_destroy(r->seen);
	mdf_map_destroy(r->attachment_at);
	mdf_pages_destroy(r->pages);
	spur_arena_destroy(r->arena);
	free(r->data_groups);
	free(r->groups);
	free(r->channels);
	free(r->signals);
	free(r->shown_groups);
	free(r->attachments);
	free(r->events);
	free(r->notes);
	free(r->nodes);
	free(r->history);
	free(r->reductions);
	free(r->reduction_at);
	free(r->relations);
	free(r->arrays);
	free(r->limits);
	free(r->array_notes);
	free(r->bounds);
	free(r->fields);
	free(r->streams);
	free(r->pending);
	free(r->flaws);
	free(r->apart);
	free(r->damage);
	free(r);
}

static void close_reader(struct spur_reader *r)
{
	if (r == NULL)
		return;
	spur_range_close(r->range);
	discard(r);
}

static void publish(struct spur_reader *r)
{
	r->d.format = "mdf4";
	r->d.size_bytes = r->size;
	r->d.messages = UINT64_MAX;
	r->d.groups = r->shown_groups;
	r->d.group_count = r->group_count;
	r->d.signals = r->signals;
	r->d.signal_count = r->channel_count;
	r->d.attachments = r->attachments;
	r->d.events = r->events;
	r->d.notes = r->notes;
	r->d.nodes = r->nodes;
	r->d.history = r->history;
	r->d.reductions = r->reductions;
	r->d.relations = r->relations;
	r->d.arrays = r->arrays;
	r->d.limits = r->limits;
	r->d.damage = r->damage;
}

static enum spur_status open_reader(struct spur_range *range, const struct spur_open_opts *opts, struct spur_reader **out,
				    struct spur_error *err)
{
	struct spur_reader *r = spur_calloc(1, sizeof(*r));
	enum spur_status st;

	*out = NULL;
	r->range = range;
	r->size = spur_range_size(range);
	r->mem_bytes = opts->mem_bytes == 0 ? DEFAULT_MEM : opts->mem_bytes;
	r->threads = opts->threads;
	r->arena = spur_arena_create(r->mem_bytes / 2);
	r->pages = mdf_pages_create();
	r->texts = mdf_map_create();
	r->convs = mdf_map_create();
	r->seen = mdf_map_create();
	mdf_map_reserve(r->seen, r->size / BLOCK_PER < SEEN_MOST ? (size_t)(r->size / BLOCK_PER) : SEEN_MOST);
	r->attachment_at = mdf_map_create();
	r->links_left = r->size / 8;
	r->in_stream = r->in_field = MDF_NONE;
	if ((st = mdf_read_id(r, err)) < 0 || (st = mdf_read_header(r, err)) < 0 || (st = mdf_resolve(r, err)) < 0) {
		discard(r);
		return st;
	}
	publish(r);
	mdf_find_end(r);
	*out = r;
	return SPUR_OK;
}

static const struct spur_description *describe(const struct spur_reader *r)
{
	return &r->d;
}

static const char *const suffixes[] = { ".mf4", ".mdf", ".dat", ".mfx", ".mf3", NULL };

const struct spur_format spur_format_mdf4 = {
	.id = "mdf4",
	.title = "ASAM MDF 2.x to 4.x",
	.suffixes = suffixes,
	.probe = probe,
	.open = open_reader,
	.describe = describe,
	.scan = mdf_scan,
	.check = mdf_check,
	.recover = mdf_recover,
	.cut = mdf_cut,
	.attachment = mdf_attachment,
	.merge = mdf_merge,
	.levels = mdf_levels,
	.close = close_reader,
};
