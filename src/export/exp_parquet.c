#include "config.h"

#include "export/registry.h"

#include <stdlib.h>
#include <string.h>

#include "export/parquet.h"

#define MAGIC "PAR1"
#define GROUP_ROWS 65536
#define STEP 1024	/* rows between two looks at the budget; group sizes are multiples of it */

struct parquet {
	const struct spur_export_spec *spec;
	struct spur_out *out;
	enum spur_parquet_codec codec;
	size_t leaf_count, first;	/* first: leaf of spec->columns[0] */
	struct spur_parquet_leaf *leaves;
	struct spur_parquet_chunk *chunks;
	struct spur_parquet_group *groups;
	size_t group_count;
	uint64_t rows;			/* in the group being filled */
	uint64_t group_rows, group_bytes;
};

static void discard(void *state)
{
	struct parquet *p = state;

	if (p == NULL)
		return;
	for (size_t i = 0; i < p->leaf_count; i++)
		spur_parquet_chunk_finish(&p->chunks[i]);
	for (size_t i = 0; i < p->group_count; i++)
		free(p->groups[i].columns);
	spur_out_discard(p->out);
	free(p->leaves);
	free(p->chunks);
	free(p->groups);
	free(p);
}

static enum spur_status make_leaves(struct parquet *p, struct spur_error *err)
{
	const struct spur_export_spec *spec = p->spec;

	p->first = spec->time_name != NULL ? 1 : 0;
	p->leaf_count = spec->count + p->first;
	if (p->leaf_count == 0)
		return spur_fail(err, SPUR_EINVAL, "parquet: a table needs a column");
	p->leaves = spur_calloc(p->leaf_count, sizeof(*p->leaves));
	p->chunks = spur_calloc(p->leaf_count, sizeof(*p->chunks));
	if (p->first > 0)
		p->leaves[0] = (struct spur_parquet_leaf){ .name = spec->time_name, .type = SPUR_TYPE_I64, .time = true };
	for (size_t i = 0; i < spec->count; i++) {
		const struct spur_export_column *c = &spec->columns[i];
		uint64_t n = spur_export_elements(c);

		if (c->ndim > 0 && (!spur_type_is_number(c->type) || n == 0 || n > INT32_MAX))
			return spur_fail(err, SPUR_EINVAL, "parquet: column %s: no array of that shape", c->name);
		p->leaves[p->first + i] = (struct spur_parquet_leaf){ .name = c->name, .type = c->type,
			.optional = !c->required && c->ndim == 0, .list = c->ndim > 0, .elements = (uint32_t)n };
	}
	for (size_t i = 0; i < p->leaf_count; i++)
		p->chunks[i].leaf = &p->leaves[i];
	return SPUR_OK;
}

static enum spur_status begin(const struct spur_export_spec *spec, const char *tmp, void **state, struct spur_error *err)
{
	struct parquet *p = spur_calloc(1, sizeof(*p));
	const char *codec = spec->args == NULL ? "zstd" : spur_args_text(spec->args, "compression", "zstd");
	long long rows = spec->args == NULL ? GROUP_ROWS : spur_args_int(spec->args, "row-group", GROUP_ROWS);
	enum spur_status st;

	*state = p;
	p->spec = spec;
	p->codec = strcmp(codec, "none") == 0 ? SPUR_PARQUET_PLAIN : SPUR_PARQUET_ZSTD;
	p->group_bytes = (spec->mem_bytes == 0 ? UINT64_C(256) << 20 : spec->mem_bytes) / 4;
	if (rows < 1 || rows > 1 << 24)
		return spur_fail(err, SPUR_EINVAL, "parquet: row groups of %lld rows; 1 to 16777216", rows);
	p->group_rows = ((uint64_t)rows + STEP - 1) / STEP * STEP;
	if ((st = make_leaves(p, err)) < 0 || (st = spur_out_create(tmp, &p->out, err)) < 0)
		return st;
	return spur_out_write(p->out, MAGIC, 4, err);
}

static enum spur_status flush(struct parquet *p, struct spur_error *err)
{
	struct spur_parquet_group *g;
	enum spur_status st = SPUR_OK;

	if (p->rows == 0)
		return SPUR_OK;
	p->groups = spur_realloc(p->groups, p->group_count + 1, sizeof(*p->groups));
	g = &p->groups[p->group_count++];
	*g = (struct spur_parquet_group){ .rows = (int64_t)p->rows, .offset = (int64_t)spur_out_tell(p->out) };
	g->columns = spur_calloc(p->leaf_count, sizeof(*g->columns));
	for (size_t i = 0; i < p->leaf_count && st == SPUR_OK; i++)
		st = spur_parquet_chunk_write(&p->chunks[i], p->codec, p->out, &g->columns[i], err);
	p->rows = 0;
	return st;
}

static bool is_full(const struct parquet *p)
{
	uint64_t bytes = 0;

	if (p->rows % STEP != 0)
		return false;
	for (size_t i = 0; i < p->leaf_count; i++)
		bytes += spur_parquet_chunk_bytes(&p->chunks[i]);
	return p->rows >= p->group_rows || bytes >= p->group_bytes;
}

static enum spur_status put(void *state, const struct spur_columns *rows, struct spur_error *err)
{
	struct parquet *p = state;
	enum spur_status st = spur_export_check(p->spec, rows, err);

	for (size_t at = 0; at < rows->rows && st == SPUR_OK;) {
		size_t n = STEP - (size_t)(p->rows % STEP);

		n = n < rows->rows - at ? n : rows->rows - at;
		if (p->first > 0)
			spur_parquet_chunk_put_time(&p->chunks[0], rows->time_ns, at, at + n);
		for (size_t i = 0; i < rows->count; i++)
			spur_parquet_chunk_put(&p->chunks[p->first + i], &rows->columns[i], at, at + n);
		at += n;
		p->rows += n;
		if (is_full(p))
			st = flush(p, err);
	}
	return st;
}

static enum spur_status end(void *state, struct spur_error *err)
{
	struct parquet *p = state;
	struct spur_buf footer = { 0 };
	enum spur_status st = flush(p, err);

	if (st == SPUR_OK) {
		spur_parquet_footer(&footer, p->leaves, p->leaf_count, p->groups, p->group_count, p->codec,
				    p->spec->metadata);
		spur_buf_u32(&footer, (uint32_t)footer.len);
		spur_buf_add(&footer, MAGIC, 4);
		st = spur_out_write(p->out, footer.data, footer.len, err);
	}
	if (st == SPUR_OK) {
		st = spur_out_commit(p->out, err);
		p->out = NULL;
	}
	spur_buf_finish(&footer);
	return st;
}

static const struct spur_opt opts[] = {
	{ "compression", 0, SPUR_OPT_CHOICE, "zstd|none", "compression of the pages (zstd)", false },
	{ "row-group", 0, SPUR_OPT_INT, "ROWS", "rows of a row group (65536)", false },
	{ 0 }
};

const struct spur_exporter spur_exporter_parquet = {
	.id = "parquet", .title = "Apache Parquet", .suffix = ".parquet", .opts = opts,
	.begin = begin, .put = put, .end = end, .free = discard,
};
