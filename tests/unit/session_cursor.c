#include "config.h"

#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "format/mdf4/writer.h"
#include "session/session.h"
#include "tests/tap.h"

/*
 * The values at the cursor, whatever moved before: a reading of a few columns says what a reading of all of
 * them would, and what the samples themselves say.
 */
#define T0 INT64_C(1767323045000000000)
#define DENSE 6000	/* 100 Hz */
#define SPARSE 7

static char path[64];
static struct spur_task task;
static struct spur_ctx ctx = { .mem_bytes = 64u << 20, .threads = 1, .command_line = "test", .self = "spur", .datadir = ".",
			       .catalog = ":none:", .task = &task };
static spur_ns dense[DENSE], sparse[SPARSE];

static void must(enum spur_status st, const struct spur_error *err)
{
	if (st < 0) {
		printf("Bail out! %s\n", err->text);
		exit(1);
	}
}

static void put(struct spur_mdf4_writer *w, const char *name, const spur_ns *t, int n)
{
	const struct spur_mdf4_channel channel = { .name = name, .unit = "-", .type = SPUR_TYPE_F64 };
	const struct spur_mdf4_group group = { .name = name, .channels = &channel, .count = 1 };
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_columns *rows;
	struct spur_error err;
	uint32_t g;

	spur_columns_builder_add(b, name, SPUR_TYPE_F64);
	for (int i = 0; i < n; i++) {
		spur_columns_builder_time(b, t[i]);
		spur_columns_builder_f64(b, 0, i);
	}
	rows = spur_columns_builder_take(b);
	must(spur_mdf4_writer_group(w, &group, &g, &err), &err);
	must(spur_mdf4_writer_put(w, g, rows, &err), &err);
	spur_columns_unref(rows);
	spur_columns_builder_destroy(b);
}

static void write_drive(void)
{
	const struct spur_mdf4_options o = { .start_ns = T0, .written_ns = T0 };
	struct spur_mdf4_writer *w;
	struct spur_error err;

	for (int i = 0; i < DENSE; i++)
		dense[i] = T0 + i * (SPUR_NS_PER_S / 100) + (i > 3000 ? 5 * SPUR_NS_PER_S : 0);	/* with a gap */
	for (int i = 0; i < SPARSE; i++)
		sparse[i] = T0 + (i * i + 3) * SPUR_NS_PER_S;
	must(spur_mdf4_writer_create(path, &o, &w, &err), &err);
	put(w, "dense", dense, DENSE);
	put(w, "sparse", sparse, SPARSE);
	must(spur_mdf4_writer_commit(w, &err), &err);
}

static void settle(struct spur_workq *q, struct spur_session *s)
{
	struct pollfd fd = { .fd = spur_workq_fd(q), .events = POLLIN };

	for (int quiet = 0, left = 3000; quiet < 2 && left > 0; left--) {
		poll(&fd, 1, 5);
		quiet = spur_workq_dispatch(q) > 0 || spur_session_busy(s) ? 0 : quiet + 1;
	}
}

/* Stamps within one microsecond: the file has them as doubles. */
static bool near(spur_ns a, spur_ns b)
{
	return a == b || (a != SPUR_NS_MIN && b != SPUR_NS_MIN && llabs((long long)(a - b)) < 1000);
}

/* What the samples say; the cursor is never within a microsecond of one. */
static bool right(const struct spur_session_trace *t, const spur_ns *stamps, int n, spur_ns cursor, spur_ns lo, spur_ns hi)
{
	int i = 0;
	spur_ns before, after;

	while (i < n && stamps[i] <= cursor)
		i++;
	before = i > 0 ? stamps[i - 1] : SPUR_NS_MIN;
	after = i < n ? stamps[i] : SPUR_NS_MIN;
	if (before != SPUR_NS_MIN && before < lo)	/* beyond what a view looks at: either will do */
		return isnan(t->at_cursor) || t->at_cursor == i - 1;
	if (after > hi)
		after = t->next_ns;
	return (i == 0 ? isnan(t->at_cursor) : t->at_cursor == i - 1) && near(t->previous_ns, before) && near(t->next_ns, after);
}

static unsigned seed = 11;

static spur_ns any(spur_ns from, spur_ns to)
{
	seed = seed * 1103515245u + 12345u;
	return from + (spur_ns)((double)(seed >> 8) / (1 << 24) * (double)(to - from)) / 1000000 * 1000000 + 500000;
}

static void cursors_are_right(struct spur_workq *q, struct spur_session *s, spur_ns begin, spur_ns end)
{
	const struct spur_session_plot *p = spur_session_plot(s);
	spur_ns margin = (end - begin) / 20;
	int wrong = 0, columns;

	for (int i = 0; i < 120; i++) {
		spur_ns cursor = any(begin, end - SPUR_NS_PER_S / 100);

		spur_session_plot_view(s, begin, end, 90, cursor, SPUR_NS_MIN, SPUR_NS_MIN);
		settle(q, s);
		for (size_t k = 0; k < p->trace_count; k++) {
			bool d = strcmp(p->traces[k].signal->name, "dense") == 0;

			wrong += !right(&p->traces[k], d ? dense : sparse, d ? DENSE : SPARSE, cursor, begin - margin, end + margin);
		}
	}
	columns = (int)p->traces[0].view.columns;
	is_int(wrong, 0, "120 cursors in one view");
	ok(columns == 90 && p->traces[0].view.begin_ns == begin && p->traces[0].view.count > 100, "its columns are as they were read");
}

int main(void)
{
	const char *paths[1] = { path };
	const struct spur_session_plot *p;
	struct spur_session *s;
	struct spur_workq *q;
	struct spur_error err;
	uint64_t count;

	snprintf(path, sizeof(path), "/tmp/spur-session-cursor-%d.mf4", (int)getpid());
	write_drive();
	q = spur_workq_create(2, &err);
	s = spur_session_create(&ctx, q);
	spur_session_plot_open_files(s, paths, 1);
	settle(q, s);
	p = spur_session_plot(s);
	is_int((intmax_t)p->signal_count, 2, "two signals");
	for (size_t i = 0; i < p->signal_count; i++)
		spur_session_trace_add(s, &p->signals[i]);
	cursors_are_right(q, s, p->begin_ns, p->end_ns);
	cursors_are_right(q, s, T0 + 20 * SPUR_NS_PER_S, T0 + 45 * SPUR_NS_PER_S);
	/* A view that was begun and left does not leave its columns behind. */
	count = p->traces[0].view.count;
	spur_session_plot_view(s, p->begin_ns, p->end_ns, 90, T0 + SPUR_NS_PER_S, SPUR_NS_MIN, SPUR_NS_MIN);
	spur_session_plot_view(s, T0 + 20 * SPUR_NS_PER_S, T0 + 45 * SPUR_NS_PER_S, 90, T0 + 30 * SPUR_NS_PER_S, SPUR_NS_MIN, SPUR_NS_MIN);
	settle(q, s);
	is_int((intmax_t)p->traces[0].view.count, (intmax_t)count, "back in a view, all of it is read again");
	spur_session_stop(s);
	spur_workq_destroy(q);
	spur_session_destroy(s);
	unlink(path);
	return tap_done();
}
