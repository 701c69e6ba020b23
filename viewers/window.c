#include "config.h"

#include "viewers/window.h"

#include <string.h>

#define USUAL_DPI 96.0
#define DENSE_DPI 120.0		/* below, a display is a usual one, whatever it says */

/* SDL's points are pixels on X11; there the resolution of the display says how large text is to be. */
static double scale_of(const struct spur_window *w)
{
	float dpi = 0;

	if (w->points > 1 || SDL_GetDisplayDPI(SDL_GetWindowDisplayIndex(w->window), NULL, &dpi, NULL) != 0 || dpi < DENSE_DPI)
		return w->points;
	return (int)((double)dpi / USUAL_DPI * 4 + 0.5) / 4.0;
}

bool spur_window_measure(struct spur_window *w)
{
	int width = 0, height = 0, points = 0;
	bool changed;

	if (SDL_GetRendererOutputSize(w->renderer, &width, &height) != 0 || width < 1 || height < 1)
		return false;
	changed = width != w->width || height != w->height;
	SDL_GetWindowSize(w->window, &points, NULL);
	w->width = width;
	w->height = height;
	w->points = points > 0 ? (double)width / points : 1;
	return changed;
}

enum spur_status spur_window_open(struct spur_window *w, const char *title, int width, int height, double scale,
				  struct spur_error *err)
{
	*w = (struct spur_window){ .stale = true, .points = 1, .scale = 1 };
	w->window = SDL_CreateWindow(title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, width, height,
				     SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
	if (w->window == NULL)
		return spur_fail(err, SPUR_EIO, "cannot open a window: %s", SDL_GetError());
	SDL_SetWindowMinimumSize(w->window, 160, 120);
	w->renderer = SDL_CreateRenderer(w->window, -1, SDL_RENDERER_SOFTWARE);
	if (w->renderer == NULL) {
		spur_window_close(w);
		return spur_fail(err, SPUR_EIO, "cannot draw in a window: %s", SDL_GetError());
	}
	spur_window_measure(w);
	w->scale = scale > 0 ? scale : scale_of(w);
	return SPUR_OK;
}

void spur_window_close(struct spur_window *w)
{
	if (w->texture != NULL)
		SDL_DestroyTexture(w->texture);
	if (w->renderer != NULL)
		SDL_DestroyRenderer(w->renderer);
	if (w->window != NULL)
		SDL_DestroyWindow(w->window);
	spur_pixels_finish(&w->pixels);
	*w = (struct spur_window){ 0 };
}

bool spur_window_is(const struct spur_window *w, Uint32 id)
{
	return w->window != NULL && SDL_GetWindowID(w->window) == id;
}

bool spur_window_hidden(const struct spur_window *w)
{
	return (SDL_GetWindowFlags(w->window) & (SDL_WINDOW_MINIMIZED | SDL_WINDOW_HIDDEN)) != 0;
}

static bool fit_texture(struct spur_window *w)
{
	if (w->texture != NULL && w->texture_width == w->pixels.width && w->texture_height == w->pixels.height)
		return true;
	if (w->texture != NULL)
		SDL_DestroyTexture(w->texture);
	w->texture_width = w->pixels.width;
	w->texture_height = w->pixels.height;
	w->texture = SDL_CreateTexture(w->renderer, SDL_PIXELFORMAT_RGB24, SDL_TEXTUREACCESS_STREAMING, w->texture_width,
				       w->texture_height);
	return w->texture != NULL;
}

enum spur_status spur_window_show(struct spur_window *w, struct spur_pixels *p, struct spur_error *err)
{
	spur_pixels_finish(&w->pixels);
	w->pixels = *p;
	*p = (struct spur_pixels){ 0 };
	w->stale = false;
	if (!fit_texture(w) || SDL_UpdateTexture(w->texture, NULL, w->pixels.rgb, w->pixels.width * 3) != 0)
		return spur_fail(err, SPUR_EIO, "cannot draw in a window: %s", SDL_GetError());
	spur_window_again(w);
	return SPUR_OK;
}

void spur_window_again(struct spur_window *w)
{
	SDL_Rect at = { 0, 0, w->texture_width, w->texture_height };

	if (w->texture == NULL)
		return;
	SDL_SetRenderDrawColor(w->renderer, 0, 0, 0, 255);
	SDL_RenderClear(w->renderer);
	SDL_RenderCopy(w->renderer, w->texture, NULL, &at);	/* never scaled: a picture of another size comes soon */
	SDL_RenderPresent(w->renderer);
}

void spur_window_title(struct spur_window *w, const char *title)
{
	if (w->window != NULL && strcmp(SDL_GetWindowTitle(w->window), title) != 0)
		SDL_SetWindowTitle(w->window, title);
}
