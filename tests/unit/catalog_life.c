#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sshsig.h"
#include "tests/catalog_engine.h"
#include "tests/catalogue_words.h"

/*
 * The scripted life of a catalogue: every act once and more, with keys and times that are always the same. Said are what
 * each act returned, the rows that it added, changed and took away in any table (as the export has them, so with hashes),
 * and every list with every filter. On SQLite and PostgreSQL the words are the same.
 */
static char dir[] = "/tmp/spur-life-XXXXXX";
static struct spur_db *db;
static struct spur_error err;

/* Keys made for this file. */
static const char *const secrets[] = {
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
	"QyNTUxOQAAACBDYGewB8XFFFhpzBC8re1Rg3WCZMlwaabgiDWlnXh4DgAAAIgLr0qiC69K\n"
	"ogAAAAtzc2gtZWQyNTUxOQAAACBDYGewB8XFFFhpzBC8re1Rg3WCZMlwaabgiDWlnXh4Dg\n"
	"AAAEDFUkMlGMGsouxW7OA77tcnlbdSj1QKu6sgEjgSQIoKGENgZ7AHxcUUWGnMELyt7VGD\n"
	"dYJkyXBppuCINaWdeHgOAAAAA2V2ZQEC\n",
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
	"QyNTUxOQAAACD8YA87x08qDm8dB2PiYpdsnodUzhR4ve+DCMMp6OY0kQAAAIgv+6frL/un\n"
	"6wAAAAtzc2gtZWQyNTUxOQAAACD8YA87x08qDm8dB2PiYpdsnodUzhR4ve+DCMMp6OY0kQ\n"
	"AAAED3NImgH6VkjFCCnuCxn0HflMXuuI+7siKMyhFqANLUv/xgDzvHTyoObx0HY+Jil2ye\n"
	"h1TOFHi974MIwyno5jSRAAAAA2JlbgEC\n",
	"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
	"QyNTUxOQAAACCyW3DIppOKuHGmNXM4dmIw37r3rn6UwuHia97+28+44QAAAIhU/1n0VP9Z\n"
	"9AAAAAtzc2gtZWQyNTUxOQAAACCyW3DIppOKuHGmNXM4dmIw37r3rn6UwuHia97+28+44Q\n"
	"AAAEC8jaUiykEwpaJooBoaR6Qendl4UxT/SJjlMV7QoaqpvbJbcMimk4q4caY1czh2YjDf\n"
	"uveufpTC4eJr3v7bz7jhAAAAA2FkYQEC\n",
};

struct person {
	struct spur_ssh_key *key;
	struct spur_buf public;
	char fingerprint[SPUR_SSH_FINGERPRINT];
	struct spur_db_act act;
};
static struct person eve, ben, ada;

static void person_make(struct person *p, const char *name, const char *secret)
{
	static const char type[] = "OPENSSH PRIVATE KEY";
	char *text = spur_strfmt("-----BEGIN %s-----\n%s-----END %s-----\n", type, secret, type);

	if (spur_ssh_key_read(text, strlen(text), &p->key, &err) < 0)
		printf("Bail out! %s\n", err.text);
	free(text);
	spur_ssh_key_public(p->key, &p->public);
	spur_ssh_public_parse(p->public.data, NULL, p->fingerprint, &err);
	p->act = (struct spur_db_act){ .who = name, .key = p->fingerprint };
}

/* Acts are a minute apart. */
static const struct spur_db_act *act_of(struct person *p, const char *line)
{
	static int minute;

	p->act.line = line;
	p->act.now_ns = T0 + (spur_ns)++minute * 60 * SPUR_NS_PER_S;
	return &p->act;
}

/* ---- the export, before and after ---- */

static char **rows;
static size_t row_count, row_cap;
static bool masked;	/* jobs have begun: their lines have the time of today, so every hash after them too */

/* The digits behind each mark in the line. */
static void mask_number(char *line, const char *mark)
{
	for (char *at = strstr(line, mark); at != NULL; at = strstr(at, mark)) {
		for (at += strlen(mark); *at >= '0' && *at <= '9'; at++)
			*at = 'T';
	}
}

/* 64 hex digits, and times of lines of "spur", also in their records. */
static void mask(char *line)
{
	for (char *p = line; *p != '\0'; p++) {
		if (strspn(p, "0123456789abcdef") == 64)
			memset(p, '#', 64);
	}
	if (strstr(line, "\"who\":\"spur\"") != NULL || strstr(line, "\\\"who\\\":\\\"spur\\\"") != NULL) {
		mask_number(line, "\"at_ns\":");
		mask_number(line, "\"at_ns\\\":");
	}
}

static enum spur_status keep(void *state, const char *json, size_t len, struct spur_error *e)
{
	char *line = spur_strndup(json, len);

	(void)state;
	(void)e;
	if (masked && strstr(line, "\"table\":\"audit") != NULL)
		mask(line);
	if (row_count == row_cap) {
		row_cap = row_cap * 2 + 64;
		rows = realloc(rows, row_cap * sizeof(*rows));
	}
	rows[row_count++] = line;
	return SPUR_OK;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void say_row(char sign, const char *line)
{
	const char *comma = strchr(line, ',');

	/* Long texts as hashes: signatures, keys, records of the audit are said by their lists. */
	say("%c ", sign);
	for (const char *p = line + 10; comma != NULL && *p != '\0';) {
		size_t n = strcspn(p, " ");

		if (n > 200) {
			char hex[SPUR_SHA256_HEX];

			spur_sha256_hex_of(p, n, hex);
			say("%.60s~%.12s", p, hex);
		} else {
			say("%.*s", (int)n, p);
		}
		p += n;
		if (*p == ' ')
			say("%c", *p++);
	}
	say("\n");
}

/* What the last acts did to the tables. */
static void look(const char *title)
{
	char **before = rows;
	size_t count = row_count, i = 0, k = 0;

	rows = NULL;
	row_count = row_cap = 0;
	say("== %s\n", title);
	say_status("export", spur_db_export(db, keep, NULL, NULL, &err), &err);
	qsort(rows, row_count, sizeof(*rows), by_text);
	while (i < count || k < row_count) {
		int order = i == count ? 1 : k == row_count ? -1 : strcmp(before[i], rows[k]);

		if (order < 0)
			say_row('-', before[i]);
		else if (order > 0)
			say_row('+', rows[k]);
		i += order <= 0;
		k += order >= 0;
	}
	for (i = 0; i < count; i++)
		free(before[i]);
	free(before);
}

/* From here on hashes are masked: what is there already is not news. */
static void mask_from_here(void)
{
	masked = true;
	for (size_t i = 0; i < row_count; i++) {
		if (strstr(rows[i], "\"table\":\"audit") != NULL)
			mask(rows[i]);
	}
	qsort(rows, row_count, sizeof(*rows), by_text);
}

/* ---- people ---- */

static void introduce(struct person *p, const char *name)
{
	say_status(name, spur_db_identity_add(db, act_of(p, "spur identity add"), name, p->public.data, &err), &err);
}

static void people(void)
{
	introduce(&ada, "ada");
	introduce(&ben, "ben");
	introduce(&eve, "eve");
	introduce(&ben, "ben");	/* again */
	introduce(&ben, "bob");
	introduce(&ada, "ben");
	say_status("no key", spur_db_identity_add(db, &ada.act, "zoe", "ssh-rsa AAAA", &err), &err);
	look("people");
	SAY_LIST(identity, spur_db_identity_list(db, NULL, &l_, &e_));
	SAY_LIST(identity, spur_db_identity_list(db, "ben", &l_, &e_));
	SAY_LIST(identity, spur_db_identity_list(db, ada.fingerprint, &l_, &e_));
	SAY_LIST(identity, spur_db_identity_list(db, "zoe", &l_, &e_));
}

/* ---- drives ---- */

static const struct spur_db_signal signals[] = {
	{ "speed", "m/s", "float64", "ecu" }, { "gear", "", "uint8", "ecu" }, { "/imu.x", "m/s2", "float64", "/imu" },
};

static struct spur_db_source source_of(const char *path, const char *role, spur_ns begin_s, spur_ns end_s)
{
	static char shas[40][SPUR_SHA256_HEX];
	static unsigned n;
	struct spur_db_source s = { .path = path, .format = strstr(path, ".mcap") != NULL ? "mcap" : strstr(path, ".dbc") != NULL ? "dbc" : "mdf4",
				    .role = role, .size_bytes = 1000 + strlen(path), .mtime_ns = (spur_ns)strlen(path) * 7, .has_time = end_s > begin_s,
				    .begin_ns = T0 + begin_s * SPUR_NS_PER_S, .end_ns = T0 + end_s * SPUR_NS_PER_S };

	spur_sha256_hex_of(path, strlen(path), shas[n % 40]);
	s.sha256 = shas[n++ % 40];
	if (strcmp(role, "log") == 0) {
		s.signal_rows = signals;
		s.signal_count = strcmp(s.format, "mcap") == 0 ? 3 : 2;
	}
	return s;
}

static void add_drive(const char *name, const struct spur_db_source *s, size_t count)
{
	int64_t id = -1;
	enum spur_status st = spur_db_drive_add(db, act_of(&ada, "spur add"), name, s, count, &id, &err);

	say_status(name, st, &err);
	if (st >= 0)
		say("id %" PRId64 "\n", id);
}

static void search(const struct spur_db_drive_filter *f, const char *title)
{
	say("drives %s\n", title);
	SAY_LIST(drive, spur_db_drive_search(db, f, &l_, &e_));
}

static void say_drives(void)
{
	static const char *const refs[] = { "alpha", "2", "drv-", "", "nobody", "1x", "0", "-1", "99999999999999999999" };
	spur_ns begin, end;

	search(&(struct spur_db_drive_filter){ 0 }, "all");
	search(&(struct spur_db_drive_filter){ .match = "*a*" }, "*a*");
	search(&(struct spur_db_drive_filter){ .match = "?eta" }, "?eta");
	search(&(struct spur_db_drive_filter){ .match = "50%_*" }, "50%_*");
	search(&(struct spur_db_drive_filter){ .match = "\\" }, "a backslash");
	search(&(struct spur_db_drive_filter){ .signal = "/imu.x" }, "with a signal");
	search(&(struct spur_db_drive_filter){ .signal = "imu.x" }, "with another signal");
	search(&(struct spur_db_drive_filter){ .begin_ns = T0 + 600 * SPUR_NS_PER_S, .end_ns = T0 + 700 * SPUR_NS_PER_S }, "that touch");
	search(&(struct spur_db_drive_filter){ .begin_ns = T0 + 599 * SPUR_NS_PER_S, .end_ns = T0 + 601 * SPUR_NS_PER_S }, "that overlap");
	search(&(struct spur_db_drive_filter){ .limit = 2 }, "two");
	search(&(struct spur_db_drive_filter){ .after = 2, .limit = 1 }, "the third");
	say("drives by list, after 1\n");
	SAY_LIST(drive, spur_db_drive_list(db, "*", 1, 0, &l_, &e_));
	for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++) {
		say("drive '%s'\n", refs[i]);
		SAY_LIST(drive, spur_db_drive_find(db, refs[i], &l_, &e_));
	}
	for (int64_t d = 1; d <= 5; d++) {
		begin = end = -1;
		say_status("span", spur_db_drive_span(db, d, &begin, &end, &err), &err);
		say("drive %" PRId64 " [%s %s)\n", d, when(begin), when(end));
	}
}

