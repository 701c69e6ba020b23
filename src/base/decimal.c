#include "config.h"

#include "base/decimal.h"

#include <string.h>

/*
 * The digits by one multiplication with a power of ten of 128 bits, as integers with 64 to 78 bits behind the point. All
 * that is cut off amounts to less than DOUBT of the last of them; where that could change a digit or an answer there are
 * no digits, and who asked takes the long way.
 */
__extension__ typedef unsigned __int128 wide;

#define DOUBT 16u

/* 10^(16 i) for i from -20 on: a mantissa of 128 bits whose first is set, cut off, and the exponent of two. */
#define FIRST_POWER (-20)
static const struct power {
	uint64_t high, low;
	int exponent;
} powers[] = {
	{ UINT64_C(0xfd00b897478238d0), UINT64_C(0x8920b098955522b4), -1191 }, { UINT64_C(0x8c71dcd9ba0b4925), UINT64_C(0x9ff0c08b7f1d0b14), -1137 },
	{ UINT64_C(0x9becce62836ac577), UINT64_C(0x4ee367f9430aec32), -1084 }, { UINT64_C(0xad1c8eab5ee43b66), UINT64_C(0xda3243650005eecf), -1031 },
	{ UINT64_C(0xc0314325637a1939), UINT64_C(0xfa911155fefb5308), -978 }, { UINT64_C(0xd5605fcdcf32e1d6), UINT64_C(0xfb1e4a9a90880a64), -925 },
	{ UINT64_C(0xece53cec4a314ebd), UINT64_C(0xa4f8bf5635246428), -872 }, { UINT64_C(0x8380dea93da4bc60), UINT64_C(0x4247cb9e59f71e6d), -818 },
	{ UINT64_C(0x91ff83775423cc06), UINT64_C(0x7b6306a34627ddcf), -765 }, { UINT64_C(0xa21727db38cb002f), UINT64_C(0xb8ada00e5a506a7c), -712 },
	{ UINT64_C(0xb3f4e093db73a093), UINT64_C(0x59ed216765690f56), -659 }, { UINT64_C(0xc7caba6e7c5382c8), UINT64_C(0xfe64a52ee96b8fc0), -606 },
	{ UINT64_C(0xddd0467c64bce4a0), UINT64_C(0xac7cb3f6d05ddbde), -553 }, { UINT64_C(0xf64335bcf065d37d), UINT64_C(0x4d4617b5ff4a16d5), -500 },
	{ UINT64_C(0x88b402f7fd75539b), UINT64_C(0x11dbcb0218ebb414), -446 }, { UINT64_C(0x97c560ba6b0919a5), UINT64_C(0xdccd879fc967d41a), -393 },
	{ UINT64_C(0xa87fea27a539e9a5), UINT64_C(0x3f2398d747b36224), -340 }, { UINT64_C(0xbb127c53b17ec159), UINT64_C(0x5560c018580d5d52), -287 },
	{ UINT64_C(0xcfb11ead453994ba), UINT64_C(0x67de18eda5814af2), -234 }, { UINT64_C(0xe69594bec44de15b), UINT64_C(0x4c2ebe687989a9b3), -181 },
	{ UINT64_C(0x8000000000000000), UINT64_C(0x0000000000000000), -127 }, { UINT64_C(0x8e1bc9bf04000000), UINT64_C(0x0000000000000000), -74 },
	{ UINT64_C(0x9dc5ada82b70b59d), UINT64_C(0xf020000000000000), -21 }, { UINT64_C(0xaf298d050e4395d6), UINT64_C(0x9670b12b7f410000), 32 },
	{ UINT64_C(0xc2781f49ffcfa6d5), UINT64_C(0x3cbf6b71c76b25fb), 85 }, { UINT64_C(0xd7e77a8f87daf7fb), UINT64_C(0xdc33745ec97be906), 138 },
	{ UINT64_C(0xefb3ab16c59b14a2), UINT64_C(0xc5cfe94ef3ea101e), 191 }, { UINT64_C(0x850fadc09923329e), UINT64_C(0x03e2cf6bc604ddb0), 245 },
	{ UINT64_C(0x93ba47c980e98cdf), UINT64_C(0xc66f336c36b10137), 298 }, { UINT64_C(0xa402b9c5a8d3a6e7), UINT64_C(0x5f16206c9c6209a6), 351 },
	{ UINT64_C(0xb616a12b7fe617aa), UINT64_C(0x577b986b314d6009), 404 }, { UINT64_C(0xca28a291859bbf93), UINT64_C(0x7d7b8f7503cfdcfe), 457 },
	{ UINT64_C(0xe070f78d3927556a), UINT64_C(0x85bbe253f47b1417), 510 }, { UINT64_C(0xf92e0c3537826145), UINT64_C(0xa7709a56ccdf8a82), 563 },
	{ UINT64_C(0x8a5296ffe33cc92f), UINT64_C(0x82bd6b70d99aaa6f), 617 }, { UINT64_C(0x9991a6f3d6bf1765), UINT64_C(0xacca6da1e0a8ef29), 670 },
	{ UINT64_C(0xaa7eebfb9df9de8d), UINT64_C(0xddbb901b98feeab7), 723 }, { UINT64_C(0xbd49d14aa79dbc82), UINT64_C(0x4b2d8644d8a74e18), 776 },
	{ UINT64_C(0xd226fc195c6a2f8c), UINT64_C(0x73832eec6fff3111), 829 }, { UINT64_C(0xe950df20247c83fd), UINT64_C(0x47c6b82ef32a2069), 882 },
	{ UINT64_C(0x81842f29f2cce375), UINT64_C(0xe6a1158300d46640), 936 }, { UINT64_C(0x8fcac257558ee4e6), UINT64_C(0x213a4f0aa5e8a7b1), 989 },
};

