#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench_priv.h"

/*
 * The ratio is written so that more is better for spur against a peer ("6.1x": the peer took 6.1 times
 * as long), and as the price of structure against the bound ("1.20 of bound": spur took 1.20 times as long).
 */
static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

struct figure {
	double median, least, most;
};

static struct figure figure_of(const double *v, unsigned n, bool turned)
{
	double s[BENCH_ROUNDS_MAX];

	for (unsigned i = 0; i < n; i++)
		s[i] = turned ? 1 / v[i] : v[i];
	qsort(s, n, sizeof(*s), by_value);
	return (struct figure){ n % 2 == 1 ? s[n / 2] : (s[n / 2 - 1] + s[n / 2]) / 2, s[0], s[n - 1] };
}

static double median_ms(const uint64_t *ns, unsigned n)
{
	double v[BENCH_ROUNDS_MAX];

	for (unsigned i = 0; i < n; i++)
		v[i] = (double)ns[i] / 1e6;
	return figure_of(v, n, false).median;
}

void bench_table_head(void)
{
	printf("%-26s %-12s %5s %10s %10s  %-26s %3s  %s\n", "case", "against", "thr", "spur ms", "other ms", "ratio", "n",
	       "whole process, version");
}

static void print_process(const struct bench_pair *p)
{
	if (p->process_a_ms > 0)
		printf("spur %.0f ms %ld MB", p->process_a_ms, p->rss_a_kb / 1024);
	if (p->process_b_ms > 0)
		printf("%s%s %.0f ms %ld MB", p->process_a_ms > 0 ? ", " : "", p->side, p->process_b_ms, p->rss_b_kb / 1024);
	printf("%s%s\n", p->process_a_ms > 0 || p->process_b_ms > 0 ? "; " : "", p->version);
}

void bench_table_row(const struct bench_pair *p)
{
	char threads[40], ratio[80];
	struct figure f;

	snprintf(threads, sizeof(threads), "%s:%s", p->threads_a, p->threads_b);
	printf("%-26s %-12s %5s ", p->case_name, p->side, threads);
	if (p->refused[0] != '\0') {
		printf("%s\n", p->refused);
		return;
	}
	f = figure_of(p->ratio, p->rounds, !p->is_bound);
	snprintf(ratio, sizeof(ratio), p->is_bound ? "%.2f of bound [%.2f %.2f]" : "%.2fx [%.2f %.2f]", f.median, f.least, f.most);
	printf("%10.2f %10.2f  %-26s %3u  ", median_ms(p->a_ns, p->rounds), median_ms(p->b_ns, p->rounds), ratio, p->rounds);
	print_process(p);
}

static void today(char out[16])
{
	time_t now = time(NULL);
	struct tm tm;

	strftime(out, 16, "%Y-%m-%d", gmtime_r(&now, &tm));
}

void bench_history_row(const struct bench *b, const struct bench_pair *p)
{
	FILE *f = b->history == NULL || p->refused[0] != '\0' ? NULL : fopen(b->history, "a");
	struct figure r;
	double load[1] = { 0 };
	char date[16];

	if (f == NULL)
		return;
	today(date);
	if (getloadavg(load, 1) < 1)
		load[0] = 0;
	r = figure_of(p->ratio, p->rounds, !p->is_bound);
	if (ftell(f) == 0)
		fputs("date\tcommit\tcores\tload\tpart\tcase\tthreads\tagainst\tspur_ms\tratio\tleast\tmost\trounds\tclock\n", f);
	fprintf(f, "%s\t%s\t%u\t%.1f\t%s\t%s\t%s:%s\t%s\t%.3f\t%.3f\t%.3f\t%.3f\t%u\t%s\n", date, b->commit, b->cores, load[0], b->part,
		p->case_name, p->threads_a, p->threads_b, p->is_bound ? "bound" : p->version, median_ms(p->a_ns, p->rounds),
		r.median, r.least, r.most, p->rounds, b->clock);
	fclose(f);
}
