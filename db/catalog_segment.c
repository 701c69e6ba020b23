#include "config.h"

#include "db/catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "db/catalog_priv.h"
#include "db/statement.h"

#define DRIVES_NEAR 64	/* rows looked at before a drive is asked again */

static const char *const state_names[] = {
	[SPUR_DB_ANY] = "any", [SPUR_DB_CANDIDATE] = "candidate",
	[SPUR_DB_APPROVED] = "approved", [SPUR_DB_REJECTED] = "rejected",
	[SPUR_DB_SUPERSEDED] = "superseded",
};

const char *spur_db_state_name(enum spur_db_state s)
{
	return state_names[s];
}

bool spur_db_state_parse(const char *name, enum spur_db_state *out)
{
	for (size_t i = 0; i < sizeof(state_names) / sizeof(state_names[0]); i++) {
		if (strcmp(name, state_names[i]) == 0) {
			*out = (enum spur_db_state)i;
			return true;
		}
	}
	return false;
}

static enum spur_db_state state_of(const char *verdict)
{
	return strcmp(verdict, "approve") == 0 ? SPUR_DB_APPROVED :
	       strcmp(verdict, "reject") == 0 ? SPUR_DB_REJECTED : SPUR_DB_CANDIDATE;
}

/* The text a segment's uid is made of, and the detail of its audit line. */
static void write_segment(struct spur_buf *out, const char *drive_uid, const struct spur_db_segment *s, const char *key)
{
	struct spur_json j = { .out = out };

	spur_json_begin(&j, NULL, '{');
	spur_json_text(&j, "drive", drive_uid);
	spur_json_int(&j, "begin_ns", s->begin_ns);
	spur_json_int(&j, "end_ns", s->end_ns);
	spur_json_text(&j, "label", s->label);
	spur_json_text(&j, "query", s->query == NULL ? "" : s->query);
	spur_json_text(&j, "author_key", key);
	spur_json_end(&j, '}');
}

static enum spur_status drive_uid(struct spur_db *db, int64_t drive, char out[SPUR_DB_UID], struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(db, "SELECT uid FROM drive WHERE id = ?1", SPUR_BIND(SPUR_INT(drive)), &q, err);

	if (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK)
		snprintf(out, SPUR_DB_UID, "%s", spur_stmt_text(q, 0));
	spur_stmt_close(q);
	return st == SPUR_END ? spur_fail(err, SPUR_ENOTFOUND, "no drive %" PRId64, drive) : st;
}

static enum spur_status insert(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_segment *s,
			       const char *uid, const char *detail, int64_t *id, struct spur_error *err)
{
	int64_t seq = 0;
	enum spur_status st = spur_db_audit_add(db, act, "segment.add", uid, detail, &seq, err);

	if (st < 0)
		return st;
	return spur_db_scalar(db, "INSERT INTO segment (uid, drive_id, begin_ns, end_ns, label, query, score, evidence, author, "
			      "author_key, at_ns, audit_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) "
			      "RETURNING id",
			      SPUR_BIND(SPUR_TEXT(uid), SPUR_INT(s->drive_id), SPUR_INT(s->begin_ns), SPUR_INT(s->end_ns),
					SPUR_TEXT(s->label), SPUR_TEXT(s->query == NULL ? "" : s->query), SPUR_F64(s->score),
					SPUR_TEXT(s->evidence == NULL ? "{}" : s->evidence), SPUR_TEXT(act->who),
					SPUR_TEXT(act->key), SPUR_INT(act->now_ns), SPUR_INT(seq)), id, err);
}

static enum spur_status add_in(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_segment *s,
			       int64_t *id, bool *fresh, struct spur_error *err)
{
	struct spur_buf text = { 0 };
	char drive[SPUR_DB_UID], uid[SPUR_DB_UID];
	enum spur_status st = drive_uid(db, s->drive_id, drive, err);

	if (st < 0)
		return st;
	write_segment(&text, drive, s, act->key);
	spur_db_uid_of("seg-", &text, uid);
	st = spur_db_scalar(db, "SELECT id FROM segment WHERE uid = ?1", SPUR_BIND(SPUR_TEXT(uid)), id, err);
	*fresh = st == SPUR_ENOTFOUND;
	if (*fresh)
		st = insert(db, act, s, uid, spur_buf_text(&text), id, err);
	spur_buf_finish(&text);
	return st;
}

