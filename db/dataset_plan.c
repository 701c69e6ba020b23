#include "config.h"

#include "db/dataset_plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "db/dataset_split.h"
#include "db/statement.h"
#include "sync/bus_role.h"

/* ---- Merkle ---- */

static void hash_node(unsigned char lead, const void *a, size_t a_len, const void *b, size_t b_len,
		      unsigned char out[SPUR_SHA256_BYTES])
{
	struct spur_sha256 *h = spur_sha256_create();

	spur_sha256_add(h, &lead, 1);
	spur_sha256_add(h, a, a_len);
	spur_sha256_add(h, b, b_len);
	spur_sha256_end(h, out);
}

/* RFC 6962 splits at the largest power of two below n; joining neighbours level by level and moving
 * a lone last node up gives the same tree. */
void spur_merkle_root(const char *const *lines, size_t count, char out[SPUR_SHA256_HEX])
{
	unsigned char(*level)[SPUR_SHA256_BYTES] = spur_calloc(count, sizeof(*level));	/* one at least */

	for (size_t i = 0; i < count; i++)
		hash_node(0, lines[i], strlen(lines[i]), "", 0, level[i]);
	if (count == 0)
		spur_sha256_of("", 0, level[0]);
	for (size_t n = count; n > 1; n = (n + 1) / 2) {
		for (size_t i = 0; i < n / 2; i++)
			hash_node(1, level[2 * i], SPUR_SHA256_BYTES, level[2 * i + 1], SPUR_SHA256_BYTES, level[i]);
		if (n % 2 == 1)
			memcpy(level[n / 2], level[n - 1], SPUR_SHA256_BYTES);
	}
	spur_hex(level[0], SPUR_SHA256_BYTES, out);
	free(level);
}

/* ---- what is in it ---- */

static bool label_wanted(const struct spur_db_freeze *f, const char *label)
{
	if (f->labels == NULL)
		return true;
	for (const char *const *l = f->labels; *l != NULL; l++) {
		if (strcmp(*l, label) == 0)
			return true;
	}
	return false;
}

static enum spur_status read_segments(struct spur_db *db, const struct spur_db_freeze *f, struct spur_plan *p,
				      struct spur_error *err)
{
	struct spur_db_segment_filter filter = f->filter;
	size_t kept = 0;
	enum spur_status st;

	filter.state = SPUR_DB_APPROVED;
	filter.limit = SIZE_MAX;
	if ((st = spur_db_segment_list(db, &filter, &p->segments, err)) < 0)
		return st;
	for (size_t i = 0; i < p->segments.count; i++) {
		if (label_wanted(f, p->segments.rows[i].label))
			p->segments.rows[kept++] = p->segments.rows[i];
	}
	p->segments.count = kept;
	if (kept == 0)
		return spur_fail(err, SPUR_ENOTFOUND, "no approved segment fits; see spur segments --state approved");
	return SPUR_OK;
}

