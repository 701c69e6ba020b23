#include "config.h"

#include "format/mdf4/rewrite.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/chain.h"
#include "format/mdf4/merge_shift.h"
#include "format/registry.h"

#define HD_BODY 32u

void mdf_rewrite_begin(struct mdf_rewrite *w, struct spur_reader *r, struct mdf_new_file *file)
{
	*w = (struct mdf_rewrite){ .r = r, .file = file };
	w->groups = spur_calloc(r->group_count, sizeof(*w->groups));
	w->channels = spur_calloc(r->channel_count, sizeof(*w->channels));
	w->moved = mdf_map_create();
	w->chained = mdf_map_create();
	w->dropped = mdf_map_create();
	w->channel_at = mdf_map_create();
	w->group_at = mdf_map_create();
	for (uint32_t i = 0; i < r->group_count; i++) {
		struct mdf_new_group *g = &w->groups[i];

		mdf_map_put(w->group_at, r->groups[i].at, i);
		g->data_bytes = r->groups[i].data_bytes;
		mdf_rewrite_layout(w, i);
		g->left_out = (r->groups[i].flags & MDF_CG_VALUES) != 0 || r->shown_groups[i].refusal != NULL;
	}
	for (uint32_t i = 0; i < r->channel_count; i++) {
		mdf_map_put(w->channel_at, r->channels[i].at, i);
		w->channels[i].values.id = r->channels[i].type == MDF_CN_VLSC ? "VD" : "SD";
		w->channels[i].left_out = w->groups[r->channels[i].group].left_out || r->channels[i].guarded;
	}
	mdf_rewrite_arrays(w);
}

void mdf_rewrite_layout(struct mdf_rewrite *w, uint32_t group)
{
	struct mdf_new_group *g = &w->groups[group];

	g->records.columns = w->file->columns && g->data_bytes > 0;	/* no blocks without bytes */
	g->records.id = g->records.columns ? "DV" : "DT";
	g->records.inval_bytes = w->r->groups[group].inval_bytes;
	g->records.row_bytes = g->data_bytes + g->records.inval_bytes;
}

void mdf_rewrite_end(struct mdf_rewrite *w)
{
	for (size_t i = 0; w->r != NULL && i < w->r->group_count; i++) {
		spur_mdf4_stream_finish(&w->groups[i].records);
		free(w->groups[i].stretches);
		mdf_shift_destroy(w->groups[i].shift);
	}
	for (size_t i = 0; w->r != NULL && i < w->r->channel_count; i++)
		spur_mdf4_stream_finish(&w->channels[i].values);
	mdf_map_destroy(w->moved);
	mdf_map_destroy(w->chained);
	mdf_map_destroy(w->dropped);
	mdf_map_destroy(w->channel_at);
	mdf_map_destroy(w->group_at);
	free(w->groups);
	free(w->channels);
	free(w->order);
	*w = (struct mdf_rewrite){ 0 };
}

/* ---- the new file ---- */

enum spur_status mdf_new_block(struct mdf_new_file *f, const char *id, const uint64_t *links, size_t link_count,
			       const void *body, size_t len, uint64_t *at, struct spur_error *err)
{
	static const char zeros[8];
	struct spur_buf head = { 0 };
	enum spur_status st;

	*at = spur_out_tell(f->out);
	spur_buf_adds(&head, "##");
	spur_buf_add(&head, id, 2);
	spur_buf_u32(&head, 0);
	spur_buf_u64(&head, MDF_HEAD_BYTES + 8 * link_count + len);
	spur_buf_u64(&head, link_count);
	if (link_count > 0)
		spur_buf_add(&head, links, 8 * link_count);
	st = spur_out_write(f->out, head.data, head.len, err);
	if (st == SPUR_OK && len > 0)
		st = spur_out_write(f->out, body, len, err);
	if (st == SPUR_OK && len % 8 != 0)
		st = spur_out_write(f->out, zeros, 8 - len % 8, err);
	spur_buf_finish(&head);
	return st;
}

