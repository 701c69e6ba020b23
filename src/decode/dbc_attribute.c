/* Comments and attributes: CM_, BA_, BA_DEF_DEF_. What does not fit is skipped. */
#include "config.h"

#include "decode/dbc_parser.h"

#include <string.h>

/* CM_ BO_ ID "…"; CM_ SG_ ID NAME "…"; */
void dbc_take_comment(struct dbc_parser *p)
{
	struct dbc_draft_message *m;
	struct dbc_draft *d;
	uint64_t id;
	char *text;

	if (!dbc_word(p))
		return;
	if (strcmp(p->word, "BO_") == 0 && dbc_whole(p, &id)) {
		m = dbc_message_of(p, id);
		if ((text = dbc_quoted(p)) != NULL && m != NULL)
			m->m.comment = text;
	} else if (strcmp(p->word, "SG_") == 0) {
		d = dbc_take_signal(p);
		if ((text = dbc_quoted(p)) != NULL && d != NULL)
			d->s.comment = text;
	}
}

/* BA_DEF_ BO_ "VFrameFormat" ENUM "StandardCAN","ExtendedCAN",...,"J1939PG"; tools number them differently. */
void dbc_take_definition(struct dbc_parser *p)
{
	char *name, *text;

	dbc_word(p);
	if ((name = dbc_quoted(p)) == NULL || strcmp(name, "VFrameFormat") != 0 || !dbc_word(p) || strcmp(p->word, "ENUM") != 0)
		return;
	for (unsigned i = 0; (text = dbc_quoted(p)) != NULL; i++) {
		if (strcmp(text, "J1939PG") == 0)
			p->j1939_format = i;
		if (!dbc_sign(p, ','))
			break;
	}
}

/* The value of VFrameFormat: its place in the enum, or its name. */
static bool is_j1939(struct dbc_parser *p)
{
	double v;
	char *text;

	dbc_skip_space(p);
	if (p->at < p->end && *p->at == '"')
		return (text = dbc_quoted(p)) != NULL && strcmp(text, "J1939PG") == 0;
	return dbc_number(p, &v) && v == (double)p->j1939_format;
}

/* BA_DEF_DEF_ "VFrameFormat" "J1939PG"; */
void dbc_take_default(struct dbc_parser *p)
{
	char *name = dbc_quoted(p), *text;

	if (name == NULL)
		return;
	if (strcmp(name, "VFrameFormat") == 0)
		p->j1939_default = is_j1939(p);
	else if (strcmp(name, "ProtocolType") == 0 && (text = dbc_quoted(p)) != NULL)
		p->j1939_all = p->j1939_all || strcmp(text, "J1939") == 0;
}

/* BA_ "NAME" BO_ ID VALUE;   BA_ "NAME" SG_ ID SIGNAL VALUE;   BA_ "NAME" VALUE; */
void dbc_take_attribute(struct dbc_parser *p)
{
	char *name = dbc_quoted(p), *text;
	struct dbc_draft_message *m;
	struct dbc_draft *d;
	uint64_t id;

	if (name == NULL)
		return;
	dbc_skip_space(p);
	if (strcmp(name, "ProtocolType") == 0 && p->at < p->end && *p->at == '"') {
		p->j1939_all = (text = dbc_quoted(p)) != NULL && strcmp(text, "J1939") == 0;
		return;
	}
	if (!dbc_word(p))
		return;
	if (strcmp(p->word, "SG_") == 0 && strcmp(name, "SystemSignalLongSymbol") == 0) {
		d = dbc_take_signal(p);
		if ((text = dbc_quoted(p)) != NULL && d != NULL)
			d->s.name = text;
	} else if (strcmp(p->word, "BO_") == 0 && dbc_whole(p, &id) && (m = dbc_message_of(p, id)) != NULL) {
		if (strcmp(name, "VFrameFormat") == 0) {
			m->m.j1939 = is_j1939(p);
			m->format_said = true;
		} else if (strcmp(name, "SystemMessageLongSymbol") == 0 && (text = dbc_quoted(p)) != NULL) {
			m->m.name = text;
		}
	}
}
