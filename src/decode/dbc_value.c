/* Texts of values: VAL_TABLE_ and VAL_. What does not fit is skipped. */
#include "config.h"

#include "decode/dbc_parser.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static int by_value(const void *a, const void *b)
{
	const struct spur_dbc_value *x = a, *y = b;

	return x->value < y->value ? -1 : x->value > y->value;
}

/* N "text" N "text" ... sorted; NULL if there is none. */
static struct spur_dbc_value *take_values(struct dbc_parser *p, size_t *count)
{
	struct spur_dbc_value *list = NULL, *kept = NULL;
	size_t n = 0;
	double v;
	char *text;

	while (dbc_number(p, &v) && (text = dbc_quoted(p)) != NULL) {
		if (!(v >= -0x1p63 && v < 0x1p64))
			continue;
		if ((n & (n - 1)) == 0)
			list = spur_realloc(list, n == 0 ? 1 : 2 * n, sizeof(*list));
		list[n].value = v >= 0x1p63 ? (int64_t)(uint64_t)v : (int64_t)v;
		list[n++].text = text;
	}
	if (n > 0 && (kept = spur_arena_array(p->arena, n, sizeof(*kept))) != NULL) {
		qsort(list, n, sizeof(*list), by_value);
		memcpy(kept, list, n * sizeof(*kept));
	}
	p->full = p->full || (n > 0 && kept == NULL);
	*count = kept == NULL ? 0 : n;
	free(list);
	return kept;
}

/* VAL_TABLE_ NAME 1 "on" 0 "off" ; */
void dbc_take_table(struct dbc_parser *p)
{
	struct dbc_table t = { 0 };

	if (!dbc_name(p) || (t.name = dbc_keep(p, p->word, strlen(p->word))) == NULL)
		return;
	t.values = take_values(p, &t.count);
	if ((p->table_count & (p->table_count - 1)) == 0)
		p->tables = spur_realloc(p->tables, p->table_count == 0 ? 1 : 2 * p->table_count, sizeof(t));
	p->tables[p->table_count++] = t;
}

/* VAL_ ID NAME 1 "on" 0 "off" ;   or   VAL_ ID NAME TABLE ; */
void dbc_use_values(struct dbc_parser *p)
{
	struct dbc_draft *d = dbc_take_signal(p);

	if (d == NULL)
		return;
	dbc_skip_space(p);
	if (p->at < p->end && (isalpha((unsigned char)*p->at) || *p->at == '_') && dbc_name(p)) {
		for (size_t i = 0; i < p->table_count; i++) {
			if (strcmp(p->tables[i].name, p->word) == 0) {
				d->s.values = p->tables[i].values;
				d->s.value_count = p->tables[i].count;
			}
		}
		return;
	}
	d->s.values = take_values(p, &d->s.value_count);
}
