#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/mdf4/writer.h"
#include "format/registry.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/recording.h"

/*
 * The MDF writer by a script, a command a line:
 *
 *	options PACKING LEVEL MEM THREADS SHIFT COLUMNS	first, if at all
 *	group DOMAIN UNSORTED NAME CHANNEL...		CHANNEL: type, then letters: n may be invalid, l linear, t texts,
 *							o offset, k factor, u unit, c comment, digits: fixed size
 *	can BYTES	put GROUP ROWS SEED HOLES	frames GROUP COUNT SIZE
 *	attach NAME LENGTH	flush	discard		long MEGABYTES (a value of all groups of one text)
 *
 * Told are the answers, every block of the file, and what the reader makes of it.
 */
#define START INT64_C(1700000000000000000)
#define GROUPS 16u
#define CHANNELS 12u
#define WORDS 16u
#define ROWS_MAX 70000u		/* of a script */

struct script {
	struct spur_mdf4_writer *w;
	struct group {
		uint32_t id;
		size_t count;
		enum spur_type types[CHANNELS];
		spur_ns next;
		double master;
		enum spur_domain domain;
	} groups[GROUPS];
	size_t count;
	unsigned rows;
	char *word[WORDS];
	size_t words;
};

static unsigned number(const struct script *s, size_t i, unsigned most)
{
	unsigned long v = i < s->words ? strtoul(s->word[i], NULL, 10) : 0;

	return v > most ? most : (unsigned)v;
}

static enum spur_type type_of(const char *word, size_t *len)
{
	for (enum spur_type t = SPUR_TYPE_BOOL; t <= SPUR_TYPE_BYTES; t++) {
		*len = strlen(spur_type_name(t));
		if (strncmp(word, spur_type_name(t), *len) == 0)
			return t;
	}
	*len = 0;
	return SPUR_TYPE_U8;
}

static struct spur_mdf4_channel channel_of(char *word, enum spur_type *type)
{
	static const struct spur_mdf4_text texts[] = { { 0, "off" }, { 3, "three" }, { -1, "error <&>" } };
	struct spur_mdf4_channel c = { .name = word };
	size_t len;

	*type = type_of(word, &len);
	c.type = *type == SPUR_TYPE_BOOL ? SPUR_TYPE_U8 : *type;
	for (const char *p = word + len; *p != '\0'; p++) {
		c.nullable |= *p == 'n';
		c.unit = *p == 'u' ? "km/h" : c.unit;
		c.comment = *p == 'c' ? "a \"comment\" < it" : c.comment;
		c.factor = *p == 'l' || *p == 'k' ? 0.25 : *p == 'o' ? 1 : c.factor;
		c.offset = *p == 'l' || *p == 'o' ? -40 : c.offset;
		c.texts = *p == 't' ? texts : c.texts;
		c.text_count = *p == 't' ? 3 : c.text_count;
		if (*p >= '0' && *p <= '9')
			c.size = c.size * 10 % 1000 + (uint32_t)(*p - '0');
	}
	return c;
}

static enum spur_status add_group(struct script *s, struct spur_error *err)
{
	struct spur_mdf4_channel channels[CHANNELS];
	struct group *g = &s->groups[s->count];
	struct spur_mdf4_group how = { .domain = (enum spur_domain)number(s, 1, SPUR_DOMAIN_INDEX), .unsorted = (uint8_t)number(s, 2, 255),
				       .channels = channels };
	enum spur_status st;

	if (s->count == GROUPS)
		return SPUR_OK;
	*g = (struct group){ .next = START, .domain = how.domain };
	if (s->words > 3 && strcmp(s->word[3], "-") != 0) {
		how.name = s->word[3];
		how.source = s->count % 2 == 0 ? "ecu" : NULL;
		how.comment = s->count % 3 == 0 ? "of the <group>" : NULL;
		how.master = s->count % 4 == 3 ? "own master" : NULL;
	}
	for (size_t i = 4; i < s->words && how.count < CHANNELS; i++, how.count++)
		channels[how.count] = channel_of(s->word[i], &g->types[how.count]);
	g->count = how.count;
	st = spur_mdf4_writer_group(s->w, &how, &g->id, err);
	s->count += st == SPUR_OK;
	return st;
}

static void add_value(struct spur_columns_builder *b, size_t col, enum spur_type t, unsigned v)
{
	char text[16];

	if (spur_type_is_number(t)) {
		spur_columns_builder_f64(b, col, t == SPUR_TYPE_BOOL ? v % 2 : t == SPUR_TYPE_F32 || t == SPUR_TYPE_F64 ? v * 0.25 - 9 : v % 120);
		return;
	}
	snprintf(text, sizeof(text), "value %u", v);
	spur_columns_builder_bytes(b, col, text, t == SPUR_TYPE_TEXT ? strlen(text) : v % 7);
}

