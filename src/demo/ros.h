#ifndef SPUR_DEMO_ROS_H
#define SPUR_DEMO_ROS_H

#include "base/error.h"
#include "demo/scene.h"

/*
 * The second logger: a ROS 2 computer that writes MCAP with a clock of its own. IMU, GNSS, speed
 * log lines and a camera in CDR, the planner and diagnostics in JSON.
 * Every stamp is clock(t), see below; log_time follows it by at most 0.2 ms.
 */
struct spur_demo_ros;

/* mcap_time = t + offset_ns + drift_ppb * (t - t0_ns) / 1e9 */
struct spur_demo_clock {
	spur_ns t0_ns, offset_ns;
	int64_t drift_ppb;
};

spur_ns spur_demo_clock_of(const struct spur_demo_clock *c, spur_ns t);

struct spur_demo_ros_options {
	const char *path;
	uint64_t seed;
	unsigned drive;
	bool big;
	struct spur_demo_clock clock;
};

enum spur_status spur_demo_ros_create(const struct spur_demo_ros_options *o, struct spur_demo_ros **out,
				      struct spur_error *err);
enum spur_status spur_demo_ros_step(struct spur_demo_ros *r, const struct spur_demo_scene *s, struct spur_error *err);
uint64_t spur_demo_ros_bytes(const struct spur_demo_ros *r);	/* of payloads so far */
enum spur_status spur_demo_ros_commit(struct spur_demo_ros *r, struct spur_error *err);	/* frees r */
void spur_demo_ros_discard(struct spur_demo_ros *r);	/* NULL is fine */

#endif