struct scaled {
	wide value;		/* in units of 2^-point */
	wide half;		/* half of the distance to the next such number */
	unsigned point;
};

static const uint64_t tens[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, UINT64_C(10000000000),
				 UINT64_C(100000000000), UINT64_C(1000000000000), UINT64_C(10000000000000), UINT64_C(100000000000000),
				 UINT64_C(1000000000000000), UINT64_C(10000000000000000), UINT64_C(100000000000000000) };

static wide high_half(wide a, uint64_t b)
{
	return (wide)(uint64_t)(a >> 64) * b + ((wide)(uint64_t)a * b >> 64);
}

/* 10^k, a mantissa whose first bit is set. */
static wide power_of_ten(int k, int *exponent)
{
	int i = k >= 0 ? k / 16 : -((15 - k) / 16);
	const struct power *p = &powers[i - FIRST_POWER];
	uint64_t rest = tens[k - 16 * i];
	wide g = (wide)p->high << 64 | p->low;
	unsigned zeros = (unsigned)__builtin_clzll(rest);

	g = high_half(g, rest << zeros);	/* 2^126 at least */
	*exponent = p->exponent + 64 - (int)zeros;
	if (g >> 127 == 0) {
		g <<= 1;
		--*exponent;
	}
	return g;
}

/* m 2^e 10^k; m has `bits` bits, the first of which is set. false: out of the table. */
static bool scale(uint64_t m, int e, unsigned bits, int k, struct scaled *s)
{
	int exponent, point;
	wide g;

	if (k < 16 * FIRST_POWER || k >= 16 * (FIRST_POWER + (int)(sizeof(powers) / sizeof(powers[0]))))
		return false;
	g = power_of_ten(k, &exponent);
	s->value = high_half(g, m << (64 - bits));
	s->half = g >> (bits + 1);
	point = -(exponent + e - (int)(64 - bits) + 64);
	if (point < 60 || point > 120)
		return false;
	s->point = (unsigned)point;
	return true;
}

