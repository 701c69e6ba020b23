#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "decode/dbc.h"
#include "demo/ecu.h"
#include "tests/fuzz/decode.h"
#include "tests/fuzz/told.h"
#include "tests/fuzz/touch.h"

/* A CAN database and frames: the decoder of raw frames, and the functions that the bus groups of MDF use. */
static void tell_signal(const struct spur_dbc_signal *s)
{
	fuzz_tell_text("signal", s->name);
	fuzz_tell_text("unit", s->unit);
	fuzz_tell_text("comment", s->comment);
	fuzz_tell("start %u, %u bits, %s, number %d, multiplexor %d%s\n", s->start, s->length, s->motorola ? "motorola" : "intel",
		  s->number, s->multiplexor, s->is_multiplexor ? ", is one" : "");
	fuzz_tell_number("factor", s->factor);
	fuzz_tell_number("offset", s->offset);
	for (size_t i = 0; i < s->when_count; i++)
		fuzz_tell("when %" PRIu64 " to %" PRIu64 "\n", s->when[i].first, s->when[i].last);
	for (size_t i = 0; i < s->value_count; i++) {
		fuzz_tell("value %" PRId64 "\n", s->values[i].value);
		fuzz_tell_text("is", s->values[i].text);
	}
	fuzz_tell("column %d or %d\n", spur_dbc_type(s, true), spur_dbc_type(s, false));
}

static void one_signal(const struct spur_dbc_message *m, const struct spur_dbc_signal *s, const struct fuzz_part *frame,
		       struct spur_columns_builder *to, size_t col)
{
	const uint8_t *data = (const uint8_t *)frame->data;
	uint64_t raw = 0;

	if (spur_dbc_raw(s, data, frame->len, &raw)) {
		const char *text = spur_dbc_text(s, raw);

		fuzz_tell("raw %" PRIu64 "\n", raw);
		fuzz_tell_number("physical", spur_dbc_physical(s, raw));
		fuzz_tell_text("text", text);
		if (text != NULL)
			fuzz_touch_text(text);
	}
	fuzz_tell("present %d\n", spur_dbc_present(m, s, data, frame->len));
	spur_dbc_append(m, s, data, frame->len, (struct spur_dbc_style){ .raw = col % 2 == 0, .with_text = col % 2 == 1 }, to, col);
}

static void one_message(const struct spur_dbc_message *m, const struct fuzz_part *frames, size_t count)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_columns *c;

	fuzz_touch_text(m->name);
	fuzz_touch_text(m->comment);
	fuzz_tell_text("message", m->name);
	fuzz_tell_text("comment", m->comment);
	fuzz_tell("id %" PRIx32 ", %u bytes, j1939 %d, %zu signals\n", m->frame_id, m->size_bytes, m->j1939, m->signal_count);
	for (size_t i = 0; i < m->signal_count && i < 64; i++) {
		const struct spur_dbc_signal *s = &m->signals[i];

		fuzz_touch_text(s->name);
		fuzz_touch_text(s->unit);
		fuzz_touch_text(s->comment);
		tell_signal(s);
		fuzz_check(s->multiplexor < (int)m->signal_count);
		spur_columns_builder_add(b, s->name, spur_dbc_type(s, i % 2 == 0));
		for (size_t k = 0; k < count; k++)
			one_signal(m, s, &frames[k], b, i);
	}
	c = spur_columns_builder_take(b);
	fuzz_touch_columns(c);
	fuzz_tell_table(c);
	spur_columns_unref(c);
	spur_columns_builder_destroy(b);
}

static void find(const struct spur_dbc *db, uint32_t id)
{
	const struct spur_dbc_message *m = spur_dbc_find(db, id);

	fuzz_tell("find %" PRIx32, id);
	fuzz_tell_text(":", m == NULL ? NULL : m->name);
}

