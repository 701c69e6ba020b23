#ifndef SPUR_EXTRACT_TABLES_H
#define SPUR_EXTRACT_TABLES_H

#include "export/export.h"
#include "extract/plan.h"
#include "extract/windows.h"

/*
 * Windows as a table of some format. npz: one row per window: x f32[C,T], valid bool[C,T], y int64
 * (index into classes), t_ns (first point), segment, drive, and u8[K,3,H,W] for each
 * camera. Everything else: one row per point of
 * every window: t_ns, window (from 0), one f64 column per signal (null: missing), label, segment.
 */
enum spur_status spur_extract_table_write(const struct spur_extract_plan *p, const struct spur_extract_shard *s,
					  const struct spur_extract_windows *w, const struct spur_exporter *x,
					  const char *path, uint64_t mem_bytes, struct spur_error *err);

#endif
