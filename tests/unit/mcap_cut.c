#include "config.h"

#include "format/registry.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "format/mcap/writer.h"
#include "io/out.h"

#include "tests/tap.h"

/* What cut() keeps of an MCAP file; told as "topic@time:payload" in file order. */
#define S SPUR_NS_PER_S

enum { STATIC, MAP, BEFORE_IRON, ROS1, PLAIN, SILENT, CHANNELS };

static char dir[] = "/tmp/spur-mcap-cut-XXXXXX";
static char notes[4000];
static int lost;

static void must(enum spur_status st, const struct spur_error *err)
{
	if (st < 0) {
		printf("Bail out! %s\n", err->text);
		exit(1);
	}
}

static void put(struct spur_mcap_writer *w, unsigned channel, double t_s, const char *text)
{
	struct spur_error err;

	must(spur_mcap_writer_message(w, &(struct spur_mcap_message){ .channel_id = (uint16_t)channel, .sequence = 7,
		.log_time = (uint64_t)(t_s * 1e9), .publish_time = 5, .data = text, .len = strlen(text) }, &err), &err);
}

/* Ten seconds: every kind of latched topic says something at the begin, the plain one all along. */
static char *write_file(const struct spur_mcap_writer_opts *opts)
{
	static const char *const iron[] = { "offered_qos_profiles", "- history: keep_last\n  depth: 2\n  durability: transient_local\n", NULL };
	static const char *const before[] = { "offered_qos_profiles", "- history: 1\n  depth: 1\n  durability: 1\n  liveliness: 1\n", NULL };
	static const char *const latching[] = { "latching", "1", "callerid", "/map_server", NULL };
	static const char *const volatile_qos[] = { "offered_qos_profiles", "- depth: 10\n  durability: volatile\n", NULL };
	static const struct spur_mcap_channel channels[CHANNELS] = {
		{ .id = STATIC, .topic = "/tf_static", .encoding = "json" },
		{ .id = MAP, .topic = "/map", .encoding = "json", .metadata = iron },
		{ .id = BEFORE_IRON, .topic = "/robot", .encoding = "json", .metadata = before },
		{ .id = ROS1, .topic = "/old", .encoding = "json", .metadata = latching },
		{ .id = PLAIN, .topic = "/speed", .encoding = "json", .metadata = volatile_qos },
		{ .id = SILENT, .topic = "/silent", .encoding = "json" },
	};
	static const char *const pairs[] = { "vehicle", "one", NULL };
	struct spur_mcap_writer *w;
	struct spur_error err;
	char *path = spur_strfmt("%s/in.mcap", dir);

	must(spur_mcap_writer_create(path, opts, &w, &err), &err);
	for (int i = 0; i < CHANNELS; i++)
		must(spur_mcap_writer_channel(w, &channels[i], &err), &err);
	put(w, STATIC, 0.1, "lidar");
	put(w, STATIC, 0.2, "camera");
	for (int i = 1; i <= 3; i++)
		put(w, MAP, 0.1 * i + 0.2, i == 1 ? "m1" : i == 2 ? "m2" : "m3");
	put(w, BEFORE_IRON, 0.6, "r1");
	put(w, BEFORE_IRON, 0.7, "r2");
	put(w, ROS1, 0.8, "o1");
	for (int t = 1; t < 10; t++)
		put(w, PLAIN, t, "v");
	put(w, MAP, 6.5, "m4");
	must(spur_mcap_writer_metadata(w, "about", pairs, &err), &err);
	must(spur_mcap_writer_attachment(w, &(struct spur_mcap_attachment){ .log_time = 9 * S, .name = "a.txt", .media_type = "text/plain", .len = 3 },
		"abc", &err), &err);
	must(spur_mcap_writer_commit(w, &err), &err);
	return path;
}

struct told {
	const struct spur_description *d;
	struct spur_buf b;
};

static enum spur_status tell(void *state, const struct spur_batch *b, struct spur_error *err)
{
	struct told *t = state;

	(void)err;
	for (size_t i = 0; i < b->count; i++) {
		const struct spur_message *m = &b->messages[i];

		spur_buf_addf(&t->b, "%s%s@%.1f:%.*s", t->b.len > 0 ? " " : "", t->d->streams[m->stream].topic, (double)m->log_time / 1e9,
			      (int)m->size, (const char *)m->data);
		if (m->sequence != 7 || m->publish_time != 5)
			spur_buf_adds(&t->b, "(altered)");
	}
	return SPUR_OK;
}

static struct spur_reader *open_file(const char *path)
{
	struct spur_open_opts o = { .threads = 1 };
	struct spur_range *range;
	struct spur_reader *r;
	struct spur_error err;

	must(spur_range_open(path, &range, &err), &err);
	must(spur_format_mcap.open(range, &o, &r, &err), &err);
	return r;
}

