/* The whole of a DBC file: its encoding, its statements, and the database they make. */
#include "config.h"

#include "decode/dbc_parser.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define ARENA_MAX (UINT64_C(256) << 20)
#define ORPHANS_ID 0xc0000000u	/* VECTOR__INDEPENDENT_SIG_MSG: signals of no frame */

static enum spur_status statement(struct dbc_parser *p)
{
	static const struct {
		const char *word;
		void (*take)(struct dbc_parser *p);
	} rest[] = {
		{ "CM_", dbc_take_comment }, { "VAL_TABLE_", dbc_take_table }, { "VAL_", dbc_use_values },
		{ "SIG_VALTYPE_", dbc_take_valtype }, { "SG_MUL_VAL_", dbc_take_mux_values },
		{ "BA_DEF_DEF_", dbc_take_default }, { "BA_", dbc_take_attribute },
		{ "BA_DEF_", dbc_take_definition }, { "BA_DEF_REL_", NULL }, { "BA_DEF_DEF_REL_", NULL }, { "BA_REL_", NULL },
		{ "SIG_GROUP_", NULL }, { "EV_", NULL }, { "BO_TX_BU_", NULL },
	};

	if (!dbc_word(p)) {
		p->at++;
		return SPUR_OK;
	}
	if (strcmp(p->word, "BO_") == 0)
		return dbc_take_message(p);
	if (strcmp(p->word, "SG_") == 0)
		return dbc_take_signal_line(p);
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
		dbc_skip_statement(p);
		return SPUR_OK;
	}
	dbc_skip_line(p);
	return SPUR_OK;
}

static enum spur_status finish(struct dbc_parser *p, struct spur_dbc *db)
{
	enum spur_status st = SPUR_OK;

	db->messages = spur_calloc(p->count, sizeof(*db->messages));
	db->by_id = spur_calloc(p->count, sizeof(*db->by_id));
	db->by_pgn = spur_calloc(p->count, sizeof(*db->by_pgn));
	for (size_t i = 0; i < p->count && st >= 0; i++) {
		if (p->messages[i].m.frame_id == ORPHANS_ID)
			continue;
		st = dbc_finish_message(p, &p->messages[i]);
		db->messages[db->count] = p->messages[i].m;
		db->by_id[db->count] = (struct dbc_key){ p->messages[i].m.frame_id, db->count };
		if (p->messages[i].m.j1939)
			db->by_pgn[db->pgn_count++] = (struct dbc_key){ spur_dbc_pgn(p->messages[i].m.frame_id), db->count };
		db->count++;
	}
	dbc_keys_sort(db->by_id, db->count);
	dbc_keys_sort(db->by_pgn, db->pgn_count);
	return p->full ? dbc_broken(p, "") : st;
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

bool dbc_to_utf8(const char *text, size_t len, struct spur_buf *out)
{
	if (is_utf8(text, len))
		return false;
	from_cp1252(text, len, out);
	return true;
}

enum spur_status spur_dbc_parse(const char *text, size_t len, struct spur_dbc **out, struct spur_error *err)
{
	struct spur_buf utf8 = { 0 };
	struct dbc_parser p = { .at = text, .end = text + len, .line = 1, .err = err,
			       .j1939_format = 3 };
	struct spur_dbc *db = spur_calloc(1, sizeof(*db));
	enum spur_status st = SPUR_OK;

	*out = NULL;
	db->arena = p.arena = spur_arena_create(ARENA_MAX);
	if (dbc_to_utf8(text, len, &utf8)) {
		p.at = spur_buf_text(&utf8);
		p.end = p.at + utf8.len;
	}
	for (dbc_skip_space(&p); p.at < p.end && st >= 0; dbc_skip_space(&p))
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
