# Stop and go: from falling below 20 km/h to rising above it again, with a standstill between.
# A drive that begins at standstill has not fallen below anything.
VehSpd < 20
  containing VehSpd < 0.5 for 0.3s
  containing rising(VehSpd < 20)
