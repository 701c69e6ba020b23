#include "config.h"

#include "ui/ui_priv.h"

#include <stdlib.h>
#include <string.h>

void spur_ui_prompt(struct spur_ui *ui, const char *label, const char *id, const char *initial)
{
	spur_ui_prompt_close(ui);
	ui->prompt.open = true;
	ui->prompt.label = spur_strdup(label);
	ui->prompt.id = spur_strdup(id);
	ui->prompt.history = ui->history_count;
	spur_buf_adds(&ui->prompt.text, initial == NULL ? "" : initial);
}

void spur_ui_prompt_close(struct spur_ui *ui)
{
	free(ui->prompt.label);
	free(ui->prompt.id);
	spur_buf_finish(&ui->prompt.text);
	ui->prompt = (struct spur_ui_prompt){ 0 };
}

static void accept(struct spur_ui *ui)
{
	char *id = spur_strdup(ui->prompt.id), *text = spur_strdup(spur_buf_text(&ui->prompt.text));
	struct spur_action a = { id, text };

	spur_ui_prompt_close(ui);
	if (strcmp(id, "palette") == 0)
		spur_ui_palette(ui, text);
	else
		spur_ui_act(ui, &a);
	free(id);
	free(text);
}

static void recall(struct spur_ui *ui, int step)
{
	size_t at = ui->prompt.history;

	if (strcmp(ui->prompt.id, "palette") != 0 || (step < 0 && at == 0) || (step > 0 && at >= ui->history_count))
		return;
	at = step < 0 ? at - 1 : at + 1;
	ui->prompt.history = at;
	spur_buf_clear(&ui->prompt.text);
	if (at < ui->history_count)
		spur_buf_adds(&ui->prompt.text, ui->history[at]);
}

static void rub_out(struct spur_buf *b)
{
	while (b->len > 0 && ((unsigned char)b->data[b->len - 1] & 0xc0) == 0x80)
		b->len--;
	if (b->len > 0)
		b->len--;
	if (b->data != NULL)
		b->data[b->len] = '\0';
}

/* The first verb that starts with what is typed. */
static void complete(struct spur_ui *ui)
{
	struct spur_buf *b = &ui->prompt.text;
	const struct spur_verb *const *all = spur_verb_all();

	if (strcmp(ui->prompt.id, "palette") != 0 || b->len == 0 || strchr(b->data, ' ') != NULL)
		return;
	for (; *all != NULL; all++) {
		if (strncmp((*all)->name, b->data, b->len) == 0) {
			spur_buf_adds(b, (*all)->name + b->len);
			spur_buf_addc(b, ' ');
			return;
		}
	}
}

static void add_scalar(struct spur_buf *b, uint32_t c)
{
	char raw[4];
	int n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (n == 1)
		raw[0] = (char)c;
	for (int i = n - 1; n > 1 && i > 0; i--, c >>= 6)
		raw[i] = (char)(0x80 | (c & 0x3f));
	if (n > 1)
		raw[0] = (char)((0xf00 >> n & 0xff) | c);
	spur_buf_add(b, raw, (size_t)n);
}

void spur_ui_prompt_key(struct spur_ui *ui, uint32_t key)
{
	struct spur_buf *b = &ui->prompt.text;

	if (key == '\r' || key == '\n')
		accept(ui);
	else if (key == 27 || key == ('C' & 0x1f))
		spur_ui_prompt_close(ui);
	else if (key == SPUR_KEY_BACKSPACE)
		rub_out(b);
	else if (key == ('U' & 0x1f))
		spur_buf_clear(b);
	else if (key == SPUR_KEY_UP || key == SPUR_KEY_DOWN)
		recall(ui, key == SPUR_KEY_UP ? -1 : 1);
	else if (key == '\t')
		complete(ui);
	else if (key >= 0x20 && key < SPUR_KEY_UP && key != 0x7f)
		add_scalar(b, key);
}
