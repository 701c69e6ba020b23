#include "config.h"

#include "plot/font.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <ft2build.h>
#include FT_FREETYPE_H

#include "base/buf.h"
#include "base/library.h"
#include "plot/font_builtin.h"

#define CACHE_SLOTS 1024	/* power of two; half full, everything is forgotten */
#define SIZE_MIN 4.0
#define SIZE_MAX_PX 400.0

static struct {
	FT_Error (*init)(FT_Library *);
	FT_Error (*done)(FT_Library);
	FT_Error (*face)(FT_Library, const char *, FT_Long, FT_Face *);
	FT_Error (*done_face)(FT_Face);
	FT_Error (*size)(FT_Face, FT_F26Dot6, FT_F26Dot6, FT_UInt, FT_UInt);
	FT_UInt (*index)(FT_Face, FT_ULong);
	FT_Error (*load)(FT_Face, FT_UInt, FT_Int32);
	void (*version)(FT_Library, FT_Int *, FT_Int *, FT_Int *);
} ft;

static const struct spur_symbol symbols[] = {
	{ "FT_Init_FreeType", &ft.init }, { "FT_Done_FreeType", &ft.done }, { "FT_New_Face", &ft.face },
	{ "FT_Done_Face", &ft.done_face }, { "FT_Set_Char_Size", &ft.size }, { "FT_Get_Char_Index", &ft.index },
	{ "FT_Load_Glyph", &ft.load }, { "FT_Library_Version", &ft.version }, { NULL, NULL },
};

static struct spur_library library = { "libfreetype.so.6", "libfreetype6", symbols, NULL };

/* A glyph as it was drawn once: coverage, rows from the top. */
struct glyph {
	uint32_t code;
	int size64;		/* 0: free slot */
	int left, top, width, height, advance;
	unsigned char *cover;	/* owned */
};

struct spur_font {
	FT_Library lib;		/* NULL: the built-in font */
	FT_Face face;
	int size64;		/* that the face is set to */
	char *about;
	size_t used;
	struct glyph *cache;	/* CACHE_SLOTS */
};

/* Guards the faces and the caches of all fonts. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t chosen = PTHREAD_ONCE_INIT;
static struct spur_font builtin = { .about = NULL };
static const struct spur_font *standard;
static char *why_builtin;

uint32_t spur_font_code(const char **text)
{
	const unsigned char *p = (const unsigned char *)*text;
	static const unsigned char lead[] = { 0xc0, 0xe0, 0xf0, 0xf8 };
	static const uint32_t least[] = { 0x80, 0x800, 0x10000 };
	uint32_t code = p[0];
	int more = 0;

	if (code == 0)
		return 0;
	*text += 1;
	if (code < 0x80)
		return code;
	while (more < 3 && code >= lead[more])
		more++;
	if (more == 0 || code >= 0xf8)
		return 0xfffd;
	code &= 0x3fu >> more;
	for (int i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0xfffd;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (code < least[more - 1] || code > 0x10ffff)
		return 0xfffd;
	*text += more;
	return code;
}

/* ---- which font ---- */

static char *about(FT_Library lib, const char *path)
{
	FT_Int major, minor, patch;

	ft.version(lib, &major, &minor, &patch);
	return spur_strfmt("FreeType %d.%d.%d, %s", (int)major, (int)minor, (int)patch, path);
}

enum spur_status spur_font_open(const char *path, struct spur_font **out, struct spur_error *err)
{
	enum spur_status st = spur_library_load(&library, err);
	struct spur_font *f;
	FT_Error e;

	*out = NULL;
	if (st < 0)
		return st;
	f = spur_calloc(1, sizeof(*f));
	if (ft.init(&f->lib) != 0) {
		free(f);
		return spur_fail(err, SPUR_ENOMEM, "FreeType does not start");
	}
	e = ft.face(f->lib, path, 0, &f->face);
	if (e != 0) {
		ft.done(f->lib);
		free(f);
		return e == FT_Err_Cannot_Open_Resource ?
			spur_fail(err, SPUR_ENOTFOUND, "%s: cannot be opened: install fonts-dejavu-core", path) :
			spur_fail(err, SPUR_EFORMAT, "%s: no font that FreeType reads (error %d)", path, (int)e);
	}
	f->about = about(f->lib, path);
	f->cache = spur_calloc(CACHE_SLOTS, sizeof(*f->cache));
	*out = f;
	return SPUR_OK;
}

