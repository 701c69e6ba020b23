#include "config.h"

#include "demo/ros_schemas.h"

#define RULE "================================================================================\n"
#define HEADER \
	RULE "MSG: std_msgs/Header\n" \
	     "builtin_interfaces/Time stamp\n" \
	     "string frame_id\n" TIME
#define TIME \
	RULE "MSG: builtin_interfaces/Time\n" \
	     "int32 sec\n" \
	     "uint32 nanosec\n"
#define VECTOR3 \
	RULE "MSG: geometry_msgs/Vector3\n" \
	     "float64 x\n" \
	     "float64 y\n" \
	     "float64 z\n"

static const char imu[] =
	"std_msgs/Header header\n"
	"geometry_msgs/Quaternion orientation\n"
	"float64[9] orientation_covariance\n"
	"geometry_msgs/Vector3 angular_velocity\n"
	"float64[9] angular_velocity_covariance\n"
	"geometry_msgs/Vector3 linear_acceleration\n"
	"float64[9] linear_acceleration_covariance\n"
	RULE "MSG: geometry_msgs/Quaternion\n"
	     "float64 x\n"
	     "float64 y\n"
	     "float64 z\n"
	     "float64 w\n" VECTOR3 HEADER;

static const char fix[] =
	"uint8 COVARIANCE_TYPE_UNKNOWN=0\n"
	"uint8 COVARIANCE_TYPE_DIAGONAL_KNOWN=2\n"
	"std_msgs/Header header\n"
	"sensor_msgs/NavSatStatus status\n"
	"float64 latitude\n"
	"float64 longitude\n"
	"float64 altitude\n"
	"float64[9] position_covariance\n"
	"uint8 position_covariance_type\n"
	RULE "MSG: sensor_msgs/NavSatStatus\n"
	     "int8 STATUS_NO_FIX=-1\n"
	     "int8 STATUS_FIX=0\n"
	     "int8 STATUS_GBAS_FIX=2\n"
	     "int8 status\n"
	     "uint16 SERVICE_GPS=1\n"
	     "uint16 service\n" HEADER;

static const char twist[] =
	"std_msgs/Header header\n"
	"geometry_msgs/Twist twist\n"
	RULE "MSG: geometry_msgs/Twist\n"
	     "geometry_msgs/Vector3 linear\n"
	     "geometry_msgs/Vector3 angular\n" VECTOR3 HEADER;

static const char rosout[] =
	"byte DEBUG=10\n"
	"byte INFO=20\n"
	"byte WARN=30\n"
	"byte ERROR=40\n"
	"byte FATAL=50\n"
	"builtin_interfaces/Time stamp\n"
	"uint8 level\n"
	"string name\n"
	"string msg\n"
	"string file\n"
	"string function\n"
	"uint32 line\n" TIME;

static const char image[] =
	"std_msgs/Header header\n"
	"uint32 height\n"
	"uint32 width\n"
	"string encoding\n"
	"uint8 is_bigendian\n"
	"uint32 step\n"
	"uint8[] data\n" HEADER;

static const char planner[] =
	"{\"title\":\"PlannerState\",\"type\":\"object\",\"properties\":{"
	"\"stamp_ns\":{\"type\":\"integer\"},"
	"\"mode\":{\"type\":\"string\",\"enum\":[\"standstill\",\"follow\",\"free\"]},"
	"\"target_speed\":{\"type\":\"number\",\"description\":\"km/h\"},"
	"\"lane\":{\"type\":\"integer\"},"
	"\"lead\":{\"type\":\"boolean\"},"
	"\"time_gap\":{\"type\":\"number\",\"description\":\"s; -1: nothing ahead\"}}}";

static const char diagnostics[] =
	"{\"title\":\"Diagnostics\",\"type\":\"object\",\"properties\":{"
	"\"status\":{\"type\":\"string\"},"
	"\"cpu\":{\"type\":\"number\",\"description\":\"percent\"},"
	"\"disk_free_mb\":{\"type\":\"integer\"}}}";

const struct spur_demo_topic spur_demo_topics[SPUR_DEMO_TOPICS] = {
	[SPUR_DEMO_IMU] = { "/imu", "cdr", "sensor_msgs/msg/Imu", "ros2msg", imu },
	[SPUR_DEMO_FIX] = { "/gps/fix", "cdr", "sensor_msgs/msg/NavSatFix", "ros2msg", fix },
	[SPUR_DEMO_TWIST] = { "/vehicle/twist", "cdr", "geometry_msgs/msg/TwistStamped", "ros2msg", twist },
	[SPUR_DEMO_ROSOUT] = { "/rosout", "cdr", "rcl_interfaces/msg/Log", "ros2msg", rosout },
	[SPUR_DEMO_PLANNER] = { "/planner/state", "json", "PlannerState", "jsonschema", planner },
	[SPUR_DEMO_DIAGNOSTICS] = { "/diagnostics", "json", "Diagnostics", "jsonschema", diagnostics },
	[SPUR_DEMO_CAMERA] = { "/camera/front/image_raw", "cdr", "sensor_msgs/msg/Image", "ros2msg", image },
};
