/* Writes the plan of an extract without a catalogue: extract_plan OUT RECIPE SECONDS FILE[,FILE...]...
 * Every argument after SECONDS is a drive, its files by commas; a segment begins every SECONDS, three labels
 * in turn, 1 to 5 s long. The first half of the drives is train, then val, then test. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "extract/plan.h"
#include "io/range.h"
#include "sync/timeline.h"

#define MANY 64

static const char *const labels[] = { "hard_braking", "cruise", "lane_change" };

static int by_sha(const void *a, const void *b)
{
	return strcmp(((const struct spur_extract_source *)a)->sha256, ((const struct spur_extract_source *)b)->sha256);
}

static enum spur_status add_sources(struct spur_extract_drive *d, struct spur_extract_source *s, char *files,
				    struct spur_error *err)
{
	for (char *p = files; p != NULL && d->source_count < 8;) {
		char *comma = strchr(p, ','), *hex = spur_malloc(65);
		struct spur_range *r = NULL;
		enum spur_status st;

		if (comma != NULL)
			*comma++ = '\0';
		if ((st = spur_range_open(p, &r, err)) < 0 || (st = spur_range_sha256(r, hex, NULL, err)) < 0)
			return st;
		s[d->source_count++] = (struct spur_extract_source){ .sha256 = hex, .path = p, .role = "log",
			.size_bytes = spur_range_size(r), .mtime_ns = spur_range_id(r).mtime_ns };
		spur_range_close(r);
		p = comma;
	}
	qsort(s, d->source_count, sizeof(*s), by_sha);
	d->sources = s;
	return SPUR_OK;
}

static enum spur_status add_segments(struct spur_extract_drive *d, struct spur_extract_segment *s, unsigned seconds,
				     unsigned number, struct spur_error *err)
{
	struct spur_timeline_member m[8] = { { 0 } };
	struct spur_timeline *tl = NULL;
	spur_ns begin, end;
	enum spur_status st;

	for (size_t i = 0; i < d->source_count; i++)
		m[i].path = d->sources[i].path;
	if ((st = spur_timeline_open(m, d->source_count, NULL, &tl, err)) < 0 ||
	    (st = spur_timeline_overlap(tl, &begin, &end, NULL, err)) < 0)
		return st;
	begin += SPUR_NS_PER_S / 3;
	for (unsigned i = 0; begin + 5 * SPUR_NS_PER_S < end && i < 1000; i++, begin += seconds * SPUR_NS_PER_S)
		s[d->segment_count++] = (struct spur_extract_segment){ .id = spur_strfmt("item-%u-%u", number, i),
			.label = labels[(i + number) % 3], .begin_ns = begin, .end_ns = begin + (1 + i % 5) * SPUR_NS_PER_S };
	spur_timeline_close(tl);
	d->segments = s;
	return SPUR_OK;
}

int main(int argc, char **argv)
{
	static struct spur_extract_drive drives[MANY];
	static struct spur_extract_source sources[MANY][8];
	static struct spur_extract_segment segments[MANY][1000];
	struct spur_extract_input in = { .dataset = "ds-0123456789abcdef", .root = "00", .drives = drives };
	struct spur_extract_recipe *recipe = NULL;
	struct spur_error err = { 0 };
	int count = argc - 4;

	if (argc < 5 || count > MANY)
		return 2;
	for (int i = 0; i < count; i++) {
		struct spur_extract_drive *d = &drives[in.drive_count++];

		d->split = i < (count + 1) / 2 ? "train" : i % 2 == 0 ? "val" : "test";
		if (add_sources(d, sources[i], argv[4 + i], &err) < 0 ||
		    add_segments(d, segments[i], (unsigned)strtoul(argv[3], NULL, 10), (unsigned)i, &err) < 0)
			goto fail;
	}
	if (spur_extract_recipe_load(argv[2], NULL, &recipe, &err) < 0 ||
	    spur_extract_plan_write(&in, recipe, argv[1], &err) < 0)
		goto fail;
	spur_extract_recipe_destroy(recipe);
	return 0;
fail:
	fprintf(stderr, "%s\n", err.text);
	return 1;
}
