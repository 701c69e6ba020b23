#include "config.h"

#include "format/mdf4/rewrite.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "format/mdf4/array_apart.h"
#include "format/mdf4/block.h"
#include "format/mdf4/text.h"

/* What is copied as it is, but for its links. HD, DG and CG are made anew; data, sample
 * reductions and groups that only hold values of variable length are not part of the tree. */
#define COPIED "CNCCSITXMDFHCHATEVCADSCLCVCU"
#define COPY_BYTES (64u << 10)
#define PATCHED 32u			/* of the fields of a block, that may become others */

enum { CG_BODY = 32, CG_LINK_MASTER = 6, CC_BODY = 40, CN_LINK_CONV = 4, CN_LINK_DATA = 5, CN_VALUE_RANGE = 8, EV_SCOPE = 5, CH_ELEMENTS = 4, CA_BY_DATA = 2 };

/* ---- what comes along, and where it will be ---- */

static bool is_left_out(const struct mdf_rewrite *w, uint64_t at)
{
	uint64_t i;

	if (mdf_map_get(w->channel_at, at, &i))
		return w->channels[i].left_out;
	return mdf_map_get(w->dropped, at, &i);
}

static bool is_apart(struct mdf_rewrite *w, const struct mdf_block *b)
{
	unsigned char raw[2];

	return mdf_block_body(w->r, b, raw, sizeof(raw), NULL) == SPUR_OK && raw[1] != 0;
}

static void want(struct mdf_rewrite *w, uint64_t at)
{
	struct mdf_block b;
	uint64_t known;

	if (at == 0 || mdf_map_get(w->moved, at, &known) || is_left_out(w, at) ||
	    mdf_block_read(w->r, at, COPIED, &b, NULL) < 0)
		return;
	const struct mdf_apart *apart = strcmp(b.id, "CA") == 0 ? mdf_rewrite_apart(w, at) : NULL;

	if (apart == NULL && strcmp(b.id, "CA") == 0 && is_apart(w, &b))
		return;		/* one that cannot be read: it would say that there are records */
	uint64_t len = b.body - b.at + b.body_len + (apart == NULL ? 0 : mdf_rewrite_array_grows(apart));

	mdf_map_put(w->moved, at, w->file->next);
	w->file->next += (len + 7) / 8 * 8;
	MDF_PUSH(&w->order, w->order_count, &w->order_cap);
	w->order[w->order_count++] = at;
}

/* The next of a chain that leads past what is left out and past guards; NIL at its end, or where it goes round. What is
 * behind a guard for newer readers is left out, so the new file needs none. */
static uint64_t pass_left_out(struct mdf_rewrite *w, uint64_t at, struct mdf_map *seen)
{
	struct mdf_block b;
	unsigned unused = 0;

	at = mdf_block_unguard(w->r, at, &unused);
	while (at != 0 && is_left_out(w, at)) {
		if (!mdf_map_put(seen, at, 0) || mdf_block_read(w->r, at, "CNEVAT", &b, NULL) < 0)
			return 0;
		at = mdf_block_unguard(w->r, mdf_block_link(w->r, &b, 0), &unused);
	}
	return at;
}

static void want_links(struct mdf_rewrite *w, uint64_t at, const char *ids)
{
	struct mdf_block b;
	struct mdf_map *seen;

	if (at == 0 || mdf_block_read(w->r, at, ids, &b, NULL) < 0)
		return;
	seen = mdf_map_create();
	for (uint64_t i = 0; i < b.links; i++)
		want(w, pass_left_out(w, mdf_block_link(w->r, &b, i), seen));
	mdf_map_destroy(seen);
}

static uint64_t moved_to(const struct mdf_rewrite *w, uint64_t at)
{
	uint64_t to = 0;

	return mdf_map_get(w->moved, at, &to) ? to : 0;
}

/* Places for the groups' own two blocks. */
static void plan_groups(struct mdf_rewrite *w)
{
	static const uint64_t dg_bytes = 64, cg_bytes = MDF_HEAD_BYTES + 8 * 7 + CG_BODY;

	for (size_t i = 0; i < w->r->group_count; i++) {
		const struct mdf_group *g = &w->r->groups[i];

		if (w->groups[i].left_out || g->element > 0)
			continue;
		w->groups[i].dg = w->file->next;
		mdf_map_put(w->moved, w->r->data_groups[g->data_group].at, w->file->next);
		mdf_map_put(w->moved, g->at, w->file->next + dg_bytes);
		w->file->next += dg_bytes + cg_bytes;
	}
}

