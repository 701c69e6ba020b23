#ifndef SPUR_DEMO_ROS_SCHEMAS_H
#define SPUR_DEMO_ROS_SCHEMAS_H

/* The topics and their definitions, as a ROS 2 recorder would put them into MCAP (ros2msg: the
 * message, then each type it uses under a line of 80 '='). Numbers are the channel ids. */
enum spur_demo_topic_id {
	SPUR_DEMO_IMU, SPUR_DEMO_FIX, SPUR_DEMO_TWIST, SPUR_DEMO_ROSOUT, SPUR_DEMO_PLANNER, SPUR_DEMO_DIAGNOSTICS,
	/* of the cameras: */
	SPUR_DEMO_FRONT, SPUR_DEMO_FRONT_INFO, SPUR_DEMO_FRONT_MARKS, SPUR_DEMO_REAR, SPUR_DEMO_TOPICS,
};

struct spur_demo_topic {
	const char *topic, *encoding, *schema, *schema_encoding, *text;
	unsigned char group;	/* of chunks */
};

extern const struct spur_demo_topic spur_demo_topics[SPUR_DEMO_TOPICS];

#endif
