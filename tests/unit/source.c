#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "format/mcap/writer.h"
#include "format/mdf4/writer.h"
#include "io/out.h"
#include "sync/source.h"
#include "tests/tap.h"

#define START INT64_C(1700000000000000000)
#define ROWS 5

static char dir[] = "/tmp/spur-source-XXXXXX";

static char *file(const char *name)
{
	return spur_strfmt("%s/%s", dir, name);
}

/* ---- files ---- */

static struct spur_columns *speed_rows(double first)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_columns *c;

	spur_columns_builder_add(b, "speed", SPUR_TYPE_F64);
	spur_columns_builder_add(b, "gear", SPUR_TYPE_U8);
	for (int i = 0; i < ROWS; i++) {
		spur_columns_builder_f64(b, 0, first + i);
		spur_columns_builder_f64(b, 1, i);
		spur_columns_builder_time(b, START + i * 10 * 1000000);
	}
	c = spur_columns_builder_take(b);
	spur_columns_builder_destroy(b);
	return c;
}

static void put_frames(struct spur_mdf4_writer *w, uint32_t group)
{
	static const unsigned char a[8] = { 0x10, 0x27, 3 }, b[8] = { 0x20, 0x4e, 1 };
	const struct spur_message frames[] = {
		{ .log_time = START, .frame_id = 0x123, .bus_channel = 1, .data = a, .size = 8 },
		{ .log_time = START + 1000000, .frame_id = 0x123, .bus_channel = 2, .data = b, .size = 8 },
		{ .log_time = START + 2000000, .frame_id = 0x123, .bus_channel = 1, .data = b, .size = 2 },
		{ .log_time = START + 3000000, .frame_id = 0x124, .bus_channel = 1, .data = a, .size = 8 },
		{ .log_time = START + 4000000, .frame_id = 0x80000123, .bus_channel = 1, .data = a, .size = 8 },
	};

	is_int(spur_mdf4_writer_put_frames(w, group, frames, 5, NULL), SPUR_OK, "frames are written");
}

static void write_mdf(const char *path)
{
	static const struct spur_mdf4_text gears[] = { { 0, "N" }, { 1, "first" } };
	const struct spur_mdf4_channel channels[] = {
		{ .name = "speed", .unit = "m/s", .type = SPUR_TYPE_F64 },
		{ .name = "gear", .type = SPUR_TYPE_U8, .texts = gears, .text_count = 2 },
	};
	const struct spur_mdf4_group ecu = { .name = "ecu", .domain = SPUR_DOMAIN_TIME, .channels = channels, .count = 2 };
	const struct spur_mdf4_group gps = { .name = "gps", .domain = SPUR_DOMAIN_TIME, .channels = channels, .count = 2 };
	const struct spur_mdf4_options o = { .start_ns = START, .written_ns = START };
	struct spur_columns *c = speed_rows(10), *d = speed_rows(20);
	struct spur_mdf4_writer *w = NULL;
	uint32_t g0, g1, g2;

	is_int(spur_mdf4_writer_create(path, &o, &w, NULL), SPUR_OK, "an MF4 file");
	spur_mdf4_writer_group(w, &ecu, &g0, NULL);
	spur_mdf4_writer_group(w, &gps, &g1, NULL);
	spur_mdf4_writer_can_group(w, "CAN", 8, &g2, NULL);
	spur_mdf4_writer_put(w, g0, c, NULL);
	spur_mdf4_writer_put(w, g1, d, NULL);
	put_frames(w, g2);
	is_int(spur_mdf4_writer_commit(w, NULL), SPUR_OK, "is there");
	spur_columns_unref(c);
	spur_columns_unref(d);
}

static void put_message(struct spur_mcap_writer *w, uint16_t channel, uint64_t t, const void *data, size_t len)
{
	const struct spur_mcap_message m = { .channel_id = channel, .log_time = t, .publish_time = t, .data = data, .len = len };

	spur_mcap_writer_message(w, &m, NULL);
}

