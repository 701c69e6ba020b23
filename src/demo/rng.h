#ifndef SPUR_DEMO_RNG_H
#define SPUR_DEMO_RNG_H

#include <math.h>
#include <stdint.h>

/* xoshiro256** 1.0 (Blackman, Vigna), seeded by splitmix64: the same numbers everywhere. */
struct spur_demo_rng {
	uint64_t s[4];
};

static inline uint64_t spur_demo_mix(uint64_t *x)
{
	uint64_t z = *x += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* One stream per drive and purpose: sensors do not change what the script draws. */
static inline struct spur_demo_rng spur_demo_rng_of(uint64_t seed, uint64_t drive, uint64_t purpose)
{
	struct spur_demo_rng r;
	uint64_t x = seed;

	x = spur_demo_mix(&x) ^ drive;
	x = spur_demo_mix(&x) ^ purpose;
	for (int i = 0; i < 4; i++)
		r.s[i] = spur_demo_mix(&x);
	return r;
}

static inline uint64_t spur_demo_next(struct spur_demo_rng *r)
{
	uint64_t v = r->s[1] * 5, t = r->s[1] << 17;

	v = (v << 7 | v >> 57) * 9;
	r->s[2] ^= r->s[0];
	r->s[3] ^= r->s[1];
	r->s[1] ^= r->s[2];
	r->s[0] ^= r->s[3];
	r->s[2] ^= t;
	r->s[3] = r->s[3] << 45 | r->s[3] >> 19;
	return v;
}

/* [0, 1) */
static inline double spur_demo_unit(struct spur_demo_rng *r)
{
	return (double)(spur_demo_next(r) >> 11) * 0x1p-53;
}

static inline double spur_demo_between(struct spur_demo_rng *r, double lo, double hi)
{
	return lo + (hi - lo) * spur_demo_unit(r);
}

/* 0 .. n - 1 */
static inline unsigned spur_demo_below(struct spur_demo_rng *r, unsigned n)
{
	return (unsigned)(spur_demo_unit(r) * n);
}

/* About normal, sigma 1, within +-3.5: the sum of four uniforms. No libm, hence the same bytes on
 * every machine, and fast. */
static inline double spur_demo_noise(struct spur_demo_rng *r)
{
	uint64_t a = spur_demo_next(r);
	double sum = (double)(a & 0xffff) + (double)(a >> 16 & 0xffff) + (double)(a >> 32 & 0xffff) + (double)(a >> 48);

	return (sum / 65536 - 2) * 1.7320508075688772;
}

#endif
