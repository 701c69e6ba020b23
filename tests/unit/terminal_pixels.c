#include "config.h"

#include <stdlib.h>

#include "codec/deflate.h"
#include "image/terminal.h"
#include "tests/tap.h"

/* Sixel and kitty, read back by readers that know the protocols and nothing of the encoders. */

static void scene(struct spur_pixels *p, int width, int height)
{
	struct spur_error err;

	if (spur_pixels_init(p, width, height, &err) < 0)
		exit(1);
	for (int y = 0; y < height; y++) {
		for (int x = 0; x < width; x++) {
			unsigned char *c = p->rgb + ((size_t)y * (size_t)width + (size_t)x) * 3;

			c[0] = (unsigned char)(255 * x / width);
			c[1] = (unsigned char)(255 * y / height);
			c[2] = (unsigned char)(x * y * 7 & 63);
		}
	}
	spur_pixels_disc(p, width / 2.0, height / 2.0, height / 4.0, (struct spur_rgb){ 250, 240, 20 });
}

/* ---- a sixel reader ---- */

struct sixels {
	int width, height, bad, colours;
	unsigned char palette[256][3];	/* percent */
	bool defined[256];
	int *pixels;			/* index, -1: not set */
};

static int number(const char **s)
{
	int v = 0;

	for (; **s >= '0' && **s <= '9'; (*s)++)
		v = v * 10 + (**s - '0');
	return v;
}

static void put_sixel(struct sixels *x, int *col, int band, int bits, int times, int colour)
{
	for (; times > 0; times--, (*col)++) {
		for (int k = 0; k < 6; k++) {
			if ((bits >> k & 1) == 0)
				continue;
			if (*col >= x->width || band * 6 + k >= x->height)
				x->bad++;
			else
				x->pixels[(band * 6 + k) * x->width + *col] = colour;
		}
	}
}

static const char *colour_command(struct sixels *x, const char *s, int *colour)
{
	*colour = number(&s);
	if (*colour > 255) {
		x->bad++;
		*colour = 0;
	}
	if (*s != ';')
		return s;
	s++;
	x->bad += number(&s) != 2;
	for (int k = 0; k < 3; k++) {
		x->bad += *s++ != ';';
		x->palette[*colour][k] = (unsigned char)number(&s);
		x->bad += x->palette[*colour][k] > 100;
	}
	x->colours += !x->defined[*colour];
	x->defined[*colour] = true;
	return s;
}

static void read_sixels(struct sixels *x, const char *s)
{
	int col = 0, band = 0, colour = 0, times;

	x->bad += strncmp(s, "\033P", 2) != 0;
	s += strcspn(s, "q") + 1;
	x->bad += strncmp(s, "\"1;1;", 5) != 0;
	s += 5;
	x->width = number(&s);
	s++;
	x->height = number(&s);
	x->pixels = malloc(sizeof(int) * (size_t)x->width * (size_t)x->height);
	for (int i = 0; i < x->width * x->height; i++)
		x->pixels[i] = -1;
	while (*s != '\0' && *s != 27) {
		if (*s == '#') {
			s++;
			s = colour_command(x, s, &colour);
		} else if (*s == '$' || *s == '-') {
			band += *s++ == '-';
			col = 0;
		} else {
			times = 1;
			if (*s == '!') {
				s++;
				times = number(&s);
			}
			x->bad += *s < '?' || *s > '~' || !x->defined[colour];
			put_sixel(x, &col, band, *s++ - '?', times, colour);
		}
	}
	x->bad += strcmp(s, "\033\\") != 0;
}

static double error_of(const struct spur_pixels *p, const struct sixels *x, int *unset)
{
	double sum = 0;

	*unset = 0;
	for (int i = 0; i < x->width * x->height; i++) {
		*unset += x->pixels[i] < 0;
		for (int k = 0; k < 3 && x->pixels[i] >= 0; k++) {
			double d = x->palette[x->pixels[i]][k] * 2.55 - p->rgb[3 * i + k];

			sum += d * d;
		}
	}
	return sum / (3.0 * x->width * x->height);
}

static double sixels_show(int colours)
{
	struct spur_pixels p;
	struct spur_buf out = { 0 };
	struct sixels x = { 0 };
	int unset;
	double mse;

	scene(&p, 100, 64);	/* the last band is not a whole one */
	spur_sixel(&p, colours, &out);
	read_sixels(&x, spur_buf_text(&out));
	ok(x.bad == 0 && x.width == 100 && x.height == 64, "the bytes are sixel, of that size");
	mse = error_of(&p, &x, &unset);
	is_int(unset, 0, "every pixel is set");
	ok(x.colours <= colours && x.colours > colours / 2, "as many colours as allowed, no more");
	printf("# %d colours: mean square error %.1f, %zu bytes\n", colours, mse, out.len);
	free(x.pixels);
	spur_pixels_finish(&p);
	spur_buf_finish(&out);
	return mse;
}

/* Few colours come back as they were, but for the percent that sixel has. */
static void few_colours_are_exact(void)
{
	static const struct spur_rgb colours[4] = { { 0, 0, 0 }, { 255, 255, 255 }, { 255, 0, 0 }, { 0, 51, 102 } };
	struct spur_pixels p;
	struct spur_buf out = { 0 };
	struct sixels x = { 0 };
	struct spur_error err;
	int unset;

	if (spur_pixels_init(&p, 40, 13, &err) < 0)
		exit(1);
	for (int i = 0; i < 4; i++)
		spur_pixels_fill(&p, i * 10, i, 10, 13, colours[i]);
	spur_sixel(&p, 16, &out);
	read_sixels(&x, spur_buf_text(&out));
	ok(x.bad == 0 && x.colours == 4, "four colours are four");
	ok(error_of(&p, &x, &unset) < 0.5 && unset == 0, "and are what they were");
	ok(out.len < 400, "runs are short");
	free(x.pixels);
	spur_pixels_finish(&p);
	spur_buf_finish(&out);
}

