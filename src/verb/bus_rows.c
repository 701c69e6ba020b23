#include "config.h"

#include "verb/bus_rows.h"

void spur_bus_emit_frame(const struct spur_source_frame *f, struct spur_emit *emit)
{
	if (f->lin)
		spur_emit_text(emit, "bus", "LIN");
	spur_emit_uint(emit, "frame_id", f->frame_id);
	spur_emit_bool(emit, "extended", f->extended);
	spur_emit_uint(emit, "bus_channel", f->bus_channel);
	if (f->j1939) {
		spur_emit_uint(emit, "pgn", f->pgn);
		spur_emit_uint(emit, "source_address", f->source_address);
	}
	if (f->transport != NULL)
		spur_emit_text(emit, "transport", f->transport);
}

void spur_bus_warn(const struct spur_source *s, struct spur_emit *emit)
{
	struct spur_transport_counts c;

	if (!spur_source_transfers(s, &c) || c.broken + c.refused + c.stray == 0)
		return;
	spur_emit_warn(emit, "%s: transfers of several frames: %llu whole, %llu broken, %llu of a length that cannot be; "
			     "%llu frames lack the beginning of theirs", spur_source_path(s), (unsigned long long)c.done,
		       (unsigned long long)c.broken, (unsigned long long)c.refused, (unsigned long long)c.stray);
}