static int by_drive_id(const void *a, const void *b)
{
	const struct spur_plan_drive *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int by_hash(const void *a, const void *b)
{
	const struct spur_db_source *x = a, *y = b;

	return strcmp(x->sha256, y->sha256) != 0 ? strcmp(x->sha256, y->sha256) : strcmp(x->role, y->role);
}

static void write_source(struct spur_json *j, const struct spur_db_source *s, const struct spur_db_clock *c,
			 const char *reference)
{
	spur_json_begin(j, NULL, '{');
	spur_json_begin(j, "clock", '{');
	spur_json_int(j, "drift_ppb", c->clock.drift_ppb);
	spur_json_int(j, "offset_ns", c->clock.offset_ns);
	spur_json_int(j, "ref_ns", c->clock.ref_ns);
	spur_json_end(j, '}');
	spur_json_text(j, "reference", reference);
	spur_json_text(j, "role", s->role);
	spur_json_text(j, "sha256", s->sha256);
	spur_json_end(j, '}');
}

static const char *reference_of(const struct spur_db_source_list *l, int64_t reference)
{
	for (size_t i = 0; i < l->count; i++) {
		if (l->rows[i].id == reference)
			return l->rows[i].sha256;
	}
	return "";
}

static bool has_database(const struct spur_db_source_list *l, const char *sha256, const char *role)
{
	for (size_t i = 0; i < l->count; i++) {
		if (strcmp(l->rows[i].sha256, sha256) == 0 && (strcmp(l->rows[i].role, "dbc") == 0 || strcmp(l->rows[i].role, role) == 0))
			return true;
	}
	return false;
}

/* What the profiles of today add: the version decodes by them for ever. */
static enum spur_status add_profiles(struct spur_db *db, int64_t drive, struct spur_db_source_list *l, struct spur_error *err)
{
	struct spur_db_profile_list p;
	struct spur_bus_role role = { 0 };
	char word[SPUR_BUS_ROLE_TEXT];
	enum spur_status st = spur_db_profile_of_drive(db, drive, &p, err);

	for (size_t i = 0; i < p.count; i++) {
		for (size_t k = 0; k < p.rows[i].database_count; k++) {
			const struct spur_db_profile_database *d = &p.rows[i].databases[k];

			role = (struct spur_bus_role){ role.place + 1, d->channel, p.rows[i].keep_unavailable };
			spur_bus_role_write(&role, word);
			if (has_database(l, d->sha256, word))
				continue;
			l->rows = spur_rows_add(l->rows, &l->count, sizeof(*l->rows));
			l->rows[l->count - 1] = (struct spur_db_source){
				.drive_id = drive, .path = spur_arena_str(l->arena, d->name), .format = "dbc",
				.role = spur_arena_str(l->arena, word), .sha256 = spur_arena_str(l->arena, d->sha256),
				.size_bytes = d->size_bytes };
		}
	}
	spur_db_profile_list_finish(&p);
	return st;
}

static enum spur_status read_drive(struct spur_db *db, struct spur_plan_drive *d, struct spur_error *err)
{
	struct spur_db_drive_list row = { 0 };
	struct spur_buf json = { 0 }, key = { 0 };
	struct spur_json j = { .out = &json };
	char ref[24];
	enum spur_status st;

	snprintf(ref, sizeof(ref), "%" PRId64, d->id);
	if ((st = spur_db_drive_find(db, ref, &row, err)) < 0 ||
	    (st = spur_db_source_list(db, d->id, 0, 0, &d->sources, err)) < 0 ||
	    (st = add_profiles(db, d->id, &d->sources, err)) < 0)
		goto out;
	qsort(d->sources.rows, d->sources.count, sizeof(*d->sources.rows), by_hash);
	spur_json_begin(&j, NULL, '[');
	for (size_t i = 0; st >= 0 && i < d->sources.count; i++) {
		const struct spur_db_source *s = &d->sources.rows[i];
		struct spur_db_clock c;

		if ((st = spur_db_clock_get(db, s->id, &c, err)) >= 0)
			write_source(&j, s, &c, reference_of(&d->sources, row.rows[0].reference));
		if (strcmp(s->role, "log") == 0)
			spur_buf_adds(&key, s->sha256);
	}
	spur_json_end(&j, ']');
	d->key = spur_buf_steal(&key);
	d->sources_json = spur_buf_steal(&json);
out:
	spur_db_drive_list_finish(&row);
	spur_buf_finish(&json);
	spur_buf_finish(&key);
	return st;
}

static void collect_drives(struct spur_plan *p)
{
	p->drives = spur_calloc(p->segments.count, sizeof(*p->drives));
	for (size_t i = 0; i < p->segments.count; i++)
		p->drives[i].id = p->segments.rows[i].drive_id;
	qsort(p->drives, p->segments.count, sizeof(*p->drives), by_drive_id);
	for (size_t i = 0; i < p->segments.count; i++) {
		if (p->drive_count == 0 || p->drives[p->drive_count - 1].id != p->drives[i].id)
			p->drives[p->drive_count++].id = p->drives[i].id;
	}
}

static void collect_classes(struct spur_plan *p)
{
	size_t n = p->segments.count;

	p->classes = spur_calloc(n, sizeof(*p->classes));
	for (size_t i = 0; i < n; i++)
		p->classes[i] = p->segments.rows[i].label;
	qsort(p->classes, n, sizeof(*p->classes), by_text);
	for (size_t i = 0; i < n; i++) {
		if (p->class_count == 0 || strcmp(p->classes[p->class_count - 1], p->classes[i]) != 0)
			p->classes[p->class_count++] = p->classes[i];
	}
}

static void collect_items(struct spur_plan *p)
{
	p->items = spur_calloc(p->segments.count, sizeof(*p->items));
	for (size_t i = 0; i < p->drive_count; i++)
		p->drives[i].classes = spur_calloc(p->class_count, sizeof(uint32_t));
	for (size_t i = 0; i < p->segments.count; i++) {
		struct spur_plan_item *item = &p->items[p->item_count++];
		struct spur_plan_drive at = { .id = p->segments.rows[i].drive_id };
		const struct spur_plan_drive *d = bsearch(&at, p->drives, p->drive_count, sizeof(at), by_drive_id);
		const char **class = bsearch(&p->segments.rows[i].label, p->classes, p->class_count, sizeof(*p->classes),
					     by_text);

		item->segment = &p->segments.rows[i];
		item->drive = (size_t)(d - p->drives);
		item->class = (size_t)(class - p->classes);
		p->drives[item->drive].classes[item->class]++;
	}
}

static void split(struct spur_plan *p, const unsigned permille[SPUR_DB_SPLITS], uint64_t seed)
{
	struct spur_split_drive *rows = spur_calloc(p->drive_count, sizeof(*rows));

	for (size_t i = 0; i < p->drive_count; i++)
		rows[i] = (struct spur_split_drive){ .key = p->drives[i].key, .classes = p->drives[i].classes };
	spur_dataset_split(rows, p->drive_count, p->class_count, permille, seed);
	for (size_t i = 0; i < p->drive_count; i++)
		p->drives[i].split = rows[i].split;
	free(rows);
}

/* ---- leaks ---- */

static int by_begin(const void *a, const void *b)
{
	const struct spur_plan_item *x = a, *y = b;

	return (x->segment->begin_ns > y->segment->begin_ns) - (x->segment->begin_ns < y->segment->begin_ns);
}

/* Items of different splits must not show the same moment: with drives of one vehicle it would be the
 * same data twice. One sweep in order of begin; the item that ends last so far in each split. */
static enum spur_status refuse_leaks(struct spur_plan *p, const struct spur_db_freeze *f, struct spur_error *err)
{
	const struct spur_plan_item *last[SPUR_DB_SPLITS] = { NULL };

	if (f->allow_concurrent)
		return SPUR_OK;
	qsort(p->items, p->item_count, sizeof(*p->items), by_begin);
	for (size_t i = 0; i < p->item_count; i++) {
		const struct spur_plan_item *it = &p->items[i];
		enum spur_db_split mine = p->drives[it->drive].split;

		for (size_t k = 0; k < SPUR_DB_SPLITS; k++) {
			if (k != mine && last[k] != NULL && last[k]->segment->end_ns > it->segment->begin_ns)
				return spur_fail(err, SPUR_EINVAL, "data would leak: %s (drive %s, %s) and %s (drive %s, %s) show the "
						 "same time; if these are different vehicles, say --allow-concurrent",
						 last[k]->segment->uid, last[k]->segment->drive, spur_db_split_name((enum spur_db_split)k),
						 it->segment->uid, it->segment->drive, spur_db_split_name(mine));
		}
		if (last[mine] == NULL || it->segment->end_ns > last[mine]->segment->end_ns)
			last[mine] = it;
	}
	return SPUR_OK;
}

/* The database keeps a log in one drive only; hold to it here too, whatever wrote the rows. */
static enum spur_status refuse_shared_logs(const struct spur_plan *p, struct spur_error *err)
{
	for (size_t i = 0; i < p->drive_count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (strcmp(p->drives[i].key, p->drives[k].key) == 0 && p->drives[i].split != p->drives[k].split)
				return spur_fail(err, SPUR_EINVAL, "data would leak: two drives of different splits have the same files");
		}
	}
	return SPUR_OK;
}

