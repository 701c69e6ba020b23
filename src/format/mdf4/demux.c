#include "config.h"

#include "format/mdf4/demux.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "format/mdf4/seek.h"

#define EMPTY_ROWS_MAX (1u << 20)	/* of groups without any data byte: nothing in the file bounds them */

static bool group_is_wanted(const struct spur_reader *r, uint32_t group, const struct spur_scan *want)
{
	for (size_t i = 0; i < want->signal_count; i++) {
		if (r->channels[want->signals[i]].group == group && !r->signals[want->signals[i]].refused)
			return true;
	}
	return false;
}

static uint64_t rows_allowed(const struct spur_reader *r, const struct mdf_group *g)
{
	return (r->unfinished & MDF_UNFIN_CG_CYCLES) != 0 ? UINT64_MAX : g->cycles;
}

static void connect_windows(struct mdf_demux *d)
{
	for (size_t t = 0; t < d->table_count; t++) {
		for (size_t i = 0; i < d->slot_count; i++) {
			struct mdf_store *w = mdf_table_window(&d->tables[t], d->slots[i].group);

			if (w != NULL && d->slots[i].window == NULL) {
				d->slots[i].window = w;
				d->slots[i].owner = &d->tables[t];
			}
		}
	}
}

enum spur_status mdf_demux_begin(struct mdf_demux *d, struct spur_reader *r, uint32_t data_group,
				 const struct spur_scan *want, const struct spur_sink *sink, struct spur_error *err)
{
	const struct mdf_data_group *dg = &r->data_groups[data_group];
	enum spur_status st = SPUR_OK;

	*d = (struct mdf_demux){ .r = r, .dg = dg, .record_max = r->mem_bytes / 8 };
	d->tables = spur_calloc(dg->group_count + 1u, sizeof(*d->tables));
	d->slots = spur_calloc(dg->group_count + 1u, sizeof(*d->slots));
	for (uint32_t i = 0; i < dg->group_count && st == SPUR_OK; i++) {
		const struct mdf_group *g = &r->groups[dg->first_group + i];
		struct mdf_slot *s = &d->slots[d->slot_count++];

		*s = (struct mdf_slot){ .id = g->record_id, .group = dg->first_group + i, .left = rows_allowed(r, g),
					.time = SPUR_NS_MIN };
		if ((g->flags & MDF_CG_VALUES) == 0)
			s->length = dg->id_bytes + (uint64_t)g->data_bytes + g->inval_bytes;
		if (dg->id_bytes == 1)
			d->by_byte[g->record_id & 255] = s;
		if ((g->flags & MDF_CG_VALUES) != 0 || !group_is_wanted(r, s->group, want))
			continue;	/* records of any length are no rows */
		s->table = &d->tables[d->table_count++];
		st = mdf_table_begin(s->table, r, s->group, want, sink, err);
	}
	connect_windows(d);
	return st;
}

void mdf_demux_end(struct mdf_demux *d)
{
	for (size_t i = 0; i < d->table_count; i++)
		mdf_table_end(&d->tables[i]);
	for (size_t i = 0; i < d->slot_count; i++) {
		if (d->slots[i].master != NULL)
			mdf_column_end(d->slots[i].master);
		free(d->slots[i].master);
	}
	spur_buf_finish(&d->carry);
	free(d->tables);
	free(d->slots);
}

static enum spur_status note_end(struct mdf_demux *d, enum spur_status st)
{
	d->stopped |= st == SPUR_END;
	return st;
}

static size_t row_bytes(const struct mdf_demux *d)
{
	return d->apart ? d->r->groups[d->slots[0].group].data_bytes : d->tables[0].record_bytes;
}