static char *content(const char *path, struct spur_description *d)
{
	struct spur_scan all = { .all_streams = true, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX };
	struct told t = { 0 };
	struct spur_sink sink = { .state = &t, .messages = tell };
	struct spur_reader *r = open_file(path);
	struct spur_error err;

	t.d = spur_format_mcap.describe(r);
	*d = *t.d;
	must(spur_format_mcap.scan(r, &all, &sink, NULL, &err), &err);
	spur_format_mcap.close(r);
	return spur_buf_steal(&t.b);
}

static enum spur_status keep_note(void *state, const struct spur_finding *f, struct spur_error *err)
{
	(void)state;
	(void)err;
	snprintf(notes + strlen(notes), sizeof(notes) - strlen(notes), "%s\n", f->what);
	lost += f->severity == SPUR_DEFECT;
	return SPUR_OK;
}

/* What is left of the file, told; NULL after a failure. */
static char *cut(const char *path, struct spur_cut want, struct spur_rewritten *got, struct spur_description *d, struct spur_error *err)
{
	static const struct spur_findings to = { NULL, keep_note };
	struct spur_reader *r = open_file(path);
	char *out = spur_strfmt("%s/out.mcap", dir), *told = NULL;

	notes[0] = '\0';
	lost = 0;
	want.how.notes = &to;
	unlink(out);
	if (spur_format_mcap.cut(r, out, &want, got, NULL, err) >= 0)
		told = content(out, d);
	else
		ok(!spur_path_exists(out), "a failure leaves no file");
	spur_format_mcap.close(r);
	free(out);
	return told;
}

static void spans(const char *path, const char *how)
{
	struct spur_cut want = { .begin_ns = 3 * S, .end_ns = 6 * S };
	static const uint32_t speed[] = { PLAIN };
	struct spur_rewritten got;
	struct spur_description d;
	struct spur_error err = { 0 };
	char *told = cut(path, want, &got, &d, &err);

	printf("# %s\n", how);
	is_str(told, "/tf_static@0.1:lidar /tf_static@0.2:camera /map@0.4:m2 /map@0.5:m3 /robot@0.7:r2 /old@0.8:o1 "
		     "/speed@3.0:v /speed@4.0:v /speed@5.0:v", "what latches comes along, the last as deep as its queue; begin counts, end does not");
	is_int(got.rows, 9, "nine messages");
	is_int(d.stream_count, CHANNELS, "silent channels stay");
	is_int(d.attachment_count, 1, "so do attachments");
	ok(strstr(notes, "/tf_static holds from before the span on: 2 of its messages come along") != NULL && lost == 0, "it is said");
	free(told);
	want.no_latched = true;
	told = cut(path, want, &got, &d, &err);
	is_str(told, "/speed@3.0:v /speed@4.0:v /speed@5.0:v", "or nothing from before");
	free(told);
	want = (struct spur_cut){ .begin_ns = 8 * S, .end_ns = SPUR_NS_MAX, .streams = speed, .stream_count = 1 };
	told = cut(path, want, &got, &d, &err);
	is_str(told, "/speed@8.0:v /speed@9.0:v", "one topic, nothing that others latch");
	is_int(d.stream_count, 1, "and no other channel");
	free(told);
	want = (struct spur_cut){ .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX };
	told = cut(path, want, &got, &d, &err);
	is_int(got.rows, 18, "without a span, all of it");
	free(told);
	want = (struct spur_cut){ .begin_ns = 7 * S, .end_ns = 8 * S };
	told = cut(path, want, &got, &d, &err);
	is_str(told, "/tf_static@0.1:lidar /tf_static@0.2:camera /map@0.5:m3 /robot@0.7:r2 /old@0.8:o1 /map@6.5:m4 /speed@7.0:v",
	       "in order of time, the newest two maps");
	free(told);
}

int main(void)
{
	static const struct spur_mcap_writer_opts indexed = { 0 }, small = { .chunk_bytes = 64 }, loose = { .no_chunks = true },
		bare = { .no_message_index = true, .no_chunk_index = true, .no_statistics = true, .no_repeated_channels = true };
	struct spur_cut packed = { .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX, .how = { .packing = SPUR_PACKING_TRANSPOSED } };
	struct spur_rewritten got;
	struct spur_description d;
	struct spur_error err = { 0 };
	char *path, *cmd;

	if (mkdtemp(dir) == NULL)
		return 1;
	path = write_file(&indexed);
	spans(path, "one chunk");
	ok(cut(path, packed, &got, &d, &err) == NULL && strstr(err.text, "--packing same, none, zstd or lz4") != NULL, "a packing of MDF is refused");
	free(path);
	path = write_file(&small);
	spans(path, "a chunk for each few messages");
	free(path);
	path = write_file(&loose);
	spans(path, "no chunks");
	free(path);
	path = write_file(&bare);
	spans(path, "no index");
	free(path);
	cmd = spur_strfmt("rm -r %s", dir);
	is_int(system(cmd), 0, "cleaned up");
	free(cmd);
	return tap_done();
}
