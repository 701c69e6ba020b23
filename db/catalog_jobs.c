#include "config.h"

#include "db/catalog_jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "db/statement.h"

#define COLUMNS "id, parent, kind, name, executor, dir, input_snapshot, code_sha, param_hash, state, attempt, failures, " \
	"created_ns, started_ns, ended_ns, changed_ns, heartbeat_ns, done, total, unit, exit_code, exit_signal, reason"

/* What the slots of the store share: the stream of the open transaction. */
struct job_store {
	struct spur_db *db;
	char run[SPUR_JOB_ID], stream[64];
	uint64_t from;		/* lines before this were taken already */
	const char *source;	/* who tells, for the audit; NULL: the caller of put() */
};

/* An edge of the machine is a line of the audit. Nobody's key stands behind it: that a person asked for the run, its
 * end or another attempt is a line of its own. */
static enum spur_status note_edge(struct job_store *s, const struct spur_job_row *r, const char *from,
				  enum spur_job_state to, const char *source, int64_t *seq, struct spur_error *err)
{
	struct spur_db_act act = { .who = "spur", .key = "", .line = "", .now_ns = spur_now_ns() };
	struct spur_buf detail = { 0 };
	struct spur_json j = { .out = &detail };
	enum spur_status st;

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "from", from);
	spur_json_text(&j, "to", spur_job_state_name(to));
	spur_json_uint(&j, "attempt", r->status.attempt);
	spur_json_text(&j, "source", s->source != NULL ? s->source : source == NULL ? "" : source);
	if (spur_job_state_terminal(to)) {
		spur_json_int(&j, "exit_code", r->status.exit_code);
		spur_json_text(&j, "reason", r->status.reason);
	}
	spur_json_end(&j, '}');
	st = spur_db_audit_add(s->db, &act, "job.state", r->id, spur_buf_text(&detail), seq, err);
	spur_buf_finish(&detail);
	return st;
}

static void fill(char *out, size_t size, const char *s)
{
	snprintf(out, size, "%s", s);
}

static void read_row(struct spur_stmt *q, struct spur_job_row *r)
{
	struct spur_job_status *s = &r->status;
	int c = 0;

	*r = (struct spur_job_row){ 0 };
	fill(r->id, sizeof(r->id), spur_stmt_text(q, c++));
	fill(r->parent, sizeof(r->parent), spur_stmt_text(q, c++));
	fill(r->kind, sizeof(r->kind), spur_stmt_text(q, c++));
	fill(r->name, sizeof(r->name), spur_stmt_text(q, c++));
	fill(r->executor, sizeof(r->executor), spur_stmt_text(q, c++));
	fill(r->dir, sizeof(r->dir), spur_stmt_text(q, c++));
	fill(r->input_snapshot, sizeof(r->input_snapshot), spur_stmt_text(q, c++));
	fill(r->code_sha, sizeof(r->code_sha), spur_stmt_text(q, c++));
	fill(r->param_hash, sizeof(r->param_hash), spur_stmt_text(q, c++));
	spur_job_state_parse(spur_stmt_text(q, c++), &s->state);
	s->attempt = (unsigned)spur_stmt_int(q, c++);
	s->failures = (unsigned)spur_stmt_int(q, c++);
	s->created_ns = spur_stmt_int(q, c++);
	s->started_ns = spur_stmt_int(q, c++);
	s->ended_ns = spur_stmt_int(q, c++);
	s->changed_ns = spur_stmt_int(q, c++);
	s->heartbeat_ns = spur_stmt_int(q, c++);
	s->done = (uint64_t)spur_stmt_int(q, c++);
	s->total = (uint64_t)spur_stmt_int(q, c++);
	fill(s->unit, sizeof(s->unit), spur_stmt_text(q, c++));
	s->exit_code = (int)spur_stmt_int(q, c++);
	s->exit_signal = (int)spur_stmt_int(q, c++);
	fill(s->reason, sizeof(s->reason), spur_stmt_text(q, c++));
}

