#!/bin/sh
# Damaged schemas, descriptors and payloads of every decoder, in process; pictures, codecs and CAN transports, too.
. "$top_srcdir/tests/fuzz/inject.sh"
# Ten targets: in a build with sanitizers a quarter of what the recordings get. 100,000 each take two minutes.
export SPUR_INJECT_RUNS="${SPUR_INJECT_RUNS:-25000}"
inject dbc ldf idl rosmsg protobuf selfdesc transport image raw codec
