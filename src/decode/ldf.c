#include "config.h"

#include "decode/ldf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "decode/dbc_parser.h"
#include "decode/ldf_token.h"

#define ARENA_MAX (UINT64_C(256) << 20)
#define SIGNALS_MAX 65536u
#define REFERENCES_MAX 65536u	/* signals in frames */
#define FRAME_MAX 8u		/* bytes */
#define ID_MAX 63u

/* ---- what a file says ---- */

struct encoding {
	const char *name;
	double factor, offset;
	const char *unit;
	struct spur_dbc_value *values;
	size_t count;
	bool physical;
};

struct signal {
	const char *name;
	unsigned bits;
	bool array;
	const struct encoding *as;	/* NULL: as it is */
};

struct ldf {
	struct ldf_reader r;
	struct spur_arena *arena;
	struct signal *signals;
	struct encoding *encodings;
	struct represents {
		const char *signal, *encoding;
	} *uses;
	struct frame {
		const char *name;
		unsigned id, bytes;
		size_t first, count;	/* of references */
	} *frames;
	struct reference {
		const char *signal;
		unsigned offset;
	} *references;
	size_t signal_count, encoding_count, use_count, frame_count, reference_count;
	bool full;
};

static void *grow(void *rows, size_t count, size_t size)
{
	return (count & (count - 1)) == 0 ? spur_realloc(rows, count == 0 ? 1 : 2 * count, size) : rows;
}

/* The word or text that stands there; NULL: a sign does, or there is no room. */
static const char *take_name(struct ldf *l)
{
	const char *kept;

	if (l->r.sign != 0 || l->r.over)
		return NULL;
	kept = l->r.quoted ? spur_arena_strn(l->arena, l->r.text, l->r.text_len) : spur_arena_str(l->arena, l->r.word);
	l->full = l->full || kept == NULL;
	ldf_next(&l->r);
	return kept;
}

/* NAME: BITS, INITIAL or { INITIAL, ... }, ...; */
static enum spur_status take_signal(struct ldf *l)
{
	struct signal s = { .name = take_name(l) };
	double bits;

	if (s.name == NULL || !ldf_take(&l->r, ':') || !ldf_number(&l->r, &bits) || !(bits >= 0 && bits <= 64))
		return ldf_broken(&l->r, "a signal needs a name and at most 64 bits");
	s.bits = (unsigned)bits;
	s.array = ldf_take(&l->r, ',') && l->r.sign == '{' && s.bits % 8 == 0 && s.bits > 0;
	ldf_skip_statement(&l->r);
	if (l->signal_count == SIGNALS_MAX)
		return ldf_broken(&l->r, "too many signals");
	l->signals = grow(l->signals, l->signal_count, sizeof(s));
	l->signals[l->signal_count++] = s;
	return SPUR_OK;
}

/* SIGNAL, OFFSET; ... } */
static enum spur_status take_references(struct ldf *l, struct frame *f)
{
	f->first = l->reference_count;
	while (!l->r.over && !ldf_take(&l->r, '}')) {
		struct reference ref = { .signal = take_name(l) };
		double offset;

		if (ref.signal == NULL || !ldf_take(&l->r, ',') || !ldf_number(&l->r, &offset) || !(offset >= 0 && offset < 8 * FRAME_MAX))
			return ldf_broken(&l->r, "a signal of a frame needs its place, a bit below 64");
		ref.offset = (unsigned)offset;
		ldf_skip_statement(&l->r);
		if (l->reference_count == REFERENCES_MAX)
			return ldf_broken(&l->r, "too many signals in frames");
		l->references = grow(l->references, l->reference_count, sizeof(ref));
		l->references[l->reference_count++] = ref;
		f->count++;
	}
	return SPUR_OK;
}

/* NAME: ID, PUBLISHER, BYTES { ... }; the diagnostic ones have an ID only. */
static enum spur_status take_frame(struct ldf *l)
{
	struct frame f = { .name = take_name(l), .bytes = FRAME_MAX };
	double id, bytes;

	if (f.name == NULL || !ldf_take(&l->r, ':') || !ldf_number(&l->r, &id) || !(id >= 0 && id <= ID_MAX))
		return ldf_broken(&l->r, "a frame needs a name and an identifier of six bits");
	f.id = (unsigned)id;
	if (ldf_take(&l->r, ',') && l->r.sign == 0)
		ldf_next(&l->r);	/* who sends it */
	if (ldf_take(&l->r, ',') && ldf_number(&l->r, &bytes)) {
		if (!(bytes >= 0 && bytes <= FRAME_MAX))
			return ldf_broken(&l->r, "a frame has eight bytes at most");
		f.bytes = (unsigned)bytes;
	}
	if (!ldf_take(&l->r, '{'))
		return ldf_broken(&l->r, "a frame needs its signals");
	if (l->frame_count > ID_MAX)
		return ldf_broken(&l->r, "more frames than identifiers");
	l->frames = grow(l->frames, l->frame_count, sizeof(f));
	l->frame_count++;
	l->frames[l->frame_count - 1] = f;
	return take_references(l, &l->frames[l->frame_count - 1]);
}

