#include "config.h"

#include "sync/frames.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "demo/cdr.h"
#include "demo/ros_schemas.h"
#include "format/mcap/writer.h"
#include "image/image.h"
#include "io/out.h"

#include "tests/tap.h"

/*
 * Made recordings: what is at t is held against a search through the list they were made from.
 * A frame is a picture of one pixel that says its number in the list.
 */
enum { FRAMES = 500, CURSORS = 1000 };

struct made {
	uint64_t log_time;	/* in order of the file */
};

static struct made made[FRAMES];
static uint64_t seed = 88172645463325252u;
static char dir[] = "/tmp/spur-frames-XXXXXX";

static uint64_t draw(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

#define T0 UINT64_C(1700000000000000000)

/* About 30 Hz, out of order within 200 ms, every tenth stamp twice, some 1 ns apart. */
static void draw_times(void)
{
	for (size_t i = 0; i < FRAMES; i++) {
		made[i].log_time = T0 + i * 33333333 + draw(200000000);
		if (i > 0 && draw(10) == 0)
			made[i].log_time = made[draw(i)].log_time;
		else if (i > 0 && draw(10) == 0)
			made[i].log_time = made[draw(i)].log_time + 1;
	}
}

static void raw_image(struct spur_buf *b, uint64_t number)
{
	const unsigned char rgb[4] = { (unsigned char)number, (unsigned char)(number >> 8), 77, 0 };

	spur_cdr_begin(b);
	spur_cdr_header(b, 1700000000123456789, "cam");
	spur_cdr_u32(b, 1);
	spur_cdr_u32(b, 1);
	spur_cdr_text(b, "rgb8");
	spur_buf_u8(b, 0);
	spur_cdr_u32(b, 3);
	spur_cdr_u32(b, 3);
	spur_buf_add(b, rgb, 3);
}

static void message(struct spur_mcap_writer *w, uint16_t channel, uint64_t t, const void *data, size_t len)
{
	const struct spur_mcap_message m = { .channel_id = channel, .log_time = t, .publish_time = t, .data = data, .len = len };

	if (spur_mcap_writer_message(w, &m, NULL) < 0)
		abort();
}

static struct spur_mcap_writer *start(const char *path, const struct spur_mcap_writer_opts *o)
{
	const struct spur_demo_topic *rear = &spur_demo_topics[SPUR_DEMO_REAR];
	const struct spur_mcap_schema s = { 1, "sensor_msgs/msg/Image", "ros2msg", rear->text, strlen(rear->text) };
	const struct spur_mcap_channel camera = { 1, 1, "/cam/image", "cdr", NULL, 0 }, other = { 2, 0, "/other", "json", NULL, 0 };
	struct spur_mcap_writer *w;

	if (spur_mcap_writer_create(path, o, &w, NULL) < 0 || spur_mcap_writer_schema(w, &s, NULL) < 0 ||
	    spur_mcap_writer_channel(w, &camera, NULL) < 0 || spur_mcap_writer_channel(w, &other, NULL) < 0)
		abort();
	return w;
}

static void make(const char *path, const struct spur_mcap_writer_opts *o)
{
	struct spur_mcap_writer *w = start(path, o);
	struct spur_buf b = { 0 };

	for (size_t i = 0; i < FRAMES; i++) {
		raw_image(&b, i);
		message(w, 1, made[i].log_time, b.data, b.len);
		if (i % 3 == 0)
			message(w, 2, made[i].log_time, "{\"data\":\"no picture\"}", 21);
	}
	if (spur_mcap_writer_commit(w, NULL) < 0)
		abort();
	spur_buf_finish(&b);
}

static char *path_of(const char *name)
{
	return spur_strfmt("%s/%s", dir, name);
}

struct opened {
	struct spur_timeline *tl;
	struct spur_cameras *c;
};

static bool open_at(struct opened *o, const char *path, const struct spur_clock *clock, uint64_t mem)
{
	struct spur_timeline_member m = { .path = path };
	const struct spur_source_opts opts = { .mem_bytes = mem, .threads = 2 };
	struct spur_error err;

	*o = (struct opened){ 0 };
	if (clock != NULL)
		m.clock = *clock;
	if (spur_timeline_open(&m, 1, &opts, &o->tl, &err) < 0 || spur_cameras_open(o->tl, &o->c, &err) < 0) {
		printf("# %s\n", err.text);
		return false;
	}
	return true;
}

static void shut(struct opened *o)
{
	spur_cameras_close(o->c);
	spur_timeline_close(o->tl);
}

__extension__ typedef __int128 wide;

/* The formula of sync/clock.h, written again. */
static spur_ns drive_time(const struct spur_clock *c, uint64_t log_time)
{
	wide t = (wide)log_time, product = (wide)c->drift_ppb * (t - c->ref_ns), drift = product / 1000000000;
	wide rest = product % 1000000000;

	if (rest >= 500000000)
		drift++;
	if (rest <= -500000000)
		drift--;
	return (spur_ns)(t - c->offset_ns - drift);
}

/* The number of the frame at t by looking at each: the latest, of equal ones the last in the file. -1: none. */
static long at(const struct spur_clock *c, spur_ns t)
{
	long best = -1;

	for (long i = 0; i < FRAMES; i++) {
		if (drive_time(c, made[i].log_time) <= t && (best < 0 || made[i].log_time >= made[best].log_time))
			best = i;
	}
	return best;
}

static long shown(struct opened *o, spur_ns t, struct spur_frame_place *place)
{
	struct spur_frame f;
	struct spur_error err;
	enum spur_status st = spur_cameras_place(o->c, 0, t, place, NULL, &err);
	long number;

	if (st == SPUR_ENOTFOUND)
		return -1;
	if (st < 0 || spur_cameras_read(o->c, 0, place, 0, 0, &f, NULL, &err) < 0) {
		printf("# %s\n", err.text);
		return -2;
	}
	number = f.pixels.rgb[2] == 77 ? f.pixels.rgb[0] + 256 * f.pixels.rgb[1] : -3;
	spur_frame_finish(&f);
	return number;
}

static spur_ns cursor(const struct spur_clock *c)
{
	spur_ns t = drive_time(c, made[draw(FRAMES)].log_time);

	switch (draw(4)) {
	case 0: return t;
	case 1: return t - 1;
	case 2: return t + 1;
	default: return t + (spur_ns)draw(400000000) - 200000000;
	}
}

static const struct spur_clock clocks[] = {
	{ 0, 0, 0 }, { 220000000, 20000, (spur_ns)T0 }, { -5, -99999999, (spur_ns)T0 + 7 }, { 1, 99999999, 0 },
};

static bool cursors_agree(struct opened *o, const struct spur_clock *c, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		spur_ns t = cursor(c);
		struct spur_frame_place p;
		long want = at(c, t), got = shown(o, t, &p);

		if (got != want || (want >= 0 && p.t_ns != drive_time(c, made[want].log_time)) ||
		    (want >= 0 && p.next_ns != SPUR_NS_MIN && p.next_ns <= t)) {
			printf("# at %" PRId64 ": got %ld, want %ld\n", t, got, want);
			return false;
		}
	}
	return true;
}

