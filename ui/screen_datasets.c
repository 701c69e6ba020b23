#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/words.h"
#include "session/lab.h"
#include "ui/lab_acts.h"
#include "ui/list.h"
#include "ui/table.h"
#include "ui/ui.h"

#define DETAIL_ROWS 9

struct state {
	const struct spur_session_datasets *list;
	const struct spur_session_dataset *one;
	struct spur_list cursor, items;
	int64_t at;		/* under the cursor: it stays there when others come */
	int64_t marked[2];	/* ids; 0: none */
	bool in_items;		/* Enter: the items of the version instead of the list */
	int rows;		/* of the body, at the last look */
	uint64_t seen, seen_one;
	enum spur_time_style style;
	char sought[128], asked[128];	/* asked: version to show once the list is there */
	/* A freeze being put together: its name, what goes in, and what it would be. */
	const struct spur_session_preview *preview;
	char name[128], what[256];
	char *freeze;		/* the command, while its preview is shown; NULL: none */
	bool asked_to;		/* y/N was put */
	uint64_t seen_preview;
	char *folder;		/* of an extraction that is asked for */
};

static int count_of(const struct state *s)
{
	return (int)s->list->count;
}

static const struct spur_db_dataset *current(const struct state *s)
{
	return s->cursor.at < count_of(s) ? &s->list->rows[s->cursor.at] : NULL;
}

static int list_rows(int rows)
{
	return rows > DETAIL_ROWS + 6 ? rows - DETAIL_ROWS - 2 : rows - 2;
}

/* "rain" is its newest version, "rain@3" that one, "ds-..." by id. */
static bool is_meant(const struct spur_db_dataset *d, const char *ref)
{
	char name[256];

	snprintf(name, sizeof(name), "%s@%d", d->name, d->version);
	return strcmp(d->uid, ref) == 0 || strcmp(name, ref) == 0 || strcmp(d->name, ref) == 0;
}

static void go_to_asked(struct state *s)
{
	for (int i = 0; i < count_of(s) && s->asked[0] != '\0'; i++) {
		if (is_meant(&s->list->rows[i], s->asked)) {
			s->cursor.at = i;
			s->asked[0] = '\0';
		}
	}
}

static void note_place(struct state *s)
{
	s->at = current(s) == NULL ? 0 : current(s)->id;
}

static void keep_place(struct state *s)
{
	for (int i = 0; i < count_of(s) && s->at != 0; i++) {
		if (s->list->rows[i].id == s->at)
			s->cursor.at = i;
	}
	if (s->cursor.at >= count_of(s))
		s->cursor.at = count_of(s) > 0 ? count_of(s) - 1 : 0;
}

static enum spur_status open_datasets(struct spur_ui *ui, void *state, const char *arg, struct spur_error *err)
{
	struct state *s = state;
	int cols;

	(void)err;
	s->list = spur_session_datasets(spur_ui_session(ui));
	s->one = spur_session_dataset(spur_ui_session(ui));
	s->preview = spur_session_preview(spur_ui_session(ui));
	s->seen_preview = s->preview->generation;
	s->style = spur_ui_time_style(ui);
	spur_ui_body(ui, &s->rows, &cols);
	snprintf(s->asked, sizeof(s->asked), "%s", arg == NULL ? "" : arg);
	go_to_asked(s);
	spur_session_datasets_want(spur_ui_session(ui));
	return SPUR_OK;
}

static void forget_freeze(struct state *s)
{
	free(s->freeze);
	s->freeze = NULL;
	s->asked_to = false;
}

/* The preview is there: now it can be said what is agreed to. */
static bool ask_to_freeze(struct spur_ui *ui, struct state *s)
{
	char *question;

	if (s->freeze != NULL && s->asked_to && !spur_ui_asking(ui)) {
		forget_freeze(s);
		return true;
	}
	if (s->freeze == NULL || s->seen_preview == s->preview->generation)
		return false;
	s->seen_preview = s->preview->generation;
	if (s->preview->error != NULL) {
		spur_ui_say(ui, "%s", s->preview->error);
		forget_freeze(s);
		return true;
	}
	s->asked_to = true;
	question = spur_strfmt("freeze these as the next version of %s?", s->name);
	spur_ui_confirm(ui, question, s->freeze);
	free(question);
	return true;
}

