#include "config.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "ui/review.h"

static const char *const orders[] = { "id", "time", "score", "label" };

/* The command line that lists the same. */
static void echo(struct spur_ui *ui, const struct spur_review *s)
{
	const struct { const char *name, *value; } texts[] = {
		{ "drive", s->want.drive }, { "label", s->want.label }, { "tag", s->want.tag }, { "author", s->want.author },
		{ "text", s->want.text },
	};
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, "spur segments");
	if (s->want.state != SPUR_DB_ANY)
		spur_buf_addf(&b, " --state %s", spur_db_state_name(s->want.state));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].value == NULL)
			continue;
		spur_buf_addf(&b, " --%s ", texts[i].name);
		spur_word_add(&b, texts[i].value);
	}
	if (s->want.order != SPUR_DB_BY_ID)
		spur_buf_addf(&b, " --sort %s", orders[s->want.order]);
	if (s->want.descending)
		spur_buf_adds(&b, " --reverse");
	spur_ui_echo(ui, "%s", spur_buf_text(&b));
	spur_buf_finish(&b);
}

void spur_review_want(struct spur_ui *ui, struct spur_review *s)
{
	s->cursor = (struct spur_list){ 0 };
	s->at = 0;
	spur_session_segments_want(spur_ui_session(ui), &s->want);
	echo(ui, s);
}

static bool take_word(struct spur_ui *ui, struct spur_review *s, const char *word)
{
	const struct { const char *name; char *to; size_t room; } slots[] = {
		{ "drive=", s->drive, sizeof(s->drive) }, { "label=", s->label, sizeof(s->label) },
		{ "tag=", s->tag, sizeof(s->tag) }, { "author=", s->author, sizeof(s->author) },
	};
	size_t used = strlen(s->text);

	if (strncmp(word, "state=", 6) == 0) {
		if (spur_db_state_parse(strcmp(word + 6, "open") == 0 ? "candidate" : word + 6, &s->want.state))
			return true;
		spur_ui_say(ui, "no state '%s': any, candidate, approved, rejected, superseded", word + 6);
		return false;
	}
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		if (strncmp(word, slots[i].name, strlen(slots[i].name)) == 0) {
			snprintf(slots[i].to, slots[i].room, "%s", word + strlen(slots[i].name));
			return true;
		}
	}
	snprintf(s->text + used, sizeof(s->text) - used, "%s%s", used > 0 ? " " : "", word);
	return true;
}

static const char *or_null(const char *text)
{
	return text[0] == '\0' ? NULL : text;
}

bool spur_review_filter(struct spur_ui *ui, struct spur_review *s, const char *text)
{
	char **words = NULL;
	int n = spur_words_split(text, &words);
	bool fine = n >= 0;

	s->drive[0] = s->label[0] = s->tag[0] = s->author[0] = s->text[0] = '\0';
	s->want.state = SPUR_DB_ANY;
	for (int i = 0; fine && i < n; i++)
		fine = take_word(ui, s, words[i]);
	spur_words_free(words, n);
	if (!fine)
		return false;
	snprintf(s->filter, sizeof(s->filter), "%s", text);
	s->want.drive = or_null(s->drive);
	s->want.label = or_null(s->label);
	s->want.tag = or_null(s->tag);
	s->want.author = or_null(s->author);
	s->want.text = or_null(s->text);
	return true;
}