enum spur_status mdf_new_file_begin(struct mdf_new_file *f, const char *path, struct mdf_rewrite *parts, size_t count,
				    struct spur_error *err)
{
	unsigned char id[64] = "MDF     4.10    spur    ", body[HD_BODY];
	uint64_t links[MDF_ROOTS] = { 0 }, at;
	struct spur_reader *r = parts[0].r;
	uint16_t version;
	struct mdf_block hd;
	enum spur_status st;

	if ((st = mdf_rewrite_version(parts, count, &version, err)) < 0)
		return st;
	f->sink.version = version;
	id[10] = (unsigned char)('0' + version / 10 % 10);
	id[11] = (unsigned char)('0' + version % 10);
	memcpy(id + 28, &version, sizeof(version));
	f->mem_bytes = f->mem_bytes == 0 ? r->mem_bytes : f->mem_bytes;
	if ((st = spur_out_create(path, &f->out, err)) < 0)
		return st;
	f->sink.out = f->out;
	f->sink.level = f->sink.level == 0 ? 4 : f->sink.level;
	if ((st = mdf_block_read(r, 64, "HD", &hd, err)) < 0 ||
	    (st = mdf_block_body(r, &hd, body, sizeof(body), err)) < 0 ||
	    (st = spur_out_write(f->out, id, sizeof(id), err)) < 0)
		return st;
	return mdf_new_block(f, "HD", links, MDF_ROOTS, body, sizeof(body), &at, err);
}

void mdf_new_file_end(struct mdf_new_file *f)
{
	spur_mdf4_sink_finish(&f->sink);
	spur_out_discard(f->out);
	f->out = NULL;
}

/* As the file is that has only one kind of blocks, else transposed; by deflate where the new version has nothing else. */
static enum spur_mdf4_packing packing_like(const struct spur_reader *r, uint16_t version)
{
	const char *is = r->d.compression;
	bool newer = version == 0 || version >= 430;

	if (is == NULL || strcmp(is, "none") == 0)
		return SPUR_MDF4_PLAIN;
	for (unsigned zip = 0; mdf_zip_name(zip) != NULL; zip++) {
		if (strcmp(is, mdf_zip_name(zip)) == 0)
			return (enum spur_mdf4_packing)(SPUR_MDF4_DEFLATE + (newer ? zip : zip % 2));
	}
	return SPUR_MDF4_TRANSPOSED;
}

static enum spur_mdf4_packing packing_of(enum spur_packing how, const struct spur_reader *r, uint16_t version)
{
	switch (how) {
	case SPUR_PACKING_NONE: return SPUR_MDF4_PLAIN;
	case SPUR_PACKING_DEFLATE: return SPUR_MDF4_DEFLATE;
	case SPUR_PACKING_TRANSPOSED: return SPUR_MDF4_TRANSPOSED;
	case SPUR_PACKING_ZSTD: return SPUR_MDF4_ZSTD;
	case SPUR_PACKING_TRANSPOSED_ZSTD: return SPUR_MDF4_TRANSPOSED_ZSTD;
	case SPUR_PACKING_LZ4: return SPUR_MDF4_LZ4;
	case SPUR_PACKING_TRANSPOSED_LZ4: return SPUR_MDF4_TRANSPOSED_LZ4;
	case SPUR_PACKING_SAME: break;
	}
	return packing_like(r, version);
}

void mdf_rewrite_how(struct mdf_new_file *f, const struct spur_rewriting *how, const struct spur_reader *r,
		     struct spur_task *task)
{
	*f = (struct mdf_new_file){
		.mem_bytes = how->mem_bytes, .history = how->history, .written_ns = how->written_ns, .notes = how->notes,
		.task = task, .columns = how->columns, .version = how->version, .sink = { .packing = packing_of(how->packing, r, how->version), .threads = how->threads },
	};
}

