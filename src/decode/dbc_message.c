/* Messages and their signals: BO_, SG_, and the statements about the shape of a signal. */
#include "config.h"

#include "decode/dbc_parser.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define BYTES_MAX 4095u	/* of a signal: as much as ISO-TP carries without escapes */

struct dbc_draft_message *dbc_message_of(struct dbc_parser *p, uint64_t id)
{
	const struct dbc_key *k;

	if (!p->sorted) {
		free(p->keys);
		p->keys = spur_calloc(p->count, sizeof(*p->keys));
		for (size_t i = 0; i < p->count; i++)
			p->keys[i] = (struct dbc_key){ p->messages[i].m.frame_id, i };
		dbc_keys_sort(p->keys, p->count);
		p->sorted = true;
	}
	k = dbc_keys_find(p->keys, p->count, id);
	return k == NULL ? NULL : &p->messages[k->message];
}

static struct dbc_draft *signal_of(struct dbc_draft_message *m, const char *name)
{
	for (size_t i = 0; m != NULL && i < m->count; i++) {
		if (strcmp(m->signals[i].short_name, name) == 0)
			return &m->signals[i];
	}
	return NULL;
}

struct dbc_draft *dbc_take_signal(struct dbc_parser *p)
{
	struct dbc_draft_message *m;
	uint64_t id;

	if (!dbc_whole(p, &id))
		return NULL;
	m = dbc_message_of(p, id);
	return dbc_name(p) ? signal_of(m, p->word) : NULL;
}

/* BO_ 2364540158 EEC1: 8 Vector__XXX */
enum spur_status dbc_take_message(struct dbc_parser *p)
{
	struct dbc_draft_message m = { .m = { .comment = "" } };
	uint64_t id, size;

	if (!dbc_whole(p, &id) || id > UINT32_MAX)
		return dbc_broken(p, "BO_ needs a frame identifier");
	if (!dbc_name(p) || (m.m.name = dbc_keep(p, p->word, strlen(p->word))) == NULL)
		return dbc_broken(p, "BO_ needs a message name");
	if (!dbc_sign(p, ':') || !dbc_whole(p, &size) || size > 65535)
		return dbc_broken(p, "BO_ needs ': SIZE'");
	m.m.frame_id = (uint32_t)id;
	m.m.size_bytes = (uint16_t)size;
	if ((p->count & (p->count - 1)) == 0)
		p->messages = spur_realloc(p->messages, p->count == 0 ? 1 : 2 * p->count, sizeof(m));
	p->messages[p->count++] = m;
	p->sorted = false;
	dbc_skip_line(p);
	return SPUR_OK;
}

/* "", "M", "m3", "m3M" before the colon. */
static enum spur_status take_mux(struct dbc_parser *p, struct dbc_draft *d)
{
	char *end = p->word;

	if (!dbc_word(p))
		return SPUR_OK;
	if (*end == 'm') {
		d->muxed = true;
		d->mux_value = strtoull(end + 1, &end, 10);
	}
	if (*end == 'M') {
		d->s.is_multiplexor = true;
		end++;
	}
	return *end == '\0' ? SPUR_OK : dbc_broken(p, "SG_: unknown multiplex mark");
}

/* START|LENGTH@ORDER SIGN */
static enum spur_status take_layout(struct dbc_parser *p, struct dbc_draft *d)
{
	uint64_t start, length, order;

	if (!dbc_sign(p, ':') || !dbc_whole(p, &start) || !dbc_sign(p, '|') || !dbc_whole(p, &length) ||
	    !dbc_sign(p, '@') || !dbc_whole(p, &order))
		return dbc_broken(p, "SG_ needs ': START|LENGTH@ORDER'");
	if (start > 16383 || length == 0 || order > 1)
		return dbc_broken(p, "SG_: bits that no frame has");
	d->s.start = (uint16_t)start;
	d->s.motorola = order == 0;
	d->s.length = (uint16_t)length;
	if (length > 64) {	/* 0: neither a number nor whole bytes, dropped */
		bool whole = length % 8 == 0 && length <= BYTES_MAX * 8 && start % 8 == (d->s.motorola ? 7 : 0);

		d->s.length = whole ? (uint16_t)length : 0;
	}
	if (dbc_sign(p, '-'))
		d->s.number = SPUR_DBC_SIGNED;
	else if (!dbc_sign(p, '+'))
		return dbc_broken(p, "SG_ needs '+' or '-' after the byte order");
	if (length > 64)
		d->s.number = SPUR_DBC_BYTES;
	return SPUR_OK;
}

/* SG_ EngineSpeed m2 : 24|16@1+ (0.125,0) [0|8031.875] "rpm" Vector__XXX */
enum spur_status dbc_take_signal_line(struct dbc_parser *p)
{
	struct dbc_draft d = { .s = { .comment = "", .multiplexor = -1 } };
	struct dbc_draft_message *m = p->count == 0 ? NULL : &p->messages[p->count - 1];
	enum spur_status st;
	double ignored;

