#include "config.h"

#include "session/session.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "format/mcap/writer.h"
#include "image/image.h"
#include "io/out.h"

#include "tests/tap.h"

/* A camera as a live screen sees it: wishes come faster than frames, drives change under way. */
enum { FRAMES = 60, SIDE = 64 };

#define T0 (SPUR_NS_PER_S * 1000)
#define STEP 33000000

static char dir[] = "/tmp/spur-session-XXXXXX";
static struct spur_workq *queue;
static struct spur_session *session;

static char *path_of(const char *name)
{
	return spur_strfmt("%s/%s", dir, name);
}

static void message(struct spur_mcap_writer *w, uint16_t channel, spur_ns t, const struct spur_buf *b)
{
	const struct spur_mcap_message m = { .channel_id = channel, .log_time = (uint64_t)t, .publish_time = (uint64_t)t,
					     .data = b->data, .len = b->len };

	if (spur_mcap_writer_message(w, &m, NULL) < 0 || spur_mcap_writer_flush(w, NULL) < 0)
		abort();
}

/* All of one colour: its red is 4 times the number. */
static void jpeg(struct spur_buf *out, int number)
{
	struct spur_pixels p;
	struct spur_buf file = { 0 };

	if (spur_pixels_init(&p, SIDE, SIDE, NULL) < 0)
		abort();
	spur_pixels_fill(&p, 0, 0, SIDE, SIDE, (struct spur_rgb){ (unsigned char)(4 * number), 0, 0 });
	if (spur_image_write_jpeg(&p, 100, &file, NULL) < 0)
		abort();
	spur_buf_clear(out);
	spur_buf_adds(out, "{\"format\":\"jpeg\",\"data\":\"");
	spur_base64(out, file.data, file.len);
	spur_buf_adds(out, "\"}");
	spur_buf_finish(&file);
	spur_pixels_finish(&p);
}

/* Two cameras of the same frames; a chunk for each message. broken: no JPEG. */
static void make(const char *path, int broken)
{
	const struct spur_mcap_schema s = { 1, "foxglove.CompressedImage", "jsonschema", "{}", 2 };
	const struct spur_mcap_schema a = { 2, "foxglove.ImageAnnotations", "jsonschema", "{}", 2 };
	const struct spur_mcap_channel c[] = { { 1, 1, "/front/image", "json", NULL, 0 }, { 2, 2, "/front/marks", "json", NULL, 0 },
					       { 3, 1, "/rear/image", "json", NULL, 0 } };
	struct spur_mcap_writer *w;
	struct spur_buf b = { 0 }, marks = { 0 };

	if (spur_mcap_writer_create(path, NULL, &w, NULL) < 0 || spur_mcap_writer_schema(w, &s, NULL) < 0 ||
	    spur_mcap_writer_schema(w, &a, NULL) < 0)
		abort();
	for (size_t i = 0; i < 3; i++)
		if (spur_mcap_writer_channel(w, &c[i], NULL) < 0)
			abort();
	spur_buf_adds(&marks, "{\"points\":[{\"points\":[{\"x\":1,\"y\":2}]}]}");
	for (int i = 0; i < FRAMES; i++) {
		jpeg(&b, i);
		if (i == broken) {
			spur_buf_clear(&b);
			spur_buf_adds(&b, "{\"data\":\"AAAA\"}");
		}
		message(w, 1, T0 + i * (spur_ns)STEP, &b);
		message(w, 3, T0 + i * (spur_ns)STEP + 5, &b);
		if (i < 10)
			message(w, 2, T0 + i * (spur_ns)STEP + 7, &marks);
	}
	if (spur_mcap_writer_commit(w, NULL) < 0)
		abort();
	spur_buf_finish(&b);
	spur_buf_finish(&marks);
}

static const struct spur_session_frame *now(void)
{
	return spur_session_frame(session);
}

/* Until nothing is asked for; ahead: and the neighbours are there too. */
static void settle(bool ahead)
{
	for (int quiet = 0, turns = 0; quiet < (ahead ? 8 : 1) && turns < 4000; turns++) {
		struct pollfd p = { .fd = spur_workq_fd(queue), .events = POLLIN };

		poll(&p, 1, 5);
		quiet = spur_workq_dispatch(queue) > 0 || spur_session_busy(session) || now()->loading ? 0 : quiet + 1;
	}
}

static void open_file(const char *name)
{
	char *path = path_of(name);
	const char *paths[] = { path };

	spur_session_plot_open_files(session, paths, 1);
	free(path);
}

/* The number of what is shown; -1: nothing. */
static int shown(void)
{
	const struct spur_session_frame *f = now();

	return f->frame == NULL ? -1 : (f->frame->pixels.rgb[0] + 2) / 4;
}

static void want(int camera, int number, spur_ns more)
{
	spur_session_frame_want(session, camera, T0 + number * (spur_ns)STEP + more, SIDE, SIDE);
}

static void a_wish_may_come_before_the_drive(void)
{
	ok(now()->frame == NULL && now()->camera == -1 && !now()->loading, "nothing is shown before a drive is open");
	open_file("a.mcap");
	want(0, 5, 100);
	settle(false);
	is_int((intmax_t)now()->camera_count, 2, "the cameras are listed");
	is_str(now()->cameras[0].topic, "/front/image", "by topic");
	is_str(now()->cameras[1].file, "a.mcap", "with their file");
	ok(now()->cameras[0].annotated && !now()->cameras[1].annotated, "and whether there are annotations");
	is_int(shown(), 5, "the frame at the cursor is there");
	ok(now()->camera == 0 && !now()->loading && now()->error == NULL, "and nothing else is to come");
	ok(now()->overlay != NULL && now()->overlay->count == 1, "with its annotations");
	is_int((intmax_t)now()->cameras[0].frames, FRAMES, "its frames are counted");
}

