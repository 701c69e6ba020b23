/* A drive of three recordings with clocks of their own: names, spans, rows, series and grids in drive time. */
#include "config.h"

#include "sync/timeline.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "format/mcap/writer.h"
#include "format/mdf4/writer.h"
#include "tests/tap.h"

#define S SPUR_NS_PER_S
#define MS (S / 1000)
#define START (INT64_C(1700000000) * S)
#define EVENTS 20	/* of c.mcap: every 100 ms, x counts up */

static char dir[] = "/tmp/spur-timeline-XXXXXX";
static char *files[3];	/* a.mf4, b.mf4, c.mcap */

/* ---- the recordings */

/* speed 10, 11 .. and gear (with words) or mode 0, 1, 0 ..: `rows` rows, a second apart. */
static void write_mdf(const char *path, const char *more, spur_ns begin, int rows)
{
	static const struct spur_mdf4_text gears[] = { { 0, "N" }, { 1, "first" } };
	const struct spur_mdf4_channel channels[] = {
		{ .name = "speed", .unit = "m/s", .type = SPUR_TYPE_F64 },
		{ .name = more, .type = SPUR_TYPE_U8, .texts = gears, .text_count = more[0] == 'g' ? 2 : 0 },
	};
	const struct spur_mdf4_group g = { .name = "ecu", .domain = SPUR_DOMAIN_TIME, .channels = channels, .count = 2 };
	const struct spur_mdf4_options o = { .start_ns = START, .written_ns = START };
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_mdf4_writer *w = NULL;
	struct spur_columns *c;
	uint32_t group;

	spur_columns_builder_add(b, "speed", SPUR_TYPE_F64);
	spur_columns_builder_add(b, more, SPUR_TYPE_U8);
	for (int i = 0; i < rows; i++) {
		spur_columns_builder_f64(b, 0, 10 + i);
		spur_columns_builder_f64(b, 1, i % 2);
		spur_columns_builder_time(b, begin + i * S);
	}
	c = spur_columns_builder_take(b);
	spur_columns_builder_destroy(b);
	is_int(spur_mdf4_writer_create(path, &o, &w, NULL), SPUR_OK, path);
	spur_mdf4_writer_group(w, &g, &group, NULL);
	spur_mdf4_writer_put(w, group, c, NULL);
	is_int(spur_mdf4_writer_commit(w, NULL), SPUR_OK, "is written");
	spur_columns_unref(c);
}

static void write_mcap(const char *path)
{
	static const char text[] = "float64 x\n";
	const struct spur_mcap_schema schema = { .id = 1, .name = "p/msg/T", .encoding = "ros2msg", .data = text, .len = sizeof(text) - 1 };
	const struct spur_mcap_channel channel = { .id = 0, .schema_id = 1, .topic = "/t", .encoding = "cdr" };
	struct spur_mcap_writer *w = NULL;

	is_int(spur_mcap_writer_create(path, NULL, &w, NULL), SPUR_OK, path);
	spur_mcap_writer_schema(w, &schema, NULL);
	spur_mcap_writer_channel(w, &channel, NULL);
	for (int i = 0; i < EVENTS; i++) {
		int k = i ^ 1;	/* neighbours are swapped: messages need not come in order */
		unsigned char cdr[12] = { 0, 1 };
		double x = k;
		uint64_t t = (uint64_t)(START + k * 100 * MS);
		struct spur_mcap_message m = { .log_time = t, .publish_time = t, .data = cdr, .len = sizeof(cdr) };

		memcpy(cdr + 4, &x, sizeof(x));
		spur_mcap_writer_message(w, &m, NULL);
	}
	is_int(spur_mcap_writer_commit(w, NULL), SPUR_OK, "is written");
}

/* b begins 5 s after a; the clock of c is 500 ms ahead. */
static struct spur_timeline *drive(size_t count)
{
	const struct spur_timeline_member m[] = {
		{ .path = files[0], .name = "rig" },
		{ .path = files[1] },
		{ .path = files[2], .clock = { .offset_ns = 500 * MS } },
	};
	struct spur_timeline *tl = NULL;

