#include "config.h"

#include "tests/mdf_made.h"

const struct mdf_made mdf_made[] = {
	{ "around", mdf_make_around },
	{ "around_wrong", mdf_make_around_wrong },
	{ NULL, NULL }
};
