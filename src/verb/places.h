#ifndef SPUR_VERB_PLACES_H
#define SPUR_VERB_PLACES_H

/* Where a program of ours finds what its struct spur_ctx names. The caller frees each. */
char *spur_place_catalog(void);
char *spur_place_demo(void);	/* of `spur demo run` without a folder: $XDG_DATA_HOME/spur/demo */			/* SPUR_CATALOG, XDG_DATA_HOME, home */
char *spur_place_bus(void);	/* bus databases that the catalogue stores, as files */
char *spur_place_self(const char *argv0);	/* path of the running program */
/* Read-only files: SPUR_DATA, else beside the program as it is installed, else where configure said. */
char *spur_place_data(const char *self);

#endif
