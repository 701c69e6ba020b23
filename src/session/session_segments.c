#include "config.h"

#include "session/session_priv.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "io/out.h"
#include "verb/identity.h"

#define PAGE 200u
#define LONGEST_REASONS (64u << 10)	/* bytes of the file of reasons */

/* A page lives as long as the list, which holds pointers into it. */
struct page {
	struct page *next;
	struct spur_db_segment_list list;
};

/* A filter whose texts are owned. */
struct wish {
	struct spur_db_segment_filter f;
	char *texts[5];
};

struct spur_session_segments_part {
	struct spur_session_segments pub;
	struct spur_session_slot list, drafts, counts;
	struct wish wish;
	bool append;		/* the next round reads the page after the last row */
	struct page *pages;
	const struct spur_db_segment **rows;
	struct spur_db_draft_list pending;
	char *error, *pending_error, *who;
	char **reasons;
};

struct list_job {
	struct spur_session *s;
	uint64_t asked;
	struct wish wish;
	bool append;
	struct page *page;
};

struct drafts_job {
	struct spur_session *s;
	uint64_t asked;
	char *who, *reasons;	/* text of the file of reasons, NULL: none */
	struct spur_db_draft_list pending;
};

struct counts_job {
	struct spur_session *s;
	uint64_t asked;
	struct wish wish;
	char *who;
	struct spur_db_progress out;
};

static void finish_wish(struct wish *w)
{
	for (size_t i = 0; i < sizeof(w->texts) / sizeof(w->texts[0]); i++)
		free(w->texts[i]);
	*w = (struct wish){ 0 };
}

static void copy_wish(struct wish *to, const struct spur_db_segment_filter *f)
{
	const char **slots[] = { &to->f.drive, &to->f.label, &to->f.tag, &to->f.author, &to->f.text };

	to->f = *f;
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		to->texts[i] = *slots[i] == NULL ? NULL : spur_strdup(*slots[i]);
		*slots[i] = to->texts[i];
	}
}

struct spur_session_segments_part *spur_session_segments_create(const struct spur_ctx *ctx)
{
	struct spur_session_segments_part *p = spur_calloc(1, sizeof(*p));

	p->who = ctx->as != NULL ? spur_strdup(ctx->as) : spur_identity_default();
	p->pub.who = p->who;
	return p;
}

static void free_pages(struct spur_session_segments_part *p)
{
	while (p->pages != NULL) {
		struct page *page = p->pages;

		p->pages = page->next;
		spur_db_segment_list_finish(&page->list);
		free(page);
	}
	free(p->rows);
	p->rows = NULL;
	p->pub.rows = NULL;
	p->pub.count = 0;
}

static void free_reasons(struct spur_session_segments_part *p)
{
	for (size_t i = 0; i < p->pub.reason_count; i++)
		free(p->reasons[i]);
	free(p->reasons);
	p->reasons = NULL;
	p->pub.reason_count = 0;
}

void spur_session_segments_destroy(struct spur_session_segments_part *p)
{
	free_pages(p);
	free_reasons(p);
	finish_wish(&p->wish);
	spur_db_draft_list_finish(&p->pending);
	free(p->error);
	free(p->pending_error);
	free(p->who);
	free(p);
}

void spur_session_segments_stop(struct spur_session *s)
{
	spur_task_cancel(s->segments->list.running);
	spur_task_cancel(s->segments->drafts.running);
	spur_task_cancel(s->segments->counts.running);
}

bool spur_session_segments_busy(const struct spur_session *s)
{
	return s->segments->list.running != NULL || s->segments->drafts.running != NULL || s->segments->counts.running != NULL;
}

/* ---- rows ---- */

static enum spur_status read_page(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct list_job *j = arg;
	struct spur_db *db;
	enum spur_status st = spur_db_open(j->s->ctx->catalog, &db, err);

	(void)task;
	if (st < 0)
		return st;
	st = spur_db_segment_list(db, &j->wish.f, &j->page->list, err);
	spur_db_close(db);
	return st;
}

