# Cut-in: the radar tracks another vehicle, much nearer than the last one was; until the gap has
# stopped closing. A radar that was blind for a while sees the same track again.
let nothing = 0 / 0;
let track = hold(if(LeadId > 0, LeadId, nothing), 10min);
let near = if(valid(LeadDist), LeadDist, 150);
let jump = track != delay(track, 0.1s) and near < 0.65 * delay(near, 0.1s);
(valid(near) within 2s after jump) or (mean(LeadRelSpd, 0.3s) < 0 within 6s after jump)
  containing jump
score max(-LeadRelSpd, 0)
