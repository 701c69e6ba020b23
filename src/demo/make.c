#include "config.h"

#include "demo/make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/pmap.h"
#include "demo/ecu.h"
#include "io/out.h"

#define DRIVE_MEM (UINT64_C(48) << 20)	/* what making one drive holds, with room */
#define BIG_MEM (UINT64_C(224) << 20)	/* ... and a big one: a fragment waits in each of its groups */
#define BIG_PENDING (UINT64_C(112) << 20)
#define BIG_BYTES_PER_MS 13000u	/* about: for the progress only */
#define BIG_STEPS (UINT64_C(1) << 40)

struct drive {
	struct spur_demo_drive pub;
	struct spur_demo_scene scene;
	char name[24], *mf4, *mcap;
	unsigned index;
	bool big;
};

struct make {
	const struct spur_demo_make_options *o;
	spur_demo_made_fn *made;
	void *state;
	struct spur_task *task;
	unsigned next;
	struct spur_buf truth;
	struct spur_json json;
};

/* ---- one drive ---- */

static uint64_t steps_of(const struct spur_demo_make_options *o)
{
	return (uint64_t)(o->seconds * 1000 + 0.5);
}

/* Drives are an hour apart, and do not begin on a whole second. The first two clocks drift as
 * much as quartz may, in both directions. */
static void set_times(struct drive *d, uint64_t seed)
{
	struct spur_demo_rng r = spur_demo_rng_of(seed, d->index, 5);
	spur_ns day = spur_days_from_civil(2026, 3, 2) * 86400 * SPUR_NS_PER_S;
	struct spur_demo_clock *c = &d->pub.clock;

	d->pub.begin_ns = day + (8 + (spur_ns)d->index) * 3600 * SPUR_NS_PER_S + (spur_ns)spur_demo_between(&r, 0, 1e9);
	c->t0_ns = d->pub.begin_ns;
	c->offset_ns = (spur_ns)spur_demo_between(&r, 3e7, 4e8) * (spur_demo_unit(&r) < 0.5 ? -1 : 1);
	c->drift_ppb = (int64_t)spur_demo_between(&r, -20000, 20000);
	if (d->index < 2)
		c->drift_ppb = d->index == 0 ? 20000 : -20000;
}

static struct drive *drive_new(const struct spur_demo_make_options *o, unsigned index)
{
	struct drive *d = spur_calloc(1, sizeof(*d));

	d->index = index;
	d->big = index == o->drives;
	if (d->big)
		snprintf(d->name, sizeof(d->name), "drive_big");
	else
		snprintf(d->name, sizeof(d->name), "drive_%02u", index + 1);
	d->pub.name = d->name;
	d->mf4 = spur_strfmt("%s/%s.mf4", o->dir, d->name);
	d->mcap = spur_strfmt("%s/%s.mcap", o->dir, d->name);
	set_times(d, o->seed);
	spur_demo_scene_init(&d->scene, o->seed, index, d->pub.begin_ns, d->big ? BIG_STEPS : steps_of(o));
	return d;
}

static void drive_destroy(struct drive *d)
{
	spur_demo_scene_finish(&d->scene);
	free(d->mf4);
	free(d->mcap);
	free(d);
}

static int by_begin(const void *a, const void *b)
{
	const struct spur_demo_event *x = a, *y = b;

	return x->begin_ns < y->begin_ns ? -1 : x->begin_ns > y->begin_ns;
}

/* A big drive ends when both files are big enough, but not in the middle of an episode. */
static bool over(const struct make *m, const struct drive *d, const struct spur_demo_ecu *ecu, const struct spur_demo_ros *ros)
{
	if (!d->big)
		return d->scene.step >= d->scene.steps;
	return spur_demo_ecu_bytes(ecu) >= m->o->big_bytes && spur_demo_ros_bytes(ros) >= m->o->big_bytes && !d->scene.running;
}