static void the_frame_is_the_latest_at_or_before(void)
{
	static const struct {
		const char *name;
		struct spur_mcap_writer_opts o;
	} kinds[] = {
		{ "zstd", { .chunk_bytes = 3000 } }, { "lz4", { .chunk_bytes = 3000, .compression = SPUR_MCAP_LZ4 } },
		{ "one chunk", { 0 } }, { "no compression", { .chunk_bytes = 700, .compression = SPUR_MCAP_NONE } },
		{ "no chunks", { .no_chunks = true } }, { "no message index", { .chunk_bytes = 3000, .no_message_index = true } },
		{ "no chunk index", { .chunk_bytes = 3000, .no_chunk_index = true } },
		{ "no statistics", { .chunk_bytes = 3000, .no_statistics = true } },
		{ "nothing repeated", { .chunk_bytes = 3000, .no_repeated_channels = true, .no_repeated_schemas = true } },
	};

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		char *path = path_of("made.mcap"), *claim = spur_strfmt("%s: as a search through the list says", kinds[k].name);
		struct opened o;

		make(path, &kinds[k].o);
		if (ok(open_at(&o, path, NULL, 0), kinds[k].name))
			ok(cursors_agree(&o, &clocks[0], k == 0 ? CURSORS : 200), claim);
		shut(&o);
		free(claim);
		free(path);
	}
}

static void clocks_are_followed_to_the_nanosecond(void)
{
	char *path = path_of("made.mcap");
	const struct spur_mcap_writer_opts opts = { .chunk_bytes = 3000 };
	struct opened o;

	make(path, &opts);
	for (size_t k = 1; k < sizeof(clocks) / sizeof(clocks[0]); k++) {
		struct spur_frame_place p;
		struct spur_frame f;

		if (!ok(open_at(&o, path, &clocks[k], 0), "a recording with a clock"))
			break;
		ok(cursors_agree(&o, &clocks[k], CURSORS), "offset, drift and rounding");
		ok(spur_cameras_place_of(o.c, 0, 3, &p, NULL, NULL) == SPUR_OK &&
		   spur_cameras_read(o.c, 0, &p, 0, 0, &f, NULL, NULL) == SPUR_OK &&
		   f.stamp_ns == drive_time(&clocks[k], 1700000000123456789), "the stamp goes through the clock too");
		spur_frame_finish(&f);
		spur_timeline_set_clock(o.tl, 0, &clocks[0]);
		ok(cursors_agree(&o, &clocks[0], 100), "another clock while it is open");
		shut(&o);
	}
	free(path);
}