static void run(const uint8_t *data, size_t len)
{
	const struct spur_stream s = { .topic = "CAN", .encoding = "can", .schema_encoding = "dbc", .schema_name = "" };
	struct fuzz_part frames[FUZZ_PARTS], text;
	struct spur_dbc *db = NULL;
	struct spur_error err;
	struct fuzz_in in;
	size_t count = 0, n;
	enum spur_status st;

	fuzz_in_init(&in, data, len);
	text = fuzz_in_next(&in);
	while (fuzz_in_more(&in))
		frames[count++] = fuzz_in_next(&in);
	st = spur_dbc_parse(text.data, text.len, &db, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("database", st, &err);
	if (st >= 0) {
		const struct spur_dbc_message *m = spur_dbc_messages(db, &n);

		for (size_t i = 0; i < n && i < 64; i++) {
			one_message(&m[i], frames, count);
			fuzz_check(spur_dbc_find(db, m[i].frame_id) != NULL);
			find(db, m[i].frame_id);
			find(db, m[i].frame_id ^ 0x80000000u);	/* the other format of identifiers */
			find(db, m[i].frame_id ^ 0x000000ffu);	/* another sender, priority, destination */
			find(db, m[i].frame_id ^ 0x1c000000u);
			find(db, m[i].frame_id ^ 0x0000ff00u);
			find(db, m[i].frame_id ^ 0x00ff0000u);
		}
	}
	spur_dbc_destroy(db);
	fuzz_in_finish(&in);
	fuzz_in_init(&in, data, len);
	fuzz_decode(&s, &in);
	fuzz_in_finish(&in);
}

static const char database[] =
	"VERSION \"1\"\n\nNS_ :\n\tCM_\n\tBA_DEF_\n\tVAL_\n\tSG_MUL_VAL_\n\nBS_:\n\nBU_: A B\n"
	"VAL_TABLE_ onoff 1 \"on\" 0 \"off\" ;\n"
	"BO_ 291 Plain: 8 A\n SG_ Intel : 4|12@1+ (0.5,-10) [0|0] \"km/h\" B\n SG_ Motor : 23|16@0- (1,0) [0|0] \"\" B\n"
	" SG_ Switch : 0|1@1+ (1,0) [0|0] \"\" B\n SG_ Named : 1|3@1- (1,0) [0|0] \"\" B\n"
	"BO_ 292 Wide: 8 A\n SG_ All : 0|64@1- (1,0) [0|0] \"\" B\n SG_ AllM : 7|64@0+ (1,0) [0|0] \"\" B\n"
	"BO_ 293 Floats: 12 A\n SG_ F : 0|32@1- (2,1) [0|0] \"\" B\n SG_ D : 32|64@1- (1,0) [0|0] \"\" B\n"
	" SG_ Odd : 3|64@1+ (1,0) [0|0] \"\" B\n"
	"BO_ 294 Muxed: 8 A\n SG_ Sel M : 0|8@1+ (1,0) [0|0] \"\" B\n SG_ One m1 : 8|8@1+ (1,0) [0|0] \"\" B\n"
	" SG_ Two m2M : 8|8@1+ (1,0) [0|0] \"\" B\n SG_ Deep m5 : 16|8@1+ (1,0) [0|0] \"\" B\n"
	"BO_ 2364540158 EEC: 8 A\n SG_ Rpm : 24|16@1+ (0.125,0) [0|8031.875] \"rpm\" B\n"
	"BO_ 3221225472 VECTOR__INDEPENDENT_SIG_MSG: 0 Vector__XXX\n SG_ Lost : 0|8@1+ (1,0) [0|0] \"\" Vector__XXX\n"
	"CM_ SG_ 291 Intel \"two\nlines; and \\\"quotes\\\"\";\nCM_ BO_ 291 \"plain\";\n"
	"BA_DEF_ BO_ \"VFrameFormat\" ENUM \"StandardCAN\",\"ExtendedCAN\",\"reserved\",\"J1939PG\";\n"
	"BA_DEF_DEF_ \"VFrameFormat\" \"StandardCAN\";\nBA_ \"VFrameFormat\" BO_ 2364540158 3;\n"
	"BA_ \"SystemSignalLongSymbol\" SG_ 291 Motor \"MotorTorqueWithALongName\";\n"
	"BA_ \"SystemMessageLongSymbol\" BO_ 292 \"WideMessageWithALongName\";\n"
	"VAL_ 291 Switch onoff ;\nVAL_ 291 Named -1 \"minus\" 2 \"two\" ;\nVAL_ SomeVariable 1 \"x\" ;\n"
	"SIG_VALTYPE_ 293 F : 1;\nSIG_VALTYPE_ 293 D : 2;\nSG_MUL_VAL_ 294 Deep Two 5-6, 9-9;\n";

/* A message of `bytes` bytes whose signals start everywhere, of all lengths and kinds. */
static void message(struct spur_buf *b, unsigned id, unsigned bytes, unsigned step)
{
	unsigned n = 0;

	spur_buf_addf(b, "BO_ %u Bits%u: %u A\n", id, id, bytes);
	for (unsigned start = 0; start < 8 * bytes; start += step) {
		unsigned length = 1 + (start * 7 + step) % 64;

		spur_buf_addf(b, " SG_ S%u : %u|%u@%u%c (%u.5,-%u) [0|0] \"u%u\" B\n", n, start, length, n % 2, n % 3 == 0 ? '-' : '+', n % 5, n % 4, n % 6);
		n++;
	}
}

static void seeds(void)
{
	static const unsigned char bits[] = { 0x01, 0x25, 0xa5, 0x5a, 0x0f, 0xf0, 0x80, 0x01, 0x7f, 0xfe, 0x33, 0xcc, 0, 0, 0xff, 0xff };
	struct spur_buf b = { 0 };

	fuzz_seeds_of("DBC, CAN frames");
	spur_buf_addf(&b, "%s" FUZZ_CUT, database);
	spur_buf_add(&b, "\1\2\3\4\5\6\7\x88", 8);
	spur_buf_adds(&b, FUZZ_CUT "\2\5" FUZZ_CUT "\1\1\1\1\1\1\1\1\1\1\1\1");
	fuzz_seed_buf(&b);
	/* Frames of its messages: the identifier goes first. */
	spur_buf_addf(&b, "%s", database);
	for (unsigned id = 0x123; id <= 0x126; id++) {
		for (unsigned k = 0; k < 7; k++) {
			spur_buf_adds(&b, FUZZ_CUT);
			spur_buf_u8(&b, id >> 8);
			spur_buf_u8(&b, id & 0xff);
			spur_buf_add(&b, bits + k, 4 + k);
		}
	}
	spur_buf_adds(&b, FUZZ_CUT "\x8c\xf0\x04\xfe\1\2\3\4" FUZZ_CUT "\x98\xf0\x04\x03\1\2\3\4" FUZZ_CUT "\x8c\xf0\x05\xfe\1\2\3\4");
	fuzz_seed_buf(&b);
	spur_buf_adds(&b, "VERSION \"\"\n");
	message(&b, 0x125, 16, 5);
	message(&b, 0x126, 8, 1);
	for (unsigned k = 0; k < 3; k++) {
		spur_buf_adds(&b, FUZZ_CUT);
		spur_buf_add(&b, bits, 16 - 7 * k);
	}
	fuzz_seed_buf(&b);
	/* Multiplexors that switch multiplexors; all messages are of J1939; values in no order, and the same twice. */
	spur_buf_adds(&b, "BO_ 2566844926 CCVS: 8 Z\n SG_ Top M : 0|4@1+ (1,0) [0|0] \"\" Z\n SG_ L1 m1M : 4|4@1+ (1,0) [0|0] \"\" Z\n"
		       " SG_ L2 m2M : 8|4@1+ (1,0) [0|0] \"\" Z\n SG_ L3 m3 : 12|4@1+ (1,0) [0|0] \"\" Z\n SG_ Any : 16|8@0- (0.1,-2) [0|0] \"A\" Z\n"
		       "BO_ 2566844672 Wide: 8 Z\n SG_ X : 0|8@1+ (1,0) [0|0] \"\" Z\nBO_ 2565869058 Pdu1: 8 Z\n SG_ Y : 0|8@1+ (1,0) [0|0] \"\" Z\n"
		       "BO_ 2566844926 CCVS: 8 Z\n SG_ Second : 0|8@1+ (1,0) [0|0] \"\" Z\n"
		       "BA_DEF_ \"ProtocolType\" STRING ;\nBA_ \"ProtocolType\" \"J1939\";\n"
		       "SG_MUL_VAL_ 2566844926 L2 L1 2-3,5-5;\nSG_MUL_VAL_ 2566844926 L3 L2 0-1, 7-9, 12-15;\n"
		       "VAL_ 2566844926 Any 5 \"five\" -3 \"minus\" 0 \"zero\" 5 \"again\" 127 \"top\" ;\n");
	for (unsigned k = 0; k < 12; k++) {
		spur_buf_adds(&b, FUZZ_CUT);
		spur_buf_u32(&b, k < 8 ? 0xfef1fe98u : 0x00f1ff98u);
		spur_buf_add(&b, bits + k / 3, 4);
	}
	for (unsigned k = 0; k < 8; k++) {
		spur_buf_adds(&b, FUZZ_CUT);
		spur_buf_u8(&b, (uint8_t)(0x11 + 0x10 * (k & 3)));
		spur_buf_u8(&b, (uint8_t)(0x02 + 0x11 * k));
		spur_buf_u8(&b, (uint8_t)(k % 2 == 0 ? 5 : 0xfd));
	}
	fuzz_seed_buf(&b);
	spur_demo_dbc(&b);
	spur_buf_adds(&b, FUZZ_CUT "12345678");
	fuzz_seed_buf(&b);
	/* Bytes, J1939 by its place in the definition, ranges in two statements, names of other tools; the identifier first. */
	spur_buf_adds(&b, "BO_ 2566843904 VI: 64 A\n SG_ Vin : 8|136@1+ (1,0) [0|0] \"\" B\n SG_ M-1 M : 0|8@1+ (1,0) [0|0] \"\" B\n"
		       " SG_ Up.1 m1 : 23|72@0- (1,0) [0|0] \"\" B\n SG_ Odd m9 : 12|80@1+ (1,0) [0|0] \"\" B\n"
		       "BA_DEF_ BO_ \"VFrameFormat\" ENUM \"StandardCAN\",\"J1939PG\";\nBA_ \"VFrameFormat\" BO_ 2566843904 1;\n"
		       "SG_MUL_VAL_ 2566843904 Up.1 M-1 1-2;\nSG_MUL_VAL_ 2566843904 Up.1 M-1 255-255;\n"
		       FUZZ_CUT "\x98\xfe\xec\x00\1abcdefghijklmnopq" FUZZ_CUT "\x98\xfe\xec\x21\xff" "abc" FUZZ_CUT "\x98\xfe\xec\x21\4");
	fuzz_seed_buf(&b);
}

static const char *const words[] = { FUZZ_CUT, "BO_ ", " SG_ ", "VAL_ ", "VAL_TABLE_ ", "CM_ ", "BA_ ", "BA_DEF_ ", "SIG_VALTYPE_ ", "SG_MUL_VAL_ ",
				     "@1+ ", "@0- ", " m1 : ", " M : ", "m2M", "\"VFrameFormat\"", "J1939PG", "SystemSignalLongSymbol", NULL };

const struct fuzz_target fuzz_target = { .name = "dbc", .max_len = 16u << 10, .parts = 2, .run = run, .seeds = seeds, .words = words, .told = 1600 };
