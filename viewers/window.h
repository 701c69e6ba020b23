#ifndef SPUR_VIEWERS_WINDOW_H
#define SPUR_VIEWERS_WINDOW_H

#include <SDL.h>
#include <stdbool.h>

#include "base/error.h"
#include "model/pixels.h"

/*
 * A window that shows a picture: no more is known of it here. All zero is closed. Owner's thread.
 * Sizes are pixels of the output, not the points that SDL counts events in.
 */
struct spur_window {
	SDL_Window *window;		/* NULL: closed */
	SDL_Renderer *renderer;
	SDL_Texture *texture;
	int texture_width, texture_height;
	int width, height;		/* of the output, at the last look */
	double points;			/* pixels for a point: 2 on many small screens */
	double scale;			/* for text: that, or what the display's resolution asks */
	bool stale;			/* what it shows is of before: draw again */
	struct spur_pixels pixels;	/* what it shows */
};

/* scale 0: as the display asks. SPUR_EIO with SDL's reason. */
enum spur_status spur_window_open(struct spur_window *w, const char *title, int width, int height, double scale,
				  struct spur_error *err);
void spur_window_close(struct spur_window *w);
bool spur_window_is(const struct spur_window *w, Uint32 id);
/* Looks at the size again. True: it has changed. */
bool spur_window_measure(struct spur_window *w);
bool spur_window_hidden(const struct spur_window *w);	/* minimised: nothing needs drawing */
/* Takes over the pixels and shows them. */
enum spur_status spur_window_show(struct spur_window *w, struct spur_pixels *p, struct spur_error *err);
/* What it showed last once more: the window was uncovered. */
void spur_window_again(struct spur_window *w);
void spur_window_title(struct spur_window *w, const char *title);

#endif