static int by_time(const void *a, const void *b)
{
	const struct made *x = a, *y = b;

	return x->log_time < y->log_time ? -1 : x->log_time > y->log_time;
}

static void neighbours_are_told(void)
{
	char *path = path_of("made.mcap");
	struct made sorted[FRAMES];
	struct opened o;
	struct spur_frame_place p = { 0 };
	size_t wrong = 0;

	memcpy(sorted, made, sizeof(sorted));
	qsort(sorted, FRAMES, sizeof(*sorted), by_time);
	ok(open_at(&o, path, NULL, 0), "the recording");
	for (size_t i = 0; i < FRAMES; i++) {
		wrong += spur_cameras_place_of(o.c, 0, i, &p, NULL, NULL) != SPUR_OK || p.index != i || p.count != FRAMES ||
			 p.t_ns != (spur_ns)sorted[i].log_time ||
			 p.previous_ns != (i == 0 ? SPUR_NS_MIN : (spur_ns)sorted[i - 1].log_time) ||
			 p.next_ns != (i + 1 == FRAMES ? SPUR_NS_MIN : (spur_ns)sorted[i + 1].log_time);
	}
	is_int((intmax_t)wrong, 0, "every place knows the ones beside it");
	ok(spur_cameras_place_of(o.c, 0, FRAMES, &p, NULL, NULL) == SPUR_ENOTFOUND, "there is none behind the last one");
	ok(spur_cameras_place(o.c, 0, SPUR_NS_MIN, &p, NULL, NULL) == SPUR_ENOTFOUND, "nor at the beginning of time");
	ok(spur_cameras_place(o.c, 0, SPUR_NS_MAX, &p, NULL, NULL) == SPUR_OK && p.index == FRAMES - 1, "at its end there is");
	ok(spur_cameras_place(o.c, 1, 0, &p, NULL, NULL) == SPUR_EINVAL, "no second camera");
	shut(&o);
	free(path);
}

/* Every byte of every chunk's records is damaged: what the index says is there all the same. */
static void the_index_is_read_without_the_chunks(void)
{
	char *path = path_of("broken.mcap"), *data;
	const struct spur_mcap_writer_opts opts = { .chunk_bytes = 3000, .compression = SPUR_MCAP_NONE };
	struct spur_error err = { 0 };
	struct spur_frame_place p;
	struct spur_frame f;
	struct opened o;
	size_t len, hit = 0;

	make(path, &opts);
	if (spur_file_read(path, 1 << 24, &data, &len, NULL) < 0)
		abort();
	for (size_t i = 0; i + 5 < len; i++) {
		if (memcmp(data + i, "rgb8", 5) == 0) {
			data[i] = 'R';
			hit++;
		}
	}
	ok(hit == FRAMES && spur_file_write(path, data, len, NULL) == SPUR_OK, "every frame is damaged");
	ok(open_at(&o, path, NULL, 0) && spur_cameras_place_of(o.c, 0, FRAMES - 1, &p, NULL, &err) == SPUR_OK &&
	   p.count == FRAMES, "where they lie is known");
	ok(spur_cameras_read(o.c, 0, &p, 0, 0, &f, NULL, &err) == SPUR_EFORMAT && strstr(err.text, "broken.mcap: frame 499 of /cam/image: chunk at byte") != NULL &&
	   strstr(err.text, "checksum") != NULL && err.offset > 0, "reading one says which chunk");
	shut(&o);
	free(data);
	free(path);
}

static void one_bad_chunk_costs_its_own_frames(void)
{
	char *path = path_of("broken.mcap"), *data;
	const struct spur_mcap_writer_opts opts = { .chunk_bytes = 3000, .compression = SPUR_MCAP_NONE };
	size_t len, hit = 0, lost = 0, wrong = 0;
	struct opened o;

	make(path, &opts);
	if (spur_file_read(path, 1 << 24, &data, &len, NULL) < 0)
		abort();
	for (size_t i = 0; i + 5 < len && hit <= 200; i++) {
		if (memcmp(data + i, "rgb8", 5) == 0 && hit++ == 200)
			data[i] = 'R';
	}
	ok(spur_file_write(path, data, len, NULL) == SPUR_OK && open_at(&o, path, NULL, 0), "one byte is damaged");
	for (size_t i = 0; i < FRAMES; i++) {
		struct spur_frame_place p;
		struct spur_frame f = { 0 };
		enum spur_status st = spur_cameras_place_of(o.c, 0, i, &p, NULL, NULL);

		if (st == SPUR_OK)
			st = spur_cameras_read(o.c, 0, &p, 0, 0, &f, NULL, NULL);
		lost += st == SPUR_EFORMAT;
		wrong += st != SPUR_OK && st != SPUR_EFORMAT;
		spur_frame_finish(&f);
	}
	ok(lost > 0 && lost < 60 && wrong == 0, "the frames of its chunk are lost, no others");
	printf("# %zu of %d\n", lost, FRAMES);
	shut(&o);
	free(data);
	free(path);
}

