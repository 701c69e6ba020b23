#include "config.h"

#include "demo/cdr.h"
#include "tests/fuzz/decode.h"

#include <string.h>

/* OMG IDL and the files of ros2idl, and payloads in CDR: schema encoding, name, schema, payloads. */
static void run(const uint8_t *data, size_t len)
{
	struct spur_stream s = { .topic = "/t", .encoding = "cdr" };
	struct fuzz_in in;

	fuzz_in_init(&in, data, len);
	s.schema_encoding = strcmp(fuzz_in_text(&in), "ros2idl") == 0 ? "ros2idl" : "omgidl";
	s.schema_name = fuzz_in_text(&in);
	fuzz_decode(&s, &in);
	fuzz_in_finish(&in);
}

static const char *const schemas[][3] = {
	{ "omgidl", "a::S", "module a { struct S { boolean b; octet o; char c; int8 i; unsigned short us; long l; unsigned long ul; long long ll;"
	  " unsigned long long ull; float f; double d; string s; string<5> t; wstring w; }; };" },
	{ "omgidl", "a::S", "module a { const long N = 2; struct S { long x[N], y[2][2]; sequence<long> q; sequence<octet, N> r; char t[70]; }; };" },
	{ "omgidl", "a::S", "module a { enum E { A, B }; @bit_bound(8) bitmask M { X, @position(3) Y }; typedef E F; typedef double D[2];"
	  " struct P { D d; }; struct S { E e; M m; F f; P p; ::a::P q; a::P r[1]; }; };" },
	{ "omgidl", "a::S", "module a { typedef sequence<long> L; struct S { L l; L two[2]; sequence<sequence<long>> n; }; };" },
	{ "omgidl", "a::S", "module a { union U switch(long) { case 0: case 1: long x; default: string y; }; struct S { U u; }; };" },
	{ "omgidl", "a::S", "/* a */ // b\n#include \"x.idl\"\nmodule a { @mutable @verbatim(language=\"c\", text=\"{ ) \" \"x\") struct S {\n"
	  "@default(value=5) @id(7) long x; @optional double y; @key string k; }; };" },
	{ "omgidl", "a::S", "module a { @appendable struct B { long v; }; @appendable struct S : B { sequence<B> bs; @must_understand long w; }; };" },
	{ "omgidl", "S", "struct E { }; struct S { E e; E es[2]; sequence<E> eq; octet o; };" },
	{ "omgidl", "a::b::S", "module a { struct T { short x; }; module b { struct T { char y; }; struct S { T t; ::a::T u; a::T v; b::T w; }; }; };" },
	{ "omgidl", "S", "enum E { A, @value(5) B, C }; struct S { E e; E a[2][2]; };" }, { "omgidl", "S", "const long N = 3; struct S { long z[N]; };" },
	{ "omgidl", "S", "const long M = -3; struct S { long x; };" }, { "omgidl", "S", "enum E { A }; typedef sequence<E, 2> Q; struct S { Q q; };" },
	{ "omgidl", "S", "@bit_bound(16) enum E { A }; @bit_bound(64) bitmask M { X, @position(40) Y }; @bit_bound(32) bitmask L { Z }; struct S { E e; M m; L l; };" },
	{ "omgidl", "S", "union U switch(boolean) { case TRUE: double d; case FALSE: string s; }; union V switch(long) { case -1: case 2: long l; }; enum E { A, B }; "
	  "union W switch(E) { case A: octet o; case B: U u; default: short h; }; struct S { U u; V v; W w; };" },
	{ "omgidl", "S", "@final struct F { octet a; double b; }; @appendable struct A { octet a; double b; }; @mutable struct M { @id(3) octet a; @id(4) @optional double b; @must_understand @id(9) string s; };"
	  "@appendable struct S { F f; A a; M m; sequence<A> as; sequence<F, 2> fs; F ff[2]; @optional long o; string t[2]; };" },
	{ "omgidl", "S", "struct S { wchar w; long double x; };" }, { "omgidl", "S", "struct S { map<long, long> m; };" }, { "omgidl", "S", "struct S { any a; };" },
	{ "omgidl", "S", "struct S { fixed<5, 2> f; };" }, { "omgidl", "S", "valuetype V { }; struct S { long x; };" }, { "omgidl", "T", "struct S { long x; };" },
	{ "omgidl", "S", "struct S { S s; };" }, { "omgidl", "S", "struct S { sequence<S> s; };" }, { "omgidl", "S", "struct S;  struct S { long x; long x; };" },
	{ "omgidl", "S", "struct S { long x[0]; };" }, { "omgidl", "S", "struct S { long x[N]; };" }, { "omgidl", "S", "struct S { long x[-1]; };" }, { "omgidl", "S", "struct S { nosuch x; };" },
	{ "omgidl", "S", "struct S { long x }" }, { "omgidl", "S", "struct S { long x; }" }, { "omgidl", "S", "struct { long x; };" }, { "omgidl", "S", "struct S long x;" }, { "omgidl", "S", "module a { struct S { long x; };" },
	{ "omgidl", "S", "struct S { long 5x; };" }, { "omgidl", "S", "typedef T T; struct S { T t; };" }, { "omgidl", "S", "enum E { A; struct S { long x; };" }, { "omgidl", "S", "const string C = \"a\"; struct S { unsigned octet x; };" },
	{ "omgidl", "S", "interface I { void f(); }; struct S { long x; }; /* open" }, { "omgidl", "S", "#pragma x\nstruct S : B { long x; }; struct B { short y; };" },
	{ "omgidl", "S", "struct S { string<0x10> s; string<9> t; wstring<3> w; sequence<long, 07> q; unsigned long long ull[2]; uint8 a; int16 b; uint32 c; int64 d; uint64 e; };" },
	{ "ros2idl", "a/msg/S", "==========================\nIDL: b/msg/P\nmodule b { module msg { struct P { long x; }; }; };\n"
	  "==========================\nIDL: a/msg/S\n#include \"b/msg/P.idl\"\nmodule a { module msg { struct S { b::msg::P p; }; }; };" },
};

