#ifndef SPUR_TESTS_FUZZ_MDF_SEEDS_H
#define SPUR_TESTS_FUZZ_MDF_SEEDS_H

/* Seeds of MDF 4 and 3 by hand: every data type, conversion, storage and block, as files have them and as they
 * have them wrong. Each calls fuzz_seed(). */
void mdf_seed_types(void);
void mdf_seed_conversions(void);
void mdf_seed_storages(void);
void mdf_seed_trees(void);
void mdf_seed_made(void);		/* tests/mdf_made.h */
void mdf_seed_wrong(void);
void mdf_seed_version_3(void);

#endif