static void say_sources(void)
{
	static const char *const refs[] = { "1", "/r/alpha.mcap", "/r/nobody", "0", "a-b", "", "6" };
	char sha[SPUR_SHA256_HEX];

	for (int64_t d = 0; d <= 5; d++) {
		say("sources of %" PRId64 "\n", d);
		SAY_LIST(source, spur_db_source_list(db, d, 0, 0, &l_, &e_));
	}
	say("two sources after 1\n");
	SAY_LIST(source, spur_db_source_list(db, 0, 1, 2, &l_, &e_));
	for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++) {
		say("source '%s', of any and of drive 1\n", refs[i]);
		SAY_LIST(source, spur_db_source_find(db, 0, refs[i], &l_, &e_));
		SAY_LIST(source, spur_db_source_find(db, 1, refs[i], &l_, &e_));
	}
	spur_sha256_hex_of("/r/beta.mf4", 11, sha);
	for (size_t n = 6; n <= 64; n += 2 + 56 * (n == 8)) {
		say("source by %zu digits\n", n);
		sha[n] = '\0';
		SAY_LIST(source, spur_db_source_find(db, 0, sha, &l_, &e_));
		spur_sha256_hex_of("/r/beta.mf4", 11, sha);
	}
	for (size_t from = 0; from < 4; from++) {
		say("signals from %zu\n", from);
		SAY_LIST(signal, spur_db_signal_list(db, 1, from, from == 1 ? 1 : 0, &l_, &e_));
		SAY_LIST(signal, spur_db_signal_list(db, 2, from, from == 2 ? 1 : 0, &l_, &e_));
	}
	for (int64_t s = 1; s <= 3; s++)
		SAY_LIST(stat, spur_db_stat_list(db, s, &l_, &e_));
}

static void drives(void)
{
	const struct spur_db_source alpha[] = { source_of("/r/alpha.mcap", "log", 5, 600), source_of("/r/alpha.mf4", "log", 0, 590),
						source_of("/r/bus.dbc", "dbc", 0, 0) };
	const struct spur_db_source beta[] = { source_of("/r/bus.dbc", "dbc", 0, 0), source_of("/r/beta.mf4", "log", 700, 1300) };
	const struct spur_db_source late[] = { source_of("/r/late.mcap", "log", 2000, 2600), source_of("/r/timeless.mf4", "log", 0, 0) };
	const struct spur_db_source odd = source_of("/r/odd.mcap", "log", 4000, 4100), none = source_of("/r/none.mf4", "log", 0, 0);
	const struct spur_db_source more = source_of("/r/more.mcap", "log", 690, 1310);
	int64_t id = 0;

	add_drive("alpha", alpha, 3);
	add_drive("beta", beta, 2);
	add_drive("late", late, 2);
	look("three drives");
	add_drive("alpha", &odd, 1);
	add_drive("", &odd, 1);
	add_drive("bus only", &beta[0], 1);
	add_drive("empty", NULL, 0);
	add_drive("known", &alpha[1], 1);
	add_drive("50%_off \\", &odd, 1);
	add_drive("none", &none, 1);
	say_status("more", spur_db_source_add(db, act_of(&ada, "spur add --drive beta"), 2, &more, &id, &err), &err);
	say("id %" PRId64 "\n", id);
	say_status("again", spur_db_source_add(db, act_of(&ada, "spur add --drive beta"), 2, &more, NULL, &err), &err);
	look("more drives and a source");
	say_status("moved", spur_db_source_move(db, act_of(&ben, "spur add"), 2, "/elsewhere/alpha.mf4", 99, &err), &err);
	say_status("not there", spur_db_source_move(db, act_of(&ben, "spur add"), 99, "/x", 99, &err), &err);
	look("a source moved");
	say_drives();
	say_sources();
}

static void statistics(void)
{
	const struct spur_db_stat first[] = { { "speed", 100, -0.5, 33.25, 12.125 }, { "gear", 7, 0, 6, 3.5 } };
	const struct spur_db_stat again[] = { { "speed", 101, -1e300, 1e-300, NAN } };

	say_status("stats", spur_db_stat_put(db, act_of(&ada, "spur stat"), 2, first, 2, &err), &err);
	say_status("stats", spur_db_stat_put(db, act_of(&ada, "spur stat"), 1, again, 1, &err), &err);
	look("statistics");
	say_status("stats", spur_db_stat_put(db, act_of(&ada, "spur stat"), 2, again, 1, &err), &err);
	look("and again");
	for (int64_t s = 1; s <= 3; s++)
		SAY_LIST(stat, spur_db_stat_list(db, s, &l_, &e_));
}

static void clocks(void)
{
	struct spur_db_clock c = { .source = 1, .reference = 2, .clock = { .offset_ns = 1500000000, .drift_ppb = 20000, .ref_ns = T0 },
				   .sigma_ns = 1.5e6, .confidence = 0.875, .method = "xcorr",
				   .knots = "[{\"t_ns\":1,\"offset_ns\":2,\"residual_ns\":3,\"weight\":1}]" };
	struct spur_db_clock got;
	int64_t id = 0;

	say_status("clock", spur_db_clock_add(db, act_of(&ada, "spur sync"), &c, &id, &err), &err);
	c = (struct spur_db_clock){ .source = 1, .clock = { .offset_ns = -7, .drift_ppb = -30, .ref_ns = 5 }, .sigma_ns = NAN, .confidence = 1,
				    .method = "hand" };
	say_status("clock", spur_db_clock_add(db, act_of(&ben, "spur sync --set"), &c, &id, &err), &err);
	say("id %" PRId64 "\n", id);
	c.source = 4;
	c.reference = 3;
	c.clock = (struct spur_clock){ .offset_ns = 30 * SPUR_NS_PER_S };
	say_status("clock", spur_db_clock_add(db, act_of(&ben, "spur sync --set"), &c, NULL, &err), &err);
	c.clock.drift_ppb = SPUR_DRIFT_MAX_PPB;
	say_status("as fast as can be", spur_db_clock_add(db, act_of(&ben, "spur sync --set"), &c, NULL, &err), &err);
	c.clock.drift_ppb = -SPUR_DRIFT_MAX_PPB;
	say_status("as slow", spur_db_clock_add(db, act_of(&ben, "spur sync --set"), &c, NULL, &err), &err);
	c.clock.drift_ppb--;
	say_status("too slow", spur_db_clock_add(db, act_of(&ben, "spur sync --set"), &c, NULL, &err), &err);
	c.clock.drift_ppb = SPUR_DRIFT_MAX_PPB + 1;
	say_status("too fast", spur_db_clock_add(db, act_of(&ben, "spur sync --set"), &c, NULL, &err), &err);
	c.clock = (struct spur_clock){ .offset_ns = 30 * SPUR_NS_PER_S };
	c.confidence = 1.5;
	say_status("too sure", spur_db_clock_add(db, act_of(&ben, "spur sync --set"), &c, &id, &err), &err);
	c.confidence = 1;
	c.source = 77;
	say_status("no source", spur_db_clock_add(db, act_of(&ben, "spur sync --set"), &c, &id, &err), &err);
	look("clocks");
	for (int64_t s = 1; s <= 4; s++) {
		say_status("clock", spur_db_clock_get(db, s, &got, &err), &err);
		say("source %" PRId64 ": %" PRId64 " offset %" PRId64 " drift %" PRId64 " ref %" PRId64 " %.9g %.9g\n", s, got.id,
		    got.clock.offset_ns, got.clock.drift_ppb, got.clock.ref_ns, got.sigma_ns, got.confidence);
		SAY_LIST(clock, spur_db_clock_list(db, s, &l_, &e_));
	}
	say_drives();
}

/* ---- segments ---- */

static int64_t segment(struct person *by, int64_t drive, double begin_s, double end_s, const char *label, const char *query, double score)
{
	struct spur_db_segment s = { .drive_id = drive, .begin_ns = T0 + (spur_ns)(begin_s * 1e9), .end_ns = T0 + (spur_ns)(end_s * 1e9),
				     .label = label, .query = query, .score = score, .evidence = "{\"peak\":1.5}" };
	int64_t id = 0;
	bool fresh = false;
	enum spur_status st = spur_db_segment_add(db, act_of(by, "spur find --store"), &s, &id, &fresh, &err);

	say_status("segment", st, &err);
	if (st >= 0)
		say("id %" PRId64 " fresh %d\n", id, fresh);
	return id;
}

static void segments(void)
{
	segment(&ada, 1, 10, 14, "brake", "acc < -3", 0.75);
	segment(&ada, 1, 30, 36.5, "lane", "abs(yaw) > 0.1", 0.5);
	segment(&ada, 2, 710, 715, "brake", "acc < -3", 0.75);
	segment(&ben, 2, 720, 730, "cruise", "", NAN);
	segment(&ada, 3, 2010, 2020, "brake", "acc < -3", 0.25);
	segment(&ada, 3, 2030, 2040, "lane", "50%_ \\ x", -1);
	segment(&eve, 4, 4010, 4020, "brake", "", 0.75);
	segment(&ada, 1, 10, 14, "brake", "acc < -3", 0.5);	/* the same */
	segment(&ben, 1, 10, 14, "brake", "acc < -3", 0.5);	/* of another author */
	segment(&ada, 1, 14, 14, "brake", "", 0);
	segment(&ada, 1, 15, 14, "brake", "", 0);
	segment(&ada, 88, 15, 16, "brake", "", 0);
	look("segments");
}

static void tag(struct person *by, int64_t id, const char *word, bool on)
{
	bool changed = false;

	say_status(word, spur_db_tag(db, act_of(by, "spur tag"), id, word, on, &changed, &err), &err);
	say("changed %d\n", changed);
}

static void tags(void)
{
	tag(&ada, 1, "wet", true);
	tag(&ben, 1, "night", true);
	tag(&ada, 1, "wet", true);
	tag(&ada, 3, "wet", true);
	tag(&ada, 3, "wet", false);
	tag(&ada, 3, "wet", false);
	tag(&ada, 3, "wet", true);
	tag(&ada, 2, "none", false);
	tag(&ada, 2, "two words", true);
	tag(&ada, 2, "", true);
	tag(&ada, 99, "wet", true);
	look("tags");
}

