#include "config.h"

#include "format/mdf4/writer_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "format/mdf4/text.h"
#include "format/mdf4/writer_priv.h"

/* Sizes and places of the links and fields: ASAM MDF 4.1, one section per block id. */

struct text {
	char *s;
	uint64_t at;
};

/* State of one pass. Equal texts are written once: units and names repeat a lot. */
struct pass {
	struct spur_mdf4_sink *to;
	struct text *texts;	/* open addressing, cap a power of two */
	size_t count, cap;
	enum spur_status st;
	struct spur_error *err;
};

static uint64_t block(struct pass *p, const char *id, uint64_t links, const struct spur_buf *b)
{
	uint64_t at = 0;

	if (p->st == SPUR_OK)
		p->st = spur_mdf4_block(p->to->out, id, links, b->data, b->len, NULL, 0, &at, p->err);
	return at;
}

static struct text *text_slot(struct text *texts, size_t cap, const char *s)
{
	size_t i = (size_t)spur_hash64(s, strlen(s)) & (cap - 1);

	while (texts[i].s != NULL && strcmp(texts[i].s, s) != 0)
		i = (i + 1) & (cap - 1);
	return &texts[i];
}

static void grow_texts(struct pass *p)
{
	size_t cap = p->cap == 0 ? 256 : p->cap * 2;
	struct text *texts = spur_calloc(cap, sizeof(*texts));

	for (size_t i = 0; i < p->cap; i++) {
		if (p->texts[i].s != NULL)
			*text_slot(texts, cap, p->texts[i].s) = p->texts[i];
	}
	free(p->texts);
	p->texts = texts;
	p->cap = cap;
}

/* Address of a TX with this text; 0 for NULL and "". */
static uint64_t text(struct pass *p, const char *s)
{
	struct spur_buf b = { 0 };
	struct text *t;

	if (s == NULL || *s == '\0')
		return 0;
	if (p->count * 2 >= p->cap)
		grow_texts(p);
	t = text_slot(p->texts, p->cap, s);
	if (t->s != NULL)
		return t->at;
	spur_buf_add(&b, s, strlen(s) + 1);
	t->s = spur_strdup(s);
	t->at = block(p, "TX", 0, &b);
	p->count++;
	spur_buf_finish(&b);
	return t->at;
}

static uint64_t header_comment(struct pass *p, const char *comment)
{
	struct spur_buf b = { 0 };
	uint64_t at;

	if (comment == NULL)
		return 0;
	spur_buf_adds(&b, "<HDcomment><TX>");
	mdf_xml_escape(&b, comment);
	spur_buf_adds(&b, "</TX></HDcomment>");
	spur_buf_addc(&b, '\0');
	at = block(p, "MD", 0, &b);
	spur_buf_finish(&b);
	return at;
}

static uint64_t history(struct pass *p, spur_ns written_ns)
{
	struct spur_buf b = { 0 };
	uint64_t md;

	spur_buf_adds(&b, "<FHcomment><TX>written by spur " PACKAGE_VERSION "</TX><tool_id>spur</tool_id><tool_vendor>spur</tool_vendor>"
			  "<tool_version>" PACKAGE_VERSION "</tool_version></FHcomment>");
	spur_buf_addc(&b, '\0');
	md = block(p, "MD", 0, &b);
	spur_buf_clear(&b);
	spur_buf_u64(&b, 0);
	spur_buf_u64(&b, md);
	spur_buf_u64(&b, (uint64_t)written_ns);
	spur_buf_u64(&b, 0);	/* zone, daylight saving, flags: UTC without a zone */
	md = block(p, "FH", 2, &b);
	spur_buf_finish(&b);
	return md;
}

