# Hard braking: the vehicle slows down by 4.5 m/s2 and more for 0.6 s, faster than 20 km/h.
# The slope of the speed does not feel the road: bumps, hills and an accelerometer that is stuck
# leave it alone. The other computer must have felt it too, unless its sensor was silent.
let slowing = deriv(VehSpd[m/s], 0.16s);
let felt = mean("/imu.linear_acceleration.x", 0.2s);
slowing <= -4.5 and VehSpd > 20 for 0.5s
  containing (felt < -3.5 or not valid(felt))
score -slowing
