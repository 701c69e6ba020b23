#include "config.h"

#include "session/session_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "session/lab.h"

/* What is read of one version; freed as a whole. */
struct contents {
	struct spur_db_item_list items;
	struct spur_session_class *classes;
	size_t class_count;
	uint64_t drives[SPUR_DB_SPLITS];
	char *extract, *signers;
};

struct spur_session_datasets_part {
	struct spur_session_datasets pub;
	struct spur_session_dataset pub_one;
	struct spur_session_slot list, one;
	struct spur_db_dataset_list rows;
	int64_t wanted;
	struct contents contents;
	char *error, *one_error;
};

struct list_job {
	struct spur_session *s;
	uint64_t asked;
	struct spur_db_dataset_list rows;
};

struct one_job {
	struct spur_session *s;
	uint64_t asked;
	int64_t id;
	char *uid;
	struct contents c;
};

static void free_contents(struct contents *c)
{
	spur_db_item_list_finish(&c->items);
	free(c->classes);
	free(c->extract);
	free(c->signers);
	*c = (struct contents){ 0 };
}

struct spur_session_datasets_part *spur_session_datasets_create(void)
{
	return spur_calloc(1, sizeof(struct spur_session_datasets_part));
}

void spur_session_datasets_destroy(struct spur_session_datasets_part *p)
{
	spur_db_dataset_list_finish(&p->rows);
	free_contents(&p->contents);
	free(p->error);
	free(p->one_error);
	free(p);
}

void spur_session_datasets_stop(struct spur_session *s)
{
	spur_task_cancel(s->datasets->list.running);
	spur_task_cancel(s->datasets->one.running);
}

bool spur_session_datasets_busy(const struct spur_session *s)
{
	return s->datasets->list.running != NULL || s->datasets->one.running != NULL;
}

/* ---- the list ---- */

static enum spur_status read_list(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct list_job *j = arg;
	struct spur_db *db;
	enum spur_status st = spur_db_open(j->s->ctx->catalog, &db, err);

	(void)task;
	if (st < 0)
		return st;
	st = spur_db_dataset_list(db, NULL, &j->rows, err);
	spur_db_close(db);
	return st;
}

static void start_list(struct spur_session *s);

static void list_read(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct list_job *j = arg;
	struct spur_session_datasets_part *p = j->s->datasets;

	if (spur_session_arrived(j->s, &p->list, j->asked, start_list)) {
		free(p->error);
		p->error = st < 0 ? spur_strdup(err->text) : NULL;
		p->pub.error = p->error;
		p->pub.loading = false;
		p->pub.generation++;
		if (st >= 0) {
			spur_db_dataset_list_finish(&p->rows);
			p->rows = j->rows;
			j->rows = (struct spur_db_dataset_list){ 0 };
			p->pub.rows = p->rows.rows;
			p->pub.count = p->rows.count;
		}
	}
	spur_db_dataset_list_finish(&j->rows);
	free(j);
}

static void start_list(struct spur_session *s)
{
	struct list_job *j = spur_calloc(1, sizeof(*j));
	struct spur_work w = { .name = "datasets", .work = read_list, .done = list_read, .arg = j, .urgent = true };

	j->s = s;
	j->asked = s->datasets->list.asked;
	s->datasets->list.running = spur_workq_submit(s->queue, &w);
}

void spur_session_datasets_want(struct spur_session *s)
{
	s->datasets->pub.loading = s->datasets->pub.generation == 0;
	spur_session_ask(s, &s->datasets->list, start_list);
}

const struct spur_session_datasets *spur_session_datasets(const struct spur_session *s)
{
	return &s->datasets->pub;
}

/* ---- the version under the cursor ---- */

static int by_label(const void *a, const void *b)
{
	const struct spur_db_item *x = *(const struct spur_db_item *const *)a, *y = *(const struct spur_db_item *const *)b;

	return strcmp(x->label, y->label);
}

static int by_drive(const void *a, const void *b)
{
	const struct spur_db_item *x = *(const struct spur_db_item *const *)a, *y = *(const struct spur_db_item *const *)b;

	return strcmp(x->drive, y->drive);
}

/* Items and seconds of each label in each split. */
static void count_classes(struct contents *c, const struct spur_db_item **sorted)
{
	qsort(sorted, c->items.count, sizeof(*sorted), by_label);
	c->classes = spur_calloc(c->items.count, sizeof(*c->classes));
	for (size_t i = 0; i < c->items.count; i++) {
		const struct spur_db_item *it = sorted[i];
		struct spur_session_class *k;

		if (i == 0 || strcmp(it->label, sorted[i - 1]->label) != 0)
			c->classes[c->class_count++].label = it->label;
		k = &c->classes[c->class_count - 1];
		k->items[it->split]++;
		k->length_ns[it->split] += it->end_ns - it->begin_ns;
	}
}