enum spur_status spur_db_segment_add(struct spur_db *db, const struct spur_db_act *act,
				     const struct spur_db_segment *s, int64_t *id, bool *fresh, struct spur_error *err)
{
	int64_t id_ignored;
	bool fresh_ignored;
	enum spur_status st;

	if (s->end_ns <= s->begin_ns || s->label == NULL || s->label[0] == '\0')
		return spur_fail(err, SPUR_EINVAL, "a segment needs a label and an end after its begin");
	if ((st = spur_db_begin(db, err)) < 0)
		return st;
	st = add_in(db, act, s, id == NULL ? &id_ignored : id, fresh == NULL ? &fresh_ignored : fresh, err);
	return spur_db_end(db, st, err);
}

#define SEGMENT_COLUMNS \
	"s.id, s.drive_id, s.uid, d.name, s.begin_ns, s.end_ns, s.label, s.query, s.score, s.evidence, s.author, " \
	"s.author_key, s.at_ns, " SPUR_DB_STATE_OF_S " AS verdict, " \
	"(SELECT e.new_id FROM segment_edit AS e WHERE e.old_id = s.id), " \
	"(SELECT min(e.old_id) FROM segment_edit AS e WHERE e.new_id = s.id) " \
	"FROM segment AS s JOIN drive AS d ON d.id = s.drive_id "

static void read_segment(struct spur_stmt *q, struct spur_db_segment *s, struct spur_arena *a)
{
	s->id = spur_stmt_int(q, 0);
	s->drive_id = spur_stmt_int(q, 1);
	s->uid = spur_stmt_copy(q, 2, a);
	s->drive = spur_stmt_copy(q, 3, a);
	s->begin_ns = spur_stmt_int(q, 4);
	s->end_ns = spur_stmt_int(q, 5);
	s->label = spur_stmt_copy(q, 6, a);
	s->query = spur_stmt_copy(q, 7, a);
	s->score = spur_stmt_f64(q, 8);
	s->evidence = spur_stmt_copy(q, 9, a);
	s->author = spur_stmt_copy(q, 10, a);
	s->author_key = spur_stmt_copy(q, 11, a);
	s->at_ns = spur_stmt_int(q, 12);
	s->replaced_by = spur_stmt_int(q, 14);
	s->replaces = spur_stmt_int(q, 15);
	s->state = s->replaced_by != 0 ? SPUR_DB_SUPERSEDED : state_of(spur_stmt_text(q, 13));
	s->tags = s->reviewer = s->note = "";
}

/* Who gave the verdict that holds, and what was said last. */
static enum spur_status read_said(struct spur_db *db, struct spur_db_segment *s, struct spur_arena *a, struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(db, "SELECT verdict, reviewer, reason FROM review WHERE segment_id = ?1 "
					    "ORDER BY id DESC", SPUR_BIND(SPUR_INT(s->id)), &q, err);

	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK && (s->reviewer[0] == '\0' || s->note[0] == '\0')) {
		if (s->reviewer[0] == '\0' && strcmp(spur_stmt_text(q, 0), "comment") != 0)
			s->reviewer = spur_stmt_copy(q, 1, a);
		if (s->note[0] == '\0')
			s->note = spur_stmt_copy(q, 2, a);
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

/* The tags that are set, sorted, for each row. */
static enum spur_status read_tags(struct spur_db *db, struct spur_db_segment *s, struct spur_arena *a,
				  struct spur_error *err)
{
	struct spur_buf tags = { 0 };
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(db, "SELECT t.tag FROM segment_tag AS t WHERE t.segment_id = ?1 AND t.is_set = 1 "
					    "AND t.id = (SELECT max(n.id) FROM segment_tag AS n WHERE n.segment_id = ?1 "
					    "AND n.tag = t.tag) ORDER BY t.tag", SPUR_BIND(SPUR_INT(s->id)), &q, err);

	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK)
		spur_buf_addf(&tags, "%s%s", tags.len == 0 ? "" : " ", spur_stmt_text(q, 0));
	spur_stmt_close(q);
	if (tags.len > 0)
		s->tags = spur_arena_str(a, spur_buf_text(&tags));
	spur_buf_finish(&tags);
	return st == SPUR_END ? SPUR_OK : st;
}