/* holes: every so manyth value is invalid; 0: none. */
static struct spur_columns *rows_of(struct group *g, unsigned rows, unsigned seed, unsigned holes)
{
	struct spur_columns_builder *b = spur_columns_builder_create();
	struct spur_columns *c;

	for (size_t i = 0; i < g->count; i++)
		spur_columns_builder_add(b, "x", g->types[i]);
	for (unsigned k = 0; k < rows; k++) {
		if (g->domain == SPUR_DOMAIN_TIME && seed % 2 == 0)
			spur_columns_builder_time(b, g->next);
		else if (seed % 16 != 15)
			spur_columns_builder_master(b, g->master);
		g->next += 10000000 + seed * 1000;
		g->master += 0.125;
		for (size_t i = 0; i < g->count; i++) {
			if (holes > 0 && (k + i) % holes == holes - 1)
				spur_columns_builder_null(b, i);
			else
				add_value(b, i, g->types[i], (k * 7 + seed) * (unsigned)(i + 1));
		}
	}
	c = spur_columns_builder_take(b);
	spur_columns_builder_destroy(b);
	return c;
}

static enum spur_status put(struct script *s, struct spur_error *err)
{
	unsigned rows = number(s, 2, ROWS_MAX - s->rows);
	struct spur_columns *c;
	struct group *g;
	enum spur_status st;

	if (s->count == 0)
		return SPUR_OK;
	g = &s->groups[number(s, 1, GROUPS) % s->count];
	s->rows += rows;
	c = rows_of(g, rows, number(s, 3, 1000), number(s, 4, 1000));
	st = spur_mdf4_writer_put(s->w, g->id, c, err);
	spur_columns_unref(c);
	return st;
}

static enum spur_status put_frames(struct script *s, struct spur_error *err)
{
	struct spur_message m[64];
	char data[80];
	unsigned count = number(s, 2, 64), size = number(s, 3, 80);

	if (s->count == 0)
		return SPUR_OK;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 5);
	for (unsigned i = 0; i < count; i++)
		m[i] = (struct spur_message){ .log_time = (uint64_t)START + i * 1000000u, .frame_id = 0x123u + i * 0x1a2b3c4du, .bus_channel = i % 3,
					      .data = data, .size = size == 80 ? i : size };
	return spur_mdf4_writer_put_frames(s->w, s->groups[number(s, 1, GROUPS) % s->count].id, m, count, err);
}

static enum spur_status can_group(struct script *s, struct spur_error *err)
{
	enum spur_status st;

	if (s->count == GROUPS)
		return SPUR_OK;
	s->groups[s->count] = (struct group){ .next = START };
	st = spur_mdf4_writer_can_group(s->w, "CAN1", number(s, 1, 100), &s->groups[s->count].id, err);
	s->count += st == SPUR_OK;
	return st;
}

/* One row whose text is that long, into each group that has one channel of texts. */
static enum spur_status put_long(struct script *s, struct spur_error *err)
{
	size_t len = (size_t)number(s, 1, 6) << 20;
	char *text = spur_calloc(len + 1, 1);
	enum spur_status st = SPUR_OK;

	memset(text, 'x', len);
	for (size_t i = 0; i < s->count && st == SPUR_OK; i++) {
		struct spur_columns_builder *b = spur_columns_builder_create();
		struct spur_columns *c;

		if (s->groups[i].count == 1 && s->groups[i].types[0] == SPUR_TYPE_TEXT) {
			spur_columns_builder_add(b, "x", SPUR_TYPE_TEXT);
			spur_columns_builder_time(b, s->groups[i].next);
			spur_columns_builder_bytes(b, 0, text, len);
			c = spur_columns_builder_take(b);
			st = spur_mdf4_writer_put(s->w, s->groups[i].id, c, err);
			spur_columns_unref(c);
		}
		spur_columns_builder_destroy(b);
	}
	free(text);
	return st;
}

static enum spur_status command(struct script *s, struct spur_error *err)
{
	static const char data[256] = "what is attached";
	const char *c = s->word[0];

