#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "decode/decoder.h"
#include "decode/idl.h"
#include "decode/jsonvisit.h"
#include "tests/tap.h"

static char *fields_of(const char *name, const char *text, size_t len)
{
	struct spur_arena *a = spur_arena_create(1 << 20);
	struct spur_buf out = { 0 };
	struct spur_shape *root;
	struct spur_fields f;
	struct spur_error err;
	char *exact = malloc(len == 0 ? 1 : len);

	memcpy(exact, text, len);
	if (spur_idl_parse(name, exact, len, a, &root, &err) < 0 || spur_shape_fields(root, a, &f, &err) < 0) {
		spur_buf_addf(&out, "! %s", err.text);
	} else {
		for (size_t i = 0; i < f.count; i++)
			spur_buf_addf(&out, "%s%s:%s%s", i == 0 ? "" : " ", f.fields[i].path, spur_type_name(f.fields[i].type),
				      f.fields[i].array ? "*" : "");
	}
	free(exact);
	spur_arena_destroy(a);
	return spur_buf_steal(&out);
}

static void gives(const char *text, const char *want, const char *name)
{
	char *got = fields_of("a::S", text, strlen(text));

	is_str(got, want, name);
	free(got);
}

static void types(void)
{
	gives("module a { struct S { boolean b; octet o; char c; int8 i; unsigned short us; long l; unsigned long ul; long long ll;"
	      " unsigned long long ull; float f; double d; string s; string<5> t; wstring w; }; };",
	      "b:bool o:u8 c:u8 i:i8 us:u16 l:i32 ul:u32 ll:i64 ull:u64 f:f32 d:f64 s:text t:text w:text", "numbers and texts");
	gives("module a { const long N = 2; struct S { long x[N], y[2][2]; sequence<long> q; sequence<octet, N> r; char t[70]; }; };",
	      "x[0]:i32 x[1]:i32 y[0]:i32 y[1]:i32 y[2]:i32 y[3]:i32 q:text* r:bytes* t:bytes*", "arrays, constants, bounds");
	gives("module a { enum E { A, B }; @bit_bound(8) bitmask M { X, @position(3) Y }; typedef E F; typedef double D[2];"
	      " struct P { D d; }; struct S { E e; M m; F f; P p; ::a::P q; a::P r[1]; }; };",
	      "e:i32 m:u8 f:i32 p.d[0]:f64 p.d[1]:f64 q.d[0]:f64 q.d[1]:f64 r[0].d[0]:f64 r[0].d[1]:f64", "names and typedefs");
	gives("module a { typedef sequence<long> L; struct S { L l; L two[2]; sequence<sequence<long>> n; }; };",
	      "l:text* two:text* n:text*", "sequences in sequences");
	gives("module a { union U switch(long) { case 0: case 1: long x; default: string y; }; struct S { U u; }; };",
	      "u.x:i32 u.y:text", "a union has all its members");
	gives("/* a */ // b\n#include \"x.idl\"\nmodule a { @final @verbatim(language=\"c\", text=\"{ ) \" \"x\") struct S {\n"
	      "@default(value=5) @id(7) long x; @optional double y; }; };", "x:i32 y:f64", "comments and annotations");
	gives("==========================\nIDL: b/msg/P\nmodule b { module msg { struct P { long x; }; }; };\n"
	      "==========================\nIDL: a/S\n#include \"b/msg/P.idl\"\nmodule a { struct S { b::msg::P p; }; };",
	      "p.x:i32", "the files of ros2idl");
	gives("module a { struct F; struct S { long x; }; };", "x:i32", "a forward declaration");
}

static void bad_schemas(void)
{
	gives("", "! type a::S is not in its own schema", "nothing");
	gives("module a { struct S { Gone g; }; };", "! IDL line 1: type Gone is not in the schema", "a missing type");
	gives("module a {\n struct S { long x }; };", "! IDL line 2: ';' is expected, but there is '}'", "no semicolon");
	gives("module a { struct S { long x; ", "! IDL line 1: '}' is expected, but there is ''", "no end");
	gives("module a { struct S { long x[0]; }; };", "! IDL line 1: an array length that fits is expected, but there is ';'", "no elements");
	gives("module a { struct S { S s; }; };", "! type a::S contains itself", "a type in itself");
	gives("module a { typedef T U; typedef U T; struct S { T t; }; };", "! IDL line 1: typedef U leads to itself", "typedefs in a circle");
	gives("module a { struct S : B { long x; }; };", "! IDL line 1: a struct that inherits is not supported", "inheritance");
	gives("module a { struct S { map<long, long> m; }; };", "! IDL line 1: map is not supported", "maps");
	gives("hello", "! IDL line 1: a module, struct, union, enum, typedef or const is expected, but there is 'hello'", "garbage");
}

static void every_truncation_ends_well(void)
{
	static const char text[] = "module a { const long N = 3; enum E { A = 1, B }; typedef sequence<string, N> L;\n"
				   "union U switch(E) { case A: long x; default: double d[2]; };\n"
				   "@mutable struct S { @id(3) L l; /* c */ U u; @optional octet o[N]; }; };";
	size_t ends = 0;

	for (size_t n = 0; n < sizeof(text); n++) {
		char *got = fields_of("a::S", text, n);

		ends += got != NULL;
		free(got);
	}
	is_int((intmax_t)ends, sizeof(text), "every prefix gives fields or a reason");
}

/* ---- what extensibility does to the wire ---- */

