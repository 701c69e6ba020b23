#include "config.h"

#include "session/session_priv.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "query/query.h"
#include "sync/timeline.h"
#include "verb/drive_files.h"

#define MARGIN_NS (2 * SPUR_NS_PER_S)

/*
 * The signals of a segment's query around it. The timeline of the drive stays open between
 * segments: the next one is mostly of the same drive.
 */
struct trace_read {
	struct spur_session_evidence_trace pub;
	struct spur_signal_ref ref;
	double factor, offset;	/* to the unit of the query */
	bool found;
	spur_ns true_since;	/* of a word; SPUR_NS_MIN: it is not so */
	char *word, *error;	/* owned */
};

struct evidence_job {
	struct spur_session *s;
	uint64_t asked;
	int64_t segment;
	char *drive, *query;
	spur_ns begin_ns, end_ns, from_ns, to_ns;
	size_t columns;
	char *open_drive;		/* what timeline is of */
	struct spur_timeline *timeline;	/* the part's, while the job runs */
	size_t count;
	struct trace_read traces[SPUR_SESSION_EVIDENCE];
	struct spur_task *task;
};

struct spur_session_evidence_part {
	struct spur_session_evidence pub;
	struct spur_session_slot slot;
	struct spur_session_evidence_trace traces[SPUR_SESSION_EVIDENCE];
	char *words[SPUR_SESSION_EVIDENCE], *errors[SPUR_SESSION_EVIDENCE];
	char *error;
	/* the wish */
	int64_t segment;
	char *drive, *query;
	spur_ns begin_ns, end_ns;
	size_t columns;
	/* between jobs */
	char *open_drive;
	struct spur_timeline *timeline;
};

struct spur_session_evidence_part *spur_session_evidence_create(void)
{
	return spur_calloc(1, sizeof(struct spur_session_evidence_part));
}

static void clear_traces(struct spur_session_evidence_part *p)
{
	for (size_t i = 0; i < p->pub.count; i++) {
		spur_decimation_finish(&p->traces[i].view);
		free(p->words[i]);
		free(p->errors[i]);
		p->words[i] = p->errors[i] = NULL;
	}
	p->pub.count = 0;
}

void spur_session_evidence_destroy(struct spur_session_evidence_part *p)
{
	clear_traces(p);
	spur_timeline_close(p->timeline);
	free(p->open_drive);
	free(p->drive);
	free(p->query);
	free(p->error);
	free(p);
}

void spur_session_evidence_stop(struct spur_session *s)
{
	spur_task_cancel(s->evidence->slot.running);
}

bool spur_session_evidence_busy(const struct spur_session *s)
{
	return s->evidence->slot.running != NULL;
}

/* ---- what the query says about a signal ---- */

/* What stands behind the name: "< -4.5", "== 'BRAKE'". Rules that are written otherwise have no text. */
static void read_rule(struct spur_session_evidence_trace *t, const char *query, const struct spur_query_signal *s)
{
	const char *p = query + s->at, *from;
	char *end;

	t->threshold = (double)NAN;
	if (strncmp(p, s->label, strlen(s->label)) != 0)
		return;
	p += strlen(s->label);
	p += strspn(p, " ");
	from = p;
	if (strchr("<>=!", *p) == NULL || *p == '\0')
		return;
	p += strspn(p, "<>=!");
	p += strspn(p, " ");
	if (*p == '\'' || *p == '"') {
		end = strchr(p + 1, *p);
		end = end == NULL ? NULL : end + 1;
	} else {
		double v = strtod(p, &end);

		if (end != p)
			t->threshold = v;
	}
	if (end != NULL && end > p)
		snprintf(t->rule, sizeof(t->rule), "%.*s", (int)(end - from), from);
}

static void resolve(struct evidence_job *j, struct trace_read *t, const struct spur_query_signal *s)
{
	const struct spur_source_signal *row;
	struct spur_error why = { 0 };

	snprintf(t->pub.name, sizeof(t->pub.name), "%s", s->name);
	t->factor = 1;
	t->true_since = SPUR_NS_MIN;
	if (s->words != NULL && s->words[0] != NULL)
		t->word = spur_strdup(s->words[0]);
	if (spur_timeline_find(j->timeline, s->name, &t->ref, &why) < 0) {
		t->error = spur_strdup(why.text);
		return;
	}
	t->found = true;
	row = spur_timeline_signal(j->timeline, t->ref);
	snprintf(t->pub.unit, sizeof(t->pub.unit), "%s", s->unit[0] != '\0' ? s->unit : row->unit);
	if (s->unit[0] != '\0')
		spur_unit_convert(row->unit, s->unit, &t->factor, &t->offset);
}