static bool update(struct spur_ui *ui, void *state)
{
	struct state *s = state;
	bool changed = s->seen != s->list->generation || s->seen_one != s->one->generation || s->style != spur_ui_time_style(ui);

	changed = ask_to_freeze(ui, s) || changed;
	s->seen = s->list->generation;
	s->seen_one = s->one->generation;
	s->style = spur_ui_time_style(ui);
	if (changed) {
		keep_place(s);
		go_to_asked(s);
		note_place(s);
		if (current(s) != NULL)
			spur_session_dataset_want(spur_ui_session(ui), current(s)->id);
	}
	return changed;
}

/* ---- drawing ---- */

static void when_text(const struct state *s, spur_ns at, char out[SPUR_TIME_TEXT])
{
	spur_time_text(at, s->style == SPUR_TIME_REL ? SPUR_TIME_UTC : s->style, 0, out);
	out[19] = '\0';
}

static bool is_marked(const struct state *s, int64_t id)
{
	return s->marked[0] == id || s->marked[1] == id;
}

static void draw_row(const struct state *s, struct spur_grid *g, int row, const struct spur_db_dataset *d, bool here)
{
	char when[SPUR_TIME_TEXT], n[24], name[300];
	int room = g->cols - 62;

	when_text(s, d->at_ns, when);
	snprintf(name, sizeof(name), "%s@%d", d->name, d->version);
	snprintf(n, sizeof(n), "%" PRIu64, d->items);
	spur_grid_put(g, row, 0, SPUR_ROLE_TEXT, here ? '>' : ' ');
	spur_grid_put(g, row, 1, SPUR_ROLE_WARN, is_marked(s, d->id) ? '*' : ' ');
	spur_table_name(g, row, 2, room, SPUR_ROLE_TEXT, name);
	spur_grid_text(g, row, room + 3, 19, SPUR_ROLE_DIM, d->uid);
	spur_grid_right(g, row, room + 23, 7, SPUR_ROLE_TEXT, n);
	spur_table_name(g, row, room + 31, 9, SPUR_ROLE_TEXT, d->who);
	spur_grid_text(g, row, room + 41, 19, SPUR_ROLE_TEXT, when);
	if (here)
		spur_grid_role(g, (struct spur_rect){ row, 0, 1, g->cols - 1 }, SPUR_ROLE_SELECTED);
}

static void draw_balance_row(struct spur_grid *g, int row, enum spur_role role, const char *label, const uint64_t n[SPUR_DB_SPLITS],
			     const spur_ns length[SPUR_DB_SPLITS])
{
	int room = g->cols - 52;

	spur_table_name(g, row, 2, room, role, label);
	for (int k = 0; k < SPUR_DB_SPLITS; k++) {
		char count[24], hours[24];

		snprintf(count, sizeof(count), "%" PRIu64, n[k]);
		spur_table_hours(length[k], hours);
		spur_grid_right(g, row, room + 3 + 16 * k, 6, role, count);
		spur_grid_right(g, row, room + 10 + 16 * k, 8, SPUR_ROLE_DIM, hours);
	}
}

