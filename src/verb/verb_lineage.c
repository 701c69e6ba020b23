#include "config.h"

#include "verb/lineage.h"

#include <string.h>

#define ID_SHOWN 28

struct showing {
	struct spur_ctx *ctx;
	struct spur_emit *emit;
};

static void emit_json(const struct spur_lineage_step *s, struct spur_emit *emit)
{
	spur_emit_row(emit, "object");
	spur_emit_int(emit, "depth", s->depth);
	spur_emit_text(emit, "role", s->role);
	spur_emit_text(emit, "id", s->object->id);
	spur_emit_text(emit, "parent", s->parent);
	spur_emit_text(emit, "kind", s->object->kind);
	spur_emit_text(emit, "title", s->object->title);
	spur_emit_text(emit, "path", s->object->path);
	spur_emit_text(emit, "sha256", s->object->sha256);
	spur_emit_time(emit, "at_ns", s->object->at_ns);
	spur_emit_bool(emit, "seen", s->seen);
	spur_emit_end(emit);
}

static enum spur_status show(void *state, const struct spur_lineage_step *s, struct spur_error *err)
{
	struct showing *v = state;
	const struct spur_db_object *o = s->object;
	bool all = v->ctx->verbose;

	(void)err;
	if (v->ctx->json)
		emit_json(s, v->emit);
	else	/* of an id its prefix is enough to ask for it again */
		spur_emit_note(v->emit, "%*s%s%s%.*s  %s%s%s", (int)s->depth * 2, "", s->role, s->role[0] == '\0' ? "" : ": ",
			       all ? (int)strlen(o->id) : ID_SHOWN, o->id, o->title, all && o->path[0] != '\0' ? "  " : "",
			       all ? o->path : "");
	return SPUR_OK;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	struct showing v = { ctx, emit };

	return spur_exit_of(spur_lineage_walk(ctx, args->pos[0], !spur_args_has(args, "up"), show, &v, err));
}

static const struct spur_opt opts[] = {
	{ .name = "up", .type = SPUR_OPT_FLAG, .help = "what was made of it, instead of what it was made of" },
	{ 0 }
};

const struct spur_verb spur_verb_lineage = {
	.name = "lineage",
	.synopsis = "OBJECT",
	.summary = "what an object was made of, down to the bytes of recordings",
	.section = "Catalogue",
	.opts = opts,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
