#include "config.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "decode/rosmsg.h"
#include "tests/tap.h"

/* The fields of a schema as "path:type" lines, or the error. */
static char *fields_of(const char *name, const char *text, enum spur_rosmsg_dialect dialect)
{
	struct spur_arena *a = spur_arena_create(1 << 20);
	struct spur_buf out = { 0 };
	struct spur_shape *root;
	struct spur_fields f;
	struct spur_error err;

	if (spur_rosmsg_parse(name, text, strlen(text), dialect, a, &root, &err) < 0 ||
	    spur_shape_fields(root, a, &f, &err) < 0) {
		spur_buf_adds(&out, err.text);
	} else {
		for (size_t i = 0; i < f.count; i++)
			spur_buf_addf(&out, "%s%s:%s%s", i == 0 ? "" : " ", f.fields[i].path, spur_type_name(f.fields[i].type),
				      f.fields[i].array ? "*" : "");
	}
	spur_arena_destroy(a);
	return spur_buf_steal(&out);
}

static void gives(const char *text, enum spur_rosmsg_dialect dialect, const char *want, const char *name)
{
	char *got = fields_of("pkg/msg/Root", text, dialect);

	is_str(got, want, name);
	free(got);
}

#define RULE "================================================================================\n"

static void fields_and_constants(void)
{
	gives("int8 a\nuint16 b # note\n# all comment\n\nfloat64 c\nbool d\nstring e\n", SPUR_ROSMSG_2,
	      "a:i8 b:u16 c:f64 d:bool e:text", "fields in order, comments left out");
	gives("uint8 OK=0\nuint8 BAD = 1 # no\nstring NAME=a # b=c\nuint8 x\n", SPUR_ROSMSG_1, "x:u8", "constants are no fields");
	gives("int32 a 5\nstring s \"x # y\"\nfloat32[3] v [1.0, 2.0, 3.0]\nint32 z -1\n", SPUR_ROSMSG_2,
	      "a:i32 s:text v[0]:f32 v[1]:f32 v[2]:f32 z:i32", "defaults are not on the wire");
	gives("byte a\nchar b\n", SPUR_ROSMSG_1, "a:i8 b:u8", "ROS 1: byte is signed, char is not");
	gives("byte a\nchar b\n", SPUR_ROSMSG_2, "a:u8 b:u8", "ROS 2: both are unsigned");
	gives("string<=8 a\nint32[<=4] b\nstring<=8[<=2] c\nuint8[] d\nuint8[70] e\n", SPUR_ROSMSG_2,
	      "a:text b:text* c:text* d:bytes* e:bytes*", "bounds and arrays as a whole");
	gives("int32 a\r\nint32 b\r\n", SPUR_ROSMSG_2, "a:i32 b:i32", "lines of Windows");
}

static void types_by_name(void)
{
	gives("std_msgs/Header header\n" RULE "MSG: std_msgs/Header\nbuiltin_interfaces/Time stamp\nstring frame_id\n" RULE
	      "MSG: builtin_interfaces/Time\nint32 sec\nuint32 nanosec\n", SPUR_ROSMSG_2,
	      "header.stamp.sec:i32 header.stamp.nanosec:u32 header.frame_id:text", "a type of another package");
	gives("Header h\nPoint p\n" RULE "MSG: std_msgs/Header\nuint32 seq\ntime stamp\nstring frame_id\n" RULE
	      "MSG: pkg/Point\nfloat64 x\n", SPUR_ROSMSG_1,
	      "h.seq:u32 h.stamp.sec:u32 h.stamp.nsec:u32 h.frame_id:text p.x:f64", "Header, same package, time");
	gives("P p\n" RULE "MSG: other/P\nfloat64 q\n" RULE "MSG: pkg/P\nint8 x\n", SPUR_ROSMSG_2, "p.x:i8",
	      "of two of one name the one of the own package");
	gives("other/A a\n" RULE "MSG: pkg/P\nint8 x\n" RULE "MSG: other/A\nP p\n" RULE "MSG: other/P\nfloat64 q\n", SPUR_ROSMSG_1,
	      "a.p.q:f64", "own is the one of the type that names it");
	gives("P p\n" RULE "MSG: other/P\nfloat64 q\n", SPUR_ROSMSG_1, "p.q:f64", "any package, when the own has none");
	gives("pkg/msg/P[2] p\n" RULE "MSG: pkg/msg/P\nint8 x\n", SPUR_ROSMSG_2, "p[0].x:i8 p[1].x:i8", "names with /msg/");
	gives("builtin_interfaces/Time t\n", SPUR_ROSMSG_2, "t.sec:i32 t.nanosec:u32", "time is known without its text");
	gives("P[] p\n" RULE "MSG: pkg/P\nint8 x\n", SPUR_ROSMSG_2, "p:text*", "a sequence of structs is one field");
	gives("E e\nint8 a\n" RULE "MSG: pkg/E\nint8 NONE=0\n", SPUR_ROSMSG_2, "a:i8", "the byte of an empty struct is no field");
	gives("", SPUR_ROSMSG_2, "", "an empty message");
}

