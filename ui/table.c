#include "config.h"

#include "ui/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

void spur_table_rule(struct spur_grid *g, int row, const char *heading)
{
	for (int x = 0; x < g->cols; x++)
		spur_grid_put(g, row, x, SPUR_ROLE_DIM, 0x2500);
	if (heading != NULL)
		spur_grid_textf(g, row, 2, g->cols - 4, SPUR_ROLE_HEAD, " %s ", heading);
}

/* Bytes of the longest beginning that takes at most `columns`. */
static size_t head_bytes(const char *s, int columns)
{
	size_t end = 0;

	for (size_t i = 1; s[i - 1] != '\0'; i++) {
		char *part;
		int n;

		if (((unsigned char)s[i] & 0xc0) == 0x80)
			continue;
		part = spur_strndup(s, i);
		n = spur_text_columns(part);
		free(part);
		if (n > columns)
			break;
		end = i;
	}
	return end;
}

void spur_table_name(struct spur_grid *g, int row, int col, int width, enum spur_role role, const char *s)
{
	int all = spur_text_columns(s), head = (width - 1) / 2, tail = width - 1 - head, used;
	const char *rest = s;

	if (all <= width || width < 5) {
		spur_grid_text(g, row, col, width, role, s);
		return;
	}
	while (*rest != '\0' && spur_text_columns(rest) > tail) {
		rest++;
		while (((unsigned char)*rest & 0xc0) == 0x80)
			rest++;
	}
	used = spur_grid_textf(g, row, col, head, role, "%.*s", (int)head_bytes(s, head), s);
	spur_grid_put(g, row, col + used, role, 0x2026);
	spur_grid_text(g, row, col + used + 1, tail, role, rest);
}

void spur_table_size(uint64_t bytes, char out[16])
{
	static const char units[] = "BKMGTP";
	double v = (double)bytes;
	int u = 0;

	for (; v >= 1000 && u < 5; u++)
		v /= 1024;
	if (bytes == 0)
		snprintf(out, 16, "-");
	else
		snprintf(out, 16, u == 0 ? "%.0f%c" : "%.1f%c", v, units[u]);
}

void spur_table_count(double n, char out[16])
{
	static const char units[] = " kMGT";
	int u = 0;

	if (!isfinite(n)) {
		snprintf(out, 16, "-");
		return;
	}
	if (n < 9999.5) {
		snprintf(out, 16, n < 1 ? "%.2g" : n < 10 && n != floor(n) ? "%.1f" : "%.0f", n);
		return;
	}
	for (; n >= 999.95 && u < 4; u++)
		n /= 1000;
	snprintf(out, 16, "%.1f%c", n, units[u]);
}

void spur_table_hours(spur_ns length_ns, char out[24])
{
	int64_t minutes = length_ns / (60 * SPUR_NS_PER_S);

	if (minutes < 10)
		snprintf(out, 24, "%" PRId64 " s", length_ns / SPUR_NS_PER_S);
	else
		snprintf(out, 24, "%" PRId64 ":%02d h", minutes / 60, (int)(minutes % 60));
}

void spur_table_share(double v, char out[16])
{
	if (isfinite(v))
		snprintf(out, 16, "%.3f", v);
	else
		snprintf(out, 16, "-");
}
