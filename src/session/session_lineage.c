#include "config.h"

#include "session/session_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "session/lab.h"
#include "verb/lineage.h"

#define AUTO_DEPTH 6u		/* branches that open of themselves */
#define AUTO_CHILDREN 12u	/* below an object with more, none does */
#define AUTO_NODES 100u

struct node {
	struct spur_session_node pub;
	char *texts;		/* owned: everything pub points to, one after the other */
	bool eager;
};

struct spur_session_lineage_part {
	struct spur_session_lineage pub;
	struct spur_session_slot slot;
	char *ref, *error;
	bool down;
	struct node *nodes;
	struct spur_session_node *shown;	/* what pub.nodes points to */
	size_t count;
	char *wanted;		/* id whose children are read next; NULL: the root itself */
	unsigned depth;		/* of the wanted one */
};

struct job {
	struct spur_session *s;
	uint64_t asked;
	char *ref;		/* the root to find, or NULL */
	char *id;		/* or the object whose children are read */
	unsigned depth;
	bool down;
	struct node *found;
	size_t count, hidden;
};

struct spur_session_lineage_part *spur_session_lineage_create(void)
{
	return spur_calloc(1, sizeof(struct spur_session_lineage_part));
}

static void free_nodes(struct node *nodes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(nodes[i].texts);
	free(nodes);
}

void spur_session_lineage_destroy(struct spur_session_lineage_part *p)
{
	free_nodes(p->nodes, p->count);
	free(p->shown);
	free(p->ref);
	free(p->error);
	free(p->wanted);
	free(p);
}

void spur_session_lineage_stop(struct spur_session *s)
{
	spur_task_cancel(s->lineage->slot.running);
}

bool spur_session_lineage_busy(const struct spur_session *s)
{
	return s->lineage->slot.running != NULL;
}

/* ---- reading ---- */

static const char *put(char **at, const char *text)
{
	size_t n = strlen(text) + 1;
	char *begin = *at;

	memcpy(begin, text, n);
	*at += n;
	return begin;
}

static void add(struct job *j, const struct spur_db_object *o, const char *role, unsigned depth)
{
	struct node *n;
	char *at;

	j->found = spur_realloc(j->found, j->count + 1, sizeof(*j->found));
	n = &j->found[j->count++];
	*n = (struct node){ .pub = { .depth = depth, .leaf = strcmp(o->kind, "file") == 0 } };
	n->texts = at = spur_malloc(strlen(o->id) + strlen(o->kind) + strlen(o->title) + strlen(role) + strlen(o->path) +
				    strlen(o->sha256) + 6);
	n->pub.id = put(&at, o->id);
	n->pub.kind = put(&at, o->kind);
	n->pub.title = put(&at, o->title);
	n->pub.role = put(&at, role);
	n->pub.path = put(&at, o->path);
	n->pub.sha256 = put(&at, o->sha256);
}

static enum spur_status read_root(struct spur_db *db, struct job *j, struct spur_error *err)
{
	struct spur_db_object_list o = { 0 };
	enum spur_status st = spur_lineage_find(db, j->ref, &o, err);

	if (st >= 0)
		add(j, &o.rows[0], "", 0);
	spur_db_object_list_finish(&o);
	return st;
}

static enum spur_status read_children(struct spur_db *db, struct job *j, struct spur_task *task, struct spur_error *err)
{
	struct spur_db_edge_list edges = { 0 };
	enum spur_status st = spur_db_edge_list(db, j->id, j->down, &edges, err);

	for (size_t i = 0; st >= 0 && i < edges.count && i < SPUR_LINEAGE_CHILDREN; i++) {
		struct spur_db_object_list o = { 0 };

		if (spur_task_cancelled(task))
			st = spur_fail(err, SPUR_ECANCELLED, "lineage");
		else
			st = spur_db_object_find(db, j->down ? edges.rows[i].to : edges.rows[i].from, &o, err);
		if (st >= 0)
			add(j, &o.rows[0], edges.rows[i].role, j->depth + 1);
		spur_db_object_list_finish(&o);
	}
	j->hidden = edges.count > SPUR_LINEAGE_CHILDREN ? edges.count - SPUR_LINEAGE_CHILDREN : 0;
	spur_db_edge_list_finish(&edges);
	return st;
}

static enum spur_status read_nodes(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct job *j = arg;
	struct spur_db *db;
	enum spur_status st = spur_db_open(j->s->ctx->catalog, &db, err);

	if (st < 0)
		return st;
	st = j->ref != NULL ? read_root(db, j, err) : read_children(db, j, task, err);
	spur_db_close(db);
	return st;
}

/* ---- the tree ---- */

static void publish(struct spur_session_lineage_part *p)
{
	p->shown = spur_realloc(p->shown, p->count + 1, sizeof(*p->shown));
	for (size_t i = 0; i < p->count; i++)
		p->shown[i] = p->nodes[i].pub;
	p->pub.nodes = p->shown;
	p->pub.count = p->count;
	p->pub.generation++;
}

