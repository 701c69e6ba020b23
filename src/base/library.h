#ifndef SPUR_BASE_LIBRARY_H
#define SPUR_BASE_LIBRARY_H

#include <stddef.h>

#include "base/error.h"

/*
 * Shared libraries that only some runs need: loaded on first use, so that `spur info` starts at once
 * and runs where they are missing. Any thread; the first caller loads.
 *
 *	static struct { int (*finish)(png_image *); } png;
 *	static const struct spur_symbol symbols[] = { { "png_image_finish_read", &png.finish } , { NULL, NULL } };
 *	static struct spur_library lib = { "libpng16.so.16", "libpng16-16", symbols, NULL };
 *	TRY(spur_library_load(&lib, err));
 */
struct spur_symbol {
	const char *name;
	void *slot;	/* address of a function pointer */
};

struct spur_library {
	const char *soname;
	const char *package;	/* of Debian, for the message */
	const struct spur_symbol *symbols;	/* ends with a zero row */
	void *handle;		/* private */
};

/* SPUR_ENOTFOUND: not installed, or without one of the symbols; says what to install. */
enum spur_status spur_library_load(struct spur_library *lib, struct spur_error *err);

#endif
