#include "config.h"

#include "format/mdf4/writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "format/mdf4/writer_priv.h"
#include "io/out.h"

#define HD_AT 64u
#define LISTED_MIN 1000u	/* fragments that are always remembered */
#define MEM_DEFAULT (UINT64_C(64) << 20)

/* ---- opening: ID and HD ---- */

uint16_t spur_mdf4_version_least(enum spur_mdf4_packing packing, bool columns)
{
	return packing >= SPUR_MDF4_ZSTD ? 430 : columns ? 420 : 410;
}

static enum spur_status choose_version(struct spur_mdf4_writer *w, const struct spur_mdf4_options *o, struct spur_error *err)
{
	uint16_t least = spur_mdf4_version_least(o->packing, o->columns), v = o->version == 0 ? least : o->version;

	w->sink.version = v;
	if (v != 410 && v != 411 && v != 420 && v != 430)
		return spur_fail(err, SPUR_EINVAL, "no MDF version %u.%02u is written", v / 100u, v % 100u);
	if (v < least)
		return spur_fail(err, SPUR_EINVAL, "MDF %u.%02u has no %s: MDF %u.%02u has", v / 100u, v % 100u,
				 least == 430 ? "blocks packed by zstd or lz4" : "columns", least / 100u, least % 100u);
	return SPUR_OK;
}

static enum spur_status write_head(struct spur_mdf4_writer *w, const struct spur_mdf4_options *o, struct spur_error *err)
{
	unsigned char id[64] = "MDF     4.10    spur    ";
	uint16_t v = w->sink.version;
	struct spur_buf b = { 0 };
	enum spur_status st;
	uint64_t at;

	id[10] = (unsigned char)('0' + v / 10 % 10);
	id[11] = (unsigned char)('0' + v % 10);
	id[28] = v & 0xff;
	id[29] = (unsigned char)(v >> 8);
	if ((st = spur_out_write(w->out, id, sizeof(id), err)) < 0)
		return st;
	for (int i = 0; i < 6; i++)
		spur_buf_u64(&b, 0);	/* the links: see commit */
	spur_buf_u64(&b, (uint64_t)(w->start_ns + o->shift_ns));
	spur_buf_u16(&b, o->zone_known ? (uint16_t)o->zone_min : 0);
	spur_buf_u16(&b, o->zone_known ? (uint16_t)o->summer_min : 0);
	spur_buf_u8(&b, o->local_time ? 1 : o->zone_known ? 2 : 0);
	spur_buf_u8(&b, 0);	/* class: the clock of the computer */
	spur_buf_u16(&b, 0);
	spur_buf_f64(&b, 0);
	spur_buf_f64(&b, 0);
	st = spur_mdf4_block(w->out, "HD", 6, b.data, b.len, NULL, 0, &at, err);
	spur_buf_finish(&b);
	return st;
}

enum spur_status spur_mdf4_writer_create(const char *path, const struct spur_mdf4_options *o,
					 struct spur_mdf4_writer **out, struct spur_error *err)
{
	struct spur_mdf4_writer *w = spur_calloc(1, sizeof(*w));
	enum spur_status st = spur_out_create(path, &w->out, err);

	*out = NULL;
	w->start_ns = o->start_ns;
	w->mem_bytes = o->mem_bytes != 0 ? o->mem_bytes : MEM_DEFAULT;
	w->header = o->comment == NULL ? NULL : spur_strdup(o->comment);
	w->tree.header = w->header;
	w->tree.written_ns = o->written_ns;
	w->sink.out = w->out;
	w->sink.packing = o->packing;
	w->sink.level = o->level != 0 ? o->level : 4;
	w->sink.threads = o->threads;
	w->columns = o->columns;
	if (st == SPUR_OK)
		st = choose_version(w, o, err);
	if (st == SPUR_OK && (w->sink.level < 1 || w->sink.level > 12))
		st = spur_fail(err, SPUR_EINVAL, "no deflate level %d", o->level);
	if (st == SPUR_OK)
		st = write_head(w, o, err);
	if (st < 0)
		spur_mdf4_writer_discard(w);
	else
		*out = w;
	return st;
}

