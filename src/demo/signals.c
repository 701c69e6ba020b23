#include "config.h"

#include "demo/signals.h"

#include <math.h>

typedef const struct spur_demo_scene scene;
typedef struct spur_demo_rng rng;

#define DEG (180 / M_PI)

static double positive(double v)
{
	return v > 0 ? v : 0;
}

static double seconds(scene *s)
{
	return (double)s->step * SPUR_DEMO_DT;
}

/* ---- ESC: brake and inertial sensors ---- */

static double veh_spd(scene *s, rng *n)
{
	return positive(s->car.v * 3.6 + 0.04 * spur_demo_noise(n));
}

static double long_accel(scene *s, rng *n)
{
	double v = spur_demo_vehicle_fx(&s->car) + 0.04 + 0.12 * spur_demo_noise(n);

	if (s->faults.accel_stuck)
		return s->faults.accel_flagged ? (double)NAN : -15.5;
	return v;
}

static double lat_accel(scene *s, rng *n)
{
	return s->car.lat_acc - 0.02 + 0.08 * spur_demo_noise(n);
}

static double yaw_rate(scene *s, rng *n)
{
	return s->car.yaw_rate * DEG + 0.12 * spur_demo_noise(n);
}

static double brk_pressure(scene *s, rng *n)
{
	return positive(s->car.brake_bar + 0.3 * spur_demo_noise(n));
}

static double brake_light(scene *s, rng *n)
{
	(void)n;
	return s->car.brake_bar > 2;
}

static double abs_state(scene *s, rng *n)
{
	(void)n;
	return s->car.abs;
}

static const struct spur_mdf4_text off_on[] = { { 0, "Off" }, { 1, "On" } };
static const struct spur_mdf4_text abs_states[] = { { 0, "Inactive" }, { 1, "Active" }, { 2, "Fault" }, { 3, "NotAvailable" } };

static const struct spur_demo_signal esc[] = {
	{ "VehSpd", "km/h", "vehicle speed over ground", SPUR_TYPE_U16, 0.01, 0, NULL, 0, false, veh_spd },
	{ "LongAccel", "m/s2", "longitudinal accelerometer: includes gravity on slopes", SPUR_TYPE_I16, 0.01, 0, NULL, 0, true,
	  long_accel },
	{ "LatAccel", "m/s2", "lateral accelerometer", SPUR_TYPE_I16, 0.01, 0, NULL, 0, false, lat_accel },
	{ "YawRate", "deg/s", "yaw rate, left positive", SPUR_TYPE_I16, 0.02, 0, NULL, 0, false, yaw_rate },
	{ "BrkPressure", "bar", "pressure in the master cylinder", SPUR_TYPE_U16, 0.1, 0, NULL, 0, false, brk_pressure },
	{ "BrakeLight", "", "brake light switch", SPUR_TYPE_U8, 0, 0, off_on, 2, false, brake_light },
	{ "ABSState", "", "anti-lock control", SPUR_TYPE_U8, 0, 0, abs_states, 4, false, abs_state },
};

/* ---- wheels ---- */

static double wheel(scene *s, rng *n, double side, double share)
{
	double v = s->car.v - side * 0.78 * s->car.yaw_rate;

	return positive(v * (1 - share * s->car.slip) * 3.6 + 0.05 * spur_demo_noise(n));
}

static double wheel_fl(scene *s, rng *n) { return wheel(s, n, 1, 1); }
static double wheel_fr(scene *s, rng *n) { return wheel(s, n, -1, 1); }
static double wheel_rl(scene *s, rng *n) { return wheel(s, n, 1, 0.7); }
static double wheel_rr(scene *s, rng *n) { return wheel(s, n, -1, 0.7); }

static const struct spur_demo_signal wheels[] = {
	{ "WheelSpd_FL", "km/h", "wheel speed, front left", SPUR_TYPE_U16, 0.01, 0, NULL, 0, false, wheel_fl },
	{ "WheelSpd_FR", "km/h", "wheel speed, front right", SPUR_TYPE_U16, 0.01, 0, NULL, 0, false, wheel_fr },
	{ "WheelSpd_RL", "km/h", "wheel speed, rear left", SPUR_TYPE_U16, 0.01, 0, NULL, 0, false, wheel_rl },
	{ "WheelSpd_RR", "km/h", "wheel speed, rear right", SPUR_TYPE_U16, 0.01, 0, NULL, 0, false, wheel_rr },
};