	if (m == NULL)
		return dbc_broken(p, "SG_ before any BO_");
	if (!dbc_name(p) || (d.short_name = dbc_keep(p, p->word, strlen(p->word))) == NULL)
		return dbc_broken(p, "SG_ needs a name");
	if ((st = take_mux(p, &d)) < 0 || (st = take_layout(p, &d)) < 0)
		return st;
	if (!dbc_sign(p, '(') || !dbc_number(p, &d.s.factor) || !dbc_sign(p, ',') ||
	    !dbc_number(p, &d.s.offset) || !dbc_sign(p, ')'))
		return dbc_broken(p, "SG_ needs '(FACTOR,OFFSET)'");
	if (!dbc_sign(p, '[') || !dbc_number(p, &ignored) || !dbc_sign(p, '|') ||
	    !dbc_number(p, &ignored) || !dbc_sign(p, ']'))
		return dbc_broken(p, "SG_ needs '[MIN|MAX]'");
	if ((d.s.unit = dbc_quoted(p)) == NULL)
		return dbc_broken(p, "SG_ needs a unit in quotes");
	d.s.name = d.short_name;
	dbc_skip_line(p);
	if (d.s.length == 0)
		return SPUR_OK;
	if ((m->count & (m->count - 1)) == 0)
		m->signals = spur_realloc(m->signals, m->count == 0 ? 1 : 2 * m->count, sizeof(d));
	m->signals[m->count++] = d;
	return SPUR_OK;
}

/* SIG_VALTYPE_ ID NAME : 1; (1 float, 2 double) */
void dbc_take_valtype(struct dbc_parser *p)
{
	struct dbc_draft *d = dbc_take_signal(p);
	uint64_t kind;

	dbc_sign(p, ':');
	if (d == NULL || !dbc_whole(p, &kind))
		return;
	if (kind == 1 && d->s.length == 32)
		d->s.number = SPUR_DBC_FLOAT;
	else if (kind == 2 && d->s.length == 64)
		d->s.number = SPUR_DBC_DOUBLE;
}

/* Ranges of one statement after those of earlier ones: some tools write one statement per range. */
static void keep_ranges(struct dbc_parser *p, struct dbc_draft *d, int by, const struct spur_dbc_range *list, size_t n)
{
	size_t old = d->s.multiplexor == by ? d->s.when_count : 0;
	struct spur_dbc_range *kept = spur_arena_array(p->arena, old + n, sizeof(*kept));

	if (kept == NULL) {
		p->full = true;
		return;
	}
	if (old > 0)
		memcpy(kept, d->s.when, old * sizeof(*kept));
	memcpy(kept + old, list, n * sizeof(*kept));
	d->s.when = kept;
	d->s.when_count = old + n;
	d->s.multiplexor = by;
}

/* SG_MUL_VAL_ ID NAME MULTIPLEXOR 0-3, 7-7; */
void dbc_take_mux_values(struct dbc_parser *p)
{
	struct dbc_draft_message *m;
	struct dbc_draft *d, *by;
	struct spur_dbc_range *list = NULL, r;
	uint64_t id;
	size_t n = 0;

	if (!dbc_whole(p, &id) || (m = dbc_message_of(p, id)) == NULL || !dbc_name(p) ||
	    (d = signal_of(m, p->word)) == NULL || !dbc_name(p) || (by = signal_of(m, p->word)) == NULL)
		return;
	do {
		if (!dbc_whole(p, &r.first) || !dbc_sign(p, '-') || !dbc_whole(p, &r.last))
			break;
		if ((n & (n - 1)) == 0)
			list = spur_realloc(list, n == 0 ? 1 : 2 * n, sizeof(*list));
		list[n++] = r;
	} while (dbc_sign(p, ','));
	if (n > 0)
		keep_ranges(p, d, (int)(by - m->signals), list, n);
	free(list);
}

/* A signal marked m3 without SG_MUL_VAL_ hangs on the one marked M. */
static void link_mux(struct dbc_parser *p, struct dbc_draft_message *m)
{
	int root = -1;

	for (size_t i = 0; i < m->count && root < 0; i++)
		root = m->signals[i].s.is_multiplexor && !m->signals[i].muxed ? (int)i : -1;
	for (size_t i = 0; i < m->count; i++) {
		struct dbc_draft *d = &m->signals[i];
		struct spur_dbc_range *r;

		if (!d->muxed || d->s.multiplexor >= 0 || root < 0 || (r = spur_arena_alloc(p->arena, sizeof(*r))) == NULL)
			continue;
		r->first = r->last = d->mux_value;
		d->s.when = r;
		d->s.when_count = 1;
		d->s.multiplexor = root;
	}
}

enum spur_status dbc_finish_message(struct dbc_parser *p, struct dbc_draft_message *m)
{
	struct spur_dbc_signal *s = spur_arena_array(p->arena, m->count, sizeof(*s));

	if (s == NULL)
		return dbc_broken(p, "");
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