/* ---- groups ---- */

static uint8_t data_type(enum spur_type t)
{
	switch (t) {
	case SPUR_TYPE_BOOL: case SPUR_TYPE_U8: case SPUR_TYPE_U16: case SPUR_TYPE_U32: case SPUR_TYPE_U64:
		return DT_UINT;
	case SPUR_TYPE_I8: case SPUR_TYPE_I16: case SPUR_TYPE_I32: case SPUR_TYPE_I64:
		return DT_INT;
	case SPUR_TYPE_F32: case SPUR_TYPE_F64:
		return DT_FLOAT;
	case SPUR_TYPE_TEXT:
		return DT_UTF8;
	case SPUR_TYPE_BYTES:
		break;
	}
	return DT_BYTES;
}

struct spur_mdf4_cn *spur_mdf4_cn_add(struct spur_mdf4_cg *cg, const char *name, enum spur_type type, uint32_t size)
{
	struct spur_mdf4_cn *cn;

	cg->cns = spur_realloc(cg->cns, cg->count + 1, sizeof(*cg->cns));
	cn = &cg->cns[cg->count++];
	*cn = (struct spur_mdf4_cn){
		.name = spur_strdup(name), .column = type, .data_type = data_type(type),
		.size = size, .bits = size * 8, .byte = cg->data_bytes,
	};
	cg->data_bytes += size;
	return cn;
}

static char *copy_or_null(const char *s)
{
	return s == NULL || *s == '\0' ? NULL : spur_strdup(s);
}

void spur_mdf4_master_add(struct spur_mdf4_cg *cg, enum spur_domain domain, const char *name)
{
	static const char *const names[] = { "time", "angle", "distance" };
	static const char *const units[] = { "s", "rad", "m" };
	struct spur_mdf4_cn *cn;

	if (domain == SPUR_DOMAIN_INDEX)
		return;
	cn = spur_mdf4_cn_add(cg, name != NULL ? name : names[domain], SPUR_TYPE_F64, 8);
	cn->type = CN_MASTER;
	cn->sync = (uint8_t)(domain + 1);	/* 1 time, 2 angle, 3 distance */
	cn->unit = spur_strdup(units[domain]);
	cg->has_master = true;
}

static enum spur_status add_channel(struct spur_mdf4_cg *cg, const struct spur_mdf4_channel *c, struct spur_error *err)
{
	bool number = spur_type_is_number(c->type);
	bool variable = !number && c->size == 0;
	struct spur_mdf4_cn *cn;

	if (c->name == NULL || *c->name == '\0')
		return spur_fail(err, SPUR_EINVAL, "a channel without a name");
	if (c->text_count > 0 && (!number || c->factor != 0 || c->text_count > 0xfffe))
		return spur_fail(err, SPUR_EINVAL, "channel %s: a value table needs plain numbers, at most 65534", c->name);
	if ((uint64_t)cg->data_bytes + c->size > UINT32_MAX / 8)
		return spur_fail(err, SPUR_EINVAL, "channel %s: the record gets too long", c->name);
	cn = spur_mdf4_cn_add(cg, c->name, c->type, number ? (uint32_t)spur_type_size(c->type) : variable ? 8 : c->size);
	cn->unit = copy_or_null(c->unit);
	cn->comment = copy_or_null(c->comment);
	cn->factor = c->factor;
	cn->offset = c->offset;
	cn->texts = c->text_count > 0 ? spur_calloc(c->text_count, sizeof(*cn->texts)) : NULL;
	for (; cn->text_count < c->text_count; cn->text_count++) {
		cn->texts[cn->text_count].value = c->texts[cn->text_count].value;
		cn->texts[cn->text_count].text = spur_strdup(c->texts[cn->text_count].text);
	}
	if (variable) {
		cn->type = CN_VLSD;
		cn->sd = spur_calloc(1, sizeof(*cn->sd));
		cn->sd->id = "SD";
	}
	if (c->nullable) {
		cn->nullable = true;
		cn->flags |= FLAG_INVAL;
	}
	return SPUR_OK;
}

