#include "config.h"

#include "format/mdf4/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "format/mdf4/block.h"

/* Deep validation: the tree, the checksums of attachments, and a reading of all data. */

void mdf_found(struct mdf_checking *c, enum spur_severity severity, uint64_t offset, const char *fmt, ...)
{
	struct spur_buf b = { 0 };
	struct spur_finding f = { .severity = severity, .offset = offset };
	va_list ap;

	if (c->st != SPUR_OK)
		return;
	va_start(ap, fmt);
	spur_buf_addv(&b, fmt, ap);
	va_end(ap);
	f.what = spur_buf_text(&b);
	c->st = c->to->found(c->to->state, &f, NULL);
	spur_buf_finish(&b);
}

static void check_unfinished(struct mdf_checking *c)
{
	if (c->r->unfinished != 0)
		mdf_found(c, SPUR_WARNING, 60, "the file was not finalised (flags %#x); what is missing is repaired while reading",
			  c->r->unfinished);
	if (c->r->custom_unfinished != 0)
		mdf_found(c, SPUR_WARNING, 62, "steps of the writer's own are left (flags %#x)", c->r->custom_unfinished);
}

/* Embedded attachments: their place, size and MD5, which is that of the unpacked bytes. */
static void check_attachments(struct mdf_checking *c, struct spur_error *err)
{
	for (size_t i = 0; i < c->r->d.attachment_count && c->st == SPUR_OK; i++) {
		const struct spur_attachment *a = &c->r->attachments[i];
		struct spur_error why;
		enum spur_status st;

		if (a->offset == 0)
			continue;
		st = mdf_attachment(c->r, i, NULL, NULL, c->task, &why);
		if (st == SPUR_ECANCELLED || st == SPUR_EIO) {	/* neither says anything of the file */
			c->st = st;
			if (err != NULL)
				*err = why;
		} else if (st < 0) {
			mdf_found(c, st == SPUR_EFORMAT ? SPUR_DEFECT : SPUR_NOTE, a->offset, "%s", why.text);
		}
	}
}

struct reading {
	struct mdf_checking *c;
	double *last;		/* master of the last row, by group */
	uint64_t *rows;
	bool *told;
};

static enum spur_status take(void *state, uint32_t group, const uint32_t *ids, struct spur_columns *batch,
			     struct spur_error *err)
{
	struct reading *g = state;

	(void)ids;
	(void)err;
	for (size_t i = 0; batch->master != NULL && i < batch->rows; i++) {
		if ((g->rows[group] > 0 || i > 0) && !(batch->master[i] >= g->last[group]) && !g->told[group]) {
			mdf_found(g->c, SPUR_WARNING, g->c->r->groups[group].at, "channel group %" PRIu32
				  ": the master goes back at row %" PRIu64 ", from %.17g to %.17g", group, g->rows[group] + i,
				  g->last[group], batch->master[i]);
			g->told[group] = true;
		}
		g->last[group] = batch->master[i];
	}
	g->rows[group] += batch->rows;
	return g->c->st;
}

static void check_data(struct mdf_checking *c, struct spur_error *err)
{
	size_t groups = c->r->group_count + 1;
	struct reading g = { .c = c };
	struct spur_sink sink = { .state = &g, .columns = take };
	uint32_t *ids = spur_calloc(c->r->channel_count, sizeof(*ids));
	struct spur_scan want = { .signals = ids, .begin_ns = SPUR_NS_MIN, .end_ns = SPUR_NS_MAX };
	enum spur_status st = SPUR_OK;

	g.last = spur_calloc(groups, sizeof(*g.last));
	g.rows = spur_calloc(groups, sizeof(*g.rows));
	g.told = spur_calloc(groups, sizeof(*g.told));
	for (uint32_t i = 0; i < c->r->channel_count; i++) {
		if (!c->r->signals[i].refused)
			ids[want.signal_count++] = i;
		else
			mdf_found(c, SPUR_NOTE, c->r->channels[i].at, "channel '%s' is not read: %s", c->r->signals[i].name,
				  c->r->signals[i].refusal);
	}
	if (c->st == SPUR_OK && want.signal_count > 0)
		st = mdf_scan(c->r, &want, &sink, c->task, err);
	if (c->st == SPUR_OK && st < 0)
		c->st = st;
	free(g.last);
	free(g.rows);
	free(g.told);
	free(ids);
}

enum spur_status mdf_check(struct spur_reader *r, const struct spur_findings *to, struct spur_task *task,
			   struct spur_error *err)
{
	struct mdf_checking c = { .r = r, .to = to, .task = task };

	check_unfinished(&c);
	if (r->version >= 400) {	/* the tree of MDF 3 was walked by open, which listed what is wrong */
		mdf_check_blocks(&c);
		mdf_check_rules(&c);
		check_attachments(&c, err);
	}
	if (c.st == SPUR_OK)
		check_data(&c, err);
	for (size_t i = 0; i < r->flaw_count; i++)
		mdf_found(&c, SPUR_WARNING, r->flaws[i].offset, "%s", r->flaws[i].reason);
	for (size_t i = 0; i < r->d.damage_count; i++)
		mdf_found(&c, SPUR_DEFECT, r->damage[i].offset, "%s", r->damage[i].reason);
	if (c.st == SPUR_ECANCELLED)
		return spur_fail(err, SPUR_ECANCELLED, "cancelled");
	return c.st == SPUR_END ? SPUR_OK : c.st;
}
