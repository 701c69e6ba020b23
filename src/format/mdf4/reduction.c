#include "config.h"

#include <inttypes.h>

#include "base/bytes.h"
#include "format/mdf4/block.h"

/*
 * SR blocks (MDF 4.1, "SRBLOCK"): means, least and most values per interval. Links: next, data. Body: 0 u64 cycles,
 * 8 f64 interval, 16 sync, 17 flags. They are listed here; level.c reads them.
 */
#define SR_BODY 18u

enum { SR_INVALID = 1 };

void mdf_read_reductions(struct spur_reader *r, uint32_t group, uint64_t at)
{
	static const enum spur_domain domains[] = { SPUR_DOMAIN_INDEX, SPUR_DOMAIN_TIME, SPUR_DOMAIN_ANGLE, SPUR_DOMAIN_DISTANCE,
						    SPUR_DOMAIN_INDEX };

	while (at != 0 && mdf_block_first_visit(r, at, "sample reduction")) {
		unsigned char raw[SR_BODY];
		struct mdf_block b;
		struct spur_error err;

		if (mdf_block_read(r, at, "SR", &b, &err) < 0 || mdf_block_body(r, &b, raw, sizeof(raw), &err) < 0) {
			mdf_damaged(r, at, 0, "sample reduction: %s", err.text);
			return;
		}
		size_t cap = r->reduction_cap;

		MDF_PUSH(&r->reduction_at, r->d.reduction_count, &cap);
		r->reduction_at[r->d.reduction_count].data = mdf_block_link(r, &b, 1);
		MDF_PUSH(&r->reductions, r->d.reduction_count, &r->reduction_cap);
		r->reductions[r->d.reduction_count++] = (struct spur_reduction){
			.group = group,
			.rows = (r->unfinished & MDF_UNFIN_SR_CYCLES) != 0 ? UINT64_MAX : spur_le64(raw),
			.interval = spur_lef64(raw + 8),
			.domain = domains[raw[16] < 5 ? raw[16] : 0],
			.with_invalid = (raw[17] & SR_INVALID) != 0,
		};
		at = mdf_block_link(r, &b, 0);
	}
}
