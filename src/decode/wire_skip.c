#include "config.h"

#include "base/buf.h"
#include "decode/wire_priv.h"

#define STEPS_PER_BYTE 64u
#define STEPS_FREE 65536u

static enum spur_status skip_shape(struct spur_wire *w, const struct spur_shape *s, struct spur_error *err);

/* What nobody wants is stepped over: blocks of numbers at once, the rest by its values. */
enum spur_status wire_skip_member(struct spur_wire *w, const struct spur_member *m, struct spur_error *err)
{
	const unsigned char *data;
	enum spur_status st;
	uint64_t count;
	const char *s;
	size_t len;

	if ((st = wire_take_count(w, m, &count, err)) < 0)
		return st;
	if (spur_prim_size(m->prim) > 0)
		return wire_take_block(w, m, count, &data, err);
	for (uint64_t i = 0; i < count && st >= 0; i++) {
		struct spur_buf wide = { 0 };

		if ((st = wire_step(w, m, err)) < 0)
			break;
		if (m->prim == SPUR_PRIM_TEXT)
			st = wire_take_text(w, m, &s, &len, err);
		else if (m->prim == SPUR_PRIM_WTEXT)
			st = wire_take_wide(w, m, &wide, err);
		else if (m->prim == SPUR_PRIM_STRUCT)
			st = skip_shape(w, m->shape, err);
		spur_buf_finish(&wide);
	}
	return st;
}

static enum spur_status skip_shape(struct spur_wire *w, const struct spur_shape *s, struct spur_error *err)
{
	const struct spur_member *m;
	struct wire_frame f;
	enum spur_status st = wire_struct_begin(w, s, &f, err);

	if (st < 0)
		return st;
	while ((st = wire_struct_next(w, &f, &m, err)) == SPUR_OK && (st = wire_skip_member(w, m, err)) >= 0)
		;
	if (st >= 0)
		wire_struct_end(w, &f);
	return st < 0 ? st : SPUR_OK;
}

static void allow(struct spur_wire *w)
{
	w->at_root = true;
	w->steps = (uint64_t)w->size * STEPS_PER_BYTE + STEPS_FREE;
}

/* CDR 2 puts a delimiter before arrays of what is not a number, and some writers leave it out. Nothing
 * in the payload tells which, except that only one of them ends where the payload does. */
void wire_prepare(struct spur_wire *w, const struct spur_shape *root)
{
	struct spur_wire probe = *w;

	allow(w);
	if (w->version < 2 || !root->delimits)
		return;
	allow(&probe);
	probe.framed = true;
	w->framed = skip_shape(&probe, root, NULL) >= 0 && probe.size - probe.pos < 4;
}
