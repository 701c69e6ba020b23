#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "format/mdf4/writer.h"
#include "io/out.h"
#include "sync/source.h"
#include "tests/tap.h"

#define START INT64_C(1700000000000000000)
#define MS INT64_C(1000000)
#define EXT 0x80000000u

/* A log whose frames carry transfers: J1939 from source 3, ISO-TP from 0x7e8, and what is neither. */
static char dir[] = "/tmp/spur-source-bus-XXXXXX";

static const char database[] =
	"BO_ 2566839553 Long: 20 X\n SG_ First : 0|8@1+ (1,0) [0|0] \"\" X\n SG_ Tenth : 72|8@1+ (1,0) [0|0] \"\" X\n"
	"BO_ 2024 Diag: 64 X\n SG_ Service M : 15|8@0+ (1,0) [0|0] \"\" X\n SG_ Far m98 : 79|8@0+ (1,0) [0|0] \"\" X\n"
	"BO_ 2364540158 Short: 8 X\n SG_ Byte : 0|8@1+ (2,0) [0|0] \"\" X\n"
	"BO_ 256 Fd: 24 X\n SG_ V : 0|8@1+ (1,0) [0|0] \"\" X\n"
	"BA_DEF_ BO_ \"VFrameFormat\" ENUM \"StandardCAN\",\"ExtendedCAN\",\"reserved\",\"J1939PG\";\n"
	"BA_ \"VFrameFormat\" BO_ 2364540158 3;\n";

struct line {
	int64_t at_ms;
	uint32_t id;
	const char *data;	/* 8 bytes */
};

static const struct line lines[] = {
	{ 0, 0x7e8, "\x10\x0a\x62\x01\x02\x03\x04\x05" },
	{ 1, EXT | 0x1cecff03, "\x20\x0b\x00\x02\xff\xdd\xfe\x00" },
	{ 2, EXT | 0x0cf00403, "\x07\0\0\0\0\0\0\0" },
	{ 3, 0x7e8, "\x21\x06\x07\x77\x09\xaa\xaa\xaa" },
	{ 4, EXT | 0x1cebff03, "\x01\x11\2\3\4\5\6\7" },
	{ 5, EXT | 0x0cf00403, "\xff\0\0\0\0\0\0\0" },
	{ 6, EXT | 0x1cebff03, "\x02\x08\x09\x1f\x0b\xff\xff\xff" },
	{ 7, 0x7e8, "\x03\x7f\x22\x31\xaa\xaa\xaa\xaa" },
	{ 8, 0x7e0, "\x30\0\0\0\0\0\0\0" },
	{ 9, EXT | 0x18fedd03, "\x22\2\3\4\5\6\7\x08" },
	{ 10, 0x100, "\x05\0\0\0\0\0\0\0" },
	{ 11, EXT | 0x1cebff04, "\x01\1\2\3\4\5\6\7" },
	{ 12, 0x7e8, "\x10\x14\x62\x01\x02\x03\x04\x05" },
};

static void write_log(const char *path)
{
	const struct spur_mdf4_options o = { .start_ns = START, .written_ns = START };
	struct spur_message frames[sizeof(lines) / sizeof(lines[0])];
	struct spur_mdf4_writer *w = NULL;
	uint32_t group;

	memset(frames, 0, sizeof(frames));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		frames[i].log_time = (uint64_t)(START + lines[i].at_ms * MS);
		frames[i].frame_id = lines[i].id;
		frames[i].bus_channel = 1;
		frames[i].data = (const unsigned char *)lines[i].data;
		frames[i].size = 8;
	}
	is_int(spur_mdf4_writer_create(path, &o, &w, NULL), SPUR_OK, "a log");
	spur_mdf4_writer_can_group(w, "CAN", 8, &group, NULL);
	is_int(spur_mdf4_writer_put_frames(w, group, frames, sizeof(lines) / sizeof(lines[0]), NULL), SPUR_OK, "frames");
	is_int(spur_mdf4_writer_commit(w, NULL), SPUR_OK, "is there");
}

static enum spur_status collect(void *state, uint32_t table, const size_t *positions, struct spur_columns *rows, struct spur_error *err)
{
	struct spur_buf *out = state;

	(void)table;
	(void)err;
	for (size_t c = 0; c < rows->count; c++) {
		const struct spur_column *col = &rows->columns[c];

		for (size_t i = 0; i < rows->rows; i++) {
			size_t len;

			spur_buf_addf(out, "%s%lld:", out->len == 0 ? "" : " ", (long long)((rows->time_ns[i] - START) / MS));
			if (!spur_column_valid(col, i)) {
				spur_buf_addc(out, '-');
			} else if (col->type == SPUR_TYPE_BYTES) {
				const unsigned char *p = (const unsigned char *)spur_column_bytes(col, i, &len);

				for (size_t k = 0; k < len; k++)
					spur_buf_addf(out, "%02x", p[k]);
			} else {
				spur_buf_addf(out, "%g", spur_column_f64(col, i));
			}
		}
		(void)positions;
	}
	return SPUR_OK;
}

