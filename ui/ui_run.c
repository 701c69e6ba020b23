#include "config.h"

#include "ui/ui_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "io/out.h"
#include "verb/emit_file.h"

/* One verb on its way: its own context, so that nothing is shared with the owner. */
struct running {
	struct spur_ui *ui;
	char *line;
	char **words;
	int count;
	bool show;
	size_t columns;	/* what the pager has for a line */
	char *out;	/* what it printed */
	size_t out_len;
	enum spur_exit rc;
	bool in_order;
};

static enum spur_status work(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct running *r = arg;
	struct spur_ctx ctx = *r->ui->ctx;
	FILE *out = open_memstream(&r->out, &r->out_len);
	struct spur_emit *emit;
	struct spur_args args;
	bool bare;

	if (out == NULL)
		return spur_fail(err, SPUR_ENOMEM, "output of %s", r->line);
	ctx.task = task;
	ctx.db = NULL;
	ctx.command_line = r->line;
	bare = !spur_verb_globals(&ctx, r->count, (const char *const *)r->words, &args);
	ctx.json = false;
	emit = spur_emit_text_create(out, out, r->ui->time_style, false);
	spur_emit_text_limit(emit, r->columns);
	r->rc = spur_verb_call(&ctx, r->count, (const char *const *)r->words, emit, err);
	spur_emit_text_destroy(emit);
	fclose(out);
	spur_ctx_finish(&ctx);
	if (!bare)
		spur_args_finish(&args);
	return r->rc == SPUR_EXIT_FAIL || r->rc == SPUR_EXIT_USAGE ? SPUR_EINVAL : SPUR_OK;
}

/* The last line that is not empty. */
static char *last_line(const char *text)
{
	size_t end = strlen(text), begin;

	while (end > 0 && text[end - 1] == '\n')
		end--;
	for (begin = end; begin > 0 && text[begin - 1] != '\n'; begin--)
		;
	return spur_strndup(text + begin, end - begin);
}

/* The line as replay needs it: who acts is said, for another day's default may be another. */
static void record(struct spur_ui *ui, const struct running *r)
{
	struct spur_buf b = { 0 };
	struct spur_error err = { 0 };
	bool named = false;

	if (ui->recording == NULL)
		return;
	for (int i = 0; i < r->count; i++)
		named = named || strcmp(r->words[i], "--as") == 0 || strncmp(r->words[i], "--as=", 5) == 0;
	if (r->rc != SPUR_EXIT_OK && r->rc != SPUR_EXIT_PARTIAL)
		spur_buf_addf(&b, "# exit %d: ", (int)r->rc);
	spur_buf_adds(&b, r->line);
	if (!named && ui->ctx->as != NULL) {
		spur_buf_adds(&b, " --as ");
		spur_word_add(&b, ui->ctx->as);
	}
	if (spur_file_append(ui->recording, b.data, b.len, &err) < 0) {
		spur_ui_say(ui, "recording has stopped: %s", err.text);
		free(ui->recording);
		ui->recording = NULL;
	}
	spur_buf_finish(&b);
}

static void next_in_order(struct spur_ui *ui);

static void done(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct running *r = arg;
	struct spur_ui *ui = r->ui;

	ui->running--;
	ui->dirty = true;
	record(ui, r);
	/* What fails may have shown why: a comparison that differs, a check that does not hold. */
	if (r->show && r->out_len > 0)
		spur_ui_pager_open(ui, r->line, r->out);
	if (st < 0) {
		spur_ui_say(ui, "%s", err->text);
	} else if (r->out != NULL && !(r->show && r->out_len > 0)) {
		char *line = last_line(r->out);

		spur_ui_say(ui, "%s", *line != '\0' ? line : r->rc == SPUR_EXIT_PARTIAL ? "done in part" : "done");
		free(line);
	}
	if (r->in_order) {
		ui->in_order = SPUR_UI_IDLE;
		ui->going = NULL;
		next_in_order(ui);
	}
	spur_session_refresh(ui->session);
	spur_words_free(r->words, r->count);
	free(r->line);
	free(r->out);
	free(r);
}

static void submit(struct spur_ui *ui, const char *command, bool show, bool in_order)
{
	struct running *r = spur_calloc(1, sizeof(*r));
	struct spur_work w = { .name = "verb", .work = work, .done = done, .arg = r };
	struct spur_task *task = NULL;

	r->ui = ui;
	r->show = show;
	r->in_order = in_order;
	r->columns = ui->grid.cols > 2 ? (size_t)ui->grid.cols - 2 : 0;
	r->line = spur_strdup(command);
	r->count = spur_words_split(strncmp(command, "spur ", 5) == 0 ? command + 5 : command, &r->words);
	if (r->count <= 0 || (task = spur_workq_submit(ui->queue, &w)) == NULL) {
		spur_ui_say(ui, r->count < 0 ? "a quote is not closed" : "nothing to run");
		spur_words_free(r->words, r->count);
		free(r->line);
		free(r);
		return;
	}
	ui->running++;
	if (in_order)
		ui->going = task;
	spur_ui_echo(ui, "%s", r->line);
}

