# Lane change: the planner's lane differs between a good second ago and ahead, and the vehicle
# was pushed sideways meanwhile.
let lane = "/planner/state.lane";
abs(delay(lane, -1.1s) - delay(lane, 1.1s)) > 0.5
  containing abs(mean(LatAccel, 0.3s)) > 0.4
  for >= 1.2s