/* An index that points somewhere else is found out. */
static void a_lying_index_is_found_out(void)
{
	char *path = path_of("lying.mcap"), *data;
	const struct spur_mcap_writer_opts opts = { .compression = SPUR_MCAP_NONE };
	unsigned char stamp[8];
	struct spur_frame_place p;
	struct spur_error err = { 0 };
	struct spur_frame f;
	struct opened o;
	size_t len, last = 0;

	make(path, &opts);
	if (spur_file_read(path, 1 << 24, &data, &len, NULL) < 0)
		abort();
	memcpy(stamp, &made[10].log_time, 8);
	for (size_t i = 0; i + 16 < len; i++) {
		if (memcmp(data + i, stamp, 8) == 0)
			last = i;	/* the entries of the index come behind the chunk */
	}
	data[last + 8] = (char)(data[last + 8] + 1);
	ok(last > 0 && spur_file_write(path, data, len, NULL) == SPUR_OK && open_at(&o, path, NULL, 0), "one entry lies");
	ok(spur_cameras_place(o.c, 0, (spur_ns)made[10].log_time, &p, NULL, &err) == SPUR_OK &&
	   spur_cameras_read(o.c, 0, &p, 0, 0, &f, NULL, &err) == SPUR_EFORMAT &&
	   strstr(err.text, "has not the message that the index says") != NULL, "the message is not what it says");
	printf("# %s\n", err.text);
	shut(&o);
	free(data);
	free(path);
}

static void a_file_without_an_end_is_read_through(void)
{
	char *path = path_of("cut.mcap"), *data;
	const struct spur_mcap_writer_opts opts = { .chunk_bytes = 3000 };
	struct spur_frame_place p;
	struct opened o;
	size_t len, wrong = 0;

	make(path, &opts);
	if (spur_file_read(path, 1 << 24, &data, &len, NULL) < 0)
		abort();
	ok(spur_file_write(path, data, len / 2, NULL) == SPUR_OK && open_at(&o, path, NULL, 0), "half a recording");
	ok(spur_cameras_place_of(o.c, 0, 0, &p, NULL, NULL) == SPUR_OK && p.count > 100 && p.count < FRAMES, "has some frames");
	for (uint64_t i = 0; i < p.count; i++) {
		struct spur_frame f;

		wrong += spur_cameras_place_of(o.c, 0, i, &p, NULL, NULL) < 0 ||
			 spur_cameras_read(o.c, 0, &p, 0, 0, &f, NULL, NULL) < 0 ||
			 (spur_ns)made[f.pixels.rgb[0] + 256 * f.pixels.rgb[1]].log_time != p.t_ns;
		spur_frame_finish(&f);
	}
	is_int((intmax_t)wrong, 0, "and they are what they were");
	shut(&o);
	free(data);
	free(path);
}

static void memory_is_bounded(void)
{
	char *path = path_of("made.mcap");
	struct spur_error err = { 0 };
	struct spur_frame_place p, any = { .index = 0 };
	struct spur_frame f;
	struct opened o;
	char encoding[32];
	void *data = NULL;
	size_t len;

	ok(open_at(&o, path, NULL, 64 << 10) && spur_cameras_place(o.c, 0, 0, &p, NULL, &err) == SPUR_ENOMEM &&
	   strstr(err.text, "--mem") != NULL, "an index over the budget is refused");
	is_int(spur_cameras_read(o.c, 0, &any, 0, 0, &f, NULL, &err), SPUR_ENOMEM, "no picture is read without it");
	is_int(spur_cameras_payload(o.c, 0, &any, &data, &len, encoding, NULL, &err), SPUR_ENOMEM, "no payload either");
	shut(&o);
	free(path);
}

static void stamps_of_all_64_bits(void)
{
	char *path = path_of("huge.mcap");
	struct spur_mcap_writer *w = start(path, &(struct spur_mcap_writer_opts){ 0 });
	struct spur_buf b = { 0 };
	struct spur_frame_place p;
	struct opened o;

	raw_image(&b, 1);
	message(w, 1, UINT64_MAX, b.data, b.len);
	raw_image(&b, 2);
	message(w, 1, 0, b.data, b.len);
	if (spur_mcap_writer_commit(w, NULL) < 0)
		abort();
	ok(open_at(&o, path, NULL, 0) && shown(&o, 0, &p) == 2 && shown(&o, SPUR_NS_MAX - 1, &p) == 2, "a stamp of 0");
	ok(shown(&o, SPUR_NS_MAX, &p) == 1, "what is beyond time is at its end");
	shut(&o);
	spur_buf_finish(&b);
	free(path);
}

