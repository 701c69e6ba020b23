#include "config.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/words.h"
#include "verb/emit_file.h"
#include "cli/progress.h"
#include "ui/term.h"
#include "verb/places.h"
#include "verb/verb.h"

#define DEFAULT_MEM (256u << 20)

static struct spur_task task;

static void on_signal(int sig)
{
	(void)sig;
	if (spur_task_cancelled(&task))	/* the second one means it */
		_exit(SPUR_EXIT_INTERRUPTED);
	spur_task_cancel(&task);
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = SIG_IGN;	/* a closed pipe is an error of write(2) */
	sigaction(SIGPIPE, &sa, NULL);
}

struct settings {
	bool help, no_progress;
	bool ascii, light, readonly;	/* of the workbench */
	const char *gfx;
};

static const struct spur_opt workbench_opts[] = {
	{ "ascii", 0, SPUR_OPT_FLAG, NULL, "draw with ASCII characters only", false },
	{ "gfx", 0, SPUR_OPT_TEXT, "HOW", "pictures: auto, kitty, sixel, half-24, half-256, half-16, ascii, none", false },
	{ "light", 0, SPUR_OPT_FLAG, NULL, "colours for a light background", false },
	{ "readonly", 0, SPUR_OPT_FLAG, NULL, "change nothing", false },
	{ 0 }
};
static const struct spur_opt *const workbench_tables[] = { workbench_opts, spur_global_opts, NULL };

/* The options that hold for every verb, and those of the workbench. Bad ones are left to the verb's own
 * parse, which can say what is wrong. */
static void apply_globals(struct spur_ctx *ctx, struct settings *s, int argc, const char *const *argv)
{
	const struct spur_opt *const *tables = argc > 0 && spur_verb_by_name(argv[0]) != NULL ? NULL : workbench_tables;
	struct spur_args a;

	if (tables == NULL ? !spur_verb_globals(ctx, argc, argv, &a) : spur_args_parse(&a, tables, argc, argv, NULL) < 0)
		return;
	if (tables != NULL)
		spur_ctx_globals(ctx, &a);
	s->help = spur_args_has(&a, "help");
	s->no_progress = spur_args_has(&a, "no-progress");
	s->ascii = spur_args_has(&a, "ascii");
	s->gfx = spur_args_text(&a, "gfx", getenv("SPUR_GFX"));
	s->light = spur_args_has(&a, "light");
	s->readonly = spur_args_has(&a, "readonly");
	spur_args_finish(&a);
}

static enum spur_exit run(struct spur_ctx *ctx, const struct settings *s, int argc, const char *const *argv)
{
	struct spur_emit *emit = ctx->json ? spur_emit_json_create(stdout, stderr) :
					     spur_emit_text_create(stdout, stderr, ctx->time_style, ctx->quiet);
	struct spur_progress *bar = NULL;
	struct spur_error err = { 0 };
	enum spur_exit rc;
	bool written;

	if (!s->no_progress && !ctx->quiet && isatty(STDERR_FILENO))
		bar = spur_progress_start(ctx->task, argv[0]);
	rc = spur_verb_call(ctx, argc, argv, emit, &err);
	spur_progress_stop(bar);
	written = ctx->json ? spur_emit_json_destroy(emit) : spur_emit_text_destroy(emit);
	if (rc != SPUR_EXIT_OK && err.text[0] != '\0')
		fprintf(stderr, "%s%s\n", strncmp(err.text, "usage:", 6) == 0 || strncmp(err.text, "spur ", 5) == 0 ? "" :
			"spur: ", err.text);
	if (!written && rc == SPUR_EXIT_OK) {
		fprintf(stderr, "spur: cannot write the output: %s\n", strerror(errno));
		rc = SPUR_EXIT_FAIL;
	}
	if (spur_task_cancelled(ctx->task) && rc != SPUR_EXIT_OK && rc != SPUR_EXIT_STOPPED)
		rc = SPUR_EXIT_INTERRUPTED;
	return rc;
}

/* Options only, no verb: the workbench, if this is a terminal. */
static bool wants_workbench(int argc, char **argv)
{
	if (argc > 1 && (argv[1][0] != '-' || strcmp(argv[1], "--version") == 0))
		return false;
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static enum spur_exit workbench(const struct spur_ctx *ctx, const struct settings *s, int argc, char **argv)
{
	struct spur_ui_opts o = { .ctx = ctx, .ascii = s->ascii, .light = s->light, .readonly = s->readonly,
				  .gfx = s->gfx };
	struct spur_error err = { 0 };
	struct spur_ui *ui = NULL;
	struct spur_args a;
	enum spur_status st;

	if ((st = spur_args_parse(&a, workbench_tables, argc - 1, (const char *const *)argv + 1, &err)) >= 0) {
		spur_args_finish(&a);
		if ((st = spur_ui_create(&o, &ui, &err)) >= 0)
			st = spur_term_run(ui, &err);
		spur_ui_destroy(ui);
	}
	if (st < 0)
		fprintf(stderr, "spur: %s\n", err.text);
	return spur_exit_of(st);
}

/* The verb has ended well and proposes to look at what it made. */
static enum spur_exit look(struct spur_ctx *ctx, const struct settings *s, char **argv)
{
	char *catalog = ctx->look;
	enum spur_exit rc;

	ctx->look = NULL;
	ctx->catalog = catalog;
	rc = workbench(ctx, s, 1, argv);
	spur_ctx_finish(ctx);
	ctx->catalog = "";
	free(catalog);
	return rc;
}

int main(int argc, char **argv)
{
	const char *help[] = { "help", argc > 1 ? argv[1] : NULL, NULL };
	char *catalog = spur_place_catalog(), *self = spur_place_self(argv[0]), *line = spur_words_command(argc - 1, (const char *const *)argv + 1), *data = spur_place_data(self);
	struct spur_ctx ctx = {
		.mem_bytes = DEFAULT_MEM, .catalog = catalog, .command_line = line, .self = self,
		.datadir = data, .task = &task,
	};
	struct settings s = { 0 };
	const char *const *words = (const char *const *)argv + 1;
	enum spur_exit rc;

	setlocale(LC_CTYPE, "");
	catch_signals();
	apply_globals(&ctx, &s, argc - 1, words);
	if (!s.help && wants_workbench(argc, argv)) {
		rc = workbench(&ctx, &s, argc, argv);
	} else if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help[1] = NULL;
		rc = run(&ctx, &s, 1, help);
	} else if (strcmp(argv[1], "--version") == 0) {
		help[0] = "version";
		rc = run(&ctx, &s, 1, help);
	} else if (s.help) {
		rc = run(&ctx, &s, 2, help);
	} else {
		rc = run(&ctx, &s, argc - 1, words);
	}
	if (rc == SPUR_EXIT_OK && ctx.look != NULL && !ctx.json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		rc = look(&ctx, &s, argv);
	spur_ctx_finish(&ctx);
	free(catalog);
	free(self);
	free(line);
	free(data);
	return (int)rc;
}
