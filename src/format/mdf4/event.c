#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/map.h"
#include "format/mdf4/seek.h"
#include "format/mdf4/text.h"

/*
 * EV blocks (MDF 4.1, "EVBLOCK"). Links: next, parent, range, name, comment, scope[M], attachments[N], and the name
 * of a group of events where flag 2 says so. Body: 0 type, 1 sync, 2 range, 3 cause, 4 flags, 8 u32 M, 12 u16 N,
 * 14 u16 creator, 16 i64 base, 24 f64 factor.
 */
#define EV_BODY 32u
#define EV_LINKS 5u

enum { EV_LATER = 1, EV_GROUP_NAME = 2 };

struct reading {
	struct spur_reader *r;
	const struct mdf_map *groups, *channels;
	struct mdf_map *events;		/* address to index */
};

static const char *name_of(const char *const *names, size_t count, unsigned i, const char *otherwise)
{
	return i < count ? names[i] : otherwise;
}

#define NAME(names, i, otherwise) name_of(names, sizeof(names) / sizeof((names)[0]), i, otherwise)

static const char *const kinds[] = { "recording", "recording interrupt", "acquisition interrupt", "start trigger", "stop trigger",
				     "trigger", "marker" };
static const char *const ranges[] = { "point", "begin", "end" };
static const char *const causes[] = { NULL, "error", "tool", "script", "user" };

bool mdf_links_take(struct spur_reader *r, uint64_t n)
{
	if (n > r->links_left)
		return false;
	r->links_left -= n;
	return true;
}

bool mdf_scope_of(const struct spur_reader *r, const struct mdf_map *groups, const struct mdf_map *channels, uint64_t group,
		  uint64_t channel, struct spur_scope *out)
{
	uint64_t index;

	if (channel != 0 && mdf_map_get(channels, channel, &index)) {
		*out = (struct spur_scope){ r->channels[index].group, (uint32_t)index };
		return true;
	}
	if (group == 0 || !mdf_map_get(groups, group, &index))
		return false;
	*out = (struct spur_scope){ (uint32_t)index, SPUR_NOT_KNOWN };
	return true;
}

static void add_scope(struct reading *g, const struct mdf_block *b, uint32_t count, struct spur_event *e)
{
	struct spur_scope *scope = spur_arena_array(g->r->arena, count, sizeof(*scope));

	for (uint32_t i = 0; scope != NULL && i < count; i++) {
		uint64_t at = mdf_block_link(g->r, b, EV_LINKS + i);

		if (mdf_scope_of(g->r, g->groups, g->channels, at, at, &scope[e->scope_count]))
			e->scope_count++;
		else if (at != 0)
			mdf_flawed(g->r, b->at, "event: its scope at byte %" PRIu64 " is neither a group nor a channel", at);
	}
	e->scope = scope;
}

static void add_attachments(struct reading *g, const struct mdf_block *b, uint64_t first, uint32_t count, struct spur_event *e)
{
	uint32_t *list = spur_arena_array(g->r->arena, count, sizeof(*list));
	uint64_t index;

	for (uint32_t i = 0; list != NULL && i < count; i++) {
		if (mdf_map_get(g->r->attachment_at, mdf_block_link(g->r, b, first + i), &index))
			list[e->attachment_count++] = (uint32_t)index;
	}
	e->attachments = list;
}

/* The lists of links behind the first ones. */
static void add_lists(struct reading *g, const struct mdf_block *b, const unsigned char *raw, struct spur_event *e)
{
	uint64_t scopes = spur_le32(raw + 8), attachments = spur_le16(raw + 12);

	if (EV_LINKS + scopes + attachments > b->links || !mdf_links_take(g->r, scopes + attachments)) {
		mdf_flawed(g->r, b->at, "event: %" PRIu64 " links for %" PRIu64 " in its scope and %" PRIu64 " attachments", b->links,
			    scopes, attachments);
		return;
	}
	add_scope(g, b, (uint32_t)scopes, e);
	add_attachments(g, b, EV_LINKS + scopes, (uint32_t)attachments, e);
	if ((raw[4] & EV_GROUP_NAME) != 0)
		e->group_name = mdf_text(g->r, mdf_block_link(g->r, b, EV_LINKS + scopes + attachments));
}