	is_int(spur_timeline_open(m, count, NULL, &tl, NULL), SPUR_OK, "a drive opens");
	return tl;
}

/* ---- names */

static void found(struct spur_timeline *tl, const char *name, int source)
{
	struct spur_signal_ref ref = { .source = 99 };
	struct spur_error err = { 0 };
	enum spur_status st = spur_timeline_find(tl, name, &ref, &err);

	is_int(st == SPUR_OK ? (int)ref.source : st, source, name);
}

static void names_find_their_source(void)
{
	struct spur_timeline *tl = drive(3);
	struct spur_signal_ref ref;
	struct spur_error err = { 0 };

	found(tl, "gear", 0);
	found(tl, "/t.x", 2);
	found(tl, "rig:speed", 0);
	found(tl, "a:speed", 0);
	found(tl, "a.mf4:speed", 0);
	found(tl, "b:speed", 1);
	found(tl, "1:speed", 0);
	found(tl, "2:speed", 1);
	found(tl, "mcap:/t.x", 2);
	found(tl, "3:/t.x", 2);
	found(tl, "speed", SPUR_EINVAL);
	found(tl, "mdf4:speed", SPUR_ENOTFOUND);
	found(tl, "ri:speed", SPUR_ENOTFOUND);
	found(tl, "a.mf:speed", SPUR_ENOTFOUND);
	found(tl, "0:speed", SPUR_ENOTFOUND);
	found(tl, "4:speed", SPUR_ENOTFOUND);
	found(tl, "01x:speed", SPUR_ENOTFOUND);
	found(tl, "1:/t.x", SPUR_ENOTFOUND);
	found(tl, ":speed", SPUR_ENOTFOUND);
	spur_timeline_find(tl, "speed", &ref, &err);
	ok(strstr(err.text, "1:speed or 2:speed") != NULL, "a name in two sources: which there are is said");
	spur_timeline_find(tl, "nosuch:speed", &ref, &err);
	ok(strstr(err.text, "no source 'nosuch' in the drive") != NULL, "a source that is not there is named");
	is_int((int)spur_timeline_source_count(tl), 3, "three sources");
	spur_timeline_find(tl, "2:speed", &ref, NULL);
	is_str(spur_timeline_signal(tl, ref)->unit, "m/s", "a reference gives its signal");
	spur_timeline_close(tl);
	tl = drive(1);
	found(tl, "mdf4:speed", 0);
	found(tl, "speed", 0);
	spur_timeline_close(tl);
}

static void a_missing_file_is_named(void)
{
	struct spur_timeline_member m[] = { { .path = files[0] }, { .path = "/nowhere.mf4" } };
	struct spur_timeline *tl = NULL;
	struct spur_error err = { 0 };

	ok(spur_timeline_open(m, 2, NULL, &tl, &err) < 0 && tl == NULL, "a drive without one of its files");
	ok(strncmp(err.text, "/nowhere.mf4", 12) == 0, "says which");
	spur_timeline_close(NULL);
}

/* ---- spans */

static void spans_are_in_drive_time(void)
{
	struct spur_timeline *tl = drive(3);
	const struct spur_clock late = { .offset_ns = -20 * S };
	struct spur_error err = { 0 };
	spur_ns b, e;

	is_int(spur_timeline_span(tl, &b, &e, NULL, NULL), SPUR_OK, "the span of all");
	is_int(b - START, -500 * MS, "begins with the MCAP");
	is_int(e - START, 14 * S + 1, "ends just after the last stamp of b");
	is_int(spur_timeline_overlap(tl, &b, &e, NULL, &err), SPUR_ENOTFOUND, "b has nothing in common with c");
	ok(strstr(err.text, "no time in common") != NULL, "as is said");
	spur_timeline_set_clock(tl, 1, &(struct spur_clock){ .offset_ns = 4 * S });
	is_int(spur_timeline_clock(tl, 1)->offset_ns, 4 * S, "another clock");
	is_int(spur_timeline_overlap(tl, &b, &e, NULL, NULL), SPUR_OK, "moves it");
	is_int(b - START, S, "to where b begins");
	is_int(e - START, 1400 * MS + 1, "until c ends");
	spur_timeline_set_clock(tl, 2, &late);
	is_int(spur_timeline_span(tl, &b, &e, NULL, NULL), SPUR_OK, "with c far behind");
	is_int(b - START, 0, "the first is of a");
	is_int(e - START, 21900 * MS + 1, "the last of c");
	spur_timeline_close(tl);
}

