#ifndef SPUR_TESTS_FUZZ_DRIVE_H
#define SPUR_TESTS_FUZZ_DRIVE_H

#include "tests/fuzz/fuzz.h"

/*
 * A drive of three recordings for what reads signals, made once in a process: ten seconds from FUZZ_DRIVE_NS on.
 *
 * one.mf4: a, speed [km/h], every 20 ms, some of them invalid; level (i16 with a factor); gear (words) every 130 ms.
 * two.mf4: p [bar] at odd times with holes of all lengths; mode (u8); a again, so that "a" alone is ambiguous.
 * cam.mcap: /camera, pictures of 6 x 4 every 300 ms, one of them damaged; /pose.x.
 */
#define FUZZ_DRIVE_NS INT64_C(1700000000000000000)
enum { FUZZ_DRIVE_ONE, FUZZ_DRIVE_TWO, FUZZ_DRIVE_CAMERA, FUZZ_DRIVE_FILES };

const char *fuzz_drive_path(int file);	/* valid until the process ends */

#endif
