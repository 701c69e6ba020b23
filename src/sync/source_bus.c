#include "config.h"

#include "sync/source_priv.h"

enum spur_status source_bus_open(struct spur_source *s, struct spur_error *err)
{
	return spur_fail(err, SPUR_EUNSUPPORTED, "%s: bus databases are not read yet", s->path);
}

void source_bus_close(struct spur_source_bus *b)
{
	(void)b;
}

size_t source_bus_members(const struct spur_source_bus *b, uint32_t *ids, size_t room)
{
	(void)b;
	(void)ids;
	(void)room;
	return 0;
}

enum spur_status source_bus_rows(struct spur_source *s, uint32_t group, const uint32_t *ids, const struct spur_columns *rows,
				 const struct spur_source_want *want, const struct source_part *parts, size_t part_count,
				 spur_source_sink *sink, void *state, struct spur_error *err)
{
	(void)s;
	(void)group;
	(void)ids;
	(void)rows;
	(void)want;
	(void)parts;
	(void)part_count;
	(void)sink;
	(void)state;
	(void)err;
	return SPUR_OK;
}
