#include "config.h"

#include "db/catalog.h"

#include <string.h>

#include <inttypes.h>
#include <stdlib.h>

#include "base/json.h"
#include "db/statement.h"

static void write_detail(struct spur_buf *out, const struct spur_db_clock *c)
{
	struct spur_json j = { .out = out };

	spur_json_begin(&j, NULL, '{');
	spur_json_int(&j, "reference", c->reference);
	spur_json_int(&j, "ref_ns", c->clock.ref_ns);
	spur_json_int(&j, "offset_ns", c->clock.offset_ns);
	spur_json_int(&j, "drift_ppb", c->clock.drift_ppb);
	spur_json_f64(&j, "sigma_ns", c->sigma_ns);
	spur_json_f64(&j, "confidence", c->confidence);
	spur_json_text(&j, "method", c->method);
	spur_json_end(&j, '}');
}

static enum spur_status insert(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_clock *c,
			       int64_t *id, struct spur_error *err)
{
	struct spur_buf detail = { 0 };
	char *subject = spur_strfmt("source:%" PRId64, c->source);
	struct spur_value none = { .kind = SPUR_VALUE_NULL };
	int64_t seq = 0;
	enum spur_status st;

	write_detail(&detail, c);
	st = spur_db_audit_add(db, act, "clock.set", subject, spur_buf_text(&detail), &seq, err);
	if (st >= 0)
		st = spur_db_scalar(db, "INSERT INTO clock (source_id, reference_id, ref_ns, offset_ns, drift_ppb, sigma_ns, "
				    "confidence, method, knots, who, at_ns, audit_seq) "
				    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) RETURNING id",
				    SPUR_BIND(SPUR_INT(c->source), c->reference == 0 ? none : SPUR_INT(c->reference),
					      SPUR_INT(c->clock.ref_ns), SPUR_INT(c->clock.offset_ns),
					      SPUR_INT(c->clock.drift_ppb), SPUR_F64(c->sigma_ns), SPUR_F64(c->confidence),
					      SPUR_TEXT(c->method), SPUR_TEXT(c->knots == NULL ? "[]" : c->knots),
					      SPUR_TEXT(act->who), SPUR_INT(act->now_ns), SPUR_INT(seq)), id, err);
	spur_buf_finish(&detail);
	free(subject);
	return st;
}

enum spur_status spur_db_clock_add(struct spur_db *db, const struct spur_db_act *act, const struct spur_db_clock *clock,
				   int64_t *id, struct spur_error *err)
{
	int64_t ignored;
	enum spur_status st;

	if (clock->clock.drift_ppb > SPUR_DRIFT_MAX_PPB || clock->clock.drift_ppb < -SPUR_DRIFT_MAX_PPB)
		return spur_fail(err, SPUR_EINVAL, "a drift of %" PRId64 " ppb is no clock", clock->clock.drift_ppb);
	if ((st = spur_db_begin(db, err)) < 0)
		return st;
	return spur_db_end(db, insert(db, act, clock, id == NULL ? &ignored : id, err), err);
}

enum spur_status spur_db_clock_get(struct spur_db *db, int64_t source, struct spur_db_clock *out,
				   struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st = spur_db_query(db, "SELECT offset_ns, drift_ppb, ref_ns, id, reference_id, sigma_ns, confidence, "
					    "at_ns FROM clock WHERE source_id = ?1 ORDER BY id DESC LIMIT 1",
					    SPUR_BIND(SPUR_INT(source)), &q, err);

	*out = (struct spur_db_clock){ .source = source, .method = "", .knots = "", .who = "" };
	if (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->clock.offset_ns = spur_stmt_int(q, 0);
		out->clock.drift_ppb = spur_stmt_int(q, 1);
		out->clock.ref_ns = spur_stmt_int(q, 2);
		out->id = spur_stmt_int(q, 3);
		out->reference = spur_stmt_int(q, 4);
		out->sigma_ns = spur_stmt_f64(q, 5);
		out->confidence = spur_stmt_f64(q, 6);
		out->at_ns = spur_stmt_int(q, 7);
	}
	spur_stmt_close(q);
	return st < 0 ? st : SPUR_OK;
}

static void read_clock(struct spur_stmt *q, struct spur_db_clock *c, struct spur_arena *a)
{
	c->id = spur_stmt_int(q, 0);
	c->source = spur_stmt_int(q, 1);
	c->reference = spur_stmt_int(q, 2);
	c->clock.ref_ns = spur_stmt_int(q, 3);
	c->clock.offset_ns = spur_stmt_int(q, 4);
	c->clock.drift_ppb = spur_stmt_int(q, 5);
	c->sigma_ns = spur_stmt_f64(q, 6);
	c->confidence = spur_stmt_f64(q, 7);
	c->method = spur_stmt_copy(q, 8, a);
	c->knots = spur_stmt_copy(q, 9, a);
	c->who = spur_stmt_copy(q, 10, a);
	c->at_ns = spur_stmt_int(q, 11);
}

enum spur_status spur_db_clock_list(struct spur_db *db, int64_t source, struct spur_db_clock_list *out,
				    struct spur_error *err)
{
	struct spur_stmt *q = NULL;
	enum spur_status st;

	*out = (struct spur_db_clock_list){ .arena = spur_arena_create(0) };
	st = spur_db_query(db, "SELECT id, source_id, reference_id, ref_ns, offset_ns, drift_ppb, sigma_ns, confidence, "
			   "method, knots, who, at_ns FROM clock WHERE source_id = ?1 ORDER BY id DESC",
			   SPUR_BIND(SPUR_INT(source)), &q, err);
	while (st >= 0 && (st = spur_stmt_step(q, err)) == SPUR_OK) {
		out->rows = spur_rows_add(out->rows, &out->count, sizeof(*out->rows));
		read_clock(q, &out->rows[out->count - 1], out->arena);
	}
	spur_stmt_close(q);
	return st == SPUR_END ? SPUR_OK : st;
}

void spur_db_clock_list_finish(struct spur_db_clock_list *l)
{
	free(l->rows);
	spur_arena_destroy(l->arena);
	*l = (struct spur_db_clock_list){ 0 };
}

enum spur_status spur_db_drive_span(struct spur_db *db, int64_t drive, spur_ns *begin_ns, spur_ns *end_ns,
				    struct spur_error *err)
{
	struct spur_db_source_list l;
	bool any = false;
	enum spur_status st = spur_db_source_list(db, drive, 0, 0, &l, err);

	*begin_ns = *end_ns = 0;
	for (size_t i = 0; st >= 0 && i < l.count; i++) {
		struct spur_db_clock c;
		spur_ns begin, end;

		if (!l.rows[i].has_time || strcmp(l.rows[i].role, "log") != 0 ||
		    (st = spur_db_clock_get(db, l.rows[i].id, &c, err)) < 0)
			continue;
		begin = spur_clock_to_drive(&c.clock, l.rows[i].begin_ns);
		end = spur_clock_to_drive(&c.clock, l.rows[i].end_ns);
		*begin_ns = !any || begin < *begin_ns ? begin : *begin_ns;
		*end_ns = !any || end > *end_ns ? end : *end_ns;
		any = true;
	}
	spur_db_source_list_finish(&l);
	return st;
}
