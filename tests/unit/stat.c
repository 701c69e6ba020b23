#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/tap.h"
#include "verb/emit_file.h"
#include "verb/stat.h"

/* What `spur stats` says of a column, as its JSON. */

static char *json_of(const struct spur_stat *s)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct spur_emit *e = spur_emit_json_create(out, stderr);

	spur_emit_row(e, "stat");
	spur_stat_emit(s, e);
	spur_emit_end(e);
	spur_emit_json_destroy(e);
	fclose(out);
	return text;
}

static void says(struct spur_stat *s, const char *want, const char *name)
{
	char *text = json_of(s);

	text[strcspn(text, "\n")] = '\0';
	is_str(text, want, name);
	free(text);
	spur_stat_finish(s);
}

static void numbers_are_gathered_over_batches(void)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_stat s = { .n = 0 };
	double master[3] = { 0.5, 1, 1.5 };

	spur_columns_builder_add(b, "x", SPUR_TYPE_I16);
	for (int batch = 0; batch < 2; batch++) {
		for (int i = 0; i < 3; i++)
			spur_columns_builder_f64(b, 0, batch * 3 + i - 1);
		if (batch == 1)
			spur_columns_builder_invalidate(b, 0, 1);
		struct spur_columns *rows = spur_columns_builder_take(b);

		spur_stat_add(&s, &rows->columns[0], master);
		spur_columns_unref(rows);
	}
	says(&s, "{\"n\":6,\"t_first\":0.5,\"t_last\":1.5,\"min\":-1,\"max\":4,\"mean\":1.5,\"n_invalid\":1,"
	     "\"first\":[-1,0,1,2],\"last\":[3,4],\"sum\":9}", "six integers in two batches, one of them invalid");
	spur_columns_builder_destroy(b);
}

static void not_a_number_counts_but_is_not_summed(void)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_stat s = { .n = 0 };
	struct spur_columns *rows;

	spur_columns_builder_add(b, "x", SPUR_TYPE_F64);
	spur_columns_builder_f64(b, 0, 1e100);
	spur_columns_builder_f64(b, 0, (double)NAN);
	spur_columns_builder_f64(b, 0, 1);
	spur_columns_builder_f64(b, 0, -1e100);
	rows = spur_columns_builder_take(b);
	spur_stat_add(&s, &rows->columns[0], NULL);
	spur_columns_unref(rows);
	ok(s.numbers.sum + s.numbers.carry > 0.5 && s.numbers.sum + s.numbers.carry < 1.5, "the sum is compensated");
	is_int((intmax_t)s.numbers.n, 3, "three numbers");
	is_int((intmax_t)s.n, 4, "of four");
	ok(s.t_last > 2.5, "without a master the row counts");
	spur_stat_finish(&s);
	spur_columns_builder_destroy(b);
}

static void texts_beside_numbers(void)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_stat s = { .n = 0 };
	struct spur_columns *rows;

	spur_columns_builder_add(b, "gear", SPUR_TYPE_F64);
	spur_columns_builder_f64(b, 0, 1);
	spur_columns_builder_text(b, 0, 0, "first", 5);
	spur_columns_builder_invalidate(b, 0, 0);
	spur_columns_builder_f64(b, 0, 7);
	rows = spur_columns_builder_take(b);
	spur_stat_add(&s, &rows->columns[0], NULL);
	spur_columns_unref(rows);
	says(&s, "{\"n\":2,\"t_first\":0,\"t_last\":1,\"min\":7,\"max\":7,\"mean\":7,\"n_invalid\":0,"
	     "\"first\":[\"first\",7],\"last\":[\"first\",7],\"sum\":7}", "a named value is a text and in no sum");
	spur_columns_builder_destroy(b);
}

static void texts_and_nothing(void)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_stat s = { .n = 0 }, none = { .n = 0 };
	struct spur_columns *rows;

	spur_columns_builder_add(b, "x", SPUR_TYPE_BYTES);
	spur_columns_builder_bytes(b, 0, "\1\2\3", 3);
	rows = spur_columns_builder_take(b);
	spur_stat_add(&s, &rows->columns[0], NULL);
	spur_columns_unref(rows);
	says(&s, "{\"n\":1,\"t_first\":0,\"t_last\":0,\"min\":null,\"max\":null,\"mean\":null,\"n_invalid\":0,"
	     "\"first\":[\"AQID\"],\"last\":[\"AQID\"],\"sum\":null}", "bytes are base64");
	says(&none, "{\"n\":0,\"t_first\":null,\"t_last\":null,\"min\":null,\"max\":null,\"mean\":null,\"n_invalid\":0,"
	     "\"first\":[],\"last\":[],\"sum\":null}", "and nothing is nothing");
	spur_columns_builder_destroy(b);
}

int main(void)
{
	numbers_are_gathered_over_batches();
	not_a_number_counts_but_is_not_summed();
	texts_beside_numbers();
	texts_and_nothing();
	return tap_done();
}