/* ---- engine and gearbox ---- */

static double acc_pedal(scene *s, rng *n)
{
	(void)n;
	return s->car.pedal * 100;
}

static double eng_spd(scene *s, rng *n)
{
	return s->car.rpm + 6 * spur_demo_noise(n);
}

static double eng_trq(scene *s, rng *n)
{
	return s->car.drive * 68 + 1.5 * spur_demo_noise(n);
}

static double gear_lever(scene *s, rng *n)
{
	(void)n;
	return s->step < 500 ? 0 : 3;	/* out of P half a second after the start */
}

static double gear(scene *s, rng *n)
{
	(void)n;
	return s->car.gear;
}

static const struct spur_mdf4_text levers[] = { { 0, "P" }, { 1, "R" }, { 2, "N" }, { 3, "D" } };

static const struct spur_demo_signal engine[] = {
	{ "AccPedal", "%", "accelerator pedal", SPUR_TYPE_U8, 0.4, 0, NULL, 0, false, acc_pedal },
	{ "EngSpd", "1/min", "engine speed", SPUR_TYPE_U16, 0.25, 0, NULL, 0, false, eng_spd },
	{ "EngTrq", "Nm", "engine torque", SPUR_TYPE_I16, 0.5, 0, NULL, 0, false, eng_trq },
	{ "GearLever", "", "position of the lever", SPUR_TYPE_U8, 0, 0, levers, 4, false, gear_lever },
	{ "Gear", "", "gear engaged", SPUR_TYPE_U8, 0, 0, NULL, 0, false, gear },
};

/* ---- steering ---- */

static double steer_ang(scene *s, rng *n)
{
	return s->car.delta * 15.5 * DEG + 0.15 * spur_demo_noise(n);
}

static double indicator(scene *s, rng *n)
{
	bool turning = s->running && s->kind == SPUR_DEMO_LANE_CHANGE && s->t < 2.5;

	(void)n;
	/* One driver in three does not indicate. */
	return turning && s->p[0] < 4.3 ? s->lane_to > s->lane_from ? 1 : 2 : 0;
}

static const struct spur_mdf4_text indicators[] = { { 0, "Off" }, { 1, "Left" }, { 2, "Right" } };

static const struct spur_demo_signal steering[] = {
	{ "SteerAng", "deg", "steering wheel angle, left positive", SPUR_TYPE_I16, 0.1, 0, NULL, 0, false, steer_ang },
	{ "TurnIndicator", "", "turn indicator", SPUR_TYPE_U8, 0, 0, indicators, 3, false, indicator },
};

/* ---- radar ---- */

static bool seen(scene *s)
{
	return s->lead.present && !s->faults.radar_lost;
}

static double lead_dist(scene *s, rng *n)
{
	double noise = 0.15 * spur_demo_noise(n);

	return seen(s) ? s->lead.distance + noise : (double)NAN;
}

static double lead_rel_spd(scene *s, rng *n)
{
	double noise = 0.1 * spur_demo_noise(n);

	return seen(s) ? s->lead.v - s->car.v + noise : (double)NAN;
}

static double lead_id(scene *s, rng *n)
{
	(void)n;
	return seen(s) ? s->lead.id : 0;
}

static double lead_state(scene *s, rng *n)
{
	(void)n;
	return seen(s);
}

static const struct spur_mdf4_text radar_states[] = { { 0, "NoObject" }, { 1, "Tracked" }, { 2, "Blocked" } };

static const struct spur_demo_signal radar[] = {
	{ "LeadDist", "m", "distance to the vehicle ahead", SPUR_TYPE_U16, 0.02, 0, NULL, 0, true, lead_dist },
	{ "LeadRelSpd", "m/s", "its speed relative to ours", SPUR_TYPE_I16, 0.02, 0, NULL, 0, true, lead_rel_spd },
	{ "LeadId", "", "number of the track", SPUR_TYPE_U8, 0, 0, NULL, 0, false, lead_id },
	{ "LeadState", "", "state of the track", SPUR_TYPE_U8, 0, 0, radar_states, 3, false, lead_state },
};

