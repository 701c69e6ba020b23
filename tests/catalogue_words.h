#ifndef SPUR_TESTS_CATALOGUE_WORDS_H
#define SPUR_TESTS_CATALOGUE_WORDS_H

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "db/catalog_jobs.h"
#include "db/catalog_lab.h"
#include "tests/told.h"

/*
 * Every list of a catalogue in words, one line a row with every field, for golden files. Signatures and keys, which are
 * long, as hashes. Fails into the text: an error of a list is said where its rows would be.
 */
#define T0 INT64_C(1767323045000000000)	/* 2026-01-02T03:04:05Z; times are said from here */

/* A time as "+12.345000000 s" from T0, or 0. */
static inline const char *when(spur_ns t)
{
	static char text[8][40];
	static unsigned turn;
	char *out = text[turn++ % 8];
	spur_ns d = t - T0, rest = d < 0 ? -d : d;

	if (t == 0)
		return "0";
	snprintf(out, sizeof(text[0]), "%c%" PRId64 ".%09" PRId64, d < 0 ? '-' : '+', rest / SPUR_NS_PER_S, rest % SPUR_NS_PER_S);
	return out;
}

static inline const char *brief(const char *long_text)
{
	static char text[4][SPUR_SHA256_HEX];
	static unsigned turn;
	char *out = text[turn++ % 4];

	if (strlen(long_text) < 40)
		return long_text;
	spur_sha256_hex_of(long_text, strlen(long_text), out);
	out[12] = '\0';
	return out;
}

/* The list is said and given back. */
#define SAY_LIST(type, call) \
	do { \
		struct spur_db_##type##_list l_ = { 0 }; \
		struct spur_error e_ = { 0 }; \
		enum spur_status st_ = call; \
		if (st_ < 0) \
			say_status("  list", st_, &e_); \
		for (size_t i_ = 0; st_ >= 0 && i_ < l_.count; i_++) \
			say_##type(&l_.rows[i_]); \
		spur_db_##type##_list_finish(&l_); \
	} while (0)

static inline void say_identity(const struct spur_db_identity *i)
{
	say("  %" PRId64 " %s %s %s at %s ended %s '%s'\n", i->id, i->name, brief(i->public_key), brief(i->fingerprint), when(i->at_ns),
	    when(i->ended_ns), i->end_reason);
}

static inline void say_drive(const struct spur_db_drive *d)
{
	say("  %" PRId64 " %s %s [%s %s) ref %" PRId64 " sources %" PRIu64 " bytes %" PRIu64 " segments %" PRIu64 " at %s\n", d->id, d->uid,
	    d->name, when(d->begin_ns), when(d->end_ns), d->reference, d->sources, d->size_bytes, d->segments, when(d->added_ns));
}

static inline void say_source(const struct spur_db_source *s)
{
	say("  %" PRId64 " of %" PRId64 " %s %s %s %.12s %" PRIu64 " B mtime %" PRId64 " time %d [%s %s) set %" PRId64 " signals %" PRIu64 "\n", s->id,
	    s->drive_id, s->path, s->format, s->role, s->sha256, s->size_bytes, s->mtime_ns, s->has_time, when(s->begin_ns),
	    when(s->end_ns), s->signal_set, s->signals);
}

static inline void say_profile(const struct spur_db_profile *p)
{
	say("  %" PRId64 " %s@%" PRId64 "%s%s by %s at %s", p->id, p->name, p->version, p->removed ? " removed" : "",
	    p->keep_unavailable ? " keeps" : "", p->who, when(p->at_ns));
	for (size_t i = 0; i < p->database_count; i++)
		say(" %" PRId64 "=%s/%.8s/%" PRIu64, p->databases[i].channel, p->databases[i].name, p->databases[i].sha256,
		    p->databases[i].size_bytes);
	for (size_t i = 0; i < p->scope_count; i++)
		say(" %s:%s", p->scopes[i].kind, p->scopes[i].pattern);
	say("\n");
}

static inline void say_signal(const struct spur_db_signal *s)
{
	say("  %s '%s' %s %s\n", s->name, s->unit, s->type, s->stream);
}

static inline void say_stat(const struct spur_db_stat *s)
{
	say("  %s n %" PRIu64 " %.9g .. %.9g mean %.9g\n", s->signal, s->n, s->min, s->max, s->mean);
}

static inline void say_clock(const struct spur_db_clock *c)
{
	say("  %" PRId64 " of %" PRId64 " against %" PRId64 " offset %" PRId64 " drift %" PRId64 " ref %" PRId64 " sigma %.9g confidence %.9g %s knots %s by %s at %s\n",
	    c->id, c->source, c->reference, c->clock.offset_ns, c->clock.drift_ppb, c->clock.ref_ns, c->sigma_ns, c->confidence, c->method,
	    c->knots, c->who, when(c->at_ns));
}

static inline void say_segment(const struct spur_db_segment *s)
{
	say("  %" PRId64 " %s of %" PRId64 " %s from %s [%s %s) %s q'%s' score %.9g %s by %s %s at %s %s tags'%s' reviewer'%s' note'%s' by %" PRId64
	    " for %" PRId64 "\n", s->id, s->uid, s->drive_id, s->drive, when(s->drive_begin_ns), when(s->begin_ns), when(s->end_ns), s->label,
	    s->query, s->score, s->evidence, s->author, brief(s->author_key), when(s->at_ns), spur_db_state_name(s->state), s->tags,
	    s->reviewer, s->note, s->replaced_by, s->replaces);
}