/* Splits are by drive: each drive is counted where its items are. */
static void count_drives(struct contents *c, const struct spur_db_item **sorted)
{
	qsort(sorted, c->items.count, sizeof(*sorted), by_drive);
	for (size_t i = 0; i < c->items.count; i++) {
		if (i == 0 || strcmp(sorted[i]->drive, sorted[i - 1]->drive) != 0)
			c->drives[sorted[i]->split]++;
	}
}

static char *signers_of(const struct spur_db_signature_list *l)
{
	struct spur_buf b = { 0 };

	for (size_t i = 0; i < l->count; i++)
		spur_buf_addf(&b, "%s%s", i > 0 ? ", " : "", l->rows[i].signer);
	return spur_buf_steal(&b);
}

static enum spur_status read_contents(struct spur_db *db, struct one_job *j, struct spur_error *err)
{
	struct spur_db_object_list extract = { 0 };
	struct spur_db_signature_list signatures = { 0 };
	const struct spur_db_item **sorted;
	enum spur_status st;

	if ((st = spur_db_item_list(db, j->id, &j->c.items, err)) >= 0 &&
	    (st = spur_db_object_newest(db, "extract", j->uid, NULL, &extract, err)) >= 0)
		st = spur_db_signature_list(db, j->uid, &signatures, err);
	sorted = spur_calloc(j->c.items.count, sizeof(*sorted));
	for (size_t i = 0; i < j->c.items.count; i++)
		sorted[i] = &j->c.items.rows[i];
	count_classes(&j->c, sorted);
	count_drives(&j->c, sorted);
	j->c.extract = spur_strdup(extract.count > 0 ? extract.rows[0].id : "");
	j->c.signers = signers_of(&signatures);
	free(sorted);
	spur_db_signature_list_finish(&signatures);
	spur_db_object_list_finish(&extract);
	return st;
}

static enum spur_status read_one(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct one_job *j = arg;
	struct spur_db *db;
	enum spur_status st = spur_db_open(j->s->ctx->catalog, &db, err);

	(void)task;
	if (st < 0)
		return st;
	st = read_contents(db, j, err);
	spur_db_close(db);
	return st;
}

static void start_one(struct spur_session *s);

static void publish_one(struct spur_session_datasets_part *p, const struct one_job *j)
{
	p->pub_one = (struct spur_session_dataset){
		.generation = p->pub_one.generation + 1, .id = j->id, .error = p->one_error, .class_count = p->contents.class_count,
		.classes = p->contents.classes, .item_count = p->contents.items.count, .items = p->contents.items.rows,
		.extract = p->contents.extract, .signers = p->contents.signers,
	};
	memcpy(p->pub_one.drives, p->contents.drives, sizeof(p->pub_one.drives));
}

static void one_read(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct one_job *j = arg;
	struct spur_session_datasets_part *p = j->s->datasets;

	if (spur_session_arrived(j->s, &p->one, j->asked, start_one)) {
		free(p->one_error);
		p->one_error = st < 0 ? spur_strdup(err->text) : NULL;
		free_contents(&p->contents);
		p->contents = j->c;
		j->c = (struct contents){ 0 };
		publish_one(p, j);
	}
	free_contents(&j->c);
	free(j->uid);
	free(j);
}

static void start_one(struct spur_session *s)
{
	struct spur_session_datasets_part *p = s->datasets;
	struct one_job *j = spur_calloc(1, sizeof(*j));
	struct spur_work w = { .name = "dataset", .work = read_one, .done = one_read, .arg = j, .urgent = true };

	j->s = s;
	j->asked = p->one.asked;
	j->id = p->wanted;
	j->uid = spur_strdup("");
	for (size_t i = 0; i < p->rows.count; i++) {
		if (p->rows.rows[i].id == p->wanted) {
			free(j->uid);
			j->uid = spur_strdup(p->rows.rows[i].uid);
		}
	}
	p->one.running = spur_workq_submit(s->queue, &w);
}

void spur_session_dataset_want(struct spur_session *s, int64_t dataset)
{
	if (s->datasets->wanted == dataset || dataset == 0)
		return;
	s->datasets->wanted = dataset;
	spur_session_ask(s, &s->datasets->one, start_one);
}

const struct spur_session_dataset *spur_session_dataset(const struct spur_session *s)
{
	return &s->datasets->pub_one;
}

void spur_session_datasets_refresh(struct spur_session *s)
{
	if (s->datasets->list.asked == 0)
		return;
	spur_session_ask(s, &s->datasets->list, start_list);
	if (s->datasets->wanted != 0)
		spur_session_ask(s, &s->datasets->one, start_one);
}