void spur_mdf4_place_invalid_bits(struct spur_mdf4_cg *cg)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < cg->count; i++) {
		if (cg->cns[i].nullable)
			cg->cns[i].inval_bit = bits++;
	}
	cg->inval_bytes = (bits + 7) / 8;
}

void spur_mdf4_tree_push(struct spur_mdf4_tree *t, struct spur_mdf4_cg *cg)
{
	cg->data.id = cg->data.columns ? "DV" : "DT";
	cg->data.row_bytes = cg->data_bytes + cg->inval_bytes;
	cg->data.inval_bytes = cg->inval_bytes;
	t->groups = spur_realloc(t->groups, t->count + 1, sizeof(*t->groups));
	t->groups[t->count++] = cg;
}

uint32_t spur_mdf4_cg_add(struct spur_mdf4_writer *w, struct spur_mdf4_cg *cg)
{
	w->sets = spur_realloc(w->sets, w->set_count + 1, sizeof(*w->sets));
	w->sets[w->set_count] = (struct spur_mdf4_set){ w->tree.count, 1 };
	spur_mdf4_tree_push(&w->tree, cg);
	return (uint32_t)w->set_count++;
}

enum spur_status spur_mdf4_writer_group(struct spur_mdf4_writer *w, const struct spur_mdf4_group *g, uint32_t *group,
					struct spur_error *err)
{
	struct spur_mdf4_cg *cg = spur_calloc(1, sizeof(*cg));
	enum spur_status st = SPUR_OK;

	cg->name = copy_or_null(g->name);
	cg->source = copy_or_null(g->source);
	cg->comment = copy_or_null(g->comment);
	cg->domain = g->domain;
	spur_mdf4_master_add(cg, g->domain, g->master);
	for (size_t i = 0; st == SPUR_OK && i < g->count; i++)
		st = add_channel(cg, &g->channels[i], err);
	if (st == SPUR_OK && cg->count == 0)
		st = spur_fail(err, SPUR_EINVAL, "group %s has no channels", g->name != NULL ? g->name : "");
	if (st < 0) {
		spur_mdf4_cg_destroy(cg);
		return st;
	}
	spur_mdf4_place_invalid_bits(cg);
	if (g->unsorted != 0 && (cg->mix = spur_mdf4_mix_join(w, g->unsorted, cg, err)) == NULL) {
		spur_mdf4_cg_destroy(cg);
		return SPUR_EINVAL;
	}
	*group = w->columns && cg->mix == NULL ? spur_mdf4_columns_add(w, cg) : spur_mdf4_cg_add(w, cg);
	return SPUR_OK;
}

/* ---- rows ---- */

/* Bytes into a stream; a full fragment becomes a block. */
enum spur_status spur_mdf4_account(struct spur_mdf4_writer *w, struct spur_mdf4_stream *s, size_t added, size_t full,
				struct spur_error *err)
{
	w->pending += added;
	if (s->pending.len < full)
		return SPUR_OK;
	w->pending -= s->pending.len;
	return spur_mdf4_stream_flush(s, &w->sink, err);
}

static struct spur_mdf4_stream *larger(struct spur_mdf4_stream *a, struct spur_mdf4_stream *b)
{
	return b != NULL && (a == NULL || b->pending.len > a->pending.len) ? b : a;
}

static struct spur_mdf4_stream *largest(const struct spur_mdf4_writer *w)
{
	struct spur_mdf4_stream *most = NULL;

	for (size_t i = 0; i < w->tree.count; i++) {
		struct spur_mdf4_cg *cg = w->tree.groups[i];

		most = larger(most, &cg->data);
		for (size_t k = 0; k < cg->count; k++)
			most = larger(most, cg->cns[k].sd);
	}
	for (size_t i = 0; i < w->tree.mix_count; i++)
		most = larger(most, &w->tree.mixes[i]->data);
	return most;
}

static enum spur_status flush_one(struct spur_mdf4_writer *w, struct spur_mdf4_stream *s, struct spur_error *err)
{
	w->pending -= s->pending.len;
	return spur_mdf4_stream_flush(s, &w->sink, err);
}

