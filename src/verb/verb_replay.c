#include "config.h"

#include "verb/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/words.h"
#include "io/out.h"
#include "verb/emit_file.h"

/*
 * A recording (":record" of the workbench, or written by hand) is one command line per line. Blank
 * lines and those that start with '#' are not commands. What a command could wait for, it waits for:
 * in the workbench a person saw the job end before going on.
 */
#define LONGEST (16u << 20)	/* bytes of a recording */

struct line {
	size_t number;	/* in the file, from 1 */
	char **words;
	int count;
};

struct recording {
	struct line *lines;
	size_t count;
};

static void finish(struct recording *r)
{
	for (size_t i = 0; i < r->count; i++)
		spur_words_free(r->lines[i].words, r->lines[i].count);
	free(r->lines);
}

/* "spur VERB ..." or "VERB ..." to words without the program's name. */
static enum spur_status take_line(struct recording *r, const char *path, size_t number, const char *text,
				  struct spur_error *err)
{
	struct line l = { .number = number };

	text += strspn(text, " \t");
	if (*text == '\0' || *text == '#')
		return SPUR_OK;
	text += strncmp(text, "spur ", 5) == 0 ? 5 : 0;
	l.count = spur_words_split(text, &l.words);
	if (l.count < 0)
		return spur_fail(err, SPUR_EINVAL, "%s: line %zu: a quote is not closed", path, number);
	if (l.count == 0)
		return SPUR_OK;
	if (strcmp(l.words[0], "replay") == 0 || spur_verb_by_name(l.words[0]) == NULL) {
		enum spur_status st = spur_fail(err, SPUR_EINVAL, strcmp(l.words[0], "replay") == 0 ?
						"%s: line %zu: '%s' cannot stand in a recording" :
						"%s: line %zu: unknown verb '%s'", path, number, l.words[0]);

		spur_words_free(l.words, l.count);
		return st;
	}
	r->lines = spur_realloc(r->lines, r->count + 1, sizeof(*r->lines));
	r->lines[r->count++] = l;
	return SPUR_OK;
}

/* All of it is read and looked at before anything is done. */
static enum spur_status load(const char *path, struct recording *r, struct spur_error *err)
{
	char *text, *next;
	size_t len, number = 1;
	enum spur_status st = spur_file_read(path, LONGEST, &text, &len, err);

	if (st < 0)
		return st;
	if (memchr(text, '\0', len) != NULL)
		st = spur_fail_byte(err, SPUR_EFORMAT, strlen(text), "%s: not a recording: it has a NUL byte", path);
	for (char *at = text; st == SPUR_OK && at != NULL; at = next, number++) {
		next = strchr(at, '\n');
		if (next != NULL)
			*next++ = '\0';
		st = take_line(r, path, number, at, err);
	}
	free(text);
	return st;
}

static bool has_word(const struct line *l, const char *word)
{
	for (int i = 0; i < l->count; i++) {
		if (strcmp(l->words[i], word) == 0)
			return true;
	}
	return false;
}

static void add_wait(struct line *l)
{
	if (!spur_verb_has_option(l->count, (const char *const *)l->words, "wait") || has_word(l, "--wait"))
		return;
	l->words = spur_realloc(l->words, (size_t)l->count + 2, sizeof(*l->words));
	l->words[l->count++] = spur_strdup("--wait");
	l->words[l->count] = NULL;
}

/* What the verb prints is for people who watch: -v shows it. */
static enum spur_exit call(struct spur_ctx *outer, const struct line *l, const char *command, struct spur_emit *show,
			   struct spur_error *err)
{
	struct spur_ctx ctx = *outer;
	struct spur_args args;
	char *out = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&out, &len);
	struct spur_emit *emit;
	enum spur_exit rc;
	bool parsed;

	if (to == NULL) {
		spur_fail(err, SPUR_ENOMEM, "output of %s", command);
		return SPUR_EXIT_FAIL;
	}
	ctx.db = NULL;
	ctx.identity = NULL;
	ctx.command_line = command;
	parsed = spur_verb_globals(&ctx, l->count, (const char *const *)l->words, &args);
	emit = ctx.json ? spur_emit_json_create(to, stderr) : spur_emit_text_create(to, stderr, ctx.time_style, ctx.quiet);
	rc = spur_verb_call(&ctx, l->count, (const char *const *)l->words, emit, err);
	if (ctx.json)
		spur_emit_json_destroy(emit);
	else
		spur_emit_text_destroy(emit);
	spur_ctx_finish(&ctx);
	if (parsed)
		spur_args_finish(&args);
	fclose(to);
	if (outer->verbose)
		spur_emit_stream(show, out, len);
	free(out);
	return rc;
}