/* The blocks of a file that went into the groups of another one are those of the other. */
static void plan_as_base(struct mdf_rewrite *w)
{
	const struct spur_reader *r = w->r, *base = w->base->r;

	for (size_t i = 0; i < r->group_count; i++) {
		mdf_map_put(w->moved, r->data_groups[r->groups[i].data_group].at, w->base->groups[i].dg);
		mdf_map_put(w->moved, r->groups[i].at, moved_to(w->base, base->groups[i].at));
	}
	for (size_t i = 0; i < r->channel_count; i++)
		mdf_map_put(w->moved, r->channels[i].at, moved_to(w->base, base->channels[i].at));
}

/* All that is linked from the header and the groups. Of further files the comment of the header is not. */
static void plan(struct mdf_rewrite *w, bool first)
{
	struct mdf_block hd;

	if (w->base != NULL)
		plan_as_base(w);
	else
		plan_groups(w);
	if (mdf_block_read(w->r, 64, "HD", &hd, NULL) == SPUR_OK) {
		struct mdf_map *seen = mdf_map_create();

		for (uint64_t i = MDF_ROOT_FH; i < MDF_ROOTS; i++) {
			if ((i != MDF_ROOT_CH || !w->tree_known) && (i != MDF_ROOT_MD || first))
				want(w, pass_left_out(w, mdf_block_link(w->r, &hd, i), seen));
		}
		mdf_map_destroy(seen);
	}
	for (size_t i = 0; i < w->r->group_count; i++) {
		if (w->groups[i].dg == 0)
			continue;
		want_links(w, w->r->groups[i].at, "CG");
		want_links(w, w->r->data_groups[w->r->groups[i].data_group].at, "DG");
	}
	for (size_t i = 0; i < w->order_count; i++)
		want_links(w, w->order[i], NULL);
	for (size_t i = 0; i < w->r->channel_count; i++) {
		if (w->channels[i].left_out || w->channels[i].linear[1] == 0)
			continue;
		w->channels[i].conv = w->file->next;
		w->file->next += MDF_HEAD_BYTES + 4 * 8 + CC_BODY;
	}
}

/* ---- links ---- */

/* Link i of a block where it belongs to a chain or a composition: what it may name; else NULL. */
static const char *chain_of(const char *id, uint64_t i)
{
	static const struct { char id[3]; uint64_t link; const char *names; } chains[] = {
		{ "HD", 1, "FH" }, { "HD", 2, "CH" }, { "HD", 3, "AT" }, { "HD", 4, "EV" }, { "CG", 1, "CN" }, { "CN", 0, "CN" },
		{ "CN", 1, "CNCADSCLCVCU" }, { "CA", 0, "CACN" }, { "FH", 0, "FH" }, { "AT", 0, "AT" }, { "EV", 0, "EV" },
		{ "CH", 0, "CH" }, { "CH", 1, "CH" },
	};

	for (size_t k = 0; k < sizeof(chains) / sizeof(chains[0]); k++) {
		if (strcmp(chains[k].id, id) == 0 && chains[k].link == i)
			return chains[k].names;
	}
	return NULL;
}

/* What comes behind the end of a chain of the header: that of the next file. */
static uint64_t behind(struct mdf_rewrite *w, const struct mdf_block *b)
{
	uint64_t unused;

	if (strcmp(b->id, "CH") == 0)
		return b->at == w->last_ch ? w->after[MDF_ROOT_CH] : 0;
	if (!mdf_map_get(w->chained, b->at, &unused))
		return 0;
	return strcmp(b->id, "FH") == 0 ? w->after[MDF_ROOT_FH] : strcmp(b->id, "AT") == 0 ? w->after[MDF_ROOT_AT] :
	       strcmp(b->id, "EV") == 0 ? w->after[MDF_ROOT_EV] : 0;
}

