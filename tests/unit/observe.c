/* Which signals are taken for motion, by the names and units that loggers really use. */
#include "config.h"

#include <stdlib.h>

#include "sync/observe.h"

#include "../tap.h"

static void motions(void)
{
	static const struct {
		const char *name, *unit;
		enum spur_motion want;
	} rows[] = {
		{ "VehSpd", "km/h", SPUR_MOTION_SPEED },
		{ "WheelSpd_FL", "km/h", SPUR_MOTION_SPEED },
		{ "/nissan/vehicle_speed.data", "", SPUR_MOTION_SPEED },
		{ "/vehicle/twist.twist.linear.x", "", SPUR_MOTION_SPEED },
		{ "/vehicle/twist.twist.linear.y", "", SPUR_MOTION_NONE },
		{ "gnss_speed.Speed", "m/s", SPUR_MOTION_SPEED },
		{ "EngSpd", "1/min", SPUR_MOTION_NONE },
		{ "EngineSpeed", "rpm", SPUR_MOTION_NONE },
		{ "FanSpeed", "", SPUR_MOTION_NONE },
		{ "TargetSpeed", "km/h", SPUR_MOTION_NONE },
		{ "LongAccel", "m/s2", SPUR_MOTION_ACCEL_X },
		{ "LatAccel", "m/s2", SPUR_MOTION_ACCEL_Y },
		{ "DamperAcc_FL", "m/s2", SPUR_MOTION_NONE },
		{ "/imu.linear_acceleration.x", "", SPUR_MOTION_ACCEL_X },
		{ "/imu.linear_acceleration.y", "m/s^2", SPUR_MOTION_ACCEL_Y },
		{ "/imu.linear_acceleration.z", "", SPUR_MOTION_NONE },
		{ "/imu.linear_acceleration_covariance[0]", "", SPUR_MOTION_NONE },
		{ "YawRate", "deg/s", SPUR_MOTION_YAW_RATE },
		{ "/imu.angular_velocity.z", "", SPUR_MOTION_YAW_RATE },
		{ "/imu.angular_velocity.x", "", SPUR_MOTION_NONE },
		{ "SteeringWheelSpeed", "deg/s", SPUR_MOTION_NONE },
		{ "/gps/duro/current_pose.pose.position.x", "", SPUR_MOTION_PATH },
		{ "/gps/duro/current_pose.pose.position.y", "", SPUR_MOTION_NONE },
		{ "/gps/duro/current_pose.pose.orientation.x", "", SPUR_MOTION_NONE },
		{ "/gps/fix.latitude", "", SPUR_MOTION_GEO },
		{ "GNSS_Latitude", "deg", SPUR_MOTION_GEO },
		{ "BrkPressure", "bar", SPUR_MOTION_NONE },
		{ "CoolantTemp", "degC", SPUR_MOTION_NONE },
	};
	int wrong = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		enum spur_motion got = spur_motion_of(rows[i].name, rows[i].unit);

		if (got != rows[i].want) {
			printf("# %s [%s]: %s, want %s\n", rows[i].name, rows[i].unit, spur_motion_name(got),
			       spur_motion_name(rows[i].want));
			wrong++;
		}
	}
	is_int(wrong, 0, "motion by name and unit");
}

static void sibling(const char *name, enum spur_motion m, const char *want)
{
	char *got = spur_motion_sibling(name, m);

	is_str(got == NULL ? "none" : got, want, name);
	free(got);
}

int main(void)
{
	char longest[3000];

	motions();
	sibling("/pose.position.x", SPUR_MOTION_PATH, "/pose.position.y");
	sibling("/fix.latitude", SPUR_MOTION_GEO, "/fix.longitude");
	sibling("GNSS_Latitude", SPUR_MOTION_GEO, "GNSS_Longitude");
	sibling("speed.x", SPUR_MOTION_SPEED, "none");
	memset(longest, 'A', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	is_int(spur_motion_of(longest, ""), SPUR_MOTION_NONE, "a name of any length");
	return tap_done();
}
