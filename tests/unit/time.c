#include "config.h"

#include "base/time.h"

#include <stdlib.h>
#include <time.h>

#include "tests/tap.h"

#define S SPUR_NS_PER_S

/* Of a drive from 1000 s to 2000 s, --from at 1500 s. -1: refused. */
static spur_ns at(const char *text)
{
	spur_ns t = -2;
	struct spur_error err;
	enum spur_status st = spur_time_parse(text, 1000 * S, 2000 * S, 1500 * S, &t, &err);

	return st == SPUR_OK ? t : st == SPUR_EINVAL ? -1 : -3;
}

static void a_clock_form_has_one_or_two_colons(void)
{
	is_int(at("01:02"), 1062 * S, "minutes and seconds");
	is_int(at("1:00:00"), 4600 * S, "hours, minutes, seconds");
	is_int(at("00:00.000000001"), 1000 * S + 1, "to the nanosecond");
	is_int(at("00:00.0000000019"), 1000 * S + 1, "what is finer is cut");
	is_int(at("1000000:00"), 1000 * S + 60000000 * S, "the largest part");
	is_int(at("1000001:00"), -1, "a part past it is refused");
	is_int(at("1:2:3:4"), -1, "three colons are refused");
	is_int(at("01:-2"), -1, "so is a sign inside");
	is_int(at("01:02x"), -1, "and what follows");
	is_int(at("01:"), -1, "and nothing after a colon");
}

static void percentages_reach_both_ends(void)
{
	is_int(at("0%"), 1000 * S, "the begin");
	is_int(at("100%"), 2000 * S, "the end");
	is_int(at("25%"), 1250 * S, "between them");
	is_int(at("100.1%"), -1, "not past the end");
	is_int(at("-1%"), -1, "not before the begin");
	is_int(at("%"), -1, "a number is needed");
	is_int(at("5x%"), -1, "and nothing else");
}

static void spans_have_units(void)
{
	static const struct { const char *text; spur_ns ns; } spans[] = {
		{ "1ns", 1 }, { "2us", 2000 }, { "3 ms", 3000000 }, { "1.5s", 1500000000 }, { "2min", 120 * S }, { "1h", 3600 * S },
		{ "7", 7 * S }, { "-2s", -2 * S }, { "0.0000000004s", 0 }, { "0.6ns", 1 },
	};
	static const char *const bad[] = { "", "s", "1 day", "1e300h", "nan", "inf s", "1ss" };
	spur_ns ns;

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		ns = -1;
		is_int(spur_span_parse(spans[i].text, &ns, NULL), SPUR_OK, spans[i].text);
		is_int(ns, spans[i].ns, "in nanoseconds");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(spur_span_parse(bad[i], &ns, NULL), SPUR_EINVAL, bad[i]);
	is_int(at("+7"), 1507 * S, "a bare number is a span after +");
	is_int(at("7"), 7, "and ns since 1970 without a sign");
	is_int(at("-7"), -7, "or before it");
}