/* logical_value, RAW, "text";  physical_value, LEAST, MOST, FACTOR, OFFSET, "unit"; */
static void take_value(struct ldf *l, struct encoding *e)
{
	bool logical = strcmp(l->r.word, "logical_value") == 0, physical = strcmp(l->r.word, "physical_value") == 0;
	double v[4] = { 0 };
	unsigned n = 0;

	ldf_next(&l->r);
	while (n < (logical ? 1u : 4u) && ldf_take(&l->r, ',') && ldf_number(&l->r, &v[n]))
		n++;
	if (logical && n == 1 && ldf_take(&l->r, ',') && v[0] >= 0 && v[0] < 0x1p63) {
		const char *text = take_name(l);

		if (text != NULL) {
			e->values = grow(e->values, e->count, sizeof(*e->values));
			e->values[e->count++] = (struct spur_dbc_value){ (int64_t)v[0], text };
		}
	} else if (physical && n == 4 && !e->physical) {
		e->physical = true;
		e->factor = v[2];
		e->offset = v[3];
		if (ldf_take(&l->r, ',') && l->r.sign == 0 && (e->unit = take_name(l)) == NULL)
			e->unit = "";
	}
	ldf_skip_statement(&l->r);
}

/* NAME { VALUES } */
static enum spur_status take_encoding(struct ldf *l)
{
	struct encoding e = { .name = take_name(l), .factor = 1, .unit = "" };

	if (e.name == NULL || !ldf_take(&l->r, '{'))
		return ldf_broken(&l->r, "an encoding needs a name and its values");
	while (!l->r.over && !ldf_take(&l->r, '}'))
		take_value(l, &e);
	if (l->encoding_count == SIGNALS_MAX) {
		free(e.values);
		return ldf_broken(&l->r, "too many encodings");
	}
	l->encodings = grow(l->encodings, l->encoding_count, sizeof(e));
	l->encodings[l->encoding_count++] = e;
	return SPUR_OK;
}

/* ENCODING: SIGNAL, SIGNAL ...; */
static enum spur_status take_use(struct ldf *l)
{
	const char *encoding = take_name(l), *signal;

	if (encoding == NULL || !ldf_take(&l->r, ':'))
		return ldf_broken(&l->r, "an encoding and its signals are wanted");
	do {
		if ((signal = take_name(l)) == NULL || l->use_count == REFERENCES_MAX)
			break;
		l->uses = grow(l->uses, l->use_count, sizeof(*l->uses));
		l->uses[l->use_count++] = (struct represents){ signal, encoding };
	} while (ldf_take(&l->r, ','));
	ldf_skip_statement(&l->r);
	return SPUR_OK;
}

static enum spur_status take_section(struct ldf *l)
{
	static const struct {
		const char *name;
		enum spur_status (*take)(struct ldf *l);
	} sections[] = {
		{ "Signals", take_signal }, { "Diagnostic_signals", take_signal }, { "Frames", take_frame },
		{ "Diagnostic_frames", take_frame }, { "Signal_encoding_types", take_encoding },
		{ "Signal_representation", take_use },
	};
	enum spur_status st = SPUR_OK;
	size_t i = 0;

	while (i < sizeof(sections) / sizeof(sections[0]) && strcmp(sections[i].name, l->r.word) != 0)
		i++;
	ldf_next(&l->r);
	if (i == sizeof(sections) / sizeof(sections[0]) || !ldf_take(&l->r, '{')) {
		ldf_skip_statement(&l->r);
		ldf_take(&l->r, '}');
		return SPUR_OK;
	}
	while (st >= 0 && !l->r.over && !ldf_take(&l->r, '}'))
		st = sections[i].take(l);
	return st;
}

/* ---- as a database ---- */