/* A link to a DG block, when a CG follows: groups that shared a data group have one each now. */
static uint64_t data_group_of(struct mdf_rewrite *w, uint64_t dg, uint64_t cg)
{
	struct mdf_rewrite *base = mdf_rewrite_base(w);
	uint64_t i;

	if (!mdf_map_get(w->group_at, cg, &i) || w->r->data_groups[w->r->groups[i].data_group].at != dg)
		return 0;
	return base->groups[i].dg;
}

/* Where link i of an old block leads in the new file. A chain that would come back to a block, or meets one of another
 * kind, ends there, as it did while it was read. */
static uint64_t new_link(struct mdf_rewrite *w, const struct mdf_block *b, uint64_t i)
{
	const char *names = chain_of(b->id, i);
	uint64_t at = mdf_block_link(w->r, b, i), dg;
	struct mdf_block to;
	unsigned unused = 0;

	if (names == NULL) {
		at = mdf_block_unguard(w->r, at, &unused);
		dg = at == 0 || i + 1 >= b->links ? 0 : data_group_of(w, at, mdf_block_link(w->r, b, i + 1));
		return dg != 0 ? dg : moved_to(w, at);
	}
	at = pass_left_out(w, at, w->chained);
	if (at != 0 && (mdf_block_read(w->r, at, names, &to, NULL) < 0 || !mdf_map_put(w->chained, at, 0)))
		return 0;
	return moved_to(w, at);
}

/* Links of a block on their way: some lists lose what is left out. */
struct links {
	struct spur_buf bytes;
	uint64_t count;
};

static void add_link(struct links *l, uint64_t to)
{
	spur_buf_u64(&l->bytes, to);
	l->count++;
}

/* Scope of an event: channels and groups. */
static void event_links(struct mdf_rewrite *w, const struct mdf_block *b, unsigned char *body, struct links *l)
{
	uint64_t scopes = spur_le32(body + 8);
	uint32_t kept = 0;

	for (uint64_t i = 0; i < b->links; i++) {
		uint64_t to = new_link(w, b, i);
		bool is_scope = i >= EV_SCOPE && i - EV_SCOPE < scopes;

		if (i == 0 && to == 0)
			to = behind(w, b);
		if (is_scope && to == 0)
			continue;
		kept += is_scope;
		add_link(l, to);
	}
	if (scopes > 0)
		memcpy(body + 8, &kept, 4);
	mdf_rewrite_shift_event(w, body);
}

/* Elements of a hierarchy: DG, CG and CN each, the last ones may be NIL. */
static void hierarchy_links(struct mdf_rewrite *w, const struct mdf_block *b, unsigned char *body, struct links *l)
{
	uint32_t n = spur_le32(body), kept = 0;

	for (uint64_t i = 0; i < CH_ELEMENTS && i < b->links; i++) {
		uint64_t to = new_link(w, b, i);

		add_link(l, i == 0 && to == 0 ? behind(w, b) : to);
	}
	for (uint64_t k = 0; k < n && CH_ELEMENTS + 3 * k + 2 < b->links; k++) {
		uint64_t at = CH_ELEMENTS + 3 * k, to[3];
		bool whole = true;

		for (uint64_t j = 0; j < 3; j++) {
			to[j] = new_link(w, b, at + j);
			whole &= to[j] != 0 || mdf_block_link(w->r, b, at + j) == 0;
		}
		for (uint64_t j = 0; whole && j < 3; j++)
			add_link(l, to[j]);
		kept += whole;
	}
	memcpy(body, &kept, 4);
}

static void channel_links(struct mdf_rewrite *w, const struct mdf_block *b, unsigned char *body, struct links *l)
{
	const struct mdf_new_channel *new = NULL;
	const struct mdf_channel *c = NULL;
	uint64_t index;

	if (mdf_map_get(w->channel_at, b->at, &index)) {
		uint32_t offset = mdf_rewrite_offset(&w->groups[w->r->channels[index].group], w->r->channels[index].byte_offset);

		new = &w->channels[index];
		c = &w->r->channels[index];
		if (b->body_len >= 8)
			memcpy(body + 4, &offset, 4);
		if (new->ranges_gone)
			body[12] &= (unsigned char)~CN_VALUE_RANGE;
	}
	for (uint64_t i = 0; i < b->links; i++) {
		uint64_t to = new_link(w, b, i);

		if (i == CN_LINK_DATA && c != NULL && (c->type == MDF_CN_VLSD || c->type == MDF_CN_VLSC))
			to = new->link;
		if (i == CN_LINK_CONV && new != NULL && new->conv != 0)
			to = new->conv;
		add_link(l, to);
	}
}