static void write_mcap(const char *path)
{
	static const char text[] = "float64 x\nstring s\n";
	const struct spur_mcap_schema schema = { .id = 1, .name = "p/msg/T", .encoding = "ros2msg", .data = text, .len = sizeof(text) - 1 };
	const struct spur_mcap_channel channels[] = {
		{ .id = 0, .schema_id = 1, .topic = "/a", .encoding = "cdr" },
		{ .id = 1, .schema_id = 0, .topic = "/j", .encoding = "json" },
		{ .id = 2, .schema_id = 1, .topic = "/a", .encoding = "cdr" },
		{ .id = 3, .schema_id = 0, .topic = "/none", .encoding = "smoke" },
	};
	unsigned char cdr[4 + 8 + 4 + 2] = { 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 2, 0, 0, 0, 'h', 0 };
	struct spur_mcap_writer *w = NULL;

	is_int(spur_mcap_writer_create(path, NULL, &w, NULL), SPUR_OK, "an MCAP file");
	spur_mcap_writer_schema(w, &schema, NULL);
	for (size_t i = 0; i < 4; i++)
		spur_mcap_writer_channel(w, &channels[i], NULL);
	for (uint64_t i = 0; i < ROWS; i++) {
		const char *json = i == 2 ? "{\"v\":" : "{\"v\":7,\"w\":\"x\"}";

		put_message(w, 0, (uint64_t)START + i, cdr, sizeof(cdr));
		put_message(w, 1, (uint64_t)START + i, json, strlen(json));
		put_message(w, 2, (uint64_t)START + 100 + i, cdr, sizeof(cdr));
		put_message(w, 3, (uint64_t)START + i, "?", 1);
	}
	is_int(spur_mcap_writer_commit(w, NULL), SPUR_OK, "is there");
}

/* ---- reading ---- */

struct got {
	struct spur_buf text;	/* "table:position=value ..." */
	bool once;
};

static enum spur_status collect(void *state, uint32_t table, const size_t *positions, struct spur_columns *rows,
				struct spur_error *err)
{
	struct got *g = state;

	(void)err;
	for (size_t c = 0; c < rows->count; c++) {
		const struct spur_column *col = &rows->columns[c];

		spur_buf_addf(&g->text, "%st%u p%zu:", g->text.len == 0 ? "" : " ", table, positions[c]);
		for (size_t i = 0; i < rows->rows; i++) {
			const struct spur_column *text = col->text != NULL && spur_column_valid(col->text, i) ? col->text :
							 col->type == SPUR_TYPE_TEXT ? col : NULL;
			size_t len;

			spur_buf_addc(&g->text, ' ');
			if (text != NULL && spur_column_valid(text, i)) {
				const char *s = spur_column_bytes(text, i, &len);

				spur_buf_add(&g->text, s, len);
			} else if (!spur_column_valid(col, i)) {
				spur_buf_addc(&g->text, '-');
			} else {
				spur_buf_addf(&g->text, "%g", spur_column_f64(col, i));
			}
		}
	}
	for (size_t i = 0; rows->count > 0 && i < rows->rows && rows->time_ns != NULL; i++)
		spur_buf_addf(&g->text, "%s%lld", i == 0 ? " @" : ",", (long long)(rows->time_ns[i] - START));
	return g->once ? SPUR_END : SPUR_OK;
}

static void reads(struct spur_source *s, const char *const *names, size_t count, struct spur_source_want want,
		  const char *expected, const char *claim)
{
	struct got g = { 0 };
	uint32_t ids[8];

	for (size_t i = 0; i < count; i++)
		is_int(spur_source_find(s, names[i], &ids[i], NULL), SPUR_OK, names[i]);
	want.ids = ids;
	want.count = count;
	if (want.end_ns == 0)
		want.end_ns = SPUR_NS_MAX;
	if (want.begin_ns == 0)
		want.begin_ns = SPUR_NS_MIN;
	is_int(spur_source_read(s, &want, collect, &g, NULL, NULL), SPUR_OK, "reads");
	is_str(spur_buf_text(&g.text), expected, claim);
	spur_buf_finish(&g.text);
}

