#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "ui/review.h"
#include "ui/ui_priv.h"

/* What is marked, else the one under the cursor, as words of a verb. False: there is nothing. */
static bool add_whom(const struct spur_review *s, struct spur_buf *to)
{
	const struct spur_db_segment *seg = spur_review_current(s);

	if (s->marks.count > 0)
		spur_marks_words(&s->marks, to);
	else if (seg != NULL)
		spur_buf_addf(to, "%" PRId64, seg->id);
	return s->marks.count > 0 || seg != NULL;
}

/* An own segment is locked: said here, and refused by the catalogue wherever it comes from. */
static bool locked(struct spur_ui *ui, const struct spur_review *s, bool approval)
{
	const struct spur_db_segment *seg = spur_review_current(s);
	const struct spur_db_draft *d = seg == NULL ? NULL : spur_session_pending(s->list, seg->id);

	if (s->marks.count > 0 || seg == NULL)
		return false;
	if (strcmp(seg->author, s->list->who) == 0)
		spur_ui_say(ui, "segment %" PRId64 ": you are the author, another person reviews it (four eyes)", seg->id);
	else if (approval && d != NULL && strcmp(d->verdict, "edge") == 0)
		spur_ui_say(ui, "segment %" PRId64 ": you move its edges, another person approves that (four eyes)", seg->id);
	else
		return false;
	return true;
}

/* "spur review VERB 12 --reason 'why' --draft"; then on to what waits next. */
static void decide(struct spur_ui *ui, struct spur_review *s, const char *verdict, const char *reason)
{
	struct spur_buf b = { 0 };

	spur_buf_addf(&b, "spur review %s ", verdict);
	if (add_whom(s, &b)) {
		if (reason != NULL && *reason != '\0') {
			spur_buf_adds(&b, " --reason ");
			spur_word_add(&b, reason);
		}
		spur_buf_adds(&b, " --draft");
		spur_ui_run_in_order(ui, spur_buf_text(&b), true);
		if (strcmp(verdict, "comment") != 0 && !spur_ui_readonly(ui)) {
			if (s->marks.count == 0)
				spur_review_step(ui, s, 1);
			spur_marks_finish(&s->marks);
		}
	} else if (spur_ui_readonly(ui)) {
		spur_ui_say(ui, "read-only: nothing is changed");
	} else {
		spur_ui_say(ui, s->list->loading ? "the segments are still being read" : "there is no segment here");
	}
	spur_buf_finish(&b);
}

/* While words are typed somebody else may decide: the list is read again, and another segment is under the cursor. */
static bool gone(struct spur_ui *ui, const struct spur_review *s)
{
	if (s->marks.count > 0 || s->at == s->about)
		return false;
	spur_ui_say(ui, "segment %" PRId64 " has left the list meanwhile; nothing was done", s->about);
	return true;
}

static void reject_for(struct spur_ui *ui, struct spur_review *s, int reason)
{
	s->choosing = false;
	if (reason < 0 || (size_t)reason >= s->list->reason_count) {
		spur_ui_say(ui, "there are %zu reasons; X again for words", s->list->reason_count);
		return;
	}
	if (gone(ui, s))
		return;
	s->reason = reason;
	s->words[0] = '\0';
	decide(ui, s, "reject", s->list->reasons[reason]);
}

static void reject_in_words(struct spur_ui *ui, struct spur_review *s, const char *text)
{
	s->choosing = false;
	if (*text == '\0' || gone(ui, s))
		return;
	snprintf(s->words, sizeof(s->words), "%s", text);
	decide(ui, s, "reject", s->words);
}

static void reject_again(struct spur_ui *ui, struct spur_review *s)
{
	if (locked(ui, s, false))
		return;
	s->about = s->at;
	if (s->words[0] != '\0')
		decide(ui, s, "reject", s->words);
	else
		reject_for(ui, s, s->reason);
}

/* Earlier or later by so much; with marks the edges of all of them. */
static void nudge(struct spur_ui *ui, struct spur_review *s, spur_ns by)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, "spur review edge ");
	if (add_whom(s, &b)) {
		spur_buf_addf(&b, " --%s %" PRId64 "ns --draft", s->end_edge ? "end" : "begin", by);
		spur_ui_run_in_order(ui, spur_buf_text(&b), true);
	}
	spur_buf_finish(&b);
}

