#include "config.h"

#include "verb/demo_review.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "db/catalog.h"
#include "io/out.h"
#include "verb/review.h"

/*
 * A simulated curator: knows the truth that `spur demo make` wrote, and passes its verdicts through
 * the door a person uses. The truth is in the clock of the drive's MF4, which is the drive's.
 */
#define TRUTH_MAX (256u << 20)

struct curator {
	struct spur_ctx *ctx;
	struct spur_db *db;
	struct spur_db_act act;
	json_t *truth;
	double iou;
	size_t approved, rejected;
};

static enum spur_status read_truth(const char *dir, json_t **out, struct spur_error *err)
{
	char *path = spur_strfmt("%s/truth.json", dir), *text = NULL;
	size_t len;
	json_error_t why;
	enum spur_status st = spur_file_read(path, TRUTH_MAX, &text, &len, err);

	if (st >= 0 && (*out = json_loadb(text, len, 0, &why)) == NULL)
		st = spur_fail_byte(err, SPUR_EFORMAT, (uint64_t)(why.position < 0 ? 0 : why.position), "%s: byte %d: %s", path,
				    why.position, why.text);
	else if (st >= 0 && !json_is_array(json_object_get(*out, "drives")))
		st = spur_fail(err, SPUR_EFORMAT, "%s: no drives in it; is it of spur demo make?", path);
	free(text);
	free(path);
	return st;
}

static const char *text_of(json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s == NULL ? "" : s;
}

/* Events of a drive, by name; NULL: the truth does not know it. */
static json_t *events_of(json_t *truth, const char *drive)
{
	size_t i;
	json_t *d;

	json_array_foreach(json_object_get(truth, "drives"), i, d) {
		if (strcmp(text_of(d, "name"), drive) == 0)
			return json_object_get(d, "events");
	}
	return NULL;
}

/* Intersection over union of two spans. */
static double overlap(spur_ns a_begin, spur_ns a_end, spur_ns b_begin, spur_ns b_end)
{
	double both = (double)((a_end < b_end ? a_end : b_end) - (a_begin > b_begin ? a_begin : b_begin));
	double any = (double)((a_end > b_end ? a_end : b_end) - (a_begin < b_begin ? a_begin : b_begin));

	return both <= 0 ? 0 : both / any;
}

/* The best overlap with an event of the label's class, and with any other event. */
static double best(json_t *events, const struct spur_db_segment *s, bool same, const char **class)
{
	double most = 0;
	size_t i;
	json_t *e;

	json_array_foreach(events, i, e) {
		double o = overlap(s->begin_ns, s->end_ns, json_integer_value(json_object_get(e, "begin_ns")),
				   json_integer_value(json_object_get(e, "end_ns")));

		if ((strcmp(text_of(e, "class"), s->label) == 0) == same && o > most) {
			most = o;
			*class = text_of(e, "class");
		}
	}
	return most;
}

static enum spur_status judge(struct curator *c, const struct spur_db_segment *s, json_t *events, struct spur_error *err)
{
	const char *class = "", *other = "";
	double good = best(events, s, true, &class), wrong = best(events, s, false, &other);
	char reason[160];

	if (good >= c->iou) {
		snprintf(reason, sizeof(reason), "%s in the truth, overlap %.2f", class, good);
		c->approved++;
		return spur_review(c->ctx, c->db, &c->act, s, "approve", reason, err);
	}
	if (good > 0)
		snprintf(reason, sizeof(reason), "overlaps the %s of the truth by %.2f only", class, good);
	else if (wrong > 0)
		snprintf(reason, sizeof(reason), "no %s then; the truth says %s", s->label, other);
	else
		snprintf(reason, sizeof(reason), "nothing of the truth is there");
	c->rejected++;
	return spur_review(c->ctx, c->db, &c->act, s, "reject", reason, err);
}

static enum spur_status judge_all(struct curator *c, const struct spur_db_segment_list *l, size_t *strange,
				  struct spur_error *err)
{
	enum spur_status st = spur_db_begin(c->db, err);

	if (st < 0)
		return st;
	for (size_t i = 0; st >= 0 && i < l->count; i++) {
		json_t *events = events_of(c->truth, l->rows[i].drive);

		spur_task_progress(c->ctx->task, i, l->count);
		if (spur_task_cancelled(c->ctx->task))
			st = spur_fail(err, SPUR_ECANCELLED, "stopped; nothing was changed");
		else if (events == NULL)
			(*strange)++;
		else
			st = judge(c, &l->rows[i], events, err);
	}
	return spur_db_end(c->db, st, err);
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit,
			  struct spur_error *err)
{
	struct curator c = { .ctx = ctx, .iou = spur_args_float(args, "iou", 0.3) };
	struct spur_db_segment_filter f = { .state = SPUR_DB_CANDIDATE, .limit = SIZE_MAX,
					    .label = spur_args_text(args, "label", NULL) };
	struct spur_db_segment_list l = { 0 };
	size_t strange = 0;
	enum spur_status st = read_truth(args->pos[0], &c.truth, err);

	if (st >= 0 && (st = spur_ctx_act(ctx, &c.db, &c.act, err)) >= 0 &&
	    (st = spur_db_segment_list(c.db, &f, &l, err)) >= 0 && (st = judge_all(&c, &l, &strange, err)) >= 0) {
		spur_emit_row(emit, "reviewed");
		spur_emit_uint(emit, "candidates", l.count);
		spur_emit_uint(emit, "approved", c.approved);
		spur_emit_uint(emit, "rejected", c.rejected);
		spur_emit_uint(emit, "unknown_drives", strange);
		spur_emit_text(emit, "reviewer", c.act.who);
		spur_emit_end(emit);
	}
	spur_db_segment_list_finish(&l);
	json_decref(c.truth);
	return spur_exit_of(st);
}

static const struct spur_opt opts[] = {
	{ .name = "iou", .type = SPUR_OPT_FLOAT, .arg = "X", .help = "least overlap with the truth to approve (0.3)" },
	{ .name = "label", .type = SPUR_OPT_TEXT, .arg = "LABEL", .help = "candidates of that label only" },
	{ 0 }
};

const struct spur_verb spur_demo_review = {
	.name = "review",
	.synopsis = "DIR",
	.summary = "a simulated curator reviews the candidates by the truth in DIR",
	.opts = opts,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
