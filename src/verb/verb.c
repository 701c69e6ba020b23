#include "config.h"

#include "verb/verb.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/uri.h"

#define MEM_LEAST (64u << 10)
#define THREADS_MOST 1024

#define SPUR_VERB(id) extern const struct spur_verb spur_verb_##id;
#include "verb/verbs.def"
#undef SPUR_VERB

static const struct spur_verb *const verbs[] = {
#define SPUR_VERB(id) &spur_verb_##id,
#include "verb/verbs.def"
#undef SPUR_VERB
	NULL
};

/* clang-format off */
const struct spur_opt spur_global_opts[] = {
	{ "json", 0, SPUR_OPT_FLAG, NULL, "one JSON object per line", false },
	{ "quiet", 'q', SPUR_OPT_FLAG, NULL, "no notes", false },
	{ "verbose", 'v', SPUR_OPT_FLAG, NULL, "say more", false },
	{ "mem", 0, SPUR_OPT_SIZE, "SIZE", "memory budget (256M)", false },
	{ "threads", 'j', SPUR_OPT_INT, "N", "threads (one per processor)", false },
	{ "time", 0, SPUR_OPT_CHOICE, "utc|local|rel|ns", "how times are shown", false },
	{ "no-progress", 0, SPUR_OPT_FLAG, NULL, "no progress bar", false },
	{ "catalog", 0, SPUR_OPT_TEXT, "PATH|URL", "catalogue to work in", false },
	{ "as", 0, SPUR_OPT_TEXT, "NAME", "act under another of your identities", false },
	{ "help", 'h', SPUR_OPT_FLAG, NULL, "this text", false },
	{ 0 }
};
/* clang-format on */

const struct spur_verb *const *spur_verb_all(void)
{
	return verbs;
}

static const struct spur_verb *find(const struct spur_verb *const *list, const char *name)
{
	for (; *list != NULL; list++) {
		if (strcmp((*list)->name, name) == 0)
			return *list;
	}
	return NULL;
}

const struct spur_verb *spur_verb_by_name(const char *name)
{
	return find(verbs, name);
}

/* The options of the verb or sub-verb that argv begins with; NULL: no such verb. */
static const struct spur_opt *options_of(int argc, const char *const *argv)
{
	const struct spur_verb *v = argc > 0 ? spur_verb_by_name(argv[0]) : NULL, *sub = NULL;

	if (v == NULL)
		return NULL;
	if (v->subs != NULL && argc > 1 && (sub = find(v->subs, argv[1])) != NULL)
		v = sub;
	return v->opts == NULL ? spur_global_opts : v->opts;
}

static enum spur_time_style style_of(const char *word)
{
	return strcmp(word, "local") == 0 ? SPUR_TIME_LOCAL : strcmp(word, "rel") == 0 ? SPUR_TIME_REL :
	       strcmp(word, "ns") == 0 ? SPUR_TIME_NS : SPUR_TIME_UTC;
}

/* Texts that live as long as the process, as the environment does; each once. */
static const char *kept(char *text)
{
	static struct one { struct one *next; char *text; } *all;
	struct one *o;

	for (o = all; o != NULL; o = o->next) {
		if (strcmp(o->text, text) == 0) {
			free(text);
			return o->text;
		}
	}
	o = spur_calloc(1, sizeof(*o));
	*o = (struct one){ all, text };
	all = o;
	return text;
}

/* The password of a catalogue's URI goes to where libpq and the programs we start look for it, so that nothing that
 * shows, keeps or hands on the URI has it. */
static const char *without_password(const char *catalog)
{
	char *password, *bare;

	if (catalog == NULL || strstr(catalog, "://") == NULL)
		return catalog;
	bare = spur_uri_split(catalog, &password);
	if (password == NULL) {
		free(bare);
		return catalog;
	}
	setenv("PGPASSWORD", password, 1);
	free(password);
	return kept(bare);
}

void spur_ctx_globals(struct spur_ctx *ctx, const struct spur_args *a)
{
	ctx->json = ctx->json || spur_args_has(a, "json");
	ctx->quiet = ctx->quiet || spur_args_has(a, "quiet");
	ctx->verbose = ctx->verbose || spur_args_has(a, "verbose");
	ctx->mem_bytes = spur_args_size(a, "mem", ctx->mem_bytes);
	ctx->threads = (unsigned)spur_args_int(a, "threads", ctx->threads);
	if (spur_args_has(a, "time"))
		ctx->time_style = style_of(spur_args_text(a, "time", "utc"));
	ctx->catalog = without_password(spur_args_text(a, "catalog", ctx->catalog));
	ctx->as = spur_args_text(a, "as", ctx->as);
}

bool spur_verb_globals(struct spur_ctx *ctx, int argc, const char *const *argv, struct spur_args *a)
{
	const struct spur_opt *tables[3] = { options_of(argc, argv), spur_global_opts, NULL };

	if (tables[0] == NULL || spur_args_parse(a, tables, argc, argv, NULL) < 0)
		return false;
	spur_ctx_globals(ctx, a);
	return true;
}

