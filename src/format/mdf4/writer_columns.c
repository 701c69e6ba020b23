#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "format/mdf4/writer_priv.h"

/*
 * Column-oriented storage (MDF 4.2): a group whose records are one value each, in DV and DI
 * blocks. Its master is that of another group, which holds nothing else.
 */

static char *copy(const char *s)
{
	return s == NULL ? NULL : spur_strdup(s);
}

/* A group of one channel, which goes over to it; the others of the same rows refer to that of the master. */
static struct spur_mdf4_cg *column(const struct spur_mdf4_cg *of, struct spur_mdf4_cn *cn, struct spur_mdf4_cg *time_of)
{
	struct spur_mdf4_cg *cg = spur_calloc(1, sizeof(*cg));

	cg->name = copy(of->name);
	cg->source = copy(of->source);
	cg->comment = copy(of->comment);
	cg->domain = of->domain;
	cg->has_master = cn->type == CN_MASTER;
	cg->time_of = time_of;
	cg->cns = spur_calloc(1, sizeof(*cg->cns));
	cg->cns[cg->count++] = *cn;
	cg->cns[0].byte = 0;
	cg->data_bytes = cn->size;
	cg->data.columns = true;
	spur_mdf4_place_invalid_bits(cg);
	return cg;
}

uint32_t spur_mdf4_columns_add(struct spur_mdf4_writer *w, struct spur_mdf4_cg *cg)
{
	struct spur_mdf4_cg *time_of = NULL;

	w->sets = spur_realloc(w->sets, w->set_count + 1, sizeof(*w->sets));
	w->sets[w->set_count] = (struct spur_mdf4_set){ w->tree.count, cg->count };
	for (size_t i = 0; i < cg->count; i++) {
		struct spur_mdf4_cg *c = column(cg, &cg->cns[i], time_of);

		if (c->has_master)
			time_of = c;
		spur_mdf4_tree_push(&w->tree, c);
	}
	cg->count = 0;	/* the channels have other owners now */
	spur_mdf4_cg_destroy(cg);
	return (uint32_t)w->set_count++;
}