static size_t position(const struct spur_session_lineage_part *p, const char *id, unsigned depth)
{
	size_t i = 0;

	while (i < p->count && !(p->nodes[i].pub.loading && p->nodes[i].pub.depth == depth && strcmp(p->nodes[i].pub.id, id) == 0))
		i++;
	return i;
}

static void insert(struct spur_session_lineage_part *p, struct job *j)
{
	size_t at = position(p, j->id, j->depth);
	struct node *parent;

	if (at == p->count)
		return;
	p->nodes = spur_realloc(p->nodes, p->count + j->count + 1, sizeof(*p->nodes));
	parent = &p->nodes[at];
	parent->pub.loading = false;
	parent->pub.open = true;
	parent->pub.children = j->count;
	parent->pub.hidden = j->hidden;
	parent->pub.leaf = j->count == 0;
	memmove(parent + 1 + j->count, parent + 1, (p->count - at - 1) * sizeof(*p->nodes));
	for (size_t i = 0; i < j->count; i++) {
		parent[1 + i] = j->found[i];
		parent[1 + i].eager = parent->eager && j->count <= AUTO_CHILDREN && j->found[i].pub.depth < AUTO_DEPTH;
	}
	p->count += j->count;
	free(j->found);
	j->found = NULL;
	j->count = 0;
}

static void start(struct spur_session *s);

/* What comes below node i is read. */
static void open_branch(struct spur_session *s, size_t i)
{
	struct spur_session_lineage_part *p = s->lineage;

	free(p->wanted);
	p->wanted = spur_strdup(p->nodes[i].pub.id);
	p->depth = p->nodes[i].pub.depth;
	for (size_t k = 0; k < p->count; k++)
		p->nodes[k].pub.loading = k == i;
	spur_session_ask(s, &p->slot, start);
}

static void open_next(struct spur_session *s)
{
	struct spur_session_lineage_part *p = s->lineage;

	for (size_t i = 0; i < p->count && p->count < AUTO_NODES; i++) {
		if (p->nodes[i].eager && !p->nodes[i].pub.open && !p->nodes[i].pub.leaf) {
			p->nodes[i].eager = false;
			open_branch(s, i);
			p->nodes[i].eager = true;
			return;
		}
	}
}

static void nodes_read(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct job *j = arg;
	struct spur_session_lineage_part *p = j->s->lineage;

	if (spur_session_arrived(j->s, &p->slot, j->asked, start)) {
		free(p->error);
		p->error = st < 0 ? spur_strdup(err->text) : NULL;
		p->pub.error = p->error;
		p->pub.loading = false;
		if (st >= 0 && j->ref != NULL) {
			p->nodes = j->found;
			p->count = j->count;
			p->nodes[0].eager = true;
			j->found = NULL;
			j->count = 0;
		} else if (st >= 0) {
			insert(p, j);
		}
		if (st >= 0)
			open_next(j->s);
		publish(p);
	}
	free_nodes(j->found, j->count);
	free(j->ref);
	free(j->id);
	free(j);
}

static void start(struct spur_session *s)
{
	struct spur_session_lineage_part *p = s->lineage;
	struct job *j = spur_calloc(1, sizeof(*j));
	struct spur_work w = { .name = "lineage", .work = read_nodes, .done = nodes_read, .arg = j, .urgent = true };

	j->s = s;
	j->asked = p->slot.asked;
	j->down = p->down;
	if (p->wanted == NULL) {
		j->ref = spur_strdup(p->ref);
	} else {
		j->id = spur_strdup(p->wanted);
		j->depth = p->depth;
	}
	p->slot.running = spur_workq_submit(s->queue, &w);
}

void spur_session_lineage_want(struct spur_session *s, const char *ref, bool down)
{
	struct spur_session_lineage_part *p = s->lineage;
	char *copy = spur_strdup(ref);

	free(p->ref);
	free(p->wanted);
	free_nodes(p->nodes, p->count);
	p->ref = copy;
	p->pub.ref = copy;
	p->down = down;
	p->wanted = NULL;
	p->nodes = NULL;
	p->count = 0;
	p->pub.loading = true;
	publish(p);
	spur_session_ask(s, &p->slot, start);
}

static void close_branch(struct spur_session_lineage_part *p, size_t i)
{
	size_t end = i + 1;

	while (end < p->count && p->nodes[end].pub.depth > p->nodes[i].pub.depth)
		free(p->nodes[end++].texts);
	memmove(&p->nodes[i + 1], &p->nodes[end], (p->count - end) * sizeof(*p->nodes));
	p->count -= end - i - 1;
	p->nodes[i].pub.open = false;
	p->nodes[i].eager = false;
	publish(p);
}

void spur_session_lineage_toggle(struct spur_session *s, size_t node)
{
	struct spur_session_lineage_part *p = s->lineage;

	if (node >= p->count || p->nodes[node].pub.leaf)
		return;
	if (p->nodes[node].pub.open)
		close_branch(p, node);
	else
		open_branch(s, node);
}

const struct spur_session_lineage *spur_session_lineage(const struct spur_session *s)
{
	return &s->lineage->pub;
}