/* Of thousands of columns all that are half as large as the largest: to look for one each time would take longer than to write it. */
static enum spur_status flush_columns(struct spur_mdf4_writer *w, size_t least, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; st == SPUR_OK && i < w->tree.count; i++) {
		struct spur_mdf4_cg *cg = w->tree.groups[i];

		if (cg->data.pending.len >= least)
			st = flush_one(w, &cg->data, err);
		for (size_t k = 0; st == SPUR_OK && k < cg->count; k++) {
			if (cg->cns[k].sd != NULL && cg->cns[k].sd->pending.len >= least)
				st = flush_one(w, cg->cns[k].sd, err);
		}
	}
	return st;
}

/* What is remembered of blocks counts too. */
static enum spur_status spill(struct spur_mdf4_writer *w, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; st == SPUR_OK && i < w->tree.count; i++) {
		struct spur_mdf4_cg *cg = w->tree.groups[i];

		st = spur_mdf4_stream_spill(&cg->data, &w->sink, err);
		for (size_t k = 0; st == SPUR_OK && k < cg->count; k++) {
			if (cg->cns[k].sd != NULL)
				st = spur_mdf4_stream_spill(cg->cns[k].sd, &w->sink, err);
		}
	}
	return st;
}

/* Over the budget, the largest stream goes first: few small blocks result. */
enum spur_status spur_mdf4_keep_budget(struct spur_mdf4_writer *w, struct spur_error *err)
{
	uint64_t most = w->mem_bytes / 8 / sizeof(struct spur_mdf4_fragment);
	enum spur_status st = SPUR_OK;

	while (st == SPUR_OK && w->pending > w->mem_bytes) {
		struct spur_mdf4_stream *s = largest(w);

		st = w->columns ? flush_columns(w, s->pending.len / 2 + 1, err) : flush_one(w, s, err);
	}
	return st == SPUR_OK && w->columns && w->sink.fragments > (most > LISTED_MIN ? most : LISTED_MIN) ? spill(w, err) : st;
}

/* Strided copies; the size is a constant in each, so that they compile to moves. */
#define COPY(T) do { \
	const T *from = (const T *)c->data + first; \
	for (size_t i = 0; i < rows; i++) \
		memcpy(to + i * stride, &from[i], sizeof(T)); \
} while (0)

static void put_numbers(const struct spur_column *c, size_t first, size_t rows, unsigned char *to, size_t stride)
{
	switch (spur_type_size(c->type)) {
	case 1: COPY(uint8_t); break;
	case 2: COPY(uint16_t); break;
	case 4: COPY(uint32_t); break;
	case 8: COPY(uint64_t); break;
	}
}

static enum spur_status put_variable(struct spur_mdf4_writer *w, struct spur_mdf4_stream *sd, bool mixed,
				     const struct spur_column *c, size_t row, unsigned char *to, struct spur_error *err)
{
	uint64_t at = sd->written + sd->pending.len;
	size_t len = 0, nul = c->type == SPUR_TYPE_TEXT ? 1 : 0;	/* texts end with a NUL that counts */
	const char *data = "";

	if (spur_column_valid(c, row))
		data = spur_column_bytes(c, row, &len);
	if (len >= UINT32_MAX)
		return spur_fail(err, SPUR_EINVAL, "a value of 4 GiB");
	memcpy(to, &at, 8);
	spur_buf_u32(&sd->pending, (uint32_t)(len + nul));
	spur_buf_add(&sd->pending, data, len);
	spur_buf_add(&sd->pending, "", nul);
	return mixed ? SPUR_OK : spur_mdf4_account(w, sd, 4 + len + nul, SPUR_MDF4_FRAGMENT, err);
}