enum answer { NO, YES, UNSURE };

/* Does the nearest number of `digits` fewer digits read back as the same value? *out is it, without them. */
static enum answer shorten(const struct scaled *s, unsigned fewer, uint64_t *out)
{
	uint64_t whole = (uint64_t)(s->value >> s->point), unit = tens[fewer];
	wide one = (wide)unit << s->point, rest = s->value - ((wide)(whole / unit) * unit << s->point), up = one - rest;
	wide off = rest < up ? rest : up;

	if (rest > up ? rest - up <= 2 * DOUBT : up - rest <= 2 * DOUBT)
		return UNSURE;		/* in the middle between two */
	*out = whole / unit + (rest > up);
	if (off + DOUBT < s->half)
		return YES;
	return off > s->half + DOUBT ? NO : UNSURE;
}

/* As %g writes it: `digits` of them, trailing zeros left out; value is 0.ddd 10^exponent10. */
static size_t write_digits(char out[32], bool minus, uint64_t value, unsigned digits, int exponent10)
{
	char text[20];
	unsigned n = digits;
	char *to = out;
	int first = exponent10 - 1;

	for (unsigned i = digits; i-- > 0; value /= 10)
		text[i] = (char)('0' + value % 10);
	while (n > 1 && text[n - 1] == '0')
		n--;
	if (minus)
		*to++ = '-';
	if (first < -4 || first >= (int)digits) {
		unsigned size = (unsigned)(first < 0 ? -first : first);

		*to++ = text[0];
		if (n > 1)
			*to++ = '.';
		memcpy(to, text + 1, n - 1);
		to += n - 1;
		*to++ = 'e';
		*to++ = first < 0 ? '-' : '+';
		if (size >= 100)
			*to++ = (char)('0' + size / 100);
		*to++ = (char)('0' + size / 10 % 10);
		*to++ = (char)('0' + size % 10);
	} else if (exponent10 <= 0) {
		memcpy(to, "0.0000", 6);
		to += 2 - exponent10;
		memcpy(to, text, n);
		to += n;
	} else if (n <= (unsigned)exponent10) {
		memcpy(to, text, n);
		memset(to + n, '0', (unsigned)exponent10 - n);
		to += exponent10;
	} else {
		memcpy(to, text, (unsigned)exponent10);
		to += exponent10;
		*to++ = '.';
		memcpy(to, text + exponent10, n - (unsigned)exponent10);
		to += n - (unsigned)exponent10;
	}
	*to = '\0';
	return (size_t)(to - out);
}

/* Of 2^n, for |n| up to 1650 or so. */
static int floor_log10(int n)
{
	return n >= 0 ? n * 315653 / (1 << 20) : -((-n * 315653 + (1 << 20) - 1) / (1 << 20));
}

size_t spur_decimal(bool minus, uint64_t m, int e, unsigned bits, unsigned fewest, unsigned most, char out[32])
{
	int k = (int)most - 1 - floor_log10(e + (int)bits - 1);
	struct scaled s;

	if (m == UINT64_C(1) << (bits - 1))
		return 0;	/* a power of two: its lower neighbour is nearer */
	if (!scale(m, e, bits, k, &s))
		return 0;
	if ((uint64_t)(s.value >> s.point) >= tens[most] && !scale(m, e, bits, --k, &s))
		return 0;
	if ((uint64_t)(s.value >> s.point) >= tens[most] || (uint64_t)(s.value >> s.point) < tens[most - 1])
		return 0;
	for (unsigned digits = fewest; digits <= most; digits++) {
		uint64_t value = 0;
		enum answer a = shorten(&s, most - digits, &value);
		int exponent10 = (int)most - k;

		if (a == UNSURE)
			return 0;
		if (a == NO && digits < most)
			continue;
		if (value == tens[digits]) {
			value /= 10;
			exponent10++;
		}
		return write_digits(out, minus, value, digits, exponent10);
	}
	return 0;
}
