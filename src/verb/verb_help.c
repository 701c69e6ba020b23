#include "config.h"

#include "verb/verb.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static void list_verbs(struct spur_emit *emit)
{
	const struct spur_verb *const *all = spur_verb_all();
	const char *seen = NULL;

	spur_emit_note(emit, "usage: spur VERB [ARGUMENT...] [OPTION...]      spur alone opens the workbench\n");
	for (; *all != NULL; all++) {
		if (seen == NULL || strcmp(seen, (*all)->section) != 0)
			spur_emit_note(emit, "%s%s", seen == NULL ? "" : "\n", (*all)->section);
		seen = (*all)->section;
		spur_emit_note(emit, "  %-14s %s", (*all)->name, (*all)->summary);
	}
	spur_emit_note(emit, "\nspur help VERB says more; man spur-VERB says all.");
}

static void show_opts(const struct spur_opt *o, struct spur_emit *emit)
{
	for (; o != NULL && o->name != NULL; o++) {
		char *left = o->letter != 0 ? spur_strfmt("-%c, --%s %s", o->letter, o->name, o->arg == NULL ? "" : o->arg) :
					      spur_strfmt("    --%s %s", o->name, o->arg == NULL ? "" : o->arg);

		spur_emit_note(emit, "  %-30s %s", left, o->help);
		free(left);
	}
}

static void show_one(const struct spur_verb *v, const struct spur_verb *parent, struct spur_emit *emit)
{
	spur_emit_note(emit, "usage: spur %s%s%s %s", parent == NULL ? "" : parent->name, parent == NULL ? "" : " ",
		       v->name, v->synopsis);
	spur_emit_note(emit, "  %s", v->summary);
	show_opts(v->opts, emit);
}

static void show_verb(const struct spur_verb *v, struct spur_emit *emit)
{
	if (v->run != NULL)
		show_one(v, NULL, emit);
	for (size_t i = 0; v->subs != NULL && v->subs[i] != NULL; i++)
		show_one(v->subs[i], v, emit);
	spur_emit_note(emit, "everywhere:");
	show_opts(spur_global_opts, emit);
}

/* For completion: the words that may come next, one a line. */
static void complete(const struct spur_args *args, struct spur_emit *emit)
{
	const struct spur_verb *v = args->npos > 0 ? spur_verb_by_name(args->pos[0]) : NULL;
	const struct spur_verb *sub = NULL;

	if (v == NULL) {
		for (const struct spur_verb *const *all = spur_verb_all(); *all != NULL; all++)
			spur_emit_note(emit, "%s", (*all)->name);
		return;
	}
	for (size_t i = 0; v->subs != NULL && v->subs[i] != NULL; i++) {
		if (args->npos > 1 && strcmp(v->subs[i]->name, args->pos[1]) == 0)
			sub = v->subs[i];
		else if (args->npos == 1)
			spur_emit_note(emit, "%s", v->subs[i]->name);
	}
	for (const struct spur_opt *o = sub != NULL ? sub->opts : v->opts; o != NULL && o->name != NULL; o++)
		spur_emit_note(emit, "--%s", o->name);
	for (const struct spur_opt *o = spur_global_opts; o->name != NULL; o++)
		spur_emit_note(emit, "--%s", o->name);
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	const struct spur_verb *v;

	(void)ctx;
	if (spur_args_has(args, "complete")) {
		complete(args, emit);
		return SPUR_EXIT_OK;
	}
	if (args->npos == 0) {
		list_verbs(emit);
		return SPUR_EXIT_OK;
	}
	if ((v = spur_verb_by_name(args->pos[0])) == NULL) {
		spur_fail(err, SPUR_EINVAL, "unknown verb '%s'; see spur help", args->pos[0]);
		return SPUR_EXIT_USAGE;
	}
	show_verb(v, emit);
	return SPUR_EXIT_OK;
}

static const struct spur_opt opts[] = {
	{ "complete", 0, SPUR_OPT_FLAG, NULL, "print the words that may come next, for shells", false },
	{ 0 }
};

const struct spur_verb spur_verb_help = {
	.name = "help",
	.synopsis = "[VERB]",
	.summary = "list the verbs, or explain one",
	.section = "Help",
	.opts = opts,
	.max_args = 2,
	.run = run,
};