/* ---- rows */

struct seen {
	size_t rows, calls, stop;
	spur_ns first, last;
	size_t positions[4];
	double sum;
};

static enum spur_status see(void *state, uint32_t source, uint32_t table, const size_t *positions, struct spur_columns *rows,
			    const spur_ns *time_ns, struct spur_error *err)
{
	struct seen *s = state;

	(void)table;
	(void)err;
	s->calls++;
	for (size_t i = 0; i < rows->rows; i++) {
		if (s->rows++ == 0)
			s->first = time_ns[i] - START;
		s->last = time_ns[i] - START;
		s->sum += spur_column_f64(&rows->columns[0], i);
	}
	if (source < 4)
		s->positions[source] = positions[0];
	return s->stop > 0 && s->calls >= s->stop ? SPUR_END : SPUR_OK;
}

static void rows_come_at_native_rate(void)
{
	struct spur_timeline *tl = drive(3);
	struct spur_signal_ref refs[3];
	struct seen s = { 0 };

	spur_timeline_find(tl, "b:speed", &refs[0], NULL);
	spur_timeline_find(tl, "/t.x", &refs[1], NULL);
	spur_timeline_find(tl, "a:speed", &refs[2], NULL);
	is_int(spur_timeline_read(tl, refs, 3, SPUR_NS_MIN, SPUR_NS_MAX, false, see, &s, NULL, NULL), SPUR_OK, "all rows");
	is_int((int)s.rows, 10 + 10 + EVENTS, "of three sources");
	is_int(s.last, 1300 * MS, "stamps are drive time, in order of the file");
	ok(s.positions[0] == 2 && s.positions[1] == 0 && s.positions[2] == 1, "positions are those of the asked-for list");
	s = (struct seen){ 0 };
	is_int(spur_timeline_read(tl, &refs[1], 1, START, START + 500 * MS, false, see, &s, NULL, NULL), SPUR_OK, "half a second of c");
	is_int((int)s.rows, 5, "is five messages");
	ok(s.sum == 5 + 6 + 7 + 8 + 9, "those of the drive's time");
	s = (struct seen){ 0 };
	spur_timeline_read(tl, &refs[2], 1, START + 2 * S, START + 4 * S, false, see, &s, NULL, NULL);
	ok(s.rows == 2 && s.first == 2 * S && s.last == 3 * S && s.sum == 12 + 13, "the end is outside");
	spur_timeline_close(tl);
}

