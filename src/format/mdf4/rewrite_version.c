#include "config.h"

#include "format/mdf4/rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "format/mdf4/block.h"

/*
 * What a file holds that older versions of MDF have not: looked for only where an older one
 * is asked for. Facts are those of the revision histories of MDF 4.2 and 4.3.
 */
#define TREE "CGCNCCSITXMDFHCHATEVCADSCLCVCU"
#define CG_NEWER 0xfff0u	/* flags: event signals and what came later */
#define CN_NEWER 13		/* the first flag of that kind */
#define AT_ZIP 8u		/* flag: packed by a zip type that is told */

struct walk {
	struct mdf_rewrite *w;
	struct mdf_map *seen;
	uint64_t *todo;
	size_t count, cap;
};

static void push(struct walk *k, uint64_t at)
{
	unsigned unused = 0;
	uint64_t i;

	at = mdf_block_unguard(k->w->r, at, &unused);
	if (at == 0 || (mdf_map_get(k->w->channel_at, at, &i) && k->w->channels[i].left_out) ||
	    (mdf_map_get(k->w->group_at, at, &i) && k->w->groups[i].left_out) || !mdf_map_put(k->seen, at, 0))
		return;
	MDF_PUSH(&k->todo, k->count, &k->cap);
	k->todo[k->count++] = at;
}

static uint16_t of_channel(const unsigned char *body, const char **what)
{
	unsigned type = body[2];
	uint32_t flags = spur_le32(body + 12);

	*what = "a channel with a data type or a flag";
	if (type > MDF_COMPLEX_BE || flags >> CN_NEWER != 0)
		return 430;
	if (body[0] == MDF_CN_VLSC) {
		*what = "values whose lengths are another channel";
		return 430;
	}
	*what = "complex numbers";
	return type >= MDF_COMPLEX_LE ? 420 : 0;
}

/* The version that has what this block says; 0: any of MDF 4. */
static uint16_t needs(const char *id, const unsigned char *body, const char **what)
{
	uint16_t flags = spur_le16(body + (strcmp(id, "CG") == 0 ? 16 : 0));

	if (strcmp(id, "CN") == 0)
		return of_channel(body, what);
	*what = strcmp(id, "CG") == 0 ? "a group whose master is that of another one, or of a newer kind" :
		strcmp(id, "CC") == 0 ? "a table of bit fields" :
		strcmp(id, "AT") == 0 ? "an attachment that is packed another way than by deflate" : "a data stream";
	if (strcmp(id, "CG") == 0)
		return (flags & CG_NEWER) != 0 ? 430 : (flags & MDF_CG_REMOTE_MASTER) != 0 ? 420 : 0;
	if (strcmp(id, "CC") == 0)
		return body[0] == MDF_CC_BITFIELD ? 420 : 0;
	if (strcmp(id, "AT") == 0)
		return (flags & AT_ZIP) != 0 ? 430 : 0;
	return strcmp(id, "DS") == 0 || strcmp(id, "CL") == 0 || strcmp(id, "CV") == 0 || strcmp(id, "CU") == 0 ? 430 : 0;
}

static enum spur_status look(struct walk *k, uint16_t asked, struct spur_error *err)
{
	struct spur_reader *r = k->w->r;
	unsigned char body[32] = { 0 };
	const char *what;
	struct mdf_block b;
	uint64_t at = k->todo[--k->count];

	if (mdf_block_read(r, at, TREE, &b, NULL) < 0 || mdf_block_body(r, &b, body, sizeof(body), NULL) < 0)
		return SPUR_OK;
	uint16_t least = needs(b.id, body, &what);

	if (least > asked)
		return spur_fail_byte(err, SPUR_EUNSUPPORTED, at, "MDF %u.%02u has no place for %s (MDF %u.%02u has): choose that version, or "
				      "leave it out; spur convert writes values", asked / 100u, asked % 100u, what, least / 100u, least % 100u);
	for (uint64_t i = 0; i < b.links; i++)
		push(k, mdf_block_link(r, &b, i));
	return SPUR_OK;
}

static enum spur_status fits(struct mdf_rewrite *w, uint16_t asked, struct spur_error *err)
{
	struct walk k = { .w = w, .seen = mdf_map_create() };
	enum spur_status st = SPUR_OK;
	struct mdf_block hd;

	if (mdf_block_read(w->r, 64, "HD", &hd, NULL) == SPUR_OK) {
		for (uint64_t i = MDF_ROOT_FH; i < MDF_ROOTS; i++)
			push(&k, mdf_block_link(w->r, &hd, i));
	}
	for (size_t i = 0; i < w->r->group_count; i++)
		push(&k, w->r->groups[i].at);
	for (size_t i = 0; i < w->r->channel_count; i++)	/* chains lead past what is left out */
		push(&k, w->r->channels[i].at);
	while (k.count > 0 && st == SPUR_OK)
		st = look(&k, asked, err);
	mdf_map_destroy(k.seen);
	free(k.todo);
	return st;
}

enum spur_status mdf_rewrite_version(struct mdf_rewrite *parts, size_t count, uint16_t *version, struct spur_error *err)
{
	const struct mdf_new_file *f = parts[0].file;
	uint16_t least = spur_mdf4_version_least(f->sink.packing, f->columns), newest = 0, asked = f->version;
	enum spur_status st = SPUR_OK;

	for (size_t k = 0; k < count; k++)
		newest = parts[k].r->version > newest ? parts[k].r->version : newest;
	*version = asked != 0 ? asked : newest > least ? newest : least;
	if (asked != 0 && asked < least)
		return spur_fail(err, SPUR_EINVAL, "MDF %u.%02u has not the blocks that are asked for: MDF %u.%02u has", asked / 100u,
				 asked % 100u, least / 100u, least % 100u);
	for (size_t k = 0; k < count && asked != 0 && asked < newest && st == SPUR_OK; k++)
		st = fits(&parts[k], asked, err);
	return st;
}
