#include "config.h"

#include "export/registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "io/out.h"

/*
 * NumPy's .npz: a ZIP archive (APPNOTE 6.3, stored, Zip64 where sizes need it) of .npy files
 * (NEP 1, version 1.0). One array per column, [rows, dims...]; the time is int64 ns. A column
 * that may be null has a second array NAME.valid (bool). Text is fixed-width bytes ("S"), as
 * numpy.load() reads it without pickles. Every date is 1980-01-01, so equal rows give equal bytes.
 */
#define DOS_DATE 0x21
#define ZIP_LIMIT UINT32_MAX
#define DEFAULT_MEM (UINT64_C(256) << 20)

struct array {
	const char *name;		/* borrowed from the spec */
	const struct spur_export_column *column;	/* NULL: the time */
	struct spur_buf data, valid;
	size_t width;			/* of the longest text */
	uint64_t *lengths;		/* of the texts */
	size_t texts;
};

struct member {
	char *name;
	uint64_t offset, size;
	uint32_t crc;
};

struct npz {
	const struct spur_export_spec *spec;
	struct spur_out *out;
	struct array *arrays;
	size_t array_count, first, rows;
	struct member *members;
	size_t member_count;
};

static void discard(void *state)
{
	struct npz *z = state;

	if (z == NULL)
		return;
	for (size_t i = 0; i < z->array_count; i++) {
		spur_buf_finish(&z->arrays[i].data);
		spur_buf_finish(&z->arrays[i].valid);
		free(z->arrays[i].lengths);
	}
	for (size_t i = 0; i < z->member_count; i++)
		free(z->members[i].name);
	spur_out_discard(z->out);
	free(z->arrays);
	free(z->members);
	free(z);
}

static enum spur_status begin(const struct spur_export_spec *spec, const char *tmp, void **state, struct spur_error *err)
{
	struct npz *z = spur_calloc(1, sizeof(*z));

	*state = z;
	z->spec = spec;
	z->first = spec->time_name != NULL ? 1 : 0;
	z->array_count = spec->count + z->first;
	z->arrays = spur_calloc(z->array_count, sizeof(*z->arrays));
	if (z->first > 0)
		z->arrays[0].name = spec->time_name;
	for (size_t i = 0; i < spec->count; i++) {
		z->arrays[z->first + i].name = spec->columns[i].name;
		z->arrays[z->first + i].column = &spec->columns[i];
	}
	return spur_out_create(tmp, &z->out, err);
}

static bool is_text(const struct array *a)
{
	return a->column != NULL && a->column->ndim == 0 && !spur_type_is_number(a->column->type);
}

static void put_bytes(struct array *a, const struct spur_column *col)
{
	if (is_text(a))
		a->lengths = spur_realloc(a->lengths, a->texts + col->rows + 1, sizeof(*a->lengths));
	for (size_t i = 0; i < col->rows; i++) {
		size_t len;
		const char *p = spur_column_bytes(col, i, &len);

		spur_buf_add(&a->data, p, len);
		if (is_text(a)) {
			a->lengths[a->texts++] = len;
			a->width = len > a->width ? len : a->width;
		}
	}
}

static void put_column(struct array *a, const struct spur_column *col)
{
	if (spur_type_is_number(col->type))
		spur_buf_add(&a->data, col->data, col->rows * spur_type_size(col->type));
	else
		put_bytes(a, col);
	for (size_t i = 0; !a->column->required && a->column->ndim == 0 && i < col->rows; i++)
		spur_buf_u8(&a->valid, spur_column_valid(col, i));
}

static uint64_t held(const struct npz *z)
{
	uint64_t n = 0;

	for (size_t i = 0; i < z->array_count; i++)
		n += z->arrays[i].data.len + z->arrays[i].valid.len;
	return n;
}

static enum spur_status put(void *state, const struct spur_columns *rows, struct spur_error *err)
{
	struct npz *z = state;
	uint64_t limit = z->spec->mem_bytes == 0 ? DEFAULT_MEM : z->spec->mem_bytes;
	enum spur_status st = spur_export_check(z->spec, rows, err);

	if (st < 0 || rows->rows == 0)
		return st;
	if (z->first > 0)
		spur_buf_add(&z->arrays[0].data, rows->time_ns, rows->rows * sizeof(int64_t));
	for (size_t i = 0; i < rows->count; i++)
		put_column(&z->arrays[z->first + i], &rows->columns[i]);
	z->rows += rows->rows;
	if (held(z) > limit)
		return spur_fail(err, SPUR_EINVAL, "npz: %" PRIu64 " bytes in one file, budget %" PRIu64
				 "; use fewer rows per shard or a larger --mem", held(z), limit);
	return SPUR_OK;
}

