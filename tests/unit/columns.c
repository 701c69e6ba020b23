#include "config.h"

#include "model/columns.h"

#include <math.h>
#include <stdint.h>

#include "tests/tap.h"

static void numbers_keep_their_type(void)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	size_t c = spur_columns_builder_add(b, "speed", SPUR_TYPE_U16);
	uint16_t *p = spur_columns_builder_reserve(b, c, 3);
	struct spur_columns *out;

	p[0] = 1;
	p[1] = 2;
	p[2] = 65535;
	spur_columns_builder_advance(b, c, 3);
	spur_columns_builder_null(b, c);
	out = spur_columns_builder_take(b);
	is_int((intmax_t)out->rows, 4, "rows are counted");
	ok((uintptr_t)out->columns[0].data % 64 == 0, "buffers are aligned");
	ok(spur_column_f64(&out->columns[0], 2) == 65535, "values read back");
	ok(spur_column_valid(&out->columns[0], 2), "earlier rows stay valid");
	ok(isnan(spur_column_f64(&out->columns[0], 3)), "a null is NaN");
	is_str(out->columns[0].name, "speed", "names are kept");
	spur_columns_unref(out);
	out = spur_columns_builder_take(b);
	is_int((intmax_t)out->rows, 0, "the builder is empty after take");
	spur_columns_unref(out);
	spur_columns_builder_destroy(b);
}

static void texts_have_offsets(void)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	size_t c = spur_columns_builder_add(b, "gear", SPUR_TYPE_TEXT), len;
	struct spur_columns *out;

	spur_columns_builder_bytes(b, c, "park", 4);
	spur_columns_builder_null(b, c);
	spur_columns_builder_bytes(b, c, "", 0);
	spur_columns_builder_bytes(b, c, "drive", 5);
	out = spur_columns_builder_take(b);
	is_int(out->columns[0].offsets[0], 0, "offsets start at 0");
	ok(memcmp(spur_column_bytes(&out->columns[0], 3, &len), "drive", 5) == 0 && len == 5, "texts read back");
	ok(!spur_column_valid(&out->columns[0], 1) && spur_column_valid(&out->columns[0], 2), "empty is not null");
	spur_columns_unref(out);
	spur_columns_builder_destroy(b);
}

static void value_tables_give_a_text_twin(void)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	size_t c = spur_columns_builder_add(b, "state", SPUR_TYPE_U8), len;
	struct spur_columns *out;

	for (int i = 0; i < 20; i++)
		spur_columns_builder_f64(b, c, i);
	spur_columns_builder_text(b, c, 3, "on", 2);
	spur_columns_builder_text(b, c, 17, "off", 3);
	out = spur_columns_builder_take(b);
	const struct spur_column *t = out->columns[0].text;

	ok(t != NULL && t->rows == 20, "the twin has as many rows");
	ok(spur_column_valid(t, 3) && spur_column_valid(t, 17) && !spur_column_valid(t, 4), "only named rows are valid");
	ok(memcmp(spur_column_bytes(t, 17, &len), "off", 3) == 0 && len == 3, "names read back");
	spur_columns_unref(spur_columns_ref(out));
	spur_columns_unref(out);
	spur_columns_builder_destroy(b);
}

static void invalid_rows_can_be_marked_later(void)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	size_t a = spur_columns_builder_add(b, "a", SPUR_TYPE_F64), c = spur_columns_builder_add(b, "b", SPUR_TYPE_I8);
	struct spur_columns *out;

	for (int i = 0; i < 9; i++) {
		spur_columns_builder_f64(b, a, i);
		spur_columns_builder_time(b, i * 10);
	}
	spur_columns_builder_f64(b, c, -5);
	spur_columns_builder_invalidate(b, a, 8);
	out = spur_columns_builder_take(b);
	ok(!spur_column_valid(&out->columns[0], 8) && spur_column_valid(&out->columns[0], 7), "exactly that row");
	is_int((intmax_t)out->columns[1].rows, 9, "short columns are filled up");
	ok(spur_column_f64(&out->columns[1], 0) == -5 && !spur_column_valid(&out->columns[1], 1), "with nulls");
	is_int(out->time_ns[8], 80, "times are kept");
	spur_columns_unref(out);
	spur_columns_builder_destroy(b);
}

int main(void)
{
	numbers_keep_their_type();
	texts_have_offsets();
	value_tables_give_a_text_twin();
	invalid_rows_can_be_marked_later();
	return tap_done();
}
