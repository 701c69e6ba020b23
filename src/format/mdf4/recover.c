#include "config.h"

#include "format/mdf4/rewrite.h"

/* recover(): everything readable into a new file, which is then read back. */

static void count_lost(const struct spur_reader *r, struct spur_recovery *got)
{
	for (size_t i = 0; i < r->d.damage_count; i++) {
		got->bytes_lost += r->damage[i].length;
		got->places_lost += r->damage[i].length == 0;
	}
}

enum spur_status mdf_recover(struct spur_reader *r, const char *path, const struct spur_rewriting *how,
			     struct spur_recovery *got, struct spur_task *task, struct spur_error *err)
{
	static const struct spur_rewriting plain = { .packing = SPUR_PACKING_NONE };
	struct mdf_new_file file;
	struct mdf_rewrite w;
	enum spur_status st;

	*got = (struct spur_recovery){ 0 };
	if (r->version < 400)
		return spur_fail(err, SPUR_EUNSUPPORTED, "recover writes MDF 4 files of MDF 4 files; this is MDF %u.%02u: use spur "
				 "convert", r->version / 100u, r->version % 100u);
	mdf_rewrite_how(&file, how == NULL ? &plain : how, r, task);
	mdf_rewrite_begin(&w, r, &file);
	if ((st = mdf_new_file_begin(&file, path, &w, 1, err)) < 0 || (st = mdf_rewrite_losses(&w, err)) < 0 ||
	    (st = mdf_rewrite_scan(&w, NULL, SPUR_NS_MIN, SPUR_NS_MAX, err)) < 0 || (st = mdf_rewrite_lists(&w, err)) < 0 ||
	    (st = mdf_rewrite_tree(&w, 1, err)) < 0)
		goto out;
	st = spur_out_commit(file.out, err);
	file.out = NULL;
	for (size_t i = 0; i < r->group_count; i++)
		got->rows_kept += w.groups[i].rows;
	count_lost(r, got);
	got->attachments_kept = r->d.attachment_count;
	if (st == SPUR_OK)
		st = mdf_rewrite_verify(path, &w, 1, got->rows_kept, task, err);
out:
	mdf_rewrite_end(&w);
	mdf_new_file_end(&file);
	return st;
}
