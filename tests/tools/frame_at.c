#include "config.h"

#include "sync/frames.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * frame_at FILE CAMERA OFFSET_NS DRIFT_PPB REF_NS: for every drive time on standard input, one a line,
 * the index, the drive time and the neighbours of the frame that is shown then, or "none".
 */
static int fail(const struct spur_error *err)
{
	fprintf(stderr, "frame_at: %s\n", err->text);
	return 1;
}

int main(int argc, char **argv)
{
	struct spur_timeline_member m = { 0 };
	struct spur_timeline *tl;
	struct spur_cameras *c;
	struct spur_error err;
	size_t camera;
	int64_t t;

	if (argc != 6) {
		fputs("usage: frame_at FILE CAMERA OFFSET_NS DRIFT_PPB REF_NS <TIMES\n", stderr);
		return 2;
	}
	m.path = argv[1];
	m.clock = (struct spur_clock){ strtoll(argv[3], NULL, 10), strtoll(argv[4], NULL, 10), strtoll(argv[5], NULL, 10) };
	if (spur_timeline_open(&m, 1, NULL, &tl, &err) < 0 || spur_cameras_open(tl, &c, &err) < 0 ||
	    spur_cameras_find(c, argv[2], &camera, &err) < 0)
		return fail(&err);
	while (scanf("%" SCNd64, &t) == 1) {
		struct spur_frame_place p;
		enum spur_status st = spur_cameras_place(c, camera, t, &p, NULL, &err);

		if (st < 0 && st != SPUR_ENOTFOUND)
			return fail(&err);
		if (st == SPUR_ENOTFOUND)
			puts("none");
		else
			printf("%" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", p.index, p.count, p.t_ns, p.previous_ns,
			       p.next_ns);
	}
	spur_cameras_close(c);
	spur_timeline_close(tl);
	return 0;
}
