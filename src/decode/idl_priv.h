#ifndef SPUR_DECODE_IDL_PRIV_H
#define SPUR_DECODE_IDL_PRIV_H

#include "decode/idl.h"

/* The parts of idl*.c. */
#define IDL_WORD_MAX 256u
#define IDL_MEMBERS_MAX 16384u
#define IDL_TYPE_DEPTH 16u		/* sequences in sequences, typedefs of typedefs */

enum idl_decl_kind { DECL_STRUCT, DECL_ENUM, DECL_TYPEDEF, DECL_CONST };

struct idl_decl {
	enum idl_decl_kind kind;
	const char *name;		/* "a::b::C" */
	struct spur_shape *shape;	/* of a struct or union */
	struct spur_member type;	/* of a typedef; of an enum: its number */
	int64_t value;			/* of a constant or an enumerator */
	bool resolving;
};

/* What annotations said about the thing that follows. */
struct idl_notes {
	enum spur_extensibility ext;
	bool optional, has_id;
	int64_t id, bit_bound;
};

struct idl_parser {
	const char *at, *end;
	uint32_t line;
	struct spur_arena *arena;
	struct spur_error *err;
	struct idl_decl *decls;
	size_t decl_count;
	struct spur_shape **carriers;	/* transparent ones: their members are resolved too */
	size_t carrier_count, member_count;
	unsigned depth;
	const char *scope;
	char word[IDL_WORD_MAX];		/* the token at hand: a word, a number, or one sign; "" at the end */
	enum { T_END, T_WORD, T_NUMBER, T_TEXT, T_SIGN } kind;
};

/* idl_token.c: words, names and annotations. */
enum spur_status idl_broken(struct idl_parser *p, const char *what);
enum spur_status idl_unsupported(struct idl_parser *p, const char *what);
enum spur_status idl_full(struct idl_parser *p);
void idl_next(struct idl_parser *p);
bool idl_is(const struct idl_parser *p, const char *s);
bool idl_accept(struct idl_parser *p, const char *s);
enum spur_status idl_expect(struct idl_parser *p, const char *s);
char *idl_take_word(struct idl_parser *p);
char *idl_scoped(struct idl_parser *p, const char *name);
struct idl_decl *idl_add_decl(struct idl_parser *p, enum idl_decl_kind kind, const char *name);
struct idl_decl *idl_find_full(const struct idl_parser *p, const char *scope, size_t scope_len, const char *name);
struct idl_decl *idl_find(const struct idl_parser *p, const char *scope, const char *name);
enum spur_status idl_take_integer(struct idl_parser *p, int64_t *out);
enum spur_status idl_take_notes(struct idl_parser *p, struct idl_notes *n);

/* idl_type.c: types, and what their names mean once everything was read. */
bool idl_take_prim(struct idl_parser *p, enum spur_prim *out);
enum spur_status idl_take_type(struct idl_parser *p, struct spur_member *m, unsigned depth);
enum spur_status idl_take_declarator(struct idl_parser *p, struct spur_member *m);
enum spur_status idl_resolve_all(struct idl_parser *p);
enum spur_status idl_find_root(struct idl_parser *p, const char *name, struct spur_shape **root);

#endif