	if (strcmp(c, "group") == 0)
		return add_group(s, err);
	if (strcmp(c, "can") == 0)
		return can_group(s, err);
	if (strcmp(c, "put") == 0)
		return put(s, err);
	if (strcmp(c, "frames") == 0)
		return put_frames(s, err);
	if (strcmp(c, "attach") == 0)
		return spur_mdf4_writer_attach(s->w, s->words > 1 ? s->word[1] : NULL, "text/plain", s->words > 3 ? s->word[3] : NULL, data,
					       number(s, 2, sizeof(data)), err);
	if (strcmp(c, "long") == 0)
		return put_long(s, err);
	return strcmp(c, "flush") == 0 ? spur_mdf4_writer_flush(s->w, err) : SPUR_OK;
}

static void tell_state(const struct script *s)
{
	fuzz_tell(" %" PRIu64 " in the file, %" PRIu64 " pending", spur_mdf4_writer_bytes(s->w), spur_mdf4_writer_pending(s->w));
	for (size_t i = 0; i < s->count; i++) {
		uint64_t raw, packed;

		spur_mdf4_writer_sizes(s->w, s->groups[i].id, &raw, &packed);
		fuzz_tell(" %" PRIu64 ">%" PRIu64, raw, packed);
	}
	fuzz_tell("\n");
}

static void split(struct script *s, char *line)
{
	char *rest = NULL;

	s->words = 0;
	for (char *w = strtok_r(line, " ", &rest); w != NULL && s->words < WORDS; w = strtok_r(NULL, " ", &rest))
		s->word[s->words++] = w;
}

