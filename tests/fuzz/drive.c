#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "format/mcap/writer.h"
#include "format/mdf4/writer.h"
#include "tests/fuzz/drive.h"

#define MS INT64_C(1000000)

static const struct spur_mdf4_text gears[] = { { 0, "P" }, { 1, "R" }, { 4, "D" } };

static void good(enum spur_status st, const struct spur_error *err)
{
	if (st >= 0)
		return;
	fprintf(stderr, "drive: %s\n", err->text);
	exit(1);
}

static struct spur_mdf4_writer *mdf(const char *path)
{
	const struct spur_mdf4_options o = { .start_ns = FUZZ_DRIVE_NS, .written_ns = FUZZ_DRIVE_NS, .threads = 1 };
	struct spur_mdf4_writer *w = NULL;
	struct spur_error err;

	good(spur_mdf4_writer_create(path, &o, &w, &err), &err);
	return w;
}

/* Row i of a group: its time, and its values; false: no row. */
typedef bool drive_row(int i, spur_ns *t, double *values);

static void group(struct spur_mdf4_writer *w, const char *name, const struct spur_mdf4_channel *channels, size_t count, drive_row *row)
{
	const struct spur_mdf4_group g = { .name = name, .domain = SPUR_DOMAIN_TIME, .channels = channels, .count = count };
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_columns *c;
	struct spur_error err;
	double values[4];
	uint32_t at;
	spur_ns t;

	for (size_t i = 0; i < count; i++)
		spur_columns_builder_add(b, channels[i].name, channels[i].type);
	for (int i = 0; i < 2000; i++) {
		if (!row(i, &t, values))
			continue;
		spur_columns_builder_time(b, FUZZ_DRIVE_NS + t);
		for (size_t k = 0; k < count; k++) {
			if (values[k] != values[k])
				spur_columns_builder_null(b, k);
			else
				spur_columns_builder_f64(b, k, values[k]);
		}
	}
	c = spur_columns_builder_take(b);
	good(spur_mdf4_writer_group(w, &g, &at, &err), &err);
	good(spur_mdf4_writer_put(w, at, c, &err), &err);
	spur_columns_unref(c);
	spur_columns_builder_destroy(b);
}

static double wave(int i, int period)
{
	int at = i % period;

	return at < period / 2 ? at : period - at;
}

static bool quick(int i, spur_ns *t, double *v)
{
	*t = i * 20 * MS;
	v[0] = i % 97 < 3 ? (double)NAN : wave(i, 50) / 5 - 2;
	v[1] = i > 300 && i < 340 ? (double)NAN : wave(i, 240);
	v[2] = i % 700 - 200;
	return i < 500;
}

static bool shifted(int i, spur_ns *t, double *v)
{
	*t = (i * 130 + 7) * MS;
	v[0] = (double)((i / 9) % 3 == 0 ? 0 : (i / 9) % 3 == 1 ? 4 : i % 6);
	return i < 76;
}

static bool holes(int i, spur_ns *t, double *v)
{
	*t = (i * 37 + i * i % 11) * MS;
	v[0] = wave(i, 90) / 8 + 1;
	v[1] = i / 30 % 4;
	v[2] = 100 - i;
	return i < 268 && i % 60 >= i / 12;
}

static void one(const char *path)
{
	static const struct spur_mdf4_channel fast[] = {
		{ .name = "a", .type = SPUR_TYPE_F64, .nullable = true },
		{ .name = "speed", .unit = "km/h", .type = SPUR_TYPE_F32, .nullable = true },
		{ .name = "level", .unit = "degC", .type = SPUR_TYPE_I16, .factor = 0.1, .offset = 20 },
	};
	static const struct spur_mdf4_channel slow[] = { { .name = "gear", .type = SPUR_TYPE_U8, .texts = gears, .text_count = 3 } };
	struct spur_mdf4_writer *w = mdf(path);
	struct spur_error err;

	group(w, "fast", fast, 3, quick);
	group(w, "slow", slow, 1, shifted);
	good(spur_mdf4_writer_commit(w, &err), &err);
}