/* Items and time of each label in each split, then all of it. */
static void draw_balance(const struct state *s, struct spur_grid *g, int row, int rows)
{
	uint64_t n[SPUR_DB_SPLITS] = { 0 };
	spur_ns length[SPUR_DB_SPLITS] = { 0 };
	size_t shown = 0;

	for (int k = 0; k < SPUR_DB_SPLITS; k++)
		spur_grid_right(g, row, g->cols - 49 + 16 * k, 15, SPUR_ROLE_HEAD, spur_db_split_name((enum spur_db_split)k));
	for (size_t i = 0; i < s->one->class_count; i++) {
		const struct spur_session_class *c = &s->one->classes[i];

		for (int k = 0; k < SPUR_DB_SPLITS; k++) {
			n[k] += c->items[k];
			length[k] += c->length_ns[k];
		}
		if ((int)i < rows - 3 && ++shown > 0)
			draw_balance_row(g, row + 1 + (int)i, SPUR_ROLE_TEXT, c->label, c->items, c->length_ns);
	}
	if (shown < s->one->class_count)
		spur_grid_textf(g, row, 2, 24, SPUR_ROLE_DIM, "%zu more labels", s->one->class_count - shown);
	draw_balance_row(g, row + rows - 2, SPUR_ROLE_HEAD, "all", n, length);
	spur_grid_textf(g, row + rows - 1, 2, g->cols - 3, SPUR_ROLE_DIM, "drives %" PRIu64 "/%" PRIu64 "/%" PRIu64
			"   extract %s   signed by %s", s->one->drives[0], s->one->drives[1], s->one->drives[2],
			s->one->extract[0] != '\0' ? s->one->extract : "none yet: e", s->one->signers[0] != '\0' ? s->one->signers :
			"nobody: S");
}

static void draw_detail(const struct state *s, struct spur_grid *g, int row)
{
	const struct spur_db_dataset *d = current(s);
	char heading[400];

	snprintf(heading, sizeof(heading), "%s@%d %.19s", d->name, d->version, d->uid);
	spur_table_rule(g, row, heading);
	if (s->one->id != d->id)
		spur_grid_text(g, row + 1, 2, g->cols - 3, SPUR_ROLE_DIM, "reading ...");
	else if (s->one->error != NULL)
		spur_grid_text(g, row + 1, 2, g->cols - 3, SPUR_ROLE_BAD, s->one->error);
	else
		draw_balance(s, g, row + 1, g->rows - row - 1);
}

static void draw_item(const struct state *s, struct spur_grid *g, int row, const struct spur_db_item *it, bool here)
{
	char when[SPUR_TIME_TEXT], span[SPUR_TIME_TEXT];
	int label = (g->cols - 50) / 2, drive = g->cols - 50 - label;

	when_text(s, it->begin_ns, when);
	spur_span_text(it->end_ns - it->begin_ns, span);
	spur_grid_put(g, row, 0, SPUR_ROLE_TEXT, here ? '>' : ' ');
	spur_grid_text(g, row, 2, 5, SPUR_ROLE_TEXT, spur_db_split_name(it->split));
	spur_table_name(g, row, 8, label, SPUR_ROLE_TEXT, it->label);
	spur_table_name(g, row, 9 + label, drive, SPUR_ROLE_TEXT, it->drive);
	spur_grid_text(g, row, 10 + label + drive, 19, SPUR_ROLE_TEXT, when);
	spur_grid_right(g, row, 30 + label + drive, 9, SPUR_ROLE_TEXT, span);
	spur_grid_text(g, row, 40 + label + drive, 9, SPUR_ROLE_DIM, it->tags);
	if (here)
		spur_grid_role(g, (struct spur_rect){ row, 0, 1, g->cols - 1 }, SPUR_ROLE_SELECTED);
}

static void draw_items(const struct state *s, struct spur_grid *g)
{
	const struct spur_db_dataset *d = current(s);
	int n = (int)s->one->item_count, page = g->rows - 2, top = spur_list_top(&s->items, n, page);
	int label = (g->cols - 50) / 2, drive = g->cols - 50 - label;

	spur_grid_textf(g, 0, 1, g->cols - 20, SPUR_ROLE_TEXT, "items of %s@%d", d->name, d->version);
	spur_grid_textf(g, 0, g->cols - 18, 17, SPUR_ROLE_DIM, "%d item%s", n, n == 1 ? "" : "s");
	spur_grid_text(g, 1, 2, 5, SPUR_ROLE_HEAD, "split");
	spur_grid_text(g, 1, 8, label, SPUR_ROLE_HEAD, "label");
	spur_grid_text(g, 1, 9 + label, drive, SPUR_ROLE_HEAD, "drive");
	spur_grid_text(g, 1, 10 + label + drive, 19, SPUR_ROLE_HEAD, "begin");
	spur_grid_text(g, 1, 30 + label + drive, 19, SPUR_ROLE_HEAD, "   length tags");
	for (int i = 0; i < page && top + i < n; i++)
		draw_item(s, g, 2 + i, &s->one->items[top + i], top + i == s->items.at);
	spur_list_bar(g, 2, g->cols - 1, page, top, n);
}