static bool begin(struct script *s, const char *path, bool given)
{
	struct spur_mdf4_options o = { .start_ns = START, .written_ns = START + 5, .comment = "made <here>", .threads = 1 };
	struct spur_error err;
	enum spur_status st;

	if (given) {
		o.packing = (enum spur_mdf4_packing)(number(s, 1, 100) % (SPUR_MDF4_TRANSPOSED_LZ4 + 1));
		o.columns = number(s, 6, 2) != 0;
		o.level = (int)number(s, 2, 13);
		o.mem_bytes = number(s, 3, 1u << 20);
		o.threads = 1 + number(s, 4, 2);
		o.shift_ns = number(s, 5, 1000) * SPUR_NS_PER_S;
	}
	st = spur_mdf4_writer_create(path, &o, &s->w, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("create", st, &err);
	return st == SPUR_OK;
}

static void end(struct script *s, const char *path, bool discard)
{
	struct spur_error err;
	enum spur_status st = SPUR_OK;

	if (discard)
		spur_mdf4_writer_discard(s->w);
	else
		st = spur_mdf4_writer_commit(s->w, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("commit", st, &err);
	fuzz_check((access(path, F_OK) == 0) == (st == SPUR_OK && !discard));
	if (st == SPUR_OK && !discard)
		fuzz_recording_again(path);
	if (st == SPUR_OK && !discard && fuzz_telling())
		fuzz_recording_recovers(path);
	unlink(path);
}

static void run(const uint8_t *data, size_t len)
{
	char *text = spur_strndup((const char *)data, len), *rest = NULL;
	const char *path = fuzz_path("written.mf4");
	struct script s = { .count = 0 };
	bool discard = false;

	for (char *line = strtok_r(text, "\n", &rest); line != NULL && !discard; line = strtok_r(NULL, "\n", &rest)) {
		struct spur_error err;
		enum spur_status st;

		split(&s, line);
		if (s.words == 0)
			continue;
		if (s.w == NULL && !begin(&s, path, strcmp(s.word[0], "options") == 0))
			goto out;
		discard = strcmp(s.word[0], "discard") == 0;
		st = command(&s, &err);
		fuzz_check_status(st, &err);
		fuzz_tell_status(s.word[0], st, &err);
		tell_state(&s);
	}
	if (s.w != NULL)
		end(&s, path, discard);
out:
	free(text);
}

static const char *const words[] = {
	"\noptions ", "\ngroup ", "\nput ", "\nflush\n", "\nattach ", "\nframes ", "\ncan ", " u8", " i16n", " f64", " f32n", " textn", " bytes4", " u64l", " i8t",
	" text8", " boolu", " i32c", "discard", NULL
};

#define EVERYTHING " booln u8t i8tn u16l i16ln u32u i32c u64 i64n f32n f64 text"

#define ALL_MAY_BE_INVALID " boolnu u8tn u16ln i16n u32nc i32n u64n i64n f32ln f64n textn text9n"

static void seeds(void)
{
	static const char *const all[] = {
		"group 0 0 -" EVERYTHING "\nput 0 9 0 0\nput 0 5 1 3",
		"group 0 0 -" ALL_MAY_BE_INVALID "\nput 0 9 0 2\nput 0 5 1 3", "options 2 0 500 0 0\ngroup 0 9 -" ALL_MAY_BE_INVALID "\nput 0 40 0 3",
		"options 2 0 0 0 0\ngroup 3 0 -" ALL_MAY_BE_INVALID "\nput 0 100 0 7\nflush\nput 0 100 0 3",
		"options 1 0 0 0 0\ngroup 0 0 packed" EVERYTHING "\nput 0 200 2 0\nflush\nput 0 100 3 0",
		"options 4 0 0 0 0 1\ngroup 0 0 columns" EVERYTHING "\nput 0 200 2 0\nflush\nput 0 100 0 0",
		"options 5 0 700 0 0 1\ngroup 3 0 -" ALL_MAY_BE_INVALID "\nput 0 90 0 3\nput 0 5 0 0",
		"options 0 0 0 0 0 1\ngroup 0 7 mixed u8 text\nput 0 40 0 0\ngroup 0 0 b i16n bytes\nput 1 30 0 2",
		"options 3 0 0 0 0\ngroup 0 0 packed" EVERYTHING "\nput 0 200 2 0",
		"options 6 0 0 0 0\ngroup 0 0 packed" EVERYTHING "\nput 0 200 2 0",
		"options 2 9 0 1 7\ngroup 0 0 turned" EVERYTHING "\nput 0 200 4 0\nflush\nput 0 200 4 0\nflush\nput 0 33 1 0",
		"options 0 0 400 0 0\ngroup 0 0 a u8 text\ngroup 0 0 b i16n bytes\nput 0 10 0 0\nput 1 30 0 4\nput 0 20 2 0\nput 1 9 4 0",
		"group 1 0 angle u8\ngroup 2 0 distance f32\ngroup 3 0 index i16\ngroup 0 0 time u8\nput 0 4 1 0\nput 1 4 1 0\nput 2 4 0 0\nput 3 4 0 0",
		"group 0 7 mixed u8 text\ngroup 0 7 too i16n\ngroup 0 8 other bytes text\nput 0 4 0 0\nput 1 5 2 2\nput 2 6 0 0\nput 0 3 0 0\nput 1 1 0 0",
		"options 1 1 300 0 0\ngroup 0 7 mixed u8 text\nput 0 40 0 0\nput 0 40 0 0\ngroup 0 7 late f64n\nput 1 9 0 3",
		"can 8\ncan 64\nframes 0 9 8\nframes 1 64 80\nframes 1 3 64\nattach a.txt 16 why",
		"can 8\nframes 0 2 9\nframes 0 1 1", "can 12\ncan 0\ngroup 0 0 g u8\nframes 0 1 1\nput 0 1 0 0", "can 8\nput 0 1 0 0",
		"group 0 0 fixed text8 bytes4\nput 0 5 0 2\nput 0 1 7 0", "group 0 0 narrow text3\nput 0 2 0 0\nput 0 1 0 0\nflush\nattach x 1",
		"group 0 0 none\ngroup 0 0 bad u8tl\ngroup 0 0 bad textt\ngroup 0 0 good u8\nput 0 1 0 1",
		"group 0 0 conversions u8o u8k u8l f64on f32kn i64l\nput 0 9 0 0", "group 1 0 no u8\nput 0 2 15 0", "group 0 0 holes f32 f64 text bytes\nput 0 9 0 2", "group 0 0 x u8\nput 0 5 0 0\ndiscard",
		"options 0 13\ngroup 0 0 x u8", "attach first 20\nattach second 0 comment\nattach\nflush", "options 2 12 0 2 0\ngroup 3 0 - u8\nput 0 5000 0 0",
		"options 1 1 0 2 0\ngroup 0 0 large u64 f64 textn\nput 0 9000 0 0\nput 0 9000 0 11\nput 0 9000 0 0\nput 0 9000 0 0",
		"options 2 1 0 2 0\ngroup 0 0 large u64 f64 i32\nput 0 40000 0 0\nput 0 9000 0 9\nput 0 9000 0 0",
		"options 1 1 0 1 0\ngroup 0 0 t text\nlong 3\nlong 5\nlong 0",
		"options 0 0 0 0 0\ngroup 0 3 large u64 f64 f64 text\nput 0 20000 0 0\ngroup 0 0 - u64 f64 f64 f64\nput 1 40000 0 0",
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		fuzz_seed_text(all[i]);
}

const struct fuzz_target fuzz_target = { .name = "mdf_writer", .max_len = 4u << 10, .run = run, .seeds = seeds, .words = words, .told = 512 };
