#include "config.h"

#include "format/mcap/rewrite.h"

/* Everything that can be read into a new file: messages in file order, attachments, metadata, channels. */
enum spur_status mcap_recover(struct spur_reader *r, const char *path, const struct spur_rewriting *how,
			      struct spur_recovery *got, struct spur_task *task, struct spur_error *err)
{
	struct spur_scan all = { .all_streams = true, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX };
	struct spur_mcap_writer_opts opts = { .profile = r->profile };
	struct mcap_rewrite w = { .r = r };
	enum spur_status st;

	*got = (struct spur_recovery){ 0 };
	if ((st = mcap_rewrite_packing(r, how, &opts.compression, err)) < 0 || (st = spur_mcap_writer_create(path, &opts, &w.w, err)) < 0)
		return st;
	if ((st = mcap_rewrite_channels(&w, err)) >= 0 && (st = mcap_rewrite_scan(&w, &all, task, err)) >= 0)
		st = mcap_rewrite_rest(&w, &got->attachments_kept, err);
	st = mcap_rewrite_finish(&w, path, st, task, err);
	got->messages_kept = w.tally.messages;
	got->bytes_lost = r->bytes_lost;
	return st;
}