static void series_are_sorted(void)
{
	static const char *const words[] = { "first", NULL };
	struct spur_timeline *tl = drive(3);
	struct spur_error err = { 0 };
	struct spur_signal_ref ref;
	struct spur_series s;
	bool sorted = true;

	spur_timeline_find(tl, "/t.x", &ref, NULL);
	is_int(spur_timeline_series(tl, ref, SPUR_NS_MIN, SPUR_NS_MAX, NULL, 0, &s, NULL, NULL), SPUR_OK, "a series of swapped messages");
	is_int((int)s.rows, EVENTS, "has them all");
	for (size_t i = 0; i < s.rows; i++)
		sorted = sorted && s.values[i] == (double)i && s.time_ns[i] == START - 500 * MS + (spur_ns)i * 100 * MS;
	ok(sorted, "in order of time, values with their stamps");
	ok(s.codes == NULL, "numbers have no codes");
	spur_series_finish(&s);
	ok(s.rows == 0 && s.values == NULL, "and are given back");
	spur_timeline_find(tl, "gear", &ref, NULL);
	is_int(spur_timeline_series(tl, ref, START + S, START + 4 * S, words, 0, &s, NULL, NULL), SPUR_OK, "a value table by its words");
	ok(s.rows == 3 && s.codes[0] == 0 && s.codes[1] == SPUR_WORD_OTHER && s.codes[2] == 0, "known and other words");
	spur_series_finish(&s);
	is_int(spur_timeline_series(tl, ref, SPUR_NS_MIN, SPUR_NS_MAX, NULL, 159, &s, NULL, &err), SPUR_ENOMEM, "one byte short");
	ok(strstr(err.text, "159 bytes") != NULL, "says the budget");
	is_int(spur_timeline_series(tl, ref, SPUR_NS_MIN, SPUR_NS_MAX, NULL, 160, &s, NULL, NULL), SPUR_OK, "ten rows of 16 bytes fit");
	spur_series_finish(&s);
	spur_timeline_close(tl);
}

/* ---- grids */

struct sheet {
	double v[3][64];
	int32_t c[64];
	uint64_t next;
	size_t blocks, stop;
	bool in_order;
};

static enum spur_status note(void *state, const struct spur_grid_block *b, struct spur_error *err)
{
	struct sheet *s = state;

	(void)err;
	s->in_order = (s->blocks++ == 0 || s->in_order) && b->first == s->next &&
		      b->begin_ns == START - S + (spur_ns)b->first * b->step_ns;
	for (size_t i = 0; i < b->rows && s->next < 64; i++, s->next++) {
		for (size_t k = 0; k < 3; k++)
			s->v[k][s->next] = b->values[k][i];
		s->c[s->next] = b->codes[2][i];
	}
	return s->stop > 0 && s->blocks == s->stop ? SPUR_END : SPUR_OK;
}

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

static enum spur_status lay(struct spur_timeline *tl, uint64_t mem, struct sheet *s, struct spur_task *task, struct spur_error *err)
{
	static const char *const words[] = { "N", "first", NULL };
	struct spur_grid_signal g[3] = { { .method = SPUR_RESAMPLE_LINEAR }, { .method = SPUR_RESAMPLE_ZOH, .max_gap_ns = 100 * MS },
					 { .method = SPUR_RESAMPLE_ZOH, .words = words } };
	struct spur_grid_spec spec = { .begin_ns = START - S, .step_ns = 250 * MS, .points = 60, .signals = g, .count = 3, .mem_bytes = mem };

	spur_timeline_find(tl, "a:speed", &g[0].ref, NULL);
	spur_timeline_find(tl, "/t.x", &g[1].ref, NULL);
	spur_timeline_find(tl, "gear", &g[2].ref, NULL);
	return spur_timeline_grid(tl, &spec, note, s, task, err);
}