static void forget(struct spur_font *f)
{
	for (size_t i = 0; i < CACHE_SLOTS; i++)
		free(f->cache[i].cover);
	memset(f->cache, 0, CACHE_SLOTS * sizeof(*f->cache));
	f->used = 0;
}

void spur_font_close(struct spur_font *f)
{
	if (f == NULL || f->lib == NULL)
		return;
	ft.done_face(f->face);
	ft.done(f->lib);
	forget(f);
	free(f->cache);
	free(f->about);
	free(f);
}

static void choose(void)
{
	const char *path = getenv("SPUR_FONT");
	struct spur_error err = { 0 };
	struct spur_font *f = NULL;

	standard = &builtin;
	if (path == NULL || path[0] == '\0')
		path = SPUR_FONT_FILE;
	if (strcmp(path, "builtin") == 0)
		return;
	if (spur_font_open(path, &f, &err) >= 0)
		standard = f;
	else
		why_builtin = spur_strfmt("built-in (%s)", err.text);
}

const struct spur_font *spur_font_default(void)
{
	pthread_once(&chosen, choose);
	return standard;
}

const struct spur_font *spur_font_builtin(void)
{
	return &builtin;
}

const char *spur_font_about(const struct spur_font *f)
{
	if (f->lib != NULL)
		return f->about;
	return why_builtin != NULL ? why_builtin : "built-in";
}

bool spur_font_has(const struct spur_font *f, uint32_t code)
{
	int have = 0;

	if (f->lib == NULL) {
		spur_builtin_glyph(code, &have);
		return have != 0;
	}
	pthread_mutex_lock(&lock);
	have = ft.index(f->face, code) != 0;
	pthread_mutex_unlock(&lock);
	return have != 0;
}

/* ---- glyphs ---- */

/* Light hinting moves outlines vertically only: small text is sharp and keeps its widths. */
static void render(struct spur_font *f, struct glyph *g)
{
	const FT_GlyphSlot slot = f->face->glyph;

	if (f->size64 != g->size64) {
		if (ft.size(f->face, g->size64, g->size64, 72, 72) != 0)
			return;
		f->size64 = g->size64;
	}
	if (ft.load(f->face, ft.index(f->face, g->code), FT_LOAD_RENDER | FT_LOAD_TARGET_LIGHT) != 0)
		return;
	g->advance = (int)((slot->advance.x + 32) >> 6);
	if (slot->bitmap.pixel_mode != FT_PIXEL_MODE_GRAY || slot->bitmap.buffer == NULL)
		return;
	g->left = slot->bitmap_left;
	g->top = slot->bitmap_top;
	g->width = (int)slot->bitmap.width;
	g->height = (int)slot->bitmap.rows;
	g->cover = spur_malloc((size_t)g->width * (size_t)g->height);
	for (int y = 0; y < g->height; y++)
		memcpy(g->cover + (size_t)y * (size_t)g->width, slot->bitmap.buffer + (ptrdiff_t)y * slot->bitmap.pitch,
		       (size_t)g->width);
}

static const struct glyph *glyph_of(struct spur_font *f, uint32_t code, int size64)
{
	uint32_t h = (code * 2654435761u) ^ ((uint32_t)size64 * 40503u);
	struct glyph *g;

	if (f->used >= CACHE_SLOTS / 2)
		forget(f);
	for (h = (h ^ h >> 15) % CACHE_SLOTS; ; h = (h + 1) % CACHE_SLOTS) {
		g = &f->cache[h];
		if (g->size64 == 0)
			break;
		if (g->code == code && g->size64 == size64)
			return g;
	}
	g->code = code;
	g->size64 = size64;
	f->used++;
	render(f, g);
	return g;
}

static void blend(unsigned char *p, struct spur_rgb c, unsigned cover)
{
	p[0] = (unsigned char)((p[0] * (255 - cover) + c.r * cover + 127) / 255);
	p[1] = (unsigned char)((p[1] * (255 - cover) + c.g * cover + 127) / 255);
	p[2] = (unsigned char)((p[2] * (255 - cover) + c.b * cover + 127) / 255);
}

static void put_glyph(struct spur_pixels *out, int64_t x, int64_t y, const struct glyph *g, struct spur_rgb c)
{
	for (int row = 0; row < g->height; row++) {
		int64_t at = y - g->top + row;

		if (at < 0 || at >= out->height)
			continue;
		for (int col = 0; col < g->width; col++) {
			int64_t to = x + g->left + col;
			unsigned cover = g->cover[(size_t)row * (size_t)g->width + (size_t)col];

			if (cover != 0 && to >= 0 && to < out->width)
				blend(out->rgb + ((size_t)at * (size_t)out->width + (size_t)to) * 3, c, cover);
		}
	}
}