/* What is typed must be the number that is pending: nobody signs more than was seen. */
static void sign(struct spur_ui *ui, struct spur_review *s, const char *typed)
{
	char label[120], command[64], number[24] = "", *end;
	bool unread = s->list->pending_unread || spur_ui_deciding(ui);	/* keys may be ahead of what they did */
	long n;

	if (typed == NULL && s->list->pending_count == 0 && !unread) {
		spur_ui_say(ui, "nothing is pending");
	} else if (typed == NULL) {
		if (!unread)
			snprintf(number, sizeof(number), "%zu ", s->list->pending_count);
		snprintf(label, sizeof(label), "%sdecisions become final as %s; type their number to sign: ", number, s->list->who);
		spur_ui_prompt(ui, label, "sign", NULL);
	} else {
		n = strtol(typed, &end, 10);
		if (*typed == '\0' || *end != '\0' || n < 0) {
			spur_ui_say(ui, "not signed");
			return;
		}
		snprintf(command, sizeof(command), "spur review sign --count %ld", n);
		spur_ui_run_in_order(ui, command, true);
	}
}

static void flag(struct spur_ui *ui, struct spur_review *s)
{
	const struct spur_db_segment *seg = spur_review_current(s);
	struct spur_buf b = { 0 };

	spur_buf_addf(&b, "spur %s flag ", seg != NULL && strstr(seg->tags, "flag") != NULL ? "untag" : "tag");
	if (add_whom(s, &b))
		spur_ui_run_in_order(ui, spur_buf_text(&b), true);
	spur_buf_finish(&b);
}

static bool choose_reason(struct spur_ui *ui, struct spur_review *s, const struct spur_action *a)
{
	if (strncmp(a->id, "screen-", 7) == 0 || strncmp(a->id, "reason-", 7) == 0) {
		reject_for(ui, s, a->id[7] - '1');
	} else if (strcmp(a->id, "open") == 0) {
		reject_for(ui, s, s->reason);
	} else if (strcmp(a->id, "reject") == 0 && a->text == NULL) {
		spur_ui_prompt(ui, "reject, because: ", "reject", NULL);
	} else if (strcmp(a->id, "reject") == 0) {
		reject_in_words(ui, s, a->text);
	} else if (strcmp(a->id, "resize") != 0) {
		s->choosing = false;
		return strcmp(a->id, "cancel") == 0 || strcmp(a->id, "back") == 0;
	}
	return true;
}

static bool edges(struct spur_ui *ui, struct spur_review *s, const char *id)
{
	static const struct { const char *id; int sign; bool far; } moves[] = {
		{ "edge-earlier", -1, false }, { "edge-later", 1, false }, { "edge-far-earlier", -1, true }, { "edge-far-later", 1, true },
	};

	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		if (strcmp(id, moves[i].id) == 0) {
			nudge(ui, s, moves[i].sign * (moves[i].far ? SPUR_NS_PER_S : s->frame_ns));
			return true;
		}
	}
	if (strcmp(id, "edge-other") != 0 && strcmp(id, "pane-next") != 0)
		return false;
	s->end_edge = !s->end_edge;
	spur_ui_say(ui, "[ and ] move the %s", s->end_edge ? "end" : "begin");
	return true;
}

bool spur_review_act(struct spur_ui *ui, struct spur_review *s, const struct spur_action *a)
{
	if (s->choosing)
		return choose_reason(ui, s, a);
	if (strcmp(a->id, "approve") == 0) {
		if (!locked(ui, s, true))
			decide(ui, s, "approve", NULL);
	} else if (strcmp(a->id, "reject") == 0) {
		s->choosing = !locked(ui, s, false) && spur_review_current(s) != NULL;
		s->about = s->at;
	} else if (strcmp(a->id, "reject-again") == 0) {
		reject_again(ui, s);
	} else if (strcmp(a->id, "comment") == 0 && a->text == NULL) {
		s->about = s->at;
		spur_ui_prompt(ui, "comment: ", "comment", NULL);
	} else if (strcmp(a->id, "comment") == 0) {
		if (a->text[0] != '\0' && !gone(ui, s))
			decide(ui, s, "comment", a->text);
	} else if (strcmp(a->id, "undo") == 0) {
		spur_ui_run_in_order(ui, "spur review undo", true);
	} else if (strcmp(a->id, "redo") == 0) {
		spur_ui_run_in_order(ui, "spur review redo", true);
	} else if (strcmp(a->id, "sign") == 0) {
		sign(ui, s, a->text);
	} else if (strcmp(a->id, "flag") == 0) {
		flag(ui, s);
	} else {
		return edges(ui, s, a->id) || strcmp(a->id, "reason-9") == 0;
	}
	return true;
}
