#include "config.h"

#include "session/session_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "session/lab.h"
#include "verb/emit_file.h"

/* What a verb that only looks says about what another one would do. */

struct spur_session_preview_part {
	struct spur_session_preview pub;
	struct spur_session_slot slot;
	char *line, *text, *error;
	size_t columns;
};

struct preview_job {
	struct spur_session *s;
	uint64_t asked;
	char *line, *out;
	size_t columns, len;
};

struct spur_session_preview_part *spur_session_preview_create(void)
{
	return spur_calloc(1, sizeof(struct spur_session_preview_part));
}

void spur_session_preview_destroy(struct spur_session_preview_part *p)
{
	free(p->line);
	free(p->text);
	free(p->error);
	free(p);
}

void spur_session_preview_stop(struct spur_session *s)
{
	spur_task_cancel(s->preview->slot.running);
}

bool spur_session_preview_busy(const struct spur_session *s)
{
	return s->preview->slot.running != NULL;
}

static enum spur_status call(struct preview_job *j, struct spur_ctx *ctx, int count, char **words, struct spur_error *err)
{
	FILE *out = open_memstream(&j->out, &j->len);
	struct spur_emit *emit;
	enum spur_exit rc;

	if (out == NULL)
		return spur_fail(err, SPUR_ENOMEM, "output of %s", j->line);
	emit = spur_emit_text_create(out, out, ctx->time_style, false);
	spur_emit_text_limit(emit, j->columns);
	rc = spur_verb_call(ctx, count, (const char *const *)words, emit, err);
	spur_emit_text_destroy(emit);
	fclose(out);
	return rc == SPUR_EXIT_OK || rc == SPUR_EXIT_PARTIAL ? SPUR_OK : SPUR_EINVAL;
}

static enum spur_status look(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct preview_job *j = arg;
	struct spur_ctx ctx = *j->s->ctx;
	char **words;
	int count = spur_words_split(strncmp(j->line, "spur ", 5) == 0 ? j->line + 5 : j->line, &words);
	enum spur_status st;

	if (count <= 0)
		return spur_fail(err, SPUR_EINVAL, count < 0 ? "a quote is not closed" : "nothing to look at");
	ctx.db = NULL;
	ctx.identity = NULL;
	ctx.task = task;
	ctx.json = false;
	ctx.command_line = j->line;
	st = call(j, &ctx, count, words, err);
	spur_ctx_finish(&ctx);
	spur_words_free(words, count);
	return st;
}

static void start(struct spur_session *s);

static void looked(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct preview_job *j = arg;
	struct spur_session_preview_part *p = j->s->preview;

	if (spur_session_arrived(j->s, &p->slot, j->asked, start)) {
		free(p->text);
		free(p->error);
		p->text = j->out;
		j->out = NULL;
		p->error = st < 0 ? spur_strdup(err->text) : NULL;
		p->pub.text = p->text;
		p->pub.error = p->error;
		p->pub.loading = false;
		p->pub.generation++;
	}
	free(j->out);
	free(j->line);
	free(j);
}

static void start(struct spur_session *s)
{
	struct preview_job *j = spur_calloc(1, sizeof(*j));
	struct spur_work w = { .name = "preview", .work = look, .done = looked, .arg = j, .urgent = true };

	j->s = s;
	j->asked = s->preview->slot.asked;
	j->line = spur_strdup(s->preview->line);
	j->columns = s->preview->columns;
	s->preview->slot.running = spur_workq_submit(s->queue, &w);
}

void spur_session_preview_want(struct spur_session *s, const char *line, size_t columns)
{
	struct spur_session_preview_part *p = s->preview;

	free(p->line);
	p->line = spur_strdup(line);
	p->columns = columns;
	p->pub.loading = true;
	spur_session_ask(s, &p->slot, start);
}

const struct spur_session_preview *spur_session_preview(const struct spur_session *s)
{
	return &s->preview->pub;
}