static enum spur_status put_fixed(const struct spur_mdf4_cn *cn, const struct spur_column *c, size_t row,
				  unsigned char *to, struct spur_error *err)
{
	const char *data;
	size_t len;

	if (!spur_column_valid(c, row))
		return SPUR_OK;	/* zeros already */
	data = spur_column_bytes(c, row, &len);
	if (len > cn->size)
		return spur_fail(err, SPUR_EINVAL, "channel %s: a value of %zu bytes does not fit %" PRIu32, cn->name, len,
				 cn->size);
	memcpy(to, data, len);
	return SPUR_OK;
}

/* to points at the first record. */
static enum spur_status put_invalid(const struct spur_mdf4_cg *cg, const struct spur_mdf4_cn *cn,
				    const struct spur_column *c, size_t first, size_t rows, unsigned char *to,
				    size_t stride, struct spur_error *err)
{
	static const double nan64 = (double)NAN;
	static const float nan32 = NAN;

	for (size_t i = 0; c->validity != NULL && i < rows; i++) {
		unsigned char *record = to + i * stride;

		if (spur_column_valid(c, first + i))
			continue;
		if (cn->nullable)
			record[cg->data_bytes + cn->inval_bit / 8] |= (unsigned char)(1u << (cn->inval_bit % 8));
		else if (c->type == SPUR_TYPE_F64)
			memcpy(record + cn->byte, &nan64, 8);
		else if (c->type == SPUR_TYPE_F32)
			memcpy(record + cn->byte, &nan32, 4);
		else if (spur_type_is_number(c->type))
			return spur_fail(err, SPUR_EINVAL, "channel %s: an invalid value, but no invalidation bit", cn->name);
	}
	return SPUR_OK;
}

static enum spur_status put_column(struct spur_mdf4_writer *w, struct spur_mdf4_cg *cg, struct spur_mdf4_cn *cn,
				   const struct spur_column *c, size_t first, size_t rows, unsigned char *to,
				   struct spur_error *err)
{
	size_t stride = cg->data.row_bytes;
	enum spur_status st = SPUR_OK;

	if (spur_type_is_number(c->type))
		put_numbers(c, first, rows, to + cn->byte, stride);
	for (size_t i = 0; !spur_type_is_number(c->type) && st == SPUR_OK && i < rows; i++) {
		unsigned char *at = to + i * stride + cn->byte;

		st = cn->sd != NULL ? put_variable(w, cn->sd, cg->mix != NULL, c, first + i, at, err) : put_fixed(cn, c, first + i, at, err);
	}
	return st == SPUR_OK ? put_invalid(cg, cn, c, first, rows, to, stride, err) : st;
}

static void put_master(const struct spur_mdf4_writer *w, const struct spur_columns *b, size_t first, size_t rows,
		       unsigned char *to, size_t stride)
{
	for (size_t i = 0; i < rows; i++) {
		double v = b->master != NULL ? b->master[first + i] :
					       (double)(b->time_ns[first + i] - w->start_ns) / 1e9;

		memcpy(to + i * stride, &v, 8);
	}
}

/* Channel i of a set, the master left out. */
static const struct spur_mdf4_cn *channel_of(const struct spur_mdf4_writer *w, const struct spur_mdf4_set *set, size_t i)
{
	size_t masters = w->tree.groups[set->first]->has_master ? 1 : 0;

	return set->count == 1 ? &w->tree.groups[set->first]->cns[masters + i] : &w->tree.groups[set->first + masters + i]->cns[0];
}

static enum spur_status fits(const struct spur_mdf4_writer *w, const struct spur_mdf4_set *set, const struct spur_columns *rows,
			     struct spur_error *err)
{
	const struct spur_mdf4_cg *cg = w->tree.groups[set->first];
	size_t masters = cg->has_master ? 1 : 0, channels = (set->count > 1 ? set->count : cg->count) - masters;