static void draw_list(const struct state *s, struct spur_grid *g)
{
	int page = list_rows(g->rows), n = count_of(s), room = g->cols - 62, top = spur_list_top(&s->cursor, n, page);
	int marks = (s->marked[0] != 0) + (s->marked[1] != 0);

	if (marks > 0)
		spur_grid_textf(g, 0, 1, g->cols - 20, SPUR_ROLE_TEXT, "%d marked%s", marks, marks == 2 ? ": D compares them" : "");
	spur_grid_textf(g, 0, g->cols - 18, 17, SPUR_ROLE_DIM, "%d version%s", n, n == 1 ? "" : "s");
	spur_grid_text(g, 1, 2, room, SPUR_ROLE_HEAD, "dataset");
	spur_grid_text(g, 1, room + 3, 19, SPUR_ROLE_HEAD, "id");
	spur_grid_text(g, 1, room + 23, 38, SPUR_ROLE_HEAD, "  items who       frozen");
	if (s->list->error != NULL)
		spur_grid_text(g, 3, 2, g->cols - 4, SPUR_ROLE_BAD, s->list->error);
	else if (n == 0)
		spur_grid_text(g, 3, 2, g->cols - 4, SPUR_ROLE_DIM, s->list->loading ? "reading ..." :
			       "no datasets yet: approve segments, then f freezes them into one");
	for (int i = 0; i < page && top + i < n; i++)
		draw_row(s, g, 2 + i, &s->list->rows[top + i], top + i == s->cursor.at);
	spur_list_bar(g, 2, g->cols - 1, page, top, n);
	if (current(s) != NULL && page + 2 < g->rows)
		draw_detail(s, g, 2 + page);
}

/* What it would be, as the verb says it. */
static void draw_freeze(const struct state *s, struct spur_grid *g)
{
	const char *p = s->preview->loading || s->preview->text == NULL ? "reading what fits ..." : s->preview->text;

	spur_grid_textf(g, 0, 1, g->cols - 2, SPUR_ROLE_HEAD, "not frozen yet: %s", s->freeze);
	for (int row = 2; *p != '\0' && row < g->rows; row++) {
		size_t n = strcspn(p, "\n");

		spur_grid_textf(g, row, 1, g->cols - 2, SPUR_ROLE_TEXT, "%.*s", (int)n, p);
		p += n + (p[n] == '\n');
	}
}

static void draw(const void *state, struct spur_grid *g)
{
	const struct state *s = state;

	if (s->freeze != NULL)
		draw_freeze(s, g);
	else if (s->in_items && current(s) != NULL && s->one->id == current(s)->id)
		draw_items(s, g);
	else
		draw_list(s, g);
}

/* ---- acting ---- */

static void toggle_mark(struct spur_ui *ui, struct state *s)
{
	int64_t id = current(s)->id;

	for (int i = 0; i < 2; i++) {
		if (s->marked[i] == id) {
			s->marked[i] = 0;
			return;
		}
	}
	if (s->marked[0] == 0)
		s->marked[0] = id;
	else if (s->marked[1] == 0)
		s->marked[1] = id;
	else
		spur_ui_say(ui, "two are marked already; Space takes a mark away");
}

static const struct spur_db_dataset *by_id(const struct state *s, int64_t id)
{
	for (int i = 0; i < count_of(s); i++) {
		if (s->list->rows[i].id == id)
			return &s->list->rows[i];
	}
	return NULL;
}

/* The older one first, so that what came is "added". */
static void compare(struct spur_ui *ui, const struct state *s)
{
	const struct spur_db_dataset *a = by_id(s, s->marked[0]), *b = by_id(s, s->marked[1]), *older;

	if (a == NULL || b == NULL) {
		spur_ui_say(ui, "mark two versions with Space first");
		return;
	}
	older = a->at_ns <= b->at_ns ? a : b;
	spur_lab_show_words(ui, "dataset", "diff", older->uid, older == a ? b->uid : a->uid, NULL);
}

