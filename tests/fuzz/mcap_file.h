#ifndef SPUR_TESTS_FUZZ_MCAP_FILE_H
#define SPUR_TESTS_FUZZ_MCAP_FILE_H

/* fuzz_seed() for MCAP files that are put together record by record: what spur's writer never writes, and damaged ones. */
void fuzz_mcap_files(void);

#endif