/* ---- a kitty reader ---- */

struct kitty {
	int bad, pieces;
	char first[256];	/* keys of the first piece */
	struct spur_buf raw;	/* payload without base64 */
};

static int digit(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 :
	       c == '+' ? 62 : c == '/' ? 63 : -1;
}

static void unbase64(struct kitty *k, const char *s, size_t n)
{
	k->bad += n % 4 != 0 || n > 4096;
	for (size_t i = 0; i + 3 < n; i += 4) {
		int v = 0, pad = (s[i + 2] == '=') + (s[i + 3] == '=');

		for (size_t j = 0; j < 4; j++) {
			k->bad += digit(s[i + j]) < 0 && s[i + j] != '=';
			v = v << 6 | (digit(s[i + j]) < 0 ? 0 : digit(s[i + j]));
		}
		spur_buf_addc(&k->raw, (char)(v >> 16));
		if (pad < 2)
			spur_buf_addc(&k->raw, (char)(v >> 8));
		if (pad < 1)
			spur_buf_addc(&k->raw, (char)v);
	}
}

/* One piece: ESC _ G keys ; payload ESC \. */
static const char *read_piece(struct kitty *k, const char *s)
{
	const char *semi = strchr(s, ';'), *end = strstr(s, "\033\\");
	bool last;

	if (strncmp(s, "\033_G", 3) != 0 || semi == NULL || end == NULL || semi > end) {
		k->bad++;
		return s + strlen(s);
	}
	last = strncmp(semi - 3, "m=0", 3) == 0;
	if (k->pieces++ == 0)
		snprintf(k->first, sizeof(k->first), ",%.*s,", (int)(semi - s - 3), s + 3);
	unbase64(k, semi + 1, (size_t)(end - semi - 1));
	k->bad += last != (end[2] == '\0');
	return end + 2;
}

/* tmux's wrapping off: ESC P tmux; ... ESC \ with ESC doubled. */
static char *unwrapped(const char *s, int *bad)
{
	struct spur_buf b = { 0 };

	while (strncmp(s, "\033Ptmux;", 7) == 0) {
		for (s += 7; *s != '\0' && !(s[0] == 27 && s[1] == '\\'); s++) {
			if (s[0] == 27) {
				*bad += s[1] != 27;
				s++;
			}
			spur_buf_addc(&b, *s);
		}
		s += *s != '\0' ? 2 : 0;
	}
	*bad += *s != '\0';
	return spur_buf_steal(&b);
}

static void kitty_shows(bool tmux)
{
	struct spur_pixels p;
	struct spur_buf out = { 0 };
	struct kitty k = { 0 };
	struct spur_error err;
	unsigned char *rgb;
	char *plain;
	size_t got = 0, want;

	scene(&p, 160, 120);
	want = 160 * 120 * 3;
	spur_kitty(&p, 20, 7, 77, tmux, &out);
	plain = tmux ? unwrapped(spur_buf_text(&out), &k.bad) : spur_strdup(spur_buf_text(&out));
	for (const char *s = plain; *s != '\0' && k.bad == 0;)
		s = read_piece(&k, s);
	ok(k.bad == 0 && k.pieces > 1, "pieces of 4096 at most, the last one says so");
	ok(strstr(k.first, ",f=24,") && strstr(k.first, ",o=z,") && strstr(k.first, ",s=160,") && strstr(k.first, ",v=120,") &&
	   strstr(k.first, ",i=77,") && strstr(k.first, ",c=20,") && strstr(k.first, ",r=7,") && strstr(k.first, ",a=T,"),
	   "format, size, number and cells are said");
	ok((strstr(k.first, ",U=1,") != NULL) == tmux, "placed by characters inside tmux only");
	rgb = malloc(want);
	ok(spur_deflate_unpack(k.raw.data, k.raw.len, rgb, want, &got, &err) >= 0 && got == want && memcmp(rgb, p.rgb, want) == 0,
	   "the pixels are the picture's");
	free(rgb);
	free(plain);
	spur_buf_finish(&k.raw);
	spur_buf_finish(&out);
	spur_pixels_finish(&p);
}

static void kitty_has_characters(void)
{
	struct spur_buf out = { 0 };
	int n = 0;

	spur_kitty_cells(0x0102fe, 4, 9, 3, 5, &out);
	for (const char *s = spur_buf_text(&out); (s = strstr(s, "\xf4\x8e\xbb\xae")) != NULL; s += 4)
		n++;
	is_int(n, 15, "one for every cell");
	ok(strstr(spur_buf_text(&out), "\033[5;10H\033[38;2;1;2;254m\xf4\x8e\xbb\xae\xcc\x85\xcc\x85") != NULL, "row 0 is U+0305");
	ok(strstr(spur_buf_text(&out), "\033[7;10H\033[38;2;1;2;254m\xf4\x8e\xbb\xae\xcc\x8e\xcc\x85") != NULL, "row 2 is U+030E");
	spur_buf_clear(&out);
	spur_kitty_forget(77, false, &out);
	is_str(spur_buf_text(&out), "\033_Ga=d,d=I,i=77,q=2\033\\", "it is forgotten by its number");
	spur_buf_finish(&out);
}

int main(void)
{
	double coarse = sixels_show(16), middle = sixels_show(64), fine = sixels_show(256);

	ok(coarse > middle && middle > fine && fine < 60, "more colours are nearer to the picture");
	few_colours_are_exact();
	kitty_shows(false);
	kitty_shows(true);
	kitty_has_characters();
	return tap_done();
}