static void seeds(void)
{
	static const unsigned char heads[][4] = { { 0, 0, 0, 0 }, { 0, 1, 0, 0 }, { 0, 3, 0, 0 }, { 0, 7, 0, 0 }, { 0, 9, 0, 0 }, { 0, 11, 0, 0 } };

	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
		struct spur_buf b = { 0 };

		fuzz_seeds_of(schemas[i][0]);
		spur_buf_addf(&b, "%s" FUZZ_CUT "%s" FUZZ_CUT "%s", schemas[i][0], schemas[i][1], schemas[i][2]);
		for (size_t h = 0; h < sizeof(heads) / sizeof(heads[0]); h++) {
			spur_buf_adds(&b, FUZZ_CUT);
			spur_buf_add(&b, heads[h], 4);
			for (int k = 0; k < 8; k++)
				spur_buf_u32(&b, k % 3 == 0 ? 1 : (uint32_t)(4 * k));
			spur_buf_add(&b, "abcd", 5);
		}
		fuzz_seed_buf(&b);
	}
}

static const char *const words[] = { FUZZ_CUT, "module ", "struct ", "union ", "switch(", "case ", "enum ", "bitmask ", "typedef ", "const ",
				     "sequence<", "string", "long ", "unsigned ", "@mutable ", "@optional ", "@bit_bound(", "@id(", "@appendable ",
				     "::a::", "IDL: ", "#include", "ros2idl", "map<", "fixed<", NULL };

const struct fuzz_target fuzz_target = { .name = "idl", .max_len = 16u << 10, .parts = 4, .run = run, .seeds = seeds, .words = words, .told = 3200 };
