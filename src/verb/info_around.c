#include "config.h"

#include "verb/info_around.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/hash.h"

char *spur_info_one_line(const char *s)
{
	struct spur_buf b = { 0 };

	for (bool gap = false; *s != '\0'; s++) {
		bool space = (unsigned char)*s <= ' ';

		if (!space && gap && b.len > 0)
			spur_buf_addc(&b, ' ');
		if (!space)
			spur_buf_addc(&b, *s);
		gap = space;
	}
	return spur_buf_steal(&b);
}

const char *spur_info_domain(enum spur_domain d)
{
	static const char *const names[] = { "time", "angle", "distance", "index" };

	return names[d];
}

const char *spur_info_domain_unit(enum spur_domain d)
{
	static const char *const units[] = { " s", " rad", " m", "" };

	return units[d];
}

void spur_info_emit_index(struct spur_emit *emit, const char *key, uint32_t index)
{
	if (index != SPUR_NOT_KNOWN)
		spur_emit_uint(emit, key, index);
	else
		spur_emit_text(emit, key, NULL);
}

/* The signal's name, else the group's, else its number. */
static void add_scope_name(const struct spur_description *d, const struct spur_scope *s, struct spur_buf *b)
{
	if (s->signal != SPUR_NOT_KNOWN)
		spur_buf_adds(b, d->signals[s->signal].name);
	else if (*d->groups[s->group].name != '\0')
		spur_buf_addf(b, "group %s", d->groups[s->group].name);
	else
		spur_buf_addf(b, "group %" PRIu32, s->group);
}

void spur_info_emit_scope(const struct spur_description *d, const char *key, const struct spur_scope *s, size_t n,
			  struct spur_emit *emit)
{
	spur_emit_begin(emit, key, '[');
	for (size_t i = 0; i < n; i++) {
		spur_emit_begin(emit, NULL, '{');
		spur_emit_uint(emit, "group", s[i].group);
		if (s[i].signal != SPUR_NOT_KNOWN) {
			spur_emit_uint(emit, "channel", d->signals[s[i].signal].channel);
			spur_emit_text(emit, "name", d->signals[s[i].signal].name);
		}
		spur_emit_close(emit, '}');
	}
	spur_emit_close(emit, ']');
}

/* "a, b and 12 more" */
char *spur_info_scope_text(const struct spur_description *d, const struct spur_scope *s, size_t n)
{
	struct spur_buf b = { 0 };
	size_t shown = n > 4 ? 3 : n;

	for (size_t i = 0; i < shown; i++) {
		spur_buf_adds(&b, i == 0 ? "" : ", ");
		add_scope_name(d, &s[i], &b);
	}
	if (shown < n)
		spur_buf_addf(&b, " and %zu more", n - shown);
	return spur_buf_steal(&b);
}

/* ---- attachments ---- */

static void emit_attachment(const struct spur_info *info, size_t index, struct spur_emit *emit)
{
	const struct spur_attachment *a = &info->d->attachments[index];
	char *beside = spur_info_beside(info, a), sum[2 * SPUR_MD5_BYTES + 1];

	spur_emit_begin(emit, NULL, '{');
	spur_emit_text(emit, "name", a->name);
	spur_emit_text(emit, "media_type", a->media_type);
	spur_emit_uint(emit, "offset", a->offset);
	spur_emit_uint(emit, "size_bytes", a->size);
	if (a->comment != NULL && *a->comment != '\0')
		spur_emit_text(emit, "comment", a->comment);
	if (a->packing != NULL) {
		spur_emit_text(emit, "packing", a->packing);
		spur_emit_uint(emit, "stored_bytes", a->stored);
	}
	if (a->md5 != NULL) {
		spur_hex(a->md5, SPUR_MD5_BYTES, sum);
		spur_emit_text(emit, "md5", sum);
	}
	if (info->verify)
		spur_emit_text(emit, "verified", spur_info_verified(info, index));
	if (beside != NULL)
		spur_emit_text(emit, "beside", beside);
	spur_emit_close(emit, '}');
	free(beside);
}

static void show_attachment(const struct spur_info *info, size_t index, struct spur_emit *emit)
{
	const struct spur_attachment *a = &info->d->attachments[index];
	char *beside = spur_info_beside(info, a);

	spur_emit_row(emit, "attachment");
	spur_emit_uint(emit, "attachment", index);
	spur_emit_text(emit, "name", a->name);
	spur_emit_text(emit, "media_type", a->media_type);
	spur_emit_size(emit, "size_bytes", a->size);
	spur_emit_text(emit, "kept", beside != NULL ? beside : a->packing != NULL ? a->packing : "inside");
	if (info->verify)
		spur_emit_text(emit, "verified", spur_info_verified(info, index));
	spur_emit_end(emit);
	free(beside);
}

/* ---- tree, history, reductions ---- */