/* Sorted: n complete records in place. */
static enum spur_status sorted_rows(struct mdf_demux *d, const unsigned char *p, size_t n, const unsigned char *inval,
				    size_t inval_len, struct spur_error *err)
{
	struct mdf_slot *s = &d->slots[0];
	const struct mdf_group *g = &d->r->groups[s->group];
	struct mdf_rows rows = { .data = p, .stride = row_bytes(d), .count = n, .inval_bytes = g->inval_bytes };

	rows.first = d->pos / rows.stride;
	if (d->apart) {
		rows.inval = inval == NULL || g->inval_bytes == 0 || inval_len / g->inval_bytes < n ? NULL : inval;
		rows.inval_stride = g->inval_bytes;
	} else if (g->inval_bytes > 0) {
		rows.inval = p + g->data_bytes;
		rows.inval_stride = rows.stride;
	}
	if (rows.first >= s->left)
		return SPUR_OK;
	if (rows.count > s->left - rows.first)
		rows.count = (size_t)(s->left - rows.first);
	return note_end(d, mdf_table_rows(s->table, &rows, err));
}

static enum spur_status feed_sorted(struct mdf_demux *d, const unsigned char *p, size_t len, const unsigned char *inval,
				    size_t inval_len, struct spur_error *err)
{
	size_t record = row_bytes(d);
	enum spur_status st = SPUR_OK;

	if (record == 0) {
		d->lost_track = true;
		return SPUR_OK;
	}
	if (d->carry.len > 0) {
		size_t need = record - d->carry.len, have = len < need ? len : need;

		spur_buf_add(&d->carry, p, have);
		p += have;
		len -= have;
		if (d->carry.len < record)
			return SPUR_OK;
		st = sorted_rows(d, (const unsigned char *)d->carry.data, 1, NULL, 0, err);
		d->pos += record;
		spur_buf_clear(&d->carry);
	}
	if (st == SPUR_OK && len >= record) {
		size_t n = len / record;

		st = sorted_rows(d, p, n, inval, inval_len, err);
		d->pos += n * record;
		p += n * record;
		len -= n * record;
	}
	spur_buf_add(&d->carry, p, len);
	return st;
}

static struct mdf_slot *find_slot(struct mdf_demux *d, const unsigned char *p)
{
	uint64_t id = 0;

	if (d->dg->id_bytes == 1)
		return d->by_byte[*p];
	memcpy(&id, p, d->dg->id_bytes);
	for (size_t i = 0; i < d->slot_count; i++) {
		if (d->slots[i].id == id)
			return &d->slots[i];
	}
	return NULL;
}

static enum spur_status lose_track(struct mdf_demux *d, const char *why)
{
	if (!d->lost_track)
		mdf_damaged(d->r, d->dg->at, 0, "unsorted data, %" PRIu64 " bytes after its start: %s; the rest of this data "
			    "group is not read", d->pos, why);
	d->lost_track = true;
	return SPUR_OK;
}

/* Bytes of the record at p, or 0 when more must come to know. */
static uint64_t record_length(struct mdf_demux *d, const unsigned char *p, size_t len, struct mdf_slot **slot)
{
	size_t id = d->dg->id_bytes;

	if (len < id)
		return 0;
	if ((*slot = find_slot(d, p)) == NULL)
		return UINT64_MAX;
	if ((*slot)->length != 0)
		return (*slot)->length;
	return len < id + 4 ? 0 : id + 4 + (uint64_t)spur_le32(p + id);
}

static enum spur_status take_vlsd(struct mdf_slot *s, const unsigned char *p, size_t len, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	unsigned head = mdf_store_is_bare(s->window) ? 4 : 0;	/* its length, which is stated elsewhere */

	mdf_store_add(s->window, p + head, len - head);
	while (st == SPUR_OK && mdf_store_full(s->window)) {
		st = mdf_table_flush(s->owner, false, err);
		mdf_store_forget(s->window);
	}
	return st;
}

static enum spur_status take_record(struct mdf_demux *d, struct mdf_slot *s, const unsigned char *p, size_t len,
				    struct spur_error *err)
{
	size_t id = d->dg->id_bytes;
	enum spur_status st;

	if (s->window != NULL)
		return note_end(d, take_vlsd(s, p + id, len - id, err));
	if (s->table == NULL || s->left == 0)
		return SPUR_OK;
	s->left--;
	if (s->table->past)
		return SPUR_OK;
	st = mdf_table_record(s->table, p + id, err);
	d->past += s->table->past;
	return note_end(d, st);
}

