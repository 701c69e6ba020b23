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

#define HELP_COLUMN 32
#define HELP_WIDTH (79 - HELP_COLUMN)

#define CHOICE_COLUMN 8

/* A long list of choices goes on behind one of its bars. */
static void show_long(const char *left, struct spur_emit *emit)
{
	size_t room = 77, at = 2;

	while (strlen(left) > room) {
		size_t n = room;

		while (n > 0 && left[n - 1] != '|')
			n--;
		if (n == 0)
			break;
		spur_emit_note(emit, "%*s%.*s", (int)at, "", (int)n, left);
		left += n;
		at = CHOICE_COLUMN;
		room = 79 - CHOICE_COLUMN;
	}
	spur_emit_note(emit, "%*s%s", (int)at, "", left);
}

/* The help of an option behind its name, in lines that fit on 80 columns. */
static void show_opt(const char *left, const char *help, struct spur_emit *emit)
{
	size_t used = strlen(left);

	if (used > HELP_COLUMN - 2) {
		show_long(left, emit);
		left = "";
	}
	for (;;) {
		size_t n = strlen(help);

		if (n > HELP_WIDTH) {
			for (n = HELP_WIDTH; n > 0 && help[n] != ' '; n--)
				;
			n = n == 0 ? strlen(help) : n;
		}
		spur_emit_note(emit, "  %-*s %.*s", HELP_COLUMN - 2, left, (int)n, help);
		if (help[n] == '\0')
			return;
		help += n + 1;
		left = "";
	}
}

static void show_opts(const struct spur_opt *o, struct spur_emit *emit)
{
	for (; o != NULL && o->name != NULL; o++) {
		char *left = o->letter != 0 ? spur_strfmt("-%c, --%s %s", o->letter, o->name, o->arg == NULL ? "" : o->arg) :
					      spur_strfmt("    --%s %s", o->name, o->arg == NULL ? "" : o->arg);

		left[strlen(left) - (o->arg == NULL)] = '\0';
		show_opt(left, o->help, emit);
		free(left);
	}
}

static void show_one(const struct spur_verb *v, const struct spur_verb *parent, struct spur_emit *emit)
{
	spur_emit_note(emit, "usage: spur %s%s%s%s%s", parent == NULL ? "" : parent->name, parent == NULL ? "" : " ",
		       v->name, v->synopsis[0] == '\0' ? "" : " ", v->synopsis);
	spur_emit_note(emit, "  %s", v->summary);
	show_opts(v->opts, emit);
}

/* only: the name of a sub-verb, or NULL for all. false: there is none of that name. */
static bool show_verb(const struct spur_verb *v, const char *only, struct spur_emit *emit)
{
	bool found = only == NULL;

	if (v->run != NULL && only == NULL)
		show_one(v, NULL, emit);
	for (size_t i = 0; v->subs != NULL && v->subs[i] != NULL; i++) {
		if (only == NULL || strcmp(v->subs[i]->name, only) == 0) {
			show_one(v->subs[i], v, emit);
			found = true;
		}
	}
	if (!found)
		return false;
	spur_emit_note(emit, "everywhere:");
	show_opts(spur_global_opts, emit);
	return true;
}

static void emit_verb(const struct spur_verb *v, const struct spur_verb *parent, struct spur_emit *emit)
{
	spur_emit_row(emit, "verb");
	spur_emit_text(emit, "name", v->name);
	spur_emit_text(emit, "parent", parent == NULL ? NULL : parent->name);
	spur_emit_text(emit, "section", parent == NULL ? v->section : parent->section);
	spur_emit_text(emit, "synopsis", v->synopsis);
	spur_emit_text(emit, "summary", v->summary);
	spur_emit_begin(emit, "options", '[');
	for (const struct spur_opt *o = v->opts; o != NULL && o->name != NULL; o++) {
		spur_emit_begin(emit, NULL, '{');
		spur_emit_text(emit, "name", o->name);
		spur_emit_text(emit, "argument", o->arg);
		spur_emit_text(emit, "help", o->help);
		spur_emit_close(emit, '}');
	}
	spur_emit_close(emit, ']');
	spur_emit_end(emit);
}

/* For scripts: a row for each verb and sub-verb. */
static void emit_verbs(const struct spur_verb *only, struct spur_emit *emit)
{
	for (const struct spur_verb *const *v = spur_verb_all(); *v != NULL; v++) {
		if (only != NULL && *v != only)
			continue;
		emit_verb(*v, NULL, emit);
		for (size_t i = 0; (*v)->subs != NULL && (*v)->subs[i] != NULL; i++)
			emit_verb((*v)->subs[i], *v, emit);
	}
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

	if (spur_args_has(args, "complete")) {
		complete(args, emit);
		return SPUR_EXIT_OK;
	}
	if (args->npos == 0) {
		if (ctx->json)
			emit_verbs(NULL, emit);
		else
			list_verbs(emit);
		return SPUR_EXIT_OK;
	}
	if ((v = spur_verb_by_name(args->pos[0])) == NULL) {
		spur_fail(err, SPUR_EINVAL, "unknown verb '%s'; see spur help", args->pos[0]);
		return SPUR_EXIT_USAGE;
	}
	if (ctx->json) {
		emit_verbs(v, emit);
	} else if (!show_verb(v, args->npos > 1 ? args->pos[1] : NULL, emit)) {
		spur_fail(err, SPUR_EINVAL, "spur %s has no '%s'; see spur help %s", v->name, args->pos[1], v->name);
		return SPUR_EXIT_USAGE;
	}
	return SPUR_EXIT_OK;
}

static const struct spur_opt opts[] = {
	{ "complete", 0, SPUR_OPT_FLAG, NULL, "print the words that may come next, for shells", false },
	{ 0 }
};

const struct spur_verb spur_verb_help = {
	.name = "help",
	.synopsis = "[VERB [SUBVERB]]",
	.summary = "list the verbs, or explain one",
	.section = "Help",
	.opts = opts,
	.max_args = 2,
	.run = run,
};
