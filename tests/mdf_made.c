#include "config.h"

#include "tests/mdf_made.h"

const struct mdf_made mdf_made[] = {
	{ "around", mdf_make_around },
	{ "around_wrong", mdf_make_around_wrong },
	{ "vlsc", mdf_make_vlsc },
	{ "vlsc_wrong", mdf_make_vlsc_wrong },
	{ "vlsc_group", mdf_make_vlsc_group },
	{ "guarded", mdf_make_guarded },
	{ "array_by_data", mdf_make_array_by_data },
	{ "array_by_record", mdf_make_array_by_record },
	{ "array_apart_wrong", mdf_make_array_apart_wrong },
	{ "array_of_structures", mdf_make_array_of_structures },
	{ "event_signals", mdf_make_event_signals },
	{ "event_signals_wrong", mdf_make_event_signals_wrong },
	{ "axes", mdf_make_axes },
	{ "axes_wrong", mdf_make_axes_wrong },
	{ "levels", mdf_make_levels },
	{ "streams", mdf_make_streams },
	{ "streams_wrong", mdf_make_streams_wrong },
	{ "sync", mdf_make_sync },
	{ "offsets", mdf_make_offsets },
	{ "last_list", mdf_make_last_list },
	{ "rules", mdf_make_rules },
	{ NULL, NULL }
};