static void say(struct spur_emit *emit, const struct line *l, const char *command, enum spur_exit rc, spur_ns took)
{
	spur_emit_row(emit, "replayed");
	spur_emit_uint(emit, "line", l->number);
	spur_emit_int(emit, "exit", rc);
	spur_emit_span(emit, "took_ns", took);
	spur_emit_text(emit, "command", command);
	spur_emit_end(emit);
	spur_emit_flush(emit);
}

/* 'y' do it, 'n' leave it out, 'q' stop here. */
static int ask(const char *command)
{
	int c, answer;

	fprintf(stderr, "%s\n[Y/n/q] ", command);
	answer = c = getc(stdin);
	while (c != '\n' && c != EOF)
		c = getc(stdin);
	return answer == EOF || answer == 'q' || answer == 'Q' ? 'q' : answer == 'n' || answer == 'N' ? 'n' : 'y';
}

static enum spur_exit replay(struct spur_ctx *ctx, const char *path, const struct recording *r, bool batch, bool keep_going,
			     struct spur_emit *emit, struct spur_error *err)
{
	uint64_t failed = 0, left_out = 0;

	for (size_t i = 0; i < r->count; i++) {
		char *command = spur_words_command(r->lines[i].count, (const char *const *)r->lines[i].words);
		struct spur_error why = { 0 };
		spur_ns begin = spur_monotonic_ns();
		enum spur_exit rc = SPUR_EXIT_OK;
		int answer = batch ? 'y' : ask(command);

		spur_task_progress(ctx->task, i, r->count);
		if (answer == 'y') {
			rc = call(ctx, &r->lines[i], command, emit, &why);
			say(emit, &r->lines[i], command, rc, spur_monotonic_ns() - begin);
		}
		left_out += answer == 'n';
		free(command);
		if (spur_task_cancelled(ctx->task))
			return SPUR_EXIT_INTERRUPTED;
		if (answer == 'q') {
			spur_emit_warn(emit, "%s: stopped before line %zu", path, r->lines[i].number);
			return SPUR_EXIT_PARTIAL;
		}
		if (rc == SPUR_EXIT_OK || rc == SPUR_EXIT_PARTIAL)
			continue;
		failed++;
		if (!keep_going) {
			spur_fail(err, SPUR_EIO, "%s: line %zu: %s", path, r->lines[i].number, why.text);
			return SPUR_EXIT_FAIL;
		}
		spur_emit_warn(emit, "%s: line %zu: %s", path, r->lines[i].number, why.text);
	}
	return failed > 0 || left_out > 0 ? SPUR_EXIT_PARTIAL : SPUR_EXIT_OK;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	bool batch = spur_args_has(args, "batch");
	struct recording r = { 0 };
	enum spur_status st;
	enum spur_exit rc;

	if (!batch && !isatty(STDIN_FILENO)) {
		spur_fail(err, SPUR_EINVAL, "without a terminal nobody can be asked: give --batch");
		return SPUR_EXIT_USAGE;
	}
	st = load(args->pos[0], &r, err);
	for (size_t i = 0; i < r.count && st == SPUR_OK; i++)
		add_wait(&r.lines[i]);
	rc = st < 0 ? st == SPUR_EINVAL ? SPUR_EXIT_USAGE : SPUR_EXIT_FAIL :
	     replay(ctx, args->pos[0], &r, batch, spur_args_has(args, "keep-going"), emit, err);
	finish(&r);
	return rc;
}

static const struct spur_opt opts[] = {
	{ "batch", 0, SPUR_OPT_FLAG, NULL, "do all of it without asking", false },
	{ "keep-going", 'k', SPUR_OPT_FLAG, NULL, "go on after a command that failed; exit 3 then", false },
	{ 0 }
};

const struct spur_verb spur_verb_replay = {
	.name = "replay", .synopsis = "FILE",
	.summary = "do again what the workbench recorded", .section = "Jobs",
	.opts = opts, .min_args = 1, .max_args = 1, .run = run,
};