/* One row, or SPUR_ENOTFOUND without text. */
static enum spur_status find_row(struct spur_db *db, const char *id, struct spur_job_row *out, struct spur_error *err)
{
	struct spur_stmt *q;
	enum spur_status st = spur_db_query(db, "SELECT " COLUMNS " FROM run WHERE id = ?1", SPUR_BIND(SPUR_TEXT(id)), &q, err);

	if (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK)
		read_row(q, out);
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_ENOTFOUND : st;
}

static enum spur_status insert_row(struct spur_db *db, const struct spur_job_row *r, int64_t seq, struct spur_error *err)
{
	const struct spur_job_status *s = &r->status;

	return spur_db_run(db, "INSERT INTO run (" COLUMNS ", contract, audit_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
			   "?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)",
			   SPUR_BIND(SPUR_TEXT(r->id), SPUR_TEXT(r->parent), SPUR_TEXT(r->kind), SPUR_TEXT(r->name),
				     SPUR_TEXT(r->executor), SPUR_TEXT(r->dir), SPUR_TEXT(r->input_snapshot),
				     SPUR_TEXT(r->code_sha), SPUR_TEXT(r->param_hash),
				     SPUR_TEXT(spur_job_state_name(s->state)), SPUR_INT(s->attempt), SPUR_INT(s->failures),
				     SPUR_INT(s->created_ns), SPUR_INT(s->started_ns), SPUR_INT(s->ended_ns),
				     SPUR_INT(s->changed_ns), SPUR_INT(s->heartbeat_ns), SPUR_INT((int64_t)s->done),
				     SPUR_INT((int64_t)s->total), SPUR_TEXT(s->unit), SPUR_INT(s->exit_code),
				     SPUR_INT(s->exit_signal), SPUR_TEXT(s->reason), SPUR_INT(SPUR_JOB_CONTRACT),
				     SPUR_INT(seq)), err);
}

/* seq 0: nothing that the audit holds has changed. */
static enum spur_status update_row(struct spur_db *db, const struct spur_job_row *r, enum spur_job_state state, int64_t seq,
				   struct spur_error *err)
{
	const struct spur_job_status *s = &r->status;

	return spur_db_run(db, "UPDATE run SET state = ?2, attempt = ?3, failures = ?4, started_ns = ?5, ended_ns = ?6, "
			   "changed_ns = ?7, heartbeat_ns = ?8, done = ?9, total = ?10, unit = ?11, exit_code = ?12, "
			   "exit_signal = ?13, reason = ?14, audit_seq = CASE WHEN ?15 > 0 THEN ?15 ELSE audit_seq END "
			   "WHERE id = ?1",
			   SPUR_BIND(SPUR_TEXT(r->id), SPUR_TEXT(spur_job_state_name(state)), SPUR_INT(s->attempt),
				     SPUR_INT(s->failures), SPUR_INT(s->started_ns), SPUR_INT(s->ended_ns),
				     SPUR_INT(s->changed_ns), SPUR_INT(s->heartbeat_ns), SPUR_INT((int64_t)s->done),
				     SPUR_INT((int64_t)s->total), SPUR_TEXT(s->unit), SPUR_INT(s->exit_code),
				     SPUR_INT(s->exit_signal), SPUR_TEXT(s->reason), SPUR_INT(seq)), err);
}

/* A shortest way from one state to another, without its ends; 0 steps if there is an edge. -1: none. */
static int way(enum spur_job_state from, enum spur_job_state to, enum spur_job_state *steps)
{
	static const enum spur_job_state between[] = { SPUR_JOB_QUEUED, SPUR_JOB_STARTING, SPUR_JOB_RUNNING };
	int n = 0;

	for (size_t i = 0; i < 3 && !spur_job_state_edge(n == 0 ? from : steps[n - 1], to); i++) {
		if (spur_job_state_edge(n == 0 ? from : steps[n - 1], between[i]))
			steps[n++] = between[i];
	}
	return spur_job_state_edge(n == 0 ? from : steps[n - 1], to) ? n : -1;
}

static enum spur_status take_edge(struct job_store *s, const struct spur_job_row *r, enum spur_job_state *from,
				  enum spur_job_state to, const char *source, struct spur_error *err)
{
	int64_t seq = 0;
	enum spur_status st = note_edge(s, r, spur_job_state_name(*from), to, source, &seq, err);

