#ifndef SPUR_DECODE_DBC_PARSER_H
#define SPUR_DECODE_DBC_PARSER_H

#include "base/buf.h"
#include "decode/dbc_priv.h"

/* The parts of dbc_parse.c: what they share while a file is read. */
#define DBC_WORD_MAX 256u

/* A signal while the file is read: names in it are the short ones. */
struct dbc_draft {
	struct spur_dbc_signal s;
	const char *short_name;
	bool muxed;			/* by the message's 'M' signal, unless SG_MUL_VAL_ names another */
	uint64_t mux_value;
};

struct dbc_draft_message {
	struct spur_dbc_message m;
	struct dbc_draft *signals;
	size_t count;
	bool format_said;		/* it has a VFrameFormat of its own */
};

struct dbc_table {
	const char *name;
	struct spur_dbc_value *values;
	size_t count;
};

struct dbc_parser {
	const char *at, *end;
	unsigned line;
	struct spur_arena *arena;
	struct spur_error *err;
	struct dbc_draft_message *messages;
	size_t count;
	struct dbc_table *tables;
	size_t table_count;
	unsigned j1939_format;		/* "J1939PG" among the values of VFrameFormat */
	bool j1939_default, j1939_all, sorted;
	struct dbc_key *keys;		/* of messages, once sorted */
	bool full;
	char word[DBC_WORD_MAX];	/* the last token */
};

/* dbc_parse.c. True: the text was no UTF-8, and *out is what it is in Windows-1252. */
bool dbc_to_utf8(const char *text, size_t len, struct spur_buf *out);

/* dbc_token.c: words, numbers and texts. Each of the readers skips the blanks before it. */
void dbc_skip_space(struct dbc_parser *p);
void dbc_skip_line(struct dbc_parser *p);
/* To the ';' that ends a statement, strings respected. */
void dbc_skip_statement(struct dbc_parser *p);
/* Letters, digits and '_' into p->word; false at anything else. */
bool dbc_word(struct dbc_parser *p);
bool dbc_sign(struct dbc_parser *p, char c);
bool dbc_number(struct dbc_parser *p, double *out);	/* of any notation */
bool dbc_whole(struct dbc_parser *p, uint64_t *out);
/* A name: whatever is neither blank nor part of the syntax, so that what other tools accept is read too. */
bool dbc_name(struct dbc_parser *p);
/* "text" with \" inside; NULL: none here, or no room. */
char *dbc_quoted(struct dbc_parser *p);
/* A copy in the arena; NULL: no room, and p->full. */
char *dbc_keep(struct dbc_parser *p, const char *s, size_t len);
enum spur_status dbc_broken(struct dbc_parser *p, const char *what);

/* dbc_message.c: messages, signals, and what signals are made of. */
struct dbc_draft_message *dbc_message_of(struct dbc_parser *p, uint64_t id);
/* "ID NAME": the signal, or NULL if the database does not have it. */
struct dbc_draft *dbc_take_signal(struct dbc_parser *p);
enum spur_status dbc_take_message(struct dbc_parser *p);
enum spur_status dbc_take_signal_line(struct dbc_parser *p);
void dbc_take_valtype(struct dbc_parser *p);
void dbc_take_mux_values(struct dbc_parser *p);
/* Its signals go into the arena, as the database wants them. */
enum spur_status dbc_finish_message(struct dbc_parser *p, struct dbc_draft_message *m);

/* dbc_attribute.c */
void dbc_take_comment(struct dbc_parser *p);
void dbc_take_definition(struct dbc_parser *p);
void dbc_take_default(struct dbc_parser *p);
void dbc_take_attribute(struct dbc_parser *p);

/* dbc_value.c */
void dbc_take_table(struct dbc_parser *p);
void dbc_use_values(struct dbc_parser *p);

#endif