static void other_links(struct mdf_rewrite *w, const struct mdf_block *b, struct links *l)
{
	for (uint64_t i = 0; i < b->links; i++) {
		uint64_t to = new_link(w, b, i);

		add_link(l, i == 0 && to == 0 ? behind(w, b) : to);
	}
}

/* An array whose elements lie apart: composition, data of the elements, the other links; *tail: the cycle counts. */
static void array_links(struct mdf_rewrite *w, const struct mdf_block *b, const struct mdf_apart *a, struct links *l, struct spur_buf *tail)
{
	uint64_t old = a->data_at == 0 ? 0 : a->count;

	add_link(l, new_link(w, b, 0));
	mdf_rewrite_elements(w, a, &l->bytes, tail);
	l->count += a->count;
	for (uint64_t i = 1 + old; i < b->links; i++)
		add_link(l, new_link(w, b, i));
}

/* ---- blocks ---- */

static enum spur_status expect(struct mdf_rewrite *w, uint64_t at, struct spur_error *err)
{
	if (spur_out_tell(w->file->out) == at)
		return SPUR_OK;
	return spur_fail(err, SPUR_EFORMAT, "the tree was laid out for byte %" PRIu64 " and is at %" PRIu64, at,
			 spur_out_tell(w->file->out));
}

static enum spur_status write_group(struct mdf_rewrite *w, size_t i, struct spur_error *err)
{
	const struct mdf_group *g = &w->r->groups[i];
	const struct mdf_new_group *new = &w->groups[i];
	struct mdf_block dg, cg;
	uint64_t links[7] = { 0 }, at;
	unsigned char body[CG_BODY];
	enum spur_status st = expect(w, new->dg, err);

	if (st < 0 || (st = mdf_block_read(w->r, w->r->data_groups[g->data_group].at, "DG", &dg, err)) < 0 ||
	    (st = mdf_block_read(w->r, g->at, "CG", &cg, err)) < 0 ||
	    (st = mdf_block_body(w->r, &cg, body, sizeof(body), err)) < 0)
		return st;
	links[0] = new->next_dg;
	links[1] = new->dg + 64;
	links[2] = new->data;
	links[3] = moved_to(w, mdf_block_link(w->r, &dg, 3));
	if ((st = mdf_new_block(w->file, "DG", links, 4, "\0\0\0\0\0\0\0", 8, &at, err)) < 0)
		return st;
	memset(body, 0, 8);
	memcpy(body + 8, &new->rows, 8);
	memcpy(body + 24, &new->data_bytes, 4);
	links[0] = 0;
	for (uint64_t k = 1; k < 7; k++)
		links[k] = k == 4 ? 0 : new_link(w, &cg, k);
	if ((g->flags & MDF_CG_REMOTE_MASTER) == 0)
		links[CG_LINK_MASTER] = 0;
	/* Seven links also where six would do: the last is NIL then, and the size is one for all. */
	return mdf_new_block(w->file, "CG", links, 7, body, sizeof(body), &at, err);
}

static enum spur_status copy_part(struct mdf_rewrite *w, const struct mdf_block *b, uint64_t from, uint64_t to, struct spur_error *err)
{
	unsigned char *part = spur_malloc(COPY_BYTES);
	enum spur_status st = SPUR_OK;

	for (uint64_t done = from, n; done < to && st == SPUR_OK; done += n) {
		n = to - done < COPY_BYTES ? to - done : COPY_BYTES;
		if ((st = spur_range_read(w->r->range, b->body + done, part, n, err)) == SPUR_OK)
			st = spur_out_write(w->file->out, part, (size_t)n, err);
	}
	free(part);
	return st;
}

/* Up to where the next block is planned: its length is a multiple of 8, and some lists got shorter. */
static enum spur_status pad(struct mdf_rewrite *w, uint64_t to, struct spur_error *err)
{
	static const unsigned char zeros[256];
	enum spur_status st = SPUR_OK;

	while (st == SPUR_OK && spur_out_tell(w->file->out) < to) {
		uint64_t n = to - spur_out_tell(w->file->out);

		st = spur_out_write(w->file->out, zeros, n < sizeof(zeros) ? (size_t)n : sizeof(zeros), err);
	}
	return st;
}

