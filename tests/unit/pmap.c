#include "config.h"

#include "base/pmap.h"

#include <stdlib.h>

#include "tests/tap.h"

struct sum {
	int made, limit, taken, dropped, fail_at, stop_at;
	uint64_t in_flight, most;
	bool ordered;
};

static enum spur_status next(void *state, void **item, uint64_t *cost, struct spur_error *err)
{
	struct sum *s = state;
	int *p;

	(void)err;
	if (s->made >= s->limit)
		return SPUR_END;
	p = malloc(sizeof(*p));
	*p = s->made++;
	*item = p;
	*cost = 10;
	s->in_flight += 10;
	s->most = s->in_flight > s->most ? s->in_flight : s->most;
	return SPUR_OK;
}

static enum spur_status work(void *state, void *item, struct spur_task *task, struct spur_error *err)
{
	const struct sum *s = state;
	int *p = item;

	(void)task;
	if (*p == s->fail_at)
		return spur_fail(err, SPUR_EFORMAT, "item %d", *p);
	*p *= 2;
	return SPUR_OK;
}

static enum spur_status take(void *state, void *item, struct spur_error *err)
{
	struct sum *s = state;

	(void)err;
	if (*(int *)item != 2 * s->taken)
		s->ordered = false;
	s->taken++;
	return s->taken == s->stop_at ? SPUR_END : SPUR_OK;
}

static void drop(void *state, void *item)
{
	struct sum *s = state;

	s->dropped++;
	s->in_flight -= 10;
	free(item);
}

static const struct spur_pmap base = { .next = next, .work = work, .take = take, .drop = drop };

static enum spur_status run(struct sum *s, unsigned threads, uint64_t budget, struct spur_error *err)
{
	struct spur_pmap m = base;

	m.state = s;
	s->ordered = true;
	return spur_pmap_run(&m, threads, budget, NULL, err);
}

static void results_come_in_order(unsigned threads)
{
	struct sum s = { .limit = 5000, .fail_at = -1, .stop_at = -1 };

	is_int(run(&s, threads, 1000, NULL), SPUR_OK, "map runs");
	ok(s.ordered, "items are taken in the order they were made");
	is_int(s.taken, 5000, "every item is taken");
	is_int(s.dropped, 5000, "every item is dropped once");
}

static void the_budget_holds(void)
{
	struct sum s = { .limit = 500, .fail_at = -1, .stop_at = -1 };

	run(&s, 4, 50, NULL);
	ok(s.most <= 60, "no more bytes in flight than the budget, plus the one that waits");
	s = (struct sum){ .limit = 5, .fail_at = -1, .stop_at = -1 };
	run(&s, 4, 1, NULL);
	is_int(s.taken, 5, "an item larger than the budget goes alone");
}

static void the_first_failure_in_order_wins(void)
{
	struct sum s = { .limit = 1000, .fail_at = 77, .stop_at = -1 };
	struct spur_error err;

	is_int(run(&s, 4, 1000, &err), SPUR_EFORMAT, "the failure is returned");
	is_str(err.text, "item 77", "with its text");
	is_int(s.taken, 77, "what came before it was taken");
	is_int(s.dropped, s.made, "all items are dropped");
}

static void a_sink_can_stop(void)
{
	struct sum s = { .limit = 1000, .fail_at = -1, .stop_at = 10 };

	is_int(run(&s, 2, 1000, NULL), SPUR_OK, "enough is no failure");
	is_int(s.taken, 10, "nothing is taken after it");
	is_int(s.dropped, s.made, "all items are dropped");
}

static void cancel_ends_it(void)
{
	struct sum s = { .limit = 1000, .fail_at = -1, .stop_at = -1, .ordered = true };
	struct spur_pmap m = base;
	struct spur_task t = { 0 };

	m.state = &s;
	spur_task_cancel(&t);
	is_int(spur_pmap_run(&m, 2, 1000, &t, NULL), SPUR_ECANCELLED, "a cancelled map says so");
	is_int(s.dropped, s.made, "all items are dropped");
}

int main(void)
{
	results_come_in_order(1);
	results_come_in_order(4);
	the_budget_holds();
	the_first_failure_in_order_wins();
	a_sink_can_stop();
	cancel_ends_it();
	return tap_done();
}
