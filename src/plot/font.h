#ifndef SPUR_PLOT_FONT_H
#define SPUR_PLOT_FONT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "model/pixels.h"

/*
 * Text on pixels: an outline font through FreeType (loaded on first use), or the built-in one of
 * 6 x 10 pixels, which is exact on every machine and needs nothing. Text is UTF-8, from left to right,
 * without kerning; what is no UTF-8 or has no glyph shows as a box. Any thread: one lock guards the
 * glyphs that have been drawn already.
 */
struct spur_font;

/* The font of every picture: $SPUR_FONT (a file, or "builtin"), otherwise the one that configure
 * --with-font named, otherwise the built-in one. Decided once. Never NULL, never freed. */
const struct spur_font *spur_font_default(void);
const struct spur_font *spur_font_builtin(void);
/* An outline font; SPUR_ENOTFOUND: no FreeType, or no such file; SPUR_EFORMAT: no font. */
enum spur_status spur_font_open(const char *path, struct spur_font **out, struct spur_error *err);
void spur_font_close(struct spur_font *f);	/* NULL is fine */
/* "FreeType 2.12.1, /usr/share/.../DejaVuSans.ttf", or "built-in (why)". */
const char *spur_font_about(const struct spur_font *f);
bool spur_font_has(const struct spur_font *f, uint32_t code);

/* Text with its baseline's left end at x, y, clipped to the picture; returns its width. size: height of
 * the letters' box in pixels, 4 to 400. out NULL: only measures. */
int spur_font_text(const struct spur_font *f, struct spur_pixels *out, int x, int y, double size, struct spur_rgb c,
		   const char *text);
/* Shortened in its middle with an ellipsis until it is at most `width` wide; out has strlen(text) + 4 bytes. */
void spur_font_elide(const struct spur_font *f, double size, int width, const char *text, char *out);
/* One character of UTF-8; moves *text on; U+FFFD for what is none. 0 at the end. */
uint32_t spur_font_code(const char **text);

#endif
