#ifndef SPUR_BASE_TIME_H
#define SPUR_BASE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef int64_t spur_ns;	/* UTC nanoseconds since 1970-01-01T00:00:00Z; spans likewise */

#define SPUR_NS_PER_S INT64_C(1000000000)
#define SPUR_NS_MIN INT64_MIN	/* no lower bound */
#define SPUR_NS_MAX INT64_MAX	/* no upper bound: inclusive of every stamp */

spur_ns spur_now_ns(void);		/* wall clock */
spur_ns spur_monotonic_ns(void);

/* A point in time as a person writes it (design of the command line, "T"): 12.5s and 00:14:03.5
 * since begin_ns; RFC 3339; integer ns since 1970; 50% of [begin_ns, end_ns); +10s counts from
 * from_ns, -5s from the end. SPUR_EINVAL with the forms that are understood. */
enum spur_status spur_time_parse(const char *text, spur_ns begin_ns, spur_ns end_ns, spur_ns from_ns,
				 spur_ns *out, struct spur_error *err);
/* A span: "137ms", "2s", "1.5", "10min"; a bare number is seconds. */
enum spur_status spur_span_parse(const char *text, spur_ns *out, struct spur_error *err);

enum spur_time_style { SPUR_TIME_UTC, SPUR_TIME_LOCAL, SPUR_TIME_REL, SPUR_TIME_NS };

#define SPUR_TIME_TEXT 48
/* utc: 2026-01-02T03:04:05.123456789Z; rel: seconds since base_ns. Returns out. */
char *spur_time_text(spur_ns t, enum spur_time_style style, spur_ns base_ns, char out[SPUR_TIME_TEXT]);
/* "1 h 02 min", "12.5 s", "3.2 ms": two figures a person can compare. */
char *spur_span_text(spur_ns span, char out[SPUR_TIME_TEXT]);
/* days since 1970 of a proleptic Gregorian date, and back; no locale, no zone. */
int64_t spur_days_from_civil(int64_t y, unsigned m, unsigned d);

#endif
