#ifndef SPUR_DEMO_VEHICLE_H
#define SPUR_DEMO_VEHICLE_H

#include <stdbool.h>

#include "demo/rng.h"

/*
 * The vehicle: longitudinal dynamics with engine, brake and ABS; a bicycle model for the
 * lateral side; a quarter car for bumps; pitch. SI units, angles in rad; x forward, y left,
 * z up. Fixed step of 1 ms, semi-implicit Euler.
 */
#define SPUR_DEMO_DT 1e-3
#define SPUR_DEMO_G 9.80665
#define SPUR_DEMO_BAR_PER_MS2 12.0	/* brake pressure for 1 m/s2 on a dry road */
#define SPUR_DEMO_WHEELBASE 2.7
#define SPUR_DEMO_LANE 3.5	/* width */

struct spur_demo_road {
	double grade;		/* slope angle, uphill positive */
	double curvature;	/* 1/m, left positive */
	double mu;		/* friction */
	double bump;		/* height above the road's roughness */
};

struct spur_demo_control {
	double pedal;		/* 0 .. 1 */
	double brake_bar;	/* what the foot asks for */
	double steer;		/* road wheel angle */
};

struct spur_demo_vehicle {
	double v, a;			/* along the road; a is dv/dt, without gravity */
	double pedal, drive;		/* drive: specific force of the engine, lagging */
	double brake_bar, wheel_bar;	/* master cylinder; at the wheels, after ABS */
	double slip, abs_phase;
	bool abs;
	double delta, vy, yaw_rate, lat_acc;
	double psi;			/* heading relative to the road */
	double y;			/* offset from the middle of lane 0 */
	double heading, north, east, up;
	double grade;			/* as the wheels feel it */
	double pitch, pitch_rate;	/* of the body on its springs, nose up positive */
	double rough, zu, wu, zs, ws;	/* road height, wheel, body: position and speed */
	double acc_wheel, acc_body;	/* vertical, without gravity */
	double x_shock;			/* of bumps, along x, on the body */
	double rpm;
	int gear;
};

void spur_demo_vehicle_init(struct spur_demo_vehicle *c);
void spur_demo_vehicle_step(struct spur_demo_vehicle *c, const struct spur_demo_control *in,
			    const struct spur_demo_road *road, struct spur_demo_rng *rng);
/* Pedal and brake that give acceleration a now: the driver knows the car. */
void spur_demo_vehicle_invert(const struct spur_demo_vehicle *c, double a, double grade, struct spur_demo_control *out);
/* Road wheel angle of a steady curve at this speed. */
double spur_demo_vehicle_steer(double v, double curvature);
/* What an accelerometer fixed to the body reads along x and z: gravity and shocks included. */
double spur_demo_vehicle_fx(const struct spur_demo_vehicle *c);
double spur_demo_vehicle_fz(const struct spur_demo_vehicle *c);

#endif
