#include "config.h"

#include "format/mcap/reader_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DAMAGE_MAX = 10000 };	/* more would be noise */

static bool listed(const struct spur_reader *r, uint64_t offset, const char *reason)
{
	const struct spur_description *d = &r->description;

	for (size_t i = d->damage_count; i-- > 0;) {
		if (d->damage[i].offset == offset && strcmp(d->damage[i].reason, reason) == 0)
			return true;
	}
	return false;
}

void mcap_damage(struct spur_reader *r, uint64_t offset, uint64_t length, uint64_t lost, const char *fmt, ...)
{
	char text[256];
	struct spur_damage d = { offset, length, NULL };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (r->description.damage_count >= DAMAGE_MAX) {
		r->bytes_lost += lost;
		return;
	}
	if (listed(r, offset, text))
		return;
	r->bytes_lost += lost;
	d.reason = spur_arena_str(r->arena, text);
	if (d.reason == NULL)
		d.reason = "damaged";
	if (r->description.damage_count == r->damage_cap) {
		r->damage_cap = r->damage_cap == 0 ? 8 : r->damage_cap * 2;
		r->damage = spur_realloc(r->damage, r->damage_cap, sizeof(*r->damage));
	}
	r->damage[r->description.damage_count++] = d;
	r->description.damage = r->damage;
}