static void bad_schemas(void)
{
	gives("int32 a\nGid gid\n", SPUR_ROSMSG_2, "schema line 2: type Gid of field gid is not in the schema", "a missing type");
	gives("int32\n", SPUR_ROSMSG_2, "schema line 1: '' is no field name", "no name");
	gives("int32[ a\n", SPUR_ROSMSG_2, "schema line 1: '[' without ']'", "an open bracket");
	gives("int32[x] a\n", SPUR_ROSMSG_2, "schema line 1: 'x' is no array length", "a length of letters");
	gives("int32[99999999999] a\n", SPUR_ROSMSG_2, "schema line 1: '99999999999' is no array length", "a huge length");
	gives("int32 a\n---\nint32 b\n", SPUR_ROSMSG_2, "schema line 2: '---' starts the reply of a service", "a service");
	gives("int32 a\n" RULE "int32 b\n", SPUR_ROSMSG_2, "schema line 3: 'MSG: pkg/Type' expected", "no MSG line");
	gives("pkg/Root r\n", SPUR_ROSMSG_2, "type pkg/Root contains itself", "a type in itself");
	gives("A a\n" RULE "MSG: pkg/A\nB b\n" RULE "MSG: pkg/B\nA a\n", SPUR_ROSMSG_2, "type pkg/A contains itself", "a circle");
	gives("\x01\x02\xff\xfe\n", SPUR_ROSMSG_2, "schema line 1: '' is no field name", "garbage");
}

/* 70 types, each in the next one. */
static void deep_schemas_are_refused(void)
{
	struct spur_buf b = { 0 };
	char *got;

	spur_buf_adds(&b, "T0 t\n");
	for (int i = 0; i < 70; i++)
		spur_buf_addf(&b, RULE "MSG: pkg/T%d\nT%d t\n", i, i + 1);
	spur_buf_adds(&b, RULE "MSG: pkg/T70\nint8 x\n");
	got = fields_of("pkg/Root", spur_buf_text(&b), SPUR_ROSMSG_2);
	ok(strncmp(got, "types nested deeper than 64", 27) == 0, "70 levels are refused");
	free(got);
	spur_buf_finish(&b);
}

/* 64^4 leaves if nobody counted. */
static void wide_schemas_stay_small(void)
{
	struct spur_arena *a = spur_arena_create(16 << 20);
	const char *text = "A[64] a\n" RULE "MSG: pkg/A\nB[64] b\n" RULE "MSG: pkg/B\nC[64] c\n" RULE "MSG: pkg/C\nint8[64] d\n";
	struct spur_shape *root;
	struct spur_fields f;

	is_int(spur_rosmsg_parse("pkg/Root", text, strlen(text), SPUR_ROSMSG_2, a, &root, NULL), SPUR_OK, "arrays of arrays");
	is_int(spur_shape_fields(root, a, &f, NULL), SPUR_OK, "have fields");
	ok(f.count <= 16384 && f.count >= 1, "but not more than is sane");
	spur_arena_destroy(a);
}

static void every_truncation_ends_well(void)
{
	const char *text = "int32 a 5\nstring<=3[<=2] s\nP[4] p\n" RULE "MSG: pkg/P\nfloat64[3] x\n";
	char *part = malloc(strlen(text) + 1);
	int ends = 0;

	for (size_t n = 0; n <= strlen(text); n++) {
		char *got;

		memcpy(part, text, n);
		part[n] = '\0';
		got = fields_of("pkg/Root", part, SPUR_ROSMSG_2);
		ends += got != NULL;
		free(got);
	}
	is_int(ends, (intmax_t)strlen(text) + 1, "every prefix of a schema gives fields or a reason");
	free(part);
}

int main(void)
{
	fields_and_constants();
	types_by_name();
	bad_schemas();
	deep_schemas_are_refused();
	wide_schemas_stay_small();
	every_truncation_ends_well();
	return tap_done();
}