static char *names_of(const struct spur_source *s)
{
	struct spur_buf b = { 0 };
	size_t n;
	const struct spur_source_signal *sig = spur_source_signals(s, &n);

	for (size_t i = 0; i < n; i++) {
		if (strstr(sig[i].name, "DataFrame") == NULL)
			spur_buf_addf(&b, "%s%s", b.len == 0 ? "" : " ", sig[i].name);
	}
	return spur_buf_steal(&b);
}

static size_t matches(const struct spur_source *s, const char *pattern)
{
	struct spur_match *m = NULL;
	uint32_t *ids = NULL;
	size_t count = 0;

	spur_match_create(pattern, &m, NULL);
	spur_source_match(s, m, &ids, &count, NULL);
	spur_match_destroy(m);
	free(ids);
	return count;
}

static void mdf_signals(const char *path)
{
	struct spur_source *s = NULL;
	struct spur_error err = { 0 };
	spur_ns begin, end;
	uint32_t id;
	char *names;

	is_int(spur_source_open(path, NULL, &s, &err), SPUR_OK, "opens the MF4");
	if (s == NULL)
		return;
	names = names_of(s);
	is_str(names, "ecu/speed ecu/gear gps/speed gps/gear", "names of two groups");
	free(names);
	is_int((intmax_t)matches(s, "speed"), 2, "an exact name in two groups gives both");
	is_int((intmax_t)matches(s, "gps/*"), 2, "a glob over full names");
	is_int(spur_source_find(s, "speed", &id, &err), SPUR_EINVAL, "but is not one signal");
	ok(strstr(err.text, "'ecu/speed', 'gps/speed'") != NULL, "and the choices are named");
	is_int(spur_source_find(s, "ecu/sped", &id, &err), SPUR_ENOTFOUND, "a typing error is not found");
	ok(strstr(err.text, "'ecu/speed'") != NULL, "but the near name is said");
	reads(s, (const char *[]){ "gps/speed", "ecu/gear", "ecu/speed" }, 3, (struct spur_source_want){ .with_text = true },
	      "t0 p1: N first 2 3 4 t0 p2: 10 11 12 13 14 @0,10000000,20000000,30000000,40000000 "
	      "t1 p0: 20 21 22 23 24 @0,10000000,20000000,30000000,40000000", "two tables, in order of the wanted");
	reads(s, (const char *[]){ "ecu/gear" }, 1, (struct spur_source_want){ .begin_ns = START + 20000000, .end_ns = START + 40000000 },
	      "t0 p0: 2 3 @20000000,30000000", "a half-open range");
	is_int(spur_source_span(s, &begin, &end, NULL, NULL), SPUR_OK, "span");
	ok(begin == START && end == START + 40000000, "first and last stamp");
	spur_source_close(s);
}

static void bus_signals(const char *path, const char *dbc)
{
	const char *const dbcs[] = { dbc, NULL };
	struct spur_source *s = NULL;
	struct spur_source_frame frame;
	size_t n;
	char *names;

	is_int(spur_source_open(path, &(struct spur_source_opts){ .dbc = dbcs }, &s, NULL), SPUR_OK, "opens with a DBC");
	if (s == NULL)
		return;
	names = names_of(s);
	is_str(names, "ecu/speed ecu/gear gps/speed gps/gear CAN1:123/M.V CAN1:123/M.K CAN2:123/M.V CAN2:123/M.K",
	       "a table per bus channel; frames that the DBC does not know make none");
	free(names);
	reads(s, (const char *[]){ "CAN1:123/M.K", "CAN2:123/M.V", "CAN1:123/M.V" }, 3, (struct spur_source_want){ .with_text = true },
	      "t3 p0: three - t3 p2: 100 200 @0,2000000 t4 p1: 200 @1000000", "decoded; a short frame has no later signal");
	reads(s, (const char *[]){ "CAN1:123/M.V", "ecu/speed" }, 2, (struct spur_source_want){ .raw = true },
	      "t0 p1: 10 11 12 13 14 @0,10000000,20000000,30000000,40000000 t3 p0: 10000 20000 @0,2000000",
	      "raw, together with a signal of the file");
	ok(spur_source_frame(s, spur_source_signals(s, &n)[n - 1].table, &frame) && frame.frame_id == 0x123 && !frame.extended &&
	   frame.bus_channel == 2 && strcmp(frame.message, "M") == 0, "what the table holds");
	ok(!spur_source_frame(s, 0, &frame), "a group is not a table of frames");
	spur_source_close(s);
}

