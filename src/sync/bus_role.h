#ifndef SPUR_SYNC_BUS_ROLE_H
#define SPUR_SYNC_BUS_ROLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How a bus database came to a drive, as one word: "dbc" lies with the drive's recordings and is for every
 * channel; what a profile adds is "dbc#PLACE", "dbc#PLACE@CHANNEL", each with "+keep" where values that say
 * "not available" are kept. Datasets and plans of extracts hold the word, so that they decode alike for ever.
 */
struct spur_bus_role {
	unsigned place;		/* the first that knows a frame decodes it; 0: with the recordings */
	int64_t channel;	/* -1: any */
	bool keep_unavailable;
};

#define SPUR_BUS_ROLE_TEXT 64
void spur_bus_role_write(const struct spur_bus_role *r, char out[SPUR_BUS_ROLE_TEXT]);
/* False: it is no role of a bus database. */
bool spur_bus_role_read(const char *text, struct spur_bus_role *out);

#endif