static void dates_are_checked(void)
{
	is_int(at("1970-01-01"), 0, "a day alone is its begin");
	is_int(at("1970-01-01t00:00:01z"), S, "small letters");
	is_int(at("1970-01-01 00:01:00"), 60 * S, "a space for the T, UTC without a zone");
	is_int(at("1970-01-01T01:30:00+01:30"), 0, "a zone east is ahead");
	is_int(at("1969-12-31T22:30:00-01:30"), 0, "a zone west is behind");
	is_int(at("1970-01-01T00:00:00.5Z"), S / 2, "a fraction");
	is_int(at("2024-02-29"), INT64_C(1709164800) * S, "a leap day");
	is_int(at("2000-03-01"), INT64_C(951868800) * S, "after the leap day of a century");
	is_int(at("1678-01-01") < 0, 1, "the first year");
	is_int(at("2261-12-31T23:59:59Z"), INT64_C(9214646399) * S, "the last one");
	static const char *const bad[] = { "1677-12-31", "2262-01-01", "2026-00-01", "2026-13-01", "2026-01-00", "2026-01-32", "2026-1-1",
		"2023-02-29", "1900-02-29", "2026-04-31",
		"2026-01-01T24:00:00", "2026-01-01T00:60:00", "2026-01-01T00:00:61", "2026-01-01T00:00", "2026-01-01T00:00:00+1",
		"2026-01-01T00:00:00Zx" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(at(bad[i]), -1, bad[i]);
	is_int(at("2026-01-31") > 0 && at("2026-12-01") > 0, 1, "the last day and the last month are fine");
	is_int(at("2016-12-31T23:59:60Z"), INT64_C(1483228800) * S, "a leap second is the next second");
}

static void points_in_time_do_not_overflow(void)
{
	const spur_ns now = INT64_C(1767323045) * S;
	spur_ns t;

	is_int(spur_time_parse("9.1e9s", now, now, now, &t, NULL), SPUR_EINVAL, "past what 64 bits of ns hold, from the begin");
	is_int(spur_time_parse("+9.1e9s", now, now, now, &t, NULL), SPUR_EINVAL, "from --from");
	is_int(spur_time_parse("-9.1e9s", -now, -now, -now, &t, NULL), SPUR_EINVAL, "and back from the end");
	is_int(at("99999999999999999999"), -1, "in ns since 1970");
	is_int(at("9.0e9s"), INT64_C(9000001000) * S, "what fits is fine");
}

static void days_count_from_1970(void)
{
	is_int(spur_days_from_civil(1970, 1, 1), 0, "day 0");
	is_int(spur_days_from_civil(1969, 12, 31), -1, "the day before");
	is_int(spur_days_from_civil(2000, 2, 29), 11016, "a leap day");
	is_int(spur_days_from_civil(2000, 3, 1), 11017, "and the next day");
	is_int(spur_days_from_civil(0, 3, 1), -719468, "the epoch of the algorithm");
	is_int(spur_days_from_civil(-1, 12, 31) + 1, spur_days_from_civil(0, 1, 1), "years before 0 go on");
	is_int(spur_days_from_civil(-400, 2, 28) + 146097, spur_days_from_civil(0, 2, 28), "400 years have 146097 days");
}

static void spans_read_well(void)
{
	static const struct { spur_ns ns; const char *text; } spans[] = {
		{ 0, "0 s" }, { 1, "0.001 us" }, { 999, "0.999 us" }, { 1500, "1.5 us" }, { 1000000, "1 ms" }, { 3200000, "3.2 ms" },
		{ S, "1 s" }, { 12500 * S / 1000, "12.5 s" }, { 60 * S, "1 min 00 s" }, { 125 * S, "2 min 05 s" },
		{ 3600 * S, "1 h 00 min" }, { 3725 * S, "1 h 02 min" }, { -60 * S, "-1 min 00 s" }, { -5 * S, "-5 s" },
	};
	char text[SPUR_TIME_TEXT];

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
		is_str(spur_span_text(spans[i].ns, text), spans[i].text, spans[i].text);
}

static void stamps_have_four_styles(void)
{
	char text[SPUR_TIME_TEXT];

	is_str(spur_time_text(-42, SPUR_TIME_NS, 0, text), "-42", "ns since 1970");
	is_str(spur_time_text(1500, SPUR_TIME_REL, 1500, text), "0.000000000", "no sign at the base");
	is_str(spur_time_text(12 * S + 5, SPUR_TIME_REL, S, text), "11.000000005", "seconds since the base");
	is_str(spur_time_text(-S, SPUR_TIME_UTC, 0, text), "1969-12-31T23:59:59.000000000Z", "a whole second before 1970");
	setenv("TZ", "XXX-05:30", 1);
	tzset();
	is_str(spur_time_text(0, SPUR_TIME_LOCAL, 0, text), "1970-01-01T05:30:00.000000000+0530", "the zone of the person");
	setenv("TZ", "UTC", 1);
	tzset();
}

int main(void)
{
	a_clock_form_has_one_or_two_colons();
	percentages_reach_both_ends();
	spans_have_units();
	dates_are_checked();
	points_in_time_do_not_overflow();
	days_count_from_1970();
	spans_read_well();
	stamps_have_four_styles();
	return tap_done();
}