bool spur_verb_has_option(int argc, const char *const *argv, const char *name)
{
	for (const struct spur_opt *o = options_of(argc, argv); o != NULL && o->name != NULL; o++) {
		if (strcmp(o->name, name) == 0)
			return true;
	}
	return false;
}

enum spur_exit spur_exit_of(enum spur_status st)
{
	return st >= 0 ? SPUR_EXIT_OK : st == SPUR_ECANCELLED ? SPUR_EXIT_INTERRUPTED :
	       st == SPUR_EINVAL ? SPUR_EXIT_USAGE : SPUR_EXIT_FAIL;
}

static enum spur_exit usage(const struct spur_verb *v, const struct spur_verb *sub, struct spur_error *err)
{
	const struct spur_verb *of = sub == NULL ? v : sub;

	spur_fail(err, SPUR_EINVAL, "usage: spur %s%s%s %s", v->name, sub == NULL ? "" : " ",
		  sub == NULL ? "" : sub->name, of->synopsis);
	return SPUR_EXIT_USAGE;
}

static enum spur_exit unknown_sub(const struct spur_verb *v, const char *word, struct spur_error *err)
{
	char names[200] = "";

	for (const struct spur_verb *const *s = v->subs; *s != NULL; s++) {
		if (strlen(names) + strlen((*s)->name) + 3 < sizeof(names)) {
			strcat(names, names[0] == '\0' ? "" : ", ");
			strcat(names, (*s)->name);
		}
	}
	if (word == NULL)
		spur_fail(err, SPUR_EINVAL, "spur %s: say one of %s", v->name, names);
	else
		spur_fail(err, SPUR_EINVAL, "spur %s: no '%s'; one of %s", v->name, word, names);
	return SPUR_EXIT_USAGE;
}

/* What would mean something else inside: no thread is one per processor, no budget is none at all. */
static enum spur_status check_globals(const struct spur_args *a, struct spur_error *err)
{
	long long threads = spur_args_int(a, "threads", 0);

	if (threads < 0 || threads > THREADS_MOST)
		return spur_fail(err, SPUR_EINVAL, "--threads %lld: 0 to %d, 0 is one per processor", threads, THREADS_MOST);
	if (spur_args_size(a, "mem", MEM_LEAST) < MEM_LEAST)
		return spur_fail(err, SPUR_EINVAL, "--mem %s: at least 64K", spur_args_text(a, "mem", ""));
	return SPUR_OK;
}

static enum spur_exit call(struct spur_ctx *ctx, const struct spur_verb *v, const struct spur_verb *sub, int argc,
			   const char *const *argv, struct spur_emit *emit, struct spur_error *err)
{
	const struct spur_verb *of = sub == NULL ? v : sub;
	const struct spur_opt *tables[3] = { of->opts == NULL ? spur_global_opts : of->opts, spur_global_opts, NULL };
	struct spur_args args;
	enum spur_exit rc;

	if (spur_args_parse(&args, tables, argc, argv, err) < 0 || check_globals(&args, err) < 0) {
		spur_wrap(SPUR_EINVAL, err, "spur %s%s%s", v->name, sub == NULL ? "" : " ", sub == NULL ? "" : sub->name);
		spur_args_finish(&args);
		return SPUR_EXIT_USAGE;
	}
	if ((int)args.npos < of->min_args || (of->max_args >= 0 && (int)args.npos > of->max_args))
		rc = usage(v, sub, err);
	else
		rc = of->run(ctx, &args, emit, err);
	spur_args_finish(&args);
	return rc == SPUR_EXIT_OK && ctx->lacking ? SPUR_EXIT_PARTIAL : rc;
}

enum spur_exit spur_verb_call(struct spur_ctx *ctx, int argc, const char *const *argv, struct spur_emit *emit,
			     struct spur_error *err)
{
	const struct spur_verb *v = argc > 0 ? spur_verb_by_name(argv[0]) : NULL;
	const struct spur_verb *sub = NULL;
	enum spur_exit rc;
	int at = 1;

	if (v == NULL && argc > 0 && argv[0][0] == '-') {
		spur_fail(err, SPUR_EINVAL, "%s: options stand behind the verb: spur VERB ... %s", argv[0], argv[0]);
		return SPUR_EXIT_USAGE;
	}
	if (v == NULL) {
		spur_fail(err, SPUR_EINVAL, "unknown verb '%s'; see spur help", argc > 0 ? argv[0] : "");
		return SPUR_EXIT_USAGE;
	}
	if (v->subs != NULL && argc > 1 && (sub = find(v->subs, argv[1])) != NULL)
		at = 2;
	if (sub == NULL && v->run == NULL)
		return unknown_sub(v, argc > 1 && argv[1][0] != '-' ? argv[1] : NULL, err);
	rc = call(ctx, v, sub, argc - at, argv + at, emit, err);
	/* The contract of a row: a failure says why. */
	if ((rc == SPUR_EXIT_FAIL || rc == SPUR_EXIT_USAGE) && err->text[0] == '\0')
		spur_fail(err, SPUR_EINVAL, "spur %s: failed without a reason; this is a bug of spur", v->name);
	return rc;
}
