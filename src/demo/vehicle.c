#include "config.h"

#include "demo/vehicle.h"

#include <math.h>

#define MASS 1500.0
#define INERTIA 2600.0
#define FRONT 1.2	/* centre of gravity to the front axle */
#define REAR 1.5
#define STIFF_FRONT 80000.0
#define STIFF_REAR 90000.0
#define ROLLING 0.12	/* m/s2 */
#define DRAG 4e-4	/* m/s2 per (m/s)2 */
#define ENGINE_DRAG 0.15	/* m/s2, foot off the pedal */

static double lag(double from, double to, double tau)
{
	return from + (to - from) * (SPUR_DEMO_DT / tau);
}

static double most_acceleration(double v)
{
	double power = 70 / (v > 5 ? v : 5);	/* W/kg over speed */

	return power < 4.5 ? power : 4.5;
}

void spur_demo_vehicle_init(struct spur_demo_vehicle *c)
{
	*c = (struct spur_demo_vehicle){ .gear = 1, .rpm = 750 };
}

static void brake(struct spur_demo_vehicle *c, double demand, double mu)
{
	double limit = mu * SPUR_DEMO_G * SPUR_DEMO_BAR_PER_MS2;
	double rate = (demand - c->brake_bar) / 0.04;

	rate = rate > 600 ? 600 : rate < -900 ? -900 : rate;
	c->brake_bar += rate * SPUR_DEMO_DT;
	if (c->brake_bar < 0.01)
		c->brake_bar = 0;
	c->abs = c->v > 2 && c->brake_bar > 0.93 * limit;
	c->abs_phase = c->abs ? c->abs_phase + 2 * M_PI * 9 * SPUR_DEMO_DT : 0;
	c->wheel_bar = c->abs ? limit * (0.92 + 0.05 * sin(c->abs_phase)) : c->brake_bar;
	c->slip = lag(c->slip, c->abs ? 0.09 + 0.06 * sin(c->abs_phase + 1) : 0.04 * c->wheel_bar / limit, 0.02);
}

static void gearbox(struct spur_demo_vehicle *c)
{
	static const double ratio[] = { 13.5, 8.0, 5.2, 3.9, 3.1, 2.5 };
	double shaft = c->v / 0.31 * 30 / M_PI, rpm;

	if (c->gear < 6 && shaft * ratio[c->gear - 1] > 2600 + 1500 * c->pedal)
		c->gear++;
	else if (c->gear > 1 && shaft * ratio[c->gear - 1] < 1150)
		c->gear--;
	rpm = shaft * ratio[c->gear - 1];
	c->rpm = lag(c->rpm, rpm > 750 ? rpm : 750, 0.08);
}

static void longitudinal(struct spur_demo_vehicle *c, const struct spur_demo_control *in, const struct spur_demo_road *r)
{
	double force, before = c->v;

	c->pedal = lag(c->pedal, in->pedal, 0.06);
	c->drive = lag(c->drive, c->pedal > 0.01 ? c->pedal * most_acceleration(c->v) : -ENGINE_DRAG, 0.12);
	brake(c, in->brake_bar, r->mu);
	c->grade = r->grade;
	force = c->drive - ROLLING - DRAG * c->v * c->v - c->wheel_bar / SPUR_DEMO_BAR_PER_MS2 - SPUR_DEMO_G * sin(r->grade);
	c->v += force * SPUR_DEMO_DT;
	if (c->v <= 0)
		c->v = 0;	/* the brake holds the car */
	c->a = (c->v - before) / SPUR_DEMO_DT;
	gearbox(c);
}