static void sign(struct spur_ui *ui, const struct state *s)
{
	char *question = spur_strfmt("sign %s@%d with your key?", current(s)->name, current(s)->version);

	spur_lab_confirm_words(ui, question, "sign", current(s)->uid, NULL);
	free(question);
}

static bool search(struct spur_ui *ui, struct state *s, const struct spur_action *a)
{
	int n = count_of(s), step = strcmp(a->id, "search-previous") == 0 ? n - 1 : 1;

	if (strcmp(a->id, "search") == 0 && a->text != NULL)
		snprintf(s->sought, sizeof(s->sought), "%s", a->text);
	else if (strncmp(a->id, "search-", 7) != 0)
		return false;
	for (int k = 1; k <= n && s->sought[0] != '\0'; k++) {
		int i = (s->cursor.at + k * step) % n;

		if (strstr(s->list->rows[i].name, s->sought) != NULL || strstr(s->list->rows[i].uid, s->sought) != NULL) {
			s->cursor.at = i;
			spur_session_dataset_want(spur_ui_session(ui), s->list->rows[i].id);
			return true;
		}
	}
	spur_ui_say(ui, "no dataset has '%s' in its name", s->sought);
	return true;
}

/* What needs a version under the cursor. */
static bool on_version(struct spur_ui *ui, struct state *s, const char *id)
{
	static const char *const mine[] = { "open", "mark", "verify", "sign", "lineage", NULL };
	size_t k = 0;

	while (mine[k] != NULL && strcmp(mine[k], id) != 0)
		k++;
	if (mine[k] == NULL)
		return false;
	if (current(s) == NULL) {
		spur_ui_say(ui, "there is no dataset yet; f freezes approved segments into one");
	} else if (strcmp(id, "open") == 0) {
		s->in_items = !s->in_items;
		s->items = (struct spur_list){ 0 };
		spur_ui_echo(ui, "spur dataset show %s --items", current(s)->uid);
	} else if (strcmp(id, "mark") == 0) {
		toggle_mark(ui, s);
	} else if (strcmp(id, "verify") == 0) {
		spur_lab_show_words(ui, "verify", current(s)->uid, NULL);
	} else if (strcmp(id, "sign") == 0) {
		sign(ui, s);
	} else {
		spur_ui_goto(ui, "audit", current(s)->uid);
	}
	return true;
}

/* ---- freezing: three questions, a preview, y/N ---- */

static void ask_name(struct spur_ui *ui, const struct state *s)
{
	spur_ui_prompt(ui, "freeze as: ", "freeze-name", current(s) != NULL ? current(s)->name : "dataset");
}

static void ask_split(struct spur_ui *ui, struct state *s, const char *what)
{
	snprintf(s->what, sizeof(s->what), "%s", what);
	spur_ui_prompt(ui, "fractions of train,val,test: ", "freeze-split", "0.7,0.15,0.15");
}

static void preview_freeze(struct spur_ui *ui, struct state *s, const char *split)
{
	struct spur_buf b = { 0 };
	char *dry;
	int rows, cols;

	spur_buf_adds(&b, "spur dataset freeze ");
	spur_word_add(&b, s->name);
	spur_buf_addf(&b, "%s%s --split ", s->what[0] != '\0' ? " " : "", s->what);
	spur_word_add(&b, split);
	free(s->freeze);
	s->freeze = spur_buf_steal(&b);
	s->seen_preview = s->preview->generation;
	spur_ui_body(ui, &rows, &cols);
	dry = spur_strfmt("%s --dry-run", s->freeze);
	spur_session_preview_want(spur_ui_session(ui), dry, (size_t)cols - 2);
	spur_ui_echo(ui, "%s", dry);
	free(dry);
}

/* ---- extraction: where to, and with which windows ---- */