/* NEP 1: magic, version, u16 length, a Python dict padded with blanks so that the data is 64-aligned. */
static void npy_header(struct spur_buf *out, const char *descr, uint64_t rows, const struct spur_export_column *c)
{
	struct spur_buf d = { 0 };

	spur_buf_addf(&d, "{'descr': '%s', 'fortran_order': False, 'shape': (%" PRIu64 ",", descr, rows);
	for (unsigned i = 0; c != NULL && i < c->ndim; i++)
		spur_buf_addf(&d, "%s%" PRIu32 "%s", i == 0 ? " " : "", c->dims[i], i + 1 < c->ndim ? ", " : "");
	spur_buf_adds(&d, "), }");
	while ((10 + d.len + 1) % 64 != 0)
		spur_buf_addc(&d, ' ');
	spur_buf_addc(&d, '\n');
	spur_buf_add(out, "\x93NUMPY\x01\x00", 8);
	spur_buf_u16(out, (uint16_t)d.len);
	spur_buf_add(out, d.data, d.len);
	spur_buf_finish(&d);
}

static const char *descr_of(enum spur_type t)
{
	switch (t) {
	case SPUR_TYPE_BOOL: return "|b1";
	case SPUR_TYPE_I8: return "|i1";
	case SPUR_TYPE_U8: return "|u1";
	case SPUR_TYPE_I16: return "<i2";
	case SPUR_TYPE_U16: return "<u2";
	case SPUR_TYPE_I32: return "<i4";
	case SPUR_TYPE_U32: return "<u4";
	case SPUR_TYPE_I64: return "<i8";
	case SPUR_TYPE_U64: return "<u8";
	case SPUR_TYPE_F32: return "<f4";
	case SPUR_TYPE_F64: return "<f8";
	case SPUR_TYPE_TEXT:
	case SPUR_TYPE_BYTES: break;
	}
	return "|S1";
}

/* Local file header (4.3.7); the Zip64 extra (4.5.3) only where a size does not fit. */
static void local_header(struct spur_buf *b, const struct member *m)
{
	bool big = m->size >= ZIP_LIMIT;
	size_t name_len = strlen(m->name);

	spur_buf_u32(b, 0x04034b50);
	spur_buf_u16(b, big ? 45 : 20);
	spur_buf_u16(b, 0x800);		/* names are UTF-8 */
	spur_buf_u16(b, 0);
	spur_buf_u16(b, 0);
	spur_buf_u16(b, DOS_DATE);
	spur_buf_u32(b, m->crc);
	spur_buf_u32(b, big ? UINT32_MAX : (uint32_t)m->size);
	spur_buf_u32(b, big ? UINT32_MAX : (uint32_t)m->size);
	spur_buf_u16(b, (uint16_t)name_len);
	spur_buf_u16(b, big ? 20 : 0);
	spur_buf_add(b, m->name, name_len);
	if (big) {
		spur_buf_u16(b, 1);
		spur_buf_u16(b, 16);
		spur_buf_u64(b, m->size);
		spur_buf_u64(b, m->size);
	}
}

static enum spur_status add_member(struct npz *z, const char *name, const char *suffix, const struct spur_buf *npy,
				   struct spur_error *err)
{
	struct spur_buf head = { 0 };
	struct member *m;
	enum spur_status st;

	z->members = spur_realloc(z->members, z->member_count + 1, sizeof(*z->members));
	m = &z->members[z->member_count++];
	*m = (struct member){ .name = spur_strfmt("%s%s.npy", name, suffix), .offset = spur_out_tell(z->out),
			      .size = npy->len, .crc = spur_crc32(0, npy->data, npy->len) };
	local_header(&head, m);
	if ((st = spur_out_write(z->out, head.data, head.len, err)) == SPUR_OK)
		st = spur_out_write(z->out, npy->data, npy->len, err);
	spur_buf_finish(&head);
	return st;
}

static void pad_texts(struct spur_buf *npy, const struct array *a)
{
	size_t width = a->width == 0 ? 1 : a->width, at = 0;

	for (size_t i = 0; i < a->texts; i++) {
		char *to = spur_buf_reserve(npy, width);

		memset(to, 0, width);
		if (a->lengths[i] > 0)
			memcpy(to, a->data.data + at, a->lengths[i]);
		npy->len += width;
		at += a->lengths[i];
	}
}

static enum spur_status write_array(struct npz *z, struct array *a, struct spur_error *err)
{
	enum spur_type type = a->column == NULL ? SPUR_TYPE_I64 : a->column->type;
	struct spur_buf npy = { 0 };
	enum spur_status st;
	char descr[32];