static void mcap_signals(const char *path)
{
	struct spur_source *s = NULL;
	spur_ns begin, end;
	char *names;
	struct got g = { .once = true };
	uint32_t ids[2];

	is_int(spur_source_open(path, NULL, &s, NULL), SPUR_OK, "opens the MCAP");
	if (s == NULL)
		return;
	names = names_of(s);
	is_str(names, "/a@0.x /a@0.s /j.v /j.w /a@2.x /a@2.s", "two channels of one topic; fields learned from messages");
	free(names);
	reads(s, (const char *[]){ "/a@2.x", "/j.v", "/a@0.s" }, 3, (struct spur_source_want){ 0 },
	      "t2 p0: 1.5 1.5 1.5 1.5 1.5 @100,101,102,103,104 t1 p1: 7 7 - 7 7 @0,1,2,3,4 t0 p2: h h h h h @0,1,2,3,4",
	      "three tables, in order of the wanted; a broken message is null");
	is_int((intmax_t)spur_source_undecoded(s), 1, "and counted");
	ok(spur_source_refusal(s, 0) == NULL && strstr(spur_source_refusal(s, 3), "'smoke'") != NULL, "a stream without a decoder says why");
	is_int(spur_source_span(s, &begin, &end, NULL, NULL), SPUR_OK, "span");
	ok(begin == START && end == START + 104, "first and last stamp");
	spur_source_find(s, "/a@0.x", &ids[0], NULL);
	spur_source_find(s, "/j.v", &ids[1], NULL);
	is_int(spur_source_read(s, &(struct spur_source_want){ .ids = ids, .count = 2, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX },
				collect, &g, NULL, NULL), SPUR_OK, "a sink that has enough");
	ok(strstr(spur_buf_text(&g.text), "t0") != NULL && strstr(spur_buf_text(&g.text), "t1") == NULL, "gets no more");
	spur_buf_finish(&g.text);
	spur_source_close(s);
}

static void failures_name_the_file(const char *mdf)
{
	static const char *const none[] = { "/nowhere.dbc", NULL };
	struct spur_source *s = NULL;
	struct spur_error err = { 0 };

	ok(spur_source_open("/nowhere.mf4", NULL, &s, &err) < 0 && strncmp(err.text, "/nowhere.mf4", 12) == 0 && s == NULL,
	   "a file that is not there");
	ok(spur_source_open(mdf, &(struct spur_source_opts){ .dbc = none }, &s, &err) < 0 &&
	   strstr(err.text, "/nowhere.dbc") != NULL && s == NULL, "a DBC that is not there");
}

int main(void)
{
	static const char dbc[] = "BO_ 291 M: 8 X\n SG_ V : 0|16@1+ (0.01,0) [0|0] \"m/s\" X\n SG_ K : 16|8@1+ (1,0) [0|0] \"\" X\n"
				  "VAL_ 291 K 3 \"three\" ;\n";
	char *mdf, *mcap, *base;

	if (mkdtemp(dir) == NULL)
		return 1;
	mdf = file("a.mf4");
	mcap = file("a.mcap");
	base = file("a.dbc");
	write_mdf(mdf);
	write_mcap(mcap);
	is_int(spur_file_write(base, dbc, sizeof(dbc) - 1, NULL), SPUR_OK, "a DBC file");
	mdf_signals(mdf);
	bus_signals(mdf, base);
	mcap_signals(mcap);
	failures_name_the_file(mdf);
	unlink(mdf);
	unlink(mcap);
	unlink(base);
	rmdir(dir);
	free(mdf);
	free(mcap);
	free(base);
	return tap_done();
}
