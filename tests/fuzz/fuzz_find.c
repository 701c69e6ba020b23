#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query/find.h"
#include "tests/fuzz/drive.h"
#include "tests/fuzz/told.h"

/*
 * A query over recordings: where it holds, with what score and evidence, and its values. Parts: begin, end, step,
 * max gap, gap, minimum (ms) and memory (KiB) as numbers with blanks between; the query.
 */
struct said {
	size_t count;
	uint64_t points;
	char last[40];
	unsigned again;
};

static enum spur_status candidate(void *state, const struct spur_candidate *c, struct spur_error *err)
{
	struct said *s = state;

	(void)err;
	fuzz_check(c->begin_ns < c->end_ns);
	fuzz_tell("%" PRId64 " to %" PRId64, c->begin_ns - FUZZ_DRIVE_NS, c->end_ns - FUZZ_DRIVE_NS);
	fuzz_tell_number(", score", c->score);
	for (size_t i = 0; i < c->evidence_count; i++) {
		const struct spur_evidence *e = &c->evidence[i];

		fuzz_tell_text("evidence", e->name);
		fuzz_tell_text("in", e->unit);
		fuzz_tell_number("min", e->min);
		fuzz_tell_number("max", e->max);
		fuzz_tell_number("mean", e->mean);
		fuzz_tell("of %zu\n", e->n);
	}
	return ++s->count < 50 ? SPUR_OK : SPUR_END;
}

/* Equal points in a row are told once. */
static enum spur_status values(void *state, spur_ns begin_ns, spur_ns step_ns, size_t rows, const double *v, struct spur_error *err)
{
	struct said *s = state;

	(void)err;
	if (s->points == 0)
		fuzz_tell("values from %" PRId64 ", step %" PRId64 "\n", begin_ns - FUZZ_DRIVE_NS, step_ns);
	for (size_t i = 0; i < rows; i++) {
		char now[40];

		snprintf(now, sizeof(now), "%.6g", v[i] != v[i] ? (double)NAN : v[i]);
		if (strcmp(now, s->last) != 0)
			fuzz_tell("x%u\n%s ", s->again + 1, now);
		s->again = strcmp(now, s->last) == 0 ? s->again + 1 : 0;
		snprintf(s->last, sizeof(s->last), "%s", now);
	}
	s->points += rows;
	return SPUR_OK;
}

static void ask(const struct spur_query *q, const struct spur_find_opts *o)
{
	const struct spur_timeline_member members[] = {
		{ .path = fuzz_drive_path(FUZZ_DRIVE_ONE) },
		{ .path = fuzz_drive_path(FUZZ_DRIVE_TWO), .name = "rig", .clock = { .offset_ns = 40000000 } },
	};
	struct said said = { 0 };
	struct spur_timeline *tl = NULL;
	struct spur_error err;
	enum spur_status st;

	fuzz_check(spur_timeline_open(members, 2, NULL, &tl, &err) >= 0);
	st = spur_query_find(q, tl, o, candidate, &said, NULL, &err);
	fuzz_check_status(st, &err);
	fuzz_tell_status("find", st, &err);
	st = spur_query_values(q, tl, o, values, &said, NULL, &err);
	fuzz_check_status(st, &err);
	fuzz_tell("x%u, %" PRIu64 " points\n", said.again + 1, said.points);
	fuzz_tell_status("values", st, &err);
	spur_timeline_close(tl);
}

/* Within an hour, and at most some thousand points. */
static struct spur_find_opts options(const char *text)
{
	long long n[7] = { 0 };
	struct spur_find_opts o;