static enum spur_status copy_block(struct mdf_rewrite *w, uint64_t old, struct spur_error *err)
{
	struct spur_buf head = { 0 }, tail = { 0 };
	struct links links = { 0 };
	unsigned char body[PATCHED];
	struct mdf_block b;
	enum spur_status st = mdf_block_read(w->r, old, COPIED, &b, err);
	const struct mdf_apart *apart = NULL;

	if (st < 0 || (st = expect(w, moved_to(w, old), err)) < 0 || (st = mdf_block_body(w->r, &b, body, sizeof(body), err)) < 0)
		return st;
	uint64_t fields = b.body_len < PATCHED ? b.body_len : PATCHED, kept = b.body_len, grown = 0;

	if (strcmp(b.id, "CA") == 0 && (apart = mdf_rewrite_apart(w, old)) != NULL) {
		array_links(w, &b, apart, &links, &tail);
		kept = apart->cycles_at - b.body;
		fields = fields < kept ? fields : kept;
		grown = mdf_rewrite_array_grows(apart);
		body[1] = CA_BY_DATA;
	} else if (strcmp(b.id, "EV") == 0)
		event_links(w, &b, body, &links);
	else if (strcmp(b.id, "CH") == 0)
		hierarchy_links(w, &b, body, &links);
	else if (strcmp(b.id, "CN") == 0)
		channel_links(w, &b, body, &links);
	else
		other_links(w, &b, &links);
	spur_buf_adds(&head, "##");
	spur_buf_add(&head, b.id, 2);
	spur_buf_u32(&head, 0);
	spur_buf_u64(&head, MDF_HEAD_BYTES + 8 * links.count + (apart == NULL ? b.body_len : kept + tail.len));
	spur_buf_u64(&head, links.count);
	if (links.count > 0)
		spur_buf_add(&head, links.bytes.data, links.bytes.len);
	spur_buf_add(&head, body, (size_t)fields);
	st = spur_out_write(w->file->out, head.data, head.len, err);
	if (st == SPUR_OK)
		st = copy_part(w, &b, fields, kept, err);
	if (st == SPUR_OK && tail.len > 0)
		st = spur_out_write(w->file->out, tail.data, tail.len, err);
	spur_buf_finish(&head);
	spur_buf_finish(&tail);
	spur_buf_finish(&links.bytes);
	return st == SPUR_OK ? pad(w, moved_to(w, old) + (b.body - b.at + b.body_len + grown + 7) / 8 * 8, err) : st;
}

/* The conversion of a master that counts from the start of another file; name, unit and comment are those of the old one. */
static enum spur_status write_conversion(struct mdf_rewrite *w, size_t channel, struct spur_error *err)
{
	const struct mdf_new_channel *c = &w->channels[channel];
	unsigned char body[CC_BODY] = { MDF_CC_LINEAR };
	uint64_t links[4] = { 0 }, at;
	struct mdf_block old;

	if (w->r->channels[channel].conv != 0 && mdf_block_read(w->r, w->r->channels[channel].conv, "CC", &old, NULL) == SPUR_OK) {
		for (uint64_t i = 0; i < 3; i++)
			links[i] = moved_to(w, mdf_block_link(w->r, &old, i));
	}
	body[6] = 2;
	memcpy(body + 24, c->linear, sizeof(c->linear));
	enum spur_status st = expect(w, c->conv, err);

	return st < 0 ? st : mdf_new_block(w->file, "CC", links, 4, body, sizeof(body), &at, err);
}

/* ---- the header ---- */

/* Where the chains of the header begin; before all others, for their blocks must not be taken by another. */
static enum spur_status plan_roots(struct mdf_rewrite *w, struct spur_error *err)
{
	struct mdf_map *seen = mdf_map_create();
	struct mdf_block hd, ch;
	enum spur_status st = mdf_block_read(w->r, 64, "HD", &hd, err);

	for (uint64_t i = MDF_ROOT_FH; i < MDF_ROOTS && st == SPUR_OK; i++)
		w->roots[i] = new_link(w, &hd, i);
	for (uint64_t at = st < 0 || w->roots[MDF_ROOT_CH] == 0 ? 0 : mdf_block_link(w->r, &hd, MDF_ROOT_CH);
	     at != 0 && mdf_map_put(seen, at, 0) && mdf_block_read(w->r, at, "CH", &ch, NULL) == SPUR_OK;
	     at = mdf_block_link(w->r, &ch, 0))
		w->last_ch = at;
	mdf_map_destroy(seen);
	return st;
}

