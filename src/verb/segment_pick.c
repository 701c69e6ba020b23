#include "config.h"

#include "verb/segment_pick.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define RANGE_MAX 100000	/* ids in one 3-7 */

void spur_segment_filter(const struct spur_args *args, struct spur_db_segment_filter *f)
{
	*f = (struct spur_db_segment_filter){
		.drive = spur_args_text(args, "drive", NULL), .label = spur_args_text(args, "label", NULL),
		.tag = spur_args_text(args, "tag", NULL), .author = spur_args_text(args, "author", NULL),
	};
	spur_db_state_parse(spur_args_text(args, "state", "any"), &f->state);
}

/* Rows of one list moved behind those of another; their texts are copied. */
static void append(struct spur_db_segment_list *to, const struct spur_db_segment_list *from)
{
	for (size_t i = 0; i < from->count; i++) {
		struct spur_db_segment s = from->rows[i];
		const char **texts[] = { &s.uid, &s.drive, &s.label, &s.query, &s.evidence, &s.author, &s.author_key, &s.tags,
					&s.reviewer, &s.note };

		for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++)
			*texts[t] = spur_arena_str(to->arena, *texts[t]);
		to->rows = spur_realloc(to->rows, to->count + 1, sizeof(*to->rows));
		to->rows[to->count++] = s;
	}
}

static enum spur_status pick_one(struct spur_db *db, const char *ref, struct spur_db_segment_list *out,
				 struct spur_error *err)
{
	struct spur_db_segment_list one;
	enum spur_status st = spur_db_segment_find(db, ref, &one, err);

	if (st >= 0)
		append(out, &one);
	spur_db_segment_list_finish(&one);
	return st;
}

static bool parse_range(const char *word, int64_t *from, int64_t *to)
{
	char *end;

	*from = strtoll(word, &end, 10);
	if (end == word || *end != '-' || end[1] < '0' || end[1] > '9')
		return false;
	*to = strtoll(end + 1, &end, 10);
	return *end == '\0';
}

static enum spur_status pick_word(struct spur_db *db, const char *word, struct spur_db_segment_list *out,
				  struct spur_error *err)
{
	int64_t from, to;
	enum spur_status st = SPUR_OK;

	if (!parse_range(word, &from, &to))
		return pick_one(db, word, out, err);
	if (to < from || to - from >= RANGE_MAX)
		return spur_fail(err, SPUR_EINVAL, "'%s' is no range of ids", word);
	for (int64_t id = from; st >= 0 && id <= to; id++) {
		char *ref = spur_strfmt("%" PRId64, id);

		st = pick_one(db, ref, out, err);
		free(ref);
	}
	return st;
}

enum spur_status spur_segment_pick(struct spur_db *db, const struct spur_args *args, size_t from,
				   struct spur_db_segment_list *out, struct spur_error *err)
{
	struct spur_db_segment_filter f;
	enum spur_status st = SPUR_OK;

	*out = (struct spur_db_segment_list){ 0 };
	if (spur_args_has(args, "all") == (args->npos > from))
		return spur_fail(err, SPUR_EINVAL, "say which segments: their ids, or --all with filters");
	if (spur_args_has(args, "all")) {
		spur_segment_filter(args, &f);
		f.limit = SIZE_MAX;
		if ((st = spur_db_segment_list(db, &f, out, err)) >= 0 && out->count == 0)
			st = spur_fail(err, SPUR_ENOTFOUND, "no segment fits these filters");
		return st;
	}
	out->arena = spur_arena_create(0);
	for (size_t i = from; st >= 0 && i < args->npos; i++)
		st = pick_word(db, args->pos[i], out, err);
	return st;
}

void spur_segment_emit(const struct spur_db_segment *s, struct spur_emit *emit)
{
	spur_emit_row(emit, "segment");
	spur_emit_int(emit, "id", s->id);
	spur_emit_text(emit, "drive", s->drive);
	spur_emit_text(emit, "label", s->label);
	spur_emit_span(emit, "from_ns", s->begin_ns - s->drive_begin_ns);
	spur_emit_span(emit, "length_ns", s->end_ns - s->begin_ns);
	spur_emit_f64(emit, "score", round(s->score * 1e6) / 1e6);
	spur_emit_text(emit, "state", spur_db_state_name(s->state));
	spur_emit_text(emit, "tags", s->tags);
	spur_emit_text(emit, "author", s->author);
	spur_emit_detail(emit);
	spur_emit_text(emit, "uid", s->uid);
	spur_emit_time(emit, "begin_ns", s->begin_ns);
	spur_emit_time(emit, "end_ns", s->end_ns);
	spur_emit_text(emit, "query", s->query);
	spur_emit_text(emit, "evidence", s->evidence);
	spur_emit_text(emit, "author_key", s->author_key);
	spur_emit_text(emit, "reviewer", s->reviewer);
	spur_emit_text(emit, "note", s->note);
	if (s->replaced_by != 0)
		spur_emit_int(emit, "replaced_by", s->replaced_by);
	if (s->replaces != 0)
		spur_emit_int(emit, "replaces", s->replaces);
	spur_emit_time(emit, "at_ns", s->at_ns);
	spur_emit_end(emit);
}