	*from = to;
	return st < 0 ? st : update_row(s->db, r, to, seq, err);
}

/* What the audit holds of a run beside its state (chain_tables.c). */
static bool same_facts(const struct spur_job_status *a, const struct spur_job_status *b)
{
	return a->attempt == b->attempt && a->started_ns == b->started_ns && a->ended_ns == b->ended_ns &&
	       a->exit_code == b->exit_code && a->exit_signal == b->exit_signal && strcmp(a->reason, b->reason) == 0;
}

static enum spur_status move_row(struct job_store *s, const struct spur_job_row *have, const struct spur_job_row *r,
				 const char *source, struct spur_error *err)
{
	enum spur_job_state from = have->status.state, to = r->status.state, steps[4];
	/* A retry opens a run again; everything else follows the machine. */
	bool again = spur_job_state_terminal(from) && from != SPUR_JOB_SUCCEEDED &&
		     r->status.changed_ns > have->status.changed_ns;
	enum spur_status st = SPUR_OK;
	struct spur_job_row open = *r;
	int n;

	open.status.ended_ns = 0;
	if (again)
		st = take_edge(s, &open, &from, SPUR_JOB_QUEUED, source, err);
	n = from == to ? 0 : way(from, to, steps);
	if (n < 0)
		return spur_fail(err, SPUR_EINVAL, "run %s: no way from %s to %s", r->id, spur_job_state_name(from),
				 spur_job_state_name(to));
	for (int i = 0; i < n && st >= 0; i++)
		st = take_edge(s, &open, &from, steps[i], source, err);
	if (st < 0)
		return st;
	if (from == to && !again && same_facts(&have->status, &r->status))
		return update_row(s->db, r, to, 0, err);
	return take_edge(s, r, &from, to, source, err);
}

static enum spur_status put(void *state, const struct spur_job_row *r, const char *source, struct spur_error *err)
{
	struct job_store *s = state;
	struct spur_job_row have;
	int64_t seq = 0;
	enum spur_status st = spur_db_begin(s->db, err);

	if (st < 0)
		return st;
	st = find_row(s->db, r->id, &have, err);
	if (st == SPUR_ENOTFOUND) {
		if ((st = note_edge(s, r, "", r->status.state, source, &seq, err)) >= 0)
			st = insert_row(s->db, r, seq, err);
	} else if (st >= 0 && r->status.changed_ns >= have.status.changed_ns &&	/* else someone was here with newer news */
		   (have.status.changed_ns != r->status.changed_ns || have.status.done != r->status.done ||
		    have.status.heartbeat_ns != r->status.heartbeat_ns || have.status.state != r->status.state)) {
		st = move_row(s, &have, r, source, err);
	}
	return spur_db_end(s->db, st, err);
}

/* ---- events */

static enum spur_status begin(void *state, const char *run, const char *stream, uint64_t *offset, struct spur_error *err)
{
	struct job_store *s = state;
	int64_t at = 0;
	enum spur_status st = spur_db_begin(s->db, err);

	if (st < 0)
		return st;
	fill(s->run, sizeof(s->run), run);
	fill(s->stream, sizeof(s->stream), stream);
	st = spur_db_scalar(s->db, "SELECT count(*) FROM run WHERE id = ?1", SPUR_BIND(SPUR_TEXT(run)), &at, err);
	if (st >= 0 && at == 0)
		st = spur_fail(err, SPUR_ENOTFOUND, "no run %s", run);
	at = 0;
	if (st >= 0) {
		st = spur_db_scalar(s->db, "SELECT offset_bytes FROM run_stream WHERE run = ?1 AND stream = ?2",
				    SPUR_BIND(SPUR_TEXT(run), SPUR_TEXT(stream)), &at, err);
		st = st == SPUR_ENOTFOUND ? SPUR_OK : st;
	}
	*offset = s->from = (uint64_t)at;
	return st < 0 ? spur_db_end(s->db, st, err) : SPUR_OK;
}

static enum spur_status event(void *state, uint64_t at, spur_ns ts_ns, const char *type, const char *json, size_t len,
			      struct spur_error *err)
{
	struct job_store *s = state;
	char *text;
	enum spur_status st;