static enum spur_status simulate(const struct make *m, struct drive *d, struct spur_demo_ecu *ecu,
				 struct spur_demo_ros *ros, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	while (st == SPUR_OK && !over(m, d, ecu, ros)) {
		spur_demo_scene_step(&d->scene);
		st = spur_demo_ecu_step(ecu, &d->scene, err);
		if (st == SPUR_OK)
			st = spur_demo_ros_step(ros, &d->scene, err);
		if (st == SPUR_OK && d->scene.step % 1000 == 0) {
			if (m->task != NULL)
				atomic_fetch_add(&m->task->done, 1000);
			if (spur_task_cancelled(m->task))
				st = spur_fail(err, SPUR_ECANCELLED, "cancelled");
		}
	}
	return st;
}

static enum spur_status work(void *state, void *item, struct spur_task *task, struct spur_error *err)
{
	const struct make *m = state;
	struct drive *d = item;
	struct spur_demo_ecu_options eo = { .path = d->mf4, .seed = m->o->seed, .drive = d->index, .big = d->big,
		.mem_bytes = d->big ? BIG_PENDING : DRIVE_MEM / 4, .threads = d->big ? m->o->threads : 1 };
	struct spur_demo_ros_options ro = { .path = d->mcap, .seed = m->o->seed, .drive = d->index, .big = d->big, .threads = m->o->threads,
		.cameras = m->o->cameras, .clock = d->pub.clock, .steps = d->scene.steps };
	struct spur_demo_ecu *ecu = NULL;
	struct spur_demo_ros *ros = NULL;
	enum spur_status st;

	(void)task;
	if ((st = spur_demo_ecu_create(&eo, d->pub.begin_ns, &ecu, err)) < 0 ||
	    (st = spur_demo_ros_create(&ro, &ros, err)) < 0 || (st = simulate(m, d, ecu, ros, err)) < 0)
		goto out;
	if ((st = spur_demo_ecu_flush(ecu, &d->pub.smooth_ratio, &d->pub.noisy_ratio, err)) < 0)
		goto out;
	d->pub.bytes = spur_demo_ros_bytes(ros);
	st = spur_demo_ros_commit(ros, err);
	ros = NULL;
	if (st < 0)
		goto out;
	d->pub.bytes += spur_demo_ecu_bytes(ecu);
	st = spur_demo_ecu_commit(ecu, err);
	ecu = NULL;
out:
	spur_demo_ecu_discard(ecu);
	spur_demo_ros_discard(ros);
	d->pub.end_ns = spur_demo_scene_now(&d->scene);
	if (d->scene.event_count > 0)
		qsort(d->scene.events, d->scene.event_count, sizeof(*d->scene.events), by_begin);
	d->pub.events = d->scene.events;
	d->pub.event_count = d->scene.event_count;
	return spur_wrap(st, err, "%s", d->name);
}

/* ---- truth.json ---- */

static void truth_event(struct spur_json *j, const struct spur_demo_event *e, bool class)
{
	spur_json_begin(j, NULL, '{');
	spur_json_text(j, class ? "class" : "kind", spur_demo_kind_name(e->kind));
	spur_json_int(j, "begin_ns", e->begin_ns);
	spur_json_int(j, "end_ns", e->end_ns);
	if (class) {
		spur_json_f64(j, "speed_mps", e->speed);
		spur_json_f64(j, "min_accel_mps2", e->min_accel);
	}
	spur_json_end(j, '}');
	spur_buf_addc(j->out, '\n');	/* a line per event: people read this file */
}

static void truth_list(struct spur_json *j, const char *key, const struct spur_demo_drive *d, bool classes)
{
	spur_json_begin(j, key, '[');
	for (size_t i = 0; i < d->event_count; i++) {
		if ((d->events[i].kind < SPUR_DEMO_CLASSES) == classes)
			truth_event(j, &d->events[i], classes);
	}
	spur_json_end(j, ']');
}