/* ---- dampers, 1 kHz ---- */

static double damper_fl(scene *s, rng *n)
{
	return s->car.acc_wheel + 1.5 * spur_demo_noise(n);
}

static double damper_fr(scene *s, rng *n)
{
	return 0.9 * s->car.acc_wheel + 2.5 * spur_demo_noise(n);
}

static const struct spur_demo_signal dampers[] = {
	{ "DamperAcc_FL", "m/s2", "vertical acceleration of the front left wheel carrier", SPUR_TYPE_I16, 0.05, 0, NULL, 0, false,
	  damper_fl },
	{ "DamperAcc_FR", "m/s2", "vertical acceleration of the front right wheel carrier", SPUR_TYPE_I16, 0.05, 0, NULL, 0, false,
	  damper_fr },
};

/* ---- temperatures and the like, 1 Hz ---- */

static double warm(scene *s, double from, double to, double tau)
{
	return to - (to - from) * exp(-seconds(s) / tau);
}

static double coolant(scene *s, rng *n) { return warm(s, 24, 91, 240) + 0.2 * spur_demo_noise(n); }
static double oil(scene *s, rng *n) { return warm(s, 22, 97, 420) + 0.2 * spur_demo_noise(n); }
static double ambient(scene *s, rng *n) { return 17 + sin(seconds(s) / 200) + 0.1 * spur_demo_noise(n); }
static double battery(scene *s, rng *n) { return warm(s, 12.4, 14.1, 20) + 0.02 * spur_demo_noise(n); }
static double fuel(scene *s, rng *n) { return 62 - seconds(s) * 0.004 + 0.3 * spur_demo_noise(n); }

static const struct spur_demo_signal body[] = {
	{ "CoolantTemp", "degC", "engine coolant", SPUR_TYPE_U8, 1, -40, NULL, 0, false, coolant },
	{ "OilTemp", "degC", "engine oil", SPUR_TYPE_U8, 1, -40, NULL, 0, false, oil },
	{ "AmbientTemp", "degC", "air outside", SPUR_TYPE_I16, 0.1, 0, NULL, 0, false, ambient },
	{ "BatVolt", "V", "battery voltage", SPUR_TYPE_U16, 0.01, 0, NULL, 0, false, battery },
	{ "FuelLevel", "%", "fuel in the tank", SPUR_TYPE_U8, 0.4, 0, NULL, 0, false, fuel },
};

#define UNIT(n, text, ms, at, id, list) \
	{ .name = (n), .comment = (text), .period_ms = (ms), .phase_ms = (at), .frame = (id), .signals = (list), \
	  .count = sizeof(list) / sizeof((list)[0]) }

const struct spur_demo_unit spur_demo_units[] = {
	UNIT("ESC", "stability control", 10, 1, 0x120, esc),
	UNIT("WHEELS", "wheel speed sensors", 20, 3, 0x130, wheels),
	UNIT("ENGINE", "engine and gearbox", 20, 7, 0x140, engine),
	UNIT("STEERING", "steering column", 10, 4, 0x150, steering),
	UNIT("RADAR", "front radar", 50, 11, 0x160, radar),
	UNIT("DAMPERS", "measurement amplifier", 1, 0, 0, dampers),
	UNIT("BODY", "body controller", 1000, 17, 0x400, body),
};
const size_t spur_demo_unit_count = sizeof(spur_demo_units) / sizeof(spur_demo_units[0]);

unsigned spur_demo_bits(const struct spur_demo_signal *g)
{
	return (unsigned)spur_type_size(g->type) * 8;
}

int64_t spur_demo_raw(const struct spur_demo_signal *g, double physical)
{
	double raw = g->factor == 0 ? physical : (physical - g->offset) / g->factor;
	bool is_signed = g->type == SPUR_TYPE_I8 || g->type == SPUR_TYPE_I16;
	double most = ldexp(1, (int)spur_demo_bits(g) - is_signed) - 1, least = is_signed ? -most - 1 : 0;

	raw = floor(raw + 0.5);
	return (int64_t)(raw > most ? most : raw < least ? least : raw);
}