static void put_builtin(struct spur_pixels *out, int64_t x, int64_t y, int times, const uint8_t *rows, struct spur_rgb c)
{
	if (x < -SPUR_BUILTIN_CELL * times || x > out->width || y < -SPUR_BUILTIN_CELL * times ||
	    y > out->height + SPUR_BUILTIN_CELL * times)
		return;
	for (int row = 0; row < SPUR_BUILTIN_ROWS; row++) {
		for (int col = 0; col < SPUR_BUILTIN_WIDTH; col++) {
			if (rows[row] >> (SPUR_BUILTIN_WIDTH - 1 - col) & 1)
				spur_pixels_fill(out, (int)x + col * times, (int)y + (row - SPUR_BUILTIN_ASCENT) * times,
						 times, times, c);
		}
	}
}

static int clamp_width(int64_t width)
{
	return width > INT32_MAX ? INT32_MAX : (int)width;
}

static int builtin_text(struct spur_pixels *out, int x, int y, double size, struct spur_rgb c, const char *text)
{
	int times = (int)(size / SPUR_BUILTIN_CELL + 0.25), have;
	int64_t pen = x;
	uint32_t code;

	times = times < 1 ? 1 : times;
	for (; (code = spur_font_code(&text)) != 0; pen += (int64_t)SPUR_BUILTIN_ADVANCE * times) {
		if (out != NULL)
			put_builtin(out, pen, y, times, spur_builtin_glyph(code, &have), c);
	}
	return clamp_width(pen - x);
}

int spur_font_text(const struct spur_font *f, struct spur_pixels *out, int x, int y, double size, struct spur_rgb c,
		   const char *text)
{
	struct spur_font *mine = NULL;
	int64_t pen = x;
	uint32_t code;

	size = size >= SIZE_MIN ? fmin(size, SIZE_MAX_PX) : SIZE_MIN;
	if (f->lib == NULL)
		return builtin_text(out, x, y, size, c, text);
	memcpy(&mine, &f, sizeof(mine));	/* the cache is the only thing that changes, under the lock */
	pthread_mutex_lock(&lock);
	while ((code = spur_font_code(&text)) != 0) {
		const struct glyph *g = glyph_of(mine, code, (int)(size * 64 + 0.5));

		if (out != NULL && pen > -4 * (int64_t)SIZE_MAX_PX && pen < out->width)
			put_glyph(out, pen, y, g, c);
		pen += g->advance;
	}
	pthread_mutex_unlock(&lock);
	return clamp_width(pen - x);
}

/* ---- shortening ---- */

/* The first `head` and the last `tail` characters of n, with an ellipsis between them. */
static void join(const char *text, size_t head, size_t tail, size_t n, char *out)
{
	const char *from = text, *p = text;

	for (size_t i = 0; i < head; i++)
		spur_font_code(&p);
	memcpy(out, from, (size_t)(p - from));
	out += p - from;
	memcpy(out, "\xe2\x80\xa6", 3);
	for (size_t i = head; i < n - tail; i++)
		spur_font_code(&p);
	memcpy(out + 3, p, strlen(p) + 1);
}

void spur_font_elide(const struct spur_font *f, double size, int width, const char *text, char *out)
{
	const char *p = text;
	size_t n = 0, lo = 0, hi;
	struct spur_rgb none = { 0, 0, 0 };

	memcpy(out, text, strlen(text) + 1);
	if (text[0] == '\0' || spur_font_text(f, NULL, 0, 0, size, none, text) <= width)
		return;
	while (spur_font_code(&p) != 0)
		n++;
	hi = n;	/* characters that stay; lo fits, hi + 1 does not */
	while (lo < hi) {
		size_t keep = (lo + hi + 1) / 2;

		join(text, keep - keep / 2, keep / 2, n, out);
		if (spur_font_text(f, NULL, 0, 0, size, none, out) <= width)
			lo = keep;
		else
			hi = keep - 1;
	}
	join(text, lo - lo / 2, lo / 2, n, out);
	if (lo == 0 && spur_font_text(f, NULL, 0, 0, size, none, out) > width)
		out[0] = '\0';
}