	if (at < s->from)
		return SPUR_OK;
	text = spur_strndup(json, len);
	st = spur_db_run(s->db, "INSERT INTO run_event (run, stream, at, ts_ns, type, json) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
			 SPUR_BIND(SPUR_TEXT(s->run), SPUR_TEXT(s->stream), SPUR_INT((int64_t)at), SPUR_INT(ts_ns),
				   SPUR_TEXT(type), SPUR_TEXT(text)), err);
	free(text);
	return st;
}

static enum spur_status metric(void *state, const struct spur_job_metric *m, struct spur_error *err)
{
	struct job_store *s = state;

	return spur_db_run(s->db, "INSERT INTO metric_last (run, key, step, ts_ns, value) VALUES (?1, ?2, ?3, ?4, ?5) "
			   "ON CONFLICT (run, key) DO UPDATE SET step = excluded.step, ts_ns = excluded.ts_ns, "
			   "value = excluded.value WHERE excluded.ts_ns >= metric_last.ts_ns",
			   SPUR_BIND(SPUR_TEXT(s->run), SPUR_TEXT(m->key), SPUR_INT(m->step), SPUR_INT(m->ts_ns),
				     SPUR_F64(m->value)), err);
}

static enum spur_status artifact(void *state, const struct spur_job_artifact *a, struct spur_error *err)
{
	struct job_store *s = state;

	return spur_db_run(s->db, "INSERT INTO run_artifact (run, path, kind, sha256, bytes) VALUES (?1, ?2, ?3, ?4, ?5) "
			   "ON CONFLICT (run, path) DO UPDATE SET kind = excluded.kind, sha256 = excluded.sha256, "
			   "bytes = excluded.bytes",
			   SPUR_BIND(SPUR_TEXT(s->run), SPUR_TEXT(a->path), SPUR_TEXT(a->kind), SPUR_TEXT(a->sha256),
				     SPUR_INT((int64_t)a->bytes)), err);
}

static enum spur_status commit(void *state, uint64_t offset, struct spur_error *err)
{
	struct job_store *s = state;
	enum spur_status st = SPUR_OK;

	if (offset > s->from)
		st = spur_db_run(s->db, "INSERT INTO run_stream (run, stream, offset_bytes) VALUES (?1, ?2, ?3) "
				 "ON CONFLICT (run, stream) DO UPDATE SET offset_bytes = excluded.offset_bytes",
				 SPUR_BIND(SPUR_TEXT(s->run), SPUR_TEXT(s->stream), SPUR_INT((int64_t)offset)), err);
	return spur_db_end(s->db, st, err);
}

static void rollback(void *state)
{
	struct job_store *s = state;

	spur_db_end(s->db, SPUR_ECANCELLED, NULL);
}

/* ---- reading */

static enum spur_status get(void *state, const char *id, struct spur_job_row *out, struct spur_error *err)
{
	struct job_store *s = state;
	struct spur_stmt *q;
	size_t n = strlen(id);
	unsigned found = 0;
	enum spur_status st;

	if (n == 0 || n >= SPUR_JOB_ID || strspn(id, "0123456789abcdef") != n)
		return spur_fail(err, SPUR_ENOTFOUND, "no job '%s'; see spur jobs", id);
	st = spur_db_query(s->db, "SELECT " COLUMNS " FROM run WHERE substr(id, 1, CAST(?2 AS INTEGER)) = ?1 LIMIT 2",
			   SPUR_BIND(SPUR_TEXT(id), SPUR_INT((int64_t)n)), &q, err);
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		read_row(q, out);
		found++;
	}
	spur_stmt_close(q);
	if (st < 0)
		return st;
	if (found == 0)
		return spur_fail(err, SPUR_ENOTFOUND, "no job '%s'; see spur jobs", id);
	return found > 1 ? spur_fail(err, SPUR_EINVAL, "'%s' is the beginning of several jobs; say more of it", id) : SPUR_OK;
}

