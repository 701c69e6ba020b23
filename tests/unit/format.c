#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "format/registry.h"
#include "io/out.h"
#include "tests/tap.h"

/* What is opened, and what is said of a file that is not a recording. */
static char path[64];

static bool opens_as(const void *data, size_t len, const char *words, struct spur_error *err)
{
	const struct spur_format *f;
	struct spur_reader *r;
	char *want = spur_strfmt("%s: byte 0: %s", path, words);
	bool same;

	spur_file_write(path, data, len, NULL);
	if (spur_format_open(path, NULL, &f, &r, err) >= 0) {
		f->close(r);
		free(want);
		return false;
	}
	same = err->code == SPUR_EFORMAT && err->offset == 0 && strcmp(err->text, want) == 0;
	free(want);
	return same;
}

static void foreign_files_are_named(void)
{
	static const struct { const char *magic; size_t len; const char *words; } all[] = {
		{ "PK\3\4", 4, "a zip archive: unpack it first" }, { "\x1f\x8b", 2, "gzip-compressed: unpack it first" },
		{ "\x28\xb5\x2f\xfd", 4, "zstd-compressed: unpack it first" },
		{ "Generic File", 12, "a CANedge MFC/MFE/MFM wrapper: convert it to MF4 first" }, { "#ROSBAG", 7, "a ROS 1 bag: convert it to MCAP first" },
		{ "SQLite format 3", 15, "an SQLite database (ROS 2 .db3 bag?): convert it to MCAP first" }, { "LOGG", 4, "a Vector BLF log: not read yet" },
	};
	struct spur_error err;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char more[32] = "";

		memcpy(more, all[i].magic, all[i].len);
		ok(opens_as(more, all[i].len + 9, all[i].words, &err), all[i].words);
		ok(opens_as(more, all[i].len, all[i].words, &err), "and nothing more");
		ok(opens_as(more, all[i].len - 1, "neither MDF4 nor MCAP", &err), "but not from less");
		more[all[i].len - 1] ^= 1;
		ok(opens_as(more, sizeof(more), "neither MDF4 nor MCAP", &err), "nor from another letter");
	}
	ok(opens_as("", 0, "an empty file", &err), "an empty file");
}

static void what_is_no_file_is_told(void)
{
	const struct spur_format *f;
	struct spur_reader *r = NULL;
	struct spur_error err;
	char *want = spur_strfmt("%s: ", path);

	is_int(spur_format_open(path, NULL, &f, &r, &err), SPUR_ENOTFOUND, "no such file");
	ok(r == NULL && strncmp(err.text, want, strlen(want)) == 0, "with its path");
	is_int(spur_format_open("/", NULL, &f, &r, &err), SPUR_EINVAL, "a folder");
	free(want);
}

static void formats_are_found_by_id_and_by_head(void)
{
	static const unsigned char mdf[64] = "MDF     4.10    spur    ", unfinished[64] = "UnFinMF 4.10    spur    ", mcap[] = "\x89MCAP0\r\n";
	size_t n = 0;

	for (; spur_format_list()[n] != NULL; n++)
		ok(spur_format_find(spur_format_list()[n]->id) == spur_format_list()[n], spur_format_list()[n]->id);
	is_int((intmax_t)n, 2, "two formats");
	ok(spur_format_find("mdf") == NULL && spur_format_find("") == NULL, "no other id");
	ok(spur_format_probe(mdf, sizeof(mdf)) == &spur_format_mdf4, "a finished MDF file");
	ok(spur_format_probe(unfinished, sizeof(unfinished)) == &spur_format_mdf4, "an unfinished one");
	ok(spur_format_probe(mcap, 8) == &spur_format_mcap, "MCAP");
	ok(spur_format_probe(mdf, 4) == &spur_format_mdf4 && spur_format_probe(mcap, 5) == &spur_format_mcap, "a part of the head");
	ok(spur_format_probe(mdf, 3) == NULL && spur_format_probe(mcap, 4) == NULL && spur_format_probe(mdf, 0) == NULL, "less is nothing");
	ok(spur_format_mdf4.probe(mdf, 8) == 100 && spur_format_mdf4.probe(unfinished, 8) == 100 && spur_format_mcap.probe(mcap, 8) == 100, "sure");
	ok(spur_format_mdf4.probe(mdf, 7) == 50 && spur_format_mdf4.probe(mdf, 4) == 50 && spur_format_mdf4.probe(unfinished, 7) == 0, "half sure");
	ok(spur_format_mcap.probe(mcap, 7) == 90 && spur_format_mcap.probe(mdf, 64) == 0 && spur_format_mdf4.probe(mcap, 8) == 0, "each its own");
}

int main(void)
{
	char dir[] = "/tmp/spur-format-XXXXXX";

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/f", dir);
	what_is_no_file_is_told();
	foreign_files_are_named();
	formats_are_found_by_id_and_by_head();
	unlink(path);
	ok(rmdir(dir) == 0, "no other file is left");
	return tap_done();
}