void spur_ui_run(struct spur_ui *ui, const char *command, bool show)
{
	submit(ui, command, show, false);
}

static void next_in_order(struct spur_ui *ui)
{
	while (ui->in_order == SPUR_UI_IDLE && ui->waiting_count > 0) {
		struct spur_ui_waiting next = ui->waiting[0];
		int before = ui->running;

		memmove(ui->waiting, ui->waiting + 1, --ui->waiting_count * sizeof(*ui->waiting));
		submit(ui, next.command, false, true);
		if (ui->running > before)
			ui->in_order = next.decision ? SPUR_UI_DECIDING : SPUR_UI_GOING;
		free(next.command);
	}
}

void spur_ui_run_in_order(struct spur_ui *ui, const char *command, bool decision)
{
	if (ui->readonly) {
		spur_ui_say(ui, "read-only: nothing is changed");
		return;
	}
	ui->waiting = spur_realloc(ui->waiting, ui->waiting_count + 1, sizeof(*ui->waiting));
	ui->waiting[ui->waiting_count++] = (struct spur_ui_waiting){ spur_strdup(command), decision };
	next_in_order(ui);
}

bool spur_ui_deciding(const struct spur_ui *ui)
{
	bool any = ui->in_order == SPUR_UI_DECIDING;

	for (size_t i = 0; i < ui->waiting_count; i++)
		any = any || ui->waiting[i].decision;
	return any;
}

/* Decisions do not wait for what leaving would end anyway, however long that goes on. */
void spur_ui_leave(struct spur_ui *ui)
{
	size_t kept = 0;

	for (size_t i = 0; i < ui->waiting_count; i++) {
		if (ui->waiting[i].decision)
			ui->waiting[kept++] = ui->waiting[i];
		else
			free(ui->waiting[i].command);
	}
	ui->waiting_count = kept;
	if (ui->in_order == SPUR_UI_GOING && ui->going != NULL)
		spur_task_cancel(ui->going);
	ui->done = true;
	if (spur_ui_deciding(ui))
		spur_ui_say(ui, "leaving; what was decided is kept first");
}

static void remember(struct spur_ui *ui, const char *line)
{
	ui->history = spur_realloc(ui->history, ui->history_count + 1, sizeof(*ui->history));
	ui->history[ui->history_count++] = spur_strdup(line);
}

/* "record FILE" begins, "record" ends. A file that is there is not written over. */
static void record_command(struct spur_ui *ui, const char *path)
{
	static const char head[] = "# spur recording 1; to do it again: spur replay --batch FILE";
	struct spur_error err = { 0 };

	if (*path == '\0' && ui->recording == NULL) {
		spur_ui_say(ui, "not recording; :record FILE begins");
	} else if (*path == '\0') {
		spur_ui_say(ui, "recorded: %s", ui->recording);
		free(ui->recording);
		ui->recording = NULL;
	} else if (ui->recording != NULL) {
		spur_ui_say(ui, "recording to %s already; :record ends it", ui->recording);
	} else if (spur_path_exists(path)) {
		spur_ui_say(ui, "%s is there already; name another file", path);
	} else if (spur_file_append(path, head, sizeof(head) - 1, &err) < 0) {
		spur_ui_say(ui, "%s", err.text);
	} else {
		ui->recording = spur_strdup(path);
		spur_ui_say(ui, "recording what is done to %s; :record ends it", path);
	}
}

void spur_ui_palette(struct spur_ui *ui, const char *line)
{
	char *command;

	while (*line == ' ')
		line++;
	if (*line == '\0')
		return;
	remember(ui, line);
	if (strcmp(line, "q") == 0 || strcmp(line, "quit") == 0) {
		spur_ui_leave(ui);
		return;
	}
	if (strncmp(line, "record", 6) == 0 && (line[6] == '\0' || line[6] == ' ')) {
		record_command(ui, line + 6 + strspn(line + 6, " "));
		return;
	}
	command = strncmp(line, "spur ", 5) == 0 ? spur_strdup(line) : spur_strfmt("spur %s", line);
	spur_ui_run(ui, command, true);
	free(command);
}