static enum spur_status list(void *state, const struct spur_job_filter *f, spur_job_row_fn *fn, void *fn_state,
			     struct spur_error *err)
{
	struct job_store *s = state;
	struct spur_job_row row;
	struct spur_stmt *q;
	enum spur_status st = spur_db_query(s->db, "SELECT " COLUMNS " FROM run WHERE (?1 = '' OR kind = ?1) AND (?2 = 0 OR "
			"state NOT IN ('succeeded', 'failed', 'cancelled', 'lost')) AND (?3 = '' OR parent = ?3) AND (?4 = '' "
			"OR created_ns < (SELECT created_ns FROM run WHERE id = ?4) "
			"OR (created_ns = (SELECT created_ns FROM run WHERE id = ?4) AND id > ?4)) ORDER BY created_ns DESC, id LIMIT ?5",
			SPUR_BIND(SPUR_TEXT(f->kind == NULL ? "" : f->kind), SPUR_INT(f->open_only),
				  SPUR_TEXT(f->parent == NULL ? "" : f->parent), SPUR_TEXT(f->after == NULL ? "" : f->after),
				  SPUR_INT(f->limit == 0 ? INT64_MAX : (int64_t)f->limit)), &q, err);

	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		read_row(q, &row);
		if ((st = fn(fn_state, &row, err)) != SPUR_OK)
			break;
	}
	spur_stmt_close(q);
	return st < 0 ? st : SPUR_OK;
}

static const struct spur_job_store_ops ops = {
	.put = put, .begin = begin, .event = event, .metric = metric, .artifact = artifact, .commit = commit,
	.rollback = rollback, .get = get, .list = list,
};

void spur_db_job_store(struct spur_db *db, struct spur_job_store *out)
{
	struct job_store *s = spur_calloc(1, sizeof(*s));

	s->db = db;
	*out = (struct spur_job_store){ .ops = &ops, .state = s };
}

void spur_db_job_store_source(struct spur_job_store *store, const char *source)
{
	((struct job_store *)store->state)->source = source;
}

void spur_db_job_store_finish(struct spur_job_store *s)
{
	free(s->state);
	*s = (struct spur_job_store){ 0 };
}

enum spur_status spur_db_metric_list(struct spur_db *db, const char *run, struct spur_db_metric_list *out,
				     struct spur_error *err)
{
	struct spur_stmt *q;
	enum spur_status st = spur_db_query(db, "SELECT key, step, ts_ns, value FROM metric_last WHERE run = ?1 ORDER BY key",
					    SPUR_BIND(SPUR_TEXT(run)), &q, err);

	*out = (struct spur_db_metric_list){ .arena = spur_arena_create(0) };
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		struct spur_db_metric *m;

		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		m = &out->rows[out->count - 1];
		m->key = spur_stmt_copy(q, 0, out->arena);
		m->step = spur_stmt_int(q, 1);
		m->ts_ns = spur_stmt_int(q, 2);
		m->value = spur_stmt_f64(q, 3);
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

void spur_db_metric_list_finish(struct spur_db_metric_list *l)
{
	spur_arena_destroy(l->arena);
	free(l->rows);
	*l = (struct spur_db_metric_list){ 0 };
}

enum spur_status spur_db_artifact_list(struct spur_db *db, const char *run, struct spur_db_artifact_list *out,
				       struct spur_error *err)
{
	struct spur_stmt *q;
	enum spur_status st = spur_db_query(db, "SELECT path, kind, sha256, bytes FROM run_artifact WHERE run = ?1 ORDER BY path",
					    SPUR_BIND(SPUR_TEXT(run)), &q, err);

	*out = (struct spur_db_artifact_list){ .arena = spur_arena_create(0) };
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		struct spur_db_artifact *a;

		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		a = &out->rows[out->count - 1];
		a->path = spur_stmt_copy(q, 0, out->arena);
		a->kind = spur_stmt_copy(q, 1, out->arena);
		a->sha256 = spur_stmt_copy(q, 2, out->arena);
		a->bytes = (uint64_t)spur_stmt_int(q, 3);
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

void spur_db_artifact_list_finish(struct spur_db_artifact_list *l)
{
	spur_arena_destroy(l->arena);
	free(l->rows);
	*l = (struct spur_db_artifact_list){ 0 };
}
