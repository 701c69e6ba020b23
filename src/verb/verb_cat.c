#include "config.h"

#include "verb/bus_profile.h"
#include "verb/cat.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "verb/file.h"

bool cat_fits(struct spur_match *const *any, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (spur_match_test(any[i], name))
			return true;
	}
	return count == 0;
}

enum spur_status cat_times(const struct spur_args *args, const struct spur_description *d, struct spur_source *s,
			   struct cat_want *want, struct spur_task *task, struct spur_error *err)
{
	const char *option;
	spur_ns begin = d->has_time ? d->begin_ns : 0, end = d->has_time ? d->end_ns : 0, first, last;
	enum spur_status st = SPUR_OK;

	want->begin_ns = SPUR_NS_MIN;
	want->end_ns = SPUR_NS_MAX;
	if (spur_file_span_from_end(args, &option) != NULL && !(d->has_time && d->end_known)) {
		if ((st = spur_source_span(s, &first, &last, task, err)) < 0)
			return st;
		end = last + 1;
	}
	return spur_file_span(args, begin, end, &want->begin_ns, &want->end_ns, err);
}

static enum spur_status take_matches(const struct spur_args *args, const char *option, struct spur_match ***out, size_t *count,
				     struct spur_error *err)
{
	const char *pattern;

	for (size_t i = 0; (pattern = spur_args_nth(args, option, i)) != NULL; i++) {
		enum spur_status st;

		*out = spur_realloc(*out, i + 1, sizeof(**out));
		if ((st = spur_match_create(pattern, &(*out)[i], err)) < 0)
			return st;
		*count = i + 1;
	}
	return SPUR_OK;
}

static void free_matches(struct spur_match **m, size_t count)
{
	for (size_t i = 0; i < count; i++)
		spur_match_destroy(m[i]);
	free(m);
}

static enum spur_exit show(struct spur_ctx *ctx, const struct spur_args *args, struct cat_want *want, struct spur_emit *emit,
			   struct spur_error *err)
{
	struct spur_source_opts opts = { .mem_bytes = ctx->mem_bytes, .threads = ctx->threads,
					 .payloads = spur_args_has(args, "payloads") };
	struct spur_bus_choice bus;
	struct spur_source *s = NULL;
	enum spur_status st;
	enum spur_exit rc;

	spur_bus_choose(ctx, args, args->pos[0], &bus, emit);
	opts.dbc = bus.dbc;
	opts.keep_unavailable = bus.keep_unavailable;
	st = spur_source_open(args->pos[0], &opts, &s, err);
	if (st >= 0)
		st = cat_times(args, spur_source_describe(s), s, want, ctx->task, err);
	if (st < 0)
		rc = spur_exit_of(st);
	else if (spur_source_describe(s)->stream_count > 0 && want->signal_count == 0 && !want->csv)
		rc = cat_messages(ctx, s, want, emit, err);
	else
		rc = cat_signals(ctx, s, want, emit, err);
	spur_source_close(s);
	spur_bus_choice_finish(&bus);
	return rc;
}

static enum spur_exit run(struct spur_ctx *ctx, const struct spur_args *args, struct spur_emit *emit, struct spur_error *err)
{
	struct cat_want want = { .csv = spur_args_has(args, "csv") };
	long long limit = spur_args_int(args, "per-channel", 0);
	enum spur_exit rc = SPUR_EXIT_USAGE;

	if (strcmp(spur_args_text(args, "order", "file"), "time") == 0)
		want.order = SPUR_ORDER_TIME;
	if (limit < 0) {
		spur_fail(err, SPUR_EINVAL, "--per-channel %lld: a number of messages is wanted", limit);
		return SPUR_EXIT_USAGE;
	}
	want.per_channel = (uint64_t)limit;
	if (take_matches(args, "topic", &want.topics, &want.topic_count, err) >= 0 &&
	    take_matches(args, "signal", &want.signals, &want.signal_count, err) >= 0)
		rc = show(ctx, args, &want, emit, err);
	free_matches(want.topics, want.topic_count);
	free_matches(want.signals, want.signal_count);
	return rc;
}

/* clang-format off */
static const struct spur_opt opts[] = {
	{ "topic", 't', SPUR_OPT_TEXT, "TOPIC", "messages of this topic (glob, /regex/, ~fuzzy)", true },
	{ "signal", 's', SPUR_OPT_TEXT, "SIGNAL", "rows of this signal (glob, /regex/, ~fuzzy)", true },
	{ "from", 0, SPUR_OPT_TIME, "T", "begin there", false },
	{ "to", 0, SPUR_OPT_TIME, "T", "end before that", false },
	{ "order", 0, SPUR_OPT_CHOICE, "time|file", "order of messages (file)", false },
	{ "per-channel", 0, SPUR_OPT_INT, "N", "the first N of each channel or table only", false },
	{ "dbc", 0, SPUR_OPT_PATH, "[N=]FILE", "decode CAN frames by this database (of channel N)", true },
	SPUR_BUS_NO_PROFILE,
	{ "payloads", 0, SPUR_OPT_FLAG, NULL, "whole payloads of ISO-TP and J1939 transfers too", false },
	{ "keep-unavailable", 0, SPUR_OPT_FLAG, NULL, "J1939 values that say 'not available' as values", false },
	{ "csv", 0, SPUR_OPT_FLAG, NULL, "comma separated values, a column per signal", false },
	{ 0 }
};
/* clang-format on */

const struct spur_verb spur_verb_cat = {
	.name = "cat",
	.synopsis = "FILE",
	.summary = "print decoded messages, or rows of signals",
	.section = "Files",
	.opts = opts,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