/* ---- lines ---- */

static void write_tags(struct spur_json *j, const char *tags)
{
	spur_json_begin(j, "tags", '[');
	while (*tags != '\0') {
		size_t n = strcspn(tags, " ");

		spur_json_textn(j, NULL, tags, n);
		tags += n + (tags[n] == ' ');
	}
	spur_json_end(j, ']');
}

/* Keys in order of the alphabet, no spaces: one text for one item. */
static char *item_line(const struct spur_plan *p, const struct spur_plan_item *it)
{
	const struct spur_plan_drive *d = &p->drives[it->drive];
	struct spur_buf line = { 0 };
	struct spur_json j = { .out = &line };

	spur_json_begin(&j, NULL, '{');
	spur_json_int(&j, "begin_ns", it->segment->begin_ns);
	spur_json_int(&j, "end_ns", it->segment->end_ns);
	spur_json_text(&j, "label", it->segment->label);
	spur_json_raw(&j, "sources", d->sources_json);
	spur_json_text(&j, "split", spur_db_split_name(d->split));
	write_tags(&j, it->segment->tags);
	spur_json_end(&j, '}');
	return spur_buf_steal(&line);
}

static int by_line(const void *a, const void *b)
{
	const struct spur_plan_item *x = a, *y = b;
	int order = strcmp(x->line, y->line);

	return order != 0 ? order : strcmp(x->segment->uid, y->segment->uid);
}