static void lateral(struct spur_demo_vehicle *c, const struct spur_demo_control *in, const struct spur_demo_road *r)
{
	double v = c->v;

	c->delta = lag(c->delta, in->steer, 0.08);
	if (v < 5) {	/* slip angles are ill-defined at walking pace: roll without slip */
		double yaw = v * c->delta / SPUR_DEMO_WHEELBASE;

		c->yaw_rate = yaw;
		c->vy = yaw * REAR;
		c->lat_acc = v * yaw;
	} else {
		double af = c->delta - (c->vy + FRONT * c->yaw_rate) / v, ar = -(c->vy - REAR * c->yaw_rate) / v;
		double ff = STIFF_FRONT * af, fr = STIFF_REAR * ar;

		c->lat_acc = (ff + fr) / MASS;
		c->vy += (c->lat_acc - v * c->yaw_rate) * SPUR_DEMO_DT;
		c->yaw_rate += (FRONT * ff - REAR * fr) / INERTIA * SPUR_DEMO_DT;
	}
	c->psi += (c->yaw_rate - r->curvature * v) * SPUR_DEMO_DT;
	c->y += (c->vy + v * c->psi) * SPUR_DEMO_DT;
	c->heading += c->yaw_rate * SPUR_DEMO_DT;
	c->north += v * sin(c->heading) * SPUR_DEMO_DT;
	c->east += v * cos(c->heading) * SPUR_DEMO_DT;
	c->up += v * r->grade * SPUR_DEMO_DT;
}

static void suspension(struct spur_demo_vehicle *c, const struct spur_demo_road *r, struct spur_demo_rng *rng)
{
	double road, spring, tyre;

	/* White noise through a low pass over distance: a road of class B, more or less. */
	c->rough += (-0.3 * c->v * c->rough + 0.035 * sqrt(c->v) * spur_demo_noise(rng)) * SPUR_DEMO_DT;
	road = c->rough + r->bump;
	spring = 22000 * (c->zs - c->zu) + 1600 * (c->ws - c->wu);
	tyre = 200000 * (road - c->zu);
	c->acc_body = -spring / 400;
	c->acc_wheel = (spring + tyre) / 40;
	c->ws += c->acc_body * SPUR_DEMO_DT;
	c->wu += c->acc_wheel * SPUR_DEMO_DT;
	c->zs += c->ws * SPUR_DEMO_DT;
	c->zu += c->wu * SPUR_DEMO_DT;
	c->x_shock = lag(c->x_shock, -0.1 * c->acc_wheel, 0.006);
}

/* The body dives when braking: 1.5 Hz, damping 0.35, 0.006 rad per m/s2. */
static void pitch(struct spur_demo_vehicle *c)
{
	const double w = 2 * M_PI * 1.5;
	double acc = w * w * (0.006 * c->a - c->pitch) - 2 * 0.35 * w * c->pitch_rate;

	c->pitch_rate += acc * SPUR_DEMO_DT;
	c->pitch += c->pitch_rate * SPUR_DEMO_DT;
}

void spur_demo_vehicle_step(struct spur_demo_vehicle *c, const struct spur_demo_control *in,
			    const struct spur_demo_road *road, struct spur_demo_rng *rng)
{
	longitudinal(c, in, road);
	lateral(c, in, road);
	suspension(c, road, rng);
	pitch(c);
}

void spur_demo_vehicle_invert(const struct spur_demo_vehicle *c, double a, double grade, struct spur_demo_control *out)
{
	double need = a + ROLLING + DRAG * c->v * c->v + SPUR_DEMO_G * sin(grade);

	out->pedal = out->brake_bar = 0;
	if (need > 0) {
		out->pedal = need / most_acceleration(c->v);
		if (out->pedal > 1)
			out->pedal = 1;
	} else if (need < -ENGINE_DRAG) {
		out->brake_bar = -(need + ENGINE_DRAG) * SPUR_DEMO_BAR_PER_MS2;
	}
}

double spur_demo_vehicle_steer(double v, double curvature)
{
	const double gradient = MASS / SPUR_DEMO_WHEELBASE * (REAR / STIFF_FRONT - FRONT / STIFF_REAR);

	return curvature * (SPUR_DEMO_WHEELBASE + gradient * v * v);
}

double spur_demo_vehicle_fx(const struct spur_demo_vehicle *c)
{
	return c->a + SPUR_DEMO_G * sin(c->grade + c->pitch) + c->x_shock;
}

double spur_demo_vehicle_fz(const struct spur_demo_vehicle *c)
{
	return SPUR_DEMO_G * cos(c->grade + c->pitch) + c->acc_body;
}
