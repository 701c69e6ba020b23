#include "config.h"

#include "sync/clock.h"

__extension__ typedef __int128 wide;

static spur_ns saturate(wide v)
{
	return v >= SPUR_NS_MAX ? SPUR_NS_MAX : v <= SPUR_NS_MIN ? SPUR_NS_MIN : (spur_ns)v;
}

static int64_t bounded_drift(const struct spur_clock *c)
{
	return c->drift_ppb > SPUR_DRIFT_MAX_PPB ? SPUR_DRIFT_MAX_PPB :
	       c->drift_ppb < -SPUR_DRIFT_MAX_PPB ? -SPUR_DRIFT_MAX_PPB : c->drift_ppb;
}

static wide shift(const struct spur_clock *c, wide t)
{
	wide num = (wide)bounded_drift(c) * (t - c->ref_ns), half = SPUR_NS_PER_S / 2;

	return c->offset_ns + (num >= 0 ? num + half : num - half) / SPUR_NS_PER_S;
}

spur_ns spur_clock_shift(const struct spur_clock *c, spur_ns t_source)
{
	return saturate(shift(c, t_source));
}

spur_ns spur_clock_to_drive(const struct spur_clock *c, spur_ns t_source)
{
	if (t_source == SPUR_NS_MIN || t_source == SPUR_NS_MAX)
		return t_source;
	return saturate(t_source - shift(c, t_source));
}

spur_ns spur_clock_to_source(const struct spur_clock *c, spur_ns t_drive)
{
	wide t, want = t_drive;

	if (t_drive == SPUR_NS_MIN || t_drive == SPUR_NS_MAX)
		return t_drive;
	/* Solve over the reals, then step: rounding moves the answer by a few ns only. */
	t = (want + c->offset_ns - c->ref_ns) * SPUR_NS_PER_S / (SPUR_NS_PER_S - bounded_drift(c)) + c->ref_ns;
	while (t - shift(c, t) >= want)
		t--;
	while (t - shift(c, t) < want)
		t++;
	return saturate(t);
}

bool spur_clock_is_identity(const struct spur_clock *c)
{
	return c->offset_ns == 0 && c->drift_ppb == 0;
}