static void grids_meet(void)
{
	struct spur_timeline *tl = drive(3);
	static struct sheet whole, small, one;
	struct spur_task task = { 0 };
	struct spur_error err = { 0 };
	bool same = true;

	is_int(lay(tl, 0, &whole, NULL, NULL), SPUR_OK, "three signals of two sources");
	ok(whole.next == 60 && whole.in_order && whole.blocks == 1, "in one block");
	ok(isnan(whole.v[0][3]) && near(whole.v[0][4], 10) && near(whole.v[0][5], 10.25) && near(whole.v[0][40], 19), "a line between samples");
	ok(isnan(whole.v[0][41]), "that ends with the last one");
	ok(isnan(whole.v[1][1]) && near(whole.v[1][2], 0) && near(whole.v[1][3], 2) && near(whole.v[1][4], 5), "steps of the other clock");
	ok(near(whole.v[1][9], 17) && near(whole.v[1][10], 19) && isnan(whole.v[1][11]), "that are not held beyond their gap");
	ok(whole.c[3] == SPUR_WORD_NONE && whole.c[4] == 0 && whole.c[7] == 0 && whole.c[8] == 1 && whole.c[12] == 0, "words of a value table");
	ok(whole.c[48] == 1 && whole.c[49] == SPUR_WORD_NONE, "held for two seconds");
	is_int(lay(tl, 700, &small, NULL, NULL), SPUR_OK, "the same with 700 bytes");
	ok(small.blocks > 5 && small.in_order && small.next == 60, "in many blocks");
	for (size_t i = 0; i < 60; i++) {
		for (size_t k = 0; k < 3; k++)
			same = same && (isnan(small.v[k][i]) ? isnan(whole.v[k][i]) : small.v[k][i] == whole.v[k][i]);
		same = same && small.c[i] == whole.c[i];
	}
	ok(same, "of the same values");
	is_int(lay(tl, 40, &one, NULL, &err), SPUR_ENOMEM, "a budget that holds not even one point");
	one = (struct sheet){ .stop = 2 };
	is_int(lay(tl, 700, &one, NULL, NULL), SPUR_OK, "a sink that has enough is no failure");
	is_int((int)one.blocks, 2, "and gets no more");
	one = (struct sheet){ 0 };
	spur_task_cancel(&task);
	is_int(lay(tl, 0, &one, &task, &err), SPUR_ECANCELLED, "cancelled");
	is_int((int)one.blocks, 0, "before anything was read");
	spur_timeline_close(tl);
}

static void a_moment_is_a_grid_of_one(void)
{
	static const char *const words[] = { "N", "first", NULL };
	struct spur_timeline *tl = drive(3);
	struct spur_grid_signal g[2] = { { .method = SPUR_RESAMPLE_LINEAR }, { .method = SPUR_RESAMPLE_ZOH, .words = words } };
	struct spur_grid_spec still = { .points = 1, .signals = g, .count = 1 };
	struct sheet sheet = { 0 };
	double v[2];
	int32_t c[2];

	spur_timeline_find(tl, "a:speed", &g[0].ref, NULL);
	spur_timeline_find(tl, "gear", &g[1].ref, NULL);
	is_int(spur_timeline_at(tl, g, 2, START + 3 * S + S / 2, v, c, NULL, NULL), SPUR_OK, "at a cursor");
	ok(near(v[0], 13.5) && c[0] == SPUR_WORD_NONE && c[1] == 1, "a value and a word");
	is_int(spur_timeline_at(tl, g, 1, START - S, v, NULL, NULL, NULL), SPUR_OK, "before everything");
	ok(isnan(v[0]), "there is nothing");
	is_int(spur_timeline_grid(tl, &still, note, &sheet, NULL, NULL), SPUR_EINVAL, "a step of 0 is refused");
	is_int(spur_resample_for(spur_timeline_signal(tl, g[0].ref)), SPUR_RESAMPLE_LINEAR, "floats are lines");
	spur_timeline_find(tl, "mode", &g[1].ref, NULL);
	is_int(spur_resample_for(spur_timeline_signal(tl, g[1].ref)), SPUR_RESAMPLE_ZOH, "integers are steps");
	spur_timeline_close(tl);
}

int main(void)
{
	static const char *const names[] = { "a.mf4", "b.mf4", "c.mcap" };

	if (mkdtemp(dir) == NULL)
		return 1;
	for (int i = 0; i < 3; i++)
		files[i] = spur_strfmt("%s/%s", dir, names[i]);
	write_mdf(files[0], "gear", START, 10);
	write_mdf(files[1], "mode", START + 5 * S, 10);
	write_mcap(files[2]);
	names_find_their_source();
	a_missing_file_is_named();
	spans_are_in_drive_time();
	rows_come_at_native_rate();
	series_are_sorted();
	grids_meet();
	a_moment_is_a_grid_of_one();
	for (int i = 0; i < 3; i++) {
		unlink(files[i]);
		free(files[i]);
	}
	is_int(rmdir(dir), 0, "nothing is left behind");
	return tap_done();
}
