#include "config.h"

#include <string.h>

#include "demo/cdr.h"
#include "demo/ros_schemas.h"
#include "tests/fuzz/decode.h"

/* ROS interface text, and payloads in CDR or in ROS 1's serialisation: encoding, name, schema, payloads. */
static void run(const uint8_t *data, size_t len)
{
	struct spur_stream s = { .topic = "/t" };
	struct fuzz_in in;

	fuzz_in_init(&in, data, len);
	s.encoding = fuzz_in_text(&in);
	if (strcmp(s.encoding, "ros1") != 0)
		s.encoding = "cdr";
	s.schema_encoding = strcmp(s.encoding, "ros1") == 0 ? "ros1msg" : "ros2msg";
	s.schema_name = fuzz_in_text(&in);
	fuzz_decode(&s, &in);
	fuzz_in_finish(&in);
}

static void seed(const char *encoding, const char *name, const char *schema, const void *payload, size_t len)
{
	struct spur_buf b = { 0 };

	fuzz_seeds_of(strcmp(encoding, "ros1") == 0 ? "ros1msg" : "ros2msg, CDR");
	spur_buf_addf(&b, "%s" FUZZ_CUT "%s" FUZZ_CUT "%s" FUZZ_CUT, encoding, name, schema);
	spur_buf_add(&b, payload, len);
	spur_buf_adds(&b, FUZZ_CUT);
	spur_buf_add(&b, payload, len / 2);
	fuzz_seed_buf(&b);
}

#define RULE "================================================================================\n"
static const char mixed[] = "# all kinds\nuint8 a 7\nfloat64 b\nint16 C=258\nstring d \"text\"\nint64[] e\nint8[<=3] f\nbool[2] g\nP[] p\n"
			    "builtin_interfaces/Time t\nstring<=5 u\nwstring w\n"
			    RULE "MSG: pkg/P\nint16 x\nint16 y\n" RULE "MSG: builtin_interfaces/Time\nint32 sec\nuint32 nanosec\n";
static const char old[] = "Header header\ntime stamp\nduration d\nchar c\nbyte b\nstring s\nfloat32[3] v\nE[] e\n"
			  RULE "MSG: std_msgs/Header\nuint32 seq\ntime stamp\nstring frame_id\n" RULE "MSG: pkg/E\nuint8[] data\n";

static void seeds(void)
{
	static const unsigned char heads[][4] = { { 0, 0, 0, 0 }, { 0, 1, 0, 0 }, { 0, 3, 0, 0 }, { 0, 7, 0, 0 }, { 0, 9, 0, 0 }, { 0, 11, 0, 0 } };
	struct spur_buf b = { 0 };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		spur_cdr_begin(&b);
		memcpy(b.data, heads[i], 4);
		spur_buf_u8(&b, 7);
		spur_cdr_f64(&b, 1.5);
		spur_cdr_text(&b, "hello");
		spur_cdr_u32(&b, 1);
		spur_cdr_f64(&b, 2);
		spur_cdr_u32(&b, 2);
		spur_buf_add(&b, "\1\2\1\0", 4);
		spur_cdr_u32(&b, 1);
		spur_buf_add(&b, "\1\0\2\0", 4);
		spur_cdr_time(&b, INT64_C(1700000000000000000));
		spur_cdr_text(&b, "u");
		spur_cdr_u32(&b, 0);
		seed("cdr", "pkg/msg/Root", mixed, b.data, b.len);
	}
	for (int i = 0; i < SPUR_DEMO_TOPICS; i++) {
		const struct spur_demo_topic *t = &spur_demo_topics[i];

		spur_cdr_begin(&b);
		spur_cdr_header(&b, INT64_C(1700000000000000000), "base_link");
		for (int k = 0; k < 40; k++)
			spur_cdr_f64(&b, k);
		if (strcmp(t->schema_encoding, "ros2msg") == 0)
			seed("cdr", t->schema, t->text, b.data, b.len);
	}
	seed("ros1", "pkg/Root", old, "\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0abcd\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0ab\2\0\0\0hi123456789012\1\0\0\0\3\0\0\0xyz", 66);
	spur_buf_finish(&b);
}

static const char *const words[] = { FUZZ_CUT, "MSG: ", RULE, "uint8", "int64", "float64", "string", "wstring", "[]", "[<=", "<=", "std_msgs/Header",
				     "builtin_interfaces/Time", "time ", "duration ", "pkg/msg/", "ros1", NULL };

const struct fuzz_target fuzz_target = { .name = "rosmsg", .max_len = 16u << 10, .parts = 4, .run = run, .seeds = seeds, .words = words, .told = 6400 };