/* ---- the same picture in other clothes ---- */

#define JSON_PIXEL "{\"timestamp\":{\"sec\":1,\"nsec\":5},\"frame_id\":\"c\",\"width\":1,\"height\":1,\"encoding\":\"rgb8\",\"step\":3,\"data\":"
static const char ros1_schema[] =
	"std_msgs/Header header\nuint32 height\nuint32 width\nstring encoding\nuint8 is_bigendian\nuint32 step\nuint8[] data\n"
	"================================================================================\n"
	"MSG: std_msgs/Header\nuint32 seq\ntime stamp\nstring frame_id\n";

static void ros1_image(struct spur_buf *b)
{
	spur_buf_clear(b);
	spur_buf_u32(b, 9);
	spur_buf_u32(b, 1);	/* 1 s, 5 ns */
	spur_buf_u32(b, 5);
	spur_buf_u32(b, 1);
	spur_buf_adds(b, "c");
	spur_buf_u32(b, 1);
	spur_buf_u32(b, 1);
	spur_buf_u32(b, 4);
	spur_buf_adds(b, "rgb8");
	spur_buf_u8(b, 0);
	spur_buf_u32(b, 3);
	spur_buf_u32(b, 3);
	spur_buf_add(b, "\1\2\3", 3);
}

static void one_message(const char *schema, const char *schema_encoding, const char *text, const char *encoding, const void *data,
			size_t len, struct opened *o)
{
	char *path = path_of("one.mcap");
	const struct spur_mcap_schema s = { 1, schema, schema_encoding, text, strlen(text) };
	const struct spur_mcap_channel c = { 1, 1, "/a/camera", encoding, NULL, 0 };
	struct spur_mcap_writer *w;

	if (spur_mcap_writer_create(path, NULL, &w, NULL) < 0 || spur_mcap_writer_schema(w, &s, NULL) < 0 ||
	    spur_mcap_writer_channel(w, &c, NULL) < 0)
		abort();
	message(w, 1, 10 * SPUR_NS_PER_S, data, len);
	if (spur_mcap_writer_commit(w, NULL) < 0)
		abort();
	open_at(o, path, NULL, 0);
	free(path);
}

static void gives(struct opened *o, enum spur_status want, const char *words, const char *claim)
{
	struct spur_frame_place p;
	struct spur_frame f = { 0 };
	struct spur_error err = { 0 };
	size_t n;
	enum spur_status st;
	bool good;

	spur_cameras_list(o->c, &n);
	st = n == 0 ? SPUR_END : spur_cameras_place_of(o->c, 0, 0, &p, NULL, &err);
	if (st == SPUR_OK)
		st = spur_cameras_read(o->c, 0, &p, 0, 0, &f, NULL, &err);
	good = st == want && (st != SPUR_OK || (memcmp(f.pixels.rgb, "\1\2\3", 3) == 0 && f.stamp_ns == SPUR_NS_PER_S + 5)) &&
	       (words == NULL || strstr(err.text, words) != NULL);
	if (!ok(good, claim))
		printf("# %s %s\n", spur_status_name(st), err.text);
	spur_frame_finish(&f);
	shut(o);
}

static void json(const char *schema, const char *payload, enum spur_status want, const char *words, const char *claim)
{
	struct opened o;

	one_message(schema, "jsonschema", "{\"type\":\"object\"}", "json", payload, strlen(payload), &o);
	gives(&o, want, words, claim);
}