/* CC type 1: P0 + P1 * x. Type 7: keys, and one text more than keys for the default (none). */
static uint64_t conversion(struct pass *p, const struct spur_mdf4_cn *cn)
{
	struct spur_buf b = { 0 };
	bool table = cn->text_count > 0;
	size_t refs = table ? cn->text_count + 1 : 0, values = table ? cn->text_count : 2;
	uint64_t at;

	if (!table && (cn->factor == 0 || (cn->factor == 1 && cn->offset == 0)))
		return 0;
	for (int i = 0; i < 4; i++)
		spur_buf_u64(&b, 0);	/* name, unit, comment, inverse */
	for (size_t i = 0; i < refs; i++)
		spur_buf_u64(&b, i < cn->text_count ? text(p, cn->texts[i].text) : 0);
	spur_buf_u8(&b, table ? 7 : 1);
	spur_buf_u8(&b, 0);
	spur_buf_u16(&b, 0);
	spur_buf_u16(&b, (uint16_t)refs);
	spur_buf_u16(&b, (uint16_t)values);
	spur_buf_f64(&b, 0);
	spur_buf_f64(&b, 0);
	for (size_t i = 0; table && i < values; i++)
		spur_buf_f64(&b, (double)cn->texts[i].value);
	if (!table) {
		spur_buf_f64(&b, cn->offset);
		spur_buf_f64(&b, cn->factor);
	}
	at = block(p, "CC", 4 + refs, &b);
	spur_buf_finish(&b);
	return at;
}

static uint64_t channel(struct pass *p, const struct spur_mdf4_cn *cn, uint64_t next, uint64_t composition)
{
	struct spur_buf b = { 0 };
	uint64_t data = 0, links[8];

	if (cn->vlsd_id != 0)
		data = cn->vlsd_at;
	else if (cn->sd != NULL && p->st == SPUR_OK)
		p->st = spur_mdf4_stream_link(cn->sd, p->to, &data, p->err);
	links[0] = next;
	links[1] = composition;
	links[2] = text(p, cn->name);
	links[3] = 0;
	links[4] = conversion(p, cn);
	links[5] = data;
	links[6] = text(p, cn->unit);
	links[7] = text(p, cn->comment);
	for (size_t i = 0; i < 8; i++)
		spur_buf_u64(&b, links[i]);
	spur_buf_u8(&b, cn->type);
	spur_buf_u8(&b, cn->sync);
	spur_buf_u8(&b, cn->data_type);
	spur_buf_u8(&b, 0);
	spur_buf_u32(&b, cn->byte);
	spur_buf_u32(&b, cn->bits);
	spur_buf_u32(&b, cn->flags);
	spur_buf_u32(&b, cn->inval_bit);
	spur_buf_u32(&b, 0);	/* precision, reserved, attachments */
	for (int i = 0; i < 6; i++)
		spur_buf_f64(&b, 0);	/* ranges: not valid */
	next = block(p, "CN", 8, &b);
	spur_buf_finish(&b);
	return next;
}

/* The members of a composition, or plain channels, last one first so that links are known. */
static uint64_t channel_run(struct pass *p, const struct spur_mdf4_cn *cns, size_t count)
{
	uint64_t next = 0;

	for (size_t i = count; i-- > 0;)
		next = channel(p, &cns[i], next, 0);
	return next;
}

/* A composition is the last channel of its group: see can_layout() of the writer. */
static uint64_t channels(struct pass *p, const struct spur_mdf4_cg *cg)
{
	size_t flat = cg->count;
	uint64_t next = 0;

	for (size_t i = 0; i < cg->count; i++) {
		if (cg->cns[i].members > 0)
			flat = i;
	}
	if (flat < cg->count)
		next = channel(p, &cg->cns[flat], 0, channel_run(p, &cg->cns[flat + 1], cg->cns[flat].members));
	for (size_t i = flat; i-- > 0;)
		next = channel(p, &cg->cns[i], next, 0);
	return next;
}