static void adopt_page(struct spur_session_segments_part *p, struct list_job *j)
{
	struct page **last = &p->pages;

	if (!j->append)
		free_pages(p);
	while (*last != NULL)
		last = &(*last)->next;
	*last = j->page;
	p->rows = spur_realloc(p->rows, p->pub.count + j->page->list.count + 1, sizeof(*p->rows));
	for (size_t i = 0; i < j->page->list.count; i++)
		p->rows[p->pub.count++] = &j->page->list.rows[i];
	p->pub.rows = p->rows;
	p->pub.complete = j->page->list.count < j->wish.f.limit;
	j->page = NULL;
}

static void start_list(struct spur_session *s);

static void page_read(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct list_job *j = arg;
	struct spur_session_segments_part *p = j->s->segments;

	if (spur_session_arrived(j->s, &p->list, j->asked, start_list)) {
		free(p->error);
		p->error = st < 0 ? spur_strdup(err->text) : NULL;
		p->pub.error = p->error;
		p->pub.loading = false;
		p->append = false;
		p->pub.generation++;
		if (st >= 0)
			adopt_page(p, j);
	}
	if (j->page != NULL) {
		spur_db_segment_list_finish(&j->page->list);
		free(j->page);
	}
	finish_wish(&j->wish);
	free(j);
}

/* Read again, the list keeps its length: who looks at row 900 stays there. */
static void start_list(struct spur_session *s)
{
	struct spur_session_segments_part *p = s->segments;
	struct list_job *j = spur_calloc(1, sizeof(*j));
	struct spur_work w = { .name = "segments", .work = read_page, .done = page_read, .arg = j, .urgent = true };

	j->s = s;
	j->asked = p->list.asked;
	copy_wish(&j->wish, &p->wish.f);
	j->append = p->append && p->pub.count > 0;
	j->wish.f.after = j->append ? p->rows[p->pub.count - 1]->id : 0;
	j->wish.f.limit = j->append || p->pub.count < PAGE ? PAGE : p->pub.count;
	j->page = spur_calloc(1, sizeof(*j->page));
	p->list.running = spur_workq_submit(s->queue, &w);
}

/* ---- decisions that wait ---- */

/* One line each; '#' begins a comment. */
static void split_reasons(struct spur_session_segments_part *p, char *text)
{
	char *save = NULL;

	free_reasons(p);
	for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		line += strspn(line, " \t");
		if (*line == '\0' || *line == '#')
			continue;
		p->reasons = spur_realloc(p->reasons, p->pub.reason_count + 1, sizeof(*p->reasons));
		p->reasons[p->pub.reason_count++] = spur_strdup(line);
	}
	p->pub.reasons = (const char *const *)p->reasons;
}

static char *read_reasons(const struct spur_ctx *ctx)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char *own = config != NULL && *config != '\0' ? spur_strfmt("%s/spur/reasons", config) :
		    spur_strfmt("%s/.config/spur/reasons", home == NULL ? "" : home);
	char *shipped = spur_strfmt("%s/review/reasons", ctx->datadir), *text = NULL;
	struct spur_error ignored = { 0 };
	size_t len;

	if (spur_file_read(own, LONGEST_REASONS, &text, &len, &ignored) < 0 &&
	    spur_file_read(shipped, LONGEST_REASONS, &text, &len, &ignored) < 0)
		text = NULL;
	free(own);
	free(shipped);
	return text;
}

static enum spur_status read_drafts(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct drafts_job *j = arg;
	struct spur_db *db;
	enum spur_status st = spur_db_open(j->s->ctx->catalog, &db, err);

	(void)task;
	j->reasons = read_reasons(j->s->ctx);
	if (st < 0)
		return st;
	st = spur_db_draft_list(db, j->who, &j->pending, err);
	spur_db_close(db);
	return st;
}

static void start_drafts(struct spur_session *s);

static void drafts_read(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct drafts_job *j = arg;
	struct spur_session_segments_part *p = j->s->segments;
	bool wanted = spur_session_arrived(j->s, &p->drafts, j->asked, start_drafts);

	if (wanted) {
		p->pub.pending_unread = false;
		free(p->pending_error);
		p->pub.pending_error = p->pending_error = st < 0 && st != SPUR_ECANCELLED ? spur_strdup(err->text) : NULL;
		p->pub.generation += st < 0;
	}
	if (wanted && st >= 0) {
		spur_db_draft_list_finish(&p->pending);
		p->pending = j->pending;
		j->pending = (struct spur_db_draft_list){ 0 };
		p->pub.pending = p->pending.rows;
		p->pub.pending_count = p->pending.count;
		if (j->reasons != NULL)
			split_reasons(p, j->reasons);
		p->pub.generation++;
	}
	spur_db_draft_list_finish(&j->pending);
	free(j->reasons);
	free(j->who);
	free(j);
}

