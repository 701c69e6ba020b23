#include "config.h"

#include "verb/segment_pick.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "tests/catalog_engine.h"
#include "tests/tap.h"

#define T0 INT64_C(1767323045000000000)

static const struct spur_opt all[] = { { "all", 0, SPUR_OPT_FLAG, NULL, "", false }, SPUR_SEGMENT_OPTS, { 0 } };
static const struct spur_opt *const tables[] = { all, NULL };

static void must(enum spur_status st, const struct spur_error *err)
{
	if (st < 0) {
		printf("Bail out! %s\n", err->text);
		exit(1);
	}
}

/* One drive with six segments: ids 1 to 6. */
static void fill(struct spur_db *db)
{
	const struct spur_db_act act = { "ada", "SHA256:test", "spur add", T0 };
	char sha[SPUR_SHA256_HEX];
	struct spur_db_source s = { .path = "run.mf4", .format = "mdf4", .role = "log", .sha256 = sha, .size_bytes = 1,
				    .has_time = true, .begin_ns = T0, .end_ns = T0 + 60 * SPUR_NS_PER_S };
	struct spur_db_segment seg = { .query = "x", .evidence = "{}" };
	struct spur_error err;

	spur_sha256_hex_of("run", 3, sha);
	must(spur_db_drive_add(db, &act, "run", &s, 1, &seg.drive_id, &err), &err);
	for (int i = 0; i < 6; i++) {
		seg.label = i < 4 ? "cut_in" : "stop";
		seg.begin_ns = T0 + i * SPUR_NS_PER_S;
		seg.end_ns = seg.begin_ns + SPUR_NS_PER_S;
		must(spur_db_segment_add(db, &act, &seg, NULL, NULL, &err), &err);
	}
}

/* The ids that the words after the first pick, or the status. */
static void picks(struct spur_db *db, int argc, const char *const *argv, const char *want)
{
	char got[64] = "";
	struct spur_db_segment_list l;
	struct spur_args a;
	struct spur_error err = { 0 };
	enum spur_status st;

	must(spur_args_parse(&a, tables, argc, argv, &err), &err);
	st = spur_segment_pick(db, &a, 1, &l, &err);
	for (size_t i = 0; st >= 0 && i < l.count; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%d", i == 0 ? "" : " ", (int)l.rows[i].id);
	if (st < 0)
		snprintf(got, sizeof(got), "%s", spur_status_name(st));
	is_str(got, want, argc > 1 ? argv[1] : "nothing");
	spur_db_segment_list_finish(&l);
	spur_args_finish(&a);
}

#define PICKS(want, ...) \
	do { \
		const char *argv[] = { "approve", __VA_ARGS__ }; \
		picks(db, (int)(sizeof(argv) / sizeof(argv[0])), argv, want); \
	} while (0)

static void ids_and_ranges(struct spur_db *db)
{
	const char *alone[] = { "approve" };
	const char *refused = spur_status_name(SPUR_EINVAL), *gone = spur_status_name(SPUR_ENOTFOUND);

	PICKS("3", "3");
	PICKS("5 1", "5", "1");
	PICKS("2 3 4", "2-4");
	PICKS("2 3 6", "2-3", "6");
	PICKS("4", "4-4");
	PICKS("1 2 3 4", "--all", "--label", "cut_in");
	PICKS(refused, "4-2");
	PICKS(refused, "1-9999999999");
	PICKS(gone, "5-7");
	PICKS(gone, "7");
	PICKS(gone, "2x4");
	PICKS(gone, "2-");
	PICKS(gone, "2-x");
	PICKS(gone, "2-4x");
	PICKS(gone, "x-4");
	PICKS(gone, "--all", "--label", "none");
	PICKS(refused, "--all", "3");
	picks(db, 1, alone, refused);
}

int main(void)
{
	char dir[] = "/tmp/spur-pick-XXXXXX", cmd[100], *path;
	struct spur_error err;
	struct spur_db *db;

	if (mkdtemp(dir) == NULL)
		return 1;
	path = engine_catalog(dir, "c");
	must(spur_db_open(path, &db, &err), &err);
	fill(db);
	ids_and_ranges(db);
	spur_db_close(db);
	free(path);
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	return tap_done() | (system(cmd) != 0);
}