	if (cg->bus)
		return spur_fail(err, SPUR_EINVAL, "a bus group takes frames");
	if (channels != rows->count)
		return spur_fail(err, SPUR_EINVAL, "%zu columns for %zu channels", rows->count, channels);
	if (masters > 0 && rows->rows > 0 && rows->master == NULL && (rows->time_ns == NULL || cg->domain != SPUR_DOMAIN_TIME))
		return spur_fail(err, SPUR_EINVAL, "rows without a master");
	for (size_t i = 0; i < rows->count; i++) {
		const struct spur_mdf4_cn *cn = channel_of(w, set, i);
		enum spur_type want = cn->column, got = rows->columns[i].type;

		if (got != want && !(got == SPUR_TYPE_BOOL && want == SPUR_TYPE_U8))
			return spur_fail(err, SPUR_EINVAL, "channel %s: %s for %s", cn->name, spur_type_name(got), spur_type_name(want));
	}
	return SPUR_OK;
}

/* Whole records up to one fragment. */
size_t spur_mdf4_rows_per_fragment(const struct spur_mdf4_cg *cg)
{
	size_t n = SPUR_MDF4_FRAGMENT / cg->data.row_bytes;

	return n > 0 ? n : 1;
}

/* At most rows records, in the room up to the end of the fragment; *done says how many. */
static enum spur_status put_some(struct spur_mdf4_writer *w, struct spur_mdf4_cg *cg, const struct spur_columns *b,
				 size_t first, size_t *done, struct spur_error *err)
{
	size_t stride = cg->data.row_bytes, full = spur_mdf4_rows_per_fragment(cg);
	size_t room = full - cg->data.pending.len / stride, rows = b->rows - first;
	size_t masters = cg->has_master ? 1 : 0;
	enum spur_status st = SPUR_OK;
	unsigned char *to;

	if (rows > room)
		rows = room;
	to = (unsigned char *)spur_buf_reserve(&cg->data.pending, rows * stride);
	memset(to, 0, rows * stride);
	if (masters > 0)
		put_master(w, b, first, rows, to, stride);
	for (size_t i = 0; st == SPUR_OK && i < b->count; i++)
		st = put_column(w, cg, &cg->cns[masters + i], &b->columns[i], first, rows, to, err);
	if (st < 0)
		return st;
	cg->data.pending.len += rows * stride;
	cg->rows += rows;
	*done = rows;
	if (cg->mix != NULL)
		return spur_mdf4_mix_rows(w, cg, rows, err);
	return spur_mdf4_account(w, &cg->data, rows * stride, full * stride, err);
}

/* The first failure sticks. */
enum spur_status spur_mdf4_latch(struct spur_mdf4_writer *w, enum spur_status st, struct spur_error *err)
{
	if (st < 0 && w->status == SPUR_OK) {
		w->status = st;
		if (err != NULL)
			w->error = *err;
	} else if (w->status < 0 && err != NULL) {
		*err = w->error;
	}
	return w->status;
}

static enum spur_status put_all(struct spur_mdf4_writer *w, struct spur_mdf4_cg *cg, const struct spur_columns *rows,
				struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t done = 0, n = 0; st == SPUR_OK && done < rows->rows; done += n) {
		n = 0;
		st = put_some(w, cg, rows, done, &n, err);
	}
	return st;
}

enum spur_status spur_mdf4_writer_put(struct spur_mdf4_writer *w, uint32_t group, const struct spur_columns *rows,
				      struct spur_error *err)
{
	const struct spur_mdf4_set *set = &w->sets[group];
	enum spur_status st = w->status < 0 ? w->status : fits(w, set, rows, err);
	struct spur_columns part = *rows;

	for (size_t i = 0, column = 0; st == SPUR_OK && i < set->count; i++) {
		struct spur_mdf4_cg *cg = w->tree.groups[set->first + i];

		if (set->count > 1) {	/* the master alone, or one channel */
			part.count = cg->has_master ? 0 : 1;
			part.columns = rows->columns + column;
			column += part.count;
		}
		st = put_all(w, cg, &part, err);
	}
	if (st == SPUR_OK)
		st = spur_mdf4_keep_budget(w, err);
	return spur_mdf4_latch(w, st, err);
}

/* ---- attachments, end ---- */

enum spur_status spur_mdf4_text(struct spur_mdf4_writer *w, const char *s, uint64_t *at, struct spur_error *err)
{
	*at = 0;
	return s == NULL || *s == '\0' ? SPUR_OK :
	       spur_mdf4_block(w->out, "TX", 0, s, strlen(s), "", 1, at, err);
}