static void every_spelling_is_a_camera(void)
{
	struct spur_buf b = { 0 };
	struct opened o;

	ros1_image(&b);
	one_message("sensor_msgs/Image", "ros1msg", ros1_schema, "ros1", b.data, b.len, &o);
	gives(&o, SPUR_OK, NULL, "ROS 1");
	json("foxglove.RawImage", JSON_PIXEL "\"AQID\"}", SPUR_OK, NULL, "JSON with base64");
	json("foxglove_msgs/msg/RawImage", JSON_PIXEL "[1,2,3]}", SPUR_OK, NULL, "JSON with numbers");
	json("foxglove::RawImage", JSON_PIXEL "\"AQID\"}", SPUR_OK, NULL, "C++ name");
	json("sensor_msgs::msg::dds_::Image_", "{\"header\":{\"stamp\":{\"sec\":1,\"nanosec\":5}},\"width\":1,\"height\":1,"
	     "\"encoding\":\"bgr8\",\"step\":3,\"data\":[3,2,1]}", SPUR_OK, NULL, "DDS name, stamp in a header");
	json("my_msgs/Image", JSON_PIXEL "\"AQID\"}", SPUR_END, NULL, "another package is no camera");
	json("foxglove.PointCloud", JSON_PIXEL "\"AQID\"}", SPUR_END, NULL, "nor another type");
	json("foxglove.RawImage", JSON_PIXEL "\"AQI*\"}", SPUR_EFORMAT, "base64", "bad base64");
	json("foxglove.RawImage", JSON_PIXEL "null}", SPUR_EFORMAT, "no field 'data'", "no data");
	json("foxglove.RawImage", JSON_PIXEL "\"AQ==\"}", SPUR_EFORMAT, "needs 3 bytes; 1 are there", "too few bytes");
	json("foxglove.RawImage", "{\"width\":4294967297,\"height\":1,\"encoding\":\"rgb8\",\"data\":\"AQID\"}", SPUR_EFORMAT, "4294967297 x 1",
	     "a width beyond 32 bits");
	json("foxglove.RawImage", "{\"width\":", SPUR_EFORMAT, "frame 0 of /a/camera", "a cut payload");
	json("foxglove.CompressedImage", "{\"format\":\"webp\",\"data\":\"UklGRgAAAABXRUJQ\"}", SPUR_EUNSUPPORTED, "WebP", "WebP is named");
	json("foxglove.CompressedVideo", "{\"format\":\"h264\",\"data\":\"AAAAAQ==\"}", SPUR_EUNSUPPORTED, "video codec", "so is video");
	json("theora_image_transport/Packet", "{\"data\":\"AAAAAQ==\"}", SPUR_EUNSUPPORTED, "video codec", "and theora");
	spur_buf_finish(&b);
}

#define DEPTH \
	"AAAAAAAAAAAAAAAAiVBORw0KGgoAAAANSUhEUgAAAAIAAAACEAAAAAAHTY67AAAAEklEQVR4nGNkfsHygoXrCNcRAB" \
	"BbA3lqYJDHAAAAAElFTkSuQmCC"

/* 12 bytes of a head, then a PNG of 1000 2000 / 3500 6000 in 16 bits. */
static void compressed_depth_has_a_head(void)
{
	static const char payload[] = "{\"format\":\"16UC1; compressedDepth png\",\"data\":\"" DEPTH "\"}";
	struct spur_frame_place p;
	struct spur_frame f = { 0 };
	struct opened o;

	one_message("foxglove.CompressedImage", "jsonschema", "{}", "json", payload, sizeof(payload) - 1, &o);
	ok(spur_cameras_place_of(o.c, 0, 0, &p, NULL, NULL) == SPUR_OK &&
	   spur_cameras_read(o.c, 0, &p, 0, 0, &f, NULL, NULL) == SPUR_OK && f.width == 2 && f.height == 2 &&
	   strcmp(f.encoding, "compressedDepth") == 0 && f.pixels.rgb[0] == 0 && f.pixels.rgb[3] == 51 && f.pixels.rgb[9] == 255,
	   "compressed depth");
	spur_frame_finish(&f);
	shut(&o);
}

/* ---- cameras and what belongs to them ---- */

static const char *const topics[][2] = {
	{ "/camera/front/image", "foxglove.CompressedImage" }, { "/camera/rear/image", "foxglove.RawImage" },
	{ "/camera/front/annotations", "foxglove.ImageAnnotations" }, { "/camera/rear/calibration", "foxglove.CameraCalibration" },
	{ "/camera/front/info", "sensor_msgs/msg/CameraInfo" }, { "/camera/side/video", "foxglove.CompressedVideo" },
	{ "/annotations_rear", "foxglove.ImageAnnotations" },
};

#define MARKS \
	"{\"circles\":[{\"position\":{\"x\":10,\"y\":20},\"diameter\":8,\"thickness\":1,\"outline_color\":{\"r\":1,\"g\":0,\"b\":0,\"a\":1}," \
	"\"fill_color\":{\"r\":0,\"g\":1,\"b\":0,\"a\":1}}]," \
	"\"points\":[{\"type\":2,\"points\":[{\"x\":1,\"y\":2},{\"x\":30,\"y\":2},{\"x\":30,\"y\":12.5}],\"outline_color\":{\"r\":0,\"g\":0.5,\"b\":1,\"a\":1}," \
	"\"outline_colors\":[],\"fill_color\":{\"r\":0,\"g\":0,\"b\":0,\"a\":0},\"thickness\":3}," \
	"{\"type\":\"LINE_LIST\",\"points\":[{\"x\":0,\"y\":0},{\"x\":1,\"y\":1}],\"thickness\":1}," \
	"{\"type\":\"POINTS\",\"points\":[{\"x\":5,\"y\":5}],\"outline_colors\":[{\"r\":1,\"g\":1,\"b\":1,\"a\":1},{\"r\":0,\"g\":0,\"b\":0,\"a\":1}],\"thickness\":4}]," \
	"\"texts\":[{\"position\":{\"x\":7,\"y\":8},\"text\":\"car\",\"font_size\":12,\"text_color\":{\"r\":1,\"g\":1,\"b\":0,\"a\":1}," \
	"\"background_color\":{\"r\":0,\"g\":0,\"b\":0,\"a\":1}}]}"

