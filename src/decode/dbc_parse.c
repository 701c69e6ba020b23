#include "config.h"

#include "decode/dbc_priv.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define ARENA_MAX (UINT64_C(256) << 20)
#define ORPHANS_ID 0xc0000000u	/* VECTOR__INDEPENDENT_SIG_MSG: signals of no frame */
#define WORD_MAX 256u

/* A signal while the file is read: names in it are the short ones. */
struct draft {
	struct spur_dbc_signal s;
	const char *short_name;
	bool muxed;			/* by the message's 'M' signal, unless SG_MUL_VAL_ names another */
	uint64_t mux_value;
	struct spur_dbc_value *values;
};

struct draft_message {
	struct spur_dbc_message m;
	struct draft *signals;
	size_t count;
	bool format_said;		/* it has a VFrameFormat of its own */
};

struct table {
	const char *name;
	struct spur_dbc_value *values;
	size_t count;
};

struct parser {
	const char *at, *end;
	unsigned line;
	struct spur_arena *arena;
	struct spur_error *err;
	struct draft_message *messages;
	size_t count;
	struct table *tables;
	size_t table_count;
	bool j1939_default, j1939_all, sorted;
	struct dbc_key *keys;		/* of messages, once sorted */
	bool full;
	char word[WORD_MAX];		/* the last token */
};

/* ---- tokens ---- */