static void truth_drive(struct spur_json *j, const struct drive *drive)
{
	const struct spur_demo_drive *d = &drive->pub;
	char file[40];

	spur_json_begin(j, NULL, '{');
	spur_json_text(j, "name", d->name);
	snprintf(file, sizeof(file), "%s.mf4", d->name);
	spur_json_text(j, "mf4", file);
	snprintf(file, sizeof(file), "%s.mcap", d->name);
	spur_json_text(j, "mcap", file);
	spur_json_int(j, "begin_ns", d->begin_ns);
	spur_json_int(j, "end_ns", d->end_ns);
	spur_json_begin(j, "clock", '{');
	spur_json_int(j, "t0_ns", d->clock.t0_ns);
	spur_json_int(j, "offset_ns", d->clock.offset_ns);
	spur_json_int(j, "drift_ppb", d->clock.drift_ppb);
	spur_json_end(j, '}');
	truth_list(j, "events", d, true);
	truth_list(j, "decoys", d, false);
	spur_json_end(j, '}');
	spur_buf_addc(j->out, '\n');
}

static void truth_begin(struct make *m)
{
	struct spur_json *j = &m->json;

	j->out = &m->truth;
	spur_json_begin(j, NULL, '{');
	spur_json_text(j, "format", "spur demo truth 1");
	spur_json_uint(j, "seed", m->o->seed);
	spur_json_text(j, "clock", "mcap_time = t + offset_ns + drift_ppb * (t - t0_ns) / 1e9, t in the clock of the mf4");
	spur_json_begin(j, "classes", '[');
	for (int k = 0; k < SPUR_DEMO_CLASSES; k++)
		spur_json_text(j, NULL, spur_demo_kind_name((enum spur_demo_kind)k));
	spur_json_end(j, ']');
	spur_json_begin(j, "drives", '[');
}

/* ---- all of them ---- */

static enum spur_status next(void *state, void **item, uint64_t *cost_bytes, struct spur_error *err)
{
	struct make *m = state;
	unsigned count = m->o->drives + (m->o->big_bytes > 0 ? 1 : 0);

	(void)err;
	if (m->next == count)
		return SPUR_END;
	*item = drive_new(m->o, m->next++);
	*cost_bytes = ((struct drive *)*item)->big ? BIG_MEM : DRIVE_MEM;
	return SPUR_OK;
}

static enum spur_status take(void *state, void *item, struct spur_error *err)
{
	struct make *m = state;
	struct drive *d = item;

	(void)err;
	truth_drive(&m->json, d);
	if (m->made != NULL)
		m->made(m->state, &d->pub);
	return SPUR_OK;
}

static void drop(void *state, void *item)
{
	(void)state;
	drive_destroy(item);
}

static enum spur_status write_dbc(const char *dir, struct spur_error *err)
{
	struct spur_buf b = { 0 };
	char *path = spur_strfmt("%s/vehicle.dbc", dir);
	enum spur_status st;

	spur_demo_dbc(&b);
	st = spur_file_write(path, b.data, b.len, err);
	spur_buf_finish(&b);
	free(path);
	return st;
}

static enum spur_status write_truth(struct make *m, struct spur_error *err)
{
	char *path = spur_strfmt("%s/truth.json", m->o->dir);
	enum spur_status st;

	spur_json_end(&m->json, ']');
	spur_json_end(&m->json, '}');
	spur_buf_addc(&m->truth, '\n');
	st = spur_file_write(path, m->truth.data, m->truth.len, err);
	free(path);
	return st;
}

enum spur_status spur_demo_make(const struct spur_demo_make_options *o, spur_demo_made_fn *made, void *state,
				struct spur_task *task, struct spur_error *err)
{
	struct make m = { .o = o, .made = made, .state = state, .task = task };
	const struct spur_pmap map = { .state = &m, .next = next, .work = work, .take = take, .drop = drop };
	enum spur_status st;

	if (task != NULL)
		spur_task_progress(task, 0, o->drives * steps_of(o) + o->big_bytes / BIG_BYTES_PER_MS);
	truth_begin(&m);
	if ((st = spur_dir_make(o->dir, err)) == SPUR_OK && (st = write_dbc(o->dir, err)) == SPUR_OK &&
	    (st = spur_pmap_run(&map, o->threads, o->mem_bytes, task, err)) == SPUR_OK)
		st = write_truth(&m, err);
	spur_buf_finish(&m.truth);
	return st;
}