static void review(struct person *by, int64_t id, const char *verdict, const char *reason, bool sign)
{
	struct spur_db_segment_list l;
	struct spur_buf record = { 0 }, sig = { 0 };
	const struct spur_db_act *act = act_of(by, "spur review");
	char ref[24];
	int64_t made = 0;
	enum spur_status st;

	snprintf(ref, sizeof(ref), "%" PRId64, id);
	if (spur_db_segment_find(db, ref, &l, &err) >= 0)
		spur_db_review_record(&l.rows[0], verdict, reason, act, &record);
	spur_sshsig_sign(by->key, SPUR_DB_APPROVAL_NAMESPACE, spur_buf_text(&record), record.len, &sig, &err);
	st = spur_db_review_add(db, act, id, verdict, reason, sign ? sig.data : NULL, &made, &err);
	say("%s %s %" PRId64 " (record %s) ", by->act.who, verdict, id, spur_buf_text(&record));
	say_status("is", st, &err);
	if (st >= 0)
		say("id %" PRId64 "\n", made);
	spur_db_segment_list_finish(&l);
	spur_buf_finish(&record);
	spur_buf_finish(&sig);
}

static void reviews(void)
{
	review(&ben, 1, "approve", "seen", true);
	review(&ben, 2, "reject", "too short", false);
	review(&ben, 3, "reject", "blurred", true);
	review(&ben, 3, "approve", "after all", true);
	review(&ada, 3, "comment", "a note 100%_", false);
	review(&ada, 4, "approve", "", true);
	review(&ben, 5, "approve", "", true);
	look("reviews");
	review(&ada, 1, "approve", "", true);
	review(&ben, 6, "approve", "", false);
	review(&ben, 66, "approve", "", true);
	review(&ben, 6, "maybe", "", true);
	ben.act.who = "bob";
	review(&ben, 6, "approve", "", true);
	ben.act.who = "ben";
	say_status("another signature", spur_db_review_add(db, act_of(&ben, "x"), 6, "approve", "", "no signature", NULL, &err), &err);
	look("reviews that are refused");
	SAY_LIST(review, spur_db_review_list(db, 0, 0, 0, &l_, &e_));
	SAY_LIST(review, spur_db_review_list(db, 3, 0, 2, &l_, &e_));
	SAY_LIST(review, spur_db_review_list(db, 0, 3, 2, &l_, &e_));
}

static void edges(void)
{
	int64_t id = 0;

	say_status("moved", spur_db_segment_replace(db, act_of(&ben, "spur review edge"), 2, T0 + 29 * SPUR_NS_PER_S, T0 + 37 * SPUR_NS_PER_S, &id, &err), &err);
	say("id %" PRId64 "\n", id);
	say_status("approved", spur_db_segment_replace(db, act_of(&ben, "x"), 1, T0 + 9 * SPUR_NS_PER_S, T0 + 15 * SPUR_NS_PER_S, &id, &err), &err);
	say_status("replaced", spur_db_segment_replace(db, act_of(&ben, "x"), 2, T0 + 9 * SPUR_NS_PER_S, T0 + 15 * SPUR_NS_PER_S, &id, &err), &err);
	say_status("empty", spur_db_segment_replace(db, act_of(&ben, "x"), 6, T0 + 15 * SPUR_NS_PER_S, T0 + 15 * SPUR_NS_PER_S, &id, &err), &err);
	say_status("the same", spur_db_segment_replace(db, act_of(&ada, "x"), 6, T0 + 2030 * SPUR_NS_PER_S, T0 + 2040 * SPUR_NS_PER_S, &id, &err), &err);
	say_status("none", spur_db_segment_replace(db, act_of(&ben, "x"), 77, T0, T0 + 15 * SPUR_NS_PER_S, NULL, &err), &err);
	review(&ben, 2, "approve", "", true);
	look("moved edges");
}

static void list(const struct spur_db_segment_filter *f, const char *title)
{
	struct spur_db_segment_list l;
	struct spur_db_progress p;
	enum spur_status st = spur_db_segment_list(db, f, &l, &err);

	say("%s:", title);
	for (size_t i = 0; st >= 0 && i < l.count; i++)
		say(" %" PRId64, l.rows[i].id);
	say("%s\n", st < 0 ? err.text : "");
	spur_db_segment_list_finish(&l);
	st = spur_db_progress(db, f, "ben", T0 + 40 * 60 * SPUR_NS_PER_S, &p, &err);
	if (st < 0)
		say_status("progress", st, &err);
	else
		say_progress(&p);
}

static void orders(enum spur_db_segment_order order, bool descending)
{
	static const char *const names[] = { "id", "time", "score", "label" };
	struct spur_db_segment_filter f = { .order = order, .descending = descending };
	struct spur_db_segment_list l;

	say("by %s%s\n", names[order], descending ? " down" : "");
	list(&f, "all");
	f.limit = 3;
	for (int page = 0; page < 5; page++) {	/* each page begins behind the last row of the one before */
		list(&f, "page");
		if (spur_db_segment_list(db, &f, &l, &err) >= 0 && l.count > 0)
			f.after = l.rows[l.count - 1].id;
		spur_db_segment_list_finish(&l);
	}
}

static void filters(void)
{
	static const char *const texts[] = { "brake", "BRAKE", "alph", "eve", "acc", "100%_", "%", "\\", "short", "nothing" };
	static const char *const refs[] = { "1", "seg-", "999", "0", "" };

	SAY_LIST(segment, spur_db_segment_list(db, &(struct spur_db_segment_filter){ .limit = SIZE_MAX }, &l_, &e_));
	for (int order = SPUR_DB_BY_ID; order <= SPUR_DB_BY_LABEL; order++) {
		orders((enum spur_db_segment_order)order, false);
		orders((enum spur_db_segment_order)order, true);
	}
	for (int s = SPUR_DB_ANY; s <= SPUR_DB_SUPERSEDED; s++) {
		enum spur_db_state back = SPUR_DB_ANY;

		list(&(struct spur_db_segment_filter){ .state = (enum spur_db_state)s }, spur_db_state_name((enum spur_db_state)s));
		say("parsed %d", spur_db_state_parse(spur_db_state_name((enum spur_db_state)s), &back));
		say(" %d\n", (int)back);
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		list(&(struct spur_db_segment_filter){ .text = texts[i] }, texts[i]);
	list(&(struct spur_db_segment_filter){ .drive = "*a*" }, "drive *a*");
	list(&(struct spur_db_segment_filter){ .drive = "50%_*" }, "drive 50%_*");
	list(&(struct spur_db_segment_filter){ .label = "lane" }, "label lane");
	list(&(struct spur_db_segment_filter){ .label = "lan" }, "label lan");
	list(&(struct spur_db_segment_filter){ .tag = "wet" }, "tag wet");
	list(&(struct spur_db_segment_filter){ .author = "ben" }, "author ben");
	list(&(struct spur_db_segment_filter){ .begin_ns = T0 + 14 * SPUR_NS_PER_S, .end_ns = T0 + 30 * SPUR_NS_PER_S }, "what touches");
	list(&(struct spur_db_segment_filter){ .begin_ns = T0 + 13 * SPUR_NS_PER_S, .end_ns = T0 + 31 * SPUR_NS_PER_S }, "what overlaps");
	list(&(struct spur_db_segment_filter){ .label = "brake", .state = SPUR_DB_APPROVED, .drive = "?*", .author = "ada", .order = SPUR_DB_BY_SCORE,
					       .descending = true, .limit = 2, .after = 1 }, "much at once");
	for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++) {
		say("segment '%s'\n", refs[i]);
		SAY_LIST(segment, spur_db_segment_find(db, refs[i], &l_, &e_));
	}
}

/* ---- drafts ---- */

static void draft(struct person *by, int64_t id, const char *verdict, const char *reason, double begin_s, double end_s)
{
	struct spur_db_segment_list l;
	char ref[24];

	snprintf(ref, sizeof(ref), "%" PRId64, id);
	if (spur_db_segment_find(db, ref, &l, &err) >= 0)
		say_status(verdict, spur_db_draft_add(db, act_of(by, ""), &l.rows[0], verdict, reason, T0 + (spur_ns)(begin_s * 1e9),
						      T0 + (spur_ns)(end_s * 1e9), &err), &err);
	spur_db_segment_list_finish(&l);
}

static void step(struct person *by, bool undo, int64_t id)
{
	size_t count = 99;
	int64_t about = -1;
	enum spur_status st = undo ? spur_db_draft_undo(db, act_of(by, ""), id, &count, &about, &err) :
			      spur_db_draft_redo(db, act_of(by, ""), &count, &about, &err);

	say_status(undo ? "undo" : "redo", st, &err);
	say("count %zu about %" PRId64 "\n", count, about);
	SAY_LIST(draft, spur_db_draft_list(db, by->act.who, &l_, &e_));
}

static void drafts(void)
{
	draft(&ben, 6, "approve", "yes", 2030, 2040);
	draft(&ben, 6, "comment", "hm", 2030, 2040);
	draft(&ben, 6, "reject", "no", 2030, 2040);
	draft(&ben, 7, "edge", "", 4011, 4019);
	draft(&ben, 7, "approve", "", 4010, 4020);
	draft(&eve, 6, "approve", "", 2030, 2040);
	draft(&ada, 6, "approve", "", 2030, 2040);
	draft(&ben, 2, "approve", "", 30, 36);
	draft(&ben, 1, "edge", "", 30, 36);
	draft(&ben, 1, "reject", "", 10, 14);
	draft(&ben, 6, "reject", "", 10, 10);
	draft(&ben, 6, "perhaps", "", 10, 14);
	look("drafts");
	step(&ben, true, 0);
	step(&ben, true, 6);
	step(&ben, true, 6);
	look("undone");
	step(&ben, false, 0);
	step(&ben, false, 0);
	step(&ben, false, 0);
	step(&ben, true, 0);
	draft(&ben, 9, "approve", "", 10, 14);
	step(&ben, false, 0);
	draft(&ben, 6, "approve", "better", 2030, 2040);
	step(&ben, true, 0);
	look("and done again");
	say_status("clear", spur_db_draft_clear(db, act_of(&ben, ""), &err), &err);
	SAY_LIST(draft, spur_db_draft_list(db, "ben", &l_, &e_));
	SAY_LIST(draft, spur_db_draft_list(db, "eve", &l_, &e_));
	look("drafts of one are gone");
}

/* ---- datasets ---- */