	if (is_text(a)) {
		snprintf(descr, sizeof(descr), "|S%zu", a->width == 0 ? 1 : a->width);
		npy_header(&npy, descr, z->rows, NULL);
		pad_texts(&npy, a);
	} else {
		npy_header(&npy, descr_of(type), z->rows, a->column);
		spur_buf_add(&npy, spur_buf_text(&a->data), a->data.len);
	}
	spur_buf_finish(&a->data);
	st = add_member(z, a->name, "", &npy, err);
	spur_buf_finish(&npy);
	if (st < 0 || a->column == NULL || a->column->required || a->column->ndim > 0)
		return st;
	npy_header(&npy, descr_of(SPUR_TYPE_BOOL), z->rows, NULL);
	spur_buf_add(&npy, spur_buf_text(&a->valid), a->valid.len);
	st = add_member(z, a->name, ".valid", &npy, err);
	spur_buf_finish(&npy);
	return st;
}

/* Central directory header (4.3.12). */
static void central_header(struct spur_buf *b, const struct member *m)
{
	bool big = m->size >= ZIP_LIMIT || m->offset >= ZIP_LIMIT;
	size_t name_len = strlen(m->name);

	spur_buf_u32(b, 0x02014b50);
	spur_buf_u16(b, big ? 45 : 20);
	spur_buf_u16(b, big ? 45 : 20);
	spur_buf_u16(b, 0x800);
	spur_buf_u16(b, 0);
	spur_buf_u16(b, 0);
	spur_buf_u16(b, DOS_DATE);
	spur_buf_u32(b, m->crc);
	spur_buf_u32(b, big ? UINT32_MAX : (uint32_t)m->size);
	spur_buf_u32(b, big ? UINT32_MAX : (uint32_t)m->size);
	spur_buf_u16(b, (uint16_t)name_len);
	spur_buf_u16(b, big ? 28 : 0);
	spur_buf_u16(b, 0);
	spur_buf_u16(b, 0);
	spur_buf_u16(b, 0);
	spur_buf_u32(b, 0);
	spur_buf_u32(b, big ? UINT32_MAX : (uint32_t)m->offset);
	spur_buf_add(b, m->name, name_len);
	if (big) {
		spur_buf_u16(b, 1);
		spur_buf_u16(b, 24);
		spur_buf_u64(b, m->size);
		spur_buf_u64(b, m->size);
		spur_buf_u64(b, m->offset);
	}
}

/* Zip64 end of central directory and its locator (4.3.14, 4.3.15), then the classic end (4.3.16). */
static void end_records(struct spur_buf *b, uint64_t count, uint64_t offset, uint64_t size)
{
	bool big = offset >= ZIP_LIMIT || size >= ZIP_LIMIT || count >= UINT16_MAX;

	if (big) {
		spur_buf_u32(b, 0x06064b50);
		spur_buf_u64(b, 44);
		spur_buf_u16(b, 45);
		spur_buf_u16(b, 45);
		spur_buf_u32(b, 0);
		spur_buf_u32(b, 0);
		spur_buf_u64(b, count);
		spur_buf_u64(b, count);
		spur_buf_u64(b, size);
		spur_buf_u64(b, offset);
		spur_buf_u32(b, 0x07064b50);
		spur_buf_u32(b, 0);
		spur_buf_u64(b, offset + size);
		spur_buf_u32(b, 1);
	}
	spur_buf_u32(b, 0x06054b50);
	spur_buf_u16(b, 0);
	spur_buf_u16(b, 0);
	spur_buf_u16(b, big ? UINT16_MAX : (uint16_t)count);
	spur_buf_u16(b, big ? UINT16_MAX : (uint16_t)count);
	spur_buf_u32(b, big ? UINT32_MAX : (uint32_t)size);
	spur_buf_u32(b, big ? UINT32_MAX : (uint32_t)offset);
	spur_buf_u16(b, 0);
}

static enum spur_status end(void *state, struct spur_error *err)
{
	struct npz *z = state;
	struct spur_buf tail = { 0 };
	enum spur_status st = SPUR_OK;
	uint64_t at, size;

	for (size_t i = 0; i < z->array_count && st == SPUR_OK; i++)
		st = write_array(z, &z->arrays[i], err);
	at = spur_out_tell(z->out);
	for (size_t i = 0; i < z->member_count; i++)
		central_header(&tail, &z->members[i]);
	size = tail.len;
	end_records(&tail, z->member_count, at, size);
	if (st == SPUR_OK)
		st = spur_out_write(z->out, tail.data, tail.len, err);
	spur_buf_finish(&tail);
	if (st == SPUR_OK) {
		st = spur_out_commit(z->out, err);
		z->out = NULL;
	}
	return st;
}

const struct spur_exporter spur_exporter_npz = {
	.id = "npz", .title = "NumPy archive", .suffix = ".npz",
	.begin = begin, .put = put, .end = end, .free = discard,
};