	if (sscanf(text, "%lld %lld %lld %lld %lld %lld %lld", &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6]) < 1)
		n[0] = 0;
	for (int i = 0; i < 7; i++)
		n[i] = n[i] < -3600000 ? -3600000 : n[i] > 3600000 ? 3600000 : n[i];
	o = (struct spur_find_opts){ .step_ns = n[2] * 1000000, .max_gap_ns = n[3] * 1000000, .gap_ns = n[4] * 1000000,
				     .min_ns = n[5] * 1000000, .mem_bytes = n[6] < 0 ? 0 : (uint64_t)n[6] << 10 };
	if (n[1] > n[0]) {
		o.begin_ns = FUZZ_DRIVE_NS + n[0] * 1000000;
		o.end_ns = FUZZ_DRIVE_NS + (n[1] < n[0] + 15000 ? n[1] : n[0] + 15000) * 1000000;
	}
	return o;
}

static void run(const uint8_t *data, size_t len)
{
	struct spur_query *q = NULL;
	struct spur_find_opts o;
	struct spur_error err;
	struct fuzz_in in;

	fuzz_in_init(&in, data, len);
	o = options(fuzz_in_text(&in));
	if (spur_query_parse(fuzz_in_text(&in), &q, &err) >= 0)
		ask(q, &o);
	spur_query_destroy(q);
	fuzz_in_finish(&in);
}

static void seeds(void)
{
	static const char *const texts[][2] = {
		{ "", "speed > 50" }, { "", "speed > 10[m/s] score speed" }, { "", "speed > 10[m/s] for 1s score -speed" }, { "0 0 20", "p > 3[bar] and mode == 2" },
		{ "0 0 0 100", "p > 1" }, { "0 0 0 0 300", "a:a > 1" }, { "0 0 0 0 0 400", "one:a > 1" }, { "0 0 0 0 200 300", "one:a > 1 and rig:a < 60" },
		{ "1000 4000", "level > 300[K]" }, { "1003 4007 10", "level < 15 score level[K]" }, { "-500 400 50", "speed >= 0" }, { "9000 15000 100 250", "rig:p > 0" },
		{ "", "gear == \"D\"" }, { "0 0 100", "gear != \"D\" score speed[km/h]" }, { "", "gear == 'R' within 1s of speed > 100" }, { "", "gear == 4" },
		{ "0 0 10 0 0 0 40", "speed > 30 and gear == 'P' and p < 9" }, { "0 0 7 60 0 0 60", "deriv(speed, 0.2s) > 0 score max(p, level)" },
		{ "", "deriv(speed)" }, { "0 0 25", "mean(p[kPa], 0.5s)" }, { "0 0 50", "if(gear == 'D', speed, level)" }, { "0 0 200", "p[MPa] + level[K]" },
		{ "", "a > 1" }, { "", "nosuch > 1" }, { "", "spee > 1" }, { "", "gear > 1 and gear == 'D'" }, { "", "speed > 1[bar] and speed[bar] > 2" }, { "", "mode[km/h] > 1" },
		{ "3 2", "2:mode == 1" }, { "", "3:mode == 1" }, { "", "two:mode == 1 or two.mf4:mode == 3" }, { "", "valid(p) and not valid(rig:mode)" },
		{ "0 0 1", "mean(speed, 3500s) > 1" }, { "5000 5001 10", "speed > 0" }, { "5000 5010 10", "speed > 0 or speed <= 0" }, { "", "speed > 1000" },
		{ "0 0 10 0 100 100", "speed" }, { "0 0 0 3000", "hold(p, 2s) > 3" }, { "", "rising(speed > 60) or falling(speed > 60)" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *text = spur_strfmt("%s%s%s", texts[i][0], FUZZ_CUT, texts[i][1]);

		fuzz_seed_text(text);
		free(text);
	}
}

static const char *const words[] = { FUZZ_CUT, "speed", "p", "mode", "one:a", "rig:a", "level", "gear == 'D'", " > ", " < ", " and ", " or ", " score ", " for 0.5s",
				     " gap 0.2s", "[km/h]", "[m/s]", "[K]", "[bar]", "0 0 50 ", "1000 3000 ", NULL };

const struct fuzz_target fuzz_target = { .name = "find", .max_len = 2u << 10, .parts = 2, .run = run, .seeds = seeds, .words = words, .told = 800 };