static void freeze(const struct spur_db_freeze *f)
{
	say("freeze %s seed %" PRIu64 " %u %u %u\n", f->name == NULL ? "NULL" : f->name, f->seed, f->permille[0], f->permille[1], f->permille[2]);
	SAY_LIST(dataset, spur_db_dataset_freeze(db, act_of(&ada, "spur dataset freeze"), f, &l_, &e_));
}

static void datasets(void)
{
	static const char *const labels[] = { "lane", "brake", NULL }, *const refs[] = { "set", "set@1", "set@2", "set@3", "set@x", "other", "set@0", "@1", "ds-" };
	struct spur_db_dataset_list l;

	freeze(&(struct spur_db_freeze){ .name = "set", .seed = 1 });
	freeze(&(struct spur_db_freeze){ .name = "set", .seed = 1 });
	look("a dataset");
	freeze(&(struct spur_db_freeze){ .name = "set", .seed = 2, .permille = { 400, 300, 300 } });
	freeze(&(struct spur_db_freeze){ .name = "other.x-1", .labels = labels, .allow_concurrent = true, .filter = { .tag = "wet", .drive = "*", .author = "ada" } });
	freeze(&(struct spur_db_freeze){ .name = "brakes", .filter = { .label = "brake" } });
	freeze(&(struct spur_db_freeze){ .name = "none", .filter = { .label = "nothing" } });
	freeze(&(struct spur_db_freeze){ .name = "a b" });
	freeze(&(struct spur_db_freeze){ .name = "" });
	freeze(&(struct spur_db_freeze){ .name = NULL });
	freeze(&(struct spur_db_freeze){ .name = "sums", .permille = { 500, 300, 300 } });
	freeze(&(struct spur_db_freeze){ .name = "sums", .permille = { 0, 0, 1000 } });
	look("more datasets");
	SAY_LIST(dataset, spur_db_dataset_list(db, NULL, &l_, &e_));
	SAY_LIST(dataset, spur_db_dataset_list(db, "set", &l_, &e_));
	for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++) {
		say("dataset '%s'\n", refs[i]);
		SAY_LIST(dataset, spur_db_dataset_find(db, refs[i], &l_, &e_));
	}
	if (spur_db_dataset_list(db, NULL, &l, &err) >= 0) {
		for (size_t i = 0; i < l.count; i++) {
			struct spur_db_verdict v = { 0 };

			say("items of %s\n", l.rows[i].uid);
			SAY_LIST(item, spur_db_item_list(db, l.rows[i].id, &l_, &e_));
			say_status("verify", spur_db_dataset_verify(db, &l.rows[i], &v, &err), &err);
			say("checked %" PRIu64 " wrong %" PRIu64 " '%s'\n", v.checked, v.wrong, v.first);
			SAY_LIST(edge, spur_db_edge_list(db, l.rows[i].uid, true, &l_, &e_));
		}
	}
	spur_db_dataset_list_finish(&l);
}

/* ---- objects ---- */

static void put(const char *id, const char *kind, const char *path, const char *sha256)
{
	const struct spur_db_object o = { .id = id, .kind = kind, .title = kind, .path = path, .sha256 = sha256, .record = "{\"a\":1}" };

	say_status(id, spur_db_object_put(db, act_of(&ada, "spur x"), &o, &err), &err);
}

static void objects(void)
{
	static const char *const refs[] = { "model-00000001", "model-000000011", "model-00", "model-0", "model-", "model-99999", "card-000" };
	static const char *const ends[] = { "card-00000001", "model-00000001" };
	struct spur_buf sig = { 0 };

	put("model-00000001", "model", "/m/1", "aa");
	put("model-000000012", "model", NULL, NULL);
	put("card-00000001", "card", "", "");
	put("model-00000001", "model", "/m/2", "bb");
	put("model-00000001", "model", "/m/2", "bb");
	put("model-00000001", "model", NULL, "bb");
	say_status("edge", spur_db_edge_add(db, act_of(&ada, "x"), "card-00000001", "model-00000001", "about", &err), &err);
	say_status("again", spur_db_edge_add(db, act_of(&ada, "x"), "card-00000001", "model-00000001", "about", &err), &err);
	say_status("role", spur_db_edge_add(db, act_of(&ada, "x"), "card-00000001", "model-00000001", "a-role", &err), &err);
	say_status("no from", spur_db_edge_add(db, act_of(&ada, "x"), "card-2", "model-00000001", "about", &err), &err);
	say_status("no to", spur_db_edge_add(db, act_of(&ada, "x"), "card-00000001", "model-2", "about", &err), &err);
	look("objects");
	for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++) {
		say("object '%s'\n", refs[i]);
		SAY_LIST(object, spur_db_object_find(db, refs[i], &l_, &e_));
	}
	for (size_t i = 0; i < 2; i++) {
		SAY_LIST(edge, spur_db_edge_list(db, ends[i], true, &l_, &e_));
		SAY_LIST(edge, spur_db_edge_list(db, ends[i], false, &l_, &e_));
	}
	SAY_LIST(object, spur_db_object_newest(db, "card", "model-00000001", NULL, &l_, &e_));
	SAY_LIST(object, spur_db_object_newest(db, "model", "card-00000001", NULL, &l_, &e_));
	SAY_LIST(object, spur_db_object_newest(db, "model", NULL, "aa", &l_, &e_));
	SAY_LIST(object, spur_db_object_newest(db, "card", NULL, "aa", &l_, &e_));
	spur_sshsig_sign(ben.key, "spur-object", "{\"a\":1}", 7, &sig, &err);
	say_status("signed", spur_db_signature_add(db, act_of(&ben, "spur sign"), "model-00000001", "spur-object", "{\"a\":1}", sig.data, &err), &err);
	say_status("of ada", spur_db_signature_add(db, act_of(&ada, "spur sign"), "model-00000001", "spur-object", "{\"a\":1}", sig.data, &err), &err);
	say_status("else", spur_db_signature_add(db, act_of(&ben, "spur sign"), "model-00000001", "spur-object", "{\"a\":2}", sig.data, &err), &err);
	say_status("where", spur_db_signature_add(db, act_of(&ben, "spur sign"), "model-00000001", "spur-other", "{\"a\":1}", sig.data, &err), &err);
	say_status("nothing", spur_db_signature_add(db, act_of(&ben, "spur sign"), "model-3", "spur-object", "{\"a\":1}", sig.data, &err), &err);
	spur_buf_finish(&sig);
	look("signatures");
	SAY_LIST(signature, spur_db_signature_list(db, "model-00000001", &l_, &e_));
	SAY_LIST(signature, spur_db_signature_list(db, "card-00000001", &l_, &e_));
}

/* ---- the lab ---- */

static void lab_run(const char *run, const char *kind, const char *model)
{
	const struct spur_db_lab_run r = { .run = run, .kind = kind, .recipe = "events", .code_sha = "c0de", .extract = "card-00000001", .model = model,
					   .name = "net", .target = kind[0] == 'c' ? "ort" : "" };

	say_status(run, spur_db_lab_run_add(db, act_of(&ada, "spur train"), &r, &err), &err);
}

static void model(const char *name, const char *uid, const char *run)
{
	int version = -1;

	say_status(uid, spur_db_model_add(db, act_of(&ben, "spur models"), name, uid, run, "ada", ada.fingerprint, &version, &err), &err);
	say("version %d\n", version);
}

static void alias(const char *name, const char *word, int version)
{
	say_status(word, spur_db_alias_set(db, act_of(&ben, "spur model alias"), name, word, version, &err), &err);
}

static void decide(struct person *by, const char *object, const char *verdict, bool passed, bool good)
{
	const char *record = "{\"gate\":\"release\"}";
	char sha[SPUR_SHA256_HEX];
	struct spur_buf sig = { 0 };
	struct spur_db_decision d = { .object = object, .gate = "release", .verdict = verdict, .passed = passed, .reason = "why", .card_sha256 = sha,
				      .policy_sha256 = sha, .record = record };

	spur_sha256_hex_of(record, strlen(record), sha);
	spur_sshsig_sign(by->key, good ? SPUR_DB_GATE_NAMESPACE : "spur-other", record, strlen(record), &sig, &err);
	d.signature = sig.data;
	say("%s %s %s passed %d: ", by->act.who, verdict, object, passed);
	say_status("is", spur_db_decision_add(db, act_of(by, "spur gate"), &d, &err), &err);
	spur_buf_finish(&sig);
}

static void lab(void)
{
	static const char *const refs[] = { "net", "net@1", "net@2", "net@3", "net@best", "net@worst", "nobody", "model-00000001", "model-000000",
					    "model-0", "net@", "@best" };

	lab_run("00000000000000a1", "train", "");
	lab_run("00000000000000a2", "eval", "model-00000001");
	lab_run("00000000000000a3", "compile", "model-00000001");
	lab_run("00000000000000a1", "train", "");
	look("runs of recipes");
	SAY_LIST(lab_run, spur_db_lab_run_list(db, NULL, &l_, &e_));
	say_status("result", spur_db_lab_result_add(db, act_of(&ada, "x"), "00000000000000a1", "model-00000001", &err), &err);
	say_status("again", spur_db_lab_result_add(db, act_of(&ada, "x"), "00000000000000a1", "model-00000001", &err), &err);
	say_status("another", spur_db_lab_result_add(db, act_of(&ada, "x"), "00000000000000a1", "model-000000012", &err), &err);
	say_status("no run", spur_db_lab_result_add(db, act_of(&ada, "x"), "00000000000000ff", "model-00000001", &err), &err);
	SAY_LIST(lab_run, spur_db_lab_run_list(db, NULL, &l_, &e_));
	SAY_LIST(lab_run, spur_db_lab_run_list(db, "00000000000000a1", &l_, &e_));
	SAY_LIST(lab_run, spur_db_lab_run_list(db, "00000000000000a9", &l_, &e_));
	model("net", "model-00000001", "00000000000000a1");
	model("net", "model-000000012", "00000000000000a2");
	model("net", "model-00000001", "00000000000000a3");
	model("other", "model-00000001", "00000000000000a1");
	alias("net", "best", 1);
	alias("net", "new", 2);
	alias("net", "best", 2);
	alias("net", "best", 1);
	alias("net", "a", 1);
	alias("net", "7", 1);
	alias("net", "", 1);
	alias("net", "a b", 1);
	alias("net", "a@b", 1);
	alias("net", "gone", 9);
	look("models");
	SAY_LIST(model, spur_db_model_list(db, NULL, &l_, &e_));
	SAY_LIST(model, spur_db_model_list(db, "net", &l_, &e_));
	SAY_LIST(model, spur_db_model_list(db, "nobody", &l_, &e_));
	for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++) {
		say("model '%s'\n", refs[i]);
		SAY_LIST(model, spur_db_model_find(db, refs[i], &l_, &e_));
	}
}