static void skip_space(struct parser *p)
{
	for (; p->at < p->end; p->at++) {
		if (*p->at == '\n')
			p->line++;
		else if (!isspace((unsigned char)*p->at) && *p->at != '\0')
			break;
	}
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Letters, digits and '_' into p->word; false at anything else. */
static bool word(struct parser *p)
{
	size_t n = 0;

	skip_space(p);
	for (; p->at < p->end && is_word(*p->at); p->at++) {
		if (n + 1 < WORD_MAX)
			p->word[n++] = *p->at;
	}
	p->word[n] = '\0';
	return n > 0;
}

static bool sign(struct parser *p, char c)
{
	skip_space(p);
	if (p->at >= p->end || *p->at != c)
		return false;
	p->at++;
	return true;
}

/* A number of any notation. */
static bool number(struct parser *p, double *out)
{
	char text[64], *end;
	size_t n = 0;

	skip_space(p);
	while (p->at + n < p->end && n + 1 < sizeof(text) && (is_word(p->at[n]) || (p->at[n] != '\0' && strchr("+-.", p->at[n]) != NULL))) {
		text[n] = p->at[n];
		n++;
	}
	text[n] = '\0';
	*out = strtod(text, &end);
	p->at += end - text;
	return end != text;
}

static bool whole(struct parser *p, uint64_t *out)
{
	skip_space(p);
	*out = 0;
	if (p->at >= p->end || !isdigit((unsigned char)*p->at))
		return false;
	for (; p->at < p->end && isdigit((unsigned char)*p->at); p->at++) {
		if (*out > (UINT64_MAX - 9) / 10)
			return false;
		*out = *out * 10 + (uint64_t)(*p->at - '0');
	}
	return true;
}

static char *keep(struct parser *p, const char *s, size_t len)
{
	char *c = spur_arena_strn(p->arena, s, len);

	p->full = p->full || c == NULL;
	return c;
}

/* "text" with \" inside; NULL: none here, or no room. */
static char *quoted(struct parser *p)
{
	struct spur_buf b = { 0 };
	char *s = NULL;

	if (!sign(p, '"'))
		return NULL;
	for (; p->at < p->end && *p->at != '"'; p->at++) {
		if (*p->at == '\\' && p->at + 1 < p->end && p->at[1] == '"')
			p->at++;
		p->line += *p->at == '\n';
		spur_buf_addc(&b, *p->at);
	}
	if (p->at < p->end) {
		p->at++;
		s = keep(p, spur_buf_text(&b), b.len);
	}
	spur_buf_finish(&b);
	return s;
}

/* To the ';' that ends a statement, strings respected. */
static void skip_statement(struct parser *p)
{
	bool in_text = false;

	for (; p->at < p->end; p->at++) {
		p->line += *p->at == '\n';
		if (*p->at == '"')
			in_text = !in_text;
		if (*p->at == ';' && !in_text)
			break;
	}
	p->at += p->at < p->end;
}

static void skip_line(struct parser *p)
{
	while (p->at < p->end && *p->at != '\n')
		p->at++;
}

static enum spur_status broken(struct parser *p, const char *what)
{
	if (p->full)
		return spur_fail(p->err, SPUR_ENOMEM, "DBC line %u: the database is larger than is sane", p->line);
	return spur_fail(p->err, SPUR_EFORMAT, "DBC line %u: %s", p->line, what);
}

/* ---- finding what a statement is about ---- */

static int by_key(const void *a, const void *b)
{
	const struct dbc_key *x = a, *y = b;

	return x->key != y->key ? (x->key < y->key ? -1 : 1) : x->message < y->message ? -1 : x->message > y->message;
}

static struct draft_message *message_of(struct parser *p, uint64_t id)
{
	size_t low = 0, high = p->count;

	if (!p->sorted) {
		free(p->keys);
		p->keys = spur_calloc(p->count + 1, sizeof(*p->keys));
		for (size_t i = 0; i < p->count; i++)
			p->keys[i] = (struct dbc_key){ p->messages[i].m.frame_id, i };
		qsort(p->keys, p->count, sizeof(*p->keys), by_key);
		p->sorted = true;
	}
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (p->keys[mid].key < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < p->count && p->keys[low].key == id ? &p->messages[p->keys[low].message] : NULL;
}

static struct draft *signal_of(struct draft_message *m, const char *name)
{
	for (size_t i = 0; m != NULL && i < m->count; i++) {
		if (strcmp(m->signals[i].short_name, name) == 0)
			return &m->signals[i];
	}
	return NULL;
}

/* "ID NAME": the signal, or NULL if the database does not have it. */
static struct draft *take_signal(struct parser *p)
{
	struct draft_message *m;
	uint64_t id;

	if (!whole(p, &id))
		return NULL;
	m = message_of(p, id);
	return word(p) ? signal_of(m, p->word) : NULL;
}

/* ---- BO_ and SG_ ---- */

/* BO_ 2364540158 EEC1: 8 Vector__XXX */
static enum spur_status take_message(struct parser *p)
{
	struct draft_message m = { .m = { .comment = "" } };
	uint64_t id, size;

	if (!whole(p, &id) || id > UINT32_MAX)
		return broken(p, "BO_ needs a frame identifier");
	if (!word(p) || (m.m.name = keep(p, p->word, strlen(p->word))) == NULL)
		return broken(p, "BO_ needs a message name");
	if (!sign(p, ':') || !whole(p, &size) || size > 65535)
		return broken(p, "BO_ needs ': SIZE'");
	m.m.frame_id = (uint32_t)id;
	m.m.size_bytes = (uint16_t)size;
	if ((p->count & (p->count - 1)) == 0)
		p->messages = spur_realloc(p->messages, p->count == 0 ? 1 : 2 * p->count, sizeof(m));
	p->messages[p->count++] = m;
	p->sorted = false;
	skip_line(p);
	return SPUR_OK;
}

/* "", "M", "m3", "m3M" before the colon. */
static enum spur_status take_mux(struct parser *p, struct draft *d)
{
	char *end = p->word;

	if (!word(p))
		return SPUR_OK;
	if (*end == 'm') {
		d->muxed = true;
		d->mux_value = strtoull(end + 1, &end, 10);
	}
	if (*end == 'M') {
		d->s.is_multiplexor = true;
		end++;
	}
	return *end == '\0' ? SPUR_OK : broken(p, "SG_: unknown multiplex mark");
}

/* START|LENGTH@ORDER SIGN */
static enum spur_status take_layout(struct parser *p, struct draft *d)
{
	uint64_t start, length, order;

	if (!sign(p, ':') || !whole(p, &start) || !sign(p, '|') || !whole(p, &length) || !sign(p, '@') || !whole(p, &order))
		return broken(p, "SG_ needs ': START|LENGTH@ORDER'");
	if (start > 16383 || length == 0 || order > 1)
		return broken(p, "SG_: bits that no frame has");
	d->s.start = (uint16_t)start;
	d->s.length = length > 64 ? 0 : (uint16_t)length;	/* 0: too wide for a number, dropped */
	d->s.motorola = order == 0;
	if (sign(p, '-'))
		d->s.number = SPUR_DBC_SIGNED;
	else if (!sign(p, '+'))
		return broken(p, "SG_ needs '+' or '-' after the byte order");
	return SPUR_OK;
}

/* SG_ EngineSpeed m2 : 24|16@1+ (0.125,0) [0|8031.875] "rpm" Vector__XXX */
static enum spur_status take_signal_line(struct parser *p)
{
	struct draft d = { .s = { .comment = "", .multiplexor = -1 } };
	struct draft_message *m = p->count == 0 ? NULL : &p->messages[p->count - 1];
	enum spur_status st;
	double ignored;

	if (m == NULL)
		return broken(p, "SG_ before any BO_");
	if (!word(p) || (d.short_name = keep(p, p->word, strlen(p->word))) == NULL)
		return broken(p, "SG_ needs a name");
	if ((st = take_mux(p, &d)) < 0 || (st = take_layout(p, &d)) < 0)
		return st;
	if (!sign(p, '(') || !number(p, &d.s.factor) || !sign(p, ',') || !number(p, &d.s.offset) || !sign(p, ')'))
		return broken(p, "SG_ needs '(FACTOR,OFFSET)'");
	if (!sign(p, '[') || !number(p, &ignored) || !sign(p, '|') || !number(p, &ignored) || !sign(p, ']'))
		return broken(p, "SG_ needs '[MIN|MAX]'");
	if ((d.s.unit = quoted(p)) == NULL)
		return broken(p, "SG_ needs a unit in quotes");
	d.s.name = d.short_name;
	skip_line(p);
	if (d.s.length == 0)
		return SPUR_OK;
	if ((m->count & (m->count - 1)) == 0)
		m->signals = spur_realloc(m->signals, m->count == 0 ? 1 : 2 * m->count, sizeof(d));
	m->signals[m->count++] = d;
	return SPUR_OK;
}

/* ---- the statements about them; what does not fit is skipped ---- */

/* CM_ BO_ ID "…"; CM_ SG_ ID NAME "…"; */
static void take_comment(struct parser *p)
{
	struct draft_message *m;
	struct draft *d;
	uint64_t id;
	char *text;

	if (!word(p))
		return;
	if (strcmp(p->word, "BO_") == 0 && whole(p, &id)) {
		m = message_of(p, id);
		if ((text = quoted(p)) != NULL && m != NULL)
			m->m.comment = text;
	} else if (strcmp(p->word, "SG_") == 0) {
		d = take_signal(p);
		if ((text = quoted(p)) != NULL && d != NULL)
			d->s.comment = text;
	}
}

static int by_value(const void *a, const void *b)
{
	const struct spur_dbc_value *x = a, *y = b;

	return x->value < y->value ? -1 : x->value > y->value;
}

/* N "text" N "text" ... sorted; NULL if there is none. */
static struct spur_dbc_value *take_values(struct parser *p, size_t *count)
{
	struct spur_dbc_value *list = NULL, *kept = NULL;
	size_t n = 0;
	double v;
	char *text;

	while (number(p, &v) && (text = quoted(p)) != NULL) {
		if (!(v >= -0x1p63 && v < 0x1p64))
			continue;
		if ((n & (n - 1)) == 0)
			list = spur_realloc(list, n == 0 ? 1 : 2 * n, sizeof(*list));
		list[n].value = v >= 0x1p63 ? (int64_t)(uint64_t)v : (int64_t)v;
		list[n++].text = text;
	}
	if (n > 0 && (kept = spur_arena_array(p->arena, n, sizeof(*kept))) != NULL) {
		qsort(list, n, sizeof(*list), by_value);
		memcpy(kept, list, n * sizeof(*kept));
	}
	p->full = p->full || (n > 0 && kept == NULL);
	*count = kept == NULL ? 0 : n;
	free(list);
	return kept;
}

/* VAL_TABLE_ NAME 1 "on" 0 "off" ; */
static void take_table(struct parser *p)
{
	struct table t = { 0 };

	if (!word(p) || (t.name = keep(p, p->word, strlen(p->word))) == NULL)
		return;
	t.values = take_values(p, &t.count);
	if ((p->table_count & (p->table_count - 1)) == 0)
		p->tables = spur_realloc(p->tables, p->table_count == 0 ? 1 : 2 * p->table_count, sizeof(t));
	p->tables[p->table_count++] = t;
}

/* VAL_ ID NAME 1 "on" 0 "off" ;   or   VAL_ ID NAME TABLE ; */
static void use_values(struct parser *p)
{
	struct draft *d = take_signal(p);

	if (d == NULL)
		return;
	skip_space(p);
	if (p->at < p->end && isalpha((unsigned char)*p->at) && word(p)) {
		for (size_t i = 0; i < p->table_count; i++) {
			if (strcmp(p->tables[i].name, p->word) == 0) {
				d->s.values = p->tables[i].values;
				d->s.value_count = p->tables[i].count;
			}
		}
		return;
	}
	d->s.values = take_values(p, &d->s.value_count);
}

/* SIG_VALTYPE_ ID NAME : 1; (1 float, 2 double) */
static void take_valtype(struct parser *p)
{
	struct draft *d = take_signal(p);
	uint64_t kind;

	sign(p, ':');
	if (d == NULL || !whole(p, &kind))
		return;
	if (kind == 1 && d->s.length == 32)
		d->s.number = SPUR_DBC_FLOAT;
	else if (kind == 2 && d->s.length == 64)
		d->s.number = SPUR_DBC_DOUBLE;
}

/* SG_MUL_VAL_ ID NAME MULTIPLEXOR 0-3, 7-7; */
static void take_mux_values(struct parser *p)
{
	struct draft_message *m;
	struct draft *d, *by;
	struct spur_dbc_range *list = NULL, r;
	uint64_t id;
	size_t n = 0;

	if (!whole(p, &id) || (m = message_of(p, id)) == NULL || !word(p) || (d = signal_of(m, p->word)) == NULL ||
	    !word(p) || (by = signal_of(m, p->word)) == NULL)
		return;
	do {
		if (!whole(p, &r.first) || !sign(p, '-') || !whole(p, &r.last))
			break;
		if ((n & (n - 1)) == 0)
			list = spur_realloc(list, n == 0 ? 1 : 2 * n, sizeof(*list));
		list[n++] = r;
	} while (sign(p, ','));
	if (n > 0) {
		struct spur_dbc_range *kept = spur_arena_array(p->arena, n, sizeof(*kept));

		p->full = p->full || kept == NULL;
		if (kept != NULL)
			memcpy(kept, list, n * sizeof(*kept));
		d->s.when = kept;
		d->s.when_count = kept == NULL ? 0 : n;
		d->s.multiplexor = (int)(by - m->signals);
	}
	free(list);
}

/* The value of VFrameFormat: the number 3 of its enum, or the name. */
static bool is_j1939(struct parser *p)
{
	double v;
	char *text;

	skip_space(p);
	if (p->at < p->end && *p->at == '"')
		return (text = quoted(p)) != NULL && strcmp(text, "J1939PG") == 0;
	return number(p, &v) && v == 3;
}

/* BA_DEF_DEF_ "VFrameFormat" "J1939PG"; */
static void take_default(struct parser *p)
{
	char *name = quoted(p), *text;

	if (name == NULL)
		return;
	if (strcmp(name, "VFrameFormat") == 0)
		p->j1939_default = is_j1939(p);
	else if (strcmp(name, "ProtocolType") == 0 && (text = quoted(p)) != NULL)
		p->j1939_all = p->j1939_all || strcmp(text, "J1939") == 0;
}

/* BA_ "NAME" BO_ ID VALUE;   BA_ "NAME" SG_ ID SIGNAL VALUE;   BA_ "NAME" VALUE; */
static void take_attribute(struct parser *p)
{
	char *name = quoted(p), *text;
	struct draft_message *m;
	struct draft *d;
	uint64_t id;

	if (name == NULL)
		return;
	skip_space(p);
	if (strcmp(name, "ProtocolType") == 0 && p->at < p->end && *p->at == '"') {
		p->j1939_all = (text = quoted(p)) != NULL && strcmp(text, "J1939") == 0;
		return;
	}
	if (!word(p))
		return;
	if (strcmp(p->word, "SG_") == 0 && strcmp(name, "SystemSignalLongSymbol") == 0) {
		d = take_signal(p);
		if ((text = quoted(p)) != NULL && d != NULL)
			d->s.name = text;
	} else if (strcmp(p->word, "BO_") == 0 && whole(p, &id) && (m = message_of(p, id)) != NULL) {
		if (strcmp(name, "VFrameFormat") == 0) {
			m->m.j1939 = is_j1939(p);
			m->format_said = true;
		} else if (strcmp(name, "SystemMessageLongSymbol") == 0 && (text = quoted(p)) != NULL) {
			m->m.name = text;
		}
	}
}

/* ---- the file ---- */

static enum spur_status statement(struct parser *p)
{
	static const struct {
		const char *word;
		void (*take)(struct parser *p);
	} rest[] = {
		{ "CM_", take_comment }, { "VAL_TABLE_", take_table }, { "VAL_", use_values },
		{ "SIG_VALTYPE_", take_valtype }, { "SG_MUL_VAL_", take_mux_values },
		{ "BA_DEF_DEF_", take_default }, { "BA_", take_attribute },
		{ "BA_DEF_", NULL }, { "BA_DEF_REL_", NULL }, { "BA_DEF_DEF_REL_", NULL }, { "BA_REL_", NULL },
		{ "SIG_GROUP_", NULL }, { "EV_", NULL }, { "BO_TX_BU_", NULL },
	};

	if (!word(p)) {
		p->at++;
		return SPUR_OK;
	}
	if (strcmp(p->word, "BO_") == 0)
		return take_message(p);
	if (strcmp(p->word, "SG_") == 0)
		return take_signal_line(p);
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
		if (strcmp(p->word, rest[i].word) != 0)
			continue;
		/* The list of words after NS_ has the same ones, alone in their line. */
		while (p->at < p->end && (*p->at == ' ' || *p->at == '\t' || *p->at == '\r'))
			p->at++;
		if (p->at >= p->end || *p->at == '\n')
			return SPUR_OK;
		if (rest[i].take != NULL)
			rest[i].take(p);
		skip_statement(p);
		return SPUR_OK;
	}
	skip_line(p);
	return SPUR_OK;
}

/* A signal marked m3 without SG_MUL_VAL_ hangs on the one marked M. */
static void link_mux(struct parser *p, struct draft_message *m)
{
	int root = -1;

	for (size_t i = 0; i < m->count && root < 0; i++)
		root = m->signals[i].s.is_multiplexor && !m->signals[i].muxed ? (int)i : -1;
	for (size_t i = 0; i < m->count; i++) {
		struct draft *d = &m->signals[i];
		struct spur_dbc_range *r;

		if (!d->muxed || d->s.multiplexor >= 0 || root < 0 || (r = spur_arena_alloc(p->arena, sizeof(*r))) == NULL)
			continue;
		r->first = r->last = d->mux_value;
		d->s.when = r;
		d->s.when_count = 1;
		d->s.multiplexor = root;
	}
}

static enum spur_status finish_message(struct parser *p, struct draft_message *m)
{
	struct spur_dbc_signal *s = spur_arena_array(p->arena, m->count + 1, sizeof(*s));

	if (s == NULL)
		return broken(p, "");
	link_mux(p, m);
	for (size_t i = 0; i < m->count; i++)
		s[i] = m->signals[i].s;
	m->m.signals = s;
	m->m.signal_count = m->count;
	if (!m->format_said)
		m->m.j1939 = p->j1939_default || p->j1939_all;
	m->m.j1939 = m->m.j1939 && (m->m.frame_id & DBC_EXTENDED) != 0;
	return SPUR_OK;
}

static enum spur_status finish(struct parser *p, struct spur_dbc *db)
{
	enum spur_status st = SPUR_OK;

	db->messages = spur_calloc(p->count + 1, sizeof(*db->messages));
	db->by_id = spur_calloc(p->count + 1, sizeof(*db->by_id));
	db->by_pgn = spur_calloc(p->count + 1, sizeof(*db->by_pgn));
	for (size_t i = 0; i < p->count && st >= 0; i++) {
		if (p->messages[i].m.frame_id == ORPHANS_ID)
			continue;
		st = finish_message(p, &p->messages[i]);
		db->messages[db->count] = p->messages[i].m;
		db->by_id[db->count] = (struct dbc_key){ p->messages[i].m.frame_id, db->count };
		if (p->messages[i].m.j1939)
			db->by_pgn[db->pgn_count++] = (struct dbc_key){ dbc_pgn(p->messages[i].m.frame_id), db->count };
		db->count++;
	}
	qsort(db->by_id, db->count, sizeof(*db->by_id), by_key);
	qsort(db->by_pgn, db->pgn_count, sizeof(*db->by_pgn), by_key);
	return p->full ? broken(p, "") : st;
}

static bool is_utf8(const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)s[i];
		size_t n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;

		if (n == 0 || n > len - i)
			return false;
		for (size_t k = 1; k < n; k++) {
			if (((unsigned char)s[i + k] & 0xc0) != 0x80)
				return false;
		}
		i += n;
	}
	return true;
}