static enum spur_status plan(struct evidence_job *j, struct spur_error *err)
{
	const struct spur_query_signal *signals;
	struct spur_query *q;
	size_t n;
	enum spur_status st;

	if (j->query[0] == '\0')
		return SPUR_OK;
	if ((st = spur_query_parse(j->query, &q, err)) < 0)
		return st;
	signals = spur_query_signals(q, &n);
	for (size_t i = 0; i < n && j->count < SPUR_SESSION_EVIDENCE; i++) {
		struct trace_read *t = &j->traces[j->count++];

		resolve(j, t, &signals[i]);
		read_rule(&t->pub, j->query, &signals[i]);
		spur_range_stats_init(&t->pub.stats);
		spur_decimation_init(&t->pub.view, j->from_ns, j->to_ns, j->columns);
	}
	spur_query_destroy(q);
	return SPUR_OK;
}

/* ---- reading ---- */

static void add_number(struct evidence_job *j, struct trace_read *t, spur_ns at, double v)
{
	v = v * t->factor + t->offset;
	spur_decimation_add(&t->pub.view, at, v);
	if (at >= j->begin_ns && at < j->end_ns)
		spur_range_stats_add(&t->pub.stats, v);
}

static spur_ns inside(const struct evidence_job *j, spur_ns t)
{
	return t < j->begin_ns ? j->begin_ns : t > j->end_ns ? j->end_ns : t;
}

static void add_word(struct evidence_job *j, struct trace_read *t, spur_ns at, const struct spur_column *c, size_t i)
{
	const struct spur_column *text = c->type == SPUR_TYPE_TEXT ? c : c->text;
	size_t len = 0;
	const char *s = text != NULL && spur_column_valid(text, i) ? spur_column_bytes(text, i, &len) : NULL;
	bool so = s != NULL && len == strlen(t->word) && memcmp(s, t->word, len) == 0;

	add_number(j, t, at, so ? 1 : 0);
	if (t->true_since != SPUR_NS_MIN)
		t->pub.held_ns += inside(j, at) - inside(j, t->true_since);
	t->true_since = so ? at : SPUR_NS_MIN;
}

static enum spur_status take_rows(void *state, uint32_t source, uint32_t table, const size_t *positions,
				  struct spur_columns *rows, const spur_ns *time_ns, struct spur_error *err)
{
	struct evidence_job *j = state;

	(void)source;
	(void)table;
	if (spur_task_cancelled(j->task))
		return spur_fail(err, SPUR_ECANCELLED, "evidence");
	for (size_t c = 0; c < rows->count; c++) {
		const struct spur_column *col = &rows->columns[c];
		struct trace_read *t = NULL;
		size_t at = positions[c];

		for (size_t k = 0; k < j->count && t == NULL; k++) {
			if (j->traces[k].found && at-- == 0)
				t = &j->traces[k];
		}
		if (t == NULL || (t->word == NULL && !spur_type_is_number(col->type)))
			continue;
		for (size_t i = 0; i < rows->rows; i++) {
			if (t->word != NULL)
				add_word(j, t, time_ns[i], col, i);
			else
				add_number(j, t, time_ns[i], spur_column_f64(col, i));
		}
	}
	return SPUR_OK;
}

static enum spur_status open_timeline(struct evidence_job *j, struct spur_error *err)
{
	struct spur_db_drive_list found = { 0 };
	struct spur_drive_files files = { 0 };
	struct spur_db *db;
	enum spur_status st;

	if (j->timeline != NULL && strcmp(j->open_drive, j->drive) == 0)
		return SPUR_OK;
	spur_timeline_close(j->timeline);
	j->timeline = NULL;
	if ((st = spur_db_open(j->s->ctx->catalog, &db, err)) < 0)
		return st;
	if ((st = spur_db_drive_find(db, j->drive, &found, err)) >= 0 &&
	    (st = spur_drive_files_load(db, &found.rows[0], &files, err)) >= 0)
		st = spur_drive_files_open(&files, j->s->ctx->mem_bytes, 1, &j->timeline, err);
	spur_drive_files_finish(&files);
	spur_db_drive_list_finish(&found);
	spur_db_close(db);
	free(j->open_drive);
	j->open_drive = spur_strdup(j->drive);
	return st;
}