void mdf_rewrite_count(const struct mdf_rewrite *w, struct spur_rewritten *got)
{
	for (size_t i = 0; i < w->r->group_count; i++) {
		got->groups += w->groups[i].dg != 0;
		got->rows += w->groups[i].rows;
	}
	for (size_t i = 0; w->base == NULL && i < w->r->channel_count; i++)
		got->signals += !w->channels[i].left_out;
	got->attachments += w->r->d.attachment_count - w->shared;
}

/* ---- what is said ---- */

enum spur_status mdf_note(struct mdf_new_file *f, enum spur_severity severity, uint64_t offset, struct spur_error *err,
			  const char *fmt, ...)
{
	struct spur_buf b = { 0 };
	struct spur_finding note = { .severity = severity, .offset = offset };
	enum spur_status st;
	va_list ap;

	if (f->notes == NULL)
		return SPUR_OK;
	if (f->speaking_of != NULL)
		spur_buf_addf(&b, "%s: ", f->speaking_of);
	va_start(ap, fmt);
	spur_buf_addv(&b, fmt, ap);
	va_end(ap);
	note.what = spur_buf_text(&b);
	st = f->notes->found(f->notes->state, &note, err);
	spur_buf_finish(&b);
	return st;
}

/* A channel whose values lie where the copy does not follow. */
static const char *loss(struct spur_reader *r, uint32_t i)
{
	const struct mdf_channel *c = &r->channels[i];
	struct mdf_block cn, to;
	uint64_t at;

	if (c->type > MDF_CN_VLSC)
		return "its values lie outside of the records, in a way that is not copied";
	if ((c->type == MDF_CN_VLSD || c->type == MDF_CN_VLSC) && !mdf_rewrite_moves(c) && c->data != 0)
		return "the layout of its offsets is not known: its values are not copied";
	if (!r->signals[i].refused || mdf_block_read(r, c->at, "CN", &cn, NULL) < 0 || (at = mdf_block_link(r, &cn, 1)) == 0)
		return NULL;
	if (mdf_block_read(r, at, "CNCA", &to, NULL) < 0 || (to.id[1] == 'A' && c->shape == MDF_ARRAY))
		return r->signals[i].refusal;
	return NULL;
}

enum spur_status mdf_rewrite_losses(struct mdf_rewrite *w, struct spur_error *err)
{
	struct spur_reader *r = w->r;
	enum spur_status st = SPUR_OK;

	for (uint32_t i = 0; i < r->group_count && st == SPUR_OK; i++) {
		if (r->shown_groups[i].refusal != NULL && (r->groups[i].flags & MDF_CG_VALUES) == 0)
			st = mdf_note(w->file, SPUR_DEFECT, r->groups[i].at, err, "group %" PRIu32 " is left out: %s", i,
				      r->shown_groups[i].refusal);
	}
	for (uint32_t i = 0; i < r->channel_count && st == SPUR_OK; i++) {
		bool guarded = r->channels[i].guarded && !w->picked && !w->groups[r->channels[i].group].left_out;
		const char *what = guarded ? r->signals[i].refusal : w->channels[i].left_out ? NULL : loss(r, i);

		if (what != NULL)
			st = mdf_note(w->file, SPUR_DEFECT, r->channels[i].at, err, "%s: %s", r->signals[i].name, what);
	}
	return st;
}

bool mdf_counts_rows(struct spur_reader *r, const struct mdf_channel *c)
{
	const struct mdf_conv *conv;

	if (c->type != MDF_CN_VIRTUAL && c->type != MDF_CN_VIRTUAL_MASTER)
		return false;
	if (c->conv == 0 || mdf_conv_load(r, c->conv, &conv, NULL) < 0 || conv == NULL)
		return true;
	switch (conv->type) {
	case MDF_CC_LINEAR:
		return conv->nval < 2 || conv->val[1] != 0;
	case MDF_CC_VALUE_TEXT:
	case MDF_CC_RANGE_TEXT:
	case MDF_CC_RANGE_VALUE:
		return conv->nval > 1;	/* else the default alone is left */
	default:
		return true;
	}
}

