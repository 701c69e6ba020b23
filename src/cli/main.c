#include "config.h"

#include <errno.h>
#include <locale.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "verb/emit_file.h"
#include "cli/progress.h"
#include "ui/term.h"
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

static char *default_catalog(void)
{
	const char *env = getenv("SPUR_CATALOG"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	if (env != NULL && *env != '\0')
		return spur_strdup(env);
	if (data != NULL && *data == '/')
		return spur_strfmt("%s/spur/catalogue.db", data);
	if (home == NULL || *home == '\0') {
		const struct passwd *pw = getpwuid(getuid());

		home = pw == NULL ? "/tmp" : pw->pw_dir;
	}
	return spur_strfmt("%s/.local/share/spur/catalogue.db", home);
}

static char *own_path(const char *argv0)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	return n > 0 ? spur_strndup(path, (size_t)n) : spur_strdup(argv0);
}

/* Read-only files: SPUR_DATA, else beside this binary as it is installed, else where configure said. */
static char *own_data(const char *self)
{
	const char *env = getenv("SPUR_DATA"), *slash = strrchr(self, '/');
	char *beside;

	if (env != NULL && *env != '\0')
		return spur_strdup(env);
	beside = spur_strfmt("%.*s/../share/spur/data", slash == NULL ? 1 : (int)(slash - self), slash == NULL ? "." : self);
	if (access(beside, X_OK) == 0)
		return beside;
	free(beside);
	return spur_strdup(SPUR_PKGDATADIR);
}

/* As a shell would need it: for the audit and the last line of the workbench. */
static char *join_words(int argc, char **argv)
{
	struct spur_buf b = { 0 };

	spur_buf_adds(&b, "spur");
	for (int i = 1; i < argc; i++) {
		bool plain = argv[i][0] != '\0' && strpbrk(argv[i], " \t\n'\"\\$`&|;<>()*?[#~!{}") == NULL;

		spur_buf_addc(&b, ' ');
		if (!plain)
			spur_buf_addc(&b, '\'');
		for (const char *p = argv[i]; *p != '\0'; p++) {
			if (*p == '\'')
				spur_buf_adds(&b, "'\\''");
			else
				spur_buf_addc(&b, *p);
		}
		if (!plain)
			spur_buf_addc(&b, '\'');
	}
	return spur_buf_steal(&b);
}

static enum spur_time_style style_of(const char *word)
{
	return strcmp(word, "local") == 0 ? SPUR_TIME_LOCAL : strcmp(word, "rel") == 0 ? SPUR_TIME_REL :
	       strcmp(word, "ns") == 0 ? SPUR_TIME_NS : SPUR_TIME_UTC;
}

struct settings {
	bool help, no_progress;
	bool ascii, light, readonly;	/* of the workbench */
};

static const struct spur_opt workbench_opts[] = {
	{ "ascii", 0, SPUR_OPT_FLAG, NULL, "draw with ASCII characters only", false },
	{ "light", 0, SPUR_OPT_FLAG, NULL, "colours for a light background", false },
	{ "readonly", 0, SPUR_OPT_FLAG, NULL, "change nothing", false },
	{ 0 }
};

/* The options that hold for every verb, wherever they stand. Bad ones are left to the verb's own
 * parse, which knows its table and can say what is wrong. */
static void apply_globals(struct spur_ctx *ctx, struct settings *s, int argc, const char *const *argv)
{
	const struct spur_verb *v = argc > 0 ? spur_verb_by_name(argv[0]) : NULL;
	const struct spur_opt *opts = v == NULL ? NULL : v->opts;
	const struct spur_opt *tables[3];
	struct spur_args a;

	for (size_t i = 0; v != NULL && v->subs != NULL && argc > 1 && v->subs[i] != NULL; i++) {
		if (strcmp(v->subs[i]->name, argv[1]) == 0)
			opts = v->subs[i]->opts;
	}
	tables[0] = v == NULL ? workbench_opts : opts == NULL ? spur_global_opts : opts;
	tables[1] = spur_global_opts;
	tables[2] = NULL;
	if (spur_args_parse(&a, tables, argc, argv, NULL) < 0)
		return;
	ctx->json = spur_args_has(&a, "json");
	ctx->quiet = spur_args_has(&a, "quiet");
	ctx->verbose = spur_args_has(&a, "verbose");
	ctx->mem_bytes = spur_args_size(&a, "mem", ctx->mem_bytes);
	ctx->threads = (unsigned)spur_args_int(&a, "threads", 0);
	ctx->time_style = style_of(spur_args_text(&a, "time", "utc"));
	ctx->catalog = spur_args_text(&a, "catalog", ctx->catalog);
	ctx->as = spur_args_text(&a, "as", NULL);
	s->help = spur_args_has(&a, "help");
	s->no_progress = spur_args_has(&a, "no-progress");
	s->ascii = spur_args_has(&a, "ascii");
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
	static const struct spur_opt *const tables[] = { workbench_opts, spur_global_opts, NULL };
	struct spur_ui_opts o = { .ctx = ctx, .ascii = s->ascii, .light = s->light, .readonly = s->readonly };
	struct spur_error err = { 0 };
	struct spur_ui *ui = NULL;
	struct spur_args a;
	enum spur_status st;

	if ((st = spur_args_parse(&a, tables, argc - 1, (const char *const *)argv + 1, &err)) >= 0) {
		spur_args_finish(&a);
		if ((st = spur_ui_create(&o, &ui, &err)) >= 0)
			st = spur_term_run(ui, &err);
		spur_ui_destroy(ui);
	}
	if (st < 0)
		fprintf(stderr, "spur: %s\n", err.text);
	return spur_exit_of(st);
}

int main(int argc, char **argv)
{
	const char *help[] = { "help", argc > 1 ? argv[1] : NULL, NULL };
	char *catalog = default_catalog(), *self = own_path(argv[0]), *line = join_words(argc, argv), *data = own_data(self);
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
	spur_ctx_finish(&ctx);
	free(catalog);
	free(self);
	free(line);
	free(data);
	return (int)rc;
}
