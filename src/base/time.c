#include "config.h"

#include "base/time.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static spur_ns clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (spur_ns)ts.tv_sec * SPUR_NS_PER_S + ts.tv_nsec;
}

spur_ns spur_now_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

spur_ns spur_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* Howard Hinnant, "chrono-compatible low-level date algorithms". */
int64_t spur_days_from_civil(int64_t y, unsigned m, unsigned d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned doy = (153 * (m + (m > 2 ? (unsigned)-3 : 9)) + 2) / 5 + d - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + (int64_t)doe - 719468;
}

/* Digits after the decimal point as nanoseconds, exactly; *s moves past them. */
static int64_t fraction_ns(const char **s)
{
	int64_t v = 0, unit = SPUR_NS_PER_S / 10;

	for (; isdigit((unsigned char)**s); (*s)++, unit /= 10)
		v += (**s - '0') * unit;
	return v;
}

static int days_in(int y, int m)
{
	return m == 2 ? 28 + ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0) : 30 + ((m + m / 8) & 1);
}

static bool rfc3339(const char *s, spur_ns *out)
{
	int y, mo, d, h = 0, mi = 0, sec = 0, used = 0, zh, zm;
	int64_t frac = 0, zone = 0;

	if (sscanf(s, "%4d-%2d-%2d%n", &y, &mo, &d, &used) != 3 || used != 10 ||
	    mo < 1 || mo > 12 || d < 1 || d > days_in(y, mo))
		return false;
	s += used;
	if (*s == 'T' || *s == 't' || *s == ' ') {
		s++;
		if (sscanf(s, "%2d:%2d:%2d%n", &h, &mi, &sec, &used) != 3 || used != 8 ||
		    h > 23 || mi > 59 || sec > 60)
			return false;
		s += used;
		if (*s == '.') {
			s++;
			frac = fraction_ns(&s);
		}
	}
	if (*s == '+' || *s == '-') {
		if (sscanf(s + 1, "%2d:%2d%n", &zh, &zm, &used) != 2 || used != 5)
			return false;
		zone = (zh * 60 + zm) * (*s == '-' ? -60 : 60);
		s += 1 + used;
	} else if (*s == 'Z' || *s == 'z') {
		s++;
	}
	if (*s != '\0' || y < 1678 || y > 2261)	/* the years an int64 of ns holds */
		return false;
	*out = (spur_days_from_civil(y, (unsigned)mo, (unsigned)d) * 86400 + h * 3600 + mi * 60 + sec - zone) *
	       SPUR_NS_PER_S + frac;
	return true;
}

static bool whole(const char *s, int64_t *out)
{
	char *end;
	long long v;

	errno = 0;
	v = strtoll(s, &end, 10);
	if (end == s || *end != '\0' || errno != 0)
		return false;
	*out = v;
	return true;
}

/* [H:]MM:SS[.f] */
static bool clock_form(const char *s, spur_ns *out)
{
	int64_t v = 0;
	int colons = 0;

	for (;;) {
		char *end;
		long part = strtol(s, &end, 10);

		if (end == s || part < 0 || part > 1000000)
			return false;
		v = v * 60 + part;
		s = end;
		if (*s != ':')
			break;
		s++;
		colons++;
	}
	if (colons < 1 || colons > 2)
		return false;
	v *= SPUR_NS_PER_S;
	if (*s == '.') {
		s++;
		v += fraction_ns(&s);
	}
	*out = v;
	return *s == '\0';
}

static bool span_form(const char *s, bool bare, spur_ns *out)
{
	static const struct { const char *name; double ns; } units[] = {
		{ "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 }, { "min", 60e9 }, { "h", 3600e9 },
	};
	char *end;
	double v = strtod(s, &end);

	if (end == s || !isfinite(v))
		return false;
	while (*end == ' ')
		end++;
	const char *unit = *end == '\0' && bare ? "s" : end;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit, units[i].name) == 0 && fabs(v * units[i].ns) < 9.2e18) {
			*out = (spur_ns)llround(v * units[i].ns);
			return true;
		}
	}
	return false;
}

enum spur_status spur_span_parse(const char *text, spur_ns *out, struct spur_error *err)
{
	if (!span_form(text, true, out))
		return spur_fail(err, SPUR_EINVAL, "'%s' is no span of time (137ms, 2s, 10min)", text);
	return SPUR_OK;
}