static struct spur_event describe(struct reading *g, const struct mdf_block *b, const unsigned char *raw)
{
	static const enum spur_domain domains[] = { SPUR_DOMAIN_INDEX, SPUR_DOMAIN_TIME, SPUR_DOMAIN_ANGLE, SPUR_DOMAIN_DISTANCE,
						    SPUR_DOMAIN_INDEX };
	double value = (double)(int64_t)spur_le64(raw + 16) * spur_lef64(raw + 24);
	bool timed = raw[1] == 1 && value > -9e9 && value < 9e9;

	return (struct spur_event){
		.name = mdf_text(g->r, mdf_block_link(g->r, b, 3)),
		.comment = mdf_text(g->r, mdf_block_link(g->r, b, 4)),
		.kind = NAME(kinds, raw[0], "unknown"),
		.range = NAME(ranges, raw[2], "unknown"),
		.cause = NAME(causes, raw[3], "unknown"),
		.time_ns = timed ? mdf_master_ns(g->r, value) : g->r->d.begin_ns,
		.timed = timed, .value = value, .domain = raw[1] < 5 ? domains[raw[1]] : SPUR_DOMAIN_INDEX,
		.later = (raw[4] & EV_LATER) != 0, .signal = SPUR_NOT_KNOWN,
		.parent = SPUR_NOT_KNOWN, .partner = SPUR_NOT_KNOWN,
	};
}

/* Parent and partner of event i, whose addresses are known now. */
static void connect(struct reading *g, uint32_t i, uint64_t parent, uint64_t partner)
{
	uint64_t index;

	if (parent != 0 && mdf_map_get(g->events, parent, &index) && index != i)
		g->r->events[i].parent = (uint32_t)index;
	if (partner != 0 && mdf_map_get(g->events, partner, &index) && index != i)
		g->r->events[i].partner = (uint32_t)index;
}

static bool read_event(struct reading *g, uint64_t at, uint64_t *next)
{
	unsigned char raw[EV_BODY];
	struct spur_reader *r = g->r;
	struct mdf_block b;
	struct spur_error err;

	if (mdf_block_read(r, at, "EV", &b, &err) < 0 || mdf_block_body(r, &b, raw, sizeof(raw), &err) < 0) {
		mdf_damaged(r, at, 0, "event: %s", err.text);
		return false;
	}
	MDF_PUSH(&r->events, r->d.event_count, &r->event_cap);
	mdf_map_put(g->events, at, r->d.event_count);
	r->events[r->d.event_count] = describe(g, &b, raw);
	add_lists(g, &b, raw, &r->events[r->d.event_count]);
	r->d.event_count++;
	*next = mdf_block_link(r, &b, 0);
	return true;
}

/* MDF 4.3: a channel with the flag "event signal" links the pattern of the events that its rows are. */
static void read_patterns(struct reading *g)
{
	for (uint32_t i = 0; i < g->r->channel_count; i++) {
		const struct mdf_channel *c = &g->r->channels[i];
		uint64_t next;

		if ((c->flags & MDF_CN_EVENT) == 0 || (g->r->groups[c->group].flags & MDF_CG_EVENTS) == 0 || c->data == 0)
			continue;
		if (read_event(g, c->data, &next)) {
			struct spur_event *e = &g->r->events[g->r->d.event_count - 1];

			e->signal = i;
			e->timed = false;
			e->domain = g->r->shown_groups[c->group].domain;
		}
	}
}

void mdf_read_events(struct spur_reader *r, const struct mdf_map *groups, const struct mdf_map *channels)
{
	struct reading g = { .r = r, .groups = groups, .channels = channels, .events = mdf_map_create() };
	uint32_t i = 0;

	for (uint64_t at = r->first_event, next = 0; at != 0 && mdf_block_first_visit(r, at, "event"); at = next) {
		if (!read_event(&g, at, &next))
			break;
	}
	for (uint64_t at = r->first_event; i < r->d.event_count; i++) {
		struct mdf_block b;

		if (mdf_block_read(r, at, "EV", &b, NULL) < 0)
			break;
		connect(&g, i, mdf_block_link(r, &b, 1), mdf_block_link(r, &b, 2));
		at = mdf_block_link(r, &b, 0);
	}
	read_patterns(&g);
	mdf_map_destroy(g.events);
}
