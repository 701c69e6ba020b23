#include "config.h"

#include "sync/frames_priv.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* "sensor_msgs/msg/Image", "foxglove.RawImage", "sensor_msgs::msg::dds_::Image_": the last name, and
 * whether the first one is `package`. */
static bool is_of(const char *name, const char *package, const char *type)
{
	size_t n = strlen(package), len = strlen(name), want = strlen(type);

	while (len > 0 && name[len - 1] == '_')
		len--;
	if (strncmp(name, package, n) != 0 || strchr("/.:", name[n]) == NULL || name[n] == '\0')
		return false;
	return len > n + want && strchr("/.:", name[len - want - 1]) != NULL && memcmp(name + len - want, type, want) == 0;
}

enum frames_kind frames_kind_of(const struct spur_stream *s)
{
	static const struct {
		const char *package, *type;
		enum frames_kind kind;
	} known[] = {
		{ "sensor_msgs", "CompressedImage", FRAMES_COMPRESSED },
		{ "sensor_msgs", "Image", FRAMES_RAW },
		{ "sensor_msgs", "CameraInfo", FRAMES_CALIBRATION },
		{ "foxglove", "CompressedImage", FRAMES_COMPRESSED },
		{ "foxglove", "RawImage", FRAMES_RAW },
		{ "foxglove", "CompressedVideo", FRAMES_VIDEO },
		{ "foxglove", "ImageAnnotations", FRAMES_ANNOTATIONS },
		{ "foxglove", "CameraCalibration", FRAMES_CALIBRATION },
		{ "foxglove_msgs", "CompressedImage", FRAMES_COMPRESSED },
		{ "foxglove_msgs", "RawImage", FRAMES_RAW },
		{ "foxglove_msgs", "CompressedVideo", FRAMES_VIDEO },
		{ "foxglove_msgs", "ImageAnnotations", FRAMES_ANNOTATIONS },
		{ "foxglove_msgs", "CameraCalibration", FRAMES_CALIBRATION },
		{ "theora_image_transport", "Packet", FRAMES_VIDEO },
		{ "ffmpeg_image_transport_msgs", "FFMPEGPacket", FRAMES_VIDEO },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (is_of(s->schema_name, known[i].package, known[i].type))
			return known[i].kind;
	}
	return FRAMES_NONE;
}

static const char *word(const char *s, size_t *len)
{
	while (*s != '\0' && !isalnum((unsigned char)*s))
		s++;
	for (*len = 0; isalnum((unsigned char)s[*len]); (*len)++)
		;
	return s;
}

size_t frames_kinship(const char *topic, const char *other)
{
	size_t common = 0, n, m;

	for (const char *a = word(topic, &n); n > 0; a = word(a + n, &n)) {
		for (const char *b = word(other, &m); m > 0; b = word(b + m, &m)) {
			if (n == m && strncasecmp(a, b, n) == 0) {
				common++;
				break;
			}
		}
	}
	return common;
}