/* Whole records of known length and ids of one byte, of groups without values elsewhere: the common log, in a tight loop. What is
 * left is for cut_records(). */
static enum spur_status cut_plain(struct mdf_demux *d, const unsigned char *p, size_t len, size_t *used, struct spur_error *err)
{
	size_t at = 0;
	enum spur_status st = SPUR_OK;

	while (st == SPUR_OK && at < len) {
		struct mdf_slot *s = d->by_byte[p[at]];

		if (s == NULL || s->length == 0 || s->length > len - at || s->length > d->record_max || s->window != NULL)
			break;
		if (s->table != NULL && s->left > 0 && !s->table->past) {
			s->left--;
			st = mdf_table_record(s->table, p + at + 1, err);
			d->past += s->table->past;
		} else if (s->table != NULL && s->left > 0) {
			s->left--;
		}
		s->seen++;
		s->last = p + at + 1;
		at += (size_t)s->length;
	}
	*used = at;
	d->pos += at;
	return note_end(d, st);
}

/* Whole records from p on; *used bytes were taken. */
static enum spur_status cut_records(struct mdf_demux *d, const unsigned char *p, size_t len, size_t *used,
				    struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	*used = 0;
	while (st == SPUR_OK && *used < len) {
		struct mdf_slot *s = NULL;
		size_t taken = 0;
		uint64_t n;

		if (d->dg->id_bytes == 1)
			st = cut_plain(d, p + *used, len - *used, &taken, err);
		*used += taken;
		if (st != SPUR_OK || *used == len)
			break;
		n = record_length(d, p + *used, len - *used, &s);

		if (n == UINT64_MAX)
			return lose_track(d, "a record id that no channel group has");
		if (n > d->record_max)
			return lose_track(d, "a record larger than an eighth of the memory budget");
		if (n == 0 || n > len - *used)
			return SPUR_OK;
		st = take_record(d, s, p + *used, (size_t)n, err);
		s->seen += s->length == 0 ? n - d->dg->id_bytes : 1;
		s->last = s->length == 0 ? NULL : p + *used + d->dg->id_bytes;
		*used += (size_t)n;
		d->pos += n;
	}
	return st;
}

/* Complete the record that was begun by what was fed before. */
static enum spur_status fill_carry(struct mdf_demux *d, const unsigned char **p, size_t *len, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	while (st == SPUR_OK && d->carry.len > 0 && *len > 0 && !d->lost_track) {
		struct mdf_slot *s = NULL;
		const unsigned char *have = (const unsigned char *)d->carry.data;
		uint64_t n = record_length(d, have, d->carry.len, &s);
		size_t used, add;

		add = n == 0 ? 1 : n > d->carry.len && n - d->carry.len < *len ? (size_t)(n - d->carry.len) : *len;
		if (n > d->record_max)
			return lose_track(d, "a record id that no channel group has, or a record beyond the memory budget");
		spur_buf_add(&d->carry, *p, add);
		*p += add;
		*len -= add;
		st = cut_records(d, (const unsigned char *)d->carry.data, d->carry.len, &used, err);
		mdf_demux_look_at_times(d);	/* the record does not stay */
		if (used > 0)
			spur_buf_clear(&d->carry);
	}
	return st;
}

static enum spur_status feed_unsorted(struct mdf_demux *d, const unsigned char *p, size_t len, struct spur_error *err)
{
	enum spur_status st = fill_carry(d, &p, &len, err);
	size_t used = 0;

	if (st == SPUR_OK && !d->lost_track && len > 0)
		st = cut_records(d, p, len, &used, err);
	if (st == SPUR_OK && !d->lost_track)
		spur_buf_add(&d->carry, p + used, len - used);
	return st;
}

void mdf_demux_seek(struct mdf_demux *d, uint64_t pos)
{
	size_t record = d->tables[0].record_bytes;

	d->partial = true;
	d->pos = pos;
	d->skip = (record - pos % record) % record;
}