static void reads(struct spur_source *s, const char *name, spur_ns begin_ns, const char *want, const char *claim)
{
	struct spur_source_want w = { .begin_ns = begin_ns, .end_ns = SPUR_NS_MAX, .count = 1 };
	struct spur_buf got = { 0 };
	uint32_t id = 0;

	is_int(spur_source_find(s, name, &id, NULL), SPUR_OK, name);
	w.ids = &id;
	is_int(spur_source_read(s, &w, collect, &got, NULL, NULL), SPUR_OK, "reads");
	is_str(spur_buf_text(&got), want, claim);
	spur_buf_finish(&got);
}

static struct spur_source *opened(const char *log, struct spur_source_opts o)
{
	struct spur_source *s = NULL;
	struct spur_error err;

	ok(spur_source_open(log, &o, &s, &err) >= 0, "opens");
	return s;
}

static void decoded(const char *log, const char *const *dbc)
{
	struct spur_source *s = opened(log, (struct spur_source_opts){ .dbc = dbc });
	struct spur_transport_counts c;
	struct spur_source_frame f;
	uint32_t id;
	size_t n;

	if (s == NULL)
		return;
	reads(s, "Long.Tenth", SPUR_NS_MIN, "6:31 9:-", "a group in two packets, and once in a short frame");
	reads(s, "Long.First", SPUR_NS_MIN, "6:17 9:34", "which has its first byte");
	reads(s, "Long.First", START + 5 * MS, "6:17 9:34", "a transfer that began before the range ends in it");
	reads(s, "Long.First", START + 7 * MS, "9:34", "not one that ended before");
	reads(s, "Diag.Far", SPUR_NS_MIN, "3:119 7:-", "a response of two frames; one of one frame has another service");
	reads(s, "Diag.Service", SPUR_NS_MIN, "3:98 7:127", "which is counted");
	reads(s, "Short.Byte", SPUR_NS_MIN, "2:14 5:-", "a value that is not available is invalid");
	spur_source_find(s, "Short.Byte", &id, NULL);
	is_int((intmax_t)spur_source_unavailable(s, id), 1, "and counted");
	reads(s, "Fd.V", SPUR_NS_MIN, "10:5", "a message that is longer than its frame, without any transfer, is its frames");
	ok(spur_source_transfers(s, &c) && c.done == 2 && c.broken == 1 && c.stray == 1 && c.refused == 0, "what became of the transfers");
	spur_source_find(s, "Long.Tenth", &id, NULL);
	ok(spur_source_frame(s, spur_source_signals(s, &n)[id].table, &f) && f.j1939 && f.pgn == 0xfedd && f.source_address == 3 &&
	   strcmp(f.transport, "j1939-tp") == 0, "group and source are told");
	spur_source_find(s, "Diag.Far", &id, NULL);
	ok(spur_source_frame(s, spur_source_signals(s, &n)[id].table, &f) && !f.j1939 && strcmp(f.transport, "iso-tp") == 0, "ISO-TP");
	spur_source_close(s);
	s = opened(log, (struct spur_source_opts){ .dbc = dbc, .keep_unavailable = true });
	if (s != NULL)
		reads(s, "Short.Byte", SPUR_NS_MIN, "2:14 5:510", "unless such values are kept");
	spur_source_close(s);
}

static void payloads(const char *log)
{
	struct spur_source *s = opened(log, (struct spur_source_opts){ .payloads = true });
	const struct spur_source_signal *all;
	size_t n, of_bytes = 0;

	if (s == NULL)
		return;
	reads(s, "CAN1:7E8.payload", SPUR_NS_MIN, "3:62010203040506077709 7:7f2231", "all bytes, without any database");
	reads(s, "CAN1:18FEDD03.payload", SPUR_NS_MIN, "6:1102030405060708091f0b 9:2202030405060708", "of a group, short ones too");
	all = spur_source_signals(s, &n);
	for (size_t i = 0; i < n; i++)
		of_bytes += strstr(all[i].name, ".payload") != NULL;
	is_int((intmax_t)of_bytes, 2, "what has no whole transfer is none");
	spur_source_close(s);
}

int main(void)
{
	char *log, *base;

	if (mkdtemp(dir) == NULL)
		return 1;
	log = spur_strfmt("%s/a.mf4", dir);
	base = spur_strfmt("%s/a.dbc", dir);
	write_log(log);
	is_int(spur_file_write(base, database, sizeof(database) - 1, NULL), SPUR_OK, "a DBC file");
	decoded(log, (const char *[]){ base, NULL });
	payloads(log);
	unlink(log);
	unlink(base);
	rmdir(dir);
	free(log);
	free(base);
	return tap_done();
}
