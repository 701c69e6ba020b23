#include "config.h"

#include "db/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "db/catalog_priv.h"
#include "db/statement.h"

/*
 * Pending decisions of one person, a stack: undo marks the newest with the next number, redo takes
 * the highest number away again, and a new decision forgets what was undone. Of approve, reject and
 * edge the newest of a segment holds, so the ones below it come back when it is undone.
 */
#define HOLDS \
	"f.undone = 0 AND (f.verdict = 'comment' OR NOT EXISTS (SELECT 1 FROM review_draft AS n WHERE n.who = f.who " \
	"AND n.segment_id = f.segment_id AND n.undone = 0 AND n.verdict <> 'comment' AND n.id > f.id))"

static enum spur_status edits_it(struct spur_db *db, const char *who, int64_t segment, bool *out, struct spur_error *err)
{
	int64_t n = 0;
	enum spur_status st = spur_db_scalar(db, "SELECT count(*) FROM review_draft AS f WHERE f.who = ?1 AND f.segment_id = ?2 "
					     "AND f.verdict = 'edge' AND " HOLDS,
					     SPUR_BIND(SPUR_TEXT(who), SPUR_INT(segment)), &n, err);

	*out = n > 0;
	return st;
}

/* What the database would refuse at signing is told at once, where it can be known. */
static enum spur_status check(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_segment *s,
			      const char *verdict, struct spur_error *err)
{
	bool edits = false;
	enum spur_status st = SPUR_OK;

	if (strcmp(verdict, "comment") == 0)
		return SPUR_OK;
	if (s->state == SPUR_DB_SUPERSEDED)
		return spur_fail(err, SPUR_EDB, "its edges were moved: segment %lld replaced it", (long long)s->replaced_by);
	if (strcmp(verdict, "edge") == 0 && s->state == SPUR_DB_APPROVED)
		return spur_fail(err, SPUR_EDB, "it is approved, so it stays as it is; reject it first");
	if (strcmp(verdict, "approve") == 0 && (st = edits_it(db, act->who, s->id, &edits, err)) >= 0 && edits)
		return spur_fail(err, SPUR_EDB, "you move its edges, so another person approves what comes of it (undo the edges to "
				 "approve it as it was)");
	return st;
}

static enum spur_status add_in(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_segment *s,
			       const char *verdict, const char *reason, spur_ns begin_ns, spur_ns end_ns, struct spur_error *err)
{
	enum spur_status st = check(db, act, s, verdict, err);

	if (st >= 0)
		st = spur_db_run(db, "DELETE FROM review_draft WHERE who = ?1 AND undone <> 0", SPUR_BIND(SPUR_TEXT(act->who)), err);
	if (st < 0)
		return st;
	return spur_db_run(db, "INSERT INTO review_draft (segment_id, verdict, reason, begin_ns, end_ns, who, key, at_ns) "
			   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
			   SPUR_BIND(SPUR_INT(s->id), SPUR_TEXT(verdict), SPUR_TEXT(reason), SPUR_INT(begin_ns), SPUR_INT(end_ns),
				     SPUR_TEXT(act->who), SPUR_TEXT(act->key), SPUR_INT(act->now_ns)), err);
}

enum spur_status spur_db_draft_add(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_segment *segment,
				   const char *verdict, const char *reason, spur_ns begin_ns, spur_ns end_ns,
				   struct spur_error *err)
{
	enum spur_status st;

	if (end_ns <= begin_ns)
		return spur_fail(err, SPUR_EINVAL, "its end would not be after its begin");
	if ((st = spur_db_begin(db, err)) < 0)
		return st;
	return spur_db_end(db, add_in(db, act, segment, verdict, reason, begin_ns, end_ns, err), err);
}

