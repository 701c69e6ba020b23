/* Clock models and resampling are exact. */
#include "config.h"

#include <math.h>

#include "sync/clock.h"
#include "sync/resample.h"

#include "../tap.h"

#define T0 INT64_C(1700000000000000000)

static void identity(void)
{
	struct spur_clock c = { 0 };

	ok(spur_clock_is_identity(&c), "all zero is the identity");
	is_int(spur_clock_to_drive(&c, T0), T0, "to the drive");
	is_int(spur_clock_to_source(&c, T0), T0, "and back");
}

static void offset_and_drift(void)
{
	struct spur_clock c = { .offset_ns = 137000000, .drift_ppb = 20000, .ref_ns = T0 };

	is_int(spur_clock_to_drive(&c, T0), T0 - 137000000, "a positive offset: stamps are late");
	is_int(spur_clock_to_drive(&c, T0 + 600 * SPUR_NS_PER_S), T0 + 600 * SPUR_NS_PER_S - 137000000 - 12000000,
	       "20 ppm are 12 ms in ten minutes");
	is_int(spur_clock_shift(&c, T0 - 50 * SPUR_NS_PER_S), 137000000 - 1000000, "before the reference the drift counts back");
	c.drift_ppb = 1;
	is_int(spur_clock_shift(&c, T0 + 499999999), 137000000, "less than half a ns rounds down");
	is_int(spur_clock_shift(&c, T0 + 500000000), 137000001, "half a ns rounds away");
	is_int(spur_clock_shift(&c, T0 - 500000000), 136999999, "on both sides");
}

static void inverse(void)
{
	static const int64_t drifts[] = { 0, 1, -1, 20000, -20000, 999999, -1000000, 100000000, -100000000 };
	int bad = 0, early = 0;

	for (size_t d = 0; d < sizeof(drifts) / sizeof(*drifts); d++) {
		struct spur_clock c = { .offset_ns = -987654321, .drift_ppb = drifts[d], .ref_ns = T0 };

		for (int64_t i = -1000; i < 1000; i++) {
			spur_ns t = T0 + i * 7919 * 1000003, drive = spur_clock_to_drive(&c, t);
			spur_ns s = spur_clock_to_source(&c, drive);

			bad += spur_clock_to_drive(&c, s) != drive;
			early += spur_clock_to_drive(&c, s - 1) >= drive;
		}
	}
	is_int(bad, 0, "a drive time that a stamp has maps to such a stamp");
	is_int(early, 0, "and to the earliest one");
}

static void bounds(void)
{
	struct spur_clock c = { .offset_ns = -5, .drift_ppb = -20000, .ref_ns = 0 };

	ok(spur_clock_to_drive(&c, SPUR_NS_MIN) == SPUR_NS_MIN, "no lower bound stays none");
	ok(spur_clock_to_source(&c, SPUR_NS_MAX) == SPUR_NS_MAX, "no upper bound stays none");
	ok(spur_clock_to_drive(&c, SPUR_NS_MAX - 1) == SPUR_NS_MAX, "past the end of time it saturates");
}

static void grid_points(void)
{
	static const spur_ns t[] = { 10, 20, 20, 30, 100 };
	static const double v[] = { 1, 2, 3, NAN, 5 };
	static const int32_t codes[] = { 0, 1, 2, SPUR_WORD_NONE, 0 };
	struct spur_series s = { 5, t, v, codes };
	double got[12];
	int32_t word[12];

	spur_resample_grid(&s, SPUR_RESAMPLE_ZOH, 15, 0, 10, 12, got, word);
	ok(isnan(got[0]) && got[1] == 1 && got[2] == 3, "zoh: nothing before the first; of equal stamps the last");
	ok(isnan(got[3]) && isnan(got[4]), "zoh: an invalid sample holds as invalid");
	ok(got[10] == 5 && got[11] == 5 && isnan(got[9]), "zoh: held for max_gap only");
	is_int(word[2], 2, "codes follow");
	is_int(word[9], SPUR_WORD_NONE, "a gap has no word");

	spur_resample_grid(&s, SPUR_RESAMPLE_LINEAR, 15, 10, 5, 5, got, NULL);
	ok(got[0] == 1 && got[1] == 1.5 && got[2] == 3 && isnan(got[3]) && isnan(got[4]),
	   "linear: exact at samples, between neighbours, invalid towards an invalid one");
	spur_resample_grid(&s, SPUR_RESAMPLE_LINEAR, 15, 95, 5, 3, got, NULL);
	ok(isnan(got[0]) && got[1] == 5 && isnan(got[2]), "linear: the last sample stands for itself only");

	spur_resample_grid(&s, SPUR_RESAMPLE_LINEAR, 10, 15, 1, 1, got, NULL);
	spur_resample_grid(&s, SPUR_RESAMPLE_LINEAR, 9, 15, 1, 1, got + 1, NULL);
	ok(got[0] == 1.5 && isnan(got[1]), "linear: neighbours that are just max_gap apart count");
	spur_resample_grid(&s, SPUR_RESAMPLE_ZOH, 5, 105, 1, 2, got, NULL);
	ok(got[0] == 5 && isnan(got[1]), "zoh: a sample of just max_gap counts");

	spur_resample_grid(&s, SPUR_RESAMPLE_NEAREST, 15, 0, 5, 8, got, NULL);
	ok(got[0] == 1 && got[1] == 1 && got[3] == 1 && got[4] == 3, "nearest: the earlier of two that are as near");
	spur_resample_grid(&s, SPUR_RESAMPLE_NEAREST, 15, 84, 1, 2, got, NULL);
	ok(isnan(got[0]) && got[1] == 5, "nearest: within max_gap");
}

static void grid_does_not_depend_on_blocks(void)
{
	enum { N = 2000 };
	static spur_ns t[N];
	static double v[N], whole[5000], part[5000];
	struct spur_series s = { N, t, v, NULL };
	int bad = 0;

	for (int i = 0; i < N; i++) {
		t[i] = i * 997 + (i * 7919 % 500);
		v[i] = sin(i * 0.01);
	}
	for (int m = 0; m < 3; m++) {
		spur_resample_grid(&s, (enum spur_resample)m, 1200, 100, 391, 5000, whole, NULL);
		for (int i = 0; i < 5000; i += 7)
			spur_resample_grid(&s, (enum spur_resample)m, 1200, 100 + i * 391, 391, i + 7 > 5000 ? 5000 - (size_t)i : 7,
					   part + i, NULL);
		bad += memcmp(whole, part, sizeof(whole)) != 0;
	}
	is_int(bad, 0, "a grid in blocks of 7 is the grid in one");
}

int main(void)
{
	identity();
	offset_and_drift();
	inverse();
	bounds();
	grid_points();
	grid_does_not_depend_on_blocks();
	return tap_done();
}