static inline void say_review(const struct spur_db_review *r)
{
	say("  %" PRId64 " of %" PRId64 " %s %s '%s' %s %s record %s signature %s at %s\n", r->id, r->segment, r->segment_uid, r->verdict,
	    r->reason, r->reviewer, brief(r->key), brief(r->record), brief(r->signature), when(r->at_ns));
}

static inline void say_draft(const struct spur_db_draft *d)
{
	say("  %" PRId64 " of %" PRId64 " %s %s %s was [%s %s) %s '%s' [%s %s) at %s\n", d->id, d->segment, d->segment_uid, d->drive, d->label,
	    when(d->was_begin_ns), when(d->was_end_ns), d->verdict, d->reason, when(d->begin_ns), when(d->end_ns), when(d->at_ns));
}

static inline void say_dataset(const struct spur_db_dataset *d)
{
	say("  %" PRId64 " %s %s@%d root %s %s items %" PRIu64 " by %s %s at %s\n", d->id, d->uid, d->name, d->version, d->root, d->recipe,
	    d->items, d->who, brief(d->key), when(d->at_ns));
}

static inline void say_item(const struct spur_db_item *it)
{
	say("  %s %s %s '%s' %s [%s %s)", it->segment_uid, it->drive, it->label, it->tags, spur_db_split_name(it->split), when(it->begin_ns),
	    when(it->end_ns));
	for (size_t i = 0; i < it->source_count; i++)
		say(" %.8s/%.8s/%s/%" PRId64 "/%" PRId64 "/%" PRId64, it->sources[i].sha256, it->sources[i].reference, it->sources[i].role,
		    it->sources[i].clock.offset_ns, it->sources[i].clock.drift_ppb, it->sources[i].clock.ref_ns);
	say(" line %s\n", brief(it->line));
}

static inline void say_object(const struct spur_db_object *o)
{
	say("  %s %s '%s' '%s' %s %s at %s\n", o->id, o->kind, o->title, o->path, brief(o->sha256), o->record, when(o->at_ns));
}

static inline void say_edge(const struct spur_db_edge *e)
{
	say("  %s -%s-> %s\n", e->from, e->role, e->to);
}

static inline void say_signature(const struct spur_db_signature *s)
{
	say("  %" PRId64 " %s %s %s %s '%s' %s at %s\n", s->id, s->object, s->signer, brief(s->key), s->name_space, s->record, brief(s->signature),
	    when(s->at_ns));
}

static inline void say_lab_run(const struct spur_db_lab_run *r)
{
	say("  %s %s %s %s %s '%s' %s '%s' by %s %s at %s result '%s'\n", r->run, r->kind, r->recipe, r->code_sha, r->extract, r->model, r->name,
	    r->target, r->who, brief(r->key), when(r->at_ns), r->result);
}

static inline void say_model(const struct spur_db_model *m)
{
	say("  %" PRId64 " %s@%d %s run %s by %s %s '%s' %s %s aliases'%s' at %s\n", m->id, m->name, m->version, m->uid, m->run, m->who,
	    brief(m->key), m->path, brief(m->sha256), m->record, m->aliases, when(m->at_ns));
}

static inline void say_decision(const struct spur_db_decision *d)
{
	say("  %" PRId64 " %s %s %s %d '%s' by %s %s card %s policy %s '%s' %s at %s\n", d->id, d->object, d->gate, d->verdict, d->passed,
	    d->reason, d->who, brief(d->key), d->card_sha256, d->policy_sha256, d->record, brief(d->signature), when(d->at_ns));
}

static inline void say_metric(const struct spur_db_metric *m)
{
	say("  %s step %" PRId64 " ts %" PRId64 " %.9g\n", m->key, m->step, m->ts_ns, m->value);
}

static inline void say_artifact(const struct spur_db_artifact *a)
{
	say("  %s %s %s %" PRIu64 "\n", a->path, a->kind, a->sha256, a->bytes);
}

/* Lines of jobs have the time of today. */
static inline void say_audit(const struct spur_db_audit *a)
{
	bool ours = strcmp(a->who, "spur") == 0;

	say("  %" PRId64 " %s %s %s %s %s", a->seq, ours ? "today" : when(a->at_ns), a->who, brief(a->key), a->action, a->subject);
	if (!ours)
		say(" record %s", brief(a->record));
	say("\n");
}

static inline void say_progress(const struct spur_db_progress *p)
{
	say("  segments %" PRIu64 " candidates %" PRIu64 " approved %" PRIu64 " rejected %" PRIu64 " since %" PRIu64 " %" PRIu64 " first %" PRIu64
	    " approved %" PRIu64 "\n", p->segments, p->candidates, p->approved, p->rejected, p->approved_since, p->rejected_since, p->first,
	    p->first_approved);
}

static inline enum spur_status say_job(void *state, const struct spur_job_row *r, struct spur_error *err)
{
	const struct spur_job_status *s = &r->status;
	size_t *left = state;

	(void)err;
	say("  %s parent'%s' %s '%s' %s %s in'%s' code'%s' params'%s' %s attempt %u failures %u created %s started %s ended %s changed %s alive %s "
	    "%" PRIu64 "/%" PRIu64 " '%s' exit %d signal %d '%s'\n", r->id, r->parent, r->kind, r->name, r->executor, r->dir, r->input_snapshot,
	    r->code_sha, r->param_hash, spur_job_state_name(s->state), s->attempt, s->failures, when(s->created_ns), when(s->started_ns),
	    when(s->ended_ns), when(s->changed_ns), when(s->heartbeat_ns), s->done, s->total, s->unit, s->exit_code, s->exit_signal, s->reason);
	return left != NULL && --*left == 0 ? SPUR_END : SPUR_OK;
}

#endif