static uint64_t source(struct pass *p, const struct spur_mdf4_cg *cg)
{
	struct spur_buf b = { 0 };
	uint64_t at;

	if (cg->source == NULL)
		return 0;
	spur_buf_u64(&b, text(p, cg->source));
	spur_buf_u64(&b, text(p, cg->source));
	spur_buf_u64(&b, 0);
	spur_buf_u8(&b, cg->bus ? 2 : 1);	/* bus, ECU */
	spur_buf_u8(&b, cg->bus ? 2 : 0);	/* CAN, none */
	spur_buf_u16(&b, 0);
	spur_buf_u32(&b, 0);
	at = block(p, "SI", 3, &b);
	spur_buf_finish(&b);
	return at;
}

#define CG_VLSD 0x1u
#define CG_BUS_EVENT 0x6u	/* bus event, plain bus event */
#define CG_REMOTE_MASTER 0x8u
#define CG_LINK_MASTER (24 + 8 * 6)	/* from the start of the block */

static uint64_t channel_group(struct pass *p, struct spur_mdf4_cg *cg, uint64_t next)
{
	struct spur_buf b = { 0 };
	bool remote = cg->time_of != NULL;

	spur_buf_u64(&b, next);
	spur_buf_u64(&b, channels(p, cg));
	spur_buf_u64(&b, text(p, cg->name));
	spur_buf_u64(&b, source(p, cg));
	spur_buf_u64(&b, 0);
	spur_buf_u64(&b, text(p, cg->comment));
	if (remote)
		spur_buf_u64(&b, 0);	/* the group is written later: see write_masters() */
	spur_buf_u64(&b, cg->id);
	spur_buf_u64(&b, cg->rows);
	spur_buf_u16(&b, remote ? CG_REMOTE_MASTER : cg->bus ? CG_BUS_EVENT : 0);
	spur_buf_u16(&b, cg->bus ? '.' : 0);
	spur_buf_u32(&b, 0);
	spur_buf_u32(&b, cg->data_bytes);
	spur_buf_u32(&b, cg->inval_bytes);
	cg->at = block(p, "CG", remote ? 7 : 6, &b);
	spur_buf_finish(&b);
	return cg->at;
}

/* Links to groups that stand before those which refer to them, and so are written after them. */
static void write_masters(struct pass *p, const struct spur_mdf4_tree *tree)
{
	for (size_t i = 0; i < tree->count && p->st == SPUR_OK; i++) {
		const struct spur_mdf4_cg *cg = tree->groups[i];

		if (cg->time_of != NULL)
			p->st = spur_out_patch(p->to->out, cg->at + CG_LINK_MASTER, &cg->time_of->at, 8, p->err);
	}
}

/* The values of one channel of an unsorted data group: no channels, and the sizes of data and invalidation
 * bytes are the two halves of the number of bytes in all its values. */
static uint64_t vlsd_group(struct pass *p, const struct spur_mdf4_cn *cn, uint64_t next)
{
	struct spur_buf b = { 0 };
	uint64_t at;

	spur_buf_u64(&b, next);
	for (int i = 0; i < 5; i++)
		spur_buf_u64(&b, 0);
	spur_buf_u64(&b, cn->vlsd_id);
	spur_buf_u64(&b, cn->vlsd_count);
	spur_buf_u64(&b, CG_VLSD);	/* flags, path separator, reserved */
	spur_buf_u64(&b, cn->sd->written - 4 * cn->vlsd_count);
	at = block(p, "CG", 6, &b);
	spur_buf_finish(&b);
	return at;
}

/* The groups of an unsorted data group; those of values stand last, so that they are known first. */
static uint64_t mixed_groups(struct pass *p, struct spur_mdf4_mix *m)
{
	uint64_t next = 0;

	for (size_t i = m->count; i-- > 0;) {
		for (size_t k = m->cgs[i]->count; k-- > 0;) {
			struct spur_mdf4_cn *cn = &m->cgs[i]->cns[k];

			if (cn->vlsd_id != 0)
				cn->vlsd_at = next = vlsd_group(p, cn, next);
		}
	}
	for (size_t i = m->count; i-- > 0;)
		next = channel_group(p, m->cgs[i], next);
	return next;
}

