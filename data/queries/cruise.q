# Cruise: nothing happens for a while: speed, lane, road and the vehicle ahead stay as they are.
let calm = abs(deriv(VehSpd[m/s], 1s)) < 0.5 and abs(mean(LatAccel, 0.5s)) < 0.5
  and abs(mean(LongAccel, 1s)) < 0.7 and std(DamperAcc_FL, 0.3s) < 4
  and VehSpd > 30 and BrkPressure < 5 and valid("/imu.linear_acceleration.x");
calm for >= 4.8s
