#include "config.h"

#include "sync/bus_role.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void spur_bus_role_write(const struct spur_bus_role *r, char out[SPUR_BUS_ROLE_TEXT])
{
	int n = r->place == 0 ? snprintf(out, SPUR_BUS_ROLE_TEXT, "dbc") : snprintf(out, SPUR_BUS_ROLE_TEXT, "dbc#%u", r->place);

	if (r->channel >= 0)
		n += snprintf(out + n, SPUR_BUS_ROLE_TEXT - (size_t)n, "@%" PRId64, r->channel);
	if (r->keep_unavailable)
		snprintf(out + n, SPUR_BUS_ROLE_TEXT - (size_t)n, "+keep");
}

/* Digits after a mark; at most ten of them. */
static bool number(const char **at, char mark, uint64_t *out)
{
	const char *p = *at;

	if (*p != mark)
		return true;
	*out = 0;
	for (p++; *p >= '0' && *p <= '9' && p - *at <= 10; p++)
		*out = *out * 10 + (uint64_t)(*p - '0');
	if (p == *at + 1 || *out > UINT32_MAX)
		return false;
	*at = p;
	return true;
}

bool spur_bus_role_read(const char *text, struct spur_bus_role *out)
{
	uint64_t place = 0, channel = UINT64_MAX;

	*out = (struct spur_bus_role){ .channel = -1 };
	if (strncmp(text, "dbc", 3) != 0)
		return false;
	text += 3;
	if (!number(&text, '#', &place) || !number(&text, '@', &channel))
		return false;
	out->place = (unsigned)place;
	out->channel = channel == UINT64_MAX ? -1 : (int64_t)channel;
	out->keep_unavailable = strcmp(text, "+keep") == 0;
	return *text == '\0' || out->keep_unavailable;
}