static void gates(void)
{
	decide(&ben, "model-00000001", "approve", true, true);	/* nobody made it yet */
	say_status("author", spur_db_author_add(db, act_of(&ada, "x"), "model-00000001", "ada", ada.fingerprint, &err), &err);
	say_status("author", spur_db_author_add(db, act_of(&ada, "x"), "model-00000001", "ada", ada.fingerprint, &err), &err);
	say_status("inherit", spur_db_author_inherit(db, act_of(&ada, "x"), "model-00000001", "card-00000001", &err), &err);
	say_status("inherit", spur_db_author_inherit(db, act_of(&ada, "x"), "model-00000001", "card-00000001", &err), &err);
	decide(&ben, "model-00000001", "approve", true, true);
	decide(&eve, "model-00000001", "reject", false, true);
	decide(&eve, "card-00000001", "approve", true, true);
	look("gates");
	decide(&ada, "model-00000001", "approve", true, true);
	decide(&ben, "model-00000001", "approve", false, true);
	decide(&ben, "model-00000001", "approve", true, false);
	decide(&ada, "card-00000001", "approve", true, true);
	decide(&ben, "model-3", "approve", true, true);
	decide(&ben, "model-00000001", "maybe", true, true);
	look("decisions that are refused");
	SAY_LIST(decision, spur_db_decision_list(db, NULL, NULL, &l_, &e_));
	SAY_LIST(decision, spur_db_decision_list(db, "card-00000001", NULL, &l_, &e_));
	SAY_LIST(decision, spur_db_decision_list(db, NULL, "release", &l_, &e_));
	SAY_LIST(decision, spur_db_decision_list(db, NULL, "model", &l_, &e_));
}

/* ---- an identity ends ---- */

static void revoked(void)
{
	struct spur_buf sig = { 0 };

	say_status("no reason", spur_db_identity_revoke(db, act_of(&ada, "x"), "eve", "", &err), &err);
	say_status("nobody", spur_db_identity_revoke(db, act_of(&ada, "x"), "zoe", "left", &err), &err);
	say_status("eve", spur_db_identity_revoke(db, act_of(&ada, "x"), "eve", "left", &err), &err);
	say_status("again", spur_db_identity_revoke(db, act_of(&ada, "x"), "eve", "left", &err), &err);
	review(&eve, 6, "approve", "", true);
	review(&eve, 6, "comment", "bye", false);
	decide(&eve, "card-00000001", "reject", true, true);
	spur_sshsig_sign(eve.key, "spur-object", "{}", 2, &sig, &err);
	say_status("signed", spur_db_signature_add(db, act_of(&eve, "spur sign"), "card-00000001", "spur-object", "{}", sig.data, &err), &err);
	spur_buf_finish(&sig);
	introduce(&eve, "eve");
	look("an identity ends");
	SAY_LIST(identity, spur_db_identity_list(db, NULL, &l_, &e_));
}

/* ---- transactions ---- */

static void transactions(void)
{
	int64_t seq = 0;

	say_status("begin", spur_db_begin(db, &err), &err);
	say_status("inner", spur_db_begin(db, &err), &err);
	say_status("note", spur_db_audit_add(db, act_of(&ada, "spur y"), "file.write", "/x", "{\"n\":1}", &seq, &err), &err);
	say("seq %" PRId64 "\n", seq);
	say_status("tag", spur_db_tag(db, act_of(&ada, "spur tag"), 4, "both", true, NULL, &err), &err);
	say_status("inner end", spur_db_end(db, SPUR_OK, &err), &err);
	say_status("end", spur_db_end(db, SPUR_OK, &err), &err);
	look("two acts as one");
	say_status("begin", spur_db_begin(db, &err), &err);
	say_status("note", spur_db_audit_add(db, act_of(&ada, "spur y"), "file.write", "/y", NULL, &seq, &err), &err);
	say("seq %" PRId64 "\n", seq);
	err = (struct spur_error){ 0 };
	say_status("end", spur_db_end(db, SPUR_ENOMEM, &err), &err);
	say_status("begin", spur_db_begin(db, &err), &err);
	say_status("inner", spur_db_begin(db, &err), &err);
	say_status("tag", spur_db_tag(db, act_of(&ada, "spur tag"), 4, "lost", true, NULL, &err), &err);
	say_status("inner end", spur_db_end(db, SPUR_EINVAL, &err), &err);
	say_status("end", spur_db_end(db, SPUR_OK, &err), &err);
	say_status("alone", spur_db_audit_add(db, act_of(&ada, "spur z"), "file.write", "/z", NULL, NULL, &err), &err);
	look("what was rolled back is not there");
	SAY_LIST(audit, spur_db_audit_list(db, NULL, 0, 0, &l_, &e_));
	SAY_LIST(audit, spur_db_audit_list(db, "model-00000001", 0, 2, &l_, &e_));
	SAY_LIST(audit, spur_db_audit_list(db, NULL, 5, 3, &l_, &e_));
	SAY_LIST(audit, spur_db_audit_newest(db, NULL, 0, 3, &l_, &e_));
	SAY_LIST(audit, spur_db_audit_newest(db, NULL, 5, 0, &l_, &e_));
	SAY_LIST(audit, spur_db_audit_newest(db, "model-00000001", 0, 1, &l_, &e_));
}

/* ---- profiles ---- */

static struct spur_db_profile_database database_of(const char *name, int64_t channel, const char *content, size_t len)
{
	static char hex[8][SPUR_SHA256_HEX];
	static unsigned turn;
	char *sha = hex[turn++ % 8];

	spur_sha256_hex_of(content, len, sha);
	return (struct spur_db_profile_database){ .name = name, .sha256 = sha, .channel = channel, .size_bytes = len, .content = content };
}

static void add_profile(const char *name, const struct spur_db_profile_database *d, size_t dbc, const struct spur_db_profile_scope *s,
			size_t scopes, bool keep)
{
	const struct spur_db_profile p = { .name = name, .databases = d, .database_count = dbc, .scopes = s, .scope_count = scopes,
					   .keep_unavailable = keep };
	int64_t version = -1;

	say_status(name, spur_db_profile_add(db, act_of(&ada, "spur profile add"), &p, &version, &err), &err);
	say("version %" PRId64 "\n", version);
}

static void fact(int64_t drive, const char *key, const char *value)
{
	say_status(key, spur_db_drive_fact_set(db, act_of(&ben, "spur drive set"), drive, key, value, &err), &err);
}

static void say_profiles(void)
{
	struct spur_buf content = { 0 };
	struct spur_db_profile_database bytes = database_of("", 0, "BO_ 1\0\xff\xfe", 8), none = database_of("", 0, "none", 4);

	say("in force\n");
	SAY_LIST(profile, spur_db_profile_list(db, NULL, &l_, &e_));
	say("golf\n");
	SAY_LIST(profile, spur_db_profile_list(db, "golf", &l_, &e_));
	SAY_LIST(profile, spur_db_profile_list(db, "nobody", &l_, &e_));
	for (int64_t d = 0; d <= 5; d++) {
		struct spur_db_drive_facts facts = { 0 };

		say_status("facts", spur_db_drive_facts_get(db, d, &facts, &err), &err);
		say("of drive %" PRId64 ": vehicle '%s' project '%s'\n", d, facts.vehicle, facts.project);
		spur_db_drive_facts_finish(&facts);
		SAY_LIST(profile, spur_db_profile_of_drive(db, d, &l_, &e_));
	}
	say_status("bytes", spur_db_database_read(db, bytes.sha256, &content, &err), &err);
	say("%zu bytes, the same %d\n", content.len, content.len == 8 && memcmp(content.data, "BO_ 1\0\xff\xfe", 8) == 0);
	say_status("other bytes", spur_db_database_read(db, none.sha256, &content, &err), &err);
	spur_buf_finish(&content);
}

static void profiles(void)
{
	const struct spur_db_profile_database two[] = { database_of("a.dbc", SPUR_DB_ANY_CHANNEL, "BO_ 1\0\xff\xfe", 8),
							database_of("b.dbc", 2, "BO_ 2", 5) };
	const struct spur_db_profile_database again[] = { database_of("moved.dbc", 7, "BO_ 2", 5), database_of("empty.dbc", 0, "", 0) };
	struct spur_db_profile_database huge = database_of("huge.dbc", 0, "x", 1);
	const struct spur_db_profile_scope golf[] = { { "vehicle", "golf-?" }, { "drive", "late" } }, adas[] = { { "project", "adas" } };
	const struct spur_db_profile_scope odd[] = { { "weather", "rain" } }, bare[] = { { "drive", "" } }, all[] = { { "drive", "*" } };

	huge.size_bytes = SPUR_DB_DATABASE_MAX + 1;
	say_profiles();
	add_profile("golf", two, 2, golf, 2, false);
	look("a profile");
	add_profile("adas", again, 1, adas, 1, true);
	add_profile("zz all", two, 1, all, 1, false);
	look("and two more: the same bytes are stored once");
	add_profile("", two, 2, golf, 2, false);
	add_profile("none", two, 0, golf, 2, false);
	add_profile("nowhere", two, 2, golf, 0, false);
	add_profile("huge", &huge, 1, golf, 2, false);
	add_profile("odd", two, 2, odd, 1, false);
	add_profile("bare", two, 2, bare, 1, false);
	look("what is refused leaves nothing");
	fact(1, "vehicle", "golf-7");
	fact(1, "vehicle", "golf-7");
	fact(1, "project", "adas");
	fact(2, "vehicle", "golf-77");
	fact(2, "colour", "red");
	fact(99, "vehicle", "golf-7");
	look("what is said of drives");
	say_profiles();
	fact(1, "vehicle", "");
	add_profile("golf", again, 2, adas, 1, false);
	say_profiles();
	say_status("remove", spur_db_profile_remove(db, act_of(&ben, "spur profile remove"), "golf", &err), &err);
	say_status("remove", spur_db_profile_remove(db, act_of(&ben, "spur profile remove"), "golf", &err), &err);
	say_status("remove", spur_db_profile_remove(db, act_of(&ben, "spur profile remove"), "nobody", &err), &err);
	look("a profile is removed");
	say_profiles();
}

