#include "config.h"

#include "session/session_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "sync/frames.h"
#include "verb/drive_files.h"

#define PAGE 200u

/* A page lives as long as the list, which holds pointers into it. */
struct page {
	struct page *next;
	struct spur_db_drive_list list;
};

struct detail {
	struct spur_db_source_list sources;
	struct spur_db_clock *clocks;
};

struct spur_session_drives_part {
	struct spur_session_drives pub;
	struct spur_session_drive pub_drive;
	struct spur_session_slot list, drive, cameras;
	char *match;
	bool append;		/* the next round reads the page after the last row */
	struct page *pages;
	const struct spur_db_drive **rows;
	int64_t wanted;		/* drive of the detail */
	struct detail detail;
	char *error, *drive_error;
};

/* One round of reading a page. */
struct list_job {
	struct spur_session *s;
	uint64_t asked;
	char *match;
	int64_t after;
	bool append;
	struct page *page;
};

struct drive_job {
	struct spur_session *s;
	uint64_t asked;
	int64_t drive;
	char *name;
	struct detail d;
	struct spur_session_drive out;
};

/* Which cameras a drive has stands in its recordings: opened when its details are shown, and nothing waits for it. */
struct cameras_job {
	struct spur_session *s;
	uint64_t asked;
	int64_t drive;
	char *name;
	char out[sizeof(((struct spur_session_drive *)0)->cameras)];
};

struct spur_session_drives_part *spur_session_drives_create(void)
{
	return spur_calloc(1, sizeof(struct spur_session_drives_part));
}

static void free_pages(struct spur_session_drives_part *p)
{
	while (p->pages != NULL) {
		struct page *page = p->pages;

		p->pages = page->next;
		spur_db_drive_list_finish(&page->list);
		free(page);
	}
	free(p->rows);
	p->rows = NULL;
	p->pub.rows = NULL;
	p->pub.count = 0;
}

static void free_detail(struct detail *d)
{
	spur_db_source_list_finish(&d->sources);
	free(d->clocks);
	*d = (struct detail){ 0 };
}

void spur_session_drives_destroy(struct spur_session_drives_part *p)
{
	free_pages(p);
	free_detail(&p->detail);
	free(p->match);
	free(p->error);
	free(p->drive_error);
	free(p);
}

void spur_session_drives_stop(struct spur_session *s)
{
	spur_task_cancel(s->drives->list.running);
	spur_task_cancel(s->drives->drive.running);
	spur_task_cancel(s->drives->cameras.running);
}

bool spur_session_drives_busy(const struct spur_session *s)
{
	return s->drives->list.running != NULL || s->drives->drive.running != NULL || s->drives->cameras.running != NULL;
}

static enum spur_status read_page(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct list_job *j = arg;
	struct spur_db *db;
	enum spur_status st = spur_db_open(j->s->ctx->catalog, &db, err);

	(void)task;
	if (st < 0)
		return st;
	st = spur_db_drive_list(db, j->match, j->after, PAGE, &j->page->list, err);
	spur_db_close(db);
	return st;
}

static void adopt_page(struct spur_session_drives_part *p, struct list_job *j)
{
	struct page **last = &p->pages;

	if (!j->append)
		free_pages(p);
	while (*last != NULL)
		last = &(*last)->next;
	*last = j->page;
	p->rows = spur_realloc(p->rows, p->pub.count + j->page->list.count, sizeof(*p->rows));
	for (size_t i = 0; i < j->page->list.count; i++)
		p->rows[p->pub.count++] = &j->page->list.rows[i];
	p->pub.rows = p->rows;
	p->pub.complete = j->page->list.count < PAGE;
	j->page = NULL;
}

static void start_list(struct spur_session *s);

static void page_read(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct list_job *j = arg;
	struct spur_session_drives_part *p = j->s->drives;

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
		spur_db_drive_list_finish(&j->page->list);
		free(j->page);
	}
	free(j->match);
	free(j);
}