static void emit_node(const struct spur_description *d, const struct spur_branch *n, struct spur_emit *emit)
{
	spur_emit_begin(emit, NULL, '{');
	spur_emit_text(emit, "name", n->name);
	spur_emit_text(emit, "kind", n->kind);
	spur_emit_uint(emit, "depth", n->depth);
	spur_info_emit_index(emit, "parent", n->parent);
	if (*n->comment != '\0')
		spur_emit_text(emit, "comment", n->comment);
	spur_info_emit_scope(d, "members", n->members, n->member_count, emit);
	spur_emit_close(emit, '}');
}

static void show_node(const struct spur_description *d, const struct spur_branch *n, struct spur_emit *emit)
{
	char *members = spur_info_scope_text(d, n->members, n->member_count);
	struct spur_buf name = { 0 };

	for (uint32_t k = 0; k < n->depth && k < 24; k++)
		spur_buf_adds(&name, "  ");
	spur_buf_adds(&name, n->name);
	spur_emit_row(emit, "node");
	spur_emit_text(emit, "tree", spur_buf_text(&name));
	spur_emit_text(emit, "kind", n->kind);
	spur_emit_uint(emit, "count", n->member_count);
	spur_emit_text(emit, "members", members);
	spur_emit_end(emit);
	spur_buf_finish(&name);
	free(members);
}

static void emit_change(const struct spur_history *h, struct spur_emit *emit)
{
	spur_emit_begin(emit, NULL, '{');
	if (h->timed)
		spur_emit_time(emit, "time_ns", h->time_ns);
	else
		spur_emit_text(emit, "time_ns", NULL);
	spur_emit_bool(emit, "local_time", h->local_time);
	spur_emit_text(emit, "tool", h->tool);
	spur_emit_text(emit, "version", h->version);
	spur_emit_text(emit, "vendor", h->vendor);
	spur_emit_text(emit, "user", h->user);
	spur_emit_text(emit, "comment", h->comment);
	spur_emit_close(emit, '}');
}

static void emit_reduction(const struct spur_reduction *s, struct spur_emit *emit)
{
	spur_emit_begin(emit, NULL, '{');
	spur_emit_uint(emit, "group", s->group);
	if (s->rows != UINT64_MAX)
		spur_emit_uint(emit, "rows", s->rows);
	else
		spur_emit_text(emit, "rows", NULL);
	spur_emit_f64(emit, "interval", s->interval);
	spur_emit_text(emit, "domain", spur_info_domain(s->domain));
	spur_emit_bool(emit, "with_invalid", s->with_invalid);
	spur_emit_close(emit, '}');
}

#define EMIT_LIST(key, count, one) do { \
	spur_emit_begin(emit, (key), '['); \
	for (size_t k = 0; k < (count); k++) \
		one; \
	spur_emit_close(emit, ']'); \
} while (0)

void spur_info_emit_around(const struct spur_info *info, struct spur_emit *emit)
{
	const struct spur_description *d = info->d;

	EMIT_LIST("attachments", d->attachment_count, emit_attachment(info, k, emit));
	spur_info_emit_events(info, emit);
	EMIT_LIST("tree", d->node_count, emit_node(d, &d->nodes[k], emit));
	EMIT_LIST("history", d->history_count, emit_change(&d->history[k], emit));
	EMIT_LIST("reductions", d->reduction_count, emit_reduction(&d->reductions[k], emit));
}

static void show_zone(const struct spur_description *d, struct spur_emit *emit)
{
	unsigned minutes = (unsigned)abs(d->zone_min);
	char sign = d->zone_min < 0 ? '-' : '+';

	if (d->local_time)
		spur_emit_note(emit, "time: wall clock without a zone");
	if (d->zone_known && d->summer_min != 0)
		spur_emit_note(emit, "zone: UTC%c%02u:%02u and %d minutes of summer time", sign, minutes / 60, minutes % 60, d->summer_min);
	else if (d->zone_known)
		spur_emit_note(emit, "zone: UTC%c%02u:%02u", sign, minutes / 60, minutes % 60);
}

void spur_info_show_around(const struct spur_info *info, struct spur_emit *emit)
{
	const struct spur_description *d = info->d;

	for (size_t k = 0; k < d->attachment_count; k++)
		show_attachment(info, k, emit);
	spur_info_show_events(info, emit);
	for (size_t k = 0; info->tree && k < d->node_count; k++)
		show_node(d, &d->nodes[k], emit);
	for (size_t k = 0; k < d->reduction_count; k++)
		spur_emit_note(emit, "reduction: group %" PRIu32 ", every %g%s", d->reductions[k].group, d->reductions[k].interval,
			       spur_info_domain_unit(d->reductions[k].domain));
	if (!info->tree && d->node_count > 0)
		spur_emit_note(emit, "tree: %zu nodes; --tree shows them", d->node_count);
	show_zone(d, emit);
}