/* A dataset keeps the databases of its day. */
static void profiled_dataset(void)
{
	const struct spur_db_profile_database mine = database_of("mine.dbc", 3, "BO_ 3", 5);
	const struct spur_db_profile_scope all = { "drive", "*" };
	const struct spur_db_freeze f = { .name = "decoded", .seed = 3 };
	char file[SPUR_SHA256_HEX + 8];

	add_profile("frozen", &mine, 1, &all, 1, true);
	freeze(&f);
	SAY_LIST(dataset, spur_db_dataset_list(db, "decoded", &l_, &e_));
	SAY_LIST(item, spur_db_item_list(db, 6, &l_, &e_));
	snprintf(file, sizeof(file), "file:%s", mine.sha256);
	SAY_LIST(edge, spur_db_edge_list(db, file, false, &l_, &e_));
	SAY_LIST(object, spur_db_object_find(db, file, &l_, &e_));
	say_status("remove", spur_db_profile_remove(db, act_of(&ben, "spur profile remove"), "frozen", &err), &err);
	freeze(&f);
	look("a dataset that decodes by a profile, and one without it");
}

/* ---- jobs ---- */

static struct spur_job_store store;

static void job(const char *id, enum spur_job_state state, unsigned attempt, int changed_s, uint64_t done)
{
	struct spur_job_row r = { .parent = "", .kind = "train", .name = "a job", .executor = "local", .dir = "/jobs/x", .input_snapshot = "root",
				  .code_sha = "c0de", .param_hash = "pa", .status = { .state = state, .attempt = attempt, .failures = attempt / 2,
				  .created_ns = T0 + id[15] % 5 * SPUR_NS_PER_S, .changed_ns = T0 + changed_s * SPUR_NS_PER_S,
				  .heartbeat_ns = T0 + changed_s * SPUR_NS_PER_S + 1, .done = done, .total = 10, .unit = "epoch", .exit_code = -1 } };

	snprintf(r.id, sizeof(r.id), "%s", id);
	if (id[0] == 'b') {
		snprintf(r.parent, sizeof(r.parent), "a000000000000001");
		snprintf(r.kind, sizeof(r.kind), "eval");
	}
	if (state >= SPUR_JOB_RUNNING)
		r.status.started_ns = T0 + 2 * SPUR_NS_PER_S;
	if (spur_job_state_terminal(state)) {
		r.status.ended_ns = r.status.changed_ns;
		r.status.exit_code = state == SPUR_JOB_SUCCEEDED ? 0 : 3;
		r.status.exit_signal = state == SPUR_JOB_LOST ? 9 : 0;
		snprintf(r.status.reason, sizeof(r.status.reason), "%s", state == SPUR_JOB_SUCCEEDED ? "" : "because");
	}
	say_status(id, store.ops->put(store.state, &r, "folder", &err), &err);
}

static enum spur_status keep_job(void *state, const struct spur_job_row *row, struct spur_error *e)
{
	(void)e;
	snprintf(state, SPUR_JOB_ID, "%s", row->id);
	return SPUR_OK;
}

static void jobs(void)
{
	static const char *const refs[] = { "a000000000000001", "a", "b", "c", "a00000000000000", "", "A", "a0000000000000011", "zz" };
	struct spur_job_filter f = { .limit = 0 };
	char page[SPUR_JOB_ID], after[SPUR_JOB_ID];
	size_t left;

	job("a000000000000001", SPUR_JOB_PLANNED, 0, 1, 0);
	job("a000000000000001", SPUR_JOB_QUEUED, 0, 2, 0);
	job("a000000000000001", SPUR_JOB_RUNNING, 1, 3, 0);	/* over starting */
	look("a job begins");
	job("a000000000000001", SPUR_JOB_RUNNING, 1, 4, 3);	/* progress alone */
	job("a000000000000001", SPUR_JOB_RUNNING, 1, 2, 1);	/* old news */
	job("a000000000000001", SPUR_JOB_RUNNING, 1, 4, 3);	/* no news */
	job("a000000000000001", SPUR_JOB_RUNNING, 2, 4, 4);	/* another attempt is a line */
	look("and goes on");
	job("a000000000000001", SPUR_JOB_FAILED, 2, 5, 4);
	job("a000000000000001", SPUR_JOB_FAILED, 2, 5, 5);	/* as late: no retry */
	job("a000000000000001", SPUR_JOB_RUNNING, 3, 6, 0);	/* a retry */
	job("a000000000000001", SPUR_JOB_FAILED, 3, 7, 0);
	job("a000000000000001", SPUR_JOB_FAILED, 4, 8, 0);	/* a retry that nobody saw */
	job("a000000000000001", SPUR_JOB_STOPPING, 5, 9, 0);
	job("a000000000000001", SPUR_JOB_CANCELLED, 5, 10, 0);
	look("fails, tries again, is cancelled");
	job("a000000000000002", SPUR_JOB_SUCCEEDED, 1, 3, 10);
	job("a000000000000002", SPUR_JOB_RUNNING, 1, 9, 1);	/* never left */
	job("a000000000000002", SPUR_JOB_QUEUED, 1, 9, 1);
	job("b000000000000003", SPUR_JOB_QUEUED, 0, 3, 0);
	job("b000000000000003", SPUR_JOB_SUCCEEDED, 1, 4, 0);
	job("b000000000000004", SPUR_JOB_PLANNED, 0, 3, 0);
	job("b000000000000004", SPUR_JOB_LOST, 1, 4, 0);
	job("b000000000000005", SPUR_JOB_STARTING, 1, 4, 0);
	job("b000000000000005", SPUR_JOB_PLANNED, 1, 5, 0);
	job("b000000000000005", SPUR_JOB_QUEUED, 2, 5, 0);
	spur_db_job_store_source(&store, "supervisor");
	job("b000000000000005", SPUR_JOB_STARTING, 2, 6, 0);
	look("other jobs");
	for (size_t i = 0; i < sizeof(refs) / sizeof(refs[0]); i++) {
		struct spur_job_row row;
		enum spur_status st = store.ops->get(store.state, refs[i], &row, &err);

		say_status(refs[i], st, &err);
		if (st >= 0)
			say_job(NULL, &row, NULL);
	}
	for (int k = 0; k < 8; k++) {
		f = (struct spur_job_filter){ .kind = k == 1 ? "eval" : k == 2 ? "none" : NULL, .open_only = k == 3, .parent = k == 4 ? "a000000000000001" : NULL,
					      .limit = k == 5 ? 2 : 0, .after = k == 6 ? "b000000000000003" : NULL };
		left = k == 7 ? 3 : 100;
		say("jobs %d\n", k);
		say_status("list", store.ops->list(store.state, &f, say_job, &left, &err), &err);
	}
	job("c000000000000008", SPUR_JOB_QUEUED, 0, 3, 0);	/* as old as b000000000000003: pages of one leave none out */
	f = (struct spur_job_filter){ .limit = 1 };
	say("jobs one by one\n");
	do {
		page[0] = '\0';
		say_status("list", store.ops->list(store.state, &f, keep_job, page, &err), &err);
		say("  %s\n", page);
		snprintf(after, sizeof(after), "%s", page);
		f.after = after;
	} while (page[0] != '\0');
}

static void event(uint64_t at, const char *type)
{
	char *json = spur_strfmt("{\"type\":\"%s\"}more", type);

	say_status(type, store.ops->event(store.state, at, T0 + (spur_ns)at, type, json, strlen(json) - 4, &err), &err);
	free(json);
}

static void told(const char *key, int64_t step_no, spur_ns ts, double value)
{
	const struct spur_job_metric m = { key, step_no, ts, value };

	say_status(key, store.ops->metric(store.state, &m, &err), &err);
}

static void events(void)
{
	const struct spur_job_artifact a = { "model/m", "weights", "aa", 100 }, b = { "model/m", "other", "bb", 200 };
	uint64_t offset = 9;

	say_status("no run", store.ops->begin(store.state, "ffff", "0", &offset, &err), &err);
	say_status("begin", store.ops->begin(store.state, "a000000000000001", "0", &offset, &err), &err);
	say("offset %" PRIu64 "\n", offset);
	event(0, "progress");
	event(40, "result");
	told("loss", 1, 100, 0.5);
	told("loss", 2, 99, 0.25);
	told("acc", 1, 100, NAN);
	told("loss", 3, 100, 0.125);
	say_status("artifact", store.ops->artifact(store.state, &a, &err), &err);
	say_status("commit", store.ops->commit(store.state, 80, &err), &err);
	look("events");
	say_status("begin", store.ops->begin(store.state, "a000000000000001", "0", &offset, &err), &err);
	say("offset %" PRIu64 "\n", offset);
	event(40, "again");
	event(80, "new");
	told("loss", 4, 200, -1);
	say_status("artifact", store.ops->artifact(store.state, &b, &err), &err);
	say_status("commit", store.ops->commit(store.state, 80, &err), &err);
	say_status("begin", store.ops->begin(store.state, "a000000000000001", "1", &offset, &err), &err);
	say("offset %" PRIu64 "\n", offset);
	event(7, "lost");
	store.ops->rollback(store.state);
	look("more events");
	SAY_LIST(metric, spur_db_metric_list(db, "a000000000000001", &l_, &e_));
	SAY_LIST(metric, spur_db_metric_list(db, "a000000000000002", &l_, &e_));
	SAY_LIST(artifact, spur_db_artifact_list(db, "a000000000000001", &l_, &e_));
}

static void check(const char *title)
{
	struct spur_db_verdict v = { 0 };

	say_status(title, spur_db_check(db, &v, NULL, NULL, NULL, &err), &err);
	say("wrong %" PRIu64 " '%s'\n", v.wrong, v.first);
	v = (struct spur_db_verdict){ 0 };
	say_status("audit", spur_db_audit_verify(db, &v, NULL, NULL, NULL, &err), &err);
	say("checked %" PRIu64 " wrong %" PRIu64 " '%s'\n", v.checked, v.wrong, v.first);
}

/* ---- damage, of a copy that is an SQLite file ---- */

static void say_found(void *state, const char *what)
{
	(void)state;
	if (strncmp(what, "trigger ", 8) != 0)	/* they were dropped to do the damage */
		say("    %s\n", what);
}

/* Ours with everything in it. */
static struct spur_db *copy_open(char **path)
{
	struct spur_db *copy = NULL;

	*path = spur_strfmt("%s/copy.db", dir);
	if (spur_db_backup(db, *path, NULL, &err) < 0 || spur_db_open(*path, &copy, &err) < 0)
		say("no copy: %s\n", err.text);
	return copy;
}

static void copy_close(struct spur_db *copy, char *path)
{
	spur_db_close(copy);
	unlink(path);
	free(path);
}

static size_t names_of(struct spur_db *copy, const char *sql, char names[][64], size_t most)
{
	struct spur_stmt *q = NULL;
	size_t n = 0;

	if (spur_db_query(copy, sql, SPUR_NO_BIND, &q, &err) >= 0) {
		while (n < most && spur_stmt_step(q, &err) == SPUR_OK)
			snprintf(names[n++], 64, "%s", spur_stmt_text(q, 0));
	}
	spur_stmt_close(q);
	return n;
}

