#include "config.h"

#include "format/mdf4/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "format/mdf4/block.h"
#include "format/mdf4/map.h"

#define TEXT_LIMIT (1u << 20)	/* nobody reads more; the rest is left out */

/* A text in the arena up to its NUL; NULL when it cannot be read. */
static char *load(struct spur_reader *r, uint64_t at, bool *is_xml, struct spur_error *err)
{
	struct mdf_block b;
	size_t len;
	char *text;

	if (mdf_block_read(r, at, "TXMD", &b, err) < 0)
		return NULL;
	*is_xml = b.id[0] == 'M';
	len = b.body_len > TEXT_LIMIT ? TEXT_LIMIT : (size_t)b.body_len;
	if ((text = spur_arena_alloc(r->arena, len + 1)) == NULL) {
		spur_fail(err, SPUR_ENOMEM, "no room for a text of %zu bytes", len);
		return NULL;
	}
	return mdf_meta_read(r, b.body, text, len, err) < 0 ? NULL : text;
}

static const char *get(struct spur_reader *r, uint64_t at, bool raw)
{
	struct spur_error err;
	uint64_t key = raw ? at | 1 : at, known;
	const char *text, *inner;
	bool is_xml = false;

	if (at == 0)
		return "";
	if (mdf_map_get(r->texts, key, &known))
		return (const char *)(uintptr_t)known;
	text = load(r, at, &is_xml, &err);
	if (text == NULL) {
		mdf_damaged(r, at, 0, "text: %s", err.text);
		text = "";
	} else if (is_xml && !raw) {
		inner = mdf_xml_tag(r, text, "TX");
		text = inner == NULL ? "" : inner;
	}
	mdf_map_put(r->texts, key, (uint64_t)(uintptr_t)text);
	return text;
}

const char *mdf_text(struct spur_reader *r, uint64_t at)
{
	return get(r, at, false);
}

const char *mdf_text_raw(struct spur_reader *r, uint64_t at)
{
	return get(r, at, true);
}

static void add_utf8(struct spur_buf *b, uint32_t c)
{
	if (c < 0x80) {
		spur_buf_addc(b, (char)c);
	} else if (c < 0x800) {
		spur_buf_addc(b, (char)(0xC0 | c >> 6));
		spur_buf_addc(b, (char)(0x80 | (c & 63)));
	} else if (c < 0x10000) {
		spur_buf_addc(b, (char)(0xE0 | c >> 12));
		spur_buf_addc(b, (char)(0x80 | (c >> 6 & 63)));
		spur_buf_addc(b, (char)(0x80 | (c & 63)));
	} else {
		spur_buf_addc(b, (char)(0xF0 | c >> 18));
		spur_buf_addc(b, (char)(0x80 | (c >> 12 & 63)));
		spur_buf_addc(b, (char)(0x80 | (c >> 6 & 63)));
		spur_buf_addc(b, (char)(0x80 | (c & 63)));
	}
}

static uint32_t unit16(const unsigned char *p, bool big)
{
	return big ? (uint32_t)p[0] << 8 | p[1] : spur_le16(p);
}

static const char *from_utf16(bool big, const unsigned char *in, size_t len, struct spur_buf *out, size_t *out_len)
{
	spur_buf_clear(out);
	for (size_t i = 0; i + 1 < len; i += 2) {
		uint32_t c = unit16(in + i, big);

		if (c == 0)
			break;
		if (c == 0xFEFF && i == 0)
			continue;
		if (c >= 0xD800 && c < 0xDC00 && i + 3 < len && (unit16(in + i + 2, big) & 0xFC00) == 0xDC00) {
			c = 0x10000 + ((c & 0x3FF) << 10) + (unit16(in + i + 2, big) & 0x3FF);
			i += 2;
		} else if (c >= 0xD800 && c < 0xE000) {
			c = 0xFFFD;
		}
		add_utf8(out, c);
	}
	*out_len = out->len;
	return spur_buf_text(out);
}

static const char *from_bytes(unsigned type, const unsigned char *in, size_t len, struct spur_buf *out, size_t *out_len)
{
	const unsigned char *end = len == 0 ? NULL : memchr(in, 0, len);

	*out_len = end == NULL ? len : (size_t)(end - in);
	if (type != MDF_LATIN1)
		return (const char *)in;
	spur_buf_clear(out);
	for (size_t i = 0; i < *out_len; i++)
		add_utf8(out, in[i]);
	*out_len = out->len;
	return spur_buf_text(out);
}

const char *mdf_text_decode(unsigned type, const unsigned char *in, size_t len, struct spur_buf *scratch, size_t *out_len)
{
	switch (type) {
	case MDF_UTF16LE:
		return from_utf16(false, in, len, scratch, out_len);
	case MDF_UTF16BE:
		return from_utf16(true, in, len, scratch, out_len);
	case MDF_BOM_TEXT:	/* the byte order mark says which */
		if (len >= 2 && ((in[0] == 0xFF && in[1] == 0xFE) || (in[0] == 0xFE && in[1] == 0xFF)))
			return from_utf16(in[0] == 0xFE, in, len, scratch, out_len);
		if (len >= 3 && memcmp(in, "\xEF\xBB\xBF", 3) == 0)
			return from_bytes(MDF_UTF8, in + 3, len - 3, scratch, out_len);
		return from_bytes(MDF_UTF8, in, len, scratch, out_len);
	default:
		return from_bytes(type, in, len, scratch, out_len);
	}
}