/* Two authors may have found the same moment: one line. */
static void write_lines(struct spur_plan *p)
{
	const char **lines = spur_calloc(p->item_count, sizeof(*lines));
	size_t kept = 0;

	for (size_t i = 0; i < p->item_count; i++)
		p->items[i].line = item_line(p, &p->items[i]);
	qsort(p->items, p->item_count, sizeof(*p->items), by_line);
	for (size_t i = 0; i < p->item_count; i++) {
		if (kept > 0 && strcmp(p->items[kept - 1].line, p->items[i].line) == 0) {
			free(p->items[i].line);
			continue;
		}
		p->items[kept] = p->items[i];
		lines[kept] = p->items[kept].line;
		kept++;
	}
	p->item_count = kept;
	spur_merkle_root(lines, kept, p->root);
	snprintf(p->uid, sizeof(p->uid), "ds-%.16s", p->root);
	free(lines);
}

enum spur_status spur_plan_make(struct spur_db *db, const struct spur_db_freeze *f,
				const unsigned permille[SPUR_DB_SPLITS], struct spur_plan *p, struct spur_error *err)
{
	enum spur_status st = read_segments(db, f, p, err);

	if (st < 0)
		return st;
	collect_drives(p);
	collect_classes(p);
	collect_items(p);
	for (size_t i = 0; i < p->drive_count; i++) {
		if ((st = read_drive(db, &p->drives[i], err)) < 0)
			return st;
	}
	split(p, permille, f->seed);
	if ((st = refuse_shared_logs(p, err)) < 0 || (st = refuse_leaks(p, f, err)) < 0)
		return st;
	write_lines(p);
	return SPUR_OK;
}

void spur_plan_finish(struct spur_plan *p)
{
	for (size_t i = 0; i < p->item_count; i++)
		free(p->items[i].line);
	for (size_t i = 0; i < p->drive_count; i++) {
		free(p->drives[i].key);
		free(p->drives[i].sources_json);
		free(p->drives[i].classes);
		spur_db_source_list_finish(&p->drives[i].sources);
	}
	free(p->items);
	free(p->drives);
	free(p->classes);
	spur_db_segment_list_finish(&p->segments);
	*p = (struct spur_plan){ 0 };
}
