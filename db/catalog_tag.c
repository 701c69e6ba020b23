#include "config.h"

#include "db/catalog.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "db/statement.h"

static enum spur_status is_set(struct spur_db *db, int64_t segment, const char *tag, bool *out, struct spur_error *err)
{
	int64_t on = 0;
	enum spur_status st = spur_db_scalar(db, "SELECT is_set FROM segment_tag WHERE segment_id = ?1 AND tag = ?2 "
					     "ORDER BY id DESC LIMIT 1", SPUR_BIND(SPUR_INT(segment), SPUR_TEXT(tag)), &on, err);

	*out = on != 0;
	return st == SPUR_ENOTFOUND ? SPUR_OK : st;
}

static enum spur_status set_in(struct spur_db *db, const struct spur_db_act *act, int64_t segment, const char *tag,
			       bool on, bool *changed, struct spur_error *err)
{
	struct spur_buf detail = { 0 };
	struct spur_json j = { .out = &detail };
	char *subject = spur_strfmt("segment:%" PRId64, segment);
	bool was = false;
	int64_t seq = 0;
	enum spur_status st = is_set(db, segment, tag, &was, err);

	*changed = was != on;
	if (st >= 0 && *changed) {
		spur_json_begin(&j, NULL, '{');
		spur_json_text(&j, "tag", tag);
		spur_json_end(&j, '}');
		st = spur_db_audit_add(db, act, on ? "tag.set" : "tag.unset", subject, spur_buf_text(&detail), &seq, err);
		if (st >= 0)
			st = spur_db_run(db, "INSERT INTO segment_tag (segment_id, tag, is_set, who, key, at_ns, audit_seq) "
					 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
					 SPUR_BIND(SPUR_INT(segment), SPUR_TEXT(tag), SPUR_INT(on), SPUR_TEXT(act->who),
						   SPUR_TEXT(act->key), SPUR_INT(act->now_ns), SPUR_INT(seq)), err);
	}
	spur_buf_finish(&detail);
	free(subject);
	return st;
}

enum spur_status spur_db_tag(struct spur_db *db, const struct spur_db_act *act, int64_t segment, const char *tag,
			     bool on, bool *changed, struct spur_error *err)
{
	bool ignored;
	enum spur_status st;

	/* Lists of tags are separated by spaces, and a line is one line. */
	if (tag[0] == '\0' || strpbrk(tag, " \t\n,") != NULL)
		return spur_fail(err, SPUR_EINVAL, "'%s' is no tag: one word without spaces and commas", tag);
	if ((st = spur_db_begin(db, err)) < 0)
		return st;
	return spur_db_end(db, set_in(db, act, segment, tag, on, changed == NULL ? &ignored : changed, err), err);
}