static void ask_folder(struct spur_ui *ui, const struct state *s)
{
	char *folder = spur_strfmt("extracts/%s-%d", current(s)->name, current(s)->version);

	spur_ui_prompt(ui, "extract into folder: ", "extract-folder", folder);
	free(folder);
}

static void run_extract(struct spur_ui *ui, struct state *s, const char *recipe)
{
	if (s->folder == NULL || current(s) == NULL)
		return;
	spur_lab_run_words(ui, "extract", current(s)->uid, "-o", s->folder, *recipe != '\0' ? "--recipe" : NULL, recipe, NULL);
	if (!spur_ui_readonly(ui))
		spur_ui_goto(ui, "jobs", NULL);
}

static bool answered(struct spur_ui *ui, struct state *s, const struct spur_action *a)
{
	if (a->text == NULL)
		return false;
	if (strcmp(a->id, "freeze-name") == 0 && *a->text != '\0') {
		snprintf(s->name, sizeof(s->name), "%s", a->text);
		spur_ui_prompt(ui, "of the approved segments (--tag T, --label L, --drive GLOB; empty: all): ", "freeze-what", "");
	} else if (strcmp(a->id, "freeze-what") == 0) {
		ask_split(ui, s, a->text);
	} else if (strcmp(a->id, "freeze-split") == 0) {
		preview_freeze(ui, s, a->text);
	} else if (strcmp(a->id, "extract-folder") == 0 && *a->text != '\0') {
		free(s->folder);
		s->folder = spur_strdup(a->text);
		spur_ui_prompt(ui, "recipe (driving_events, real_recordings or a file): ", "extract-recipe", "driving_events");
	} else if (strcmp(a->id, "extract-recipe") == 0) {
		run_extract(ui, s, a->text);
	} else {
		return false;
	}
	return true;
}

static bool start(struct spur_ui *ui, struct state *s, const char *id)
{
	bool freeze = strcmp(id, "freeze") == 0;

	if (!freeze && strcmp(id, "extract") != 0)
		return false;
	if (spur_ui_readonly(ui))
		spur_ui_say(ui, "read-only: nothing is changed");
	else if (freeze)
		ask_name(ui, s);
	else if (current(s) == NULL)
		spur_ui_say(ui, "there is no dataset yet; f freezes approved segments into one");
	else
		ask_folder(ui, s);
	return true;
}

static bool move(struct spur_ui *ui, struct state *s, const struct spur_action *a)
{
	if (s->in_items)
		return spur_list_action(&s->items, a, (int)s->one->item_count, s->rows - 2);
	if (!spur_list_action(&s->cursor, a, count_of(s), list_rows(s->rows)))
		return false;
	if (current(s) != NULL)
		spur_session_dataset_want(spur_ui_session(ui), current(s)->id);
	return true;
}

static bool act(struct spur_ui *ui, struct state *s, const struct spur_action *a)
{
	int cols;

	spur_ui_body(ui, &s->rows, &cols);
	if (s->freeze != NULL && strcmp(a->id, "resize") != 0)
		forget_freeze(s);	/* a key before the preview has come: let go */
	if (start(ui, s, a->id) || answered(ui, s, a) || move(ui, s, a))
		return true;
	if (s->in_items && (strcmp(a->id, "cancel") == 0 || strcmp(a->id, "back") == 0)) {
		s->in_items = false;
		return true;
	}
	if (strcmp(a->id, "compare") == 0) {
		compare(ui, s);
		return true;
	}
	return on_version(ui, s, a->id) || (count_of(s) > 0 && search(ui, s, a));
}

static bool action(struct spur_ui *ui, void *state, const struct spur_action *a)
{
	bool mine = act(ui, state, a);

	note_place(state);
	return mine;
}

static void close_datasets(struct spur_ui *ui, void *state)
{
	struct state *s = state;

	(void)ui;
	free(s->freeze);
	free(s->folder);
}

const struct spur_screen spur_screen_datasets = {
	.id = "datasets", .title = "Datasets", .state_size = sizeof(struct state),
	.open = open_datasets, .update = update, .draw = draw, .action = action, .close = close_datasets,
};
