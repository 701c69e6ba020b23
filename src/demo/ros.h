#ifndef SPUR_DEMO_ROS_H
#define SPUR_DEMO_ROS_H

#include "base/error.h"
#include "demo/cameras.h"
#include "demo/scene.h"

/*
 * The second logger: a ROS 2 computer that writes MCAP with a clock of its own. IMU, GNSS, speed
 * log lines and cameras in CDR, the planner and diagnostics in JSON.
 * Every stamp is clock(t); log_time follows it by at most 0.2 ms, for pictures by some 10 ms.
 */
struct spur_demo_ros;

struct spur_demo_ros_options {
	const char *path;
	uint64_t seed;
	unsigned drive;
	bool big;		/* adds demo/surround */
	unsigned threads;	/* that draw the big drive's pictures */
	enum spur_demo_camera_set cameras;
	struct spur_demo_clock clock;
	uint64_t steps;		/* of the scene */
};

enum spur_status spur_demo_ros_create(const struct spur_demo_ros_options *o, struct spur_demo_ros **out,
				      struct spur_error *err);
enum spur_status spur_demo_ros_step(struct spur_demo_ros *r, const struct spur_demo_scene *s, struct spur_error *err);
uint64_t spur_demo_ros_bytes(const struct spur_demo_ros *r);	/* of payloads so far; of a big drive in the file */
enum spur_status spur_demo_ros_commit(struct spur_demo_ros *r, struct spur_error *err);	/* frees r */
void spur_demo_ros_discard(struct spur_demo_ros *r);	/* NULL is fine */

#endif
