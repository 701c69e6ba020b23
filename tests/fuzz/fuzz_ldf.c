#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "decode/ldf.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/told.h"
#include "tests/fuzz/touch.h"

/* A LIN description file, and frames of all that it has. */
static void one_message(const struct spur_dbc_message *m)
{
	static const uint8_t frames[3][8] = { { 0 }, { 1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef }, { 255, 255, 255, 255, 255, 255, 255, 255 } };
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_columns *c;

	fuzz_touch_text(m->name);
	fuzz_tell_text("message", m->name);
	fuzz_tell("id %" PRIx32 ", %u bytes, %zu signals\n", m->frame_id, m->size_bytes, m->signal_count);
	fuzz_check(m->frame_id < 64 && m->size_bytes <= 8);
	for (size_t i = 0; i < m->signal_count && i < 64; i++) {
		const struct spur_dbc_signal *s = &m->signals[i];

		fuzz_touch_text(s->name);
		fuzz_touch_text(s->unit);
		fuzz_tell_text("signal", s->name);
		fuzz_tell_text("unit", s->unit);
		fuzz_tell("start %u, %u bits, number %d\n", s->start, s->length, s->number);
		fuzz_tell_number("factor", s->factor);
		fuzz_tell_number("offset", s->offset);
		for (size_t k = 0; k < s->value_count; k++) {
			fuzz_check(k == 0 || s->values[k - 1].value <= s->values[k].value);
			fuzz_tell("value %" PRId64 "\n", s->values[k].value);
			fuzz_tell_text("is", s->values[k].text);
		}
		fuzz_check(s->length > 0 && s->start + s->length <= 8u * m->size_bytes);
		spur_columns_builder_add(b, s->name, spur_dbc_type(s, i % 2 == 0));
		for (size_t k = 0; k < 3; k++)
			spur_dbc_append(m, s, frames[k], k + 6, (struct spur_dbc_style){ .raw = i % 2 == 0, .with_text = i % 2 == 1 }, b, i);
	}
	c = spur_columns_builder_take(b);
	fuzz_touch_columns(c);
	fuzz_tell_table(c);
	spur_columns_unref(c);
	spur_columns_builder_destroy(b);
}

static void run(const uint8_t *data, size_t len)
{
	struct fuzz_part text;
	struct spur_dbc *db = NULL;
	struct spur_error err;
	struct fuzz_in in;
	size_t n;
	enum spur_status st;

	fuzz_in_init(&in, data, len);
	text = fuzz_in_next(&in);
	fuzz_tell("is one %d\n", spur_ldf_is(text.data, text.len));
	st = spur_ldf_parse(text.data, text.len, &db, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("database", st, &err);
	if (st >= 0) {
		const struct spur_dbc_message *m = spur_dbc_messages(db, &n);

		fuzz_check(spur_dbc_is_lin(db) && n > 0);
		for (size_t i = 0; i < n; i++) {
			one_message(&m[i]);
			fuzz_check(spur_dbc_find(db, m[i].frame_id) != NULL);
		}
	}
	spur_dbc_destroy(db);
	fuzz_in_finish(&in);
}

static void seeds(void)
{
	fuzz_seed_text("LIN_description_file;\nLIN_protocol_version = \"2.2\";\nLIN_speed = 19.2 kbps; // slow\n"
		       "Nodes { Master: M, 5 ms, 0.1 ms; Slaves: A, B; }\n"
		       "Signals { Door: 2, 0, M, A; Speed: 12, 0x10, A, M; Name: 24, {1, 2, 3}, A; Late: 16, 0, A; }\n"
		       "Diagnostic_signals { MasterReqB0: 8, 0; }\n"
		       "Frames { Cmd: 0x10, M, 2 { Door, 0; Door, 14; } Stat: 17, A, 7 { Speed, 3; Name, 24; Late, 48; Nobody, 0; } }\n"
		       "Diagnostic_frames { MasterReq: 60 { MasterReqB0, 0; } }\n");
	fuzz_seed_text("/* } */ LIN_description_file; Signals { S: 8, 0, M; T: 1, 1, M; } Frames { F: 1, M, 8 { S, 0; T, 63; } }\n"
		       "Node_attributes { A { NAD = 1; configurable_frames { F; } } }\n"
		       "Schedule_tables { N { F delay 10 ms; AssignFrameId { A, F } delay 10 ms; } }\n"
		       "Signal_encoding_types { E { logical_value, 2, \"two\"; logical_value, 1, \"one\"; physical_value, 3, 250, 0.5, -40, \"C\"; "
		       "physical_value, 251, 255, 2, 0; bcd_value; } U { ascii_value; } }\n"
		       "Signal_representation { E: S, T, Nobody; Nothing: S; }\n");
	fuzz_seed_text("LIN_description_file; Frames { A: 0, X, 9 { } }");
	fuzz_seed_text("LIN_description_file; Frames { A: 64, X, 8 { } }");
	fuzz_seed_text("LIN_description_file; Signals { A: 65, 0, X; }");
	fuzz_seed_text("LIN_description_file; Signals { \xc4: 1, 0, X; \"\xff\": 0, 0; } Frames { \xc4: 1, X, 1 { \xc4, 0; } } }} { ; ");
}

static const char *const words[] = {
	"LIN_description_file;", "Signals {", "Frames {", "Diagnostic_frames {", "Signal_encoding_types {", "Signal_representation {",
	"logical_value, ", "physical_value, ", "0x3f", "{", "}", ";", ":", ",", "/*", "*/", "//", "\"", "1e308", "-1", "64", NULL
};

const struct fuzz_target fuzz_target = { .name = "ldf", .max_len = 8u << 10, .run = run, .seeds = seeds, .words = words, .told = 1200 };