static char *walk(const char *type, const char *schema, const unsigned char *data, size_t size)
{
	const struct spur_stream s = { .topic = "/t", .encoding = "cdr", .schema_encoding = "omgidl", .schema_name = type,
				       .schema = schema, .schema_len = strlen(schema) };
	const struct spur_decoder *decoder;
	struct spur_decoding *d;
	struct spur_buf out = { 0 };
	struct spur_json json = { .out = &out };
	const struct spur_visitor v = spur_visitor_json(&json);
	struct spur_error err;
	unsigned char *exact = malloc(size == 0 ? 1 : size);
	struct spur_message m = { .data = exact, .size = size };

	memcpy(exact, data, size);
	if (spur_decoder_open(&s, &decoder, &d, &err) < 0) {
		spur_buf_addf(&out, "! %s", err.text);
	} else {
		if (decoder->walk(d, &m, &v, &err) < 0) {
			spur_buf_clear(&out);
			spur_buf_addf(&out, "! %s", err.text);
		}
		decoder->close(d);
	}
	free(exact);
	return spur_buf_steal(&out);
}

static const char types_of_wire[] =
	"@mutable struct M { @id(1) octet a; @id(2) double b; @id(9) sequence<long> c; };\n"
	"@appendable struct A { octet a; long b; };\n"
	"@final struct F { A x; octet y; };\n"
	"@final struct O { octet a; @optional long b; @optional octet c; };\n"
	"@final union U switch(long) { case 1: octet a; case 2: string b; default: double d; };\n"
	"@final struct T { U u; U v; U w; };\n"
	"@final struct Q { sequence<string> s; octet e; };\n";

static void wires(const char *type, const unsigned char *data, size_t size, const char *want, const char *name)
{
	char *got = walk(type, types_of_wire, data, size);
	size_t ends = 0;

	is_str(got, want, name);
	free(got);
	for (size_t n = 0; n < size; n++) {
		got = walk(type, types_of_wire, data, n);
		ends += got[0] == '{' || got[0] == '!';
		free(got);
	}
	is_int((intmax_t)ends, (intmax_t)size, "cut at every byte");
}

#define WIRES(type, data, want, name) wires((type), (data), sizeof(data), (want), (name))

static void parameter_lists(void)
{
	static const unsigned char cdr1[] = {
		0, 3, 0, 0, 1, 0, 1, 0, 7, 0, 0, 0,			/* id 1, 1 byte, padding to the next head */
		0x99, 0, 4, 0, 1, 2, 3, 4,				/* an id of a later version */
		0x01, 0x3f, 8, 0, 2, 0, 0, 0, 8, 0, 0, 0,		/* id 2 in the long form */
		0, 0, 0, 0, 0, 0, 0xf8, 0x3f,				/* aligned from its own start */
		9, 0, 8, 0, 1, 0, 0, 0, 5, 0, 0, 0, 2, 0x3f, 0, 0,
	};
	static const unsigned char cdr2[] = {
		0, 0x0b, 0, 0, 36, 0, 0, 0,
		1, 0, 0, 0, 7, 0, 0, 0,					/* LC 0: one byte */
		2, 0, 0, 0x30, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f,		/* LC 3: eight */
		9, 0, 0, 0x60, 2, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0,	/* LC 6: its count times four */
	};

	WIRES("M", cdr1, "{\"a\":7,\"b\":1.5,\"c\":[5]}", "CDR 1 parameter list");
	WIRES("M", cdr2, "{\"a\":7,\"b\":1.5,\"c\":[5,6]}", "CDR 2 member heads");
}

static void delimiters(void)
{
	static const unsigned char top[] = { 0, 9, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 9, 9, 9, 9 };
	static const unsigned char nested[] = { 0, 7, 0, 0, 1, 0, 0, 0, 1, 5 };
	static const unsigned char beyond[] = { 0, 9, 0, 0, 0xff, 0xff, 0, 0, 1 };

	WIRES("A", top, "{\"a\":1,\"b\":2}", "a later version has more");
	WIRES("F", nested, "{\"x\":{\"a\":1},\"y\":5}", "an earlier version has less");
	WIRES("A", beyond, "! A reaches past byte 9", "a delimiter past the end");
}

static void optionals_and_unions(void)
{
	static const unsigned char cdr2[] = { 0, 7, 0, 0, 1, 1, 0, 0, 5, 0, 0, 0, 0 };
	static const unsigned char cdr1[] = { 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 6 };
	static const unsigned char chosen[] = { 0, 1, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 'x', 0, 0, 0,
						9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f };

	WIRES("O", cdr2, "{\"a\":1,\"b\":5}", "CDR 2: a flag");
	WIRES("O", cdr1, "{\"a\":1,\"c\":6}", "CDR 1: a head, empty if it is not there");
	WIRES("T", chosen, "{\"u\":{\"a\":7},\"v\":{\"b\":\"x\"},\"w\":{\"d\":1.5}}", "the member that the discriminator names");
}

static void arrays_with_and_without_delimiter(void)
{
	static const unsigned char with[] = { 0, 7, 0, 0, 10, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 'a', 0, 5 };
	static const unsigned char without[] = { 0, 7, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 'a', 0, 5 };

	WIRES("Q", with, "{\"s\":[\"a\"],\"e\":5}", "as the standard says");
	WIRES("Q", without, "{\"s\":[\"a\"],\"e\":5}", "as others write");
}

int main(void)
{
	types();
	bad_schemas();
	every_truncation_ends_well();
	parameter_lists();
	delimiters();
	optionals_and_unions();
	arrays_with_and_without_delimiter();
	return tap_done();
}