enum spur_status spur_time_parse(const char *text, spur_ns begin_ns, spur_ns end_ns, spur_ns from_ns,
				 spur_ns *out, struct spur_error *err)
{
	size_t len = strlen(text);
	bool far = false;
	spur_ns v;

	if (text[0] == '+' && span_form(text + 1, true, &v)) {
		far = __builtin_add_overflow(from_ns, v, out);
	} else if (text[0] == '-' && span_form(text + 1, false, &v)) {
		far = __builtin_sub_overflow(end_ns, v, out);
	} else if (len > 1 && text[len - 1] == '%') {
		char *end;
		double p = strtod(text, &end);

		if (end != text + len - 1 || !(p >= 0 && p <= 100))
			return spur_fail(err, SPUR_EINVAL, "'%s' is no percentage of 0%% to 100%%", text);
		p = p / 100 * ((double)end_ns - (double)begin_ns);
		far = fabs(p) > 9.2e18 || __builtin_add_overflow(begin_ns, (spur_ns)p, out);
	} else if (clock_form(text, &v) || span_form(text, false, &v)) {
		far = __builtin_add_overflow(begin_ns, v, out);
	} else if (!rfc3339(text, out) && !whole(text, out)) {
		return spur_fail(err, SPUR_EINVAL, "'%s' is no time (12.5s, 00:14:03.5, +10s, -5s, 50%%, "
				 "2026-01-02T03:04:05Z, or ns since 1970)", text);
	}
	if (far)
		return spur_fail(err, SPUR_EINVAL, "'%s' is further away than the years 1678 to 2261", text);
	return SPUR_OK;
}

static char *calendar_text(spur_ns t, bool local, char out[SPUR_TIME_TEXT])
{
	int64_t frac = t % SPUR_NS_PER_S;
	time_t s = (time_t)(t / SPUR_NS_PER_S);
	struct tm tm;
	size_t n;

	if (frac < 0) {
		frac += SPUR_NS_PER_S;
		s--;
	}
	if (local)
		localtime_r(&s, &tm);
	else
		gmtime_r(&s, &tm);
	n = strftime(out, SPUR_TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(out + n, SPUR_TIME_TEXT - n, ".%09" PRId64, frac);
	if (local)
		strftime(out + n, SPUR_TIME_TEXT - n, "%z", &tm);
	else
		snprintf(out + n, SPUR_TIME_TEXT - n, "Z");
	return out;
}

char *spur_time_text(spur_ns t, enum spur_time_style style, spur_ns base_ns, char out[SPUR_TIME_TEXT])
{
	switch (style) {
	case SPUR_TIME_NS:
		snprintf(out, SPUR_TIME_TEXT, "%" PRId64, t);
		return out;
	case SPUR_TIME_REL: {
		bool before = t < base_ns;
		uint64_t m = before ? (uint64_t)base_ns - (uint64_t)t : (uint64_t)t - (uint64_t)base_ns;

		snprintf(out, SPUR_TIME_TEXT, "%s%" PRIu64 ".%09" PRIu64, before ? "-" : "",
			 m / 1000000000u, m % 1000000000u);
		return out;
	}
	case SPUR_TIME_UTC:
	case SPUR_TIME_LOCAL:
		break;
	}
	return calendar_text(t, style == SPUR_TIME_LOCAL, out);
}

char *spur_span_text(spur_ns span, char out[SPUR_TIME_TEXT])
{
	double s = fabs((double)span) / 1e9;
	const char *sign = span < 0 ? "-" : "";

	if (s >= 3600)
		snprintf(out, SPUR_TIME_TEXT, "%s%.0f h %02.0f min", sign, floor(s / 3600), floor(fmod(s, 3600) / 60));
	else if (s >= 60)
		snprintf(out, SPUR_TIME_TEXT, "%s%.0f min %02.0f s", sign, floor(s / 60), floor(fmod(s, 60)));
	else if (s >= 0.9995 || s == 0)	/* what three digits would call 1000 ms */
		snprintf(out, SPUR_TIME_TEXT, "%s%.3g s", sign, s);
	else if (s >= 0.9995e-3)
		snprintf(out, SPUR_TIME_TEXT, "%s%.3g ms", sign, s * 1e3);
	else
		snprintf(out, SPUR_TIME_TEXT, "%s%.3g us", sign, s * 1e6);
	return out;
}