static void make_many(const char *path)
{
	struct spur_mcap_writer *w;

	if (spur_mcap_writer_create(path, NULL, &w, NULL) < 0)
		abort();
	for (uint16_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		const struct spur_mcap_schema s = { (uint16_t)(i + 1), topics[i][1], "jsonschema", "{}", 2 };
		const struct spur_mcap_channel c = { i, (uint16_t)(i + 1), topics[i][0], "json", NULL, 0 };

		if (spur_mcap_writer_schema(w, &s, NULL) < 0 || spur_mcap_writer_channel(w, &c, NULL) < 0)
			abort();
	}
	for (uint64_t t = 1000; t <= 5000; t += 1000)
		message(w, 0, t, "{\"data\":\"\"}", 11);
	message(w, 2, 2400, "{\"texts\":[]}", 12);
	message(w, 2, 2501, MARKS, strlen(MARKS));
	message(w, 2, 4500, "{\"points\":[{\"points\":[{\"x\":1,\"y\":1}]}]}", 40);
	if (spur_mcap_writer_commit(w, NULL) < 0)
		abort();
}

static size_t named(struct opened *o, const char *name, enum spur_status want)
{
	size_t camera = 99;
	struct spur_error err = { 0 };

	return spur_cameras_find(o->c, name, &camera, &err) == want ? camera : 99;
}

static void topics_that_belong_together(void)
{
	char *path = path_of("many.mcap");
	const struct spur_camera *l;
	struct opened o;
	size_t n = 0;

	make_many(path);
	ok(open_at(&o, path, NULL, 0), "several cameras");
	l = spur_cameras_list(o.c, &n);
	is_int((intmax_t)n, 3, "three of the topics have pictures");
	is_str(l[0].topic, "/camera/front/image", "in order of the file");
	is_str(l[2].topic, "/camera/side/video", "but those that cannot be shown last");
	is_str(l[0].annotations, "/camera/front/annotations", "annotations by their name");
	is_str(l[0].calibration, "/camera/front/info", "calibration likewise");
	is_str(l[1].annotations, "/annotations_rear", "also by a word of it");
	is_str(l[1].calibration, "/camera/rear/calibration", "each its own");
	ok(l[2].annotations == NULL && l[2].calibration == NULL, "what shares no more than others do does not belong");
	ok(named(&o, "front", SPUR_OK) == 0 && named(&o, "REAR", SPUR_OK) == 1 && named(&o, "/camera/side/video", SPUR_OK) == 2 &&
	   named(&o, "2", SPUR_OK) == 1, "found by word, topic and number");
	ok(named(&o, "camera", SPUR_EINVAL) != 99 && named(&o, "image", SPUR_EINVAL) != 99, "a word of several is refused");
	ok(named(&o, "fron", SPUR_ENOTFOUND) != 99 && named(&o, "0", SPUR_ENOTFOUND) != 99 && named(&o, "4", SPUR_ENOTFOUND) != 99,
	   "and what is none");
	shut(&o);
	free(path);
}

static struct spur_overlay over(struct opened *o, spur_ns t)
{
	struct spur_overlay marks = { 0 };
	struct spur_frame_place p;

	if (spur_cameras_place(o->c, 0, t, &p, NULL, NULL) < 0 || spur_cameras_overlay(o->c, 0, &p, &marks, NULL, NULL) < 0)
		marks.t_ns = -1;
	return marks;
}

static bool has_colour(const struct spur_mark *m, int r, int g, int b)
{
	return m->colour.r == r && m->colour.g == g && m->colour.b == b;
}

