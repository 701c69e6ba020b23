#include "config.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mdf_seeds.h"
#include "tests/mdf_made.h"

void mdf_seed_made(void)
{
	for (const struct mdf_made *m = mdf_made; m->name != NULL; m++) {
		struct spur_buf b = { 0 };

		fuzz_seeds_of(m->name);
		m->make(&b);
		fuzz_seed_buf(&b);
	}
}