static void start_list(struct spur_session *s)
{
	struct spur_session_drives_part *p = s->drives;
	struct list_job *j = spur_calloc(1, sizeof(*j));
	struct spur_work w = { .name = "drives", .work = read_page, .done = page_read, .arg = j, .urgent = true };

	j->s = s;
	j->asked = p->list.asked;
	j->match = p->match == NULL ? NULL : spur_strdup(p->match);
	j->append = p->append && p->pub.count > 0;
	j->after = j->append ? p->rows[p->pub.count - 1]->id : 0;
	j->page = spur_calloc(1, sizeof(*j->page));
	p->list.running = spur_workq_submit(s->queue, &w);
}

void spur_session_drives_want(struct spur_session *s, const char *match)
{
	struct spur_session_drives_part *p = s->drives;
	char *copy = match == NULL || *match == '\0' ? NULL : spur_strdup(match);

	free(p->match);
	p->match = copy;
	p->append = false;
	p->pub.loading = true;
	spur_session_ask(s, &p->list, start_list);
}

void spur_session_drives_more(struct spur_session *s)
{
	struct spur_session_drives_part *p = s->drives;

	if (p->list.running != NULL || p->pub.complete || p->pub.count == 0)
		return;
	p->append = true;
	spur_session_ask(s, &p->list, start_list);
}

const struct spur_session_drives *spur_session_drives(const struct spur_session *s)
{
	return &s->drives->pub;
}

/* ---- the drive under the cursor ---- */

static void count_segments(const struct spur_db_segment_list *l, struct spur_session_drive *out)
{
	const char *labels[6];
	size_t counts[6] = { 0 }, n = 0, used = 0;

	out->segments = l->count;
	for (size_t i = 0; i < l->count; i++) {
		size_t k = 0;

		out->approved += l->rows[i].state == SPUR_DB_APPROVED;
		out->rejected += l->rows[i].state == SPUR_DB_REJECTED;
		while (k < n && strcmp(labels[k], l->rows[i].label) != 0)
			k++;
		if (k == 6)
			continue;
		if (k == n)
			labels[n++] = l->rows[i].label;
		counts[k]++;
	}
	for (size_t k = 0; k < n && used < sizeof(out->labels) - 1; k++)
		used += (size_t)snprintf(out->labels + used, sizeof(out->labels) - used, "%s%s %zu", k > 0 ? ", " : "",
					 labels[k], counts[k]);
}

static enum spur_status read_detail(struct spur_db *db, struct drive_job *j, struct spur_error *err)
{
	struct spur_db_segment_filter f = { .drive = j->name, .limit = SIZE_MAX };
	struct spur_db_segment_list segments = { 0 };
	enum spur_status st;

	if ((st = spur_db_source_list(db, j->drive, 0, 0, &j->d.sources, err)) < 0)
		return st;
	j->d.clocks = spur_calloc(j->d.sources.count, sizeof(*j->d.clocks));
	for (size_t i = 0; i < j->d.sources.count; i++) {
		if ((st = spur_db_clock_get(db, j->d.sources.rows[i].id, &j->d.clocks[i], err)) < 0)
			return st;
		j->d.clocks[i].method = j->d.clocks[i].knots = j->d.clocks[i].who = "";	/* borrowed from db */
	}
	if ((st = spur_db_segment_list(db, &f, &segments, err)) >= 0)
		count_segments(&segments, &j->out);
	spur_db_segment_list_finish(&segments);
	return st;
}

static enum spur_status read_drive(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct drive_job *j = arg;
	struct spur_db_drive_list found = { 0 };
	struct spur_db *db;
	char ref[24];
	enum spur_status st = spur_db_open(j->s->ctx->catalog, &db, err);

	(void)task;
	if (st < 0)
		return st;
	snprintf(ref, sizeof(ref), "%lld", (long long)j->drive);
	if ((st = spur_db_drive_find(db, ref, &found, err)) >= 0) {
		j->name = spur_strdup(found.rows[0].name);
		st = read_detail(db, j, err);
	}
	spur_db_drive_list_finish(&found);
	spur_db_close(db);
	return st;
}

static void name_cameras(const struct spur_cameras *c, char *out, size_t room)
{
	size_t n, used = 0;
	const struct spur_camera *list = spur_cameras_list(c, &n);

	for (size_t i = 0; i < n && used + 1 < room; i++)
		used += (size_t)snprintf(out + used, room - used, "%s%s", i > 0 ? ", " : "", list[i].topic);
}