/* Each drive is asked once: most rows of a list share a few. */
static enum spur_status read_begin(struct spur_db *db, struct spur_db_segment *rows, size_t i, struct spur_error *err)
{
	spur_ns end;

	for (size_t k = i; k-- > 0 && i - k < DRIVES_NEAR;) {
		if (rows[k].drive_id == rows[i].drive_id) {
			rows[i].drive_begin_ns = rows[k].drive_begin_ns;
			return SPUR_OK;
		}
	}
	return spur_db_drive_span(db, rows[i].drive_id, &rows[i].drive_begin_ns, &end, err);
}

static enum spur_status read_segments(struct spur_db *db, struct spur_stmt *q, struct spur_db_segment_list *out,
				      struct spur_error *err)
{
	enum spur_status st;

	while ((st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		read_segment(q, &out->rows[out->count - 1], out->arena);
	}
	for (size_t i = 0; st == SPUR_END && i < out->count; i++) {
		if (read_tags(db, &out->rows[i], out->arena, err) < 0 || read_said(db, &out->rows[i], out->arena, err) < 0 ||
		    read_begin(db, out->rows, i, err) < 0)
			st = SPUR_EDB;
	}
	return st == SPUR_END ? SPUR_OK : st;
}

char *spur_like_of_text(const char *text)
{
	struct spur_buf b = { 0 };

	spur_buf_addc(&b, '%');
	for (; *text != '\0'; text++) {
		if (*text == '%' || *text == '_' || *text == '\\')
			spur_buf_addc(&b, '\\');
		spur_buf_addc(&b, *text);
	}
	spur_buf_addc(&b, '%');
	return spur_buf_steal(&b);
}

static void where_text(struct spur_clauses *c, const char *text)
{
	static const char *const columns[] = { "s.label", "d.name", "s.author", "s.query" };

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		spur_buf_adds(&c->sql, i == 0 ? " AND (" : " OR ");
		spur_buf_adds(&c->sql, columns[i]);
		spur_clause(c, " LIKE ", SPUR_TEXT(text), " ESCAPE '\\'");
	}
	spur_clause(c, " OR EXISTS (SELECT 1 FROM review AS n WHERE n.segment_id = s.id AND n.reason LIKE ", SPUR_TEXT(text),
		    " ESCAPE '\\'))");
}

void spur_db_segment_where(struct spur_clauses *c, const struct spur_db_segment_filter *f, const char *like, const char *text)
{
	if (f->drive != NULL)
		spur_clause(c, " AND d.name LIKE ", SPUR_TEXT(like), " ESCAPE '\\'");
	if (f->label != NULL)
		spur_clause(c, " AND s.label = ", SPUR_TEXT(f->label), "");
	if (f->author != NULL)
		spur_clause(c, " AND s.author = ", SPUR_TEXT(f->author), "");
	if (f->text != NULL)
		where_text(c, text);
	if (f->tag != NULL)
		spur_clause(c, " AND (SELECT t.is_set FROM segment_tag AS t WHERE t.segment_id = s.id AND t.tag = ",
			    SPUR_TEXT(f->tag), " ORDER BY t.id DESC LIMIT 1) = 1");
	if (f->begin_ns != 0 || f->end_ns != 0) {
		spur_clause(c, " AND s.begin_ns < ", SPUR_INT(f->end_ns), "");
		spur_clause(c, " AND s.end_ns > ", SPUR_INT(f->begin_ns), "");
	}
}