enum spur_status spur_db_draft_list(struct spur_db *db, const char *who, struct spur_db_draft_list *out, struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_draft_list){ .arena = spur_arena_create(0) };
	st = spur_db_query(db, "SELECT f.id, f.segment_id, s.uid, d.name, s.label, s.begin_ns, s.end_ns, f.verdict, f.reason, "
			   "f.begin_ns, f.end_ns, f.at_ns FROM review_draft AS f JOIN segment AS s ON s.id = f.segment_id "
			   "JOIN drive AS d ON d.id = s.drive_id WHERE f.who = ?1 AND " HOLDS " ORDER BY f.id",
			   SPUR_BIND(SPUR_TEXT(who)), &q, err);
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		out->rows[out->count - 1] = (struct spur_db_draft){
			.id = spur_stmt_int(q, 0), .segment = spur_stmt_int(q, 1), .segment_uid = spur_stmt_copy(q, 2, out->arena),
			.drive = spur_stmt_copy(q, 3, out->arena), .label = spur_stmt_copy(q, 4, out->arena),
			.was_begin_ns = spur_stmt_int(q, 5), .was_end_ns = spur_stmt_int(q, 6),
			.verdict = spur_stmt_copy(q, 7, out->arena), .reason = spur_stmt_copy(q, 8, out->arena),
			.begin_ns = spur_stmt_int(q, 9), .end_ns = spur_stmt_int(q, 10), .at_ns = spur_stmt_int(q, 11),
		};
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

void spur_db_draft_list_finish(struct spur_db_draft_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_draft_list){ 0 };
}

/* about: segment of the decision that which (SQL) picks of who's; 0: there is none. */
static enum spur_status pick(struct spur_db *db, const struct spur_db_act *act, const char *which, int64_t segment,
			     int64_t *about, struct spur_error *err)
{
	enum spur_status st = spur_db_scalar(db, which, SPUR_BIND(SPUR_TEXT(act->who), SPUR_INT(segment)), about, err);

	if (st == SPUR_ENOTFOUND)
		*about = 0;
	return st == SPUR_ENOTFOUND ? SPUR_OK : st;
}

enum spur_status spur_db_draft_undo(struct spur_db *db, const struct spur_db_act *act, int64_t segment, size_t *count,
				    int64_t *about, struct spur_error *err)
{
	int64_t id = 0;
	enum spur_status st = spur_db_begin(db, err);

	*count = 0;
	if (st < 0)
		return st;
	st = pick(db, act, "SELECT segment_id FROM review_draft WHERE who = ?1 AND undone = 0 AND (?2 = 0 OR segment_id = ?2) "
		  "ORDER BY id DESC LIMIT 1", segment, &id, err);
	if (st >= 0 && id != 0) {
		st = spur_db_run(db, "UPDATE review_draft SET undone = (SELECT coalesce(max(n.undone), 0) + 1 FROM review_draft AS n "
				 "WHERE n.who = ?1) WHERE who = ?1 AND undone = 0 AND (segment_id = ?2 OR ?2 = 0) AND (?2 <> 0 OR id = "
				 "(SELECT max(m.id) FROM review_draft AS m WHERE m.who = ?1 AND m.undone = 0))",
				 SPUR_BIND(SPUR_TEXT(act->who), SPUR_INT(segment)), err);
		*count = (size_t)spur_db_changed(db);
	}
	if (about != NULL)
		*about = id;
	return spur_db_end(db, st, err);
}

enum spur_status spur_db_draft_redo(struct spur_db *db, const struct spur_db_act *act, size_t *count, int64_t *about,
				    struct spur_error *err)
{
	int64_t id = 0;
	enum spur_status st = spur_db_begin(db, err);

	*count = 0;
	if (st < 0)
		return st;
	st = pick(db, act, "SELECT segment_id FROM review_draft WHERE who = ?1 AND undone > ?2 ORDER BY undone DESC, id DESC LIMIT 1",
		  0, &id, err);
	if (st >= 0 && id != 0) {
		st = spur_db_run(db, "UPDATE review_draft SET undone = 0 WHERE who = ?1 AND undone = (SELECT max(n.undone) "
				 "FROM review_draft AS n WHERE n.who = ?1)", SPUR_BIND(SPUR_TEXT(act->who)), err);
		*count = (size_t)spur_db_changed(db);
	}
	if (about != NULL)
		*about = id;
	return spur_db_end(db, st, err);
}

enum spur_status spur_db_draft_clear(struct spur_db *db, const struct spur_db_act *act, struct spur_error *err)
{
	return spur_db_run(db, "DELETE FROM review_draft WHERE who = ?1", SPUR_BIND(SPUR_TEXT(act->who)), err);
}
