#include "config.h"

#include "db/catalog.h"

#include <stdlib.h>

#include "db/catalog_priv.h"
#include "db/statement.h"

/* One pass over what the filter lets through: newest and first verdict of each. */
static void progress_sql(struct spur_clauses *c, const struct spur_db_segment_filter *f, const char *like, const char *text)
{
	spur_buf_adds(&c->sql, "SELECT count(*), count(CASE WHEN gone THEN 1 END), "
		      "count(CASE WHEN NOT gone AND now = 'approve' THEN 1 END), "
		      "count(CASE WHEN NOT gone AND now = 'reject' THEN 1 END), count(CASE WHEN first <> '' THEN 1 END), "
		      "count(CASE WHEN first = 'approve' THEN 1 END) FROM (SELECT " SPUR_DB_STATE_OF_S " AS now, "
		      "coalesce((SELECT b.verdict FROM review AS b WHERE b.segment_id = s.id AND b.verdict <> 'comment' "
		      "ORDER BY b.id LIMIT 1), '') AS first, "
		      "EXISTS (SELECT 1 FROM segment_edit AS x WHERE x.old_id = s.id) AS gone "
		      "FROM segment AS s JOIN drive AS d ON d.id = s.drive_id WHERE s.id > 0");
	spur_db_segment_where(c, f, like, text);
	spur_buf_adds(&c->sql, ") AS q");
}

static enum spur_status count_since(struct spur_db *db, const char *who, spur_ns since_ns, const char *verdict,
				    uint64_t *out, struct spur_error *err)
{
	int64_t n = 0;
	enum spur_status st = spur_db_scalar(db, "SELECT count(*) FROM review WHERE reviewer = ?1 AND at_ns >= ?2 AND verdict = ?3",
					     SPUR_BIND(SPUR_TEXT(who), SPUR_INT(since_ns), SPUR_TEXT(verdict)), &n, err);

	*out = (uint64_t)n;
	return st;
}

enum spur_status spur_db_progress(struct spur_db *db, const struct spur_db_segment_filter *f, const char *who,
				  spur_ns since_ns, struct spur_db_progress *out, struct spur_error *err)
{
	char *like = spur_like_of_glob(f->drive == NULL ? "*" : f->drive), *text = spur_like_of_text(f->text == NULL ? "" : f->text);
	struct spur_clauses c = { .count = 0 };
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_progress){ 0 };
	progress_sql(&c, f, like, text);
	st = spur_db_query(db, spur_buf_text(&c.sql), c.values, c.count, &q, err);
	if (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->segments = (uint64_t)(spur_stmt_int(q, 0) - spur_stmt_int(q, 1));
		out->approved = (uint64_t)spur_stmt_int(q, 2);
		out->rejected = (uint64_t)spur_stmt_int(q, 3);
		out->candidates = out->segments - out->approved - out->rejected;
		out->first = (uint64_t)spur_stmt_int(q, 4);
		out->first_approved = (uint64_t)spur_stmt_int(q, 5);
	}
	spur_stmt_close(q);
	spur_buf_finish(&c.sql);
	free(like);
	free(text);
	if (st >= 0 && (st = count_since(db, who, since_ns, "approve", &out->approved_since, err)) >= 0)
		st = count_since(db, who, since_ns, "reject", &out->rejected_since, err);
	return st;
}
