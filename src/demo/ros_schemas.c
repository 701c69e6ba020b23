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

static const char compressed[] =
	"std_msgs/Header header\n"
	"string format\n"
	"uint8[] data\n" HEADER;

static const char info[] =
	"std_msgs/Header header\n"
	"uint32 height\n"
	"uint32 width\n"
	"string distortion_model\n"
	"float64[] d\n"
	"float64[9] k\n"
	"float64[9] r\n"
	"float64[12] p\n"
	"uint32 binning_x\n"
	"uint32 binning_y\n"
	"sensor_msgs/RegionOfInterest roi\n"
	RULE "MSG: sensor_msgs/RegionOfInterest\n"
	     "uint32 x_offset\n"
	     "uint32 y_offset\n"
	     "uint32 height\n"
	     "uint32 width\n"
	     "bool do_rectify\n" HEADER;

static const char marks[] =
	"foxglove_msgs/CircleAnnotation[] circles\n"
	"foxglove_msgs/PointsAnnotation[] points\n"
	"foxglove_msgs/TextAnnotation[] texts\n"
	RULE "MSG: foxglove_msgs/CircleAnnotation\n"
	     "builtin_interfaces/Time timestamp\n"
	     "foxglove_msgs/Point2 position\n"
	     "float64 diameter\n"
	     "float64 thickness\n"
	     "foxglove_msgs/Color fill_color\n"
	     "foxglove_msgs/Color outline_color\n"
	RULE "MSG: foxglove_msgs/PointsAnnotation\n"
	     "builtin_interfaces/Time timestamp\n"
	     "uint8 UNKNOWN=0\n"
	     "uint8 POINTS=1\n"
	     "uint8 LINE_LOOP=2\n"
	     "uint8 LINE_STRIP=3\n"
	     "uint8 LINE_LIST=4\n"
	     "uint8 type\n"
	     "foxglove_msgs/Point2[] points\n"
	     "foxglove_msgs/Color outline_color\n"
	     "foxglove_msgs/Color[] outline_colors\n"
	     "foxglove_msgs/Color fill_color\n"
	     "float64 thickness\n"
	RULE "MSG: foxglove_msgs/TextAnnotation\n"
	     "builtin_interfaces/Time timestamp\n"
	     "foxglove_msgs/Point2 position\n"
	     "string text\n"
	     "float64 font_size\n"
	     "foxglove_msgs/Color text_color\n"
	     "foxglove_msgs/Color background_color\n"
	RULE "MSG: foxglove_msgs/Point2\n"
	     "float64 x\n"
	     "float64 y\n"
	RULE "MSG: foxglove_msgs/Color\n"
	     "float64 r\n"
	     "float64 g\n"
	     "float64 b\n"
	     "float64 a\n" TIME;

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
	[SPUR_DEMO_IMU] = { "/imu", "cdr", "sensor_msgs/msg/Imu", "ros2msg", imu, 0 },
	[SPUR_DEMO_FIX] = { "/gps/fix", "cdr", "sensor_msgs/msg/NavSatFix", "ros2msg", fix, 0 },
	[SPUR_DEMO_TWIST] = { "/vehicle/twist", "cdr", "geometry_msgs/msg/TwistStamped", "ros2msg", twist, 0 },
	[SPUR_DEMO_ROSOUT] = { "/rosout", "cdr", "rcl_interfaces/msg/Log", "ros2msg", rosout, 0 },
	[SPUR_DEMO_PLANNER] = { "/planner/state", "json", "PlannerState", "jsonschema", planner, 0 },
	[SPUR_DEMO_DIAGNOSTICS] = { "/diagnostics", "json", "Diagnostics", "jsonschema", diagnostics, 0 },
	[SPUR_DEMO_FRONT] = { "/camera/front/image/compressed", "cdr", "sensor_msgs/msg/CompressedImage", "ros2msg", compressed, 1 },
	[SPUR_DEMO_FRONT_INFO] = { "/camera/front/camera_info", "cdr", "sensor_msgs/msg/CameraInfo", "ros2msg", info, 3 },
	[SPUR_DEMO_FRONT_MARKS] = { "/camera/front/annotations", "cdr", "foxglove_msgs/msg/ImageAnnotations", "ros2msg", marks, 3 },
	[SPUR_DEMO_REAR] = { "/camera/rear/image_raw", "cdr", "sensor_msgs/msg/Image", "ros2msg", image, 2 },
};