static int by_signal(const void *a, const void *b)
{
	const struct signal *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int by_encoding(const void *a, const void *b)
{
	const struct encoding *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int by_value(const void *a, const void *b)
{
	const struct spur_dbc_value *x = a, *y = b;

	return x->value < y->value ? -1 : x->value > y->value;
}

static void sort(struct ldf *l)
{
	if (l->signal_count > 0)
		qsort(l->signals, l->signal_count, sizeof(*l->signals), by_signal);
	if (l->encoding_count > 0)
		qsort(l->encodings, l->encoding_count, sizeof(*l->encodings), by_encoding);
	for (size_t i = 0; i < l->use_count; i++) {
		const struct signal s = { .name = l->uses[i].signal };
		const struct encoding e = { .name = l->uses[i].encoding };
		struct signal *to = l->signal_count == 0 ? NULL : bsearch(&s, l->signals, l->signal_count, sizeof(s), by_signal);

		if (to != NULL && l->encoding_count > 0)
			to->as = bsearch(&e, l->encodings, l->encoding_count, sizeof(e), by_encoding);
	}
}

/* Texts of an encoding move into the arena once, whatever signals use them. */
static void keep_values(struct ldf *l, struct encoding *e)
{
	struct spur_dbc_value *kept = e->count == 0 ? NULL : spur_arena_array(l->arena, e->count, sizeof(*kept));

	if (kept != NULL) {
		qsort(e->values, e->count, sizeof(*kept), by_value);
		memcpy(kept, e->values, e->count * sizeof(*kept));
	}
	l->full = l->full || (kept == NULL && e->count > 0);
	free(e->values);
	e->values = kept;
	e->count = kept == NULL ? 0 : e->count;
}

static struct spur_dbc_signal signal_of(const struct signal *s, unsigned offset)
{
	struct spur_dbc_signal d = { .name = s->name, .unit = "", .comment = "", .start = (uint16_t)offset, .length = (uint16_t)s->bits,
				     .factor = 1, .multiplexor = -1 };

	if (s->array && offset % 8 == 0)
		d.number = SPUR_DBC_BYTES;
	if (s->as != NULL) {
		d.factor = s->as->factor;
		d.offset = s->as->offset;
		d.unit = s->as->unit;
		d.values = s->as->values;
		d.value_count = s->as->count;
	}
	return d;
}

/* Signals that nobody declared, or that end behind the frame, are left out. */
static void put_frame(struct ldf *l, const struct frame *f, struct spur_dbc_message *m)
{
	struct spur_dbc_signal *list = spur_arena_array(l->arena, f->count + 1, sizeof(*list));

	*m = (struct spur_dbc_message){ .name = f->name, .comment = "", .frame_id = f->id, .size_bytes = (uint16_t)f->bytes, .signals = list };
	l->full = l->full || list == NULL;
	for (size_t i = 0; i < f->count && list != NULL; i++) {
		const struct reference *ref = &l->references[f->first + i];
		const struct signal key = { .name = ref->signal };
		const struct signal *s = l->signal_count == 0 ? NULL :
					 bsearch(&key, l->signals, l->signal_count, sizeof(key), by_signal);

		if (s != NULL && s->bits > 0 && ref->offset + s->bits <= 8 * f->bytes)
			list[m->signal_count++] = signal_of(s, ref->offset);
	}
}

static void put_all(struct ldf *l, struct spur_dbc *db)
{
	db->lin = true;
	db->count = l->frame_count;
	db->messages = spur_calloc(db->count, sizeof(*db->messages));
	db->by_id = spur_calloc(db->count, sizeof(*db->by_id));
	for (size_t i = 0; i < l->encoding_count; i++)
		keep_values(l, &l->encodings[i]);
	sort(l);
	for (size_t i = 0; i < db->count; i++) {
		put_frame(l, &l->frames[i], &db->messages[i]);
		db->by_id[i] = (struct dbc_key){ l->frames[i].id, i };
	}
	if (db->count > 0)
		dbc_keys_sort(db->by_id, db->count);
}

bool spur_ldf_is(const char *text, size_t len)
{
	struct ldf_reader r = { .at = text, .end = text + len, .line = 1 };

	ldf_next(&r);
	return !r.quoted && strcmp(r.word, "LIN_description_file") == 0;
}

enum spur_status spur_ldf_parse(const char *text, size_t len, struct spur_dbc **out, struct spur_error *err)
{
	struct spur_buf utf8 = { 0 };
	struct spur_dbc *db = spur_calloc(1, sizeof(*db));
	struct ldf l = { .r = { .at = text, .end = text + len, .line = 1, .err = err } };
	enum spur_status st = SPUR_OK;

	*out = NULL;
	db->arena = l.arena = spur_arena_create(ARENA_MAX);
	if (dbc_to_utf8(text, len, &utf8)) {
		l.r.at = spur_buf_text(&utf8);
		l.r.end = l.r.at + utf8.len;
	}
	for (ldf_next(&l.r); !l.r.over && st >= 0;)
		st = take_section(&l);
	if (st >= 0 && l.frame_count == 0)
		st = ldf_broken(&l.r, "no frame up to the end");
	put_all(&l, db);
	if (st >= 0 && l.full)
		st = spur_fail(err, SPUR_ENOMEM, "LDF: more names than there is room for");
	free(l.signals);
	free(l.encodings);
	free(l.uses);
	free(l.frames);
	free(l.references);
	spur_buf_finish(&utf8);
	if (st < 0)
		spur_dbc_destroy(db);
	else
		*out = db;
	return st;
}

enum spur_status spur_busdb_parse(const char *text, size_t len, struct spur_dbc **out, struct spur_error *err)
{
	return spur_ldf_is(text, len) ? spur_ldf_parse(text, len, out, err) : spur_dbc_parse(text, len, out, err);
}
