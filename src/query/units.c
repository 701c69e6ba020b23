/* Units that can be converted into each other. SI comes first in each quantity. */
#include "config.h"

#include <string.h>

#include "query/query.h"

#define PI 3.14159265358979323846

struct unit {
	const char *name;
	char quantity;
	double factor, offset;	/* SI = value * factor + offset */
};

static const struct unit units[] = {
	{ "m/s", 'v', 1, 0 }, { "km/h", 'v', 1 / 3.6, 0 }, { "kmh", 'v', 1 / 3.6, 0 }, { "kph", 'v', 1 / 3.6, 0 },
	{ "mph", 'v', 0.44704, 0 }, { "kn", 'v', 1852.0 / 3600, 0 }, { "knots", 'v', 1852.0 / 3600, 0 },
	{ "m/s2", 'a', 1, 0 }, { "m/s^2", 'a', 1, 0 }, { "m/s\xc2\xb2", 'a', 1, 0 }, { "g", 'a', 9.80665, 0 },
	{ "rad", 'w', 1, 0 }, { "deg", 'w', PI / 180, 0 }, { "\xc2\xb0", 'w', PI / 180, 0 },
	{ "rad/s", 'r', 1, 0 }, { "deg/s", 'r', PI / 180, 0 }, { "\xc2\xb0/s", 'r', PI / 180, 0 }, { "rpm", 'r', PI / 30, 0 },
	{ "1/min", 'r', PI / 30, 0 },
	{ "s", 't', 1, 0 }, { "ms", 't', 1e-3, 0 }, { "us", 't', 1e-6, 0 }, { "ns", 't', 1e-9, 0 }, { "min", 't', 60, 0 },
	{ "h", 't', 3600, 0 },
	{ "m", 'l', 1, 0 }, { "km", 'l', 1e3, 0 }, { "cm", 'l', 1e-2, 0 }, { "mm", 'l', 1e-3, 0 }, { "mi", 'l', 1609.344, 0 },
	{ "ft", 'l', 0.3048, 0 },
	{ "Pa", 'p', 1, 0 }, { "hPa", 'p', 100, 0 }, { "kPa", 'p', 1e3, 0 }, { "MPa", 'p', 1e6, 0 }, { "bar", 'p', 1e5, 0 },
	{ "mbar", 'p', 100, 0 }, { "psi", 'p', 6894.757293168, 0 },
	{ "K", 'T', 1, 0 }, { "\xc2\xb0""C", 'T', 1, 273.15 }, { "degC", 'T', 1, 273.15 }, { "C", 'T', 1, 273.15 },
	{ "1", 'n', 1, 0 }, { "%", 'n', 0.01, 0 },
	{ "V", 'V', 1, 0 }, { "mV", 'V', 1e-3, 0 }, { "A", 'A', 1, 0 }, { "mA", 'A', 1e-3, 0 },
	{ "N", 'N', 1, 0 }, { "kN", 'N', 1e3, 0 }, { "Nm", 'M', 1, 0 }, { "W", 'W', 1, 0 }, { "kW", 'W', 1e3, 0 },
	{ "Hz", 'f', 1, 0 }, { "kHz", 'f', 1e3, 0 }, { "kg", 'm', 1, 0 }, { "t", 'm', 1e3, 0 },
};

static const struct unit *find(const char *name)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(units[i].name, name) == 0)
			return &units[i];
	}
	return NULL;
}

bool spur_unit_convert(const char *from, const char *to, double *factor, double *offset)
{
	const struct unit *a = find(from), *b = find(to);

	*factor = 1;
	*offset = 0;
	if (strcmp(from, to) == 0)
		return true;
	if (a == NULL || (*to != '\0' && (b == NULL || a->quantity != b->quantity)))
		return false;
	*factor = b == NULL ? a->factor : a->factor / b->factor;
	*offset = b == NULL ? a->offset : (a->offset - b->offset) / b->factor;
	return true;
}
