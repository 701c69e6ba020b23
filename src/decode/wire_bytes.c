#include "config.h"

#include "decode/wire_priv.h"


enum spur_status wire_past_end(const struct spur_wire *w, const struct spur_member *m, uint64_t need, struct spur_error *err)
{
	return spur_fail_byte(err, SPUR_EFORMAT, w->pos, "field %s needs %llu bytes at byte %zu of %zu",
			      m == NULL || m->name == NULL ? "" : m->name, (unsigned long long)need, w->pos, w->size);
}

/* Moves to the alignment of `size`; past the end is found by the read that follows. */
void wire_align(struct spur_wire *w, size_t size)
{
	size_t to = size < w->align_max ? size : w->align_max;
	size_t over = to > 1 ? (w->pos - w->origin) % to : 0;

	if (over > 0)
		w->pos += to - over;
}

enum spur_status wire_take(struct spur_wire *w, const struct spur_member *m, size_t size, union wire_number *out,
			     struct spur_error *err)
{
	wire_align(w, size);
	if (!wire_has(w, size))
		return wire_past_end(w, m, size, err);
	*out = wire_load(w->data + w->pos, size, w->swap);
	w->pos += size;
	return SPUR_OK;
}

/* Length and bytes of a text; the NUL of CDR is not part of it. */
enum spur_status wire_take_text(struct spur_wire *w, const struct spur_member *m, const char **s, size_t *len,
				  struct spur_error *err)
{
	union wire_number n;
	enum spur_status st = wire_take(w, m, 4, &n, err);

	if (st < 0)
		return st;
	if (!wire_has(w, n.u32))
		return wire_past_end(w, m, n.u32, err);
	*s = (const char *)w->data + w->pos;
	*len = n.u32;
	w->pos += n.u32;
	if (w->terminated && *len > 0 && (*s)[*len - 1] == '\0')
		(*len)--;
	return SPUR_OK;
}

/* UTF-16 units of the payload as UTF-8; lone surrogates become U+FFFD. */
static void utf16_text(const struct spur_wire *w, const unsigned char *p, size_t units, struct spur_buf *out)
{
	for (size_t i = 0; i < units; i++) {
		uint32_t c = wire_load(p + 2 * i, 2, w->swap).u16;

		if (c >= 0xd800 && c < 0xdc00 && i + 1 < units) {
			uint32_t low = wire_load(p + 2 * i + 2, 2, w->swap).u16;

			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				i++;
			}
		}
		if (c >= 0xd800 && c < 0xe000)
			c = 0xfffd;
		if (c < 0x80) {
			spur_buf_addc(out, (char)c);
		} else if (c < 0x800) {
			spur_buf_addc(out, (char)(0xc0 | c >> 6));
			spur_buf_addc(out, (char)(0x80 | (c & 63)));
		} else {
			spur_buf_addc(out, (char)(c < 0x10000 ? 0xe0 | c >> 12 : 0xf0 | c >> 18));
			if (c >= 0x10000)
				spur_buf_addc(out, (char)(0x80 | (c >> 12 & 63)));
			spur_buf_addc(out, (char)(0x80 | (c >> 6 & 63)));
			spur_buf_addc(out, (char)(0x80 | (c & 63)));
		}
	}
}

enum spur_status wire_take_wide(struct spur_wire *w, const struct spur_member *m, struct spur_buf *out,
				  struct spur_error *err)
{
	union wire_number n;
	enum spur_status st = wire_take(w, m, 4, &n, err);

	if (st < 0)
		return st;
	if (!wire_has(w, (uint64_t)n.u32 * 2))
		return wire_past_end(w, m, (uint64_t)n.u32 * 2, err);
	utf16_text(w, w->data + w->pos, n.u32, out);
	w->pos += (size_t)n.u32 * 2;
	return SPUR_OK;
}

enum spur_status wire_step(struct spur_wire *w, const struct spur_member *m, struct spur_error *err)
{
	if (w->steps == 0)
		return spur_fail_byte(err, SPUR_EFORMAT, w->pos, "field %s: more values than %zu bytes can hold",
				      m->name == NULL ? "" : m->name, w->size);
	w->steps--;
	return SPUR_OK;
}

/* Elements of m: 1, its fixed length, or the count that the payload says. */
enum spur_status wire_take_count(struct spur_wire *w, const struct spur_member *m, uint64_t *count, struct spur_error *err)
{
	union wire_number n;
	enum spur_status st;

	*count = m->extent == SPUR_FIXED ? m->length : 1;
	if (w->framed && m->extent != SPUR_ONE && spur_prim_size(m->prim) == 0 && (st = wire_take(w, m, 4, &n, err)) < 0)
		return st;
	if (m->extent != SPUR_SEQUENCE)
		return SPUR_OK;
	if ((st = wire_take(w, m, 4, &n, err)) < 0)
		return st;
	*count = n.u32;
	return SPUR_OK;
}

/* `count` numbers side by side, alignment included. */
enum spur_status wire_take_block(struct spur_wire *w, const struct spur_member *m, uint64_t count,
				   const unsigned char **data, struct spur_error *err)
{
	size_t size = spur_prim_size(m->prim);

	if (count > 0)
		wire_align(w, size);
	if (count > 0 && !wire_has(w, count * size))
		return wire_past_end(w, m, count * size, err);
	*data = w->data + w->pos;
	w->pos += (size_t)count * size;
	return SPUR_OK;
}
