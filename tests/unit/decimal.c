#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "tests/tap.h"

/* Numbers as text against printf() and strtod(), which take exact arithmetic. */
static unsigned told;
static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t roll(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static bool same_f64(double v)
{
	char got[32], want[32];
	size_t n = spur_f64_text(v, got);

	/* Six decimals, if that is the value; 16 digits, if they read back; 17. */
	snprintf(want, sizeof(want), "%.15g", v);
	if (n < 17 && strcmp(got, want) == 0 && strtod(want, NULL) == v)
		return true;
	snprintf(want, sizeof(want), "%.16g", v);
	if (strtod(want, NULL) != v)
		snprintf(want, sizeof(want), "%.17g", v);
	if (n == strlen(want) && strcmp(got, want) == 0)
		return true;
	if (++told < 10)
		printf("# %a: got %s, want %s\n", v, got, want);
	return false;
}

static bool same_f32(float v)
{
	char got[32], want[32];
	size_t n = spur_f32_text(v, got);

	for (int digits = 6; digits <= 9; digits++) {
		snprintf(want, sizeof(want), "%.*g", digits, (double)v);
		if (strtof(want, NULL) == v)
			break;
	}
	if (n == strlen(want) && strcmp(got, want) == 0)
		return true;
	if (++told < 10)
		printf("# %a: got %s, want %s\n", (double)v, got, want);
	return false;
}

static void at_borders(void)
{
	size_t bad = 0;

	for (int e = -325; e <= 307; e++) {
		char text[16];
		double v;

		snprintf(text, sizeof(text), "1e%d", e);
		v = strtod(text, NULL);
		bad += !same_f64(nextafter(v, 0)) + !same_f64(nextafter(v, INFINITY)) + !same_f64(-v * (1 - 1e-16));
		bad += !same_f64(v * 9.9999999999999995) + !same_f64(v / 3) + !same_f64(v * 1.5);
	}
	for (int e = -1074; e < 1024; e++)
		bad += !same_f64(ldexp(1, e)) + !same_f64(ldexp(1.5, e)) + !same_f64(nextafter(ldexp(1, e), 0));
	is_int((intmax_t)bad, 0, "doubles beside powers of ten and two");
	bad = 0;
	for (int e = -149; e < 128; e++)
		bad += !same_f32(ldexpf(1, e)) + !same_f32(ldexpf(1.25f, e)) + !same_f32(nextafterf(ldexpf(1, e), 0));
	for (int e = -44; e <= 37; e++)
		bad += !same_f32(nextafterf((float)pow(10, e), 0)) + !same_f32((float)(pow(10, e) * 3)) + !same_f32((float)(pow(10, e) / 7));
	is_int((intmax_t)bad, 0, "floats beside powers of ten and two");
}

static void at_random(void)
{
	size_t bad64 = 0, bad32 = 0;

	for (int i = 0; i < 150000; i++) {
		uint64_t raw = roll();
		uint32_t half = (uint32_t)(raw >> 13);
		double v;
		float f;

		memcpy(&v, &raw, sizeof(v));
		memcpy(&f, &half, sizeof(f));
		if (i % 3 == 1)
			f = (float)(v = (double)(int64_t)raw / 9223372036854775808.0 * 360);
		else if (i % 3 == 2)
			f = (float)(v = (double)(int64_t)(raw % 4000000) / 1000 - 2000);
		bad64 += isfinite(v) && !same_f64(v);
		bad32 += isfinite(f) && !same_f32(f);
	}
	is_int((intmax_t)bad64, 0, "doubles of all bits, angles, measured values");
	is_int((intmax_t)bad32, 0, "floats of all bits, angles, measured values");
}

int main(void)
{
	at_borders();
	at_random();
	return tap_done();
}