static enum spur_status read_evidence(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct evidence_job *j = arg;
	struct spur_signal_ref refs[SPUR_SESSION_EVIDENCE];
	size_t n = 0;
	enum spur_status st;

	j->task = task;
	if ((st = open_timeline(j, err)) < 0 || (st = plan(j, err)) < 0)
		return st;
	for (size_t i = 0; i < j->count; i++) {
		if (j->traces[i].found)
			refs[n++] = j->traces[i].ref;
	}
	if (n > 0)
		st = spur_timeline_read(j->timeline, refs, n, j->from_ns, j->to_ns, true, take_rows, j, task, err);
	for (size_t i = 0; i < j->count; i++) {
		if (j->traces[i].true_since != SPUR_NS_MIN)
			j->traces[i].pub.held_ns += j->end_ns - inside(j, j->traces[i].true_since);
	}
	return st;
}

static void adopt(struct spur_session_evidence_part *p, struct evidence_job *j)
{
	clear_traces(p);
	for (size_t i = 0; i < j->count; i++) {
		p->traces[i] = j->traces[i].pub;
		p->words[i] = j->traces[i].word;
		p->errors[i] = j->traces[i].error;
		p->traces[i].word = p->words[i];
		p->traces[i].error = p->errors[i];
		j->traces[i].pub.view = (struct spur_decimation){ 0 };
		j->traces[i].word = j->traces[i].error = NULL;
	}
	p->pub.count = j->count;
	p->pub.traces = p->traces;
	p->pub.segment = j->segment;
	p->pub.begin_ns = j->from_ns;
	p->pub.end_ns = j->to_ns;
}

static void free_job(struct evidence_job *j)
{
	for (size_t i = 0; i < j->count; i++) {
		spur_decimation_finish(&j->traces[i].pub.view);
		free(j->traces[i].word);
		free(j->traces[i].error);
	}
	free(j->drive);
	free(j->query);
	free(j);
}

static void start_evidence(struct spur_session *s);

static void evidence_read(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct evidence_job *j = arg;
	struct spur_session_evidence_part *p = j->s->evidence;

	p->timeline = j->timeline;	/* before arrived(): it may start the next job, which takes it */
	p->open_drive = j->open_drive;
	if (spur_session_arrived(j->s, &p->slot, j->asked, start_evidence)) {
		free(p->error);
		p->error = st < 0 ? spur_strdup(err->text) : NULL;
		p->pub.error = p->error;
		p->pub.loading = false;
		p->pub.generation++;
		adopt(p, j);
	}
	free_job(j);
}

static void start_evidence(struct spur_session *s)
{
	struct spur_session_evidence_part *p = s->evidence;
	struct evidence_job *j = spur_calloc(1, sizeof(*j));
	struct spur_work w = { .name = "evidence", .work = read_evidence, .done = evidence_read, .arg = j, .urgent = true };

	j->s = s;
	j->asked = p->slot.asked;
	j->segment = p->segment;
	j->drive = spur_strdup(p->drive);
	j->query = spur_strdup(p->query);
	j->begin_ns = p->begin_ns;
	j->end_ns = p->end_ns;
	j->from_ns = p->begin_ns - MARGIN_NS;
	j->to_ns = p->end_ns + MARGIN_NS;
	j->columns = p->columns;
	j->timeline = p->timeline;
	j->open_drive = p->open_drive;
	p->timeline = NULL;
	p->open_drive = NULL;
	p->slot.running = spur_workq_submit(s->queue, &w);
}

void spur_session_evidence_want(struct spur_session *s, const struct spur_db_segment *segment, size_t columns)
{
	struct spur_session_evidence_part *p = s->evidence;

	if (columns == 0 || (p->slot.asked > 0 && p->segment == segment->id && p->begin_ns == segment->begin_ns &&
			     p->end_ns == segment->end_ns && p->columns == columns))
		return;
	free(p->drive);
	free(p->query);
	p->drive = spur_strdup(segment->drive);
	p->query = spur_strdup(segment->query);
	p->segment = segment->id;
	p->begin_ns = segment->begin_ns;
	p->end_ns = segment->end_ns;
	p->columns = columns;
	p->pub.loading = true;
	spur_session_ask(s, &p->slot, start_evidence);
}

const struct spur_session_evidence *spur_session_evidence(const struct spur_session *s)
{
	return &s->evidence->pub;
}
