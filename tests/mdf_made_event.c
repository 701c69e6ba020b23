#include "config.h"

#include "tests/mdf_file.h"
#include "tests/mdf_made.h"

/* Signals that are more than samples: synchronisation channels; and event signals (MDF 4.3): groups whose rows are events after the pattern that one of their channels links. */
#define EVENT_GROUP 16u
#define EVENT_SIGNAL (1u << 13)

static uint64_t pattern(struct spur_buf *b, const char *name, uint8_t type, uint8_t cause)
{
	uint64_t links[5] = { 0 };
	unsigned char body[32] = { type, 1, 0, cause };
	double factor = 1;

	links[3] = mdf_tx(b, name);
	links[4] = mdf_tx(b, "what such an event means");
	memcpy(body + 24, &factor, 8);
	return mdf_block(b, "EV", links, 5, body, sizeof(body));
}

static uint64_t level_texts(struct spur_buf *b)
{
	static const double keys[] = { 0, 2 };
	uint64_t refs[3] = { 0 };

	refs[0] = mdf_tx(b, "cold");
	refs[1] = mdf_tx(b, "hot");
	return mdf_cc(b, 7, keys, 2, refs, 3);
}

/* f64 time, u8 level, 7 characters */
static uint64_t events_group(struct spur_buf *b, uint64_t next, uint64_t ev, const char *name, unsigned rows)
{
	struct spur_buf data = { 0 };
	uint64_t cn = mdf_cn(b, 0, &(struct mdf_cn){ .name = "note", .data_type = 7, .byte_offset = 9, .bits = 56 }), dt;

	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = name, .byte_offset = 8, .bits = 8, .flags = EVENT_SIGNAL | 2, .data = ev, .conv = level_texts(b) });
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	for (unsigned i = 0; i < rows; i++) {
		spur_buf_f64(&data, i * 0.5 + 0.125);
		spur_buf_u8(&data, (uint8_t)(i % 4));
		spur_buf_add(&data, "row   \0", 7);
		data.data[data.len - 4] = (char)('a' + i % 26);
		spur_buf_u8(&data, i == 3);
	}
	dt = mdf_block(b, "DT", NULL, 0, data.data, data.len);
	spur_buf_finish(&data);
	return mdf_dg(b, next, mdf_cg(b, 0, cn, 0, rows, EVENT_GROUP, 16, 1), dt, 0);
}

void mdf_make_event_signals(struct spur_buf *b)
{
	uint64_t dg;

	mdf_begin(b, 430, 0);
	dg = events_group(b, 0, pattern(b, "pulse", 5, 2), "pulses", 1001);
	dg = events_group(b, dg, pattern(b, "overheated", 6, 3), "level", 5);
	mdf_end(b, dg);
	mdf_set(b, MDF_HD + 24 + 32, pattern(b, "a plain one", 0, 0), 8);
}

/* A pattern that is no event, one that two signals share, one outside the file, and a group without the flag. */
void mdf_make_event_signals_wrong(struct spur_buf *b)
{
	uint64_t dg, ev;

	mdf_begin(b, 430, 0);
	ev = pattern(b, "shared", 6, 1);
	dg = events_group(b, 0, mdf_tx(b, "no event"), "of a text", 2);
	dg = events_group(b, dg, UINT64_C(1) << 40, "of nothing", 2);
	dg = events_group(b, dg, ev, "sharing", 2);
	dg = events_group(b, dg, ev, "first", 2);
	mdf_end(b, dg);
}

/* ---- synchronisation ---- */

static uint64_t video(struct spur_buf *b, const char *name, const char *type)
{
	uint64_t links[4] = { 0 };
	unsigned char body[40] = { 0 };

	links[1] = mdf_tx(b, name);
	links[2] = mdf_tx(b, type);
	return mdf_block(b, "AT", links, 4, body, sizeof(body));
}

/* f64 time, f64 seconds into a video, u32 frame of it, f64 seconds of what is no attachment */
void mdf_make_sync(struct spur_buf *b)
{
	struct spur_buf data = { 0 };
	uint64_t sound, film, cn, dt;

	mdf_begin(b, 410, 0);
	film = video(b, "films\\front.avi", "video/avi");
	sound = video(b, "cabin.wav", "audio/wav");
	mdf_set(b, film + 24, sound, 8);
	cn = mdf_cn(b, 0, &(struct mdf_cn){ .name = "no film", .type = 4, .sync = 1, .data_type = 4, .byte_offset = 20, .bits = 64, .data = MDF_HD });
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "sample", .type = 4, .sync = 4, .byte_offset = 16, .bits = 32, .data = sound });
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "film time", .type = 4, .sync = 1, .data_type = 4, .byte_offset = 8, .bits = 64, .data = film });
	cn = mdf_cn(b, cn, &(struct mdf_cn){ .name = "t", .type = 2, .sync = 1, .data_type = 4, .bits = 64 });
	for (unsigned i = 0; i < 4; i++) {
		spur_buf_f64(&data, i * 0.5);
		spur_buf_f64(&data, i * 0.5 + 10);
		spur_buf_u32(&data, 24000 * i);
		spur_buf_f64(&data, -1);
	}
	dt = mdf_block(b, "DT", NULL, 0, data.data, data.len);
	spur_buf_finish(&data);
	mdf_set(b, MDF_HD + 24 + 24, film, 8);
	cn = mdf_cg(b, 0, cn, 0, 4, 0, 28, 0);
	mdf_end(b, mdf_dg(b, 0, cn, dt, 0));
}