static enum spur_status read_cameras(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct cameras_job *j = arg;
	struct spur_drive_files files = { 0 };
	struct spur_timeline *tl = NULL;
	struct spur_cameras *c = NULL;
	enum spur_status st;

	(void)task;
	if ((st = spur_drive_files_find(j->s->ctx->catalog, j->name, &files, err)) >= 0 &&
	    (st = spur_drive_files_open(&files, j->s->ctx->mem_bytes, 1, &tl, err)) >= 0 &&
	    (st = spur_cameras_open(tl, &c, err)) >= 0)
		name_cameras(c, j->out, sizeof(j->out));
	spur_cameras_close(c);
	spur_timeline_close(tl);
	spur_drive_files_finish(&files);
	return st;
}

static void start_cameras(struct spur_session *s);

/* A recording that is gone has no cameras to show; the plot says why. */
static void cameras_read(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct cameras_job *j = arg;
	struct spur_session_drives_part *p = j->s->drives;

	(void)st;
	(void)err;
	if (spur_session_arrived(j->s, &p->cameras, j->asked, start_cameras) && p->pub_drive.id == j->drive) {
		memcpy(p->pub_drive.cameras, j->out, sizeof(j->out));
		p->pub_drive.generation++;
	}
	free(j->name);
	free(j);
}

static void start_cameras(struct spur_session *s)
{
	struct spur_session_drives_part *p = s->drives;
	struct cameras_job *j = spur_calloc(1, sizeof(*j));
	struct spur_work w = { .name = "cameras", .work = read_cameras, .done = cameras_read, .arg = j };

	j->s = s;
	j->asked = p->cameras.asked;
	j->drive = p->pub_drive.id;
	j->name = spur_strfmt("%lld", (long long)j->drive);
	p->cameras.running = spur_workq_submit(s->queue, &w);
}

static void start_drive(struct spur_session *s);

static void drive_read(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct drive_job *j = arg;
	struct spur_session_drives_part *p = j->s->drives;

	if (spur_session_arrived(j->s, &p->drive, j->asked, start_drive)) {
		uint64_t generation = p->pub_drive.generation + 1;

		free_detail(&p->detail);
		free(p->drive_error);
		p->drive_error = st < 0 ? spur_strdup(err->text) : NULL;
		p->detail = j->d;
		j->d = (struct detail){ 0 };
		p->pub_drive = j->out;
		p->pub_drive.generation = generation;
		p->pub_drive.id = j->drive;
		p->pub_drive.error = p->drive_error;
		p->pub_drive.sources = p->detail.sources.rows;
		p->pub_drive.clocks = p->detail.clocks;
		p->pub_drive.source_count = st < 0 ? 0 : p->detail.sources.count;
		if (st >= 0)
			spur_session_ask(j->s, &p->cameras, start_cameras);
	}
	free_detail(&j->d);
	free(j->name);
	free(j);
}

static void start_drive(struct spur_session *s)
{
	struct drive_job *j = spur_calloc(1, sizeof(*j));
	struct spur_work w = { .name = "drive", .work = read_drive, .done = drive_read, .arg = j, .urgent = true };

	j->s = s;
	j->asked = s->drives->drive.asked;
	j->drive = s->drives->wanted;
	s->drives->drive.running = spur_workq_submit(s->queue, &w);
}

void spur_session_drive_want(struct spur_session *s, int64_t drive)
{
	if (s->drives->wanted == drive || drive == 0)
		return;
	s->drives->wanted = drive;
	spur_session_ask(s, &s->drives->drive, start_drive);
}

const struct spur_session_drive *spur_session_drive(const struct spur_session *s)
{
	return &s->drives->pub_drive;
}

void spur_session_drives_refresh(struct spur_session *s)
{
	struct spur_session_drives_part *p = s->drives;

	if (p->list.asked == 0)
		return;
	p->append = false;
	spur_session_ask(s, &p->list, start_list);
	if (p->wanted != 0)
		spur_session_ask(s, &p->drive, start_drive);
}
