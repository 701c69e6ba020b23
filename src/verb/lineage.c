#include "config.h"

#include "verb/lineage.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"

#define DEPTH_MAX 64	/* pipelines are a dozen deep; more is a circle that somebody wrote by hand */

/* Ids met so far: open addressing, grows by doubling. */
struct seen {
	char **ids;
	size_t cap, count;
};

static bool seen_add(struct seen *s, const char *id);

static void seen_grow(struct seen *s)
{
	struct seen bigger = { .cap = s->cap == 0 ? 64 : s->cap * 2 };

	bigger.ids = spur_calloc(bigger.cap, sizeof(*bigger.ids));
	for (size_t i = 0; i < s->cap; i++) {
		if (s->ids[i] != NULL) {
			seen_add(&bigger, s->ids[i]);
			free(s->ids[i]);
		}
	}
	free(s->ids);
	*s = bigger;
}

/* false: it was there. */
static bool seen_add(struct seen *s, const char *id)
{
	size_t at;

	if (s->count * 2 >= s->cap)
		seen_grow(s);
	for (at = spur_hash64(id, strlen(id)) % s->cap; s->ids[at] != NULL; at = (at + 1) % s->cap) {
		if (strcmp(s->ids[at], id) == 0)
			return false;
	}
	s->ids[at] = spur_strdup(id);
	s->count++;
	return true;
}

static void seen_finish(struct seen *s)
{
	for (size_t i = 0; i < s->cap; i++)
		free(s->ids[i]);
	free(s->ids);
}

struct walk {
	struct spur_ctx *ctx;
	struct spur_db *db;
	bool down;
	spur_lineage_met *met;
	void *state;
	struct seen seen;
};

static enum spur_status step(struct walk *w, const char *id, const char *role, const char *parent, unsigned depth,
			     struct spur_error *err)
{
	struct spur_db_object_list o = { 0 };
	struct spur_db_edge_list edges = { 0 };
	struct spur_lineage_step s = { .role = role, .parent = parent, .depth = depth };
	enum spur_status st;

	if (depth > DEPTH_MAX)
		return spur_fail(err, SPUR_EDB, "lineage of %s is more than %d deep; see spur db check", id, DEPTH_MAX);
	if (spur_task_cancelled(w->ctx->task))
		return spur_fail(err, SPUR_ECANCELLED, "stopped");
	if ((st = spur_db_object_find(w->db, id, &o, err)) >= 0) {
		s.object = &o.rows[0];
		s.seen = !seen_add(&w->seen, id);
		st = w->met(w->state, &s, err);
	}
	if (st >= 0 && !s.seen)
		st = spur_db_edge_list(w->db, id, w->down, &edges, err);
	for (size_t i = 0; st >= 0 && i < edges.count; i++)
		st = step(w, w->down ? edges.rows[i].to : edges.rows[i].from, edges.rows[i].role, id, depth + 1, err);
	spur_db_edge_list_finish(&edges);
	spur_db_object_list_finish(&o);
	return st;
}

static enum spur_status find_dataset(struct spur_db *db, const char *ref, struct spur_db_object_list *out,
				     struct spur_error *err)
{
	struct spur_db_dataset_list d;
	enum spur_status st = spur_db_dataset_find(db, ref, &d, err);

	if (st >= 0)
		st = spur_db_object_find(db, d.rows[0].uid, out, err);
	spur_db_dataset_list_finish(&d);
	return st;
}

static enum spur_status find_file(struct spur_db *db, const char *ref, struct spur_db_object_list *out,
				  struct spur_error *err)
{
	struct spur_db_source_list s;
	char *full = realpath(ref, NULL), *id;
	enum spur_status st = spur_db_source_find(db, 0, full == NULL ? ref : full, &s, err);

	if (st >= 0) {
		id = spur_strfmt("file:%s", s.rows[0].sha256);
		st = spur_db_object_find(db, id, out, err);
		free(id);
	}
	spur_db_source_list_finish(&s);
	free(full);
	return st;
}

enum spur_status spur_lineage_find(struct spur_db *db, const char *ref, struct spur_db_object_list *out,
				   struct spur_error *err)
{
	enum spur_status st = spur_db_object_find(db, ref, out, err), other;
	struct spur_error why = { 0 };

	if (st != SPUR_ENOTFOUND)
		return st;
	spur_db_object_list_finish(out);
	other = find_dataset(db, ref, out, &why);
	/* A segment or a file that nothing was made from yet is not in the lineage: say the first error. */
	if (other == SPUR_ENOTFOUND && (strchr(ref, '/') != NULL || strchr(ref, '.') != NULL)) {
		spur_db_object_list_finish(out);
		other = find_file(db, ref, out, &why);
	}
	if (other >= 0 || other == SPUR_ENOTFOUND)
		return other >= 0 ? other : st;
	if (err != NULL)
		*err = why;
	return other;
}

enum spur_status spur_lineage_walk(struct spur_ctx *ctx, const char *ref, bool down, spur_lineage_met *met, void *state,
				   struct spur_error *err)
{
	struct walk w = { .ctx = ctx, .down = down, .met = met, .state = state };
	struct spur_db_object_list o = { 0 };
	enum spur_status st = spur_ctx_db(ctx, &w.db, err);

	if (st >= 0 && (st = spur_lineage_find(w.db, ref, &o, err)) >= 0)
		st = step(&w, o.rows[0].id, "", "", 0, err);
	spur_db_object_list_finish(&o);
	seen_finish(&w.seen);
	return st;
}