void mdf_demux_resume(struct mdf_demux *d, uint64_t pos, uint64_t skip, const uint64_t *seen, const spur_ns *times)
{
	d->partial = true;
	d->pos = pos;
	d->skip = skip;
	for (size_t k = 0; k < d->slot_count; k++) {
		struct mdf_slot *s = &d->slots[k];

		s->seen = seen[k];
		s->time = times[k];
		if (s->left != UINT64_MAX)
			s->left -= s->left < seen[k] ? s->left : seen[k];
		if (s->table != NULL)
			s->table->rows = seen[k];
	}
}

void mdf_demux_want_times(struct mdf_demux *d)
{
	for (size_t k = 0; k < d->slot_count; k++) {
		const struct mdf_group *g = &d->r->groups[d->slots[k].group];
		struct mdf_column m;

		if (d->slots[k].length == 0 || g->master == MDF_NONE || g->remote_master != MDF_NONE ||
		    d->r->shown_groups[d->slots[k].group].domain != SPUR_DOMAIN_TIME ||
		    mdf_column_begin(d->r, g->master, false, false, &m, NULL) < 0)
			continue;
		if (!spur_type_is_number(m.raw_type) || !mdf_conv_is_numeric(m.conv)) {
			mdf_column_end(&m);
			continue;
		}
		d->slots[k].master = spur_malloc(sizeof(m));
		*d->slots[k].master = m;
	}
}

void mdf_demux_look_at_times(struct mdf_demux *d)
{
	for (size_t k = 0; k < d->slot_count; k++) {
		struct mdf_slot *s = &d->slots[k];
		struct mdf_rows rows = { .data = s->last, .stride = (size_t)s->length, .count = 1, .first = s->seen - 1 };
		double v;

		if (s->last != NULL && s->master != NULL) {
			mdf_column_f64(s->master, &rows, &v);
			s->time = mdf_master_ns(d->r, v);
		}
		s->last = NULL;
	}
}

void mdf_demux_apart(struct mdf_demux *d)
{
	if (!d->apart)
		spur_buf_clear(&d->carry);	/* was cut as if it had them */
	d->apart = true;
}

enum spur_status mdf_demux_feed(struct mdf_demux *d, const unsigned char *p, size_t len, const unsigned char *inval,
				size_t inval_len, struct spur_error *err)
{
	if (d->skip > 0) {
		size_t n = d->skip < len ? (size_t)d->skip : len;

		d->skip -= n;
		d->pos += n;
		p += n;
		len -= n;
		inval = NULL;
	}
	if (d->past > 0 && d->past == d->table_count)
		return SPUR_END;	/* nothing wanted is to come */
	if (d->lost_track || d->table_count == 0 || len == 0)
		return d->stopped ? SPUR_END : SPUR_OK;
	if (d->dg->id_bytes != 0)
		return feed_unsorted(d, p, len, err);
	return d->slots[0].table == NULL ? SPUR_OK : feed_sorted(d, p, len, inval, inval_len, err);
}

bool mdf_demux_is_apart(const struct mdf_demux *d)
{
	return d->dg->id_bytes == 0 && d->table_count == 1 && d->slots[0].table == d->tables && d->tables[0].record_bytes > 0 &&
	       d->r->tap_state == NULL && mdf_table_is_apart(&d->tables[0]);
}

struct mdf_cut_rows mdf_demux_cut(const struct mdf_demux *d, const unsigned char *p, size_t len, uint64_t begin, size_t turned)
{
	const struct mdf_group *g = &d->r->groups[d->slots[0].group];
	size_t record = d->tables[0].record_bytes;
	uint64_t left = d->slots[0].left;
	struct mdf_cut_rows out = { .head = (size_t)((record - begin % record) % record) };

	out.head = out.head < len ? out.head : len;
	out.records = (len - out.head) / record;
	out.rows = (struct mdf_rows){
		.data = p + out.head, .stride = record, .inval_bytes = g->inval_bytes, .inval_stride = record, .count = out.records,
		.first = (begin + out.head) / record, .plane_rows = turned,
	};
	if (g->inval_bytes > 0)
		out.rows.inval = out.rows.data + g->data_bytes * (turned == 0 ? 1 : turned);
	if (out.rows.first >= left)
		out.rows.count = 0;
	else if (out.rows.count > left - out.rows.first)
		out.rows.count = (size_t)(left - out.rows.first);
	return out;
}