static void two(const char *path)
{
	static const struct spur_mdf4_channel odd[] = {
		{ .name = "p", .unit = "bar", .type = SPUR_TYPE_F64 }, { .name = "mode", .type = SPUR_TYPE_U8 }, { .name = "a", .type = SPUR_TYPE_F64 },
	};
	struct spur_mdf4_writer *w = mdf(path);
	struct spur_error err;

	group(w, "odd", odd, 3, holes);
	good(spur_mdf4_writer_commit(w, &err), &err);
}

/* sensor_msgs/msg/Image in CDR, little endian. */
static void picture(struct spur_buf *b, int n)
{
	static const char encoding[] = "rgb8";

	spur_buf_add(b, "\0\1\0\0", 4);
	spur_buf_u32(b, 0);
	spur_buf_u32(b, 0);
	spur_buf_u32(b, 1);	/* frame_id "" */
	spur_buf_add(b, "\0\0\0\0", 4);
	spur_buf_u32(b, 4);
	spur_buf_u32(b, 6);
	spur_buf_u32(b, sizeof(encoding));
	spur_buf_add(b, encoding, sizeof(encoding));
	spur_buf_add(b, "\0\0\0", 3);	/* not big endian; to a multiple of 4 */
	spur_buf_u32(b, 18);
	spur_buf_u32(b, n == 7 ? 1000 : 72);
	for (int i = 0; i < 72; i++)
		spur_buf_u8(b, (uint8_t)(i * (n + 1) * 5));
}

static void camera(const char *path)
{
	static const char image[] = "std_msgs/Header header\nuint32 height\nuint32 width\nstring encoding\nuint8 is_bigendian\nuint32 step\nuint8[] data\n"
				    "================================================================================\nMSG: std_msgs/Header\n"
				    "builtin_interfaces/Time stamp\nstring frame_id\n"
				    "================================================================================\nMSG: builtin_interfaces/Time\nint32 sec\nuint32 nanosec\n";
	const struct spur_mcap_schema schemas[] = {
		{ .id = 1, .name = "sensor_msgs/msg/Image", .encoding = "ros2msg", .data = image, .len = sizeof(image) - 1 },
		{ .id = 2, .name = "p/msg/T", .encoding = "ros2msg", .data = "float64 x\n", .len = 10 },
	};
	const struct spur_mcap_channel channels[] = { { .id = 0, .schema_id = 1, .topic = "/camera", .encoding = "cdr" },
						      { .id = 1, .schema_id = 2, .topic = "/pose", .encoding = "cdr" } };
	struct spur_mcap_writer *w = NULL;
	struct spur_buf b = { 0 };
	struct spur_error err;

	good(spur_mcap_writer_create(path, NULL, &w, &err), &err);
	for (int i = 0; i < 2; i++) {
		good(spur_mcap_writer_schema(w, &schemas[i], &err), &err);
		good(spur_mcap_writer_channel(w, &channels[i], &err), &err);
	}
	for (int i = 0; i < 33; i++) {
		uint64_t t = (uint64_t)(FUZZ_DRIVE_NS + i * 300 * MS);
		struct spur_mcap_message m = { .channel_id = (uint16_t)(i % 4 == 3), .log_time = t, .publish_time = t };

		spur_buf_clear(&b);
		if (i % 4 == 3) {
			spur_buf_add(&b, "\0\1\0\0", 4);
			spur_buf_f64(&b, wave(i, 20));
		} else {
			picture(&b, i);
		}
		m.data = b.data;
		m.len = b.len;
		good(spur_mcap_writer_message(w, &m, &err), &err);
	}
	good(spur_mcap_writer_commit(w, &err), &err);
	spur_buf_finish(&b);
}

const char *fuzz_drive_path(int file)
{
	static char paths[FUZZ_DRIVE_FILES][160];
	static const char *const names[] = { "one.mf4", "two.mf4", "cam.mcap" };

	if (paths[0][0] == '\0') {
		for (int i = 0; i < FUZZ_DRIVE_FILES; i++)
			snprintf(paths[i], sizeof(paths[i]), "%s", fuzz_path(names[i]));
		one(paths[FUZZ_DRIVE_ONE]);
		two(paths[FUZZ_DRIVE_TWO]);
		camera(paths[FUZZ_DRIVE_CAMERA]);
	}
	return paths[file];
}