static void neighbours_are_there_at_once(void)
{
	settle(true);
	want(0, 6, 0);
	ok(shown() == 6 && !now()->loading, "the next frame without waiting");
	want(0, 4, STEP - 1);
	ok(shown() == 4 && !now()->loading, "the one before too");
	want(0, 8, 0);
	ok(shown() == 8, "and the fourth one ahead");
	settle(true);
	for (int i = 9; i < 50; i++) {
		want(0, i, 0);
		if (shown() != i || now()->loading)
			break;
		settle(true);
	}
	is_int(shown(), 49, "playing on never waits");
	ok(now()->overlay == NULL, "annotations that are not near are not shown");
}

static void the_newest_wish_wins(void)
{
	uint64_t before;

	settle(true);
	before = now()->generation;
	for (int i = 0; i < 400; i++)
		want(1, i % 40, 5);
	want(1, 20, 5);
	ok(now()->loading && shown() >= 0, "what was shown stays meanwhile");
	settle(false);
	ok(shown() == 20 && now()->camera == 1, "of 400 wishes the last one");
	ok(now()->generation - before < 8, "those in between were not read");
	printf("# generation grew by %llu\n", (unsigned long long)(now()->generation - before));
}

static void sizes_are_what_can_be_shown(void)
{
	want(-1, 0, 0);
	ok(now()->frame == NULL && now()->camera == -1 && !now()->loading, "no camera");
	spur_session_frame_want(session, 1, T0 + 30 * (spur_ns)STEP + 5, 10, 6);
	settle(true);
	ok(shown() == 30 && now()->camera == 1 && now()->frame->pixels.width == 16 && now()->frame->width == SIDE,
	   "decoded no larger than needed");
	spur_session_frame_want(session, 1, T0 + 30 * (spur_ns)STEP + 5, 40, 40);
	ok(now()->loading && now()->frame != NULL, "a larger one is read while the small one is shown");
	settle(true);
	ok(shown() == 30 && now()->frame->pixels.width == SIDE, "and takes its place");
	spur_session_frame_want(session, 1, T0 + 30 * (spur_ns)STEP + 5, 8, 8);
	ok(!now()->loading && now()->frame->pixels.width == SIDE, "for a smaller one nothing is read");
}

static void there_may_be_no_frame(void)
{
	spur_session_frame_want(session, 0, T0 - 1, SIDE, SIDE);
	settle(false);
	ok(now()->frame == NULL && now()->error == NULL && !now()->loading, "before the first one there is none");
	want(0, 1000, 0);
	settle(false);
	is_int(shown(), FRAMES - 1, "after the last one it stays");
	want(7, 3, 0);
	settle(false);
	ok(now()->frame == NULL && !now()->loading, "a camera that is not there");
}

static void a_bad_frame_does_not_stop_the_others(void)
{
	open_file("bad.mcap");
	want(0, 9, 0);
	settle(true);
	is_int(shown(), 9, "the frame before the bad one");
	want(0, 10, 0);
	settle(false);
	ok(now()->frame == NULL && now()->error != NULL && strstr(now()->error, "bad.mcap: frame 10 of /front/image") != NULL,
	   "the bad one is named");
	want(0, 11, 0);
	settle(false);
	ok(shown() == 11 && now()->error == NULL, "the one behind it is shown");
}

static void drives_change_under_way(void)
{
	for (int i = 0; i < 20; i++) {
		open_file(i % 2 == 0 ? "a.mcap" : "bad.mcap");
		want(i % 2, i, i);
		if (i % 3 == 0)
			settle(false);
	}
	want(0, 12, 0);
	settle(true);
	is_int(shown(), 12, "the last drive and the last wish are what is shown");
	is_str(now()->cameras[0].file, "bad.mcap", "of its own file");
	open_file("none.mcap");
	settle(false);
	ok(now()->frame == NULL && now()->camera_count == 0 && !now()->loading, "a drive that does not open has no cameras");
	open_file("a.mcap");
	settle(false);
	is_int(shown(), 12, "the wish is still there for the next one");
	want(1, 40, 5);
}

int main(void)
{
	struct spur_ctx ctx = { .mem_bytes = 64 << 20, .threads = 1, .command_line = "test" };
	char *catalog, *a, *bad;

	if (mkdtemp(dir) == NULL)
		return 1;
	ctx.catalog = catalog = path_of("catalogue.db");
	a = path_of("a.mcap");
	bad = path_of("bad.mcap");
	make(a, -1);
	make(bad, 10);
	queue = spur_workq_create(2, NULL);
	session = spur_session_create(&ctx, queue);
	a_wish_may_come_before_the_drive();
	neighbours_are_there_at_once();
	the_newest_wish_wins();
	sizes_are_what_can_be_shown();
	there_may_be_no_frame();
	a_bad_frame_does_not_stop_the_others();
	drives_change_under_way();
	spur_session_stop(session);	/* with a frame under way */
	spur_workq_destroy(queue);
	ok(true, "ends while something is read");
	spur_session_destroy(session);
	unlink(a);
	unlink(bad);
	rmdir(dir);
	free(a);
	free(bad);
	free(catalog);
	return tap_done();
}
