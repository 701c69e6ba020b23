/*
 * mdf_blocks NAME OUT.mf4: one of the files of tests/mdf_made.h; without arguments, their names.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "io/out.h"
#include "tests/mdf_made.h"

int main(int argc, char **argv)
{
	for (const struct mdf_made *m = mdf_made; m->name != NULL; m++) {
		struct spur_buf b = { 0 };
		struct spur_error err;
		enum spur_status st;

		if (argc != 3) {
			puts(m->name);
			continue;
		}
		if (strcmp(m->name, argv[1]) != 0)
			continue;
		m->make(&b);
		st = spur_file_write(argv[2], b.data, b.len, &err);
		spur_buf_finish(&b);
		if (st < 0)
			fprintf(stderr, "mdf_blocks: %s\n", err.text);
		return st < 0;
	}
	return argc == 1 ? 0 : 2;
}