static void drop_guards(struct spur_db *copy)
{
	static char names[160][64];
	size_t n = names_of(copy, "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name", names, 160);

	say("%zu guards\n", n);
	for (size_t i = 0; i < n; i++) {
		char *sql = spur_strfmt("DROP TRIGGER %s", names[i]);

		engine_raw(copy, sql);
		free(sql);
	}
	engine_raw(copy, "PRAGMA foreign_keys = OFF");
}

/* Done, looked at, taken back. */
static void harm(struct spur_db *copy, const char *sql, bool whole)
{
	struct spur_db_verdict v = { 0 };
	const char *refused;
	enum spur_status st;

	spur_db_begin(copy, &err);
	if ((refused = engine_raw(copy, sql)) != NULL) {
		say("%s: refused\n", sql);
	} else {
		say("%s (%" PRId64 ")\n", sql, spur_db_changed(copy));
		st = whole ? spur_db_check(copy, &v, say_found, NULL, NULL, &err) : spur_db_audit_verify(copy, &v, say_found, NULL, NULL, &err);
		if (st < 0)
			say_status("  check", st, &err);
		if (strncmp(v.first, "trigger ", 8) == 0)
			say("  %s\n", "a guard is the first");
		else
			say("  %" PRIu64 " '%s'\n", v.wrong, v.first);
	}
	spur_db_end(copy, SPUR_ECANCELLED, NULL);
}