static void annotations_are_read(void)
{
	char *path = path_of("many.mcap");
	struct opened o;
	struct spur_overlay v;

	ok(open_at(&o, path, NULL, 0), "a camera with annotations");
	v = over(&o, 1000);
	ok(v.count == 0 && v.t_ns == SPUR_NS_MIN, "none is near the first frame");
	spur_overlay_finish(&v);
	v = over(&o, 2000);
	ok(v.count == 0 && v.t_ns == 2400, "of two the nearer one, though it is empty");
	spur_overlay_finish(&v);
	v = over(&o, 4000);
	ok(v.t_ns == 4500 && v.count == 1, "half the way to the next one is near");
	ok(has_colour(&v.marks[0], 255, 255, 0), "without a colour it is yellow");
	spur_overlay_finish(&v);
	v = over(&o, 3000);
	ok(v.t_ns == 2501 && v.count == 5, "nearest in time, before or after");
	ok(v.marks[0].kind == SPUR_MARK_CIRCLE && fabs(v.marks[0].diameter - 8) < 1e-9 && v.marks[0].count == 1 &&
	   fabs(v.marks[0].points[0][1] - 20) < 1e-9 && has_colour(&v.marks[0], 255, 0, 0), "a circle");
	ok(v.marks[1].kind == SPUR_MARK_LINE_LOOP && v.marks[1].count == 3 && fabs(v.marks[1].points[2][1] - 12.5) < 1e-9 &&
	   fabs(v.marks[1].thickness - 3) < 1e-9 && has_colour(&v.marks[1], 0, 128, 255), "a loop");
	ok(v.marks[2].kind == SPUR_MARK_LINE_LIST && v.marks[2].count == 2, "a list, by the name of its type");
	ok(v.marks[3].kind == SPUR_MARK_POINTS && has_colour(&v.marks[3], 255, 255, 255), "points with colours of their own");
	ok(v.marks[4].kind == SPUR_MARK_TEXT && strcmp(v.marks[4].text, "car") == 0 && fabs(v.marks[4].points[0][0] - 7) < 1e-9 &&
	   fabs(v.marks[4].thickness - 12) < 1e-9 && has_colour(&v.marks[4], 255, 255, 0), "a text");
	spur_overlay_finish(&v);
	shut(&o);
	free(path);
}

static bool is_red(const struct spur_pixels *p, int x, int y)
{
	const unsigned char *c = p->rgb + (y * p->width + x) * 3;

	return c[0] == 255 && c[1] == 0 && c[2] == 0;
}

static void marks_are_drawn_at_the_scale_of_the_picture(void)
{
	const double loop[3][2] = { { 2, 2 }, { 18, 2 }, { 18, 18 } }, far[2][2] = { { -1e300, 5 }, { 1e300, (double)NAN } };
	struct spur_mark m = { .kind = SPUR_MARK_LINE_LOOP, .colour = { 255, 0, 0 }, .thickness = 1, .count = 3, .points = loop };
	const struct spur_overlay o = { .count = 1, .marks = &m };
	struct spur_pixels p;

	spur_pixels_init(&p, 40, 40, NULL);	/* of a camera of 20 x 20 */
	spur_overlay_draw(&o, 20, 20, &p);
	ok(is_red(&p, 4, 4) && is_red(&p, 20, 4) && is_red(&p, 36, 20) && is_red(&p, 36, 36) && is_red(&p, 20, 20), "a loop is closed");
	ok(!is_red(&p, 4, 20) && !is_red(&p, 10, 30), "and nothing else is drawn");
	spur_pixels_finish(&p);
	spur_pixels_init(&p, 40, 40, NULL);
	m.kind = SPUR_MARK_LINE_STRIP;
	spur_overlay_draw(&o, 20, 20, &p);
	ok(is_red(&p, 20, 4) && is_red(&p, 36, 20) && !is_red(&p, 20, 20), "a strip is open");
	spur_pixels_finish(&p);
	spur_pixels_init(&p, 40, 40, NULL);
	m = (struct spur_mark){ .kind = SPUR_MARK_CIRCLE, .colour = { 255, 0, 0 }, .diameter = 10, .thickness = 1, .count = 1,
				.points = (const double[1][2]){ { 10, 10 } } };
	spur_overlay_draw(&o, 20, 20, &p);
	ok(is_red(&p, 30, 20) && is_red(&p, 20, 30) && is_red(&p, 10, 20) && !is_red(&p, 20, 20), "a circle is a ring");
	for (int k = SPUR_MARK_POINTS; k <= SPUR_MARK_TEXT; k++) {
		m = (struct spur_mark){ .kind = (enum spur_mark_kind)k, .thickness = (double)NAN, .diameter = 1e300, .count = 2, .points = far };
		spur_overlay_draw(&o, 1, 1, &p);
	}
	ok(true, "what is no number and what is far out does no harm");
	spur_pixels_finish(&p);
}

int main(void)
{
	static const char *const files[] = { "made.mcap", "broken.mcap", "lying.mcap", "cut.mcap", "huge.mcap", "one.mcap",
					     "many.mcap" };

	if (mkdtemp(dir) == NULL)
		return 1;
	draw_times();
	the_frame_is_the_latest_at_or_before();
	clocks_are_followed_to_the_nanosecond();
	neighbours_are_told();
	the_index_is_read_without_the_chunks();
	one_bad_chunk_costs_its_own_frames();
	a_lying_index_is_found_out();
	a_file_without_an_end_is_read_through();
	memory_is_bounded();
	stamps_of_all_64_bits();
	every_spelling_is_a_camera();
	compressed_depth_has_a_head();
	topics_that_belong_together();
	annotations_are_read();
	marks_are_drawn_at_the_scale_of_the_picture();
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *path = path_of(files[i]);

		unlink(path);
		free(path);
	}
	rmdir(dir);
	return tap_done();
}