enum spur_status mdf_demux_deliver(struct mdf_demux *d, const struct mdf_cut_rows *cut, struct spur_columns *const *batches,
				   size_t count, struct spur_error *err)
{
	struct mdf_table *t = &d->tables[0];
	enum spur_status st;

	if (d->lost_track || d->stopped)
		return d->stopped ? SPUR_END : SPUR_OK;
	st = mdf_table_publish(t, err);
	for (size_t i = 0; i < count && st == SPUR_OK; i++)
		st = t->sink->columns(t->sink->state, t->group, t->ids, batches[i], err);
	t->rows += cut->rows.count;
	d->pos += cut->records * (uint64_t)t->record_bytes;
	return note_end(d, st);
}

enum spur_status mdf_demux_lost(struct mdf_demux *d, uint64_t len)
{
	size_t record = d->table_count == 0 ? 0 : row_bytes(d);

	if (d->lost_track || d->table_count == 0)
		return SPUR_OK;
	if (len == UINT64_MAX || d->dg->id_bytes != 0 || record == 0)
		return lose_track(d, "a block is missing, and the records after it cannot be found");
	d->pos += d->carry.len + len;
	spur_buf_clear(&d->carry);
	d->skip = (record - d->pos % record) % record;
	return SPUR_OK;
}

/* Groups whose records have no bytes at all: virtual channels only. */
static enum spur_status emit_empty_rows(struct mdf_demux *d, struct mdf_table *t, struct spur_error *err)
{
	uint64_t n = rows_allowed(d->r, &d->r->groups[t->group]);
	struct mdf_rows rows = { .data = (const unsigned char *)"" };
	enum spur_status st = SPUR_OK;

	if (n == UINT64_MAX)
		return SPUR_OK;
	if (n > EMPTY_ROWS_MAX) {
		mdf_damaged(d->r, d->r->groups[t->group].at, 0, "%" PRIu64 " records without a byte; the first %u are shown", n,
			    EMPTY_ROWS_MAX);
		n = EMPTY_ROWS_MAX;
	}
	while (st == SPUR_OK && rows.first < n) {
		rows.count = n - rows.first < 4096 ? (size_t)(n - rows.first) : 4096;
		st = note_end(d, mdf_table_rows(t, &rows, err));
		rows.first += rows.count;
	}
	return st;
}

static void note_torn(struct mdf_demux *d)
{
	if (d->carry.len > 0 && !d->lost_track && d->table_count > 0)
		mdf_damaged(d->r, d->dg->at, 0, "the last record is torn: its first %zu bytes, %" PRIu64
			    " bytes into the data, are left out", d->carry.len, d->pos);
}

static void note_missing(struct mdf_demux *d)
{
	for (size_t i = 0; i < d->table_count; i++) {
		const struct mdf_group *g = &d->r->groups[d->tables[i].group];
		uint64_t want = rows_allowed(d->r, g);

		if (want != UINT64_MAX && d->tables[i].rows < want && !d->stopped)
			mdf_damaged(d->r, g->at, 0, "channel group %" PRIu32 ": %" PRIu64 " of its %" PRIu64 " records are there",
				    d->tables[i].group, d->tables[i].rows, want);
	}
}

enum spur_status mdf_demux_finish(struct mdf_demux *d, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	if (d->stopped)
		return SPUR_OK;
	d->partial |= d->past > 0 && d->past == d->table_count;
	if (!d->partial)
		note_torn(d);
	for (size_t i = 0; i < d->table_count && st == SPUR_OK; i++) {
		if (d->dg->id_bytes == 0 && d->tables[i].record_bytes == 0)
			st = emit_empty_rows(d, &d->tables[i], err);
		if (st == SPUR_OK)
			st = note_end(d, mdf_table_finish(&d->tables[i], err));
	}
	if (st >= 0 && !d->partial)
		note_missing(d);
	return st == SPUR_END ? SPUR_OK : st;
}