static void start_drafts(struct spur_session *s)
{
	struct drafts_job *j = spur_calloc(1, sizeof(*j));
	struct spur_work w = { .name = "drafts", .work = read_drafts, .done = drafts_read, .arg = j, .urgent = true };

	j->s = s;
	j->asked = s->segments->drafts.asked;
	j->who = spur_strdup(s->segments->who);
	s->segments->drafts.running = spur_workq_submit(s->queue, &w);
}

const struct spur_db_draft *spur_session_pending(const struct spur_session_segments *p, int64_t segment)
{
	for (size_t i = 0; i < p->pending_count; i++) {
		if (p->pending[i].segment == segment && strcmp(p->pending[i].verdict, "comment") != 0)
			return &p->pending[i];
	}
	return NULL;
}

/* ---- how far it is: may take a second of a large catalogue, so nothing waits for it ---- */

static spur_ns midnight(void)
{
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	return (spur_ns)mktime(&tm) * SPUR_NS_PER_S;
}

static enum spur_status read_counts(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct counts_job *j = arg;
	struct spur_db *db;
	enum spur_status st = spur_db_open(j->s->ctx->catalog, &db, err);

	(void)task;
	if (st < 0)
		return st;
	st = spur_db_progress(db, &j->wish.f, j->who, midnight(), &j->out, err);
	spur_db_close(db);
	return st;
}

static void start_counts(struct spur_session *s);

static void counts_read(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct counts_job *j = arg;
	struct spur_session_segments_part *p = j->s->segments;

	(void)err;
	if (spur_session_arrived(j->s, &p->counts, j->asked, start_counts) && st >= 0) {
		p->pub.progress = j->out;
		p->pub.counted = true;
		p->pub.generation++;
	}
	finish_wish(&j->wish);
	free(j->who);
	free(j);
}

static void start_counts(struct spur_session *s)
{
	struct counts_job *j = spur_calloc(1, sizeof(*j));
	struct spur_work w = { .name = "progress", .work = read_counts, .done = counts_read, .arg = j };

	j->s = s;
	j->asked = s->segments->counts.asked;
	copy_wish(&j->wish, &s->segments->wish.f);
	j->who = spur_strdup(s->segments->who);
	s->segments->counts.running = spur_workq_submit(s->queue, &w);
}

/* ---- the owner's side ---- */

void spur_session_segments_want(struct spur_session *s, const struct spur_db_segment_filter *f)
{
	struct spur_session_segments_part *p = s->segments;
	struct wish new;

	copy_wish(&new, f);
	finish_wish(&p->wish);
	p->wish = new;
	free_pages(p);
	p->append = false;
	p->pub.loading = true;
	p->pub.counted = false;
	p->pub.generation++;
	spur_session_ask(s, &p->list, start_list);
	p->pub.pending_unread = true;
	spur_session_ask(s, &p->drafts, start_drafts);
	spur_session_ask(s, &p->counts, start_counts);
}

void spur_session_segments_more(struct spur_session *s)
{
	struct spur_session_segments_part *p = s->segments;

	if (p->list.running != NULL || p->pub.complete || p->pub.count == 0)
		return;
	p->append = true;
	spur_session_ask(s, &p->list, start_list);
}

const struct spur_session_segments *spur_session_segments(const struct spur_session *s)
{
	return &s->segments->pub;
}

void spur_session_segments_refresh(struct spur_session *s)
{
	struct spur_session_segments_part *p = s->segments;

	if (p->list.asked == 0)
		return;
	p->append = false;
	spur_session_ask(s, &p->list, start_list);
	p->pub.pending_unread = true;
	spur_session_ask(s, &p->drafts, start_drafts);
	spur_session_ask(s, &p->counts, start_counts);
}
