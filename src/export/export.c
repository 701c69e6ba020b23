#include "config.h"

#include "export/export.h"

#include <string.h>

#include "export/registry.h"

static const struct spur_exporter *const exporters[] = {
#define SPUR_EXPORTER(id) &spur_exporter_##id,
#include "export/exports.def"
#undef SPUR_EXPORTER
	NULL
};

const struct spur_exporter *const *spur_exporter_list(void)
{
	return exporters;
}

const struct spur_exporter *spur_exporter_find(const char *id)
{
	for (size_t i = 0; exporters[i] != NULL; i++) {
		if (strcmp(exporters[i]->id, id) == 0)
			return exporters[i];
	}
	return NULL;
}

uint64_t spur_export_elements(const struct spur_export_column *c)
{
	uint64_t n = 1;

	for (unsigned i = 0; i < c->ndim; i++)
		n *= c->dims[i];
	return n;
}

static bool has_null(const struct spur_column *c)
{
	for (size_t i = 0; c->validity != NULL && i < c->rows; i++) {
		if (!spur_column_valid(c, i))
			return true;
	}
	return false;
}

static enum spur_status check_array(const struct spur_export_column *want, const struct spur_column *c,
				    struct spur_error *err)
{
	uint64_t bytes = spur_export_elements(want) * spur_type_size(want->type);
	size_t len;

	for (size_t i = 0; i < c->rows; i++) {
		spur_column_bytes(c, i, &len);
		if (len != bytes)
			return spur_fail(err, SPUR_EINVAL, "column %s: row %zu has %zu bytes, its shape needs %llu",
					 want->name, i, len, (unsigned long long)bytes);
	}
	return SPUR_OK;
}

static enum spur_status check_column(const struct spur_export_column *want, const struct spur_column *c, size_t rows,
				     struct spur_error *err)
{
	enum spur_type type = want->ndim > 0 ? SPUR_TYPE_BYTES : want->type;

	if (c->type != type)
		return spur_fail(err, SPUR_EINVAL, "column %s: %s, expected %s", want->name, spur_type_name(c->type),
				 spur_type_name(type));
	if (c->rows != rows)
		return spur_fail(err, SPUR_EINVAL, "column %s: %zu of %zu rows", want->name, c->rows, rows);
	if ((want->required || want->ndim > 0) && has_null(c))
		return spur_fail(err, SPUR_EINVAL, "column %s: a null in a required column", want->name);
	return want->ndim > 0 ? check_array(want, c, err) : SPUR_OK;
}

enum spur_status spur_export_check(const struct spur_export_spec *spec, const struct spur_columns *rows,
				   struct spur_error *err)
{
	if (rows->count != spec->count)
		return spur_fail(err, SPUR_EINVAL, "%zu columns, expected %zu", rows->count, spec->count);
	if (spec->time_name != NULL && rows->time_ns == NULL && rows->rows > 0)
		return spur_fail(err, SPUR_EINVAL, "rows without time");
	for (size_t i = 0; i < spec->count; i++) {
		enum spur_status st = check_column(&spec->columns[i], &rows->columns[i], rows->rows, err);

		if (st < 0)
			return st;
	}
	return SPUR_OK;
}
