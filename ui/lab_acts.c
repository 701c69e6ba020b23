#include "config.h"

#include "ui/lab_acts.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/words.h"
#include "lab/target.h"

static char *command(const char *first, va_list ap)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, "spur");
	for (const char *w = first; w != NULL; w = va_arg(ap, const char *)) {
		spur_buf_addc(&b, ' ');
		spur_word_add(&b, w);
	}
	return spur_buf_steal(&b);
}

void spur_lab_show_words(struct spur_ui *ui, ...)
{
	va_list ap;
	char *line;

	va_start(ap, ui);
	line = command(va_arg(ap, const char *), ap);
	va_end(ap);
	spur_ui_run(ui, line, true);
	free(line);
}

static void run_change(struct spur_ui *ui, const char *line)
{
	if (spur_ui_readonly(ui))
		spur_ui_say(ui, "read-only: nothing is changed");
	else
		spur_ui_run(ui, line, false);
}

void spur_lab_run_words(struct spur_ui *ui, ...)
{
	va_list ap;
	char *line;

	va_start(ap, ui);
	line = command(va_arg(ap, const char *), ap);
	va_end(ap);
	run_change(ui, line);
	free(line);
}

void spur_lab_confirm_words(struct spur_ui *ui, const char *question, ...)
{
	va_list ap;
	char *line;

	va_start(ap, question);
	line = command(va_arg(ap, const char *), ap);
	va_end(ap);
	spur_ui_confirm(ui, question, line);
	free(line);
}

void spur_lab_run_line(struct spur_ui *ui, const char *verb, const char *subject, const char *line)
{
	struct spur_buf b = { 0 };

	spur_buf_addf(&b, "spur %s ", verb);
	spur_word_add(&b, subject);
	if (*line != '\0')
		spur_buf_addf(&b, " %s", line);
	run_change(ui, spur_buf_text(&b));
	spur_buf_finish(&b);
}

void spur_lab_ask_compile(struct spur_ui *ui, const char *id)
{
	const struct spur_target *const *t = spur_target_list();
	struct spur_buf label = { 0 };
	char *first = spur_strfmt("--target %s", (*t)->id);

	spur_buf_adds(&label, "compile for ");
	for (size_t i = 0; t[i] != NULL; i++)
		spur_buf_addf(&label, "%s%s", i > 0 ? ", " : "", t[i]->id);
	spur_buf_adds(&label, ": ");
	spur_ui_prompt(ui, spur_buf_text(&label), id, first);
	spur_buf_finish(&label);
	free(first);
}

void spur_lab_ask_train(struct spur_ui *ui, const char *id)
{
	spur_ui_prompt(ui, "train with: ", id, "--recipe driving_events");
}
