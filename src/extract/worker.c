#include "config.h"

#include "extract/worker.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "export/export.h"
#include "extract/tables.h"
#include "extract/windows.h"
#include "io/lock.h"
#include "io/out.h"

#define POLL_NS 100000000L
#define REPAIRS 3

struct worker {
	const struct spur_extract_work *work;
	struct spur_extract_plan *plan;
	struct spur_extract_result *result;
	bool *done;			/* by shard: committed, as far as we have looked */
	struct spur_task *task;
};

static enum spur_status make_folders(const char *dir, struct spur_error *err)
{
	static const char *const names[] = { "claims", "tmp", "objects", "commits" };
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && st >= 0; i++) {
		char *path = spur_strfmt("%s/%s", dir, names[i]);

		st = spur_dir_make(path, err);
		free(path);
	}
	return st;
}

/* ---- one shard */

static enum spur_status write_object(const struct worker *w, const struct spur_extract_shard *s,
				     const struct spur_extract_windows *windows, const char *format,
				     struct spur_extract_object *o, struct spur_error *err)
{
	const struct spur_exporter *x = spur_exporter_find(format);
	char *tmp = spur_strfmt("%s/tmp/%s.%ld%s", w->work->dir, s->id, (long)getpid(), x->suffix);
	enum spur_status st = spur_extract_table_write(w->plan, s, windows, x, tmp, w->work->mem_bytes / 4, err);

	o->format = x->id;
	o->suffix = x->suffix;
	o->rows = strcmp(format, "npz") == 0 ? windows->count : windows->count * w->plan->recipe->samples;
	if (st >= 0)
		st = spur_extract_object_store(w->work->dir, tmp, o, err);
	if (st < 0)
		unlink(tmp);
	free(tmp);
	return spur_wrap(st, err, "%s", format);
}

static enum spur_status make_shard(const struct worker *w, const struct spur_extract_shard *s, struct spur_error *err)
{
	struct spur_extract_windows windows;
	struct spur_extract_commit c = { 0 };
	enum spur_status st = spur_extract_windows_read(w->plan, s, w->work->mem_bytes, w->work->threads, &windows, w->task, err);

	if (st < 0)
		return st;
	memcpy(c.shard, s->id, sizeof(c.shard));
	c.windows = windows.count;
	c.empty = windows.empty;
	c.missing_frames = windows.missing_frames;
	for (const char *const *f = w->plan->recipe->formats; *f != NULL && st >= 0; f++)
		st = write_object(w, s, &windows, *f, &c.objects[c.object_count++], err);
	if (st >= 0 && spur_task_cancelled(w->task))
		st = spur_fail(err, SPUR_ECANCELLED, "stopped");
	if (st >= 0)
		st = spur_extract_commit_write(w->work->dir, &c, err);
	spur_extract_windows_finish(&windows);
	return st;
}

/* A commit whose objects are gone or cut is no commit: it is made again. */
static bool is_committed(struct worker *w, size_t i)
{
	struct spur_extract_commit c;

	if (!w->done[i])
		w->done[i] = spur_extract_commit_check(w->work->dir, w->plan->shards[i].id, false, &c, w->task, NULL) >= 0;
	return w->done[i];
}

static void tell(const struct worker *w)
{
	uint64_t n = 0;

	for (size_t i = 0; i < w->plan->shard_count; i++)
		n += w->done[i];
	spur_task_progress(w->task, n, w->plan->shard_count);
	if (w->work->progress != NULL)
		w->work->progress(w->work->state, n, w->plan->shard_count);
}

static enum spur_status take_shard(struct worker *w, size_t i, struct spur_error *err)
{
	const struct spur_extract_shard *s = &w->plan->shards[i];
	char *claim = spur_strfmt("%s/claims/%s", w->work->dir, s->id);
	struct spur_lock *lock = NULL;
	enum spur_status st = spur_lock_try(claim, &lock, err);

	if (st == SPUR_OK && !is_committed(w, i)) {
		st = spur_wrap(make_shard(w, s, err), err, "shard %.12s", s->id);
		w->done[i] = st >= 0;
		w->result->made += st >= 0;
	}
	spur_lock_release(lock);
	free(claim);
	if (st >= 0)
		tell(w);
	return st < 0 ? st : SPUR_OK;	/* someone else has it: theirs */
}

static enum spur_status make_all(struct worker *w, struct spur_error *err)
{
	size_t n = w->plan->shard_count, workers = w->work->workers == 0 ? 1 : w->work->workers;
	enum spur_status st = SPUR_OK;

	/* Own shards first, then those that nobody makes, until all are there: who holds the last
	 * ones may die yet, and its lock with it. */
	for (int pass = 0; st >= 0; pass++) {
		size_t missing = 0;

		if (pass > 1)
			nanosleep(&(struct timespec){ .tv_nsec = POLL_NS }, NULL);
		for (size_t i = 0; i < n && st >= 0; i++) {
			if (spur_task_cancelled(w->task))
				return spur_fail(err, SPUR_ECANCELLED, "stopped");
			if (is_committed(w, i))
				continue;
			missing++;
			if (pass > 0 || i % workers == w->work->index)
				st = take_shard(w, i, err);
		}
		if (missing == 0)
			break;
	}
	return st;
}

/* Files of workers that died: nobody else writes under a shard's claim. */
static void sweep(const struct worker *w)
{
	char *folder = spur_strfmt("%s/tmp", w->work->dir), **names = NULL;
	size_t count = 0;

	if (spur_dir_list(folder, &names, &count, NULL) < 0)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		char *path = spur_strfmt("%s/%s", folder, names[i]);

		unlink(path);
		free(path);
		free(names[i]);
	}
	free(names);
	free(folder);
}

enum spur_status spur_extract_work(const struct spur_extract_work *work, struct spur_extract_result *out,
				   struct spur_task *task, struct spur_error *err)
{
	struct worker w = { .work = work, .result = out, .task = task };
	enum spur_status st = spur_extract_plan_load(work->dir, &w.plan, err);

	*out = (struct spur_extract_result){ 0 };
	if (st < 0 || (st = make_folders(work->dir, err)) < 0)
		goto out;
	w.done = spur_calloc(w.plan->shard_count, sizeof(*w.done));
	for (size_t i = 0; i < w.plan->shard_count; i++)
		is_committed(&w, i);
	tell(&w);
	for (int tries = 0; tries < REPAIRS; tries++) {
		if ((st = make_all(&w, err)) < 0)
			goto out;
		st = spur_extract_finish(w.plan, work->dir, &out->total, task, err);
		if (st != SPUR_EFORMAT)
			break;
		/* An object was not what its commit said; without the commit it is made again. */
		memset(w.done, 0, w.plan->shard_count * sizeof(*w.done));
	}
	out->complete = st == SPUR_OK;
	if (out->complete) {
		for (size_t i = 0; i < w.plan->shard_count; i++)
			w.done[i] = true;	/* others made the rest */
		tell(&w);
		sweep(&w);
	}
out:
	free(w.done);
	spur_extract_plan_destroy(w.plan);
	return st < 0 ? st : SPUR_OK;
}