/* Chains of one file go on with those of the next, from the last to the first; the data groups too. */
static void join_chains(struct mdf_rewrite *parts, size_t count, uint64_t history, uint64_t header[MDF_ROOTS])
{
	uint64_t next[MDF_ROOTS] = { [MDF_ROOT_FH] = history };

	for (size_t k = count; k-- > 0;) {
		for (size_t i = MDF_ROOT_FH; i < MDF_ROOTS; i++) {
			parts[k].after[i] = next[i];
			if (i == MDF_ROOT_MD || parts[k].roots[i] != 0)
				next[i] = parts[k].roots[i];
		}
		for (size_t i = parts[k].r->group_count; i-- > 0;) {
			parts[k].groups[i].next_dg = next[MDF_ROOT_DG];
			if (parts[k].groups[i].dg != 0)
				next[MDF_ROOT_DG] = parts[k].groups[i].dg;
		}
	}
	memcpy(header, next, sizeof(next));
}

/* Our own line of the history, its text first. */
static enum spur_status write_history(struct mdf_new_file *f, struct spur_error *err)
{
	struct spur_buf md = { 0 }, fh = { 0 };
	uint64_t links[2] = { 0 }, at;
	enum spur_status st;

	spur_buf_adds(&md, "<FHcomment><TX>");
	mdf_xml_escape(&md, f->history);
	spur_buf_adds(&md, "</TX><tool_id>spur</tool_id><tool_vendor>spur</tool_vendor><tool_version>" PACKAGE_VERSION
		      "</tool_version>");
	if (f->properties != NULL && *f->properties != '\0')
		spur_buf_addf(&md, "<common_properties>%s</common_properties>", f->properties);
	spur_buf_adds(&md, "</FHcomment>");
	spur_buf_addc(&md, '\0');
	spur_buf_u64(&fh, (uint64_t)f->written_ns);
	spur_buf_u64(&fh, 0);	/* zone, daylight saving, flags: UTC without a zone */
	/* The FH first: its place is known, that of the text follows from its size. */
	links[1] = spur_out_tell(f->out) + MDF_HEAD_BYTES + sizeof(links) + fh.len;
	st = mdf_new_block(f, "FH", links, 2, fh.data, fh.len, &at, err);
	if (st == SPUR_OK)
		st = mdf_new_block(f, "MD", NULL, 0, md.data, md.len, &at, err);
	spur_buf_finish(&md);
	spur_buf_finish(&fh);
	return st;
}

enum spur_status mdf_rewrite_tree(struct mdf_rewrite *parts, size_t count, struct spur_error *err)
{
	struct mdf_new_file *f = parts[0].file;
	uint64_t header[MDF_ROOTS];
	enum spur_status st = SPUR_OK;

	f->next = spur_out_tell(f->out);
	for (size_t k = 0; k < count; k++) {
		mdf_merge_share(parts, k);
		plan(&parts[k], k == 0);
	}
	for (size_t k = 0; k < count && st == SPUR_OK; k++)
		st = plan_roots(&parts[k], err);
	join_chains(parts, count, f->history == NULL ? 0 : f->next, header);
	for (size_t k = 0; k < count; k++) {
		for (size_t i = 0; i < parts[k].r->group_count && st == SPUR_OK; i++) {
			if (parts[k].groups[i].dg != 0)
				st = write_group(&parts[k], i, err);
		}
		for (size_t i = 0; i < parts[k].order_count && st == SPUR_OK; i++)
			st = copy_block(&parts[k], parts[k].order[i], err);
		for (size_t i = 0; i < parts[k].r->channel_count && st == SPUR_OK; i++) {
			if (parts[k].channels[i].conv != 0)
				st = write_conversion(&parts[k], i, err);
		}
	}
	if (st == SPUR_OK && f->history != NULL)
		st = write_history(f, err);
	return st == SPUR_OK ? spur_out_patch(f->out, 64 + MDF_HEAD_BYTES, header, sizeof(header), err) : st;
}
