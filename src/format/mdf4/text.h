#ifndef SPUR_FORMAT_MDF4_TEXT_H
#define SPUR_FORMAT_MDF4_TEXT_H

#include "format/mdf4/mdf.h"

/*
 * TX and MD blocks. Texts are read once per address and live as long as the reader:
 * thousands of channels share their units and sources.
 */

/* The text of a TX block, or the <TX> of an MD block; "" for NIL and for what cannot be
 * read (with damage). Never NULL. */
const char *mdf_text(struct spur_reader *r, uint64_t at);
/* The whole of a TX or MD block as it is; "" as above. */
const char *mdf_text_raw(struct spur_reader *r, uint64_t at);

/* The content of the first <tag> after `from`, entities resolved, into the arena; NULL if there is none. */
const char *mdf_xml_tag(struct spur_reader *r, const char *from, const char *tag);
/* Next <e name="...">value</e> (common_properties); moves *at. */
bool mdf_xml_property(struct spur_reader *r, const char **at, const char **name, const char **value);

/* Text of a sample as UTF-8. `type` is one of the text types of enum mdf_data_type. The
 * result is in `scratch` or in `in`. */
struct spur_buf;
const char *mdf_text_decode(unsigned type, const unsigned char *in, size_t len, struct spur_buf *scratch, size_t *out_len);

/* Appends text as it stands in elements and attributes. */
void mdf_xml_escape(struct spur_buf *b, const char *s);

#endif
