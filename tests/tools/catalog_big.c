#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/time.h"
#include "db/catalog.h"

/*
 * Makes a catalogue of many drives that share few signal sets, through the contract, and times
 * its first pages: catalog_big URI DRIVES SETS SIGNALS. Prints "name value" lines.
 */
#define BATCH 1000	/* drives in one transaction */
#define DAY INT64_C(86400000000000)

static const struct spur_db_act act = { "gen", "SHA256:gen", "catalog_big", 1 };
static struct spur_error err;

static enum spur_status fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, err.text);
	return SPUR_EDB;
}

static enum spur_status add_drive(struct spur_db *db, long n, long set, int64_t set_id, const struct spur_db_signal *signals,
				  size_t count, int64_t *made)
{
	char name[80], path[2][100], sha[2][SPUR_SHA256_HEX];
	struct spur_db_source s[2];

	snprintf(name, sizeof(name), "vehicle_%03ld/drive_%06ld", set, n);
	for (int i = 0; i < 2; i++) {
		snprintf(path[i], sizeof(path[i]), "/fleet/%s.%s", name, i == 0 ? "mf4" : "mcap");
		spur_sha256_hex_of(path[i], strlen(path[i]), sha[i]);
		s[i] = (struct spur_db_source){ .path = path[i], .format = i == 0 ? "mdf4" : "mcap", .role = "log",
			.sha256 = sha[i], .size_bytes = 1000000000, .has_time = true, .begin_ns = n * DAY / 100,
			.end_ns = n * DAY / 100 + 600000000000 };
	}
	s[0].signal_set = set_id;
	s[0].signal_rows = signals;
	s[0].signal_count = set_id == 0 ? count : 0;
	return spur_db_drive_add(db, &act, name, s, 2, made, &err);
}

static enum spur_status add_rest(struct spur_db *db, int64_t drive, int64_t source, long n)
{
	static const char *const promoted[] = { "VehSpd", "LongAccel", "LatAccel", "YawRate", "BrkPressure" };
	struct spur_db_stat stats[5];
	struct spur_db_clock c = { .source = source + 1, .reference = source, .clock = { n, 20000, 0 }, .sigma_ns = 1e6,
				   .confidence = 0.9, .method = "xcorr", .knots = "[]" };
	struct spur_db_segment seg = { .drive_id = drive, .begin_ns = n * DAY / 100, .end_ns = n * DAY / 100 + 2000000000,
				       .label = n % 3 == 0 ? "hard_braking" : "cruise", .query = "LongAccel < -4" };
	enum spur_status st;

	for (size_t i = 0; i < 5; i++)
		stats[i] = (struct spur_db_stat){ promoted[i], 60000, -1.5 * (double)n, 2.5 * (double)n, (double)n };
	if ((st = spur_db_stat_put(db, &act, source, stats, 5, &err)) < 0 || (st = spur_db_clock_add(db, &act, &c, NULL, &err)) < 0)
		return st;
	return spur_db_segment_add(db, &act, &seg, NULL, NULL, &err);
}

static enum spur_status fill(struct spur_db *db, long drives, long sets, long count)
{
	struct spur_db_signal *signals = spur_calloc((size_t)count, sizeof(*signals));
	int64_t *set_ids = spur_calloc((size_t)sets, sizeof(*set_ids));
	enum spur_status st = SPUR_OK;

	for (long n = 0; st >= 0 && n < drives; n++) {
		long set = n % sets;
		int64_t drive = 0;
		struct spur_db_source_list l = { 0 };

		if (n % BATCH == 0 && (st = spur_db_begin(db, &err)) < 0)
			break;
		for (long i = 0; set_ids[set] == 0 && i < count; i++) {
			free((void *)(uintptr_t)signals[i].name);
			signals[i] = (struct spur_db_signal){ .name = spur_strfmt("Unit%02ld_Group%03ld_Signal%05ld", set, i / 40, i),
				.unit = "m/s2", .type = "f64", .stream = "ECU" };
		}
		st = add_drive(db, n, set, set_ids[set], signals, (size_t)count, &drive);
		if (st >= 0 && (st = spur_db_source_list(db, drive, 0, 0, &l, &err)) >= 0) {
			set_ids[set] = l.rows[0].signal_set;
			st = add_rest(db, drive, l.rows[0].id, n);
		}
		spur_db_source_list_finish(&l);
		if (n % BATCH == BATCH - 1 || n == drives - 1 || st < 0)
			st = spur_db_end(db, st, &err);
	}
	for (long i = 0; i < count; i++)
		free((void *)(uintptr_t)signals[i].name);
	free(signals);
	free(set_ids);
	return st;
}

static void time_pages(struct spur_db *db, const char *uri)
{
	struct spur_db *fresh = NULL;
	struct spur_db_drive_list l;
	struct spur_db_segment_list s;
	struct spur_db_segment_filter f = { .label = "hard_braking", .limit = 100 };
	spur_ns t = spur_monotonic_ns();

	(void)db;
	spur_db_open(uri, &fresh, &err);
	spur_db_drive_list(fresh, NULL, 0, 100, &l, &err);
	printf("first_page_ms %.1f\n", (double)(spur_monotonic_ns() - t) / 1e6);
	printf("first_page_rows %zu\n", l.count);
	spur_db_drive_list_finish(&l);
	t = spur_monotonic_ns();
	spur_db_drive_list(fresh, "*9_*", 0, 100, &l, &err);
	printf("glob_page_ms %.1f\n", (double)(spur_monotonic_ns() - t) / 1e6);
	spur_db_drive_list_finish(&l);
	t = spur_monotonic_ns();
	spur_db_segment_list(fresh, &f, &s, &err);
	printf("segment_page_ms %.1f\n", (double)(spur_monotonic_ns() - t) / 1e6);
	spur_db_segment_list_finish(&s);
	spur_db_close(fresh);
}

int main(int argc, char **argv)
{
	struct spur_db *db = NULL;
	spur_ns t = spur_monotonic_ns();
	enum spur_status st;

	if (argc != 5)
		return 2;
	if (spur_db_open(argv[1], &db, &err) < 0)
		return fail("open") < 0;
	st = fill(db, strtol(argv[2], NULL, 10), strtol(argv[3], NULL, 10), strtol(argv[4], NULL, 10));
	printf("fill_s %.1f\n", (double)(spur_monotonic_ns() - t) / 1e9);
	if (st < 0)
		fail("fill");
	else
		time_pages(db, argv[1]);
	spur_db_close(db);
	return st < 0;
}