enum spur_status spur_mdf4_writer_attach(struct spur_mdf4_writer *w, const char *name, const char *media_type,
					 const char *comment, const void *data, size_t len, struct spur_error *err)
{
	struct spur_buf b = { 0 };
	uint64_t links[3] = { 0 };
	enum spur_status st = w->status;

	if (st == SPUR_OK)
		st = spur_mdf4_sink_drain(&w->sink, err);
	if (st == SPUR_OK)
		st = spur_mdf4_text(w, name, &links[0], err);
	if (st == SPUR_OK)
		st = spur_mdf4_text(w, media_type, &links[1], err);
	if (st == SPUR_OK)
		st = spur_mdf4_text(w, comment, &links[2], err);
	spur_buf_u64(&b, w->roots.at);	/* the newest first in the chain */
	for (int i = 0; i < 3; i++)
		spur_buf_u64(&b, links[i]);
	spur_buf_u16(&b, 1);	/* embedded */
	spur_buf_u16(&b, 0);
	spur_buf_u32(&b, 0);
	spur_buf_u64(&b, 0);	/* MD5: not valid */
	spur_buf_u64(&b, 0);
	spur_buf_u64(&b, len);
	spur_buf_u64(&b, len);
	if (st == SPUR_OK)
		st = spur_mdf4_block(w->out, "AT", 4, b.data, b.len, data, len, &w->roots.at, err);
	spur_buf_finish(&b);
	return spur_mdf4_latch(w, st, err);
}

enum spur_status spur_mdf4_writer_flush(struct spur_mdf4_writer *w, struct spur_error *err)
{
	enum spur_status st = w->status;

	if (st == SPUR_OK)
		st = spur_mdf4_tree_flush(&w->tree, &w->sink, err);
	w->pending = 0;
	return spur_mdf4_latch(w, st, err);
}

uint64_t spur_mdf4_writer_bytes(const struct spur_mdf4_writer *w)
{
	return spur_out_tell(w->out);
}

uint64_t spur_mdf4_writer_pending(const struct spur_mdf4_writer *w)
{
	return w->pending;
}

void spur_mdf4_writer_sizes(const struct spur_mdf4_writer *w, uint32_t group, uint64_t *raw, uint64_t *packed)
{
	const struct spur_mdf4_set *set = &w->sets[group];

	*raw = *packed = 0;
	for (size_t i = 0; i < set->count; i++) {
		const struct spur_mdf4_cg *cg = w->tree.groups[set->first + i];
		const struct spur_mdf4_stream *s = cg->mix != NULL ? &cg->mix->data : &cg->data;

		*raw += s->written;
		*packed += s->packed_bytes;
	}
}

static void release(struct spur_mdf4_writer *w)
{
	for (size_t i = 0; i < w->tree.count; i++)
		spur_mdf4_cg_destroy(w->tree.groups[i]);
	free(w->tree.groups);
	for (size_t i = 0; i < w->tree.mix_count; i++)
		spur_mdf4_mix_destroy(w->tree.mixes[i]);
	free(w->tree.mixes);
	spur_mdf4_sink_finish(&w->sink);
	free(w->sets);
	free(w->header);
	free(w);
}

enum spur_status spur_mdf4_writer_commit(struct spur_mdf4_writer *w, struct spur_error *err)
{
	enum spur_status st = spur_mdf4_latch(w, SPUR_OK, err);

	if (st == SPUR_OK)
		st = spur_mdf4_tree_write(&w->tree, &w->sink, &w->roots, err);
	if (st == SPUR_OK)
		st = spur_out_patch(w->out, HD_AT + 24, &w->roots, sizeof(w->roots), err);
	if (st < 0)
		spur_out_discard(w->out);
	else
		st = spur_out_commit(w->out, err);
	release(w);
	return st;
}

void spur_mdf4_writer_discard(struct spur_mdf4_writer *w)
{
	if (w == NULL)
		return;
	spur_out_discard(w->out);
	release(w);
}
