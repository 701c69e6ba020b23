#include "config.h"

#include "ui/ui_priv.h"

#include <stdlib.h>
#include <string.h>

#include "verb/emit_file.h"

int spur_words_split(const char *line, char ***words)
{
	struct spur_buf word = { 0 };
	int count = 0;
	char quote = 0;
	bool in_word = false;

	*words = NULL;
	for (const char *p = line;; p++) {
		if (*p == '\0' || (quote == 0 && (*p == ' ' || *p == '\t'))) {
			if (in_word) {
				*words = spur_realloc(*words, (size_t)count + 2, sizeof(**words));
				(*words)[count++] = spur_buf_steal(&word);
				(*words)[count] = NULL;
			}
			in_word = false;
			if (*p == '\0')
				break;
		} else if (quote != 0 ? *p == quote : *p == '\'' || *p == '"') {
			quote = quote != 0 ? 0 : *p;
			in_word = true;
		} else if (*p == '\\' && quote != '\'' && p[1] != '\0') {
			spur_buf_addc(&word, *++p);
			in_word = true;
		} else {
			spur_buf_addc(&word, *p);
			in_word = true;
		}
	}
	spur_buf_finish(&word);
	if (quote == 0)
		return count;
	spur_words_free(*words, count);
	*words = NULL;
	return -1;
}

void spur_words_free(char **words, int count)
{
	for (int i = 0; i < count; i++)
		free(words[i]);
	free(words);
}

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
};

static enum spur_status work(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct running *r = arg;
	struct spur_ctx ctx = *r->ui->ctx;
	FILE *out = open_memstream(&r->out, &r->out_len);
	struct spur_emit *emit;

	if (out == NULL)
		return spur_fail(err, SPUR_ENOMEM, "output of %s", r->line);
	ctx.task = task;
	ctx.db = NULL;
	ctx.json = false;
	ctx.command_line = r->line;
	emit = spur_emit_text_create(out, out, r->ui->time_style, false);
	spur_emit_text_limit(emit, r->columns);
	r->rc = spur_verb_call(&ctx, r->count, (const char *const *)r->words, emit, err);
	spur_emit_text_destroy(emit);
	fclose(out);
	spur_ctx_finish(&ctx);
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

static void done(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct running *r = arg;
	struct spur_ui *ui = r->ui;

	ui->running--;
	ui->dirty = true;
	if (st < 0) {
		spur_ui_say(ui, "%s", err->text);
	} else if (r->show && r->out_len > 0) {
		spur_ui_pager_open(ui, r->line, r->out);
	} else if (r->out != NULL) {
		char *line = last_line(r->out);

		spur_ui_say(ui, "%s", *line != '\0' ? line : r->rc == SPUR_EXIT_PARTIAL ? "done in part" : "done");
		free(line);
	}
	spur_session_refresh(ui->session);
	spur_words_free(r->words, r->count);
	free(r->line);
	free(r->out);
	free(r);
}

void spur_ui_run(struct spur_ui *ui, const char *command, bool show)
{
	struct running *r = spur_calloc(1, sizeof(*r));
	struct spur_work w = { .name = "verb", .work = work, .done = done, .arg = r };

	r->ui = ui;
	r->show = show;
	r->columns = ui->grid.cols > 2 ? (size_t)ui->grid.cols - 2 : 0;
	r->line = spur_strdup(command);
	r->count = spur_words_split(strncmp(command, "spur ", 5) == 0 ? command + 5 : command, &r->words);
	if (r->count <= 0 || spur_workq_submit(ui->queue, &w) == NULL) {
		spur_ui_say(ui, r->count < 0 ? "a quote is not closed" : "nothing to run");
		spur_words_free(r->words, r->count);
		free(r->line);
		free(r);
		return;
	}
	ui->running++;
	spur_ui_echo(ui, "%s", r->line);
}

static void remember(struct spur_ui *ui, const char *line)
{
	ui->history = spur_realloc(ui->history, ui->history_count + 1, sizeof(*ui->history));
	ui->history[ui->history_count++] = spur_strdup(line);
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
		ui->done = true;
		return;
	}
	command = strncmp(line, "spur ", 5) == 0 ? spur_strdup(line) : spur_strfmt("spur %s", line);
	spur_ui_run(ui, command, true);
	free(command);
}