/* One more, or another character: in every column of every table. */
static void harm_columns(struct spur_db *copy)
{
	static char tables[40][64], columns[40][64];
	size_t n = names_of(copy, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name", tables, 40);

	for (size_t t = 0; t < n; t++) {
		char *sql = spur_strfmt("SELECT name FROM pragma_table_info('%s')", tables[t]);
		size_t m = names_of(copy, sql, columns, 40);

		free(sql);
		for (size_t c = 0; c < m; c++) {
			sql = spur_strfmt("UPDATE %s SET %s = CASE typeof(%s) WHEN 'text' THEN %s || 'x' ELSE %s + 1 END WHERE rowid = (SELECT max(rowid) FROM %s)",
					  tables[t], columns[c], columns[c], columns[c], columns[c], tables[t]);
			harm(copy, sql, false);
			free(sql);
		}
		sql = spur_strfmt("DELETE FROM %s WHERE rowid = (SELECT min(rowid) FROM %s)", tables[t], tables[t]);
		harm(copy, sql, false);
		free(sql);
	}
}

static void harms(struct spur_db *copy)
{
	static const char *const all[] = {
		"DELETE FROM audit WHERE seq = 7",
		"DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)",
		"DELETE FROM audit WHERE seq BETWEEN 20 AND 22",
		"UPDATE audit SET seq = 1000 WHERE seq = 30",
		"UPDATE audit SET seq = -5 WHERE seq = 3",
		"UPDATE audit SET record = replace(record, 'ada', 'eve') WHERE seq = 4",
		"UPDATE audit SET record = 'x' WHERE seq = 4",
		"UPDATE audit SET record = replace(record, '\"seq\":4', '\"seq\":5') WHERE seq = 4",
		"UPDATE audit SET subject = 'me' WHERE seq = 9",
		"UPDATE audit SET hash = prev_hash WHERE seq = 5",
		"UPDATE audit SET prev_hash = 'short' WHERE seq = 5",
		"UPDATE audit SET prev_hash = hash WHERE seq = 5",
		"UPDATE audit SET prev_hash = (SELECT hash FROM audit WHERE seq = 2) WHERE seq = 5",
		"UPDATE audit SET hash = (SELECT hash FROM audit WHERE seq = 2), prev_hash = (SELECT hash FROM audit WHERE seq = 3) WHERE seq = 5",
		"UPDATE audit SET record = record || ' ' WHERE seq = (SELECT max(seq) FROM audit)",
		"UPDATE audit SET hash = prev_hash WHERE seq = (SELECT max(seq) FROM audit)",
		"DELETE FROM audit_head",
		"UPDATE audit_head SET seq = seq - 1",
		"UPDATE audit_head SET hash = 'x'",
		"UPDATE audit_row SET position = 7 WHERE seq = 6 AND position = 1",
		"UPDATE audit_row SET tab = 'nothing' WHERE seq = 6 AND position = 1",
		"UPDATE audit_row SET tab = 'drive' WHERE seq = 6 AND position = 1",
		"UPDATE audit_row SET sha256 = 'zz' WHERE seq = 6 AND position = 1",
		"UPDATE audit_row SET columns = 'f0' WHERE seq = 6 AND position = 1",
		"UPDATE audit_row SET row_key = '[77]' WHERE seq = 6 AND position = 1",
		"DELETE FROM audit_row WHERE seq = 6 AND position = 1",
		"DELETE FROM audit_row",
		"INSERT INTO audit_row (seq, position, tab, row_key, sha256, columns) VALUES (2000, 0, 'drive', '[1]', '00', '00')",
		"INSERT INTO audit_row (seq, position, tab, row_key, sha256, columns) VALUES (6, 9, 'drive', '[1]', '00', '00')",
		"UPDATE segment SET end_ns = end_ns + 1, label = 'x' WHERE id = 1",
		"UPDATE segment SET author = 'ben', author_key = (SELECT fingerprint FROM identity WHERE name = 'ben') WHERE id = 1",
		"UPDATE segment SET audit_seq = 500 WHERE id = 1",
		"DELETE FROM segment WHERE id IN (7, 8)",
		"UPDATE review SET signature = '' WHERE id = 1",
		"UPDATE review SET signature = (SELECT signature FROM review WHERE id = 4) WHERE id = 1",
		"UPDATE review SET reason = 'other' WHERE id = 1",
		"UPDATE review SET record = record || ' ' WHERE id = 1",
		"UPDATE review SET key = 'SHA256:nobody' WHERE id = 1",
		"UPDATE review SET verdict = 'approve' WHERE id = 2",
		"UPDATE review SET audit_seq = 90 WHERE id = 1",
		"UPDATE identity_end SET audit_seq = 1, identity_id = 2",
		"UPDATE segment_edit SET who = 'eve'",
		"UPDATE dataset SET items = items + 1 WHERE id = 1",
		"UPDATE dataset SET root = replace(root, '0', '1') WHERE id = 1",
		"UPDATE dataset SET uid = 'ds-0000000000000000' WHERE id = 1",
		"UPDATE dataset_item SET line = replace(line, 'brake', 'break') WHERE dataset_id = 1",
		"UPDATE dataset_item SET line = '{}' WHERE dataset_id = 1 AND position = 1",
		"UPDATE dataset_item SET line = replace(line, '\"clock\"', '\"cl\"') WHERE dataset_id = 1",
		"UPDATE dataset_item SET line = replace(line, '\"tags\":[', '\"tags\":[7,') WHERE dataset_id = 1 AND position = 0",
		"DELETE FROM dataset_item WHERE dataset_id = 1 AND position = 0",
		"UPDATE signal SET unit = 'km/h' WHERE set_id = 1 AND position = 0",
		"UPDATE signal_set SET count = 9 WHERE id = 1",
		"UPDATE signal_set SET sha256 = replace(sha256, '0', '1') WHERE id = 2",
		"UPDATE run SET state = 'running' WHERE state = 'lost'",
		"UPDATE run SET done = 99",
		"UPDATE source_stat SET mean = NULL",
		"CREATE TABLE more (x INTEGER)",
		"DROP INDEX segment_by_time",
		"UPDATE bus_database SET content = 'AAAA'",
		"UPDATE profile_scope SET pattern = '*'",
		"DELETE FROM profile WHERE name = 'adas'",
		"INSERT INTO drive_fact (drive_id, key, value, who, at_ns, audit_seq) VALUES (1, 'project', 'x', 'ada', 1, 9)",
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		harm(copy, all[i], true);
}

/* Each function once, on a copy that lacks a table. */
#define TRY(name, call) \
	do { \
		enum spur_status st_ = call; \
		if (st_ < 0) \
			say("  %s: %s\n", name, err.text); \
	} while (0)
#define TRY_LIST(type, call) \
	do { \
		struct spur_db_##type##_list l = { 0 }; \
		TRY(#type, call); \
		spur_db_##type##_list_finish(&l); \
	} while (0)

static void reads(struct spur_db *d)
{
	struct spur_db_segment_filter f = { .drive = "*", .tag = "wet", .text = "a", .state = SPUR_DB_APPROVED, .after = 1, .order = SPUR_DB_BY_SCORE };
	struct spur_db_dataset ds = { .id = 1, .root = "", .uid = "ds-" };
	struct spur_db_verdict v = { 0 };
	struct spur_db_drive_facts facts = { 0 };
	struct spur_buf content = { 0 };
	struct spur_db_progress p;
	struct spur_db_clock c;
	spur_ns b, e;

	TRY_LIST(audit, spur_db_audit_list(d, NULL, 0, 0, &l, &err));
	TRY_LIST(identity, spur_db_identity_list(d, NULL, &l, &err));
	TRY_LIST(drive, spur_db_drive_search(d, &(struct spur_db_drive_filter){ .signal = "speed" }, &l, &err));
	TRY_LIST(drive, spur_db_drive_find(d, "alpha", &l, &err));
	TRY("span", spur_db_drive_span(d, 1, &b, &e, &err));
	TRY_LIST(source, spur_db_source_list(d, 1, 0, 0, &l, &err));
	TRY_LIST(source, spur_db_source_find(d, 0, "1", &l, &err));
	TRY_LIST(signal, spur_db_signal_list(d, 1, 0, 0, &l, &err));
	TRY_LIST(stat, spur_db_stat_list(d, 1, &l, &err));
	TRY("clock", spur_db_clock_get(d, 1, &c, &err));
	TRY_LIST(clock, spur_db_clock_list(d, 1, &l, &err));
	TRY_LIST(segment, spur_db_segment_list(d, &f, &l, &err));
	TRY_LIST(segment, spur_db_segment_find(d, "1", &l, &err));
	TRY("progress", spur_db_progress(d, &f, "ben", 0, &p, &err));
	TRY_LIST(review, spur_db_review_list(d, 0, 0, 0, &l, &err));
	TRY_LIST(draft, spur_db_draft_list(d, "eve", &l, &err));
	TRY_LIST(profile, spur_db_profile_list(d, NULL, &l, &err));
	TRY_LIST(profile, spur_db_profile_of_drive(d, 1, &l, &err));
	if (spur_db_drive_facts_get(d, 1, &facts, &err) < 0)
		say("  facts: %s\n", err.text);
	spur_db_drive_facts_finish(&facts);
	TRY("database", spur_db_database_read(d, "aa", &content, &err));
	spur_buf_finish(&content);
	TRY_LIST(dataset, spur_db_dataset_list(d, NULL, &l, &err));
	TRY_LIST(dataset, spur_db_dataset_find(d, "set", &l, &err));
	TRY("verify", spur_db_dataset_verify(d, &ds, &v, &err));
	TRY_LIST(item, spur_db_item_list(d, 1, &l, &err));
	TRY_LIST(object, spur_db_object_find(d, "model-000000012", &l, &err));
	TRY_LIST(object, spur_db_object_newest(d, "card", "model-00000001", NULL, &l, &err));
	TRY_LIST(edge, spur_db_edge_list(d, "card-00000001", true, &l, &err));
	TRY_LIST(signature, spur_db_signature_list(d, "model-00000001", &l, &err));
	TRY_LIST(lab_run, spur_db_lab_run_list(d, NULL, &l, &err));
	TRY_LIST(model, spur_db_model_list(d, NULL, &l, &err));
	TRY_LIST(model, spur_db_model_find(d, "net@best", &l, &err));
	TRY_LIST(decision, spur_db_decision_list(d, NULL, NULL, &l, &err));
	TRY_LIST(metric, spur_db_metric_list(d, "a000000000000001", &l, &err));
	TRY_LIST(artifact, spur_db_artifact_list(d, "a000000000000001", &l, &err));
}

/* What would be signed and what the record says does not matter here: nothing is verified before it is looked up. */
static void writes_of_drives(struct spur_db *d, const struct spur_db_act *act)
{
	const struct spur_db_source more = source_of("/r/new.mf4", "log", 1, 2), again = source_of("/r/newer.mcap", "log", 1, 2);
	const struct spur_db_stat stat = { "speed", 1, 2, 3, 4 };
	const struct spur_db_clock clock = { .source = 1, .method = "hand", .confidence = 1 };
	const struct spur_db_segment s = { .drive_id = 1, .begin_ns = T0 + 1, .end_ns = T0 + 2, .label = "new", .query = "", .evidence = "{}" };
	const struct spur_db_profile_database database = database_of("n.dbc", 1, "BO_ 9", 5);
	const struct spur_db_profile_scope scope = { "drive", "new" };
	const struct spur_db_profile profile = { .name = "new", .databases = &database, .database_count = 1, .scopes = &scope, .scope_count = 1 };
	struct spur_db_freeze f = { .name = "fresh", .seed = 9 };
	struct spur_db_segment_list one = { 0 };

	TRY("audit add", spur_db_audit_add(d, act, "a.b", "s", NULL, NULL, &err));
	TRY("identity add", spur_db_identity_add(d, act, "eve", eve.public.data, &err));
	TRY("identity revoke", spur_db_identity_revoke(d, act, "ben", "gone", &err));
	TRY("drive add", spur_db_drive_add(d, act, "new", &more, 1, NULL, &err));
	TRY("source add", spur_db_source_add(d, act, 2, &again, NULL, &err));
	TRY("source move", spur_db_source_move(d, act, 1, "/new", 5, &err));
	TRY("stat put", spur_db_stat_put(d, act, 1, &stat, 1, &err));
	TRY("clock add", spur_db_clock_add(d, act, &clock, NULL, &err));
	TRY("segment add", spur_db_segment_add(d, act, &s, NULL, NULL, &err));
	TRY("replace", spur_db_segment_replace(d, act, 6, T0 + 3, T0 + 4, NULL, &err));
	TRY("fact", spur_db_drive_fact_set(d, act, 1, "vehicle", "new", &err));
	TRY("profile", spur_db_profile_add(d, act, &profile, NULL, &err));
	TRY("profile remove", spur_db_profile_remove(d, act, "adas", &err));
	TRY("tag", spur_db_tag(d, act, 1, "new", true, NULL, &err));
	TRY("comment", spur_db_review_add(d, act, 1, "comment", "c", NULL, NULL, &err));
	if (spur_db_segment_find(db, "8", &one, &err) >= 0 && one.count == 1)
		TRY("draft", spur_db_draft_add(d, act, &one.rows[0], "approve", "", T0, T0 + 1, &err));
	spur_db_segment_list_finish(&one);
	TRY_LIST(dataset, spur_db_dataset_freeze(d, act, &f, &l, &err));
}

static void writes_of_objects(struct spur_db *d, const struct spur_db_act *act)
{
	const struct spur_db_object o = { .id = "card-00000009", .kind = "card" }, moved = { .id = "model-00000001", .kind = "model", .path = "/new" };
	const struct spur_db_lab_run r = { .run = "00000000000000b1", .kind = "eval", .recipe = "events", .code_sha = "c0de", .extract = "card-00000001",
					   .model = "model-00000001", .name = "net", .target = "" };
	const struct spur_db_decision dec = { .object = "card-00000001", .gate = "g", .verdict = "reject", .reason = "", .card_sha256 = "", .policy_sha256 = "",
					      .record = "{}", .signature = "x" };
	struct spur_job_store s;
	size_t count;
	int version;
	uint64_t offset;
	struct spur_job_row row = { .id = "c000000000000001", .kind = "k", .name = "n", .executor = "local", .dir = "/d" };
	const struct spur_job_filter all = { .limit = 0 };

	TRY("undo", spur_db_draft_undo(d, act, 0, &count, NULL, &err));
	TRY("redo", spur_db_draft_redo(d, act, &count, NULL, &err));
	TRY("clear", spur_db_draft_clear(d, act, &err));
	TRY("object put", spur_db_object_put(d, act, &o, &err));
	TRY("object move", spur_db_object_put(d, act, &moved, &err));
	TRY("edge add", spur_db_edge_add(d, act, "card-00000001", "model-00000001", "new", &err));
	TRY("sign", spur_db_signature_add(d, act, "card-00000001", "n", "r", "x", &err));
	TRY("lab run", spur_db_lab_run_add(d, act, &r, &err));
	TRY("lab result", spur_db_lab_result_add(d, act, "00000000000000a2", "card-00000001", &err));
	TRY("author", spur_db_author_add(d, act, "card-00000001", "eve", eve.fingerprint, &err));
	TRY("inherit", spur_db_author_inherit(d, act, "model-00000001", "model-000000012", &err));
	TRY("model", spur_db_model_add(d, act, "new", "model-00000001", "00000000000000a1", "ada", ada.fingerprint, &version, &err));
	TRY("alias", spur_db_alias_set(d, act, "net", "newest", 2, &err));
	TRY("decision", spur_db_decision_add(d, act, &dec, &err));
	spur_db_job_store(d, &s);
	TRY("job put", s.ops->put(s.state, &row, "test", &err));
	TRY("job get", s.ops->get(s.state, "a000000000000001", &row, &err));
	TRY("job list", s.ops->list(s.state, &all, say_job, &(size_t){ 1 }, &err));
	TRY("events", s.ops->begin(s.state, "a000000000000001", "0", &offset, &err));
	spur_db_end(d, SPUR_ECANCELLED, NULL);
	spur_db_job_store_finish(&s);
}

static void looks(struct spur_db *d)
{
	struct spur_db_verdict v = { 0 };

	TRY("verify", spur_db_audit_verify(d, &v, NULL, NULL, NULL, &err));
	TRY("check", spur_db_check(d, &v, NULL, NULL, NULL, &err));
	say("  wrong %" PRIu64 " '%s'\n", v.wrong, v.first);
}

static void without(const char *table)
{
	struct spur_db_act act = ada.act;
	char *path, *sql = spur_strfmt("ALTER TABLE %s RENAME TO gone", table);
	struct spur_db *copy = copy_open(&path);

	act.line = "spur x";
	act.now_ns = T0 + 1000000 * SPUR_NS_PER_S;
	say("without %s\n", table);
	if (table[0] != '\0' && engine_raw(copy, sql) != NULL)
		say("  cannot be renamed\n");
	reads(copy);
	writes_of_drives(copy, &act);
	writes_of_objects(copy, &act);
	looks(copy);
	copy_close(copy, path);
	free(sql);
}

static void damage(void)
{
	static char tables[40][64];
	char *path;
	struct spur_db *copy = copy_open(&path);
	size_t n;

	say("a copy\n");
	looks(copy);
	n = names_of(copy, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name", tables, 40);
	drop_guards(copy);
	harms(copy);
	told_same("catalog_damage.txt", "each damage is found, in the same words");
	harm_columns(copy);
	told_same("catalog_damage_columns.txt", "and in every column of every table");
	copy_close(copy, path);
	without("");
	for (size_t i = 0; i < n; i++)
		without(tables[i]);
	say_status("no folder", spur_db_backup(db, "/nonexistent/x.db", NULL, &err), &err);
	told_same("catalog_without_tables.txt", "without a table what needs it fails, and says so");
}

int main(void)
{
	struct person *const people_all[] = { &eve, &ben, &ada };
	static const char *const names[] = { "eve", "ben", "ada" };
	char *uri, *cmd;

	if (mkdtemp(dir) == NULL)
		return 1;
	told_folder = dir;
	for (int i = 0; i < 3; i++)
		person_make(people_all[i], names[i], secrets[i]);
	uri = engine_catalog(dir, "life");
	say_status("open", spur_db_open(uri, &db, &err), &err);
	say("version %d\n", spur_db_version(db));
	look("a new catalogue");
	people();
	drives();
	statistics();
	clocks();
	segments();
	tags();
	told_same("catalog_life_drives.txt", "people, drives, clocks, segments and tags are as they were");
	reviews();
	edges();
	filters();
	drafts();
	told_same("catalog_life_reviews.txt", "reviews, filters and drafts are as they were");
	datasets();
	objects();
	lab();
	gates();
	revoked();
	transactions();
	check("check");
	told_same("catalog_life_objects.txt", "datasets, objects, models, gates and transactions are as they were");
	profiles();
	profiled_dataset();
	check("check");
	told_same("catalog_life_profiles.txt", "profiles, what they apply to and what they store are as they were");
	mask_from_here();
	spur_db_job_store(db, &store);
	jobs();
	events();
	spur_db_job_store_finish(&store);
	check("check");
	told_same("catalog_life_jobs.txt", "jobs and their events are as they were");
	if (!engine_is_pg())
		damage();
	for (size_t i = 0; i < row_count; i++)
		free(rows[i]);
	free(rows);
	spur_db_close(db);
	for (int i = 0; i < 3; i++) {
		spur_ssh_key_destroy(people_all[i]->key);
		spur_buf_finish(&people_all[i]->public);
	}
	free(uri);
	cmd = spur_strfmt("rm -rf %s", dir);
	if (system(cmd) != 0)
		printf("# cannot clean up\n");
	free(cmd);
	return tap_done();
}
