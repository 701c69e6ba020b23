#include "config.h"

#include "format/registry.h"

#include <string.h>
#include <unistd.h>

#include "base/bytes.h"

static const struct spur_format *const formats[] = {
#define SPUR_FORMAT(id) &spur_format_##id,
#include "format/formats.def"
#undef SPUR_FORMAT
	NULL
};

const struct spur_format *const *spur_format_list(void)
{
	return formats;
}

const struct spur_format *spur_format_probe(const unsigned char *head, size_t len)
{
	const struct spur_format *best = NULL;
	int sure = 0;

	for (size_t i = 0; formats[i] != NULL; i++) {
		int bid = formats[i]->probe(head, len);

		if (bid > sure) {
			sure = bid;
			best = formats[i];
		}
	}
	return best;
}

const struct spur_format *spur_format_find(const char *id)
{
	for (size_t i = 0; formats[i] != NULL; i++) {
		if (strcmp(formats[i]->id, id) == 0)
			return formats[i];
	}
	return NULL;
}

/* What a file is that no row takes: a name helps more than "unknown". */
static const char *foreign(const unsigned char *head, size_t len)
{
	static const struct { const char *magic; size_t len; const char *name; } known[] = {
		{ "PK\3\4", 4, "a zip archive: unpack it first" },
		{ "\x1f\x8b", 2, "gzip-compressed: unpack it first" },
		{ "\x28\xb5\x2f\xfd", 4, "zstd-compressed: unpack it first" },
		{ "Generic File", 12, "a CANedge MFC/MFE/MFM wrapper: convert it to MF4 first" },
		{ "#ROSBAG", 7, "a ROS 1 bag: convert it to MCAP first" },
		{ "SQLite format 3", 15, "an SQLite database (ROS 2 .db3 bag?): convert it to MCAP first" },
		{ "LOGG", 4, "a Vector BLF log: not read yet" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (len >= known[i].len && memcmp(head, known[i].magic, known[i].len) == 0)
			return known[i].name;
	}
	return len == 0 ? "an empty file" : "neither MDF4 nor MCAP";
}

enum spur_status spur_format_open(const char *path, const struct spur_open_opts *opts, const struct spur_format **format,
				  struct spur_reader **out, struct spur_error *err)
{
	static const struct spur_open_opts defaults;
	unsigned char head[SPUR_PROBE_BYTES];
	struct spur_range *range;
	uint64_t got;
	enum spur_status st;

	*out = NULL;
	st = strcmp(path, "-") == 0 ? spur_range_spool(STDIN_FILENO, "standard input", &range, err) : spur_range_open(path, &range, err);
	if (st < 0)
		return spur_wrap(st, err, "%s", path);
	if ((st = spur_range_read_some(range, 0, head, sizeof(head), &got, err)) < 0)
		goto fail;
	if ((*format = spur_format_probe(head, (size_t)got)) == NULL) {
		st = spur_fail_byte(err, SPUR_EFORMAT, 0, "byte 0: %s", foreign(head, (size_t)got));
		goto fail;
	}
	if ((st = (*format)->open(range, opts == NULL ? &defaults : opts, out, err)) == SPUR_OK)
		return SPUR_OK;
fail:
	spur_range_close(range);
	return spur_wrap(st, err, "%s", path);
}