static void where_state(struct spur_clauses *c, enum spur_db_state state)
{
	if (state == SPUR_DB_ANY)
		return;
	spur_buf_addf(&c->sql, " AND %sEXISTS (SELECT 1 FROM segment_edit AS x WHERE x.old_id = s.id)",
		      state == SPUR_DB_SUPERSEDED ? "" : "NOT ");
	if (state == SPUR_DB_CANDIDATE)	/* the same as no newest verdict, for half the work: a queue skips what is decided */
		spur_buf_adds(&c->sql, " AND NOT EXISTS (SELECT 1 FROM review AS r WHERE r.segment_id = s.id AND r.verdict <> 'comment')");
	else if (state != SPUR_DB_SUPERSEDED)
		spur_clause(c, " AND " SPUR_DB_STATE_OF_S " = ", SPUR_TEXT(state == SPUR_DB_APPROVED ? "approve" : "reject"), "");
}

/* What an order compares, of segment s; indexes of the same columns make the first page quick. */
static const char *const order_columns[][3] = {
	[SPUR_DB_BY_ID] = { NULL }, [SPUR_DB_BY_TIME] = { "%s.drive_id", "%s.begin_ns", NULL },
	[SPUR_DB_BY_SCORE] = { "coalesce(%s.score, -1e300)", NULL }, [SPUR_DB_BY_LABEL] = { "%s.label", NULL },
};

static void add_columns(struct spur_buf *sql, const struct spur_db_segment_filter *f, const char *table, const char *after)
{
	for (const char *const *p = order_columns[f->order]; *p != NULL; p++) {
		const char *at = strstr(*p, "%s");

		spur_buf_add(sql, *p, (size_t)(at - *p));
		spur_buf_addf(sql, "%s%s%s, ", table, at + 2, after);
	}
	spur_buf_addf(sql, "%s.id%s", table, after);
}

static void page_sql(struct spur_clauses *c, const struct spur_db_segment_filter *f)
{
	if (f->after != 0) {
		spur_buf_adds(&c->sql, " AND (");
		add_columns(&c->sql, f, "s", "");
		spur_buf_addf(&c->sql, ") %c (SELECT ", f->descending ? '<' : '>');
		add_columns(&c->sql, f, "p", "");
		spur_clause(c, " FROM segment AS p WHERE p.id = ", SPUR_INT(f->after), ")");
	}
	spur_buf_adds(&c->sql, " ORDER BY ");
	add_columns(&c->sql, f, "s", f->descending ? " DESC" : "");
	spur_clause(c, " LIMIT ", SPUR_INT(spur_db_limit(f->limit)), "");
}

static void filter_sql(struct spur_clauses *c, const struct spur_db_segment_filter *f, const char *like, const char *text)
{
	spur_buf_adds(&c->sql, "SELECT " SEGMENT_COLUMNS "WHERE s.id > 0");
	spur_db_segment_where(c, f, like, text);
	where_state(c, f->state);
	page_sql(c, f);
}

enum spur_status spur_db_segment_list(struct spur_db *db, const struct spur_db_segment_filter *f,
				      struct spur_db_segment_list *out, struct spur_error *err)
{
	char *like = spur_like_of_glob(f->drive == NULL ? "*" : f->drive), *text = spur_like_of_text(f->text == NULL ? "" : f->text);
	struct spur_clauses c = { .count = 0 };
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_segment_list){ .arena = spur_arena_create(0) };
	filter_sql(&c, f, like, text);
	st = spur_db_query(db, spur_buf_text(&c.sql), c.values, c.count, &q, err);
	if (st >= 0)
		st = read_segments(db, q, out, err);
	spur_stmt_close(q);
	spur_buf_finish(&c.sql);
	free(like);
	free(text);
	return st;
}

enum spur_status spur_db_segment_find(struct spur_db *db, const char *ref, struct spur_db_segment_list *out,
				      struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_segment_list){ .arena = spur_arena_create(0) };
	st = spur_db_query(db, "SELECT " SEGMENT_COLUMNS "WHERE s.uid = ?1 OR s.id = ?2 LIMIT 1",
			   SPUR_BIND(SPUR_TEXT(ref), SPUR_INT(spur_db_id_of(ref))), &q, err);
	if (st >= 0)
		st = read_segments(db, q, out, err);
	spur_stmt_close(q);
	if (st >= 0 && out->count == 0)
		st = spur_fail(err, SPUR_ENOTFOUND, "no segment '%s'; see spur segments", ref);
	return st;
}

void spur_db_segment_list_finish(struct spur_db_segment_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_segment_list){ 0 };
}