/* Windows-1252, 0x80 to 0x9f; the rest is Latin-1. 0: not assigned. */
static void from_cp1252(const char *s, size_t len, struct spur_buf *out)
{
	static const uint16_t upper[32] = {
		0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
		0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
	};

	for (size_t i = 0; i < len; i++) {
		unsigned c = (unsigned char)s[i];

		if (c >= 0x80 && c < 0xa0)
			c = upper[c - 0x80] != 0 ? upper[c - 0x80] : 0xfffd;
		if (c < 0x80) {
			spur_buf_addc(out, (char)c);
		} else if (c < 0x800) {
			spur_buf_addc(out, (char)(0xc0 | c >> 6));
			spur_buf_addc(out, (char)(0x80 | (c & 63)));
		} else {
			spur_buf_addc(out, (char)(0xe0 | c >> 12));
			spur_buf_addc(out, (char)(0x80 | (c >> 6 & 63)));
			spur_buf_addc(out, (char)(0x80 | (c & 63)));
		}
	}
}

enum spur_status spur_dbc_parse(const char *text, size_t len, struct spur_dbc **out, struct spur_error *err)
{
	struct spur_buf utf8 = { 0 };
	struct parser p = { .at = text, .end = text + len, .line = 1, .err = err };
	struct spur_dbc *db = spur_calloc(1, sizeof(*db));
	enum spur_status st = SPUR_OK;

	*out = NULL;
	db->arena = p.arena = spur_arena_create(ARENA_MAX);
	if (!is_utf8(text, len)) {
		from_cp1252(text, len, &utf8);
		p.at = spur_buf_text(&utf8);
		p.end = p.at + utf8.len;
	}
	for (skip_space(&p); p.at < p.end && st >= 0; skip_space(&p))
		st = statement(&p);
	if (st >= 0)
		st = finish(&p, db);
	if (st >= 0 && db->count == 0)
		st = spur_fail(err, SPUR_EFORMAT, "DBC line %u: no message up to the end", p.line);
	for (size_t i = 0; i < p.count; i++)
		free(p.messages[i].signals);
	free(p.messages);
	free(p.tables);
	free(p.keys);
	spur_buf_finish(&utf8);
	if (st < 0)
		spur_dbc_destroy(db);
	else
		*out = db;
	return st;
}
