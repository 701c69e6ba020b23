#include "config.h"

#include "session/session_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "session/lab.h"

#define PAGE 200u

struct spur_session_audit_part {
	struct spur_session_audit pub;
	struct spur_session_slot slot, chain;
	char *subject, *error;
	size_t limit;
	struct spur_db_audit_list rows;
	bool *good;
};

struct list_job {
	struct spur_session *s;
	uint64_t asked;
	char *subject;
	size_t limit;
	struct spur_db_audit_list rows;
	bool *good;
};

struct chain_job {
	struct spur_session *s;
	uint64_t asked;
	struct spur_db_verdict verdict;
};

struct spur_session_audit_part *spur_session_audit_create(void)
{
	struct spur_session_audit_part *p = spur_calloc(1, sizeof(*p));

	p->limit = PAGE;
	return p;
}

void spur_session_audit_destroy(struct spur_session_audit_part *p)
{
	spur_db_audit_list_finish(&p->rows);
	free(p->good);
	free(p->subject);
	free(p->error);
	free(p);
}

void spur_session_audit_stop(struct spur_session *s)
{
	spur_task_cancel(s->audit->slot.running);
	spur_task_cancel(s->audit->chain.running);
}

bool spur_session_audit_busy(const struct spur_session *s)
{
	return s->audit->slot.running != NULL || s->audit->chain.running != NULL;
}

/* hash = sha256(prev_hash as text, record): db/catalog.h */
static bool has_its_hash(const struct spur_db_audit *a)
{
	struct spur_sha256 *h = spur_sha256_create();
	char hex[SPUR_SHA256_HEX];

	spur_sha256_add(h, a->prev_hash, strlen(a->prev_hash));
	spur_sha256_add(h, a->record, strlen(a->record));
	spur_sha256_end_hex(h, hex);
	return strcmp(hex, a->hash) == 0;
}

/* A line fits when its own hash does, and the next newer one, where it is here too, hangs on it. */
static void check_lines(struct list_job *j)
{
	j->good = spur_calloc(j->rows.count, sizeof(*j->good));
	for (size_t i = 0; i < j->rows.count; i++) {
		const struct spur_db_audit *a = &j->rows.rows[i], *newer = i > 0 ? a - 1 : NULL;

		j->good[i] = has_its_hash(a) &&
			     (newer == NULL || newer->seq != a->seq + 1 || strcmp(newer->prev_hash, a->hash) == 0);
	}
}

static enum spur_status read_list(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct list_job *j = arg;
	struct spur_db *db;
	enum spur_status st = spur_db_open(j->s->ctx->catalog, &db, err);

	(void)task;
	if (st < 0)
		return st;
	if ((st = spur_db_audit_newest(db, j->subject, 0, j->limit, &j->rows, err)) >= 0)
		check_lines(j);
	spur_db_close(db);
	return st;
}

static void start_list(struct spur_session *s);

static void list_read(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct list_job *j = arg;
	struct spur_session_audit_part *p = j->s->audit;

	if (spur_session_arrived(j->s, &p->slot, j->asked, start_list)) {
		free(p->error);
		p->error = st < 0 ? spur_strdup(err->text) : NULL;
		p->pub.error = p->error;
		p->pub.loading = false;
		p->pub.generation++;
		if (st >= 0) {
			spur_db_audit_list_finish(&p->rows);
			free(p->good);
			p->rows = j->rows;
			p->good = j->good;
			j->rows = (struct spur_db_audit_list){ 0 };
			j->good = NULL;
			p->pub.rows = p->rows.rows;
			p->pub.good = p->good;
			p->pub.count = p->rows.count;
			p->pub.complete = p->rows.count < j->limit;
		}
	}
	spur_db_audit_list_finish(&j->rows);
	free(j->good);
	free(j->subject);
	free(j);
}

static void start_list(struct spur_session *s)
{
	struct spur_session_audit_part *p = s->audit;
	struct list_job *j = spur_calloc(1, sizeof(*j));
	struct spur_work w = { .name = "audit", .work = read_list, .done = list_read, .arg = j, .urgent = true };

	j->s = s;
	j->asked = p->slot.asked;
	j->subject = p->subject == NULL ? NULL : spur_strdup(p->subject);
	j->limit = p->limit;
	p->slot.running = spur_workq_submit(s->queue, &w);
}

void spur_session_audit_want(struct spur_session *s, const char *subject)
{
	struct spur_session_audit_part *p = s->audit;
	char *copy = subject == NULL || *subject == '\0' ? NULL : spur_strdup(subject);

	free(p->subject);
	p->subject = copy;
	p->pub.subject = copy;
	p->limit = PAGE;
	p->pub.loading = true;
	spur_session_ask(s, &p->slot, start_list);
}

void spur_session_audit_more(struct spur_session *s)
{
	struct spur_session_audit_part *p = s->audit;

	if (p->slot.running != NULL || p->pub.complete || p->pub.count == 0)
		return;
	p->limit *= 2;
	spur_session_ask(s, &p->slot, start_list);
}

const struct spur_session_audit *spur_session_audit(const struct spur_session *s)
{
	return &s->audit->pub;
}

void spur_session_audit_refresh(struct spur_session *s)
{
	if (s->audit->slot.asked > 0)
		spur_session_ask(s, &s->audit->slot, start_list);
}

/* ---- the whole chain ---- */

static enum spur_status verify(struct spur_task *task, void *arg, struct spur_error *err)
{
	struct chain_job *j = arg;
	struct spur_db *db;
	enum spur_status st = spur_db_open(j->s->ctx->catalog, &db, err);

	if (st < 0)
		return st;
	st = spur_db_audit_verify(db, &j->verdict, NULL, NULL, task, err);
	spur_db_close(db);
	return st;
}

static void start_chain(struct spur_session *s);

static void verified(void *arg, enum spur_status st, const struct spur_error *err)
{
	struct chain_job *j = arg;
	struct spur_session_audit_part *p = j->s->audit;

	if (spur_session_arrived(j->s, &p->chain, j->asked, start_chain)) {
		p->pub.verifying = false;
		p->pub.verified = st >= 0;
		p->pub.chain = j->verdict;
		p->pub.generation++;
		if (st < 0) {
			free(p->error);
			p->error = spur_strdup(err->text);
			p->pub.error = p->error;
		}
	}
	free(j);
}

/* Not urgent: a million lines take seconds. */
static void start_chain(struct spur_session *s)
{
	struct chain_job *j = spur_calloc(1, sizeof(*j));
	struct spur_work w = { .name = "audit chain", .work = verify, .done = verified, .arg = j };

	j->s = s;
	j->asked = s->audit->chain.asked;
	s->audit->chain.running = spur_workq_submit(s->queue, &w);
}

void spur_session_audit_verify(struct spur_session *s)
{
	s->audit->pub.verifying = true;
	spur_session_ask(s, &s->audit->chain, start_chain);
}