/* Of an unsorted one the first group stands for all. */
static uint64_t data_group(struct pass *p, struct spur_mdf4_cg *cg, uint64_t next)
{
	struct spur_mdf4_mix *m = cg->mix;
	struct spur_buf b = { 0 };
	uint64_t data = 0;

	if (m != NULL && m->cgs[0] != cg)
		return next;
	if (p->st == SPUR_OK)
		p->st = spur_mdf4_stream_link(m != NULL ? &m->data : &cg->data, p->to, &data, p->err);
	spur_buf_u64(&b, next);
	spur_buf_u64(&b, m != NULL ? mixed_groups(p, m) : channel_group(p, cg, 0));
	spur_buf_u64(&b, data);
	spur_buf_u64(&b, 0);
	spur_buf_u64(&b, m != NULL ? 1 : 0);	/* bytes of the record id */
	next = block(p, "DG", 4, &b);
	spur_buf_finish(&b);
	return next;
}

/* All at once: what waits is packed together. */
enum spur_status spur_mdf4_tree_flush(const struct spur_mdf4_tree *tree, struct spur_mdf4_sink *to, struct spur_error *err)
{
	enum spur_status st = SPUR_OK;

	for (size_t i = 0; i < tree->count; i++) {
		struct spur_mdf4_cg *cg = tree->groups[i];

		for (size_t k = 0; st == SPUR_OK && k < cg->count; k++) {
			if (cg->cns[k].sd != NULL)
				st = spur_mdf4_stream_flush(cg->cns[k].sd, to, err);
		}
		if (st == SPUR_OK)
			st = spur_mdf4_stream_flush(&cg->data, to, err);
	}
	for (size_t i = 0; st == SPUR_OK && i < tree->mix_count; i++)
		st = spur_mdf4_stream_flush(&tree->mixes[i]->data, to, err);
	return st == SPUR_OK ? spur_mdf4_sink_drain(to, err) : st;
}

/* Columns that were valid all the time need no invalidation bits: readers stumble over lists without a single one. */
static void drop_needless_bits(const struct spur_mdf4_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++) {
		struct spur_mdf4_cg *cg = tree->groups[i];

		if (!cg->data.columns || cg->data.invalid)
			continue;
		cg->inval_bytes = cg->data.inval_bytes = 0;
		for (size_t k = 0; k < cg->count; k++)
			cg->cns[k].flags &= ~(uint32_t)FLAG_INVAL;
	}
}

enum spur_status spur_mdf4_tree_write(const struct spur_mdf4_tree *tree, struct spur_mdf4_sink *to,
				      struct spur_mdf4_roots *roots, struct spur_error *err)
{
	struct pass p = { .to = to, .err = err };

	roots->dg = 0;
	p.st = spur_mdf4_tree_flush(tree, to, err);
	drop_needless_bits(tree);
	for (size_t i = tree->count; i-- > 0;)
		roots->dg = data_group(&p, tree->groups[i], roots->dg);
	write_masters(&p, tree);
	roots->comment = header_comment(&p, tree->header);
	roots->fh = history(&p, tree->written_ns);
	for (size_t i = 0; i < p.cap; i++)
		free(p.texts[i].s);
	free(p.texts);
	return p.st;
}

static void cn_finish(struct spur_mdf4_cn *cn)
{
	free(cn->name);
	free(cn->unit);
	free(cn->comment);
	for (size_t i = 0; i < cn->text_count; i++)
		free(cn->texts[i].text);
	free(cn->texts);
	if (cn->sd != NULL)
		spur_mdf4_stream_finish(cn->sd);
	free(cn->sd);
}

void spur_mdf4_cg_destroy(struct spur_mdf4_cg *cg)
{
	if (cg == NULL)
		return;
	for (size_t i = 0; i < cg->count; i++)
		cn_finish(&cg->cns[i]);
	free(cg->cns);
	free(cg->name);
	free(cg->source);
	free(cg->comment);
	spur_mdf4_stream_finish(&cg->data);
	free(cg);
}
