#include "config.h"

#include "sync/observe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define NAME_TEXT 256

static const char *const speed_units[] = { "m/s", "km/h", "kmh", "kph", "mph", "mi/h", "knots", "kn", "kt", NULL };
static const char *const accel_units[] = { "m/s2", "m/s^2", "m/s\xc2\xb2", "m/s/s", "m/s**2", "g", "mg", NULL };
static const char *const turn_units[] = { "rad/s", "deg/s", "\xc2\xb0/s", "degree/s", "degrees/s", "grad/s", NULL };

/* Lower case, every run of other characters and every change from small to capital as one blank,
 * a blank at both ends: " vehicle speed kmh ". So words are found by strstr(" speed "). */
static void words_of(const char *name, char out[NAME_TEXT])
{
	size_t n = 0;

	out[n++] = ' ';
	for (const char *p = name; *p != '\0' && n + 3 < NAME_TEXT; p++) {
		unsigned char c = (unsigned char)*p;

		if (!isalnum(c)) {
			if (out[n - 1] != ' ')
				out[n++] = ' ';
			continue;
		}
		if (p > name && isupper(c) && islower((unsigned char)p[-1]) && out[n - 1] != ' ')
			out[n++] = ' ';
		out[n++] = (char)tolower(c);
	}
	if (out[n - 1] != ' ')
		out[n++] = ' ';
	out[n] = '\0';
}

static bool is_unit(const char *unit, const char *const *units)
{
	for (; *units != NULL; units++) {
		if (strcasecmp(unit, *units) == 0)
			return true;
	}
	return false;
}

static bool has_any(const char *words, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (strstr(words, *list) != NULL)
			return true;
	}
	return false;
}

/* Words that say a speed or an acceleration is not the vehicle's own along the road. */
static bool is_other(const char *words)
{
	static const char *const other[] = { "engine", "rpm", "fan", "motor", "turbine", "wind", "target", "desired", "limit",
					     "setpoint", " set ", "covariance", "variance", "std", "error", "wiper", "pump",
					     "obj", "track", "lead", "relative", " rel ", "magnetic", "jerk", "gear", "hdop", NULL };

	return has_any(words, other);
}

static enum spur_motion accel_axis(const char *words)
{
	static const char *const y[] = { " y ", "lateral", " lat ", " ay ", "acc y", "accy ", "latacc", NULL };
	static const char *const x[] = { " x ", "longitudinal", " lon ", " long ", " ax ", "accx ", "longacc", "lonacc", NULL };
	static const char *const z[] = { " z ", "vertical", " az ", "accz ", " vert ", NULL };

	if (has_any(words, z))
		return SPUR_MOTION_NONE;
	return has_any(words, y) ? SPUR_MOTION_ACCEL_Y : has_any(words, x) ? SPUR_MOTION_ACCEL_X : SPUR_MOTION_NONE;
}

static enum spur_motion turn_axis(const char *words)
{
	static const char *const z[] = { " z ", " yaw", "yawrate", " gz ", "gyro z", NULL };
	static const char *const steer[] = { "steer", " x ", " y ", "roll", "pitch", NULL };

	return has_any(words, steer) ? SPUR_MOTION_NONE : has_any(words, z) ? SPUR_MOTION_YAW_RATE : SPUR_MOTION_NONE;
}

static bool ends_with(const char *name, const char *tail)
{
	size_t n = strlen(name), m = strlen(tail);

	return n > m && strcasecmp(name + n - m, tail) == 0;
}

static enum spur_motion by_name(const char *name, const char *words)
{
	static const char *const accel[] = { "linear acceleration", "accel", " acc ", NULL };
	static const char *const turn[] = { "angular velocity", "yaw rate", "yawrate", "gyro", NULL };
	static const char *const place[] = { "position", "translation", NULL };
	static const char *const speed[] = { "speed", " spd ", "velocity x", "linear x", "vehspd", " vel x ", NULL };

	if (ends_with(name, "latitude") || ends_with(name, ".lat"))
		return SPUR_MOTION_GEO;
	if (has_any(words, place))
		return ends_with(name, ".x") && strstr(words, "covariance") == NULL ? SPUR_MOTION_PATH : SPUR_MOTION_NONE;
	if (has_any(words, accel))
		return accel_axis(words);
	if (has_any(words, turn))
		return turn_axis(words);
	return has_any(words, speed) ? SPUR_MOTION_SPEED : SPUR_MOTION_NONE;
}

enum spur_motion spur_motion_of(const char *name, const char *unit)
{
	static const char *const across[] = { " y ", " z ", "lateral", "vertical", " ve ", " vd ", " vn ", "east", "north", "down", NULL };
	char words[NAME_TEXT];

	words_of(name, words);
	if (is_other(words))
		return SPUR_MOTION_NONE;
	if (is_unit(unit, accel_units))
		return accel_axis(words);
	if (is_unit(unit, turn_units))
		return turn_axis(words);
	if (is_unit(unit, speed_units))
		return has_any(words, across) ? SPUR_MOTION_NONE : SPUR_MOTION_SPEED;
	if (*unit != '\0' && strcasecmp(unit, "m") != 0 && strncasecmp(unit, "deg", 3) != 0 && strcmp(unit, "\xc2\xb0") != 0)
		return SPUR_MOTION_NONE;
	return by_name(name, words);
}

const char *spur_motion_name(enum spur_motion m)
{
	static const char *const names[] = { "none", "speed", "acceleration along", "acceleration across", "yaw rate",
					     "path", "position on earth" };

	return names[m];
}

/* The stem, with the tail that stands for the second one in the same case. */
char *spur_motion_sibling(const char *name, enum spur_motion m)
{
	static const char *const tails[][2] = { { ".x", ".y" }, { "latitude", "longitude" }, { "Latitude", "Longitude" },
						{ ".lat", ".lon" }, { ".Lat", ".Lon" } };

	if (m != SPUR_MOTION_PATH && m != SPUR_MOTION_GEO)
		return NULL;
	for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
		size_t n = strlen(name), t = strlen(tails[i][0]);

		if (n > t && strcmp(name + n - t, tails[i][0]) == 0)
			return spur_strfmt("%.*s%s", (int)(n - t), name, tails[i][1]);
	}
	return NULL;
}