/* ---- the scans ---- */

/*
 * The channels a scan must ask for: those with values outside of the records, and of every group at least one, or its
 * rows would not be seen.
 */
static uint32_t *anchors(const struct mdf_rewrite *w, bool (*pick)(const struct mdf_rewrite *w, uint32_t group), size_t *count)
{
	const struct spur_reader *r = w->r;
	uint32_t *ids = spur_calloc(r->channel_count, sizeof(*ids)), seen = MDF_NONE;

	*count = 0;
	for (uint32_t i = 0; i < r->channel_count; i++) {
		uint32_t g = r->channels[i].group;

		if (r->signals[i].refused || w->groups[g].left_out || (pick != NULL && !pick(w, g)))
			continue;
		if (pick == NULL || g != seen || (mdf_rewrite_moves(&r->channels[i]) && !w->channels[i].left_out))
			ids[(*count)++] = i;
		seen = g;
	}
	return ids;
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

enum spur_status mdf_rewrite_scan(struct mdf_rewrite *w, bool (*pick)(const struct mdf_rewrite *w, uint32_t group),
				  spur_ns begin_ns, spur_ns end_ns, struct spur_error *err)
{
	uint64_t unused = 0;
	struct spur_sink sink = { .state = &unused, .columns = nothing };
	struct spur_scan want = { .begin_ns = begin_ns, .end_ns = end_ns, .raw = true };
	uint32_t *ids = anchors(w, pick, &want.signal_count);
	enum spur_status st = SPUR_OK;

	want.signals = ids;
	w->r->tap = mdf_rewrite_rows;
	w->r->tap_state = w;
	if (want.signal_count > 0)
		st = mdf_scan(w->r, &want, &sink, w->file->task, err);
	w->r->tap_state = NULL;
	free(ids);
	return st;
}

static enum spur_status read_back(struct spur_reader *r, uint64_t *rows, struct spur_task *task, struct spur_error *err)
{
	struct spur_sink sink = { .state = rows, .columns = nothing };
	struct spur_scan want = { .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX, .raw = true };
	uint32_t *ids = spur_calloc(r->channel_count, sizeof(*ids));
	enum spur_status st = SPUR_OK;

	for (uint32_t i = 0; i < r->channel_count; i++) {
		if (!r->signals[i].refused)
			ids[want.signal_count++] = i;
	}
	want.signals = ids;
	if (want.signal_count > 0)
		st = mdf_scan(r, &want, &sink, task, err);
	free(ids);
	return st;
}

enum spur_status mdf_rewrite_verify(const char *path, const struct mdf_rewrite *parts, size_t count, uint64_t rows,
				    struct spur_task *task, struct spur_error *err)
{
	bool damaged = false;
	struct spur_open_opts opts = { 0 };
	struct spur_range *range;
	struct spur_reader *r;
	uint64_t got = 0;
	enum spur_status st = spur_range_open(path, &range, err);

	for (size_t k = 0; k < count; k++)
		damaged |= parts[k].r->d.damage_count > 0;
	if (st < 0)
		return spur_wrap(st, err, "%s: reading it back", path);
	if ((st = spur_format_mdf4.open(range, &opts, &r, err)) < 0) {
		spur_range_close(range);
		return spur_wrap(st, err, "%s: reading it back", path);
	}
	if ((st = read_back(r, &got, task, err)) == SPUR_OK && (got != rows || (r->d.damage_count > 0 && !damaged)))
		st = spur_fail(err, SPUR_EFORMAT, "%s: reading it back gave %" PRIu64 " of %" PRIu64 " rows: %s", path, got, rows,
			       r->d.damage_count > 0 ? r->damage[0].reason : "no reason");
	spur_format_mdf4.close(r);
	return st;
}
